"""`otklik practice-customers`: robot customers for those who practise, on an Asterisk of their own; begun by
`web`, ends by itself when nobody practises."""

import asyncio
import contextlib
import fcntl
import os
import random
import secrets
import signal
from typing import Any

from otklik import database
from otklik.channels.asterisk.ari import AriFailed
from otklik.channels.asterisk.install import AsteriskUnavailable, provide_asterisk
from otklik.channels.asterisk.instance import InstanceDescription
from otklik.clock import SystemClock
from otklik.logs import logger
from otklik.operations.exchange import Exchange, ExchangeFailed
from otklik.operations.practice import PracticeCustomers
from otklik.operations.speech import write_speech
from otklik.settings import Settings
from otklik.switchboard.client import EngineClient
from otklik.teamwork import practice_store
from otklik.teamwork.practice import HOST
from otklik.vocabulary.ids import AgentId, SiteId

log = logger()
RTP_PORTS = 60


def main(settings: Settings) -> int:
    """0 when nobody practises any more; 1 when robots cannot call here."""
    folder = settings.home / "practice"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return 0  # another one serves already
        with contextlib.suppress(asyncio.CancelledError):
            return asyncio.run(_run(settings))
    return 0


async def _run(settings: Settings) -> int:
    own = asyncio.current_task()
    assert own is not None
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, own.cancel)
    try:
        root = await asyncio.to_thread(
            provide_asterisk,
            cache=settings.download_cache,
            suites=settings.debian_suites,
            environment=dict(os.environ),
            progress=lambda *_: None,
        )
    except AsteriskUnavailable as error:
        log.warning("practice.no_asterisk", reason=str(error))
        return 1
    folder = settings.home / "practice"
    await asyncio.to_thread(write_speech, folder / "speech")
    clock = SystemClock()
    site_id = SiteId(settings.site_id)
    pool = await database.open_pool(
        database.address_of(settings), name="otklik practice", smallest=0, largest=2
    )

    async def practising() -> list[AgentId]:
        try:
            async with pool.acquire() as connection:
                found = await practice_store.open_practices(connection, site_id, at=clock.now())
        except database.AWAY as error:
            database.raise_bug(error)
            return []
        return [one.agent_id for one in found]

    client = EngineClient(settings.door_socket)
    customers = PracticeCustomers(
        client=client,
        number=settings.practice_number,
        practising=practising,
        chance=random.Random(),
    )
    exchange = Exchange(
        _description(settings), root, centre_sip_port=settings.sip_port, on_event=customers.on_event
    )
    try:
        await exchange.start()
        await customers.run(exchange)
    except (ExchangeFailed, AriFailed, ConnectionError) as failure:
        log.warning("practice.lost", reason=repr(failure))
        return 1
    finally:
        await exchange.stop()
        await client.close()
        await _close(pool)
    return 0


async def _close(pool: Any) -> None:
    with contextlib.suppress(TimeoutError, *database.AWAY):
        async with asyncio.timeout(5):
            await pool.close()


def _description(settings: Settings) -> InstanceDescription:
    folder = settings.home / "practice"
    first = settings.robots_rtp_to + 41
    return InstanceDescription(
        folder=folder,
        role="robots",
        application="practice",
        ari_port=settings.practice_ari_port,
        ari_password=secrets.token_hex(16),
        sip_port=settings.practice_sip_port,
        sip_address=HOST,
        rtp_first=first,
        rtp_last=first + RTP_PORTS,
        music=folder / "speech",
        records=False,
    )
