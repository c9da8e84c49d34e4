"""Fewest agents per interval: promises kept, one agent fewer breaks one; profiles as planners have them."""

import json
from dataclasses import replace
from math import ceil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from otklik.cli import main
from otklik.vocabulary.refusals import Invalid, Refused
from otklik.wfm.model import Interval, Profile, StaffingRules, clock
from otklik.wfm.reading import read_profile, read_rules
from otklik.wfm.staffing import LEVELS, gross, lagged_rate, level_of, requirements, steady

pytestmark = pytest.mark.fast

RULES = StaffingRules(patience=120)
DAY: Profile = tuple(
    Interval(540 + 15 * number, 555 + 15 * number, calls, 200.0)
    for number, calls in enumerate([3, 20, 45, 80, 120, 130, 90, 60, 30, 10, 0.4, 0])
)


def keeps(rate: float, aht: float, agents: int, rules: StaffingRules) -> bool:
    found = steady(rate, aht, agents, rules)
    return (
        level_of(found, rules) >= rules.target
        and found.occupancy <= rules.max_occupancy
        and found.abandonment <= rules.max_abandonment
    )


@pytest.mark.parametrize("formula", LEVELS)
def test_every_interval_keeps_all_promises_and_one_agent_fewer_does_not(formula: Any) -> None:
    rules = replace(RULES, formula=formula)

    for place, found in enumerate(requirements(DAY, rules)):
        rate = lagged_rate(DAY, place)
        if not found.interval.calls:
            assert found.agents == found.agents_gross == 0
            assert found.service_level is None
            continue
        assert keeps(rate, found.interval.aht, found.agents, rules)
        assert found.agents == 1 or not keeps(rate, found.interval.aht, found.agents - 1, rules)
        assert found.agents_gross == ceil(found.agents / 0.7 - 1e-9)


def test_the_caps_decide_where_the_service_level_would_permit_more() -> None:
    busy = (Interval(0, 30, 750, 240.0),)

    free = requirements(busy, replace(RULES, max_occupancy=1.0, max_abandonment=1.0))[0]
    capped = requirements(busy, replace(RULES, max_abandonment=1.0))[0]
    kind = requirements(busy, replace(RULES, max_occupancy=1.0, max_abandonment=0.03))[0]

    assert free.agents == 97
    assert free.abandonment == pytest.approx(0.064, abs=1e-3)
    assert capped.agents > free.agents
    assert capped.occupancy is not None
    assert capped.occupancy <= 0.88
    assert kind.agents > free.agents
    assert kind.abandonment is not None
    assert kind.abandonment <= 0.03


@pytest.mark.parametrize(
    ("net", "shrinkage", "paid"), [(100, 0.3, 143), (7, 0.3, 10), (14, 0.3, 20), (10, 0.0, 10), (0, 0.3, 0)]
)
def test_shrinkage_divides_and_is_rounded_up_once(net: int, shrinkage: float, paid: int) -> None:
    assert gross(net, shrinkage) == paid


def test_a_steady_day_lags_behind_nothing() -> None:
    flat = tuple(Interval(15 * number, 15 * number + 15, 50.0, 240.0) for number in range(20))

    assert requirements(flat, RULES) == requirements(flat, replace(RULES, is_lagged=False))


def test_the_load_comes_one_handling_time_after_the_calls() -> None:
    rising = (
        Interval(540, 570, 30.0, 600.0),
        Interval(570, 600, 90.0, 600.0),
        Interval(600, 630, 30.0, 600.0),
    )

    # 10 of 30 minutes still have the calls of before.
    assert lagged_rate(rising, 0) * 1800 == pytest.approx(30)
    assert lagged_rate(rising, 1) * 1800 == pytest.approx(90 * 2 / 3 + 30 / 3)
    assert lagged_rate(rising, 2) * 1800 == pytest.approx(30 * 2 / 3 + 90 / 3)


def test_after_a_gap_customers_wait_already() -> None:
    split = (Interval(540, 555, 40.0, 300.0), Interval(840, 855, 60.0, 300.0))

    assert lagged_rate(split, 1) * 900 == pytest.approx(60)


def test_a_load_beyond_all_agents_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        requirements((Interval(0, 15, 1e7, 86_400.0),), RULES)

    assert refused.value.code == "target_unreachable"


# --- profiles

CSV = "from,to,calls,aht_seconds\n09:00,09:15,31,240\n09:15,09:30,44.5,240\n"
WANTED = (Interval(540, 555, 31.0, 240.0), Interval(555, 570, 44.5, 240.0))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("day.csv", CSV),
        ("day.csv", "\ufeff" + CSV.replace("\n", "\r\n")),
        ("day.csv", "# Monday\nfrom,calls,aht_seconds\n9:00,31,240\n9:15,44.5,240\n"),
        ("day.csv", "from;to;calls;aht_seconds;note\n09:00;09:15;31;240;x\n09:15;09:30;44,5;240;y\n"),
        ("day.toml", 'start = "09:00"\ncalls = [31, 44.5]\naht_seconds = 240\n'),
        (
            "day.json",
            '{"start": "09:00", "interval_minutes": 15, "calls": [31, 44.5], "aht_seconds": [240, 240]}',
        ),
        ("-", '{"start": "09:00", "calls": [31, 44.5], "aht_seconds": 240}'),
    ],
)
def test_a_profile_may_come_in_several_forms(name: str, text: str) -> None:
    assert read_profile(text, name=name) == WANTED


def test_the_answer_of_staffing_can_be_read_again() -> None:
    rows = [one.row() for one in requirements(WANTED, RULES)]

    assert read_profile(json.dumps({"intervals": rows}), name="day.json") == WANTED
    assert read_profile(json.dumps(rows), name="day.json") == WANTED


@pytest.mark.parametrize(
    ("name", "text", "place", "code"),
    [
        ("d.csv", "", "profile", "nothing_to_staff"),
        ("d.csv", "from,to,calls\n09:00,09:15,3\n", "aht_seconds", "missing"),
        ("d.csv", CSV.replace("31", "-31"), "row 1: calls", "negative"),
        ("d.csv", CSV.replace("44.5", "nan"), "row 2: calls", "not_a_number"),
        ("d.csv", CSV.replace("44.5", "many"), "row 2: calls", "not_a_number"),
        ("d.csv", CSV.replace("31", "1e9"), "row 1: calls", "too_large"),
        ("d.csv", CSV.replace("31,240", "31,0"), "row 1: aht_seconds", "not_positive"),
        ("d.csv", CSV.replace("09:00", "9 o'clock"), "row 1: from", "not_a_time"),
        ("d.csv", CSV.replace("09:30", "25:00"), "row 2: to", "not_a_time"),
        ("d.csv", CSV.replace("09:15,09:30", "09:10,09:30"), "row 2: from", "not_in_order"),
        ("d.csv", CSV.replace("09:30", "09:15"), "row 2: to", "empty_interval"),
        ("d.csv", "from,calls,aht_seconds\n09:00,3,200\n", "row 1: to", "missing"),
        ("d.toml", "calls = 3", "calls", "not_a_list"),
        ("d.toml", "calls = [3]", "aht_seconds", "missing"),
        ("d.toml", "calls = [3]\naht_seconds = [3, 4]", "aht_seconds", "other_length"),
        ("d.toml", "calls = [3]\naht_seconds = 3\ninterval_minutes = 7", "interval_minutes", "not_one_of"),
        ("d.toml", "calls = [true]\naht_seconds = 3", "row 1: calls", "not_a_number"),
        ("d.toml", "calls = [3]\naht_seconds = 3\nagents = 4", "agents", "unknown_field"),
        ("d.toml", f"calls = {[1] * 97}\naht_seconds = 3", "calls", "too_many_intervals"),
        ("d.toml", "calls = [", "profile", "not_readable"),
        ("d.json", "[" * 100_000, "profile", "not_readable"),
        ("d.json", '{"intervals": 3}', "intervals", "not_a_list"),
        ("d.json", "[3]", "intervals", "not_a_list"),
        ("d.json", "3", "intervals", "not_a_list"),
        ("d.json", '{"intervals": [[]]}', "intervals", "not_a_list"),
        ("d.json", "[]", "profile", "nothing_to_staff"),
    ],
)
def test_a_profile_that_means_nothing_is_refused_with_its_place(
    name: str, text: str, place: str, code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        read_profile(text, name=name)

    assert (refused.value.code, refused.value.place) == (code, place)


@pytest.mark.parametrize(
    ("rules", "place", "code"),
    [
        ({"target": "1"}, "target", "not_below_whole"),
        ({"target": "-1"}, "target", "negative"),
        ({"shrinkage": 1}, "shrinkage", "not_below_whole"),
        ({"max_occupancy": 1.01}, "max_occupancy", "above_whole"),
        ({"patience": 0}, "patience", "not_positive"),
        ({"threshold": "soon"}, "threshold", "not_a_number"),
        ({"formula": "SL"}, "formula", "not_one_of"),
    ],
)
def test_rules_that_cannot_be_kept_are_refused(rules: dict[str, Any], place: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_rules(rules)

    assert (refused.value.code, refused.value.place) == (code, place)


def test_clocks_go_past_midnight() -> None:
    assert [clock(one) for one in (0, 570, 1440, 1455)] == ["00:00", "09:30", "24:00", "00:15"]


# --- the command


@pytest.mark.parametrize(
    ("text", "words", "told"),
    [
        (CSV.replace("31", "-31"), [], "FILE: row 1: calls: must not be negative\n"),
        ("", [], "FILE: has no intervals\n"),
        (CSV, ["--target", "80"], "--target: must be below 1: it is a share, such as 0.8\n"),
        (CSV, ["--max-occupancy", "1e-9"], "--target: cannot be reached, not even with 100000 agents\n"),
    ],
)
def test_a_refusal_names_the_option_or_the_place_in_the_file(
    tmp_path: Path, text: str, words: list[str], told: str
) -> None:
    file = tmp_path / "day.csv"
    file.write_text(text)

    result = CliRunner().invoke(main, ["staff", str(file), *words], env={"LC_ALL": "en_GB.UTF-8"})

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == told.replace("FILE", str(file))


def test_without_a_load_the_argument_is_named() -> None:
    result = CliRunner().invoke(main, ["staff"], env={"LC_ALL": "en_GB.UTF-8"})

    assert result.exit_code == 2
    assert result.stderr.startswith("PROFILE: give a file")


KEYS = [
    "from",
    "to",
    "calls",
    "aht_seconds",
    "load_erlangs",
    "agents",
    "agents_gross",
    "service_level",
    "occupancy",
    "abandonment_rate",
]


def call(*words: str, given: str | None = None, language: str = "en_GB.UTF-8") -> Result:
    return CliRunner().invoke(main, ["staff", *words], input=given, env={"LC_ALL": language})


def test_command_tells_each_interval_by_the_agreed_keys(tmp_path: Path) -> None:
    file = tmp_path / "day.csv"
    file.write_text(CSV)

    result = call(str(file), "--patience", "120", "--json")

    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert [list(row) for row in found["intervals"]] == [KEYS, KEYS]
    assert [row["agents"] for row in found["intervals"]] == [
        one.agents for one in requirements(WANTED, RULES)
    ]
    assert found["rules"]["patience_seconds"] == 120
    assert found["totals"]["calls"] == 75.5
    assert call("-", "--patience", "120", "--json", given=CSV).stdout == result.stdout


@pytest.mark.parametrize(("language", "words"), [("en_GB.UTF-8", "agents"), ("ru_RU.UTF-8", "операторы")])
def test_command_tells_people_a_table(language: str, words: str) -> None:
    result = call("-", given=CSV, language=language)

    assert result.exit_code == 0
    assert words in result.stdout.splitlines()[0]
    assert "09:15" in result.stdout.splitlines()[2]


@pytest.mark.parametrize(
    ("words", "given", "field"),
    [
        ("-", CSV.replace("31", "-1"), "row 1: calls"),
        ("- --target 2", CSV, "target"),
        ("", None, "profile"),
        ("- --day 2026-01-05", CSV, "profile"),
        ("no-such-file.csv", None, "profile"),
    ],
)
def test_command_refuses_nonsense_by_code_2(words: str, given: str | None, field: str) -> None:
    result = call(*words.split(), "--json", given=given)

    assert result.exit_code == 2
    (problem,) = json.loads(result.stdout)["error"]["problems"]
    assert problem["field"] == field
    assert problem["reason"]["ru"] in call(*words.split(), given=given, language="ru_RU.UTF-8").stderr
