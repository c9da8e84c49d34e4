"""A queue_log that is being written: what was added since the last look, across rotation."""

import os
from collections.abc import Iterator
from datetime import tzinfo
from pathlib import Path

from otklik.reports.foreign.reading import BACK_MS, decoded
from otklik.reports.foreign.rows import Row, Unread, read_rows

MOST_AT_ONCE = 4 * 1024 * 1024
"""Bytes of one look; the next look goes on."""


class Tail:
    """Reads whole lines from where it stands. A file that was moved away is read to its end before the new
    one of that name; one that became shorter was emptied in place (copytruncate) and is read anew.

    is_behind: there is more to read than the last look gave.
    """

    def __init__(self, path: Path, *, zone: tzinfo) -> None:
        self.path = path
        self.line = 0
        self.is_behind = False
        self._zone = zone
        self._file: int | None = None
        self._inode = 0
        self._place = 0
        self._rest = b""
        self._last_ms = 0

    def look(self, latest_ms: int) -> list[Row | Unread]:
        """The lines that came to be; none while there is no file."""
        found = list(self._rows(self._added(), latest_ms))
        if not self.is_behind and self._was_replaced():
            # What was written between these two looks is the end of the old file.
            found += self._rows(self._added(), latest_ms)
            self._close()
            found += self._rows(self._added(), latest_ms)
        return found

    def close(self) -> None:
        """Let go of the file."""
        self._close()

    def _close(self) -> None:
        if self._file is not None:
            os.close(self._file)
        self._file, self._inode, self._place, self._rest, self.line = None, 0, 0, b"", 0

    def _was_replaced(self) -> bool:
        if self._file is None:
            return False
        try:
            return self.path.stat().st_ino != self._inode
        except OSError:
            return False

    def _added(self) -> list[str]:
        if self._file is None:
            try:
                self._file = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
            except OSError:
                return []
            self._inode = os.fstat(self._file).st_ino
        if os.fstat(self._file).st_size < self._place:
            self._place, self._rest, self.line = 0, b"", 0
        read = os.pread(self._file, MOST_AT_ONCE, self._place)
        self._place += len(read)
        self.is_behind = len(read) == MOST_AT_ONCE
        *whole, self._rest = (self._rest + read).split(b"\n")
        return [decoded(line) for line in whole]

    def _rows(self, lines: list[str], latest_ms: int) -> Iterator[Row | Unread]:
        first, self.line = self.line + 1, self.line + len(lines)
        for row in read_rows(lines, zone=self._zone, latest_ms=latest_ms, first_line=first):
            if isinstance(row, Row):
                # Several threads write one log: a row may stand a little before the one above it.
                if self._last_ms - BACK_MS <= row.at_ms < self._last_ms:
                    row = row._replace(at_ms=self._last_ms)
                else:
                    self._last_ms = row.at_ms
            if row is not None:
                yield row
