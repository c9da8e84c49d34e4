"""Nodes that ask and nodes that decide: what the customer presses, and where it leads him."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from otklik.acd.model import EndReason
from otklik.flows.commands import FinishPrompts, PressKey, StartFlow
from otklik.flows.decide import problems
from otklik.flows.events import FlowEnded, FlowEvent, NodeDecided, NodeEntered, PromptsStarted, TryFailed
from otklik.flows.interpreter import FlowEngine
from otklik.flows.model import Flow, FlowNode, flow_of, plain_of
from otklik.flows.nodes.assign import Set, fill
from otklik.flows.nodes.collect import Collect
from otklik.flows.nodes.condition import Case, Comparison, Condition
from otklik.flows.nodes.end import End
from otklik.flows.nodes.menu import Menu
from otklik.flows.nodes.split import Share, Split
from otklik.flows.rehearsal import Rehearsal, rehearse
from otklik.vocabulary.ids import FlowId, InteractionId, QueueId

pytestmark = pytest.mark.fast

NOON = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CALL = InteractionId(77)
ENDS = {
    "one": End(reason=EndReason.SELF_SERVED),
    "two": End(reason=EndReason.CLOSED),
    "lost": End(reason=EndReason.CANCELLED),
}
OUTCOMES = {"one": EndReason.SELF_SERVED, "two": EndReason.CLOSED, "lost": EndReason.CANCELLED}


def flow_with(**nodes: FlowNode) -> Flow:
    """A flow that begins with the first of these nodes."""
    return Flow(flow_id=FlowId(1), version=1, name="asks", start=next(iter(nodes)), nodes={**nodes, **ENDS})


class Customer:
    """One customer in a flow of one node and three ends."""

    def __init__(self, call: int = 77, facts: dict[str, str] | None = None, **nodes: FlowNode) -> None:
        self.call = InteractionId(call)
        self.flows = FlowEngine(lambda _: None, lambda interaction, queue, at: facts or {})
        self.at = NOON
        self.log: list[FlowEvent] = []
        flow = Flow(
            flow_id=FlowId(1), version=1, name="asks", start=next(iter(nodes)), nodes={**nodes, **ENDS}
        )
        self.flow = flow_of(msgspec.json.decode(msgspec.json.encode(plain_of(flow))))
        self.log += self.flows.handle(
            StartFlow(
                at=self.at,
                interaction_id=self.call,
                flow=self.flow,
                locale="ru",
                is_recorded=True,
                hours=None,
                time_zone="UTC",
                queue_id=QueueId(1),
            )
        )

    def press(self, keys: str) -> None:
        for key in keys:
            self.log += self.flows.handle(PressKey(at=self.at, interaction_id=self.call, key=key))

    def hears_all(self) -> None:
        playback = [event for event in self.log if isinstance(event, PromptsStarted)][-1].playback
        self.log += self.flows.handle(FinishPrompts(at=self.at, interaction_id=self.call, playback=playback))

    def waits(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.log += self.flows.advance(self.at)

    @property
    def said(self) -> list[tuple[str, ...]]:
        return [event.prompts for event in self.log if isinstance(event, PromptsStarted)]

    @property
    def end(self) -> EndReason | None:
        return next((event.reason for event in self.log if isinstance(event, FlowEnded)), None)

    @property
    def outcomes(self) -> list[str]:
        return [event.outcome for event in self.log if isinstance(event, NodeDecided | TryFailed)]


MENU = Menu(
    prompts=("menu",), choices={"1": "one", "2": "two"}, otherwise="lost", invalid=("wrong",), tries=2
)
COLLECT = Collect(
    prompts=("type",), variable="order", next="check", otherwise="lost", minimum=3, maximum=5, tries=2
)
CHECK = Condition(
    cases=(Case(fact="order", comparison=Comparison.IS, value="123", next="one"),), otherwise="two"
)


def test_a_key_leads_where_the_menu_says_even_while_it_speaks() -> None:
    customer = Customer(menu=MENU)
    customer.press("2")
    assert (customer.end, customer.outcomes) == (EndReason.CLOSED, ["2"])


def test_a_key_after_the_words_counts_as_well() -> None:
    customer = Customer(menu=MENU)
    customer.hears_all()
    customer.waits(4.9)
    customer.press("1")
    assert customer.end is EndReason.SELF_SERVED


def test_silence_repeats_the_menu_and_then_leads_on() -> None:
    customer = Customer(menu=MENU)
    customer.hears_all()
    customer.waits(5)
    assert customer.said == [("menu",), ("menu",)]
    customer.hears_all()
    customer.waits(5)
    assert (customer.end, customer.outcomes) == (EndReason.CANCELLED, ["timeout", "timeout"])


def test_a_key_that_is_not_offered_is_told_so() -> None:
    customer = Customer(menu=MENU)
    customer.press("7")
    assert customer.said == [("menu",), ("wrong", "menu")]
    customer.press("8")
    assert (customer.end, customer.outcomes) == (EndReason.CANCELLED, ["invalid", "invalid"])


@pytest.mark.parametrize(
    ("typed", "end"), [("123#", "one"), ("124#", "two"), ("12345", "two"), ("1*2A3#", "one")]
)
def test_typed_digits_are_kept_and_looked_at(typed: str, end: str) -> None:
    customer = Customer(ask=COLLECT, check=CHECK)
    customer.press(typed)
    assert customer.end is OUTCOMES[end]


def test_digits_followed_by_silence_count_if_they_are_enough() -> None:
    customer = Customer(ask=COLLECT, check=CHECK)
    customer.press("12")
    customer.waits(4)
    customer.press("3")
    customer.waits(4.9)
    assert customer.end is None
    customer.waits(0.1)
    assert customer.end is EndReason.SELF_SERVED


def test_too_few_digits_are_asked_for_again_from_the_beginning() -> None:
    customer = Customer(ask=COLLECT, check=CHECK)
    customer.press("1#")
    customer.press("23#")
    assert (customer.end, customer.outcomes) == (EndReason.CANCELLED, ["invalid", "invalid"])


def test_a_restart_in_the_midst_of_typing_forgets_nothing() -> None:
    customer = Customer(ask=COLLECT, check=CHECK)
    customer.press("12")
    for build in ("events", "snapshot"):
        flows = FlowEngine(lambda _: None)
        if build == "events":
            flows.restore(customer.log)
        else:
            flows.from_snapshot(customer.flows.snapshot())
        events = flows.handle(PressKey(at=customer.at, interaction_id=CALL, key="3"))
        assert flows.next_deadline() == customer.at + COLLECT.timeout
        events += flows.advance(customer.at + COLLECT.timeout)
        assert [event.reason for event in events if isinstance(event, FlowEnded)] == [EndReason.SELF_SERVED]


@pytest.mark.parametrize(
    ("fact", "comparison", "value", "holds"),
    [
        ("+7916", Comparison.BEGINS_WITH, "+7", True),
        ("vip", Comparison.IS_ONE_OF, "vip, debtor", True),
        ("10", Comparison.AT_LEAST, "9", True),
        ("", Comparison.AT_LEAST, "0", False),
        ("", Comparison.AT_MOST, "5", False),
        ("4", Comparison.AT_MOST, "5", True),
        ("", Comparison.IS_EMPTY, "", True),
        ("x", Comparison.IS_NOT, "y", True),
    ],
)
def test_a_condition_compares_as_it_says(fact: str, comparison: Comparison, value: str, holds: bool) -> None:
    case = Case(fact="that", comparison=comparison, value=value, next="one")
    customer = Customer(facts={"that": fact}, look=Condition(cases=(case,), otherwise="two"))
    assert customer.end is OUTCOMES["one" if holds else "two"]


def test_what_is_set_is_seen_by_the_nodes_after_it() -> None:
    look = Condition(
        cases=(Case(fact="tag", comparison=Comparison.IS, value="from +7916", next="one"),), otherwise="two"
    )
    customer = Customer(
        facts={"caller": "+7916"}, note=Set(variables={"tag": "from {caller}"}, next="look"), look=look
    )
    assert customer.end is EndReason.SELF_SERVED


def test_a_text_with_open_braces_stays_as_it_is() -> None:
    assert fill("a {b} {c", {"b": "1"}) == "a 1 {c"
    assert fill("{nobody}knows", {}) == "knows"


def test_a_split_keeps_its_proportion_and_its_customer() -> None:
    split = Split(shares=(Share(weight=1, next="one"), Share(weight=3, next="two")))
    ends = [Customer(call=call, split=split).end for call in range(1, 801)]
    assert ends == [Customer(call=call, split=split).end for call in range(1, 801)]
    assert 0.2 < ends.count(EndReason.SELF_SERVED) / len(ends) < 0.3


def test_steps_that_only_decide_cannot_go_round() -> None:
    circle = flow_with(a=Set(variables={}, next="b"), b=Set(variables={}, next="a"))
    assert {problem.code for problem in problems(circle)} >= {"circle_without_wait", "node_never_ends"}
    customer = Customer(a=Set(variables={}, next="b"), b=Set(variables={}, next="a"))
    assert customer.end is EndReason.CANCELLED
    assert len([event for event in customer.log if isinstance(event, NodeEntered)]) <= 101


@pytest.mark.parametrize(
    ("node", "code", "place"),
    [
        (Menu(prompts=("m",), choices={}), "nothing_to_choose", "nodes.x.choices"),
        (Menu(prompts=("m",), choices={"12": "one"}), "key_unknown", "nodes.x.choices"),
        (Menu(prompts=("m",), choices={"1": "nowhere"}), "node_missing", "nodes.x.choices.1"),
        (Menu(prompts=("m",), choices={"1": "one"}, tries=0), "tries_unfit", "nodes.x.tries"),
        (
            Menu(prompts=("m",), choices={"1": "one"}, timeout=timedelta(0)),
            "timeout_unfit",
            "nodes.x.timeout",
        ),
        (Collect(variable="no name", next="one"), "variable_unfit", "nodes.x.variable"),
        (Collect(variable="a", next="one", minimum=5, maximum=4), "digits_unfit", "nodes.x.minimum"),
        (Collect(variable="a", next="one", finish_key="7"), "key_unknown", "nodes.x.finish_key"),
        (Condition(cases=()), "nothing_to_choose", "nodes.x.cases"),
        (
            Condition(cases=(Case(fact="a", comparison=Comparison.AT_LEAST, value="b", next="one"),)),
            "value_no_number",
            "nodes.x.cases.0.value",
        ),
        (Split(shares=(Share(weight=1, next="one"),)), "nothing_to_choose", "nodes.x.shares"),
        (
            Split(shares=(Share(weight=0, next="one"), Share(weight=1, next="two"))),
            "weight_unfit",
            "nodes.x.shares.0.weight",
        ),
        (Set(variables={"1st": "x"}), "variable_unfit", "nodes.x.variables"),
    ],
)
def test_what_cannot_be_right_is_named_with_its_place(node: FlowNode, code: str, place: str) -> None:
    assert (code, place) in [(problem.code, problem.place) for problem in problems(flow_with(x=node))]


def test_a_condition_looks_at_the_queue_that_it_names() -> None:
    """What is not known of that queue holds nothing, and other facts are the call's own."""
    facts = {QueueId(0): {"queue.waiting": "1"}, QueueId(8): {"queue.waiting": "9", "caller": "other"}}
    cases = (
        Case(
            fact="queue.ready", comparison=Comparison.AT_LEAST, value="0", next="never", queue_id=QueueId(8)
        ),
        Case(fact="queue.waiting", comparison=Comparison.AT_LEAST, value="5", next="never"),
        Case(fact="caller", comparison=Comparison.IS, value="other", next="never", queue_id=QueueId(8)),
        Case(
            fact="queue.waiting", comparison=Comparison.AT_LEAST, value="5", next="busy", queue_id=QueueId(8)
        ),
    )
    flow = flow_with(
        look=Condition(cases=cases, otherwise="never"),
        busy=End(reason=EndReason.CONGESTED),
        never=End(reason=EndReason.CLOSED),
    )
    engine = FlowEngine(lambda _: None, lambda interaction, queue, at: facts.get(queue, {}))
    start = StartFlow(
        at=NOON, interaction_id=CALL, flow=flow, locale="ru", is_recorded=False, hours=None,
        time_zone="UTC", queue_id=QueueId(0),
    )  # fmt: skip
    entered = [event.node for event in engine.handle(start) if isinstance(event, NodeEntered)]
    assert entered == ["look", "busy"]
    missing = problems(flow, queues={QueueId(5)})
    assert ("queue_missing", "nodes.look.cases.3.queue_id") in [(one.code, one.place) for one in missing]


@pytest.mark.parametrize(
    ("caller", "way"),
    [("+79161234567", "home"), ("+77011234567", "abroad"), ("105", "unknown"), ("", "unknown")],
)
def test_a_condition_looks_at_the_country_of_the_number_that_calls(caller: str, way: str) -> None:
    cases = (
        Case(fact="caller.country", comparison=Comparison.IS, value="RU", next="home"),
        Case(fact="caller.country", comparison=Comparison.IS_ONE_OF, value="KZ, BY", next="abroad"),
    )
    flow = flow_with(
        look=Condition(cases=cases, otherwise="unknown"),
        home=End(reason=EndReason.CONGESTED),
        abroad=End(reason=EndReason.CONGESTED),
        unknown=End(reason=EndReason.CLOSED),
    )
    told = Rehearsal(at=NOON, facts={"caller": caller})
    assert [step.node for step in rehearse(flow, told)] == ["look", way]


def test_a_rehearsal_is_told_of_other_queues_by_their_own_names() -> None:
    case = Case(
        fact="queue.waiting", comparison=Comparison.AT_LEAST, value="5", next="busy", queue_id=QueueId(8)
    )
    flow = flow_with(
        look=Condition(cases=(case,), otherwise="free"),
        busy=End(reason=EndReason.CONGESTED),
        free=End(reason=EndReason.CLOSED),
    )
    told = {"queue.8.waiting": "6", "queue.waiting": "0"}
    assert [step.node for step in rehearse(flow, Rehearsal(at=NOON, facts=told))] == ["look", "busy"]
    assert [step.node for step in rehearse(flow, Rehearsal(at=NOON, facts={"queue.waiting": "9"}))] == [
        "look",
        "free",
    ]
