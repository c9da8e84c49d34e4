"""Customers who call from their browsers, by a link: where they come, and what their login is worth."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from otklik.acd import events as acd
from otklik.acd.model import Phase
from otklik.channels.simulator.media import MediaServer
from otklik.switchboard import requests
from otklik.switchboard import signals as tell
from otklik.switchboard.events import GuestArrived, GuestGone
from otklik.switchboard.instructions import ProvisionDevice, RemoveDevice, RingDevice
from otklik.vocabulary.ids import AgentId, LegId, QueueId, SecretId, TrunkId
from otklik.vocabulary.refusals import Refused
from tests.rooms.switchboard.world import World, open_world

pytestmark = pytest.mark.fast

ANNA, BORIS = AgentId(1), AgentId(2)
Story = Callable[[World], Awaitable[None]]


def play(story: Story) -> None:
    async def run() -> None:
        await story(await open_world(agents=2))

    asyncio.run(run())


def expected(login: str = "guest-1", **changes: object) -> requests.ExpectGuest:
    fields: dict[str, object] = {
        "login": login,
        "secret_id": SecretId(9),
        "invitation_id": 4,
        "queue_id": QueueId(1),
        "agent_id": AgentId(0),
        "language": "en",
        "lasts": timedelta(hours=1),
    }
    return requests.ExpectGuest(**(fields | changes))  # type: ignore[arg-type]  # fields of a message


async def comes(world: World, login: str = "guest-1", leg: int = 500) -> None:
    world.media.emit(tell.LegArrived(leg_id=LegId(leg), trunk_id=TrunkId(0), number_called=login))
    await world.pass_time(1)


def instructed(world: World, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    found: list[object] = []
    do = type(world.driver).do
    monkeypatch.setattr(type(world.driver), "do", lambda driver, one: (found.append(one), do(driver, one))[1])
    return found


def test_he_waits_in_the_queue_of_his_link_and_is_an_interaction_like_every_other() -> None:
    async def story(world: World) -> None:
        await world.ask(expected())
        await comes(world)
        (interaction,) = world.centre.engine.state.interactions.values()
        assert (interaction.phase, interaction.queue_id) == (Phase.WAITING, QueueId(1))
        (arrived,) = world.events(GuestArrived)
        assert (arrived.invitation_id, arrived.interaction_id) == (4, interaction.interaction_id)

    play(story)


def test_who_sent_the_link_is_rung_alone_and_may_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(world: World) -> None:
        monkeypatch.setattr(type(world.centre), "is_browser", lambda centre, login: True)
        found = instructed(world, monkeypatch)
        await world.ask(requests.GetReady(agent_id=ANNA))
        await world.pass_time(30)
        await world.ask(requests.GetReady(agent_id=BORIS))
        await world.ask(expected(agent_id=BORIS))
        await comes(world)
        (offer,) = world.events(acd.OfferMade)
        assert offer.agent_id == BORIS, "Anna is idle for longer"
        (ring,) = [one for one in found if isinstance(one, RingDevice)]
        assert ring.codecs == ("alaw", "vp8")

    play(story)


def test_his_login_is_pushed_and_goes_with_his_talk(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(world: World) -> None:
        found = instructed(world, monkeypatch)
        await world.ask(expected())
        (device,) = [one for one in found if isinstance(one, ProvisionDevice)]
        assert (device.login, device.kind, device.agent_id) == ("guest-1", "guest", 0)
        await comes(world)
        world.media.emit(tell.LegEnded(leg_id=LegId(500), cause=16))
        await world.pass_time(1)
        assert [one.login for one in found if isinstance(one, RemoveDevice)] == ["guest-1"]
        assert not world.centre.calls.guests
        await comes(world, leg=501)
        assert len(world.events(GuestArrived)) == 1, "the link works once"

    play(story)


def test_one_login_is_one_talk() -> None:
    async def story(world: World) -> None:
        await world.ask(expected())
        await comes(world)
        await comes(world, leg=501)
        assert len(world.centre.engine.state.interactions) == 1

    play(story)


def test_a_name_that_nobody_was_given_is_a_wrong_number_also_through_a_trunk() -> None:
    async def story(world: World) -> None:
        await comes(world, "guest-2")
        await world.ask(expected())
        world.media.emit(tell.LegArrived(leg_id=LegId(502), trunk_id=TrunkId(1), number_called="guest-1"))
        await world.pass_time(1)
        assert not world.events(GuestArrived)
        assert not world.centre.engine.state.interactions

    play(story)


def test_who_never_calls_is_forgotten() -> None:
    async def story(world: World) -> None:
        await world.ask(expected(lasts=timedelta(minutes=20)))
        await world.pass_time(45 * 60)
        (gone,) = world.events(GuestGone)
        assert gone.login == "guest-1"

    play(story)


def test_a_restarted_engine_knows_him_still() -> None:
    async def story(world: World) -> None:
        await world.ask(expected())
        await world.restart()
        await world.pass_time(1)
        assert "guest-1" in world.centre.calls.guests
        copy = type(world.centre.calls).restored(world.centre.calls.snapshot())
        assert copy.guests == world.centre.calls.guests
        await comes(world)
        assert len(world.events(GuestArrived)) == 1

    play(story)


def test_an_unknown_queue_is_refused() -> None:
    async def story(world: World) -> None:
        found = await world.ask(expected(queue_id=QueueId(77)))
        assert isinstance(found, Refused)
        assert found.code == "unknown_queue"
        assert isinstance(world.media, MediaServer)

    play(story)
