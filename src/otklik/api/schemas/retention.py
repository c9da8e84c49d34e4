"""How long recordings are kept, what may not be deleted, and what was."""

from typing import Annotated

from pydantic import Field

from otklik.api.schemas.base import Id, LongId, Moment, Schema, SmallId

Days = Annotated[int, Field(ge=1, le=36_500)]


class QueueRetention(Schema):
    """How many days recordings of this queue are kept."""

    queue_id: SmallId
    days: Days


class RetentionSave(Schema):
    """default_days: for queues without a rule of their own; null keeps theirs for ever."""

    default_days: Days | None
    queues: Annotated[list[QueueRetention], Field(max_length=1000)]


class RetentionRunRow(Schema):
    """What one night deleted. held: due, and kept by holds. failed: files that could not be removed."""

    at: Moment
    deleted: int
    size_bytes: int
    held: int
    failed: int


class RetentionRow(Schema):
    """The rules, and the last nights."""

    default_days: int | None
    queues: list[QueueRetention]
    runs: list[RetentionRunRow]


class DueRow(Schema):
    """What would be deleted in a queue now. oldest_at: its oldest recording that is due."""

    queue_id: int
    due: int
    size_bytes: int
    held: int
    oldest_at: Moment | None


class HoldSave(Schema):
    """One of the two: a recording, or a customer with all of his."""

    segment_id: LongId | None = None
    party_id: LongId | None = None
    reason: Annotated[str, Field(min_length=1, max_length=300)]


class HoldRow(Schema):
    """A hold in force. name: of the customer, if it is about one."""

    id: Id
    segment_id: LongId | None
    party_id: LongId | None
    name: str
    reason: str
    made_at: Moment
    by_name: str


class UseRow(Schema):
    """Somebody listened to a recording, downloaded it, or took it away with many.

    action: listened, downloaded, exported.
    """

    at: Moment
    by_name: str
    action: str
    reason: str
