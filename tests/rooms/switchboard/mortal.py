"""A centre in virtual time whose engine dies after one chosen batch of its journal, before it did what the
batch says; the next one takes over."""

import asyncio
import contextlib
import itertools
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
    """What happens after the n-th batch from now on (0 never), before its deeds."""

    def __init__(self, of: ListWriter, dies_at: int, fate: Callable[[], None]) -> None:
        super().__init__()
        self.seq, self.records = of.seq, of.records
        self.dies_at, self.fate = dies_at, fate

    async def append(
        self, events: list[Event], *, rows: list[Callable[[Any], Awaitable[None]]] | None = None
    ) -> list[Record]:
        made = await super().append(events, rows=rows)
        if self.appends == self.dies_at:
            self.fate()
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
            await asyncio.sleep(0)
            while not asked.done():  # without a link requests wait for it
                await super().pass_time(0.5)
                await asyncio.sleep(0)
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


def _dies() -> None:
    raise Died


async def open_mortal(
    dies_at: int, *, agents: int, greeting: bool = False, only_link: bool = False
) -> MortalWorld:
    """As `open_world`; batches are counted from when it is set up. only_link: the engine lives on, and its
    link to the media server breaks instead, for as long."""
    world = await open_world(agents=agents, greeting=greeting)
    mortal = MortalWorld(**{field.name: getattr(world, field.name) for field in fields(World)})

    def breaks() -> None:
        mortal.media.lose_link()
        mortal.media.steps.after(AWAY, mortal.media.restore_link)

    writer = MortalWriter(world.writer, dies_at, breaks if only_link else _dies)
    mortal.writer = mortal.switchboard._writer = writer
    return mortal


Story = Callable[[MortalWorld], Awaitable[None]]


def killed_everywhere(story: Story, *, agents: int = 2, greeting: bool = False) -> None:
    """Plays a story once as it is; then for each batch of it once with an engine that dies after it, and once
    with a link that breaks. Says after which ones it went wrong."""

    async def play(dies_at: int, only_link: bool) -> int:
        world = await open_mortal(dies_at, agents=agents, greeting=greeting, only_link=only_link)
        await story(world)
        assert isinstance(world.writer, MortalWriter)
        return world.writer.appends

    whole = asyncio.run(play(0, False))
    assert whole > 3
    failed: list[str] = []
    for only_link, dies_at in itertools.product((False, True), range(1, whole + 1)):
        try:
            asyncio.run(play(dies_at, only_link))
        except AssertionError as failure:
            what = "link broke" if only_link else "died"
            failed.append(f"{what} after batch {dies_at} of {whole}: {str(failure) or repr(failure)}")
    assert not failed, "\n".join(failed)
