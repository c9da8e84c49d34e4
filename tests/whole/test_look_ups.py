"""A flow asks a real web service on a real line: the answer is spoken, a slow one is waited for with music, a
bad one leads on, and a kill in the middle strands nobody."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest_asyncio

from otklik.operations.tones import read_sound
from tests.slowness import patience
from tests.whole.centre import until
from tests.whole.conftest import SUPPORT, WHOLE, Scene
from tests.whole.hearing import longest_silence

pytestmark = WHOLE

NUMBER = "4712"
NODES = {
    "ask": {
        "node": "lookup",
        "system": "billing",
        "path": "/accounts/{caller}",
        "values": [{"name": "balance", "path": "account.balance", "kind": "number", "is_required": True}],
        "timeout": 8,
        "found": "told",
        "not_found": "unknown",
        "failed": "broken",
    },
    "told": {"node": "say", "value": "{balance}", "kind": "number", "next": "rich", "otherwise": "broken"},
    "rich": {"node": "end", "reason": "self_served"},
    "unknown": {"node": "end", "reason": "wrong_number"},
    "broken": {"node": "end", "reason": "closed"},
}


@dataclass(slots=True)
class Billing:
    """A web service of the tests. waits: so long before each answer."""

    scene: Scene
    port: int = 0
    says: bytes = b""
    waits: float = 0.0
    asked: list[str] = field(default_factory=list)

    def answers(self, body: object, *, waits: float = 0.0) -> None:
        self.raw(b"200 OK", json.dumps(body).encode(), waits=waits)

    def raw(self, status: bytes, body: bytes, *, waits: float = 0.0) -> None:
        head = b"HTTP/1.1 %s\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: %d\r\n\r\n"
        self.says, self.waits = head % (status, len(body)) + body, waits

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.asked.append(head.split(b" ")[1].decode())
        await asyncio.sleep(self.waits)
        writer.write(self.says)
        writer.close()

    async def outcome(self, calling: str) -> str:
        rows = await until(lambda: self.scene.interactions(calling), bool, patience(20))
        return str(rows[0]["outcome"])


@pytest_asyncio.fixture(loop_scope="session")
async def billing(scene: Scene) -> AsyncIterator[Billing]:
    """Set up as an administrator does it: the system, a flow that asks it, a number with that flow."""
    found = Billing(scene)
    running = await asyncio.start_server(found.serve, "127.0.0.1", 0)
    found.port = running.sockets[0].getsockname()[1]
    address = f"http://127.0.0.1:{found.port}/api"
    form = {"name": "billing", "kind": "web", "address": address, "allowed_hosts": ["127.0.0.1"]}
    system = await scene.admin.post("/api/v1/systems", form)
    flow = await scene.admin.post("/api/v1/flows", {"name": "Balance", "start": "ask", "nodes": NODES})
    numbers = await scene.admin.get("/api/v1/numbers")
    queue_id = next(row["queue_id"] for row in numbers if row["number"] == scene.number)
    number = {"number": NUMBER, "queue_id": queue_id, "flow_id": flow["id"], "is_recorded": False}
    made = await scene.admin.post("/api/v1/numbers", number)
    yield found
    await scene.idle()
    for path in (f"numbers/{made['id']}", f"flows/{flow['id']}", f"systems/{system['id']}"):
        status, told = await scene.admin.ask("DELETE", f"/api/v1/{path}")
        assert status == 200, told
    running.close()


async def test_the_answer_is_spoken_and_a_slow_one_is_waited_for_with_music(billing: Billing) -> None:
    scene = billing.scene
    billing.answers({"account": {"balance": 21}}, waits=4)
    leg = await scene.call("+79164440001", NUMBER)
    await scene.world.listen(leg)
    assert await billing.outcome("+79164440001") == "self_served"
    path = await scene.world.stop_listening(leg)
    assert billing.asked == ["/api/accounts/%2B79164440001"]
    assert len(read_sound(path)) / 8000 > 4, "he waited for the answer"
    assert longest_silence(path) < 2, "not in silence"


async def test_a_system_that_fails_slowly_leaves_nobody_in_silence(billing: Billing) -> None:
    """One that never answers, one that refuses connections, and both in a row: what is heard between the
    words before and the words after is measured."""
    scene = billing.scene
    ask = {**NODES["ask"], "timeout": 5, "found": "sorry", "not_found": "sorry", "failed": "again"}
    dead = await scene.admin.post(
        "/api/v1/systems",
        {"name": "dead", "kind": "web", "address": "http://127.0.0.1:9/api", "allowed_hosts": ["127.0.0.1"]},
    )
    nodes = {
        "hello": {"node": "play", "prompts": ["connecting"], "next": "ask"},
        "ask": ask,
        "again": {**ask, "failed": "third"},
        "third": {**ask, "system": "dead", "failed": "sorry"},
        "sorry": {"node": "play", "prompts": ["sorry"], "next": "end"},
        "end": {"node": "end", "reason": "closed"},
    }
    flow = await scene.admin.post("/api/v1/flows", {"name": "Slow", "start": "hello", "nodes": nodes})
    form = {"number": "4718", "queue_id": SUPPORT, "flow_id": flow["id"], "is_recorded": False}
    made = await scene.admin.post("/api/v1/numbers", form)
    billing.answers({}, waits=60)
    leg = await scene.call("+79164440018", "4718")
    await scene.world.listen(leg)
    assert await billing.outcome("+79164440018") == "closed"
    path = await scene.world.stop_listening(leg)
    assert len(read_sound(path)) / 8000 > 10, "he waited for both"
    assert longest_silence(path) < 2, "and never in silence"
    for gone in (f"numbers/{made['id']}", f"flows/{flow['id']}", f"systems/{dead['id']}"):
        assert (await scene.admin.ask("DELETE", f"/api/v1/{gone}"))[0] == 200


async def test_what_is_not_found_or_sends_elsewhere_has_its_own_exit(billing: Billing) -> None:
    billing.raw(b"404 Not Found", b"")
    await billing.scene.call("+79164440002", NUMBER)
    assert await billing.outcome("+79164440002") == "wrong_number"
    billing.raw(b"302 Found", b"")
    await billing.scene.call("+79164440003", NUMBER)
    assert await billing.outcome("+79164440003") == "closed"


async def test_a_kill_in_the_middle_of_a_question_asks_again(billing: Billing) -> None:
    scene = billing.scene
    billing.answers({"account": {"balance": 3}}, waits=30)
    await scene.call("+79164440004", NUMBER)
    await until(lambda: asyncio.sleep(0, billing.asked), bool, patience(10))
    billing.answers({"account": {"balance": 3}})
    scene.centre.kill("engine")
    await scene.centre.until_healthy()
    assert await billing.outcome("+79164440004") == "self_served"
    assert len(billing.asked) == 2
