"""Reports and the measures they are made of."""

from datetime import date

from pydantic import Field

from otklik.api.schemas.base import Moment, Schema
from otklik.api.schemas.levels import LevelUsed


class QueueFigures(Schema):
    """Shares are fractions 0-1; null where there is no data. level_part / level_whole is the service level,
    by the formulas that were valid: sums of several rows are sums of both."""

    offered: int
    answered: int
    abandoned: int
    short_abandons: int
    overflows: int
    waiting: int = 0
    service_level: float | None
    service_level_strict: float | None
    level_part: int
    level_whole: int
    average_wait_seconds: float | None
    wait_p90_seconds: float | None
    aht_seconds: float | None
    aht_ring_seconds: float | None


class QueueReportRow(QueueFigures):
    """One queue in one interval or on one day, `[from, to)` by the site's zone."""

    from_: Moment = Field(alias="from")
    to: Moment
    day: date
    queue: str
    queue_id: int
    target: float | None = None
    threshold_seconds: float | None = None


class QueueReport(Schema):
    """as_of: the moment up to which the figures are true. behind_since: when a projection stopped, if it
    did. levels: definitions of the service level that count in it, empty where nobody defined any; is_joined:
    its sums join several."""

    zone: str
    as_of: Moment
    behind_since: Moment | None = None
    rows: list[QueueReportRow]
    totals: QueueFigures
    measures: list[str]
    levels: list[LevelUsed] = Field(default_factory=list)
    is_joined: bool = False


class AgentFigures(Schema):
    signed_in_seconds: float
    ready_seconds: float
    not_ready_seconds: float
    offered_seconds: float
    connecting_seconds: float
    connected_seconds: float
    held_seconds: float
    wrap_up_seconds: float
    handled: int
    missed_offers: int
    aht_seconds: float | None
    occupancy: float | None


class AgentReportRow(AgentFigures):
    day: date
    agent: str
    agent_id: int


class AgentReport(Schema):
    zone: str
    as_of: Moment
    behind_since: Moment | None = None
    rows: list[AgentReportRow]
    totals: AgentFigures
    measures: list[str]


class MeasureRow(Schema):
    """One definition. formula: of the facts it is counted from; source: who else counts so; parameters:
    settings that change it. What it means in words, the browser says. drill: whether it leads to its
    interactions."""

    name: str
    report: str
    version: int
    unit: str
    formula: str
    source: str
    parameters: list[str]
    drill: str


class BoardQueue(Schema):
    """A queue as the live board shows it: the counters of today, who waits, who could answer."""

    id: int
    name: str
    project_id: int
    project_name: str
    color: str
    waiting: int
    longest_since_ms: int | None
    offered: int
    answered: int
    abandoned: int
    short_abandons: int
    overflows: int
    in_sl: int
    service_level: float | None
    service_level_strict: float | None
    target: float
    threshold_seconds: float
    wait_ms_total: int
    agents_ready: int
    agents_busy: int
    agents_signed_in: int
    is_closed: bool = False
    level_formula: str = "F6"
    level_since: date | None = None
    short_abandon_seconds: float = 5.0


class DayBoard(Schema):
    as_of: Moment
    seq: str
    queues: list[BoardQueue]
