"""Questions answered from state, without a word in the journal."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from otklik.acd.endings import can_be_called
from otklik.acd.model import Availability
from otklik.acd.requirements import meets
from otklik.acd.state import FREE, SIGNED_OUT
from otklik.switchboard.centre import Centre
from otklik.switchboard.dialing import may_be_dialed
from otklik.switchboard.outside import check_outside
from otklik.switchboard.promises import list_callbacks
from otklik.switchboard.requests import Question
from otklik.vocabulary.ids import AgentId, InteractionId, QueueId
from otklik.vocabulary.refusals import Invalid, NotFound, Refused


def answer(centre: Centre, question: Question, at: datetime) -> dict[str, Any]:  # noqa: C901 - one case for each kind
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
        case "targets":
            return _targets(centre, at)
        case "dialable":
            return {"refusals": _refusals(centre, facts, at)}
        case "outside":
            talks, seconds = centre.calls.outside_at(at)
            return {"talks": talks, "minutes": round(seconds / 60, 1)}
        case "owner":
            return _owner(centre, InteractionId(_whole(facts, "interaction_id")))
        case "servers":
            return _servers(centre, QueueId(_whole(facts, "queue_id")))
        case "callbacks":
            agent_id = AgentId(int(facts.get("agent_id", 0)))
            return {"callbacks": list_callbacks(centre, agent_id)}
        case "devices":
            return {"reachable": sorted(centre.reachable)}
        case _:
            raise Invalid("unknown_question", "name", name=question.name)


def _targets(centre: Centre, at: datetime) -> dict[str, Any]:
    """Who could take a talk now, and how long one would wait in each queue."""
    state = centre.engine.state
    queues: dict[str, Any] = {}
    for queue_id, queue in state.queues.items():
        expected = centre.engine.expected_wait(queue_id, at)
        queues[str(queue_id)] = {
            "waiting": queue.waiting,
            "free": queue.base.tally[FREE],
            "signed_in": queue.base.fitting - queue.base.tally[SIGNED_OUT],
            "expected_wait_seconds": None if expected is None else expected.total_seconds(),
        }
    agents = {
        str(agent_id): {
            "state": agent.voice_state().value,
            "is_free": agent.standing == FREE,
            "is_callable": can_be_called(state, agent),
            "is_reachable": agent.is_reachable,
            "reason_id": int(agent.reason_id) if agent.availability is Availability.NOT_READY else 0,
        }
        for agent_id, agent in state.agents.items()
    }
    return {"agents": agents, "queues": queues}


def _refusals(centre: Centre, facts: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """Of numbers outside: why each may not be called now; those that may be are left out. is_sent: a customer
    is to be sent there."""
    found: dict[str, Any] = {}
    queue_id = QueueId(int(facts.get("queue_id", 0)))
    agent_id = AgentId(int(facts.get("agent_id", 0)))
    for number in facts.get("numbers", ()):
        try:
            if facts.get("is_sent"):
                check_outside(centre, str(number), queue_id, at, agent_id=agent_id)
            else:
                may_be_dialed(centre, str(number), queue_id, at, agent_id=agent_id)
        except Refused as refusal:
            found[str(number)] = {"code": refusal.code, "facts": refusal.facts}
    return found


def _owner(centre: Centre, interaction_id: InteractionId) -> dict[str, Any]:
    interaction = centre.engine.interaction(interaction_id)
    if interaction is None:
        raise NotFound("unknown_interaction", interaction_id=str(interaction_id))
    return {"agent_id": int(interaction.agent_id), "queue_id": int(interaction.queue_id)}


def _servers(centre: Centre, queue_id: QueueId) -> dict[str, Any]:
    """Whose skills this queue asks for, as they are now."""
    state = centre.engine.state
    queue = state.queues.get(queue_id)
    if queue is None:
        raise NotFound("unknown_queue", queue_id=int(queue_id))
    able = [int(one) for one, agent in state.agents.items() if meets(agent.profile, queue.rules.skills)]
    return {"agent_ids": able}


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
