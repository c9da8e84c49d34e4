"""How good the links of talks were: the report, and what an interaction's page shows of it."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from starlette.responses import Response

from otklik.access import store as people
from otklik.api import sheet
from otklik.api.periods import period_of
from otklik.api.route import Route
from otklik.api.routes.asked import Asked, AskedReport
from otklik.api.schemas.links import BadLinkRow, LinkReport, LinkSumRow
from otklik.api.sights import agents_in_sight
from otklik.organization import store as organization
from otklik.quality import links
from otklik.vocabulary.ids import PersonId, SiteId

router = APIRouter(prefix="/api/v1", tags=["reports"], route_class=Route)

LINK_COLUMNS = (
    "side", "measured", "bad", "bad_share", "mos", "loss_percent", "jitter_ms", "round_trip_ms",
)  # fmt: skip
WORST_COLUMNS = ("start", "stop", "agent", "side", "mos", "worst_mos", "interaction_id")
By = Annotated[Literal["agent", "trunk", "queue"], Query()]


@router.get("/reports/links", response_model=LinkReport)
async def report_links(
    asked: AskedReport,
    by: By = "agent",
    table: Annotated[Literal["links", "worst"], Query(description="which table a file holds")] = "links",
) -> Any:
    """Links by agent, trunk or queue, and the worst of them: of those whose work one sees."""
    who, parts = asked.who, asked.parts
    async with parts.reading() as connection:
        period = await period_of(connection, parts.site_id, asked.first, asked.end)
        sight = await agents_in_sight(connection, parts.site_id, who)
        agents = await people.names_of(connection)
        names = await _names_by(connection, parts.site_id, by, agents)
        sums = await links.sums(
            connection, parts.site_id, since=period.since, until=period.until, by=by, agent_ids=sight
        )
        worst = await links.worst(
            connection, parts.site_id, since=period.since, until=period.until, agent_ids=sight
        )
    report = LinkReport(
        rows=[
            LinkSumRow.model_validate(
                {
                    **{name: getattr(one, name) for name in one.__struct_fields__},
                    "name": names.get(one.key, ""),
                    "round_trip_ms": one.round_trip_ms if one.round_trip_ms >= 0 else None,
                }
            )
            for one in sums
        ],
        worst=[
            BadLinkRow.model_validate(
                {
                    **{name: getattr(one, name) for name in one.__struct_fields__},
                    "segment_id": one.segment_id or None,
                    "agent_id": one.agent_id or None,
                    "agent_name": agents.get(PersonId(one.agent_id), ""),
                    "queue_id": one.queue_id or None,
                    "trunk_id": one.trunk_id or None,
                }
            )
            for one in worst
        ],
    )
    return await _file(asked, report, by, table, period.zone) if asked.is_file else report


async def _file(asked: Asked, report: LinkReport, by: str, table: str, zone: ZoneInfo) -> Response:
    words = sheet.titles(asked.locale) if asked.locale else {}
    is_worst = table == "worst"
    found: Sequence[LinkSumRow | BadLinkRow] = report.worst if is_worst else report.rows
    lines = [
        {
            **row.model_dump(),
            "side": words.get(f"link_{row.side}", row.side),
            **(
                {
                    "agent": row.agent_name,
                    "interaction_id": str(row.interaction_id),
                    "start": row.since,
                    "stop": row.until,
                }
                if isinstance(row, BadLinkRow)
                else {by: row.name, "bad_share": row.bad / row.measured if row.measured else None}
            ),
        }
        for row in found
    ]
    return await asked.file(
        "links_worst" if is_worst else "links",
        WORST_COLUMNS if is_worst else (by, *LINK_COLUMNS),
        lines,
        zone=zone,
        as_of=asked.parts.clock.now(),
        measures=None,
    )


async def _names_by(
    connection: Any, site_id: SiteId, by: str, agents: Mapping[PersonId, str]
) -> Mapping[int, str]:
    if by == "agent":
        return {int(person_id): name for person_id, name in agents.items()}
    names = await organization.names_of(connection, by, site_id=site_id)
    return {int(one): name for one, name in names.items()}
