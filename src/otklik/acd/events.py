"""Everything that can have happened in the engine. Numbers 1-99 in the journal.

Events hold results, so a replay decides nothing. A field is never renamed or removed; a new one has a
default.
"""

from datetime import datetime, timedelta

from otklik.acd.model import (
    AgentProfile,
    AssignmentPhase,
    Boost,
    Channel,
    Direction,
    EndedBy,
    EndReason,
    GuardCause,
    GuardEnd,
    LoadLevel,
    Mode,
    ModePlan,
    NotReadyCause,
    OfferKind,
    OverflowTo,
    OverflowWhen,
    QueueingCause,
    QueueRules,
    ReasonRules,
    ReleaseCause,
    Role,
    SiteRules,
    SkillRequirement,
    Target,
    TransferFailure,
    Why,
    WithdrawalCause,
)
from otklik.vocabulary.ids import (
    AgentId,
    InteractionId,
    NumberId,
    OfferId,
    PartyId,
    PersonId,
    PlanId,
    ProjectId,
    QueueId,
    ReasonId,
    ReservationId,
    SegmentId,
)
from otklik.vocabulary.messages import Event

# --- configuration


class SiteConfigured(Event):
    KIND = 1
    site: SiteRules


class QueueConfigured(Event):
    KIND = 2
    queue: QueueRules


class QueueRemoved(Event):
    KIND = 3
    queue_id: QueueId


class AgentConfigured(Event):
    KIND = 4
    agent: AgentProfile


class AgentRemoved(Event):
    KIND = 5
    agent_id: AgentId


class ReasonConfigured(Event):
    KIND = 6
    reason: ReasonRules


class ReasonRemoved(Event):
    KIND = 7
    reason_id: ReasonId


# --- agents


class AgentSignedIn(Event):
    """Also makes the agent not ready (cause signed_in): no other event follows for that."""

    KIND = 10
    agent_id: AgentId


class AgentSignedOut(Event):
    KIND = 11
    agent_id: AgentId
    forced: bool = False


class AgentMadeReady(Event):
    """rule: `chosen`, or the engine's rule that did it: `intent` (his wish during the assignment),
    `wrap_up_ended`, `offer_withdrawn` (the customer left while it rang), `call_ended` (without wrap-up),
    `call_declined` (a colleague's), `missed_offer` (he rests until `resting_until` and gets no offer),
    `rested` (that is over)."""

    KIND = 12
    agent_id: AgentId
    rule: str = "chosen"
    resting_until: datetime | None = None


class AgentMadeNotReady(Event):
    """reason_id is 0 when a rule of the engine did it; `cause` tells which. interaction_id: of which call."""

    KIND = 13
    agent_id: AgentId
    reason_id: ReasonId = ReasonId(0)
    cause: NotReadyCause = NotReadyCause.CHOSEN
    interaction_id: InteractionId = InteractionId(0)


class AgentIntentSet(Event):
    """What the agent wants after the present assignment. intent: `ready`, `not_ready`, `signed_out`, or ``
    (none).
    """

    KIND = 14
    agent_id: AgentId
    intent: str = ""
    reason_id: ReasonId = ReasonId(0)


class DeviceReached(Event):
    KIND = 15
    agent_id: AgentId


class DeviceLost(Event):
    KIND = 16
    agent_id: AgentId


class AgentGuarded(Event):
    """He has had enough for now: from here on he comes after the others, and a pause is proposed to him and
    to his supervisor. handled: today; streak: talk and wrap-up since his last pause."""

    KIND = 26
    agent_id: AgentId
    cause: GuardCause
    handled: int = 0
    streak: timedelta = timedelta()


class AgentGuardLifted(Event):
    """He stands among the others again. At the begin of a day that needs no event."""

    KIND = 27
    agent_id: AgentId
    cause: GuardEnd = GuardEnd.RESTED


class AgentModeChanged(Event):
    """Which work the agent is offered from now on; what he has goes on.

    rule: `plan` (its hours), `load` (called in, or let go again), `chosen` (a supervisor), `default` (in no
    plan any more).
    """

    KIND = 17
    agent_id: AgentId
    mode: Mode
    rule: str
    plan_id: PlanId = PlanId(0)


class AgentRetired(Event):
    """Removed while he has an assignment: nothing new is offered, and when it has ended he is signed out and
    AgentRemoved follows."""

    KIND = 18
    agent_id: AgentId


class QueueClosed(Event):
    """Removed while interactions stand in it: nobody enters any more, who waits goes to `to_queue_id` (0: by
    its overflow rules, or ends `closed`), who talks finishes. QueueRemoved follows the last one."""

    KIND = 19
    queue_id: QueueId
    to_queue_id: QueueId = QueueId(0)


# --- interactions before an agent


class InteractionArrived(Event):
    KIND = 20
    interaction_id: InteractionId
    channel: Channel
    direction: Direction
    party_id: PartyId
    number_id: NumberId
    project_id: ProjectId


class FlowEntered(Event):
    """deadline: when the stay in the flow ends at the latest."""

    KIND = 21
    interaction_id: InteractionId
    deadline: datetime


class InteractionQueued(Event):
    """Waits in a queue. A new segment begins unless cause is offer_ended (then segment_id is the present
    one).

    queued_at: the moment from which its wait counts for routing order (older than `at` when it keeps its
    place).
    ahead: stands before all others of its priority. position: its place in the queue, from 1.
    requirements: what it asks besides the queue, by skill. step: how many steps of the queue's relaxation
    its wait has passed already. boosts: what is in `priority` for a named cause. preferred_agent_id: who
    alone gets it until `preferred_until`, because of `preferred_cause` (`last_agent`, `personal_agent`).
    """

    KIND = 22
    interaction_id: InteractionId
    segment_id: SegmentId
    queue_id: QueueId
    priority: int
    queued_at: datetime
    cause: QueueingCause
    ahead: bool = False
    position: int = 1
    requirements: tuple[SkillRequirement, ...] = ()
    step: int = 0
    boosts: tuple[Boost, ...] = ()
    preferred_agent_id: AgentId = AgentId(0)
    preferred_until: datetime | None = None
    preferred_cause: str = ""


class PreferredAgentReleased(Event):
    """It waits for everybody of its queue now, at the place that it has."""

    KIND = 25
    interaction_id: InteractionId
    queue_id: QueueId
    agent_id: AgentId
    cause: ReleaseCause


class InteractionPrioritized(Event):
    """It has another priority now. position: its place in the queue, 0 while it rings."""

    KIND = 24
    interaction_id: InteractionId
    queue_id: QueueId
    priority: int
    boosts: tuple[Boost, ...] = ()
    position: int = 0


class RequirementsRelaxed(Event):
    """It has waited for so long that less suffices. step: from 1, which of the queue's relaxation.
    requirements: all that is asked from now on."""

    KIND = 23
    interaction_id: InteractionId
    queue_id: QueueId
    step: int
    requirements: tuple[SkillRequirement, ...] = ()


# --- offers


class OfferMade(Event):
    """is_named: to this agent by name (a transfer, a consultation, a supervisor), not chosen by routing."""

    KIND = 30
    offer_id: OfferId
    interaction_id: InteractionId
    segment_id: SegmentId
    queue_id: QueueId
    agent_id: AgentId
    expires_at: datetime
    why: Why
    is_named: bool = False
    kind: OfferKind = OfferKind.LIVE


class OfferAccepted(Event):
    """connecting until `deadline`."""

    KIND = 31
    offer_id: OfferId
    interaction_id: InteractionId
    agent_id: AgentId
    deadline: datetime


class OfferDeclined(Event):
    KIND = 32
    offer_id: OfferId
    interaction_id: InteractionId
    agent_id: AgentId


class OfferExpired(Event):
    KIND = 33
    offer_id: OfferId
    interaction_id: InteractionId
    agent_id: AgentId


class OfferWithdrawn(Event):
    KIND = 34
    offer_id: OfferId
    interaction_id: InteractionId
    agent_id: AgentId
    cause: WithdrawalCause


# --- the talk


class InteractionConnected(Event):
    """Both hear each other for the first time in this segment."""

    KIND = 40
    interaction_id: InteractionId
    segment_id: SegmentId
    queue_id: QueueId
    agent_id: AgentId


class InteractionHeld(Event):
    KIND = 41
    interaction_id: InteractionId
    agent_id: AgentId


class InteractionResumed(Event):
    KIND = 42
    interaction_id: InteractionId
    agent_id: AgentId


class ReconnectionStarted(Event):
    """The agent's leg is gone; the customer hears music until `deadline`."""

    KIND = 43
    interaction_id: InteractionId
    agent_id: AgentId
    deadline: datetime


class ReconnectionSucceeded(Event):
    KIND = 44
    interaction_id: InteractionId
    agent_id: AgentId


class ReconnectionFailed(Event):
    """The phone did not come back: the segment ends without wrap-up, the customer is queued ahead in the
    same batch.
    """

    KIND = 45
    interaction_id: InteractionId
    agent_id: AgentId


class ConnectionFailed(Event):
    """Accepted, but media did not come up in time: the customer is queued at his old place in the same
    batch.
    """

    KIND = 46
    interaction_id: InteractionId
    agent_id: AgentId


class SegmentHandedOver(Event):
    """The agent's part ended without the interaction's end (requeue): wrap-up follows for him."""

    KIND = 47
    interaction_id: InteractionId
    segment_id: SegmentId
    agent_id: AgentId


class InteractionEnded(Event):
    """The last event of an interaction. segment_id, queue_id, agent_id are those of the open segment, else
    0. asked_left: a consultation in which the one who was asked, and had answered, hung up.
    """

    KIND = 48
    interaction_id: InteractionId
    reason: EndReason
    by: EndedBy
    segment_id: SegmentId = SegmentId(0)
    queue_id: QueueId = QueueId(0)
    agent_id: AgentId = AgentId(0)
    is_estimated: bool = False
    asked_left: bool = False


class WrapUpStarted(Event):
    """Comes right after InteractionEnded or SegmentHandedOver, for the agent who talked. A queue without
    wrap-up has
    none: what the agent is then follows at once."""

    KIND = 50
    agent_id: AgentId
    interaction_id: InteractionId
    segment_id: SegmentId
    queue_id: QueueId
    deadline: datetime


class WrapUpExtended(Event):
    KIND = 51
    agent_id: AgentId
    interaction_id: InteractionId
    deadline: datetime


class WrapUpEnded(Event):
    """by: agent or system (its deadline). What follows (ready, not ready) are events of their own."""

    KIND = 52
    agent_id: AgentId
    interaction_id: InteractionId
    segment_id: SegmentId
    by: EndedBy


# --- calls that agents make


class ManualInteractionStarted(Event):
    """An agent dials. Begins a segment with this agent directly."""

    KIND = 60
    interaction_id: InteractionId
    segment_id: SegmentId
    agent_id: AgentId
    party_id: PartyId
    queue_id: QueueId
    project_id: ProjectId
    deadline: datetime
    callback_of: InteractionId = InteractionId(0)


# --- how a talk moves between people


class TransferStarted(Event):
    """A blind transfer: the first agent's part has ended (SegmentHandedOver came before) and the target is
    called in the same batch, by an offer of his own or by DialingStarted. Begins a segment. from_agent_id:
    to whom it comes back when the target does not take it. talk_limit: no agent but a flow sends him (so
    from_agent_id is 0), and so long he may talk with a party outside."""

    KIND = 53
    interaction_id: InteractionId
    segment_id: SegmentId
    from_agent_id: AgentId
    target: Target
    talk_limit: timedelta | None = None


class TransferFailed(Event):
    """The target did not take the customer. What follows in the same batch is what compensates: an offer to
    the first agent, the head of the queue, or the end."""

    KIND = 54
    interaction_id: InteractionId
    from_agent_id: AgentId
    cause: TransferFailure


class ConsultStarted(Event):
    """An agent asks somebody while his customer is held: an interaction of its own (`interaction_id`), tied
    to the customer's (`consult_of`). segment_id is 0 when it seeks an agent in a queue. deadline: until when
    somebody must have answered."""

    KIND = 55
    interaction_id: InteractionId
    consult_of: InteractionId
    caller_id: AgentId
    target: Target
    segment_id: SegmentId
    project_id: ProjectId
    priority: int
    deadline: datetime


class DialingStarted(Event):
    """A party outside is called for a transfer or a consultation, until `deadline`."""

    KIND = 56
    interaction_id: InteractionId
    party_id: PartyId
    deadline: datetime


class InteractionForwarded(Event):
    """The customer talks with parties outside and with no agent any more, until `deadline` at the latest."""

    KIND = 57
    interaction_id: InteractionId
    participant_id: InteractionId
    party_id: PartyId
    deadline: datetime


class FlowResumed(Event):
    """The one to whom a flow sent its customer did not take him: the flow goes on, until `deadline` at the
    latest. reason: `busy` (he said no), `no_answer`, `agent_failed` (his phone), `invalid_number` ... Ends
    the segment."""

    KIND = 94
    interaction_id: InteractionId
    segment_id: SegmentId
    reason: EndReason
    deadline: datetime


class TransferCompleted(Event):
    """The interaction is another agent's from now on, who was in it or was asked before. Begins a segment.

    consult_id: the consultation in which he was asked; it ends in the same batch. 0: he was a conferee, or a
    supervisor who heard the talk and took it over.
    queue_id: whose rules hold now.
    """

    KIND = 58
    interaction_id: InteractionId
    segment_id: SegmentId
    queue_id: QueueId
    agent_id: AgentId
    from_agent_id: AgentId
    consult_id: InteractionId = InteractionId(0)


class InternalCallStarted(Event):
    """An agent calls a colleague, who is offered the call in the same batch. agent_id: the caller."""

    KIND = 61
    interaction_id: InteractionId
    segment_id: SegmentId
    agent_id: AgentId
    target: Target


class ParticipantJoined(Event):
    """An agent (or a party outside: agent_id 0) takes part without owning. participant_id: the call that
    brought him in."""

    KIND = 62
    interaction_id: InteractionId
    participant_id: InteractionId
    role: Role
    agent_id: AgentId = AgentId(0)
    party_id: PartyId = PartyId(0)


class ParticipantMoved(Event):
    """What an agent who does not own the interaction does in it now."""

    KIND = 63
    interaction_id: InteractionId
    participant_id: InteractionId
    agent_id: AgentId
    phase: AssignmentPhase


class ParticipantLeft(Event):
    """One who did not own it is gone; for an agent what he is then follows at once."""

    KIND = 64
    interaction_id: InteractionId
    participant_id: InteractionId
    agent_id: AgentId = AgentId(0)
    party_id: PartyId = PartyId(0)


# --- ways out of a queue


class InteractionOverflowed(Event):
    """Left a queue by a rule; its segment ends here. to `queue`: InteractionQueued follows in the same batch.
    Else it is with the flow again until `deadline`, which says `goes_to` or goes on there, or offers a call
    back.

    rule: the rule's name. when: what set it off. waited: how long it stood in this queue. chosen: the key by
    which the customer left by himself; there is no rule then, and `when` is `waited`.
    """

    KIND = 80
    interaction_id: InteractionId
    segment_id: SegmentId
    queue_id: QueueId
    rule: str
    when: OverflowWhen
    to: OverflowTo
    waited: timedelta
    to_queue_id: QueueId = QueueId(0)
    goes_to: str = ""
    deadline: datetime | None = None
    chosen: str = ""


class OverflowDeferred(Event):
    """A rule was due and could not be carried out (the other queue is full or gone): it waits on, and the
    rules are tried again at `until`."""

    KIND = 81
    interaction_id: InteractionId
    queue_id: QueueId
    rule: str
    until: datetime


class CallbackOffered(Event):
    """A rule offers a call back; the customer waits on until he takes it. queue_id: where it would wait."""

    KIND = 82
    interaction_id: InteractionId
    queue_id: QueueId
    rule: str


class InteractionEscalated(Event):
    """Goes to a higher tier with all that is known; InteractionQueued follows in the same batch.

    agent_id: who asked for it, 0 when it was waiting. note: what the next one should know.
    """

    KIND = 89
    interaction_id: InteractionId
    segment_id: SegmentId
    queue_id: QueueId
    to_queue_id: QueueId
    tier: int
    agent_id: AgentId = AgentId(0)
    note: str = ""


# --- promised calls


class CallbackPromised(Event):
    """The customer may hang up: the matter goes on as a promised call. A stay in a queue ends here; the
    segment of the call back begins.

    agent_id: its owner, 0 for the queue. due_at: not dialled before. queued_at: from when its wait counts.
    """

    KIND = 83
    interaction_id: InteractionId
    segment_id: SegmentId
    queue_id: QueueId
    due_at: datetime
    expires_at: datetime
    queued_at: datetime
    priority: int = 0
    agent_id: AgentId = AgentId(0)


class CallbackScheduled(Event):
    """A call that somebody arranged, without a customer on the line: a new interaction.

    callback_of: the interaction in which it was arranged, or which it answers; 0 for none. arranged_by: who
    of ours did it, 0 unknown.
    """

    KIND = 84
    interaction_id: InteractionId
    segment_id: SegmentId
    party_id: PartyId
    queue_id: QueueId
    project_id: ProjectId
    due_at: datetime
    expires_at: datetime
    priority: int = 0
    agent_id: AgentId = AgentId(0)
    callback_of: InteractionId = InteractionId(0)
    arranged_by: PersonId = PersonId(0)


class CallbackDialed(Event):
    """An agent took it, he is reserved and the customer is dialled until `deadline`. attempt: from 1."""

    KIND = 85
    interaction_id: InteractionId
    segment_id: SegmentId
    queue_id: QueueId
    agent_id: AgentId
    attempt: int
    deadline: datetime


class CallbackAttemptFailed(Event):
    """The customer was not reached. retry_at: the next attempt's earliest moment; None: there is none, the
    interaction ends in the same batch. attempts: made so far; one that failed on our side does not count."""

    KIND = 86
    interaction_id: InteractionId
    segment_id: SegmentId
    queue_id: QueueId
    agent_id: AgentId
    reason: EndReason
    attempts: int
    retry_at: datetime | None = None


class CallbackRescheduled(Event):
    """Another moment, owner or queue (0: the same)."""

    KIND = 87
    interaction_id: InteractionId
    due_at: datetime
    expires_at: datetime
    agent_id: AgentId = AgentId(0)
    queue_id: QueueId = QueueId(0)


class CallbackExpired(Event):
    """Nobody dialled it in time, or nobody was reached; the interaction ends in the same batch."""

    KIND = 88
    interaction_id: InteractionId
    queue_id: QueueId
    attempts: int


# --- plans of modes


class PlanConfigured(Event):
    """turns_at: when a span next begins or ends."""

    KIND = 90
    plan: ModePlan
    turns_at: datetime | None = None


class PlanRemoved(Event):
    KIND = 91
    plan_id: PlanId


class PlanLoadChanged(Event):
    """The watched queues became busy, are easing (calm, to be let go at `calm_at`), or are calm again; the
    changes of the plan's agents follow. waiting: live customers there."""

    KIND = 92
    plan_id: PlanId
    level: LoadLevel
    waiting: int
    calm_at: datetime | None = None


class PlanTurned(Event):
    """A span of a plan began or ended; the changes of its agents follow. mode: what the plan says now.
    turns_at: when it next does."""

    KIND = 93
    plan_id: PlanId
    mode: Mode
    turns_at: datetime | None = None


# --- more than one at a time


class AssignmentEnded(Event):
    """An agent no longer has an interaction of a channel that is not voice; what he is does not change by
    that."""

    KIND = 67
    agent_id: AgentId
    interaction_id: InteractionId


class AssignmentSuspended(Event):
    """A call came: what can be interrupted waits for its end."""

    KIND = 68
    agent_id: AgentId
    interaction_id: InteractionId


class AssignmentResumed(Event):
    KIND = 69
    agent_id: AgentId
    interaction_id: InteractionId


# --- agents who are kept for calls that a dialer makes


class AgentReserved(Event):
    """A free agent gets no offer until `until`: a dialer calls somebody for him."""

    KIND = 65
    agent_id: AgentId
    reservation_id: ReservationId
    queue_id: QueueId
    until: datetime


class AgentReleased(Event):
    """cause: released (the dialer did not need him), expired, or taken (he gets the call in this batch). A
    reservation also ends, without this event, with whatever else the agent gets or becomes."""

    KIND = 66
    agent_id: AgentId
    reservation_id: ReservationId
    cause: str


class SlotStarted(Event):
    """A quarter of an hour began: open state intervals are cut here."""

    KIND = 70
    slot: int


class DayStarted(Event):
    """The site's day began: counters of the day are 0, nobody is guarded. day: since 1970-01-01, counted
    in the site's own days."""

    KIND = 28
    day: int


AcdEvent = (
    SiteConfigured
    | QueueConfigured
    | QueueRemoved
    | AgentConfigured
    | AgentRemoved
    | ReasonConfigured
    | ReasonRemoved
    | AgentSignedIn
    | AgentSignedOut
    | AgentMadeReady
    | AgentMadeNotReady
    | AgentIntentSet
    | DeviceReached
    | DeviceLost
    | InteractionArrived
    | FlowEntered
    | InteractionQueued
    | InteractionPrioritized
    | PreferredAgentReleased
    | RequirementsRelaxed
    | OfferMade
    | OfferAccepted
    | OfferDeclined
    | OfferExpired
    | OfferWithdrawn
    | InteractionConnected
    | InteractionHeld
    | InteractionResumed
    | ReconnectionStarted
    | ReconnectionSucceeded
    | ReconnectionFailed
    | ConnectionFailed
    | SegmentHandedOver
    | InteractionEnded
    | WrapUpStarted
    | WrapUpExtended
    | WrapUpEnded
    | ManualInteractionStarted
    | TransferStarted
    | TransferFailed
    | ConsultStarted
    | DialingStarted
    | InteractionForwarded
    | FlowResumed
    | TransferCompleted
    | InternalCallStarted
    | ParticipantJoined
    | ParticipantMoved
    | ParticipantLeft
    | AssignmentEnded
    | AssignmentSuspended
    | AssignmentResumed
    | AgentReserved
    | AgentReleased
    | SlotStarted
    | DayStarted
    | AgentGuarded
    | AgentGuardLifted
    | AgentModeChanged
    | AgentRetired
    | QueueClosed
    | InteractionOverflowed
    | OverflowDeferred
    | CallbackOffered
    | InteractionEscalated
    | CallbackPromised
    | CallbackScheduled
    | CallbackDialed
    | CallbackAttemptFailed
    | CallbackRescheduled
    | CallbackExpired
    | PlanConfigured
    | PlanRemoved
    | PlanLoadChanged
    | PlanTurned
)
