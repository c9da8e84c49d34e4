"""Questions to systems outside, against a server that says whatever a bad one could say."""

import asyncio
import ipaddress
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import count

import pytest

from otklik.channels.systems.asker import MOST_AT_ONCE, Asker
from otklik.channels.systems.egress import may_reach, place_of
from otklik.channels.systems.failures import AskFailed
from otklik.flows.look_ups import Extract, Question
from otklik.organization.model import System
from otklik.switchboard.instructions import AskSystem
from otklik.switchboard.signals import SystemAnswered
from otklik.vocabulary.ids import InteractionId, SecretId

pytestmark = pytest.mark.fast

BALANCE = (Extract(name="balance", path="account.balance", kind="money", is_required=True),)
GOOD = json.dumps({"account": {"balance": "1234.5"}})
LOCAL = ("127.0.0.1",)

Say = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def server(say: Say | bytes) -> AsyncIterator[tuple[int, list[bytes]]]:
    """Its port, and what it was asked."""
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            for line in head.split(b"\r\n"):
                if line.lower().startswith(b"content-length:"):
                    head += await reader.readexactly(int(line.split(b":")[1]))
            heard.append(head)
            if isinstance(say, bytes):
                writer.write(say)
            else:
                await say(reader, writer)
            await writer.drain()
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    running = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield running.sockets[0].getsockname()[1], heard
    finally:
        running.close()


def answer(body: str, status: str = "200 OK", headers: str = "") -> bytes:
    raw = body.encode()
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(raw)}\r\n{headers}\r\n".encode() + raw


async def read_secret(secret_id: SecretId) -> str:
    return "Bearer s3cret"


async def ask(port: int, question: Question | None = None, *, seconds: float = 5, **more):
    allowed = more.pop("allowed_hosts", LOCAL)
    system = System(name="x", address=f"http://127.0.0.1:{port}/api", allowed_hosts=allowed, **more)
    asked = question or Question(path="/a", values=BALANCE)
    return await Asker(read_secret).try_out(system, asked, timedelta(seconds=seconds))


async def test_values_come_out_of_an_answer_and_the_secret_goes_along() -> None:
    async with server(answer(GOOD)) as (port, heard):
        question = Question(path="/a%2Fb", fields={"phone": "+7916&x=1"}, values=BALANCE)
        found = await ask(port, question, secret_header="Authorization", secret_id=SecretId(1))
    assert (found.outcome, found.values) == ("found", {"balance": "1234.50"})
    assert heard[0].startswith(b"GET /api/a%2Fb?phone=%2B7916%26x%3D1 HTTP/1.1\r\n")
    assert b"Authorization: Bearer s3cret" in heard[0]


async def test_a_posted_question_is_a_json_object() -> None:
    async with server(answer(GOOD)) as (port, heard):
        await ask(port, Question(method="POST", path="/a", fields={"who": 'Анна"}'}))
    assert json.loads(heard[0].partition(b"\r\n\r\n")[2]) == {"who": 'Анна"}'}


@pytest.mark.parametrize(
    ("said", "outcome", "reason"),
    [
        (answer("", "404 Not Found"), "not_found", ""),
        (b"HTTP/1.1 204 No Content\r\n\r\n", "not_found", ""),
        (answer("null"), "not_found", ""),
        (answer("{}"), "not_found", ""),
        (answer("", "302 Found", "Location: http://169.254.169.254/\r\n"), "failed", "redirected"),
        (answer("", "503 Busy"), "failed", "status_503"),
        (answer("{nonsense"), "failed", "answer_unreadable"),
        (answer("[" * 100_000), "failed", "answer_unreadable"),
        (answer('{"account": {"balance": "much"}}'), "failed", "value_unfit"),
        (answer("\ufeff".join("ab")), "failed", "answer_unreadable"),
        (answer(GOOD, headers="Content-Encoding: gzip\r\n"), "failed", "encoding_unfit"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n{", "failed", "too_large"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", "failed", "answer_unreadable"),
        (b"SSH-2.0-hello\r\n", "failed", "answer_unreadable"),
        (b"", "failed", "answer_unreadable"),
    ],
)
async def test_what_a_bad_server_says_is_an_outcome(said: bytes, outcome: str, reason: str) -> None:
    async with server(said) as (port, _):
        found = await ask(port)
    assert (found.outcome, found.reason) == (outcome, reason)


async def test_an_endless_answer_stops_at_the_limit() -> None:
    """It says nothing of its length, and would go on for a gigabyte."""
    sent = count()

    async def flood(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(16_384):
            writer.write(b"10000\r\n" + b" " * 65_536 + b"\r\n")
            await writer.drain()
            next(sent)

    async with server(flood) as (port, _):
        found = await ask(port)
    assert (found.outcome, found.reason) == ("failed", "too_large")
    assert next(sent) < 200, "a few megabytes in the buffers of the line, not a gigabyte"


async def test_a_slow_answer_is_waited_for_no_longer_than_the_limit() -> None:
    async def dribble(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"X-A: 1\r\n")
            await writer.drain()
            await asyncio.sleep(0.05)

    async with server(dribble) as (port, _):
        found = await ask(port, seconds=0.3)
    assert (found.outcome, found.reason) == ("failed", "timeout")
    assert 250 <= found.took_ms < 3000


@pytest.mark.parametrize(
    ("host", "allowed", "reason"),
    [
        ("127.0.0.1", (), "host_forbidden"),
        ("localhost", (), "host_forbidden"),
        ("127.1", (), "host_forbidden"),
        ("2130706433", (), "host_forbidden"),
        ("0x7f000001", (), "host_forbidden"),
        ("0.0.0.0", (), "host_forbidden"),
        ("[::1]".strip("[]"), (), "host_forbidden"),
        ("::ffff:127.0.0.1", (), "host_forbidden"),
        ("10.1.2.3", (), "host_forbidden"),
        ("192.168.0.1", ("10.0.0.0/8",), "host_forbidden"),
        ("169.254.169.254", (), "host_forbidden"),
        ("name.invalid", (), "host_unknown"),
        ("8.8.8.8", (), ""),
        ("10.1.2.3", ("10.0.0.0/8",), ""),
        ("localhost", ("localhost",), ""),
    ],
)
async def test_private_places_are_reached_only_when_they_are_named(host, allowed, reason: str) -> None:
    try:
        assert await place_of(host, 443, allowed)
        found = ""
    except AskFailed as failed:
        found = failed.reason
    assert found == reason


@pytest.mark.parametrize(
    "address",
    ["64:ff9b::7f00:1", "2002:7f00:1::", "fe80::1", "fc00::1", "ff02::1", "224.0.0.1", "100.64.0.1"],
)
def test_addresses_that_stand_for_others_are_not_public(address: str) -> None:
    assert not may_reach(ipaddress.ip_address(address), (), is_named=False)


def test_a_named_host_does_not_lead_to_the_metadata_of_a_cloud() -> None:
    inside = ipaddress.ip_address("169.254.169.254")
    assert not may_reach(inside, ("billing",), is_named=True)
    assert may_reach(inside, ("169.254.169.254",), is_named=False), "unless it is written out"


async def test_strange_ports_are_for_hosts_that_are_named() -> None:
    with pytest.raises(AskFailed, match="port_forbidden"):
        await place_of("8.8.8.8", 6379, ())
    assert await place_of("8.8.8.8", 6379, ("8.8.8.8",)) == "8.8.8.8"


async def test_nobody_listens_there() -> None:
    async with server(b"") as (port, _):
        pass
    assert (await ask(port)).reason == "connect_failed"


async def test_answers_reach_the_inbox_and_too_many_questions_fail_at_once() -> None:
    class Box:
        def __init__(self) -> None:
            self.got: list[SystemAnswered] = []

        def put(self, signal) -> None:
            self.got.append(signal)

    box, still = Box(), asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await still.wait()

    asker = Asker(read_secret)
    asker.start(box)
    async with server(silent) as (port, _):
        system = System(name="x", address=f"http://127.0.0.1:{port}", allowed_hosts=LOCAL)
        question, limit = Question(path="/"), timedelta(seconds=20)
        for place in range(MOST_AT_ONCE + 1):
            asker.ask(
                AskSystem(
                    interaction_id=InteractionId(place),
                    look_up=str(place),
                    system=system,
                    question=question,
                    limit=limit,
                )
            )
        assert [(one.look_up, one.reason) for one in box.got] == [(str(MOST_AT_ONCE), "overloaded")]
        await asker.stop()
        still.set()
