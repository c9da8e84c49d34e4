"""What every test may ask for: a database of its own, and the marker that says what the module needs.

Fixtures: `postgres` (address of a server, one for the run), `database_url` (a fresh migrated database),
`empty_database_url` (not migrated), `soak` (how many times longer a long test shall be).
"""

import itertools
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from otklik import database
from otklik.operations import migrating, processes
from otklik.operations import postgres as launching
from otklik.operations.postgres import PostgresRefused, Server
from tests import telling
from tests.parts import in_thread, missing, run_async

MARKERS = ("fast", "database", "asterisk", "long", "browser")
"""In the order in which they run: Playwright's loop stays in the main thread, so browsers come last."""
START_SECONDS = 30.0

# A busy machine is no failure of a property; a found example is printed so that it can be repeated.
hypothesis_settings.register_profile("otklik", deadline=None, print_blob=True)
hypothesis_settings.load_profile("otklik")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse a module without a marker, and run the quick ones first."""
    places = {}
    bare = set()
    for item in items:
        found = [name for name in MARKERS if item.get_closest_marker(name)]
        if not found:
            bare.add(item.nodeid.split("::")[0])
        places[item] = max((MARKERS.index(name) for name in found), default=0)
    if bare:
        names = ", ".join(sorted(bare))
        raise pytest.UsageError(f"pytestmark = pytest.mark.<{'|'.join(MARKERS)}> is missing in {names}")
    items.sort(key=lambda item: places[item])


@pytest.fixture(scope="session")
def soak() -> int:
    """1 in the gate, more in `make soak`: how many times a long test repeats what it does."""
    return 10 if os.environ.get("OTKLIK_SOAK") == "1" else 1


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """What a centre says from now on belongs to this test."""
    del item
    telling.remember()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where a test fails, what its centre's processes said is shown beside it."""
    report = yield
    if report.failed and (said := telling.told_since()):
        report.sections.append((f"what the centre said ({report.when})", said))
    return report


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Address of a PostgreSQL server: OTKLIK_TEST_DATABASE_URL, or a private one for this run."""
    given = os.environ.get("OTKLIK_TEST_DATABASE_URL")
    if given:
        yield given
        return
    # Not pytest's own folder: its path may be longer than a socket's may be.
    folder = Path(tempfile.mkdtemp(prefix="otklik-pg-"))
    try:
        server = make_server(folder)
    except PostgresRefused as refused:
        shutil.rmtree(folder)
        missing("postgres", str(refused))
        return
    running = processes.start(
        server.command(),
        pid_file=folder / "pid",
        log_file=folder / "log",
        environment=launching.clean_environment(),
        mark="test",
    )
    try:
        yield wait_for(server, folder)
    finally:
        run_async(lambda: processes.stop(running, polite=signal.SIGINT))
        shutil.rmtree(folder, ignore_errors=True)


def make_server(folder: Path) -> Server:
    """A data folder made without waiting for the disk."""
    installation = launching.find_installation()
    server = Server(
        installation=installation,
        runner=launching.find_runner(installation, folder / "data"),
        data=folder / "data",
        sockets=folder / "run",
        password_file=folder / "password",
        is_lasting=False,
    )
    server.initialize()
    return server


def wait_for(server: Server, folder: Path) -> str:
    """The server's address, once it answers."""
    address = database.private_address(server.password_file, server.sockets)
    deadline = time.monotonic() + START_SECONDS
    while not run_async(lambda: database.answers(address)):
        if time.monotonic() > deadline:
            pytest.fail(f"PostgreSQL does not answer:\n{(folder / 'log').read_text()}")
        time.sleep(0.05)
    return address


@pytest.fixture(scope="session")
def template(postgres: str) -> Iterator[str]:
    """Name of a migrated database that others are copied from."""
    name = f"otklik_test_{os.getpid()}_template"
    run_async(lambda: database.make_database(postgres, name))
    in_thread(lambda: migrating.upgrade(database.other_database(postgres, name)))
    yield name
    run_async(lambda: database.remove_database(postgres, name))


NUMBERS = itertools.count(1)


@pytest.fixture
def database_url(postgres: str, template: str) -> Iterator[str]:
    """Address of a fresh database with the newest schema and no row."""
    yield from fresh_database(postgres, template)


@pytest.fixture
def empty_database_url(postgres: str) -> Iterator[str]:
    """Address of a fresh database without any table."""
    yield from fresh_database(postgres, None)


def fresh_database(postgres: str, template: str | None) -> Iterator[str]:
    """Make a database, hand out its address, remove it."""
    name = f"otklik_test_{os.getpid()}_{next(NUMBERS)}"
    run_async(lambda: database.make_database(postgres, name, template=template))
    yield database.other_database(postgres, name)
    run_async(lambda: database.remove_database(postgres, name))
