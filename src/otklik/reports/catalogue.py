"""Which reports there are: their columns, and one row of a report by column. Pure.

A column is a dimension (what the row is about) or a measure; screens, exports and the command line show
these.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from otklik.reports.alert_measures import ALERT_MEASURES
from otklik.reports.contact_measures import (
    CALL_MEASURES,
    OUTCOME_MEASURES,
    REPEAT_MEASURES,
    WAIT_MEASURES,
)
from otklik.reports.cost_measures import COST_MEASURES
from otklik.reports.growth_measures import COVER_MEASURES, GROWTH_MEASURES, PEAK_MEASURES
from otklik.reports.measures import (
    AGENT_MEASURES,
    HEAT_MEASURES,
    PAGE_MEASURES,
    QUEUE_MEASURES,
    TEAM_MEASURES,
    TIMESHEET_MEASURES,
    Definition,
)
from otklik.reports.sale_measures import SALE_MEASURES

Cell = str | int | float | date | datetime | None


@dataclass(frozen=True, slots=True)
class Report:
    """A report. dimensions: the columns before the measures."""

    name: str
    dimensions: tuple[str, ...]
    measures: Sequence[Definition[Any]]

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.dimensions, *(measure.name for measure in self.measures))


INTERVALS = Report("intervals", ("from", "to", "queue"), QUEUE_MEASURES)
DAYS = Report("days", ("from", "to", "queue"), QUEUE_MEASURES)
AGENTS = Report("agents", ("day", "agent"), AGENT_MEASURES)
REPORTS = {report.name: report for report in (INTERVALS, DAYS, AGENTS)}

MEASURES: Mapping[str, Sequence[Definition[Any]]] = {
    "queues": QUEUE_MEASURES,
    "agents": AGENT_MEASURES,
    "page": PAGE_MEASURES,
    "teams": TEAM_MEASURES,
    "timesheet": TIMESHEET_MEASURES,
    "heat": HEAT_MEASURES,
    "waits": WAIT_MEASURES,
    "repeats": REPEAT_MEASURES,
    "calls": CALL_MEASURES,
    "outcomes": OUTCOME_MEASURES,
    "alerts": ALERT_MEASURES,
    "sales": SALE_MEASURES,
    "costs": COST_MEASURES,
    "growth": (*GROWTH_MEASURES, *PEAK_MEASURES, *COVER_MEASURES),
}
"""Every number that is shown, by the reports that show it."""


def row_of(report: Report, dimensions: Mapping[str, Cell], values: Mapping[str, Cell]) -> dict[str, Cell]:
    """One row with every column of the report, in order."""
    return {name: dimensions[name] if name in dimensions else values[name] for name in report.columns}


def text_of(cell: Cell, zone: ZoneInfo) -> str:
    """A cell as text for files: empty without data, moments as RFC 3339 in the zone, shares with six
    digits."""
    match cell:
        case None:
            return ""
        case datetime():
            return cell.astimezone(zone).isoformat()
        case date():
            return cell.isoformat()
        case float():
            return f"{cell:.6f}".rstrip("0").rstrip(".")
        case _:
            return str(cell)
