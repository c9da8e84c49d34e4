"""Customers' spoken messages."""

from typing import Literal

from otklik.api.schemas.base import LongId, Moment, Schema, Seq


class VoicemailRow(Schema):
    """In the list of a queue or of a team. state: `waits` until its audio is stored, then as of a
    recording."""

    voicemail_id: LongId
    interaction_id: LongId
    left_at: Moment
    duration_seconds: float
    number: str
    customer_name: str
    party_id: LongId | None
    number_called: str
    queue_id: int | None
    team_id: int | None
    team_name: str
    state: Literal["waits", "stored", "missing", "deleted"]
    missing_cause: str | None
    handled_at: Moment | None
    handled_by_name: str | None


class VoicemailRows(Schema):
    """open: how many nobody has handled, in all lists in sight. next: the place to go on."""

    rows: list[VoicemailRow]
    open: int
    next: str | None


class VoicemailCount(Schema):
    open: int


class VoicemailHandling(Schema):
    is_handled: bool


class VoicemailDone(Schema):
    seq: Seq
