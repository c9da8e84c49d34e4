"""Matters that were moved from agent to agent, and how often."""

from collections.abc import Sequence
from typing import Any

from otklik.reports.measures import EXCLUDED_PROJECT
from otklik.vocabulary.ids import SiteId

_MOVED = f"""
    with moved as (
        select i.interaction_id, i.start_ms, i.outcome, i.wait_ms, i.talk_ms, i.hold_ms, i.customer_id,
               sum(s.transferred)::int as moves,
               array_agg(s.agent_id order by s.enter_ms, s.segment_id) as agent_ids,
               array_agg(s.queue_id order by s.enter_ms, s.segment_id) as queue_ids
        from interaction i
        join segment_all s on s.site_id = i.site_id and s.interaction_id = i.interaction_id
        where i.site_id = $1 and i.project_id <> {EXCLUDED_PROJECT} and i.start_ms >= $2 and i.start_ms < $3
            and s.answer_ms > 0
        group by i.interaction_id, i.start_ms, i.outcome, i.wait_ms, i.talk_ms, i.hold_ms, i.customer_id
        having $4::int[] is null or bool_or(s.agent_id = any($4))
    )
"""


async def count_by_moves(
    connection: Any, site_id: SiteId, since_ms: int, until_ms: int, sight: Sequence[int] | None
) -> list[Any]:
    """Matters that somebody answered, by how often they were moved."""
    return list(
        await connection.fetch(
            f"{_MOVED} select moves, count(*) as matters from moved group by moves order by moves",
            *(site_id, since_ms, until_ms, None if sight is None else list(sight)),
        )
    )


async def list_moved(
    connection: Any,
    site_id: SiteId,
    since_ms: int,
    until_ms: int,
    sight: Sequence[int] | None,
    *,
    at_least: int,
    limit: int,
) -> list[Any]:
    """Most often first, then the newest."""
    return list(
        await connection.fetch(
            f"{_MOVED} select * from moved where moves >= $5"
            " order by moves desc, start_ms desc, interaction_id desc limit $6",
            *(site_id, since_ms, until_ms, None if sight is None else list(sight), at_least, limit),
        )
    )


_STAYS = f"""
    select s.interaction_id, s.queue_id, s.agent_id, s.transferred, s.offered, s.enter_ms, s.answer_ms,
           s.end_ms, s.outcome
    from segment_all s
    where s.site_id = $1 and s.interaction_id in (
        select i.interaction_id from interaction i
        join segment_all t on t.site_id = i.site_id and t.interaction_id = i.interaction_id
        where i.site_id = $1 and i.project_id <> {EXCLUDED_PROJECT} and i.start_ms >= $2 and i.start_ms < $3
            and t.transferred = 1 and ($4::int[] is null or t.agent_id = any($4))
    )
    order by s.interaction_id, s.enter_ms, s.segment_id
"""


async def stays_of_moved(
    connection: Any, site_id: SiteId, since_ms: int, until_ms: int, sight: Sequence[int] | None
) -> list[Any]:
    """All stays, in order, of the matters that somebody (in sight) gave away."""
    wanted = None if sight is None else list(sight)
    return list(await connection.fetch(_STAYS, site_id, since_ms, until_ms, wanted))
