"""How good the links of legs were: the fold of the journal, the rows, and what others may ask.

A row is one way (`heard` from the leg, or `sent` to it) of one leg in one segment, as one source saw it: the
media server (its own counts and the far end's reports), or the browser (what the agent really got). Of a leg
that nobody measured there is no row: no link data, which is neither bad nor good.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol, TypeGuard

import msgspec

from otklik.journal.projection import Acts
from otklik.journal.record import Record
from otklik.quality.e_model import FAIR_MOS, UNKNOWN, LinkFigures, cause_of, mos_of, together
from otklik.vocabulary.ids import AgentId, InteractionId, LegId, QueueId, SegmentId, SiteId, TrunkId
from otklik.vocabulary.messages import Event, Value
from otklik.vocabulary.time import from_ms, to_ms

WAYS = ("heard", "sent")
LARGEST_PAGE = 500


class LinkWay(Protocol):
    """all: since the last event of this leg; last: its newest window; worst_mos: of its worst window."""

    all: LinkFigures
    last: LinkFigures
    worst_mos: float


class MeasuredEvent(Protocol):
    """As the switchboard, which stands above, writes it: number 484."""

    at: datetime
    since: datetime
    interaction_id: InteractionId
    segment_id: SegmentId
    leg_id: LegId
    role: str
    agent_id: AgentId
    queue_id: QueueId
    trunk_id: TrunkId
    source: str
    heard: LinkWay | None
    sent: LinkWay | None


class LegOverEvent(Protocol):
    """Number 403."""

    leg_id: LegId


def is_measured(event: Event) -> TypeGuard[MeasuredEvent]:
    return event.KIND == 484


def is_leg_over(event: Event) -> TypeGuard[LegOverEvent]:
    return event.KIND == 403


class Link(Value):
    """A row. all: of the whole segment; last: of the newest window. mos: of `all`; is_open: the leg lives."""

    leg_id: LegId
    segment_id: SegmentId
    source: str
    way: str
    interaction_id: InteractionId
    role: str
    agent_id: AgentId
    queue_id: QueueId
    trunk_id: TrunkId
    since: datetime
    until: datetime
    all: LinkFigures
    last: LinkFigures
    worst_mos: float
    is_open: bool = True

    @property
    def mos(self) -> float | None:
        return mos_of(self.all)

    @property
    def last_mos(self) -> float | None:
        return mos_of(self.last)

    @property
    def key(self) -> tuple[LegId, SegmentId, str, str]:
        return (self.leg_id, self.segment_id, self.source, self.way)


class LinkChanges(Value):
    """Whole rows, each once."""

    site_id: SiteId
    rows: tuple[Link, ...]


class LinkProjection:
    """Fulfils `journal.projection.Projection`. State: the rows of legs that live."""

    name: str = "links"
    version: int = 1
    tables: tuple[str, ...] = ("link",)

    def __init__(self) -> None:
        self._open: dict[LegId, list[Link]] = {}

    def fold(self, records: Sequence[Record]) -> LinkChanges | None:
        """What these records change; None for nothing."""
        changed: dict[tuple[LegId, SegmentId, str, str], Link] = {}
        for record in records:
            event = record.event
            if is_measured(event):
                rows = self._open.setdefault(event.leg_id, [])
                for way in WAYS:
                    told = event.heard if way == "heard" else event.sent
                    if told is not None:
                        row = _grown(rows, event, way, told)
                        changed[row.key] = row
            elif is_leg_over(event):
                for row in self._open.pop(event.leg_id, ()):
                    changed[row.key] = msgspec.structs.replace(row, is_open=False)
        return LinkChanges(site_id=records[0].site_id, rows=tuple(changed.values())) if changed else None

    def acts(self, changes: LinkChanges) -> Acts | None:
        """All rows by one insert."""
        return Acts((_WRITE,), _values(changes))

    async def write(self, connection: Any, changes: LinkChanges) -> None:
        """In the writer's transaction."""
        await connection.execute(_WRITE, *_values(changes))

    def snapshot(self) -> bytes:
        """The open rows."""
        return msgspec.msgpack.encode([row for rows in self._open.values() for row in rows])

    def restore(self, snapshot: bytes | None) -> None:
        """Back to a snapshot's open rows, or to none."""
        self._open = {}
        for row in msgspec.msgpack.decode(snapshot, type=list[Link]) if snapshot else ():
            self._open.setdefault(row.leg_id, []).append(row)


def _grown(rows: list[Link], event: MeasuredEvent, way: str, told: LinkWay) -> Link:
    """The row of this way in this segment with what is told; rows of earlier segments are open no more."""
    key = (event.leg_id, event.segment_id, event.source, way)
    for place, row in enumerate(rows):
        if row.key == key:
            rows[place] = msgspec.structs.replace(
                row,
                until=event.at,
                agent_id=event.agent_id or row.agent_id,
                all=together(row.all, told.all),
                last=told.last,
                worst_mos=min(row.worst_mos, told.worst_mos),
            )
            return rows[place]
    row = Link(
        leg_id=event.leg_id,
        segment_id=event.segment_id,
        source=event.source,
        way=way,
        interaction_id=event.interaction_id,
        role=event.role,
        agent_id=event.agent_id,
        queue_id=event.queue_id,
        trunk_id=event.trunk_id,
        since=event.since,
        until=event.at,
        all=told.all,
        last=told.last,
        worst_mos=told.worst_mos,
    )
    rows.append(row)
    return row


# --- rows

_NUMBERS = (
    "packets", "lost", "jitter_ms", "round_trip_ms", "mos", "worst_mos", "last_packets", "last_lost",
    "last_jitter_ms", "last_round_trip_ms",
)  # fmt: skip
_WRITE = f"""
    insert into link (
        site_id, leg_id, segment_id, source, way, interaction_id, role, agent_id, queue_id, trunk_id,
        since_ms, until_ms, is_open, {", ".join(_NUMBERS)}
    )
    select $1::smallint, row.* from unnest(
        $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::int[], $9::int[],
        $10::int[], $11::bigint[], $12::bigint[], $13::bool[], $14::bigint[], $15::bigint[], $16::float8[],
        $17::float8[], $18::float8[], $19::float8[], $20::bigint[], $21::bigint[], $22::float8[],
        $23::float8[]
    ) as row
    on conflict (site_id, leg_id, segment_id, source, way) do update set
        agent_id = excluded.agent_id, until_ms = excluded.until_ms, is_open = excluded.is_open,
        {", ".join(f"{name} = excluded.{name}" for name in _NUMBERS)}
"""


def _values(changes: LinkChanges) -> tuple[Any, ...]:
    rows = changes.rows
    columns = [
        [row.leg_id for row in rows],
        [row.segment_id for row in rows],
        [row.source for row in rows],
        [row.way for row in rows],
        [row.interaction_id for row in rows],
        [row.role for row in rows],
        [row.agent_id for row in rows],
        [row.queue_id for row in rows],
        [row.trunk_id for row in rows],
        [to_ms(row.since) for row in rows],
        [to_ms(row.until) for row in rows],
        [row.is_open for row in rows],
        [row.all.packets for row in rows],
        [row.all.lost for row in rows],
        [row.all.jitter_ms for row in rows],
        [row.all.round_trip_ms for row in rows],
        [row.mos for row in rows],
        [row.worst_mos for row in rows],
        [row.last.packets for row in rows],
        [row.last.lost for row in rows],
        [row.last.jitter_ms for row in rows],
        [row.last.round_trip_ms for row in rows],
    ]
    return (changes.site_id, *columns)


_COLUMNS = f"""
    leg_id, segment_id, source, way, interaction_id, role, agent_id, queue_id, trunk_id, since_ms, until_ms,
    is_open, {", ".join(_NUMBERS)}
"""


async def of_interaction(connection: Any, site_id: SiteId, interaction_id: InteractionId) -> list[Link]:
    """Every measured way of every leg of it, in the order of time."""
    rows = await connection.fetch(
        f"select {_COLUMNS} from link where site_id = $1 and interaction_id = $2"
        " order by since_ms, leg_id, source desc, way",
        *(site_id, interaction_id),
    )
    return [_link(row) for row in rows]


class LinkNow(NamedTuple):
    """The worst link of one side of a talk in its newest window."""

    mos: float
    cause: str
    loss_percent: float
    jitter_ms: float
    round_trip_ms: float


class LinksNow(NamedTuple):
    """Of one interaction: by agent, and of its customer (or the party in his place)."""

    by_agent: dict[AgentId, LinkNow]
    customer: LinkNow | None

    @property
    def worst_mos(self) -> float | None:
        """Of all who talk in it."""
        found = [one.mos for one in (*self.by_agent.values(), self.customer) if one is not None]
        return min(found, default=None)


NO_LINKS = LinksNow({}, None)
FRESH_MS = 75_000
"""An event tells a link anew each minute while it is measured; what is older says nothing of now."""


async def now(connection: Any, site_id: SiteId, at_ms: int) -> dict[InteractionId, LinksNow]:
    """How good the links of the talks of this moment are."""
    rows = await connection.fetch(
        f"select {_COLUMNS} from link where site_id = $1 and is_open and until_ms >= $2",
        *(site_id, at_ms - FRESH_MS),
    )
    found: dict[InteractionId, LinksNow] = {}
    for link in map(_link, rows):
        mos = link.last_mos
        if mos is None:
            continue
        one = LinkNow(
            mos=mos,
            cause=cause_of(link.last),
            loss_percent=round(link.last.loss_percent, 1),
            jitter_ms=round(link.last.jitter_ms, 1),
            round_trip_ms=round(link.last.round_trip_ms, 1),
        )
        links = found.get(link.interaction_id, LinksNow({}, None))
        if link.role == "agent":
            before = links.by_agent.get(link.agent_id)
            if before is None or one.mos < before.mos:
                links = links._replace(by_agent={**links.by_agent, link.agent_id: one})
        elif links.customer is None or one.mos < links.customer.mos:
            links = links._replace(customer=one)
        found[link.interaction_id] = links
    return found


class LinkSum(Value):
    """Of one agent, trunk, queue or day (`key`), and of one side: legs in segments that were measured, how
    many of them were bad (worst way below 3.6), the mean MOS of their worst ways, loss and jitter of all
    packets."""

    key: int
    side: str
    measured: int
    bad: int
    mos: float
    loss_percent: float
    jitter_ms: float
    round_trip_ms: float


_GROUPS = {"agent": "agent_id", "trunk": "trunk_id", "queue": "queue_id"}


async def sums(
    connection: Any,
    site_id: SiteId,
    *,
    since: datetime,
    until: datetime,
    by: str,
    agent_ids: Sequence[AgentId] | None = None,
) -> list[LinkSum]:
    """by: agent, trunk or queue. A leg of a segment counts once, by the worst way that any source saw of it.
    agent_ids: whose talks, None for all."""
    rows = await connection.fetch(
        f"""
        with leg as (
            select {_GROUPS[by]} as key, case when role = 'agent' then 'agent' else 'customer' end as side,
                   leg_id, segment_id, min(mos) as mos, sum(packets) as packets, sum(lost) as lost,
                   sum(jitter_ms * packets) as jitter, max(round_trip_ms) as round_trip_ms
            from link
            where site_id = $1 and since_ms >= $2 and since_ms < $3 and mos is not null
                and ($4::int[] is null or agent_id = any($4))
            group by 1, 2, leg_id, segment_id
        )
        select key, side, count(*) as measured, count(*) filter (where mos < $5) as bad, avg(mos) as mos,
               sum(lost) * 100.0 / nullif(sum(packets) + sum(lost), 0) as loss_percent,
               sum(jitter) / nullif(sum(packets), 0) as jitter_ms,
               avg(round_trip_ms) filter (where round_trip_ms >= 0) as round_trip_ms
        from leg group by key, side order by key, side
        """,
        *(site_id, to_ms(since), to_ms(until), list(agent_ids) if agent_ids is not None else None, FAIR_MOS),
    )
    return [
        LinkSum(
            key=row["key"],
            side=row["side"],
            measured=row["measured"],
            bad=row["bad"],
            mos=round(float(row["mos"]), 2),
            loss_percent=round(float(row["loss_percent"] or 0), 2),
            jitter_ms=round(float(row["jitter_ms"] or 0), 1),
            round_trip_ms=round(float(row["round_trip_ms"]), 1)
            if row["round_trip_ms"] is not None
            else UNKNOWN,
        )
        for row in rows
    ]


class BadLink(Value):
    """A leg in a segment whose worst way was bad: what a report leads to."""

    interaction_id: InteractionId
    segment_id: SegmentId
    side: str
    agent_id: AgentId
    queue_id: QueueId
    trunk_id: TrunkId
    since: datetime
    until: datetime
    mos: float
    worst_mos: float


async def worst(
    connection: Any,
    site_id: SiteId,
    *,
    since: datetime,
    until: datetime,
    agent_ids: Sequence[AgentId] | None = None,
    limit: int = 100,
) -> list[BadLink]:
    """The worst first."""
    rows = await connection.fetch(
        """
        select interaction_id, segment_id, case when role = 'agent' then 'agent' else 'customer' end as side,
               max(agent_id) as agent_id, max(queue_id) as queue_id, max(trunk_id) as trunk_id,
               min(since_ms) as since_ms, max(until_ms) as until_ms, min(mos) as mos,
               min(worst_mos) as worst_mos
        from link
        where site_id = $1 and since_ms >= $2 and since_ms < $3 and mos is not null
            and ($4::int[] is null or agent_id = any($4))
        group by interaction_id, segment_id, leg_id, 3
        having min(mos) < $5
        order by min(mos), interaction_id limit $6
        """,
        *(site_id, to_ms(since), to_ms(until), list(agent_ids) if agent_ids is not None else None, FAIR_MOS),
        max(1, min(limit, LARGEST_PAGE)),
    )
    return [
        BadLink(
            interaction_id=InteractionId(row["interaction_id"]),
            segment_id=SegmentId(row["segment_id"]),
            side=row["side"],
            agent_id=AgentId(row["agent_id"]),
            queue_id=QueueId(row["queue_id"]),
            trunk_id=TrunkId(row["trunk_id"]),
            since=from_ms(row["since_ms"]),
            until=from_ms(row["until_ms"]),
            mos=row["mos"],
            worst_mos=row["worst_mos"],
        )
        for row in rows
    ]


def _link(row: Any) -> Link:
    return Link(
        leg_id=LegId(row["leg_id"]),
        segment_id=SegmentId(row["segment_id"]),
        source=row["source"],
        way=row["way"],
        interaction_id=InteractionId(row["interaction_id"]),
        role=row["role"],
        agent_id=AgentId(row["agent_id"]),
        queue_id=QueueId(row["queue_id"]),
        trunk_id=TrunkId(row["trunk_id"]),
        since=from_ms(row["since_ms"]),
        until=from_ms(row["until_ms"]),
        all=LinkFigures(
            packets=row["packets"],
            lost=row["lost"],
            jitter_ms=row["jitter_ms"],
            round_trip_ms=row["round_trip_ms"],
        ),
        last=LinkFigures(
            packets=row["last_packets"],
            lost=row["last_lost"],
            jitter_ms=row["last_jitter_ms"],
            round_trip_ms=row["last_round_trip_ms"],
        ),
        worst_mos=row["worst_mos"],
        is_open=row["is_open"],
    )
