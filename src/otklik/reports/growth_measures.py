"""Measures of growth: the trend of inbound calls, long days of agents, what one more agent brings. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from otklik.reports.measures import OCCUPANCY, AgentFacts, Definition, Unit

LONG_DAY = 100
"""Contacts of one agent in one day; after the hundredth, productivity falls."""
FEWEST_WEEKS = 4
FEWEST_INTERCHANGEABLE = 2

# Student's t, 97.5 %, for 1, 2, ... degrees of freedom (NIST/SEMATECH e-Handbook, 1.3.6.7.2).
_T = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228),
    *(2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086),
    *(2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042),
)
MOST_WEEKS = len(_T) + 2


@dataclass(frozen=True, slots=True)
class Trend:
    """Calls per week, more or fewer each week. slope, low, high: None with fewer than four weeks; low and
    high bound the true slope with 95 % confidence. verdict: `grows`, `falls`, `unclear` or `too_short`."""

    weeks: int
    mean: float | None
    slope: float | None
    low: float | None
    high: float | None
    verdict: str


def trend_of(calls: Sequence[int]) -> Trend:
    """Of the calls of whole weeks that follow each other, the oldest first; at most 32.

    Source: ordinary least squares, slope = Sxy / Sxx, its interval by Student's t with n - 2 degrees of
    freedom; Draper, Smith 1998, "Applied Regression Analysis", 3rd ed., 1.4. Weeks are taken as independent.
    """
    count = len(calls)
    mean = sum(calls) / count if count else None
    if mean is None or count < FEWEST_WEEKS:
        return Trend(count, mean, None, None, None, "too_short")
    middle = (count - 1) / 2
    spread = sum((week - middle) ** 2 for week in range(count))
    slope = sum((week - middle) * (number - mean) for week, number in enumerate(calls)) / spread
    left = sum((number - mean - slope * (week - middle)) ** 2 for week, number in enumerate(calls))
    half = _T[count - 3] * sqrt(left / (count - 2) / spread)
    low, high = slope - half, slope + half
    verdict = "grows" if low > 0 else "falls" if high < 0 else "unclear"
    return Trend(count, mean, slope, low, high, verdict)


NO_TREND, NO_WORK = trend_of(()), AgentFacts()


@dataclass(frozen=True, slots=True)
class GrowthFacts:
    """days: agent-days with at least one contact handled. long_days: of them, those over the limit. most: of
    one agent on one day. agents: sums of the agents' time and work."""

    trend: Trend = NO_TREND
    days: int = 0
    long_days: int = 0
    most: int | None = None
    agents: AgentFacts = NO_WORK


_LEAST_SQUARES = "ordinary least squares over whole weeks; 95 % interval by Student's t, weeks as independent"

GROWTH_MEASURES: tuple[Definition[GrowthFacts], ...] = (
    Definition(
        name="weekly_calls",
        unit=Unit.COUNT,
        formula="inbound interactions of whole weeks / weeks",
        compute=lambda f: f.trend.mean,
    ),
    Definition(
        name="weekly_growth",
        unit=Unit.COUNT,
        formula="sum((week - mean week) * (calls - mean calls)) / sum((week - mean week)^2)",
        compute=lambda f: f.trend.slope,
        source=_LEAST_SQUARES,
    ),
    Definition(
        name="long_days",
        unit=Unit.COUNT,
        formula="agent-days with more than N contacts handled",
        compute=lambda f: f.long_days if f.days else None,
        parameters=("long_day",),
    ),
    Definition(
        name="most_handled",
        unit=Unit.COUNT,
        formula="max(handled of an agent on a day)",
        compute=lambda f: f.most,
    ),
    Definition(
        name="handled_per_day",
        unit=Unit.COUNT,
        formula="handled / agent-days with a contact handled",
        compute=lambda f: f.agents.handled / f.days if f.days else None,
    ),
    Definition(
        name=OCCUPANCY.name,
        unit=OCCUPANCY.unit,
        formula=OCCUPANCY.formula,
        compute=lambda f: OCCUPANCY(f.agents),
        source=OCCUPANCY.source,
    ),
)


@dataclass(frozen=True, slots=True)
class PeakFacts:
    """A half hour of a weekday. agents: present and not paused, as a mean. level, level_with_one: shares that
    are answered in time by the formula, with these and with one agent more."""

    calls: float = 0.0
    agents: float | None = None
    level: float | None = None
    level_with_one: float | None = None


def _brought(facts: PeakFacts) -> float | None:
    if facts.level is None or facts.level_with_one is None:
        return None
    return (facts.level_with_one - facts.level) * facts.calls


_ERLANG = "Erlang A where patience is known (20 abandoned), else Erlang C; see the calculator"

PEAK_MEASURES: tuple[Definition[PeakFacts], ...] = (
    Definition("peak_calls", Unit.COUNT, "offered / such half hours in the period", lambda f: f.calls),
    Definition(
        name="peak_agents",
        unit=Unit.COUNT,
        formula="time of agents who fit, signed in and not paused / 30 minutes / such half hours",
        compute=lambda f: f.agents,
    ),
    Definition(
        name="peak_level",
        unit=Unit.SHARE,
        formula="P(wait <= T) with peak_agents, without short abandons",
        compute=lambda f: f.level,
        source=_ERLANG,
    ),
    Definition(
        name="peak_level_with_one",
        unit=Unit.SHARE,
        formula="P(wait <= T) with peak_agents + 1, without short abandons",
        compute=lambda f: f.level_with_one,
        source=_ERLANG,
    ),
    Definition(
        name="one_more_brings",
        unit=Unit.COUNT,
        formula="(peak_level_with_one - peak_level) * peak_calls",
        compute=_brought,
        source=_ERLANG,
    ),
)


@dataclass(frozen=True, slots=True)
class CoverFacts:
    """Agents for a queue: fitting by their skills and levels; of them, those who were signed in."""

    fitting: int = 0
    seen: int = 0


COVER_MEASURES: tuple[Definition[CoverFacts], ...] = (
    Definition(
        name="fitting_agents",
        unit=Unit.COUNT,
        formula="active agents with every skill of the queue at its level",
        compute=lambda f: f.fitting,
    ),
    Definition(
        name="interchangeable_agents",
        unit=Unit.COUNT,
        formula="fitting_agents who were signed in during the period",
        compute=lambda f: f.seen,
    ),
)
