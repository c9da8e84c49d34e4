"""What a supervisor changes for a while, through the API: rights, sight, refusals, and what the board and the
audit say of it."""

from datetime import datetime, timedelta

import pytest

from otklik.vocabulary.time import next_slot_start
from tests.api.house import Browser, House
from tests.walks.centre import CUSTOMER, NUMBER

pytestmark = [pytest.mark.database, pytest.mark.asyncio(loop_scope="module")]


def text_of(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


async def actions(boss: Browser) -> list[str]:
    return [row["action"] for row in await boss.get("/api/v1/audit?limit=50")]


async def test_an_agent_is_lent_until_a_quarter_of_an_hour_and_comes_back(house: House) -> None:
    boss = await house.signed_in("admin")
    queue = (await boss.get("/api/v1/queues"))[0]
    people = {one["login"]: one["id"] for one in await boss.get("/api/v1/people")}
    path = f"/api/v1/agents/{people['anna']}/loan"
    until = next_slot_start(house.parts.clock.now())

    late = await boss.ask(
        "PUT", path, {"queue_ids": [queue["id"]], "until": text_of(until + timedelta(minutes=4))}
    )
    assert (late.status, late.code) == (422, "quarter_hour_expected")
    unknown = await boss.ask("PUT", path, {"queue_ids": [999], "until": text_of(until)})
    assert unknown.status == 404 or unknown.code == "unknown_queue"
    await boss.put(path, {"queue_ids": [queue["id"]], "until": text_of(until), "is_only": True})
    assert (await boss.ask("DELETE", path)).status == 200
    assert {"agent.lend", "agent.end_loan"} <= set(await actions(boss))

    anna = await house.signed_in("anna")
    refused = await anna.ask("PUT", path, {"queue_ids": [queue["id"]], "until": text_of(until)})
    assert refused.code == "right_missing"


async def test_a_queue_is_closed_and_opened_and_says_only_what_is_there(house: House) -> None:
    boss = await house.signed_in("admin")
    queue = (await boss.get("/api/v1/queues"))[0]
    path = f"/api/v1/queues/{queue['id']}/closure"
    assert {"name": "closed", "is_shipped": True} in await boss.get("/api/v1/closure-prompts")

    assert (await boss.ask("PUT", path, {"is_closed": True, "prompt": "../secret"})).code == "unknown_prompt"
    circle = {"is_closed": True, "then": "queue", "queue_id": queue["id"]}
    assert (await boss.ask("PUT", path, circle)).code == "wrong_queue"
    await boss.put(path, {"is_closed": True})
    house.centre.driver.call(NUMBER, CUSTOMER)
    await house.centre.pass_time(30)
    (row, *_) = (await boss.get("/api/v1/interactions?from=2026-11-23&to=2026-11-24"))["rows"]
    assert row["outcome"] == "closed"
    await boss.put(path, {"is_closed": False})
    assert {"queue.close", "queue.open"} <= set(await actions(boss))


async def test_nobody_listens_without_a_phone_a_right_and_a_talk(house: House) -> None:
    boss, anna = await house.signed_in("admin"), await house.signed_in("anna")
    path = "/api/v1/interactions/4711/supervision"
    assert (await anna.ask("PUT", path, {"mode": "monitor"})).code == "right_missing"
    assert (await boss.ask("PUT", path, {"mode": "monitor"})).status in (404, 409)
    assert (await boss.ask("PUT", path, {"mode": "shout"})).status == 422
    assert (await boss.ask("DELETE", "/api/v1/supervision")).status == 200


async def test_a_supervisor_directs_the_queues_that_his_agents_serve(house: House) -> None:
    """Not those of other teams: neither their doors nor who waits there."""
    boss, vera = await house.signed_in("admin"), await house.signed_in("vera")
    own = (await boss.get("/api/v1/queues"))[0]
    skill = (await boss.post("/api/v1/skills", {"name": "of others"}))["id"]
    fields = {key: own[key] for key in ("project_id", "priority", "strategy")}
    skills = [{"skill_id": skill, "minimum": 3}]
    other = (await boss.post("/api/v1/queues", {**fields, "name": "of others", "skills": skills}))["id"]

    closed = await vera.ask("PUT", f"/api/v1/queues/{other}/closure", {"is_closed": True})
    assert (closed.status, closed.code) == (409, "queue_of_others")
    unknown = await vera.ask("PUT", "/api/v1/queues/4711/closure", {"is_closed": True})
    assert unknown.code == "unknown_queue"
    assert (await boss.ask("PUT", f"/api/v1/queues/{other}/closure", {"is_closed": True})).status == 200
    assert (await boss.ask("PUT", f"/api/v1/queues/{other}/closure", {"is_closed": False})).status == 200
    for is_closed in (True, False):
        done = await vera.ask("PUT", f"/api/v1/queues/{own['id']}/closure", {"is_closed": is_closed})
        assert done.status == 200

    house.centre.driver.call(NUMBER, CUSTOMER)
    await house.centre.pass_time(30)
    (waits,) = house.centre.switchboard.centre.engine.state.interactions
    await vera.put(f"/api/v1/interactions/{waits}/priority", {"priority": 3})
    await boss.post(f"/api/v1/interactions/{waits}/requeue", {"queue_id": other})
    for method, way, body in (
        ("PUT", "priority", {"priority": 5}),
        ("POST", "requeue", {"queue_id": own["id"]}),
        ("POST", "pull", {"onto_me": False}),
    ):
        refused = await vera.ask(method, f"/api/v1/interactions/{waits}/{way}", body)
        assert refused.code == "queue_of_others", way
