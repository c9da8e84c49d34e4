"""A customer calls, an agent answers in Chromium: tones prove who hears whom, and what is on record."""

import asyncio
import math

import pytest
import soundfile

from otklik.operations.tones import AUDIBLE, strength
from tests.browser.conftest import Theatre
from tests.browser.desk import SPOKEN_HERTZ, Desk
from tests.slowness import patience
from tests.whole.centre import CUSTOMER_HERTZ, until
from tests.whole.conftest import Scene
from tests.whole.hearing import heard_seconds, longest_tone_gap, tone_gaps

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

CALLING = "+79162220001"
RELOADS = 20


async def test_two_way_tones_hold_and_the_record(theatre: Theatre) -> None:
    scene = theatre.scene
    async with Desk.opened(theatre.browser, scene.centre, "agent1") as desk:
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
        await judge_record(scene)


async def judge_record(scene: Scene) -> None:
    """The stored file: the customer left, the agent right, as long as the talk."""
    (row,) = await until(lambda: scene.interactions(CALLING), lambda rows: len(rows) == 1)
    detail = await until(
        lambda: scene.detail(row["interaction_id"]),
        lambda found: any(one["state"] == "stored" for one in found["recordings"]),
    )
    recordings = scene.centre.home / "recordings"
    (path,) = recordings.rglob(f"{detail['recordings'][0]['segment_id']}.ogg")
    sound, rate = soundfile.read(str(path), always_2d=True)
    middle = sound[rate // 2 : rate * 2] * 32768
    assert strength(middle[:, 0], CUSTOMER_HERTZ, rate=rate) > AUDIBLE
    assert strength(middle[:, 1], SPOKEN_HERTZ, rate=rate) > AUDIBLE
    assert strength(middle[:, 0], SPOKEN_HERTZ, rate=rate) < AUDIBLE


async def test_a_reloaded_page_gets_its_call_back(theatre: Theatre, soak: int) -> None:
    scene = theatre.scene
    async with Desk.opened(theatre.browser, scene.centre, "agent2") as desk:
        await desk.registered()
        await desk.get_ready()
        customer = await scene.call("+79162220002")
        await desk.rings()
        await desk.answer()
        await scene.world.speak(customer, CUSTOMER_HERTZ)
        await desk.until_hears(CUSTOMER_HERTZ)
        await scene.world.listen(customer)
        await asyncio.sleep(1)
        for number in range(RELOADS * soak):
            await desk.reload()
            await desk.registered()
            await desk.until_state("connected", 15)
            await desk.until_hears(CUSTOMER_HERTZ, 15)
            await asyncio.sleep(0.5)
            assert not customer.over.is_set(), f"reload {number} lost the call"
            if number % 8 == 7:
                await scene.world.speak(customer, CUSTOMER_HERTZ)
        await asyncio.sleep(patience(2.0))  # a gap that has no end yet is none
        heard = await scene.world.stop_listening(customer)
        # The customer hears the agent again when the legs are together again: audio both ways.
        gaps = [gap for gap in tone_gaps(heard, SPOKEN_HERTZ) if gap > 0.3]
        assert len(gaps) >= RELOADS * soak, f"each reload was a moment of music for the customer {gaps}"
        assert percentile(gaps, 0.95) <= patience(3.0), [round(one, 2) for one in gaps]
        await desk.press("Hang up")
        await desk.until_state("wrap_up")


def percentile(values: list[float], share: float) -> float:
    """sorted[ceil(share * n)], as everywhere in this product."""
    return sorted(values)[math.ceil(share * len(values)) - 1]


async def test_a_lost_web_socket_never_stops_the_audio(theatre: Theatre) -> None:
    scene = theatre.scene
    async with Desk.opened(theatre.browser, scene.centre, "agent3") as desk:
        await desk.registered()
        await desk.get_ready()
        customer = await scene.call("+79162220003")
        await desk.rings()
        await desk.answer()
        await scene.world.speak(customer, CUSTOMER_HERTZ)
        await desk.until_hears(CUSTOMER_HERTZ)
        await scene.world.listen(customer)
        await asyncio.sleep(1)

        scene.centre.kill("web")
        await scene.centre.until_healthy(30)
        await desk.registered()

        assert await desk.hears(CUSTOMER_HERTZ)
        heard = await scene.world.stop_listening(customer)
        assert longest_tone_gap(heard, SPOKEN_HERTZ) <= 0.2
        await desk.press("Hang up")
        await desk.until_state("wrap_up")


async def test_two_tabs_are_one_phone(theatre: Theatre) -> None:
    scene = theatre.scene
    async with Desk.opened(theatre.browser, scene.centre, "agent1") as desk:
        await desk.registered()
        second = await desk.context.new_page()
        await second.goto(f"{scene.centre.base}/desk")
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


async def test_a_missed_ring_puts_the_agent_on_pause_with_the_reason(theatre: Theatre) -> None:
    scene = theatre.scene
    async with Desk.opened(theatre.browser, scene.centre, "agent2") as desk:
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


async def test_opus_talks_as_well_as_alaw(theatre: Theatre) -> None:
    scene = theatre.scene
    site = await scene.admin.get("/api/v1/site")
    form = {key: value for key, value in site.items() if key not in ("id", "seq")}
    await scene.admin.put("/api/v1/site", form | {"phone_codec": "opus"})
    try:
        async with Desk.opened(theatre.browser, scene.centre, "agent3") as desk:
            await desk.registered()
            await desk.get_ready()
            customer = await scene.call("+79162220006")
            await desk.rings()
            await desk.answer()
            await scene.world.speak(customer, CUSTOMER_HERTZ)
            await desk.until_hears(CUSTOMER_HERTZ)
            await scene.world.listen(customer)
            await asyncio.sleep(2)
            heard = await scene.world.stop_listening(customer)
            assert heard_seconds(heard, SPOKEN_HERTZ) > 1
            assert await desk.codec() == "audio/opus"
            await desk.press("Hang up")
            await desk.until_state("wrap_up")
    finally:
        await scene.admin.put("/api/v1/site", form)
