"""The one writer of a site, and everything that reads its journal. The only SQL of this room.

Why one transaction for all: whoever sees an event sees its facts, its counters and its configuration rows,
so live and historical numbers cannot differ. Why the cursor first: its row is locked until the commit, so a
successor who raises the epoch waits for us or we see that we are fenced off; there is no third case.
"""

import asyncio
import hashlib
import os
import socket
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

import asyncpg
import msgspec

from otklik.database import connect
from otklik.journal.bell import Bell
from otklik.journal.codec import Codec
from otklik.journal.projection import Acts, Projection, join
from otklik.journal.record import Record
from otklik.vocabulary.ids import AgentId, InteractionId, ProjectId, QueueId, SiteId
from otklik.vocabulary.ids import Sequence as Seq
from otklik.vocabulary.messages import Event, Value
from otklik.vocabulary.refusals import Refused
from otklik.vocabulary.time import EPOCH, SLOT_MS, from_ms, to_ms

LOCK_CLASS = 0x4F544B4C
"""Class of the advisory locks of writers; the object is the site."""

SNAPSHOT_FORMAT = 1
SNAPSHOTS_KEPT = 3
CHUNK = 2000
MONTHS_AHEAD = 2

TROUBLE = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
"""What may happen to work beside the appends (a snapshot, a rebuilt projection): told, and calls go on."""

COPY_FROM = 200
"""More lines than these go by COPY; fewer go with the cursor, in one round trip."""

PREPARED_KEPT = 256
"""Statements that write whole batches: one for each set of tables that a batch touches."""

TakeParts = Callable[[], dict[str, bytes]]
"""Gives what others have in memory, by name, at once."""

WriteRow = Callable[[Any], Awaitable[None]] | Acts
"""Rows of a room, written inside the append's transaction: by a call with the writer's connection, or as acts
of the batch's one statement."""

NoteBehind = Callable[[str, Seq, str], None]
"""Called with the projection's name, the sequence at which it stopped, and the error's text."""


class FencedOff(Exception):
    """Another writer took over: this one must stop at once."""


@dataclass(frozen=True, slots=True)
class _Batch:
    """What one append writes: records, the same as lines, the last line's moment, rows of other rooms."""

    records: list[Record]
    lines: list[tuple[Any, ...]]
    last_ms: int
    rows: Sequence["WriteRow"]


class Holder(Value):
    """Who holds the right to write: machine, process, home folder."""

    host: str
    pid: int
    home: str

    @classmethod
    def of_this_process(cls, home: Path | str) -> "Holder":
        return cls(host=socket.gethostname(), pid=os.getpid(), home=str(home))


class Snapshot(Value):
    """Everything in memory at a sequence. parts: by name; a projection's is `projection:<name>:<version>`."""

    seq: Seq
    at: datetime
    parts: dict[str, bytes]


class Behind(Value):
    """A projection that stopped at `seq` and is to be rebuilt."""

    name: str
    seq: Seq
    since: datetime
    error: str


class JournalWriter:
    """Appends, and is alone in it.

        writer = await JournalWriter.open(url, site_id=..., codec=..., projections=[...], holder=Holder(...))
        snapshot = await writer.load_snapshot()
        async for records in writer.replay(snapshot): ...   # brings the projections up to date as well
        records = await writer.append(events, rows=[...])

    After any failed append, and when fenced off, memory is ahead of the journal: the writer refuses to go on
    (AssertionError); close it, open a new one, restore.
    """

    def __init__(
        self,
        connection: Any,
        *,
        database_url: str,
        site_id: SiteId,
        codec: Codec,
        projections: Sequence[Projection] = (),
        on_behind: NoteBehind | None = None,
    ) -> None:
        """Use `open`."""
        self._connection = connection
        self._prepared: OrderedDict[tuple[str, ...], Any] = OrderedDict()
        self._database_url = database_url
        self._codec = codec
        self._projections = {projection.name: projection for projection in projections}
        self._on_behind = on_behind
        self._turn = asyncio.Lock()
        self._side: Any = None
        self._side_turn = asyncio.Lock()
        self._months: set[int] = set()
        self._is_replayed = False
        self._is_lost = False
        self._under_way = 0
        self._wishes: list[tuple[TakeParts, asyncio.Future[Snapshot]]] = []
        self._last_ms = 0
        self._bell = Bell(doorbell(site_id), lambda: connect(database_url, name="otklik writer bell"))
        self.site_id = site_id
        self.epoch = 0
        self.seq = Seq(0)
        self.behind: dict[str, Behind] = {}

    @classmethod
    async def open(
        cls,
        database_url: str,
        *,
        site_id: SiteId,
        codec: Codec,
        projections: Sequence[Projection] = (),
        holder: Holder,
        patience: timedelta = timedelta(seconds=2),
        on_behind: NoteBehind | None = None,
    ) -> "JournalWriter":
        """Take the site's write lock and raise its epoch.

        patience: a predecessor that was killed may take a moment to let go. Refuses `writer_taken` with the
        facts host, pid and home of who holds it.
        """
        name = f"otklik writer {holder.host} {holder.pid} {holder.home}"
        connection = await connect(database_url, name=name)
        try:
            writer = cls(
                connection,
                database_url=database_url,
                site_id=site_id,
                codec=codec,
                projections=projections,
                on_behind=on_behind,
            )
            # Every statement here is short and the same again and again: planning it anew would cost more.
            await connection.execute("set plan_cache_mode = force_generic_plan")
            await writer._take(holder, patience)
            connection.add_termination_listener(writer._bell.fall_silent)
        except BaseException:
            connection.terminate()
            raise
        return writer

    @property
    def last_at(self) -> datetime | None:
        """The moment of the last event; None in an empty journal. The clock must not go below it."""
        return from_ms(self._last_ms) if self.seq else None

    @property
    def is_lost(self) -> bool:
        """True once an append failed: nothing more can be written by this one."""
        return self._is_lost or self._connection.is_closed()

    async def close(self) -> None:
        """Let go of the lock."""
        self._is_lost = True
        await self._bell.close()
        for connection in (self._side, self._connection):
            if connection is not None and not connection.is_closed():
                try:
                    await connection.close(timeout=2)
                except (OSError, TimeoutError):
                    connection.terminate()

    # --- append

    async def append(self, events: Sequence[Event], *, rows: Sequence[WriteRow] = ()) -> list[Record]:
        """Write events, rows and facts in one transaction; durable when this returns.

        rows: called with the writer's connection, again if the transaction is written again; a failure
        there is a failed append. Raises FencedOff when another writer took over, and whatever the database
        says.
        """
        self._under_way += 1
        try:
            async with self._turn:
                return await self._append(events, rows)
        finally:
            self._under_way -= 1

    async def _append(self, events: Sequence[Event], rows: Sequence[WriteRow]) -> list[Record]:
        assert not self.is_lost, "this writer has failed: open a new one and restore"
        assert self._is_replayed or not self.seq, "the journal must be replayed before it is written"
        self._is_replayed = True
        if not events:
            assert not rows, "rows are written with the event that tells of them"
            return []
        records, lines, last_ms = self._number(events)
        try:
            await self._make_months(lines)
            stopped = await self._write(_Batch(records, lines, last_ms, rows))
        except BaseException:
            self._is_lost = True
            for _, wish in self._wishes:
                wish.cancel()
            raise
        self.seq = records[-1].seq
        self._last_ms = last_ms
        self._bell.ring(records[0].seq, self.seq)
        self._tell(stopped)
        self._take_wished()
        return records

    async def _write(self, batch: "_Batch") -> list[Behind]:
        """All in one transaction; gives the projections that were left out.

        Nothing is expected to fail, so a batch is one statement where that is possible, and else has no
        savepoints at first: each round trip is time for which the next batch waits. If a projection fails,
        everything is taken back and written again with savepoints.
        """
        stopped, changed = self._fold(batch.records)
        if not stopped and await self._write_at_once(batch, changed):
            return []
        projecting = False
        try:
            async with self._connection.transaction():
                await self._write_lines(batch)
                projecting = True
                for projection, changes in changed:
                    await projection.write(self._connection, changes)
                for mark in stopped:
                    await self._mark(mark)
        except Exception:
            if not projecting or self._connection.is_closed():
                raise
        else:
            return stopped
        async with self._connection.transaction():
            await self._write_lines(batch)
            for projection, changes in changed:
                try:
                    async with self._connection.transaction():
                        await projection.write(self._connection, changes)
                except Exception as error:  # noqa: BLE001 - a report's bug must not stop calls; marked and told
                    stopped.append(_behind(projection, batch.records[0], error))
            for mark in stopped:
                await self._mark(mark)
        return stopped

    async def _write_at_once(self, batch: "_Batch", changed: list[tuple[Projection, Any]]) -> bool:
        """One statement, which commits itself; False if the batch is none for that, or if it failed.

        It fails when the epoch is over, too: the way of several statements then finds out what it was.
        """
        if len(batch.lines) > COPY_FROM:
            return False
        several: list[Acts] = []
        for row in batch.rows:
            if not isinstance(row, Acts):
                return False
            several.append(row)
        for projection, changes in changed:
            acts = projection.acts(changes)
            if acts is None:
                return False
            several.append(acts)
        whole = join([Acts(_CURSOR_AND_LINES, (*self._cursor(batch), *_columns_of(batch.lines))), *several])
        try:
            prepared = await self._prepare(whole.texts)
            await prepared.fetchval(*whole.values)
        except asyncpg.PostgresError:
            if self._connection.is_closed():
                raise
            return False
        return True

    async def _prepare(self, texts: tuple[str, ...]) -> Any:
        """The statement of these acts, planned once."""
        prepared = self._prepared.get(texts)
        if prepared is None:
            prepared = await self._connection.prepare(_one_statement(texts))
            if len(self._prepared) >= PREPARED_KEPT:
                self._prepared.popitem(last=False)
        self._prepared[texts] = prepared
        self._prepared.move_to_end(texts)
        return prepared

    def _cursor(self, batch: "_Batch") -> tuple[Any, ...]:
        """Values of the cursor's part: where it moves."""
        return (self.site_id, self.epoch, batch.records[-1].seq, batch.last_ms)

    async def _write_lines(self, batch: "_Batch") -> None:
        """The cursor first, then the lines and the rows of other rooms."""
        cursor = self._cursor(batch)
        if len(batch.lines) <= COPY_FROM:
            moved = await self._connection.fetchval(_ADVANCE_AND_WRITE, *cursor, *_columns_of(batch.lines))
        else:
            moved = await self._connection.fetchval(_ADVANCE, *cursor)
        if moved is None:
            raise FencedOff(f"epoch {self.epoch} of site {self.site_id} is over")
        if len(batch.lines) > COPY_FROM:
            await self._connection.copy_records_to_table("journal", records=batch.lines, columns=_COLUMNS)
        for row in batch.rows:
            if isinstance(row, Acts):
                await self._connection.fetch(_acts_alone(row.texts), *row.values)
            else:
                await row(self._connection)

    def _number(self, events: Sequence[Event]) -> tuple[list[Record], list[tuple[Any, ...]], int]:
        records: list[Record] = []
        lines: list[tuple[Any, ...]] = []
        seq = self.seq
        last_ms = self._last_ms
        at = from_ms(last_ms)
        encode = self._codec.encode
        for event in events:
            seq = Seq(seq + 1)
            # The journal's own time never goes back, whatever an event says about its own.
            own_ms = to_ms(event.at)
            if own_ms > last_ms:
                last_ms, at = own_ms, from_ms(own_ms)
            record = _record(self.site_id, seq, at, event)
            records.append(record)
            lines.append(
                (
                    self.site_id,
                    seq,
                    last_ms,
                    self.epoch,
                    event.KIND,
                    getattr(event, "project_id", ProjectId(0)),
                    record.interaction_id,
                    record.queue_id,
                    record.agent_id,
                    encode(event),
                )
            )
        return records, lines, last_ms

    async def _make_months(self, lines: list[tuple[Any, ...]]) -> None:
        for at_ms in (lines[0][2], lines[-1][2]):
            month = _month_of(at_ms)
            if month not in self._months:
                await make_partitions(self._connection, month, month + MONTHS_AHEAD)
                self._months.add(month)

    # --- projections

    def _fold(self, records: Sequence[Record]) -> tuple[list[Behind], list[tuple[Projection, Any]]]:
        """Those whose fold raised, and what the others want to write."""
        stopped: list[Behind] = []
        changed: list[tuple[Projection, Any]] = []
        for projection in self._projections.values():
            if projection.name in self.behind:
                continue
            try:
                changes = projection.fold(records)
            except Exception as error:  # noqa: BLE001 - a fold's bug must not stop calls; it is marked and told
                stopped.append(_behind(projection, records[0], error))
            else:
                if changes is not None:
                    changed.append((projection, changes))
        return stopped, changed

    async def _mark(self, mark: Behind) -> None:
        await self._connection.execute(
            "insert into projection_behind (site_id, name, seq, since_ms, error) values ($1, $2, $3, $4, $5)"
            " on conflict (site_id, name) do nothing",
            self.site_id,
            mark.name,
            mark.seq,
            to_ms(mark.since),
            mark.error,
        )

    def _tell(self, stopped: list[Behind]) -> None:
        for mark in stopped:
            self.behind[mark.name] = mark
            if self._on_behind is not None:
                self._on_behind(mark.name, mark.seq, mark.error)

    def projection_parts(self) -> dict[str, bytes]:
        """Open state of the projections at `seq`, for a snapshot."""
        return {
            _part(projection): projection.snapshot()
            for projection in self._projections.values()
            if projection.name not in self.behind
        }

    async def rebuild(self, name: str) -> int:
        """Empty a projection's tables and fold the whole journal into them; gives the number of events.

        Runs on the second connection beside the appends; the last step takes their turn. Until it is done the
        projection stays marked behind. Refuses `journal_incomplete` when the journal's first events are gone,
        `projection_not_rebuilt` when it raises again or the database is away; calls go on.
        """
        try:
            return await self._rebuild(self._projections[name])
        except TROUBLE as away:
            raise Refused("projection_not_rebuilt", name=name, reason=repr(away)) from away

    async def _rebuild(self, projection: Projection) -> int:
        async with self._side_turn:
            side = await self._side_connection()
            await self._set_aside(projection)
            first = await side.fetchval("select min(seq) from journal where site_id = $1", self.site_id)
            if first is not None and first != 1:
                raise Refused("journal_incomplete", first_seq=first)
            async with side.transaction():
                for table in projection.tables:
                    await side.execute(f"delete from {_name(table)} where site_id = $1", self.site_id)
            projection.restore(None)
            folded = Seq(0)
            async for records in read(side, self._codec, site_id=self.site_id):
                async with side.transaction():
                    await self._check_epoch(side)
                    await _fold_and_write(projection, side, records)
                folded = records[-1].seq
            async with self._turn:
                assert not self.is_lost, "this writer has failed: open a new one and restore"
                async with self._connection.transaction():
                    async for records in read(
                        self._connection, self._codec, site_id=self.site_id, after_seq=folded
                    ):
                        await _fold_and_write(projection, self._connection, records)
                        folded = records[-1].seq
                    await self._unmark(projection)
                self.behind.pop(projection.name, None)
        return folded

    async def _set_aside(self, projection: Projection) -> None:
        async with self._turn:
            if projection.name not in self.behind:
                mark = Behind(
                    name=projection.name,
                    seq=self.seq,
                    since=from_ms(self._last_ms),
                    error="rebuild asked for",
                )
                await self._mark(mark)
                self.behind[projection.name] = mark

    async def _unmark(self, projection: Projection) -> None:
        await self._connection.execute(
            "delete from projection_behind where site_id = $1 and name = $2", self.site_id, projection.name
        )
        await self._connection.execute(
            "insert into projection_version (site_id, name, version) values ($1, $2, $3)"
            " on conflict (site_id, name) do update set version = excluded.version",
            self.site_id,
            projection.name,
            projection.version,
        )

    async def _check_epoch(self, connection: Any) -> None:
        epoch = await connection.fetchval("select epoch from cursor where site_id = $1", self.site_id)
        if epoch != self.epoch:
            raise FencedOff(f"epoch {self.epoch} of site {self.site_id} is over")

    # --- snapshots and replay

    async def keep_snapshot(self, parts: "TakeParts", at: datetime) -> Seq:
        """Take everything in memory at one moment of the journal, and keep it; gives the sequence.

        parts: what others have in memory, called when no batch is under way or right after one was written:
        at any other moment memory is ahead of the journal. Refuses `snapshot_not_kept` when the database
        does not take it: calls go on, and the next one may succeed.
        """
        if self._under_way:
            wish: asyncio.Future[Snapshot] = asyncio.get_running_loop().create_future()
            self._wishes.append((parts, wish))
            snapshot = await wish
        else:
            snapshot = self._snapshot(parts)
        try:
            await self.save_snapshot(snapshot.seq, at, snapshot.parts)
        except TROUBLE as away:
            raise Refused("snapshot_not_kept", reason=repr(away)) from away
        return snapshot.seq

    def _snapshot(self, parts: "TakeParts") -> Snapshot:
        return Snapshot(seq=self.seq, at=from_ms(self._last_ms), parts={**parts(), **self.projection_parts()})

    def _take_wished(self) -> None:
        """Right after a batch: memory is what the journal tells."""
        wishes, self._wishes = self._wishes, []
        for parts, wish in wishes:
            if wish.cancelled():
                continue
            try:
                wish.set_result(self._snapshot(parts))
            except Exception as error:  # noqa: BLE001 - it is the asker's error, not the batch's
                wish.set_exception(error)

    async def save_snapshot(self, seq: Seq, at: datetime, parts: dict[str, bytes]) -> None:
        """Keep what was in memory at `seq`, beside the path of appends; the last three stay."""
        state = msgspec.msgpack.encode(parts)
        async with self._side_turn:
            side = await self._side_connection()
            async with side.transaction():
                await self._check_epoch(side)
                await side.execute(
                    _KEEP_SNAPSHOT,
                    self.site_id,
                    seq,
                    to_ms(at),
                    SNAPSHOT_FORMAT,
                    hashlib.sha256(state).digest(),
                    state,
                )
                await side.execute(
                    "delete from snapshot where site_id = $1 and seq not in"
                    " (select seq from snapshot where site_id = $1 order by seq desc limit $2)",
                    self.site_id,
                    SNAPSHOTS_KEPT,
                )

    async def load_snapshot(self) -> Snapshot | None:
        """The newest snapshot that is whole (its checksum fits) and not ahead of the journal."""
        rows = await self._connection.fetch(
            "select seq, at_ms, sha256, state from snapshot where site_id = $1 and seq <= $2 and v = $3"
            " order by seq desc",
            self.site_id,
            self.seq,
            SNAPSHOT_FORMAT,
        )
        for row in rows:
            if hashlib.sha256(row["state"]).digest() == row["sha256"]:
                parts = msgspec.msgpack.decode(row["state"], type=dict[str, bytes])
                return Snapshot(seq=Seq(row["seq"]), at=from_ms(row["at_ms"]), parts=parts)
        return None

    async def replay(self, snapshot: Snapshot | None = None) -> AsyncIterator[list[Record]]:
        """The records after a snapshot, in chunks; read it to the end before the first append.

        Brings the projections' open state up to date on the way (their rows are there already). A projection
        that has no part in the snapshot, or has another version than its rows, is marked behind: rebuild it.
        """
        await self._compare_versions()
        parts = snapshot.parts if snapshot is not None else {}
        caught_up: list[Projection] = []
        for projection in self._projections.values():
            if projection.name in self.behind:
                continue
            part = parts.get(_part(projection))
            if snapshot is not None and part is None:
                await self._stop_on_replay(projection, "no open state in the snapshot")
                continue
            try:
                projection.restore(part)
            except Exception as error:  # noqa: BLE001 - marked behind and told; calls go on
                await self._stop_on_replay(projection, repr(error))
            else:
                caught_up.append(projection)
        after = snapshot.seq if snapshot is not None else Seq(0)
        async for records in read(self._connection, self._codec, site_id=self.site_id, after_seq=after):
            for projection in list(caught_up):
                try:
                    projection.fold(records)
                except Exception as error:  # noqa: BLE001 - marked behind and told; calls go on
                    caught_up.remove(projection)
                    await self._stop_on_replay(projection, repr(error))
            yield records
        self._is_replayed = True

    async def _stop_on_replay(self, projection: Projection, error: str) -> None:
        mark = Behind(name=projection.name, seq=self.seq, since=from_ms(self._last_ms), error=error)
        await self._mark(mark)
        self._tell([mark])

    async def _compare_versions(self) -> None:
        rows = await self._connection.fetch(
            "select name, version from projection_version where site_id = $1", self.site_id
        )
        versions = {row["name"]: row["version"] for row in rows}
        for projection in self._projections.values():
            if versions.get(projection.name) == projection.version or projection.name in self.behind:
                continue
            if self.seq == 0:
                await self._unmark(projection)
            else:
                await self._stop_on_replay(projection, f"version {projection.version} is new here")

    # --- taking over

    async def _take(self, holder: Holder, patience: timedelta) -> None:
        deadline = asyncio.get_running_loop().time() + patience.total_seconds()
        while not await self._connection.fetchval(
            "select pg_try_advisory_lock($1, $2)", LOCK_CLASS, int(self.site_id)
        ):
            if asyncio.get_running_loop().time() >= deadline:
                await self._refuse_taken()
            await asyncio.sleep(0.05)
        row = await self._connection.fetchrow(_TAKE, self.site_id, holder.host, holder.pid, holder.home)
        self.epoch = row["epoch"]
        self.seq = Seq(row["seq"])
        self._last_ms = row["at_ms"]
        marks = await self._connection.fetch(
            "select name, seq, since_ms, error from projection_behind where site_id = $1", self.site_id
        )
        for mark in marks:
            self.behind[mark["name"]] = Behind(
                name=mark["name"], seq=Seq(mark["seq"]), since=from_ms(mark["since_ms"]), error=mark["error"]
            )
        if self.seq == 0:
            await self._compare_versions()

    async def _refuse_taken(self) -> NoReturn:
        found = await find_holder(self._connection, self.site_id)
        if found is None:
            raise Refused("writer_taken", host="", pid=0, home="")
        raise Refused("writer_taken", host=found.host, pid=found.pid, home=found.home)

    async def _side_connection(self) -> Any:
        if self._side is None or self._side.is_closed():
            self._side = await connect(self._database_url, name="otklik writer side", command_timeout=120)
        return self._side


async def find_holder(connection: Any, site_id: SiteId) -> Holder | None:
    """Who holds a site's write lock now; None if nobody does."""
    row = await connection.fetchrow(_HOLDER, LOCK_CLASS, int(site_id))
    if row is None:
        return None
    if row["holder_backend"] == row["pid"]:
        return Holder(host=row["holder_host"], pid=row["holder_pid"], home=row["holder_home"])
    # The lock is taken and the cursor not yet: the session's name says the same, cut at 63 bytes.
    words = [*row["application_name"].split(" ", 4), "", "", "", "", ""]
    return Holder(host=words[2], pid=int(words[3]) if words[3].isdigit() else 0, home=words[4])


async def read(
    connection: Any,
    codec: Codec,
    *,
    site_id: SiteId,
    after_seq: int = 0,
    until_seq: int | None = None,
    chunk: int = CHUNK,
) -> AsyncIterator[list[Record]]:
    """The journal after a sequence, in order, in chunks of records."""
    last = until_seq if until_seq is not None else (1 << 62)
    while True:
        rows = await connection.fetch(
            "select seq, at_ms, kind, body from journal where site_id = $1 and seq > $2 and seq <= $3"
            " order by seq limit $4",
            site_id,
            after_seq,
            last,
            chunk,
        )
        if not rows:
            return
        yield [
            _record(site_id, Seq(row["seq"]), from_ms(row["at_ms"]), codec.decode(row["kind"], row["body"]))
            for row in rows
        ]
        if len(rows) < chunk:
            return
        after_seq = rows[-1]["seq"]


async def read_between(
    connection: Any,
    codec: Codec,
    *,
    site_id: SiteId,
    since: datetime,
    until: datetime,
    kinds: Sequence[int] | None = None,
    chunk: int = CHUNK,
) -> AsyncIterator[list[Record]]:
    """What was written in [since, until), in order, in chunks of records; only events of `kinds` if given.

    Reads the partitions of these months only.
    """
    after_seq = 0
    while True:
        rows = await connection.fetch(
            "select seq, at_ms, kind, body from journal where site_id = $1 and seq > $2"
            " and at_ms >= $3 and at_ms < $4 and ($5::int[] is null or kind = any($5))"
            " order by seq limit $6",
            site_id,
            after_seq,
            to_ms(since),
            to_ms(until),
            kinds,
            chunk,
        )
        if rows:
            yield [
                _record(
                    site_id, Seq(row["seq"]), from_ms(row["at_ms"]), codec.decode(row["kind"], row["body"])
                )
                for row in rows
            ]
        if len(rows) < chunk:
            return
        after_seq = rows[-1]["seq"]


async def last_seq(connection: Any, site_id: SiteId) -> Seq:
    """The sequence up to which everything is written; 0 in an empty journal."""
    return Seq(await connection.fetchval("select seq from cursor where site_id = $1", site_id) or 0)


async def list_behind(connection: Any, site_id: SiteId) -> list[Behind]:
    """The projections whose rows are not up to date, and since when."""
    rows = await connection.fetch(
        "select name, seq, since_ms, error from projection_behind where site_id = $1 order by name", site_id
    )
    return [
        Behind(name=row["name"], seq=Seq(row["seq"]), since=from_ms(row["since_ms"]), error=row["error"])
        for row in rows
    ]


async def make_partitions(connection: Any, first: int, last: int) -> None:
    """Make what is missing of the months first ... last (months since 1970) of journal and segment.

    A partition is made apart and attached then: that way nobody who reads or writes has to wait.
    """
    for month in range(first, last + 1):
        year, number = divmod(month, 12)
        for table, unit in (("journal", 1), ("segment", SLOT_MS)):
            name = f"{table}_y{1970 + year}m{number + 1:02}"
            if await connection.fetchval("select to_regclass($1)", name) is not None:
                continue
            low, high = _month_start(month) // unit, _month_start(month + 1) // unit
            async with connection.transaction():
                await connection.execute(
                    "select pg_advisory_xact_lock(hashtext($1))", f"otklik partition {name}"
                )
                if await connection.fetchval("select to_regclass($1)", name) is not None:
                    continue
                await connection.execute(
                    f"create table {name} (like {table} including defaults including constraints)"
                )
                await connection.execute(
                    f"alter table {table} attach partition {name} for values from ({low}) to ({high})"
                )


def doorbell(site_id: SiteId) -> str:
    """The channel on which an append of this site is announced as `first-last`."""
    return f"otklik_{site_id}"


def _record(site_id: SiteId, seq: Seq, at: datetime, event: Event) -> Record:
    return Record(
        site_id=site_id,
        seq=seq,
        at=at,
        event=event,
        interaction_id=getattr(event, "interaction_id", InteractionId(0)),
        queue_id=getattr(event, "queue_id", QueueId(0)),
        agent_id=getattr(event, "agent_id", AgentId(0)),
    )


async def _fold_and_write(projection: Projection, connection: Any, records: Sequence[Record]) -> None:
    try:
        changes = projection.fold(records)
    except Exception as error:
        raise Refused("projection_not_rebuilt", name=projection.name, reason=repr(error)) from error
    if changes is not None:
        await projection.write(connection, changes)


def _behind(projection: Projection, record: Record, error: BaseException) -> Behind:
    return Behind(name=projection.name, seq=Seq(record.seq - 1), since=record.at, error=repr(error)[:500])


def _columns_of(lines: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The columns of lines without site and epoch, which are the same in all."""
    columns = list(zip(*lines, strict=True))
    return [columns[1], columns[2], *columns[4:]]


def _one_statement(texts: tuple[str, ...]) -> str:
    """The cursor's act first. When it moved nothing, the division fails and with it everything."""
    return f"{_named(texts)} select 1 / (select count(*) from act_0)"


@cache
def _acts_alone(texts: tuple[str, ...]) -> str:
    return f"{_named(texts)} select 1"


def _named(texts: tuple[str, ...]) -> str:
    return "with " + ", ".join(f"act_{number} as ({text})" for number, text in enumerate(texts))


def _part(projection: Projection) -> str:
    return f"projection:{projection.name}:{projection.version}"


def _name(table: str) -> str:
    assert table.replace("_", "").isalnum(), table
    return table


def _month_of(at_ms: int) -> int:
    at = from_ms(at_ms)
    return (at.year - EPOCH.year) * 12 + at.month - 1


def _month_start(month: int) -> int:
    year, number = divmod(month, 12)
    return to_ms(datetime(1970 + year, number + 1, 1, tzinfo=UTC))


_COLUMNS = (
    "site_id",
    "seq",
    "at_ms",
    "epoch",
    "kind",
    "project_id",
    "interaction_id",
    "queue_id",
    "agent_id",
    "body",
)

_ADVANCE = "update cursor set seq = $3, at_ms = $4 where site_id = $1 and epoch = $2 returning 1"

_CURSOR_AND_LINES = (
    _ADVANCE,
    """
    insert into journal
        (site_id, seq, at_ms, epoch, kind, project_id, interaction_id, queue_id, agent_id, body)
    select $1, line.seq, line.at_ms, $2, line.kind, line.project_id, line.interaction_id, line.queue_id,
           line.agent_id, line.body
    from act_0, unnest(
        $5::bigint[], $6::bigint[], $7::smallint[], $8::smallint[], $9::bigint[], $10::smallint[],
        $11::integer[], $12::jsonb[]
    ) as line(seq, at_ms, kind, project_id, interaction_id, queue_id, agent_id, body)
    """,
)

_ADVANCE_AND_WRITE = f"""
with act_0 as ({_CURSOR_AND_LINES[0]}), act_1 as ({_CURSOR_AND_LINES[1]})
select 1 from act_0
"""

_TAKE = """
insert into cursor (site_id, epoch, seq, at_ms, holder_backend, holder_host, holder_pid, holder_home)
values ($1, 1, 0, 0, pg_backend_pid(), $2, $3, $4)
on conflict (site_id) do update set
    epoch = cursor.epoch + 1,
    holder_backend = excluded.holder_backend,
    holder_host = excluded.holder_host,
    holder_pid = excluded.holder_pid,
    holder_home = excluded.holder_home
returning epoch, seq, at_ms
"""

_KEEP_SNAPSHOT = """
insert into snapshot (site_id, seq, at_ms, v, sha256, state) values ($1, $2, $3, $4, $5, $6)
on conflict (site_id, seq) do update set
    at_ms = excluded.at_ms, v = excluded.v, sha256 = excluded.sha256, state = excluded.state
"""

_HOLDER = """
select l.pid, a.application_name, c.holder_backend, c.holder_host, c.holder_pid, c.holder_home
from pg_locks l
join pg_stat_activity a on a.pid = l.pid
left join cursor c on c.site_id = $2
where l.locktype = 'advisory' and l.granted
  and l.classid::bigint = $1 and l.objid::bigint = $2 and l.objsubid = 2
  and l.database = (select oid from pg_database where datname = current_database())
"""
