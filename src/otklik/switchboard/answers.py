"""Questions answered from state, without a word in the journal."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from otklik.switchboard.centre import Centre
from otklik.switchboard.requests import Question
from otklik.vocabulary.ids import AgentId, InteractionId
from otklik.vocabulary.refusals import Invalid, NotFound


def answer(centre: Centre, question: Question, at: datetime) -> dict[str, Any]:
    """Facts as plain JSON values. Raises NotFound for what is not there, Invalid for an unknown question."""
    facts = question.facts
    match question.name:
        case "why_waiting":
            found = centre.engine.why_waiting(InteractionId(_whole(facts, "interaction_id")), at)
            return {"why": _plain(found, "unknown_interaction")}
        case "why_idle":
            idle = centre.engine.why_idle(AgentId(_whole(facts, "agent_id")), at)
            return {"why": _plain(idle, "unknown_agent")}
        case "candidates":
            candidates = centre.engine.candidates(InteractionId(_whole(facts, "interaction_id")), at)
            return {"candidates": msgspec.to_builtins(candidates)}
        case "trunks":
            return {
                "trunks": {
                    str(trunk_id): {"state": state, "detail": detail}
                    for trunk_id, (state, detail) in centre.trunk_states.items()
                }
            }
        case "agent":
            return _agent(centre, AgentId(_whole(facts, "agent_id")))
        case "agent_states":
            states = {
                str(agent_id): agent.voice_state().value
                for agent_id, agent in centre.engine.state.agents.items()
            }
            return {"states": states}
        case "devices":
            return {"reachable": sorted(centre.reachable)}
        case _:
            raise Invalid("unknown_question", "name", name=question.name)


def _agent(centre: Centre, agent_id: AgentId) -> dict[str, Any]:
    agent = centre.engine.agent(agent_id)
    if agent is None:
        raise NotFound("unknown_agent", agent_id=int(agent_id))
    assignment = agent.assignment
    return {
        "state": agent.voice_state().value,
        "is_reachable": agent.is_reachable,
        "interaction_id": str(assignment.interaction_id) if assignment else "",
        "segment_id": str(assignment.segment_id) if assignment else "",
    }


def _whole(facts: Mapping[str, Any], name: str) -> int:
    try:
        return int(facts[name])
    except (KeyError, TypeError, ValueError) as error:
        raise Invalid("number_expected", name) from error


def _plain(found: object, missing: str) -> Any:
    if found is None:
        raise NotFound(missing)
    return msgspec.to_builtins(found, str_keys=True)
