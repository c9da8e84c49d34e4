"""Teams side by side."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request

from otklik.access import store as people
from otklik.access.rights import Right
from otklik.api.parts import Serves
from otklik.api.periods import From, To, period_of
from otklik.api.route import Route
from otklik.api.routes.reports import Form, Ids, agents_asked, file_answer
from otklik.api.schemas.teams import TeamReport
from otklik.api.sheet import AskedLocale
from otklik.api.sign_in import Who, requires
from otklik.api.teams import Compared, answer_of, sheet_of
from otklik.organization import store as organization
from otklik.quality import feedback_store
from otklik.reports import service as reports

router = APIRouter(prefix="/api/v1", tags=["reports"], route_class=Route)

By = Annotated[
    Literal["team", "agent", "spread"], Query(description="of a file: teams, their agents, or the spread")
]


@router.get("/reports/teams", response_model=TeamReport)
async def report_teams(  # noqa: PLR0913, the filters of a report
    who: Annotated[Who, requires(Right.VIEW_REPORTS)],
    request: Request,
    parts: Serves,
    from_: From,
    to: To,
    team: Ids = None,
    by: By = "team",
    form: Form = "json",
    locale: AskedLocale = None,
) -> Any:
    """What each team did, how far its agents are apart, and the agents themselves, all by name."""
    async with parts.pool.acquire() as connection:
        period = await period_of(connection, parts.site_id, from_, to)
        wanted = await agents_asked(connection, parts, who, None, team)
        reasons = await organization.list_reasons_ever(connection, site_id=parts.site_id)
        found = await reports.agent_sums(
            connection,
            site_id=parts.site_id,
            zone=period.zone,
            days=(from_, to),
            as_of=parts.clock.now(),
            unpaid_reasons=frozenset(int(one.reason_id) for one in reasons if not one.is_paid),
            agent_ids=wanted,
        )
        agents = await organization.list_things(connection, "agent", site_id=parts.site_id)
        teams = await organization.list_things(connection, "team", site_id=parts.site_id)
        compared = Compared(
            found=found,
            teams={
                int(one.team_id): [int(agent.agent_id) for agent in agents if one.team_id in agent.team_ids]
                for one in teams
                if team is None or int(one.team_id) in team
            },
            team_names={int(one.team_id): one.name for one in teams},
            agent_names={
                int(person_id): name for person_id, name in (await people.names_of(connection)).items()
            },
            answers=await feedback_store.count_answers(
                connection,
                parts.site_id,
                since=period.since,
                until=period.until,
                agent_ids=wanted,
            ),
        )
    if form != "json":
        made = sheet_of(compared, by, f"teams-{from_}-{to}", period.zone, locale)
        return await file_answer(who, request, parts, made, form, locale)
    return answer_of(compared)
