"""SIP of a browser's phone: bytes go through untouched, for agents and as long as they are signed in."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
import websockets
from websockets.asyncio.server import ServerConnection, serve

from otklik.api.phone_relay import LARGEST_MESSAGE_BYTES, OPEN_PER_SIGN_IN
from tests.api.house import Browser, House

pytestmark = [pytest.mark.database, pytest.mark.asyncio(loop_scope="module")]

REGISTER = "REGISTER sip:otklik.local SIP/2.0\r\nVia: SIP/2.0/WSS x.invalid\r\n\r\n"


class MediaServer:
    """What stands at the other end: says what it hears, and keeps it."""

    def __init__(self) -> None:
        self.heard: list[Any] = []
        self.connections: list[ServerConnection] = []

    async def talk(self, connection: ServerConnection) -> None:
        self.connections.append(connection)
        try:
            async for message in connection:
                self.heard.append(message)
                await connection.send(message)
        except websockets.ConnectionClosed:
            pass


@pytest_asyncio.fixture(loop_scope="module")
async def media(house: House, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MediaServer]:
    server = MediaServer()
    async with serve(server.talk, "127.0.0.1", 0, subprotocols=[websockets.Subprotocol("sip")]) as listening:
        port = next(iter(listening.sockets)).getsockname()[1]
        monkeypatch.setattr("otklik.api.phone_relay.media_address", lambda parts: f"ws://127.0.0.1:{port}/ws")
        yield server


async def phone(browser: Browser, **more: Any) -> aiohttp.ClientWebSocketResponse:
    more.setdefault("protocols", ("sip",))
    return await browser.session.ws_connect(f"{browser.base}/ws/phone", **more)


async def test_text_and_bytes_go_through_untouched(house: House, media: MediaServer) -> None:
    socket = await phone(await house.signed_in("anna"))

    await socket.send_str(REGISTER)
    assert (await socket.receive()).data == REGISTER
    await socket.send_bytes(b"\x00\r\n\r\n\xff")
    assert (await socket.receive()).data == b"\x00\r\n\r\n\xff"

    assert socket.protocol == "sip"
    assert media.heard == [REGISTER, b"\x00\r\n\r\n\xff"]


async def test_when_the_browser_goes_the_media_server_hears_it(house: House, media: MediaServer) -> None:
    socket = await phone(await house.signed_in("anna"))
    await socket.send_str(REGISTER)
    await socket.receive()

    await socket.close()

    async with asyncio.timeout(5):
        await media.connections[-1].wait_closed()


async def test_when_the_media_server_goes_the_browser_hears_it(house: House, media: MediaServer) -> None:
    socket = await phone(await house.signed_in("anna"))
    await socket.send_str(REGISTER)
    await socket.receive()

    await media.connections[-1].close()

    message = await socket.receive(timeout=5)
    assert message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)
    assert socket.close_code == 1013


async def test_a_phone_ends_with_the_sign_in(house: House, media: MediaServer) -> None:
    anna = await house.signed_in("anna")
    socket = await phone(anna)
    await socket.send_str(REGISTER)
    await socket.receive()

    await anna.ask("POST", "/api/v1/sign-out")

    await socket.receive(timeout=5)
    assert socket.close_code == 4401


async def test_who_is_not_signed_in_has_no_phone(house: House, media: MediaServer) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await phone(house.browser())

    assert media.connections == []


@pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
async def test_a_foreign_page_has_no_phone(house: House, media: MediaServer, origin: str) -> None:
    anna = await house.signed_in("anna")

    with pytest.raises(aiohttp.WSServerHandshakeError):
        await phone(anna, headers={"Origin": origin})

    assert media.connections == []


async def test_only_sip_is_spoken(house: House, media: MediaServer) -> None:
    anna = await house.signed_in("anna")

    with pytest.raises(aiohttp.WSServerHandshakeError):
        await phone(anna, protocols=("chat",))


async def test_a_message_too_large_ends_the_phone(house: House, media: MediaServer) -> None:
    socket = await phone(await house.signed_in("anna"))

    await socket.send_str("x" * (LARGEST_MESSAGE_BYTES + 1))

    await socket.receive(timeout=5)
    assert socket.close_code == 1009
    assert media.heard == []


async def test_a_flood_ends_the_phone(house: House, media: MediaServer) -> None:
    socket = await phone(await house.signed_in("anna"))

    for _ in range(200):
        if socket.closed:
            break
        await socket.send_str("\r\n\r\n")
    async with asyncio.timeout(5):
        while not socket.closed:
            await socket.receive()

    assert socket.close_code == 4429


async def test_without_a_media_server_the_phone_is_told_to_come_again(house: House) -> None:
    anna = await house.signed_in("anna")

    with pytest.raises(aiohttp.WSServerHandshakeError):
        await phone(anna)


async def test_one_sign_in_has_so_many_phones_and_no_more(house: House, media: MediaServer) -> None:
    anna = await house.signed_in("anna")

    phones = [await phone(anna) for _ in range(OPEN_PER_SIGN_IN)]

    with pytest.raises(aiohttp.WSServerHandshakeError):
        await phone(anna)

    assert len(media.connections) == len(phones)


@pytest.mark.parametrize("login", ["", "guest-0123456789abcdef", "agent-1"])
async def test_a_customers_socket_needs_a_login_that_a_link_gave(
    house: House, media: MediaServer, login: str
) -> None:
    """Also for somebody who is signed in: his own phone is elsewhere."""
    anna = await house.signed_in("anna")

    with pytest.raises(aiohttp.WSServerHandshakeError):
        await anna.session.ws_connect(f"{house.base}/ws/guest?login={login}", protocols=["sip"])

    assert media.connections == []
