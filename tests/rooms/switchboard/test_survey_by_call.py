"""He who hung up first is called and asked, at hours of his own clock, and only if he may be: virtual
time."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from otklik.acd.model import AgentState, EndReason
from otklik.channels.simulator.parties import FarEnd
from otklik.flows.events import SurveyAnswered
from otklik.flows.model import flow_of_file
from otklik.organization import commands as organize
from otklik.organization.model import Number
from otklik.switchboard import requests
from otklik.switchboard.events import SurveyCallDialed, SurveyCallEnded, SurveyCallScheduled
from otklik.vocabulary.ids import AgentId, FlowId, NumberId, PersonId, QueueId
from otklik.vocabulary.refusals import Refused
from tests.rooms.switchboard.world import BEGIN, CUSTOMER, NUMBER, World, open_world

pytestmark = pytest.mark.fast

Story = Callable[[World], Awaitable[None]]
MINUTE = timedelta(minutes=1)
ASKS = {
    "nps": {"node": "survey", "kind": "nps", "survey": "after talk", "next": "bye", "otherwise": "bye"},
    "bye": {"node": "end", "reason": "self_served"},
}


def play(story: Story) -> None:
    async def run() -> None:
        await story(await open_world(agents=1))

    asyncio.run(run())


async def publish(world: World, name: str, start: str, nodes: dict[str, Any]) -> Any:
    draft = flow_of_file({"name": name, "start": start, "nodes": nodes})
    return await world.ask(requests.PublishFlow(draft=draft, by=PersonId(1)))


async def prepared(world: World, **rules: Any) -> Any:
    """The number's queue has a survey by a call. It is noon in Moscow."""
    asks = await publish(world, "ask", "nps", ASKS)
    call = {"is_on": True, "after": 600, "earliest": "10:00", "latest": "20:00", **rules}
    queue = {"node": "queue", "survey": asks["flow_id"], "survey_call": call}
    done = await publish(world, "t", "q", {"q": queue})
    if isinstance(done, Refused):
        return done
    number = Number(
        number_id=NumberId(1), number=NUMBER, queue_id=QueueId(1), flow_id=FlowId(done["flow_id"]), name="n"
    )
    await world.ask(requests.ChangeConfiguration(change=organize.SaveNumber(number=number), by=PersonId(1)))
    return asks["flow_id"]


async def talks_and_hangs_up(world: World, calling: str = CUSTOMER) -> None:
    await world.ask(requests.GetReady(agent_id=AgentId(1)))
    customer = world.driver.call(NUMBER, calling)
    await world.pass_time(1)
    world.driver.answer("phone1")
    await world.pass_time(20)
    assert world.state(1) is AgentState.CONNECTED
    customer.hang_up()
    await world.pass_time(1)


def causes(world: World) -> list[str]:
    return [event.cause for event in world.events(SurveyCallEnded)]


def test_he_is_called_later_and_his_answer_stands_with_the_talk() -> None:
    async def story(world: World) -> None:
        await prepared(world)
        world.driver.script_far_end(CUSTOMER, FarEnd(answers_after=2 * MINUTE / 60))
        await talks_and_hangs_up(world)
        (planned,) = world.events(SurveyCallScheduled)
        await world.pass_time(590)
        assert not world.events(SurveyCallDialed)
        await world.pass_time(20)
        (dialed,) = world.events(SurveyCallDialed)
        run = world.centre.flows.run_of(dialed.interaction_id)
        assert run is not None
        await world.pass_time(5)
        (leg,) = [leg for leg in world.media.legs.values() if leg.number == CUSTOMER]
        world.media.press(leg, "9")
        await world.pass_time(10)
        (answer,) = world.events(SurveyAnswered)
        assert (answer.answer, answer.talk_id, answer.agent_id) == (9, planned.talk_id, 1)
        assert causes(world) == ["asked"]
        assert not world.media.legs
        assert not world.centre.calls.planned

    play(story)


def test_who_is_not_reached_is_called_again_and_then_left_alone() -> None:
    async def story(world: World) -> None:
        await prepared(world, attempts=2, apart=3600)
        world.driver.script_far_end(CUSTOMER, FarEnd(outcome=EndReason.BUSY))
        await talks_and_hangs_up(world)
        await world.pass_time(660)
        assert len(world.events(SurveyCallDialed)) == 1
        await world.pass_time(3500)
        assert len(world.events(SurveyCallDialed)) == 1
        await world.pass_time(200)
        assert [event.attempt for event in world.events(SurveyCallDialed)] == [1, 2]
        assert causes(world) == ["unreached"]

    play(story)


@pytest.mark.parametrize(
    ("calling", "due"),
    [
        (CUSTOMER, "2026-11-24T07:00+00:00"),  # a mobile telephone lives by the clock of the site
        ("+74232123456", "2026-11-24T00:00+00:00"),  # Vladivostok
        ("+73432123456", "2026-11-24T05:00+00:00"),  # Yekaterinburg
    ],
)
def test_nobody_is_called_at_night_by_his_own_clock(calling: str, due: str) -> None:
    async def story(world: World) -> None:
        await prepared(world, latest="12:00")  # it is past noon everywhere in Russia
        await talks_and_hangs_up(world, calling)
        (planned,) = world.events(SurveyCallScheduled)
        assert planned.due_at == datetime.fromisoformat(due)
        assert planned.due_at > BEGIN

    play(story)


def test_what_would_be_too_late_is_not_planned() -> None:
    async def story(world: World) -> None:
        await prepared(world, latest="12:00", within=3600)
        await talks_and_hangs_up(world)
        assert not world.events(SurveyCallScheduled)
        assert causes(world) == ["expired"]

    play(story)


def test_who_wants_no_calls_or_is_blocked_is_not_called() -> None:
    async def story(world: World) -> None:
        await prepared(world)
        await talks_and_hangs_up(world)
        party = next(iter(world.centre.calls.planned.values())).wanted.party_id
        world.tables.parties[CUSTOMER] = party
        world.tables.acquaintance[party] = {"details": '{"consents":{"calls":false}}'}
        await world.pass_time(660)
        assert causes(world) == ["opted_out"]

        await talks_and_hangs_up(world, "+79161110000")
        row = {
            "blocked_id": 1, "number": "+79161110000", "is_prefix": False, "treatment": "busy", "prompt": "",
            "reason": "", "until": None, "changed_at": BEGIN, "changed_by": 1,
        }  # fmt: skip
        world.tables.blocked = [row]
        world.switchboard._blocked = None
        await world.pass_time(660)
        assert causes(world) == ["opted_out", "blocked"]
        assert not world.events(SurveyCallDialed)

    play(story)


def test_who_is_hung_up_on_is_not_called() -> None:
    async def story(world: World) -> None:
        await prepared(world)
        await world.ask(requests.GetReady(agent_id=AgentId(1)))
        world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(1)
        world.driver.answer("phone1")
        await world.pass_time(10)
        world.driver.hang_up("phone1")
        await world.pass_time(1)
        assert not world.events(SurveyCallScheduled)

    play(story)


def test_a_restart_forgets_nobody_who_is_to_be_called() -> None:
    async def story(world: World) -> None:
        await prepared(world)
        await talks_and_hangs_up(world)
        await world.restart()
        await world.pass_time(700)
        assert len(world.events(SurveyCallDialed)) == 1

    play(story)


def test_hours_that_cannot_be_are_not_published() -> None:
    async def story(world: World) -> None:
        for fields, problem, place in (
            ({"latest": "25:00"}, "call_hours_unfit", "nodes.q.survey_call.latest"),
            ({"earliest": "21:00"}, "call_hours_unfit", "nodes.q.survey_call.latest"),
            ({"attempts": 0}, "tries_unfit", "nodes.q.survey_call.attempts"),
            ({"within": 60}, "call_time_unfit", "nodes.q.survey_call.within"),
        ):
            refused = await prepared(world, **fields)
            assert isinstance(refused, Refused)
            assert (refused.facts["problem"], refused.facts["place"]) == (problem, place)

    play(story)
