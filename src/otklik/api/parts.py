"""What routes are given: the joined parts of this process, made once in `wiring/web.py`."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol, cast

from fastapi import Depends
from starlette.requests import HTTPConnection

from otklik.access.passwords import Passwords
from otklik.access.secrets import SecretKey
from otklik.flows.traffic import Traffic
from otklik.journal.follow import Follower
from otklik.settings import Settings
from otklik.switchboard.client import EngineClient
from otklik.vocabulary.ids import SiteId
from otklik.vocabulary.time import Clock

if TYPE_CHECKING:
    from otklik.api.import_runs import ImportRuns
    from otklik.api.live import Hub
    from otklik.api.live_source import DatabaseSource
    from otklik.api.practice_robots import PracticeRobots
    from otklik.api.revocation import Revocations
    from otklik.api.tickets import Tickets
    from otklik.wfm.children import Runs


class Now(Clock, Protocol):
    """A clock that also tells milliseconds."""

    def now_ms(self) -> int: ...


@dataclass(slots=True)
class Parts:
    """pool: of asyncpg connections; those that break are replaced by themselves.

    build: changes with the web UI's files, so that an old page knows that it is old. traffic: of the flows
    today, caught up with by whoever looks (one at a time).
    """

    settings: Settings
    clock: Now
    pool: Any
    engine: EngineClient
    tickets: "Tickets"
    follower: Follower
    source: "DatabaseSource"
    hub: "Hub"
    revocations: "Revocations"
    passwords: Passwords
    secret_key: SecretKey
    runs: "Runs"
    practice: "PracticeRobots"
    imports: "ImportRuns"
    static: Path
    version: str
    build: str = ""
    asterisk_version: str = ""
    host_address: str = "127.0.0.1"
    traffic: Traffic = field(default_factory=Traffic)
    traffic_lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def site_id(self) -> SiteId:
        """The site that this process shows."""
        return SiteId(self.settings.site_id)

    @property
    def sip_server(self) -> str:
        """What is typed into a SIP phone as its server."""
        host = self.settings.public_host or self.settings.external_address or self.host_address
        port = self.settings.sip_port
        return host if port in (0, 5060) else f"{host}:{port}"

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Any]:
        """A connection in one read-only snapshot of the database."""
        async with (
            self.pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Any]:
        """A connection in one transaction, committed at the end of the block."""
        async with self.pool.acquire() as connection, connection.transaction():
            yield connection


def parts_of(connection: HTTPConnection) -> Parts:
    """The parts of the application that answers."""
    return cast(Parts, connection.app.state.parts)


Serves = Annotated[Parts, Depends(parts_of)]
"""Parameter of a route that needs the parts."""
