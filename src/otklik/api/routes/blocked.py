"""Numbers whose calls are turned away, and those that are worth a look."""

from datetime import timedelta
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Request, Response

from otklik.access import service as access
from otklik.access import store as people
from otklik.access.rights import Right
from otklik.api.engine import command
from otklik.api.noting import note
from otklik.api.parts import Parts, Serves
from otklik.api.route import Route
from otklik.api.schemas.base import Id
from otklik.api.schemas.blocked import BlockedRow, BlockedSave, SuspectRow
from otklik.api.sign_in import Who, address_of, requires
from otklik.crm import store
from otklik.crm.blocking import BlockedNumber, checked
from otklik.flows.prompts import playable
from otklik.organization.store import find_site
from otklik.switchboard.requests import ReadBlocked
from otklik.vocabulary.refusals import NotFound
from otklik.vocabulary.time import to_ms

router = APIRouter(prefix="/api/v1/blocked", tags=["blocked"], route_class=Route)

Manages = Annotated[Who, requires(Right.MANAGE_BLOCKED)]
MOST_SUSPECTS = 100


@router.get("")
async def list_blocked(who: Manages, parts: Serves) -> list[BlockedRow]:
    """All of them, the newest first."""
    async with parts.reading() as connection:
        found = await store.list_blocked(connection, parts.site_id)
        names = await people.names_of(connection)
    return [_row(one, names.get(one.changed_by, ""), parts) for one in found]


@router.get("/suspects")
async def list_suspects(
    who: Manages,
    parts: Serves,
    days: Annotated[int, Query(ge=1, le=90)] = 30,
    wrong: Annotated[int, Query(ge=1, le=100)] = 2,
    short: Annotated[int, Query(ge=2, le=1000)] = 5,
    short_seconds: Annotated[float, Query(ge=1, le=30)] = 3,
) -> list[SuspectRow]:
    """Numbers said to be wrong or spam `wrong` times, or with `short` calls under `short_seconds`."""
    since = parts.clock.now() - timedelta(days=days)
    async with parts.reading() as connection:
        found = await store.list_suspects(
            connection,
            parts.site_id,
            since_ms=to_ms(since),
            short_ms=round(short_seconds * 1000),
            wrong=wrong,
            short=short,
            limit=MOST_SUSPECTS,
        )
    return [SuspectRow(**msgspec.structs.asdict(one)) for one in found]


@router.post("", status_code=201)
async def block_number(who: Manages, request: Request, parts: Serves, body: BlockedSave) -> BlockedRow:
    """Its calls are turned away from now on; the same number once more changes how."""
    return await _save(who, request, parts, body)


@router.put("/{blocked_id}")
async def change_blocked(
    who: Manages, request: Request, parts: Serves, blocked_id: Id, body: BlockedSave
) -> BlockedRow:
    """Change one; with another number it is another line, and the one before is free again."""
    return await _save(who, request, parts, body, blocked_id)


async def _save(
    who: Who, request: Request, parts: Parts, body: BlockedSave, blocked_id: int = 0
) -> BlockedRow:
    at = parts.clock.now()
    async with parts.writing() as connection:
        site = await find_site(connection, site_id=parts.site_id)
        given = BlockedNumber(**body.model_dump())
        tidy = checked(given, site.country if site else "RU", at, playable(parts.settings.sounds))
        tidy = msgspec.structs.replace(tidy, changed_at=at, changed_by=who.person_id)
        if blocked_id:
            before = await store.find_blocked(connection, parts.site_id, blocked_id)
            if before is None:
                raise NotFound("unknown_blocked", id=blocked_id)
            if (before.number, before.is_prefix) != (tidy.number, tidy.is_prefix):
                await store.remove_blocked(connection, parts.site_id, blocked_id)
        saved = await store.save_blocked(connection, parts.site_id, tidy)
        await access.note(
            connection,
            "blocked.saved",
            by=who,
            at=at,
            address=address_of(request),
            entity="blocked",
            entity_id=saved.blocked_id,
            facts={"treatment": saved.treatment, "is_prefix": saved.is_prefix},
        )
        names = await people.names_of(connection)
    await command(parts, ReadBlocked())
    return _row(saved, names.get(saved.changed_by, ""), parts)


@router.delete("/{blocked_id}", status_code=204, response_class=Response)
async def unblock_number(who: Manages, request: Request, parts: Serves, blocked_id: Id) -> None:
    """Its calls come through again."""
    async with parts.writing() as connection:
        if await store.remove_blocked(connection, parts.site_id, blocked_id) is None:
            raise NotFound("unknown_blocked", id=blocked_id)
        await note(
            connection,
            who,
            request,
            parts,
            "blocked.removed",
            entity="blocked",
            entity_id=blocked_id,
        )
    await command(parts, ReadBlocked())


def _row(one: BlockedNumber, by_name: str, parts: Parts) -> BlockedRow:
    assert one.changed_at is not None
    return BlockedRow(
        id=one.blocked_id,
        number=one.number,
        is_prefix=one.is_prefix,
        treatment=one.treatment,
        prompt=one.prompt,
        reason=one.reason,
        until=one.until,
        is_over=one.until is not None and one.until <= parts.clock.now(),
        changed_at=one.changed_at,
        by_name=by_name,
    )
