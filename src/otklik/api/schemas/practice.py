"""Practice with robot customers, and what was done in it."""

from typing import Annotated

from pydantic import Field

from otklik.api.schemas.base import LongId, Moment, Schema


class PracticeStart(Schema):
    minutes: Annotated[int, Field(ge=15, le=240)] = 60


class PracticeCallRow(Schema):
    """One talk with a robot. is_transferred: given away. disposition_id: null when none was chosen."""

    interaction_id: LongId
    at: Moment
    answer_seconds: float
    talk_seconds: float
    hold_seconds: float
    wrap_up_seconds: float
    is_transferred: bool
    disposition_id: int | None
    note: str


class PracticeRow(Schema):
    """The practice that goes on, or the last one. agent_id: whose; missed: rings that he did not answer. id
    is null when he never practised."""

    id: int | None
    agent_id: int
    is_on: bool
    started_at: Moment | None
    until: Moment | None
    ended_at: Moment | None
    calls: list[PracticeCallRow]
    missed: int
