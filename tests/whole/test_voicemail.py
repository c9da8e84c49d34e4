"""A customer leaves a message on a real line: what he said is kept, listed, heard and handled."""

import asyncio
import hashlib
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest_asyncio
import soundfile

from tests.slowness import patience
from tests.whole.centre import Leg, until
from tests.whole.conftest import SUPPORT, WHOLE, Scene

pytestmark = WHOLE

RECORDED, UNRECORDED = "4721", "4722"
HERTZ = 1000
NODES = {
    "leave": {
        "node": "voicemail",
        "prompts": [],
        "short": "bye",
        "refused": "sorry",
        "silence": 3,
        "queue_id": SUPPORT,
    },
    "bye": {"node": "end", "reason": "closed"},
    "sorry": {"node": "end", "reason": "overflowed"},
}


@dataclass(slots=True)
class Machine:
    """Two numbers that take messages, one of which is not recorded otherwise."""

    scene: Scene

    async def call(self, calling: str, number: str = RECORDED) -> Leg:
        """The customer has heard the tone and may speak."""
        leg = await self.scene.call(calling, number)
        await until(lambda: self.node_of(calling), lambda node: node == "begun", patience(15))
        return leg

    async def node_of(self, calling: str) -> str:
        rows = await self.scene.interactions(calling, only_ended=False)
        if not rows:
            return ""
        events = (await self.scene.detail(rows[0]["interaction_id"]))["events"]
        return "begun" if any(event["type"] == "VoicemailBegun" for event in events) else ""

    async def speak(self, leg: Leg, seconds: float) -> None:
        """A sine, and then the line goes on in silence."""
        exchange, name = self.scene.world.exchange, f"said-{leg.channel_id}"
        media = f"sound:site/tone-{HERTZ}"
        await exchange.request("POST", f"channels/{leg.channel_id}/play/{name}", media=media)
        await asyncio.sleep(seconds)
        await exchange.try_to("DELETE", f"playbacks/{name}")

    async def message(self, calling: str) -> dict[str, Any]:
        """The newest message of this customer, with its audio."""

        async def find() -> dict[str, Any]:
            rows = (await self.scene.admin.get("/api/v1/voicemails", include_handled="true"))["rows"]
            return next((row for row in rows if row["number"] == calling), {})

        return await until(find, lambda row: row.get("state") == "stored", patience(40))

    async def audio(self, voicemail_id: str) -> tuple[bytes, float]:
        """The stored file, and for how many seconds the customer's side has the sine."""
        content = await self.scene.admin.download(f"/api/v1/voicemails/{voicemail_id}/audio")
        samples, rate = soundfile.read(io.BytesIO(content))
        step = rate // 50
        left = samples[: len(samples) // step * step, 0].reshape(-1, step)
        wave = np.exp(-2j * np.pi * HERTZ * np.arange(step) / rate)
        return content, float((np.abs(left @ wave) * 2 / step > 0.02).sum() / 50)

    async def outcome(self, calling: str) -> str:
        rows = await until(lambda: self.scene.interactions(calling), bool, patience(15))
        return str(rows[0]["outcome"])


@pytest_asyncio.fixture(loop_scope="session")
async def machine(scene: Scene) -> AsyncIterator[Machine]:
    flow = await scene.admin.post("/api/v1/flows", {"name": "Messages", "start": "leave", "nodes": NODES})
    made = [
        await scene.admin.post(
            "/api/v1/numbers",
            {"number": number, "queue_id": SUPPORT, "flow_id": flow["id"], "is_recorded": is_recorded},
        )
        for number, is_recorded in ((RECORDED, True), (UNRECORDED, False))
    ]
    yield Machine(scene)
    await scene.idle()
    for path in (*(f"numbers/{one['id']}" for one in made), f"flows/{flow['id']}"):
        status, found = await scene.admin.ask("DELETE", f"/api/v1/{path}")
        assert status == 200, found


async def test_silence_ends_a_message_that_is_heard_and_handled_in_the_list(machine: Machine) -> None:
    calling = "+79163340001"
    leg = await machine.call(calling)
    await machine.speak(leg, 5)
    assert await machine.outcome(calling) == "voicemail", "three seconds of silence were enough"
    row = await machine.message(calling)
    assert (row["queue_id"], row["team_id"], row["handled_at"]) == (SUPPORT, None, None)
    content, heard = await machine.audio(row["voicemail_id"])
    assert 4 < heard < 6
    assert heard < row["duration_seconds"] < heard + 5, "the silence that ended it is cut"

    recordings = (await machine.scene.detail(row["interaction_id"]))["recordings"]
    (kept,) = [one for one in recordings if one["segment_id"] == row["voicemail_id"]]
    assert kept["sha256"] == hashlib.sha256(content).hexdigest()

    agent = machine.scene.agents[0].api
    before = (await agent.get("/api/v1/voicemails/count"))["open"]
    await agent.put(f"/api/v1/voicemails/{row['voicemail_id']}/handled", {"is_handled": True})
    handled = await machine.message(calling)
    assert handled["handled_at"]
    assert handled["handled_by_name"]
    assert (await agent.get("/api/v1/voicemails/count"))["open"] == before - 1
    await agent.put(f"/api/v1/voicemails/{row['voicemail_id']}/handled", {"is_handled": False})
    assert (await agent.get("/api/v1/voicemails/count"))["open"] == before


async def test_who_hangs_up_leaves_what_he_said_also_where_calls_are_not_recorded(machine: Machine) -> None:
    calling = "+79163340002"
    leg = await machine.call(calling, UNRECORDED)
    await machine.speak(leg, 4)
    await machine.scene.world.hang_up(leg)
    assert await machine.outcome(calling) == "voicemail"
    row = await machine.message(calling)
    _, heard = await machine.audio(row["voicemail_id"])
    assert 2.5 < heard < 5


async def test_a_key_ends_it_and_silence_alone_is_no_message(machine: Machine) -> None:
    calling, silent = "+79163340003", "+79163340004"
    leg = await machine.call(calling)
    await machine.speak(leg, 3)
    await machine.scene.world.press(leg, "#")
    assert await machine.outcome(calling) == "voicemail"
    await machine.message(calling)
    await machine.call(silent)
    assert await machine.outcome(silent) == "closed"


async def test_nothing_that_was_said_is_lost_when_the_engine_is_killed(machine: Machine) -> None:
    calling = "+79163340005"
    leg = await machine.call(calling)
    speaking = asyncio.create_task(machine.speak(leg, 8))
    await asyncio.sleep(2)
    machine.scene.centre.kill("engine")
    await machine.scene.centre.until_healthy()
    await speaking
    assert await machine.outcome(calling) == "voicemail"
    row = await machine.message(calling)
    _, heard = await machine.audio(row["voicemail_id"])
    assert heard > 7, "from before the death to after it, in one piece"
