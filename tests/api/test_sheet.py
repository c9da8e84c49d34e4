"""A file that a spreadsheet opens and does not execute."""

import csv
import io
import json
import tomllib
import zipfile
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from otklik.api import attendance, teams
from otklik.api.routes import contact_reports, costs, interaction_forms, links, moves
from otklik.api.routes.reports import AGENT_COLUMNS, QUEUE_COLUMNS
from otklik.api.sheet import MARK, SIGNS, Sheet, cell, csv_for_people, csv_text, titles, workbook
from otklik.reports.transfers import Way

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+79161234567", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =cmd|' /C calc'!A0", "=", "+"],
)
def test_what_could_be_a_formula_becomes_text(text: str) -> None:
    assert cell(text) == "'" + text


@pytest.mark.parametrize(
    ("value", "shown"), [(None, ""), (0, "0"), (-5, "-5"), (0.25, "0.25"), (True, "true"), ("Анна", "Анна")]
)
def test_what_is_no_text_stays_what_it_is(value: object, shown: str) -> None:
    assert cell(value) == shown


@given(st.lists(st.dictionaries(st.sampled_from("abc"), st.text(max_size=12)), max_size=5))
def test_no_cell_of_any_text_begins_a_formula_and_all_come_back(rows: list[dict[str, str]]) -> None:
    text = csv_text(("a", "b", "c"), rows)

    assert text.startswith(MARK)
    read = list(csv.reader(io.StringIO(text.removeprefix(MARK), newline="")))
    assert read[0] == ["a", "b", "c"]
    for found, row in zip(read[1:], rows, strict=True):
        for value, column in zip(found, ("a", "b", "c"), strict=True):
            assert not value.startswith(SIGNS)
            assert value.removeprefix("'") == row.get(column, "").removeprefix("'") or value == row.get(
                column
            )


CONTACT_COLUMNS = (
    "weekday",
    *contact_reports.HEAT_COLUMNS,
    *contact_reports.STEP_COLUMNS,
    *contact_reports.WAIT_COLUMNS,
    *contact_reports.REPEAT_COLUMNS,
    *contact_reports.FREQUENT_COLUMNS,
    *contact_reports.CALL_COLUMNS,
    *contact_reports.HOUR_COLUMNS,
    *contact_reports.OUTCOME_COLUMNS,
    *costs.COST_COLUMNS,
    *moves.MOVED_COLUMNS,
    *moves.WAY_COLUMNS,
    *links.LINK_COLUMNS,
    *links.WORST_COLUMNS,
)
ROOT = Path(__file__).parent.parent.parent
MOSCOW = ZoneInfo("Europe/Moscow")
REPORT = Sheet(
    "days",
    ("day", "from", "queue", "offered", "service_level", "aht_seconds"),
    [
        {
            "day": date(2026, 11, 20),
            "from": datetime(2026, 11, 19, 21, 15, tzinfo=UTC),
            "queue": "=cmd|' /C calc'!A0",
            "offered": 1200,
            "service_level": 0.8125,
            "aht_seconds": 90_061.4,
        },
        {"day": date(2026, 11, 21), "from": None, "queue": "+79161234567", "offered": 0},
    ],
    MOSCOW,
    [("zone", "Europe/Moscow"), ("offered", "offered")],
)


def read_back(body: bytes) -> CalamineWorkbook:
    return CalamineWorkbook.from_filelike(io.BytesIO(body))


def test_cells_of_a_workbook_are_numbers_times_shares_and_moments_of_the_zone() -> None:
    rows = read_back(workbook(REPORT, "ru")).get_sheet_by_name("Отчёт").to_python()

    assert rows[0] == ["День", "С", "Очередь", "Поступило", "Уровень сервиса", "AHT"]
    assert rows[1][:5] == [
        date(2026, 11, 20),
        datetime(2026, 11, 20, 0, 15, tzinfo=UTC).replace(tzinfo=None),
        "=cmd|' /C calc'!A0",
        1200.0,
        0.8125,
    ]
    # More than a day: a spreadsheet shows 25:01:01 and adds it up.
    assert rows[1][5] == timedelta(seconds=90_061, milliseconds=400)
    assert rows[2][1] == rows[2][4] == ""


def test_money_is_a_number_with_the_digits_of_its_currency() -> None:
    made = Sheet(
        "costs", ("queue", "pay_cost"), [{"queue": "a", "pay_cost": Decimal("1234567.50")}, {"queue": "b"}]
    )

    rows = read_back(workbook(made, "ru")).get_sheet_by_name("Отчёт").to_python()
    styles = zipfile.ZipFile(io.BytesIO(workbook(made, "ru"))).read("xl/styles.xml").decode()

    assert [row[1] for row in rows[1:]] == [1_234_567.5, ""]
    assert "#,##0.00" in styles or 'numFmtId="4"' in styles
    assert csv_for_people(made, "ru").splitlines()[1:] == ["a;1234567,50", "b;"]
    assert csv_text(made.columns, made.rows).splitlines()[1:] == ["a,1234567.50", "b,"]


def test_no_cell_of_a_workbook_is_a_formula() -> None:
    with zipfile.ZipFile(io.BytesIO(workbook(REPORT, "en"))) as parts:
        pages = [parts.read(name).decode() for name in parts.namelist() if "worksheets/sheet" in name]

    assert pages
    assert not any("<f>" in page or "<f " in page for page in pages)
    assert "[h]:mm:ss" in zipfile.ZipFile(io.BytesIO(workbook(REPORT, "en"))).read("xl/styles.xml").decode()


def test_the_second_page_says_whose_days_and_how_it_is_counted() -> None:
    rows = read_back(workbook(REPORT, "en")).get_sheet_by_name("Definitions").to_python()

    assert rows == [["Time zone", "Europe/Moscow"], ["Offered", "offered"]]


def test_a_russian_spreadsheet_opens_its_csv() -> None:
    text = csv_for_people(REPORT, "ru")
    rows = list(csv.reader(io.StringIO(text.removeprefix(MARK), newline=""), delimiter=";"))

    assert text.startswith(MARK)
    assert rows == [
        ["День", "С", "Очередь", "Поступило", "Уровень сервиса", "AHT"],
        ["20.11.2026", "20.11.2026 00:15", "'=cmd|' /C calc'!A0", "1200", "81,2%", "25:01:01"],
        ["21.11.2026", "", "'+79161234567", "0", "", ""],
    ]


def test_an_english_csv_has_commas_and_points() -> None:
    rows = list(csv.reader(io.StringIO(csv_for_people(REPORT, "en").removeprefix(MARK), newline="")))

    assert rows[1][4:] == ["81.2%", "25:01:01"]


@pytest.mark.parametrize("locale", ["ru", "en"])
def test_every_column_has_the_word_that_the_screen_has(locale: str) -> None:
    words = titles(locale)  # type: ignore[arg-type]  # the two that there are
    screen = json.loads((ROOT / f"web/src/i18n/{locale}/reports.json").read_text())["measure"]

    columns = (
        *(QUEUE_COLUMNS, AGENT_COLUMNS, interaction_forms.SPOKEN_COLUMNS),
        *(attendance.DAY_COLUMNS, attendance.AGENT_COLUMNS, attendance.SIGN_IN_COLUMNS),
        *(attendance.PIECE_COLUMNS, teams.TEAM_COLUMNS, teams.AGENT_COLUMNS, teams.SPREAD_COLUMNS),
        CONTACT_COLUMNS,
    )
    assert {column for one in columns for column in one} <= words.keys()
    assert {name: words[name] for name in words.keys() & screen.keys()} == {
        name: screen[name]["title"] for name in words.keys() & screen.keys()
    }


@pytest.mark.parametrize("locale", ["ru", "en"])
def test_files_of_moves_and_links_say_what_their_pages_say(locale: str) -> None:
    words = titles(locale)  # type: ignore[arg-type]  # the two that there are
    pages = ROOT / f"web/src/i18n/{locale}"
    reports = json.loads((pages / "reports.json").read_text())
    link = json.loads((pages / "link.json").read_text())

    for way in Way:
        assert words[f"way_{way.value}"] == reports["moves"]["way"][way.value]
    for side in ("agent", "customer"):
        assert words[f"link_{side}"] == link["side"][side]
    assert {words[f"report_{kind}"] for kind in ("moves", "links")} == {
        reports["kind"][kind] for kind in ("moves", "links")
    }


def test_both_languages_have_the_same_words() -> None:
    keys = [
        set(tomllib.loads((ROOT / f"src/otklik/templates/sheets/{locale}.toml").read_text()))
        for locale in ("ru", "en")
    ]
    assert keys[0] == keys[1]


def test_titles_that_are_somebodys_own_words_are_no_formula_either() -> None:
    own = Sheet("days", ("pause_1_seconds",), [{"pause_1_seconds": 60}], words={"pause_1_seconds": "=1+1"})

    assert csv_for_people(own, "ru").removeprefix(MARK).splitlines() == ["'=1+1", "0:01:00"]
    assert read_back(workbook(own, "ru")).get_sheet_by_name("Отчёт").to_python()[0] == ["=1+1"]
