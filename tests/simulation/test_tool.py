"""`otklik simulate`: what other programs read, two scenarios compared, refusals."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from otklik.cli import main
from otklik.simulation.erlang import impatient_queue
from tests.simulation.test_reading import EXAMPLE

pytestmark = pytest.mark.fast

SMALL = EXAMPLE.replace("712.5", "40").replace("count = 50", "count = 4")
KEYS = {"service_level", "abandonment_rate", "average_wait_seconds", "occupancy"}


def run(*words: str, text: str = SMALL, environment: dict[str, str] | None = None):
    return CliRunner().invoke(
        main, ["simulate", *words], input=text, env={"LC_ALL": "C", **(environment or {})}
    )


def found(*words: str, text: str = SMALL):
    done = run("-", "--json", *words, text=text)
    assert done.exit_code == 0, done.output
    return json.loads(done.output)


def test_json_has_the_keys_that_other_programs_read():
    told = found()

    assert {"calls", "cpu_seconds", "totals", "intervals", "seed"} <= set(told)
    assert set(told["totals"]) >= KEYS
    assert len(told["intervals"]) == 96
    assert all(set(interval) >= KEYS for interval in told["intervals"])
    assert (told["intervals"][1]["from"], told["intervals"][95]["to"]) == ("00:15", "24:00")
    assert sum(interval["calls"] for interval in told["intervals"]) == told["calls"]
    assert told["cpu_seconds"] > 0


def test_totals_are_the_sums_of_the_intervals_weighted_by_calls():
    told = found()

    totals, intervals = told["totals"], told["intervals"]
    answered_in_time = sum(one["service_level"] * one["offered"] for one in intervals if one["offered"])
    assert totals["service_level"] == pytest.approx(answered_in_time / totals["offered"])
    assert totals["abandoned"] == sum(one["abandoned"] for one in intervals)
    busy = sum(one["occupancy"] for one in intervals) / 96
    assert totals["occupancy"] == pytest.approx(busy)  # the same agents all day
    assert all(one["agents_at_work"] == 4 for one in intervals)


def test_queue_length_is_the_rate_of_arrivals_times_the_wait():
    """Little's law."""
    totals = found("--days", "5")["totals"]

    assert totals["average_queue_length"] == pytest.approx(
        totals["offered"] / (5 * 86_400) * totals["average_wait_seconds"], rel=1e-3
    )


def test_same_seed_gives_the_same_result_and_another_seed_another():
    first, second, other = found(), found(), found("--seed", "2")
    for told in (first, second, other):
        del told["cpu_seconds"]

    assert first == second
    assert first["totals"] != other["totals"]


def test_replications_give_percentiles_and_do_not_depend_on_the_cores(monkeypatch):
    several = found("--replications", "4")
    monkeypatch.setattr("otklik.wfm.running._cores", lambda: 1)
    alone = found("--replications", "4")
    del several["cpu_seconds"], alone["cpu_seconds"]

    assert several == alone
    spread = several["totals"]["percentiles"]["service_level"]
    assert spread["p10"] < spread["p50"] < spread["p90"]
    assert all(set(one["percentiles"]) >= KEYS for one in several["intervals"])
    assert several["totals"]["half_width_95"]["service_level"] > 0


def test_first_replication_is_the_run_without_replications():
    one, two = found(), found("--replications", "2")

    assert two["replications"] == 2
    assert two["calls"] > one["calls"] > 0


def test_all_six_service_levels_are_told_and_the_chosen_one_is_the_service_level():
    told = found(text=SMALL.replace("answered_in_time/offered", "answered_or_abandoned_in_time/offered"))

    levels = told["totals"]["service_levels"]
    assert len(levels) == 6
    assert told["totals"]["service_level"] == levels["answered_or_abandoned_in_time/offered"]
    assert levels["answered_in_time/offered"] < levels["answered_or_abandoned_in_time/offered"]


def test_table_is_in_the_language_of_the_terminal():
    english = run("-").output
    russian = run("-", environment={"LC_ALL": "ru_RU.UTF-8"}).output

    assert "service level" in english
    assert "уровень сервиса" in russian
    assert "00:00-00:15" in english


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """The same centre with four and with five agents."""
    few, many = tmp_path / "four.toml", tmp_path / "five.toml"
    few.write_text(SMALL)
    many.write_text(SMALL.replace("count = 4", "count = 5"))
    return [str(few), str(many)]


def test_two_scenarios_are_compared_pair_by_pair(files):
    told = json.loads(run(*files, "--replications", "6", "--json").output)

    (comparison,) = told["comparisons"]
    gain = comparison["measures"]["service_level"]
    assert (comparison["first"], comparison["second"]) == ("four", "five")
    assert gain["difference"] == pytest.approx(gain["second"] - gain["first"])
    assert gain["is_certain"]
    assert comparison["measures"]["offered"]["difference"] == 0, "the same customers call"
    alone = told["scenarios"][0]["totals"]["half_width_95"]["service_level"]
    assert gain["half_width_95"] < alone * 1.5, "common random numbers make the difference surer"


def test_comparison_is_shown_as_a_table(files):
    done = run(*files, "--replications", "2")

    assert done.exit_code == 0
    assert "five against four" in done.output


def test_bad_scenario_ends_with_code_two_and_both_languages():
    done = run("-", "--json", text=SMALL.replace("mean_seconds = 240", "mean_seconds = nan"))

    assert done.exit_code == 2
    error = json.loads(done.output)["error"]
    (problem,) = error["problems"]
    assert error["code"] == "scenario_refused"
    assert (problem["field"], problem["code"]) == ("queue[0].handle.mean_seconds", "not_finite")
    assert problem["reason"]["en"] != problem["reason"]["ru"]


def test_bad_scenario_is_told_in_the_language_of_the_terminal():
    done = run("-", text="[[queue]]", environment={"LC_ALL": "ru_RU.UTF-8"})

    assert done.exit_code == 2
    assert "queue[0].arrivals" in done.output
    assert "не задано" in done.output


def test_file_that_is_not_there_is_refused(tmp_path):
    done = run(str(tmp_path / "none.toml"), "--json")

    assert done.exit_code == 2
    assert json.loads(done.output)["error"]["problems"][0]["code"] == "not_readable"


def test_long_run_agrees_with_erlang_a():
    """The definition of each number is that of the formula: within two percent in 20 days."""
    exact = impatient_queue(arrivals=40 / 3600, handling=240, patience=180, agents=4, threshold=20)

    totals = found("--days", "20")["totals"]

    assert totals["service_level"] == pytest.approx(exact.service_level, abs=0.02)
    assert totals["abandonment_rate"] == pytest.approx(exact.abandonment, abs=0.01)
    assert totals["average_wait_seconds"] == pytest.approx(exact.average_wait, abs=1.2)
    assert totals["occupancy"] == pytest.approx(exact.occupancy, abs=0.02)
    assert totals["average_queue_length"] == pytest.approx(exact.queue_length, abs=0.02)
