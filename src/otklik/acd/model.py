"""Values and closed lists of the engine: what a queue, an agent and a why look like inside commands and
events.
"""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from otklik.vocabulary.hours import OpeningHours
from otklik.vocabulary.ids import (
    AgentId,
    InteractionId,
    PartyId,
    PersonId,
    PlanId,
    ProjectId,
    QueueId,
    ReasonId,
    SegmentId,
    SkillId,
)
from otklik.vocabulary.messages import Value


class Channel(StrEnum):
    """How a customer reaches us. Capacity is counted per channel; voice is exclusive."""

    VOICE = "voice"
    CHAT = "chat"
    EMAIL = "email"


class Direction(StrEnum):
    """Who began."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    INTERNAL = "internal"


class Phase(StrEnum):
    """Where an interaction stands. The lawful order is in `transitions.py`."""

    ARRIVING = "arriving"
    IN_FLOW = "in_flow"
    WAITING = "waiting"
    OFFERED = "offered"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    HELD = "held"
    RECONNECTING = "reconnecting"
    DIALING = "dialing"
    SCHEDULED = "scheduled"
    ENDED = "ended"
    OUTSIDE = "outside"


class AssignmentPhase(StrEnum):
    """Where an interaction stands with one agent."""

    OFFERED = "offered"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    HELD = "held"
    RECONNECTING = "reconnecting"
    WRAP_UP = "wrap_up"
    SUSPENDED = "suspended"


class Availability(StrEnum):
    """What the person chose."""

    SIGNED_OUT = "signed_out"
    NOT_READY = "not_ready"
    READY = "ready"


class AgentState(StrEnum):
    """The agent's exclusive voice state at a moment: availability and assignment folded into one word.

    An assignment wins over the availability. Facts store the position in this list (0-8).
    """

    SIGNED_OUT = "signed_out"
    NOT_READY = "not_ready"
    READY = "ready"
    OFFERED = "offered"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    HELD = "held"
    WRAP_UP = "wrap_up"
    RECONNECTING = "reconnecting"


class NotReadyCause(StrEnum):
    """Why an agent is not ready: chosen by the person, or set by a named rule of the engine."""

    CHOSEN = "chosen"
    SIGNED_IN = "signed_in"
    MISSED_OFFER = "missed_offer"
    DECLINED_OFFER = "declined_offer"
    DEVICE_LOST = "device_lost"
    AFTER_CALL = "after_call"


class EndReason(StrEnum):
    """Why an interaction ended, technically; closed."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    SHORT_ABANDONED = "short_abandoned"
    OVERFLOWED = "overflowed"
    CALLBACK_PROMISED = "callback_promised"
    VOICEMAIL = "voicemail"
    CLOSED = "closed"
    SELF_SERVED = "self_served"
    WRONG_NUMBER = "wrong_number"
    BLOCKED = "blocked"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    INVALID_NUMBER = "invalid_number"
    CONGESTED = "congested"
    MACHINE = "machine"
    CANCELLED = "cancelled"
    MEDIA_FAILED = "media_failed"
    AGENT_FAILED = "agent_failed"
    ADOPTED_LOST = "adopted_lost"
    DIVERTED = "diverted"
    OPTED_OUT = "opted_out"


class EndedBy(StrEnum):
    """Which side ended it."""

    CUSTOMER = "customer"
    AGENT = "agent"
    SYSTEM = "system"


class WithdrawalCause(StrEnum):
    """Why an offer was taken back before the agent decided."""

    CUSTOMER_LEFT = "customer_left"
    DEVICE_FAILED = "device_failed"
    SUPERSEDED = "superseded"


class QueueingCause(StrEnum):
    """Why an interaction (again) waits in a queue."""

    ARRIVED = "arrived"
    OFFER_ENDED = "offer_ended"
    RECOVERED = "recovered"
    TRANSFERRED = "transferred"
    OVERFLOWED = "overflowed"
    ESCALATED = "escalated"
    MIGRATED = "migrated"
    CALLBACK_DUE = "callback_due"


class OfferKind(StrEnum):
    """What is offered: somebody who waits on the line, or a promised call that is dialled on acceptance."""

    LIVE = "live"
    CALLBACK = "callback"


class QueueKind(StrEnum):
    """What a queue is for; it decides which modes of agents serve it (`blending.py`)."""

    INBOUND = "inbound"
    CALLBACKS = "callbacks"
    OUTBOUND = "outbound"


class Mode(StrEnum):
    """Which side of the work an agent does now. BLENDED does both."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    BLENDED = "blended"


class LoadLevel(StrEnum):
    """How the queues stand that a plan watches. EASING: calm, but not for long enough yet."""

    CALM = "calm"
    BUSY = "busy"
    EASING = "easing"


class OverflowWhen(StrEnum):
    """What sets an overflow rule off."""

    WAITED = "waited"
    LENGTH = "length"
    NOBODY = "nobody"


class OverflowTo(StrEnum):
    """Where an overflow rule leads."""

    QUEUE = "queue"
    CALLBACK = "callback"
    MESSAGE = "message"
    NODE = "node"


class OverflowRule(Value):
    """One named way out of a queue; a queue's rules are tried in their order, the first that can be carried
    out counts.

    when: `waited`: it has waited `after` in this queue. `length`: on entering, when `length` or more wait
    already. `nobody`: nobody who fits the queue has been signed in for `after` (0: at once).
    to: `queue`: another one, with the wait kept for the order there if `keeps_wait`. `callback`: a call back
    is offered; whoever does not take it waits on. `message`: the prompt `target` is spoken, then the end.
    `node`: the number's flow goes on at its node `target`.
    A queue that is full tries all its rules, in order, whatever sets them off.
    """

    name: str
    when: OverflowWhen = OverflowWhen.WAITED
    to: OverflowTo = OverflowTo.QUEUE
    after: timedelta = timedelta()
    length: int = 0
    queue_id: QueueId = QueueId(0)
    target: str = ""
    keeps_wait: bool = True


class CallbackRules(Value):
    """How a queue treats the calls that it promised.

    priority: added to the interaction's own. share: of the offers made while both live customers and
    callbacks wait, this share goes to callbacks, in (0, 1): neither side starves. attempts: how often it is
    dialled at most; retry_after: from a failed attempt to the next. expires_after: counted from the promised
    moment. delay: from the promise to the earliest attempt. personal_for: how long a personal callback waits
    for its agent before all of the queue may take it.
    """

    priority: int = 0
    share: float = 0.25
    attempts: int = 3
    retry_after: timedelta = timedelta(minutes=15)
    expires_after: timedelta = timedelta(hours=24)
    delay: timedelta = timedelta(seconds=15)
    personal_for: timedelta = timedelta(minutes=10)


class Strategy(StrEnum):
    """How the agent is chosen among those who fit. What is equal is decided by who is idle longest.

    least_occupied goes by the share of the last hour or so that an agent talked or wrapped up;
    fewest_handled_today counts from the site's day; round_robin takes whose last turn in this queue is
    longest ago.
    """

    LONGEST_IDLE = "longest_idle"
    MOST_SKILLED = "most_skilled"
    LEAST_OCCUPIED = "least_occupied"
    FEWEST_HANDLED_TODAY = "fewest_handled_today"
    ROUND_ROBIN = "round_robin"


class AfterMissed(StrEnum):
    """What an agent is after an offer that he let ring out: not ready, or ready after a rest."""

    NOT_READY = "not_ready"
    COOL_DOWN = "cool_down"


class ReleaseCause(StrEnum):
    """Why an interaction no longer waits for the agent whom it preferred: his time is up, he is not there
    (any more), has not (or no longer) what is asked, or let it pass."""

    TIMEOUT = "timeout"
    SIGNED_OUT = "signed_out"
    NOT_READY = "not_ready"
    ELIGIBLE_BY_SKILL = "eligible_by_skill"
    UNKNOWN_AGENT = "unknown_agent"
    MODE = "mode"


class GuardCause(StrEnum):
    """Why an agent comes after the others: handled many today, or talked long without a pause."""

    HANDLED = "handled"
    STREAK = "streak"


class GuardEnd(StrEnum):
    """Why that ended: after a pause, or because the rules of the site have changed."""

    RESTED = "rested"
    RULES_CHANGED = "rules_changed"


class Boost(Value):
    """What was added to a priority, and why: a customer class (`vip`, `debtor` ...), a supervisor."""

    cause: str
    amount: int


class Role(StrEnum):
    """What an agent, or a party outside, is in an interaction. Exactly one is its owner, or nobody."""

    OWNER = "owner"
    CALLER = "caller"
    CONFEREE = "conferee"
    LISTENER = "listener"
    WHISPERER = "whisperer"
    BARGER = "barger"


class TargetKind(StrEnum):
    """Where an interaction can be moved to, or who can be asked."""

    AGENT = "agent"
    QUEUE = "queue"
    OUTSIDE = "outside"


class TransferFailure(StrEnum):
    """Why the target of a transfer did not take the customer."""

    NO_ANSWER = "no_answer"
    DECLINED = "declined"
    DEVICE_FAILED = "device_failed"
    UNREACHED = "unreached"


class Target(Value):
    """Whom a transfer or a consultation wants: one agent, one of a queue, or a party outside."""

    kind: TargetKind
    agent_id: AgentId = AgentId(0)
    queue_id: QueueId = QueueId(0)
    party_id: PartyId = PartyId(0)


class SkillRequirement(Value):
    """An agent fits who has the skill at this level (1-10) or above. is_firm: never relaxed (a language, a
    licence)."""

    skill_id: SkillId
    minimum: int = 1
    is_firm: bool = False


class RelaxationStep(Value):
    """After this wait a lower level suffices. after: since `queued_at`, longer than that of the step before.

    minimum: 1-10 is the level that suffices then, where more was asked; 0 is anyone, also without the
    skill. skills: for which; empty is for all. What a step before allowed stays allowed.
    """

    after: timedelta
    minimum: int = 0
    skills: tuple[SkillId, ...] = ()


class QueueRules(Value):
    """A queue as the engine knows it. channel: of all who wait here, for ever. Thresholds stand here too, so
    that facts use those in force then.

    priority: larger is sooner. ageing: how much priority one minute of waiting adds. weight: among queues of
    equal priority, how many times faster a wait counts here (above 0). ring_timeout: how long one offer
    stays. wrap_up / wrap_up_limit: first deadline and the longest with extensions. service_threshold: T
    of the service level; service_target: share in (0, 1]; short_abandon: abandons up to this wait are
    short ones. maximum_waiting: beyond it its overflow rules are tried; without one that can be carried
    out EnqueueInteraction is refused with `queue_full`. strategy: how the agent is chosen among those
    who fit, a name of `Strategy`. relaxation: what suffices for those who wait long, step by step.
    after_missed: what an agent is after an offer that he let ring out, a name of `AfterMissed`;
    missed_rest: how long he rests where he stays ready; missed_limit: so many missed in a row make him
    not ready all the same. preferred_wait: how long one waits for a preferred agent, where nothing else
    is said; preferred_waits_for_pause: also while he is not ready. kind: what it is for. overflow: ways
    out, in order. callbacks: how promised calls are treated. tier: level of the line, from 1; next_tier:
    the queue to which an agent of this one escalates, 0 for none.
    """

    queue_id: QueueId
    channel: Channel = Channel.VOICE
    project_id: ProjectId = ProjectId(0)
    name: str = ""
    skills: tuple[SkillRequirement, ...] = ()
    priority: int = 0
    ageing: float = 0.0
    strategy: str = "longest_idle"
    ring_timeout: timedelta = timedelta(seconds=20)
    wrap_up: timedelta = timedelta(seconds=30)
    wrap_up_limit: timedelta = timedelta(minutes=5)
    service_threshold: timedelta = timedelta(seconds=20)
    service_target: float = 0.8
    short_abandon: timedelta = timedelta(seconds=5)
    maximum_waiting: int = 1000
    relaxation: tuple[RelaxationStep, ...] = ()
    weight: float = 1.0
    after_missed: str = AfterMissed.NOT_READY.value
    missed_rest: timedelta = timedelta(seconds=15)
    missed_limit: int = 3
    preferred_wait: timedelta = timedelta(seconds=30)
    preferred_waits_for_pause: bool = False
    kind: QueueKind = QueueKind.INBOUND
    overflow: tuple[OverflowRule, ...] = ()
    callbacks: CallbackRules = CallbackRules()
    tier: int = 1
    next_tier: QueueId = QueueId(0)


class AgentProfile(Value):
    """An agent as the engine knows him. skills: level 1-10 by skill. capacity: weight units by channel.

    preferences: by queue, 1 is served first, 2 when nobody waits in those, up to 10; a queue that is not
    named is 1. In the second an agent comes after those for whom it is the first. ring_timeout: his own
    patience with a ringing phone, where it is shorter than the queue's.
    """

    agent_id: AgentId
    skills: dict[SkillId, int] = msgspec.field(default_factory=dict)
    voice_capacity: int = 1
    capacities: dict[Channel, int] = msgspec.field(default_factory=dict)
    preferences: dict[QueueId, int] = msgspec.field(default_factory=dict)
    ring_timeout: timedelta | None = None


class ModeSpan(Value):
    """When a group of agents works in this mode. hours: by the wall clock of the plan's zone."""

    mode: Mode
    hours: OpeningHours


class LoadRule(Value):
    """Automatic blending with hysteresis.

    queue_ids: the queues that are watched. busy: this many live customers waiting there make the group's
    agents inbound; calm: no more than this many for `calm_for` without a break, and they are again what the
    plan says. keeps: so many of the group (the first of `agent_ids`) are never called in.
    """

    queue_ids: tuple[QueueId, ...] = ()
    busy: int = 5
    calm: int = 0
    calm_for: timedelta = timedelta(minutes=2)
    keeps: int = 0


class ModePlan(Value):
    """Which mode a group of agents has, by time of day and by load.

    The first span that is open at a moment says the mode, `otherwise` counts outside of all. time_zone: IANA
    name. An agent stands in one plan at most.
    """

    plan_id: PlanId
    name: str = ""
    agent_ids: tuple[AgentId, ...] = ()
    spans: tuple[ModeSpan, ...] = ()
    otherwise: Mode = Mode.BLENDED
    time_zone: str = "UTC"
    load: LoadRule | None = None


class Callback(Value):
    """A promised call. attempts: made so far. agent_id: its owner, 0 for the queue. last_reason: how the last
    attempt ended. arranged_by: who of ours arranged it, 0 the customer himself."""

    due_at: datetime
    expires_at: datetime
    priority: int = 0
    agent_id: AgentId = AgentId(0)
    attempts: int = 0
    last_reason: EndReason | None = None
    arranged_by: PersonId = PersonId(0)

    def released_at(self, rules: CallbackRules) -> datetime:
        """From when on a personal one may be taken by all of its queue."""
        return self.due_at + rules.personal_for


class Stay(Value):
    """One stay of an interaction that is over: the context that travels with it.

    agent_id: who had it, 0 when nobody answered. how: why it went on: handed_over, escalated, overflowed,
    migrated, promised, lost.
    """

    segment_id: SegmentId
    queue_id: QueueId
    tier: int
    agent_id: AgentId
    since: datetime
    until: datetime
    how: str


class InteractionContext(Value):
    """Where an interaction has been, for whoever takes it next. queued_at: from when its wait counts."""

    interaction_id: InteractionId
    arrived_at: datetime
    queued_at: datetime | None
    queue_id: QueueId
    tier: int
    stays: tuple[Stay, ...]
    note: str = ""


class ReasonRules(Value):
    """A reason for being not ready. maximum: after it both sides see an overrun; None is unlimited."""

    reason_id: ReasonId
    maximum: timedelta | None = None
    is_paid: bool = True
    needs_permission: bool = False


class SiteRules(Value):
    """Timeouts of the whole site.

    rescue_timeout: how long a customer waits for the lost phone of his agent. connect_timeout: from
    acceptance to media. cool_down: the same interaction is not offered to the same agent again within it
    while others fit.
    dial_timeout: longest ringing of a manual outbound call; outside_ring: of a party outside that is called
    for a transfer or a consultation. device_grace: how long a ready, idle agent may
    be without a device. arriving_timeout: how long an interaction may stand before a flow or a queue takes
    it. direct_wrap_up /
    direct_wrap_up_limit: wrap-up after a manual call that belongs to no queue.
    day_start: when the site's day begins, from midnight UTC, at a quarter of an hour; whoever knows the zone
    keeps it right (also when summer time begins).
    guard_handled: so many handled calls a day, or guard_streak: so much talk and wrap-up without a pause of
    guard_pause, and an agent comes after the others (0: never). A pause of guard_pause ends that.
    transfer_timeout: how long one who is called by name (a transfer, a consultation, an internal call) may
    ring. consult_wait: how long a consultation may seek an agent while the customer is held; consult_limit:
    how long it may last. outside_limit: the longest talk of a customer with a party outside, when no agent
    is there any more. conference_limit: legs in one talk, the customer's among them. chat_capacity,
    email_capacity: how many of them an agent has at once if his profile does not say.
    """

    rescue_timeout: timedelta = timedelta(seconds=15)
    connect_timeout: timedelta = timedelta(seconds=10)
    cool_down: timedelta = timedelta(seconds=30)
    dial_timeout: timedelta = timedelta(seconds=60)
    device_grace: timedelta = timedelta(seconds=3)
    arriving_timeout: timedelta = timedelta(seconds=60)
    direct_wrap_up: timedelta = timedelta(seconds=30)
    direct_wrap_up_limit: timedelta = timedelta(minutes=5)
    day_start: timedelta = timedelta()
    guard_handled: int = 100
    guard_streak: timedelta = timedelta(hours=2)
    guard_pause: timedelta = timedelta(minutes=5)
    transfer_timeout: timedelta = timedelta(seconds=20)
    consult_wait: timedelta = timedelta(minutes=3)
    consult_limit: timedelta = timedelta(hours=1)
    chat_capacity: int = 3
    email_capacity: int = 1
    outside_limit: timedelta = timedelta(hours=2)
    outside_ring: timedelta = timedelta(seconds=60)
    conference_limit: int = 6


class PassedOver(Value):
    """One candidate that an offer did not take, and the named rule that said so."""

    agent_id: AgentId
    rule: str


class Why(Value):
    """Why this pair. rules: names of the deciding rules, in order. passed_over: the first five candidates
    before the chosen one in the order of the last rule. counts: how many agents each rule left out. step:
    how often the requirements had been relaxed. boosts: what had been added to the priority."""

    rules: tuple[str, ...] = ()
    passed_over: tuple[PassedOver, ...] = ()
    counts: dict[str, int] = msgspec.field(default_factory=dict)
    step: int = 0
    boosts: tuple[Boost, ...] = ()


class Candidate(Value):
    """One agent as seen from one waiting interaction. rule: the first rule that leaves him out, empty when
    he fits.

    place: from 1 in the order of the queue's strategy among those who fit, 0 for the others.
    """

    agent_id: AgentId
    rule: str = ""
    place: int = 0
    level: int = 0
    idle_since: datetime | None = None


class WhyWaiting(Value):
    """Why an interaction still waits. position from 1; counts: how many agents each rule leaves out;
    fitting: agents who have the skills; free: of these, those who could take it now. step: how often its
    requirements were relaxed; relaxes_at: when they are next; requirements: what it asks now. boosts: what
    was added to its priority. preferred_agent_id: for whom alone it waits until `preferred_until`.
    expected: how long it will still wait, None when nobody can tell. remedies: what would take it, the
    nearest first: `preferred_agent`, `agent_free`, `rested`, `device_reachable`, `ready`,
    `requirements_relaxed`, `signed_in`; or `no_agent_fits`.
    """

    interaction_id: InteractionId
    queue_id: QueueId
    position: int
    waited: timedelta
    counts: dict[str, int]
    fitting: int
    free: int
    step: int = 0
    relaxes_at: datetime | None = None
    requirements: tuple[SkillRequirement, ...] = ()
    boosts: tuple[Boost, ...] = ()
    preferred_agent_id: AgentId = AgentId(0)
    preferred_until: datetime | None = None
    expected: timedelta | None = None
    remedies: tuple[str, ...] = ()


class WhyIdle(Value):
    """Why an agent gets no interaction. rule: the first rule that keeps him from all, or `nobody_waits`.

    queues: the queues that he fits; waiting: how many wait there; before: free agents whom the queue with
    the fewest of them would take sooner. handled: how many he had today; guard: why he comes after the
    others (a name of `GuardCause`), empty when he does not. rests_until: the end of his rest after an offer
    that he missed.
    """

    agent_id: AgentId
    rule: str
    queues: tuple[QueueId, ...] = ()
    waiting: int = 0
    before: int = 0
    handled: int = 0
    guard: str = ""
    rests_until: datetime | None = None
