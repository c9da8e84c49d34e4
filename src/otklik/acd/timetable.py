"""When the engine must act by itself: a heap; entries whose owner has moved on are dropped lazily.

The owner's own field (`deadline` of an interaction or assignment) is the truth; an entry is only a
reminder, and it counts only while it says the same as its owner. Most are overtaken long before their
moment (arriving, connecting, offered), so new ones are sorted into the heap only when one may be next.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from enum import IntEnum
from heapq import heapify, heappop, heappush
from itertools import chain

from otklik.vocabulary.time import FAR_FUTURE


class Kind(IntEnum):
    """What is due. Two of the same moment are done in this order, then by id, so that a restored engine
    does the same as one that never stopped: agents are freed before customers are looked at."""

    WRAP_UP = 1
    """An agent's wrap-up ends."""
    DEVICE = 2
    """A ready, idle agent has been without a device for too long."""
    INTERACTION = 3
    """The phase of an interaction ends: arriving, in_flow, offered, connecting, reconnecting, dialing."""
    WAIT = 10
    """A rule looks at a waiting interaction: overflow, or a promised call that is late."""
    PLAN = 11
    """A plan of modes turns, or its load has been calm for long enough."""
    RELAXATION = 20
    """A waiting interaction has waited long enough for less to suffice."""
    PREFERENCE = 22
    """A waiting interaction has waited long enough for the agent whom it prefers."""
    REST = 21
    """A ready agent has rested after an offer that he missed."""

    RESERVATION = 9
    """A dialer has kept an agent for as long as it may."""
    CONSULT = 8
    """Nobody answered a consultation in time, or it has lasted as long as one may."""


Deadline = tuple[datetime, Kind, int]
"""Moment, kind, id of the owner (interaction or agent)."""


class Timetable:
    """Heap of reminders. `set` is O(1), `next` and `due` amortized O(log n)."""

    __slots__ = ("_entries", "_new", "_soonest_new")

    def __init__(self) -> None:
        self._entries: list[Deadline] = []
        self._new: list[Deadline] = []
        self._soonest_new = FAR_FUTURE

    def __len__(self) -> int:
        return len(self._entries) + len(self._new)

    def __iter__(self) -> Iterator[Deadline]:
        return chain(self._entries, self._new)

    def set(self, at: datetime, kind: Kind, owner: int) -> None:
        """Remind of this moment."""
        self._new.append((at, kind, owner))
        if at < self._soonest_new:
            self._soonest_new = at

    def due(self, at: datetime, counts: Callable[[Deadline], bool]) -> Deadline | None:
        """The earliest entry that counts, if it is due at `at`; stale ones until then are dropped."""
        if self._soonest_new <= at:
            self._take_in(counts)
        entries = self._entries
        while entries and entries[0][0] <= at:
            if counts(entries[0]):
                return entries[0]
            heappop(entries)
        return None

    def next(self, counts: Callable[[Deadline], bool]) -> Deadline | None:
        """The earliest entry that still counts; stale ones before it are dropped."""
        entries = self._entries
        if self._new:
            self._take_in(counts)
        while entries:
            entry = entries[0]
            if counts(entry):
                return entry
            heappop(entries)
        return None

    def _take_in(self, counts: Callable[[Deadline], bool]) -> None:
        """Puts the new ones into the heap, less those that have been overtaken since they were set."""
        entries = self._entries
        for entry in self._new:
            if counts(entry):
                heappush(entries, entry)
        self._new.clear()
        self._soonest_new = FAR_FUTURE

    def purge(self, counts: Callable[[Deadline], bool]) -> None:
        """Drops all stale entries: O(n), worth it when most are stale."""
        self._entries = [entry for entry in self if counts(entry)]
        self._new.clear()
        self._soonest_new = FAR_FUTURE
        heapify(self._entries)
