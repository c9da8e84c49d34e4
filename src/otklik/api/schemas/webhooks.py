"""Webhooks for other systems."""

from typing import Annotated, Literal

from pydantic import Field

from otklik.api.schemas.base import Line, LongId, Moment, Name, Schema, SmallId

ToldWord = Literal["ringing", "answered", "ended", "missed", "recording_ready"]
ToldOrTest = Literal["ringing", "answered", "ended", "missed", "recording_ready", "test"]
HookStateWord = Literal["waiting", "delivered", "failed"]
Hosts = Annotated[list[Line], Field(max_length=50)]


class WebhookSave(Schema):
    """told: of what. queue_ids, project_ids: only interactions of these; none is all. ca: certificates in PEM
    that are trusted besides the usual ones."""

    name: Name
    address: Annotated[Line, Field(min_length=8, max_length=250)]
    told: Annotated[list[ToldWord], Field(min_length=1, max_length=5)]
    queue_ids: Annotated[list[SmallId], Field(max_length=500)] = Field(default_factory=list)
    project_ids: Annotated[list[SmallId], Field(max_length=500)] = Field(default_factory=list)
    allowed_hosts: Hosts = Field(default_factory=list)
    ca: Annotated[str, Field(max_length=20_000)] = ""
    is_on: bool = True


class WebhookRow(Schema):
    """key: to verify signatures with; shown once, when it is made. waiting, delivered, failed: deliveries of
    the last days."""

    id: int
    name: str
    address: str
    told: list[ToldWord]
    queue_ids: list[int]
    project_ids: list[int]
    allowed_hosts: list[str]
    ca: str
    is_on: bool
    waiting: int
    delivered: int
    failed: int
    key: str | None = None


class HookDeliveryRow(Schema):
    """body: what is sent. http_status 0: there was no answer, and answer is a code of ours."""

    id: int
    hook_id: int
    event_id: str
    told: ToldOrTest
    interaction_id: LongId | None
    state: HookStateWord
    made_at: Moment
    due_at: Moment
    done_at: Moment | None
    tries: int
    replays: int
    http_status: int
    answer: str
    body: str


class HookDeliveryPage(Schema):
    """next: what to give as `before` for older ones; null at the end."""

    rows: list[HookDeliveryRow]
    next: int | None


class ReplayAsked(Schema):
    """Everything that was written in [since, until) is told again, under the same ids."""

    since: Moment
    until: Moment


class ReplayRow(Schema):
    """found: how many events it held; null until it was done."""

    id: int
    since: Moment
    until: Moment
    asked_at: Moment
    done_at: Moment | None
    found: int | None
