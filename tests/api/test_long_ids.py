"""Ids of 63 bits are text wherever JSON leaves the house: JavaScript rounds integers above 2^53.

The other tests of this folder read every answer with `house.read_json`, which fails on such an integer.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from otklik.acd.events import AcdEvent
from otklik.api.app import create_app
from otklik.api.problems import answer
from otklik.api.schemas.base import LARGEST_SAFE, LONG_NAMES, with_ids_as_text
from otklik.flows.events import FlowEvent
from otklik.organization.events import OrganizationEvent
from otklik.switchboard.events import SwitchboardEvent
from otklik.vocabulary.ids import (
    InteractionId,
    LegId,
    OfferId,
    PartyId,
    SegmentId,
    Sequence,
    TextId,
    VoicemailId,
)
from tests.api.house import read_json

pytestmark = pytest.mark.fast

LONG = (InteractionId, SegmentId, LegId, OfferId, PartyId, Sequence, TextId, VoicemailId)
OWN_DOCUMENTS = {"preferences", "nodes", "tree", "types"}
"""What people write themselves, and forms of that: no id of the writer is in it."""
FEEDS = Path(__file__).parents[1] / "fixtures" / "live"
BIG = 6_917_529_027_641_081_856


def test_ids_of_the_writer_are_text_in_every_schema() -> None:
    api = create_app(None).openapi()

    wrong = [
        place
        for place, name, schema in properties(api)
        if name in LONG_NAMES and "integer" in types_of(schema) and not is_configuration(place, name)
    ]

    assert not wrong
    assert any(name == "interaction_id" for _, name, _ in properties(api)), "the walk sees nothing"


def test_no_schema_allows_an_integer_that_javascript_loses() -> None:
    api = create_app(None).openapi()

    bounds = [
        (place, schema.get("maximum"), schema.get("minimum"))
        for place, schema in schemas(api, "")
        if schema.get("type") == "integer"
    ]

    wrong = [one for one in bounds if max(abs(bound or 0) for bound in one[1:]) > LARGEST_SAFE]
    assert not wrong
    assert len(bounds) > 100


def test_free_facts_promise_that_ids_are_text() -> None:
    api = create_app(None).openapi()

    free = [
        (place, schema)
        for place, schema in schemas(api, "")
        if schema.get("type") == "object" and schema.get("additionalProperties") is True
    ]

    named = {place.rpartition("/")[2] for place, _ in free}
    silent = [place for place, schema in free if "text" not in schema.get("description", "")]
    assert named >= {"facts"}
    assert {place.rpartition("/")[2] for place in silent} <= OWN_DOCUMENTS


def test_every_long_id_of_an_event_is_known_by_its_name() -> None:
    events = [
        event
        for union in (AcdEvent, FlowEvent, OrganizationEvent, SwitchboardEvent)
        for event in union.__args__
    ]

    names = {
        name
        for event in events
        for name, hint in get_type_hints(event).items()
        if any(str(kind).rpartition(".")[2].rstrip("'>") in str(hint) for kind in LONG_NAMES_OF_TYPES)
    }

    assert {"interaction_id", "leg_id", "party_id"} <= names
    assert names <= LONG_NAMES


LONG_NAMES_OF_TYPES = tuple(kind.__name__ for kind in LONG)


@pytest.mark.parametrize("feed", sorted(FEEDS.glob("*.json")), ids=lambda path: path.stem)
def test_golden_feeds_hold_no_integer_that_javascript_loses(feed: Path) -> None:
    assert read_json(feed.read_text())


def test_facts_become_text_at_any_depth() -> None:
    found = with_ids_as_text(
        {"leg_id": 5, "agent_id": 5, "why": [{"interaction_id": BIG, "ok": True}], "more": (BIG, 7), "n": 1.5}
    )

    assert found == {
        "leg_id": "5",
        "agent_id": 5,
        "why": [{"interaction_id": str(BIG), "ok": True}],
        "more": [str(BIG), 7],
        "n": 1.5,
    }


def test_a_refusal_tells_ids_as_text() -> None:
    body = json.loads(bytes(answer(409, "agent_busy", {"interaction_id": BIG, "other": BIG}).body))

    assert body["facts"] == {"interaction_id": str(BIG), "other": str(BIG)}


def is_configuration(place: str, name: str) -> bool:
    """A card's own id comes from the database."""
    return name == "customer_id" and any(
        part in place for part in ("/Customer", "/ImportLine", "/customers/{customer_id}")
    )


def types_of(schema: dict[str, Any]) -> set[str]:
    found = {str(schema.get("type"))}
    for one in schema.get("anyOf", ()):
        found |= types_of(one)
    if "items" in schema:
        found |= types_of(schema["items"])
    return found


def properties(api: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Place, name and schema of all fields and parameters."""
    for place, schema in schemas(api, ""):
        for name, one in schema.get("properties", {}).items():
            yield place, name, one
    for path, methods in api["paths"].items():
        for method, route in methods.items():
            for parameter in route.get("parameters", ()):
                yield f"{method} {path}", parameter["name"], parameter["schema"]


def schemas(found: Any, place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every mapping of the description, with its place."""
    if isinstance(found, dict):
        yield place, found
        for name, one in found.items():
            yield from schemas(one, f"{place}/{name}")
    elif isinstance(found, list):
        for index, one in enumerate(found):
            yield from schemas(one, f"{place}/{index}")
