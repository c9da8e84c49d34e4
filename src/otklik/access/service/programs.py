"""What is let in without a password: programs, one socket of a sign-in."""

from datetime import datetime, timedelta
from typing import Any

from otklik.access import store
from otklik.access.model import Asker, RoleId, SignInId, TokenId
from otklik.access.service.audit import By, write_line
from otklik.access.service.grants import check_may_give
from otklik.access.tokens import hash_token, new_token
from otklik.vocabulary.refusals import Invalid, NotFound, Refused
from otklik.vocabulary.text import name_of

TICKET_LASTS = timedelta(seconds=30)


async def create_token(
    connection: Any,
    *,
    name: str,
    role_id: RoleId,
    by: By,
    at: datetime,
    expires_at: datetime | None = None,
    address: str = "",
) -> tuple[str, TokenId]:
    """A bearer token for a program; it is shown this once. Forbidden `rights_beyond_own`."""
    await check_may_give(connection, (role_id,), by, place="role_id")
    if expires_at is not None and expires_at <= at:
        raise Invalid("date_in_the_past", place="expires_at")
    token = new_token()
    token_id = await store.insert_api_token(
        connection,
        name=name_of(name),
        role_id=role_id,
        token_hash=hash_token(token),
        by=by.person_id,
        at=at,
        expires_at=expires_at,
    )
    await write_line(
        connection,
        by,
        "token.created",
        at=at,
        address=address,
        entity="token",
        entity_id=token_id,
        role_id=role_id,
    )
    return token, token_id


async def revoke_token(
    connection: Any, token_id: TokenId, *, by: By, at: datetime, address: str = ""
) -> None:
    """It opens nothing from now on. NotFound `unknown_token`."""
    if not await store.revoke_api_token(connection, token_id, at=at):
        raise NotFound("unknown_token")
    await write_line(
        connection, by, "token.revoked", at=at, address=address, entity="token", entity_id=token_id
    )


async def make_live_ticket(connection: Any, *, by: By, at: datetime) -> str:
    """For one socket of this sign-in, once, within 30 s."""
    if not by.sign_in_id:
        raise Refused("sign_in_needed")
    ticket = new_token()
    await store.insert_live_ticket(
        connection, hash_token(ticket), SignInId(by.sign_in_id), at=at, expires_at=at + TICKET_LASTS
    )
    return ticket


async def use_live_ticket(connection: Any, ticket: str, *, at: datetime) -> Asker | None:
    """Who may open this one socket; None if the ticket was used, is old, or its sign-in ended."""
    sign_in_id = await store.use_live_ticket(connection, hash_token(ticket), at=at)
    return None if sign_in_id is None else await store.find_asker_of_sign_in(connection, sign_in_id, at=at)
