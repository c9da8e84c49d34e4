"""Every route with everybody: who may not is told so, and nothing happens."""

from typing import Any

import pytest

from otklik.access.rights import STARTER_ROLES, Right
from otklik.api.sign_in import Demand, OpenToAll
from tests.api.house import House
from tests.api.test_declared import all_routes, declared

pytestmark = [pytest.mark.database, pytest.mark.asyncio(loop_scope="module")]

RIGHTS = {role.name: role.rights for role in STARTER_ROLES}
ROLES = {"admin": "administrator", "vera": "supervisor", "anna": "agent"}
STARTERS_SEE = (
    ("anna", "/api/v1/people", 403),
    ("anna", "/api/v1/recordings?from=2026-11-20&to=2026-11-24", 403),
    ("anna", "/api/v1/reports/days?from=2026-11-20&to=2026-11-24", 403),
    ("anna", "/api/v1/interactions?from=2026-11-20&to=2026-11-24", 403),
    ("anna", "/api/v1/history", 403),
    ("anna", "/api/v1/trunks", 403),
    ("vera", "/api/v1/trunks", 403),
    ("vera", "/api/v1/roles", 403),
    ("vera", "/api/v1/tokens", 403),
    ("vera", "/api/v1/audit", 403),
    ("vera", "/api/v1/queues", 200),
    ("vera", "/api/v1/recordings?from=2026-11-20&to=2026-11-24", 200),
    ("vera", "/api/v1/desk/settings", 200),
    ("admin", "/api/v1/desk/settings", 200),
    ("admin", "/api/v1/desk/day", 403),
    ("admin", "/api/v1/phone", 403),
    ("admin", "/api/v1/audit", 200),
)
CHANGES_WHO_ASKS = {"sign_out", "change_password", "end_sign_in"}


def requests() -> list[tuple[str, str, str, Any]]:
    """Method, address, name and demand of every route of the API."""
    found = []
    for route in all_routes():
        methods = getattr(route, "methods", None)
        (demand,) = declared(route.dependant)
        if not methods or not route.path.startswith("/api/") or route.name in ("nothing", "openapi"):
            continue
        path = route.path
        for name in route.param_convertors:
            path = path.replace(f"{{{name}}}", "987654321")
        for method in sorted(methods - {"HEAD"}):
            found.append((method, path, route.name, demand))
    return found


async def test_nobody_gets_an_answer_but_from_open_routes(house: House) -> None:
    stranger = house.browser()

    for method, path, name, demand in requests():
        reply = await stranger.ask(method, path)
        if isinstance(demand, OpenToAll):
            assert reply.status < 500, name
        else:
            assert (reply.status, reply.code) == (401, "not_signed_in"), name


@pytest.mark.parametrize("login", ROLES)
async def test_a_role_gets_answers_where_it_has_the_right_and_nowhere_else(house: House, login: str) -> None:
    browser = await house.signed_in(login)
    rights = RIGHTS[ROLES[login]]
    allowed = refused = 0

    for method, path, name, demand in requests():
        if not isinstance(demand, Demand) or name in CHANGES_WHO_ASKS:
            continue
        reply = await browser.ask(method, path)
        if demand.rights and rights.isdisjoint(demand.rights):
            assert (reply.status, reply.code) == (403, "right_missing"), f"{name}: {reply.body.decode()}"
            refused += 1
        else:
            assert reply.status not in (401, 500), f"{name}: {reply.body.decode()}"
            assert reply.status != 403 or reply.code != "right_missing", name
            allowed += 1

    assert allowed > 10
    assert refused > 10


async def test_the_starter_roles_see_what_the_documents_say(house: House) -> None:
    browsers = {login: await house.signed_in(login) for login in ROLES}

    for login, path, status in STARTERS_SEE:
        assert (await browsers[login].ask("GET", path)).status == status, f"{login} {path}"


async def test_a_right_that_is_taken_away_is_gone_at_the_next_request(house: House) -> None:
    admin, vera = await house.signed_in("admin"), await house.signed_in("vera")
    assert (await vera.ask("GET", "/api/v1/measures")).status == 200
    role = next(role for role in await admin.get("/api/v1/roles") if role["name_en"] == "Supervisor")
    kept = [
        right for right in role["rights"] if right not in (Right.VIEW_REPORTS.value, Right.WATCH_BOARD.value)
    ]
    form = {"name_ru": role["name_ru"], "name_en": role["name_en"], "sees": role["sees"], "rights": kept}

    await admin.put(f"/api/v1/roles/{role['id']}", form)

    assert (await vera.ask("GET", "/api/v1/measures")).status == 403
    await admin.put(f"/api/v1/roles/{role['id']}", {**form, "rights": role["rights"]})
    assert (await vera.ask("GET", "/api/v1/measures")).status == 200


async def test_a_supervisor_sees_and_directs_his_teams_only(house: House) -> None:
    vera, anna = await house.signed_in("vera"), await house.signed_in("anna")
    await anna.get("/api/v1/phone")

    assert {row["login"] for row in await vera.get("/api/v1/people")} == {"anna", "vera"}
    assert (await vera.ask("GET", "/api/v1/agents/2/why")).status == 404
    assert (await vera.ask("GET", "/api/v1/agents/1/why")).status == 200
    assert (await vera.ask("POST", "/api/v1/agents/2/not-ready", {"reason_id": 1})).status == 404
    assert (await vera.ask("POST", "/api/v1/agents/1/not-ready", {"reason_id": 1})).status == 200
    assert (await vera.ask("POST", "/api/v1/agents/1/sign-out")).status == 200


async def test_who_manages_people_cannot_make_himself_an_administrator(house: House) -> None:
    admin = await house.signed_in("admin")
    role = await admin.post(
        "/api/v1/roles",
        {"name_ru": "Кадры", "name_en": "Personnel", "sees": "all", "rights": ["manage.people"]},
    )
    person = await admin.get("/api/v1/people/2")
    fields = ("login", "name", "team_ids", "skills", "has_browser_phone", "language")
    form = {name: person[name] for name in fields}
    await admin.put("/api/v1/people/2", {**form, "role_ids": [role["id"]]})
    boris = await house.signed_in("boris")

    reply = await boris.ask("PUT", "/api/v1/people/2", {**form, "role_ids": [1]})
    assert (reply.status, reply.code) == (403, "rights_beyond_own")
    link = await boris.ask("POST", "/api/v1/people/20/reset-link")
    assert (link.status, link.code) == (403, "rights_beyond_own")
    await admin.put("/api/v1/people/2", {**form, "role_ids": person["role_ids"]})


async def test_an_agent_whose_role_is_taken_gets_no_calls(house: House) -> None:
    admin = await house.signed_in("admin")
    person = await admin.get("/api/v1/people/1")
    fields = ("login", "name", "team_ids", "skills", "has_browser_phone", "language")

    form = {name: person[name] for name in fields}
    await admin.put("/api/v1/people/1", {**form, "role_ids": []})

    assert house.centre.switchboard.centre.configuration.agents[1].is_active is False
    assert (await (await house.signed_in("anna")).ask("GET", "/api/v1/desk/day")).status == 403
    await admin.put("/api/v1/people/1", {**form, "role_ids": person["role_ids"]})
    assert house.centre.switchboard.centre.configuration.agents[1].is_active is True
