"""Seen and heard: a customer who comes by a link, and colleagues, with cameras that make a moving picture."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, BrowserContext, Page

from tests.browser.conftest import Theatre
from tests.browser.desk import EARS, SPOKEN_HERTZ, Desk
from tests.slowness import patience
from tests.whole.centre import until

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

FRAMES = """async () => {
  const open = window.__connections.filter((one) => one.connectionState === 'connected').at(-1);
  const found = { decoded: 0, sent: 0, audio: 0 };
  if (!open) return found;
  (await open.getStats()).forEach((one) => {
    if (one.type === 'inbound-rtp' && one.kind === 'video') found.decoded += one.framesDecoded ?? 0;
    if (one.type === 'outbound-rtp' && one.kind === 'video') found.sent += one.framesSent ?? 0;
    if (one.type === 'inbound-rtp' && one.kind === 'audio') found.audio += one.packetsReceived ?? 0;
  });
  return found;
}"""
PICTURE = """(label) => {
  const video = document.querySelector(`video[aria-label="${label}"]`);
  if (!video || !video.videoWidth) return null;
  const canvas = document.createElement('canvas');
  canvas.width = 64;
  canvas.height = 48;
  const paint = canvas.getContext('2d');
  paint.drawImage(video, 0, 0, 64, 48);
  const bytes = paint.getImageData(0, 0, 64, 48).data;
  let light = 0;
  for (let at = 0; at < bytes.length; at += 4) light += bytes[at] + bytes[at + 1] + bytes[at + 2];
  return { width: video.videoWidth, light: light / (64 * 48 * 3) };
}"""


@contextlib.asynccontextmanager
async def guest(browser: Browser, url: str, locale: str = "en-GB") -> AsyncIterator[Page]:
    """The customer's own browser: he is signed in nowhere."""
    context: BrowserContext = await browser.new_context(
        locale=locale, viewport={"width": 390, "height": 780}, permissions=["microphone", "camera"]
    )
    await context.add_init_script(EARS)
    page = await context.new_page()
    try:
        await page.goto(url)
        yield page
    finally:
        await context.close()


async def moves(page: Page, label: str, seconds: float = 20) -> None:
    """Frames are decoded, more and more, and the picture is not black."""

    async def look() -> tuple[int, float]:
        found = await page.evaluate(FRAMES)
        picture = await page.evaluate(PICTURE, label)
        return found["decoded"], picture["light"] if picture else 0.0

    first, _ = await until(look, lambda found: found[0] > 5 and found[1] > 20, seconds)
    await until(look, lambda found: found[0] > first + 10 and found[1] > 20, seconds)


async def hears(page: Page, hertz: int, seconds: float = 10) -> None:
    async def loudness() -> float:
        return float(await page.evaluate("(hertz) => window.__loudness(hertz)", hertz))

    await until(loudness, lambda found: found > -50.0, seconds)


async def invited(desk: Desk) -> str:
    """The link, as the agent gets it."""
    await desk.page.get_by_role("button", name="Invite a customer to video").click()
    await desk.page.get_by_role("button", name="Make a link").click()
    link = await desk.page.get_by_test_id("invite-link").input_value()
    await desk.page.keyboard.press("Escape")
    return link


async def seen_and_heard(desk: Desk, customer: Page) -> None:
    await desk.page.get_by_test_id("video").wait_for()
    await moves(desk.page, "Picture of the other side")
    await hears(desk.page, SPOKEN_HERTZ)
    await hears(customer, SPOKEN_HERTZ)
    await desk.page.get_by_role("button", name="Camera on").click()
    await moves(customer, "Agent")


async def test_a_customer_comes_by_link_is_seen_and_sees(theatre: Theatre) -> None:
    scene = theatre.scene
    async with Desk.opened(
        theatre.browser, scene.centre, "agent3", permissions=["microphone", "camera"]
    ) as desk:
        await desk.registered()
        link = await invited(desk)
        await desk.get_ready()
        async with guest(theatre.browser, link) as customer:
            await customer.get_by_role("button", name="Turn on the camera and call").click()
            await desk.rings()
            await desk.answer()
            await seen_and_heard(desk, customer)
            await desk.press("Hang up")
            await customer.get_by_text("The call is over").wait_for(timeout=patience(10) * 1000)
        await desk.until_state("wrap_up")
        # The link is used up, for whoever has it now.
        async with guest(theatre.browser, link, "ru-RU") as other:
            await other.get_by_text("уже поговорили").wait_for()
        (row,) = await desk.page.evaluate("fetch('/api/v1/desk/invitations').then((it) => it.json())")
        assert row["state"] == "talked"
        detail = await scene.detail(row["interaction_id"])
        assert detail["segments"][0]["agent_id"], "an interaction like every other"
        assert detail["segments"][0]["talk_seconds"] > 1
        assert "GuestArrived" in {event["type"] for event in detail["events"]}


async def test_who_hangs_up_in_his_browser_ends_the_talk(theatre: Theatre) -> None:
    scene = theatre.scene
    async with Desk.opened(
        theatre.browser, scene.centre, "agent1", permissions=["microphone", "camera"]
    ) as desk:
        await desk.registered()
        link = await invited(desk)
        await desk.get_ready()
        async with guest(theatre.browser, link) as customer:
            await customer.get_by_role("button", name="Turn on the camera and call").click()
            await desk.rings()
            await desk.answer()
            await moves(desk.page, "Picture of the other side")
            # Another browser with the same link is nobody.
            async with guest(theatre.browser, link) as other:
                await other.get_by_role("button", name="Call without a camera").click()
                await other.get_by_text("has been used").wait_for()
            await customer.get_by_role("button", name="Hang up").click()
            await desk.until_state("wrap_up")
            await customer.get_by_text("The call is over").wait_for()


async def test_colleagues_see_each_other_when_they_want_to(theatre: Theatre) -> None:
    scene = theatre.scene
    async with (
        Desk.opened(theatre.browser, scene.centre, "agent1", permissions=["microphone", "camera"]) as one,
        Desk.opened(theatre.browser, scene.centre, "agent2", permissions=["microphone", "camera"]) as two,
    ):
        await one.registered()
        await two.registered()
        name = (await two.page.evaluate("fetch('/api/v1/me').then((it) => it.json())"))["name"]
        await one.page.keyboard.press("Control+Shift+KeyL")
        await one.page.keyboard.type(name)
        await asyncio.sleep(0.5)
        await one.page.keyboard.press("Enter")
        await two.rings()
        await two.answer()
        await one.until_state("connected")
        for desk in (one, two):
            await desk.page.get_by_role("button", name="Camera on").click()
        await moves(one.page, "Picture of the other side")
        await moves(two.page, "Picture of the other side")
        await one.press("Hang up")
        await two.page.get_by_test_id("video").wait_for(state="detached")
