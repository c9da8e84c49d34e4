"""A recorded day as it is read from the database: nothing is lost, and the real figures are those of the
reports."""

import json
from datetime import timedelta
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result

from otklik.cli import main
from otklik.database import connect
from otklik.journal.store import Holder, JournalWriter
from otklik.organization import store as organization
from otklik.organization.events import OrganizationEvent
from otklik.reports.measures import QueueFacts
from otklik.simulation.fidelity import count_real
from otklik.simulation.recorded import Recording
from otklik.vocabulary.ids import SiteId
from otklik.vocabulary.refusals import Refused
from otklik.vocabulary.time import slot_of
from otklik.wfm.recorded import bounds_of, read_recorded
from otklik.wiring.engine import codec, projections
from tests.parts import run_async
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
    connection = await connect(database_url, name="test")
    arranged = [record.event for record in records if isinstance(record.event, get_args(OrganizationEvent))]
    await organization.write(connection, arranged, site_id=SITE)
    await connection.close()


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next day, by the clock of the commands."""
    for module in ("replay", "simulate"):
        monkeypatch.setattr(f"otklik.wiring.{module}.wall_now", lambda: WHOLE.end + timedelta(days=1))


def command(database_url: str, home: Path, *words: str) -> Result:
    return CliRunner().invoke(
        main,
        [*words, "--home", str(home)],
        env={"OTKLIK_DATABASE_URL": database_url, "LC_ALL": "ru_RU.UTF-8"},
    )


@pytest.mark.usefixtures("later")
def test_replay_prints_both_sides_and_an_error_within_two_points(database_url: str, tmp_path: Path) -> None:
    run_async(lambda: write(database_url))
    day = WHOLE.start.date().isoformat()

    told = json.loads(command(database_url, tmp_path, "replay", "--day", day, "--json").output)
    table = command(database_url, tmp_path, "replay", "--day", day, "--replications", "1")
    quiet = command(database_url, tmp_path, "replay", "--day", "2026-11-20", "--json")

    assert told["calls"] >= 500
    assert abs(told["error"]["service_level"]) < 0.02
    assert told["imputed"]["patience"] > 400
    assert len(told["intervals"]) == 96
    assert table.exit_code == 0
    assert "было" in table.output
    assert quiet.exit_code == 2
    assert json.loads(quiet.output)["error"]["code"] == "nothing_recorded"


@pytest.mark.usefixtures("later")
def test_real_centre_is_written_edited_and_compared_with_itself(database_url: str, tmp_path: Path) -> None:
    run_async(lambda: write(database_url))
    file, day = tmp_path / "edited.toml", WHOLE.start.date().isoformat()
    taken = ["simulate", "--from-centre", "--day", day]

    written = command(database_url, tmp_path, *taken, "--write", str(file))
    text = file.read_text()
    file.write_text(text.replace("threshold_seconds = 20.0", "threshold_seconds = 60.0"))
    compared = command(database_url, tmp_path, *taken, str(file), "--replications", "2", "--json")

    assert written.exit_code == 0
    assert f"# The centre on {day}." in text
    (comparison,) = json.loads(compared.output)["comparisons"]
    assert (comparison["first"], comparison["second"]) == ("centre", "edited")
    assert comparison["measures"]["offered"]["difference"] == 0
    assert comparison["measures"]["service_level"]["difference"] > 0


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
