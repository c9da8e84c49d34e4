"""Keeps the children of one home running: adopts those that run, starts the others, stops all when told to.

It holds nothing that is lost with it. After kill -9 of the supervisor the children live on, calls and all,
and the next one adopts them by their pid files. One supervisor for each home: HOME/run/supervisor.lock.
"""

import asyncio
import contextlib
import fcntl
import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from otklik import database
from otklik.channels.asterisk.install import AsteriskUnavailable
from otklik.clock import wall_now
from otklik.logs import logger
from otklik.operations import certificates, launcher, migrating, processes
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
    """Hears what happens at a start; the command line puts it into words."""

    def step(self, code: str, **facts: Any) -> None:
        """Something goes on, with facts (a download: bytes done and in all)."""

    def ready(self, **facts: Any) -> None:
        """The centre serves."""


@dataclass(slots=True)
class Kept:
    """A child and what became of it."""

    child: Child
    running: Running | None = None
    deaths: int = 0
    is_adopted: bool = False
    up: asyncio.Event = field(default_factory=asyncio.Event)


@contextmanager
def only_supervisor(settings: Settings) -> Iterator[None]:
    """Hold the lock of the home. Refuses `home_taken` and says who holds it."""
    path = settings.run / "supervisor.lock"
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            held = _read_json(file.read())
            raise StartRefused(
                "home_taken", home=str(settings.home), pid=held.get("pid", "?"), host=held.get("host", "?")
            ) from error
        file.truncate(0)
        file.write(json.dumps({"pid": os.getpid(), "host": socket.gethostname()}))
        file.flush()
        yield


def serve(settings: Settings, sources: Mapping[str, str], teller: Teller) -> None:
    """Run the centre of a home until SIGINT or SIGTERM. Refuses StartRefused before anything is started."""
    launcher.make_folders(settings)
    with only_supervisor(settings):
        is_pinned = True
        if settings.channel == "asterisk":
            settings, sources, is_pinned = with_asterisk(settings, sources, teller)
        sip_port = launcher.choose_sip_port(settings)
        if sip_port != settings.sip_port:
            settings = settings.model_copy(update={"sip_port": sip_port})
            sources = {**sources, "sip_port": "chosen"}
        launcher.remember(settings, sip_port=sip_port)
        # Whatever a child would take from the remembered file is handed to it, so that both read the same.
        handed = {**sources, **dict.fromkeys(("port", "channel", "demo", "home"), "handed down")}
        asyncio.run(Supervisor(settings, handed, teller, tests_itself=not is_pinned).run())


def with_asterisk(
    settings: Settings, sources: Mapping[str, str], teller: Teller
) -> tuple[Settings, Mapping[str, str], bool]:
    """Have an Asterisk ready in the cache; settings, sources, and whether it is of the tested line.

    Where none can be had, a demo goes on with the simulator, and a real centre is refused.
    """
    try:
        root = launcher.find_asterisk(
            settings, sources, lambda step, facts: teller.step(f"asterisk_{step}", **facts)
        )
    except AsteriskUnavailable as error:
        if not settings.demo:
            raise StartRefused("no_asterisk", reason=error.code, facts=str(error)) from error
        teller.step("simulator_instead", reason=error.code, facts=str(error))
        simulated = settings.model_copy(update={"channel": "simulator"})
        return simulated, {**sources, "channel": "chosen"}, True
    if not root.is_pinned:
        teller.step("asterisk_unpinned", version=root.version)
    return settings, sources, root.is_pinned


class Supervisor:
    """The children of one home."""

    def __init__(
        self, settings: Settings, sources: Mapping[str, str], teller: Teller, *, tests_itself: bool
    ) -> None:
        self._tests_itself = tests_itself
        self._settings = settings
        self._sources = sources
        self._teller = teller
        self._stopping = asyncio.Event()
        self._is_hurried = False
        children = launcher.children_of(settings, sources, progress=self._tell_progress)
        self._kept = {child.name: Kept(child) for child in children}

    async def run(self) -> None:
        """Bring everything up, keep it up, bring it down."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._asked_to_stop)
        self._adopt()
        launcher.refuse_taken_ports(self._settings, is_adopting=self._is_running)
        failure: BaseException | None = None
        try:
            async with asyncio.TaskGroup() as tasks:
                keepers: dict[str, asyncio.Task[None]] = {}
                bringing = tasks.create_task(self._bring_up(tasks, keepers), name="bring up")
                logs = tasks.create_task(self._keep_logs_short(), name="logs")
                await self._stopping.wait()
                for task in (bringing, logs, *keepers.values()):
                    task.cancel()
        except BaseExceptionGroup as group:
            failure = group.exceptions[0]
            while isinstance(failure, BaseExceptionGroup):
                failure = failure.exceptions[0]
        await self._bring_down()
        if failure is not None:
            raise failure

    def _asked_to_stop(self) -> None:
        if self._stopping.is_set():
            self._is_hurried = True
        self._stopping.set()

    def _is_running(self, name: str) -> bool:
        kept = self._kept.get(name)
        return kept is not None and kept.running is not None

    def _adopt(self) -> None:
        """Take over what an earlier supervisor left running; what was started otherwise is told to end."""
        for name, kept in self._kept.items():
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
        self._end_strangers()

    def _end_strangers(self) -> None:
        """Children of an earlier serve that this one does not have: the robots of a demo, say."""
        for path in self._settings.run.glob("*.pid"):
            found = processes.find_running(path)
            if path.stem not in self._kept and found is not None:
                found.send(signal.SIGTERM)
                _wait_for_end(found, 15.0)
                path.unlink(missing_ok=True)

    async def _bring_up(self, tasks: asyncio.TaskGroup, keepers: dict[str, asyncio.Task[None]]) -> None:
        """Start the children in order, each as soon as what it cannot do without is there."""
        began = time.monotonic()

        def keep(name: str) -> None:
            kept = self._kept.get(name)
            if kept is not None:
                keepers[name] = tasks.create_task(self._keep(kept), name=f"keep {name}")

        if certificates.provide_certificate(self._settings, at=wall_now()):
            self._teller.step("certificate_made")
        keep("asterisk")
        keep("postgres")
        await self._make_database()
        keep("engine")
        seeded = await self._seed()
        for name in ("web", "recordings", "robots"):
            keep(name)
        await self._until("web", self._web_answers)
        if "asterisk" in self._kept:
            await self._until("asterisk", lambda: _listens(self._settings.ari_port))
            await self._test_itself()
        adopted = [name for name, kept in self._kept.items() if kept.is_adopted]
        self._teller.ready(
            settings=self._settings, seconds=time.monotonic() - began, adopted=adopted, seeded=seeded
        )

    async def _make_database(self) -> None:
        """Wait for the server, make the database, bring the schema up to date."""
        self._teller.step("database")
        if "postgres" in self._kept:
            await self._kept["postgres"].up.wait()
        address = database.address_of(self._settings)
        await self._until("postgres", lambda: database.answers(address))
        if self._settings.database_url is None:
            await database.make_database(address, database.PRIVATE_DATABASE)
        if not await migrating.is_up_to_date(address):
            self._teller.step("migrating")
            await in_thread(lambda: migrating.upgrade(address))

    async def _seed(self) -> dict[str, Any]:
        """Fill an empty centre, by a process of its own; what it made and what to dial."""
        self._teller.step("starter_centre")
        door = self._settings.door_socket
        await self._until("engine", lambda: _socket_listens(str(door)))
        command = (sys.executable, "-m", "otklik", "seed", "--home", str(self._settings.home))
        start = self._kept["engine"].child.prepare()
        process = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, env=dict(start.environment)
        )
        said, _ = await process.communicate()
        if process.returncode:
            raise StartRefused("seed_failed", exit_code=process.returncode or 0)
        return _read_json(said.decode())

    async def _test_itself(self) -> None:
        """An Asterisk beside the tested line serves only if a call through it works."""
        if not self._tests_itself or self._kept["asterisk"].is_adopted:
            return
        self._teller.step("self_test")
        command = (sys.executable, "-m", "otklik", "selftest", "--home", str(self._settings.home))
        process = await asyncio.create_subprocess_exec(
            *command, stdout=sys.stderr, env=dict(self._kept["engine"].child.prepare().environment)
        )
        if await process.wait():
            raise StartRefused("self_test_failed")

    async def _until(self, name: str, holds: Callable[[], Awaitable[bool]]) -> None:
        """Wait until something holds; refuse `child_silent` when a child takes too long over it."""
        deadline = time.monotonic() + READY_SECONDS
        while not await holds():
            kept = self._kept.get(name)
            if kept is not None and not kept.up.is_set():
                deadline = time.monotonic() + READY_SECONDS  # a download may take its time
            if time.monotonic() > deadline:
                raise StartRefused("child_silent", child=name, log=str(launcher.log_of(self._settings, name)))
            await asyncio.sleep(LOOK_SECONDS)

    async def _web_answers(self) -> bool:
        """True if `web` answers anything: whether the centre is well is for health to say."""
        return await _http_answers(self._settings.port, "/api/health")

    async def _keep(self, kept: Kept) -> None:
        """Start a child again whenever it is dead, with longer pauses while it keeps dying."""
        while True:
            if kept.running is None:
                try:
                    kept.running = await self._start(kept.child)
                except Exception as error:  # the others must go on serving calls
                    if not kept.deaths:
                        raise
                    kept.deaths += 1
                    log.error("child.not_started", child=kept.child.name, reason=repr(error))
                    await asyncio.sleep(pause_after(kept.deaths))
                    continue
            kept.up.set()
            began = time.monotonic()
            await kept.running.ended()
            lived = time.monotonic() - began
            kept.up.clear()
            kept.running = None
            kept.is_adopted = False
            kept.deaths = 0 if lived > STEADY_SECONDS else kept.deaths + 1
            pause = pause_after(kept.deaths)
            log.warning(
                "child.died", child=kept.child.name, lived_seconds=round(lived, 1), pause_seconds=pause
            )
            self._teller.step("child_died", child=kept.child.name, pause_seconds=int(pause))
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
            for name in self._kept:
                processes.shorten(launcher.log_of(self._settings, name))

    async def _bring_down(self) -> None:
        """Stop the children in reverse order, each by its own polite signal; a second request hurries."""
        self._teller.step("stopping")
        for name, kept in reversed(self._kept.items()):
            pid_file = launcher.pid_file_of(self._settings, name)
            running = kept.running or processes.find_running(pid_file)
            if running is not None:
                patience = 0.5 if self._is_hurried else kept.child.patience_seconds
                if not await processes.stop(running, polite=kept.child.polite, patience=patience):
                    log.warning("child.killed", child=name, pid=running.pid)
            pid_file.unlink(missing_ok=True)
        self._teller.step("stopped")

    def _tell_progress(self, step: str, facts: Mapping[str, str | int]) -> None:
        self._teller.step(f"asterisk_{step}", **facts)


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


def pause_after(deaths: int) -> float:
    """How long to wait before a start: nothing after the first quick death, then 1, 2, 4 ... 30 s."""
    place = max(deaths - 1, 0)
    return FIRST_PAUSES_SECONDS[place] if place < len(FIRST_PAUSES_SECONDS) else LONGEST_PAUSE_SECONDS


def _wait_for_end(running: Running, seconds: float) -> None:
    """Before the loop's work begins: wait, then kill."""
    deadline = time.monotonic() + seconds
    while running.is_alive() and time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)
    running.send_group(signal.SIGKILL)


def _read_json(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


async def _listens(port: int) -> bool:
    return await _connects(lambda: asyncio.open_connection("127.0.0.1", port))


async def _socket_listens(path: str) -> bool:
    return await _connects(lambda: asyncio.open_unix_connection(path))


async def _connects(connect: Callable[[], Awaitable[Sequence[Any]]]) -> bool:
    try:
        _, writer = await asyncio.wait_for(connect(), 1.0)
    except (OSError, TimeoutError):
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True


async def _http_answers(port: int, path: str) -> bool:
    try:
        reader, writer = await asyncio.wait_for(asyncio.open_connection("127.0.0.1", port), 1.0)
    except (OSError, TimeoutError):
        return False
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
        line = await asyncio.wait_for(reader.readline(), 5.0)
    except (OSError, TimeoutError):
        return False
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
    return line.startswith(b"HTTP/1.1 ")
