"""Recordings are kept as long as their queue says, and longer while somebody holds them."""

import csv
import hashlib
import io
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from otklik.quality import retention, service
from otklik.quality.archive import MANIFEST, archive
from otklik.quality.model import Recording
from otklik.vocabulary.ids import AgentId, InteractionId, PartyId, PersonId, QueueId, SegmentId
from otklik.vocabulary.refusals import Invalid, NotFound
from tests.rooms.quality.test_worker import CALL, SEGMENT, SITE, Centre, centre

# The fixture comes by import and is a parameter of the same name.
__all__ = ["centre"]

pytestmark = pytest.mark.database

MOSCOW = ZoneInfo("Europe/Moscow")
BY = PersonId(1)


async def keep(centre: Centre, **days: int) -> None:
    rules = {QueueId(int(name[1:])): one for name, one in days.items()}
    await retention.save_rules(centre.connection, SITE, rules)


async def run(centre: Centre, days: float) -> Any:
    """A night so many days after the talk."""
    line = await centre.line()
    now = line.begins_at + line.duration + timedelta(days=days)
    return await retention.run(centre.connection, SITE, home=centre.places.home, now=now, tell=centre.deleted)


async def test_what_is_too_old_is_deleted_and_its_line_stays(centre: Centre) -> None:
    await centre.call()
    await centre.rounds()
    before = await centre.line()
    file = service.file_of(before, centre.places.home)
    await keep(centre, q0=30)

    assert (await run(centre, 29.9)).deleted == 0
    assert file.exists()
    done = await run(centre, 30.1)

    assert (done.deleted, done.size_bytes, done.held, done.failed) == (1, before.size_bytes, 0, 0)
    assert not file.exists()
    after = await centre.line()
    assert (after.state, after.sha256, after.peaks) == ("deleted", before.sha256, b"")
    with pytest.raises(NotFound, match="recording_deleted"):
        service.file_of(after, centre.places.home)
    assert (await run(centre, 31)).deleted == 0, "once"
    assert [one.deleted for one in await retention.runs(centre.connection, SITE)] == [0, 1, 0]


async def test_the_rule_of_a_queue_outranks_that_of_all_others(centre: Centre) -> None:
    await centre.call()
    await centre.rounds()
    await keep(centre, q0=1, q2=100)
    assert (await run(centre, 50)).deleted == 0
    await keep(centre, q0=100, q2=1)
    assert (await run(centre, 2)).deleted == 1


async def test_without_a_rule_everything_is_kept(centre: Centre) -> None:
    await centre.call()
    await centre.rounds()
    await keep(centre, q9=1)
    assert (await run(centre, 10_000)).deleted == 0
    assert await retention.preview(centre.connection, SITE, datetime(2090, 1, 1, tzinfo=UTC)) == []


async def test_a_hold_keeps_it_until_it_is_released(centre: Centre) -> None:
    await centre.call()
    await centre.rounds()
    await keep(centre, q0=1)
    await centre.connection.execute(
        """
        insert into interaction values
            ($1, $2, 1, 1, 1, 55, 0, 2, 3, 0, 0, 0, 1, 1, 1, 0, 1, 0, 0, 0, 1)
        """,
        SITE,
        CALL,
    )
    nobody, no_segment = PartyId(0), SegmentId(0)
    for segment_id, party_id in ((SEGMENT, nobody), (no_segment, PartyId(55))):
        hold_id = await retention.hold(
            centre.connection,
            SITE,
            segment_id=segment_id,
            party_id=party_id,
            reason="court, case 17",
            at=centre.clock.at,
            by=BY,
        )
        found = await run(centre, 5)
        assert (found.deleted, found.held) == (0, 1)
        [due] = await retention.preview(centre.connection, SITE, (await centre.line()).begins_at + 9 * DAY)
        assert (due.due, due.held, due.size_bytes) == (0, 1, 0)
        assert await retention.held_among(centre.connection, SITE, [SEGMENT]) == {SEGMENT}
        await retention.release(centre.connection, SITE, hold_id, at=centre.clock.at, by=BY)
        with pytest.raises(NotFound, match="unknown_hold"):
            await retention.release(centre.connection, SITE, hold_id, at=centre.clock.at, by=BY)
    assert await retention.holds(centre.connection, SITE) == []
    assert (await run(centre, 5)).deleted == 1


DAY = timedelta(days=1)


async def test_an_engine_that_is_away_is_told_the_next_time(centre: Centre) -> None:
    await centre.call()
    await centre.rounds()
    await keep(centre, q0=1)
    centre.is_engine_there = False
    with pytest.raises(Exception, match="restarting"):
        await run(centre, 2)
    assert (await centre.line()).state == "stored"
    centre.is_engine_there = True
    assert (await run(centre, 2)).deleted == 1
    assert (await centre.line()).state == "deleted"


async def test_it_runs_once_a_night_after_three_of_the_site(centre: Centre) -> None:
    evening = datetime(2026, 11, 24, 23, 0, tzinfo=MOSCOW)
    night = datetime(2026, 11, 25, 3, 1, tzinfo=MOSCOW)

    async def due(at: datetime) -> bool:
        return await retention.is_due(centre.connection, SITE, at, MOSCOW)

    assert not await due(night), "no rule"
    await keep(centre, q0=30)
    assert await due(evening), "the night before was missed"
    assert not await due(night - timedelta(minutes=5))
    await retention.run(centre.connection, SITE, home=centre.places.home, now=night, tell=centre.deleted)
    assert not await due(night + timedelta(hours=20))
    assert await due(night + DAY)


async def test_a_rebuild_knows_what_was_deleted(centre: Centre) -> None:
    await centre.call()
    await centre.rounds()
    await keep(centre, q0=1)
    await run(centre, 2)
    rows = await centre.connection.fetchval("select deleted_ms from recording where segment_id = $1", SEGMENT)
    assert rows > 0


@pytest.mark.parametrize("days", [0, -1, 100_000])
async def test_a_rule_that_is_none_is_refused(centre: Centre, days: int) -> None:
    with pytest.raises(Invalid, match="out_of_range"):
        await keep(centre, q0=days)


async def test_a_file_outside_the_folder_is_never_removed(centre: Centre) -> None:
    await centre.call()
    await centre.rounds()
    outside = centre.places.home / "precious.ogg"
    outside.write_bytes(b"precious")
    await centre.connection.execute("update recording set path = 'precious.ogg'")
    await keep(centre, q0=1)
    found = await run(centre, 2)
    assert (found.deleted, found.failed) == (0, 1)
    assert outside.exists()


def recording(home: Path, number: int, content: bytes | None, sha256: str = "") -> Recording:
    path = f"recordings/{number}.ogg"
    if content is not None:
        (home / path).parent.mkdir(exist_ok=True)
        (home / path).write_bytes(content)
    return Recording(
        segment_id=SegmentId(number),
        interaction_id=InteractionId(number + 100),
        agent_id=AgentId(3),
        queue_id=QueueId(2),
        state="stored",
        path=path,
        begins_at=datetime(2026, 11, 23, 9, 0, number, tzinfo=UTC),
        duration=timedelta(seconds=2),
        sha256=sha256 or hashlib.sha256(content or b"").hexdigest(),
    )


def test_a_zip_holds_the_very_files_and_a_manifest_of_their_hashes(tmp_path: Path) -> None:
    large = bytes(range(256)) * 4000
    found = [
        recording(tmp_path, 1, large),
        recording(tmp_path, 2, b"touched", sha256="0" * 64),
        recording(tmp_path, 3, None),
    ]

    pieces = list(archive(found, tmp_path))

    assert max(map(len, pieces)) < 600_000, "never the whole at once"
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as whole:
        assert whole.testzip() is None
        lines = list(csv.DictReader(io.StringIO(whole.read(MANIFEST).decode())))
        assert whole.read(lines[0]["file"]) == large
        assert len(whole.namelist()) == 3
    assert [(line["segment_id"], line["is_intact"], line["problem"]) for line in lines] == [
        ("1", "1", ""),
        ("2", "0", "hash_differs"),
        ("3", "0", "recording_file_missing"),
    ]
    assert lines[0]["sha256"] == hashlib.sha256(large).hexdigest()
