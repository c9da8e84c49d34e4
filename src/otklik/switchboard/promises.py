"""Calls that people of ours arrange for later: made, moved, given to somebody, taken back. What happens when
one is due is the engine's (`acd/callbacks.py`).
"""

from datetime import datetime, timedelta
from typing import Any, Final

from otklik.acd import commands as ask
from otklik.acd.model import EndedBy, EndReason, Phase
from otklik.acd.refusals import NO_CALLBACK
from otklik.acd.state import Agent, Interaction
from otklik.crm.model import Outcome
from otklik.organization.dialing import allowed_at_all, read_dialed
from otklik.organization.model import SELF_TEST
from otklik.switchboard.centre import Centre
from otklik.switchboard.party import Caller
from otklik.switchboard.requests import RescheduleCallback, ScheduleCallback
from otklik.switchboard.signals import ChannelRestored, LegAnswered, Signal
from otklik.switchboard.turn import Turn
from otklik.vocabulary.ids import AgentId, InteractionId, PartyId, PersonId, QueueId
from otklik.vocabulary.phones import emergency_number
from otklik.vocabulary.refusals import NotFound, Refused
from otklik.vocabulary.time import from_ms, to_ms

LATE: Final = timedelta(minutes=2)
"""A moment that passed while somebody filled in the form is still meant as now."""

SAME: Final = timedelta(minutes=30)
"""Calls to one customer from one queue that are nearer to each other are one matter arranged twice."""

MOST: Final = 500
"""Calls that one person has arranged and that are not made yet."""

FREE: Final = (Phase.SCHEDULED, Phase.WAITING)
"""Nobody makes the call yet."""


def schedule(turn: Turn, request: ScheduleCallback, at: datetime, caller: Caller) -> InteractionId:
    """Refused before anything changed. caller: the party of the number, with what its card and the list of
    blocked numbers say."""
    centre = turn.centre
    number = read_dialed(centre.configuration, request.number)
    if emergency_number(number, centre.configuration.site.country):
        raise Refused("number_not_allowed", why="emergency")
    allowed_at_all(centre.configuration, number)
    if caller.blocked is not None:
        raise Refused("blocked_number", reason=caller.blocked.reason)
    if caller.is_opted_out:
        raise Refused("calls_refused")
    queue = centre.configuration.queues.get(request.queue_id)
    if queue is None or queue.project_id == SELF_TEST:
        raise NotFound("unknown_queue", queue_id=int(request.queue_id))
    due_at = _require_ahead(request.due_at, at)
    _require_room(centre, request.by)
    _require_first(centre, caller.party_id, request.queue_id, due_at)
    _require_agent(centre, request.agent_id)
    interaction_id = InteractionId(centre.minter.mint(at))
    command = ask.ScheduleCallback(
        at=at,
        interaction_id=interaction_id,
        party_id=caller.party_id,
        queue_id=request.queue_id,
        due_at=due_at,
        agent_id=request.agent_id,
        callback_of=request.callback_of,
        arranged_by=request.by,
    )
    turn.ask(command)
    turn.see_party(caller.party_id, caller.number, at, is_new=caller.is_new)
    turn.agreed.append(
        Outcome(interaction_id=interaction_id, note=request.note, saved_at=at, saved_by=request.by)
    )
    return interaction_id


def reschedule(turn: Turn, request: RescheduleCallback, at: datetime) -> None:
    """Another moment, or somebody else."""
    _find(turn.centre, request.interaction_id)
    due_at = _require_ahead(request.due_at, at)
    _require_agent(turn.centre, request.agent_id)
    turn.ask(
        ask.RescheduleCallback(
            at=at,
            interaction_id=request.interaction_id,
            due_at=due_at,
            agent_id=request.agent_id,
        )
    )


def take_back(turn: Turn, interaction_id: InteractionId, at: datetime) -> None:
    """The customer is not called, nor does he stand in the missed list."""
    promised = _find(turn.centre, interaction_id)
    if promised.callback is None or promised.phase not in FREE:
        raise Refused(NO_CALLBACK, interaction_id=interaction_id)
    turn.ask(
        ask.EndInteraction(at=at, interaction_id=interaction_id, reason=EndReason.CANCELLED, by=EndedBy.AGENT)
    )


def _find(centre: Centre, interaction_id: InteractionId) -> Interaction:
    found = centre.engine.interaction(interaction_id)
    if found is None:
        raise NotFound("unknown_interaction", interaction_id=interaction_id)
    return found


def _require_ahead(due_at: datetime, at: datetime) -> datetime:
    """The moment in whole milliseconds."""
    if due_at < at - LATE:
        raise Refused("due_passed", due_at=due_at.isoformat())
    return from_ms(to_ms(due_at))


def _require_agent(centre: Centre, agent_id: AgentId) -> None:
    """Who is to make the call works here still."""
    known = centre.configuration.agents.get(agent_id)
    if agent_id and (known is None or not known.is_active):
        raise NotFound("unknown_agent", agent_id=int(agent_id))


def _require_room(centre: Centre, by: PersonId) -> None:
    """All of them are kept in memory, and nobody makes so many calls within three months."""
    interactions = centre.engine.state.interactions.values()
    arranged = sum(1 for one in interactions if one.callback is not None and one.callback.arranged_by == by)
    if arranged >= MOST:
        raise Refused("too_many_callbacks", limit=MOST)


def _require_first(centre: Centre, party_id: PartyId, queue_id: QueueId, due_at: datetime) -> None:
    """Nobody is called twice about one matter: two people arranged it, or one pressed twice."""
    for other in centre.engine.state.interactions.values():
        callback = other.callback
        if callback is None or (other.party_id, other.queue_id) != (party_id, queue_id):
            continue
        if other.phase in FREE and abs(callback.due_at - due_at) < SAME:
            raise Refused("callback_exists", due_at=callback.due_at.isoformat())


# --- what is known of them


def offered(centre: Centre, signal: Signal | None) -> list[Interaction]:
    """Promised calls that are offered and that this signal may set going: an agent's phone was answered, or
    may have been while nobody looked."""
    match signal:
        case LegAnswered(leg_id=leg_id):
            leg = centre.calls.legs.get(leg_id)
            one = centre.engine.interaction(leg.interaction_id) if leg is not None else None
            found = [one] if one is not None else []
        case ChannelRestored():
            found = list(centre.engine.state.interactions.values())
        case _:
            return []
    return [one for one in found if one.callback is not None and one.phase is Phase.OFFERED]


def list_callbacks(centre: Centre, agent_id: AgentId) -> list[dict[str, Any]]:
    """All that are not over, the soonest first, as plain JSON values. agent_id: whose queues are marked
    (`is_own_queue`), 0 nobody's."""
    agent = centre.engine.agent(agent_id) if agent_id else None
    found = [one for one in centre.engine.state.interactions.values() if one.callback is not None]
    found.sort(key=lambda one: (one.callback.due_at if one.callback else one.since, one.interaction_id))
    return [_facts(centre, one, agent) for one in found]


def _facts(centre: Centre, one: Interaction, agent: Agent | None) -> dict[str, Any]:
    callback = one.callback
    assert callback is not None
    queue = centre.engine.state.queues.get(one.queue_id)
    is_put_off = one.phase is Phase.SCHEDULED and one.deadline is not None
    return {
        "interaction_id": str(one.interaction_id),
        "party_id": str(one.party_id),
        "queue_id": int(one.queue_id),
        "owner_id": int(callback.agent_id),
        "taken_by": int(one.agent_id),
        "arranged_by": int(callback.arranged_by),
        "arranged_at": one.arrived_at.isoformat(),
        "due_at": callback.due_at.isoformat(),
        "next_at": (one.deadline if is_put_off and one.deadline else callback.due_at).isoformat(),
        "expires_at": callback.expires_at.isoformat(),
        "attempts": callback.attempts,
        "last_reason": callback.last_reason.value if callback.last_reason else "",
        "is_free": one.phase in FREE,
        "callback_of": str(one.callback_of) if one.callback_of else "",
        "is_own_queue": agent is not None and queue is not None and queue.base.fits(agent.profile),
    }
