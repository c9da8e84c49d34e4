"""Card data is not recorded: the agent's pause, and what may not happen in it, in virtual time."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from otklik.flows.events import FlowEvent
from otklik.switchboard import requests
from otklik.switchboard import signals as tell
from otklik.switchboard.calls import CUSTOMER as CUSTOMER_ROLE
from otklik.switchboard.centre import Centre
from otklik.switchboard.events import CardPauseEnded, CardPauseKept, CardPauseStarted
from otklik.switchboard.instructions import RecordLeg, StopRecording
from otklik.switchboard.requests import Moving
from otklik.vocabulary.ids import AgentId, InteractionId
from otklik.vocabulary.refusals import Refused
from tests.rooms.switchboard.world import CUSTOMER, NUMBER, World, open_world

pytestmark = pytest.mark.fast

ANNA, BORIS = AgentId(1), AgentId(2)
Story = Callable[[World], Awaitable[None]]


def play(story: Story) -> None:
    async def run() -> None:
        await story(await open_world(agents=2))

    asyncio.run(run())


async def talking(world: World, *, is_recorded: bool = True) -> InteractionId:
    await world.ask(requests.GetReady(agent_id=ANNA))
    world.driver.call(NUMBER, CUSTOMER)
    await world.pass_time(2)
    world.driver.answer("phone1")
    await world.pass_time(1)
    (interaction_id,) = world.centre.engine.state.interactions
    if is_recorded:
        leg = world.centre.calls.of(interaction_id, CUSTOMER_ROLE)
        assert leg is not None
        raw = tell.RawRecording(path="spool/x.raw", lead=timedelta())
        world.media.emit(tell.RecordingBegun(leg_id=leg.leg_id, recording=raw))
        await world.pass_time(1)
    return interaction_id


async def code_of(world: World, request: requests.DoorRequest) -> str:
    found = await world.ask(request)
    return found.code if isinstance(found, Refused) else ""


def told(world: World, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What the driver is told from now on."""
    found: list[object] = []
    do = world.driver.do
    monkeypatch.setattr(
        type(world.driver), "do", lambda _, instruction: (found.append(instruction), do(instruction))[1]
    )
    return found


def test_the_file_ends_with_the_pause_and_another_begins_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(world: World) -> None:
        one = await talking(world)
        instructions = told(world, monkeypatch)

        assert not await code_of(world, requests.PauseForCard(agent_id=ANNA, interaction_id=one))
        await world.pass_time(200)
        assert one in world.centre.calls.paused, "nothing resumes by itself"
        assert not await code_of(world, requests.KeepCardPause(agent_id=ANNA, interaction_id=one))
        await world.pass_time(10)
        assert not await code_of(world, requests.EndCardPause(agent_id=ANNA, interaction_id=one))

        assert [type(one) for one in instructions if isinstance(one, StopRecording | RecordLeg)] == [
            StopRecording,
            RecordLeg,
        ]
        started, kept, ended = world.events(CardPauseStarted, CardPauseKept, CardPauseEnded)
        assert started.asks_at - started.at == timedelta(seconds=120)
        assert kept.asks_at - kept.at == timedelta(seconds=120)
        assert (started.leg_id, started.agent_id) == (ended.leg_id, ANNA)

    play(story)


def test_only_who_talks_may_pause_what_is_recorded_and_once() -> None:
    async def story(world: World) -> None:
        one = await talking(world, is_recorded=False)
        pause = requests.PauseForCard(agent_id=ANNA, interaction_id=one)
        assert await code_of(world, pause) == "not_recorded"
        end = requests.EndCardPause(agent_id=ANNA, interaction_id=one)
        assert await code_of(world, end) == "not_recorded"

    play(story)

    async def recorded(world: World) -> None:
        one = await talking(world)
        pause = requests.PauseForCard(agent_id=ANNA, interaction_id=one)
        assert await code_of(world, requests.EndCardPause(agent_id=ANNA, interaction_id=one)) == "not_paused"
        assert await code_of(world, requests.KeepCardPause(agent_id=ANNA, interaction_id=one)) == "not_paused"
        foreign = requests.PauseForCard(agent_id=BORIS, interaction_id=one)
        assert await code_of(world, foreign) == "unknown_interaction"
        assert not await code_of(world, pause)
        assert await code_of(world, pause) == "already_paused"

    play(recorded)


def test_the_next_agent_finds_the_pause_and_ends_it() -> None:
    async def story(world: World) -> None:
        one = await talking(world)
        await world.ask(requests.GetReady(agent_id=BORIS))
        await world.ask(requests.PauseForCard(agent_id=ANNA, interaction_id=one))
        await world.ask(requests.Transfer(agent_id=ANNA, interaction_id=one, to=Moving(agent_id=BORIS)))
        await world.pass_time(1)
        world.driver.answer("phone2")
        await world.pass_time(1)

        assert one in world.centre.calls.paused
        assert not await code_of(world, requests.EndCardPause(agent_id=BORIS, interaction_id=one))

    play(story)


def test_keys_of_a_pause_are_written_nowhere() -> None:
    async def story(world: World) -> None:
        one = await talking(world)
        await world.ask(requests.PauseForCard(agent_id=ANNA, interaction_id=one))
        await world.ask(requests.Pull(interaction_id=one))
        await world.pass_time(1)
        assert world.centre.flows.is_running(one), "the customer waits again, with a flow"
        leg = world.centre.calls.of(one, CUSTOMER_ROLE)
        assert leg is not None
        before = len(world.events())
        for key in "4111":
            world.media.emit(tell.KeyPressed(leg_id=leg.leg_id, key=key))
        await world.pass_time(0)
        assert not [event for event in world.events()[before:] if isinstance(event, FlowEvent)]

    play(story)


def test_a_restart_forgets_no_pause_and_the_end_of_the_call_does() -> None:
    async def story(world: World) -> None:
        one = await talking(world)
        await world.ask(requests.PauseForCard(agent_id=ANNA, interaction_id=one))
        restored = Centre.restored(world.centre.snapshot())
        assert restored.calls.paused == {one}
        await world.restart()
        await world.pass_time(1)
        assert world.centre.calls.paused == {one}
        await world.ask(requests.HangUp(agent_id=ANNA, interaction_id=one))
        await world.pass_time(1)
        assert not world.centre.calls.paused

    play(story)
