"""Who there is, what roles he has, and what he chose for himself."""

from datetime import datetime
from typing import Any

import msgspec

from otklik.access import store
from otklik.access.model import LOGIN, Person, SignInId
from otklik.access.service.audit import By, write_person_line
from otklik.access.service.grants import (
    begin_change_of_rights,
    check_may_give,
    check_still_administered,
    find_again,
    find_touchable,
)
from otklik.vocabulary.ids import PersonId
from otklik.vocabulary.refusals import Invalid, NotFound, Refused
from otklik.vocabulary.text import one_line

MOST_PREFERENCES_BYTES = 16_384
LANGUAGES = ("", "ru", "en")


async def create_person(
    connection: Any, person: Person, *, by: By, at: datetime, password_hash: str = "", address: str = ""
) -> Person:
    """A new person with these roles. Without a hash he cannot sign in until he used a reset link.

    Refuses `login_taken`, Forbidden `rights_beyond_own`, NotFound `unknown_role`.
    """
    person = _checked(person)
    await begin_change_of_rights(connection)
    await _check_login_is_free(connection, person)
    await check_may_give(connection, person.role_ids, by)
    person_id = await store.insert_person(connection, person, password_hash=password_hash, at=at)
    await store.set_roles(connection, person_id, person.role_ids)
    await write_person_line(
        connection, by, "person.created", person_id, at=at, address=address, role_ids=list(person.role_ids)
    )
    return await find_again(connection, person_id)


async def change_person(
    connection: Any, person: Person, *, by: By, at: datetime, address: str = ""
) -> Person:
    """Login, name, language and roles. Rights change at once, for open sign-ins too.

    Refuses `login_taken`, `last_administrator`, Forbidden `rights_beyond_own`.
    """
    person = _checked(person)
    was_administered = await begin_change_of_rights(connection)
    before = await find_touchable(connection, person.person_id, by)
    await _check_login_is_free(connection, person)
    await store.update_person(connection, person)
    if set(person.role_ids) != set(before.role_ids):
        await check_may_give(connection, person.role_ids, by)
        await store.set_roles(connection, person.person_id, person.role_ids)
        await check_still_administered(connection, was=was_administered)
    await write_person_line(
        connection,
        by,
        "person.changed",
        person.person_id,
        at=at,
        address=address,
        role_ids=list(person.role_ids),
        role_ids_before=list(before.role_ids),
    )
    return await find_again(connection, person.person_id)


async def block(
    connection: Any, person_id: PersonId, *, by: By, at: datetime, address: str = ""
) -> list[SignInId]:
    """Nobody signs in with it any more; what is signed in ends. Refuses `own_person`,
    `last_administrator`."""
    if person_id == by.person_id:
        raise Refused("own_person")
    was_administered = await begin_change_of_rights(connection)
    await find_touchable(connection, person_id, by)
    await store.set_blocked(connection, person_id, True)
    await check_still_administered(connection, was=was_administered)
    await store.delete_reset_links(connection, person_id)
    ended = await store.end_sign_ins(connection, at=at, ended_by="blocked", person_id=person_id)
    await write_person_line(connection, by, "person.blocked", person_id, at=at, address=address)
    return ended


async def unblock(connection: Any, person_id: PersonId, *, by: By, at: datetime, address: str = "") -> None:
    """He may sign in again."""
    await find_touchable(connection, person_id, by)
    await store.set_blocked(connection, person_id, False)
    await write_person_line(connection, by, "person.unblocked", person_id, at=at, address=address)


async def save_preferences(connection: Any, *, by: By, language: str, preferences: dict[str, Any]) -> Person:
    """What the asker chose for himself, merged into what is there; None forgets a preference."""
    if language not in LANGUAGES:
        raise Invalid("unknown_choice", place="language", choices=list(LANGUAGES))
    person = await store.find_person(connection, by.person_id, lock=True)
    if person is None:
        raise NotFound("unknown_person")
    merged = {**person.preferences, **preferences}
    kept = {name: value for name, value in merged.items() if value is not None}
    if len(msgspec.json.encode(kept)) > MOST_PREFERENCES_BYTES:
        raise Invalid("too_many_items", place="preferences", limit=MOST_PREFERENCES_BYTES)
    await store.set_preferences(connection, person.person_id, language or person.language, kept)
    return await find_again(connection, person.person_id)


def _checked(person: Person) -> Person:
    login = person.login.strip()
    if not LOGIN.fullmatch(login):
        raise Invalid("invalid_login", place="login")
    if person.language not in LANGUAGES:
        raise Invalid("unknown_choice", place="language", choices=list(LANGUAGES))
    return msgspec.structs.replace(
        person,
        login=login,
        name=one_line(person.name, "name", longest=100),
        role_ids=tuple(dict.fromkeys(person.role_ids)),
    )


async def _check_login_is_free(connection: Any, person: Person) -> None:
    found = await store.find_login(connection, person.login)
    if found is not None and found[0].person_id != person.person_id:
        raise Refused("login_taken", place="login")
