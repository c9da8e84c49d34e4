"""What the engine checks of its own facts: counters each minute, a day each night."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from otklik.acd.events import AcdEvent
from otklik.database import connect
from otklik.journal.codec import Codec
from otklik.journal.store import Holder, JournalWriter
from otklik.reports.projections import Facts, Live
from otklik.settings import read_settings
from otklik.wiring.checks import COUNTERS, DAY, FactChecks, drawn_day, next_night
from tests.rooms.reports.random_centre import SITE, RandomCentre

pytestmark = pytest.mark.database

ZONE = ZoneInfo("Europe/Moscow")
ALTER = "update qslot set answered = answered + 1 where slot = (select max(slot) from qslot)"
RESTORE = "update qslot set answered = answered - 1 where slot = (select max(slot) from qslot)"


class StillClock:
    """Stands at the end of what the centre lived through."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


class Checked:
    """A centre with facts, and the checks of its engine."""

    def __init__(self, url: str, folder: Path, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        self.url = url
        self.alarms: dict[str, dict[str, Any]] = {}
        self.is_behind = False
        # The process that folds a day anew reads its settings from the environment, as the engine's does.
        monkeypatch.setenv("OTKLIK_DATABASE_URL", url)
        settings, _ = read_settings({"home": folder}, {"OTKLIK_DATABASE_URL": url})
        self.checks = FactChecks(
            settings,
            StillClock(now),
            self.alarms,
            zone=lambda: ZONE,
            is_behind=lambda: self.is_behind,
            chance=Random(3),
        )

    async def execute(self, query: str) -> None:
        connection = await connect(self.url, name="test")
        try:
            assert int((await connection.execute(query)).rpartition(" ")[2]) > 0
        finally:
            await connection.close()


@pytest.fixture
async def checked(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checked:
    writer = await JournalWriter.open(
        database_url,
        site_id=SITE,
        codec=Codec(AcdEvent),
        projections=[Facts(SITE), Live(SITE)],
        holder=Holder(host="h", pid=1, home="/"),
    )
    centre = RandomCentre(8)
    await writer.append(centre.steps(400))
    await writer.close()
    found = Checked(database_url, tmp_path, centre.now, monkeypatch)
    await found.execute(
        "insert into site values"
        " (1, 'Test', 'Europe/Moscow', 'RU', 'ru', 'RUB', 15000, '', '[]', 1, 1, 'alaw')"
    )
    return found


async def test_a_counter_that_differs_is_an_alarm_until_it_is_right_again(checked: Checked) -> None:
    await checked.checks.compare_counters_once()
    assert checked.alarms == {}
    assert checked.checks.as_facts()["counters_checked_ms"] is not None

    await checked.execute(ALTER)
    await checked.checks.compare_counters_once()
    told = checked.alarms[COUNTERS]
    assert (told["table"], told["count"] > 0) == ("qslot", True)
    assert checked.checks.mismatches == told["count"]

    await checked.execute(RESTORE)
    await checked.checks.compare_counters_once()
    assert checked.alarms == {}
    assert checked.checks.mismatches == told["count"], "the count is of the whole life"


async def test_facts_that_are_known_to_be_behind_are_not_compared(checked: Checked) -> None:
    await checked.execute(ALTER)
    checked.is_behind = True

    await checked.checks.compare_counters_once()

    assert checked.alarms == {}
    assert checked.checks.as_facts() == {"counters_checked_ms": None, "mismatches": 0}


async def test_a_day_that_differs_from_the_journal_is_an_alarm(checked: Checked) -> None:
    await checked.checks.fold_one_day()
    assert checked.alarms == {}

    await checked.execute("update segment set talk_ms = talk_ms + 1")
    await checked.checks.fold_one_day()

    assert checked.alarms == {DAY: {"day": "2026-03-02"}}
    assert checked.checks.mismatches == 1


def test_the_night_is_that_of_the_site_and_comes_once() -> None:
    chance = Random(1)
    now = datetime(2026, 3, 28, 12, tzinfo=UTC)
    nights = []

    for _ in range(5):
        now = next_night(now, ZoneInfo("Europe/Berlin"), chance)
        nights.append(now.astimezone(ZoneInfo("Europe/Berlin")))

    # The clocks of Berlin go forward in one of these nights.
    assert [night.date().day for night in nights] == [29, 30, 31, 1, 2]
    assert all(3 <= night.hour < 5 for night in nights)


def test_the_day_is_over_and_not_older_than_a_month() -> None:
    today = date(2026, 3, 10)

    drawn = {drawn_day(date(2025, 1, 1), today, Random(seed)) for seed in range(300)}

    assert min(drawn) == today - timedelta(days=30)
    assert max(drawn) == today - timedelta(days=1)
    assert drawn_day(date(2026, 3, 9), today, Random(1)) == date(2026, 3, 9)
    assert drawn_day(today, today, Random(1)) == today
