"""Rows of practice, and what was done in it. The SQL of it."""

from datetime import datetime, timedelta
from typing import Any

from otklik.organization.model import PRACTICE
from otklik.teamwork.practice import Practice, PracticeCall
from otklik.vocabulary.ids import AgentId, PersonId, SiteId
from otklik.vocabulary.time import from_ms, to_ms

_COLUMNS = "practice_id, agent_id, started_at, until_at, ended_at"


def _practice(row: Any) -> Practice:
    return Practice(
        practice_id=row["practice_id"],
        agent_id=AgentId(row["agent_id"]),
        started_at=row["started_at"],
        until=row["until_at"],
        ended_at=row["ended_at"],
    )


async def add_practice(connection: Any, site_id: SiteId, practice: Practice, *, by: PersonId) -> int:
    """One that begins; gives its id."""
    return int(
        await connection.fetchval(
            """
            insert into practice (site_id, agent_id, started_at, until_at, started_by)
            values ($1, $2, $3, $4, $5) returning practice_id
            """,
            site_id,
            practice.agent_id,
            practice.started_at,
            practice.until,
            by,
        )
    )


async def end_practice(connection: Any, practice_id: int, *, at: datetime) -> None:
    """It is over."""
    await connection.execute(
        "update practice set ended_at = coalesce(ended_at, $2) where practice_id = $1", practice_id, at
    )


async def open_practices(connection: Any, site_id: SiteId, *, at: datetime) -> list[Practice]:
    """Those that go on."""
    rows = await connection.fetch(
        f"select {_COLUMNS} from practice where site_id = $1 and ended_at is null and until_at > $2",
        site_id,
        at,
    )
    return [_practice(row) for row in rows]


async def last_practice(connection: Any, site_id: SiteId, agent_id: AgentId) -> Practice | None:
    """The one that goes on, or the last one."""
    row = await connection.fetchrow(
        f"select {_COLUMNS} from practice where site_id = $1 and agent_id = $2"
        " order by practice_id desc limit 1",
        site_id,
        agent_id,
    )
    return None if row is None else _practice(row)


async def calls_of(connection: Any, site_id: SiteId, practice: Practice) -> list[PracticeCall]:
    """Talks with robot customers in this stretch, in order."""
    until = practice.ended_at or practice.until
    rows = await connection.fetch(
        f"""
        select s.interaction_id, s.enter_ms, s.ring_ms, s.talk_ms, s.hold_ms, s.wrap_ms, s.transferred,
            s.answer_ms, o.disposition_id, coalesce(o.note, '') as note
        from segment_all as s
        left join outcome as o on o.site_id = s.site_id and o.interaction_id = s.interaction_id
        where s.site_id = $1 and s.agent_id = $2 and s.queue_id = {PRACTICE} and s.answer_ms > 0
            and s.enter_ms >= $3 and s.enter_ms < $4
        order by s.enter_ms
        """,
        site_id,
        practice.agent_id,
        to_ms(practice.started_at) - 120_000,
        to_ms(until),
    )
    return [
        PracticeCall(
            interaction_id=row["interaction_id"],
            at=from_ms(row["answer_ms"]),
            answer=timedelta(milliseconds=row["ring_ms"]),
            talk=timedelta(milliseconds=row["talk_ms"]),
            hold=timedelta(milliseconds=row["hold_ms"]),
            wrap_up=timedelta(milliseconds=row["wrap_ms"]),
            is_transferred=bool(row["transferred"]),
            disposition_id=row["disposition_id"] or 0,
            note=row["note"],
        )
        for row in rows
    ]


async def missed_of(connection: Any, site_id: SiteId, practice: Practice) -> int:
    """Rings of robot customers that he did not answer."""
    found: int = await connection.fetchval(
        f"""
        select count(*) from offer
        where site_id = $1 and agent_id = $2 and queue_id = {PRACTICE} and outcome in (2, 3, 5)
            and offered_ms >= $3 and offered_ms < $4
        """,
        site_id,
        practice.agent_id,
        to_ms(practice.started_at),
        to_ms(practice.ended_at or practice.until),
    )
    return found
