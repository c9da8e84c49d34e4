"""When the engine must act by itself: a heap; entries whose owner has moved on are dropped lazily.

The owner's own field (`deadline` of an interaction or assignment) is the truth; an entry is only a
reminder, and it counts only while it says the same as its owner. Many count for a moment only (arriving,
connecting), so a new one is not put into the heap before somebody asks for the next.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from enum import IntEnum
from heapq import heapify, heappop, heappush
from itertools import chain


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

    CONSULT = 8
    """Nobody answered a consultation in time, or it has lasted as long as one may."""


Deadline = tuple[datetime, Kind, int]
"""Moment, kind, id of the owner (interaction or agent)."""


class Timetable:
    """Heap of reminders. `set` is O(1), `next` amortized O(log n)."""

    __slots__ = ("_entries", "_new")

    def __init__(self) -> None:
        self._entries: list[Deadline] = []
        self._new: list[Deadline] = []

    def __len__(self) -> int:
        return len(self._entries) + len(self._new)

    def __iter__(self) -> Iterator[Deadline]:
        return chain(self._entries, self._new)

    def set(self, at: datetime, kind: Kind, owner: int) -> None:
        """Remind of this moment."""
        self._new.append((at, kind, owner))

    def is_due(self, at: datetime, counts: Callable[[Deadline], bool]) -> bool:
        """Whether an entry that counts is due at `at`; the stale ones until then are dropped."""
        if self._new:
            self._take_in(counts)
        entries = self._entries
        while entries and entries[0][0] <= at:
            if counts(entries[0]):
                return True
            heappop(entries)
        return False

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

    def purge(self, counts: Callable[[Deadline], bool]) -> None:
        """Drops all stale entries: O(n), worth it when most are stale."""
        self._entries = [entry for entry in self if counts(entry)]
        self._new.clear()
        heapify(self._entries)
