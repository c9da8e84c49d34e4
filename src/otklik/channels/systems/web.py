"""One question to a web service: HTTP/1.1 over a connection of its own, to an address that was looked at.

No redirect is followed, nothing is unpacked, and reading stops at the limit, whatever the far end says about
the length of its answer.
"""

import asyncio
import contextlib
import json
import ssl
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import h11

from otklik.channels.systems.egress import place_of
from otklik.channels.systems.failures import AskFailed
from otklik.flows.look_ups import Question
from otklik.organization.model import System

_PIECE = 65_536
_SAFE = "/%?&=;:@!$'()*+,~-._"
_NOTHING_THERE = (204, 404, 410)


async def ask_web(system: System, question: Question, secret: str) -> Any:
    """The answer as plain JSON, numbers with a point as texts; None where it says that there is nothing.
    Raises AskFailed."""
    address = urlsplit(system.address)
    host = address.hostname or ""
    is_safe = address.scheme == "https"
    port = address.port or (443 if is_safe else 80)
    place = await place_of(host, port, system.allowed_hosts)
    try:
        context = ssl.create_default_context() if is_safe else None
        reader, writer = await asyncio.open_connection(
            place, port, ssl=context, server_hostname=host if is_safe else None
        )
    except ssl.SSLError as error:
        raise AskFailed("certificate_unfit") from error
    except OSError as error:
        raise AskFailed("connect_failed") from error
    try:
        request, body = _request(system, question, secret, address.netloc, address.path)
        return await _talk(reader, writer, request, body, system.largest_answer)
    except (OSError, asyncio.IncompleteReadError) as error:
        raise AskFailed("connect_failed") from error
    finally:
        writer.transport.abort()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def _request(
    system: System, question: Question, secret: str, host: str, below: str
) -> tuple[h11.Request, bytes]:
    target = quote(below + question.path, safe=_SAFE)
    headers = {
        "Host": host,
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "Connection": "close",
        "User-Agent": "Otklik",
    }
    body = b""
    if question.method == "GET":
        if question.fields:
            target += ("&" if "?" in target else "?") + urlencode(question.fields)
    else:
        body = json.dumps(question.fields, ensure_ascii=False).encode()
        headers |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
    if system.secret_header:
        headers[system.secret_header] = secret.strip()
    try:
        return h11.Request(method=question.method, target=target, headers=list(headers.items())), body
    except (h11.LocalProtocolError, UnicodeEncodeError) as error:
        raise AskFailed("secret_unfit") from error


async def _talk(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    request: h11.Request,
    body: bytes,
    limit: int,
) -> Any:
    line = h11.Connection(h11.CLIENT)
    sent = line.send(request) or b""
    if body:
        sent += line.send(h11.Data(data=body)) or b""
    writer.write(sent + (line.send(h11.EndOfMessage()) or b""))
    await writer.drain()
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
                if event.status_code in _NOTHING_THERE:
                    return None
                _look_at(event, limit)
            case h11.Data():
                taken += event.data
                if len(taken) > limit:
                    raise AskFailed("too_large")
            case h11.EndOfMessage():
                return read_json(bytes(taken))
            case h11.ConnectionClosed():
                raise AskFailed("answer_unreadable")
            case _:
                pass


def _look_at(answer: h11.Response, limit: int) -> None:
    """Raises AskFailed for an answer that is not worth reading."""
    if 300 <= answer.status_code < 400:
        raise AskFailed("redirected")
    if not 200 <= answer.status_code < 300:
        raise AskFailed(f"status_{answer.status_code}")
    headers = {bytes(name).lower(): bytes(value) for name, value in answer.headers}
    if headers.get(b"content-encoding", b"identity") != b"identity":
        raise AskFailed("encoding_unfit")
    if int(headers.get(b"content-length", b"0")) > limit:
        raise AskFailed("too_large")


def read_json(body: bytes) -> Any:
    """Plain values; a number with a point stays the text that it was. Raises AskFailed."""
    try:
        return json.loads(body, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        raise AskFailed("answer_unreadable") from error
