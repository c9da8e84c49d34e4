"""The doors to PostgreSQL: one connection, a pool, an engine for SQL expressions. Only stores speak SQL.

The address is `address_of(settings)`: the one that was set, or that of the private server of this home.
Every connection says who it is in `application_name` and has an end to its patience: nothing waits for ever.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from otklik.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

CONNECT_TIMEOUT_SECONDS = 10.0
COMMAND_TIMEOUT_SECONDS = 30.0
IDENTIFIER_LIMIT_BYTES = 63
PRIVATE_ROLE = "otklik"
PRIVATE_DATABASE = "otklik"
PRIVATE_PORT = 5432

AWAY: tuple[type[Exception], ...] = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    # A session that the server ends in mid-word leaves the client's protocol confused.
    asyncpg.InternalClientError,
    # By classes of SQLSTATE: 08 connection, 53 resources (full disk, too many connections), 57 the operator
    # (shutdown, start, cancelled), 3D000 a database that is not made yet.
    asyncpg.PostgresConnectionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.InvalidCatalogNameError,
)
"""What is raised while a server is away, starts or stops: whoever depends on it waits and tries again.
Anything else of SQL (a missing table, a value out of range) is a bug. InterfaceError is both: see
`raise_bug`."""

_ENDED = ("is closed", "is closing", "was closed")
"""What asyncpg says in an InterfaceError when the connection or the pool is gone; every other one means that
we use it wrongly."""

Connection = asyncpg.Connection
Pool = asyncpg.Pool


def address_of(settings: Settings) -> str:
    """The database's address, with its password: never written to a log, an event or a command line."""
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    return private_address(settings.keys / "postgres_password", settings.postgres_sockets)


def private_address(password_file: Path, sockets: Path) -> str:
    """The address of a private server, by the file with its password and the folder of its socket."""
    password = quote(password_file.read_text().strip(), safe="")
    folder = quote(str(sockets), safe="")
    return f"postgresql://{PRIVATE_ROLE}:{password}@/{PRIVATE_DATABASE}?host={folder}&port={PRIVATE_PORT}"


def is_bug(error: BaseException) -> bool:
    """Whether something in AWAY is our own mistake: two queries at once on one connection, a cursor without a
    transaction. Waiting does not mend it, so who waits for the server must let it through."""
    return isinstance(error, asyncpg.InterfaceError) and not any(words in str(error) for words in _ENDED)


def raise_bug(error: BaseException) -> None:
    """Lets our own mistakes through: at the head of each place that waits for the server."""
    if is_bug(error):
        raise error


async def connect(
    database_url: str, *, name: str, command_timeout: float | None = COMMAND_TIMEOUT_SECONDS
) -> Any:
    """One connection of its own, for the writer and for listeners. `name` shows in pg_stat_activity."""
    return await asyncpg.connect(
        plain_url(database_url),
        timeout=CONNECT_TIMEOUT_SECONDS,
        command_timeout=command_timeout,
        server_settings=_session(name),
    )


class ValueUnfit(Exception):
    """A parameter of a statement is not of the type that the database wants there."""


class StatementRefused(Exception):
    """The database refuses a statement, or took too long over it."""


async def read_one(
    database_url: str,
    place: str,
    port: int,
    statement: str,
    values: Sequence[str],
    *,
    seconds: float,
    most_characters: int,
) -> str | None:
    """The first row of a SELECT in a strange database as JSON, one character longer than `most_characters`
    when it is cut; None where there is none.

    place, port: where to connect, whatever host the address names. The transaction may only read, and the
    server itself ends it after `seconds`. Raises ValueUnfit, StatementRefused and what is in AWAY.
    """
    limits = {"statement_timeout": str(int(seconds * 1000)), "default_transaction_read_only": "on"}
    connection = await asyncpg.connect(
        plain_url(database_url),
        host=place,
        port=port,
        timeout=seconds,
        command_timeout=seconds,
        server_settings={"application_name": "otklik", **limits},
        statement_cache_size=0,
    )
    try:
        async with connection.transaction(readonly=True):
            asked = await connection.prepare(
                f"select left(row_to_json(asked)::text, {most_characters + 1})"
                f" from ({statement}) as asked limit 1"
            )
            kinds = [kind.name for kind in asked.get_parameters()]
            found: str | None = await asked.fetchval(
                *(_parameter(kind, value) for kind, value in zip(kinds, values, strict=True))
            )
            return found
    except (asyncpg.DataError, ArithmeticError, ValueError) as error:
        raise ValueUnfit from error
    except asyncpg.PostgresError as error:
        if isinstance(error, AWAY) and not isinstance(error, asyncpg.QueryCanceledError):
            raise
        raise StatementRefused from error
    finally:
        connection.terminate()


def _parameter(kind: str, value: str) -> Any:
    """A text as what the database wants in its place. Raises ValueError."""
    if kind in ("int2", "int4", "int8"):
        return int(value)
    if kind in ("numeric", "float4", "float8"):
        return Decimal(value)
    if kind == "date":
        return date.fromisoformat(value)
    if kind == "bool":
        return value == "true"
    return value


async def open_pool(database_url: str, *, name: str, smallest: int = 1, largest: int = 10) -> Any:
    """A pool for readers and for what `web` writes."""
    return await asyncpg.create_pool(
        plain_url(database_url),
        min_size=smallest,
        max_size=largest,
        timeout=CONNECT_TIMEOUT_SECONDS,
        command_timeout=COMMAND_TIMEOUT_SECONDS,
        server_settings=_session(name),
    )


def open_engine(database_url: str, *, name: str, largest: int = 5) -> "AsyncEngine":
    """An engine for SQLAlchemy Core expressions (no ORM).

    Imported here: half a second that a process without such expressions need not spend at its start.
    """
    from sqlalchemy.ext.asyncio import create_async_engine

    return create_async_engine(
        "postgresql+asyncpg://" + plain_url(database_url).split("://", 1)[1],
        pool_size=largest,
        pool_pre_ping=True,
        connect_args={
            "timeout": CONNECT_TIMEOUT_SECONDS,
            "command_timeout": COMMAND_TIMEOUT_SECONDS,
            "server_settings": _session(name),
        },
    )


async def schema_revision(database_url: str) -> str | None:
    """The migration at which a database stands; None if it was never migrated."""
    connection = await connect(database_url, name="otklik schema")
    try:
        if await connection.fetchval("select to_regclass('alembic_version')") is None:
            return None
        found: str | None = await connection.fetchval("select version_num from alembic_version")
        return found
    finally:
        await connection.close()


async def make_database(database_url: str, name: str, *, template: str | None = None) -> bool:
    """Make a database on the server of an address unless it is there; True if it was made."""
    connection = await connect(other_database(database_url, "postgres"), name="otklik make database")
    try:
        if await connection.fetchval("select 1 from pg_database where datname = $1", name):
            return False
        like = f' template "{template}"' if template is not None else ""
        await connection.execute(f'create database "{name}"{like}')
        return True
    finally:
        await connection.close()


async def remove_database(database_url: str, name: str) -> None:
    """Remove a database and end its sessions; tests use this, a centre never does."""
    connection = await connect(other_database(database_url, "postgres"), name="otklik remove database")
    try:
        await connection.execute(f'drop database if exists "{name}" with (force)')
    finally:
        await connection.close()


async def answers(database_url: str) -> bool:
    """True if the server lets us in and answers."""
    try:
        connection = await connect(other_database(database_url, "postgres"), name="otklik ping")
    except (OSError, asyncpg.PostgresError, TimeoutError):
        return False
    try:
        return bool(await connection.fetchval("select true"))
    finally:
        await connection.close()


def other_database(database_url: str, name: str) -> str:
    """The same server's address with another database in it."""
    parts = urlsplit(database_url)
    return urlunsplit(parts._replace(path="/" + name))


def plain_url(database_url: str) -> str:
    """The address as libpq writes it, whatever driver was named in it."""
    scheme, _, rest = database_url.partition("://")
    return f"{scheme.split('+')[0]}://{rest}"


def _session(name: str) -> dict[str, str]:
    short = name.encode()[:IDENTIFIER_LIMIT_BYTES].decode(errors="ignore")
    return {"application_name": short, "timezone": "UTC", "jit": "off"}
