"""A log that is read as it is written: every line once, over rotation; and how its queues stand."""

from datetime import UTC
from pathlib import Path

import pytest

from otklik.reports.foreign.now import AgentNow, QueueNow, now_of
from otklik.reports.foreign.rows import Row, Unread, read_rows
from otklik.reports.foreign.tailing import Tail
from otklik.reports.foreign.translating import SETTLED_MS, Translator
from tests.rooms.reports.foreign_log import Folded, draw

pytestmark = pytest.mark.fast

LATER = 1 << 60


def line(number: int) -> str:
    return f"{1_700_000_000 + number}|c{number}|sales||ENTERQUEUE||1|1\n"


def calls(rows: list[Row | Unread]) -> list[str]:
    return [row.call for row in rows if isinstance(row, Row)]


def add(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def test_lines_are_given_once_and_a_half_one_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "queue_log"
    tail = Tail(path, zone=UTC)

    nothing = tail.look(LATER)
    add(path, line(1) + line(2)[:10])
    first = tail.look(LATER)
    add(path, line(2)[10:])
    second = tail.look(LATER)
    tail.close()
    again = tail.look(LATER)
    tail.close()

    assert nothing == []
    assert calls(first) == ["c1"]
    assert calls(second) == ["c2"]
    assert second[0].line == 2
    assert calls(again) == ["c1", "c2"]


def test_a_log_that_is_rotated_is_read_to_its_end_and_then_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "queue_log"
    tail = Tail(path, zone=UTC)
    add(path, line(1))
    before = tail.look(LATER)
    path.rename(tmp_path / "queue_log.1")
    add(tmp_path / "queue_log.1", line(2))
    add(path, line(3))

    after = tail.look(LATER)
    add(path, line(4))
    last = tail.look(LATER)
    tail.close()

    assert (calls(before), calls(after), calls(last)) == (["c1"], ["c2", "c3"], ["c4"])


def test_a_log_that_is_emptied_in_place_is_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "queue_log"
    tail = Tail(path, zone=UTC)
    add(path, line(1) + line(2))
    tail.look(LATER)
    path.write_text("")
    tail.look(LATER)
    add(path, line(3))

    assert calls(tail.look(LATER)) == ["c3"]
    tail.close()


def test_queues_and_agents_stand_as_the_rows_leave_them() -> None:
    text = """\
1700000000|MANAGER|sales|PJSIP/101|ADDMEMBER|
1700000000|MANAGER|sales|PJSIP/102|ADDMEMBER|
1700000005|MANAGER|sales|PJSIP/102|PAUSE|lunch
1700000010|c1|sales||ENTERQUEUE||1|1
1700000020|c2|sales||ENTERQUEUE||2|1
1700000030|c3|support||ENTERQUEUE||3|1
1700000040|c1|sales|PJSIP/101|CONNECT|30|x|3
"""
    translator = Translator()
    rows = [
        row for row in read_rows(text.splitlines(True), zone=UTC, latest_ms=LATER) if isinstance(row, Row)
    ]
    translator.feed(rows, {})

    now = now_of(translator.memory, 1_700_000_050_000)

    assert now.queues == [QueueNow(1, 1, 1, 1_700_000_020_000), QueueNow(2, 1, 0, 1_700_000_030_000)]
    assert now.agents == [
        AgentNow(1, "talking", 0, 1, 1_700_000_040_000),
        AgentNow(2, "not_ready", 1, 0, 0),
    ]
    assert now.log_ms == 1_700_000_040_000


def test_a_log_that_is_followed_comes_to_what_its_import_comes_to() -> None:
    """Second by second, settled as time goes on: the same figures, two minutes later at the most."""
    plan = draw(51, 60)
    lines = [one + "\n" for one in plan.lines]
    rows = [row for row in read_rows(lines, zone=UTC, latest_ms=LATER) if isinstance(row, Row)]
    whole, followed = Translator(), Translator()
    expected = Folded(whole.feed(rows, {})[0] + whole.flush())

    events = []
    for place, row in enumerate(rows):
        events += followed.feed([row], {})[0]
        is_last = place + 1 == len(rows) or rows[place + 1].at_ms // 1000 > row.at_ms // 1000
        if is_last:
            events += followed.settle(row.at_ms)
    told_until = max(event.at.timestamp() for event in events)
    events += followed.flush()
    found = Folded(events)

    assert told_until * 1000 >= rows[-1].at_ms - 2 * SETTLED_MS
    assert [event.at for event in events] == sorted(event.at for event in events)

    def figures(of: Folded) -> list[tuple[int, ...]]:
        return [
            (one.queue_id, one.agent_id, one.wait_ms, one.ring_ms, one.talk_ms, one.outcome, one.transferred)
            for one in of.segments.values()
        ]

    assert sorted(figures(found)) == sorted(figures(expected))
    assert found.time == expected.time
