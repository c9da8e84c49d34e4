"""Letting people in, knowing them again, and letting them out."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from otklik.access import delays, store
from otklik.access.model import LOGIN, Asker, Person, SignIn, SignInId
from otklik.access.passwords import Passwords
from otklik.access.rights import Right
from otklik.access.service.audit import By, asker_of, shown, write_line, write_person_line
from otklik.access.service.grants import find_touchable
from otklik.access.service.tries import count_try, delay_keys, forgive
from otklik.access.tokens import hash_token, new_token
from otklik.vocabulary.ids import PersonId
from otklik.vocabulary.messages import Value
from otklik.vocabulary.refusals import NotFound, Refused

SIGN_IN_LASTS = timedelta(hours=12)
IDLE_OF_ADMINISTRATORS = timedelta(minutes=30)
SEEN_AGAIN_AFTER = timedelta(seconds=30)
MOST_SIGN_INS = 20

Sleep = Callable[[float], Awaitable[None]]


class Opened(Value):
    """A new sign-in. token: for the cookie, given away once."""

    token: str
    person: Person
    sign_in: SignIn


async def sign_in(  # noqa: PLR0913, what a sign-in consists of
    pool: Any,
    passwords: Passwords,
    *,
    login: str,
    password: str,
    address: str,
    browser: str,
    at: datetime,
    sleep: Sleep = asyncio.sleep,
) -> Opened:
    """Let a person in.

    Refuses `wrong_password` (whatever was wrong: no such login, another password, blocked) and
    `too_many_attempts` (retry_after_seconds). Takes as long for an unknown login as for a known one.
    """
    # What cannot be a login is nobody's; the rest goes on as for any unknown one.
    login = login.strip() if LOGIN.fullmatch(login.strip()) else ""
    keys = delay_keys(login, address)
    async with pool.acquire() as connection, connection.transaction():
        slowing = await count_try(connection, keys, login=login, address=address, at=at)
    if slowing:
        await sleep(slowing.total_seconds())
    async with pool.acquire() as connection:
        found = await store.find_login(connection, login)
    person, stored = found if found else (None, "")
    is_right = await passwords.matches(stored, password)
    fresh = await passwords.hash(password) if is_right and passwords.is_outdated(stored) else ""
    async with pool.acquire() as connection, connection.transaction():
        if person is None or not is_right or person.is_blocked or person.is_robot:
            await write_line(connection, asker_of(person), "sign_in.failed", at=at, address=address)
        else:
            await forgive(connection, keys)
            if fresh:
                await store.replace_hash(connection, person.person_id, stored, fresh)
            return await open_sign_in(connection, person, address=address, browser=browser, at=at)
    raise Refused("wrong_password")


async def find_by_cookie(connection: Any, token: str, *, at: datetime) -> Asker | None:
    """Who holds this sign-in's token; None if it is unknown, ended, expired, idle too long, or of a blocked
    one."""
    found = await store.find_asker(connection, hash_token(token), at=at)
    if found is None:
        return None
    asker, seen_at = found
    if at - seen_at >= SEEN_AGAIN_AFTER:
        await store.touch_sign_in(connection, asker.sign_in_id, at=at)
    return asker


async def find_by_token(connection: Any, token: str, *, at: datetime) -> Asker | None:
    """Which program holds this bearer token; None if it is unknown, expired or revoked."""
    return await store.find_asker_of_token(connection, hash_token(token), at=at)


async def find_by_sign_in(connection: Any, sign_in_id: SignInId, *, at: datetime) -> Asker | None:
    """What a sign-in is worth now, for sockets that were let in by it earlier; None if it ended."""
    return await store.find_asker_of_sign_in(connection, sign_in_id, at=at)


async def sign_out(connection: Any, *, by: By, at: datetime, address: str = "") -> None:
    """End the asker's own sign-in; its secrets go with it."""
    await store.end_sign_ins(connection, at=at, ended_by="person", sign_in_id=SignInId(by.sign_in_id))
    await write_line(connection, by, "sign_in.ended", at=at, address=address, entity_id=by.sign_in_id)


async def list_own_sign_ins(connection: Any, *, by: By, at: datetime) -> list[SignIn]:
    """The asker's live sign-ins, newest first."""
    return await store.list_sign_ins(connection, by.person_id, at=at)


async def end_own_sign_in(
    connection: Any, sign_in_id: SignInId, *, by: By, at: datetime, address: str = ""
) -> None:
    """End one of the asker's own. Raises NotFound `unknown_sign_in`, also for another person's."""
    found = await store.find_sign_in(connection, sign_in_id)
    if found is None or found.person_id != by.person_id or found.ended_at is not None:
        raise NotFound("unknown_sign_in")
    await store.end_sign_ins(connection, at=at, ended_by="person", sign_in_id=sign_in_id)
    await write_line(connection, by, "sign_in.ended", at=at, address=address, entity_id=sign_in_id)


async def end_sign_ins(
    connection: Any, person_id: PersonId, *, by: By, at: datetime, address: str = ""
) -> list[SignInId]:
    """End all sign-ins of a person; open sockets close within seconds."""
    await find_touchable(connection, person_id, by)
    ended = await store.end_sign_ins(connection, at=at, ended_by="administrator", person_id=person_id)
    await write_person_line(
        connection, by, "sign_ins.ended", person_id, at=at, address=address, count=len(ended)
    )
    return ended


async def end_stale_sign_ins(connection: Any, *, at: datetime) -> list[SignInId]:
    """End what expired or was idle too long, and forget old failures: called now and then."""
    await store.forget_old_failures(connection, before=at - delays.FORGOTTEN_AFTER)
    return await store.end_stale_sign_ins(connection, at=at)


async def open_sign_in(
    connection: Any, person: Person, *, address: str, browser: str, at: datetime
) -> Opened:
    """A new sign-in of this person; beyond twenty the oldest end."""
    now = await store.find_person(connection, person.person_id, lock=True)
    if now is None or now.is_blocked:
        raise Refused("wrong_password")
    live = await store.list_sign_ins(connection, person.person_id, at=at)
    for surplus in live[MOST_SIGN_INS - 1 :]:
        await store.end_sign_ins(connection, at=at, ended_by="too_many", sign_in_id=surplus.sign_in_id)
    token, expires_at = new_token(), at + SIGN_IN_LASTS
    sign_in_id = await store.insert_sign_in(
        connection,
        person_id=person.person_id,
        token_hash=hash_token(token),
        address=shown(address),
        browser=shown(browser),
        at=at,
        expires_at=expires_at,
        idle=await _idle_of(connection, person),
    )
    opened = await store.find_sign_in(connection, sign_in_id)
    assert opened is not None
    await write_line(
        connection,
        asker_of(person, sign_in_id),
        "sign_in.opened",
        at=at,
        address=address,
        entity_id=sign_in_id,
    )
    return Opened(token=token, person=person, sign_in=opened)


async def _idle_of(connection: Any, person: Person) -> timedelta:
    """Half an hour for who can change the centre and does not take calls; a whole shift for the others."""
    rights: set[Right] = set()
    for role in await store.list_roles(connection):
        if role.role_id in person.role_ids:
            rights |= role.rights
    manages = any(right.value.startswith("manage.") for right in rights)
    return IDLE_OF_ADMINISTRATORS if manages and Right.TAKE_CALLS not in rights else SIGN_IN_LASTS
