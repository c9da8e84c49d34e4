"""Reports on what a centre earns: sales."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

from otklik.api.reported import reported
from otklik.api.route import Route
from otklik.api.routes.asked import AskedReport
from otklik.api.routes.reports import Ids, QueueIds, agents_asked
from otklik.api.schemas import business_reports as schemas
from otklik.organization import store as organization
from otklik.reports.sale_measures import SALE_MEASURES
from otklik.reports.service.sales import talks_sold

router = APIRouter(prefix="/api/v1", tags=["reports"], route_class=Route)

SALE_COLUMNS = tuple(one.name for one in SALE_MEASURES)


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
