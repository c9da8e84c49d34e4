"""A supervisor at an agent's talk, through loop, engine and simulated phones; who may, and when it ends."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from otklik.acd.model import AgentState
from otklik.channels.simulator.legs import TALK
from otklik.channels.simulator.media import Customer
from otklik.switchboard import requests
from otklik.switchboard.events import (
    LegStarted,
    SupervisionChanged,
    SupervisionEnd,
    SupervisionEnded,
    SupervisionMode,
)
from otklik.vocabulary.ids import AgentId, InteractionId
from otklik.vocabulary.refusals import Refused
from tests.rooms.switchboard.world import CUSTOMER, NUMBER, World, open_world

pytestmark = pytest.mark.fast

ANNA, BORIS, VERA = AgentId(1), AgentId(2), AgentId(3)
"""Anna talks, Boris supervises, Vera talks with another customer."""
MONITOR, WHISPER, BARGE = SupervisionMode.MONITOR, SupervisionMode.WHISPER, SupervisionMode.BARGE
Story = Callable[[World], Awaitable[None]]


def play(story: Story) -> None:
    async def run() -> None:
        await story(await open_world(agents=3))

    asyncio.run(run())


async def talking(world: World, agent_id: AgentId = ANNA) -> tuple[Customer, InteractionId]:
    await world.ask(requests.GetReady(agent_id=agent_id))
    before = set(world.centre.engine.state.interactions)
    customer = world.driver.call(NUMBER, CUSTOMER)
    await world.pass_time(1)
    world.driver.answer(f"phone{agent_id}")
    await world.pass_time(1)
    (interaction_id,) = set(world.centre.engine.state.interactions) - before
    return customer, interaction_id


async def listens(
    world: World, interaction_id: InteractionId, mode: SupervisionMode = MONITOR
) -> dict[str, object] | Refused:
    found = await world.ask(requests.Supervise(interaction_id=interaction_id, supervisor_id=BORIS, mode=mode))
    await world.pass_time(1)
    return found


def places(world: World) -> dict[str, set[str]]:
    """Phones by the kind of bridge they stand in."""
    found: dict[str, set[str]] = {}
    for name, legs in world.media.bridges.items():
        kind = name.rpartition("-")[2] if name.startswith("ear-") else "talk"
        found.setdefault(kind, set()).update(leg.login for leg in legs if leg.login)
    return found


def end_of(world: World) -> SupervisionEnd | None:
    ended = world.events(SupervisionEnded)
    return ended[-1].cause if ended else None


def test_his_phone_answers_itself_and_each_mode_has_its_place() -> None:
    async def story(world: World) -> None:
        customer, one = await talking(world)
        assert await listens(world, one) == {}
        assert places(world) == {"talk": {"phone1"}, "monitor": {"phone2"}}

        await listens(world, one, WHISPER)
        assert places(world) == {"talk": {"phone1"}, "whisper": {"phone2"}}

        await listens(world, one, BARGE)
        assert places(world) == {"talk": {"phone1", "phone2"}}

        await listens(world, one, MONITOR)
        assert places(world) == {"talk": {"phone1"}, "monitor": {"phone2"}}
        await listens(world, one, MONITOR)
        assert len(world.events(SupervisionChanged)) == 3, "asked again, nothing changes"

        await world.ask(requests.StopSupervising(supervisor_id=BORIS))
        await world.pass_time(1)
        assert places(world) == {"talk": {"phone1"}}
        assert world.media.leg_of("phone2") is None
        assert end_of(world) is SupervisionEnd.STOPPED
        assert customer.leg.hears == TALK

    play(story)


def test_he_goes_over_to_another_talk_on_the_same_leg() -> None:
    async def story(world: World) -> None:
        _, one = await talking(world)
        _, other = await talking(world, VERA)
        await listens(world, one, BARGE)
        await listens(world, other, WHISPER)

        assert places(world) == {"talk": {"phone1", "phone3"}, "whisper": {"phone2"}}
        assert end_of(world) is SupervisionEnd.SWITCHED
        rung = [leg for leg in world.events(LegStarted) if leg.role == "supervisor"]
        assert len(rung) == 1

    play(story)


def test_with_the_talk_the_listening_ends() -> None:
    async def story(world: World) -> None:
        customer, one = await talking(world)
        await listens(world, one)
        customer.hang_up()
        await world.pass_time(1)
        assert end_of(world) is SupervisionEnd.TALK_OVER
        assert world.media.leg_of("phone2") is None
        assert not places(world)

    play(story)


def test_take_over_gives_him_the_customer_and_his_own_leg_is_the_agents() -> None:
    async def story(world: World) -> None:
        customer, one = await talking(world)
        await listens(world, one)
        found = await world.ask(requests.TakeOver(interaction_id=one, supervisor_id=BORIS))
        await world.pass_time(1)

        assert found == {}
        assert world.state(ANNA) is AgentState.WRAP_UP
        assert world.state(BORIS) is AgentState.CONNECTED
        assert places(world) == {"talk": {"phone2"}}
        assert end_of(world) is SupervisionEnd.TAKEN_OVER
        assert customer.leg.hears == TALK
        customer.hang_up()
        await world.pass_time(1)
        assert world.state(BORIS) is AgentState.WRAP_UP
        assert world.media.leg_of("phone2") is None

    play(story)


def test_who_is_ready_does_not_listen_and_who_listens_gets_ready_to_work() -> None:
    async def story(world: World) -> None:
        _, one = await talking(world)
        await world.ask(requests.GetReady(agent_id=BORIS))
        refused = await listens(world, one)
        assert isinstance(refused, Refused)
        assert refused.code == "supervisor_not_free"

        await world.ask(requests.GetNotReady(agent_id=BORIS, reason_id=_first_reason(world), permitted=True))
        assert await listens(world, one) == {}
        await world.ask(requests.GetReady(agent_id=BORIS))
        await world.pass_time(1)
        assert end_of(world) is SupervisionEnd.SUPERVISOR_BUSY
        assert world.media.leg_of("phone2") is None

    play(story)


def test_nothing_but_a_customers_talk_is_listened_to() -> None:
    async def story(world: World) -> None:
        _, one = await talking(world)
        own = await world.ask(requests.Supervise(interaction_id=one, supervisor_id=ANNA, mode=MONITOR))
        unknown = await world.ask(
            requests.Supervise(interaction_id=InteractionId(5), supervisor_id=BORIS, mode=MONITOR)
        )
        over = await world.ask(requests.TakeOver(interaction_id=one, supervisor_id=BORIS))
        codes = [found.code for found in (own, unknown, over) if isinstance(found, Refused)]
        assert codes == ["target_invalid", "unknown_interaction", "not_listening"]

    play(story)


@pytest.mark.parametrize("mode", list(SupervisionMode))
def test_death_of_the_engine_changes_nothing_for_anybody(mode: SupervisionMode) -> None:
    async def story(world: World) -> None:
        customer, one = await talking(world)
        await listens(world, one, mode)
        before = places(world)

        await world.restart()
        await world.pass_time(2)
        assert places(world) == before
        assert customer.leg.hears == TALK
        assert end_of(world) is None

        leg = world.media.leg_of("phone2")
        assert leg is not None
        world.driver.hang_up("phone2")
        await world.pass_time(1)
        assert end_of(world) is SupervisionEnd.HUNG_UP
        assert places(world) == {"talk": {"phone1"}}

    play(story)


def test_a_mode_that_was_written_and_not_carried_out_is_carried_out_by_the_next_engine() -> None:
    async def story(world: World) -> None:
        _, one = await talking(world)
        await listens(world, one)
        world.media.lose_link()
        await world.ask(requests.Supervise(interaction_id=one, supervisor_id=BORIS, mode=WHISPER))
        await world.restart()
        await world.pass_time(2)
        assert places(world) == {"talk": {"phone1"}, "whisper": {"phone2"}}

    play(story)


def _first_reason(world: World) -> int:
    return min(world.centre.configuration.reasons)
