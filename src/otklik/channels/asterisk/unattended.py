"""Calls that came and went while no engine was there: the dialplan's own lines in Asterisk's message log.

The log is read from where the last reading ended; the place is kept in a small file beside it, so that the
next engine tells only what is new. Rotation is noticed by the file's inode, and the rotated file is finished
first.
"""

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path

_LINE = re.compile(r"OTKLIK_(DIVERTED|UNATTENDED) (channel=.*)$")
_LONGEST_READ = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class UnattendedCall:
    """One call without an engine. is_diverted: sent to the fallback; otherwise it ended while waiting."""

    channel_id: str
    number_called: str
    calling: str
    arrived_ms: int
    at_ms: int
    is_diverted: bool


@dataclass(frozen=True, slots=True)
class Place:
    """How far a log was read."""

    inode: int
    offset: int


def parse_line(line: str) -> UnattendedCall | None:
    match = _LINE.search(line)
    if match is None:
        return None
    fields = dict(part.split("=", 1) for part in match[2].split() if "=" in part)
    is_diverted = match[1] == "DIVERTED"
    if not is_diverted and fields.get("diverted") == "yes":
        return None  # told already, when it was sent away
    try:
        return UnattendedCall(
            channel_id=fields["channel"],
            number_called=fields.get("number", ""),
            calling=fields.get("from", ""),
            arrived_ms=int(fields.get("arrived_ms") or 0),
            at_ms=int(fields.get("at_ms") or fields.get("gone_ms") or 0),
            is_diverted=is_diverted,
        )
    except (KeyError, ValueError):
        return None


def read_new(log: Path, place: Place | None) -> tuple[list[UnattendedCall], Place | None]:
    """Calls since `place`; without a place the whole log counts as new. Blocking: call it in a thread."""
    try:
        inode = log.stat().st_ino
    except OSError:
        return [], place
    calls: list[UnattendedCall] = []
    offset = 0
    if place is not None and place.inode == inode:
        offset = place.offset
    elif place is not None:
        for rotated in sorted(log.parent.glob(log.name + ".*")):
            if rotated.stat().st_ino == place.inode:
                calls += _read(rotated, place.offset)[0]
    found, end = _read(log, offset)
    return calls + found, Place(inode, end)


def _read(log: Path, offset: int) -> tuple[list[UnattendedCall], int]:
    with log.open("rb") as file:
        size = file.seek(0, 2)
        offset = max(0 if offset > size else offset, size - _LONGEST_READ)
        file.seek(offset)
        content = file.read()
    # A line that is still being written is left for the next time.
    whole = content.rfind(b"\n") + 1
    lines = content[:whole].decode("utf-8", "replace").splitlines()
    return [call for line in lines if (call := parse_line(line)) is not None], offset + whole


def load_place(file: Path) -> Place | None:
    try:
        inode, offset = file.read_text("ascii").split()
        return Place(int(inode), int(offset))
    except (OSError, ValueError):
        return None


def save_place(file: Path, place: Place) -> None:
    new = file.with_suffix(".new")
    new.write_text(f"{place.inode} {place.offset}\n", "ascii")
    new.replace(file)


class UnattendedCalls:
    """Reads on from where the last engine stopped."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._file = log.with_name("unattended.place")
        self._read_to: Place | None = None

    async def read(self) -> list[UnattendedCall]:
        """Calls that are new since the last reading, of this engine or of the one before."""
        if self._read_to is None:
            self._read_to = await asyncio.to_thread(load_place, self._file)
        calls, self._read_to = await asyncio.to_thread(read_new, self._log, self._read_to)
        return calls

    def save(self) -> None:
        """What was read so far has been dealt with."""
        if self._read_to is not None and self._read_to != load_place(self._file):
            save_place(self._file, self._read_to)
