"""Dashboards, their tiles, and who may look at them.

A dashboard is a grid of twelve columns; its rows are as many as its tiles need. Places and sizes are counted
in cells. Shares are fractions, durations seconds.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import NewType

from otklik.alerts.model import Scope, Side
from otklik.vocabulary.ids import PersonId
from otklik.vocabulary.messages import Value

DashboardId = NewType("DashboardId", int)

COLUMNS = 12
MOST_ROWS = 48
MOST_TILES = 40
LONGEST_TEXT = 500
MOST_LINES = 30
"""How many lines a list or a table of a tile may have."""

THE_CENTRE = PersonId(0)
"""Owns what belongs to nobody in particular."""


class TileKind(StrEnum):
    """What a tile shows."""

    FIGURE = "figure"
    GAUGE = "gauge"
    DAY = "day"
    QUEUES = "queues"
    STATES = "states"
    WAITING = "waiting"
    BARS = "bars"
    ALERTS = "alerts"
    TEXT = "text"
    CLOCK = "clock"


class Series(StrEnum):
    """A line of the day."""

    OFFERED = "offered"
    ANSWERED = "answered"
    ABANDONED = "abandoned"
    SERVICE_LEVEL = "service_level"


class Tile(Value, kw_only=True):
    """One tile.

    tile_id: within its dashboard. x, y, width, height: in cells. title: "" is the figure's own name.
    figure, scope, place_ids: what is shown of which queues or teams; none is all of them together (for a
    table, each of them). side, warn, bad: on which side of these limits the number is amber and red; None is
    no limit. target: of a gauge; None is the queue's own. series: lines of the day. most: lines of a list.
    text: of a headline. zone: of a clock, "" is the site's.
    """

    tile_id: int
    kind: TileKind
    x: int
    y: int
    width: int
    height: int
    title: str = ""
    figure: str = ""
    scope: Scope = Scope.CENTRE
    place_ids: tuple[int, ...] = ()
    side: Side = Side.ABOVE
    warn: float | None = None
    bad: float | None = None
    target: float | None = None
    series: tuple[Series, ...] = ()
    most: int = 8
    text: str = ""
    zone: str = ""

    def overlaps(self, other: "Tile") -> bool:
        """Whether they want the same cells."""
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )


class Share(Value):
    """Who may look besides the owner: everybody, or people with one of these roles or in one of these
    teams."""

    everybody: bool = False
    role_ids: tuple[int, ...] = ()
    team_ids: tuple[int, ...] = ()


class Viewer(Value, kw_only=True):
    """Who looks. team_ids: those that he is in or supervises. is_keeper: he sees to what is the centre's."""

    person_id: PersonId
    role_ids: frozenset[int] = frozenset()
    team_ids: frozenset[int] = frozenset()
    is_keeper: bool = False


class Dashboard(Value, kw_only=True):
    """A named grid of tiles. owner_id: 0 is the centre. version: grows by one with each change, so that two
    people who change it at once notice."""

    dashboard_id: DashboardId = DashboardId(0)
    owner_id: PersonId = THE_CENTRE
    name: str
    tiles: tuple[Tile, ...] = ()
    share: Share = Share()
    version: int = 0
    changed_at: datetime | None = None

    def is_seen_by(self, who: Viewer) -> bool:
        """Whether he may look at it."""
        return (
            self.share.everybody
            or self.may_be_changed_by(who)
            or not who.role_ids.isdisjoint(self.share.role_ids)
            or not who.team_ids.isdisjoint(self.share.team_ids)
        )

    def may_be_changed_by(self, who: Viewer) -> bool:
        """Its owner changes it; what is the centre's, who keeps the centre."""
        if self.owner_id == THE_CENTRE:
            return who.is_keeper
        return self.owner_id == who.person_id


def figures_in(dashboards: Iterable[Dashboard]) -> frozenset[str]:
    """The figures that their tiles name."""
    return frozenset(tile.figure for one in dashboards for tile in one.tiles if tile.figure)
