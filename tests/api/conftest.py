"""One house for each module: its tests share a loop, and leave behind what they found."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from otklik.logs import start_logs
from tests.api.house import House, open_house
from tests.conftest import fresh_database


@pytest.fixture(scope="session", autouse=True)
def quiet_logs() -> None:
    """As a process writes them: lines of JSON, no coloured traces with everything in them."""
    start_logs(process="test", level="error", style="json")


@pytest.fixture(scope="module")
def house_database(postgres: str, template: str) -> Iterator[str]:
    """A fresh migrated database for all tests of a module."""
    yield from fresh_database(postgres, template)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(house_database: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A web process beside a centre with two agents, a supervisor of one of them, an administrator."""
    home: Path = tmp_path_factory.mktemp("house")
    async with open_house(house_database, home) as found:
        yield found


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def closed_browsers(request: pytest.FixtureRequest) -> AsyncIterator[None]:
    """Browsers that a test opened are closed with it."""
    yield
    found = request.node.funcargs.get("house")
    if isinstance(found, House):
        await found.close_browsers()
