"""Where the live hub reads what dashboards need besides the rows of now: the day by quarters, alerts that
fire, the machine's health, and whether a dashboard was changed or is nobody's to see any more.

Read at most every two seconds, and only while somebody looks at a dashboard.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from otklik.access import service as access
from otklik.access import store as people
from otklik.access import wall_store
from otklik.access.model import WallToken
from otklik.access.rights import Right
from otklik.alerts import store as alerts
from otklik.alerts.model import HEALTH
from otklik.api.dashboard_values import Beside
from otklik.api.live_figures import Health
from otklik.api.live_seen import Directory
from otklik.api.live_source import QUEUE_FACTS
from otklik.api.sign_in import Who, who_of
from otklik.dashboards import service as dashboards
from otklik.dashboards import store
from otklik.dashboards.model import Dashboard, DashboardId, Viewer, figures_in
from otklik.organization import store as organization
from otklik.reports.calendar import day_of_moment, slots_of_days
from otklik.reports.measures import QueueFacts
from otklik.reports.store import counting
from otklik.reports.store.definitions import defined_in
from otklik.vocabulary.ids import PersonId, QueueId, SiteId

if TYPE_CHECKING:
    from otklik.api.parts import Now

READ_EVERY_SECONDS = 2.0
HEALTH_EVERY_SECONDS = 5.0
ONE_DAY = timedelta(days=1)

LookAtHealth = Callable[[], Awaitable[Health]]


async def unknown_health() -> Health:
    """Where nobody is asked."""
    return Health()


class DashboardSource:
    """Reads from PostgreSQL; remembers between two looks only what saves reading."""

    def __init__(
        self, pool: Any, clock: "Now", site_id: SiteId, look_at_health: LookAtHealth = unknown_health
    ) -> None:
        self._pool = pool
        self._clock = clock
        self._site_id = site_id
        self._look_at_health = look_at_health
        self._beside = Beside()
        self._read_at = float("-inf")
        self._health_at = float("-inf")

    async def read(self, directory: Directory, shown: Iterable[Dashboard]) -> Beside:
        """What these dashboards need; what was read a moment ago is good enough."""
        now = asyncio.get_running_loop().time()
        if now - self._read_at < READ_EVERY_SECONDS:
            return self._beside
        health = self._beside.health
        if not figures_in(shown).isdisjoint(HEALTH) and now - self._health_at >= HEALTH_EVERY_SECONDS:
            health = await self._look_at_health()
            self._health_at = now
        zone = ZoneInfo(directory.site.zone)
        day = day_of_moment(self._clock.now(), zone)
        slots = slots_of_days(day, day + ONE_DAY, zone)
        async with self._pool.acquire() as connection:
            of = await defined_in(connection, self._site_id, slots, zone)
            rows = await counting.queue_sums_by_slot(connection, self._site_id, slots, None, of)
            standing = await alerts.list_open(connection, self._site_id)
        by_slot: dict[int, dict[QueueId, QueueFacts]] = {}
        for row in rows:
            facts = QueueFacts(**{name: row[name] for name in QUEUE_FACTS})
            by_slot.setdefault(row["period"], {})[QueueId(row["queue_id"])] = facts
        self._beside = Beside(slots=slots, by_slot=by_slot, alerts=standing, health=health)
        self._read_at = now
        return self._beside

    def forget(self) -> None:
        """Read anew at the next look."""
        self._read_at = float("-inf")

    async def versions(self, ids: Collection[int]) -> dict[DashboardId, int]:
        """Which version of these there is now."""
        async with self._pool.acquire() as connection:
            return await store.versions_of(connection, self._site_id, ids)

    async def seen_by(self, who: Who, ids: Collection[int]) -> dict[DashboardId, Dashboard]:
        """Those of these that he may look at; on a television only what its link names."""
        if not ids or not who.may(Right.WATCH_BOARD, Right.WATCH_WALL):
            return {}
        wanted = [one for one in ids if not who.wall_id or one in who.wall_dashboards]
        async with self._pool.acquire() as connection:
            viewer = await viewer_of(connection, self._site_id, who)
            return await dashboards.seen_by_id(connection, self._site_id, wanted, viewer)


async def viewer_of(connection: Any, site_id: SiteId, who: Who) -> Viewer:
    """Who looks at dashboards; before a television it is whoever made its link."""
    person_id = PersonId(who.looks_as)
    if not person_id:
        return Viewer(person_id=person_id, is_keeper=False)
    person = await people.find_person(connection, person_id)
    agent = await organization.find_thing(connection, "agent", person_id, site_id=site_id)
    return Viewer(
        person_id=person_id,
        role_ids=frozenset(map(int, person.role_ids)) if person is not None else frozenset(),
        team_ids=frozenset(map(int, who.team_ids)) | frozenset(map(int, agent.team_ids if agent else ())),
        is_keeper=who.may(Right.MANAGE_SITE),
    )


async def who_is_wall(connection: Any, wall: WallToken, site_id: SiteId) -> Who | None:
    """A television, with what its maker may show on it; None when he may show nothing any more."""
    only_queues = frozenset({Right.WATCH_WALL})
    if not wall.dashboard_ids:
        return Who(wall_id=wall.wall_token_id, rights=only_queues)
    asker = await access.maker_of(connection, wall)
    if asker is None:
        return None
    maker = await who_of(connection, asker, site_id)
    return Who(
        wall_id=wall.wall_token_id,
        wall_maker=asker.person_id,
        wall_dashboards=wall.dashboard_ids,
        rights=only_queues | (asker.rights & {Right.VIEW_HEALTH}),
        sees=maker.sees,
        team_ids=maker.team_ids,
    )


async def live_wall(connection: Any, who: Who, site_id: SiteId, *, at: datetime) -> Who | None:
    """The same television as it stands now; None when its link is worth nothing any more."""
    wall = await wall_store.find_live_wall(connection, who.wall_id, at=at)
    if wall is None:
        return None
    await wall_store.touch_wall(connection, wall, at=at)
    return await who_is_wall(connection, wall, site_id)
