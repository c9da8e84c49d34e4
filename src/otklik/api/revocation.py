"""Ends open connections within five seconds of the end of their sign-in.

A web socket is let in once; what it was let in by may end while it is open: a sign-out elsewhere, a block, a
role that was changed. One question for all of them every two seconds tells.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from otklik.access import service as access
from otklik.access import store
from otklik.api.dashboard_source import live_wall
from otklik.api.parts import Now
from otklik.api.sign_in import Who, who_of
from otklik.api.store import DATABASE_AWAY
from otklik.database import raise_bug
from otklik.logs import logger
from otklik.vocabulary.ids import SiteId

log = logger()

LOOK_EVERY = timedelta(seconds=2)
SIGNED_OUT = "signed_out"
BLOCKED = "blocked"
CHANGED = "changed"


class Revocations:
    """Who is connected, and whether he still may be."""

    def __init__(self, pool: Any, clock: Now, site_id: SiteId) -> None:
        self._pool = pool
        self._site_id = site_id
        self._clock = clock
        self._watched: dict[asyncio.Future[str], Who] = {}

    @contextmanager
    def watched(self, who: Who) -> Iterator["asyncio.Future[str]"]:
        """A future that is done when the connection must end: signed_out, blocked, or changed rights."""
        ends: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._watched[ends] = who
        try:
            yield ends
        finally:
            del self._watched[ends]
            ends.cancel()

    def open_by(self, sign_in_id: int) -> int:
        """How many connections one sign-in has open."""
        return sum(who.sign_in_id == sign_in_id for who in self._watched.values())

    async def run(self) -> None:
        """Look again and again until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY.total_seconds())
            try:
                await self.look()
            except DATABASE_AWAY as error:
                raise_bug(error)
                # Nobody can be signed out while the database is away; calls go on.
                log.warning("revocation.unknown", error=type(error).__name__)

    async def look(self) -> None:
        """One look at all of them."""
        everybody = dict(self._watched)
        if not everybody:
            return
        async with self._pool.acquire() as connection:
            for ends, who in everybody.items():
                why = await why_ended(connection, who, self._site_id, self._clock.now())
                if why and not ends.done():
                    ends.set_result(why)


async def why_ended(connection: Any, who: Who, site_id: SiteId, at: datetime) -> str:
    """Why this one may not stay connected; "" when he may."""
    if who.wall_id:
        wall = await live_wall(connection, who, site_id, at=at)
        return SIGNED_OUT if wall is None else "" if wall == who else CHANGED
    asker = await access.find_by_sign_in(connection, who.sign_in_id, at=at)
    if asker is None:
        person = await store.find_person(connection, who.person_id)
        return BLOCKED if person is not None and person.is_blocked else SIGNED_OUT
    return "" if await who_of(connection, asker, site_id) == who else CHANGED
