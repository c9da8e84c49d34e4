"""Calendars: the days off of a country or of a file, to be taken over into opening hours."""

import asyncio
from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query

from otklik.access.rights import Right
from otklik.api.parts import Serves
from otklik.api.route import Route
from otklik.api.schemas.calendars import CalendarDayRow, CalendarFile, CalendarRead, SkippedRow
from otklik.api.sign_in import Who, requires
from otklik.organization import calendars
from otklik.organization.calendars import CalendarDay, days_of_country, read_icalendar

router = APIRouter(prefix="/api/v1/calendars", tags=["organization"], route_class=Route)

Manages = Annotated[Who, requires(Right.MANAGE_HOURS)]
Country = Annotated[str, Query(min_length=2, max_length=2, description="ISO 3166, two letters")]
Year = Annotated[int, Query(ge=calendars.FIRST_YEAR, le=calendars.LAST_YEAR)]


@router.get("/countries")
async def calendar_countries(who: Manages) -> list[str]:
    """Countries whose days off are known."""
    return list(calendars.countries())


@router.get("")
async def country_calendar(
    who: Manages, country: Country, year: Year, language: Literal["ru", "en"] = "en"
) -> list[CalendarDayRow]:
    """The days of a year that differ from their weekdays."""
    found = await asyncio.to_thread(days_of_country, country, year, language)
    return [_row(one) for one in found]


@router.post("/read")
async def read_calendar(who: Manages, parts: Serves, body: CalendarFile) -> CalendarRead:
    """What an iCalendar file says of this year and the next; nothing is kept."""
    year = parts.clock.now().year
    read = await asyncio.to_thread(read_icalendar, body.text, date(year, 1, 1), date(year + 1, 12, 31))
    return CalendarRead(
        days=[_row(one) for one in read.days],
        skipped=[SkippedRow(title=one.title, problem=one.problem) for one in read.skipped],
    )


def _row(one: CalendarDay) -> CalendarDayRow:
    return CalendarDayRow(date=one.day, kind=one.kind, note=one.note)
