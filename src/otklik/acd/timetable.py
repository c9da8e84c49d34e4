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
from typing import Any

from otklik.vocabulary.ids import InteractionId
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


Deadline = tuple[datetime, Kind, Any]
"""Moment, kind, id of the owner (interaction, agent or plan)."""


class Timetable:
    """Heap of reminders. `set` is O(1), `next` and `due` amortized O(log n).

    Phases and steps of relaxation are set for every call, and nearly all are overtaken: of these a new one
    takes the place of the one before, and an owner who has moved on can call it off (`forget`) before anybody
    has looked at it.
    """

    __slots__ = ("_entries", "_new", "_phases", "_soonest_new", "_steps", "quiet_until")

    def __init__(self) -> None:
        self._entries: list[Deadline] = []
        self._new: list[Deadline] = []
        self._phases: dict[InteractionId, datetime] = {}
        self._steps: dict[InteractionId, datetime] = {}
        self._soonest_new = FAR_FUTURE
        self.quiet_until = FAR_FUTURE
        """Nothing is due before it. Not later than `_soonest_new`."""

    def __len__(self) -> int:
        return len(self._entries) + len(self._new) + len(self._phases) + len(self._steps)

    def __iter__(self) -> Iterator[Deadline]:
        phases = ((at, Kind.INTERACTION, owner) for owner, at in self._phases.items())
        steps = ((at, Kind.RELAXATION, owner) for owner, at in self._steps.items())
        return chain(self._entries, self._new, phases, steps)

    def set(self, at: datetime, kind: Kind, owner: int) -> None:
        """Remind of this moment."""
        self._new.append((at, kind, owner))
        if at < self._soonest_new:
            self._expect(at)

    def set_sure(self, at: datetime, kind: Kind, owner: int) -> None:
        """The same for a kind that is seldom overtaken: sorted in at once."""
        heappush(self._entries, (at, kind, owner))
        if at < self.quiet_until:
            self.quiet_until = at

    def set_phase(self, at: datetime, owner: InteractionId) -> None:
        """Remind of the end of the phase in which an interaction is (Kind.INTERACTION)."""
        self._phases[owner] = at
        if at < self._soonest_new:
            self._expect(at)

    def set_step(self, at: datetime, owner: InteractionId) -> None:
        """Remind of the next step of its relaxation (Kind.RELAXATION)."""
        self._steps[owner] = at
        if at < self._soonest_new:
            self._expect(at)

    def forget_phase(self, owner: InteractionId) -> None:
        """Its phase has no end any more."""
        self._phases.pop(owner, None)

    def forget_step(self, owner: InteractionId) -> None:
        """It does not wait any more."""
        self._steps.pop(owner, None)

    def _expect(self, at: datetime) -> None:
        self._soonest_new = at
        if at < self.quiet_until:
            self.quiet_until = at

    def due(self, at: datetime, counts: Callable[[Deadline], bool]) -> Deadline | None:
        """The earliest entry that counts, if it is due at `at`; stale ones until then are dropped."""
        if at < self.quiet_until:
            return None
        if self._soonest_new <= at:
            self._take_in(counts)
        entries = self._entries
        while entries:
            entry = entries[0]
            if entry[0] > at:
                break
            if counts(entry):
                return entry
            heappop(entries)
        soonest = entries[0][0] if entries else FAR_FUTURE
        self.quiet_until = min(soonest, self._soonest_new)
        return None

    def is_more_due(self, at: datetime, done: Deadline) -> bool:
        """What `due` gave is done: drops it. Whether anything else may be due at `at`."""
        entries = self._entries
        if entries and entries[0] is done:
            heappop(entries)
        soonest = self._soonest_new
        if entries and entries[0][0] < soonest:
            soonest = entries[0][0]
        self.quiet_until = soonest
        return soonest <= at

    def next(self, counts: Callable[[Deadline], bool]) -> Deadline | None:
        """The earliest entry that still counts; stale ones before it are dropped."""
        entries = self._entries
        if self._new or self._phases or self._steps:
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
        for owner, at in self._phases.items():
            self._new.append((at, Kind.INTERACTION, owner))
        for owner, at in self._steps.items():
            self._new.append((at, Kind.RELAXATION, owner))
        for entry in self._new:
            if counts(entry):
                heappush(entries, entry)
        self._drop_new()

    def _drop_new(self) -> None:
        self._new.clear()
        self._phases.clear()
        self._steps.clear()
        self._soonest_new = FAR_FUTURE

    def purge(self, counts: Callable[[Deadline], bool]) -> None:
        """Drops all stale entries: O(n), worth it when most are stale."""
        self._entries = [entry for entry in self if counts(entry)]
        self._drop_new()
        heapify(self._entries)
        self.quiet_until = self._entries[0][0] if self._entries else FAR_FUTURE
