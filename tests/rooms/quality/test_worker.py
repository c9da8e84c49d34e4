"""The worker against a real journal: stored after the talk, told, removed; every way in which audio is
missing."""

import asyncio
import errno
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from otklik import database
from otklik.acd import events as acd
from otklik.acd.events import AcdEvent
from otklik.acd.model import EndedBy, EndReason
from otklik.clock import SystemClock
from otklik.journal.codec import Codec
from otklik.journal.store import Holder, JournalWriter
from otklik.quality import audio, service, store
from otklik.quality.model import Deleted, Missing, Stored
from otklik.quality.projection import RecordingsProjection
from otklik.quality.worker import EngineNotThere, Places, Worker, run
from otklik.switchboard import events as legs
from otklik.switchboard.events import RecordingDeleted, RecordingMissing, RecordingStored, SwitchboardEvent
from otklik.vocabulary.ids import AgentId, InteractionId, LegId, QueueId, SegmentId, SiteId
from otklik.vocabulary.messages import Event
from otklik.vocabulary.refusals import NotFound

pytestmark = pytest.mark.database

SITE = SiteId(1)
START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CALL, SEGMENT, LEG, AGENT = InteractionId(7), SegmentId(70), LegId(1), AgentId(3)


def at(seconds: float) -> datetime:
    return START + timedelta(milliseconds=round(seconds * 1000))


class HandClock:
    def __init__(self) -> None:
        self.at = at(1000)

    def now(self) -> datetime:
        return self.at


class Centre:
    """A journal with the projection, a home with a spool, and a worker that tells this journal."""

    def __init__(self, writer: JournalWriter, connection: Any, home: Path, url: str) -> None:
        self.writer, self.connection = writer, connection
        self.places = Places(
            database_url=url, site_id=SITE, home=home, spool=home / "spool", recordings=home / "recordings"
        )
        self.places.spool.mkdir()
        self.clock = HandClock()
        self.told: list[Stored | Missing] = []
        self.has_told = asyncio.Event()
        self.is_engine_there = True
        self.worker = Worker(self.places, self.clock, self, connection)

    async def note(self, *events: Event) -> None:
        await self.writer.append(events)

    async def stored(self, stored: Stored) -> None:
        await self._tell(stored, RecordingStored)

    async def missing(self, missing: Missing) -> None:
        await self._tell(missing, RecordingMissing)

    async def deleted(self, deleted: Deleted) -> None:
        if not self.is_engine_there:
            raise EngineNotThere("restarting")
        await self.note(RecordingDeleted(at=self.clock.at, **msgspec.structs.asdict(deleted)))

    async def _tell(self, told: Stored | Missing, kind: type[Event]) -> None:
        if not self.is_engine_there:
            raise EngineNotThere("restarting")
        self.told.append(told)
        self.has_told.set()
        await self.note(kind(at=at(2000), **msgspec.structs.asdict(told)))

    async def rounds(self, count: int = 3) -> None:
        for _ in range(count):
            await self.worker.round()
            self.clock.at += timedelta(seconds=3)

    async def call(self, *, recorded: bool = True, over: bool = True, seconds: float = 10) -> Path:
        """A talk of agent 3 from second 2 on; returns the raw file."""
        path = self.places.spool / "x.raw"
        if recorded:
            moments = np.arange(round((seconds + 2.5) * 8000)) / 8000
            both = [np.sin(2 * np.pi * hertz * moments) * 9000 for hertz in (400, 700)]
            np.stack(both, axis=1).astype("<i2").tofile(path)
        await self.note(
            legs.LegStarted(at=at(0), leg_id=LEG, interaction_id=CALL, role="customer"),
            *(
                [legs.LegRecorded(at=at(0), leg_id=LEG, interaction_id=CALL, path="spool/x.raw", since=at(0))]
                if recorded
                else []
            ),
            acd.InteractionConnected(
                at=at(2), interaction_id=CALL, segment_id=SEGMENT, queue_id=QueueId(2), agent_id=AGENT
            ),
        )
        if over:
            await self.end(seconds)
        return path

    async def end(self, seconds: float = 10) -> None:
        await self.note(
            acd.InteractionEnded(
                at=at(2 + seconds),
                interaction_id=CALL,
                reason=EndReason.ANSWERED,
                by=EndedBy.AGENT,
                segment_id=SEGMENT,
                queue_id=QueueId(2),
                agent_id=AGENT,
            ),
            legs.LegOver(at=at(2.1 + seconds), leg_id=LEG, interaction_id=CALL),
        )

    async def line(self) -> Any:
        return await service.find_recording(self.connection, SITE, SEGMENT)


@pytest.fixture
async def centre(database_url: str, tmp_path: Path) -> AsyncIterator[Centre]:
    writer = await JournalWriter.open(
        database_url,
        site_id=SITE,
        codec=Codec(AcdEvent, SwitchboardEvent),
        projections=[RecordingsProjection()],
        holder=Holder(host="test", pid=1, home="test"),
    )
    async for _ in writer.replay(None):
        pass
    connection = await database.connect(database_url, name="test")
    yield Centre(writer, connection, tmp_path, database_url)
    await connection.close()
    await writer.close()


async def test_a_talk_is_stored_told_and_its_raw_file_removed(centre: Centre) -> None:
    raw = await centre.call()

    await centre.rounds()

    line = await centre.line()
    assert line.state == "stored"
    assert line.path == "recordings/2026/11/23/70.ogg"
    assert (line.agent_id, line.queue_id, line.interaction_id) == (3, 2, 7)
    assert line.begins_at == at(2)
    assert line.duration == timedelta(seconds=10)
    file = service.file_of(line, centre.places.home)
    assert file.stat().st_size == line.size_bytes
    assert service.check_manifest(line, centre.places.home) is None
    shape = service.waveform_of(line)
    assert len(shape["customer"]) == 400
    assert min(shape["agent"]) > 50
    assert not raw.exists()
    assert await store.find_work(centre.connection, SITE) == []
    assert len(centre.told) == 1


async def test_nothing_is_cut_before_the_talk_is_over(centre: Centre) -> None:
    raw = await centre.call(over=False)

    await centre.rounds()

    assert centre.told == []
    assert raw.exists()


async def test_the_file_may_reach_the_end_a_little_later(centre: Centre) -> None:
    raw = await centre.call(over=False)
    whole = raw.read_bytes()
    raw.write_bytes(whole[: len(whole) // 2])
    await centre.note(
        acd.SegmentHandedOver(at=at(12), interaction_id=CALL, segment_id=SEGMENT, agent_id=AGENT)
    )

    await centre.rounds(3)
    assert centre.told == []
    raw.write_bytes(whole)
    await centre.rounds(1)

    assert isinstance(centre.told[0], Stored)
    assert centre.told[0].duration == timedelta(seconds=10)
    assert raw.exists()  # the call goes on: another segment may need it


async def test_a_file_that_stopped_growing_is_cut_as_it_is(centre: Centre) -> None:
    raw = await centre.call(over=False)
    raw.write_bytes(raw.read_bytes()[: 6 * 32000])
    await centre.note(
        acd.SegmentHandedOver(at=at(12), interaction_id=CALL, segment_id=SEGMENT, agent_id=AGENT)
    )

    await centre.rounds(9)

    assert isinstance(centre.told[0], Stored)
    assert centre.told[0].duration == timedelta(seconds=4)


async def test_a_talk_that_was_not_recorded_says_so_and_is_no_work(centre: Centre) -> None:
    await centre.call(recorded=False)
    line = await centre.line()

    await centre.rounds()

    assert not centre.told
    assert (line.state, line.missing_cause, line.agent_id) == ("missing", "not_recorded", 3)
    with pytest.raises(NotFound, match="recording_missing"):
        service.file_of(line, centre.places.home)


async def test_a_raw_file_that_vanished_is_told(centre: Centre) -> None:
    raw = await centre.call()
    raw.unlink()

    await centre.rounds()

    assert [told.cause for told in centre.told if isinstance(told, Missing)] == ["raw_missing"]


async def test_an_empty_raw_file_is_told(centre: Centre) -> None:
    raw = await centre.call()
    raw.write_bytes(b"")

    await centre.rounds()

    assert [told.cause for told in centre.told if isinstance(told, Missing)] == ["empty"]


async def test_a_full_disk_is_told_once_and_stored_when_there_is_room(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = await centre.call()
    really = audio.store

    def full(cut: audio.Cut, target: Path) -> audio.Written:
        raise OSError(errno.ENOSPC, "no space left on device", str(target))

    monkeypatch.setattr(audio, "store", full)
    await centre.rounds(60)
    assert [told.cause for told in centre.told if isinstance(told, Missing)] == ["disk_full"]
    assert (await centre.line()).missing_cause == "disk_full"
    assert raw.exists()

    monkeypatch.setattr(audio, "store", really)
    centre.clock.at += timedelta(minutes=2)
    await centre.rounds()

    assert (await centre.line()).state == "stored"
    assert (await centre.line()).missing_cause == ""
    assert not raw.exists()


async def test_a_folder_that_refuses_is_told_and_tried_again(centre: Centre) -> None:
    await centre.call()
    centre.places.recordings.write_text("in the way")

    await centre.rounds()
    assert [told.cause for told in centre.told if isinstance(told, Missing)] == ["not_writable"]
    centre.places.recordings.unlink()
    centre.clock.at += timedelta(minutes=2)
    await centre.rounds()

    assert (await centre.line()).state == "stored"


async def test_while_the_engine_is_away_the_raw_file_stays(centre: Centre) -> None:
    raw = await centre.call()
    centre.is_engine_there = False

    await centre.rounds()
    assert raw.exists()
    assert len(await store.find_work(centre.connection, SITE)) == 1
    centre.is_engine_there = True
    await centre.rounds()

    assert (await centre.line()).state == "stored"
    assert not raw.exists()


async def test_a_call_that_nobody_answered_leaves_no_raw_file(centre: Centre) -> None:
    raw = centre.places.spool / "x.raw"
    raw.write_bytes(b"\0" * 32000)
    await centre.note(
        legs.LegStarted(at=at(0), leg_id=LEG, interaction_id=CALL, role="customer"),
        legs.LegRecorded(at=at(0), leg_id=LEG, interaction_id=CALL, path="spool/x.raw", since=at(0)),
    )
    await centre.rounds()
    assert raw.exists()

    await centre.note(
        acd.InteractionEnded(at=at(9), interaction_id=CALL, reason=EndReason.ABANDONED, by=EndedBy.CUSTOMER),
        legs.LegOver(at=at(9), leg_id=LEG, interaction_id=CALL),
    )
    await centre.rounds()

    assert not raw.exists()
    assert centre.told == []


async def test_nothing_outside_the_spool_is_removed(centre: Centre) -> None:
    precious = centre.places.home / "keys"
    precious.write_text("precious")
    await centre.note(
        legs.LegStarted(at=at(0), leg_id=LEG, interaction_id=CALL, role="customer"),
        legs.LegRecorded(at=at(0), leg_id=LEG, interaction_id=CALL, path="spool/../keys", since=at(0)),
        acd.InteractionEnded(at=at(9), interaction_id=CALL, reason=EndReason.ABANDONED, by=EndedBy.CUSTOMER),
        legs.LegOver(at=at(9), leg_id=LEG, interaction_id=CALL),
    )

    await centre.rounds()

    assert precious.exists()


async def test_raw_files_without_a_call_go_after_a_day(centre: Centre) -> None:
    orphan, known = centre.places.spool / "orphan.raw", await centre.call(over=False)
    orphan.write_bytes(b"\0\0\0\0")
    centre.clock.at = datetime.fromtimestamp(orphan.stat().st_mtime, UTC) + timedelta(hours=23)
    await centre.rounds(1)
    assert orphan.exists()

    centre.clock.at += timedelta(hours=2)
    await centre.rounds(1)

    assert not orphan.exists()
    assert known.exists()


async def test_a_rebuild_of_the_projection_gives_the_same_rows(centre: Centre) -> None:
    await centre.call()
    await centre.rounds()
    before = await centre.line()

    await centre.writer.rebuild("recordings")
    await centre.rounds()

    assert await centre.line() == before
    assert len(centre.told) == 1


async def test_the_manifest_finds_what_was_touched(centre: Centre) -> None:
    await centre.call()
    await centre.rounds()
    line = await centre.line()
    file = service.file_of(line, centre.places.home)
    assert await service.check_manifests(centre.connection, SITE, centre.places.home) == []

    body = bytearray(file.read_bytes())
    body[-1] ^= 1
    file.write_bytes(body)
    found = await service.check_manifests(centre.connection, SITE, centre.places.home)
    assert [(problem.segment_id, problem.problem) for problem in found] == [(70, "hash_differs")]
    shutil.rmtree(centre.places.recordings)
    found = await service.check_manifests(centre.connection, SITE, centre.places.home)
    assert [problem.problem for problem in found] == ["file_missing"]


async def test_recordings_are_listed_by_time_agent_and_queue(centre: Centre) -> None:
    await centre.call()
    await centre.rounds()

    async def listed(**filters: Any) -> list[int]:
        span = {"since": at(0), "until": at(60), **filters}
        return [one.segment_id for one in await service.list_between(centre.connection, SITE, **span)]

    assert await listed() == [70]
    assert await listed(agent_ids=[3], queue_ids=[2]) == [70]
    assert await listed(agent_ids=[4]) == []
    assert await listed(since=at(3)) == []
    assert await listed(before=SegmentId(70)) == []
    assert len(await service.list_of_interaction(centre.connection, SITE, CALL)) == 1
    with pytest.raises(NotFound, match="recording_unknown"):
        await service.find_recording(centre.connection, SITE, SegmentId(99))


async def test_the_running_worker_wakes_by_itself_and_stops_when_told(centre: Centre) -> None:
    stopping = asyncio.Event()
    task = asyncio.create_task(run(centre.places, SystemClock(), centre, stopping))
    try:
        await centre.call()
        async with asyncio.timeout(20):
            await centre.has_told.wait()
        assert isinstance(centre.told[0], Stored)
    finally:
        stopping.set()
        async with asyncio.timeout(5):
            await task
