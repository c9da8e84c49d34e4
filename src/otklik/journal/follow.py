"""Wakes readers in other processes when the journal has grown: one listening connection for each process.

The doorbell carries no truth: whoever wakes reads rows by sequence. A lost ring is harmless, because the
follower also looks each second and after each reconnection.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

from otklik.database import AWAY, connect, raise_bug
from otklik.journal.store import doorbell, last_seq
from otklik.logs import logger
from otklik.vocabulary.ids import Sequence, SiteId

log = logger()

POLL = timedelta(seconds=1)
RETRY_LONGEST = timedelta(seconds=5)


class Follower:
    """Knows the journal's last sequence, and lets any number of coroutines wait for more.

        follower = Follower(url, site_id=...)
        group.create_task(follower.run(), name="journal follower")
        async for seq in follower.follow(after_seq): ...     # rows up to `seq` are there

    `connected` is not set while the database is away; `seq` then is the last one known.
    """

    def __init__(self, database_url: str, *, site_id: SiteId, poll: timedelta = POLL) -> None:
        self._database_url = database_url
        self._poll = poll
        self._grown = asyncio.Condition()
        self._rung = asyncio.Event()
        self.site_id = site_id
        self.seq = Sequence(0)
        self.connected = asyncio.Event()
        self.rings = 0
        self.reconnections = 0

    async def run(self) -> None:
        """Listen until cancelled; connects anew by itself, after 0.1 s and then ever later up to 5 s."""
        pause = 0.1
        while True:
            try:
                connection = await connect(self._database_url, name="otklik journal follower")
                try:
                    await self._listen(connection)
                finally:
                    if self.connected.is_set():
                        pause = 0.1
                    self.connected.clear()
                    connection.terminate()
            except AWAY as error:
                raise_bug(error)
                log.debug("follower.database_away", reason=type(error).__name__)
            self.reconnections += 1
            await asyncio.sleep(pause)
            pause = min(pause * 2, RETRY_LONGEST.total_seconds())

    async def follow(self, after_seq: int = 0) -> AsyncIterator[Sequence]:
        """Yields the last sequence each time there is more than what was yielded before."""
        seen = after_seq
        while True:
            seen = await self.wait_beyond(seen)
            yield Sequence(seen)

    async def wait_beyond(self, seq: int, timeout: timedelta | None = None) -> Sequence:
        """The last sequence, as soon as it is beyond `seq`; raises TimeoutError."""
        async with asyncio.timeout(timeout.total_seconds() if timeout is not None else None):
            async with self._grown:
                await self._grown.wait_for(lambda: self.seq > seq)
                return self.seq

    async def _listen(self, connection: Any) -> None:
        await connection.add_listener(doorbell(self.site_id), self._ring)
        self.connected.set()
        await self._look(connection)
        while not connection.is_closed():
            self._rung.clear()
            try:
                async with asyncio.timeout(self._poll.total_seconds()):
                    await self._rung.wait()
            except TimeoutError:
                await self._look(connection)
            else:
                await self._announce()

    def _ring(self, connection: Any, pid: int, channel: str, payload: str) -> None:
        last = payload.rpartition("-")[2]
        if last.isdigit():
            self.rings += 1
            self.seq = Sequence(max(self.seq, int(last)))
            self._rung.set()

    async def _look(self, connection: Any) -> None:
        seq = await last_seq(connection, self.site_id)
        if seq != self.seq:
            # Smaller than before only after a restore from a backup: readers must see that too.
            self.seq = seq
            await self._announce()

    async def _announce(self) -> None:
        async with self._grown:
            self._grown.notify_all()
