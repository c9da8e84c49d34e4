"""Many seeds of everything that can break at once. `make soak` plays ten times as many."""

import asyncio

import pytest

from tests.walks.crowds import Day, broken_messages, broken_world, nothing_is_left, open_day

pytestmark = pytest.mark.long


def all_at_once(day: Day) -> None:
    broken_messages(day)
    broken_world(day)


@pytest.mark.timeout(900)
def test_whatever_breaks_nobody_is_left_behind(soak: int) -> None:
    async def story(seed: int) -> Day:
        day = await open_day(seed)
        for _ in range(6):
            await day.pass_seconds(day.chance.randrange(10, 120), all_at_once)
            if day.chance.random() < 0.7:
                day.note("engine restarted")
                await day.world.restart()
        await day.close()
        return day

    for seed in range(1000, 1000 + 15 * soak):
        day = asyncio.run(story(seed))
        try:
            nothing_is_left(day)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}, after {day.log[-20:]}") from error
