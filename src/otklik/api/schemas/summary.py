"""A period on one page."""

from datetime import date

from pydantic import Field

from otklik.api.schemas.base import Facts, Moment, Schema, SmallId


class PageNumber(Schema):
    """value, before: of the measure; null where there is no data. tone: ok, warn, bad, plain."""

    name: str
    value: float | None
    before: float | None
    tone: str
    target: float | None


class PageSentence(Schema):
    """One thing that stood out: the browser has the words. facts: by their unit (`_share`, `_seconds`, `at`
    a moment)."""

    code: str
    tone: str
    facts: Facts = Field(default_factory=dict)


class PagePart(Schema):
    """An hour of a day, a day of a week or a month."""

    start: Moment
    offered: int
    answered: int
    abandoned: int
    overflows: int
    service_level: float | None


class PageQueue(Schema):
    queue_id: SmallId
    queue: str
    offered: int
    answered: int
    abandoned: int
    service_level: float | None
    target: float | None
    average_wait_seconds: float | None
    aht_seconds: float | None


class SummaryPage(Schema):
    """first, last: days of the page; before_first, before_last: those it is compared with."""

    every: str
    zone: str
    as_of: Moment
    behind_since: Moment | None = None
    first: date
    last: date
    before_first: date
    before_last: date
    is_over: bool
    numbers: list[PageNumber]
    told: list[PageSentence]
    parts: list[PagePart]
    queues: list[PageQueue]
