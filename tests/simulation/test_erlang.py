"""The closed formulas against published and independently computed cases."""

import csv
from collections.abc import Callable
from math import ceil, exp, lgamma, log
from pathlib import Path

import pytest

from otklik.simulation import erlang

pytestmark = pytest.mark.fast

CASES = Path(__file__).parent.parent / "fixtures" / "erlang" / "reference_cases.csv"


def reference_cases() -> list[dict[str, str]]:
    with CASES.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _erlang_c(given: dict[str, float], metric: str) -> float:
    rate = given["calls"] / given["interval_s"]
    if metric == "load_erl":
        return rate * given["aht_s"]
    found = erlang.patient_queue(
        arrivals=rate, handling=given["aht_s"], agents=int(given["n"]), threshold=given["t_s"]
    )
    return {
        "p_wait": found.waiting,
        "p_immediate": 1 - found.waiting,
        "sl": found.service_level,
        "asa_s": found.average_wait,
        "occupancy": found.occupancy,
    }[metric]


def _erlang_c_staff(given: dict[str, float], metric: str) -> float:
    net = erlang.fewest_agents(
        arrivals=given["calls"] / given["interval_s"],
        handling=given["aht_s"],
        threshold=given["t_s"],
        target=given["sl_target"],
        max_occupancy=given["max_occ"],
    )
    return net if metric == "agents_net" else ceil(net / (1 - given["shrinkage"]))


def _erlang_b_inverse(given: dict[str, float], metric: str) -> float:
    assert metric == "load_erl"
    return erlang.load_for_blocking(int(given["n"]), given["p_block"])


def _erlang_a(given: dict[str, float], metric: str) -> float:
    found = erlang.impatient_queue(
        arrivals=given["calls_per_h"] / 3600,
        handling=given["aht_s"],
        patience=given["patience_s"],
        agents=int(given["n"]),
        threshold=given["t_s"],
    )
    return {
        "p_wait": found.waiting,
        "p_ab": found.abandonment,
        "ew": found.average_wait,
        "occ": found.occupancy,
        "sl_served_in_t_over_offered": found.service_level,
        "sl_answered": found.service_level_of_answered,
        "sl_excl_short_ab": found.service_level_without_short_abandons,
        "sl_plus_short_ab": found.service_level_counting_short_abandons,
    }[metric]


MODELS: dict[str, Callable[[dict[str, float], str], float]] = {
    "erlang_c": _erlang_c,
    "erlang_c_staff": _erlang_c_staff,
    "erlang_b_inverse": _erlang_b_inverse,
    "erlang_a": _erlang_a,
}


@pytest.mark.parametrize("case", reference_cases(), ids=lambda case: case["case_id"])
def test_formula_gives_the_reference(case: dict[str, str]) -> None:
    given = {
        name: float(value) for name, value in (pair.split("=") for pair in case["parameters"].split(";"))
    }

    found = MODELS[case["model"]](given, case["metric"])

    assert found == pytest.approx(float(case["expected"]), abs=float(case["tolerance_abs"]), rel=0)


@pytest.mark.parametrize(
    ("load", "agents", "occupancy", "abandonment"),
    [(5, 7, 0.666, 0.067), (10, 12, 0.777, 0.068), (50, 51, 0.925, 0.056), (400, 368, 0.997, 0.083)],
)
def test_erlang_a_gives_the_staffing_table(
    load: float, agents: int, occupancy: float, abandonment: float
) -> None:
    """80/20, handling 240 s, patience 120 s: fewest agents, their occupancy and the abandonment."""
    found, fewer = (
        erlang.impatient_queue(arrivals=load / 240, handling=240, patience=120, agents=one, threshold=20)
        for one in (agents, agents - 1)
    )

    assert fewer.service_level < 0.8 <= found.service_level
    assert found.occupancy == pytest.approx(occupancy, abs=6e-4)
    assert found.abandonment == pytest.approx(abandonment, abs=6e-4)


@pytest.mark.parametrize("patience", [1e7, 1e9])
def test_endless_patience_makes_erlang_a_erlang_c(patience: float) -> None:
    patient = erlang.patient_queue(arrivals=10 / 180, handling=180, agents=13, threshold=20)
    impatient = erlang.impatient_queue(
        arrivals=10 / 180, handling=180, patience=patience, agents=13, threshold=20
    )

    assert impatient.service_level == pytest.approx(patient.service_level, rel=1e-4)
    assert impatient.average_wait == pytest.approx(patient.average_wait, rel=1e-3)


def test_thousands_of_servers_are_no_trouble() -> None:
    found = erlang.impatient_queue(
        arrivals=9_900 / 240, handling=240, patience=180, agents=10_000, threshold=20
    )

    assert 0.9 < found.service_level <= 1
    assert erlang.erlang_b(10_000, 9_900) == pytest.approx(blocking_by_sum(10_000, 9_900), rel=1e-9)


def blocking_by_sum(servers: int, load: float) -> float:
    """Erlang B by its definition, term by term in logarithms."""
    last = servers * log(load) - lgamma(servers + 1)
    return 1 / sum(exp(count * log(load) - lgamma(count + 1) - last) for count in range(servers + 1))


def test_queue_that_grows_for_ever_is_refused() -> None:
    with pytest.raises(ValueError, match="never catch up"):
        erlang.patient_queue(arrivals=1, handling=10, agents=10, threshold=20)


def test_no_load_blocks_nobody() -> None:
    assert erlang.erlang_b(0, 0) == 1
    assert erlang.erlang_b(3, 0) == 0
    assert erlang.erlang_c(3, 5) == 1


@pytest.mark.parametrize(
    ("x", "a", "b", "expected"), [(0.5, 2, 2, 0.5), (0.3, 1, 1, 0.3), (0.9, 5, 1, 0.59049)]
)
def test_regularized_beta(x: float, a: float, b: float, expected: float) -> None:
    assert erlang.regularized_beta(x, a, b) == pytest.approx(expected, abs=1e-12)
    assert erlang.regularized_beta(0, a, b) == 0
    assert erlang.regularized_beta(1, a, b) == 1
