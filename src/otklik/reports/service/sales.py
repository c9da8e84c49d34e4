"""Talks that ended in a main sale or an add-on sale, by agent, queue or day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from otklik.journal.store import Behind
from otklik.reports.calendar import day_of_number
from otklik.reports.measures import compute_all
from otklik.reports.sale_measures import SALE_MEASURES, SaleFacts
from otklik.reports.service.shared import ensure_calendar, one_moment, slots_of
from otklik.reports.store import sales as store
from otklik.vocabulary.ids import SiteId

SalesBy = Literal["agent", "queue", "day"]
_SUMS = ("talks", "main_sales", "add_on_sales", "unchosen", "work_ms")


@dataclass(frozen=True, slots=True)
class SaleRow:
    """owner: a queue or an agent, 0 none; day: of a row by day."""

    owner: int
    day: date | None
    facts: SaleFacts
    values: Mapping[str, float | int | None]


@dataclass(frozen=True, slots=True)
class SaleReport:
    """main_ids, add_on_ids: the dispositions that count as such."""

    zone: str
    as_of: datetime
    behind: Sequence[Behind]
    rows: Sequence[SaleRow]
    total: SaleFacts
    main_ids: Sequence[int]
    add_on_ids: Sequence[int]

    @property
    def total_values(self) -> Mapping[str, float | int | None]:
        return compute_all(SALE_MEASURES, self.total)


async def talks_sold(  # noqa: PLR0913, the filters of a report
    connection: Any,
    *,
    site_id: SiteId,
    zone: ZoneInfo,
    first: date,
    end: date,
    by: SalesBy = "agent",
    queue_ids: Sequence[int] | None = None,
    agent_ids: Sequence[int] | None = None,
) -> SaleReport:
    """Of interactions with a talk that began on the local days first ... end (end left out) and are over.
    Each belongs to its last queue and its last agent. Outcomes are those of now: they may be given later."""
    slots = slots_of(first, end, zone)
    tz = await ensure_calendar(connection, zone, first, end)
    async with one_moment(connection, site_id) as moment:
        found = await store.sales_by(connection, site_id, slots, queue_ids, agent_ids, tz, by)
        kinds = await store.sale_dispositions(connection, site_id)
    sells = any(kinds.values())
    rows = []
    for row in found:
        facts = SaleFacts(**{name: row[name] for name in _SUMS}, sells=sells)
        is_day = by == "day"
        rows.append(
            SaleRow(
                owner=0 if is_day else row["owner"],
                day=day_of_number(row["owner"]) if is_day else None,
                facts=facts,
                values=compute_all(SALE_MEASURES, facts),
            )
        )
    return SaleReport(
        zone=zone.key,
        as_of=moment.at,
        behind=moment.behind,
        rows=rows,
        total=SaleFacts(**{name: sum(row[name] for row in found) for name in _SUMS}, sells=sells),
        main_ids=kinds[store.MAIN_SALE],
        add_on_ids=kinds[store.ADD_ON_SALE],
    )
