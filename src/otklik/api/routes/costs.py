"""The report of what work, a contact and a sale cost."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from starlette.responses import Response

from otklik.api import sheet
from otklik.api.reported import reported
from otklik.api.route import Route
from otklik.api.routes.asked import Asked, AskedCosts
from otklik.api.routes.reports import Ids, QueueIds, agents_asked
from otklik.api.schemas import costs as schemas
from otklik.billing.service import costs_of, currency_of
from otklik.organization import store as organization
from otklik.reports.cost_measures import COST_MEASURES
from otklik.reports.measures import Unit
from otklik.vocabulary.money import Money, decimals_of

router = APIRouter(prefix="/api/v1", tags=["reports"], route_class=Route)

COST_COLUMNS = tuple(one.name for one in COST_MEASURES)
MONEY = frozenset(one.name for one in COST_MEASURES if one.unit is Unit.MONEY)


@router.get("/reports/costs", response_model=schemas.CostReport)
async def report_costs(
    asked: AskedCosts,
    by: Annotated[Literal["queue", "team", "day"], Query()] = "queue",
    queue: QueueIds = None,
    agent: Ids = None,
    team: Ids = None,
) -> Any:
    """What people's time and calls cost by queue, team or day, of those whose work one sees."""
    parts = asked.parts
    async with parts.pool.acquire() as connection:
        at = await reported(connection, parts, asked.who, None)
        currency = await currency_of(connection, at.site_id)
        found = await costs_of(
            connection,
            site_id=at.site_id,
            zone=at.zone,
            currency=currency,
            first=asked.first,
            end=asked.end,
            as_of=parts.clock.now(),
            by=by,
            queue_ids=queue,
            agent_ids=await agents_asked(connection, parts, asked.who, agent, team),
        )
        owners = await organization.names_of(
            connection, "team" if by == "team" else "queue", site_id=at.site_id
        )
        trunks = await organization.names_of(connection, "trunk", site_id=at.site_id)
        numbers = await organization.names_of(connection, "number", site_id=at.site_id)
    report = schemas.CostReport(
        zone=at.zone.key,
        as_of=found.as_of,
        behind_since=min((one.since for one in found.behind), default=None),
        currency=currency,
        digits=decimals_of(currency),
        rows=[
            schemas.CostRow.model_validate(
                {
                    "owner_id": row.owner or None,
                    "owner": owners.get(row.owner, "") if row.owner else "",
                    "day": row.day,
                    **row.values,
                }
            )
            for row in found.rows
        ],
        totals=schemas.CostFigures.model_validate(dict(found.total)),
        unpaid=sorted(
            (
                schemas.Unpaid(agent_id=agent_id, agent=at.agents.get(agent_id, str(agent_id)), since=since)
                for agent_id, since in found.unpaid.items()
            ),
            key=lambda one: (one.agent.casefold(), one.agent_id),
        ),
        unpriced=[
            schemas.Unpriced(
                is_inbound=route.is_inbound,
                trunk_id=route.trunk_id,
                trunk=trunks.get(route.trunk_id, str(route.trunk_id)),
                number_id=route.number_id or None,
                number=numbers.get(route.number_id, ""),
                since=since,
            )
            for route, since in sorted(
                found.unpriced.items(),
                key=lambda one: (not one[0].is_inbound, one[0].trunk_id, one[0].number_id),
            )
        ],
        is_folded=found.is_folded,
    )
    return await _file(asked, report, by, at.zone) if asked.is_file else report


async def _file(asked: Asked, report: schemas.CostReport, by: str, zone: ZoneInfo) -> Response:
    """For people the currency stands in the titles, for programs in a column of its own."""
    words = sheet.titles(asked.locale) if asked.locale else {}
    columns = (by, *COST_COLUMNS) if words else (by, *COST_COLUMNS, "currency")
    return await asked.file(
        "costs",
        columns,
        [
            {
                **_spelled(row.model_dump(), report.currency),
                by: row.day
                if by == "day"
                else row.owner or (words.get("no_team", "") if by == "team" else "—"),
            }
            for row in report.rows
        ],
        zone=zone,
        as_of=report.as_of,
        measures="costs",
        totals=_spelled(report.totals.model_dump(), report.currency),
        about=_missing(report, words),
        words={name: f"{words[name]}, {report.currency}" for name in MONEY if name in words},
    )


def _spelled(values: Mapping[str, Any], currency: str) -> dict[str, object]:
    """Money as whole units with all the digits of its currency."""
    return {"currency": currency} | {
        name: Money(minor=value, currency=currency).major if name in MONEY and value is not None else value
        for name, value in values.items()
    }


def _missing(report: schemas.CostReport, words: Mapping[str, str]) -> list[tuple[str, str]]:
    """Whose rate and which tariff: a reader of the file must know why a number is not there."""
    since = words.get("since", "since")
    found = []
    if report.unpaid:
        found.append(("unpaid", "; ".join(f"{one.agent}, {since} {one.since}" for one in report.unpaid)))
    if report.unpriced:
        ways = {True: words.get("calls_in", "inbound"), False: words.get("calls_out", "outbound")}
        told = [
            ", ".join(part for part in (one.trunk, one.number, ways[one.is_inbound]) if part)
            + f", {since} {one.since}"
            for one in report.unpriced
        ]
        found.append(("unpriced", "; ".join(told)))
    return found
