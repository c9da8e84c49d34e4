"""Reports on hours, waits, repeated contacts, calls by number and chosen outcomes.

Shares are fractions 0-1; null where there is no data. as_of, behind_since: as of the reports on queues.
"""

from datetime import date
from typing import Literal

from pydantic import Field

from otklik.api.schemas.base import LongId, Moment, Schema
from otklik.api.schemas.levels import LevelUsed


class Told(Schema):
    """Whose days these are, and up to when the figures are true."""

    zone: str
    as_of: Moment
    behind_since: Moment | None = None


class HeatCell(Schema):
    """An hour of the wall clock on a weekday (1 Monday) or on a day. Without both: of all; without the hour:
    the whole row. hours: how long it lasted in the period. start, stop: of an hour of one day."""

    weekday: int | None = None
    day: date | None = None
    hour: int | None = None
    hours: float
    start: Moment | None = None
    stop: Moment | None = None
    offered: int
    answered: int
    abandoned: int
    abandonment_rate: float | None
    service_level: float | None
    average_wait_seconds: float | None
    aht_seconds: float | None


class HeatReport(Told):
    rows: Literal["weekday", "day"]
    cells: list[HeatCell]
    by_row: list[HeatCell]
    by_hour: list[HeatCell]
    total: HeatCell
    levels: list[LevelUsed] = Field(default_factory=list)
    is_joined: bool = False


class WaitStepRow(Schema):
    """Waits longer than `over_seconds` and not longer than `up_to_seconds` (null: any). in_time: of the
    answered; short_abandons: of the abandoned; both by the thresholds of then."""

    over_seconds: float
    up_to_seconds: float | None
    answered: int
    in_time: int
    abandoned: int
    short_abandons: int


class WaitFigures(Schema):
    answered: int
    in_time: int
    wait_median_seconds: float | None
    wait_p90_seconds: float | None
    wait_longest_seconds: float | None
    abandoned: int
    abandoned_median_seconds: float | None
    abandoned_p90_seconds: float | None
    abandoned_longest_seconds: float | None
    patience_seconds: float | None


class WaitRow(WaitFigures):
    """A queue. target, threshold_seconds: those of now."""

    queue: str
    queue_id: int
    target: float | None
    threshold_seconds: float | None


class WaitReport(Told):
    steps: list[WaitStepRow]
    rows: list[WaitRow]
    totals: WaitFigures
    levels: list[LevelUsed] = Field(default_factory=list)
    is_joined: bool = False


class RepeatFigures(Schema):
    contacts: int
    settled_contacts: int
    repeated_contacts: int
    first_contact_resolution: float | None
    unknown_contacts: int


class RepeatRow(RepeatFigures):
    """queue_id 0: contacts that were in no queue."""

    queue: str
    queue_id: int


class HowOftenRow(Schema):
    """So many customers came so often."""

    contacts: int
    customers: int


class FrequentRow(Schema):
    """A customer who came more than once. number: as far as one may see it."""

    party_id: LongId
    number: str
    name: str
    contacts: int
    answered: int
    unanswered: int
    queues: list[str]
    last_at: Moment


class RepeatReport(Told):
    """days: within how many after a contact another one counts as its repetition."""

    days: int
    rows: list[RepeatRow]
    totals: RepeatFigures
    often: list[HowOftenRow]
    customers: list[FrequentRow]


class CallCounts(Schema):
    """calls: the other four, and those that go on unanswered."""

    calls: int
    calls_answered: int
    calls_abandoned: int
    calls_by_rule: int
    calls_in_flow: int


class CallHour(CallCounts):
    hour: int


class CallFigures(CallCounts):
    answered_share: float | None
    customers: int
    talk_per_call_seconds: float | None


class CallRow(CallFigures):
    """number_id 0: what was called is not known."""

    number_id: int
    number: str
    label: str
    hours: list[CallHour]


class CallReport(Told):
    rows: list[CallRow]
    totals: CallFigures
    hours: list[CallHour]


class OutcomeRow(Schema):
    """disposition_id null: the agent chose none. owner: a queue or an agent, if asked by them."""

    disposition_id: int | None
    name_ru: str
    name_en: str
    kind: str
    owner_id: int | None
    owner: str
    chosen: int
    chosen_share: float | None
    aht_seconds: float | None


class OutcomeReport(Told):
    rows: list[OutcomeRow]
    chosen: int
    aht_seconds: float | None
