"""The process `courier`: watches for alerts and tells the world outside.

It answers nobody and holds nothing that is lost with it: what is to be told stands in the database until it
was told, and how far it has read the journal stands there, too. While the database is away it waits.
"""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import uvloop

from otklik import database
from otklik.access.secrets import SecretStore
from otklik.alerts import telling as alert_telling
from otklik.alerts.model import Alert
from otklik.api.alert_watch import AlertWatch
from otklik.api.live_figures import FigureSource, Health
from otklik.api.live_source import DatabaseSource
from otklik.api.machine_health import health_now
from otklik.channels.systems import telling
from otklik.channels.systems.hooking import send_to_hook
from otklik.clock import SystemClock
from otklik.deliveries import store as delivery_store
from otklik.deliveries.model import Enclosure, Letter, Outcome, Way
from otklik.deliveries.post_office import PostOffice
from otklik.journal.follow import Follower
from otklik.logs import logger, start_logs
from otklik.organization.model import Site
from otklik.settings import Settings
from otklik.switchboard.client import EngineClient
from otklik.vocabulary.ids import SiteId
from otklik.webhooks.feeding import Feeder
from otklik.webhooks.sender import Sender
from otklik.wiring.mailing import ReportMail

log = logger()

POOL = 6
LOOK_EVERY = timedelta(seconds=5)
SEND_EVERY = timedelta(seconds=1)
MAIL_EVERY = timedelta(seconds=10)
TIDY_EVERY = timedelta(hours=1)
BEAT_EVERY = timedelta(seconds=20)
AFTER_A_BUG = timedelta(seconds=30)
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
    office: PostOffice
    mail: ReportMail
    feeder: Feeder
    hooks: Sender

    async def beat(self) -> None:
        """Say that this process works: pages tell administrators when it does not."""
        async with self.pool.acquire() as connection:
            await delivery_store.note_beat(connection, SiteId(self.settings.site_id), at=self.clock.now())


async def serve(settings: Settings) -> None:
    """Watch and tell until SIGTERM or SIGINT."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    async with joined(settings, SystemClock()) as courier:
        works = [
            asyncio.create_task(courier.follower.run(), name="journal follower"),
            asyncio.create_task(again_and_again(courier, courier.watch.look, LOOK_EVERY), name="alerts"),
            asyncio.create_task(again_and_again(courier, courier.office.work, SEND_EVERY), name="sending"),
            asyncio.create_task(again_and_again(courier, courier.office.tidy, TIDY_EVERY), name="tidy"),
            asyncio.create_task(again_and_again(courier, courier.beat, BEAT_EVERY), name="beat"),
            asyncio.create_task(again_and_again(courier, courier.mail.work, MAIL_EVERY), name="reports"),
            asyncio.create_task(keep_telling_hooks(courier), name="webhooks"),
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

    async def tell(connection: Any, site: Site, fired: Sequence[Alert], cleared: Sequence[Alert]) -> None:
        await alert_telling.tell(
            connection,
            site_id,
            fired,
            cleared,
            at=clock.now(),
            zone=site.zone,
            language=site.language,
            address=page_address(settings),
        )

    async def send(
        way: Way, secret: str, address: str, letter: Letter, enclosures: Sequence[Enclosure], key: int
    ) -> Outcome:
        return await telling.send(way, secret, address, letter, enclosures, at=clock.now(), delivery_id=key)

    secrets = SecretStore(settings.keys, address, name="otklik courier secrets")
    watch = AlertWatch(FigureSource(source, pool, site_id), pool, clock, site_id, look_at_health, tell)
    office = PostOffice(pool, clock, site_id, send, secrets.read)
    hooks = Sender(pool, clock, site_id, send_to_hook, secrets.read)
    try:
        yield Courier(
            settings=settings,
            clock=clock,
            pool=pool,
            follower=follower,
            engine=engine,
            watch=watch,
            office=office,
            mail=ReportMail(pool, clock, site_id),
            feeder=Feeder(pool, clock, site_id),
            hooks=hooks,
        )
    finally:
        await secrets.close()
        await engine.close()
        pool.terminate()


def page_address(settings: Settings) -> str:
    """Where people open this centre's pages; "" where no name was set for them."""
    if not settings.public_host:
        return ""
    # With TLS of our own the port is ours, too; a proxy before us has the usual one.
    return f"https://{settings.public_host}" + (f":{settings.https_port}" if settings.https_bind else "")


async def keep_telling_hooks(courier: Courier) -> None:
    """As soon as the journal grew, and each second for what is to be tried again."""

    is_released = False

    async def work() -> None:
        nonlocal is_released
        if not is_released:
            await courier.hooks.release()
            is_released = True
        seen = courier.follower.seq
        await courier.feeder.work()
        await courier.feeder.replay()
        await courier.hooks.work()
        with contextlib.suppress(TimeoutError):
            await courier.follower.wait_beyond(seen, SEND_EVERY)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(again_and_again(courier, work, timedelta(0)), name="webhooks")
        tasks.create_task(again_and_again(courier, courier.hooks.tidy, TIDY_EVERY), name="webhooks tidy")


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
        except (
            Exception
        ):  # one kind of work must not stop the others: an alarm goes out beside a broken report
            log.exception("courier.bug")
            await asyncio.sleep(AFTER_A_BUG.total_seconds())
            continue
        await asyncio.sleep(pause.total_seconds())
