"""What became of those who called: conditions on interactions, and counts by the number they called."""

from typing import Any

from otklik.reports import codes
from otklik.reports.measures import EXCLUDED_PROJECT
from otklik.vocabulary.ids import SiteId
from otklik.vocabulary.time import SLOT_MS

_BY_RULE = ", ".join(str(codes.OUTCOMES[reason]) for reason in sorted(codes.LEFT_BY_RULE))
_UNANSWERED = "i.answer_ms = 0 and i.end_ms <> 0"

CALLS = {
    "calls": "true",
    "calls_answered": "i.answer_ms <> 0",
    "calls_abandoned": f"{_UNANSWERED} and i.segments <> 0 and i.outcome not in ({_BY_RULE})",
    "calls_by_rule": f"{_UNANSWERED} and i.segments <> 0 and i.outcome in ({_BY_RULE})",
    "calls_in_flow": f"{_UNANSWERED} and i.segments = 0",
}
"""Conditions on an inbound interaction. All but the first exclude each other; with those that go on
unanswered they are all calls."""

_COUNTS = ", ".join(f"count(*) filter (where {condition}) as {name}" for name, condition in CALLS.items())
_OF = f"""
    i.site_id = $1 and i.direction = {codes.INBOUND} and i.project_id <> {EXCLUDED_PROJECT}
    and i.start_ms >= $2::bigint * {SLOT_MS} and i.start_ms < $3::bigint * {SLOT_MS}
"""
_BY_NUMBER = f"""
select i.number_id, {_COUNTS},
       count(distinct i.customer_id) filter (where i.customer_id <> 0) as customers,
       coalesce(sum(i.wait_ms) filter (where i.answer_ms <> 0), 0)::bigint as wait_ms,
       coalesce(sum(i.talk_ms) filter (where i.answer_ms <> 0), 0)::bigint as talk_ms
from interaction i where {_OF}
group by grouping sets ((i.number_id), ())
"""
_BY_HOUR = f"""
select i.number_id, c.qh, {_COUNTS}
from interaction i
join cal c on c.tz = $4 and c.slot = i.start_ms / {SLOT_MS}
where {_OF}
group by i.number_id, c.qh
"""


async def calls_by_number(connection: Any, site_id: SiteId, slots: tuple[int, int]) -> list[Any]:
    """Rows number_id (None: all together), the counts of CALLS, customers, wait_ms and talk_ms of the
    answered."""
    return list(await connection.fetch(_BY_NUMBER, site_id, *slots))


async def calls_by_quarter(connection: Any, site_id: SiteId, slots: tuple[int, int], tz: int) -> list[Any]:
    """Rows number_id, qh (0-95) and the counts of CALLS."""
    return list(await connection.fetch(_BY_HOUR, site_id, *slots, tz))
