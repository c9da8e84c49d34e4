"""Reads recorded days from the journal, for the twin."""

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from typing import Any, Final, get_args
from zoneinfo import ZoneInfo

from otklik.acd.events import (
    AcdEvent,
    AgentConfigured,
    AgentRemoved,
    PlanConfigured,
    PlanRemoved,
    QueueConfigured,
    QueueRemoved,
    SiteConfigured,
)
from otklik.journal.codec import Codec
from otklik.journal.store import read_between
from otklik.reports.calendar import start_of_day
from otklik.vocabulary.ids import SiteId
from otklik.vocabulary.refusals import Refused
from otklik.vocabulary.time import EPOCH

SETTING_UP: Final = (
    SiteConfigured,
    QueueConfigured,
    QueueRemoved,
    AgentConfigured,
    AgentRemoved,
    PlanConfigured,
    PlanRemoved,
)
BEFORE: Final = timedelta(hours=24)
"""So long before the day its agents are looked for: who signed in earlier and has done nothing since is not
seen."""
AFTER: Final = timedelta(hours=3)
"""So long after it the talks that it began may end."""

_ACD: Final = get_args(AcdEvent)


def bounds_of(first: date, days: int, zone: ZoneInfo, *, now: datetime) -> tuple[datetime, datetime]:
    """From midnight to midnight, or until now. Refuses `day_not_begun`."""
    start = start_of_day(first, zone)
    end = min(start_of_day(first + timedelta(days=days), zone), now)
    if end <= start:
        raise Refused("day_not_begun", day=first.isoformat())
    return start, end


async def read_recorded(
    connection: Any, codec: Codec, *, site_id: SiteId, start: datetime, end: datetime
) -> list[AcdEvent]:
    """The configuration until then and everything from a day before `start` to some hours after `end`."""
    begun = start - BEFORE
    found: list[AcdEvent] = []
    kinds = [kind.KIND for kind in SETTING_UP]
    earlier = read_between(connection, codec, site_id=site_id, since=EPOCH, until=begun, kinds=kinds)
    found += [event async for event in _events(earlier)]
    around = read_between(connection, codec, site_id=site_id, since=begun, until=end + AFTER)
    found += [event async for event in _events(around)]
    return found


async def _events(chunks: AsyncIterator[list[Any]]) -> AsyncIterator[AcdEvent]:
    async for records in chunks:
        for record in records:
            if isinstance(record.event, _ACD):
                yield record.event
