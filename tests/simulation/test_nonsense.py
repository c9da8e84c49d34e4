"""Scenarios that somebody has spoilt: whatever stands in them, they are read or refused with a place."""

import copy
import datetime as dt
import random
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from otklik.operations import texts
from otklik.simulation.draws import Streams
from otklik.simulation.reading import ScenarioRefused, read, tree_of
from otklik.simulation.run import run

pytestmark = pytest.mark.fast

SCENARIOS = 160
EVENTFUL = """
name = "all there is"
seed = 4
replications = 2
warm_up_seconds = 600
service_level_formula = "answered_in_time/offered"
lines = 40
away_seconds = 20
guard = { handled = 10, streak_seconds = 3600, pause_seconds = 60 }
[[plan]]
name = "evening"
otherwise = "inbound"
spans = [{ mode = "outbound", from = "16:00", to = "18:00" }]
load = { queues = ["sales"], busy = 4, calm = 1, calm_for_seconds = 60, keeps = 1 }
[[queue]]
name = "sales"
threshold_seconds = 20
short_abandon_seconds = 5
wrap_up_seconds = 15
wrap_up = { distribution = "lognormal", mean_seconds = 10, cv = 0.5 }
ring_seconds = 3
ring_timeout_seconds = 20
maximum_waiting = 20
priority = 2
ageing_per_minute = 0.5
weight = 1.5
strategy = "longest_idle"
after_missed = "cool_down"
missed_rest_seconds = 15
missed_limit = 2
skills = { sales = 2, english = 3 }
relaxation = [{ after_seconds = 30, minimum = 1, skills = ["english"] }, { after_seconds = 60 }]
overflow = [
  { when = "waited", after_seconds = 90, to = "support", keeps_wait = true },
  { when = "length", length = 10, callback = true, callback_queue = "sales" },
]
callbacks = { priority = 1, share = 0.4, attempts = 3, accept = 0.5, reached = 0.8, dial_seconds = 10 }
transfers = [{ to = "support", share = 0.2 }]
redial = { share = 0.3, mean_seconds = 120 }
preferred = { share = 0.1, wait_seconds = 30, waits_for_pause = true }
arrivals = { profile = [5, 8, 5], starts_at = "10:00", day_cv = 0.1 }
handle = { distribution = "lognormal", mean_seconds = 120, cv = 1.1 }
patience = { mean_seconds = 100, early_share = 0.04, early_seconds = 10 }
[[queue]]
name = "support"
arrivals = { per_hour = 2 }
handle = { distribution = "fixed", mean_seconds = 90 }
[[agents]]
name = "day"
count = 4
plan = "evening"
skills = { sales = 5, english = 4, support = 1 }
shifts = [{ from = "09:00", to = "18:00", breaks = [{ at = "12:00", until = "13:00", minutes = 30 }] }]
absence = 0.05
handle_factor = { sales = 0.9 }
missed = 0.02
capacity = 1
[[agents]]
name = "by hour"
present = [0, 2, 3]
starts_at = "10:00"
skills = { support = 3 }
handle_factor = 1.2
"""
JUNK: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 11, 2.5, -0.5, 10**9, 10**400, -(10**400), 1e308, float("nan"),
    float("inf"), float("-inf"), "", "sales", "support", "x" * 300, "25:61", "09:30", "10:00", "\x00", [],
    [1], ["sales"], [[]], [{}], [None], {}, {"sales": 1}, {"": 0}, {"mean_seconds": 5}, dt.date(2026, 1, 2),
    dt.time(9, 30), dt.datetime(2026, 1, 2, tzinfo=dt.UTC),
)  # fmt: skip


def places_of(value: object, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every field, table and element, the tree itself left out."""
    within = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, found in within:
        yield (*way, name)
        yield from places_of(found, (*way, name))


def spoilt(tree: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """One to three places hold something else, are gone, stand twice, or have a new neighbour."""
    tree = copy.deepcopy(tree)
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        *way, last = chance.choice(list(places_of(tree)))
        found: Any = tree
        for part in way:
            found = found[part]
        match chance.randrange(10):
            case 0:
                del found[last]
            case 1 if isinstance(found, list):
                found.append(copy.deepcopy(found[last]))
            case 1 if isinstance(found, dict):
                found[chance.choice(["colour", "", "mean_seconds", "to"])] = chance.choice(JUNK)
            case _:
                found[last] = copy.deepcopy(chance.choice(JUNK))
    return tree


def test_the_scenario_with_all_there_is_can_run() -> None:
    plan = read(tree_of(EVENTFUL))

    assert len(run(plan.scenario, Streams(plan.seed, 0)).statistics.figures) > 4


def test_a_wrong_name_is_told_once() -> None:
    with pytest.raises(ScenarioRefused) as refused:
        read(tree_of(EVENTFUL.replace('name = "support"', "name = 5", 1)))

    places = [(one.place, one.code) for one in refused.value.problems]
    assert places.count(("queue[1].name", "not_a_text")) == 1
    assert ("queue[1].name", "missing") not in places


def test_a_queue_without_a_place_is_refused() -> None:
    with pytest.raises(ScenarioRefused) as refused:
        read(tree_of(EVENTFUL.replace("maximum_waiting = 20", "maximum_waiting = 0")))

    assert [(one.place, one.code) for one in refused.value.problems] == [
        ("queue[0].maximum_waiting", "too_small")
    ]


@pytest.mark.parametrize("part", range(4))
def test_a_spoilt_scenario_is_refused_with_places_and_words_or_can_run(part: int) -> None:
    whole = tree_of(EVENTFUL)
    chance = random.Random(part)
    refused_count = 0
    for _ in range(SCENARIOS // 4):
        tree = spoilt(whole, chance)
        try:
            plan = read(tree)
        except ScenarioRefused as refused:
            refused_count += 1
            for one in refused.problems:
                assert one.code
                for language in texts.LANGUAGES:
                    assert texts.say(language, f"scenario.problems.{one.code}", **one.facts)
                assert msgspec.json.encode(dict(one.facts))
            continue
        if plan.scenario.expected_calls() < 500 and plan.days == 1:
            run(plan.scenario, Streams(plan.seed, 0))
    assert refused_count > SCENARIOS // 10
