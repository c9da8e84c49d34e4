"""Imported logs as sources of reports: what there is, what its names mean, what could not be read."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Request

from otklik.access import store as people
from otklik.access.rights import Right, Sight
from otklik.api.noting import note
from otklik.api.parts import Parts, Serves
from otklik.api.route import Route
from otklik.api.schemas.base import SmallId
from otklik.api.schemas.sources import (
    AgentNowRow,
    MappingFields,
    MappingSave,
    MappingVersion,
    NameKind,
    NameSave,
    QueueNowRow,
    SourceDetail,
    SourceMapping,
    SourceName,
    SourceNowBoard,
    SourceRow,
    UnreadRow,
)
from otklik.api.sign_in import Who, requires
from otklik.organization import store as organization
from otklik.reports.foreign import store
from otklik.reports.foreign.mapping import Mapping, check
from otklik.reports.foreign.now import SourceNow
from otklik.vocabulary.ids import PersonId, SiteId
from otklik.vocabulary.refusals import Invalid, NotFound, Refused
from otklik.vocabulary.time import from_ms

router = APIRouter(prefix="/api/v1", tags=["reports"], route_class=Route)

Reads = Annotated[Who, requires(Right.VIEW_REPORTS, Right.VIEW_INTERACTIONS)]
Watches = Annotated[Who, requires(Right.WATCH_BOARD, Right.VIEW_REPORTS)]
Manages = Annotated[Who, requires(Right.MANAGE_SITE)]
MOST_UNREAD = 500


@router.get("/sources")
async def list_sources(who: Reads, parts: Serves) -> list[SourceRow]:
    """All of them; none for those who do not see everybody's work."""
    if who.sees is not Sight.ALL:
        return []
    async with parts.reading() as connection:
        return [_row(line) for line in await store.list_sources(connection)]


@router.get("/sources/{source_id}")
async def find_source(who: Manages, parts: Serves, source_id: SmallId) -> SourceDetail:
    """One with its names and the rows that could not be understood."""
    async with parts.reading() as connection:
        line = await _find(connection, source_id)
        names = await store.list_names(connection, SiteId(source_id))
        unread = await store.list_unread(connection, SiteId(source_id), MOST_UNREAD)
    return SourceDetail(
        **_row(line).model_dump(),
        names=[SourceName.model_validate(msgspec.to_builtins(name)) for name in names],
        unread_rows=[
            UnreadRow(file=one.file, line=one.line, reason=one.reason, text=one.text, read_at=one.read_at)
            for one in unread
        ],
    )


@router.get("/sources/{source_id}/names")
async def list_source_names(who: Reads, parts: Serves, source_id: SmallId) -> list[SourceName]:
    """What its queues, agents, numbers and reasons are called: for filters of its interactions."""
    async with parts.reading() as connection:
        if who.sees is not Sight.ALL or not await store.is_source(connection, SiteId(source_id)):
            raise NotFound("unknown_source", source=source_id)
        names = await store.list_names(connection, SiteId(source_id))
    return [SourceName.model_validate(msgspec.to_builtins(name)) for name in names]


@router.get("/sources/{source_id}/now")
async def source_now(who: Watches, parts: Serves, source_id: SmallId) -> SourceNowBoard:
    """Its queues and agents as they stand, if `otklik follow` reads its log."""
    site_id = SiteId(source_id)
    async with parts.reading() as connection:
        if who.sees is not Sight.ALL or not await store.is_source(connection, site_id):
            raise NotFound("unknown_source", source=source_id)
        now = await store.load_now(connection, site_id) or SourceNow()
        queues, agents, reasons = [
            await store.names_of(connection, site_id, kind) for kind in ("queue", "agent", "reason")
        ]
    return SourceNowBoard(
        at=_moment(now.at_ms),
        log=_moment(now.log_ms),
        queues=[
            QueueNowRow(
                queue=queues.get(one.queue_id, ""),
                waiting=one.waiting,
                talking=one.talking,
                oldest=_moment(one.oldest_ms),
            )
            for one in now.queues
        ],
        agents=[
            AgentNowRow.model_validate(
                {
                    "agent": agents.get(one.agent_id, ""),
                    "state": one.state,
                    "reason": reasons.get(one.reason_id, ""),
                    "queue": queues.get(one.queue_id, ""),
                    "since": _moment(one.since_ms),
                }
            )
            for one in now.agents
        ],
    )


def _moment(ms: int) -> datetime | None:
    return from_ms(ms) if ms else None


@router.put("/sources/{source_id}/names/{kind}/{name_id}")
async def name_in_source(
    who: Manages,
    request: Request,
    parts: Serves,
    source_id: SmallId,
    kind: NameKind,
    name_id: SmallId,
    body: NameSave,
) -> SourceName:
    """Call a queue, an agent, a number or a reason of the log otherwise; its figures stay what they are."""
    async with parts.writing() as connection:
        await _check_own(connection, parts, kind, body)
        found = await store.set_name(
            connection,
            SiteId(source_id),
            kind,
            name_id,
            title=body.title,
            own_id=body.own_id,
            team_id=body.team_id,
        )
        if not found:
            raise NotFound("unknown_source", source=source_id)
        await note(
            connection,
            who,
            request,
            parts,
            "source.named",
            entity="source",
            facts={"source": source_id, "kind": kind, "id": name_id, **body.model_dump()},
        )
    return await _name(parts, source_id, kind, name_id)


async def _check_own(connection: Any, parts: Parts, kind: NameKind, body: NameSave) -> None:
    if body.own_id is not None:
        known = (
            set(await organization.names_of(connection, "queue", site_id=parts.site_id))
            if kind == "queue"
            else set(map(int, await people.names_of(connection)))
            if kind == "agent"
            else set()
        )
        if body.own_id not in known:
            raise Invalid("unknown_agent" if kind == "agent" else "unknown_queue", "own_id", id=body.own_id)
    if body.team_id is not None:
        teams = await organization.names_of(connection, "team", site_id=parts.site_id)
        if kind != "agent" or body.team_id not in teams:
            raise Invalid("unknown_team", "team_id", id=body.team_id)


@router.get("/sources/{source_id}/mapping")
async def find_mapping(who: Manages, parts: Serves, source_id: SmallId) -> SourceMapping:
    """What its names and rows mean, with all versions, the newest first."""
    async with parts.reading() as connection:
        await _find(connection, source_id)
        return await _mapping(connection, SiteId(source_id))


@router.put("/sources/{source_id}/mapping")
async def save_mapping(
    who: Manages, request: Request, parts: Serves, source_id: SmallId, body: MappingSave
) -> SourceMapping:
    """A new version. Figures follow when the rows are counted anew: `POST .../apply`."""
    site_id = SiteId(source_id)
    meant = msgspec.convert(body.mapping.model_dump(), type=Mapping)
    async with parts.writing() as connection:
        await _find(connection, source_id)
        await connection.execute("select 1 from foreign_source where site_id = $1 for update", source_id)
        before = await _mapping(connection, site_id)
        if before.version != body.version:
            raise Refused("mapping_changed", version=before.version)
        names = await store.list_names(connection, site_id)
        check(
            meant,
            agents={name.name for name in names if name.kind == "agent"},
            queues={name.name for name in names if name.kind == "queue"},
        )
        version = await store.add_mapping(connection, site_id, meant, parts.clock.now(), who.person_id)
        await note(
            connection,
            who,
            request,
            parts,
            "source.mapped",
            entity="source",
            facts={"source": source_id, "version": version},
        )
        return await _mapping(connection, site_id)


async def _mapping(connection: Any, site_id: SiteId) -> SourceMapping:
    state = await store.load_state(connection, site_id)
    lines = await store.list_mappings(connection, site_id)
    names = await people.names_of(connection)
    newest = lines[0].mapping if lines else state.mapping
    return SourceMapping(
        version=lines[0].version if lines else 0,
        applied_version=state.mapping_version,
        is_told=state.told == state.kept,
        can_apply=state.is_whole,
        mapping=MappingFields.model_validate(msgspec.to_builtins(newest)),
        versions=[
            MappingVersion(
                version=line.version,
                saved_at=line.saved_at,
                saved_by_name=names.get(PersonId(line.saved_by), ""),
                mapping=MappingFields.model_validate(msgspec.to_builtins(line.mapping)),
            )
            for line in lines
        ],
    )


async def _name(parts: Parts, source_id: int, kind: str, name_id: int) -> SourceName:
    async with parts.reading() as connection:
        names = await store.list_names(connection, SiteId(source_id))
    found = next(name for name in names if (name.kind, name.id) == (kind, name_id))
    return SourceName.model_validate(msgspec.to_builtins(found))


async def _find(connection: object, source_id: int) -> store.SourceLine:
    for line in await store.list_sources(connection):
        if line.site_id == source_id:
            return line
    raise NotFound("unknown_source", source=source_id)


def _row(line: store.SourceLine) -> SourceRow:
    return SourceRow(
        id=line.site_id,
        name=line.name,
        kind=line.kind,
        zone=line.zone,
        created_at=line.created_at,
        first=from_ms(line.first_ms) if line.first_ms else None,
        last=from_ms(line.last_ms) if line.last_ms else None,
        interactions=line.interactions,
        unread=line.unread,
    )
