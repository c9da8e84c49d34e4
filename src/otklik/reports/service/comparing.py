"""What each agent did over a range, for comparing teams."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from otklik.journal.store import Behind
from otklik.reports import codes, measures
from otklik.reports.measures import AgentFacts
from otklik.reports.service.shared import one_moment, slots_of
from otklik.reports.store import comparing, counting
from otklik.reports.tracking import pieces_by_slot
from otklik.vocabulary.ids import SiteId
from otklik.vocabulary.time import to_ms


@dataclass(frozen=True, slots=True)
class AgentSums:
    """facts: by agent, over the whole range."""

    zone: str
    as_of: datetime
    behind: Sequence[Behind]
    facts: Mapping[int, AgentFacts]


async def agent_sums(
    connection: Any,
    *,
    site_id: SiteId,
    zone: ZoneInfo,
    days: tuple[date, date],
    as_of: datetime,
    unpaid_reasons: frozenset[int],
    agent_ids: Sequence[int] | None = None,
) -> AgentSums:
    """Over the local days [first, end); states that go on are counted up to `as_of`."""
    slots = slots_of(*days, zone)
    async with one_moment(connection, site_id) as moment:
        time, stays, offers = await comparing.agent_sums(connection, site_id, slots, agent_ids)
        states = await counting.open_states(connection, site_id, agent_ids)
    sums: dict[int, dict[str, int]] = {}

    def add(agent_id: int, name: str, value: int) -> None:
        row = sums.setdefault(agent_id, {})
        row[name] = row.get(name, 0) + value

    for row in time:
        add(row["agent_id"], measures.STATE_FIELDS[row["state"]], row["ms"])
        if row["state"] == codes.HELD:
            add(row["agent_id"], "holds", row["n"])
        if row["state"] == codes.NOT_READY and row["reason"] in unpaid_reasons:
            add(row["agent_id"], "unpaid_pause_ms", row["ms"])
    for row in states:
        ms = sum(
            piece
            for slot, piece in pieces_by_slot(row["counted_ms"], to_ms(as_of))
            if slots[0] <= slot < slots[1]
        )
        if ms:
            add(row["agent_id"], measures.STATE_FIELDS[row["state"]], ms)
            if row["state"] == codes.NOT_READY and row["reason_id"] in unpaid_reasons:
                add(row["agent_id"], "unpaid_pause_ms", ms)
    for row in stays:
        for name in ("handled", "transferred", "ring_ms", "talk_ms", "hold_ms", "wrap_ms"):
            add(row["agent_id"], name, row[name])
    for row in offers:
        add(row["agent_id"], "missed_offers", row["missed_offers"])
    return AgentSums(
        zone=zone.key,
        as_of=as_of,
        behind=moment.behind,
        facts={agent_id: AgentFacts(**values) for agent_id, values in sums.items()},
    )
