"""What is a dashboard, and what is refused with the place: without a database."""

from typing import Any

import msgspec
import pytest

from otklik.alerts.model import FIGURES as OF_ALERTS
from otklik.alerts.model import Scope, Side
from otklik.dashboards.figures import FIGURES
from otklik.dashboards.model import (
    COLUMNS,
    Dashboard,
    Series,
    Share,
    Tile,
    TileKind,
    Viewer,
)
from otklik.dashboards.service import tidied
from otklik.dashboards.starter import TEMPLATES, starter_dashboards, template_tiles
from otklik.vocabulary.ids import PersonId
from otklik.vocabulary.refusals import Invalid

pytestmark = pytest.mark.fast

KNOWN = {Scope.QUEUE: {1, 2}, Scope.TEAM: {7}}
VERA, ANNA = PersonId(3), PersonId(4)


def tile(**more: Any) -> Tile:
    given = {"tile_id": 1, "kind": TileKind.FIGURE, "x": 0, "y": 0, "width": 2, "height": 2}
    return Tile(**{"figure": "waiting"} | given | more)


def refusal(*tiles: Tile) -> tuple[str, str]:
    with pytest.raises(Invalid) as found:
        tidied(Dashboard(name="Mine", tiles=tiles), KNOWN)
    return found.value.code, found.value.place


def test_texts_are_made_tidy_and_places_named_once() -> None:
    given = tile(title="  Sales \t now ", scope=Scope.QUEUE, place_ids=(2, 1, 2))

    saved = tidied(Dashboard(name=" Mine ", tiles=(given,)), KNOWN)

    assert saved.name == "Mine"
    assert (saved.tiles[0].title, saved.tiles[0].place_ids) == ("Sales now", (2, 1))


@pytest.mark.parametrize(
    ("change", "code", "place"),
    [
        ({"x": 11}, "tile_outside", "tiles.0"),
        ({"y": 47}, "tile_outside", "tiles.0"),
        ({"width": 0}, "tile_outside", "tiles.0"),
        ({"tile_id": 0}, "tile_outside", "tiles.0"),
        ({"figure": "sunshine"}, "unknown_figure", "tiles.0.figure"),
        ({"figure": "talk"}, "unknown_figure", "tiles.0.figure"),
        ({"figure": ""}, "unknown_figure", "tiles.0.figure"),
        ({"figure": "offered", "scope": Scope.TEAM}, "figure_unfit", "tiles.0.figure"),
        ({"place_ids": (1,)}, "figure_unfit", "tiles.0.place_ids"),
        ({"scope": Scope.QUEUE, "place_ids": (9,)}, "unknown_queue", "tiles.0.place_ids"),
        (
            {"figure": "agents_ready", "scope": Scope.TEAM, "place_ids": (1,)},
            "unknown_team",
            "tiles.0.place_ids",
        ),
        ({"warn": 5, "bad": 3}, "limits_unfit", "tiles.0.bad"),
        ({"warn": 3, "bad": 5, "side": Side.BELOW}, "limits_unfit", "tiles.0.bad"),
        ({"figure": "service_level", "warn": 80}, "limits_unfit", "tiles.0.warn"),
        ({"kind": TileKind.GAUGE, "figure": "waiting"}, "figure_unfit", "tiles.0.figure"),
        ({"kind": TileKind.CLOCK, "figure": "", "zone": "Moon/Base"}, "unknown_zone", "tiles.0.zone"),
        ({"kind": TileKind.CLOCK}, "figure_unfit", "tiles.0.figure"),
        ({"kind": TileKind.TEXT, "figure": "", "text": "x" * 501}, "text_too_long", "tiles.0.text"),
        ({"kind": TileKind.QUEUES, "figure": "", "most": 31}, "limits_unfit", "tiles.0.most"),
    ],
)
def test_what_cannot_be_shown_is_refused_with_its_place(
    change: dict[str, Any], code: str, place: str
) -> None:
    assert refusal(tile(**change)) == (code, place)


def test_two_tiles_do_not_want_the_same_cells_and_have_names_of_their_own() -> None:
    assert refusal(tile(), tile(tile_id=2, x=1, y=1)) == ("tiles_overlap", "tiles.1")
    assert refusal(tile(), tile(x=2)) == ("tile_id_taken", "tiles")
    beside = Dashboard(name="Mine", tiles=(tile(), tile(tile_id=2, x=2), tile(tile_id=3, y=2)))
    assert tidied(beside, KNOWN) == beside


@pytest.mark.parametrize("language", ["ru", "en"])
def test_what_a_new_centre_starts_with_is_whole_and_fits_a_television(language: str) -> None:
    found = starter_dashboards(language)

    assert len({one.name for one in found}) == len(TEMPLATES)
    kinds = set()
    for one in found:
        saved = tidied(one, {})
        assert one.share.everybody
        cells = sum(each.width * each.height for each in saved.tiles)
        assert cells == COLUMNS * max(each.y + each.height for each in saved.tiles), "no hole"
        kinds |= {each.kind for each in saved.tiles}
    assert kinds == set(TileKind)
    assert template_tiles("shift", language) == found[0].tiles


def test_every_figure_of_alerts_that_a_queue_a_team_or_the_centre_has_can_be_shown() -> None:
    for kind in OF_ALERTS.values():
        shown = FIGURES.get(kind.name)
        places = [scope for scope in kind.scopes if scope is not Scope.AGENT]
        assert (shown is not None) == bool(places), kind.name
        if shown is not None:
            assert set(shown.scopes) == set(places)
            assert (shown.unit, shown.side) == (kind.unit, kind.side)


def test_only_those_look_to_whom_it_is_shown_and_only_the_owner_changes_it() -> None:
    given = Dashboard(name="Mine", owner_id=VERA, share=Share(role_ids=(5,), team_ids=(7,)))
    anna = Viewer(person_id=ANNA)

    assert given.is_seen_by(Viewer(person_id=VERA))
    assert given.may_be_changed_by(Viewer(person_id=VERA))
    assert not given.is_seen_by(anna)
    for more in ({"role_ids": frozenset({5})}, {"team_ids": frozenset({7})}):
        looks = msgspec.structs.replace(anna, **more)
        assert given.is_seen_by(looks)
        assert not given.may_be_changed_by(looks)
    shown = msgspec.structs.replace(given, share=Share(everybody=True))
    assert shown.is_seen_by(anna)
    of_the_centre = msgspec.structs.replace(given, owner_id=PersonId(0))
    assert not of_the_centre.may_be_changed_by(anna)
    assert of_the_centre.may_be_changed_by(msgspec.structs.replace(anna, is_keeper=True))
    assert not given.may_be_changed_by(Viewer(person_id=PersonId(0))), "a program has none of its own"


def test_lines_of_a_day_are_told_once() -> None:
    given = tile(kind=TileKind.DAY, figure="", series=(Series.OFFERED, Series.OFFERED))

    assert tidied(Dashboard(name="Day", tiles=(given,)), KNOWN).tiles[0].series == (Series.OFFERED,)
