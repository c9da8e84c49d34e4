"""An agent's page is reloaded in mid-call, and the audit looks at that very moment, in virtual time."""

import asyncio

import msgspec
import pytest

from otklik.acd import events as acd
from otklik.acd.model import Phase
from otklik.organization.commands import SaveDevice
from otklik.organization.model import DeviceKind
from otklik.switchboard import requests
from otklik.switchboard import signals as tell
from otklik.vocabulary.ids import AgentId, PersonId
from tests.rooms.switchboard.world import CUSTOMER, NUMBER, World, open_world

pytestmark = pytest.mark.fast

ANNA = AgentId(1)


async def talking() -> World:
    """Anna talks with a customer in her browser, whose page is just going."""
    world = await open_world(agents=2)
    for device in list(world.centre.configuration.devices.values()):
        browser = SaveDevice(device=msgspec.structs.replace(device, kind=DeviceKind.BROWSER))
        done = await world.ask(requests.ChangeConfiguration(change=browser, by=PersonId(1)))
        assert isinstance(done, dict), repr(done)
    await world.pass_time(1)
    await world.ask(requests.GetReady(agent_id=ANNA))
    world.driver.call(NUMBER, CUSTOMER)
    await world.pass_time(2)
    world.driver.answer("phone1")
    await world.pass_time(1)
    world.media.unregister("phone1")
    await world.pass_time(1)
    return world


@pytest.mark.parametrize("told", ["survey", "bridged"])
def test_the_leg_of_the_old_page_is_no_sign_that_the_agent_is_back(told: str) -> None:
    """Until it is hung up it stands in its bridge, up; and it ends as if the agent had hung up."""

    async def run() -> None:
        world = await talking()
        (one,) = world.centre.engine.state.interactions
        interaction = world.centre.engine.interaction(one)
        assert interaction is not None
        as_it_was = world.media.survey()
        (bridge,) = as_it_was.bridges

        gone = asyncio.ensure_future(world.switchboard.request(requests.NotePhoneLost(agent_id=ANNA)))
        await asyncio.sleep(0)
        late = tell.ChannelRestored(survey=as_it_was) if told == "survey" else tell.LegsBridged(bridge=bridge)
        world.media.emit(late)
        await world.pass_time(1)
        await gone

        assert interaction.phase is Phase.RECONNECTING
        assert not world.events(acd.ReconnectionSucceeded, acd.InteractionEnded)
        world.driver.come_back("phone1")
        await world.pass_time(2)
        assert interaction.phase is Phase.CONNECTED
        assert len(world.events(acd.ReconnectionSucceeded)) == 1
        assert not world.centre.lost

    asyncio.run(run())


def test_a_lost_leg_that_was_not_hung_up_is_hung_up_by_the_audit(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        world = await talking()
        (one,) = world.centre.engine.state.interactions
        do = world.driver.do
        monkeypatch.setattr(type(world.driver), "do", lambda _, instruction: None)
        await world.ask(requests.NotePhoneLost(agent_id=ANNA))
        monkeypatch.setattr(type(world.driver), "do", lambda _, instruction: do(instruction))
        assert world.media.leg_of("phone1") is not None

        world.media.emit(tell.ChannelRestored(survey=world.media.survey()))
        await world.pass_time(1)

        assert world.media.leg_of("phone1") is None
        interaction = world.centre.engine.interaction(one)
        assert interaction is not None
        assert interaction.phase is Phase.RECONNECTING

    asyncio.run(run())


def test_the_audit_leaves_a_customer_with_the_colleague_who_talks_on() -> None:
    """In a conference the owner's phone is lost; the two who are left hear each other."""

    async def run() -> None:
        world = await open_world(agents=2)
        for agent_id in (ANNA, AgentId(2)):
            await world.ask(requests.GetReady(agent_id=agent_id))
        customer = world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(1)
        (one,) = world.centre.engine.state.interactions
        owner = world.centre.engine.state.interactions[one].agent_id
        other = AgentId(3 - owner)
        world.driver.answer(f"phone{owner}")
        await world.pass_time(1)
        to = requests.Moving(agent_id=other)
        await world.ask(requests.Consult(agent_id=owner, interaction_id=one, to=to))
        await world.pass_time(1)
        world.driver.answer(f"phone{other}")
        await world.pass_time(1)
        await world.ask(requests.Confer(agent_id=owner, interaction_id=one))
        await world.pass_time(1)
        world.media.lose(f"phone{owner}")
        await world.pass_time(1)
        (together,) = world.media.bridges.values()
        assert {leg.login for leg in together} == {"", f"phone{other}"}

        world.media.emit(tell.ChannelRestored(survey=world.media.survey()))
        await world.pass_time(1)
        (together,) = world.media.bridges.values()
        assert {leg.login for leg in together} == {"", f"phone{other}"}
        assert customer.hears == "talk"

    asyncio.run(run())
