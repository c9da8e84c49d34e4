"""A flow sends its customer to a lawyer outside, or to one agent, on a real line: who hears whom, what is
left of it in the records, and which numbers are not called.

The customer speaks 400 Hz, the lawyer 1600, the agent 1000: neither the ringing tone nor the music has them.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from otklik.operations.tones import RATE, read_sound, strength
from tests.slowness import patience
from tests.whole.centre import CUSTOMER_HERTZ, Leg, until
from tests.whole.conftest import WHOLE, Scene

pytestmark = WHOLE

NUMBER = "4714"
LAWYER = "+74957654321"
LAWYER_HERTZ, AGENT_HERTZ = 1600, 1000
PRESENT = 500.0
RULES: dict[str, Any] = {"denied_prefixes": ["+7499"], "ring_timeout_seconds": 20, "talk_limit_seconds": 600}


def nodes(first: int, second: int) -> dict[str, Any]:
    """1: the lawyer; 2: a number that is typed; 3: one agent after the other."""
    ends = {"busy": "busy", "no_answer": "nobody", "failed": "failed"}
    return {
        "menu": {
            "node": "menu",
            "choices": {"1": "lawyer", "2": "typed", "3": "first"},
            "otherwise": "failed",
            "timeout": 8,
        },
        "lawyer": {"node": "transfer", "number": LAWYER, "prompts": ["connecting"], **ends},
        "typed": {
            "node": "collect",
            "variable": "to",
            "maximum": 11,
            "next": "dialed",
            "otherwise": "failed",
        },
        "dialed": {"node": "transfer", "number": "{to}", **ends},
        "first": {
            "node": "agent",
            "agent": str(first),
            "ring_for": 4,
            "not_ready": "busy",
            "no_answer": "second",
        },
        "second": {"node": "agent", "agent": str(second), "not_ready": "busy", "no_answer": "nobody"},
        "busy": {"node": "end", "reason": "busy"},
        "nobody": {"node": "end", "reason": "no_answer"},
        "failed": {"node": "end", "reason": "closed"},
    }


@pytest_asyncio.fixture(loop_scope="session")
async def office(scene: Scene) -> AsyncIterator[Scene]:
    """Rules, a flow and a number with it, as an administrator sets them up."""
    admin = scene.admin
    await admin.put("/api/v1/outside-rules", RULES)
    first, second = scene.agents
    flow = await admin.post(
        "/api/v1/flows",
        {"name": "Office", "start": "menu", "nodes": nodes(first.agent_id, second.agent_id)},
    )
    numbers = await admin.get("/api/v1/numbers")
    queue_id = next(row["queue_id"] for row in numbers if row["number"] == scene.number)
    number = {"number": NUMBER, "queue_id": queue_id, "flow_id": flow["id"], "is_recorded": False}
    made = await admin.post("/api/v1/numbers", number)
    yield scene
    await scene.idle()
    await admin.put("/api/v1/outside-rules", {})
    for path in (f"numbers/{made['id']}", f"flows/{flow['id']}"):
        status, told = await admin.ask("DELETE", f"/api/v1/{path}")
        assert status == 200, told


async def chooses(scene: Scene, calling: str, key: str) -> Leg:
    """A customer calls and presses a key."""
    leg = await scene.call(calling, NUMBER)
    async with asyncio.timeout(patience(10)):
        await leg.up.wait()
    await asyncio.sleep(0.5)
    await scene.world.press(leg, key)
    return leg


async def hears(scene: Scene, leg: Leg) -> set[int]:
    """The tones of a second and a half from now."""
    await scene.world.listen(leg)
    await asyncio.sleep(1.5)
    path = await scene.world.stop_listening(leg)
    sound = read_sound(path)[int(0.3 * RATE) :]
    return {
        hertz for hertz in (CUSTOMER_HERTZ, LAWYER_HERTZ, AGENT_HERTZ) if strength(sound, hertz) > PRESENT
    }


async def outcome(scene: Scene, calling: str) -> dict[str, Any]:
    rows = await until(lambda: scene.interactions(calling), bool, patience(15))
    return await scene.detail(rows[0]["interaction_id"])


async def test_the_customer_and_the_lawyer_hear_each_other_and_nobody_else(office: Scene) -> None:
    calling = "+79165550101"
    customer = await chooses(office, calling, "1")
    await office.world.speak(customer, CUSTOMER_HERTZ)
    name, lawyer = await office.world.ringing()
    assert name.endswith("74957654321")
    await office.world.answer(lawyer)
    await office.world.speak(lawyer, LAWYER_HERTZ)
    await asyncio.sleep(0.5)
    assert await hears(office, customer) == {LAWYER_HERTZ}
    assert await hears(office, lawyer) == {CUSTOMER_HERTZ}

    (live,) = [row for row in await office.interactions(calling, only_ended=False) if not row["outcome"]]
    used = await office.admin.get("/api/v1/outside-rules")
    assert used["talks"] == 1
    await office.world.hang_up(lawyer)
    async with asyncio.timeout(patience(10)):
        await customer.over.wait()

    found = await outcome(office, calling)
    assert found["interaction_id"] == live["interaction_id"]
    assert found["outcome"] == "answered"
    phases = [phase["phase"] for phase in found["phases"]]
    assert phases[-3:] == ["waiting", "dialing", "outside"] or phases[-2:] == ["dialing", "outside"], phases
    assert (await office.admin.get("/api/v1/outside-rules"))["talks"] == 0


async def test_a_busy_number_leads_on_and_a_denied_one_is_not_called(office: Scene) -> None:
    await chooses(office, "+79165550102", "1")
    _, lawyer = await office.world.ringing()
    await office.world.hang_up(lawyer, reason="busy")
    assert (await outcome(office, "+79165550102"))["outcome"] == "busy"

    denied = await chooses(office, "+79165550103", "2")
    await office.world.press(denied, "84991112233")
    assert (await outcome(office, "+79165550103"))["outcome"] == "closed"
    await office.world.no_ring(1)


async def test_one_agent_is_rung_and_then_the_other(office: Scene) -> None:
    first, second = office.agents
    await office.ready(first, second)
    customer = await chooses(office, "+79165550104", "3")
    login, _ = await office.world.ringing()
    assert login == first.phone
    answered = await office.answered_by(second)
    await office.until_state(first, "not_ready")
    await office.world.speak(answered, AGENT_HERTZ)
    assert await hears(office, customer) == {AGENT_HERTZ}
    await office.world.hang_up(customer)
    await office.until_state(second, "wrap_up", "ready", "not_ready")


async def test_an_agent_is_told_why_he_may_not_send_a_customer_there(office: Scene) -> None:
    agent = office.agents[0]
    await office.ready(agent)
    await office.call("+79165550105")
    await office.answered_by(agent)
    rows = await office.interactions("+79165550105", only_ended=False)
    (one,) = [row for row in rows if not row["outcome"]]
    body = {"interaction_id": one["interaction_id"], "to": {"number": "8 499 111-22-33"}}
    status, refused = await agent.api.ask("POST", "/api/v1/desk/transfer", body)
    assert (status, refused["code"], refused["facts"]["prefix"]) == (409, "outside_denied", "+7499")
