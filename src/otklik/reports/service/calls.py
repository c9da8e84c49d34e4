"""Calls by the number that was called, and by hour: what became of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from otklik.journal.store import Behind
from otklik.reports.contact_measures import CALL_MEASURES, CallFacts
from otklik.reports.measures import compute_all
from otklik.reports.service.shared import ensure_calendar, one_moment, slots_of
from otklik.reports.store import calls as store
from otklik.vocabulary.ids import SiteId


@dataclass(frozen=True, slots=True)
class CallRow:
    """number_id: what was called, 0 none that is known (or all of them, in the total). hours: by hour of the
    wall clock, without quiet ones."""

    number_id: int
    facts: CallFacts
    values: Mapping[str, float | int | None]
    hours: Mapping[int, CallFacts]


@dataclass(frozen=True, slots=True)
class CallReport:
    zone: str
    as_of: datetime
    behind: Sequence[Behind]
    rows: Sequence[CallRow]
    total: CallRow


async def calls_by_number(
    connection: Any, *, site_id: SiteId, zone: ZoneInfo, first: date, end: date
) -> CallReport:
    """Inbound interactions that began on the local days first ... end (end left out)."""
    slots = slots_of(first, end, zone)
    tz = await ensure_calendar(connection, zone, first, end)
    async with one_moment(connection, site_id) as moment:
        quarters = await store.calls_by_quarter(connection, site_id, slots, tz)
        customers = await store.customers_by_number(connection, site_id, slots)
    by_number: dict[int, list[Any]] = {}
    for one in quarters:
        by_number.setdefault(one["number_id"], []).append(one)
    rows = [_row(number_id, of, customers.get(number_id, 0)) for number_id, of in by_number.items()]
    total = _row(0, quarters, customers.get(None, 0))
    rows.sort(key=lambda row: (-row.facts.calls, row.number_id))
    return CallReport(zone=zone.key, as_of=moment.at, behind=moment.behind, rows=rows, total=total)


def _row(number_id: int, quarters: Sequence[Any], customers: int) -> CallRow:
    sums = {name: sum(one[name] for one in quarters) for name in (*store.CALLS, "wait_ms", "talk_ms")}
    facts = CallFacts(**sums, customers=customers)
    return CallRow(number_id, facts, compute_all(CALL_MEASURES, facts), _hours(quarters))


def _hours(quarters: Iterable[Any]) -> dict[int, CallFacts]:
    sums: dict[int, dict[str, int]] = {}
    for one in quarters:
        hour = sums.setdefault(one["qh"] // 4, dict.fromkeys(store.CALLS, 0))
        for name in store.CALLS:
            hour[name] += one[name]
    return {hour: CallFacts(**counts) for hour, counts in sorted(sums.items())}
