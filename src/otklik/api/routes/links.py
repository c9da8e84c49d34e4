"""How good the links of talks were: the report, and what an interaction's page shows of it."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

from otklik.access import store as people
from otklik.access.rights import Right
from otklik.api.parts import Serves
from otklik.api.periods import From, To, period_of
from otklik.api.route import Route
from otklik.api.schemas.links import BadLinkRow, LinkReport, LinkRow, LinkSumRow
from otklik.api.sights import agents_in_sight
from otklik.api.sign_in import Who, requires
from otklik.organization import store as organization
from otklik.quality import links
from otklik.quality.e_model import cause_of, grade_of
from otklik.vocabulary.ids import PersonId, SiteId

router = APIRouter(prefix="/api/v1", tags=["reports"], route_class=Route)

By = Annotated[Literal["agent", "trunk", "queue"], Query()]


@router.get("/reports/links")
async def report_links(
    who: Annotated[Who, requires(Right.VIEW_REPORTS)], parts: Serves, from_: From, to: To, by: By = "agent"
) -> LinkReport:
    """Links by agent, trunk or queue, and the worst of them: of those whose work one sees."""
    async with parts.reading() as connection:
        period = await period_of(connection, parts.site_id, from_, to)
        sight = await agents_in_sight(connection, parts.site_id, who)
        agents = await people.names_of(connection)
        names = await _names_by(connection, parts.site_id, by, agents)
        sums = await links.sums(
            connection, parts.site_id, since=period.since, until=period.until, by=by, agent_ids=sight
        )
        worst = await links.worst(
            connection, parts.site_id, since=period.since, until=period.until, agent_ids=sight
        )
    return LinkReport(
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


async def _names_by(
    connection: Any, site_id: SiteId, by: str, agents: Mapping[PersonId, str]
) -> Mapping[int, str]:
    if by == "agent":
        return {int(person_id): name for person_id, name in agents.items()}
    names = await organization.names_of(connection, by, site_id=site_id)
    return {int(one): name for one, name in names.items()}


def link_rows(found: list[links.Link], agents: Mapping[PersonId, str]) -> list[LinkRow]:
    """As an interaction's page shows them."""
    return [
        LinkRow(
            leg_id=one.leg_id,
            segment_id=one.segment_id or None,
            side="agent" if one.role == "agent" else "customer",
            role=one.role,
            agent_id=one.agent_id or None,
            agent_name=agents.get(PersonId(one.agent_id), ""),
            source=one.source,
            way=one.way,
            since=one.since,
            until=one.until,
            mos=one.mos,
            worst_mos=one.worst_mos if one.mos is not None else None,
            grade=grade_of(one.mos).value if one.mos is not None else None,
            cause=cause_of(one.all) if one.mos is not None else None,
            packets=one.all.packets,
            lost=one.all.lost,
            loss_percent=round(one.all.loss_percent, 2),
            jitter_ms=round(one.all.jitter_ms, 1),
            round_trip_ms=round(one.all.round_trip_ms, 1) if one.all.round_trip_ms >= 0 else None,
        )
        for one in found
    ]
