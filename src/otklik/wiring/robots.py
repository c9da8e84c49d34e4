"""The process `robots`: the demo's agents and customers, on a second Asterisk of their own."""

import asyncio
import contextlib
import os
import random
import signal
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from otklik import database
from otklik.access.secrets import SecretStore
from otklik.channels.asterisk.ari import AriFailed
from otklik.channels.asterisk.install import provide_asterisk
from otklik.channels.asterisk.instance import InstanceDescription
from otklik.clock import SystemClock
from otklik.crm import service as crm
from otklik.crm.model import Outcome
from otklik.logs import logger
from otklik.operations import credentials
from otklik.operations.exchange import Exchange, ExchangeFailed
from otklik.operations.robots import Called, RobotAgent, Robots
from otklik.operations.speech import write_speech
from otklik.organization import store
from otklik.organization.model import BUILT_IN, Configuration, Disposition
from otklik.organization.starter import ROBOTS_HOST, ROBOTS_TRUNK
from otklik.settings import Settings
from otklik.switchboard.client import EngineClient
from otklik.vocabulary.ids import AgentId, InteractionId, PersonId, SiteId

log = logger()

HOURLY_CALLS = 760.0
"""Arrivals in the busiest hour: thirty robots are then busy about two thirds of their time."""
SHARES = (0.45, 0.35, 0.20)
WEIGHT_OF_KIND = {
    "service": 5.0,
    "lead": 2.0,
    "main_sale": 1.5,
    "add_on_sale": 0.6,
    "wrong_number": 0.4,
    "spam": 0.2,
}


def main(settings: Settings) -> int:
    """Runs until it is told to stop; a lost Asterisk is started again."""
    with contextlib.suppress(asyncio.CancelledError):
        asyncio.run(_run(settings))
    return 0


async def _run(settings: Settings) -> None:
    own = asyncio.current_task()
    assert own is not None
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, own.cancel)
    if settings.channel != "asterisk":
        # The simulated world lives inside the engine's process; its robots do, too.
        await asyncio.Event().wait()
    root = await asyncio.to_thread(
        provide_asterisk,
        cache=settings.download_cache,
        suites=settings.debian_suites,
        environment=dict(os.environ),
        progress=lambda *_: None,
    )
    await asyncio.to_thread(write_speech, settings.home / "robots" / "speech")
    client = EngineClient(settings.door_socket)
    try:
        while True:
            robots = await _robots(settings, client)
            exchange = Exchange(
                _description(settings), root, centre_sip_port=settings.sip_port, on_event=robots.on_event
            )
            try:
                await exchange.start()
                await robots.run(exchange)
            except (ExchangeFailed, AriFailed, ConnectionError, ExceptionGroup) as failure:
                log.warning("robots.lost", reason=repr(failure))
            finally:
                await exchange.stop()
            await asyncio.sleep(2.0)
    finally:
        await client.close()


async def _robots(settings: Settings, client: EngineClient) -> Robots:
    """Who is to play: agents with a robot's phone, and the numbers to call."""
    address = database.address_of(settings)
    secrets = SecretStore(settings.keys, address)
    connection = await database.connect(address, name="otklik robots")
    try:
        configuration = await store.load(connection, site_id=SiteId(settings.site_id))
        dispositions = await store.list_dispositions(connection, site_id=SiteId(settings.site_id))
        agents = [
            RobotAgent(
                agent_id=device.agent_id, login=device.login, secret=await secrets.read(device.secret_id)
            )
            for device in configuration.devices.values()
            if device.login.startswith("robot-")
        ]
    finally:
        await connection.close()
        await secrets.close()
    clock = SystemClock()
    outcomes = Outcomes(address, SiteId(settings.site_id), clock, dispositions)
    offset = clock.now().astimezone(ZoneInfo(configuration.site.zone)).utcoffset()
    assert offset is not None
    return Robots(
        client=client,
        clock=clock,
        chance=random.Random(),
        agents=agents,
        numbers=_numbers(configuration),
        break_reasons=[
            reason.reason_id for reason in configuration.reasons.values() if not reason.needs_permission
        ],
        hourly_calls=HOURLY_CALLS,
        note_outcome=outcomes.note,
        zone_offset=offset,
    )


class Outcomes:
    """Robots fill in their form: most questions are answered, some calls end in a sale."""

    def __init__(
        self, address: str, site_id: SiteId, clock: SystemClock, dispositions: Sequence[Disposition]
    ) -> None:
        self._address = address
        self._site_id = site_id
        self._clock = clock
        self._dispositions = list(dispositions)
        self._chance = random.Random()

    async def note(self, agent_id: AgentId, interaction_id: InteractionId) -> None:
        if not self._dispositions:
            return
        weights = [WEIGHT_OF_KIND.get(one.kind.value, 1.0) for one in self._dispositions]
        (chosen,) = self._chance.choices(self._dispositions, weights=weights)
        try:
            connection = await database.connect(self._address, name="otklik robots")
        except database.AWAY:
            return
        try:
            async with connection.transaction():
                await crm.save_outcome(
                    connection,
                    self._site_id,
                    Outcome(
                        interaction_id=interaction_id,
                        disposition_id=chosen.disposition_id,
                        note="",
                        saved_by=PersonId(int(agent_id)),
                        saved_at=self._clock.now(),
                    ),
                )
        finally:
            await connection.close()


def _numbers(configuration: Configuration) -> list[Called]:
    found = sorted(
        (number for number in configuration.numbers.values() if number.number_id not in BUILT_IN),
        key=lambda number: number.number_id,
    )
    usable = [number for number in found if number.trunk_id in (0, ROBOTS_TRUNK)]
    shares = [SHARES[index] if index < len(SHARES) else 0.1 for index in range(len(usable))]
    return [Called(number=number.number, share=share) for number, share in zip(usable, shares, strict=True)]


def _description(settings: Settings) -> InstanceDescription:
    return InstanceDescription(
        folder=settings.home / "robots",
        role="robots",
        application="robots",
        ari_port=settings.robots_ari_port,
        ari_password=credentials.robots_ari_password(settings),
        sip_port=settings.robots_sip_port,
        sip_address=ROBOTS_HOST,
        rtp_first=settings.robots_rtp_from,
        rtp_last=settings.robots_rtp_to,
        music=settings.home / "robots" / "speech",
        records=False,
    )
