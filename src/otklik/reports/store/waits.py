"""Waits one by one: how many lasted how long."""

from collections.abc import Sequence
from typing import Any

from otklik.reports.definitions import Defined
from otklik.reports.measures import EXCLUDED_PROJECT
from otklik.reports.store.definitions import judged_stays
from otklik.vocabulary.ids import SiteId

_OF = f"""
  from {{stays}} s
where s.site_id = $1 and s.slot >= $2 and s.slot < $3 and s.offered = 1
  and (s.answered = 1 or s.abandoned = 1)
  and ($4::smallint[] is null or s.queue_id = any($4::smallint[])) and s.project_id <> {EXCLUDED_PROJECT}
"""
# One pass over the stays: how many waited exactly so long. All else follows from these few rows, without a
# sort of every stay. Ranks are those of percentile_disc.
# A step holds its end, as the threshold holds its own: answered within 20 seconds is 20.000 and less.
_WAITS = f"""
with told as materialized (
    select s.queue_id, s.answered, s.wait_ms, count(*) as stays, sum(s.in_sl)::bigint as in_sl,
           sum(s.short_ab)::bigint as short_ab
    {_OF} group by s.queue_id, s.answered, s.wait_ms
), each as (
    select queue_id, answered, wait_ms, stays, in_sl from told
    union all
    select null, answered, wait_ms, sum(stays)::bigint, sum(in_sl)::bigint from told
    group by answered, wait_ms
), ranked as (
    select *, sum(stays) over (partition by queue_id, answered order by wait_ms) as upto,
           sum(stays) over (partition by queue_id, answered) as total
    from each
), figures as (
    select queue_id, answered, sum(stays)::bigint as stays, sum(in_sl)::bigint as in_sl,
           sum(wait_ms * stays)::bigint as wait_ms, max(wait_ms) as max_ms,
           min(wait_ms) filter (where upto >= ceil(0.5::float8 * total::float8)) as median_ms,
           min(wait_ms) filter (where upto >= ceil(0.9::float8 * total::float8)) as p90_ms
    from ranked group by queue_id, answered
)
select null::integer as step, queue_id, answered, stays, in_sl, null::bigint as short_ab, wait_ms, max_ms,
       median_ms, p90_ms
from figures
union all
select width_bucket(wait_ms - 1, $5::integer[]), null, answered, sum(stays)::bigint, sum(in_sl)::bigint,
       sum(short_ab)::bigint, null, null, null, null
from told group by 1, answered
"""


async def waits_of(
    connection: Any,
    site_id: SiteId,
    slots: tuple[int, int],
    queue_ids: Sequence[int] | None,
    edges_ms: Sequence[int],
    of: Defined,
) -> tuple[list[Any], list[Any]]:
    """How many waited how long, and the figures of it; answered: 1, or 0 of the abandoned.

    Rows step, answered, stays, in_sl, short_ab: step 0 holds waits up to the first edge, the last one those
    above the last. Rows queue_id (None: all of them), answered, stays, in_sl, wait_ms, max_ms, median_ms,
    p90_ms.
    """
    wanted = None if queue_ids is None else [int(one) for one in queue_ids]
    relation, more = judged_stays(of, 6)
    query = _WAITS.format(stays=relation)
    rows = await connection.fetch(query, site_id, *slots, wanted, list(edges_ms), *more)
    steps = [row for row in rows if row["step"] is not None]
    return steps, [row for row in rows if row["step"] is None]
