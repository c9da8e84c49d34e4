"""What the centre's reports hold becomes a day's load: one day, or the mean of a weekday over some weeks."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from otklik.reports import service
from otklik.reports.measures import QueueFacts
from otklik.vocabulary.ids import SiteId
from otklik.vocabulary.refusals import NotFound
from otklik.wfm.model import Interval, Profile

QUARTER: Final = 15
ENOUGH_TALKS: Final = 8
ENOUGH_ABANDONS: Final = 20


@dataclass(frozen=True, slots=True)
class History:
    """profile: quarters of an hour, from the first with a call to the last; calls are means of a day.
    patience: mean seconds, as far as the abandons tell; None with fewer than 20 of them. days: on which
    somebody called."""

    profile: Profile
    patience: float | None
    days: int


@dataclass(slots=True)
class _Sums:
    offered: int = 0
    handled: int = 0
    handled_ms: int = 0
    abandoned: int = 0
    waited_ms: int = 0
    days: set[date] = field(default_factory=set)

    def add(self, day: date, facts: QueueFacts) -> None:
        self.days.add(day)
        self.offered += facts.offered
        self.handled += facts.handled
        self.handled_ms += facts.talk_ms + facts.hold_ms + facts.wrap_ms
        self.abandoned += facts.abandoned
        self.waited_ms += facts.wait_ms + facts.aband_ms


def days_like(weekday: int, *, weeks: int, before: date) -> list[date]:
    """The last `weeks` days of a weekday (0 is Monday) before a day, oldest first."""
    last = before - timedelta(days=(before.weekday() - weekday - 1) % 7 + 1)
    return [last - timedelta(weeks=back) for back in reversed(range(weeks))]


async def history(
    connection: Any, *, site_id: SiteId, zone: ZoneInfo, days: Sequence[date], queue_ids: Sequence[int] | None
) -> History:
    """The mean of these days. Refuses `nobody_called`.

    Patience is the censored estimate for exponential patience: all time waited / abandons; the mean wait of
    those who gave up is many times too small.
    """
    quarters: dict[int, _Sums] = {}
    whole = _Sums()
    for day in days:
        found = await service.queue_intervals(
            connection,
            site_id=site_id,
            zone=zone,
            first=day,
            end=day + timedelta(days=1),
            queue_ids=queue_ids,
        )
        for row in found.rows:
            if not row.facts.offered:
                continue
            local = row.start.astimezone(zone)
            quarter = (local.hour * 60 + local.minute) // QUARTER
            quarters.setdefault(quarter, _Sums()).add(day, row.facts)
            whole.add(day, row.facts)
    if not whole.offered or not whole.handled:
        raise NotFound("nobody_called", first=days[0].isoformat(), last=days[-1].isoformat())
    aht = whole.handled_ms / whole.handled / 1000
    count = len(whole.days)
    profile = []
    for quarter in range(min(quarters), max(quarters) + 1):
        one = quarters.get(quarter, _Sums())
        own = one.handled_ms / one.handled / 1000 if one.handled >= ENOUGH_TALKS else aht
        start = quarter * QUARTER
        profile.append(Interval(start, start + QUARTER, one.offered / count, own))
    patience = whole.waited_ms / whole.abandoned / 1000 if whole.abandoned >= ENOUGH_ABANDONS else None
    return History(tuple(profile), patience, count)
