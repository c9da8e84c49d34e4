"""A call flow is edited in Chromium, as an administrator does it: put in, mended, rehearsed, published."""

import contextlib
import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Theatre
from tests.browser.desk import Desk

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(300),
]

LONG = 60_000
"""The server checks what is edited; on a busy machine that takes its time, in milliseconds."""


@contextlib.asynccontextmanager
async def editing(theatre: Theatre, flow: str) -> AsyncIterator[Page]:
    centre = theatre.scene.centre
    async with Desk.opened(theatre.browser, centre, "admin") as desk:
        await desk.page.goto(f"{centre.base}/admin/flows?id={flow}")
        await desk.page.locator('[data-card="greeting"]').wait_for(timeout=LONG)
        yield desk.page


async def test_a_node_is_put_in_mended_rehearsed_and_published(theatre: Theatre) -> None:
    async with editing(theatre, "new") as page:
        publish = page.get_by_role("button", name="Publish", exact=True)
        await page.get_by_role("textbox", name="Name of the flow").fill("Kiosk")
        await expect(publish).to_be_enabled(timeout=LONG)

        await page.get_by_role("button", name="Insert a node: greeting, then").click()
        await page.get_by_role("combobox", name="Find a kind of node").fill("prompts")
        await page.keyboard.press("Enter")
        form = page.get_by_role("region", name="Node play")
        await form.wait_for()
        await expect(page.locator('[data-card="play"]')).to_be_visible()
        problems = page.get_by_role("list", name="What to mend")
        await problems.get_by_role("button").first.wait_for(timeout=LONG)
        await expect(publish).to_be_disabled()
        card = page.locator('[data-card="play"]')
        await expect(card).to_have_accessible_name("play, Prompts, has problems")

        await problems.get_by_role("button").first.click()
        await form.get_by_role("combobox", name="Add to “Prompts”", exact=True).click()
        await page.get_by_role("option", name="please_wait").click()
        await expect(problems).to_have_count(0, timeout=LONG)
        await expect(publish).to_be_enabled(timeout=LONG)

        await page.get_by_role("tab", name="Try").click()
        await page.get_by_role("button", name="Rehearse").click()
        trace = page.get_by_role("list", name="The way of the call").get_by_role("listitem")
        await expect(trace.nth(1)).to_contain_text("play", timeout=LONG)
        await expect(trace.nth(1)).to_contain_text("please_wait")
        await page.get_by_role("textbox", name="Name of the test").fill("Daytime")
        await page.get_by_role("button", name="Keep as a test").click()
        await page.get_by_role("region", name="Tests").get_by_text("Daytime").wait_for()
        await expect(publish).to_be_enabled(timeout=LONG)
        await publish.click()
        await page.wait_for_url(re.compile(r"id=\d+$"), timeout=LONG)

    flows = {one["name"]: one for one in await theatre.scene.admin.get("/api/v1/flows")}
    versions = await theatre.scene.admin.get(f"/api/v1/flows/{flows['Kiosk']['id']}/versions")
    draft = versions[0]["draft"]
    assert draft["nodes"]["greeting"]["next"] == "play"
    assert (draft["nodes"]["play"]["prompts"], draft["nodes"]["play"]["next"]) == (["please_wait"], "hours")
    assert [(one["name"], one["path"][:2]) for one in draft["tests"]] == [("Daytime", ["greeting", "play"])]


async def test_the_outline_takes_away_what_the_picture_shows_and_brings_it_back(theatre: Theatre) -> None:
    async with editing(theatre, "new") as page:
        outline = page.get_by_role("list", name="Nodes", exact=True)
        await outline.locator('[data-node="busy"]').focus()
        await page.keyboard.press("Delete")
        await expect(page.locator('[data-card="busy"]')).to_have_count(0)
        opened = outline.get_by_role("button", name=re.compile("^open"))
        await expect(opened).to_contain_text("queue")
        await page.keyboard.press("Control+KeyZ")
        await expect(page.locator('[data-card="busy"]')).to_be_visible()
        await expect(opened).to_contain_text("busy")


async def test_the_draft_is_called_from_the_editors_own_browser(theatre: Theatre) -> None:
    """Unpublished, with sound: the way of the call lights up, and no report knows of it."""
    before = len(await theatre.scene.interactions(only_ended=False))
    async with editing(theatre, "new") as page:
        await page.get_by_role("textbox", name="Name of the flow").fill("Never published")
        await page.get_by_role("tab", name="Try").click()
        trial = page.get_by_role("region", name="Call it yourself")
        call = trial.get_by_role("button", name="Call", exact=True)
        await expect(call).to_be_enabled(timeout=LONG)
        await call.click()
        await expect(trial.get_by_role("status")).to_have_text("In the call", timeout=LONG)
        trace = page.get_by_role("list", name="The way of the call").get_by_role("listitem")
        await expect(trace.nth(0)).to_contain_text("greeting", timeout=LONG)
        sounds = "[...document.querySelectorAll('audio')].map((it) => it.srcObject?.getAudioTracks().length)"
        await page.wait_for_function(f"() => {sounds}.some((it) => it > 0)")
        await expect(trace.nth(1)).to_contain_text("hours", timeout=LONG)
        await trial.get_by_role("button", name="Hang up").click()
        await expect(trial.get_by_role("status")).to_have_text("The call is over", timeout=LONG)
    assert len(await theatre.scene.interactions(only_ended=False)) == before
    assert "Never published" not in {one["name"] for one in await theatre.scene.admin.get("/api/v1/flows")}
