"""The interpreter by stories: what a customer hears, and that every state has an exit."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import msgspec
import pytest

from otklik.acd.model import EndReason
from otklik.flows.commands import FinishPrompts, NoteQueued, PressKey, ResumeFlow, StartFlow, StopFlow
from otklik.flows.events import (
    FlowEnded,
    FlowEvent,
    HoursChecked,
    MusicStarted,
    NodeEntered,
    PositionAnnounced,
    PromptsStarted,
    PromptsStopped,
    QueueRequested,
)
from otklik.flows.interpreter import FlowEngine
from otklik.flows.model import Flow
from otklik.flows.nodes.end import End
from otklik.flows.nodes.hours import Hours
from otklik.flows.nodes.play import Play
from otklik.flows.nodes.queue import Queue
from otklik.flows.starter import starter_flow
from otklik.vocabulary.hours import OpeningHours, weekly
from otklik.vocabulary.ids import FlowId, InteractionId, QueueId

pytestmark = pytest.mark.fast

MONDAY_NOON = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # 12:00 in Moscow
CALL = InteractionId(77)
SALES = QueueId(5)
OFFICE = weekly(time(9), time(18))


class Story:
    """One customer in one flow. `at` moves by hand; `place` is what the engine would say of his position."""

    def __init__(self, flow: Flow | None = None) -> None:
        self.flow = flow or starter_flow()
        self.place: int | None = None
        self.flows = FlowEngine(lambda _: self.place)
        self.at = MONDAY_NOON
        self.log: list[FlowEvent] = []

    def start(
        self,
        *,
        hours: OpeningHours | None = OFFICE,
        is_recorded: bool = True,
        locale: str = "ru",
        node: str = "",
    ) -> list[FlowEvent]:
        return self.do(
            StartFlow(
                at=self.at,
                interaction_id=CALL,
                flow=self.flow,
                locale=locale,
                is_recorded=is_recorded,
                hours=hours,
                time_zone="Europe/Moscow",
                queue_id=SALES,
                node=node,
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

    def finish(self) -> list[FlowEvent]:
        return self.do(FinishPrompts(at=self.at, interaction_id=CALL, playback=self.playback))

    def queued(self, position: int) -> list[FlowEvent]:
        self.place = position or None
        return self.do(NoteQueued(at=self.at, interaction_id=CALL, position=position))

    @property
    def playback(self) -> str:
        return next(e.playback for e in reversed(self.log) if isinstance(e, PromptsStarted))


def said(events: list[FlowEvent]) -> list[tuple[str, ...]]:
    return [event.prompts for event in events if isinstance(event, PromptsStarted)]


def kinds(events: list[FlowEvent]) -> list[type]:
    return [type(event) for event in events]


def test_a_customer_is_greeted_in_the_numbers_language() -> None:
    story = Story()

    events = story.start(locale="en")

    assert kinds(events)[1:] == [NodeEntered, PromptsStarted]
    assert said(events) == [("greeting",)]
    assert events[-1].locale == "en"


def test_an_unrecorded_number_does_not_speak_of_recording() -> None:
    assert said(Story().start(is_recorded=False)) == [("greeting_unrecorded",)]


def test_in_office_hours_the_greeting_leads_to_the_numbers_queue() -> None:
    story = Story()
    story.start()

    events = story.finish()

    assert next(e for e in events if isinstance(e, HoursChecked)).is_open
    assert isinstance(events[-1], QueueRequested)
    assert events[-1].queue_id == SALES


def test_closed_is_said_and_ends_the_interaction_closed() -> None:
    story = Story()
    story.at = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
    story.start()

    events = story.finish()
    assert said(events) == [("closed",)]
    events = story.finish()

    assert events[-1].reason == EndReason.CLOSED
    assert not story.flows.is_running(CALL)
    assert story.flows.next_deadline() is None


def test_a_number_without_hours_is_always_open() -> None:
    story = Story()
    story.at = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)
    story.start(hours=None)

    assert isinstance(story.finish()[-1], QueueRequested)


def test_the_position_is_spoken_then_music_plays() -> None:
    story = Story()
    story.start()
    story.finish()

    events = story.queued(3)
    assert kinds(events) == [PositionAnnounced, PromptsStarted]
    assert said(events) == [("position_3",)]

    assert kinds(story.finish()) == [MusicStarted]


def test_who_is_offered_at_once_hears_music_and_no_position() -> None:
    story = Story()
    story.start()
    story.finish()

    assert kinds(story.queued(0)) == [MusicStarted]


def test_more_than_ten_is_one_prompt() -> None:
    story = Story()
    story.start()
    story.finish()

    assert said(story.queued(11)) == [("position_more",)]
    story.finish()
    story.place = 14
    assert story.after(45) == []


def test_the_position_is_repeated_only_when_it_changed() -> None:
    story = Story()
    story.start()
    story.finish()
    story.queued(2)
    story.finish()

    assert story.after(44.999) == []
    assert story.after(0.001) == []
    story.place = 1
    assert story.after(44.999) == []
    assert said(story.after(0.001)) == [("position_1",)]
    assert kinds(story.finish()) == [MusicStarted]


def test_an_offered_customer_keeps_hearing_music() -> None:
    story = Story()
    story.start()
    story.finish()
    story.queued(1)
    story.finish()
    story.place = None

    assert story.after(200) == []
    assert story.flows.next_deadline() == story.at + timedelta(seconds=45)


def test_a_prompt_that_never_ends_has_a_deadline() -> None:
    story = Story()
    story.start()

    assert story.after(59.9) == []
    events = story.after(0.1)

    assert isinstance(events[0], PromptsStopped)
    assert isinstance(events[-1], QueueRequested)


def test_a_request_that_nobody_answers_ends_in_music() -> None:
    story = Story()
    story.start()
    story.finish()

    assert kinds(story.after(2)) == [MusicStarted]


def test_a_late_or_doubled_end_of_a_prompt_changes_nothing() -> None:
    story = Story()
    story.start()
    old = story.playback
    story.finish()
    story.queued(1)

    assert story.do(FinishPrompts(at=story.at, interaction_id=CALL, playback=old)) == []
    story.finish()
    assert story.finish() == []


def test_a_stopped_flow_says_nothing_more() -> None:
    story = Story()
    story.start()

    events = story.do(StopFlow(at=story.at, interaction_id=CALL))

    assert kinds(events) == [FlowEnded]
    assert events[0].reason is None
    assert story.after(1000) == []
    assert story.do(StopFlow(at=story.at, interaction_id=CALL)) == []


def test_starting_twice_changes_nothing() -> None:
    story = Story()
    story.start()

    assert story.start() == []


def test_keys_skip_only_where_the_flow_says_so() -> None:
    flow = starter_flow()
    nodes = {**flow.nodes, "greeting": Play(prompts=("greeting",), next="hours", skip_keys="#")}
    skippable = Story(msgspec.structs.replace(flow, nodes=nodes))
    skippable.start()

    assert skippable.do(PressKey(at=skippable.at, interaction_id=CALL, key="5")) == []
    events = skippable.do(PressKey(at=skippable.at, interaction_id=CALL, key="#"))

    assert kinds(events) == [PromptsStopped, NodeEntered, HoursChecked, NodeEntered, QueueRequested]
    firm = Story()
    firm.start()
    assert firm.do(PressKey(at=firm.at, interaction_id=CALL, key="#")) == []


def test_who_waits_already_begins_at_the_queue_and_is_not_queued_twice() -> None:
    story = Story()
    story.place = 4

    events = story.start(node="queue")

    assert said(events) == [("position_4",)]
    assert QueueRequested not in kinds(events)


def test_after_a_restart_the_present_prompt_begins_anew() -> None:
    story = Story()
    story.start()
    first = story.playback

    events = story.do(ResumeFlow(at=story.at, interaction_id=CALL))

    assert said(events) == [("greeting",)]
    assert story.playback != first
    story.finish()
    story.queued(0)
    assert story.do(ResumeFlow(at=story.at, interaction_id=CALL)) == []


def test_a_flow_that_goes_round_in_one_moment_ends_instead_of_hanging() -> None:
    nodes = {"a": Hours(open="b", closed="b"), "b": Hours(open="a", closed="a")}
    story = Story(Flow(flow_id=FlowId(2), version=1, name="round", nodes=nodes, start="a"))

    assert story.start()[-1].reason == EndReason.CANCELLED


def test_a_step_to_nowhere_ends_the_interaction() -> None:
    flow = Flow(
        flow_id=FlowId(2), version=1, name="hole", nodes={"a": Play(prompts=("x",), next="b")}, start="a"
    )
    story = Story(flow)
    story.start()

    assert story.finish()[-1].reason == EndReason.CANCELLED


def test_a_flow_may_end_after_speaking() -> None:
    flow = Flow(flow_id=FlowId(2), version=1, name="info", nodes={"a": Play(prompts=("x",))}, start="a")
    story = Story(flow)
    story.start()

    assert story.finish()[-1].reason == EndReason.SELF_SERVED


def test_deadlines_of_many_flows_come_in_order() -> None:
    place: dict[InteractionId, int] = {}
    flows = FlowEngine(place.get)
    flow = Flow(
        flow_id=FlowId(2),
        version=1,
        name="wait",
        nodes={"q": Queue(), "e": End(reason=EndReason.CLOSED)},
        start="q",
    )
    for number in range(50):
        at = MONDAY_NOON + timedelta(seconds=(number * 7) % 50)
        interaction_id = InteractionId(number)
        flows.handle(
            StartFlow(
                at=at,
                interaction_id=interaction_id,
                flow=flow,
                locale="ru",
                is_recorded=True,
                hours=None,
                time_zone="UTC",
                queue_id=SALES,
            )
        )
        place[interaction_id] = 1
        flows.handle(NoteQueued(at=at, interaction_id=interaction_id, position=1))

    due = flows.next_deadline()
    assert due == MONDAY_NOON + timedelta(seconds=60)
    stopped = [
        e.interaction_id for e in flows.advance(due + timedelta(seconds=50)) if isinstance(e, PromptsStopped)
    ]
    assert stopped == sorted(range(50), key=lambda number: (number * 7) % 50)


@pytest.mark.parametrize("steps", range(1, 7))
def test_replay_and_snapshot_give_the_same_state(steps: int) -> None:
    story = Story()
    moves = [
        story.start,
        story.finish,
        lambda: story.queued(2),
        story.finish,
        lambda: (setattr(story, "place", 1), story.after(45)),
        story.finish,
    ]
    for move in moves[:steps]:
        move()

    replayed = FlowEngine(lambda _: story.place)
    replayed.restore(story.log)
    loaded = FlowEngine(lambda _: story.place)
    loaded.from_snapshot(story.flows.snapshot())

    assert replayed.run_of(CALL) == story.flows.run_of(CALL)
    assert loaded.run_of(CALL) == story.flows.run_of(CALL)
    assert loaded.next_deadline() == replayed.next_deadline() == story.flows.next_deadline()
    later = story.at + timedelta(minutes=10)
    assert replayed.advance(later) == loaded.advance(later) == story.flows.advance(later)


def test_events_survive_the_journals_encoding() -> None:
    story = Story()
    story.start()
    story.finish()
    story.queued(2)

    for event in story.log:
        assert msgspec.json.decode(msgspec.json.encode(event), type=type(event)) == event


def test_a_restored_run_asked_once_too_often_changes_nothing() -> None:
    story = Story()
    story.start()
    story.finish()
    story.queued(1)
    story.finish()
    story.after(100)  # the music played on: the deadline moved without an event

    replayed = FlowEngine(lambda _: story.place)
    replayed.restore(story.log)

    assert replayed.advance(story.at) == []
    mine, theirs = story.flows.run_of(CALL), replayed.run_of(CALL)
    assert mine is not None
    assert theirs is not None
    assert replace(mine, deadline=None) == replace(theirs, deadline=None)
