"""Rows of chat between colleagues. The SQL of it.

Messages of one thread are written one after the other (its row is locked), so that a larger id is a later
message for everybody, and "read up to" means what it says.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from otklik.teamwork.model import ChatMessage, Thread, ThreadNow
from otklik.vocabulary.ids import PersonId, SiteId, TeamId

_THREAD = "thread.thread_id, thread.team_id, thread.low_person_id, thread.high_person_id"
_MESSAGE = "message_id, thread_id, by_person_id, text, is_lead, at, key::text as key"
_MINE = "thread.site_id = $1 and ($2 in (low_person_id, high_person_id) or team_id = any($3::integer[]))"


def _thread(row: Any) -> Thread:
    people = (PersonId(row["low_person_id"]), PersonId(row["high_person_id"]))
    return Thread(
        thread_id=row["thread_id"],
        team_id=TeamId(row["team_id"]),
        people=() if row["team_id"] else people,
    )


def _message(row: Any) -> ChatMessage:
    return ChatMessage(
        message_id=row["message_id"],
        thread_id=row["thread_id"],
        by=PersonId(row["by_person_id"]),
        text=row["text"],
        is_lead=row["is_lead"],
        at=row["at"],
        key=row["key"],
    )


async def open_thread(connection: Any, site_id: SiteId, wanted: Thread) -> Thread:
    """The thread of these two, or of this team, made if nobody has written there yet; locked until the end of
    the transaction."""
    low, high = wanted.people or (0, 0)
    row = await connection.fetchrow(
        f"""
        insert into chat_thread as thread (site_id, team_id, low_person_id, high_person_id)
        values ($1, $2, $3, $4)
        on conflict (site_id, team_id, low_person_id, high_person_id) do update set site_id = $1
        returning {_THREAD}
        """,
        site_id,
        wanted.team_id,
        low,
        high,
    )
    return _thread(row)


async def find_thread(connection: Any, site_id: SiteId, thread_id: int) -> Thread | None:
    """One."""
    row = await connection.fetchrow(
        f"select {_THREAD} from chat_thread as thread where site_id = $1 and thread_id = $2",
        site_id,
        thread_id,
    )
    return None if row is None else _thread(row)


async def list_threads(
    connection: Any, site_id: SiteId, person_id: PersonId, team_ids: Iterable[TeamId]
) -> list[ThreadNow]:
    """Those that he reads, the one with the newest message first."""
    rows = await connection.fetch(
        f"""
        select {_THREAD}, last.*, (
            select count(*) from chat_message as m
            where m.thread_id = thread.thread_id and m.by_person_id <> $2 and m.message_id > coalesce((
                select read_to from chat_read as r where r.thread_id = thread.thread_id and r.person_id = $2
            ), 0)
        ) as unread
        from chat_thread as thread
        join lateral (
            select message_id, by_person_id, text, is_lead, at, key::text as key from chat_message as m
            where m.thread_id = thread.thread_id order by message_id desc limit 1
        ) as last on true
        where {_MINE}
        order by last.message_id desc
        """,
        site_id,
        person_id,
        sorted(team_ids),
    )
    return [ThreadNow(thread=_thread(row), unread=row["unread"], last=_message(row)) for row in rows]


async def list_messages(connection: Any, thread_id: int, *, before: int = 0, limit: int) -> list[ChatMessage]:
    """The newest first. before: only older ones than this, 0 all."""
    rows = await connection.fetch(
        f"""
        select {_MESSAGE} from chat_message
        where thread_id = $1 and ($2 = 0 or message_id < $2) order by message_id desc limit $3
        """,
        thread_id,
        before,
        limit,
    )
    return [_message(row) for row in rows]


async def search_messages(
    connection: Any,
    site_id: SiteId,
    person_id: PersonId,
    team_ids: Iterable[TeamId],
    *,
    find: str,
    limit: int,
) -> list[ChatMessage]:
    """Whose text holds what was typed, in threads that he reads, the newest first."""
    for sign in ("\\", "%", "_"):
        find = find.replace(sign, f"\\{sign}")
    rows = await connection.fetch(
        f"""
        select message_id, m.thread_id, by_person_id, text, is_lead, at, key::text as key
        from chat_message as m join chat_thread as thread using (thread_id)
        where {_MINE} and text ilike '%' || $4 || '%' order by message_id desc limit $5
        """,
        site_id,
        person_id,
        sorted(team_ids),
        find,
        limit,
    )
    return [_message(row) for row in rows]


async def add_message(
    connection: Any,
    thread_id: int,
    *,
    by: PersonId,
    text: str,
    is_lead: bool,
    key: str,
    at: datetime,
) -> tuple[ChatMessage, bool]:
    """The message, and whether it is new: what came with this key before is given again. Who writes has read
    what stands above."""
    row = await connection.fetchrow(
        f"""
        insert into chat_message (thread_id, by_person_id, text, is_lead, at, key)
        values ($1, $2, $3, $4, $5, $6::text::uuid)
        on conflict (by_person_id, key) do nothing returning {_MESSAGE}
        """,
        thread_id,
        by,
        text,
        is_lead,
        at,
        key,
    )
    if row is not None:
        await note_read(connection, thread_id, by, row["message_id"])
        return _message(row), True
    row = await connection.fetchrow(
        f"select {_MESSAGE} from chat_message where by_person_id = $1 and key = $2::text::uuid", by, key
    )
    return _message(row), False


async def note_read(connection: Any, thread_id: int, person_id: PersonId, read_to: int) -> None:
    """He has read up to this message; never back."""
    await connection.execute(
        """
        insert into chat_read (thread_id, person_id, read_to) values ($1, $2, $3)
        on conflict (thread_id, person_id) do update set read_to = greatest(chat_read.read_to, $3)
        """,
        thread_id,
        person_id,
        read_to,
    )


# --- retention


async def days_kept(connection: Any, site_id: SiteId) -> int | None:
    """None: for ever."""
    found: int | None = await connection.fetchval(
        "select days from chat_retention where site_id = $1", site_id
    )
    return found


async def keep_for(connection: Any, site_id: SiteId, days: int | None) -> None:
    """None: for ever."""
    await connection.execute("delete from chat_retention where site_id = $1", site_id)
    if days is not None:
        await connection.execute("insert into chat_retention (site_id, days) values ($1, $2)", site_id, days)


async def forget_old(connection: Any, site_id: SiteId, *, at: datetime) -> None:
    """What is older than the site keeps it."""
    await connection.execute(
        """
        delete from chat_message as m using chat_thread as thread, chat_retention as kept
        where m.thread_id = thread.thread_id and thread.site_id = $1 and kept.site_id = $1
            and m.at < $2::timestamptz - kept.days * interval '1 day'
        """,
        site_id,
        at,
    )
