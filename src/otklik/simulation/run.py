"""Lets a scenario happen: virtual time jumps to the next of what was drawn and what the engine itself will
do.

The second shell of the engine; the first is the switchboard. Ties in one millisecond: what the engine does
by itself, then ends of talks, agents who come back, answers, arrivals, and customers who give up; then in
order of drawing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from heapq import heappop, heappush

from otklik.acd.commands import (
    AcceptOffer,
    AcdCommand,
    ConfigureAgent,
    ConfigureQueue,
    ConfigureSite,
    ConfirmConnection,
    EnqueueInteraction,
    MakeAgentReady,
    NoteCustomerLeft,
    NoteDevice,
    RegisterInteraction,
    SignInAgent,
)
from otklik.acd.engine import Engine
from otklik.acd.events import AcdEvent, AgentMadeNotReady, InteractionConnected, OfferMade
from otklik.acd.model import AgentProfile, NotReadyCause, Phase
from otklik.simulation.draws import Streams
from otklik.simulation.scenario import Scenario
from otklik.simulation.statistics import Figures, Statistics
from otklik.vocabulary.ids import AgentId, InteractionId, OfferId, QueueId

_MILLISECOND = timedelta(milliseconds=1)
_STILL_WAITING = (Phase.WAITING, Phase.OFFERED, Phase.CONNECTING)


class Happening(IntEnum):
    """What was drawn to happen, in the order in which ties are resolved."""

    TALK_ENDS = 1
    AGENT_RETURNS = 2
    AGENT_ANSWERS = 3
    CUSTOMER_ARRIVES = 4
    CUSTOMER_GIVES_UP = 5


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a run. events: how many the engine gave; calls: how many were drawn, warm-up included."""

    seed: int
    calls: int
    events: int
    statistics: Statistics

    @property
    def total(self) -> Figures:
        return self.statistics.total()


@dataclass(slots=True)
class _Call:
    """One customer, drawn before he arrives: so he is the same in every scenario with this seed."""

    interaction_id: InteractionId
    queue_id: QueueId
    arrives_at: datetime
    handling: int
    patience: int | None


def run(
    scenario: Scenario,
    streams: Streams,
    *,
    engine: Engine | None = None,
    listen: Callable[[AcdEvent], None] | None = None,
) -> Result:
    """Let it happen. engine: a fresh one, if another than the default is wanted. listen: hears every
    event."""
    shell = _Shell(scenario, streams, engine or Engine(is_checked=False), listen)
    return shell.run()


class _Shell:
    """The state of a run: the engine, what was drawn, what is still to happen."""

    def __init__(
        self,
        scenario: Scenario,
        streams: Streams,
        engine: Engine,
        listen: Callable[[AcdEvent], None] | None,
    ) -> None:
        self._scenario = scenario
        self._streams = streams
        self._engine = engine
        self._listen = listen
        self._calls = _draw_calls(scenario, streams)
        self._by_id = {call.interaction_id: call for call in self._calls}
        self._heap: list[tuple[datetime, Happening, int]] = []
        self._rings = _Repeated(lambda count: scenario.ring.draw(streams.stream("ring"), count))
        self._misses = _Repeated(lambda count: _draw_misses(scenario, streams, count))
        self._events = 0
        self._statistics = Statistics(
            rules={load.queue.queue_id: load.queue for load in scenario.queues},
            counts_from=scenario.start + scenario.warm_up,
            counts_to=scenario.start + scenario.duration,
        )

    def run(self) -> Result:
        self._begin()
        engine, heap, calls = self._engine, self._heap, self._calls
        arrived = 0
        for call in calls:
            heappush(heap, (call.arrives_at, Happening.CUSTOMER_ARRIVES, call.interaction_id))
        while heap and (arrived < len(calls) or engine.state.interactions):
            moment, happening, identity = heap[0]
            deadline = engine.next_deadline()
            if deadline is not None and deadline <= moment:
                self._take(engine.advance(deadline))
                continue
            heappop(heap)
            arrived += happening is Happening.CUSTOMER_ARRIVES
            self._happen(moment, happening, identity)
        self._statistics.close()
        return Result(
            seed=self._streams.seed, calls=len(calls), events=self._events, statistics=self._statistics
        )

    def _begin(self) -> None:
        """Configure the engine; all agents sign in and become ready."""
        scenario, at = self._scenario, self._scenario.start
        self._ask(ConfigureSite(at=at, site=scenario.site))
        for load in scenario.queues:
            self._ask(ConfigureQueue(at=at, queue=load.queue))
        number = 0
        for group in scenario.agents:
            for _ in range(group.count):
                number += 1
                agent_id = AgentId(number)
                profile = AgentProfile(agent_id=agent_id, skills=group.skills)
                self._ask(ConfigureAgent(at=at, agent=profile))
                self._ask(SignInAgent(at=at, agent_id=agent_id))
                self._ask(NoteDevice(at=at, agent_id=agent_id, is_reachable=True))
                self._ask(MakeAgentReady(at=at, agent_id=agent_id))

    def _happen(self, at: datetime, happening: Happening, identity: int) -> None:
        """What was drawn comes true, unless the world has moved on."""
        engine = self._engine
        if happening is Happening.AGENT_RETURNS:
            self._ask(MakeAgentReady(at=at, agent_id=AgentId(identity)))
        elif happening is Happening.AGENT_ANSWERS:
            self._answer(OfferId(identity), at)
        elif happening is Happening.CUSTOMER_ARRIVES:
            call = self._by_id[InteractionId(identity)]
            self._ask(RegisterInteraction(at=at, interaction_id=call.interaction_id))
            self._ask(EnqueueInteraction(at=at, interaction_id=call.interaction_id, queue_id=call.queue_id))
            if (
                call.patience is not None
                and engine.state.interactions[call.interaction_id].phase in _STILL_WAITING
            ):
                self._later(at, call.patience, Happening.CUSTOMER_GIVES_UP, identity)
        else:
            interaction = engine.interaction(InteractionId(identity))
            if interaction is None:
                return
            if happening is Happening.TALK_ENDS or interaction.phase in _STILL_WAITING:
                self._ask(NoteCustomerLeft(at=at, interaction_id=interaction.interaction_id))

    def _ask(self, command: AcdCommand) -> None:
        self._take(self._engine.handle(command))

    def _take(self, events: list[AcdEvent]) -> None:
        """Count events, and let the people of the scenario react."""
        self._events += len(events)
        note, listen = self._statistics.note, self._listen
        for event in events:
            note(event)
            if listen is not None:
                listen(event)
        for event in events:
            self._react(event)

    def _react(self, event: AcdEvent) -> None:
        if isinstance(event, OfferMade):
            if self._misses.next():
                return  # the offer will expire
            ring = self._rings.next()
            if ring:
                self._later(event.at, ring, Happening.AGENT_ANSWERS, event.offer_id)
            else:
                self._answer(event.offer_id, event.at)
        elif isinstance(event, InteractionConnected):
            handling = self._by_id[event.interaction_id].handling
            self._later(event.at, handling, Happening.TALK_ENDS, event.interaction_id)
        elif isinstance(event, AgentMadeNotReady) and event.cause is NotReadyCause.MISSED_OFFER:
            away = self._scenario.away // _MILLISECOND
            self._later(event.at, away, Happening.AGENT_RETURNS, event.agent_id)

    def _answer(self, offer_id: OfferId, at: datetime) -> None:
        """The agent takes the call, if it still rings; both hear each other at once."""
        interaction_id = self._engine.state.offers.get(offer_id)
        if interaction_id is not None:
            self._ask(AcceptOffer(at=at, offer_id=offer_id))
            self._ask(ConfirmConnection(at=at, interaction_id=interaction_id))

    def _later(self, at: datetime, milliseconds: int, happening: Happening, identity: int) -> None:
        heappush(self._heap, (at + timedelta(milliseconds=milliseconds), happening, identity))


class _Repeated:
    """Draws in blocks, since one at a time is slow. The block grows from one stream: the order of use
    decides."""

    __slots__ = ("_draw", "_drawn", "_next")

    def __init__(self, draw: Callable[[int], list[int]]) -> None:
        self._draw = draw
        self._drawn: list[int] = []
        self._next = 0

    def next(self) -> int:
        if self._next == len(self._drawn):
            # A stream begins anew with each call, so the longer block begins with the one that was used up.
            self._drawn = self._draw(max(1024, 2 * len(self._drawn)))
        value = self._drawn[self._next]
        self._next += 1
        return value


def _draw_calls(scenario: Scenario, streams: Streams) -> list[_Call]:
    found: list[tuple[int, int, int, int | None]] = []
    for index, load in enumerate(scenario.queues):
        moments = load.arrivals.draw(streams.stream("arrivals", index))
        count = len(moments)
        handling = load.handling.draw(streams.stream("handling", index), count)
        patience: list[int] | list[None] = [None] * count
        if load.patience is not None:
            patience = load.patience.draw(streams.stream("patience", index), count)
        found += [
            (moment, index, length, limit)
            for moment, length, limit in zip(moments, handling, patience, strict=True)
        ]
    found.sort(key=lambda one: one[:2])
    return [
        _Call(
            interaction_id=InteractionId(number),
            queue_id=scenario.queues[index].queue.queue_id,
            arrives_at=scenario.start + timedelta(milliseconds=moment),
            handling=handling,
            patience=limit,
        )
        for number, (moment, index, handling, limit) in enumerate(found, start=1)
    ]


def _draw_misses(scenario: Scenario, streams: Streams, count: int) -> list[int]:
    if not scenario.missed:
        return [0] * count
    missed: list[int] = (streams.stream("missed").uniform(0, 1, count) < scenario.missed).astype(int).tolist()
    return missed
