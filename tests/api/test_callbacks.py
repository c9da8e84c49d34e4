"""Calls arranged for later, over HTTP: by whom they are made, seen, moved and taken back."""

from datetime import datetime, timedelta

import pytest

from tests.api.house import House
from tests.walks.centre import BORIS, CUSTOMER

pytestmark = [pytest.mark.database, pytest.mark.asyncio(loop_scope="module")]

OWN = "/api/v1/desk/callbacks"
FAR = "+7 423 234-56-78"


def text_of(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def test_a_call_is_arranged_moved_given_to_somebody_and_taken_back(house: House) -> None:
    anna, boris, boss = [await house.signed_in(one) for one in ("anna", "boris", "admin")]
    queue = (await boss.get("/api/v1/queues"))[0]
    due = house.parts.clock.now() + timedelta(hours=5)

    plan = await anna.get(f"{OWN}/plan?number=%2B74232345678&queue_id={queue['id']}")
    assert (plan["zone"], plan["zone_source"]) == ("Asia/Vladivostok", "number")
    assert [one["kind"] for one in plan["choices"]] == ["in_hour", "tomorrow", "working_day"]
    assert plan["choices"][1]["due_at"].endswith("T00:00:00.000Z"), "10:00 there"

    wish = {"number": FAR, "queue_id": queue["id"], "due_at": text_of(due), "note": "the red one"}
    made = await anna.post(OWN, wish)
    one = made["interaction_id"]
    assert (await anna.ask("POST", OWN, wish)).code == "callback_exists"
    (row,) = await anna.get(OWN)
    assert (row["interaction_id"], row["due_at"], row["note"]) == (one, text_of(due), "the red one")
    assert (row["zone"], row["is_mine"], row["is_promised"]) == ("Asia/Vladivostok", True, False)
    assert row["arranged_by_name"] == row["owner_name"] != ""
    assert await boris.get(OWN) == [], "it is hers"
    assert (await boris.ask("DELETE", f"{OWN}/{one}")).status == 404
    assert (await boris.ask("GET", "/api/v1/callbacks")).code == "right_missing"
    assert (await anna.get(f"{OWN}/plan?number=%2B74232345678"))["arranged"][0]["interaction_id"] == one

    later = due + timedelta(hours=1)
    await anna.put(f"{OWN}/{one}", {"due_at": text_of(later)})
    (row,) = await boss.get("/api/v1/callbacks")
    assert (row["due_at"], row["owner_name"]) == (text_of(later), row["arranged_by_name"])

    direct = f"/api/v1/interactions/{one}/callback"
    assert (await boss.ask("PUT", direct, {"due_at": text_of(due), "agent_id": 9999})).status == 404
    await boss.put(direct, {"due_at": text_of(due), "agent_id": BORIS})
    (row,) = await boris.get(OWN)
    assert (row["owner_id"], row["due_at"]) == (BORIS, text_of(due))
    actions = [line["action"] for line in await boss.get("/api/v1/audit?limit=20")]
    assert "interaction.direct_callback" in actions

    await boris.put(f"{OWN}/{one}", {"due_at": text_of(due), "is_personal": False})
    assert [found["owner_id"] for found in await anna.get(OWN)] == [None], "anybody's now"
    assert (await boris.ask("DELETE", f"{OWN}/{one}")).status == 200
    assert (await boss.ask("DELETE", direct)).status == 404
    assert await boss.get("/api/v1/callbacks") == []


async def test_what_cannot_be_arranged_is_refused_and_leaves_nothing(house: House) -> None:
    anna, boss = await house.signed_in("anna"), await house.signed_in("admin")
    queue = (await boss.get("/api/v1/queues"))[0]
    now = house.parts.clock.now()
    good = {"number": CUSTOMER, "queue_id": queue["id"], "due_at": text_of(now + timedelta(hours=2))}
    for wrong, code in (
        ({"number": "+78091234567"}, "number_not_allowed"),
        ({"number": "twelve"}, "invalid_number"),
        ({"queue_id": 999}, "unknown_queue"),
        ({"due_at": text_of(now - timedelta(hours=1))}, "due_passed"),
        ({"due_at": text_of(now + timedelta(days=100))}, "invalid_due"),
        ({"interaction_id": "4711"}, "one_of_two_expected"),
        ({"number": None}, "one_of_two_expected"),
        ({"number": None, "interaction_id": "4711"}, "unknown_interaction"),
    ):
        assert (await anna.ask("POST", OWN, good | wrong)).code == code, wrong
    assert await boss.get("/api/v1/callbacks") == []


async def test_who_arranged_a_call_is_told_that_the_customer_wants_none(house: House) -> None:
    anna, boss = await house.signed_in("anna"), await house.signed_in("admin")
    queue = (await boss.get("/api/v1/queues"))[0]
    soon = house.parts.clock.now() + timedelta(minutes=10)
    wish = {
        "number": "+79165550417",
        "queue_id": queue["id"],
        "due_at": text_of(soon),
        "note": "the blue one",
    }
    feed = await house.feed(anna)
    made = await anna.post(OWN, wish)
    assert (await feed.take("news"))["what"] == "callbacks"
    card = {"name": "Olga", "phones": [wish["number"]], "consents": {"calls": False}}
    await boss.post("/api/v1/customers", card)
    assert await anna.get(f"{OWN}/unmade") == []

    await anna.get("/api/v1/phone")
    await house.centre.pass_time(2)
    await anna.post("/api/v1/desk/ready")
    await house.centre.pass_time(605)
    assert house.centre.driver.answer("agent-1") or house.centre.driver.answer("phone1")
    await house.centre.pass_time(2)
    assert await anna.get(OWN) == []
    (told,) = await anna.get(f"{OWN}/unmade")
    assert (told["interaction_id"], told["reason"]) == (made["interaction_id"], "opted_out")
    assert (told["note"], told["queue_name"]) == (wish["note"], queue["name"])
    assert await (await house.signed_in("boris")).get(f"{OWN}/unmade") == []


async def test_the_card_of_who_never_called_tells_name_and_zone(house: House) -> None:
    anna, boss = await house.signed_in("anna"), await house.signed_in("admin")
    queue = (await boss.get("/api/v1/queues"))[0]
    number = "+79165550418"
    card = {"name": "Irina", "phones": [number], "fields": {"time_zone": "Asia/Omsk"}}
    await boss.post("/api/v1/customers", card)
    plan = await anna.get(f"{OWN}/plan?number=%2B79165550418&queue_id={queue['id']}")
    assert (plan["customer_name"], plan["zone"], plan["zone_source"]) == ("Irina", "Asia/Omsk", "card")
    due = house.parts.clock.now() + timedelta(hours=3)
    made = await anna.post(OWN, {"number": number, "queue_id": queue["id"], "due_at": text_of(due)})
    (row,) = await anna.get(OWN)
    assert (row["customer_name"], row["zone"]) == ("Irina", "Asia/Omsk")
    await anna.ask("DELETE", f"{OWN}/{made['interaction_id']}")
