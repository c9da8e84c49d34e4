"""How a request's body is read: size first, then the kind of content, then JSON without tricks.

Python's reader takes NaN, doubled keys and any depth; a stranger gets none of these.
"""

import json
from typing import Any

from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from otklik.api import problems
from otklik.api.problems import Unreadable

BODY_LIMIT_BYTES = 1024 * 1024
AUDIO_LIMIT_BYTES = 30 * 1024 * 1024
AUDIO_PATH = "/api/v1/prompts/"
TABLE_LIMIT_BYTES = 8 * 1024 * 1024
TABLE_PATHS = ("/api/v1/customers/import", "/api/v1/directory/import", "/api/v1/expected-shifts/import")
LOG_LIMIT_BYTES = 2 * 1024**3
LOG_PATH = "/api/v1/sources/files"
"""Written to the disk as it comes."""
DEPTH_LIMIT = 32


class StrictRequest(Request):
    """A request whose JSON is read strictly."""

    async def json(self) -> Any:
        """The body, or a finding as pydantic's own."""
        if not hasattr(self, "_json"):
            body = await self.body()
            self._json = read_json(body)
        return self._json


def read_json(body: bytes) -> Any:
    """What the text says. Refuses NaN, doubled keys, more than 32 levels, anything but UTF-8."""
    if depth_of(body) > DEPTH_LIMIT:
        raise Unreadable("too_deep", limit=DEPTH_LIMIT)
    try:
        return json.loads(body.decode("utf-8"), object_pairs_hook=_single, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Unreadable(str(error) if isinstance(error, _Finding) else "not_json") from None


class _Finding(ValueError):
    pass


def _single(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Finding("doubled_key")
    return found


def _no_constant(_: str) -> Any:
    raise _Finding("not_a_number")


def depth_of(body: bytes) -> int:
    """How deep brackets are nested, those inside strings left out."""
    depth = deepest = 0
    is_text = is_escaped = False
    for sign in body:
        if is_text:
            if is_escaped:
                is_escaped = False
            elif sign == 0x5C:
                is_escaped = True
            elif sign == 0x22:
                is_text = False
        elif sign == 0x22:
            is_text = True
        elif sign in (0x7B, 0x5B):
            depth += 1
            deepest = max(deepest, depth)
            if deepest > DEPTH_LIMIT:
                return deepest
        elif sign in (0x7D, 0x5D):
            depth -= 1
    return deepest


class BodyLimit:
    """Refuses a body above the limit before it is read, and while it is read if its length was not told."""

    def __init__(self, app: ASGIApp, limit: int = BODY_LIMIT_BYTES) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, counting."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._limit
        if scope["path"].startswith(AUDIO_PATH):
            limit = AUDIO_LIMIT_BYTES
        elif scope["path"].startswith(TABLE_PATHS):
            limit = TABLE_LIMIT_BYTES
        elif scope["path"] == LOG_PATH:
            limit = LOG_LIMIT_BYTES
        told = dict(scope["headers"]).get(b"content-length", b"0")
        if not told.isdigit() or int(told) > limit:
            await self._refused(limit)(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise HTTPException(413)
            return message

        await self._app(scope, counted, send)

    def _refused(self, limit: int) -> ASGIApp:
        return problems.answer(413, "body_too_large", {"limit_bytes": limit})
