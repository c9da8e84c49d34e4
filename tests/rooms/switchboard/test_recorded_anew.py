"""A customer who was alone while the engine was away: what is recorded of him then, in virtual time."""

import asyncio
from datetime import timedelta

import pytest

from otklik.switchboard import requests
from otklik.switchboard import signals as tell
from otklik.switchboard.calls import CUSTOMER as CUSTOMER_ROLE
from otklik.switchboard.instructions import RecordLeg, StopRecording
from otklik.vocabulary.ids import AgentId, LegId
from tests.rooms.switchboard.world import CUSTOMER, NUMBER, World, open_world

pytestmark = pytest.mark.fast

ANNA = AgentId(1)


async def talking(world: World, *, is_recorded: bool) -> LegId:
    """Anna talks with a customer; gives the customer's leg."""
    await world.ask(requests.GetReady(agent_id=ANNA))
    world.driver.call(NUMBER, CUSTOMER)
    await world.pass_time(2)
    world.driver.answer("phone1")
    await world.pass_time(1)
    (interaction_id,) = world.centre.engine.state.interactions
    leg = world.centre.calls.of(interaction_id, CUSTOMER_ROLE)
    assert leg is not None
    if is_recorded:
        raw = tell.RawRecording(path="spool/x.raw", lead=timedelta())
        world.media.emit(tell.RecordingBegun(leg_id=leg.leg_id, recording=raw))
        await world.pass_time(1)
    return leg.leg_id


async def restarted(world: World, monkeypatch: pytest.MonkeyPatch, *, hangs_up: bool) -> list[object]:
    """The engine is away for a while; gives what its successor tells the driver of recordings."""
    world.media.detach()
    if hangs_up:
        world.driver.hang_up("phone1")
    world.clock.at += timedelta(seconds=12)
    await world.restart()
    found: list[object] = []
    do = world.driver.do
    monkeypatch.setattr(
        type(world.driver), "do", lambda _, instruction: (found.append(instruction), do(instruction))[1]
    )
    await world.pass_time(2)
    return [one for one in found if isinstance(one, StopRecording | RecordLeg)]


@pytest.mark.parametrize(
    ("hangs_up", "is_recorded", "begins"), [(True, True, True), (False, True, False), (True, False, False)]
)
def test_another_file_begins_only_for_who_was_alone_and_is_recorded(
    monkeypatch: pytest.MonkeyPatch, hangs_up: bool, is_recorded: bool, begins: bool
) -> None:
    """Nothing was sent to him, so the file stood still: by its length it would not say what was when."""

    async def run() -> None:
        world = await open_world(agents=2)
        leg_id = await talking(world, is_recorded=is_recorded)
        found = await restarted(world, monkeypatch, hangs_up=hangs_up)
        assert [type(one) for one in found] == ([StopRecording, RecordLeg] if begins else [])
        assert {one.leg_id for one in found if isinstance(one, StopRecording | RecordLeg)} <= {leg_id}

    asyncio.run(run())
