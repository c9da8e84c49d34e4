"""What can be asked about sign-in, people, roles and tokens: one public function each.

`connection` is in the caller's transaction, which is committed at the edge. What must be remembered although
it is refused (wrong passwords), and what hashes a password, takes the `pool` and commits by itself. `at` is
the moment, `by` is who asks; each change leaves a line in the audit.
"""

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, Protocol

import msgspec

from otklik.access import delays, store
from otklik.access.model import (
    PROGRAM,
    Asker,
    Person,
    Role,
    RoleId,
    SignIn,
    SignInId,
    TokenId,
    WallTokenId,
)
from otklik.access.passwords import Passwords, check_password
from otklik.access.rights import STARTER_ROLES, Right, Sight
from otklik.access.tokens import hash_token, new_token
from otklik.vocabulary.ids import PersonId
from otklik.vocabulary.messages import Value
from otklik.vocabulary.refusals import Forbidden, Invalid, NotFound, Refused
from otklik.vocabulary.text import name_of, one_line

SIGN_IN_LASTS = timedelta(hours=12)
IDLE_OF_ADMINISTRATORS = timedelta(minutes=30)
LINK_LASTS = timedelta(hours=24)
TICKET_LASTS = timedelta(seconds=30)
KNOWN_ADDRESS_LASTS = timedelta(days=30)
SEEN_AGAIN_AFTER = timedelta(seconds=30)
MOST_SIGN_INS = 20
MOST_PREFERENCES_BYTES = 16_384
LANGUAGES = ("", "ru", "en")
ADMINISTRATION = (Right.MANAGE_PEOPLE, Right.MANAGE_ROLES)
"""Somebody must always have these, or nobody could ever be let in again."""

THE_PROGRAM = Asker(rights=frozenset(Right), sees=Sight.ALL)
"""The first start and the command line: who can read HOME needs no right."""

_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{1,63}")
_ROLE_NAME = re.compile(r"[a-z][a-z0-9_]{1,63}")
_NOT_SHOWN = re.compile(r"[^\x20-\x7e\u00a0-\uffff]")

Sleep = Callable[[float], Awaitable[None]]


class By(Protocol):
    """Who asks, for the audit and for what he may give to others."""

    @property
    def person_id(self) -> PersonId: ...

    @property
    def sign_in_id(self) -> int: ...

    @property
    def token_id(self) -> int: ...

    @property
    def rights(self) -> frozenset[Right]: ...


class Opened(Value):
    """A new sign-in. token: for the cookie, given away once."""

    token: str
    person: Person
    sign_in: SignIn


# --- sign-in


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
    login = login.strip() if _LOGIN.fullmatch(login.strip()) else ""
    keys = _delay_keys(login, address)
    async with pool.acquire() as connection, connection.transaction():
        slowing = await _count_try(connection, keys, login=login, address=address, at=at)
    if slowing:
        await sleep(slowing.total_seconds())
    async with pool.acquire() as connection:
        found = await store.find_login(connection, login)
    person, stored = found if found else (None, "")
    is_right = await passwords.matches(stored, password)
    fresh = await passwords.hash(password) if is_right and passwords.is_outdated(stored) else ""
    async with pool.acquire() as connection, connection.transaction():
        if person is None or not is_right or person.is_blocked or person.is_robot:
            await _note(connection, _asker_of(person), "sign_in.failed", at=at, address=address)
        else:
            await _forgive(connection, keys)
            if fresh:
                await store.replace_hash(connection, person.person_id, stored, fresh)
            return await _open(connection, person, address=address, browser=browser, at=at)
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
    await _note(connection, by, "sign_in.ended", at=at, address=address, entity_id=by.sign_in_id)


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
    await _note(connection, by, "sign_in.ended", at=at, address=address, entity_id=sign_in_id)


async def end_sign_ins(
    connection: Any, person_id: PersonId, *, by: By, at: datetime, address: str = ""
) -> list[SignInId]:
    """End all sign-ins of a person; open sockets close within seconds."""
    await _touchable(connection, person_id, by)
    ended = await store.end_sign_ins(connection, at=at, ended_by="administrator", person_id=person_id)
    await _note_person(connection, by, "sign_ins.ended", person_id, at=at, address=address, count=len(ended))
    return ended


async def end_stale_sign_ins(connection: Any, *, at: datetime) -> list[SignInId]:
    """End what expired or was idle too long, and forget old failures: called now and then."""
    await store.forget_old_failures(connection, before=at - delays.FORGOTTEN_AFTER)
    return await store.end_stale_sign_ins(connection, at=at)


# --- passwords


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
        keys = _delay_keys(person.login, address)
        await _count_try(connection, keys, login=person.login, address=address, at=at)
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
        await _forgive(connection, keys)
        await store.set_password(connection, person.person_id, fresh, must_change=False)
        await store.delete_reset_links(connection, person.person_id)
        await store.end_sign_ins(connection, at=at, ended_by="password", person_id=person.person_id)
        await _note_person(connection, by, "password.changed", person.person_id, at=at, address=address)
        changed = msgspec.structs.replace(person, must_change_password=False)
        return await _open(connection, changed, address=address, browser=browser, at=at)


async def make_reset_link(
    connection: Any, person_id: PersonId, *, by: By, at: datetime, address: str = ""
) -> tuple[str, datetime]:
    """A one-time token with which the person sets a password himself, and when it stops working.

    The old password works until then: a link made by mistake locks nobody out.
    """
    person = await _touchable(connection, person_id, by)
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
    await _note_person(connection, by, "reset_link.made", person_id, at=at, address=address)
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
        await store.forget_failures(connection, _login_key(person.login))
        await store.end_sign_ins(connection, at=at, ended_by="password", person_id=person.person_id)
        await _note_person(
            connection, _asker_of(person), "reset_link.used", person.person_id, at=at, address=address
        )
    return person


# --- people


async def create_person(
    connection: Any, person: Person, *, by: By, at: datetime, password_hash: str = "", address: str = ""
) -> Person:
    """A new person with these roles. Without a hash he cannot sign in until he used a reset link.

    Refuses `login_taken`, Forbidden `rights_beyond_own`, NotFound `unknown_role`.
    """
    person = _checked(person)
    await _administered(connection)
    await _login_is_free(connection, person)
    await _may_give(connection, person.role_ids, by)
    person_id = await store.insert_person(connection, person, password_hash=password_hash, at=at)
    await store.set_roles(connection, person_id, person.role_ids)
    await _note_person(
        connection, by, "person.created", person_id, at=at, address=address, role_ids=list(person.role_ids)
    )
    return await _found(connection, person_id)


async def change_person(
    connection: Any, person: Person, *, by: By, at: datetime, address: str = ""
) -> Person:
    """Login, name, language and roles. Rights change at once, for open sign-ins too.

    Refuses `login_taken`, `last_administrator`, Forbidden `rights_beyond_own`.
    """
    person = _checked(person)
    was_administered = await _administered(connection)
    before = await _touchable(connection, person.person_id, by)
    await _login_is_free(connection, person)
    await store.update_person(connection, person)
    if set(person.role_ids) != set(before.role_ids):
        await _may_give(connection, person.role_ids, by)
        await store.set_roles(connection, person.person_id, person.role_ids)
        await _still_administered(connection, was=was_administered)
    await _note_person(
        connection,
        by,
        "person.changed",
        person.person_id,
        at=at,
        address=address,
        role_ids=list(person.role_ids),
        role_ids_before=list(before.role_ids),
    )
    return await _found(connection, person.person_id)


async def block(
    connection: Any, person_id: PersonId, *, by: By, at: datetime, address: str = ""
) -> list[SignInId]:
    """Nobody signs in with it any more; what is signed in ends. Refuses `own_person`,
    `last_administrator`."""
    if person_id == by.person_id:
        raise Refused("own_person")
    was_administered = await _administered(connection)
    await _touchable(connection, person_id, by)
    await store.set_blocked(connection, person_id, True)
    await _still_administered(connection, was=was_administered)
    await store.delete_reset_links(connection, person_id)
    ended = await store.end_sign_ins(connection, at=at, ended_by="blocked", person_id=person_id)
    await _note_person(connection, by, "person.blocked", person_id, at=at, address=address)
    return ended


async def unblock(connection: Any, person_id: PersonId, *, by: By, at: datetime, address: str = "") -> None:
    """He may sign in again."""
    await _touchable(connection, person_id, by)
    await store.set_blocked(connection, person_id, False)
    await _note_person(connection, by, "person.unblocked", person_id, at=at, address=address)


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
    return await _found(connection, person.person_id)


# --- roles


async def save_role(connection: Any, role: Role, *, by: By, at: datetime, address: str = "") -> Role:
    """A new one (id 0) or a changed one; whoever has it feels it at once.

    Refuses `role_name_taken`, `last_administrator`, Forbidden `rights_beyond_own`, NotFound `unknown_role`.
    """
    was_administered = await _administered(connection)
    before = await store.find_role(connection, role.role_id) if role.role_id else None
    if role.role_id and before is None:
        raise NotFound("unknown_role")
    name = role.name or (before.name if before else _name_for(await store.list_roles(connection)))
    if not _ROLE_NAME.fullmatch(name):
        raise Invalid("invalid_name", place="name")
    other = await store.find_role_of_name(connection, name)
    if other is not None and other.role_id != role.role_id:
        raise Refused("role_name_taken", place="name")
    role = msgspec.structs.replace(
        role, name=name, name_ru=name_of(role.name_ru, "name_ru"), name_en=name_of(role.name_en, "name_en")
    )
    added = role.rights - (before.rights if before else frozenset())
    if not added <= by.rights:
        raise Forbidden("rights_beyond_own", rights=sorted(added - by.rights))
    if before is None:
        role = msgspec.structs.replace(role, role_id=await store.insert_role(connection, role))
    else:
        await store.update_role(connection, role)
        await _still_administered(connection, was=was_administered)
    await _note(
        connection,
        by,
        "role.saved",
        at=at,
        address=address,
        entity="role",
        entity_id=role.role_id,
        added=sorted(added),
        taken=sorted((before.rights if before else frozenset()) - role.rights),
        sees=role.sees,
    )
    return role


async def remove_role(connection: Any, role_id: RoleId, *, by: By, at: datetime, address: str = "") -> None:
    """Refuses `role_in_use` while a person or a live token has it."""
    role = await store.find_role(connection, role_id)
    if role is None:
        raise NotFound("unknown_role")
    uses = await store.count_uses_of_role(connection, role_id)
    if uses:
        raise Refused("role_in_use", count=uses)
    await store.delete_role(connection, role_id)
    await _note(
        connection,
        by,
        "role.removed",
        at=at,
        address=address,
        entity="role",
        entity_id=role_id,
        name=role.name,
    )


# --- programs, walls, feeds


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
    await _may_give(connection, (role_id,), by)
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
    await _note(
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
    await _note(connection, by, "token.revoked", at=at, address=address, entity="token", entity_id=token_id)


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


async def create_wall_token(
    connection: Any, *, name: str, by: By, at: datetime, address: str = ""
) -> tuple[str, WallTokenId]:
    """For a television that shows the board; it is shown this once."""
    token = new_token()
    wall_token_id = await store.insert_wall_token(
        connection, name=name_of(name), token_hash=hash_token(token), by=by.person_id, at=at
    )
    await _note(
        connection, by, "wall.created", at=at, address=address, entity="wall", entity_id=wall_token_id
    )
    return token, wall_token_id


async def find_wall(connection: Any, token: str, *, at: datetime) -> WallTokenId | None:
    """Which wall this is; None if the token is unknown or revoked."""
    return await store.find_wall_token(connection, hash_token(token), at=at)


async def revoke_wall_token(
    connection: Any, wall_token_id: WallTokenId, *, by: By, at: datetime, address: str = ""
) -> None:
    """The television goes dark within seconds. NotFound `unknown_token`."""
    if not await store.revoke_wall_token(connection, wall_token_id, at=at):
        raise NotFound("unknown_token")
    await _note(
        connection, by, "wall.revoked", at=at, address=address, entity="wall", entity_id=wall_token_id
    )


# --- audit, first start


async def note(  # noqa: PLR0913, one argument per column
    connection: Any,
    action: str,
    *,
    by: By,
    at: datetime,
    address: str = "",
    entity: str = "",
    entity_id: int = 0,
    facts: dict[str, Any] | None = None,
) -> None:
    """A line in the audit for what another room did (a recording listened to, a list exported, ...)."""
    await _note(
        connection, by, action, at=at, address=address, entity=entity, entity_id=entity_id, **(facts or {})
    )


async def seed_roles(connection: Any) -> dict[str, RoleId]:
    """The three starter roles, by name; those that are there stay as they were edited."""
    found: dict[str, RoleId] = {}
    for starter in STARTER_ROLES:
        role = await store.find_role_of_name(connection, starter.name)
        found[starter.name] = (
            role.role_id
            if role
            else await store.insert_role(
                connection,
                Role(
                    name=starter.name,
                    name_ru=starter.name_ru,
                    name_en=starter.name_en,
                    sees=starter.sees,
                    rights=starter.rights,
                ),
            )
        )
    return found


# --- inside


def _key(*words: str) -> bytes:
    return hashlib.sha256("\x00".join(words).encode("utf-8", "surrogatepass")).digest()


def _login_key(login: str) -> bytes:
    return _key("login", login.lower())


def _delay_keys(login: str, address: str) -> tuple[bytes, bytes, bytes]:
    """Pair, address, login."""
    network = delays.network_of(address)
    return _key("pair", login.lower(), network), _key("address", network), _login_key(login)


async def _count_try(
    connection: Any, keys: tuple[bytes, bytes, bytes], *, login: str, address: str, at: datetime
) -> timedelta:
    """Refuse a try that comes too early, else count it as failed before it is looked at: a hundred at once
    are then no better than one after the other. Gives how much the answer shall be slowed."""
    pair, network, own = keys
    for key in sorted((pair, network)):
        await store.lock_key(connection, key)
    forgotten_before = at - delays.FORGOTTEN_AFTER
    failures = await store.failures_of(connection, [pair, network, own], since=forgotten_before)
    (of_pair, pair_at), (of_network, network_at), (of_login, _) = failures
    left = max(
        _left(delays.wait_of_pair(of_pair), pair_at, at),
        _left(delays.wait_of_address(of_network), network_at, at),
    )
    if left > timedelta(0):
        raise Refused("too_many_attempts", retry_after_seconds=max(1, round(left.total_seconds())))
    for key in (pair, network, own):
        await store.add_failure(connection, key, at=at, forgotten_before=forgotten_before)
    slowing = delays.slowing_of_login(of_login)
    if slowing and not await _is_known_here(connection, login, address, at):
        return slowing
    return timedelta(0)


def _left(wait: timedelta, since: datetime | None, at: datetime) -> timedelta:
    return wait - (at - since) if wait and since is not None else timedelta(0)


async def _is_known_here(connection: Any, login: str, address: str, at: datetime) -> bool:
    found = await store.find_login(connection, login)
    return found is not None and await store.has_signed_in_from(
        connection, found[0].person_id, _shown(address), since=at - KNOWN_ADDRESS_LASTS
    )


async def _forgive(connection: Any, keys: tuple[bytes, bytes, bytes]) -> None:
    pair, network, own = keys
    await store.forget_failures(connection, pair)
    await store.take_failure_back(connection, network)
    await store.take_failure_back(connection, own)


async def _open(connection: Any, person: Person, *, address: str, browser: str, at: datetime) -> Opened:
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
        address=_shown(address),
        browser=_shown(browser),
        at=at,
        expires_at=expires_at,
        idle=await _idle_of(connection, person),
    )
    opened = await store.find_sign_in(connection, sign_in_id)
    assert opened is not None
    await _note(
        connection,
        _asker_of(person, sign_in_id),
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


def _shown(text: str) -> str:
    return _NOT_SHOWN.sub("", text)[:200]


def _asker_of(person: Person | None, sign_in_id: SignInId | None = None) -> Asker:
    return Asker(person_id=person.person_id if person else PROGRAM, sign_in_id=sign_in_id or SignInId(0))


def _checked(person: Person) -> Person:
    login = person.login.strip()
    if not _LOGIN.fullmatch(login):
        raise Invalid("invalid_login", place="login")
    if person.language not in LANGUAGES:
        raise Invalid("unknown_choice", place="language", choices=list(LANGUAGES))
    return msgspec.structs.replace(
        person,
        login=login,
        name=one_line(person.name, "name", longest=100),
        role_ids=tuple(dict.fromkeys(person.role_ids)),
    )


def _name_for(roles: list[Role]) -> str:
    """A short name for a role that was given none."""
    taken = {role.name for role in roles}
    return next(name for number in range(1, len(taken) + 2) if (name := f"role_{number}") not in taken)


async def _login_is_free(connection: Any, person: Person) -> None:
    found = await store.find_login(connection, person.login)
    if found is not None and found[0].person_id != person.person_id:
        raise Refused("login_taken", place="login")


async def _may_give(connection: Any, role_ids: tuple[RoleId, ...], by: By) -> None:
    """Nobody gives more than he has, unless roles are his business."""
    for role_id in role_ids:
        role = await store.find_role(connection, role_id)
        if role is None:
            raise Invalid("unknown_role", place="role_ids", id=role_id)
        if Right.MANAGE_ROLES not in by.rights and not role.rights <= by.rights:
            raise Forbidden("rights_beyond_own", rights=sorted(role.rights - by.rights))


async def _touchable(connection: Any, person_id: PersonId, by: By) -> Person:
    """The person, unless he has more rights than the asker: or who manages people could become an
    administrator by a reset link."""
    person = await store.find_person(connection, person_id, lock=True)
    if person is None:
        raise NotFound("unknown_person")
    await _may_give(connection, person.role_ids, by)
    return person


async def _found(connection: Any, person_id: PersonId) -> Person:
    person = await store.find_person(connection, person_id)
    assert person is not None
    return person


async def _administered(connection: Any) -> bool:
    """Whether somebody can let others in, now; one change of rights at a time from here on."""
    await store.lock_administration(connection)
    return await store.count_people_with(connection, ADMINISTRATION) > 0


async def _still_administered(connection: Any, *, was: bool) -> None:
    if was and not await store.count_people_with(connection, ADMINISTRATION):
        raise Refused("last_administrator")


async def _note_person(
    connection: Any, by: By, action: str, person_id: PersonId, *, at: datetime, address: str, **facts: Any
) -> None:
    await _note(connection, by, action, at=at, address=address, entity="person", entity_id=person_id, **facts)


async def _note(
    connection: Any,
    by: By,
    action: str,
    *,
    at: datetime,
    address: str,
    entity: str = "sign_in",
    entity_id: int = 0,
    **facts: Any,
) -> None:
    await store.insert_audit(
        connection,
        at=at,
        person_id=by.person_id,
        sign_in_id=SignInId(by.sign_in_id),
        token_id=TokenId(by.token_id),
        address=_shown(address),
        action=action,
        entity=entity,
        entity_id=entity_id,
        facts=facts,
    )
