"""Interactions: the list, and one with its whole time line."""

from datetime import date
from typing import Literal

from pydantic import Field

from otklik.api.schemas.base import Facts, LongId, Moment, Schema, Seq
from otklik.api.schemas.feedback import AnswerRow
from otklik.api.schemas.links import LinkRow

Direction = Literal["inbound", "outbound", "internal"]


class InteractionRow(Schema):
    interaction_id: LongId
    started_at: Moment
    direction: Direction
    number: str
    customer_name: str
    number_called: str
    queue_id: int | None
    queue_name: str
    agent_id: int | None
    agent_name: str
    wait_seconds: float | None
    talk_seconds: float | None
    outcome: str
    disposition_id: int | None
    has_recording: bool


class InteractionRows(Schema):
    rows: list[InteractionRow]
    next: str | None


class SegmentLevel(Schema):
    """By which definition of the service level a stay was judged. since: its first day; None where the
    queue's own settings counted, with the threshold that they had then, if it is known."""

    formula: str
    threshold_seconds: float | None
    since: date | None
    is_of_site: bool


class SegmentRow(Schema):
    """in_sl: as `level` judges it; level is None where no service level counts the stay."""

    segment_id: LongId
    queue_id: int | None
    queue_name: str
    agent_id: int | None
    agent_name: str
    entered_at: Moment
    answered_at: Moment | None
    ended_at: Moment | None
    wait_seconds: float
    ring_seconds: float
    talk_seconds: float
    hold_seconds: float
    wrap_up_seconds: float
    outcome: str
    in_sl: bool
    level: SegmentLevel | None


class PhaseRow(Schema):
    """A slice of time with one owner: an agent's name, or empty for the house."""

    phase: str
    owner_id: int | None
    owner_name: str
    start: Moment
    stop: Moment | None


class PassedOverRow(Schema):
    agent_id: int
    agent_name: str
    rule: str


class WhyOffer(Schema):
    """The rules that decided, the first five passed over, how many agents each rule left out."""

    rules: list[str]
    passed_over: list[PassedOverRow]
    counts: dict[str, int]


class OfferRow(Schema):
    offer_id: LongId
    agent_id: int
    agent_name: str
    offered_at: Moment
    ended_at: Moment | None
    outcome: str
    why: WhyOffer


class RecordingOf(Schema):
    """state: stored, missing (with its cause) or deleted."""

    segment_id: LongId
    duration_seconds: float | None
    size_bytes: int | None
    sha256: str | None
    state: str
    missing_cause: str | None


class LegRow(Schema):
    leg_id: LongId
    role: str
    agent_id: int | None
    started_at: Moment
    up_at: Moment | None
    over_at: Moment | None
    reason: str | None
    cause: int | None


class EventRow(Schema):
    seq: Seq
    at: Moment
    type: str
    facts: Facts


class InteractionDetail(Schema):
    interaction_id: LongId
    started_at: Moment
    ended_at: Moment | None
    direction: Direction
    number: str
    customer_name: str
    party_id: LongId | None
    number_called: str
    project_id: int | None
    outcome: str
    disposition_id: int | None
    note: str
    outcome_saved_at: Moment | None
    outcome_by_name: str | None
    callback_of: LongId | None
    segments: list[SegmentRow]
    phases: list[PhaseRow]
    offers: list[OfferRow]
    recordings: list[RecordingOf]
    answers: list[AnswerRow]
    legs: list[LegRow]
    links: list[LinkRow]
    events: list[EventRow]


class WhyWaiting(Schema):
    """Why this customer waits now: counts of agents per rule that leaves them out, and each agent's own."""

    interaction_id: LongId
    facts: Facts


class WhyIdle(Schema):
    """Why this agent gets no call now."""

    agent_id: int
    facts: Facts


class RecordingPause(Schema):
    """A span that is silent because card data was said, from the recording's beginning."""

    from_seconds: float
    to_seconds: float


class RecordingHold(Schema):
    """A span in which the customer was held, from the recording's beginning."""

    from_seconds: float
    to_seconds: float


class RecordingRow(Schema):
    segment_id: LongId
    interaction_id: LongId
    started_at: Moment
    duration_seconds: float | None
    size_bytes: int | None
    queue_id: int | None
    agent_id: int | None
    agent_name: str
    number: str
    customer_name: str
    direction: Direction
    state: str
    missing_cause: str | None
    pauses: list[RecordingPause] = Field(default_factory=list)
    holds: list[RecordingHold] = Field(default_factory=list)
    is_held: bool = False


class RecordingRows(Schema):
    rows: list[RecordingRow]
    next: str | None


class Peaks(Schema):
    """The loudest of each slice, 0-1: the customer left, the agent right."""

    left: list[float]
    right: list[float]
    duration_seconds: float
    pauses: list[RecordingPause] = Field(default_factory=list)
    holds: list[RecordingHold] = Field(default_factory=list)
    has_silent_holds: bool = False
