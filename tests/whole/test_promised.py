"""Customers who asked to be called back, on real lines: in the order in which they asked, with the wait that
they have had, and through the death of the engine before and within the call."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest_asyncio

from tests.slowness import patience
from tests.whole.centre import CUSTOMER_HERTZ, Leg, until
from tests.whole.conftest import SUPPORT, WHOLE, Scene
from tests.whole.hearing import heard_seconds

pytestmark = WHOLE

NUMBER = "4741"
FIRST, LATER, ARRANGED = "+79165550291", "+79165550292", "+79165550293"
AGENT_HERTZ = 1600
"""Neither the ringing tone nor the music has it."""


@pytest_asyncio.fixture(loop_scope="session")
async def promising(scene: Scene) -> AsyncIterator[Scene]:
    """A number whose customers are promised a call at once."""
    nodes: dict[str, Any] = {
        "promise": {"node": "callback", "refused": "end"},
        "end": {"node": "end", "reason": "closed"},
    }
    flow = await scene.admin.post("/api/v1/flows", {"name": "Promise", "start": "promise", "nodes": nodes})
    number = {"number": NUMBER, "queue_id": SUPPORT, "flow_id": flow["id"], "is_recorded": True}
    made = await scene.admin.post("/api/v1/numbers", number)
    yield scene
    await scene.idle()
    for path in (f"numbers/{made['id']}", f"flows/{flow['id']}"):
        status, told = await scene.admin.ask("DELETE", f"/api/v1/{path}")
        assert status == 200, told


async def asks_for_a_call(scene: Scene, calling: str) -> str:
    """He hears that it is promised, and the line is free; gives the interaction, which waits on."""
    leg = await scene.call(calling, NUMBER)
    async with asyncio.timeout(patience(30)):
        await leg.over.wait()
    (row,) = await scene.interactions(calling, only_ended=False)
    assert row["outcome"] is None or row["outcome"] == "", "the matter is not over"
    return str(row["interaction_id"])


async def rings_at(scene: Scene, calling: str) -> Leg:
    name, leg = await scene.world.ringing()
    assert name.endswith(calling[-10:]), f"{name} is called instead of {calling}"
    return leg


async def test_who_asked_first_is_called_first_whatever_dies_meanwhile(promising: Scene) -> None:
    scene, agent = promising, promising.agents[0]
    first = await asks_for_a_call(scene, FIRST)
    later = await asks_for_a_call(scene, LATER)
    scene.centre.kill("engine")
    await scene.centre.until_healthy()

    await scene.ready(agent)
    name, phone = await scene.world.ringing()
    assert name == agent.phone
    await scene.world.answer(phone)
    customer = await rings_at(scene, FIRST)
    scene.centre.kill("engine")
    await scene.centre.until_healthy()
    assert not phone.over.is_set(), "the agent waits for his customer"
    assert not customer.over.is_set(), "the customer's telephone rings on"
    await scene.world.answer(customer)
    await scene.until_state(agent, "connected")
    await scene.world.speak(phone, AGENT_HERTZ)
    await scene.world.speak(customer, CUSTOMER_HERTZ)
    await scene.world.listen(customer)
    await asyncio.sleep(2)
    assert heard_seconds(await scene.world.stop_listening(customer), AGENT_HERTZ) > 1
    await scene.world.hang_up(customer)
    await scene.until_state(agent, "wrap_up")
    await agent.api.post("/api/v1/desk/wrap-up/finish")

    name, phone = await scene.world.ringing()
    assert name == agent.phone
    await scene.world.answer(phone)
    customer = await rings_at(scene, LATER)
    await scene.world.answer(customer)
    await scene.until_state(agent, "connected")
    await asyncio.sleep(1)
    await scene.world.hang_up(customer)
    await scene.until_state(agent, "wrap_up")

    for interaction_id in (first, later):
        detail = await until(
            lambda known=interaction_id: scene.detail(known), lambda found: found["ended_at"] is not None
        )
        (segment,) = [one for one in detail["segments"] if one["answered_at"]]
        assert segment["agent_id"] == agent.agent_id
        assert detail["outcome"] == "answered"
        assert [one["type"] for one in detail["events"]].count("CallbackPromised") == 1
    for calling in (FIRST, LATER):
        assert len(await scene.interactions(calling)) == 1, "one matter, however many calls it took"


async def test_a_call_that_an_agent_arranged_is_made_by_him_though_the_engine_died(promising: Scene) -> None:
    scene, agent = promising, promising.agents[0]
    wish = {
        "number": ARRANGED,
        "queue_id": SUPPORT,
        "due_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "note": "asked for the red one",
    }
    made = await agent.api.post("/api/v1/desk/callbacks", wish)
    scene.centre.kill("engine")
    await scene.centre.until_healthy()
    (row,) = await agent.api.get("/api/v1/desk/callbacks")
    assert (row["interaction_id"], row["note"]) == (made["interaction_id"], wish["note"])

    await scene.ready(agent)
    name, phone = await scene.world.ringing()
    assert name == agent.phone
    await scene.world.answer(phone)
    await scene.world.answer(await rings_at(scene, ARRANGED))
    await scene.until_state(agent, "connected")
    await scene.world.hang_up(phone)
    await scene.until_state(agent, "wrap_up")
    detail = await until(
        lambda: scene.detail(made["interaction_id"]), lambda found: found["ended_at"] is not None
    )
    assert (detail["outcome"], detail["note"]) == ("answered", wish["note"])
