"""A customer leaves a message: whole calls in virtual time."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from otklik.acd.events import InteractionEnded
from otklik.acd.model import EndReason, OverflowRule, OverflowTo, OverflowWhen
from otklik.flows.events import VoicemailBegun, VoicemailEnded
from otklik.flows.model import flow_of_file
from otklik.organization import commands as organize
from otklik.organization.model import Number
from otklik.switchboard import requests
from otklik.switchboard.events import VoicemailHandled, VoicemailKept
from otklik.vocabulary.ids import NumberId, PersonId, QueueId
from tests.rooms.switchboard.world import CUSTOMER, NUMBER, World, open_world

pytestmark = pytest.mark.fast

Story = Callable[[World], Awaitable[None]]
LEAVE = {"node": "voicemail", "short": "bye", "refused": "bye"}
BYE = {"node": "end", "reason": "closed"}


def play(story: Story) -> None:
    async def run() -> None:
        await story(await open_world(agents=1))

    asyncio.run(run())


async def give_flow(world: World, **nodes: dict[str, Any]) -> None:
    plain = {"name": "t", "start": next(iter(nodes)), "nodes": {**nodes, "bye": BYE}}
    done = await world.ask(requests.PublishFlow(draft=flow_of_file(plain), by=PersonId(1)))
    assert isinstance(done, dict), repr(done)
    number = Number(
        number_id=NumberId(1), number=NUMBER, queue_id=QueueId(1), flow_id=done["flow_id"], name="n"
    )
    changed = await world.ask(
        requests.ChangeConfiguration(change=organize.SaveNumber(number=number), by=PersonId(1))
    )
    assert isinstance(changed, dict), repr(changed)


def one(world: World, kind: type[Any]) -> Any:
    (found,) = world.events(kind)
    return found


async def until_message(world: World) -> None:
    for _ in range(200):
        if world.events(VoicemailBegun):
            return
        await world.pass_time(0.5)
    raise AssertionError("no message was begun")


def test_silence_ends_it_and_it_stands_in_the_list_of_the_queue() -> None:
    async def story(world: World) -> None:
        await give_flow(world, leave=LEAVE)
        customer = world.driver.call(NUMBER, CUSTOMER)
        await until_message(world)
        customer.speak(7)
        await world.pass_time(40)
        kept = one(world, VoicemailKept)
        assert (kept.queue_id, kept.team_id, kept.number_id) == (1, 0, 1)
        assert world.centre.numbers[kept.party_id] == CUSTOMER
        assert one(world, VoicemailEnded).outcome == "silence"
        assert one(world, InteractionEnded).reason is EndReason.VOICEMAIL
        assert customer.is_over
        done = await world.ask(requests.HandleVoicemail(voicemail_id=kept.voicemail_id, by=PersonId(1)))
        assert done == {}
        assert one(world, VoicemailHandled).voicemail_id == kept.voicemail_id
        assert not world.centre.calls.voicemails

    play(story)


def test_who_hangs_up_has_left_a_message_and_is_no_lost_customer() -> None:
    async def story(world: World) -> None:
        await give_flow(world, leave=LEAVE)
        customer = world.driver.call(NUMBER, CUSTOMER)
        await until_message(world)
        customer.speak(9)
        await world.pass_time(6)
        customer.hang_up()
        await world.pass_time(1)
        kept = one(world, VoicemailKept)
        assert (kept.until - kept.since).total_seconds() == pytest.approx(6.5, abs=0.1)
        assert one(world, InteractionEnded).reason is EndReason.VOICEMAIL

    play(story)


def test_silence_only_is_no_message() -> None:
    async def story(world: World) -> None:
        await give_flow(world, leave=LEAVE)
        world.driver.call(NUMBER, CUSTOMER)
        await until_message(world)
        await world.pass_time(10)
        assert not world.events(VoicemailKept)
        assert one(world, InteractionEnded).reason is EndReason.CLOSED

    play(story)


def test_a_restart_while_he_speaks_keeps_everything() -> None:
    async def story(world: World) -> None:
        await give_flow(world, leave=LEAVE)
        customer = world.driver.call(NUMBER, CUSTOMER)
        await until_message(world)
        customer.speak(12)
        await world.pass_time(5)
        await world.restart()
        await world.pass_time(30)
        kept = one(world, VoicemailKept)
        assert kept.since == one(world, VoicemailBegun).at
        assert (kept.until - kept.since).total_seconds() == pytest.approx(12.5, abs=0.5)
        assert one(world, InteractionEnded).reason is EndReason.VOICEMAIL

    play(story)


def test_who_hung_up_while_nobody_looked_has_left_a_message() -> None:
    async def story(world: World) -> None:
        await give_flow(world, leave=LEAVE)
        customer = world.driver.call(NUMBER, CUSTOMER)
        await until_message(world)
        customer.speak(12)
        await world.pass_time(8)
        world.driver.media.detach()
        customer.hang_up()
        await world.restart()
        await world.pass_time(5)
        assert one(world, VoicemailEnded).outcome == "gone"
        assert one(world, VoicemailKept)

    play(story)


def test_a_way_out_of_the_queue_leads_to_it() -> None:
    """The rule names no node: the queue node of the flow says where."""

    async def story(world: World) -> None:
        await give_flow(world, wait={"node": "queue", "overflow": "leave"}, leave=LEAVE)
        queue = world.centre.configuration.queues[QueueId(1)]
        rule = OverflowRule(
            name="long", when=OverflowWhen.WAITED, after=timedelta(seconds=20), to=OverflowTo.NODE
        )
        changed = msgspec.structs.replace(queue, overflow=(rule,))
        done = await world.ask(
            requests.ChangeConfiguration(change=organize.SaveQueue(queue=changed), by=PersonId(1))
        )
        assert isinstance(done, dict), repr(done)
        customer = world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(15)
        assert not world.events(VoicemailBegun)
        await until_message(world)
        customer.speak(5)
        await world.pass_time(30)
        assert one(world, VoicemailKept).queue_id == 1

    play(story)
