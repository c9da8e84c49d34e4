"""Rules, alerts and what happened to them, in PostgreSQL. The only SQL of this room.

One open alert for each rule and place: an index of the database sees to that, so two processes that look at
once fire once.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from otklik.alerts.model import Alert, Cause, Rule, Scope, Severity
from otklik.reports.alert_measures import AlertFacts
from otklik.vocabulary.ids import PersonId, SiteId
from otklik.vocabulary.messages import Value

NOBODY = PersonId(0)
_rule = msgspec.json.Decoder(Rule)


class AlertEvent(Value, kw_only=True):
    """Something that happened to an alert. kind: fired, cleared, acknowledged, snoozed, woken. person_id: who
    did it, 0 nobody. note: the reason of a snooze, the cause of an end."""

    event_id: int
    at: datetime
    kind: str
    value: float | None = None
    person_id: PersonId = PersonId(0)
    note: str = ""


class AlertFilter(Value, kw_only=True):
    """Conditions of the history, all of them; None is no condition. before: only older ones than this."""

    since: datetime | None = None
    until: datetime | None = None
    rule_id: int | None = None
    scope: Scope | None = None
    place_id: int | None = None
    severity: Severity | None = None
    before: int | None = None


# --- rules


async def list_rules(connection: Any, site_id: SiteId) -> list[Rule]:
    """Those that were not removed, by name."""
    rows = await connection.fetch(
        "select rule_id, body::text as body from alert_rule"
        " where site_id = $1 and removed_at is null order by lower(body ->> 'name'), rule_id",
        site_id,
    )
    return [_of_rule(row) for row in rows]


async def find_rule(connection: Any, site_id: SiteId, rule_id: int) -> Rule | None:
    """One that was not removed."""
    row = await connection.fetchrow(
        "select rule_id, body::text as body from alert_rule"
        " where site_id = $1 and rule_id = $2 and removed_at is null",
        site_id,
        rule_id,
    )
    return None if row is None else _of_rule(row)


async def save_rule(connection: Any, site_id: SiteId, rule: Rule, *, at: datetime, by: PersonId) -> int:
    """A new one (rule_id 0) or a changed one; gives its id."""
    body = msgspec.json.encode(rule).decode()
    if not rule.rule_id:
        return int(
            await connection.fetchval(
                "insert into alert_rule (site_id, body, changed_at, changed_by) values ($1, $2, $3, $4)"
                " returning rule_id",
                site_id,
                body,
                at,
                by,
            )
        )
    await connection.execute(
        "update alert_rule set body = $3, changed_at = $4, changed_by = $5"
        " where site_id = $1 and rule_id = $2",
        site_id,
        rule.rule_id,
        body,
        at,
        by,
    )
    return rule.rule_id


async def remove_rule(connection: Any, site_id: SiteId, rule_id: int, *, at: datetime, by: PersonId) -> None:
    """It fires no more; what it fired stays in the history."""
    await connection.execute(
        "update alert_rule set removed_at = $3, changed_at = $3, changed_by = $4"
        " where site_id = $1 and rule_id = $2",
        site_id,
        rule_id,
        at,
        by,
    )


def _of_rule(row: Any) -> Rule:
    return msgspec.structs.replace(_rule.decode(row["body"]), rule_id=row["rule_id"])


# --- alerts

_COLUMNS = """
    alert_id, rule_id, scope, place_id, place_name, fired_at, fired_value, worst, rule::text as rule,
    owner_id, cleared_at, cleared_value, cause, acknowledged_at, acknowledged_by, snoozed_until, snoozed_by,
    snooze_reason
"""


async def list_open(connection: Any, site_id: SiteId) -> list[Alert]:
    """What fires now, the oldest first."""
    rows = await connection.fetch(
        f"select {_COLUMNS} from alert where site_id = $1 and cleared_at is null order by alert_id", site_id
    )
    return [_of_alert(row) for row in rows]


async def find_alert(connection: Any, site_id: SiteId, alert_id: int) -> Alert | None:
    """One, over or not."""
    row = await connection.fetchrow(
        f"select {_COLUMNS} from alert where site_id = $1 and alert_id = $2", site_id, alert_id
    )
    return None if row is None else _of_alert(row)


_MATCHES = """
    site_id = $1
    and ($2::timestamptz is null or fired_at >= $2)
    and ($3::timestamptz is null or fired_at < $3)
    and ($4::integer is null or rule_id = $4)
    and ($5::text is null or scope = $5)
    and ($6::integer is null or place_id = $6)
    and ($7::text is null or rule ->> 'severity' = $7)
    and ($8::bigint is null or alert_id < $8)
"""


def _conditions(site_id: SiteId, wanted: AlertFilter) -> tuple[Any, ...]:
    return (
        site_id,
        wanted.since,
        wanted.until,
        wanted.rule_id,
        wanted.scope and wanted.scope.value,
        wanted.place_id,
        wanted.severity and wanted.severity.value,
        wanted.before,
    )


async def list_alerts(
    connection: Any, site_id: SiteId, wanted: AlertFilter, *, limit: int = 100
) -> list[Alert]:
    """The history, newest first: what fired in [since, until)."""
    rows = await connection.fetch(
        f"select {_COLUMNS} from alert where {_MATCHES} order by alert_id desc limit $9",
        *_conditions(site_id, wanted),
        limit,
    )
    return [_of_alert(row) for row in rows]


async def list_newest(
    connection: Any, site_id: SiteId, wanted: AlertFilter, *, queue_ids: Sequence[int] | None = None
) -> list[Alert]:
    """The newest alert of each rule, place and figure, whoever may see it: a period has few of these, however
    often they fired. queue_ids: only of these queues."""
    rows = await connection.fetch(
        f"""
        select distinct on (rule_id, scope, place_id, rule ->> 'figure') {_COLUMNS} from alert
        where {_MATCHES} and ($9::integer[] is null or (scope = 'queue' and place_id = any($9)))
        order by rule_id, scope, place_id, rule ->> 'figure', alert_id desc
        """,
        *_conditions(site_id, wanted),
        queue_ids,
    )
    return [_of_alert(row) for row in rows]


_OF_SEEN = """
    (rule_id, scope, place_id, rule ->> 'figure')
        in (select * from unnest($9::integer[], $10::text[], $11::integer[], $12::text[]))
"""


def _seen(newest: Sequence[Alert]) -> tuple[Any, ...]:
    return (
        [one.rule_id for one in newest],
        [one.scope.value for one in newest],
        [one.place_id for one in newest],
        [one.rule.figure for one in newest],
    )


async def list_alike(
    connection: Any, site_id: SiteId, wanted: AlertFilter, newest: Sequence[Alert], *, limit: int | None
) -> list[Alert]:
    """The history of the rules and places of these alerts, newest first. limit: None is all."""
    rows = await connection.fetch(
        f"select {_COLUMNS} from alert where {_MATCHES} and {_OF_SEEN} order by alert_id desc limit $13",
        *_conditions(site_id, wanted),
        *_seen(newest),
        limit,
    )
    return [_of_alert(row) for row in rows]


Place = tuple[int, Scope, int]
"""Rule, scope and place."""


async def count_alike(
    connection: Any, site_id: SiteId, wanted: AlertFilter, newest: Sequence[Alert]
) -> tuple[AlertFacts, Mapping[Place, AlertFacts]]:
    """What the history of the rules and places of these alerts came to, together and for each."""
    rows = await connection.fetch(
        f"""
        select grouping(rule_id) = 1 as is_total, rule_id, scope, place_id,
            count(*) as fired,
            count(*) - count(lasted_ms) as going_on,
            count(taken_ms) as taken,
            percentile_disc(0.5) within group (order by lasted_ms) as median_ms,
            max(lasted_ms) as longest_ms,
            percentile_disc(0.5) within group (order by taken_ms) as take_median_ms
        from (
            select rule_id, scope, place_id,
                (extract(epoch from cleared_at - fired_at) * 1000)::bigint as lasted_ms,
                (extract(epoch from acknowledged_at - fired_at) * 1000)::bigint as taken_ms
            from alert where {_MATCHES} and {_OF_SEEN}
        ) as seen
        group by grouping sets ((rule_id, scope, place_id), ())
        """,
        *_conditions(site_id, wanted),
        *_seen(newest),
    )
    total, places = AlertFacts(), {}
    for row in rows:
        facts = AlertFacts(
            fired=row["fired"],
            going_on=row["going_on"],
            taken=row["taken"],
            median_ms=row["median_ms"],
            longest_ms=row["longest_ms"],
            take_median_ms=row["take_median_ms"],
        )
        if row["is_total"]:
            total = facts
        else:
            places[row["rule_id"], Scope(row["scope"]), row["place_id"]] = facts
    return total, places


async def fire(
    connection: Any,
    site_id: SiteId,
    rule: Rule,
    place_id: int,
    place_name: str,
    value: float,
    *,
    at: datetime,
) -> Alert | None:
    """A new alert with its event; None if one stands there already. A snooze of the one before goes on."""
    row = await connection.fetchrow(
        f"""
        insert into alert (
            site_id, rule_id, scope, place_id, place_name, fired_at, fired_value, worst, rule, owner_id,
            snoozed_until, snoozed_by, snooze_reason
        )
        select $1, $2, $3, $4, $5, $6, $7, $7, $8::jsonb, $9, b.snoozed_until, coalesce(b.snoozed_by, 0),
            coalesce(b.snooze_reason, '')
        from (select 1) as one left join lateral (
            select snoozed_until, snoozed_by, snooze_reason from alert
            where site_id = $1 and rule_id = $2 and place_id = $4 and snoozed_until > $6
            order by alert_id desc limit 1
        ) as b on true
        on conflict do nothing
        returning {_COLUMNS}
        """,
        site_id,
        rule.rule_id,
        rule.scope.value,
        place_id,
        place_name,
        at,
        value,
        msgspec.json.encode(rule).decode(),
        rule.owner_id,
    )
    if row is None:
        return None
    alert = _of_alert(row)
    await note_event(connection, site_id, alert.alert_id, "fired", at=at, value=value)
    return alert


async def clear(
    connection: Any, site_id: SiteId, alert_id: int, cause: Cause, value: float | None, *, at: datetime
) -> bool:
    """It is over; False if it was before."""
    cleared = await connection.fetchval(
        "update alert set cleared_at = $3, cleared_value = $4, cause = $5"
        " where site_id = $1 and alert_id = $2 and cleared_at is null returning 1",
        site_id,
        alert_id,
        at,
        value,
        cause.value,
    )
    if cleared:
        await note_event(connection, site_id, alert_id, "cleared", at=at, value=value, note=cause.value)
    return bool(cleared)


async def worsen(connection: Any, site_id: SiteId, alert_id: int, value: float) -> None:
    """The figure went further."""
    await connection.execute(
        "update alert set worst = $3 where site_id = $1 and alert_id = $2", site_id, alert_id, value
    )


async def acknowledge(
    connection: Any, site_id: SiteId, alert_id: int, *, owner_id: PersonId, by: PersonId, at: datetime
) -> None:
    """Somebody sees to it."""
    await connection.execute(
        "update alert set acknowledged_at = $3, acknowledged_by = $4, owner_id = $5"
        " where site_id = $1 and alert_id = $2",
        site_id,
        alert_id,
        at,
        by,
        owner_id,
    )
    await note_event(connection, site_id, alert_id, "acknowledged", at=at, by=by, note=str(owner_id))


async def snooze(
    connection: Any,
    site_id: SiteId,
    alert_id: int,
    *,
    until: datetime | None,
    reason: str,
    by: PersonId,
    at: datetime,
) -> None:
    """Quiet until then; until None wakes it."""
    await connection.execute(
        "update alert set snoozed_until = $3, snoozed_by = $4, snooze_reason = $5"
        " where site_id = $1 and alert_id = $2",
        site_id,
        alert_id,
        until,
        by,
        reason,
    )
    kind = "woken" if until is None else "snoozed"
    await note_event(connection, site_id, alert_id, kind, at=at, by=by, note=reason)


async def note_event(  # noqa: PLR0913 - one argument per column
    connection: Any,
    site_id: SiteId,
    alert_id: int,
    kind: str,
    *,
    at: datetime,
    value: float | None = None,
    by: PersonId = NOBODY,
    note: str = "",
) -> None:
    """Write down what happened to an alert."""
    await connection.execute(
        "insert into alert_event (site_id, alert_id, at, kind, value, person_id, note)"
        " values ($1, $2, $3, $4, $5, $6, $7)",
        site_id,
        alert_id,
        at,
        kind,
        value,
        by,
        note,
    )


async def list_events(
    connection: Any, site_id: SiteId, alert_ids: Sequence[int]
) -> dict[int, list[AlertEvent]]:
    """What happened to these alerts, in order."""
    rows = await connection.fetch(
        "select alert_id, event_id, at, kind, value, person_id, note from alert_event"
        " where site_id = $1 and alert_id = any($2::bigint[]) order by event_id",
        site_id,
        list(alert_ids),
    )
    found: dict[int, list[AlertEvent]] = {}
    for row in rows:
        found.setdefault(row["alert_id"], []).append(
            AlertEvent(
                **{name: row[name] for name in ("event_id", "at", "kind", "value", "person_id", "note")}
            )
        )
    return found


async def last_event(connection: Any, site_id: SiteId) -> int:
    """The newest event's id: whether there is news."""
    return int(
        await connection.fetchval(
            "select coalesce(max(event_id), 0) from alert_event where site_id = $1", site_id
        )
    )


def _of_alert(row: Any) -> Alert:
    found = dict(row)
    rule = msgspec.structs.replace(_rule.decode(found.pop("rule")), rule_id=found["rule_id"])
    scope, cause = Scope(found.pop("scope")), found.pop("cause")
    return Alert(**found, rule=rule, scope=scope, cause=Cause(cause) if cause else None)
