"""Flows ask systems outside: what is asked, what the journal holds of it; nobody waits in silence."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from otklik.acd.events import InteractionEnded
from otklik.flows.events import LookUpAnswered, LookUpRequested, MusicStarted, PromptsStarted
from otklik.flows.look_ups import Question
from otklik.flows.model import flow_of_file
from otklik.organization import commands as organize
from otklik.organization.model import Number, System
from otklik.switchboard import requests
from otklik.switchboard.instructions import AskSystem
from otklik.switchboard.ports import Inbox, TriedSystem
from otklik.switchboard.signals import SystemAnswered
from otklik.vocabulary.ids import NumberId, PersonId, QueueId, SystemId
from otklik.vocabulary.refusals import Refused
from tests.rooms.switchboard.world import CUSTOMER, NUMBER, World, open_world

pytestmark = pytest.mark.fast

Story = Callable[[World, "Listener"], Awaitable[None]]
SECRET_OWNER = "Anna Secret"
ASK = {
    "node": "lookup",
    "system": "billing",
    "path": "/accounts/{caller}",
    "values": [
        {"name": "debt", "path": "debt", "kind": "number"},
        {"name": "owner", "path": "owner", "is_personal": True},
    ],
    "found": "who",
    "not_found": "end",
    "failed": "broken",
}
NODES = {
    "ask": ASK,
    "who": {
        "node": "condition",
        "cases": [{"fact": "owner", "comparison": "is", "value": SECRET_OWNER, "next": "told"}],
        "otherwise": "end",
    },
    "told": {"node": "play", "prompts": ["greeting"], "next": "end"},
    "broken": {"node": "queue"},
    "end": {"node": "end", "reason": "self_served"},
}


class Listener:
    """The driver of systems: it keeps what is asked."""

    def __init__(self) -> None:
        self.asked: list[AskSystem] = []

    def start(self, inbox: Inbox) -> None: ...

    def ask(self, asked: AskSystem) -> None:
        self.asked.append(asked)

    async def try_out(self, system: System, question: Question, limit: timedelta) -> TriedSystem:
        raise AssertionError("nobody tries anything here")

    async def stop(self) -> None: ...


def play(story: Story) -> None:
    async def run() -> None:
        world = await open_world(agents=1)
        listener = Listener()
        world.switchboard.systems = listener
        system = System(name="billing", address="https://billing.example")
        await change(world, organize.SaveSystem(system=system))
        flow = flow_of_file({"name": "t", "start": "ask", "nodes": NODES})
        done = await world.ask(requests.PublishFlow(draft=flow, by=PersonId(1)))
        assert isinstance(done, dict), repr(done)
        number = Number(
            number_id=NumberId(1), number=NUMBER, queue_id=QueueId(1), flow_id=done["flow_id"], name="n"
        )
        await change(world, organize.SaveNumber(number=number))
        await story(world, listener)

    asyncio.run(run())


async def change(world: World, asked: organize.SingleChange) -> dict[str, Any] | Refused:
    return await world.ask(requests.ChangeConfiguration(change=asked, by=PersonId(1)))


def answer(world: World, asked: AskSystem, outcome: str, **more: Any) -> None:
    world.switchboard.put(
        SystemAnswered(interaction_id=asked.interaction_id, look_up=asked.look_up, outcome=outcome, **more)
    )


def test_an_answer_decides_and_what_is_personal_stays_out_of_the_journal() -> None:
    async def story(world: World, listener: Listener) -> None:
        world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(0.2)
        (asked,) = listener.asked
        assert asked.question.path == f"/accounts/%2B{CUSTOMER[1:]}"
        assert asked.limit == timedelta(seconds=3)
        answer(world, asked, "found", values={"debt": "12", "owner": SECRET_OWNER})
        await world.pass_time(0.1)
        assert world.events(PromptsStarted), "who owns it is known, so he is greeted"
        assert world.centre.private == {asked.interaction_id: {"owner": SECRET_OWNER}}
        written = msgspec.json.encode([msgspec.to_builtins(event) for event in world.events()]).decode()
        assert '"personal":["owner"]' in written
        after_flow = written.replace(SECRET_OWNER, "", written.count('"value":"' + SECRET_OWNER))
        assert SECRET_OWNER not in after_flow, "only the flow itself names it"
        await world.pass_time(30)
        assert world.events(InteractionEnded)
        assert world.centre.private == {}

    play(story)


def test_who_waits_hears_music_and_goes_on_when_no_answer_comes() -> None:
    async def story(world: World, listener: Listener) -> None:
        world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(10)
        (requested,) = world.events(LookUpRequested)
        (failed,) = world.events(LookUpAnswered)
        assert (failed.outcome, failed.reason) == ("failed", "timeout")
        assert failed.at - requested.at == timedelta(seconds=3)
        heard = next(event for event in world.events(MusicStarted))
        assert heard.at - requested.at == timedelta(seconds=1)
        answer(world, listener.asked[0], "found", values={"owner": SECRET_OWNER})
        await world.pass_time(1)
        assert world.centre.private == {}, "too late to be of use"

    play(story)


def test_a_system_that_is_asked_keeps_its_name_and_stays() -> None:
    async def story(world: World, listener: Listener) -> None:
        (system_id,) = world.centre.configuration.systems
        refused = await change(world, organize.RemoveSystem(system_id=system_id))
        assert isinstance(refused, Refused)
        assert (refused.code, refused.facts["by"]) == ("system_in_use", ["t"])
        renamed = System(system_id=system_id, name="other", address="https://billing.example")
        refused = await change(world, organize.ChangeTogether(changes=(organize.SaveSystem(system=renamed),)))
        assert isinstance(refused, Refused)
        moved = System(system_id=system_id, name="billing", address="https://elsewhere.example")
        assert isinstance(await change(world, organize.SaveSystem(system=moved)), dict)

    play(story)


def test_a_flow_that_asks_a_system_that_is_not_there_is_not_published() -> None:
    async def story(world: World, listener: Listener) -> None:
        nodes = NODES | {"ask": ASK | {"system": "nowhere"}}
        flow = flow_of_file({"name": "u", "start": "ask", "nodes": nodes})
        refused = await world.ask(requests.PublishFlow(draft=flow, by=PersonId(1)))
        assert isinstance(refused, Refused)
        assert (refused.code, refused.facts["problem"]) == ("flow_unfit", "system_missing")

    play(story)


def test_without_a_driver_a_question_fails_at_once() -> None:
    async def story(world: World, listener: Listener) -> None:
        world.switchboard.systems = None
        world.driver.call(NUMBER, CUSTOMER)
        await world.pass_time(0.5)
        assert [event.reason for event in world.events(LookUpAnswered)] == ["not_asked"]

    play(story)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"address": "ftp://x"}, "invalid_address"),
        ({"address": "https://user:password@x"}, "invalid_address"),
        ({"address": "https://x?a=1"}, "invalid_address"),
        ({"address": "https://1.2.3"}, "invalid_address"),
        ({"secret_header": "Bad Header", "secret_id": 1}, "invalid_header"),
        ({"secret_header": "Authorization"}, "secret_needed"),
        ({"allowed_hosts": ("10.0.0.0/99",)}, "invalid_network"),
        ({"kind": "database", "address": ""}, "secret_needed"),
        ({"largest_answer": 10**9}, "too_large"),
    ],
)
def test_a_system_is_looked_at_before_it_is_saved(given: dict[str, Any], code: str) -> None:
    async def story(world: World, listener: Listener) -> None:
        plain = {"name": "other", "address": "https://x.example"} | given
        refused = await change(world, organize.SaveSystem(system=msgspec.convert(plain, System)))
        assert isinstance(refused, Refused)
        assert refused.code == code

    play(story)


def test_ids_of_systems_are_not_given_twice() -> None:
    async def story(world: World, listener: Listener) -> None:
        for place in (2, 3):
            made = await change(
                world, organize.SaveSystem(system=System(name=f"s{place}", address="https://x.example"))
            )
            assert isinstance(made, dict)
            assert made["ids"][0]["id"] == place
            await change(world, organize.RemoveSystem(system_id=SystemId(place)))

    play(story)
