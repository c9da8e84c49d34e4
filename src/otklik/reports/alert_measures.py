"""Measures of alerts: how many fired, how long they lasted, how soon somebody took them. Pure.

The facts come from the alerts themselves, which stand in a room above.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from otklik.reports.measures import Definition, Unit, percentile, share


@dataclass(frozen=True, slots=True)
class AlertStory:
    """One alert. lasted_ms None: it goes on. to_take_ms None: nobody took it."""

    lasted_ms: int | None
    to_take_ms: int | None


@dataclass(frozen=True, slots=True)
class AlertFacts:
    """fired = those that are over + those that go on. The medians are no sums."""

    fired: int = 0
    going_on: int = 0
    taken: int = 0
    median_ms: int | None = None
    longest_ms: int | None = None
    take_median_ms: int | None = None


def facts_of(stories: Iterable[AlertStory]) -> AlertFacts:
    """Of alerts that fired in one period."""
    told = list(stories)
    lasted = [one.lasted_ms for one in told if one.lasted_ms is not None]
    taken = [one.to_take_ms for one in told if one.to_take_ms is not None]
    return AlertFacts(
        fired=len(told),
        going_on=len(told) - len(lasted),
        taken=len(taken),
        median_ms=percentile(lasted, 0.5),
        longest_ms=max(lasted, default=None),
        take_median_ms=percentile(taken, 0.5),
    )


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000


ALERT_MEASURES: tuple[Definition[AlertFacts], ...] = (
    Definition("alerts_fired", Unit.COUNT, "alerts that fired in the period", lambda f: f.fired),
    Definition("alerts_going_on", Unit.COUNT, "of them, those that are not over", lambda f: f.going_on),
    Definition(
        name="alert_median_seconds",
        unit=Unit.SECONDS,
        formula="sorted(cleared_at - fired_at of those that are over)[ceil(0.5 * n)]",
        compute=lambda f: _seconds(f.median_ms),
        source="percentile_disc",
    ),
    Definition(
        name="alert_longest_seconds",
        unit=Unit.SECONDS,
        formula="max(cleared_at - fired_at of those that are over)",
        compute=lambda f: _seconds(f.longest_ms),
    ),
    Definition(
        name="alert_taken_share",
        unit=Unit.SHARE,
        formula="alerts that somebody took / alerts_fired",
        compute=lambda f: share(f.taken, f.fired),
    ),
    Definition(
        name="alert_take_median_seconds",
        unit=Unit.SECONDS,
        formula="sorted(acknowledged_at - fired_at of those that somebody took)[ceil(0.5 * n)]",
        compute=lambda f: _seconds(f.take_median_ms),
        source="percentile_disc",
    ),
)
