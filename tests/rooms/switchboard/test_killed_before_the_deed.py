"""The engine dies after it wrote down what it does and before it did it: its successor does it, in virtual
time. Every deed of every story is left undone once."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from otklik.acd import events as acd
from otklik.acd.model import AgentState, EndReason, OverflowRule, OverflowTo, OverflowWhen, Phase
from otklik.channels.simulator.media import Customer
from otklik.channels.simulator.parties import FarEnd, Phone
from otklik.flows.events import SurveyAnswered, VoicemailBegun
from otklik.flows.model import flow_of_file
from otklik.organization import commands as organize
from otklik.organization.model import Number
from otklik.switchboard import requests
from otklik.switchboard.events import (
    LegUp,
    SupervisionMode,
    SurveyCallEnded,
    VoicemailKept,
)
from otklik.switchboard.requests import Moving
from otklik.vocabulary.ids import AgentId, InteractionId, NumberId, PersonId, QueueId
from tests.rooms.switchboard.mortal import MortalWorld, killed_everywhere
from tests.rooms.switchboard.world import CUSTOMER, NUMBER

pytestmark = pytest.mark.fast

ANNA, BORIS, VERA = AgentId(1), AgentId(2), AgentId(3)
EXPERT = "+74957654321"
SECOND = timedelta(seconds=1)
BYE = {"node": "end", "reason": "self_served"}
NPS = {"node": "survey", "kind": "nps", "survey": "after", "next": "bye", "otherwise": "bye"}


def phones_answer(world: MortalWorld, *, after: float = 1) -> None:
    for login in list(world.media.devices):
        world.driver.script_phone(login, Phone(answers_after=timedelta(seconds=after)))


async def until(world: MortalWorld, state: AgentState, agent_id: AgentId = ANNA, within: float = 25) -> None:
    """A death costs a few seconds; more it may not cost."""
    for _ in range(int(within * 2)):
        if world.state(agent_id) is state:
            return
        await world.pass_time(0.5)
    raise AssertionError(f"agent {agent_id} is {world.state(agent_id).value}, not {state.value}")


async def talking(world: MortalWorld) -> tuple[Customer, InteractionId]:
    """Anna talks with a customer."""
    phones_answer(world)
    customer = world.driver.call(NUMBER, CUSTOMER)
    await world.ask(requests.GetReady(agent_id=ANNA))
    await until(world, AgentState.CONNECTED)
    await world.pass_time(3)
    assert customer.hears == "talk"
    (one,) = world.centre.engine.state.interactions
    return customer, one


async def publish(world: MortalWorld, name: str, **nodes: dict[str, Any]) -> Any:
    draft = flow_of_file({"name": name, "start": next(iter(nodes)), "nodes": nodes})
    done = await world.ask(requests.PublishFlow(draft=draft, by=PersonId(1)))
    if done == {}:  # the engine died of it
        return max(world.centre.flows.published())
    assert isinstance(done, dict), repr(done)
    return done["flow_id"]


async def give_flow(world: MortalWorld, **nodes: dict[str, Any]) -> None:
    flow_id = await publish(world, "number's", **nodes)
    number = Number(number_id=NumberId(1), number=NUMBER, queue_id=QueueId(1), flow_id=flow_id, name="n")
    changed = await world.ask(
        requests.ChangeConfiguration(change=organize.SaveNumber(number=number), by=PersonId(1))
    )
    assert isinstance(changed, dict), repr(changed)


async def nothing_is_left(world: MortalWorld, *customers: Customer) -> None:
    """Everybody hangs up; then there are no calls, no legs, no busy agents, and each call ended once."""
    for customer in customers:
        if not customer.is_over:
            customer.hang_up()
    await world.pass_time(2)
    for leg in list(world.media.legs.values()):
        if leg.number == EXPERT and not leg.is_over:
            world.media.end_by_party(leg)
    await world.pass_time(180)
    assert not world.centre.engine.state.interactions, "a call that nobody ends"
    assert not world.centre.calls.legs
    assert not [leg for leg in world.media.legs.values() if not leg.is_over], "a leg that nobody ends"
    assert not world.media.bridges
    for agent_id in world.centre.engine.state.agents:
        assert world.state(agent_id) in (AgentState.READY, AgentState.NOT_READY)
    arrived = [event.interaction_id for event in world.events(acd.InteractionArrived)]
    ended = [event.interaction_id for event in world.events(acd.InteractionEnded)]
    assert sorted(ended) == sorted(set(ended)), "ended twice"
    assert set(arrived) <= set(ended)


@pytest.mark.parametrize("greeting", [False, True])
def test_a_call_is_answered_rung_connected_held_and_ended(greeting: bool) -> None:
    async def story(world: MortalWorld) -> None:
        customer = world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(12)
        assert customer.hears == "music"
        phones_answer(world)
        await world.ask(requests.GetReady(agent_id=ANNA))
        await world.pass_time(5)
        (one,) = world.centre.engine.state.interactions
        assert customer.hears == "talk"
        await world.ask(requests.Hold(agent_id=ANNA, interaction_id=one))
        await world.pass_time(3)
        assert customer.hears == "music"
        await world.ask(requests.Resume(agent_id=ANNA, interaction_id=one))
        await world.pass_time(3)
        assert customer.hears == "talk"
        assert world.centre.engine.state.interactions[one].phase is Phase.CONNECTED
        await nothing_is_left(world, customer)

        (ended,) = world.events(acd.InteractionEnded)
        assert ended.reason is EndReason.ANSWERED
        assert len(world.events(acd.InteractionArrived, acd.InteractionConnected)) == 2
        assert not world.events(acd.OfferWithdrawn, acd.ReconnectionStarted)
        assert {event.leg_id for event in world.events(LegUp)} >= {customer.leg.leg_id}
        assert world.state(ANNA) is AgentState.READY

    killed_everywhere(story, agents=1, greeting=greeting)


@pytest.mark.parametrize("whom", ["agent", "queue", "outside"])
def test_a_blind_transfer_comes_through(whom: str) -> None:
    async def story(world: MortalWorld) -> None:
        customer, one = await talking(world)
        await world.ask(requests.GetReady(agent_id=BORIS))
        to = {
            "agent": Moving(agent_id=BORIS),
            "queue": Moving(queue_id=QueueId(1)),
            "outside": Moving(number=EXPERT),
        }
        await world.ask(requests.Transfer(agent_id=ANNA, interaction_id=one, to=to[whom]))
        await world.pass_time(12)
        assert customer.hears == "talk"
        if whom != "outside":
            assert AgentState.CONNECTED in (world.state(BORIS), world.state(ANNA))
        if world.state(ANNA) is not AgentState.CONNECTED:
            assert world.media.leg_of("phone1") is None, "she has given him away and hears him still"
        await nothing_is_left(world, customer)
        assert customer.leg.longest_silence(world.clock.at) < timedelta(seconds=6)

    killed_everywhere(story)


@pytest.mark.parametrize("whom", ["agent", "outside"])
@pytest.mark.parametrize("end", ["complete", "cancel", "confer"])
def test_a_consultation_comes_to_its_end(whom: str, end: str) -> None:
    async def story(world: MortalWorld) -> None:
        customer, one = await talking(world)
        await world.ask(requests.GetReady(agent_id=BORIS))
        to = Moving(agent_id=BORIS) if whom == "agent" else Moving(number=EXPERT)
        await world.ask(requests.Consult(agent_id=ANNA, interaction_id=one, to=to))
        await world.pass_time(10)
        if customer.hears == "talk":
            # Whether the number was dialled nobody knows, so nobody is asked; the agent asks again.
            assert whom == "outside"
            await world.ask(requests.Consult(agent_id=ANNA, interaction_id=one, to=to))
            await world.pass_time(10)
        assert customer.hears == "music"
        if end == "cancel":
            await world.ask(requests.CancelConsult(agent_id=ANNA, interaction_id=one))
            await world.pass_time(3)
            # Where the death has ended the consultation already, the customer may still be on hold.
            await world.ask(requests.Resume(agent_id=ANNA, interaction_id=one))
        elif end == "complete":
            await world.ask(requests.Complete(agent_id=ANNA, interaction_id=one))
        else:
            await world.ask(requests.Confer(agent_id=ANNA, interaction_id=one))
            await world.pass_time(3)
            await world.ask(requests.Leave(agent_id=ANNA, interaction_id=one))
        await world.pass_time(5)
        assert customer.hears == "talk"
        (together,) = world.media.bridges.values()
        assert len(together) == 2, "somebody who has left, or was asked, hears on"
        await nothing_is_left(world, customer)
        assert customer.leg.longest_silence(world.clock.at) < timedelta(seconds=6)

    killed_everywhere(story)


def test_a_customer_who_is_taken_back_is_offered_again() -> None:
    async def story(world: MortalWorld) -> None:
        customer, one = await talking(world)
        await world.ask(requests.GetNotReady(agent_id=ANNA, reason_id=1))
        await world.ask(requests.GetReady(agent_id=BORIS))
        await world.ask(requests.Pull(interaction_id=one))
        await until(world, AgentState.CONNECTED, BORIS)
        await world.pass_time(1)
        assert customer.hears == "talk"
        await nothing_is_left(world, customer)

    killed_everywhere(story)


def test_a_flow_rings_one_certain_agent() -> None:
    async def story(world: MortalWorld) -> None:
        ends = {"busy": {"node": "end", "reason": "busy"}, "nobody": {"node": "end", "reason": "no_answer"}}
        sent = {"node": "agent", "agent": "1", "not_ready": "busy", "no_answer": "nobody", "ring_for": 15}
        await give_flow(world, sent=sent, **ends)
        phones_answer(world, after=2)
        await world.ask(requests.GetReady(agent_id=ANNA))
        customer = world.driver.call(NUMBER, CUSTOMER)
        await until(world, AgentState.CONNECTED)
        await world.pass_time(1)
        assert customer.hears == "talk"
        await nothing_is_left(world, customer)

    killed_everywhere(story)


def test_a_flow_sends_its_customer_outside() -> None:
    async def story(world: MortalWorld) -> None:
        ends = {
            "busy": {"node": "end", "reason": "busy"},
            "nobody": {"node": "end", "reason": "no_answer"},
            "failed": {"node": "end", "reason": "congested"},
        }
        sent = {"node": "transfer", "number": EXPERT}
        await give_flow(
            world, sent={**sent, "busy": "busy", "no_answer": "nobody", "failed": "failed"}, **ends
        )
        customer = world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(12)
        # When the dialling itself was lost he goes on in the flow, which tells him so and ends.
        assert customer.hears == "talk" or customer.is_over
        await nothing_is_left(world, customer)

    killed_everywhere(story)


def test_an_agent_calls_a_customer() -> None:
    async def story(world: MortalWorld) -> None:
        phones_answer(world)
        world.driver.script_far_end(EXPERT, FarEnd(answers_after=3 * SECOND))
        await world.ask(requests.GetReady(agent_id=ANNA))
        await world.ask(requests.Dial(agent_id=ANNA, number=EXPERT, queue_id=QueueId(1)))
        await world.pass_time(10)
        if world.state(ANNA) is not AgentState.CONNECTED:
            # He sees that it came to nothing, and dials again.
            await world.pass_time(60)
            await world.ask(requests.Dial(agent_id=ANNA, number=EXPERT, queue_id=QueueId(1)))
            await world.pass_time(10)
        assert world.state(ANNA) is AgentState.CONNECTED
        await nothing_is_left(world)

    killed_everywhere(story)


def test_a_promised_call_is_made() -> None:
    async def story(world: MortalWorld) -> None:
        rule = OverflowRule(
            name="call back", when=OverflowWhen.WAITED, to=OverflowTo.CALLBACK, after=20 * SECOND
        )
        queue = world.centre.configuration.queues[QueueId(1)]
        changed = organize.SaveQueue(queue=msgspec.structs.replace(queue, overflow=(rule,)))
        assert isinstance(await world.ask(requests.ChangeConfiguration(change=changed, by=PersonId(1))), dict)
        world.driver.script_far_end(CUSTOMER, FarEnd(answers_after=4 * SECOND))
        customer = world.driver.call(NUMBER, CUSTOMER)
        for _ in range(60):
            await world.pass_time(0.5)
            if customer.hears == "prompt:callback_offer":
                break
        customer.press("1")
        await world.pass_time(4)
        if not world.events(acd.CallbackPromised) and not customer.is_over:
            customer.press("1")  # the key was pressed while nobody was there
        await world.pass_time(20)
        assert customer.is_over
        assert world.events(acd.CallbackPromised)
        phones_answer(world)
        await world.ask(requests.GetReady(agent_id=ANNA))
        # A call of which nobody knows whether it was made counts as not answered, and is made again later.
        await until(world, AgentState.CONNECTED, within=8000)
        for _ in range(2):  # who hangs up while nobody looks is rung again, as one whose phone was lost
            world.driver.hang_up("phone1")
            await world.pass_time(5)
        await nothing_is_left(world, customer)
        assert world.events(acd.InteractionEnded)[-1].reason is EndReason.ANSWERED

    killed_everywhere(story, agents=1)


def test_who_stays_on_the_line_is_asked_after_the_talk() -> None:
    async def story(world: MortalWorld) -> None:
        survey = await publish(world, "survey", ask=NPS, bye=BYE)
        await give_flow(world, wait={"node": "queue", "survey": survey})
        customer, one = await talking(world)
        await world.ask(requests.HangUp(agent_id=ANNA, interaction_id=one))
        for _ in range(3):
            await world.pass_time(4)
            if not world.events(SurveyAnswered) and not customer.is_over:
                customer.press("9")
        await world.pass_time(8)
        (answered,) = world.events(SurveyAnswered)
        assert (answered.answer, answered.talk_id) == (9, one)
        assert customer.is_over
        await nothing_is_left(world, customer)

    killed_everywhere(story, agents=1)


def test_who_hung_up_first_is_called_and_asked() -> None:
    async def story(world: MortalWorld) -> None:
        survey = await publish(world, "survey", ask=NPS, bye=BYE)
        call = {"is_on": True, "after": 600, "earliest": "10:00", "latest": "20:00"}
        await give_flow(world, wait={"node": "queue", "survey": survey, "survey_call": call})
        customer, _ = await talking(world)
        world.driver.script_far_end(CUSTOMER, FarEnd(answers_after=2 * SECOND))
        customer.hang_up()
        await world.pass_time(1)
        for _ in range(3000):
            await world.pass_time(4)
            for leg in list(world.media.legs.values()):
                if leg.number == CUSTOMER and leg.is_up and not world.events(SurveyAnswered):
                    world.media.press(leg, "9")
            if world.events(SurveyCallEnded):
                break
        assert len(world.events(SurveyAnswered)) == 1
        await nothing_is_left(world, customer)

    killed_everywhere(story, agents=1)


def test_a_pause_for_a_card_ends() -> None:
    async def story(world: MortalWorld) -> None:
        customer, one = await talking(world)
        await world.ask(requests.PauseForCard(agent_id=ANNA, interaction_id=one))
        await world.pass_time(10)
        await world.ask(requests.EndCardPause(agent_id=ANNA, interaction_id=one))
        await world.pass_time(3)
        assert not world.centre.calls.paused
        assert customer.hears == "talk"
        await nothing_is_left(world, customer)

    killed_everywhere(story, agents=1)


def test_a_supervisor_listens_joins_and_takes_over() -> None:
    async def story(world: MortalWorld) -> None:
        customer, one = await talking(world)
        for mode in (SupervisionMode.MONITOR, SupervisionMode.WHISPER, SupervisionMode.BARGE):
            await world.ask(requests.Supervise(interaction_id=one, supervisor_id=BORIS, mode=mode))
            await world.pass_time(4)
        await world.ask(requests.TakeOver(interaction_id=one, supervisor_id=BORIS))
        await world.pass_time(4)
        assert customer.hears == "talk"
        await nothing_is_left(world, customer)

    killed_everywhere(story)


def test_a_message_is_kept() -> None:
    async def story(world: MortalWorld) -> None:
        await give_flow(
            world,
            leave={"node": "voicemail", "short": "bye", "refused": "bye"},
            bye={**BYE, "reason": "closed"},
        )
        customer = world.driver.call(NUMBER, CUSTOMER)
        for _ in range(15):
            await world.pass_time(2)
            if not customer.is_over:
                customer.speak(2)
        await world.pass_time(60)
        assert len(world.events(VoicemailKept)) == 1
        assert customer.is_over
        await nothing_is_left(world, customer)

    killed_everywhere(story, agents=1)


def test_a_customer_whom_a_colleague_does_not_take_comes_back() -> None:
    async def story(world: MortalWorld) -> None:
        customer, one = await talking(world)
        await world.ask(requests.GetReady(agent_id=BORIS))
        world.driver.script_phone("phone2", Phone())
        await world.ask(requests.Transfer(agent_id=ANNA, interaction_id=one, to=Moving(agent_id=BORIS)))
        for _ in range(60):
            await world.pass_time(2)
            if customer.hears == "talk":
                break
        assert customer.hears == "talk"
        assert world.state(ANNA) is AgentState.CONNECTED
        await nothing_is_left(world, customer)

    killed_everywhere(story)


def test_colleagues_talk() -> None:
    async def story(world: MortalWorld) -> None:
        phones_answer(world)
        await world.ask(requests.CallColleague(agent_id=ANNA, target_id=BORIS))
        await world.pass_time(6)
        if world.state(ANNA) is not AgentState.CONNECTED:
            await world.pass_time(30)
            await world.ask(requests.CallColleague(agent_id=ANNA, target_id=BORIS))
            await world.pass_time(6)
        assert {world.state(ANNA), world.state(BORIS)} == {AgentState.CONNECTED}
        (together,) = world.media.bridges.values()
        assert len(together) == 2
        world.driver.hang_up("phone1")
        await nothing_is_left(world)

    killed_everywhere(story)


def test_a_supervisor_gives_a_waiting_customer_to_one_agent() -> None:
    async def story(world: MortalWorld) -> None:
        phones_answer(world)
        customer = world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(4)
        (one,) = world.centre.engine.state.interactions
        await world.ask(requests.Assign(interaction_id=one, agent_id=BORIS))
        await world.pass_time(2)
        await world.ask(requests.GetReady(agent_id=BORIS))
        await until(world, AgentState.CONNECTED, BORIS)
        await world.pass_time(1)
        assert customer.hears == "talk"
        await nothing_is_left(world, customer)

    killed_everywhere(story)


def test_a_waiting_customer_is_moved_to_the_head_of_another_place() -> None:
    async def story(world: MortalWorld) -> None:
        phones_answer(world)
        customer = world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(4)
        (one,) = world.centre.engine.state.interactions
        await world.ask(requests.Requeue(interaction_id=one, queue_id=QueueId(1)))
        await world.pass_time(6)
        assert customer.hears == "music"
        await world.ask(requests.GetReady(agent_id=ANNA))
        await until(world, AgentState.CONNECTED)
        await nothing_is_left(world, customer)

    killed_everywhere(story)


@pytest.mark.parametrize("comes_back", [True, False])
def test_an_agent_loses_his_phone(comes_back: bool) -> None:
    async def story(world: MortalWorld) -> None:
        customer, _ = await talking(world)
        await world.ask(requests.GetReady(agent_id=BORIS))
        away = Phone(answers_after=SECOND, registers=False)
        world.driver.script_phone("phone1", away)
        world.media.lose("phone1")
        await world.pass_time(4)
        assert customer.hears == "music"
        if comes_back:
            world.driver.come_back("phone1")
        await world.pass_time(25)
        assert customer.hears == "talk"
        assert world.state(ANNA if comes_back else BORIS) is AgentState.CONNECTED
        await nothing_is_left(world, customer)
        assert customer.leg.longest_silence(world.clock.at) < timedelta(seconds=4)

    killed_everywhere(story)


def test_a_long_wait_has_the_house_s_own_company_and_ends_by_a_key() -> None:
    async def story(world: MortalWorld) -> None:
        company = {"music": ["greeting"], "comfort": ["closed"], "comfort_after": 10}
        await give_flow(
            world,
            wait={"node": "queue", **company, "choices": {"1": "leave"}},
            leave={"node": "voicemail", "short": "bye", "refused": "bye"},
            bye=BYE,
        )
        customer = world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(40)
        assert "prompt:closed" in [sound for _, sound in customer.leg.heard]
        for _ in range(40):
            if customer.hears == "music":
                break
            await world.pass_time(0.5)
        assert (customer.hears, customer.leg.tune) == ("music", ("greeting",))
        for _ in range(2):
            if not world.events(acd.InteractionOverflowed):
                customer.press("1")
                await world.pass_time(2)
        assert [left.chosen for left in world.events(acd.InteractionOverflowed)] == ["1"]
        for _ in range(60):
            if world.events(VoicemailBegun):
                break
            await world.pass_time(0.5)
        await world.pass_time(3)
        customer.speak(5)
        await world.pass_time(30)
        assert len(world.events(VoicemailKept)) == 1
        (ended,) = world.events(acd.InteractionEnded)
        assert ended.reason is EndReason.VOICEMAIL
        await nothing_is_left(world, customer)

    killed_everywhere(story)
