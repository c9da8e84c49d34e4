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
from otklik.api.teams import answer_of, compared, sheet_of

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
        names = {int(person_id): name for person_id, name in (await people.names_of(connection)).items()}
        found = await compared(
            connection,
            site_id=parts.site_id,
            zone=period.zone,
            days=(from_, to),
            as_of=parts.clock.now(),
            agent_names=names,
            agent_ids=wanted,
            team_ids=team,
        )
    if form != "json":
        made = sheet_of(found, by, f"teams-{from_}-{to}", period.zone, locale)
        return await file_answer(who, request, parts, made, form, locale)
    return answer_of(found)
