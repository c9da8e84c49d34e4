"""Keeps the children of one home running: adopts those that run, starts the others, stops all when told to.

It holds nothing that is lost with it. After kill -9 of the supervisor the children live on, calls and all,
and the next one adopts them by their pid files. One supervisor for each home: HOME/run/supervisor.lock.
In which order a centre's children come up, and what happens between, stands in `starting.py`.
"""

import asyncio
import contextlib
import fcntl
import json
import os
import signal
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from otklik.logs import logger
from otklik.operations import launcher, processes
from otklik.operations.launcher import Child, StartRefused
from otklik.operations.processes import Running
from otklik.settings import Settings

FIRST_PAUSES_SECONDS = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0)
LONGEST_PAUSE_SECONDS = 30.0
STEADY_SECONDS = 60.0
"""A child that lived this long is started again at once after its death."""
READY_SECONDS = 60.0
LOOK_SECONDS = 0.05
LOGS_EVERY_SECONDS = 60.0

Found = TypeVar("Found")

log = logger()


class Teller:
    """Hears what happens; the command line puts it into words."""

    def step(self, code: str, **facts: Any) -> None:
        """Something goes on, with facts (a download: bytes done and in all)."""

    def ready(self, **facts: Any) -> None:
        """The centre serves."""


@dataclass(slots=True)
class Kept:
    """A child and what became of it. up: set while it runs."""

    child: Child
    running: Running | None = None
    deaths: int = 0
    is_adopted: bool = False
    up: asyncio.Event = field(default_factory=asyncio.Event)
    keeper: "asyncio.Task[None] | None" = None


@contextmanager
def only_supervisor(settings: Settings) -> Iterator[None]:
    """Hold the lock of the home. Refuses `home_taken` and says who holds it."""
    with (settings.run / "supervisor.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            held = read_json(file.read())
            facts = {"pid": held.get("pid", "?"), "host": held.get("host", "?")}
            raise StartRefused("home_taken", home=str(settings.home), **facts) from error
        file.truncate(0)
        file.write(json.dumps({"pid": os.getpid(), "host": socket.gethostname()}))
        file.flush()
        yield


class Supervisor:
    """The children of one home. Use: `await supervisor.run(bring_up)`."""

    def __init__(self, settings: Settings, children: Sequence[Child], teller: Teller) -> None:
        self._settings = settings
        self._teller = teller
        self._stopping = asyncio.Event()
        self._is_hurried = False
        self._tasks: asyncio.TaskGroup | None = None
        self.kept = {child.name: Kept(child) for child in children}

    async def run(self, bring_up: Callable[[], Awaitable[None]]) -> None:
        """Bring everything up, keep it up until SIGINT or SIGTERM, bring it down in reverse order.

        bring_up: calls `keep` for each child when what it needs is there.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.stop)
        self._adopt()
        launcher.refuse_taken_ports(self._settings, is_adopting=self.is_running)
        failure: BaseException | None = None
        try:
            async with asyncio.TaskGroup() as self._tasks:
                bringing = self._tasks.create_task(_waited(bring_up()), name="bring up")
                logs = self._tasks.create_task(self._keep_logs_short(), name="logs")
                await self._stopping.wait()
                keepers = [kept.keeper for kept in self.kept.values() if kept.keeper is not None]
                for task in (bringing, logs, *keepers):
                    task.cancel()
        except BaseExceptionGroup as group:
            failure = group.exceptions[0]
            while isinstance(failure, BaseExceptionGroup):
                failure = failure.exceptions[0]
        await self._bring_down()
        if failure is not None:
            raise failure

    def stop(self) -> None:
        """Ask for the end; a second time: hurry."""
        self._is_hurried = self._stopping.is_set()
        self._stopping.set()

    def is_running(self, name: str) -> bool:
        """True if a child runs now."""
        kept = self.kept.get(name)
        return kept is not None and kept.running is not None

    def keep(self, name: str) -> None:
        """From now on keep a child running. A child that this home does not have is left out."""
        kept = self.kept.get(name)
        if kept is not None and self._tasks is not None:
            kept.keeper = self._tasks.create_task(self._keep(kept), name=f"keep {name}")

    async def until(self, name: str, holds: Callable[[], Awaitable[bool]]) -> None:
        """Wait until something holds; refuse `child_silent` when a running child takes too long over it."""
        deadline = time.monotonic() + READY_SECONDS
        kept = self.kept.get(name)
        while not await holds():
            if kept is not None and not kept.up.is_set():
                deadline = time.monotonic() + READY_SECONDS  # a download may take its time
            if time.monotonic() > deadline or (kept is not None and kept.deaths >= len(FIRST_PAUSES_SECONDS)):
                raise StartRefused("child_silent", child=name, log=str(launcher.log_of(self._settings, name)))
            await asyncio.sleep(LOOK_SECONDS)

    def _adopt(self) -> None:
        """Take over what an earlier supervisor left running; what was started otherwise is told to end."""
        for name, kept in self.kept.items():
            found = processes.find_running(launcher.pid_file_of(self._settings, name))
            if found is None:
                continue
            if found.fingerprint == kept.child.mark:
                kept.running, kept.is_adopted = found, True
                log.info("child.adopted", child=name, pid=found.pid)
            else:
                log.info("child.replaced", child=name, pid=found.pid)
                found.send(kept.child.polite)
                _wait_for_end(found, kept.child.patience_seconds)
        # Children of an earlier serve that this one does not have: the robots of a demo, say.
        for path in self._settings.run.glob("*.pid"):
            found = processes.find_running(path)
            if path.stem not in self.kept and found is not None:
                found.send(signal.SIGTERM)
                _wait_for_end(found, 15.0)
                path.unlink(missing_ok=True)

    async def _keep(self, kept: Kept) -> None:
        """Start a child again whenever it is dead, with longer pauses while it keeps dying."""
        name = kept.child.name
        while True:
            if kept.running is None:
                try:
                    kept.running = await self._start(kept.child)
                except Exception as error:  # the others must go on serving calls
                    if not kept.deaths:
                        raise
                    kept.deaths += 1
                    log.error("child.not_started", child=name, reason=repr(error))
                    await asyncio.sleep(pause_after(kept.deaths))
                    continue
            kept.up.set()
            began = time.monotonic()
            await kept.running.ended()
            lived = time.monotonic() - began
            kept.up.clear()
            kept.running, kept.is_adopted = None, False
            kept.deaths = 1 if lived > STEADY_SECONDS else kept.deaths + 1
            pause = pause_after(kept.deaths)
            log.info("child.died", child=name, lived_seconds=round(lived, 1), pause_seconds=pause)
            self._teller.step("child_died", child=name, pause_seconds=int(pause))
            await asyncio.sleep(pause)

    async def _start(self, child: Child) -> Running:
        start = await in_thread(child.prepare)
        running = processes.start(
            start.command,
            pid_file=launcher.pid_file_of(self._settings, child.name),
            log_file=launcher.log_of(self._settings, child.name),
            environment=start.environment,
            mark=start.mark,
            nice=child.nice,
        )
        log.info("child.started", child=child.name, pid=running.pid)
        return running

    async def _keep_logs_short(self) -> None:
        while True:
            await asyncio.sleep(LOGS_EVERY_SECONDS)
            for name in self.kept:
                processes.shorten(launcher.log_of(self._settings, name))

    async def _bring_down(self) -> None:
        """Stop the children in reverse order, each by its own polite signal; a second request hurries."""
        self._teller.step("stopping")
        for name, kept in reversed(self.kept.items()):
            pid_file = launcher.pid_file_of(self._settings, name)
            running = kept.running or processes.find_running(pid_file)
            if running is not None:
                patience = 0.5 if self._is_hurried else kept.child.patience_seconds
                if not await processes.stop(running, polite=kept.child.polite, patience=patience):
                    log.warning("child.killed", child=name, pid=running.pid)
            pid_file.unlink(missing_ok=True)
        self._teller.step("stopped")


def pause_after(deaths: int) -> float:
    """How long to wait before a start: nothing after the first death, then 1, 2, 4 ... 30 s."""
    place = max(deaths - 1, 0)
    return FIRST_PAUSES_SECONDS[place] if place < len(FIRST_PAUSES_SECONDS) else LONGEST_PAUSE_SECONDS


async def in_thread(work: Callable[[], Found]) -> Found:
    """Call what blocks in a thread that does not keep the program from ending (asyncio's own threads do)."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Found] = loop.create_future()

    def settle(result: Found | None, error: BaseException | None) -> None:
        if answer.done():
            return
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(cast("Found", result))

    def run() -> None:
        result, error = None, None
        try:
            result = work()
        except BaseException as caught:  # noqa: BLE001, raised again where it is awaited
            error = caught
        with contextlib.suppress(RuntimeError):  # the loop has gone
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=run, name="preparing", daemon=True).start()
    return await answer


def read_json(text: str) -> dict[str, Any]:
    """An object, or an empty one where the text holds none."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


async def _waited(work: Awaitable[None]) -> None:
    await work


def _wait_for_end(running: Running, seconds: float) -> None:
    """Before the loop's work begins: wait, then kill."""
    deadline = time.monotonic() + seconds
    while running.is_alive() and time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)
    running.send_group(signal.SIGKILL)
