"""The process `recordings`: cuts and stores audio at low priority, and tells the engine."""

import asyncio
import signal
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from otklik import database
from otklik.clock import SystemClock
from otklik.logs import start_logs
from otklik.organization.store import find_site
from otklik.quality.model import Deleted, Missing, Stored
from otklik.quality.worker import EngineNotThere, Places, run
from otklik.settings import Settings
from otklik.switchboard.client import EngineAway, EngineClient
from otklik.switchboard.events import RecordingDeleted, RecordingMissing, RecordingStored
from otklik.switchboard.requests import NoteRecordingDeleted, NoteRecordingMissing, NoteRecordingStored
from otklik.vocabulary.ids import SiteId
from otklik.vocabulary.refusals import Refused


def main(settings: Settings) -> int:
    """Runs until it is told to stop."""
    start_logs(process="recordings", level=settings.log_level, style=settings.log_format)
    asyncio.run(_run(settings))
    return 0


async def _run(settings: Settings) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    client = EngineClient(settings.door_socket)
    clock = SystemClock()
    try:
        await run(
            Places(
                database_url=database.address_of(settings),
                site_id=SiteId(settings.site_id),
                home=settings.home,
                spool=settings.spool,
                recordings=settings.recordings,
                zone_of=partial(_zone_of, site_id=SiteId(settings.site_id)),
                has_silent_holds=partial(_has_silent_holds, site_id=SiteId(settings.site_id)),
            ),
            clock,
            DoorReporter(client, clock),
            stopping,
        )
    finally:
        await client.close()


async def _zone_of(connection: Any, *, site_id: SiteId) -> ZoneInfo:
    site = await find_site(connection, site_id=site_id)
    return ZoneInfo(site.zone if site else "UTC")


async def _has_silent_holds(connection: Any, *, site_id: SiteId) -> bool:
    site = await find_site(connection, site_id=site_id)
    return site is not None and site.has_silent_holds


class DoorReporter:
    """Tells the engine through its door; it journals, and the manifest's row follows."""

    def __init__(self, client: EngineClient, clock: SystemClock) -> None:
        self._client = client
        self._clock = clock

    async def stored(self, stored: Stored) -> None:
        await self._tell(
            NoteRecordingStored(
                stored=RecordingStored(
                    at=self._clock.now(),
                    interaction_id=stored.interaction_id,
                    segment_id=stored.segment_id,
                    path=stored.path,
                    begins_at=stored.begins_at,
                    duration=stored.duration,
                    size_bytes=stored.size_bytes,
                    sha256=stored.sha256,
                    peaks=stored.peaks,
                    pauses=stored.pauses,
                    holds=stored.holds,
                    has_silent_holds=stored.has_silent_holds,
                )
            )
        )

    async def missing(self, missing: Missing) -> None:
        await self._tell(
            NoteRecordingMissing(
                missing=RecordingMissing(
                    at=self._clock.now(),
                    interaction_id=missing.interaction_id,
                    segment_id=missing.segment_id,
                    cause=missing.cause,
                )
            )
        )

    async def deleted(self, deleted: Deleted) -> None:
        await self._tell(
            NoteRecordingDeleted(
                deleted=RecordingDeleted(
                    at=self._clock.now(),
                    interaction_id=deleted.interaction_id,
                    segment_id=deleted.segment_id,
                )
            )
        )

    async def _tell(self, request: NoteRecordingStored | NoteRecordingMissing | NoteRecordingDeleted) -> None:
        try:
            await self._client.ask(request)
        except (EngineAway, Refused) as error:
            raise EngineNotThere(str(error)) from error
