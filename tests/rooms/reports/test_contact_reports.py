"""Reports on hours, waits, repeats, numbers and outcomes against counts made another way."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from otklik.database import connect
from otklik.reports import measures, service
from otklik.reports.service.sales import talks_sold
from otklik.vocabulary.refusals import Invalid
from otklik.vocabulary.time import SLOT_MS, from_ms, to_ms
from otklik.wfm.growth import growth_of
from tests.rooms.reports.random_centre import SITE, START, RandomCentre
from tests.rooms.reports.test_database import open_writer

pytestmark = pytest.mark.database

ZONE = ZoneInfo("Europe/Moscow")
FIRST = START.astimezone(ZONE).date()
LAST = FIRST + timedelta(days=30)
DAY_MS = 86_400_000


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[Any]:
    """Facts of a centre that lived at random."""
    writer = await open_writer(database_url)
    await writer.append(RandomCentre(20260311).steps(1600))
    await writer.close()
    connection = await connect(database_url, name="test")
    yield connection
    await connection.close()


async def stays_of(connection: Any) -> list[Any]:
    return list(await connection.fetch("select * from segment_all where offered = 1 and project_id <> 9999"))


async def contacts_of(connection: Any) -> list[Any]:
    return list(
        await connection.fetch(
            "select * from interaction where direction = 1 and project_id <> 9999 order by start_ms"
        )
    )


def local(slot: int) -> datetime:
    return from_ms(slot * SLOT_MS).astimezone(ZONE)


async def test_hours_of_weekdays_and_of_days_hold_every_stay_once(connection: Any) -> None:
    stays = await stays_of(connection)
    as_of = from_ms(max(stay["slot"] for stay in stays) * SLOT_MS)
    for rows in ("weekday", "day"):
        expected: dict[Any, Counter[str]] = {}
        for stay in stays:
            at = local(stay["slot"])
            counts = expected.setdefault(
                (at.isoweekday() if rows == "weekday" else at.date(), at.hour), Counter()
            )
            for name in ("offered", "answered", "abandoned", "in_sl"):
                counts[name] += stay[name]
        report = await service.queue_heat(
            connection, site_id=SITE, zone=ZONE, first=FIRST, end=LAST, as_of=as_of, rows=rows
        )

        found = {
            (cell.row, cell.hour): Counter(
                {name: getattr(cell.facts, name) for name in ("offered", "answered", "abandoned", "in_sl")}
            )
            for cell in report.cells
        }
        assert {key: counts for key, counts in found.items() if counts["offered"]} == expected
        assert sum(cell.facts.offered for cell in report.by_row) == len(stays)
        assert sum(cell.facts.offered for cell in report.by_hour) == len(stays)
        assert report.total.facts.offered == len(stays)
        days = await service.queue_days(connection, site_id=SITE, zone=ZONE, first=FIRST, end=LAST)
        for measure in (measures.SERVICE_LEVEL, measures.AVERAGE_WAIT, measures.AHT):
            assert report.total.values[measure.name] == days.total_values[measure.name]


async def test_an_hour_of_the_map_leads_to_its_interactions(connection: Any) -> None:
    stays = await stays_of(connection)
    report = await service.queue_heat(
        connection, site_id=SITE, zone=ZONE, first=FIRST, end=LAST, as_of=from_ms(to_ms(START) + 30 * DAY_MS)
    )
    busy = [cell for cell in report.cells if cell.facts.offered]
    assert busy
    for cell in busy:
        assert isinstance(cell.row, int)
        page = await service.interactions_behind(
            connection,
            site_id=SITE,
            number=service.Counted(
                drill="offered",
                start=datetime.combine(FIRST, datetime.min.time(), ZONE),
                stop=datetime.combine(LAST, datetime.min.time(), ZONE),
                weekday=cell.row,
                hour=cell.hour,
                zone=ZONE,
            ),
            limit=500,
        )
        expected = {
            stay["interaction_id"]
            for stay in stays
            if (local(stay["slot"]).isoweekday(), local(stay["slot"]).hour) == (cell.row, cell.hour)
        }
        assert {row.interaction_id for row in page.rows} == expected


BERLIN = ZoneInfo("Europe/Berlin")


async def test_a_map_of_hours_knows_the_days_on_which_clocks_change(database_url: str) -> None:
    connection = await connect(database_url, name="test")

    async def count(at: datetime, offered: int) -> None:
        await connection.execute(
            "insert into qslot values"
            " (1, $1, 1, 1, 0, $2, $2, 0, 0, 0, 0, 0, $2, $2, 0, 0, 0, 0, 0, 0, 0, 1)",
            to_ms(at) // SLOT_MS,
            offered,
        )

    # 02:30 of the day on which clocks go back is there twice, an hour apart.
    await count(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), 3)
    await count(datetime(2026, 10, 25, 1, 30, tzinfo=UTC), 4)
    await count(datetime(2026, 3, 29, 1, 0, tzinfo=UTC), 5)

    async def cells(first: date, rows: Any, as_of: datetime) -> dict[Any, service.HeatCell]:
        report = await service.queue_heat(
            connection,
            site_id=SITE,
            zone=BERLIN,
            first=first,
            end=first + timedelta(days=1),
            as_of=as_of,
            rows=rows,
        )
        return {cell.hour: cell for cell in report.cells}

    later = datetime(2027, 1, 1, tzinfo=UTC)
    back = await cells(date(2026, 10, 25), "day", later)
    assert (back[2].facts.offered, back[2].hours) == (7, 2.0)
    assert back[2].stop is not None
    assert back[2].start is not None
    assert back[2].stop - back[2].start == timedelta(hours=2)
    assert sum(cell.hours for cell in back.values()) == 25
    forth = await cells(date(2026, 3, 29), "weekday", later)
    assert 2 not in forth, "an hour that was not there has no cell"
    assert (forth[3].facts.offered, forth[3].hours) == (5, 1.0)
    assert sum(cell.hours for cell in forth.values()) == 23
    running = await cells(date(2026, 10, 25), "day", datetime(2026, 10, 25, 0, 35, tzinfo=UTC))
    assert running[2].hours == 0.75, "three quarters have begun"
    assert 3 not in running, "an hour that is still to come is not a quiet one"
    with pytest.raises(Invalid):
        await service.queue_heat(
            connection,
            site_id=SITE,
            zone=BERLIN,
            first=date(2026, 1, 1),
            end=date(2026, 12, 1),
            as_of=later,
            rows="day",
        )
    await connection.close()


def steps_of(stays: list[Any], edges: list[float]) -> Iterator[tuple[int, int, int]]:
    """Answered, in time and abandoned by step, counted one by one."""
    low = -1.0
    for high in [*edges, float("inf")]:
        of = [stay for stay in stays if low < stay["wait_ms"] / 1000 <= high]
        yield (
            sum(stay["answered"] for stay in of),
            sum(stay["in_sl"] for stay in of),
            sum(stay["abandoned"] for stay in of),
        )
        low = high


async def test_every_wait_stands_in_one_step_and_the_percentiles_are_those_of_the_waits(
    connection: Any,
) -> None:
    stays = [stay for stay in await stays_of(connection) if stay["answered"] or stay["abandoned"]]
    assert len(stays) > 60
    for step in (None, timedelta(seconds=7)):
        report = await service.queue_waits(
            connection, site_id=SITE, zone=ZONE, first=FIRST, end=LAST, step=step
        )
        edges = [one.up_to.total_seconds() for one in report.steps if one.up_to is not None]
        found = [(one.answered, one.in_sl, one.abandoned) for one in report.steps]
        assert found == list(steps_of(stays, edges))
    for name, flag in (("answered", "answered"), ("abandoned", "abandoned")):
        waits = [stay["wait_ms"] for stay in stays if stay[flag]]
        total = report.total.facts
        figures = {
            "answered": (total.answered, total.median_ms, total.p90_ms, total.max_ms),
            "abandoned": (total.abandoned, total.aband_median_ms, total.aband_p90_ms, total.aband_max_ms),
        }[name]
        assert figures == (
            len(waits),
            measures.percentile(waits, 0.5),
            measures.percentile(waits, 0.9),
            max(waits),
        )
    assert sum(row.facts.answered for row in report.rows) == report.total.facts.answered
    for one in report.steps[:6]:
        page = await service.interactions_behind(
            connection,
            site_id=SITE,
            number=service.Counted(
                drill="answered",
                start=START,
                stop=START + timedelta(days=30),
                over=one.over or None,
                up_to=one.up_to,
            ),
            limit=500,
        )
        assert len(page.rows) == len(
            {
                stay["interaction_id"]
                for stay in stays
                if stay["answered"]
                and (not one.over or stay["wait_ms"] > one.over.total_seconds() * 1000)
                and (one.up_to is None or stay["wait_ms"] <= one.up_to.total_seconds() * 1000)
            }
        )


async def test_a_repeat_is_a_later_contact_of_the_same_customer_within_his_days(connection: Any) -> None:
    for in_same_queue in (False, True):
        await check_repeats(connection, in_same_queue)


async def check_repeats(connection: Any, in_same_queue: bool) -> None:
    contacts = await contacts_of(connection)
    within = timedelta(minutes=25)
    window_ms = int(within.total_seconds() * 1000)
    as_of_ms = max(one["start_ms"] for one in contacts) - window_ms // 2
    settled, repeated, answered = set(), set(), 0
    for one in contacts:
        if not (one["answer_ms"] and one["end_ms"] and one["customer_id"]):
            continue
        answered += 1
        if one["end_ms"] + window_ms > as_of_ms:
            continue
        settled.add(one["interaction_id"])
        if any(
            other["customer_id"] == one["customer_id"]
            and (other["start_ms"], other["interaction_id"]) > (one["start_ms"], one["interaction_id"])
            and other["start_ms"] < one["end_ms"] + window_ms
            and (not in_same_queue or other["queue_id"] == one["queue_id"])
            for other in contacts
        ):
            repeated.add(one["interaction_id"])
    assert 0 < len(repeated) < len(settled) < answered
    repeats = service.Repeats(within, from_ms(as_of_ms), in_same_queue)

    report = await service.repeated_contacts(
        connection, site_id=SITE, zone=ZONE, first=FIRST, end=LAST, repeats=repeats
    )

    facts = report.total.facts
    assert (facts.contacts, facts.settled, facts.repeated) == (answered, len(settled), len(repeated))
    assert sum(row.facts.settled for row in report.rows) == len(settled)
    came = Counter(one["customer_id"] for one in contacts if one["customer_id"])
    assert dict(report.often) == dict(Counter(came.values()))
    assert {one.customer_id: one.contacts for one in report.customers} == {
        customer_id: count for customer_id, count in came.items() if count > 1
    }
    assert [one.contacts for one in report.customers] == sorted(
        (one.contacts for one in report.customers), reverse=True
    )
    for drill, expected in (("settled", settled), ("repeated", repeated)):
        page = await service.interactions_behind(
            connection,
            site_id=SITE,
            number=service.Counted(
                drill=drill, start=START, stop=START + timedelta(days=30), repeats=repeats
            ),
            limit=500,
        )
        assert {row.interaction_id for row in page.rows} == expected


async def test_calls_of_a_number_are_answered_abandoned_left_by_rule_or_ended_in_the_flow(
    connection: Any,
) -> None:
    contacts = await contacts_of(connection)
    report = await service.calls_by_number(connection, site_id=SITE, zone=ZONE, first=FIRST, end=LAST)

    def kind(one: Any) -> str:
        if one["answer_ms"]:
            return "calls_answered"
        if not one["end_ms"]:
            return "calls_open"
        if not one["segments"]:
            return "calls_in_flow"
        return "calls_by_rule" if one["outcome"] in (4, 5, 6, 7, 8, 9, 10, 20) else "calls_abandoned"

    kinds = Counter(kind(one) for one in contacts)
    assert min(kinds[name] for name in ("calls_answered", "calls_abandoned", "calls_in_flow")) > 0
    facts = report.total.facts
    assert facts.calls == len(contacts)
    for name in ("calls_answered", "calls_abandoned", "calls_by_rule", "calls_in_flow"):
        assert getattr(facts, name) == kinds[name], name
        assert sum(getattr(row.facts, name) for row in report.rows) == kinds[name]
        assert sum(getattr(hour, name) for hour in report.total.hours.values()) == kinds[name]
    assert {row.number_id: row.facts.calls for row in report.rows} == dict(
        Counter(one["number_id"] for one in contacts)
    )
    hours = Counter(from_ms(one["start_ms"]).astimezone(ZONE).hour for one in contacts)
    assert {hour: of.calls for hour, of in report.total.hours.items()} == dict(hours)
    some_hour, expected = hours.most_common(1)[0]
    page = await service.interactions_behind(
        connection,
        site_id=SITE,
        number=service.Counted(
            drill="calls",
            start=datetime.combine(FIRST, datetime.min.time(), ZONE),
            stop=datetime.combine(LAST, datetime.min.time(), ZONE),
            hour=some_hour,
            zone=ZONE,
        ),
        limit=500,
    )
    assert len(page.rows) == expected


async def test_every_stay_that_was_handed_over_is_one_transfer(connection: Any) -> None:
    handed = await connection.fetch(
        "select interaction_id, agent_id from segment_all where transferred = 1 and project_id <> 9999"
    )
    assert len(handed) > 5
    start, stop = START - timedelta(days=1), START + timedelta(days=30)

    found = await service.moved_matters(connection, site_id=SITE, since=start, until=stop)

    assert Counter((one.interaction_id, one.from_agent_id) for one in found.transfers) == Counter(
        (row["interaction_id"], row["agent_id"]) for row in handed
    )
    agent = handed[0]["agent_id"]
    own = await service.moved_matters(connection, site_id=SITE, since=start, until=stop, agents_sight=[agent])
    assert len(own.transfers) == sum(row["agent_id"] == agent for row in handed)


async def check_sales(connection: Any, talks: list[Any], chosen: dict[int, int]) -> None:
    """Disposition 1 counts as a main sale. The same talks by agent, by queue and by day."""
    sold = [row for row in talks if chosen.get(row["interaction_id"]) == 1]
    for by, column in (("agent", "agent_id"), ("queue", "queue_id"), ("day", None)):
        kind: Any = by
        report = await talks_sold(connection, site_id=SITE, zone=ZONE, first=FIRST, end=LAST, by=kind)
        assert (report.total.talks, report.total.main_sales, report.total.add_on_sales) == (
            len(talks),
            len(sold),
            0,
        )
        assert report.total.unchosen == len(talks) - len(chosen)
        assert list(report.main_ids) == [1]
        if column:
            expected = Counter(row[column] for row in sold)
            assert Counter({row.owner: row.facts.main_sales for row in report.rows}) == expected


BY: dict[Any, str | None] = {"none": None, "queue": "queue_id", "agent": "agent_id"}


async def test_outcomes_are_those_that_agents_chose_and_none_for_the_others(connection: Any) -> None:
    await connection.execute(
        "insert into disposition (site_id, disposition_id, name_ru, name_en, kind, queue_ids, is_active)"
        " values ($1, 1, 'Продано', 'Sold', 'main_sale', '[]', true),"
        " ($1, 2, 'Спам', 'Spam', 'spam', '[]', true)",
        SITE,
    )
    talks = await connection.fetch(
        "select interaction_id, queue_id, agent_id from interaction where answer_ms <> 0 and end_ms <> 0"
        " and project_id <> 9999 order by interaction_id"
    )
    chosen = {row["interaction_id"]: 1 + number % 2 for number, row in enumerate(talks) if number % 3}
    await connection.executemany(
        "insert into outcome (site_id, interaction_id, disposition_id, saved_at, saved_by)"
        " values ($1, $2, $3, now(), 1)",
        [(SITE, interaction_id, disposition) for interaction_id, disposition in chosen.items()],
    )
    times: dict[int, list[int]] = {}
    for stay in await connection.fetch("select * from segment where handled = 1"):
        sums = times.setdefault(stay["interaction_id"], [0, 0])
        sums[0] += 1
        sums[1] += stay["talk_ms"] + stay["hold_ms"] + stay["wrap_ms"]
    for by, column in BY.items():
        expected: dict[tuple[int, int], list[int]] = {}
        for row in talks:
            line = expected.setdefault(
                (row[column] if column else 0, chosen.get(row["interaction_id"], 0)), [0, 0, 0]
            )
            handled, ms = times.get(row["interaction_id"], [0, 0])
            line[0] += 1
            line[1] += handled
            line[2] += ms

        report = await service.chosen_outcomes(
            connection, site_id=SITE, zone=ZONE, first=FIRST, end=LAST, by=by
        )

        assert len(talks) > 20
        assert {
            (row.owner, row.disposition_id): [
                row.facts.chosen,
                row.facts.handled,
                row.facts.talk_ms + row.facts.hold_ms + row.facts.wrap_ms,
            ]
            for row in report.rows
        } == expected
        assert report.total.chosen == len(talks)
        for one in {row.owner for row in report.rows}:
            shares = [row.values["chosen_share"] for row in report.rows if row.owner == one]
            assert sum(share or 0 for share in shares) == pytest.approx(1)
    await check_sales(connection, talks, chosen)
    agent = next(row["agent_id"] for row in talks)
    own = await service.chosen_outcomes(
        connection, site_id=SITE, zone=ZONE, first=FIRST, end=LAST, agent_ids=[agent]
    )
    assert own.total.chosen == sum(row["agent_id"] == agent for row in talks)


async def test_growth_counts_the_calls_of_whole_weeks_and_the_days_of_agents(connection: Any) -> None:
    contacts = await contacts_of(connection)
    days = [from_ms(one["start_ms"]).astimezone(ZONE).date() for one in contacts]
    mondays = Counter(day - timedelta(days=day.weekday()) for day in days)

    found = await growth_of(
        connection,
        site_id=SITE,
        zone=ZONE,
        first=FIRST,
        end=LAST,
        as_of=from_ms(to_ms(START) + 30 * DAY_MS),
        weeks=12,
    )

    assert min(days).weekday() == 0, "a week in which the centre began later is left out"
    assert {one.start: one.calls for one in found.weeks if one.calls} == mondays
    handled = await connection.fetchval(
        "select count(*) from segment where handled = 1 and project_id <> 9999 and agent_id <> 0"
    )
    assert found.total.agents.handled == handled
    assert sum(one.facts.agents.handled for one in found.agents) == handled
