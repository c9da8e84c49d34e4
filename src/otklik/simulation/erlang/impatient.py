"""Erlang A: customers who wait give up after an exponential patience; for any real number of agents.

The wait that a customer with endless patience would meet (the virtual wait) has the density

    f(v) = w exp(H(v)) / J  for v > 0,    H(v) = (lambda / theta) (1 - exp(-theta v)) - c mu v,

J = integral of exp(H), w = lambda J / (E + lambda J) the share that finds no free agent, E = 1 / B(c - 1) of
Erlang B. All figures are integrals of f. H is concave, its peak is known, and it is written so that nothing
cancels; so the quadrature costs the same and keeps its digits from one agent to a billion, and from a
patience of nanoseconds to one of millennia.
"""

from math import exp, expm1, inf, log, log1p, sqrt

import numpy as np

from otklik.simulation.erlang.loss import odds_of_a_free_server
from otklik.simulation.erlang.model import Steady, nobody_calls, share

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(24)
_DEEP_ENOUGH = 90.0  # exp(-90) is nothing beside 1
_SMALL = 0.1
_TOO_DEEP = 700.0
_LOWEST = -745.0  # exp of less is 0


def impatient_queue(
    *,
    arrivals: float,
    handling: float,
    patience: float,
    agents: float,
    threshold: float,
    short_abandon: float | None = None,
) -> Steady:
    """Erlang A (M/M/c+M). arrivals: per second; handling, patience: mean seconds (both exponential);
    threshold, short_abandon: seconds, the latter is the threshold unless given.

    Source: C. Palm 1957, "Research on telephone traffic carried by full availability groups"; the density of
    the virtual wait: F. Baccelli, G. Hebuterne 1981, "On queues with impatient customers"; O. Garnett, A.
    Mandelbaum, M. Reiman 2002, "Designing a call center with impatient customers"; the integrals: S. Zeltyn,
    A. Mandelbaum 2005, "Call centers with impatient customers: many-server asymptotics of the M/M/n+G queue",
    section 3.
    """
    if arrivals == 0:
        return nobody_calls()
    load, theta = arrivals * handling, 1 / patience
    short = threshold if short_abandon is None else short_abandon
    wait = _VirtualWait(arrivals, agents / handling, theta, (threshold, short))
    odds = odds_of_a_free_server(agents, load)  # E = odds load / agents
    weight = inf if odds == inf else wait.log_mass + log(arrivals) - log(odds * load / agents)
    waiting = 0.0 if odds == inf else _logistic(weight)
    at_once = 1.0 if odds == inf else _logistic(-weight)

    stays = np.exp(-theta * wait.at)
    leaves = -np.expm1(-theta * wait.at)
    answered = at_once + waiting * wait.mean(stays)
    abandonment = waiting * wait.mean(leaves)
    in_time = at_once + waiting * wait.mean(np.where(wait.at <= threshold, stays, 0.0))
    # A customer gave up within s if his patience was below both s and his virtual wait.
    is_short = wait.at <= short
    abandoned_short = waiting * wait.mean(np.where(is_short, leaves, -expm1(-theta * short)))
    waited_of_answered = waiting * wait.mean(wait.at * stays)
    return Steady(
        load=load,
        occupancy=share(load / agents * answered),
        waiting=waiting,
        service_level=share(in_time),
        service_level_of_answered=share(in_time / answered),
        service_level_without_short_abandons=share(in_time / (1 - abandoned_short))
        if abandoned_short < 1
        else 0.0,
        service_level_counting_short_abandons=share(in_time + abandoned_short),
        average_wait=abandonment * patience,
        average_speed_of_answer=waited_of_answered / answered,
        queue_length=arrivals * abandonment * patience,
        abandonment=share(abandonment),
    )


class _VirtualWait:
    """Nodes and weights for integrals of exp(H) over [0, infinity), cut at the given thresholds.

    at: waits in seconds. log_mass: log of the integral of exp(H). Panels double in width away from the peak,
    beginning with a quarter of the shortest length in which H or the patience changes.
    """

    __slots__ = ("_weights", "at", "log_mass")

    def __init__(self, arrivals: float, served: float, theta: float, cuts: tuple[float, ...]) -> None:
        excess = (arrivals - served) / served
        if excess > 0:
            peak = log1p(excess) / theta
            height = served / theta * _drop_of_log(excess)
            length = 1 / max(theta, sqrt(served * theta))
        else:
            peak = height = 0.0
            length = 1 / max(theta, served - arrivals, sqrt(arrivals * theta))

        # H(peak) - H(v) = sharp * drop(theta (v - peak)) + slope * v, never negative.
        sharp = (served if excess > 0 else arrivals) / theta
        slope = 0.0 if excess > 0 else served - arrivals
        edges = {0.0, peak}
        step = length / 4
        while sharp * _drop_once(theta * step) + slope * step <= _DEEP_ENOUGH:
            edges.add(peak + step)
            step *= 2
        end = peak + step
        edges.add(end)
        step = length / 4
        while peak - step > 0:
            edges.add(peak - step)
            if sharp * _drop_once(-theta * step) > _DEEP_ENOUGH:
                break
            step *= 2
        edges |= {cut for cut in cuts if cut < end}
        borders = np.array(sorted(edges))
        middles, halves = (borders[1:] + borders[:-1]) / 2, (borders[1:] - borders[:-1]) / 2
        self.at: Array = (middles[:, None] + halves[:, None] * _NODES[None, :]).ravel()
        weights = (halves[:, None] * _WEIGHTS[None, :]).ravel() * np.exp(
            -sharp * _drop(theta * (self.at - peak)) - slope * self.at
        )
        whole = float(weights.sum())
        self._weights: Array = weights / whole
        self.log_mass = height + log(whole)

    def mean(self, values: Array) -> float:
        """Mean of a function of the virtual wait, told at its nodes, over those who wait."""
        return float(self._weights @ values)


def _drop(x: Array) -> Array:
    """x + exp(-x) - 1 without loss of digits near 0; far to the left it is capped, since exp(-it) is 0."""
    x = np.maximum(x, -_TOO_DEEP)
    near = np.where(np.abs(x) < _SMALL, x, 0.0)
    term = series = near * near / 2
    for k in range(3, 12):
        term = -term * near / k
        series = series + term
    return np.where(np.abs(x) < _SMALL, series, x + np.expm1(-x))


def _drop_once(x: float) -> float:
    """The same for one number, where a rough value does."""
    if x < -_TOO_DEEP:
        return inf
    return x * x / 2 if abs(x) < 1e-6 else x + expm1(-x)


def _drop_of_log(x: float) -> float:
    """x - log(1 + x) for x >= 0 without loss of digits near 0."""
    if x > _SMALL:
        return x - log1p(x)
    term, total = x * x, 0.0
    for k in range(2, 24):
        total += term / k
        term *= -x
    return total


def _logistic(x: float) -> float:
    """1 / (1 + exp(-x)) that overflows nowhere."""
    if x >= 0:
        return 1 / (1 + exp(-x))
    return exp(x) / (1 + exp(x)) if x > _LOWEST else 0.0
