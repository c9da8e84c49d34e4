"""What the live feed says about a dashboard: its layout once, and what each of its tiles shows now.

A tile that counts nothing (a text, a clock) is in the layout alone. Durations that go on are said as the
moment they began, so that nothing is sent while only time passes.
"""

import msgspec

from otklik.dashboards.model import Tile


class DayPoint(msgspec.Struct, frozen=True, array_like=True):
    """A quarter of an hour of the day: when it began, and its counters."""

    at_ms: int
    offered: int
    answered: int
    abandoned: int
    service_level: float | None


class QueueLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """A queue in a table, or a bar with its value."""

    id: int
    name: str
    waiting: int = 0
    since_ms: int | None = None
    offered: int = 0
    abandoned: int = 0
    service_level: float | None = None
    target: float | None = None
    ready: int = 0
    is_closed: bool = False
    value: float | None = None


class WaitingLine(msgspec.Struct, frozen=True):
    """A customer who waits; the number is masked, and no name is said."""

    id: str
    number_masked: str
    queue_name: str
    since_ms: int
    is_callback: bool


class AlertLine(msgspec.Struct, frozen=True):
    """An alert that fires."""

    id: int
    name: str
    place: str
    severity: str
    since_ms: int
    figure: str
    unit: str
    value: float


class TileNow(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a tile shows now; absent is 0, nothing, no data. since_ms: it lasts since then, or the day began.
    until_ms: the day ends. basis: of a share, how many it is a share of. count: all lines, of which only the
    first are told. unit: of its value. places: names of the queues or teams that were chosen. code: why
    nothing may be shown (right_missing, out_of_sight, place_gone)."""

    id: int
    value: float | None = None
    since_ms: int | None = None
    until_ms: int | None = None
    basis: int = 0
    target: float | None = None
    count: int = 0
    points: tuple[DayPoint, ...] = ()
    queues: tuple[QueueLine, ...] = ()
    states: tuple[tuple[str, int], ...] = ()
    waiting: tuple[WaitingLine, ...] = ()
    alerts: tuple[AlertLine, ...] = ()
    unit: str = ""
    places: tuple[str, ...] = ()
    code: str = ""


class DashboardNow(msgspec.Struct, frozen=True):
    """The body of a snapshot of topic `dashboard.ID`."""

    name: str
    version: int
    layout: tuple[Tile, ...]
    tiles: tuple[TileNow, ...]


class DashboardChange(msgspec.Struct, frozen=True):
    """The body of a delta: tiles that show something else now. A changed layout is a snapshot."""

    tiles: tuple[TileNow, ...]


def changes_of(before: DashboardNow, after: DashboardNow) -> DashboardChange | None:
    """What a watcher of `before` needs; None when they show the same."""
    known = {tile.id: tile for tile in before.tiles}
    fresh = tuple(tile for tile in after.tiles if known.get(tile.id) != tile)
    return DashboardChange(tiles=fresh) if fresh else None
