"""Random flows, random customers, random timing: no state without an exit, and replay is the state."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from otklik.acd.model import EndReason
from otklik.flows.commands import (
    FinishPrompts,
    NoteQueued,
    NoteQueueExit,
    PressKey,
    ResumeFlow,
    StartFlow,
    StopFlow,
)
from otklik.flows.decide import problems
from otklik.flows.events import (
    FlowEnded,
    FlowEvent,
    NodeEntered,
    PromptsStarted,
    QueueExitRequested,
    QueueRequested,
)
from otklik.flows.interpreter import FlowEngine
from otklik.flows.model import Flow
from otklik.flows.nodes.end import End
from otklik.flows.nodes.hours import Hours
from otklik.flows.nodes.play import Play
from otklik.flows.nodes.queue import Queue
from otklik.flows.starter import starter_flow
from otklik.flows.state import Run
from otklik.vocabulary.hours import weekly
from otklik.vocabulary.ids import FlowId, InteractionId, QueueId

pytestmark = pytest.mark.fast

START = datetime(2026, 11, 23, 8, 59, tzinfo=UTC)
OFFICE = weekly(time(9), time(18))
KEYS = st.sampled_from("abcd")
TARGETS = st.sampled_from(["a", "b", "c", "d", ""])
NODES = st.one_of(
    st.builds(
        Play,
        prompts=st.lists(st.sampled_from(["greeting", "closed"]), max_size=2).map(tuple),
        next=TARGETS,
        skip_keys=st.sampled_from(["", "#"]),
    ),
    st.builds(Hours, open=TARGETS, closed=TARGETS),
    st.builds(
        Queue,
        announces=st.booleans(),
        announces_wait=st.booleans(),
        repeat_after=st.sampled_from([timedelta(seconds=s) for s in (10, 45)]),
        comfort=st.sampled_from([(), ("please_wait",), ("please_wait", "sorry")]),
        comfort_after=st.sampled_from([timedelta(seconds=s) for s in (10, 20, 60)]),
        music=st.sampled_from([(), ("site/waltz",)]),
        choices=st.dictionaries(st.sampled_from("12"), TARGETS, max_size=2),
    ),
    st.builds(End, reason=st.sampled_from([EndReason.CLOSED, EndReason.SELF_SERVED])),
)
FLOWS = st.builds(
    Flow,
    flow_id=st.just(FlowId(1)),
    version=st.just(1),
    name=st.just("random"),
    nodes=st.dictionaries(KEYS, NODES, min_size=1, max_size=4),
    start=KEYS,
)
CALLS = st.integers(1, 4).map(InteractionId)


class FlowMachine(RuleBasedStateMachine):
    """Four customers at most, each in some flow; `waiting` is what the engine would say of positions."""

    def __init__(self) -> None:
        super().__init__()
        self.at = START
        self.waiting: dict[InteractionId, int] = {}
        self.expected: timedelta | None = None
        self.flows = self.engine()
        self.log: list[FlowEvent] = []
        self.playbacks: dict[InteractionId, str] = {}

    def engine(self) -> FlowEngine:
        return FlowEngine(self.waiting.get, wait_of=lambda call, at: self.expected)

    def keep(self, events: list[FlowEvent]) -> None:
        assert all(event.at <= self.at for event in events)
        assert sum(isinstance(event, NodeEntered) for event in events) <= 400
        self.log += events
        for event in events:
            if isinstance(event, PromptsStarted):
                assert event.playback not in self.playbacks.values()
                self.playbacks[event.interaction_id] = event.playback
            if isinstance(event, FlowEnded):
                self.waiting.pop(event.interaction_id, None)
        for event in events:
            if isinstance(event, QueueExitRequested):
                # The engine lets out him who waits, and not whom a phone rings for.
                is_out = self.waiting.pop(event.interaction_id, None) is not None
                answer = NoteQueueExit(at=self.at, interaction_id=event.interaction_id, is_out=is_out)
                self.keep(self.flows.handle(answer))

    @rule(seconds=st.sampled_from([None, 0.0, 59.0, 130.0, 290.0, 1000.0, 5000.0]))
    def expect(self, seconds: float | None) -> None:
        self.expected = None if seconds is None else timedelta(seconds=seconds)

    @rule(call=CALLS, flow=st.one_of(st.just(starter_flow()), FLOWS), recorded=st.booleans())
    def start(self, call: InteractionId, flow: Flow, recorded: bool) -> None:
        self.keep(
            self.flows.handle(
                StartFlow(
                    at=self.at,
                    interaction_id=call,
                    flow=flow,
                    locale="ru",
                    is_recorded=recorded,
                    hours=OFFICE,
                    time_zone="UTC",
                    queue_id=QueueId(1),
                )
            )
        )

    @rule(call=CALLS, is_late=st.booleans())
    def finish(self, call: InteractionId, is_late: bool) -> None:
        playback = "of-another-time" if is_late else self.playbacks.get(call, "")
        events = self.flows.handle(FinishPrompts(at=self.at, interaction_id=call, playback=playback))
        assert not (is_late and events)
        self.keep(events)

    @rule(call=CALLS, position=st.integers(0, 13))
    def queue(self, call: InteractionId, position: int) -> None:
        run = self.flows.run_of(call)
        if run is None or not isinstance(run.flow.nodes.get(run.node), Queue):
            return
        self.waiting.pop(call, None)
        if position:
            self.waiting[call] = position
        self.keep(self.flows.handle(NoteQueued(at=self.at, interaction_id=call, position=position)))

    @rule(call=CALLS, position=st.integers(0, 13))
    def move(self, call: InteractionId, position: int) -> None:
        """He moves up, or is offered (0) and taken back."""
        if call in self.waiting or self.flows.is_running(call):
            self.waiting.pop(call, None)
            if position:
                self.waiting[call] = position

    @rule(call=CALLS, key=st.sampled_from("1#"))
    def press(self, call: InteractionId, key: str) -> None:
        self.keep(self.flows.handle(PressKey(at=self.at, interaction_id=call, key=key)))

    @rule(call=CALLS)
    def stop(self, call: InteractionId) -> None:
        self.keep(self.flows.handle(StopFlow(at=self.at, interaction_id=call)))
        self.at += timedelta(milliseconds=1)
        assert not self.flows.is_running(call)

    @rule(call=CALLS)
    def resume(self, call: InteractionId) -> None:
        self.keep(self.flows.handle(ResumeFlow(at=self.at, interaction_id=call)))

    @rule(seconds=st.sampled_from([0.001, 1, 2, 9.999, 45, 60, 120]))
    def wait(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.keep(self.flows.advance(self.at))
        deadline = self.flows.next_deadline()
        assert deadline is None or deadline > self.at

    @rule()
    def restart(self) -> None:
        """The process dies: the state is a snapshot, or the replay of all events."""
        before = self.runs()
        loaded = self.engine()
        loaded.from_snapshot(self.flows.snapshot())
        assert [loaded.run_of(call) for call in sorted(loaded.running())] == before
        replayed = self.engine()
        replayed.restore(self.log)
        self.flows = replayed
        assert [replace(run, deadline=None, news_at=None) for run in self.runs()] == [
            replace(run, deadline=None, news_at=None) for run in before
        ]

    def runs(self) -> list[Run]:
        found = [self.flows.run_of(call) for call in sorted(self.flows.running())]
        return [run for run in found if run is not None]

    @invariant()
    def every_state_has_an_exit(self) -> None:
        for run in self.runs():
            assert run.deadline is not None, run
            assert run.hears in ("prompts", "music") or run.is_requested, run

    def teardown(self) -> None:
        """Left alone, every customer ends, or waits with music."""
        for _ in range(500):
            deadline = self.flows.next_deadline()
            if deadline is None or all(run.hears == "music" for run in self.runs()):
                return
            self.at = max(self.at, deadline)
            self.keep(self.flows.advance(self.at))
        # Only a flow that could not be published goes round for ever, and it speaks at each round.
        assert all(problems(run.flow) for run in self.runs() if run.hears != "music")


FlowMachine.TestCase.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
TestFlowMachine = FlowMachine.TestCase


def test_the_machine_reaches_queues() -> None:
    """The random stories are worth something: the starter flow gets as far as a queue in them."""
    machine = FlowMachine()
    machine.start(InteractionId(1), starter_flow(), True)
    machine.at = START + timedelta(minutes=2)
    machine.finish(InteractionId(1), False)

    assert any(isinstance(event, QueueRequested) for event in machine.log)
