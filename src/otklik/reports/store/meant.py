"""Sums of a queue without what was not meant for us: calls whose agent said "wrong number" or "spam", and
those of blocked numbers.

Counters cannot know it: an outcome may be given later, or changed. So these are summed of the very
stays, with the same conditions by which counters are checked against them; without such calls they are the
counters'.
"""

from collections.abc import Sequence
from typing import Any

from otklik.acd.model import EndReason
from otklik.reports import codes
from otklik.reports.definitions import Defined
from otklik.reports.measures import EXCLUDED_PROJECT
from otklik.reports.store.checking import COUNTED, sum_of
from otklik.reports.store.definitions import differences, judged
from otklik.vocabulary.ids import SiteId

_MEANT = f"""
    not exists (
        select from outcome as o
        join disposition as d on d.site_id = o.site_id and d.disposition_id = o.disposition_id
        where o.site_id = s.site_id and o.interaction_id = s.interaction_id
            and d.kind in ('wrong_number', 'spam')
    )
    and not exists (
        select from interaction as i
        where i.site_id = s.site_id and i.interaction_id = s.interaction_id
            and i.outcome = {codes.OUTCOMES[EndReason.BLOCKED]}
    )
"""
_OF = f"""
    s.site_id = $1 and s.slot >= $2 and s.slot < $3 and s.offered = 1
    and ($4::smallint[] is null or s.queue_id = any($4::smallint[])) and s.project_id <> {EXCLUDED_PROJECT}
"""
_SUMS = ", ".join(sum_of(name, condition) for name, condition in COUNTED.items())
_P90 = "percentile_disc(0.9) within group (order by s.wait_ms) filter (where s.answered = 1)"
_LONGEST = "coalesce(max(s.wait_ms), 0) as max_wait_ms"

_BY_SLOT = f"""
select s.slot as period, s.queue_id, {_SUMS}, {_LONGEST}, {_P90} as p90_wait_ms
from segment_all s where {_OF} and {_MEANT}
group by s.slot, s.queue_id order by s.slot, s.queue_id
"""
_BY_DAY = f"""
select c.local_date as period, s.queue_id, {_SUMS}, {_LONGEST}, {_P90} as p90_wait_ms
from segment_all s join cal c on c.tz = $5 and c.slot = s.slot where {_OF} and {_MEANT}
group by c.local_date, s.queue_id order by c.local_date, s.queue_id
"""
_P90_OF_ALL = f"select {_P90} from segment_all s where {_OF} and {_MEANT}"


async def meant_sums(
    connection: Any,
    site_id: SiteId,
    slots: tuple[int, int],
    queue_ids: Sequence[int] | None,
    of: Defined,
    tz: int | None = None,
) -> tuple[list[Any], dict[tuple[int, int], int], int | None]:
    """Rows as of `counting.queue_sums_by_slot` (by day, if `tz` is given), the 90th percentiles by (period,
    queue), and that of all."""
    arguments = (site_id, *slots, None if queue_ids is None else list(queue_ids))
    rows = (
        await connection.fetch(_BY_SLOT, *arguments)
        if tz is None
        else await connection.fetch(_BY_DAY, *arguments, tz)
    )
    p90 = {
        (row["period"], row["queue_id"]): row["p90_wait_ms"] for row in rows if row["p90_wait_ms"] is not None
    }
    period = "s.slot" if tz is None else "c.local_date"
    key = {"period": period, "queue_id": "s.queue_id"}
    more = await differences(connection, site_id, slots, queue_ids, of, key, tz=tz, condition=_MEANT)
    return judged(rows, more, tuple(key)), p90, await connection.fetchval(_P90_OF_ALL, *arguments)
