"""Agents who are kept for calls that a dialer makes."""

from datetime import timedelta

import pytest

from otklik.acd import commands, events
from otklik.acd.model import AgentState, Direction
from otklik.vocabulary.refusals import Refused
from tests.acd.language import Centre, moment

pytestmark = pytest.mark.fast


def centre() -> Centre:
    return Centre(agents={name: {"sales": 5} for name in ("anna", "boris", "vera")})


def reserve(one: Centre, seconds: float, *, count: int, reservation: int = 1) -> list[str]:
    """Who is kept from then on."""
    found = one.do(
        commands.ReserveAgents(
            at=moment(seconds),
            reservation_id=reservation,
            queue_id=one.queues["sales"],
            count=count,
            length=timedelta(seconds=10),
        )
    )
    names = {number: name for name, number in one.agents.items()}
    return [names[event.agent_id] for event in found if isinstance(event, events.AgentReserved)]


def attach(one: Centre, seconds: float, interaction_id: int, reservation: int = 1) -> None:
    at = moment(seconds)
    one.do(commands.RegisterInteraction(at=at, interaction_id=interaction_id, direction=Direction.OUTBOUND))
    one.do(
        commands.AttachInteraction(
            at=at,
            reservation_id=reservation,
            interaction_id=interaction_id,
            queue_id=one.queues["sales"],
        )
    )


def test_reserved_agents_get_no_offer_and_the_why_says_so() -> None:
    one = centre()
    assert reserve(one, 0, count=2) == ["anna", "boris"]
    assert one.engine.agent_state(one.agents["anna"]) is AgentState.READY

    found = one.do(commands.RegisterInteraction(at=moment(1), interaction_id=1))
    found = one.do(commands.EnqueueInteraction(at=moment(1), interaction_id=1, queue_id=one.queues["sales"]))

    (offer,) = [event for event in found if isinstance(event, events.OfferMade)]
    assert offer.agent_id == one.agents["vera"]
    assert offer.why.counts["reserved"] == 2
    idle = one.engine.why_idle(one.agents["anna"], moment(1))
    assert idle is not None
    assert idle.rule == "reserved"


def test_whoever_was_reserved_first_gets_the_answered_call() -> None:
    one = centre()
    reserve(one, 0, count=1)
    reserve(one, 1, count=1)
    attach(one, 2, 7)

    interaction = one.engine.interaction(7)
    assert interaction is not None
    assert interaction.agent_id == one.agents["anna"]
    assert one.engine.agent_state(one.agents["boris"]) is AgentState.READY


def test_reservation_ends_with_its_time_and_customers_are_served_again() -> None:
    one = centre()
    reserve(one, 0, count=3)
    one.play("""
        1   1 joins sales > arrived 1; queued 1 sales #1
        10  time > AgentReleased; offer 1 anna; AgentReleased; AgentReleased
    """)


def test_dialer_lets_agents_go() -> None:
    one = centre()
    reserve(one, 0, count=3)
    one.do(commands.ReleaseReservation(at=moment(1), reservation_id=1, agent_id=one.agents["boris"]))
    assert reserve(one, 2, count=3, reservation=2) == ["boris"]
    one.do(commands.ReleaseReservation(at=moment(3), reservation_id=1))
    assert reserve(one, 4, count=3, reservation=2) == ["anna", "vera"]


def test_agent_who_pauses_is_kept_no_longer() -> None:
    one = centre()
    reserve(one, 0, count=1)
    one.play("1  anna not_ready lunch > not_ready anna chosen lunch")
    attach(one, 2, 7)

    interaction = one.engine.interaction(7)
    assert interaction is not None
    assert interaction.agent_id == one.agents["boris"], "nobody is kept: the next free one takes it"


def test_answered_call_without_anybody_kept_waits_at_the_head() -> None:
    one = centre()
    for name in one.agents:
        one.play(f"0  {name} not_ready lunch > not_ready {name} chosen lunch")
    one.play("1  1 joins sales > arrived 1; queued 1 sales #1")
    attach(one, 2, 7)

    assert one.engine.waiting(one.queues["sales"]) == [7, 1]


@pytest.mark.parametrize(("count", "seconds", "reservation"), [(0, 10, 1), (1, 0, 1), (1, 10, 0)])
def test_impossible_reservations_are_refused(count: int, seconds: int, reservation: int) -> None:
    one = centre()
    with pytest.raises(Refused, match="invalid_reservation"):
        one.do(
            commands.ReserveAgents(
                at=moment(0),
                reservation_id=reservation,
                queue_id=one.queues["sales"],
                count=count,
                length=timedelta(seconds=seconds),
            )
        )
