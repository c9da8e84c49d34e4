"""The page of a day, a week or a month."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from otklik.journal.store import Behind
from otklik.reports.calendar import day_of_moment, start_of_day
from otklik.reports.mailing import Every
from otklik.reports.measures import AgentFacts
from otklik.reports.service.agents import agent_days
from otklik.reports.service.queues import QueueRow, queue_days, queue_intervals
from otklik.reports.service.shared import ensure_calendar, one_moment
from otklik.reports.summary import Number, OfQueue, Part, Seen, Told, add, numbers_of, told_of
from otklik.vocabulary.ids import SiteId

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Page:
    """days, before: [first, end), as they were compared. queues: with their figures, by name."""

    every: Every
    zone: str
    as_of: datetime
    behind: Sequence[Behind]
    days: tuple[date, date]
    before: tuple[date, date]
    is_over: bool
    numbers: Sequence[Number]
    told: Sequence[Told]
    parts: Sequence[Part]
    queues: Sequence[OfQueue]


def days_with(every: Every, day: date) -> tuple[date, date]:
    """The day, the week from Monday or the month in which a day lies: [first, end)."""
    match every:
        case Every.DAY:
            return day, day + timedelta(days=1)
        case Every.WEEK:
            first = day - timedelta(days=day.weekday())
            return first, first + timedelta(days=7)
        case Every.MONTH:
            first = day.replace(day=1)
            return first, (first + timedelta(days=32)).replace(day=1)


def days_compared(every: Every, first: date, today: date) -> tuple[tuple[date, date], tuple[date, date]]:
    """The days of the page, and those before: of a day the same weekday a week ago, else the week or the
    month before. Of a period that goes on, as many days of both as have begun."""
    first, end = days_with(every, first)
    if every is Every.MONTH:
        before, before_end = (first - timedelta(days=1)).replace(day=1), first
    else:
        before = first - timedelta(days=7)
        before_end = before + (end - first)
    if first <= today < end:
        begun = (today - first).days + 1
        end, before_end = first + timedelta(days=begun), min(before + timedelta(days=begun), before_end)
    return (first, end), (before, before_end)


async def page_of(
    connection: Any,
    *,
    site_id: SiteId,
    zone: ZoneInfo,
    of: tuple[Every, date],
    as_of: datetime,
    with_agents: bool = True,
    queue_ids: Sequence[int] | None = None,
) -> Page:
    """Of the day, week or month (`of`) in which a day lies. A day that goes on is compared with the same
    hours."""
    every, day = of
    today = day_of_moment(as_of, zone)
    days, before = days_compared(every, day, today)
    is_over = as_of >= start_of_day(days_with(every, day)[1], zone)
    ask = queue_intervals if every is Every.DAY else queue_days
    for first, end in (days, before):
        # Before the moment is opened: what is only read cannot write its calendar.
        await ensure_calendar(connection, zone, first, end)
    async with one_moment(connection, site_id) as moment:
        now, past = [
            await ask(connection, site_id=site_id, zone=zone, first=first, end=end, queue_ids=queue_ids)
            for first, end in (days, before)
        ]
        agents = past_agents = None
        if with_agents:
            agents = await _agents(connection, site_id, zone, days, as_of)
            past_agents = await _agents(connection, site_id, zone, before, as_of)
    past_rows = list(past.rows)
    if every is Every.DAY and not is_over:
        elapsed = as_of - start_of_day(days[0], zone)
        since = start_of_day(before[0], zone)
        past_rows = [row for row in past_rows if row.start - since < elapsed]
        # Time of agents is kept by the day: hours that are not over cannot be compared.
        past_agents = AgentFacts() if with_agents else None
    seen = Seen(
        now=now.total,
        before=add([row.facts for row in past_rows]),
        queues=_queues(now.rows),
        parts=_parts(now.rows, every, zone),
        agents=agents,
        agents_before=past_agents,
        is_over=is_over,
        levels_joined=now.levels.is_joined,
    )
    return Page(
        every=every,
        zone=zone.key,
        as_of=as_of,
        behind=moment.behind,
        days=days,
        before=before,
        is_over=is_over,
        numbers=numbers_of(seen),
        told=told_of(seen),
        parts=seen.parts,
        queues=seen.queues,
    )


async def _agents(
    connection: Any, site_id: SiteId, zone: ZoneInfo, days: tuple[date, date], as_of: datetime
) -> AgentFacts:
    report = await agent_days(connection, site_id=site_id, zone=zone, first=days[0], end=days[1], as_of=as_of)
    return report.total


def _queues(rows: Sequence[QueueRow]) -> list[OfQueue]:
    by_queue: dict[int, list[QueueRow]] = {}
    for row in rows:
        by_queue.setdefault(row.queue_id, []).append(row)
    found = [
        OfQueue(queue_id, own[-1].queue, add([row.facts for row in own]), own[-1].target)
        for queue_id, own in by_queue.items()
    ]
    return sorted(found, key=lambda one: (one.queue.casefold(), one.queue_id))


def _parts(rows: Sequence[QueueRow], every: Every, zone: ZoneInfo) -> list[Part]:
    by_start: dict[datetime, list[QueueRow]] = {}
    for row in rows:
        start = row.start
        if every is Every.DAY:
            # By hours that passed, so that the hour which a change of the clock repeats is there twice.
            midnight = start_of_day(row.day, zone)
            start = midnight + (row.start - midnight) // HOUR * HOUR
        by_start.setdefault(start, []).append(row)
    return [Part(start, add([row.facts for row in own])) for start, own in sorted(by_start.items())]
