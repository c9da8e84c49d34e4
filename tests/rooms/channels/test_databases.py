"""A SELECT in a strange database: it may read one row, soon, and nothing else."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from otklik import database
from otklik.channels.systems.asker import Asker
from otklik.flows.look_ups import Extract, Question
from otklik.organization.model import System, SystemKind
from otklik.switchboard.ports import TriedSystem
from otklik.vocabulary.ids import SecretId

pytestmark = pytest.mark.database

VALUES = (
    Extract(name="balance", path="balance", kind="money"),
    Extract(name="due", path="due", kind="date"),
    Extract(name="owner", path="owner"),
)
LOOK = "select balance, due, owner from account where id = :id and phone = :phone"


async def ask(url: str, statement: str, fields: dict[str, str], **more) -> TriedSystem:
    async def read_secret(_: SecretId) -> str:
        return url

    seconds = more.pop("seconds", 10)
    allowed = more.pop("allowed_hosts", ("127.0.0.1", "localhost"))
    system = System(
        name="base", kind=SystemKind.DATABASE, secret_id=SecretId(1), allowed_hosts=allowed, **more
    )
    question = Question(statement=statement, fields=fields, values=VALUES)
    return await Asker(read_secret).try_out(system, question, timedelta(seconds=seconds))


@pytest.fixture
async def by_network(empty_database_url: str) -> AsyncIterator[str]:
    """The address of a database on a port of loopback: the tests' own server has only a socket."""
    parts = urlsplit(empty_database_url)
    named = parse_qs(parts.query)
    socket = f"{named['host'][0]}/.s.PGSQL.{named['port'][0]}" if "host" in named else ""
    if not socket:
        yield empty_database_url
        return

    ends: list[asyncio.StreamWriter] = []

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while piece := await reader.read(65_536):
                writer.write(piece)
                await writer.drain()
        writer.close()

    async def join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_unix_connection(socket)
        ends.extend((writer, inner_writer))
        await asyncio.gather(pass_on(reader, inner_writer), pass_on(inner_reader, writer))

    running = await asyncio.start_server(join, "127.0.0.1", 0)
    port = running.sockets[0].getsockname()[1]
    who = parts.netloc.rpartition("@")[0]
    yield parts._replace(netloc=f"{who}@127.0.0.1:{port}", query="").geturl()
    running.close()
    for end in ends:
        end.close()
        with contextlib.suppress(ConnectionError):
            await end.wait_closed()


@pytest.fixture
async def accounts(by_network: str) -> str:
    connection = await database.connect(by_network, name="accounts")
    await connection.execute(
        "create table account (id bigint, phone text, balance numeric(12, 2), due date, owner text)"
    )
    await connection.execute("insert into account values (7, '+7916', 1234.50, '2026-11-23', 'Анна')")
    await connection.close()
    return by_network


async def test_a_row_becomes_values(accounts: str) -> None:
    found = await ask(accounts, LOOK, {"id": "7", "phone": "+7916"})
    assert found.outcome == "found", found.reason
    assert found.values == {"balance": "1234.50", "due": "2026-11-23", "owner": "Анна"}


@pytest.mark.parametrize(
    ("statement", "fields", "outcome"),
    [
        (LOOK, {"id": "8", "phone": "+7916"}, ("not_found", "")),
        (LOOK, {"id": "7", "phone": "' or true --"}, ("not_found", "")),
        (LOOK, {"id": "seven", "phone": ""}, ("failed", "parameter_unfit")),
        ("select nothing from nowhere", {}, ("failed", "statement_refused")),
        ("with a as (delete from account returning *) select * from a", {}, ("failed", "statement_refused")),
        ("select nextval('only_to_read')", {}, ("failed", "statement_refused")),
        ("select repeat('a', 100000000) as owner", {}, ("failed", "too_large")),
    ],
)
async def test_whatever_is_asked_nothing_is_changed(accounts, statement, fields, outcome) -> None:
    connection = await database.connect(accounts, name="accounts")
    await connection.execute("create sequence only_to_read")
    found = await ask(accounts, statement, fields)
    assert (found.outcome, found.reason) == outcome
    assert await connection.fetchval("select count(*) from account") == 1
    await connection.close()


async def test_a_slow_statement_is_ended(accounts: str) -> None:
    found = await ask(accounts, "select pg_sleep(30)", {}, seconds=0.5)
    assert found.outcome == "failed"
    assert found.reason in ("timeout", "statement_refused")
    assert found.took_ms < 5000


async def test_its_host_must_be_named(accounts: str) -> None:
    found = await ask(accounts, LOOK, {"id": "7", "phone": ""}, allowed_hosts=())
    assert found.reason == "host_forbidden"


async def test_an_address_that_leads_past_the_guard_is_none(accounts: str) -> None:
    parts = urlsplit(accounts)
    past = parts._replace(query=f"host=127.0.0.1&port={parts.port}").geturl()
    assert (await ask(past, LOOK, {})).reason == "secret_unfit"
    assert (await ask("mysql://u:p@127.0.0.1/x", LOOK, {})).reason == "secret_unfit"
