"""What a customer hears while he waits: his wait, comfort, music of the house; and how he leaves by a key."""

from datetime import timedelta

import msgspec
import pytest

from otklik.acd.model import EndReason
from otklik.flows.commands import NoteQueueExit, PressKey, ResumeFlow
from otklik.flows.decide import problems
from otklik.flows.events import (
    ComfortGiven,
    FlowEvent,
    MusicStarted,
    NodeDecided,
    NodeEntered,
    PositionAnnounced,
    PromptsStopped,
    QueueExitRequested,
    WaitAnnounced,
)
from otklik.flows.forms import roles_of
from otklik.flows.interpreter import FlowEngine
from otklik.flows.model import Flow
from otklik.flows.nodes.end import End
from otklik.flows.nodes.queue import Queue
from otklik.flows.nodes.voicemail import Voicemail
from otklik.flows.nodes.waiting import LONGER, is_news, step_of, wait_words
from otklik.flows.prompts import grammars, shipped
from otklik.vocabulary.ids import FlowId
from tests.rooms.flows.test_interpreter import CALL, Story, kinds, said

pytestmark = pytest.mark.fast

MINUTE = timedelta(minutes=1)


class Waiting(Story):
    """One who stands in a queue; `expected` is what the engine would say of his wait."""

    def __init__(self, node: Queue, *, is_test: bool = False, **others: object) -> None:
        flow = Flow(flow_id=FlowId(9), version=1, name="w", nodes={"queue": node, **others}, start="queue")
        super().__init__(flow)
        self.expected: timedelta | None = None
        self.flows = self.engine()

    def engine(self) -> FlowEngine:
        made = FlowEngine(lambda _: self.place, wait_of=lambda call, at: self.expected)
        made.grammars = grammars()
        return made

    def waits(self, position: int = 1, **given: object) -> list[FlowEvent]:
        self.start(**given)
        return self.queued(position)

    def press(self, key: str) -> list[FlowEvent]:
        return self.do(PressKey(at=self.at, interaction_id=CALL, key=key))

    def out(self, *, is_out: bool) -> list[FlowEvent]:
        return self.do(NoteQueueExit(at=self.at, interaction_id=CALL, is_out=is_out))


def minutes_said(events: list[FlowEvent]) -> list[int]:
    return [event.step for event in events if isinstance(event, WaitAnnounced)]


@pytest.mark.parametrize(
    ("seconds", "step"),
    [(0, 1), (60, 1), (61, 2), (150, 3), (300, 5), (301, 10), (1100, 20), (1800, 30), (1801, LONGER)],
)
def test_a_wait_is_rounded_up_to_a_step_that_people_say(seconds: int, step: int) -> None:
    assert step_of(timedelta(seconds=seconds)) == step


@pytest.mark.parametrize(
    ("step", "spoken", "news"),
    [
        (3, 0, True),
        (3, 3, False),
        (3, 4, True),
        (4, 3, False),
        (5, 3, True),
        (LONGER, 20, True),
        (30, LONGER, True),
    ],
)
def test_a_shorter_wait_is_news_and_a_longer_one_when_it_has_grown_by_two_steps(
    step: int, spoken: int, news: bool
) -> None:
    assert is_news(step, spoken) is news


@pytest.mark.parametrize(
    ("locale", "step", "words"),
    [
        ("ru", 1, ["wait_short"]),
        ("ru", 2, ["wait_about", "2_f", "minute_few"]),
        ("ru", 20, ["wait_about", "20", "minute_many"]),
        ("en", 3, ["wait_about", "3", "minute_many"]),
        ("en", LONGER, ["wait_long"]),
    ],
)
def test_a_wait_is_told_by_the_grammar_of_the_language(locale: str, step: int, words: list[str]) -> None:
    told = wait_words(grammars()[locale], step)
    assert [name.removeprefix("otklik/words/") for name in told] == words
    texts = grammars()[locale].words
    assert all(word in texts for word in words[1:])


def test_a_language_without_rules_for_waits_is_silent_about_them() -> None:
    assert wait_words(msgspec.structs.replace(grammars()["ru"], wait=""), 3) == ()
    assert wait_words(None, 3) == ()


def test_the_sentences_of_a_wait_are_shipped_in_every_language() -> None:
    seconds = {prompt.name: set(prompt.seconds) for prompt in shipped()}
    for name in ("wait_about", "wait_short", "wait_long"):
        assert seconds[name] == {"en", "ru"}


def test_place_and_wait_are_told_in_one_go_and_again_only_as_far_as_they_are_news() -> None:
    story = Waiting(Queue(announces_wait=True))
    story.expected = 2.5 * MINUTE
    events = story.waits(3)
    assert kinds(events)[:2] == [PositionAnnounced, WaitAnnounced]
    words = ("wait_about", "otklik/words/3", "otklik/words/minute_few")
    assert said(events) == [("position_3", *words)]
    story.finish()
    assert story.after(45) == []
    story.expected, story.place = 1.2 * MINUTE, 3
    events = story.after(45)
    assert said(events) == [("wait_about", "otklik/words/2_f", "otklik/words/minute_few")]
    assert minutes_said(events) == [2]
    story.finish()
    story.place = 2
    assert said(story.after(45)) == [("position_2",)]


def test_a_wait_that_nobody_knows_is_not_told() -> None:
    story = Waiting(Queue(announces=False, announces_wait=True))
    assert said(story.waits(3)) == []
    assert isinstance(story.log[-1], MusicStarted)
    story.expected = 45 * MINUTE
    assert said(story.after(45)) == [("wait_long",)]


def test_comfort_messages_are_said_in_turn_and_keep_the_rhythm_of_the_news() -> None:
    story = Waiting(
        Queue(comfort=("please_wait", "sorry"), comfort_after=timedelta(seconds=30)),
    )
    story.waits(5)
    story.finish()
    heard = []
    for second in range(1, 151):
        if second == 40:
            story.place = 4
        for event in story.after(1):
            if isinstance(event, ComfortGiven | PositionAnnounced):
                heard.append((second, event.prompt))
                story.finish()
    assert heard == [
        (30, "please_wait"),
        (45, "position_4"),
        (60, "sorry"),
        (90, "please_wait"),
        (120, "sorry"),
        (150, "please_wait"),
    ]


def test_what_falls_due_while_something_is_said_follows_at_once() -> None:
    story = Waiting(Queue(comfort=("please_wait",), comfort_after=timedelta(seconds=45)))
    story.waits(5)
    story.finish()
    story.place = 4
    assert said(story.after(45)) == [("position_4",)]
    events = story.finish()
    assert said(events) == [("please_wait",)]
    assert MusicStarted not in kinds(events)
    assert kinds(story.finish()) == [MusicStarted]


@pytest.mark.parametrize(("own", "locale"), [(("site/waltz", "site/tango"), "en"), ((), "")])
def test_music_is_named_in_the_language_of_the_call_and_known_after_a_restart(
    own: tuple[str, ...], locale: str
) -> None:
    story = Waiting(Queue(announces=False, music=own))
    story.waits(5, locale="en")
    music = story.log[-1]
    assert isinstance(music, MusicStarted)
    assert (music.prompts, music.locale) == (own, locale)
    assert story.do(ResumeFlow(at=story.at, interaction_id=CALL)) == []
    run = story.flows.run_of(CALL)
    assert run is not None
    assert run.music_started(music.at) == music


def leaving(**given: object) -> Waiting:
    node = Queue(announces=False, choices={"1": "leave"}, **given)
    return Waiting(node, leave=Voicemail(short="end", refused="end"), end=End(reason=EndReason.CLOSED))


def test_a_key_asks_to_leave_and_leads_on_when_the_engine_has_let_him_out() -> None:
    story = leaving()
    story.waits(2)
    assert story.press("2") == []
    assert kinds(story.press("1")) == [QueueExitRequested]
    assert story.press("1") == []
    events = story.out(is_out=True)
    assert kinds(events)[:2] == [NodeDecided, NodeEntered]
    assert (events[0].outcome, events[1].node) == ("1", "leave")
    assert story.out(is_out=True) == []


def test_a_key_cuts_the_announcement_short() -> None:
    story = Waiting(Queue(choices={"1": "end"}), end=End(reason=EndReason.CLOSED))
    story.waits(2)
    assert kinds(story.press("1")) == [PromptsStopped, QueueExitRequested]


def test_nobody_leaves_while_an_agent_is_rung_for_him_and_music_goes_on() -> None:
    story = leaving()
    story.waits(2)
    story.place = None
    assert story.press("1") == []
    story.place = 1
    story.press("1")
    assert kinds(story.out(is_out=False)) == [MusicStarted]
    assert kinds(story.press("1")) == [QueueExitRequested]
    assert kinds(story.after(2)) == [MusicStarted]


def test_a_request_to_leave_survives_a_restart() -> None:
    story = leaving()
    story.waits(2)
    story.press("1")
    before = story.flows.run_of(CALL)
    replayed, loaded = story.engine(), story.engine()
    replayed.restore(story.log)
    loaded.from_snapshot(story.flows.snapshot())
    assert replayed.run_of(CALL) == loaded.run_of(CALL) == before
    assert before is not None
    assert before.leaving == "1"


def test_keys_that_lead_out_are_ways_out_and_sounds_are_prompts_for_the_editor() -> None:
    roles = {(role.field, role.role) for role in roles_of(Queue)}
    assert {
        ("choices.*", "exit"),
        ("overflow", "exit"),
        ("comfort.*", "prompt"),
        ("music.*", "prompt"),
    } <= roles


@pytest.mark.parametrize(
    ("node", "problem"),
    [
        (Queue(choices={"12": "end"}), ("key_unknown", "nodes.queue.choices")),
        (Queue(comfort_after=timedelta(seconds=3)), ("repeat_too_short", "nodes.queue.comfort_after")),
        (Queue(comfort=("absent",)), ("prompt_missing", "nodes.queue.comfort")),
        (Queue(music=("site/absent",)), ("prompt_missing", "nodes.queue.music")),
        (Queue(choices={"1": "nowhere"}), ("node_missing", "nodes.queue.choices.1")),
    ],
)
def test_what_cannot_be_right_is_named_with_its_place(node: Queue, problem: tuple[str, str]) -> None:
    nodes = {"queue": node, "end": End(reason=EndReason.CLOSED)}
    flow = Flow(flow_id=FlowId(9), version=1, name="w", nodes=nodes, start="queue")
    found = [(one.code, one.place) for one in problems(flow, prompts={"please_wait"})]
    assert problem in found


def test_a_flow_of_before_is_read_as_it_was() -> None:
    node = msgspec.convert({"node": "queue", "repeat_after": 20}, Queue, strict=False)
    assert node == Queue(repeat_after=timedelta(seconds=20))
    assert not node.exits()
