"""A person sets his own password: knowing the present one, or by a one-time link."""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from otklik.access import store
from otklik.access.model import Person
from otklik.access.passwords import Passwords, check_password
from otklik.access.service.audit import By, asker_of, write_person_line
from otklik.access.service.grants import find_touchable
from otklik.access.service.sign_ins import Opened, open_sign_in
from otklik.access.service.tries import count_try, delay_keys, forgive, login_key
from otklik.access.tokens import hash_token, new_token
from otklik.vocabulary.ids import PersonId
from otklik.vocabulary.refusals import Invalid, NotFound, Refused

LINK_LASTS = timedelta(hours=24)


async def change_password(  # noqa: PLR0913, what a change consists of
    pool: Any,
    passwords: Passwords,
    *,
    by: By,
    current: str,
    new: str,
    address: str,
    browser: str,
    at: datetime,
) -> Opened:
    """The asker's own, at the first sign-in too. All his sign-ins end; he gets a new one.

    Refuses `wrong_password`, `too_many_attempts`; Invalid as `passwords.check_password`, and `password_same`.
    """
    async with pool.acquire() as connection, connection.transaction():
        person = await store.find_person(connection, by.person_id)
        if person is None:
            raise NotFound("unknown_person")
        stored = await store.find_hash(connection, by.person_id)
        keys = delay_keys(person.login, address)
        await count_try(connection, keys, login=person.login, address=address, at=at)
    if not await passwords.matches(stored, current):
        raise Refused("wrong_password")
    check_password(new, login=person.login, name=person.name)
    if await passwords.matches(stored, new):
        raise Invalid("password_same", place="new")
    fresh = await passwords.hash(new)
    async with pool.acquire() as connection, connection.transaction():
        await store.find_person(connection, person.person_id, lock=True)
        if await store.find_hash(connection, person.person_id) != stored:
            raise Refused("wrong_password")
        await forgive(connection, keys)
        await store.set_password(connection, person.person_id, fresh, must_change=False)
        await store.delete_reset_links(connection, person.person_id)
        await store.end_sign_ins(connection, at=at, ended_by="password", person_id=person.person_id)
        await write_person_line(connection, by, "password.changed", person.person_id, at=at, address=address)
        changed = msgspec.structs.replace(person, must_change_password=False)
        return await open_sign_in(connection, changed, address=address, browser=browser, at=at)


async def make_reset_link(
    connection: Any, person_id: PersonId, *, by: By, at: datetime, address: str = ""
) -> tuple[str, datetime]:
    """A one-time token with which the person sets a password himself, and when it stops working.

    The old password works until then: a link made by mistake locks nobody out.
    """
    person = await find_touchable(connection, person_id, by)
    if person.is_robot:
        raise Refused("robot_has_no_password")
    token, expires_at = new_token(), at + LINK_LASTS
    await store.insert_reset_link(
        connection,
        token_hash=hash_token(token),
        person_id=person_id,
        by=by.person_id,
        at=at,
        expires_at=expires_at,
    )
    await write_person_line(connection, by, "reset_link.made", person_id, at=at, address=address)
    return token, expires_at


async def find_reset(connection: Any, token: str, *, at: datetime) -> Person | None:
    """Whose link this is; None if it was used, replaced, has expired, or the person is blocked."""
    return await store.find_reset_link(connection, hash_token(token), at=at)


async def use_reset(
    pool: Any, passwords: Passwords, token: str, new: str, *, at: datetime, address: str = ""
) -> Person:
    """Set the password by a link, once. All sign-ins of the person end.

    Raises NotFound `unknown_link`; Invalid as `passwords.check_password`: then the link still works.
    """
    async with pool.acquire() as connection:
        person = await find_reset(connection, token, at=at)
    if person is None:
        raise NotFound("unknown_link")
    check_password(new, login=person.login, name=person.name)
    fresh = await passwords.hash(new)
    async with pool.acquire() as connection, connection.transaction():
        if await store.use_reset_link(connection, hash_token(token), at=at) is None:
            raise NotFound("unknown_link")
        await store.set_password(connection, person.person_id, fresh, must_change=False)
        await store.forget_failures(connection, login_key(person.login))
        await store.end_sign_ins(connection, at=at, ended_by="password", person_id=person.person_id)
        await write_person_line(
            connection, asker_of(person), "reset_link.used", person.person_id, at=at, address=address
        )
    return person
