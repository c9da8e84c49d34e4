"""kill -9 of Asterisk: its calls are lost, and none of them silently."""

import asyncio
import time
from typing import Any

import numpy as np
import soundfile

from otklik.operations.tones import AUDIBLE, strength
from tests.slowness import patience
from tests.whole.centre import AGENT_HERTZ, CUSTOMER_HERTZ, until
from tests.whole.conftest import DIRECT, WHOLE, Scene
from tests.whole.test_kills import talk

pytestmark = WHOLE

TALKER, WAITER = "+79161120001", "+79161120002"
IN_THE_MISSED_LIST_SECONDS = 10.0
LOST_OF_THE_RECORDING_SECONDS = 1.0


async def test_lost_calls_are_known_and_called_back(scene: Scene) -> None:
    """One talks, one waits; both stand in the missed list soon after, and one click calls back."""
    first, second = scene.agents
    await scene.ready(first)
    talker = await scene.call(TALKER, DIRECT)
    login, phone = await scene.world.ringing()
    assert login == first.phone
    await talk(scene, first, talker, phone)
    talked_since = time.monotonic()
    await scene.call(WAITER, DIRECT)
    await scene.until_waiting(1)
    await asyncio.sleep(2)

    talked = time.monotonic() - talked_since
    killed_at = time.monotonic()
    scene.centre.kill("asterisk")

    missed = await until(
        lambda: scene.admin.get("/api/v1/missed"),
        lambda rows: {TALKER, WAITER} <= {row["number"] for row in rows},
        IN_THE_MISSED_LIST_SECONDS,
    )
    assert time.monotonic() - killed_at <= patience(IN_THE_MISSED_LIST_SECONDS)
    mine = {row["number"]: row for row in missed if row["number"] in (TALKER, WAITER)}
    assert {row["reason"] for row in mine.values()} == {"media_failed"}
    await scene.centre.until_healthy(30)
    await scene.world.hang_up_all()

    await judge_recording(scene, mine[TALKER]["interaction_id"], talked)
    await call_back(scene, mine[WAITER])

    # The phones are registered again and both agents take calls.
    await scene.ready(second)
    await scene.call("+79161120003", DIRECT)
    await scene.answered_by(second)


async def judge_recording(scene: Scene, interaction_id: str, talked: float) -> None:
    """All of the talk but the last second, both sides."""
    detail = await until(
        lambda: scene.detail(interaction_id),
        lambda found: any(one["state"] != "pending" for one in found["recordings"]),
        40,
    )
    assert detail["outcome"] == "media_failed"
    (recording,) = detail["recordings"]
    assert recording["state"] == "stored", recording
    assert recording["duration_seconds"] >= talked - patience(LOST_OF_THE_RECORDING_SECONDS)
    (path,) = (scene.centre.home / "recordings").rglob(f"{recording['segment_id']}.ogg")
    sound, rate = soundfile.read(str(path), always_2d=True)
    last_second = np.asarray(sound[-rate:]) * 32768
    assert strength(last_second[:, 0], CUSTOMER_HERTZ, rate=rate) > AUDIBLE
    assert strength(last_second[:, 1], AGENT_HERTZ, rate=rate) > AUDIBLE


async def call_back(scene: Scene, missed: dict[str, Any]) -> None:
    """One click; the customer answers, and the entry is handled."""
    agent = scene.agents[0]
    await agent.api.ask("POST", "/api/v1/desk/wrap-up/finish", {})
    await scene.until_state(agent, "ready", "not_ready")
    dial = {"number": missed["number"], "callback_of": missed["interaction_id"]}
    dialed = await until(
        lambda: agent.api.post("/api/v1/desk/dial", dial), lambda found: found["interaction_id"], 10
    )
    login, phone = await scene.world.ringing()
    assert login == agent.phone
    await scene.world.answer(phone)
    number, customer = await scene.world.ringing()
    assert number == missed["number"]
    await scene.world.answer(customer)
    await scene.until_state(agent, "connected")

    rows = await scene.admin.get("/api/v1/missed", include_handled=True)
    (row,) = [row for row in rows if row["interaction_id"] == missed["interaction_id"]]
    assert row["handled_by_interaction_id"] == dialed["interaction_id"]
    left = await scene.admin.get("/api/v1/missed")
    assert missed["interaction_id"] not in {row["interaction_id"] for row in left}
    await scene.world.hang_up(customer)
    await scene.until_state(agent, "wrap_up")
