"""A spoken message: when it begins, what ends it, what is kept of it."""

from datetime import UTC, datetime, timedelta

import pytest

from otklik.acd.model import EndReason
from otklik.flows.commands import (
    FinishPrompts,
    NoteSpeech,
    PressKey,
    ResumeFlow,
    StartFlow,
    StopFlow,
    StopVoicemail,
)
from otklik.flows.decide import problems
from otklik.flows.events import (
    FlowEnded,
    FlowEvent,
    PromptsStarted,
    VoicemailBegun,
    VoicemailEnded,
)
from otklik.flows.interpreter import FlowEngine
from otklik.flows.model import Flow, flow_of_file, misfits
from otklik.flows.rehearsal import Rehearsal, rehearse
from otklik.vocabulary.ids import InteractionId, QueueId, TeamId

pytestmark = pytest.mark.fast

NOON = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CALL = InteractionId(77)
PLAIN = {"node": "voicemail", "short": "again", "refused": "sorry"}
ENDS = {
    "again": {"node": "end", "reason": "closed"},
    "sorry": {"node": "end", "reason": "overflowed"},
    "thanks": {"node": "end", "reason": "self_served"},
}


def flow_with(**words: object) -> Flow:
    return flow_of_file({"name": "t", "start": "leave", "nodes": {"leave": {**PLAIN, **words}, **ENDS}})


class Line:
    """One customer before the node; `at` is his present."""

    def __init__(self, *, is_recorded: bool = True, **words: object) -> None:
        self.flows = FlowEngine(lambda _: None)
        self.at = NOON
        self.log: list[FlowEvent] = self.flows.handle(
            StartFlow(
                at=NOON,
                interaction_id=CALL,
                flow=flow_with(**words),
                locale="ru",
                is_recorded=is_recorded,
                hours=None,
                time_zone="UTC",
                queue_id=QueueId(3),
            )
        )

    def hear_out(self) -> None:
        run = self.flows.run_of(CALL)
        assert run is not None
        self.log += self.flows.handle(FinishPrompts(at=self.at, interaction_id=CALL, playback=run.playback))

    def pass_time(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.log += self.flows.advance(self.at)

    def speak(self, seconds: float) -> None:
        self.log += self.flows.handle(NoteSpeech(at=self.at, interaction_id=CALL))
        self.pass_time(seconds)

    def press(self, key: str) -> None:
        self.log += self.flows.handle(PressKey(at=self.at, interaction_id=CALL, key=key))

    def stop(self, outcome: str) -> None:
        self.log += self.flows.handle(StopVoicemail(at=self.at, interaction_id=CALL, outcome=outcome))

    def of(self, kind: type[FlowEvent]) -> list[FlowEvent]:
        return [event for event in self.log if isinstance(event, kind)]

    def message(self) -> VoicemailEnded:
        (ended,) = self.of(VoicemailEnded)
        assert isinstance(ended, VoicemailEnded)
        return ended

    def end(self) -> EndReason | None:
        (ended,) = self.of(FlowEnded)
        assert isinstance(ended, FlowEnded)
        return ended.reason


def test_the_tone_follows_the_words_and_the_message_begins_after_it() -> None:
    line = Line()
    (said,) = line.of(PromptsStarted)
    assert isinstance(said, PromptsStarted)
    assert said.prompts == ("voicemail", "beep")
    line.pass_time(8)
    assert not line.of(VoicemailBegun)
    line.hear_out()
    (begun,) = line.of(VoicemailBegun)
    assert begun == VoicemailBegun(
        at=line.at,
        interaction_id=CALL,
        queue_id=QueueId(3),
        team_id=TeamId(0),
        deadline=line.at + timedelta(minutes=2),
        silence=timedelta(seconds=4),
    )


def test_the_key_ends_it_and_thanks_are_said_before_the_end() -> None:
    line = Line()
    line.hear_out()
    line.speak(7)
    line.press("5")
    assert not line.of(VoicemailEnded), "only the keys of the node end it"
    line.press("#")
    assert (line.message().outcome, line.message().is_kept) == ("key", True)
    assert (line.message().since, line.message().until) == (NOON, NOON + timedelta(seconds=7))
    line.press("#")
    assert not line.of(FlowEnded), "the thanks are heard out"
    line.hear_out()
    assert line.end() is EndReason.VOICEMAIL


def test_silence_is_cut_off_its_end_but_for_a_breath() -> None:
    line = Line(next="thanks", kept=[])
    line.hear_out()
    line.speak(10)
    line.stop("silence")
    ended = line.message()
    assert ended.is_kept
    assert ended.until - ended.since == timedelta(seconds=6.5), "four seconds of silence, half a second stays"
    assert line.end() is EndReason.SELF_SERVED


@pytest.mark.parametrize(
    ("spoken", "seconds", "outcome", "is_kept"),
    [
        (True, 5.9, "silence", False),
        (True, 6.0, "silence", True),
        (False, 60, "silence", False),
        (True, 1.9, "left", False),
        (True, 2.0, "left", True),
        (False, 60, "left", False),
        (False, 60, "gone", True),
        (True, 60, "failed", False),
    ],
)
def test_what_is_too_short_or_without_a_word_is_dropped(
    *, spoken: bool, seconds: float, outcome: str, is_kept: bool
) -> None:
    line = Line()
    line.hear_out()
    if spoken:
        line.speak(seconds)
    else:
        line.pass_time(seconds)
    line.stop(outcome)
    assert line.message().is_kept is is_kept


def test_too_short_and_not_recordable_have_their_own_ways() -> None:
    for outcome, reason in (("silence", EndReason.CLOSED), ("failed", EndReason.OVERFLOWED)):
        line = Line()
        line.hear_out()
        line.pass_time(4)
        line.stop(outcome)
        assert line.end() is reason


def test_who_hangs_up_has_left_what_he_said() -> None:
    line = Line()
    line.hear_out()
    line.speak(12)
    line.stop("left")
    assert line.end() is EndReason.VOICEMAIL
    silent = Line()
    silent.hear_out()
    silent.pass_time(12)
    silent.stop("left")
    assert not silent.of(FlowEnded), "he is a customer who left, as from every other node"


def test_the_longest_time_ends_it_at_its_moment_even_if_nobody_looked_in_time() -> None:
    line = Line(longest=30, silence=0)
    line.hear_out()
    begun = line.at
    while (deadline := line.flows.next_deadline()) is not None and not line.of(VoicemailEnded):
        assert deadline == begun + timedelta(seconds=30)
        line.log += line.flows.advance(deadline)
    assert (line.message().outcome, line.message().until) == ("limit", begun + timedelta(seconds=30))


def test_a_flow_that_is_stopped_from_outside_loses_nothing_that_was_said() -> None:
    line = Line()
    line.hear_out()
    line.speak(9)
    line.log += line.flows.handle(StopFlow(at=line.at, interaction_id=CALL))
    assert (line.message().outcome, line.message().is_kept) == ("stopped", True)
    assert line.end() is None


def test_a_restart_goes_on_with_the_message() -> None:
    line = Line(longest=30)
    line.hear_out()
    line.speak(3)
    restored = FlowEngine(lambda _: None)
    restored.restore(line.log)
    again = FlowEngine(lambda _: None)
    again.from_snapshot(line.flows.snapshot())
    for flows in (restored, again):
        assert flows.run_of(CALL) == line.flows.run_of(CALL)
        assert flows.handle(ResumeFlow(at=line.at, interaction_id=CALL)) == []
        assert flows.next_deadline() == NOON + timedelta(seconds=30)


def test_a_key_while_the_words_are_said_goes_on_to_the_tone() -> None:
    line = Line()
    line.press("#")
    said = line.of(PromptsStarted)[-1]
    assert isinstance(said, PromptsStarted)
    assert said.prompts == ("beep",)
    line.hear_out()
    assert line.of(VoicemailBegun)


def test_a_team_has_its_own_list() -> None:
    line = Line(team_id=4)
    line.hear_out()
    (begun,) = line.of(VoicemailBegun)
    assert isinstance(begun, VoicemailBegun)
    assert (begun.queue_id, begun.team_id) == (QueueId(0), TeamId(4))


@pytest.mark.parametrize(
    ("words", "code", "place"),
    [
        ({"longest": 2}, "length_unfit", "nodes.leave.longest"),
        ({"longest": 10, "shortest": 10}, "length_unfit", "nodes.leave.shortest"),
        ({"silence": 1}, "silence_unfit", "nodes.leave.silence"),
        ({"finish_keys": "#x"}, "key_unknown", "nodes.leave.finish_keys"),
        ({"queue_id": 1, "team_id": 1}, "list_twice", "nodes.leave.team_id"),
        ({"queue_id": 9}, "queue_missing", "nodes.leave.queue_id"),
        ({"team_id": 9}, "team_missing", "nodes.leave.team_id"),
        ({"prompts": ["nope"]}, "prompt_missing", "nodes.leave.prompts"),
        ({"short": "nowhere"}, "node_missing", "nodes.leave.short"),
    ],
)
def test_what_cannot_work_is_named(words: dict[str, object], code: str, place: str) -> None:
    found = problems(
        flow_with(**words),
        queues={QueueId(1)},
        teams={TeamId(1)},
        prompts={"voicemail", "voicemail_kept"},
    )
    assert (code, place) in {(one.code, one.place) for one in found}


def test_both_ways_out_must_be_written() -> None:
    nodes = {"leave": {"node": "voicemail", "refused": "sorry"}, **ENDS}
    assert misfits({"start": "leave", "nodes": nodes})[0].place == "nodes.leave.short"


def test_a_rehearsal_leaves_a_message() -> None:
    flow = flow_with()
    kept = rehearse(flow, Rehearsal(at=NOON, queue_id=QueueId(3)))
    assert kept[0].outcome == "voicemail queue 3, kept, ended voicemail"
    assert kept[0].said == ("voicemail", "beep", "voicemail_kept")
    silent = rehearse(flow, Rehearsal(at=NOON, typed=("",), queue_id=QueueId(3)))
    assert [step.outcome for step in silent] == ["voicemail queue 3, dropped", "ended closed"]
