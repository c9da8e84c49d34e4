"""A flow gives the customer a class: what later nodes see, how he waits, what stands on his card."""

from datetime import UTC, datetime

import pytest

from otklik.flows.commands import StartFlow
from otklik.flows.decide import problems
from otklik.flows.events import CustomerClassAssigned, QueueRequested
from otklik.flows.interpreter import FlowEngine
from otklik.flows.model import Flow, flow_of_file
from otklik.flows.rehearsal import Rehearsal, rehearse
from otklik.vocabulary.ids import InteractionId, QueueId

pytestmark = pytest.mark.fast

NOON = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CALL = InteractionId(7)


def flow(**more: object) -> Flow:
    boosts = [{"amount": 50}, {"amount": -5, "cause": "asked_twice"}]
    nodes = {
        "mark": {"node": "class", "customer_class": "{given}", "boosts": boosts, "next": "who", **more},
        "who": {
            "node": "condition",
            "cases": [{"fact": "customer.class", "comparison": "is", "value": "vip", "next": "queue"}],
            "otherwise": "bye",
        },
        "queue": {"node": "queue", "boosts": [{"cause": "own", "amount": 1}]},
        "bye": {"node": "end", "reason": "closed"},
    }
    return flow_of_file({"name": "c", "start": "mark", "nodes": nodes})


def start(asked: Flow, **facts: str) -> tuple[FlowEngine, list]:
    flows = FlowEngine(lambda _: None)
    events = flows.handle(
        StartFlow(
            at=NOON,
            interaction_id=CALL,
            flow=asked,
            locale="ru",
            is_recorded=True,
            hours=None,
            time_zone="UTC",
            queue_id=QueueId(3),
            facts={"customer.class": "debtor", **facts},
        )
    )
    return flows, events


def test_a_class_wins_over_that_of_the_card_and_its_boosts_go_to_the_queue() -> None:
    _, events = start(flow(is_kept=True), given="vip")
    (assigned,) = [event for event in events if isinstance(event, CustomerClassAssigned)]
    assert (assigned.customer_class, assigned.is_kept) == ("vip", True)
    (asked,) = [event for event in events if isinstance(event, QueueRequested)]
    assert [(one.cause, one.amount) for one in asked.boosts] == [("own", 1), ("vip", 50), ("asked_twice", -5)]


def test_no_class_takes_the_old_one_away_and_adds_nothing() -> None:
    flows, events = start(flow(), given=" ")
    assert not [event for event in events if isinstance(event, QueueRequested)]
    assert [event.boosts for event in events if isinstance(event, CustomerClassAssigned)] == [()]
    assert not flows.is_running(CALL)


def test_a_snapshot_keeps_class_and_boosts() -> None:
    flows, _ = start(flow(), given="vip")
    restored = FlowEngine(lambda _: None)
    restored.from_snapshot(flows.snapshot())
    assert restored.facts_of(CALL, NOON)["customer.class"] == "vip"
    run = restored.run_of(CALL)
    assert run is not None
    assert [one.amount for one in run.boosts] == [50, -5]


def test_what_cannot_be_right_is_told() -> None:
    assert [one.code for one in problems(flow(customer_class="x" * 41))] == ["class_too_long"]
    assert [one.code for one in problems(flow(boosts=[{"amount": 10**7}]))] == ["priority_unfit"]


def test_a_rehearsal_names_the_class() -> None:
    steps = rehearse(flow(), Rehearsal(at=NOON, facts={"given": "vip"}))
    assert steps[0].outcome == "class vip"
