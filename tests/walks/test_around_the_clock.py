"""Three days of calls, each half an hour, over a changed clock, a holiday and a Saturday that is worked."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from otklik.acd import events as acd
from otklik.acd.model import EndReason
from otklik.organization import commands as organize
from otklik.organization.model import Hours
from otklik.switchboard import requests
from otklik.vocabulary.hours import DateHours, OpeningHours, Span
from otklik.vocabulary.ids import HoursId, PersonId
from tests.walks.centre import CUSTOMER, NUMBER, open_centre

pytestmark = [pytest.mark.database, pytest.mark.asyncio(loop_scope="function")]

BERLIN = ZoneInfo("Europe/Berlin")
FRIDAY = datetime(2026, 10, 23, 14, 0, tzinfo=UTC)
"""Clocks go back on Sunday the 25th at three in the morning."""

DAY, LATE = Span(opens=time(9), closes=time(18)), Span(opens=time(22), closes=time(2, 30))
HOURS = OpeningHours(
    week=((DAY, LATE),) * 5 + ((), ()),
    dates=(
        DateHours(day=date(2026, 10, 24), spans=(DAY, LATE)),  # a Saturday that is worked
        DateHours(day=date(2026, 10, 26)),  # a holiday on a Monday
    ),
    time_zone="Europe/Berlin",
)


def is_answered(at: datetime) -> bool:
    """The same by the wall clock alone, written out by hand."""
    wall = at.astimezone(BERLIN)
    day, hour = wall.date().day, wall.hour + wall.minute / 60
    if day == 23:
        return 9 <= hour < 18 or hour >= 22
    if day == 24:
        return hour < 2.5 or 9 <= hour < 18 or hour >= 22
    if day == 25:  # the night of Saturday ends at half past two for the second time
        return hour < 2.5 or (hour < 3 and wall.fold == 0)
    return False  # a Monday that is a holiday, and nobody began on Sunday


async def test_three_days_of_calls_find_the_centre_open_when_it_is(database_url: str) -> None:
    async with open_centre(database_url, at=FRIDAY) as centre:
        saved = organize.SaveHours(hours=Hours(hours_id=HoursId(1), name="around", opening=HOURS))
        await centre.ask(requests.ChangeConfiguration(change=saved, by=PersonId(1)))
        answered: list[datetime] = []
        asked: list[datetime] = []
        while centre.clock.at < FRIDAY + timedelta(hours=72):
            asked.append(at := centre.clock.at)
            already = len(centre.events(acd.InteractionEnded))
            customer = centre.driver.call(NUMBER, CUSTOMER)
            await centre.pass_time(30)
            if customer.is_over:
                assert "prompt:closed" in customer.leg.sounds()
                (ended,) = centre.events(acd.InteractionEnded)[already:]
                assert ended.reason is EndReason.CLOSED
            else:
                answered.append(at)
                customer.hang_up()
            await centre.pass_time(30 * 60 - 30)

        assert answered == [at for at in asked if is_answered(at)]
        assert len(asked) == 144
        assert len(answered) > 40
        assert centre.switchboard.is_idle()
