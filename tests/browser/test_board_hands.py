"""A supervisor's hands on the live board in Chromium, played to the end: a talk pulled, a customer who
waits, an agent's state, a queue that is closed.

The customer speaks 400 Hz; both microphones speak 700 Hz.
"""

import contextlib
from collections.abc import AsyncIterator

import pytest

from tests.browser.conftest import Theatre
from tests.browser.desk import SPOKEN_HERTZ, Desk
from tests.browser.test_transfer import finish_wrap_up, until_chosen
from tests.whole.centre import CUSTOMER_HERTZ
from tests.whole.hearing import heard_seconds

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

CALLING = "+79162220501"


@contextlib.asynccontextmanager
async def on_the_board(theatre: Theatre) -> AsyncIterator[tuple[Desk, Desk, dict[str, str]]]:
    """Anna at her desk, not ready; the supervisor at the board, not ready."""
    scene = theatre.scene
    names = {one["login"]: one["name"] for one in await scene.admin.get("/api/v1/people")}
    async with (
        Desk.opened(theatre.browser, scene.centre, "agent1") as anna,
        Desk.opened(theatre.browser, scene.centre, "supervisor") as supervisor,
    ):
        for desk in (anna, supervisor):
            await desk.registered()
            await finish_wrap_up(desk)
            await until_chosen(desk, "not_ready")
        await supervisor.page.keyboard.press("KeyG")
        await supervisor.page.keyboard.press("KeyL")
        await supervisor.page.get_by_role("row").filter(has_text=names["agent1"]).wait_for()
        yield anna, supervisor, names


async def open_agent(supervisor: Desk, name: str) -> None:
    await supervisor.page.get_by_role("row").filter(has_text=name).dblclick()
    await supervisor.page.get_by_role("dialog").wait_for()


async def test_a_talk_is_pulled_and_the_supervisor_speaks_with_the_customer(theatre: Theatre) -> None:
    async with on_the_board(theatre) as (anna, supervisor, names):
        world = theatre.scene.world
        await until_chosen(anna, "ready")
        customer = await theatre.scene.call(CALLING)
        await anna.rings()
        await anna.answer()
        await world.speak(customer, CUSTOMER_HERTZ)
        await anna.until_hears(CUSTOMER_HERTZ)

        await open_agent(supervisor, names["agent1"])
        panel = supervisor.page.get_by_role("dialog", name=names["agent1"])
        await panel.get_by_role("button", name="Take it myself").press("Enter")
        asked = supervisor.page.get_by_role("dialog", name="Break the talk off?")
        await asked.get_by_role("button", name="Take it myself").press("Enter")

        await anna.until_state("wrap_up")
        await supervisor.rings()
        await supervisor.page.get_by_role("button", name="Answer").click()
        await supervisor.until_state("connected")
        await supervisor.until_hears(CUSTOMER_HERTZ)
        await world.listen(customer)
        await supervisor.page.wait_for_timeout(2000)
        assert heard_seconds(await world.stop_listening(customer), SPOKEN_HERTZ) > 1.5
        await supervisor.page.keyboard.press("Control+Shift+KeyE")
        await supervisor.until_state("wrap_up")
        await finish_wrap_up(supervisor)


async def test_one_who_waits_is_put_first_moved_and_given_to_an_agent(theatre: Theatre) -> None:
    async with on_the_board(theatre) as (anna, supervisor, names):
        customer = await theatre.scene.call(CALLING)
        waiting = supervisor.page.get_by_role("region", name="Waiting").get_by_role("button")
        await waiting.first.press("Enter")
        dialog = supervisor.page.get_by_test_id("assign")
        await dialog.get_by_role("button", name="Next").press("Enter")
        await dialog.get_by_text("now 10").wait_for()

        other = dialog.get_by_label("To another queue").first
        await other.click()
        await supervisor.page.get_by_role("option", name="Billing").click()
        await dialog.get_by_role("button", name="Move").press("Enter")
        await dialog.get_by_text("Billing · waits").wait_for()

        find = dialog.get_by_role("combobox", name="Find an agent")
        await find.fill(names["agent1"])
        await dialog.locator('[role=option][aria-selected="true"]').wait_for()
        await find.press("Enter")
        await anna.rings()
        await anna.answer()
        await theatre.scene.world.speak(customer, CUSTOMER_HERTZ)
        await anna.until_hears(CUSTOMER_HERTZ)
        await anna.press("Hang up")
        await anna.until_state("wrap_up")


async def test_states_are_changed_and_a_queue_is_closed_and_opened(theatre: Theatre) -> None:
    async with on_the_board(theatre) as (anna, supervisor, names):
        await open_agent(supervisor, names["agent1"])
        panel = supervisor.page.get_by_role("dialog", name=names["agent1"])
        await panel.get_by_role("button", name="Change the state").press("Enter")
        await supervisor.page.get_by_role("menuitem", name="Ready", exact=True).press("Enter")
        await anna.until_state("ready")
        await panel.get_by_role("button", name="Move to other queues").press("Enter")
        await panel.get_by_label("Queues", exact=True).first.click()
        await supervisor.page.get_by_role("option").first.click()
        await supervisor.page.keyboard.press("Escape")
        await panel.get_by_role("button", name="Move", exact=True).press("Enter")
        await panel.get_by_role("button", name="Back now").press("Enter")
        await panel.get_by_text("By own skills").wait_for()
        await supervisor.page.keyboard.press("Escape")
        await panel.wait_for(state="detached")

        queue = supervisor.page.get_by_role("region", name="Queues").get_by_role("button").nth(1)
        await queue.press("Enter")
        await supervisor.page.get_by_role("button", name="Close the queue").press("Enter")
        asked = supervisor.page.get_by_role("dialog")
        await asked.get_by_role("button", name="Close the queue").press("Enter")
        await queue.get_by_text("closed").wait_for()
        await supervisor.page.get_by_role("button", name="Open the queue").press("Enter")
        await asked.get_by_role("button", name="Open the queue").press("Enter")
        await queue.get_by_text("closed").wait_for(state="detached")
        await until_chosen(anna, "not_ready")
