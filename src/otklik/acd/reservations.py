"""Agents who are kept for calls that a dialer makes. Reads state only.

A reservation is a promise to a dialer, not work: the agent stays ready, but routing passes him over
(`reserved` in every why) until the call is there, the dialer lets him go, or the time is up. Whatever else
happens to him (he pauses, dials, signs out) ends it.
"""

from datetime import datetime

from otklik.acd import refusals
from otklik.acd.commands import AttachInteraction, ReleaseReservation, ReserveAgents
from otklik.acd.endings import offer_by_name, queue_again
from otklik.acd.events import AcdEvent, AgentReleased, AgentReserved
from otklik.acd.lookups import find_queue
from otklik.acd.model import Channel, Phase, QueueingCause
from otklik.acd.state import FREE, RESERVED, Agent, State
from otklik.vocabulary.ids import ReservationId
from otklik.vocabulary.refusals import NotFound, Refused


def reserve(state: State, command: ReserveAgents, at: datetime) -> list[AcdEvent]:
    """The agents whom the queue would take next. O(n log n), n agents."""
    queue = find_queue(state, command.queue_id)
    if command.count < 1 or command.length.total_seconds() <= 0 or not command.reservation_id:
        raise Refused(refusals.INVALID_RESERVATION, reservation_id=command.reservation_id)
    if queue.rules.channel is not Channel.VOICE:
        raise Refused(refusals.WRONG_CHANNEL, interaction_id=0)
    lane = queue.base
    free = [agent for agent in state.agents.values() if agent.standing == FREE and lane in agent.ranks]
    free.sort(key=lambda agent: (agent.ranks[lane], agent.idle_since, agent.agent_id))
    return [
        AgentReserved(
            at=at,
            agent_id=agent.agent_id,
            reservation_id=command.reservation_id,
            queue_id=command.queue_id,
            until=at + command.length,
        )
        for agent in free[: command.count]
    ]


def attach(state: State, command: AttachInteraction, at: datetime) -> list[AcdEvent]:
    """The one who answered and the agent who is reserved longest; else he waits at the head of the queue."""
    interaction = state.interactions.get(command.interaction_id)
    if interaction is None:
        raise NotFound(refusals.UNKNOWN_INTERACTION, interaction_id=command.interaction_id)
    queue = find_queue(state, command.queue_id)
    if interaction.phase is not Phase.ARRIVING and interaction.phase is not Phase.IN_FLOW:
        raise Refused(
            refusals.WRONG_PHASE,
            interaction_id=interaction.interaction_id,
            phase=interaction.phase.value,
        )
    if interaction.channel is not Channel.VOICE or queue.rules.channel is not Channel.VOICE:
        raise Refused(refusals.WRONG_CHANNEL, interaction_id=command.interaction_id)
    queued = queue_again(
        state,
        interaction,
        at,
        cause=QueueingCause.ARRIVED,
        queue=queue,
        is_ahead=True,
        queued_at=at,
    )
    kept = reserved(state, command.reservation_id)
    if not kept:
        return [queued]
    agent = kept[0]
    offer = offer_by_name(
        state,
        None,
        agent,
        at,
        rule="reserved",
        interaction_id=command.interaction_id,
        segment_id=queued.segment_id,
        queue_id=command.queue_id,
    )
    return [queued, release(agent, at, cause="taken"), offer]


def release_all(state: State, command: ReleaseReservation, at: datetime) -> list[AcdEvent]:
    """One agent, or all of it; none is left: nothing happens."""
    return [
        release(agent, at, cause="released")
        for agent in state.agents.values()
        if agent.reservation is not None
        and agent.reservation.reservation_id == command.reservation_id
        and command.agent_id in (0, agent.agent_id)
    ]


def release(agent: Agent, at: datetime, *, cause: str) -> AgentReleased:
    """`agent` is reserved."""
    assert agent.reservation is not None
    return AgentReleased(
        at=at,
        agent_id=agent.agent_id,
        reservation_id=agent.reservation.reservation_id,
        cause=cause,
    )


def reserved(state: State, reservation_id: ReservationId) -> list[Agent]:
    """Those who can take a call of it now, the one who was reserved first before the others."""
    found = [
        (agent.reservation.since, agent.agent_id, agent)
        for agent in state.agents.values()
        if agent.standing == RESERVED
        and agent.reservation is not None
        and agent.reservation.reservation_id == reservation_id
    ]
    return [agent for _, _, agent in sorted(found, key=lambda one: one[:2])]
