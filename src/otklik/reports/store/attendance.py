"""When agents were signed in, and what they did then: sums by day, stretches, the states of one.

Unlike counters of work, these hold calls of the practice too: who practises is at work. What the self-test's
own agent does is nobody's.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from otklik.reports import codes
from otklik.reports.measures import EXCLUDED_PROJECT
from otklik.vocabulary.ids import SiteId
from otklik.vocabulary.time import duration_ms

LONGEST_STATE_MS = duration_ms(timedelta(days=31))
"""A state that began longer ago is looked for no more (somebody left without signing out)."""

_TIME_BY_DAY = f"""
select c.local_date as period, a.agent_id, a.state, a.reason,
       a.project_id = {EXCLUDED_PROJECT} as is_practice, sum(a.ms)::bigint as ms
from agent_slot a
join cal c on c.tz = $5 and c.slot = a.slot
where a.site_id = $1 and a.slot >= $2 and a.slot < $3
  and ($4::integer[] is null or a.agent_id = any($4::integer[]))
group by c.local_date, a.agent_id, a.state, a.reason, a.project_id = {EXCLUDED_PROJECT}
"""

_OPEN = f"""
select agent_id, state, reason_id, cause, queue_id, interaction_id, since_ms, counted_ms,
       project_id = {EXCLUDED_PROJECT} as is_practice
from agent_now
where site_id = $1 and state <> {codes.SIGNED_OUT}
  and ($2::integer[] is null or agent_id = any($2::integer[]))
"""

_STRETCHES = f"""
with states as (
    select agent_id, start_ms, stop_ms, false as goes_on from agent_state
    where site_id = $1 and state <> {codes.SIGNED_OUT} and start_ms >= $2::bigint - {LONGEST_STATE_MS}
      and start_ms <= $3 and stop_ms >= $2
      and ($4::integer[] is null or agent_id = any($4::integer[]))
    union all
    select agent_id, since_ms, greatest($5::bigint, since_ms), true from agent_now
    where site_id = $1 and state <> {codes.SIGNED_OUT} and since_ms <= $3
      and ($4::integer[] is null or agent_id = any($4::integer[]))
), marked as (
    select *, coalesce(start_ms > max(stop_ms) over (
        partition by agent_id order by start_ms, stop_ms rows between unbounded preceding and 1 preceding
    ), true)::int as begins from states
), numbered as (
    select *, sum(begins) over (partition by agent_id order by start_ms, stop_ms) as number from marked
)
select agent_id, min(start_ms) as start_ms, max(stop_ms) as stop_ms, bool_or(goes_on) as goes_on
from numbered group by agent_id, number order by agent_id, start_ms
"""

_PIECES = f"""
select state, reason, queue_id, interaction_id, start_ms, stop_ms from agent_state
where site_id = $1 and agent_id = $2 and state <> {codes.SIGNED_OUT}
  and start_ms >= $3::bigint - {LONGEST_STATE_MS} and start_ms <= $4 and stop_ms >= $3
order by start_ms, stop_ms
"""

_INTERACTIONS = """
select i.interaction_id, i.channel, i.direction, i.queue_id, i.number_id, i.start_ms, i.outcome, p.e164
from interaction i
left join party p on p.site_id = i.site_id and p.party_id = i.customer_id
where i.site_id = $1 and i.interaction_id = any($2::bigint[])
"""


async def time_by_day(
    connection: Any, site_id: SiteId, slots: tuple[int, int], agent_ids: Sequence[int] | None, tz: int
) -> list[Any]:
    """Rows period, agent_id, state, reason, is_practice, ms: closed and counted time."""
    return list(await connection.fetch(_TIME_BY_DAY, site_id, *slots, _array(agent_ids), tz))


async def open_states(connection: Any, site_id: SiteId, agent_ids: Sequence[int] | None) -> list[Any]:
    """States that go on, practice too: their time from counted_ms on is in no counter yet."""
    return list(await connection.fetch(_OPEN, site_id, _array(agent_ids)))


async def stretches(
    connection: Any,
    site_id: SiteId,
    period_ms: tuple[int, int],
    agent_ids: Sequence[int] | None,
    as_of_ms: int,
) -> list[Any]:
    """Rows agent_id, start_ms, stop_ms, goes_on: without a gap, also beyond the period's edges by the state
    that stands there."""
    return list(await connection.fetch(_STRETCHES, site_id, *period_ms, _array(agent_ids), as_of_ms))


async def pieces(connection: Any, site_id: SiteId, agent_id: int, period_ms: tuple[int, int]) -> list[Any]:
    """The closed states of one agent that touch a period, in order."""
    return list(await connection.fetch(_PIECES, site_id, agent_id, *period_ms))


async def interactions(connection: Any, site_id: SiteId, interaction_ids: Sequence[int]) -> list[Any]:
    """What stands beside them in a time line."""
    return list(await connection.fetch(_INTERACTIONS, site_id, list(interaction_ids)))


def _array(ids: Sequence[int] | None) -> list[int] | None:
    return None if ids is None else [int(one) for one in ids]
