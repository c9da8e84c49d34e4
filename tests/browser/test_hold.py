"""A hold in Chromium, by keys, in both languages: music, the reminder, the way back, what is left of it."""

import asyncio

import pytest

from tests.browser.conftest import Theatre
from tests.browser.desk import SPOKEN_HERTZ, Desk
from tests.whole.centre import CUSTOMER_HERTZ, until
from tests.whole.hearing import heard_seconds

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

WORDS = {
    "en": ("Put on hold", "The customer has been on hold"),
    "ru": ("Поставить на удержание", "Клиент на удержании уже"),
}


@pytest.mark.parametrize(("language", "is_silent"), [("en", False), ("ru", True)])
async def test_a_held_customer_hears_music_and_is_not_forgotten(
    theatre: Theatre, language: str, is_silent: bool
) -> None:
    scene = theatre.scene
    site = await scene.admin.get("/api/v1/site")
    changed = site | {"hold_reminder_seconds": 3, "has_silent_holds": is_silent}
    await scene.admin.put("/api/v1/site", {key: value for key, value in changed.items() if key != "seq"})
    button, reminder = WORDS[language]
    login = f"agent{2 + is_silent}"
    calling = f"+7916222004{int(is_silent)}"
    try:
        async with Desk.opened(theatre.browser, scene.centre, login, language=language) as desk:
            await desk.registered()
            await desk.page.get_by_test_id("state").click()
            await desk.page.get_by_role("menuitem").first.click()
            await desk.until_state("ready")
            customer = await scene.call(calling)
            await desk.rings()
            await desk.page.keyboard.press("Control+Shift+KeyA")
            await desk.until_state("connected")
            await scene.world.speak(customer, CUSTOMER_HERTZ)
            await desk.until_hears(CUSTOMER_HERTZ)
            await asyncio.sleep(1)
            await scene.world.listen(customer)

            await desk.page.keyboard.press("Control+Shift+KeyH")
            await desk.until_state("held")
            assert await desk.page.get_by_role("button", name=button).get_attribute("aria-pressed") == "true"
            assert not await desk.page.get_by_test_id("hold-reminder").count(), "not at once"
            said = desk.page.get_by_test_id("hold-reminder")
            await said.wait_for(timeout=8000)
            words = await said.inner_text()
            assert reminder in words
            assert "Ctrl+Shift+H" in words
            assert not await desk.hears(CUSTOMER_HERTZ)
            heard = await scene.world.stop_listening(customer)
            assert heard_seconds(heard, SPOKEN_HERTZ) < 3, "music, and nobody's voice"

            await desk.page.keyboard.press("Control+Shift+KeyH")
            await desk.until_state("connected")
            await desk.until_hears(CUSTOMER_HERTZ)
            assert not await desk.page.get_by_test_id("hold-reminder").count()
            await asyncio.sleep(1)
            await desk.page.keyboard.press("Control+Shift+KeyE")
            await desk.until_state("wrap_up")
        await judge(theatre, calling, is_silent=is_silent)
    finally:
        await scene.admin.put("/api/v1/site", {key: value for key, value in site.items() if key != "seq"})


async def judge(theatre: Theatre, calling: str, *, is_silent: bool) -> None:
    """The hold stands in the segment, in the time line, and on the recording."""
    scene = theatre.scene
    (row,) = await until(lambda: scene.interactions(calling), lambda rows: len(rows) == 1)
    detail = await until(
        lambda: scene.detail(row["interaction_id"]),
        lambda found: any(one["state"] == "stored" for one in found["recordings"]),
    )
    (segment,) = [one for one in detail["segments"] if one["answered_at"]]
    assert segment["hold_seconds"] > 2.5
    assert any(phase["phase"] == "held" for phase in detail["phases"])
    peaks = await scene.admin.get(f"/api/v1/recordings/{segment['segment_id']}/peaks")
    (hold,) = peaks["holds"]
    assert hold["to_seconds"] - hold["from_seconds"] == pytest.approx(segment["hold_seconds"], abs=0.3)
    assert peaks["has_silent_holds"] is is_silent
    whole = peaks["duration_seconds"]
    middle = slice(
        round(len(peaks["right"]) * (hold["from_seconds"] + 0.7) / whole),
        round(len(peaks["right"]) * (hold["to_seconds"] - 0.7) / whole),
    )
    loudest = max([*peaks["left"][middle], *peaks["right"][middle]])
    assert (loudest < 0.02) is is_silent, f"in the hold {loudest}"
