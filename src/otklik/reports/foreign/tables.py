"""Lines of a table as text, with a heading or without: what CDR and CEL files have in common. Pure."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from otklik.reports.foreign.rows import Unread

_LONGEST = 16_384
_EMPTY = ("\\N", "NULL", "(null)")

Heading = Callable[[str, str], Mapping[str, int] | None]
"""Line and delimiter → the place of each column by its name; None if the line is no heading."""


class Line(NamedTuple):
    """One line that holds a row. number: in the file, from 1. columns: of the heading, None without one."""

    number: int
    text: str
    fields: Sequence[str]
    columns: Mapping[str, int] | None


def lines_of(lines: Iterable[str], heading: Heading, first_line: int) -> Iterator[Line | Unread | None]:
    """Each line, or why it could not be read; None for an empty one and for the heading. The first line that
    is there tells the delimiter, and whether it is a heading."""
    columns: Mapping[str, int] | None = None
    delimiter = ""
    for number, line in enumerate(lines, first_line):
        text = line.rstrip("\r\n").removeprefix("\ufeff")
        if not text.strip():
            yield None
            continue
        if "\0" in text or len(text) > _LONGEST:
            reason = "unfinished_line" if text.startswith("\0") else "unreadable"
            yield Unread(number, reason, text[:_LONGEST].replace("\0", ""))
            continue
        if not delimiter:
            delimiter = max(",;\t", key=text.count)
            columns = heading(text, delimiter)
            if columns is not None:
                yield None
                continue
        fields = fields_of(text, delimiter)
        yield Unread(number, "unreadable", text) if fields is None else Line(number, text, fields, columns)


def fields_of(text: str, delimiter: str) -> list[str] | None:
    """The fields of one line; None where its quotes do not close. What `mysql -B` writes has no quotes of its
    own."""
    try:
        rows = list(csv.reader([text], delimiter=delimiter, strict=True))
    except csv.Error:
        if delimiter != "\t":
            return None
        rows = [text.split(delimiter)]
    return ["" if field in _EMPTY else field.strip() for field in rows[0]] if rows else None
