"""How long recordings are kept: rules by queue, holds that outrank them, deletion at night.

A file is removed first and told then: a worker that dies between finds the recording due again and tells it
once more. The line of the manifest stays, with the hash, so that it can be shown what was deleted and when.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from otklik.logs import logger
from otklik.quality import retention_store
from otklik.quality.model import Deleted, DueInQueue, Expired, Hold, HoldId, RetentionRun
from otklik.vocabulary.ids import PartyId, PersonId, QueueId, SegmentId, SiteId
from otklik.vocabulary.refusals import Invalid, NotFound
from otklik.vocabulary.text import one_line

log = logger()

NIGHT = time(3, 0)
LONGEST_DAYS = 36_500
LONGEST_REASON = 300
_BATCH = 500
_MOST = 100_000


async def rules(connection: Any, site_id: SiteId) -> dict[QueueId, int]:
    """Days by queue; queue 0 is for all others. What has none is kept for ever."""
    return await retention_store.rules(connection, site_id)


async def save_rules(connection: Any, site_id: SiteId, days: Mapping[QueueId, int]) -> None:
    """These and no others. Raises Invalid `out_of_range`."""
    for queue_id, one in days.items():
        if not 1 <= one <= LONGEST_DAYS:
            raise Invalid("out_of_range", f"queues.{queue_id}", least=1, most=LONGEST_DAYS)
    await retention_store.save_rules(connection, site_id, days)


async def holds(connection: Any, site_id: SiteId) -> list[Hold]:
    """Those in force, the newest first."""
    return await retention_store.list_holds(connection, site_id)


async def hold(
    connection: Any,
    site_id: SiteId,
    *,
    segment_id: SegmentId,
    party_id: PartyId,
    reason: str,
    at: datetime,
    by: PersonId,
) -> HoldId:
    """Nothing of this recording, or of this customer, is deleted until the hold is released.

    Raises Invalid `recording_or_customer` unless exactly one is named, and those of `one_line`.
    """
    if bool(segment_id) == bool(party_id):
        raise Invalid("recording_or_customer", "segment_id")
    text = one_line(reason, "reason", longest=LONGEST_REASON)
    return await retention_store.insert_hold(
        connection, site_id, segment_id=segment_id, party_id=party_id, reason=text, at=at, by=by
    )


async def release(connection: Any, site_id: SiteId, hold_id: HoldId, *, at: datetime, by: PersonId) -> None:
    """The rules count again. Raises NotFound `unknown_hold`."""
    if not await retention_store.release_hold(connection, site_id, hold_id, at, by):
        raise NotFound("unknown_hold", hold_id=str(hold_id))


async def held_among(connection: Any, site_id: SiteId, segment_ids: list[SegmentId]) -> set[SegmentId]:
    """Which of these may not be deleted."""
    return await retention_store.held_among(connection, site_id, segment_ids)


async def runs(connection: Any, site_id: SiteId) -> list[RetentionRun]:
    """What the last nights deleted."""
    return await retention_store.list_runs(connection, site_id)


async def preview(connection: Any, site_id: SiteId, at: datetime) -> list[DueInQueue]:
    """What a run at that moment would delete and what holds keep back, by queue; nothing is touched."""
    found: dict[QueueId, DueInQueue] = {}
    for one in await retention_store.expired(connection, site_id, at, _MOST):
        before = found.get(one.queue_id, DueInQueue(queue_id=one.queue_id))
        found[one.queue_id] = DueInQueue(
            queue_id=one.queue_id,
            due=before.due + (not one.is_held),
            size_bytes=before.size_bytes + (0 if one.is_held else one.size_bytes),
            held=before.held + one.is_held,
            oldest_ms=min(before.oldest_ms or one.start_ms, one.start_ms),
        )
    return sorted(found.values(), key=lambda one: one.queue_id)


async def is_due(connection: Any, site_id: SiteId, now: datetime, zone: ZoneInfo) -> bool:
    """Once a night: after three o'clock of the site, unless this night's run was done."""
    here = now.astimezone(zone)
    night = datetime.combine(here.date(), NIGHT, zone)
    if here < night or not await retention_store.rules(connection, site_id):
        return False
    last = await retention_store.list_runs(connection, site_id, limit=1)
    return not last or last[0].at < night


async def run(
    connection: Any,
    site_id: SiteId,
    *,
    home: Path,
    now: datetime,
    tell: Callable[[Deleted], Awaitable[None]],
) -> RetentionRun:
    """Deletes all that is due and is not held; tells of each. What cannot be removed is tried next night."""
    deleted = size = failed = 0
    told: set[SegmentId] = set()
    held: set[SegmentId] = set()
    folder = (home / "recordings").resolve()
    while True:
        due = await retention_store.expired(connection, site_id, now, _BATCH + len(held) + failed + len(told))
        held |= {one.segment_id for one in due if one.is_held}
        fresh = [one for one in due if not one.is_held and one.segment_id not in told]
        if not fresh:
            break
        for one in fresh:
            told.add(one.segment_id)
            if not await asyncio.to_thread(_remove, folder, home, one):
                failed += 1
                continue
            await tell(Deleted(interaction_id=one.interaction_id, segment_id=one.segment_id))
            deleted += 1
            size += one.size_bytes
    found = RetentionRun(at=now, deleted=deleted, size_bytes=size, held=len(held), failed=failed)
    await retention_store.note_run(connection, site_id, found)
    log.info("recordings.deleted", deleted=deleted, bytes=size, held=len(held), failed=failed)
    return found


def _remove(folder: Path, home: Path, one: Expired) -> bool:
    """True when the file is gone. Never removes anything outside the recordings."""
    file = (home / one.path).resolve()
    if not file.is_relative_to(folder):
        log.error("recording.outside_folder", segment_id=one.segment_id)
        return False
    try:
        file.unlink(missing_ok=True)
    except OSError as error:
        log.error("recording.not_deleted", segment_id=one.segment_id, reason=error.strerror)
        return False
    return True
