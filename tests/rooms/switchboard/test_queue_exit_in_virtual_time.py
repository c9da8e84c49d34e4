"""Who waits leaves the queue by a key: whole calls in virtual time."""

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from otklik.acd import events as acd
from otklik.acd.model import AgentState, EndReason, OverflowRule, OverflowTo, OverflowWhen
from otklik.flows.events import QueueExitRequested, VoicemailBegun
from otklik.organization import commands as organize
from otklik.switchboard import requests
from otklik.switchboard.events import VoicemailKept
from otklik.vocabulary.ids import AgentId, PersonId, QueueId
from tests.rooms.switchboard.test_voicemail_in_virtual_time import (
    LEAVE,
    give_flow,
    one,
    play,
    until_message,
)
from tests.rooms.switchboard.world import CUSTOMER, NUMBER, World, open_world

pytestmark = pytest.mark.fast

WAIT: dict[str, Any] = {"node": "queue", "choices": {"1": "leave", "2": "later"}, "music": []}
LATER = {"node": "callback", "refused": "bye"}


async def waiting(world: World) -> Any:
    await give_flow(world, wait=WAIT, leave=LEAVE, later=LATER)
    customer = world.driver.call(NUMBER, CUSTOMER)
    await world.pass_time(20)
    assert customer.hears == "music"
    return customer


def test_a_key_leads_to_a_message_and_the_wait_is_over_in_the_journal() -> None:
    async def story(world: World) -> None:
        customer = await waiting(world)
        customer.press("1")
        await until_message(world)
        left = one(world, acd.InteractionOverflowed)
        assert (left.chosen, left.rule, left.to) == ("1", "", OverflowTo.NODE)
        assert left.waited.total_seconds() == pytest.approx(20, abs=2)
        assert world.centre.engine.state.queues[left.queue_id].waiting == 0
        customer.speak(5)
        await world.pass_time(30)
        assert one(world, VoicemailKept).queue_id == 1
        assert one(world, acd.InteractionEnded).reason is EndReason.VOICEMAIL

    play(story)


def test_a_key_leads_to_a_promised_call_in_the_place_that_he_had() -> None:
    async def story(world: World) -> None:
        customer = await waiting(world)
        customer.press("2")
        await world.pass_time(1)
        promised, queued = one(world, acd.CallbackPromised), world.events(acd.InteractionQueued)[0]
        assert promised.queued_at == queued.queued_at
        await world.pass_time(10)
        assert customer.is_over
        assert not world.events(acd.InteractionEnded)

    play(story)


def test_another_key_and_a_key_while_the_agent_is_rung_change_nothing() -> None:
    async def story(world: World) -> None:
        customer = await waiting(world)
        customer.press("7")
        await world.pass_time(1)
        assert await world.ask(requests.GetReady(agent_id=AgentId(1))) == {}
        await world.pass_time(1)
        assert world.state(1) is AgentState.OFFERED
        customer.press("1")
        await world.pass_time(1)
        assert not world.events(QueueExitRequested, acd.InteractionOverflowed, VoicemailBegun)
        assert customer.hears == "music"

    play(story)


def test_after_a_restart_the_key_is_heard_as_before() -> None:
    async def run() -> None:
        world = await open_world(agents=1)
        customer = await waiting(world)
        await world.restart()
        await world.pass_time(2)
        customer.press("1")
        await until_message(world)
        assert one(world, acd.InteractionOverflowed).chosen == "1"

    asyncio.run(run())


def test_who_does_not_want_to_be_called_back_keeps_the_ways_out_of_his_own_queue() -> None:
    async def story(world: World) -> None:
        queue = world.centre.configuration.queues[QueueId(1)]
        rule = OverflowRule(
            name="offer", when=OverflowWhen.WAITED, after=timedelta(seconds=30), to=OverflowTo.CALLBACK
        )
        changed = msgspec.structs.replace(queue, overflow=(rule,))
        done = await world.ask(
            requests.ChangeConfiguration(change=organize.SaveQueue(queue=changed), by=PersonId(1))
        )
        assert isinstance(done, dict), repr(done)
        customer = await waiting(world)
        await world.pass_time(15)
        assert one(world, acd.CallbackOffered)
        await world.pass_time(20)
        assert customer.hears == "music"
        customer.press("1")
        await until_message(world)
        assert one(world, acd.InteractionOverflowed).chosen == "1"

    play(story)
