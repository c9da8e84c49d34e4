"""Customers as a list, as cards with several numbers, and as tables that are brought in."""

from typing import Annotated, Literal

from pydantic import Field

from otklik.api.schemas.base import Id, Line, Moment, Note, Schema
from otklik.api.schemas.customers import CustomerClass

Target = Literal[
    "name",
    "phone",
    "email",
    "company",
    "note",
    "class",
    "code",
    "field",
    "personal_agent",
    "consent_calls",
    "consent_recording",
    "consent_mail",
]
Consent = Literal["calls", "recording", "mail"]
FieldName = Annotated[str, Field(min_length=1, max_length=100)]
FieldValue = Annotated[str, Field(max_length=500)]


class CustomerFields(Schema):
    """phones: in any form, null leaves them as they are. code: of the customer in another system. fields:
    free ones by name."""

    name: Line = ""
    company: Line = ""
    note: Note = ""
    customer_class: CustomerClass = ""
    code: Annotated[Line, Field(max_length=64)] = ""
    email: Line = ""
    phones: Annotated[list[Line], Field(max_length=20)] | None = None
    fields: Annotated[dict[FieldName, FieldValue], Field(max_length=50)] = Field(default_factory=dict)
    consents: dict[Consent, bool] = Field(default_factory=dict)
    personal_agent_id: Id | None = None


class CustomerCard(CustomerFields):
    id: Id
    phones: list[str]
    personal_agent_name: str
    changed_at: Moment | None


class CardAgent(Schema):
    """Somebody who may be a customer's personal agent."""

    id: Id
    name: str


class CardChange(Schema):
    """One save of a card: who, when, and what it held after it. by_name: "" for a program."""

    at: Moment
    by_name: str
    name: str
    company: str
    note: str
    customer_class: CustomerClass
    code: str
    email: str
    fields: dict[str, str]
    consents: dict[str, bool]
    personal_agent_name: str


class CustomerPage(Schema):
    """before: what to ask for to get those that follow, null after the last."""

    rows: list[CustomerCard]
    before: int | None


class CardMerge(Schema):
    """Which card stays and which becomes part of it. kept_changed_at, gone_changed_at: as the two were looked
    at; both null only tell what would come of it."""

    kept_id: Id
    gone_id: Id
    kept_changed_at: Moment | None = None
    gone_changed_at: Moment | None = None


class CardMerged(Schema):
    """is_trial: nothing was changed."""

    is_trial: bool
    kept: CustomerCard
    gone: CustomerCard
    whole: CustomerCard


class ImportRead(Schema):
    """What a file holds. mapping: what its columns probably are, by their place. rows: the first ones.
    ragged: lines with another number of cells than the head."""

    columns: list[str]
    encoding: str
    delimiter: str
    count: int
    rows: list[list[str]]
    ragged: list[int]
    mapping: dict[int, Target]


class ImportLine(Schema):
    """What came of a line of the file; a refused one for a code, at a column (place)."""

    line: int
    outcome: Literal["made", "changed", "unchanged", "merged", "refused"]
    customer_id: int | None
    name: str
    code: str
    place: str


class ImportReport(Schema):
    """is_trial: nothing of it was kept. counts: by outcome. lines: the refused ones first, at most 500."""

    is_trial: bool
    counts: dict[str, int]
    lines: list[ImportLine]
