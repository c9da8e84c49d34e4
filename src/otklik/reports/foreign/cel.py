"""Lines of Asterisk's channel events (CEL) as rows. Pure.

The CEL comes as the sample of `cel_custom` writes it (`Master.csv`, times as seconds since 1970 or by the
`dateformat` of cel.conf), or as a table with a heading (FreePBX's `cel`). Facts of a row are `ChannelEvent`.
Kinds of events that tell nothing of a call in a queue are left out while they are read.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import tzinfo
from typing import NamedTuple

from otklik.reports.foreign.cdr import born_ms, started_ms
from otklik.reports.foreign.rows import EARLIEST_MS, Row, Unread
from otklik.reports.foreign.tables import Line, fields_of, lines_of

CEL = "CEL"
TOLD = frozenset(
    {
        "CHAN_START", "CHAN_END", "HANGUP", "APP_START", "APP_END", "BRIDGE_ENTER", "BRIDGE_EXIT",
        "BRIDGE_START", "BRIDGE_END", "BLINDTRANSFER", "ATTENDEDTRANSFER", "LINKEDID_END",
    }
)  # fmt: skip
_LEFT_OUT = frozenset(
    {
        "ANSWER", "PARK_START", "PARK_END", "BRIDGE_UPDATE", "BRIDGE_TO_CONF", "CONF_START", "CONF_END",
        "CONF_ENTER", "CONF_EXIT", "3WAY_START", "3WAY_END", "TRANSFER", "USER_DEFINED", "HOOKFLASH",
        "PICKUP", "FORWARD", "LOCAL_OPTIMIZE", "LOCAL_OPTIMIZE_BEGIN", "STREAM_BEGIN", "STREAM_END", "DTMF",
    }
)  # fmt: skip
_CUSTOM = [
    "eventtype", "eventtime", "cid_name", "cid_num", "cid_ani", "cid_rdnis", "cid_dnid", "exten", "context",
    "channame", "appname", "appdata", "amaflags", "accountcode", "uniqueid", "linkedid", "peer", "userfield",
    "userdeftype", "extra",
]  # fmt: skip
_RENAMED = {"channel": "channame", "eventextra": "extra", "bridgepeer": "peer", "type": "eventtype"}
_NEEDED = ("eventtype", "eventtime", "channame", "uniqueid", "linkedid")
_ZONE_MS = 10 * 60_000
_LEAST = 16


class ChannelEvent(NamedTuple):
    """One event, as `Row.facts` has it. place: its number in the table, 0 in a file. bridge: of the one that
    was entered or left. cause: Asterisk's number of the end, 0 if it is not said."""

    kind: str
    number: str
    called: str
    exten: str
    context: str
    channel: str
    app: str
    app_words: str
    unique_id: str
    linked_id: str
    peer: str
    bridge: str
    cause: int
    place: int


_NUMBERS = frozenset({"cause", "place"})


def event_of(facts: Sequence[str]) -> ChannelEvent:
    """The event that these facts of a row are."""
    return ChannelEvent(
        *(  # type: ignore[arg-type]  # each by its place
            int(text or "0") if name in _NUMBERS else text
            for name, text in zip(ChannelEvent._fields, facts, strict=True)
        )
    )


def read_cel(
    lines: Iterable[str], *, zone: tzinfo, latest_ms: int, first_line: int = 1
) -> Iterator[Row | Unread | None]:
    """Each line as a row, or as what could not be read; None for an empty one, a heading, and an event that
    tells nothing here."""
    for line in lines_of(lines, _heading, first_line):
        yield _row(line, zone, latest_ms) if isinstance(line, Line) else line


def _heading(text: str, delimiter: str) -> Mapping[str, int] | None:
    names = [_RENAMED.get(name.lower(), name.lower()) for name in fields_of(text, delimiter) or []]
    if not all(name in names for name in _NEEDED):
        return None
    return {name: names.index(name) for name in names}


def _row(line: Line, zone: tzinfo, latest_ms: int) -> Row | Unread | None:
    number, text, fields, columns = line
    if columns is None:
        named = dict(zip(_CUSTOM, fields, strict=False))
        is_short = len(fields) < _LEAST
    else:
        named = {name: fields[place] for name, place in columns.items() if place < len(fields)}
        is_short = any(name not in named for name in _NEEDED)
    if is_short:
        return Unread(number, "too_few_columns", text)
    kind = named["eventtype"].upper()
    if kind not in TOLD:
        return None if kind in _LEFT_OUT else Unread(number, "unknown_event", text)
    if not named["linkedid"]:
        return Unread(number, "no_call_id", text)
    if not named["channame"]:
        return Unread(number, "no_channel", text)
    at_ms = started_ms(named["eventtime"], zone, named["uniqueid"])
    if at_ms is None:
        return Unread(number, "bad_time", text)
    if at_ms < EARLIEST_MS:
        return Unread(number, "before_2000", text)
    if at_ms > latest_ms:
        return Unread(number, "in_the_future", text)
    if at_ms < born_ms(named["uniqueid"]) - _ZONE_MS:
        return Unread(number, "zone_differs", text)
    bridge, cause = _extra_of(named.get("extra", ""))
    place = named.get("id", "")
    found = ChannelEvent(
        kind=kind,
        number=named.get("cid_num", "") or named.get("cid_ani", ""),
        called=named.get("cid_dnid", ""),
        exten=named.get("exten", ""),
        context=named.get("context", ""),
        channel=named["channame"],
        app=named.get("appname", ""),
        app_words=named.get("appdata", ""),
        unique_id=named["uniqueid"],
        linked_id=named["linkedid"],
        peer=named.get("peer", ""),
        bridge=bridge,
        cause=cause,
        place=int(place) if place.isascii() and place.isdigit() else 0,
    )
    return Row(number, at_ms, found.linked_id, "", "", CEL, tuple(map(str, found)), text)


def _extra_of(text: str) -> tuple[str, int]:
    """The bridge and the cause that an event's JSON names."""
    try:
        said = json.loads(text) if text.startswith("{") else {}
    except ValueError:
        said = {}
    cause = said.get("hangupcause", 0)
    return str(said.get("bridge_id", "")), cause if isinstance(cause, int) and 0 <= cause < 1 << 16 else 0
