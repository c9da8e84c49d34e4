"""A customer calls from a telephone that nobody knows and types the number of his contract: the flow knows
him, and the agent who takes the call sees his card."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from tests.slowness import patience
from tests.whole.centre import until
from tests.whole.conftest import SUPPORT, WHOLE, Scene

pytestmark = WHOLE

NUMBER = "4716"
CALLER = "+79165550201"
STRANGER = "+79165550202"
NODES: dict[str, Any] = {
    "type": {"node": "collect", "variable": "typed", "maximum": 6, "next": "who", "otherwise": "unknown"},
    "who": {
        "node": "customer",
        "value": "{typed}",
        "by": "field",
        "field": "contract",
        "found": "queue",
        "not_found": "unknown",
    },
    "queue": {"node": "queue"},
    "unknown": {"node": "end", "reason": "wrong_number"},
}


@pytest_asyncio.fixture(loop_scope="session")
async def bank(scene: Scene) -> AsyncIterator[Scene]:
    """A customer with a contract, a flow that asks for it, and a number with that flow."""
    admin = scene.admin
    card = await admin.post(
        "/api/v1/customers", {"name": "Ivan Petrov", "fields": {"contract": "700123"}, "phones": []}
    )
    flow = await admin.post("/api/v1/flows", {"name": "Bank", "start": "type", "nodes": NODES})
    number = {"number": NUMBER, "queue_id": SUPPORT, "flow_id": flow["id"], "is_recorded": False}
    made = await admin.post("/api/v1/numbers", number)
    yield scene
    await scene.idle()
    for path in (f"numbers/{made['id']}", f"flows/{flow['id']}", f"customers/{card['id']}"):
        status, told = await admin.ask("DELETE", f"/api/v1/{path}")
        assert status in (200, 404, 405), told


async def types(scene: Scene, calling: str, digits: str) -> None:
    leg = await scene.call(calling, NUMBER)
    async with asyncio.timeout(patience(10)):
        await leg.up.wait()
    await asyncio.sleep(0.5)
    await scene.world.press(leg, digits)


async def test_the_agent_sees_the_card_of_him_who_typed_his_contract(bank: Scene) -> None:
    agent = bank.agents[0]
    await bank.ready(agent)
    await types(bank, CALLER, "700123")
    await bank.answered_by(agent)
    rows = await bank.interactions(CALLER, only_ended=False)
    (row,) = [row for row in rows if not row["outcome"]]
    one = await bank.detail(row["interaction_id"])
    card = await agent.api.get(
        f"/api/v1/customers/by-party/{one['party_id']}", interaction_id=one["interaction_id"]
    )
    assert (card["name"], card["is_identified"]) == ("Ivan Petrov", True)
    owner = await agent.api.get(f"/api/v1/customers/by-party/{one['party_id']}")
    assert (owner["name"], owner["is_identified"]) == ("", False), "the telephone is somebody else's"


async def test_a_contract_that_nobody_has_leads_on(bank: Scene) -> None:
    await types(bank, STRANGER, "999999")
    rows = await until(lambda: bank.interactions(STRANGER), bool, patience(15))
    assert rows[0]["outcome"] == "wrong_number"
