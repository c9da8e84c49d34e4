"""Events of legs and recordings as this room sees them from below.

They are written by the switchboard, which stands above; here they are known by their numbers in the
journal, which never change, and by the fields that the fold reads.
"""

from datetime import datetime, timedelta
from typing import Protocol, TypeGuard

from otklik.vocabulary.ids import AgentId, InteractionId, LegId, SegmentId
from otklik.vocabulary.messages import Event


class LegStarted(Protocol):
    at: datetime
    leg_id: LegId
    interaction_id: InteractionId
    role: str
    agent_id: AgentId


class LegOver(Protocol):
    at: datetime
    leg_id: LegId
    interaction_id: InteractionId


class LegRecorded(Protocol):
    leg_id: LegId
    interaction_id: InteractionId
    path: str
    since: datetime


class RecordingStored(Protocol):
    interaction_id: InteractionId
    segment_id: SegmentId
    path: str
    begins_at: datetime
    duration: timedelta
    size_bytes: int
    sha256: str
    peaks: str
    pauses: str
    holds: str
    has_silent_holds: bool


class RecordingMissing(Protocol):
    at: datetime
    interaction_id: InteractionId
    segment_id: SegmentId
    cause: str


class RecordingDeleted(Protocol):
    at: datetime
    interaction_id: InteractionId
    segment_id: SegmentId


def is_recording_deleted(event: Event) -> TypeGuard[RecordingDeleted]:
    return event.KIND == 483


class LegUnrecorded(Protocol):
    at: datetime
    leg_id: LegId
    interaction_id: InteractionId
    is_refused: bool


def is_leg_unrecorded(event: Event) -> TypeGuard[LegUnrecorded]:
    return event.KIND == 442


class CardPauseStarted(Protocol):
    at: datetime
    leg_id: LegId
    interaction_id: InteractionId
    agent_id: AgentId
    asks_at: datetime


class CardPauseKept(Protocol):
    interaction_id: InteractionId
    asks_at: datetime


class CardPauseEnded(Protocol):
    at: datetime
    interaction_id: InteractionId


def is_card_pause_started(event: Event) -> TypeGuard[CardPauseStarted]:
    return event.KIND == 480


def is_card_pause_kept(event: Event) -> TypeGuard[CardPauseKept]:
    return event.KIND == 481


def is_card_pause_ended(event: Event) -> TypeGuard[CardPauseEnded]:
    return event.KIND == 482


def is_leg_started(event: Event) -> TypeGuard[LegStarted]:
    return event.KIND == 401


def is_leg_over(event: Event) -> TypeGuard[LegOver]:
    return event.KIND == 403


def is_leg_recorded(event: Event) -> TypeGuard[LegRecorded]:
    return event.KIND == 404


def is_recording_stored(event: Event) -> TypeGuard[RecordingStored]:
    return event.KIND == 405


def is_recording_missing(event: Event) -> TypeGuard[RecordingMissing]:
    return event.KIND == 406
