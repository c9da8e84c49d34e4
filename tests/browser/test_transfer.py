"""Two agents in Chromium and a customer on the wire: asking first, handing over, all three together.

The customer speaks 400 Hz; both agents' microphones speak 700 Hz.
"""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from tests.browser.conftest import Theatre
from tests.browser.desk import SPOKEN_HERTZ, Desk
from tests.whole.centre import CUSTOMER_HERTZ, Leg
from tests.whole.hearing import heard_seconds

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

CALLING = "+79162220101"
SHOWN = "222‑01‑01"
"""The end of the number as a card writes it, with its hyphens that do not break."""


@dataclass(slots=True)
class Stage:
    """Anna talks with a customer; Boris is at his desk, not ready."""

    theatre: Theatre
    anna: Desk
    boris: Desk
    customer: Leg
    names: dict[str, str]

    async def ask_boris(self) -> None:
        """By keyboard alone: the key, his name, Enter."""
        keyboard = self.anna.page.keyboard
        await keyboard.press("Control+Shift+KeyX")
        await self.anna.page.get_by_role("combobox").wait_for()
        await keyboard.type(self.names["agent2"])
        await self.anna.page.locator('[role=option][aria-selected="true"]').wait_for()
        await keyboard.press("Enter")
        await self.anna.page.get_by_test_id("consult").wait_for()
        await self.boris.rings()

    async def customer_hears_seconds(self, hertz: int, seconds: float = 2) -> float:
        """For how long of the next seconds this tone is in the customer's ear."""
        await self.theatre.scene.world.listen(self.customer)
        await self.anna.page.wait_for_timeout(seconds * 1000)
        return heard_seconds(await self.theatre.scene.world.stop_listening(self.customer), hertz)


KEYS = {"ready": "Control+Shift+Digit1", "not_ready": "Control+Shift+Digit2"}


async def finish_wrap_up(desk: Desk) -> None:
    """The test before may have left one."""
    if await state_of(desk) == "wrap_up":
        await desk.page.keyboard.press("Control+Shift+Digit3")
        await desk.page.locator('[data-testid=state]:not([data-state="wrap_up"])').wait_for()


async def until_chosen(desk: Desk, state: str) -> None:
    await desk.page.locator('[data-testid=state]:not([data-state="signed_out"])').wait_for()
    if await state_of(desk) != state:
        await desk.page.keyboard.press(KEYS[state])
    await desk.until_state(state)


async def state_of(desk: Desk) -> str | None:
    return await desk.page.get_by_test_id("state").get_attribute("data-state")


@contextlib.asynccontextmanager
async def talking(theatre: Theatre) -> AsyncIterator[Stage]:
    scene = theatre.scene
    people = await scene.admin.get("/api/v1/people")
    names = {one["login"]: one["name"] for one in people}
    async with (
        Desk.opened(theatre.browser, scene.centre, "agent1") as anna,
        Desk.opened(theatre.browser, scene.centre, "agent2") as boris,
    ):
        await anna.registered()
        await boris.registered()
        for desk in (anna, boris):
            await finish_wrap_up(desk)
        await until_chosen(boris, "not_ready")
        await until_chosen(anna, "ready")
        customer = await scene.call(CALLING)
        await anna.rings()
        await anna.answer()
        await scene.world.speak(customer, CUSTOMER_HERTZ)
        await anna.until_hears(CUSTOMER_HERTZ)
        yield Stage(theatre=theatre, anna=anna, boris=boris, customer=customer, names=names)


async def test_a_customer_is_handed_over_to_a_colleague_who_was_asked_first(theatre: Theatre) -> None:
    async with talking(theatre) as stage:
        anna, boris = stage.anna, stage.boris
        note = "wants a refund"
        await anna.page.get_by_label("Note", exact=True).fill(note)
        await anna.page.get_by_text("Saved", exact=True).wait_for()
        await stage.ask_boris()
        ringing = boris.page.get_by_test_id("ringing")
        for known in ("Consultation", stage.names["agent1"], SHOWN, note):
            await ringing.get_by_text(known).first.wait_for()
        await boris.answer()
        bar = anna.page.get_by_test_id("consult")
        await anna.page.locator("[data-testid=consult][data-phase=connected]").wait_for()
        await bar.get_by_text("hears music").wait_for()
        await boris.until_hears(SPOKEN_HERTZ)
        assert not await anna.hears(CUSTOMER_HERTZ)
        assert not await boris.hears(CUSTOMER_HERTZ)
        assert await stage.customer_hears_seconds(SPOKEN_HERTZ) < 0.3, "music, and nobody's voice"

        await anna.reload()
        await anna.registered()
        await bar.wait_for()
        await anna.until_state("connected", 15)
        await anna.until_hears(CUSTOMER_HERTZ, 15)
        await anna.page.keyboard.press("Control+Shift+KeyS")
        await bar.get_by_text("hears music").wait_for()
        await boris.until_hears(SPOKEN_HERTZ)

        await anna.page.keyboard.press("Control+Shift+KeyX")
        await anna.until_state("wrap_up")
        await boris.until_hears(CUSTOMER_HERTZ)
        await boris.page.get_by_test_id("call").get_by_text("Transferred by").wait_for()
        assert await stage.customer_hears_seconds(SPOKEN_HERTZ) > 1.5
        assert not stage.customer.over.is_set()
        await boris.press("Hang up")
        await boris.until_state("wrap_up")


async def test_all_three_talk_together_and_the_owner_leaves(theatre: Theatre) -> None:
    async with talking(theatre) as stage:
        anna, boris = stage.anna, stage.boris
        await stage.ask_boris()
        await boris.answer()
        await anna.page.locator("[data-testid=consult][data-phase=connected]").wait_for()

        await anna.page.keyboard.press("Control+Shift+KeyK")
        await anna.page.get_by_test_id("parties").get_by_text(stage.names["agent2"]).wait_for()
        await boris.page.get_by_test_id("parties").get_by_text(stage.names["agent1"]).wait_for()
        for desk in (anna, boris):
            await desk.until_hears(CUSTOMER_HERTZ)
            await desk.until_hears(SPOKEN_HERTZ)

        await anna.page.keyboard.press("Control+Shift+KeyE")
        await anna.until_state("wrap_up")
        await boris.page.get_by_test_id("parties").wait_for(state="detached")
        await boris.until_hears(CUSTOMER_HERTZ)
        assert not stage.customer.over.is_set()
        await boris.press("Hang up")
        await boris.until_state("wrap_up")


async def test_a_colleague_who_hangs_up_is_announced_and_can_be_asked_again(theatre: Theatre) -> None:
    async with talking(theatre) as stage:
        anna, boris = stage.anna, stage.boris
        await stage.ask_boris()
        await boris.answer()
        await anna.page.locator("[data-testid=consult][data-phase=connected]").wait_for()

        await boris.press("Hang up")
        left = anna.page.get_by_test_id("failed-consult")
        await left.get_by_text("has left the talk").wait_for()
        await left.get_by_text(stage.names["agent2"]).wait_for()
        await anna.until_state("connected")
        await anna.until_hears(CUSTOMER_HERTZ)

        await left.get_by_role("button", name="Ask again").click()
        await anna.page.get_by_test_id("consult").wait_for()
        await boris.rings()
        await boris.press("Decline")
        await left.get_by_text("declined").wait_for()
        await anna.press("Hang up")
        await anna.until_state("wrap_up")


async def test_a_colleague_who_declines_gives_the_customer_back(theatre: Theatre) -> None:
    async with talking(theatre) as stage:
        anna, boris = stage.anna, stage.boris
        await stage.ask_boris()
        await boris.press("Decline")
        failed = anna.page.get_by_test_id("failed-consult")
        await failed.get_by_text("declined").wait_for()
        await anna.until_hears(CUSTOMER_HERTZ)
        await anna.press("Hang up")
        await anna.until_state("wrap_up")


async def test_the_next_tier_takes_over_with_what_was_written_and_by_whom(theatre: Theatre) -> None:
    """Support's next tier is Billing; Anna gives the customer there by keyboard, Boris takes him."""
    scene = theatre.scene
    queues = {one["name"]: one for one in await scene.admin.get("/api/v1/queues")}
    support, billing = queues["Support"], queues["Billing"]
    form = {name: value for name, value in support.items() if name not in ("id", "seq")}
    await scene.admin.put(f"/api/v1/queues/{support['id']}", form | {"next_tier_id": billing["id"]})
    try:
        async with talking(theatre) as stage:
            anna, boris = stage.anna, stage.boris
            note = "tried to pay twice"
            await anna.page.get_by_label("Note", exact=True).fill(note)
            await anna.page.get_by_text("Saved", exact=True).wait_for()
            keyboard = anna.page.keyboard
            await keyboard.press("Control+Shift+KeyX")
            await anna.page.get_by_role("combobox").wait_for()
            await anna.page.get_by_text("the next tier").wait_for()
            await keyboard.type("Billing")
            await anna.page.locator('[role=option][aria-selected="true"]').get_by_text("Billing").wait_for()
            await keyboard.press("Control+Enter")
            await anna.until_state("wrap_up")
            assert not stage.customer.over.is_set()

            await boris.page.keyboard.press(KEYS["ready"])
            await boris.rings()
            ringing = boris.page.get_by_test_id("ringing")
            for known in ("Billing", SHOWN, note):
                await ringing.get_by_text(known).first.wait_for()
            await boris.answer()
            await boris.until_hears(CUSTOMER_HERTZ)
            await boris.page.get_by_test_id("call").get_by_text("Transferred by").wait_for()
            await boris.press("Hang up")
            await boris.until_state("wrap_up")
            rows = await scene.interactions(CALLING)
            detail = await scene.detail(rows[0]["interaction_id"])
            stays = [(stay["queue_id"], bool(stay["agent_id"])) for stay in detail["segments"]]
            assert stays == [(support["id"], True), (billing["id"], True)]
    finally:
        await scene.admin.put(f"/api/v1/queues/{support['id']}", form)
