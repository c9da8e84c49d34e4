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
_TIMES = """
    coalesce(sum(i.wait_ms) filter (where i.answer_ms <> 0), 0)::bigint as wait_ms,
    coalesce(sum(i.talk_ms) filter (where i.answer_ms <> 0), 0)::bigint as talk_ms
"""
_SUMMED = ", ".join(f"sum(slots.{name})::bigint as {name}" for name in (*CALLS, "wait_ms", "talk_ms"))
# By slot first: the calendar is asked once for each slot, not for each call.
_BY_QUARTER = f"""
select slots.number_id, c.qh, {_SUMMED}
from (
    select i.number_id, i.start_ms / {SLOT_MS} as slot, {_COUNTS}, {_TIMES}
    from interaction i where {_OF} group by i.number_id, i.start_ms / {SLOT_MS}
) slots
join cal c on c.tz = $4 and c.slot = slots.slot
group by slots.number_id, c.qh
"""
# Grouped, not counted distinct: that would sort every call, and twice.
_CUSTOMERS = f"""
with pairs as materialized (
    select i.number_id, i.customer_id from interaction i where {_OF} and i.customer_id <> 0
    group by i.number_id, i.customer_id
)
select number_id, count(*) as customers from pairs group by number_id
union all
select null, count(*) from (select customer_id from pairs group by customer_id) one
"""


async def customers_by_number(
    connection: Any, site_id: SiteId, slots: tuple[int, int]
) -> dict[int | None, int]:
    """How many different customers called each number; None: any of them."""
    rows = await connection.fetch(_CUSTOMERS, site_id, *slots)
    return {row["number_id"]: row["customers"] for row in rows}


async def calls_by_quarter(connection: Any, site_id: SiteId, slots: tuple[int, int], tz: int) -> list[Any]:
    """Rows number_id, qh (0-95), the counts of CALLS, and wait_ms and talk_ms of the answered."""
    return list(await connection.fetch(_BY_QUARTER, site_id, *slots, tz))
