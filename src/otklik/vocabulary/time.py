"""Moments, durations and slots. A moment is an aware UTC `datetime` of whole milliseconds."""

from datetime import UTC, datetime, timedelta
from typing import Protocol

SLOT = timedelta(minutes=15)
SLOT_MS = 900_000
MILLISECOND = timedelta(milliseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FAR_FUTURE = datetime(9999, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """Tells the moment. Whole milliseconds, never backwards."""

    def now(self) -> datetime: ...


def to_ms(at: datetime) -> int:
    """Milliseconds since 1970, as written in columns named `_ms`."""
    since = at - EPOCH
    return since.days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000


def from_ms(milliseconds: int) -> datetime:
    """The moment of an `_ms` column."""
    return EPOCH + timedelta(milliseconds=milliseconds)


def duration_ms(duration: timedelta) -> int:
    """A duration in whole milliseconds, rounded down."""
    return duration // MILLISECOND


def slot_of(at: datetime) -> int:
    """Number of the 15-minute step since the epoch."""
    return to_ms(at) // SLOT_MS


def slot_start(slot: int) -> datetime:
    """The first moment of a slot."""
    return from_ms(slot * SLOT_MS)


def next_slot_start(at: datetime) -> datetime:
    """The first slot boundary after `at`."""
    return slot_start(slot_of(at) + 1)
