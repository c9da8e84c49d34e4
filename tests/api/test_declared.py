"""Every route says what it demands, and the description of the API is the one that is committed."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, APIWebSocketRoute

from otklik.access.rights import Right
from otklik.api.app import create_app
from otklik.api.route import Route
from otklik.api.routes.organization import RESTORABLE
from otklik.api.sign_in import Demand, JudgedInside, OpenToAll

pytestmark = pytest.mark.fast

ROOT = Path(__file__).parent.parent.parent

OPEN = {
    "find_logo",
    "guest_link",
    "guest_page",
    "open_guest_link",
    "public",
    "sign_in",
    "reset_of",
    "reset_password",
    "live_ticket",
    "phone_lost",
    "health",
    "openapi",
    "nothing",
    "page",
}
"""Routes that anybody may ask; a new one is argued for here."""

ANYBODY_SIGNED_IN = {
    "sign_out",
    "me",
    "change_password",
    "change_preferences",
    "list_sign_ins",
    "end_sign_in",
    "find_site",
    "desk_settings",
}


def declared(dependant: Dependant) -> list[Any]:
    """Everything that a route demands."""
    found = [
        one.call for one in dependant.dependencies if isinstance(one.call, Demand | OpenToAll | JudgedInside)
    ]
    return found + [one for inner in dependant.dependencies for one in declared(inner)]


def all_routes() -> list[APIRoute | APIWebSocketRoute]:
    found: list[Any] = []
    for route in create_app(None).routes:
        # An included router stands in the list as one.
        router = getattr(route, "original_router", None)
        found += [route] if router is None else router.routes
    assert len(found) > 100
    assert all(isinstance(route, APIRoute | APIWebSocketRoute) for route in found), "a route past our door"
    return [route for route in found if isinstance(route, APIRoute | APIWebSocketRoute)]


@pytest.mark.parametrize("route", all_routes(), ids=lambda route: f"{route.name}")
def test_a_route_declares_exactly_one_demand(route: APIRoute | APIWebSocketRoute) -> None:
    assert len(declared(route.dependant)) == 1, f"{route.path} must say requires(...) or open_to_all"


def test_only_the_routes_named_here_are_open() -> None:
    found = {
        route.name
        for route in all_routes()
        if isinstance(route, APIRoute) and isinstance(declared(route.dependant)[0], OpenToAll)
    }

    assert found == OPEN


def test_only_the_routes_named_here_ask_for_no_right() -> None:
    found = {
        route.name
        for route in all_routes()
        for demand in declared(route.dependant)
        if isinstance(demand, Demand) and not demand.rights
    }

    assert found == ANYBODY_SIGNED_IN


def test_every_route_reads_its_body_strictly() -> None:
    assert all(isinstance(route, Route) for route in all_routes() if isinstance(route, APIRoute))


def test_only_sockets_judge_inside() -> None:
    for route in all_routes():
        is_inside = isinstance(declared(route.dependant)[0], JudgedInside)
        assert is_inside == isinstance(route, APIWebSocketRoute), route.path


def test_operation_ids_are_unique() -> None:
    names = [route.name for route in all_routes() if isinstance(route, APIRoute) and route.include_in_schema]

    assert len(names) == len(set(names))


def test_what_changes_the_centre_needs_a_right_to_manage() -> None:
    for route in all_routes():
        if not isinstance(route, APIRoute) or "organization" not in route.tags:
            continue
        (demand,) = declared(route.dependant)
        if route.methods & {"POST", "PUT", "DELETE"}:
            assert demand.rights, route.path
            if route.name == "restore_version":  # who reads the history, and may manage what he brings back
                assert all(right.value.startswith("manage.") for right, _, _ in RESTORABLE.values())
                continue
            assert all(right.value.startswith("manage.") for right in demand.rights), route.path


def test_every_right_is_demanded_somewhere_or_used_inside() -> None:
    demanded = {
        right
        for route in all_routes()
        for demand in declared(route.dependant)
        if isinstance(demand, Demand)
        for right in demand.rights
    }
    used_inside = {Right.VIEW_NUMBERS, Right.EXPORT_REPORTS, Right.VIEW_HEALTH}

    assert demanded | used_inside == set(Right)


def test_the_committed_description_is_that_of_the_routes() -> None:
    done = subprocess.run(
        [sys.executable, "tools/dump_openapi.py", "--check"], cwd=ROOT, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stdout
