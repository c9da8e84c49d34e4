"""Lets a scenario happen: virtual time jumps to the next of what was drawn and what the engine itself will
do.

The second shell of the engine; the first is the switchboard. Ties in one millisecond: what the engine does
by itself, then ends of talks, agents who come back, answers, arrivals, and customers who give up; then in
order of drawing. Customers are drawn a day at a time, so a run of years needs no more memory than a day.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Final

from msgspec import structs

from otklik.acd.commands import (
    AcceptOffer,
    ConfigureAgent,
    ConfigurePlan,
    ConfigureQueue,
    ConfigureReason,
    ConfigureSite,
    ConfirmConnection,
    EndInteraction,
    EnqueueInteraction,
    EnterFlow,
    FailManualInteraction,
    FinishWrapUp,
    ForwardInteraction,
    MakeAgentNotReady,
    MakeAgentReady,
    NoteCustomerLeft,
    NoteDevice,
    PromiseCallback,
    RegisterInteraction,
    RequeueInteraction,
    SignInAgent,
    SignOutAgent,
)
from otklik.acd.engine import Engine
from otklik.acd.events import (
    AcdEvent,
    AgentMadeNotReady,
    CallbackDialed,
    CallbackOffered,
    InteractionConnected,
    InteractionEnded,
    InteractionOverflowed,
    OfferMade,
    WrapUpStarted,
)
from otklik.acd.model import (
    AgentProfile,
    AssignmentPhase,
    Availability,
    EndReason,
    NotReadyCause,
    OverflowTo,
    Phase,
    ReasonRules,
    Target,
    TargetKind,
)
from otklik.simulation.draws import DAY_MS, Drawn, Fixed, Shares, Streams, lengths
from otklik.simulation.scenario import AgentGroup, Onward, QueueLoad, Scenario
from otklik.simulation.statistics import Figures, React, Statistics
from otklik.simulation.timeline import Timeline
from otklik.vocabulary.ids import AgentId, InteractionId, OfferId, PartyId, ReasonId
from otklik.vocabulary.refusals import Refused
from otklik.vocabulary.time import duration_ms

_DAY: Final = timedelta(days=1)
_MILLISECOND: Final = timedelta(milliseconds=1)
_STILL_WAITING: Final = (Phase.WAITING, Phase.OFFERED, Phase.CONNECTING)
_BREAK: Final = ReasonId(1)
_UNREACHED: Final = frozenset({EndReason.ABANDONED, EndReason.SHORT_ABANDONED})


class Happening(IntEnum):
    """What was drawn to happen, in the order in which ties are resolved."""

    TALK_ENDS = 1
    WRAP_UP_ENDS = 2
    SHIFT_ENDS = 3
    SHIFT_BEGINS = 4
    BREAK_BEGINS = 5
    BREAK_ENDS = 6
    AGENT_RETURNS = 7
    AGENT_ANSWERS = 8
    DAY_BEGINS = 9
    CUSTOMER_ARRIVES = 10
    CUSTOMER_REDIALS = 11
    CUSTOMER_GIVES_UP = 12
    CALLBACK_DECIDED = 13
    OUTSIDE_DECIDED = 14


# Asked for with each customer: a look-up on the class of an enum is dear.
_TALK_ENDS: Final = Happening.TALK_ENDS
_AGENT_ANSWERS: Final = Happening.AGENT_ANSWERS
_CUSTOMER_ARRIVES: Final = Happening.CUSTOMER_ARRIVES
_CUSTOMER_GIVES_UP: Final = Happening.CUSTOMER_GIVES_UP


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a run. events: how many the engine gave; calls: how many arrived, warm-up and those who
    called again included."""

    seed: int
    calls: int
    events: int
    statistics: Statistics
    replication: int = 0

    @property
    def total(self) -> Figures:
        return self.statistics.total()


class _Call:
    """One customer, drawn before he arrives: so he is the same in every scenario with this seed."""

    __slots__ = ("handling", "load", "misses", "onward", "patience", "ring")

    def __init__(
        self, load: "_Load", handling: timedelta, patience: timedelta | None, ring: timedelta, misses: float
    ) -> None:
        self.load = load
        self.handling = handling
        self.patience = patience
        self.ring = ring
        self.misses = misses
        self.onward: Onward | None = None


class _Load:
    """A queue's customers of the day, and the draws for what is not known when they arrive."""

    __slots__ = (
        "able",
        "accepts",
        "dialings",
        "handling",
        "handlings",
        "load",
        "misses",
        "moments",
        "next",
        "onward",
        "outside",
        "outside_dialings",
        "outside_talks",
        "patience",
        "patiences",
        "pauses",
        "queue_id",
        "redials",
        "ring",
        "rings",
        "shares",
        "wishes",
        "wrap_ups",
    )  # fmt: skip

    def __init__(self, scenario: Scenario, load: QueueLoad, streams: Streams) -> None:
        name = load.name
        self.load = load
        self.queue_id = load.queue.queue_id
        self.next = 0
        self.moments: list[datetime] = []
        self.handlings: list[timedelta] = []
        self.patiences: list[timedelta] = []
        self.rings: list[timedelta] = []
        self.misses: list[float] = []
        self.onward: list[float] = []
        # For customers who come from elsewhere, and for second offers: in the order of need.
        self.handling = Drawn(load.handling, streams.stream("handling of others", name))
        self.patience = (
            Drawn(load.patience, streams.stream("patience of others", name)) if load.patience else None
        )
        self.ring = Drawn(load.ring or scenario.ring, streams.stream("ring of others", name))
        self.shares = Shares(streams.stream("shares", name))
        self.wrap_ups = Drawn(load.wrap_up, streams.stream("wrap_up", name)) if load.wrap_up else None
        self.redials = Shares(streams.stream("redials", name))
        self.pauses = Drawn(load.redialing.pause, streams.stream("pauses", name)) if load.redialing else None

        self.wishes = Shares(streams.stream("preferred", name)) if load.preferring else None
        self.able: list[AgentId] = []
        self.accepts = Shares(streams.stream("callbacks", name))
        dialing = load.called_back.dialing if load.called_back else Fixed()
        self.dialings = Drawn(dialing, streams.stream("dialing", name))
        outside = load.outside
        self.outside = Shares(streams.stream("outside", name))
        self.outside_talks = Drawn(outside.talk if outside else Fixed(), streams.stream("outside talk", name))
        self.outside_dialings = Drawn(
            outside.dialing if outside else Fixed(), streams.stream("outside dialing", name)
        )

    def draw_day(self, scenario: Scenario, streams: Streams, day: int, stop: int) -> None:
        """Who calls on this day. stop: milliseconds of the run; nobody calls from there on."""
        load, name, start = self.load, self.load.name, day * DAY_MS
        stop = min(stop, start + DAY_MS)
        self.next = 0
        moments = load.arrivals.draw(
            streams.stream("arrivals", name, day), streams.stream("day", day), start, stop
        )
        self.moments = [scenario.start + length for length in lengths(moments)]
        count = len(moments)
        self.handlings = lengths(load.handling.draw(streams.stream("handling", name, day), count))
        if load.patience is not None:
            self.patiences = lengths(load.patience.draw(streams.stream("patience", name, day), count))
        self.rings = lengths((load.ring or scenario.ring).draw(streams.stream("ring", name, day), count))
        self.misses = streams.stream("missed", name, day).uniform(0, 1, count).tolist()
        if load.onward:
            self.onward = streams.stream("onward", name, day).uniform(0, 1, count).tolist()

    def call(self, place: int) -> _Call:
        """The customer of this place among those of the day."""
        patiences = self.patiences
        call = _Call(
            self,
            self.handlings[place],
            patiences[place] if patiences else None,
            self.rings[place],
            self.misses[place],
        )
        if self.onward:
            call.onward = self.onward_of(self.onward[place])
        return call

    def another(self) -> _Call:
        """A customer who comes from another queue, or calls again."""
        patience = self.patience.next() * _MILLISECOND if self.patience else None
        handling, ring = self.handling.next() * _MILLISECOND, self.ring.next() * _MILLISECOND
        call = _Call(self, handling, patience, ring, self.shares.next())
        if self.load.onward:
            call.onward = self.onward_of(self.shares.next())
        return call

    def onward_of(self, share: float) -> Onward | None:
        for onward in self.load.onward:
            share -= onward.share
            if share < 0:
                return onward
        return None


def run(
    scenario: Scenario,
    streams: Streams,
    *,
    engine: Engine | None = None,
    listen: Callable[[AcdEvent], None] | None = None,
) -> Result:
    """Let it happen. engine: a fresh one, if another than the default is wanted (unchecked, offers without
    their why). listen: hears every event."""
    shell = _Shell(scenario, streams, engine or Engine(is_checked=False, is_explained=False), listen)
    return shell.run()


class _Shell:
    """The state of a run: what was drawn, who is there."""

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
        self._interactions, self._offers = engine.state.interactions, engine.state.offers
        self._start = scenario.start
        self._end = scenario.start + scenario.duration
        self._loads = [_Load(scenario, load, streams) for load in scenario.queues]
        self._load_of = {load.queue_id: load for load in self._loads}
        self._calls: dict[InteractionId, _Call] = {}
        self._number = 0
        self._groups: dict[AgentId, AgentGroup] = {}
        self._missed: dict[AgentId, float] = {}
        self._unlike: dict[AgentId, AgentGroup] = {}
        """Groups of those whose talks are longer or shorter than drawn."""
        self._breaks: dict[AgentId, int] = {}
        self._pauses: dict[int, tuple[AgentId, int]] = {}
        self._planned = 0
        self._open = 0
        self._statistics = Statistics(
            rules={load.queue.queue_id: load.queue for load in scenario.queues},
            counts_from=scenario.start + scenario.warm_up,
            counts_to=self._end,
        )
        self._timeline = timeline = Timeline(engine, self._statistics, listen)
        self._ask, self._put, self._later = timeline.ask, timeline.put, timeline.later
        timeline.happens = {
            Happening.TALK_ENDS: self._end_talk,
            Happening.WRAP_UP_ENDS: self._end_wrap_up,
            Happening.SHIFT_ENDS: self._end_shift,
            Happening.SHIFT_BEGINS: self._begin_shift,
            Happening.BREAK_BEGINS: self._begin_break,
            Happening.BREAK_ENDS: self._end_break,
            Happening.AGENT_RETURNS: self._return,
            Happening.AGENT_ANSWERS: self._answer,
            Happening.DAY_BEGINS: self._begin_day,
            Happening.CUSTOMER_ARRIVES: self._arrive_next,
            Happening.CUSTOMER_REDIALS: self._redial,
            Happening.CUSTOMER_GIVES_UP: self._give_up,
            Happening.CALLBACK_DECIDED: self._decide_callback,
            Happening.OUTSIDE_DECIDED: self._decide_outside,
        }
        reactions: dict[type[AcdEvent], React] = {
            OfferMade: self._hear_offer,
            CallbackOffered: self._hear_callback_offer,
            CallbackDialed: self._hear_dialing,
            InteractionOverflowed: self._hear_overflow,
            InteractionConnected: self._hear_connection,
            InteractionEnded: self._hear_end,
            AgentMadeNotReady: self._hear_not_ready,
        }
        if any(load.wrap_ups for load in self._loads):
            reactions[WrapUpStarted] = self._hear_wrap_up
        self._statistics.listen_for(reactions)

    def run(self) -> Result:
        self._begin()
        self._timeline.run(self._end, lambda: self._open > 0)
        return Result(
            seed=self._streams.seed,
            calls=self._number,
            events=self._timeline.events,
            statistics=self._statistics,
            replication=self._streams.replication,
        )

    def _begin(self) -> None:
        """Configure the engine; the first day begins."""
        scenario, at = self._scenario, self._start
        self._ask(ConfigureSite(at=at, site=scenario.site))
        self._ask(ConfigureReason(at=at, reason=ReasonRules(reason_id=_BREAK)))
        for load in scenario.queues:
            self._ask(ConfigureQueue(at=at, queue=load.queue))
        number = 0
        for group in scenario.agents:
            for _ in range(group.count):
                number += 1
                agent_id = AgentId(number)
                self._groups[agent_id] = group
                self._missed[agent_id] = scenario.missed if group.missed is None else group.missed
                if group.handle_factor != 1.0 or group.handle_factors:
                    self._unlike[agent_id] = group
                self._ask(ConfigureAgent(at=at, agent=AgentProfile(agent_id=agent_id, skills=group.skills)))
                self._ask(NoteDevice(at=at, agent_id=agent_id, is_reachable=True))
        for plan in scenario.plans:
            followers = tuple(
                agent_id for agent_id, group in self._groups.items() if group.plan == plan.plan_id
            )
            self._ask(ConfigurePlan(at=at, plan=structs.replace(plan, agent_ids=followers)))
        for drawn in self._loads:
            if drawn.wishes is not None:
                asked = drawn.load.queue.skills
                drawn.able = [
                    agent_id
                    for agent_id, group in self._groups.items()
                    if all(group.skills.get(one.skill_id, 0) >= one.minimum for one in asked)
                ]
        if scenario.duration > timedelta():
            self._begin_day(at, 0)

    # --- days

    def _begin_day(self, at: datetime, day: int) -> None:
        """Draw who calls and who works today."""
        scenario, streams = self._scenario, self._streams
        stop = duration_ms(scenario.duration)
        for index, load in enumerate(self._loads):
            load.draw_day(scenario, streams, day, stop)
            if load.moments:
                self._open += 1
                self._put(load.moments[0], _CUSTOMER_ARRIVES, index)
        self._draw_presence(at, day)
        if at + _DAY < self._end:
            self._put(at + _DAY, Happening.DAY_BEGINS, day + 1)

    def _draw_presence(self, at: datetime, day: int) -> None:
        agent_id = 0
        for place, group in enumerate(self._scenario.agents):
            first = agent_id + 1
            agent_id += group.count
            if not group.shifts and not group.absence and day:
                continue  # there all the time
            absent = (
                self._streams.stream("absence", group.name or place, day).uniform(0, 1, group.count).tolist()
            )
            for number in range(group.count):
                if absent[number] < group.absence:
                    if not group.shifts:
                        self._end_shift(at, first + number)
                elif group.shifts:
                    self._plan_shifts(at, AgentId(first + number), group, number)
                else:
                    self._begin_shift(at, first + number)

    def _plan_shifts(self, midnight: datetime, agent_id: AgentId, group: AgentGroup, number: int) -> None:
        for shift in group.shifts:
            begins = midnight + shift.start
            if begins >= self._end:
                continue
            if begins == midnight:
                self._begin_shift(midnight, agent_id)
            else:
                self._put(begins, Happening.SHIFT_BEGINS, agent_id)
            self._put(midnight + shift.end, Happening.SHIFT_ENDS, agent_id)
            for pause in shift.breaks:
                later = pause.spread * number // group.count
                self._planned += 1
                self._pauses[self._planned] = (agent_id, duration_ms(pause.length))
                self._put(midnight + pause.at + later, Happening.BREAK_BEGINS, self._planned)

    # --- agents

    def _begin_shift(self, at: datetime, identity: int) -> None:
        agent_id = AgentId(identity)
        self._ask(SignInAgent(at=at, agent_id=agent_id))
        self._ask(MakeAgentReady(at=at, agent_id=agent_id))

    def _end_shift(self, at: datetime, identity: int) -> None:
        """A talk is finished first."""
        self._breaks.pop(AgentId(identity), None)
        self._ask(SignOutAgent(at=at, agent_id=AgentId(identity), forced=True))

    def _begin_break(self, at: datetime, identity: int) -> None:
        """The agent wishes it; it begins when he is free."""
        agent_id, length = self._pauses.pop(identity)
        agent = self._engine.agent(agent_id)
        if agent is None or agent.availability is Availability.SIGNED_OUT or agent.intent == "signed_out":
            return
        self._breaks[agent_id] = length
        self._ask(MakeAgentNotReady(at=at, agent_id=agent_id, reason_id=_BREAK))

    def _end_break(self, at: datetime, identity: int) -> None:
        agent = self._engine.agent(AgentId(identity))
        if agent is not None and agent.availability is Availability.NOT_READY and agent.reason_id == _BREAK:
            self._ask(MakeAgentReady(at=at, agent_id=agent.agent_id))

    def _return(self, at: datetime, identity: int) -> None:
        """Back after a missed offer, unless a break or the evening came in between."""
        agent = self._engine.agent(AgentId(identity))
        if (
            agent is not None
            and agent.availability is Availability.NOT_READY
            and agent.cause is NotReadyCause.MISSED_OFFER
        ):
            self._ask(MakeAgentReady(at=at, agent_id=agent.agent_id))

    def _answer(self, at: datetime, identity: int) -> None:
        """The agent takes the call, if it still rings; both hear each other at once."""
        if identity in self._offers:
            self._ask(AcceptOffer(at=at, offer_id=OfferId(identity), is_connected=True))

    def _end_wrap_up(self, at: datetime, identity: int) -> None:
        agent = self._engine.agent(AgentId(identity))
        assignment = None if agent is None else agent.assignment
        if assignment is not None and assignment.phase is AssignmentPhase.WRAP_UP:
            self._ask(FinishWrapUp(at=at, agent_id=AgentId(identity)))

    # --- customers

    def _arrive_next(self, at: datetime, index: int) -> None:
        """The next customer of a queue's day; the one after him is put on the heap."""
        load = self._loads[index]
        place, moments = load.next, load.moments
        load.next = following = place + 1
        if following < len(moments):
            self._put(moments[following], _CUSTOMER_ARRIVES, index)
        else:
            self._open -= 1
        self._arrive(at, load.call(place))

    def _arrive(self, at: datetime, call: _Call) -> None:
        self._number += 1
        lines = self._scenario.lines
        if lines and len(self._engine.state.interactions) >= lines:
            self._block(at, call)
            return
        interaction_id, party_id = InteractionId(self._number), PartyId(self._number)
        self._calls[interaction_id] = call
        load = call.load
        outside = load.load.outside
        if outside is not None and load.outside.next() < outside.share:
            self._send_outside(at, interaction_id, call)
            return
        queue_id = load.queue_id
        preferred = self._preferred(load) if load.wishes is not None else AgentId(0)
        try:
            if preferred:
                self._ask(RegisterInteraction(at=at, interaction_id=interaction_id, party_id=party_id))
                self._ask(
                    EnqueueInteraction(
                        at=at,
                        interaction_id=interaction_id,
                        queue_id=queue_id,
                        preferred_agent_id=preferred,
                    )
                )
            else:
                self._ask(
                    RegisterInteraction(
                        at=at, interaction_id=interaction_id, party_id=party_id, queue_id=queue_id
                    )
                )
        except Refused:
            if not preferred:
                self._ask(RegisterInteraction(at=at, interaction_id=interaction_id, party_id=party_id))
            self._ask(EndInteraction(at=at, interaction_id=interaction_id, reason=EndReason.BUSY))
            self._block(at, call)
            return
        if call.patience is not None:
            self._grow_impatient(at, interaction_id, call)

    def _send_outside(self, at: datetime, interaction_id: InteractionId, call: _Call) -> None:
        """His flow has somebody outside called for him; he keeps a line meanwhile."""
        party_id = PartyId(interaction_id)
        self._ask(RegisterInteraction(at=at, interaction_id=interaction_id, party_id=party_id))
        self._ask(EnterFlow(at=at, interaction_id=interaction_id))
        self._ask(
            ForwardInteraction(
                at=at,
                interaction_id=interaction_id,
                target=Target(kind=TargetKind.OUTSIDE, party_id=party_id),
                ring_timeout=self._scenario.site.outside_ring,
                talk_limit=self._scenario.site.outside_limit,
            )
        )
        self._later(at, call.load.outside_dialings.next(), Happening.OUTSIDE_DECIDED, interaction_id)

    def _decide_outside(self, at: datetime, identity: int) -> None:
        """Whoever was called comes, or does not: then the queue has him."""
        interaction_id = InteractionId(identity)
        interaction = self._engine.interaction(interaction_id)
        if interaction is None:
            return
        call = self._calls[interaction_id]
        load, outside = call.load, call.load.load.outside
        is_dialed = interaction.phase is Phase.DIALING
        if is_dialed and outside is not None and load.outside.next() < outside.reached:
            self._ask(ConfirmConnection(at=at, interaction_id=interaction_id))
            self._later(at, load.outside_talks.next(), Happening.TALK_ENDS, interaction_id)
            call.onward = None
            return
        if is_dialed:
            unreached = EndReason.NO_ANSWER
            self._ask(FailManualInteraction(at=at, interaction_id=interaction_id, reason=unreached))
        try:
            self._ask(EnqueueInteraction(at=at, interaction_id=interaction_id, queue_id=load.queue_id))
        except Refused:
            self._ask(EndInteraction(at=at, interaction_id=interaction_id, reason=EndReason.BUSY))
            self._block(at, call)
            return
        self._grow_impatient(at, interaction_id, call)

    def _preferred(self, load: _Load) -> AgentId:
        """Whom this customer would have first; 0 nobody. One draw says whether and whom: the first who is at
        work, from a place among those who can serve him on."""
        if load.wishes is None or not load.able:
            return AgentId(0)
        drawn, share = load.wishes.next(), load.load.preferring
        if drawn >= share:
            return AgentId(0)
        first = int(drawn / share * len(load.able))
        for agent_id in (*load.able[first:], *load.able[:first]):
            agent = self._engine.agent(agent_id)
            if agent is not None and agent.availability is not Availability.SIGNED_OUT:
                return agent_id
        return AgentId(0)

    def _grow_impatient(self, at: datetime, interaction_id: InteractionId, call: _Call) -> None:
        if call.patience is not None:
            interaction = self._interactions.get(interaction_id)
            if interaction is not None and interaction.phase in _STILL_WAITING:
                self._put(at + call.patience, _CUSTOMER_GIVES_UP, interaction_id)

    def _block(self, at: datetime, call: _Call) -> None:
        """No line, or no place in the queue."""
        self._statistics.note_blocked(call.load.queue_id, at)
        self._perhaps_redial(at, call)

    def _perhaps_redial(self, at: datetime, call: _Call) -> None:
        load = call.load
        redialing, pauses = load.load.redialing, load.pauses
        if redialing is None or pauses is None:
            return
        share, pause = load.redials.next(), pauses.next()
        if share < redialing.share and at + pause * _MILLISECOND < self._end:
            self._later(at, pause, Happening.CUSTOMER_REDIALS, self._loads.index(load))

    def _redial(self, at: datetime, index: int) -> None:
        self._arrive(at, self._loads[index].another())

    def _give_up(self, at: datetime, identity: int) -> None:
        interaction = self._interactions.get(InteractionId(identity))
        if interaction is not None and interaction.phase in _STILL_WAITING:
            self._ask(NoteCustomerLeft(at=at, interaction_id=interaction.interaction_id))

    def _end_talk(self, at: datetime, identity: int) -> None:
        """The customer hangs up, or is sent to another queue."""
        interaction_id = InteractionId(identity)
        if interaction_id not in self._interactions:
            return
        onward = self._calls[interaction_id].onward
        if onward is None:
            self._ask(NoteCustomerLeft(at=at, interaction_id=interaction_id))
            return
        call = self._calls[interaction_id] = self._load_of[onward.to].another()
        try:
            self._ask(RequeueInteraction(at=at, interaction_id=interaction_id, queue_id=onward.to))
        except Refused:  # no place there: he has to call again
            self._ask(NoteCustomerLeft(at=at, interaction_id=interaction_id))
            return
        self._grow_impatient(at, interaction_id, call)

    # --- what people hear

    def _hear_offer(self, event: OfferMade) -> None:
        call = self._calls[event.interaction_id]
        misses, ring = call.misses, call.ring
        call.misses = -1.0
        if misses < 0:  # not his first offer
            load = call.load
            misses, ring = load.shares.next(), load.ring.next() * _MILLISECOND
        if misses < self._missed[event.agent_id]:
            return  # the offer will expire
        if ring:
            self._put(event.at + ring, _AGENT_ANSWERS, event.offer_id)
        else:
            self._ask(AcceptOffer(at=event.at, offer_id=event.offer_id, is_connected=True))

    def _hear_callback_offer(self, event: CallbackOffered) -> None:
        load = self._calls[event.interaction_id].load
        called_back = load.load.called_back
        if called_back is None or load.accepts.next() >= called_back.accept:
            return
        interaction = self._engine.interaction(event.interaction_id)
        if interaction is not None and interaction.phase is Phase.WAITING:  # not offered to an agent since
            self._ask(PromiseCallback(at=event.at, interaction_id=event.interaction_id))

    def _hear_overflow(self, event: InteractionOverflowed) -> None:
        """He hears a message, or his flow goes on without the queue: here he is gone."""
        if event.to in (OverflowTo.MESSAGE, OverflowTo.NODE):
            self._ask(
                EndInteraction(at=event.at, interaction_id=event.interaction_id, reason=EndReason.OVERFLOWED)
            )

    def _hear_dialing(self, event: CallbackDialed) -> None:
        """The agent has taken it; now the customer's phone rings, and perhaps he answers."""
        load = self._calls[event.interaction_id].load
        self._later(event.at, load.dialings.next(), Happening.CALLBACK_DECIDED, event.interaction_id)

    def _decide_callback(self, at: datetime, identity: int) -> None:
        interaction = self._engine.interaction(InteractionId(identity))
        if interaction is None or interaction.phase is not Phase.DIALING:
            return
        load = self._calls[interaction.interaction_id].load
        called_back = load.load.called_back
        if called_back is None or load.accepts.next() < called_back.reached:
            self._ask(ConfirmConnection(at=at, interaction_id=interaction.interaction_id))
        else:
            self._ask(
                FailManualInteraction(
                    at=at, interaction_id=interaction.interaction_id, reason=EndReason.NO_ANSWER
                )
            )

    def _hear_connection(self, event: InteractionConnected) -> None:
        call = self._calls[event.interaction_id]
        handling, group = call.handling, self._unlike.get(event.agent_id)
        if group is not None:
            factor = group.handle_factor * group.handle_factors.get(call.load.queue_id, 1.0)
            if factor != 1.0:
                handling = round(duration_ms(handling) * factor) * _MILLISECOND
        self._put(event.at + handling, _TALK_ENDS, event.interaction_id)

    def _hear_wrap_up(self, event: WrapUpStarted) -> None:
        load = self._load_of.get(event.queue_id)
        if load is not None and load.wrap_ups is not None:
            self._later(event.at, load.wrap_ups.next(), Happening.WRAP_UP_ENDS, event.agent_id)

    def _hear_end(self, event: InteractionEnded) -> None:
        call = self._calls.pop(event.interaction_id, None)
        if call is not None and event.reason in _UNREACHED:
            self._perhaps_redial(event.at, call)

    def _hear_not_ready(self, event: AgentMadeNotReady) -> None:
        if event.cause is NotReadyCause.MISSED_OFFER:
            self._later(event.at, duration_ms(self._scenario.away), Happening.AGENT_RETURNS, event.agent_id)
        elif event.reason_id == _BREAK:
            length = self._breaks.pop(event.agent_id, 0)
            self._later(event.at, length, Happening.BREAK_ENDS, event.agent_id)
