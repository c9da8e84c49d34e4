"""The self-test passes on a healthy centre, and names what is broken on one that a test broke."""

import asyncio
import base64
import contextlib
import json
import os
import signal
from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp

from tests.whole.centre import Centre
from tests.whole.conftest import WHOLE, Scene

pytestmark = WHOLE

CHECKS = [
    "engine",
    "channel",
    "agent",
    "trunk",
    "offer",
    "answer",
    "audio_to_agent",
    "audio_to_customer",
    "journal",
    "recording",
]
SELF_TEST_NUMBER = "9999"
SELF_TEST_TRUNK = "trunk-9999"
SELF_TEST_PHONE = "self-test"


async def test_a_healthy_centre_passes(scene: Scene) -> None:
    found = await self_test(scene.centre, code=0)
    assert found["passed"] is True
    assert all(check["passed"] for check in found["checks"])
    # It is nobody's work: no list and no board knows of it.
    assert not [row for row in await scene.interactions() if row["number_called"] == SELF_TEST_NUMBER]
    board = await scene.admin.get("/api/v1/report/day-board")
    assert {queue["name"] for queue in board["queues"]} == {"Sales", "Support", "Billing"}


async def test_a_removed_trunk_is_named(scene: Scene) -> None:
    async with without_trunk(scene.centre):
        found = await self_test(scene.centre)
    assert failed(found) == "trunk", found


async def test_a_muted_agent_and_a_folder_that_takes_no_recordings_are_named(scene: Scene) -> None:
    """Two faults in one call, each with its own name; what is well is said to be well."""
    async with muted_agent(scene.centre):
        with without_recordings_folder(scene.centre):
            found = await self_test(scene.centre)
    details = {check["name"]: check["detail"] for check in found["checks"] if not check["passed"]}
    assert set(details) == {"audio_to_customer", "recording"}
    assert details["audio_to_customer"].startswith("tone_not_heard: 700 Hz")
    assert details["recording"] == "recording_missing: not_writable"


async def test_a_stopped_writer_is_named(scene: Scene) -> None:
    engine = scene.centre.pid("engine")
    os.kill(engine, signal.SIGSTOP)
    try:
        found = await self_test(scene.centre)
    finally:
        os.kill(engine, signal.SIGCONT)
    assert failed(found) == "engine"
    assert [check["detail"] for check in found["checks"][1:]] == ["not_reached"] * 9


async def self_test(centre: Centre, *, code: int = 1) -> dict[str, Any]:
    """What `otklik selftest --json` prints; its shape is a promise to other programs."""
    done = await centre.command("selftest", "--json")
    assert done.returncode == code, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert set(found) == {"passed", "checks"}
    assert [check["name"] for check in found["checks"]] == CHECKS
    assert all(set(check) == {"name", "passed", "detail"} for check in found["checks"])
    assert found["passed"] is (code == 0)
    return found


def failed(found: dict[str, Any]) -> str:
    """The first check that failed; all before it have passed."""
    return str(next(check["name"] for check in found["checks"] if not check["passed"]))


@contextlib.asynccontextmanager
async def asterisk(centre: Centre) -> AsyncIterator[Any]:
    """The centre's own Asterisk, to break something in it: `await ask(method, path, **query)`."""
    password = (centre.home / "keys" / "ari_password").read_text().strip()
    base = f"http://127.0.0.1:{centre.port + 2}/ari/"
    credentials = base64.b64encode(f"otklik:{password}".encode()).decode()
    async with aiohttp.ClientSession(headers={"Authorization": f"Basic {credentials}"}) as session:

        async def ask(method: str, path: str, body: Any = None, **query: str) -> Any:
            async with session.request(method, base + path, json=body, params=query) as answer:
                assert answer.status < 300, f"{method} {path}: {answer.status} {await answer.text()}"
                return await answer.json() if answer.status == 200 else None

        yield ask


@contextlib.asynccontextmanager
async def without_trunk(centre: Centre) -> AsyncIterator[None]:
    """By which the self-test's calls are recognised."""
    place = f"asterisk/config/dynamic/res_pjsip/identify/{SELF_TEST_TRUNK}"
    async with asterisk(centre) as ask:
        fields = await ask("GET", place)
        await ask("DELETE", place)
        try:
            yield
        finally:
            kept = [field for field in fields if field["attribute"] in ("endpoint", "match")]
            await ask("PUT", place, {"fields": kept})


@contextlib.asynccontextmanager
async def muted_agent(centre: Centre) -> AsyncIterator[None]:
    """Whatever the self-test's phone says is not heard."""

    async def mute(ask: Any) -> None:
        muted: set[str] = set()
        while True:
            for channel in await ask("GET", "channels"):
                if SELF_TEST_PHONE in channel["name"] and channel["id"] not in muted:
                    with contextlib.suppress(AssertionError):
                        await ask("POST", f"channels/{channel['id']}/mute", direction="in")
                        muted.add(channel["id"])
            await asyncio.sleep(0.05)

    async with asterisk(centre) as ask:
        muting = asyncio.create_task(mute(ask), name="mute")
        try:
            yield
        finally:
            muting.cancel()
            await asyncio.gather(muting, return_exceptions=True)


@contextlib.contextmanager
def without_recordings_folder(centre: Centre) -> Iterator[None]:
    # Root may write into a read-only folder, so there is none at all.
    folder = centre.home / "recordings"
    aside = folder.with_name("recordings.aside")
    folder.rename(aside)
    folder.write_text("a file in the folder's place")
    try:
        yield
    finally:
        folder.unlink()
        aside.rename(folder)
