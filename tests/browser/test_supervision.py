"""A supervisor at the board in Chromium, an agent at her desk in another, a customer on the wire.

The customer speaks 400 Hz; both microphones speak 700 Hz, so the agent's is off where the supervisor's voice
is measured.
"""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from tests.browser.conftest import Theatre
from tests.browser.desk import SPOKEN_HERTZ, Desk
from tests.browser.test_transfer import finish_wrap_up, until_chosen
from tests.whole.centre import CUSTOMER_HERTZ, Leg
from tests.whole.hearing import heard_seconds

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

CALLING = "+79162220401"


@dataclass(slots=True)
class Watched:
    """Anna talks with a customer, her microphone off; the supervisor has opened her on the board."""

    theatre: Theatre
    anna: Desk
    supervisor: Desk
    customer: Leg

    async def choose(self, name: str) -> None:
        """In the panel, by keyboard."""
        await self.supervisor.page.get_by_role("dialog").get_by_role("button", name=name).press("Enter")

    async def until_mode(self, mode: str) -> None:
        bar = f"[data-testid=supervision][data-mode={mode}]"
        await self.supervisor.page.locator(bar).wait_for()

    async def customer_hears_seconds(self, hertz: int, seconds: float = 2) -> float:
        await self.theatre.scene.world.listen(self.customer)
        await self.anna.page.wait_for_timeout(seconds * 1000)
        return heard_seconds(await self.theatre.scene.world.stop_listening(self.customer), hertz)


@contextlib.asynccontextmanager
async def watched(theatre: Theatre) -> AsyncIterator[Watched]:
    scene = theatre.scene
    people = {one["login"]: one["name"] for one in await scene.admin.get("/api/v1/people")}
    async with (
        Desk.opened(theatre.browser, scene.centre, "agent1") as anna,
        Desk.opened(theatre.browser, scene.centre, "supervisor") as supervisor,
    ):
        for desk in (anna, supervisor):
            await desk.registered()
            await finish_wrap_up(desk)
        await until_chosen(supervisor, "not_ready")
        await until_chosen(anna, "ready")
        customer = await scene.call(CALLING)
        await anna.rings()
        await anna.answer()
        await scene.world.speak(customer, CUSTOMER_HERTZ)
        await anna.until_hears(CUSTOMER_HERTZ)
        await anna.page.keyboard.press("Control+Shift+KeyM")
        await anna.page.locator("[data-testid=call][data-muted=true]").wait_for()

        await supervisor.page.keyboard.press("KeyG")
        await supervisor.page.keyboard.press("KeyL")
        row = supervisor.page.get_by_role("row").filter(has_text=people["agent1"])
        await row.dblclick()
        await supervisor.page.get_by_role("dialog").get_by_role("button", name="Listen").wait_for()
        yield Watched(theatre, anna, supervisor, customer)


async def test_a_supervisor_listens_whispers_barges_in_and_stops(theatre: Theatre) -> None:
    async with watched(theatre) as stage:
        anna, supervisor = stage.anna, stage.supervisor
        await stage.choose("Listen")
        await stage.until_mode("monitor")
        await supervisor.until_hears(CUSTOMER_HERTZ)
        assert not await anna.hears(SPOKEN_HERTZ)
        assert await stage.customer_hears_seconds(SPOKEN_HERTZ) < 0.3

        await stage.choose("Whisper")
        await stage.until_mode("whisper")
        await anna.until_hears(SPOKEN_HERTZ)
        assert await stage.customer_hears_seconds(SPOKEN_HERTZ) < 0.3, "the customer does not hear it"

        await stage.choose("Barge in")
        await stage.until_mode("barge")
        assert await stage.customer_hears_seconds(SPOKEN_HERTZ, 3) > 1.5
        assert await anna.hears(SPOKEN_HERTZ)

        await supervisor.page.keyboard.press("Escape")
        await supervisor.page.get_by_test_id("supervision").get_by_role("button", name="Stop").press("Enter")
        await supervisor.page.get_by_test_id("supervision").wait_for(state="detached")
        assert await stage.customer_hears_seconds(SPOKEN_HERTZ) < 0.3
        await anna.until_hears(CUSTOMER_HERTZ)
        assert not stage.customer.over.is_set()
        await anna.press("Hang up")
        await anna.until_state("wrap_up")


async def test_a_supervisor_takes_the_customer_over(theatre: Theatre) -> None:
    async with watched(theatre) as stage:
        anna, supervisor = stage.anna, stage.supervisor
        await stage.choose("Listen")
        await stage.until_mode("monitor")
        await supervisor.until_hears(CUSTOMER_HERTZ)
        await supervisor.page.keyboard.press("Escape")
        bar = supervisor.page.get_by_test_id("supervision")
        await bar.get_by_role("button", name="Take over").press("Enter")
        asked = supervisor.page.get_by_role("dialog", name="Take the talk over?")
        await asked.get_by_role("button", name="Take over").press("Enter")

        await anna.until_state("wrap_up")
        await supervisor.until_state("connected")
        await bar.wait_for(state="detached")
        await supervisor.until_hears(CUSTOMER_HERTZ)
        assert await stage.customer_hears_seconds(SPOKEN_HERTZ) > 1.5
        await supervisor.page.keyboard.press("Control+Shift+KeyE")
        await supervisor.until_state("wrap_up")
        await finish_wrap_up(supervisor)
