"""The database or the engine is away for a while: audio goes on, new calls hear music, nothing is lost."""

import asyncio
from typing import Any

from tests.slowness import patience
from tests.whole.centre import AGENT_HERTZ, CUSTOMER_HERTZ, until
from tests.whole.conftest import DIRECT, FALLBACK_AFTER_SECONDS, SUPPORT, WHOLE, Scene
from tests.whole.hearing import heard_seconds, longest_silence, longest_tone_gap
from tests.whole.test_kills import (
    LONGEST_SILENCE_SECONDS,
    LONGEST_TONE_GAP_SECONDS,
    judge_record,
    talk,
)

pytestmark = WHOLE

TALKER, WAITER, LEAVER, NEWCOMER = "+79161130001", "+79161130002", "+79161130003", "+79161130004"
EARLY, LATE = "+79161140001", "+79161140002"
FALLBACK = "+74951112233"
ASTERISK_NOTICES_SECONDS = 0.2
"""A call in the very moment of the engine's death is put into its hands and rings on until the next one."""


async def test_database_killed_and_restarted(scene: Scene) -> None:
    """One talks, two wait, one of them leaves unseen, one more arrives."""
    first, second = scene.agents
    await scene.ready(first)
    talker = await scene.call(TALKER, DIRECT)
    login, phone = await scene.world.ringing()
    assert login == first.phone
    waiter = await scene.call(WAITER, DIRECT)
    leaver = await scene.call(LEAVER, DIRECT)
    await scene.until_waiting(3)
    await scene.world.listen(waiter)
    await talk(scene, first, talker, phone)

    with scene.centre.without("postgres"):
        await until_journal_unavailable(scene)
        status, found = await second.api.ask("POST", "/api/v1/desk/ready", {})
        assert (status, found["code"]) == (503, "journal_unavailable"), found
        newcomer = await scene.call(NEWCOMER, DIRECT)
        async with asyncio.timeout(patience(10)):
            await newcomer.up.wait()
        await scene.world.listen(newcomer)
        await scene.world.hang_up(leaver)
        await asyncio.sleep(1)
    await scene.centre.until_healthy(30)

    # Whoever waited longest is taken first, and the newcomer after him.
    await scene.ready(second)
    login, ringing = await scene.world.ringing()
    assert login == second.phone
    music = await scene.world.stop_listening(waiter)
    assert longest_silence(music) <= LONGEST_SILENCE_SECONDS
    heard = await scene.world.stop_listening(newcomer)
    assert longest_silence(heard) <= LONGEST_SILENCE_SECONDS
    await scene.world.answer(ringing)
    await scene.until_state(second, "connected")

    heard = await scene.world.stop_listening(talker)
    assert heard_seconds(heard, AGENT_HERTZ) > 2
    assert longest_tone_gap(heard, AGENT_HERTZ) <= LONGEST_TONE_GAP_SECONDS
    await scene.world.hang_up(phone)
    await scene.until_state(first, "wrap_up")
    await first.api.post("/api/v1/desk/wrap-up/finish")
    await scene.answered_by(first)
    await scene.until_waiting(0)
    await scene.world.hang_up_all()

    await judge_record(scene, TALKER, set())
    left = ("abandoned", "short_abandoned")
    for calling, outcomes in ((WAITER, ("answered",)), (NEWCOMER, ("answered",)), (LEAVER, left)):
        (row,) = await until(lambda one=calling: scene.interactions(one), lambda rows: len(rows) == 1)
        assert row["outcome"] in outcomes, row


async def test_calls_without_an_engine_are_taken_later_or_diverted(scene: Scene) -> None:
    """One waits until the site's fallback number is dialled for him, one is taken by the engine's return."""
    agent = scene.agents[0]
    await set_fallback(scene, FALLBACK)
    try:
        await scene.ready(agent)
        with scene.centre.without("engine"):
            await asyncio.sleep(ASTERISK_NOTICES_SECONDS)
            early = await scene.call(EARLY, DIRECT)
            async with asyncio.timeout(patience(10)):
                await early.up.wait()
            await scene.world.listen(early)
            number, fallback = await scene.world.ringing(FALLBACK_AFTER_SECONDS + 15)
            assert number == FALLBACK
            music = await scene.world.stop_listening(early)
            assert longest_silence(music) <= LONGEST_SILENCE_SECONDS
            await scene.world.answer(fallback)
            await scene.world.listen(early)
            await scene.world.speak(fallback, AGENT_HERTZ)
            late = await scene.call(LATE, DIRECT)
            async with asyncio.timeout(patience(10)):
                await late.up.wait()
            await asyncio.sleep(1)
        await scene.centre.until_healthy(30)
        await scene.answered_by(agent)
        assert not late.over.is_set()

        # The engine leaves alone what goes on without it.
        heard = await scene.world.stop_listening(early)
        assert heard_seconds(heard, AGENT_HERTZ) > 1
        assert longest_tone_gap(heard, AGENT_HERTZ) <= LONGEST_TONE_GAP_SECONDS
        assert not early.over.is_set()
        (row,) = await until(lambda: scene.interactions(EARLY), lambda rows: len(rows) == 1)
        assert row["outcome"] == "diverted"
        missed = await scene.admin.get("/api/v1/missed")
        assert [one["reason"] for one in missed if one["number"] == EARLY] == ["diverted"]
        await scene.world.hang_up(fallback)
        async with asyncio.timeout(patience(5)):
            await early.over.wait()

        await scene.world.speak(late, CUSTOMER_HERTZ)
        await asyncio.sleep(1)
        await scene.world.hang_up(late)
        await judge_record(scene, LATE, set())
        assert len(await scene.interactions(EARLY)) == 1, "the one who was sent away is told of once"
    finally:
        await set_fallback(scene, "")


async def until_journal_unavailable(scene: Scene) -> None:
    """Every page says so: reading is as impossible as writing."""

    async def ask() -> tuple[int, Any]:
        return await scene.admin.ask("GET", f"/api/v1/queues/{SUPPORT}")

    await until(ask, lambda answer: answer[0] == 503 and answer[1]["code"] == "journal_unavailable")
    status, health = await scene.centre.health()
    assert status == 503
    assert "journal_unavailable" in health["reasons"]


async def set_fallback(scene: Scene, number: str) -> None:
    site = await scene.admin.get("/api/v1/site")
    form = {key: value for key, value in site.items() if key not in ("id", "seq")}
    await scene.admin.put("/api/v1/site", form | {"fallback_number": number})
