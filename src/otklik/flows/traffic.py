"""How calls go through flows today: who is where now, and how many took each way. Folded from the journal,
a piece at a time, for the editor of flows."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from otklik.flows.events import (
    FlowEnded,
    FlowStarted,
    HoursChecked,
    LookUpAnswered,
    NodeDecided,
    NodeEntered,
    TryFailed,
)
from otklik.vocabulary.ids import FlowId, InteractionId, SiteId
from otklik.vocabulary.messages import Value

KINDS: Final = tuple(
    event.KIND
    for event in (FlowStarted, NodeEntered, HoursChecked, LookUpAnswered, FlowEnded, TryFailed, NodeDecided)
)
CHUNK: Final = 20_000
"""Lines that are folded for one question; a day that is longer is caught up with in several."""
LOOK_BACK_MS: Final = 3 * 3_600_000
"""Calls that began so long before the day may still be in a node."""


class Way(Value):
    """node: left; outcome: what came of it; target: where the call came to, "" when it ended there."""

    node: str
    outcome: str
    target: str
    count: int


class FlowTraffic(Value):
    """now: calls by node. is_whole: the journal is read up to its end."""

    now: dict[str, int]
    ways: tuple[Way, ...]
    is_whole: bool


@dataclass(slots=True)
class Line:
    """What a line of the journal says of a flow."""

    seq: int
    at_ms: int
    kind: int
    interaction_id: InteractionId
    flow_id: FlowId
    node: str
    outcome: str


@dataclass(slots=True)
class _Place:
    flow_id: FlowId
    node: str = ""
    outcome: str = ""


@dataclass(slots=True)
class Traffic:
    """The fold of one day, which begins at `since_ms`; places are known from some hours before it."""

    since_ms: int = 0
    seq: int = 0
    is_whole: bool = False
    places: dict[InteractionId, _Place] = field(default_factory=dict)
    ways: Counter[tuple[FlowId, str, str, str]] = field(default_factory=Counter)

    def begin(self, since_ms: int, seq: int) -> None:
        """A new day: nothing is counted yet, and the lines after `seq` are read."""
        self.since_ms, self.seq, self.is_whole = since_ms, seq, False
        self.places.clear()
        self.ways.clear()

    def take(self, lines: Iterable[Line]) -> None:
        """Lines in the order of the journal."""
        for line in lines:
            self.seq = line.seq
            self._take(line)

    def of(self, flow_id: FlowId) -> FlowTraffic:
        """What is known of one flow."""
        now = Counter(place.node for place in self.places.values() if place.flow_id == flow_id and place.node)
        ways = tuple(
            Way(node=node, outcome=outcome, target=target, count=count)
            for (flow, node, outcome, target), count in sorted(self.ways.items())
            if flow == flow_id
        )
        return FlowTraffic(now=dict(sorted(now.items())), ways=ways, is_whole=self.is_whole)

    def _take(self, line: Line) -> None:
        if line.kind == FlowStarted.KIND:
            self.places[line.interaction_id] = _Place(flow_id=line.flow_id)
            return
        place = self.places.get(line.interaction_id)
        if place is None:
            return
        if line.kind == NodeEntered.KIND:
            self._count(line, place, line.node)
            place.node, place.outcome = line.node, ""
        elif line.kind == FlowEnded.KIND:
            if line.outcome:
                self._count(line, place, "")
            del self.places[line.interaction_id]
        else:
            place.outcome = line.outcome

    def _count(self, line: Line, place: _Place, target: str) -> None:
        if place.node and line.at_ms >= self.since_ms:
            self.ways[place.flow_id, place.node, place.outcome, target] += 1


async def catch_up(connection: Any, traffic: Traffic, *, since_ms: int, site_id: SiteId) -> None:
    """Reads on, from the beginning of the day when it is a new one, at most `CHUNK` lines."""
    if traffic.since_ms != since_ms:
        traffic.begin(since_ms, await _seq_before(connection, since_ms - LOOK_BACK_MS, site_id))
    last = await connection.fetchval("select seq from cursor where site_id = $1", site_id) or 0
    until = min(last, traffic.seq + CHUNK)
    rows = await connection.fetch(
        """
        select seq, at_ms, kind, (body->>'interaction_id')::bigint as interaction_id,
            coalesce((body->>'flow_id')::int, 0) as flow_id, coalesce(body->>'node', '') as node,
            case kind when $5 then case when (body->>'is_open')::bool then 'open' else 'closed' end
                when $6 then coalesce(body->>'reason', '') else coalesce(body->>'outcome', '') end as outcome
        from journal
        where site_id = $1 and seq > $2 and seq <= $3 and kind = any($4::int[]) order by seq
        """,
        *(site_id, traffic.seq, until, list(KINDS), HoursChecked.KIND, FlowEnded.KIND),
    )
    traffic.take(
        Line(
            seq=row["seq"],
            at_ms=row["at_ms"],
            kind=row["kind"],
            interaction_id=InteractionId(row["interaction_id"]),
            flow_id=FlowId(row["flow_id"]),
            node=row["node"],
            outcome=row["outcome"],
        )
        for row in rows
    )
    traffic.seq = max(traffic.seq, until)
    traffic.is_whole = until >= last


async def _seq_before(connection: Any, at_ms: int, site_id: SiteId) -> int:
    """The last sequence before a moment, by halving: the journal has no index of moments."""
    low, high = 0, int(await connection.fetchval("select seq from cursor where site_id = $1", site_id) or 0)
    while low < high:
        middle = (low + high + 1) // 2
        found = await connection.fetchval(
            "select at_ms from journal where site_id = $1 and seq >= $2 order by seq limit 1", site_id, middle
        )
        if found is not None and found < at_ms:
            low = middle
        else:
            high = middle - 1
    return low
