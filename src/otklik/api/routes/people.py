"""People and what belongs to them: roles, reset links, phones, tokens.

A person stands in room `access`, which only `web` writes; whether he is an agent, with teams and skills, is
read by the engine and changes by a command. Both happen in one request: the rows of `access` are committed
only after the engine has taken its part, and taken back when it refuses.
"""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Request

from otklik.access import service as access
from otklik.access import store as people
from otklik.access.model import Person, Role, RoleId
from otklik.access.passwords import check_password
from otklik.access.rights import Right, Sight, known_rights
from otklik.acd.model import Channel
from otklik.api.engine import change, forget_agent
from otklik.api.parts import Parts, Serves
from otklik.api.route import Route
from otklik.api.routes.organization import LOOKING
from otklik.api.routes.organization_forms import duration
from otklik.api.schemas.base import Id
from otklik.api.schemas.organization import (
    PersonChange,
    PersonNew,
    PersonRow,
    ResetLink,
    RoleRow,
    RoleSave,
)
from otklik.api.sign_in import Who, address_of, requires
from otklik.organization import commands as ask
from otklik.organization import store
from otklik.organization.model import SELF_TEST, Agent
from otklik.vocabulary.ids import AgentId, PersonId, QueueId, SkillId, TeamId
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
                    "preferences": dict(agent.preferences) if agent else {},
                    "ring_timeout_seconds": (
                        agent.ring_timeout.total_seconds() if agent and agent.ring_timeout else None
                    ),
                    "capacities": dict(agent.capacities) if agent else {},
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
    preferences = dict(known.preferences) if known else {}
    ring_timeout = known.ring_timeout if known else None
    capacities = dict(known.capacities) if known else {}
    if form is not None:
        team_ids = tuple(TeamId(team_id) for team_id in form.team_ids)
        skills = {SkillId(skill_id): level for skill_id, level in form.skills.items()}
        preferences = {QueueId(queue_id): place for queue_id, place in form.preferences.items()}
        seconds = form.ring_timeout_seconds
        ring_timeout = None if seconds is None else duration(seconds)
        if form.capacities is not None:
            capacities = {Channel(channel): capacity for channel, capacity in form.capacities.items()}
    if known is None and not takes_calls and not team_ids and not skills:
        return None
    agent = Agent(
        agent_id=AgentId(person.person_id),
        team_ids=team_ids,
        skills=skills,
        is_active=takes_calls and not person.is_blocked,
        preferences=preferences,
        ring_timeout=ring_timeout,
        capacities=capacities,
    )
    if agent == known:
        return None
    seq, _ = await change(parts, who.person_id, ask.SaveAgent(agent=agent), thing="agent")
    return seq


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
