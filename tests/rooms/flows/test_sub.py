"""Flows that call flows: in, out, back again after a restart, and never without end."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from otklik.acd.model import EndReason
from otklik.flows.commands import FinishPrompts, PressKey, StartFlow
from otklik.flows.decide import problems
from otklik.flows.events import FlowEnded, FlowEvent, NodeEntered, PromptsStarted
from otklik.flows.inlining import inlined
from otklik.flows.interpreter import FlowEngine
from otklik.flows.model import Flow, FlowNode
from otklik.flows.nodes.assign import Set
from otklik.flows.nodes.back import Return
from otklik.flows.nodes.end import End
from otklik.flows.nodes.menu import Menu
from otklik.flows.nodes.play import Play
from otklik.flows.nodes.sub import Sub
from otklik.flows.publishing import publish, retire
from otklik.flows.rehearsal import Rehearsal, rehearse
from otklik.vocabulary.ids import FlowId, InteractionId, PersonId, QueueId
from otklik.vocabulary.refusals import Refused

pytestmark = pytest.mark.fast

NOON = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CALL = InteractionId(5)
BY = PersonId(1)


def flow(flow_id: int, **nodes: FlowNode) -> Flow:
    start = next(iter(nodes))
    return Flow(flow_id=FlowId(flow_id), version=1, name=f"flow {flow_id}", nodes=nodes, start=start)


def calling(flow_id: int, other: int, start: str = "") -> Flow:
    """One that runs another flow and goes back itself."""
    return flow(flow_id, a=Sub(flow_id=FlowId(other), next="back", start=start), back=Return())


INNER = flow(
    7,
    ask=Menu(prompts=("which",), choices={"1": "note", "2": "deep", "9": "bye"}, otherwise=""),
    note=Set(variables={"chosen": "one"}),
    deep=Sub(flow_id=FlowId(8), next="note"),
    bye=End(reason=EndReason.CLOSED),
)
DEEPEST = flow(8, hello=Play(prompts=("deep_down",)))
OUTER = flow(
    6,
    first=Sub(flow_id=FlowId(7), next="told"),
    told=Play(prompts=("told",), next="end"),
    end=End(reason=EndReason.SELF_SERVED),
)
PUBLISHED = {one.flow_id: one for one in (INNER, DEEPEST, OUTER)}


class Customer:
    """One customer in the outer flow."""

    def __init__(self) -> None:
        self.flows = FlowEngine(lambda _: None)
        self.log: list[FlowEvent] = []
        start = StartFlow(
            at=NOON,
            interaction_id=CALL,
            flow=inlined(OUTER, PUBLISHED),
            locale="ru",
            is_recorded=True,
            hours=None,
            time_zone="UTC",
            queue_id=QueueId(1),
        )
        self.log += self.flows.handle(start)

    def hears_out(self) -> "Customer":
        (playing,) = [event for event in self.log if isinstance(event, PromptsStarted)][-1:]
        done = FinishPrompts(at=NOON, interaction_id=CALL, playback=playing.playback)
        self.log += self.flows.handle(done)
        return self

    def presses(self, key: str) -> "Customer":
        self.log += self.flows.handle(PressKey(at=NOON, interaction_id=CALL, key=key))
        return self

    def after_a_restart(self) -> "Customer":
        """Another engine knows nothing but the journal."""
        self.flows = FlowEngine(lambda _: None)
        self.flows.restore(self.log)
        return self

    @property
    def way(self) -> list[str]:
        return [event.node for event in self.log if isinstance(event, NodeEntered)]

    @property
    def ended(self) -> list[EndReason | None]:
        return [event.reason for event in self.log if isinstance(event, FlowEnded)]


def test_where_the_inner_flow_leads_nowhere_the_outer_one_goes_on() -> None:
    customer = Customer().presses("1")
    assert customer.way == ["first", "first/ask", "first/note", "told"]
    assert customer.hears_out().ended == [EndReason.SELF_SERVED]


def test_flows_call_flows_and_a_restart_in_the_deepest_forgets_nothing() -> None:
    customer = Customer().presses("2").after_a_restart().hears_out()
    assert customer.way == ["first", "first/ask", "first/deep", "first/deep/hello", "first/note", "told"]
    assert customer.after_a_restart().hears_out().ended == [EndReason.SELF_SERVED]


def test_an_end_inside_ends_the_call() -> None:
    assert Customer().presses("9").ended == [EndReason.CLOSED]


def test_variables_of_the_inner_flow_are_those_of_the_outer_one() -> None:
    customer = Customer().presses("1")
    run = customer.flows.run_of(CALL)
    assert run is not None
    assert run.variables["chosen"] == "one"


def test_a_flow_that_is_not_known_is_gone_past_when_it_is_only_tried() -> None:
    steps = rehearse(OUTER, Rehearsal(at=NOON))
    assert [(step.node, step.outcome) for step in steps] == [
        ("first", "not_there"),
        ("told", ""),
        ("end", "ended self_served"),
    ]


@pytest.mark.parametrize(
    ("published", "draft", "expected"),
    [
        (PUBLISHED, OUTER, []),
        ({}, OUTER, [("flow_missing", "nodes.first.flow_id")]),
        (PUBLISHED, calling(7, 7), [("flow_circle", "nodes.a.flow_id")]),
        (PUBLISHED, calling(8, 6), [("flow_circle", "nodes.a.flow_id")]),
        (PUBLISHED, calling(8, 7, start="x"), [
            ("start_given", "nodes.a.start"),
            ("flow_circle", "nodes.a.flow_id"),
        ]),
        (PUBLISHED, flow(9, **{"a/b": Play(prompts=("x",))}), [("key_with_slash", "nodes.a/b")]),
        (
            {FlowId(n): calling(n, n + 1) for n in range(10, 30)},
            calling(9, 10),
            [("flow_circle", "nodes.a.flow_id")],
        ),
    ],
)  # fmt: skip
def test_what_would_never_come_back_is_not_published(
    published: Mapping[FlowId, Flow], draft: Flow, expected: list[tuple[str, str]]
) -> None:
    assert [(one.code, one.place) for one in problems(draft, flows=published)] == expected


def test_a_circle_that_was_published_all_the_same_is_left_out() -> None:
    """Two versions may have been published at one moment."""
    circle = {FlowId(1): flow(1, a=Sub(flow_id=FlowId(2))), FlowId(2): flow(2, b=Sub(flow_id=FlowId(1)))}
    assert set(inlined(circle[FlowId(1)], circle).nodes) == {"a", "a/b"}


def test_a_flow_that_others_call_is_neither_retired_nor_made_a_circle() -> None:
    with pytest.raises(Refused) as refused:
        retire(PUBLISHED, FlowId(8), used_by=(), at=NOON, by=BY)
    assert refused.value.code == "flow_called"
    assert refused.value.facts["flow"] == "flow 7"
    with pytest.raises(Refused) as unfit:
        publish(
            PUBLISHED,
            calling(8, 6),
            queues=(),
            skills=(),
            last=9,
            at=NOON,
            by=BY,
        )
    assert unfit.value.facts["problem"] == "flow_circle"


def test_a_return_goes_back_to_the_flow_that_runs_it_and_else_ends_the_call() -> None:
    inner = flow(7, note=Set(variables={"chosen": "one"}, next="back"), back=Return())
    assert problems(inner) == ()
    steps = rehearse(inlined(OUTER, {FlowId(7): inner}), Rehearsal(at=NOON))
    assert [step.node for step in steps] == ["first", "first/note", "first/back", "told", "end"]
    alone = rehearse(inner, Rehearsal(at=NOON))
    assert [(step.node, step.outcome) for step in alone] == [("note", ""), ("back", "ended self_served")]
