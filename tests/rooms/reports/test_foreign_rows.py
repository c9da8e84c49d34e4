"""Lines of a queue_log in all forms in which people have them."""

import bz2
import gzip
import lzma
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otklik.reports.foreign.coverage import Coverage, hash_of
from otklik.reports.foreign.reading import LogFile, in_order, rows_of
from otklik.reports.foreign.rows import Row, Unread, moment_ms, read_rows

pytestmark = pytest.mark.fast

MOSCOW = ZoneInfo("Europe/Moscow")
LATER = 1 << 60
AT_MS = 1_700_000_000_000
LINE = "1700000000|c1|sales|PJSIP/101|CONNECT|10|c1a|5"


def read(text: str, zone: ZoneInfo = MOSCOW) -> list[Row | Unread]:
    lines = text.splitlines(keepends=True)
    return [row for row in read_rows(lines, zone=zone, latest_ms=LATER) if row is not None]


def one(text: str) -> Row:
    (row,) = read(text)
    assert isinstance(row, Row)
    return row


def test_a_line_of_the_file_is_a_row() -> None:
    row = one(LINE)

    assert row[:7] == (1, AT_MS, "c1", "sales", "PJSIP/101", "CONNECT", ("10", "c1a", "5"))


@pytest.mark.parametrize(
    "table",
    [
        "time,callid,queuename,agent,event,data1,data2,data3,data4,data5\n"
        "2023-11-15 01:13:20.000000,c1,sales,PJSIP/101,CONNECT,10,c1a,5,,\n",
        "id;time;callid;queuename;agent;event;data\n7;1700000000;c1;sales;PJSIP/101;CONNECT;10|c1a|5\n",
        '"1700000000","c1","sales","PJSIP/101","CONNECT","10","c1a","5"\n',
        "7\t2023-11-15 01:13:20\tc1\tsales\tPJSIP/101\tCONNECT\t10\tc1a\t5\n",
        "created,call_id,queue,agent,event,data1\n1700000000,c1,sales,PJSIP/101,CONNECT,10|c1a|5\n",
    ],
)
def test_a_table_in_any_usual_form_gives_the_same_row(table: str) -> None:
    row = one(table)

    assert row[1:7] == (AT_MS, "c1", "sales", "PJSIP/101", "CONNECT", ("10", "c1a", "5"))
    assert hash_of(row) == hash_of(one(LINE)), "the file and the table are not stored twice"


def test_a_table_keeps_parts_of_a_second() -> None:
    assert one("2023-11-15 01:13:20.250000,c1,sales,,ENTERQUEUE,,1,1\n").at_ms == AT_MS + 250


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("1700000000", AT_MS),
        ("1700000000.5", AT_MS + 500),
        ("2023-11-15 01:13:20", AT_MS),
        ("2023-11-14T22:13:20+00:00", AT_MS),
        ("", None),
        ("soon", None),
        ("2023-13-01 00:00:00", None),
        ("12345", None),
    ],
)
def test_times_are_read_as_they_are_written(text: str, ms: int | None) -> None:
    assert moment_ms(text, MOSCOW) == ms


def test_an_hour_that_comes_twice_is_the_first_of_them() -> None:
    """In Berlin 02:30 came twice on 29 October 2023: 00:30 and 01:30 UTC."""
    assert moment_ms("2023-10-29 02:30:00", ZoneInfo("Europe/Berlin")) == 1_698_539_400_000


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("a|b", "too_few_fields"),
        ("x|c|q|a|CONNECT", "bad_time"),
        ("900000000|c|q|a|CONNECT", "before_2000"),
        ("1700000000|c|q|a||1", "no_event"),
        ("1700000000|c\0|q|a|CONNECT", "unreadable"),
        ("1700000000|" + "c" * 5000 + "|q|a|CONNECT", "unreadable"),
    ],
)
def test_what_is_no_row_says_why(line: str, reason: str) -> None:
    (found,) = read(LINE + "\n" + line)[1:]
    assert isinstance(found, Unread)
    assert (found.line, found.reason) == (2, reason)


def test_a_row_of_the_future_is_none() -> None:
    (found,) = list(read_rows([LINE], zone=MOSCOW, latest_ms=AT_MS - 1))
    assert isinstance(found, Unread)
    assert found.reason == "in_the_future"


@pytest.mark.parametrize("packed", [lambda raw: raw, gzip.compress, bz2.compress, lzma.compress])
def test_packed_files_are_opened_by_what_is_in_them(packed, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]  # a packer
    path = tmp_path / "queue_log.old"
    path.write_bytes(packed((LINE + "\n").encode()))
    log = LogFile(path)

    assert [type(row) for row in rows_of(log, zone=MOSCOW, latest_ms=LATER)] == [Row]
    log.close()


def test_names_in_an_old_code_page_are_read(tmp_path: Path) -> None:
    path = tmp_path / "queue_log"
    path.write_bytes("1700000000|c1|sales|Анна|PAUSE|обед\n".encode("cp1251"))
    log = LogFile(path)
    (row,) = rows_of(log, zone=MOSCOW, latest_ms=LATER)
    log.close()

    assert isinstance(row, Row)
    assert (row.agent, row.facts) == ("Анна", ("обед",))


def test_rotated_files_come_in_the_order_of_their_rows(tmp_path: Path) -> None:
    for name, at in (("queue_log", 1_700_000_300), ("queue_log.1", 1_700_000_200), ("queue_log.2.gz", 1)):
        text = f"{max(at, 1_700_000_100)}|c|q|a|PAUSE|\n".encode()
        (tmp_path / name).write_bytes(gzip.compress(text) if name.endswith("gz") else text)

    found = in_order(sorted(tmp_path.iterdir()), zone=MOSCOW, latest_ms=LATER)

    assert [source.path.name for source in found] == ["queue_log.2.gz", "queue_log.1", "queue_log"]


def test_rows_a_little_out_of_order_stand_where_they_are_written(tmp_path: Path) -> None:
    path = tmp_path / "queue_log"
    path.write_text("1700000010|a|q|x|PAUSE|\n1700000007|b|q|x|PAUSE|\n1700000001|c|q|x|PAUSE|\n")
    log = LogFile(path)
    rows = [row for row in rows_of(log, zone=MOSCOW, latest_ms=LATER) if isinstance(row, Row)]
    log.close()

    assert [row.at_ms // 1000 for row in rows] == [1_700_000_010, 1_700_000_010, 1_700_000_001]


def test_a_row_under_a_wrong_clock_is_left_out_and_a_night_is_not(tmp_path: Path) -> None:
    path = tmp_path / "queue_log"
    hours = (0, 0, 9, 0, 15, 15, 40)
    path.write_text("".join(f"{1_700_000_000 + 3600 * hour}|c|q||ENTERQUEUE||1|1\n" for hour in hours))
    log = LogFile(path)

    rows = list(rows_of(log, zone=MOSCOW, latest_ms=LATER))
    log.close()

    assert [(row.line, row.reason) for row in rows if isinstance(row, Unread)] == [(3, "clock_jumped")]
    assert [(row.at_ms - AT_MS) // 3_600_000 for row in rows if isinstance(row, Row)] == [0, 0, 0, 15, 15, 40]


@given(
    st.lists(st.tuples(st.integers(0, 30), st.sampled_from("abc")), max_size=60),
    st.integers(0, 60),
    st.integers(0, 60),
)
def test_overlapping_pieces_of_a_log_give_each_row_once(
    rows: list[tuple[int, str]], first: int, second: int
) -> None:
    """Whole seconds, as files are cut by rotation; the overlap may be of any length."""
    log = [
        Row(place, AT_MS + at * 1000, call, "q", "x", "PAUSE", (), "")
        for place, (at, call) in enumerate(sorted(rows))
    ]
    cut, back = sorted((first, second))
    start = AT_MS + min(cut, 30) * 1000
    end = AT_MS + min(back, 30) * 1000
    coverage = Coverage()
    earlier = [row for row in log if row.at_ms <= end]
    later = [row for row in log if row.at_ms >= start]

    one, _, late_one = coverage.sift(earlier)
    two, known, late_two = coverage.sift(later)

    assert late_one == late_two == []
    assert one + two == log
    assert known == len(earlier) + len(later) - len(log)
