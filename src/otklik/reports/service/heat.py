"""Hours of the week, or of each day: where a queue is busy and where it is slow."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from otklik.journal.store import Behind
from otklik.reports import measures
from otklik.reports.calendar import day_of_number
from otklik.reports.measures import QueueFacts
from otklik.reports.service.levels import UNDEFINED_LEVELS, Levels, levels_of
from otklik.reports.service.shared import ensure_calendar, one_moment, slots_of
from otklik.reports.store import heat as store
from otklik.reports.store.definitions import defined_in
from otklik.vocabulary.ids import SiteId
from otklik.vocabulary.refusals import Invalid
from otklik.vocabulary.time import slot_of, slot_start

MOST_DAYS = 62
"""More rows of days than this are nothing that one could look at."""

Rows = Literal["weekday", "day"]
_SUMS = [one.name for one in fields(QueueFacts) if one.name not in ("p90_wait_ms", "max_wait_ms")]


@dataclass(frozen=True, slots=True)
class HeatCell:
    """One hour of the wall clock. row: a weekday (1 Monday) or a day; row None: all of them; hour None: the
    whole row.

    hours: how long it lasted in the period up to the report's moment: a weekday's hour as often as the
    weekday was there, on the day of a change of the clock an hour less or more. start, stop: of a single
    hour of a single day.
    """

    row: int | date | None
    hour: int | None
    hours: float
    facts: QueueFacts
    values: Mapping[str, float | int | None]
    start: datetime | None = None
    stop: datetime | None = None


@dataclass(frozen=True, slots=True)
class HeatReport:
    """cells: single hours; by_row, by_hour: sums of them; total: of all."""

    zone: str
    as_of: datetime
    behind: Sequence[Behind]
    cells: Sequence[HeatCell]
    by_row: Sequence[HeatCell]
    by_hour: Sequence[HeatCell]
    total: HeatCell
    levels: Levels = UNDEFINED_LEVELS


@dataclass(slots=True)
class _Sum:
    sums: dict[str, int] = field(default_factory=dict)
    max_wait_ms: int = 0
    quarters: int = 0
    slots: list[int] = field(default_factory=list)

    def cell(self, row: int | date | None, hour: int | None, *, is_one: bool = False) -> HeatCell:
        facts = QueueFacts(**self.sums, max_wait_ms=self.max_wait_ms)
        return HeatCell(
            row=row,
            hour=hour,
            hours=self.quarters / 4,
            facts=facts,
            values=measures.compute_all(measures.HEAT_MEASURES, facts),
            start=slot_start(min(self.slots)) if is_one and self.slots else None,
            stop=slot_start(max(self.slots) + 1) if is_one and self.slots else None,
        )


async def queue_heat(  # noqa: PLR0913, the filters of a report
    connection: Any,
    *,
    site_id: SiteId,
    zone: ZoneInfo,
    first: date,
    end: date,
    as_of: datetime,
    rows: Rows = "weekday",
    queue_ids: Sequence[int] | None = None,
) -> HeatReport:
    """The measures of HEAT_MEASURES by hour of the wall clock, on the local days first ... end (end left
    out). Every hour that was there has a cell, also a quiet one; one that a change of the clock left out has
    none. as_of: hours after it are not there yet. Refuses `range_too_long` for too many rows of days.
    """
    slots = slots_of(first, end, zone)
    if rows == "day" and (end - first).days > MOST_DAYS:
        raise Invalid("range_too_long", "to", days=MOST_DAYS)
    tz = await ensure_calendar(connection, zone, first, end)
    async with one_moment(connection, site_id) as moment:
        of = await defined_in(connection, site_id, slots, zone)
        found = await store.sums_by_quarter(connection, site_id, slots, queue_ids, of, tz, rows)
        levels = await levels_of(connection, site_id, of, slots, queue_ids)
    until = max(slots[0], min(slots[1], slot_of(as_of) + 1))
    lengths = await store.slots_by_quarter(connection, (slots[0], until), tz, rows)
    cells: dict[tuple[int, int], _Sum] = {}
    by_row: dict[int, _Sum] = {}
    by_hour: dict[int, _Sum] = {}
    total = _Sum()

    def places(one: Any) -> Iterable[_Sum]:
        row, hour = one["period"], one["qh"] // 4
        yield cells.setdefault((row, hour), _Sum())
        yield by_row.setdefault(row, _Sum())
        yield by_hour.setdefault(hour, _Sum())
        yield total

    for one in found:
        for place in places(one):
            place.max_wait_ms = max(place.max_wait_ms, one["max_wait_ms"])
            for name in _SUMS:
                place.sums[name] = place.sums.get(name, 0) + one[name]
    for one in lengths:
        for place in places(one):
            place.quarters += one["slots"]
            place.slots += [one["first"], one["last"]]

    def named(row: int) -> int | date:
        return row if rows == "weekday" else day_of_number(row)

    return HeatReport(
        zone=zone.key,
        as_of=moment.at,
        behind=moment.behind,
        cells=[
            place.cell(named(row), hour, is_one=rows == "day") for (row, hour), place in sorted(cells.items())
        ],
        by_row=[place.cell(named(row), None) for row, place in sorted(by_row.items())],
        by_hour=[place.cell(None, hour) for hour, place in sorted(by_hour.items())],
        total=total.cell(None, None),
        levels=levels,
    )
