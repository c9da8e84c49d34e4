"""What is told outside: ways, receivers, the log."""

from typing import Annotated, Literal

from pydantic import Field

from otklik.api.schemas.base import Id, Line, Moment, Name, Schema
from otklik.api.schemas.organization import WallTime

WayWord = Literal["email", "telegram", "max", "slack", "teams", "webhook"]
SecurityWord = Literal["tls", "starttls", "none"]
StateWord = Literal["waiting", "delivered", "failed", "skipped"]
Hosts = Annotated[list[Line], Field(max_length=50)]
Certificates = Annotated[str, Field(max_length=20_000)]


class DeliveryWaySave(Schema):
    """secret: only to be written; null keeps what is there (not where the address leads elsewhere from now
    on). Of Slack and Teams it is the whole address of the incoming webhook. ca: certificates in PEM that are
    trusted besides the usual ones."""

    name: Name
    kind: WayWord
    address: Line = ""
    port: Annotated[int, Field(ge=0, le=65535)] = 0
    security: SecurityWord = "starttls"
    login: Line = ""
    sender: Line = ""
    sender_name: Line = ""
    secret: Annotated[str, Field(max_length=1000)] | None = None
    allowed_hosts: Hosts = Field(default_factory=list)
    ca: Certificates = ""
    is_on: bool = True


class DeliveryWayRow(Schema):
    """has_secret: whether one is kept."""

    id: int
    name: str
    kind: WayWord
    address: str
    port: int
    security: SecurityWord
    login: str
    sender: str
    sender_name: str
    has_secret: bool
    allowed_hosts: list[str]
    ca: str
    is_on: bool


class ReceiverSave(Schema):
    """address: a mailbox or several, a chat. quiet_since, quiet_until: by the site's wall clock; the same is
    never."""

    name: Name
    way_id: Id
    address: Annotated[Line, Field(max_length=250)] = ""
    person_id: Id | None = None
    team_id: Id | None = None
    quiet_since: WallTime = "00:00"
    quiet_until: WallTime = "00:00"
    critical_wakes: bool = True
    tells_end: bool = True
    language: Literal["", "ru", "en"] = ""
    is_on: bool = True


class ReceiverRow(Schema):
    """Where something goes."""

    id: int
    name: str
    way_id: int
    address: str
    person_id: int | None
    team_id: int | None
    quiet_since: str
    quiet_until: str
    critical_wakes: bool
    tells_end: bool
    language: Literal["", "ru", "en"]
    is_on: bool


class TrialAsked(Schema):
    """Where a trial goes; empty where the way needs no address."""

    address: Annotated[Line, Field(max_length=250)] = ""


class DeliveryRow(Schema):
    """answer: what the other side said last, or a code of ours. source: alert, test, report."""

    id: int
    way_id: int
    receiver_id: int | None
    address: str
    subject: str
    source: str
    source_id: int
    state: StateWord
    made_at: Moment
    due_at: Moment
    tries: int
    done_at: Moment | None
    answer: str
    in_digest: bool


class DeliveryPage(Schema):
    """next: what to give as `before` for older ones; null at the end."""

    rows: list[DeliveryRow]
    next: int | None
