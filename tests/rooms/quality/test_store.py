"""What a batch writes as acts of one statement is what it writes change by change."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from otklik.database import connect
from otklik.journal.projection import Acts
from otklik.quality import store
from otklik.quality.changes import Change, InteractionOver, MissingNoted, RawBegun, RawOver, Unrecorded
from otklik.quality.model import Missing, RawFile, Stored, Talk
from otklik.vocabulary.ids import AgentId, InteractionId, LegId, QueueId, SegmentId, SiteId

pytestmark = pytest.mark.database

SITE = SiteId(1)
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def begun(leg: int, interaction: int) -> RawBegun:
    file = RawFile(leg_id=LegId(leg), role="customer", path=f"{leg}.raw", since=AT)
    return RawBegun(interaction_id=InteractionId(interaction), file=file)


def over(leg: int, seconds: int) -> RawOver:
    return RawOver(leg_id=LegId(leg), at=AT + timedelta(seconds=seconds))


def whole(interaction: int, seconds: int) -> InteractionOver:
    return InteractionOver(interaction_id=InteractionId(interaction), at=AT + timedelta(seconds=seconds))


def talk(segment: int, interaction: int) -> Talk:
    return Talk(
        segment_id=SegmentId(segment),
        interaction_id=InteractionId(interaction),
        agent_id=AgentId(7),
        queue_id=QueueId(2),
        since=AT,
        until=AT + timedelta(seconds=30),
    )


async def rows(connection: Any) -> list[list[tuple[Any, ...]]]:
    return [
        [tuple(row) for row in await connection.fetch(f"select * from {table} order by 2, 3")]
        for table in ("raw_recording", "recording_work", "recording")
    ]


async def write(connection: Any, acts: Acts) -> None:
    parts = ", ".join(f"act_{number} as ({text})" for number, text in enumerate(acts.texts))
    await connection.fetch(f"with {parts} select 1", *acts.values)


def missing(segment: int, interaction: int, *, is_final: bool = True) -> MissingNoted:
    told = Missing(
        interaction_id=InteractionId(interaction), segment_id=SegmentId(segment), cause="not_recorded"
    )
    return MissingNoted(missing=told, at=AT + timedelta(seconds=70), is_final=is_final)


def stored(segment: int, interaction: int, path: str = "a.ogg") -> Stored:
    return Stored(
        interaction_id=InteractionId(interaction),
        segment_id=SegmentId(segment),
        path=path,
        begins_at=AT,
        duration=timedelta(seconds=30),
        size_bytes=1234,
        sha256="ab" * 32,
        peaks="AAAA",
    )


def unrecorded(segment: int, interaction: int) -> Unrecorded:
    return Unrecorded(talk=talk(segment, interaction))


BATCHES: tuple[Sequence[Change], ...] = (
    (begun(1, 11), begun(2, 12)),
    (talk(101, 11), talk(102, 12)),
    (over(1, 40), whole(11, 41), talk(103, 12)),
    (over(2, 50), begun(3, 12)),
    (whole(12, 60),),
    (over(3, 61), missing(101, 11), missing(102, 12), missing(999, 99)),
    (missing(101, 11),),
    (unrecorded(104, 13), unrecorded(105, 14), stored(103, 12), stored(106, 15)),
    (stored(103, 12, path="again.ogg"), unrecorded(106, 15), missing(104, 13)),
)


async def test_acts_write_the_same_rows_as_the_changes_one_by_one(database_url: str) -> None:
    connection = await connect(database_url, name="test")
    for batch in BATCHES:
        await store.write_changes(connection, SITE, batch)
    wanted = await rows(connection)
    await connection.execute("truncate raw_recording, recording_work, recording")

    for batch in BATCHES:
        acts = store.acts_of(SITE, batch)
        assert acts is not None
        await write(connection, acts)

    assert await rows(connection) == wanted
    assert [row[1] for row in wanted[0]] == [1, 2, 3]
    assert [row[1] for row in wanted[1]] == []
    assert [row[1] for row in wanted[2]] == [101, 102, 103, 104, 105, 106, 999]
    assert {row[1]: row[3] for row in wanted[2] if row[3]} == {103: "again.ogg", 106: "a.ogg"}
    await connection.close()


@pytest.mark.parametrize(
    "batch",
    [
        (begun(1, 11), over(1, 4)),
        (begun(1, 11), whole(11, 4)),
        (begun(1, 11), begun(1, 11)),
        (talk(101, 11), missing(101, 11)),
        (missing(101, 11, is_final=False),),
        (talk(101, 11), stored(101, 11)),
        (stored(101, 11), stored(101, 11)),
        (unrecorded(101, 11), missing(101, 11)),
    ],
)
def test_a_batch_that_changes_a_row_twice_is_none_for_one_statement(batch: Sequence[Change]) -> None:
    assert store.acts_of(SITE, batch) is None
