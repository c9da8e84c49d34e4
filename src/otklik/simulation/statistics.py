"""Folds the engine's events into figures while a run goes on; keeps sums by quarter of an hour, no events."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from otklik.acd.events import (
    AcdEvent,
    AgentMadeNotReady,
    AgentMadeReady,
    AgentSignedIn,
    AgentSignedOut,
    CallbackDialed,
    CallbackPromised,
    InteractionConnected,
    InteractionEnded,
    InteractionHeld,
    InteractionOverflowed,
    InteractionQueued,
    InteractionResumed,
    ManualInteractionStarted,
    OfferAccepted,
    OfferMade,
    QueueConfigured,
    ReconnectionStarted,
    ReconnectionSucceeded,
    SlotStarted,
    WrapUpStarted,
)
from otklik.acd.model import AgentState, EndReason, QueueingCause, QueueRules
from otklik.reports.codes import LEFT_BY_RULE
from otklik.reports.measures import EXCLUDED_PROJECT, SERVICE_LEVELS, Definition, QueueFacts
from otklik.vocabulary.ids import AgentId, InteractionId, QueueId
from otklik.vocabulary.time import EPOCH, slot_of, slot_start

_NOTHING: Final = timedelta()

FORMULAS: Final[dict[str, Definition[QueueFacts]]] = {one.name: one for one in SERVICE_LEVELS.values()}
"""The six service levels by the names that settings, API and scenarios use."""

_STRICT: Final = SERVICE_LEVELS["F3"]
_WITHOUT_SHORT: Final = SERVICE_LEVELS["F6"]

STATE_AFTER: Final[dict[type[AcdEvent], AgentState]] = {
    AgentSignedIn: AgentState.NOT_READY,
    AgentMadeNotReady: AgentState.NOT_READY,
    AgentMadeReady: AgentState.READY,
    AgentSignedOut: AgentState.SIGNED_OUT,
    OfferMade: AgentState.OFFERED,
    OfferAccepted: AgentState.CONNECTING,
    ManualInteractionStarted: AgentState.CONNECTING,
    CallbackDialed: AgentState.CONNECTING,
    InteractionConnected: AgentState.CONNECTED,
    InteractionResumed: AgentState.CONNECTED,
    ReconnectionSucceeded: AgentState.CONNECTED,
    InteractionHeld: AgentState.HELD,
    ReconnectionStarted: AgentState.RECONNECTING,
    WrapUpStarted: AgentState.WRAP_UP,
}
"""What an agent is after an event that names him."""

_STATES: Final = tuple(AgentState)
_STATE_COUNT: Final = len(AgentState)

HANDLING: Final = (AgentState.CONNECTED, AgentState.HELD, AgentState.RECONNECTING, AgentState.WRAP_UP)
AT_WORK: Final = (AgentState.READY, AgentState.OFFERED, AgentState.CONNECTING, *HANDLING)


@dataclass(slots=True)
class Figures:
    """Counts and sums of the interactions that arrived in a queue, or in one 15-minute slot of it.

    waited: of all; waited_answered: of the answered ones; both end when both hear each other, or with
    hanging up. blocked: found no line or no place in the queue; they are not among the offered. waiting:
    still there. overflowed: left the queue by rule; callbacks: of them, those who
    were promised a call.
    """

    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    short_abandons: int = 0
    answered_in_time: int = 0
    abandoned_in_time: int = 0
    overflowed: int = 0
    callbacks: int = 0
    blocked: int = 0
    waiting: int = 0
    waited: timedelta = _NOTHING
    waited_answered: timedelta = _NOTHING
    longest: timedelta = _NOTHING

    def facts(self) -> QueueFacts:
        """As the product's measures want them."""
        return QueueFacts(
            offered=self.offered,
            answered=self.answered,
            abandoned=self.abandoned,
            short_ab=self.short_abandons,
            aband_in_t=self.abandoned_in_time,
            in_sl=self.answered_in_time,
            overflow=self.overflowed,
        )

    def service_level_by(self, formula: str) -> float | None:
        """By the formula of this name. None where nobody called."""
        return FORMULAS[formula](self.facts())

    @property
    def service_level(self) -> float | None:
        """F3: answered in time / (answered + abandoned). None where nobody called."""
        return _STRICT(self.facts())

    @property
    def service_level_without_short_abandons(self) -> float | None:
        """F6: answered in time / (answered + abandoned - short abandons)."""
        return _WITHOUT_SHORT(self.facts())

    @property
    def abandonment(self) -> float | None:
        return self.abandoned / self.offered if self.offered else None

    @property
    def average_wait(self) -> timedelta | None:
        """Of all customers whose wait is over."""
        over = self.offered - self.waiting
        return self.waited / over if over else None

    @property
    def average_speed_of_answer(self) -> timedelta | None:
        return self.waited_answered / self.answered if self.answered else None

    def add(self, other: "Figures") -> None:
        self.offered += other.offered
        self.answered += other.answered
        self.abandoned += other.abandoned
        self.short_abandons += other.short_abandons
        self.answered_in_time += other.answered_in_time
        self.abandoned_in_time += other.abandoned_in_time
        self.overflowed += other.overflowed
        self.callbacks += other.callbacks
        self.blocked += other.blocked
        self.waiting += other.waiting
        self.waited += other.waited
        self.waited_answered += other.waited_answered
        self.longest = max(self.longest, other.longest)


class Staffing:
    """Agents' time by voice state, in one slot or in all."""

    __slots__ = ("time",)

    def __init__(self) -> None:
        self.time: dict[AgentState, timedelta] = {}

    def add(self, state: AgentState, length: timedelta) -> None:
        self.time[state] = self.time.get(state, _NOTHING) + length

    def merge(self, other: "Staffing") -> None:
        for state, length in other.time.items():
            self.add(state, length)

    @property
    def at_work(self) -> timedelta:
        """Ready, offered, connecting and handling."""
        return sum((self.time.get(state, _NOTHING) for state in AT_WORK), _NOTHING)

    @property
    def handling(self) -> timedelta:
        return sum((self.time.get(state, _NOTHING) for state in HANDLING), _NOTHING)

    @property
    def occupancy(self) -> float | None:
        """Handling / (ready + offered + connecting + handling); None without agents."""
        at_work = self.at_work
        return self.handling / at_work if at_work else None


class Line:
    """How many wait in a queue: the sum over time by slot, and the most at once. area, peak: of the slot that
    goes on."""

    __slots__ = ("area", "most", "now", "peak", "sums")

    def __init__(self) -> None:
        self.now = 0
        self.area = _NOTHING
        self.peak = 0
        self.sums: dict[int, timedelta] = {}
        self.most: dict[int, int] = {}


class _Desk:
    """What is written for the queue in whose line somebody stands. figures: of the slot that goes on, once
    anybody has come in it."""

    __slots__ = ("figures", "line", "queue_id", "threshold", "waits")

    def __init__(self, queue_id: QueueId, threshold: timedelta, line: Line) -> None:
        self.queue_id = queue_id
        self.threshold = threshold
        self.line = line
        self.figures: Figures | None = None
        self.waits: dict[int, int] | None = None


React = Callable[[Any], None]
"""What somebody does who hears of an event."""
Heard = list[tuple[React, AcdEvent]]
"""Who hears of what, in order."""
_NOBODY: Final[Heard] = []

_SECOND: Final = timedelta(seconds=1)
_CALLBACK_DUE: Final = QueueingCause.CALLBACK_DUE
_RECOVERED: Final = QueueingCause.RECOVERED
_ARRIVED: Final = QueueingCause.ARRIVED


@dataclass(slots=True)
class Statistics:
    """Counts those who arrive in [counts_from, counts_to), and the agents' time within it.

    figures: by queue and slot of arrival. staffing: by slot. waits: by queue, how many answered customers
    waited so many whole seconds. A stay that an agent's lost phone or a missed offer interrupts goes on; a
    transfer and an overflow begin a new one.

    Time in a state is the sum of the moments at which agents left it, less those at which they came: so a
    change costs one addition and needs no memory of when the stay began. It is settled (`_settle`) at each
    boundary of slots and at the end; between them `staffing` and `lines` are those of the last boundary.
    """

    rules: dict[QueueId, QueueRules]
    counts_from: datetime
    counts_to: datetime
    figures: dict[tuple[QueueId, int], Figures] = field(default_factory=dict)
    staffing: dict[int, Staffing] = field(default_factory=dict)
    lines: dict[QueueId, Line] = field(default_factory=dict)
    waits: dict[QueueId, dict[int, int]] = field(default_factory=dict)
    _open: dict[InteractionId, tuple[datetime, _Desk, Figures | None]] = field(default_factory=dict)
    _states: dict[AgentId, int] = field(default_factory=dict)
    """What each agent is, as a place in `_STATES`, times their number."""
    _came: list[timedelta] = field(default_factory=lambda: [_NOTHING] * _STATE_COUNT)
    """By state: the moments, from `_since` on, at which agents of whom nothing was known came into it."""
    _moves: list[timedelta] = field(default_factory=lambda: [_NOTHING] * _STATE_COUNT**2)
    """The moments at which agents went from one state to another, by both."""
    _since: datetime = EPOCH
    _at: datetime = EPOCH
    _passed: timedelta = _NOTHING
    """From `_since` to `_at`, as far as it counts."""
    _slot: int = -1
    _plain_until: datetime = EPOCH
    """The end of the slot, when all of it counts: until then nothing need be asked."""
    _desks: dict[QueueId, _Desk] = field(default_factory=dict)
    _todo: dict[type[AcdEvent], tuple[Callable[["Statistics", Any], None] | None, int, React | None]] = field(
        default_factory=dict
    )
    """What is done with an event: how it is taken in, what the agent whom it names is then, who hears it."""

    def __post_init__(self) -> None:
        self._since = self.counts_from
        self.listen_for({})
        self._begin_slot(slot_of(self.counts_from))
        self._plain_until = EPOCH  # what happens before does not count

    def listen_for(self, reactions: Mapping[type[AcdEvent], React]) -> None:
        """Who hears of which kind of event (`take`)."""
        self._todo = {
            kind: (*_FOLDINGS.get(kind, (None, -1)), reactions.get(kind))
            for kind in _FOLDINGS.keys() | reactions.keys()
        }

    def note(self, event: AcdEvent) -> None:
        """Take in one event."""
        self.take((event,))

    def take(self, events: Iterable[AcdEvent]) -> Heard:
        """Take in the events of a step; gives who wants to hear of which of them, in their order."""
        heard = _NOBODY
        todo, moves, states = self._todo, self._moves, self._states
        for event in events:
            found = todo.get(type(event))
            if found is None:
                continue
            take, state, react = found
            at = event.at
            if at is not self._at:
                if at < self._plain_until:
                    self._at = at
                    self._passed = at - self._since
                else:
                    self._go_to(at)
            if take is not None:
                take(self, event)
            if state >= 0:
                agent_id: AgentId = event.agent_id  # type: ignore[union-attr] # all name one
                was = states.get(agent_id)
                if was is None:
                    self._came[state] += self._passed
                else:
                    moves[was + state] += self._passed
                states[agent_id] = state * _STATE_COUNT
            if react is not None:
                if heard is _NOBODY:
                    heard = [(react, event)]
                else:
                    heard.append((react, event))
        return heard

    def note_blocked(self, queue_id: QueueId, at: datetime) -> None:
        """A customer found no line, or no place in the queue."""
        if self.counts_from <= at < self.counts_to:
            self._figures(queue_id, at).blocked += 1

    def close(self) -> None:
        """The run is over: count the agents' last states and the lines up to the end."""
        self._settle(self.counts_to)

    def total(self, queue_id: QueueId | None = None) -> Figures:
        """All slots of a queue, or of all queues."""
        whole = Figures()
        for (each, _), figures in self.figures.items():
            if queue_id is None or each == queue_id:
                whole.add(figures)
        return whole

    def whole_staffing(self) -> Staffing:
        """All slots."""
        whole = Staffing()
        for one in self.staffing.values():
            whole.merge(one)
        return whole

    @property
    def agent_time(self) -> dict[AgentState, timedelta]:
        """By voice state, over all agents and slots."""
        whole = self.whole_staffing()
        return {state: whole.time.get(state, _NOTHING) for state in AgentState}

    @property
    def occupancy(self) -> float | None:
        """Handling / (ready + offered + connecting + handling); None without agents."""
        return self.whole_staffing().occupancy

    # --- stays

    def _enter(self, event: InteractionQueued) -> None:
        at, queue_id, interaction_id = event.at, event.queue_id, event.interaction_id
        if event.cause is not _ARRIVED or interaction_id in self._open:
            if event.cause is _CALLBACK_DUE:
                return  # whoever is to be called back does not hold the line
            before = self._open.get(interaction_id)
            if before is not None:
                if before[1].queue_id == queue_id or queue_id not in self.rules:
                    return  # the stay goes on: an offer ended
                self._close_stay(interaction_id, at, is_overflow=True)
        desk = self._desks.get(queue_id)
        if desk is None:
            if queue_id not in self.rules:
                return
            desk = self._open_desk(queue_id)
        figures = desk.figures
        if figures is None or at >= self._plain_until:
            figures = self._figures(queue_id, at) if self.counts_from <= at < self.counts_to else None
        if event.cause is _RECOVERED:
            figures = None
        if figures is not None:
            figures.offered += 1
            figures.waiting += 1
        line = desk.line
        line.area -= self._passed
        now = line.now = line.now + 1
        if now > line.peak:
            line.peak = now
        self._open[interaction_id] = (at, desk, figures)

    def _open_desk(self, queue_id: QueueId) -> _Desk:
        """The first one stands in this queue."""
        line = self.lines[queue_id] = Line()
        desk = self._desks[queue_id] = _Desk(queue_id, self.rules[queue_id].service_threshold, line)
        return desk

    def _answer(self, event: InteractionConnected) -> None:
        entered = self._open.pop(event.interaction_id, None)
        if entered is None:
            return
        since, desk, figures = entered
        line = desk.line
        line.area += self._passed
        line.now -= 1
        if figures is None:
            return
        figures.waiting -= 1
        figures.answered += 1
        waits = desk.waits
        if waits is None:
            waits = desk.waits = self.waits[desk.queue_id] = {}
        if event.at is since and desk.threshold >= _NOTHING:  # nobody had to wait
            figures.answered_in_time += 1
            waits[0] = waits.get(0, 0) + 1
            return
        waited = event.at - since
        figures.waited += waited
        figures.waited_answered += waited
        if waited > figures.longest:
            figures.longest = waited
        if waited <= desk.threshold:
            figures.answered_in_time += 1
        seconds = -(-waited // _SECOND)
        waits[seconds] = waits.get(seconds, 0) + 1

    def _overflow(self, event: InteractionOverflowed | CallbackPromised) -> None:
        """Left the queue by rule; where he goes a new stay begins."""
        entered = self._open.get(event.interaction_id)
        if entered is None:
            return
        if entered[2] is not None and isinstance(event, CallbackPromised):
            entered[2].callbacks += 1
        self._close_stay(event.interaction_id, event.at, is_overflow=True)

    def _leave(self, event: InteractionEnded) -> None:
        if event.interaction_id in self._open:
            self._close_stay(
                event.interaction_id,
                event.at,
                is_overflow=event.reason in LEFT_BY_RULE,
                is_short=event.reason is EndReason.SHORT_ABANDONED,
            )

    def _configure(self, event: QueueConfigured) -> None:
        """Thresholds are those in force; the self-test's queue is nobody's work."""
        if event.queue.project_id != EXCLUDED_PROJECT:
            self.rules[event.queue.queue_id] = event.queue
            desk = self._desks.get(event.queue.queue_id)
            if desk is not None:
                desk.threshold = event.queue.service_threshold

    def _close_stay(
        self, interaction_id: InteractionId, at: datetime, *, is_overflow: bool, is_short: bool = False
    ) -> None:
        """A stay without an answer is over."""
        since, desk, figures = self._open.pop(interaction_id)
        line = desk.line
        line.area += self._passed
        line.now -= 1
        if figures is None:
            return
        waited = at - since
        figures.waiting -= 1
        figures.waited += waited
        if waited > figures.longest:
            figures.longest = waited
        if is_overflow:
            figures.overflowed += 1
            return
        figures.abandoned += 1
        figures.short_abandons += is_short
        if waited <= desk.threshold:
            figures.abandoned_in_time += 1

    def _figures(self, queue_id: QueueId, at: datetime) -> Figures:
        desk = self._desks.get(queue_id)
        slot = slot_of(at)
        if desk is not None and slot == self._slot and desk.figures is not None:
            return desk.figures
        figures = self.figures.get((queue_id, slot))
        if figures is None:
            figures = self.figures[queue_id, slot] = Figures()
        if desk is not None and slot == self._slot:
            desk.figures = figures
        return figures

    # --- time

    def _go_to(self, at: datetime) -> None:
        """It is `at` now; only what lies between the two moments counts."""
        self._at = at
        counted = max(at, self.counts_from) if at < self.counts_to else self.counts_to
        self._passed = counted - self._since

    def _start_slot(self, event: SlotStarted) -> None:
        self._settle(event.at)
        self._begin_slot(event.slot)

    def _begin_slot(self, slot: int) -> None:
        self._slot = slot
        start, end = slot_start(slot), slot_start(slot + 1)
        self._plain_until = end if self.counts_from <= start and end <= self.counts_to else EPOCH
        for desk in self._desks.values():
            desk.figures = None
        for line in self.lines.values():
            line.peak = line.most[slot] = line.now

    def _settle(self, at: datetime) -> None:
        """Cuts what goes on at a moment, and writes down what was before it."""
        self._go_to(at)
        passed, slot = self._passed, self._slot
        sums = [-came for came in self._came]
        for place, moments in enumerate(self._moves):
            if moments:
                was, state = divmod(place, _STATE_COUNT)
                sums[was] += moments
                sums[state] -= moments
        for was, count in Counter(self._states.values()).items():
            sums[was // _STATE_COUNT] += passed * count
        if any(sums):
            staffing = self.staffing.get(slot)
            if staffing is None:
                staffing = self.staffing[slot] = Staffing()
            for state, length in enumerate(sums):
                if length:
                    staffing.add(_STATES[state], length)
            self._came[:] = [_NOTHING] * _STATE_COUNT
            self._moves[:] = [_NOTHING] * _STATE_COUNT**2
        for line in self.lines.values():
            area = line.area + passed * line.now
            line.area = _NOTHING
            if area:
                line.sums[slot] = line.sums.get(slot, _NOTHING) + area
            if line.peak > line.most.get(slot, 0):
                line.most[slot] = line.peak
        self._since += passed
        self._passed = _NOTHING


_TAKES: Final[dict[type[AcdEvent], Callable[[Statistics, Any], None]]] = {
    QueueConfigured: Statistics._configure,
    InteractionQueued: Statistics._enter,
    InteractionConnected: Statistics._answer,
    InteractionEnded: Statistics._leave,
    InteractionOverflowed: Statistics._overflow,
    CallbackPromised: Statistics._overflow,
    SlotStarted: Statistics._start_slot,
}

_FOLDINGS: Final[dict[type[AcdEvent], tuple[Callable[[Statistics, Any], None] | None, int]]] = {
    kind: (_TAKES.get(kind), _STATES.index(STATE_AFTER[kind]) if kind in STATE_AFTER else -1)
    for kind in _TAKES.keys() | STATE_AFTER.keys()
}
"""What to do with an event, and what the agent whom it names is then: a place in `_STATES`, or -1."""
