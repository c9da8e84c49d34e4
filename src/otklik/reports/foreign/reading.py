"""Files of a foreign log: plain, gzip, bzip2 or xz, in UTF-8 or an old code page, whole or cut."""

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import tzinfo
from heapq import heappop, heappush
from pathlib import Path
from typing import IO, Any, NamedTuple

from otklik.reports.foreign.rows import Row, Unread, read_rows
from otklik.vocabulary.refusals import Invalid

BACK_MS = 5_000
"""So far a row may stand before the one above it: several threads write one log."""

JUMP_MS = 3_600_000
"""After a longer silence one looks at the row that follows: a night goes on, a wrong clock goes back."""

SORTED = 200_000
"""So many rows are kept to be put in order."""

_PACKED: Sequence[tuple[bytes, Any]] = (
    (b"\x1f\x8b", gzip.open),
    (b"BZh", bz2.open),
    (b"\xfd7zXZ\x00", lzma.open),
)
_LONGEST_LINE = 64 * 1024
_SAMPLED_LINES = 200


class Source(NamedTuple):
    """A file with the moment of its first row; none without one."""

    path: Path
    first_ms: int


class Progress(NamedTuple):
    """How far a file is read, in bytes as stored on the disk."""

    path: Path
    done: int
    size: int


class LogFile:
    """Reads one file line by line; `progress` tells how far it is."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._raw = path.open("rb")
        except OSError as error:
            raise Invalid("file_unreadable", str(path), detail=error.strerror or str(error)) from error
        self.size = path.stat().st_size
        self._lines = self._open()

    def _open(self) -> IO[bytes]:
        head = self._raw.read(8)
        self._raw.seek(0)
        for magic, opening in _PACKED:
            if head.startswith(magic):
                packed: IO[bytes] = opening(self._raw)
                return packed
        return self._raw

    @property
    def progress(self) -> Progress:
        """In bytes of the file as it is stored."""
        return Progress(self.path, self._raw.tell(), self.size)

    def close(self) -> None:
        """Let go of it."""
        self._lines.close()
        self._raw.close()

    def lines(self) -> Iterator[str]:
        """Each line with its line end; the last one of a cut file as far as it goes.

        A line longer than 64 KB comes in pieces, none of which is a row.
        """
        while True:
            try:
                line = self._lines.readline(_LONGEST_LINE)
            except (EOFError, OSError, zlib.error, lzma.LZMAError):
                # Packed and cut: all that could be unpacked has been given.
                yield "\0\n"
                return
            if not line:
                return
            yield decoded(line)


def decoded(line: bytes) -> str:
    """UTF-8, or else the code page of old Russian systems: names of agents are what differs."""
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("cp1251", errors="replace")


Read = Callable[..., Iterator[Row | Unread | None]]
"""`read_rows`, or what reads another form as it does."""


def in_order(paths: Iterable[Path], *, zone: tzinfo, latest_ms: int, read: Read = read_rows) -> list[Source]:
    """The files by the moments of their first rows: `queue_log.2.gz` comes before `queue_log.1`.

    Refuses `file_unreadable` with the path.
    """
    sources = []
    for path in paths:
        log = LogFile(path)
        try:
            first = _first_ms(read(log.lines(), zone=zone, latest_ms=latest_ms))
        finally:
            log.close()
        sources.append(Source(path, first))
    return sorted(sources, key=lambda source: source.first_ms)


def _first_ms(rows: Iterable[Row | Unread | None]) -> int:
    for number, row in enumerate(rows):
        if isinstance(row, Row):
            return row.at_ms
        if number >= _SAMPLED_LINES:
            break
    return 0


def rows_of(log: LogFile, *, zone: tzinfo, latest_ms: int) -> Iterator[Row | Unread | None]:
    """The file's rows, times never going back by less than `BACK_MS`; an unfinished last line is not one.

    A row that is hours ahead of the one before and of the one after it was written under a wrong clock: all
    that follow would seem to come too late.
    """
    last_ms = 0
    rows = read_rows(_whole(log), zone=zone, latest_ms=latest_ms)
    ahead: Row | None = None
    for row in rows:
        if isinstance(row, Row):
            if ahead is not None:
                if row.at_ms < ahead.at_ms - BACK_MS:
                    yield Unread(ahead.line, "clock_jumped", ahead.text)
                else:
                    last_ms = ahead.at_ms
                    yield ahead
                ahead = None
            if last_ms and row.at_ms - last_ms > JUMP_MS:
                ahead = row
                continue
            if last_ms - BACK_MS <= row.at_ms < last_ms:
                row = row._replace(at_ms=last_ms)
            else:
                last_ms = row.at_ms
        yield row
    if ahead is not None:
        yield ahead


def records_of(log: LogFile, *, zone: tzinfo, latest_ms: int, read: Read) -> Iterator[Row | Unread | None]:
    """The rows of a file that keeps no order (the newest first, days by turns), by time as
    far as `SORTED` rows reach; what stands further from its place is told so late.

    A row that is days ahead of its neighbours says nothing about a clock here, as it does in `rows_of`: it is
    a row of another day. Nor would a wrong clock harm the others: put in order they do not come after it. So
    only what is of the future is refused, by `read`.
    """
    kept: list[tuple[int, int, Row]] = []
    for row in read(_whole(log), zone=zone, latest_ms=latest_ms):
        if not isinstance(row, Row):
            yield row
            continue
        heappush(kept, (row.at_ms, row.line, row))
        if len(kept) > SORTED:
            yield heappop(kept)[2]
    while kept:
        yield heappop(kept)[2]


def _whole(log: LogFile) -> Iterator[str]:
    """A last line without its end is being written, or the file was cut there."""
    for line in log.lines():
        yield line if line.endswith("\n") else "\0" + line
