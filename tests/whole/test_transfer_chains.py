"""Five chains of transfers on real lines: one interaction each, the right voice in each segment's recording,
each file as its hash says, and the figures of the day.

The customer speaks 400 Hz, one agent 1600, the other 1000.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from typing import Any

import soundfile

from otklik.operations.tones import strength
from tests.whole.centre import CUSTOMER_HERTZ, Leg, until
from tests.whole.conftest import DIRECT, SUPPORT, WHOLE, Phone, Scene

pytestmark = WHOLE

HERTZ = (1600, 1000)
PRESENT = 500.0
CHAINS = (
    ("blind agent", "attended agent"),
    ("conference", "blind agent"),
    ("attended queue", "swapped agent"),
    ("blind queue", "conference"),
    ("swapped agent", "blind queue"),
)


class Player:
    """One customer who is moved between two agents. turns: agents who had him, in order."""

    def __init__(self, scene: Scene, calling: str) -> None:
        self.scene, self.calling = scene, calling
        self.turns: list[Phone] = []
        self.interaction_id = ""
        self.customer: Leg

    def hertz(self, agent: Phone) -> int:
        return HERTZ[self.scene.agents.index(agent)]

    @property
    def owner(self) -> Phone:
        return self.turns[-1]

    @property
    def other(self) -> Phone:
        return next(agent for agent in self.scene.agents if agent is not self.owner)

    async def begin(self) -> None:
        first = self.scene.agents[0]
        await self.free(first)
        self.customer = await self.scene.call(self.calling, DIRECT)
        await self.takes(first)
        await self.scene.world.speak(self.customer, CUSTOMER_HERTZ)
        (row,) = await self.scene.interactions(self.calling, only_ended=False)
        self.interaction_id = row["interaction_id"]

    async def free(self, agent: Phone) -> None:
        """He may have had this customer before."""
        await agent.api.ask("POST", "/api/v1/desk/wrap-up/finish", {})
        await self.scene.ready(agent)

    async def rung(self, agent: Phone) -> None:
        leg = await self.scene.answered_by(agent)
        await self.scene.world.speak(leg, self.hertz(agent))

    async def takes(self, agent: Phone) -> None:
        await self.rung(agent)
        self.turns.append(agent)

    async def desk(self, verb: str, **more: Any) -> None:
        body = {"interaction_id": self.interaction_id} | more
        await self.owner.api.post(f"/api/v1/desk/{verb}", body)

    async def play(self, kind: str) -> None:
        await asyncio.sleep(2.2)
        how, _, whom = kind.partition(" ")
        target = self.other
        await self.free(target)
        to = {"queue_id": SUPPORT} if whom == "queue" else {"agent_id": target.agent_id}
        if how == "blind":
            await self.desk("transfer", to=to)
            await self.takes(target)
            return
        await self.desk("consult", to=to)
        await self.rung(target)
        if how == "swapped":
            await self.desk("swap")
            await asyncio.sleep(0.5)
            await self.desk("swap")
            await asyncio.sleep(0.3)
        if how == "conference":
            await self.desk("conference")
            await asyncio.sleep(0.5)
            await self.desk("leave")
        else:
            await self.desk("complete")
        await self.scene.until_state(self.owner, "wrap_up")
        self.turns.append(target)

    async def end(self) -> None:
        await asyncio.sleep(2.2)
        await self.scene.world.hang_up(self.customer)
        await self.scene.until_state(self.owner, "wrap_up")
        for agent in self.scene.agents:
            await agent.api.ask("POST", "/api/v1/desk/wrap-up/finish", {})
            await self.scene.not_ready(agent)


async def test_chains_of_transfers_on_real_lines(scene: Scene) -> None:
    players = [Player(scene, f"+7916111{7100 + number}") for number in range(len(CHAINS))]
    before = await transferred_today(scene)
    for player, chain in zip(players, CHAINS, strict=True):
        await player.begin()
        for kind in chain:
            await player.play(kind)
        await player.end()

    for player, chain in zip(players, CHAINS, strict=True):
        detail = await until(whole(scene, player.interaction_id), is_stored(len(player.turns)), 60)
        (row,) = await scene.interactions(player.calling)
        assert row["interaction_id"] == player.interaction_id, f"{chain}: one matter"
        segments = [one for one in detail["segments"] if one["answered_at"]]
        assert [one["agent_id"] for one in segments] == [agent.agent_id for agent in player.turns], chain
        assert all(one["talk_seconds"] > 1 for one in segments), chain
        for segment, agent in zip(segments, player.turns, strict=True):
            (recording,) = [one for one in detail["recordings"] if one["segment_id"] == segment["segment_id"]]
            judge(scene, recording, player.hertz(agent), chain)
    report = await scene.admin.get("/api/v1/reports/moves", at_least=2, **await scene.days())
    names = {row["interaction_id"]: row["agents"] for row in report["rows"]}
    for player in players:
        assert len(names[player.interaction_id]) == len(player.turns), "and stands in the report"
    moved = sum(len(chain) for chain in CHAINS)
    assert await transferred_today(scene) - before == moved, "and each move is counted once"


def judge(scene: Scene, recording: dict[str, Any], hertz: int, chain: tuple[str, ...]) -> None:
    (path,) = (scene.centre.home / "recordings").rglob(f"{recording['segment_id']}.ogg")
    assert hashlib.sha256(path.read_bytes()).hexdigest() == recording["sha256"], chain
    sound, rate = soundfile.read(path)
    part = sound[rate // 2 : rate * 3 // 2] * 32767
    assert strength(part[:, 0], CUSTOMER_HERTZ, rate=rate) > PRESENT, f"{chain}: the customer's side"
    assert strength(part[:, 1], hertz, rate=rate) > PRESENT, f"{chain}: the agent's side"


def whole(scene: Scene, interaction_id: str) -> Callable[[], Awaitable[Any]]:
    return lambda: scene.detail(interaction_id)


def is_stored(count: int) -> Callable[[Any], bool]:
    return lambda found: (
        len(found["recordings"]) == count and all(one["state"] == "stored" for one in found["recordings"])
    )


async def transferred_today(scene: Scene) -> int:
    """As the report of matters that were moved tells it."""
    report = await scene.admin.get("/api/v1/reports/moves", **await scene.days())
    return sum(int(one["moves"]) * int(one["matters"]) for one in report["counts"])
