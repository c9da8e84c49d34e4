"""Definitions of the service level, valid from a day on."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from otklik.api.schemas.base import Moment, Schema, SmallId

FormulaName = Literal["F1", "F2", "F3", "F4", "F5", "F6"]


class LevelSave(Schema):
    """queue_id: null for the site's default. since: a day of the site's. past_is_meant: it may lie in the
    past, whose numbers change."""

    queue_id: SmallId | None = None
    since: date
    formula: FormulaName = "F6"
    threshold_seconds: Annotated[float, Field(ge=1, le=3600)] = 20
    target: Annotated[float, Field(gt=0, le=1)] = 0.8
    short_abandon_seconds: Annotated[float, Field(ge=0, le=300)] = 5
    past_is_meant: bool = False


class LevelFormula(Schema):
    """One that may be chosen: its short name, its whole name, its formula and who counts so."""

    key: FormulaName
    name: str
    formula: str
    source: str


class LevelRow(Schema):
    """queue_id: null for the site's default. past: it changed numbers of days that were over when it was
    set. withdrawn: by whom and when it was taken back."""

    id: int
    queue_id: int | None
    since: date
    formula: str
    threshold_seconds: float
    target: float
    short_abandon_seconds: float
    by: str
    at: Moment
    is_of_past: bool
    withdrawn_by: str | None = None
    withdrawn_at: Moment | None = None


class QueueLevel(Schema):
    """What counts for a queue today. definition_id: null where its own settings do."""

    queue_id: int
    queue: str
    definition_id: int | None
    formula: str
    threshold_seconds: float
    target: float
    short_abandon_seconds: float


class ServiceLevels(Schema):
    """today: the site's day. definitions: all that were ever set, the latest day first."""

    today: date
    zone: str
    formulas: list[LevelFormula]
    definitions: list[LevelRow]
    queues: list[QueueLevel]


class LevelUsed(Schema):
    """By what a service level was counted. queue_id: 0 and no name for the site's default. since: the site's
    day, null for a queue's own settings. formula: F1 to F6."""

    queue_id: int
    queue: str
    since: date | None
    formula: str
    threshold_seconds: float
    target: float
    short_abandon_seconds: float
