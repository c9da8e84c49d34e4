"""Tokens of programs and of walls, and the audit: who was let in by what, and who did what."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from otklik.access import service as access
from otklik.access import store as people
from otklik.access import wall_store
from otklik.access.model import RoleId, TokenId, WallToken, WallTokenId
from otklik.access.rights import Right
from otklik.api.dashboard_source import viewer_of
from otklik.api.parts import Parts, Serves
from otklik.api.route import Route
from otklik.api.schemas.base import Id, SeqAsked
from otklik.api.schemas.organization import AuditRow, TokenNew, TokenRow, WallNew, WallRow
from otklik.api.sign_in import Who, address_of, requires
from otklik.dashboards import service as dashboards
from otklik.dashboards.model import DashboardId
from otklik.vocabulary.ids import PersonId
from otklik.vocabulary.refusals import Forbidden, Invalid, NotFound, Refused

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
    """Televisions: one's own, or all of them for whoever manages tokens."""
    at = parts.clock.now()
    async with parts.reading() as connection:
        found = await wall_store.list_wall_tokens(connection)
        names = await people.names_of(connection)
    return [
        _wall_row(wall, names)
        for wall in found
        if wall.revoked_at is None
        and (wall.expires_at is None or wall.expires_at > at)
        and (who.may(Right.MANAGE_TOKENS) or wall.created_by == who.person_id)
    ]


@router.post("/walls", status_code=201)
async def create_wall(who: ManagesWalls, request: Request, parts: Serves, body: WallNew) -> WallRow:
    """A new one; its token is shown this once. It shows no more than its maker may see."""
    at = parts.clock.now()
    wanted = tuple(dict.fromkeys(body.dashboard_ids))
    async with parts.writing() as connection:
        if wanted:
            await _check_dashboards(connection, parts, who, wanted)
        token, wall = await access.create_wall_token(
            connection,
            name=body.name,
            by=who,
            at=at,
            address=address_of(request),
            dashboard_ids=wanted,
            turn_seconds=body.turn_seconds,
            theme=body.theme,
            language=body.language,
            expires_at=body.expires_at,
        )
        names = await people.names_of(connection)
    return _wall_row(wall, names, token)


@router.delete("/walls/{wall_id}", status_code=204)
async def remove_wall(who: ManagesWalls, request: Request, parts: Serves, wall_id: Id) -> None:
    """The television goes dark within seconds."""
    async with parts.writing() as connection:
        wall = await wall_store.find_wall(connection, WallTokenId(wall_id))
        if wall is None or not (who.may(Right.MANAGE_TOKENS) or wall.created_by == who.person_id):
            raise NotFound("unknown_token")
        await access.revoke_wall_token(
            connection, WallTokenId(wall_id), by=who, at=parts.clock.now(), address=address_of(request)
        )


async def _check_dashboards(connection: Any, parts: Parts, who: Who, wanted: tuple[int, ...]) -> None:
    """Only a person who may show something on a wall can be its maker: it sees what he sees."""
    if not who.person_id:
        raise Refused("sign_in_needed")
    if not who.may(Right.WATCH_WALL):
        raise Forbidden("right_missing", rights=[Right.WATCH_WALL.value])
    viewer = await viewer_of(connection, parts.site_id, who)
    found = await dashboards.seen_by_id(connection, parts.site_id, wanted, viewer)
    for one in wanted:
        if DashboardId(one) not in found:
            raise Invalid("unknown_dashboard", "dashboard_ids", id=one)


def _wall_row(wall: WallToken, names: dict[PersonId, str], token: str | None = None) -> WallRow:
    return WallRow.model_validate(
        {
            "id": wall.wall_token_id,
            "name": wall.name,
            "made_at": wall.created_at,
            "made_by": names.get(wall.created_by, ""),
            "last_used_at": wall.used_at,
            "dashboard_ids": list(wall.dashboard_ids),
            "turn_seconds": wall.turn_seconds,
            "theme": wall.theme,
            "language": wall.language,
            "expires_at": wall.expires_at,
            "token": token,
        }
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
