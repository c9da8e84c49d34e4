"""Answers from state at any moment: where a customer stands, why he waits, why an agent gets nothing. Never
journalled."""

from datetime import datetime, timedelta
from typing import Final

from otklik.acd import routing
from otklik.acd.model import Candidate, WhyIdle, WhyWaiting
from otklik.acd.pace import expected_delay
from otklik.acd.state import (
    BASE_LANE,
    BUSY,
    FREE,
    NOT_READY,
    RESERVED,
    RESTING,
    SIGNED_OUT,
    UNREACHABLE,
    Agent,
    Interaction,
    Lane,
    Line,
    Queue,
    State,
    lane_key,
    recount,
)
from otklik.vocabulary.ids import AgentId, InteractionId, QueueId, SegmentId


def position(state: State, interaction_id: InteractionId) -> int | None:
    """Place in its queue from 1; None when it does not wait. O(log n)."""
    interaction = state.interactions.get(interaction_id)
    if interaction is None or interaction.place is None:
        return None
    return state.queues[interaction.queue_id].line.rank(interaction.place)


def why_waiting(state: State, interaction_id: InteractionId, at: datetime) -> WhyWaiting | None:
    """Why nobody has taken it yet: counts of agents by the rule that leaves them out. O(log n)."""
    interaction = state.interactions.get(interaction_id)
    if interaction is None or interaction.place is None or interaction.lane is None:
        return None
    lane = interaction.lane
    queue = lane.queue
    if state.is_brief:
        recount(state)
    left = queue.rules.relaxation[interaction.step :]
    queued_at = interaction.queued_at or interaction.arrived_at
    return WhyWaiting(
        interaction_id=interaction_id,
        queue_id=interaction.queue_id,
        position=queue.line.rank(interaction.place),
        waited=at - queued_at,
        counts=routing.rules_left_out(state, lane),
        fitting=lane.fitting,
        free=lane.tally[FREE],
        step=interaction.step,
        relaxes_at=queued_at + left[0].after if left else None,
        requirements=lane.requirements,
        boosts=interaction.boosts,
        preferred_agent_id=interaction.preferred_agent_id,
        preferred_until=interaction.preferred_until if interaction.preferred_agent_id else None,
        expected=_expected(queue, lane, queue.line.rank(interaction.place) - 1, at),
        remedies=_remedies(interaction, lane, is_relaxable=bool(left)),
    )


def expected_wait_of(state: State, interaction_id: InteractionId, at: datetime) -> timedelta | None:
    """How long one who waits will probably wait on, from his own place; None when he does not wait, or when
    nothing is known. O(log n)."""
    interaction = state.interactions.get(interaction_id)
    if interaction is None or interaction.place is None or interaction.lane is None:
        return None
    if state.is_brief:
        recount(state)
    queue = interaction.lane.queue
    return _expected(queue, interaction.lane, queue.line.rank(interaction.place) - 1, at)


def expected_wait(state: State, queue_id: QueueId, at: datetime, *, priority: int = 0) -> timedelta | None:
    """How long one would wait who joined a queue now; zero when an agent is free for him, None when nobody
    is there or nothing is known yet. For announcements and offers of a callback. O(log n)."""
    queue = state.queues.get(queue_id)
    if queue is None:
        return None
    if state.is_brief:
        recount(state)
    place = queue.place_of(priority, False, at, SegmentId(_LAST_ID), InteractionId(_LAST_ID))
    return _expected(queue, queue.base, queue.line.rank(place) - 1, at)


_LAST_ID: Final = (1 << 63) - 1


def _expected(queue: Queue, lane: Lane, ahead: int, at: datetime) -> timedelta | None:
    """By the pace of the queue and the agents of the lane. It leaves out that a lane of few agents may be
    overtaken: a wait of those who ask for more is told too short rather than not at all."""
    tally = lane.tally
    if tally[FREE] and not ahead:
        return timedelta()
    staffed = tally[BUSY] + tally[FREE] + tally[RESTING] + tally[RESERVED]
    rates = queue.pace.rates(at, queue.waiting, queue.staffed())
    if not staffed or rates is None:
        return None
    seconds = expected_delay(ahead, staffed * rates[0], rates[1])
    return timedelta(seconds=round(seconds, 3)) if seconds < _LONGEST_SECONDS else None


_LONGEST_SECONDS: Final = 86_400.0
"""Nobody is told that he will wait for more than a day."""


def _remedies(interaction: Interaction, lane: Lane, *, is_relaxable: bool) -> tuple[str, ...]:
    """What would take it, the nearest first."""
    tally = lane.tally
    found = [
        ("preferred_agent", bool(interaction.preferred_agent_id)),
        ("agent_free", tally[BUSY] > 0),
        ("rested", tally[RESTING] > 0),
        ("reserved", tally[RESERVED] > 0),
        ("device_reachable", tally[UNREACHABLE] > 0),
        ("ready", tally[NOT_READY] > 0),
        ("requirements_relaxed", is_relaxable),
        ("signed_in", tally[SIGNED_OUT] > 0),
        ("no_agent_fits", not lane.fitting),
    ]
    return tuple(name for name, is_so in found if is_so)


def why_idle(state: State, agent_id: AgentId, at: datetime) -> WhyIdle | None:
    """The first rule that keeps an agent from all interactions, or that nobody waits for him."""
    agent = state.agents.get(agent_id)
    if agent is None:
        return None
    waiting = sum(lane.waiting for lane in agent.lanes)
    if agent.standing != FREE:
        rule = routing.RULE_OF_STANDING[agent.standing]
    elif agent.barred and not any(lane.waiting for lane in agent.lanes):
        rule = "mode" if any(lane.waiting for lane in agent.barred) or not agent.lanes else "nobody_waits"
    elif not agent.lanes:
        rule = "eligible_by_skill"
    else:
        rule = "nobody_waits"
    return WhyIdle(
        agent_id=agent_id,
        rule=rule,
        queues=tuple(sorted(lane.queue.rules.queue_id for lane in agent.lanes if lane.key == BASE_LANE)),
        waiting=waiting,
        before=min((_before(lane, agent) for lane in agent.lanes), default=0)
        if agent.standing == FREE
        else 0,
        handled=agent.handled,
        guard="" if agent.guard is None else agent.guard.value,
        rests_until=agent.resting_until,
    )


def candidates(state: State, interaction_id: InteractionId, at: datetime) -> list[Candidate]:
    """Every agent as seen from one interaction, best first; empty when it stands in no queue."""
    interaction = state.interactions.get(interaction_id)
    queue = None if interaction is None else state.queues.get(interaction.queue_id)
    if interaction is None or queue is None:
        return []
    return routing.candidates(state, _lane_of(queue, interaction), interaction, at)


def _lane_of(queue: Queue, interaction: Interaction) -> Lane:
    """The lane where it waits, or would."""
    key = lane_key(interaction)
    return interaction.lane or queue.lanes.get(key) or queue.new_lane(key, Line())


def _before(lane: Lane, agent: Agent) -> int:
    """Free agents whom the lane would take sooner."""
    mine = (agent.ranks[lane], agent.idle_since, agent.agent_id)
    return sum(
        1
        for entry in lane.idle
        if (other := entry[3]).standing == FREE
        and (not lane.is_moving or other.entries.get(lane) is entry)
        and (other.ranks[lane], other.idle_since, other.agent_id) < mine
    )
