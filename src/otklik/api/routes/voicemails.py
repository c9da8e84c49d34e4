"""Customers' spoken messages: the lists of queues and teams, the audio, who has done what they ask for."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse

from otklik.access import store as people
from otklik.access.rights import Right
from otklik.access.rights import Sight as Scope
from otklik.api.engine import command
from otklik.api.live_seen import fits
from otklik.api.noting import note_listening
from otklik.api.parts import Parts, Serves
from otklik.api.route import Route
from otklik.api.routes import interaction_forms as forms
from otklik.api.routes.quality import AUDIO_HEADERS, LOUDEST
from otklik.api.schemas.base import LongId, SmallId
from otklik.api.schemas.interactions import Peaks
from otklik.api.schemas.voicemails import (
    VoicemailCount,
    VoicemailDone,
    VoicemailHandling,
    VoicemailRow,
    VoicemailRows,
)
from otklik.api.sights import agents_in_sight, shown_number
from otklik.api.sign_in import Who, requires
from otklik.crm import service as crm
from otklik.organization import store as organization
from otklik.quality import service as quality
from otklik.quality import voicemails
from otklik.quality.model import Recording
from otklik.quality.voicemails import Sight, Voicemail
from otklik.switchboard.requests import HandleVoicemail
from otklik.vocabulary.ids import PersonId, QueueId, SegmentId, SiteId, VoicemailId

router = APIRouter(prefix="/api/v1/voicemails", tags=["quality"], route_class=Route)

Handles = Annotated[Who, requires(Right.VIEW_MISSED)]
QueueIds = Annotated[list[SmallId] | None, Query(max_length=200)]


@router.get("")
async def list_voicemails(
    who: Handles,
    parts: Serves,
    include_handled: bool = False,
    cursor: LongId | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> VoicemailRows:
    """Messages in the lists that one sees, newest first: of the queues that he serves, of his teams."""
    async with parts.reading() as connection:
        sight = await lists_in_sight(connection, parts.site_id, who)
        found = await voicemails.list_voicemails(
            connection,
            parts.site_id,
            sight=sight,
            with_handled=include_handled,
            before=None if cursor is None else VoicemailId(cursor),
            limit=limit,
        )
        waiting = await voicemails.count_open(connection, parts.site_id, sight=sight)
        rows = await _rows(connection, parts, who, found)
    last = str(found[-1].voicemail_id) if len(found) == limit else None
    return VoicemailRows(rows=rows, open=waiting, next=last)


@router.get("/count")
async def count_voicemails(who: Handles, parts: Serves) -> VoicemailCount:
    """How many nobody has handled, in the lists that one sees."""
    async with parts.reading() as connection:
        sight = await lists_in_sight(connection, parts.site_id, who)
        return VoicemailCount(open=await voicemails.count_open(connection, parts.site_id, sight=sight))


@router.get("/{voicemail_id}/audio", response_class=FileResponse)
async def voicemail_audio(
    who: Handles, request: Request, parts: Serves, voicemail_id: LongId
) -> FileResponse:
    """The audio for a player; any range of it. Each listening leaves one line in the audit."""
    recording = await _recording(parts, who, voicemail_id)
    file = quality.file_of(recording, parts.settings.home)
    await note_listening(who, request, parts, voicemail_id)
    return FileResponse(file, media_type=quality.MEDIA_TYPE, headers=AUDIO_HEADERS)


@router.get("/{voicemail_id}/peaks")
async def voicemail_peaks(who: Handles, parts: Serves, voicemail_id: LongId) -> Peaks:
    """The waveform: the customer left."""
    found = quality.waveform_of(await _recording(parts, who, voicemail_id))
    return Peaks(
        left=[round(peak / LOUDEST, 3) for peak in found["customer"]],
        right=[round(peak / LOUDEST, 3) for peak in found["agent"]],
        duration_seconds=found["duration_ms"] / 1000,
    )


@router.put("/{voicemail_id}/handled")
async def handle_voicemail(
    who: Handles, parts: Serves, voicemail_id: LongId, body: VoicemailHandling
) -> VoicemailDone:
    """What it asks for is done, or is to be done again."""
    async with parts.reading() as connection:
        sight = await lists_in_sight(connection, parts.site_id, who)
        await voicemails.find_voicemail(connection, parts.site_id, VoicemailId(voicemail_id), sight=sight)
    done = await command(
        parts,
        HandleVoicemail(voicemail_id=VoicemailId(voicemail_id), by=who.person_id, is_handled=body.is_handled),
    )
    return VoicemailDone(seq=done.seq)


async def lists_in_sight(connection: Any, site_id: SiteId, who: Who) -> Sight | None:
    """The lists of the queues that those whose work he sees can serve, and of their teams; None is every
    list."""
    if who.sees is Scope.ALL:
        return None
    seen = await agents_in_sight(connection, site_id, who) or []
    agents = await organization.list_things(connection, "agent", site_id=site_id)
    queues = await organization.list_things(connection, "queue", site_id=site_id)
    mine = [agent for agent in agents if agent.agent_id in seen]
    teams = {team_id for agent in mine for team_id in agent.team_ids if agent.agent_id == who.agent_id}
    return Sight(
        queue_ids=tuple(
            QueueId(queue.queue_id) for queue in queues if any(fits(agent, queue) for agent in mine)
        ),
        team_ids=tuple(sorted(teams | who.team_ids)),
    )


async def _recording(parts: Parts, who: Who, voicemail_id: int) -> Recording:
    async with parts.reading() as connection:
        sight = await lists_in_sight(connection, parts.site_id, who)
        await voicemails.find_voicemail(connection, parts.site_id, VoicemailId(voicemail_id), sight=sight)
        return await quality.find_recording(connection, parts.site_id, SegmentId(voicemail_id))


async def _rows(connection: Any, parts: Parts, who: Who, found: Sequence[Voicemail]) -> list[VoicemailRow]:
    parties = [one.party_id for one in found]
    names = await crm.names_of(connection, parts.site_id, parties)
    numbers = await crm.numbers_of(connection, parts.site_id, parties)
    called = await forms.numbers_called(connection, parts.site_id)
    agents = await people.names_of(connection)
    every_team = await organization.list_things(connection, "team", site_id=parts.site_id)
    teams = {team.team_id: team.name for team in every_team}
    audio = await quality.recordings_of_segments(
        connection, parts.site_id, [SegmentId(one.voicemail_id) for one in found]
    )
    rows = []
    for one in found:
        recording = audio.get(SegmentId(one.voicemail_id))
        rows.append(
            VoicemailRow.model_validate(
                {
                    "voicemail_id": one.voicemail_id,
                    "interaction_id": one.interaction_id,
                    "left_at": one.left_at,
                    "duration_seconds": one.duration.total_seconds(),
                    "number": shown_number(who, numbers.get(one.party_id)),
                    "customer_name": names.get(one.party_id, ""),
                    "party_id": one.party_id or None,
                    "number_called": called.get(one.number_id, ""),
                    "queue_id": one.queue_id or None,
                    "team_id": one.team_id or None,
                    "team_name": teams.get(one.team_id, ""),
                    "state": recording.state if recording else "waits",
                    "missing_cause": (recording.missing_cause if recording else "") or None,
                    "handled_at": one.handled_at,
                    "handled_by_name": agents.get(PersonId(one.handled_by)) if one.handled_at else None,
                }
            )
        )
    return rows
