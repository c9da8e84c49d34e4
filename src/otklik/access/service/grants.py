"""Nobody gives or touches more than he has, and somebody can always let others in."""

from typing import Any

from otklik.access import store
from otklik.access.model import Person, RoleId
from otklik.access.rights import Right
from otklik.access.service.audit import By
from otklik.vocabulary.ids import PersonId
from otklik.vocabulary.refusals import Forbidden, Invalid, NotFound, Refused

ADMINISTRATION = (Right.MANAGE_PEOPLE, Right.MANAGE_ROLES)
"""Somebody must always have these, or nobody could ever be let in again."""


async def check_may_give(
    connection: Any, role_ids: tuple[RoleId, ...], by: By, *, place: str = "role_ids"
) -> None:
    """Nobody gives more than he has, unless roles are his business."""
    for role_id in role_ids:
        role = await store.find_role(connection, role_id)
        if role is None:
            raise Invalid("unknown_role", place=place, id=role_id)
        if Right.MANAGE_ROLES not in by.rights and not role.rights <= by.rights:
            raise Forbidden("rights_beyond_own", rights=sorted(role.rights - by.rights))


async def find_touchable(connection: Any, person_id: PersonId, by: By) -> Person:
    """The person, unless he has more rights than the asker: or who manages people could become an
    administrator by a reset link."""
    person = await store.find_person(connection, person_id, lock=True)
    if person is None:
        raise NotFound("unknown_person")
    await check_may_give(connection, person.role_ids, by)
    return person


async def find_again(connection: Any, person_id: PersonId) -> Person:
    """As it is now; it was there a moment ago."""
    person = await store.find_person(connection, person_id)
    assert person is not None
    return person


async def begin_change_of_rights(connection: Any) -> bool:
    """Whether somebody can let others in, now; one change of rights at a time from here on."""
    await store.lock_administration(connection)
    return await store.count_people_with(connection, ADMINISTRATION) > 0


async def check_still_administered(connection: Any, *, was: bool) -> None:
    """Refuses `last_administrator` when nobody is left who can let others in."""
    if was and not await store.count_people_with(connection, ADMINISTRATION):
        raise Refused("last_administrator")
