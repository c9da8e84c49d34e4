"""Measures of alerts: how many fired, how long they lasted, how soon somebody took them. Pure.

The facts are counted from the alerts themselves, which stand in a room above.
"""

from dataclasses import dataclass

from otklik.reports.measures import Definition, Unit, share


@dataclass(frozen=True, slots=True)
class AlertFacts:
    """fired = those that are over + those that go on: these have no length, those that nobody took no time
    until taken. The medians are no sums."""

    fired: int = 0
    going_on: int = 0
    taken: int = 0
    median_ms: int | None = None
    longest_ms: int | None = None
    take_median_ms: int | None = None


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
