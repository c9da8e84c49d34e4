"""What is kept of a source beside its journal. The only SQL of this package."""

import zlib
from collections.abc import Iterable
from collections.abc import Mapping as Map
from datetime import datetime
from typing import Any

import msgspec

from otklik.reports.foreign.coverage import Edge, Hours
from otklik.reports.foreign.gathering import Gathered
from otklik.reports.foreign.mapping import Mapping
from otklik.reports.foreign.memory import Held, Memory
from otklik.reports.foreign.now import SourceNow
from otklik.reports.foreign.rows import Row, Unread
from otklik.vocabulary.ids import PartyId, PersonId, SiteId
from otklik.vocabulary.refusals import Refused


class State(msgspec.Struct):
    """All that the next import goes on with; written with the events that it follows from.

    kept: the last batch of rows that is stored; told: the last one that the journal tells of. is_whole: all
    rows are kept, so they can be told anew. mapping: what they are told by, version 0 before there is one.
    gathered: pieces of calls, of a source that tells calls by pieces.
    """

    memory: Memory = msgspec.field(default_factory=Memory)
    held: list[tuple[int, int, Held]] = msgspec.field(default_factory=list)
    edge: Edge = msgspec.field(default_factory=Edge)
    last_party_id: int = 0
    kept: int = 0
    told: int = 0
    is_whole: bool = False
    mapping: Mapping = Mapping()
    mapping_version: int = 0
    gathered: Gathered = msgspec.field(default_factory=Gathered)


async def find_kind(connection: Any, site_id: SiteId) -> str | None:
    """The form in which a source is told; None of one that does not exist yet."""
    found: str | None = await connection.fetchval(
        "select kind from foreign_source where site_id = $1", site_id
    )
    return found


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
        msgspec.msgpack.encode(State(is_whole=True)),
    )


async def empty_source(connection: Any, site_id: SiteId, lock_class: int) -> None:
    """Take everything of a source out but the names and the mapping that people gave, for another import of
    all its files.

    Refuses `writer_taken` while it is being imported.
    """
    async with connection.transaction():
        before = await _lock(connection, site_id, lock_class)
        await _empty(connection, site_id, kept=("foreign_source", "foreign_name", "foreign_mapping"))
        state = State(is_whole=True, mapping=before.mapping, mapping_version=before.mapping_version)
        await _begin(connection, site_id, state, before.memory.same)


async def begin_anew(
    connection: Any, site_id: SiteId, lock_class: int, mapping: Mapping, version: int
) -> None:
    """Take out what the rows came to and leave the rows: they are told by this mapping next.

    Refuses `writer_taken`, and `rows_not_kept` of a source that was imported before rows were.
    """
    async with connection.transaction():
        before = await _lock(connection, site_id, lock_class)
        if not before.is_whole:
            raise Refused("rows_not_kept")
        tables = ("foreign_source", "foreign_name", "foreign_mapping", "foreign_row", "foreign_coverage")
        await connection.execute(
            "delete from foreign_unread where site_id = $1 and reason = any($2::text[])",
            site_id,
            list(REASONS_OF_TELLING),
        )
        await _empty(connection, site_id, kept=(*tables, "foreign_unread"))
        state = State(
            edge=before.edge, kept=before.kept, is_whole=True, mapping=mapping, mapping_version=version
        )
        await _begin(connection, site_id, state, mapping.same_agents)


REASONS_OF_TELLING = (
    "unknown_call", "not_waiting", "not_talking", "no_agent", "no_call", "no_queue",
    "call_told", "began_earlier", "unknown_direction", "answer_hidden",
    "entry_hidden", "no_end",
)  # fmt: skip
"""Why rows that are well formed fit nothing; the other reasons are of lines that are no rows."""


async def _lock(connection: Any, site_id: SiteId, lock_class: int) -> State:
    if not await connection.fetchval("select pg_try_advisory_xact_lock($1, $2)", lock_class, int(site_id)):
        raise Refused("writer_taken", host="", pid=0, home="")
    return await load_state(connection, site_id)


async def _empty(connection: Any, site_id: SiteId, *, kept: Iterable[str]) -> None:
    tables = await connection.fetch(
        """
        select table_name from information_schema.columns join information_schema.tables
        using (table_schema, table_name)
        where column_name = 'site_id' and table_schema = current_schema() and table_type = 'BASE TABLE'
        """
    )
    # What people did to it only grows, as everywhere.
    left = {*kept, "site", "configuration_change", "audit"}
    for name in sorted(row["table_name"] for row in tables if row["table_name"] not in left):
        await connection.execute(f'delete from "{name}" where site_id = $1', site_id)


async def _begin(connection: Any, site_id: SiteId, state: State, same: Map[str, str]) -> None:
    state.memory.same = dict(same)
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


async def save(connection: Any, site_id: SiteId, state: State, hours: Map[int, Hours]) -> None:
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
    """By id: the name of the own queue or agent that it stands for, else the one given on the page of the
    source, else the log's own."""
    rows = await connection.fetch(
        f"select id, coalesce({_OWN_NAME}, title, name) as name from foreign_name as named"
        " where site_id = $1 and kind = $2",
        site_id,
        kind,
    )
    return {row["id"]: row["name"] for row in rows}


_OWN_NAME = """
case kind
    when 'agent' then (select person.name from person where person_id = named.own_id)
    when 'queue' then (
        select queue.name from queue
        where queue_id = named.own_id and site_id not in (select site_id from foreign_source)
        order by site_id limit 1
    )
end
"""


async def agents_of_teams(connection: Any, site_id: SiteId, team_ids: Iterable[int]) -> set[int]:
    """The agents of a source that were put into these teams."""
    rows = await connection.fetch(
        "select id from foreign_name where site_id = $1 and kind = 'agent' and team_id = any($2::integer[])",
        site_id,
        list(team_ids),
    )
    return {row["id"] for row in rows}


_PACKING = 2
"""Level of zlib: a third of the time of the usual one, for rows that are a tenth longer."""


async def keep_rows(connection: Any, site_id: SiteId, number: int, file: str, rows: Iterable[Row]) -> None:
    """A batch as it was taken, to be told anew."""
    kept = [tuple(row)[:-1] for row in rows]
    await connection.execute(
        "insert into foreign_row (site_id, number, file, rows, body) values ($1, $2, $3, $4, $5)",
        site_id,
        number,
        file,
        len(kept),
        zlib.compress(msgspec.msgpack.encode(kept), _PACKING),
    )


async def rows_after(
    connection: Any, site_id: SiteId, number: int, most: int
) -> tuple[int, str, list[Row]] | None:
    """The next rows after this batch, of one file and about `most` of them: a log that is followed is kept in
    many small batches. Gives the number of the last one, the file and the rows."""
    found = await connection.fetch(
        "select number, file, rows, body from foreign_row where site_id = $1 and number > $2"
        " order by number limit 500",
        site_id,
        number,
    )
    rows: list[Row] = []
    last = number
    for one in found:
        if one["file"] != found[0]["file"] or (rows and len(rows) + one["rows"] > most):
            break
        last = one["number"]
        kept = msgspec.msgpack.decode(
            zlib.decompress(one["body"]),
            type=list[tuple[int, int, str, str, str, str, tuple[str, ...]]],
        )
        rows += [Row(*row, "|".join((str(row[1] // 1000), *row[2:6], *row[6]))) for row in kept]
    return (last, found[0]["file"], rows) if found else None


class MappingLine(msgspec.Struct, frozen=True):
    """A version of the mapping, with whoever saved it."""

    version: int
    mapping: Mapping
    saved_at: datetime
    saved_by: int


async def list_mappings(connection: Any, site_id: SiteId) -> list[MappingLine]:
    """All versions, the newest first."""
    rows = await connection.fetch(
        "select version, body::text as body, saved_at, saved_by from foreign_mapping where site_id = $1"
        " order by version desc",
        site_id,
    )
    return [
        MappingLine(
            row["version"],
            msgspec.json.decode(row["body"], type=Mapping),
            row["saved_at"],
            row["saved_by"],
        )
        for row in rows
    ]


async def add_mapping(connection: Any, site_id: SiteId, mapping: Mapping, at: datetime, by: PersonId) -> int:
    """The version that it got."""
    return int(
        await connection.fetchval(
            "insert into foreign_mapping (site_id, version, body, saved_at, saved_by)"
            " select $1, coalesce(max(version), 0) + 1, $2::text::jsonb, $3, $4 from foreign_mapping"
            " where site_id = $1 returning version",
            site_id,
            msgspec.json.encode(mapping).decode(),
            at,
            by,
        )
    )


async def save_now(connection: Any, site_id: SiteId, now: SourceNow) -> None:
    """Where a source that is followed stands; only the last is kept."""
    await connection.execute(
        "insert into foreign_now (site_id, body) values ($1, $2)"
        " on conflict (site_id) do update set body = excluded.body",
        site_id,
        msgspec.msgpack.encode(now),
    )


async def load_now(connection: Any, site_id: SiteId) -> SourceNow | None:
    """None of one that was never followed."""
    found = await connection.fetchval("select body from foreign_now where site_id = $1", site_id)
    return None if found is None else msgspec.msgpack.decode(found, type=SourceNow)


async def add_unread(
    connection: Any, site_id: SiteId, file: str, rows: Iterable[Unread], at: datetime
) -> None:
    """Rows that could not be understood, as they were."""
    await connection.executemany(
        "insert into foreign_unread (site_id, file, line, reason, text, read_at)"
        " values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
        [(site_id, row.file or file, row.line, row.reason, row.text, at) for row in rows],
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
    reason. own_id: the own queue or agent that it stands for; team_id: an agent's team. shown: what it is
    called in the end."""

    kind: str
    id: int
    name: str
    title: str | None
    own_id: int | None
    team_id: int | None
    shown: str


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
        f"select kind, id, name, title, own_id, team_id, coalesce({_OWN_NAME}, title, name) as shown"
        " from foreign_name as named where site_id = $1 order by kind, name",
        site_id,
    )
    return [NameLine(**row) for row in rows]


async def set_name(
    connection: Any,
    site_id: SiteId,
    kind: str,
    identity: int,
    *,
    title: str,
    own_id: int | None,
    team_id: int | None,
) -> bool:
    """Call it so from now on, in reports of the past too; "" goes back to the log's own name. False: there
    is none."""
    done = await connection.fetchval(
        "update foreign_name set title = nullif($4, ''), own_id = $5, team_id = $6"
        " where site_id = $1 and kind = $2 and id = $3 returning 1",
        site_id,
        kind,
        identity,
        title,
        own_id,
        team_id,
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
