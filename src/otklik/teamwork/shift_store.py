"""Rows of expected shifts, and when people were signed in. The SQL of it."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from otklik.teamwork.shifts import Presence, Shift
from otklik.vocabulary.ids import AgentId, PersonId, SiteId
from otklik.vocabulary.time import from_ms

_COLUMNS = "shift_id, agent_id, day, start_at, end_at, note"


def _shift(row: Any) -> Shift:
    return Shift(
        shift_id=row["shift_id"],
        agent_id=AgentId(row["agent_id"]),
        day=row["day"],
        start=row["start_at"],
        end=row["end_at"],
        note=row["note"],
    )


async def list_shifts(
    connection: Any,
    site_id: SiteId,
    *,
    first: date,
    end: date,
    agent_ids: Collection[int] | None = None,
) -> list[Shift]:
    """Those that begin on the local days first ... end (end left out). agent_ids None: of everybody."""
    rows = await connection.fetch(
        f"""
        select {_COLUMNS} from expected_shift
        where site_id = $1 and day >= $2 and day < $3
            and ($4::integer[] is null or agent_id = any($4::integer[]))
        order by start_at, agent_id
        """,
        site_id,
        first,
        end,
        None if agent_ids is None else sorted(agent_ids),
    )
    return [_shift(row) for row in rows]


async def shifts_between(connection: Any, site_id: SiteId, since: datetime, until: datetime) -> list[Shift]:
    """Those that touch the stretch."""
    rows = await connection.fetch(
        f"select {_COLUMNS} from expected_shift where site_id = $1 and start_at < $3 and end_at > $2"
        " order by start_at, agent_id",
        site_id,
        since,
        until,
    )
    return [_shift(row) for row in rows]


async def find_shift(connection: Any, site_id: SiteId, shift_id: int) -> Shift | None:
    """One."""
    row = await connection.fetchrow(
        f"select {_COLUMNS} from expected_shift where site_id = $1 and shift_id = $2", site_id, shift_id
    )
    return None if row is None else _shift(row)


async def overlapping(connection: Any, site_id: SiteId, shift: Shift) -> list[Shift]:
    """Other shifts of the same agent that it would overlap."""
    rows = await connection.fetch(
        f"""
        select {_COLUMNS} from expected_shift
        where site_id = $1 and agent_id = $2 and start_at < $4 and end_at > $3 and shift_id <> $5
        """,
        site_id,
        shift.agent_id,
        shift.start,
        shift.end,
        shift.shift_id,
    )
    return [_shift(row) for row in rows]


async def save_shift(connection: Any, site_id: SiteId, shift: Shift, *, by: PersonId, at: datetime) -> int:
    """A new one (id 0) or a changed one; gives its id."""
    values = (site_id, shift.agent_id, shift.day, shift.start, shift.end, shift.note, by, at)
    if shift.shift_id:
        await connection.execute(
            """
            update expected_shift set agent_id = $2, day = $3, start_at = $4, end_at = $5, note = $6,
                changed_by = $7, changed_at = $8
            where site_id = $1 and shift_id = $9
            """,
            *values,
            shift.shift_id,
        )
        return shift.shift_id
    return int(
        await connection.fetchval(
            """
            insert into expected_shift
                (site_id, agent_id, day, start_at, end_at, note, changed_by, changed_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8) returning shift_id
            """,
            *values,
        )
    )


async def remove_shifts(connection: Any, site_id: SiteId, shift_ids: Sequence[int]) -> None:
    """They are expected no more."""
    await connection.execute(
        "delete from expected_shift where site_id = $1 and shift_id = any($2::integer[])",
        site_id,
        list(shift_ids),
    )


async def presences_between(
    connection: Any, site_id: SiteId, *, since_ms: int, agent_ids: Collection[int] | None = None
) -> dict[AgentId, list[Presence]]:
    """When each was signed in since then, whatever he did: facts of the journal. Stretches that follow each
    other are one."""
    rows = await connection.fetch(
        """
        select agent_id, start_ms, stop_ms from (
            select agent_id, start_ms, stop_ms from agent_state
            where site_id = $1 and state <> 0 and stop_ms > $2
            union all
            select agent_id, since_ms, null from agent_now where site_id = $1 and state <> 0
        ) as one
        where $3::integer[] is null or agent_id = any($3::integer[])
        order by agent_id, start_ms
        """,
        site_id,
        since_ms,
        None if agent_ids is None else sorted(agent_ids),
    )
    found: dict[AgentId, list[Presence]] = {}
    for row in rows:
        own = found.setdefault(AgentId(row["agent_id"]), [])
        start = from_ms(row["start_ms"])
        until = None if row["stop_ms"] is None else from_ms(row["stop_ms"])
        last = own[-1] if own else None
        if last is not None and (last.until is None or last.until >= start):
            own[-1] = Presence(
                start=last.start,
                until=None if until is None or last.until is None else max(until, last.until),
            )
        else:
            own.append(Presence(start=start, until=until))
    return found
