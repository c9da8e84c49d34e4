"""What agents chose as the outcome of their talks."""

from collections.abc import Sequence
from typing import Any

from otklik.reports.measures import EXCLUDED_PROJECT
from otklik.vocabulary.ids import SiteId
from otklik.vocabulary.time import SLOT_MS

_GROUPS = {"none": "0", "queue": "i.queue_id", "agent": "i.agent_id"}

_OUTCOMES = {
    by: f"""
select coalesce(o.disposition_id, 0) as disposition_id, {column} as owner, count(*) as chosen,
       coalesce(sum(t.handled), 0)::bigint as handled, coalesce(sum(t.talk_ms), 0)::bigint as talk_ms,
       coalesce(sum(t.hold_ms), 0)::bigint as hold_ms, coalesce(sum(t.wrap_ms), 0)::bigint as wrap_ms
from interaction i
left join outcome o on o.site_id = i.site_id and o.interaction_id = i.interaction_id
left join lateral (
    select sum(s.handled) as handled, sum(s.talk_ms) as talk_ms, sum(s.hold_ms) as hold_ms,
           sum(s.wrap_ms) as wrap_ms
    from segment s
    where s.site_id = i.site_id and s.interaction_id = i.interaction_id and s.handled = 1
) t on true
where i.site_id = $1 and i.project_id <> {EXCLUDED_PROJECT} and i.answer_ms <> 0 and i.end_ms <> 0
  and i.start_ms >= $2::bigint * {SLOT_MS} and i.start_ms < $3::bigint * {SLOT_MS}
  and ($4::smallint[] is null or i.queue_id = any($4::smallint[]))
  and ($5::integer[] is null or i.agent_id = any($5::integer[]))
group by 1, 2 order by 2, 1
"""
    for by, column in _GROUPS.items()
}

_NAMES = "select disposition_id, name_ru, name_en, kind from disposition where site_id = $1"


async def outcomes_by(
    connection: Any,
    site_id: SiteId,
    slots: tuple[int, int],
    queue_ids: Sequence[int] | None,
    agent_ids: Sequence[int] | None,
    by: str,
) -> list[Any]:
    """Rows disposition_id (0: none chosen), owner (a queue, an agent, or 0), chosen, and the sums of the
    stays with a talk. Only interactions that are over. by: `none`, `queue` or `agent`."""
    queues = None if queue_ids is None else [int(one) for one in queue_ids]
    agents = None if agent_ids is None else [int(one) for one in agent_ids]
    return list(await connection.fetch(_OUTCOMES[by], site_id, *slots, queues, agents))


async def disposition_names(connection: Any, site_id: SiteId) -> dict[int, Any]:
    """name_ru, name_en and kind of every disposition that ever was, by id."""
    return {row["disposition_id"]: row for row in await connection.fetch(_NAMES, site_id)}
