"""Numbers by definitions, in the real database, against stays judged one by one."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from otklik.acd.events import AcdEvent
from otklik.acd.model import EndReason
from otklik.api.live_figures import summed
from otklik.api.live_source import QUEUE_FACTS, queue_figures
from otklik.database import connect
from otklik.journal.codec import Codec
from otklik.reports import codes, measures, service
from otklik.reports.calendar import slots_of_days
from otklik.reports.definitions import SITE as THE_SITE
from otklik.reports.definitions import LevelRules
from otklik.reports.measures import QueueFacts
from otklik.reports.store import counting
from otklik.reports.store.definitions import defined_in
from otklik.reports.verify import refold
from otklik.vocabulary.refusals import Invalid, NotFound
from tests.rooms.reports.random_centre import SITE, RandomCentre
from tests.rooms.reports.test_database import open_writer

pytestmark = pytest.mark.database

ZONE = ZoneInfo("Europe/Moscow")
START = datetime(2026, 3, 2, 20, 30, tzinfo=UTC)
"""Half an hour before a day of the site begins."""
FIRST = START.astimezone(ZONE).date()
LAST = FIRST + timedelta(days=30)
ADMIN = 20
GAVE_UP = {codes.OUTCOMES[EndReason.ABANDONED], codes.OUTCOMES[EndReason.SHORT_ABANDONED]}


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[Any]:
    writer = await open_writer(database_url)
    await writer.append(RandomCentre(20261122, start=START).steps(1600))
    await writer.close()
    connection = await connect(database_url, name="test")
    yield connection
    await connection.close()


def rules(formula: str, threshold_seconds: float, short_seconds: float) -> LevelRules:
    return LevelRules(formula, timedelta(seconds=threshold_seconds), 0.9, timedelta(seconds=short_seconds))


async def define(connection: Any, queue_id: int, since: date, of: LevelRules) -> int:
    found = await service.define_level(
        connection,
        site_id=SITE,
        zone=ZONE,
        queue_id=queue_id,
        since=since,
        rules=of,
        by=ADMIN,
        at=START,
        past_is_meant=True,
    )
    return found.definition_id


async def days(connection: Any) -> Any:
    return await service.queue_days(connection, site_id=SITE, zone=ZONE, first=FIRST, end=LAST)


def expected(stays: list[Any], of: LevelRules) -> float | int | None:
    """One formula of stays that are judged anew, one by one."""
    threshold, short = of.threshold.total_seconds() * 1000, of.short_abandon.total_seconds() * 1000
    gave_up = [one["wait_ms"] for one in stays if one["abandoned"] and one["outcome"] in GAVE_UP]
    answered = [one["wait_ms"] for one in stays if one["answered"]]
    facts = QueueFacts(
        answered=len(answered),
        abandoned=sum(one["abandoned"] for one in stays),
        in_sl=sum(wait <= threshold for wait in answered),
        aband_in_t=sum(wait <= threshold for wait in gave_up),
        short_ab=sum(wait <= short for wait in gave_up),
    )
    return measures.SERVICE_LEVELS[of.formula](facts)


async def stays_of(connection: Any, queue_id: int, slots: tuple[int, int]) -> list[Any]:
    return list(
        await connection.fetch(
            "select * from segment_all where offered = 1 and queue_id = $1 and slot >= $2 and slot < $3",
            queue_id,
            *slots,
        )
    )


async def test_a_change_between_two_days_is_counted_by_day_and_old_numbers_stay(connection: Any) -> None:
    before = await days(connection)
    there = sorted({row.day for row in before.rows})
    change = there[len(there) // 2]
    assert change > there[0]
    new = rules("F1", 3, 1)
    definition_id = await define(connection, 1, change, new)

    after = await days(connection)

    old = {(row.day, row.queue_id): row for row in before.rows}
    seen = 0
    for row in after.rows:
        was = old[row.day, row.queue_id]
        if row.queue_id != 1 or row.day < change:
            assert row == was
            continue
        day = slots_of_days(row.day, row.day + timedelta(days=1), ZONE)
        assert row.values["service_level"] == expected(await stays_of(connection, 1, day), new)
        assert (row.target, row.threshold) == (0.9, timedelta(seconds=3))
        assert row.values["answered"] == was.values["answered"]
        assert row.values["aht_seconds"] == was.values["aht_seconds"]
        seen += row.facts.answered > 0
    assert seen
    assert measures.level_counts(after.total) == tuple(
        map(sum, zip(*(measures.level_counts(row.facts) for row in after.rows), strict=True))
    )
    assert after.levels.is_joined
    assert await refold(connection, Codec(AcdEvent), site_id=SITE) == []

    await service.withdraw_level(
        connection,
        site_id=SITE,
        zone=ZONE,
        definition_id=definition_id,
        by=ADMIN,
        at=START,
        past_is_meant=True,
    )
    again = await days(connection)
    assert (again.rows, again.total, again.levels) == (before.rows, before.total, before.levels)


async def test_a_stay_is_judged_by_what_was_in_force_on_its_day(connection: Any) -> None:
    change = FIRST + timedelta(days=1)
    slots = slots_of_days(FIRST, change + timedelta(days=1), ZONE)
    all_stays = [one for one in await stays_of(connection, 1, slots) if one["answered"]]
    waits = sorted(one["wait_ms"] for one in all_stays)
    new = rules("F1", waits[len(waits) // 2] / 1000, 1)
    edge = slots_of_days(change, change + timedelta(days=1), ZONE)[0]
    await define(connection, 1, change, new)

    seen = Counter[tuple[bool, bool, bool]]()
    for stay in all_stays:
        line = await service.interaction_time_line(
            connection, site_id=SITE, interaction_id=stay["interaction_id"], zone=ZONE
        )
        found = next(one for one in line.stays if one.segment_id == stay["segment_id"])
        assert found.level is not None
        is_new = stay["slot"] >= edge
        if is_new:
            assert found.level == service.StayLevel("F1", new.threshold, change)
        else:
            assert (found.level.formula, found.level.since) == ("F6", None)
        # Its own settings of then are written at the stay as a flag, and said as a threshold.
        assert found.level.threshold is not None
        assert found.in_sl == (found.wait <= found.level.threshold)
        seen[is_new, found.in_sl, found.in_sl == bool(stay["in_sl"])] += 1
    assert {is_new for is_new, _, _ in seen} == {False, True}
    assert not any(seen[False, in_sl, False] for in_sl in (False, True))
    assert seen[True, False, False] + seen[True, True, False], "the definition changed some"


async def test_board_heat_and_report_say_the_same_by_every_formula(connection: Any) -> None:
    whole = slots_of_days(FIRST, LAST, ZONE)
    for formula in measures.SERVICE_LEVELS:
        new = rules(formula, 4, 2)
        await define(connection, THE_SITE, FIRST, new)
        report = await days(connection)
        heat = await service.queue_heat(
            connection, site_id=SITE, zone=ZONE, first=FIRST, end=LAST, as_of=START + timedelta(days=30)
        )
        meant = await service.queue_days(
            connection, site_id=SITE, zone=ZONE, first=FIRST, end=LAST, only_meant=True
        )
        of = await defined_in(connection, SITE, whole, ZONE)
        sums = await counting.queue_sums(connection, SITE, whole, None, of)
        board = [queue_figures(QueueFacts(**{name: row[name] for name in QUEUE_FACTS})) for row in sums]
        stays = [one for queue_id in (1, 2) for one in await stays_of(connection, queue_id, whole)]

        level = expected(stays, new)
        assert level is not None
        assert report.total_values["service_level"] == level, formula
        assert heat.total.values["service_level"] == level
        assert summed(board).service_level == level
        assert meant.total_values["service_level"] == level
        assert not report.levels.is_joined
        waits = await service.queue_waits(connection, site_id=SITE, zone=ZONE, first=FIRST, end=LAST)
        assert waits.total.facts.in_sl == report.total.in_sl
        assert sum(step.short_ab for step in waits.steps) == report.total.short_ab
        page = await service.interactions_behind(
            connection,
            site_id=SITE,
            number=service.Counted(
                "in_sl", START - timedelta(days=1), START + timedelta(days=29), zone=ZONE, queue_ids=[1, 2]
            ),
            limit=500,
        )
        in_time = {one["interaction_id"] for one in stays if one["answered"] and one["wait_ms"] <= 4000}
        assert {row.interaction_id for row in page.rows} == in_time


async def test_the_past_changes_only_when_it_is_meant(connection: Any) -> None:
    at = datetime(2026, 3, 10, 22, tzinfo=UTC)

    async def ask(queue_id: int, since: date) -> Any:
        return await service.define_level(
            connection,
            site_id=SITE,
            zone=ZONE,
            queue_id=queue_id,
            since=since,
            rules=rules("F2", 20, 5),
            by=ADMIN,
            at=at,
        )

    # It is the 11th in Moscow already.
    with pytest.raises(Invalid) as refused:
        await ask(1, date(2026, 3, 10))
    assert refused.value.code == "past_numbers_change"
    assert refused.value.facts["today"] == "2026-03-11"
    with pytest.raises(NotFound):
        await ask(77, date(2026, 3, 11))
    assert (await ask(1, date(2026, 3, 11))).by == ADMIN
    found = await service.defined_levels(connection, site_id=SITE, zone=ZONE, as_of=at)
    assert {one.queue_id: one.rules.formula for one in found.queues} == {1: "F2", 2: "F6"}
