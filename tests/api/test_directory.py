"""People outside the centre and colleagues: who finds whom, who keeps what, speed dial, and what a transfer
offers."""

import pytest

from tests.api.house import House
from tests.walks.centre import BORIS, TEAM

pytestmark = [pytest.mark.database, pytest.mark.asyncio(loop_scope="module")]

HERE = "/api/v1/directory"


async def names(browser, find=""):
    found = await browser.get(HERE, params={"find": find})
    return [one["name"] for one in found["entries"]]


async def test_a_shared_entry_is_found_by_name_company_note_and_number(house: House) -> None:
    boss, anna = await house.signed_in("admin"), await house.signed_in("anna")
    made = await boss.post(
        f"{HERE}/entries",
        {
            "name": "Склад на Обводном",
            "company": "Перевозчик",
            "number": "8 (812) 300-10-20",
            "note": "до 18:00, спросить Ольгу",
        },
    )
    assert (made["number"], made["seen_by"], made["may_change"]) == ("+78123001020", "all", True)

    for find in ("склад", "ПЕРЕВ", "ольгу", "300-10", "3001020"):
        assert await names(anna, find) == ["Склад на Обводном"], find
    for find in ("100%", "__", "нет такого"):
        assert await names(anna, find) == [], find
    (seen,) = (await anna.get(HERE))["entries"]
    assert not seen["may_change"]
    assert (await anna.ask("DELETE", f"{HERE}/entries/{made['id']}")).code == "right_missing"

    changed = await boss.put(f"{HERE}/entries/{made['id']}", {"name": "Склад", "number": "+7 812 300-10-21"})
    assert (changed["number"], changed["company"]) == ("+78123001021", "")
    assert (await boss.ask("DELETE", f"{HERE}/entries/{made['id']}")).status == 204
    assert await names(anna) == []


async def test_own_entries_are_seen_by_nobody_else_and_team_entries_by_the_team(house: House) -> None:
    boss, anna, boris = [await house.signed_in(one) for one in ("admin", "anna", "boris")]
    own = await anna.post(f"{HERE}/entries", {"name": "Сменщица", "number": "+79160000111", "seen_by": "own"})
    assert await names(anna) == ["Сменщица"]
    assert await names(boss) == await names(boris) == []
    assert (await boss.ask("DELETE", f"{HERE}/entries/{own['id']}")).code == "unknown_entry"

    shared = {"name": "Охрана", "number": "+78120000222", "seen_by": "teams", "team_ids": [TEAM]}
    assert (await anna.ask("POST", f"{HERE}/entries", shared)).code == "right_missing"
    await boss.post(f"{HERE}/entries", shared)
    assert await names(boss) == ["Охрана"]
    assert await names(anna) == ["Охрана", "Сменщица"]
    assert await names(boris) == []
    assert (await boss.ask("POST", f"{HERE}/entries", {**shared, "team_ids": []})).code == "required"
    assert (await boss.ask("POST", f"{HERE}/entries", {**shared, "team_ids": [999]})).code == "unknown_team"
    assert (await boss.ask("POST", f"{HERE}/entries", {"name": "x", "number": "12"})).code == "invalid_number"


async def test_a_table_is_tried_then_taken_and_a_second_time_changes_nothing(house: House) -> None:
    boss, anna = await house.signed_in("admin"), await house.signed_in("anna")
    table = (
        "Имя;Компания;Телефон;Примечание\r\n"
        "Курьерская служба;СДЭК;+7 495 111-22-33;круглосуточно\r\n"
        "Юрист;Право;123;\r\n"
        ";Без имени;+7 495 111-22-44;\r\n"
    ).encode("cp1251")
    headers = {"Content-Type": "application/octet-stream"}
    read = await boss.post(f"{HERE}/import/read", data=table, headers=headers)
    assert read["mapping"] == {"0": "name", "1": "company", "2": "phone", "3": "note"}
    asked = {"mapping": '{"0": "name", "1": "company", "2": "phone", "3": "note"}'}

    async def bring(**more: str):
        return await boss.post(f"{HERE}/import", data=table, headers=headers, params={**asked, **more})

    tried = await bring()
    assert tried["is_trial"]
    assert tried["counts"] == {"made": 1, "refused": 2}
    assert [(one["line"], one["code"], one["place"]) for one in tried["lines"][:2]] == [
        (3, "invalid_number", "Телефон"),
        (4, "text_empty", "Имя"),
    ]
    assert "Курьерская служба" not in await names(anna)

    assert (await bring(is_trial="false"))["counts"] == {"made": 1, "refused": 2}
    assert await names(anna, "сдэк") == ["Курьерская служба"]
    assert (await bring(is_trial="false"))["counts"] == {"unchanged": 1, "refused": 2}
    assert (await anna.ask("POST", f"{HERE}/import", data=table, headers=headers)).code == "right_missing"
    for wrong in ('{"0": "name"}', "[]", '{"9": "name", "2": "phone"}'):
        reply = await boss.ask(
            "POST", f"{HERE}/import", data=table, headers=headers, params={"mapping": wrong}
        )
        assert reply.status == 422, wrong


async def test_speed_dial_keeps_its_order_and_skips_what_is_gone(house: House) -> None:
    boss, anna, boris = [await house.signed_in(one) for one in ("admin", "anna", "boris")]
    entry = await boss.post(f"{HERE}/entries", {"name": "Банк", "number": "+74951234567"})
    dear = await boss.post(f"{HERE}/entries", {"name": "За границей", "number": "+14155550100"})
    assert BORIS in [one["id"] for one in (await anna.get(HERE))["colleagues"]]
    keys = [
        {"kind": "entry", "id": dear["id"]},
        {"kind": "person", "id": BORIS},
        {"kind": "entry", "id": entry["id"]},
    ]
    reply = await anna.ask("PUT", f"{HERE}/speed-dial", {"keys": [*keys, keys[0]]})
    assert reply.status == 204
    shown = await anna.get(f"{HERE}/speed-dial")
    assert [(one["kind"], one["id"]) for one in shown] == [(one["kind"], one["id"]) for one in keys]
    assert (shown[0]["can_call"], shown[0]["why"]) == (False, "number_not_allowed")
    assert shown[2]["can_call"], shown[2]

    await boss.ask("DELETE", f"{HERE}/entries/{entry['id']}")
    left = await anna.get(f"{HERE}/speed-dial")
    assert [one["id"] for one in left] == [dear["id"], BORIS]
    assert await boris.get(f"{HERE}/speed-dial") == []
    unknown = {"keys": [{"kind": "entry", "id": entry["id"]}]}
    assert (await anna.ask("PUT", f"{HERE}/speed-dial", unknown)).code == "unknown_entry"


async def test_a_transfer_offers_people_outside_and_says_why_some_cannot_take_it(house: House) -> None:
    boss, anna = await house.signed_in("admin"), await house.signed_in("anna")
    near = await boss.post(f"{HERE}/entries", {"name": "Ремонт рядом", "number": "+74957654321"})
    far = await boss.post(f"{HERE}/entries", {"name": "Ремонт далеко", "number": "+14155550199"})

    found = await anna.get("/api/v1/desk/targets", params={"search": "ремонт"})

    assert [(one["id"], one["why"]) for one in found["outside"]] == [
        (near["id"], ""),
        (far["id"], "outside_country"),
    ]
    assert found["outside"][1]["why_facts"]["country"] == "US"
    assert {one["why"] for one in (await anna.get("/api/v1/desk/targets"))["queues"]} <= {"", "nobody"}
