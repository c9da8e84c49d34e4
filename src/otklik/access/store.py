"""Rows of people, roles, sign-ins, tokens, secrets and the audit. The only SQL of this room.

Connections are asyncpg's, inside the caller's transaction. json goes as text, so that it does not matter
which codecs a connection has.
"""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from otklik.access.model import (
    ApiToken,
    Asker,
    AuditLine,
    Person,
    Role,
    RoleId,
    SignIn,
    SignInId,
    TokenId,
)
from otklik.access.rights import Sight, known_rights, widest
from otklik.vocabulary.ids import PersonId, SecretId
from otklik.vocabulary.time import MILLISECOND

RESERVED_ID = 9999
"""The self-test's agent; never given to a person who is made later."""
ENDED_CHANNEL = "otklik_sign_in_ended"
"""What is notified, with the id, when a sign-in ends: open sockets of it close at once."""

_PERSON = """
    person.person_id, person.login, person.name, person.language, person.must_change_password,
    person.is_blocked, person.is_robot, person.preferences::text as preferences,
    person.created_at, person.seen_at,
    coalesce(
        (select array_agg(role_id order by role_id) from person_role
            where person_role.person_id = person.person_id),
        '{}'
    ) as role_ids
"""
_SIGN_IN = "sign_in_id, person_id, address, browser, created_at, seen_at, expires_at, ended_at, ended_by"
_TOKEN = "token_id, name, role_id, created_by, created_at, expires_at, used_at, revoked_at"


def _person(row: Any) -> Person:
    return Person(
        person_id=PersonId(row["person_id"]),
        login=row["login"],
        name=row["name"],
        language=row["language"],
        must_change_password=row["must_change_password"],
        is_blocked=row["is_blocked"],
        is_robot=row["is_robot"],
        preferences=msgspec.json.decode(row["preferences"]),
        role_ids=tuple(RoleId(role_id) for role_id in row["role_ids"]),
        created_at=row["created_at"],
        seen_at=row["seen_at"],
    )


# --- people


async def insert_person(connection: Any, person: Person, *, password_hash: str, at: datetime) -> PersonId:
    """A new person without roles; an id that is not 0 is kept. The login must be free."""
    person_id = person.person_id or await _next_person_id(connection)
    await connection.execute(
        """
        insert into person
            (person_id, login, name, language, password_hash, must_change_password, is_blocked, is_robot,
             preferences, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9::text::jsonb, $10)
        """,
        person_id,
        person.login,
        person.name,
        person.language,
        password_hash,
        person.must_change_password,
        person.is_blocked,
        person.is_robot,
        msgspec.json.encode(person.preferences).decode(),
        at,
    )
    return PersonId(person_id)


async def _next_person_id(connection: Any) -> int:
    while True:
        found: int = await connection.fetchval(
            "select nextval(pg_get_serial_sequence('person', 'person_id'))"
        )
        taken = await connection.fetchval("select true from person where person_id = $1", found)
        if found != RESERVED_ID and not taken:
            return found


async def update_person(connection: Any, person: Person) -> None:
    """Login, name and language; the rest has functions of its own."""
    await connection.execute(
        "update person set login = $2, name = $3, language = $4 where person_id = $1",
        person.person_id,
        person.login,
        person.name,
        person.language,
    )


async def set_preferences(
    connection: Any, person_id: PersonId, language: str, preferences: dict[str, Any]
) -> None:
    """What the person chose for himself."""
    await connection.execute(
        "update person set language = $2, preferences = $3::text::jsonb where person_id = $1",
        person_id,
        language,
        msgspec.json.encode(preferences).decode(),
    )


async def set_password(
    connection: Any, person_id: PersonId, password_hash: str, *, must_change: bool
) -> None:
    """The new hash."""
    await connection.execute(
        "update person set password_hash = $2, must_change_password = $3 where person_id = $1",
        person_id,
        password_hash,
        must_change,
    )


async def replace_hash(connection: Any, person_id: PersonId, old: str, new: str) -> None:
    """The same password with newer parameters, unless it was changed meanwhile."""
    await connection.execute(
        "update person set password_hash = $3 where person_id = $1 and password_hash = $2",
        person_id,
        old,
        new,
    )


async def set_blocked(connection: Any, person_id: PersonId, is_blocked: bool) -> None:
    """Blocked people cannot sign in."""
    await connection.execute("update person set is_blocked = $2 where person_id = $1", person_id, is_blocked)


async def set_roles(connection: Any, person_id: PersonId, role_ids: tuple[RoleId, ...]) -> None:
    """Exactly these roles."""
    await connection.execute("delete from person_role where person_id = $1", person_id)
    await connection.executemany(
        "insert into person_role (person_id, role_id) values ($1, $2)",
        [(person_id, role_id) for role_id in dict.fromkeys(role_ids)],
    )


async def find_person(connection: Any, person_id: PersonId, *, lock: bool = False) -> Person | None:
    """By id. lock: nobody else changes it until the transaction ends."""
    row = await connection.fetchrow(
        f"select {_PERSON} from person where person_id = $1" + (" for update of person" if lock else ""),
        person_id,
    )
    return None if row is None else _person(row)


async def find_login(connection: Any, login: str) -> tuple[Person, str] | None:
    """The person of a login, without regard to case, and the password's hash."""
    row = await connection.fetchrow(
        f"select {_PERSON}, person.password_hash from person where lower(login) = lower($1)", login
    )
    return None if row is None else (_person(row), row["password_hash"])


async def find_hash(connection: Any, person_id: PersonId) -> str:
    """The password's hash, "" without."""
    found = await connection.fetchval("select password_hash from person where person_id = $1", person_id)
    return found or ""


async def list_people(connection: Any, *, with_robots: bool = True) -> list[Person]:
    """All of them, in the order of their names."""
    rows = await connection.fetch(
        f"select {_PERSON} from person where ($1 or not is_robot) order by lower(name), person_id",
        with_robots,
    )
    return [_person(row) for row in rows]


async def names_of(connection: Any) -> dict[PersonId, str]:
    """Names by id, for lists and boards."""
    rows = await connection.fetch("select person_id, name from person")
    return {PersonId(row["person_id"]): row["name"] for row in rows}


async def signed_in_ids(connection: Any, *, at: datetime) -> set[PersonId]:
    """People with a live sign-in."""
    rows = await connection.fetch(
        """
        select distinct person_id from sign_in
        where ended_at is null and expires_at > $1 and seen_at + idle_ms * interval '1 ms' > $1
        """,
        at,
    )
    return {PersonId(row["person_id"]) for row in rows}


async def lock_administration(connection: Any) -> None:
    """One change of people's rights at a time, so that two together cannot take the last administrator
    away."""
    await connection.execute("select pg_advisory_xact_lock(hashtext('otklik administration'))")


async def count_people_with(connection: Any, rights: tuple[str, ...]) -> int:
    """How many people who can sign in have all these rights."""
    found: int = await connection.fetchval(
        """
        select count(*) from person
        where not is_blocked and not is_robot and not exists (
            select 1 from unnest($1::text[]) wanted
            where not exists (
                select 1 from person_role join role using (role_id)
                where person_role.person_id = person.person_id and role.rights ? wanted
            )
        )
        """,
        list(rights),
    )
    return found


# --- roles


def _role(row: Any) -> Role:
    return Role(
        role_id=RoleId(row["role_id"]),
        name=row["name"],
        name_ru=row["name_ru"],
        name_en=row["name_en"],
        sees=Sight(row["sees"]),
        rights=known_rights(msgspec.json.decode(row["rights"])),
    )


_ROLE = "role_id, name, name_ru, name_en, sees, rights::text as rights"


async def insert_role(connection: Any, role: Role) -> RoleId:
    """A new role."""
    found = await connection.fetchval(
        """
        insert into role (name, name_ru, name_en, sees, rights) values ($1, $2, $3, $4, $5::text::jsonb)
        returning role_id
        """,
        role.name,
        role.name_ru,
        role.name_en,
        role.sees,
        msgspec.json.encode(sorted(role.rights)).decode(),
    )
    return RoleId(found)


async def update_role(connection: Any, role: Role) -> None:
    """All of it."""
    await connection.execute(
        """
        update role set name = $2, name_ru = $3, name_en = $4, sees = $5, rights = $6::text::jsonb
        where role_id = $1
        """,
        role.role_id,
        role.name,
        role.name_ru,
        role.name_en,
        role.sees,
        msgspec.json.encode(sorted(role.rights)).decode(),
    )


async def delete_role(connection: Any, role_id: RoleId) -> None:
    """A role that nobody has any more."""
    await connection.execute("delete from api_token where role_id = $1", role_id)
    await connection.execute("delete from role where role_id = $1", role_id)


async def find_role(connection: Any, role_id: RoleId) -> Role | None:
    """By id."""
    row = await connection.fetchrow(f"select {_ROLE} from role where role_id = $1", role_id)
    return None if row is None else _role(row)


async def find_role_of_name(connection: Any, name: str) -> Role | None:
    """By its short name: administrator, supervisor, agent, or one of your own."""
    row = await connection.fetchrow(f"select {_ROLE} from role where name = $1", name)
    return None if row is None else _role(row)


async def list_roles(connection: Any) -> list[Role]:
    """In the order in which they were made."""
    return [_role(row) for row in await connection.fetch(f"select {_ROLE} from role order by role_id")]


async def count_uses_of_role(connection: Any, role_id: RoleId) -> int:
    """People and live tokens with it."""
    found: int = await connection.fetchval(
        """
        select (select count(*) from person_role where role_id = $1)
            + (select count(*) from api_token where role_id = $1 and revoked_at is null)
        """,
        role_id,
    )
    return found


# --- sign-ins


async def insert_sign_in(  # noqa: PLR0913, one argument per column
    connection: Any,
    *,
    person_id: PersonId,
    token_hash: bytes,
    address: str,
    browser: str,
    at: datetime,
    expires_at: datetime,
    idle: timedelta,
) -> SignInId:
    """A sign-in begins."""
    found = await connection.fetchval(
        """ insert into sign_in (person_id, token_hash, address, browser, created_at, seen_at, expires_at,
        idle_ms) values ($1, $2, $3, $4, $5, $5, $6, $7) returning sign_in_id """,
        person_id,
        token_hash,
        address,
        browser,
        at,
        expires_at,
        idle // MILLISECOND,
    )
    await connection.execute("update person set seen_at = $2 where person_id = $1", person_id, at)
    return SignInId(found)


_ASKER = """
    select sign_in.sign_in_id, sign_in.person_id, sign_in.expires_at, sign_in.seen_at,
        person.must_change_password,
        coalesce(array_agg(role.sees) filter (where role.sees is not null), '{}') as sights,
        coalesce(jsonb_agg(role.rights) filter (where role.rights is not null), '[]')::text as rights
    from sign_in
    join person using (person_id)
    left join person_role using (person_id)
    left join role using (role_id)
    where sign_in.ended_at is null and sign_in.expires_at > $2 and not person.is_blocked
        and sign_in.seen_at + sign_in.idle_ms * interval '1 ms' > $2
"""


async def find_asker(connection: Any, token_hash: bytes, *, at: datetime) -> tuple[Asker, datetime] | None:
    """Who holds this sign-in's token and when he was seen; None if it ended, expired or is idle too long."""
    row = await connection.fetchrow(
        _ASKER + " and sign_in.token_hash = $1 group by sign_in.sign_in_id, person.person_id", token_hash, at
    )
    return None if row is None else (_asker(row), row["seen_at"])


async def find_asker_of_sign_in(connection: Any, sign_in_id: SignInId, *, at: datetime) -> Asker | None:
    """Who this sign-in is now; None if it ended: for sockets, which ask again every few seconds."""
    row = await connection.fetchrow(
        _ASKER + " and sign_in.sign_in_id = $1 group by sign_in.sign_in_id, person.person_id", sign_in_id, at
    )
    return None if row is None else _asker(row)


def _asker(row: Any) -> Asker:
    words = [word for rights in msgspec.json.decode(row["rights"]) for word in rights]
    return Asker(
        person_id=PersonId(row["person_id"]),
        sign_in_id=SignInId(row["sign_in_id"]),
        rights=known_rights(words),
        sees=widest([Sight(sight) for sight in row["sights"]]),
        must_change_password=row["must_change_password"],
        expires_at=row["expires_at"],
    )


async def touch_sign_in(connection: Any, sign_in_id: SignInId, *, at: datetime) -> None:
    """The person is there."""
    await connection.execute(
        """ with seen as (update sign_in set seen_at = greatest(seen_at, $2) where sign_in_id = $1 returning
        person_id) update person set seen_at = $2 from seen where person.person_id = seen.person_id """,
        sign_in_id,
        at,
    )


async def end_sign_ins(
    connection: Any,
    *,
    at: datetime,
    ended_by: str,
    person_id: PersonId | None = None,
    sign_in_id: SignInId | None = None,
    but: SignInId | None = None,
) -> list[SignInId]:
    """End one, or all of a person (but one). Their secrets go, their sockets are told. Gives the ended
    ones."""
    rows = await connection.fetch(
        """
        update sign_in set ended_at = $1, ended_by = $2
        where ended_at is null and ($3::integer is null or person_id = $3)
            and ($4::bigint is null or sign_in_id = $4) and ($5::bigint is null or sign_in_id <> $5)
            and ($3::integer is not null or $4::bigint is not null)
        returning sign_in_id
        """,
        at,
        ended_by,
        person_id,
        sign_in_id,
        but,
    )
    ended = [SignInId(row["sign_in_id"]) for row in rows]
    await forget_sign_ins(connection, ended)
    return ended


async def forget_sign_ins(connection: Any, ended: list[SignInId]) -> None:
    """Secrets and tickets of ended sign-ins go; whoever listens hears of each."""
    await connection.execute("delete from secret where sign_in_id = any($1::bigint[])", ended)
    await connection.execute("delete from live_ticket where sign_in_id = any($1::bigint[])", ended)
    for sign_in_id in ended:
        await connection.execute("select pg_notify($1, $2)", ENDED_CHANNEL, str(sign_in_id))


async def end_stale_sign_ins(connection: Any, *, at: datetime) -> list[SignInId]:
    """End those that expired or were idle too long."""
    rows = await connection.fetch(
        """
        update sign_in set ended_at = $1, ended_by = 'time'
        where ended_at is null and (expires_at <= $1 or seen_at + idle_ms * interval '1 ms' <= $1)
        returning sign_in_id
        """,
        at,
    )
    ended = [SignInId(row["sign_in_id"]) for row in rows]
    await forget_sign_ins(connection, ended)
    return ended


async def list_sign_ins(connection: Any, person_id: PersonId, *, at: datetime) -> list[SignIn]:
    """The live ones of a person, newest first."""
    rows = await connection.fetch(
        f"""
        select {_SIGN_IN} from sign_in
        where person_id = $1 and ended_at is null and expires_at > $2
            and seen_at + idle_ms * interval '1 ms' > $2
        order by created_at desc, sign_in_id desc
        """,
        person_id,
        at,
    )
    return [SignIn(**dict(row)) for row in rows]


async def find_sign_in(connection: Any, sign_in_id: SignInId) -> SignIn | None:
    """By id, live or ended."""
    row = await connection.fetchrow(f"select {_SIGN_IN} from sign_in where sign_in_id = $1", sign_in_id)
    return None if row is None else SignIn(**dict(row))


async def has_signed_in_from(connection: Any, person_id: PersonId, address: str, *, since: datetime) -> bool:
    """Whether this person has signed in from this address since then."""
    found = await connection.fetchval(
        "select exists (select 1 from sign_in where person_id = $1 and address = $2 and created_at >= $3)",
        person_id,
        address,
        since,
    )
    return bool(found)


# --- wrong passwords


async def failures_of(
    connection: Any, keys: list[bytes], *, since: datetime
) -> list[tuple[int, datetime | None]]:
    """How many failures each key has, and when the last was; older ones are forgotten."""
    rows = await connection.fetch(
        """
        select key_hash, failures, last_at from sign_in_delay
        where key_hash = any($1::bytea[]) and last_at > $2
        """,
        keys,
        since,
    )
    found = {row["key_hash"]: (row["failures"], row["last_at"]) for row in rows}
    return [found.get(key, (0, None)) for key in keys]


async def add_failure(connection: Any, key: bytes, *, at: datetime, forgotten_before: datetime) -> None:
    """One more; the count begins anew after a quiet time."""
    await connection.execute(
        """
        insert into sign_in_delay (key_hash, failures, last_at) values ($1, 1, $2)
        on conflict (key_hash) do update set
            failures = case when sign_in_delay.last_at <= $3 then 1 else sign_in_delay.failures + 1 end,
            last_at = greatest(sign_in_delay.last_at, $2)
        """,
        key,
        at,
        forgotten_before,
    )


async def lock_key(connection: Any, key: bytes) -> None:
    """One try at a time for this key, until the transaction ends."""
    await connection.execute(
        "select pg_advisory_xact_lock(hashtextextended(encode($1::bytea, 'hex'), 77))", key
    )


async def take_failure_back(connection: Any, key: bytes) -> None:
    """A try that was counted beforehand and was right."""
    await connection.execute(
        "update sign_in_delay set failures = greatest(failures - 1, 0) where key_hash = $1", key
    )


async def forget_failures(connection: Any, key: bytes) -> None:
    """After a right password."""
    await connection.execute("delete from sign_in_delay where key_hash = $1", key)


async def forget_old_failures(connection: Any, *, before: datetime) -> None:
    """The table stays small."""
    await connection.execute("delete from sign_in_delay where last_at <= $1", before)


# --- one-time links


async def insert_reset_link(
    connection: Any,
    *,
    token_hash: bytes,
    person_id: PersonId,
    by: PersonId,
    at: datetime,
    expires_at: datetime,
) -> None:
    """A new link; earlier ones of this person stop working."""
    await connection.execute("delete from reset_link where person_id = $1", person_id)
    await connection.execute(
        """
        insert into reset_link (token_hash, person_id, created_by, created_at, expires_at)
        values ($1, $2, $3, $4, $5)
        """,
        token_hash,
        person_id,
        by,
        at,
        expires_at,
    )


async def find_reset_link(connection: Any, token_hash: bytes, *, at: datetime) -> Person | None:
    """Whose link this is, if it still works."""
    row = await connection.fetchrow(
        f"""
        select {_PERSON} from person join reset_link using (person_id)
        where reset_link.token_hash = $1 and reset_link.expires_at > $2 and not person.is_blocked
        """,
        token_hash,
        at,
    )
    return None if row is None else _person(row)


async def use_reset_link(connection: Any, token_hash: bytes, *, at: datetime) -> PersonId | None:
    """Take the link: whose it was, or None. Only one of two who try at once gets it."""
    found = await connection.fetchval(
        """
        delete from reset_link using person
        where reset_link.token_hash = $1 and reset_link.expires_at > $2
            and person.person_id = reset_link.person_id and not person.is_blocked
        returning reset_link.person_id
        """,
        token_hash,
        at,
    )
    return None if found is None else PersonId(found)


async def delete_reset_links(connection: Any, person_id: PersonId) -> None:
    """None of this person works any more."""
    await connection.execute("delete from reset_link where person_id = $1", person_id)


# --- tokens of programs, tickets of feeds


async def insert_api_token(
    connection: Any,
    *,
    name: str,
    role_id: RoleId,
    token_hash: bytes,
    by: PersonId,
    at: datetime,
    expires_at: datetime | None,
) -> TokenId:
    """A program's key."""
    found = await connection.fetchval(
        """
        insert into api_token (name, role_id, token_hash, created_by, created_at, expires_at)
        values ($1, $2, $3, $4, $5, $6) returning token_id
        """,
        name,
        role_id,
        token_hash,
        by,
        at,
        expires_at,
    )
    return TokenId(found)


async def find_asker_of_token(connection: Any, token_hash: bytes, *, at: datetime) -> Asker | None:
    """Which program holds this token."""
    row = await connection.fetchrow(
        """ select token_id, api_token.expires_at, role.sees, role.rights::text as rights, api_token.used_at
        from api_token join role using (role_id) where token_hash = $1 and revoked_at is null and
        (api_token.expires_at is null or api_token.expires_at > $2) """,
        token_hash,
        at,
    )
    if row is None:
        return None
    if row["used_at"] is None or at - row["used_at"] > timedelta(minutes=1):
        await connection.execute("update api_token set used_at = $2 where token_id = $1", row["token_id"], at)
    return Asker(
        token_id=TokenId(row["token_id"]),
        rights=known_rights(msgspec.json.decode(row["rights"])),
        sees=Sight(row["sees"]),
        expires_at=row["expires_at"],
    )


async def list_api_tokens(connection: Any) -> list[ApiToken]:
    """All, revoked ones too, newest first."""
    rows = await connection.fetch(f"select {_TOKEN} from api_token order by token_id desc")
    return [ApiToken(**dict(row)) for row in rows]


async def revoke_api_token(connection: Any, token_id: TokenId, *, at: datetime) -> bool:
    """Whether there was a live one."""
    found = await connection.fetchval(
        "update api_token set revoked_at = $2 where token_id = $1 and revoked_at is null returning token_id",
        token_id,
        at,
    )
    return found is not None


async def insert_live_ticket(
    connection: Any, ticket_hash: bytes, sign_in_id: SignInId, *, at: datetime, expires_at: datetime
) -> None:
    """For one socket, once. Old ones are swept on the way."""
    await connection.execute("delete from live_ticket where expires_at <= $1", at)
    await connection.execute(
        "insert into live_ticket (ticket_hash, sign_in_id, expires_at) values ($1, $2, $3)",
        ticket_hash,
        sign_in_id,
        expires_at,
    )


async def use_live_ticket(connection: Any, ticket_hash: bytes, *, at: datetime) -> SignInId | None:
    """Take it: whose it was, or None."""
    found = await connection.fetchrow(
        "delete from live_ticket where ticket_hash = $1 returning sign_in_id, expires_at", ticket_hash
    )
    return SignInId(found["sign_in_id"]) if found is not None and found["expires_at"] > at else None


# --- secrets


async def next_secret_id(connection: Any) -> SecretId:
    """Known before the row, because the sealed value is bound to it."""
    found = await connection.fetchval("select nextval(pg_get_serial_sequence('secret', 'secret_id'))")
    return SecretId(found)


async def insert_secret(
    connection: Any, secret_id: SecretId, kind: str, sealed: bytes, *, at: datetime, sign_in_id: SignInId
) -> None:
    """A sealed value; sign_in_id 0: it lives until it is deleted."""
    await connection.execute(
        "insert into secret (secret_id, kind, sealed, sign_in_id, created_at) values ($1, $2, $3, $4, $5)",
        secret_id,
        kind,
        sealed,
        sign_in_id or None,
        at,
    )


async def find_secret(connection: Any, secret_id: SecretId) -> tuple[str, bytes] | None:
    """Its kind and the sealed value."""
    row = await connection.fetchrow("select kind, sealed from secret where secret_id = $1", secret_id)
    return None if row is None else (row["kind"], row["sealed"])


async def delete_secret(connection: Any, secret_id: SecretId) -> None:
    """Forget it."""
    await connection.execute("delete from secret where secret_id = $1", secret_id)


# --- audit


async def insert_audit(  # noqa: PLR0913, one argument per column
    connection: Any,
    *,
    at: datetime,
    person_id: PersonId,
    sign_in_id: SignInId,
    token_id: TokenId,
    address: str,
    action: str,
    entity: str,
    entity_id: int,
    facts: dict[str, Any],
) -> None:
    """One line; there is no way to change it."""
    await connection.execute(
        """
        insert into audit (at, person_id, sign_in_id, token_id, address, action, entity, entity_id, facts)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9::text::jsonb)
        """,
        at,
        person_id,
        sign_in_id,
        token_id,
        address,
        action,
        entity,
        entity_id,
        msgspec.json.encode(facts).decode(),
    )


async def list_audit(
    connection: Any,
    *,
    person_id: PersonId | None = None,
    action: str = "",
    before_audit: int = 0,
    limit: int = 100,
) -> list[AuditLine]:
    """The newest first. before_audit: only older ones than that line."""
    rows = await connection.fetch(
        """
        select audit_id, at, person_id, sign_in_id, token_id, address, action, entity, entity_id,
            facts::text as facts
        from audit
        where ($1::integer is null or person_id = $1) and ($2 = '' or action = $2)
            and ($3 = 0 or audit_id < $3)
        order by audit_id desc limit $4
        """,
        person_id,
        action,
        before_audit,
        limit,
    )
    return [AuditLine(**{**dict(row), "facts": msgspec.json.decode(row["facts"])}) for row in rows]


async def list_audit_of(
    connection: Any, entity: str, facts: dict[str, Any], *, limit: int = 100
) -> list[AuditLine]:
    """Lines about what these facts name, the newest first: a thing that has a name and no id."""
    rows = await connection.fetch(
        """
        select audit_id, at, person_id, sign_in_id, token_id, address, action, entity, entity_id,
            facts::text as facts
        from audit where entity = $1 and facts @> ($2::text)::jsonb
        order by audit_id desc limit $3
        """,
        entity,
        msgspec.json.encode(facts).decode(),
        limit,
    )
    return [AuditLine(**{**dict(row), "facts": msgspec.json.decode(row["facts"])}) for row in rows]


async def list_audit_about(
    connection: Any, entity: str, entity_id: int, *, limit: int = 100
) -> list[AuditLine]:
    """Lines about one thing, the newest first."""
    rows = await connection.fetch(
        """
        select audit_id, at, person_id, sign_in_id, token_id, address, action, entity, entity_id,
            facts::text as facts
        from audit where entity = $1 and entity_id = $2 order by audit_id desc limit $3
        """,
        entity,
        entity_id,
        limit,
    )
    return [AuditLine(**{**dict(row), "facts": msgspec.json.decode(row["facts"])}) for row in rows]


async def is_noted(
    connection: Any, person_id: PersonId, action: str, entity_id: int, since: datetime
) -> bool:
    """Whether this person did this to it since then."""
    found = await connection.fetchval(
        """
        select exists (
            select from audit where person_id = $1 and at >= $2 and action = $3 and entity_id = $4
        )
        """,
        person_id,
        since,
        action,
        entity_id,
    )
    return bool(found)
