"""Reports on what a centre earns, and whether it grows."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

from otklik.api import sheet
from otklik.api.reported import reported
from otklik.api.route import Route
from otklik.api.routes.asked import Asked, AskedReport
from otklik.api.routes.reports import Ids, QueueIds, agents_asked
from otklik.api.schemas import business_reports as schemas
from otklik.organization import store as organization
from otklik.reports.growth_measures import (
    COVER_MEASURES,
    FEWEST_INTERCHANGEABLE,
    FEWEST_WEEKS,
    GROWTH_MEASURES,
    LONG_DAY,
    MOST_WEEKS,
    PEAK_MEASURES,
    GrowthFacts,
)
from otklik.reports.measures import compute_all
from otklik.reports.sale_measures import SALE_MEASURES
from otklik.reports.service.sales import talks_sold
from otklik.wfm.growth import Growth, growth_of

router = APIRouter(prefix="/api/v1", tags=["reports"], route_class=Route)

SALE_COLUMNS = tuple(one.name for one in SALE_MEASURES)
AGENT_FIGURES = ("long_days", "most_handled", "handled_per_day", "occupancy")
GROWTH_COLUMNS: dict[str, tuple[str, ...]] = {
    "agents": ("agent", "days", *AGENT_FIGURES, "most_day"),
    "weeks": ("week", "calls"),
    "peaks": ("weekday", "half_hour", *(one.name for one in PEAK_MEASURES)),
    "queues": ("queue", *(one.name for one in COVER_MEASURES)),
}


@router.get("/reports/sales", response_model=schemas.SaleReport)
async def report_sales(
    asked: AskedReport,
    by: Annotated[Literal["agent", "queue", "day"], Query()] = "agent",
    queue: QueueIds = None,
    agent: Ids = None,
    team: Ids = None,
) -> Any:
    """Talks that ended in a main sale or an add-on sale, of those whose work one sees."""
    async with asked.parts.pool.acquire() as connection:
        at = await reported(connection, asked.parts, asked.who, None)
        found = await talks_sold(
            connection,
            site_id=at.site_id,
            zone=at.zone,
            first=asked.first,
            end=asked.end,
            by=by,
            queue_ids=queue,
            agent_ids=await agents_asked(connection, asked.parts, asked.who, agent, team),
        )
        queues = await organization.names_of(connection, "queue", site_id=at.site_id)
    owners = at.agents if by == "agent" else queues
    rows: list[dict[str, Any]] = [
        {
            "owner_id": row.owner or None,
            "owner": owners.get(row.owner, "") if row.owner else "",
            "day": row.day,
            **row.values,
        }
        for row in found.rows
    ]
    totals = dict(found.total_values)
    if asked.is_file:
        lines = [{**row, by: row["day"] if by == "day" else row["owner"]} for row in rows]
        return await asked.file(
            "sales",
            (by, *SALE_COLUMNS),
            lines,
            zone=at.zone,
            as_of=found.as_of,
            measures="sales",
            totals=totals,
        )
    return schemas.SaleReport(
        zone=found.zone,
        as_of=found.as_of,
        behind_since=min((one.since for one in found.behind), default=None),
        rows=[schemas.SaleRow.model_validate(row) for row in rows],
        totals=schemas.SaleFigures.model_validate(totals),
        main_ids=list(found.main_ids),
        add_on_ids=list(found.add_on_ids),
    )


@router.get("/reports/growth", response_model=schemas.GrowthReport)
async def report_growth(
    asked: AskedReport,
    queue: QueueIds = None,
    agent: Ids = None,
    team: Ids = None,
    weeks: Annotated[int, Query(ge=FEWEST_WEEKS, le=MOST_WEEKS, description="of the trend")] = 12,
    table: Annotated[
        Literal["agents", "weeks", "peaks", "queues"], Query(description="what a file holds")
    ] = "agents",
) -> Any:
    """The trend of inbound calls by week, long days and occupancy of agents, half hours in which one more
    agent pays, queues that hang on one person."""
    async with asked.parts.pool.acquire() as connection:
        at = await reported(connection, asked.parts, asked.who, None)
        found = await growth_of(
            connection,
            site_id=at.site_id,
            zone=at.zone,
            first=asked.first,
            end=asked.end,
            as_of=asked.parts.clock.now(),
            weeks=weeks,
            queue_ids=queue,
            agent_ids=await agents_asked(connection, asked.parts, asked.who, agent, team),
        )
        queues = await organization.names_of(connection, "queue", site_id=at.site_id)
    report = _growth(found, at.zone.key, at.agents, queues)
    if asked.is_file:
        return await asked.file(
            f"growth-{table}",
            GROWTH_COLUMNS[table],
            _growth_lines(report, table, asked),
            zone=at.zone,
            as_of=found.as_of,
            measures="growth",
        )
    return report


def _growth(found: Growth, zone: str, agents: dict[int, str], queues: dict[int, str]) -> schemas.GrowthReport:
    trend = found.total.trend
    return schemas.GrowthReport(
        zone=zone,
        as_of=found.as_of,
        behind_since=min((one.since for one in found.behind), default=None),
        weeks=[schemas.GrowthWeek(start=one.start, calls=one.calls) for one in found.weeks],
        totals=schemas.GrowthTotals.model_validate(
            {
                **compute_all(GROWTH_MEASURES, found.total),
                "low": trend.low,
                "high": trend.high,
                "verdict": trend.verdict,
            }
        ),
        agents=[
            schemas.GrowthAgent.model_validate(
                {
                    "agent_id": one.agent_id,
                    "agent": agents.get(one.agent_id, ""),
                    "days": one.facts.days,
                    "most_day": one.most_day,
                    **_agent_figures(one.facts),
                }
            )
            for one in found.agents
        ],
        peaks=[
            schemas.PeakRow.model_validate(
                {
                    "weekday": one.weekday,
                    "start": one.start,
                    "is_short": one.is_short,
                    **compute_all(PEAK_MEASURES, one.facts),
                }
            )
            for one in found.peaks
        ],
        queues=[
            schemas.StandInRow.model_validate(
                {
                    "queue_id": one.queue_id,
                    "queue": queues.get(one.queue_id, ""),
                    "is_alone": one.facts.seen < FEWEST_INTERCHANGEABLE,
                    **compute_all(COVER_MEASURES, one.facts),
                }
            )
            for one in found.queues
        ],
        long_day=LONG_DAY,
        target=found.target,
        threshold_seconds=found.threshold.total_seconds() if found.threshold else None,
    )


def _agent_figures(facts: GrowthFacts) -> dict[str, float | int | None]:
    values = compute_all(GROWTH_MEASURES, facts)
    return {name: values[name] for name in AGENT_FIGURES}


def _growth_lines(report: schemas.GrowthReport, table: str, asked: Asked) -> list[dict[str, object]]:
    words = sheet.titles(asked.locale) if asked.locale else {}
    match table:
        case "weeks":
            return [{"week": one.start, "calls": one.calls} for one in report.weeks]
        case "peaks":
            return [
                {
                    **_rounded(one.model_dump()),
                    "weekday": words.get(f"weekday_{one.weekday}", one.weekday),
                    "half_hour": f"{one.start // 60:02}:{one.start % 60:02}",
                }
                for one in report.peaks
            ]
        case "queues":
            return [one.model_dump() for one in report.queues]
        case _:
            return [_rounded(one.model_dump()) for one in report.agents]


def _rounded(line: dict[str, object]) -> dict[str, object]:
    """Means as people count them; a share keeps a hundredth of a per cent."""
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in line.items()}
