"""How late a message of Asterisk reaches us, by its own time in it.

Its clock and ours need not agree, so only differences count: between our monotonic time at which a message
is read and the time that stands in it. The least difference of the last minute belongs to a message that
waited for nothing; what another one has more, it waited: for Asterisk's threads, for the socket, for us.
"""

from collections import deque

WINDOW_SECONDS = 60.0
LONGEST_SECONDS = 5.0
"""A larger wait is rather a stepped clock."""


class Lateness:
    """The least difference, kept as of a sliding window."""

    def __init__(self) -> None:
        self._least: deque[tuple[float, float]] = deque()
        """(monotonic seconds, difference), the differences growing: only these may still become the least."""

    def note(self, stamp_ms: int, at: float) -> None:
        """A message of this moment (milliseconds of Asterisk's clock; 0: it has none) is read at `at`."""
        if not stamp_ms:
            return
        difference = at - stamp_ms / 1000
        while self._least and self._least[-1][1] >= difference:
            self._least.pop()
        self._least.append((at, difference))
        while self._least[0][0] < at - WINDOW_SECONDS:
            self._least.popleft()

    def of(self, stamp_ms: int, at: float) -> float:
        """Seconds that a message of this moment has waited until `at`; 0 if nothing can be said."""
        if not stamp_ms or not self._least:
            return 0.0
        waited = at - stamp_ms / 1000 - self._least[0][1]
        return waited if 0.0 < waited <= LONGEST_SECONDS else 0.0

    def forget(self) -> None:
        """Another Asterisk may have another clock."""
        self._least.clear()
