"""Which rules fire and which alerts are over, by the figures of one moment. Pure.

What fires now is given from the store at each look, so nothing is fired twice, whoever died in between. The
only memory is since when a limit is crossed: after a restart that is counted anew.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from otklik.alerts.model import CENTRE_PLACE, Alert, Cause, Figures, Reading, Rule, Scope, Spot
from otklik.vocabulary.messages import Value

Key = tuple[int, int]
"""A rule and a place."""


class Firing(Value):
    """A rule fires at a place."""

    rule: Rule
    place_id: int
    value: float


class Ending(Value):
    """An alert is over; value: the figure then, None without data."""

    alert: Alert
    cause: Cause
    value: float | None = None


class Worsening(Value):
    """An alert's figure went further on the wrong side."""

    alert: Alert
    value: float


@dataclass(slots=True)
class Verdict:
    """What a look changes."""

    firings: list[Firing] = field(default_factory=list)
    endings: list[Ending] = field(default_factory=list)
    worsenings: list[Worsening] = field(default_factory=list)


@dataclass(slots=True)
class Look:
    """One moment. places: the ids of each scope that exist now; teams_of: of each agent."""

    at: datetime
    zone: str
    figures: Figures
    places: Mapping[Scope, Iterable[int]]
    teams_of: Mapping[int, Iterable[int]] = field(default_factory=dict)


class Judge:
    """Knows since when limits are crossed."""

    def __init__(self) -> None:
        self._since: dict[Key, datetime] = {}

    def judge(self, look: Look, rules: Iterable[Rule], standing: Iterable[Alert]) -> Verdict:
        """standing: the alerts that fire now, as stored."""
        verdict = Verdict()
        by_id = {rule.rule_id: rule for rule in rules if rule.is_on}
        open_alerts = {(alert.rule_id, alert.place_id): alert for alert in standing}
        for alert in open_alerts.values():
            self._look_at(alert, by_id.get(alert.rule_id), look, verdict)
        ended = {(one.alert.rule_id, one.alert.place_id) for one in verdict.endings}
        crossed: set[Key] = set()
        for rule in by_id.values():
            if not _is_in_hours(rule, look):
                continue
            for place_id in places_of(rule, look):
                key = (rule.rule_id, place_id)
                if key in open_alerts and key not in ended:
                    continue
                value = _value(rule, place_id, look)
                if value is None or not rule.is_wrong(value):
                    continue
                crossed.add(key)
                since = self._since.setdefault(key, look.at)
                if look.at - since >= timedelta(seconds=rule.lasts):
                    verdict.firings.append(Firing(rule=rule, place_id=place_id, value=value))
                    crossed.discard(key)
        self._since = {key: since for key, since in self._since.items() if key in crossed}
        return verdict

    @staticmethod
    def _look_at(alert: Alert, rule: Rule | None, look: Look, verdict: Verdict) -> None:
        """Whether an alert is over or worse."""
        value = None if rule is None else _value(rule, alert.place_id, look)
        cause: Cause | None = None
        if rule is None:
            cause = Cause.RULE_GONE
        elif not rule.judges_as(alert.rule) or alert.place_id not in set(places_of(rule, look)):
            cause = Cause.RULE_CHANGED
        elif not _is_in_hours(rule, look):
            cause = Cause.HOURS_OVER
        elif value is None:
            cause = Cause.NO_DATA
        elif rule.is_well(value):
            cause = Cause.RECOVERED
        if cause is not None:
            verdict.endings.append(Ending(alert=alert, cause=cause, value=value))
        elif value is not None and rule is not None and rule.is_worse(value, alert.worst):
            verdict.worsenings.append(Worsening(alert=alert, value=value))


def places_of(rule: Rule, look: Look) -> list[int]:
    """Where a rule looks."""
    if rule.scope is Scope.CENTRE:
        return [CENTRE_PLACE]
    there = set(look.places.get(rule.scope, ()))
    found = there if not rule.place_ids else there.intersection(rule.place_ids)
    if rule.scope is Scope.AGENT and rule.team_ids:
        wanted = set(rule.team_ids)
        found = {one for one in found if not wanted.isdisjoint(look.teams_of.get(one, ()))}
    return sorted(found)


def _value(rule: Rule, place_id: int, look: Look) -> float | None:
    reading = look.figures.get(Spot(rule.figure, rule.scope, place_id), Reading(None))
    return None if reading.basis < rule.least else reading.value


def _is_in_hours(rule: Rule, look: Look) -> bool:
    return rule.hours is None or rule.hours.is_open(look.at, look.zone)
