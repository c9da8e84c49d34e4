"""The centre as it is, as a scenario: its configuration and what its recorded days tell."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from otklik.journal.codec import Codec
from otklik.organization import store as organization
from otklik.simulation.learning import RecordedDay, Tree, learn
from otklik.simulation.recorded import Recording
from otklik.simulation.scenario import DEFAULT_FORMULA
from otklik.vocabulary.ids import SiteId, SkillId
from otklik.vocabulary.refusals import Refused
from otklik.wfm.recorded import bounds_of, read_recorded


async def centre_tree(
    connection: Any, codec: Codec, *, site_id: SiteId, days: Sequence[date], now: datetime
) -> Tree:
    """The scenario of these days, means of them; the configuration is that of the last one.

    Refuses `not_set_up`, `day_not_begun`, `nothing_recorded`.
    """
    site = await organization.find_site(connection, site_id=site_id)
    if site is None:
        raise Refused("not_set_up")
    zone = ZoneInfo(site.zone)
    names = await organization.names_of(connection, "skill", site_id=site_id)
    recorded = []
    for day in days:
        start, end = bounds_of(day, 1, zone, now=now)
        events = await read_recorded(connection, codec, site_id=site_id, start=start, end=end)
        recorded.append(RecordedDay(Recording.of(events), start, end))
    called = [day for day in recorded if day.first_stays()]
    tree = learn(
        called or recorded,
        skill_names={SkillId(identity): name for identity, name in names.items()},
        formula=DEFAULT_FORMULA,
    )
    if tree is None:
        raise Refused("nothing_recorded", day=" … ".join(sorted({days[0].isoformat(), days[-1].isoformat()})))
    return tree
