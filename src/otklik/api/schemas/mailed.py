"""Reports that go out by mail."""

from typing import Annotated, Literal

from pydantic import Field

from otklik.api.schemas.base import Id, Line, Moment, Name, Schema, SmallId

Every = Literal["day", "week", "month"]
Report = Literal["days", "intervals", "agents", "timesheet", "teams", "page"]
FileForm = Literal["xlsx", "csv", "pdf", "pdf_letter"]
Weekday = Annotated[int, Field(ge=0, le=6)]


class MailedReportSave(Schema):
    """every: `day` for the day before on each weekday chosen (Monday is 0), `week` on Mondays, `month` on the
    first. at: by the wall clock of the site whose report it is. source: an imported log, null for the own
    centre."""

    name: Name
    report: Report = "days"
    every: Every = "day"
    at: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = "08:00"
    weekdays: Annotated[list[Weekday], Field(max_length=7)] = Field(
        default_factory=lambda: [0, 1, 2, 3, 4, 5, 6]
    )
    addresses: Annotated[Line, Field(min_length=3, max_length=1000)]
    queue_ids: Annotated[list[Id], Field(max_length=200)] = Field(default_factory=list)
    source: SmallId | None = None
    form: FileForm = "xlsx"
    locale: Literal["ru", "en"] = "ru"
    is_on: bool = True


class MailedReportRow(Schema):
    """owner: whose it is; it goes out while he may take such numbers away. told: what came of the last time,
    `sent` or a code, "" before the first."""

    id: int
    owner: str
    name: str
    report: Report
    every: Every
    at: str
    weekdays: list[int]
    addresses: str
    queue_ids: list[int]
    source: int | None
    form: FileForm
    locale: Literal["ru", "en"]
    is_on: bool
    due_at: Moment
    sent_at: Moment | None
    told: str
