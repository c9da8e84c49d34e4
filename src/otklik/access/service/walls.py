"""Televisions on the wall: let in by a link, and seeing no more than whoever made it."""

from datetime import datetime, timedelta
from typing import Any

from otklik.access import store, wall_store
from otklik.access.model import PROGRAM, Asker, WallToken, WallTokenId
from otklik.access.rights import Right, widest
from otklik.access.service.audit import By, write_line
from otklik.access.tokens import hash_token, new_token
from otklik.vocabulary.ids import PersonId
from otklik.vocabulary.refusals import Invalid, NotFound
from otklik.vocabulary.text import name_of

SHORTEST_TURN = 5
LONGEST_TURN = 3600
LONGEST_LIFE = timedelta(days=3660)


async def create_wall_token(  # noqa: PLR0913, one argument per column
    connection: Any,
    *,
    name: str,
    by: By,
    at: datetime,
    address: str = "",
    dashboard_ids: tuple[int, ...] = (),
    turn_seconds: int = 0,
    theme: str = "dark",
    language: str = "",
    expires_at: datetime | None = None,
) -> tuple[str, WallToken]:
    """For a television; the token is shown this once. Invalid `date_in_the_past`, `turn_unfit`."""
    if expires_at is not None and not at < expires_at <= at + LONGEST_LIFE:
        raise Invalid("date_in_the_past", place="expires_at")
    if turn_seconds and not SHORTEST_TURN <= turn_seconds <= LONGEST_TURN:
        raise Invalid("turn_unfit", "turn_seconds", least=SHORTEST_TURN, most=LONGEST_TURN)
    token = new_token()
    wall = WallToken(
        wall_token_id=WallTokenId(0),
        name=name_of(name),
        created_by=PersonId(by.person_id),
        created_at=at,
        dashboard_ids=dashboard_ids,
        turn_seconds=turn_seconds,
        theme=theme,
        language=language,
        expires_at=expires_at,
    )
    wall_token_id = await wall_store.insert_wall_token(connection, wall, token_hash=hash_token(token))
    await write_line(
        connection,
        by,
        "wall.created",
        at=at,
        address=address,
        entity="wall",
        entity_id=wall_token_id,
        name=wall.name,
        dashboard_ids=list(dashboard_ids),
    )
    found = await wall_store.find_wall(connection, wall_token_id)
    assert found is not None, "it was just written"
    return token, found


async def find_wall(connection: Any, token: str, *, at: datetime) -> WallTokenId | None:
    """Which wall this is; None if the token is unknown, revoked or over."""
    return await wall_store.find_wall_token(connection, hash_token(token), at=at)


async def revoke_wall_token(
    connection: Any, wall_token_id: WallTokenId, *, by: By, at: datetime, address: str = ""
) -> None:
    """The television goes dark within seconds. NotFound `unknown_token`."""
    if not await wall_store.revoke_wall_token(connection, wall_token_id, at=at):
        raise NotFound("unknown_token")
    await write_line(
        connection, by, "wall.revoked", at=at, address=address, entity="wall", entity_id=wall_token_id
    )


async def maker_of(connection: Any, wall: WallToken) -> Asker | None:
    """Whoever made it, with what he may now; None when he may show nothing on a wall any more. What a
    program made shows queues and nobody's work."""
    if wall.created_by == PROGRAM:
        return Asker(rights=frozenset({Right.WATCH_WALL}), sees=widest([]))
    person = await store.find_person(connection, wall.created_by)
    if person is None or person.is_blocked:
        return None
    roles = [role for role in await store.list_roles(connection) if role.role_id in person.role_ids]
    rights = frozenset(right for role in roles for right in role.rights)
    if Right.WATCH_WALL not in rights:
        return None
    return Asker(person_id=person.person_id, rights=rights, sees=widest([role.sees for role in roles]))
