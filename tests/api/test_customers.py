"""Customers over HTTP: found by anything, written with several numbers, brought in and merged."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from otklik.access.rights import Right
from tests.api.house import Browser, House

pytestmark = [pytest.mark.database, pytest.mark.asyncio(loop_scope="module")]

ROOT = "/api/v1/customers"
TABLE = "ФИО;Телефон;Код;Город\nАнна;8 916 800-00-01;K1;Тверь\nБорис;12;K2;Орёл\nВера;8 916 800-00-03;K3;\n"
MAPPING = {0: "name", 1: "phone", 2: "code", 3: "field"}


async def found(browser: Browser, find: str) -> Any:
    return await browser.get(f"{ROOT}?{urlencode({'find': find})}")


async def send(browser: Browser, path: str, body: bytes, **query: Any) -> Any:
    async with browser.session.request(
        "POST",
        f"{browser.base}{ROOT}{path}",
        params={name: str(value) for name, value in query.items()},
        data=body,
        headers={"Content-Type": "application/octet-stream"},
    ) as reply:
        return reply.status, json.loads(await reply.read())


async def test_a_customer_is_known_by_any_of_his_numbers_before_he_ever_calls(house: House) -> None:
    admin = await house.signed_in("admin")
    form = {
        "name": "Olga",
        "phones": ["8 916 810-00-01", "+7 916 810-00-02"],
        "code": "A-17",
        "fields": {"city": "Tver"},
        "consents": {"calls": True},
    }
    made = await admin.post(ROOT, form)
    assert made["phones"] == ["+79168100001", "+79168100002"]
    for find in ("olg", "A-1", "8100002", "8 916 810-00-01"):
        assert [row["name"] for row in (await found(admin, find))["rows"]] == ["Olga"], find
    assert (await found(admin, "%"))["rows"] == []

    async with house.parts.writing() as connection:
        await connection.execute("insert into party values (1, 81, '+79168100002')")
    card = await admin.get(f"{ROOT}/by-party/81")
    assert (card["customer_id"], card["name"]) == (made["id"], "Olga")

    reply = await admin.ask("POST", ROOT, {"name": "Other", "phones": ["+79168100002"]})
    assert (reply.status, reply.code) == (409, "phone_taken")
    reply = await admin.ask("PUT", f"{ROOT}/{made['id']}", {**form, "phones": ["12"]})
    assert (reply.status, reply.code) == (422, "invalid_number")
    reply = await admin.ask("PUT", f"{ROOT}/{made['id']}", {**form, "name": "Olga P", "phones": []})
    assert (reply.status, reply.json["phones"], reply.json["fields"]) == (200, [], {"city": "Tver"})


async def test_an_import_names_personal_agents_and_consents(house: House) -> None:
    admin = await house.signed_in("admin")
    text = "phone;who;calls\n89169300001;ANNA;да\n89169300002;nobody;да\n89169300003;boris;perhaps\n"
    mapping = {0: "phone", 1: "personal_agent", 2: "consent_calls"}
    asked = {"mapping": json.dumps(mapping), "is_trial": "false"}
    status, report = await send(admin, "/import", text.encode(), **asked)
    assert (status, report["counts"]) == (200, {"made": 1, "refused": 2})
    assert [(one["line"], one["code"], one["place"]) for one in report["lines"][:2]] == [
        (3, "unknown_agent", "who"),
        (4, "invalid_consent", "calls"),
    ]
    (row,) = (await found(admin, "9300001"))["rows"]
    people = {one["login"]: one["id"] for one in await admin.get("/api/v1/people")}
    assert (row["personal_agent_id"], row["consents"]) == (people["anna"], {"calls": True})


async def test_a_trial_keeps_nothing_and_the_import_says_of_each_row_what_came_of_it(house: House) -> None:
    admin = await house.signed_in("admin")
    body = TABLE.encode("cp1251")
    status, read = await send(admin, "/import/read", body)
    assert status == 200
    assert (read["encoding"], read["count"]) == ("cp1251", 3)
    assert read["mapping"] == {"0": "name", "1": "phone", "2": "code"}

    asked = {"mapping": json.dumps(MAPPING)}
    status, trial = await send(admin, "/import", body, **asked)
    assert (status, trial["is_trial"], trial["counts"]) == (200, True, {"made": 2, "refused": 1})
    assert trial["lines"][0]["code"] == "invalid_number"
    assert (await found(admin, "Вера"))["rows"] == []

    _, report = await send(admin, "/import", body, **asked, is_trial="false")
    assert report["counts"] == {"made": 2, "refused": 1}
    (vera,) = (await found(admin, "Вера"))["rows"]
    assert (vera["phones"], vera["code"]) == (["+79168000003"], "K3")
    _, again = await send(admin, "/import", body, **asked, is_trial="false")
    assert again["counts"] == {"unchanged": 2, "refused": 1}


async def test_a_row_of_two_cards_is_refused_or_merges_them(house: House) -> None:
    admin = await house.signed_in("admin")
    first = await admin.post(ROOT, {"name": "One", "phones": ["+79168200001"]})
    await admin.post(ROOT, {"name": "Two", "phones": ["+79168200002"], "company": "Firm"})
    body = b"name;phone\nBoth;+79168200001,+79168200002\n"
    asked = {"mapping": json.dumps({0: "name", 1: "phone"}), "is_trial": "false"}
    _, refused = await send(admin, "/import", body, **asked)
    assert [line["code"] for line in refused["lines"]] == ["several_customers"]
    _, done = await send(admin, "/import", body, **asked, merges="true")
    assert done["counts"] == {"merged": 1}
    (row,) = (await found(admin, "79168200002"))["rows"]
    assert (row["id"], row["name"], row["company"]) == (first["id"], "Both", "Firm")
    assert row["phones"] == ["+79168200001", "+79168200002"]


async def test_what_cannot_be_read_is_refused(house: House) -> None:
    admin = await house.signed_in("admin")
    for path, body, query, code in (
        ("/import/read", b"", {}, "missing"),
        ("/import/read", b"a;b\n", {}, "table_empty"),
        ("/import/read", TABLE.encode(), {"encoding": "ebcdic"}, "unknown_encoding"),
        ("/import", TABLE.encode(), {"mapping": "["}, "mapping_unreadable"),
        ("/import", TABLE.encode(), {"mapping": '{"0": "name"}'}, "nothing_to_know_by"),
    ):
        status, told = await send(admin, path, body, **query)
        assert (status, told["code"]) == (422, code)


async def test_only_who_may_bring_in_customers_can(house: House) -> None:
    program = await house.program(Right.VIEW_CUSTOMERS, Right.EDIT_CUSTOMERS)
    assert (await program.ask("POST", f"{ROOT}/import/read", {})).status == 403
    assert (await program.ask("POST", ROOT, {"name": "x"})).status == 403, (
        "numbers must be seen to be written"
    )


async def test_an_agent_writes_all_of_a_card_and_its_history_tells_who_did(house: House) -> None:
    anna = await house.signed_in("anna")
    async with house.parts.writing() as connection:
        await connection.execute("insert into party values (1, 82, '+79168100082')")
    first = await anna.put(f"{ROOT}/by-party/82", {"name": "Zoya"})
    one = f"{ROOT}/{first['customer_id']}"
    agents = {agent["name"]: agent["id"] for agent in await anna.get(f"{ROOT}/agents")}
    name, agent_id = next(iter(agents.items()))
    form = {
        "name": "Zoya P",
        "email": "z@example.com",
        "code": "Z-1",
        "phones": ["8 916 810-00-83"],
        "fields": {"city": "Orel"},
        "consents": {"calls": False},
        "personal_agent_id": agent_id,
    }
    await house.centre.pass_time(1)
    await anna.put(one, form)
    await house.centre.pass_time(1)
    await anna.put(one, {key: form[key] for key in form if key != "phones"} | {"note": "evenings"})
    card = await anna.get(f"{ROOT}/by-party/82")
    assert card["numbers"] == ["+79168100082", "+79168100083"], "numbers that are not sent stay"
    assert (card["email"], card["code"], card["fields"]) == ("z@example.com", "Z-1", {"city": "Orel"})
    assert (card["consents"], card["personal_agent_name"]) == ({"calls": False}, name)
    history = await anna.get(f"{one}/history")
    assert [change["note"] for change in history] == ["evenings", "", ""]
    assert [change["personal_agent_name"] for change in history] == [name, name, ""]
    assert {change["by_name"] for change in history} == {(await anna.get("/api/v1/me"))["name"]}


async def test_who_sees_no_numbers_writes_the_rest_of_a_card(house: House) -> None:
    admin = await house.signed_in("admin")
    made = await admin.post(ROOT, {"name": "Raisa", "phones": ["+79168100091"]})
    blind = await house.program(Right.VIEW_CUSTOMERS, Right.EDIT_CUSTOMERS)
    one = f"{ROOT}/{made['id']}"
    assert (await blind.ask("PUT", one, {"name": "R", "phones": []})).code == "right_missing"
    assert (await blind.put(one, {"name": "R", "email": "r@example.com"}))["name"] == "R"
    assert (await admin.get(one))["phones"] == ["+79168100091"]


async def test_two_cards_become_one_after_it_was_shown_what_stays(house: House) -> None:
    admin = await house.signed_in("admin")
    kept = await admin.post(
        ROOT, {"name": "Nina", "phones": ["+79168100101"], "code": "N-1", "consents": {"calls": True}}
    )
    gone = await admin.post(
        ROOT,
        {
            "name": "Nina P",
            "email": "n@example.com",
            "phones": ["+79168100102"],
            "code": "N-2",
            "consents": {"calls": False},
            "fields": {"city": "Tver"},
        },
    )
    async with house.parts.writing() as connection:
        await connection.execute("insert into party values (1, 83, '+79168100103')")
        await connection.execute("insert into customer_party values (1, 83, $1)", gone["id"])
    both = {"kept_id": kept["id"], "gone_id": gone["id"]}
    trial = await admin.post(f"{ROOT}/merge", both)
    whole = trial["whole"]
    assert (trial["is_trial"], whole["name"], whole["code"], whole["email"]) == (
        True,
        "Nina",
        "N-1",
        "n@example.com",
    )
    assert (whole["consents"], whole["fields"]) == ({"calls": False}, {"city": "Tver"})
    assert (await admin.get(f"{ROOT}/{gone['id']}"))["name"] == "Nina P", "a trial keeps nothing"

    seen = {name + "_changed_at": trial[name]["changed_at"] for name in ("kept", "gone")}
    await house.centre.pass_time(1)
    await admin.put(f"{ROOT}/{gone['id']}", {"name": "Nina Petrova"})
    assert (await admin.ask("POST", f"{ROOT}/merge", both | seen)).code == "card_changed"
    trial = await admin.post(f"{ROOT}/merge", both)
    seen = {name + "_changed_at": trial[name]["changed_at"] for name in ("kept", "gone")}
    await house.centre.pass_time(1)
    done = await admin.post(f"{ROOT}/merge", both | seen)
    assert done["is_trial"] is False
    assert (await admin.ask("GET", f"{ROOT}/{gone['id']}")).status == 404
    one = await admin.get(f"{ROOT}/{kept['id']}")
    assert one["phones"] == ["+79168100101", "+79168100102", "+79168100103"]
    assert (await admin.get(f"{ROOT}/by-party/83"))["name"] == "Nina"
    history = await admin.get(f"{ROOT}/{kept['id']}/history")
    assert {change["name"] for change in history} == {"Nina", "Nina P", "Nina Petrova"}
    (line, *_) = await admin.get("/api/v1/audit?limit=1")
    assert (line["action"], line["entity_id"]) == ("customers.merged", str(kept["id"]))


async def test_what_cannot_be_merged_is_refused(house: House) -> None:
    admin, anna = await house.signed_in("admin"), await house.signed_in("anna")
    one = await admin.post(ROOT, {"name": "Lida"})
    for wrong, code in (
        ({"kept_id": one["id"], "gone_id": one["id"]}, "same_card"),
        ({"kept_id": one["id"], "gone_id": 99999}, "unknown_customer"),
    ):
        assert (await admin.ask("POST", f"{ROOT}/merge", wrong)).code == code
    assert (await anna.ask("POST", f"{ROOT}/merge", {"kept_id": 1, "gone_id": 2})).code == "right_missing"
