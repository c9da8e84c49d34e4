"""Rows as they stand, for comparing them with a fresh fold."""

from typing import Any

from otklik.vocabulary.ids import SELF_TEST_PROJECT, SiteId
from otklik.vocabulary.time import SLOT_MS

Row = dict[str, Any]

KEYS = {
    "qslot": ("slot", "queue_id", "channel"),
    "agent_slot": ("slot", "agent_id", "queue_id", "state", "reason", "project_id"),
    "agent_state": ("agent_id", "seq"),
    "segment": ("segment_id",),
    "segment_open": ("segment_id",),
    "interaction": ("interaction_id",),
    "offer": ("offer_id",),
    "phase": ("interaction_id", "seq"),
    "agent_now": ("agent_id",),
    "interaction_now": ("interaction_id",),
}
_SLOT = "slot >= $2 and slot < $3"
_START = f"start_ms >= $2::bigint * {SLOT_MS} and start_ms < $3::bigint * {SLOT_MS}"
_RANGES = {
    "qslot": _SLOT,
    "agent_slot": _SLOT,
    "segment": _SLOT,
    "segment_open": _SLOT,
    "offer": _SLOT,
    "agent_state": _START,
    "interaction": _START,
    "phase": _START,
    "agent_now": "$2::integer <= $3::integer",
    "interaction_now": "$2::integer <= $3::integer",
}
_NOT_FOLDED = ("site_id", "why")


async def rows_of(
    connection: Any, table: str, site_id: SiteId, slots: tuple[int, int]
) -> dict[tuple[Any, ...], Row]:
    """Rows of one table by key. Rows of now have no range."""
    keys = KEYS[table]
    low, high = slots[0], min(slots[1], (1 << 31) - 1)
    rows = await connection.fetch(
        f"select * from {table} where site_id = $1 and {_RANGES[table]}", site_id, low, high
    )
    dropped = {*keys, *_NOT_FOLDED}
    if table in ("qslot", "agent_slot"):
        dropped.add("seq")
    return {
        tuple(row[key] for key in keys): {name: value for name, value in row.items() if name not in dropped}
        for row in rows
    }


COUNTED = {
    **dict.fromkeys(
        (
            "offered",
            "answered",
            "abandoned",
            "short_ab",
            "aband_in_t",
            "overflow",
            "transferred",
            "in_sl",
            "handled",
        ),
        "",
    ),
    "wait_ms": "answered = 1",
    "aband_ms": "abandoned = 1",
    # The times of a stay enter the counters all at once, when it is final.
    "ring_ms": "handled = 1",
    "talk_ms": "handled = 1",
    "hold_ms": "handled = 1",
    "wrap_ms": "handled = 1",
}
"""Counters of a queue, and of which of its stays each is the sum (all, if nothing is said)."""


def sum_of(name: str, condition: str) -> str:
    """A counter as the sum of stays."""
    of = "wait_ms" if name == "aband_ms" else name
    return f"coalesce(sum({of}) filter (where {condition or 'true'}), 0)::bigint as {name}"


_WRONG_COUNTERS = f"""
with counted as (
    select slot, queue_id, channel, {", ".join(COUNTED)} from qslot
    where site_id = $1 and slot >= $2 and project_id <> {SELF_TEST_PROJECT}
), summed as (
    select slot, queue_id, channel, {", ".join(map(sum_of, COUNTED, COUNTED.values()))}
    from segment_all
    where site_id = $1 and slot >= $2 and offered = 1 and project_id <> {SELF_TEST_PROJECT}
    group by slot, queue_id, channel
)
select slot, queue_id as owner from counted full join summed using (slot, queue_id, channel)
where ({", ".join(f"counted.{name}::bigint" for name in COUNTED)})
    is distinct from ({", ".join(f"summed.{name}" for name in COUNTED)})
"""

_TOO_LONG_SLOTS = f"""
select slot, agent_id as owner from agent_slot where site_id = $1 and slot >= $2
group by slot, agent_id having sum(ms) > {SLOT_MS} or min(ms) < 0
"""


async def wrong_counters(connection: Any, site_id: SiteId, since_slot: int) -> list[tuple[str, int, int]]:
    """(table, slot, queue or agent) of counters that cannot be right, from a slot on.

    A queue's counters against the sums of its stays; an agent's states against the length of a slot. Reads
    rows of few slots by their keys: cheap enough for every minute.
    """
    found = []
    for table, query in (("qslot", _WRONG_COUNTERS), ("agent_slot", _TOO_LONG_SLOTS)):
        rows = await connection.fetch(query, site_id, since_slot)
        found += [(table, int(row["slot"]), int(row["owner"])) for row in rows]
    return found


async def counted_slots(connection: Any, site_id: SiteId) -> tuple[int, int] | None:
    """The first and the last slot with counters; None if there is none."""
    row = await connection.fetchrow(
        "select min(slot) as first, max(slot) as last from agent_slot where site_id = $1", site_id
    )
    return None if row is None or row["first"] is None else (int(row["first"]), int(row["last"]))
