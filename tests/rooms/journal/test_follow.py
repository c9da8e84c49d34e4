"""Readers in other processes wake when the journal grows, and outlive the database's restarts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from otklik.acd.events import AcdEvent, AgentSignedIn
from otklik.database import connect
from otklik.journal.codec import Codec
from otklik.journal.follow import Follower
from otklik.journal.store import Holder, JournalWriter
from otklik.vocabulary.ids import AgentId, SiteId

pytestmark = pytest.mark.database

SITE = SiteId(1)
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SOON = timedelta(seconds=5)


@asynccontextmanager
async def following(url: str, poll: timedelta = timedelta(seconds=60)) -> AsyncIterator[Follower]:
    follower = Follower(url, site_id=SITE, poll=poll)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(follower.run(), name="follower")
        try:
            await asyncio.wait_for(follower.connected.wait(), 10)
            yield follower
        finally:
            task.cancel()


async def open_writer(url: str) -> JournalWriter:
    return await JournalWriter.open(
        url, site_id=SITE, codec=Codec(AcdEvent), holder=Holder(host="h", pid=1, home="/")
    )


async def append(writer: JournalWriter, count: int = 1) -> int:
    records = await writer.append([AgentSignedIn(at=AT, agent_id=AgentId(n)) for n in range(1, count + 1)])
    return records[-1].seq


async def test_every_follower_wakes_once_the_append_is_durable(database_url: str) -> None:
    writer = await open_writer(database_url)
    async with following(database_url) as first, following(database_url) as second:
        waits = [asyncio.create_task(follower.wait_beyond(0, SOON)) for follower in (first, second)]
        await asyncio.sleep(0.05)
        last = await append(writer, 3)

        assert [await wait for wait in waits] == [last, last]
        assert first.rings == 1
    await writer.close()


async def test_a_reader_that_was_busy_gets_the_newest_sequence_at_once(database_url: str) -> None:
    writer = await open_writer(database_url)
    async with following(database_url) as follower:
        await append(writer)
        feed = follower.follow()
        assert await anext(feed) == 1

        await append(writer)
        await append(writer)
        await follower.wait_beyond(2, SOON)

        assert await anext(feed) == 3
        await feed.aclose()
    await writer.close()


async def test_a_lost_ring_is_found_by_looking(database_url: str) -> None:
    writer = await open_writer(database_url)
    async with following(database_url, poll=timedelta(milliseconds=100)) as follower:
        connection = await connect(database_url, name="test")
        await connection.execute("update cursor set seq = 7")

        assert await follower.wait_beyond(0, SOON) == 7
        assert follower.rings == 0
        await connection.close()
    await writer.close()


async def test_a_follower_connects_anew_after_its_session_was_ended(database_url: str) -> None:
    writer = await open_writer(database_url)
    async with following(database_url, poll=timedelta(milliseconds=100)) as follower:
        ended = await writer._connection.fetchval(
            "select count(pg_terminate_backend(pid)) from pg_stat_activity"
            " where application_name = 'otklik journal follower' and datname = current_database()"
        )
        assert ended == 1
        last = await append(writer)

        assert await follower.wait_beyond(0, SOON) == last
        assert follower.reconnections == 1
    await writer.close()
