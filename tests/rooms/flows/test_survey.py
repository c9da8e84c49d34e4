"""Questions with a number as the answer: above all a one that may become a ten."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from otklik.flows.commands import FinishPrompts, NoteVote, PressKey, StartFlow
from otklik.flows.decide import problems
from otklik.flows.events import (
    FlowEnded,
    FlowEvent,
    KeysAwaited,
    NodeDecided,
    PromptsStarted,
    RecordingRefused,
    SurveyAnswered,
    TextRequested,
    TryFailed,
    VoteRequested,
)
from otklik.flows.interpreter import FlowEngine
from otklik.flows.model import Flow, flow_of_file
from otklik.flows.rehearsal import Rehearsal, rehearse
from otklik.vocabulary.ids import AgentId, InteractionId, QueueId

pytestmark = pytest.mark.fast

NOON = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CALL = InteractionId(77)
AFTER_TALK = {"talk.interaction": "76", "talk.agent": "7", "talk.queue": "5"}
ENDS = {
    "thanks": {"node": "end", "reason": "self_served"},
    "lost": {"node": "end", "reason": "closed"},
    "again": {"node": "end", "reason": "blocked"},
    "late": {"node": "end", "reason": "overflowed"},
}


def flow_of_node(**node: Any) -> Flow:
    return flow_of_file({"name": "t", "start": "ask", "nodes": {"ask": node, **ENDS}})


class Line:
    """One customer before one node."""

    def __init__(
        self,
        *,
        facts: dict[str, str] | None = None,
        caller: str = "+79161234567",
        is_recorded: bool = True,
        **node: Any,
    ) -> None:
        self.flows = FlowEngine(lambda _: None, lambda interaction, queue, at: {"caller": caller})
        self.at = NOON
        self.log: list[FlowEvent] = self.flows.handle(
            StartFlow(
                at=NOON,
                interaction_id=CALL,
                flow=flow_of_node(**node),
                locale="ru",
                is_recorded=is_recorded,
                hours=None,
                time_zone="UTC",
                queue_id=QueueId(3),
                facts=facts or {},
            )
        )

    def hear_out(self) -> None:
        run = self.flows.run_of(CALL)
        assert run is not None
        self.log += self.flows.handle(FinishPrompts(at=self.at, interaction_id=CALL, playback=run.playback))

    def press(self, *keys: str) -> None:
        for key in keys:
            self.log += self.flows.handle(PressKey(at=self.at, interaction_id=CALL, key=key))

    def pass_time(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.log += self.flows.advance(self.at)

    def vote(self, outcome: str) -> None:
        self.log += self.flows.handle(NoteVote(at=self.at, interaction_id=CALL, outcome=outcome))

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.log if isinstance(event, kind)]

    def answers(self) -> list[int]:
        return [event.answer for event in self.of(SurveyAnswered)]

    def reason(self) -> str:
        (ended,) = self.of(FlowEnded)
        return str(ended.reason)


def survey(kind: str, **more: Any) -> Line:
    node = {"node": "survey", "kind": kind, "survey": "after", "next": "thanks", "otherwise": "lost", **more}
    return Line(facts=AFTER_TALK, **node)


# --- nps


@pytest.mark.parametrize("digit", ["0", "2", "3", "4", "5", "6", "7", "8", "9"])
def test_every_digit_but_one_is_an_answer_at_once(digit: str) -> None:
    line = survey("nps")
    line.press(digit)
    assert line.answers() == [int(digit)]
    assert line.reason() == "self_served"


def test_a_one_waits_for_a_second_digit() -> None:
    line = survey("nps")
    line.hear_out()
    line.press("1")
    assert line.answers() == []
    (first, second) = line.of(KeysAwaited)
    assert (second.deadline - first.at).total_seconds() == 2
    line.pass_time(1.9)
    assert line.answers() == []
    line.pass_time(0.1)
    assert line.answers() == [1], "silence makes it a one"


def test_one_and_zero_are_ten_also_while_the_question_is_said() -> None:
    line = survey("nps")
    line.press("1")
    line.pass_time(1.9)
    line.press("0")
    assert line.answers() == [10]
    assert line.reason() == "self_served"


def test_a_zero_that_comes_too_late_is_not_part_of_a_ten() -> None:
    line = survey("nps")
    line.press("1")
    line.pass_time(2)
    line.press("0")
    assert line.answers() == [1]


@pytest.mark.parametrize("end", ["#", "*"])
def test_who_ends_a_one_need_not_wait(end: str) -> None:
    line = survey("nps")
    line.press("1", end)
    assert line.answers() == [1]


@pytest.mark.parametrize("second", ["1", "2", "9"])
def test_eleven_to_nineteen_are_no_answer_and_he_is_asked_again(second: str) -> None:
    line = survey("nps")
    line.press("1", second)
    assert line.answers() == []
    assert [event.outcome for event in line.of(TryFailed)] == ["invalid"]
    line.press("1", "0")
    assert line.answers() == [10], "the first one is forgotten"


def test_a_one_after_a_failed_try_waits_anew() -> None:
    line = survey("nps")
    line.press("*")
    line.press("1")
    line.pass_time(2)
    assert line.answers() == [1]


# --- the other kinds


@pytest.mark.parametrize(
    ("kind", "key", "answer"),
    [("csat", "1", 1), ("csat", "5", 5), ("fcr", "1", 1), ("fcr", "2", 0)],
)
def test_a_key_of_the_scale_is_the_answer_at_once(kind: str, key: str, answer: int) -> None:
    line = survey(kind)
    line.press(key)
    assert line.answers() == [answer]


@pytest.mark.parametrize(
    ("kind", "key"), [("csat", "0"), ("csat", "6"), ("fcr", "0"), ("fcr", "3"), ("fcr", "#")]
)
def test_a_key_beside_the_scale_is_none(kind: str, key: str) -> None:
    line = survey(kind)
    line.press(key)
    assert line.answers() == []


def test_silence_is_asked_twice_and_then_left_in_peace() -> None:
    line = survey("csat")
    for _ in range(2):
        line.hear_out()
        line.pass_time(5)
    assert (line.answers(), line.reason()) == ([], "closed")
    assert [event.prompts for event in line.of(PromptsStarted)] == [("survey_csat",)] * 2


def test_an_answer_knows_its_talk_and_stands_for_conditions() -> None:
    line = survey("nps", variable="score")
    line.press("9")
    (found,) = line.of(SurveyAnswered)
    assert (found.talk_id, found.agent_id, found.queue_id) == (InteractionId(76), AgentId(7), QueueId(5))
    assert (found.survey, found.question, found.kind) == ("after", "ask", "nps")
    before = Line(node="survey", kind="fcr", survey="s", next="thanks", otherwise="lost")
    before.press("1")
    (asked,) = before.of(SurveyAnswered)
    assert (asked.talk_id, asked.agent_id, asked.queue_id) == (0, 0, QueueId(3)), "before any talk"


# --- voting

VOTE = {
    "node": "voting",
    "voting": "song",
    "prompts": ["please_wait"],
    "choices": {"1": "Anna", "2": "Boris"},
    "next": "thanks",
    "repeated": "again",
    "closed": "late",
    "otherwise": "lost",
    "closes_at": "2026-11-23T10:00:00Z",
}


def test_a_vote_is_cast_and_the_flow_is_told_whether_it_counts() -> None:
    for outcome, reason in (("counted", "self_served"), ("repeated", "blocked"), ("anonymous", "blocked")):
        line = Line(**VOTE)
        line.press("2")
        (asked,) = line.of(VoteRequested)
        assert (asked.voting, asked.choice, asked.choice_name) == ("song", "2", "Boris")
        assert not line.of(FlowEnded)
        line.vote(outcome)
        assert line.reason() == reason


def test_a_voting_closes_at_its_moment_even_while_he_listens() -> None:
    line = Line(**VOTE)
    line.at = NOON + timedelta(hours=1)
    line.press("1")
    assert (line.of(VoteRequested), line.reason()) == ([], "overflowed")
    late = Line(**{**VOTE, "closes_at": "2026-11-23T09:00:00Z"})
    assert late.reason() == "overflowed", "nobody is asked for nothing"


# --- consent

CONSENT = {"node": "consent", "next": "thanks", "refused": "again"}


def test_a_refusal_ends_the_recording_and_silence_agrees() -> None:
    line = Line(**CONSENT)
    line.press("5")
    assert not line.of(RecordingRefused)
    line.press("2")
    assert line.of(RecordingRefused)
    assert line.reason() == "blocked"
    agrees = Line(**CONSENT)
    agrees.hear_out()
    agrees.pass_time(3)
    assert (agrees.of(RecordingRefused), agrees.reason()) == ([], "self_served")
    assert [event.outcome for event in agrees.of(NodeDecided)] == ["recorded"]


def test_where_nothing_is_recorded_nothing_is_asked() -> None:
    line = Line(is_recorded=False, **CONSENT)
    assert (line.of(PromptsStarted), line.reason()) == ([], "self_served")


# --- texts


def test_a_text_is_filled_and_nobody_without_a_number_gets_one() -> None:
    node = {"node": "sms", "text": "You called from {caller}.", "next": "thanks", "refused": "lost"}
    line = Line(**node)
    (text,) = line.of(TextRequested)
    assert text.text == "You called from +79161234567."
    assert Line(caller="", **node).reason() == "closed"
    assert Line(**{**node, "text": "{nothing}"}).reason() == "closed", "nothing is left of it"


# --- what cannot work


@pytest.mark.parametrize(
    ("node", "code", "place"),
    [
        ({"node": "survey", "kind": "nps", "survey": " "}, "survey_unnamed", "survey"),
        (
            {"node": "survey", "kind": "nps", "survey": "s", "second_digit": 0},
            "timeout_unfit",
            "second_digit",
        ),
        ({"node": "survey", "kind": "nps", "survey": "s", "variable": "1x"}, "variable_unfit", "variable"),
        ({"node": "survey", "kind": "nps", "survey": "s", "prompts": ["no"]}, "prompt_missing", "prompts"),
        ({**VOTE, "voting": ""}, "voting_unnamed", "voting"),
        ({**VOTE, "choices": {"1": "a"}}, "nothing_to_choose", "choices"),
        ({**VOTE, "choices": {"1": "a", "x": "b"}}, "key_unknown", "choices"),
        ({**VOTE, "choices": {"1": "a", "2": ""}}, "choice_unnamed", "choices.2"),
        ({**VOTE, "closes_at": "2026-11-23T10:00:00"}, "moment_unfit", "closes_at"),
        ({**CONSENT, "prompts": []}, "node_says_nothing", "prompts"),
        ({**CONSENT, "refuse_keys": "x"}, "key_unknown", "refuse_keys"),
        ({**CONSENT, "wait": 0}, "timeout_unfit", "wait"),
        ({"node": "sms", "text": " "}, "node_says_nothing", "text"),
        ({"node": "sms", "text": "x" * 671}, "text_too_long", "text"),
        ({"node": "queue", "survey": 99}, "flow_missing", "survey"),
    ],
)
def test_what_cannot_work_is_named(node: dict[str, Any], code: str, place: str) -> None:
    found = problems(flow_of_node(**node), prompts={"please_wait", "survey_nps"}, flows={})
    assert (code, f"nodes.ask.{place}") in {(one.code, one.place) for one in found}


def test_a_rehearsal_goes_through_each() -> None:
    def trace(*typed: str, caller: str = "+7916", **node: Any) -> list[str]:
        asked = Rehearsal(at=NOON, typed=typed, facts={"caller": caller}, queue_id=QueueId(3))
        return [step.outcome for step in rehearse(flow_of_node(**node), asked)]

    nps = {"node": "survey", "kind": "nps", "survey": "s", "next": "thanks", "otherwise": "lost"}
    assert trace("10", **nps) == ["nps 10", "ended self_served"]
    assert trace("1", **nps) == ["nps 1", "ended self_served"]
    assert trace("2", **VOTE) == ["vote 2, counted", "ended self_served"]
    assert trace("2", caller="anonymous", **VOTE) == ["vote 2, anonymous", "ended blocked"]
    assert trace("2", **CONSENT) == ["not recorded, refused", "ended blocked"]
    assert trace(node="sms", text="Hi", next="thanks") == ["text", "ended self_served"]
