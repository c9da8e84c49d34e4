"""Wakes who follows the journal, after a batch is durable and beside everything else.

A ring is a transaction of its own, on a connection of its own. In the batch's transaction it would be for
free, but its listeners wake while the writer still waits for the answer, on the same processors: what
follows from the batch (a phone that rings) would wait for boards and reports. A ring that is lost, because
the process ends in between, is harmless: followers look each second.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from otklik.database import AWAY
from otklik.logs import logger

log = logger()

PAUSE_SECONDS = 0.002
"""So long what follows from a batch has the processors for itself. Batches of this time are rung together."""

_LAST_RING_SECONDS = 1.0

Connect = Callable[[], Awaitable[Any]]


class Bell:
    """Tells channel `name` of batches as `first-last`, joined where they come quickly one after the other."""

    def __init__(self, name: str, connect: Connect) -> None:
        self._name = name
        self._connect = connect
        self._connection: Any = None
        self._first = 0
        self._last = 0
        self._ringing: asyncio.Task[None] | None = None

    def ring(self, first: int, last: int) -> None:
        """Soon; never blocks, never raises."""
        self._first = self._first or first
        self._last = last
        if self._ringing is None or self._ringing.done():
            self._ringing = asyncio.create_task(self._ring(), name="journal bell")

    async def _ring(self) -> None:
        while self._first:
            await asyncio.sleep(PAUSE_SECONDS)
            told, self._first = f"{self._first}-{self._last}", 0
            try:
                if self._connection is None or self._connection.is_closed():
                    self._connection = await self._connect()
                    # Nothing is to be kept of it, so nothing need reach the disk.
                    await self._connection.execute("set synchronous_commit = off")
                await self._connection.execute("select pg_notify($1, $2)", self._name, told)
            except AWAY as error:
                log.debug("journal.bell_away", reason=repr(error))

    def fall_silent(self, *_: object) -> None:
        """At once: whoever wrote has lost his own connection, too."""
        if self._ringing is not None:
            self._ringing.cancel()
        if self._connection is not None:
            self._connection.terminate()

    async def close(self) -> None:
        """After the last ring."""
        if self._ringing is not None:
            await asyncio.wait([self._ringing], timeout=_LAST_RING_SECONDS)
            self._ringing.cancel()
        if self._connection is not None and not self._connection.is_closed():
            try:
                await self._connection.close(timeout=_LAST_RING_SECONDS)
            except AWAY:
                self._connection.terminate()
