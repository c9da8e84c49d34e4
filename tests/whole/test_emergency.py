"""The emergency announcement on a real line: heard before everything else, and over when its time is."""

import asyncio
import io
from datetime import datetime, timedelta

import numpy as np
import soundfile

from tests.slowness import patience
from tests.whole.centre import until
from tests.whole.conftest import WHOLE, Scene
from tests.whole.hearing import heard_seconds

pytestmark = WHOLE

HERTZ = 1300


async def heard(scene: Scene, calling: str) -> float:
    """Seconds of the announcement in the first seconds of a call."""
    leg = await scene.call(calling)
    await scene.world.listen(leg)
    await asyncio.sleep(4)
    return heard_seconds(await scene.world.stop_listening(leg), HERTZ)


async def test_everybody_hears_it_until_it_ends_by_itself(scene: Scene) -> None:
    out = io.BytesIO()
    tone = 0.5 * np.sin(2 * np.pi * HERTZ * np.arange(2 * 16000) / 16000)
    soundfile.write(out, tone, 16000, format="WAV")
    for language in ("ru", "en"):
        await scene.admin.upload(f"/api/v1/prompts/{language}/site/emergency", out.getvalue())
    _, health = await scene.admin.ask("GET", "/api/health")
    ends = datetime.fromisoformat(health["at"]) + timedelta(seconds=patience(15))
    form = {"prompt": "site/emergency", "until": ends.isoformat(), "note": "Flood"}
    assert (await scene.admin.ask("PUT", "/api/v1/emergency", form))[0] == 200

    assert 1.5 < await heard(scene, "+79165550001") < 2.5
    await scene.idle()

    async def is_on() -> bool:
        return bool((await scene.admin.get("/api/v1/emergency"))["is_on"])

    await until(is_on, lambda on: not on, patience(60))
    assert await heard(scene, "+79165550002") < 0.1
