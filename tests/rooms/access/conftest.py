"""People of a small centre in a real database."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from otklik.access import service
from otklik.access.model import Asker, Person, RoleId
from otklik.access.passwords import Passwords
from otklik.database import open_pool

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
PASSWORD = "four green umbrellas"


@dataclass
class Centre:
    """slept: how long answers were slowed."""

    pool: Any
    passwords: Passwords
    roles: dict[str, RoleId]
    slept: list[float] = field(default_factory=list)

    async def add(self, login: str, *roles: str, password: str = PASSWORD) -> Person:
        person = Person(
            login=login,
            name=login.title(),
            must_change_password=False,
            role_ids=tuple(self.roles[role] for role in roles),
        )
        hashed = await self.passwords.hash(password)
        async with self.pool.acquire() as connection, connection.transaction():
            return await service.create_person(
                connection, person, by=service.THE_PROGRAM, at=AT, password_hash=hashed
            )

    async def sign_in(
        self,
        login: str,
        password: str = PASSWORD,
        *,
        address: str = "192.0.2.1",
        at: datetime = AT,
    ) -> service.Opened:
        async def sleep(seconds: float) -> None:
            self.slept.append(seconds)

        return await service.sign_in(
            self.pool,
            self.passwords,
            login=login,
            password=password,
            address=address,
            browser="Firefox",
            at=at,
            sleep=sleep,
        )

    async def asker(self, token: str, at: datetime = AT) -> Asker | None:
        async with self.pool.acquire() as connection:
            return await service.find_by_cookie(connection, token, at=at)

    async def do(self, use_case: Any, *arguments: Any, **named: Any) -> Any:
        async with self.pool.acquire() as connection, connection.transaction():
            return await use_case(connection, *arguments, **named)


@pytest.fixture
async def centre(database_url: str) -> AsyncIterator[Centre]:
    pool = await open_pool(database_url, name="test", largest=20)
    async with pool.acquire() as connection:
        roles = await service.seed_roles(connection)
    # 1 MiB: what is tested is not how slow the hash is.
    passwords = Passwords(memory_kib=1024)
    yield Centre(pool=pool, passwords=passwords, roles=roles)
    passwords.close()
    await pool.close()
