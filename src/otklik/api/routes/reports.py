"""Reports, the list of interactions, one with its time line, missed calls, one's own calls and day."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from otklik.access.rights import Right
from otklik.api import live_rows, sheet
from otklik.api.engine import question
from otklik.api.levels import level_lines, level_rows
from otklik.api.live import scope_of
from otklik.api.noting import note
from otklik.api.paper import composing
from otklik.api.paper.model import Paper
from otklik.api.paper.typesetting import PDF, pdf_of
from otklik.api.parts import Parts, Serves
from otklik.api.periods import From, To, period_of
from otklik.api.reported import Reported, SourceId, reported
from otklik.api.route import Route
from otklik.api.routes import interaction_forms as forms
from otklik.api.schemas.base import Id, LongId, SmallId
from otklik.api.schemas.interactions import (
    Direction,
    InteractionDetail,
    InteractionRows,
    WhyIdle,
    WhyWaiting,
)
from otklik.api.schemas.reports import (
    AgentFigures,
    AgentReport,
    AgentReportRow,
    BoardQueue,
    DayBoard,
    MeasureRow,
    QueueFigures,
    QueueReport,
    QueueReportRow,
)
from otklik.api.sheet import AskedLocale, Locale
from otklik.api.sights import agents_in_sight, narrowed
from otklik.api.sign_in import Who, requires
from otklik.crm import service as crm
from otklik.organization import store as organization
from otklik.reports import measures
from otklik.reports import service as reports
from otklik.reports.catalogue import MEASURES
from otklik.reports.foreign import store as foreign
from otklik.reports.measures import Definition
from otklik.reports.service import InteractionFilter
from otklik.vocabulary.ids import InteractionId, SiteId
from otklik.vocabulary.refusals import Forbidden, NotFound

router = APIRouter(prefix="/api/v1", tags=["reports"], route_class=Route)

Reads = Annotated[Who, requires(Right.VIEW_REPORTS)]
Lists = Annotated[Who, requires(Right.VIEW_INTERACTIONS)]
Ids = Annotated[list[Id] | None, Query(max_length=200)]
QueueIds = Annotated[list[SmallId] | None, Query(max_length=200)]
Form = Annotated[
    Literal["json", "csv", "xlsx", "pdf", "pdf_letter"],
    Query(alias="format", description="pdf: A4; pdf_letter: US Letter"),
]
Cursor = Annotated[forms.Place | None, Query()]
Limit = Annotated[int, Query(ge=1, le=500)]
OnlyMeant = Annotated[
    bool, Query(description="leave out wrong numbers, spam and blocked numbers, by their outcomes of now")
]

QUEUE_COLUMNS = ("from", "to", "queue", *(measure.name for measure in measures.QUEUE_MEASURES))
AGENT_COLUMNS = ("day", "agent", *(measure.name for measure in measures.AGENT_MEASURES))
WaitEdge = Annotated[float | None, Query(ge=0, le=86_400)]
MOST_REPEAT_DAYS = 30
OWN_DAYS = timedelta(days=7)
LARGEST_SHEET = 50_000
PAGE = 500
MOST_PAGES = 20


# --- reports


@router.get("/reports/intervals", response_model=QueueReport)
async def report_intervals(  # noqa: PLR0913, the filters of a report
    who: Reads,
    request: Request,
    parts: Serves,
    from_: From,
    to: To,
    queue: QueueIds = None,
    source: SourceId = None,
    only_meant: OnlyMeant = False,
    form: Form = "json",
    locale: AskedLocale = None,
) -> Any:
    """Queues by quarter of an hour."""
    async with parts.pool.acquire() as connection:
        at = await reported(connection, parts, who, source)
        found = await reports.queue_intervals(
            connection,
            site_id=at.site_id,
            zone=at.zone,
            first=from_,
            end=to,
            queue_ids=queue,
            only_meant=only_meant,
        )
    return await _queue_answer(who, request, parts, found, at, (form, locale), f"intervals-{from_}-{to}")


@router.get("/reports/days", response_model=QueueReport)
async def report_days(  # noqa: PLR0913, the filters of a report
    who: Reads,
    request: Request,
    parts: Serves,
    from_: From,
    to: To,
    queue: QueueIds = None,
    source: SourceId = None,
    only_meant: OnlyMeant = False,
    form: Form = "json",
    locale: AskedLocale = None,
) -> Any:
    """Queues by day."""
    async with parts.pool.acquire() as connection:
        at = await reported(connection, parts, who, source)
        found = await reports.queue_days(
            connection,
            site_id=at.site_id,
            zone=at.zone,
            first=from_,
            end=to,
            queue_ids=queue,
            only_meant=only_meant,
        )
    return await _queue_answer(who, request, parts, found, at, (form, locale), f"days-{from_}-{to}")


@router.get("/reports/agents", response_model=AgentReport)
async def report_agents(  # noqa: PLR0913, the filters of a report
    who: Reads,
    request: Request,
    parts: Serves,
    from_: From,
    to: To,
    team: Ids = None,
    agent: Ids = None,
    source: SourceId = None,
    form: Form = "json",
    locale: AskedLocale = None,
) -> Any:
    """Agents by day: those whose work one sees."""
    async with parts.pool.acquire() as connection:
        at = await reported(connection, parts, who, source)
        sight = await agents_asked(connection, parts, who, agent, None if at.is_foreign else team)
        if team is not None and at.is_foreign:
            of_teams = await foreign.agents_of_teams(connection, at.site_id, team)
            sight = narrowed(sight, of_teams) if sight is not None else sorted(of_teams)
        found = await reports.agent_days(
            connection,
            site_id=at.site_id,
            zone=at.zone,
            first=from_,
            end=to,
            as_of=parts.clock.now(),
            agent_ids=sight,
        )
    rows = [
        {"day": row.day, "agent": at.agents.get(row.agent_id, ""), "agent_id": row.agent_id, **row.values}
        for row in found.rows
    ]
    if form != "json":
        about = about_of(measures.AGENT_MEASURES, found.zone, found.as_of)
        made = sheet.Sheet(
            f"agents-{from_}-{to}", AGENT_COLUMNS, rows, at.zone, about, totals=found.total_values
        )
        return await file_answer(who, request, parts, made, form, locale)
    return AgentReport(
        zone=found.zone,
        as_of=found.as_of,
        behind_since=min((one.since for one in found.behind), default=None),
        rows=[AgentReportRow.model_validate(row) for row in rows],
        totals=AgentFigures.model_validate(dict(found.total_values)),
        measures=[measure.name for measure in measures.AGENT_MEASURES],
    )


@router.get("/report/day-board")
async def day_board(
    who: Annotated[Who, requires(Right.WATCH_BOARD, Right.WATCH_WALL, Right.VIEW_REPORTS)], parts: Serves
) -> DayBoard:
    """The queues of today as the live board shows them now."""
    seen = await parts.source.read_once()
    board = live_rows.board(seen, scope_of(who))
    return DayBoard(
        as_of=parts.clock.now(),
        seq=str(seen.seq),
        queues=[
            BoardQueue.model_validate({name: getattr(queue, name) for name in queue.__struct_fields__})
            for queue in board.queues
        ],
    )


@router.get("/measures")
async def list_measures(
    who: Annotated[Who, requires(Right.VIEW_REPORTS, Right.WATCH_BOARD)],
) -> list[MeasureRow]:
    """Every number that is shown, with its formula."""
    return [
        MeasureRow(
            name=measure.name,
            report=report,
            version=measure.version,
            unit=measure.unit.value,
            formula=measure.formula,
            source=measure.source,
            parameters=list(measure.parameters),
            drill=measure.drill,
        )
        for report, known in MEASURES.items()
        for measure in known
    ]


async def _queue_answer(
    who: Who,
    request: Request,
    parts: Parts,
    found: reports.QueueReport,
    at: Reported,
    file: tuple[str, Locale | None],
    name: str,
) -> Any:
    rows: list[dict[str, Any]] = [
        {
            "from": row.start,
            "to": row.stop,
            "day": row.day,
            "queue": at.queues.get(row.queue_id, row.queue),
            "queue_id": row.queue_id,
            "target": row.target,
            "threshold_seconds": row.threshold.total_seconds() if row.threshold else None,
            **row.values,
            **_level_counts(row.facts),
        }
        for row in found.rows
    ]
    form, locale = file
    if form != "json":
        about = about_of(measures.QUEUE_MEASURES, found.zone, found.as_of)
        about += level_lines(found.levels, at.queues)
        made = sheet.Sheet(name, QUEUE_COLUMNS, rows, at.zone, about, totals=found.total_values)
        return await file_answer(who, request, parts, made, form, locale)
    return QueueReport(
        zone=found.zone,
        as_of=found.as_of,
        behind_since=min((one.since for one in found.behind), default=None),
        rows=[QueueReportRow.model_validate(row) for row in rows],
        totals=QueueFigures.model_validate({**found.total_values, **_level_counts(found.total)}),
        measures=[measure.name for measure in measures.QUEUE_MEASURES],
        levels=level_rows(found.levels, at.queues),
        is_joined=found.levels.is_joined,
    )


def _level_counts(facts: measures.QueueFacts) -> dict[str, int]:
    part, whole = measures.level_counts(facts)
    return {"level_part": part, "level_whole": whole}


def about_of(known: Iterable[Definition[Any]], zone: str, as_of: datetime) -> list[tuple[str, str]]:
    """What a reader of the file must know: whose days these are, up to when, how each number is counted."""
    return [
        ("zone", zone),
        ("as_of", as_of.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S")),
        *((measure.name, measure.formula) for measure in known),
    ]


async def sheet_answer(
    who: Who,
    request: Request,
    parts: Parts,
    name: str,
    columns: Sequence[str],
    rows: Sequence[Mapping[str, object]],
) -> Response:
    """A file for programs, as `file_answer`."""
    return await file_answer(who, request, parts, sheet.Sheet(name, columns, rows), "csv", None)


async def file_answer(
    who: Who, request: Request, parts: Parts, made: sheet.Sheet, form: str, locale: Locale | None
) -> Response:
    """A download: it needs a right of its own and leaves a line in the audit."""
    if form in composing.SIZES:
        async with parts.reading() as connection:
            letterhead = await composing.letterhead_of(connection, parts.site_id)
        paper = composing.paper_of(made, letterhead, locale or letterhead.language, composing.SIZES[form])
        return await paper_answer(who, request, parts, paper, made.name)
    await _note_export(who, request, parts, {"name": made.name, "rows": len(made.rows), "format": form})
    # A large workbook takes seconds: the live feed of others must not wait for it.
    return await asyncio.to_thread(sheet.answer, made, form, locale)


async def paper_answer(who: Who, request: Request, parts: Parts, paper: Paper, name: str) -> Response:
    """The same of a paper. Refuses `pdf_unavailable`, `pdf_failed`."""
    await _note_export(who, request, parts, {"name": name, "format": "pdf"})
    return sheet.kept(await pdf_of(paper), PDF, f"{name}.pdf")


async def _note_export(who: Who, request: Request, parts: Parts, facts: Mapping[str, Any]) -> None:
    if not who.may(Right.EXPORT_REPORTS):
        raise Forbidden("right_missing", rights=[Right.EXPORT_REPORTS.value])
    async with parts.writing() as connection:
        await note(connection, who, request, parts, "report.exported", entity="report", facts=dict(facts))


async def agents_asked(
    connection: Any, parts: Parts, who: Who, agent: Sequence[int] | None, team: Sequence[int] | None
) -> list[int] | None:
    """The agents of these teams and ids whose work he sees; None is everybody."""
    sight = narrowed(agent, await agents_in_sight(connection, parts.site_id, who))
    if team is None:
        return sight
    of_teams = await _agents_of_teams(connection, parts, team)
    return narrowed(sight, of_teams) if sight is not None else sorted(of_teams)


async def _agents_of_teams(connection: Any, parts: Parts, team_ids: Iterable[int]) -> set[int]:
    wanted = set(team_ids)
    agents = await organization.list_things(connection, "agent", site_id=parts.site_id)
    return {int(agent.agent_id) for agent in agents if not wanted.isdisjoint(agent.team_ids)}


# --- interactions


@router.get("/interactions", response_model=InteractionRows)
async def list_interactions(  # noqa: PLR0913, the filters of a list
    who: Lists,
    request: Request,
    parts: Serves,
    from_: From,
    to: To,
    queue: QueueIds = None,
    agent: Ids = None,
    direction: Direction | None = None,
    outcome: Annotated[list[str] | None, Query(max_length=30)] = None,
    number: Annotated[str | None, Query(max_length=64)] = None,
    party: LongId | None = None,
    min_wait_seconds: Annotated[float | None, Query(ge=0, le=86400)] = None,
    disposition: Ids = None,
    recorded: bool | None = None,
    source: SourceId = None,
    cursor: Cursor = None,
    limit: Limit = 100,
    form: Form = "json",
    locale: AskedLocale = None,
) -> Any:
    """Newest first; those whose work one sees, and those that reached nobody."""
    digits = "".join(sign for sign in number or "" if sign.isdigit())
    async with parts.reading() as connection:
        at = await reported(connection, parts, who, source)
        period = await period_of(connection, at.site_id, from_, to)
        sight = await agents_in_sight(connection, parts.site_id, who)
        filters = InteractionFilter(
            since=period.since,
            until=period.until,
            queue_ids=queue,
            agent_ids=narrowed(agent, sight) if agent is not None else None,
            agents_sight=sight,
            customer_id=party,
            digits=digits or None,
            outcomes=outcome,
            direction=direction,
            minimum_wait=None if min_wait_seconds is None else timedelta(seconds=min_wait_seconds),
        )
        wanted = LARGEST_SHEET if form != "json" else limit
        rows, place = await _fitting(
            connection, at.site_id, filters, cursor, wanted, disposition=disposition, recorded=recorded
        )
        names = await forms.names_at(connection, at.site_id, is_foreign=at.is_foreign)
        shown = await forms.rows_of(connection, at.site_id, rows, who, names)
    if form != "json":
        name = f"interactions-{from_}-{to}"
        if form == "csv" and locale is None:
            made = sheet.Sheet(name, forms.COLUMNS, [forms.cells_of(row, period.zone) for row in shown])
        else:
            cells = [forms.spoken_cells_of(row) for row in shown]
            made = sheet.Sheet(name, forms.SPOKEN_COLUMNS, cells, period.zone)
        return await file_answer(who, request, parts, made, form, locale)
    return InteractionRows(rows=shown, next=place)


@router.get("/interactions/behind")
async def list_interactions_behind(  # noqa: PLR0913, the place of a number
    who: Lists,
    parts: Serves,
    drill: Annotated[str, Query(max_length=40, pattern=r"^[a-z0-9_]+$")],
    start: forms.MomentIn,
    stop: forms.MomentIn,
    queue: QueueIds = None,
    agent: Ids = None,
    source: SourceId = None,
    called: Ids = None,
    weekday: Annotated[int | None, Query(ge=1, le=7, description="1 is Monday")] = None,
    hour: Annotated[int | None, Query(ge=0, le=23, description="of the site's wall clock")] = None,
    over_seconds: WaitEdge = None,
    up_to_seconds: WaitEdge = None,
    within_days: Annotated[int | None, Query(ge=1, le=MOST_REPEAT_DAYS)] = None,
    same_queue: bool = False,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> InteractionRows:
    """The interactions that a number of a report was counted of. drill: of its measure; start, stop: of its
    row; the others narrow it to what a chart shows."""
    async with parts.reading() as connection:
        at = await reported(connection, parts, who, source)
        sight = await agents_in_sight(connection, parts.site_id, who)
        page = await reports.interactions_behind(
            connection,
            site_id=at.site_id,
            number=reports.Counted(
                drill=drill,
                start=start,
                stop=stop,
                queue_ids=queue,
                agent_ids=narrowed(agent, sight) if agent is not None else None,
                agents_sight=sight,
                number_ids=called,
                weekday=weekday,
                hour=hour,
                zone=at.zone,
                over=_lasting(over_seconds),
                up_to=_lasting(up_to_seconds),
                repeats=None
                if within_days is None
                else reports.Repeats(timedelta(days=within_days), parts.clock.now(), same_queue),
            ),
            place=cursor,
            limit=limit,
        )
        names = await forms.names_at(connection, at.site_id, is_foreign=at.is_foreign)
        shown = await forms.rows_of(connection, at.site_id, page.rows, who, names)
    return InteractionRows(rows=shown, next=page.next)


def _lasting(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(milliseconds=round(seconds * 1000))


@router.get("/interactions/{interaction_id}")
async def find_interaction(
    who: Annotated[Who, requires(Right.VIEW_INTERACTIONS, Right.TAKE_CALLS)],
    parts: Serves,
    interaction_id: LongId,
    source: SourceId = None,
) -> InteractionDetail:
    """One from its arrival to now, with the why of every decision; an agent sees those he took part in."""
    async with parts.reading() as connection:
        at = await reported(connection, parts, who, source)
        if at.is_foreign and not who.may(Right.VIEW_INTERACTIONS):
            raise NotFound("unknown_source", source=source)
        line = await reports.interaction_time_line(
            connection, site_id=at.site_id, interaction_id=interaction_id, zone=at.zone
        )
        sight = await agents_in_sight(connection, parts.site_id, who)
        took_part = {stay.agent_id for stay in line.stays if stay.agent_id}
        is_own_only = not who.may(Right.VIEW_INTERACTIONS)
        if is_own_only or (sight is not None and took_part):
            allowed = {who.agent_id} if is_own_only else set(sight or ())
            if took_part.isdisjoint(allowed):
                raise NotFound("unknown_interaction", interaction_id=str(interaction_id))
        names = await forms.names_at(connection, at.site_id, is_foreign=at.is_foreign)
        return await forms.detail_of(connection, at.site_id, line, who, names)


@router.get("/interactions/{interaction_id}/why")
async def why_waiting(who: Lists, parts: Serves, interaction_id: LongId) -> WhyWaiting:
    """Why this customer waits now."""
    return WhyWaiting(
        interaction_id=interaction_id,
        facts=await question(parts, "why_waiting", interaction_id=interaction_id),
    )


@router.get("/agents/{agent_id}/why")
async def why_idle(
    who: Annotated[Who, requires(Right.WATCH_BOARD, Right.TAKE_CALLS)], parts: Serves, agent_id: Id
) -> WhyIdle:
    """Why this agent gets no call now; an agent may ask about himself."""
    async with parts.reading() as connection:
        sight = await agents_in_sight(connection, parts.site_id, who)
    if not who.may(Right.WATCH_BOARD):
        sight = [who.agent_id]
    if sight is not None and agent_id not in sight:
        raise NotFound("unknown_agent", agent_id=agent_id)
    return WhyIdle(agent_id=agent_id, facts=await question(parts, "why_idle", agent_id=agent_id))


async def _fitting(
    connection: Any,
    site_id: SiteId,
    filters: InteractionFilter,
    place: str | None,
    wanted: int,
    *,
    disposition: Sequence[int] | None,
    recorded: bool | None,
) -> tuple[list[reports.Interaction], str | None]:
    """Pages of the list until enough of them fit what the facts do not hold: outcomes stand in `crm`."""
    is_plain = disposition is None and recorded is None
    found: list[reports.Interaction] = []
    for _ in range(-(-wanted // PAGE) + MOST_PAGES):
        limit = min(PAGE, wanted - len(found)) if is_plain else PAGE
        page = await reports.list_interactions(
            connection, site_id=site_id, filters=filters, place=place, limit=limit
        )
        rows = [row for row in page.rows if recorded is None or row.has_recording == recorded]
        if disposition is not None:
            outcomes = await crm.outcomes_of(
                connection, site_id, [InteractionId(row.interaction_id) for row in rows]
            )
            rows = [
                row
                for row in rows
                if (outcome := outcomes.get(InteractionId(row.interaction_id))) is not None
                and outcome.disposition_id in disposition
            ]
        for row in rows:
            found.append(row)
            if len(found) == wanted:
                return found, forms.place_after(row)
        place = page.next
        if place is None:
            return found, None
    return found, place
