"""A foreign log in the real database: stored once, whole, and the same as a fresh fold of its journal."""

import bz2
import gzip
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from otklik.acd.events import AcdEvent
from otklik.database import connect
from otklik.journal.codec import Codec
from otklik.journal.store import LOCK_CLASS, Holder, JournalWriter
from otklik.reports.foreign import service, store
from otklik.reports.foreign.mapping import Mapping, Measured, Said
from otklik.reports.foreign.service import Imported, Keeper, Place, import_logs, tell_kept_rows
from otklik.reports.projections import Facts, Live
from otklik.reports.verify import refold
from otklik.vocabulary.ids import SiteId
from otklik.vocabulary.refusals import Invalid, Refused
from tests.rooms.reports.foreign_log import Plan, draw

pytestmark = pytest.mark.database

SITE = SiteId(2)
CODEC = Codec(AcdEvent)
NOW = datetime(2023, 12, 1, tzinfo=UTC)
PLACE = Place(SITE, ZoneInfo("Europe/Moscow"), "RU")


class Centre:
    """A source in a database of its own."""

    def __init__(self, url: str, connection: Any) -> None:
        self.url = url
        self.connection = connection

    async def take(
        self, *paths: Path, is_trial: bool = False, same: dict[str, str] | None = None
    ) -> Imported:
        writer = None
        if not is_trial:
            writer = await JournalWriter.open(
                self.url,
                site_id=SITE,
                codec=CODEC,
                projections=[Facts(SITE), Live(SITE)],
                holder=Holder(host="h", pid=1, home="/"),
            )
            async for _ in writer.replay(await writer.load_snapshot()):
                pass
            assert writer.behind == {}
        try:
            return await import_logs(
                Keeper(self.connection, SITE, writer), paths, place=PLACE, now=NOW, said=Said(same=same or {})
            )
        finally:
            if writer is not None:
                if not writer.is_lost:
                    await writer.keep_snapshot(dict, NOW)
                await writer.close()

    async def figures(self) -> dict[str, int]:
        row = await self.connection.fetchrow(
            "select sum(offered) as offered, sum(answered) as answered, sum(abandoned) as abandoned,"
            " sum(overflow) as overflow, sum(transferred) as transferred, sum(talk_ms) as talk_ms,"
            " sum(wait_ms) as wait_ms from qslot where site_id = $1",
            SITE,
        )
        return {name: int(value or 0) for name, value in row.items()}

    async def differences(self) -> list[Any]:
        return await refold(self.connection, CODEC, site_id=SITE)


@pytest.fixture
async def centre(database_url: str) -> AsyncIterator[Centre]:
    connection = await connect(database_url, name="test")
    await store.add_source(connection, SITE, "office", "queue_log", NOW)
    yield Centre(database_url, connection)
    await connection.close()


def written(path: Path, lines: Sequence[str]) -> Path:
    text = "".join(line + "\n" for line in lines).encode()
    if path.suffix == ".gz":
        text = gzip.compress(text)
    elif path.suffix == ".bz2":
        text = bz2.compress(text)
    path.write_bytes(text)
    return path


def planned(plan: Plan) -> dict[str, int]:
    answered = [stay for stay in plan.stays if stay.agent]
    return {
        "offered": len(plan.stays),
        "answered": len(answered),
        "abandoned": plan.count("abandoned"),
        "overflow": plan.count("timed_out"),
        "transferred": plan.count("transferred"),
        "talk_ms": 1000 * sum(stay.talk for stay in answered),
        "wait_ms": 1000 * sum(stay.leave - stay.enter for stay in answered),
    }


async def test_figures_in_the_database_are_those_of_the_calls(centre: Centre, tmp_path: Path) -> None:
    plan = draw(7, 300)

    found = await centre.take(written(tmp_path / "queue_log", plan.lines))

    assert found.lines == len(plan.lines)
    assert found.rejected == []
    assert (found.interactions, found.answered) == (300, sum(bool(stay.agent) for stay in plan.stays))
    assert await centre.figures() == planned(plan)
    assert await centre.differences() == []
    names = await store.names_of(centre.connection, SITE, "agent")
    assert sorted(names.values()) == ["101", "102", "103", "104"]


async def test_a_file_given_again_adds_nothing(centre: Centre, tmp_path: Path) -> None:
    plan = draw(8, 120)
    path = written(tmp_path / "queue_log", plan.lines)
    first = await centre.take(path)
    before = await centre.figures()

    again = await centre.take(path)

    assert first.events > 0
    assert again.already_known == again.lines == first.lines
    assert (again.events, again.interactions, again.rejected) == (0, 0, [])
    assert await centre.figures() == before == planned(plan)


async def test_rotated_and_packed_files_that_overlap_are_one_log(centre: Centre, tmp_path: Path) -> None:
    plan = draw(9, 200)
    third = len(plan.lines) // 3
    files = [
        written(tmp_path / "queue_log", plan.lines[2 * third - 20 :]),
        written(tmp_path / "queue_log.1.bz2", plan.lines[third : 2 * third + 20]),
        written(tmp_path / "queue_log.2.gz", plan.lines[: third + 20]),
    ]

    found = await centre.take(*files)

    assert found.already_known > 0
    assert await centre.figures() == planned(plan)
    assert await centre.differences() == []


async def test_an_import_that_was_killed_goes_on_where_it_stood(
    centre: Centre, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = draw(10, 200)
    path = written(tmp_path / "queue_log", plan.lines)
    monkeypatch.setattr(service, "BATCH", 150)
    save, calls = store.save, []

    async def killed(*given: Any) -> None:
        calls.append(1)
        if len(calls) == 4:
            raise ConnectionResetError("killed")
        await save(*given)

    monkeypatch.setattr(store, "save", killed)
    with pytest.raises(ConnectionResetError):
        await centre.take(path)
    monkeypatch.setattr(store, "save", save)

    found = await centre.take(path)

    assert 0 < found.already_known < found.lines
    assert await centre.figures() == planned(plan)
    assert await centre.differences() == []


async def test_days_that_are_imported_one_by_one_are_those_of_one_import(
    centre: Centre, tmp_path: Path
) -> None:
    plan = draw(11, 150)
    for number in range(0, len(plan.lines), 97):
        await centre.take(written(tmp_path / f"queue_log.{number}", plan.lines[number : number + 97]))

    found = await centre.figures()

    assert {name: found[name] for name in ("offered", "answered", "abandoned", "talk_ms")} == {
        name: planned(plan)[name] for name in ("offered", "answered", "abandoned", "talk_ms")
    }
    assert await centre.differences() == []


async def test_a_trial_stores_nothing_and_tells_the_same(centre: Centre, tmp_path: Path) -> None:
    path = written(tmp_path / "queue_log", draw(12, 80).lines)

    trial = await centre.take(path, is_trial=True)
    stored = await centre.connection.fetchval("select count(*) from journal")
    real = await centre.take(path)

    assert stored == 0
    assert trial == real


async def test_rows_that_cannot_be_understood_are_kept_with_their_reason(
    centre: Centre, tmp_path: Path
) -> None:
    good = draw(13, 30).lines
    bad = [
        "so|not|a|row",
        "yesterday|c|q||ENTERQUEUE||1|1",
        "900000000|c|q||ENTERQUEUE||1|1",
        "4000000000|c|q||ENTERQUEUE||1|1",
    ]
    path = written(tmp_path / "queue_log", [*good[:10], *bad, *good[10:]])
    path.write_bytes(path.read_bytes() + b"1700099999|c|sales||ENTERQ")

    found = await centre.take(path)
    late = await centre.take(written(tmp_path / "late", ["1699999999|c|q||ENTERQUEUE||1|1"]))

    assert [(row.line, row.reason) for row in found.rejected] == [
        (11, "too_few_fields"),
        (12, "bad_time"),
        (13, "before_2000"),
        (14, "in_the_future"),
        (len(good) + 5, "unfinished_line"),
    ]
    assert [(row.line, row.reason) for row in late.rejected] == [(1, "too_late")]
    kept = await centre.connection.fetch("select line, reason, text from foreign_unread order by file, line")
    assert ("before_2000", bad[2]) in [(row["reason"], row["text"]) for row in kept]
    assert len(kept) == 6


async def test_a_packed_file_that_was_cut_gives_what_is_whole(centre: Centre, tmp_path: Path) -> None:
    plan = draw(14, 200)
    path = written(tmp_path / "queue_log.gz", plan.lines)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])

    found = await centre.take(path)
    path.write_bytes(whole)
    rest = await centre.take(path)

    assert 0 < found.interactions < 200
    assert [row.reason for row in found.rejected] == ["unfinished_line"]
    assert rest.already_known > 0
    assert (await centre.figures())["offered"] == planned(plan)["offered"]


async def test_a_file_that_is_not_there_is_refused_before_anything_is_stored(
    centre: Centre, tmp_path: Path
) -> None:
    path = written(tmp_path / "queue_log", draw(15, 10).lines)

    with pytest.raises(Invalid) as refused:
        await centre.take(path, tmp_path / "absent")

    assert refused.value.code == "file_unreadable"
    assert await centre.connection.fetchval("select count(*) from journal") == 0


async def test_callers_are_parties_of_the_source_by_one_form_of_their_number(
    centre: Centre, tmp_path: Path
) -> None:
    lines = [
        "1700000300|c1|sales||ENTERQUEUE||89161234567|1",
        "1700000310|c1|sales||ABANDON|1|1|10",
        "1700000400|c2|sales||ENTERQUEUE||+7 916 123-45-67|1",
        "1700000410|c2|sales||ABANDON|1|1|10",
        "1700000500|c3|sales||ENTERQUEUE||anonymous|1",
        "1700000510|c3|sales||ABANDON|1|1|10",
    ]
    await centre.take(written(tmp_path / "queue_log", lines))

    parties = await centre.connection.fetch("select party_id, e164 from party where site_id = $1", SITE)
    callers = await centre.connection.fetch(
        "select customer_id from interaction where site_id = $1 order by interaction_id", SITE
    )

    assert [row["e164"] for row in parties] == ["+79161234567"]
    party_id = parties[0]["party_id"]
    assert [row["customer_id"] for row in callers] == [party_id, party_id, 0]


TWO_NAMES = [
    "1700000000|MANAGER|sales|Local/101@from-queue/n|ADDMEMBER|",
    "1700000100|c1|sales||ENTERQUEUE||89161234567|1",
    "1700000110|c1|sales|Anna Petrova|CONNECT|10|c1a|5",
    "1700000170|c1|sales|Anna Petrova|COMPLETEAGENT|10|60|1",
    "1700000200|MANAGER|sales|Local/101@from-queue/n|REMOVEMEMBER|",
]


async def agents_time(centre: Centre) -> dict[str, int]:
    names = await store.names_of(centre.connection, SITE, "agent")
    rows = await centre.connection.fetch(
        "select agent_id, sum(ms) as ms from agent_slot where site_id = $1 group by 1", SITE
    )
    return {names[row["agent_id"]]: int(row["ms"]) for row in rows}


async def test_an_agent_who_is_written_in_two_ways_is_one_when_it_is_said(
    centre: Centre, tmp_path: Path
) -> None:
    path = written(tmp_path / "queue_log", TWO_NAMES)

    await centre.take(path, same={"101": "Anna Petrova"})

    assert await agents_time(centre) == {"Anna Petrova": 200_000}


async def test_who_is_who_is_said_before_the_rows_or_with_a_new_import_of_all(
    centre: Centre, tmp_path: Path
) -> None:
    path = written(tmp_path / "queue_log", TWO_NAMES)
    await centre.take(path)
    parted = await agents_time(centre)
    await store.set_name(centre.connection, SITE, "queue", 1, title="Продажи", own_id=None, team_id=None)

    with pytest.raises(Refused) as refused:
        await centre.take(path, same={"101": "Anna Petrova"})
    await store.empty_source(centre.connection, SITE, LOCK_CLASS)
    left = await centre.connection.fetchval("select count(*) from journal where site_id = $1", SITE)
    again = await centre.take(path, same={"101": "Anna Petrova"})
    names = await store.names_of(centre.connection, SITE, "queue")

    assert set(parted) == {"101", "Anna Petrova"}
    assert refused.value.code == "agent_known"
    assert (left, again.already_known) == (0, 0)
    assert await agents_time(centre) == {"Anna Petrova": 200_000}
    assert names == {1: "Продажи"}
    assert await centre.differences() == []


async def anew(centre: Centre, mapping: Mapping, version: int = 1) -> Imported:
    """What is stored, told by another mapping."""
    await store.begin_anew(centre.connection, SITE, LOCK_CLASS, mapping, version)
    writer = await JournalWriter.open(
        centre.url,
        site_id=SITE,
        codec=CODEC,
        projections=[Facts(SITE), Live(SITE)],
        holder=Holder(host="h", pid=1, home="/"),
    )
    async for _ in writer.replay(await writer.load_snapshot()):
        pass
    try:
        return await tell_kept_rows(Keeper(centre.connection, SITE, writer), place=PLACE, now=NOW)
    finally:
        await writer.close()


async def test_stored_rows_are_told_anew_without_their_files(centre: Centre, tmp_path: Path) -> None:
    plan = draw(16, 120)
    cut = len(plan.lines) // 2
    path = written(tmp_path / "queue_log", plan.lines)
    await centre.take(written(tmp_path / "queue_log.1", plan.lines[:cut]))
    await centre.take(path)

    told = await anew(centre, Mapping())
    again = await centre.take(path)

    assert (told.lines, told.interactions) == (len(plan.lines), plan.calls)
    assert await centre.figures() == planned(plan)
    assert (again.already_known, again.events) == (len(plan.lines), 0)
    assert await centre.differences() == []


async def test_a_telling_that_was_killed_goes_on_with_the_next_import(
    centre: Centre, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = draw(17, 240)
    monkeypatch.setattr(service, "BATCH", 100)
    path = written(tmp_path / "queue_log", plan.lines)
    await centre.take(path)
    save, calls = store.save, []

    async def killed(*given: Any) -> None:
        calls.append(1)
        if len(calls) == 8:
            raise ConnectionResetError("killed")
        await save(*given)

    monkeypatch.setattr(store, "save", killed)
    with pytest.raises(ConnectionResetError):
        await anew(centre, Mapping())
    monkeypatch.setattr(store, "save", save)
    half = await centre.figures()
    await centre.take(path)

    assert 0 < half["offered"] < planned(plan)["offered"]
    assert await centre.figures() == planned(plan)
    assert await centre.differences() == []


async def test_a_mapping_says_who_is_who_what_is_in_time_and_what_is_lost(
    centre: Centre, tmp_path: Path
) -> None:
    plan = draw(18, 150)
    await centre.take(written(tmp_path / "queue_log", [*plan.lines, "1700900000|x|q|NONE|CONNECT|1|2|3"]))
    mapping = Mapping(
        same_agents={"104": "101"},
        same_queues={"8800": "support"},
        queues={"sales": Measured(service_threshold_seconds=5)},
        outcomes={"EXITWITHTIMEOUT": "abandoned", "TRANSFER": "completed"},
    )

    await anew(centre, mapping)
    rows = await centre.connection.fetch(
        "select name, sum(answered) as answered, sum(in_sl) as in_sl, sum(abandoned) as abandoned,"
        " sum(overflow) as overflow, sum(transferred) as transferred from qslot"
        " join foreign_name on foreign_name.site_id = qslot.site_id and kind = 'queue' and id = queue_id"
        " where qslot.site_id = $1 group by name",
        SITE,
    )
    found = {row["name"]: row for row in rows}

    assert set(found) == {"sales", "support"}
    in_time = [stay for stay in plan.of_queue("sales") if stay.agent and stay.leave - stay.enter <= 5]
    assert found["sales"]["in_sl"] == len(in_time)
    support = [*plan.of_queue("support"), *plan.of_queue("8800")]
    assert found["support"]["answered"] == sum(bool(stay.agent) for stay in support)
    assert sum(row["overflow"] + row["transferred"] for row in rows) == 0
    assert sum(row["abandoned"] for row in rows) == plan.count("abandoned") + plan.count("timed_out")
    assert set(await agents_time(centre)) == {"101", "102", "103"}
    unread = await centre.connection.fetch("select reason from foreign_unread where site_id = $1", SITE)
    assert [row["reason"] for row in unread] == ["unknown_call"]
    assert await centre.differences() == []


async def test_a_source_from_before_rows_were_kept_is_not_told_anew(centre: Centre, tmp_path: Path) -> None:
    state = store.State(is_whole=False)
    await store.save(centre.connection, SITE, state, {})
    await centre.take(written(tmp_path / "queue_log", draw(19, 20).lines))
    before = await centre.figures()

    with pytest.raises(Refused) as refused:
        await store.begin_anew(centre.connection, SITE, LOCK_CLASS, Mapping(), 1)

    assert refused.value.code == "rows_not_kept"
    assert await centre.figures() == before


def test_now_is_after_the_drawn_logs() -> None:
    """Or every row of them would be of the future."""
    assert datetime.fromtimestamp(1_700_000_000, UTC) + timedelta(days=10) < NOW
