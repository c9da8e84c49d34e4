"""People and what belongs to them: roles, reset links, phones, tokens.

A person stands in room `access`, which only `web` writes; whether he is an agent, with teams and skills, is
read by the engine and changes by a command. Both happen in one request: the rows of `access` are committed
only after the engine has taken its part, and taken back when it refuses.
"""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request

from otklik.access import secrets
from otklik.access import service as access
from otklik.access import store as people
from otklik.access.model import Person, Role, RoleId, TokenId, WallTokenId
from otklik.access.passwords import check_password
from otklik.access.rights import Right, Sight, known_rights
from otklik.api.engine import change, forget_agent, question
from otklik.api.parts import Parts, Serves
from otklik.api.route import Route
from otklik.api.routes.organization import LOOKING
from otklik.api.schemas.base import Id
from otklik.api.schemas.organization import (
    AuditRow,
    DeviceNew,
    DeviceRow,
    PersonChange,
    PersonNew,
    PersonRow,
    Removed,
    ResetLink,
    RoleRow,
    RoleSave,
    TokenNew,
    TokenRow,
    WallNew,
    WallRow,
)
from otklik.api.sign_in import Who, address_of, requires
from otklik.organization import commands as ask
from otklik.organization import store
from otklik.organization.model import SELF_TEST, Agent, Device, DeviceId, DeviceKind
from otklik.switchboard.client import EngineAway
from otklik.vocabulary.ids import AgentId, PersonId, SkillId, TeamId
from otklik.vocabulary.refusals import Invalid, NotFound

router = APIRouter(prefix="/api/v1", tags=["people"], route_class=Route)

Manages = Annotated[Who, requires(Right.MANAGE_PEOPLE)]
HAS_BROWSER_PHONE = "has_browser_phone"


# --- rows


async def rows_of(parts: Parts, connection: Any, found: list[Person]) -> list[PersonRow]:
    """People with what the engine knows of them."""
    agents = {
        agent.agent_id: agent for agent in await store.list_things(connection, "agent", site_id=parts.site_id)
    }
    signed_in = await people.signed_in_ids(connection, at=parts.clock.now())
    rows = []
    for person in found:
        agent = agents.get(AgentId(person.person_id))
        rows.append(
            PersonRow.model_validate(
                {
                    "id": person.person_id,
                    "login": person.login,
                    "name": person.name,
                    "is_blocked": person.is_blocked,
                    "is_robot": person.is_robot,
                    "role_ids": list(person.role_ids),
                    "team_ids": list(agent.team_ids) if agent else [],
                    "skills": dict(agent.skills) if agent else {},
                    HAS_BROWSER_PHONE: bool(person.preferences.get(HAS_BROWSER_PHONE, True)),
                    "language": person.language or "ru",
                    "last_seen_at": person.seen_at,
                    "signed_in": person.person_id in signed_in,
                }
            )
        )
    return rows


async def row_of(parts: Parts, person_id: int, seq: int | None = None) -> PersonRow:
    """One person as he stands in the database now."""
    async with parts.reading() as connection:
        person = await people.find_person(connection, PersonId(person_id))
        if person is None or person_id == SELF_TEST:
            raise NotFound("unknown_person", person_id=person_id)
        (row,) = await rows_of(parts, connection, [person])
    return row if seq is None else row.model_copy(update={"seq": seq})


# --- people


@router.get("/people")
async def list_people(
    who: Annotated[Who, requires(Right.MANAGE_PEOPLE, Right.MANAGE_TEAMS, *LOOKING)], parts: Serves
) -> list[PersonRow]:
    """All of them; whoever only looks at work sees the agents of his teams."""
    async with parts.reading() as connection:
        found = await people.list_people(connection)
        rows = await rows_of(parts, connection, [one for one in found if one.person_id != SELF_TEST])
    if who.may(Right.MANAGE_PEOPLE) or who.sees is Sight.ALL:
        return rows
    return [
        row
        for row in rows
        if row.id == who.person_id or not who.team_ids.isdisjoint(map(TeamId, row.team_ids))
    ]


@router.post("/people", status_code=201)
async def create_person(who: Manages, request: Request, parts: Serves, body: PersonNew) -> PersonRow:
    """A new person; without a password he needs a reset link first."""
    password_hash = ""
    if body.password is not None:
        check_password(body.password, login=body.login, name=body.name)
        password_hash = await parts.passwords.hash(body.password)
    person = Person(
        login=body.login,
        name=body.name,
        language=body.language,
        role_ids=tuple(RoleId(role_id) for role_id in body.role_ids),
    )
    async with parts.writing() as connection:
        made = await access.create_person(
            connection,
            person,
            by=who,
            at=parts.clock.now(),
            password_hash=password_hash,
            address=address_of(request),
        )
        await _set_phone(connection, made, has_browser_phone=body.has_browser_phone)
        seq = await _save_agent(parts, connection, who, made, body)
    return await row_of(parts, made.person_id, seq)


@router.get("/people/{person_id}")
async def find_person(who: Manages, parts: Serves, person_id: Id) -> PersonRow:
    """One."""
    return await row_of(parts, person_id)


@router.put("/people/{person_id}")
async def change_person(
    who: Manages, request: Request, parts: Serves, person_id: Id, body: PersonChange
) -> PersonRow:
    """Change one; his rights change at once."""
    async with parts.writing() as connection:
        before = await people.find_person(connection, PersonId(person_id))
        if before is None or person_id == SELF_TEST:
            raise NotFound("unknown_person", person_id=person_id)
        changed = await access.change_person(
            connection,
            msgspec.structs.replace(
                before,
                login=body.login,
                name=body.name,
                language=body.language,
                role_ids=tuple(RoleId(role_id) for role_id in body.role_ids),
            ),
            by=who,
            at=parts.clock.now(),
            address=address_of(request),
        )
        await _set_phone(connection, changed, has_browser_phone=body.has_browser_phone)
        seq = await _save_agent(parts, connection, who, changed, body)
    return await row_of(parts, person_id, seq)


@router.delete("/people/{person_id}")
async def remove_person(who: Manages, request: Request, parts: Serves, person_id: Id) -> PersonRow:
    """People are never deleted, because facts of years ago name them: he is blocked for good."""
    return await _block(who, request, parts, person_id)


@router.post("/people/{person_id}/block")
async def block_person(who: Manages, request: Request, parts: Serves, person_id: Id) -> PersonRow:
    """He signs in no more, and what is signed in ends; calls come to him no more."""
    return await _block(who, request, parts, person_id)


@router.post("/people/{person_id}/unblock")
async def unblock_person(who: Manages, request: Request, parts: Serves, person_id: Id) -> PersonRow:
    """He may sign in again."""
    async with parts.writing() as connection:
        await access.unblock(
            connection, PersonId(person_id), by=who, at=parts.clock.now(), address=address_of(request)
        )
        person = await people.find_person(connection, PersonId(person_id))
        assert person is not None, "found just now"
        seq = await _save_agent(parts, connection, who, person)
    return await row_of(parts, person_id, seq)


@router.post("/people/{person_id}/end-sign-ins")
async def end_sign_ins(who: Manages, request: Request, parts: Serves, person_id: Id) -> PersonRow:
    """All his open pages close within seconds."""
    async with parts.writing() as connection:
        await access.end_sign_ins(
            connection, PersonId(person_id), by=who, at=parts.clock.now(), address=address_of(request)
        )
    await forget_agent(parts, PersonId(person_id))
    return await row_of(parts, person_id)


@router.post("/people/{person_id}/reset-link")
async def make_reset_link(who: Manages, request: Request, parts: Serves, person_id: Id) -> ResetLink:
    """A one-time link with which he sets a password himself; shown once."""
    async with parts.writing() as connection:
        token, expires_at = await access.make_reset_link(
            connection, PersonId(person_id), by=who, at=parts.clock.now(), address=address_of(request)
        )
    base = str(request.base_url).rstrip("/")
    return ResetLink(url=f"{base}/reset/{token}", expires_at=expires_at)


async def _block(who: Who, request: Request, parts: Parts, person_id: int) -> PersonRow:
    async with parts.writing() as connection:
        await access.block(
            connection, PersonId(person_id), by=who, at=parts.clock.now(), address=address_of(request)
        )
        person = await people.find_person(connection, PersonId(person_id))
        assert person is not None, "blocked just now"
        seq = await _save_agent(parts, connection, who, person)
    return await row_of(parts, person_id, seq)


async def _set_phone(connection: Any, person: Person, *, has_browser_phone: bool) -> None:
    if bool(person.preferences.get(HAS_BROWSER_PHONE, True)) != has_browser_phone:
        preferences = {**person.preferences, HAS_BROWSER_PHONE: has_browser_phone}
        await people.set_preferences(connection, person.person_id, person.language, preferences)


async def _save_agent(
    parts: Parts,
    connection: Any,
    who: Who,
    person: Person,
    form: PersonNew | PersonChange | None = None,
) -> int | None:
    """Tell the engine whether he is an agent, and which; None when it need not know him.

    form None: teams and skills stay as they are.
    """
    known: Agent | None = await store.find_thing(connection, "agent", person.person_id, site_id=parts.site_id)
    roles = {role.role_id: role for role in await people.list_roles(connection)}
    takes_calls = any(Right.TAKE_CALLS in roles[role_id].rights for role_id in person.role_ids)
    team_ids = known.team_ids if known else ()
    skills = dict(known.skills) if known else {}
    if form is not None:
        team_ids = tuple(TeamId(team_id) for team_id in form.team_ids)
        skills = {SkillId(skill_id): level for skill_id, level in form.skills.items()}
    if known is None and not takes_calls and not team_ids and not skills:
        return None
    agent = Agent(
        agent_id=AgentId(person.person_id),
        team_ids=team_ids,
        skills=skills,
        is_active=takes_calls and not person.is_blocked,
    )
    if agent == known:
        return None
    seq, _ = await change(parts, who.person_id, ask.SaveAgent(agent=agent), thing="agent")
    return seq


# --- phones of people


ManagesDevices = Annotated[Who, requires(Right.MANAGE_DEVICES)]


@router.get("/people/{person_id}/devices")
async def list_devices(who: ManagesDevices, parts: Serves, person_id: Id) -> list[DeviceRow]:
    """What may ring at him."""
    async with parts.reading() as connection:
        devices = await store.list_things(connection, "device", site_id=parts.site_id)
    registered = await _registered(parts)
    return [
        device_row(parts, device, device.login in registered)
        for device in devices
        if device.agent_id == person_id
    ]


@router.post("/people/{person_id}/devices", status_code=201)
async def create_device(
    who: ManagesDevices, request: Request, parts: Serves, person_id: Id, body: DeviceNew
) -> DeviceRow:
    """A SIP phone with a long-lived secret of its own; the secret is shown this once."""
    async with parts.reading() as connection:
        agent = await store.find_thing(connection, "agent", person_id, site_id=parts.site_id)
        known = await store.list_things(connection, "device", site_id=parts.site_id)
    if agent is None:
        raise NotFound("unknown_agent", agent_id=person_id)
    logins = {device.login for device in known}
    login = next(
        name for number in range(1, len(logins) + 2) if (name := f"phone-{person_id}-{number}") not in logins
    )
    at = parts.clock.now()
    password = secrets.new_secret()
    async with parts.writing() as connection:
        secret_id = await secrets.write_secret(connection, parts.secret_key, "device", password, at=at)
        await access.note(
            connection,
            "device.created",
            by=who,
            at=at,
            address=address_of(request),
            entity="person",
            entity_id=person_id,
            facts={"login": login},
        )
    device = Device(
        agent_id=AgentId(person_id),
        kind=DeviceKind.SIP,
        login=login,
        secret_id=secret_id,
        codecs=tuple(body.codecs),
    )
    try:
        seq, device_id = await change(parts, who.person_id, ask.SaveDevice(device=device), thing="device")
    except EngineAway:
        # It may have been taken all the same: the secret stays.
        raise
    except Exception:
        # Nobody will ever use this secret.
        async with parts.writing() as connection:
            await secrets.delete_secret(connection, secret_id)
        raise
    row = device_row(parts, msgspec.structs.replace(device, device_id=DeviceId(device_id)), False)
    return row.model_copy(update={"secret": password, "seq": seq})


@router.delete("/people/{person_id}/devices/{device_id}")
async def remove_device(
    who: ManagesDevices, request: Request, parts: Serves, person_id: Id, device_id: Id
) -> Removed:
    """Its secret stops working at once."""
    async with parts.reading() as connection:
        device: Device | None = await store.find_thing(connection, "device", device_id, site_id=parts.site_id)
    if device is None or device.agent_id != person_id:
        raise NotFound("unknown_device", device_id=device_id)
    seq, _ = await change(parts, who.person_id, ask.RemoveDevice(device_id=device.device_id), thing="device")
    async with parts.writing() as connection:
        await secrets.delete_secret(connection, device.secret_id)
        await access.note(
            connection,
            "device.removed",
            by=who,
            at=parts.clock.now(),
            address=address_of(request),
            entity="person",
            entity_id=person_id,
            facts={"login": device.login},
        )
    return Removed(seq=seq)


def device_row(parts: Parts, device: Device, registered: bool) -> DeviceRow:
    """Without its secret."""
    return DeviceRow.model_validate(
        {
            "id": device.device_id,
            "kind": device.kind.value,
            "login": device.login,
            "server": parts.sip_server,
            "secret": None,
            "codecs": list(device.codecs),
            "registered": registered,
        }
    )


async def _registered(parts: Parts) -> set[str]:
    try:
        return set((await question(parts, "devices")).get("reachable", ()))
    except EngineAway:
        return set()


# --- roles


ManagesRoles = Annotated[Who, requires(Right.MANAGE_ROLES)]


@router.get("/roles")
async def list_roles(
    who: Annotated[Who, requires(Right.MANAGE_ROLES, Right.MANAGE_PEOPLE)], parts: Serves
) -> list[RoleRow]:
    """All of them, with the number of people who have each."""
    async with parts.reading() as connection:
        roles = await people.list_roles(connection)
        everybody = await people.list_people(connection)
    return [role_row(role, sum(role.role_id in person.role_ids for person in everybody)) for role in roles]


@router.post("/roles", status_code=201)
async def create_role(who: ManagesRoles, request: Request, parts: Serves, body: RoleSave) -> RoleRow:
    """A new one."""
    return await _save_role(who, request, parts, body, 0)


@router.get("/roles/{role_id}")
async def find_role(who: ManagesRoles, parts: Serves, role_id: Id) -> RoleRow:
    """One."""
    async with parts.reading() as connection:
        role = await people.find_role(connection, RoleId(role_id))
        everybody = await people.list_people(connection)
    if role is None:
        raise NotFound("unknown_role", role_id=role_id)
    return role_row(role, sum(role.role_id in person.role_ids for person in everybody))


@router.put("/roles/{role_id}")
async def change_role(
    who: ManagesRoles, request: Request, parts: Serves, role_id: Id, body: RoleSave
) -> RoleRow:
    """Whoever has it feels it at once; those who may take calls now become agents."""
    return await _save_role(who, request, parts, body, role_id)


@router.delete("/roles/{role_id}", status_code=204)
async def remove_role(who: ManagesRoles, request: Request, parts: Serves, role_id: Id) -> None:
    """Only one that nobody has."""
    async with parts.writing() as connection:
        await access.remove_role(
            connection, RoleId(role_id), by=who, at=parts.clock.now(), address=address_of(request)
        )


async def _save_role(who: Who, request: Request, parts: Parts, body: RoleSave, role_id: int) -> RoleRow:
    rights = known_rights(body.rights)
    unknown = sorted(set(body.rights) - {right.value for right in rights})
    if unknown:
        raise Invalid("unknown_right", "rights", rights=unknown)
    async with parts.writing() as connection:
        saved = await access.save_role(
            connection,
            Role(
                role_id=RoleId(role_id),
                name_ru=body.name_ru,
                name_en=body.name_en,
                sees=Sight(body.sees),
                rights=rights,
            ),
            by=who,
            at=parts.clock.now(),
            address=address_of(request),
        )
        having = [
            person
            for person in await people.list_people(connection)
            if saved.role_id in person.role_ids and person.person_id != SELF_TEST
        ]
        for person in having:
            await _save_agent(parts, connection, who, person)
    return role_row(saved, len(having))


def role_row(role: Role, count: int) -> RoleRow:
    """A role."""
    return RoleRow.model_validate(
        {
            "id": role.role_id,
            "name_ru": role.name_ru,
            "name_en": role.name_en,
            "sees": role.sees.value,
            "rights": sorted(right.value for right in role.rights),
            "people": count,
        }
    )


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
    before: Annotated[int, Query(ge=0, le=2**62)] = 0,
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
