"""The first results of a log before anything of it is stored: the same folds as of a journal. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from otklik.acd import events as acd
from otklik.journal.record import Record
from otklik.reports import codes, measures
from otklik.reports.facts import QSLOT_SUMS, FactChanges, InteractionFact, Segment
from otklik.reports.segments import SegmentFold
from otklik.vocabulary.ids import PartyId, SiteId
from otklik.vocabulary.ids import Sequence as Seq
from otklik.vocabulary.messages import Event
from otklik.vocabulary.time import from_ms

SHOWN = 50
"""So many interactions are shown one by one."""

_SITE = SiteId(0)


class QueuePreview(msgspec.Struct, frozen=True):
    """What came to a queue. service_level: 0-1 of those answered or abandoned late; None without any."""

    queue: str
    offered: int
    answered: int
    abandoned: int
    short_abandoned: int
    overflow: int
    transferred: int
    service_level: float | None
    average_wait_seconds: float | None
    average_talk_seconds: float | None


class AgentPreview(msgspec.Struct, frozen=True):
    """is_new: the log names him for the first time, so nobody has said who he is."""

    agent: str
    answered: int
    missed: int
    is_new: bool


class InteractionPreview(msgspec.Struct, frozen=True):
    """One of the first. queues, agents: in the order of the stays."""

    started_at: datetime
    number: str
    number_called: str
    queues: list[str]
    agents: list[str]
    outcome: str
    wait_seconds: float
    talk_seconds: float


class Previewed(msgspec.Struct, frozen=True):
    """first, last: beginnings of interactions."""

    first: datetime | None
    last: datetime | None
    queues: list[QueuePreview]
    agents: list[AgentPreview]
    interactions: list[InteractionPreview]


class Preview:
    """Hears all events of an import; `told` is what they come to. Only the first interactions are kept."""

    def __init__(self) -> None:
        self._fold = SegmentFold()
        self._seq = 0
        self._sums: dict[int, list[int]] = {}
        self._facts: dict[int, InteractionFact] = {}
        self._stays: dict[int, dict[int, Segment]] = {}
        self._answered: Counter[int] = Counter()
        self._missed: Counter[int] = Counter()
        self._numbers: dict[int, str] = {}
        self._new: set[tuple[str, int]] = set()
        self._arrived: set[int] = set()
        self._known: set[int] = set()
        self._first: datetime | None = None
        self._last: datetime | None = None

    def hear(
        self,
        events: Sequence[Event],
        parties: Mapping[str, PartyId],
        new_names: Iterable[tuple[str, str, int]],
    ) -> None:
        """The next events. parties: of the numbers in the rows that were read with them."""
        if len(self._numbers) < SHOWN * 1000:
            self._numbers.update({int(party): number for number, party in parties.items()})
        self._new |= {(kind, identity) for kind, _, identity in new_names}
        records = []
        for event in events:
            if not self._begins_here(event):
                continue
            self._seq += 1
            records.append(Record(site_id=_SITE, seq=Seq(self._seq), at=event.at, event=event))
        changes = self._fold.fold(records) if records else None
        if changes is not None:
            self._add(changes)

    def _begins_here(self, event: Event) -> bool:
        """What an earlier import left open has its beginning in the journal, which is not read here."""
        match event:
            case acd.InteractionArrived():
                self._arrived.add(int(event.interaction_id))
                self._first = self._first or event.at
                self._last = event.at
                return True
            case acd.InteractionEnded():
                if int(event.interaction_id) not in self._arrived:
                    return False
                self._arrived.discard(int(event.interaction_id))
                return True
            case acd.AgentSignedIn():
                self._known.add(int(event.agent_id))
                return True
        interaction_id = int(getattr(event, "interaction_id", 0))
        if interaction_id:
            return interaction_id in self._arrived
        agent_id = int(getattr(event, "agent_id", 0))
        return not agent_id or agent_id in self._known

    def _add(self, changes: FactChanges) -> None:
        for (_, queue_id, _), change in changes.qslot.items():
            sums = self._sums.setdefault(queue_id, [0] * len(QSLOT_SUMS))
            for place, value in enumerate(change.sums):
                sums[place] += value
        for interaction_id, fact in changes.interactions.items():
            if interaction_id in self._facts or len(self._facts) < SHOWN:
                self._facts[interaction_id] = fact
        for segment in (*changes.open.values(), *changes.final):
            if segment.interaction_id in self._facts:
                self._stays.setdefault(segment.interaction_id, {})[segment.segment_id] = segment
        for segment in changes.final:
            if segment.answered:
                self._answered[segment.agent_id] += 1
        for offer in changes.offers.values():
            if offer.outcome == codes.OFFER_EXPIRED:
                self._missed[offer.agent_id] += 1

    def told(self, names: Mapping[str, Mapping[str, int]]) -> Previewed:
        """names: of the log, by kind and name."""
        called = {kind: {identity: name for name, identity in found.items()} for kind, found in names.items()}
        queues, agents, numbers = (called.get(kind, {}) for kind in ("queue", "agent", "number"))
        return Previewed(
            first=self._first,
            last=self._last,
            queues=[
                _queue(name, measures.QueueFacts(**dict(zip(QSLOT_SUMS, self._sums[identity], strict=True))))
                for identity, name in sorted(queues.items(), key=lambda one: one[1])
                if identity in self._sums
            ],
            agents=[
                AgentPreview(
                    name, self._answered[identity], self._missed[identity], ("agent", identity) in self._new
                )
                for identity, name in sorted(agents.items(), key=lambda one: one[1])
                if self._answered[identity] or self._missed[identity] or ("agent", identity) in self._new
            ],
            interactions=[
                self._interaction(fact, queues, agents, numbers)
                for fact in sorted(self._facts.values(), key=lambda one: (one.start_ms, one.interaction_id))
            ],
        )

    def _interaction(
        self,
        fact: InteractionFact,
        queues: Mapping[int, str],
        agents: Mapping[int, str],
        numbers: Mapping[int, str],
    ) -> InteractionPreview:
        stays = [stay for _, stay in sorted(self._stays.get(fact.interaction_id, {}).items())]
        return InteractionPreview(
            started_at=from_ms(fact.start_ms),
            number=self._numbers.get(fact.customer_id, ""),
            number_called=numbers.get(fact.number_id, ""),
            queues=[queues.get(stay.queue_id, "") for stay in stays],
            agents=[agents.get(stay.agent_id, "") for stay in stays if stay.agent_id],
            outcome=codes.OUTCOME_NAMES.get(fact.outcome, ""),
            wait_seconds=fact.wait_ms / 1000,
            talk_seconds=fact.talk_ms / 1000,
        )


def _queue(name: str, facts: measures.QueueFacts) -> QueuePreview:
    return QueuePreview(
        queue=name,
        offered=facts.offered,
        answered=facts.answered,
        abandoned=facts.abandoned,
        short_abandoned=facts.short_ab,
        overflow=facts.overflow,
        transferred=facts.transferred,
        service_level=_number(measures.SERVICE_LEVEL, facts),
        average_wait_seconds=_number(measures.AVERAGE_WAIT, facts),
        average_talk_seconds=measures.mean_seconds(facts.talk_ms, facts.answered),
    )


def _number(measure: measures.Definition[measures.QueueFacts], facts: measures.QueueFacts) -> float | None:
    found = measure.compute(facts)
    return None if found is None else float(found)
