"""Facts in the real database: boards, reports and the journal say one and the same."""

import json
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from otklik.acd.events import AcdEvent
from otklik.database import connect
from otklik.journal.codec import Codec
from otklik.journal.store import Holder, JournalWriter
from otklik.reports import measures, service
from otklik.reports.cli import Asked, report_text
from otklik.reports.measures import QueueFacts
from otklik.reports.projections import Facts, Live
from otklik.reports.store.checking import wrong_counters
from otklik.reports.verify import refold
from otklik.vocabulary.ids import SiteId
from otklik.vocabulary.refusals import Invalid
from tests.rooms.reports.random_centre import SITE, START, TESTER, RandomCentre

pytestmark = pytest.mark.database

CODEC = Codec(AcdEvent)
ZONE = ZoneInfo("Europe/Moscow")
FIRST = START.astimezone(ZONE).date()
LAST = FIRST + timedelta(days=30)


@dataclass
class Written:
    """A random centre whose events go through the writer into the database."""

    centre: RandomCentre
    writer: JournalWriter
    connection: Any
    url: str

    async def steps(self, count: int, batches: random.Random | None = None) -> None:
        events = self.centre.steps(count)
        while events:
            size = batches.randrange(1, 12) if batches else len(events)
            await self.writer.append(events[:size])
            events = events[size:]

    async def reopen(self) -> None:
        """The process dies and another one takes over."""
        await self.writer.close()
        self.writer = await open_writer(self.url)

    async def differences(self) -> list[Any]:
        return await refold(self.connection, CODEC, site_id=SITE)


async def open_writer(url: str) -> JournalWriter:
    writer = await JournalWriter.open(
        url,
        site_id=SITE,
        codec=CODEC,
        projections=[Facts(SITE), Live(SITE)],
        holder=Holder(host="h", pid=1, home="/"),
    )
    async for _ in writer.replay(await writer.load_snapshot()):
        pass
    return writer


@pytest.fixture
async def written(database_url: str) -> AsyncIterator[Written]:
    writer = await open_writer(database_url)
    connection = await connect(database_url, name="test")
    written = Written(RandomCentre(20260302), writer, connection, database_url)
    yield written
    await connection.close()
    await written.writer.close()


async def test_rows_are_those_of_a_fresh_fold_also_after_restarts(written: Written) -> None:
    dice = random.Random(5)
    for round_number in range(6):
        await written.steps(120, dice)
        if round_number % 2:
            await written.writer.save_snapshot(
                written.writer.seq, written.centre.now, written.writer.projection_parts()
            )
            await written.steps(40, dice)
        await written.reopen()
        assert written.writer.behind == {}

    assert await written.differences() == []


async def test_a_changed_row_is_found_and_named(written: Written) -> None:
    await written.steps(200)
    await written.connection.execute("update qslot set answered = answered + 1 where answered > 0")
    await written.connection.execute(
        "delete from offer where offer_id = (select min(offer_id) from offer where outcome > 0)"
    )

    differences = await written.differences()

    assert {one.table for one in differences} == {"qslot", "offer"}
    assert all(one.columns == ("answered",) for one in differences if one.table == "qslot")
    assert [one.is_there for one in differences if one.table == "offer"] == [None]
    day = START.astimezone(ZONE).date()
    of_the_day = await refold(written.connection, CODEC, site_id=SITE, day=day, zone=ZONE)
    before = await refold(written.connection, CODEC, site_id=SITE, day=day - timedelta(days=1), zone=ZONE)
    assert of_the_day
    assert before == []


async def test_a_rebuilt_projection_has_the_same_rows(written: Written) -> None:
    await written.steps(150)
    await written.connection.execute("update qslot set offered = 0")
    await written.connection.execute("delete from agent_now")
    assert await written.differences() != []

    for name in ("facts", "live"):
        await written.writer.rebuild(name)
    await written.steps(50)

    assert await written.differences() == []


async def sql_today(connection: Any, as_of: datetime) -> dict[int, dict[str, int]]:
    """The counters of the day, asked as anyone with psql would ask."""
    rows = await connection.fetch(
        """
        select queue_id, sum(offered) as offered, sum(answered) as answered, sum(abandoned) as abandoned,
               sum(short_ab) as short_ab, sum(overflow) as overflow, sum(in_sl) as in_sl,
               sum(wait_ms) as wait_ms, sum(handled) as handled, sum(ring_ms) as ring_ms,
               sum(talk_ms) as talk_ms, sum(hold_ms) as hold_ms, sum(wrap_ms) as wrap_ms
        from qslot
        where to_timestamp(slot * 900.0) at time zone 'Europe/Moscow' >= date_trunc('day', $1::timestamp)
          and to_timestamp(slot * 900.0) at time zone 'Europe/Moscow'
              < date_trunc('day', $1::timestamp) + interval '1 day'
        group by queue_id
        """,
        as_of.astimezone(ZONE).replace(tzinfo=None),
    )
    return {row["queue_id"]: {name: int(value) for name, value in row.items()} for row in rows}


async def test_tile_and_sql_and_report_are_equal_after_each_of_200_random_steps(
    written: Written,
) -> None:
    for step in range(200):
        await written.steps(1)
        as_of = written.centre.now
        today = as_of.astimezone(ZONE).date()
        tiles = {
            tile.queue_id: tile
            for tile in await service.queues_today(written.connection, site_id=SITE, zone=ZONE, as_of=as_of)
        }
        report = await service.queue_days(
            written.connection, site_id=SITE, zone=ZONE, first=today, end=today + timedelta(days=1)
        )
        intervals = await service.queue_intervals(
            written.connection, site_id=SITE, zone=ZONE, first=today, end=today + timedelta(days=1)
        )
        by_sql = await sql_today(written.connection, as_of)

        assert {row.queue_id for row in report.rows} == set(by_sql)
        for row in report.rows:
            tile = tiles[row.queue_id]
            assert tile.facts == row.facts
            assert tile.values == row.values
            for name in ("offered", "answered", "abandoned", "short_ab", "overflow", "in_sl", "wait_ms"):
                assert getattr(row.facts, name) == by_sql[row.queue_id][name]
        for one in fields(QueueFacts):
            if one.name not in ("p90_wait_ms", "max_wait_ms"):
                assert getattr(report.total, one.name) == getattr(intervals.total, one.name)
        assert report.total.p90_wait_ms == intervals.total.p90_wait_ms
        printed = await report_text(
            written.connection,
            Asked(kind="days", first=today, end=today + timedelta(days=1), as_of=as_of, form="json"),
            site_id=SITE,
            zone=ZONE,
            agent_names={},
        )
        lines = json.loads(printed)
        assert [
            {name: line[name] for name in row.values} for line, row in zip(lines, report.rows, strict=True)
        ] == [dict(row.values) for row in report.rows]
        if step % 8 == 0:
            assert await written.differences() == []


async def test_a_changed_counter_is_seen_on_the_tile_and_in_the_report(written: Written) -> None:
    await written.steps(150)
    as_of = written.centre.now
    slot = int(as_of.timestamp()) // 900
    await written.connection.execute(
        "insert into qslot"
        " values (1, $1, 1, 1, 0, 10, 8, 2, 1, 1, 0, 0, 4, 8, 80000, 9, 0, 0, 0, 0, 20000, 1)"
        " on conflict (site_id, slot, queue_id, channel) do update set"
        " offered = 10, answered = 8, abandoned = 2, short_ab = 1, in_sl = 4",
        slot,
    )
    others = await written.connection.execute("delete from qslot where queue_id = 1 and slot <> $1", slot)
    assert others

    (tile,) = await service.queues_today(
        written.connection, site_id=SITE, zone=ZONE, as_of=as_of, queue_ids=[1]
    )

    assert (tile.facts.offered, tile.facts.answered) == (10, 8)
    assert tile.values["service_level"] == 4 / 9
    assert tile.values["service_level_strict"] == 0.4
    assert tile.is_on_target is False


async def test_percentile_and_mean_are_those_of_the_stays(written: Written) -> None:
    await written.steps(3000)
    rows = await written.connection.fetch(
        "select queue_id, wait_ms from segment_all where answered = 1 and project_id <> 9999"
    )
    waits: dict[int, list[int]] = {}
    for row in rows:
        waits.setdefault(row["queue_id"], []).append(row["wait_ms"])
    days = written.centre.now.astimezone(ZONE).date() - FIRST
    report = await service.queue_days(
        written.connection, site_id=SITE, zone=ZONE, first=FIRST, end=FIRST + days + timedelta(days=1)
    )

    everything = [wait for some in waits.values() for wait in some]
    assert len(everything) > 30
    assert report.total.p90_wait_ms == measures.percentile(everything, 0.9)
    assert report.total_values["average_wait_seconds"] == round(sum(everything) / len(everything)) / 1000


async def test_agents_days_add_up_to_their_time_signed_in(
    written: Written,
) -> None:
    for _ in range(25):
        await written.steps(20)
        as_of = written.centre.now + timedelta(milliseconds=written.centre.random.randrange(2_000_000))
        # The engine's slot starts come with the next step; the report cuts the running state itself.
        report = await service.agent_days(
            written.connection, site_id=SITE, zone=ZONE, first=FIRST, end=LAST, as_of=as_of
        )
        found = await written.connection.fetch(
            "select agent_id, signed_in_ms from agent_now where state <> 0 and agent_id <> $1", TESTER
        )
        closed = await written.connection.fetch(
            "select agent_id, sum(stop_ms - start_ms)::bigint as ms from agent_state where agent_id <> $1"
            " group by agent_id",
            TESTER,
        )
        expected = {row["agent_id"]: int(row["ms"]) for row in closed}
        now = await written.connection.fetch(
            "select agent_id, since_ms from agent_now where state <> 0 and agent_id <> $1", TESTER
        )
        as_of_ms = int(as_of.timestamp() * 1000)
        for row in now:
            expected[row["agent_id"]] = expected.get(row["agent_id"], 0) + as_of_ms - row["since_ms"]
        sums: dict[int, int] = {}
        for line in report.rows:
            ms = measures.signed_in_ms(line.facts)
            assert ms <= 86_400_000
            assert sum(line.not_ready.values()) == line.facts.not_ready_ms
            sums[line.agent_id] = sums.get(line.agent_id, 0) + ms
        assert {k: v for k, v in sums.items() if v} == {k: v for k, v in expected.items() if v}
        assert len(found) <= 6


async def test_numbers_lead_to_the_interactions_behind_them(written: Written) -> None:
    await written.steps(1200)
    report = await service.queue_intervals(written.connection, site_id=SITE, zone=ZONE, first=FIRST, end=LAST)

    for row in report.rows:
        for drill, count in (
            ("offered", row.facts.offered),
            ("answered", row.facts.answered),
            ("abandoned", row.facts.abandoned),
            ("in_sl", row.facts.in_sl),
            ("overflow", row.facts.overflow),
        ):
            number = service.Counted(drill=drill, start=row.start, stop=row.stop, queue_ids=[row.queue_id])
            page = await service.interactions_behind(
                written.connection, site_id=SITE, number=number, limit=500
            )
            stays = await written.connection.fetchval(
                f"select count(distinct interaction_id) from segment_all where {COLUMN[drill]} = 1"
                " and queue_id = $1 and slot = $2 and project_id <> 9999",
                row.queue_id,
                int(row.start.timestamp()) // 900,
            )
            assert len(page.rows) == stays <= count
            assert (stays == 0) == (count == 0)


COLUMN = {
    "offered": "offered",
    "answered": "answered",
    "abandoned": "abandoned",
    "in_sl": "in_sl",
    "overflow": "overflow",
}


async def test_the_list_has_every_interaction_once_over_its_pages(written: Written) -> None:
    await written.steps(400)
    seen: list[int] = []
    place = None
    while True:
        page = await service.list_interactions(
            written.connection,
            site_id=SITE,
            filters=service.InteractionFilter(since=START),
            place=place,
            limit=7,
        )
        seen += [row.interaction_id for row in page.rows]
        place = page.next
        if place is None:
            break

    there = await written.connection.fetch(
        "select interaction_id from interaction where project_id <> 9999"
        " order by start_ms desc, interaction_id desc"
    )
    assert seen == [row["interaction_id"] for row in there]


async def test_filters_leave_what_fits(written: Written) -> None:
    await written.steps(800)
    await written.connection.execute(
        "insert into party select 1, n, '+7900' || lpad(n::text, 7, '0') from generate_series(1, 19) n"
    )

    async def found(**conditions: Any) -> list[service.Interaction]:
        page = await service.list_interactions(
            written.connection, site_id=SITE, filters=service.InteractionFilter(**conditions), limit=500
        )
        return list(page.rows)

    everything = await found()
    assert len(everything) > 60
    assert {row.direction for row in await found(direction="outbound")} == {"outbound"}
    assert {row.outcome for row in await found(outcomes=["abandoned"])} == {"abandoned"}
    waits = await found(minimum_wait=timedelta(seconds=10))
    assert waits
    assert all(row.wait >= timedelta(seconds=10) for row in waits)
    by_digits = await found(digits="9000000007")
    assert by_digits
    assert {row.customer_id for row in by_digits} == {7}
    assert {row.number for row in by_digits} == {"+79000000007"}
    open_ones = await found(is_ended=False)
    assert {row.interaction_id for row in open_ones} <= set(written.centre.alive)
    agent = next(row.agent_id for row in everything if row.agent_id)
    of_agent = await found(agent_ids=[agent])
    assert of_agent
    for row in of_agent:
        line = await service.interaction_time_line(
            written.connection, site_id=SITE, interaction_id=row.interaction_id, zone=ZONE
        )
        assert agent in [stay.agent_id for stay in line.stays]
    sight = await found(agents_sight=[agent])
    others = {row.interaction_id for row in sight if row.agent_id not in (0, agent)}
    assert all(one in {row.interaction_id for row in of_agent} for one in others)


async def test_a_time_line_is_without_gap_from_arrival_to_end(written: Written) -> None:
    await written.steps(600)
    page = await service.list_interactions(
        written.connection, site_id=SITE, filters=service.InteractionFilter(), limit=500
    )

    with_offers = 0
    for row in page.rows:
        line = await service.interaction_time_line(
            written.connection, site_id=SITE, interaction_id=row.interaction_id, zone=ZONE
        )
        talked = [one for one in line.phases if one.phase != "wrap_up"]
        for before, after in pairwise(talked):
            assert before.stop == after.start
        if talked:
            assert talked[0].start == row.started_at
            assert talked[-1].stop == row.ended_at
        else:
            assert row.ended_at == row.started_at
        for offer in line.offers:
            with_offers += 1
            assert offer.why["rules"]
            assert (offer.outcome == "open") == (offer.ended_at is None)
    assert with_offers > 20


async def test_the_missed_are_listed_until_somebody_has_talked_with_them(written: Written) -> None:
    await written.steps(1000)
    missed, _ = await service.list_missed(written.connection, site_id=SITE, since=START, limit=500)
    both, _ = await service.list_missed(
        written.connection, site_id=SITE, since=START, with_handled=True, limit=500
    )

    assert missed
    assert len(missed) == await service.count_missed(written.connection, site_id=SITE, since=START)
    known = [one.customer_id for one in missed if one.customer_id]
    assert len(set(known)) == len(known)
    assert all(one.handled_by is None for one in missed)
    assert {one.interaction_id for one in missed} == {
        one.interaction_id for one in both if one.handled_by is None
    }
    for one in missed:
        later = await written.connection.fetchval(
            "select count(*) from interaction where customer_id = $1 and customer_id <> 0 and answer_ms > $2",
            one.customer_id,
            int(one.ended_at.timestamp() * 1000),
        )
        assert later == 0
    cut_off = await written.connection.fetchval(
        "select count(*) from interaction where interaction_id = any($1::bigint[]) and answer_ms <> 0",
        [one.interaction_id for one in both],
    )
    assert cut_off, "a talk that a machine or a lost agent ended is missed, too"
    handled = [one for one in both if one.handled_by is not None]
    assert handled
    for one in handled:
        assert one.handled_at is not None
        assert one.handled_at > one.ended_at


async def test_a_range_must_have_days_and_not_too_many(written: Written) -> None:
    for end in (FIRST, FIRST + timedelta(days=1000)):
        with pytest.raises(Invalid):
            await service.queue_days(written.connection, site_id=SITE, zone=ZONE, first=FIRST, end=end)


DAYS = [
    ("Europe/Berlin", date(2026, 3, 29), 92),
    ("Europe/Berlin", date(2026, 10, 25), 100),
    ("Europe/Moscow", date(2026, 3, 29), 96),
    ("Asia/Kathmandu", date(2026, 6, 1), 96),
    ("Australia/Lord_Howe", date(2026, 4, 5), 98),
]


async def test_the_calendar_knows_short_and_long_days(database_url: str) -> None:
    connection = await connect(database_url, name="test")
    for name, day, slots in DAYS:
        zone = ZoneInfo(name)
        tz = await service.ensure_calendar(connection, zone, day, day + timedelta(days=1))
        number = day.year * 10_000 + day.month * 100 + day.day

        found = await connection.fetchval(
            "select count(*) from cal where tz = $1 and local_date = $2", tz, number
        )
        assert found == slots, (name, day)
    assert await connection.fetchval("select count(*) from zone") == 4
    await connection.close()


async def test_the_calendar_grows_without_a_hole_to_both_sides(database_url: str) -> None:
    connection = await connect(database_url, name="test")
    for day in (date(2026, 6, 1), date(2027, 6, 1), date(2025, 6, 1)):
        tz = await service.ensure_calendar(connection, ZONE, day, day + timedelta(days=1))

    row = await connection.fetchrow(
        "select count(*) as there, max(slot) - min(slot) + 1 as span, min(local_date) as first,"
        " max(local_date) as last from cal where tz = $1",
        tz,
    )
    assert row["there"] == row["span"]
    assert (row["first"], row["last"]) == (20250101, 20271231)
    await connection.close()


async def test_two_sites_share_no_row(written: Written, database_url: str) -> None:
    await written.steps(100)
    other = SiteId(2)
    writer = await JournalWriter.open(
        database_url,
        site_id=other,
        codec=CODEC,
        projections=[Facts(other), Live(other)],
        holder=Holder(host="h", pid=2, home="/"),
    )
    await writer.append(RandomCentre(4).steps(100))

    assert await refold(written.connection, CODEC, site_id=SITE) == []
    assert await refold(written.connection, CODEC, site_id=other) == []
    await writer.close()


async def test_counters_of_the_open_slot_are_the_sums_of_their_stays_at_every_moment(
    written: Written,
) -> None:
    dice = random.Random(11)
    for _ in range(60):
        await written.steps(8, dice)
        assert await wrong_counters(written.connection, SITE, 0) == []


@pytest.mark.parametrize(
    ("change", "table"),
    [
        ("update qslot set answered = answered + 1 where ctid = (select ctid from qslot limit 1)", "qslot"),
        ("update qslot set talk_ms = talk_ms - 1 where ctid = (select ctid from qslot limit 1)", "qslot"),
        ("delete from qslot where ctid = (select ctid from qslot where offered > 0 limit 1)", "qslot"),
        (
            "insert into qslot select site_id, slot, queue_id, 9, project_id, offered, answered, abandoned,"
            " short_ab, aband_in_t, overflow, transferred, in_sl, handled, wait_ms, aband_ms, ring_ms,"
            " talk_ms, hold_ms, wrap_ms, max_wait_ms, seq from qslot where offered > 0 limit 1",
            "qslot",
        ),
        (
            "delete from segment where ctid = (select ctid from segment where offered = 1"
            " and project_id <> 9999 limit 1)",
            "qslot",
        ),
        (
            "insert into agent_slot"
            " (site_id, slot, agent_id, queue_id, state, reason, project_id, ms, n, seq)"
            " select 1, max(slot), 11, 7, 8, 7, 0, 900000, 1, 1 from agent_slot"
            " where agent_id = 11 and ms > 0",
            "agent_slot",
        ),
    ],
)
async def test_a_counter_that_was_altered_is_found(written: Written, change: str, table: str) -> None:
    await written.steps(150)

    assert (await written.connection.execute(change)).rpartition(" ")[2] == "1"

    assert [found[0] for found in await wrong_counters(written.connection, SITE, 0)] == [table]


async def test_what_was_not_meant_for_us_can_be_left_out_and_nothing_else_changes(written: Written) -> None:
    await written.steps(400)
    connection = written.connection

    async def reports_of(only_meant: bool) -> list[dict[tuple[Any, int], QueueFacts]]:
        found = []
        for ask in (service.queue_intervals, service.queue_days):
            report = await ask(
                connection, site_id=SITE, zone=ZONE, first=FIRST, end=LAST, only_meant=only_meant
            )
            found.append({(row.start, row.queue_id): row.facts for row in report.rows})
        return found

    whole = await reports_of(only_meant=False)
    assert sum(facts.offered for facts in whole[0].values()) > 20
    assert await reports_of(only_meant=True) == whole, "nothing was said to be wrong"

    await connection.execute(
        "insert into disposition (site_id, disposition_id, name_ru, name_en, kind, queue_ids, is_active)"
        " values ($1, 1, 'Ошиблись', 'Wrong', 'wrong_number', '[]', true)",
        SITE,
    )
    wrong = await connection.fetch(
        """
        insert into outcome (site_id, interaction_id, disposition_id, saved_at, saved_by)
        select distinct on (interaction_id) $1::smallint, interaction_id, 1, now(), 1 from segment_all
        where offered = 1 and answered = 1 and project_id <> 9999 order by interaction_id limit 5
        returning interaction_id
        """,
        SITE,
    )
    assert len(wrong) == 5
    left_out = await connection.fetchval(
        "select count(*) from segment_all where offered = 1 and interaction_id = any($1::bigint[])",
        [row["interaction_id"] for row in wrong],
    )

    for before, after in zip(whole, await reports_of(only_meant=True), strict=True):
        assert sum(facts.offered for facts in before.values()) - left_out == sum(
            facts.offered for facts in after.values()
        )
        for key, facts in after.items():
            assert facts.offered <= before[key].offered
            if facts.offered == before[key].offered:
                assert facts == before[key]
    assert await reports_of(only_meant=False) == whole, "without the switch all is as it was"
