"""The SQL of this room."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, assert_never

from otklik.journal.projection import Acts, join
from otklik.quality.changes import (
    Change,
    DeletionNoted,
    HoldBegun,
    HoldOver,
    InteractionOver,
    MissingNoted,
    PauseBegun,
    PauseKept,
    PauseOver,
    RawBegun,
    RawOver,
    RawRefused,
    Unrecorded,
)
from otklik.quality.model import Pause, RawFile, Recording, Stored, Talk
from otklik.quality.peaks import decode_peaks
from otklik.vocabulary.ids import (
    SELF_TEST_QUEUE,
    AgentId,
    InteractionId,
    LegId,
    QueueId,
    SegmentId,
    SiteId,
)
from otklik.vocabulary.time import duration_ms, from_ms, to_ms

# --- written by the projection

_RAW_BEGUN = """
    insert into raw_recording (site_id, leg_id, path, interaction_id, role, since_ms)
    values ($1, $2, $3, $4, $5, $6)
    on conflict (site_id, leg_id, path) do update set since_ms = excluded.since_ms
"""
# A file that was closed for a pause stays closed then.
_RAW_OVER = """
    update raw_recording set until_ms = $3 where site_id = $1 and leg_id = $2 and until_ms = 0
"""
_PAUSE_BEGUN = """
    insert into card_pause (site_id, interaction_id, since_ms, asks_ms, leg_id, agent_id)
    values ($1, $2, $3, $4, $5, $6)
    on conflict (site_id, interaction_id, since_ms) do nothing
"""
_PAUSE_KEPT = """
    update card_pause set asks_ms = $3 where site_id = $1 and interaction_id = $2 and until_ms = 0
"""
_PAUSE_OVER = """
    update card_pause set until_ms = $3 where site_id = $1 and interaction_id = $2 and until_ms = 0
"""
# Nobody needs it any more, though the call goes on.
_RAW_REFUSED = """
    update raw_recording set until_ms = $3, over_ms = $3 where site_id = $1 and leg_id = $2 and until_ms = 0
"""
_INTERACTION_OVER = "update raw_recording set over_ms = $3 where site_id = $1 and interaction_id = $2"
_TALK = """
    insert into recording_work (site_id, segment_id, interaction_id, agent_id, queue_id, start_ms, stop_ms)
    values ($1, $2, $3, $4, $5, $6, $7)
    on conflict (site_id, segment_id) do nothing
"""
# Who talked stands on the work list; a recording that is told twice keeps what was known.
_STORED = """
    with done as (
        delete from recording_work where site_id = $1 and segment_id = $2 returning agent_id, queue_id
    )
    insert into recording (
        site_id, segment_id, interaction_id, path, start_ms, duration_ms, bytes, sha256, peaks,
        deleted_ms, missing_cause, agent_id, queue_id, pauses, holds, has_silent_holds
    )
    values (
        $1, $2, $3, $4, $5, $6, $7, $8, $9, 0, '',
        coalesce((select agent_id from done), 0), coalesce((select queue_id from done), 0), $10,
        $11, $12
    )
    on conflict (site_id, segment_id) do update set
        path = excluded.path, start_ms = excluded.start_ms, duration_ms = excluded.duration_ms,
        bytes = excluded.bytes, sha256 = excluded.sha256, peaks = excluded.peaks, missing_cause = '',
        pauses = excluded.pauses, holds = excluded.holds, has_silent_holds = excluded.has_silent_holds,
        agent_id = case when excluded.agent_id <> 0 then excluded.agent_id else recording.agent_id end,
        queue_id = case when excluded.queue_id <> 0 then excluded.queue_id else recording.queue_id end
"""
_MISSING = """
    insert into recording (
        site_id, segment_id, interaction_id, start_ms, missing_cause, agent_id, queue_id
    )
    select $1, $2, $3, coalesce(max(start_ms), $5), $4, coalesce(max(agent_id), 0), coalesce(max(queue_id), 0)
    from recording_work where site_id = $1 and segment_id = $2
    on conflict (site_id, segment_id) do update set missing_cause = excluded.missing_cause
    where recording.path = ''
"""
# The line stays, with its hash; nothing of what was said does.
_DELETED = """
    update recording set deleted_ms = $3, peaks = null where site_id = $1 and segment_id = $2
"""
_HOLD_BEGUN = """
    insert into talk_hold (site_id, interaction_id, since_ms) values ($1, $2, $3) on conflict do nothing
"""
_HOLD_OVER = """
    update talk_hold set until_ms = $3 where site_id = $1 and interaction_id = $2 and until_ms = 0
"""
_WORK_DONE = "delete from recording_work where site_id = $1 and segment_id = $2"
_WORK_WAITS = "update recording_work set missing_cause = $3 where site_id = $1 and segment_id = $2"

# The same for whole batches, as parts of one statement.
_TALKS = """
    insert into recording_work (site_id, segment_id, interaction_id, agent_id, queue_id, start_ms, stop_ms)
    select $1, talk.* from unnest(
        $2::bigint[], $3::bigint[], $4::integer[], $5::integer[], $6::bigint[], $7::bigint[]
    ) as talk
    on conflict (site_id, segment_id) do nothing
"""
_RAWS_BEGUN = """
    insert into raw_recording (site_id, leg_id, path, interaction_id, role, since_ms)
    select $1, raw.* from unnest($2::bigint[], $3::text[], $4::bigint[], $5::text[], $6::bigint[]) as raw
    on conflict (site_id, leg_id, path) do update set since_ms = excluded.since_ms
"""
# A leg and its interaction often end in one batch, and a row may be changed only once in a statement.
_RAWS_OVER = """
    update raw_recording as raw set
        until_ms = case when raw.until_ms > 0 then raw.until_ms else coalesce((
            select max(over_leg.at_ms) from unnest($2::bigint[], $3::bigint[]) as over_leg (leg_id, at_ms)
            where over_leg.leg_id = raw.leg_id
        ), 0) end,
        over_ms = coalesce((
            select max(over_all.at_ms) from unnest($4::bigint[], $5::bigint[]) as over_all (whole_id, at_ms)
            where over_all.whole_id = raw.interaction_id
        ), raw.over_ms)
    where raw.site_id = $1 and (raw.leg_id = any($2::bigint[]) or raw.interaction_id = any($4::bigint[]))
"""
# Who talked stands on the work list, which the second act empties: both see it as it was before.
_ALL_MISSING = (
    """
    insert into recording (site_id, segment_id, interaction_id, start_ms, missing_cause, agent_id, queue_id)
    select $1, missing.segment_id, missing.interaction_id, coalesce(work.start_ms, missing.at_ms),
           missing.cause, coalesce(work.agent_id, 0), coalesce(work.queue_id, 0)
    from unnest($2::bigint[], $3::bigint[], $4::text[], $5::bigint[])
        as missing (segment_id, interaction_id, cause, at_ms)
    left join recording_work as work on work.site_id = $1 and work.segment_id = missing.segment_id
    on conflict (site_id, segment_id) do update set missing_cause = excluded.missing_cause
    where recording.path = ''
    """,
    "delete from recording_work where site_id = $1 and segment_id = any($2::bigint[])",
)

_ALL_UNRECORDED = """
    insert into recording (site_id, segment_id, interaction_id, start_ms, missing_cause, agent_id, queue_id)
    select $1, talk.segment_id, talk.interaction_id, talk.start_ms, 'not_recorded', talk.agent_id,
           talk.queue_id
    from unnest($2::bigint[], $3::bigint[], $4::integer[], $5::integer[], $6::bigint[])
        as talk (segment_id, interaction_id, agent_id, queue_id, start_ms)
    on conflict (site_id, segment_id) do update set missing_cause = excluded.missing_cause
    where recording.path = ''
"""
# As with what is missing: the work list is read by the first act and emptied by the second.
_ALL_STORED = (
    """
    insert into recording (
        site_id, segment_id, interaction_id, path, start_ms, duration_ms, bytes, sha256, peaks, deleted_ms,
        missing_cause, agent_id, queue_id, pauses, holds, has_silent_holds
    )
    select $1, stored.segment_id, stored.interaction_id, stored.path, stored.start_ms, stored.duration_ms,
           stored.bytes, stored.sha256, stored.peaks, 0, '', coalesce(work.agent_id, 0),
           coalesce(work.queue_id, 0), stored.pauses,
           stored.holds, stored.has_silent_holds
    from unnest(
        $2::bigint[], $3::bigint[], $4::text[], $5::bigint[], $6::integer[], $7::bigint[], $8::bytea[],
        $9::bytea[], $10::text[], $11::text[], $12::boolean[]
    ) as stored (segment_id, interaction_id, path, start_ms, duration_ms, bytes, sha256, peaks, pauses, holds,
               has_silent_holds)
    left join recording_work as work on work.site_id = $1 and work.segment_id = stored.segment_id
    on conflict (site_id, segment_id) do update set
        path = excluded.path, start_ms = excluded.start_ms, duration_ms = excluded.duration_ms,
        bytes = excluded.bytes, sha256 = excluded.sha256, peaks = excluded.peaks, missing_cause = '',
        pauses = excluded.pauses, holds = excluded.holds, has_silent_holds = excluded.has_silent_holds,
        agent_id = case when excluded.agent_id <> 0 then excluded.agent_id else recording.agent_id end,
        queue_id = case when excluded.queue_id <> 0 then excluded.queue_id else recording.queue_id end
    """,
    "delete from recording_work where site_id = $1 and segment_id = any($2::bigint[])",
)


def acts_of(site_id: SiteId, changes: Sequence[Change]) -> Acts | None:
    """One batch for one statement; None for the rare changes, and where a row would be changed twice."""
    talks = {change.segment_id: change for change in changes if isinstance(change, Talk)}
    begun = {change.file.leg_id: change for change in changes if isinstance(change, RawBegun)}
    legs = {change.leg_id: change for change in changes if isinstance(change, RawOver)}
    wholes = {change.interaction_id: change for change in changes if isinstance(change, InteractionOver)}
    unrecorded = {change.talk.segment_id: change for change in changes if isinstance(change, Unrecorded)}
    stored = {change.segment_id: change for change in changes if isinstance(change, Stored)}
    missing = {
        change.missing.segment_id: change
        for change in changes
        if isinstance(change, MissingNoted) and change.is_final
    }
    segments: list[SegmentId] = [*talks, *unrecorded, *stored, *missing]
    if len(segments) + len(begun) + len(legs) + len(wholes) < len(changes):
        return None
    if len(set(segments)) < len(segments):
        return None
    if any(leg_id in legs or change.interaction_id in wholes for leg_id, change in begun.items()):
        return None
    acts: list[Acts] = []
    if talks:
        rows: list[tuple[Any, ...]] = [
            (
                talk.segment_id,
                talk.interaction_id,
                talk.agent_id,
                talk.queue_id,
                to_ms(talk.since),
                to_ms(talk.until),
            )
            for talk in talks.values()
        ]
        acts.append(Acts((_TALKS,), (site_id, *_columns(rows))))
    if begun:
        rows = [
            (leg_id, one.file.path, one.interaction_id, one.file.role, to_ms(one.file.since))
            for leg_id, one in begun.items()
        ]
        acts.append(Acts((_RAWS_BEGUN,), (site_id, *_columns(rows))))
    if legs or wholes:
        leg_moments = [to_ms(change.at) for change in legs.values()]
        whole_moments = [to_ms(change.at) for change in wholes.values()]
        values = (site_id, list(legs), leg_moments, list(wholes), whole_moments)
        acts.append(Acts((_RAWS_OVER,), values))
    if unrecorded:
        acts.append(_unrecorded(site_id, [change.talk for change in unrecorded.values()]))
    if stored:
        rows = [_stored_row(one) for one in stored.values()]
        acts.append(Acts(_ALL_STORED, (site_id, *_columns(rows))))
    if missing:
        rows = [
            (segment_id, one.missing.interaction_id, one.missing.cause, to_ms(one.at))
            for segment_id, one in missing.items()
        ]
        acts.append(Acts(_ALL_MISSING, (site_id, *_columns(rows))))
    return join(acts)


def _unrecorded(site_id: SiteId, talks: Iterable[Talk]) -> Acts:
    rows: list[tuple[Any, ...]] = [
        (talk.segment_id, talk.interaction_id, talk.agent_id, talk.queue_id, to_ms(talk.since))
        for talk in talks
    ]
    return Acts((_ALL_UNRECORDED,), (site_id, *_columns(rows)))


def _stored_row(stored: Stored) -> tuple[Any, ...]:
    return (
        stored.segment_id,
        stored.interaction_id,
        stored.path,
        to_ms(stored.begins_at),
        duration_ms(stored.duration),
        stored.size_bytes,
        bytes.fromhex(stored.sha256),
        decode_peaks(stored.peaks),
        stored.pauses,
        stored.holds,
        stored.has_silent_holds,
    )


def _columns(rows: list[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


async def write_changes(connection: Any, site_id: SiteId, changes: Iterable[Change]) -> None:  # noqa: C901 - one case for each kind
    """Writes one batch, in order."""
    for change in changes:
        match change:
            case RawBegun():
                file = change.file
                await connection.execute(
                    _RAW_BEGUN,
                    site_id,
                    file.leg_id,
                    file.path,
                    change.interaction_id,
                    file.role,
                    to_ms(file.since),
                )
            case RawOver():
                await connection.execute(_RAW_OVER, site_id, change.leg_id, to_ms(change.at))
            case RawRefused():
                await connection.execute(_RAW_REFUSED, site_id, change.leg_id, to_ms(change.at))
            case PauseBegun() | PauseKept() | PauseOver():
                await _write_pause(connection, site_id, change)
            case HoldBegun():
                moment = to_ms(change.since)
                await connection.execute(_HOLD_BEGUN, site_id, change.interaction_id, moment)
            case HoldOver():
                await connection.execute(_HOLD_OVER, site_id, change.interaction_id, to_ms(change.at))
            case InteractionOver():
                await connection.execute(_INTERACTION_OVER, site_id, change.interaction_id, to_ms(change.at))
            case Talk():
                await connection.execute(
                    _TALK,
                    site_id,
                    change.segment_id,
                    change.interaction_id,
                    change.agent_id,
                    change.queue_id,
                    to_ms(change.since),
                    to_ms(change.until),
                )
            case Unrecorded():
                acts = _unrecorded(site_id, [change.talk])
                await connection.execute(*acts.texts, *acts.values)
            case Stored():
                await connection.execute(_STORED, site_id, *_stored_row(change))
            case DeletionNoted():
                segment_id = change.deleted.segment_id
                await connection.execute(_DELETED, site_id, segment_id, to_ms(change.at))
            case MissingNoted():
                await _write_missing(connection, site_id, change)
            case _:
                assert_never(change)


async def _write_pause(connection: Any, site_id: SiteId, change: PauseBegun | PauseKept | PauseOver) -> None:
    match change:
        case PauseBegun():
            await connection.execute(
                _PAUSE_BEGUN,
                site_id,
                change.interaction_id,
                to_ms(change.since),
                to_ms(change.asks_at),
                change.leg_id,
                change.agent_id,
            )
        case PauseKept():
            await connection.execute(_PAUSE_KEPT, site_id, change.interaction_id, to_ms(change.asks_at))
        case PauseOver():
            await connection.execute(_PAUSE_OVER, site_id, change.interaction_id, to_ms(change.at))


async def _write_missing(connection: Any, site_id: SiteId, change: MissingNoted) -> None:
    missing = change.missing
    await connection.execute(
        _MISSING, site_id, missing.segment_id, missing.interaction_id, missing.cause, to_ms(change.at)
    )
    if change.is_final:
        await connection.execute(_WORK_DONE, site_id, missing.segment_id)
    else:
        await connection.execute(_WORK_WAITS, site_id, missing.segment_id, missing.cause)


# --- read by the worker


async def find_work(connection: Any, site_id: SiteId, limit: int = 200) -> list[Talk]:
    """Segments that need audio, the oldest first; those that failed for a lasting cause come last."""
    rows = await connection.fetch(
        """
        select segment_id, interaction_id, agent_id, queue_id, start_ms, stop_ms, missing_cause
        from recording_work where site_id = $1
        order by missing_cause <> '', stop_ms limit $2
        """,
        site_id,
        limit,
    )
    return [
        Talk(
            segment_id=SegmentId(row["segment_id"]),
            interaction_id=InteractionId(row["interaction_id"]),
            agent_id=AgentId(row["agent_id"]),
            queue_id=QueueId(row["queue_id"]),
            since=from_ms(row["start_ms"]),
            until=from_ms(row["stop_ms"]),
            missing_cause=row["missing_cause"],
        )
        for row in rows
    ]


async def find_raw_files(
    connection: Any, site_id: SiteId, interaction_ids: Sequence[InteractionId]
) -> dict[InteractionId, list[RawFile]]:
    """The raw files of these interactions, in the order of their beginning."""
    rows = await connection.fetch(
        """
        select interaction_id, leg_id, role, path, since_ms, until_ms from raw_recording
        where site_id = $1 and interaction_id = any($2::bigint[]) order by since_ms
        """,
        site_id,
        list(interaction_ids),
    )
    found: dict[InteractionId, list[RawFile]] = {}
    for row in rows:
        found.setdefault(InteractionId(row["interaction_id"]), []).append(_raw(row))
    return found


async def find_holds(
    connection: Any, site_id: SiteId, interaction_ids: Sequence[InteractionId]
) -> dict[InteractionId, list[Pause]]:
    """When these customers were held, in order."""
    return await _spans(connection, site_id, interaction_ids, "talk_hold")


async def find_pauses(
    connection: Any, site_id: SiteId, interaction_ids: Sequence[InteractionId]
) -> dict[InteractionId, list[Pause]]:
    """Spans of these interactions of which nothing may be kept, in order."""
    return await _spans(connection, site_id, interaction_ids, "card_pause")


async def _spans(
    connection: Any, site_id: SiteId, interaction_ids: Sequence[InteractionId], table: str
) -> dict[InteractionId, list[Pause]]:
    rows = await connection.fetch(
        f"""
        select interaction_id, since_ms, until_ms from {table}
        where site_id = $1 and interaction_id = any($2::bigint[]) order by since_ms
        """,
        site_id,
        list(interaction_ids),
    )
    found: dict[InteractionId, list[Pause]] = {}
    for row in rows:
        interaction_id = InteractionId(row["interaction_id"])
        pause = Pause(
            interaction_id=interaction_id,
            since=from_ms(row["since_ms"]),
            until=from_ms(row["until_ms"]) if row["until_ms"] else None,
        )
        found.setdefault(interaction_id, []).append(pause)
    return found


async def find_recorded_now(connection: Any, site_id: SiteId) -> dict[InteractionId, tuple[int, int]]:
    """Interactions of now that are recorded: since when their recording is paused and when the desk asks, in
    milliseconds, 0 and 0 while it goes on."""
    rows = await connection.fetch(
        """
        select raw.interaction_id, coalesce(max(pause.since_ms), 0) as since_ms,
               coalesce(max(pause.asks_ms), 0) as asks_ms
        from raw_recording as raw
        left join card_pause as pause
            on pause.site_id = raw.site_id and pause.interaction_id = raw.interaction_id
            and pause.until_ms = 0
        where raw.site_id = $1 and raw.over_ms = 0 and raw.removed_ms = 0
        group by raw.interaction_id
        """,
        site_id,
    )
    return {InteractionId(row["interaction_id"]): (row["since_ms"], row["asks_ms"]) for row in rows}


async def find_spent(connection: Any, site_id: SiteId, before: datetime, limit: int = 500) -> list[RawFile]:
    """Raw files that nobody needs: the leg and the interaction are over since before `before`, no segment
    waits."""
    rows = await connection.fetch(
        """
        select leg_id, role, path, since_ms, until_ms from raw_recording as raw
        where site_id = $1 and removed_ms = 0 and until_ms > 0 and over_ms > 0
          and greatest(until_ms, over_ms) < $2
          and not exists (
              select from recording_work as work
              where work.site_id = raw.site_id and work.interaction_id = raw.interaction_id
          )
        order by until_ms limit $3
        """,
        site_id,
        to_ms(before),
        limit,
    )
    return [_raw(row) for row in rows]


async def note_removed(connection: Any, site_id: SiteId, file: RawFile, at: datetime) -> None:
    """The raw file is gone. Kept by the worker, not folded: after a rebuild it simply looks again."""
    await connection.execute(
        "update raw_recording set removed_ms = $4 where site_id = $1 and leg_id = $2 and path = $3",
        site_id,
        file.leg_id,
        file.path,
        to_ms(at),
    )


async def known_paths(connection: Any, site_id: SiteId, names: Sequence[str]) -> set[str]:
    """Which of these names of raw files the journal knows."""
    rows = await connection.fetch(
        """
        select distinct substring(path from '[^/]*$') as name from raw_recording
        where site_id = $1 and substring(path from '[^/]*$') = any($2::text[])
        """,
        site_id,
        list(names),
    )
    return {row["name"] for row in rows}


# --- read by the API

_RECORDING = """
    select segment_id, interaction_id, agent_id, queue_id, path, start_ms, duration_ms, bytes, sha256, peaks,
           deleted_ms, missing_cause, pauses, holds, has_silent_holds
    from recording
"""


async def find_recording(connection: Any, site_id: SiteId, segment_id: SegmentId) -> Recording | None:
    """One line of the manifest."""
    row = await connection.fetchrow(
        _RECORDING + "where site_id = $1 and segment_id = $2", site_id, segment_id
    )
    return None if row is None else _recording(row)


async def find_recordings_of(
    connection: Any, site_id: SiteId, interaction_id: InteractionId
) -> list[Recording]:
    """The recordings of an interaction, in the order of its segments."""
    rows = await connection.fetch(
        _RECORDING + "where site_id = $1 and interaction_id = $2 order by segment_id", site_id, interaction_id
    )
    return [_recording(row) for row in rows]


async def find_recordings_in(
    connection: Any, site_id: SiteId, segment_ids: Sequence[SegmentId]
) -> list[Recording]:
    """Those of these segments."""
    rows = await connection.fetch(
        _RECORDING + "where site_id = $1 and segment_id = any($2::bigint[])", site_id, list(segment_ids)
    )
    return [_recording(row) for row in rows]


async def find_recordings_between(  # noqa: PLR0913 - the filters of a list
    connection: Any,
    site_id: SiteId,
    *,
    since: datetime,
    until: datetime,
    agent_ids: Sequence[AgentId] | None,
    queue_ids: Sequence[QueueId] | None,
    before: SegmentId | None,
    limit: int,
) -> list[Recording]:
    """Recordings that began in [since, until), the newest first, without those of the self-test; `before`
    goes on after a page's last segment."""
    rows = await connection.fetch(
        _RECORDING
        + """
        where site_id = $1 and start_ms >= $2 and start_ms < $3 and queue_id <> $8
          and ($4::int[] is null or agent_id = any($4)) and ($5::int[] is null or queue_id = any($5))
          and ($6::bigint is null or segment_id < $6)
        order by segment_id desc limit $7
        """,
        site_id,
        to_ms(since),
        to_ms(until),
        None if agent_ids is None else list(agent_ids),
        None if queue_ids is None else list(queue_ids),
        before,
        limit,
        SELF_TEST_QUEUE,
    )
    return [_recording(row) for row in rows]


async def find_stored_after(
    connection: Any, site_id: SiteId, after: SegmentId, limit: int = 500
) -> list[Recording]:
    """Stored recordings by segment, page by page, for the check of the whole manifest."""
    rows = await connection.fetch(
        _RECORDING
        + """
        where site_id = $1 and segment_id > $2 and path <> '' and deleted_ms = 0
        order by segment_id limit $3
        """,
        site_id,
        after,
        limit,
    )
    return [_recording(row) for row in rows]


def _raw(row: Any) -> RawFile:
    return RawFile(
        leg_id=LegId(row["leg_id"]),
        role=row["role"],
        path=row["path"],
        since=from_ms(row["since_ms"]),
        until=from_ms(row["until_ms"]) if row["until_ms"] else None,
    )


def _recording(row: Any) -> Recording:
    if row["deleted_ms"]:
        state = "deleted"
    else:
        state = "stored" if row["path"] else "missing"
    return Recording(
        segment_id=SegmentId(row["segment_id"]),
        interaction_id=InteractionId(row["interaction_id"]),
        agent_id=AgentId(row["agent_id"]),
        queue_id=QueueId(row["queue_id"]),
        state=state,
        path=row["path"],
        begins_at=from_ms(row["start_ms"]),
        duration=from_ms(row["duration_ms"]) - from_ms(0),
        size_bytes=row["bytes"],
        sha256=(row["sha256"] or b"").hex(),
        peaks=row["peaks"] or b"",
        pauses=row["pauses"],
        holds=row["holds"],
        has_silent_holds=row["has_silent_holds"],
        missing_cause=row["missing_cause"],
    )
