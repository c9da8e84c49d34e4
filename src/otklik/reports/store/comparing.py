"""Sums of agents over a whole range, for comparing them. What the self-test did is left out."""

from collections.abc import Sequence
from typing import Any

from otklik.reports import codes
from otklik.reports.measures import EXCLUDED_PROJECT
from otklik.vocabulary.ids import SiteId

_MISSED = ", ".join(str(outcome) for outcome in codes.MISSED_OFFERS)
_RANGE = f"""
    x.site_id = $1 and x.slot >= $2 and x.slot < $3 and x.project_id <> {EXCLUDED_PROJECT}
    and ($4::integer[] is null or x.agent_id = any($4::integer[]))
"""
_TIME = f"""
select x.agent_id, x.state, x.reason, sum(x.ms)::bigint as ms, sum(x.n)::bigint as n
from agent_slot x where {_RANGE} group by x.agent_id, x.state, x.reason
"""
_STAYS = f"""
select x.agent_id, count(*) as handled, sum(x.transferred)::bigint as transferred,
       sum(x.ring_ms)::bigint as ring_ms, sum(x.talk_ms)::bigint as talk_ms,
       sum(x.hold_ms)::bigint as hold_ms, sum(x.wrap_ms)::bigint as wrap_ms
from segment x where {_RANGE} and x.handled = 1 and x.agent_id <> 0 group by x.agent_id
"""
_OFFERS = f"""
select x.agent_id, count(*) as missed_offers from offer x
where {_RANGE} and x.outcome in ({_MISSED}) group by x.agent_id
"""


async def agent_sums(
    connection: Any, site_id: SiteId, slots: tuple[int, int], agent_ids: Sequence[int] | None
) -> tuple[list[Any], list[Any], list[Any]]:
    """Rows of time (agent_id, state, reason, ms, n), of stays (agent_id, handled, transferred and times), of
    missed offers (agent_id, missed_offers)."""
    arguments = (site_id, *slots, None if agent_ids is None else [int(one) for one in agent_ids])
    return (
        list(await connection.fetch(_TIME, *arguments)),
        list(await connection.fetch(_STAYS, *arguments)),
        list(await connection.fetch(_OFFERS, *arguments)),
    )
