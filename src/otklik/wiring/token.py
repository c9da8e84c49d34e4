"""What a person who can read HOME may do from the command line about sign-in: tokens, and ways back in."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import click

from otklik.access import service, store
from otklik.clock import SystemClock
from otklik.settings import Settings
from otklik.vocabulary.refusals import Invalid
from otklik.wiring.console import complain, with_database

NAME_WITHOUT_ONE = "command line"


def main(settings: Settings, *, role: str, name: str, days: int | None) -> int:
    """Make a token with the rights of a role and print it alone on a line; 1 if there is no such role."""

    async def work(connection: Any) -> int:
        found = await store.find_role_of_name(connection, role)
        if found is None:
            roles = ", ".join(known.name for known in await store.list_roles(connection))
            return complain("access.unknown_role", role=role, roles=roles)
        at = SystemClock().now()
        try:
            token, _ = await service.create_token(
                connection,
                name=name or NAME_WITHOUT_ONE,
                role_id=found.role_id,
                by=service.THE_PROGRAM,
                at=at,
                expires_at=at + timedelta(days=days) if days else None,
            )
        except Invalid as invalid:
            return complain("access.invalid_name", code=invalid.code)
        click.echo(token)
        return 0

    return asyncio.run(_in_transaction(settings, work))


def reset_link(settings: Settings, *, login: str) -> int:
    """Print a one-time link by which a person sets a new password; 1 if there is no such person.

    The way back in when no administrator can sign in: who reads HOME could read the database, too.
    """

    async def work(connection: Any) -> int:
        found = await store.find_login(connection, login)
        if found is None or found[0].is_robot:
            return complain("access.unknown_login", login=login)
        person, _ = found
        if person.is_blocked:
            return complain("access.blocked", login=login)
        token, _ = await service.make_reset_link(
            connection, person.person_id, by=service.THE_PROGRAM, at=SystemClock().now()
        )
        click.echo(f"http://localhost:{settings.port}/reset/{token}")
        return 0

    return asyncio.run(_in_transaction(settings, work))


async def _in_transaction(settings: Settings, work: Callable[[Any], Awaitable[int]]) -> int:
    async def whole(connection: Any) -> int:
        async with connection.transaction():
            return await work(connection)

    return await with_database(settings, whole)
