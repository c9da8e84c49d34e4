"""Talks that move between people, through loop, engine and simulated phones; and the death of the engine in
the middle of each move."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from otklik.acd import events as acd
from otklik.acd.model import AgentState, EndReason, Phase
from otklik.channels.simulator.legs import TALK
from otklik.channels.simulator.media import Customer
from otklik.channels.simulator.parties import FarEnd, Phone
from otklik.organization.model import SELF_TEST
from otklik.switchboard import requests
from otklik.switchboard.requests import Moving
from otklik.switchboard.signals import LegEnded
from otklik.vocabulary.ids import AgentId, InteractionId, ProjectId, QueueId
from otklik.vocabulary.refusals import Refused
from tests.rooms.switchboard.world import CUSTOMER, NUMBER, World, open_world

pytestmark = pytest.mark.fast

EXPERT = "+74957654321"
ANNA, BORIS, VERA = AgentId(1), AgentId(2), AgentId(3)
Story = Callable[[World], Awaitable[None]]


def play(story: Story, *, agents: int = 3) -> None:
    async def run() -> None:
        await story(await open_world(agents=agents))

    asyncio.run(run())


async def talking(world: World) -> tuple[Customer, InteractionId]:
    """Anna talks with a customer; Boris and Vera are ready."""
    await world.ask(requests.GetReady(agent_id=ANNA))
    customer = world.driver.call(NUMBER, CUSTOMER)
    await world.pass_time(1)
    world.driver.answer("phone1")
    await world.pass_time(1)
    for agent_id in (BORIS, VERA):
        await world.ask(requests.GetReady(agent_id=agent_id))
    (interaction_id,) = world.centre.engine.state.interactions
    return customer, interaction_id


async def done(world: World, request: requests.DoorRequest) -> dict[str, object]:
    found = await world.ask(request)
    assert not isinstance(found, Refused), found.code
    await world.pass_time(1)
    return found


def hears(world: World, login: str) -> str:
    leg = world.media.leg_of(login)
    return leg.hears if leg is not None else ""


def together(world: World) -> list[set[str]]:
    """Who hears whom: the phones and numbers of each bridge with more than one leg."""
    found = []
    for legs in world.media.bridges.values():
        names = {leg.login or leg.number or "customer" for leg in legs}
        if len(names) > 1:
            found.append(names)
    return found


async def consulting(world: World, interaction_id: InteractionId) -> None:
    await done(
        world, requests.Consult(agent_id=ANNA, interaction_id=interaction_id, to=Moving(agent_id=BORIS))
    )


async def consulted(world: World, interaction_id: InteractionId) -> None:
    await consulting(world, interaction_id)
    world.driver.answer("phone2")
    await world.pass_time(1)


def the_customer(world: World, customer: Customer) -> str:
    """The name under which the customer's leg stands in a bridge."""
    return customer.leg.login or customer.leg.number or "customer"


# --- as it should go


def test_blind_transfer_rings_the_colleague_while_the_customer_hears_music() -> None:
    async def story(world: World) -> None:
        customer, one = await talking(world)

        await done(world, requests.Transfer(agent_id=ANNA, interaction_id=one, to=Moving(agent_id=BORIS)))
        assert customer.hears == "music"
        assert (world.state(1), world.state(2)) == (AgentState.WRAP_UP, AgentState.OFFERED)
        assert world.media.leg_of("phone1") is None

        world.driver.answer("phone2")
        await world.pass_time(1)
        assert together(world) == [{the_customer(world, customer), "phone2"}]

    play(story)


def test_a_practice_call_goes_to_a_colleague_and_nowhere_else() -> None:
    async def story(world: World) -> None:
        _, one = await talking(world)
        interaction = world.centre.engine.interaction(one)
        assert interaction is not None
        interaction.project_id = ProjectId(SELF_TEST)
        for to in (Moving(number="+74951234567"), Moving(queue_id=QueueId(1))):
            for asked in (requests.Transfer, requests.Consult):
                refused = await world.ask(asked(agent_id=ANNA, interaction_id=one, to=to))
                assert isinstance(refused, Refused)
                assert refused.code == "practice_stays_inside"
        await done(world, requests.Transfer(agent_id=ANNA, interaction_id=one, to=Moving(agent_id=BORIS)))

    play(story)


def test_nobody_answers_a_blind_transfer_and_the_first_agent_is_called_back() -> None:
    async def story(world: World) -> None:
        customer, one = await talking(world)
        await done(world, requests.Transfer(agent_id=ANNA, interaction_id=one, to=Moving(agent_id=BORIS)))

        await world.pass_time(20)
        assert world.state(1) is AgentState.OFFERED
        assert customer.hears == "music"
        world.driver.answer("phone1")
        await world.pass_time(1)
        assert together(world) == [{the_customer(world, customer), "phone1"}]

    play(story)


def test_attended_transfer_with_a_change_over() -> None:
    async def story(world: World) -> None:
        customer, one = await talking(world)
        name = the_customer(world, customer)

        await consulting(world, one)
        assert (customer.hears, hears(world, "phone1")) == ("music", "ringing")
        world.driver.answer("phone2")
        await world.pass_time(1)
        assert together(world) == [{"phone1", "phone2"}]
        assert customer.hears == "music"

        await done(world, requests.Swap(agent_id=ANNA, interaction_id=one))
        assert together(world) == [{name, "phone1"}]
        assert hears(world, "phone2") == "music"

        await done(world, requests.Swap(agent_id=ANNA, interaction_id=one))
        assert together(world) == [{"phone1", "phone2"}]

        await done(world, requests.Complete(agent_id=ANNA, interaction_id=one))
        assert together(world) == [{name, "phone2"}]
        assert world.media.leg_of("phone1") is None
        assert (world.state(1), world.state(2)) == (AgentState.WRAP_UP, AgentState.CONNECTED)

        customer.hang_up()
        await world.pass_time(1)
        assert world.state(2) is AgentState.WRAP_UP
        assert not world.media.legs

    play(story)


def test_cancelled_consultation_brings_the_customer_back() -> None:
    async def story(world: World) -> None:
        customer, one = await talking(world)
        await consulted(world, one)

        await done(world, requests.CancelConsult(agent_id=ANNA, interaction_id=one))

        assert together(world) == [{the_customer(world, customer), "phone1"}]
        assert world.state(2) is AgentState.READY

    play(story)


def test_colleague_declines_and_the_customer_is_there_again() -> None:
    async def story(world: World) -> None:
        customer, one = await talking(world)
        await consulting(world, one)

        world.driver.decline("phone2")
        await world.pass_time(1)

        assert together(world) == [{the_customer(world, customer), "phone1"}]
        assert world.state(2) is AgentState.READY

    play(story)


def test_conference_of_four_and_its_owner_leaves() -> None:
    async def story(world: World) -> None:
        customer, one = await talking(world)
        name = the_customer(world, customer)
        await consulted(world, one)
        await done(world, requests.Confer(agent_id=ANNA, interaction_id=one))
        assert together(world) == [{name, "phone1", "phone2"}]

        await done(world, requests.Consult(agent_id=ANNA, interaction_id=one, to=Moving(number=EXPERT)))
        await world.pass_time(4)
        assert {"phone1", EXPERT} in together(world)
        await done(world, requests.Confer(agent_id=ANNA, interaction_id=one))
        assert together(world) == [{name, "phone1", "phone2", EXPERT}]

        await done(world, requests.Leave(agent_id=ANNA, interaction_id=one))
        assert together(world) == [{name, "phone2", EXPERT}]
        assert (world.state(1), world.state(2)) == (AgentState.WRAP_UP, AgentState.CONNECTED)

        world.driver.hang_up("phone2")
        await world.pass_time(1)
        assert together(world) == [{name, EXPERT}]
        customer.hang_up()
        await world.pass_time(1)
        assert not world.media.legs

    play(story)


def test_blind_transfer_to_a_party_outside() -> None:
    async def story(world: World) -> None:
        customer, one = await talking(world)
        await done(world, requests.Transfer(agent_id=ANNA, interaction_id=one, to=Moving(number=EXPERT)))
        assert customer.hears == "music"
        await world.pass_time(4)

        assert together(world) == [{the_customer(world, customer), EXPERT}]
        assert world.centre.engine.interaction(one).phase is Phase.OUTSIDE

        (leg,) = [leg for leg in world.media.legs.values() if leg.number == EXPERT and leg.side == "far_end"]
        world.media.close(leg, 16)
        world.media.emit(LegEnded(leg_id=leg.leg_id, cause=16))
        await world.pass_time(1)
        assert customer.is_over
        (ended,) = world.events(acd.InteractionEnded)
        assert ended.reason is EndReason.ANSWERED

    play(story)


def test_party_outside_is_busy_and_the_agent_has_his_customer_back() -> None:
    async def story(world: World) -> None:
        customer, one = await talking(world)
        world.driver.script_far_end(EXPERT, FarEnd(outcome=EndReason.BUSY))
        await done(world, requests.Consult(agent_id=ANNA, interaction_id=one, to=Moving(number=EXPERT)))
        await world.pass_time(4)

        assert together(world) == [{the_customer(world, customer), "phone1"}]

    play(story)


def test_consultation_seeks_an_agent_of_a_queue() -> None:
    async def story(world: World) -> None:
        customer, one = await talking(world)
        for agent_id in (BORIS, VERA):
            await world.ask(requests.SignOutAgentHere(agent_id=agent_id))
        await done(world, requests.Consult(agent_id=ANNA, interaction_id=one, to=Moving(queue_id=QueueId(1))))
        assert (customer.hears, hears(world, "phone1")) == ("music", "ringing")
        # The audit finds nothing to repair in a consultation that has no legs yet.
        await world.pass_time(40)
        assert len(world.centre.engine.state.interactions) == 2

        await world.pass_time(150)
        assert together(world) == [{the_customer(world, customer), "phone1"}]

    play(story)


def test_agent_calls_a_colleague() -> None:
    async def story(world: World) -> None:
        await world.ask(requests.GetReady(agent_id=ANNA))
        await done(world, requests.CallColleague(agent_id=ANNA, target_id=BORIS))
        assert hears(world, "phone1") == "ringing"
        assert (world.state(1), world.state(2)) == (AgentState.CONNECTING, AgentState.OFFERED)

        world.driver.answer("phone2")
        await world.pass_time(1)
        assert together(world) == [{"phone1", "phone2"}]
        assert (world.state(1), world.state(2)) == (AgentState.CONNECTED, AgentState.CONNECTED)

        world.driver.hang_up("phone1")
        await world.pass_time(1)
        assert (world.state(1), world.state(2)) == (AgentState.READY, AgentState.NOT_READY)
        assert not world.media.legs

    play(story)


def test_colleague_answers_before_the_callers_own_phone_is_up() -> None:
    async def story(world: World) -> None:
        world.driver.script_phone("phone2", Phone(answers_after=world.media.pace.reaction))
        await world.ask(requests.GetReady(agent_id=ANNA))
        await done(world, requests.CallColleague(agent_id=ANNA, target_id=BORIS))

        assert together(world) == [{"phone1", "phone2"}]

    play(story)


def test_supervisor_assigns_and_takes_back() -> None:
    async def story(world: World) -> None:
        customer = world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(1)
        (one,) = world.centre.engine.state.interactions
        await done(world, requests.Assign(interaction_id=one, agent_id=BORIS))
        assert world.state(2) is AgentState.OFFERED
        world.driver.answer("phone2")
        await world.pass_time(1)
        assert customer.hears == TALK

        await done(world, requests.Pull(interaction_id=one))
        assert customer.hears == "music"
        assert world.centre.engine.interaction(one).phase is Phase.WAITING

    play(story)


def test_first_agent_loses_his_phone_for_good_and_the_colleague_has_the_customer() -> None:
    async def story(world: World) -> None:
        customer, one = await talking(world)
        await consulted(world, one)

        world.driver.lose("phone1")
        await world.pass_time(1)
        assert hears(world, "phone2") == "music"
        await world.pass_time(16)

        assert together(world) == [{the_customer(world, customer), "phone2"}]

    play(story)


def test_a_phone_that_comes_back_in_a_consultation_comes_to_the_customer() -> None:
    async def story(world: World) -> None:
        customer, one = await talking(world)
        await consulted(world, one)

        world.driver.lose("phone1")
        await world.pass_time(2)
        world.driver.come_back("phone1")
        await world.pass_time(2)

        assert world.state(1) is AgentState.CONNECTED
        assert together(world) == [{the_customer(world, customer), "phone1"}]
        assert hears(world, "phone2") == "music"
        await done(world, requests.Swap(agent_id=ANNA, interaction_id=one))
        assert together(world) == [{"phone1", "phone2"}]

    play(story)


def test_what_cannot_be_moved_is_refused() -> None:
    async def story(world: World) -> None:
        _, one = await talking(world)
        for to, code in (
            (Moving(), "one_target_expected"),
            (Moving(agent_id=BORIS, number=EXPERT), "one_target_expected"),
            (Moving(number="nonsense"), "invalid_number"),
            (Moving(agent_id=ANNA), "target_not_free"),
        ):
            refusal = await world.ask(requests.Transfer(agent_id=ANNA, interaction_id=one, to=to))
            assert isinstance(refusal, Refused)
            assert refusal.code == code
        assert world.state(1) is AgentState.CONNECTED

    play(story)


# --- the engine dies in the middle of it


async def _ringing_blind(world: World, one: InteractionId) -> None:
    await done(world, requests.Transfer(agent_id=ANNA, interaction_id=one, to=Moving(agent_id=BORIS)))


async def _dialing_blind(world: World, one: InteractionId) -> None:
    await done(world, requests.Transfer(agent_id=ANNA, interaction_id=one, to=Moving(number=EXPERT)))


async def _outside(world: World, one: InteractionId) -> None:
    await _dialing_blind(world, one)
    await world.pass_time(4)


async def _recalled(world: World, one: InteractionId) -> None:
    await _ringing_blind(world, one)
    world.driver.decline("phone2")
    await world.pass_time(1)


async def _swapped(world: World, one: InteractionId) -> None:
    await consulted(world, one)
    await done(world, requests.Swap(agent_id=ANNA, interaction_id=one))


async def _dialing_consult(world: World, one: InteractionId) -> None:
    await done(world, requests.Consult(agent_id=ANNA, interaction_id=one, to=Moving(number=EXPERT)))


async def _talking_outside(world: World, one: InteractionId) -> None:
    await _dialing_consult(world, one)
    await world.pass_time(4)


async def _conference(world: World, one: InteractionId) -> None:
    await consulted(world, one)
    await done(world, requests.Confer(agent_id=ANNA, interaction_id=one))


async def _transferred(world: World, one: InteractionId) -> None:
    await consulted(world, one)
    await done(world, requests.Complete(agent_id=ANNA, interaction_id=one))


SAGAS = {
    "blind, ringing": _ringing_blind,
    "blind, dialing": _dialing_blind,
    "blind, outside": _outside,
    "recalled": _recalled,
    "consult, ringing": consulting,
    "consult, talking": consulted,
    "consult, swapped": _swapped,
    "consult, dialing": _dialing_consult,
    "consult, outside": _talking_outside,
    "conference": _conference,
    "transferred": _transferred,
}
GONE = {
    "nobody": (),
    "the customer": ("customer",),
    "the first": ("phone1",),
    "the second": ("phone2", EXPERT),
}


@pytest.mark.parametrize("gone", GONE)
@pytest.mark.parametrize("saga", SAGAS)
def test_engine_dies_inside_a_saga(saga: str, gone: str) -> None:
    """Who is still there ends in a bridge, in a queue, or has hung up; and nothing is left behind."""

    async def story(world: World) -> None:
        customer, one = await talking(world)
        await SAGAS[saga](world, one)
        before = together(world)

        world.driver.media.detach()
        if "customer" in GONE[gone]:
            customer.hang_up()
        for name in GONE[gone]:
            for leg in [leg for leg in world.media.legs.values() if name in (leg.login, leg.number)]:
                if leg is not customer.leg:
                    world.media.close(leg, 16)
        await world.restart()
        await world.pass_time(3)

        if gone == "nobody" and before:
            assert together(world) == before
        await world.pass_time(120)
        _nobody_is_alone(world)
        customer.hang_up()
        await world.pass_time(200)
        assert not [leg for leg in world.media.legs.values() if not leg.is_over], "a leg is left behind"
        assert not world.centre.engine.state.interactions
        assert not world.media.bridges

    play(story)


def _nobody_is_alone(world: World) -> None:
    for leg in world.media.legs.values():
        alone = leg.is_up and leg.hears not in (TALK, "music", "ringing")
        assert not alone, f"{leg.login or leg.number} hears {leg.hears}"
    for interaction in world.centre.engine.state.interactions.values():
        assert interaction.phase is not Phase.ENDED
