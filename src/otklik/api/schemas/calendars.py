"""Calendars: days off and moved working days, to be taken over into opening hours."""

from datetime import date
from typing import Annotated

from pydantic import Field

from otklik.api.schemas.base import Schema
from otklik.organization.calendars import DayKind

LONGEST_FILE = 500_000


class CalendarDayRow(Schema):
    """A day that differs from its weekday. kind: off; working (a weekend day that is worked); short (an hour
    less; on a weekend day: worked)."""

    date: date
    kind: DayKind
    note: str


class CalendarFile(Schema):
    """text: an iCalendar file (.ics)."""

    text: Annotated[str, Field(max_length=LONGEST_FILE)]


class SkippedRow(Schema):
    """An entry of the file that says nothing about whole days. problem: has_time, too_long, rule_unfit,
    no_date."""

    title: str
    problem: str


class CalendarRead(Schema):
    """What a file says of this year and the next."""

    days: list[CalendarDayRow]
    skipped: list[SkippedRow]
