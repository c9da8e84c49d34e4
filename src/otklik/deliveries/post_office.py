"""Sends what is due, and writes down what came of it.

What is taken is taken for a while only: a process that dies with a letter in its hand leaves it due again.
Alerts that are due for the same receiver at once become one letter when they are many.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any

from otklik.deliveries import store
from otklik.deliveries.model import (
    GIVES_UP_AFTER,
    LONGEST_ANSWER,
    Delivery,
    Enclosure,
    Letter,
    Outcome,
    State,
    Way,
    pause_after,
)
from otklik.logs import logger
from otklik.vocabulary.ids import SecretId, SiteId
from otklik.vocabulary.refusals import Refused
from otklik.vocabulary.time import Clock

log = logger()

DIGEST_FROM = 4
"""So many alerts at once for one receiver become one letter."""
DIGEST_LINES = 30
AT_ONCE = 8
TAKEN_AT_ONCE = 200
LEASE = timedelta(minutes=3)
"""Longer than any try may take."""
KEEP = timedelta(days=90)

Send = Callable[[Way, str, str, Letter, Sequence[Enclosure], int], Awaitable[Outcome]]
"""Sends by a way, with its secret, to an address, a letter, its files, the delivery's id; never raises for
what the other side does."""
ReadSecret = Callable[[SecretId], Awaitable[str]]


class PostOffice:
    """The sending of one site."""

    def __init__(self, pool: Any, clock: Clock, site_id: SiteId, send: Send, read_secret: ReadSecret) -> None:
        self._pool = pool
        self._clock = clock
        self._site_id = site_id
        self._send = send
        self._read_secret = read_secret
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def work(self) -> int:
        """Send everything that is due; gives how many deliveries that was."""
        async with self._pool.acquire() as connection, connection.transaction():
            taken = await store.take_due(
                connection, self._site_id, at=self._clock.now(), lease=LEASE, limit=TAKEN_AT_ONCE
            )
        if not taken:
            return 0
        async with self._pool.acquire() as connection:
            ways = {way.way_id: way for way in await store.list_ways(connection, self._site_id)}
        async with asyncio.TaskGroup() as sending:
            for bundle in bundles(taken):
                sending.create_task(self._deliver(ways.get(bundle[0].way_id), bundle), name="delivery")
        return len(taken)

    async def tidy(self) -> None:
        """Forget what was over long ago."""
        async with self._pool.acquire() as connection:
            await store.drop_old(connection, self._site_id, before=self._clock.now() - KEEP)

    async def _deliver(self, way: Way | None, bundle: list[Delivery]) -> None:
        async with self._turns:
            outcome = await self._try(way, bundle)
        at = self._clock.now()
        words = outcome.words[:LONGEST_ANSWER]
        async with self._pool.acquire() as connection, connection.transaction():
            for one in bundle:
                if outcome.is_delivered:
                    is_several = len(bundle) > 1
                    await store.settle(
                        connection, one.delivery_id, State.DELIVERED, words, at=at, in_digest=is_several
                    )
                elif outcome.is_final or at - one.made_at >= GIVES_UP_AFTER:
                    await store.settle(connection, one.delivery_id, State.FAILED, words, at=at)
                else:
                    due = at + pause_after(one.tries, outcome.wait)
                    await store.put_off(connection, one.delivery_id, words, due=due)
        log.info(
            "delivery.tried",
            way=way.kind.value if way else "",
            is_delivered=outcome.is_delivered,
            deliveries=len(bundle),
        )

    async def _try(self, way: Way | None, bundle: list[Delivery]) -> Outcome:
        if way is None:
            return Outcome(is_delivered=False, words="way_removed", is_final=True)
        if not way.is_on:
            return Outcome(is_delivered=False, words="way_off")
        try:
            secret = await self._read_secret(way.secret_id) if way.secret_id else ""
        except Refused as refused:
            return Outcome(is_delivered=False, words=refused.code)
        first = bundle[0]
        async with self._pool.acquire() as connection:
            enclosures = await store.list_enclosures(connection, first.delivery_id)
        letter = first.letter if len(bundle) == 1 else digest([one.letter for one in bundle])
        try:
            return await self._send(way, secret, first.address, letter, enclosures, first.delivery_id)
        except Exception:  # a letter that breaks us must not hold back the others
            log.exception("delivery.bug", delivery_id=first.delivery_id)
            return Outcome(is_delivered=False, words="letter_unfit", is_final=True)


def bundles(taken: Sequence[Delivery]) -> list[list[Delivery]]:
    """What is sent as one letter: many alerts for one receiver, everything else alone."""
    alike: dict[tuple[int, int, str], list[Delivery]] = {}
    found: list[list[Delivery]] = []
    for one in taken:
        if one.source == "alert":
            alike.setdefault((one.way_id, one.receiver_id, one.address), []).append(one)
        else:
            found.append([one])
    for several in alike.values():
        found += [several] if len(several) >= DIGEST_FROM else [[one] for one in several]
    return found


def digest(letters: Sequence[Letter]) -> Letter:
    """One letter of many: how many, then a line of each."""
    lines = [f"• {letter.subject}" for letter in letters[:DIGEST_LINES]]
    if len(letters) > DIGEST_LINES:
        lines.append(f"… +{len(letters) - DIGEST_LINES}")
    return Letter(subject=f"({len(letters)}) {letters[0].subject}", text="\n".join(lines), topic="digest")
