"""Tables that people bring: CSV in the encodings of Russian offices, and the first sheet of a spreadsheet
(XLSX, XLS, ODS).

Nothing of a file is trusted: sizes have limits before and after unpacking.
"""

import csv
import io
import re
import zipfile
from datetime import date, datetime, time
from typing import Final

from python_calamine import CalamineError, CalamineWorkbook

from otklik.vocabulary.messages import Value
from otklik.vocabulary.refusals import Invalid

MOST_ROWS: Final = 5_000
MOST_COLUMNS: Final = 100
LONGEST_CELL: Final = 4_000
MOST_UNPACKED: Final = 60_000_000
ENCODINGS: Final = ("utf-8", "cp1251", "koi8-r", "cp866", "utf-16")
DELIMITERS: Final = (";", ",", "\t")

_PACKED = b"PK\x03\x04"
"""How XLSX and ODS begin."""
_COMPOUND = b"\xd0\xcf\x11\xe0"
"""How XLS begins."""
_COMMON = frozenset("оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё")


class Table(Value):
    """A head and rows of texts, each as long as the head. lines: where each row stands in the file, from 1.
    encoding, delimiter: as read, "" of a spreadsheet. ragged: lines that had more or fewer cells than the
    head."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    encoding: str = ""
    delimiter: str = ""
    ragged: tuple[int, ...] = ()


def read_table(body: bytes, encoding: str = "") -> Table:
    """The table of a file. encoding: "" to find it out. Raises Invalid table_empty, table_too_large,
    unknown_encoding, table_unreadable."""
    if body[:4] in (_PACKED, _COMPOUND):
        lines, found, delimiter = _spreadsheet(body), "", ""
    else:
        found = encoding or encoding_of(body)
        if found not in ENCODINGS:
            raise Invalid("unknown_encoding", "encoding", encoding=found)
        try:
            text = body.decode("utf-8-sig" if found == "utf-8" else found)
        except UnicodeDecodeError as error:
            raise Invalid("table_unreadable", "file", encoding=found) from error
        delimiter = _delimiter(text)
        try:
            lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
        except csv.Error as error:
            raise Invalid("table_unreadable", "file", detail=str(error)) from error
    return _table(lines, found, delimiter)


def encoding_of(body: bytes) -> str:
    """By its mark; strict UTF-8; else the one in which most letters are usual small Russian ones."""
    if body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        sample = body[:65_536]

        def usual(encoding: str) -> int:
            return sum(letter in _COMMON for letter in sample.decode(encoding, errors="ignore"))

        return max(("cp1251", "koi8-r", "cp866"), key=usual)
    return "utf-8"


def _delimiter(text: str) -> str:
    """Of the first line with something in it, outside quotes."""
    head = next((line for line in text.splitlines() if line.strip()), "")
    bare = re.sub(r'"[^"]*"', "", head)
    return max(DELIMITERS, key=bare.count)


def _table(lines: list[list[str]], encoding: str, delimiter: str) -> Table:
    kept = [
        (place, [cell.strip() for cell in line])
        for place, line in enumerate(lines, start=1)
        if any(cell.strip() for cell in line)
    ]
    if len(kept) < 2:
        raise Invalid("table_empty", "file")
    head = kept[0][1]
    while head and not head[-1]:
        head.pop()
    if len(head) > MOST_COLUMNS or len(kept) - 1 > MOST_ROWS:
        raise Invalid("table_too_large", "file", rows=MOST_ROWS, columns=MOST_COLUMNS)
    rows, ragged = [], []
    for place, cells in kept[1:]:
        while len(cells) > len(head) and not cells[-1]:
            cells.pop()
        if len(cells) != len(head):
            ragged.append(place)
        padded = [*cells, *[""] * len(head)][: len(head)]
        rows.append(tuple(cell[:LONGEST_CELL] for cell in padded))
    return Table(
        columns=tuple(head),
        rows=tuple(rows),
        lines=tuple(place for place, _ in kept[1:]),
        encoding=encoding,
        delimiter=delimiter,
        ragged=tuple(ragged),
    )


# --- what spreadsheets write


def _spreadsheet(body: bytes) -> list[list[str]]:
    """The first sheet of it, each cell as a text."""
    try:
        if body[:4] == _PACKED:
            with zipfile.ZipFile(io.BytesIO(body)) as packed:
                if sum(one.file_size for one in packed.infolist()) > MOST_UNPACKED:
                    raise Invalid("table_too_large", "file")
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(body))
        rows = workbook.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, zipfile.BadZipFile, ValueError, IndexError) as error:
        raise Invalid("table_unreadable", "file") from error
    return [[_text(cell) for cell in row] for row in rows]


def _text(cell: object) -> str:
    """A cell as people see it: a phone number that a spreadsheet took for a number has no `.0`, a date no
    hours."""
    match cell:
        case bool():
            return str(cell).lower()
        case float() if cell.is_integer() and abs(cell) < 1e15:
            return str(int(cell))
        case datetime() if cell.time() == time():
            return cell.date().isoformat()
        case datetime():
            return cell.isoformat(" ", "seconds")
        case date() | time():
            return cell.isoformat()
        case _:
            return str(cell)
