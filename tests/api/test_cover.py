"""Whether cover holds is judged by what the last same weekdays needed, by who is here, and by who is away."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from otklik.vocabulary.time import slot_of
from tests.api.house import House
from tests.walks.centre import ANNA, BORIS

pytestmark = [pytest.mark.database, pytest.mark.asyncio(loop_scope="module")]

HERE = "/api/v1/breaks"
MINUTE_MS = 60_000


async def called(house: House, calls: int, minutes: int = 1) -> None:
    """So many calls of so many minutes in each quarter of an hour around now, on the last same weekdays."""
    now = house.parts.clock.now()
    async with house.parts.writing() as connection:
        queue_id = await connection.fetchval(
            "select min(queue_id) from queue_rule where site_id = 1 and project_id <> 9999"
        )
        await connection.execute("delete from qslot where seq = -7")
        for week in range(1, 5):
            for quarter in range(-8, 24):
                slot = slot_of(now - timedelta(weeks=week)) + quarter
                await connection.execute(
                    """
                    insert into qslot (site_id, slot, queue_id, channel, project_id, offered, answered,
                        abandoned, short_ab, aband_in_t, overflow, transferred, in_sl, handled, wait_ms,
                        aband_ms, ring_ms, talk_ms, hold_ms, wrap_ms, max_wait_ms, seq)
                    values (1, $1, $2, 1, 1, $3, $3, 0, 0, 0, 0, 0, $3, $3, 0, 0, 0, $4, 0, 0, 0, -7)
                    on conflict do nothing
                    """,
                    slot,
                    queue_id,
                    calls,
                    calls * minutes * MINUTE_MS,
                )


async def test_a_break_is_approved_at_once_where_the_load_needs_nobody_else(house: House) -> None:
    boss = await house.signed_in("admin")
    anna = await house.signed_in("anna")
    reason = (await boss.post("/api/v1/reasons", {"name_ru": "Чай", "name_en": "Tea"}))["id"]
    await boss.put(f"{HERE}/policy", {"is_automatic": True, "reserve": 0, "most_away": 0.5, "allowances": []})
    for agent in (ANNA, BORIS):
        await boss.post(f"/api/v1/agents/{agent}/ready")
    ask = {"reason_id": reason, "minutes": 15}

    unknown = await anna.post(f"{HERE}/preview", ask)
    assert unknown["rule"] == "no_history"

    await called(house, 1)
    quiet = await anna.post(f"{HERE}/preview", ask)
    assert (quiet["rule"], quiet["is_sure"]) == ("cover_holds", True), quiet
    assert quiet["worst"]["required"] == 1
    assert (quiet["worst"]["present"], quiet["worst"]["left"]) == (2, 1)

    await called(house, 12, 4)
    busy = await anna.post(f"{HERE}/preview", ask)
    assert (busy["rule"], busy["is_sure"]) == ("cover_short", False)
    assert busy["worst"]["required"] >= 4, "3.2 erlangs need four agents at the least"

    await called(house, 1)
    asked = await anna.post(HERE, ask)
    assert (asked["status"], asked["by_name"], asked["rule"]) == ("approved", "", "cover_holds")
    boris = await house.signed_in("boris")
    second = await boris.post(HERE, ask)
    assert second["status"] == "asked", "Anna's approved break is known"
    assert second["rule"] in ("cover_short", "too_many_away")
    assert second["worst"]["away"] == 1


async def test_a_list_of_shifts_says_who_is_there_later(house: House) -> None:
    boss, anna = await house.signed_in("admin"), await house.signed_in("anna")
    reason = (await boss.get("/api/v1/reasons"))[-1]["id"]
    await called(house, 1)
    site = await boss.get("/api/v1/site")
    later = (house.parts.clock.now() + timedelta(hours=3)).astimezone(ZoneInfo(site["zone"]))
    ask = {"reason_id": reason, "minutes": 15, "starts_at": later.isoformat()}
    before = await anna.post(f"{HERE}/preview", ask)
    assert before["worst"]["present"] == 2, "who is here now is taken to be there"

    shift = {
        "agent_id": ANNA,
        "day": later.date().isoformat(),
        "start": (later - timedelta(hours=1)).strftime("%H:%M"),
        "end": (later + timedelta(hours=1)).strftime("%H:%M"),
    }
    made = await boss.post("/api/v1/expected-shifts", shift)
    alone = await anna.post(f"{HERE}/preview", ask)
    assert (alone["worst"]["present"], alone["worst"]["left"]) == (1, 0)
    assert not alone["is_sure"]
    await boss.ask("DELETE", f"/api/v1/expected-shifts/{made['id']}")
