"""What a supervisor changes for a while, through loop, engine and simulated phones: a closed queue, a lent
agent, a customer who is moved."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from otklik.acd.events import InteractionEnded
from otklik.acd.model import AgentState, EndReason
from otklik.flows.events import PromptsStarted
from otklik.organization import commands as configure
from otklik.organization.model import Agent, Loan, Queue, QueueClosure
from otklik.switchboard import requests
from otklik.vocabulary.ids import AgentId, PersonId, ProjectId, QueueId, SkillId
from otklik.vocabulary.refusals import Refused
from otklik.vocabulary.time import next_slot_start
from tests.rooms.switchboard.world import CUSTOMER, NUMBER, World, open_world

pytestmark = pytest.mark.fast

ANNA, BORIS = AgentId(1), AgentId(2)
SALES = QueueId(1)
Story = Callable[[World], Awaitable[None]]


def play(story: Story) -> None:
    async def run() -> None:
        await story(await open_world(agents=2))

    asyncio.run(run())


async def changed(world: World, change: configure.OrganizationCommand) -> dict[str, object] | Refused:
    found = await world.ask(requests.ChangeConfiguration(change=change, by=PersonId(9)))
    await world.pass_time(1)
    return found


async def second_queue(world: World) -> QueueId:
    """A queue that nobody has the skill for."""
    await changed(world, configure.SaveQueue(queue=Queue(name="billing", project_id=ProjectId(1))))
    return max(world.centre.configuration.queues)


def said(world: World) -> list[str]:
    return [prompt for event in world.events(PromptsStarted) for prompt in event.prompts]


def test_who_comes_to_a_closed_queue_hears_its_message_and_who_waits_is_served() -> None:
    async def story(world: World) -> None:
        first = world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(1)
        closure = QueueClosure(is_closed=True)
        made = await changed(world, configure.CloseQueue(queue_id=SALES, closure=closure))
        assert not isinstance(made, Refused)
        world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(20)
        assert "closed" in said(world)
        assert [event.reason for event in world.events(InteractionEnded)] == [EndReason.CLOSED]

        await world.ask(requests.GetReady(agent_id=ANNA))
        await world.pass_time(1)
        world.driver.answer("phone1")
        await world.pass_time(1)
        assert world.state(ANNA) is AgentState.CONNECTED
        assert not first.leg.is_over

        await changed(world, configure.CloseQueue(queue_id=SALES, closure=QueueClosure()))
        await world.ask(requests.GetReady(agent_id=BORIS))
        world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(1)
        assert world.state(BORIS) is AgentState.OFFERED

    play(story)


def test_a_closed_queue_may_lead_to_another_and_a_saved_form_does_not_open_it() -> None:
    async def story(world: World) -> None:
        billing = await second_queue(world)
        closure = QueueClosure(is_closed=True, then="queue", queue_id=billing)
        await changed(world, configure.CloseQueue(queue_id=SALES, closure=closure))
        before = world.centre.configuration.queues[SALES]
        form = Queue(
            queue_id=SALES, name="sales, renamed", project_id=before.project_id, skills=before.skills
        )
        await changed(world, configure.SaveQueue(queue=form))
        assert world.centre.configuration.queues[SALES].closure == closure

        world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(20)
        (interaction,) = world.centre.engine.state.interactions.values()
        assert interaction.queue_id == billing

        circle = QueueClosure(is_closed=True, then="queue", queue_id=SALES)
        refused = await changed(world, configure.CloseQueue(queue_id=SALES, closure=circle))
        assert isinstance(refused, Refused)
        assert refused.code == "wrong_queue"

    play(story)


def test_a_lent_agent_serves_the_other_queue_until_the_quarter_of_an_hour() -> None:
    async def story(world: World) -> None:
        billing = await second_queue(world)
        until = next_slot_start(world.clock.now())
        loan = Loan(queue_ids=(billing,), until=until, is_only=True)
        await changed(world, configure.LendAgent(agent_id=ANNA, loan=loan))
        (skill,) = world.centre.configuration.queues[billing].skills
        assert world.centre.engine.state.agents[ANNA].profile.skills == {skill.skill_id: 1}

        await changed(world, configure.SaveAgent(agent=Agent(agent_id=ANNA, skills={SkillId(1): 7})))
        assert world.centre.configuration.agents[ANNA].loan.queue_ids == (billing,)

        await world.pass_time((until - world.clock.now()).total_seconds() + 1)
        assert world.centre.configuration.agents[ANNA].loan.queue_ids == ()
        assert world.centre.engine.state.agents[ANNA].profile.skills == {SkillId(1): 7}

        odd = Loan(queue_ids=(billing,), until=world.clock.now() + timedelta(minutes=7, seconds=3))
        refused = await changed(world, configure.LendAgent(agent_id=ANNA, loan=odd))
        assert isinstance(refused, Refused)
        assert refused.code == "quarter_hour_expected"

    play(story)


def test_a_waiting_customer_is_moved_to_another_queue() -> None:
    async def story(world: World) -> None:
        billing = await second_queue(world)
        world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(5)
        ((one, interaction),) = world.centre.engine.state.interactions.items()
        queued_at = interaction.queued_at
        assert await world.ask(requests.Requeue(interaction_id=one, queue_id=billing)) == {}
        assert (interaction.queue_id, interaction.queued_at) == (billing, queued_at)

    play(story)
