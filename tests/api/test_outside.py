"""Where customers may be sent outside, over HTTP: the rules are kept, judged, and in the history."""

from typing import Any

import pytest

from otklik.access.rights import Right
from tests.api.house import House

pytestmark = [pytest.mark.database, pytest.mark.asyncio(loop_scope="module")]

ROOT = "/api/v1/outside-rules"
OFFICE: dict[str, Any] = {
    "name": "Office",
    "start": "out",
    "nodes": {
        "out": {"node": "transfer", "number": "+74951112233", "busy": "e", "no_answer": "e", "failed": "e"},
        "e": {"node": "end", "reason": "busy"},
    },
}


async def test_rules_are_kept_and_stand_in_the_history(house: House) -> None:
    admin = await house.signed_in("admin")
    before = await admin.get(ROOT)
    assert (before["allows_premium"], before["allows_emergency"], before["at_once"]) == (False, False, 20)
    body = {"denied_prefixes": ["+7809", "+7495"], "talk_limit_seconds": 900, "daily_minutes": 0}
    reply = await admin.ask("PUT", ROOT, body)
    assert (reply.status, reply.json["denied_prefixes"]) == (200, ["+7495", "+7809"])
    found = await admin.get(ROOT)
    assert (found["talk_limit_seconds"], found["daily_minutes"]) == (900, 0)
    (line, *_) = await admin.get("/api/v1/history")
    assert (line["entity"], line["after"]["outside"]["daily_minutes"]) == ("site", 0)

    site = await admin.get("/api/v1/site")
    site.pop("seq", None)
    assert (await admin.ask("PUT", "/api/v1/site", site)).status == 200
    assert (await admin.get(ROOT))["denied_prefixes"] == ["+7495", "+7809"], (
        "the site's form leaves them alone"
    )


async def test_a_forbidden_number_is_named_by_the_check_of_a_flow(house: House) -> None:
    admin = await house.signed_in("admin")
    await admin.ask("PUT", ROOT, {"denied_prefixes": ["+7495"]})
    reply = await admin.ask("POST", "/api/v1/flows/write", OFFICE)
    assert [(one["code"], one["place"]) for one in reply.json["problems"]] == [
        ("outside_denied", "nodes.out.number")
    ]
    refused = await admin.ask("POST", "/api/v1/flows", OFFICE)
    assert (refused.status, refused.code) == (422, "flow_unfit")
    await admin.ask("PUT", ROOT, {})
    reply = await admin.ask("POST", "/api/v1/flows/write", OFFICE)
    assert reply.json["problems"] == []


async def test_what_cannot_be_is_refused_with_its_place(house: House) -> None:
    admin = await house.signed_in("admin")
    for body, code, place in (
        ({"allowed_prefixes": ["7495"]}, "prefix_unfit", "allowed_prefixes.0"),
        (
            {"allowed_prefixes": ["+7"], "denied_prefixes": ["+8", "+7"]},
            "prefix_in_both",
            "denied_prefixes.1",
        ),
    ):
        reply = await admin.ask("PUT", ROOT, body)
        assert (reply.status, reply.code) == (422, code)
        assert place in reply.body.decode()


async def test_an_agent_may_neither_see_nor_change_them(house: House) -> None:
    agent = await house.program(Right.TAKE_CALLS)
    assert (await agent.ask("GET", ROOT)).status == 403
    assert (await agent.ask("PUT", ROOT, {})).status == 403
