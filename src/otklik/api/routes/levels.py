"""How the service level of each queue is counted, and since when."""

from datetime import timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response

from otklik.access import store as people
from otklik.access.rights import Right
from otklik.api.noting import note
from otklik.api.parts import Serves
from otklik.api.periods import zone_of
from otklik.api.route import Route
from otklik.api.schemas.base import Id
from otklik.api.schemas.levels import LevelFormula, LevelRow, LevelSave, QueueLevel, ServiceLevels
from otklik.api.sign_in import Who, requires
from otklik.reports import service as reports
from otklik.reports.calendar import day_of_moment
from otklik.reports.definitions import SITE, LevelDefinition, LevelRules
from otklik.reports.measures import SERVICE_LEVELS
from otklik.vocabulary.ids import PersonId

router = APIRouter(prefix="/api/v1/service-levels", tags=["reports"], route_class=Route)

Reads = Annotated[Who, requires(Right.MANAGE_QUEUES, Right.VIEW_REPORTS, Right.WATCH_BOARD)]
Defines = Annotated[Who, requires(Right.MANAGE_QUEUES)]
PastIsMeant = Annotated[bool, Query(description="numbers of days that are over may change")]


@router.get("")
async def list_service_levels(who: Reads, parts: Serves) -> ServiceLevels:
    """Every definition there was, and what counts for each queue today."""
    async with parts.reading() as connection:
        zone = await zone_of(connection, parts.site_id)
        found = await reports.defined_levels(
            connection, site_id=parts.site_id, zone=zone, as_of=parts.clock.now()
        )
        names = await people.names_of(connection)
    return ServiceLevels(
        today=found.today,
        zone=zone.key,
        formulas=[
            LevelFormula.model_validate(
                {"key": key, "name": one.name, "formula": one.formula, "source": one.source}
            )
            for key, one in SERVICE_LEVELS.items()
        ],
        definitions=[_row(one, names, zone) for one in found.definitions],
        queues=[
            QueueLevel(
                queue_id=one.queue_id,
                queue=one.queue,
                definition_id=one.definition.definition_id if one.definition else None,
                formula=one.rules.formula,
                threshold_seconds=one.rules.threshold.total_seconds(),
                target=one.rules.target,
                short_abandon_seconds=one.rules.short_abandon.total_seconds(),
            )
            for one in found.queues
        ],
    )


@router.post("", status_code=201)
async def define_service_level(who: Defines, request: Request, parts: Serves, body: LevelSave) -> LevelRow:
    """A new definition from a day on; older days keep theirs. Refuses `past_numbers_change`, a day that is
    over, unless `past_is_meant`; `unknown_queue`, `date_out_of_range`, `too_many_definitions`."""
    rules = LevelRules(
        body.formula,
        timedelta(milliseconds=round(body.threshold_seconds * 1000)),
        body.target,
        timedelta(milliseconds=round(body.short_abandon_seconds * 1000)),
    )
    async with parts.writing() as connection:
        zone = await zone_of(connection, parts.site_id)
        found = await reports.define_level(
            connection,
            site_id=parts.site_id,
            zone=zone,
            queue_id=body.queue_id or SITE,
            since=body.since,
            rules=rules,
            by=int(who.person_id),
            at=parts.clock.now(),
            past_is_meant=body.past_is_meant,
        )
        row = _row(found, await people.names_of(connection), zone)
        facts = {**row.model_dump(mode="json", include=set(_FACTS)), "name": row.formula}
        await note(
            connection,
            who,
            request,
            parts,
            "service_level.defined",
            entity="queue",
            entity_id=found.queue_id,
            facts=facts,
        )
    return row


@router.delete("/{definition_id}", status_code=204)
async def withdraw_service_level(
    who: Defines, request: Request, parts: Serves, definition_id: Id, past_is_meant: PastIsMeant = False
) -> Response:
    """From its day on the one before it counts again; it stays written down. Refuses `past_numbers_change`
    and `unknown_definition`."""
    async with parts.writing() as connection:
        zone = await zone_of(connection, parts.site_id)
        found = await reports.withdraw_level(
            connection,
            site_id=parts.site_id,
            zone=zone,
            definition_id=definition_id,
            by=int(who.person_id),
            at=parts.clock.now(),
            past_is_meant=past_is_meant,
        )
        row = _row(found, {}, zone)
        facts = {**row.model_dump(mode="json", include=set(_FACTS)), "name": row.formula}
        await note(
            connection,
            who,
            request,
            parts,
            "service_level.withdrawn",
            entity="queue",
            entity_id=found.queue_id,
            facts=facts,
        )
    return Response(status_code=204)


_FACTS = ("since", "formula", "threshold_seconds", "target", "short_abandon_seconds", "is_of_past")


def _rules(rules: LevelRules) -> dict[str, str | float]:
    return {
        "formula": rules.formula,
        "threshold_seconds": rules.threshold.total_seconds(),
        "target": rules.target,
        "short_abandon_seconds": rules.short_abandon.total_seconds(),
    }


def _row(one: LevelDefinition, names: dict[PersonId, str], zone: ZoneInfo) -> LevelRow:
    return LevelRow.model_validate(
        {
            "id": one.definition_id,
            "queue_id": one.queue_id or None,
            "since": one.since,
            **_rules(one.rules),
            "by": names.get(PersonId(one.by), ""),
            "at": one.at,
            "is_of_past": one.since < day_of_moment(one.at, zone),
            "withdrawn_by": names.get(PersonId(one.withdrawn_by), "") if one.withdrawn_at else None,
            "withdrawn_at": one.withdrawn_at,
        }
    )
