"""Lines of Asterisk's call records as rows: what a CSV file says of one call. Pure.

The CDR comes as `cdr_csv` writes it (`Master.csv` of 1.4 to 22: sixteen fields, then `uniqueid`, `userfield`
and, since 12, `peeraccount`, `linkedid`, `sequence`, each group as the machine is configured), as the sample
of `cdr_custom` has it, or as a table with a heading (FreePBX's `cdr`).

A row of it is written when the call is over, so its moment is the end. Its facts are `CDR_FACTS`, times in
milliseconds. Clocks of walls show an hour twice each autumn: the id of a channel holds the moment at which it
came to be, and decides which one is meant.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple

from otklik.reports.foreign.rows import EARLIEST_MS, Row, Unread, moment_ms
from otklik.reports.foreign.tables import Line, fields_of, lines_of

CDR = "CDR"
_ZONE_MS = 10 * 60_000
_HOUR_MS = 3_600_000
_MIDDLE_MS = 30 * 60_000
_ROUNDED_MS = 2_000
_LONGEST_CALL = 7 * 86_400

_CSV = [
    "accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp", "lastdata", "start",
    "answer", "end", "duration", "billsec", "disposition", "amaflags",
]  # fmt: skip
_CUSTOM = [*_CSV[4:5], *_CSV[1:4], *_CSV[5:], "accountcode", "uniqueid", "userfield", "sequence"]
_NEWER = ["peeraccount", "linkedid", "sequence"]
_RENAMED = {"calldate": "start", "source": "src", "destination": "dst", "destination_context": "dcontext"}
_NEEDED = ("start", "channel", "disposition")
_UNIQUE = re.compile(r"(?:.*-)?(\d{9,})\.\d+")


class CallRecord(NamedTuple):
    """One CDR, as `Row.facts` has it. peer: the channel that was called (`dstchannel`). answered_ms: 0 if
    nobody did. number_called: FreePBX's `did`."""

    source: str
    dialled: str
    context: str
    channel: str
    peer: str
    app: str
    app_words: str
    started_ms: int
    answered_ms: int
    ended_ms: int
    disposition: str
    unique_id: str
    linked_id: str
    sequence: int
    number_called: str


_NUMBERS = frozenset({"started_ms", "answered_ms", "ended_ms", "sequence"})


def record_of(facts: Sequence[str]) -> CallRecord:
    """The record that these facts of a row are."""
    return CallRecord(
        *(  # type: ignore[arg-type]  # each by its place
            int(text or "0") if name in _NUMBERS else text
            for name, text in zip(CallRecord._fields, facts, strict=True)
        )
    )


def read_cdr(
    lines: Iterable[str], *, zone: tzinfo, latest_ms: int, first_line: int = 1
) -> Iterator[Row | Unread | None]:
    """Each line as a row, or as what could not be read; None for an empty one and for a heading.

    zone: whose wall clock the times are of (UTC with `usegmtime`). latest_ms: a later row is of the future.
    """
    for line in lines_of(lines, _heading, first_line):
        if not isinstance(line, Line):
            yield line
            continue
        number, text, fields, columns = line
        named = _named(fields, columns)
        if named is None:
            yield Unread(number, "too_few_columns", text)
            continue
        found = _record(named, zone)
        if isinstance(found, str):
            yield Unread(number, found, text)
        elif found.ended_ms > latest_ms:
            yield Unread(number, "in_the_future", text)
        else:
            key = found.linked_id or found.unique_id or found.channel
            yield Row(number, found.ended_ms, key, "", "", CDR, tuple(map(str, found)), text)


def _heading(text: str, delimiter: str) -> Mapping[str, int] | None:
    names = [name.lower() for name in fields_of(text, delimiter) or []]
    renamed = [_RENAMED.get(name, name) for name in names]
    if not all(name in renamed for name in _NEEDED):
        return None
    return {name: place for place, name in enumerate(renamed)}


def _named(fields: Sequence[str], columns: Mapping[str, int] | None) -> Mapping[str, str] | None:
    """The fields by their names; those that a line does not have are empty."""
    if columns is not None:
        if len(fields) <= max(columns[name] for name in _NEEDED):
            return None
        return {name: fields[place] if place < len(fields) else "" for name, place in columns.items()}
    if len(fields) < len(_CSV):
        return None
    if moment_ms(fields[len(_CSV) - 7], UTC) is None and moment_ms(fields[8], UTC) is not None:
        return dict(zip(_CUSTOM, fields, strict=False))
    rest = fields[len(_CSV) :]
    names: list[str] = []
    if len(rest) >= len(_NEWER) and rest[-1].isdigit():
        names = _NEWER
    before = rest[: len(rest) - len(names)]
    if len(before) == 1:
        names = [("uniqueid" if _UNIQUE.fullmatch(before[0]) else "userfield"), *names]
    elif before:
        names = ["uniqueid", "userfield", *names]
    return dict(zip([*_CSV, *names], fields, strict=False))


def _record(named: Mapping[str, str], zone: tzinfo) -> CallRecord | str:
    """The record, or why there is none."""
    said = named.get
    channel, disposition = named["channel"], named["disposition"].upper().replace("_", " ")
    if not channel:
        return "no_channel"
    if not disposition:
        return "no_disposition"
    unique_id = said("uniqueid", "")
    started = started_ms(named["start"], zone, unique_id)
    if started is None:
        return "bad_time"
    born = born_ms(unique_id)
    if started < EARLIEST_MS:
        return "before_2000"
    if born and started < born - _ZONE_MS:
        return "zone_differs"
    lasted = _span_ms(named["start"], said("end", ""), said("duration", ""))
    if lasted is None:
        return "bad_duration"
    answered = 0
    talked = _seconds(said("billsec", ""))
    if disposition == "ANSWERED" or talked:
        wait = _span_ms(named["start"], said("answer", ""), "")
        if wait is None and talked is not None:
            wait = max(0, lasted - talked * 1000)
        if wait is None or wait > lasted + _ROUNDED_MS:
            return "bad_answer"
        answered = started + min(wait, lasted)
    sequence = said("sequence", "")
    return CallRecord(
        source=said("src", "") or said("cnum", ""),
        dialled=said("dst", ""),
        context=said("dcontext", ""),
        channel=channel,
        peer=said("dstchannel", ""),
        app=said("lastapp", ""),
        app_words=said("lastdata", ""),
        started_ms=started,
        answered_ms=answered,
        ended_ms=started + lasted,
        disposition=disposition,
        unique_id=unique_id,
        linked_id=said("linkedid", ""),
        sequence=int(sequence) if sequence.isascii() and sequence.isdigit() else 0,
        number_called=said("did", ""),
    )


def started_ms(text: str, zone: tzinfo, unique_id: str) -> int | None:
    """The moment that a wall clock showed: of an hour that comes twice the later one where the channel did
    not exist in the earlier one."""
    at_ms = moment_ms(text, zone)
    born = born_ms(unique_id)
    if at_ms is None or not born or at_ms + _MIDDLE_MS >= born:
        return at_ms
    try:
        later = datetime.fromisoformat(text.strip()).replace(tzinfo=zone, fold=1)
    except ValueError:
        return at_ms
    return max(at_ms, round(later.timestamp() * 1000))


def born_ms(unique_id: str) -> int:
    """When a channel came to be, in whole seconds, by its id; 0 where it does not say."""
    found = _UNIQUE.fullmatch(unique_id)
    return int(found[1]) * 1000 if found else 0


def _span_ms(start: str, end: str, seconds: str) -> int | None:
    """From one reading of the clock to another. The seconds that Asterisk counted itself hold where the two
    readings do not fit them: the clock was put on or back meanwhile."""
    counted = _seconds(seconds)
    try:
        span = round((_reading(end) - _reading(start)) / timedelta(milliseconds=1)) if end else None
    except (ValueError, TypeError):
        span = None
    if counted is not None and (span is None or abs(span - counted * 1000) > _ROUNDED_MS):
        span = counted * 1000
    if span is not None and span < 0:
        span += _HOUR_MS
    return span if span is not None and 0 <= span <= _LONGEST_CALL * 1000 else None


def _reading(text: str) -> datetime:
    ms = moment_ms(text, UTC)
    if ms is None:
        raise ValueError(text)
    return datetime.fromtimestamp(ms / 1000, UTC)


def _seconds(text: str) -> int | None:
    whole = text.partition(".")[0]
    return int(whole) if whole.isascii() and whole.isdigit() and len(whole) < len("1000000000") else None
