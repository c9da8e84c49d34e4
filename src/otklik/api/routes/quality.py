"""Recordings: the list, the audio for a player, the download, the waveform."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse, StreamingResponse

from otklik.access import store as people
from otklik.access.rights import Right
from otklik.api import store
from otklik.api.noting import note, note_listening
from otklik.api.parts import Parts, Serves
from otklik.api.periods import From, To, period_of
from otklik.api.route import Route
from otklik.api.schemas.base import Id, LongId, SmallId
from otklik.api.schemas.interactions import Peaks, RecordingHold, RecordingPause, RecordingRow, RecordingRows
from otklik.api.sights import agents_in_sight, narrowed, shown_number
from otklik.api.sign_in import Who, requires
from otklik.crm import service as crm
from otklik.quality import retention
from otklik.quality import service as quality
from otklik.quality.archive import archive
from otklik.quality.model import Recording, read_pauses
from otklik.reports import codes
from otklik.vocabulary.ids import AgentId, PartyId, PersonId, QueueId, SegmentId
from otklik.vocabulary.refusals import NotFound, Refused
from otklik.vocabulary.text import one_line

router = APIRouter(prefix="/api/v1", tags=["quality"], route_class=Route)

Listens = Annotated[Who, requires(Right.LISTEN_RECORDINGS)]
Downloads = Annotated[Who, requires(Right.DOWNLOAD_RECORDINGS)]
Ids = Annotated[list[Id] | None, Query(max_length=200)]
QueueIds = Annotated[list[SmallId] | None, Query(max_length=200)]

LOUDEST = 255
DOWNLOADED = "recording.downloaded"
EXPORTED = "recording.exported"
MOST_IN_ARCHIVE = 2000
AUDIO_HEADERS = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}


@router.get("/recordings")
async def list_recordings(  # noqa: PLR0913, the filters of a list
    who: Listens,
    parts: Serves,
    from_: From,
    to: To,
    queue: QueueIds = None,
    agent: Ids = None,
    cursor: LongId | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> RecordingRows:
    """Recordings of those whose work one sees, newest first; those that are missing too, with the cause."""
    async with parts.reading() as connection:
        period = await period_of(connection, parts.site_id, from_, to)
        sight = narrowed(agent, await agents_in_sight(connection, parts.site_id, who))
        found = await quality.list_between(
            connection,
            parts.site_id,
            since=period.since,
            until=period.until,
            agent_ids=None if sight is None else [AgentId(one) for one in sight],
            queue_ids=None if queue is None else [QueueId(one) for one in queue],
            before=None if cursor is None else SegmentId(cursor),
            limit=limit,
        )
        rows = await _rows(connection, parts, who, found)
    last = str(found[-1].segment_id) if len(found) == limit else None
    return RecordingRows(rows=rows, next=last)


@router.get("/recordings/archive", response_class=StreamingResponse)
async def recordings_archive(  # noqa: PLR0913, the filters of a list
    who: Downloads,
    request: Request,
    parts: Serves,
    from_: From,
    to: To,
    reason: Annotated[str, Query(min_length=3, max_length=300)],
    queue: QueueIds = None,
    agent: Ids = None,
) -> StreamingResponse:
    """All stored recordings of a filter as one ZIP with a manifest of their hashes, up to 2,000. Why they are
    taken away is said, and stands in the audit with each of them. Refused `too_many_recordings`,
    `nothing_to_download`."""
    said = one_line(reason, "reason", longest=300)
    async with parts.reading() as connection:
        period = await period_of(connection, parts.site_id, from_, to)
        sight = narrowed(agent, await agents_in_sight(connection, parts.site_id, who))
        found: list[Recording] = []
        before: SegmentId | None = None
        while len(found) <= MOST_IN_ARCHIVE:
            page = await quality.list_between(
                connection,
                parts.site_id,
                since=period.since,
                until=period.until,
                agent_ids=None if sight is None else [AgentId(one) for one in sight],
                queue_ids=None if queue is None else [QueueId(one) for one in queue],
                before=before,
                limit=quality.LARGEST_PAGE,
            )
            found += [one for one in page if one.state == "stored"]
            if len(page) < quality.LARGEST_PAGE:
                break
            before = page[-1].segment_id
    if len(found) > MOST_IN_ARCHIVE:
        raise Refused("too_many_recordings", limit=MOST_IN_ARCHIVE)
    if not found:
        raise Refused("nothing_to_download")
    facts = {"reason": said, "count": len(found), "from": from_.isoformat(), "to": to.isoformat()}
    async with parts.writing() as connection:
        for recording in found:
            await note(
                connection,
                who,
                request,
                parts,
                EXPORTED,
                entity="recording",
                entity_id=recording.segment_id,
                facts=facts,
            )
    name = f"recordings-{from_:%Y%m%d}-{to:%Y%m%d}.zip"
    headers = {**AUDIO_HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(
        archive(found, parts.settings.home), media_type="application/zip", headers=headers
    )


@router.get("/recordings/{segment_id}/audio", response_class=FileResponse)
async def recording_audio(who: Listens, request: Request, parts: Serves, segment_id: LongId) -> FileResponse:
    """The audio for a player; any range of it. Each listening leaves one line in the audit."""
    recording = await _find(parts, who, segment_id)
    file = quality.file_of(recording, parts.settings.home)
    await note_listening(who, request, parts, segment_id)
    return FileResponse(file, media_type=quality.MEDIA_TYPE, headers=AUDIO_HEADERS)


@router.get("/recordings/{segment_id}/download", response_class=FileResponse)
async def recording_download(
    who: Downloads, request: Request, parts: Serves, segment_id: LongId
) -> FileResponse:
    """The audio as a file to keep."""
    recording = await _find(parts, who, segment_id)
    file = quality.file_of(recording, parts.settings.home)
    await _note(parts, request, who, DOWNLOADED, segment_id)
    return FileResponse(
        file, media_type=quality.MEDIA_TYPE, filename=quality.file_name(recording), headers=AUDIO_HEADERS
    )


@router.get("/recordings/{segment_id}/peaks")
async def recording_peaks(who: Listens, parts: Serves, segment_id: LongId) -> Peaks:
    """The waveform: the customer left, the agent right."""
    recording = await _find(parts, who, segment_id)
    found = quality.waveform_of(recording)
    return Peaks(
        left=[round(peak / LOUDEST, 3) for peak in found["customer"]],
        right=[round(peak / LOUDEST, 3) for peak in found["agent"]],
        duration_seconds=found["duration_ms"] / 1000,
        pauses=spans_of(recording),
        holds=holds_of(recording),
        has_silent_holds=recording.has_silent_holds,
    )


def spans_of(recording: Recording) -> list[RecordingPause]:
    """Its spans that are silent because card data was said."""
    return [
        RecordingPause(from_seconds=since.total_seconds(), to_seconds=until.total_seconds())
        for since, until in read_pauses(recording.pauses)
    ]


def holds_of(recording: Recording) -> list[RecordingHold]:
    """When the customer was held."""
    return [
        RecordingHold(from_seconds=since.total_seconds(), to_seconds=until.total_seconds())
        for since, until in read_pauses(recording.holds)
    ]


async def _find(parts: Parts, who: Who, segment_id: int) -> Recording:
    """A recording in sight; one that is not is as if it did not exist."""
    async with parts.reading() as connection:
        recording = await quality.find_recording(connection, parts.site_id, SegmentId(segment_id))
        sight = await agents_in_sight(connection, parts.site_id, who)
    if sight is not None and recording.agent_id not in sight:
        raise NotFound("recording_unknown", segment_id=str(segment_id))
    return recording


async def _note(parts: Parts, request: Request, who: Who, action: str, segment_id: int) -> None:
    async with parts.writing() as connection:
        await note(
            connection,
            who,
            request,
            parts,
            action,
            entity="recording",
            entity_id=segment_id,
        )


async def _rows(connection: Any, parts: Parts, who: Who, found: list[Recording]) -> list[RecordingRow]:
    of = await store.interactions_of(connection, parts.site_id, {one.interaction_id for one in found})
    parties = [PartyId(interaction.party_id) for interaction in of.values()]
    names = await crm.names_of(connection, parts.site_id, parties)
    numbers = await crm.numbers_of(connection, parts.site_id, parties)
    agents = await people.names_of(connection)
    held = await retention.held_among(connection, parts.site_id, [one.segment_id for one in found])
    rows = []
    for recording in found:
        interaction = of.get(recording.interaction_id)
        party_id = PartyId(interaction.party_id if interaction else 0)
        rows.append(
            RecordingRow.model_validate(
                {
                    "segment_id": recording.segment_id,
                    "interaction_id": recording.interaction_id,
                    "started_at": recording.begins_at,
                    "duration_seconds": recording.duration.total_seconds(),
                    "size_bytes": recording.size_bytes,
                    "queue_id": recording.queue_id or None,
                    "agent_id": recording.agent_id or None,
                    "agent_name": agents.get(PersonId(recording.agent_id), ""),
                    "number": shown_number(who, numbers.get(party_id)),
                    "customer_name": names.get(party_id, ""),
                    "direction": codes.DIRECTION_NAMES[interaction.direction] if interaction else "inbound",
                    "state": recording.state,
                    "missing_cause": recording.missing_cause or None,
                    "pauses": spans_of(recording),
                    "holds": holds_of(recording),
                    "is_held": recording.segment_id in held,
                }
            )
        )
    return rows
