"""A call that came and went while no engine was there is told by a log, which may tell it twice."""

import asyncio
from dataclasses import dataclass

import pytest

from otklik.acd import events as acd
from otklik.switchboard import signals as tell
from otklik.vocabulary.ids import LegId, TrunkId
from tests.rooms.switchboard.world import CUSTOMER, NUMBER, World, open_world

pytestmark = pytest.mark.fast


@dataclass
class Log:
    """Asterisk's, of which each engine reads what the one before may have read."""

    world: World

    async def tells(self, leg_id: int, media_id: str) -> None:
        arrived = tell.LegArrived(
            leg_id=LegId(leg_id),
            trunk_id=TrunkId(0),
            number_called=NUMBER,
            calling=CUSTOMER,
            tries=1,
            media_id=media_id,
            is_over=True,
        )
        self.world.media.emit(arrived)
        self.world.media.emit(tell.LegEnded(leg_id=LegId(leg_id)))
        await self.world.pass_time(1)

    @property
    def interactions(self) -> int:
        return len(self.world.events(acd.InteractionArrived))


@pytest.mark.parametrize("restarts", [False, True])
def test_one_call_is_one_interaction_however_often_it_is_told(restarts: bool) -> None:
    async def run() -> None:
        log = Log(await open_world(agents=1))
        await log.tells(71, "1790.1")
        if restarts:
            await log.world.restart()
            await log.world.pass_time(1)
        await log.tells(72, "1790.1")
        assert log.interactions == 1
        await log.tells(73, "1790.2")
        assert log.interactions == 2, "another call of the same customer"
        assert not log.world.centre.calls.legs

    asyncio.run(run())


def test_what_arrived_is_remembered_over_a_snapshot_and_not_for_ever() -> None:
    async def run() -> None:
        world = await open_world(agents=1)
        log = Log(world)
        await log.tells(71, "1790.1")
        calls = type(world.centre).restored(world.centre.snapshot()).calls
        assert list(calls.arrived) == ["1790.1"]
        for number in range(1000):
            calls._note_arrived(f"1791.{number}")
        assert len(calls.arrived) == 1000
        assert "1790.1" not in calls.arrived

    asyncio.run(run())
