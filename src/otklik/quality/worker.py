"""The low-priority process that turns raw files into stored recordings, one segment after the other.

    journal -> projection's work list -> wait until the raw file reaches the end of the talk -> cut, encode,
    read back -> tell the engine (it journals) -> remove raw files that no segment needs

Nothing is lost when it dies: the work list is folded from the journal, a segment that was stored but not
yet told is simply stored again under the same name.
"""

import asyncio
import contextlib
import errno
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from otklik.database import AWAY, connect, raise_bug
from otklik.journal.follow import Follower
from otklik.logs import logger
from otklik.quality import audio, retention, store
from otklik.quality.model import Deleted, Missing, Pause, RawFile, Stored, Talk
from otklik.vocabulary.ids import InteractionId, SiteId
from otklik.vocabulary.time import Clock

log = logger()

SETTLE = timedelta(seconds=2)
"""What is still in the media server's buffers when a leg ends is in the file after this time."""

PATIENCE = timedelta(seconds=20)
"""A file that does not reach the end of a talk within this time will not: it is cut as it is."""

RETRY = timedelta(seconds=60)
"""How often a segment is tried again for which there was no room, or no right to write."""

POLL = timedelta(seconds=2)
REST = timedelta(milliseconds=500)
SWEEP_EVERY = timedelta(hours=1)
LOOK_EVERY = timedelta(minutes=5)
ORPHAN_AGE = timedelta(days=1)


async def _utc(connection: Any) -> ZoneInfo:
    return ZoneInfo("UTC")


async def _no(connection: Any) -> bool:
    return False


class EngineNotThere(Exception):
    """The engine could not be told; the segment is told again later."""


class Reporter(Protocol):
    """Tells the engine, which journals it. Raises EngineNotThere."""

    async def stored(self, stored: Stored) -> None: ...

    async def missing(self, missing: Missing) -> None: ...

    async def deleted(self, deleted: Deleted) -> None: ...


@dataclass(slots=True, frozen=True, kw_only=True)
class Places:
    """Where things are. spool: raw files. recordings: below home. zone_of: the site's zone, by a connection:
    what is too old is deleted at night. has_silent_holds: whether the site keeps nothing of holds."""

    database_url: str
    site_id: SiteId
    home: Path
    spool: Path
    recordings: Path
    zone_of: Callable[[Any], Awaitable[ZoneInfo]] = _utc
    has_silent_holds: Callable[[Any], Awaitable[bool]] = _no


async def run(places: Places, clock: Clock, reporter: Reporter, stopping: asyncio.Event) -> None:
    """Works until `stopping` is set; waits and tries again while the database is away."""
    follower = Follower(places.database_url, site_id=places.site_id)
    listening = asyncio.create_task(follower.run(), name="journal follower")
    pause = 0.2
    try:
        while not stopping.is_set():
            try:
                connection = await connect(places.database_url, name="otklik recordings")
            except AWAY:
                await _sleep(stopping, pause)
                pause = min(pause * 2, 5.0)
                continue
            pause = 0.2
            try:
                await _work(Worker(places, clock, reporter, connection), follower, stopping)
            except AWAY as error:
                raise_bug(error)
                log.warning("database.away", reason=type(error).__name__)
                await _sleep(stopping, pause)
            finally:
                connection.terminate()
    finally:
        listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listening


class Worker:
    """One connection's worth of work. `round` does what can be done now and gives how many segments were
    told."""

    def __init__(self, places: Places, clock: Clock, reporter: Reporter, connection: Any) -> None:
        self._places = places
        self._clock = clock
        self._reporter = reporter
        self._connection = connection
        self._tried_at: dict[int, datetime] = {}
        self._seen_at: dict[int, datetime] = {}
        self._over_at: dict[int, datetime] = {}
        self._holds: dict[InteractionId, list[Pause]] = {}
        self._swept_at: datetime | None = None
        self._looked_at: datetime | None = None

    async def round(self) -> int:
        """All segments that are ready, then raw files that nobody needs."""
        told = 0
        talks = await store.find_work(self._connection, self._places.site_id)
        now = self._clock.now()
        # By our own clock: the engine's may stand elsewhere.
        self._seen_at = {talk.segment_id: self._seen_at.get(talk.segment_id, now) for talk in talks}
        self._over_at = {key: at for key, at in self._over_at.items() if key in self._seen_at}
        files = await store.find_raw_files(
            self._connection, self._places.site_id, [talk.interaction_id for talk in talks]
        )
        pauses = await store.find_pauses(self._connection, self._places.site_id, list(files))
        self._holds = await store.find_holds(self._connection, self._places.site_id, list(files))
        settled = [talk for talk in talks if now - self._seen_at[talk.segment_id] >= SETTLE]
        try:
            told += await self._tell_unrecorded(
                [talk for talk in settled if talk.interaction_id not in files]
            )
            for talk in settled:
                if talk.interaction_id in files and not self._is_resting(talk):
                    told += await self._treat(
                        talk, files[talk.interaction_id], pauses.get(talk.interaction_id, [])
                    )
            await self._delete_expired(now)
        except EngineNotThere as error:
            log.warning("engine.away", reason=str(error))
        await self._remove_spent()
        return told

    async def _tell_unrecorded(self, talks: list[Talk]) -> int:
        """Side by side, so that the engine takes them in one batch: a centre may record nothing at all."""
        try:
            async with asyncio.TaskGroup() as tasks:
                telling = [
                    tasks.create_task(self._tell_missing(talk, "not_recorded"), name="recording.unrecorded")
                    for talk in talks
                ]
        except* EngineNotThere as away:
            raise away.exceptions[0] from None
        return sum(task.result() for task in telling)

    async def _delete_expired(self, now: datetime) -> None:
        """Once a night; looked at every few minutes."""
        if self._looked_at is not None and now - self._looked_at < LOOK_EVERY:
            return
        self._looked_at = now
        places = self._places
        zone = await places.zone_of(self._connection)
        if await retention.is_due(self._connection, places.site_id, now, zone):
            await retention.run(
                self._connection, places.site_id, home=places.home, now=now, tell=self._reporter.deleted
            )

    # --- one segment

    async def _treat(self, talk: Talk, files: list[RawFile], pauses: list[Pause]) -> int:
        now = self._clock.now()
        if not self._is_ready(talk, files, now):
            return 0
        if not any((self._places.home / file.path).exists() for file in files):
            return await self._tell_missing(talk, "raw_missing")
        cut = audio.plan(
            files,
            self._places.home,
            talk.since,
            talk.until,
            pauses,
            self._holds.get(talk.interaction_id, []),
            has_silent_holds=await self._places.has_silent_holds(self._connection),
        )
        if cut is None:
            return await self._tell_missing(talk, "empty")
        target = self._target(talk)
        try:
            written = await asyncio.to_thread(audio.store, cut, target)
        except OSError as error:
            self._tried_at[talk.segment_id] = now
            log.error("recording.not_stored", segment_id=talk.segment_id, reason=error.strerror or str(error))
            return await self._tell_missing(talk, _cause_of(error))
        except audio.NotStored as error:
            self._tried_at[talk.segment_id] = now
            log.error("recording.not_stored", segment_id=talk.segment_id, reason=str(error))
            return 0
        await self._reporter.stored(
            Stored(
                interaction_id=talk.interaction_id,
                segment_id=talk.segment_id,
                path=str(target.relative_to(self._places.home)),
                begins_at=cut.begins_at,
                duration=cut.duration,
                size_bytes=written.size_bytes,
                sha256=written.sha256,
                peaks=written.peaks,
                pauses=cut.pauses,
                holds=cut.held,
                has_silent_holds=cut.has_silent_holds and bool(cut.holds),
            )
        )
        self._tried_at.pop(talk.segment_id, None)
        log.info("recording.stored", segment_id=talk.segment_id, bytes=written.size_bytes)
        return 1

    async def _tell_missing(self, talk: Talk, cause: str) -> int:
        if cause == talk.missing_cause:
            return 0  # told already; it is tried again all the same
        await self._reporter.missing(
            Missing(interaction_id=talk.interaction_id, segment_id=talk.segment_id, cause=cause)
        )
        # A number that is not recorded, or a channel without audio, is nothing to look at.
        tell = log.info if cause == "not_recorded" else log.warning
        tell("recording.missing", segment_id=talk.segment_id, cause=cause)
        return 1

    def _is_ready(self, talk: Talk, files: list[RawFile], now: datetime) -> bool:
        """The files reach the end of the talk, or will not grow any more, or it took too long."""
        overlapping = [file for file in files if file.since < talk.until]
        if audio.is_complete(overlapping, self._places.home, talk.until):
            return True
        if all(file.until is not None for file in overlapping):
            return now - self._over_at.setdefault(talk.segment_id, now) >= SETTLE
        return now - self._seen_at[talk.segment_id] >= PATIENCE

    def _is_resting(self, talk: Talk) -> bool:
        tried = self._tried_at.get(talk.segment_id)
        return tried is not None and self._clock.now() - tried < RETRY

    def _target(self, talk: Talk) -> Path:
        return self._places.recordings / f"{talk.since:%Y/%m/%d}" / f"{talk.segment_id}.ogg"

    # --- raw files

    async def _remove_spent(self) -> None:
        now = self._clock.now()
        spent = await store.find_spent(self._connection, self._places.site_id, now - SETTLE)
        for file in spent:
            if not self._remove(self._places.home / file.path):
                continue
            await store.note_removed(self._connection, self._places.site_id, file, now)
        if self._swept_at is None or now - self._swept_at >= SWEEP_EVERY:
            self._swept_at = now
            await self._sweep(now)

    async def _sweep(self, now: datetime) -> None:
        """Raw files of calls that never reached the journal: nobody will ask for them."""
        old = {
            path.name: path
            for path in self._places.spool.glob("*.raw")
            if now.timestamp() - path.stat().st_mtime > ORPHAN_AGE.total_seconds()
        }
        if old:
            known = await store.known_paths(self._connection, self._places.site_id, list(old))
            for name in set(old) - known:
                log.info("raw.orphan_removed", file=name)
                self._remove(old[name])

    def _remove(self, path: Path) -> bool:
        """True when the file is gone. Never removes anything outside the spool."""
        if not path.resolve().is_relative_to(self._places.spool.resolve()):
            log.error("raw.outside_spool", file=path.name)
            return True
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            log.error("raw.not_removed", file=path.name, reason=error.strerror)
            return False
        return True


async def _work(worker: Worker, follower: Follower, stopping: asyncio.Event) -> None:
    while not stopping.is_set():
        seq = follower.seq
        told = await worker.round()
        await _sleep(stopping, REST.total_seconds())
        if not told:
            with contextlib.suppress(TimeoutError):
                await follower.wait_beyond(seq, timeout=POLL)


async def _sleep(stopping: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stopping.wait()


def _cause_of(error: OSError) -> str:
    return "disk_full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "not_writable"
