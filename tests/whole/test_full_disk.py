"""A disk that runs full: recording stops first, calls go on, and with room again new calls are recorded."""

import asyncio
import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from otklik.channels.asterisk.install import AsteriskRoot
from tests.parts import missing
from tests.whole.centre import AGENT_HERTZ, CUSTOMER_HERTZ, until
from tests.whole.conftest import DIRECT, PORT, WHOLE, Scene, centre_on, folder_for_tests, opened
from tests.whole.hearing import heard_seconds, longest_tone_gap
from tests.whole.test_kills import talk

pytestmark = WHOLE

DISK_PORT = PORT + 1200
DISK = "700m"
WORLD_HOST = "127.0.0.6"
TALKER, NEWCOMER, LATER = "+79161180001", "+79161180002", "+79161180003"
LONGEST_TONE_GAP_SECONDS = 0.2


@pytest.fixture(scope="module")
def small_disk() -> Iterator[Path]:
    """A file system of its own, small enough to be filled."""
    folder = Path(tempfile.mkdtemp(prefix="otklik-disk-"))
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=0700", "tmpfs", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        folder.rmdir()
        missing("root", f"a small file system cannot be mounted: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=False)
    with contextlib.suppress(OSError):
        folder.rmdir()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def narrow(small_disk: Path, asterisk_root: AsteriskRoot) -> AsyncIterator[Scene]:
    """A centre whose home lies on the small disk; its world lies elsewhere."""
    with folder_for_tests() as folder:
        centre = centre_on(small_disk, DISK_PORT)
        centre.start()
        try:
            async with opened(
                centre, folder, asterisk_root, phones=("agent1", "agent2"), host=WORLD_HOST
            ) as scene:
                yield scene
        finally:
            await asyncio.to_thread(centre.stop)


async def test_recording_stops_before_the_disk_is_full_and_calls_go_on(narrow: Scene) -> None:
    first, second = narrow.agents
    home = narrow.centre.home
    filler = home.parent / "filler"
    await narrow.ready(first)
    talker = await narrow.call(TALKER, DIRECT)
    _, phone = await narrow.world.ringing()
    await talk(narrow, first, talker, phone)
    await narrow.world.listen(phone)
    (raw,) = (home / "spool").glob("*.raw")
    await until(lambda: size_of(raw), lambda size: size > 32_000)

    fill(home, filler, leaving_percent=4.0)
    await until(narrow.centre.health, lambda found: found[1]["reasons"] == ["disk_low"])
    await until(lambda: said(narrow), lambda words: "recording.stopped" in words)
    await until(lambda: grows(raw), lambda growing: not growing)

    # The call goes on: for five seconds after the stop each side hears the other without a gap.
    await asyncio.sleep(5)
    heard_by_customer = await narrow.world.stop_listening(talker)
    heard_by_agent = await narrow.world.stop_listening(phone)
    assert heard_seconds(heard_by_customer, AGENT_HERTZ) > 5
    assert heard_seconds(heard_by_agent, CUSTOMER_HERTZ) > 5
    assert longest_tone_gap(heard_by_customer, AGENT_HERTZ) <= LONGEST_TONE_GAP_SECONDS
    assert longest_tone_gap(heard_by_agent, CUSTOMER_HERTZ) <= LONGEST_TONE_GAP_SECONDS
    assert not await grows(raw)
    await until(lambda: banners(narrow), lambda codes: "disk_low" in codes)
    assert "recording_stopped" not in await banners(narrow), "one banner says it all"

    # A new call is answered, too, and leaves no file.
    await narrow.ready(second)
    newcomer = await narrow.call(NEWCOMER, DIRECT)
    await narrow.answered_by(second)
    await asyncio.sleep(1)
    assert [path.name for path in (home / "spool").glob("*.raw")] == [raw.name]
    await narrow.world.hang_up(newcomer)
    await narrow.world.hang_up(talker)

    # What was recorded until then is kept.
    detail = await recorded(narrow, TALKER)
    assert detail["recordings"][0]["state"] == "stored", detail["recordings"]
    assert detail["recordings"][0]["duration_seconds"] > 1.5
    assert (await recorded(narrow, NEWCOMER))["recordings"][0]["missing_cause"] == "not_recorded"

    filler.unlink()
    await narrow.centre.until_healthy()
    await until(lambda: said(narrow), lambda words: "recording.resumed" in words)
    await narrow.idle()
    await narrow.until_state(first, "not_ready")
    await narrow.ready(first)
    later = await narrow.call(LATER, DIRECT)
    await narrow.answered_by(first)
    await asyncio.sleep(2)
    await narrow.world.hang_up(later)
    assert (await recorded(narrow, LATER))["recordings"][0]["state"] == "stored"


async def test_an_engine_that_starts_on_a_full_disk_closes_what_grows(narrow: Scene) -> None:
    """The one before died before it could stop the recording."""
    (first, _), home = narrow.agents, narrow.centre.home
    filler = home.parent / "filler"
    await narrow.peace()
    await narrow.ready(first)
    talker = await narrow.call(TALKER, DIRECT)
    _, phone = await narrow.world.ringing()
    await talk(narrow, first, talker, phone)
    (raw,) = (home / "spool").glob("*.raw")

    with narrow.centre.without("engine"):
        fill(home, filler, leaving_percent=4.0)
        assert await grows(raw), "nobody has stopped it"
    try:
        await until(lambda: grows(raw), lambda growing: not growing)
        assert not talker.over.is_set()
    finally:
        filler.unlink()
    await narrow.centre.until_healthy()


def fill(home: Path, filler: Path, *, leaving_percent: float) -> None:
    """Takes all of the disk but this share."""
    usage = shutil.disk_usage(home)
    size = usage.free - int(usage.total * leaving_percent / 100)
    assert size > 0, usage
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, size)


async def size_of(path: Path) -> int:
    return path.stat().st_size


async def grows(path: Path) -> bool:
    """Within a second; Asterisk writes every few hundred milliseconds."""
    before = path.stat().st_size
    await asyncio.sleep(1.0)
    return path.stat().st_size > before


async def said(scene: Scene) -> str:
    """What the engine's log holds."""
    return (scene.centre.home / "logs" / "engine.log").read_text(errors="replace")


async def banners(scene: Scene) -> list[str]:
    return [item["code"] for item in scene.feed.banners]


async def recorded(scene: Scene, number: str) -> dict[str, Any]:
    """The newest interaction of a number, when what became of its recording is known."""
    rows = await until(lambda: scene.interactions(number), bool)
    found: dict[str, Any] = await until(
        lambda: scene.detail(rows[0]["interaction_id"]), lambda one: one["recordings"], 60
    )
    return found
