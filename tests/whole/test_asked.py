"""Customers are asked on a real line: after the talk, for a vote, whether they may be recorded."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest_asyncio

from tests.slowness import patience
from tests.whole.centre import until
from tests.whole.conftest import SUPPORT, WHOLE, Scene
from tests.whole.hearing import heard_seconds

pytestmark = WHOLE

BYE = {"node": "end", "reason": "self_served"}
LOST = {"node": "end", "reason": "closed"}
AGENT_HERTZ, CUSTOMER_HERTZ = 1600, 1000


@dataclass(slots=True)
class Desk:
    """Numbers with flows of their own, which are gone after the test."""

    scene: Scene
    made: list[str] = field(default_factory=list)

    async def flow(self, name: str, nodes: dict[str, Any]) -> int:
        body = {"name": name, "start": next(iter(nodes)), "nodes": nodes}
        found = await self.scene.admin.post("/api/v1/flows", body)
        self.made.append(f"flows/{found['id']}")
        return int(found["id"])

    async def number(self, number: str, flow_id: int, *, is_recorded: bool) -> None:
        form = {"number": number, "queue_id": SUPPORT, "flow_id": flow_id, "is_recorded": is_recorded}
        found = await self.scene.admin.post("/api/v1/numbers", form)
        self.made.append(f"numbers/{found['id']}")

    async def close(self) -> None:
        for path in reversed(self.made):
            status, found = await self.scene.admin.ask("DELETE", f"/api/v1/{path}")
            assert status == 200, found

    async def outcome(self, calling: str) -> str:
        rows = await until(lambda: self.scene.interactions(calling), bool, patience(15))
        return str(rows[0]["outcome"])

    async def talk_of(self, calling: str) -> dict[str, Any]:
        """The customer's call itself, whatever came after it."""
        rows = await until(lambda: self.scene.interactions(calling), bool, patience(15))
        return await self.scene.detail(
            next(row for row in rows if row["direction"] == "inbound")["interaction_id"]
        )


@pytest_asyncio.fixture(loop_scope="session")
async def desk(scene: Scene) -> AsyncIterator[Desk]:
    found = Desk(scene)
    yield found
    await scene.idle()
    await found.close()


async def test_the_customer_stays_on_the_line_and_ten_is_ten(desk: Desk) -> None:
    """The agent hangs up and is in wrap-up; the customer presses 1 and 0, another one a 1 only."""
    scene, agent = desk.scene, desk.scene.agents[0]
    ask = {"node": "survey", "kind": "nps", "survey": "calls", "next": "bye", "otherwise": "bye"}
    survey_id = await desk.flow("Survey", {"ask": ask, "bye": BYE})
    flow_id = await desk.flow("Asked", {"wait": {"node": "queue", "survey": survey_id}})
    await desk.number("4731", flow_id, is_recorded=False)
    for calling, keys, answer in (("+79163350001", "10", 10), ("+79163350002", "1", 1)):
        await scene.ready(agent)
        customer = await scene.call(calling, "4731")
        phone = await scene.answered_by(agent)
        await asyncio.sleep(1)
        await scene.world.hang_up(phone)
        await scene.until_state(agent, "wrap_up")
        await asyncio.sleep(1)
        assert not customer.over.is_set(), "he stays"
        await scene.world.press(customer, keys)
        await asyncio.wait_for(customer.over.wait(), patience(15))
        talk = await desk.talk_of(calling)
        answers = await until(lambda talk=talk: _answers(scene, talk["interaction_id"]), bool, patience(10))
        assert [(one["kind"], one["answer"]) for one in answers] == [("nps", answer)]
        assert talk["outcome"] == "answered"
        await agent.api.post("/api/v1/desk/wrap-up/finish")
    report = await scene.admin.get("/api/v1/reports/surveys", **await scene.days())
    (row,) = [one for one in report["rows"] if one["survey"] == "calls"]
    assert (row["agent_id"], row["queue_id"]) == (agent.agent_id, SUPPORT)
    assert (row["figures"]["nps"]["promoters"], row["figures"]["nps"]["detractors"]) == (1, 1)
    missed = await scene.admin.get("/api/v1/missed")
    assert not {one["number"] for one in missed} & {"+79163350001", "+79163350002"}


async def test_an_engine_that_dies_while_a_customer_is_asked_takes_his_answer_all_the_same(
    desk: Desk,
) -> None:
    scene, agent = desk.scene, desk.scene.agents[0]
    calling = "+79163350003"
    ask = {"node": "survey", "kind": "nps", "survey": "through a death", "next": "bye", "otherwise": "bye"}
    survey_id = await desk.flow("Survey through a death", {"ask": ask | {"timeout": 20}, "bye": BYE})
    flow_id = await desk.flow("Asked through a death", {"wait": {"node": "queue", "survey": survey_id}})
    await desk.number("4737", flow_id, is_recorded=False)
    await scene.ready(agent)
    customer = await scene.call(calling, "4737")
    phone = await scene.answered_by(agent)
    await asyncio.sleep(1)
    await scene.world.hang_up(phone)
    await scene.until_state(agent, "wrap_up")
    scene.centre.kill("engine")
    await scene.centre.until_healthy()
    assert not customer.over.is_set(), "he stays"
    await scene.world.press(customer, "7")
    await asyncio.wait_for(customer.over.wait(), patience(25))
    talk = await desk.talk_of(calling)
    answers = await until(lambda: _answers(scene, talk["interaction_id"]), bool, patience(10))
    assert [(one["kind"], one["answer"]) for one in answers] == [("nps", 7)]
    assert talk["outcome"] == "answered"


async def test_who_hung_up_first_is_called_and_his_answer_decides_the_next_time(desk: Desk) -> None:
    """The same survey as a call out; a condition on `customer.nps` leads the promoter elsewhere."""
    scene, agent = desk.scene, desk.scene.agents[0]
    calling = "+79163350011"
    ask = {"node": "survey", "kind": "nps", "survey": "by call", "next": "bye", "otherwise": "bye"}
    survey_id = await desk.flow("Survey by call", {"ask": ask, "bye": BYE})
    call = {"is_on": True, "after": 0, "earliest": "00:00", "latest": "23:59:59", "attempts": 1}
    is_fan = {"fact": "customer.nps", "comparison": "is", "value": "promoter", "next": "fan"}
    flow_id = await desk.flow(
        "Asked by call",
        {
            "who": {"node": "condition", "cases": [is_fan], "otherwise": "wait"},
            "wait": {"node": "queue", "survey": survey_id, "survey_call": call},
            "fan": BYE,
        },
    )
    await desk.number("4736", flow_id, is_recorded=False)
    await scene.ready(agent)
    customer = await scene.call(calling, "4736")
    await scene.answered_by(agent)
    await asyncio.sleep(1)
    await scene.world.hang_up(customer)

    dialed, leg = await scene.world.ringing()
    assert dialed.endswith("79163350011")
    await scene.world.answer(leg)
    await scene.world.listen(leg)
    await asyncio.sleep(1.5)
    await scene.world.press(leg, "9")
    await asyncio.wait_for(leg.over.wait(), patience(15))
    talk = await desk.talk_of(calling)
    answers = await until(lambda: _answers(scene, talk["interaction_id"]), bool, patience(10))
    assert [(one["kind"], one["answer"]) for one in answers] == [("nps", 9)]
    await scene.world.no_ring(1)

    await scene.call(calling, "4736")
    outcomes = await until(
        lambda: scene.interactions(calling),
        lambda rows: any(row["outcome"] == "self_served" and row["direction"] == "inbound" for row in rows),
        patience(15),
    )
    assert outcomes


async def _answers(scene: Scene, interaction_id: str) -> list[dict[str, Any]]:
    return list((await scene.detail(interaction_id))["answers"])


async def test_a_number_votes_once(desk: Desk) -> None:
    scene = desk.scene
    vote = {
        "node": "voting",
        "voting": "colour",
        "prompts": ["please_wait"],
        "choices": {"1": "red", "2": "blue"},
        "next": "counted",
        "repeated": "again",
        "closed": "again",
        "otherwise": "again",
    }
    counted = {"node": "play", "prompts": ["vote_counted"], "next": "bye"}
    flow_id = await desk.flow("Votes", {"vote": vote, "counted": counted, "bye": BYE, "again": LOST})
    await desk.number("4732", flow_id, is_recorded=False)
    for calling, key, outcome in (
        ("+79163350003", "1", "self_served"),
        ("+79163350004", "2", "self_served"),
        ("+79163350003", "2", "closed"),
    ):
        customer = await scene.call(calling, "4732")
        await asyncio.wait_for(customer.up.wait(), patience(10))
        await asyncio.sleep(1.5)
        await scene.world.press(customer, key)
        await asyncio.wait_for(customer.over.wait(), patience(15))
        rows = await until(
            lambda calling=calling: scene.interactions(calling), lambda found: bool(found), patience(10)
        )
        assert rows[0]["outcome"] == outcome
    (row,) = [one for one in await scene.admin.get("/api/v1/votings") if one["voting"] == "colour"]
    assert [(one["name"], one["votes"]) for one in row["choices"]] == [("red", 1), ("blue", 1)]
    assert row["is_open"]


async def test_who_refuses_is_recorded_nowhere(desk: Desk) -> None:
    """Two calls to the same number: one agrees and has a recording, one refuses and leaves no file."""
    scene, agent = desk.scene, desk.scene.agents[0]
    consent = {"node": "consent", "prompts": ["please_wait"], "wait": 2, "next": "wait"}
    flow_id = await desk.flow("Consent", {"ask": consent, "wait": {"node": "queue", "announces": False}})
    await desk.number("4733", flow_id, is_recorded=True)
    spool: Path = scene.centre.home / "spool"
    for calling, refuses in (("+79163350005", True), ("+79163350006", False)):
        before = set(spool.glob("*.raw"))
        await scene.ready(agent)
        customer = await scene.call(calling, "4733")
        await asyncio.wait_for(customer.up.wait(), patience(10))
        await asyncio.sleep(1)
        if refuses:
            await scene.world.press(customer, "2")
        phone = await scene.answered_by(agent)
        await scene.world.listen(customer)
        await scene.world.speak(customer, CUSTOMER_HERTZ)
        await scene.world.speak(phone, AGENT_HERTZ)
        await asyncio.sleep(5)
        growing = set(spool.glob("*.raw")) - before
        heard = await scene.world.stop_listening(customer)
        await scene.world.hang_up(customer)
        await scene.until_state(agent, "wrap_up")
        assert heard_seconds(heard, AGENT_HERTZ) > 2, "they talk all the same"
        talk = await desk.talk_of(calling)
        if refuses:
            assert not growing, "what was recorded before he refused is gone in the middle of the talk"
            recordings = await until(
                lambda talk=talk: _recordings(scene, talk["interaction_id"]), bool, patience(20)
            )
            assert [one["state"] for one in recordings] == ["missing"]
        else:
            assert len(growing) == 1
            recordings = await until(
                lambda talk=talk: _recordings(scene, talk["interaction_id"]), bool, patience(40)
            )
            assert [one["state"] for one in recordings] == ["stored"]
        await agent.api.post("/api/v1/desk/wrap-up/finish")


async def _recordings(scene: Scene, interaction_id: str) -> list[dict[str, Any]]:
    return list((await scene.detail(interaction_id))["recordings"])
