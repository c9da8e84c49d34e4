"""Links by which a customer calls from his browser."""

from typing import Annotated, Literal

from pydantic import Field

from otklik.api.schemas.base import LongId, Moment, Schema, SmallId


class InvitationRequest(Schema):
    """queue_id: where he waits; for_me: I am rung first. minutes: how long the link is good."""

    queue_id: SmallId
    for_me: bool = True
    minutes: Annotated[int, Field(ge=5, le=10_080)] = 60


class InvitationRow(Schema):
    """state: sent, opened, talked or expired."""

    invitation_id: int
    queue_id: int
    for_me: bool
    state: str
    created_at: Moment
    expires_at: Moment
    interaction_id: LongId | None


class InvitationMade(Schema):
    """path: what is sent to the customer, behind the address of the centre; told this once."""

    path: str
    invitation: InvitationRow


class GuestLink(Schema):
    """What the customer's page says before he begins. centre: its name."""

    state: str
    centre: str


class GuestKey(Schema):
    """Made by the customer's page: who has it may come back to the talk."""

    key: Annotated[str, Field(min_length=20, max_length=128)]
    language: Literal["ru", "en"] = "ru"


class GuestAccess(Schema):
    """How his browser calls, until the talk is over."""

    uri: str
    login: str
    password: str
    target: str
