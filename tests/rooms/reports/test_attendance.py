"""Sign-ins cut at midnight, days of 23 and 25 hours, and where the time of a day went."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from otklik.acd.model import NotReadyCause
from otklik.reports import codes, measures
from otklik.reports.attendance import (
    Piece,
    SignIn,
    Stretch,
    Sums,
    cut,
    days_of,
    sign_ins_by_day,
    stretches_of,
)
from otklik.vocabulary.time import to_ms

pytestmark = pytest.mark.fast

BERLIN = ZoneInfo("Europe/Berlin")
MOSCOW = ZoneInfo("Europe/Moscow")


def ms(*when: int) -> int:
    return to_ms(datetime(*when, tzinfo=UTC))  # type: ignore[arg-type, misc]  # year, month, day, hour ...


def test_a_night_over_midnight_is_two_parts_and_both_say_so() -> None:
    first, second = days_of(date(2026, 11, 20), date(2026, 11, 22), MOSCOW)
    night = Stretch(ms(2026, 11, 20, 19), ms(2026, 11, 21, 3))

    found = sign_ins_by_day([night], [first, second])

    assert first.stop_ms == ms(2026, 11, 20, 21)
    assert found == {
        first.day: [SignIn(night.start_ms, first.stop_ms, is_after=True)],
        second.day: [SignIn(second.start_ms, night.stop_ms, is_before=True)],
    }


def test_one_who_leaves_at_midnight_sharp_is_not_there_on_the_next_day() -> None:
    days = days_of(date(2026, 11, 20), date(2026, 11, 22), MOSCOW)
    evening = Stretch(ms(2026, 11, 20, 19), days[0].stop_ms)

    assert sign_ins_by_day([evening], days) == {days[0].day: [SignIn(evening.start_ms, evening.stop_ms)]}


def test_only_the_days_that_are_asked_for_are_told_of_a_long_stretch() -> None:
    days = days_of(date(2026, 11, 20), date(2026, 11, 23), MOSCOW)
    long = Stretch(days[0].start_ms - 90_000_000, days[2].stop_ms + 90_000_000)
    before, after = (
        Stretch(days[0].start_ms - 9_000, days[0].start_ms),
        Stretch(days[2].stop_ms, days[2].stop_ms + 9_000),
    )

    found = sign_ins_by_day([before, long, after], days)

    whole = [SignIn(day.start_ms, day.stop_ms, is_before=True, is_after=True) for day in days]
    assert found == {day.day: [part] for day, part in zip(days, whole, strict=True)}


def test_who_is_still_there_is_so_on_the_last_day_only() -> None:
    days = days_of(date(2026, 11, 20), date(2026, 11, 22), MOSCOW)
    long = Stretch(ms(2026, 11, 20, 19), ms(2026, 11, 21, 3), goes_on=True)

    found = sign_ins_by_day([long], days)

    assert [one.goes_on for parts in found.values() for one in parts] == [False, True]
    piece = Piece(codes.READY, 0, 0, 0, long.start_ms, long.stop_ms, goes_on=True)
    assert [cut([piece], day)[0].goes_on for day in days] == [False, True]


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 10, 26), 24)]
)
def test_a_day_is_as_long_as_its_clocks_have_it(day: date, hours: int) -> None:
    (one,) = days_of(day, date.fromordinal(day.toordinal() + 1), BERLIN)
    whole = Piece(codes.READY, 0, 0, 0, one.start_ms - 5_000, one.stop_ms + 5_000)

    (piece,) = cut([whole], one)

    assert one.stop_ms - one.start_ms == hours * 3_600_000
    assert (piece.start_ms, piece.stop_ms) == (one.start_ms, one.stop_ms)


def test_states_without_a_gap_are_one_sign_in_and_a_millisecond_between_makes_two() -> None:
    pieces = [
        Piece(codes.READY, 0, 0, 0, 5_000, 9_000),
        Piece(codes.NOT_READY, -1, 0, 0, 1_000, 5_000),
        Piece(codes.NOT_READY, 3, 0, 0, 9_001, 9_500, goes_on=True),
    ]

    assert stretches_of(pieces) == [Stretch(1_000, 9_000), Stretch(9_001, 9_500, goes_on=True)]


def test_pauses_are_paid_as_their_reasons_say_and_rules_are_no_pause() -> None:
    sums = Sums()
    for state, reason, milliseconds, is_practice in (
        (codes.READY, 0, 3_600_000, False),
        (codes.CONNECTED, 0, 1_800_000, False),
        (codes.WRAP_UP, 0, 60_000, False),
        (codes.CONNECTED, 0, 40_000, True),
        (codes.NOT_READY, 1, 900_000, False),
        (codes.NOT_READY, 2, 1_200_000, False),
        (codes.NOT_READY, 7, 300_000, False),
        (codes.NOT_READY, -codes.CAUSES[NotReadyCause.MISSED_OFFER], 30_000, False),
    ):
        sums.add(state, reason, milliseconds, is_practice=is_practice)

    values = measures.compute_all(measures.TIMESHEET_MEASURES, sums.facts({1: True, 2: False}))

    whole = 3600 + 1800 + 60 + 40 + 900 + 1200 + 300 + 30
    assert values == {
        "present_seconds": whole,
        "handling_seconds": 1860,
        "ready_seconds": 3600,
        "rule_seconds": 30,
        "practice_seconds": 40,
        # A reason that nobody knows any more is paid, as a new one is.
        "paid_pause_seconds": 1200,
        "unpaid_pause_seconds": 1200,
        "worked_seconds": whole - 2400,
        "payable_seconds": whole - 1200,
    }
    assert (sums + sums).facts({}).paid_pause_ms == 2 * 2_400_000
