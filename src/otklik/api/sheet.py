"""Rows as a CSV file that a spreadsheet opens and does not execute.

A cell that begins with a sign of a formula gets an apostrophe before it (a number that stands in text too,
because `+7...` is a formula to a spreadsheet). UTF-8 with its mark, commas, quotes doubled, CRLF: RFC 4180.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from starlette.responses import Response

MARK = "﻿"
SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n")


def cell(value: object) -> str:
    """A value as a cell: empty for none, numbers as they are, text without formulas."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    text = str(value)
    return "'" + text if text.lstrip(" ").startswith(SIGNS) or text.startswith(SIGNS) else text


def csv_text(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> str:
    """Head and rows."""
    sheet = io.StringIO(newline="")
    writer = csv.writer(sheet, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([cell(row.get(column)) for column in columns])
    return MARK + sheet.getvalue()


def csv_answer(name: str, columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> Response:
    """The file, to be kept under this name."""
    return Response(
        csv_text(columns, rows).encode(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )
