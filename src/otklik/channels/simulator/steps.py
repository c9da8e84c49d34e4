"""Time of the simulated world: steps at moments, driven by a virtual clock or by an event loop."""

import asyncio
import heapq
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count

from otklik.vocabulary.time import Clock

Step = Callable[[], None]


class Steps:
    """Everything that is still to happen. Steps of one moment keep the order in which they were set."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._steps: list[tuple[datetime, int, Step]] = []
        self._order = count()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None

    def now(self) -> datetime:
        return self._clock.now()

    def after(self, delay: timedelta, step: Step) -> None:
        """Takes a step so long from now."""
        heapq.heappush(self._steps, (self.now() + delay, next(self._order), step))
        self._arm()

    def next_deadline(self) -> datetime | None:
        """When the next step is due."""
        return self._steps[0][0] if self._steps else None

    def advance(self, at: datetime) -> None:
        """Takes every step that is due at `at` or earlier."""
        while self._steps and self._steps[0][0] <= at:
            heapq.heappop(self._steps)[2]()

    def keep_time(self, loop: asyncio.AbstractEventLoop | None) -> None:
        """Lets an event loop take the steps (real time); None: whoever holds the clock calls `advance`."""
        self._loop = loop
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._arm()

    def _arm(self) -> None:
        if self._loop is None or not self._steps:
            return
        if self._timer is not None:
            self._timer.cancel()
        # A millisecond more, because the clock's moments are whole milliseconds, rounded down.
        wait = (self._steps[0][0] - self.now()).total_seconds() + 0.001
        self._timer = self._loop.call_later(max(0.0, wait), self._tick)

    def _tick(self) -> None:
        self._timer = None
        try:
            self.advance(self.now())
        finally:
            self._arm()  # one step that raised is told by the loop; the world goes on
