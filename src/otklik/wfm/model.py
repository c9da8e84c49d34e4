"""A day's load by interval, the rules by which it is staffed, and what comes of it."""

from dataclasses import dataclass
from typing import Final, Literal

Formula = Literal[
    "answered_or_abandoned_in_time/offered",
    "answered_in_time/answered",
    "answered_in_time/offered",
    "answered_in_time/offered_without_abandoned_in_time",
    "answered_in_time_or_short_abandoned/offered",
    "answered_in_time/offered_without_short_abandons",
]
"""Service levels by the names of the measures (F1 ... F6)."""

MINUTES_OF_A_DAY: Final = 1440


@dataclass(frozen=True, slots=True)
class Interval:
    """Load of [start, end), minutes since midnight; an end beyond 1440 is the next day. calls: expected
    arrivals; aht: mean handling time in seconds, 0 only without calls."""

    start: int
    end: int
    calls: float
    aht: float

    @property
    def seconds(self) -> float:
        return (self.end - self.start) * 60.0

    @property
    def rate(self) -> float:
        """Arrivals per second."""
        return self.calls / self.seconds


Profile = tuple[Interval, ...]
"""In order, none overlaps another; there may be gaps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffingRules:
    """What is promised, and what people bear. Times in seconds, shares in (0, 1].

    max_occupancy: 0.85 for small or stressful work, 0.88 otherwise; above some 45 erlangs it decides, not the
    service level. max_abandonment: 80/20 alone permits 8 %. shrinkage: paid time not available, in [0, 1);
    activities that stand in the schedule (lunch, meetings) must not be in it. is_lagged: staff for the calls
    of one handling time before, since that is how long they keep agents busy.
    """

    target: float = 0.8
    threshold: float = 20.0
    formula: Formula = "answered_in_time/offered"
    short_abandon: float = 5.0
    patience: float = 180.0
    max_occupancy: float = 0.88
    max_abandonment: float = 0.05
    shrinkage: float = 0.3
    is_lagged: bool = True


@dataclass(frozen=True, slots=True)
class Requirement:
    """Fewest agents of an interval. load: erlangs staffed for. agents: at work; agents_gross: to be paid for.
    The figures are None without calls."""

    interval: Interval
    load: float
    agents: int
    agents_gross: int
    service_level: float | None
    occupancy: float | None
    abandonment: float | None

    def row(self) -> dict[str, float | int | str | None]:
        """As programs read it."""
        return {
            "from": clock(self.interval.start),
            "to": clock(self.interval.end),
            "calls": self.interval.calls,
            "aht_seconds": self.interval.aht,
            "load_erlangs": self.load,
            "agents": self.agents,
            "agents_gross": self.agents_gross,
            "service_level": self.service_level,
            "occupancy": self.occupancy,
            "abandonment_rate": self.abandonment,
        }


def clock(minutes: int) -> str:
    """Minutes since midnight as 09:30; midnight at the end of a day is 24:00, then 00:15 (+1)."""
    if minutes <= MINUTES_OF_A_DAY:
        return f"{minutes // 60:02}:{minutes % 60:02}"
    return f"{minutes // 60 - 24:02}:{minutes % 60:02}"
