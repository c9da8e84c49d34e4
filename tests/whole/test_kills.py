"""kill -9 of each process at each moment of a call: nobody notices, nothing is lost.

A customer talks (or rings, or his agent wraps up) while a second one waits with music. The agent's tone as
the customer hears it has no gap, the music of the one who waits has none that counts, and the centre goes on.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import psutil
import pytest
import pytest_asyncio

from tests.slowness import patience
from tests.whole.centre import AGENT_HERTZ, CUSTOMER_HERTZ, Centre, Leg, until
from tests.whole.conftest import DIRECT, SUPPORT, WHOLE, Phone, Scene
from tests.whole.hearing import heard_seconds, longest_silence, longest_tone_gap

pytestmark = WHOLE

PROCESSES = ("engine", "web", "supervisor")
MOMENTS = ("ring", "talk", "wrap_up")
TALKER, WAITER = "+79161110001", "+79161110002"
OFFERS_AGAIN_SECONDS = 3.0
LONGEST_TONE_GAP_SECONDS = 0.2
LONGEST_SILENCE_SECONDS = 2.0


@pytest_asyncio.fixture(loop_scope="session")
async def slow_queue(scene: Scene) -> AsyncIterator[Scene]:
    """Rings and wrap-ups outlast three kills."""
    queue = await scene.admin.get(f"/api/v1/queues/{SUPPORT}")
    form = {key: value for key, value in queue.items() if key not in ("id", "seq")}
    longer = {"ring_timeout_seconds": 120, "wrap_up_seconds": 120, "wrap_up_limit_seconds": 600}
    await scene.admin.put(f"/api/v1/queues/{SUPPORT}", form | longer)
    yield scene
    await scene.admin.put(f"/api/v1/queues/{SUPPORT}", form)


@pytest.mark.parametrize("moment", MOMENTS)
async def test_kills_lose_no_call_and_no_record(slow_queue: Scene, moment: str, soak: int) -> None:
    """Each process is killed once in the same call, one after the other."""
    for _ in range(soak):
        await kill_and_judge(slow_queue, moment)
        await slow_queue.peace()


async def kill_and_judge(scene: Scene, moment: str) -> None:
    first, second = scene.agents
    known = {row["interaction_id"] for row in await scene.interactions(TALKER)}
    await scene.ready(first)
    talker = await scene.call(TALKER, DIRECT)
    login, phone = await scene.world.ringing()
    assert login == first.phone
    waiter = await scene.call(WAITER, DIRECT)
    await scene.until_waiting(2)
    await scene.world.listen(waiter)
    if moment != "ring":
        await talk(scene, first, talker, phone)
    if moment == "wrap_up":
        await asyncio.sleep(1)
        await scene.world.hang_up(phone)
        await scene.until_state(first, "wrap_up")

    for process in PROCESSES:
        scene.centre.kill(process)
        if process == "supervisor":
            await asyncio.sleep(0.3)
            scene.centre.start()
        await until_back(scene.centre, process)

    if moment == "ring":
        assert not phone.over.is_set(), "the ringing phone was hung up"
        await talk(scene, first, talker, phone)
    if moment != "wrap_up":
        await asyncio.sleep(1)
        heard = await scene.world.stop_listening(talker)
        assert heard_seconds(heard, AGENT_HERTZ) > 1
        assert longest_tone_gap(heard, AGENT_HERTZ) <= LONGEST_TONE_GAP_SECONDS
        await scene.world.hang_up(phone)
    async with asyncio.timeout(patience(5)):
        await talker.over.wait()
    music = await scene.world.stop_listening(waiter)
    assert longest_silence(music) <= LONGEST_SILENCE_SECONDS

    await scene.ready(second)
    phone = await scene.answered_by(second, seconds=3)
    await scene.world.hang_up(phone)
    await judge_record(scene, TALKER, known)


async def test_offers_go_out_within_seconds_of_the_engines_start(slow_queue: Scene, soak: int) -> None:
    """Somebody waits, somebody is ready: the offer that the dead engine could not make is made at once."""
    for _ in range(soak):
        await kill_before_an_offer(slow_queue)
        await slow_queue.peace()
        if soak > 1:
            await slow_queue.forget_deaths()


async def kill_before_an_offer(scene: Scene) -> None:
    agent = scene.agents[0]
    await scene.call(WAITER, DIRECT)
    await scene.until_waiting(1)
    scene.centre.kill("engine")
    ringing = asyncio.create_task(scene.world.ringing(30))
    await scene.ready(agent)
    login, _ = await ringing
    took = time.time() - psutil.Process(scene.centre.pid("engine")).create_time()
    assert login == agent.phone
    assert took <= patience(OFFERS_AGAIN_SECONDS), f"{took:.1f} s after the start"


async def until_back(centre: Centre, killed: str) -> None:
    """The killed one runs again and the centre is well."""
    if killed != "supervisor":
        await until(lambda: asyncio.sleep(0, runs(centre, killed)), bool)
    await centre.until_healthy(30)


def runs(centre: Centre, child: str) -> bool:
    try:
        return psutil.Process(centre.pid(child)).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def talk(scene: Scene, agent: Phone, customer: Leg, phone: Leg) -> None:
    """The agent answers; each speaks his tone; what the customer hears is kept."""
    await scene.world.answer(phone)
    await scene.until_state(agent, "connected")
    await scene.world.speak(phone, AGENT_HERTZ)
    await scene.world.speak(customer, CUSTOMER_HERTZ)
    await asyncio.sleep(0.3)
    await scene.world.listen(customer)
    await asyncio.sleep(1)


async def judge_record(scene: Scene, calling: str, known: set[str]) -> None:
    """One more answered interaction, with one recording that is as long as the talk."""
    after = await until(lambda: scene.interactions(calling), lambda rows: len(rows) > len(known))
    (new,) = [row for row in after if row["interaction_id"] not in known]
    assert new["outcome"] == "answered"
    await stored_recording(scene, new["interaction_id"])


async def stored_recording(scene: Scene, interaction_id: str) -> dict[str, Any]:
    """The one recording of an interaction, as long as its talk; gives the interaction."""
    detail: dict[str, Any] = await until(
        lambda: scene.detail(interaction_id),
        lambda found: any(one["state"] != "pending" for one in found["recordings"]),
    )
    (recording,) = detail["recordings"]
    assert recording["state"] == "stored", recording
    talk_seconds = sum(one["talk_seconds"] + one["hold_seconds"] for one in detail["segments"])
    assert abs(recording["duration_seconds"] - talk_seconds) <= patience(0.5)
    return detail
