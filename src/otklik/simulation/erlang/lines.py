"""Erlang X: a finite number of lines, customers with or without patience, and some who try again.

The chain of Erlang A ends at the last line. Its states are summed one by one: there are no more of them than
lines.
"""

from math import exp, expm1, inf, log

import numpy as np

from otklik.simulation.erlang.loss import odds_of_a_free_server
from otklik.simulation.erlang.model import Steady, nobody_calls, share

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


def limited_queue(  # noqa: PLR0913, the names of the model
    *,
    arrivals: float,
    handling: float,
    patience: float | None,
    agents: int,
    lines: int,
    threshold: float,
    short_abandon: float | None = None,
    redial: float = 0.0,
) -> Steady:
    """Erlang X (M/M/c/K+M with redials). As impatient_queue; patience None is endless. lines: places for
    customers, talking or waiting, at least `agents`; who finds all taken is blocked. redial: share in [0, 1)
    of those blocked or lost who try again, after a time long enough to be a new arrival.

    load is that of the first attempts; shares are of all attempts that entered the queue, blocking of all
    attempts.
    Source: G. Koole 2013, "Call Center Optimization", chapter on Erlang X; the chain as in A. Mandelbaum, S.
    Zeltyn 2007, "Service engineering in action: the Palm/Erlang-A queue". Attempts in all: x (1 - r L(x)) =
    first attempts, L the share lost; the left side grows with x, so the root is the only one (bisection).
    """
    if arrivals == 0:
        return nobody_calls()
    chain = _Chain(handling, patience, agents, lines)
    attempts = arrivals
    if redial > 0:
        low, high = arrivals, arrivals / (1 - redial)
        for _ in range(200):
            attempts = (low + high) / 2
            if attempts in (low, high):
                break
            if attempts * (1 - redial * chain.lost(attempts)) < arrivals:
                low = attempts
            else:
                high = attempts
    short = threshold if short_abandon is None else short_abandon
    return chain.steady(attempts, threshold, short, load=arrivals * handling)


class _Chain:
    """States of Erlang X from `all agents busy, nobody waits` on.

    ahead: waiting customers whom an arrival finds when all agents are busy, 0 ... places - 1.
    """

    def __init__(self, handling: float, patience: float | None, agents: int, lines: int) -> None:
        self._handling = handling
        self._agents = agents
        self._served = agents / handling
        self._theta = 0.0 if patience is None else 1 / patience
        self._places = lines - agents
        self._ahead = np.arange(self._places, dtype=np.float64)
        # Death rates with 1, 2 ... customers waiting.
        self._deaths: Array = self._served + (self._ahead + 1) * self._theta

    def _shares(self, arrivals: float) -> tuple[float, Array]:
        """Share of the states in which somebody is free, and shares of those with 0, 1 ... places waiting."""
        odds = odds_of_a_free_server(self._agents, arrivals * self._handling)
        if odds == inf:
            return 1.0, np.zeros(self._places + 1)
        logs = np.concatenate(([0.0], np.cumsum(np.log(arrivals / self._deaths))))
        free = log(odds) if odds > 0 else -inf
        top = max(free, float(logs.max()))
        weights = np.exp(logs - top)
        head = exp(free - top)
        whole = head + float(weights.sum())
        return head / whole, weights / whole

    def lost(self, arrivals: float) -> float:
        """Share of the attempts that are blocked or given up."""
        _, busy = self._shares(arrivals)
        gone = self._theta * float((np.arange(self._places + 1) * busy).sum())
        return float(busy[-1]) + gone / arrivals

    def steady(self, arrivals: float, threshold: float, short: float, *, load: float) -> Steady:
        head, busy = self._shares(arrivals)
        blocking = float(busy[-1])
        enters = head + float(busy[:-1].sum())
        found = busy[:-1] / enters  # by those who entered and must wait
        at_once = head / enters
        queue_length = float((np.arange(self._places + 1) * busy).sum())
        entering = arrivals * enters
        abandonment = self._theta * queue_length / entering
        stays = self._served / self._deaths  # with j ahead: the chance of being served at last
        answered = at_once + float((found * stays).sum())
        in_time = at_once + float((found * stays * (1 - self._late(threshold, served=True))).sum())
        given_up = 1 - np.exp(-self._theta * short) * self._late(short)
        abandoned_short = float((found * (given_up - stays * (1 - self._late(short, served=True)))).sum())
        abandoned_short = max(abandoned_short, 0.0)
        waits = np.cumsum(1 / self._deaths)  # with j ahead, of those who will be served
        busy_agents = self._handling * entering * answered
        return Steady(
            load=load,
            occupancy=share(busy_agents / self._agents),
            waiting=share(float(found.sum())),
            service_level=share(in_time),
            service_level_of_answered=share(in_time / answered),
            service_level_without_short_abandons=min(in_time / (1 - abandoned_short), 1.0)
            if abandoned_short < 1
            else 0.0,
            service_level_counting_short_abandons=share(in_time + abandoned_short),
            average_wait=queue_length / entering,
            average_speed_of_answer=float((found * stays * waits).sum()) / answered,
            queue_length=queue_length,
            abandonment=share(abandonment),
            blocking=share(blocking),
        )

    def _late(self, threshold: float, *, served: bool = False) -> Array:
        """With j ahead: the chance that the virtual wait exceeds the threshold; `served`: under the law of
        those who are served at last, whose own patience counts as one death more.

        The virtual wait is a sum of exponentials with rates c mu + i theta, i = 0 ... j: a distribution
        function of the negative binomial kind (Poisson when theta is 0), summed term by term.
        """
        base = self._served + (self._theta if served else 0.0)
        length = -expm1(-self._theta * threshold) / self._theta if self._theta > 0 else threshold
        if length == 0:
            return np.ones(self._places)
        steps = np.log((base + self._ahead[:-1] * self._theta) * length / (self._ahead[:-1] + 1))
        logs = np.concatenate(([0.0], np.cumsum(steps)))[: self._places] - base * threshold
        late: Array = np.minimum(np.cumsum(np.exp(logs)), 1.0)
        return late
