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
# A step holds its end, as the threshold holds its own: answered within 20 seconds is 20.000 and less.
_STEPS = f"""
select width_bucket(s.wait_ms - 1, $5::integer[]) as step,
       sum(s.answered)::bigint as answered, sum(s.in_sl)::bigint as in_sl,
       sum(s.abandoned)::bigint as abandoned, sum(s.short_ab)::bigint as short_ab
{_OF} group by step order by step
"""
_FIGURES = f"""
select s.queue_id, s.answered, count(*) as stays, sum(s.in_sl)::bigint as in_sl,
       sum(s.wait_ms)::bigint as wait_ms, max(s.wait_ms) as max_ms,
       percentile_disc(0.5) within group (order by s.wait_ms) as median_ms,
       percentile_disc(0.9) within group (order by s.wait_ms) as p90_ms
{_OF} group by grouping sets ((s.queue_id, s.answered), (s.answered)) order by s.queue_id, s.answered
"""


async def waits_by_step(
    connection: Any,
    site_id: SiteId,
    slots: tuple[int, int],
    queue_ids: Sequence[int] | None,
    edges_ms: Sequence[int],
    of: Defined,
) -> list[Any]:
    """Rows step, answered, in_sl, abandoned, short_ab. Step 0 holds waits up to the first edge, the last one
    those above the last."""
    wanted = None if queue_ids is None else [int(one) for one in queue_ids]
    relation, more = judged_stays(of, 6)
    query = _STEPS.format(stays=relation)
    return list(await connection.fetch(query, site_id, *slots, wanted, list(edges_ms), *more))


async def wait_figures(
    connection: Any, site_id: SiteId, slots: tuple[int, int], queue_ids: Sequence[int] | None, of: Defined
) -> list[Any]:
    """Rows queue_id (None: all of them), answered (1, or 0 of the abandoned), stays, in_sl, wait_ms, max_ms,
    median_ms, p90_ms."""
    wanted = None if queue_ids is None else [int(one) for one in queue_ids]
    relation, more = judged_stays(of, 5)
    return list(await connection.fetch(_FIGURES.format(stays=relation), site_id, *slots, wanted, *more))
