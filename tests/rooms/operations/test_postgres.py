"""The private PostgreSQL starts for every user, keeps what was committed, and refuses what it cannot read."""

import asyncio
import os
import shutil
import signal
import stat
import subprocess
import tempfile
from pathlib import Path

import asyncpg
import pytest

from otklik import database
from otklik.operations import launcher, postgres, processes
from otklik.operations.postgres import PostgresRefused
from otklik.settings import Settings

pytestmark = pytest.mark.database


@pytest.fixture
def settings():
    """A home with its folders. Not in pytest's own folder, which is closed to the account nobody."""
    above = Path(tempfile.mkdtemp(prefix="otklik-"))
    above.chmod(0o755)
    found = Settings(home=above / "home")
    launcher.make_folders(found)
    yield found
    shutil.rmtree(above, ignore_errors=True)


async def started(settings: Settings, server: postgres.Server) -> processes.Running:
    """Start a server and wait until it answers."""
    await asyncio.to_thread(server.initialize)
    server.forget_dead_server()
    running = processes.start(
        server.command(),
        pid_file=launcher.pid_file_of(settings, "postgres"),
        log_file=launcher.log_of(settings, "postgres"),
        environment=postgres.clean_environment(),
        mark="test",
    )
    async with asyncio.timeout(60):
        while not await database.answers(database.address_of(settings)):
            assert running.is_alive(), launcher.log_of(settings, "postgres").read_text()
            await asyncio.sleep(0.05)
    return running


async def test_it_starts_stops_and_keeps_its_rows(settings):
    server = postgres.server_of(settings)
    running = await started(settings, server)
    await database.make_database(database.address_of(settings), "otklik")
    connection = await database.connect(database.address_of(settings), name="test")
    await connection.execute("create table kept(x int); insert into kept values (42)")
    await connection.close()
    assert await processes.stop(running, polite=postgres.STOP_SIGNAL)

    running = await started(settings, server)
    connection = await database.connect(database.address_of(settings), name="test")
    assert await connection.fetchval("select x from kept") == 42
    await connection.close()
    await processes.stop(running, polite=postgres.STOP_SIGNAL)


async def test_rows_survive_the_death_of_every_server_process(settings):
    server = postgres.server_of(settings)
    running = await started(settings, server)
    await database.make_database(database.address_of(settings), "otklik")
    connection = await database.connect(database.address_of(settings), name="test")
    await connection.execute("create table kept(x int); insert into kept values (42)")
    connection.terminate()
    running.send_group(signal.SIGKILL)
    await running.ended()

    running = await started(settings, server)
    connection = await database.connect(database.address_of(settings), name="test")
    assert await connection.fetchval("select x from kept") == 42
    await connection.close()
    await processes.stop(running, polite=postgres.STOP_SIGNAL)


async def test_pid_file_left_by_a_crash_of_the_machine_does_not_stop_the_start(settings):
    server = postgres.server_of(settings)
    server.initialize()
    # The number belongs to another program by now: to this one.
    (server.data / "postmaster.pid").write_text(f"{os.getpid()}\n{server.data}\n1\n5432\n\n\n\n")

    running = await started(settings, server)

    await processes.stop(running, polite=postgres.STOP_SIGNAL)


async def test_wrong_password_and_strangers_are_kept_out(settings):
    server = postgres.server_of(settings)
    running = await started(settings, server)
    address = database.other_database(database.address_of(settings), "postgres")
    password = server.password_file.read_text().strip()

    with pytest.raises(asyncpg.InvalidPasswordError):
        await database.connect(address.replace(password, "guess"), name="test")

    assert stat.S_IMODE(server.password_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(server.sockets.stat().st_mode) == 0o700
    assert stat.S_IMODE(server.data.stat().st_mode) == 0o700
    assert stat.S_IMODE(settings.keys.stat().st_mode) == 0o700
    # The password stands on no command line, where every user of the machine could read it.
    assert password not in " ".join(server.command())
    await processes.stop(running, polite=postgres.STOP_SIGNAL)


async def test_sort_order_does_not_come_from_the_machine(settings):
    server = postgres.server_of(settings)
    running = await started(settings, server)
    connection = await database.connect(
        database.other_database(database.address_of(settings), "postgres"), name="test"
    )

    row = await connection.fetchrow(
        "select datlocprovider::text, datlocale, current_setting('data_checksums') from pg_database "
        "where datname = current_database()"
    )

    assert tuple(row) == ("b", "C.UTF-8", "on")
    await connection.close()
    await processes.stop(running, polite=postgres.STOP_SIGNAL)


def test_data_of_another_major_version_are_refused_with_the_way_out(settings):
    server = postgres.server_of(settings)
    server.data.mkdir(mode=0o700)
    (server.data / "PG_VERSION").write_text("17\n")

    with pytest.raises(PostgresRefused, match=r"PostgreSQL 17.*OTKLIK_PG_BIN"):
        server.initialize()


def test_folder_that_holds_no_postgres_is_refused_with_the_way_out(tmp_path):
    with pytest.raises(PostgresRefused, match="OTKLIK_DATABASE_URL"):
        postgres.find_installation(tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another account")
async def test_without_user_namespaces_root_serves_as_another_account(settings, monkeypatch):
    monkeypatch.setattr(postgres, "NAMESPACE", ("false",))
    if not reaches(postgres.find_installation().folder, "nobody"):
        with pytest.raises(PostgresRefused, match="OTKLIK_DATABASE_URL"):
            postgres.server_of(settings)
        return

    server = postgres.server_of(settings)
    assert server.runner.account == "nobody"
    for _ in range(2):  # the second time finds what the first one made
        running = await started(settings, server)
        assert Path(f"/proc/{running.pid}").stat().st_uid != 0
        await processes.stop(running, polite=postgres.STOP_SIGNAL)
        launcher.make_folders(settings)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another account")
def test_home_that_another_account_cannot_reach_is_refused_by_name(settings, monkeypatch):
    monkeypatch.setattr(postgres, "NAMESPACE", ("false",))
    settings.home.parent.chmod(0o700)

    with pytest.raises(PostgresRefused, match="nobody cannot reach"):
        postgres.server_of(settings)


def reaches(folder: Path, account: str) -> bool:
    """True if another account may run the programs in a folder."""
    words = ["setpriv", f"--reuid={account}", "--clear-groups", str(folder / "postgres"), "--version"]
    return subprocess.run(words, capture_output=True).returncode == 0
