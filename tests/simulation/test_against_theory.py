"""The engine in virtual time against queueing theory: long seeded runs, within stated statistical error.

Each case runs independent replications; the mean of each figure must lie within four standard errors of the
exact value (chance of a false alarm under 1 in 15,000 per figure), and the error itself must be small
enough to notice a flaw.
"""

from dataclasses import dataclass
from datetime import timedelta
from math import sqrt
from statistics import fmean, stdev

import pytest

from otklik.acd.model import QueueRules, SkillRequirement
from otklik.simulation.draws import Arrivals, Exponential, LogNormal, Streams
from otklik.simulation.erlang import erlang_c, impatient_queue
from otklik.simulation.run import Result, run
from otklik.simulation.scenario import AgentGroup, QueueLoad, Scenario

pytestmark = pytest.mark.long

REPLICATIONS = 12
CALLS = 5_000
HANDLING = timedelta(seconds=240)
PATIENCE = timedelta(seconds=180)
STANDARD_ERRORS = 4.0


@dataclass(frozen=True)
class Measured:
    """Mean of independent replications, and its standard error."""

    mean: float
    error: float

    @classmethod
    def of(cls, values: list[float]) -> "Measured":
        return cls(fmean(values), stdev(values) / sqrt(len(values)))

    def must_be(self, expected: float, *, error_at_most: float) -> None:
        assert self.error <= error_at_most, f"standard error {self.error}: too coarse to show anything"
        distance = abs(self.mean - expected) / self.error
        assert distance <= STANDARD_ERRORS, f"{self.mean} is {distance:.1f} standard errors from {expected}"


def queue_rules(queue_id: int = 1, **changes: object) -> QueueRules:
    skills = (SkillRequirement(skill_id=queue_id),)
    plain = {"queue_id": queue_id, "skills": skills, "wrap_up": timedelta(), "maximum_waiting": 1_000_000}
    return QueueRules(**{**plain, **changes})


def replications(agents: int, load: float, soak: int, **changes: object) -> list[Result]:
    per_hour = load / HANDLING.total_seconds() * 3600
    warm_up = timedelta(hours=2)
    duration = warm_up + timedelta(hours=CALLS * soak / per_hour)
    customers = {"handling": Exponential(HANDLING), "patience": Exponential(PATIENCE), **changes}
    queue = QueueLoad(queue=queue_rules(), arrivals=Arrivals.steady(per_hour), **customers)
    scenario = Scenario(
        queues=(queue,), agents=(AgentGroup(agents, {1: 5}),), duration=duration, warm_up=warm_up
    )
    return [run(scenario, Streams(seed)) for seed in range(REPLICATIONS)]


@pytest.mark.parametrize(
    ("agents", "utilization", "coarse"), [(8, 1.25, 1.0), (10, 0.90, 1.0), (20, 1.0, 1.0), (50, 0.95, 2.0)]
)
def test_impatient_customers_agree_with_erlang_a(
    agents: int, utilization: float, coarse: float, soak: int
) -> None:
    """coarse: a large group forgets slowly, so the same number of calls says less."""
    load = agents * utilization
    exact = impatient_queue(
        arrivals=load / HANDLING.total_seconds(),
        handling=HANDLING.total_seconds(),
        patience=PATIENCE.total_seconds(),
        agents=agents,
        threshold=20,
    )

    found = replications(agents, load, soak)

    totals = [result.total for result in found]
    share = 0.010 * coarse
    Measured.of([one.service_level for one in totals]).must_be(exact.service_level, error_at_most=share)
    Measured.of([one.abandonment for one in totals]).must_be(exact.abandonment, error_at_most=0.006)
    waits = [one.average_wait.total_seconds() for one in totals]
    Measured.of(waits).must_be(exact.average_wait, error_at_most=max(0.7, 0.025 * exact.average_wait))
    Measured.of([one.statistics.occupancy for one in found]).must_be(exact.occupancy, error_at_most=0.005)
    of_answered = [one.answered_in_time / one.answered for one in totals]
    Measured.of(of_answered).must_be(exact.service_level_of_answered, error_at_most=share)
    counting = [(one.answered_in_time + one.abandoned_in_time) / one.offered for one in totals]
    Measured.of(counting).must_be(exact.service_level_counting_short_abandons, error_at_most=share)


def test_reference_case_of_the_data_sheet_is_met(soak: int) -> None:
    """120 calls an hour, handling 300 s, patience 180 s, 10 agents: the case X-A01."""
    scenario_load = 120 * 300 / 3600
    found = replications(10, scenario_load * 240 / 300, soak, handling=Exponential(timedelta(seconds=300)))

    totals = [result.total for result in found]

    Measured.of([one.service_level for one in totals]).must_be(0.6024076815, error_at_most=0.008)
    Measured.of([one.abandonment for one in totals]).must_be(0.1406217135, error_at_most=0.004)
    waits = [one.average_wait.total_seconds() for one in totals]
    Measured.of(waits).must_be(25.311908, error_at_most=0.7)


def test_patient_customers_agree_with_erlang_c(soak: int) -> None:
    agents, load = 6, 3.0
    found = replications(agents, load, soak, patience=None)

    waits = [one.total.average_wait.total_seconds() for one in found]

    assert all(one.total.abandoned == 0 for one in found)
    exact = erlang_c(agents, load) * HANDLING.total_seconds() / (agents - load)
    Measured.of(waits).must_be(exact, error_at_most=1.0)


def test_two_priorities_agree_with_cobham(soak: int) -> None:
    """Waits of two classes without pre-emption: W_k = W_0 / ((1 - s_{k-1}) (1 - s_k)), W_0 = C handling /
    agents.

    Source: A. Cobham 1954, "Priority assignment in waiting line problems"; equal exponential handling times.
    """
    agents, load = 6, 3.6
    per_hour = load / HANDLING.total_seconds() * 3600
    warm_up = timedelta(hours=2)
    duration = warm_up + timedelta(hours=CALLS * soak / per_hour)
    arrivals = Arrivals.steady(per_hour / 2)
    queues = tuple(
        QueueLoad(queue_rules(number, priority=priority), arrivals, Exponential(HANDLING))
        for number, priority in ((1, 5), (2, 0))
    )
    agents_of_both = AgentGroup(agents, {1: 5, 2: 5})
    scenario = Scenario(queues=queues, agents=(agents_of_both,), duration=duration, warm_up=warm_up)
    found = [run(scenario, Streams(seed)) for seed in range(REPLICATIONS)]

    first, second = (
        Measured.of([one.statistics.total(number).average_wait.total_seconds() for one in found])
        for number in (1, 2)
    )

    residual = erlang_c(agents, load) * HANDLING.total_seconds() / agents
    share = load / 2 / agents
    first.must_be(residual / (1 - share), error_at_most=0.7)
    second.must_be(residual / ((1 - share) * (1 - 2 * share)), error_at_most=4.0)


def test_log_normal_talks_change_little_when_customers_are_impatient(soak: int) -> None:
    """With lengths as spread as real ones (CV 1.1) the service level is within half a point of Erlang A."""
    found = replications(10, 9.0, soak, handling=LogNormal(HANDLING, 1.1))

    service_level = Measured.of([one.total.service_level for one in found])

    assert service_level.error <= 0.008
    assert abs(service_level.mean - 0.7033) < 0.005 + STANDARD_ERRORS * service_level.error
