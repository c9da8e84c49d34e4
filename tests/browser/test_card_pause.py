"""An agent pauses the recording at his desk while a customer says card data, by key and by button."""

import asyncio

import pytest

from tests.browser.conftest import Theatre
from tests.browser.desk import Desk
from tests.whole.centre import until

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

CALLING = "+79162220031"
KEY = "Control+Shift+KeyB"


async def test_the_desk_shows_the_pause_and_only_the_agent_ends_it(theatre: Theatre) -> None:
    scene = theatre.scene
    async with Desk.opened(theatre.browser, scene.centre, "agent1") as desk:
        await desk.registered()
        await desk.get_ready()
        customer = await scene.call(CALLING)
        await desk.rings()
        await desk.answer()
        await desk.until_state("connected")
        paused = desk.page.get_by_test_id("card-pause")

        await desk.page.get_by_role("button", name="Card data: do not record").click()
        await paused.wait_for()
        assert "Not recorded" in await paused.inner_text()
        await asyncio.sleep(1)
        await desk.page.keyboard.press(KEY)
        await paused.wait_for(state="detached")
        await desk.page.keyboard.press(KEY)
        await paused.wait_for()
        await paused.get_by_role("button", name="Record again").click()
        await paused.wait_for(state="detached")
        await scene.world.hang_up(customer)

    (row,) = await until(lambda: scene.interactions(CALLING), lambda rows: len(rows) == 1)
    detail = await until(
        lambda: scene.detail(row["interaction_id"]),
        lambda found: any(one["state"] == "stored" for one in found["recordings"]),
    )
    [recording] = detail["recordings"]
    peaks = await scene.admin.get(f"/api/v1/recordings/{recording['segment_id']}/peaks")
    assert len(peaks["pauses"]) == 2
