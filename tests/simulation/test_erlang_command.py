"""`otklik erlang` as programs and people call it: exact keys, every digit, refusals in both languages."""

import ast
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from otklik.cli import main
from otklik.operations import texts
from otklik.simulation.erlang import calculator

pytestmark = pytest.mark.fast

KEYS = [
    "load_erlangs",
    "occupancy",
    "probability_of_waiting",
    "service_level",
    "service_level_of_answered",
    "service_level_without_short_abandons",
    "service_level_counting_short_abandons",
    "average_wait_seconds",
    "average_speed_of_answer_seconds",
    "mean_queue_length",
    "abandonment_rate",
    "blocking_probability",
]
GOOD = ["--calls", "100", "--interval", "1800", "--aht", "180", "--threshold", "20"]


def call(*words: str, language: str = "en_GB.UTF-8") -> Result:
    return CliRunner().invoke(main, ["erlang", *words], env={"LC_ALL": language})


def told(*words: str) -> dict[str, Any]:
    result = call(*words, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


@pytest.mark.parametrize(
    "words", ["b", "c", "a --patience 120", "x --lines 20", "x --lines 20 --patience 90 --redial 0.5"]
)
def test_json_has_exactly_the_agreed_keys(words: str) -> None:
    model, *more = words.split()

    found = told(model, *GOOD, "--agents", "14", *more)

    assert list(found) == KEYS
    assert all(isinstance(value, float) for value in found.values())


def test_json_has_every_digit() -> None:
    found = told(
        "a", "--calls", "120", "--interval", "3600", "--aht", "300", "--agents", "10", "--patience", "180"
    )

    assert found["average_wait_seconds"] == pytest.approx(25.311908424405704, rel=1e-14)
    assert found["service_level"] == pytest.approx(0.6024076815009187, rel=1e-14)


def test_short_abandons_are_those_within_the_threshold_unless_told() -> None:
    words = ("a", *GOOD, "--agents", "11", "--patience", "120")

    assert told(*words, "--short-abandon", "20") == told(*words)
    assert (
        told(*words, "--short-abandon", "5")["service_level_without_short_abandons"]
        < (told(*words)["service_level_without_short_abandons"])
    )


def test_target_in_place_of_agents_gives_the_fewest() -> None:
    found = told("c", *GOOD, "--target", "0.8", "--max-occupancy", "0.85")

    assert list(found) == ["agents", *KEYS]
    assert found == {"agents": 14, **told("c", *GOOD, "--agents", "14")}


def test_overload_is_told_and_not_hidden_in_a_number() -> None:
    found = told("c", *GOOD, "--agents", "9")

    assert found["reason"] == "overload"
    assert found["average_wait_seconds"] is None
    assert found["service_level"] == 0
    assert "grows for ever" in call("c", *GOOD, "--agents", "9").stdout


@pytest.mark.parametrize(("language", "words"), [("en_GB.UTF-8", "Occupancy"), ("ru_RU.UTF-8", "Загрузка")])
def test_a_person_reads_a_table_in_his_language(language: str, words: str) -> None:
    result = call("a", *GOOD, "--agents", "14", "--patience", "120", language=language)

    assert result.exit_code == 0
    assert f"{words} " in result.stdout
    assert "69.80 %" in result.stdout


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ("q", "model"),
        ("c --aht -3", "aht"),
        ("c --agents 0", "agents"),
        ("c --calls 1e400", "calls"),
        ("x --agents 14", "lines"),
        ("a --agents 14 --patience 0", "patience"),
        ("c --target 1.5", "target"),
        ("c --agents 14 --target 0.8", "target"),
        ("x --target 0.99 --max-occupancy 0.1 --lines 12", "target"),
    ],
)
def test_nonsense_is_refused_by_code_2_with_field_and_reason(words: str, field: str) -> None:
    model, *more = words.split()

    result = call(model, *GOOD, *more, "--json")
    assert result.exit_code == 2
    (problem,) = json.loads(result.stdout)["error"]["problems"]
    assert problem["field"] == field
    assert problem["reason"]["en"] != problem["reason"]["ru"]

    for language in ("en", "ru"):
        result = call(model, *GOOD, *more, language=language)
        assert result.exit_code == 2
        assert result.stdout == ""
        assert problem["reason"][language] in result.stderr


def test_every_refusal_and_figure_has_words_in_both_languages() -> None:
    tree = ast.parse(Path(calculator.__file__).read_text())
    codes = {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("Invalid", "Refused")
        and isinstance(node.args[0], ast.Constant)
    }
    assert len(codes) > 10

    for language in texts.LANGUAGES:
        assert {code for code in codes if not texts.has(language, f"planning.problems.{code}")} == set()
        assert {name for name in KEYS if not texts.has(language, f"planning.figures.{name}")} == set()
