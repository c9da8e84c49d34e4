"""Other systems are asked: what is heard meanwhile, what is taken out of an answer, where it leads."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from otklik.acd.model import EndReason
from otklik.cli import main
from otklik.flows.commands import FinishPrompts, GiveLookUpAnswer, ResumeFlow, StartFlow
from otklik.flows.decide import problems
from otklik.flows.events import (
    FlowEnded,
    FlowEvent,
    LookUpAnswered,
    LookUpRequested,
    MusicStarted,
    NodeDecided,
    NodeEntered,
    PromptsStarted,
    PromptsStopped,
    VariablesAssigned,
)
from otklik.flows.files import text_of
from otklik.flows.interpreter import FlowEngine
from otklik.flows.look_ups import Extract, read_answer
from otklik.flows.model import Flow, flow_of_file
from otklik.flows.nodes.lookup import Lookup, numbered, parameters_in
from otklik.vocabulary.ids import InteractionId, QueueId

pytestmark = pytest.mark.fast

NOON = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CALL = InteractionId(77)
WAIT = "please_wait"
NODES = {
    "ask": {
        "node": "lookup",
        "system": "billing",
        "path": "/accounts/{caller}",
        "values": [
            {"name": "balance", "path": "account.balance", "kind": "money", "is_required": True},
            {"name": "name", "path": "account.owner", "is_personal": True},
        ],
        "found": "known",
        "not_found": "unknown",
        "failed": "broken",
    },
    "known": {"node": "play", "prompts": ["known"]},
    "unknown": {"node": "end", "reason": "closed"},
    "broken": {"node": "end", "reason": "self_served"},
}


def flow(**more: object) -> Flow:
    return flow_of_file({"name": "bank", "start": "ask", "nodes": NODES | {"ask": NODES["ask"] | more}})


class Story:
    """One customer in a flow that asks; time moves by hand."""

    def __init__(self, asked: Flow) -> None:
        self.flows = FlowEngine(lambda _: None, lambda interaction, queue, at: {"caller": "+7916/.."})
        self.at = NOON
        self.log: list[FlowEvent] = []
        self.do(
            StartFlow(
                at=NOON,
                interaction_id=CALL,
                flow=asked,
                locale="ru",
                is_recorded=True,
                hours=None,
                time_zone="UTC",
                queue_id=QueueId(1),
            )
        )

    def do(self, command) -> list[FlowEvent]:
        events = self.flows.handle(command)
        self.log += events
        return events

    def after(self, seconds: float) -> list[FlowEvent]:
        self.at += timedelta(seconds=seconds)
        events = self.flows.advance(self.at)
        self.log += events
        return events

    def answer(self, outcome: str, look_up: str = "", **more) -> list[FlowEvent]:
        name = look_up or self.look_up
        return self.do(
            GiveLookUpAnswer(at=self.at, interaction_id=CALL, look_up=name, outcome=outcome, **more)
        )

    def finish(self) -> list[FlowEvent]:
        playback = next(e.playback for e in reversed(self.log) if isinstance(e, PromptsStarted))
        return self.do(FinishPrompts(at=self.at, interaction_id=CALL, playback=playback))

    @property
    def look_up(self) -> str:
        return next(e.look_up for e in reversed(self.log) if isinstance(e, LookUpRequested))

    def nodes(self) -> list[str]:
        return [event.node for event in self.log if isinstance(event, NodeEntered)]


def kinds(events: list[FlowEvent]) -> list[type]:
    return [type(event) for event in events]


def test_an_answer_leads_on_with_its_values() -> None:
    story = Story(flow())
    assert kinds(story.log)[1:] == [NodeEntered, LookUpRequested]

    events = story.answer("found", values={"balance": "10.50"}, personal=("name",))

    assert kinds(events) == [LookUpAnswered, VariablesAssigned, NodeDecided, NodeEntered, PromptsStarted]
    assert events[0].personal == ("name",)
    assert story.flows.facts_of(CALL, story.at)["balance"] == "10.50"
    assert story.nodes() == ["ask", "known"]


def test_each_outcome_has_its_exit_and_the_trace_says_why() -> None:
    for outcome, reason, node in (("not_found", "", "unknown"), ("failed", "redirected", "broken")):
        story = Story(flow())
        events = story.answer(outcome, reason=reason)
        assert story.nodes()[-1] == node
        assert [e.outcome for e in events if isinstance(e, NodeDecided)] == [f"{outcome} {reason}".strip()]


def test_who_waits_longer_than_a_second_hears_words_then_music() -> None:
    story = Story(flow(prompts=[WAIT]))
    assert story.after(0.9) == []
    assert [e.prompts for e in story.after(0.1)] == [(WAIT,)]
    assert kinds(story.finish()) == [MusicStarted]
    assert kinds(story.answer("not_found"))[-1] is FlowEnded


def test_words_for_who_waits_are_heard_out_when_the_answer_comes() -> None:
    story = Story(flow(prompts=[WAIT]))
    story.after(1)
    assert kinds(story.answer("not_found")) == [LookUpAnswered, NodeDecided]
    assert story.finish()[-1].reason is EndReason.CLOSED


def test_without_an_answer_the_failed_exit_is_taken_when_the_time_is_over() -> None:
    story = Story(flow(timeout=2, prompts=[WAIT]))
    story.after(1)
    events = story.after(1)
    assert kinds(events) == [PromptsStopped, LookUpAnswered, NodeDecided, NodeEntered, FlowEnded]
    assert (events[1].outcome, events[1].reason) == ("failed", "timeout")
    assert story.answer("found") == [], "too late"


def test_an_answer_to_another_question_is_not_heard() -> None:
    story = Story(flow())
    assert story.answer("found", look_up="77-0-9") == []


def test_silences_of_several_questions_do_not_add_up() -> None:
    """Each of them is shorter than the patience for one; together they would be longer than two seconds."""
    again = NODES["ask"] | {"found": "known"}
    asked = flow_of_file(
        {"name": "two", "start": "ask", "nodes": NODES | {"ask": again | {"found": "more"}, "more": again}}
    )
    story = Story(asked)
    story.after(0.9)
    events = story.answer("found")
    assert kinds(events)[-2:] == [LookUpRequested, MusicStarted]


def test_after_a_restart_what_only_reads_is_asked_again() -> None:
    story = Story(flow(prompts=[WAIT]))
    story.after(1)
    before = story.look_up
    restored = FlowEngine(lambda _: None)
    restored.from_snapshot(story.flows.snapshot())
    story.flows = restored

    events = story.do(ResumeFlow(at=story.at, interaction_id=CALL))

    assert kinds(events) == [PromptsStopped, LookUpRequested]
    assert story.look_up != before
    assert story.answer("not_found")[-1].reason is EndReason.CLOSED


def test_after_a_restart_what_may_change_something_is_not_asked_again() -> None:
    story = Story(flow(method="POST"))
    events = story.do(ResumeFlow(at=story.at, interaction_id=CALL))
    assert [e.reason for e in events if isinstance(e, LookUpAnswered)] == ["restarted"]
    assert story.nodes()[-1] == "broken"


def test_a_replay_gives_the_same_state() -> None:
    story = Story(flow(prompts=[WAIT]))
    story.after(1)
    story.answer("found", values={"balance": "1.00"})
    replayed = FlowEngine(lambda _: None)
    replayed.restore(story.log)
    assert replayed.snapshot() == story.flows.snapshot()


def test_what_is_typed_cannot_lead_to_another_place() -> None:
    node = flow().nodes["ask"]
    assert isinstance(node, Lookup)
    assert node.question({"caller": "1/../admin?x=1#y"}).path == "/accounts/1%2F..%2Fadmin%3Fx%3D1%23y"
    assert node.question({"caller": ".."}).path == "", "one step up leads elsewhere"
    assert node.question({"caller": "Анна"}).path == "/accounts/%D0%90%D0%BD%D0%BD%D0%B0"


def test_values_are_taken_out_of_objects_and_lists() -> None:
    plain = {"items": [{"sum": "1 234,5", "on": "2026-11-23T10:00:00Z", "is_open": True, "who": None}]}
    values = (
        Extract(name="sum", path="items.0.sum", kind="money"),
        Extract(name="on", path="$.items.0.on", kind="date"),
        Extract(name="is_open", path="items.0.is_open"),
        Extract(name="who", path="items.0.who"),
        Extract(name="none", path="items.7.sum", kind="number"),
    )
    found = read_answer(plain, values)
    assert found.outcome == "found"
    expected = {"sum": "1234.50", "on": "2026-11-23", "is_open": "true", "who": "", "none": ""}
    assert found.values == expected


@pytest.mark.parametrize("plain", [None, {}, [], {"a": 1}, {"b": ""}])
def test_without_what_is_required_nothing_is_found(plain: object) -> None:
    assert read_answer(plain, (Extract(name="b", path="b", is_required=True),)).outcome == "not_found"


@pytest.mark.parametrize(
    ("kind", "value"),
    [("money", "much"), ("date", "yesterday"), ("number", True), ("text", {"a": 1}), ("number", "NaN")],
)
def test_a_value_of_another_kind_is_no_answer(kind, value: object) -> None:
    found = read_answer({"a": value}, (Extract(name="a", path="a", kind=kind),))
    assert (found.outcome, found.reason, found.values) == ("failed", "value_unfit", {})


def test_casts_are_no_parameters() -> None:
    statement = "select balance::text from account where phone = :phone and (:phone <> '' or id = :id::int);"
    assert parameters_in(statement) == ["phone", "id"]
    assert numbered(statement) == (
        "select balance::text from account where phone = $1 and ($1 <> '' or id = $2::int)"
    )


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"system": ""}, "system_missing"),
        ({"path": ""}, "question_unfit"),
        ({"statement": "select 1"}, "question_unfit"),
        ({"path": "accounts"}, "path_unfit"),
        ({"path": "//elsewhere/x"}, "path_unfit"),
        ({"path": "", "statement": "delete from account"}, "statement_unfit"),
        ({"path": "", "statement": "select 1; drop table account"}, "statement_unfit"),
        ({"path": "", "statement": "select a from b where c = :c"}, "parameter_missing"),
        ({"timeout": 60}, "answer_time_unfit"),
        ({"values": [{"name": "1a", "path": "a"}]}, "variable_unfit"),
        ({"values": [{"name": "a", "path": "a"}, {"name": "a", "path": "b"}]}, "value_twice"),
        ({"values": [{"name": "a", "path": ""}]}, "path_unfit"),
        ({"prompts": ["nowhere"]}, "prompt_missing"),
    ],
)
def test_what_cannot_be_right_is_told_before_it_is_published(more: dict[str, object], code: str) -> None:
    assert code in {one.code for one in problems(flow(**more), prompts={"known"})}


def test_a_system_must_be_there_and_understand_the_question() -> None:
    assert problems(flow(), systems={"billing": "web"}) == ()
    assert [one.code for one in problems(flow(), systems={})] == ["system_missing"]
    assert [one.code for one in problems(flow(), systems={"billing": "database"})] == ["system_unfit"]


def test_a_file_is_written_as_it_was_read() -> None:
    written = text_of(flow(fields={"a": "{caller}"}), as_json=True)
    assert flow_of_file(json.loads(written)) == flow(fields={"a": "{caller}"})
    assert "statement" not in json.loads(text_of(flow(), as_json=True))["nodes"]["ask"]


@pytest.mark.parametrize(
    ("given", "end"),
    [
        ('ask={"account": {"balance": 10.5, "owner": "Anna"}}', "found"),
        ("ask=null", "not_found"),
        ('ask={"account": {"balance": "much"}}', "failed value_unfit"),
        ("ask=failed", "failed no_answer"),
        ("", "failed no_answer"),
    ],
)
def test_a_rehearsal_is_told_what_the_system_says(tmp_path: Path, given: str, end: str) -> None:
    file = tmp_path / "bank.json"
    file.write_text(text_of(flow(), as_json=True))
    answers = ["--answer", given] if given else []
    found = CliRunner().invoke(main, ["flow", "run", str(file), *answers, "--json"])
    assert found.exit_code == 0, found.output
    assert json.loads(found.stdout)[0]["outcome"] == end
