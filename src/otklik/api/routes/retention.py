"""How long recordings are kept: rules by queue, a look ahead, holds; and who used a recording."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request

from otklik.access import store as people
from otklik.access.rights import Right
from otklik.api.noting import note
from otklik.api.parts import Parts, Serves
from otklik.api.route import Route
from otklik.api.schemas.base import Id, LongId
from otklik.api.schemas.retention import (
    DueRow,
    HoldRow,
    HoldSave,
    QueueRetention,
    RetentionRow,
    RetentionRunRow,
    RetentionSave,
    UseRow,
)
from otklik.api.sign_in import Who, requires
from otklik.crm import service as crm
from otklik.organization.store import list_things
from otklik.quality import retention
from otklik.quality import service as quality
from otklik.quality.model import HoldId
from otklik.vocabulary.ids import PartyId, QueueId, SegmentId
from otklik.vocabulary.refusals import NotFound
from otklik.vocabulary.time import from_ms

router = APIRouter(prefix="/api/v1", tags=["quality"], route_class=Route)

Keeps = Annotated[Who, requires(Right.MANAGE_RECORDINGS)]
EVERY_OTHER = QueueId(0)
USES = frozenset({"recording.listened", "recording.downloaded", "recording.exported"})


@router.get("/retention")
async def find_retention(who: Keeps, parts: Serves) -> RetentionRow:
    """The rules, and what the last nights deleted."""
    async with parts.reading() as connection:
        return await _retention(connection, parts)


@router.put("/retention")
async def save_retention(who: Keeps, request: Request, parts: Serves, body: RetentionSave) -> RetentionRow:
    """These rules and no others. What is too old by them is deleted in the night that comes."""
    days = {QueueId(one.queue_id): one.days for one in body.queues}
    if body.default_days is not None:
        days[EVERY_OTHER] = body.default_days
    async with parts.writing() as connection:
        queues = await list_things(connection, "queue", site_id=parts.site_id)
        unknown = days.keys() - {queue.queue_id for queue in queues} - {EVERY_OTHER}
        if unknown:
            raise NotFound("unknown_queue", queue_id=min(unknown))
        await retention.save_rules(connection, parts.site_id, days)
        await _note(
            connection, parts, request, who, "retention.saved", {str(key): one for key, one in days.items()}
        )
        return await _retention(connection, parts)


@router.get("/retention/preview")
async def preview_retention(who: Keeps, parts: Serves, at: datetime | None = None) -> list[DueRow]:
    """What would be deleted now, or at that moment, by queue; nothing is touched."""
    async with parts.reading() as connection:
        found = await retention.preview(connection, parts.site_id, at or parts.clock.now())
    return [
        DueRow(
            queue_id=one.queue_id,
            due=one.due,
            size_bytes=one.size_bytes,
            held=one.held,
            oldest_at=from_ms(one.oldest_ms) if one.oldest_ms else None,
        )
        for one in found
    ]


@router.get("/retention/holds")
async def list_holds(who: Keeps, parts: Serves) -> list[HoldRow]:
    """What may not be deleted, the newest first."""
    async with parts.reading() as connection:
        found = await retention.holds(connection, parts.site_id)
        names = await crm.names_of(connection, parts.site_id, [one.party_id for one in found if one.party_id])
        by = await people.names_of(connection)
    return [
        HoldRow(
            id=one.hold_id,
            segment_id=one.segment_id or None,
            party_id=one.party_id or None,
            name=names.get(one.party_id, ""),
            reason=one.reason,
            made_at=one.made_at,
            by_name=by.get(one.made_by, ""),
        )
        for one in found
    ]


@router.post("/retention/holds", status_code=201)
async def hold_recordings(who: Keeps, request: Request, parts: Serves, body: HoldSave) -> dict[str, int]:
    """Nothing of this recording, or of this customer, is deleted until the hold is released."""
    segment_id, party_id = SegmentId(body.segment_id or 0), PartyId(body.party_id or 0)
    async with parts.writing() as connection:
        if segment_id:
            await quality.find_recording(connection, parts.site_id, segment_id)
        hold_id = await retention.hold(
            connection,
            parts.site_id,
            segment_id=segment_id,
            party_id=party_id,
            reason=body.reason,
            at=parts.clock.now(),
            by=who.person_id,
        )
        facts = {"hold": hold_id, "segment": str(segment_id or ""), "party": str(party_id or "")}
        await _note(connection, parts, request, who, "recording.held", facts | {"reason": body.reason})
    return {"id": hold_id}


@router.delete("/retention/holds/{hold_id}", status_code=204)
async def release_recordings(who: Keeps, request: Request, parts: Serves, hold_id: Id) -> None:
    """The rules count again, from the night that comes."""
    async with parts.writing() as connection:
        await retention.release(
            connection, parts.site_id, HoldId(hold_id), at=parts.clock.now(), by=who.person_id
        )
        await _note(connection, parts, request, who, "recording.released", {"hold": hold_id})


@router.get("/recordings/{segment_id}/uses")
async def recording_uses(
    who: Annotated[Who, requires(Right.VIEW_AUDIT)], parts: Serves, segment_id: LongId
) -> list[UseRow]:
    """Who listened to it and who took it away, the newest first."""
    async with parts.reading() as connection:
        lines = await people.list_audit_about(connection, "recording", segment_id, limit=200)
        names = await people.names_of(connection)
    return [
        UseRow(
            at=line.at,
            by_name=names.get(line.person_id, ""),
            action=line.action.removeprefix("recording."),
            reason=str(line.facts.get("reason", "")),
        )
        for line in lines
        if line.action in USES
    ]


async def _retention(connection: Any, parts: Parts) -> RetentionRow:
    days = await retention.rules(connection, parts.site_id)
    found = await retention.runs(connection, parts.site_id)
    return RetentionRow(
        default_days=days.pop(EVERY_OTHER, None),
        queues=[QueueRetention(queue_id=queue_id, days=one) for queue_id, one in sorted(days.items())],
        runs=[
            RetentionRunRow(
                at=one.at,
                deleted=one.deleted,
                size_bytes=one.size_bytes,
                held=one.held,
                failed=one.failed,
            )
            for one in found
        ],
    )


async def _note(
    connection: Any, parts: Parts, request: Request, who: Who, action: str, facts: dict[str, Any]
) -> None:
    await note(
        connection,
        who,
        request,
        parts,
        action,
        entity="retention",
        facts=facts,
    )
