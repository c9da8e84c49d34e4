"""Editable sets of rights."""

import re
from datetime import datetime
from typing import Any

import msgspec

from otklik.access import store
from otklik.access.model import Role, RoleId
from otklik.access.rights import STARTER_ROLES
from otklik.access.service.audit import By, write_line
from otklik.access.service.grants import begin_change_of_rights, check_still_administered
from otklik.vocabulary.refusals import Forbidden, Invalid, NotFound, Refused
from otklik.vocabulary.text import name_of

_ROLE_NAME = re.compile(r"[a-z][a-z0-9_]{1,63}")


async def save_role(connection: Any, role: Role, *, by: By, at: datetime, address: str = "") -> Role:
    """A new one (id 0) or a changed one; whoever has it feels it at once.

    Refuses `role_name_taken`, `last_administrator`, Forbidden `rights_beyond_own`, NotFound `unknown_role`.
    """
    was_administered = await begin_change_of_rights(connection)
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
        await check_still_administered(connection, was=was_administered)
    await write_line(
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
    await write_line(
        connection,
        by,
        "role.removed",
        at=at,
        address=address,
        entity="role",
        entity_id=role_id,
        name=role.name,
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


def _name_for(roles: list[Role]) -> str:
    """A short name for a role that was given none."""
    taken = {role.name for role in roles}
    return next(name for number in range(1, len(taken) + 2) if (name := f"role_{number}") not in taken)
