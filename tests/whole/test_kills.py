"""kill -9 of each process at each moment of a call: nobody notices, nothing is lost.

A customer talks (or rings, or his agent wraps up) while a second one waits with music. The agent's tone as
the customer hears it has no gap, the music of the one who waits has none that counts, and the centre goes on.
"""

import asyncio
import contextlib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from otklik.channels.asterisk.install import AsteriskRoot
from tests.whole.centre import AGENT_HERTZ, CUSTOMER_HERTZ, Centre, Leg
from tests.whole.conftest import Scene, opened
from tests.whole.hearing import heard_seconds, longest_silence, longest_tone_gap

pytestmark = pytest.mark.long

PROCESSES = ("engine", "web", "supervisor")
MOMENTS = ("ring", "talk", "wrap_up")
GREETING_SECONDS = 9.0
"""Greeting and position are over after it: then there is music."""
TALKER, WAITER = "+79161110001", "+79161110002"


@pytest.mark.parametrize("moment", MOMENTS)
async def test_kills_lose_no_call_and_no_record(
    centre: Centre, folder: Path, asterisk_root: AsteriskRoot, moment: str, soak: int
) -> None:
    """Each process is killed once in the same call, one after the other."""
    async with opened(centre, folder, asterisk_root) as scene:
        await ring_long(scene)
        for _ in range(soak):
            await kill_and_judge(scene, moment)
            await scene.idle()


async def kill_and_judge(scene: Scene, moment: str) -> None:
    first, second = scene.agents
    before = await ended(scene, TALKER)
    await scene.ready(first)
    talker = await scene.call(TALKER)
    login, phone = await scene.world.ringing()
    assert login == first.phone
    waiter = await scene.call(WAITER)
    await asyncio.sleep(GREETING_SECONDS)
    await scene.world.listen(waiter)
    if moment != "ring":
        await talk(scene, talker, phone)
    if moment == "wrap_up":
        await asyncio.sleep(1)
        await scene.world.hang_up(phone)
        await asyncio.sleep(1)
        assert await scene.state(first) == "wrap_up"

    for process in PROCESSES:
        scene.centre.kill(process)
        await asyncio.sleep(1)
        if process == "supervisor":
            scene.centre.start()
        await scene.centre.until_healthy(30)

    if moment == "ring":
        assert not phone.over.is_set(), "the ringing phone was hung up"
        await talk(scene, talker, phone)
    if moment != "wrap_up":
        await asyncio.sleep(1)
        heard = await scene.world.stop_listening(talker)
        assert heard_seconds(heard, AGENT_HERTZ) > 1
        assert longest_tone_gap(heard, AGENT_HERTZ) <= 0.2
        await scene.world.hang_up(phone)
    async with asyncio.timeout(5):
        await talker.over.wait()
    music = await scene.world.stop_listening(waiter)
    assert longest_silence(music) <= 2.0

    await scene.ready(second)
    login, phone = await scene.world.ringing(3)
    assert login == second.phone, "the one who waited is offered at once"
    await scene.world.answer(phone)
    await asyncio.sleep(1)
    await scene.world.hang_up(phone)
    await judge_record(scene, {one["interaction_id"] for one in before})


async def judge_record(scene: Scene, known: set[str]) -> None:
    """One more answered interaction, with one recording that is as long as the talk."""
    after = await until(lambda: ended(scene, TALKER), lambda rows: len(rows) > len(known))
    (new,) = [row for row in after if row["interaction_id"] not in known]
    assert new["outcome"] == "answered"
    detail = await until(
        lambda: scene.admin.get(f"/api/v1/interactions/{new['interaction_id']}"),
        lambda found: any(one["state"] != "pending" for one in found["recordings"]),
    )
    (recording,) = detail["recordings"]
    assert recording["state"] == "stored"
    talk_seconds = sum(one["talk_seconds"] for one in detail["segments"])
    assert abs(recording["duration_seconds"] - talk_seconds) <= 0.5


async def ring_long(scene: Scene) -> None:
    """Rings and wrap-ups outlast three kills."""
    for queue in await scene.admin.get("/api/v1/queues"):
        form = {
            key: value for key, value in queue.items() if key not in ("id", "seq", "color", "project_name")
        }
        longer = {"ring_timeout_seconds": 90, "wrap_up_seconds": 120, "wrap_up_limit_seconds": 600}
        await scene.admin.put(f"/api/v1/queues/{queue['id']}", form | longer)


async def talk(scene: Scene, customer: Leg, phone: Leg) -> None:
    """The agent answers; each speaks his tone; what the customer hears is kept."""
    await scene.world.answer(phone)
    await asyncio.sleep(0.5)
    await scene.world.speak(phone, AGENT_HERTZ)
    await scene.world.speak(customer, CUSTOMER_HERTZ)
    await asyncio.sleep(0.5)
    await scene.world.listen(customer)
    await asyncio.sleep(1)


async def ended(scene: Scene, calling: str) -> list[dict[str, Any]]:
    """Interactions of a number that are over."""
    found = await scene.admin.get(
        "/api/v1/interactions", **await around_today(scene), number=calling[-7:], limit=100
    )
    return [row for row in found["rows"] if row["outcome"]]


async def around_today(scene: Scene) -> dict[str, str]:
    """Yesterday to tomorrow by the centre's own clock: a range that holds today in every zone."""
    _, health = await scene.admin.ask("GET", "/api/health")
    today = date.fromisoformat(health["at"][:10])
    return {"from": str(today - timedelta(days=1)), "to": str(today + timedelta(days=2))}


async def until(ask: Any, holds: Any, seconds: float = 25) -> Any:
    """Asks until the answer holds."""
    found: Any = None
    for _ in range(int(seconds / 0.25)):
        with contextlib.suppress(AssertionError):
            found = await ask()
            if holds(found):
                return found
        await asyncio.sleep(0.25)
    raise AssertionError(f"it does not come true: {str(found)[:800]}")
