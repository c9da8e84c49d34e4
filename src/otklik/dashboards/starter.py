"""The dashboards of a new centre, and what a new one may begin with. Changed and removed as any other."""

from otklik.alerts.model import Scope, Side
from otklik.dashboards.model import Dashboard, Series, Share, Tile, TileKind

TEMPLATES = ("shift", "hall", "queues")

_NAMES = {
    "ru": {
        "shift": "Смена сейчас",
        "hall": "Табло зала",
        "queues": "Очереди рядом",
        "headline": "Клиенты ждут нас: отвечаем вовремя",
    },
    "en": {
        "shift": "The shift now",
        "hall": "Hall wallboard",
        "queues": "Queues side by side",
        "headline": "Customers wait for us: let us answer in time",
    },
}

_WAITING = {"figure": "waiting", "warn": 3.0, "bad": 6.0}
_LONGEST = {"figure": "longest_wait", "warn": 30.0, "bad": 90.0}
_LEVEL = {"figure": "service_level", "side": Side.BELOW}
_LOST = {"figure": "abandonment_rate", "warn": 0.05, "bad": 0.1}
_READY = {"figure": "agents_ready", "side": Side.BELOW, "warn": 2.0, "bad": 1.0}
_DAY = {"series": (Series.OFFERED, Series.ANSWERED, Series.ABANDONED, Series.SERVICE_LEVEL)}

Place = tuple[int, int, int, int]
"""x, y, width, height."""


def starter_dashboards(language: str) -> tuple[Dashboard, ...]:
    """In the centre's language, shown to everybody who may look at one."""
    return tuple(
        Dashboard(
            name=_words(language)[template],
            tiles=template_tiles(template, language),
            share=Share(everybody=True),
        )
        for template in TEMPLATES
    )


def template_tiles(template: str, language: str) -> tuple[Tile, ...]:
    """The tiles of a template; they fill twelve columns and eight rows, as a television has them."""
    match template:
        case "shift":
            return _shift()
        case "hall":
            return _hall(_words(language)["headline"])
        case _:
            return _queues()


def _shift() -> tuple[Tile, ...]:
    return _numbered(
        _tile(TileKind.FIGURE, (0, 0, 2, 2), **_WAITING),
        _tile(TileKind.FIGURE, (2, 0, 2, 2), **_LONGEST),
        _tile(TileKind.GAUGE, (4, 0, 2, 2), **_LEVEL),
        _tile(TileKind.FIGURE, (6, 0, 2, 2), **_LOST),
        _tile(TileKind.FIGURE, (8, 0, 2, 2), **_READY),
        _tile(TileKind.CLOCK, (10, 0, 2, 2)),
        _tile(TileKind.DAY, (0, 2, 8, 3), **_DAY),
        _tile(TileKind.STATES, (8, 2, 4, 3)),
        _tile(TileKind.QUEUES, (0, 5, 6, 3)),
        _tile(TileKind.WAITING, (6, 5, 3, 3)),
        _tile(TileKind.ALERTS, (9, 5, 3, 3)),
    )


def _hall(headline: str) -> tuple[Tile, ...]:
    return _numbered(
        _tile(TileKind.TEXT, (0, 0, 9, 1), text=headline),
        _tile(TileKind.CLOCK, (9, 0, 3, 1)),
        _tile(TileKind.FIGURE, (0, 1, 3, 3), **_WAITING),
        _tile(TileKind.FIGURE, (3, 1, 3, 3), **_LONGEST),
        _tile(TileKind.GAUGE, (6, 1, 3, 3), **_LEVEL),
        _tile(TileKind.FIGURE, (9, 1, 3, 3), **_READY),
        _tile(TileKind.QUEUES, (0, 4, 7, 4)),
        _tile(TileKind.DAY, (7, 4, 5, 4), **_DAY),
    )


def _queues() -> tuple[Tile, ...]:
    return _numbered(
        _tile(TileKind.BARS, (0, 0, 4, 4), **_LEVEL, warn=0.8, bad=0.6),
        _tile(TileKind.BARS, (4, 0, 4, 4), **_WAITING),
        _tile(TileKind.BARS, (8, 0, 4, 4), **_LONGEST),
        _tile(TileKind.QUEUES, (0, 4, 6, 4)),
        _tile(TileKind.DAY, (6, 4, 6, 4), **_DAY),
    )


def _tile(kind: TileKind, place: Place, **more: object) -> Tile:
    x, y, width, height = place
    scope = Scope.CENTRE if kind in (TileKind.FIGURE, TileKind.STATES) else Scope.QUEUE
    if kind in (TileKind.TEXT, TileKind.CLOCK, TileKind.ALERTS):
        scope = Scope.CENTRE
    return Tile(
        tile_id=1,
        kind=kind,
        x=x,
        y=y,
        width=width,
        height=height,
        scope=scope,
        **more,  # type: ignore[arg-type]  # the settings above, by the names of its fields
    )


def _numbered(*tiles: Tile) -> tuple[Tile, ...]:
    return tuple(
        Tile(**{name: getattr(tile, name) for name in tile.__struct_fields__} | {"tile_id": number})
        for number, tile in enumerate(tiles, 1)
    )


def _words(language: str) -> dict[str, str]:
    return _NAMES.get(language, _NAMES["en"])
