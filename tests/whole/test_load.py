"""sipp's customers against the centre, with the engine killed among them: every call is explained.

The judge is `tools/check_calls.py`, which knows nothing of the product: it joins sipp's own log, the sound
that each customer heard and an export of the API.
"""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.parts import require
from tests.slowness import patience
from tests.whole.centre import AGENT_HERTZ, CUSTOMER_HERTZ, Leg, until
from tests.whole.conftest import DIRECT, PORT, WHOLE, Phone, Scene
from tests.whole.ears import Ear, listening
from tests.whole.test_kills import until_back

pytestmark = [*WHOLE[:2], pytest.mark.timeout(600 if os.environ.get("OTKLIK_SOAK") != "1" else 3000)]

CHECKER = Path(__file__).parents[2] / "tools" / "check_calls.py"
SCENARIO = Path(__file__).with_name("sipp") / "customer.xml"
CUSTOMERS_HOST = "127.0.0.1"
"""The starter centre takes calls of the local network from any port."""
SIPP_PORT, EARS_PORT = PORT + 100, PORT + 5_000
"""Below those that the machine itself gives to whoever asks for any."""
PATIENT, IMPATIENT = 20, 10
PATIENT_MS, IMPATIENT_MS = 90_000, 3_000
TALK_SECONDS = 1.0
SECOND_AGENT_HERTZ = 1000
NUMBERS = "+7916117"


async def test_every_call_of_a_load_is_explained(scene: Scene, tmp_path: Path, soak: int) -> None:
    """Some lose their patience, the engine dies in the middle; nothing is lost, nothing is there twice."""
    sipp = require("sipp")
    load = Load(scene, tmp_path, sipp)
    tones = {scene.agents[0].agent_id: AGENT_HERTZ, scene.agents[1].agent_id: SECOND_AGENT_HERTZ}
    numbers = [f"{NUMBERS}{one:04}" for one in range((PATIENT + IMPATIENT) * soak)]
    patient, impatient = numbers[: PATIENT * soak], numbers[PATIENT * soak :]
    await scene.ready(*scene.agents)

    async with (
        listening(numbers, host=CUSTOMERS_HOST, first_port=EARS_PORT, hertz=CUSTOMER_HERTZ) as ears,
        answering(scene, tones),
    ):
        runs = [
            load.place(patient, ears, first_port=EARS_PORT, patience_ms=PATIENT_MS, rate=2),
            load.place(impatient, ears, first_port=EARS_PORT, patience_ms=IMPATIENT_MS, rate=1),
        ]
        await asyncio.sleep(4)
        killed_ms = time.time() * 1000
        scene.centre.kill("engine")
        await until_back(scene.centre, "engine")
        away = f"{killed_ms:.0f}-{time.time() * 1000:.0f}"
        try:
            for run in runs:
                await asyncio.to_thread(run.wait, patience(120 * soak))
        except subprocess.TimeoutExpired as stuck:
            stuck.add_note(f"{load.errors()}\n{scene.feed.board.agents}\n{scene.feed.board.queues}")
            raise
        await scene.until_waiting(0)
    heard = tmp_path / "heard"
    heard.mkdir()
    for ear in ears.values():
        ear.write(heard)

    await until(lambda: unsettled(scene, set(numbers)), lambda found: not found, 40)
    export = await export_of(scene, set(numbers))
    judge = Judge(tmp_path, heard, tones, away)
    made = await scene.centre.command("token", "create", "--role", "administrator")
    assert made.returncode == 0, made.stderr
    said = judge.ask(scene.centre.base, made.stdout.strip(), await scene.days())
    assert said.returncode == 0, said.stdout + said.stderr
    outcomes = {row["outcome"] for row in export["interactions"]}
    assert "answered" in outcomes
    assert outcomes & {"abandoned", "short_abandoned"}, "nobody lost his patience: the load is too light"

    judge.sees_what_is_planted(export)


class Load:
    """Runs of sipp, each with its own log."""

    def __init__(self, scene: Scene, folder: Path, sipp: str) -> None:
        self._scene, self._folder, self._sipp = scene, folder, sipp
        self._runs = 0

    def place(
        self, numbers: Sequence[str], ears: dict[str, Ear], *, first_port: int, patience_ms: int, rate: int
    ) -> "subprocess.Popen[bytes]":
        """One call from each number, so many each second."""
        self._runs += 1
        base = self._folder / f"run{self._runs}"
        scenario = base.with_suffix(".xml")
        scenario.write_text(SCENARIO.read_text().replace("@PATIENCE@", str(patience_ms)))
        ports = {number: first_port + 2 * place for place, number in enumerate(ears)}
        lines = base.with_suffix(".csv")
        lines.write_text("\n".join(["SEQUENTIAL", *(f"{one};{ports[one]}" for one in numbers)]) + "\n")
        command = [self._sipp, f"{CUSTOMERS_HOST}:{self._scene.centre.sip_port}", "-sf", str(scenario)]
        command += ["-i", CUSTOMERS_HOST, "-mi", CUSTOMERS_HOST, "-p", str(SIPP_PORT + 2 * self._runs)]
        command += ["-inf", str(lines), "-s", DIRECT, "-m", str(len(numbers)), "-r", str(rate), "-nostdin"]
        command += ["-trace_msg", "-message_file", str(base.with_suffix(".messages"))]
        command += ["-trace_err", "-error_file", str(base.with_suffix(".errors")), "-timeout", "200"]
        with base.with_suffix(".out").open("wb") as output:
            return subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=self._folder
            )

    def errors(self) -> str:
        """What sipp complained of last."""
        return "\n".join(
            line
            for log in sorted(self._folder.glob("run*.errors"))
            for line in log.read_text(errors="replace").splitlines()[-15:]
        )


@contextlib.asynccontextmanager
async def answering(scene: Scene, tones: dict[int, int]) -> "contextlib.AsyncIterator[None]":
    """Agents who answer, speak their tone for a second, hang up and are ready again."""
    by_phone = {agent.phone: agent for agent in scene.agents}

    async def serve(agent: Phone, leg: Leg) -> None:
        await scene.world.answer(leg)
        await scene.world.speak(leg, tones[agent.agent_id])
        await asyncio.sleep(TALK_SECONDS)
        await scene.world.hang_up(leg)

    async def back_to_work() -> None:
        """Whoever is in a wrap-up is done at once; whoever was paused goes on."""
        while True:
            for agent in scene.agents:
                state = scene.feed.board.agents[agent.agent_id]["state"]
                path = {"wrap_up": "wrap-up/finish", "not_ready": "ready"}.get(state)
                if path is not None:
                    # The engine may be dead just now; he tries again.
                    with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                        await agent.api.ask("POST", f"/api/v1/desk/{path}", {})
            await asyncio.sleep(0.1)

    async def take_rings() -> None:
        while True:
            login, leg = await scene.world.ringing(600)
            serving.append(asyncio.create_task(serve(by_phone[login], leg), name=f"serve {login}"))

    serving: list[asyncio.Task[None]] = []
    workers = [
        asyncio.create_task(take_rings(), name="rings"),
        asyncio.create_task(back_to_work(), name="wrap-ups"),
    ]
    try:
        yield
    finally:
        for task in workers:
            task.cancel()
        await asyncio.gather(*workers, *serving, return_exceptions=True)


async def export_of(scene: Scene, numbers: set[str]) -> dict[str, Any]:
    """Both lists as the API gives them, without the calls of other tests."""
    days = await scene.days()
    export = {}
    for name in ("interactions", "recordings"):
        rows = (await scene.admin.get(f"/api/v1/{name}", **days, limit=500))["rows"]
        export[name] = [row for row in rows if row["number"] in numbers]
    return export


async def unsettled(scene: Scene, numbers: set[str]) -> list[dict[str, Any]]:
    """What is not over, and talks whose recordings are not there yet."""
    export = await export_of(scene, numbers)
    stored = {one["interaction_id"] for one in export["recordings"] if one["state"] == "stored"}
    return [
        row
        for row in export["interactions"]
        if row["direction"] == "inbound"
        and (not row["outcome"] or (_has_sound(row) and row["interaction_id"] not in stored))
    ]


def _has_sound(row: dict[str, Any]) -> bool:
    """Who leaves just when he is answered has talked for a few packets of 20 ms, or for none."""
    return row["outcome"] == "answered" and row["talk_seconds"] > 0.1


class Judge:
    """The checker as a program of its own."""

    def __init__(self, folder: Path, heard: Path, tones: dict[int, int], away: str) -> None:
        self._folder, self._heard, self._tones, self._away = folder, heard, tones, away

    def ask(self, url: str, token: str, days: dict[str, str]) -> "subprocess.CompletedProcess[str]":
        """As a stranger runs it: by address and token."""
        file = self._folder / "token"
        file.write_text(token)
        numbers = NUMBERS.replace("+", r"\+")
        words = ["--url", url, "--token", str(file), "--from", days["from"], "--to", days["to"]]
        return self._run([*words, "--numbers", f"^{numbers}"])

    def run(self, export: dict[str, Any]) -> "subprocess.CompletedProcess[str]":
        file = self._folder / "export.json"
        file.write_text(json.dumps(export))
        return self._run(["--export", str(file)])

    def _run(self, words: list[str]) -> "subprocess.CompletedProcess[str]":
        logs = [str(log) for log in sorted(self._folder.glob("run*.messages"))]
        command = [sys.executable, str(CHECKER), "--sipp", *logs, "--heard", str(self._heard), *words]
        command += ["--tones", json.dumps(self._tones), "--slack", str(patience(1.0)), "--away", self._away]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)

    def sees_what_is_planted(self, export: dict[str, Any]) -> None:
        """A row that is lost, one that is there twice, one nobody called for, one that says otherwise, and a
        recording that is missing: each is one line."""
        rows: list[dict[str, Any]] = export["interactions"]
        answered = next(row for row in rows if row["outcome"] == "answered" and row["talk_seconds"] > 0.8)
        others = [row for row in rows if row is not answered]
        stranger = answered | {"number": "+79990000000", "interaction_id": "1"}
        planted = {
            "0 interactions in the export": {"interactions": others},
            "stands 2 times": {"interactions": [*rows, answered]},
            "nobody placed it": {"interactions": [*rows, stranger]},
            "outcome abandoned": {"interactions": [*others, answered | {"outcome": "abandoned"}]},
            "0 recordings stored": {
                "recordings": [
                    one for one in export["recordings"] if one["interaction_id"] != answered["interaction_id"]
                ]
            },
        }
        for words, change in planted.items():
            said = self.run(export | change)
            assert said.returncode == 1, words
            assert words in said.stdout, f"{words}: {said.stdout}"
