"""A flow sends its customer to one agent, or to a number outside: whole calls in virtual time, and the rules
that keep stolen credit from being spent."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from otklik.acd import events as acd
from otklik.acd.model import AgentState, EndReason, Phase
from otklik.channels.simulator.parties import FarEnd
from otklik.flows.events import FlowEnded, NodeDecided, NodeEntered
from otklik.flows.model import flow_of_file
from otklik.organization import commands as organize
from otklik.organization.model import Number, OutsideRules
from otklik.switchboard import requests
from otklik.switchboard.requests import Moving
from otklik.switchboard.signals import LegEnded
from otklik.vocabulary.ids import AgentId, InteractionId, NumberId, PersonId, QueueId
from otklik.vocabulary.refusals import Refused
from tests.rooms.switchboard.world import CUSTOMER, NUMBER, World, open_world

pytestmark = pytest.mark.fast

Story = Callable[[World], Awaitable[None]]
LAWYER = "+74957654321"
SECOND = timedelta(seconds=1)
ENDS = {
    "busy": {"node": "end", "reason": "busy"},
    "nobody": {"node": "end", "reason": "no_answer"},
    "failed": {"node": "end", "reason": "congested"},
}
OUTSIDE = {"node": "transfer", "number": LAWYER, "busy": "busy", "no_answer": "nobody", "failed": "failed"}
ANNA = {"node": "agent", "agent": "1", "not_ready": "busy", "no_answer": "nobody", "ring_for": 15}


def play(story: Story, *, agents: int = 2) -> None:
    async def run() -> None:
        await story(await open_world(agents=agents))

    asyncio.run(run())


async def change(world: World, *changes: organize.SingleChange) -> dict[str, Any] | Refused:
    together = organize.ChangeTogether(changes=changes)
    return await world.ask(requests.ChangeConfiguration(change=together, by=PersonId(1)))


async def run_flow(world: World, node: dict[str, Any], **more: Any) -> dict[str, Any] | Refused:
    """The number's flow is this node, with an end for each way out that leads somewhere."""
    ends = {key: end for key, end in ENDS.items() if key in node.values()}
    plain = {"name": "t", "start": "sent", "nodes": {"sent": node, **ends, **more}}
    done = await world.ask(requests.PublishFlow(draft=flow_of_file(plain), by=PersonId(1)))
    if isinstance(done, dict):
        number = Number(
            number_id=NumberId(1), number=NUMBER, queue_id=QueueId(1), flow_id=done["flow_id"], name="n"
        )
        assert isinstance(await change(world, organize.SaveNumber(number=number)), dict)
    return done


async def rules(world: World, **fields: Any) -> None:
    done = await change(world, organize.SaveOutsideRules(rules=OutsideRules(**fields)))
    assert isinstance(done, dict), repr(done)


def phase(world: World) -> Phase | None:
    (one,) = world.centre.engine.state.interactions.values()
    return one.phase


def together(world: World) -> list[set[str]]:
    found = []
    for legs in world.media.bridges.values():
        names = {leg.login or leg.number or "customer" for leg in legs}
        if len(names) > 1:
            found.append(names)
    return found


def outcomes(world: World) -> list[str]:
    return [event.outcome for event in world.events(NodeDecided)]


def hang_up_outside(world: World, number: str = LAWYER) -> None:
    (leg,) = [leg for leg in world.media.legs.values() if leg.number == number and leg.side == "far_end"]
    world.media.close(leg, 16)
    world.media.emit(LegEnded(leg_id=leg.leg_id, cause=16))


def test_a_customer_is_sent_outside_and_talks_there_without_an_agent() -> None:
    async def story(world: World) -> None:
        assert isinstance(await run_flow(world, OUTSIDE), dict)
        world.driver.script_far_end(LAWYER, FarEnd(answers_after=4 * SECOND))
        customer = world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(2)
        assert (phase(world), customer.hears) == (Phase.DIALING, "ringing")

        await world.pass_time(4)
        assert phase(world) is Phase.OUTSIDE
        (names,) = together(world)
        assert LAWYER in names
        assert not world.centre.flows.running()

        hang_up_outside(world)
        await world.pass_time(1)
        assert customer.is_over
        (ended,) = world.events(acd.InteractionEnded)
        assert ended.reason is EndReason.ANSWERED
        assert not world.media.legs

    play(story)


@pytest.mark.parametrize(
    ("far_end", "outcome", "reason"),
    [
        (FarEnd(outcome=EndReason.BUSY), "busy", EndReason.BUSY),
        (FarEnd(outcome=EndReason.NO_ANSWER, answers_after=90 * SECOND), "no_answer", EndReason.NO_ANSWER),
        (FarEnd(outcome=EndReason.CONGESTED), "congested", EndReason.CONGESTED),
        (FarEnd(outcome=EndReason.INVALID_NUMBER), "invalid_number", EndReason.CONGESTED),
    ],
    ids=["busy", "silent", "congested", "invalid"],
)
def test_who_does_not_come_through_goes_on_in_the_flow(
    far_end: FarEnd, outcome: str, reason: EndReason
) -> None:
    async def story(world: World) -> None:
        await run_flow(world, {**OUTSIDE, "ring_for": 20})
        world.driver.script_far_end(LAWYER, far_end)
        customer = world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(30)

        assert customer.is_over
        assert outcomes(world) == [outcome]
        (ended,) = world.events(acd.InteractionEnded)
        assert ended.reason is reason
        assert not world.media.legs

    play(story)


def test_a_customer_who_hangs_up_while_it_rings_outside_leaves_no_leg_behind() -> None:
    async def story(world: World) -> None:
        await run_flow(world, OUTSIDE)
        world.driver.script_far_end(LAWYER, FarEnd(answers_after=20 * SECOND))
        customer = world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(5)
        customer.hang_up()
        await world.pass_time(1)
        assert not world.media.legs
        (ended,) = world.events(acd.InteractionEnded)
        assert ended.reason is EndReason.CANCELLED

    play(story)


def test_the_talk_outside_ends_at_its_limit() -> None:
    async def story(world: World) -> None:
        await run_flow(world, {**OUTSIDE, "talk_for": 120})
        customer = world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(60)
        assert phase(world) is Phase.OUTSIDE
        await world.pass_time(65)
        assert customer.is_over
        assert not world.media.legs

    play(story)


def test_no_flow_rings_or_talks_longer_than_the_site_allows() -> None:
    async def story(world: World) -> None:
        await rules(world, ring_timeout=10 * SECOND, talk_limit=60 * SECOND)
        await run_flow(world, {**OUTSIDE, "ring_for": 60, "talk_for": 3600})
        world.driver.script_far_end(LAWYER, FarEnd(answers_after=9 * SECOND))
        customer = world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(12)
        assert phase(world) is Phase.OUTSIDE
        await world.pass_time(60)
        assert customer.is_over

        world.driver.script_far_end(LAWYER, FarEnd(answers_after=14 * SECOND))
        world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(12)
        assert outcomes(world) == ["no_answer"]

    play(story)


@pytest.mark.parametrize(
    ("number", "problem"),
    [
        ("112", "outside_emergency"),
        ("+7 809 123-45-67", "outside_premium"),
        ("+881612345678", "outside_satellite"),
        ("+44 20 7946 0958", "outside_country"),
        ("nobody", "invalid_number"),
        ("", "number_missing"),
    ],
)
def test_a_forbidden_number_is_refused_at_publication(number: str, problem: str) -> None:
    async def story(world: World) -> None:
        refused = await run_flow(world, {**OUTSIDE, "number": number})
        assert isinstance(refused, Refused)
        assert (refused.facts["problem"], refused.facts["place"]) == (problem, "nodes.sent.number")

    play(story)


def test_prefixes_decide_by_the_longest_that_fits() -> None:
    async def story(world: World) -> None:
        await rules(world, denied_prefixes=("+7495", "+79"), allowed_prefixes=("+7495765", "+7"))
        assert isinstance(await run_flow(world, OUTSIDE), dict)
        denied = await run_flow(world, {**OUTSIDE, "number": "+74951112233"})
        assert isinstance(denied, Refused)
        assert denied.facts["problem"] == "outside_denied"
        await rules(world, allowed_prefixes=("+7812",))
        unlisted = await run_flow(world, OUTSIDE)
        assert isinstance(unlisted, Refused)
        assert unlisted.facts["problem"] == "outside_unlisted"

    play(story)


def test_a_number_from_a_variable_is_judged_when_it_is_called() -> None:
    async def story(world: World) -> None:
        code = {"node": "set", "variables": {"to": "+8 816 1234 5678"}, "next": "sent"}
        plain = {
            "name": "t",
            "start": "code",
            "nodes": {"code": code, "sent": {**OUTSIDE, "number": "{to}"}, **ENDS},
        }
        done = await world.ask(requests.PublishFlow(draft=flow_of_file(plain), by=PersonId(1)))
        assert isinstance(done, dict)
        number = Number(
            number_id=NumberId(1), number=NUMBER, queue_id=QueueId(1), flow_id=done["flow_id"], name="n"
        )
        await change(world, organize.SaveNumber(number=number))
        customer = world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(3)
        assert customer.is_over
        assert outcomes(world) == ["outside_satellite"]
        assert [event.node for event in world.events(NodeEntered)] == ["code", "sent", "failed"]

    play(story)


def test_no_more_customers_are_outside_at_once_than_allowed() -> None:
    async def story(world: World) -> None:
        await rules(world, at_once=1)
        await run_flow(world, OUTSIDE)
        first = world.driver.call(NUMBER, CUSTOMER)
        second = world.driver.call(NUMBER, "+79161110000")
        await world.pass_time(6)
        assert not first.is_over
        assert second.is_over
        assert outcomes(world) == ["outside_crowded"]

    play(story)


def test_the_minutes_of_a_day_are_counted_with_those_who_still_talk() -> None:
    async def story(world: World) -> None:
        await rules(world, daily_minutes=2)
        await run_flow(world, OUTSIDE)
        first = world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(130)
        assert not first.is_over
        second = world.driver.call(NUMBER, "+79161110000")
        await world.pass_time(3)
        assert second.is_over
        hang_up_outside(world)
        await world.pass_time(1)
        third = world.driver.call(NUMBER, "+79161110001")
        await world.pass_time(3)
        assert third.is_over
        assert outcomes(world) == ["outside_used_up", "outside_used_up"]

    play(story)


def test_an_agent_is_refused_what_a_flow_is_refused() -> None:
    async def story(world: World) -> None:
        await rules(world, denied_prefixes=("+7495",), at_once=1)
        await world.ask(requests.GetReady(agent_id=AgentId(1)))
        world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(1)
        world.driver.answer("phone1")
        await world.pass_time(1)
        (one,) = world.centre.engine.state.interactions
        for number, code in (
            (LAWYER, "outside_denied"),
            ("112", "outside_emergency"),
            ("+78091234567", "outside_premium"),
            ("+442079460958", "outside_country"),
        ):
            for made in (requests.Transfer, requests.Consult):
                if (made, number) == (requests.Consult, "112"):
                    continue  # the agent stays with him
                refused = await world.ask(
                    made(agent_id=AgentId(1), interaction_id=InteractionId(one), to=Moving(number=number))
                )
                assert isinstance(refused, Refused)
                assert refused.code == code
        assert world.state(1) is AgentState.CONNECTED

    play(story)


def test_one_agent_dials_only_so_often_and_nobody_at_night() -> None:
    """Calls and transfers together, also after a restart; the other agent is free, and help can always be
    called."""

    async def story(world: World) -> None:
        await rules(world, agent_minute_calls=2, agent_daily_calls=3)

        async def dials(agent_id: int, number: str = LAWYER) -> str:
            made = await world.ask(requests.Dial(agent_id=AgentId(agent_id), number=number))
            await world.pass_time(6)
            world.driver.hang_up(f"phone{agent_id}")
            await world.pass_time(2)
            await world.ask(requests.EndWrapUp(agent_id=AgentId(agent_id)))
            return made.code if isinstance(made, Refused) else ""

        assert [await dials(1) for _ in range(3)] == ["", "", "agent_dials_too_fast"]
        assert await dials(2) == ""
        assert await dials(1, "112") == ""
        await world.restart()
        await world.pass_time(1)
        assert await dials(1) == "agent_dials_too_fast"
        await world.pass_time(60)

        # He takes a customer and sends him outside: that counts, too.
        await world.ask(requests.GetReady(agent_id=AgentId(1)))
        world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(1)
        world.driver.answer("phone1")
        await world.pass_time(1)
        (one,) = world.centre.engine.state.interactions
        outside = requests.Consult(agent_id=AgentId(1), interaction_id=one, to=Moving(number=LAWYER))
        refused = await world.ask(outside)
        assert isinstance(refused, Refused)
        assert (refused.code, refused.facts) == ("agent_daily_cap", {"limit": 3})
        world.driver.hang_up("phone1")

        await world.pass_time(24 * 3600)
        assert await dials(1) == ""
        await rules(world, closed_from="11:00", closed_until="13:00")
        assert await dials(1) == "calls_out_closed"
        assert await dials(1, "112") == ""

    play(story)


def test_one_certain_agent_is_rung_and_has_the_customer() -> None:
    async def story(world: World) -> None:
        await run_flow(world, ANNA)
        for agent_id in (1, 2):
            await world.ask(requests.GetReady(agent_id=AgentId(agent_id)))
        customer = world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(2)
        assert (world.state(1), world.state(2)) == (AgentState.OFFERED, AgentState.READY)
        assert customer.hears == "ringing"
        world.driver.answer("phone1")
        await world.pass_time(1)
        assert world.state(1) is AgentState.CONNECTED
        (stopped,) = world.events(FlowEnded)
        assert stopped.reason is None

    play(story)


def test_an_agent_who_lets_it_ring_leaves_the_customer_to_the_flow() -> None:
    async def story(world: World) -> None:
        again = {**ANNA, "no_answer": "other"}
        other = {**ANNA, "agent": "2", "no_answer": "nobody"}
        await run_flow(world, again, other=other, nobody=ENDS["nobody"])
        for agent_id in (1, 2):
            await world.ask(requests.GetReady(agent_id=AgentId(agent_id)))
        world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(17)
        assert (world.state(1), world.state(2)) == (AgentState.NOT_READY, AgentState.OFFERED)
        assert outcomes(world) == ["no_answer"]
        world.driver.answer("phone2")
        await world.pass_time(1)
        assert world.state(2) is AgentState.CONNECTED

    play(story)


@pytest.mark.parametrize("agent", ["1", "{personal}"])
def test_who_is_not_ready_or_nobody_is_not_rung(agent: str) -> None:
    async def story(world: World) -> None:
        await run_flow(world, {**ANNA, "agent": agent})
        customer = world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(3)
        assert customer.is_over
        assert outcomes(world) == ["target_not_free" if agent == "1" else "nobody"]
        assert not world.events(acd.OfferMade)

    play(story)


def test_a_person_who_is_not_there_cannot_be_published() -> None:
    async def story(world: World) -> None:
        refused = await run_flow(world, {**ANNA, "agent": "77"})
        assert isinstance(refused, Refused)
        assert (refused.facts["problem"], refused.facts["place"]) == ("agent_missing", "nodes.sent.agent")
        nowhere = await run_flow(world, {**ANNA, "no_answer": ""})
        assert isinstance(nowhere, Refused)
        assert (nowhere.facts["problem"], nowhere.facts["place"]) == (
            "way_out_missing",
            "nodes.sent.no_answer",
        )

    play(story)


@pytest.mark.parametrize("seconds", [0.0, 2.0, 6.0], ids=["chosen", "ringing", "talking"])
def test_a_restart_leaves_the_customer_where_he_is_sent(seconds: float) -> None:
    async def story(world: World) -> None:
        await run_flow(world, OUTSIDE)
        world.driver.script_far_end(LAWYER, FarEnd(answers_after=4 * SECOND))
        customer = world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(seconds)
        await world.restart()
        await world.pass_time(10)
        if customer.is_over:
            assert seconds == 0.0
            assert outcomes(world) in (["restarted"], [])
            return
        assert phase(world) is Phase.OUTSIDE
        (names,) = together(world)
        assert LAWYER in names

    play(story)
