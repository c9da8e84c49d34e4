"""Folds the engine's events into figures while a run goes on; keeps sums, no events."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from otklik.acd.events import (
    AcdEvent,
    AgentMadeNotReady,
    AgentMadeReady,
    AgentSignedIn,
    AgentSignedOut,
    InteractionConnected,
    InteractionEnded,
    InteractionHeld,
    InteractionQueued,
    InteractionResumed,
    ManualInteractionStarted,
    OfferAccepted,
    OfferMade,
    ReconnectionStarted,
    ReconnectionSucceeded,
    WrapUpStarted,
)
from otklik.acd.model import AgentState, EndReason, QueueingCause, QueueRules
from otklik.vocabulary.ids import AgentId, InteractionId, QueueId
from otklik.vocabulary.time import slot_of

_NOTHING = timedelta()

STATE_AFTER: dict[type[AcdEvent], AgentState] = {
    AgentSignedIn: AgentState.NOT_READY,
    AgentMadeNotReady: AgentState.NOT_READY,
    AgentMadeReady: AgentState.READY,
    AgentSignedOut: AgentState.SIGNED_OUT,
    OfferMade: AgentState.OFFERED,
    OfferAccepted: AgentState.CONNECTING,
    ManualInteractionStarted: AgentState.CONNECTING,
    InteractionConnected: AgentState.CONNECTED,
    InteractionResumed: AgentState.CONNECTED,
    ReconnectionSucceeded: AgentState.CONNECTED,
    InteractionHeld: AgentState.HELD,
    ReconnectionStarted: AgentState.RECONNECTING,
    WrapUpStarted: AgentState.WRAP_UP,
}
"""What an agent is after an event that names him."""

HANDLING = (AgentState.CONNECTED, AgentState.HELD, AgentState.RECONNECTING, AgentState.WRAP_UP)
AT_WORK = (AgentState.READY, AgentState.OFFERED, AgentState.CONNECTING, *HANDLING)


@dataclass(slots=True)
class Figures:
    """Counts and sums of the interactions that arrived in a queue, or in one 15-minute slot of it.

    waited: of all; waited_answered: of the answered ones; both end when both hear each other, or with
    hanging up.
    """

    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    short_abandons: int = 0
    answered_in_time: int = 0
    abandoned_in_time: int = 0
    waiting: int = 0
    waited: timedelta = _NOTHING
    waited_answered: timedelta = _NOTHING

    @property
    def service_level(self) -> float | None:
        """F3: answered in time / offered. None where nobody called."""
        return _share(self.answered_in_time, self.offered)

    @property
    def service_level_without_short_abandons(self) -> float | None:
        """F6: answered in time / (offered - short abandons)."""
        return _share(self.answered_in_time, self.offered - self.short_abandons)

    @property
    def abandonment(self) -> float | None:
        return _share(self.abandoned, self.offered)

    @property
    def average_wait(self) -> timedelta | None:
        return self.waited / self.offered if self.offered else None

    def add(self, other: "Figures") -> None:
        self.offered += other.offered
        self.answered += other.answered
        self.abandoned += other.abandoned
        self.short_abandons += other.short_abandons
        self.answered_in_time += other.answered_in_time
        self.abandoned_in_time += other.abandoned_in_time
        self.waiting += other.waiting
        self.waited += other.waited
        self.waited_answered += other.waited_answered


@dataclass(slots=True)
class Statistics:
    """Counts those who arrive in [counts_from, counts_to), and the agents' time within it.

    figures: by queue and slot of arrival. agent_time: by voice state, over all agents. A stay that an
    agent's lost phone or a transfer begins anew counts with the first one.
    """

    rules: dict[QueueId, QueueRules]
    counts_from: datetime
    counts_to: datetime
    figures: dict[tuple[QueueId, int], Figures] = field(default_factory=dict)
    agent_time: dict[AgentState, timedelta] = field(
        default_factory=lambda: dict.fromkeys(AgentState, _NOTHING)
    )
    _open: dict[InteractionId, tuple[datetime, QueueId, Figures]] = field(default_factory=dict)
    _states: dict[AgentId, tuple[AgentState, datetime]] = field(default_factory=dict)

    def note(self, event: AcdEvent) -> None:
        """Take in one event."""
        kind = type(event)
        if kind is InteractionQueued:
            assert isinstance(event, InteractionQueued)
            if event.cause is QueueingCause.ARRIVED:
                self._enter(event)
            return
        if kind is InteractionEnded:
            assert isinstance(event, InteractionEnded)
            self._leave(event)
            return
        state = STATE_AFTER.get(kind)
        if state is None:
            return
        if kind is InteractionConnected:
            assert isinstance(event, InteractionConnected)
            self._answer(event)
        agent_id: AgentId = event.agent_id  # type: ignore[union-attr] # all in STATE_AFTER name an agent
        self._change(agent_id, state, event.at)

    def close(self) -> None:
        """The run is over: count the agents' last states up to the end."""
        for agent_id, (state, _) in list(self._states.items()):
            self._change(agent_id, state, max(self.counts_to, self._states[agent_id][1]))

    def total(self, queue_id: QueueId | None = None) -> Figures:
        """All slots of a queue, or of all queues."""
        whole = Figures()
        for (each, _), figures in self.figures.items():
            if queue_id is None or each == queue_id:
                whole.add(figures)
        return whole

    @property
    def occupancy(self) -> float | None:
        """Handling / (ready + offered + connecting + handling); None without agents."""
        at_work = sum((self.agent_time[state] for state in AT_WORK), _NOTHING)
        handling = sum((self.agent_time[state] for state in HANDLING), _NOTHING)
        return handling / at_work if at_work else None

    def _enter(self, event: InteractionQueued) -> None:
        if not self.counts_from <= event.at < self.counts_to:
            return
        key = (event.queue_id, slot_of(event.at))
        figures = self.figures.get(key)
        if figures is None:
            figures = self.figures[key] = Figures()
        figures.offered += 1
        figures.waiting += 1
        self._open[event.interaction_id] = (event.at, event.queue_id, figures)

    def _answer(self, event: InteractionConnected) -> None:
        entered = self._open.pop(event.interaction_id, None)
        if entered is None:
            return
        since, queue_id, figures = entered
        waited = event.at - since
        figures.waiting -= 1
        figures.answered += 1
        figures.waited += waited
        figures.waited_answered += waited
        if waited <= self.rules[queue_id].service_threshold:
            figures.answered_in_time += 1

    def _leave(self, event: InteractionEnded) -> None:
        entered = self._open.pop(event.interaction_id, None)
        if entered is None:
            return
        since, queue_id, figures = entered
        waited = event.at - since
        figures.waiting -= 1
        figures.waited += waited
        figures.abandoned += 1
        if event.reason is EndReason.SHORT_ABANDONED:
            figures.short_abandons += 1
        if waited <= self.rules[queue_id].service_threshold:
            figures.abandoned_in_time += 1

    def _change(self, agent_id: AgentId, state: AgentState, at: datetime) -> None:
        before = self._states.get(agent_id)
        if before is not None:
            begun = max(before[1], self.counts_from)
            ended = min(at, self.counts_to)
            if ended > begun:
                self.agent_time[before[0]] += ended - begun
        self._states[agent_id] = (state, at)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole > 0 else None
