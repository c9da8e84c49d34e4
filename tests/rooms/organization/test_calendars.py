"""Days off of countries and files, against calendars that governments published."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otklik.organization.calendars import (
    CalendarDay,
    DayKind,
    ReadCalendar,
    SkippedEntry,
    countries,
    days_of_country,
    read_icalendar,
)
from otklik.vocabulary.refusals import Invalid

pytestmark = pytest.mark.fast

FIRST, LAST = date(2026, 1, 1), date(2027, 12, 31)


def file_of(*events: str) -> str:
    parts = [line for event in events for line in ("BEGIN:VEVENT", *event.split("|"), "END:VEVENT")]
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *parts, "END:VCALENDAR", ""])


def those(year: int, kind: DayKind) -> list[str]:
    return [f"{one.day:%d.%m}" for one in days_of_country("RU", year) if one.kind is kind]


def test_the_russian_calendar_has_its_moved_days() -> None:
    off = {one.day for one in days_of_country("RU", 2026, "ru") if one.kind is DayKind.OFF}
    assert {date(2026, 1, 9), date(2026, 3, 9), date(2026, 5, 11), date(2026, 12, 31)} <= off
    # 2024 and 2027 have Saturdays that are worked instead of a Monday.
    assert those(2024, DayKind.WORKING) == ["27.04", "28.12"]
    assert date(2027, 2, 22) in {one.day for one in days_of_country("RU", 2027)}


@pytest.mark.parametrize(
    ("year", "short"),
    [  # as the production calendars of these years list them
        (2024, ["22.02", "07.03", "08.05", "11.06", "02.11"]),
        (2025, ["07.03", "30.04", "11.06", "01.11"]),
        (2026, ["30.04", "08.05", "11.06", "03.11"]),
    ],
)
def test_eves_of_russian_holidays_are_shortened(year: int, short: list[str]) -> None:
    assert those(year, DayKind.SHORT) == short


def test_notes_come_in_the_language_asked_for_where_it_is_known() -> None:
    new_year = date(2027, 1, 1)
    assert next(one for one in days_of_country("ru", 2027, "ru") if one.day == new_year).note.startswith(
        "Нов"
    )
    assert next(one for one in days_of_country("DE", 2027, "en") if one.day == new_year).note.startswith(
        "New"
    )
    assert {"RU", "KZ", "DE", "US"} <= set(countries())


def test_an_unknown_country_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        days_of_country("XX", 2026)
    assert (refused.value.code, refused.value.facts["place"]) == ("unknown_country", "country")


def test_a_file_gives_whole_days_unfolded() -> None:
    read = read_icalendar(
        file_of(
            "SUMMARY:Company day|DTSTART;VALUE=DATE:20200310|DTEND;VALUE=DATE:20200312|RRULE:FREQ=YEARLY"
            "|EXDATE;VALUE=DATE:20270310",
            "SUMMARY:Inventory|DTSTART;VALUE=DATE:20261230|DURATION:P3D",
            "SUMMARY:Long ago|DTSTART;VALUE=DATE:20190101",
        ),
        FIRST,
        LAST,
    )
    assert [(str(one.day), one.note) for one in read.days] == [
        ("2026-03-10", "Company day"),
        ("2026-03-11", "Company day"),
        ("2026-12-30", "Inventory"),
        ("2026-12-31", "Inventory"),
        ("2027-01-01", "Inventory"),
    ]
    assert read.skipped == ()


@pytest.mark.parametrize(
    ("event", "problem"),
    [
        ("SUMMARY:x|DTSTART:20261224T100000Z", "has_time"),
        ("SUMMARY:x|DTSTART;VALUE=DATE:20260101|DTEND;VALUE=DATE:20260601", "too_long"),
        ("SUMMARY:x|DTSTART;VALUE=DATE:20260101|RRULE:FREQ=SECONDLY", "rule_unfit"),
        ("SUMMARY:x|DTSTART;VALUE=DATE:someday", "no_date"),
        ("SUMMARY:x", "no_date"),
    ],
)
def test_what_is_no_whole_day_is_left_out_and_named(event: str, problem: str) -> None:
    good = "SUMMARY:good|DTSTART;VALUE=DATE:20260505"
    assert read_icalendar(file_of(event, good), FIRST, LAST) == ReadCalendar(
        days=(CalendarDay(day=date(2026, 5, 5), kind=DayKind.OFF, note="good"),),
        skipped=(SkippedEntry(title="x", problem=problem),),
    )


@pytest.mark.parametrize("text", ["", "hello", "BEGIN:VEVENT", "<html>", "BEGIN:VCALENDAR\nEND:VCALENDAR"])
def test_what_is_no_calendar_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_icalendar(text, FIRST, LAST)
    assert refused.value.code == "calendar_unreadable"


def test_a_rule_over_a_thousand_days_is_refused() -> None:
    daily = "DTSTART;VALUE=DATE:20260101|RRULE:FREQ=DAILY"
    with pytest.raises(Invalid) as refused:
        read_icalendar(file_of(daily), FIRST, date(2030, 1, 1))
    assert refused.value.code == "calendar_too_long"


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read_icalendar(file_of(f"SUMMARY:x|DTSTART;VALUE=DATE:{text}") + text, FIRST, LAST)
    except Invalid as refused:
        if refused.code != "calendar_unreadable":
            raise
