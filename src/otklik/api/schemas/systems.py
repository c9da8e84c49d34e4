"""Systems outside that flows ask."""

from typing import Annotated, Literal

from pydantic import Field

from otklik.api.schemas.base import Line, Name, Schema, Seq

SystemKind = Literal["web", "database"]
ExtractKind = Literal["text", "number", "money", "date"]
Text = Annotated[str, Field(max_length=500)]


class SystemSave(Schema):
    """secret: only to be written; null keeps what is there (not where the address leads elsewhere from now
    on), "" takes it away. A database's is its whole address, `postgresql://name:password@host/base`."""

    name: Name
    kind: SystemKind
    address: Line = ""
    secret_header: Annotated[Line, Field(max_length=64)] = ""
    secret: Annotated[Line, Field(max_length=1000)] | None = None
    allowed_hosts: Annotated[list[Line], Field(max_length=50)] = Field(default_factory=list)
    largest_answer: Annotated[int, Field(ge=1024, le=4194304)] = 262144


class SystemRow(Schema):
    """has_secret: whether one is kept. flows: names of the published flows that ask it."""

    id: int
    name: str
    kind: SystemKind
    address: str
    secret_header: str
    has_secret: bool
    allowed_hosts: list[str]
    largest_answer: int
    flows: list[str]
    seq: Seq | None = None


class ExtractForm(Schema):
    """A variable taken out of an answer: where it stands in it (`account.balance`), and what it is."""

    name: Annotated[Line, Field(min_length=1, max_length=64)]
    path: Annotated[Line, Field(min_length=1)]
    kind: ExtractKind = "text"
    is_required: bool = False


class SystemTry(Schema):
    """A trial question: as a `lookup` node would ask it, with facts that are written out already."""

    method: Literal["GET", "POST"] = "GET"
    path: Annotated[str, Field(max_length=1000)] = ""
    fields: Annotated[dict[str, Text], Field(max_length=50)] = Field(default_factory=dict)
    statement: Annotated[str, Field(max_length=4000)] = ""
    values: Annotated[list[ExtractForm], Field(max_length=50)] = Field(default_factory=list)
    timeout_seconds: Annotated[float, Field(ge=0.2, le=15)] = 5.0


class SystemTried(Schema):
    """What came of it. outcome: found, not_found or failed; reason: why, a code. answers: the system itself
    said something."""

    outcome: str
    reason: str
    values: dict[str, str]
    took_ms: int
    answers: bool
