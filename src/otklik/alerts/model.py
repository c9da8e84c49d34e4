"""Rules, the figures they may look at, and alerts.

Figures are numbers by (figure, scope, place): durations in seconds, shares as fractions, moments nowhere.
Place 0 stands for the centre.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from otklik.vocabulary.hours import OpeningHours
from otklik.vocabulary.ids import PersonId
from otklik.vocabulary.messages import Value

CENTRE_PLACE = 0


class Scope(StrEnum):
    """What a figure is of."""

    CENTRE = "centre"
    QUEUE = "queue"
    TEAM = "team"
    AGENT = "agent"


class Side(StrEnum):
    """On which side of its limit a figure is wrong."""

    ABOVE = "above"
    BELOW = "below"


class Severity(StrEnum):
    """How bad it is; from mild to grave."""

    NOTICE = "notice"
    WARNING = "warning"
    CRITICAL = "critical"


class Unit(StrEnum):
    """What a figure counts."""

    COUNT = "count"
    SECONDS = "seconds"
    SHARE = "share"
    SCORE = "score"
    MILLISECONDS = "milliseconds"


class Cause(StrEnum):
    """Why an alert is over. no_data: its figure went away (the talk ended, nobody was offered yet)."""

    RECOVERED = "recovered"
    NO_DATA = "no_data"
    HOURS_OVER = "hours_over"
    RULE_CHANGED = "rule_changed"
    RULE_GONE = "rule_gone"


class FigureKind(NamedTuple):
    """A figure that rules may look at. scopes: what it is known for. side: which one is usually wrong.
    has_basis: it is a share of something counted, so a rule may ask for a least count."""

    name: str
    unit: Unit
    scopes: tuple[Scope, ...]
    side: Side
    has_basis: bool = False


_QUEUES = (Scope.QUEUE, Scope.CENTRE)
_AGENTS = (Scope.AGENT,)
_SITE = (Scope.CENTRE,)

_ALL = (
    FigureKind("waiting", Unit.COUNT, _QUEUES, Side.ABOVE),
    FigureKind("longest_wait", Unit.SECONDS, _QUEUES, Side.ABOVE),
    FigureKind("service_level", Unit.SHARE, _QUEUES, Side.BELOW, True),
    FigureKind("service_level_recent", Unit.SHARE, _QUEUES, Side.BELOW, True),
    FigureKind("abandonment_rate", Unit.SHARE, _QUEUES, Side.ABOVE, True),
    FigureKind("abandonment_rate_recent", Unit.SHARE, _QUEUES, Side.ABOVE, True),
    FigureKind("agents_ready", Unit.COUNT, (Scope.QUEUE, Scope.TEAM, Scope.CENTRE), Side.BELOW),
    FigureKind("agents_signed_in", Unit.COUNT, (Scope.QUEUE, Scope.TEAM, Scope.CENTRE), Side.BELOW),
    FigureKind("occupancy", Unit.SHARE, (Scope.TEAM, Scope.AGENT, Scope.CENTRE), Side.ABOVE),
    FigureKind("talk", Unit.SECONDS, _AGENTS, Side.ABOVE),
    FigureKind("hold", Unit.SECONDS, _AGENTS, Side.ABOVE),
    FigureKind("wrap_up", Unit.SECONDS, _AGENTS, Side.ABOVE),
    FigureKind("not_ready", Unit.SECONDS, _AGENTS, Side.ABOVE),
    FigureKind("reconnecting", Unit.SECONDS, _AGENTS, Side.ABOVE),
    FigureKind("missed_offers", Unit.COUNT, _AGENTS, Side.ABOVE),
    FigureKind("link_quality", Unit.SCORE, _AGENTS, Side.BELOW),
    FigureKind("customer_link_quality", Unit.SCORE, _AGENTS, Side.BELOW),
    FigureKind("trunks_down", Unit.COUNT, _SITE, Side.ABOVE),
    FigureKind("engine_away", Unit.COUNT, _SITE, Side.ABOVE),
    FigureKind("channel_silent", Unit.SECONDS, _SITE, Side.ABOVE),
    FigureKind("loop_lag", Unit.MILLISECONDS, _SITE, Side.ABOVE),
    FigureKind("disk_free", Unit.SHARE, _SITE, Side.BELOW),
)
FIGURES: Mapping[str, FigureKind] = {kind.name: kind for kind in _ALL}

HEALTH = frozenset({"trunks_down", "engine_away", "channel_silent", "loop_lag", "disk_free"})
"""Figures of the machine: seen by who may see its health."""


class Reading(NamedTuple):
    """A figure now. value None: no data. basis: of a share, how many it is a share of."""

    value: float | None
    basis: int = 0


class Spot(NamedTuple):
    """Where a figure is looked for."""

    figure: str
    scope: Scope
    place_id: int


Figures = Mapping[Spot, Reading]


class Rule(Value, kw_only=True):
    """A threshold.

    place_ids: which queues, teams or agents, each on its own; none: each one there is. team_ids: of agents,
    only those of these teams. limit: crossed when the figure stands strictly on the wrong side of it.
    recover: the value that ends the alert, on the right side of the limit; None: the limit itself. lasts:
    seconds for which it must be crossed without a break. least: of shares, how many it must be a share of.
    hours: when it is looked at, by the site's wall clock; None: always. owner_id: who sees to it, 0 nobody.
    receiver_ids, person_ids, team_receiver_ids: whom it is told to outside; see room `deliveries`.
    """

    rule_id: int = 0
    name: str
    figure: str
    scope: Scope
    place_ids: tuple[int, ...] = ()
    team_ids: tuple[int, ...] = ()
    side: Side
    limit: float
    recover: float | None = None
    lasts: int = 0
    least: int = 0
    severity: Severity = Severity.WARNING
    owner_id: PersonId = PersonId(0)
    hours: OpeningHours | None = None
    is_on: bool = True
    has_sound: bool = True
    receiver_ids: tuple[int, ...] = ()
    person_ids: tuple[int, ...] = ()
    team_receiver_ids: tuple[int, ...] = ()

    def is_wrong(self, value: float) -> bool:
        """Whether the figure crossed the limit."""
        return value > self.limit if self.side is Side.ABOVE else value < self.limit

    def is_well(self, value: float) -> bool:
        """Whether the figure came back far enough to end an alert."""
        bound = self.limit if self.recover is None else self.recover
        return value <= bound if self.side is Side.ABOVE else value >= bound

    def is_worse(self, value: float, than: float) -> bool:
        """Whether the first is further on the wrong side."""
        return value > than if self.side is Side.ABOVE else value < than

    def judges_as(self, other: "Rule") -> bool:
        """Whether an alert of the one is an alert of the other: who is told may differ."""
        return (
            self.figure == other.figure
            and self.scope is other.scope
            and self.side is other.side
            and self.limit == other.limit
        )


class Alert(Value, kw_only=True):
    """A rule that fired at a place. rule: as it was then. worst: the value furthest on the wrong side."""

    alert_id: int
    rule_id: int
    scope: Scope
    place_id: int
    place_name: str
    fired_at: datetime
    fired_value: float
    worst: float
    rule: Rule
    owner_id: PersonId = PersonId(0)
    cleared_at: datetime | None = None
    cleared_value: float | None = None
    cause: Cause | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: PersonId = PersonId(0)
    snoozed_until: datetime | None = None
    snoozed_by: PersonId = PersonId(0)
    snooze_reason: str = ""

    @property
    def spot(self) -> Spot:
        """Where its figure is."""
        return Spot(self.rule.figure, self.scope, self.place_id)
