"""What commands of the command line have in common that look into a centre's database."""

from collections.abc import Awaitable, Callable
from typing import Any

import click

from otklik import database
from otklik.operations import texts
from otklik.settings import Settings


async def with_database(settings: Settings, work: Callable[[Any], Awaitable[int]]) -> int:
    """The exit code of work with a connection; 1, and why, when the database does not answer."""
    try:
        connection = await database.connect(database.address_of(settings), name="otklik command line")
    except database.AWAY as error:
        return complain("access.database_away", error=type(error).__name__)
    try:
        return await work(connection)
    finally:
        await connection.close()


def complain(key: str, **facts: object) -> int:
    """Says what is wrong in the person's language, on standard error; the exit code 1."""
    click.echo(texts.say(texts.language_of_person(), key, **facts), err=True)
    return 1
