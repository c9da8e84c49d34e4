"""Full and long queues, and promised calls, through loop, engine, flows and simulated phones."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import msgspec
import pytest

from otklik.acd import commands as ask
from otklik.acd import events as acd
from otklik.acd.model import (
    AgentState,
    CallbackRules,
    EndedBy,
    EndReason,
    OverflowRule,
    OverflowTo,
    OverflowWhen,
    Phase,
)
from otklik.channels.simulator.parties import FarEnd
from otklik.crm.blocking import BlockedNumber
from otklik.switchboard import promises, requests
from otklik.switchboard.answers import answer
from otklik.switchboard.calls import OUTSIDE, Spent
from otklik.switchboard.events import LegStarted
from otklik.vocabulary.ids import AgentId, InteractionId, PersonId, QueueId, TrunkId
from otklik.vocabulary.refusals import Refused
from tests.rooms.switchboard.world import CUSTOMER, NUMBER, World, open_world

pytestmark = pytest.mark.fast

Story = Callable[[World], Awaitable[None]]
SECOND = timedelta(seconds=1)
OFFER = OverflowRule(name="call back", when=OverflowWhen.WAITED, to=OverflowTo.CALLBACK, after=20 * SECOND)


def play(story: Story, **queue: object) -> None:
    async def run() -> None:
        world = await open_world(agents=2)
        rules = world.centre.engine.state.queues[QueueId(1)].rules
        changed = msgspec.structs.replace(rules, **queue)
        made = world.centre.engine.handle(ask.ConfigureQueue(at=world.clock.now(), queue=changed))
        await world.writer.append(list(made))
        await story(world)

    asyncio.run(run())


async def make_ready(world: World, *agents: int) -> None:
    for agent_id in agents:
        assert await world.ask(requests.GetReady(agent_id=AgentId(agent_id))) == {}
    await world.pass_time(1)


def test_customer_presses_one_hangs_up_and_is_called_back() -> None:
    async def story(world: World) -> None:
        world.driver.script_far_end(CUSTOMER, FarEnd(answers_after=4 * SECOND))
        customer = world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(19)
        assert customer.hears == "music"
        await world.pass_time(2)
        assert customer.hears == "prompt:callback_offer"
        customer.press("1")
        await world.pass_time(1)
        assert customer.hears == "prompt:callback_promised"
        await world.pass_time(20)
        assert customer.is_over
        assert not world.events(acd.InteractionEnded)
        (promised,) = world.events(acd.CallbackPromised)

        await make_ready(world, 1)
        assert world.state(1) is AgentState.OFFERED
        world.driver.answer("phone1")
        await world.pass_time(1)
        assert world.state(1) is AgentState.CONNECTING
        assert world.driver.media.leg_of("phone1").hears == "ringing"
        await world.pass_time(6)
        assert world.state(1) is AgentState.CONNECTED
        world.driver.hang_up("phone1")
        await world.pass_time(1)

        (ended,) = world.events(acd.InteractionEnded)
        assert (ended.interaction_id, ended.reason) == (promised.interaction_id, EndReason.ANSWERED)

    play(story, overflow=(OFFER,))


def test_customer_who_does_not_want_it_waits_on_in_his_place() -> None:
    async def story(world: World) -> None:
        customer = world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(60)
        assert customer.hears == "music"
        await make_ready(world, 1)
        assert world.state(1) is AgentState.OFFERED

    play(story, overflow=(OFFER,))


def test_customer_who_is_not_reached_is_tried_again() -> None:
    async def story(world: World) -> None:
        world.driver.script_far_end(CUSTOMER, FarEnd(outcome=EndReason.BUSY, answers_after=SECOND))
        customer = world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(21)
        customer.press("1")
        await world.pass_time(25)
        await make_ready(world, 1)
        world.driver.answer("phone1")
        await world.pass_time(5)

        (failed,) = world.events(acd.CallbackAttemptFailed)
        assert (failed.reason, failed.attempts) == (EndReason.BUSY, 1)
        assert world.state(1) is AgentState.READY
        assert not world.centre.calls.legs

        await world.pass_time(601)
        assert world.state(1) is AgentState.OFFERED

    play(story, overflow=(OFFER,), callbacks=CallbackRules(retry_after=timedelta(minutes=10)))


def test_a_supervisor_takes_a_promise_back_while_nobody_has_it() -> None:
    async def story(world: World) -> None:
        world.driver.script_far_end(CUSTOMER, FarEnd(answers_after=4 * SECOND))
        customer = world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(5)
        (one,) = world.centre.engine.state.interactions
        assert await refusal_of(world, one) == "no_callback", "he is on the line himself"
        await world.pass_time(16)
        customer.press("1")
        await world.pass_time(25)

        assert await world.ask(requests.CancelCallback(interaction_id=one)) == {}

        (ended,) = world.events(acd.InteractionEnded)
        assert (ended.reason, ended.by) == (EndReason.CANCELLED, EndedBy.AGENT)
        await make_ready(world, 1)
        await world.pass_time(1200)
        assert world.state(1) is AgentState.READY, "nobody calls him"
        assert await refusal_of(world, one) == "unknown_interaction"

    play(story, overflow=(OFFER,))


def test_a_promise_that_an_agent_has_is_not_taken_back() -> None:
    async def story(world: World) -> None:
        customer = world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(21)
        customer.press("1")
        await world.pass_time(25)
        (one,) = world.centre.engine.state.interactions
        await make_ready(world, 1)
        await world.pass_time(1)
        assert world.state(1) is AgentState.OFFERED
        assert await refusal_of(world, one) == "no_callback"

    play(story, overflow=(OFFER,))


async def refusal_of(world: World, interaction_id: InteractionId) -> str:
    refused = await world.ask(requests.CancelCallback(interaction_id=interaction_id))
    assert isinstance(refused, Refused)
    return refused.code


@pytest.mark.parametrize("calling", ["+78091234567", "+870773112345", "+12025550123", "112"])
def test_who_shows_a_number_that_may_not_be_dialled_is_promised_nothing(calling: str) -> None:
    async def story(world: World) -> None:
        customer = world.driver.call(NUMBER, calling)
        await world.pass_time(21)
        customer.press("1")
        await world.pass_time(25)
        assert not world.events(acd.CallbackPromised)

    play(story, overflow=(OFFER,))


def test_promise_is_kept_later_when_the_day_has_had_its_calls() -> None:
    async def story(world: World) -> None:
        customer = world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(21)
        customer.press("1")
        await world.pass_time(25)
        site = world.centre.configuration.site
        world.centre.configuration.site = msgspec.structs.replace(site, daily_call_cap=1)
        day = world.clock.now().date()
        world.centre.calls.spent[TrunkId(1), day] = Spent(calls=1)
        await make_ready(world, 1)
        world.driver.answer("phone1")
        await world.pass_time(5)

        (failed,) = world.events(acd.CallbackAttemptFailed)
        assert failed.reason is EndReason.CONGESTED
        assert failed.retry_at is not None
        assert world.state(1) is AgentState.READY
        assert not world.centre.calls.legs

    play(story, overflow=(OFFER,))


def test_promise_outlives_a_restart_and_the_media_server() -> None:
    async def story(world: World) -> None:
        world.driver.script_far_end(CUSTOMER, FarEnd(answers_after=4 * SECOND))
        customer = world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(21)
        customer.press("1")
        await world.pass_time(25)
        await world.restart()
        await world.pass_time(10)
        (waiting,) = world.centre.engine.state.interactions.values()
        assert waiting.phase is Phase.WAITING

        await make_ready(world, 1)
        world.media.restart()
        await world.pass_time(10)
        assert [one.callback is not None for one in world.centre.engine.state.interactions.values()] == [True]

    play(story, overflow=(OFFER,))


def test_message_is_spoken_and_the_call_ends() -> None:
    async def story(world: World) -> None:
        customer = world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(31)
        assert customer.hears == "prompt:sorry"
        await world.pass_time(20)
        assert customer.is_over
        (ended,) = world.events(acd.InteractionEnded)
        assert ended.reason is EndReason.OVERFLOWED

    message = OverflowRule(name="sorry", to=OverflowTo.MESSAGE, after=30 * SECOND, target="sorry")
    play(story, overflow=(message,))


def test_nobody_is_dropped_when_the_queue_is_full_and_has_no_way_out() -> None:
    async def story(world: World) -> None:
        world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(1)
        second = world.driver.call(NUMBER, "+79160000001")
        await world.pass_time(1)
        assert second.hears == "prompt:callback_offer"
        second.press("1")
        await world.pass_time(20)
        assert second.is_over
        assert len(world.events(acd.CallbackPromised)) == 1
        hidden = world.driver.call(NUMBER, "")
        await world.pass_time(1)
        assert hidden.hears == "prompt:sorry"
        await world.pass_time(20)
        assert hidden.is_over
        (ended,) = world.events(acd.InteractionEnded)
        assert ended.reason is EndReason.CONGESTED

    play(story, maximum_waiting=1)


def test_customer_who_hangs_up_during_the_thanks_is_called_back_all_the_same() -> None:
    async def story(world: World) -> None:
        customer = world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(21)
        customer.press("1")
        await world.pass_time(1)
        customer.hang_up()
        await world.pass_time(20)

        assert not world.events(acd.InteractionEnded)
        assert not world.centre.flows.running()
        (waiting,) = world.centre.engine.state.interactions.values()
        assert waiting.callback is not None

    play(story, overflow=(OFFER,))


def at_the_desk(world: World, **more: object) -> requests.ScheduleCallback:
    """An agent arranges a call in an hour."""
    arranged = requests.ScheduleCallback(
        number=CUSTOMER,
        queue_id=QueueId(1),
        due_at=world.clock.now() + timedelta(hours=1),
        by=PersonId(1),
        note="asked for the price of the red one",
    )
    return msgspec.structs.replace(arranged, **more)


async def refused(world: World, request: requests.DoorRequest) -> str:
    answer = await world.ask(request)
    assert isinstance(answer, Refused), answer
    return answer.code


def test_an_arranged_call_goes_to_who_arranged_it_and_then_to_his_queue() -> None:
    async def story(world: World) -> None:
        world.driver.script_far_end(CUSTOMER, FarEnd(answers_after=4 * SECOND))
        made = await world.ask(at_the_desk(world, agent_id=AgentId(1)))
        assert isinstance(made, dict)
        await make_ready(world, 1, 2)
        await world.pass_time(3500)
        assert (world.state(1), world.state(2)) == (AgentState.READY, AgentState.READY)
        await world.pass_time(105)
        assert (world.state(1), world.state(2)) == (AgentState.OFFERED, AgentState.READY)
        world.driver.answer("phone1")
        await world.pass_time(7)
        assert world.state(1) is AgentState.CONNECTED
        world.driver.hang_up("phone1")
        await world.pass_time(1)
        (ended,) = world.events(acd.InteractionEnded)
        assert (str(ended.interaction_id), ended.reason) == (made["interaction_id"], EndReason.ANSWERED)
        (scheduled,) = world.events(acd.CallbackScheduled)
        assert (scheduled.arranged_by, scheduled.agent_id) == (1, 1)

    play(story)


def test_an_arranged_call_whose_owner_went_home_is_made_by_his_queue() -> None:
    async def story(world: World) -> None:
        await world.ask(at_the_desk(world, agent_id=AgentId(1)))
        await make_ready(world, 2)
        await world.ask(requests.SignOutAgentHere(agent_id=AgentId(1)))
        await world.pass_time(3605)
        assert world.state(2) is AgentState.OFFERED

    play(story)


def test_an_arranged_call_is_moved_given_to_somebody_and_taken_back() -> None:
    async def story(world: World) -> None:
        made = await world.ask(at_the_desk(world, agent_id=AgentId(1)))
        assert isinstance(made, dict)
        one = InteractionId(int(made["interaction_id"]))
        await make_ready(world, 2)
        later = world.clock.now() + timedelta(hours=3)
        moved = requests.RescheduleCallback(interaction_id=one, due_at=later, agent_id=AgentId(2))
        assert await world.ask(moved) == {}
        await world.pass_time(7200)
        assert world.state(2) is AgentState.READY, "not yet"
        found = answer(world.centre, requests.Question("callbacks", {"agent_id": 1}), world.clock.now())
        (row,) = found["callbacks"]
        assert (row["owner_id"], row["arranged_by"], row["is_free"], row["is_own_queue"]) == (
            2,
            1,
            True,
            True,
        )
        assert row["due_at"] == later.isoformat()
        await world.pass_time(3605)
        assert world.state(2) is AgentState.OFFERED
        assert await refused(world, moved) == "no_callback", "he has it"
        world.driver.decline("phone2")
        await world.pass_time(1)
        assert await world.ask(requests.CancelCallback(interaction_id=one)) == {}
        assert await refused(world, moved) == "unknown_interaction"

    play(story)


def test_an_arranged_call_outlives_a_restart_with_who_arranged_it() -> None:
    async def story(world: World) -> None:
        await world.ask(at_the_desk(world, agent_id=AgentId(1)))
        await world.pass_time(60)
        await world.restart()
        await world.pass_time(10)
        (kept,) = world.centre.engine.state.interactions.values()
        assert kept.phase is Phase.SCHEDULED
        assert kept.callback is not None
        assert (kept.callback.agent_id, kept.callback.arranged_by) == (1, 1)
        await make_ready(world, 1)
        await world.pass_time(3535)
        assert world.state(1) is AgentState.OFFERED

    play(story)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("+78091234567", "number_not_allowed"),
        ("+870773112345", "number_not_allowed"),
        ("+12025550123", "number_not_allowed"),
        ("112", "number_not_allowed"),
        ("twelve", "invalid_number"),
    ],
)
def test_no_call_is_arranged_to_a_number_that_may_not_be_dialled(number: str, code: str) -> None:
    async def story(world: World) -> None:
        assert await refused(world, at_the_desk(world, number=number)) == code
        assert not world.centre.engine.state.interactions

    play(story)


def test_no_call_is_arranged_to_who_is_blocked_or_wants_none() -> None:
    async def story(world: World) -> None:
        world.tables.blocked = [msgspec.structs.asdict(BlockedNumber(number="+7916", is_prefix=True))]
        await world.ask(requests.ReadBlocked())
        assert await refused(world, at_the_desk(world)) == "blocked_number"
        shy = "+79261234567"
        world.tables.parties[shy] = 77
        world.tables.acquaintance[77] = {"details": '{"consents":{"calls":false}}'}
        assert await refused(world, at_the_desk(world, number=shy)) == "calls_refused"
        assert not world.events(acd.CallbackScheduled)

    play(story)


async def until_answered_by_agent(world: World) -> None:
    """An hour later the agent's phone rings for the arranged call, and he answers it."""
    await make_ready(world, 1)
    await world.pass_time(3605)
    assert world.state(1) is AgentState.OFFERED
    world.driver.answer("phone1")
    await world.pass_time(1)


@pytest.mark.parametrize("wish", ["blocked", "opted_out", "neither"])
def test_who_was_blocked_or_wants_no_calls_since_is_not_called(wish: str) -> None:
    async def story(world: World) -> None:
        made = await world.ask(at_the_desk(world, agent_id=AgentId(1)))
        assert isinstance(made, dict)
        (one,) = world.centre.engine.state.interactions.values()
        world.tables.parties[CUSTOMER] = one.party_id
        if wish == "blocked":
            world.tables.blocked = [msgspec.structs.asdict(BlockedNumber(number=CUSTOMER))]
            await world.ask(requests.ReadBlocked())
        if wish == "opted_out":
            world.tables.acquaintance[one.party_id] = {"details": '{"consents":{"calls":false}}'}
        await until_answered_by_agent(world)
        dialled = [event for event in world.events(LegStarted) if event.role == OUTSIDE]
        if wish == "neither":
            assert len(dialled) == 1
            return
        assert not dialled
        (ended,) = world.events(acd.InteractionEnded)
        assert (str(ended.interaction_id), ended.reason) == (made["interaction_id"], EndReason(wish))
        assert world.state(1) is AgentState.READY
        assert world.driver.media.leg_of("phone1") is None
        await world.pass_time(4000)
        assert not [event for event in world.events(LegStarted) if event.role == OUTSIDE], "nor tried again"

    play(story)


def test_who_asked_for_the_call_himself_is_called_whatever_his_card_says() -> None:
    async def story(world: World) -> None:
        customer = world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(21)
        customer.press("1")
        await world.pass_time(25)
        (one,) = world.centre.engine.state.interactions.values()
        world.tables.parties[CUSTOMER] = one.party_id
        world.tables.acquaintance[one.party_id] = {"details": '{"consents":{"calls":false}}'}
        await make_ready(world, 1)
        world.driver.answer("phone1")
        await world.pass_time(1)
        assert [event.role for event in world.events(LegStarted)].count(OUTSIDE) == 1

    play(story, overflow=(OFFER,))


def test_who_was_blocked_is_not_called_by_the_successor_of_a_dead_engine_either() -> None:
    async def story(world: World) -> None:
        await world.ask(at_the_desk(world, agent_id=AgentId(1)))
        await make_ready(world, 1)
        await world.pass_time(3605)
        assert world.state(1) is AgentState.OFFERED
        world.tables.blocked = [msgspec.structs.asdict(BlockedNumber(number=CUSTOMER))]
        world.media.detach()
        world.driver.answer("phone1")
        await world.restart()
        await world.pass_time(5)
        assert not [event for event in world.events(LegStarted) if event.role == OUTSIDE]
        (ended,) = world.events(acd.InteractionEnded)
        assert ended.reason is EndReason.BLOCKED

    play(story)


def test_no_call_is_arranged_for_a_moment_that_cannot_be_or_for_nobody() -> None:
    async def story(world: World) -> None:
        now = world.clock.now()
        for wrong, code in (
            ({"due_at": now - timedelta(hours=1)}, "due_passed"),
            ({"due_at": now + timedelta(days=91)}, "invalid_due"),
            ({"queue_id": QueueId(77)}, "unknown_queue"),
            ({"agent_id": AgentId(77)}, "unknown_agent"),
        ):
            assert await refused(world, at_the_desk(world, **wrong)) == code
        assert not world.events(acd.CallbackScheduled)
        assert isinstance(await world.ask(at_the_desk(world)), dict)
        again = at_the_desk(world, due_at=now + timedelta(minutes=70))
        assert await refused(world, again) == "callback_exists"
        assert isinstance(await world.ask(at_the_desk(world, due_at=now + timedelta(hours=4))), dict)

    play(story)


def test_nobody_arranges_more_calls_than_can_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(world: World) -> None:
        monkeypatch.setattr(promises, "MOST", 2)
        now = world.clock.now()
        for hours in (1, 2):
            wish = at_the_desk(world, due_at=now + timedelta(hours=hours))
            assert isinstance(await world.ask(wish), dict)
        more = at_the_desk(world, due_at=now + timedelta(hours=3))
        assert await refused(world, more) == "too_many_callbacks"
        assert isinstance(await world.ask(msgspec.structs.replace(more, by=PersonId(2))), dict)

    play(story)
