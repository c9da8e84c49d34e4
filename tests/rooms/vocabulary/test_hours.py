"""Opening hours by table: half-open, several spans, nights, exceptions, and days when clocks are moved."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import islice

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from otklik.vocabulary.hours import ALWAYS_OPEN, DateHours, OpeningHours, Span, is_zone, weekly

pytestmark = pytest.mark.fast

OFFICE = weekly(time(9), time(18), time_zone="Europe/Moscow")
NIGHT = OpeningHours(week=((Span(opens=time(22), closes=time(6)),),) * 7, time_zone="Europe/Berlin")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "open_"),
    [
        ("2026-11-23T05:59:59.999", False),  # Monday 08:59:59 in Moscow
        ("2026-11-23T06:00", True),
        ("2026-11-23T14:59:59.999", True),
        ("2026-11-23T15:00", False),
        ("2026-11-22T10:00", False),  # Sunday
    ],
)
def test_office_hours_are_half_open(at: str, open_: bool) -> None:
    assert OFFICE.is_open(utc(at)) is open_


def test_a_day_may_have_several_spans() -> None:
    spans = (Span(opens=time(9), closes=time(13)), Span(opens=time(14), closes=time(18)))
    hours = OpeningHours(week=(spans,) * 7)

    assert hours.is_open(utc("2026-11-23T12:59"))
    assert not hours.is_open(utc("2026-11-23T13:00"))
    assert hours.next_opening(utc("2026-11-23T13:00")) == utc("2026-11-23T14:00")
    assert hours.is_open(utc("2026-11-23T14:00"))


def test_a_night_belongs_to_the_day_on_which_it_opens() -> None:
    hours = OpeningHours(
        week=((Span(opens=time(22), closes=time(6)),),) * 7, dates=(DateHours(day=date(2027, 1, 1)),)
    )

    assert hours.is_open(utc("2027-01-01T05:59"))  # the night that opened on 31 December
    assert not hours.is_open(utc("2027-01-01T22:30"))
    assert hours.next_opening(utc("2027-01-01T06:00")) == utc("2027-01-02T22:00")


def test_an_exception_replaces_the_weekday() -> None:
    hours = OpeningHours(
        week=OFFICE.week,
        dates=(DateHours(day=date(2026, 11, 22), spans=(Span(opens=time(10), closes=time(12)),)),),
    )

    assert hours.is_open(utc("2026-11-22T11:00"))
    assert hours.next_opening(utc("2026-11-21T00:00")) == utc("2026-11-22T10:00")


def test_the_site_zone_is_used_when_the_hours_name_none() -> None:
    hours = weekly(time(9), time(18))

    assert not hours.is_open(utc("2026-11-23T06:30"))
    assert hours.is_open(utc("2026-11-23T06:30"), "Europe/Moscow")


def test_a_night_is_an_hour_shorter_in_spring_and_longer_in_autumn() -> None:
    def length(day: str) -> timedelta:
        opens, closes = next(i for i in NIGHT.intervals(utc(day)) if i[0] > utc(day))
        return closes - opens

    assert length("2026-03-27T12:00") == timedelta(hours=8)
    assert length("2026-03-28T12:00") == timedelta(hours=7)
    assert length("2026-10-24T12:00") == timedelta(hours=9)


def test_a_wall_time_that_is_skipped_is_the_moment_of_the_jump() -> None:
    hours = OpeningHours(week=((Span(opens=time(2, 30), closes=time(5)),),) * 7, time_zone="Europe/Berlin")

    assert hours.next_opening(utc("2026-03-29T00:00")) == utc("2026-03-29T01:00")
    gap = OpeningHours(week=((Span(opens=time(2, 10), closes=time(2, 50)),),) * 7, time_zone="Europe/Berlin")
    assert gap.next_opening(utc("2026-03-29T00:00")) == utc("2026-03-30T00:10")


def test_a_span_in_the_repeated_hour_lasts_until_its_second_pass() -> None:
    hours = OpeningHours(
        week=((Span(opens=time(2, 10), closes=time(2, 30)),),) * 7, time_zone="Europe/Berlin"
    )

    assert hours.next_opening(utc("2026-10-25T00:00")) == utc("2026-10-25T00:10")
    assert hours.is_open(utc("2026-10-25T01:29"))
    assert not hours.is_open(utc("2026-10-25T01:30"))


def test_closing_takes_touching_spans_together() -> None:
    spans = (Span(opens=time(0), closes=time(12)), Span(opens=time(12), closes=time(0)))
    week = (spans, (Span(opens=time(0), closes=time(8)),), (), (), (), (), ())
    hours = OpeningHours(week=week)

    assert hours.next_closing(utc("2026-11-23T05:00")) == utc("2026-11-24T08:00")
    assert hours.next_closing(utc("2026-11-25T05:00")) is None
    assert ALWAYS_OPEN.next_closing(utc("2026-11-23T05:00")) is None


def test_hours_that_never_open_have_no_next_opening() -> None:
    never = OpeningHours(week=((),) * 7)

    assert never.next_opening(utc("2026-11-23T05:00")) is None
    assert not never.is_open(utc("2026-11-23T05:00"))


def test_problems_name_the_place() -> None:
    spans = (Span(opens=time(9), closes=time(13)), Span(opens=time(12), closes=time(18)))
    hours = OpeningHours(
        week=(spans, (), (), (), (), ()),
        dates=(DateHours(day=date(2026, 1, 1)), DateHours(day=date(2026, 1, 1))),
        time_zone="Mars/Olympus",
    )

    assert [(found.code, found.place) for found in hours.problems()] == [
        ("hours_week_length", "week"),
        ("hours_unknown_zone", "time_zone"),
        ("hours_span_overlap", "week.0.1"),
        ("hours_date_twice", "dates.1"),
    ]
    assert OFFICE.problems() == ()
    assert NIGHT.problems() == ()
    assert not is_zone("../etc")


def test_hours_survive_json() -> None:
    hours = OpeningHours(
        week=NIGHT.week, dates=(DateHours(day=date(2026, 1, 1)),), time_zone="Asia/Kathmandu"
    )

    assert msgspec.json.decode(msgspec.json.encode(hours), type=OpeningHours) == hours


SPANS = st.builds(
    Span, opens=st.times().map(lambda t: t.replace(second=0, microsecond=0)), closes=st.just(time(18))
)


@given(
    week=st.lists(st.lists(SPANS, max_size=2).map(tuple), min_size=7, max_size=7).map(tuple),
    zone=st.sampled_from(
        ["Europe/Berlin", "Europe/Moscow", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu"]
    ),
    at=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(  # noqa: DTZ001
        lambda at: at.replace(microsecond=0, tzinfo=UTC)
    ),
)
def test_next_opening_is_open_and_nothing_before_it_is(week, zone, at) -> None:
    hours = OpeningHours(week=week, time_zone=zone)
    opening = hours.next_opening(at)

    if opening is None:
        assert not any(week)
        return
    assert hours.is_open(opening)
    for minutes in range(0, int((opening - at).total_seconds() // 60), 7):
        assert not hours.is_open(at + timedelta(minutes=minutes))
    for opens, closes in islice(hours.intervals(at), 3):
        assert hours.is_open(max(opens, at))
        assert hours.is_open(closes - timedelta(milliseconds=1)) or closes <= at
