"""A menu whose items depend on who calls: his own choices first, the same ones when they are said again."""

from datetime import UTC, datetime, timedelta

import pytest

from otklik.acd.model import EndReason
from otklik.flows.commands import PressKey, StartFlow
from otklik.flows.decide import problems
from otklik.flows.events import FlowEnded, FlowEvent, NodeDecided, PromptsStarted
from otklik.flows.interpreter import FlowEngine
from otklik.flows.model import Flow
from otklik.flows.nodes.condition import Comparison
from otklik.flows.nodes.end import End
from otklik.flows.nodes.personal_menu import Item, PersonalMenu
from otklik.flows.prompts import grammars
from otklik.vocabulary.ids import FlowId, InteractionId, QueueId

pytestmark = pytest.mark.fast

NOON = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CALL = InteractionId(5)
MENU = PersonalMenu(
    prompts=("choose",),
    items=(
        Item(prompts=("manager",), next="one", fact="customer.class", value="vip"),
        Item(prompts=("debt",), next="two", fact="debt", comparison=Comparison.AT_LEAST, value="1", key="5"),
        Item(prompts=("order",), next="three"),
        Item(prompts=("else",), next="four", key="0"),
    ),
    otherwise="four",
    invalid=("wrong",),
)
ENDS = {
    "one": EndReason.ANSWERED,
    "two": EndReason.CLOSED,
    "three": EndReason.SELF_SERVED,
    "four": EndReason.CANCELLED,
}


class Customer:
    """One customer in the menu."""

    def __init__(self, menu: PersonalMenu = MENU, **facts: str) -> None:
        self.facts = {name.replace("__", "."): value for name, value in facts.items()}
        self.flows = self.engine()
        nodes = {"menu": menu, **{key: End(reason=reason) for key, reason in ENDS.items()}}
        start = StartFlow(
            at=NOON,
            interaction_id=CALL,
            flow=Flow(flow_id=FlowId(1), version=1, name="menu", nodes=nodes, start="menu"),
            locale="en",
            is_recorded=True,
            hours=None,
            time_zone="UTC",
            queue_id=QueueId(1),
        )
        self.log: list[FlowEvent] = list(self.flows.handle(start))

    def engine(self) -> FlowEngine:
        made = FlowEngine(lambda _: None, lambda interaction, queue, at: self.facts)
        made.grammars = grammars()
        return made

    def presses(self, key: str) -> "Customer":
        self.log += self.flows.handle(PressKey(at=NOON, interaction_id=CALL, key=key))
        return self

    def after_a_restart(self) -> "Customer":
        self.flows = self.engine()
        self.flows.restore(self.log)
        return self

    @property
    def said(self) -> list[list[str]]:
        return [
            [name.removeprefix("otklik/words/") for name in event.prompts]
            for event in self.log
            if isinstance(event, PromptsStarted)
        ]

    @property
    def came_to(self) -> list[EndReason | None]:
        return [event.reason for event in self.log if isinstance(event, FlowEnded)]

    @property
    def outcomes(self) -> list[str]:
        return [event.outcome for event in self.log if isinstance(event, NodeDecided)]


def test_a_stranger_hears_what_everybody_may_choose() -> None:
    stranger = Customer()
    assert stranger.said == [["choose", "order", "press", "1", "else", "press", "0"]]
    assert stranger.presses("1").came_to == [EndReason.SELF_SERVED]
    assert stranger.outcomes == ["item 3"]


def test_a_known_customer_hears_his_own_choices_first() -> None:
    vip = Customer(customer__class="vip", debt="300")
    assert vip.said == [
        [
            *("choose", "manager", "press", "1", "debt", "press", "5"),
            *("order", "press", "2", "else", "press", "0"),
        ]
    ]
    assert vip.presses("5").came_to == [EndReason.CLOSED]


def test_what_was_offered_holds_when_the_facts_change_and_after_a_restart() -> None:
    """He pays while he listens: the keys that he has heard still mean the same."""
    debtor = Customer(debt="300")
    debtor.facts = {}
    debtor.presses("9")
    assert debtor.said[1] == ["wrong", *debtor.said[0]]
    assert debtor.after_a_restart().presses("5").came_to == [EndReason.CLOSED]


def test_a_key_of_another_customers_item_is_not_offered() -> None:
    assert Customer().presses("5").came_to == []


def test_nothing_to_choose_goes_another_way_without_a_word() -> None:
    only_vip = PersonalMenu(items=MENU.items[:1], otherwise="two")
    lost = Customer(only_vip)
    assert (lost.said, lost.outcomes, lost.came_to) == ([], ["nothing"], [EndReason.CLOSED])


def test_silence_says_it_again_as_often_as_it_should() -> None:
    silent = Customer()
    for _ in range(20):
        at = silent.flows.next_deadline()
        if at is None:
            break
        silent.log += silent.flows.advance(at + timedelta(milliseconds=1))
    assert silent.said == [silent.said[0]] * 3
    assert silent.came_to == [EndReason.CANCELLED]


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ((), ("nothing_to_choose", "nodes.menu.items")),
        ((Item(prompts=(), next=""),), ("node_says_nothing", "nodes.menu.items.0.prompts")),
        ((Item(prompts=("a",), next="", key="#"),), ("key_unknown", "nodes.menu.items.0.key")),
        ((Item(prompts=("a",), next="", key="1"),) * 2, ("key_twice", "nodes.menu.items")),
        ((Item(prompts=("a",), next=""),) * 11, ("too_many_items", "nodes.menu.items")),
        ((Item(prompts=("a",), next="gone"),), ("node_missing", "nodes.menu.items.0.next")),
        (
            (Item(prompts=("a",), next="", fact="debt", comparison=Comparison.AT_MOST, value="much"),),
            ("value_no_number", "nodes.menu.items.0.value"),
        ),
    ],
)
def test_a_menu_that_cannot_work_is_not_published(items: tuple[Item, ...], expected: tuple[str, str]) -> None:
    menu = PersonalMenu(items=items)
    flow = Flow(flow_id=FlowId(1), version=1, name="menu", nodes={"menu": menu}, start="menu")
    assert expected in {(one.code, one.place) for one in problems(flow)}
