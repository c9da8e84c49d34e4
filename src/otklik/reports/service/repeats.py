"""Customers who came again, and whether the first contact was enough."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from otklik.journal.store import Behind
from otklik.reports.calendar import start_of_day
from otklik.reports.contact_measures import REPEAT_MEASURES, RepeatFacts
from otklik.reports.measures import compute_all
from otklik.reports.service.interactions import Repeats
from otklik.reports.service.queues import queue_rules
from otklik.reports.service.shared import limit_of, one_moment, slots_of
from otklik.reports.store import repeats as store
from otklik.vocabulary.ids import SiteId
from otklik.vocabulary.time import duration_ms, from_ms, to_ms


@dataclass(frozen=True, slots=True)
class RepeatRow:
    """A queue; queue_id 0: contacts that were in none, or all of them in the total."""

    queue_id: int
    queue: str
    facts: RepeatFacts
    values: Mapping[str, float | int | None]


@dataclass(frozen=True, slots=True)
class FrequentCustomer:
    """number: E.164; whoever shows it asks what rights allow. unanswered: contacts that nobody took."""

    customer_id: int
    number: str | None
    contacts: int
    answered: int
    unanswered: int
    queue_ids: tuple[int, ...]
    last_at: datetime


@dataclass(frozen=True, slots=True)
class RepeatReport:
    """often: how many customers came how often in the period."""

    zone: str
    as_of: datetime
    behind: Sequence[Behind]
    rows: Sequence[RepeatRow]
    total: RepeatRow
    often: Mapping[int, int]
    customers: Sequence[FrequentCustomer]


async def repeated_contacts(  # noqa: PLR0913, the filters of a report
    connection: Any,
    *,
    site_id: SiteId,
    zone: ZoneInfo,
    first: date,
    end: date,
    repeats: Repeats,
    queue_ids: Sequence[int] | None = None,
    agents_sight: Sequence[int] | None = None,
    limit: int = 50,
) -> RepeatReport:
    """Of inbound contacts that began on the local days first ... end (end left out). A contact belongs to
    the queue it was in last. agents_sight: whose customers are listed; the sums are of all."""
    slots_of(first, end, zone)
    since_ms, until_ms = to_ms(start_of_day(first, zone)), to_ms(start_of_day(end, zone))
    async with one_moment(connection, site_id) as moment:
        found = await store.repeats_by_queue(
            connection,
            site_id,
            since_ms=since_ms,
            until_ms=until_ms,
            window_ms=duration_ms(repeats.within),
            as_of_ms=to_ms(repeats.as_of),
            in_same_queue=repeats.in_same_queue,
            queue_ids=queue_ids,
        )
        unknown = await store.unknown_by_queue(connection, site_id, since_ms, until_ms, queue_ids)
        often = await store.customers_by_contacts(connection, site_id, since_ms, until_ms, queue_ids)
        customers = await store.most_frequent(
            connection,
            site_id,
            since_ms,
            until_ms,
            queue_ids,
            agents_sight=agents_sight,
            limit=limit_of(limit),
        )
        rules = await queue_rules(connection, site_id)
    by_queue = {row["queue_id"]: row for row in found}
    whole = by_queue.pop(None, None)

    def row_of(queue_id: int, queue: str, sums: Any | None, without: int) -> RepeatRow:
        facts = RepeatFacts(
            contacts=sums["contacts"] if sums else 0,
            settled=sums["settled"] if sums else 0,
            repeated=sums["repeated"] if sums else 0,
            unknown=without,
        )
        return RepeatRow(queue_id, queue, facts, compute_all(REPEAT_MEASURES, facts))

    rows = []
    for queue_id in sorted(by_queue.keys() | unknown.keys()):
        rule = rules.get(queue_id)
        name = (rule.name if rule else "") or (str(queue_id) if queue_id else "")
        rows.append(row_of(queue_id, name, by_queue.get(queue_id), unknown.get(queue_id, 0)))
    return RepeatReport(
        zone=zone.key,
        as_of=moment.at,
        behind=moment.behind,
        rows=rows,
        total=row_of(0, "", whole, sum(unknown.values())),
        often=often,
        customers=[
            FrequentCustomer(
                customer_id=row["customer_id"],
                number=row["e164"],
                contacts=row["contacts"],
                answered=row["answered"],
                unanswered=row["unanswered"],
                queue_ids=tuple(row["queue_ids"] or ()),
                last_at=from_ms(row["last_ms"]),
            )
            for row in customers
        ],
    )
