"""The doors to PostgreSQL: one connection, a pool, an engine for SQL expressions. Only stores speak SQL.

The address is `address_of(settings)`: the one that was set, or that of the private server of this home.
Every connection says who it is in `application_name` and has an end to its patience: nothing waits for ever.
"""

from typing import Any
from urllib.parse import quote

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from otklik.settings import Settings, socket_folder

CONNECT_TIMEOUT_SECONDS = 10.0
COMMAND_TIMEOUT_SECONDS = 30.0
IDENTIFIER_LIMIT_BYTES = 63
PRIVATE_ROLE = "otklik"
PRIVATE_DATABASE = "otklik"
PRIVATE_PORT = 5432

Connection = asyncpg.Connection
Pool = asyncpg.Pool


def address_of(settings: Settings) -> str:
    """The database's address, with its password: never written to a log, an event or a command line."""
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    password = (settings.keys / "postgres_password").read_text().strip()
    folder = quote(str(socket_folder(settings.run)), safe="")
    return f"postgresql://{PRIVATE_ROLE}:{password}@/{PRIVATE_DATABASE}?host={folder}&port={PRIVATE_PORT}"


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


def open_engine(database_url: str, *, name: str, largest: int = 5) -> AsyncEngine:
    """An engine for SQLAlchemy Core expressions (no ORM)."""
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


def plain_url(database_url: str) -> str:
    """The address as libpq writes it, whatever driver was named in it."""
    scheme, _, rest = database_url.partition("://")
    return f"{scheme.split('+')[0]}://{rest}"


def _session(name: str) -> dict[str, str]:
    short = name.encode()[:IDENTIFIER_LIMIT_BYTES].decode(errors="ignore")
    return {"application_name": short, "timezone": "UTC", "jit": "off"}
