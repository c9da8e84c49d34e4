"""What really happened, folded from the journal: who called when, how long he talked or had patience, how
agents let it ring and when they were there. Enough to let the day happen again under other rules.

A customer's stays are a chain: after the talk of one he may go on to another queue. What agents chose
(breaks, the evening, calls of their own) is presence, given from outside; what followed from an offer (the
pause after a missed one) belongs to the offer and moves with it.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Final

from otklik.acd.commands import (
    AcdCommand,
    ConfigureAgent,
    ConfigureQueue,
    ConfigureSite,
    RemoveAgent,
    RemoveQueue,
)
from otklik.acd.events import (
    AcdEvent,
    AgentConfigured,
    AgentMadeNotReady,
    AgentMadeReady,
    AgentRemoved,
    AgentSignedIn,
    AgentSignedOut,
    CallbackDialed,
    CallbackOffered,
    CallbackPromised,
    ConnectionFailed,
    InteractionConnected,
    InteractionEnded,
    InteractionQueued,
    ManualInteractionStarted,
    OfferAccepted,
    OfferDeclined,
    OfferExpired,
    OfferMade,
    OfferWithdrawn,
    PlanConfigured,
    PlanRemoved,
    QueueConfigured,
    QueueRemoved,
    ReconnectionFailed,
    SegmentHandedOver,
    SiteConfigured,
    WrapUpEnded,
    WrapUpStarted,
)
from otklik.acd.model import (
    Availability,
    EndReason,
    ModePlan,
    NotReadyCause,
    QueueingCause,
    QueueRules,
    SiteRules,
    WithdrawalCause,
)
from otklik.reports.codes import LEFT_BY_RULE
from otklik.reports.measures import EXCLUDED_PROJECT
from otklik.vocabulary.ids import AgentId, InteractionId, OfferId, PlanId, QueueId
from otklik.vocabulary.time import duration_ms

_NO_STAY: Final = frozenset({QueueingCause.OFFER_ENDED, QueueingCause.CALLBACK_DUE})
"""Queued anew for these, nobody new holds the line."""
_AFTER_OFFER: Final = frozenset({NotReadyCause.MISSED_OFFER, NotReadyCause.DECLINED_OFFER})


class Heard(Enum):
    """What became of an offer. UNKNOWN: the customer left while it rang."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(slots=True)
class Ring:
    """One offer. after: milliseconds until the agent did what he did; connected: until both heard each other.
    away: how long he was not ready because of it, None if he did not come back by himself."""

    offered_at: datetime
    heard: Heard = Heard.UNKNOWN
    after: int = 0
    connected: int = 0
    away: int | None = None


@dataclass(slots=True)
class Stay:
    """One stay in a queue. waited: until both heard each other or the customer left, None while it is open.

    handling: length of the talk in milliseconds, holds included, None without a talk or while it goes on.
    wrap_up: 0 without any. is_lost: the customer gave up. onward: where he went on to after the talk.
    """

    interaction_id: InteractionId
    queue_id: QueueId
    entered_at: datetime
    priority: int
    waited: int | None = None
    handling: int | None = None
    wrap_up: int = 0
    is_lost: bool = False
    is_overflow: bool = False
    is_ahead: bool = False
    rings: list[Ring] = field(default_factory=list)
    onward: "Stay | None" = None


@dataclass(slots=True)
class CalledBackCounts:
    """What became of offers to call back and of the calls. dialing: milliseconds until who was reached
    answered."""

    offered: int = 0
    promised: int = 0
    dialed: int = 0
    reached: int = 0
    dialing: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Presence:
    """From this moment on the agent is ready, not ready or signed out, as far as he or the world chose it."""

    at: datetime
    agent_id: AgentId
    availability: Availability


@dataclass(slots=True)
class Recording:
    """All of it. stays: the first of each customer, by moment of arrival. changes: the configuration, in
    order, with its moments. plans: those of modes that hold at the end. preferring: stays that began by
    waiting for one certain agent, by queue."""

    stays: list[Stay] = field(default_factory=list)
    presence: list[Presence] = field(default_factory=list)
    changes: list[AcdCommand] = field(default_factory=list)
    rules: dict[QueueId, QueueRules] = field(default_factory=dict)
    last_at: datetime | None = None
    site: SiteRules | None = None
    plans: dict[PlanId, ModePlan] = field(default_factory=dict)
    called_back: dict[QueueId, CalledBackCounts] = field(default_factory=dict)
    preferring: Counter[QueueId] = field(default_factory=Counter)

    @classmethod
    def of(cls, events: Iterable[AcdEvent]) -> "Recording":
        """Fold events, in the journal's order."""
        recorder = Recorder()
        for event in events:
            recorder.note(event)
        return recorder.recording


@dataclass(slots=True)
class _Present:
    """An agent as seen from outside."""

    availability: Availability = Availability.SIGNED_OUT
    ring: Ring | None = None
    away_since: datetime | None = None
    wraps: Stay | None = None
    wraps_since: datetime | None = None


class Recorder:
    """Folds one event after the other."""

    def __init__(self) -> None:
        self.recording = Recording()
        self._open: dict[InteractionId, Stay] = {}
        self._talks: dict[InteractionId, datetime] = {}
        self._rings: dict[OfferId, tuple[Stay, Ring]] = {}
        self._agents: dict[AgentId, _Present] = {}
        self._excluded: set[QueueId] = set()
        self._dialed: dict[InteractionId, tuple[QueueId, datetime]] = {}

    def note(self, event: AcdEvent) -> None:
        """Take in one event; what does not matter is let pass."""
        self.recording.last_at = event.at
        take = _TAKES.get(type(event))
        if take is not None:
            take(self, event)

    # --- configuration

    def _configure_site(self, event: SiteConfigured) -> None:
        self.recording.site = event.site
        self.recording.changes.append(ConfigureSite(at=event.at, site=event.site))

    def _configure_plan(self, event: PlanConfigured) -> None:
        self.recording.plans[event.plan.plan_id] = event.plan

    def _remove_plan(self, event: PlanRemoved) -> None:
        self.recording.plans.pop(event.plan_id, None)

    def _configure_queue(self, event: QueueConfigured) -> None:
        if event.queue.project_id == EXCLUDED_PROJECT:
            self._excluded.add(event.queue.queue_id)
            return
        self.recording.rules[event.queue.queue_id] = event.queue
        self.recording.changes.append(ConfigureQueue(at=event.at, queue=event.queue))

    def _remove_queue(self, event: QueueRemoved) -> None:
        if event.queue_id not in self._excluded:
            self.recording.changes.append(RemoveQueue(at=event.at, queue_id=event.queue_id))

    def _configure_agent(self, event: AgentConfigured) -> None:
        self._agents.setdefault(event.agent.agent_id, _Present())
        self.recording.changes.append(ConfigureAgent(at=event.at, agent=event.agent))

    def _remove_agent(self, event: AgentRemoved) -> None:
        self._agents.pop(event.agent_id, None)
        self.recording.changes.append(RemoveAgent(at=event.at, agent_id=event.agent_id))

    # --- agents

    def _make_ready(self, event: AgentMadeReady) -> None:
        present = self._present(event.agent_id)
        if present.away_since is not None and present.ring is not None:
            present.ring.away = duration_ms(event.at - present.away_since)
        present.away_since = None
        self._be(event.agent_id, Availability.READY, event.at)

    def _make_not_ready(self, event: AgentMadeNotReady) -> None:
        present = self._present(event.agent_id)
        present.away_since = None
        follows = event.cause in _AFTER_OFFER or (
            event.cause is NotReadyCause.DEVICE_LOST and event.interaction_id != 0
        )
        if follows and present.ring is not None:
            present.away_since = event.at  # follows from the offer: the twin's agent will be away alike
            return
        self._be(event.agent_id, Availability.NOT_READY, event.at)

    def _sign_in(self, event: AgentSignedIn) -> None:
        self._be(event.agent_id, Availability.NOT_READY, event.at)

    def _sign_out(self, event: AgentSignedOut) -> None:
        self._present(event.agent_id).away_since = None
        self._be(event.agent_id, Availability.SIGNED_OUT, event.at)

    def _start_manual(self, event: ManualInteractionStarted) -> None:
        self._be(event.agent_id, Availability.NOT_READY, event.at)

    def _dial(self, event: CallbackDialed) -> None:
        """He calls somebody back: for those who hold the line he is away until he is ready again."""
        self._be(event.agent_id, Availability.NOT_READY, event.at)
        self._counts(event.queue_id).dialed += 1
        self._dialed[event.interaction_id] = (event.queue_id, event.at)

    def _offer_callback(self, event: CallbackOffered) -> None:
        self._counts(event.queue_id).offered += 1

    def _counts(self, queue_id: QueueId) -> CalledBackCounts:
        return self.recording.called_back.setdefault(queue_id, CalledBackCounts())

    def _present(self, agent_id: AgentId) -> _Present:
        return self._agents.setdefault(agent_id, _Present())

    def _be(self, agent_id: AgentId, availability: Availability, at: datetime) -> None:
        present = self._present(agent_id)
        if present.availability is not availability:
            present.availability = availability
            self.recording.presence.append(Presence(at, agent_id, availability))

    # --- customers

    def _enter(self, event: InteractionQueued) -> None:
        if event.queue_id in self._excluded or event.cause in _NO_STAY:
            return
        if event.preferred_agent_id and event.cause is QueueingCause.ARRIVED:
            self.recording.preferring[event.queue_id] += 1
        before = self._open.get(event.interaction_id)
        stay = Stay(
            interaction_id=event.interaction_id,
            queue_id=event.queue_id,
            entered_at=event.at,
            priority=event.priority,
            is_ahead=event.ahead,
        )
        if before is None:
            self.recording.stays.append(stay)
        else:
            self._end_talk(event.interaction_id, event.at)
            if before.waited is None:
                before.waited = duration_ms(event.at - before.entered_at)
                before.is_overflow = True
            before.onward = stay
        self._open[event.interaction_id] = stay

    def _offer(self, event: OfferMade) -> None:
        stay = self._open.get(event.interaction_id)
        if stay is None:
            return
        ring = Ring(event.at)
        stay.rings.append(ring)
        self._rings[event.offer_id] = (stay, ring)
        present = self._present(event.agent_id)
        present.ring, present.away_since = ring, None
        if present.availability is not Availability.READY:
            # Ready since before the journal was read.
            present.availability = Availability.READY
            self.recording.presence.append(Presence(event.at, event.agent_id, Availability.READY))

    def _accept(self, event: OfferAccepted) -> None:
        self._hear(event.offer_id, Heard.ACCEPTED, event.at, is_open=True)

    def _decline(self, event: OfferDeclined) -> None:
        self._hear(event.offer_id, Heard.DECLINED, event.at)

    def _expire(self, event: OfferExpired) -> None:
        self._hear(event.offer_id, Heard.EXPIRED, event.at)

    def _withdraw(self, event: OfferWithdrawn) -> None:
        is_failed = event.cause is WithdrawalCause.DEVICE_FAILED
        self._hear(event.offer_id, Heard.FAILED if is_failed else Heard.UNKNOWN, event.at)

    def _hear(self, offer_id: OfferId, heard: Heard, at: datetime, *, is_open: bool = False) -> None:
        found = self._rings.get(offer_id) if is_open else self._rings.pop(offer_id, None)
        if found is not None:
            ring = found[1]
            ring.heard, ring.after = heard, duration_ms(at - ring.offered_at)

    def _fail_connection(self, event: ConnectionFailed) -> None:
        stay = self._open.get(event.interaction_id)
        if stay is not None and stay.rings:
            stay.rings[-1].heard = Heard.FAILED

    def _connect(self, event: InteractionConnected) -> None:
        dialed = self._dialed.pop(event.interaction_id, None)
        if dialed is not None:
            counts = self._counts(dialed[0])
            counts.reached += 1
            counts.dialing.append(duration_ms(event.at - dialed[1]))
        stay = self._open.get(event.interaction_id)
        if stay is None:
            return
        stay.waited = duration_ms(event.at - stay.entered_at)
        if stay.rings:
            stay.rings[-1].connected = duration_ms(event.at - stay.rings[-1].offered_at)
        self._talks[event.interaction_id] = event.at

    def _end_talk(self, interaction_id: InteractionId, at: datetime) -> None:
        since, stay = self._talks.pop(interaction_id, None), self._open.get(interaction_id)
        if since is not None and stay is not None:
            stay.handling = duration_ms(at - since)

    def _hand_over(self, event: SegmentHandedOver | ReconnectionFailed) -> None:
        self._end_talk(event.interaction_id, event.at)

    def _promise(self, event: CallbackPromised) -> None:
        self._counts(event.queue_id).promised += 1
        stay = self._open.pop(event.interaction_id, None)
        if stay is not None and stay.waited is None:
            stay.waited = duration_ms(event.at - stay.entered_at)
            stay.is_overflow = True

    def _leave(self, event: InteractionEnded) -> None:
        self._end_talk(event.interaction_id, event.at)
        stay = self._open.pop(event.interaction_id, None)
        if stay is not None and stay.waited is None:
            stay.waited = duration_ms(event.at - stay.entered_at)
            stay.is_overflow = event.reason in LEFT_BY_RULE
            stay.is_lost = event.reason in (EndReason.ABANDONED, EndReason.SHORT_ABANDONED)
        if stay is not None and event.agent_id:
            self._present(event.agent_id).wraps = stay

    def _start_wrap_up(self, event: WrapUpStarted) -> None:
        present = self._present(event.agent_id)
        stay = self._open.get(event.interaction_id)
        if stay is not None:
            present.wraps = stay  # the customer goes on, the agent wraps up
        present.wraps_since = event.at

    def _end_wrap_up(self, event: WrapUpEnded) -> None:
        present = self._present(event.agent_id)
        if present.wraps is not None and present.wraps_since is not None:
            present.wraps.wrap_up = duration_ms(event.at - present.wraps_since)
        present.wraps = present.wraps_since = None


_TAKES: Final[dict[type[AcdEvent], Callable[[Recorder, Any], None]]] = {
    SiteConfigured: Recorder._configure_site,
    QueueConfigured: Recorder._configure_queue,
    QueueRemoved: Recorder._remove_queue,
    AgentConfigured: Recorder._configure_agent,
    AgentRemoved: Recorder._remove_agent,
    AgentMadeReady: Recorder._make_ready,
    AgentMadeNotReady: Recorder._make_not_ready,
    AgentSignedIn: Recorder._sign_in,
    AgentSignedOut: Recorder._sign_out,
    ManualInteractionStarted: Recorder._start_manual,
    CallbackDialed: Recorder._dial,
    CallbackOffered: Recorder._offer_callback,
    PlanConfigured: Recorder._configure_plan,
    PlanRemoved: Recorder._remove_plan,
    CallbackPromised: Recorder._promise,
    InteractionQueued: Recorder._enter,
    OfferMade: Recorder._offer,
    OfferAccepted: Recorder._accept,
    OfferDeclined: Recorder._decline,
    OfferExpired: Recorder._expire,
    OfferWithdrawn: Recorder._withdraw,
    ConnectionFailed: Recorder._fail_connection,
    InteractionConnected: Recorder._connect,
    SegmentHandedOver: Recorder._hand_over,
    ReconnectionFailed: Recorder._hand_over,
    InteractionEnded: Recorder._leave,
    WrapUpStarted: Recorder._start_wrap_up,
    WrapUpEnded: Recorder._end_wrap_up,
}
