"""Rows as they stand, for comparing them with a fresh fold."""

from typing import Any

from otklik.vocabulary.ids import SiteId
from otklik.vocabulary.time import SLOT_MS

Row = dict[str, Any]

KEYS = {
    "qslot": ("slot", "queue_id", "channel"),
    "agent_slot": ("slot", "agent_id", "queue_id", "state", "reason"),
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
