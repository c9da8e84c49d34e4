"""What a flow says about a customer decides who takes him and when: whole calls in virtual time."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from otklik.acd import events as acd
from otklik.acd.model import AgentState, Boost
from otklik.flows.events import FlowStarted, NodeEntered, QueueRequested
from otklik.flows.model import flow_of_file
from otklik.organization import commands as organize
from otklik.organization.model import Agent, Number, Skill
from otklik.switchboard import requests
from otklik.vocabulary.ids import AgentId, NumberId, PersonId, QueueId, SkillId
from otklik.vocabulary.refusals import Refused
from tests.rooms.switchboard.world import CUSTOMER, NUMBER, World, open_world

pytestmark = pytest.mark.fast

Story = Callable[[World], Awaitable[None]]
GERMAN = SkillId(2)


def play(story: Story, *, agents: int = 2) -> None:
    async def run() -> None:
        await story(await open_world(agents=agents))

    asyncio.run(run())


async def change(world: World, *changes: organize.SingleChange) -> None:
    together = organize.ChangeTogether(changes=changes)
    done = await world.ask(requests.ChangeConfiguration(change=together, by=PersonId(1)))
    assert isinstance(done, dict), repr(done)


async def run_flow(world: World, node: dict[str, Any]) -> dict[str, Any] | Refused:
    """The number's flow is one queue node with these words."""
    plain = {"name": "t", "start": "q", "nodes": {"q": {"node": "queue", **node}}}
    done = await world.ask(requests.PublishFlow(draft=flow_of_file(plain), by=PersonId(1)))
    if isinstance(done, dict):
        number = Number(
            number_id=NumberId(1), number=NUMBER, queue_id=QueueId(1), flow_id=done["flow_id"], name="n"
        )
        await change(world, organize.SaveNumber(number=number))
    return done


async def ready(world: World, *agents: int) -> None:
    for agent_id in agents:
        assert await world.ask(requests.GetReady(agent_id=AgentId(agent_id))) == {}


def test_a_skill_that_the_flow_asks_for_keeps_others_away() -> None:
    async def story(world: World) -> None:
        speaks = Agent(agent_id=AgentId(2), skills={SkillId(1): 5, GERMAN: 7})
        await change(world, organize.SaveSkill(skill=Skill(skill_id=GERMAN, name="German")))
        await change(world, organize.SaveAgent(agent=speaks))
        await run_flow(world, {"requirements": [{"skill_id": GERMAN, "minimum": 6, "is_firm": True}]})
        await ready(world, 1)
        world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(5)
        assert world.state(1) is AgentState.READY, "has not the language"
        await ready(world, 2)
        await world.pass_time(1)
        assert world.state(2) is AgentState.OFFERED

    play(story)


def test_a_skill_that_is_gone_strands_nobody() -> None:
    async def story(world: World) -> None:
        await change(world, organize.SaveSkill(skill=Skill(skill_id=GERMAN, name="German")))
        await run_flow(world, {"requirements": [{"skill_id": GERMAN, "minimum": 6}]})
        await change(world, organize.RemoveSkill(skill_id=GERMAN))
        await ready(world, 1)
        world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(5)
        assert world.state(1) is AgentState.OFFERED

    play(story)


def test_a_flow_that_asks_for_an_unknown_skill_is_not_published() -> None:
    async def story(world: World) -> None:
        refused = await run_flow(world, {"requirements": [{"skill_id": 99}]})
        assert isinstance(refused, Refused)
        assert refused.facts["problem"] == "skill_missing"
        assert refused.facts["place"] == "nodes.q.requirements.0.skill_id"

    play(story)


def test_a_class_of_customers_is_served_first_and_says_why() -> None:
    async def story(world: World) -> None:
        vip = {"cause": "vip", "amount": 50, "fact": "customer.class", "value": "vip", "comparison": "is"}
        await run_flow(world, {"priority": 2, "boosts": [vip]})
        world.tables.parties = {"+79160000001": 41, "+79160000002": 42}
        world.tables.acquaintance = {42: {"agent_id": None, "class": "vip"}}
        world.driver.call(NUMBER, "+79160000001")
        await world.pass_time(5)
        world.driver.call(NUMBER, "+79160000002")
        await world.pass_time(5)
        plain, urgent = world.events(acd.InteractionQueued)
        assert (plain.priority, plain.boosts) == (2, ())
        assert (urgent.priority, urgent.boosts) == (52, (Boost(cause="vip", amount=50),))
        assert urgent.position == 1
        await ready(world, 1)
        await world.pass_time(1)
        (offer,) = world.events(acd.OfferMade)
        assert offer.interaction_id == urgent.interaction_id

    play(story)


def test_who_spoke_with_the_customer_last_gets_him_first() -> None:
    async def story(world: World) -> None:
        await run_flow(world, {"preferred_agent": "{last_agent}", "preferred_for": 20})
        world.tables.parties = {CUSTOMER: 41}
        world.tables.acquaintance = {41: {"agent_id": 2, "class": None}}
        await ready(world, 1, 2)
        # He is at work with another customer, so the call waits for him alone.
        world.driver.call(NUMBER, "+79160000009")
        await world.pass_time(1)
        taken = 1 if world.state(1) is AgentState.OFFERED else 2
        world.driver.answer(f"phone{taken}")
        await world.pass_time(1)
        world.tables.acquaintance = {41: {"agent_id": taken, "class": None}}
        world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(10)
        assert world.state(3 - taken) is AgentState.READY, "kept for his own agent"
        await world.pass_time(11)
        assert world.state(3 - taken) is AgentState.OFFERED, "waited long enough"
        queued = world.events(acd.InteractionQueued)[-1]
        assert (queued.preferred_agent_id, queued.preferred_cause) == (taken, "last_agent")

    play(story)


@pytest.mark.parametrize("kind", ["calls", "recording", "mail"])
@pytest.mark.parametrize(("said", "way"), [(True, "yes"), (False, "no"), (None, "unasked")])
def test_a_condition_looks_at_what_the_customer_agreed_to(kind: str, said: bool | None, way: str) -> None:
    """Each consent by itself: the two others say the opposite."""
    others = {other: way != "yes" for other in ("calls", "recording", "mail") if other != kind}
    consents = others if said is None else others | {kind: said}

    async def story(world: World) -> None:
        fact = f"customer.consent_{kind}"
        cases = [
            {"fact": fact, "comparison": "is", "value": "yes", "next": "yes"},
            {"fact": fact, "comparison": "is", "value": "no", "next": "no"},
            {"fact": fact, "comparison": "is_empty", "next": "unasked"},
        ]
        ends = {name: {"node": "end", "reason": "closed"} for name in ("yes", "no", "unasked", "lost")}
        look = {"node": "condition", "cases": cases, "otherwise": "lost"}
        draft = flow_of_file({"name": "t", "start": "look", "nodes": {"look": look, **ends}})
        done = await world.ask(requests.PublishFlow(draft=draft, by=PersonId(1)))
        assert isinstance(done, dict), repr(done)
        number = Number(number_id=NumberId(1), number=NUMBER, queue_id=QueueId(1), flow_id=done["flow_id"])
        await change(world, organize.SaveNumber(number=number))
        world.tables.parties = {CUSTOMER: 41}
        details = json.dumps({"consents": consents})
        world.tables.acquaintance = {41: {"agent_id": None, "class": None, "details": details}}
        world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(1)
        assert [event.node for event in world.events(NodeEntered)] == ["look", way]

    play(story)


def test_what_was_known_is_known_after_a_restart() -> None:
    async def story(world: World) -> None:
        plain = {
            "name": "t",
            "start": "m",
            "nodes": {
                "m": {"node": "menu", "prompts": ["greeting"], "choices": {"1": "q"}, "otherwise": "q"},
                "q": {"node": "queue", "preferred_agent": "{last_agent}"},
            },
        }
        done = await world.ask(requests.PublishFlow(draft=flow_of_file(plain), by=PersonId(1)))
        assert isinstance(done, dict), repr(done)
        number = Number(number_id=NumberId(1), number=NUMBER, queue_id=QueueId(1), flow_id=done["flow_id"])
        await change(world, organize.SaveNumber(number=number))
        world.tables.parties = {CUSTOMER: 41}
        world.tables.acquaintance = {41: {"agent_id": 2, "class": "vip"}}
        world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(1)
        (begun,) = world.events(FlowStarted)
        assert begun.facts == {"last_agent": "2", "customer.class": "vip"}
        world.tables.acquaintance = {}
        await world.restart()
        await world.pass_time(60)
        (asked,) = world.events(QueueRequested)
        assert asked.preferred_agent_id == 2

    play(story)


def test_nothing_is_looked_up_for_a_flow_that_does_not_ask() -> None:
    async def story(world: World) -> None:
        world.tables.parties = {CUSTOMER: 41}
        await run_flow(world, {"priority": 1})
        world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(1)
        assert world.tables.asked == 0
        assert world.events(QueueRequested)[0].priority == 1

    play(story)
