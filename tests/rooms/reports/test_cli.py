"""`otklik report` and `otklik verify`: other programs script their words."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from otklik.acd.events import AcdEvent
from otklik.database import connect
from otklik.journal.codec import Codec
from otklik.journal.store import Holder, JournalWriter
from otklik.reports import service
from otklik.reports.projections import Facts, Live
from tests.rooms.reports.foreign_log import draw
from tests.rooms.reports.random_centre import SITE, RandomCentre
from tests.rooms.reports.test_database import FIRST, LAST, ZONE

pytestmark = pytest.mark.database

QUEUE_COLUMNS = [
    "from",
    "to",
    "queue",
    "offered",
    "answered",
    "abandoned",
    "short_abandons",
    "overflows",
    "service_level",
    "service_level_strict",
    "average_wait_seconds",
    "wait_p90_seconds",
    "aht_seconds",
    "aht_ring_seconds",
]
AGENT_COLUMNS = [
    "day",
    "agent",
    "signed_in_seconds",
    "ready_seconds",
    "not_ready_seconds",
    "offered_seconds",
    "connecting_seconds",
    "connected_seconds",
    "held_seconds",
    "wrap_up_seconds",
    "handled",
    "missed_offers",
    "aht_seconds",
    "occupancy",
]


@pytest.fixture
async def centre_url(database_url: str) -> str:
    writer = await JournalWriter.open(
        database_url,
        site_id=SITE,
        codec=Codec(AcdEvent),
        projections=[Facts(SITE), Live(SITE)],
        holder=Holder(host="h", pid=1, home="/"),
    )
    await writer.append(RandomCentre(8).steps(900))
    await writer.close()
    connection = await connect(database_url, name="test")
    await connection.execute(
        "insert into site values"
        " (1, 'Test', 'Europe/Moscow', 'RU', 'ru', 'RUB', 15000, '', '[]', 1, 1, 'alaw')"
    )
    await connection.close()
    return database_url


def otklik(url: str, home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "otklik", *words, "--home", str(home)],
        env={**os.environ, "OTKLIK_DATABASE_URL": url, "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def report(url: str, home: Path, kind: str, form: str, *more: str) -> str:
    done = otklik(url, home, "report", kind, "--from", str(FIRST), "--to", str(LAST), "--format", form, *more)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("kind", ["intervals", "days"])
async def test_reports_on_queues_say_what_the_service_says(
    centre_url: str, tmp_path: Path, kind: str
) -> None:
    connection = await connect(centre_url, name="test")
    ask = service.queue_intervals if kind == "intervals" else service.queue_days
    expected = await ask(connection, site_id=SITE, zone=ZONE, first=FIRST, end=LAST)
    await connection.close()

    as_json = json.loads(report(centre_url, tmp_path, kind, "json"))
    as_csv = list(csv.reader(io.StringIO(report(centre_url, tmp_path, kind, "csv"))))

    assert len(as_json) == len(expected.rows) > 0
    assert as_csv[0] == list(as_json[0]) == QUEUE_COLUMNS
    for row, line, cells in zip(expected.rows, as_json, as_csv[1:], strict=True):
        assert line["from"] == row.start.astimezone(ZONE).isoformat()
        assert line["queue"] == f"queue {row.queue_id}"
        assert {name: line[name] for name in QUEUE_COLUMNS[3:]} == dict(row.values)
        for name, cell in zip(QUEUE_COLUMNS[3:], cells[3:], strict=True):
            assert (cell == "") == (row.values[name] is None)
            if cell:
                assert float(cell) == pytest.approx(row.values[name], abs=1e-6)


async def test_the_report_on_agents_has_its_columns(centre_url: str, tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = json.loads(report(centre_url, tmp_path, "agents", "json"))

    assert rows
    assert list(rows[0]) == AGENT_COLUMNS
    for row in rows:
        parts = [row[name] for name in AGENT_COLUMNS[3:10]]
        assert sum(parts) == pytest.approx(row["signed_in_seconds"], abs=1e-6)


async def test_one_queue_by_name_or_number_and_an_unknown_one(centre_url: str, tmp_path: Path) -> None:
    by_name = report(centre_url, tmp_path, "days", "csv", "--queue", "Queue 2")
    by_number = report(centre_url, tmp_path, "days", "csv", "--queue", "2")
    unknown = otklik(
        centre_url, tmp_path, "report", "days", "--from", str(FIRST), "--to", str(LAST), "--queue", "sales"
    )

    assert by_name == by_number
    assert {line[2] for line in list(csv.reader(io.StringIO(by_name)))[1:]} == {"queue 2"}
    assert unknown.returncode == 1
    assert "There is no queue sales" in unknown.stderr


async def test_the_table_fits_a_terminal(centre_url: str, tmp_path: Path) -> None:
    lines = report(centre_url, tmp_path, "days", "table").splitlines()

    assert lines[2].startswith("-")
    assert max(map(len, lines)) <= 170
    assert len({len(line) for line in lines[2:3]}) == 1


async def test_verify_says_yes_and_names_what_was_altered(centre_url: str, tmp_path: Path) -> None:
    good = otklik(centre_url, tmp_path, "verify")
    connection = await connect(centre_url, name="test")
    await connection.execute("update agent_slot set ms = ms - 1 where ms = (select max(ms) from agent_slot)")
    await connection.close()
    bad = otklik(centre_url, tmp_path, "verify")
    bad_day = otklik(centre_url, tmp_path, "verify", "--day", "2020-01-01")

    assert (good.returncode, good.stderr) == (0, "")
    assert "as the journal tells it" in good.stdout
    assert bad.returncode == 1
    assert "agent_slot" in bad.stdout
    assert bad_day.returncode == 0


async def test_a_foreign_log_is_imported_reported_and_verified(centre_url: str, tmp_path: Path) -> None:
    plan = draw(21, 120)
    log = tmp_path / "queue_log"
    log.write_text("".join(line + "\n" for line in plan.lines))
    answered = sum(bool(stay.agent) for stay in plan.stays)

    trial = json.loads(
        otklik(centre_url, tmp_path, "import", "queue-log", str(log), "--dry-run", "--json").stdout
    )
    done = otklik(centre_url, tmp_path, "import", "queue-log", str(log), "--source", "office", "--json")
    again = otklik(centre_url, tmp_path, "import", "queue-log", str(log), "--source", "office")
    days = ("--from", "2023-11-01", "--to", "2023-12-01", "--format", "json", "--source")
    rows = json.loads(otklik(centre_url, tmp_path, "report", "days", *days, "office").stdout)
    agents = json.loads(otklik(centre_url, tmp_path, "report", "agents", *days, "office").stdout)
    unknown = otklik(centre_url, tmp_path, "report", "days", *days, "nowhere")
    verified = otklik(centre_url, tmp_path, "verify", "--source", "office")

    found = json.loads(done.stdout)
    assert (done.returncode, found["answered"], found["rejected"]) == (0, answered, [])
    assert trial == found
    assert f"lines known before: {len(plan.lines)}" in again.stdout
    assert sum(row["answered"] for row in rows) == answered
    assert {row["agent"] for row in agents} == {"101", "102", "103", "104"}
    assert unknown.returncode == 1
    assert "nowhere" in unknown.stderr
    assert verified.returncode == 0, verified.stdout


def test_a_log_that_cannot_be_read_is_refused_with_its_path(centre_url: str, tmp_path: Path) -> None:
    done = otklik(centre_url, tmp_path, "import", "queue-log", str(tmp_path / "absent"), "--json")

    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["code"] == "file_unreadable"


def test_a_zone_that_does_not_exist_is_refused(centre_url: str, tmp_path: Path) -> None:
    log = tmp_path / "queue_log"
    log.write_text("")

    done = otklik(centre_url, tmp_path, "import", "queue-log", str(log), "--zone", "Mars/Olympus")

    assert (done.returncode, "Mars/Olympus" in done.stderr) == (2, True)
