"""The twin against theory, systematically: agents and loads, finite lines, calls again, spread talks, and two
skills against a Markov chain solved by brute force.

As in test_against_theory: the mean of independent replications lies within four standard errors of the exact
value, and where the theory itself is an approximation within its stated error besides.
"""

from collections.abc import Iterator
from datetime import timedelta
from itertools import product

import numpy as np
import pytest

from otklik.acd.model import Strategy
from otklik.simulation.draws import Arrivals, Distribution, Exponential, Fixed, LogNormal, Streams
from otklik.simulation.erlang import Steady, impatient_queue, patient_queue
from otklik.simulation.erlang.lines import limited_queue
from otklik.simulation.run import Result, run
from otklik.simulation.scenario import AgentGroup, QueueLoad, Redialing, Scenario
from tests.simulation.test_against_theory import Measured, queue_rules

pytestmark = pytest.mark.long

REPLICATIONS = 10
CALLS = 2_500
HANDLING = timedelta(seconds=240)
THRESHOLD = 20.0


def runs_of(
    agents: int,
    load: float,
    soak: int,
    *,
    calls: int = CALLS,
    patience: float | None = None,
    handling: Distribution | None = None,
    lines: int = 0,
    redialing: Redialing | None = None,
) -> list[Result]:
    per_hour = load / HANDLING.total_seconds() * 3600
    warm_up = timedelta(hours=3)
    queue = QueueLoad(
        queue=queue_rules(),
        arrivals=Arrivals.steady(per_hour),
        handling=handling or Exponential(HANDLING),
        patience=None if patience is None else Exponential(timedelta(seconds=patience)),
        redialing=redialing,
    )
    scenario = Scenario(
        queues=(queue,),
        agents=(AgentGroup(agents, {1: 5}),),
        duration=warm_up + timedelta(hours=calls * soak / per_hour),
        warm_up=warm_up,
        lines=lines,
    )
    return [run(scenario, Streams(1000, number)) for number in range(REPLICATIONS)]


def agree(found: list[Result], exact: Steady, *, coarse: float = 1.0, beyond: float = 0.0) -> None:
    """beyond: how far the theory itself may be off, of shares."""
    totals = [one.total for one in found]
    share = 0.012 * coarse
    near([one.service_level for one in totals], exact.service_level, share, beyond)
    near([one.abandonment for one in totals], exact.abandonment, share, beyond)
    near([one.statistics.occupancy for one in found], exact.occupancy, share, beyond)
    of_answered = [one.answered_in_time / one.answered for one in totals]
    near(of_answered, exact.service_level_of_answered, share, beyond)
    attempts = [one.offered + one.blocked for one in totals]
    blocked = [one.blocked / each for one, each in zip(totals, attempts, strict=True)]
    near(blocked, exact.blocking, share, beyond)
    assert exact.average_wait is not None
    waits = [one.average_wait.total_seconds() for one in totals]
    near(waits, exact.average_wait, 0.15 * exact.average_wait * coarse + 0.05, beyond * exact.average_wait)


def near(values: list[float], expected: float, coarse: float, beyond: float) -> None:
    measured = Measured.of(values)
    assert measured.error <= coarse, f"standard error {measured.error}: too coarse to show anything"
    off = abs(measured.mean - expected)
    assert off <= 4 * measured.error + beyond + 2e-4, f"{measured.mean} ± {measured.error}, not {expected}"


@pytest.mark.parametrize(("agents", "busy"), [(1, 0.5), (3, 0.3), (12, 0.6), (40, 0.75)])
def test_patient_customers(agents: int, busy: float, soak: int) -> None:
    load = agents * busy
    exact = patient_queue(arrivals=load / 240, handling=240, agents=agents, threshold=THRESHOLD)

    agree(runs_of(agents, load, soak), exact, coarse=4.0)


@pytest.mark.parametrize(
    ("agents", "busy", "patience"),
    [
        (1, 0.7, 300.0),
        (1, 1.5, 60.0),
        (4, 1.0, 300.0),
        (4, 1.5, 60.0),
        (15, 0.7, 60.0),
        (15, 1.0, 300.0),
        (60, 1.0, 60.0),
        (60, 1.5, 300.0),
    ],
)
def test_impatient_customers(agents: int, busy: float, patience: float, soak: int) -> None:
    load = agents * busy
    exact = impatient_queue(
        arrivals=load / 240, handling=240, patience=patience, agents=agents, threshold=THRESHOLD
    )

    agree(runs_of(agents, load, soak, patience=patience), exact, coarse=2.0)


@pytest.mark.parametrize(
    ("agents", "lines", "busy", "patience"),
    [(1, 2, 0.8, None), (5, 5, 1.0, 120.0), (5, 8, 1.2, None), (20, 24, 1.1, 180.0), (20, 40, 1.3, None)],
)
def test_finite_lines(agents: int, lines: int, busy: float, patience: float | None, soak: int) -> None:
    load = agents * busy
    exact = limited_queue(
        arrivals=load / 240, handling=240, patience=patience, agents=agents, lines=lines, threshold=THRESHOLD
    )

    agree(runs_of(agents, load, soak, patience=patience, lines=lines), exact, coarse=2.0)


def test_customers_who_call_again(soak: int) -> None:
    """The formula takes those who call again for new arrivals; half an hour is long enough for that."""
    redialing = Redialing(0.5, Exponential(timedelta(minutes=30)))
    exact = limited_queue(
        arrivals=11 / 240,
        handling=240,
        patience=90,
        agents=10,
        lines=13,
        threshold=THRESHOLD,
        redial=redialing.share,
    )

    found = runs_of(10, 11, soak, calls=2 * CALLS, patience=90.0, lines=13, redialing=redialing)

    agree(found, exact, coarse=2.0, beyond=0.01)


TABLE = [
    # agents, occupancy offered; spread (cv): abandonment, service level; patience 180 s
    (10, 0.90, 0.5, 0.0856, 0.6997),
    (10, 0.90, 1.1, 0.0929, 0.6997),
    (10, 0.90, 1.6, 0.0975, 0.7034),
    (50, 0.95, 0.5, 0.0356, 0.8430),
    (50, 0.95, 1.1, 0.0389, 0.8310),
    (50, 1.05, 1.6, 0.0879, 0.6280),
]


@pytest.mark.parametrize(("agents", "busy", "spread", "abandonment", "level"), TABLE)
def test_spread_talks_of_impatient_customers_have_the_stated_effect(
    agents: int, busy: float, spread: float, abandonment: float, level: float, soak: int
) -> None:
    """Within half a point of the table (itself of 400,000 calls), so within 2 points of Erlang A."""
    found = runs_of(agents, agents * busy, soak, patience=180.0, handling=LogNormal(HANDLING, spread))

    near([one.total.service_level for one in found], level, 0.04, 0.005)
    near([one.total.abandonment for one in found], abandonment, 0.015, 0.003)


@pytest.mark.parametrize(
    ("agents", "busy", "handling", "spread"),
    [
        (1, 0.6, Fixed(HANDLING), 0.0),
        (4, 0.7, Fixed(HANDLING), 0.0),
        (4, 0.7, LogNormal(HANDLING, 0.5), 0.5),
        (4, 0.7, LogNormal(HANDLING, 1.4), 1.4),
        (12, 0.8, LogNormal(HANDLING, 1.2), 1.2),
    ],
)
def test_spread_talks_of_patient_customers_are_near_the_approximation(
    agents: int, busy: float, handling: Distribution, spread: float, soak: int
) -> None:
    """M/G/k by Allen and Cunneen: exact for one agent, else within a tenth of the mean wait and 2 points."""
    exact = patient_queue(
        arrivals=agents * busy / 240, handling=240, agents=agents, threshold=THRESHOLD, service_cv=spread
    )

    found = runs_of(agents, agents * busy, soak, calls=3 * CALLS, handling=handling)

    assert exact.average_wait is not None
    beyond = 0.0 if agents == 1 else 0.1 * exact.average_wait
    waits = [one.total.average_wait.total_seconds() for one in found]
    near(waits, exact.average_wait, 0.1 * exact.average_wait, beyond)
    near([one.total.service_level for one in found], exact.service_level, 0.012, 0.02)


# --- two skills


RATES = {1: 1 / 240, 2: 1 / 288}
TALKS = {1: 240.0, 2: 150.0}
LINES = 5

# What the agents are in (0 is idle, else the queue of the talk), and who waits, the longest first. The first
# agent can do queue 1 only; the second can do both, but is the less skilled in queue 1.
State = tuple[int, int, tuple[int, ...]]


def states() -> Iterator[State]:
    for first, second in product((0, 1), (0, 1, 2)):
        busy = (first > 0) + (second > 0)
        for length in range(LINES - busy + 1):
            for line in product((1, 2), repeat=length):
                if second == 0 and line:
                    continue  # the second one takes anybody
                if first == 0 and 1 in line:
                    continue
                yield first, second, line


def moves(state: State) -> Iterator[tuple[State, float]]:
    first, second, line = state
    if (first > 0) + (second > 0) + len(line) < LINES:
        for queue in (1, 2):
            if queue == 1 and first == 0:
                yield (1, second, line), RATES[1]
            elif second == 0:
                yield (first, queue, line), RATES[queue]
            else:
                yield (first, second, (*line, queue)), RATES[queue]
    if first:
        place = line.index(1) if 1 in line else None
        rest = line if place is None else line[:place] + line[place + 1 :]
        yield (0 if place is None else 1, second, rest), 1 / TALKS[first]
    if second:
        yield (first, line[0] if line else 0, line[1:]), 1 / TALKS[second]


def solved() -> dict[State, float]:
    """Shares of the states in balance."""
    every = list(states())
    number = {state: place for place, state in enumerate(every)}
    rates = np.zeros((len(every), len(every)))
    for state, place in number.items():
        for to, rate in moves(state):
            rates[place, number[to]] += rate
    rates -= np.diag(rates.sum(axis=1))
    equations = np.vstack([rates.T, np.ones(len(every))])
    shares, *_ = np.linalg.lstsq(equations, np.append(np.zeros(len(every)), 1.0), rcond=None)
    return dict(zip(every, shares.tolist(), strict=True))


def test_two_skills_agree_with_a_chain_solved_by_brute_force(soak: int) -> None:
    shares = solved()
    blocked = sum(
        share for (first, second, line), share in shares.items()
        if (first > 0) + (second > 0) + len(line) == LINES
    )  # fmt: skip
    busy = sum(share * ((first > 0) + (second > 0)) / 2 for (first, second, _), share in shares.items())
    waits = {
        queue: sum(share * line.count(queue) for (*_, line), share in shares.items())
        / (RATES[queue] * (1 - blocked))
        for queue in (1, 2)
    }
    warm_up = timedelta(hours=2)
    scenario = Scenario(
        queues=tuple(
            QueueLoad(
                queue=queue_rules(queue, strategy=Strategy.MOST_SKILLED),
                arrivals=Arrivals.steady(RATES[queue] * 3600),
                handling=Exponential(timedelta(seconds=TALKS[queue])),
            )
            for queue in (1, 2)
        ),
        agents=(AgentGroup(1, {1: 9}), AgentGroup(1, {1: 4, 2: 4})),
        duration=warm_up + timedelta(hours=soak * 150),
        warm_up=warm_up,
        lines=LINES,
    )

    found = [run(scenario, Streams(77, number)) for number in range(REPLICATIONS)]

    near([one.statistics.occupancy for one in found], busy, 0.01, 0.0)
    for queue in (1, 2):
        totals = [one.statistics.total(queue) for one in found]
        near([one.blocked / (one.offered + one.blocked) for one in totals], blocked, 0.01, 0.0)
        near([one.average_wait.total_seconds() for one in totals], waits[queue], 5.0, 0.0)
