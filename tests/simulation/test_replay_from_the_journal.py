"""A recorded day as it is read from the database: nothing is lost, and the real figures are those of the
reports."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from otklik.database import connect
from otklik.journal.store import Holder, JournalWriter
from otklik.reports.measures import QueueFacts
from otklik.simulation.fidelity import count_real
from otklik.simulation.recorded import Recording
from otklik.vocabulary.ids import SiteId
from otklik.vocabulary.refusals import Refused
from otklik.vocabulary.time import slot_of
from otklik.wfm.recorded import bounds_of, read_recorded
from otklik.wiring.engine import codec, projections
from tests.simulation.recorded_day import WHOLE, acd_events, recorded_day

pytestmark = pytest.mark.database

SITE = SiteId(1)


async def write(database_url: str) -> None:
    """The day of the simulated centre, with its facts."""
    writer = await JournalWriter.open(
        database_url,
        site_id=SITE,
        codec=codec(),
        projections=projections(SITE),
        holder=Holder(host="here", pid=1, home="/srv/here"),
    )
    records = recorded_day(1)
    for place in range(0, len(records), 500):
        await writer.append([record.event for record in records[place : place + 500]])
    await writer.close()


async def test_day_is_read_whole_and_counted_as_the_reports_count_it(database_url: str) -> None:
    await write(database_url)
    connection = await connect(database_url, name="test")

    events = await read_recorded(connection, codec(), site_id=SITE, start=WHOLE.start, end=WHOLE.end)
    row = await connection.fetchrow(
        "select sum(offered)::int as offered, sum(answered)::int as answered,"
        " sum(abandoned)::int as abandoned, sum(short_ab)::int as short_ab,"
        " sum(aband_in_t)::int as aband_in_t, sum(in_sl)::int as in_sl, sum(overflow)::int as overflow"
        " from qslot where slot >= $1 and slot < $2",
        slot_of(WHOLE.start),
        slot_of(WHOLE.end),
    )
    await connection.close()

    assert Recording.of(events) == Recording.of(acd_events(recorded_day(1)))
    assert count_real(events, WHOLE).total().facts() == QueueFacts(**row)


async def test_configuration_of_long_ago_is_known(database_url: str) -> None:
    await write(database_url)
    connection = await connect(database_url, name="test")
    later = WHOLE.start + timedelta(days=3)

    events = await read_recorded(
        connection, codec(), site_id=SITE, start=later, end=later + timedelta(hours=1)
    )
    await connection.close()

    recording = Recording.of(events)
    assert recording.rules
    assert len(recording.changes) >= 9
    assert recording.stays == []


def test_day_ends_now_at_the_latest_and_must_have_begun() -> None:
    zone = ZoneInfo("Europe/Moscow")
    day = WHOLE.start.astimezone(zone).date()

    assert bounds_of(day, 1, zone, now=WHOLE.end)[1] == WHOLE.end
    with pytest.raises(Refused) as refused:
        bounds_of(day + timedelta(days=1), 1, zone, now=WHOLE.end)
    assert refused.value.code == "day_not_begun"
