"""Talks that ended in a sale."""

from collections.abc import Sequence
from typing import Any

from otklik.reports.measures import EXCLUDED_PROJECT
from otklik.vocabulary.ids import SiteId
from otklik.vocabulary.time import SLOT_MS

MAIN_SALE, ADD_ON_SALE = "main_sale", "add_on_sale"
"""Kinds of dispositions, as the room of customers knows them."""

_GROUPS = {"queue": "i.queue_id", "agent": "i.agent_id", "day": "c.local_date"}

_SALES = {
    by: f"""
select {column} as owner, count(*) as talks,
       count(*) filter (where d.kind = '{MAIN_SALE}') as main_sales,
       count(*) filter (where d.kind = '{ADD_ON_SALE}') as add_on_sales,
       count(*) filter (where o.disposition_id is null) as unchosen,
       coalesce(sum(t.work_ms), 0)::bigint as work_ms
from interaction i
join cal c on c.tz = $6 and c.slot = i.start_ms / {SLOT_MS}
left join outcome o on o.site_id = i.site_id and o.interaction_id = i.interaction_id
left join disposition d on d.site_id = o.site_id and d.disposition_id = o.disposition_id
left join lateral (
    select sum(s.talk_ms + s.hold_ms + s.wrap_ms) as work_ms
    from segment s
    where s.site_id = i.site_id and s.interaction_id = i.interaction_id and s.handled = 1
) t on true
where i.site_id = $1 and i.project_id <> {EXCLUDED_PROJECT} and i.answer_ms <> 0 and i.end_ms <> 0
  and i.start_ms >= $2::bigint * {SLOT_MS} and i.start_ms < $3::bigint * {SLOT_MS}
  and ($4::smallint[] is null or i.queue_id = any($4::smallint[]))
  and ($5::integer[] is null or i.agent_id = any($5::integer[]))
group by 1 order by 1
"""
    for by, column in _GROUPS.items()
}


async def sales_by(
    connection: Any,
    site_id: SiteId,
    slots: tuple[int, int],
    queue_ids: Sequence[int] | None,
    agent_ids: Sequence[int] | None,
    tz: int,
    by: str,
) -> list[Any]:
    """Rows owner (a queue, an agent, or a local date as a number) and the columns of SaleFacts but sells.
    Only interactions that are over. by: `queue`, `agent` or `day`."""
    queues = None if queue_ids is None else [int(one) for one in queue_ids]
    agents = None if agent_ids is None else [int(one) for one in agent_ids]
    return list(await connection.fetch(_SALES[by], site_id, *slots, queues, agents, tz))


async def sale_dispositions(connection: Any, site_id: SiteId) -> dict[str, list[int]]:
    """Ids by kind of those that count as a sale, the removed ones too: they were chosen once."""
    rows = await connection.fetch(
        "select kind, disposition_id from disposition where site_id = $1 and kind = any($2::text[])"
        " order by disposition_id",
        site_id,
        [MAIN_SALE, ADD_ON_SALE],
    )
    found: dict[str, list[int]] = {MAIN_SALE: [], ADD_ON_SALE: []}
    for row in rows:
        found[row["kind"]].append(row["disposition_id"])
    return found
