"""What a supervisor changes for a while."""

from typing import Annotated, Literal

from pydantic import Field

from otklik.api.schemas.base import Line, Moment, Schema, SmallId


class LoanRequest(Schema):
    """until: at a quarter of an hour. is_only: these queues and none of his own."""

    queue_ids: Annotated[list[SmallId], Field(min_length=1, max_length=50)]
    until: Moment
    is_only: bool = False


class ClosureRequest(Schema):
    """prompt: what new customers hear, a name of `GET /closure-prompts`. then: what comes after it; queue_id:
    with `queue`."""

    is_closed: bool
    prompt: Line = "closed"
    then: Literal["end", "callback", "queue"] = "end"
    queue_id: SmallId | None = None


class ClosurePrompt(Schema):
    name: str
    is_shipped: bool


class RequeueRequest(Schema):
    queue_id: SmallId
