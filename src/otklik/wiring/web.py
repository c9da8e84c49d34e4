"""The process `web`: HTTP, the live feed, the phones' relay, reports. It holds nothing that is lost with it.

It reads the database, asks the engine process by its door, and writes no journal and no facts. When the
database or the engine is away it stays up and says so; both are reached again by themselves.
"""

import asyncio
import contextlib
import hashlib
import signal
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from importlib.resources import files
from pathlib import Path

import psutil
import uvicorn
import uvloop
from fastapi import FastAPI

from otklik import __version__, database
from otklik.access import service as access
from otklik.access.passwords import Passwords
from otklik.access.rights import Right
from otklik.access.secrets import SecretKey
from otklik.alerts import store as alerts
from otklik.api import health, store
from otklik.api.app import create_app
from otklik.api.dashboard_source import DashboardSource
from otklik.api.import_runs import ImportRuns
from otklik.api.live import Hub
from otklik.api.live_source import DatabaseSource
from otklik.api.machine_health import health_now
from otklik.api.parts import Now, Parts
from otklik.api.practice_robots import PracticeRobots
from otklik.api.revocation import Revocations
from otklik.api.route import KEEP
from otklik.api.tickets import Tickets
from otklik.clock import SystemClock
from otklik.journal.follow import Follower
from otklik.logs import logger, start_logs
from otklik.operations.certificates import certificate_files
from otklik.settings import Settings
from otklik.switchboard.client import EngineClient
from otklik.teamwork import chat_store as chat
from otklik.vocabulary.ids import SiteId
from otklik.wfm.children import Runs

log = logger()

POOL = 10
LARGEST_FRAME_BYTES = 64 * 1024
BACKLOG = 512
STOPS_WITHIN_SECONDS = 5
BANNER_EVERY = timedelta(seconds=5)
ALERTS_EVERY = timedelta(seconds=1)
TIDY_EVERY = timedelta(minutes=5)
DRIFT_ALLOWED = timedelta(seconds=1)


def main(settings: Settings) -> int:
    """Runs until it is told to stop."""
    start_logs(process="web", level=settings.log_level, style=settings.log_format)
    uvloop.run(serve(settings))
    return 0


async def serve(settings: Settings) -> None:
    """Serve on loopback, and with TLS on all addresses when there is a certificate."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    clock = SystemClock()
    async with joined(settings, database.address_of(settings), clock) as parts:
        app = create_app(parts)
        servers = [plain_server(app, settings)]
        if settings.https_bind:
            servers.append(secure_server(app, settings))
        async with asyncio.TaskGroup() as tasks:
            serving = [tasks.create_task(server.serve(), name="http") for server in servers]
            sides = sides_of(parts, tasks)
            sides.append(tasks.create_task(follow_wall_time(clock), name="clock"))
            log.info("web.started", port=settings.port, https=bool(settings.https_bind))
            waiting = tasks.create_task(stopping.wait(), name="stop")
            await asyncio.wait([*serving, waiting], return_when=asyncio.FIRST_COMPLETED)
            for server in servers:
                server.should_exit = True
            await asyncio.wait(serving)
            for task in (*sides, waiting):
                task.cancel()
    log.info("web.stopped")


@asynccontextmanager
async def joined(settings: Settings, database_url: str, clock: Now) -> AsyncIterator[Parts]:
    """The parts of this process, and their end."""
    site_id = SiteId(settings.site_id)
    pool = await database.open_pool(database_url, name="otklik web", smallest=0, largest=POOL)
    follower = Follower(database_url, site_id=site_id)
    source = DatabaseSource(pool, follower, clock, site_id)
    static = Path(str(files("otklik"))) / "static"
    build = build_of(static)
    passwords = Passwords()
    engine = EngineClient(settings.door_socket)
    shown = DashboardSource(pool, clock, site_id, lambda: health_now(engine, settings))
    parts = Parts(
        settings=settings,
        clock=clock,
        pool=pool,
        engine=engine,
        tickets=Tickets(),
        follower=follower,
        source=source,
        hub=Hub(source, clock, build=build, limit=settings.feeds_limit, dashboards=shown),
        revocations=Revocations(pool, clock, site_id),
        passwords=passwords,
        secret_key=SecretKey(settings.keys),
        runs=Runs(settings.home, database_url),
        practice=PracticeRobots(settings.home, database_url),
        imports=ImportRuns(settings.home, database_url),
        static=static,
        version=__version__,
        build=build,
        host_address=host_address(),
    )
    try:
        yield parts
    finally:
        await parts.runs.close()
        await parts.practice.close()
        await parts.imports.close()
        await engine.close()
        passwords.close()
        with contextlib.suppress(TimeoutError, *database.AWAY):
            async with asyncio.timeout(STOPS_WITHIN_SECONDS):
                await pool.close()
        pool.terminate()


def sides_of(parts: Parts, tasks: asyncio.TaskGroup) -> "list[asyncio.Task[None]]":
    """What runs beside the answering of requests."""
    return [
        tasks.create_task(parts.follower.run(), name="journal follower"),
        tasks.create_task(parts.hub.run(), name="live hub"),
        tasks.create_task(parts.revocations.run(), name="revocations"),
        tasks.create_task(show_banners(parts), name="banners"),
        tasks.create_task(tell_alerts(parts), name="alerts"),
        tasks.create_task(tidy(parts), name="tidy"),
    ]


async def show_banners(parts: Parts) -> None:
    """What is wrong, for the administrators who look."""
    while True:
        if parts.hub.watchers:
            _, items = await health.look(parts)
            parts.hub.show_banner(items)
        await asyncio.sleep(BANNER_EVERY.total_seconds())


async def tell_alerts(parts: Parts) -> None:
    """Alerts are stored by another process: who shows them is told that something is new."""
    known = -1
    while True:
        if parts.hub.watchers:
            try:
                async with parts.pool.acquire() as connection:
                    last = await alerts.last_event(connection, parts.site_id)
                if last != known:
                    parts.hub.tell_news("alerts", right=Right.WATCH_BOARD)
                known = last
            except database.AWAY as error:
                database.raise_bug(error)
                log.warning("web.alerts_not_read", error=type(error).__name__)
        await asyncio.sleep(ALERTS_EVERY.total_seconds())


async def tidy(parts: Parts) -> None:
    """Forget what is over: sign-ins that were idle too long, answers kept for repeated requests, old chat."""
    while True:
        try:
            async with parts.writing() as connection:
                await access.end_stale_sign_ins(connection, at=parts.clock.now())
                await store.drop_old_keys(connection, at=parts.clock.now(), keep=KEEP)
                await chat.forget_old(connection, parts.site_id, at=parts.clock.now())
        except database.AWAY as error:
            database.raise_bug(error)
            log.warning("web.not_tidied", error=type(error).__name__)
        await asyncio.sleep(TIDY_EVERY.total_seconds())


async def follow_wall_time(clock: SystemClock) -> None:
    """This process measures nothing that a step of the clock could spoil: it goes with the wall."""
    while True:
        await asyncio.sleep(DRIFT_ALLOWED.total_seconds())
        if clock.drift() > DRIFT_ALLOWED:
            clock.anchor_anew()


# --- servers


class Server(uvicorn.Server):
    """Signals are the process's matter, not the server's."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave them alone."""
        yield


def plain_server(app: FastAPI, settings: Settings) -> Server:
    """HTTP on loopback; a reverse proxy on this machine may tell the address of the browser."""
    return Server(
        server_configuration(app, settings, host="127.0.0.1", port=settings.port, proxy_headers=True)
    )


def secure_server(app: FastAPI, settings: Settings) -> Server:
    """HTTPS for everybody else."""
    certificate, key = certificate_files(settings)
    return Server(
        server_configuration(
            app,
            settings,
            host=settings.https_bind,
            port=settings.https_port,
            proxy_headers=False,
            ssl_certfile=str(certificate),
            ssl_keyfile=str(key),
            ssl_version=ssl.PROTOCOL_TLS_SERVER,
        )
    )


def server_configuration(app: FastAPI, settings: Settings, **more: object) -> uvicorn.Config:
    """What both servers have in common: limits, and no word about what they are made of."""
    return uvicorn.Config(
        app,
        loop="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        forwarded_allow_ips="127.0.0.1",
        ws="websockets-sansio",
        ws_max_size=LARGEST_FRAME_BYTES,
        ws_per_message_deflate=False,
        backlog=BACKLOG,
        limit_concurrency=settings.feeds_limit * 2 + BACKLOG,
        timeout_graceful_shutdown=STOPS_WITHIN_SECONDS,
        **more,  # type: ignore[arg-type]
    )


def build_of(static: Path) -> str:
    """Changes with the web UI's files."""
    index = static / "index.html"
    return hashlib.sha256(index.read_bytes()).hexdigest()[:12] if index.is_file() else ""


def host_address() -> str:
    """An address of this machine that other machines may reach."""
    for entries in psutil.net_if_addrs().values():
        for entry in entries:
            if entry.family.name == "AF_INET" and not entry.address.startswith("127."):
                return str(entry.address)
    return "127.0.0.1"
