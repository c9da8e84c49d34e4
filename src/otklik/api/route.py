"""How every route is called: its body read strictly, a repeated request answered from memory.

A mutation may carry `Idempotency-Key`. The first answer is kept for a day and given again to the same person
with the same key and the same request, so a page may repeat what it does not know the end of. The same key
with another request is refused; one that is still under way is waited for.
"""

import asyncio
import hashlib
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from otklik.api import problems, store
from otklik.api.parts import Parts, parts_of
from otklik.api.sign_in import MUTATIONS, find_who
from otklik.api.strict import StrictRequest
from otklik.vocabulary.refusals import Invalid, Refused

HEADER = "idempotency-key"
KEY_LIMIT = 64
LOOKS = 20
LOOK_AGAIN = timedelta(milliseconds=100)
DEAD_AFTER = timedelta(seconds=15)
KEEP = timedelta(days=1)
KEPT_STATUSES = frozenset({200, 201, 204, 403, 404, 409, 422})

# Answers that hold a secret are shown once and never kept: a repeated request is told that it was done.
SHOWN_ONCE = frozenset(
    {
        "create_webhook",
        "renew_webhook_key",
        "create_device",
        "make_reset_link",
        "create_token",
        "create_wall",
        "live_ticket",
    }
)

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Route(APIRoute):
    """A route of ours."""

    def get_route_handler(self) -> Handler:
        """FastAPI's own handler between our reading and our memory."""
        handle = super().get_route_handler()

        async def strictly(request: Request) -> Response:
            request = StrictRequest(request.scope, request.receive)
            key = request.headers.get(HEADER)
            if key is None or request.method not in MUTATIONS:
                return await handle(request)
            return await once(request, key, handle, is_kept=self.name not in SHOWN_ONCE)

        return strictly


async def once(request: Request, key: str, handle: Handler, *, is_kept: bool) -> Response:
    """Do it, unless it was done under this key before."""
    if not 0 < len(key) <= KEY_LIMIT or not key.isascii() or not key.isprintable():
        raise Invalid("wrong_form", HEADER)
    parts = parts_of(request)
    who = await find_who(request)
    if who is None:
        return await handle(request)
    asked_by = who.asked_by
    told = b"\n".join((request.method.encode(), str(request.url.path).encode(), await request.body()))
    before = await claim(parts, asked_by, key, hashlib.sha256(told).digest())
    if before is not None:
        return given_again(before)
    is_told = False
    try:
        answer = await handled(request, handle)
        if answer.status_code in KEPT_STATUSES:
            body = bytes(answer.body) if is_kept or answer.status_code >= 400 else b""
            async with parts.pool.acquire() as connection:
                await store.keep_answer(
                    connection, asked_by=asked_by, key=key, status=answer.status_code, answer=body
                )
            is_told = True
        return answer
    finally:
        if not is_told:
            async with parts.pool.acquire() as connection:
                await store.release_key(connection, asked_by=asked_by, key=key)


async def claim(parts: Parts, asked_by: str, key: str, request_sha256: bytes) -> store.KeptAnswer | None:
    """None: the key is ours and the work is to be done; else what was answered before."""
    for _ in range(LOOKS):
        at = parts.clock.now()
        async with parts.pool.acquire() as connection:
            found = await store.claim_key(
                connection, asked_by=asked_by, key=key, request_sha256=request_sha256, at=at
            )
            if found is None:
                return None
            if found.request_sha256 != request_sha256:
                raise Invalid("key_used_otherwise", HEADER)
            if found.status:
                return found
            is_dead = at - found.made_at > DEAD_AFTER
            if is_dead and await store.take_over_key(
                connection, asked_by=asked_by, key=key, left_at=found.made_at, at=at
            ):
                return None
        await asyncio.sleep(LOOK_AGAIN.total_seconds())
    raise Refused("request_under_way")


async def handled(request: Request, handle: Handler) -> Response:
    """The answer, refusals too."""
    try:
        return await handle(request)
    except Exception as error:
        told = problems.answer_to(error)
        if told is None:
            raise
        return told


def given_again(before: store.KeptAnswer) -> Response:
    """What was answered the first time."""
    headers = {"Idempotency-Replayed": "true"}
    if before.status == 204:
        return Response(status_code=204, headers=headers)
    if not before.answer:
        raise Refused("already_done")
    return Response(before.answer, status_code=before.status, media_type="application/json", headers=headers)
