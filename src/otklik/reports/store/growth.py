"""Inbound calls by day, and load and presence by half hour of the week."""

from collections.abc import Sequence
from typing import Any

from otklik.reports import codes
from otklik.reports.measures import EXCLUDED_PROJECT
from otklik.vocabulary.ids import SiteId
from otklik.vocabulary.time import SLOT_MS

_CALLS = f"""
select c.local_date as day, count(*) as calls
from interaction i
join cal c on c.tz = $5 and c.slot = i.start_ms / {SLOT_MS}
where i.site_id = $1 and i.project_id <> {EXCLUDED_PROJECT} and i.direction = {codes.INBOUND}
  and i.start_ms >= $2::bigint * {SLOT_MS} and i.start_ms < $3::bigint * {SLOT_MS}
  and ($4::smallint[] is null or i.queue_id = any($4::smallint[]))
group by c.local_date order by c.local_date
"""

_FIRST = f"""
select min(start_ms) from interaction
where site_id = $1 and project_id <> {EXCLUDED_PROJECT} and direction = {codes.INBOUND}
"""

_LOAD = f"""
select c.dow, c.qh / 2 as half, sum(q.offered)::bigint as offered
from qslot q
join cal c on c.tz = $5 and c.slot = q.slot
where q.site_id = $1 and q.slot >= $2 and q.slot < $3
  and ($4::smallint[] is null or q.queue_id = any($4::smallint[])) and q.project_id <> {EXCLUDED_PROJECT}
group by c.dow, c.qh / 2
"""

_PRESENT = f"""
select c.dow, c.qh / 2 as half, sum(a.ms)::bigint as ms
from agent_slot a
join cal c on c.tz = $5 and c.slot = a.slot
where a.site_id = $1 and a.slot >= $2 and a.slot < $3 and a.agent_id = any($4::integer[])
  and a.project_id <> {EXCLUDED_PROJECT} and a.state not in ({codes.SIGNED_OUT}, {codes.NOT_READY})
group by c.dow, c.qh / 2
"""

_SEEN = """
select distinct agent_id from agent_slot where site_id = $1 and slot >= $2 and slot < $3
"""


def _ids(given: Sequence[int] | None) -> list[int] | None:
    return None if given is None else [int(one) for one in given]


async def calls_by_day(
    connection: Any, site_id: SiteId, slots: tuple[int, int], queue_ids: Sequence[int] | None, tz: int
) -> list[Any]:
    """Rows day (a local date as a number), calls: inbound interactions by the queue they were in last."""
    return list(await connection.fetch(_CALLS, site_id, *slots, _ids(queue_ids), tz))


async def first_call_ms(connection: Any, site_id: SiteId) -> int | None:
    """When the first customer called."""
    found: int | None = await connection.fetchval(_FIRST, site_id)
    return found


async def offered_by_half_hour(
    connection: Any, site_id: SiteId, slots: tuple[int, int], queue_ids: Sequence[int] | None, tz: int
) -> list[Any]:
    """Rows dow (1 is Monday), half (0-47), offered."""
    return list(await connection.fetch(_LOAD, site_id, *slots, _ids(queue_ids), tz))


async def present_by_half_hour(
    connection: Any, site_id: SiteId, slots: tuple[int, int], agent_ids: Sequence[int], tz: int
) -> list[Any]:
    """Rows dow, half, ms of these agents, signed in and not paused."""
    return list(await connection.fetch(_PRESENT, site_id, *slots, _ids(agent_ids), tz))


async def agents_seen(connection: Any, site_id: SiteId, slots: tuple[int, int]) -> set[int]:
    """Who was signed in."""
    return {row["agent_id"] for row in await connection.fetch(_SEEN, site_id, *slots)}
