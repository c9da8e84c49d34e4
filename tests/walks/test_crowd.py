"""Robots in virtual time: a centre that works serves them, and whatever breaks, nobody is left behind."""

import asyncio

import pytest

from otklik.acd import events as acd
from otklik.acd.model import EndReason
from tests.walks.crowds import Day, broken_messages, broken_world, nothing_is_left, open_day

pytestmark = pytest.mark.fast


def test_a_quiet_hour_agrees_with_what_the_customers_saw() -> None:
    async def story() -> Day:
        day = await open_day(1)
        await day.pass_seconds(1800)
        await day.close()
        return day

    day = asyncio.run(story())
    nothing_is_left(day)
    tally = day.crowd.tally
    assert tally.called > 100
    arrived = day.world.events(acd.InteractionArrived)
    answered = [
        event for event in day.world.events(acd.InteractionEnded) if event.reason is EndReason.ANSWERED
    ]
    assert len(arrived) == tally.called
    assert abs(len(answered) - tally.talked) <= 2  # a talk shorter than the robot's look
    assert tally.talked > 0.5 * tally.called
    silences = [
        customer.leg.longest_silence(day.world.clock.now()).total_seconds() for customer in tally.customers
    ]
    assert max(silences) < 2


def test_a_seed_repeats_an_hour_exactly() -> None:
    async def story() -> list[str]:
        day = await open_day(7)
        await day.pass_seconds(300, broken_messages)
        return [repr(record.event) for record in day.world.writer.records]

    assert asyncio.run(story()) == asyncio.run(story())


@pytest.mark.parametrize("seed", range(3))
def test_broken_messages_leave_nobody_behind(seed: int) -> None:
    async def story() -> Day:
        day = await open_day(seed)
        await day.pass_seconds(600, broken_messages)
        await day.close()
        return day

    nothing_is_left(asyncio.run(story()))


@pytest.mark.parametrize("seed", range(3))
def test_a_broken_world_leaves_nobody_behind(seed: int) -> None:
    async def story() -> Day:
        day = await open_day(seed)
        await day.pass_seconds(600, broken_world)
        await day.close()
        return day

    nothing_is_left(asyncio.run(story()))


@pytest.mark.parametrize("seed", range(3))
def test_an_engine_that_dies_again_and_again_leaves_nobody_behind(seed: int) -> None:
    async def story() -> Day:
        day = await open_day(seed)
        for _ in range(8):
            await day.pass_seconds(day.chance.randrange(20, 90), broken_messages)
            day.note("engine restarted")
            await day.world.restart()
        await day.close()
        return day

    nothing_is_left(asyncio.run(story()))
