"""Alerts: what fires now, taking it over, putting it to sleep, the history, and the rules."""

from collections.abc import Iterable
from datetime import time, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request

from otklik.access import service as access
from otklik.access import store as people
from otklik.access.rights import Right, Sight
from otklik.alerts import service as alerts
from otklik.alerts import store
from otklik.alerts.model import FIGURES, HEALTH, Alert, Rule, Scope, Severity, Side
from otklik.api.parts import Parts, Serves
from otklik.api.periods import From, To, period_of
from otklik.api.route import Route
from otklik.api.routes.reports import sheet_answer
from otklik.api.schemas.alerts import (
    Acknowledgement,
    ActiveHours,
    AlertDetail,
    AlertEventRow,
    AlertPage,
    AlertRow,
    AlertRuleRow,
    AlertRuleSave,
    FigureRow,
    SeverityWord,
    SnoozeRequest,
)
from otklik.api.schemas.base import Id, moment_text
from otklik.api.sign_in import Who, address_of, requires
from otklik.organization import store as organization
from otklik.vocabulary.hours import OpeningHours, Span
from otklik.vocabulary.ids import PersonId
from otklik.vocabulary.refusals import Invalid, NotFound

router = APIRouter(prefix="/api/v1", tags=["alerts"], route_class=Route)

Watches = Annotated[Who, requires(Right.WATCH_BOARD)]
Directs = Annotated[Who, requires(Right.DIRECT_AGENTS, Right.MANAGE_ALERTS)]
Manages = Annotated[Who, requires(Right.MANAGE_ALERTS)]
Form = Annotated[Literal["json", "csv"], Query(alias="format")]
LARGEST_SHEET = 20_000
COLUMNS = (
    "id",
    "rule",
    "severity",
    "figure",
    "scope",
    "place",
    "limit",
    "fired_at",
    "fired_value",
    "worst",
    "cleared_at",
    "cleared_value",
    "cause",
    "lasted_seconds",
    "owner",
    "acknowledged_at",
    "acknowledged_by",
    "snoozed_until",
    "snooze_reason",
)


# --- rules


@router.get("/alerts/figures")
async def list_figures(who: Manages) -> list[FigureRow]:
    """Everything that a rule may look at."""
    return [
        FigureRow(
            name=kind.name,
            unit=kind.unit.value,
            scopes=[scope.value for scope in kind.scopes],
            side=kind.side.value,
            has_basis=kind.has_basis,
        )
        for kind in FIGURES.values()
    ]


@router.get("/alert-rules")
async def list_alert_rules(who: Manages, parts: Serves) -> list[AlertRuleRow]:
    """All of them, with how many of their alerts fire now."""
    async with parts.reading() as connection:
        rules = await store.list_rules(connection, parts.site_id)
        standing = [alert.rule_id for alert in await store.list_open(connection, parts.site_id)]
    return [_rule_row(rule, standing.count(rule.rule_id)) for rule in rules]


@router.post("/alert-rules", status_code=201)
async def create_alert_rule(
    who: Manages, request: Request, parts: Serves, body: AlertRuleSave
) -> AlertRuleRow:
    """A new one: looked at within seconds."""
    return await _save(who, request, parts, body, 0)


@router.put("/alert-rules/{rule_id}")
async def change_alert_rule(
    who: Manages, request: Request, parts: Serves, rule_id: Id, body: AlertRuleSave
) -> AlertRuleRow:
    """Change one; alerts of another limit than before end."""
    return await _save(who, request, parts, body, rule_id)


@router.delete("/alert-rules/{rule_id}", status_code=204)
async def remove_alert_rule(who: Manages, request: Request, parts: Serves, rule_id: Id) -> None:
    """Remove one; what it fired stays in the history."""
    at = parts.clock.now()
    async with parts.writing() as connection:
        if await store.find_rule(connection, parts.site_id, rule_id) is None:
            raise NotFound("unknown_rule", rule_id=rule_id)
        await store.remove_rule(connection, parts.site_id, rule_id, at=at, by=who.person_id)
        await access.note(
            connection,
            "alert_rule.removed",
            by=who,
            at=at,
            address=address_of(request),
            entity="alert_rule",
            entity_id=rule_id,
        )


async def _save(who: Who, request: Request, parts: Parts, body: AlertRuleSave, rule_id: int) -> AlertRuleRow:
    at = parts.clock.now()
    rule = _rule_of(body, rule_id)
    async with parts.writing() as connection:
        await _check_names(connection, parts, body)
        saved = await alerts.save_rule(connection, parts.site_id, rule, at=at, by=who.person_id)
        await access.note(
            connection,
            "alert_rule.changed" if rule_id else "alert_rule.created",
            by=who,
            at=at,
            address=address_of(request),
            entity="alert_rule",
            entity_id=saved,
            facts={"name": body.name, "limit": body.limit, "is_on": body.is_on},
        )
        found = await store.find_rule(connection, parts.site_id, saved)
    assert found is not None, "it was just saved"
    return _rule_row(found, 0)


async def _check_names(connection: Any, parts: Parts, body: AlertRuleSave) -> None:
    """Places, teams and people that a rule names must be there."""
    known = {
        thing: {
            int(getattr(one, f"{thing}_id"))
            for one in await organization.list_things(connection, thing, site_id=parts.site_id)
        }
        for thing in ("queue", "team", "agent")
    }
    if body.scope != "centre":
        _check_ids(body.place_ids, known[body.scope], f"unknown_{body.scope}", "place_ids")
    elif body.place_ids:
        raise Invalid("figure_unfit", "place_ids")
    _check_ids(body.team_ids, known["team"], "unknown_team", "team_ids")
    _check_ids(body.team_receiver_ids, known["team"], "unknown_team", "team_receiver_ids")
    persons = {int(one) for one in await people.names_of(connection)}
    _check_ids(body.person_ids, persons, "unknown_person", "person_ids")
    _check_ids([body.owner_id] if body.owner_id else [], persons, "unknown_person", "owner_id")


def _check_ids(ids: Iterable[int], known: set[int], code: str, place: str) -> None:
    for one in ids:
        if one not in known:
            raise Invalid(code, place, id=one)


def _rule_of(body: AlertRuleSave, rule_id: int) -> Rule:
    return Rule(
        rule_id=rule_id,
        name=body.name,
        figure=body.figure,
        scope=Scope(body.scope),
        place_ids=tuple(dict.fromkeys(body.place_ids)),
        team_ids=tuple(dict.fromkeys(body.team_ids)),
        side=Side(body.side),
        limit=body.limit,
        recover=body.recover,
        lasts=body.lasts_seconds,
        least=body.least,
        severity=Severity(body.severity),
        owner_id=PersonId(body.owner_id or 0),
        hours=None if body.hours is None else _hours_of(body.hours),
        is_on=body.is_on,
        has_sound=body.has_sound,
        receiver_ids=tuple(dict.fromkeys(body.receiver_ids)),
        person_ids=tuple(dict.fromkeys(body.person_ids)),
        team_receiver_ids=tuple(dict.fromkeys(body.team_receiver_ids)),
    )


def _hours_of(given: ActiveHours) -> OpeningHours:
    span = Span(opens=time.fromisoformat(given.since), closes=time.fromisoformat(given.until))
    return OpeningHours(week=tuple((span,) if day in given.days else () for day in range(7)))


def _told_hours(hours: OpeningHours | None) -> ActiveHours | None:
    if hours is None:
        return None
    days = [day for day, spans in enumerate(hours.week) if spans]
    span = hours.week[days[0]][0]
    return ActiveHours(days=days, since=f"{span.opens:%H:%M}", until=f"{span.closes:%H:%M}")


def _rule_row(rule: Rule, standing: int) -> AlertRuleRow:
    return AlertRuleRow(
        id=rule.rule_id,
        name=rule.name,
        figure=rule.figure,
        scope=rule.scope.value,
        place_ids=list(rule.place_ids),
        team_ids=list(rule.team_ids),
        side=rule.side.value,
        limit=rule.limit,
        recover=rule.recover,
        lasts_seconds=rule.lasts,
        least=rule.least,
        severity=rule.severity.value,
        owner_id=rule.owner_id or None,
        hours=_told_hours(rule.hours),
        is_on=rule.is_on,
        has_sound=rule.has_sound,
        receiver_ids=list(rule.receiver_ids),
        person_ids=list(rule.person_ids),
        team_receiver_ids=list(rule.team_receiver_ids),
        standing=standing,
    )


# --- what fires, and what fired


@router.get("/alerts/standing")
async def list_standing_alerts(who: Watches, parts: Serves) -> list[AlertRow]:
    """What fires now in one's sight, the gravest and oldest first."""
    async with parts.reading() as connection:
        found = await alerts_seen(connection, parts, who, await store.list_open(connection, parts.site_id))
        rows = await alert_rows(connection, found)
    grave = list(Severity)
    return sorted(rows, key=lambda row: (-grave.index(Severity(row.severity)), row.id))


@router.get("/alerts", responses={200: {"content": {"text/csv": {}}}}, response_model=AlertPage)
async def list_alerts(  # noqa: PLR0913, the filters of a list
    who: Watches,
    request: Request,
    parts: Serves,
    from_: From,
    to: To,
    rule: Id | None = None,
    scope: Literal["centre", "queue", "team", "agent"] | None = None,
    place: Annotated[int, Query(ge=0)] | None = None,
    severity: SeverityWord | None = None,
    before: Annotated[int, Query(ge=1, le=2**53 - 1)] | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    form: Form = "json",
) -> Any:
    """What fired on these days, newest first; as a table with format=csv."""
    is_sheet = form == "csv"
    async with parts.reading() as connection:
        period = await period_of(connection, parts.site_id, from_, to)
        wanted = store.AlertFilter(
            since=period.since,
            until=period.until,
            rule_id=rule,
            scope=None if scope is None else Scope(scope),
            place_id=place,
            severity=None if severity is None else Severity(severity),
            before=before,
        )
        most = LARGEST_SHEET if is_sheet else limit
        page = await store.list_alerts(connection, parts.site_id, wanted, limit=most)
        rows = await alert_rows(connection, await alerts_seen(connection, parts, who, page))
    if is_sheet:
        cells = [_cells(row) for row in rows]
        return await sheet_answer(who, request, parts, f"alerts-{from_}-{to}", COLUMNS, cells)
    return AlertPage(rows=rows, next=page[-1].alert_id if len(page) == limit else None)


@router.get("/alerts/{alert_id}")
async def find_alert(who: Watches, parts: Serves, alert_id: Id) -> AlertDetail:
    """One, with everything that happened to it."""
    return await _detail(parts, who, alert_id)


@router.post("/alerts/{alert_id}/acknowledge")
async def acknowledge_alert(who: Directs, parts: Serves, alert_id: Id, body: Acknowledgement) -> AlertDetail:
    """Somebody sees to it: oneself, or who is named."""
    async with parts.writing() as connection:
        await _must_see(connection, parts, who, alert_id)
        alert = await alerts.find_standing(connection, parts.site_id, alert_id)
        owner_id = PersonId(body.owner_id or who.person_id)
        if owner_id and owner_id not in await people.names_of(connection):
            raise Invalid("unknown_person", "owner_id", id=int(owner_id))
        await store.acknowledge(
            connection,
            parts.site_id,
            alert.alert_id,
            owner_id=owner_id,
            by=who.person_id,
            at=parts.clock.now(),
        )
    parts.hub.tell_news("alerts", right=Right.WATCH_BOARD)
    return await _detail(parts, who, alert_id)


@router.post("/alerts/{alert_id}/snooze")
async def snooze_alert(who: Directs, parts: Serves, alert_id: Id, body: SnoozeRequest) -> AlertDetail:
    """Quiet at this place for a while, with a reason; it stays in the list."""
    async with parts.writing() as connection:
        await _must_see(connection, parts, who, alert_id)
        await alerts.snooze(
            connection,
            parts.site_id,
            alert_id,
            lasts=timedelta(minutes=body.minutes),
            reason=body.reason,
            by=who.person_id,
            at=parts.clock.now(),
        )
    parts.hub.tell_news("alerts", right=Right.WATCH_BOARD)
    return await _detail(parts, who, alert_id)


@router.post("/alerts/{alert_id}/wake")
async def wake_alert(who: Directs, parts: Serves, alert_id: Id) -> AlertDetail:
    """Loud again."""
    at = parts.clock.now()
    async with parts.writing() as connection:
        await _must_see(connection, parts, who, alert_id)
        await alerts.find_standing(connection, parts.site_id, alert_id)
        await store.snooze(
            connection, parts.site_id, alert_id, until=None, reason="", by=who.person_id, at=at
        )
    parts.hub.tell_news("alerts", right=Right.WATCH_BOARD)
    return await _detail(parts, who, alert_id)


async def _must_see(connection: Any, parts: Parts, who: Who, alert_id: int) -> Alert:
    found = await store.find_alert(connection, parts.site_id, alert_id)
    if found is None or not await alerts_seen(connection, parts, who, [found]):
        raise NotFound("unknown_alert", alert_id=alert_id)
    return found


async def _detail(parts: Parts, who: Who, alert_id: int) -> AlertDetail:
    async with parts.reading() as connection:
        found = await _must_see(connection, parts, who, alert_id)
        (row,) = await alert_rows(connection, [found])
        events = (await store.list_events(connection, parts.site_id, [alert_id])).get(alert_id, [])
        names = await people.names_of(connection)
    return AlertDetail(
        **row.model_dump(),
        events=[
            AlertEventRow(
                at=event.at,
                kind=event.kind,
                value=event.value,
                by_name=names.get(event.person_id, ""),
                note=_told_note(event, names),
            )
            for event in events
        ],
    )


def _told_note(event: store.AlertEvent, names: dict[PersonId, str]) -> str:
    if event.kind == "acknowledged":
        return names.get(PersonId(int(event.note or 0)), "")
    return event.note


async def alerts_seen(connection: Any, parts: Parts, who: Who, found: list[Alert]) -> list[Alert]:
    """Those in one's sight: of all queues and the centre, of one's teams and their agents; of the machine for
    who may see its health."""
    sees_all = who.sees is Sight.ALL
    agents: dict[int, frozenset[int]] = {}
    if not sees_all and any(alert.scope is Scope.AGENT for alert in found):
        agents = {
            int(agent.agent_id): frozenset(map(int, agent.team_ids))
            for agent in await organization.list_things(connection, "agent", site_id=parts.site_id)
        }
    teams = frozenset(map(int, who.team_ids))

    def is_seen(alert: Alert) -> bool:
        if alert.rule.figure in HEALTH:
            return who.may(Right.VIEW_HEALTH)
        if sees_all or alert.scope in (Scope.QUEUE, Scope.CENTRE):
            return True
        if alert.scope is Scope.TEAM:
            return alert.place_id in teams
        return alert.place_id == who.person_id or not teams.isdisjoint(agents.get(alert.place_id, ()))

    return [alert for alert in found if is_seen(alert)]


async def alert_rows(connection: Any, found: list[Alert]) -> list[AlertRow]:
    names = await people.names_of(connection) if found else {}
    return [_row(alert, names) for alert in found]


def _row(alert: Alert, names: dict[PersonId, str]) -> AlertRow:
    def place(scope: Scope) -> int | None:
        return alert.place_id if alert.scope is scope else None

    rule = alert.rule
    return AlertRow(
        id=alert.alert_id,
        rule_id=alert.rule_id,
        rule_name=rule.name,
        figure=rule.figure,
        unit=FIGURES[rule.figure].unit.value if rule.figure in FIGURES else "count",
        side=rule.side.value,
        limit=rule.limit,
        severity=rule.severity.value,
        has_sound=rule.has_sound,
        scope=alert.scope.value,
        place_name=alert.place_name,
        queue_id=place(Scope.QUEUE),
        team_id=place(Scope.TEAM),
        agent_id=place(Scope.AGENT),
        fired_at=alert.fired_at,
        fired_value=alert.fired_value,
        worst=alert.worst,
        cleared_at=alert.cleared_at,
        cleared_value=alert.cleared_value,
        cause=alert.cause.value if alert.cause else None,
        owner_id=alert.owner_id or None,
        owner_name=names.get(alert.owner_id, ""),
        acknowledged_at=alert.acknowledged_at,
        acknowledged_by=names.get(alert.acknowledged_by, ""),
        snoozed_until=alert.snoozed_until,
        snoozed_by=names.get(alert.snoozed_by, ""),
        snooze_reason=alert.snooze_reason,
    )


def _cells(row: AlertRow) -> dict[str, object]:
    lasted = None if row.cleared_at is None else (row.cleared_at - row.fired_at).total_seconds()
    return {
        "id": row.id,
        "rule": row.rule_name,
        "severity": row.severity,
        "figure": row.figure,
        "scope": row.scope,
        "place": row.place_name,
        "limit": row.limit,
        "fired_at": moment_text(row.fired_at),
        "fired_value": row.fired_value,
        "worst": row.worst,
        "cleared_at": moment_text(row.cleared_at) if row.cleared_at else None,
        "cleared_value": row.cleared_value,
        "cause": row.cause,
        "lasted_seconds": lasted,
        "owner": row.owner_name,
        "acknowledged_at": moment_text(row.acknowledged_at) if row.acknowledged_at else None,
        "acknowledged_by": row.acknowledged_by,
        "snoozed_until": moment_text(row.snoozed_until) if row.snoozed_until else None,
        "snooze_reason": row.snooze_reason,
    }
