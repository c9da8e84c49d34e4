"""Several queues and kinds of agents: the twin corrects what the formula says, and keeps the promises."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from otklik.cli import main
from otklik.simulation.reading import Plan, read_text
from otklik.wfm.correction import SLOTS, correct, first_counts, groups_of
from otklik.wfm.model import StaffingRules

pytestmark = pytest.mark.long

TWO_QUEUES = """
seed = 3
replications = 8
service_level_formula = "answered_in_time/offered"
[[queue]]
name = "sales"
arrivals = { profile = [20, 40, 60, 60, 40, 20], starts_at = "10:00" }
handle = { distribution = "lognormal", mean_seconds = 240, cv = 1.0 }
patience = { mean_seconds = 180 }
[[queue]]
name = "support"
arrivals = { profile = [6, 10, 12, 12, 10, 6], starts_at = "10:00" }
handle = { mean_seconds = 400 }
patience = { mean_seconds = 240 }
[[agents]]
name = "both"
count = 5
skills = { sales = 5, support = 5 }
[[agents]]
name = "sales only"
count = 3
skills = { sales = 5 }
"""
OPEN = range(40, 46)


@pytest.fixture(scope="module")
def plan() -> Plan:
    return read_text(TWO_QUEUES)


def test_the_twin_keeps_the_promises_with_fewer_agents_than_the_formula(plan: Plan) -> None:
    """Agents who can do both make one pool of two queues, which no formula for one queue sees."""
    rules = StaffingRules()
    first, _ = first_counts(plan.scenario, rules)

    found = correct(plan, rules, rounds=4, processes=1)

    assert found.is_kept
    assert sum(map(sum, found.agents)) < sum(map(sum, first))
    assert found.rounds[0]["agent_hours"] == sum(map(sum, first)) / 4
    for queue in found.queues:
        for row in queue["intervals"]:
            assert row["service_level_p50"] >= rules.target
            assert row["abandonment_rate"] <= rules.max_abandonment
    for place, row in enumerate(found.intervals):
        assert row["agents"] == sum(group["intervals"][place]["agents"] for group in found.groups)
        assert row["occupancy"] <= rules.max_occupancy
    assert [row["from"] for row in found.intervals] == ["10:00", "10:15", "10:30", "10:45", "11:00", "11:15"]
    assert found.promises == 12
    assert found.broken_on_other_days <= 4


def test_agents_are_added_where_the_formula_knows_too_little() -> None:
    """Three talks in ten go on to the other queue: calls that the formula has not heard of."""
    text = TWO_QUEUES.replace(
        'name = "sales"\narrivals',
        'name = "sales"\ntransfers = [{ to = "support", share = 0.3 }]\narrivals',
        1,
    )
    rules = StaffingRules()

    found = correct(read_text(text), rules, rounds=6, processes=1)

    assert found.rounds[0]["broken_promises"] > 0
    assert found.rounds[-1]["broken_promises"] < found.rounds[0]["broken_promises"]
    assert max(one["agent_hours"] for one in found.rounds) > found.rounds[0]["agent_hours"]


def test_the_same_seed_finds_the_same_agents(plan: Plan) -> None:
    assert (
        correct(plan, StaffingRules(), rounds=1, processes=1).agents
        == correct(plan, StaffingRules(), rounds=1, processes=2).agents
    )


def test_shifts_put_as_many_to_work_as_counted(plan: Plan) -> None:
    counts = [[0] * SLOTS, [0] * SLOTS]
    counts[0][40:46] = [1, 3, 3, 2, 0, 2]

    groups = groups_of(plan.scenario, counts)

    present = [0] * SLOTS
    for group in groups:
        for shift in group.shifts:
            for slot in range(shift.start // timedelta(minutes=15), shift.end // timedelta(minutes=15)):
                present[slot] += group.count
    # Who served last stays for those who still wait; a pause does not end the day.
    assert present[40:51] == [1, 3, 3, 2, 2, 2, 2, 2, 2, 2, 0]


def test_command_tells_agents_by_kind(tmp_path: Path) -> None:
    file = tmp_path / "centre.toml"
    file.write_text(TWO_QUEUES)

    words = ["staff", str(file), "--replications", "4", "--rounds", "1"]
    result = CliRunner().invoke(main, [*words, "--json"])

    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert [group["name"] for group in found["groups"]] == ["both", "sales only"]
    assert [len(queue["intervals"]) for queue in found["queues"]] == [6, 6]
    assert found["replications"] == 4
    table = CliRunner().invoke(main, words, env={"LC_ALL": "ru_RU.UTF-8"}).stdout
    assert "sales only" in table.splitlines()[0]
    assert "двойнику" in table


def test_what_stands_in_the_scenario_is_not_told_twice(tmp_path: Path) -> None:
    file = tmp_path / "centre.toml"
    file.write_text(TWO_QUEUES)

    refused = CliRunner().invoke(main, ["staff", str(file), "--patience", "100", "--json"])
    broken = CliRunner().invoke(main, ["staff", "-", "--json"], input=TWO_QUEUES.replace("240", "-240"))

    assert refused.exit_code == broken.exit_code == 2
    assert json.loads(refused.stdout)["error"]["problems"][0]["code"] == "of_the_scenario"
    assert json.loads(broken.stdout)["error"]["code"] == "scenario_refused"
