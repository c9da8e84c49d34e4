"""Who calls from an unknown telephone is known by what he types, in virtual time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from otklik.acd import events as acd
from otklik.flows.events import CustomerIdentified, NodeDecided, VariablesAssigned
from otklik.flows.model import flow_of_file
from otklik.organization import commands as organize
from otklik.organization.model import Number
from otklik.switchboard import requests
from otklik.vocabulary.ids import NumberId, PersonId, QueueId
from otklik.vocabulary.refusals import Refused
from tests.rooms.switchboard.world import CUSTOMER, NUMBER, World, open_world

pytestmark = pytest.mark.fast

Story = Callable[[World], Awaitable[None]]
CONTRACT = '{"fields":{"contract":"4711"}}'
IVANOV = {
    "customer_id": 7,
    "name": "Ivanov",
    "company": "",
    "note": "",
    "class": "vip",
    "details": '{"code":"C7","fields":{"contract":"4711"},"personal_agent_id":2,"consents":{"mail":true}}',
    "agent_id": 1,
    "nps": 3,
}


def play(story: Story) -> None:
    async def run() -> None:
        await story(await open_world(agents=2))

    asyncio.run(run())


async def run_flow(world: World, **node: Any) -> dict[str, Any] | Refused:
    """Digits are typed, the customer is looked for; a VIP goes to the queue, the others end."""
    nodes = {
        "type": {"node": "collect", "variable": "typed", "maximum": 4, "next": "who", "otherwise": "unknown"},
        "who": {
            "node": "customer",
            "value": "{typed}",
            "by": "field",
            "field": "contract",
            "found": "vip",
            "not_found": "unknown",
            **node,
        },
        "vip": {
            "node": "condition",
            "cases": [{"fact": "customer.class", "comparison": "is", "value": "vip", "next": "queue"}],
            "otherwise": "known",
        },
        "queue": {"node": "queue", "preferred_agent": "{personal}", "survey_text": "Dear {customer.name}"},
        "known": {"node": "end", "reason": "self_served"},
        "unknown": {"node": "end", "reason": "closed"},
    }
    draft = flow_of_file({"name": "t", "start": "type", "nodes": nodes})
    done = await world.ask(requests.PublishFlow(draft=draft, by=PersonId(1)))
    if isinstance(done, dict):
        number = Number(
            number_id=NumberId(1), number=NUMBER, queue_id=QueueId(1), flow_id=done["flow_id"], name="n"
        )
        change = organize.SaveNumber(number=number)
        await world.ask(requests.ChangeConfiguration(change=change, by=PersonId(1)))
    return done


async def types(world: World, keys: str = "4711") -> Any:
    customer = world.driver.call(NUMBER, CUSTOMER)
    await world.pass_time(1)
    for key in keys:
        customer.press(key)
        await world.pass_time(0.1)
    await world.pass_time(2)
    return customer


def test_the_flow_goes_on_with_what_stands_on_his_card() -> None:
    async def story(world: World) -> None:
        world.tables.sought = {CONTRACT: [IVANOV]}
        assert isinstance(await run_flow(world), dict)
        await types(world)
        (known,) = world.events(CustomerIdentified)
        assert known.customer_id == 7
        assert "customer.name" in known.personal
        (released,) = world.events(acd.PreferredAgentReleased)
        assert released.agent_id == 2, "his personal agent is asked for, and is not ready"
        (waits,) = world.centre.engine.state.interactions
        assert world.centre.calls.surveys[waits].text == "Dear Ivanov"

    play(story)


def test_no_word_of_his_card_stands_in_the_journal() -> None:
    async def story(world: World) -> None:
        world.tables.sought = {CONTRACT: [IVANOV]}
        await run_flow(world)
        await types(world)
        values = {
            name: value
            for event in world.events(VariablesAssigned)
            for name, value in event.variables.items()
        }
        assert values == {
            "typed": "4711",
            "customer.class": "vip",
            "personal": "2",
            "last_agent": "1",
            "customer.nps": "detractor",
            "customer.consent_calls": "",
            "customer.consent_recording": "",
            "customer.consent_mail": "yes",
        }

    play(story)


@pytest.mark.parametrize("found", [[], [IVANOV, IVANOV]], ids=["nobody", "several"])
def test_nobody_and_several_are_nobody(found: list[dict[str, Any]]) -> None:
    async def story(world: World) -> None:
        world.tables.sought = {CONTRACT: found}
        await run_flow(world)
        customer = await types(world)
        assert customer.is_over
        assert world.events(NodeDecided)[-1].outcome == "not_found"
        assert not world.events(CustomerIdentified)

    play(story)


def test_a_number_is_read_as_people_type_it() -> None:
    async def story(world: World) -> None:
        world.tables.sought = {"+79161112233": [IVANOV]}
        await run_flow(world, by="phone", field="", value="8 916 111-22-33")
        await types(world)
        assert len(world.events(CustomerIdentified)) == 1

    play(story)


def test_what_is_no_number_is_nobody() -> None:
    async def story(world: World) -> None:
        await run_flow(world, by="phone", field="")
        customer = await types(world, "0000")
        assert customer.is_over
        assert world.events(NodeDecided)[-1].outcome == "not_found"

    play(story)


def test_a_restart_while_cards_are_looked_at_strands_nobody() -> None:
    async def story(world: World) -> None:
        world.tables.sought = {CONTRACT: [IVANOV]}
        await run_flow(world)
        customer = world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(1)
        for key in "471":
            customer.press(key)
            await world.pass_time(0.1)
        customer.press("1")
        await world.switchboard.step()  # asked, and not answered yet
        await world.restart()
        await world.pass_time(3)
        assert len(world.events(CustomerIdentified)) == 1

    play(story)


def test_a_node_that_looks_for_nothing_is_not_published() -> None:
    async def story(world: World) -> None:
        for fields, problem, place in (
            ({"value": " "}, "value_missing", "nodes.who.value"),
            ({"field": ""}, "field_unfit", "nodes.who.field"),
            ({"by": "code"}, "field_unfit", "nodes.who.field"),
        ):
            refused = await run_flow(world, **fields)
            assert isinstance(refused, Refused)
            assert (refused.facts["problem"], refused.facts["place"]) == (problem, place)

    play(story)
