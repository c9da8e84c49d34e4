"""Which alerts fired when and where, how long they lasted, and who took them."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

from otklik.alerts import store
from otklik.alerts.model import Alert, Cause, Scope, Severity, Side
from otklik.alerts.telling import WORDS, value_text
from otklik.api.periods import period_of
from otklik.api.route import Route
from otklik.api.routes.alerts import alert_rows, alerts_seen
from otklik.api.routes.asked import Asked, AskedReport
from otklik.api.routes.reports import QueueIds
from otklik.api.schemas.alerts import (
    AlertFigures,
    AlertReport,
    AlertRow,
    AlertRuleFigures,
    SeverityWord,
)
from otklik.api.schemas.base import Id
from otklik.reports.alert_measures import ALERT_MEASURES, AlertFacts
from otklik.reports.measures import compute_all

router = APIRouter(prefix="/api/v1", tags=["reports"], route_class=Route)

MOST_LISTED = 1_000
LIST_COLUMNS = (
    "fired_at",
    "rule",
    "place",
    "severity",
    "figure",
    "limit",
    "fired_value",
    "worst",
    "cleared_at",
    "lasted_seconds",
    "cause",
    "taken_by",
    "taken_at",
    "to_take_seconds",
)
RULE_COLUMNS = ("rule", "place", "severity", *(one.name for one in ALERT_MEASURES))


@router.get("/reports/alerts", response_model=AlertReport)
async def report_alerts(
    asked: AskedReport,
    queue: QueueIds = None,
    severity: SeverityWord | None = None,
    scope: Literal["centre", "queue", "team", "agent"] | None = None,
    rule: Id | None = None,
    table: Annotated[Literal["alerts", "rules"], Query(description="what a file holds")] = "alerts",
) -> Any:
    """Alerts that fired on these days in one's sight, the newest first, and what each rule came to. queue:
    only alerts of these queues."""
    parts, who = asked.parts, asked.who
    async with parts.reading() as connection:
        period = await period_of(connection, parts.site_id, asked.first, asked.end)
        wanted = store.AlertFilter(
            since=period.since,
            until=period.until,
            rule_id=rule,
            scope=None if scope is None else Scope(scope),
            severity=None if severity is None else Severity(severity),
        )
        # Sight is of a rule at a place: one alert of each says whether all of them are seen.
        newest = await store.list_newest(connection, parts.site_id, wanted, queue_ids=queue)
        seen = await alerts_seen(connection, parts, who, newest)
        most = None if asked.is_file else MOST_LISTED
        listed = await store.list_alike(connection, parts.site_id, wanted, seen, limit=most)
        total, places = await store.count_alike(connection, parts.site_id, wanted, seen)
        rows = await alert_rows(connection, listed)
    totals = compute_all(ALERT_MEASURES, total)
    by_rule = _by_rule(seen, places)
    as_of = parts.clock.now()
    if asked.is_file and table == "rules":
        lines = [_spoken_rule(row, asked) for row in by_rule]
        return await asked.file(
            "alert-rules",
            RULE_COLUMNS,
            lines,
            zone=period.zone,
            as_of=as_of,
            measures="alerts",
            totals=totals,
        )
    if asked.is_file:
        cells = [_spoken(row, asked) for row in rows]
        return await asked.file(
            "alerts", LIST_COLUMNS, cells, zone=period.zone, as_of=as_of, measures="alerts"
        )
    return AlertReport(
        zone=period.zone.key,
        as_of=as_of,
        rows=rows,
        rules=by_rule,
        totals=AlertFigures.model_validate(dict(totals)),
    )


def _by_rule(seen: Sequence[Alert], places: Mapping[store.Place, AlertFacts]) -> list[AlertRuleFigures]:
    """Each rule at each place, the most frequent first; the newest alert of it says what it is called."""
    names: dict[store.Place, Alert] = {}
    for alert in sorted(seen, key=lambda one: one.alert_id):
        names[alert.rule_id, alert.scope, alert.place_id] = alert
    found = [
        AlertRuleFigures.model_validate(
            {
                "rule_id": alert.rule_id,
                "rule_name": alert.rule.name,
                "severity": alert.rule.severity.value,
                "scope": alert.scope.value,
                "place_name": alert.place_name,
                "place_id": alert.place_id,
                **compute_all(ALERT_MEASURES, places[place]),
            }
        )
        for place, alert in names.items()
    ]
    return sorted(found, key=lambda row: (-row.alerts_fired, row.rule_name, row.place_name))


def _spoken_rule(row: AlertRuleFigures, asked: Asked) -> dict[str, object]:
    words = WORDS[asked.locale] if asked.locale else {}
    return {
        **row.model_dump(),
        "rule": row.rule_name,
        "place": words.get("centre", "centre") if row.scope == "centre" else row.place_name,
        "severity": words.get(row.severity, row.severity),
    }


def _spoken(row: AlertRow, asked: Asked) -> dict[str, object]:
    """Values as people read them; for programs as they are, in the figure's unit."""
    words = WORDS[asked.locale] if asked.locale else {}

    def value(number: float | None) -> object:
        return value_text(number, row.figure, words) if words else number

    sign = "> " if row.side == Side.ABOVE.value else "< "
    lasted = None if row.cleared_at is None else (row.cleared_at - row.fired_at).total_seconds()
    taken = None if row.acknowledged_at is None else (row.acknowledged_at - row.fired_at).total_seconds()
    return {
        "fired_at": row.fired_at,
        "rule": row.rule_name,
        "place": words.get("centre", "centre") if row.scope == "centre" else row.place_name,
        "severity": words.get(row.severity, row.severity),
        "figure": words.get(row.figure, row.figure),
        "limit": f"{sign}{value(row.limit)}" if words else row.limit,
        "fired_value": value(row.fired_value),
        "worst": value(row.worst),
        "cleared_at": row.cleared_at,
        "lasted_seconds": lasted,
        "cause": words.get(Cause(row.cause).value, row.cause) if row.cause else None,
        "taken_by": row.owner_name if row.acknowledged_at else None,
        "taken_at": row.acknowledged_at,
        "to_take_seconds": taken,
    }
