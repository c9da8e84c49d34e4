"""Chat between colleagues."""

from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator, Field

from otklik.api.schemas.base import Id, Moment, Note, Schema


def _stripped(given: object) -> object:
    return given.strip() if isinstance(given, str) else given


ChatText = Annotated[Note, BeforeValidator(_stripped), Field(min_length=1, max_length=2000)]


class MessageNew(Schema):
    """To one of the two. key: chosen by the page, the same whenever it sends this message again."""

    person_id: Id | None = None
    team_id: Id | None = None
    text: ChatText
    key: UUID


class MessageRow(Schema):
    """is_own: the reader wrote it. is_lead: a supervisor did. key: as its writer's page chose it."""

    id: int
    thread_id: int
    by_id: int
    by_name: str
    text: str
    is_own: bool
    is_lead: bool
    at: Moment
    key: str


class ThreadRow(Schema):
    """One of the reader's threads: with a person, or of a team. id: null where nobody has written yet."""

    id: int | None
    person_id: int | None
    team_id: int | None
    name: str
    unread: int
    last: MessageRow | None


class Threads(Schema):
    """unread: of all threads together."""

    threads: list[ThreadRow]
    unread: int


class ReadTo(Schema):
    message_id: Annotated[int, Field(ge=1, le=2**53 - 1)]


class ChatKept(Schema):
    """days: null keeps messages for ever."""

    days: Annotated[int, Field(ge=1, le=36_500)] | None
