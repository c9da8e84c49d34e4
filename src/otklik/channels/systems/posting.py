"""One POST to a web service: HTTP/1.1 over a connection of its own, to an address that was looked at.

No redirect is followed, nothing is unpacked, and of the answer only its beginning is read: it is for people
to look at.
"""

import asyncio
import contextlib
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import h11

from otklik.channels.systems.egress import place_of
from otklik.channels.systems.failures import AskFailed

_PIECE = 16_384
_SAFE = "/%?&=;:@!$'()*+,~-._"
LARGEST_WORDS = 16_384
"""So much of an answer is read."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What the other side answered. retry_after: seconds that it asked for, None where it did not."""

    status: int
    words: str
    retry_after: float | None = None

    @property
    def is_well(self) -> bool:
        """Whether it took what it was told."""
        return 200 <= self.status < 300


async def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    allowed_hosts: Sequence[str] = (),
    ca: str = "",
    seconds: float = 10.0,
) -> Answered:
    """The answer, whatever its status. Raises AskFailed, also `timeout`."""
    try:
        async with asyncio.timeout(seconds):
            return await _post(url, body, headers, allowed_hosts, ca)
    except TimeoutError as error:
        raise AskFailed("timeout") from error


async def _post(
    url: str, body: bytes, headers: Mapping[str, str], allowed_hosts: Sequence[str], ca: str
) -> Answered:
    address = urlsplit(url)
    host = address.hostname or ""
    is_safe = address.scheme == "https"
    if address.scheme not in ("https", "http") or not host:
        raise AskFailed("address_unfit")
    try:
        port = address.port or (443 if is_safe else 80)
    except ValueError as error:
        raise AskFailed("address_unfit") from error
    place = await place_of(host, port, allowed_hosts)
    try:
        reader, writer = await asyncio.open_connection(
            place,
            port,
            ssl=tls_context(ca) if is_safe else None,
            server_hostname=host if is_safe else None,
        )
    except ssl.SSLError as error:
        raise AskFailed("certificate_unfit") from error
    except OSError as error:
        raise AskFailed("connect_failed") from error
    try:
        target = quote(address.path or "/", safe=_SAFE) + (
            f"?{quote(address.query, safe=_SAFE)}" if address.query else ""
        )
        return await _talk(
            reader, writer, _request(target, address.netloc.rpartition("@")[2], body, headers), body
        )
    except (OSError, asyncio.IncompleteReadError) as error:
        raise AskFailed("connect_failed") from error
    finally:
        writer.transport.abort()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def tls_context(ca: str) -> ssl.SSLContext:
    """The usual certificates, and those that are given. Raises AskFailed `ca_unfit`."""
    context = ssl.create_default_context()
    if ca.strip():
        try:
            context.load_verify_locations(cadata=ca)
        except (ssl.SSLError, ValueError) as error:
            raise AskFailed("ca_unfit") from error
    return context


def _request(target: str, host: str, body: bytes, headers: Mapping[str, str]) -> h11.Request:
    whole = {
        "Host": host,
        "Accept-Encoding": "identity",
        "Connection": "close",
        "User-Agent": "Otklik",
        "Content-Length": str(len(body)),
        **headers,
    }
    try:
        return h11.Request(method="POST", target=target, headers=list(whole.items()))
    except (h11.LocalProtocolError, UnicodeEncodeError) as error:
        raise AskFailed("secret_unfit") from error


async def _talk(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: h11.Request, body: bytes
) -> Answered:
    line = h11.Connection(h11.CLIENT)
    sent = line.send(request) or b""
    if body:
        sent += line.send(h11.Data(data=body)) or b""
    writer.write(sent + (line.send(h11.EndOfMessage()) or b""))
    await writer.drain()
    found: h11.Response | None = None
    taken = bytearray()
    while True:
        try:
            event = line.next_event()
        except h11.RemoteProtocolError as error:
            raise AskFailed("answer_unreadable") from error
        match event:
            case h11.NEED_DATA:
                line.receive_data(await reader.read(_PIECE))
            case h11.Response():
                found = event
                if 300 <= event.status_code < 400:
                    raise AskFailed("redirected")
            case h11.Data():
                taken += event.data
                if len(taken) >= LARGEST_WORDS:
                    break
            case h11.EndOfMessage():
                break
            case h11.ConnectionClosed():
                raise AskFailed("answer_unreadable")
            case _:
                pass
    if found is None:
        raise AskFailed("answer_unreadable")
    words = bytes(taken[:LARGEST_WORDS]).decode("utf-8", "replace").replace("\x00", "")
    return Answered(found.status_code, words, _retry_after(found))


def _retry_after(answer: h11.Response) -> float | None:
    for name, value in answer.headers:
        if name == b"retry-after":
            text = value.decode("ascii", "replace").strip()
            return float(text) if text.isdigit() else None
    return None
