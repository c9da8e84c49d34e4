"""What is learned from recorded days: patience, lengths of talks, arrivals by quarter of an hour.

Customers who were answered did not show how long they would have waited: their waits are censored, and only
with them is patience estimated rightly. The mean wait of those who gave up is several times too small.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import exp
from statistics import fmean, pstdev
from typing import Final

from otklik.simulation.draws import Distribution, EarlyPeak, Exponential, Fixed, LogNormal
from otklik.simulation.recorded import Stay

EARLY: Final = timedelta(seconds=15)
_EARLY_MS: Final = 15_000
_FEW: Final = 30
"""Fewer early abandons than this are no peak that one could trust."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Estimated from `customers` stays, `abandons` of which ended with giving up. mean_ms: of those who do
    not leave in the first seconds; None when nobody ever gave up. early_share: who does, beyond what the mean
    says."""

    customers: int
    abandons: int
    mean_ms: float | None
    early_share: float = 0.0

    def distribution(self) -> Distribution | None:
        """To draw from; None is for ever."""
        if self.mean_ms is None:
            return None
        later = Exponential(timedelta(milliseconds=max(1, round(self.mean_ms))))
        return EarlyPeak(self.early_share, EARLY, later) if self.early_share else later


def estimate_patience(stays: Iterable[Stay], *, with_peak: bool = True) -> Patience:
    """Maximum likelihood for a hazard that is constant within the first 15 s and constant after: abandons in
    a stretch divided by all time waited in it, by the answered and the abandoned alike.

    Without a peak that is certain it is the censored exponential: sum of all waits / number of abandons.
    Source: L. Brown et al. 2005, section 5; E. Kaplan, P. Meier 1958 for the censoring.
    """
    customers = abandons = early = 0
    exposed = exposed_early = 0
    for stay in stays:
        if stay.waited is None:
            continue
        customers += 1
        exposed += stay.waited
        exposed_early += min(stay.waited, _EARLY_MS)
        if stay.is_lost:
            abandons += 1
            early += stay.waited <= _EARLY_MS
    if not abandons or not exposed:
        return Patience(customers, abandons, None)
    late, exposed_late = abandons - early, exposed - exposed_early
    if with_peak and early >= _FEW and late and exposed_late:
        first, then = early / exposed_early, late / exposed_late
        if first > then:
            return Patience(customers, abandons, 1 / then, 1 - exp(-(first - then) * _EARLY_MS))
    return Patience(customers, abandons, exposed / abandons)


def fit_lengths(lengths: Sequence[int]) -> Distribution:
    """A log-normal with the mean and the spread of lengths in milliseconds; fixed when all are the same."""
    mean = timedelta(milliseconds=max(1, round(fmean(lengths))))
    cv = pstdev(lengths) / fmean(lengths) if len(lengths) > 1 and fmean(lengths) > 0 else 0.0
    return LogNormal(mean, cv) if cv > 1e-6 else Fixed(mean)
