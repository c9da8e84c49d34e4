"""Virtual time: jumps to the next of what was put there and what the engine itself will do.

Ties in one millisecond: first what the engine does by itself, then what was put there by kind and identity.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import IntEnum
from heapq import heappop, heappush
from typing import Final

from otklik.acd.commands import AcdCommand
from otklik.acd.engine import Engine
from otklik.acd.events import AcdEvent
from otklik.simulation.statistics import Statistics
from otklik.vocabulary.time import MILLISECOND

_DAY: Final = timedelta(days=1)

Happens = Callable[[datetime, int], None]


class Timeline:
    """The engine, what is counted of it, and what is still to happen.

    happens: what to do when the time of a kind has come, called with the moment and the identity that was
    put. listen: hears every event. How the people of a run react to events: `statistics.listen_for`.
    """

    __slots__ = ("_handle", "_heap", "_listen", "engine", "events", "happens", "statistics")

    def __init__(
        self, engine: Engine, statistics: Statistics, listen: Callable[[AcdEvent], None] | None = None
    ) -> None:
        self.engine = engine
        self._handle = engine.handle
        self.statistics = statistics
        self.events = 0
        self.happens: Mapping[int, Happens] = {}
        self._listen = listen
        self._heap: list[tuple[datetime, IntEnum, int]] = []

    def put(self, at: datetime, happening: IntEnum, identity: int) -> None:
        """It shall happen at this moment."""
        heappush(self._heap, (at, happening, identity))

    def later(self, at: datetime, milliseconds: int, happening: IntEnum, identity: int) -> None:
        """It shall happen so much later."""
        heappush(self._heap, (at + milliseconds * MILLISECOND, happening, identity))

    def ask(self, command: AcdCommand) -> None:
        """Ask the engine, and let the people react to what it says. Raises Refused."""
        if events := self._handle(command):
            self._take(events)

    def run(self, end: datetime, is_expected: Callable[[], bool]) -> None:
        """Until the end; beyond it as long as someone is expected or there. Those who would wait for ever,
        since nobody is left to serve them, are let go after a day."""
        engine, heap, happens = self.engine, self._heap, self.happens
        state = engine.state
        interactions, deadlines = state.interactions, state.deadlines
        advance_next = engine.advance_next
        while True:
            if heap and (moment := heap[0][0]) < end:
                slot = state.next_slot
                if slot is None or moment >= deadlines.quiet_until or moment >= slot:
                    events = advance_next(moment)
                    if events is not None:
                        self._take(events)
                        continue
                _, happening, identity = heappop(heap)
                happens[happening](moment, identity)
                continue
            deadline = engine.next_deadline()
            first = heap[0][0] if heap else None
            soonest = first if deadline is None or (first is not None and first < deadline) else deadline
            if soonest is None:
                break
            if soonest >= end and not interactions and not is_expected():
                break
            if first is not None and (deadline is None or first < deadline):
                moment, happening, identity = heappop(heap)
                happens[happening](moment, identity)
                continue
            assert deadline is not None
            if not heap and deadline > end + _DAY:
                break
            self._take(engine.advance(deadline))
        self._take(engine.advance(end))
        self.statistics.close()

    def _take(self, events: list[AcdEvent]) -> None:
        self.events += len(events)
        heard = self.statistics.take(events)
        if self._listen is not None:
            for event in events:
                self._listen(event)
        for react, event in heard:
            react(event)
