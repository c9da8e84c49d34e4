"""Chance, drawn ahead: arrivals, lengths of talks, patience, ringing. One stream per purpose, queue and day,
so that another agent, or longer talks, shift no other draw (common random numbers: two scenarios meet the
same customers, and the hundredth customer of a day is the same person when more of them call)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import log, sqrt
from typing import Protocol

import numpy as np

from otklik.vocabulary.time import duration_ms

DAY_MS = 86_400_000
MILLISECONDS_PER_HOUR = 3_600_000

Numbers = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


class Distribution(Protocol):
    """Lengths of time."""

    def draw(self, generator: np.random.Generator, count: int) -> list[int]:
        """`count` lengths in whole milliseconds, none negative."""
        ...


@dataclass(frozen=True, slots=True)
class Fixed:
    """Always the same."""

    length: timedelta = timedelta()

    def draw(self, generator: np.random.Generator, count: int) -> list[int]:
        return [duration_ms(self.length)] * count


@dataclass(frozen=True, slots=True)
class Exponential:
    """Without memory; `mean` is all there is to know."""

    mean: timedelta

    def draw(self, generator: np.random.Generator, count: int) -> list[int]:
        return whole(generator.exponential(duration_ms(self.mean), count))


@dataclass(frozen=True, slots=True)
class LogNormal:
    """As lengths of real talks are: `cv` is the standard deviation divided by the mean.

    Source: L. Brown et al. 2005, "Statistical analysis of a telephone call center: a queueing-science
    perspective", section 4 (service times are very nearly log-normal).
    """

    mean: timedelta
    cv: float

    def draw(self, generator: np.random.Generator, count: int) -> list[int]:
        variance = log(1 + self.cv * self.cv)
        location = log(duration_ms(self.mean)) - variance / 2
        return whole(generator.lognormal(location, sqrt(variance), count))


@dataclass(frozen=True, slots=True)
class EarlyPeak:
    """Patience with an early peak: a share of the customers leaves within the first seconds, at any moment of
    them alike; the others have the patience of `later`.

    Source: L. Brown et al. 2005, section 5: the hazard of hanging up peaks in the first 15 s and is flat
    after.
    """

    share: float
    within: timedelta
    later: Distribution

    def draw(self, generator: np.random.Generator, count: int) -> list[int]:
        # Three streams of its own: the same customer stays the same when more of them are drawn.
        chooses, leaves, waits = generator.spawn(3)
        is_early = chooses.uniform(0, 1, count) < self.share
        early = leaves.uniform(0, duration_ms(self.within), count)
        later = self.later.draw(waits, count)
        return whole(np.where(is_early, early, later))


@dataclass(frozen=True, slots=True)
class Recorded:
    """Lengths that really happened, in milliseconds: drawn from them with putting back (bootstrap)."""

    lengths: tuple[int, ...]

    def draw(self, generator: np.random.Generator, count: int) -> list[int]:
        lengths = self.lengths
        places: list[int] = generator.integers(0, len(lengths), count).tolist()
        return [lengths[place] for place in places]


@dataclass(frozen=True, slots=True)
class Arrivals:
    """A Poisson process whose rate is constant within each step: calls per hour, from midnight on; after the
    last step the rates begin anew, so one rate is for ever and 96 quarters of an hour are a day.

    day_cv: spread of whole days: each day's rates are multiplied by a Gamma factor with mean 1 and this
    standard deviation. Days of queues with the same `day_cv` have the same factor: a busy day is busy for
    all.

    Source: A. N. Avramidis, A. Deslauriers, P. L'Ecuyer 2004, "Modeling daily arrivals to a telephone call
    center" (a Poisson process with a random factor for the day).
    """

    per_hour: tuple[float, ...]
    step: timedelta = timedelta(minutes=15)
    day_cv: float = 0.0

    @classmethod
    def steady(cls, per_hour: float) -> "Arrivals":
        """The same rate all the time."""
        return cls(per_hour=(per_hour,), step=timedelta(days=1))

    def expected(self, duration: timedelta) -> float:
        """Calls to expect in a run of this length."""
        _, heights = self._heights(0, duration_ms(duration), 1.0)
        return float(heights[-1])

    def draw(
        self, gaps: np.random.Generator, factors: np.random.Generator, start: int, stop: int
    ) -> list[int]:
        """Moments of arrival in [start, stop), milliseconds of the run within one day, in order.

        A process of rate 1 is stretched by the rates: the i-th customer is the same one under other rates.
        """
        factor = 1.0
        if self.day_cv:
            shape = 1 / self.day_cv**2
            factor = float(factors.standard_gamma(shape)) / shape
        edges, heights = self._heights(start, stop, factor)
        end = float(heights[-1])
        unit = np.zeros(0)
        last = 0.0
        while last < end:
            more = last + np.cumsum(gaps.exponential(1.0, max(64, int((end - last) * 1.1) + 16)))
            unit = np.concatenate((unit, more))
            last = float(more[-1])
        unit = unit[: int(np.searchsorted(unit, end))]
        # Rounding down keeps the last one inside.
        found: list[int] = np.interp(unit, heights, edges).astype(np.int64).tolist()
        return found

    def _heights(self, start: int, stop: int, factor: float) -> tuple[Numbers, Numbers]:
        """Edges of the steps, and how many calls are expected until each."""
        step = duration_ms(self.step)
        edges = np.array([start, *range((start // step + 1) * step, stop, step), stop], dtype=np.float64)
        places = (edges[:-1] // step).astype(np.int64) % len(self.per_hour)
        rates = np.asarray(self.per_hour)[places] * (factor / MILLISECONDS_PER_HOUR)
        return edges, np.concatenate(([0.0], np.cumsum(np.diff(edges) * rates)))


class Streams:
    """Independent generators, all from one seed, which is recorded with the run. `replication` makes another
    run of the same scenario."""

    __slots__ = ("replication", "seed")

    def __init__(self, seed: int, replication: int = 0) -> None:
        self.seed = seed
        self.replication = replication

    def stream(self, purpose: str, *place: str | int) -> np.random.Generator:
        """The stream of one purpose at one place (a queue's name, a day); the same words give the same
        draws."""
        key = [self.replication, *purpose.encode()]
        for word in place:
            key.append(0)  # no word holds it, so two lists of words never make the same key
            key += word.encode() if isinstance(word, str) else (1 + word,)
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence(self.seed, spawn_key=tuple(key))))


class Drawn:
    """Draws one at a time from blocks, since one by one is slow."""

    __slots__ = ("_distribution", "_drawn", "_generator", "_next")

    def __init__(self, distribution: Distribution, generator: np.random.Generator) -> None:
        self._distribution = distribution
        self._generator = generator
        self._drawn: Sequence[int] = ()
        self._next = 0

    def next(self) -> int:
        if self._next == len(self._drawn):
            self._drawn = self._distribution.draw(self._generator, 256)
            self._next = 0
        value = self._drawn[self._next]
        self._next += 1
        return value


class Shares:
    """Uniform draws in [0, 1), one at a time from blocks."""

    __slots__ = ("_drawn", "_generator", "_next")

    def __init__(self, generator: np.random.Generator) -> None:
        self._generator = generator
        self._drawn: list[float] = []
        self._next = 0

    def next(self) -> float:
        if self._next == len(self._drawn):
            self._drawn = self._generator.uniform(0, 1, 256).tolist()
            self._next = 0
        value = self._drawn[self._next]
        self._next += 1
        return value


def lengths(milliseconds: list[int]) -> list[timedelta]:
    """Many at once: to multiply one by one takes five times as long."""
    found: list[timedelta] = np.array(milliseconds, dtype="timedelta64[ms]").tolist()
    return found


def whole(values: Numbers) -> list[int]:
    """To whole milliseconds."""
    rounded: list[int] = np.rint(values).astype(np.int64).tolist()
    return rounded
