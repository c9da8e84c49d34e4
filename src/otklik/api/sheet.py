"""Rows as a file that a spreadsheet opens and does not execute: CSV for programs, CSV and XLSX for people.

For programs: RFC 4180 with the columns' own names, points, UTF-8 with its mark. For people (`locale`): words
of their language, what their spreadsheet expects (in Russian `;` and a decimal comma), and a workbook whose
cells are numbers, times that can be summed, shares and moments.

A cell of text never begins a formula: in CSV it gets an apostrophe (a number that stands in text too, because
`+7...` is a formula to a spreadsheet), in a workbook it is written as text.
"""

import csv
import io
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import xlsxwriter
from fastapi import Query
from starlette.responses import Response

from otklik.reports.catalogue import MEASURES
from otklik.reports.measures import Unit

MARK = "﻿"
SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n")
CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SECONDS_OF_DAY = 86_400
WIDEST = 60
LONGEST_TEXT = 32_000
"""A cell of a workbook holds 32,767 characters."""

Locale = Literal["ru", "en"]
AskedLocale = Annotated[
    Locale | None, Query(alias="locale", description="of a file for people; without it for programs")
]


class Kind(StrEnum):
    """What stands in a column."""

    TEXT = "text"
    COUNT = "count"
    SHARE = "share"
    SECONDS = "seconds"
    MONEY = "money"
    MOMENT = "moment"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file in the making. zone: of its moments. about: lines of its second page (names and texts). words:
    titles of columns that are somebody's own words (reasons), before those of the language. totals: of a
    paper only; a spreadsheet sums by itself."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Mapping[str, object]]
    zone: ZoneInfo | None = None
    about: Sequence[tuple[str, str]] = field(default_factory=tuple)
    words: Mapping[str, str] = field(default_factory=dict)
    totals: Mapping[str, object] = field(default_factory=dict)

    def title(self, column: str, locale: Locale) -> str:
        """What stands above a column."""
        return self.words.get(column) or titles(locale).get(column, column)


_UNITS = {measure.name: Kind(measure.unit.value) for known in MEASURES.values() for measure in known} | {
    "csat": Kind.SHARE,
    "bad_share": Kind.SHARE,
    "target": Kind.SHARE,
}
assert set(Unit) <= {kind.value for kind in Kind}, "each unit of a measure is a kind of column"


def kind_of(column: str, rows: Iterable[Mapping[str, object]]) -> Kind:
    """By the measure of that name, by the name's ending, else by the first value that is there."""
    if column in _UNITS:
        return _UNITS[column]
    if column.endswith("_seconds"):
        return Kind.SECONDS
    for row in rows:
        match row.get(column):
            case None:
                continue
            case bool() | str():
                return Kind.TEXT
            case datetime():
                return Kind.MOMENT
            case date():
                return Kind.DAY
            case Decimal():
                return Kind.MONEY
            case int() | float():
                return Kind.COUNT
            case _:
                return Kind.TEXT
    return Kind.TEXT


def cell(value: object) -> str:
    """A value as a cell of CSV: empty for none, numbers and money as they are, moments as RFC 3339, text
    without formulas."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    text = value.isoformat() if isinstance(value, date) else str(value)
    return "'" + text if text.lstrip(" ").startswith(SIGNS) or text.startswith(SIGNS) else text


def csv_text(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> str:
    """Head and rows, for programs."""
    return _csv([columns, *([cell(row.get(column)) for column in columns] for row in rows)], ",")


def csv_for_people(sheet: Sheet, locale: Locale) -> str:
    """The same with words of a language, its decimal sign, times as h:mm:ss and shares in per cent."""
    kinds = [kind_of(column, sheet.rows) for column in sheet.columns]
    lines: list[Sequence[str]] = [[cell(sheet.title(column, locale)) for column in sheet.columns]]
    for row in sheet.rows:
        values = zip(sheet.columns, kinds, strict=True)
        lines.append([spoken(row.get(column), kind, sheet.zone, locale) for column, kind in values])
    return _csv(lines, ";" if locale == "ru" else ",")


def _csv(lines: Iterable[Sequence[str]], delimiter: str) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(lines)
    return MARK + text.getvalue()


def spoken(value: object, kind: Kind, zone: ZoneInfo | None, locale: Locale) -> str:
    """A cell as a person reads it in his language."""
    if isinstance(value, datetime):
        at = value.astimezone(zone) if zone is not None else value
        return at.strftime("%d.%m.%Y %H:%M" if locale == "ru" else "%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.strftime("%d.%m.%Y" if locale == "ru" else "%Y-%m-%d")
    if isinstance(value, Decimal):
        # As many digits as its currency has; no thousands: a spreadsheet must read it as a number.
        plain = format(value, "f")
        return plain.replace(".", ",") if locale == "ru" else plain
    if isinstance(value, bool) or not isinstance(value, int | float):
        return cell(value)
    if kind is Kind.SECONDS:
        whole = round(value)
        return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
    text = f"{value * 100:.1f}%" if kind is Kind.SHARE else str(value)
    return text.replace(".", ",") if locale == "ru" else text


def workbook(sheet: Sheet, locale: Locale) -> bytes:
    """XLSX with typed cells: durations are times that a sum adds up, shares are per cent, moments are dates
    of the report's zone without one of their own."""
    target = io.BytesIO()
    words = titles(locale)
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(target, {"in_memory": True, "constant_memory": False, **options})
    bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "vcenter"})
    day = "dd.mm.yyyy" if locale == "ru" else "yyyy-mm-dd"
    formats: dict[Kind | int, Any] = {
        Kind.COUNT: book.add_format({"num_format": "General"}),
        Kind.SHARE: book.add_format({"num_format": "0.0%"}),
        Kind.SECONDS: book.add_format({"num_format": "[h]:mm:ss"}),
        Kind.MOMENT: book.add_format({"num_format": f"{day} hh:mm"}),
        Kind.DAY: book.add_format({"num_format": day}),
        Kind.TEXT: book.add_format({}),
        # Money, by the digits of its currency.
        0: book.add_format({"num_format": "#,##0"}),
        2: book.add_format({"num_format": "#,##0.00"}),
        3: book.add_format({"num_format": "#,##0.000"}),
    }
    page = book.add_worksheet(words["sheet"])
    page.freeze_panes(1, 0)
    for place, column in enumerate(sheet.columns):
        title = sheet.title(column, locale)
        kind = kind_of(column, sheet.rows)
        page.write_string(0, place, title, bold)
        width = len(title)
        for line, row in enumerate(sheet.rows, 1):
            shown = _write(page, line, place, row.get(column), kind, formats, sheet.zone)
            width = max(width, shown)
        page.set_column(place, place, min(WIDEST, width + 2))
    if sheet.rows:
        page.autofilter(0, 0, len(sheet.rows), len(sheet.columns) - 1)
    if sheet.about:
        about = book.add_worksheet(words["about"])
        for line, (name, text) in enumerate(sheet.about):
            about.write_string(
                line, 0, words.get(name, name), book.add_format({"bold": True, "valign": "top"})
            )
            about.write_string(line, 1, text, book.add_format({"text_wrap": True}))
        about.set_column(0, 0, 34)
        about.set_column(1, 1, 90)
    book.close()
    return target.getvalue()


def _write(
    page: Any,
    line: int,
    place: int,
    value: object,
    kind: Kind,
    formats: Mapping[Kind | int, Any],
    zone: ZoneInfo | None,
) -> int:
    """One cell; how many characters it is wide."""
    match value:
        case None:
            return 0
        case datetime():
            at = value.astimezone(zone) if zone is not None else value
            page.write_datetime(line, place, at.replace(tzinfo=None), formats[Kind.MOMENT])
            return 16
        case date():
            page.write_datetime(line, place, value, formats[Kind.DAY])
            return 10
        case bool():
            page.write_boolean(line, place, value)
            return 6
        case Decimal():
            digits = -min(int(value.as_tuple().exponent), 0)
            page.write_number(line, place, value, formats[digits])
            return len(format(value, ",f"))
        case int() | float() if kind is Kind.SECONDS:
            page.write_number(line, place, value / SECONDS_OF_DAY, formats[kind])
            return 10
        case int() | float():
            page.write_number(line, place, value, formats[kind])
            return 9
    text = str(value)[:LONGEST_TEXT]
    page.write_string(line, place, text)
    return len(text)


@cache
def titles(locale: Locale) -> dict[str, str]:
    """Words for columns, and for the pages of a workbook."""
    file = resources.files("otklik") / "templates/sheets" / f"{locale}.toml"
    found: dict[str, str] = tomllib.loads(file.read_text("utf-8"))
    return found


def file_of(sheet: Sheet, form: str, locale: Locale | None) -> tuple[bytes, str]:
    """The file's bytes and media type: `xlsx`, or `csv` for people or programs."""
    if form == "xlsx":
        return workbook(sheet, locale or "en"), XLSX
    text = csv_text(sheet.columns, sheet.rows) if locale is None else csv_for_people(sheet, locale)
    return text.encode(), CSV


def answer(sheet: Sheet, form: str, locale: Locale | None) -> Response:
    """The file, to be kept under its name."""
    body, media_type = file_of(sheet, form, locale)
    return kept(body, media_type, f"{sheet.name}.{form}")


def kept(body: bytes, media_type: str, name: str) -> Response:
    """A file that a browser keeps under a name."""
    return Response(
        body, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
