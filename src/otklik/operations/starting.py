"""How a centre comes up: what must be there before each child, and what is done between.

database server → database and tables → engine, web, recordings, courier → starter centre (by a process of
its own, through the engine's door) → robots. Asterisk starts beside the database: the engine waits for it by
itself.
"""

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from otklik import database
from otklik.channels.asterisk.install import AsteriskUnavailable
from otklik.clock import wall_now
from otklik.operations import certificates, launcher, migrating, processes
from otklik.operations.credentials import write_secret
from otklik.operations.launcher import StartRefused
from otklik.operations.supervisor import Supervisor, Teller, in_thread, only_supervisor, read_json
from otklik.settings import Settings

CONNECT_SECONDS = 1.0
ANSWER_SECONDS = 5.0
RENEWAL_LOOK_SECONDS = 6 * 3600.0


def serve(settings: Settings, sources: Mapping[str, str], teller: Teller) -> None:
    """Run the centre of a home until SIGINT or SIGTERM. Refuses StartRefused if it cannot come up."""
    launcher.make_folders(settings)
    with only_supervisor(settings):
        is_pinned = True
        is_there = processes.find_running(launcher.pid_file_of(settings, "asterisk")) is not None
        if settings.channel == "asterisk" and not is_there:
            settings, sources, is_pinned = with_asterisk(settings, sources, teller)
        sip_port = launcher.choose_sip_port(settings)
        if sip_port != settings.sip_port:
            settings = settings.model_copy(update={"sip_port": sip_port})
            sources = {**sources, "sip_port": "chosen"}
        launcher.remember(settings, sip_port=sip_port)
        # Whatever a child would take from the remembered file is handed to it, so that both read the same.
        handed = {**sources, **dict.fromkeys(("home", "port", "channel", "demo"), "handed down")}
        asyncio.run(bring_up(settings, handed, teller, tests_itself=not is_pinned))


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


async def bring_up(
    settings: Settings, sources: Mapping[str, str], teller: Teller, *, tests_itself: bool
) -> None:
    """Run the supervisor with the children of a home in their order."""

    def tell(step: str, facts: Mapping[str, str | int]) -> None:
        if step != "ready":  # that was told when it was looked for
            teller.step(f"asterisk_{step}", **facts)

    children = launcher.children_of(settings, sources, progress=tell)
    supervisor = Supervisor(settings, children, teller)
    start = CentreStart(settings, supervisor, teller, tests_itself=tests_itself)
    await supervisor.run(start.run)


class CentreStart:
    """One start of a centre, step by step."""

    def __init__(
        self, settings: Settings, supervisor: Supervisor, teller: Teller, *, tests_itself: bool
    ) -> None:
        self._settings = settings
        self._supervisor = supervisor
        self._teller = teller
        self._tests_itself = tests_itself
        self._untold = settings.keys / "untold_sign_ins.json"

    async def run(self) -> None:
        """Start the children, each as soon as what it cannot do without is there."""
        began = time.monotonic()
        supervisor = self._supervisor
        adopted = [name for name in supervisor.kept if supervisor.is_running(name)]
        if certificates.provide_certificate(self._settings, at=wall_now()):
            self._teller.step("certificate_made")
        supervisor.keep("asterisk")
        supervisor.keep("postgres")
        await self._make_database()
        # `web`, `recordings` and `courier` wait for the engine by themselves; together they start sooner.
        for name in ("engine", "web", "recordings", "courier"):
            supervisor.keep(name)
        seeded = await self._seed()
        supervisor.keep("robots")
        await supervisor.until("web", self._web_answers)
        if "asterisk" in supervisor.kept:
            await supervisor.until("asterisk", lambda: listens(self._settings.ari_port))
            if self._tests_itself and "asterisk" not in adopted:
                await self._test_itself()
        seconds = time.monotonic() - began
        self._teller.ready(settings=self._settings, seconds=seconds, adopted=adopted, seeded=seeded)
        self._untold.unlink(missing_ok=True)
        await self._renew_certificate()

    async def _make_database(self) -> None:
        """Wait for the server, make the database, bring the schema up to date."""
        self._teller.step("database")
        settings = self._settings
        if "postgres" in self._supervisor.kept:
            await self._supervisor.kept["postgres"].up.wait()
        address = database.address_of(settings)
        await self._supervisor.until("postgres", lambda: database.answers(address))
        if settings.database_url is None:
            await database.make_database(address, database.PRIVATE_DATABASE)
        if not await migrating.is_up_to_date(address):
            self._teller.step("migrating")
            await in_thread(lambda: migrating.upgrade(address))

    async def _seed(self) -> dict[str, Any]:
        """Fill an empty centre; what it made, and the numbers to dial."""
        self._teller.step("starter_centre")
        door = str(self._settings.door_socket)
        await self._supervisor.until("engine", lambda: listens_at(door))
        code, said = await self._call("seed")
        if code:
            raise StartRefused("seed_failed", exit_code=code)
        seeded = read_json(said)
        # Passwords that were made are told once, and only when the centre serves: until then they are kept.
        if seeded.get("sign_ins"):
            write_secret(self._untold, json.dumps(seeded["sign_ins"]))
        elif self._untold.exists():
            seeded["sign_ins"] = json.loads(self._untold.read_text())
        return seeded

    async def _renew_certificate(self) -> None:
        """For ever: a centre may run for longer than its certificate, and get other addresses."""
        while True:
            await asyncio.sleep(RENEWAL_LOOK_SECONDS)
            if certificates.provide_certificate(self._settings, at=wall_now()):
                self._teller.step("certificate_made")
                certificates.renew_web(self._settings)

    async def _test_itself(self) -> None:
        """An Asterisk beside the tested line serves only if a call through it works."""
        self._teller.step("self_test")
        code, _ = await self._call("selftest")
        if code:
            raise StartRefused("self_test_failed")

    async def _call(self, command: str) -> tuple[int, str]:
        """Run one of our commands as a process; its exit code and output. What it complains of is shown."""
        environment = dict(self._supervisor.kept["engine"].child.prepare().environment)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "otklik", command, "--home", str(self._settings.home)),
            stdout=asyncio.subprocess.PIPE,
            env=environment,
        )
        try:
            said, _ = await process.communicate()
        except asyncio.CancelledError:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            raise
        return process.returncode or 0, said.decode()

    async def _web_answers(self) -> bool:
        """True if `web` answers anything: whether the centre is well is for health to say."""
        return await answers_http(self._settings.port, "/api/health")


async def listens(port: int) -> bool:
    """True if something takes connections on a port of this machine."""
    return await _connects(lambda: asyncio.open_connection("127.0.0.1", port))


async def listens_at(path: str) -> bool:
    """True if something takes connections on a socket's path."""
    return await _connects(lambda: asyncio.open_unix_connection(path))


async def answers_http(port: int, path: str) -> bool:
    """True if an HTTP server on this machine answers, with whatever code."""
    try:
        reader, writer = await asyncio.wait_for(asyncio.open_connection("127.0.0.1", port), CONNECT_SECONDS)
    except (OSError, TimeoutError):
        return False
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
        line = await asyncio.wait_for(reader.readline(), ANSWER_SECONDS)
    except (OSError, TimeoutError):
        return False
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
    return line.startswith(b"HTTP/1.1 ")


async def _connects(connect: Callable[[], Awaitable[Sequence[Any]]]) -> bool:
    try:
        _, writer = await asyncio.wait_for(connect(), CONNECT_SECONDS)
    except (OSError, TimeoutError):
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True
