"""`otklik flow` as programs and people call it: flows as files, tried without a phone."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from otklik.cli import main
from otklik.flows import decide
from otklik.operations import texts

pytestmark = pytest.mark.fast

SHOP = """
name: shop
start: greeting
nodes:
  greeting: {node: play, prompts: [greeting], next: hours}
  hours: {node: hours, open: menu, closed: closed}
  menu: {node: menu, prompts: [menu], choices: {"1": order, "2": queue}, otherwise: queue, timeout: 4}
  order: {node: collect, prompts: [type], variable: order, maximum: 6, next: who, otherwise: queue}
  who: {node: condition, cases: [{fact: caller, comparison: begins_with, value: "+7916", next: queue}],
        otherwise: closed}
  queue: {node: queue, queue_id: 3}
  closed: {node: end, reason: closed}
"""


@pytest.fixture
def shop(tmp_path: Path) -> str:
    file = tmp_path / "shop.yaml"
    file.write_text(SHOP)
    return str(file)


def call(*words: str, language: str = "en_GB.UTF-8") -> Result:
    return CliRunner().invoke(main, ["flow", *words], env={"LC_ALL": language})


def trace(*words: str) -> list[dict[str, Any]]:
    result = call("run", *words, "--json")
    assert result.exit_code == 0, result.output
    found: list[dict[str, Any]] = json.loads(result.stdout)
    return found


def test_the_trace_names_nodes_outcomes_and_what_was_said(shop: str) -> None:
    found = trace(shop, "--caller", "+79161234567", "--at", "2026-11-23T10:00", "--digits", "1,12#")
    assert found == [
        {"node": "greeting", "outcome": "", "said": ["greeting"]},
        {"node": "hours", "outcome": "open", "said": []},
        {"node": "menu", "outcome": "1", "said": ["menu"]},
        {"node": "order", "outcome": "collected", "said": ["type"]},
        {"node": "who", "outcome": "case 1", "said": []},
        {"node": "queue", "outcome": "queue 3", "said": []},
    ]


@pytest.mark.parametrize(
    ("words", "way"),
    [
        (["--digits", "2"], ["greeting", "hours", "menu", "queue"]),
        (["--digits", ""], ["greeting", "hours", "menu", "queue"]),
        (["--digits", ",,1,12#"], ["greeting", "hours", "menu", "order", "who", "closed"]),
        (["--digits", "1,123456"], ["greeting", "hours", "menu", "order", "who", "closed"]),
        (["--digits", "9,1,#,#,#"], ["greeting", "hours", "menu", "order", "queue"]),
        (["--closed"], ["greeting", "hours", "closed"]),
        (
            ["--digits", "1,7#", "--fact", "caller=+79160000000"],
            ["greeting", "hours", "menu", "order", "who", "queue"],
        ),
    ],
)
def test_what_is_typed_decides_the_way(shop: str, words: list[str], way: list[str]) -> None:
    assert [step["node"] for step in trace(shop, *words)] == way


def test_silence_is_told_as_often_as_it_is_waited_for(shop: str) -> None:
    menu = trace(shop)[2]
    assert (menu["outcome"], menu["said"]) == ("timeout, timeout, timeout", ["menu"] * 3)


def test_json_files_are_flows_too(tmp_path: Path) -> None:
    file = tmp_path / "end.json"
    file.write_text('{"start": "a", "nodes": {"a": {"node": "end", "reason": "closed"}}}')
    assert trace(str(file)) == [{"node": "a", "outcome": "ended closed", "said": []}]


def test_a_fit_flow_is_said_to_be_one(shop: str) -> None:
    assert call("check", shop).exit_code == 0
    assert json.loads(call("check", shop, "--json").stdout) == []


def test_what_must_be_mended_is_named_in_both_languages(tmp_path: Path) -> None:
    file = tmp_path / "unfit.yaml"
    file.write_text(SHOP.replace('"2": queue', '"2": nowhere'))
    found = call("check", str(file), "--json")
    assert found.exit_code == 1
    problem = {"code": "node_missing", "place": "nodes.menu.choices.2", "detail": "nowhere"}
    assert json.loads(found.stdout) == [problem]
    assert "«nowhere»" in call("check", str(file), language="ru_RU.UTF-8").stdout
    assert call("run", str(file)).exit_code == 1


@pytest.mark.parametrize(
    "text",
    [
        "nodes: [",
        "just words",
        "{start: a, nodes: {a: {node: unheard_of}}}",
        "{start: a, nodes: {a: {node: end}}}",
        "{start: a, nodes: {a: {node: end, reason: closed}}, unknown: 1}",
        "!!python/object/apply:os.system [ls]",
    ],
)
def test_a_file_that_is_no_flow_is_refused_with_the_reason(tmp_path: Path, text: str) -> None:
    file = tmp_path / "broken.yaml"
    file.write_text(text)
    for command in ("check", "run"):
        found = call(command, str(file), "--json")
        assert found.exit_code == 2, found.output
        assert json.loads(found.stdout)[0]["code"] in ("flow_unreadable", "flow_malformed")


def test_every_problem_has_words_in_both_languages() -> None:
    codes = decide.FlowProblem.__doc__ or ""
    named = {word.strip(".,()\n ") for word in codes.split() if "_" in word} - {"FlowProblem"}
    assert len(named) > 15
    for code in named:
        for language in texts.LANGUAGES:
            assert texts.has(language, f"flow.problems.{code}"), (language, code)
