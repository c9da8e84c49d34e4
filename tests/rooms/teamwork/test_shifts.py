"""What a row of a list of shifts says, and who is late, absent, gone or working outside his list."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from otklik.crm.sheets import read_table
from otklik.teamwork import shifts
from otklik.teamwork.shifts import Presence, Shift, Verdict
from otklik.vocabulary.ids import AgentId
from otklik.vocabulary.refusals import Invalid

pytestmark = pytest.mark.fast

ZONE = ZoneInfo("Europe/Moscow")
DAY = date(2026, 11, 23)
ANNA = AgentId(1)


def at(clock: str) -> datetime:
    return datetime.combine(DAY, time.fromisoformat(clock), UTC)


def shift(start: str = "09:00", end: str = "18:00") -> Shift:
    return Shift(agent_id=ANNA, day=DAY, start=at(start), end=at(end))


def was(start: str, until: str | None = None) -> Presence:
    return Presence(start=at(start), until=at(until) if until else None)


@pytest.mark.parametrize(
    ("now", "presences", "verdict", "minutes"),
    [
        ("08:00", [], Verdict.EXPECTED, 0),
        ("09:04", [], Verdict.EXPECTED, 0),
        ("09:05", [], Verdict.LATE, 5),
        ("09:59", [], Verdict.LATE, 59),
        ("10:00", [], Verdict.ABSENT, 60),
        ("19:00", [], Verdict.ABSENT, 540),
        ("09:30", [was("08:50")], Verdict.PRESENT, 0),
        ("09:30", [was("09:04")], Verdict.PRESENT, 0),
        ("11:00", [was("09:20")], Verdict.CAME_LATE, 20),
        ("12:00", [was("09:00", "11:30")], Verdict.LEFT, 30),
        ("11:33", [was("09:00", "11:30")], Verdict.PRESENT, 0),
        ("12:00", [was("09:00", "11:30"), was("11:50")], Verdict.PRESENT, 0),
        ("18:30", [was("09:00", "18:01")], Verdict.DONE, 0),
        ("18:30", [was("09:00")], Verdict.OUTSIDE, 30),
        ("18:03", [was("09:00")], Verdict.DONE, 0),
        ("08:40", [was("08:35")], Verdict.EXPECTED, 0),
        ("08:00", [was("07:00")], Verdict.OUTSIDE, 60),
        ("09:30", [was("08:00", "08:30")], Verdict.LATE, 30),
    ],
)
def test_what_is_expected_and_what_is_go_together(now, presences, verdict, minutes):
    found = shifts.attendance([shift()], presences, at(now))

    assert found is not None
    assert (found.verdict, found.minutes) == (verdict, minutes)


def test_who_is_not_on_the_list_and_here_works_outside_it():
    found = shifts.attendance([], [was("09:00")], at("10:00"))

    assert found is not None
    assert (found.verdict, found.minutes) == (Verdict.OUTSIDE, 60)
    assert shifts.attendance([], [], at("10:00")) is None


def test_of_two_shifts_the_one_that_goes_on_counts():
    two = [shift("06:00", "10:00"), shift("14:00", "18:00")]

    def verdict(now: str, *presences: Presence) -> Verdict | None:
        found = shifts.attendance(two, presences, at(now))
        return None if found is None else found.verdict

    assert verdict("12:00", was("06:00", "10:00")) is Verdict.EXPECTED
    assert verdict("14:20", was("06:00", "10:00")) is Verdict.LATE
    assert verdict("14:20", was("06:00", "10:00"), was("13:58")) is Verdict.PRESENT


def test_a_shift_over_midnight_ends_the_next_day():
    night = shifts.shift_of(ANNA, DAY, time(22), time(6), ZONE)

    assert night.end - night.start == timedelta(hours=8)
    assert night.day == DAY
    assert shifts.shift_of(ANNA, DAY, time(9), time(9), ZONE).end - night.start == timedelta(hours=11)


@pytest.mark.parametrize(
    ("text", "found"),
    [("9", "09:00"), ("9:30", "09:30"), ("09.30", "09:30"), ("09:30:00", "09:30"), ("24:00", "00:00")],
)
def test_times_are_read_as_people_write_them(text, found):
    assert shifts.read_time(text, "start") == time.fromisoformat(found)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", DAY),
        ("2026-11-24", date(2026, 11, 24)),
        ("24.11.2026", date(2026, 11, 24)),
        ("24.11.26", date(2026, 11, 24)),
        ("24.11", date(2026, 11, 24)),
    ],
)
def test_days_are_read_as_people_write_them(text, found):
    assert shifts.read_day(text, DAY) == found


@pytest.mark.parametrize("text", ["31.02.2026", "завтра", "2026-13-01"])
def test_what_is_no_day_is_refused(text):
    with pytest.raises(Invalid, match="day_unreadable"):
        shifts.read_day(text, DAY)


def test_a_table_says_of_each_row_what_is_wrong_with_it():
    table = read_table(
        (
            "Оператор;Дата;Смена\n"
            "Анна  Белова;23.11;09:00-18:00\n"
            "anna;24.11.2026;22-6\n"
            "Кто-то;23.11;09:00-18:00\n"
            "Анна Белова;23.11;с утра\n"
            "Анна Белова;23.11;17:00-20:00\n"
            "Анна Белова;32.11;09:00-18:00\n"
        ).encode()
    )
    mapping = shifts.guess(table.columns)
    shifts.check_mapping(table, mapping)

    rows = shifts.rows_of(table, mapping, {"анна белова": ANNA, "anna": ANNA}, DAY, ZONE)

    assert mapping == {0: "agent", 1: "day", 2: "span"}
    assert [row.code for row in rows] == [
        "",
        "",
        "unknown_agent",
        "time_unreadable",
        "shifts_overlap",
        "day_unreadable",
    ]
    assert rows[1].shift is not None
    assert rows[1].shift.end - rows[1].shift.start == timedelta(hours=8)
    assert [row.place for row in rows[2:4]] == ["Оператор", "Смена"]


def test_two_columns_of_times_are_as_good_as_one():
    table = read_table("кто,с,до\nанна,9:00,18:00\n".encode())

    assert shifts.guess(table.columns) == {0: "agent", 1: "start", 2: "end"}


@pytest.mark.parametrize(
    "mapping", [{0: "agent"}, {0: "day", 1: "start", 2: "end"}, {0: "agent", 1: "start"}]
)
def test_a_list_without_people_or_times_is_refused(mapping):
    table = read_table(b"a,b,c\n1,2,3\n")

    with pytest.raises(Invalid, match="column_missing"):
        shifts.check_mapping(table, mapping)
