"""A known caller hears his own choices first, also when he calls for the first time."""

import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio

from tests.slowness import patience
from tests.whole.conftest import WHOLE, Scene
from tests.whole.test_asked import BYE, LOST, Desk

pytestmark = WHOLE

VIP, STRANGER = "+79163360001", "+79163360002"


@pytest_asyncio.fixture(loop_scope="session")
async def desk(scene: Scene) -> AsyncIterator[Desk]:
    found = Desk(scene)
    yield found
    await scene.idle()
    await found.close()


async def test_the_same_key_is_another_choice_for_a_known_caller(desk: Desk) -> None:
    scene = desk.scene
    await scene.admin.post(
        "/api/v1/customers", {"name": "Vera Vip", "phones": [VIP], "customer_class": "vip"}
    )
    menu = {
        "node": "personal_menu",
        "prompts": [],
        "items": [
            {"prompts": ["please_wait"], "next": "own", "fact": "customer.class", "value": "vip"},
            {"prompts": ["please_wait"], "next": "common"},
        ],
        "otherwise": "common",
    }
    flow_id = await desk.flow("Own menu", {"menu": menu, "own": BYE, "common": LOST})
    await desk.number("4741", flow_id, is_recorded=False)

    for calling, outcome in ((VIP, "self_served"), (STRANGER, "closed")):
        customer = await scene.call(calling, "4741")
        await asyncio.sleep(1.5)
        await scene.world.press(customer, "1")
        await asyncio.wait_for(customer.over.wait(), patience(15))
        assert await desk.outcome(calling) == outcome
