"""The closed formulas against published cases, sums of sixty digits, and chains solved as equations."""

import csv
from collections.abc import Callable
from decimal import Decimal, localcontext
from math import ceil, exp, inf, isfinite, lgamma, log
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from otklik.simulation import erlang
from otklik.simulation.erlang import calculator
from otklik.simulation.erlang.lines import limited_queue
from otklik.vocabulary.refusals import Invalid, Refused

pytestmark = pytest.mark.fast

CASES = Path(__file__).parent.parent / "fixtures" / "erlang" / "reference_cases.csv"
FIGURES = tuple(calculator.NAMES.values())


def ask(model: str, **options: object) -> calculator.Answer:
    return calculator.answer(calculator.read_question({"model": model, **options}))


# --- published and independently computed cases


def reference_cases() -> list[dict[str, str]]:
    with CASES.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _erlang_c(given: dict[str, float], metric: str) -> float | None:
    options = {"calls": "calls", "interval": "interval_s", "aht": "aht_s", "threshold": "t_s", "agents": "n"}
    found = ask("c", **{name: given[column] for name, column in options.items()}).steady
    return {
        "load_erl": found.load,
        "p_wait": found.waiting,
        "p_immediate": 1 - found.waiting,
        "sl": found.service_level,
        "asa_s": found.average_wait,
        "occupancy": found.occupancy,
    }[metric]


def _erlang_c_staff(given: dict[str, float], metric: str) -> float:
    options = {
        "calls": "calls",
        "interval": "interval_s",
        "aht": "aht_s",
        "threshold": "t_s",
        "target": "sl_target",
        "max_occupancy": "max_occ",
    }
    net = ask("c", **{name: given[column] for name, column in options.items()}).agents
    return net if metric == "agents_net" else ceil(net / (1 - given["shrinkage"]))


def _erlang_b_inverse(given: dict[str, float], metric: str) -> float:
    assert metric == "load_erl"
    return erlang.load_for_blocking(given["n"], given["p_block"])


def _erlang_a(given: dict[str, float], metric: str) -> float | None:
    options = {
        "calls": "calls_per_h",
        "aht": "aht_s",
        "threshold": "t_s",
        "agents": "n",
        "patience": "patience_s",
    }
    found = ask("a", interval=3600, **{name: given[column] for name, column in options.items()}).steady
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


MODELS: dict[str, Callable[[dict[str, float], str], float | None]] = {
    "erlang_c": _erlang_c,
    "erlang_c_staff": _erlang_c_staff,
    "erlang_b_inverse": _erlang_b_inverse,
    "erlang_a": _erlang_a,
}


@pytest.mark.parametrize("case", reference_cases(), ids=lambda case: case["case_id"])
def test_formula_gives_the_reference(case: dict[str, str]) -> None:
    told = {name: float(value) for name, value in (pair.split("=") for pair in case["parameters"].split(";"))}

    found = MODELS[case["model"]](told, case["metric"])

    assert found == pytest.approx(float(case["expected"]), abs=float(case["tolerance_abs"]), rel=0)


STAFFING = [
    # erlangs; Erlang C: agents, occupancy, with occupancy <= 0.88; Erlang A with patience 120 s and 348 s:
    # agents, occupancy, abandonment
    (5, 8, 0.625, 8, (7, 0.666, 0.067), (7, 0.684, 0.043)),
    (10, 14, 0.714, 14, (12, 0.777, 0.068), (13, 0.749, 0.027)),
    (20, 25, 0.800, 25, (22, 0.854, 0.061), (23, 0.844, 0.030)),
    (50, 56, 0.893, 57, (51, 0.925, 0.056), (54, 0.905, 0.022)),
    (100, 108, 0.926, 114, (97, 0.965, 0.064), (103, 0.948, 0.024)),
    (400, 411, 0.973, 455, (368, 0.997, 0.083), (393, 0.989, 0.028)),
]


@pytest.mark.parametrize(
    ("load", "patient", "occupancy", "capped", "hasty", "measured"), STAFFING, ids=lambda value: str(value)
)
def test_staffing_table_of_the_page_on_formulas_is_met(
    load: float,
    patient: int,
    occupancy: float,
    capped: int,
    hasty: tuple[int, float, float],
    measured: tuple[int, float, float],
) -> None:
    """80/20, handling 240 s; the same table stands in docs/planning-formulas.md."""
    asked = {"calls": load * 1800 / 240, "interval": 1800, "aht": 240, "threshold": 20, "target": 0.8}

    found = ask("c", **asked)
    assert (found.agents, found.steady.occupancy) == (patient, pytest.approx(occupancy, abs=6e-4))
    assert ask("c", **asked, max_occupancy=0.88).agents == capped
    for patience, (agents, busy, abandonment) in ((120, hasty), (348, measured)):
        found = ask("a", **asked, patience=patience)
        assert found.agents == agents
        assert found.steady.occupancy == pytest.approx(busy, abs=6e-4)
        assert found.steady.abandonment == pytest.approx(abandonment, abs=6e-4)


def test_the_page_on_formulas_has_these_numbers() -> None:
    page = (Path(__file__).parents[2] / "docs" / "planning-formulas.md").read_text()

    for load, patient, occupancy, capped, hasty, measured in STAFFING:
        cells = [f"{agents} / {busy:.3f} / {100 * lost:.1f} %" for agents, busy, lost in (hasty, measured)]
        assert f"| {load} | {patient} ({occupancy:.3f}) | {capped} | {cells[0]} | {cells[1]} |" in page


def test_four_service_levels_of_one_queue_differ_as_measured() -> None:
    """100 agents, 1,700 calls an hour, handling 240 s, patience 180 s, T = 20 s."""
    found = ask("a", calls=1700, interval=3600, aht=240, patience=180, threshold=20, agents=100).steady

    assert found.service_level == pytest.approx(0.4228, abs=5e-5)
    assert found.service_level_without_short_abandons == pytest.approx(0.4580, abs=5e-5)
    assert found.service_level_of_answered == pytest.approx(0.4826, abs=5e-5)
    assert found.service_level_counting_short_abandons == pytest.approx(0.4997, abs=5e-5)


# --- the chain of states, summed with sixty digits


def summed(
    arrivals: float,
    handling: float,
    patience: float | None,
    agents: int,
    threshold: float,
    short: float,
    lines: int | None = None,
) -> dict[str, float]:
    """All figures by the plain definition: states one by one, the wait as a sum of exponentials."""
    with localcontext() as context:
        context.prec = 60
        rate, length, t, s = (Decimal(repr(one)) for one in (arrivals, handling, threshold, short))
        theta = Decimal(0) if patience is None else 1 / Decimal(repr(patience))
        served = agents / length
        states = [Decimal(1)]
        while lines is None or len(states) <= lines:
            count = len(states)
            death = min(count, agents) / length + max(count - agents, 0) * theta
            states.append(states[-1] * rate / death)
            if lines is None and count > agents and death > rate and states[-1] < max(states) / 10**45:
                break
        whole = sum(states)
        states = [one / whole for one in states]
        enters = 1 - (states[lines] if lines is not None else 0)
        free = sum(states[:agents]) / enters
        found = [one / enters for one in (states[agents:] if lines is None else states[agents:lines])]

        def late(moment: Decimal, base: Decimal) -> list[Decimal]:
            span = moment if theta == 0 else (1 - (-theta * moment).exp()) / theta
            term = (-base * moment).exp()
            sums = [term]
            for k in range(len(found)):
                term = term * (base + k * theta) * span / (k + 1)
                sums.append(sums[-1] + term)
            return sums

        late_t, late_s, left_s = late(t, served + theta), late(s, served + theta), late(s, served)
        in_time = answered = free
        short_share, waited, mean = Decimal(0), Decimal(0), Decimal(0)
        for j, share in enumerate(found):
            stays = served / (served + (j + 1) * theta)
            mean += 1 / (served + (j + 1) * theta)
            in_time += share * stays * (1 - late_t[j])
            answered += share * stays
            waited += share * stays * mean
            short_share += share * (1 - (-theta * s).exp() * left_s[j] - stays * (1 - late_s[j]))
        queue = sum((count - agents) * one for count, one in enumerate(states) if count > agents)
        figures = {
            "load": rate * length,
            "occupancy": sum(min(count, agents) * one for count, one in enumerate(states)) / agents,
            "waiting": 1 - free,
            "service_level": in_time,
            "service_level_of_answered": in_time / answered,
            "service_level_without_short_abandons": in_time / (1 - short_share),
            "service_level_counting_short_abandons": in_time + short_share,
            "average_wait": queue / (rate * enters),
            "average_speed_of_answer": waited / answered,
            "queue_length": queue,
            "abandonment": theta * queue / (rate * enters),
            "blocking": 1 - enters,
        }
        return {name: float(value) for name, value in figures.items()}


Case = tuple[int, float, float, float, float, float]

GRID = [
    (agents, agents * busy, handling, patience, threshold, short)
    for agents, handling in ((1, 60.0), (3, 5.0), (14, 180.0), (30, 240.0))
    for busy in (0.01, 0.7, 1.0, 1.3, 4.0)
    for patience, threshold, short in ((0.5, 20.0, 5.0), (120.0, 20.0, 20.0), (3600.0, 90.0, 0.0))
]


@pytest.mark.parametrize("case", GRID, ids=str)
def test_erlang_a_agrees_with_its_chain_to_ten_digits(
    case: tuple[int, float, float, float, float, float],
) -> None:
    agents, load, handling, patience, threshold, short = case
    exact = summed(load / handling, handling, patience, agents, threshold, short)

    found = erlang.impatient_queue(
        arrivals=load / handling,
        handling=handling,
        patience=patience,
        agents=agents,
        threshold=threshold,
        short_abandon=short,
    )

    for name in FIGURES:
        assert getattr(found, name) == pytest.approx(exact[name], rel=1e-11, abs=1e-40), name


@pytest.mark.parametrize("case", GRID[::4], ids=str)
@pytest.mark.parametrize("places", [0, 1, 7])
@pytest.mark.parametrize("is_patient", [False, True])
def test_erlang_x_agrees_with_its_chain_to_ten_digits(case: Case, places: int, is_patient: bool) -> None:
    agents, load, handling, patience, threshold, short = case
    limit = None if is_patient else patience
    exact = summed(load / handling, handling, limit, agents, threshold, short, agents + places)

    found = limited_queue(
        arrivals=load / handling,
        handling=handling,
        patience=limit,
        agents=agents,
        lines=agents + places,
        threshold=threshold,
        short_abandon=short,
    )

    for name in FIGURES:
        assert getattr(found, name) == pytest.approx(exact[name], rel=1e-10, abs=1e-14), name


# --- the chain of states, solved as equations


def solved(
    arrivals: float, handling: float, patience: float | None, agents: int, threshold: float, lines: int
) -> tuple[float, float, float]:
    """Answered in time / entered, abandoned / entered, blocked / attempts, by plain matrix algebra: the
    balance equations, and the fate of one marked customer as a chain with two ends."""
    theta = 0.0 if patience is None else 1 / patience
    size = lines + 1
    rates = np.zeros((size, size))
    for count in range(size):
        if count < lines:
            rates[count, count + 1] = arrivals
        if count > 0:
            rates[count, count - 1] = min(count, agents) / handling + max(count - agents, 0) * theta
    rates -= np.diag(rates.sum(axis=1))
    shares = np.linalg.solve(np.vstack([rates.T[:-1], np.ones(size)]), np.append(np.zeros(lines), 1.0))
    places = lines - agents
    # States of the marked one: 0 ... places - 1 ahead of him, answered, gone.
    fate = np.zeros((places + 2, places + 2))
    for ahead in range(places):
        fate[ahead, ahead - 1 if ahead else places] += agents / handling
        if ahead:
            fate[ahead, ahead - 1] += ahead * theta
        fate[ahead, places + 1] += theta
    fate -= np.diag(fate.sum(axis=1))
    power = exponential(fate * threshold)
    ends = exponential(fate * 1e6)
    enters = 1 - shares[lines]
    waiting = shares[agents:lines] / enters
    in_time = shares[:agents].sum() / enters + waiting @ power[:places, places]
    return float(in_time), float(waiting @ ends[:places, places + 1]), float(shares[lines])


def exponential(matrix: "np.ndarray[tuple[int, int], np.dtype[np.float64]]") -> np.ndarray:
    """exp(matrix) by halving, a short series, and squaring."""
    halvings = max(0, ceil(log(float(np.abs(matrix).max()) + 1) / log(2)) + 4)
    small = matrix / 2**halvings
    term = total = np.eye(len(matrix))
    for k in range(1, 18):
        term = term @ small / k
        total = total + term
    for _ in range(halvings):
        total = total @ total
    return total


@pytest.mark.parametrize(
    ("agents", "lines", "load", "patience"),
    [(1, 5, 0.7, 60.0), (3, 9, 4.0, None), (5, 30, 4.5, 180.0), (8, 40, 10.0, 30.0), (2, 3, 1.0, None)],
)
def test_formulas_agree_with_the_solved_chain(
    agents: int, lines: int, load: float, patience: float | None
) -> None:
    in_time, given_up, blocked = solved(load / 240, 240, patience, agents, 20, lines)

    found = limited_queue(
        arrivals=load / 240, handling=240, patience=patience, agents=agents, lines=lines, threshold=20
    )

    assert found.service_level == pytest.approx(in_time, abs=1e-9)
    assert found.abandonment == pytest.approx(given_up, abs=1e-9)
    assert found.blocking == pytest.approx(blocked, abs=1e-12)


# --- how the formulas hang together


@pytest.mark.parametrize("patience", [1e9, 1e12])
def test_endless_patience_makes_erlang_a_erlang_c(patience: float) -> None:
    patient = erlang.patient_queue(arrivals=10 / 180, handling=180, agents=13, threshold=20)
    impatient = erlang.impatient_queue(
        arrivals=10 / 180, handling=180, patience=patience, agents=13, threshold=20
    )

    for name in FIGURES:
        assert getattr(impatient, name) == pytest.approx(getattr(patient, name), rel=1e-6, abs=1e-6), name


def test_no_patience_at_all_makes_erlang_a_erlang_b() -> None:
    for agents in (1, 5.5, 14):
        found = erlang.impatient_queue(
            arrivals=10 / 180, handling=180, patience=1e-9, agents=agents, threshold=20
        )

        assert found.abandonment == pytest.approx(erlang.erlang_b(agents, 10), rel=1e-9)


def test_many_lines_make_erlang_x_erlang_a_and_few_make_it_erlang_b() -> None:
    asked = {"arrivals": 10 / 180, "handling": 180.0, "patience": 120.0, "threshold": 20.0}

    many = limited_queue(**asked, agents=11, lines=400)
    free = erlang.impatient_queue(**asked, agents=11)
    few = limited_queue(**asked, agents=11, lines=11)

    for name in FIGURES:
        assert getattr(many, name) == pytest.approx(getattr(free, name), rel=1e-11, abs=1e-12), name
    assert few.blocking == pytest.approx(erlang.erlang_b(11, 10), rel=1e-12)
    assert few.service_level == 1
    assert few.average_wait == 0


def test_those_who_call_again_are_counted_as_often_as_they_call() -> None:
    """Iterating attempts = first / (1 - r (P_block + (1 - P_block) P_ab)) leads to the same point."""
    asked = {"handling": 180.0, "patience": 60.0, "agents": 10, "lines": 14, "threshold": 20.0}
    attempts = first = 14 / 180
    for _ in range(500):
        found = limited_queue(arrivals=attempts, **asked)
        lost = found.blocking + (1 - found.blocking) * found.abandonment
        attempts = first / (1 - 0.7 * lost)

    again = limited_queue(arrivals=first, redial=0.7, **asked)

    assert again.load == pytest.approx(14)
    assert again.blocking == pytest.approx(found.blocking, rel=1e-12)
    assert again.service_level == pytest.approx(found.service_level, rel=1e-12)
    assert again.occupancy > limited_queue(arrivals=first, **asked).occupancy


@pytest.mark.parametrize("model", ["b", "c", "a"])
def test_parts_of_an_agent_lie_between_whole_ones(model: str) -> None:
    more = {"patience": 120} if model == "a" else {}
    asked = {"calls": 100, "interval": 1800, "aht": 180, "threshold": 20, **more}
    steps = [ask(model, agents=11 + part / 10, **asked).steady for part in range(21)]

    levels = [1 - one.blocking if model == "b" else one.service_level for one in steps]
    assert levels == sorted(levels)
    bends = np.diff(levels, n=2)
    assert np.all(np.abs(bends) < 2e-3), "a kink at a whole number"


@pytest.mark.parametrize(
    ("servers", "load"), [(0.5, 0.3), (0.5, 3.0), (2.25, 0.01), (7.75, 9.0), (0.01, 1.5), (40.5, 30.0)]
)
def test_erlang_b_between_whole_numbers_is_the_integral_of_jagers_and_van_doorn(
    servers: float, load: float
) -> None:
    """1 / B = integral of exp(-u) (1 + u / a)^c over u >= 0."""
    u = np.exp(np.linspace(-60, log(800), 2_000_001))
    values = np.exp(-u + servers * np.log1p(u / load)) * u
    step = (log(800) + 60) / 2_000_000

    assert 1 / erlang.erlang_b(servers, load) == pytest.approx(float(np.trapezoid(values) * step), rel=1e-9)


def test_ten_thousand_agents_keep_their_digits() -> None:
    assert erlang.erlang_b(10_000, 9_900) == pytest.approx(blocking_by_sum(10_000, 9_900), rel=1e-9)
    found = erlang.impatient_queue(
        arrivals=9_900 / 240, handling=240, patience=180, agents=10_000, threshold=20
    )
    wide = limited_queue(
        arrivals=9_900 / 240, handling=240, patience=180, agents=10_000, lines=14_000, threshold=20
    )
    for name in FIGURES:
        assert getattr(found, name) == pytest.approx(getattr(wide, name), rel=1e-9, abs=1e-12), name


def blocking_by_sum(servers: int, load: float) -> float:
    """Erlang B by its definition, term by term in logarithms."""
    last = servers * log(load) - lgamma(servers + 1)
    return 1 / sum(exp(count * log(load) - lgamma(count + 1) - last) for count in range(servers + 1))


positive = some.floats(1e-9, 1e12, allow_nan=False)


@settings(max_examples=150, deadline=None)
@given(
    model=some.sampled_from(calculator.MODELS),
    calls=some.one_of(some.just(0.0), positive, some.floats(0.001, 1e6)),
    interval=some.sampled_from([1e-9, 900.0, 1800.0, 1e12]),
    aht=some.one_of(positive, some.floats(1, 1000)),
    threshold=some.sampled_from([0.0, 1e-9, 20.0, 1e12]),
    agents=some.one_of(some.floats(1e-9, 1e6), some.integers(1, 20_000).map(float)),
    patience=some.one_of(positive, some.floats(1, 1000)),
    short=some.sampled_from([None, 0.0, 5.0, 1e12]),
)
def test_whatever_is_asked_the_answer_is_a_number_and_a_share_is_a_share(
    model: str,
    calls: float,
    interval: float,
    aht: float,
    threshold: float,
    agents: float,
    patience: float,
    short: float | None,
) -> None:
    options: dict[str, float | None] = {"short_abandon": short, "agents": agents}
    if model in ("a", "x"):
        options["patience"] = patience
    if model == "x":
        options["agents"] = float(ceil(min(agents, 5_000)))
        options["lines"] = options["agents"] + 50

    found = ask(model, calls=calls, interval=interval, aht=aht, threshold=threshold, **options)

    for name, value in found.figures.items():
        if value is None:
            assert found.is_overload
            continue
        assert isfinite(value), name
        assert value >= 0, name
        if name not in ("load_erlangs", "mean_queue_length") and not name.endswith("_seconds"):
            assert value <= 1, name


# --- how many agents


@pytest.mark.parametrize(
    ("model", "options"),
    [("b", {}), ("c", {"service_cv": 1.4}), ("a", {"patience": 90}), ("x", {"patience": 90, "lines": 400})],
)
@pytest.mark.parametrize("calls", [1, 30, 100, 3_000])
def test_one_agent_fewer_would_miss_the_target(model: str, options: dict[str, float], calls: int) -> None:
    asked = {"calls": calls, "interval": 1800, "aht": 200, "threshold": 20, **options}

    found = ask(model, **asked, target=0.8, max_occupancy=0.88, max_abandonment=0.05)

    assert is_enough(model, found.steady)
    if found.agents > 1:
        assert not is_enough(model, ask(model, **asked, agents=found.agents - 1).steady)


def is_enough(model: str, found: erlang.Steady) -> bool:
    reached = 1 - found.blocking if model == "b" else found.service_level
    return reached >= 0.8 and found.occupancy <= 0.88 and found.abandonment <= 0.05


def test_a_target_that_no_number_of_agents_reaches_is_refused() -> None:
    asked = {"calls": 100, "interval": 1800, "aht": 180, "threshold": 20}

    with pytest.raises(Refused) as refused:
        ask("x", **asked, lines=8, target=0.99, max_occupancy=0.5)

    assert refused.value.code == "target_unreachable"
    assert refused.value.facts["most"] == 8


# --- bad input

GOOD = {"calls": 100, "interval": 1800, "aht": 180, "threshold": 20, "agents": 14}


@pytest.mark.parametrize(
    ("model", "changes", "place", "code"),
    [
        ("d", {}, "model", "unknown_model"),
        ("", {}, "model", "unknown_model"),
        ("c", {"calls": -1}, "calls", "negative"),
        ("c", {"calls": "nan"}, "calls", "not_a_number"),
        ("c", {"calls": "many"}, "calls", "not_a_number"),
        ("c", {"calls": "inf"}, "calls", "not_a_number"),
        ("c", {"calls": 1e13}, "calls", "too_large"),
        ("c", {"calls": None}, "calls", "missing"),
        ("c", {"aht": 0}, "aht", "not_positive"),
        ("c", {"interval": 0}, "interval", "not_positive"),
        ("c", {"threshold": -20}, "threshold", "negative"),
        ("c", {"agents": 0}, "agents", "not_positive"),
        ("c", {"agents": -3}, "agents", "negative"),
        ("c", {"agents": None}, "agents", "missing"),
        ("c", {"agents": None, "target": 1.1}, "target", "not_below_whole"),
        ("c", {"agents": None, "target": 1}, "target", "not_below_whole"),
        ("c", {"agents": None, "target": 0}, "target", "not_positive"),
        ("c", {"agents": None, "target": 0.8, "max_occupancy": 1.1}, "max_occupancy", "above_whole"),
        ("c", {"target": 0.8}, "target", "agents_and_target"),
        ("c", {"max_occupancy": 0.8}, "max_occupancy", "only_with_target"),
        ("c", {"patience": 10}, "patience", "not_for_model"),
        ("b", {"service_cv": 1}, "service_cv", "not_for_model"),
        ("a", {"lines": 20, "patience": 10}, "lines", "not_for_model"),
        ("a", {}, "patience", "missing"),
        ("a", {"patience": 0}, "patience", "not_positive"),
        ("x", {}, "lines", "missing"),
        ("x", {"lines": 12}, "lines", "fewer_lines_than_agents"),
        ("x", {"lines": 14.5}, "lines", "not_whole"),
        ("x", {"lines": 20, "agents": 14.5}, "agents", "not_whole"),
        ("x", {"lines": 20, "redial": 1}, "redial", "not_below_whole"),
        ("c", {"service_cv": -1}, "service_cv", "negative"),
    ],
)
def test_nonsense_is_refused_with_its_place(
    model: str, changes: dict[str, object], place: str, code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        ask(model, **{**GOOD, **changes})

    assert (refused.value.place, refused.value.code) == (place, code)


# --- overload and the spread of handling


def test_queue_that_grows_for_ever_has_no_mean_wait() -> None:
    found = ask("c", **{**GOOD, "agents": 10})

    assert found.is_overload
    assert found.steady.service_level == 0
    assert found.steady.occupancy == 1
    assert found.steady.average_wait is None


def test_no_load_blocks_nobody() -> None:
    assert erlang.erlang_b(0, 0) == 1
    assert erlang.erlang_b(3, 0) == 0
    assert erlang.erlang_c(3, 5) == 1
    assert erlang.loss_system(arrivals=0, handling=1, agents=3).occupancy == 0


def test_spread_of_handling_stretches_the_wait_of_those_who_wait() -> None:
    plain, spread = ask("c", **GOOD).steady, ask("c", **GOOD, service_cv=1.5).steady

    assert spread.waiting == plain.waiting
    assert plain.average_wait is not None
    assert spread.average_wait == pytest.approx(plain.average_wait * (1 + 1.5**2) / 2)
    assert spread.service_level < plain.service_level
    assert ask("c", **GOOD, service_cv=0).steady.average_wait == pytest.approx(plain.average_wait / 2)
    assert inf > spread.average_wait
