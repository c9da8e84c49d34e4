"""A centre in virtual time whose engine dies after one chosen batch of its journal, before it did what the
batch says; the next one takes over."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import fields
from datetime import timedelta
from typing import Any

from otklik.journal.record import Record
from otklik.switchboard import requests
from otklik.vocabulary.messages import Event
from otklik.vocabulary.refusals import Refused
from tests.rooms.switchboard.world import ListWriter, World, open_world

AWAY = timedelta(seconds=1.3)
"""From the death to the next engine; what is told meanwhile is lost."""


class Died(BaseException):
    """The process is no more: nobody handles that."""


class MortalWriter(ListWriter):
    """The engine dies after the n-th batch from now on; 0 never."""

    def __init__(self, of: ListWriter) -> None:
        super().__init__()
        self.seq, self.records = of.seq, of.records
        self.dies_at = 0

    async def append(
        self, events: list[Event], *, rows: list[Callable[[Any], Awaitable[None]]] | None = None
    ) -> list[Record]:
        made = await super().append(events, rows=rows)
        if self.appends == self.dies_at:
            raise Died
        return made


class MortalWorld(World):
    """A world in which the death is nobody's business: time goes on, and who asked asks again."""

    async def pass_time(self, seconds: float = 0.0) -> None:
        until = self.clock.at + timedelta(seconds=seconds)
        try:
            await super().pass_time(seconds)
        except Died:
            await self.next_engine()
            await super().pass_time(max(0.0, (until - self.clock.at).total_seconds()))

    async def ask(self, request: requests.DoorRequest) -> dict[str, Any] | Refused:
        """Nobody answers when the engine dies; what was asked for then is written down all the same."""
        asked = asyncio.ensure_future(self.switchboard.request(request))
        await asyncio.sleep(0)
        try:
            await super().pass_time(0)
        except Died:
            asked.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asked
            await self.next_engine()
            return {}
        try:
            return (await asked)[1]
        except Refused as refusal:
            return refusal

    async def next_engine(self) -> None:
        """It comes a moment later, reads the journal, and asks what is really up."""
        self.media.detach()
        self.clock.at += AWAY
        self.media.steps.advance(self.clock.at)
        await self.restart()
        await super().pass_time(1)


async def open_mortal(dies_at: int, *, agents: int, greeting: bool = False) -> MortalWorld:
    """As `open_world`; counted from when it is set up. `kill_after` sets the count later."""
    world = await open_world(agents=agents, greeting=greeting)
    mortal = MortalWorld(**{field.name: getattr(world, field.name) for field in fields(World)})
    kill_after(mortal, dies_at)
    return mortal


def kill_after(world: MortalWorld, dies_at: int) -> MortalWriter:
    """The engine of this world dies after so many more batches; 0 never. Its batches are counted anew."""
    writer = MortalWriter(world.writer)
    writer.dies_at = dies_at
    world.writer = world.switchboard._writer = writer
    return writer


Story = Callable[[MortalWorld], Awaitable[None]]


def killed_everywhere(story: Story, *, agents: int = 2, greeting: bool = False) -> None:
    """Plays a story once as it is and once for each batch of it; says after which ones it went wrong."""

    async def play(dies_at: int) -> int:
        world = await open_mortal(dies_at, agents=agents, greeting=greeting)
        await story(world)
        assert isinstance(world.writer, MortalWriter)
        return world.writer.appends

    whole = asyncio.run(play(0))
    assert whole > 3
    failed: dict[int, str] = {}
    for dies_at in range(1, whole + 1):
        try:
            asyncio.run(play(dies_at))
        except AssertionError as failure:
            failed[dies_at] = str(failure) or repr(failure)
    assert not failed, "\n".join(
        f"died after batch {place} of {whole}: {why}" for place, why in failed.items()
    )
