"""When a mailed report goes out, and of which days it is."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otklik.reports.mailing import Every, days_before, days_of, next_due
from otklik.vocabulary.refusals import Invalid

pytestmark = pytest.mark.fast

MOSCOW, BERLIN = ZoneInfo("Europe/Moscow"), ZoneInfo("Europe/Berlin")
ALL = tuple(range(7))
WORKDAYS = (0, 1, 2, 3, 4)


def at(text: str, zone: ZoneInfo = MOSCOW) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def test_a_daily_report_goes_out_at_its_hour_of_the_zone() -> None:
    assert next_due(Every.DAY, "08:00", ALL, MOSCOW, at("2026-11-22T07:59")) == at("2026-11-22T08:00")
    assert next_due(Every.DAY, "08:00", ALL, MOSCOW, at("2026-11-22T08:00")) == at("2026-11-23T08:00")


def test_a_report_of_workdays_rests_at_the_weekend() -> None:
    assert next_due(Every.DAY, "08:00", WORKDAYS, MOSCOW, at("2026-11-20T09:00")) == at("2026-11-23T08:00")


def test_weekly_goes_out_on_monday_and_monthly_on_the_first() -> None:
    assert next_due(Every.WEEK, "09:30", ALL, MOSCOW, at("2026-11-22T10:00")) == at("2026-11-23T09:30")
    assert next_due(Every.MONTH, "09:30", ALL, MOSCOW, at("2026-11-22T10:00")) == at("2026-12-01T09:30")


def test_days_are_those_that_are_over() -> None:
    monday = at("2026-11-23T08:00")
    assert days_of(Every.DAY, monday, MOSCOW) == (date(2026, 11, 22), date(2026, 11, 23))
    assert days_of(Every.WEEK, monday, MOSCOW) == (date(2026, 11, 16), date(2026, 11, 23))
    assert days_of(Every.MONTH, at("2026-03-01T08:00"), MOSCOW) == (date(2026, 2, 1), date(2026, 3, 1))
    assert days_before(date(2026, 2, 1), date(2026, 3, 1), Every.MONTH) == (
        date(2026, 1, 1),
        date(2026, 2, 1),
    )
    assert days_before(date(2026, 11, 16), date(2026, 11, 23), Every.WEEK) == (
        date(2026, 11, 9),
        date(2026, 11, 16),
    )


def test_an_hour_that_the_clock_leaves_out_comes_as_much_later() -> None:
    """In Berlin 02:30 does not exist on 29 March 2026: it goes out at 03:30 of summer time."""
    due = next_due(Every.DAY, "02:30", ALL, BERLIN, at("2026-03-28T12:00", BERLIN))
    assert due == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


@given(
    st.integers(0, 4 * 365 * 24 * 60),
    st.sampled_from(Every),
    st.integers(0, 23),
    st.sampled_from([MOSCOW, BERLIN, ZoneInfo("America/Sao_Paulo"), ZoneInfo("Asia/Kolkata")]),
)
def test_it_goes_out_later_and_of_whole_days_before(
    minutes: int, every: Every, hour: int, zone: ZoneInfo
) -> None:
    moment = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    due = next_due(every, f"{hour:02}:00", ALL, zone, moment)
    first, end = days_of(every, due, zone)

    assert moment < due <= moment + timedelta(days=32)
    assert first < end <= due.astimezone(zone).date()


def test_a_report_without_a_day_or_an_hour_is_refused() -> None:
    with pytest.raises(Invalid, match="no_weekday"):
        next_due(Every.DAY, "08:00", (), MOSCOW, at("2026-11-22T08:00"))
    with pytest.raises(Invalid, match="time_unfit"):
        next_due(Every.DAY, "25:00", ALL, MOSCOW, at("2026-11-22T08:00"))
