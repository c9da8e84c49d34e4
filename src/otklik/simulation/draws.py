"""Chance, drawn ahead: arrivals, lengths of talks, patience, ringing. One stream per purpose and queue, so
that another agent, or longer talks, shift no other draw (common random numbers: two scenarios meet the same
customers)."""

from dataclasses import dataclass
from datetime import timedelta
from math import log, sqrt
from typing import Protocol

import numpy as np

from otklik.vocabulary.time import duration_ms

MILLISECONDS_PER_HOUR = 3_600_000


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
        return _whole(generator.exponential(duration_ms(self.mean), count))


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
        return _whole(generator.lognormal(location, sqrt(variance), count))


@dataclass(frozen=True, slots=True)
class Arrivals:
    """A Poisson process whose rate is constant within each step: calls per hour, from the start of the run
    on."""

    per_hour: tuple[float, ...]
    step: timedelta = timedelta(minutes=15)

    @classmethod
    def steady(cls, per_hour: float, duration: timedelta) -> "Arrivals":
        """The same rate all the time."""
        return cls(per_hour=(per_hour,), step=duration)

    def draw(self, generator: np.random.Generator) -> list[int]:
        """Moments of arrival in whole milliseconds after the start, in order.

        Given their number, the arrivals of a step are independent and uniform (the definition of the
        process).
        """
        step = duration_ms(self.step)
        found: list[int] = []
        for index, rate in enumerate(self.per_hour):
            count = int(generator.poisson(rate * step / MILLISECONDS_PER_HOUR))
            found += _whole(index * step + np.sort(generator.uniform(0, step, count)))
        return found


class Streams:
    """Independent generators, all from one seed, which is recorded with the run."""

    __slots__ = ("seed",)

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def stream(self, purpose: str, place: int = 0) -> np.random.Generator:
        """The stream of one purpose; the same names give the same draws."""
        key = (*purpose.encode(), 0, place)
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence(self.seed, spawn_key=key)))


def _whole(values: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]") -> list[int]:
    rounded: list[int] = np.rint(values).astype(np.int64).tolist()
    return rounded
