"""The emergency announcement in virtual time: heard first by everybody, and over by itself."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from otklik.acd.events import InteractionEnded
from otklik.flows.events import PromptsStarted, QueueRequested
from otklik.organization import commands as organize
from otklik.organization.model import Emergency, Site
from otklik.switchboard import requests
from otklik.vocabulary.ids import PersonId
from otklik.vocabulary.refusals import Refused
from tests.rooms.switchboard.world import CUSTOMER, NUMBER, World, open_world

pytestmark = pytest.mark.fast

Story = Callable[[World], Awaitable[None]]


def play(story: Story) -> None:
    async def run() -> None:
        await story(await open_world(agents=1, greeting=True))

    asyncio.run(run())


async def change(world: World, asked: organize.SingleChange) -> dict[str, Any] | Refused:
    return await world.ask(requests.ChangeConfiguration(change=asked, by=PersonId(1)))


async def announce(world: World, *, minutes: float = 10, ends_call: bool = False) -> Any:
    until = world.clock.now() + timedelta(minutes=minutes)
    emergency = Emergency(prompt="closed", until=until, ends_call=ends_call, note="fire")
    return await change(world, organize.AnnounceEmergency(emergency=emergency))


async def call(world: World) -> list[tuple[str, ...]]:
    """What one more customer hears within half a minute."""
    before = len(world.events(PromptsStarted))
    world.driver.call(NUMBER, CUSTOMER)
    await world.pass_time(30)
    return [event.prompts for event in world.events(PromptsStarted)][before:]


def test_everybody_hears_it_first_and_the_call_goes_on() -> None:
    async def story(world: World) -> None:
        assert isinstance(await announce(world), dict)
        heard = await call(world)
        assert heard[:2] == [("closed",), ("greeting",)]
        assert world.events(QueueRequested)

    play(story)


def test_it_may_be_all_that_is_heard() -> None:
    async def story(world: World) -> None:
        await announce(world, ends_call=True)
        assert await call(world) == [("closed",)]
        (ended,) = world.events(InteractionEnded)
        assert ended.reason == "closed"
        assert not world.events(QueueRequested)

    play(story)


def test_it_ends_by_itself_and_by_hand() -> None:
    async def story(world: World) -> None:
        await announce(world, minutes=1)
        assert ("closed",) in await call(world)
        await world.pass_time(31)
        assert (await call(world))[0] == ("greeting",), "a minute is over"
        await announce(world)
        await change(world, organize.AnnounceEmergency())
        assert (await call(world))[0] == ("greeting",)

    play(story)


def test_saving_the_site_leaves_it_alone() -> None:
    async def story(world: World) -> None:
        await announce(world)
        await change(world, organize.SaveSite(site=Site(name="Renamed", zone="Europe/Moscow")))
        site = world.centre.configuration.site
        assert site.name == "Renamed"
        assert site.emergency is not None
        assert site.emergency.note == "fire"

    play(story)


@pytest.mark.parametrize(
    ("minutes", "code"), [(0, "too_small"), (-5, "too_small"), (60 * 24 * 32, "too_large")]
)
def test_it_has_an_end_that_is_not_past_and_not_far(minutes: float, code: str) -> None:
    async def story(world: World) -> None:
        refused = await announce(world, minutes=minutes)
        assert isinstance(refused, Refused)
        assert (refused.code, refused.facts["place"]) == (code, "until")

    play(story)
