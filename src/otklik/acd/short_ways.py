"""The short ways of a usual call: what asking, applying and looking for what follows come to, in one go.

A brief engine (`is_explained=False`: the twin) takes them. Each gives the very events of the long way and
leaves the very state, or gives None before anything has changed: then the long way is gone. They know nothing
that the rules do not say: a call on a queue without rules for its entry, an agent who only takes calls, is
there and wishes nothing; whatever is else is left to `decide`, `apply` and `routing`. Together with these it
is the only writer of state.

Two thirds of the long way of a usual call are spent in finding out that nothing unusual is there, event for
event; here it is asked once. `tests/simulation/test_short_ways.py` goes both ways and compares.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from otklik.acd.apply import count_talk, join_line, leave_line, list_idle, note_occupancy, note_work
from otklik.acd.commands import AcceptOffer, AcdCommand, NoteCustomerLeft, RegisterInteraction
from otklik.acd.events import (
    AcdEvent,
    AgentMadeReady,
    InteractionArrived,
    InteractionConnected,
    InteractionEnded,
    InteractionQueued,
    OfferAccepted,
    OfferMade,
    WrapUpEnded,
    WrapUpStarted,
)
from otklik.acd.model import (
    AssignmentPhase,
    Availability,
    Channel,
    Direction,
    EndedBy,
    EndReason,
    NotReadyCause,
    Phase,
    QueueingCause,
    QueueRules,
)
from otklik.acd.routing import UNEXPLAINED, best_lane
from otklik.acd.state import BUSY, FREE, NO_QUEUE, NO_REASON, Agent, Assignment, Interaction, State
from otklik.acd.timetable import Kind
from otklik.vocabulary.ids import AgentId, OfferId, SegmentId

# Members that are asked for most often: looking one up on its class costs a tenth of a microsecond.
_VOICE: Final = Channel.VOICE
_INTERNAL: Final = Direction.INTERNAL
_WAITING: Final = Phase.WAITING
_OFFERED: Final = Phase.OFFERED
_CONNECTED: Final = Phase.CONNECTED
_OFFERED_TO_AGENT: Final = AssignmentPhase.OFFERED
_CONNECTED_WITH_AGENT: Final = AssignmentPhase.CONNECTED
_IN_WRAP_UP: Final = AssignmentPhase.WRAP_UP
_READY: Final = Availability.READY
_ARRIVED: Final = QueueingCause.ARRIVED
_CHOSEN: Final = NotReadyCause.CHOSEN
_ANSWERED: Final = EndReason.ANSWERED
_CUSTOMER: Final = EndedBy.CUSTOMER
_SYSTEM: Final = EndedBy.SYSTEM
_WRAP_UP: Final = Kind.WRAP_UP
_NO_TIME: Final = timedelta()


def _register(state: State, command: RegisterInteraction, at: datetime) -> list[AcdEvent] | None:
    """A customer comes to a queue: the next agent is offered to him at once, or he waits."""
    interaction_id = command.interaction_id
    queue = state.queues.get(command.queue_id)
    if queue is None or queue.is_closing or queue.callbacks or queue.plans:
        return None
    rules = queue.rules
    if rules.overflow or command.channel is not _VOICE or rules.channel is not _VOICE:
        return None
    if queue.waiting >= rules.maximum_waiting or interaction_id in state.interactions:
        return None
    lane = queue.base
    agent = lane.next_idle()
    if agent is not None and (queue.waiting or lane.is_moving or agent.seats or agent.own):
        return None
    state.at = at
    segment_id = SegmentId(state.minter.mint(at))
    arrived = InteractionArrived(
        at=at,
        interaction_id=interaction_id,
        channel=_VOICE,
        direction=command.direction,
        party_id=command.party_id,
        number_id=command.number_id,
        project_id=command.project_id,
    )
    queue.population += 1
    interaction = state.interactions[interaction_id] = Interaction(
        interaction_id,
        _VOICE,
        command.direction,
        command.party_id,
        command.number_id,
        command.project_id,
        at,
        _WAITING,
        at,
        None,
        rules.queue_id,
        segment_id,
        at,
        0,
        at,
    )
    if agent is not None:
        queue.pace.at = at
        queued = InteractionQueued(
            at=at,
            interaction_id=interaction_id,
            segment_id=segment_id,
            queue_id=rules.queue_id,
            priority=0,
            queued_at=at,
            cause=_ARRIVED,
        )
        return [arrived, queued, _offer(state, rules, interaction, agent, at)]
    join_line(state, queue, interaction)
    assert interaction.place is not None
    queued = InteractionQueued(
        at=at,
        interaction_id=interaction_id,
        segment_id=segment_id,
        queue_id=rules.queue_id,
        priority=0,
        queued_at=at,
        cause=_ARRIVED,
        position=queue.line.rank(interaction.place) if queue.waiting > 1 else 1,
    )
    state.fresh_lanes.clear()  # it was looked at: nobody is free
    state.is_stirred = False
    return [arrived, queued]


def _offer(
    state: State, rules: QueueRules, interaction: Interaction, agent: Agent, at: datetime
) -> OfferMade:
    """The offer of one who stands in no line to a free agent, said and done."""
    interaction_id, segment_id = interaction.interaction_id, interaction.segment_id
    offer_id = OfferId(state.minter.mint(at))
    own = agent.profile.ring_timeout
    patience = rules.ring_timeout
    if own is not None and own < patience:
        patience = own
    expires_at = at + patience
    interaction.phase = _OFFERED
    interaction.since = at
    interaction.deadline = expires_at
    interaction.agent_id = agent.agent_id
    interaction.offer_id = offer_id
    state.offers[offer_id] = interaction_id
    state.deadlines.set_phase(expires_at, interaction_id)
    agent.assignment = Assignment(
        interaction_id, segment_id, rules.queue_id, _OFFERED_TO_AGENT, at, offer_id, expires_at
    )
    agent.standing = BUSY
    return OfferMade(
        at=at,
        offer_id=offer_id,
        interaction_id=interaction_id,
        segment_id=segment_id,
        queue_id=rules.queue_id,
        agent_id=agent.agent_id,
        expires_at=expires_at,
        why=UNEXPLAINED,
    )


def _accept(state: State, command: AcceptOffer, at: datetime) -> list[AcdEvent] | None:
    """An agent takes a call, and both hear each other."""
    interaction_id = state.offers.get(command.offer_id)
    if interaction_id is None or not command.is_connected:
        return None
    interaction = state.interactions[interaction_id]
    if interaction.phase is not _OFFERED or interaction.callback is not None or interaction.ties is not None:
        return None
    agent_id = interaction.agent_id
    agent = state.agents[agent_id]
    assignment = agent.assignment
    if assignment is None or assignment.interaction_id != interaction_id:
        return None
    state.at = at
    interaction.phase = _CONNECTED
    interaction.since = at
    interaction.deadline = None
    assignment.phase = _CONNECTED_WITH_AGENT
    assignment.since = at
    assignment.deadline = None
    state.deadlines.forget_phase(interaction_id)
    count_talk(state, agent, assignment, at)
    return [
        OfferAccepted(
            at=at,
            offer_id=command.offer_id,
            interaction_id=interaction_id,
            agent_id=agent_id,
            deadline=at + state.site.connect_timeout,
        ),
        InteractionConnected(
            at=at,
            interaction_id=interaction_id,
            segment_id=interaction.segment_id,
            queue_id=interaction.queue_id,
            agent_id=agent_id,
        ),
    ]


def _hang_up(state: State, command: NoteCustomerLeft, at: datetime) -> list[AcdEvent] | None:
    """The customer ends a talk; the agent has his wrap-up, or is free for the next."""
    interaction = state.interactions.get(command.interaction_id)
    if interaction is None or interaction.phase is not _CONNECTED or interaction.ties is not None:
        return None
    if interaction.channel is not _VOICE or interaction.direction is _INTERNAL:
        return None
    queue = state.queues.get(interaction.queue_id)
    agent = state.agents[interaction.agent_id]
    assignment = agent.assignment
    if queue is None or assignment is None or assignment.interaction_id != interaction.interaction_id:
        return None
    wrap_up = queue.rules.wrap_up
    if wrap_up <= _NO_TIME and not _is_usual(agent):
        return None
    state.at = at
    ended = InteractionEnded(
        at=at,
        interaction_id=interaction.interaction_id,
        reason=_ANSWERED,
        by=_CUSTOMER,
        segment_id=interaction.segment_id,
        queue_id=interaction.queue_id,
        agent_id=interaction.agent_id,
        is_estimated=command.is_estimated,
    )
    del state.interactions[interaction.interaction_id]
    queue.population -= 1
    interaction.queue_id = NO_QUEUE
    state.offers.pop(interaction.offer_id, None)
    if wrap_up <= _NO_TIME:
        return _free(state, agent, assignment, at, [ended], "call_ended")
    deadline = at + wrap_up
    assignment.phase = _IN_WRAP_UP
    assignment.since = at
    assignment.wrap_up_at = at
    assignment.deadline = deadline
    state.deadlines.set_sure(deadline, _WRAP_UP, agent.agent_id)
    started = WrapUpStarted(
        at=at,
        agent_id=agent.agent_id,
        interaction_id=ended.interaction_id,
        segment_id=ended.segment_id,
        queue_id=ended.queue_id,
        deadline=deadline,
    )
    return [ended, started]


def end_wrap_up(state: State, agent_id: AgentId, at: datetime) -> list[AcdEvent] | None:
    """A wrap-up is over by itself."""
    agent = state.agents[agent_id]
    assignment = agent.assignment
    if assignment is None or not _is_usual(agent):
        return None
    state.at = at
    ended = WrapUpEnded(
        at=at,
        agent_id=agent_id,
        interaction_id=assignment.interaction_id,
        segment_id=assignment.segment_id,
        by=_SYSTEM,
    )
    return _free(state, agent, assignment, at, [ended], "wrap_up_ended")


def _is_usual(agent: Agent) -> bool:
    """Whether an agent who has worked is free then, with nothing else to be looked at."""
    return (
        agent.availability is _READY
        and not agent.intent
        and agent.is_reachable
        and not agent.is_leaving
        and not agent.moving
        and not agent.own
        and not agent.seats
        and not agent.others
        and agent.profile.voice_capacity > 0
    )


def _free(
    state: State, agent: Agent, assignment: Assignment, at: datetime, events: list[AcdEvent], rule: str
) -> list[AcdEvent]:
    """A usual agent has done his work: he gets who should be next, or waits among the idle."""
    if state.is_occupancy_kept:
        note_occupancy(agent, at)
    note_work(state, agent, assignment, at)
    agent.assignment = None
    agent.rests_since = None
    agent.reason_id = NO_REASON
    agent.cause = _CHOSEN
    agent.since = agent.idle_since = at
    agent.intent_reason_id = NO_REASON
    agent.standing = FREE
    events.append(AgentMadeReady(at=at, agent_id=agent.agent_id, rule=rule))
    if not state.is_stirred:
        lane = best_lane(agent, at)
        if lane is None:
            list_idle(agent)
            return events
        queue = lane.queue
        interaction = state.interactions[lane.line.first()[4]]
        # Nobody else is free for this lane: else its first would not wait. So the offer can only be his.
        if not (interaction.missed or interaction.callback or queue.callbacks or queue.plans):
            if interaction.since < at:
                queue.pace.now.served += 1
            leave_line(state, interaction)
            events.append(_offer(state, queue.rules, interaction, agent, at))
            return events
    list_idle(agent)
    state.fresh_agents[agent.agent_id] = agent
    state.is_stirred = True
    return events


Ways = dict[type[AcdCommand], Callable[[State, Any, datetime], list[AcdEvent] | None]]
SHORT_WAYS: Final[Ways] = {
    RegisterInteraction: _register,
    AcceptOffer: _accept,
    NoteCustomerLeft: _hang_up,
}
"""What may be done at once: by kind of command."""
