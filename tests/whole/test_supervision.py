"""A supervisor at an agent's talk, proved by ear: who hears whom in each mode, what is left in the records.

The customer speaks 400 Hz, the agent 1600, the supervisor 1000. What each party hears is kept by the world.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import soundfile

from otklik.operations.tones import RATE, read_sound, strength
from tests.whole.centre import CUSTOMER_HERTZ, Leg, until
from tests.whole.conftest import DIRECT, WHOLE, Phone, Scene, supervisor_in
from tests.whole.hearing import heard_seconds

pytestmark = WHOLE

AGENT_HERTZ = 1600
SUPERVISOR_HERTZ = 1000
TONE_HERTZ = 440
CALLER = "+79161118001"
PRESENT = 500.0
"""A tone of amplitude 8000 through A-law."""


@dataclass(slots=True)
class Talk:
    """An agent talks with a customer; a supervisor has a phone and listens to nobody yet."""

    scene: Scene
    supervisor: Phone
    interaction_id: str
    customer: Leg
    agent: Leg
    ear: Leg | None = None

    async def listen(self, mode: str) -> None:
        """By REST; the first time his phone rings and is picked up."""
        await self.supervisor.api.put(
            f"/api/v1/interactions/{self.interaction_id}/supervision", {"mode": mode}
        )
        if self.ear is None:
            login, self.ear = await self.scene.world.ringing(20)
            assert login == self.supervisor.phone
            await self.scene.world.answer(self.ear)
            await self.scene.world.speak(self.ear, SUPERVISOR_HERTZ)

    async def hears(self, leg: Leg | None) -> set[int]:
        """The voices in the last half second of two, so that what has just changed has changed."""
        assert leg is not None
        await self.scene.world.listen(leg)
        await asyncio.sleep(2.0)
        sound = read_sound(await self.scene.world.stop_listening(leg))[-RATE // 2 :]
        voices = (CUSTOMER_HERTZ, AGENT_HERTZ, SUPERVISOR_HERTZ)
        return {hertz for hertz in voices if strength(sound, hertz) > PRESENT}

    async def events(self) -> list[tuple[str, dict[str, Any]]]:
        detail = await self.scene.detail(self.interaction_id)
        return [
            (one["type"], one["facts"]) for one in detail["events"] if one["type"].startswith("Supervision")
        ]


@contextlib.asynccontextmanager
async def talking(scene: Scene, *, customer_speaks: bool = True) -> AsyncIterator[Talk]:
    agent = scene.agents[0]
    async with supervisor_in(scene) as supervisor:
        await scene.ready(agent)
        customer = await scene.call(CALLER, DIRECT)
        phone = await scene.answered_by(agent)
        if customer_speaks:
            await scene.world.speak(customer, CUSTOMER_HERTZ)
        await scene.world.speak(phone, AGENT_HERTZ)
        owned = [
            one["id"]
            for one in scene.feed.board.interactions.values()
            if one["agent_id"] == agent.agent_id and one["phase"] == "connected"
        ]
        (interaction_id,) = owned
        yield Talk(scene, supervisor, interaction_id, customer, phone)


async def test_listen_whisper_and_barge_are_heard_by_the_right_ones(scene: Scene) -> None:
    async with talking(scene) as talk:
        await talk.listen("monitor")
        assert await talk.hears(talk.ear) == {CUSTOMER_HERTZ, AGENT_HERTZ}
        assert await talk.hears(talk.agent) == {CUSTOMER_HERTZ}, "nobody hears him who listens"
        assert await talk.hears(talk.customer) == {AGENT_HERTZ}

        await talk.listen("whisper")
        assert await talk.hears(talk.agent) == {CUSTOMER_HERTZ, SUPERVISOR_HERTZ}
        assert await talk.hears(talk.customer) == {AGENT_HERTZ}, "the customer does not hear the whisper"
        assert {CUSTOMER_HERTZ, AGENT_HERTZ} <= await talk.hears(talk.ear)

        await talk.listen("barge")
        assert await talk.hears(talk.customer) == {AGENT_HERTZ, SUPERVISOR_HERTZ}
        assert await talk.hears(talk.agent) == {CUSTOMER_HERTZ, SUPERVISOR_HERTZ}
        assert await talk.hears(talk.ear) == {CUSTOMER_HERTZ, AGENT_HERTZ}

        await talk.listen("monitor")
        assert await talk.hears(talk.customer) == {AGENT_HERTZ}
        assert await talk.hears(talk.agent) == {CUSTOMER_HERTZ}
        assert await talk.hears(talk.ear) == {CUSTOMER_HERTZ, AGENT_HERTZ}

        status, _ = await talk.supervisor.api.ask("DELETE", "/api/v1/supervision")
        assert status == 200
        assert talk.ear is not None
        async with asyncio.timeout(10):
            await talk.ear.over.wait()
        assert await talk.hears(talk.customer) == {AGENT_HERTZ}
        assert await talk.hears(talk.agent) == {CUSTOMER_HERTZ}
        told = await talk.events()
        assert [name for name, _ in told] == [
            "SupervisionStarted",
            "SupervisionChanged",
            "SupervisionChanged",
            "SupervisionChanged",
            "SupervisionEnded",
        ]
        assert told[-1][1]["cause"] == "stopped"

        await scene.world.hang_up(talk.customer)
        await scene.until_state(scene.agents[0], "wrap_up")
        await _judge_recording(scene, talk.interaction_id)


async def test_supervisor_takes_the_talk_over_and_the_customer_stays(scene: Scene) -> None:
    async with talking(scene) as talk:
        await talk.listen("monitor")
        assert await talk.hears(talk.ear) == {CUSTOMER_HERTZ, AGENT_HERTZ}

        await talk.supervisor.api.post(f"/api/v1/interactions/{talk.interaction_id}/take-over")
        await scene.until_state(scene.agents[0], "wrap_up")
        await scene.until_state(talk.supervisor, "connected")
        async with asyncio.timeout(10):
            await talk.agent.over.wait()
        assert await talk.hears(talk.customer) == {SUPERVISOR_HERTZ}
        assert await talk.hears(talk.ear) == {CUSTOMER_HERTZ}
        assert (await talk.events())[-1][1]["cause"] == "taken_over"

        await scene.world.hang_up(talk.customer)
        await scene.until_state(talk.supervisor, "wrap_up")


async def test_engine_killed_while_a_supervisor_listens_leaves_everybody_where_he_was(scene: Scene) -> None:
    """And changes that were asked for go on from there; with the talk, the listening ends."""
    async with talking(scene) as talk:
        await talk.listen("whisper")
        assert await talk.hears(talk.agent) == {CUSTOMER_HERTZ, SUPERVISOR_HERTZ}

        scene.centre.kill("engine")
        assert await talk.hears(talk.customer) == {AGENT_HERTZ}
        await scene.centre.until_healthy()

        assert await talk.hears(talk.agent) == {CUSTOMER_HERTZ, SUPERVISOR_HERTZ}
        assert await talk.hears(talk.customer) == {AGENT_HERTZ}
        await talk.listen("monitor")
        assert await talk.hears(talk.agent) == {CUSTOMER_HERTZ}
        assert await talk.hears(talk.ear) == {CUSTOMER_HERTZ, AGENT_HERTZ}

        await scene.world.hang_up(talk.customer)
        assert talk.ear is not None
        async with asyncio.timeout(10):
            await talk.ear.over.wait()
        await scene.until_state(scene.agents[0], "wrap_up")
        assert (await talk.events())[-1][1]["cause"] == "talk_over"


async def test_supervisor_who_hangs_up_without_an_engine_is_not_stuck(scene: Scene) -> None:
    async with talking(scene) as talk:
        await talk.listen("barge")
        assert await talk.hears(talk.customer) == {AGENT_HERTZ, SUPERVISOR_HERTZ}
        assert talk.ear is not None

        scene.centre.kill("engine")
        await scene.world.hang_up(talk.ear)
        await scene.centre.until_healthy()

        assert await talk.hears(talk.customer) == {AGENT_HERTZ}
        told = await until(talk.events, lambda found: found[-1][0] == "SupervisionEnded", 20)
        assert told[-1][1]["cause"] == "hung_up"


async def test_the_agent_alone_hears_the_tone_of_a_site_that_wants_one(scene: Scene) -> None:
    site = await scene.admin.get("/api/v1/site")
    del site["seq"]
    await scene.admin.put("/api/v1/site", site | {"has_supervision_tone": True})
    try:
        async with talking(scene, customer_speaks=False) as talk:
            for leg in (talk.agent, talk.customer):
                await scene.world.listen(leg)
            await talk.listen("monitor")
            await asyncio.sleep(2.0)
            heard = [
                heard_seconds(await scene.world.stop_listening(leg), TONE_HERTZ)
                for leg in (talk.agent, talk.customer)
            ]
            assert 0.15 < heard[0] < 1.0
            assert heard[1] < 0.05
    finally:
        await scene.admin.put("/api/v1/site", site)


async def test_agents_may_not_listen_and_nobody_to_himself(scene: Scene) -> None:
    async with talking(scene) as talk:
        path = f"/api/v1/interactions/{talk.interaction_id}/supervision"
        status, found = await scene.agents[1].api.ask("PUT", path, {"mode": "monitor"})
        assert (status, found["code"]) == (403, "right_missing")
        await scene.ready(talk.supervisor)
        status, found = await talk.supervisor.api.ask("PUT", path, {"mode": "monitor"})
        assert (status, found["code"]) == (409, "supervisor_not_free")
        status, found = await talk.supervisor.api.ask(
            "POST", f"/api/v1/interactions/{talk.interaction_id}/take-over"
        )
        assert (status, found["code"]) == (409, "not_listening")


async def _judge_recording(scene: Scene, interaction_id: str) -> None:
    """The agent's recording is whole; the whisper is not in it, the barge is."""
    detail = await until(
        lambda: scene.detail(interaction_id),
        lambda found: (
            bool(found["recordings"]) and all(one["state"] == "stored" for one in found["recordings"])
        ),
        60,
    )
    (segment,) = [one for one in detail["segments"] if one["talk_seconds"]]
    changes = [
        one["at"] for one in detail["events"] if one["type"] in ("SupervisionChanged", "SupervisionStarted")
    ]
    assert len(changes) == 4
    (path,) = (scene.centre.home / "recordings").rglob(f"{segment['segment_id']}.ogg")
    sound, rate = soundfile.read(path)
    begins = _seconds(segment["answered_at"])
    started, whispered, barged, back = [round((_seconds(at) - begins) * rate) for at in changes]
    customers, agents = sound[:, 0] * 32767, sound[:, 1] * 32767
    second = rate
    for since, until_then, voices in (
        (started, whispered, set()),
        (whispered, barged, set()),
        (barged, back, {SUPERVISOR_HERTZ}),
        (back, len(agents), set()),
    ):
        inside = slice(since + second, until_then - second // 2)
        assert strength(customers[inside], CUSTOMER_HERTZ, rate=rate) > PRESENT
        assert strength(agents[inside], AGENT_HERTZ, rate=rate) > PRESENT
        is_in = strength(agents[inside], SUPERVISOR_HERTZ, rate=rate) > PRESENT
        assert is_in == bool(voices), (since / rate, until_then / rate)


def _seconds(at: str) -> float:
    return datetime.fromisoformat(at).timestamp()
