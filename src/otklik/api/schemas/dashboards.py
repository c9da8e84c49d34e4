"""Dashboards: tiles on a grid, who may look, what a tile may show."""

from typing import Annotated, Literal

from pydantic import Field

from otklik.api.schemas.alerts import SideWord, UnitWord
from otklik.api.schemas.base import Facts, Id, Line, Moment, Name, Schema

TileKindWord = Literal[
    "figure", "gauge", "day", "queues", "states", "waiting", "bars", "alerts", "text", "clock"
]
PlaceWord = Literal["centre", "queue", "team"]
SeriesWord = Literal["offered", "answered", "abandoned", "service_level"]
TemplateWord = Literal["shift", "hall", "queues"]
Limit = Annotated[float, Field(ge=0, le=1_000_000)] | None
Ids = Annotated[list[Id], Field(max_length=200)]


class TileForm(Schema):
    """A tile of a dashboard. x, y, width, height: in cells of a grid of twelve columns. title: "" is the
    figure's own name. place_ids: queues or teams; none is all of them. side, warn, bad: where the number is
    amber and red. target: of a gauge, null is the queue's own. most: lines of a list. zone: of a clock."""

    tile_id: Annotated[int, Field(ge=1, le=10_000)]
    kind: TileKindWord
    x: Annotated[int, Field(ge=0, le=100)]
    y: Annotated[int, Field(ge=0, le=1000)]
    width: Annotated[int, Field(ge=1, le=100)]
    height: Annotated[int, Field(ge=1, le=100)]
    title: Annotated[Line, Field(max_length=100)] = ""
    figure: Annotated[Line, Field(max_length=64)] = ""
    scope: PlaceWord = "centre"
    place_ids: Ids = Field(default_factory=list)
    side: SideWord = "above"
    warn: Limit = None
    bad: Limit = None
    target: Limit = None
    series: Annotated[list[SeriesWord], Field(max_length=4)] = Field(default_factory=list)
    most: Annotated[int, Field(ge=1, le=100)] = 8
    text: Annotated[Line, Field(max_length=500)] = ""
    zone: Annotated[Line, Field(max_length=64)] = ""


class ShareForm(Schema):
    """Who may look besides the owner."""

    everybody: bool = False
    role_ids: Ids = Field(default_factory=list)
    team_ids: Ids = Field(default_factory=list)


class DashboardNew(Schema):
    """template: tiles to begin with, when none are given; in the language of the person."""

    name: Name
    tiles: Annotated[list[TileForm], Field(max_length=100)] = Field(default_factory=list)
    share: ShareForm = Field(default_factory=ShareForm)
    template: TemplateWord | None = None


class DashboardSave(Schema):
    """version: the one that was changed; another one by now is refused."""

    name: Name
    tiles: Annotated[list[TileForm], Field(max_length=100)]
    share: ShareForm = Field(default_factory=ShareForm)
    version: Annotated[int, Field(ge=1)]


class DashboardRow(Schema):
    """A dashboard in a list. owner_id null: it is the centre's."""

    id: int
    name: str
    owner_id: int | None
    owner_name: str
    is_own: bool
    may_change: bool
    is_shared: bool
    tiles: int
    version: int
    changed_at: Moment | None


class DashboardFull(DashboardRow):
    """With its tiles."""

    layout: list[TileForm]
    share: ShareForm


class DashboardPreview(Schema):
    """What tiles show now, as the live feed says it."""

    tiles: list[Facts]


class TileFigureRow(Schema):
    """A figure that a tile may show. scopes: what it is known for. side: which one is usually wrong. lasts:
    it grows by itself."""

    name: str
    unit: UnitWord
    scopes: list[PlaceWord]
    side: SideWord
    lasts: bool


class PlaceRow(Schema):
    id: int
    name: str


class RoleOffered(Schema):
    id: int
    name_ru: str
    name_en: str


class TileChoices(Schema):
    """What the editor of tiles offers. roles, teams: with whom a dashboard may be shared. sight_team_ids: the
    teams whose agents one sees."""

    figures: list[TileFigureRow]
    queues: list[PlaceRow]
    teams: list[PlaceRow]
    sight_team_ids: list[int]
    roles: list[RoleOffered]
