"""Pages of other systems at the desk, and programs that dial for an agent."""

import pytest

from otklik.access.rights import Right, Sight
from tests.api.house import ANNA, BORIS, House, rows
from tests.api.test_desk import at_the_desk, finish, talking
from tests.walks.centre import CUSTOMER, NUMBER, OTHER

pytestmark = [pytest.mark.database, pytest.mark.asyncio(loop_scope="module")]

POP = {
    "name": "CRM",
    "template": "https://crm.example.ru/?phone={caller}&id={customer_id}&i={interaction_id}&q={queue}",
}


async def test_a_page_opens_with_the_customer_of_now(house: House) -> None:
    admin = await house.signed_in("admin")
    refused = await admin.ask("POST", "/api/v1/screen-pops", POP)
    assert (refused.status, refused.code) == (422, "host_not_allowed")
    await admin.put("/api/v1/screen-pop-hosts", {"hosts": ["CRM.example.ru"]})
    ring = await admin.post("/api/v1/screen-pops", POP)
    await admin.post("/api/v1/screen-pops", POP | {"name": "at the answer", "moment": "answer"})
    await admin.post("/api/v1/screen-pops", POP | {"name": "other queue", "is_on": False})

    anna = await at_the_desk(house, "anna")
    assert await anna.get("/api/v1/desk/screen-pops") == {"interaction_id": None, "pops": []}
    await anna.post("/api/v1/desk/not-ready", {"reason_id": 1})
    anna, interaction_id, _ = await talking(house, "anna", OTHER)
    found = await anna.get("/api/v1/desk/screen-pops")
    assert found["interaction_id"] == interaction_id
    assert [one["moment"] for one in found["pops"]] == ["ring", "answer"]
    assert found["pops"][0]["url"] == (
        f"https://crm.example.ru/?phone=%2B{OTHER[1:]}&id=&i={interaction_id}&q=sales"
    )
    boris = await house.signed_in("boris")
    assert (await boris.get("/api/v1/desk/screen-pops"))["pops"] == [], "nobody else's customer"

    await admin.put("/api/v1/screen-pop-hosts", {"hosts": []})
    assert (await anna.get("/api/v1/desk/screen-pops"))["pops"] == []
    await finish(house, anna, interaction_id)
    assert (await admin.ask("DELETE", f"/api/v1/screen-pops/{ring['id']}")).status == 204
    assert (await admin.ask("DELETE", f"/api/v1/screen-pops/{ring['id']}")).code == "unknown_screen_pop"
    assert (await anna.ask("GET", "/api/v1/screen-pops")).code == "right_missing"


async def test_a_program_dials_for_an_agent_whose_phone_is_taken_first(house: House) -> None:
    anna = await at_the_desk(house, "anna")
    await anna.post("/api/v1/desk/not-ready", {"reason_id": 1})
    crm = await house.program(Right.DIAL_FOR_AGENTS)
    done = await crm.post(f"/api/v1/agents/{int(ANNA)}/dial", {"number": "8 (916) 123-45-67"})
    await house.centre.pass_time(2)
    (row,) = await rows(
        house,
        "select p.e164, i.agent_id from interaction_now i join party p using (site_id, party_id)"
        " where i.interaction_id = $1",
        int(done["interaction_id"]),
    )
    assert (row["e164"], row["agent_id"]) == (CUSTOMER, ANNA)
    again = await crm.ask("POST", f"/api/v1/agents/{int(ANNA)}/dial", {"number": CUSTOMER})
    assert again.status == 409
    (line,) = await rows(house, "select token_id, entity_id from audit where action = 'agent.dialed_for'")
    assert (line["token_id"] > 0, line["entity_id"]) == (True, ANNA)
    await anna.post("/api/v1/desk/hang-up", {"interaction_id": done["interaction_id"]})
    await house.centre.pass_time(2)

    path = f"/api/v1/agents/{int(BORIS)}/dial"
    assert (await crm.ask("POST", path, {"number": "112 or so"})).status in (409, 422)
    assert (await crm.ask("POST", "/api/v1/agents/999/dial", {"number": NUMBER})).code == "unknown_agent"
    nobody = await house.program(Right.DIAL_FOR_AGENTS, sees=Sight.SELF)
    assert (await nobody.ask("POST", path, {"number": NUMBER})).code == "unknown_agent"
    weak = await house.program(Right.WATCH_BOARD)
    assert (await weak.ask("POST", path, {"number": NUMBER})).code == "right_missing"
    await anna.ask("POST", "/api/v1/desk/wrap-up/finish")
