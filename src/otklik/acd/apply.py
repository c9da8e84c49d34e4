"""Event -> state: the only writer. Total: it never refuses and never decides; replay = apply.

An event about something unknown is passed by, so that a journal of any age can be read. What the present
rules would do is never asked here: every moment that counts stands in the event or follows from the
configuration in force.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from math import exp
from typing import Any, Final, assert_never

from msgspec import structs

from otklik.acd import moves, overflow, seats
from otklik.acd.capacity import assignment_for
from otklik.acd.events import (
    AcdEvent,
    AgentConfigured,
    AgentGuarded,
    AgentGuardLifted,
    AgentIntentSet,
    AgentMadeNotReady,
    AgentMadeReady,
    AgentModeChanged,
    AgentReleased,
    AgentRemoved,
    AgentReserved,
    AgentRetired,
    AgentSignedIn,
    AgentSignedOut,
    AssignmentEnded,
    AssignmentResumed,
    AssignmentSuspended,
    CallbackAttemptFailed,
    CallbackDialed,
    CallbackExpired,
    CallbackOffered,
    CallbackPromised,
    CallbackRescheduled,
    CallbackScheduled,
    ConnectionFailed,
    ConsultStarted,
    DayStarted,
    DeviceLost,
    DeviceReached,
    DialingStarted,
    FlowEntered,
    FlowResumed,
    InteractionArrived,
    InteractionConnected,
    InteractionEnded,
    InteractionEscalated,
    InteractionForwarded,
    InteractionHeld,
    InteractionOverflowed,
    InteractionPrioritized,
    InteractionQueued,
    InteractionResumed,
    InternalCallStarted,
    ManualInteractionStarted,
    OfferAccepted,
    OfferDeclined,
    OfferExpired,
    OfferMade,
    OfferWithdrawn,
    OverflowDeferred,
    ParticipantJoined,
    ParticipantLeft,
    ParticipantMoved,
    PlanConfigured,
    PlanLoadChanged,
    PlanRemoved,
    PlanTurned,
    PreferredAgentReleased,
    QueueClosed,
    QueueConfigured,
    QueueRemoved,
    ReasonConfigured,
    ReasonRemoved,
    ReconnectionFailed,
    ReconnectionStarted,
    ReconnectionSucceeded,
    RequirementsRelaxed,
    SegmentHandedOver,
    SiteConfigured,
    SlotStarted,
    TransferCompleted,
    TransferFailed,
    TransferStarted,
    WrapUpEnded,
    WrapUpExtended,
    WrapUpStarted,
)
from otklik.acd.guard import guard_cause, next_guard
from otklik.acd.model import (
    AgentProfile,
    AssignmentPhase,
    Availability,
    Callback,
    Channel,
    Direction,
    EndReason,
    GuardEnd,
    LoadLevel,
    NotReadyCause,
    OfferKind,
    OverflowTo,
    Phase,
    QueueingCause,
    QueueRules,
    Stay,
    Strategy,
    WithdrawalCause,
)
from otklik.acd.state import (
    BUSY,
    FREE,
    NO_AGENT,
    NO_OFFER,
    NO_QUEUE,
    NO_REASON,
    NO_SEGMENT,
    NOT_READY,
    OCCUPANCY_MEMORY,
    RESERVED,
    RESTING,
    SIGNED_OUT,
    UNREACHABLE,
    WHOLE_TURN,
    Agent,
    Assignment,
    Interaction,
    Lane,
    Line,
    Plan,
    Queue,
    Reservation,
    State,
    lane_key,
)
from otklik.acd.timetable import Kind
from otklik.vocabulary.ids import AgentId, InteractionId, NumberId, PlanId, QueueId, ReasonId
from otklik.vocabulary.time import next_slot_start, slot_start

# Members that are asked for most often: looking one up on its class costs a tenth of a microsecond.
_ARRIVING: Final = Phase.ARRIVING
_VOICE: Final = Channel.VOICE
_IN_FLOW: Final = Phase.IN_FLOW
_WAITING: Final = Phase.WAITING
_OFFERED: Final = Phase.OFFERED
_CONNECTING: Final = Phase.CONNECTING
_CONNECTED: Final = Phase.CONNECTED
_DIALING: Final = Phase.DIALING
_OFFERED_TO_AGENT: Final = AssignmentPhase.OFFERED
_IN_WRAP_UP: Final = AssignmentPhase.WRAP_UP
_IS_READY: Final = Availability.READY
_IS_NOT_READY: Final = Availability.NOT_READY
_IS_SIGNED_OUT: Final = Availability.SIGNED_OUT
_WRAP_UP: Final = Kind.WRAP_UP
_NO_TIME = timedelta()
_WORK: Final = (FREE, BUSY)
SPARE_LANES_KEPT: Final = 16
"""Empty lanes of special wishes that a site keeps: making one costs a pass over the agents of a skill."""


def apply_step(state: State, events: Iterable[AcdEvent], at: datetime) -> None:
    """Make `state` what it is after the events of one step, which all happened at `at`. It has been told a
    time already."""
    state.at = at
    for event in events:
        _FREQUENT.get(type(event), apply)(state, event)


def apply(state: State, event: AcdEvent) -> None:  # noqa: C901, PLR0915 - one line per event, and no event forgotten
    """Make `state` what it is after `event`. The frequent ones are looked up: to ask whether a message is of
    another class takes 0.3 microseconds, and a match asks so case by case."""
    if state.next_slot is None:
        state.next_slot = next_slot_start(event.at)
    state.at = event.at
    write = _FREQUENT.get(type(event))
    if write is not None:
        write(state, event)
        return
    state.is_stirred = True  # rare: rather one look too many
    match event:
        case (
            OfferMade() | OfferAccepted() | InteractionConnected() | InteractionQueued() | InteractionEnded()
        ):
            raise AssertionError("these are frequent")
        case WrapUpStarted() | WrapUpEnded() | AgentMadeReady() | AgentMadeNotReady() | InteractionArrived():
            raise AssertionError("these too")
        case FlowEntered() | OfferExpired() | OfferWithdrawn() | RequirementsRelaxed():
            raise AssertionError("these too")
        case OfferDeclined():
            _end_offer(state, event.interaction_id, event.agent_id, event.at)
        case InteractionPrioritized():
            _prioritize(state, event)
        case PreferredAgentReleased():
            _release(state, event)
        case InteractionOverflowed():
            _overflow(state, event)
        case OverflowDeferred():
            _look_again(state, event.interaction_id, event.until)
        case CallbackOffered():
            _offer_callback(state, event)
        case CallbackPromised():
            _promise_callback(state, event)
        case CallbackScheduled():
            _schedule_callback(state, event)
        case CallbackDialed():
            _dial_callback(state, event)
        case CallbackAttemptFailed():
            _fail_attempt(state, event)
        case CallbackRescheduled():
            _reschedule_callback(state, event)
        case CallbackExpired():
            pass  # its end follows as an event of its own
        case InteractionEscalated():
            escalated = state.interactions.get(event.interaction_id)
            if escalated is not None:
                _close_stay(state, escalated, event.at, event.agent_id, "escalated")
                escalated.note = event.note
        case InteractionHeld():
            _move(state, event.interaction_id, Phase.HELD, event.at, None)
        case InteractionResumed() | ReconnectionSucceeded():
            _move(state, event.interaction_id, _CONNECTED, event.at, None)
        case ReconnectionStarted():
            _move(state, event.interaction_id, Phase.RECONNECTING, event.at, event.deadline)
        case ReconnectionFailed() | SegmentHandedOver():
            left = state.interactions.get(event.interaction_id)
            if left is not None:
                how = "lost" if isinstance(event, ReconnectionFailed) else "handed_over"
                _close_stay(state, left, event.at, event.agent_id, how)
            _leave_agent(state, event.interaction_id)
        case ConnectionFailed():
            _end_offer(state, event.interaction_id, event.agent_id, event.at)
        case WrapUpExtended():
            _extend_wrap_up(state, event)
        case ManualInteractionStarted():
            _start_manual(state, event)
        case AgentIntentSet():
            agent = state.agents.get(event.agent_id)
            if agent is not None:
                agent.intent = event.intent
                agent.intent_reason_id = event.reason_id
                if agent.own:
                    state.changed_agents[event.agent_id] = agent
        case AgentSignedIn():
            _sign_in(state, event)
        case AgentSignedOut():
            _free_agent(state, event.agent_id, event.at, _IS_SIGNED_OUT)
        case DeviceReached():
            _note_device(state, event.agent_id, event.at, is_reachable=True)
        case DeviceLost():
            _note_device(state, event.agent_id, event.at, is_reachable=False)
        case TransferStarted():
            moves.start_transfer(state, event)
        case TransferFailed():
            moves.fail_transfer(state, event)
        case ConsultStarted():
            moves.start_consult(state, event)
        case DialingStarted():
            _move(state, event.interaction_id, Phase.DIALING, event.at, event.deadline)
        case InteractionForwarded():
            moves.forward(state, event)
        case FlowResumed():
            moves.resume_flow(state, event)
        case TransferCompleted():
            moves.complete_transfer(state, event)
            taker = state.agents.get(event.agent_id)
            if taker is not None:
                _place_agent(state, taker)
        case InternalCallStarted():
            moves.start_internal(state, event)
            caller = state.agents.get(event.agent_id)
            if caller is not None:
                _place_agent(state, caller)
        case ParticipantJoined():
            moves.join(state, event)
        case ParticipantMoved():
            moves.move(state, event)
        case ParticipantLeft():
            moves.leave(state, event)
        case AssignmentEnded():
            freed = seats.end(state, event)
            if freed is not None:
                _place_agent(state, freed)
        case AssignmentSuspended():
            seats.suspend(state, event, AssignmentPhase.SUSPENDED)
        case AssignmentResumed():
            seats.suspend(state, event, AssignmentPhase.CONNECTED)
        case AgentReserved():
            _reserve(state, event)
        case AgentReleased():
            kept = state.agents.get(event.agent_id)
            if kept is not None:
                kept.reservation = None
                _place_agent(state, kept)
        case SlotStarted():
            state.next_slot = slot_start(event.slot + 1)
            for queue in state.queues.values():
                queue.pace.turn()
        case DayStarted():
            _start_day(state)
        case AgentGuarded():
            _guard(state, event)
        case AgentGuardLifted():
            _lift_guard(state, event)
        case SiteConfigured():
            state.site = event.site
            for seated in state.agents.values():
                if seated.seats:
                    seats.place_seats(state, seated)
            for unreachable in state.unreachable.values():
                _watch_device(state, unreachable)
            state.changed_agents.update(state.agents)  # the guard may see them otherwise now
        case QueueConfigured():
            _configure_queue(state, event.queue)
        case QueueClosed():
            _close_queue(state, event)
        case QueueRemoved():
            _remove_queue(state, event.queue_id)
        case AgentConfigured():
            _configure_agent(state, event.agent)
        case AgentRetired():
            _retire_agent(state, event.agent_id)
        case AgentRemoved():
            _remove_agent(state, event.agent_id)
        case AgentModeChanged():
            _change_mode(state, event)
        case PlanConfigured():
            _configure_plan(state, event)
        case PlanTurned():
            turned = state.plans.get(event.plan_id)
            if turned is not None:
                turned.turns_at = event.turns_at
                _watch_plan(state, turned)
        case PlanLoadChanged():
            loaded = state.plans.get(event.plan_id)
            if loaded is not None:
                loaded.level, loaded.calm_at = event.level, event.calm_at
                _watch_plan(state, loaded)
        case PlanRemoved():
            _remove_plan(state, event.plan_id)
        case ReasonConfigured():
            state.reasons[event.reason.reason_id] = event.reason
        case ReasonRemoved():
            state.reasons.pop(event.reason_id, None)
        case _:
            assert_never(event)


# --- interactions


def _accept_offer(state: State, event: OfferAccepted) -> None:
    _move(state, event.interaction_id, _CONNECTING, event.at, event.deadline)


def _enter_flow(state: State, event: FlowEntered) -> None:
    _move(state, event.interaction_id, _IN_FLOW, event.at, event.deadline)


def _connect(state: State, event: InteractionConnected) -> None:
    """Both hear each other: from here on it is work, and it counts for the day."""
    interaction = _move(state, event.interaction_id, _CONNECTED, event.at, None)
    state.deadlines.forget_phase(event.interaction_id)
    agent = state.agents.get(event.agent_id)
    if interaction is not None:
        interaction.callback = None  # if it was promised, that is kept
        if interaction.ties is not None:
            moves.note_connected(state, interaction, event.at)
        if agent is not None and interaction.channel is not _VOICE:
            seats.note_connected(agent, interaction, event.at)
            seats.place_seats(state, agent)
            return
    if agent is None or agent.assignment is None:
        return
    count_talk(state, agent, agent.assignment, event.at)


def count_talk(state: State, agent: Agent, assignment: Assignment, at: datetime) -> None:
    """A talk has begun: it counts for the day, and perhaps it is one too many."""
    assignment.connected_at = at
    agent.handled += 1
    agent.misses = 0
    if agent.guard is None:
        if agent.worked_at is not None and at - agent.worked_at >= state.site.guard_pause:
            agent.streak = _NO_TIME
        if guard_cause(state.site, agent) is not None:
            state.changed_agents[agent.agent_id] = agent
            state.is_stirred = True


def _add_interaction(state: State, event: InteractionArrived) -> None:
    interaction = state.interactions[event.interaction_id] = arriving(state, event)
    assert interaction.deadline is not None
    state.deadlines.set_phase(interaction.deadline, event.interaction_id)


def arriving(state: State, event: InteractionArrived) -> Interaction:
    """What one is who has just come. By place, in the order of its fields: by name takes twice as long."""
    at = event.at
    return Interaction(
        event.interaction_id,
        event.channel,
        event.direction,
        event.party_id,
        event.number_id,
        event.project_id,
        at,
        _ARRIVING,
        at,
        at + state.site.arriving_timeout,
    )


def _move(
    state: State, interaction_id: InteractionId, phase: Phase, at: datetime, deadline: datetime | None
) -> Interaction | None:
    """The interaction, and the assignment of the agent who has it, change phase together."""
    interaction = state.interactions.get(interaction_id)
    if interaction is None:
        return None
    interaction.phase = phase
    interaction.since = at
    interaction.deadline = deadline
    if deadline is not None:
        state.deadlines.set_phase(deadline, interaction_id)
    agent = state.agents.get(interaction.agent_id)
    assignment = None if agent is None else assignment_for(agent, interaction_id)
    if assignment is not None:
        assignment.phase = _ASSIGNMENT_PHASES[phase]
        assignment.since = at
        assignment.deadline = deadline
    return interaction


_ASSIGNMENT_PHASES = {
    _OFFERED: _OFFERED_TO_AGENT,
    _DIALING: AssignmentPhase.CONNECTING,
    _CONNECTING: AssignmentPhase.CONNECTING,
    _CONNECTED: AssignmentPhase.CONNECTED,
    Phase.HELD: AssignmentPhase.HELD,
    Phase.RECONNECTING: AssignmentPhase.RECONNECTING,
}


def _queue_interaction(state: State, event: InteractionQueued) -> None:
    interaction = state.interactions.get(event.interaction_id)
    queue = state.queues.get(event.queue_id)
    if interaction is None or queue is None:
        return
    if interaction.lane is not None:
        leave_line(state, interaction)
    if interaction.segment_id != event.segment_id:
        if interaction.segment_id and interaction.phase is not Phase.SCHEDULED:
            _close_stay(
                state, interaction, event.at, NO_AGENT, _HOW_IT_WENT_ON.get(event.cause, "handed_over")
            )
        interaction.is_callback_offered = False
        interaction.callback_queue_id = NO_QUEUE
        state.minter.resume(event.segment_id)
        interaction.segment_id = event.segment_id
        interaction.segment_at = event.at
    if interaction.queue_id != event.queue_id:
        if interaction.queue_id:
            _leave_queue(state, interaction)
        interaction.queue_id = event.queue_id
        queue.population += 1
    interaction.phase = _WAITING
    interaction.since = event.at
    interaction.deadline = None
    interaction.priority = event.priority
    interaction.queued_at = event.queued_at
    interaction.is_ahead = event.ahead
    interaction.requirements = event.requirements
    interaction.step = event.step
    interaction.boosts = event.boosts
    interaction.preferred_agent_id = event.preferred_agent_id
    interaction.preferred_until = event.preferred_until
    interaction.preferred_cause = event.preferred_cause
    interaction.agent_id = NO_AGENT
    interaction.offer_id = NO_OFFER
    if interaction.ties is not None:
        moves.end_transfer(interaction)
    join_line(state, queue, interaction)


def join_line(state: State, queue: Queue, interaction: Interaction) -> None:
    assert interaction.queued_at is not None
    interaction.place = queue.place_of(
        interaction.priority,
        interaction.is_ahead,
        interaction.queued_at,
        interaction.segment_id,
        interaction.interaction_id,
    )
    if interaction.step or interaction.requirements or interaction.callback is not None:
        lane = _special_lane(state, queue, interaction)
    else:
        lane = queue.base
    interaction.lane = lane
    if queue.waiting and state.at is not None:
        queue.pace.note(state.at, queue.waiting, queue.staffed())
    else:
        queue.pace.at = state.at
    if interaction.preferred_agent_id and _park(state, queue, interaction):
        queue.line.add(interaction.place)
        queue.waiting += 1
    else:
        queue.line.add(interaction.place)
        queue.waiting += 1
        if lane.line is not queue.line:
            lane.line.add(interaction.place)
        lane.waiting += 1
        state.fresh_lanes[lane] = None
    state.is_stirred = True
    rules = queue.rules
    if interaction.callback is not None:
        queue.callbacks += 1
    if queue.plans:
        state.fresh_plans.update(dict.fromkeys(queue.plans))
    if rules.overflow or interaction.callback is not None:
        _watch_wait(state, queue, interaction)
    steps = rules.relaxation
    if interaction.step < len(steps):
        moment = interaction.queued_at + steps[interaction.step].after
        state.deadlines.set_step(moment, interaction.interaction_id)


def leave_line(state: State, interaction: Interaction) -> None:
    lane, place = interaction.lane, interaction.place
    if lane is None or place is None:
        return
    queue = lane.queue
    if state.at is not None and state.at is not queue.pace.at:
        queue.pace.note(state.at, queue.waiting, queue.staffed())
    queue.line.remove(place)
    queue.waiting -= 1
    if queue.rules.relaxation:
        state.deadlines.forget_step(place[4])
    if interaction.preferred_agent_id:
        own = state.agents[interaction.preferred_agent_id].own
        assert own is not None
        own.remove(place)
        lane.parked -= 1
    else:
        if lane.line is not queue.line:
            lane.line.remove(place)
        lane.waiting -= 1
        if not lane.waiting:
            state.fresh_lanes.pop(lane, None)
    if not queue.waiting and queue.base.line is not queue.line:
        queue.base.line = queue.line  # nobody waits: one line is enough again
    interaction.place = None
    interaction.lane = None
    interaction.waits_until = None
    if interaction.callback is not None:
        queue.callbacks -= 1
    if queue.plans:
        state.fresh_plans.update(dict.fromkeys(queue.plans))
        state.is_stirred = True
    if lane is not queue.base and not lane.waiting and not lane.parked:
        _spare(state, lane)


def _relax(state: State, event: RequirementsRelaxed) -> None:
    interaction = state.interactions.get(event.interaction_id)
    if interaction is None or interaction.lane is None:
        return
    queue = interaction.lane.queue
    leave_line(state, interaction)
    interaction.step = event.step
    join_line(state, queue, interaction)


def _park(state: State, queue: Queue, interaction: Interaction) -> bool:
    """Puts it into the line of the agent for whom alone it waits; no, when he is not known (any more)."""
    agent = state.agents.get(interaction.preferred_agent_id)
    if agent is None:
        interaction.preferred_agent_id = NO_AGENT
        return False
    if agent.own is None:
        agent.own = Line()
    assert interaction.place is not None
    assert interaction.lane is not None
    agent.own.add(interaction.place)
    interaction.lane.parked += 1
    if queue.base.line is queue.line:
        queue.base.line = queue.line.copy()  # from now on not all of the queue stand in the lane
    state.fresh_own[agent.agent_id] = agent
    if interaction.preferred_until is not None:
        state.deadlines.set(interaction.preferred_until, Kind.PREFERENCE, interaction.interaction_id)
    return True


def _release(state: State, event: PreferredAgentReleased) -> None:
    interaction = state.interactions.get(event.interaction_id)
    if interaction is None:
        return
    _wait_for_all(state, interaction)


def _wait_for_all(state: State, interaction: Interaction) -> None:
    """From the line of one agent into the lane."""
    queue = None if interaction.lane is None else interaction.lane.queue
    leave_line(state, interaction)
    interaction.preferred_agent_id = NO_AGENT
    if queue is not None:
        join_line(state, queue, interaction)


def _prioritize(state: State, event: InteractionPrioritized) -> None:
    interaction = state.interactions.get(event.interaction_id)
    if interaction is None:
        return
    queue = None if interaction.lane is None else interaction.lane.queue
    leave_line(state, interaction)
    interaction.priority = event.priority
    interaction.boosts = event.boosts
    if queue is not None:
        join_line(state, queue, interaction)


def _watch_wait(state: State, queue: Queue, interaction: Interaction) -> None:
    """When a rule is to look at it: overflow, or a promised call that is late."""
    if interaction.callback is not None:
        moment: datetime | None = interaction.callback.expires_at
    elif queue.rules.overflow:
        moment = overflow.next_check(queue, interaction)
    else:
        return
    _look_again(state, interaction.interaction_id, moment)


def _look_again(state: State, interaction_id: InteractionId, moment: datetime | None) -> None:
    interaction = state.interactions.get(interaction_id)
    if interaction is None or interaction.place is None:
        return
    interaction.waits_until = moment
    if moment is not None:
        state.deadlines.set(moment, Kind.WAIT, interaction_id)


_HOW_IT_WENT_ON = {
    QueueingCause.OVERFLOWED: "overflowed",
    QueueingCause.ESCALATED: "escalated",
    QueueingCause.MIGRATED: "migrated",
    QueueingCause.RECOVERED: "lost",
}
_STAYS_KEPT: Final = 30


def _close_stay(state: State, interaction: Interaction, at: datetime, agent_id: AgentId, how: str) -> None:
    """The open stay is over; said once, by the first event that tells."""
    stays = interaction.stays
    if not interaction.segment_id or (stays and stays[-1].segment_id == interaction.segment_id):
        return
    queue = state.queues.get(interaction.queue_id)
    stay = Stay(
        segment_id=interaction.segment_id,
        queue_id=interaction.queue_id,
        tier=1 if queue is None else queue.rules.tier,
        agent_id=agent_id,
        since=interaction.segment_at or interaction.arrived_at,
        until=at,
        how=how,
    )
    interaction.stays = (*stays, stay)[-_STAYS_KEPT:]


def _overflow(state: State, event: InteractionOverflowed) -> None:
    interaction = state.interactions.get(event.interaction_id)
    if interaction is None:
        return
    _close_stay(state, interaction, event.at, NO_AGENT, "overflowed")
    leave_line(state, interaction)
    _leave_queue(state, interaction)
    interaction.segment_id = NO_SEGMENT
    interaction.segment_at = None
    if event.to is OverflowTo.CALLBACK:
        interaction.is_callback_offered = True
        interaction.callback_queue_id = event.to_queue_id
    # Without a deadline the other queue follows at once.
    _move(state, event.interaction_id, Phase.IN_FLOW, event.at, event.deadline or event.at)


def _offer_callback(state: State, event: CallbackOffered) -> None:
    interaction = state.interactions.get(event.interaction_id)
    if interaction is None:
        return
    interaction.is_callback_offered = True
    interaction.callback_queue_id = event.queue_id
    queue = state.queues.get(interaction.queue_id)
    if queue is not None and interaction.place is not None:
        _watch_wait(state, queue, interaction)


# --- promised calls


def _promise_callback(state: State, event: CallbackPromised) -> None:
    interaction = state.interactions.get(event.interaction_id)
    if interaction is None:
        return
    state.minter.resume(event.segment_id)
    _close_stay(state, interaction, event.at, NO_AGENT, "promised")
    leave_line(state, interaction)
    interaction.segment_id = event.segment_id
    interaction.segment_at = event.at
    interaction.queued_at = event.queued_at
    interaction.is_ahead = False
    interaction.callback = Callback(
        due_at=event.due_at,
        expires_at=event.expires_at,
        priority=event.priority,
        agent_id=event.agent_id,
    )
    _put_off(state, interaction, event.queue_id, event.at, event.due_at)


def _schedule_callback(state: State, event: CallbackScheduled) -> None:
    state.minter.resume(event.segment_id)
    if event.queue_id not in state.queues:
        return
    interaction = Interaction(
        interaction_id=event.interaction_id,
        channel=Channel.VOICE,
        direction=Direction.OUTBOUND,
        party_id=event.party_id,
        number_id=NumberId(0),
        project_id=event.project_id,
        arrived_at=event.at,
        phase=Phase.SCHEDULED,
        since=event.at,
        segment_id=event.segment_id,
        segment_at=event.at,
        queued_at=event.due_at,
        callback_of=event.callback_of,
        callback=Callback(
            due_at=event.due_at,
            expires_at=event.expires_at,
            priority=event.priority,
            agent_id=event.agent_id,
            arranged_by=event.arranged_by,
        ),
    )
    state.interactions[event.interaction_id] = interaction
    _put_off(state, interaction, event.queue_id, event.at, event.due_at)


def _put_off(
    state: State, interaction: Interaction, queue_id: QueueId, at: datetime, until: datetime
) -> None:
    """It belongs to a queue and waits for its moment, in no line."""
    queue = state.queues.get(queue_id)
    if queue is not None and interaction.queue_id != queue_id:
        _leave_queue(state, interaction)
        interaction.queue_id = queue_id
        queue.population += 1
    state.offers.pop(interaction.offer_id, None)
    interaction.agent_id = NO_AGENT
    interaction.offer_id = NO_OFFER
    interaction.phase = Phase.SCHEDULED
    interaction.since = at
    interaction.deadline = until
    state.deadlines.set_phase(until, interaction.interaction_id)


def _dial_callback(state: State, event: CallbackDialed) -> None:
    interaction = state.interactions.get(event.interaction_id)
    if interaction is None or interaction.callback is None:
        return
    interaction.callback = structs.replace(interaction.callback, attempts=event.attempt)
    _move(state, event.interaction_id, Phase.DIALING, event.at, event.deadline)


def _fail_attempt(state: State, event: CallbackAttemptFailed) -> None:
    interaction = state.interactions.get(event.interaction_id)
    if interaction is None or interaction.callback is None:
        return
    reason = interaction.callback.last_reason if event.reason is EndReason.AGENT_FAILED else event.reason
    interaction.callback = structs.replace(interaction.callback, attempts=event.attempts, last_reason=reason)
    _put_off(state, interaction, event.queue_id, event.at, event.retry_at or event.at)


def _reschedule_callback(state: State, event: CallbackRescheduled) -> None:
    interaction = state.interactions.get(event.interaction_id)
    if interaction is None or interaction.callback is None:
        return
    leave_line(state, interaction)
    if event.due_at != interaction.callback.due_at:
        interaction.queued_at = event.due_at
    interaction.callback = structs.replace(
        interaction.callback,
        due_at=event.due_at,
        expires_at=event.expires_at,
        agent_id=event.agent_id,
    )
    until = event.due_at
    if event.queue_id and interaction.deadline is not None:
        until = interaction.deadline  # only its queue is another one
    _put_off(state, interaction, event.queue_id or interaction.queue_id, event.at, until)


# --- lanes other than the base one: made for those who need them


def _special_lane(state: State, queue: Queue, interaction: Interaction) -> Lane:
    """The lane of what this interaction asks, with all agents who fit."""
    if queue.base.line is queue.line:
        queue.base.line = queue.line.copy()  # from now on not all wait for the same
    key = lane_key(interaction)
    lane = queue.lanes.get(key)
    if lane is None:
        lane = queue.lanes[key] = queue.new_lane(key, Line())
        for agent in _agents_with(state, lane):
            _fit(agent, lane)
    else:
        state.spare_lanes.pop(lane, None)
    return lane


def _agents_with(state: State, lane: Lane) -> Iterable[Agent]:
    """Agents who may fit: those of the rarest skill that is asked."""
    groups = [state.agents_by_skill.get(one.skill_id, {}) for one in lane.requirements]
    return min(groups, key=len).values() if groups else state.agents.values()


def _spare(state: State, lane: Lane) -> None:
    """Nobody waits here now. Lanes of relaxation stay with their queue, since there are few; those of
    special wishes are forgotten when they have been empty for long."""
    if not lane.key[1]:
        return
    state.spare_lanes[lane] = None
    if len(state.spare_lanes) > SPARE_LANES_KEPT:
        _forget_lane(state, next(iter(state.spare_lanes)))


def _forget_lane(state: State, lane: Lane) -> None:
    state.spare_lanes.pop(lane, None)
    state.fresh_lanes.pop(lane, None)
    del lane.queue.lanes[lane.key]
    for main in state.agents.values():
        agent = seats.seated(main, lane) or main
        if lane in agent.ranks:
            _drop_lane(agent, lane)
        elif lane in agent.barred:
            agent.barred = tuple(other for other in agent.barred if other is not lane)


def _leave_queue(state: State, interaction: Interaction) -> None:
    queue = state.queues.get(interaction.queue_id)
    if queue is not None:
        queue.population -= 1
    interaction.queue_id = NO_QUEUE


def _forget_interaction(state: State, event: InteractionEnded) -> None:
    interaction = state.interactions.pop(event.interaction_id, None)
    if interaction is None:
        return
    if interaction.lane is not None:
        interaction.lane.queue.pace.now.left += 1
        leave_line(state, interaction)
    _leave_queue(state, interaction)
    state.offers.pop(interaction.offer_id, None)
    if interaction.ties is not None:
        moves.untie(state, interaction)


def _leave_agent(state: State, interaction_id: InteractionId) -> None:
    interaction = state.interactions.get(interaction_id)
    if interaction is not None:
        state.offers.pop(interaction.offer_id, None)
        interaction.agent_id = NO_AGENT
        interaction.offer_id = NO_OFFER
        interaction.deadline = None


# --- offers and assignments


def _make_offer(state: State, event: OfferMade) -> None:
    state.minter.resume(event.offer_id)
    interaction = state.interactions.get(event.interaction_id)
    agent = state.agents.get(event.agent_id)
    if interaction is None or agent is None:
        return
    lane = interaction.lane
    is_call = interaction.channel is _VOICE
    if lane is not None:
        queue = lane.queue
        if is_call and lane.is_moving and queue.rules.strategy == Strategy.ROUND_ROBIN:
            queue.turn += 1
            agent.turns[event.queue_id] = queue.turn
        if interaction.since is not event.at and interaction.since < event.at:
            queue.pace.now.served += 1
    if not event.is_named:
        chosen = state.queues.get(event.queue_id)
        if chosen is not None and chosen.callbacks and chosen.is_contested:
            _count_turn(chosen, event.kind)
    leave_line(state, interaction)
    interaction.phase = _OFFERED
    interaction.since = event.at
    interaction.deadline = event.expires_at
    interaction.agent_id = event.agent_id
    interaction.offer_id = event.offer_id
    state.offers[event.offer_id] = event.interaction_id
    state.deadlines.set_phase(event.expires_at, event.interaction_id)
    if not is_call:
        seats.take_offer(state, interaction, agent, event)
        _place_agent(state, agent)
        return
    agent.resting_until = None  # by name also one who rests is called
    agent.reservation = None
    agent.assignment = Assignment(
        interaction_id=event.interaction_id,
        segment_id=event.segment_id,
        queue_id=event.queue_id,
        phase=_OFFERED_TO_AGENT,
        since=event.at,
        offer_id=event.offer_id,
        deadline=event.expires_at,
    )
    _place_agent(state, agent)


def _miss_offer(state: State, event: OfferExpired) -> None:
    agent = state.agents.get(event.agent_id)
    interaction = state.interactions.get(event.interaction_id)
    if agent is not None and (interaction is None or interaction.channel is _VOICE):
        agent.misses += 1
    _end_offer(state, event.interaction_id, event.agent_id, event.at)


def _withdraw_offer(state: State, event: OfferWithdrawn) -> None:
    missed_at = None if event.cause is WithdrawalCause.CUSTOMER_LEFT else event.at
    _end_offer(state, event.interaction_id, event.agent_id, missed_at)


def _count_turn(queue: Queue, kind: OfferKind) -> None:
    """While live customers and callbacks wait side by side, each offer is worth its share of a turn."""
    credit = queue.callback_credit + queue.callbacks_share
    if kind is OfferKind.CALLBACK:
        credit -= WHOLE_TURN
    queue.callback_credit = max(-WHOLE_TURN, min(WHOLE_TURN, credit))


def _end_offer(
    state: State, interaction_id: InteractionId, agent_id: AgentId, missed_at: datetime | None
) -> None:
    interaction = state.interactions.get(interaction_id)
    if interaction is None:
        return
    if missed_at is not None:
        interaction.missed[agent_id] = missed_at
    _leave_agent(state, interaction_id)


def _start_manual(state: State, event: ManualInteractionStarted) -> None:
    state.minter.resume(event.segment_id)
    agent = state.agents.get(event.agent_id)
    if agent is None:
        return
    interaction = Interaction(
        interaction_id=event.interaction_id,
        channel=Channel.VOICE,
        direction=Direction.OUTBOUND,
        party_id=event.party_id,
        number_id=NumberId(0),
        project_id=event.project_id,
        arrived_at=event.at,
        phase=Phase.DIALING,
        since=event.at,
        deadline=event.deadline,
        segment_id=event.segment_id,
        segment_at=event.at,
        queued_at=event.at,
        agent_id=event.agent_id,
        callback_of=event.callback_of,
    )
    queue = state.queues.get(event.queue_id)
    if queue is not None:
        interaction.queue_id = event.queue_id
        queue.population += 1
    state.interactions[event.interaction_id] = interaction
    state.deadlines.set_phase(event.deadline, event.interaction_id)
    agent.resting_until = None
    agent.reservation = None
    agent.assignment = Assignment(
        interaction_id=event.interaction_id,
        segment_id=event.segment_id,
        queue_id=event.queue_id,
        phase=AssignmentPhase.CONNECTING,
        since=event.at,
        deadline=event.deadline,
    )
    _place_agent(state, agent)


def _start_wrap_up(state: State, event: WrapUpStarted) -> None:
    agent = state.agents.get(event.agent_id)
    if agent is None or agent.assignment is None:
        return
    assignment = agent.assignment
    assignment.phase = _IN_WRAP_UP
    assignment.since = event.at
    assignment.wrap_up_at = event.at
    assignment.deadline = event.deadline
    state.deadlines.set_sure(event.deadline, _WRAP_UP, event.agent_id)


def _extend_wrap_up(state: State, event: WrapUpExtended) -> None:
    agent = state.agents.get(event.agent_id)
    if agent is not None and agent.assignment is not None:
        agent.assignment.deadline = event.deadline
        state.deadlines.set(event.deadline, Kind.WRAP_UP, event.agent_id)


def _end_wrap_up(state: State, event: WrapUpEnded) -> None:
    """Nothing yet: what the agent is afterwards follows as an event of its own."""


# --- agents


def _make_ready(state: State, event: AgentMadeReady) -> None:
    _free_agent(state, event.agent_id, event.at, _IS_READY, resting_until=event.resting_until)


def _make_not_ready(state: State, event: AgentMadeNotReady) -> None:
    _free_agent(state, event.agent_id, event.at, _IS_NOT_READY, reason_id=event.reason_id, cause=event.cause)


def _free_agent(
    state: State,
    agent_id: AgentId,
    at: datetime,
    availability: Availability,
    *,
    reason_id: ReasonId = NO_REASON,
    cause: NotReadyCause = NotReadyCause.CHOSEN,
    resting_until: datetime | None = None,
) -> None:
    """Whatever the agent had has ended; he is now what the event says."""
    agent = state.agents.get(agent_id)
    if agent is None:
        return
    if state.is_occupancy_kept:
        note_occupancy(agent, at)
    if agent.assignment is not None:
        note_work(state, agent, agent.assignment, at)
        agent.assignment = None
    if availability is _IS_READY:
        agent.rests_since = None
    else:
        agent.misses = 0
        if agent.rests_since is None:
            agent.rests_since = at
    if resting_until is not None or agent.resting_until is not None:
        _rest(state, agent, resting_until)
    agent.reservation = None
    agent.availability = availability
    agent.reason_id = reason_id
    agent.cause = cause
    agent.since = at
    agent.idle_since = at
    if agent.seats:
        for seat in agent.seats.values():
            seat.idle_since = at
    agent.intent = ""
    agent.intent_reason_id = NO_REASON
    _place_agent(state, agent)


def note_work(state: State, agent: Agent, assignment: Assignment, at: datetime) -> None:
    """What he did with an assignment that led to a talk, up to the end of its wrap-up."""
    began = assignment.connected_at
    if began is None:
        return
    agent.worked_at = at
    queue = state.queues.get(assignment.queue_id)
    if queue is not None:
        queue.pace.now.handled += 1
        queue.pace.now.handling += at - began
    if state.site.guard_streak:
        agent.streak += at - began
        if agent.guard is None and agent.streak >= state.site.guard_streak:
            state.changed_agents[agent.agent_id] = agent
            state.is_stirred = True


def note_occupancy(agent: Agent, at: datetime) -> None:
    """Exponentially smoothed share of work: it falls while he is ready and free (and while it rings), rises
    while he talks and wraps up, and stays in between (signed out, a pause)."""
    assignment, occupancy = agent.assignment, agent.occupancy
    began = None if assignment is None else assignment.connected_at
    if agent.availability is _IS_READY:
        occupancy *= exp((agent.idle_since - (began or at)) / OCCUPANCY_MEMORY)
    if began is not None:
        occupancy = 1 - (1 - occupancy) * exp((began - at) / OCCUPANCY_MEMORY)
    agent.occupancy = occupancy


def _rest(state: State, agent: Agent, until: datetime | None) -> None:
    agent.resting_until = until
    if until is not None:
        state.deadlines.set(until, Kind.REST, agent.agent_id)


# --- the load guard


def _guard(state: State, event: AgentGuarded) -> None:
    agent = state.agents.get(event.agent_id)
    if agent is not None:
        agent.guard = event.cause
        state.guarded[event.agent_id] = agent
        _rank_anew(agent)


def _lift_guard(state: State, event: AgentGuardLifted) -> None:
    agent = state.agents.get(event.agent_id)
    if agent is not None:
        agent.guard = None
        if event.cause is GuardEnd.RESTED:
            agent.streak = _NO_TIME
            agent.guard_at = next_guard(state.site, agent.handled)
        state.guarded.pop(event.agent_id, None)
        _rank_anew(agent)


def _rank_anew(agent: Agent) -> None:
    """His ranks have changed outside of his work. Rare: O(n) per lane."""
    for lane in agent.lanes:
        agent.ranks[lane] = lane.rank_of(agent)
        lane.forget_agent(agent)  # an entry with the old rank would never come up to be mended
        if agent.standing == FREE:
            lane.list_idle(agent)
        elif not lane.is_moving and lane not in agent.unlisted:
            agent.unlisted.append(lane)


def _start_day(state: State) -> None:
    """Counters of the day begin anew, and with them the ranks. Once a day: O(n log n)."""
    for agent in state.agents.values():
        for seat in agent.seats.values():
            seat.handled = 0
        agent.handled = 0
        agent.guard = None
        agent.guard_at = 0
    state.guarded.clear()
    state.changed_agents.update(state.agents)  # who talks without a pause since yesterday
    for queue in state.queues.values():
        for lane in queue.lanes.values():
            lane.idle.clear()
    for agent in state.agents.values():
        _list_anew(agent)
        for seat in agent.seats.values():
            _list_anew(seat)


def _list_anew(agent: Agent) -> None:
    """Put him into the emptied heaps of his lanes."""
    agent.unlisted.clear()
    agent.entries.clear()
    for lane in agent.lanes:
        agent.ranks[lane] = lane.rank_of(agent)
        if agent.standing == FREE:
            lane.list_idle(agent)
        elif not lane.is_moving:
            agent.unlisted.append(lane)


def _sign_in(state: State, event: AgentSignedIn) -> None:
    _free_agent(state, event.agent_id, event.at, Availability.NOT_READY, cause=NotReadyCause.SIGNED_IN)


def _reserve(state: State, event: AgentReserved) -> None:
    agent = state.agents.get(event.agent_id)
    if agent is None:
        return
    agent.reservation = Reservation(
        reservation_id=event.reservation_id, queue_id=event.queue_id, since=event.at, until=event.until
    )
    state.deadlines.set(event.until, Kind.RESERVATION, event.agent_id)
    _place_agent(state, agent)


def _note_device(state: State, agent_id: AgentId, at: datetime, *, is_reachable: bool) -> None:
    agent = state.agents.get(agent_id)
    if agent is None:
        return
    agent.is_reachable = is_reachable
    agent.unreachable_since = None if is_reachable else at
    _place_agent(state, agent)


def _place_agent(state: State, agent: Agent) -> None:
    """Bring the indices in line with what the agent is."""
    if agent.seats:
        seats.place_seats(state, agent)
    before, now = agent.standing, standing_of(agent)
    if before == now:
        if now == FREE and agent.moving:
            _list_moving(agent)
        return
    agent.standing = now
    if not state.is_brief or now not in _WORK or before not in _WORK:
        for lane in agent.lanes:
            tally = lane.tally
            tally[before] -= 1
            tally[now] += 1
    if before == SIGNED_OUT or now == SIGNED_OUT:
        _come_or_go(state, agent, 1 if before == SIGNED_OUT else -1)
    if now == FREE:
        list_idle(agent)
        state.fresh_agents[agent.agent_id] = agent
        state.is_stirred = True
    elif before == FREE:
        state.fresh_agents.pop(agent.agent_id, None)
    if agent.own:
        _note_own_line(state, agent)
    if now == UNREACHABLE:
        state.unreachable[agent.agent_id] = agent
        _watch_device(state, agent)
    elif before == UNREACHABLE:
        state.unreachable.pop(agent.agent_id, None)


def _note_own_line(state: State, agent: Agent) -> None:
    """Somebody waits for him alone, and he is another than before."""
    state.is_stirred = True
    if agent.standing == FREE:
        state.fresh_own[agent.agent_id] = agent
    elif agent.standing != BUSY:
        state.changed_agents[agent.agent_id] = agent


def list_idle(agent: Agent) -> None:
    """Put him among the idle of his lanes, where he does not stand already."""
    if agent.moving:
        _list_moving(agent)
    for lane in agent.unlisted:
        lane.list_idle(agent)
    agent.unlisted.clear()


def _list_moving(agent: Agent) -> None:
    for lane in agent.moving:
        agent.ranks[lane] = lane.rank_of(agent)
        lane.list_idle(agent)


def _come_or_go(state: State, agent: Agent, step: int) -> None:
    """One more is signed in, or one less."""
    state.signed_in += step
    for lane in agent.barred:
        lane.barred += step
    for one in (agent, *agent.seats.values()):
        for lane in one.lanes:
            if lane is lane.queue.widest:
                _note_presence(state, lane.queue)


def _note_presence(state: State, queue: Queue) -> None:
    """Somebody who fits is signed in, or nobody is: overflow looks at those who wait."""
    is_deserted = not queue.present
    if is_deserted == (queue.deserted_since is not None):
        return
    queue.deserted_since = state.at if is_deserted else None
    if queue.rules.overflow:
        for place in queue.line:
            waiting = state.interactions[place[4]]
            if waiting.callback is None:
                _watch_wait(state, queue, waiting)


def _watch_device(state: State, agent: Agent) -> None:
    if agent.unreachable_since is not None:
        moment = agent.unreachable_since + state.site.device_grace
        state.deadlines.set(moment, Kind.DEVICE, agent.agent_id)


def standing_of(agent: Agent) -> int:
    """How an agent stands towards a new interaction."""
    if agent.availability is _IS_SIGNED_OUT:
        return SIGNED_OUT
    if agent.assignment is not None or agent.is_leaving:
        return BUSY
    if agent.availability is _IS_NOT_READY:
        return NOT_READY
    if not agent.is_reachable:
        return UNREACHABLE
    if agent.resting_until is not None:
        return RESTING
    if agent.reservation is not None:
        return RESERVED
    if agent.others and seats.is_blocked(agent):
        return BUSY
    return FREE if agent.profile.voice_capacity > 0 else BUSY


def index_state(state: State) -> None:
    """Make all indices anew from the facts (after a snapshot)."""
    _note_strategies(state)
    for plan in state.plans.values():
        _watch_plan(state, plan)
        _watch_queues(state, plan)
    state.closing = {queue_id: queue for queue_id, queue in state.queues.items() if queue.is_closing}
    for agent in state.agents.values():
        _index_agent(state, agent)
    for interaction in state.interactions.values():
        queue = state.queues.get(interaction.queue_id)
        if queue is not None:
            queue.population += 1
        if interaction.phase is Phase.WAITING and queue is not None:
            waits_until = interaction.waits_until
            join_line(state, queue, interaction)
            _look_again(state, interaction.interaction_id, waits_until)
        if interaction.offer_id:
            state.offers[interaction.offer_id] = interaction.interaction_id
        if interaction.deadline is not None:
            state.deadlines.set_phase(interaction.deadline, interaction.interaction_id)
        if interaction.ties is not None and interaction.ties.deadline is not None:
            state.deadlines.set(interaction.ties.deadline, Kind.CONSULT, interaction.interaction_id)


def _index_agent(state: State, agent: Agent) -> None:
    _note_skills(state, agent)
    for queue in state.queues.values():
        seats.make(state, agent, queue)
        for lane in queue.lanes.values():
            _fit(agent, lane)
    if agent.is_leaving:
        state.leaving[agent.agent_id] = agent
    if agent.guard is not None:
        state.guarded[agent.agent_id] = agent
    if agent.resting_until is not None:
        state.deadlines.set(agent.resting_until, Kind.REST, agent.agent_id)
    if agent.reservation is not None:
        state.deadlines.set(agent.reservation.until, Kind.RESERVATION, agent.agent_id)
    _place_agent(state, agent)
    if agent.assignment is not None and agent.assignment.phase is AssignmentPhase.WRAP_UP:
        assert agent.assignment.deadline is not None
        state.deadlines.set(agent.assignment.deadline, Kind.WRAP_UP, agent.agent_id)


# --- configuration: rare, so a pass over all agents or all who wait is allowed here


def _configure_queue(state: State, rules: QueueRules) -> None:
    queue = state.queues.get(rules.queue_id)
    if queue is None:
        queue = state.queues[rules.queue_id] = Queue(rules=rules)
    waiting = [state.interactions[place[4]] for place in queue.line]
    for interaction in waiting:
        if interaction.preferred_agent_id:
            leave_line(state, interaction)
    for lane in queue.lanes.values():
        state.spare_lanes.pop(lane, None)
        state.fresh_lanes.pop(lane, None)
    for agent in state.agents.values():
        _drop_queue(agent, queue)
    queue.rules = rules
    queue.is_closing = False
    queue.closing_to = NO_QUEUE
    state.closing.pop(rules.queue_id, None)
    queue.begin_anew()
    _note_strategies(state)
    queue.plans = {
        plan_id
        for plan_id, plan in state.plans.items()
        if plan.rules.load is not None and rules.queue_id in plan.rules.load.queue_ids
    }
    for agent in state.agents.values():
        seats.make(state, agent, queue)
        for lane in queue.lanes.values():
            _fit(agent, lane)
    _note_presence(state, queue)
    for interaction in waiting:
        interaction.step = min(interaction.step, len(rules.relaxation))
        join_line(state, queue, interaction)
        preferred = state.agents.get(interaction.preferred_agent_id)
        if preferred is not None:
            state.changed_agents[preferred.agent_id] = preferred
    state.fresh_lanes[queue.base] = None


def _remove_queue(state: State, queue_id: QueueId) -> None:
    queue = state.queues.pop(queue_id, None)
    if queue is None:
        return
    state.closing.pop(queue_id, None)
    for lane in queue.lanes.values():
        state.spare_lanes.pop(lane, None)
        state.fresh_lanes.pop(lane, None)
    for agent in state.agents.values():
        _drop_queue(agent, queue)
        agent.turns.pop(queue_id, None)
        for seat in agent.seats.values():
            seat.turns.pop(queue_id, None)
    _note_strategies(state)


def _note_strategies(state: State) -> None:
    """Occupancy is kept for queues that choose by it, from the moment when the first of them does."""
    is_kept = any(queue.rules.strategy == Strategy.LEAST_OCCUPIED for queue in state.queues.values())
    if not is_kept:
        for agent in state.agents.values():
            agent.occupancy = 0.0
    state.is_occupancy_kept = is_kept


def _configure_agent(state: State, profile: AgentProfile) -> None:
    agent = state.agents.get(profile.agent_id)
    if agent is None:
        agent = state.agents[profile.agent_id] = Agent(profile=profile)
    else:
        _leave_lanes(state, agent)
        agent.profile = profile
        for seat in agent.seats.values():
            seat.profile = profile
    _note_skills(state, agent)
    for queue in state.queues.values():
        seats.make(state, agent, queue)
        for lane in queue.lanes.values():
            _fit(agent, lane)
    if agent.is_leaving:
        agent.is_leaving = False  # he is wanted again
        state.leaving.pop(profile.agent_id, None)
    for queue in state.queues.values():
        _note_presence(state, queue)
    _place_agent(state, agent)
    if agent.standing == FREE:
        state.fresh_agents[profile.agent_id] = agent
    state.fresh_seats.update((seat, None) for seat in agent.seats.values() if seat.standing == FREE)
    if agent.own:
        state.changed_agents[profile.agent_id] = agent


def _remove_agent(state: State, agent_id: AgentId) -> None:
    agent = state.agents.get(agent_id)
    if agent is None:
        return
    for place in list(agent.own or ()):
        _wait_for_all(state, state.interactions[place[4]])
    del state.agents[agent_id]
    _leave_lanes(state, agent)
    for queue in state.queues.values():
        _note_presence(state, queue)
    if agent.standing != SIGNED_OUT:
        state.signed_in -= 1
    state.fresh_agents.pop(agent_id, None)
    seats.forget(state, agent_id, agent)
    state.changed_agents.pop(agent_id, None)
    state.fresh_own.pop(agent_id, None)
    state.unreachable.pop(agent_id, None)
    state.guarded.pop(agent_id, None)
    state.leaving.pop(agent_id, None)


def _retire_agent(state: State, agent_id: AgentId) -> None:
    agent = state.agents.get(agent_id)
    if agent is None:
        return
    agent.is_leaving = True
    agent.intent = "signed_out"
    agent.intent_reason_id = NO_REASON
    state.leaving[agent_id] = agent
    state.changed_agents[agent_id] = agent  # nobody waits for him alone
    _place_agent(state, agent)


def _close_queue(state: State, event: QueueClosed) -> None:
    queue = state.queues.get(event.queue_id)
    if queue is None:
        return
    queue.is_closing = True
    queue.closing_to = event.to_queue_id
    state.closing[event.queue_id] = queue


def _change_mode(state: State, event: AgentModeChanged) -> None:
    """Other lanes are open to him now; what he has goes on."""
    agent = state.agents.get(event.agent_id)
    if agent is None:
        return
    agent.mode_rule = event.rule
    if agent.mode is event.mode:
        return
    _leave_lanes(state, agent)
    agent.mode = event.mode
    _note_skills(state, agent)
    for queue in state.queues.values():
        for lane in queue.lanes.values():
            _fit(agent, lane)
        _note_presence(state, queue)
    state.changed_agents[event.agent_id] = agent  # who waits for him alone may do so in vain
    if agent.standing == FREE:
        state.fresh_agents[event.agent_id] = agent


def _configure_plan(state: State, event: PlanConfigured) -> None:
    plan_id = event.plan.plan_id
    plan = state.plans.get(plan_id)
    if plan is None:
        plan = state.plans[plan_id] = Plan(rules=event.plan)
    plan.rules = event.plan
    plan.turns_at = event.turns_at
    if event.plan.load is None:
        plan.level, plan.calm_at = LoadLevel.CALM, None
    _watch_plan(state, plan)
    _watch_queues(state, plan)
    state.fresh_plans[plan_id] = None


def _watch_plan(state: State, plan: Plan) -> None:
    for moment in (plan.turns_at, plan.calm_at):
        if moment is not None:
            state.deadlines.set(moment, Kind.PLAN, plan.rules.plan_id)


def _watch_queues(state: State, plan: Plan) -> None:
    """Each queue knows the plans that watch it."""
    plan_id = plan.rules.plan_id
    watched = () if plan.rules.load is None else plan.rules.load.queue_ids
    for queue_id, queue in state.queues.items():
        if queue_id in watched:
            queue.plans.add(plan_id)
        else:
            queue.plans.discard(plan_id)


def _remove_plan(state: State, plan_id: PlanId) -> None:
    state.plans.pop(plan_id, None)
    state.fresh_plans.pop(plan_id, None)
    for queue in state.queues.values():
        queue.plans.discard(plan_id)


def _fit(agent: Agent, lane: Lane) -> None:
    if not lane.fits(agent.profile):
        return
    agent = seats.holder(agent, lane)
    if not lane.is_for(agent):
        agent.barred = (*agent.barred, lane)
        lane.barred += agent.standing != SIGNED_OUT
        return
    agent.lanes = (*agent.lanes, lane)
    agent.ranks[lane] = lane.rank_of(agent)
    lane.fitting += 1
    lane.tally[agent.standing] += 1
    if lane.is_moving:
        agent.moving = (*agent.moving, lane)
    if agent.standing == FREE:
        lane.list_idle(agent)
    elif not lane.is_moving:
        agent.unlisted.append(lane)


def _note_skills(state: State, agent: Agent) -> None:
    for skill_id in agent.profile.skills:
        state.agents_by_skill.setdefault(skill_id, {})[agent.agent_id] = agent


def _leave_lanes(state: State, agent: Agent) -> None:
    for skill_id in agent.profile.skills:
        state.agents_by_skill[skill_id].pop(agent.agent_id, None)
    for seat in agent.seats.values():
        _leave_all(seat)
    _leave_all(agent)


def _leave_all(agent: Agent) -> None:
    for lane in agent.lanes:
        lane.fitting -= 1
        lane.tally[agent.standing] -= 1
        lane.forget_agent(agent)
    for lane in agent.barred:
        lane.barred -= agent.standing != SIGNED_OUT
    agent.barred = ()
    agent.lanes = ()
    agent.moving = ()
    agent.ranks.clear()
    agent.entries.clear()
    agent.unlisted.clear()


def _drop_queue(main: Agent, queue: Queue) -> None:
    agent = seats.seated(main, queue.base)
    if agent is None:
        return
    if agent.barred:
        agent.barred = tuple(lane for lane in agent.barred if lane.queue is not queue)
    for lane in queue.lanes.values():
        if lane in agent.ranks:
            _drop_lane(agent, lane)


def _drop_lane(agent: Agent, lane: Lane) -> None:
    agent.lanes = tuple(other for other in agent.lanes if other is not lane)
    if lane.is_moving:
        agent.moving = tuple(other for other in agent.moving if other is not lane)
        agent.entries.pop(lane, None)
    del agent.ranks[lane]
    agent.unlisted = [other for other in agent.unlisted if other is not lane]


_FREQUENT: Final[dict[type[AcdEvent], Callable[[State, Any], None]]] = {
    OfferMade: _make_offer,
    OfferAccepted: _accept_offer,
    OfferExpired: _miss_offer,
    OfferWithdrawn: _withdraw_offer,
    InteractionArrived: _add_interaction,
    FlowEntered: _enter_flow,
    InteractionQueued: _queue_interaction,
    RequirementsRelaxed: _relax,
    InteractionConnected: _connect,
    InteractionEnded: _forget_interaction,
    WrapUpStarted: _start_wrap_up,
    WrapUpEnded: _end_wrap_up,
    AgentMadeReady: _make_ready,
    AgentMadeNotReady: _make_not_ready,
}
"""What writes the events of a usual call."""
