"""The figures that a tile may show: those of alerts at queues, teams and the centre, and counters of the day.

A name that alerts know means here what it means there. Agents' own figures stand on the board, not here.
"""

from collections.abc import Mapping
from typing import NamedTuple

from otklik.alerts.model import FIGURES as OF_ALERTS
from otklik.alerts.model import Scope, Side, Unit

_PLACES = (Scope.CENTRE, Scope.QUEUE, Scope.TEAM)


class TileFigure(NamedTuple):
    """A figure. unit: as in alerts. scopes: what it is known for. side: which one is usually wrong. lasts: it
    grows by itself while nothing happens."""

    name: str
    unit: Unit
    scopes: tuple[Scope, ...]
    side: Side
    lasts: bool = False


_OF_QUEUES = (Scope.CENTRE, Scope.QUEUE)

_COUNTED = (
    TileFigure("offered", Unit.COUNT, _OF_QUEUES, Side.ABOVE),
    TileFigure("answered", Unit.COUNT, _OF_QUEUES, Side.BELOW),
    TileFigure("abandoned", Unit.COUNT, _OF_QUEUES, Side.ABOVE),
    TileFigure("short_abandons", Unit.COUNT, _OF_QUEUES, Side.ABOVE),
    TileFigure("overflows", Unit.COUNT, _OF_QUEUES, Side.ABOVE),
    TileFigure("service_level_strict", Unit.SHARE, _OF_QUEUES, Side.BELOW),
    TileFigure("average_wait", Unit.SECONDS, _OF_QUEUES, Side.ABOVE),
    TileFigure("aht", Unit.SECONDS, _OF_QUEUES, Side.ABOVE),
    TileFigure("agents_busy", Unit.COUNT, _PLACES, Side.ABOVE),
    TileFigure("agents_talking", Unit.COUNT, _PLACES, Side.ABOVE),
    TileFigure("agents_not_ready", Unit.COUNT, _PLACES, Side.ABOVE),
)

LASTING = frozenset({"longest_wait"})

FIGURES: Mapping[str, TileFigure] = {
    kind.name: TileFigure(
        kind.name,
        kind.unit,
        tuple(scope for scope in _PLACES if scope in kind.scopes),
        kind.side,
        kind.name in LASTING,
    )
    for kind in OF_ALERTS.values()
    if not set(_PLACES).isdisjoint(kind.scopes)
} | {figure.name: figure for figure in _COUNTED}
