"""Slots and local days. A slot is a quarter of an hour since 1970; a day belongs to the site's zone. Pure.

A day has 96 slots, 92 or 100 when clocks are set forward or back. Zones stand on quarters of an hour today; a
day that begins within one (there were such zones once) takes the slot that begins in it.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from otklik.vocabulary.time import SLOT_MS, slot_start, to_ms


class CalendarRow(NamedTuple):
    """A row of `cal`. qh: the quarter of an hour on the wall clock, 0-95. dow: 1 Monday. iso_week: 202624."""

    slot: int
    local_date: int
    ym: int
    iso_week: int
    dow: int
    qh: int


def number_of_day(day: date) -> int:
    """2026-06-10 -> 20260610."""
    return day.year * 10_000 + day.month * 100 + day.day


def day_of_number(number: int) -> date:
    """20260610 -> 2026-06-10."""
    return date(number // 10_000, number // 100 % 100, number % 100)


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a local day, in UTC; where midnight is skipped, the moment of the skip."""
    return datetime.combine(day, time(0), zone).astimezone(UTC)


def slots_of_days(first: date, end: date, zone: ZoneInfo) -> tuple[int, int]:
    """The half-open range of slots of the local days first ... end (end left out)."""
    return _slot_at(start_of_day(first, zone)), _slot_at(start_of_day(end, zone))


def day_of_slot(slot: int, zone: ZoneInfo) -> date:
    """The local day in which a slot begins."""
    return slot_start(slot).astimezone(zone).date()


def day_of_moment(at: datetime, zone: ZoneInfo) -> date:
    """The local day of a moment."""
    return at.astimezone(zone).date()


def calendar_rows(first: date, end: date, zone: ZoneInfo) -> Iterator[CalendarRow]:
    """Every slot of the local days, in order."""
    low, high = slots_of_days(first, end, zone)
    for slot in range(low, high):
        local = slot_start(slot).astimezone(zone)
        year, week, weekday = local.isocalendar()
        yield CalendarRow(
            slot,
            number_of_day(local.date()),
            local.year * 100 + local.month,
            year * 100 + week,
            weekday,
            local.hour * 4 + local.minute // 15,
        )


def slots_at(
    slots: tuple[int, int], zone: ZoneInfo, *, weekday: int | None = None, hour: int | None = None
) -> list[int]:
    """Those of a half-open range that begin on this weekday (1 Monday) and in this hour of the wall clock."""
    found = []
    for slot in range(*slots):
        local = slot_start(slot).astimezone(zone)
        if weekday in (None, local.isoweekday()) and hour in (None, local.hour):
            found.append(slot)
    return found


def days_between(first: date, end: date) -> list[date]:
    """The days of a half-open range."""
    return [first + timedelta(days=number) for number in range((end - first).days)]


def _slot_at(at: datetime) -> int:
    return -(-to_ms(at) // SLOT_MS)
