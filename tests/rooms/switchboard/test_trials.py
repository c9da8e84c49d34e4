"""An editor of flows hears his draft: it walks as in earnest and leaves nothing behind. Virtual time."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from otklik.acd import events as acd
from otklik.flows.events import (
    FlowStarted,
    QueueRequested,
    SurveyAnswered,
    TextRequested,
    VoicemailEnded,
)
from otklik.flows.model import flow_of_file
from otklik.flows.trace import KINDS, steps_of
from otklik.switchboard import requests
from otklik.switchboard import signals as tell
from otklik.switchboard.events import GuestGone, TextQueued, VoicemailKept, VoteCounted
from otklik.vocabulary.ids import AgentId, LegId, NumberId, PersonId, SecretId, TrunkId
from otklik.vocabulary.refusals import Refused
from tests.rooms.switchboard.world import World, open_world

pytestmark = pytest.mark.fast

Story = Callable[[World], Awaitable[None]]
LEG = LegId(500)
BYE = {"node": "end", "reason": "self_served"}


def play(story: Story) -> None:
    async def run() -> None:
        await story(await open_world(agents=1))

    asyncio.run(run())


async def tries(world: World, nodes: dict[str, Any], **fields: Any) -> None:
    """The browser of the editor calls the draft."""
    draft = flow_of_file({"name": "t", "start": next(iter(nodes)), "nodes": nodes})
    done = await world.ask(
        requests.ExpectTrial(
            login="trial-1",
            secret_id=SecretId(9),
            flow=draft,
            number_id=fields.get("number_id", NumberId(1)),
            caller=fields.get("caller", ""),
            language="ru",
            by=PersonId(1),
            lasts=timedelta(minutes=3),
        )
    )
    assert not isinstance(done, Refused)
    world.media.emit(tell.LegArrived(leg_id=LEG, trunk_id=TrunkId(0), number_called="trial-1"))
    await world.pass_time(1)


async def press(world: World, keys: str) -> None:
    for key in keys:
        world.media.emit(tell.KeyPressed(leg_id=LEG, key=key))
        await world.pass_time(0.1)


def trace(world: World) -> list[tuple[str, str]]:
    lines = [
        (record.event.KIND, msgspec.to_builtins(record.event))
        for record in world.writer.records
        if record.event.KIND in KINDS
    ]
    return [(step.node, step.outcome) for step in steps_of(lines)]


def test_the_draft_runs_with_what_is_known_of_the_number_and_of_who_calls() -> None:
    async def story(world: World) -> None:
        is_me = {"fact": "caller", "comparison": "is", "value": "+79160000000", "next": "menu"}
        nodes = {
            "who": {"node": "condition", "cases": [is_me], "otherwise": "bye"},
            "menu": {"node": "menu", "choices": {"1": "queue"}, "otherwise": "bye", "timeout": 20},
            "queue": {"node": "queue"},
            "bye": BYE,
        }
        await tries(world, nodes, caller="+79160000000")
        await press(world, "1")
        await world.pass_time(3)
        assert trace(world) == [("who", "case 1"), ("menu", "1"), ("queue", "queue 1")]
        (started,) = world.events(FlowStarted)
        assert started.is_test
        assert len(world.events(QueueRequested)) == 1
        assert not world.events(acd.InteractionQueued, acd.OfferMade), "nobody waits, nobody is rung"
        world.media.emit(tell.LegEnded(leg_id=LEG, cause=16))
        await world.pass_time(1)
        (arrived,) = world.events(acd.InteractionArrived)
        (ended,) = world.events(acd.InteractionEnded)
        assert (arrived.direction, arrived.interaction_id) == ("internal", ended.interaction_id)
        assert len(world.events(GuestGone)) == 1, "the login is worth nothing any more"

    play(story)


def test_nobody_else_notices_what_is_tried() -> None:
    async def story(world: World) -> None:
        await world.ask(requests.GetReady(agent_id=AgentId(1)))
        nodes = {
            "ask": {"node": "survey", "kind": "nps", "survey": "s", "next": "vote", "otherwise": "vote"},
            "vote": {
                "node": "voting", "voting": "v", "choices": {"1": "a"}, "next": "text", "repeated": "bye",
                "closed": "bye", "otherwise": "bye",
            },
            "text": {"node": "sms", "text": "Hello", "next": "agent", "refused": "agent"},
            "agent": {"node": "agent", "agent": "1", "not_ready": "bye", "no_answer": "out"},
            "out": {
                "node": "transfer", "number": "+74951112233", "busy": "bye", "no_answer": "leave",
                "failed": "bye",
            },
            "leave": {"node": "voicemail", "short": "bye", "refused": "bye", "next": "back"},
            "back": {"node": "callback", "refused": "bye"},
            "bye": BYE,
        }  # fmt: skip
        await tries(world, nodes, caller="+79160000000")
        await press(world, "9")
        await press(world, "1")
        await world.pass_time(20)
        assert [node for node, _ in trace(world)] == ["ask", "vote", "text", "agent", "out", "leave"]
        await world.pass_time(125)  # nobody tells that prompts are over: they have a limit
        world.media.emit(tell.SpeechHeard(leg_id=LEG))
        await world.pass_time(5)
        await press(world, "#")
        await world.pass_time(65)
        assert [node for node, _ in trace(world)][-1] == "back"
        (message,) = world.events(VoicemailEnded)
        assert message.is_test
        assert not world.centre.calls.voicemails
        left = (SurveyAnswered, TextRequested, TextQueued, VoteCounted, VoicemailKept, acd.OfferMade)
        assert not world.events(*left, acd.DialingStarted, acd.CallbackPromised)

    play(story)


def test_the_login_is_good_for_one_call() -> None:
    async def story(world: World) -> None:
        await tries(world, {"queue": {"node": "queue"}})
        world.media.emit(tell.LegArrived(leg_id=LegId(501), trunk_id=TrunkId(0), number_called="trial-1"))
        await world.pass_time(1)
        assert len(world.events(FlowStarted)) == 1

    play(story)


def test_a_key_leads_out_of_the_queue_in_which_nobody_stands() -> None:
    async def story(world: World) -> None:
        nodes = {"queue": {"node": "queue", "choices": {"1": "bye"}}, "bye": BYE}
        await tries(world, nodes)
        await world.pass_time(3)
        await press(world, "1")
        await world.pass_time(1)
        assert trace(world) == [("queue", "queue 1, 1"), ("bye", "ended self_served")]
        assert not world.events(acd.InteractionOverflowed)

    play(story)
