"""Days off and moved working days: of a country, and of an iCalendar file. For opening hours' exceptions.

Countries come from the `holidays` library (official transfers included). Russian shortened days follow
article 95 of its Labour Code: the working day right before a holiday is an hour shorter, and a weekend day
that is worked instead of such a day is as short as that day would have been.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from itertools import islice
from typing import Any, Final

import holidays
from dateutil.rrule import DAILY, rrulestr
from icalendar import Calendar, Event
from icalendar.error import BrokenCalendarProperty

from otklik.vocabulary.messages import Value
from otklik.vocabulary.refusals import Invalid

FIRST_YEAR: Final = 2020
LAST_YEAR: Final = 2060
"""The years that may be asked for: beyond them nobody has decreed a transfer."""
LONGEST_SPAN: Final = 60
"""Days of one entry of a file: a longer one is a mistake."""
MOST_DAYS: Final = 1000

_MOVED: Final = re.compile(r"перенесено с (\d\d)\.(\d\d)\.(\d{4})")
_OBSERVED: Final = "(выходной)"


class DayKind(StrEnum):
    """off: nobody works. working: a weekend day that is worked. short: a working day, an hour shorter."""

    OFF = "off"
    WORKING = "working"
    SHORT = "short"


class CalendarDay(Value):
    """One day that differs from its weekday. note: what day it is, in the language asked for."""

    day: date
    kind: DayKind
    note: str = ""


class SkippedEntry(Value):
    """What of a file could not be taken. problem: has_time, too_long, rule_unfit, no_date."""

    title: str
    problem: str


class ReadCalendar(Value):
    """The days of a file within a period, and what was left out."""

    days: tuple[CalendarDay, ...]
    skipped: tuple[SkippedEntry, ...] = ()


def countries() -> tuple[str, ...]:
    """Codes (ISO 3166, two letters) of the countries whose days off are known."""
    return tuple(sorted(code for code in holidays.list_supported_countries() if len(code) == 2))


def days_of_country(country: str, year: int, language: str = "en") -> tuple[CalendarDay, ...]:
    """The days of a year that differ from their weekdays, in order. language: ru or en; days whose names are
    not known in it are named in the country's own. Raises Invalid `unknown_country`."""
    code = country.strip().upper()
    if code not in countries():
        raise Invalid("unknown_country", "country", value=country[:10])
    known = holidays.country_holidays(code, years=year, language=_language(code, language))
    found = {day: CalendarDay(day=day, kind=DayKind.OFF, note=name) for day, name in known.items()}
    short = _short_days(year) if code == "RU" else set()
    for day in getattr(known, "weekend_workdays", ()):
        if day.year == year:
            found[day] = CalendarDay(day=day, kind=DayKind.SHORT if day in short else DayKind.WORKING)
    for day in short - found.keys():
        found[day] = CalendarDay(day=day, kind=DayKind.SHORT)
    return tuple(found[day] for day in sorted(found))


def read_icalendar(text: str, first: date, last: date) -> ReadCalendar:
    """The whole days that a file names, from `first` until `last` (both included), repeated ones unfolded.

    An entry with a time of day is left out and named: it says nothing about a whole day. Raises Invalid
    `calendar_unreadable`, `calendar_too_long`.
    """
    try:
        entries = [
            entry for calendar in Calendar.from_ical(text, multiple=True) for entry in _events(calendar)
        ]
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise Invalid("calendar_unreadable", "text", detail=str(error)[:200]) from error
    if not entries:
        raise Invalid("calendar_unreadable", "text", detail="")
    days: dict[date, CalendarDay] = {}
    skipped: list[SkippedEntry] = []
    for entry in entries:
        title = str(entry.get("SUMMARY", ""))[:250]
        try:
            for day in _days_of(entry, first, last):
                days.setdefault(day, CalendarDay(day=day, kind=DayKind.OFF, note=title))
        except _Unfit as unfit:
            skipped.append(SkippedEntry(title=title, problem=unfit.problem))
        if len(days) > MOST_DAYS or len(skipped) > MOST_DAYS:
            raise Invalid("calendar_too_long", "text", most=MOST_DAYS)
    return ReadCalendar(days=tuple(days[day] for day in sorted(days)), skipped=tuple(skipped))


class _Unfit(Exception):
    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


def _events(calendar: Any) -> Iterator[Event]:
    return (part for part in calendar.walk("VEVENT") if isinstance(part, Event))


def _days_of(entry: Event, first: date, last: date) -> Iterator[date]:
    start = _value(entry, "DTSTART")
    if start is None:
        raise _Unfit("no_date")
    if isinstance(start, datetime):
        raise _Unfit("has_time")
    end = _value(entry, "DTEND")
    lasts = _value(entry, "DURATION")
    length = (end - start).days if isinstance(end, date) and not isinstance(end, datetime) else 1
    length = max(1, lasts.days if isinstance(lasts, timedelta) else length)
    if length > LONGEST_SPAN:
        raise _Unfit("too_long")
    removed = set(_dates(entry.get("EXDATE")))
    for begin in (*_starts(entry, start, first - timedelta(days=length), last), *_dates(entry.get("RDATE"))):
        if begin in removed:
            continue
        for place in range(length):
            day = begin + timedelta(days=place)
            if first <= day <= last:
                yield day


def _value(entry: Event, name: str) -> Any:
    try:
        return getattr(entry.get(name), "dt", None)
    except BrokenCalendarProperty as error:
        raise _Unfit("no_date") from error


def _starts(entry: Event, start: date, first: date, last: date) -> tuple[date, ...]:
    rule = entry.get("RRULE")
    if rule is None:
        return (start,)
    if isinstance(rule, list):
        raise _Unfit("rule_unfit")
    begin = datetime(start.year, start.month, start.day)  # noqa: DTZ001  whole days have no zone
    try:
        # A rule's end may carry a zone that its start has not; whole days need none.
        text = re.sub(r"(UNTIL=\d{8})(T\d{6}Z?)?", r"\1", rule.to_ical().decode())
        unfolded = rrulestr(text, dtstart=begin)
        if getattr(unfolded, "_freq", DAILY) > DAILY:
            raise _Unfit("rule_unfit")
        until = datetime(last.year, last.month, last.day)  # noqa: DTZ001  whole days have no zone
        found = (moment.date() for moment in unfolded.xafter(begin, inc=True))
        return tuple(day for day in islice(_until(found, until.date()), 40_000) if day >= first)
    except (ValueError, TypeError, OverflowError, BrokenCalendarProperty) as error:
        raise _Unfit("rule_unfit") from error


def _until(days: Iterator[date], last: date) -> Iterator[date]:
    for day in days:
        if day > last:
            return
        yield day


def _dates(value: Any) -> tuple[date, ...]:
    lists = value if isinstance(value, list) else [value] if value is not None else []
    try:
        found = [one.dt for part in lists for one in getattr(part, "dts", ())]
    except BrokenCalendarProperty as error:
        raise _Unfit("no_date") from error
    return tuple(
        one.astimezone(UTC).date() if isinstance(one, datetime) else one
        for one in found
        if isinstance(one, date)
    )


def _language(country: str, language: str) -> str | None:
    offered = holidays.list_localized_countries().get(country, [])
    wanted = "ru" if language == "ru" else "en_US"
    return wanted if wanted in offered else None


def _short_days(year: int) -> set[date]:
    """Russia's: see the module's text. The eve of 1 January belongs to the year before it."""
    known = holidays.country_holidays("RU", years=(year, year + 1), language="ru")
    worked: set[date] = set(getattr(known, "weekend_workdays", ()))
    moved = {
        date(int(found[3]), int(found[2]), int(found[1])): day
        for day, name in known.items()
        if (found := _MOVED.search(name))
    }
    true_holidays = {
        day for day, name in known.items() if not _MOVED.search(name) and not name.endswith(_OBSERVED)
    }
    eves = {day - timedelta(days=1) for day in true_holidays}

    def is_worked(day: date) -> bool:
        return day in worked or (day.weekday() < 5 and day not in known)

    short = {day for day in eves if is_worked(day)}
    short |= {day for day in worked if moved.get(day) in eves}
    return {day for day in short if day.year == year}
