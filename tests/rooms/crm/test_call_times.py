"""By whose clock a customer is called, and which moments are offered first."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from otklik.crm.call_times import choices, customer_zone, zone_on_card
from otklik.crm.model import Details
from otklik.vocabulary.hours import weekly

pytestmark = pytest.mark.fast

MOSCOW = "Europe/Moscow"
FRIDAY = datetime(2026, 11, 27, 13, 2, 30, tzinfo=UTC)
"""16:02 in Moscow, 23:02 in Vladivostok."""


def card(**fields: str) -> Details:
    return Details(fields=fields)


@pytest.mark.parametrize(
    ("number", "zone", "source"),
    [
        ("+74232345678", "Asia/Vladivostok", "number"),
        ("+74951234567", MOSCOW, "number"),
        ("+79161234567", MOSCOW, "site"),  # a mobile one may be anywhere
        ("", MOSCOW, "site"),
    ],
)
def test_a_number_of_one_area_tells_the_clock_and_a_mobile_one_does_not(number, zone, source) -> None:
    found = customer_zone(None, number, MOSCOW, "RU")
    assert (found.zone, found.source) == (zone, source)


def test_what_his_card_says_wins() -> None:
    found = customer_zone(card(Zone="Asia/Omsk"), "+74951234567", MOSCOW, "RU")
    assert (found.zone, found.source) == ("Asia/Omsk", "card")


@pytest.mark.parametrize(
    ("written", "hours"),
    [("UTC+7", 7), ("МСК+4", 7), ("msk +2", 5), ("GMT-3", -3), ("+10", 10), ("UTC+0", 0)],
)
def test_an_offset_on_a_card_is_understood(written, hours) -> None:
    details = Details(fields={"Часовой пояс": written})
    found = customer_zone(details, "", MOSCOW, "RU").zone
    assert FRIDAY.astimezone(ZoneInfo(found)).utcoffset() == timedelta(hours=hours)


@pytest.mark.parametrize("written", ["", "somewhere", "UTC+77", "../../etc/passwd"])
def test_a_card_that_says_nothing_sensible_says_nothing(written) -> None:
    assert zone_on_card(card(timezone=written)) == ""


def test_moments_are_offered_by_the_customers_clock() -> None:
    found = choices(FRIDAY, "Asia/Vladivostok", weekly(time(9), time(18)), MOSCOW)
    assert [(one.kind, one.due_at) for one in found] == [
        ("in_hour", datetime(2026, 11, 27, 14, 5, tzinfo=UTC)),
        ("tomorrow", datetime(2026, 11, 28, 0, 0, tzinfo=UTC)),  # 10:00 there
        ("working_day", datetime(2026, 11, 30, 6, 0, tzinfo=UTC)),  # Monday, 9:00 here, 16:00 there
    ]


def test_nobody_is_offered_a_call_before_his_own_morning() -> None:
    hours = weekly(time(8), time(18))
    found = {one.kind: one.due_at for one in choices(FRIDAY, "Europe/Kaliningrad", hours, MOSCOW)}
    assert found["working_day"] == datetime(2026, 11, 30, 7, 0, tzinfo=UTC)  # 9:00 there
