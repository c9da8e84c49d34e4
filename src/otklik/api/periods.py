"""Days in addresses: local days of the site, half-open, as moments."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import Query

from otklik.organization import store as organization
from otklik.reports.calendar import start_of_day
from otklik.vocabulary.ids import SiteId
from otklik.vocabulary.refusals import Invalid

From = Annotated[date, Query(alias="from", description="the first local day", examples=["2026-11-20"])]
To = Annotated[date, Query(description="the local day after the last", examples=["2026-11-21"])]

LONGEST_DAYS = 400


@dataclass(frozen=True, slots=True)
class Period:
    """Local days first ... end (end left out), and the moments at which they begin and end."""

    zone: ZoneInfo
    first: date
    end: date

    @property
    def since(self) -> datetime:
        """The first moment."""
        return start_of_day(self.first, self.zone)

    @property
    def until(self) -> datetime:
        """The first moment after it."""
        return start_of_day(self.end, self.zone)


async def zone_of(connection: Any, site_id: SiteId) -> ZoneInfo:
    """The zone in which this site's days begin."""
    site = await organization.find_site(connection, site_id=site_id)
    return ZoneInfo(site.zone if site else "UTC")


async def period_of(connection: Any, site_id: SiteId, first: date, end: date) -> Period:
    """Refuses `empty_range` and `range_too_long`."""
    if end <= first:
        raise Invalid("empty_range", "to", first=first.isoformat(), end=end.isoformat())
    if (end - first).days > LONGEST_DAYS or first.year < 2000 or end.year > 9000:
        raise Invalid("range_too_long", "to", days=LONGEST_DAYS)
    return Period(zone=await zone_of(connection, site_id), first=first, end=end)
