"""kill -9 inside a saga on real lines: of the engine, and of web, while something is under way.

Whatever was begun goes on or is given up; every leg ends in a bridge, in a queue or hung up, nobody is
stuck, and what is written is right. Consultations, supervisors who listen, waiting customers and voicemails
have tests of their own; the same sagas in virtual time meet every step and every loss.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.whole.centre import CUSTOMER_HERTZ, Leg, until
from tests.whole.conftest import DIRECT, SUPPORT, WHOLE, Phone, Scene, supervisor_in

pytestmark = WHOLE

FREE = ("ready", "not_ready", "wrap_up")


@dataclass
class Story:
    """One customer and who is with him. talked: agents who had him at the end, in order."""

    scene: Scene
    calling: str
    customer: Leg | None = None
    legs: list[Leg] = field(default_factory=list)
    interaction_id: str = ""
    supervisor: Phone | None = None
    talked: list[int] = field(default_factory=list)

    @property
    def first(self) -> Phone:
        return self.scene.agents[0]

    @property
    def second(self) -> Phone:
        return self.scene.agents[1]

    async def begin(self) -> None:
        await self.scene.ready(self.first)
        self.customer = await self.scene.call(self.calling, DIRECT)
        self.legs.append(await self.scene.answered_by(self.first))
        await self.scene.world.speak(self.customer, CUSTOMER_HERTZ)
        (row,) = await self.scene.interactions(self.calling, only_ended=False)
        self.interaction_id = row["interaction_id"]
        self.talked.append(self.first.agent_id)
        await self.scene.ready(self.second)

    async def desk(self, verb: str, **more: Any) -> None:
        body = {"interaction_id": self.interaction_id} | more
        await self.first.api.post(f"/api/v1/desk/{verb}", body)

    async def picked_up(self) -> None:
        """The second one's phone goes on ringing, or rings again."""
        self.legs.append(await self.scene.answered_by(self.second))

    async def kill(self, *children: str) -> None:
        for child in children:
            self.scene.centre.kill(child)
        await self.scene.centre.until_healthy()


async def blind_ringing(story: Story) -> None:
    await story.desk("transfer", to={"agent_id": story.second.agent_id})
    await story.kill("engine")
    await story.picked_up()
    story.talked.append(story.second.agent_id)


async def blind_to_the_queue(story: Story) -> None:
    await story.desk("transfer", to={"queue_id": SUPPORT})
    await story.kill("engine", "web")
    await story.picked_up()
    story.talked.append(story.second.agent_id)


async def swapped(story: Story) -> None:
    await story.desk("consult", to={"agent_id": story.second.agent_id})
    await story.picked_up()
    await story.desk("swap")
    await story.kill("engine", "web")
    await story.desk("swap")
    await story.desk("complete")
    story.talked.append(story.second.agent_id)


async def conference(story: Story) -> None:
    await story.desk("consult", to={"agent_id": story.second.agent_id})
    await story.picked_up()
    await story.desk("conference")
    await story.kill("engine")
    await story.desk("leave")
    story.talked.append(story.second.agent_id)


async def taken_over(story: Story) -> None:
    supervisor = story.supervisor
    assert supervisor is not None
    path = f"/api/v1/interactions/{story.interaction_id}"
    await supervisor.api.put(f"{path}/supervision", {"mode": "monitor"})
    login, ear = await story.scene.world.ringing(20)
    assert login == supervisor.phone
    await story.scene.world.answer(ear)
    await asyncio.sleep(0.5)
    await supervisor.api.post(f"{path}/take-over")
    await story.kill("engine")
    await story.scene.until_state(supervisor, "connected")
    story.talked.append(supervisor.agent_id)


SAGAS: dict[str, Callable[[Story], Awaitable[None]]] = {
    "blind transfer, ringing": blind_ringing,
    "blind transfer to a queue, with web": blind_to_the_queue,
    "consultation, swapped, with web": swapped,
    "conference": conference,
    "supervisor takes over": taken_over,
}


@pytest.mark.parametrize("saga", SAGAS)
async def test_nobody_is_stuck_after_a_kill_inside_a_saga(scene: Scene, saga: str) -> None:
    place = list(SAGAS).index(saga)
    if place and place % 2 == 0:
        await scene.forget_deaths()
    story = Story(scene, f"+7916111{7300 + place}")
    await story.begin()
    if saga == "supervisor takes over":
        async with supervisor_in(scene) as supervisor:
            story.supervisor = supervisor
            await SAGAS[saga](story)
            await judge(story)
    else:
        await SAGAS[saga](story)
        await judge(story)


async def judge(story: Story) -> None:
    """The customer is heard until he hangs up; then everything is over, and written down."""
    scene, customer = story.scene, story.customer
    assert customer is not None
    assert not customer.over.is_set(), "the customer is still there"
    await asyncio.sleep(1.5)
    await scene.world.hang_up(customer)
    detail = await until(
        lambda: scene.detail(story.interaction_id), lambda found: found["ended_at"] is not None, 20
    )
    for agent in (*scene.agents, *([story.supervisor] if story.supervisor else [])):
        await scene.until_state(agent, *FREE)
    await until(open_legs(scene), lambda found: not found, 20)
    assert [one["agent_id"] for one in detail["segments"] if one["answered_at"]] == story.talked
    rows = await scene.interactions(story.calling)
    assert [row["interaction_id"] for row in rows] == [story.interaction_id], "one matter, ended once"
    detail = await until(
        lambda: scene.detail(story.interaction_id),
        lambda found: (
            len([one for one in found["recordings"] if one["state"] == "stored"]) == len(story.talked)
        ),
        40,
    )
    assert {one["state"] for one in detail["recordings"]} == {"stored"}


def open_legs(scene: Scene) -> Callable[[], Awaitable[list[str]]]:
    """The far ends of all lines: whoever is left behind is still on one of them."""

    async def look() -> list[str]:
        return [leg.name for leg in scene.world.open_legs()]

    return look
