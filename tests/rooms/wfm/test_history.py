"""A day's load as the reports hold it: the same calls, the same handling, patience by what abandons tell."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from otklik.database import connect
from otklik.vocabulary.ids import SiteId
from otklik.vocabulary.refusals import NotFound
from otklik.vocabulary.time import slot_of
from otklik.wfm.history import days_like, history
from otklik.wfm.model import Interval

pytestmark = pytest.mark.database

SITE, ZONE, MONDAY = SiteId(1), ZoneInfo("Europe/Moscow"), date(2026, 3, 2)

INSERT = """
insert into qslot (site_id, slot, queue_id, channel, project_id, offered, answered, abandoned, short_ab,
                   aband_in_t, overflow, transferred, in_sl, handled, wait_ms, aband_ms, ring_ms, talk_ms,
                   hold_ms, wrap_ms, max_wait_ms, seq)
values (1, $1, $2, 0, 1, $3, $3 - $4::int, $4, 0, 0, 0, 0, 0, $3 - $4::int, $5, $6, 0, $7, 0, 15000, 0, 1)
"""


async def fill(url: str) -> None:
    """Two Mondays: 09:00 twenty calls of 200 s each, 09:30 ten; and a queue of somebody else."""
    connection = await connect(url, name="test")
    for week in range(2):
        nine = datetime(2026, 3, 2, 6, tzinfo=UTC) - timedelta(weeks=week)
        rows = [
            (slot_of(nine), 7, 20, 10, 100_000, 500_000, 10 * 200_000 - 15_000),
            (slot_of(nine + timedelta(minutes=30)), 7, 10 + 4 * week, 2, 20_000, 100_000, 8 * 300_000),
            (slot_of(nine), 8, 99, 0, 0, 0, 99_000),
        ]
        await connection.executemany(INSERT, rows)
    await connection.close()


async def test_mean_of_two_mondays_is_the_load_of_a_monday(database_url: str) -> None:
    await fill(database_url)
    connection = await connect(database_url, name="test")
    try:
        found = await history(
            connection,
            site_id=SITE,
            zone=ZONE,
            days=days_like(0, weeks=2, before=date(2026, 3, 4)),
            queue_ids=[7],
        )
    finally:
        await connection.close()

    first, quiet, last = found.profile
    assert found.days == 2
    assert first == Interval(540, 555, 20.0, 200.0)
    assert (quiet.start, quiet.calls) == (555, 0.0)
    assert (last.start, last.calls) == (570, 12.0)
    assert last.aht == pytest.approx(2 * (8 * 300 + 15) / (8 + 12))
    # All time waited, by the answered too, over those who gave up: 2 x (100 + 500 + 20 + 100) s / 24.
    assert found.patience == pytest.approx(2 * 720 / 24)


async def test_one_day_without_a_call_is_refused(database_url: str) -> None:
    connection = await connect(database_url, name="test")
    try:
        with pytest.raises(NotFound) as refused:
            await history(connection, site_id=SITE, zone=ZONE, days=[MONDAY], queue_ids=None)
    finally:
        await connection.close()

    assert refused.value.code == "nobody_called"


def test_the_last_mondays_before_a_day_do_not_include_it() -> None:
    assert days_like(0, weeks=2, before=MONDAY) == [date(2026, 2, 16), date(2026, 2, 23)]
    assert days_like(0, weeks=1, before=date(2026, 3, 3)) == [MONDAY]
    assert days_like(6, weeks=1, before=MONDAY) == [date(2026, 3, 1)]
