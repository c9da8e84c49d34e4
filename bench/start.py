"""How long `make run` takes: cold, from a fresh clone; warm, with everything there.

    python -m bench.start [--cold] [--wheels] [--repeat 3] [--json FILE]

Cold: `git clone` of this checkout, no `.venv`, no web UI, no Asterisk in the cache, no home; pip's, uv's and
npm's own caches stay as they are, unless --wheels empties them, too. Warm: the same command again. The time
runs from the command to the moment when health is good and a browser shows the field for the log-in. Peer of
the warm start: the two servers that it cannot do without, on the same folders: PostgreSQL and Asterisk, bare,
side by side, until both answer.
"""

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
from playwright.async_api import Page, async_playwright

from bench.screen import FLAGS
from otklik import database
from otklik.channels.asterisk.instance import write_instance
from otklik.operations import launcher, postgres, processes
from otklik.settings import read_settings

ROOT = Path(__file__).resolve().parent.parent
PORT, SIP_PORT = 27150, 27158
ADDRESS = "127.0.0.16"
RTP = (27740, 27798)
COLD_SECONDS = 900.0
WARM_SECONDS = 120.0


class Tree:
    """A checkout, and what `make run` is given in it."""

    def __init__(self, tree: Path, folder: Path, *, cache: Path | None, empties_wheels: bool) -> None:
        self._tree = tree
        self.home = folder / "home"
        self._log = folder / "run.log"
        self.environment = {
            **os.environ,
            "OTKLIK_HOME": str(self.home),
            "OTKLIK_PORT": str(PORT),
            "OTKLIK_SIP_PORT": str(SIP_PORT),
            "OTKLIK_SIP_BIND": ADDRESS,
            "OTKLIK_HTTPS_BIND": ADDRESS,
            "OTKLIK_RTP_FROM": str(RTP[0]),
            "OTKLIK_RTP_TO": str(RTP[1]),
        }
        # Otherwise this program's own way of being imported would leak into the tree that is measured.
        self.environment.pop("PYTHONPATH", None)
        if cache is not None:
            self.environment["OTKLIK_CACHE"] = str(cache)
        if empties_wheels:
            empty = str(folder / "empty-cache")
            names = ("XDG_CACHE_HOME", "PIP_CACHE_DIR", "UV_CACHE_DIR", "npm_config_cache")
            self.environment |= dict.fromkeys(names, empty)

    async def time_to_page(self, page: Page, seconds: float) -> dict[str, float]:
        """Starts, waits until it can be used, stops. Seconds to health and to the page."""
        began = time.perf_counter()
        with self._log.open("ab") as log:
            process = subprocess.Popen(  # noqa: ASYNC220 - nothing else runs here
                ["make", "run"],
                cwd=self._tree,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            await self._until_healthy(process, seconds)
            healthy = time.perf_counter() - began
            await page.goto(f"http://localhost:{PORT}/")
            await page.wait_for_selector("input[type=password]", timeout=60_000)
            shown = time.perf_counter() - began
        finally:
            # make hands the signal on to nobody: the centre is told itself, as Ctrl-C tells all of them.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGINT)
            try:
                await asyncio.to_thread(process.wait, 60)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
        await page.goto("about:blank")
        return {"healthy_seconds": healthy, "page_seconds": shown}

    async def _until_healthy(self, process: "subprocess.Popen[bytes]", seconds: float) -> None:
        deadline = time.perf_counter() + seconds
        async with aiohttp.ClientSession() as session:
            while time.perf_counter() < deadline:
                with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError):
                    async with session.get(
                        f"http://localhost:{PORT}/api/health", timeout=aiohttp.ClientTimeout(total=2)
                    ) as answer:
                        if answer.status == 200:
                            return
                if process.poll() is not None:
                    break
                await asyncio.sleep(0.05)
        raise RuntimeError(f"it did not start: {self._log.read_text(errors='replace')[-2000:]}")

    async def time_of_bare_servers(self) -> float:
        """Seconds until PostgreSQL and Asterisk of this home answer, started side by side and alone."""
        settings, sources = read_settings(
            {"home": self.home},
            {key: value for key, value in self.environment.items() if key.startswith("OTKLIK_")}
            | {"OTKLIK_HOME": str(self.home)},
        )
        server = postgres.server_of(settings)
        root = launcher.find_asterisk(settings, sources, lambda *_: None)
        launch = write_instance(launcher.asterisk_description(settings), root)
        address = database.private_address(server.password_file, server.sockets)
        began = time.perf_counter()
        running = [
            processes.start(
                command,
                pid_file=self.home.parent / f"bare-{name}.pid",
                log_file=self.home.parent / f"bare-{name}.log",
                environment=environment,
                mark="bench",
            )
            for name, command, environment in (
                ("postgres", server.command(), postgres.clean_environment()),
                ("asterisk", launch.arguments, launch.environment),
            )
        ]
        try:
            await asyncio.gather(
                _until(lambda: database.answers(address)), _until(lambda: _listens(settings.ari_port))
            )
            return time.perf_counter() - began
        finally:
            for one, polite in zip(running, (postgres.STOP_SIGNAL, signal.SIGTERM), strict=True):
                await processes.stop(one, polite=polite)


async def _until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await holds():  # noqa: ASYNC110 - another process holds it
            await asyncio.sleep(0.02)


async def _listens(port: int) -> bool:
    try:
        async with asyncio.timeout(1):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True


async def measure(folder: Path, words: argparse.Namespace) -> dict[str, Any]:
    """Cold once if wished, then warm some times, each beside its peer."""
    found: dict[str, Any] = {}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(FLAGS))
        page = await browser.new_page()
        try:
            if words.cold:
                clone = folder / "clone"
                await asyncio.to_thread(
                    subprocess.run, ["git", "clone", "-q", str(ROOT), str(clone)], check=True
                )
                tree = Tree(clone, folder, cache=folder / "cache", empties_wheels=words.wheels)
                cold = await tree.time_to_page(page, COLD_SECONDS)
                found["cold"] = {name: round(value, 1) for name, value in cold.items()}
                print(f"cold: {found['cold']}", flush=True)
            else:
                tree = Tree(ROOT, folder, cache=None, empties_wheels=False)
                await tree.time_to_page(page, COLD_SECONDS)
            warm: list[dict[str, float]] = []
            bare: list[float] = []
            for _ in range(words.repeat):
                warm.append(await tree.time_to_page(page, WARM_SECONDS))
                bare.append(await tree.time_of_bare_servers())
        finally:
            await browser.close()
    found["warm"] = {name: round(statistics.median(one[name] for one in warm), 2) for name in warm[0]}
    found["bare_seconds"] = round(statistics.median(bare), 2)
    found["ratio_to_bare"] = round(found["warm"]["page_seconds"] / found["bare_seconds"], 1)
    found["load"] = round(os.getloadavg()[0], 1)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--cold", action="store_true", help="from a fresh clone first (minutes)")
    parser.add_argument("--wheels", action="store_true", help="empty caches of pip, uv and npm as well")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--json", type=Path, help="write everything to this file, too")
    words = parser.parse_args()
    if not shutil.which("chromium"):
        print("cannot run: chromium is not here (apt install chromium)")
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    folder = Path(tempfile.mkdtemp(prefix="otklik-bench-"))
    try:
        found = asyncio.run(measure(folder, words))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if words.json:
        words.json.write_text(json.dumps(found, indent=1))
    print(json.dumps(found, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
