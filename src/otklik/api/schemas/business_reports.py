"""Reports on sales and growth.

Shares are fractions 0-1; null where there is no data. as_of, behind_since: as of the reports on queues.
"""

from datetime import date
from typing import Literal

from otklik.api.schemas.base import Schema
from otklik.api.schemas.contact_reports import Told


class SaleFigures(Schema):
    """sales, main_sales, add_on_sales: null where no outcome counts as a sale."""

    talks: int
    sales: int | None
    main_sales: int | None
    add_on_sales: int | None
    sale_share: float | None
    add_on_share: float | None
    work_per_sale_seconds: float | None
    unchosen_share: float | None


class SaleRow(SaleFigures):
    """owner: a queue or an agent; day: of a row by day."""

    owner_id: int | None
    owner: str
    day: date | None


class SaleReport(Told):
    """main_ids, add_on_ids: the dispositions that count as such."""

    rows: list[SaleRow]
    totals: SaleFigures
    main_ids: list[int]
    add_on_ids: list[int]


class GrowthWeek(Schema):
    """A whole week; start: its Monday."""

    start: date
    calls: int


class GrowthFigures(Schema):
    """Of one agent or of all. long_days: agent-days with more than `long_day` contacts."""

    long_days: int | None
    most_handled: int | None
    handled_per_day: float | None
    occupancy: float | None


class GrowthAgent(GrowthFigures):
    """most_day: the day of the most contacts."""

    agent_id: int
    agent: str
    days: int
    most_day: date | None


class GrowthTotals(GrowthFigures):
    """weekly_calls: mean of the whole weeks. weekly_growth: more (or fewer) calls with each week, low and
    high its bounds with 95 % confidence; null with fewer than four weeks."""

    weekly_calls: float | None
    weekly_growth: float | None
    low: float | None
    high: float | None
    verdict: Literal["grows", "falls", "unclear", "too_short"]


class PeakRow(Schema):
    """A half hour of a weekday (1 Monday); start: minutes after midnight. is_short: below the target."""

    weekday: int
    start: int
    peak_calls: float
    peak_agents: float | None
    peak_level: float | None
    peak_level_with_one: float | None
    one_more_brings: float | None
    is_short: bool


class StandInRow(Schema):
    """A queue. is_alone: fewer than two agents could stand in for each other."""

    queue_id: int
    queue: str
    fitting_agents: int
    interchangeable_agents: int
    is_alone: bool


class GrowthReport(Told):
    """target, threshold_seconds: of the queue with most calls, by which the peaks are judged."""

    weeks: list[GrowthWeek]
    totals: GrowthTotals
    agents: list[GrowthAgent]
    peaks: list[PeakRow]
    queues: list[StandInRow]
    long_day: int
    target: float | None
    threshold_seconds: float | None
