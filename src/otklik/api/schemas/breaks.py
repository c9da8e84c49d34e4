"""Breaks that agents ask for, and the rule by which they are approved."""

from typing import Annotated, Literal

from pydantic import Field

from otklik.api.schemas.base import Line, Moment, Schema, SmallId

Status = Literal["asked", "approved", "declined", "withdrawn", "begun", "lapsed"]
Rule = Literal[
    "cover_holds",
    "by_supervisor",
    "allowance_used",
    "cover_short",
    "too_many_away",
    "no_history",
]
Minutes = Annotated[int, Field(ge=1, le=240)]


class BreakAsk(Schema):
    """starts_at: null is now."""

    reason_id: SmallId
    minutes: Minutes
    starts_at: Moment | None = None
    note: Annotated[Line, Field(max_length=200)] = ""


class CoverRow(Schema):
    """A quarter of an hour. required: agents that the load needs, null when nothing is known of such days.
    left: who would be there without the one who asks."""

    starts_at: Moment
    required: int | None
    present: int
    away: int
    left: int


class BreakJudgement(Schema):
    """What would come of asking. is_sure: approved at once. worst: the quarter that decides."""

    is_sure: bool
    rule: Rule
    worst: CoverRow | None
    slots: list[CoverRow]


class BreakRow(Schema):
    """A request. rule, worst: why it was approved at once, or given to a supervisor. by_name: who decided,
    empty is the rule. may_begin: its time has come. is_over: he is
    back from it. used_minutes, used_times: of this reason today."""

    id: int
    agent_id: int
    agent_name: str
    reason_id: int
    minutes: int
    starts_at: Moment
    note: str
    asked_at: Moment
    status: Status
    rule: Rule
    worst: CoverRow | None
    decided_at: Moment | None
    by_name: str
    word: str
    begun_at: Moment | None
    may_begin: bool
    is_over: bool
    used_minutes: int
    used_times: int


class BreakWord(Schema):
    word: Annotated[Line, Field(max_length=200)] = ""


class AllowanceRow(Schema):
    """minutes, times: what a day allows of a reason, null is unlimited."""

    reason_id: SmallId
    minutes: Annotated[int, Field(ge=1, le=1440)] | None
    times: Annotated[int, Field(ge=1, le=100)] | None


class BreakPolicyRow(Schema):
    """reserve: agents that must be left beyond what the load needs. most_away: the largest share of those at
    work who may be away at once."""

    is_automatic: bool
    reserve: Annotated[int, Field(ge=0, le=1000)]
    most_away: Annotated[float, Field(gt=0, le=1)]
    allowances: Annotated[list[AllowanceRow], Field(max_length=100)]


class UsedRow(Schema):
    """Of one reason today."""

    reason_id: int
    minutes: float
    times: int
    allowed_minutes: int | None
    allowed_times: int | None


class OwnBreaks(Schema):
    """One's own requests of now, the newest last, and what the day holds already."""

    requests: list[BreakRow]
    used: list[UsedRow]
