"""Scenarios as people write them: what is read, and what is refused before anything runs."""

import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from otklik.operations import texts
from otklik.simulation.draws import EarlyPeak, Exponential, Fixed, LogNormal
from otklik.simulation.reading import Plan, Problem, ScenarioRefused, read, read_text

pytestmark = pytest.mark.fast

SECOND = timedelta(seconds=1)

EXAMPLE = """
seed = 1
days = 1
replications = 1
warm_up_seconds = 0
service_level_formula = "answered_in_time/offered"
[[queue]]
name = "sales"
threshold_seconds = 20
short_abandon_seconds = 5
wrap_up_seconds = 0
ring_seconds = 0
arrivals = { per_hour = 712.5 }
handle = { distribution = "exponential", mean_seconds = 240 }
patience = { distribution = "exponential", mean_seconds = 180 }
[[agents]]
count = 50
skills = { sales = 5 }
"""


def example(**changes: Any) -> dict[str, Any]:
    """The example as a tree, with changes by place: `queue.0.handle` = value; None takes the field away."""
    tree: Any = tomllib.loads(EXAMPLE)
    for place, value in changes.items():
        *way, last = [int(part) if part.isdigit() else part for part in place.split(".")]
        found = tree
        for part in way:
            found = found[part]
        if value is None:
            del found[last]
        else:
            found[last] = value
    return tree


def problems_of(tree: dict[str, Any]) -> list[Problem]:
    with pytest.raises(ScenarioRefused) as refused:
        read(tree)
    return list(refused.value.problems)


def test_the_example_is_read() -> None:
    plan = read_text(EXAMPLE)

    (load,), (group,) = plan.scenario.queues, plan.scenario.agents
    assert (plan.seed, plan.days, plan.replications) == (1, 1, 1)
    assert plan.scenario.formula == "answered_in_time/offered"
    assert load.handling == Exponential(240 * SECOND)
    assert load.patience == Exponential(180 * SECOND)
    assert load.arrivals.per_hour == (712.5,)
    assert (load.queue.service_threshold, load.queue.short_abandon) == (20 * SECOND, 5 * SECOND)
    assert (load.queue.wrap_up, load.ring) == (0 * SECOND, Fixed())
    assert (group.count, list(group.skills.values())) == (50, [5])


def test_fields_that_may_be_left_out_have_defaults() -> None:
    fields = ("short_abandon_seconds", "wrap_up_seconds", "ring_seconds", "patience")

    plan = read(example(**{f"queue.0.{name}": None for name in fields}, seed=None, days=None))

    load = plan.scenario.queues[0]
    assert load.patience is None
    assert load.queue.short_abandon == 5 * SECOND
    assert plan.days == 1


def test_words_of_the_command_line_win() -> None:
    plan = read_text(EXAMPLE, days=3, replications=4, seed=9)

    assert (plan.days, plan.replications, plan.seed) == (3, 4, 9)
    assert plan.scenario.duration == timedelta(days=3)


def test_profile_begins_where_it_says_and_is_calls_by_quarter_of_an_hour() -> None:
    plan = read(example(**{"queue.0.arrivals": {"profile": [10, 20], "starts_at": "09:30", "day_cv": 0.05}}))

    arrivals = plan.scenario.queues[0].arrivals
    assert arrivals.per_hour[37:41] == (0.0, 40.0, 80.0, 0.0)
    assert len(arrivals.per_hour) == 96
    assert arrivals.expected(timedelta(days=2)) == pytest.approx(60)


def test_lengths_of_every_kind() -> None:
    plan = read(
        example(
            **{
                "queue.0.handle": {"distribution": "lognormal", "mean_seconds": 200, "cv": 1.1},
                "queue.0.patience": {"mean_seconds": 300, "early_share": 0.04, "early_seconds": 10},
            }
        )
    )

    load = plan.scenario.queues[0]
    assert load.handling == LogNormal(200 * SECOND, 1.1)
    assert load.patience == EarlyPeak(0.04, 10 * SECOND, Exponential(300 * SECOND))


def test_shifts_with_breaks_over_midnight() -> None:
    night = {"from": "22:00", "to": "06:00", "breaks": [{"at": "26:00", "until": "27:00", "minutes": 30}]}

    plan = read(example(**{"agents.0.shifts": [night], "agents.0.absence": 0.1}))

    (shift,) = plan.scenario.agents[0].shifts
    assert (shift.start, shift.end) == (timedelta(hours=22), timedelta(hours=30))
    assert shift.breaks[0].spread == timedelta(hours=1)


NAN, INFINITE = float("nan"), float("inf")

REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"queue.0.handle": None}, "arrivals_without_handle", "queue[0].handle"),
    ({"queue.0.arrivals": None}, "missing", "queue[0].arrivals"),
    ({"queue.0.arrivals": {}}, "missing", "queue[0].arrivals.per_hour"),
    ({"queue.0.arrivals": {"per_hour": NAN}}, "not_finite", "queue[0].arrivals.per_hour"),
    ({"queue.0.arrivals": {"per_hour": INFINITE}}, "not_finite", "queue[0].arrivals.per_hour"),
    ({"queue.0.arrivals": {"per_hour": -1}}, "negative", "queue[0].arrivals.per_hour"),
    ({"queue.0.arrivals": {"per_hour": "many"}}, "not_a_number", "queue[0].arrivals.per_hour"),
    ({"queue.0.arrivals": {"per_hour": True}}, "not_a_number", "queue[0].arrivals.per_hour"),
    ({"queue.0.arrivals": {"per_hour": 4.2e7}}, "too_many_calls", "queue"),
    ({"queue.0.arrivals": {"per_hour": 1e12}}, "too_large", "queue[0].arrivals.per_hour"),
    ({"queue.0.arrivals": {"profile": [1, NAN]}}, "not_finite", "queue[0].arrivals.profile[1]"),
    ({"queue.0.arrivals": {"profile": [1] * 97}}, "profile_too_long", "queue[0].arrivals.profile"),
    ({"queue.0.arrivals": {"profile": []}}, "missing", "queue[0].arrivals.profile"),
    ({"queue.0.arrivals": {"profile": [1], "per_hour": 4}}, "either_or", "queue[0].arrivals.profile"),
    ({"queue.0.arrivals": {"profile": [1], "starts_at": "9"}}, "not_a_clock", "queue[0].arrivals.starts_at"),
    ({"queue.0.arrivals": {"per_hour": 4, "day_cv": -1}}, "negative", "queue[0].arrivals.day_cv"),
    ({"queue.0.handle": {"mean_seconds": 0}}, "too_small", "queue[0].handle.mean_seconds"),
    ({"queue.0.handle": {"mean_seconds": -240}}, "negative", "queue[0].handle.mean_seconds"),
    ({"queue.0.handle": {"mean_seconds": INFINITE}}, "not_finite", "queue[0].handle.mean_seconds"),
    ({"queue.0.handle": {"distribution": "exponential"}}, "missing", "queue[0].handle.mean_seconds"),
    (
        {"queue.0.handle": {"distribution": "weibull", "mean_seconds": 9}},
        "not_one_of",
        "queue[0].handle.distribution",
    ),
    ({"queue.0.handle": 240}, "not_a_table", "queue[0].handle"),
    ({"queue.0.patience": {"mean_seconds": -1}}, "negative", "queue[0].patience.mean_seconds"),
    ({"queue.0.wrap_up_seconds": -1}, "negative", "queue[0].wrap_up_seconds"),
    ({"queue.0.threshold_seconds": NAN}, "not_finite", "queue[0].threshold_seconds"),
    ({"queue.0.ring_seconds": 20}, "rings_too_long", "queue[0].ring_seconds"),
    ({"queue.0.name": ""}, "missing", "queue[0].name"),
    ({"queue.0.colour": "red"}, "unknown_field", "queue[0].colour"),
    ({"queue.0.skills": {"sales": 11}}, "too_large", "queue[0].skills.sales"),
    ({"queue.0.skills": {"sales": 0}}, "too_small", "queue[0].skills.sales"),
    ({"queue.0.skills": {"sales": 6}}, "nobody_can_serve", "queue[0].skills"),
    ({"queue.0.transfers": [{"to": "legal", "share": 0.1}]}, "unknown_queue", "queue[0].transfers[0].to"),
    ({"queue.0.transfers": [{"to": "sales", "share": 1.5}]}, "too_large", "queue[0].transfers[0].share"),
    ({"queue": []}, "missing", "queue"),
    ({"queue": "sales"}, "not_a_list", "queue"),
    ({"agents": None}, "missing", "agents"),
    ({"agents.0.count": 0}, "zero_capacity", "agents[0].count"),
    ({"agents.0.count": 2.5}, "not_whole", "agents[0].count"),
    ({"agents.0.count": -3}, "negative", "agents[0].count"),
    ({"agents.0.count": 1e9}, "too_large", "agents[0].count"),
    ({"agents.0.capacity": 0}, "zero_capacity", "agents[0].capacity"),
    ({"agents.0.skills": {"sails": 5}}, "unknown_skill", "agents[0].skills.sails"),
    ({"agents.0.skills": {"sales": 12}}, "too_large", "agents[0].skills.sales"),
    ({"agents.0.skills": None}, "missing", "agents[0].skills"),
    ({"agents.0.absence": 1.2}, "too_large", "agents[0].absence"),
    ({"agents.0.handle_factor": {"legal": 2}}, "unknown_queue", "agents[0].handle_factor.legal"),
    ({"agents.0.shifts": [{"from": "09:00"}]}, "missing", "agents[0].shifts[0].to"),
    ({"agents.0.shifts": [{"from": "09:61", "to": "10:00"}]}, "not_a_clock", "agents[0].shifts[0].from"),
    (
        {"agents.0.shifts": [{"from": "09:00", "to": "10:00", "breaks": [{"at": "09:50", "minutes": 30}]}]},
        "break_outside_shift",
        "agents[0].shifts[0].breaks[0].at",
    ),
    (
        {"agents.0.shifts": [{"from": "09:00", "to": "12:00"}, {"from": "11:00", "to": "15:00"}]},
        "shifts_overlap",
        "agents[0].shifts",
    ),
    ({"queue.0.overflow": [{"to": "sales", "after_seconds": 9}]}, "circular_overflow", "queue[0].overflow"),
    ({"queue.0.overflow": [{"to": "legal", "after_seconds": 9}]}, "unknown_queue", "queue[0].overflow[0].to"),
    ({"queue.0.overflow": [{"to": "sales"}]}, "missing", "queue[0].overflow[0].after_seconds"),
    ({"queue.0.overflow": [{"after_seconds": 9}]}, "missing", "queue[0].overflow[0].to"),
    (
        {"queue.0.overflow": [{"callback": 1, "after_seconds": 9}]},
        "not_a_flag",
        "queue[0].overflow[0].callback",
    ),
    ({"queue.0.callbacks": {"accept": 1.5}}, "too_large", "queue[0].callbacks.accept"),
    (
        {"queue.0.relaxation": [{"after_seconds": 9, "minimum": 11}]},
        "too_large",
        "queue[0].relaxation[0].minimum",
    ),
    (
        {"queue.0.relaxation": [{"after_seconds": 9}, {"after_seconds": 9}]},
        "steps_out_of_order",
        "queue[0].relaxation[1].after_seconds",
    ),
    ({"days": 0}, "too_small", "days"),
    ({"days": 1.5}, "not_whole", "days"),
    ({"replications": 10**9}, "too_large", "replications"),
    ({"warm_up_seconds": 86_400}, "warm_up_too_long", "warm_up_seconds"),
    ({"service_level_formula": "80/20"}, "not_one_of", "service_level_formula"),
    ({"seeds": 1}, "unknown_field", "seeds"),
    ({"seed": NAN}, "not_finite", "seed"),
]


@pytest.mark.parametrize(("changes", "code", "place"), REFUSED, ids=lambda one: str(one)[:60])
def test_what_cannot_be_is_refused_with_its_place(changes: dict[str, Any], code: str, place: str) -> None:
    found = problems_of(example(**changes))

    assert (code, place) in [(problem.code, problem.place) for problem in found]


@pytest.mark.parametrize(("changes", "code", "place"), REFUSED, ids=lambda one: str(one)[:60])
def test_what_is_refused_is_said_in_both_languages(changes: dict[str, Any], code: str, place: str) -> None:
    for problem in problems_of(example(**changes)):
        english, russian = (
            texts.say(language, f"scenario.problems.{problem.code}", **problem.facts)
            for language in ("en", "ru")
        )
        assert english
        assert any("а" <= letter <= "я" for letter in russian)


def test_everything_that_is_wrong_is_told_at_once() -> None:
    found = problems_of(
        example(**{"queue.0.handle": None, "queue.0.colour": 1, "agents.0.count": -1, "days": "two"})
    )

    assert {problem.place for problem in found} == {
        "queue[0].handle",
        "queue[0].colour",
        "agents[0].count",
        "days",
    }


def test_two_queues_of_one_name_are_refused() -> None:
    tree = example()
    tree["queue"].append(tree["queue"][0])

    assert [(one.code, one.place) for one in problems_of(tree)] == [("name_taken", "queue[1].name")]


def test_file_that_is_no_toml_is_refused() -> None:
    with pytest.raises(ScenarioRefused) as refused:
        read_text("queue = [")

    assert [problem.code for problem in refused.value.problems] == ["not_toml"]


def test_a_plan_can_be_sent_to_another_process() -> None:
    import pickle

    plan = read_text(EXAMPLE)

    sent: Plan = pickle.loads(pickle.dumps(plan))
    assert sent.scenario == plan.scenario


def test_overflow_in_a_circle_is_refused_with_the_way() -> None:
    tree = example()
    one = tree["queue"][0]
    names = ("a", "b", "c")
    tree["queue"] = [
        {**one, "name": name, "overflow": [{"to": other, "after_seconds": 20}]}
        for name, other in zip(names, ("b", "c", "a"), strict=True)
    ]
    tree["agents"][0]["skills"] = dict.fromkeys(names, 5)

    (problem,) = problems_of(tree)

    assert (problem.code, problem.place) == ("circular_overflow", "queue[0].overflow")
    assert problem.facts["path"] == "a → b → c → a"


def test_the_scenario_of_the_document_can_be_run() -> None:
    page = (Path(__file__).parents[2] / "docs" / "planning.md").read_text("utf-8")
    text = page.split("```toml")[1].split("```")[0]

    plan = read_text(text)

    assert plan.replications == 20
    assert plan.scenario.agents[0].shifts[0].breaks[0].spread == timedelta(hours=2, minutes=30)
