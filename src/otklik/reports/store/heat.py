"""Counters of queues by hour of the wall clock, of a weekday or of a day."""

from collections.abc import Sequence
from typing import Any

from otklik.reports.definitions import Defined
from otklik.reports.facts import QSLOT_SUMS
from otklik.reports.measures import EXCLUDED_PROJECT
from otklik.reports.store.definitions import differences, judged
from otklik.vocabulary.ids import SiteId

_SUMS = ", ".join(f"sum(q.{name})::bigint as {name}" for name in QSLOT_SUMS)
_ROWS = {"weekday": "c.dow", "day": "c.local_date"}

_QUARTERS = {
    rows: f"""
select {column} as period, c.qh, {_SUMS}, max(q.max_wait_ms) as max_wait_ms
from qslot q
join cal c on c.tz = $5 and c.slot = q.slot
where q.site_id = $1 and q.slot >= $2 and q.slot < $3
  and ($4::smallint[] is null or q.queue_id = any($4::smallint[])) and q.project_id <> {EXCLUDED_PROJECT}
group by {column}, c.qh
"""
    for rows, column in _ROWS.items()
}
_LENGTHS = {
    rows: f"""
select {column} as period, c.qh, count(*) as slots, min(c.slot) as first, max(c.slot) as last
from cal c where c.tz = $1 and c.slot >= $2 and c.slot < $3
group by {column}, c.qh
"""
    for rows, column in _ROWS.items()
}


async def sums_by_quarter(
    connection: Any,
    site_id: SiteId,
    slots: tuple[int, int],
    queue_ids: Sequence[int] | None,
    of: Defined,
    tz: int,
    rows: str,
) -> list[Any]:
    """Rows period (a weekday or a local date as a number), qh (0-95) and the columns of QueueFacts but
    p90_wait_ms. rows: `weekday` or `day`."""
    wanted = None if queue_ids is None else [int(one) for one in queue_ids]
    found = await connection.fetch(_QUARTERS[rows], site_id, *slots, wanted, tz)
    key = {"period": _ROWS[rows], "qh": "c.qh"}
    return judged(found, await differences(connection, site_id, slots, queue_ids, of, key, tz=tz), tuple(key))


async def slots_by_quarter(connection: Any, slots: tuple[int, int], tz: int, rows: str) -> list[Any]:
    """How many slots of the range lie in each quarter of the wall clock, the first and the last of them."""
    return list(await connection.fetch(_LENGTHS[rows], tz, *slots))
