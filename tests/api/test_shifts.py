"""Who is expected at work: by hand, by table, and how those who are or are not here stand against it."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.api.house import House
from tests.walks.centre import ANNA, BORIS

pytestmark = [pytest.mark.database, pytest.mark.asyncio(loop_scope="module")]

HERE = "/api/v1/expected-shifts"
HEADERS = {"Content-Type": "application/octet-stream"}


async def today_of(house: House, browser):
    site = await browser.get("/api/v1/site")
    return house.parts.clock.now().astimezone(ZoneInfo(site["zone"]))


async def attendance(browser):
    found = await browser.get("/api/v1/attendance")
    return found["has_list"], {one["agent_id"]: (one["word"], one["minutes"]) for one in found["rows"]}


async def test_without_a_list_nobody_is_late_and_with_one_the_absent_are_named(house: House) -> None:
    boss, anna = await house.signed_in("admin"), await house.signed_in("anna")
    assert await attendance(boss) == (False, {})
    await boss.post(f"/api/v1/agents/{BORIS}/sign-out")
    await house.centre.pass_time(timedelta(minutes=40).total_seconds())
    boss, anna = await house.signed_in("admin"), await house.signed_in("anna")

    local = await today_of(house, boss)
    start = local - timedelta(minutes=20)
    body = {
        "agent_id": BORIS,
        "day": start.date().isoformat(),
        "start": start.strftime("%H:%M"),
        "end": (local + timedelta(hours=4)).strftime("%H:%M"),
    }
    made = await boss.post(HERE, body)
    has_list, found = await attendance(boss)
    assert has_list
    word, minutes = found[BORIS]
    assert word == "late"
    assert 20 <= minutes <= 21
    (own,) = await (await house.signed_in("boris")).get(f"{HERE}/own")
    assert own["id"] == made["id"]
    assert (await anna.ask("GET", "/api/v1/attendance")).code == "right_missing"

    assert (await boss.ask("POST", HERE, body)).code == "shifts_overlap"
    assert (await boss.put(f"{HERE}/{made['id']}", {**body, "note": "до вечера"}))["note"] == "до вечера"
    assert (await boss.ask("POST", HERE, {**body, "agent_id": 777})).code == "unknown_agent"
    assert (await boss.ask("POST", HERE, {**body, "start": "9:00"})).status == 422

    await house.centre.pass_time(timedelta(minutes=50).total_seconds())
    boss = await house.signed_in("admin")
    _, found = await attendance(boss)
    assert found[BORIS][0] == "absent"
    assert found[ANNA][0] == "outside", "signed in, and not on the list"
    assert (await boss.ask("DELETE", f"{HERE}/{made['id']}")).status == 204
    assert await attendance(boss) == (False, {})


async def test_a_supervisor_plans_his_teams_alone(house: House) -> None:
    vera = await house.signed_in("vera")
    local = await today_of(house, await house.signed_in("admin"))
    day = (local + timedelta(days=1)).date().isoformat()
    body = {"day": day, "start": "09:00", "end": "18:00"}
    made = await vera.post(HERE, {**body, "agent_id": ANNA})
    assert (await vera.ask("POST", HERE, {**body, "agent_id": BORIS})).code == "unknown_agent"
    listed = await vera.get(HERE, params={"from": day, "to": (local + timedelta(days=2)).date().isoformat()})
    assert [(one["agent_id"], one["start"], one["end"]) for one in listed] == [(ANNA, "09:00", "18:00")]
    await vera.ask("DELETE", f"{HERE}/{made['id']}")


async def test_a_table_replaces_the_days_it_names_and_reports_each_row(house: House) -> None:
    boss, anna = await house.signed_in("admin"), await house.signed_in("anna")
    local = await today_of(house, boss)
    day = (local + timedelta(days=3)).date()
    table = (
        f"кто;день;с;до\nanna;{day:%d.%m.%Y};9:00;18:00\nboris;{day:%d.%m.%Y};22:00;6:00\n"
        f"никто;{day:%d.%m.%Y};9:00;18:00\n"
    ).encode()
    read = await boss.post(f"{HERE}/import/read", data=table, headers=HEADERS)
    assert read["mapping"] == {"0": "agent", "1": "day", "2": "start", "3": "end"}
    asked = {"mapping": '{"0": "agent", "1": "day", "2": "start", "3": "end"}'}
    span = {"from": day.isoformat(), "to": (day + timedelta(days=1)).isoformat()}

    async def bring(body: bytes, **more: str):
        return await boss.post(f"{HERE}/import", data=body, headers=HEADERS, params={**asked, **more})

    tried = await bring(table)
    assert tried["counts"] == {"made": 2, "refused": 1}
    assert (tried["lines"][0]["line"], tried["lines"][0]["code"]) == (4, "unknown_agent")
    assert await boss.get(HERE, params=span) == []
    await bring(table, is_trial="false")
    listed = await boss.get(HERE, params=span)
    assert [(one["agent_id"], one["start"], one["end"]) for one in listed] == [
        (ANNA, "09:00", "18:00"),
        (BORIS, "22:00", "06:00"),
    ]
    assert (await bring(table, is_trial="false"))["counts"] == {"unchanged": 2, "refused": 1}
    later = f"кто;день;с;до\nanna;{day:%d.%m.%Y};10:00;19:00\n".encode()
    assert (await bring(later, is_trial="false"))["counts"] == {"made": 1, "removed": 1}
    listed = await boss.get(HERE, params=span)
    assert [one["start"] for one in listed] == ["10:00", "22:00"], "days that are not named stay"
    assert (await anna.ask("POST", f"{HERE}/import/read", data=table, headers=HEADERS)).code == (
        "right_missing"
    )


async def test_the_team_view_holds_the_numbers_of_today(house: House) -> None:
    boss, vera = await house.signed_in("admin"), await house.signed_in("vera")
    found = await boss.get("/api/v1/team/today")
    assert {ANNA, BORIS} <= {one["agent_id"] for one in found["rows"]}
    (anna,) = [one for one in found["rows"] if one["agent_id"] == ANNA]
    assert (anna["handled"], anna["missed"], anna["guard"]) == (0, 0, "")
    assert [one["agent_id"] for one in (await vera.get("/api/v1/team/today"))["rows"]] == [ANNA]
