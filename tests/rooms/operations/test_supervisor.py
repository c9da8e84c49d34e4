"""Children are kept alive, survive their supervisor, are adopted again, and are stopped in reverse order."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from otklik.operations import launcher, processes
from otklik.operations.launcher import StartRefused
from otklik.operations.supervisor import Supervisor, Teller, only_supervisor, pause_after
from otklik.settings import Settings
from tests.slowness import patience

pytestmark = pytest.mark.database  # no database, but processes: too slow for the quick part

PATIENCE_SECONDS = 20.0
SUPERVISOR = """
import asyncio, sys
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.rooms.operations.test_supervisor import home_of, run_children
asyncio.run(run_children(home_of(Path({home!r})), {names!r}))
"""
# Each child writes its name when it is told to end, so that the order of the ends can be seen.
CHILD = """
import os, signal, sys, time
def end(*_):
    with open({ends!r}, "a") as file:
        file.write({name!r} + " ")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
with open({starts!r}, "a") as file:
    file.write("{name} ")
print("I am {name}", flush=True)
{body}
"""


def home_of(folder: Path) -> Settings:
    """Settings of a home in a folder, with its folders made."""
    settings = Settings(home=folder, channel="simulator", port=free_base(), https_bind="")
    launcher.make_folders(settings)
    return settings


def free_base() -> int:
    """An HTTP port that nobody holds now."""
    for port in range(21000 + os.getpid() % 5000, 30000, 7):
        if launcher.is_free(port, datagram=False, address="127.0.0.1"):
            return port
    raise AssertionError("no free port")


def child(settings: Settings, name: str, body: str = "time.sleep(1000)", mark: str = "1") -> launcher.Child:
    """A child that sleeps, or does what `body` says."""
    text = CHILD.format(
        name=name, body=body, ends=str(settings.home / "ends"), starts=str(settings.home / "starts")
    )

    def prepare() -> launcher.Start:
        return launcher.Start(command=(sys.executable, "-c", text), environment=dict(os.environ), mark=mark)

    return launcher.Child(name=name, prepare=prepare, mark=mark, patience_seconds=3.0)


async def run_children(settings: Settings, names: list[str]) -> None:
    """Supervise sleeping children until a signal comes."""
    supervisor = Supervisor(settings, [child(settings, name) for name in names], Teller())

    async def bring_up() -> None:
        for name in names:
            supervisor.keep(name)

    await supervisor.run(bring_up)


def start_supervisor(settings: Settings, names: list[str]) -> subprocess.Popen[bytes]:
    """Supervise in a process of its own, which may be killed."""
    root = str(Path(__file__).parents[3])
    text = SUPERVISOR.format(root=root, home=str(settings.home), names=names)
    return subprocess.Popen([sys.executable, "-c", text], cwd=root)


def words_in(path: Path) -> list[str]:
    """What the children wrote."""
    return path.read_text().split() if path.exists() else []


def wait_until(holds, what: str) -> None:
    """Wait for something, with an end."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def running(settings: Settings, name: str) -> processes.Running | None:
    """The child of a name, by its pid file."""
    return processes.find_running(launcher.pid_file_of(settings, name))


def started(settings: Settings, name: str) -> processes.Running:
    """The same, once it is written down: a child may do its first deed a moment before."""
    wait_until(lambda: running(settings, name) is not None, f"{name} is written down")
    found = running(settings, name)
    assert found is not None
    return found


def test_children_outlive_a_killed_supervisor_and_are_adopted(tmp_path):
    settings = home_of(tmp_path / "home")
    first = start_supervisor(settings, ["one", "two"])
    wait_until(lambda: len(words_in(settings.home / "starts")) == 2, "both start")
    before = {name: started(settings, name) for name in ("one", "two")}
    first.kill()
    first.wait()
    assert before["one"].is_alive()
    assert before["two"].is_alive()

    second = start_supervisor(settings, ["one", "two"])
    time.sleep(2.0)
    after = {name: started(settings, name) for name in ("one", "two")}
    second.terminate()

    assert second.wait(PATIENCE_SECONDS) == 0
    assert after == before
    assert words_in(settings.home / "starts") == words_in(settings.home / "starts")[:2]
    assert words_in(settings.home / "ends") == ["two", "one"]
    assert running(settings, "one") is None


def test_adopted_child_is_started_again_when_it_dies(tmp_path):
    settings = home_of(tmp_path / "home")
    first = start_supervisor(settings, ["one"])
    wait_until(lambda: words_in(settings.home / "starts") == ["one"], "it starts")
    started(settings, "one")
    first.kill()
    first.wait()
    second = start_supervisor(settings, ["one"])
    time.sleep(1.0)

    started(settings, "one").send(signal.SIGKILL)
    died = time.monotonic()
    wait_until(lambda: words_in(settings.home / "starts") == ["one", "one"], "it starts again")
    again = time.monotonic() - died
    second.terminate()

    assert second.wait(PATIENCE_SECONDS) == 0
    assert again < patience(1.5)


def test_child_has_a_session_of_its_own(tmp_path):
    settings = home_of(tmp_path / "home")
    supervisor = start_supervisor(settings, ["one"])
    wait_until(lambda: words_in(settings.home / "starts") == ["one"], "it starts")
    found = started(settings, "one")

    assert os.getsid(found.pid) == found.pid
    assert os.getsid(found.pid) != os.getsid(supervisor.pid)

    supervisor.terminate()
    supervisor.wait(PATIENCE_SECONDS)


async def test_child_that_was_started_otherwise_is_replaced(tmp_path):
    settings = home_of(tmp_path / "home")
    old = child(settings, "one", mark="old").prepare()
    left = processes.start(
        old.command,
        pid_file=launcher.pid_file_of(settings, "one"),
        log_file=launcher.log_of(settings, "one"),
        environment=old.environment,
        mark=old.mark,
    )
    await eventually(lambda: words_in(settings.home / "starts") == ["one"])

    supervisor = Supervisor(settings, [child(settings, "one", mark="new")], Teller())

    async def bring_up() -> None:
        supervisor.keep("one")
        await eventually(lambda: len(words_in(settings.home / "starts")) == 2)
        assert not left.is_alive()
        supervisor.stop()

    await supervisor.run(bring_up)


async def test_child_that_gives_way_does_so_with_its_whole_session(tmp_path):
    settings = home_of(tmp_path / "home")
    modest = child(settings, "one").prepare()
    running = processes.start(
        modest.command,
        pid_file=launcher.pid_file_of(settings, "one"),
        log_file=launcher.log_of(settings, "one"),
        environment=modest.environment,
        mark=modest.mark,
        nice=10,
    )
    try:
        await eventually(lambda: os.getpriority(os.PRIO_PROCESS, running.pid) >= 10)
        group = Path(f"/proc/{running.pid}/autogroup")
        if group.exists():
            assert group.read_text().split()[1:] == ["nice", "10"]
    finally:
        running.send(signal.SIGTERM)
        await eventually(lambda: not running.is_alive())


async def test_child_of_an_earlier_demo_is_stopped(tmp_path):
    settings = home_of(tmp_path / "home")
    robots = child(settings, "robots").prepare()
    left = processes.start(
        robots.command,
        pid_file=launcher.pid_file_of(settings, "robots"),
        log_file=launcher.log_of(settings, "robots"),
        environment=robots.environment,
        mark=robots.mark,
    )
    await eventually(lambda: words_in(settings.home / "starts") == ["robots"])
    supervisor = Supervisor(settings, [child(settings, "one")], Teller())

    async def bring_up() -> None:
        supervisor.stop()

    await supervisor.run(bring_up)

    assert not left.is_alive()


async def test_child_that_ignores_the_polite_signal_is_killed_with_what_it_started(tmp_path):
    settings = home_of(tmp_path / "home")
    body = (
        "import subprocess; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "deep = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(1000)'])\n"
        f"open({str(settings.home / 'deep')!r}, 'w').write(str(deep.pid))\n"
        "time.sleep(1000)"
    )
    supervisor = Supervisor(settings, [child(settings, "deaf", body)], Teller())

    async def bring_up() -> None:
        supervisor.keep("deaf")
        await eventually(lambda: words_in(settings.home / "deep"))
        supervisor.stop()

    await supervisor.run(bring_up)

    deep = int((settings.home / "deep").read_text())
    await eventually(lambda: processes.start_of(deep) is None)


async def test_child_that_keeps_dying_is_started_with_longer_pauses(tmp_path):
    settings = home_of(tmp_path / "home")
    pauses: list[int] = []

    class Listener(Teller):
        def step(self, code: str, **facts) -> None:
            if code == "child_died":
                pauses.append(facts["pause_seconds"])

    supervisor = Supervisor(settings, [child(settings, "weak", "sys.exit(3)")], Listener())

    async def bring_up() -> None:
        supervisor.keep("weak")
        await eventually(lambda: len(pauses) == 3)
        supervisor.stop()

    await supervisor.run(bring_up)

    assert pauses == [0, 1, 2]
    assert "I am weak" in launcher.log_of(settings, "weak").read_text()


async def test_start_that_fails_stops_what_was_started(tmp_path):
    settings = home_of(tmp_path / "home")
    supervisor = Supervisor(settings, [child(settings, "one")], Teller())

    async def bring_up() -> None:
        supervisor.keep("one")
        await eventually(lambda: words_in(settings.home / "starts"))
        raise StartRefused("seed_failed", exit_code=1)

    with pytest.raises(StartRefused):
        await supervisor.run(bring_up)

    assert words_in(settings.home / "ends") == ["one"]


def test_second_supervisor_of_a_home_is_told_who_holds_it(tmp_path):
    settings = home_of(tmp_path / "home")

    with only_supervisor(settings), pytest.raises(StartRefused) as refused, only_supervisor(settings):
        pass

    assert refused.value.code == "home_taken"
    assert refused.value.facts["pid"] == os.getpid()


def test_port_of_another_program_is_refused_with_its_name(tmp_path):
    import socket

    settings = home_of(tmp_path / "home")
    with socket.socket() as other:
        other.bind(("127.0.0.1", settings.port))
        other.listen()

        with pytest.raises(StartRefused) as refused:
            launcher.refuse_taken_ports(settings, is_adopting=lambda name: False)

    assert refused.value.code == "port_taken"
    assert refused.value.facts["port"] == settings.port
    assert str(os.getpid()) in refused.value.facts["holder"]


def test_pid_that_belongs_to_another_process_by_now_is_not_adopted(tmp_path):
    mine = processes.Running(pid=os.getpid(), started=processes.start_of(os.getpid()), fingerprint="1")
    other = processes.Running(pid=os.getpid(), started=mine.started - 1, fingerprint="1")
    processes.write_pid_file(tmp_path / "mine.pid", mine)
    processes.write_pid_file(tmp_path / "other.pid", other)

    assert processes.find_running(tmp_path / "mine.pid") == mine
    assert processes.find_running(tmp_path / "other.pid") is None
    assert processes.find_running(tmp_path / "none.pid") is None


def test_pauses_grow_to_thirty_seconds():
    assert [pause_after(deaths) for deaths in range(1, 9)] == [0, 1, 2, 4, 8, 16, 30, 30]


def test_long_log_keeps_its_newer_half(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "LOG_LIMIT_BYTES", 1000)
    log = tmp_path / "web.log"
    log.write_text("".join(f"line {number}\n" for number in range(400)))

    processes.shorten(log)

    lines = log.read_text().splitlines()
    assert lines[-1] == "line 399"
    assert lines[0].startswith("line ")
    assert log.stat().st_size <= 1000


async def eventually(holds) -> None:
    """Wait for something in a loop, with an end."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not holds():  # noqa: ASYNC110, a file says it, and nothing tells of a file
            await asyncio.sleep(0.02)
