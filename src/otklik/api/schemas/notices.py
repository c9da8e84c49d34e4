"""Notices of supervisors to teams."""

from typing import Annotated

from pydantic import Field

from otklik.api.schemas.base import Id, Moment, Note, Schema


class NoticeNew(Schema):
    """team_ids: none is everybody, or for who sees his teams only, all of these. minutes: how long it stands
    at the desks."""

    text: Annotated[Note, Field(min_length=1, max_length=500)]
    team_ids: Annotated[list[Id], Field(max_length=100, default_factory=list)]
    minutes: Annotated[int, Field(ge=5, le=7 * 24 * 60)] = 60


class NoticeRow(Schema):
    """At a desk."""

    id: int
    text: str
    by_name: str
    created_at: Moment
    expires_at: Moment
    is_read: bool


class SentNoticeRow(Schema):
    """As its sender sees it. reads of readers: how many of those whom it is for have read it."""

    id: int
    text: str
    team_ids: list[int]
    by_name: str
    created_at: Moment
    expires_at: Moment
    reads: int
    readers: int
    may_withdraw: bool
