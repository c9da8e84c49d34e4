"""Whole calls through loop, engine, flows and simulated phones, in virtual time."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from otklik.acd import events as acd
from otklik.acd.model import AgentState, EndReason, Phase
from otklik.channels.simulator.parties import FarEnd, Phone
from otklik.flows import events as flows
from otklik.switchboard import requests
from otklik.switchboard.events import PartySeen
from otklik.switchboard.loop import WriterLost
from otklik.vocabulary.ids import AgentId, InteractionId, ReasonId
from otklik.vocabulary.refusals import Refused
from tests.rooms.switchboard.world import CUSTOMER, NUMBER, World, open_world

pytestmark = pytest.mark.fast

Story = Callable[[World], Awaitable[None]]


def play(story: Story, *, agents: int = 2, greeting: bool = False) -> None:
    async def run() -> None:
        await story(await open_world(agents=agents, greeting=greeting))

    asyncio.run(run())


async def make_ready(world: World, *agents: int) -> None:
    for agent_id in agents:
        done = await world.ask(requests.GetReady(agent_id=AgentId(agent_id)))
        assert done == {}, repr(done)


def only_interaction(world: World) -> InteractionId:
    (interaction_id,) = world.centre.engine.state.interactions
    return interaction_id


def test_a_call_is_offered_answered_talked_and_wrapped_up() -> None:
    async def story(world: World) -> None:
        await make_ready(world, 1)
        customer = world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(1)
        assert world.state(1) is AgentState.OFFERED
        assert customer.hears == "music"

        world.driver.answer("phone1")
        await world.pass_time(1)
        assert world.state(1) is AgentState.CONNECTED
        assert customer.hears == "talk"

        await world.pass_time(30)
        world.driver.hang_up("phone1")
        await world.pass_time(1)
        assert world.state(1) is AgentState.WRAP_UP
        assert customer.is_over
        (ended,) = world.events(acd.InteractionEnded)
        assert ended.reason is EndReason.ANSWERED

        await world.ask(requests.EndWrapUp(agent_id=AgentId(1)))
        assert world.state(1) is AgentState.READY
        assert world.switchboard.is_idle()

    play(story)


def test_the_greeting_is_heard_before_the_queue() -> None:
    async def story(world: World) -> None:
        await make_ready(world, 1)
        customer = world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(1)
        assert customer.hears == "prompt:greeting"
        assert world.state(1) is AgentState.READY
        await world.pass_time(5)
        assert world.state(1) is AgentState.OFFERED

    play(story, greeting=True)


def test_an_unanswered_offer_goes_to_the_next_agent_and_music_goes_on() -> None:
    async def story(world: World) -> None:
        await make_ready(world, 1, 2)
        customer = world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(1)
        first = 1 if world.state(1) is AgentState.OFFERED else 2
        second = 3 - first
        for _ in range(20):
            await world.pass_time(1)
            assert customer.hears == "music"
        assert world.state(first) is AgentState.NOT_READY
        assert world.state(second) is AgentState.OFFERED
        world.driver.answer(f"phone{second}")
        await world.pass_time(1)
        assert world.state(second) is AgentState.CONNECTED

    play(story)


def test_a_declined_offer_makes_the_agent_not_ready() -> None:
    async def story(world: World) -> None:
        await make_ready(world, 1)
        world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(1)
        world.driver.decline("phone1")
        await world.pass_time(1)
        assert world.state(1) is AgentState.NOT_READY
        assert world.events(acd.OfferDeclined)

    play(story)


def test_a_customer_who_leaves_while_ringing_frees_the_agent_at_once() -> None:
    async def story(world: World) -> None:
        await make_ready(world, 1)
        customer = world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(6)
        customer.hang_up()
        await world.pass_time(0.5)
        assert world.state(1) is AgentState.READY
        (ended,) = world.events(acd.InteractionEnded)
        assert ended.reason is EndReason.ABANDONED
        assert world.switchboard.is_idle()

    play(story)


def test_hold_and_resume_put_music_and_talk_to_the_customer() -> None:
    async def story(world: World) -> None:
        await make_ready(world, 1)
        customer = world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(1)
        world.driver.answer("phone1")
        await world.pass_time(1)
        interaction_id = only_interaction(world)
        await world.ask(requests.Hold(agent_id=AgentId(1), interaction_id=interaction_id))
        await world.pass_time(1)
        assert customer.hears == "music"
        await world.ask(requests.Resume(agent_id=AgentId(1), interaction_id=interaction_id))
        await world.pass_time(1)
        assert customer.hears == "talk"

    play(story)


def test_a_lost_phone_comes_back_and_is_bridged_again() -> None:
    async def story(world: World) -> None:
        await make_ready(world, 1)
        customer = world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(1)
        world.driver.answer("phone1")
        await world.pass_time(10)
        world.driver.lose("phone1")
        await world.pass_time(1)
        assert world.state(1) is AgentState.RECONNECTING
        assert customer.hears == "music"
        world.driver.come_back("phone1")
        await world.pass_time(2)
        assert world.state(1) is AgentState.CONNECTED
        assert customer.hears == "talk"

    play(story)


def test_a_phone_that_stays_away_sends_the_customer_ahead_to_another_agent() -> None:
    async def story(world: World) -> None:
        await make_ready(world, 1)
        customer = world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(1)
        world.driver.answer("phone1")
        await world.pass_time(5)
        await make_ready(world, 2)
        world.driver.lose("phone1")
        await world.pass_time(16)
        assert world.state(1) is AgentState.NOT_READY
        assert world.state(2) is AgentState.OFFERED
        world.driver.answer("phone2")
        await world.pass_time(1)
        assert customer.hears == "talk"

    play(story)


def test_a_customer_taken_back_from_a_lost_agent_is_told_his_place() -> None:
    async def story(world: World) -> None:
        await make_ready(world, 1)
        taken_back = world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(10)
        world.driver.answer("phone1")
        await world.pass_time(5)
        waiting = world.driver.call(NUMBER, "+79160000002")
        await world.pass_time(60)
        assert waiting.hears == "music"
        announced = len(world.events(flows.PositionAnnounced))

        world.driver.lose("phone1")
        await world.pass_time(16.5)
        assert taken_back.hears == "prompt:position_1"
        await world.pass_time(60)

        assert taken_back.hears == waiting.hears == "music"
        told = world.events(flows.PositionAnnounced)[announced:]
        # He stands ahead of the one who waited behind him, who hears of it at his next turn.
        assert [(event.interaction_id < told[-1].interaction_id, event.position) for event in told] == [
            (True, 1),
            (False, 2),
        ]

    play(story, agents=1, greeting=True)


def test_a_customer_taken_back_hears_music_while_the_next_one_rings_and_his_place_later() -> None:
    async def story(world: World) -> None:
        await make_ready(world, 1)
        customer = world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(10)
        world.driver.answer("phone1")
        await world.pass_time(5)
        await make_ready(world, 2)
        world.driver.lose("phone1")
        await world.pass_time(16.5)
        assert world.state(2) is AgentState.OFFERED
        assert customer.hears == "music"

        world.driver.decline("phone2")
        await world.pass_time(60)

        assert [event.position for event in world.events(flows.PositionAnnounced)][-1:] == [1]

        await make_ready(world, 2)
        await world.pass_time(1)
        world.driver.answer("phone2")
        await world.pass_time(60)
        assert customer.hears == "talk", "nothing is spoken into a talk"

    play(story, greeting=True)


def test_an_agent_dials_and_talks() -> None:
    async def story(world: World) -> None:
        world.driver.script_far_end("+74957654321", FarEnd(answers_after=timedelta(seconds=4)))
        done = await world.ask(requests.Dial(agent_id=AgentId(1), number="8 (495) 765-43-21"))
        assert "interaction_id" in done, repr(done)
        await world.pass_time(2)
        assert world.state(1) is AgentState.CONNECTING
        await world.pass_time(4)
        assert world.state(1) is AgentState.CONNECTED
        interaction_id = only_interaction(world)
        await world.ask(requests.HangUp(agent_id=AgentId(1), interaction_id=interaction_id))
        await world.pass_time(1)
        assert world.state(1) is AgentState.WRAP_UP

    play(story)


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [(EndReason.BUSY, EndReason.BUSY), (EndReason.INVALID_NUMBER, EndReason.INVALID_NUMBER)],
)
def test_a_dialled_party_that_is_not_reached_tells_why(outcome: EndReason, reason: EndReason) -> None:
    async def story(world: World) -> None:
        world.driver.script_far_end(
            "+74957654321", FarEnd(outcome=outcome, answers_after=timedelta(seconds=1))
        )
        await world.ask(requests.Dial(agent_id=AgentId(1), number="+74957654321"))
        await world.pass_time(5)
        (ended,) = world.events(acd.InteractionEnded)
        assert ended.reason is reason
        assert world.state(1) is AgentState.NOT_READY

    play(story)


def test_a_number_abroad_is_refused_and_nothing_has_changed() -> None:
    async def story(world: World) -> None:
        before = world.centre.snapshot()
        done = await world.ask(requests.Dial(agent_id=AgentId(1), number="+12025550123"))
        assert isinstance(done, Refused)
        assert done.code == "number_not_allowed"
        assert world.centre.snapshot() == before

    play(story)


def test_an_unknown_number_is_turned_away_and_kept() -> None:
    async def story(world: World) -> None:
        customer = world.driver.call("+74950000000", CUSTOMER)
        await world.pass_time(1)
        assert customer.is_over
        (ended,) = world.events(acd.InteractionEnded)
        assert ended.reason is EndReason.WRONG_NUMBER

    play(story)


@pytest.mark.parametrize("moment", ["ringing", "talking", "wrap_up", "waiting"])
def test_a_restart_in_every_moment_loses_nothing(moment: str) -> None:
    async def story(world: World) -> None:
        if moment != "waiting":
            await make_ready(world, 1)
        customer = world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(1)
        if moment in ("talking", "wrap_up"):
            world.driver.answer("phone1")
            await world.pass_time(3)
        if moment == "wrap_up":
            customer.hang_up()
            await world.pass_time(1)
        before = {
            "state": world.state(1),
            "phases": {i: found.phase for i, found in world.centre.engine.state.interactions.items()},
        }

        await world.restart()
        await world.pass_time(1)

        after = {
            "state": world.state(1),
            "phases": {i: found.phase for i, found in world.centre.engine.state.interactions.items()},
        }
        assert after == before
        if moment == "ringing":
            world.driver.answer("phone1")
            await world.pass_time(1)
            assert customer.hears == "talk"
        if moment == "talking":
            assert customer.hears == "talk"
        if moment == "waiting":
            assert customer.hears == "music"
            await make_ready(world, 1)
            await world.pass_time(1)
            assert world.state(1) is AgentState.OFFERED

    play(story)


def test_what_happened_while_the_engine_was_away_is_found() -> None:
    async def story(world: World) -> None:
        await make_ready(world, 1, 2)
        answered, left = world.driver.call(NUMBER, CUSTOMER), world.driver.call(NUMBER, "+79160000000")
        await world.pass_time(1)
        world.driver.answer("phone1")
        world.driver.answer("phone2")
        await world.pass_time(5)
        world.media.detach()
        left.hang_up()
        world.clock.at += timedelta(seconds=2)
        await world.restart()
        await world.pass_time(1)
        (ended,) = world.events(acd.InteractionEnded)
        assert ended.is_estimated
        assert answered.hears == "talk"
        states = sorted((world.state(1).value, world.state(2).value))
        assert states == ["connected", "wrap_up"]

    play(story)


def test_a_request_before_the_survey_waits_for_it() -> None:
    """An offer made before it is known what is up could not ring, and would be taken for a lost phone."""

    async def story(world: World) -> None:
        world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(1)
        await world.restart()

        asked = asyncio.ensure_future(world.switchboard.request(requests.GetReady(agent_id=AgentId(1))))
        await asyncio.sleep(0)
        await world.switchboard.step()
        assert not asked.done()
        assert world.state(1) is AgentState.NOT_READY

        await world.pass_time(1)
        await asked
        assert world.state(1) is AgentState.OFFERED
        assert not world.events(acd.OfferWithdrawn)

    play(story)


def test_a_request_of_which_nobody_waits_any_more_is_not_done() -> None:
    async def story(world: World) -> None:
        world.media.lose_link()
        await world.pass_time(1)
        late = asyncio.ensure_future(world.switchboard.request(requests.GetReady(agent_id=AgentId(1))))
        await asyncio.sleep(0)
        await world.pass_time(3)
        in_time = asyncio.ensure_future(world.switchboard.request(requests.GetReady(agent_id=AgentId(2))))
        await asyncio.sleep(0)
        await world.pass_time(1)
        assert not late.done()
        assert not in_time.done()

        world.media.restore_link()
        await world.pass_time(1)
        with pytest.raises(Refused, match="engine_away"):
            await late
        await in_time
        assert world.state(1) is AgentState.NOT_READY
        assert world.state(2) is AgentState.READY

    play(story)


def test_a_channel_that_stays_away_is_not_waited_for_for_ever() -> None:
    async def story(world: World) -> None:
        await make_ready(world, 1)
        world.media.lose_link()
        await world.pass_time(7)
        asked = asyncio.ensure_future(
            world.switchboard.request(requests.GetNotReady(agent_id=AgentId(1), reason_id=ReasonId(1)))
        )
        await asyncio.sleep(0)
        await world.pass_time(2)
        await asked
        assert world.state(1) is AgentState.NOT_READY

    play(story)


def test_nothing_leaves_before_it_is_written() -> None:
    async def story(world: World) -> None:
        await make_ready(world, 1)
        world.writer.fails = True
        customer = world.driver.call(NUMBER, CUSTOMER)
        with pytest.raises(WriterLost):
            await world.pass_time(1)
        assert customer.leg.state == "waiting"

    play(story)


def test_an_intent_set_during_the_talk_wins_after_wrap_up() -> None:
    async def story(world: World) -> None:
        world.driver.script_phone("phone1", Phone(answers_after=timedelta(seconds=1)))
        await make_ready(world, 1)
        customer = world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(3)
        await world.ask(requests.GetNotReady(agent_id=AgentId(1), reason_id=ReasonId(1)))
        assert world.state(1) is AgentState.CONNECTED
        customer.hang_up()
        await world.pass_time(31)
        assert world.state(1) is AgentState.NOT_READY
        assert Phase.ENDED not in {found.phase for found in world.centre.engine.state.interactions.values()}

    play(story)


def test_a_page_may_be_reloaded_many_times_in_one_talk() -> None:
    async def story(world: World) -> None:
        await make_ready(world, 1)
        customer = world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(1)
        world.driver.answer("phone1")
        await world.pass_time(3)
        for _ in range(12):
            world.driver.lose("phone1")
            await world.pass_time(0.5)
            assert world.state(1) is AgentState.RECONNECTING
            world.driver.come_back("phone1")
            await world.pass_time(2)
            assert world.state(1) is AgentState.CONNECTED
            assert customer.hears == "talk"

    play(story)


def test_a_number_of_a_refused_dial_is_kept_with_the_first_call_that_takes_place() -> None:
    async def story(world: World) -> None:
        number = "+74957654321"
        world.driver.lose("phone1")
        await world.pass_time(5)
        refused = await world.ask(requests.Dial(agent_id=AgentId(1), number=number))
        assert isinstance(refused, Refused)
        assert not world.events(PartySeen)
        world.driver.come_back("phone1")
        await world.pass_time(2)
        done = await world.ask(requests.Dial(agent_id=AgentId(1), number=number))
        assert isinstance(done, dict), repr(done)
        (seen,) = world.events(PartySeen)
        assert world.centre.numbers[seen.party_id] == number

    play(story)
