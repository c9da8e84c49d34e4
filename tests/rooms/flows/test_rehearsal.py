"""`otklik flow` as programs and people call it: flows as files, tried without a phone."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from otklik.cli import main
from otklik.flows import decide
from otklik.flows.files import text_of
from otklik.flows.model import flow_of_file
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


MISFITS = ("field_missing", "field_unknown", "kind_unknown", "choice_unknown", "form_unfit")
CALLBACK = """
name: calls back
start: ask
nodes:
  ask: {node: callback, queue_id: 3, refused: queue}
  queue: {node: queue, requirements: [{skill_id: 4, minimum: 6}], priority: 1,
          boosts: [{cause: vip, amount: 50, fact: customer.class, value: vip}],
          preferred_agent: "{last_agent}"}
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


SAYS = """
start: ask
nodes:
  ask: {node: collect, variable: amount, next: amount, otherwise: bye}
  amount: {node: say, value: "{amount}", kind: money, before: [greeting], next: date, otherwise: bye}
  date: {node: say, value: "{day}", kind: day, next: bye, otherwise: unknown}
  unknown: {node: end, reason: self_served}
  bye: {node: end, reason: closed}
"""


def test_values_are_said_word_by_word_and_what_cannot_be_said_goes_another_way(tmp_path: Path) -> None:
    file = tmp_path / "says.yaml"
    file.write_text(SAYS)
    found = trace(str(file), "--digits", "21#", "--fact", "day=soon")
    words = [f"otklik/words/{word}" for word in ("20", "1", "ruble_one")]
    assert [(step["node"], step["outcome"], step["said"]) for step in found[1:]] == [
        ("amount", "", ["greeting", *words]),
        ("date", "unspeakable", []),
        ("unknown", "ended self_served", []),
    ]


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
        assert json.loads(found.stdout)[0]["code"] in ("flow_unreadable", *MISFITS)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("timeout: 4", "timeout: soon"), ("form_unfit", "nodes.menu.timeout", "duration")),
        (("timeout: 4", "time_out: 4"), ("field_unknown", "nodes.menu.time_out", "time_out")),
        (("node: menu", "node: manu"), ("kind_unknown", "nodes.menu.node", "manu")),
        (("otherwise: queue, timeout: 4", "otherwise: [1]"), ("form_unfit", "nodes.menu.otherwise", "str")),
        (('choices: {"1": order', 'choices: {"1": 3'), ("form_unfit", "nodes.menu.choices", "str")),
        (("open: menu, ", ""), ("field_missing", "nodes.hours.open", "open")),
        (("begins_with", "starts"), ("choice_unknown", "nodes.who.cases.0.comparison", "starts")),
        (("reason: closed", "reason: bored"), ("choice_unknown", "nodes.closed.reason", "bored")),
        (("start: greeting", "begin: greeting"), ("field_unknown", "begin", "begin")),
        (("start: greeting\n", ""), ("field_missing", "start", "start")),
        (
            ("  closed: {node: end, reason: closed}", "  closed: end"),
            ("form_unfit", "nodes.closed", "object"),
        ),
    ],
)
def test_a_malformed_place_is_named_with_what_is_wrong_there(
    tmp_path: Path, change: tuple[str, str], expected: tuple[str, str, str]
) -> None:
    file = tmp_path / "malformed.yaml"
    text = SHOP.replace(*change)
    assert text != SHOP
    file.write_text(text)
    for command in ("check", "run"):
        found = call(command, str(file), "--json")
        assert found.exit_code == 2, found.output
        first = json.loads(found.stdout)[0]
        assert (first["code"], first["place"]) == expected[:2]
        assert expected[2] in first["detail"]
    told = call("check", str(file), language="ru_RU.UTF-8").output
    assert told.startswith(f"{expected[1]}: ")


def test_all_misfits_are_told_at_once(tmp_path: Path) -> None:
    file = tmp_path / "malformed.yaml"
    file.write_text(SHOP.replace("timeout: 4", "timout: 4").replace("reason: closed", "reason: 7"))
    found = json.loads(call("check", str(file), "--json").stdout)
    assert {one["place"] for one in found} == {"nodes.menu.timout", "nodes.closed.reason"}


def test_a_promised_call_is_the_end_of_a_rehearsal(tmp_path: Path) -> None:
    file = tmp_path / "callback.yaml"
    file.write_text(CALLBACK)
    assert trace(str(file), "--caller", "+79161234567") == [
        {
            "node": "ask",
            "outcome": "callback 3, ended callback_promised",
            "said": ["callback_promised"],
        },
    ]


def test_nobody_can_be_called_back_without_a_number(tmp_path: Path) -> None:
    file = tmp_path / "callback.yaml"
    file.write_text(CALLBACK)
    words = ["--caller", "anonymous", "--fact", "last_agent=17", "--fact", "customer.class=vip"]
    asked, waits = trace(str(file), *words)
    assert (asked["outcome"], waits["outcome"]) == ("callback 3", "queue 0")
    assert waits["wish"] == {
        "requirements": [{"skill_id": 4, "minimum": 6, "is_firm": False}],
        "priority": 51,
        "boosts": [{"cause": "vip", "amount": 50}],
        "preferred_agent_id": 17,
    }


def test_every_misfit_has_words_in_both_languages() -> None:
    for code in MISFITS:
        for language in texts.LANGUAGES:
            assert texts.has(language, f"flow.problems.{code}"), (language, code)


def test_every_problem_has_words_in_both_languages() -> None:
    codes = decide.FlowProblem.__doc__ or ""
    named = {word.strip(".,()\n ") for word in codes.split() if "_" in word} - {"FlowProblem"}
    assert len(named) > 15
    for code in named:
        for language in texts.LANGUAGES:
            assert texts.has(language, f"flow.problems.{code}"), (language, code)


@pytest.mark.parametrize("as_json", [False, True])
def test_a_flow_is_written_as_people_write_it_and_read_back_the_same(as_json: bool) -> None:
    for text in (SHOP, CALLBACK, SAYS):
        flow = flow_of_file(yaml.safe_load(text))
        written = text_of(flow, as_json=as_json)
        assert flow_of_file(yaml.safe_load(written)) == flow
    menu = flow_of_file(yaml.safe_load(SHOP))
    assert yaml.safe_load(text_of(menu))["nodes"]["menu"]["timeout"] == 4
    assert "tries" not in text_of(menu), "what is so by itself is not written"
