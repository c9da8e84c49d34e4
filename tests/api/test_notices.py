"""A supervisor's words at the desks of his team: who sees them, who has read them, and when they go."""

from datetime import timedelta

import pytest

from tests.api.house import House

pytestmark = [pytest.mark.database, pytest.mark.asyncio(loop_scope="module")]


async def test_a_notice_stands_at_the_desks_until_it_is_read_or_over(house: House) -> None:
    boss, anna = await house.signed_in("admin"), await house.signed_in("anna")
    sent = await boss.post("/api/v1/notices", {"text": "The site is down: promise nothing.", "minutes": 30})
    assert (sent["reads"], sent["team_ids"], sent["may_withdraw"]) == (0, [], True)
    assert sent["readers"] >= 2

    (shown,) = await anna.get("/api/v1/notices")
    assert (shown["text"], shown["is_read"]) == ("The site is down: promise nothing.", False)
    reply = await anna.ask("POST", f"/api/v1/notices/{shown['id']}/read")
    assert reply.status == 204
    await anna.ask("POST", f"/api/v1/notices/{shown['id']}/read")
    (shown,) = await anna.get("/api/v1/notices")
    assert shown["is_read"]
    (told,) = await boss.get("/api/v1/notices/sent")
    assert told["reads"] == 1

    await house.centre.pass_time(timedelta(minutes=31).total_seconds())
    assert await anna.get("/api/v1/notices") == []


async def test_a_notice_is_for_its_teams_and_can_be_taken_back(house: House) -> None:
    boss = await house.signed_in("admin")
    anna = await house.signed_in("anna")
    team = await boss.post("/api/v1/teams", {"name": "nobody's", "supervisor_ids": []})
    sent = await boss.post("/api/v1/notices", {"text": "for others", "team_ids": [team["id"]]})
    assert sent["readers"] == 0
    assert "for others" not in [one["text"] for one in await anna.get("/api/v1/notices")]

    everybody = await boss.post("/api/v1/notices", {"text": "for all"})
    assert "for all" in [one["text"] for one in await anna.get("/api/v1/notices")]
    assert (await boss.ask("DELETE", f"/api/v1/notices/{everybody['id']}")).status == 204
    assert "for all" not in [one["text"] for one in await anna.get("/api/v1/notices")]


async def test_agents_send_none_and_nonsense_is_refused(house: House) -> None:
    boss, anna = await house.signed_in("admin"), await house.signed_in("anna")
    assert (await anna.ask("POST", "/api/v1/notices", {"text": "hello"})).code == "right_missing"
    assert (
        await boss.ask("POST", "/api/v1/notices", {"text": "x", "team_ids": [999]})
    ).code == "unknown_team"
    assert (await boss.ask("POST", "/api/v1/notices", {"text": ""})).status == 422
    assert (await anna.ask("POST", "/api/v1/notices/999/read")).code == "unknown_notice"
