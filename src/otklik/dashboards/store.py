"""Dashboards in PostgreSQL. The only SQL of this room.

The tiles are one JSON value: they are read and written together, and nobody asks for one alone.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec

from otklik.dashboards.model import Dashboard, DashboardId, Share, Tile
from otklik.vocabulary.ids import PersonId, SiteId
from otklik.vocabulary.messages import Value


class _Body(Value):
    """What stands in the column `body`."""

    tiles: tuple[Tile, ...] = ()
    share: Share = Share()


_body = msgspec.json.Decoder(_Body)
_COLUMNS = "dashboard_id, owner_id, name, body::text as body, version, changed_at"


async def list_all(connection: Any, site_id: SiteId) -> list[Dashboard]:
    """All that were not removed, by name."""
    rows = await connection.fetch(
        f"select {_COLUMNS} from dashboard where site_id = $1 and removed_at is null"
        " order by lower(name), dashboard_id",
        site_id,
    )
    return [_of_row(row) for row in rows]


async def find(connection: Any, site_id: SiteId, dashboard_id: DashboardId) -> Dashboard | None:
    """One that was not removed."""
    found = await find_several(connection, site_id, [dashboard_id])
    return found[0] if found else None


async def find_several(connection: Any, site_id: SiteId, ids: Collection[int]) -> list[Dashboard]:
    """Those of these that were not removed."""
    rows = await connection.fetch(
        f"select {_COLUMNS} from dashboard"
        " where site_id = $1 and dashboard_id = any($2::integer[]) and removed_at is null",
        site_id,
        [int(one) for one in ids],
    )
    return [_of_row(row) for row in rows]


async def versions_of(connection: Any, site_id: SiteId, ids: Collection[int]) -> dict[DashboardId, int]:
    """Which version of these there is; a removed one is left out."""
    rows = await connection.fetch(
        "select dashboard_id, version from dashboard"
        " where site_id = $1 and dashboard_id = any($2::integer[]) and removed_at is null",
        site_id,
        [int(one) for one in ids],
    )
    return {DashboardId(row["dashboard_id"]): row["version"] for row in rows}


async def count_of(connection: Any, site_id: SiteId, owner_id: PersonId) -> int:
    """How many somebody has."""
    return int(
        await connection.fetchval(
            "select count(*) from dashboard where site_id = $1 and owner_id = $2 and removed_at is null",
            site_id,
            owner_id,
        )
    )


async def insert(connection: Any, site_id: SiteId, given: Dashboard, *, at: datetime) -> Dashboard:
    """A new one, of version 1."""
    row = await connection.fetchrow(
        "insert into dashboard (site_id, owner_id, name, body, version, created_at, changed_at)"
        f" values ($1, $2, $3, $4, 1, $5, $5) returning {_COLUMNS}",
        site_id,
        given.owner_id,
        given.name,
        _written(given),
        at,
    )
    return _of_row(row)


async def update(connection: Any, site_id: SiteId, given: Dashboard, *, at: datetime) -> Dashboard | None:
    """The changed one; None if it is not of that version any more."""
    row = await connection.fetchrow(
        "update dashboard set name = $4, body = $5, version = version + 1, changed_at = $6"
        " where site_id = $1 and dashboard_id = $2 and version = $3 and removed_at is null"
        f" returning {_COLUMNS}",
        site_id,
        given.dashboard_id,
        given.version,
        given.name,
        _written(given),
        at,
    )
    return None if row is None else _of_row(row)


async def remove(connection: Any, site_id: SiteId, dashboard_id: DashboardId, *, at: datetime) -> None:
    """It is in no list any more."""
    await connection.execute(
        "update dashboard set removed_at = $3 where site_id = $1 and dashboard_id = $2",
        site_id,
        dashboard_id,
        at,
    )


def _written(given: Dashboard) -> str:
    return msgspec.json.encode(_Body(tiles=given.tiles, share=given.share)).decode()


def _of_row(row: Any) -> Dashboard:
    body = _body.decode(row["body"])
    return Dashboard(
        dashboard_id=DashboardId(row["dashboard_id"]),
        owner_id=PersonId(row["owner_id"]),
        name=row["name"],
        tiles=body.tiles,
        share=body.share,
        version=row["version"],
        changed_at=row["changed_at"],
    )
