"""Systems outside that flows ask: set up, tried, kept while a flow needs them; a secret never comes back."""

from typing import Any

import pytest

from otklik.access.rights import Right
from otklik.switchboard.requests import TestSystem as Trial
from tests.api.house import House

pytestmark = [pytest.mark.database, pytest.mark.asyncio(loop_scope="module")]

ROOT = "/api/v1/systems"


def billing(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "kind": "web", "address": "https://billing.example/api", **more}


async def test_a_system_is_made_changed_and_removed_and_its_secret_goes_with_it(house: House) -> None:
    admin = await house.signed_in("admin")
    made = await admin.post(ROOT, billing("crm", secret_header="Authorization", secret="Bearer hidden"))
    assert made["has_secret"]
    assert "hidden" not in str(await admin.get(ROOT))
    assert "hidden" not in str(await admin.get("/api/v1/history"))
    place = f"{ROOT}/{made['id']}"

    elsewhere = billing("crm", secret_header="Authorization", address="https://thief.example/api")
    reply = await admin.ask("PUT", place, elsewhere)
    assert (reply.status, reply.code) == (422, "secret_needed"), "a kept secret does not follow a new address"
    kept = billing("crm", secret_header="Authorization", address="https://billing.example/v2")
    reply = await admin.ask("PUT", place, kept)
    assert (reply.status, reply.json["has_secret"]) == (200, True)

    async with house.parts.reading() as connection:
        assert await connection.fetchval("select count(*) from secret where kind = 'system'") == 1
    assert (await admin.ask("DELETE", place)).status == 200
    async with house.parts.reading() as connection:
        assert await connection.fetchval("select count(*) from secret where kind = 'system'") == 0


async def test_a_trial_shows_what_came_of_it(house: House) -> None:
    admin = await house.signed_in("admin")
    made = await admin.post(ROOT, billing("tried"))
    house.system_tried = {
        "outcome": "found",
        "reason": "",
        "values": {"balance": "10.50"},
        "took_ms": 12,
        "answers": True,
    }
    values = [{"name": "balance", "path": "account.balance", "kind": "money"}]
    form = {"path": "/accounts/7", "values": values, "timeout_seconds": 2}
    assert await admin.post(f"{ROOT}/{made['id']}/test", form) == house.system_tried
    asked = house.asked[-1]
    assert isinstance(asked, Trial)
    assert (asked.question.path, asked.question.values[0].kind) == ("/accounts/7", "money")

    for unfit, code in (
        ({"path": "elsewhere"}, "path_unfit"),
        ({"statement": "select 1"}, "system_unfit"),
        ({}, "question_unfit"),
        ({"path": "/", "values": [{"name": "no name", "path": "a"}]}, "variable_unfit"),
    ):
        reply = await admin.ask("POST", f"{ROOT}/{made['id']}/test", unfit)
        assert (reply.status, reply.code) == (422, code)
    assert (await admin.ask("POST", f"{ROOT}/999/test", form)).status == 404
    await admin.ask("DELETE", f"{ROOT}/{made['id']}")


async def test_a_system_that_a_flow_asks_stays(house: House) -> None:
    admin = await house.signed_in("admin")
    made = await admin.post(ROOT, billing("asked"))
    nodes = {
        "ask": {
            "node": "lookup", "system": "asked", "path": "/a",
            "found": "end", "not_found": "end", "failed": "end",
        },
        "end": {"node": "end", "reason": "self_served"},
    }  # fmt: skip
    draft = {"name": "Asks", "start": "ask", "nodes": nodes}
    steps = await admin.post("/api/v1/flows/rehearse", {"draft": draft, "answers": {"ask": '{"a": 1}'}})
    assert [step["outcome"] for step in steps] == ["found", "ended self_served"]
    flow = await admin.post("/api/v1/flows", draft)
    assert [row["flows"] for row in await admin.get(ROOT) if row["id"] == made["id"]] == [["Asks"]]
    assert (await admin.ask("DELETE", f"{ROOT}/{made['id']}")).code == "system_in_use"
    await admin.ask("DELETE", f"/api/v1/flows/{flow['id']}")
    assert (await admin.ask("DELETE", f"{ROOT}/{made['id']}")).status == 200


async def test_only_who_may_manage_systems_can(house: House) -> None:
    program = await house.program(Right.MANAGE_FLOWS)
    assert (await program.ask("GET", ROOT)).status == 200, "a flow's author must know what there is to ask"
    assert (await program.ask("POST", ROOT, billing("no"))).status == 403
