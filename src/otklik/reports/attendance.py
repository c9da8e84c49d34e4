"""When agents were there: sign-ins cut at midnight, and what of a day was work, pause or practice. Pure.

A sign-in is a stretch of states without a gap. One that crosses midnight is two parts, one on each local day,
and both say so; days have 23 or 25 hours where clocks change.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from otklik.reports import codes
from otklik.reports.calendar import days_between, start_of_day
from otklik.reports.measures import AttendanceFacts
from otklik.vocabulary.time import to_ms

Key = TypeVar("Key")


class Piece(NamedTuple):
    """One state of an agent, [start_ms, stop_ms). goes_on: it has not ended; stop_ms is the moment asked
    for. reason: as in facts: a reason's id, or minus the number of a rule."""

    state: int
    reason: int
    queue_id: int
    interaction_id: int
    start_ms: int
    stop_ms: int
    goes_on: bool = False


class Stretch(NamedTuple):
    """Somebody was signed in without a gap. goes_on: he still is."""

    start_ms: int
    stop_ms: int
    goes_on: bool = False


class SignIn(NamedTuple):
    """The part of a stretch that lies on one day. is_before, is_after: it began the day before, it went on
    on the next day. goes_on: he still is signed in; stop_ms is the moment asked for."""

    start_ms: int
    stop_ms: int
    is_before: bool = False
    is_after: bool = False
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    """A local day in milliseconds, [start_ms, stop_ms)."""

    day: date
    start_ms: int
    stop_ms: int


def days_of(first: date, end: date, zone: ZoneInfo) -> list[Day]:
    """The days first ... end (end left out) as the clocks of the zone have them."""
    starts = [to_ms(start_of_day(day, zone)) for day in (*days_between(first, end), end)]
    return [
        Day(day, start, stop)
        for day, start, stop in zip(days_between(first, end), starts, starts[1:], strict=False)
    ]


def cut(pieces: Iterable[Piece], day: Day) -> list[Piece]:
    """What of these lies on a day, in order."""
    found = [
        piece._replace(
            start_ms=max(piece.start_ms, day.start_ms),
            stop_ms=min(piece.stop_ms, day.stop_ms),
            goes_on=piece.goes_on and piece.stop_ms <= day.stop_ms,
        )
        for piece in pieces
        if piece.start_ms < day.stop_ms and piece.stop_ms > day.start_ms
    ]
    return sorted(found, key=lambda piece: piece.start_ms)


def stretches_of(pieces: Iterable[Piece]) -> list[Stretch]:
    """Pieces that follow each other without a gap are one."""
    found: list[Stretch] = []
    for piece in sorted(pieces, key=lambda one: one.start_ms):
        if found and found[-1].stop_ms >= piece.start_ms:
            last = found[-1]
            stop_ms = max(last.stop_ms, piece.stop_ms)
            found[-1] = Stretch(last.start_ms, stop_ms, last.goes_on or piece.goes_on)
        else:
            found.append(Stretch(piece.start_ms, piece.stop_ms, piece.goes_on))
    return found


def sign_ins_by_day(stretches: Sequence[Stretch], days: Sequence[Day]) -> dict[date, list[SignIn]]:
    """The parts of these stretches on each day (days in order, without gaps); days without any are left
    out."""
    found: dict[date, list[SignIn]] = {}
    starts = [day.start_ms for day in days]
    for one in stretches:
        for day in days[max(bisect_right(starts, one.start_ms) - 1, 0) :]:
            if day.start_ms >= one.stop_ms:
                break
            if one.start_ms < day.stop_ms:
                is_after = one.stop_ms > day.stop_ms
                found.setdefault(day.day, []).append(
                    SignIn(
                        max(one.start_ms, day.start_ms),
                        min(one.stop_ms, day.stop_ms),
                        is_before=one.start_ms < day.start_ms,
                        is_after=is_after,
                        goes_on=one.goes_on and not is_after,
                    )
                )
    for parts in found.values():
        parts.sort()
    return found


@dataclass(slots=True)
class Sums:
    """Milliseconds of one agent on one day. pauses: by a reason's id; rules: by the name of the rule."""

    handling_ms: int = 0
    ready_ms: int = 0
    practice_ms: int = 0
    pauses: dict[int, int] = field(default_factory=dict)
    rules: dict[str, int] = field(default_factory=dict)

    def add(self, state: int, reason: int, ms: int, *, is_practice: bool) -> None:
        """Time in a state."""
        if is_practice:
            self.practice_ms += ms
        elif state == codes.READY:
            self.ready_ms += ms
        elif state != codes.NOT_READY:
            self.handling_ms += ms
        elif reason > 0:
            self.pauses[reason] = self.pauses.get(reason, 0) + ms
        else:
            name = codes.CAUSE_NAMES[-reason]
            self.rules[name] = self.rules.get(name, 0) + ms

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(
            handling_ms=self.handling_ms + other.handling_ms,
            ready_ms=self.ready_ms + other.ready_ms,
            practice_ms=self.practice_ms + other.practice_ms,
            pauses=_added(self.pauses, other.pauses),
            rules=_added(self.rules, other.rules),
        )

    def facts(self, is_paid: Mapping[int, bool]) -> AttendanceFacts:
        """is_paid: by a reason's id. A pause whose reason is not known is paid, as a new reason is."""
        return AttendanceFacts(
            handling_ms=self.handling_ms,
            ready_ms=self.ready_ms,
            practice_ms=self.practice_ms,
            paid_pause_ms=sum(ms for reason, ms in self.pauses.items() if is_paid.get(reason, True)),
            unpaid_pause_ms=sum(ms for reason, ms in self.pauses.items() if not is_paid.get(reason, True)),
            rule_ms=sum(self.rules.values()),
        )


def _added(one: Mapping[Key, int], other: Mapping[Key, int]) -> dict[Key, int]:
    return {key: one.get(key, 0) + other.get(key, 0) for key in (*one, *other)}
