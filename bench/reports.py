"""Reports over a year of calls against queries of rows over a queue_log, in the same PostgreSQL.

    python -m bench.reports [--segments 1000000] [--repeat 5] [--no-year]

A week is drawn (`queue_logs.py`) and imported by the product's own importer, which is measured. The year is
that week 52 times: its facts, and the peer's rows, are copied by SQL to the weeks before it, so that a year
of ten million stays is there in minutes; a third of the customers come again in other weeks, the others are
new ones. Both sides are indexed, vacuumed and analysed then.

Our side asks the functions that screens ask (`reports.service`), to the whole answer in Python; the peer
(`row_wise.py`) gives bare rows. Before anything is measured the answers of both must be equal, else the bench
fails. Each figure is the median of `--repeat` runs, in turns, after one that is not counted.
"""

import argparse
import asyncio
import json
import shutil
import signal
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import uvloop

from bench import queue_logs
from bench.journal import serve
from bench.row_wise import COLUMNS, INDEXES, TABLE, RowWise
from otklik import database
from otklik.acd import events as acd
from otklik.acd.model import Channel, Direction, QueueingCause
from otklik.journal.store import JournalWriter, make_partitions
from otklik.operations import migrating, processes
from otklik.organization.model import Site
from otklik.reports import service
from otklik.reports.foreign.forms import QUEUE_LOG
from otklik.reports.foreign.reading import LogFile, rows_of
from otklik.reports.foreign.rows import Row
from otklik.reports.foreign.service import Keeper, Place, import_logs
from otklik.reports.foreign.store import names_of
from otklik.reports.service.waits import USUAL_EDGES
from otklik.settings import Settings
from otklik.vocabulary.ids import (
    InteractionId,
    Minter,
    NumberId,
    PartyId,
    ProjectId,
    QueueId,
    SegmentId,
    SiteId,
)
from otklik.vocabulary.time import duration_ms, from_ms
from otklik.wiring.importing import close_writer, open_writer

SITE = SiteId(2)
ZONE = ZoneInfo("Europe/Moscow")
WALL = timedelta(hours=3)
MONDAY = date(2026, 11, 9)
WEEKS = 52
FIRST, END = MONDAY - timedelta(weeks=WEEKS - 1), MONDAY + timedelta(weeks=1)
BUSY = MONDAY + timedelta(days=2)
NOW = datetime(2026, 11, 16, tzinfo=UTC)
WEEK_MS = 7 * 86_400_000
WEEK_SLOTS = 7 * 96
WEEK_OF_IDS = Minter().mint(from_ms(1)) * WEEK_MS
"""Ids tell their moment: so much lies between two of a week apart."""

REGULAR = "('0', '3', '6')"
"""Last digits of the numbers of those who come again in other weeks."""


# --- the year


def drawn_week(folder: Path, segments: int) -> tuple[Path, str, queue_logs.Drawn]:
    """The log of a week, as a file and as text."""
    midnight = int(datetime(MONDAY.year, MONDAY.month, MONDAY.day, tzinfo=ZONE).timestamp())
    lines, drawn = queue_logs.week(midnight, segments // WEEKS)
    path, log = folder / "queue_log", "".join(lines)
    path.write_text(log, encoding="utf-8")
    return path, log, drawn


async def import_week(address: str, folder: Path, path: Path) -> tuple[JournalWriter, Any, dict[str, float]]:
    """By the product's own importer; gives its writer, its connection and lines each second."""
    rates: dict[str, float] = {}
    log = LogFile(path)
    began = time.perf_counter()
    count = sum(1 for row in rows_of(log, zone=ZONE, latest_ms=1 << 60) if isinstance(row, Row))
    rates["parsed_per_second"] = count / (time.perf_counter() - began)
    log.close()
    connection = await database.connect(address, name="otklik bench import", command_timeout=None)
    site = Site(site_id=SITE, name="bench", zone=ZONE.key, country="RU", language="en", currency="RUB")
    writer = await open_writer(connection, address, Settings(home=folder), site, kind=QUEUE_LOG)
    began = time.perf_counter()
    busy = time.process_time()
    place = Place(SITE, ZONE, "RU")
    found = await import_logs(Keeper(connection, SITE, writer), [path], place=place, now=NOW)
    took = time.perf_counter() - began
    assert not found.rejected_count, found.rejected[:5]
    rates |= {
        "lines": found.lines,
        "events": found.events,
        "seconds": took,
        "stored_per_second": found.lines / took,
        "own_processor_seconds": time.process_time() - busy,
    }
    return writer, connection, rates


async def load_rows(connection: Any, log: str) -> float:
    """The same week into the peer's table with its indexes, by COPY; lines each second."""
    await connection.execute(TABLE)
    for text in INDEXES:
        await connection.execute(text)
    began = time.perf_counter()
    records = []
    for line in log.splitlines():
        fields = line.split("|")
        at = datetime.fromtimestamp(int(fields[0]), UTC).replace(tzinfo=None) + WALL
        records.append((at, *fields[1:5], *[*fields[5:], "", "", "", "", ""][:5]))
    await connection.copy_records_to_table("queue_log", records=records, columns=COLUMNS)
    return len(records) / (time.perf_counter() - began)


_NEW = f"case when e164 is null or right(e164, 1) in {REGULAR} then {{0}} else {{0}} - {{ids}} end"
_KEYS = {
    "segment": ("segment_id", "interaction_id"),
    "interaction": ("interaction_id",),
    "qslot": (),
    "agent_slot": (),
}


async def spread(connection: Any, table: str) -> None:
    """Copy a table's week to the weeks before it, the oldest first."""
    columns = [
        row["attname"]
        for row in await connection.fetch(
            "select attname from pg_attribute where attrelid = $1::regclass and attnum > 0", table
        )
    ]
    from_party = ""
    if "customer_id" in columns:
        from_party = "left join party p on p.site_id = t.site_id and p.party_id = t.customer_id"

    def shifted(name: str) -> str:
        if name in _KEYS[table]:
            return f"t.{name} - k * {WEEK_OF_IDS}"
        if name == "customer_id":
            return _NEW.format("t.customer_id", ids=f"k * {WEEK_OF_IDS}")
        if name == "slot":
            return f"t.slot - k::integer * {WEEK_SLOTS}"
        if name in ("start_ms", "enter_ms", "answer_ms", "end_ms"):
            return f"case when t.{name} = 0 then 0 else t.{name} - k * {WEEK_MS}::bigint end"
        return f"t.{name}"

    values = ", ".join(map(shifted, columns))
    order = {"segment": "enter_ms", "interaction": "start_ms"}.get(table, "slot")
    await connection.execute(
        f"insert into {table} ({', '.join(columns)}) select {values}"
        f" from generate_series({WEEKS - 1}::bigint, 1, -1) k cross join lateral"
        f" (select * from {table} where site_id = {SITE} offset 0) t {from_party} order by k desc, t.{order}"
    )


async def without_indexes(connection: Any, table: str, fill: Callable[[], Awaitable[None]]) -> None:
    """Indexes that guard nothing are made after the rows."""
    found = await connection.fetch(
        "select c.relname, pg_get_indexdef(i.indexrelid) as made from pg_index i"
        " join pg_class c on c.oid = i.indexrelid"
        " where i.indrelid = $1::regclass and not i.indisprimary",
        table,
    )
    for row in found:
        await connection.execute(f'drop index "{row["relname"]}"')
    await fill()
    for row in found:
        await connection.execute(row["made"].replace(" ON ONLY ", " ON "))


async def make_year(connection: Any) -> None:
    """The facts of 52 weeks."""
    months = (FIRST.year - 1970) * 12 + FIRST.month - 1, (END.year - 1970) * 12 + END.month - 1
    await make_partitions(connection, *months)
    for table in _KEYS:
        await without_indexes(connection, table, lambda table=table: spread(connection, table))
    await connection.execute(
        f"insert into party (site_id, party_id, e164) select site_id, party_id - k * {WEEK_OF_IDS},"
        " '+79' || (16 + k) || substr(e164, 6)"
        f" from party cross join generate_series(1::bigint, {WEEKS - 1}) k where site_id = {SITE}"
        f" and right(e164, 1) not in {REGULAR}"
    )


async def make_rows(connection: Any) -> None:
    """The peer's rows of 52 weeks, in the order of time."""
    await connection.execute("alter table queue_log rename to drawn")
    await connection.execute(TABLE.replace("bigserial", "bigint generated always as identity"))
    names = ", ".join(COLUMNS)
    await connection.execute(
        f"""
        insert into queue_log ({names})
        select time - k * interval '7 days', callid || '.' || k, queuename, agent, event, data1,
               case when event <> 'ENTERQUEUE' or right(data2, 1) in {REGULAR} then data2
                    else '79' || (16 + k) || substr(data2, 5) end, data3, data4, data5
        from generate_series({WEEKS - 1}, 0, -1) k cross join drawn order by k desc, drawn.id
        """
    )
    await connection.execute("drop table drawn")
    for text in INDEXES:
        await connection.execute(text)


# --- the questions

Ask = Callable[[], Awaitable[Any]]


class Sides:
    """The same questions to both, and their answers in one form to compare."""

    def __init__(self, connection: Any, peer: RowWise, names: dict[int, str]) -> None:
        self._connection = connection
        self._peer = peer
        self._names = names

    def questions(self) -> dict[str, tuple[Ask, Ask, Callable[[Any, Any], None]]]:
        """By name: ours, the peer's, and what finds them different."""
        month = date(BUSY.year, BUSY.month - 1, 1)
        return {
            "one day by quarters and queue": self._days(BUSY, BUSY + timedelta(days=1), "quarter"),
            "one month by day and queue": self._days(month, BUSY.replace(day=1), "day"),
            "year by day and queue": self._days(FIRST, END, "day"),
            "year, weekday by hour": self._heat(FIRST, END),
            "year, percentiles and histogram of waits": self._waits(FIRST, END),
            "year, distinct customers": self._customers(FIRST, END),
            "month, distinct customers": self._customers(month, BUSY.replace(day=1)),
            "dashboard of 12 tiles": self._tiles(BUSY),
        }

    def _days(self, first: date, end: date, by: str) -> tuple[Ask, Ask, Callable[[Any, Any], None]]:
        ask = service.queue_intervals if by == "quarter" else service.queue_days

        async def ours() -> Any:
            return await ask(self._connection, site_id=SITE, zone=ZONE, first=first, end=end)

        def compare(report: Any, rows: Any) -> None:
            _same(
                {
                    ((row.start + WALL).replace(tzinfo=None), row.queue): (
                        *_sums_of(row.facts),
                        row.facts.p90_wait_ms,
                    )
                    for row in report.rows
                },
                {
                    (_moment(row["period"]), row["queuename"]): (*_sums_of_row(row), _ms(row["p90"]))
                    for row in rows
                },
            )

        return ours, lambda: self._peer.queues(_midnight(first), _midnight(end), by), compare

    def _heat(self, first: date, end: date) -> tuple[Ask, Ask, Callable[[Any, Any], None]]:
        async def ours() -> Any:
            return await service.queue_heat(
                self._connection, site_id=SITE, zone=ZONE, first=first, end=end, as_of=NOW
            )

        def compare(report: Any, rows: Any) -> None:
            _same(
                {(one.row, one.hour): _sums_of(one.facts) for one in report.cells if one.facts.offered},
                {(row["weekday"], row["hour"]): _sums_of_row(row) for row in rows},
            )

        return ours, lambda: self._peer.heat(_midnight(first), _midnight(end)), compare

    def _waits(self, first: date, end: date) -> tuple[Ask, Ask, Callable[[Any, Any], None]]:
        edges = [duration_ms(edge) for edge in USUAL_EDGES]

        async def ours() -> Any:
            return await service.queue_waits(self._connection, site_id=SITE, zone=ZONE, first=first, end=end)

        def compare(report: Any, found: Any) -> None:
            steps, figures = found
            _same(
                {place: (one.answered, one.abandoned) for place, one in enumerate(report.steps)},
                {place: (0, 0) for place in range(len(report.steps))}
                | {row["step"]: (row["answered"], row["abandoned"]) for row in steps},
            )
            told = {}
            for one in [*report.rows, report.total]:
                facts, queue = one.facts, one.queue or None
                told[queue, "CONNECT"] = (
                    facts.answered,
                    facts.wait_ms,
                    facts.max_ms,
                    facts.median_ms,
                    facts.p90_ms,
                )
                told[queue, "ABANDON"] = (
                    facts.abandoned,
                    facts.aband_ms,
                    facts.aband_max_ms,
                    facts.aband_median_ms,
                    facts.aband_p90_ms,
                )
            _same(
                {key: values for key, values in told.items() if values[0]},
                {
                    (row["queuename"], row["event"]): (
                        row["stays"],
                        *(_ms(row[name]) for name in ("wait", "longest", "median", "p90")),
                    )
                    for row in figures
                },
            )

        return ours, lambda: self._peer.waits(_midnight(first), _midnight(end), edges), compare

    def _customers(self, first: date, end: date) -> tuple[Ask, Ask, Callable[[Any, Any], None]]:
        async def ours() -> Any:
            return await service.calls_by_number(
                self._connection, site_id=SITE, zone=ZONE, first=first, end=end
            )

        def compare(report: Any, customers: Any) -> None:
            _same(report.total.facts.customers, customers)

        return ours, lambda: self._peer.customers(_midnight(first), _midnight(end)), compare

    def _tiles(self, day: date) -> tuple[Ask, Ask, Callable[[Any, Any], None]]:
        as_of = datetime(day.year, day.month, day.day, 23, tzinfo=ZONE).astimezone(UTC)
        after = day + timedelta(days=1)

        async def ours() -> Any:
            now = await service.queues_today(self._connection, site_id=SITE, zone=ZONE, as_of=as_of)
            parts = await service.queue_intervals(
                self._connection, site_id=SITE, zone=ZONE, first=day, end=after
            )
            return now, parts

        def compare(report: Any, found: Any) -> None:
            now, parts = report
            sums = [_sums_of(one.facts) for one in now]
            offered, answered, abandoned, _, _, in_sl, wait, talk = map(sum, zip(*sums, strict=True))
            _same(
                (offered, answered, abandoned, in_sl, wait, talk, sum(one.waiting for one in now)),
                (
                    *(int(found[name]) for name in ("offered", "answered", "abandoned", "in_sl")),
                    *(_ms(found[name]) for name in ("wait", "talk")),
                    sum(row["count"] for row in found["waiting"]),
                ),
            )
            _same(len(parts.rows), len(found["quarters"]))

        return ours, lambda: self._peer.tiles(_midnight(day), _midnight(after)), compare


def _same(ours: Any, theirs: Any) -> None:
    if ours == theirs:
        return
    if isinstance(ours, dict):
        wrong = [key for key in ours.keys() | theirs.keys() if ours.get(key) != theirs.get(key)]
        place = wrong[0]
        ours, theirs = (len(wrong), place, ours.get(place)), theirs.get(place)
    raise AssertionError(f"the answers differ: ours {ours}, the peer's {theirs}")


def _sums_of(facts: Any) -> tuple[int, ...]:
    return (
        facts.offered,
        facts.answered,
        facts.abandoned,
        facts.short_ab,
        facts.overflow,
        facts.in_sl,
        facts.wait_ms,
        facts.talk_ms,
    )


def _sums_of_row(row: Any) -> tuple[int, ...]:
    counts = (row[name] for name in ("offered", "answered", "abandoned", "short_ab", "overflow", "in_sl"))
    return (*counts, _ms(row["wait"]), _ms(row["talk"]))


def _ms(seconds: int | None) -> int:
    return None if seconds is None else int(seconds) * 1000  # type: ignore[return-value]  # none answered


def _moment(period: Any) -> datetime:
    return period if isinstance(period, datetime) else _midnight(period)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001, the wall clock of the peer's table


async def measure_reports(sides: Sides, repeat: int) -> dict[str, dict[str, float]]:
    """Milliseconds of both and how many times quicker ours is."""
    found = {}
    for name, (ours, theirs, compare) in sides.questions().items():
        compare(await ours(), await theirs())
        took: tuple[list[float], list[float]] = ([], [])
        for _ in range(repeat):
            for times, ask in zip(took, (ours, theirs), strict=True):
                began = time.perf_counter()
                await ask()
                times.append((time.perf_counter() - began) * 1000)
        mine, peer = map(statistics.median, took)
        found[name] = {
            "ms": round(mine, 1),
            "peer_ms": round(peer, 1),
            "times_quicker": round(peer / mine, 1),
        }
        print(f"{name}: {mine:.1f} ms, peer {peer:.1f} ms, {peer / mine:.1f} times", flush=True)
    return found


async def measure_freshness(writer: JournalWriter, connection: Any, count: int = 40) -> dict[str, float]:
    """From an event to its commit, and to a report of its day that counts it, read over another connection.

    Rows of now, which boards follow, are written in the same commit.
    """
    ids = Minter(3)
    today = NOW.astimezone(ZONE).date()
    durable, told = [], []
    for number in range(count):
        at = NOW + timedelta(seconds=number)
        interaction_id, segment_id = InteractionId(ids.mint(at)), SegmentId(ids.mint(at))
        arrived = acd.InteractionArrived(
            at=at,
            interaction_id=interaction_id,
            channel=Channel.VOICE,
            direction=Direction.INBOUND,
            party_id=PartyId(0),
            number_id=NumberId(0),
            project_id=ProjectId(1),
        )
        queued = acd.InteractionQueued(
            at=at,
            interaction_id=interaction_id,
            segment_id=segment_id,
            queue_id=QueueId(1),
            priority=0,
            queued_at=at,
            cause=QueueingCause.ARRIVED,
        )
        began = time.perf_counter()
        await writer.append([arrived, queued])
        durable.append((time.perf_counter() - began) * 1000)
        report = await service.queue_intervals(
            connection, site_id=SITE, zone=ZONE, first=today, end=today + timedelta(days=1)
        )
        told.append((time.perf_counter() - began) * 1000)
        assert report.total.offered == number + 1
    return {"durable_p50_ms": statistics.median(durable), "in_report_p50_ms": statistics.median(told)}


async def measure(address: str, folder: Path, words: argparse.Namespace) -> dict[str, Any]:
    """All figures."""
    path, log, drawn = drawn_week(folder, words.segments)
    writer, connection, rates = await import_week(address, folder, path)
    rates["peer_copied_per_second"] = await load_rows(connection, log)
    found: dict[str, Any] = {"week": {"stays": drawn.stays, "lines": drawn.lines}, "import": rates}
    print(json.dumps(found, indent=1), flush=True)
    if words.year:
        began = time.perf_counter()
        await make_year(connection)
        await make_rows(connection)
        await connection.execute("vacuum analyze")
        print(f"the year is there after {time.perf_counter() - began:.0f} s", flush=True)
        found["rows"] = {
            table: await connection.fetchval(f"select count(*) from {table}")
            for table in (*_KEYS, "queue_log")
        }
        names = await names_of(connection, SITE, "queue")
        sides = Sides(connection, RowWise(connection), names)
        found["reports"] = await measure_reports(sides, words.repeat)
        found["freshness"] = await measure_freshness(writer, connection)
    await close_writer(writer)
    await connection.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--segments", type=int, default=1_000_000, help="stays in queues of the year")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--no-year", dest="year", action="store_false", help="only the import of a week")
    words = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="otklik-bench-"))
    server, running = serve(folder)
    try:
        address = database.private_address(server.password_file, server.sockets)
        while not asyncio.run(database.answers(address)):
            time.sleep(0.05)
        asyncio.run(database.make_database(address, "otklik"))
        migrating.upgrade(address)
        found = uvloop.run(measure(address, folder, words))
    finally:
        asyncio.run(processes.stop(running, polite=signal.SIGINT))
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(found, indent=1, default=str))


if __name__ == "__main__":
    main()
