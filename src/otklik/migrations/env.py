"""Alembic's environment: forward only, plain SQL through asyncpg, one transaction for each revision.

A revision says `op.execute(SQL)`; a plain string may hold many statements and goes to the server as it is.
Several nodes may start at once: an advisory lock lets one migrate and the others find the work done.
"""

import asyncio
from typing import Any

from alembic import context
from alembic.ddl.postgresql import PostgresqlImpl
from sqlalchemy import Connection

from otklik.database import open_engine

LOCK = 0x07711C
LOCK_TIMEOUT = "3s"


class PlainSqlImpl(PostgresqlImpl):
    """Hands a plain string to the server by the simple protocol, which takes many statements at once."""

    __dialect__ = "postgresql"

    def execute(self, sql: Any, execution_options: dict[str, Any] | None = None) -> None:
        """Run SQL of `op.execute`."""
        if not isinstance(sql, str):
            super().execute(sql, execution_options)
            return
        assert self.connection is not None
        # Through SQLAlchemy first: this opens the transaction that the rest shall be in.
        self.connection.exec_driver_sql(f"set local lock_timeout = '{LOCK_TIMEOUT}'")
        raw: Any = self.connection.connection.dbapi_connection
        raw.run_async(lambda connection: connection.execute(sql))


def migrate(connection: Connection) -> None:
    """Run the revisions that are missing, under the lock."""
    connection.exec_driver_sql(f"select pg_advisory_lock({LOCK})")
    connection.commit()
    try:
        context.configure(connection=connection, transaction_per_migration=True)
        with context.begin_transaction():
            context.run_migrations()
    finally:
        connection.rollback()
        connection.exec_driver_sql(f"select pg_advisory_unlock({LOCK})")
        connection.commit()


async def main() -> None:
    """Open a connection for the address in the configuration, and migrate."""
    engine = open_engine(context.config.attributes["database_url"], name="otklik migrations", largest=1)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(migrate)
    finally:
        await engine.dispose()


asyncio.run(main())
