"""The emergency announcement over HTTP: switched on, seen on the board, over by itself, in the history."""

from datetime import timedelta
from typing import Any

import pytest

from otklik.access.rights import Right
from tests.api.house import House

pytestmark = [pytest.mark.database, pytest.mark.asyncio(loop_scope="module")]

ROOT = "/api/v1/emergency"


def form(house: House, minutes: float = 30, **more: Any) -> dict[str, Any]:
    until = house.parts.clock.now() + timedelta(minutes=minutes)
    return {"prompt": "closed", "until": until.isoformat(), "note": "No power", **more}


async def test_it_is_switched_on_seen_and_switched_off(house: House) -> None:
    admin = await house.signed_in("admin")
    assert (await admin.get(ROOT))["is_on"] is False
    reply = await admin.ask("PUT", ROOT, form(house, ends_call=True))
    assert (reply.status, reply.json["is_on"], reply.json["ends_call"]) == (200, True, True)
    assert (await admin.get(ROOT))["note"] == "No power"
    (line, *_) = await admin.get("/api/v1/history")
    assert (line["entity"], line["after"]["emergency"]["note"]) == ("site", "No power")

    site = await admin.get("/api/v1/site")
    site.pop("seq", None)
    assert (await admin.ask("PUT", "/api/v1/site", site)).status == 200
    assert (await admin.get(ROOT))["is_on"] is True, "the form of the site knows nothing of it"

    reply = await admin.ask("DELETE", ROOT)
    assert (reply.status, reply.json["is_on"]) == (200, False)


async def test_what_cannot_be_is_refused_with_its_place(house: House) -> None:
    admin = await house.signed_in("admin")
    for body, code, place in (
        (form(house, prompt="unheard"), "unknown_prompt", "prompt"),
        (form(house, minutes=-1), "too_small", "until"),
    ):
        reply = await admin.ask("PUT", ROOT, body)
        assert (reply.status, reply.code) == (422, code)
        assert place in reply.body.decode()


async def test_an_agent_may_neither_see_nor_switch_it(house: House) -> None:
    agent = await house.program(Right.TAKE_CALLS)
    assert (await agent.ask("GET", ROOT)).status == 403
    assert (await agent.ask("PUT", ROOT, form(house))).status == 403
