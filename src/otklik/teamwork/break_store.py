"""Rows of break requests, of the rule, and what a day holds already. The SQL of it."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec

from otklik.teamwork.breaks import BreakPolicy, BreakRequest, BreakStatus, CoverSlot, Used
from otklik.vocabulary.ids import AgentId, PersonId, ReasonId, SiteId

_COLUMNS = """
    request_id, agent_id, reason_id, minutes, starts_at, note, asked_at, status, rule, worst::text as worst,
    decided_at, decided_by, word, begun_at, begun_at is not null and exists (
        select from agent_state as s
        where s.site_id = break_request.site_id and s.agent_id = break_request.agent_id and s.state = 1
            and s.reason = break_request.reason_id
            and s.stop_ms >= (extract(epoch from begun_at) * 1000)::bigint
    ) as is_over
"""
_NOT_READY = 1
THE_RULE = PersonId(0)
"""As in `reports.codes`."""


def _request(row: Any) -> BreakRequest:
    return BreakRequest(
        request_id=row["request_id"],
        agent_id=AgentId(row["agent_id"]),
        reason_id=ReasonId(row["reason_id"]),
        minutes=row["minutes"],
        starts_at=row["starts_at"],
        note=row["note"],
        asked_at=row["asked_at"],
        status=BreakStatus(row["status"]),
        rule=row["rule"],
        worst=msgspec.json.decode(row["worst"], type=CoverSlot) if row["worst"] else None,
        decided_at=row["decided_at"],
        decided_by=PersonId(row["decided_by"]),
        word=row["word"],
        begun_at=row["begun_at"],
        is_over=row["is_over"],
    )


async def lock_requests(connection: Any, site_id: SiteId) -> None:
    """One after the other asks, until the transaction ends: each is judged with those before him known."""
    await connection.execute("select pg_advisory_xact_lock(hashtext('otklik breaks'), $1)", site_id)


async def add_request(connection: Any, site_id: SiteId, request: BreakRequest) -> int:
    """A new one; gives its id."""
    return int(
        await connection.fetchval(
            """
            insert into break_request (
                site_id, agent_id, reason_id, minutes, starts_at, note, asked_at, status, rule, worst,
                decided_at, decided_by
            )
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::text::jsonb, $11, $12) returning request_id
            """,
            site_id,
            request.agent_id,
            request.reason_id,
            request.minutes,
            request.starts_at,
            request.note,
            request.asked_at,
            request.status.value,
            request.rule,
            msgspec.json.encode(request.worst).decode() if request.worst else None,
            request.decided_at,
            request.decided_by,
        )
    )


async def find_request(
    connection: Any, site_id: SiteId, request_id: int, *, lock: bool = False
) -> BreakRequest | None:
    """One; locked until the end of the transaction, so that two decide one after the other."""
    row = await connection.fetchrow(
        f"select {_COLUMNS} from break_request where site_id = $1 and request_id = $2"
        + (" for update" if lock else ""),
        site_id,
        request_id,
    )
    return None if row is None else _request(row)


async def list_requests(
    connection: Any,
    site_id: SiteId,
    *,
    since: datetime,
    until: datetime,
    agent_ids: Collection[int] | None = None,
    statuses: Sequence[BreakStatus] = tuple(BreakStatus),
) -> list[BreakRequest]:
    """Those whose time touches the stretch, by their time. agent_ids None: of everybody."""
    rows = await connection.fetch(
        f"""
        select {_COLUMNS} from break_request
        where site_id = $1 and coalesce(begun_at, starts_at) < $3
            and coalesce(begun_at, starts_at) + minutes * interval '1 minute' > $2
            and ($4::integer[] is null or agent_id = any($4::integer[])) and status = any($5::text[])
        order by starts_at, request_id
        """,
        site_id,
        since,
        until,
        None if agent_ids is None else sorted(agent_ids),
        [one.value for one in statuses],
    )
    return [_request(row) for row in rows]


async def set_status(
    connection: Any,
    request_id: int,
    status: BreakStatus,
    *,
    at: datetime,
    by: PersonId = THE_RULE,
    word: str = "",
) -> None:
    """Decided, withdrawn or begun."""
    if status is BreakStatus.BEGUN:
        await connection.execute(
            "update break_request set status = $2, begun_at = coalesce(begun_at, $3) where request_id = $1",
            request_id,
            status.value,
            at,
        )
        return
    await connection.execute(
        """
        update break_request set status = $2, decided_at = $3, decided_by = $4, word = $5
        where request_id = $1
        """,
        request_id,
        status.value,
        at,
        by,
        word,
    )


# --- the rule


async def find_policy(connection: Any, site_id: SiteId) -> BreakPolicy:
    """The one that a new site has, until it says something else."""
    text = await connection.fetchval("select policy::text from break_policy where site_id = $1", site_id)
    return BreakPolicy() if text is None else msgspec.json.decode(text, type=BreakPolicy)


async def save_policy(connection: Any, site_id: SiteId, policy: BreakPolicy) -> None:
    """This one from now on."""
    await connection.execute(
        """
        insert into break_policy (site_id, policy) values ($1, $2::text::jsonb)
        on conflict (site_id) do update set policy = excluded.policy
        """,
        site_id,
        msgspec.json.encode(policy).decode(),
    )


# --- what was used


async def used_between(
    connection: Any,
    site_id: SiteId,
    *,
    since_ms: int,
    until_ms: int,
    agent_ids: Collection[int] | None = None,
) -> dict[AgentId, dict[ReasonId, Used]]:
    """Times and seconds not ready by reason, the state that goes on too: facts of the journal. A break that
    began before counts its part, and no time more."""
    rows = await connection.fetch(
        f"""
        select agent_id, reason, sum(least(stop_ms, $3) - greatest(start_ms, $2))::bigint as ms,
            count(*) filter (where start_ms >= $2) as times
        from (
            select agent_id, reason, start_ms, stop_ms from agent_state
            where site_id = $1 and state = {_NOT_READY} and start_ms < $3 and stop_ms > $2
            union all
            select agent_id, reason_id as reason, since_ms as start_ms, $3 as stop_ms from agent_now
            where site_id = $1 and state = {_NOT_READY} and since_ms < $3
        ) as one
        where reason > 0 and ($4::integer[] is null or agent_id = any($4::integer[]))
        group by agent_id, reason
        """,
        site_id,
        since_ms,
        until_ms,
        None if agent_ids is None else sorted(agent_ids),
    )
    found: dict[AgentId, dict[ReasonId, Used]] = {}
    for row in rows:
        found.setdefault(AgentId(row["agent_id"]), {})[ReasonId(row["reason"])] = Used(
            times=row["times"], seconds=row["ms"] / 1000
        )
    return found
