"""The browsers' SIP: a relay of bytes between `/ws/phone` and the media server's web socket on loopback.

So nothing but this port must be published, and only an agent who is signed in reaches the media server at
all; what he may do there is the matter of his SIP secret. The relay understands nothing of SIP. It ends
within five seconds of the sign-in's end. When it dies, phones register again by themselves and established
audio goes on.
"""

import asyncio
from contextlib import suppress
from datetime import timedelta

import websockets
from fastapi import WebSocket
from starlette.websockets import WebSocketDisconnect, WebSocketState
from websockets.asyncio.client import ClientConnection

from otklik.access.rights import Right
from otklik.api.parts import Parts
from otklik.api.sign_in import find_who, is_own_origin
from otklik.crm import invitations
from otklik.logs import logger

log = logger()

SUBPROTOCOL = "sip"
LARGEST_MESSAGE_BYTES = 64 * 1024
MESSAGES_A_SECOND = 50
CONNECT_WITHIN = timedelta(seconds=5)
CLOSE_WITHIN = timedelta(seconds=2)
OPEN_PER_SIGN_IN = 12
"""Connections of one sign-in, feeds of its pages among them."""

NOT_ALLOWED = 4403
NOT_SIGNED_IN = 4401
TOO_MUCH = 4429
TOO_LARGE = 1009
MEDIA_AWAY = 1013
GOING_AWAY = 1001


async def relay(socket: WebSocket, parts: Parts) -> None:
    """Serve one phone until either side or the sign-in ends: an agent's, or that of an editor of flows who
    tries one."""
    who = await find_who(socket)
    if who is None:
        await socket.close(NOT_SIGNED_IN)
        return
    if not is_own_origin(socket, may_be_absent=False) or not (
        who.may(Right.TAKE_CALLS) or who.may(Right.MANAGE_FLOWS)
    ):
        await socket.close(NOT_ALLOWED)
        return
    if SUBPROTOCOL not in socket.scope.get("subprotocols", ()):
        await socket.close(NOT_ALLOWED)
        return
    if parts.revocations.open_by(who.sign_in_id) >= OPEN_PER_SIGN_IN:
        await socket.close(TOO_MUCH)
        return
    with parts.revocations.watched(who) as ends:
        await _joined(socket, parts, ends)


async def relay_guest(socket: WebSocket, parts: Parts) -> None:
    """Serve one customer's browser until either side ends. It is let in by the login that its link gave it
    (in the address; unguessable); what it may do is the matter of that login's secret, which is never in an
    address."""
    login = socket.query_params.get("login", "")[:80]
    if not is_own_origin(socket, may_be_absent=False) or SUBPROTOCOL not in socket.scope.get(
        "subprotocols", ()
    ):
        await socket.close(NOT_ALLOWED)
        return
    async with parts.reading() as connection:
        is_known = await invitations.may_talk(connection, parts.site_id, login, parts.clock.now())
    if not is_known:
        await socket.close(NOT_SIGNED_IN)
        return
    await _joined(socket, parts, asyncio.get_running_loop().create_future())


def media_address(parts: Parts) -> str:
    """The media server's own web socket for SIP: on loopback, never published."""
    return f"ws://127.0.0.1:{parts.settings.ari_port}/ws"


async def _joined(socket: WebSocket, parts: Parts, ends: "asyncio.Future[str]") -> None:
    try:
        media = await websockets.connect(
            media_address(parts),
            subprotocols=[websockets.Subprotocol(SUBPROTOCOL)],
            open_timeout=CONNECT_WITHIN.total_seconds(),
            close_timeout=CLOSE_WITHIN.total_seconds(),
            max_size=LARGEST_MESSAGE_BYTES,
            compression=None,
            proxy=None,
        )
    except (OSError, TimeoutError, websockets.WebSocketException) as error:
        log.warning("phone.media_away", error=type(error).__name__)
        await socket.close(MEDIA_AWAY)
        return
    code = GOING_AWAY
    try:
        await socket.accept(subprotocol=SUBPROTOCOL)
        code = await _until_one_ends(socket, media, parts, ends)
    finally:
        if socket.application_state is not WebSocketState.DISCONNECTED:
            with suppress(RuntimeError, WebSocketDisconnect):
                await socket.close(code)
        await media.close()


async def _until_one_ends(
    socket: WebSocket, media: ClientConnection, parts: Parts, ends: "asyncio.Future[str]"
) -> int:
    """The code to close with."""
    tasks = {
        asyncio.create_task(_from_browser(socket, media, parts), name="phone from browser"),
        asyncio.create_task(_from_media(socket, media), name="phone from media"),
        asyncio.create_task(_until_ended(ends), name="phone sign-in"),
    }
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    for result in ended:
        if isinstance(result, Exception) and not isinstance(result, asyncio.CancelledError):
            raise result
    return next(iter(done)).result()


async def _from_browser(socket: WebSocket, media: ClientConnection, parts: Parts) -> int:
    window_ms, seen = 0, 0
    while True:
        try:
            message = await socket.receive()
        except RuntimeError:
            return GOING_AWAY
        if message["type"] == "websocket.disconnect":
            return GOING_AWAY
        text = message.get("text")
        body = text if text is not None else message.get("bytes") or b""
        if len(body) > LARGEST_MESSAGE_BYTES:
            return TOO_LARGE
        now_ms = parts.clock.now_ms()
        if now_ms - window_ms >= 1000:
            window_ms, seen = now_ms, 0
        seen += 1
        if seen > MESSAGES_A_SECOND:
            return TOO_MUCH
        try:
            await media.send(body)
        except websockets.ConnectionClosed:
            return MEDIA_AWAY


async def _from_media(socket: WebSocket, media: ClientConnection) -> int:
    try:
        async for message in media:
            if isinstance(message, str):
                await socket.send_text(message)
            else:
                await socket.send_bytes(message)
    except (WebSocketDisconnect, RuntimeError, websockets.ConnectionClosed):
        return GOING_AWAY
    return MEDIA_AWAY


async def _until_ended(ends: "asyncio.Future[str]") -> int:
    await asyncio.shield(ends)
    return NOT_SIGNED_IN
