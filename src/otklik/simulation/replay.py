"""A recorded day once more, by the engine itself in virtual time: the same customers at the same moments,
with the talks and the patience that they had, and the agents when they were there.

Who waits for whom is decided anew. So the service level of the twin can be held against the real one: this is
the proof that what-ifs of this centre can be trusted. What the day does not tell is imputed and counted: how
long those who were answered would have waited, how long those who gave up would have talked, how agents would
have heard an offer that was not made then.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Final

from msgspec import structs

from otklik.acd.commands import (
    AcceptOffer,
    AcdCommand,
    ConfigureAgent,
    ConfigureQueue,
    ConfigureReason,
    ConfirmConnection,
    DeclineOffer,
    EndInteraction,
    EnqueueInteraction,
    FailOffer,
    FinishWrapUp,
    MakeAgentNotReady,
    MakeAgentReady,
    NoteCustomerLeft,
    NoteDevice,
    RegisterInteraction,
    RequeueInteraction,
    SignInAgent,
    SignOutAgent,
)
from otklik.acd.engine import Engine
from otklik.acd.events import (
    AcdEvent,
    AgentMadeNotReady,
    InteractionConnected,
    InteractionQueued,
    OfferMade,
    WrapUpStarted,
)
from otklik.acd.model import (
    AssignmentPhase,
    Availability,
    EndReason,
    NotReadyCause,
    Phase,
    QueueingCause,
    ReasonRules,
)
from otklik.simulation.draws import Drawn, Recorded, Shares, Streams
from otklik.simulation.history import estimate_patience
from otklik.simulation.recorded import Heard, Recording, Ring, Stay
from otklik.simulation.run import Result
from otklik.simulation.statistics import React, Statistics
from otklik.simulation.timeline import Timeline
from otklik.vocabulary.ids import AgentId, InteractionId, OfferId, QueueId, ReasonId
from otklik.vocabulary.refusals import Refused
from otklik.vocabulary.time import EPOCH

LEAD: Final = timedelta(hours=2)
"""So long before the day the replay begins, so that the day finds a centre at work."""

FEWEST_ABANDONS: Final = 20
"""A queue with fewer has its patience from all queues together."""

LONGEST_WRAP_UP: Final = timedelta(hours=12)
_AWAY: Final = ReasonId(1)
_NOT_READY_MS: Final = 30_000
_STILL_WAITING: Final = (Phase.WAITING, Phase.OFFERED, Phase.CONNECTING)


class Happening(IntEnum):
    """What is put on the time line, in the order in which ties are resolved."""

    CONFIGURATION_CHANGES = 1
    TALK_ENDS = 2
    AGENT_CHANGES = 3
    AGENT_ACTS = 4
    CUSTOMER_CONNECTS = 5
    CUSTOMER_ARRIVES = 6
    CUSTOMER_GIVES_UP = 7


class Change(IntEnum):
    """How an agent changes; of two in one moment one agent does the sooner in this list, and the agents go by
    their numbers. A break that was wished for during a talk begins with the end of the wrap-up, before the
    next offer."""

    SIGNS_OUT = 0
    NOT_READY = 1
    WRAP_UP_ENDS = 2
    READY = 3
    RETURNS = 4


_CHANGE_TO: Final = {
    Availability.SIGNED_OUT: Change.SIGNS_OUT,
    Availability.NOT_READY: Change.NOT_READY,
    Availability.READY: Change.READY,
}
_AVAILABILITY_OF: Final = {change: availability for availability, change in _CHANGE_TO.items()}
_CHANGES: Final = 8


@dataclass(slots=True)
class Imputed:
    """How often what the day does not tell was drawn. patience: for those who were answered; handling: for
    those who had given up; rings: for offers that were not made then."""

    patience: int = 0
    handling: int = 0
    rings: int = 0


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of it. customers: how many called, the hours before the day left out."""

    result: Result
    imputed: Imputed
    customers: int


def replay(
    recording: Recording,
    streams: Streams,
    *,
    start: datetime,
    end: datetime,
    change: Callable[[AcdCommand], AcdCommand | None] | None = None,
    listen: Callable[[AcdEvent], None] | None = None,
) -> Replayed:
    """Let the day [start, end) happen again. change: alters or leaves out a command of the configuration, for
    what-ifs of a real day."""
    return _Replay(recording, streams, start, end, change, listen).run()


class _Customer:
    """Where a customer stands in the chain of his stays."""

    __slots__ = ("heard", "place", "stay")

    def __init__(self, stay: Stay) -> None:
        self.stay = stay
        self.place = 0
        self.heard = 0

    def go_on(self, stay: Stay) -> None:
        self.stay = stay
        self.place += 1
        self.heard = 0


_STAYS_OF_A_CUSTOMER: Final = 1000


class _Replay:
    """The state of a replay."""

    def __init__(
        self,
        recording: Recording,
        streams: Streams,
        start: datetime,
        end: datetime,
        change: Callable[[AcdCommand], AcdCommand | None] | None,
        listen: Callable[[AcdEvent], None] | None,
    ) -> None:
        self._recording = recording
        self._streams = streams
        self._start, self._end = start, end
        self._begin_at = start - LEAD
        self._change = change
        self._engine = Engine(is_checked=False)
        self._statistics = Statistics(rules={}, counts_from=start, counts_to=end)
        stays = recording.stays
        first = bisect_left(stays, self._begin_at, key=lambda stay: stay.entered_at)
        last = bisect_left(stays, end, key=lambda stay: stay.entered_at)
        self._stays = stays[first:last]
        self._customers: dict[InteractionId, _Customer] = {}
        self._acts: dict[OfferId, tuple[Ring, InteractionId]] = {}
        self._away: dict[AgentId, int] = {}
        self._changes: list[AcdCommand] = []
        self._arrived = 0
        self._imputed = Imputed()
        self._unknown = _Unknown(stays, streams)
        self._timeline = timeline = Timeline(self._engine, self._statistics, listen)
        self._put, self._later = timeline.put, timeline.later
        timeline.happens = {
            Happening.TALK_ENDS: self._end_talk,
            Happening.CONFIGURATION_CHANGES: self._configure,
            Happening.AGENT_CHANGES: self._change_agent,
            Happening.AGENT_ACTS: self._act,
            Happening.CUSTOMER_CONNECTS: self._connect,
            Happening.CUSTOMER_ARRIVES: self._arrive,
            Happening.CUSTOMER_GIVES_UP: self._give_up,
        }
        reactions: dict[type[AcdEvent], React] = {
            InteractionQueued: self._hear_queueing,
            OfferMade: self._hear_offer,
            InteractionConnected: self._hear_connection,
            WrapUpStarted: self._hear_wrap_up,
            AgentMadeNotReady: self._hear_not_ready,
        }
        self._statistics.listen_for(reactions)

    def run(self) -> Replayed:
        self._begin()
        self._timeline.run(self._end, lambda: self._arrived < len(self._stays))
        result = Result(
            seed=self._streams.seed,
            calls=len(self._stays),
            events=self._timeline.events,
            statistics=self._statistics,
            replication=self._streams.replication,
        )
        customers = sum(stay.entered_at >= self._start for stay in self._stays)
        return Replayed(result=result, imputed=self._imputed, customers=customers)

    def _begin(self) -> None:
        """The centre as it was when the replay begins; then what is to come."""
        at = self._begin_at
        self._ask(ConfigureReason(at=at, reason=ReasonRules(reason_id=_AWAY)))
        for command in self._recording.changes:
            if command.at > at:
                self._changes.append(command)
                self._put(command.at, Happening.CONFIGURATION_CHANGES, len(self._changes) - 1)
            else:
                self._change_configuration(command, at)
        known: dict[AgentId, Availability] = {}
        for presence in self._recording.presence:
            if presence.at <= at:
                known[presence.agent_id] = presence.availability
            else:
                identity = presence.agent_id * _CHANGES + _CHANGE_TO[presence.availability]
                self._put(presence.at, Happening.AGENT_CHANGES, identity)
        for agent_id, availability in known.items():
            self._make(agent_id, availability, at)
        for number, stay in enumerate(self._stays, start=1):
            self._customers[InteractionId(number)] = _Customer(stay)
            self._put(stay.entered_at, Happening.CUSTOMER_ARRIVES, number)

    # --- the centre

    def _configure(self, at: datetime, number: int) -> None:
        self._change_configuration(self._changes[number], at)

    def _change_configuration(self, command: AcdCommand, at: datetime) -> None:
        if self._change is not None:
            changed = self._change(command)
            if changed is None:
                return
            command = changed
        command = structs.replace(command, at=at)
        if isinstance(command, ConfigureQueue) and command.queue.wrap_up:
            # The agents end it when they did; the queue's own deadline would come before an extended one.
            rules = structs.replace(command.queue, wrap_up=LONGEST_WRAP_UP, wrap_up_limit=LONGEST_WRAP_UP)
            command = ConfigureQueue(at=at, queue=rules)
        self._ask(command)
        if isinstance(command, ConfigureAgent):
            self._ask(NoteDevice(at=at, agent_id=command.agent.agent_id, is_reachable=True))

    def _change_agent(self, at: datetime, identity: int) -> None:
        agent_id, change = AgentId(identity // _CHANGES), Change(identity % _CHANGES)
        if change is Change.WRAP_UP_ENDS:
            self._end_wrap_up(agent_id, at)
        elif change is Change.RETURNS:
            self._return(agent_id, at)
        else:
            self._make(agent_id, _AVAILABILITY_OF[change], at)

    def _make(self, agent_id: AgentId, availability: Availability, at: datetime) -> None:
        if self._engine.agent(agent_id) is None:
            return
        if availability is Availability.SIGNED_OUT:
            self._ask(SignOutAgent(at=at, agent_id=agent_id, forced=True))
            return
        self._ask(SignInAgent(at=at, agent_id=agent_id))
        if availability is Availability.READY:
            self._ask(MakeAgentReady(at=at, agent_id=agent_id))
        else:
            self._ask(MakeAgentNotReady(at=at, agent_id=agent_id, reason_id=_AWAY))

    def _return(self, agent_id: AgentId, at: datetime) -> None:
        """Back after a missed offer, unless he chose otherwise in between."""
        agent = self._engine.agent(agent_id)
        if (
            agent is not None
            and agent.availability is Availability.NOT_READY
            and agent.cause
            in (NotReadyCause.MISSED_OFFER, NotReadyCause.DECLINED_OFFER, NotReadyCause.DEVICE_LOST)
        ):
            self._ask(MakeAgentReady(at=at, agent_id=agent.agent_id))

    # --- customers

    def _arrive(self, at: datetime, number: int) -> None:
        self._arrived += 1
        interaction_id = InteractionId(number)
        stay = self._customers[interaction_id].stay
        self._ask(RegisterInteraction(at=at, interaction_id=interaction_id))
        enqueue = EnqueueInteraction(
            at=at, interaction_id=interaction_id, queue_id=stay.queue_id, priority=stay.priority
        )
        if self._ask(enqueue):
            self._grow_impatient(at, interaction_id)
        else:
            self._ask(EndInteraction(at=at, interaction_id=interaction_id, reason=EndReason.BUSY))

    def _grow_impatient(self, at: datetime, interaction_id: InteractionId) -> None:
        customer = self._customers[interaction_id]
        stay = customer.stay
        patience = stay.waited or 0
        if not (stay.is_lost or stay.is_overflow):
            more = self._unknown.patience(stay.queue_id)
            if more is None:
                return
            # Patience without memory: what is left after the wait that he had.
            patience += more
            self._imputed.patience += 1
        identity = interaction_id * _STAYS_OF_A_CUSTOMER + customer.place
        self._later(at, patience, Happening.CUSTOMER_GIVES_UP, identity)

    def _give_up(self, at: datetime, identity: int) -> None:
        interaction_id, place = divmod(identity, _STAYS_OF_A_CUSTOMER)
        customer = self._customers[InteractionId(interaction_id)]
        interaction = self._engine.interaction(InteractionId(interaction_id))
        if interaction is None or customer.place != place or interaction.phase not in _STILL_WAITING:
            return
        if customer.stay.is_overflow:
            end = EndInteraction(
                at=at, interaction_id=interaction.interaction_id, reason=EndReason.OVERFLOWED
            )
            self._ask(end)
        else:
            self._ask(NoteCustomerLeft(at=at, interaction_id=interaction.interaction_id))

    def _connect(self, at: datetime, identity: int) -> None:
        interaction = self._engine.interaction(InteractionId(identity))
        if interaction is not None and interaction.phase is Phase.CONNECTING:
            self._ask(ConfirmConnection(at=at, interaction_id=interaction.interaction_id))

    def _end_talk(self, at: datetime, identity: int) -> None:
        interaction_id = InteractionId(identity)
        if self._engine.interaction(interaction_id) is None:
            return
        customer = self._customers[interaction_id]
        onward = customer.stay.onward
        if onward is not None:
            requeue = RequeueInteraction(
                at=at, interaction_id=interaction_id, queue_id=onward.queue_id, ahead=onward.is_ahead
            )
            if self._ask(requeue):
                return
        self._ask(NoteCustomerLeft(at=at, interaction_id=interaction_id))

    def _hear_queueing(self, event: InteractionQueued) -> None:
        """He goes on to another queue: by a transfer of ours, or by a rule of the engine."""
        customer = self._customers[event.interaction_id]
        if event.cause in (QueueingCause.ARRIVED, QueueingCause.OFFER_ENDED):
            return
        onward = customer.stay.onward
        if onward is None:
            # Not what happened then: nothing is known of this stay.
            onward = Stay(event.interaction_id, event.queue_id, event.at, event.priority)
        customer.go_on(onward)
        self._grow_impatient(event.at, event.interaction_id)

    # --- agents

    def _hear_offer(self, event: OfferMade) -> None:
        customer = self._customers[event.interaction_id]
        rings, number = customer.stay.rings, customer.heard
        customer.heard += 1
        ring = rings[number] if number < len(rings) else None
        if ring is None or ring.heard is Heard.UNKNOWN:
            # He is known to have let it ring so long when the customer left.
            ring = self._unknown.ring(0 if ring is None else ring.after)
            self._imputed.rings += 1
        self._away[event.agent_id] = self._unknown.away if ring.away is None else ring.away
        if ring.heard is not Heard.EXPIRED:
            self._acts[event.offer_id] = (ring, event.interaction_id)
            self._later(event.at, ring.after, Happening.AGENT_ACTS, event.offer_id)

    def _act(self, at: datetime, identity: int) -> None:
        """He answers, declines, or his phone fails: if it still rings."""
        offer_id = OfferId(identity)
        ring, interaction_id = self._acts.pop(offer_id)
        if offer_id not in self._engine.state.offers:
            return
        if ring.heard is Heard.ACCEPTED:
            self._ask(AcceptOffer(at=at, offer_id=offer_id))
            self._later(at, max(0, ring.connected - ring.after), Happening.CUSTOMER_CONNECTS, interaction_id)
        elif ring.heard is Heard.DECLINED:
            self._ask(DeclineOffer(at=at, offer_id=offer_id))
        else:
            self._ask(FailOffer(at=at, offer_id=offer_id))

    def _hear_connection(self, event: InteractionConnected) -> None:
        stay = self._customers[event.interaction_id].stay
        handling = stay.handling
        if handling is None:
            handling = self._unknown.handling(stay.queue_id)
            self._imputed.handling += 1
        self._later(event.at, handling, Happening.TALK_ENDS, event.interaction_id)

    def _hear_wrap_up(self, event: WrapUpStarted) -> None:
        stay = self._customers[event.interaction_id].stay
        length = stay.wrap_up if stay.handling is not None else self._unknown.wrap_up(stay.queue_id)
        self._change_later(event.at, length, event.agent_id, Change.WRAP_UP_ENDS)

    def _end_wrap_up(self, agent_id: AgentId, at: datetime) -> None:
        agent = self._engine.agent(agent_id)
        assignment = None if agent is None else agent.assignment
        if assignment is not None and assignment.phase is AssignmentPhase.WRAP_UP:
            self._ask(FinishWrapUp(at=at, agent_id=agent_id))

    def _hear_not_ready(self, event: AgentMadeNotReady) -> None:
        if event.reason_id != _AWAY and event.interaction_id:
            away = self._away.get(event.agent_id, self._unknown.away)
            self._change_later(event.at, away, event.agent_id, Change.RETURNS)

    def _change_later(self, at: datetime, milliseconds: int, agent_id: AgentId, change: Change) -> None:
        self._later(at, milliseconds, Happening.AGENT_CHANGES, agent_id * _CHANGES + change)

    def _ask(self, command: AcdCommand) -> bool:
        """False when the engine refuses: the world has gone another way than then."""
        try:
            self._timeline.ask(command)
        except Refused:
            return False
        return True


@dataclass(slots=True)
class _Unknown:
    """What a day does not tell, drawn from what it tells of others."""

    stays: Sequence[Stay]
    streams: Streams
    away: int = _NOT_READY_MS
    _handling: dict[QueueId, Drawn] = field(default_factory=dict)
    _wrap_up: dict[QueueId, Drawn] = field(default_factory=dict)
    _patience: dict[QueueId, Drawn | None] = field(default_factory=dict)
    _rings: list[Ring] = field(default_factory=list)
    _shares: Shares = field(init=False)

    def __post_init__(self) -> None:
        known = (ring for stay in self.chain() for ring in stay.rings if ring.heard is not Heard.UNKNOWN)
        self._rings = sorted(known, key=lambda ring: ring.after) or [Ring(EPOCH, Heard.ACCEPTED)]
        self._shares = Shares(self.streams.stream("rings"))
        aways = sorted(ring.away for ring in self._rings if ring.away is not None)
        if aways:
            self.away = aways[len(aways) // 2]

    def chain(self) -> Iterator[Stay]:
        """All stays of all customers."""
        for first in self.stays:
            stay: Stay | None = first
            while stay is not None:
                yield stay
                stay = stay.onward

    def ring(self, least: int) -> Ring:
        """One of those that rang at least so long; the longest when none did."""
        rings = self._rings
        first = min(bisect_left(rings, least, key=lambda ring: ring.after), len(rings) - 1)
        return rings[first + int(self._shares.next() * (len(rings) - first))]

    def patience(self, queue_id: QueueId) -> int | None:
        """How much longer; None is for ever."""
        if queue_id not in self._patience:
            found = estimate_patience(
                (stay for stay in self.chain() if stay.queue_id == queue_id), with_peak=False
            )
            if found.abandons < FEWEST_ABANDONS:
                found = estimate_patience(self.chain(), with_peak=False)
            distribution = found.distribution()
            stream = self.streams.stream("patience", queue_id)
            self._patience[queue_id] = None if distribution is None else Drawn(distribution, stream)
        drawn = self._patience[queue_id]
        return None if drawn is None else drawn.next()

    def handling(self, queue_id: QueueId) -> int:
        return self._length(queue_id, self._handling, "handling", lambda stay: stay.handling)

    def wrap_up(self, queue_id: QueueId) -> int:
        return self._length(
            queue_id,
            self._wrap_up,
            "wrap_up",
            lambda stay: stay.wrap_up if stay.handling is not None else None,
        )

    def _length(
        self,
        queue_id: QueueId,
        known: dict[QueueId, Drawn],
        purpose: str,
        length_of: Callable[[Stay], int | None],
    ) -> int:
        if queue_id not in known:
            of_queue = [
                length
                for stay in self.chain()
                if stay.queue_id == queue_id and (length := length_of(stay)) is not None
            ]
            of_all = [length for stay in self.chain() if (length := length_of(stay)) is not None]
            lengths = tuple(of_queue or of_all or (0,))
            known[queue_id] = Drawn(Recorded(lengths), self.streams.stream(purpose, queue_id))
        return known[queue_id].next()
