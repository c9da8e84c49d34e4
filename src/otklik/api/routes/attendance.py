"""The timesheet of agents, and one agent's day."""

from datetime import date, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from fastapi import APIRouter, Query, Request

from otklik.access import store as people
from otklik.access.rights import Right
from otklik.api.attendance import (
    Attended,
    DayShown,
    answer_of,
    day_answer_of,
    day_sheet_of,
    sheet_of,
)
from otklik.api.parts import Parts, Serves
from otklik.api.periods import From, To, zone_of
from otklik.api.route import Route
from otklik.api.routes.reports import Form, Ids, agents_asked, file_answer
from otklik.api.schemas.attendance import AgentDay, Timesheet
from otklik.api.schemas.base import Id
from otklik.api.sheet import AskedLocale
from otklik.api.sights import agents_in_sight, shown_number
from otklik.api.sign_in import Who, requires
from otklik.organization import store as organization
from otklik.reports import service as reports
from otklik.vocabulary.refusals import Invalid, NotFound

router = APIRouter(prefix="/api/v1", tags=["reports"], route_class=Route)

Reads = Annotated[Who, requires(Right.VIEW_REPORTS)]
By = Annotated[
    Literal["day", "agent", "sign_in"],
    Query(description="of a file: a line for each day, each agent, each sign-in"),
]
Zone = Annotated[
    str | None, Query(max_length=64, description="an agent's own time zone; without it the centre's")
]


@router.get("/reports/timesheet", response_model=Timesheet)
async def report_timesheet(  # noqa: PLR0913, the filters of a report
    who: Reads,
    request: Request,
    parts: Serves,
    from_: From,
    to: To,
    team: Ids = None,
    agent: Ids = None,
    zone: Zone = None,
    by: By = "day",
    form: Form = "json",
    locale: AskedLocale = None,
) -> Any:
    """Who was there from when to when, pauses by reason, and what of it counts as work. Refuses
    `unknown_zone`."""
    async with parts.pool.acquire() as connection:
        own_zone = await zone_of(connection, parts.site_id)
        of_zone = _zone(zone) if zone else own_zone
        names = {int(person_id): name for person_id, name in (await people.names_of(connection)).items()}
        found = await reports.timesheet(
            connection,
            site_id=parts.site_id,
            zone=of_zone,
            first=from_,
            end=to,
            as_of=parts.clock.now(),
            agent_ids=await agents_asked(connection, parts, who, agent, team),
        )
        reasons = await organization.list_reasons_ever(connection, site_id=parts.site_id)
    attended = Attended(found, names, reasons)
    if form != "json":
        made = sheet_of(attended, by, f"timesheet-{from_}-{to}", of_zone, locale)
        return await file_answer(who, request, parts, made, form, locale)
    return answer_of(attended, is_own_zone=of_zone.key == own_zone.key)


@router.get("/reports/agent-day", response_model=AgentDay)
async def report_agent_day(
    who: Reads,
    request: Request,
    parts: Serves,
    agent: Annotated[Id, Query()],
    day: Annotated[date, Query(examples=["2026-11-20"])],
    form: Form = "json",
    locale: AskedLocale = None,
) -> Any:
    """One agent's day, state by state."""
    async with parts.pool.acquire() as connection:
        sight = await agents_in_sight(connection, parts.site_id, who)
        names = {int(person_id): name for person_id, name in (await people.names_of(connection)).items()}
        if agent not in names or (sight is not None and agent not in sight):
            raise NotFound("unknown_agent", agent_id=agent)
        zone = await zone_of(connection, parts.site_id)
        _check_day(day)
        found = await reports.agent_day(
            connection,
            site_id=parts.site_id,
            zone=zone,
            day=day,
            agent_id=agent,
            as_of=parts.clock.now(),
        )
        shown = await _shown(connection, parts, who, found, day, agent, names[agent])
    if form != "json":
        made = day_sheet_of(shown, f"agent-{agent}-{day}", zone, locale)
        return await file_answer(who, request, parts, made, form, locale)
    return day_answer_of(shown)


async def _shown(
    connection: Any, parts: Parts, who: Who, found: reports.AgentDay, day: date, agent_id: int, name: str
) -> DayShown:
    return DayShown(
        found=found,
        day=day,
        agent_id=agent_id,
        agent=name,
        reasons=await organization.list_reasons_ever(connection, site_id=parts.site_id),
        queues=await organization.names_of(connection, "queue", site_id=parts.site_id),
        numbers={
            interaction_id: shown_number(who, one.number)
            for interaction_id, one in found.interactions.items()
        },
    )


def _zone(name: str) -> ZoneInfo:
    if name not in available_timezones():
        raise Invalid("unknown_zone", "zone")
    return ZoneInfo(name)


def _check_day(day: date) -> None:
    first, last = date(2000, 1, 1), date(9000, 1, 1) - timedelta(days=1)
    if not first <= day <= last:
        raise Invalid("range_too_long", "day", days=400)
