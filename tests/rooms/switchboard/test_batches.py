"""What is written together, and in which order its effects leave."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from otklik.switchboard import instructions as told
from otklik.switchboard import signals as tell
from otklik.switchboard.events import LegOver, LegStarted
from otklik.switchboard.loop import rings_first
from otklik.vocabulary.ids import AgentId, InteractionId, LegId, TrunkId
from tests.rooms.switchboard.world import NUMBER, World, open_world

pytestmark = pytest.mark.fast

LEG, CALL = LegId(1), InteractionId(7)


def arrived(leg: int, calling: str) -> tell.LegArrived:
    return tell.LegArrived(
        leg_id=LegId(leg), trunk_id=TrunkId(1), number_called=NUMBER, calling=calling, calling_name=""
    )


@contextlib.asynccontextmanager
async def running(world: World) -> AsyncIterator[None]:
    """The loop itself, by a clock that stands."""
    work = asyncio.create_task(world.switchboard.run())
    await turns()
    yield
    world.switchboard.stop()
    await work


async def turns() -> None:
    """So many turns of the event loop that all is done that can be done now."""
    for _ in range(50):
        await asyncio.sleep(0)


async def test_an_end_is_written_with_the_arrival_that_follows() -> None:
    world = await open_world()
    async with running(world):
        world.switchboard.put(arrived(1001, "+79161234567"))
        await turns()
        appends = world.writer.appends

        world.switchboard.put(tell.LegEnded(leg_id=LegId(1001)))
        await turns()
        assert world.writer.appends == appends, "nobody waits for it"
        assert not world.events(LegOver)

        world.switchboard.put(arrived(1002, "+79161234568"))
        await turns()
        assert world.writer.appends == appends + 1
        assert [one.leg_id for one in world.events(LegOver)] == [1001]
        assert [one.leg_id for one in world.events(LegStarted)] == [1001, 1002]


async def test_an_end_is_written_alone_when_nothing_follows() -> None:
    world = await open_world()
    async with running(world):
        world.switchboard.put(arrived(1001, "+79161234567"))
        await turns()
        world.switchboard.put(tell.LegEnded(leg_id=LegId(1001)))
        await turns()

        world.clock.at += timedelta(milliseconds=10)
        # Whatever wakes the loop: here a signal that may wait, too.
        world.switchboard.put(tell.LegRinging(leg_id=LegId(999)))
        await turns()

        assert [one.leg_id for one in world.events(LegOver)] == [1001]


def test_a_ring_goes_before_what_takes_its_customer_up() -> None:
    adopt = told.AdoptLeg(leg_id=LEG, interaction_id=CALL)
    answer, music = told.AnswerLeg(leg_id=LEG), told.StartMusic(leg_id=LEG)
    ring = told.RingDevice(
        leg_id=LegId(2), interaction_id=CALL, agent_id=AgentId(1), login="a1", timeout=timedelta(seconds=20)
    )

    assert rings_first([adopt, answer, music, ring]) == [ring, adopt, answer, music]


def test_a_ring_stays_behind_the_end_of_another_leg() -> None:
    """It may be of the same phone, which would answer that it is busy."""
    freed, adopt = told.HangUpLeg(leg_id=LegId(3)), told.AdoptLeg(leg_id=LEG, interaction_id=CALL)
    ring = told.RingDevice(
        leg_id=LegId(2), interaction_id=CALL, agent_id=AgentId(1), login="a1", timeout=timedelta(seconds=20)
    )

    assert rings_first([freed, adopt, ring]) == [freed, ring, adopt]
