"""Tokens of televisions on the wall, in PostgreSQL."""

from datetime import datetime, timedelta
from typing import Any

from otklik.access.model import WallToken, WallTokenId

_WALL = """
    wall_token_id, name, created_by, created_at, used_at, revoked_at, dashboard_ids, turn_seconds, theme,
    language, expires_at
"""
_LIVE = "revoked_at is null and (expires_at is null or expires_at > $2)"
USED_EVERY = timedelta(minutes=1)
"""A television is connected for weeks; how often it is written down that it is there."""


async def insert_wall_token(connection: Any, given: WallToken, *, token_hash: bytes) -> WallTokenId:
    """For a television."""
    found = await connection.fetchval(
        """
        insert into wall_token (
            name, token_hash, created_by, created_at, dashboard_ids, turn_seconds, theme, language, expires_at
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning wall_token_id
        """,
        given.name,
        token_hash,
        given.created_by,
        given.created_at,
        list(given.dashboard_ids),
        given.turn_seconds,
        given.theme,
        given.language,
        given.expires_at,
    )
    return WallTokenId(found)


async def find_wall_token(connection: Any, token_hash: bytes, *, at: datetime) -> WallTokenId | None:
    """Which wall this is, if it was not revoked and is not over."""
    found = await connection.fetchval(
        f"update wall_token set used_at = $2 where token_hash = $1 and {_LIVE} returning wall_token_id",
        token_hash,
        at,
    )
    return None if found is None else WallTokenId(found)


async def find_live_wall(connection: Any, wall_token_id: WallTokenId, *, at: datetime) -> WallToken | None:
    """As it stands now, for the sockets of walls, which ask again every few seconds."""
    row = await connection.fetchrow(
        f"select {_WALL} from wall_token where wall_token_id = $1 and {_LIVE}", wall_token_id, at
    )
    return None if row is None else _wall(row)


async def touch_wall(connection: Any, wall: WallToken, *, at: datetime) -> None:
    """It is there; written once a minute."""
    if wall.used_at is None or at - wall.used_at >= USED_EVERY:
        await connection.execute(
            "update wall_token set used_at = greatest(used_at, $2) where wall_token_id = $1",
            wall.wall_token_id,
            at,
        )


async def list_wall_tokens(connection: Any) -> list[WallToken]:
    """All, newest first."""
    rows = await connection.fetch(f"select {_WALL} from wall_token order by wall_token_id desc")
    return [_wall(row) for row in rows]


async def find_wall(connection: Any, wall_token_id: WallTokenId) -> WallToken | None:
    """One, whatever became of it."""
    row = await connection.fetchrow(f"select {_WALL} from wall_token where wall_token_id = $1", wall_token_id)
    return None if row is None else _wall(row)


async def revoke_wall_token(connection: Any, wall_token_id: WallTokenId, *, at: datetime) -> bool:
    """Whether there was a live one."""
    found = await connection.fetchval(
        """
        update wall_token set revoked_at = $2 where wall_token_id = $1 and revoked_at is null
        returning wall_token_id
        """,
        wall_token_id,
        at,
    )
    return found is not None


def _wall(row: Any) -> WallToken:
    found = dict(row)
    return WallToken(**found | {"dashboard_ids": tuple(found["dashboard_ids"])})
