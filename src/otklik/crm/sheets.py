"""Tables that people bring: CSV in the encodings of Russian offices, and the first sheet of an XLSX file.

Nothing of a file is trusted: sizes have limits before and after unpacking, and a document that declares
entities is refused.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from typing import Final
from xml.etree import ElementTree

from otklik.vocabulary.messages import Value
from otklik.vocabulary.refusals import Invalid

MOST_ROWS: Final = 5_000
MOST_COLUMNS: Final = 100
LONGEST_CELL: Final = 4_000
MOST_UNPACKED: Final = 60_000_000
ENCODINGS: Final = ("utf-8", "cp1251", "koi8-r", "cp866", "utf-16")
DELIMITERS: Final = (";", ",", "\t")

_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LETTERS = re.compile(r"[A-Z]+")
_COMMON = frozenset("оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё")


class Table(Value):
    """A head and rows of texts, each as long as the head. lines: where each row stands in the file, from 1.
    encoding, delimiter: as read, "" of XLSX. ragged: lines that had more or fewer cells than the head."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    encoding: str = ""
    delimiter: str = ""
    ragged: tuple[int, ...] = ()


def read_table(body: bytes, encoding: str = "") -> Table:
    """The table of a file. encoding: "" to find it out. Raises Invalid table_empty, table_too_large,
    unknown_encoding, table_unreadable."""
    if body[:4] == b"PK\x03\x04":
        lines, found, delimiter = list(_xlsx(body)), "", ""
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


# --- XLSX: a packed folder of XML


def _xlsx(body: bytes) -> Iterator[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            if sum(one.file_size for one in packed.infolist()) > MOST_UNPACKED:
                raise Invalid("table_too_large", "file")
            names = packed.namelist()
            sheet = min((name for name in names if name.startswith("xl/worksheets/sheet")), default="")
            if not sheet:
                raise Invalid("table_unreadable", "file")
            texts = _texts(packed) if "xl/sharedStrings.xml" in names else []
            yield from _lines(_parsed(packed, sheet), texts)
    except (zipfile.BadZipFile, ElementTree.ParseError, NotImplementedError, RuntimeError) as error:
        raise Invalid("table_unreadable", "file") from error


def _parsed(packed: zipfile.ZipFile, name: str) -> ElementTree.Element:
    with packed.open(name) as file:
        text = file.read(MOST_UNPACKED + 1)
    if len(text) > MOST_UNPACKED:
        raise Invalid("table_too_large", "file")
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise Invalid("table_unreadable", "file")
    return ElementTree.fromstring(text)


def _texts(packed: zipfile.ZipFile) -> list[str]:
    root = _parsed(packed, "xl/sharedStrings.xml")
    return ["".join(part.text or "" for part in one.iter(f"{_SHEET}t")) for one in root.iter(f"{_SHEET}si")]


def _lines(root: ElementTree.Element, texts: list[str]) -> Iterator[list[str]]:
    for row in root.iter(f"{_SHEET}row"):
        line: list[str] = []
        for cell in row.iter(f"{_SHEET}c"):
            place = _column(cell.get("r", ""), len(line))
            if place > MOST_COLUMNS:
                continue
            line += [""] * (place - len(line))
            line.append(_cell(cell, texts))
        yield line


def _column(reference: str, otherwise: int) -> int:
    """`C7` is the third: 2."""
    found = _LETTERS.match(reference)
    if found is None:
        return otherwise
    place = 0
    for letter in found[0]:
        place = place * 26 + ord(letter) - 64
    return place - 1


def _cell(cell: ElementTree.Element, texts: list[str]) -> str:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        return "".join(part.text or "" for part in cell.iter(f"{_SHEET}t"))
    value = cell.findtext(f"{_SHEET}v") or ""
    if kind == "s":
        return texts[int(value)] if value.isdigit() and int(value) < len(texts) else ""
    if kind == "n":
        return _whole(value)
    return value


def _whole(text: str) -> str:
    """A phone number that a spreadsheet took for a number: `79161234567.0`, `7.9161234567E10`."""
    try:
        number = float(text)
    except ValueError:
        return text
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else text
