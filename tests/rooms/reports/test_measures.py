"""Measures by the numbers of the literature, and what they say when there is nothing to say."""

import math
import random

import pytest

from otklik.reports import measures
from otklik.reports.measures import AgentFacts, QueueFacts

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    ("formula", "percent"),
    [("F1", 83.02), ("F2", 86.00), ("F3", 81.13), ("F4", 82.69), ("F5", 82.08), ("F6", 81.90)],
)
def test_one_data_set_gives_six_service_levels(formula: str, percent: float) -> None:
    value = measures.SERVICE_LEVELS[formula](measures.ACCEPTANCE)

    assert value is not None
    assert round(value * 100, 2) == percent


def test_the_default_is_f6_and_the_strict_one_f3() -> None:
    by_name = measures.compute_all(measures.QUEUE_MEASURES, measures.ACCEPTANCE)

    assert by_name["service_level"] == measures.SERVICE_LEVELS["F6"](measures.ACCEPTANCE)
    assert by_name["service_level_strict"] == measures.SERVICE_LEVELS["F3"](measures.ACCEPTANCE)


def test_without_data_there_is_no_share_and_no_mean() -> None:
    found = measures.compute_all(measures.QUEUE_MEASURES, QueueFacts())

    assert {name for name, value in found.items() if value is None} == {
        "service_level",
        "service_level_strict",
        "average_wait_seconds",
        "wait_p90_seconds",
        "aht_seconds",
        "aht_ring_seconds",
    }


def test_only_short_abandons_leave_f6_without_data_and_f3_at_zero() -> None:
    facts = QueueFacts(offered=2, abandoned=2, short_ab=2, aband_in_t=2)

    assert measures.SERVICE_LEVEL(facts) is None
    assert measures.SERVICE_LEVEL_STRICT(facts) == 0


def test_pauses_stand_outside_of_occupancy_and_reconnecting_counts_as_held() -> None:
    facts = AgentFacts(
        not_ready_ms=1_000_000,
        ready_ms=300,
        offered_ms=50,
        connecting_ms=50,
        connected_ms=400,
        held_ms=50,
        reconnecting_ms=50,
        wrap_up_ms=100,
    )

    assert measures.OCCUPANCY(facts) == 0.6
    assert measures.compute_all(measures.AGENT_MEASURES, facts)["held_seconds"] == 0.1
    assert measures.SIGNED_IN(facts) == 1001.0


def test_a_percentile_is_a_value_that_was_there() -> None:
    dice = random.Random(7)
    for size in (1, 2, 9, 10, 11, 100, 999):
        values = [dice.randrange(100_000) for _ in range(size)]

        assert measures.percentile(values, 0.9) == sorted(values)[math.ceil(0.9 * size - 1e-9) - 1]
    assert measures.percentile([], 0.9) is None
    assert measures.percentile([5], 0.0) == 5


def test_names_are_given_once() -> None:
    for family in (measures.QUEUE_MEASURES, measures.AGENT_MEASURES):
        names = [measure.name for measure in family]
        assert len(set(names)) == len(names)
