"""A customer calls, an agent answers in Chromium: tones prove who hears whom, and what is on record."""

import asyncio
import statistics
import time
from pathlib import Path

import pytest
import soundfile

from otklik.channels.asterisk.install import AsteriskRoot
from otklik.operations.tones import AUDIBLE, strength
from tests.browser.desk import SPOKEN_HERTZ, Desk, chromium
from tests.whole.centre import CUSTOMER_HERTZ, Centre
from tests.whole.conftest import Scene, opened
from tests.whole.hearing import heard_seconds, longest_tone_gap
from tests.whole.test_kills import ended, until

pytestmark = pytest.mark.browser

CALLING = "+79162220001"
RELOADS = 20


async def test_two_way_tones_hold_and_the_record(
    centre: Centre, folder: Path, asterisk_root: AsteriskRoot
) -> None:
    async with (
        opened(centre, folder, asterisk_root, phones=()) as scene,
        chromium(folder) as browser,
        Desk.opened(browser, centre, "agent1") as desk,
    ):
        await desk.registered()
        await desk.get_ready()
        customer = await scene.call(CALLING)
        await desk.rings()
        await desk.answer()
        await scene.world.speak(customer, CUSTOMER_HERTZ)
        await desk.until_hears(CUSTOMER_HERTZ)
        await scene.world.listen(customer)
        await asyncio.sleep(2)

        await desk.press("Put on hold")
        await desk.until_state("held")
        await asyncio.sleep(1.5)
        assert not await desk.hears(CUSTOMER_HERTZ)
        await desk.press("Put on hold")
        await desk.until_state("connected")
        await desk.until_hears(CUSTOMER_HERTZ)
        await asyncio.sleep(2)
        heard = await scene.world.stop_listening(customer)
        assert heard_seconds(heard, SPOKEN_HERTZ) > 3
        assert 0.8 < longest_tone_gap(heard, SPOKEN_HERTZ) < 4, "music was heard during the hold"

        await desk.press("Hang up")
        await desk.until_state("wrap_up")
        async with asyncio.timeout(5):
            await customer.over.wait()
        await judge_record(scene, centre)


async def judge_record(scene: Scene, centre: Centre) -> None:
    """The stored file: the customer left, the agent right, as long as the talk."""
    (row,) = await until(lambda: ended(scene, CALLING), lambda rows: len(rows) == 1)
    detail = await until(
        lambda: scene.admin.get(f"/api/v1/interactions/{row['interaction_id']}"),
        lambda found: any(one["state"] == "stored" for one in found["recordings"]),
    )
    path = next((centre.home / "recordings").rglob(f"{detail['recordings'][0]['segment_id']}.ogg"))
    sound, rate = soundfile.read(str(path), always_2d=True)
    middle = sound[rate // 2 : rate * 2] * 32768
    assert strength(middle[:, 0], CUSTOMER_HERTZ, rate=rate) > AUDIBLE
    assert strength(middle[:, 1], SPOKEN_HERTZ, rate=rate) > AUDIBLE
    assert strength(middle[:, 0], SPOKEN_HERTZ, rate=rate) < AUDIBLE


async def test_a_reloaded_page_gets_its_call_back(
    centre: Centre, folder: Path, asterisk_root: AsteriskRoot, soak: int
) -> None:
    async with (
        opened(centre, folder, asterisk_root, phones=()) as scene,
        chromium(folder) as browser,
        Desk.opened(browser, centre, "agent2") as desk,
    ):
        await desk.registered()
        await desk.get_ready()
        customer = await scene.call("+79162220002")
        await desk.rings()
        await desk.answer()
        await scene.world.speak(customer, CUSTOMER_HERTZ)
        await desk.until_hears(CUSTOMER_HERTZ)
        took = []
        desk.page.on("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))
        for number in range(RELOADS * soak):
            await scene.world.listen(customer)
            began = time.monotonic()
            await desk.page.reload(wait_until="commit")
            await desk.until_hears(CUSTOMER_HERTZ, 15)
            took.append(time.monotonic() - began)
            await asyncio.sleep(0.5)
            heard = await scene.world.stop_listening(customer)
            assert heard_seconds(heard, SPOKEN_HERTZ) > 0.2, f"reload {number}: the customer hears nobody"
            assert not customer.over.is_set(), f"reload {number} lost the call"
            if number % 8 == 7:
                await scene.world.speak(customer, CUSTOMER_HERTZ)
        took.sort()
        assert took[int(len(took) * 0.95) - 1] <= 3.0, [round(one, 2) for one in took]
        assert statistics.median(took) > 0.2, "a page that is back in no time was not reloaded"
        await desk.press("Hang up")
        await desk.until_state("wrap_up")


async def test_a_lost_web_socket_never_stops_the_audio(
    centre: Centre, folder: Path, asterisk_root: AsteriskRoot
) -> None:
    async with (
        opened(centre, folder, asterisk_root, phones=()) as scene,
        chromium(folder) as browser,
        Desk.opened(browser, centre, "agent3") as desk,
    ):
        await desk.registered()
        await desk.get_ready()
        customer = await scene.call("+79162220003")
        await desk.rings()
        await desk.answer()
        await scene.world.speak(customer, CUSTOMER_HERTZ)
        await desk.until_hears(CUSTOMER_HERTZ)
        await scene.world.listen(customer)
        await asyncio.sleep(1)

        centre.kill("web")
        await centre.until_healthy(30)
        await desk.registered()

        assert await desk.hears(CUSTOMER_HERTZ)
        heard = await scene.world.stop_listening(customer)
        assert longest_tone_gap(heard, SPOKEN_HERTZ) <= 0.2
        await desk.press("Hang up")
        await desk.until_state("wrap_up")


async def test_two_tabs_are_one_phone(centre: Centre, folder: Path, asterisk_root: AsteriskRoot) -> None:
    async with (
        opened(centre, folder, asterisk_root, phones=()) as scene,
        chromium(folder) as browser,
        Desk.opened(browser, centre, "agent1") as desk,
    ):
        await desk.registered()
        second = await desk.context.new_page()
        await second.goto(f"{centre.base}/desk")
        await second.get_by_text("Phone in another tab").wait_for(timeout=10_000)
        await desk.get_ready()
        customer = await scene.call("+79162220004")
        await second.get_by_test_id("ringing").wait_for(timeout=25_000)
        await second.get_by_role("button", name="Answer").click()
        await desk.until_state("connected")
        await scene.world.speak(customer, CUSTOMER_HERTZ)
        await desk.until_hears(CUSTOMER_HERTZ)
        await second.get_by_role("button", name="Hang up").click()
        await desk.until_state("wrap_up")


async def test_a_missed_ring_puts_the_agent_on_pause_with_the_reason(
    centre: Centre, folder: Path, asterisk_root: AsteriskRoot
) -> None:
    async with (
        opened(centre, folder, asterisk_root, phones=()) as scene,
        chromium(folder) as browser,
        Desk.opened(browser, centre, "agent2") as desk,
    ):
        await desk.registered()
        await desk.get_ready()
        customer = await scene.call("+79162220005")
        await desk.rings()
        await desk.page.get_by_text("missed call", exact=False).wait_for(timeout=30_000)
        await desk.until_state("not_ready")
        assert not customer.over.is_set(), "the customer waits on"
        await desk.page.get_by_role("button", name="Ready", exact=True).first.click()
        await desk.rings()
        await desk.page.get_by_role("button", name="Decline").click()
        await desk.until_state("not_ready")
