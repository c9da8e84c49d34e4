"""Sends what waits for hooks: in order within each interaction, at least once, with longer and longer pauses.

A hook that does not answer is left in peace as a whole, so that a CRM that is down is not hammered by
thousands; what waits for it is told in order when it is back.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from otklik.deliveries.model import pause_after
from otklik.logs import logger
from otklik.vocabulary.ids import SecretId, SiteId
from otklik.vocabulary.refusals import Refused
from otklik.vocabulary.time import Clock
from otklik.webhooks import store
from otklik.webhooks.model import (
    FINAL_TRIES,
    GIVES_UP_AFTER,
    KEEP,
    LONGEST_ANSWER,
    Hook,
    HookDelivery,
    State,
    Tried,
)

log = logger()

LEASE = timedelta(minutes=1)
"""Longer than any try may take."""
TAKEN_AT_ONCE = 64
AT_ONCE = 16
AT_ONCE_OF_A_HOOK = 4

Send = Callable[[Hook, str, HookDelivery, datetime], Awaitable[Tried]]
"""Sends to a hook, signed with its secret; never raises for what the other side does."""
ReadSecret = Callable[[SecretId], Awaitable[str]]


class Sender:
    """The sending of one site."""

    def __init__(self, pool: Any, clock: Clock, site_id: SiteId, send: Send, read_secret: ReadSecret) -> None:
        self._pool = pool
        self._clock = clock
        self._site_id = site_id
        self._send = send
        self._read_secret = read_secret
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def release(self) -> None:
        """At the start of the only process that sends: what the one before had in its hand is sent again."""
        async with self._pool.acquire() as connection:
            await store.release_taken(connection, self._site_id, at=self._clock.now())

    async def work(self) -> int:
        """Send until nothing more is due; gives how many tries that were."""
        tries = 0
        while True:
            at = self._clock.now()
            async with self._pool.acquire() as connection, connection.transaction():
                await store.give_up_old(connection, self._site_id, before=at - GIVES_UP_AFTER, at=at)
                taken = await store.take_due(
                    connection, self._site_id, at=at, lease=LEASE, limit=TAKEN_AT_ONCE
                )
                hooks = {hook.hook_id: hook for hook in await store.list_hooks(connection, self._site_id)}
            if not taken:
                return tries
            turns = {hook_id: asyncio.Semaphore(AT_ONCE_OF_A_HOOK) for hook_id in hooks}
            async with asyncio.TaskGroup() as sending:
                for one in taken:
                    hook = hooks.get(one.hook_id)
                    if hook is not None:
                        sending.create_task(self._deliver(hook, one, turns[hook.hook_id]), name="webhook")
            tries += len(taken)

    async def tidy(self) -> None:
        """Forget what was over long ago."""
        async with self._pool.acquire() as connection:
            await store.drop_old(connection, self._site_id, before=self._clock.now() - KEEP)

    async def _deliver(self, hook: Hook, one: HookDelivery, turn: asyncio.Semaphore) -> None:
        async with turn, self._turns:
            tried = await self._try(hook, one)
        at = self._clock.now()
        words = tried.words[:LONGEST_ANSWER]
        async with self._pool.acquire() as connection, connection.transaction():
            if tried.is_taken:
                await store.settle(
                    connection,
                    one.delivery_id,
                    State.DELIVERED,
                    http_status=tried.http_status,
                    answer=words,
                    at=at,
                )
                await store.note_health(connection, self._site_id, hook.hook_id, failures=0, retry_at=None)
            elif tried.is_refusal and one.tries >= FINAL_TRIES:
                await store.settle(
                    connection,
                    one.delivery_id,
                    State.FAILED,
                    http_status=tried.http_status,
                    answer=words,
                    at=at,
                )
            else:
                due = at + pause_after(one.tries, tried.wait)
                await store.put_off(
                    connection, one.delivery_id, http_status=tried.http_status, answer=words, due=due
                )
                if tried.is_away:
                    failures = 1 + await store.failures_of(connection, self._site_id, hook.hook_id)
                    retry_at = at + pause_after(failures, tried.wait)
                    await store.note_health(
                        connection, self._site_id, hook.hook_id, failures=failures, retry_at=retry_at
                    )
        log.info("webhook.tried", hook_id=hook.hook_id, told=one.told.value, http_status=tried.http_status)

    async def _try(self, hook: Hook, one: HookDelivery) -> Tried:
        try:
            secret = await self._read_secret(hook.secret_id) if hook.secret_id else ""
        except Refused as refused:
            return Tried(http_status=0, words=refused.code)
        return await self._send(hook, secret, one, self._clock.now())
