"""How an agent stands in the lanes of channels that are not voice: one seat per channel.

A seat is an agent of its own in those lanes, with the profile of its `main`: so lanes, heaps and counts need
not know of channels, and an agent who only takes calls has none and pays nothing. Which agent has how many
is `capacity`'s; only `apply` and its parts (this one) write.
"""

from datetime import datetime

from otklik.acd.capacity import INTERRUPTIBLE, standing_of_seat
from otklik.acd.events import AssignmentEnded, AssignmentResumed, AssignmentSuspended, OfferMade
from otklik.acd.model import AssignmentPhase, Channel, Strategy
from otklik.acd.requirements import effective, meets
from otklik.acd.state import FREE, SIGNED_OUT, Agent, Assignment, Interaction, Lane, Queue, State
from otklik.vocabulary.ids import AgentId


def make(state: State, agent: Agent, queue: Queue) -> None:
    """The seat from which he takes what waits in this queue, where he ever could: with all relaxed that can
    be. By configuration alone, not when a lane is made: after a restart other lanes are there, and what a
    seat remembers must not depend on that."""
    rules = queue.rules
    channel = rules.channel
    if channel is Channel.VOICE or channel in agent.seats:
        return
    if meets(agent.profile, effective(rules, (), len(rules.relaxation))):
        seat = agent.seats[channel] = Agent(profile=agent.profile, main=agent, channel=channel)
        seat.idle_since = agent.idle_since
        seat.standing = standing_of_seat(state.site, agent, channel)


def holder(agent: Agent, lane: Lane) -> Agent:
    """Who stands in this lane for an agent who fits it: himself, or his seat."""
    channel = lane.queue.rules.channel
    return agent if channel is Channel.VOICE else agent.seats[channel]


def seated(agent: Agent, lane: Lane) -> Agent | None:
    """The same for any agent; None for one who could never take what waits there."""
    channel = lane.queue.rules.channel
    return agent if channel is Channel.VOICE else agent.seats.get(channel)


def place_seats(state: State, agent: Agent) -> None:
    """Bring the seats in line with what the agent is and has."""
    state.is_stirred = True
    for channel in sorted(agent.seats):
        _place(state, agent, agent.seats[channel])
    if agent.others:
        state.torn_agents[agent.agent_id] = agent


def _place(state: State, agent: Agent, seat: Agent) -> None:
    before, now = seat.standing, standing_of_seat(state.site, agent, seat.channel)
    if before != now:
        seat.standing = now
        for lane in seat.lanes:
            lane.tally[before] -= 1
            lane.tally[now] += 1
    elif now != FREE or not seat.moving:
        return
    if now == FREE:
        list_idle(seat)
        if before != FREE:
            state.fresh_seats[seat] = None


def list_idle(agent: Agent) -> None:
    """Put him among the idle of his lanes, where he does not stand already."""
    for lane in agent.moving:
        agent.ranks[lane] = lane.rank_of(agent)
        lane.list_idle(agent)
    for lane in agent.unlisted:
        lane.list_idle(agent)
    agent.unlisted.clear()


def comes_or_goes(agent: Agent, before: int) -> bool:
    """Whether somebody signed in or out by this."""
    return (before == SIGNED_OUT) != (agent.standing == SIGNED_OUT)


def take_offer(state: State, interaction: Interaction, agent: Agent, event: OfferMade) -> None:
    """One more of this channel."""
    seat = agent.seats.get(interaction.channel)
    if seat is not None:
        # Whoever was offered something last is asked last: else the first would be filled before the second.
        seat.idle_since = event.at
        queue = state.queues.get(event.queue_id)
        if queue is not None and queue.rules.strategy == Strategy.ROUND_ROBIN:
            queue.turn += 1
            seat.turns[event.queue_id] = queue.turn
    agent.others[event.interaction_id] = Assignment(
        interaction_id=event.interaction_id,
        segment_id=event.segment_id,
        queue_id=event.queue_id,
        phase=AssignmentPhase.OFFERED,
        since=event.at,
        offer_id=event.offer_id,
        deadline=event.expires_at,
        channel=interaction.channel,
    )


def note_connected(agent: Agent, interaction: Interaction, at: datetime) -> None:
    other = agent.others.get(interaction.interaction_id)
    if other is not None:
        other.connected_at = at
    seat = agent.seats.get(interaction.channel)
    if seat is not None:
        seat.handled += 1


def end(state: State, event: AssignmentEnded) -> Agent | None:
    agent = state.agents.get(event.agent_id)
    if agent is None:
        return None
    other = agent.others.pop(event.interaction_id, None)
    seat = agent.seats.get(other.channel) if other is not None else None
    if seat is not None:
        seat.idle_since = event.at
    return agent


def suspend(state: State, event: AssignmentSuspended | AssignmentResumed, phase: AssignmentPhase) -> None:
    agent = state.agents.get(event.agent_id)
    other = agent.others.get(event.interaction_id) if agent is not None else None
    if other is not None:
        other.phase = phase
        other.since = event.at


def is_blocked(agent: Agent) -> bool:
    """Whether what he has beside calls leaves no room for one."""
    return any(other.channel not in INTERRUPTIBLE for other in agent.others.values())


def forget(state: State, agent_id: AgentId, agent: Agent) -> None:
    """The agent is removed."""
    for seat in agent.seats.values():
        state.fresh_seats.pop(seat, None)
    state.torn_agents.pop(agent_id, None)
