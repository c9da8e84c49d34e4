"""Looks at the figures of the board and stores which alerts fire and which are over.

Each look is one reading and one transaction: what fired, what is over and what is to be told about it are
written together or not at all. While no rule is on and nothing fires, nothing is read.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from otklik.alerts import service as alerts
from otklik.alerts import store
from otklik.alerts.judge import Judge, Look
from otklik.alerts.model import Alert, Scope
from otklik.api.live_figures import (
    FigureSource,
    Health,
    figures_of,
    names_of_places,
    places_of_scopes,
)
from otklik.logs import logger
from otklik.organization.model import Site
from otklik.vocabulary.ids import SiteId

if TYPE_CHECKING:
    from otklik.api.parts import Now

log = logger()

Tell = Callable[[Any, Site, list[Alert], list[Alert]], Awaitable[None]]
"""Writes down, in the look's transaction, what is to be told of what fired and of what is over."""


async def tell_nobody(connection: Any, site: Site, fired: list[Alert], cleared: list[Alert]) -> None:
    """Where nothing is told outside."""


class AlertWatch:
    """The looks of one site."""

    def __init__(
        self,
        figures: FigureSource,
        pool: Any,
        clock: "Now",
        site_id: SiteId,
        look_at_health: Callable[[], Awaitable[Health]],
        tell: Tell = tell_nobody,
    ) -> None:
        self._figures = figures
        self._pool = pool
        self._clock = clock
        self._site_id = site_id
        self._health = look_at_health
        self._tell = tell
        self._judge = Judge()

    async def look(self) -> tuple[list[Alert], list[Alert]]:
        """One look; gives what fired and what is over. Raises what the database says."""
        async with self._pool.acquire() as connection:
            rules = await store.list_rules(connection, self._site_id)
            standing = await store.list_open(connection, self._site_id)
        if not standing and not any(rule.is_on for rule in rules):
            return [], []
        known = await self._figures.read(await self._health())
        seen = known.seen
        at = self._clock.now()
        look = Look(
            at=at,
            zone=seen.directory.site.zone,
            figures=figures_of(known),
            places=places_of_scopes(seen),
            teams_of={
                int(agent_id): tuple(map(int, agent.team_ids))
                for agent_id, agent in seen.directory.agents.items()
            },
        )
        verdict = self._judge.judge(look, rules, standing)
        if not (verdict.firings or verdict.endings or verdict.worsenings):
            return [], []
        names: Mapping[tuple[Scope, int], str] = names_of_places(seen)
        async with self._pool.acquire() as connection, connection.transaction():
            fired, cleared = await alerts.settle(connection, self._site_id, verdict, names, at=at)
            if fired or cleared:
                await self._tell(connection, seen.directory.site, fired, cleared)
        for alert in fired:
            log.info("alert.fired", rule_id=alert.rule_id, place_id=alert.place_id, value=alert.fired_value)
        for alert in cleared:
            log.info("alert.cleared", rule_id=alert.rule_id, place_id=alert.place_id, cause=alert.cause)
        return fired, cleared
