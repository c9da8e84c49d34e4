"""Rows that tell of a call piece by piece -> rows as a queue_log has them, in the order of time. Pure.

A CDR is written when its call is over, and several belong to one call; what they come to happened earlier. So
the pieces of a call are kept until none has come for `HOLD_MS` of the file's own time, then the call is told
from its first moment, and its rows wait until no call that is still open can have begun before them. At a
file's end all is told if the file is over; of one that grows the last hour waits for the next import.

What comes later than that is not put where it did not happen: a piece of a call that is told already
(`call_told`) and a call that began before what is told (`began_earlier`) are listed. Their rows are kept, so
counting the source anew puts them in their places.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from heapq import heapify, heappop, heappush

import msgspec

from otklik.reports.foreign.rows import Row, Unread

HOLD_MS = 4 * 3_600_000
"""So long after its last piece a call may still get one."""

QUIET_MS = 3_600_000
"""A file whose last row is older than this is over."""


class Piece(msgspec.Struct, gc=False):
    """A row that was taken, and where it stood."""

    file: str
    line: int
    at_ms: int
    facts: tuple[str, ...]
    text: str


class Waiting(msgspec.Struct, gc=False):
    """A row that was made of a call, and waits for its time."""

    at_ms: int
    call: str
    queue: str
    agent: str
    event: str
    facts: tuple[str, ...] = ()


class Gathered(msgspec.Struct):
    """What stands open between two imports. calls: pieces by call. told: calls that are, with their ends."""

    calls: dict[str, list[Piece]] = msgspec.field(default_factory=dict)
    told: dict[str, int] = msgspec.field(default_factory=dict)
    waiting: list[tuple[int, int, Waiting]] = msgspec.field(default_factory=list)
    place: int = 0
    last_ms: int = 0
    given_ms: int = 0


class Made(msgspec.Struct):
    """What the pieces of a call came to. ignored: pieces that are about nothing that is told. refused: why a
    piece cannot be understood. is_open: the call goes on. left_out: contexts of calls that do not come from
    outside, or of which nothing says it."""

    rows: list[Waiting] = msgspec.field(default_factory=list)
    ignored: int = 0
    refused: list[tuple[Piece, str]] = msgspec.field(default_factory=list)
    is_open: bool = False
    left_out: list[str] = msgspec.field(default_factory=list)


Make = Callable[[str, Sequence[Piece]], Made]
"""The key of a call and its pieces as they came -> what they came to."""


class Gatherer:
    """`feed` rows as they stand in the files, `flush` at the end; both give rows in the order of time."""

    def __init__(self, state: Gathered, make: Make, begins: Callable[[Piece], int]) -> None:
        """begins: when the call of a piece began at the latest, in milliseconds."""
        self.state = state
        self.ignored = 0
        self.left_out: Counter[str] = Counter()
        self._make = make
        self._begins = begins
        heapify(state.waiting)

    @property
    def unfinished(self) -> int:
        """Calls that are not told yet."""
        return len(self.state.calls)

    def feed(self, rows: Iterable[Row], file: str) -> tuple[list[Row], list[Unread]]:
        """What has certainly happened by now, and what comes too late."""
        state = self.state
        refused: list[Unread] = []
        for row in rows:
            state.last_ms = max(state.last_ms, row.at_ms)
            if row.call in state.told:
                refused.append(Unread(row.line, "call_told", row.text))
                continue
            state.calls.setdefault(row.call, []).append(Piece(file, row.line, row.at_ms, row.facts, row.text))
        until = state.last_ms - HOLD_MS
        self._tell(until, refused)
        return self._give(until), refused

    def flush(self, now_ms: int) -> tuple[list[Row], list[Unread]]:
        """What is certain at the end of all files."""
        refused: list[Unread] = []
        until = now_ms - QUIET_MS
        self._tell(until, refused)
        return self._give(until), refused

    def _tell(self, until_ms: int, refused: list[Unread]) -> None:
        state = self.state
        state.told = {key: ms for key, ms in state.told.items() if ms >= state.last_ms - HOLD_MS}
        done = [key for key, pieces in state.calls.items() if max(one.at_ms for one in pieces) <= until_ms]
        for key in done:
            pieces = state.calls[key]
            made = self._make(key, pieces)
            last_ms = max(one.at_ms for one in pieces)
            if made.is_open and last_ms > state.last_ms - HOLD_MS:
                continue
            del state.calls[key]
            state.told[key] = last_ms
            if made.rows and min(row.at_ms for row in made.rows) < state.given_ms:
                made.refused += [(piece, "began_earlier") for piece in pieces]
                made.rows = []
            self.ignored += made.ignored
            self.left_out.update(made.left_out)
            refused += [Unread(one.line, reason, one.text, one.file) for one, reason in made.refused]
            for row in made.rows:
                state.place += 1
                heappush(state.waiting, (row.at_ms, state.place, row))

    def _give(self, until_ms: int) -> list[Row]:
        state = self.state
        for pieces in state.calls.values():
            until_ms = min(until_ms, *(self._begins(piece) - 1 for piece in pieces))
        given = []
        while state.waiting and state.waiting[0][0] <= until_ms:
            at_ms, _, row = heappop(state.waiting)
            state.given_ms = at_ms
            given.append(Row(0, at_ms, row.call, row.queue, row.agent, row.event, row.facts, ""))
        return given
