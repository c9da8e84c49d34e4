"""Tokens of programs and of walls, and the audit: who was let in by what, and who did what."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from otklik.access import service as access
from otklik.access import store as people
from otklik.access.model import RoleId, TokenId, WallTokenId
from otklik.access.rights import Right
from otklik.api.parts import Serves
from otklik.api.route import Route
from otklik.api.schemas.base import Id, SeqAsked
from otklik.api.schemas.organization import AuditRow, TokenNew, TokenRow, WallNew, WallRow
from otklik.api.sign_in import Who, address_of, requires
from otklik.vocabulary.ids import PersonId

router = APIRouter(prefix="/api/v1", tags=["people"], route_class=Route)

# --- tokens of programs and walls


ManagesTokens = Annotated[Who, requires(Right.MANAGE_TOKENS)]


@router.get("/tokens")
async def list_tokens(who: ManagesTokens, parts: Serves) -> list[TokenRow]:
    """Those that still open something."""
    async with parts.reading() as connection:
        found = await people.list_api_tokens(connection)
    return [
        TokenRow(
            id=token.token_id,
            name=token.name,
            role_id=token.role_id,
            made_at=token.created_at,
            last_used_at=token.used_at,
            expires_at=token.expires_at,
            token=None,
        )
        for token in found
        if token.revoked_at is None
    ]


@router.post("/tokens", status_code=201)
async def create_token(who: ManagesTokens, request: Request, parts: Serves, body: TokenNew) -> TokenRow:
    """A new one; the token is shown this once."""
    at = parts.clock.now()
    async with parts.writing() as connection:
        token, token_id = await access.create_token(
            connection,
            name=body.name,
            role_id=RoleId(body.role_id),
            by=who,
            at=at,
            expires_at=body.expires_at,
            address=address_of(request),
        )
    return TokenRow(
        id=token_id,
        name=body.name,
        role_id=body.role_id,
        made_at=at,
        last_used_at=None,
        expires_at=body.expires_at,
        token=token,
    )


@router.delete("/tokens/{token_id}", status_code=204)
async def remove_token(who: ManagesTokens, request: Request, parts: Serves, token_id: Id) -> None:
    """It opens nothing from now on."""
    async with parts.writing() as connection:
        await access.revoke_token(
            connection, TokenId(token_id), by=who, at=parts.clock.now(), address=address_of(request)
        )


ManagesWalls = Annotated[Who, requires(Right.MANAGE_TOKENS, Right.WATCH_WALL)]


@router.get("/walls")
async def list_walls(who: ManagesWalls, parts: Serves) -> list[WallRow]:
    """Televisions that may show the board."""
    async with parts.reading() as connection:
        found = await people.list_wall_tokens(connection)
    return [
        WallRow(
            id=wall.wall_token_id,
            name=wall.name,
            made_at=wall.created_at,
            last_used_at=wall.used_at,
            token=None,
        )
        for wall in found
        if wall.revoked_at is None
    ]


@router.post("/walls", status_code=201)
async def create_wall(who: ManagesWalls, request: Request, parts: Serves, body: WallNew) -> WallRow:
    """A new one; its token is shown this once."""
    at = parts.clock.now()
    async with parts.writing() as connection:
        token, wall_id = await access.create_wall_token(
            connection, name=body.name, by=who, at=at, address=address_of(request)
        )
    return WallRow(id=wall_id, name=body.name, made_at=at, last_used_at=None, token=token)


@router.delete("/walls/{wall_id}", status_code=204)
async def remove_wall(who: ManagesWalls, request: Request, parts: Serves, wall_id: Id) -> None:
    """The television goes dark within seconds."""
    async with parts.writing() as connection:
        await access.revoke_wall_token(
            connection, WallTokenId(wall_id), by=who, at=parts.clock.now(), address=address_of(request)
        )


# --- audit


@router.get("/audit")
async def list_audit(
    who: Annotated[Who, requires(Right.VIEW_AUDIT)],
    parts: Serves,
    person: Id | None = None,
    action: Annotated[str, Query(max_length=60, pattern=r"^[a-z_.]*$")] = "",
    before: Annotated[SeqAsked, Query()] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[AuditRow]:
    """Who did what, newest first. before: only older ones than this line."""
    async with parts.reading() as connection:
        found = await people.list_audit(
            connection,
            person_id=None if person is None else PersonId(person),
            action=action,
            before_audit=before,
            limit=limit,
        )
        names = await people.names_of(connection)
    return [
        AuditRow(
            id=line.audit_id,
            at=line.at,
            person_id=line.person_id or None,
            by_name=names.get(line.person_id, ""),
            address=line.address,
            action=line.action,
            entity=line.entity,
            entity_id=line.entity_id,
            facts=line.facts,
        )
        for line in found
    ]
