"""Fewest agents per interval by Erlang A, on the load that really keeps agents busy.

A customer who calls now keeps an agent busy on average one handling time from now, so an interval is staffed
for the calls that arrive one handling time before (lag-SIPP). What arrives before the first interval, or in a
gap, is taken to be what the interval behind it begins with: at opening, customers already wait.
"""

from collections.abc import Sequence
from math import ceil

from otklik.simulation.erlang import Steady, impatient_queue
from otklik.simulation.erlang.calculator import fewest
from otklik.wfm.model import Interval, Profile, Requirement, StaffingRules

MOST_AGENTS = 100_000
_ROUNDED = 1e-9

WITHIN_THRESHOLD = (
    "answered_or_abandoned_in_time/offered",
    "answered_in_time/offered_without_abandoned_in_time",
)
LEVELS: dict[str, str] = {
    "answered_or_abandoned_in_time/offered": "service_level_counting_short_abandons",
    "answered_in_time/answered": "service_level_of_answered",
    "answered_in_time/offered": "service_level",
    "answered_in_time/offered_without_abandoned_in_time": "service_level_without_short_abandons",
    "answered_in_time_or_short_abandoned/offered": "service_level_counting_short_abandons",
    "answered_in_time/offered_without_short_abandons": "service_level_without_short_abandons",
}
"""Which figure each formula reads."""


def requirements(profile: Profile, rules: StaffingRules) -> tuple[Requirement, ...]:
    """Fewest agents for each interval. Refuses `target_unreachable` above 100,000 agents.

    Source: Erlang A as in `simulation.erlang.impatient`; the lag: L. V. Green, P. J. Kolesar, J. Soares 2001,
    "Improving the SIPP approach for staffing service systems that have cyclic demands" (lag-avg).
    """
    return tuple(
        requirement(one, lagged_rate(profile, place) if rules.is_lagged else one.rate, rules)
        for place, one in enumerate(profile)
    )


def requirement(interval: Interval, rate: float, rules: StaffingRules) -> Requirement:
    """Fewest agents for a steady rate of calls per second."""
    if rate <= 0 or interval.calls <= 0:
        return Requirement(interval, 0.0, 0, 0, None, None, None)
    load = rate * interval.aht
    seen: dict[int, Steady] = {}

    def is_enough(agents: int) -> bool:
        found = seen[agents] = steady(rate, interval.aht, agents, rules)
        return (
            level_of(found, rules) >= rules.target
            and found.occupancy <= rules.max_occupancy
            and found.abandonment <= rules.max_abandonment
        )

    # No more are busy than there is load, so the cap of occupancy is never passed with more than load / cap.
    agents = fewest(is_enough, most=MOST_AGENTS, guess=min(load / rules.max_occupancy, MOST_AGENTS))
    found = seen[agents]
    return Requirement(
        interval,
        load,
        agents,
        gross(agents, rules.shrinkage),
        level_of(found, rules),
        found.occupancy,
        found.abandonment,
    )


def steady(rate: float, aht: float, agents: int, rules: StaffingRules) -> Steady:
    """Erlang A; short abandons are those that the formula speaks of."""
    return impatient_queue(
        arrivals=rate,
        handling=aht,
        patience=rules.patience,
        agents=agents,
        threshold=rules.threshold,
        short_abandon=rules.threshold if rules.formula in WITHIN_THRESHOLD else rules.short_abandon,
    )


def level_of(found: Steady, rules: StaffingRules) -> float:
    """The service level by the formula of the rules."""
    level: float = getattr(found, LEVELS[rules.formula])
    return level


def lagged_rate(profile: Profile, place: int) -> float:
    """Mean arrivals per second in the interval moved back by its handling time."""
    own = profile[place]
    lag = own.aht / 60
    start, end = own.start - lag, own.end - lag
    arrived, covered = 0.0, 0.0
    for one in profile[: place + 1]:
        overlap = min(one.end, end) - max(one.start, start)
        if overlap > 0:
            arrived += overlap * 60 * one.rate
            covered += overlap
    uncovered = max(end - start - covered, 0.0)
    return (arrived + uncovered * 60 * _rate_at_opening(profile, place)) / own.seconds


def _rate_at_opening(profile: Profile, place: int) -> float:
    """Rate of the interval with which the stretch without a gap begins that this one belongs to."""
    while place > 0 and profile[place - 1].end == profile[place].start:
        place -= 1
    return profile[place].rate


def gross(agents: int, shrinkage: float) -> int:
    """Agents to be paid for: net / (1 - s), rounded up once, at the end; never net x (1 + s)."""
    return ceil(agents / (1 - shrinkage) - _ROUNDED)


def totals(found: Sequence[Requirement]) -> dict[str, float | int]:
    """The day in sum: hours of work, and the most agents at once."""
    hours = [one.interval.seconds / 3600 for one in found]
    return {
        "calls": sum(one.interval.calls for one in found),
        "most_agents": max(one.agents for one in found),
        "agent_hours": sum(one.agents * each for one, each in zip(found, hours, strict=True)),
        "agent_hours_gross": sum(one.agents_gross * each for one, each in zip(found, hours, strict=True)),
    }
