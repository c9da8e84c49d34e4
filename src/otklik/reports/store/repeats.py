"""Customers who came again: after which contact, and who came most often."""

from collections.abc import Sequence
from typing import Any

from otklik.reports import codes
from otklik.reports.measures import EXCLUDED_PROJECT
from otklik.vocabulary.ids import SiteId

_OF = f"""
    i.site_id = $1 and i.direction = {codes.INBOUND} and i.project_id <> {EXCLUDED_PROJECT}
    and i.start_ms >= $2 and i.start_ms < $3
"""

LONGEST_CONTACT_MS = 86_400_000
"""A contact that lasted longer may be taken for one without a repeat."""

# Whoever comes again does so with whatever end: one who calls a second time and hangs up did come again.
_WITH = f"""
with contact as (
    select i.interaction_id, i.customer_id, i.queue_id, i.start_ms, i.answer_ms, i.end_ms,
           lead(i.start_ms) over (
               partition by i.customer_id, case when $6 then i.queue_id else 0::smallint end
               order by i.start_ms, i.interaction_id
           ) as next_ms
    from interaction i
    where i.site_id = $1 and i.direction = {codes.INBOUND} and i.project_id <> {EXCLUDED_PROJECT}
      and i.start_ms >= $2 and i.start_ms < $3::bigint + $4::bigint + {LONGEST_CONTACT_MS}
      and i.customer_id <> 0
), base as (
    select *, end_ms + $4::bigint <= $5::bigint as is_settled,
           coalesce(next_ms < end_ms + $4::bigint, false) as is_repeated
    from contact
    where start_ms < $3 and answer_ms <> 0 and end_ms <> 0
      and ($7::smallint[] is null or queue_id = any($7::smallint[]))
)
"""

_BY_QUEUE = f"""
{_WITH}
select queue_id, count(*) as contacts, count(*) filter (where is_settled) as settled,
       count(*) filter (where is_settled and is_repeated) as repeated
from base group by grouping sets ((queue_id), ())
"""
_BEHIND = f"""
{_WITH}
select interaction_id from base where is_settled and (is_repeated or not $8)
"""


async def repeats_by_queue(  # noqa: PLR0913, a window has many sides
    connection: Any,
    site_id: SiteId,
    *,
    since_ms: int,
    until_ms: int,
    window_ms: int,
    as_of_ms: int,
    in_same_queue: bool,
    queue_ids: Sequence[int] | None,
) -> list[Any]:
    """Rows queue_id (None: all of them), contacts, settled, repeated. Only known customers."""
    return list(
        await connection.fetch(
            _BY_QUEUE, site_id, since_ms, until_ms, window_ms, as_of_ms, in_same_queue, _array(queue_ids)
        )
    )


async def repeat_ids(  # noqa: PLR0913, a window has many sides
    connection: Any,
    site_id: SiteId,
    *,
    since_ms: int,
    until_ms: int,
    window_ms: int,
    as_of_ms: int,
    in_same_queue: bool,
    queue_ids: Sequence[int] | None,
    only_repeated: bool,
) -> list[int]:
    """The settled contacts, or those of them after which the customer came again."""
    window = (since_ms, until_ms, window_ms, as_of_ms, in_same_queue)
    rows = await connection.fetch(_BEHIND, site_id, *window, _array(queue_ids), only_repeated)
    return [row["interaction_id"] for row in rows]


_UNKNOWN = f"""
select i.queue_id, count(*) as unknown from interaction i
where {_OF} and i.customer_id = 0 and i.answer_ms <> 0 and i.end_ms <> 0
  and ($4::smallint[] is null or i.queue_id = any($4::smallint[]))
group by i.queue_id
"""
_HOW_OFTEN = f"""
select contacts, count(*) as customers from (
    select i.customer_id, count(*) as contacts from interaction i
    where {_OF} and i.customer_id <> 0 and ($4::smallint[] is null or i.queue_id = any($4::smallint[]))
    group by i.customer_id
) often group by contacts order by contacts
"""
_MOST = f"""
select i.customer_id, p.e164, count(*) as contacts,
       count(*) filter (where i.answer_ms <> 0) as answered,
       count(*) filter (where i.answer_ms = 0 and i.end_ms <> 0) as unanswered,
       array_agg(distinct i.queue_id) filter (where i.queue_id <> 0) as queue_ids,
       max(i.start_ms) as last_ms
from interaction i
left join party p on p.site_id = i.site_id and p.party_id = i.customer_id
where {_OF} and i.customer_id <> 0 and ($4::smallint[] is null or i.queue_id = any($4::smallint[]))
  and ($5::integer[] is null or i.agent_id = any($5::integer[]) or not exists (
      select 1 from segment_all s where s.site_id = i.site_id and s.interaction_id = i.interaction_id
        and s.agent_id <> 0
  ) or exists (
      select 1 from segment_all s where s.site_id = i.site_id and s.interaction_id = i.interaction_id
        and s.agent_id = any($5::integer[])
  ))
group by i.customer_id, p.e164
having count(*) > 1
order by contacts desc, last_ms desc, i.customer_id
limit $6
"""


async def unknown_by_queue(
    connection: Any, site_id: SiteId, since_ms: int, until_ms: int, queue_ids: Sequence[int] | None
) -> dict[int, int]:
    """Answered contacts of nobody known."""
    rows = await connection.fetch(_UNKNOWN, site_id, since_ms, until_ms, _array(queue_ids))
    return {row["queue_id"]: row["unknown"] for row in rows}


async def customers_by_contacts(
    connection: Any, site_id: SiteId, since_ms: int, until_ms: int, queue_ids: Sequence[int] | None
) -> dict[int, int]:
    """How many customers came how often."""
    rows = await connection.fetch(_HOW_OFTEN, site_id, since_ms, until_ms, _array(queue_ids))
    return {row["contacts"]: row["customers"] for row in rows}


async def most_frequent(
    connection: Any,
    site_id: SiteId,
    since_ms: int,
    until_ms: int,
    queue_ids: Sequence[int] | None,
    *,
    agents_sight: Sequence[int] | None,
    limit: int,
) -> list[Any]:
    """Customers who came more than once, most often first. agents_sight: as in the list of interactions."""
    return list(
        await connection.fetch(
            _MOST, site_id, since_ms, until_ms, _array(queue_ids), _array(agents_sight), limit
        )
    )


def _array(ids: Sequence[int] | None) -> list[int] | None:
    return None if ids is None else [int(one) for one in ids]
