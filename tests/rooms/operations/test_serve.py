"""`otklik serve` as a person meets it: one command, a page, log-ins, Ctrl-C; again; two at once."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from otklik.operations import launcher, processes
from otklik.settings import Settings

pytestmark = pytest.mark.database

CHILDREN = ("postgres", "engine", "web", "recordings", "courier")
START_SECONDS = 90.0
STOP_SECONDS = 60.0


class Centre:
    """A centre on the simulator channel in a folder of its own, started as a process."""

    def __init__(self, home: Path, port: int) -> None:
        self.settings = Settings(home=home, port=port, channel="simulator", https_bind="127.0.0.1")
        self.process: subprocess.Popen[bytes] | None = None
        self.said = home.parent / f"said-{port}"

    def start(self, *words: str) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("OTKLIK_")}
        environment = {**kept, "LC_ALL": "C.UTF-8", "OTKLIK_HTTPS_BIND": "127.0.0.1"}
        command = [sys.executable, "-m", "otklik", "serve", "--home", str(self.settings.home)]
        command += ["--port", str(self.settings.port), "--channel", "simulator", *words]
        with self.said.open("w") as said:
            self.process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT, env=environment)

    def output(self) -> str:
        """What it has said so far."""
        return self.said.read_text()

    def wait_until_ready(self) -> float:
        """Seconds until it told its addresses."""
        began = time.monotonic()
        while "Ctrl-C" not in self.output():
            assert self.process.poll() is None, self.output()
            assert time.monotonic() - began < START_SECONDS, self.output() + self.logs()
            time.sleep(0.05)
        return time.monotonic() - began

    def logs(self) -> str:
        """The ends of its children's logs."""
        files = sorted(self.settings.logs.glob("*.log"))
        return "".join(f"\n== {file.name}\n{file.read_text()[-2000:]}" for file in files)

    def health(self) -> tuple[int, dict]:
        """Code and body of /api/health."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(f"http://127.0.0.1:{self.settings.port}/api/health", timeout=10) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)
        except OSError:
            return 0, {}

    def wait_until_well(self) -> None:
        """Until health says ok."""
        deadline = time.monotonic() + START_SECONDS
        while self.health()[0] != 200:
            assert time.monotonic() < deadline, f"{self.health()}{self.logs()}"
            time.sleep(0.1)

    def pids(self) -> dict[str, int | None]:
        """Its running children."""
        found = {name: processes.find_running(launcher.pid_file_of(self.settings, name)) for name in CHILDREN}
        return {name: running.pid if running else None for name, running in found.items()}

    def stop(self, number: int = signal.SIGINT) -> int:
        """Tell it to stop; its exit code."""
        self.process.send_signal(number)
        return self.process.wait(STOP_SECONDS)

    def clear(self) -> None:
        """Leave nothing running, whatever happened."""
        if self.process is not None and self.process.poll() is None:
            self.stop()
        for name in reversed(CHILDREN):
            left = processes.find_running(launcher.pid_file_of(self.settings, name))
            if left is not None:
                left.send_group(signal.SIGKILL)


@pytest.fixture
def centre() -> Iterator[Centre]:
    """A centre that was not started yet."""
    yield from made()


@pytest.fixture
def other_centre(centre: Centre) -> Iterator[Centre]:
    """A second one, with other ports."""
    yield from made(centre.settings.port + 10)


def made(first_port: int = 31000) -> Iterator[Centre]:
    """A centre in a short path: sockets have a limit."""
    with tempfile.TemporaryDirectory(prefix="otklik-", ignore_cleanup_errors=True) as folder:
        port = next(
            port
            for port in range(first_port, 60000, 10)
            if all(launcher.is_free(port + more, datagram=False, address="127.0.0.1") for more in range(3))
        )
        found = Centre(Path(folder) / "home", port)
        yield found
        found.clear()


def test_it_starts_tells_how_to_use_it_and_stops_every_child(centre):
    centre.start("--sign-ins", str(centre.settings.home.parent / "sign-ins.json"))
    centre.wait_until_ready()
    centre.wait_until_well()
    said = centre.output()
    told = json.loads((centre.settings.home.parent / "sign-ins.json").read_text())
    code, health = centre.health()

    assert f"http://localhost:{centre.settings.port}" in said
    assert f":{centre.settings.https_port}" in said
    assert all(sign_in["password"] in said for sign_in in told)
    assert len({sign_in["password"] for sign_in in told}) == len(told) > 2
    assert (code, health["status"], health["channel"]) == (200, "ok", "simulator")
    assert all(centre.pids().values())

    assert centre.stop(signal.SIGTERM) == 0

    assert not any(centre.pids().values())
    assert centre.health()[0] == 0


def test_second_start_keeps_all_data_and_is_quick(centre):
    centre.start()
    centre.wait_until_ready()
    centre.wait_until_well()
    sequence = int(centre.health()[1]["seq"])
    assert centre.stop() == 0

    centre.start()
    seconds = centre.wait_until_ready()
    centre.wait_until_well()

    assert int(centre.health()[1]["seq"]) >= sequence > 0
    assert "Sign in" not in centre.output()
    assert seconds < 10 or (os.getloadavg()[0] > os.cpu_count() and seconds < 30)


def test_killed_supervisor_leaves_the_centre_serving_and_the_next_one_takes_it_over(centre):
    centre.start()
    centre.wait_until_ready()
    centre.wait_until_well()
    before = centre.pids()
    centre.process.kill()
    centre.process.wait()
    assert centre.health()[0] == 200

    centre.start()
    centre.wait_until_ready()

    assert centre.pids() == before
    assert "already running" in centre.output()
    assert centre.stop() == 0
    assert not any(centre.pids().values())


def test_dead_children_come_back_one_by_one(centre):
    centre.start()
    centre.wait_until_ready()
    centre.wait_until_well()

    for name in ("web", "engine", "postgres"):
        before = centre.pids()
        os.kill(before[name], signal.SIGKILL)
        deadline = time.monotonic() + START_SECONDS
        while centre.pids()[name] in (None, before[name]):
            assert time.monotonic() < deadline, name
            time.sleep(0.05)
        centre.wait_until_well()


def test_two_centres_run_side_by_side_and_one_home_has_one_supervisor(centre, other_centre):
    centre.start()
    other_centre.start()
    centre.wait_until_ready()
    other_centre.wait_until_ready()
    centre.wait_until_well()
    other_centre.wait_until_well()

    intruder = Centre(centre.settings.home, other_centre.settings.port + 100)
    intruder.start()
    assert intruder.process.wait(STOP_SECONDS) == 1
    assert str(centre.process.pid) in intruder.output()

    neighbour = Centre(centre.settings.home.parent / "third", centre.settings.port)
    neighbour.start()
    assert neighbour.process.wait(STOP_SECONDS) == 1
    assert str(centre.settings.port) in neighbour.output()

    assert centre.stop() == 0
    assert other_centre.health()[0] == 200
