"""A supervisor opens the board, stop by stop: docs/walks/supervisor-opens-the-board.md tells the same
story."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from otklik import database
from otklik.access.rights import Right, Sight
from otklik.api import live_rows
from otklik.api.live import BACKLOG_MESSAGES, BOARD, Hub, Watcher
from otklik.api.live_rows import Board, BoardChange
from otklik.api.live_source import DatabaseSource
from otklik.api.sign_in import Who
from otklik.journal.follow import Follower
from otklik.reports.store import counting
from otklik.switchboard import requests
from otklik.vocabulary.ids import PersonId
from otklik.vocabulary.time import slot_of
from tests.walks.centre import (
    ANNA,
    BORIS,
    CUSTOMER,
    LUNCH,
    NUMBER,
    OTHER,
    SALES,
    SITE,
    TEAM,
    VERA,
    Centre,
    open_centre,
)

pytestmark = pytest.mark.database

LEAD = Who(
    person_id=PersonId(9),
    rights=frozenset({Right.WATCH_BOARD}),
    sees=Sight.ALL,
)


class Browser:
    """What `web/src/live` does: a snapshot, then deltas that fit, else a snapshot again."""

    def __init__(self, hub: Hub, who: Who) -> None:
        self._hub = hub
        self.watcher = Watcher(who)
        self.board: Board | None = None
        self.seq = 0
        self.kinds: list[str] = []
        hub.enter(self.watcher)

    async def take(self) -> dict[str, Any]:
        message = await self.watcher.take(self._hub)
        assert message is not None
        head = msgspec.json.decode(message)
        self.kinds.append(head["k"])
        if head["k"] == "s":
            self.board = msgspec.json.decode(message, type=Board)
        elif int(head["prev"]) != self.seq:
            self.watcher.ask_snapshot([BOARD])
            return head
        else:
            assert self.board is not None
            self.board = live_rows.folded(self.board, msgspec.json.decode(message, type=BoardChange))
        self.seq = int(head["seq"])
        return head

    def agent(self, agent_id: int) -> Any:
        assert self.board is not None
        return next(tile for tile in self.board.agents if tile.id == agent_id)

    def queue(self) -> Any:
        assert self.board is not None
        return next(tile for tile in self.board.queues if tile.id == SALES)


class Web:
    """The part of the process `web` that feeds boards; it looks when it is told to."""

    def __init__(self, centre: Centre, pool: Any) -> None:
        clock: Any = centre.clock  # a virtual one in place of the process's own
        self._source = DatabaseSource(pool, Follower(centre.url, site_id=SITE), clock, SITE)
        self.hub = Hub(self._source, clock, build="walk", limit=10)
        self._seen: live_rows.Seen | None = None

    async def look(self) -> None:
        """What the doorbell of the journal makes it do."""
        self._seen = await self._source.read(self._seen)
        self.hub.tell(self._seen)

    async def fresh(self, scope: live_rows.Scope | None = None) -> Board:
        """A board of somebody who comes now and has seen nothing."""
        return live_rows.board(await self._source.read(None), scope or live_rows.Scope())


@asynccontextmanager
async def web_of(centre: Centre) -> AsyncIterator[Web]:
    pool = await database.open_pool(centre.url, name="walk web", largest=2)
    try:
        yield Web(centre, pool)
    finally:
        await pool.close()


async def busy(centre: Centre) -> Any:
    """Anna talks, one customer waits, Boris is not ready."""
    await centre.ask(requests.GetReady(agent_id=ANNA))
    talks = centre.driver.call(NUMBER, CUSTOMER)
    await centre.pass_time(5)
    centre.driver.answer("phone1")
    await centre.pass_time(5)
    centre.driver.call(NUMBER, OTHER)
    await centre.pass_time(10)
    return talks


async def test_supervisor_opens_the_board(database_url: str) -> None:
    async with open_centre(database_url) as centre, web_of(centre) as web:
        talks = await busy(centre)

        # --- 1. api/live.py: what may this person watch?
        browser = Browser(web.hub, LEAD)
        assert await web.hub.watch(browser.watcher, [BOARD, "desk"]) == ["desk"]

        # --- 2. api/live_source.py: rows of now and counters of the day, in one snapshot of the database
        await browser.take()
        assert browser.kinds == ["s"]
        assert browser.seq == centre.writer.seq

        # --- 3. api/live_rows.py: rows become tiles
        assert browser.agent(ANNA).state == "connected"
        assert browser.agent(BORIS).state == "not_ready"
        assert (browser.queue().waiting, browser.queue().answered) == (1, 1)
        assert browser.board is not None
        phases = {tile.phase for tile in browser.board.interactions}
        assert phases == {"connected", "waiting"}
        assert all("6112233" not in tile.number_masked for tile in browser.board.interactions)

        # --- 4. journal/follow.py rings; what differs is told, with the sequence before it
        await centre.ask(requests.GetReady(agent_id=BORIS))
        await web.look()
        head = await browser.take()
        assert head["k"] == "d"
        assert int(head["seq"]) == browser.seq == centre.writer.seq
        assert browser.agent(BORIS).state == "offered"
        assert browser.board == await web.fresh()

        # --- 5. web/src/live: a delta that does not fit is answered by a snapshot
        talks.hang_up()
        await centre.pass_time(1)
        await web.look()
        await browser.watcher.take(web.hub)  # lost on the way
        await centre.pass_time(31)
        await web.look()
        await browser.take()
        await browser.take()
        assert browser.kinds[-2:] == ["d", "s"]
        assert browser.board == await web.fresh()

        # --- 6. reports: a tile shows the very counters that a report sums
        slot = slot_of(centre.clock.at)
        (facts,) = await counting.queue_sums(centre.connection, SITE, (slot - 1, slot + 1), [SALES])
        tile = browser.queue()
        assert (tile.offered, tile.answered, tile.in_sl, tile.wait_ms_total) == (
            facts["offered"],
            facts["answered"],
            facts["in_sl"],
            facts["wait_ms"],
        )
        await centre.connection.execute("update qslot set answered = answered + 7 where queue_id = $1", SALES)
        await web.look()
        await browser.take()
        assert browser.queue().answered == facts["answered"] + 7


async def test_a_supervisor_sees_his_own_teams(database_url: str) -> None:
    async with open_centre(database_url) as centre, web_of(centre) as web:
        await busy(centre)
        vera = Browser(
            web.hub,
            Who(
                person_id=VERA,
                rights=frozenset({Right.WATCH_BOARD}),
                sees=Sight.TEAMS,
                team_ids=frozenset({TEAM}),
            ),
        )

        await web.hub.watch(vera.watcher, [BOARD])
        await vera.take()

        assert vera.board is not None
        assert [tile.id for tile in vera.board.agents] == [ANNA]
        assert await web.hub.watch(Watcher(Who(person_id=PersonId(8))), [BOARD]) == [BOARD]


async def test_who_reads_too_slowly_gets_a_snapshot(database_url: str) -> None:
    async with open_centre(database_url) as centre, web_of(centre) as web:
        browser = Browser(web.hub, LEAD)
        await web.hub.watch(browser.watcher, [BOARD])
        await browser.take()

        for number in range(BACKLOG_MESSAGES + 2):
            ready = requests.GetReady(agent_id=ANNA)
            pause = requests.GetNotReady(agent_id=ANNA, reason_id=LUNCH)
            await centre.ask(pause if number % 2 else ready)
            await centre.pass_time(0.1)
            await web.look()
        await browser.take()

        assert browser.kinds == ["s", "s"]
        assert browser.board == await web.fresh()


async def test_the_longest_wait_ticks_from_a_moment_that_does_not_move(database_url: str) -> None:
    async with open_centre(database_url) as centre, web_of(centre) as web:
        browser = Browser(web.hub, LEAD)
        await web.hub.watch(browser.watcher, [BOARD])
        await browser.take()
        centre.driver.call(NUMBER, CUSTOMER)
        await centre.pass_time(10)
        await web.look()
        await browser.take()
        since = browser.queue().longest_since_ms

        await centre.pass_time(120)
        await web.look()

        assert (await web.fresh()).queues[0].longest_since_ms == since
        assert timedelta(milliseconds=centre.clock.now_ms() - since) > timedelta(seconds=120)
