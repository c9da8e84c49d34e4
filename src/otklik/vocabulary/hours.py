"""Opening hours: when a number is answered by people.

Wall-clock spans by weekday and by date, turned into moments by a time zone, so that they stay right on the
days when clocks are moved: a wall time that does not exist is the moment of the jump, and a span that ends
in the repeated hour ends at its second pass. All intervals are half-open: open at `opens`, closed at
`closes`.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from otklik.vocabulary.messages import Value

_DAY = timedelta(days=1)
_HORIZON = timedelta(days=800)
"""How far ahead an opening is looked for: beyond it a centre counts as never open."""


class Span(Value):
    """From `opens` until `closes` by the wall clock. closes <= opens means the next day: 22:00-06:00 is one
    night, 09:00-00:00 lasts until midnight, 00:00-00:00 is the whole day."""

    opens: time
    closes: time


class DateHours(Value):
    """A date with spans of its own instead of its weekday's; none: closed all day."""

    day: date
    spans: tuple[Span, ...] = ()


class HoursProblem(Value):
    """Why hours are not lawful. code: hours_week_length, hours_span_overlap, hours_date_twice,
    hours_unknown_zone.

    place: for instance `week.0.1` (Monday's second span) or `dates.3`.
    """

    code: str
    place: str


class OpeningHours(Value):
    """week: spans of Monday ... Sunday (seven entries). dates: exceptions. time_zone: IANA name, "" is the
    site's.

    A span belongs to the day on which it opens: the night before a closed date still ends on that date.
    """

    week: tuple[tuple[Span, ...], ...]
    dates: tuple[DateHours, ...] = ()
    time_zone: str = ""

    def is_open(self, at: datetime, site_zone: str = "UTC") -> bool:
        """Whether the centre is open at this moment. site_zone: used when the hours have no zone of their
        own."""
        return any(opens <= at < closes for opens, closes in self._around(at, site_zone))

    def next_opening(self, at: datetime, site_zone: str = "UTC") -> datetime | None:
        """The first moment from `at` on when it is open (`at` itself if it is); None when there is none in
        sight."""
        for opens, closes in self.intervals(at, site_zone):
            if at < closes:
                return max(at, opens)
        return None

    def next_closing(self, at: datetime, site_zone: str = "UTC") -> datetime | None:
        """The end of the open time that holds `at`, spans that touch taken together; None when closed or
        never."""
        end: datetime | None = None
        for opens, closes in self.intervals(at, site_zone):
            if end is None:
                if opens <= at < closes:
                    end = closes
                elif opens > at:
                    return None
            elif opens > end:
                return end
            else:
                end = max(end, closes)
        return None

    def intervals(self, since: datetime, site_zone: str = "UTC") -> Iterator[tuple[datetime, datetime]]:
        """The open intervals that end after `since`, in order, as moments, for the coming two years."""
        zone = _zone(self.time_zone or site_zone)
        day = since.astimezone(zone).date() - _DAY
        last = day + _HORIZON
        while day <= last:
            for opens, closes in self._of_day(day, zone):
                if closes > since:
                    yield opens, closes
            day += _DAY

    def problems(self) -> tuple[HoursProblem, ...]:
        """What must be mended before these hours may be used."""
        found: list[HoursProblem] = []
        if len(self.week) != 7:
            found.append(HoursProblem(code="hours_week_length", place="week"))
        if self.time_zone and not is_zone(self.time_zone):
            found.append(HoursProblem(code="hours_unknown_zone", place="time_zone"))
        for place, spans in enumerate(self.week):
            found += _overlaps(spans, f"week.{place}")
        seen: set[date] = set()
        for place, special in enumerate(self.dates):
            if special.day in seen:
                found.append(HoursProblem(code="hours_date_twice", place=f"dates.{place}"))
            seen.add(special.day)
            found += _overlaps(special.spans, f"dates.{place}")
        return tuple(found)

    def _around(self, at: datetime, site_zone: str) -> Iterator[tuple[datetime, datetime]]:
        zone = _zone(self.time_zone or site_zone)
        today = at.astimezone(zone).date()
        for day in (today - _DAY, today):
            yield from self._of_day(day, zone)

    def _of_day(self, day: date, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
        spans = next((special.spans for special in self.dates if special.day == day), None)
        if spans is None:
            spans = self.week[day.weekday()]
        moments = []
        for span in spans:
            ends = day if span.closes > span.opens else day + _DAY
            opens = _moment(datetime.combine(day, span.opens), zone, first=True)
            closes = _moment(datetime.combine(ends, span.closes), zone, first=False)
            if opens < closes:
                moments.append((opens, closes))
        return sorted(moments)


ALWAYS_OPEN = OpeningHours(week=((Span(opens=time(0), closes=time(0)),),) * 7)


def weekly(opens: time, closes: time, weekdays: range = range(5), time_zone: str = "") -> OpeningHours:
    """The same span on each of these weekdays (0 is Monday)."""
    span = (Span(opens=opens, closes=closes),)
    return OpeningHours(week=tuple(span if day in weekdays else () for day in range(7)), time_zone=time_zone)


def is_zone(name: str) -> bool:
    """Whether this is a known IANA time zone."""
    try:
        _zone(name)
    except (KeyError, ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError; a folder's name an OSError
        return False
    return True


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _moment(wall: datetime, zone: ZoneInfo, *, first: bool) -> datetime:
    """The moment of a wall time: of a repeated one the first or the second pass, of a skipped one the
    jump."""
    early = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    late = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if early <= late:  # the usual day, or the hour that comes twice
        return early if first else late
    # In a gap fold=0 gives a moment after the jump and fold=1 one before it: the jump lies between.
    before, after = late, early
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        if middle.astimezone(zone).utcoffset() == after.astimezone(zone).utcoffset():
            after = middle
        else:
            before = middle
    return after.replace(microsecond=0)


def _overlaps(spans: tuple[Span, ...], place: str) -> list[HoursProblem]:
    found = []
    minutes = [(_minute(span.opens), _minute(span.closes) or 1440, index) for index, span in enumerate(spans)]
    ordered = sorted(
        (opens, closes if closes > opens else closes + 1440, index) for opens, closes, index in minutes
    )
    for (_, ends, _), (opens, _, index) in pairwise(ordered):
        if opens < ends:
            found.append(HoursProblem(code="hours_span_overlap", place=f"{place}.{index}"))
    return found


def _minute(wall: time) -> int:
    return wall.hour * 60 + wall.minute
