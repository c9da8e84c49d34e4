"""The process `courier`: watches for alerts and tells the world outside.

It answers nobody and holds nothing that is lost with it: what is to be told stands in the database until it
was told, and how far it has read the journal stands there, too. While the database is away it waits.
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import uvloop

from otklik import database
from otklik.api.alert_watch import AlertWatch
from otklik.api.live_figures import FigureSource, Health, health_of
from otklik.api.live_source import DatabaseSource
from otklik.clock import SystemClock
from otklik.journal.follow import Follower
from otklik.logs import logger, start_logs
from otklik.settings import Settings
from otklik.switchboard.client import EngineAway, EngineClient
from otklik.switchboard.disk import free_percent
from otklik.switchboard.requests import Answer, Question
from otklik.vocabulary.ids import SiteId
from otklik.vocabulary.refusals import Refused

log = logger()

POOL = 6
LOOK_EVERY = timedelta(seconds=5)
TRY_AGAIN = timedelta(seconds=2)


def main(settings: Settings) -> int:
    """Runs until it is told to stop."""
    start_logs(process="courier", level=settings.log_level, style=settings.log_format)
    uvloop.run(serve(settings))
    return 0


@dataclass(slots=True)
class Courier:
    """The parts of this process."""

    settings: Settings
    clock: SystemClock
    pool: Any
    follower: Follower
    engine: EngineClient
    watch: AlertWatch


async def serve(settings: Settings) -> None:
    """Watch and tell until SIGTERM or SIGINT."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    async with joined(settings, SystemClock()) as courier:
        works = [
            asyncio.create_task(courier.follower.run(), name="journal follower"),
            asyncio.create_task(keep_looking(courier), name="alerts"),
        ]
        log.info("courier.started")
        waiting = asyncio.create_task(stopping.wait(), name="stop")
        done, _ = await asyncio.wait([*works, waiting], return_when=asyncio.FIRST_COMPLETED)
        for task in (*works, waiting):
            task.cancel()
        await asyncio.gather(*works, waiting, return_exceptions=True)
        for task in done - {waiting}:
            task.result()
    log.info("courier.stopped")


@asynccontextmanager
async def joined(settings: Settings, clock: SystemClock) -> AsyncIterator[Courier]:
    """The parts of this process, and their end."""
    site_id = SiteId(settings.site_id)
    address = database.address_of(settings)
    pool = await database.open_pool(address, name="otklik courier", smallest=0, largest=POOL)
    follower = Follower(address, site_id=site_id)
    engine = EngineClient(settings.door_socket)
    source = DatabaseSource(pool, follower, clock, site_id)

    async def look_at_health() -> Health:
        return await health_now(engine, settings)

    watch = AlertWatch(FigureSource(source, pool, site_id), pool, clock, site_id, look_at_health)
    try:
        yield Courier(
            settings=settings, clock=clock, pool=pool, follower=follower, engine=engine, watch=watch
        )
    finally:
        await engine.close()
        pool.terminate()


async def health_now(engine: EngineClient, settings: Settings) -> Health:
    """What the engine says of itself, and the disk."""
    found: dict[str, Any] | None = None
    try:
        answer = await engine.ask(Question(name="health", facts={}))
        found = answer.facts if isinstance(answer, Answer) else None
    except (EngineAway, Refused) as error:
        log.debug("courier.engine_away", reason=str(error))
    return health_of(found, free_percent((settings.home, settings.spool, settings.recordings)))


async def keep_looking(courier: Courier) -> None:
    """Look for alerts again and again."""
    await again_and_again(courier, courier.watch.look, LOOK_EVERY)


async def again_and_again(courier: Courier, work: Callable[[], Awaitable[object]], pause: timedelta) -> None:
    """Do it for ever, with a pause; while the database is away, try again."""
    while True:
        courier.clock.anchor_anew()
        try:
            await work()
        except database.AWAY as error:
            database.raise_bug(error)
            log.warning("courier.database_away", error=type(error).__name__)
            await asyncio.sleep(TRY_AGAIN.total_seconds())
            continue
        await asyncio.sleep(pause.total_seconds())
