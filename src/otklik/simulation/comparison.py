"""Scenario against scenario. Both meet the same customers (common random numbers), so the difference within
one replication says more than the difference of two means: its confidence is that of paired values."""

from collections.abc import Sequence
from statistics import fmean
from typing import Final

from otklik.simulation.results import SPREAD, Row, half_width, percentiles, totals_of
from otklik.simulation.run import Result
from otklik.simulation.scenario import Scenario

COMPARED: Final = (*SPREAD, "abandoned", "answered", "agents_at_work")


def compare(
    first: tuple[Scenario, Sequence[Result]], second: tuple[Scenario, Sequence[Result]]
) -> dict[str, Row]:
    """By measure: its mean over replications in both, the mean difference (second - first) with the half
    width of its 95 % confidence interval, its percentiles, and whether it is certain that there is one."""
    rows = [[totals_of(scenario, one.statistics) for one in results] for scenario, results in (first, second)]
    found: dict[str, Row] = {}
    for name in COMPARED:
        pairs = [
            (one[name], other[name])
            for one, other in zip(*rows, strict=True)
            if one[name] is not None and other[name] is not None
        ]
        if not pairs:
            found[name] = {"first": None, "second": None, "difference": None}
            continue
        differences = [other - one for one, other in pairs]
        width = half_width(differences)
        difference = fmean(differences)
        found[name] = {
            "first": fmean(one for one, _ in pairs),
            "second": fmean(other for _, other in pairs),
            "difference": difference,
            "half_width_95": width,
            "is_certain": None if width is None else abs(difference) > width,
            "percentiles": percentiles(differences),
        }
    return found
