"""Other systems are told of calls: in order, at least once, signed, whatever they answer."""

import asyncio
import hashlib
import hmac
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from otklik.access.secrets import SecretStore
from otklik.channels.systems import hooking
from otklik.channels.systems.hooking import send_to_hook
from otklik.webhooks.feeding import Feeder
from otklik.webhooks.model import FINAL_TRIES, GIVES_UP_AFTER
from otklik.webhooks.sender import LEASE, Sender
from tests.api.house import SITE, Browser, House, rows
from tests.api.test_desk import finish, talking
from tests.slowness import patience
from tests.walks.centre import CUSTOMER, NUMBER, OTHER

pytestmark = [pytest.mark.database, pytest.mark.asyncio(loop_scope="module")]

ALL = ["ringing", "answered", "ended", "missed", "recording_ready"]
Answer = Callable[[dict[str, Any]], Awaitable[bytes] | bytes]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Crm:
    """A system that is told things. says: what it answers to an event; heard: bodies with their headers."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, Any], dict[str, str], bytes]] = []
        self.says: Answer = lambda event: OK
        self.port = 0

    @property
    def told(self) -> list[tuple[str, str]]:
        """What was told of which interaction, in order."""
        return [(event["type"], event.get("interaction", {}).get("id", "")) for event, _, _ in self.heard]

    @property
    def types(self) -> list[str]:
        return [kind for kind, _ in self.told]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            headers = {
                name.lower(): value
                for name, _, value in (line.partition(": ") for line in head.split("\r\n"))
            }
            body = await reader.readexactly(int(headers["content-length"]))
            self.heard.append((json.loads(body), headers, body))
            said = self.says(json.loads(body))
            writer.write(said if isinstance(said, bytes) else await said)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def crm() -> AsyncIterator[Crm]:
    found = Crm()
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0)
    found.port = server.sockets[0].getsockname()[1]
    try:
        yield found
    finally:
        server.close()


async def hook(admin: Browser, system: Crm, **more: Any) -> dict[str, Any]:
    given = {
        "name": "CRM",
        "address": f"http://127.0.0.1:{system.port}/calls?x=1",
        "told": ALL,
        "allowed_hosts": ["127.0.0.1"],
    }
    return dict(await admin.post("/api/v1/webhooks", given | more))


class Courier:
    """What the process does, in the house's time."""

    def __init__(self, house: House, secrets: SecretStore) -> None:
        parts = house.parts
        self.feeder = Feeder(parts.pool, parts.clock, SITE)
        self.sender = Sender(parts.pool, parts.clock, SITE, send_to_hook, secrets.read)

    async def work(self) -> int:
        await self.feeder.work()
        await self.feeder.replay()
        return await self.sender.work()


@pytest_asyncio.fixture(loop_scope="module")
async def courier(house: House) -> AsyncIterator[Courier]:
    secrets = SecretStore(house.parts.settings.keys, house.url)
    async with house.parts.writing() as connection:
        for table in ("webhook", "webhook_delivery", "webhook_position", "webhook_replay"):
            await connection.execute(f"delete from {table}")
    yield Courier(house, secrets)
    await secrets.close()


async def missed_call(house: House, number: str = CUSTOMER) -> None:
    caller = house.centre.driver.call(NUMBER, number)
    await house.centre.pass_time(6)
    caller.hang_up()
    await house.centre.pass_time(1)


async def test_a_call_is_told_from_its_ring_to_its_end_signed_and_with_its_facts(
    house: House, courier: Courier
) -> None:
    admin = await house.signed_in("admin")
    await missed_call(house)
    async with crm() as system:
        made = await hook(admin, system)
        anna, interaction_id, _ = await talking(house, "anna")
        await courier.work()
        assert system.types == ["ringing", "answered"], "nothing of before the hook is told by itself"
        await finish(house, anna, interaction_id)
        await courier.work()
        assert system.told == [(kind, interaction_id) for kind in ("ringing", "answered", "ended")]

        ended, headers, body = system.heard[-1]
        assert ended["agent"]["name"] == "Anna"
        assert ended["interaction"]["number"] == CUSTOMER
        assert ended["interaction"]["queue"]["name"] == "sales"
        assert (ended["end"]["reason"], ended["end"]["by"]) == ("answered", "agent")
        assert ended["end"]["talk_seconds"] > 0
        assert (headers["otklik-event"], headers["otklik-event-id"]) == ("ended", ended["id"])
        told = dict(part.split("=") for part in headers["otklik-signature"].split(","))
        expected = hmac.new(made["key"].encode(), told["t"].encode() + b"." + body, hashlib.sha256)
        assert hmac.compare_digest(told["v1"], expected.hexdigest())
    assert await courier.work() == 0
    (kept,) = await admin.get("/api/v1/webhooks")
    assert (kept["delivered"], kept["waiting"], kept["key"]) == (3, 0, None)


async def test_a_hook_hears_only_what_it_wants_and_missed_calls_are_missed(
    house: House, courier: Courier
) -> None:
    admin = await house.signed_in("admin")
    async with crm() as all_of_it, crm() as only_missed, crm() as others, crm() as silent:
        await hook(admin, all_of_it)
        await hook(admin, only_missed, told=["missed"])
        await hook(admin, others, queue_ids=[], project_ids=[1], told=["recording_ready"])
        await hook(admin, silent, is_on=False)
        await missed_call(house)
        await courier.work()
        assert all_of_it.types == ["ended", "missed"]
        assert [event["interaction"]["number"] for event, _, _ in only_missed.heard] == [CUSTOMER]
        assert (others.heard, silent.heard) == ([], [])


async def test_events_of_an_interaction_wait_for_each_other_and_those_of_others_do_not(
    house: House, courier: Courier
) -> None:
    admin = await house.signed_in("admin")
    async with crm() as system:
        await hook(admin, system)
        await missed_call(house)
        await missed_call(house, OTHER)
        (first, second) = sorted(
            {
                int(row["interaction_id"])
                for row in await rows(house, "select interaction_id from interaction")
            }
        )[-2:]
        # What is refused as such blocks its interaction, until it is given up.
        system.says = lambda event: (
            b"HTTP/1.1 422 No\r\nContent-Length: 3\r\n\r\nbad"
            if event["interaction"]["id"] == str(first) and event["type"] == "ended"
            else OK
        )
        await courier.work()
        assert sorted(system.told) == sorted(
            [("ended", str(first)), ("ended", str(second)), ("missed", str(second))]
        )
        for _ in range(FINAL_TRIES):
            await house.centre.pass_time(600)
            await courier.work()
        assert system.told[-1] == ("missed", str(first))
        assert system.types.count("ended") == 1 + FINAL_TRIES
    (state,) = await rows(house, "select http_status, answer from webhook_delivery where state = 'failed'")
    assert (state["http_status"], state["answer"]) == (422, "bad")


@pytest.mark.parametrize(
    ("said", "words", "status"),
    [
        (b"HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy", "busy", 503),
        (b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\n\r\n", "redirected", 0),
        (b"garbage\r\n\r\n", "answer_unreadable", 0),
    ],
)
async def test_a_hook_that_is_out_of_order_is_left_in_peace_and_told_in_order_later(
    house: House, courier: Courier, said: bytes, words: str, status: int
) -> None:
    admin = await house.signed_in("admin")
    async with crm() as system:
        made = await hook(admin, system)
        system.says = lambda event: said
        await missed_call(house)
        await courier.work()
        assert len(system.heard) == 1
        await missed_call(house, OTHER)
        await courier.work()
        assert len(system.heard) == 1, "not even another interaction is tried while it is out of order"
        page = await admin.get(f"/api/v1/webhooks/{made['id']}/deliveries")
        tried = next(one for one in page["rows"] if one["tries"])
        assert (tried["http_status"], tried["answer"], tried["state"]) == (status, words, "waiting")

        system.says = lambda event: OK
        await house.centre.pass_time(31)
        await courier.work()
        await house.centre.pass_time(31)
        await courier.work()
        assert system.types == ["ended", "ended", "missed", "ended", "missed"] or system.types[1:] == [
            "ended", "ended", "missed", "missed"
        ]  # fmt: skip
        assert len({event["id"] for event, _, _ in system.heard}) == 4
        assert system.heard[0][0]["id"] == system.heard[1][0]["id"], "tried again under the same id"


async def test_a_hook_that_never_answers_and_one_inside_get_no_further(
    house: House, courier: Courier, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = await house.signed_in("admin")
    monkeypatch.setattr(hooking, "SECONDS", 0.2)
    async with crm() as slow, crm() as inside:

        async def never(event: dict[str, Any]) -> bytes:
            await asyncio.sleep(30)
            return OK

        slow.says = lambda event: never(event)
        await hook(admin, slow)
        await hook(admin, inside, allowed_hosts=[], address=f"http://localhost:{inside.port}/")
        await missed_call(house)
        await courier.work()
        words = await rows(house, "select distinct answer from webhook_delivery where tries > 0")
        assert {row["answer"] for row in words} == {"timeout", "host_forbidden"}
        assert inside.heard == []
        # After a day it is given up, and what comes then is tried.
        await house.centre.pass_time((GIVES_UP_AFTER + timedelta(minutes=1)).total_seconds())
        await courier.work()
    states = await rows(house, "select state, count(*) as n from webhook_delivery group by state")
    assert {row["state"] for row in states} == {"failed"}


async def test_one_event_and_a_span_are_told_again_under_the_same_ids(house: House, courier: Courier) -> None:
    admin = await house.signed_in("admin")
    before = house.parts.clock.now()
    await missed_call(house)
    async with crm() as system:
        made = await hook(admin, system, told=["missed"])
        await courier.work()
        assert system.heard == []
        span = {"since": before.isoformat(), "until": house.parts.clock.now().isoformat()}
        asked = await admin.post(f"/api/v1/webhooks/{made['id']}/replays", span)
        assert asked["found"] is None
        await courier.work()
        assert system.types == ["missed"], "what was before the hook can be asked for"
        (done,) = await admin.get(f"/api/v1/webhooks/{made['id']}/replays")
        assert done["found"] == 1

        await admin.post(f"/api/v1/webhooks/{made['id']}/replays", span)
        await courier.work()
        (row,) = (await admin.get(f"/api/v1/webhooks/{made['id']}/deliveries"))["rows"]
        await admin.post(f"/api/v1/webhook-deliveries/{row['id']}/again")
        await courier.work()
        assert len(system.heard) == 3
        assert len({event["id"] for event, _, _ in system.heard}) == 1
        assert len({body for _, _, body in system.heard}) == 1, "as it was told first"

        backwards = {"since": span["until"], "until": span["since"]}
        reply = await admin.ask("POST", f"/api/v1/webhooks/{made['id']}/replays", backwards)
        assert (reply.status, reply.code) == (422, "empty_range")


async def test_a_killed_process_loses_nothing_and_doubles_have_the_same_id(
    house: House, courier: Courier, tmp_path: Path
) -> None:
    """The real process, ended by kill -9 while the other side holds its request, again and again."""
    admin = await house.signed_in("admin")
    async with crm() as system:
        await hook(admin, system)
        holds = asyncio.Event()

        async def slowly(event: dict[str, Any]) -> bytes:
            await asyncio.sleep(0.15)
            return OK

        system.says = lambda event: slowly(event)
        expected = set()
        process = await start_courier(house)
        try:
            for number in range(6):
                await missed_call(house, f"+7916555{number:04}")
                heard = len(system.heard)
                await until(lambda heard=heard: len(system.heard) > heard)
                process.send_signal(signal.SIGKILL)
                await process.wait()
                process = await start_courier(house)
            lines = await rows(house, "select event_id from webhook_delivery")
            expected = {row["event_id"] for row in lines}
            await until(lambda: {event["id"] for event, _, _ in system.heard} >= expected)
            await until_settled(house)
        finally:
            process.send_signal(signal.SIGKILL)
            await process.wait()
            holds.set()
        lines = await rows(house, "select event_id, state from webhook_delivery")
        assert len(lines) == 12
        assert {row["state"] for row in lines} == {"delivered"}
        assert {event["id"] for event, _, _ in system.heard} == {row["event_id"] for row in lines}
        for interaction in {one for _, one in system.told}:
            order = [kind for kind, one in system.told if one == interaction]
            assert order == sorted(order), "ended before missed, doubles beside each other"


async def start_courier(house: House) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "otklik", "courier", "--home", str(house.parts.settings.home)),
        env={**os.environ, "OTKLIK_DATABASE_URL": house.url, "OTKLIK_CHANNEL": "simulator"},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(patience(30)):
        while not holds():  # noqa: ASYNC110 - another process does it
            await asyncio.sleep(0.02)


async def until_settled(house: House) -> None:
    async with asyncio.timeout(patience(30)):
        while await rows(house, "select 1 from webhook_delivery where state = 'waiting'"):  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.05)


async def test_keys_are_shown_once_and_bad_hooks_are_refused(house: House, courier: Courier) -> None:
    admin, vera = await house.signed_in("admin"), await house.signed_in("vera")
    async with crm() as system:
        made = await hook(admin, system)
        path = f"/api/v1/webhooks/{made['id']}"
        assert made["key"] not in (await admin.ask("GET", "/api/v1/webhooks")).body.decode()
        renewed = await admin.post(f"{path}/key")
        assert renewed["key"] != made["key"]
        assert len(await rows(house, "select 1 as one from secret where kind = 'webhook'")) >= 1
        for change, place in (
            ({"address": "ftp://example.org/x"}, "address"),
            ({"address": "https://a:b@example.org/x"}, "address"),
            ({"queue_ids": [999]}, "queue_ids"),
            ({"told": []}, "told"),
            ({"told": ["moods"]}, "told"),
        ):
            body = {"name": "x", "address": "https://example.org/x", "told": ["ended"]} | change
            reply = await admin.ask("POST", "/api/v1/webhooks", body)
            told = reply.json.get("place") or reply.json["problems"][0]["place"]
            assert (reply.status, told.split(".")[0]) == (422, place), change
        asked = await admin.post(f"{path}/test")
        await courier.work()
        tried = await admin.get(f"/api/v1/webhook-deliveries/{asked['id']}")
        assert (tried["state"], tried["answer"], system.types) == ("delivered", "ok", ["test"])
        assert (await vera.ask("GET", "/api/v1/webhooks")).code == "right_missing"
        assert (await admin.ask("DELETE", path)).status == 204
        assert (await admin.ask("GET", f"{path}/deliveries")).code == "unknown_webhook"
    assert timedelta(0) < LEASE
