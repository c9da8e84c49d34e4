"""A newcomer practises: a robot customer really calls him and speaks, and nothing that anybody counts has
changed when he ends."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest_asyncio

from otklik.operations.tones import RATE, read_sound
from tests.slowness import patience
from tests.whole.centre import until
from tests.whole.conftest import SUPPORT, WHOLE, Phone, Scene

pytestmark = WHOLE

LOUD = 300
"""Root mean square of speech through A-law; a silent line is far below."""


@pytest_asyncio.fixture(loop_scope="session")
async def newcomer(scene: Scene) -> AsyncIterator[Phone]:
    """Lent to practice; afterwards he is as he was."""
    agent = scene.agents[0]
    await scene.admin.post(f"/api/v1/agents/{agent.agent_id}/practice", {"minutes": 30})
    yield agent
    with contextlib.suppress(AssertionError):
        await scene.admin.post(f"/api/v1/agents/{agent.agent_id}/practice/end")


async def counted(scene: Scene, agent: Phone) -> dict[str, Any]:
    """Everything that counts work: reports of queues and agents, boards, lists, the team's numbers."""
    days = await scene.days()
    agents = await scene.admin.get("/api/v1/reports/agents", **days)
    team = await scene.admin.get("/api/v1/team/today")
    own = next(row for row in team["rows"] if row["agent_id"] == agent.agent_id)
    queues = await scene.admin.get("/api/v1/reports/days", **days)
    board = await scene.admin.get("/api/v1/report/day-board")
    mine = next((row for row in agents["rows"] if row["agent_id"] == agent.agent_id), {})
    return {
        "queues": [
            {name: row[name] for name in ("queue_id", "offered", "answered")} for row in queues["rows"]
        ],
        "board": {queue["id"]: (queue["offered"], queue["in_sl"]) for queue in board["queues"]},
        "agent": [mine.get(name) for name in ("handled", "aht_seconds", "missed_offers")],
        "team": [own[name] for name in ("handled", "talk_seconds", "hold_seconds", "ready_seconds")],
        "interactions": len(await scene.interactions()),
    }


async def settled(scene: Scene, agent: Phone) -> dict[str, Any]:
    """The same, when nothing of an earlier test is still ending: it stays as it is for a while."""
    seen: list[dict[str, Any]] = []

    async def look() -> dict[str, Any]:
        await asyncio.sleep(0.5)
        return await counted(scene, agent)

    def is_still(found: dict[str, Any]) -> bool:
        seen.append(found)
        return len(seen) > 2 and seen[-1] == seen[-2] == seen[-3]

    return dict(await until(look, is_still))


async def test_a_robot_calls_who_practises_and_nothing_of_it_is_counted(
    scene: Scene, newcomer: Phone
) -> None:
    before = await settled(scene, newcomer)
    await scene.ready(newcomer)

    login, leg = await scene.world.ringing(60)
    assert login == newcomer.phone
    await asyncio.sleep(1)
    await scene.world.answer(leg)
    await scene.until_state(newcomer, "connected")
    await scene.world.listen(leg)
    desk = await until(
        lambda: newcomer.api.get("/api/v1/practice/own"), lambda found: found["is_on"], patience(5)
    )
    assert desk["calls"] is not None
    await asyncio.sleep(6)
    sound = read_sound(await scene.world.stop_listening(leg)).astype(float)
    loudest = max(
        float(np.sqrt(np.mean(part**2))) for part in np.array_split(sound, max(1, len(sound) // RATE))
    )
    assert loudest > LOUD, "the robot speaks"

    board = await scene.admin.get("/api/v1/report/day-board")
    assert SUPPORT in {queue["id"] for queue in board["queues"]}
    assert "practice" not in {queue["name"] for queue in board["queues"]}
    for path in ("queues", "skills", "numbers", "trunks"):
        assert "practice" not in {thing["name"] for thing in await scene.admin.get(f"/api/v1/{path}")}

    await scene.world.hang_up(leg)
    await scene.until_state(newcomer, "wrap_up")
    await newcomer.api.post("/api/v1/desk/not-ready", {"reason_id": 1})
    await newcomer.api.post("/api/v1/desk/wrap-up/finish")
    done = await newcomer.api.post("/api/v1/practice/own/end")

    assert not done["is_on"]
    (call,) = done["calls"]
    assert call["talk_seconds"] >= 5
    assert 0.5 <= call["answer_seconds"] <= 30
    assert call["disposition_id"] is None
    after = await settled(scene, newcomer)
    assert after == before


async def test_real_customers_are_not_offered_to_who_practises(scene: Scene, newcomer: Phone) -> None:
    other = scene.agents[1]
    await scene.ready(other)
    customer = await scene.call("+79161118770")
    await scene.answered_by(other)
    await scene.world.hang_up(customer)
    refused, _ = await scene.admin.ask(
        "POST", f"/api/v1/agents/{newcomer.agent_id}/practice", {"minutes": 30}
    )
    assert refused == 409, "once is enough"
