"""The pair of Asterisks: one under test, one that is everybody else."""

from collections.abc import AsyncIterator, Iterator

import pytest

from otklik.channels.asterisk.install import AsteriskRoot, AsteriskUnavailable, provide_asterisk
from tests.asterisk.bench import AsteriskBench
from tests.asterisk.pair import Pair, World
from tests.parts import missing


@pytest.fixture(scope="session")
def asterisk_root() -> AsteriskRoot:
    """A private Asterisk from the cache or the mirror."""
    try:
        return provide_asterisk()
    except AsteriskUnavailable as trouble:
        missing("asterisk", str(trouble))
        raise


@pytest.fixture(scope="session")
def pair(asterisk_root: AsteriskRoot) -> Iterator[Pair]:
    """Both are started once and serve all tests; each test has its own driver and its own people."""
    pair = Pair.start(asterisk_root)
    yield pair
    pair.stop()


@pytest.fixture
async def world(pair: Pair) -> AsyncIterator[World]:
    pair.centre.revive()
    pair.outside.revive()
    async with World(pair).running() as world:
        yield world


@pytest.fixture
async def bench(pair: Pair, world: World) -> AsyncIterator[AsteriskBench]:
    """The driver under test; agent 1's phone is registered."""
    async with AsteriskBench(pair, world).running() as bench:
        yield bench
