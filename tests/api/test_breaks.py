"""Asking for a break: who decides, what both see, how it begins, and what of it is used."""

from datetime import timedelta

import pytest

from tests.api.house import House, rows
from tests.walks.centre import ANNA

pytestmark = [pytest.mark.database, pytest.mark.asyncio(loop_scope="module")]

HERE = "/api/v1/breaks"


async def reason_of(house: House, browser, **more) -> int:
    made = await browser.post(
        "/api/v1/reasons",
        {"name_ru": f"Обед {len(more)}", "name_en": f"Lunch {len(more)}", **more},
    )
    return int(made["id"])


async def test_without_a_history_a_supervisor_decides_and_both_see_why(house: House) -> None:
    boss, anna, boris, vera = [await house.signed_in(one) for one in ("admin", "anna", "boris", "vera")]
    reason = await reason_of(house, boss, needs_permission=True)
    told = await anna.post(f"{HERE}/preview", {"reason_id": reason, "minutes": 15})
    assert not told["is_sure"]
    assert (await anna.get(f"{HERE}/own"))["requests"] == [], "a look keeps nothing"

    asked = await anna.post(HERE, {"reason_id": reason, "minutes": 15, "note": "зуб"})
    assert (asked["status"], asked["rule"]) == ("asked", told["rule"])
    assert not asked["may_begin"]
    assert (await anna.ask("POST", f"{HERE}/{asked['id']}/begin")).code == "break_not_now"
    again = await anna.ask("POST", HERE, {"reason_id": reason, "minutes": 5})
    assert again.code == "break_asked_already"

    (seen,) = await vera.get(HERE)
    assert (seen["agent_id"], seen["note"], seen["rule"]) == (ANNA, "зуб", asked["rule"])
    assert (await boris.ask("POST", f"{HERE}/{asked['id']}/withdraw")).code == "unknown_break"
    assert (await anna.ask("POST", f"{HERE}/{asked['id']}/approve", {"word": ""})).code == "right_missing"
    decided = await vera.post(f"{HERE}/{asked['id']}/approve", {"word": "только быстро"})
    assert (decided["status"], decided["word"]) == ("approved", "только быстро")
    late = await boss.ask("POST", f"{HERE}/{asked['id']}/approve", {"word": ""})
    assert late.code == "break_decided"

    (own,) = (await anna.get(f"{HERE}/own"))["requests"]
    assert (own["status"], own["word"], own["may_begin"]) == ("approved", "только быстро", True)
    assert own["by_name"] == decided["by_name"] != ""
    actions = [one["action"] for one in await rows(house, "select action from audit order by audit_id")]
    assert [one for one in actions if one.startswith("break.")] == ["break.asked", "break.approved"]


async def test_an_approved_break_begins_by_its_approval_and_is_counted(house: House) -> None:
    boss, anna = await house.signed_in("admin"), await house.signed_in("anna")
    (own,) = (await anna.get(f"{HERE}/own"))["requests"]
    await anna.get("/api/v1/phone", headers={"Sec-Fetch-Site": "same-origin"})
    await anna.post(f"{HERE}/{own['id']}/begin")
    await anna.post(f"{HERE}/{own['id']}/begin")
    (own,) = (await anna.get(f"{HERE}/own"))["requests"]
    assert own["status"] == "begun"
    assert own["begun_at"] is not None

    await house.centre.pass_time(timedelta(minutes=10).total_seconds())
    (used,) = [one for one in (await anna.get(f"{HERE}/own"))["used"] if one["reason_id"] == own["reason_id"]]
    assert (used["times"], used["minutes"]) == (1, 10)
    assert not (await anna.get(f"{HERE}/own"))["requests"][0]["is_over"]
    await anna.post("/api/v1/desk/ready")
    (own,) = (await anna.get(f"{HERE}/own"))["requests"]
    assert own["is_over"], "a later break of the same reason is another one"
    assert (await boss.ask("POST", f"{HERE}/{own['id']}/decline", {"word": ""})).code == "break_decided"


async def test_the_rule_is_the_sites_and_allowances_bind(house: House) -> None:
    boss, anna, vera = [await house.signed_in(one) for one in ("admin", "anna", "vera")]
    found = await vera.get(f"{HERE}/policy")
    assert (found["is_automatic"], found["reserve"]) == (True, 0)
    reason = await reason_of(house, boss)
    policy = {
        "is_automatic": True,
        "reserve": 1,
        "most_away": 0.5,
        "allowances": [{"reason_id": reason, "minutes": 20, "times": 1}],
    }
    assert (await vera.ask("PUT", f"{HERE}/policy", policy)).code == "right_missing"
    unknown = {**policy, "allowances": [{"reason_id": 999, "minutes": 1, "times": None}]}
    assert (await boss.ask("PUT", f"{HERE}/policy", unknown)).code == "unknown_reason"
    await boss.put(f"{HERE}/policy", policy)
    assert await vera.get(f"{HERE}/policy") == policy

    start = house.parts.clock.now() + timedelta(hours=2)
    asked = {"reason_id": reason, "minutes": 21, "starts_at": start.isoformat()}
    assert (await anna.post(f"{HERE}/preview", asked))["rule"] == "allowance_used"
    assert (await anna.post(f"{HERE}/preview", {**asked, "minutes": 15}))["rule"] != "allowance_used"
    (used,) = [one for one in (await anna.get(f"{HERE}/own"))["used"] if one["reason_id"] == reason]
    assert (used["allowed_minutes"], used["allowed_times"], used["times"]) == (20, 1, 0)


async def test_one_may_withdraw_what_has_not_begun_and_what_is_late_lapses(house: House) -> None:
    boss, boris = await house.signed_in("admin"), await house.signed_in("boris")
    reason = await reason_of(house, boss, is_paid=False, needs_permission=False)
    first = await boris.post(HERE, {"reason_id": reason, "minutes": 5})
    assert (await boris.post(f"{HERE}/{first['id']}/withdraw"))["status"] == "withdrawn"
    second = await boris.post(HERE, {"reason_id": reason, "minutes": 60})
    await house.centre.pass_time(timedelta(minutes=31).total_seconds())
    shown = {one["id"]: one["status"] for one in (await boris.get(f"{HERE}/own"))["requests"]}
    assert shown[second["id"]] == "lapsed"
    for body, code in (
        ({"reason_id": 999, "minutes": 5}, "unknown_reason"),
        ({"reason_id": reason, "minutes": 5, "starts_at": "2020-01-01T00:00:00Z"}, "break_in_the_past"),
        ({"reason_id": reason, "minutes": 5, "starts_at": "2099-01-01T00:00:00Z"}, "break_too_far"),
    ):
        assert (await boris.ask("POST", HERE, body)).code == code
    assert (await boris.ask("POST", HERE, {"reason_id": reason, "minutes": 999})).status == 422
