"""Health is 200 only while calls are taken and every fact is kept; else 503 with each reason."""

from typing import Any

import pytest

from otklik.api import health
from otklik.deliveries import store as deliveries
from tests.api.house import WELL, House

pytestmark = [pytest.mark.database, pytest.mark.asyncio(loop_scope="module")]


async def test_a_centre_that_is_well_says_so_to_everybody(house: House) -> None:
    reply = await house.stranger().ask("GET", "/api/health")

    assert reply.status == 200
    assert reply.json["status"] == "ok"
    assert reply.json["channel"] == "simulator"
    assert reply.json["version"]
    assert reply.json["reasons"] == []


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        ({"holds_lock": False}, "write_lock_lost"),
        ({"loop_lag_ms": 250.0}, "loop_slow"),
        ({"channel_up": False}, "channel_silent"),
        ({"channel_answered_ago_seconds": 5.1}, "channel_silent"),
        ({"channel_answered_ago_seconds": -1.0}, "channel_silent"),
    ],
)
async def test_each_trouble_of_the_engine_is_a_reason(
    house: House, found: dict[str, Any], reason: str
) -> None:
    house.health = {**WELL, **found}
    try:
        reply = await house.stranger().ask("GET", "/api/health")
    finally:
        house.health = dict(WELL)

    assert reply.status == 503
    assert reply.json["status"] == "failing"
    assert reply.json["reasons"] == [reason]
    assert reply.json["details"][0]["code"] == reason


async def test_an_absent_engine_is_a_reason(house: House) -> None:
    await house.door.close()
    try:
        reply = await house.stranger().ask("GET", "/api/health")
    finally:
        await house.door.open()

    assert (reply.status, reply.json["reasons"]) == (503, ["engine_away"])


async def test_a_full_disk_is_a_reason_with_its_figures(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "free_percent", lambda folders: 4.9)

    reply = await house.stranger().ask("GET", "/api/health")

    assert (reply.status, reply.json["reasons"]) == (503, ["disk_low"])
    assert reply.json["details"][0]["facts"] == {"free_percent": 4.9, "needed_percent": 5.0}


@pytest.mark.parametrize(("free", "codes"), [(4.9, ["disk_low"]), (5.4, ["recording_stopped"])])
async def test_administrators_see_once_that_nothing_is_recorded(
    house: House, monkeypatch: pytest.MonkeyPatch, free: float, codes: list[str]
) -> None:
    stopped = {"free_percent": free, "resumes_percent": 6.0}
    admin = await house.signed_in("admin")
    watching = await house.feed(admin, "board")
    with monkeypatch.context() as patched:
        patched.setattr(health, "free_percent", lambda folders: free)
        house.health = {**WELL, "alarms": {"recording_stopped": stopped}}
        try:
            banner = await watching.take("banner", seconds=8)
        finally:
            house.health = dict(WELL)

    assert [item["code"] for item in banner["items"]] == codes
    assert (await watching.take("banner", seconds=8))["items"] == []


async def test_a_database_that_takes_no_writes_is_a_reason(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(connection: object) -> bool:
        return False

    monkeypatch.setattr("otklik.api.store.is_writable", refused)

    reply = await house.stranger().ask("GET", "/api/health")

    assert (reply.status, reply.json["reasons"]) == (503, ["journal_unavailable"])


async def test_administrators_see_a_banner_and_others_do_not(house: House) -> None:
    house.health = {
        **WELL,
        "trunks": {"1": "down"},
        "alarms": {"clock_stepped": {"drift_ms": 5000}, "projection_behind:live": {"projection": "live"}},
    }
    admin, anna = await house.signed_in("admin"), await house.signed_in("anna")
    watching, other = await house.feed(admin, "board"), await house.feed(anna)
    try:
        banner = await watching.take("banner", seconds=8)
    finally:
        house.health = dict(WELL)

    assert [item["code"] for item in banner["items"]] == ["trunk_down", "clock_step", "projection_behind"]
    assert banner["items"][0]["facts"]["name"] == "city"
    assert (await watching.take("banner", seconds=8))["items"] == []
    assert (await other.take("s", "banner"))["k"] == "s"


async def test_administrators_see_that_alerts_and_webhooks_are_not_sent(house: House) -> None:
    """Silence counts only once the process was there."""
    _, items = await health.look(house.parts)
    assert "courier_silent" not in [item["code"] for item in items]
    async with house.parts.writing() as connection:
        await deliveries.note_beat(connection, house.parts.site_id, at=house.parts.clock.now())
    await house.centre.pass_time(80)
    _, items = await health.look(house.parts)
    assert "courier_silent" not in [item["code"] for item in items]
    await house.centre.pass_time(20)
    _, items = await health.look(house.parts)
    assert [item["level"] for item in items if item["code"] == "courier_silent"] == ["warn"]
    async with house.parts.writing() as connection:
        await deliveries.note_beat(connection, house.parts.site_id, at=house.parts.clock.now())
    _, items = await health.look(house.parts)
    assert "courier_silent" not in [item["code"] for item in items]
