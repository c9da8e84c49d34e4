"""What the questions of this folder share: one moment of the journal, ranges, pages."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from otklik.journal.store import Behind, list_behind
from otklik.reports.calendar import calendar_rows, day_of_moment, day_of_slot, slots_of_days
from otklik.reports.store import calendar as calendar_store
from otklik.reports.store import counting
from otklik.vocabulary.ids import SiteId
from otklik.vocabulary.refusals import Invalid
from otklik.vocabulary.time import from_ms, slot_start, to_ms

LONGEST_RANGE = timedelta(days=400)
LONGEST_PAGE = 500
OWN_PROJECTIONS = ("facts", "live")
"""Those whose rows are read here; a report is not late because a projection of another room is."""


@dataclass(frozen=True, slots=True)
class Moment:
    seq: int
    at: datetime
    behind: Sequence[Behind]


@asynccontextmanager
async def one_moment(connection: Any, site_id: SiteId) -> AsyncIterator[Moment]:
    """All reads inside see one moment of the journal."""
    if connection.is_in_transaction():
        yield await moment_of(connection, site_id)
        return
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        yield await moment_of(connection, site_id)


async def moment_of(connection: Any, site_id: SiteId) -> Moment:
    seq, at_ms = await counting.state_of_journal(connection, site_id)
    behind = [one for one in await list_behind(connection, site_id) if one.name in OWN_PROJECTIONS]
    return Moment(seq, from_ms(at_ms), behind)


async def ensure_calendar(connection: Any, zone: ZoneInfo, first: date, end: date) -> int:
    """Make the slots of these local days known, and of the whole years around them; gives the zone's
    number."""
    tz = await calendar_store.zone_number(connection, zone.key)
    low, high = slots_of_days(first, end, zone)
    covered = await calendar_store.covered_slots(connection, tz)
    years = (date(first.year, 1, 1), date(end.year + 1, 1, 1))
    if covered is None:
        await calendar_store.add_slots(connection, tz, calendar_rows(*years, zone))
        return tz
    if low < covered[0]:
        await calendar_store.add_slots(
            connection, tz, calendar_rows(years[0], day_of_slot(covered[0], zone), zone)
        )
    if high > covered[1] + 1:
        after = day_of_slot(covered[1], zone) + timedelta(days=1)
        await calendar_store.add_slots(connection, tz, calendar_rows(after, years[1], zone))
    return tz


def slots_of(first: date, end: date, zone: ZoneInfo) -> tuple[int, int]:
    if end <= first:
        raise Invalid("empty_range", "to", first=first.isoformat(), end=end.isoformat())
    # Days at the ends of the calendar have no moment in every zone.
    if end - first > LONGEST_RANGE or first.year < 2000 or end.year > 9000:
        raise Invalid("range_too_long", "to", days=LONGEST_RANGE.days)
    return slots_of_days(first, end, zone)


def slots_of_today(as_of: datetime, zone: ZoneInfo) -> tuple[int, int]:
    today = day_of_moment(as_of, zone)
    return slots_of_days(today, today + timedelta(days=1), zone)


def first_slot(at: datetime) -> int:
    return -(-to_ms(at) // to_ms(slot_start(1)))


def code_of(names: Mapping[int, str], word: str, place: str) -> int:
    for number, name in names.items():
        if name == word:
            return number
    raise Invalid("unknown_word", place, word=word)


def place_of(place: str | None) -> tuple[int, int] | None:
    if place is None:
        return None
    start, _, interaction = place.partition("-")
    if not (start.isdigit() and interaction.isdigit()):
        raise Invalid("bad_place", "place")
    return int(start), int(interaction)


def limit_of(limit: int) -> int:
    return max(1, min(limit, LONGEST_PAGE))


def next_place(rows: Sequence[Any], limit: int) -> str | None:
    return f"{rows[-1]['start_ms']}-{rows[-1]['interaction_id']}" if len(rows) == limit else None


def moment_or_none(milliseconds: int | None) -> datetime | None:
    return from_ms(milliseconds) if milliseconds else None


def lasting(milliseconds: int) -> timedelta:
    return timedelta(milliseconds=milliseconds)
