"""The engine dies after it wrote down what it does and before it did it: its successor does it, in virtual
time."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from otklik.acd import events as acd
from otklik.acd.model import AgentState, EndReason, Phase
from otklik.journal.record import Record
from otklik.switchboard import requests
from otklik.switchboard.events import LegUp
from otklik.vocabulary.ids import AgentId
from otklik.vocabulary.messages import Event
from tests.rooms.switchboard.world import CUSTOMER, NUMBER, ListWriter, World, open_world

pytestmark = pytest.mark.fast

ANNA = AgentId(1)
AWAY = timedelta(seconds=1.3)
"""From the death to the next engine; a signal that is told meanwhile is lost."""
OTHER = "+79160000042"


class Died(BaseException):
    """The process is no more: nobody handles that."""


class Mortal(ListWriter):
    """A journal after whose n-th batch (from now on) the engine dies."""

    def __init__(self, of: ListWriter) -> None:
        super().__init__()
        self.seq, self.records = of.seq, of.records
        self.dies_at = 0

    async def append(
        self, events: list[Event], *, rows: list[Callable[..., Awaitable[None]]] | None = None
    ) -> list[Record]:
        made = await super().append(events, rows=rows)
        if self.appends == self.dies_at:
            raise Died
        return made


async def live(world: World, seconds: float) -> None:
    """Time goes on, for an engine or for the next one."""
    try:
        await world.pass_time(seconds)
    except Died:
        await next_engine(world)
        await world.pass_time(seconds)


async def next_engine(world: World) -> None:
    world.media.detach()
    world.clock.at += AWAY
    world.media.steps.advance(world.clock.at)
    await world.restart()
    await world.pass_time(1)


async def say(world: World, request: requests.DoorRequest) -> None:
    """An agent's page asks, and asks again when nobody answered it."""
    for _ in range(2):
        asked = asyncio.ensure_future(world.switchboard.request(request))
        await asyncio.sleep(0)
        try:
            await world.pass_time(0.5)
        except Died:
            asked.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asked
            await next_engine(world)
            continue
        with contextlib.suppress(Exception):
            await asked
        return


async def a_day(dies_at: int, *, greeting: bool) -> Mortal:
    """One customer calls, is greeted, waits, talks, is held, talks, and goes; Anna answers what rings."""
    world = await open_world(agents=1, greeting=greeting)
    writer = world.writer = world.switchboard._writer = Mortal(world.writer)
    writer.dies_at = dies_at
    customer = world.driver.call(NUMBER, CUSTOMER)
    await live(world, 12)
    assert customer.hears == "music"
    await say(world, requests.GetReady(agent_id=ANNA))
    for _ in range(2):
        await live(world, 1)
        if world.state(ANNA) is AgentState.OFFERED:
            assert world.driver.answer("phone1"), "the phone that the journal calls ringing does not ring"
            await live(world, 1)
    (one,) = world.centre.engine.state.interactions
    assert customer.hears == "talk"
    await say(world, requests.Hold(agent_id=ANNA, interaction_id=one))
    await live(world, 1)
    assert customer.hears == "music"
    await say(world, requests.Resume(agent_id=ANNA, interaction_id=one))
    await live(world, 1)
    assert customer.hears == "talk"
    assert world.centre.engine.state.interactions[one].phase is Phase.CONNECTED
    customer.hang_up()
    await live(world, 2)
    await live(world, 60)
    assert world.media.leg_of("phone1") is None
    assert not world.media.bridges

    (ended,) = world.events(acd.InteractionEnded)
    assert ended.reason is EndReason.ANSWERED
    assert len(world.events(acd.InteractionArrived, acd.InteractionConnected)) == 2
    assert not world.events(acd.OfferWithdrawn, acd.ReconnectionStarted)
    assert {event.leg_id for event in world.events(LegUp)} >= {customer.leg.leg_id}
    assert world.state(ANNA) is AgentState.READY
    return writer


@pytest.mark.parametrize("greeting", [False, True])
def test_what_a_dead_engine_wrote_down_is_done_by_the_next(greeting: bool) -> None:
    """Once for each batch of the journal: every deed of the whole call is left undone in one of them."""
    whole = asyncio.run(a_day(0, greeting=greeting)).appends
    assert whole > 8
    failed: dict[int, str] = {}
    for dies_at in range(1, whole + 1):
        try:
            asyncio.run(a_day(dies_at, greeting=greeting))
        except AssertionError as failure:
            failed[dies_at] = str(failure)
    assert not failed, "\n".join(f"died after batch {place}: {why}" for place, why in failed.items())
