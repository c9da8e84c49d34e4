"""Numbers whose calls are turned away."""

from typing import Annotated, Literal

from pydantic import Field

from otklik.api.schemas.base import Id, Line, Moment, Schema

Treatment = Literal["decline", "busy", "prompt"]


class BlockedSave(Schema):
    """number: in any form, or the beginning of numbers (`is_prefix`). until null: for good."""

    number: Annotated[Line, Field(min_length=1, max_length=40)]
    is_prefix: bool = False
    treatment: Treatment = "decline"
    prompt: Line = ""
    reason: Line = ""
    until: Moment | None = None


class BlockedRow(Schema):
    """is_over: its moment has passed, calls come through again."""

    id: Id
    number: str
    is_prefix: bool
    treatment: Treatment
    prompt: str
    reason: str
    until: Moment | None
    is_over: bool
    changed_at: Moment
    by_name: str


class SuspectRow(Schema):
    """A number worth a look: said to be wrong or spam so often, its calls over within seconds so often."""

    number: str
    wrong: int
    short: int
    last_at: Moment
