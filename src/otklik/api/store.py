"""The SQL of this room: keys of repeated requests, and what tells that the database is away."""

from datetime import datetime, timedelta
from typing import Any

import asyncpg

from otklik.vocabulary.messages import Value

DATABASE_AWAY: tuple[type[Exception], ...] = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    ConnectionError,
    TimeoutError,
)
"""What is raised when the database is not there, goes away, or does not answer in time."""

DOORBELL_AWAY: tuple[type[Exception], ...] = (*DATABASE_AWAY, OSError)


class KeptAnswer(Value):
    """What was answered to a request with a key. status 0: it is still under way."""

    request_sha256: bytes
    status: int
    answer: bytes
    made_at: datetime


async def claim_key(
    connection: Any, *, asked_by: str, key: str, request_sha256: bytes, at: datetime
) -> KeptAnswer | None:
    """Take a key for a request that begins now; what was kept under it if somebody had it before."""
    taken = await connection.fetchval(
        """
        insert into request_key (asked_by, key, request_sha256, status, answer, made_at)
        values ($1, $2, $3, 0, '', $4)
        on conflict do nothing
        returning 1
        """,
        asked_by,
        key,
        request_sha256,
        at,
    )
    if taken:
        return None
    row = await connection.fetchrow(
        "select request_sha256, status, answer, made_at from request_key where asked_by = $1 and key = $2",
        asked_by,
        key,
    )
    # Removed between the two: the caller asks again.
    return (
        KeptAnswer(**dict(row))
        if row
        else KeptAnswer(request_sha256=request_sha256, status=0, answer=b"", made_at=at)
    )


async def take_over_key(connection: Any, *, asked_by: str, key: str, left_at: datetime, at: datetime) -> bool:
    """Take a key from a request that died under way."""
    return bool(
        await connection.fetchval(
            """
            update request_key set made_at = $4
            where asked_by = $1 and key = $2 and status = 0 and made_at = $3
            returning 1
            """,
            asked_by,
            key,
            left_at,
            at,
        )
    )


async def keep_answer(connection: Any, *, asked_by: str, key: str, status: int, answer: bytes) -> None:
    """Keep what was answered."""
    await connection.execute(
        "update request_key set status = $3, answer = $4 where asked_by = $1 and key = $2",
        asked_by,
        key,
        status,
        answer,
    )


async def release_key(connection: Any, *, asked_by: str, key: str) -> None:
    """Nothing came of it: the request may be made again."""
    await connection.execute("delete from request_key where asked_by = $1 and key = $2", asked_by, key)


async def drop_old_keys(connection: Any, *, at: datetime, keep: timedelta) -> None:
    """Forget answers older than `keep`."""
    await connection.execute("delete from request_key where made_at < $1", at - keep)


async def is_writable(connection: Any) -> bool:
    """Whether the database takes writes: neither recovering nor read only."""
    return bool(
        await connection.fetchval(
            "select not pg_is_in_recovery() and current_setting('transaction_read_only') = 'off'"
        )
    )
