"""A flow of the site on a real line: its own prompt is heard, keys lead on, a restart forgets nothing."""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest_asyncio
import soundfile

from otklik.operations.tones import RATE, read_sound
from tests.slowness import patience
from tests.whole.centre import Leg, until
from tests.whole.conftest import WHOLE, Scene
from tests.whole.hearing import heard_seconds

pytestmark = WHOLE

PROMPT_HERTZ = 1200
PART_SECONDS = 1.2
WINDOW = 400
LOUD = 300.0
NUMBER = "4711"
NODES = {
    "menu": {
        "node": "menu",
        "prompts": ["site/choose"],
        "choices": {"1": "queue", "2": "code"},
        "otherwise": "bye",
        "timeout": 4,
    },
    "code": {"node": "collect", "variable": "code", "maximum": 3, "next": "check", "otherwise": "bye"},
    "check": {
        "node": "condition",
        "cases": [{"fact": "code", "comparison": "is", "value": "123", "next": "told"}],
        "otherwise": "bye",
    },
    "told": {"node": "say", "value": "{code}", "kind": "digits", "next": "right", "otherwise": "bye"},
    "queue": {"node": "queue"},
    "right": {"node": "end", "reason": "self_served"},
    "bye": {"node": "end", "reason": "closed"},
}


@dataclass(slots=True)
class Shop:
    """A number with a menu."""

    scene: Scene

    async def call(self, calling: str) -> "Menu":
        leg = await self.scene.call(calling, NUMBER)
        await self.scene.world.listen(leg)
        return Menu(self.scene, leg, calling)


@dataclass(slots=True)
class Menu:
    """One customer before the menu."""

    scene: Scene
    leg: Leg
    calling: str

    async def hears_a_while(self) -> None:
        """A part of the prompt, which is three seconds long; what it was is looked at later."""
        await asyncio.sleep(PART_SECONDS)

    async def has_heard(self) -> float:
        """Seconds of the prompt that he has heard so far; the hearing ends with it."""
        return heard_seconds(await self.scene.world.stop_listening(self.leg), PROMPT_HERTZ)

    async def has_heard_speech(self) -> float:
        """Seconds that were neither silence nor the prompt."""
        path = await self.scene.world.stop_listening(self.leg)
        sound = read_sound(path)
        pieces = sound[: len(sound) // WINDOW * WINDOW].reshape(-1, WINDOW)
        loud = np.sqrt(np.mean(pieces**2, axis=1)) > LOUD
        return float(loud.sum()) * WINDOW / RATE - heard_seconds(path, PROMPT_HERTZ)

    async def press(self, keys: str) -> None:
        await self.scene.world.press(self.leg, keys)

    async def outcome(self) -> str:
        rows = await until(lambda: self.scene.interactions(self.calling), bool, patience(10))
        return str(rows[0]["outcome"])


@pytest_asyncio.fixture(loop_scope="session")
async def shop(scene: Scene) -> AsyncIterator[Shop]:
    """The flow is published and given to a number, as an administrator does it."""
    out = io.BytesIO()
    tone = 0.5 * np.sin(2 * np.pi * PROMPT_HERTZ * np.arange(3 * 16000) / 16000)
    soundfile.write(out, tone, 16000, format="WAV")
    for language in ("ru", "en"):
        await scene.admin.upload(f"/api/v1/prompts/{language}/site/choose", out.getvalue())
    flow = await scene.admin.post("/api/v1/flows", {"name": "Shop", "start": "menu", "nodes": NODES})
    numbers = await scene.admin.get("/api/v1/numbers")
    queue_id = next(row["queue_id"] for row in numbers if row["number"] == scene.number)
    number = {"number": NUMBER, "queue_id": queue_id, "flow_id": flow["id"], "is_recorded": False}
    made = await scene.admin.post("/api/v1/numbers", number)
    yield Shop(scene)
    await scene.idle()
    for path in (f"numbers/{made['id']}", f"flows/{flow['id']}"):
        status, found = await scene.admin.ask("DELETE", f"/api/v1/{path}")
        assert status == 200, found


async def test_a_key_leads_to_an_agent_and_digits_to_the_end(shop: Shop) -> None:
    scene = shop.scene
    agent = scene.agents[0]
    await scene.ready(agent)
    first = await shop.call("+79163330001")
    await first.hears_a_while()
    await first.press("1")
    await scene.answered_by(agent)
    assert 0.5 < await first.has_heard() < 3, "the key cuts the prompt short"

    second = await shop.call("+79163330002")
    await second.hears_a_while()
    await second.press("2")
    await second.press("123")
    assert await second.outcome() == "self_served"
    assert await second.has_heard_speech() > 0.7, "one, two, three"


async def test_files_are_published_and_written_again_from_the_command_line(
    shop: Shop, tmp_path: Path
) -> None:
    """What `export` prints `import` takes; an unfit file changes nothing."""
    centre = shop.scene.centre
    listed = json.loads((await centre.command("flow", "list", "--json")).stdout)
    (shop_id,) = [row["id"] for row in listed if row["name"] == "Shop"]
    file = tmp_path / "copy.yaml"
    file.write_text((await centre.command("flow", "export", str(shop_id))).stdout.replace("Shop", "Copy"))

    done = await centre.command("flow", "import", str(file), "--json")
    made = json.loads(done.stdout or done.stderr)
    assert made["version"] == 1
    again = await centre.command("flow", "publish", str(made["id"]), str(file))
    assert (again.returncode, "flow_unchanged" in again.stderr) == (1, True)
    file.write_text(file.read_text().replace("timeout: 4", "timeout: 6"))
    next_one = json.loads(
        (await centre.command("flow", "publish", str(made["id"]), str(file), "--json")).stdout
    )
    assert next_one == {"id": made["id"], "version": 2}
    first = await centre.command("flow", "export", str(made["id"]), "--version", "1", "--json")
    assert json.loads(first.stdout)["nodes"]["menu"]["timeout"] == 4

    file.write_text(file.read_text().replace("site/choose", "site/unheard"))
    unfit = await centre.command("flow", "publish", str(made["id"]), str(file))
    assert (unfit.returncode, "nodes.menu.prompts" in unfit.stdout) == (1, True)
    unknown = await centre.command("flow", "export", "99999")
    assert (unknown.returncode, unknown.stdout) == (1, "")
    status, _ = await shop.scene.admin.ask("DELETE", f"/api/v1/flows/{made['id']}")
    assert status == 200


async def test_silence_and_wrong_keys_end_politely(shop: Shop) -> None:
    customer = await shop.call("+79163330003")
    await customer.hears_a_while()
    for key in "789":
        await customer.press(key)
        await customer.hears_a_while()
    assert await customer.outcome() == "closed"
    assert await customer.has_heard() > 2, "he was asked three times"


async def test_a_restart_in_the_menu_forgets_neither_customer_nor_place(shop: Shop) -> None:
    """The prompt begins anew, and the key that was asked for still leads on."""
    scene = shop.scene
    customer = await shop.call("+79163330004")
    await customer.hears_a_while()
    scene.centre.kill("engine")
    await scene.centre.until_healthy()
    await customer.press("2")
    await customer.press("123")
    assert await customer.outcome() == "self_served"
