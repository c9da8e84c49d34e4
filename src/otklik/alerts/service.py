"""What is asked of alerts: rules are checked and saved, alerts taken over and put to sleep, looks stored."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from otklik.alerts import store
from otklik.alerts.judge import Verdict
from otklik.alerts.model import FIGURES, Alert, Rule, Scope, Side, Unit
from otklik.vocabulary.ids import PersonId, SiteId
from otklik.vocabulary.refusals import Invalid, NotFound, Refused
from otklik.vocabulary.text import name_of

LONGEST_SNOOZE = timedelta(days=7)
MOST_RULES = 500


def check_rule(rule: Rule) -> None:
    """Raises Invalid with the place: unknown_figure, figure_unfit, limit_unfit, recover_unfit,
    least_unfit."""
    kind = FIGURES.get(rule.figure)
    if kind is None:
        raise Invalid("unknown_figure", "figure", detail=rule.figure)
    if rule.scope not in kind.scopes:
        raise Invalid("figure_unfit", "scope", detail=rule.figure)
    highest = 1.0 if kind.unit is Unit.SHARE else 1e6
    for place, value in (("limit", rule.limit), ("recover", rule.recover)):
        if value is not None and not 0 <= value <= highest:
            raise Invalid("limit_unfit", place, highest=highest)
    if rule.recover is not None:
        is_beyond = rule.recover > rule.limit if rule.side is Side.ABOVE else rule.recover < rule.limit
        if is_beyond:
            raise Invalid("recover_unfit", "recover")
    if rule.least and not kind.has_basis:
        raise Invalid("least_unfit", "least")
    if rule.team_ids and rule.scope is not Scope.AGENT:
        raise Invalid("figure_unfit", "team_ids", detail=rule.figure)


async def save_rule(connection: Any, site_id: SiteId, rule: Rule, *, at: datetime, by: PersonId) -> int:
    """Save a rule; gives its id. Invalid as `check_rule`; NotFound `unknown_rule`; Refused
    `too_many_rules`."""
    name_of(rule.name)
    check_rule(rule)
    if rule.rule_id:
        if await store.find_rule(connection, site_id, rule.rule_id) is None:
            raise NotFound("unknown_rule", rule_id=rule.rule_id)
    elif len(await store.list_rules(connection, site_id)) >= MOST_RULES:
        raise Refused("too_many_rules", limit=MOST_RULES)
    return await store.save_rule(connection, site_id, rule, at=at, by=by)


async def find_standing(connection: Any, site_id: SiteId, alert_id: int) -> Alert:
    """One that fires now. NotFound `unknown_alert`; Refused `alert_over`."""
    found = await store.find_alert(connection, site_id, alert_id)
    if found is None:
        raise NotFound("unknown_alert", alert_id=alert_id)
    if found.cleared_at is not None:
        raise Refused("alert_over", alert_id=alert_id)
    return found


async def snooze(
    connection: Any,
    site_id: SiteId,
    alert_id: int,
    *,
    lasts: timedelta,
    reason: str,
    by: PersonId,
    at: datetime,
) -> None:
    """Quiet for a while, at this place, if it fires anew too. Invalid `snooze_unfit`, `required`."""
    await find_standing(connection, site_id, alert_id)
    if not timedelta(0) < lasts <= LONGEST_SNOOZE:
        raise Invalid("snooze_unfit", "minutes")
    if not reason.strip():
        raise Invalid("required", "reason")
    await store.snooze(connection, site_id, alert_id, until=at + lasts, reason=reason.strip(), by=by, at=at)


async def settle(
    connection: Any,
    site_id: SiteId,
    verdict: Verdict,
    names: Mapping[tuple[Scope, int], str],
    *,
    at: datetime,
) -> tuple[list[Alert], list[Alert]]:
    """Store what a look changed, in the caller's transaction; gives the alerts that fired and those that are
    over."""
    fired, cleared = [], []
    for ending in verdict.endings:
        if await store.clear(connection, site_id, ending.alert.alert_id, ending.cause, ending.value, at=at):
            found = await store.find_alert(connection, site_id, ending.alert.alert_id)
            if found is not None:
                cleared.append(found)
    for firing in verdict.firings:
        name = names.get((firing.rule.scope, firing.place_id), "")
        alert = await store.fire(connection, site_id, firing.rule, firing.place_id, name, firing.value, at=at)
        if alert is not None:
            fired.append(alert)
    for worse in verdict.worsenings:
        await store.worsen(connection, site_id, worse.alert.alert_id, worse.value)
    return fired, cleared
