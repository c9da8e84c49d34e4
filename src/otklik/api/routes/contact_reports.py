"""Reports on hours, waits, repeated contacts, calls by number and chosen outcomes."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request

from otklik.access.rights import Right
from otklik.api import sheet
from otklik.api.levels import level_lines, level_rows
from otklik.api.parts import Serves
from otklik.api.periods import From, To
from otklik.api.reported import Reported, SourceId, reported
from otklik.api.route import Route
from otklik.api.routes.reports import (
    MOST_REPEAT_DAYS,
    Form,
    Ids,
    QueueIds,
    Reads,
    about_of,
    file_answer,
)
from otklik.api.schemas import contact_reports as schemas
from otklik.api.sheet import AskedLocale, Locale
from otklik.api.sights import agents_in_sight, narrowed, shown_number
from otklik.crm import service as crm
from otklik.organization import store as organization
from otklik.reports import service as reports
from otklik.reports.catalogue import MEASURES
from otklik.vocabulary.ids import PartyId

router = APIRouter(prefix="/api/v1", tags=["reports"], route_class=Route)

HEAT_COLUMNS = ("hour", "hours_there", *(one.name for one in MEASURES["heat"]))
STEP_COLUMNS = ("over_seconds", "up_to_seconds", "answered", "in_time", "abandoned", "short_abandons")
WAIT_COLUMNS = ("queue", *(one.name for one in MEASURES["waits"]), "target", "threshold_seconds")
REPEAT_COLUMNS = ("queue", *(one.name for one in MEASURES["repeats"]))
FREQUENT_COLUMNS = ("number", "customer_name", "came", "answered", "unanswered", "queues", "last_at")
CALL_COLUMNS = ("number_called", "label", *(one.name for one in MEASURES["calls"]))
HOUR_COLUMNS = (
    "number_called",
    "label",
    "hour",
    "calls",
    "calls_answered",
    "calls_abandoned",
    "calls_by_rule",
    "calls_in_flow",
)
OUTCOME_COLUMNS = ("disposition", "kind", *(one.name for one in MEASURES["outcomes"]))
LARGEST_STEP = 600
MOST_CUSTOMERS = 200


def _told(found: Any) -> dict[str, Any]:
    return {
        "zone": found.zone,
        "as_of": found.as_of,
        "behind_since": min((one.since for one in found.behind), default=None),
    }


def _named(at: Reported, queue_id: int, queue: str) -> str:
    return at.queues.get(queue_id, queue)


# --- hours


@router.get("/reports/heat", response_model=schemas.HeatReport)
async def report_heat(  # noqa: PLR0913, the filters of a report
    who: Reads,
    request: Request,
    parts: Serves,
    from_: From,
    to: To,
    rows: Annotated[Literal["weekday", "day"], Query()] = "weekday",
    queue: QueueIds = None,
    source: SourceId = None,
    form: Form = "json",
    locale: AskedLocale = None,
) -> Any:
    """Queues by hour of the wall clock, of each weekday or each day."""
    async with parts.pool.acquire() as connection:
        at = await reported(connection, parts, who, source)
        found = await reports.queue_heat(
            connection,
            site_id=at.site_id,
            zone=at.zone,
            first=from_,
            end=to,
            as_of=parts.clock.now(),
            rows=rows,
            queue_ids=queue,
        )
    if form != "json":
        words = sheet.titles(locale) if locale else {}
        lines = [
            {
                rows: words.get(f"weekday_{cell.row}", cell.row) if rows == "weekday" else cell.row,
                "hour": cell.hour,
                "hours_there": cell.hours,
                **cell.values,
            }
            for cell in found.cells
        ]
        about = about_of(MEASURES["heat"], found.zone, found.as_of)
        made = sheet.Sheet(f"heat-{from_}-{to}", (rows, *HEAT_COLUMNS), lines, at.zone, about)
        return await file_answer(who, request, parts, made, form, locale)

    def cell_of(cell: reports.HeatCell) -> schemas.HeatCell:
        return schemas.HeatCell.model_validate(
            {
                rows: cell.row,
                "hour": cell.hour,
                "hours": cell.hours,
                "start": cell.start,
                "stop": cell.stop,
                **cell.values,
            }
        )

    return schemas.HeatReport(
        **_told(found),
        rows=rows,
        cells=[cell_of(cell) for cell in found.cells],
        by_row=[cell_of(cell) for cell in found.by_row],
        by_hour=[cell_of(cell) for cell in found.by_hour],
        total=cell_of(found.total),
        levels=level_rows(found.levels, at.queues),
        is_joined=found.levels.is_joined,
    )


# --- waits


@router.get("/reports/waits", response_model=schemas.WaitReport)
async def report_waits(  # noqa: PLR0913, the filters of a report
    who: Reads,
    request: Request,
    parts: Serves,
    from_: From,
    to: To,
    queue: QueueIds = None,
    step_seconds: Annotated[int | None, Query(ge=1, le=LARGEST_STEP)] = None,
    source: SourceId = None,
    table: Annotated[Literal["queues", "steps"], Query(description="what a file holds")] = "queues",
    form: Form = "json",
    locale: AskedLocale = None,
) -> Any:
    """How many customers waited how long, the answered and the abandoned."""
    async with parts.pool.acquire() as connection:
        at = await reported(connection, parts, who, source)
        found = await reports.queue_waits(
            connection,
            site_id=at.site_id,
            zone=at.zone,
            first=from_,
            end=to,
            queue_ids=queue,
            step=None if step_seconds is None else timedelta(seconds=step_seconds),
        )
    steps = [
        {
            "over_seconds": step.over.total_seconds(),
            "up_to_seconds": step.up_to.total_seconds() if step.up_to is not None else None,
            "answered": step.answered,
            "in_time": step.in_sl,
            "abandoned": step.abandoned,
            "short_abandons": step.short_ab,
        }
        for step in found.steps
    ]
    rows = [
        {
            "queue": _named(at, row.queue_id, row.queue),
            "queue_id": row.queue_id,
            "target": row.target,
            "threshold_seconds": row.threshold.total_seconds() if row.threshold else None,
            "in_time": row.facts.in_sl,
            **row.values,
        }
        for row in found.rows
    ]
    if form != "json":
        about = about_of(MEASURES["waits"], found.zone, found.as_of)
        about += level_lines(found.levels, at.queues)
        columns, lines = (WAIT_COLUMNS, rows) if table == "queues" else (STEP_COLUMNS, steps)
        made = sheet.Sheet(f"waits-{from_}-{to}", columns, lines, at.zone, about)
        return await file_answer(who, request, parts, made, form, locale)
    return schemas.WaitReport(
        **_told(found),
        steps=[schemas.WaitStepRow.model_validate(step) for step in steps],
        rows=[schemas.WaitRow.model_validate(row) for row in rows],
        totals=schemas.WaitFigures.model_validate({**found.total.values, "in_time": found.total.facts.in_sl}),
        levels=level_rows(found.levels, at.queues),
        is_joined=found.levels.is_joined,
    )


# --- repeated contacts


@router.get("/reports/repeats", response_model=schemas.RepeatReport)
async def report_repeats(  # noqa: PLR0913, the filters of a report
    who: Reads,
    request: Request,
    parts: Serves,
    from_: From,
    to: To,
    days: Annotated[int, Query(ge=1, le=MOST_REPEAT_DAYS)] = 7,
    same_queue: Annotated[bool, Query(description="only a contact in the same queue repeats one")] = False,
    queue: QueueIds = None,
    source: SourceId = None,
    table: Annotated[Literal["queues", "customers"], Query(description="what a file holds")] = "queues",
    form: Form = "json",
    locale: AskedLocale = None,
) -> Any:
    """Whether one contact was enough, and which customers came most often (for who may see interactions)."""
    async with parts.pool.acquire() as connection:
        at = await reported(connection, parts, who, source)
        found = await reports.repeated_contacts(
            connection,
            site_id=at.site_id,
            zone=at.zone,
            first=from_,
            end=to,
            repeats=reports.Repeats(timedelta(days=days), parts.clock.now(), same_queue),
            queue_ids=queue,
            agents_sight=await agents_in_sight(connection, parts.site_id, who),
            limit=MOST_CUSTOMERS,
        )
        listed = found.customers if who.may(Right.VIEW_INTERACTIONS) else ()
        parties = [PartyId(one.customer_id) for one in listed]
        names = await crm.names_of(connection, at.site_id, parties)
        queues = await organization.names_of(connection, "queue", site_id=at.site_id)
    rows: list[dict[str, Any]] = [
        {"queue": _named(at, row.queue_id, row.queue), "queue_id": row.queue_id, **row.values}
        for row in found.rows
    ]
    customers: list[dict[str, Any]] = [
        {
            "party_id": one.customer_id,
            "number": shown_number(who, one.number),
            "name": names.get(PartyId(one.customer_id), ""),
            "contacts": one.contacts,
            "answered": one.answered,
            "unanswered": one.unanswered,
            "queues": [_named(at, queue_id, queues.get(queue_id, "")) for queue_id in one.queue_ids],
            "last_at": one.last_at,
        }
        for one in listed
    ]
    if form != "json":
        about = about_of(MEASURES["repeats"], found.zone, found.as_of)
        columns, lines = REPEAT_COLUMNS, rows
        if table == "customers":
            columns = FREQUENT_COLUMNS
            lines = [
                {
                    **one,
                    "customer_name": one["name"],
                    "came": one["contacts"],
                    "queues": ", ".join(one["queues"]),
                }
                for one in customers
            ]
        name = f"repeats-{days}-{from_}-{to}"
        made = sheet.Sheet(name, columns, lines, at.zone, [("repeat_days", str(days)), *about])
        return await file_answer(who, request, parts, made, form, locale)
    return schemas.RepeatReport(
        **_told(found),
        days=days,
        rows=[schemas.RepeatRow.model_validate(row) for row in rows],
        totals=schemas.RepeatFigures.model_validate(dict(found.total.values)),
        often=[
            schemas.HowOftenRow(contacts=contacts, customers=count) for contacts, count in found.often.items()
        ],
        customers=[schemas.FrequentRow.model_validate(one) for one in customers],
    )


# --- calls by number


@router.get("/reports/numbers", response_model=schemas.CallReport)
async def report_numbers(  # noqa: PLR0913, the filters of a report
    who: Reads,
    request: Request,
    parts: Serves,
    from_: From,
    to: To,
    source: SourceId = None,
    table: Annotated[Literal["numbers", "hours"], Query(description="what a file holds")] = "numbers",
    form: Form = "json",
    locale: AskedLocale = None,
) -> Any:
    """Calls by the number that was called and by hour, and what became of them."""
    async with parts.pool.acquire() as connection:
        at = await reported(connection, parts, who, source)
        found = await reports.calls_by_number(
            connection, site_id=at.site_id, zone=at.zone, first=from_, end=to
        )
        numbers = {
            int(one.number_id): one
            for one in await organization.list_things(connection, "number", site_id=at.site_id)
        }
    rows: list[dict[str, Any]] = []
    for row in found.rows:
        known = numbers.get(row.number_id)
        rows.append(
            {
                "number_id": row.number_id,
                "number": known.number if known else "",
                "label": known.name if known else "",
                "hours": _hours(row.hours),
                **row.values,
            }
        )
    if form != "json":
        about = about_of(MEASURES["calls"], found.zone, found.as_of)
        lines: list[Mapping[str, object]] = [{**row, "number_called": row["number"]} for row in rows]
        if table == "hours":
            lines = [
                {"number_called": row["number"], "label": row["label"], **hour}
                for row in rows
                for hour in row["hours"]
            ]
        columns = CALL_COLUMNS if table == "numbers" else HOUR_COLUMNS
        made = sheet.Sheet(f"numbers-{from_}-{to}", columns, lines, at.zone, about)
        return await file_answer(who, request, parts, made, form, locale)
    return schemas.CallReport(
        **_told(found),
        rows=[schemas.CallRow.model_validate(row) for row in rows],
        totals=schemas.CallFigures.model_validate(dict(found.total.values)),
        hours=[schemas.CallHour.model_validate(hour) for hour in _hours(found.total.hours)],
    )


def _hours(hours: Mapping[int, Any]) -> list[dict[str, int]]:
    return [
        {"hour": hour, **{name: getattr(facts, name) for name in schemas.CallCounts.model_fields}}
        for hour, facts in hours.items()
    ]


# --- chosen outcomes


@router.get("/reports/outcomes", response_model=schemas.OutcomeReport)
async def report_outcomes(  # noqa: PLR0913, the filters of a report
    who: Reads,
    request: Request,
    parts: Serves,
    from_: From,
    to: To,
    by: Annotated[Literal["none", "queue", "agent"], Query()] = "none",
    queue: QueueIds = None,
    agent: Ids = None,
    form: Form = "json",
    locale: AskedLocale = None,
) -> Any:
    """Outcomes that agents chose, of talks of those whose work one sees; altogether, by queue or by agent."""
    async with parts.pool.acquire() as connection:
        at = await reported(connection, parts, who, None)
        sight = await agents_in_sight(connection, parts.site_id, who)
        found = await reports.chosen_outcomes(
            connection,
            site_id=at.site_id,
            zone=at.zone,
            first=from_,
            end=to,
            by=by,
            queue_ids=queue,
            agent_ids=narrowed(agent, sight),
        )
        queues = await organization.names_of(connection, "queue", site_id=at.site_id)
    owners: Mapping[int, str] = at.agents if by == "agent" else queues
    rows = [
        {
            "disposition_id": row.disposition_id or None,
            "name_ru": row.name_ru,
            "name_en": row.name_en,
            "kind": row.kind,
            "owner_id": row.owner or None,
            "owner": owners.get(row.owner, "") if row.owner else "",
            **row.values,
        }
        for row in found.rows
    ]
    if form != "json":
        about = about_of(MEASURES["outcomes"], found.zone, found.as_of)
        lines = [_spoken_outcome(row, by, locale) for row in rows]
        columns = OUTCOME_COLUMNS if by == "none" else (by, *OUTCOME_COLUMNS)
        made = sheet.Sheet(f"outcomes-{from_}-{to}", columns, lines, at.zone, about)
        return await file_answer(who, request, parts, made, form, locale)
    return schemas.OutcomeReport(
        **_told(found),
        rows=[schemas.OutcomeRow.model_validate(row) for row in rows],
        chosen=found.total.chosen,
        aht_seconds=found.total_values["aht_seconds"],
    )


def _spoken_outcome(row: Mapping[str, Any], by: str, locale: Locale | None) -> dict[str, object]:
    words = sheet.titles(locale) if locale else {}
    name = row["name_ru"] if locale == "ru" else row["name_en"]
    return {
        **row,
        by: row["owner"],
        "disposition": name or words.get("disposition_none", ""),
        "kind": words.get(f"kind_{row['kind']}", row["kind"]),
    }
