"""Rates, tariffs and the report of costs, as a browser sets and sees them."""

import io
from datetime import date, timedelta
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from tests.api.house import House
from tests.walks.centre import ANNA, NUMBER

pytestmark = [pytest.mark.database, pytest.mark.asyncio(loop_scope="module")]

STRANGER = "+79165550717"


async def call_answered(house: House) -> None:
    """A call of a minute and a half that Anna takes and writes up."""
    anna = await house.signed_in("anna")
    await anna.get("/api/v1/phone")
    await house.centre.pass_time(2)
    await anna.post("/api/v1/desk/ready")
    call = house.centre.driver.call(NUMBER, STRANGER)
    await house.centre.pass_time(10)
    assert house.centre.driver.answer("agent-1") or house.centre.driver.answer("phone1")
    await house.centre.pass_time(80)
    call.hang_up()
    await house.centre.pass_time(2)
    await anna.post("/api/v1/desk/wrap-up/finish")
    await anna.post("/api/v1/desk/not-ready", {"reason_id": 1})
    await house.centre.pass_time(1)


def row_of(report: dict[str, Any], owner: str) -> dict[str, Any]:
    (row,) = [one for one in report["rows"] if one["owner"] == owner]
    return row


async def test_a_contact_costs_what_its_people_and_its_trunk_do(house: House) -> None:
    admin, vera = await house.signed_in("admin"), await house.signed_in("vera")
    await call_answered(house)
    today = date.fromisoformat((await admin.get("/api/v1/rates"))["today"])
    root = f"/api/v1/reports/costs?from={today}&to={today + timedelta(days=1)}"

    for path in ("/api/v1/rates", "/api/v1/tariffs", root):
        assert (await vera.ask("GET", path)).status == 403
    bare = await admin.get(root)
    assert (bare["totals"]["pay_cost"], bare["totals"]["trunk_cost"], bare["currency"]) == (None, None, "RUB")
    assert "Anna" in {one["agent"] for one in bare["unpaid"]}
    assert [(one["trunk"], one["is_inbound"]) for one in bare["unpriced"]] == [("city", True)]

    wrong = {"text": f"Anna;{today};400\nNobody;{today};1"}
    told = await admin.post("/api/v1/rates/paste", wrong)
    assert (told["saved"], [one["refusal"] for one in told["lines"]]) == (0, ["", "paste_who"])
    assert (await admin.get("/api/v1/rates"))["rates"] == []
    names = [one["name_en"] for one in (await admin.get("/api/v1/rates"))["agents"]]
    text = "\n".join(f"{name}\t{today}\t400,00" for name in names)
    assert (await admin.post("/api/v1/rates/paste", {"text": text}))["saved"] == len(names)
    assert (await admin.ask("POST", "/api/v1/tariffs/paste", {"text": f"*;in;{today};3;0,50;60/60"})).json[
        "saved"
    ] == 1
    assert (
        await admin.ask("POST", "/api/v1/rates", {"since": str(today), "per_hour": "1"})
    ).code == "rate_of_whom"

    report = await admin.get(root)
    assert (report["unpaid"], report["unpriced"], report["is_folded"]) == ([], [], True)
    totals = report["totals"]
    sheet = await admin.get(f"/api/v1/reports/timesheet?from={today}&to={today + timedelta(days=1)}")
    payable = sum(one["payable_seconds"] for one in sheet["rows"])
    assert totals["payable_seconds"] == pytest.approx(payable)
    assert totals["pay_cost"] == round(payable * 40_000 / 3600)
    # A call of 90 seconds is two minutes of 3.00 and 0.50 for the connection.
    assert (totals["handled"], totals["trunk_cost"]) == (1, 650)
    assert totals["total_cost"] == totals["pay_cost"] + totals["trunk_cost"]
    assert totals["cost_per_contact"] == round(totals["total_cost"] / totals["handled"])
    for by in ("queue", "team", "day"):
        split = await admin.get(f"{root}&by={by}")
        assert split["totals"] == totals
        if by != "team":
            spent = sum(one["pay_cost"] for one in split["rows"])
            assert abs(spent - totals["pay_cost"]) <= len(split["rows"])
    assert row_of(report, "sales")["handled"] == totals["handled"]

    book = (await admin.ask("GET", f"{root}&format=xlsx&locale=ru")).body
    lines = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_name("Отчёт").to_python()
    place = lines[0].index("Связь, RUB")
    assert sum(line[place] for line in lines[1:]) == pytest.approx(totals["trunk_cost"] / 100)
    text = (await admin.ask("GET", f"{root}&by=day&format=csv")).body.decode("utf-8-sig")
    assert f",{totals['trunk_cost'] / 100:.2f}," in text
    assert text.splitlines()[1].endswith(",RUB")
    assert (await admin.ask("GET", f"{root}&format=pdf&locale=ru")).body.startswith(b"%PDF")

    (one, *_) = [row for row in (await admin.get("/api/v1/rates"))["rates"] if row["agent_id"] == ANNA]
    assert (await admin.ask("DELETE", f"/api/v1/rates/{one['id']}")).status == 204
    assert (await admin.ask("DELETE", f"/api/v1/rates/{one['id']}")).code == "unknown_rate"
    again = await admin.get(root)
    assert [one["agent"] for one in again["unpaid"]] == ["Anna"]
    assert again["totals"]["pay_cost"] is None
    actions = {one["action"]: one for one in await admin.get("/api/v1/audit")}
    assert actions.keys() >= {"rate.set", "rate.withdrawn", "tariff.set"}
    assert "400" not in str(actions["rate.set"]["facts"])
