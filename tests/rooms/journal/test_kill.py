"""The writer's process is killed in the middle of its work: what was said to be durable is there."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from otklik.acd.events import AcdEvent
from otklik.database import connect
from otklik.journal.codec import Codec
from otklik.journal.store import Holder, JournalWriter
from otklik.reports.verify import refold
from otklik.vocabulary.ids import SiteId
from otklik.vocabulary.refusals import Refused

pytestmark = pytest.mark.database

SITE = SiteId(1)
ROOT = Path(__file__).parents[3]
SEED = 77


def start(url: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.rooms.journal.writer_process", url, str(SEED)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def run_and_kill(url: str, events: int) -> tuple[int, int]:
    """Let it write, kill it at once after that many appends; its epoch, and the last sequence it told."""
    process = start(url)
    assert process.stdout is not None
    try:
        opened = process.stdout.readline().split()
        assert opened, "the writer did not start"
        assert opened[0] == "opened"
        last = 0
        for _ in range(events):
            last = int(process.stdout.readline())
        time.sleep(random.Random(events).random() * 0.01)
        process.send_signal(signal.SIGKILL)
        for line in process.stdout.read().split():
            last = int(line)
        return int(opened[1]), last
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


async def test_nothing_acknowledged_is_lost_and_facts_are_a_fold_of_the_rest(
    database_url: str, soak: int
) -> None:
    connection = await connect(database_url, name="test")
    acknowledged = 0
    for round_number in range(1, 4 * soak):
        epoch, last = run_and_kill(database_url, 20 + 13 * (round_number % 5))

        assert epoch == round_number
        assert last > acknowledged
        acknowledged = last
        rows = await connection.fetch("select seq, epoch from journal order by seq")
        assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
        # At most the batch that was under way is there beyond what was told.
        assert acknowledged <= len(rows) <= acknowledged + 1
        assert await connection.fetchval("select seq from cursor") == len(rows)
        assert [row["epoch"] for row in rows] == sorted(row["epoch"] for row in rows)
        assert await refold(connection, Codec(AcdEvent), site_id=SITE) == []
    await connection.close()


async def test_a_frozen_writer_keeps_the_right_and_its_name_is_told(database_url: str) -> None:
    process = start(database_url)
    assert process.stdout is not None
    try:
        process.stdout.readline()
        process.send_signal(signal.SIGSTOP)
        with pytest.raises(Refused) as refused:
            await JournalWriter.open(
                database_url,
                site_id=SITE,
                codec=Codec(AcdEvent),
                holder=Holder(host="b", pid=2, home="/b"),
            )
        assert refused.value.code == "writer_taken"
        assert refused.value.facts["pid"] == process.pid
        assert refused.value.facts["home"] == "test"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
