"""What is kept of a source beside its journal. The only SQL of this package."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from otklik.reports.foreign.coverage import Edge, Hours
from otklik.reports.foreign.memory import Held, Memory
from otklik.reports.foreign.rows import Unread
from otklik.vocabulary.ids import PartyId, SiteId
from otklik.vocabulary.refusals import Refused


class State(msgspec.Struct):
    """All that the next import goes on with; written with the events that it follows from."""

    memory: Memory = msgspec.field(default_factory=Memory)
    held: list[tuple[int, int, Held]] = msgspec.field(default_factory=list)
    edge: Edge = msgspec.field(default_factory=Edge)
    last_party_id: int = 0


async def find_source(connection: Any, name: str) -> SiteId | None:
    """The site of a source by its name."""
    found = await connection.fetchval("select site_id from foreign_source where name = $1", name)
    return None if found is None else SiteId(found)


async def next_site(connection: Any) -> SiteId:
    """A number that no site has had."""
    return SiteId(
        await connection.fetchval(
            "select greatest(coalesce(max(site_id), 1), 1) + 1 from"
            " (select site_id from site union all select site_id from cursor) as used"
        )
    )


async def add_source(connection: Any, site_id: SiteId, name: str, kind: str, at: datetime) -> None:
    """A new source; its first rows follow."""
    await connection.execute(
        "insert into foreign_source (site_id, name, kind, created_at, state) values ($1, $2, $3, $4, $5)",
        site_id,
        name,
        kind,
        at,
        msgspec.msgpack.encode(State()),
    )


async def empty_source(connection: Any, site_id: SiteId, lock_class: int) -> None:
    """Take everything of a source out but the names that people gave, for another import of all its files.

    Refuses `writer_taken` while it is being imported.
    """
    async with connection.transaction():
        if not await connection.fetchval(
            "select pg_try_advisory_xact_lock($1, $2)", lock_class, int(site_id)
        ):
            raise Refused("writer_taken", host="", pid=0, home="")
        tables = await connection.fetch(
            """
            select table_name from information_schema.columns join information_schema.tables
            using (table_schema, table_name)
            where column_name = 'site_id' and table_schema = current_schema() and table_type = 'BASE TABLE'
            """
        )
        # What people did to it only grows, as everywhere.
        kept = {"foreign_source", "foreign_name", "site", "configuration_change", "audit"}
        for name in sorted(row["table_name"] for row in tables if row["table_name"] not in kept):
            await connection.execute(f'delete from "{name}" where site_id = $1', site_id)
        state = State()
        state.memory.same = (await load_state(connection, site_id)).memory.same
        for line in await list_names(connection, site_id):
            state.memory.names.setdefault(line.kind, {})[line.name] = line.id
        await connection.execute(
            "update foreign_source set state = $2 where site_id = $1", site_id, msgspec.msgpack.encode(state)
        )


async def load_state(connection: Any, site_id: SiteId) -> State:
    """Where the last import ended."""
    found = await connection.fetchval("select state from foreign_source where site_id = $1", site_id)
    return State() if found is None else msgspec.msgpack.decode(found, type=State)


async def load_hours(connection: Any, site_id: SiteId, hours: Iterable[int]) -> dict[int, Hours]:
    """What is stored of these hours; an empty one where nothing is."""
    wanted = list(hours)
    rows = await connection.fetch(
        "select hour, body from foreign_coverage where site_id = $1 and hour = any($2::integer[])",
        site_id,
        wanted,
    )
    found = {row["hour"]: msgspec.msgpack.decode(row["body"], type=Hours) for row in rows}
    return {hour: found.get(hour, Hours()) for hour in wanted}


async def save(connection: Any, site_id: SiteId, state: State, hours: Mapping[int, Hours]) -> None:
    """Where an import stands now; in the transaction of the events before it."""
    await connection.execute(
        "update foreign_source set state = $2 where site_id = $1", site_id, msgspec.msgpack.encode(state)
    )
    await connection.executemany(
        "insert into foreign_coverage (site_id, hour, body) values ($1, $2, $3)"
        " on conflict (site_id, hour) do update set body = excluded.body",
        [(site_id, hour, msgspec.msgpack.encode(body)) for hour, body in hours.items()],
    )


async def add_names(connection: Any, site_id: SiteId, names: Iterable[tuple[str, str, int]]) -> None:
    """Names of queues, agents, numbers and reasons, as the log writes them."""
    await connection.executemany(
        "insert into foreign_name (site_id, kind, id, name) values ($1, $2, $3, $4)",
        [(site_id, kind, identity, name) for kind, name, identity in names],
    )


async def names_of(connection: Any, site_id: SiteId, kind: str) -> dict[int, str]:
    """By id: the name given on the page of the source, else the log's own."""
    rows = await connection.fetch(
        "select id, coalesce(title, name) as name from foreign_name where site_id = $1 and kind = $2",
        site_id,
        kind,
    )
    return {row["id"]: row["name"] for row in rows}


async def add_unread(
    connection: Any, site_id: SiteId, file: str, rows: Iterable[Unread], at: datetime
) -> None:
    """Rows that could not be understood, as they were."""
    await connection.executemany(
        "insert into foreign_unread (site_id, file, line, reason, text, read_at)"
        " values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
        [(site_id, file, row.line, row.reason, row.text, at) for row in rows],
    )


async def find_parties(connection: Any, site_id: SiteId, numbers: Iterable[str]) -> dict[str, PartyId]:
    """The parties of numbers that were seen before."""
    rows = await connection.fetch(
        "select e164, party_id from party where site_id = $1 and e164 = any($2::text[])",
        site_id,
        list(numbers),
    )
    return {row["e164"]: PartyId(row["party_id"]) for row in rows}


async def add_parties(connection: Any, site_id: SiteId, parties: Iterable[tuple[PartyId, str]]) -> None:
    """New ones, with the events that first name them."""
    await connection.copy_records_to_table(
        "party",
        records=[(site_id, party_id, number) for party_id, number in parties],
        columns=("site_id", "party_id", "e164"),
    )


# --- what the page of a source shows


class SourceLine(msgspec.Struct, frozen=True):
    """One source. first_ms, last_ms: of its journal, 0 before its first row."""

    site_id: int
    name: str
    kind: str
    zone: str
    created_at: datetime
    events: int
    first_ms: int
    last_ms: int
    interactions: int
    unread: int


class NameLine(msgspec.Struct, frozen=True):
    """A name of the log, and the one that people give it (None: the same). kind: queue, agent, number or
    reason."""

    kind: str
    id: int
    name: str
    title: str | None


class UnreadLine(msgspec.Struct, frozen=True):
    """A row that could not be understood."""

    file: str
    line: int
    reason: str
    text: str
    read_at: datetime


async def is_source(connection: Any, site_id: SiteId) -> bool:
    """Whether this site is one."""
    return bool(await connection.fetchval("select 1 from foreign_source where site_id = $1", site_id))


async def list_sources(connection: Any) -> list[SourceLine]:
    """All of them by name."""
    rows = await connection.fetch(
        """
        select source.site_id, source.name, source.kind, coalesce(site.zone, 'UTC') as zone,
               source.created_at, coalesce(cursor.seq, 0) as events,
               coalesce(called.first_ms, 0) as first_ms, coalesce(called.last_ms, 0) as last_ms,
               called.interactions,
               (select count(*) from foreign_unread where site_id = source.site_id) as unread
        from foreign_source as source
        left join site using (site_id) left join cursor using (site_id)
        cross join lateral (
            select min(start_ms) as first_ms, max(start_ms) as last_ms, count(*) as interactions
            from interaction where site_id = source.site_id
        ) as called
        order by source.name
        """
    )
    return [SourceLine(**row) for row in rows]


async def list_names(connection: Any, site_id: SiteId) -> list[NameLine]:
    """Everything that the log names, by kind and name."""
    rows = await connection.fetch(
        "select kind, id, name, title from foreign_name where site_id = $1 order by kind, name", site_id
    )
    return [NameLine(**row) for row in rows]


async def set_title(connection: Any, site_id: SiteId, kind: str, identity: int, title: str) -> bool:
    """Call it so from now on, in reports of the past too; "" goes back to the log's own name. False: there
    is none."""
    done = await connection.fetchval(
        "update foreign_name set title = nullif($4, '') where site_id = $1 and kind = $2 and id = $3"
        " returning 1",
        site_id,
        kind,
        identity,
        title,
    )
    return bool(done)


async def list_unread(connection: Any, site_id: SiteId, limit: int) -> list[UnreadLine]:
    """Those of the last import first."""
    rows = await connection.fetch(
        "select file, line, reason, text, read_at from foreign_unread where site_id = $1"
        " order by read_at desc, file, line limit $2",
        site_id,
        limit,
    )
    return [UnreadLine(**row) for row in rows]
