"""Card data on a real line: while the agent pauses, nothing of the talk is kept; the rest is all there."""

import asyncio
import hashlib
import time
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from otklik.operations.tones import strength
from tests.slowness import patience
from tests.whole.centre import AGENT_HERTZ, CUSTOMER_HERTZ, until
from tests.whole.conftest import WHOLE, Phone, Scene

pytestmark = WHOLE

CALLING = "+79164441001"
CARD = "4111*#"
MARGIN = 0.35
"""Seconds at each end of a span that are not looked at: a request's way, the line's buffers."""


async def test_what_is_said_and_pressed_in_a_pause_is_nowhere_and_the_rest_is_there(scene: Scene) -> None:
    agent = scene.agents[0]
    raws = scene.centre.home / "spool"
    before = set(await spooled(raws))
    await scene.ready(agent)
    customer = await scene.call(CALLING)
    phone = await scene.answered_by(agent)
    talk = time.monotonic()
    await scene.world.speak(phone, AGENT_HERTZ)
    interaction_id = (await of(scene, agent))["interaction_id"]
    await asyncio.sleep(2.5)

    await paused(agent, interaction_id)
    begun = time.monotonic() - talk
    tile = await card_on_board(scene, interaction_id, is_there=True)
    assert tile["card_asks_ms"] - tile["card_since_ms"] == 120_000
    again = await agent.api.ask("POST", "/api/v1/desk/card-pause", {"interaction_id": interaction_id})
    assert (again[0], again[1]["code"]) == (409, "already_paused")
    await scene.world.press(customer, CARD)
    await asyncio.sleep(2.5)
    await agent.api.post("/api/v1/desk/card-pause/keep", {"interaction_id": interaction_id})
    await agent.api.post("/api/v1/desk/card-pause/end", {"interaction_id": interaction_id})
    ended = time.monotonic() - talk
    await card_on_board(scene, interaction_id, is_there=False)
    await scene.world.speak(customer, CUSTOMER_HERTZ)
    await asyncio.sleep(2.5)
    over = time.monotonic() - talk
    await scene.world.hang_up(customer)

    told = await stored(scene, interaction_id)
    file = file_of(scene, told)
    assert hashlib.sha256(file.read_bytes()).hexdigest() == told["sha256"]
    with soundfile.SoundFile(file) as sound:
        assert sound.comment.startswith("card_data_pauses_ms=")
        samples, rate = sound.read(dtype="int16"), sound.samplerate
    peaks = await scene.admin.get(f"/api/v1/recordings/{told['segment_id']}/peaks")
    [pause] = peaks["pauses"]
    length = pause["to_seconds"] - pause["from_seconds"]
    assert abs(length - (ended - begun)) < MARGIN
    assert abs(len(samples) / rate - over) < 1
    since, till = round(pause["from_seconds"] * rate), round(pause["to_seconds"] * rate)
    edge = round(MARGIN * rate)
    assert np.abs(samples[since + 400 : till - 400]).max() < 60, "the pause is silent on both sides"
    assert heard(samples[edge : since - edge, 1], AGENT_HERTZ)
    assert heard(samples[till + edge : -edge, 1], AGENT_HERTZ)
    assert heard(samples[till + 2 * edge : -edge, 0], CUSTOMER_HERTZ)

    events = (await scene.detail(interaction_id))["events"]
    names = [event["type"] for event in events]
    assert [name for name in names if name.startswith("CardPause")] == [
        "CardPauseStarted", "CardPauseKept", "CardPauseEnded",
    ]  # fmt: skip
    assert "KeyPressed" not in str(events)
    await until(lambda: spooled(raws), lambda left: not set(left) - before, patience(20))


async def test_who_hangs_up_in_a_pause_leaves_silence_to_the_end(scene: Scene) -> None:
    agent = scene.agents[0]
    await scene.ready(agent)
    customer = await scene.call("+79164441002")
    phone = await scene.answered_by(agent)
    await scene.world.speak(phone, AGENT_HERTZ)
    interaction_id = (await of(scene, agent))["interaction_id"]
    await asyncio.sleep(1.5)
    await paused(agent, interaction_id)
    await asyncio.sleep(1.5)
    await scene.world.hang_up(customer)

    told = await stored(scene, interaction_id)
    samples, rate = soundfile.read(file_of(scene, told), dtype="int16")
    peaks = await scene.admin.get(f"/api/v1/recordings/{told['segment_id']}/peaks")
    [pause] = peaks["pauses"]
    assert abs(pause["to_seconds"] - len(samples) / rate) < 0.1
    assert np.abs(samples[round(pause["from_seconds"] * rate) + 400 :]).max() < 60
    gone = await agent.api.ask("POST", "/api/v1/desk/card-pause/end", {"interaction_id": interaction_id})
    assert gone[0] in (404, 409)


async def of(scene: Scene, agent: Phone) -> dict[str, Any]:
    return dict(scene.feed.board.agents[agent.agent_id])


async def paused(agent: Phone, interaction_id: str) -> None:
    await agent.api.post("/api/v1/desk/card-pause", {"interaction_id": interaction_id})


async def card_on_board(scene: Scene, interaction_id: str, *, is_there: bool) -> dict[str, Any]:
    await scene.feed.until(
        lambda board: bool(board.interactions[interaction_id]["card_since_ms"]) is is_there, 20
    )
    return dict(scene.feed.board.interactions[interaction_id])


async def stored(scene: Scene, interaction_id: str) -> dict[str, Any]:
    async def look() -> list[dict[str, Any]]:
        return [dict(one) for one in (await scene.detail(interaction_id))["recordings"]]

    [found] = await until(look, lambda rows: bool(rows) and rows[0]["state"] == "stored", patience(40))
    return dict(found)


def file_of(scene: Scene, told: dict[str, Any]) -> Path:
    return next((scene.centre.home / "recordings").rglob(f"{told['segment_id']}.ogg"))


async def spooled(raws: Path) -> list[Path]:
    return list(raws.glob("*.raw"))


def heard(samples: NDArray[np.int16], hertz: int) -> bool:
    """This tone, and hardly anything beside it."""
    part = samples.astype(float)
    return strength(part, hertz) > 0.5 * float(np.sqrt(np.mean(part**2))) > 100
