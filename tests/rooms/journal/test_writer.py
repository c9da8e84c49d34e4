"""The writer: gapless order, one transaction, fencing, snapshots, projections that fail."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from otklik.acd import events as acd
from otklik.acd.events import AcdEvent
from otklik.database import connect
from otklik.journal.codec import Codec
from otklik.journal.projection import Acts
from otklik.journal.record import Record
from otklik.journal.store import (
    TROUBLE,
    FencedOff,
    Holder,
    JournalWriter,
    Snapshot,
    find_holder,
    last_seq,
    read,
)
from otklik.vocabulary.ids import AgentId, SiteId
from otklik.vocabulary.refusals import Refused

pytestmark = pytest.mark.database

SITE = SiteId(1)
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CODEC = Codec(AcdEvent)
PARTY = Acts(
    ("insert into party (site_id, party_id, e164) values ($1, $2, $3)",), (int(SITE), 7, "+79001234567")
)
HERE = Holder(host="first", pid=1, home="/srv/first")
THERE = Holder(host="second", pid=2, home="/srv/second")


def signed_in(agent: int, seconds: float = 0) -> acd.AgentSignedIn:
    return acd.AgentSignedIn(at=START + timedelta(seconds=seconds), agent_id=AgentId(agent))


async def take(url: str, holder: Holder = HERE, **options: Any) -> JournalWriter:
    writer = await JournalWriter.open(
        url, site_id=SITE, codec=CODEC, holder=holder, patience=timedelta(milliseconds=200), **options
    )
    return writer


async def replayed(writer: JournalWriter) -> list[Record]:
    snapshot = await writer.load_snapshot()
    return [record async for records in writer.replay(snapshot) for record in records]


async def test_appends_are_numbered_without_a_gap_and_read_back_in_order(database_url: str) -> None:
    writer = await take(database_url)

    first = await writer.append([signed_in(1), signed_in(2, 1)])
    second = await writer.append([signed_in(3, 2)])

    assert [record.seq for record in (*first, *second)] == [1, 2, 3]
    connection = await connect(database_url, name="test")
    found = [record async for records in read(connection, CODEC, site_id=SITE) for record in records]
    assert found == [*first, *second]
    assert await last_seq(connection, SITE) == 3
    assert writer.last_at == START + timedelta(seconds=2)
    await connection.close()
    await writer.close()


async def test_the_journals_time_never_goes_back_but_the_event_keeps_its_own(database_url: str) -> None:
    writer = await take(database_url)

    records = await writer.append([signed_in(1, 10), signed_in(2, 5)])

    assert [record.at for record in records] == [START + timedelta(seconds=10)] * 2
    assert records[1].event.at == START + timedelta(seconds=5)
    await writer.close()


async def test_a_second_writer_is_refused_and_told_who_holds_the_right(database_url: str) -> None:
    writer = await take(database_url)

    with pytest.raises(Refused) as refused:
        await take(database_url, THERE)

    assert refused.value.code == "writer_taken"
    assert refused.value.facts == {"host": "first", "pid": 1, "home": "/srv/first"}
    await writer.close()
    successor = await take(database_url, THERE)
    assert successor.epoch == 2
    assert await find_holder(successor._connection, SITE) == THERE
    await successor.close()


async def test_writers_of_two_sites_do_not_know_each_other(database_url: str) -> None:
    here = await take(database_url)
    there = await JournalWriter.open(database_url, site_id=SiteId(2), codec=CODEC, holder=THERE)

    await here.append([signed_in(1)])
    records = await there.append([signed_in(1)])

    assert records[0].seq == 1
    await here.close()
    await there.close()


async def test_a_writer_whose_epoch_is_over_writes_nothing_and_stays_dead(database_url: str) -> None:
    writer = await take(database_url)
    await writer.append([signed_in(1)])
    other = await connect(database_url, name="test")
    await other.execute("update cursor set epoch = epoch + 1")

    with pytest.raises(FencedOff):
        await writer.append([signed_in(2)])

    assert writer.is_lost
    with pytest.raises(AssertionError):
        await writer.append([signed_in(3)])
    assert await other.fetchval("select count(*) from journal") == 1
    await other.close()
    await writer.close()


async def test_a_failing_row_takes_the_whole_batch_back(database_url: str) -> None:
    writer = await take(database_url)

    async def write_party(connection: Any) -> None:
        await connection.execute("insert into party (site_id, party_id, e164) values (1, 7, '+79001234567')")

    async def fail(connection: Any) -> None:
        await connection.execute("insert into party (site_id, party_id, e164) values (1, 8, '+79001234567')")

    await writer.append([signed_in(1)], rows=[write_party])
    with pytest.raises(Exception, match="party_e164"):
        await writer.append([signed_in(2)], rows=[fail])
    await writer.close()

    successor = await take(database_url)
    assert [record.seq for record in await replayed(successor)] == [1]
    assert (await successor.append([signed_in(2)]))[0].seq == 2
    await successor.close()


async def test_a_journal_that_was_not_replayed_is_not_written(database_url: str) -> None:
    writer = await take(database_url)
    await writer.append([signed_in(1)])
    await writer.close()

    successor = await take(database_url)
    with pytest.raises(AssertionError, match="replayed"):
        await successor.append([signed_in(2)])

    await replayed(successor)
    await successor.append([signed_in(2)])
    await successor.close()


async def test_months_are_made_ahead_and_also_where_the_clock_jumps_to(database_url: str) -> None:
    writer = await take(database_url)

    await writer.append([signed_in(1)])
    await writer.append([signed_in(2, 86_400 * 200)])

    names = await writer._connection.fetch(
        "select inhrelid::regclass::text as name from pg_inherits"
        " where inhparent = 'journal'::regclass order by 1"
    )
    assert [row["name"] for row in names] == [f"journal_y2026m{month:02}" for month in (3, 4, 5, 9, 10, 11)]
    await writer.close()


async def test_three_snapshots_are_kept_and_a_damaged_one_is_passed_over(database_url: str) -> None:
    writer = await take(database_url)
    for number in range(1, 6):
        records = await writer.append([signed_in(number)])
        await writer.save_snapshot(records[-1].seq, START, {"acd": b"%d" % number})
    connection = await connect(database_url, name="test")

    kept = await connection.fetch("select seq from snapshot order by seq")
    await connection.execute("update snapshot set state = state || '\\x00' where seq = 5")
    found = await writer.load_snapshot()

    assert [row["seq"] for row in kept] == [3, 4, 5]
    assert found is not None
    assert (found.seq, found.parts) == (4, {"acd": b"4"})
    assert [record.seq for record in [r async for rs in writer.replay(found) for r in rs]] == [5]
    await connection.close()
    await writer.close()


TALLY = (
    "insert into tally (site_id, agent_id) select 1, agent / $2::integer from unnest($1::integer[]) as agent"
)


class Counting:
    """Counts sign-ins by agent into table `tally`; can be made to raise."""

    name = "counting"
    version = 1
    tables = ("tally",)

    def __init__(self, *, fold_fails: bool = False, write_fails: bool = False, has_acts: bool = True) -> None:
        self.fold_fails = fold_fails
        self.write_fails = write_fails
        self.has_acts = has_acts
        self.seen = 0

    def fold(self, records: Sequence[Record]) -> list[int] | None:
        if self.fold_fails:
            raise ValueError("planted")
        agents = [record.agent_id for record in records if isinstance(record.event, acd.AgentSignedIn)]
        self.seen += len(agents)
        return list(agents) or None

    def acts(self, changes: list[int]) -> Acts | None:
        if not self.has_acts:
            return None
        return Acts((TALLY,), (changes, 0 if self.write_fails else 1))

    async def write(self, connection: Any, changes: list[int]) -> None:
        for agent in changes:
            await connection.execute("insert into tally (site_id, agent_id) values (1, $1)", agent)
        if self.write_fails:
            await connection.execute("select 1 / 0")

    def snapshot(self) -> bytes:
        return b"%d" % self.seen

    def restore(self, snapshot: bytes | None) -> None:
        self.seen = int(snapshot or 0)


@pytest.fixture
async def tally_url(database_url: str) -> str:
    connection = await connect(database_url, name="test")
    await connection.execute("create table tally (site_id smallint, agent_id integer)")
    await connection.close()
    return database_url


async def tally(writer: JournalWriter) -> list[int]:
    rows = await writer._connection.fetch("select agent_id from tally order by agent_id")
    return [row["agent_id"] for row in rows]


@pytest.mark.parametrize("has_acts", [True, False])
@pytest.mark.parametrize("fault", ["fold_fails", "write_fails"])
async def test_a_projection_that_raises_is_marked_behind_left_out_and_rebuilt(
    tally_url: str, fault: str, has_acts: bool
) -> None:
    told: list[tuple[str, int]] = []
    broken, sound = Counting(has_acts=has_acts), Counting()
    sound.name = "sound"
    writer = await take(
        tally_url,
        projections=[broken, sound],
        on_behind=lambda name, seq, error: told.append((name, seq)),
    )
    await writer.append([signed_in(1)])
    setattr(broken, fault, True)

    await writer.append([signed_in(2)])
    setattr(broken, fault, False)
    await writer.append([signed_in(3)])

    assert told == [("counting", 1)]
    assert writer.behind["counting"].seq == 1
    assert sorted(await tally(writer)) == [1, 1, 2, 3]
    assert await writer._connection.fetchval("select seq from projection_behind where name = 'counting'") == 1

    assert await writer.rebuild("counting") == 3
    assert await tally(writer) == [1, 2, 3]
    await writer.append([signed_in(4)])
    assert broken.seen == 4
    assert writer.behind == {}
    assert await writer._connection.fetchval("select count(*) from projection_behind") == 0
    await writer.close()


async def test_a_batch_is_one_statement_where_everybody_has_acts(tally_url: str) -> None:
    named = Counting()
    writer = await take(tally_url, projections=[named])
    watcher = await connect(tally_url, name="test")
    heard: list[str] = []
    await watcher.add_listener("otklik_1", lambda *words: heard.append(words[-1]))

    await writer.append([signed_in(1), signed_in(2)], rows=[PARTY])
    one = list(writer._prepared)
    await writer.append([signed_in(3)])
    await writer.append([signed_in(4)])
    named.has_acts = False
    await writer.append([signed_in(5)])

    assert len(one) == 1
    assert len(writer._prepared) == 2
    assert await tally(writer) == [1, 2, 3, 4, 5]
    assert await writer._connection.fetchval("select e164 from party") == "+79001234567"
    assert await last_seq(watcher, SITE) == 5
    async with asyncio.timeout(5):
        while not heard or not heard[-1].endswith("-5"):  # noqa: ASYNC110 - the database tells
            await asyncio.sleep(0.01)
    # Batches that come quickly one after the other are rung together; none is left out.
    rung = [tuple(map(int, words.split("-"))) for words in heard]
    assert [first for first, _ in rung] == [1, *(last + 1 for _, last in rung[:-1])]
    await watcher.close()
    await writer.close()


async def test_one_statement_writes_nothing_when_the_epoch_is_over(tally_url: str) -> None:
    writer = await take(tally_url, projections=[Counting()])
    await writer.append([signed_in(1)])
    await writer._connection.execute("update cursor set epoch = epoch + 1")

    with pytest.raises(FencedOff):
        await writer.append([signed_in(2)], rows=[PARTY])

    assert await tally(writer) == [1]
    assert await writer._connection.fetchval("select count(*) from journal") == 1
    assert await writer._connection.fetchval("select count(*) from party") == 0
    await writer.close()


async def test_acts_that_fail_take_the_whole_batch_back(tally_url: str) -> None:
    writer = await take(tally_url, projections=[Counting()])
    await writer.append([signed_in(1)], rows=[PARTY])

    with pytest.raises(Exception, match="party"):
        await writer.append([signed_in(2)], rows=[PARTY])

    assert await tally(writer) == [1]
    assert await last_seq(writer._connection, SITE) == 1
    await writer.close()


async def test_projections_continue_after_a_restart_from_the_snapshot_and_the_rest(tally_url: str) -> None:
    writer = await take(tally_url, projections=[Counting()])
    await writer.append([signed_in(1), signed_in(2)])
    await writer.save_snapshot(writer.seq, START, writer.projection_parts())
    await writer.append([signed_in(3)])
    await writer.close()

    again = Counting()
    successor = await take(tally_url, projections=[again])
    await replayed(successor)
    await successor.append([signed_in(4)])

    assert again.seen == 4
    assert await tally(successor) == [1, 2, 3, 4]
    assert successor.behind == {}
    await successor.close()


async def test_a_projection_of_a_new_version_is_behind_until_it_is_rebuilt(tally_url: str) -> None:
    writer = await take(tally_url, projections=[Counting()])
    await writer.append([signed_in(1)])
    await writer.close()

    changed = Counting()
    changed.version = 2
    successor = await take(tally_url, projections=[changed])
    await replayed(successor)
    assert list(successor.behind) == ["counting"]

    await successor.rebuild("counting")
    await successor.close()
    third = Counting()
    third.version = 2
    last = await take(tally_url, projections=[third])
    await replayed(last)
    assert last.behind == {}
    await last.close()


async def test_a_projection_that_fails_again_stays_behind_and_the_writer_goes_on(tally_url: str) -> None:
    broken = Counting(fold_fails=True)
    writer = await take(tally_url, projections=[broken])
    await writer.append([signed_in(1)])

    with pytest.raises(Refused) as refused:
        await writer.rebuild("counting")

    assert refused.value.code == "projection_not_rebuilt"
    assert list(writer.behind) == ["counting"]
    await writer.append([signed_in(2)])
    broken.fold_fails = False
    assert await writer.rebuild("counting") == 2
    assert await tally(writer) == [1, 2]
    await writer.close()


async def test_an_open_state_that_cannot_be_read_is_rebuilt_and_stops_nothing(tally_url: str) -> None:
    writer = await take(tally_url, projections=[Counting()])
    await writer.append([signed_in(1)])
    parts = {name: b"not a number" for name in writer.projection_parts()}
    await writer.save_snapshot(writer.seq, START, parts)
    await writer.close()

    successor = await take(tally_url, projections=[Counting()])
    await replayed(successor)

    assert list(successor.behind) == ["counting"]
    assert await successor.rebuild("counting") == 1
    await successor.close()


class Memory:
    """A shell's memory: ahead of the journal while a batch is under way, as every shell's is."""

    def __init__(self) -> None:
        self.agents: list[int] = []

    async def step(self, writer: JournalWriter, agent: int) -> None:
        self.agents.append(agent)
        await writer.append([signed_in(agent)])

    def parts(self) -> dict[str, bytes]:
        return {"agents": bytes(self.agents)}


async def test_a_snapshot_is_never_ahead_of_the_journal(tally_url: str) -> None:
    memory = Memory()
    writer = await take(tally_url, projections=[Counting()])

    seen: set[int] = set()

    async def work() -> None:
        while len(seen) <= 3 or len(memory.agents) < 100:
            await memory.step(writer, 1 + len(memory.agents) % 200)

    async with asyncio.TaskGroup() as tasks:
        working = tasks.create_task(work())
        while not working.done():
            seq = await writer.keep_snapshot(memory.parts, START)
            found = await newest_snapshot(tally_url)
            assert found.seq == seq == len(found.parts["agents"])
            assert found.parts["projection:counting:1"] == b"%d" % seq
            seen.add(seq)
            await asyncio.sleep(0)

    assert len(seen) > 3
    await writer.close()


async def newest_snapshot(url: str) -> Snapshot:
    connection = await connect(url, name="test")
    row = await connection.fetchrow("select seq, at_ms, state from snapshot order by seq desc limit 1")
    await connection.close()
    parts = msgspec.msgpack.decode(row["state"], type=dict[str, bytes])
    return Snapshot(seq=row["seq"], at=START, parts=parts)


async def test_a_snapshot_that_the_database_refuses_stops_nothing(tally_url: str) -> None:
    writer = await take(tally_url)
    await writer.append([signed_in(1)])
    connection = await connect(tally_url, name="test")
    await connection.execute("alter table snapshot rename to kept")

    with pytest.raises(Refused) as refused:
        await writer.keep_snapshot(dict, START)

    assert refused.value.code == "snapshot_not_kept"
    await writer.append([signed_in(2)])
    await connection.close()
    await writer.close()


async def test_a_writer_whose_session_was_ended_is_lost_and_its_successor_has_everything(
    tally_url: str,
) -> None:
    writer = await take(tally_url, projections=[Counting()])
    await writer.append([signed_in(1)])
    connection = await connect(tally_url, name="test")
    await connection.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'otklik writer %'"
        " and datname = current_database()"
    )

    # Its session may be known to have ended before it is asked, or only then.
    with pytest.raises((*TROUBLE, AssertionError)):
        await writer.append([signed_in(2)])

    assert writer.is_lost
    await writer.close()
    successor = await take(tally_url, projections=[Counting()])
    assert [record.agent_id for record in await replayed(successor)] == [1]
    await successor.append([signed_in(2)])
    assert await tally(successor) == [1, 2]
    await connection.close()
    await successor.close()
