"""The real centre as a scenario: what is learned of its days, written, edited and run again."""

from datetime import timedelta
from typing import Any

import pytest

from otklik.acd import events as acd
from otklik.simulation.draws import LogNormal, Streams
from otklik.simulation.fidelity import count_real
from otklik.simulation.learning import RecordedDay, learn
from otklik.simulation.reading import read, read_text
from otklik.simulation.recorded import Recording
from otklik.simulation.run import run
from otklik.simulation.scenario import DEFAULT_FORMULA
from otklik.simulation.writing import write_text
from tests.simulation.recorded_day import WHOLE, acd_events, recorded_day

pytestmark = pytest.mark.fast

MIDNIGHT = WHOLE.start.replace(hour=0)


def learned(*seeds: int) -> dict[str, Any]:
    days = [
        RecordedDay(
            Recording.of(acd_events(recorded_day(seed, 14, 700))), MIDNIGHT, MIDNIGHT + timedelta(days=1)
        )
        for seed in seeds
    ]
    tree = learn(days, skill_names={1: "sales calls"}, formula=DEFAULT_FORMULA)
    assert tree is not None
    return tree


def test_centre_is_learned_written_and_read_again() -> None:
    tree = learned(5)

    text = write_text(tree, comment="The centre.")
    plan = read_text(text)

    assert text.startswith("# The centre.")
    assert plan == read(tree)
    (load,) = plan.scenario.queues
    assert load.name == "sales"
    assert isinstance(load.handling, LogNormal)
    assert load.handling.mean.total_seconds() == pytest.approx(40, rel=0.15)  # the crowd's manners
    assert load.queue.ring_timeout == timedelta(seconds=20)
    assert max(tree["agents"][0]["present"]) == 14
    assert tree["queue"][0]["arrivals"]["starts_at"] == "09:00"


def test_learned_centre_has_about_the_figures_of_its_day() -> None:
    """Another day of the same centre: of twenty, the mean is near the one that was recorded."""
    real = count_real(acd_events(recorded_day(5, 14, 700)), WHOLE).total()
    scenario = read(learned(5)).scenario

    runs = [run(scenario, Streams(1, number)).total for number in range(20)]

    offered = sum(one.offered for one in runs) / 20
    level = sum(one.answered_in_time for one in runs) / sum(one.answered + one.abandoned for one in runs)
    assert offered == pytest.approx(real.offered, rel=0.03)
    assert level == pytest.approx(real.service_level, abs=0.06)


def test_days_are_averaged() -> None:
    tree = learned(5, 6)

    arrivals = tree["queue"][0]["arrivals"]
    counts = [len(Recording.of(acd_events(recorded_day(seed, 14, 700))).stays) for seed in (5, 6)]
    assert sum(arrivals["profile"]) == pytest.approx(sum(counts) / 2, abs=0.01)


def test_agents_by_quarter_become_shifts_of_as_many() -> None:
    base = {
        "queue": [{"name": "sales", "arrivals": {"per_hour": 10}, "handle": {"mean_seconds": 60}}],
        "agents": [{"skills": {"sales": 5}, "starts_at": "09:00", "present": [1, 3, 3, 1]}],
    }

    groups = read(base).scenario.agents

    assert [group.count for group in groups] == [1, 2]
    assert [(shift.start, shift.end) for group in groups for shift in group.shifts] == [
        (timedelta(hours=9), timedelta(hours=10)),
        (timedelta(hours=9, minutes=15), timedelta(hours=9, minutes=45)),
    ]


def test_day_on_which_nobody_talked_teaches_nothing() -> None:
    quiet = [
        event
        for event in acd_events(recorded_day(5, 14, 700))
        if not isinstance(event, acd.InteractionConnected)
    ]
    day = RecordedDay(Recording.of(quiet), MIDNIGHT, MIDNIGHT + timedelta(days=1))

    assert learn([day], skill_names={}, formula=DEFAULT_FORMULA) is None


def test_names_with_quotes_and_line_ends_are_written_so_that_they_are_read_back() -> None:
    import tomllib

    tree = {"name": 'a "b" \\ c\nd', "queue": [{"name": "é", "skills": {'x "y"': 1}}]}

    assert tomllib.loads(write_text(tree)) == tree
