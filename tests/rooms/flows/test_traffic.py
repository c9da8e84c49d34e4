"""How calls go through a flow today, from the lines of the journal."""

import pytest

from otklik.flows.events import FlowEnded, FlowStarted, NodeDecided, NodeEntered
from otklik.flows.traffic import Line, Traffic
from otklik.vocabulary.ids import FlowId, InteractionId

pytestmark = pytest.mark.fast

SHOP = FlowId(5)
DAY_MS = 1_000_000


def lines(*told: tuple[int, type, str], at_ms: int = DAY_MS, first: int = 1) -> list[Line]:
    """Interaction, event, and its node, outcome or reason."""
    return [
        Line(
            seq=first + place,
            at_ms=at_ms,
            kind=event.KIND,
            interaction_id=InteractionId(interaction),
            flow_id=SHOP if event is FlowStarted else FlowId(0),
            node=word if event is NodeEntered else "",
            outcome=word if event in (NodeDecided, FlowEnded) else "",
        )
        for place, (interaction, event, word) in enumerate(told)
    ]


def told(traffic: Traffic) -> list[tuple[str, str, str, int]]:
    return [(one.node, one.outcome, one.target, one.count) for one in traffic.of(SHOP).ways]


def test_ways_are_counted_and_calls_stand_where_they_came_to_last():
    traffic = Traffic()
    traffic.begin(DAY_MS, 0)
    traffic.take(
        lines(
            *((who, FlowStarted, "") for who in (1, 2, 3)),
            *((who, NodeEntered, "menu") for who in (1, 2, 3)),
            (1, NodeDecided, "1"), (1, NodeEntered, "queue"),
            (2, NodeDecided, "2"), (2, NodeEntered, "bye"), (2, FlowEnded, "closed"),
        )
    )  # fmt: skip
    assert traffic.of(SHOP).now == {"menu": 1, "queue": 1}
    assert told(traffic) == [("bye", "", "", 1), ("menu", "1", "queue", 1), ("menu", "2", "bye", 1)]
    assert traffic.of(FlowId(6)).now == {}
    assert traffic.seq == 11


def test_who_is_taken_out_of_the_flow_has_taken_no_way():
    traffic = Traffic()
    traffic.begin(DAY_MS, 0)
    traffic.take(lines((1, FlowStarted, ""), (1, NodeEntered, "queue"), (1, FlowEnded, "")))
    assert (traffic.of(SHOP).now, told(traffic)) == ({}, [])


def test_a_call_of_yesterday_is_seen_and_only_what_it_does_today_is_counted():
    traffic = Traffic()
    traffic.begin(DAY_MS, 0)
    yesterday = (1, FlowStarted, ""), (1, NodeEntered, "greeting"), (1, NodeEntered, "menu")
    traffic.take(lines(*yesterday, at_ms=DAY_MS - 1))
    assert (traffic.of(SHOP).now, told(traffic)) == ({"menu": 1}, [])
    traffic.take(lines((1, NodeDecided, "1"), (1, NodeEntered, "queue"), first=4))
    assert told(traffic) == [("menu", "1", "queue", 1)]
    traffic.begin(2 * DAY_MS, 5)
    assert (traffic.of(SHOP).now, told(traffic)) == ({}, [])
