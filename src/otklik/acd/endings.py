"""How things end: an interaction, a connection, an assignment. Shared by what people ask (`decide.py`) and
by what time brings (`deadlines.py`). Reads state only.

Every end of an assignment is followed, in the same batch, by exactly one event that says what the agent is
then (`afterwards`): ready, not ready or signed out. So a fold needs no memory of what he was before.
"""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from otklik.acd.capacity import has_room_for_call
from otklik.acd.events import (
    AcdEvent,
    AgentMadeNotReady,
    AgentMadeReady,
    AgentSignedOut,
    AssignmentEnded,
    CallbackRescheduled,
    ConnectionFailed,
    FlowResumed,
    InteractionEnded,
    InteractionQueued,
    InteractionResumed,
    OfferMade,
    OfferWithdrawn,
    ParticipantLeft,
    SegmentHandedOver,
    TransferFailed,
    WrapUpEnded,
    WrapUpStarted,
)
from otklik.acd.model import (
    AfterMissed,
    AssignmentPhase,
    Availability,
    Callback,
    Channel,
    Direction,
    EndedBy,
    EndReason,
    NotReadyCause,
    OverflowTo,
    Phase,
    QueueingCause,
    Role,
    SkillRequirement,
    TransferFailure,
    Why,
    WithdrawalCause,
)
from otklik.acd.requirements import steps_after
from otklik.acd.state import (
    NO_AGENT,
    NO_INTERACTION,
    NO_QUEUE,
    NO_SEGMENT,
    Agent,
    Interaction,
    Line,
    Place,
    Queue,
    State,
)
from otklik.acd.ties import Participant, Transfer
from otklik.vocabulary.ids import AgentId, InteractionId, OfferId, QueueId, SegmentId

# Members that are asked for most often: looking one up on its class costs a tenth of a microsecond.
_OFFERED: Final = Phase.OFFERED
_VOICE: Final = Channel.VOICE
_CONNECTING: Final = Phase.CONNECTING
_DIALING: Final = Phase.DIALING
_IS_READY: Final = Availability.READY
_NO_TIME = timedelta()

WITH_FLOW: Final = timedelta(minutes=10)
"""How long an interaction may be with its flow at most that left a queue, or was sent to somebody in vain."""

_REASONS: Final = {
    TransferFailure.NO_ANSWER: EndReason.NO_ANSWER,
    TransferFailure.DECLINED: EndReason.BUSY,
    TransferFailure.DEVICE_FAILED: EndReason.AGENT_FAILED,
    TransferFailure.UNREACHED: EndReason.NO_ANSWER,
}
"""What a flow is told."""


def afterwards(
    state: State,
    agent: Agent,
    at: datetime,
    *,
    rule: str = "",
    cause: NotReadyCause | None = None,
    interaction_id: InteractionId = NO_INTERACTION,
    rest: timedelta | None = None,
) -> AcdEvent:
    """What the agent is when his assignment has ended.

    First what he or a supervisor wished during it; then `cause`, when the end itself makes him not ready (a
    wish for ready cannot undo that: he did not take the call); then what he was before. rest: how long he
    gets no offer if that is ready.
    """
    agent_id = agent.agent_id
    if agent.assignment is not None and not interaction_id:
        interaction_id = agent.assignment.interaction_id
    if agent.intent == "signed_out":
        return AgentSignedOut(at=at, agent_id=agent_id, forced=True)
    if agent.intent == "not_ready":
        return AgentMadeNotReady(
            at=at, agent_id=agent_id, reason_id=agent.intent_reason_id, interaction_id=interaction_id
        )
    if cause is not None:
        return AgentMadeNotReady(at=at, agent_id=agent_id, cause=cause, interaction_id=interaction_id)
    if agent.intent == "ready" or agent.availability is _IS_READY:
        if _has_lost_device(state, agent, at):
            return AgentMadeNotReady(
                at=at, agent_id=agent_id, cause=NotReadyCause.DEVICE_LOST, interaction_id=interaction_id
            )
        return AgentMadeReady(
            at=at,
            agent_id=agent_id,
            rule="intent" if agent.intent == "ready" else rule,
            resting_until=None if rest is None else at + rest,
        )
    return AgentMadeNotReady(
        at=at,
        agent_id=agent_id,
        reason_id=agent.reason_id,
        cause=NotReadyCause.AFTER_CALL,
        interaction_id=interaction_id,
    )


def after_part(
    state: State,
    agent: Agent,
    interaction: Interaction,
    at: datetime,
    *,
    rule: str = "",
    cause: NotReadyCause | None = None,
) -> list[AcdEvent]:
    """What the agent is when his part in an interaction has ended: `afterwards` of a call; of another channel
    he has one less, and only a missed offer makes him not ready (not in the middle of a call)."""
    if interaction.channel is _VOICE:
        return [afterwards(state, agent, at, rule=rule, cause=cause)]
    ended = AssignmentEnded(at=at, agent_id=agent.agent_id, interaction_id=interaction.interaction_id)
    is_away = cause is NotReadyCause.MISSED_OFFER and agent.availability is _IS_READY
    if not is_away or agent.assignment is not None:
        return [ended]
    return [
        ended,
        AgentMadeNotReady(
            at=at,
            agent_id=agent.agent_id,
            cause=NotReadyCause.MISSED_OFFER,
            interaction_id=interaction.interaction_id,
        ),
    ]


def after_missed(state: State, agent: Agent, interaction: Interaction, at: datetime) -> list[AcdEvent]:
    """What the agent is when he let an offer ring out: not ready, or, where the queue says so, ready after a
    rest, unless it happens again and again."""
    cause = cause_of_named(interaction, agent, NotReadyCause.MISSED_OFFER)
    queue = state.queues.get(interaction.queue_id)
    if cause is None or queue is None or interaction.channel is not _VOICE:
        return after_part(state, agent, interaction, at, cause=cause)
    rules = queue.rules
    if rules.after_missed == AfterMissed.COOL_DOWN and agent.misses + 1 < rules.missed_limit:
        return [afterwards(state, agent, at, rule="missed_offer", rest=rules.missed_rest)]
    return [afterwards(state, agent, at, cause=NotReadyCause.MISSED_OFFER)]


def _has_lost_device(state: State, agent: Agent, at: datetime) -> bool:
    """A page that is being reloaded is forgiven for a moment; the engine's own deadline watches it from
    then on."""
    if agent.is_reachable:
        return False
    since = agent.unreachable_since
    return since is None or at - since >= state.site.device_grace


def end_interaction(
    state: State,
    interaction: Interaction,
    at: datetime,
    *,
    reason: EndReason,
    by: EndedBy,
    is_estimated: bool = False,
    lost: AgentId = NO_AGENT,
) -> list[AcdEvent]:
    """The interaction is over, in whatever phase: an offer is withdrawn, an agent who talked goes to
    wrap-up, an agent who did not yet gets back what he was. Whoever else took part is let go before.

    lost: whose phone is gone, when that is why.
    """
    if interaction.ties is None:
        return _end(state, interaction, at, reason=reason, by=by, is_estimated=is_estimated)
    return [
        *let_go(state, interaction, at, lost=lost),
        *_end(state, interaction, at, reason=reason, by=by, is_estimated=is_estimated, lost=lost),
        *_back_to_the_customer(state, interaction, at),
    ]


def end_unowned(
    state: State,
    interaction: Interaction,
    at: datetime,
    *,
    reason: EndReason,
    by: EndedBy = EndedBy.SYSTEM,
    is_alone: bool = False,
) -> list[AcdEvent]:
    """The same when its agent's part has ended in this batch already. is_alone: and whoever else took part
    has been let go in it."""
    ended = InteractionEnded(
        at=at,
        interaction_id=interaction.interaction_id,
        reason=reason,
        by=by,
        segment_id=interaction.segment_id,
        queue_id=interaction.queue_id,
    )
    others = [] if is_alone else let_go(state, interaction, at)
    return [*others, ended, *_back_to_the_customer(state, interaction, at)]


def let_go(
    state: State, interaction: Interaction, at: datetime, *, lost: AgentId = NO_AGENT
) -> list[AcdEvent]:
    """Everybody but customer and owner: a consultation ends, participants go. A conferee has his wrap-up."""
    ties = interaction.ties
    if ties is None:
        return []
    events = let_go_consult(state, interaction, at)
    for participant in ties.participants.values():
        events += leave(state, interaction, participant, at, is_lost=participant.agent_id == lost)
    return events


def let_go_consult(state: State, interaction: Interaction, at: datetime) -> list[AcdEvent]:
    """A consultation about this interaction ends; nobody goes back to the customer."""
    ties = interaction.ties
    consult = state.interactions.get(ties.consult_id) if ties is not None else None
    if consult is None:
        return []
    is_answered = consult.phase is Phase.CONNECTED or consult.phase is Phase.HELD
    reason = EndReason.ANSWERED if is_answered else EndReason.CANCELLED
    return _end(state, consult, at, reason=reason, by=EndedBy.SYSTEM)


def leave(
    state: State, interaction: Interaction, participant: Participant, at: datetime, *, is_lost: bool = False
) -> list[AcdEvent]:
    """One who does not own the interaction goes; a conferee talked with the customer and has his wrap-up."""
    left = ParticipantLeft(
        at=at,
        interaction_id=interaction.interaction_id,
        participant_id=participant.participant_id,
        agent_id=participant.agent_id,
        party_id=participant.party_id,
    )
    agent = state.agents.get(participant.agent_id)
    if agent is None:
        return [left]
    if is_lost:
        return [left, afterwards(state, agent, at, cause=NotReadyCause.DEVICE_LOST)]
    if participant.role is not Role.CONFEREE:
        return [left, afterwards(state, agent, at, rule="call_ended")]
    return [left, start_wrap_up(state, agent, interaction, at, segment_id=NO_SEGMENT)]


def _back_to_the_customer(state: State, consult: Interaction, at: datetime) -> list[AcdEvent]:
    """A consultation is over: the agent who asked talks with his customer again."""
    ties = consult.ties
    interaction = state.interactions.get(ties.consult_of) if ties is not None else None
    if interaction is None or interaction.phase is not Phase.HELD:
        return []
    return [
        InteractionResumed(at=at, interaction_id=interaction.interaction_id, agent_id=interaction.agent_id)
    ]


def _end(
    state: State,
    interaction: Interaction,
    at: datetime,
    *,
    reason: EndReason,
    by: EndedBy,
    is_estimated: bool = False,
    lost: AgentId = NO_AGENT,
) -> list[AcdEvent]:
    ended = InteractionEnded(
        at=at,
        interaction_id=interaction.interaction_id,
        reason=reason,
        by=by,
        segment_id=interaction.segment_id,
        queue_id=interaction.queue_id,
        agent_id=interaction.agent_id,
        is_estimated=is_estimated,
    )
    agent = state.agents.get(interaction.agent_id)
    if agent is None:
        return [ended]
    phase = interaction.phase
    if phase is _OFFERED:
        withdrawn = OfferWithdrawn(
            at=at,
            offer_id=interaction.offer_id,
            interaction_id=interaction.interaction_id,
            agent_id=agent.agent_id,
            cause=(WithdrawalCause.CUSTOMER_LEFT if by is EndedBy.CUSTOMER else WithdrawalCause.SUPERSEDED),
        )
        # The offer has ended before the interaction does: nobody has it any more.
        free = InteractionEnded(
            at=at,
            interaction_id=interaction.interaction_id,
            reason=reason,
            by=by,
            segment_id=interaction.segment_id,
            queue_id=interaction.queue_id,
            is_estimated=is_estimated,
        )
        if interaction.channel is not _VOICE:
            return [withdrawn, *after_part(state, agent, interaction, at), free]
        return [withdrawn, afterwards(state, agent, at, rule="offer_withdrawn"), free]
    if phase is _CONNECTING or phase is _DIALING:
        cause = NotReadyCause.DEVICE_LOST if reason is EndReason.AGENT_FAILED else None
        if interaction.ties is not None and lost != agent.agent_id:
            cause = None
        return [ended, *after_part(state, agent, interaction, at, rule="call_ended", cause=cause)]
    if interaction.direction is Direction.INTERNAL:
        cause = NotReadyCause.DEVICE_LOST if lost == agent.agent_id else None
        return [ended, afterwards(state, agent, at, rule="call_ended", cause=cause)]
    return [ended, *close_part(state, agent, interaction, at)]


def fail_connection(
    state: State, interaction: Interaction, at: datetime, *, cause: NotReadyCause, is_past: bool = False
) -> list[AcdEvent]:
    """Accepted, but the two never heard each other: the customer waits on at his old place."""
    agent = state.agents[interaction.agent_id]
    failed = ConnectionFailed(at=at, interaction_id=interaction.interaction_id, agent_id=agent.agent_id)
    return [
        failed,
        *after_part(state, agent, interaction, at, cause=cause_of_named(interaction, agent, cause)),
        *without_agent(state, interaction, at, cause=TransferFailure.DEVICE_FAILED, is_past=is_past),
    ]


def cause_of_named(interaction: Interaction, agent: Agent, cause: NotReadyCause) -> NotReadyCause | None:
    """What an offer that came to nothing makes of its agent. One who was not ready anyway keeps his reason,
    and who does not want to speak with a colleague stays ready for customers."""
    if agent.availability is Availability.NOT_READY and agent.intent != "ready":
        return None
    if cause is NotReadyCause.DECLINED_OFFER and interaction.direction is Direction.INTERNAL:
        return None
    return cause


def without_agent(
    state: State, interaction: Interaction, at: datetime, *, cause: TransferFailure, is_past: bool = False
) -> list[AcdEvent]:
    """Where an interaction goes when the one to whom it was offered did not take it: back to its old place,
    or, when he was called by name, to what compensates for that (the table of `transfers.py`)."""
    ties = interaction.ties
    if ties is None or (ties.transfer is None and interaction.queue_id):
        return wait_again(state, interaction, at, cause=QueueingCause.OFFER_ENDED)
    if ties.transfer is not None and ties.transfer.is_from_flow:
        return [resume_flow(interaction, _REASONS[cause], at)]
    if ties.transfer is not None:
        return fail_transfer(state, interaction, ties.transfer, at, cause=cause, is_past=is_past)
    reason = EndReason.BUSY if cause is TransferFailure.DECLINED else EndReason.NO_ANSWER
    return end_unowned(state, interaction, at, reason=reason)


def resume_flow(interaction: Interaction, reason: EndReason, at: datetime) -> FlowResumed:
    """The flow that sent its customer to somebody has him again, and is told why."""
    return FlowResumed(
        at=at,
        interaction_id=interaction.interaction_id,
        segment_id=interaction.segment_id,
        reason=reason,
        deadline=at + WITH_FLOW,
    )


def fail_transfer(
    state: State,
    interaction: Interaction,
    transfer: Transfer,
    at: datetime,
    *,
    cause: TransferFailure,
    is_past: bool = False,
) -> list[AcdEvent]:
    """The target did not take the customer: back to the first agent, else to the head of the queue.

    is_past: it is told of a moment long ago, in which nobody can be rung.
    """
    failed = TransferFailed(
        at=at,
        interaction_id=interaction.interaction_id,
        from_agent_id=transfer.from_agent_id,
        cause=cause,
    )
    first = state.agents.get(transfer.from_agent_id)
    is_call = interaction.channel is _VOICE
    if first is not None and not transfer.is_recall and not is_past and is_call:
        freed = free_by_name(state, first, at)
        if freed is not None:
            return [failed, *freed, offer_by_name(state, interaction, first, at, rule="recall")]
    if interaction.queue_id in state.queues:
        return [failed, *wait_again(state, interaction, at, cause=QueueingCause.RECOVERED, is_ahead=True)]
    return [failed, *end_unowned(state, interaction, at, reason=EndReason.AGENT_FAILED)]


def free_by_name(
    state: State, agent: Agent, at: datetime, *, by: EndedBy = EndedBy.SYSTEM
) -> list[AcdEvent] | None:
    """What must happen before this agent can be offered something by name; None when he cannot. A wrap-up is
    cut short; one who is not ready but there can be called."""
    if not can_be_called(state, agent):
        return None
    assignment = agent.assignment
    if assignment is None:
        return []
    ended = WrapUpEnded(
        at=at,
        agent_id=agent.agent_id,
        interaction_id=assignment.interaction_id,
        segment_id=assignment.segment_id,
        by=by,
    )
    return [ended, afterwards(state, agent, at, rule="wrap_up_ended")]


def can_be_called(state: State, agent: Agent) -> bool:
    """Whether he is there and has nothing to do but perhaps a wrap-up; he may be not ready."""
    if agent.availability is Availability.SIGNED_OUT or not agent.is_reachable:
        return False
    if not has_room_for_call(state.site, agent) or agent.is_leaving or agent.intent == "signed_out":
        return False
    if agent.reservation is not None:
        return False
    assignment = agent.assignment
    return assignment is None or assignment.phase is AssignmentPhase.WRAP_UP


def offer_by_name(  # noqa: PLR0913 - what an offer consists of
    state: State,
    interaction: Interaction | None,
    agent: Agent,
    at: datetime,
    *,
    rule: str,
    interaction_id: InteractionId = NO_INTERACTION,
    segment_id: SegmentId = NO_SEGMENT,
    queue_id: QueueId = NO_QUEUE,
    limit: timedelta | None = None,
) -> OfferMade:
    """An offer that routing did not choose: `rule` says who did. interaction: None when it begins in this
    very batch, with this id and segment; segment_id: of the segment that begins with the offer, if one does.
    limit: how long it may ring, else as the site says.
    """
    if interaction is not None:
        interaction_id = interaction.interaction_id
        segment_id = segment_id or interaction.segment_id
    patience, limit = agent.profile.ring_timeout, limit or state.site.transfer_timeout
    return OfferMade(
        at=at,
        offer_id=OfferId(state.minter.mint(at)),
        interaction_id=interaction_id,
        segment_id=segment_id,
        queue_id=queue_id if interaction is None else interaction.queue_id,
        agent_id=agent.agent_id,
        expires_at=at + (min(patience, limit) if patience else limit),
        why=Why(rules=(rule,)),
        is_named=True,
    )


def wait_again(
    state: State,
    interaction: Interaction,
    at: datetime,
    *,
    cause: QueueingCause,
    is_ahead: bool | None = None,
    is_alone: bool = False,
) -> list[AcdEvent]:
    """Back into the line of its own queue; where that one is closing, to where its customers go. is_alone:
    see `end_unowned`."""
    queue = state.queues[interaction.queue_id]
    if not queue.is_closing:
        return [queue_again(state, interaction, at, cause=cause, is_ahead=is_ahead)]
    if is_alone and destination(state, queue, queue.closing_to) is None:
        return end_unowned(state, interaction, at, reason=EndReason.CLOSED, is_alone=True)
    return leave_closing_queue(state, interaction, queue, at, to=queue.closing_to, is_ahead=is_ahead)


def leave_closing_queue(
    state: State,
    interaction: Interaction,
    queue: Queue,
    at: datetime,
    *,
    to: QueueId,
    is_ahead: bool | None = None,
    lines: dict[QueueId, Line] | None = None,
) -> list[AcdEvent]:
    """Nobody has it, and its queue goes away: to the queue that was named, else where overflow leads, else
    it ends `closed`. Never refused as full. lines: the lines as they become while many go at once."""
    target = destination(state, queue, to)
    if target is None:
        return end_unowned(state, interaction, at, reason=EndReason.CLOSED)
    if interaction.callback is not None and interaction.phase is Phase.SCHEDULED:
        return [to_other_queue(interaction, interaction.callback, target, at)]
    line = None if lines is None else lines.setdefault(target.rules.queue_id, target.line.copy())
    migrated = queue_again(
        state, interaction, at, cause=QueueingCause.MIGRATED, queue=target, is_ahead=is_ahead, line=line
    )
    return [migrated]


def to_other_queue(
    interaction: Interaction, callback: Callback, target: Queue, at: datetime
) -> CallbackRescheduled:
    """A promise goes to another queue with its moment and its wait."""
    return CallbackRescheduled(
        at=at,
        interaction_id=interaction.interaction_id,
        due_at=callback.due_at,
        expires_at=callback.expires_at,
        agent_id=callback.agent_id,
        queue_id=target.rules.queue_id,
    )


def destination(state: State, queue: Queue, to: QueueId) -> Queue | None:
    """Where the customers of a queue go that goes away."""
    ways = [rule.queue_id for rule in queue.rules.overflow if rule.to is OverflowTo.QUEUE]
    for queue_id in (to, *ways):
        target = state.queues.get(queue_id)
        if target is None or target.is_closing or target is queue:
            continue
        if target.rules.channel is queue.rules.channel:
            return target
    return None


def queue_again(  # noqa: PLR0913 - all that may be other than it was
    state: State,
    interaction: Interaction,
    at: datetime,
    *,
    cause: QueueingCause,
    queue: Queue | None = None,
    is_ahead: bool | None = None,
    queued_at: datetime | None = None,
    priority: int | None = None,
    requirements: tuple[SkillRequirement, ...] | None = None,
    line: Line | None = None,
) -> InteractionQueued:
    """Back into a queue: the same segment when only an offer ended or a promised call is due, a new one
    otherwise. What is not given stays as it was. Never refused as full. line: what it joins is told to it."""
    priority = interaction.priority if priority is None else priority
    queue = queue or state.queues[interaction.queue_id]
    queued_at = queued_at or interaction.queued_at or at
    is_ahead = interaction.is_ahead if is_ahead is None else is_ahead
    is_new = cause is not QueueingCause.OFFER_ENDED and cause is not QueueingCause.CALLBACK_DUE
    segment_id = SegmentId(state.minter.mint(at)) if is_new else interaction.segment_id
    place = queue.place_of(priority, is_ahead, queued_at, segment_id, interaction.interaction_id)
    position = (queue.line if line is None else line).rank(place)
    if line is not None:
        line.add(place)
    step = steps_after(queue.rules, at - queued_at) if queue.rules.relaxation else 0
    if cause is QueueingCause.OFFER_ENDED and step < interaction.step:
        step = min(interaction.step, len(queue.rules.relaxation))  # what was promised stays so
    return InteractionQueued(
        at=at,
        interaction_id=interaction.interaction_id,
        segment_id=segment_id,
        queue_id=queue.rules.queue_id,
        priority=priority,
        queued_at=queued_at,
        cause=cause,
        ahead=is_ahead,
        position=position - _consults_before(state, interaction, queue, place),
        requirements=interaction.requirements if requirements is None else requirements,
        step=step,
        boosts=interaction.boosts,
    )


def _consults_before(state: State, interaction: Interaction, queue: Queue, place: Place) -> int:
    """1 when the interaction's own consultation stands before this place: it ends in the same batch."""
    ties = interaction.ties
    consult = state.interactions.get(ties.consult_id) if ties is not None else None
    if consult is None or consult.place is None or consult.lane is None:
        return 0
    return int(consult.lane.queue is queue and consult.place < place)


def give_back(state: State, agent: Agent, at: datetime) -> list[AcdEvent]:
    """The agent goes, and what he has beside calls waits for another: at the head of its queue if he had
    begun."""
    events: list[AcdEvent] = []
    for other in agent.others.values():
        interaction = state.interactions[other.interaction_id]
        one, agent_id = interaction.interaction_id, agent.agent_id
        match interaction.phase:
            case Phase.OFFERED:
                withdrawn = OfferWithdrawn(
                    at=at,
                    offer_id=interaction.offer_id,
                    interaction_id=one,
                    agent_id=agent_id,
                    cause=WithdrawalCause.SUPERSEDED,
                )
                events.append(withdrawn)
            case Phase.CONNECTING:
                events.append(ConnectionFailed(at=at, interaction_id=one, agent_id=agent_id))
            case _:
                handed_over = SegmentHandedOver(
                    at=at, interaction_id=one, segment_id=interaction.segment_id, agent_id=agent_id
                )
                events.append(handed_over)
        events += after_part(state, agent, interaction, at)
        if interaction.phase is Phase.OFFERED or interaction.phase is Phase.CONNECTING:
            found = without_agent(state, interaction, at, cause=TransferFailure.DEVICE_FAILED)
        else:
            found = wait_again(state, interaction, at, cause=QueueingCause.RECOVERED, is_ahead=True)
        events += [_after_those(state, event, events) for event in found]
    return events


def _after_those(state: State, event: AcdEvent, events: list[AcdEvent]) -> AcdEvent:
    """The place of one who is queued, behind those who are queued before him in the same batch."""
    if not isinstance(event, InteractionQueued):
        return event
    place = _place_in(state, event)
    before = sum(
        isinstance(other, InteractionQueued)
        and other.queue_id == event.queue_id
        and _place_in(state, other) < place
        for other in events
    )
    return msgspec.structs.replace(event, position=event.position + before) if before else event


def _place_in(state: State, event: InteractionQueued) -> Place:
    queue = state.queues[event.queue_id]
    return queue.place_of(
        event.priority, event.ahead, event.queued_at, event.segment_id, event.interaction_id
    )


def close_part(state: State, agent: Agent, interaction: Interaction, at: datetime) -> list[AcdEvent]:
    """The agent talked (or wrote), and that is over: wrap-up after a call; of other channels he has one
    less."""
    if interaction.channel is _VOICE:
        return [start_wrap_up(state, agent, interaction, at)]
    return after_part(state, agent, interaction, at)


def start_wrap_up(
    state: State, agent: Agent, interaction: Interaction, at: datetime, *, segment_id: SegmentId | None = None
) -> AcdEvent:
    """Wrap-up of the agent's own part; a queue without wrap-up sets him free at once. segment_id: 0 for a
    conferee, whose talk is part of the owner's segment."""
    queue = state.queues.get(interaction.queue_id)
    length = state.site.direct_wrap_up if queue is None else queue.rules.wrap_up
    if length <= _NO_TIME:
        return afterwards(state, agent, at, rule="call_ended")
    return WrapUpStarted(
        at=at,
        agent_id=agent.agent_id,
        interaction_id=interaction.interaction_id,
        segment_id=interaction.segment_id if segment_id is None else segment_id,
        queue_id=interaction.queue_id,
        deadline=at + length,
    )
