"""The real centre as a scenario: what is learned of its days, written, edited and run again."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from otklik.acd import events as acd
from otklik.acd.engine import Engine
from otklik.acd.model import OverflowTo
from otklik.simulation.draws import LogNormal, Streams
from otklik.simulation.fidelity import count_real
from otklik.simulation.learning import RecordedDay, learn
from otklik.simulation.reading import ScenarioRefused, read, read_text
from otklik.simulation.recorded import _TAKES, Recording
from otklik.simulation.run import run
from otklik.simulation.scenario import DEFAULT_FORMULA
from otklik.simulation.writing import write_text
from otklik.vocabulary.ids import SkillId
from otklik.wfm.recorded import SETTING_UP
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


WHOLE_CENTRE: dict[str, Any] = {
    "guard": {"handled": 12, "streak_seconds": 5400.0, "pause_seconds": 240.0},
    "queue": [
        {
            "name": "sales",
            "arrivals": {"starts_at": "08:00", "profile": [30] * 40},
            "handle": {"mean_seconds": 240},
            "patience": {"mean_seconds": 400},
            "wrap_up_seconds": 20,
            "ring_seconds": 3,
            "priority": 3,
            "after_missed": "cool_down",
            "missed_rest_seconds": 40,
            "missed_limit": 5,
            "preferred": {"share": 0.3, "wait_seconds": 20, "waits_for_pause": True},
            "overflow": [
                {"when": "waited", "after_seconds": 45, "to": "second", "keeps_wait": False},
                {"when": "length", "length": 2, "callback": True, "callback_queue": "back"},
                {"when": "waited", "after_seconds": 600, "leaves": True},
            ],
            "callbacks": {"accept": 0.7, "reached": 0.8, "dial_seconds": 12, "attempts": 2, "share": 0.4},
        },
        {
            "name": "second",
            "arrivals": {"per_hour": 4},
            "handle": {"mean_seconds": 200},
            "patience": {"mean_seconds": 300},
        },
        {
            "name": "back",
            "kind": "callbacks",
            "arrivals": {"per_hour": 0},
            "handle": {"mean_seconds": 100},
            "callbacks": {"reached": 0.8, "attempts": 2, "retry_after_seconds": 300},
        },
    ],
    "plan": [
        {
            "name": "mixed",
            "otherwise": "inbound",
            "spans": [{"mode": "outbound", "from": "09:00", "to": "12:15"}],
            "load": {"queues": ["sales"], "busy": 5, "calm": 1, "calm_for_seconds": 60, "keeps": 1},
        }
    ],
    "agents": [
        {"name": "a", "skills": {"sales": 5, "back": 1}, "starts_at": "08:00", "present": [8] * 40},
        {
            "name": "b",
            "skills": {"sales": 7, "back": 5},
            "starts_at": "08:00",
            "present": [3] * 40,
            "plan": "mixed",
        },
        {"name": "c", "skills": {"second": 3}, "starts_at": "00:00", "present": [3] * 96},
    ],
}
SKILLS = {SkillId(1): "sales", SkillId(2): "second", SkillId(3): "back"}


def lived(tree: dict[str, Any]) -> tuple[Any, list[acd.AcdEvent]]:
    """What a centre with this scenario did on its day."""
    scenario = read(tree).scenario
    events: list[acd.AcdEvent] = []
    run(scenario, Streams(3), engine=Engine(), listen=events.append)
    return scenario, events


def test_a_centre_with_all_ways_out_plans_and_guard_is_learned_with_them() -> None:
    scenario, events = lived(WHOLE_CENTRE)
    day = RecordedDay(Recording.of(events), scenario.start, scenario.start + timedelta(days=1))
    tree = learn([day], skill_names=SKILLS, formula=DEFAULT_FORMULA)
    assert tree is not None

    assert tree["guard"] == WHOLE_CENTRE["guard"]
    sales, _, back = tree["queue"]
    given = WHOLE_CENTRE["queue"][0]
    assert sales["overflow"] == given["overflow"]
    for name in ("priority", "after_missed", "missed_rest_seconds", "missed_limit"):
        assert sales[name] == given[name], name
    assert (sales["kind"], back["kind"]) == ("inbound", "callbacks")
    assert sales["preferred"]["share"] == pytest.approx(0.3, abs=0.06)
    assert (sales["preferred"]["wait_seconds"], sales["preferred"]["waits_for_pause"]) == (20, True)
    assert (sales["callbacks"]["attempts"], sales["callbacks"]["share"]) == (2, 0.4)
    assert sales["callbacks"]["accept"] == pytest.approx(0.7, abs=0.2)
    assert sales["callbacks"]["reached"] == pytest.approx(0.8, abs=0.2)
    assert sales["callbacks"]["dial_seconds"] == pytest.approx(12, abs=0.1)
    (plan,) = tree["plan"]
    wanted = WHOLE_CENTRE["plan"][0]
    assert {**plan, "name": ""} == {**wanted, "name": ""}
    followers = [group for group in tree["agents"] if group.get("plan") == plan["name"]]
    assert [max(group["present"]) for group in followers] == [3]


def test_the_learned_centre_lives_by_the_same_rules() -> None:
    """Written, read and run again, each of its rules has an effect, about as often as on the day."""
    scenario, events = lived(WHOLE_CENTRE)
    day = RecordedDay(Recording.of(events), scenario.start, scenario.start + timedelta(days=1))
    tree = learn([day], skill_names=SKILLS, formula=DEFAULT_FORMULA)
    assert tree is not None

    plan = read_text(write_text(tree))
    assert plan == read(tree)
    _, again = lived(tree)
    real, twin = (Counter(type(event).__name__ for event in found) for found in (events, again))
    for name in (
        "InteractionOverflowed",
        "CallbackOffered",
        "CallbackPromised",
        "CallbackDialed",
        "AgentModeChanged",
        "AgentGuarded",
        "PreferredAgentReleased",
    ):
        assert real[name] > 0, name
        assert twin[name] > 0, name
    left = [
        event
        for event in again
        if isinstance(event, acd.InteractionOverflowed) and event.to is OverflowTo.MESSAGE
    ]
    assert all(
        any(
            isinstance(other, acd.InteractionEnded) and other.interaction_id == event.interaction_id
            for other in again
        )
        for event in left
    )
    assert 0.5 < twin["InteractionOverflowed"] / real["InteractionOverflowed"] < 2


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"plan": [{"name": "x", "otherwise": "asleep"}]}, "plan[0].otherwise"),
        ({"plan": [{"otherwise": "inbound"}]}, "plan[0].name"),
        ({"plan": [{"name": "x", "load": {"queues": ["nowhere"]}}]}, "plan[0].load.queues[0]"),
        ({"plan": [{"name": "x", "spans": [{"mode": "inbound", "from": "9"}]}]}, "plan[0].spans[0].from"),
        ({"guard": {"handled": -1}}, "guard.handled"),
        ({"guard": {"often": 1}}, "guard.often"),
    ],
)
def test_plans_and_guard_that_cannot_be_are_refused(change: dict[str, Any], place: str) -> None:
    with pytest.raises(ScenarioRefused) as caught:
        read({**WHOLE_CENTRE, **change})

    assert place in [problem.place for problem in caught.value.problems]


def test_what_sets_a_centre_up_is_read_from_its_beginning() -> None:
    """Plans and rules were mostly made long before the day that is looked at."""
    configured = {kind for kind in _TAKES if kind.__name__.endswith(("Configured", "Removed"))}

    assert acd.PlanConfigured in configured
    assert configured == set(SETTING_UP)
