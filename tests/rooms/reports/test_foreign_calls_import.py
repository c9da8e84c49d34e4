"""Call records in the real database: stored once, in any order, and told anew by what people decided."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from otklik.acd.events import AcdEvent
from otklik.database import connect
from otklik.journal.codec import Codec
from otklik.journal.store import LOCK_CLASS, Holder, JournalWriter
from otklik.reports.foreign import store
from otklik.reports.foreign.forms import CDR
from otklik.reports.foreign.mapping import Mapping
from otklik.reports.foreign.service import Imported, Keeper, Place, import_logs, tell_kept_rows
from otklik.reports.projections import Facts, Live
from otklik.reports.verify import refold
from otklik.vocabulary.ids import SiteId
from tests.rooms.reports.call_records import HEADING, WANTED, day

pytestmark = pytest.mark.database

SITE = SiteId(2)
CODEC = Codec(AcdEvent)
NOW = datetime(2023, 12, 1, tzinfo=UTC)
PLACE = Place(SITE, ZoneInfo("UTC"), "RU")


class Centre:
    """A source of call records in a database of its own."""

    def __init__(self, url: str, connection: Any) -> None:
        self.url = url
        self.connection = connection

    async def take(self, *paths: Path, anew: bool = False) -> Imported:
        writer = await JournalWriter.open(
            self.url,
            site_id=SITE,
            codec=CODEC,
            projections=[Facts(SITE), Live(SITE)],
            holder=Holder(host="h", pid=1, home="/"),
        )
        async for _ in writer.replay(await writer.load_snapshot()):
            pass
        try:
            keeper = Keeper(self.connection, SITE, writer)
            if anew:
                return await tell_kept_rows(keeper, place=PLACE, now=NOW, kind=CDR)
            return await import_logs(keeper, paths, place=PLACE, now=NOW, kind=CDR)
        finally:
            await writer.close()

    async def figures(self) -> dict[str, int]:
        sums = ", ".join(f"sum({name}) as {name}" for name in WANTED)
        row = await self.connection.fetchrow(f"select {sums} from qslot where site_id = $1", SITE)
        return {name: int(value or 0) for name, value in row.items()}


@pytest.fixture
async def centre(database_url: str) -> AsyncIterator[Centre]:
    connection = await connect(database_url, name="test")
    await store.add_source(connection, SITE, "office", CDR, NOW)
    yield Centre(database_url, connection)
    await connection.close()


async def test_records_are_stored_once_and_told_anew_by_another_mapping(
    centre: Centre, tmp_path: Path
) -> None:
    records = sorted(day(), key=lambda one: one.end)
    lines = [record.line() for record in records]
    cut = tmp_path / "Master.csv.1"
    cut.write_text("\n".join(lines[:9])[:-40])
    whole = tmp_path / "Master.csv"
    whole.write_text("".join(line + "\n" for line in [*lines, lines[3]]))

    first = await centre.take(cut, whole)
    again = await centre.take(whole)

    assert [(row.file, row.reason) for row in first.rejected] == [("Master.csv.1", "unfinished_line")]
    assert first.already_known == 9
    assert await centre.figures() == WANTED
    assert (again.lines, again.events, again.already_known) == (18, 0, 18)
    assert await refold(centre.connection, CODEC, site_id=SITE) == []

    await store.begin_anew(centre.connection, SITE, LOCK_CLASS, Mapping(internal=("650",)), 1)
    told = await centre.take(anew=True)

    assert (told.interactions, told.answered) == (6, 4)
    assert (await centre.figures())["offered"] == WANTED["offered"] - 1


async def test_a_part_of_a_call_that_came_too_late_finds_its_place_when_all_is_told_anew(
    centre: Centre, tmp_path: Path
) -> None:
    rows = [record.row() for record in day()]
    early, late = tmp_path / "early.csv", tmp_path / "late.csv"
    early.write_text("\n".join([HEADING, *rows[4:], ""]))
    late.write_text("\n".join([HEADING, *rows[:4], ""]))

    await centre.take(early)
    found = await centre.take(late)

    assert [(row.file, row.line, row.reason) for row in found.rejected] == [
        ("late.csv", line, "began_earlier") for line in (2, 3, 4, 5)
    ]
    await store.begin_anew(centre.connection, SITE, LOCK_CLASS, Mapping(), 0)
    told = await centre.take(anew=True)
    assert told.rejected == []
    assert await centre.figures() == WANTED
    assert await store.list_unread(centre.connection, SITE, 10) == []
