"""Reports that go out by mail: what, for whom, when. Pure.

A mailed report is of whole local days that are over: yesterday, the week before, the month before, by the
zone of the site whose report it is. It goes out once at its hour; when nothing could be sent then (the
machine was off), it goes out when that is over, once, for the days it is due for.
"""

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from otklik.vocabulary.ids import PersonId
from otklik.vocabulary.messages import Value
from otklik.vocabulary.refusals import Invalid

LONGEST_NAME = 80
MOST_QUEUES = 200
_DAYS_OF_WEEK = 7


class Every(StrEnum):
    """How often it goes out: each chosen weekday for the day before, each Monday for the week before, on the
    first of a month for the month before."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class MailedReport(Value, kw_only=True):
    """One of them.

    report: as in reports (`days`, `intervals`, `agents`, `timesheet`, `teams`, `page`). source: an imported
    log (which has the first three), 0 for the own centre.
    weekdays: of DAY, Monday is 0. at: by the wall clock of `zone`. addresses: mailboxes with commas between
    them. form, locale: of the file. owner_id: whose it is; it goes out while he may take such numbers away.
    due_at: when it goes out next. told: what came of the last time, a code ("" nothing yet).
    """

    mailed_id: int = 0
    owner_id: PersonId
    name: str
    report: str
    every: Every
    at: str
    addresses: str
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)
    queue_ids: tuple[int, ...] = ()
    source: int = 0
    form: str = "xlsx"
    locale: str = "ru"
    is_on: bool = True
    due_at: datetime
    sent_at: datetime | None = None
    told: str = ""


def next_due(every: Every, at: str, weekdays: tuple[int, ...], zone: ZoneInfo, after: datetime) -> datetime:
    """The first moment after `after` at which it goes out. Invalid `time_unfit`, `no_weekday`."""
    hour = time_of(at)
    if every is Every.DAY and not any(0 <= day < _DAYS_OF_WEEK for day in weekdays):
        raise Invalid("no_weekday", "weekdays")
    day = after.astimezone(zone).date()
    while True:
        # A time that a change of the clock leaves out comes as much later as the clock went on.
        due = datetime.combine(day, hour, tzinfo=zone).astimezone(UTC)
        if due > after and _is_day(every, weekdays, day):
            return due
        day += timedelta(days=1)


def _is_day(every: Every, weekdays: tuple[int, ...], day: date) -> bool:
    match every:
        case Every.DAY:
            return day.weekday() in weekdays
        case Every.WEEK:
            return day.weekday() == 0
        case Every.MONTH:
            return day.day == 1


def days_of(every: Every, due: datetime, zone: ZoneInfo) -> tuple[date, date]:
    """The local days that it is of: the first, and the day after the last."""
    day = due.astimezone(zone).date()
    match every:
        case Every.DAY:
            return day - timedelta(days=1), day
        case Every.WEEK:
            end = day - timedelta(days=day.weekday())
            return end - timedelta(days=_DAYS_OF_WEEK), end
        case Every.MONTH:
            end = day.replace(day=1)
            return (end - timedelta(days=1)).replace(day=1), end


def days_before(first: date, end: date, every: Every) -> tuple[date, date]:
    """As many days right before, to compare with: of a month the month before it."""
    if every is Every.MONTH:
        return (first - timedelta(days=1)).replace(day=1), first
    return first - (end - first), first


def time_of(text: str) -> time:
    """`08:00`. Invalid `time_unfit`."""
    try:
        hours, _, minutes = text.partition(":")
        return time(int(hours), int(minutes))
    except ValueError as error:
        raise Invalid("time_unfit", "at") from error
