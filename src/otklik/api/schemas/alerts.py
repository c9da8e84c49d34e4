"""Alerts: rules, what fires, the history."""

from typing import Annotated, Literal

from pydantic import Field

from otklik.api.schemas.base import Id, Line, Moment, Name, Schema
from otklik.api.schemas.contact_reports import Told
from otklik.api.schemas.organization import WallTime

ScopeWord = Literal["centre", "queue", "team", "agent"]
SideWord = Literal["above", "below"]
SeverityWord = Literal["notice", "warning", "critical"]
UnitWord = Literal["count", "seconds", "share", "score", "milliseconds"]
Ids = Annotated[list[Id], Field(max_length=500)]


class FigureRow(Schema):
    """A figure that rules may look at. scopes: what it is known for; side: which one is usually wrong;
    has_basis: a rule may ask for a least count."""

    name: str
    unit: UnitWord
    scopes: list[ScopeWord]
    side: SideWord
    has_basis: bool


class ActiveHours(Schema):
    """By the site's wall clock. days: 0 is Monday. until not after since: on the next day."""

    days: Annotated[list[Annotated[int, Field(ge=0, le=6)]], Field(min_length=1, max_length=7)]
    since: WallTime
    until: WallTime


class AlertRuleSave(Schema):
    """place_ids: queues, teams or agents, each on its own; none: each one. limit, recover: shares are
    fractions. lasts_seconds: for how long it must be crossed. least: of shares, how many it must be a share
    of. hours: null is always."""

    name: Name
    figure: Annotated[Line, Field(min_length=1, max_length=64)]
    scope: ScopeWord
    place_ids: Ids = Field(default_factory=list)
    team_ids: Ids = Field(default_factory=list)
    side: SideWord
    limit: Annotated[float, Field(ge=0, le=1_000_000)]
    recover: Annotated[float, Field(ge=0, le=1_000_000)] | None = None
    lasts_seconds: Annotated[int, Field(ge=0, le=86_400)] = 0
    least: Annotated[int, Field(ge=0, le=100_000)] = 0
    severity: SeverityWord = "warning"
    owner_id: Id | None = None
    hours: ActiveHours | None = None
    is_on: bool = True
    has_sound: bool = True
    receiver_ids: Ids = Field(default_factory=list)
    person_ids: Ids = Field(default_factory=list)
    team_receiver_ids: Ids = Field(default_factory=list)


class AlertRuleRow(Schema):
    """A rule. standing: how many of its alerts fire now."""

    id: int
    name: str
    figure: str
    scope: ScopeWord
    place_ids: list[int]
    team_ids: list[int]
    side: SideWord
    limit: float
    recover: float | None
    lasts_seconds: int
    least: int
    severity: SeverityWord
    owner_id: int | None
    hours: ActiveHours | None
    is_on: bool
    has_sound: bool
    receiver_ids: list[int]
    person_ids: list[int]
    team_receiver_ids: list[int]
    standing: int


class AlertEventRow(Schema):
    """Something that happened to an alert: fired, cleared, acknowledged, snoozed, woken."""

    at: Moment
    kind: str
    value: float | None
    by_name: str
    note: str


class AlertRow(Schema):
    """An alert. rule_name, figure, side, limit: as they were when it fired. queue_id, team_id, agent_id: its
    place on the board, null for the centre."""

    id: int
    rule_id: int
    rule_name: str
    figure: str
    unit: UnitWord
    side: SideWord
    limit: float
    severity: SeverityWord
    has_sound: bool
    scope: ScopeWord
    place_name: str
    queue_id: int | None
    team_id: int | None
    agent_id: int | None
    fired_at: Moment
    fired_value: float
    worst: float
    cleared_at: Moment | None
    cleared_value: float | None
    cause: str | None
    owner_id: int | None
    owner_name: str
    acknowledged_at: Moment | None
    acknowledged_by: str
    snoozed_until: Moment | None
    snoozed_by: str
    snooze_reason: str


class AlertDetail(AlertRow):
    """With everything that happened to it."""

    events: list[AlertEventRow]


class AlertPage(Schema):
    """next: what to give as `before` for older ones; null at the end."""

    rows: list[AlertRow]
    next: int | None


class AlertFigures(Schema):
    """Shares are fractions 0-1; null where there is no data. The times are those of alerts that are over, and
    of those that somebody took."""

    alerts_fired: int
    alerts_going_on: int
    alert_median_seconds: float | None
    alert_longest_seconds: float | None
    alert_taken_share: float | None
    alert_take_median_seconds: float | None


class AlertRuleFigures(AlertFigures):
    """Of one rule at one place. rule_name, severity: as they were when it last fired."""

    rule_id: int
    rule_name: str
    severity: SeverityWord
    scope: ScopeWord
    place_name: str
    place_id: int


class AlertReport(Told):
    """rows: the newest, at most a thousand; totals and rules are of all."""

    rows: list[AlertRow]
    rules: list[AlertRuleFigures]
    totals: AlertFigures


class Acknowledgement(Schema):
    """owner_id: who sees to it; null: whoever asks."""

    owner_id: Id | None = None


class SnoozeRequest(Schema):
    """For how long, and why."""

    minutes: Annotated[int, Field(ge=1, le=7 * 24 * 60)]
    reason: Annotated[Name, Field(max_length=200)]
