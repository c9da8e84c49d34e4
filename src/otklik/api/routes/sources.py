"""Imported logs as sources of reports: what there is, what its names mean, what could not be read."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Request

from otklik.access.rights import Right, Sight
from otklik.api.noting import note
from otklik.api.parts import Parts, Serves
from otklik.api.route import Route
from otklik.api.schemas.base import SmallId
from otklik.api.schemas.sources import NameKind, SourceDetail, SourceName, SourceRow, TitleSave, UnreadRow
from otklik.api.sign_in import Who, requires
from otklik.reports.foreign import store
from otklik.vocabulary.ids import SiteId
from otklik.vocabulary.refusals import NotFound
from otklik.vocabulary.time import from_ms

router = APIRouter(prefix="/api/v1", tags=["reports"], route_class=Route)

Reads = Annotated[Who, requires(Right.VIEW_REPORTS)]
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


@router.put("/sources/{source_id}/names/{kind}/{name_id}")
async def name_in_source(
    who: Manages,
    request: Request,
    parts: Serves,
    source_id: SmallId,
    kind: NameKind,
    name_id: SmallId,
    body: TitleSave,
) -> SourceName:
    """Call a queue, an agent, a number or a reason of the log otherwise; its figures stay what they are."""
    async with parts.writing() as connection:
        if not await store.set_title(connection, SiteId(source_id), kind, name_id, body.title):
            raise NotFound("unknown_source", source=source_id)
        await note(
            connection,
            who,
            request,
            parts,
            "source.named",
            entity="source",
            facts={"source": source_id, "kind": kind, "id": name_id, "title": body.title},
        )
    return await _name(parts, source_id, kind, name_id)


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
