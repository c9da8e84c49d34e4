"""What is asked of dashboards: checked and saved, copied, removed; who may look, who may change."""

from collections.abc import Collection, Mapping
from datetime import datetime
from itertools import combinations
from typing import Any

import msgspec

from otklik.alerts.model import Scope, Side, Unit
from otklik.dashboards import store
from otklik.dashboards.figures import FIGURES
from otklik.dashboards.model import (
    COLUMNS,
    LONGEST_TEXT,
    MOST_LINES,
    MOST_ROWS,
    MOST_TILES,
    THE_CENTRE,
    Dashboard,
    DashboardId,
    Tile,
    TileKind,
    Viewer,
)
from otklik.vocabulary.hours import is_zone
from otklik.vocabulary.ids import PersonId, SiteId
from otklik.vocabulary.refusals import Forbidden, Invalid, NotFound, Refused
from otklik.vocabulary.text import name_of, one_line

MOST_OF_ONE = 50
HIGHEST = 1e6
PICKS_QUEUES = frozenset({TileKind.DAY, TileKind.QUEUES, TileKind.WAITING, TileKind.BARS, TileKind.GAUGE})
"""Tiles that show queues whatever their figure is."""
GAUGES = frozenset({"service_level", "service_level_recent", "service_level_strict"})

Known = Mapping[Scope, Collection[int]]
"""The queues and teams that there are."""


def tidied(given: Dashboard, known: Known) -> Dashboard:
    """The same with tidy texts. Raises Invalid with the place: text_*, too_many_tiles, tile_id_taken,
    tile_outside, tiles_overlap, unknown_figure, figure_unfit, limits_unfit, unknown_queue, unknown_team,
    unknown_zone."""
    if len(given.tiles) > MOST_TILES:
        raise Invalid("too_many_tiles", "tiles", limit=MOST_TILES)
    if len({tile.tile_id for tile in given.tiles}) < len(given.tiles):
        raise Invalid("tile_id_taken", "tiles")
    tiles = tuple(_tidied(tile, f"tiles.{place}", known) for place, tile in enumerate(given.tiles))
    for (first, one), (second, other) in combinations(enumerate(tiles), 2):
        if one.overlaps(other):
            raise Invalid("tiles_overlap", f"tiles.{second}", other=first)
    return msgspec.structs.replace(given, name=name_of(given.name), tiles=tiles)


def _tidied(tile: Tile, place: str, known: Known) -> Tile:
    is_inside = (
        tile.tile_id > 0
        and tile.x >= 0
        and tile.y >= 0
        and tile.width > 0
        and tile.height > 0
        and tile.x + tile.width <= COLUMNS
        and tile.y + tile.height <= MOST_ROWS
    )
    if not is_inside:
        raise Invalid("tile_outside", place, columns=COLUMNS, rows=MOST_ROWS)
    _check_figure(tile, place)
    _check_limits(tile, place)
    scope = Scope.QUEUE if tile.kind in PICKS_QUEUES else tile.scope
    if tile.place_ids and scope is Scope.CENTRE:
        raise Invalid("figure_unfit", f"{place}.place_ids")
    for one in tile.place_ids:
        if one not in known.get(scope, ()):
            raise Invalid(f"unknown_{scope.value}", f"{place}.place_ids", id=one)
    if not 1 <= tile.most <= MOST_LINES:
        raise Invalid("limits_unfit", f"{place}.most", highest=MOST_LINES)
    if tile.zone and not is_zone(tile.zone):
        raise Invalid("unknown_zone", f"{place}.zone", zone=tile.zone)
    return msgspec.structs.replace(
        tile,
        scope=scope,
        title=one_line(tile.title, f"{place}.title", longest=100, may_be_empty=True),
        text=one_line(tile.text, f"{place}.text", longest=LONGEST_TEXT, may_be_empty=True),
        place_ids=tuple(dict.fromkeys(tile.place_ids)),
        series=tuple(dict.fromkeys(tile.series)),
    )


def _check_figure(tile: Tile, place: str) -> None:
    needs = tile.kind in (TileKind.FIGURE, TileKind.GAUGE, TileKind.BARS)
    if not needs:
        if tile.figure:
            raise Invalid("figure_unfit", f"{place}.figure", detail=tile.figure)
        if tile.scope is Scope.AGENT or (tile.kind is not TileKind.STATES and tile.scope is Scope.TEAM):
            raise Invalid("figure_unfit", f"{place}.scope")
        return
    kind = FIGURES.get(tile.figure)
    if kind is None:
        raise Invalid("unknown_figure", f"{place}.figure", detail=tile.figure)
    scope = tile.scope if tile.kind is TileKind.FIGURE else Scope.QUEUE
    if scope not in kind.scopes or (tile.kind is TileKind.GAUGE and tile.figure not in GAUGES):
        raise Invalid("figure_unfit", f"{place}.figure", detail=tile.figure)


def _check_limits(tile: Tile, place: str) -> None:
    kind = FIGURES.get(tile.figure)
    highest = 1.0 if kind is not None and kind.unit is Unit.SHARE else HIGHEST
    for name, value in (("warn", tile.warn), ("bad", tile.bad), ("target", tile.target)):
        if value is not None and not 0 <= value <= highest:
            raise Invalid("limits_unfit", f"{place}.{name}", highest=highest)
    if tile.warn is not None and tile.bad is not None:
        is_beyond = tile.bad < tile.warn if tile.side is Side.ABOVE else tile.bad > tile.warn
        if is_beyond:
            raise Invalid("limits_unfit", f"{place}.bad", highest=highest)


# --- saved


async def create(
    connection: Any, site_id: SiteId, given: Dashboard, known: Known, *, by: PersonId, at: datetime
) -> Dashboard:
    """A new one of this person's (the centre's with by 0). Refused `too_many_dashboards`."""
    given = tidied(given, known)
    if by and await store.count_of(connection, site_id, by) >= MOST_OF_ONE:
        raise Refused("too_many_dashboards", limit=MOST_OF_ONE)
    return await store.insert(connection, site_id, msgspec.structs.replace(given, owner_id=by), at=at)


async def change(
    connection: Any, site_id: SiteId, given: Dashboard, known: Known, *, who: Viewer, at: datetime
) -> Dashboard:
    """Save a changed one; given.version: the one that was changed. NotFound `unknown_dashboard`; Forbidden
    `not_own_dashboard`; Refused `changed_meanwhile`."""
    await find_to_change(connection, site_id, given.dashboard_id, who)
    given = tidied(given, known)
    found = await store.update(connection, site_id, given, at=at)
    if found is None:
        raise Refused("changed_meanwhile")
    return found


async def remove(
    connection: Any, site_id: SiteId, dashboard_id: DashboardId, *, who: Viewer, at: datetime
) -> Dashboard:
    """It is gone from every list and television. As `change`."""
    found = await find_to_change(connection, site_id, dashboard_id, who)
    await store.remove(connection, site_id, dashboard_id, at=at)
    return found


async def find_seen(connection: Any, site_id: SiteId, dashboard_id: DashboardId, who: Viewer) -> Dashboard:
    """One that he may look at. NotFound `unknown_dashboard`, also for what is not his to see."""
    found = await store.find(connection, site_id, dashboard_id)
    if found is None or not found.is_seen_by(who):
        raise NotFound("unknown_dashboard", dashboard_id=dashboard_id)
    return found


async def find_to_change(
    connection: Any, site_id: SiteId, dashboard_id: DashboardId, who: Viewer
) -> Dashboard:
    """One that he may change. As `change`."""
    found = await find_seen(connection, site_id, dashboard_id, who)
    if not found.may_be_changed_by(who):
        raise Forbidden("not_own_dashboard")
    return found


async def list_seen(connection: Any, site_id: SiteId, who: Viewer) -> list[Dashboard]:
    """What he may look at: his own first, then by name."""
    found = [one for one in await store.list_all(connection, site_id) if one.is_seen_by(who)]
    return sorted(found, key=lambda one: (one.owner_id != who.person_id, one.owner_id != THE_CENTRE))


async def seen_by_id(
    connection: Any, site_id: SiteId, ids: Collection[int], who: Viewer
) -> dict[DashboardId, Dashboard]:
    """Those of these that he may look at."""
    found = await store.find_several(connection, site_id, ids)
    return {one.dashboard_id: one for one in found if one.is_seen_by(who)}
