"""The SQL of retention: rules, holds, what is due, what was done."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from otklik.quality.model import Expired, Hold, HoldId, RetentionRun
from otklik.vocabulary.ids import (
    SELF_TEST_QUEUE,
    InteractionId,
    PartyId,
    PersonId,
    QueueId,
    SegmentId,
    SiteId,
)
from otklik.vocabulary.time import to_ms

_HELD = """
    exists (
        select from recording_hold as hold
        where hold.site_id = recording.site_id and hold.released_at is null and (
            hold.segment_id = recording.segment_id
            or hold.party_id <> 0 and hold.party_id = (
                select customer_id from interaction
                where interaction.site_id = recording.site_id
                  and interaction.interaction_id = recording.interaction_id
                limit 1
            )
        )
    )
"""


async def rules(connection: Any, site_id: SiteId) -> dict[QueueId, int]:
    """Days by queue; queue 0 is for all others. A queue without one is kept for ever."""
    rows = await connection.fetch("select queue_id, days from retention_rule where site_id = $1", site_id)
    return {QueueId(row["queue_id"]): row["days"] for row in rows}


async def save_rules(connection: Any, site_id: SiteId, days: Mapping[QueueId, int]) -> None:
    """These and no others."""
    await connection.execute("delete from retention_rule where site_id = $1", site_id)
    await connection.executemany(
        "insert into retention_rule (site_id, queue_id, days) values ($1, $2, $3)",
        [(site_id, queue_id, one) for queue_id, one in days.items()],
    )


async def expired(connection: Any, site_id: SiteId, at: datetime, limit: int = 1000) -> list[Expired]:
    """Stored recordings whose time is over at that moment, the oldest first; held ones too, marked."""
    rows = await connection.fetch(
        f"""
        select segment_id, interaction_id, queue_id, path, bytes, start_ms, {_HELD} as is_held
        from recording
        join lateral (
            select days from retention_rule as rule
            where rule.site_id = recording.site_id and rule.queue_id in (recording.queue_id, 0)
            order by rule.queue_id desc limit 1
        ) as rule on true
        where site_id = $1 and path <> '' and deleted_ms = 0 and queue_id <> $4
          and start_ms + duration_ms + rule.days * 86400000::bigint <= $2
        order by start_ms limit $3
        """,
        site_id,
        to_ms(at),
        limit,
        SELF_TEST_QUEUE,
    )
    return [
        Expired(
            segment_id=SegmentId(row["segment_id"]),
            interaction_id=InteractionId(row["interaction_id"]),
            queue_id=QueueId(row["queue_id"]),
            path=row["path"],
            size_bytes=row["bytes"],
            start_ms=row["start_ms"],
            is_held=row["is_held"],
        )
        for row in rows
    ]


async def held_among(connection: Any, site_id: SiteId, segment_ids: list[SegmentId]) -> set[SegmentId]:
    """Which of these may not be deleted."""
    rows = await connection.fetch(
        f"select segment_id from recording where site_id = $1 and segment_id = any($2::bigint[]) and {_HELD}",
        site_id,
        segment_ids,
    )
    return {SegmentId(row["segment_id"]) for row in rows}


async def list_holds(connection: Any, site_id: SiteId) -> list[Hold]:
    """Those that are in force, the newest first."""
    rows = await connection.fetch(
        """
        select hold_id, segment_id, party_id, reason, made_at, made_by from recording_hold
        where site_id = $1 and released_at is null order by hold_id desc
        """,
        site_id,
    )
    return [
        Hold(
            hold_id=HoldId(row["hold_id"]),
            segment_id=SegmentId(row["segment_id"]),
            party_id=PartyId(row["party_id"]),
            reason=row["reason"],
            made_at=row["made_at"],
            made_by=PersonId(row["made_by"]),
        )
        for row in rows
    ]


async def insert_hold(
    connection: Any,
    site_id: SiteId,
    *,
    segment_id: SegmentId,
    party_id: PartyId,
    reason: str,
    at: datetime,
    by: PersonId,
) -> HoldId:
    return HoldId(
        await connection.fetchval(
            """
            insert into recording_hold (site_id, segment_id, party_id, reason, made_at, made_by)
            values ($1, $2, $3, $4, $5, $6) returning hold_id
            """,
            site_id,
            segment_id,
            party_id,
            reason,
            at,
            by,
        )
    )


async def release_hold(connection: Any, site_id: SiteId, hold_id: HoldId, at: datetime, by: PersonId) -> bool:
    """False when there is none in force."""
    found = await connection.fetchval(
        """
        update recording_hold set released_at = $3, released_by = $4
        where site_id = $1 and hold_id = $2 and released_at is null returning hold_id
        """,
        site_id,
        hold_id,
        at,
        by,
    )
    return found is not None


async def note_run(connection: Any, site_id: SiteId, run: RetentionRun) -> None:
    """Kept by the worker, not folded: what was deleted stands in the journal, one event each."""
    await connection.execute(
        """
        insert into retention_run (site_id, at, deleted, bytes, held, failed)
        values ($1, $2, $3, $4, $5, $6)
        """,
        site_id,
        run.at,
        run.deleted,
        run.size_bytes,
        run.held,
        run.failed,
    )


async def list_runs(connection: Any, site_id: SiteId, limit: int = 30) -> list[RetentionRun]:
    """The newest first."""
    rows = await connection.fetch(
        """
        select at, deleted, bytes, held, failed from retention_run
        where site_id = $1 order by run_id desc limit $2
        """,
        site_id,
        limit,
    )
    return [
        RetentionRun(
            at=row["at"],
            deleted=row["deleted"],
            size_bytes=row["bytes"],
            held=row["held"],
            failed=row["failed"],
        )
        for row in rows
    ]
