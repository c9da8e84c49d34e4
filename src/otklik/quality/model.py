"""What is known of raw files, of segments that need audio, and of stored recordings."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NewType

from otklik.vocabulary.ids import (
    AgentId,
    InteractionId,
    LegId,
    PartyId,
    PersonId,
    QueueId,
    SegmentId,
)
from otklik.vocabulary.messages import Value

RATE = 8000
"""Samples each second in raw files and stored recordings."""

CUSTOMER_SIDE = ("customer", "outside")
"""Roles of the legs whose voice is the customer's."""

_MS = timedelta(milliseconds=1)

LASTING_CAUSES = ("disk_full", "not_writable")
"""Causes that pass: the segment stays on the work list and is tried again."""


class RawFile(Value):
    """A raw file of one leg, 16 bit little-endian. path: as journalled, relative to HOME (or absolute).

    Two channels, left heard from the leg and right sent to it; a name that ends in `-in.raw` has one
    channel, what was heard from the leg. since: the moment of its first sample. until: when the leg was
    over, None while it lives.
    """

    leg_id: LegId
    role: str
    path: str
    since: datetime
    until: datetime | None = None

    @property
    def channels(self) -> int:
        return 1 if self.path.endswith("-in.raw") else 2

    @property
    def is_customer_side(self) -> bool:
        return self.role in CUSTOMER_SIDE


class Talk(Value):
    """A segment whose audio is to be stored: who talked, from when until when."""

    segment_id: SegmentId
    interaction_id: InteractionId
    agent_id: AgentId
    queue_id: QueueId
    since: datetime
    until: datetime
    missing_cause: str = ""


class Pause(Value):
    """A span of a talk: card data was said and nothing recorded, or the customer was held. until: None while
    it goes on."""

    interaction_id: InteractionId
    since: datetime
    until: datetime | None = None


class Stored(Value):
    """A segment's audio, stored and read back. path is relative to HOME; peaks as `peaks.py` writes them;
    pauses: its silent spans as `write_pauses` writes them; holds: spans in which the customer was held, in
    the same form, silent if has_silent_holds."""

    interaction_id: InteractionId
    segment_id: SegmentId
    path: str
    begins_at: datetime
    duration: timedelta
    size_bytes: int
    sha256: str
    peaks: str
    pauses: str = ""
    holds: str = ""
    has_silent_holds: bool = False


class Missing(Value):
    """A segment with talk that has no audio.

    cause: not_recorded (nothing grew), raw_missing (the file is gone), empty (no sound in it), disk_full,
    not_writable (the folder refuses).
    """

    interaction_id: InteractionId
    segment_id: SegmentId
    cause: str


class Recording(Value, kw_only=True):
    """One line of the manifest, as lists and players need it.

    state: stored, missing (missing_cause tells why) or deleted. peaks: see `peaks.py`.
    """

    segment_id: SegmentId
    interaction_id: InteractionId
    agent_id: AgentId
    queue_id: QueueId
    state: str
    path: str = ""
    begins_at: datetime
    duration: timedelta = timedelta(0)
    size_bytes: int = 0
    sha256: str = ""
    peaks: bytes = b""
    missing_cause: str = ""
    pauses: str = ""
    holds: str = ""
    has_silent_holds: bool = False


HoldId = NewType("HoldId", int)


class Deleted(Value):
    """A recording whose time was over: its file is gone, its line of the manifest stays."""

    interaction_id: InteractionId
    segment_id: SegmentId


class Hold(Value):
    """Nothing of a recording, or of a customer (the other one is 0), is deleted while it is in force."""

    hold_id: HoldId
    segment_id: SegmentId
    party_id: PartyId
    reason: str
    made_at: datetime
    made_by: PersonId


class Expired(Value):
    """A stored recording whose time is over. is_held: it stays all the same."""

    segment_id: SegmentId
    interaction_id: InteractionId
    queue_id: QueueId
    path: str
    size_bytes: int
    start_ms: int
    is_held: bool


class DueInQueue(Value):
    """What a run would delete in a queue, and how many holds keep back."""

    queue_id: QueueId
    due: int = 0
    size_bytes: int = 0
    held: int = 0
    oldest_ms: int = 0


class RetentionRun(Value):
    """What one night deleted. held: due and kept by holds. failed: files that could not be removed."""

    at: datetime
    deleted: int
    size_bytes: int
    held: int
    failed: int


def write_pauses(spans: Iterable[tuple[timedelta, timedelta]]) -> str:
    """Spans from the recording's beginning, as `12000-30500,...` in milliseconds: as it stands in the file's
    comment, in the journal and in the manifest."""
    return ",".join(f"{since // _MS}-{until // _MS}" for since, until in spans)


def read_pauses(text: str) -> list[tuple[timedelta, timedelta]]:
    """What `write_pauses` wrote."""
    pairs = (span.split("-") for span in text.split(",") if span)
    return [
        (timedelta(milliseconds=int(since)), timedelta(milliseconds=int(until))) for since, until in pairs
    ]
