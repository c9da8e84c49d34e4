"""Definitions of the service level, as a browser sets them and sees what they change."""

from datetime import date, timedelta

import pytest

from tests.api.house import House
from tests.walks.centre import CUSTOMER, NUMBER

pytestmark = [pytest.mark.database, pytest.mark.asyncio(loop_scope="module")]

ROOT = "/api/v1/service-levels"


async def test_what_is_defined_today_counts_on_the_board_and_in_the_report_alike(house: House) -> None:
    admin, vera = await house.signed_in("admin"), await house.signed_in("vera")
    call = house.centre.driver.call(NUMBER, CUSTOMER)
    await house.centre.pass_time(22)
    call.hang_up()
    await house.centre.pass_time(2)
    today = date.fromisoformat((await admin.get(ROOT))["today"])
    days = f"from={today}&to={today + timedelta(days=1)}"
    rules = {"formula": "F1", "threshold_seconds": 60, "target": 0.95, "short_abandon_seconds": 2}
    before = await admin.get(f"/api/v1/reports/days?{days}")
    (lost,) = [row for row in before["rows"] if row["abandoned"]]
    queue_id = lost["queue_id"]
    assert (before["levels"], before["is_joined"], lost["service_level"]) == ([], False, 0)

    assert (await vera.ask("POST", ROOT, {"queue_id": queue_id, "since": str(today), **rules})).status == 403
    past = {"queue_id": queue_id, "since": str(today - timedelta(days=1)), **rules}
    refused = await admin.ask("POST", ROOT, past)
    assert (refused.status, refused.code) == (422, "past_numbers_change")
    assert (await admin.ask("POST", ROOT, {**past, "queue_id": 999})).code == "unknown_queue"
    made = await admin.post(ROOT, {"queue_id": queue_id, "since": str(today), **rules})

    try:
        after = await vera.get(f"/api/v1/reports/days?{days}")
        (row,) = [row for row in after["rows"] if row["queue_id"] == queue_id]
        # Nobody was answered; who left did so within the 60 seconds that F1 counts in.
        assert (row["service_level"], row["target"], row["level_part"], row["level_whole"]) == (1, 0.95, 1, 1)
        assert [one["formula"] for one in after["levels"] if one["since"]] == ["F1"]
        board = await vera.get("/api/v1/report/day-board")
        (tile,) = [one for one in board["queues"] if one["id"] == queue_id]
        assert (tile["service_level"], tile["target"], tile["level_formula"]) == (1, 0.95, "F1")
        assert (tile["threshold_seconds"], tile["level_since"]) == (60, str(today))
        page = await admin.get(f"/api/v1/reports/page?every=day&day={today}")
        assert next(one["value"] for one in page["numbers"] if one["name"] == "service_level") == 1
        told = await admin.get("/api/v1/audit")
        assert "service_level.defined" in {one["action"] for one in told}
    finally:
        assert (await admin.ask("DELETE", f"{ROOT}/{made['id']}")).status == 204
    again = await admin.get(f"/api/v1/reports/days?{days}")
    assert again["rows"] == before["rows"]
    (gone,) = [one for one in (await admin.get(ROOT))["definitions"] if one["id"] == made["id"]]
    assert gone["withdrawn_at"] is not None
    assert gone["by"]
