"""What follows a talk, votes, refused recordings and texts: whole calls in virtual time."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from otklik.acd.events import InteractionEnded
from otklik.acd.model import AgentState, Direction, EndReason
from otklik.channels.simulator.parties import Phone
from otklik.flows.events import FlowStarted, SurveyAnswered
from otklik.flows.model import flow_of_file
from otklik.organization import commands as organize
from otklik.organization.model import Number
from otklik.switchboard import requests
from otklik.switchboard.events import (
    LegRecorded,
    LegUnrecorded,
    SurveyStarted,
    TextFailed,
    TextQueued,
    VoteCounted,
)
from otklik.switchboard.signals import RawRecording, RecordingBegun
from otklik.vocabulary.ids import AgentId, FlowId, InteractionId, NumberId, PersonId, QueueId
from otklik.vocabulary.refusals import Refused
from tests.rooms.switchboard.world import CUSTOMER, NUMBER, World, open_world

pytestmark = pytest.mark.fast

Story = Callable[[World], Awaitable[None]]
BYE = {"node": "end", "reason": "self_served"}
LOST = {"node": "end", "reason": "closed"}
SURVEY = {"node": "survey", "kind": "nps", "survey": "after", "next": "bye", "otherwise": "bye"}


def play(story: Story) -> None:
    async def run() -> None:
        await story(await open_world(agents=1))

    asyncio.run(run())


async def publish(world: World, name: str, nodes: dict[str, Any]) -> int:
    plain = {"name": name, "start": next(iter(nodes)), "nodes": nodes}
    done = await world.ask(requests.PublishFlow(draft=flow_of_file(plain), by=PersonId(1)))
    assert isinstance(done, dict), repr(done)
    return int(done["flow_id"])


async def give_flow(world: World, **nodes: dict[str, Any]) -> None:
    flow_id = FlowId(await publish(world, "number's", nodes))
    number = Number(number_id=NumberId(1), number=NUMBER, queue_id=QueueId(1), flow_id=flow_id, name="n")
    change = organize.SaveNumber(number=number)
    changed = await world.ask(requests.ChangeConfiguration(change=change, by=PersonId(1)))
    assert isinstance(changed, dict), repr(changed)


def one(world: World, kind: type[Any]) -> Any:
    (found,) = world.events(kind)
    return found


async def talk(world: World, **queue: Any) -> Any:
    """A customer talks with the agent, in a queue whose node has these words."""
    survey_id = await publish(world, "survey", {"ask": SURVEY, "bye": BYE})
    await give_flow(world, wait={"node": "queue", "survey": survey_id, **queue})
    login = world.centre.devices_of(AgentId(1))[0].login
    world.driver.script_phone(login, Phone(answers_after=timedelta(seconds=1)))
    assert await world.ask(requests.GetReady(agent_id=AgentId(1))) == {}
    customer = world.driver.call(NUMBER, CUSTOMER)
    for _ in range(60):
        await world.pass_time(0.5)
        if world.state(1) is AgentState.CONNECTED:
            return customer
    raise AssertionError("nobody talks")


def talk_of(world: World) -> InteractionId:
    return next(iter(world.centre.engine.state.interactions))


async def hang_up(world: World, talk_id: InteractionId) -> None:
    done = await world.ask(requests.HangUp(agent_id=AgentId(1), interaction_id=talk_id))
    assert done == {}


def test_the_customer_stays_and_answers_when_the_agent_has_hung_up() -> None:
    async def story(world: World) -> None:
        customer = await talk(world)
        talk_id = talk_of(world)
        await hang_up(world, talk_id)
        assert world.state(1) is AgentState.WRAP_UP, "he does not wait for the survey"
        ended = one(world, InteractionEnded)
        assert (ended.interaction_id, ended.reason) == (talk_id, EndReason.ANSWERED)
        assert not customer.is_over
        await world.pass_time(0.5)
        assert customer.leg.hears == "prompt:survey_nps"
        customer.press("1")
        await world.pass_time(1)
        customer.press("0")
        await world.pass_time(3)
        answer = one(world, SurveyAnswered)
        assert (answer.answer, answer.talk_id, answer.agent_id, answer.queue_id) == (10, talk_id, 1, 1)
        assert customer.is_over
        started = one(world, SurveyStarted)
        survey = world.events(InteractionEnded)[-1]
        assert (survey.interaction_id, survey.reason) == (started.interaction_id, EndReason.SELF_SERVED)
        assert not world.centre.calls.legs

    play(story)


def test_it_begins_also_when_the_agent_hangs_up_his_phone() -> None:
    async def story(world: World) -> None:
        customer = await talk(world)
        login = world.centre.devices_of(AgentId(1))[0].login
        assert world.driver.hang_up(login)
        await world.pass_time(1)
        assert one(world, SurveyStarted).agent_id == 1
        customer.hang_up()
        await world.pass_time(2)
        assert not world.centre.calls.legs
        assert not world.centre.engine.state.interactions
        arrived = [
            event for event in world.events() if getattr(event, "direction", None) is Direction.INTERNAL
        ]
        assert len(arrived) == 1, "no customer who was missed"

    play(story)


def test_a_restart_in_the_survey_asks_again() -> None:
    async def story(world: World) -> None:
        customer = await talk(world)
        await hang_up(world, talk_of(world))
        await world.pass_time(1)
        await world.restart()
        await world.pass_time(3)
        assert not customer.is_over
        customer.press("7")
        await world.pass_time(3)
        assert one(world, SurveyAnswered).answer == 7
        assert customer.is_over

    play(story)


def test_who_says_nothing_is_let_go() -> None:
    async def story(world: World) -> None:
        customer = await talk(world)
        await hang_up(world, talk_of(world))
        await world.pass_time(120)
        assert customer.is_over
        assert not world.events(SurveyAnswered)

    play(story)


def test_who_hung_up_first_is_sent_the_question_and_the_outbox_tells_the_truth() -> None:
    async def story(world: World) -> None:
        customer = await talk(world, survey_text="How was it, {caller}?")
        customer.hang_up()
        await world.pass_time(1)
        text = one(world, TextQueued)
        assert (text.purpose, text.text) == ("survey", f"How was it, {CUSTOMER}?")
        assert one(world, TextFailed).cause == "no_gateway"
        assert not world.events(SurveyStarted)

    play(story)


def test_a_flow_that_is_heard_after_talks_cannot_be_taken_away() -> None:
    async def story(world: World) -> None:
        survey_id = await publish(world, "survey", {"ask": SURVEY, "bye": BYE})
        await give_flow(world, wait={"node": "queue", "survey": survey_id})
        refused = await world.ask(requests.RetireFlow(flow_id=FlowId(survey_id), by=PersonId(1)))
        assert isinstance(refused, Refused)
        assert refused.code == "flow_called"

    play(story)


VOTE = {
    "node": "voting",
    "voting": "song",
    "choices": {"1": "Anna", "2": "Boris"},
    "next": "bye",
    "repeated": "again",
    "closed": "again",
    "otherwise": "again",
}


def test_each_number_votes_once_also_after_a_restart() -> None:
    async def story(world: World) -> None:
        await give_flow(world, vote=VOTE, bye=BYE, again=LOST)

        async def vote(calling: str, key: str) -> EndReason:
            customer = world.driver.call(NUMBER, calling)
            await world.pass_time(1)
            customer.press(key)
            await world.pass_time(1)
            return EndReason(world.events(InteractionEnded)[-1].reason)

        assert await vote(CUSTOMER, "1") is EndReason.SELF_SERVED
        assert await vote(CUSTOMER, "2") is EndReason.CLOSED, "he has voted"
        await world.restart()
        await world.pass_time(1)
        world.tables.parties[CUSTOMER] = one(world, VoteCounted).party_id
        assert await vote(CUSTOMER, "2") is EndReason.CLOSED
        assert await vote("+79160000002", "2") is EndReason.SELF_SERVED
        assert await vote("", "2") is EndReason.CLOSED, "nobody can tell whether he has"
        assert [vote.choice_name for vote in world.events(VoteCounted)] == ["Anna", "Boris"]

    play(story)


def test_a_refused_recording_is_closed_and_stays_closed() -> None:
    async def story(world: World) -> None:
        consent = {"node": "consent", "next": "wait", "refused": "wait"}
        await give_flow(world, ask=consent, wait={"node": "queue"})
        customer = world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(1)
        leg = customer.leg.leg_id
        raw = RawRecording(path="spool/a.raw", lead=timedelta(0))
        world.switchboard.put(RecordingBegun(leg_id=leg, recording=raw))
        await world.pass_time(1)
        assert world.events(LegRecorded)
        customer.press("2")
        await world.pass_time(1)
        assert one(world, LegUnrecorded).is_refused
        assert not world.centre.calls.legs[leg].is_recorded
        assert world.centre.calls.unrecorded
        assert [event.is_recorded for event in world.events(FlowStarted)] == [True]

    play(story)


def test_a_flow_sends_a_text() -> None:
    async def story(world: World) -> None:
        sms = {"node": "sms", "text": "We will write to {caller}.", "next": "bye", "refused": "bye"}
        await give_flow(world, send=sms, bye=BYE)
        world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(2)
        text = one(world, TextQueued)
        assert (text.purpose, text.text) == ("flow", f"We will write to {CUSTOMER}.")
        assert text.party_id

    play(story)
