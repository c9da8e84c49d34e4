"""A line of Asterisk's queue_log as a row. Pure.

Two forms: the file (`1366720340|MANAGER|8000|PJSIP/1001|PAUSE|lunch`) and the table written by the realtime
driver, exported as CSV (time, callid, queuename, agent, event, data or data1 ... data5). Versions 1.4 to 22
write the same first five fields; what follows differs by event and version and is read where it is needed.
Times have whole seconds in the file and microseconds in the table; within a second the order is the order of
the lines.
"""

import csv
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, tzinfo
from typing import NamedTuple

EARLIEST_MS = 946_684_800_000
"""Before 2000 there was no queue_log: such a time is a wrong clock."""

_FIELDS = 5
_LONGEST = 4096
_EPOCH_DIGITS = 9


class Row(NamedTuple):
    """One line that is well formed. facts: what follows the event's name, as written. text: the whole line,
    by which it is known again."""

    line: int
    at_ms: int
    call: str
    queue: str
    agent: str
    event: str
    facts: tuple[str, ...]
    text: str


class Unread(NamedTuple):
    """A line that cannot be understood, kept as it is. reason: a code. file: where it is another one than the
    one that is being read."""

    line: int
    reason: str
    text: str
    file: str = ""


def read_rows(
    lines: Iterable[str], *, zone: tzinfo, latest_ms: int, first_line: int = 1
) -> Iterator[Row | Unread | None]:
    """Each line as a row, or as what could not be read; None for an empty one and for a heading.

    zone: whose wall clock stands in a table's times. latest_ms: a later row is of the future.
    """
    columns: _Columns | None = None
    is_table: bool | None = None
    number = first_line - 1
    for line in lines:
        number += 1
        text = line.rstrip("\r\n")
        if not text.strip():
            yield None
            continue
        if is_table is None:
            is_table = "|" not in text
            if is_table:
                columns = _Columns.of(text)
                if columns.is_named:
                    yield None
                    continue
        if "\0" in text or len(text) > _LONGEST:
            reason = "unfinished_line" if text.startswith("\0") else "unreadable"
            yield Unread(number, reason, text[:_LONGEST].replace("\0", ""))
            continue
        fields = columns.split(text) if columns is not None else text.split("|")
        yield _row(number, fields, text, zone, latest_ms)


def _row(number: int, fields: list[str], text: str, zone: tzinfo, latest_ms: int) -> Row | Unread:
    if len(fields) < _FIELDS:
        return Unread(number, "too_few_fields", text)
    at_ms = moment_ms(fields[0], zone)
    if at_ms is None:
        return Unread(number, "bad_time", text)
    if at_ms < EARLIEST_MS:
        return Unread(number, "before_2000", text)
    if at_ms > latest_ms:
        return Unread(number, "in_the_future", text)
    event = fields[4].strip().upper()
    if not event:
        return Unread(number, "no_event", text)
    return Row(number, at_ms, fields[1], fields[2], fields[3], event, tuple(fields[_FIELDS:]), text)


def moment_ms(text: str, zone: tzinfo) -> int | None:
    """Milliseconds since 1970 of `1366720340`, `1366720340.25` or `2013-04-23 14:32:20.250000` (the wall
    clock of `zone`, the earlier of two where it shows one time twice); None if it is no time."""
    text = text.strip()
    try:
        if len(text) >= _EPOCH_DIGITS and text.isascii() and text.isdigit():
            return int(text) * 1000
        if "-" not in text:
            whole, dot, part = text.partition(".")
            if dot and whole.isascii() and whole.isdigit() and part.isascii() and part.isdigit():
                return int(whole) * 1000 + int(f"{part:0<3.3}")
            return None
        at = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=zone)
    return round(at.astimezone(UTC).timestamp() * 1000)


class _Columns:
    """Where a table's columns stand, by its heading or, without one, in the order of Asterisk's own table."""

    def __init__(self, names: list[str], delimiter: str, *, is_named: bool) -> None:
        self._names = names
        self._delimiter = delimiter
        self.is_named = is_named
        places = {name: place for place, name in enumerate(names)}
        self._first = [places.get(name, -1) for name in ("time", "callid", "queuename", "agent", "event")]
        data = [places[name] for name in ("data1", "data2", "data3", "data4", "data5") if name in places]
        self._data = data
        self._joined = places.get("data", -1)

    @classmethod
    def of(cls, text: str) -> "_Columns":
        """By the first line."""
        delimiter = max(",;\t", key=text.count)
        names = [name.strip().strip('"').lower() for name in text.split(delimiter)]
        renamed = {"queue": "queuename", "eventdate": "time", "created": "time", "call_id": "callid"}
        if "event" in names and ("callid" in names or "call_id" in names):
            return cls([renamed.get(name, name) for name in names], delimiter, is_named=True)
        fields = next(csv.reader([text], delimiter=delimiter))
        order = ["time", "callid", "queuename", "agent", "event"]
        if fields and moment_ms(fields[0], UTC) is None:
            order.insert(0, "id")
        rest = len(fields) - len(order)
        order += ["data"] if rest == 1 else [f"data{number}" for number in range(1, rest + 1)]
        return cls(order, delimiter, is_named=False)

    def split(self, text: str) -> list[str]:
        """The five fields and what follows, as the file would have them."""
        try:
            fields = next(csv.reader([text], delimiter=self._delimiter))
        except (csv.Error, StopIteration):
            return []
        count = len(fields)
        if any(place < 0 or place >= count for place in self._first):
            return []
        found = [fields[place] for place in self._first]
        if self._data:
            facts = [fields[place] if place < count else "" for place in self._data]
            while facts and not facts[-1]:
                facts.pop()
            if len(facts) == 1 and "|" in facts[0]:
                facts = facts[0].split("|")
        else:
            facts = fields[self._joined].split("|") if 0 <= self._joined < count else []
        return found + facts
