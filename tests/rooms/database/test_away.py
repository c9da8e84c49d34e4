"""What means that the database is away, and what is our own mistake and must not be waited out."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from otklik.database import AWAY, connect, is_bug, open_pool
from otklik.journal.follow import Follower
from otklik.vocabulary.ids import SiteId

pytestmark = pytest.mark.database


async def test_two_queries_at_once_are_a_bug(database_url: str) -> None:
    connection = await connect(database_url, name="test")
    try:
        first = asyncio.create_task(connection.execute("select pg_sleep(0.2)"))
        await asyncio.sleep(0.05)
        with pytest.raises(AWAY) as caught:
            await connection.execute("select 1")
        await first
    finally:
        await connection.close()

    assert isinstance(caught.value, asyncpg.InterfaceError)
    assert is_bug(caught.value)


async def test_a_connection_that_is_gone_is_no_bug(database_url: str) -> None:
    connection = await connect(database_url, name="test")
    connection.terminate()

    with pytest.raises(AWAY) as caught:
        await connection.execute("select 1")

    assert not is_bug(caught.value)


async def test_a_session_that_the_operator_ends_is_no_bug(database_url: str) -> None:
    victim = await connect(database_url, name="victim")
    other = await connect(database_url, name="other")
    try:
        pid = victim.get_server_pid()
        sleeping = asyncio.create_task(victim.execute("select pg_sleep(5)"))
        await asyncio.sleep(0.05)
        await other.execute("select pg_terminate_backend($1)", pid)
        with pytest.raises(AWAY) as in_mid_word:
            await sleeping
        with pytest.raises(AWAY) as afterwards:
            await victim.execute("select 1")
    finally:
        victim.terminate()
        await other.close()

    assert not is_bug(in_mid_word.value)
    assert not is_bug(afterwards.value)


async def test_a_closed_pool_is_no_bug(database_url: str) -> None:
    pool = await open_pool(database_url, name="test")
    await pool.close()

    with pytest.raises(AWAY) as caught:
        await pool.fetchval("select 1")

    assert not is_bug(caught.value)


@pytest.mark.parametrize(
    ("query", "values"),
    [
        ("select * from no_such_table", ()),
        ("select $1::integer", (2**40,)),
        ("select $1::integer", ("text",)),
        ("selec", ()),
        ("select 1 / 0", ()),
    ],
)
async def test_what_is_wrong_with_a_query_never_means_that_the_server_is_away(
    database_url: str, query: str, values: tuple[object, ...]
) -> None:
    connection = await connect(database_url, name="test")
    try:
        with pytest.raises(Exception) as caught:  # noqa: PT011, its kind is what is judged
            await connection.fetch(query, *values)
    finally:
        await connection.close()

    assert not isinstance(caught.value, AWAY)


async def test_a_follower_waits_for_a_server_and_not_for_its_own_mistake(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(connection: object, site_id: SiteId) -> int:
        raise asyncpg.InterfaceError("cannot perform operation: another operation is in progress")

    monkeypatch.setattr("otklik.journal.follow.last_seq", broken)
    follower = Follower(database_url, site_id=SiteId(1), poll=timedelta(seconds=1))

    with pytest.raises(asyncpg.InterfaceError):
        await asyncio.wait_for(follower.run(), 10)
