"""The clock of a live process: wall time anchored once, then the monotonic clock's pace.

A step of the machine's wall time (a correction, a person, a virtual machine that slept) neither freezes a
deadline nor fires one nor lengthens a talk: the step shows only in `drift`, and the owner of the clock
decides when to anchor anew. This is the one module that reads the machine's time.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from otklik.vocabulary.time import from_ms, to_ms

NANOSECONDS_IN_MS = 1_000_000


class SystemClock:
    """Aware UTC moments of whole milliseconds; never backwards, never below `not_before`.

    not_before: usually the journal's last moment. If the wall shows less, the clock goes on from there at the
    monotonic pace: it runs ahead of the wall, and does not stand still until the wall has come.
    """

    __slots__ = ("_anchor_ms", "_anchor_ns", "_last_ms", "_monotonic_ns", "_wall_ns")

    def __init__(
        self,
        not_before: datetime | None = None,
        *,
        wall_ns: Callable[[], int] = time.time_ns,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._wall_ns = wall_ns
        self._monotonic_ns = monotonic_ns
        self._last_ms = to_ms(not_before) if not_before is not None else 0
        self._anchor_ms = 0
        self._anchor_ns = 0
        self.anchor_anew()

    def now(self) -> datetime:
        """The moment, by this clock's own pace."""
        return from_ms(self.now_ms())

    def now_ms(self) -> int:
        """The moment as milliseconds since 1970."""
        passed = (self._monotonic_ns() - self._anchor_ns) // NANOSECONDS_IN_MS
        self._last_ms = max(self._last_ms, self._anchor_ms + passed)
        return self._last_ms

    def drift(self) -> timedelta:
        """Wall time minus this clock: positive if the wall is ahead."""
        return timedelta(milliseconds=self._wall_ns() // NANOSECONDS_IN_MS - self.now_ms())

    def anchor_anew(self) -> timedelta:
        """Take the wall's time if it is ahead; how far the clock moved forward (zero if the wall is behind).

        Only at start, or when nothing is open: whoever calls it journals the step.
        """
        now_ns = self._monotonic_ns()
        before_ms = max(self._last_ms, self._anchor_ms + (now_ns - self._anchor_ns) // NANOSECONDS_IN_MS)
        if not self._anchor_ns:
            before_ms = self._last_ms
        self._anchor_ms = max(self._wall_ns() // NANOSECONDS_IN_MS, before_ms)
        self._anchor_ns = now_ns
        self._last_ms = self._anchor_ms
        return timedelta(milliseconds=self._anchor_ms - before_ms)


def wall_now() -> datetime:
    """The machine's wall time, for what has no clock of its own: log lines, certificates, names of files."""
    return datetime.fromtimestamp(time.time_ns() // NANOSECONDS_IN_MS / 1000, tz=UTC)
