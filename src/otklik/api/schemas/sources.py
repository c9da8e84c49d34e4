"""Logs of another Asterisk that were imported."""

from typing import Annotated, Literal

from pydantic import Field

from otklik.api.schemas.base import Line, Moment, Schema

NameKind = Literal["queue", "agent", "number", "reason"]


class SourceName(Schema):
    """name: as the log writes it. title: as it is called here, null for the same."""

    kind: NameKind
    id: int
    name: str
    title: str | None


class SourceRow(Schema):
    """A source, whose figures stand in reports by its id. first, last: of its calls."""

    id: int
    name: str
    kind: str
    zone: str
    created_at: Moment
    first: Moment | None
    last: Moment | None
    interactions: int
    unread: int


class UnreadRow(Schema):
    """A row of its log that could not be understood, as it is. reason: a code."""

    file: str
    line: int
    reason: str
    text: str
    read_at: Moment


class SourceDetail(SourceRow):
    """unread_rows: the first 500 of the last import."""

    names: list[SourceName]
    unread_rows: list[UnreadRow]


class TitleSave(Schema):
    """title: "" goes back to the name of the log."""

    title: Annotated[Line, Field(max_length=80)] = ""
