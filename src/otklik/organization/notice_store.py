"""Notices of supervisors to teams: what is shown at desks, and who has read it. The SQL of it.

The process `engine` does not read them, so they are rows of `web` alone.
"""

from datetime import datetime
from typing import Any

from otklik.vocabulary.ids import PersonId, SiteId, TeamId
from otklik.vocabulary.messages import Value


class Notice(Value):
    """A text for teams (none: for all), until it expires or is taken back. reads: how many have read it."""

    notice_id: int
    text: str
    team_ids: tuple[TeamId, ...]
    by: PersonId
    created_at: datetime
    expires_at: datetime
    is_read: bool = False
    reads: int = 0


_COLUMNS = "notice_id, text, team_ids::text as team_ids, by_person_id, created_at, expires_at"


async def add_notice(
    connection: Any,
    site_id: SiteId,
    text: str,
    team_ids: tuple[TeamId, ...],
    *,
    by: PersonId,
    at: datetime,
    expires_at: datetime,
) -> int:
    """A new one; gives its id."""
    return int(
        await connection.fetchval(
            """
            insert into notice (site_id, text, team_ids, by_person_id, created_at, expires_at)
            values ($1, $2, to_jsonb($3::integer[]), $4, $5, $6)
            returning notice_id
            """,
            site_id,
            text,
            list(team_ids),
            by,
            at,
            expires_at,
        )
    )


async def list_for_agent(
    connection: Any, site_id: SiteId, person_id: PersonId, team_ids: tuple[TeamId, ...], *, at: datetime
) -> list[Notice]:
    """What stands at his desk now, the oldest first."""
    rows = await connection.fetch(
        f"""
        select {_COLUMNS}, 0 as reads, exists (
            select from notice_read as r where r.notice_id = n.notice_id and r.person_id = $2
        ) as is_read
        from notice as n
        where site_id = $1 and expires_at > $4 and withdrawn_at is null
            and (team_ids = '[]' or exists (
                select from jsonb_array_elements_text(team_ids) as one where one::integer = any($3::integer[])
            ))
        order by notice_id
        """,
        site_id,
        person_id,
        list(team_ids),
        at,
    )
    return [_notice(row) for row in rows]


async def list_sent(connection: Any, site_id: SiteId, *, since: datetime, limit: int = 50) -> list[Notice]:
    """What was sent since then and not taken back, the newest first, with how many have read it."""
    rows = await connection.fetch(
        f"""
        select {_COLUMNS}, false as is_read,
            (select count(*) from notice_read as r where r.notice_id = n.notice_id) as reads
        from notice as n
        where site_id = $1 and created_at > $2 and withdrawn_at is null
        order by notice_id desc limit $3
        """,
        site_id,
        since,
        limit,
    )
    return [_notice(row) for row in rows]


async def find_notice(connection: Any, site_id: SiteId, notice_id: int) -> Notice | None:
    """One that was not taken back."""
    row = await connection.fetchrow(
        f"select {_COLUMNS}, 0 as reads, false as is_read from notice"
        " where site_id = $1 and notice_id = $2 and withdrawn_at is null",
        site_id,
        notice_id,
    )
    return None if row is None else _notice(row)


async def note_read(connection: Any, notice_id: int, person_id: PersonId, *, at: datetime) -> None:
    """He has read it; twice is once."""
    await connection.execute(
        "insert into notice_read (notice_id, person_id, read_at) values ($1, $2, $3) on conflict do nothing",
        notice_id,
        person_id,
        at,
    )


async def withdraw_notice(connection: Any, site_id: SiteId, notice_id: int, *, at: datetime) -> None:
    """It disappears from the desks."""
    await connection.execute(
        "update notice set withdrawn_at = $3 where site_id = $1 and notice_id = $2", site_id, notice_id, at
    )


def _notice(row: Any) -> Notice:
    teams = row["team_ids"].strip("[]")
    return Notice(
        notice_id=row["notice_id"],
        text=row["text"],
        team_ids=tuple(TeamId(int(one)) for one in teams.split(",") if one.strip()),
        by=PersonId(row["by_person_id"]),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        is_read=row["is_read"],
        reads=row["reads"],
    )
