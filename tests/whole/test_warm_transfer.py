"""A warm transfer that is heard: who hears whom in every step, and what is left of it in the records.

The customer speaks 400 Hz, the first agent 1600, the second 1000: the music on hold has none of them. What
each party hears is kept by the world, which is the other end of the wire.
"""

import asyncio
from pathlib import Path

import soundfile

from otklik.operations.tones import RATE, Sound, read_sound, strength
from tests.whole.centre import CUSTOMER_HERTZ, Leg, until
from tests.whole.conftest import DIRECT, WHOLE, Phone, Scene

pytestmark = WHOLE

FIRST_HERTZ = 1600
SECOND_HERTZ = 1000
CALLER = "+79161117001"
PRESENT = 500.0
"""A tone of amplitude 8000 through A-law; the music on hold has none of these pitches."""


async def test_warm_transfer_is_heard_by_the_right_ones(scene: Scene) -> None:
    """Talk, consultation with the customer on music, change over, and the customer with the second agent."""
    first, second = scene.agents
    customer, phone = await _talk(scene, first, FIRST_HERTZ)
    (one,) = await scene.interactions(CALLER, only_ended=False)
    talk = {"interaction_id": one["interaction_id"]}

    await first.api.post("/api/v1/desk/consult", talk | {"to": {"agent_id": second.agent_id}})
    other = await scene.answered_by(second)
    await scene.world.speak(other, SECOND_HERTZ)
    assert await _hears(scene, phone) == {SECOND_HERTZ}
    assert await _hears(scene, other) == {FIRST_HERTZ}
    assert not await _hears(scene, customer), "the customer hears music and nobody's voice"

    await first.api.post("/api/v1/desk/swap", talk)
    assert await _hears(scene, customer) == {FIRST_HERTZ}
    assert await _hears(scene, phone) == {CUSTOMER_HERTZ}
    assert not await _hears(scene, other)

    await first.api.post("/api/v1/desk/complete", talk)
    assert await _hears(scene, customer) == {SECOND_HERTZ}
    assert await _hears(scene, other) == {CUSTOMER_HERTZ}
    async with asyncio.timeout(10):
        await phone.over.wait()
    await scene.until_state(first, "wrap_up")
    await asyncio.sleep(1.5)

    await scene.world.hang_up(customer)
    await scene.until_state(second, "wrap_up")
    await _judge_records(scene, one["interaction_id"], first, second)


async def test_conference_is_heard_by_all_and_goes_on_when_its_owner_leaves(scene: Scene) -> None:
    first, second = scene.agents
    customer, phone = await _talk(scene, first, FIRST_HERTZ)
    (one,) = [row for row in await scene.interactions(CALLER, only_ended=False) if not row["outcome"]]
    talk = {"interaction_id": one["interaction_id"]}
    await first.api.post("/api/v1/desk/consult", talk | {"to": {"agent_id": second.agent_id}})
    other = await scene.answered_by(second)
    await scene.world.speak(other, SECOND_HERTZ)

    await first.api.post("/api/v1/desk/conference", talk)
    assert await _hears(scene, customer) == {FIRST_HERTZ, SECOND_HERTZ}
    assert await _hears(scene, phone) == {CUSTOMER_HERTZ, SECOND_HERTZ}
    assert await _hears(scene, other) == {CUSTOMER_HERTZ, FIRST_HERTZ}

    await first.api.post("/api/v1/desk/leave", talk)
    assert await _hears(scene, customer) == {SECOND_HERTZ}
    await scene.until_state(first, "wrap_up")
    await scene.world.hang_up(other)
    await scene.until_state(second, "wrap_up")
    async with asyncio.timeout(10):
        await customer.over.wait()


async def test_engine_killed_in_a_consultation_leaves_everybody_where_he_was(scene: Scene) -> None:
    first, second = scene.agents
    customer, phone = await _talk(scene, first, FIRST_HERTZ)
    (one,) = [row for row in await scene.interactions(CALLER, only_ended=False) if not row["outcome"]]
    talk = {"interaction_id": one["interaction_id"]}
    await first.api.post("/api/v1/desk/consult", talk | {"to": {"agent_id": second.agent_id}})
    other = await scene.answered_by(second)
    await scene.world.speak(other, SECOND_HERTZ)

    scene.centre.kill("engine")
    await scene.centre.until_healthy()

    assert await _hears(scene, phone) == {SECOND_HERTZ}
    assert not await _hears(scene, customer)
    await first.api.post("/api/v1/desk/complete", talk)
    assert await _hears(scene, customer) == {SECOND_HERTZ}
    await scene.world.hang_up(customer)
    await scene.until_state(second, "wrap_up")


async def _talk(scene: Scene, agent: Phone, hertz: int) -> tuple[Leg, Leg]:
    """The agent talks with a customer; the other agents are not ready."""
    await scene.ready(agent)
    customer = await scene.call(CALLER, DIRECT)
    phone = await scene.answered_by(agent)
    await scene.world.speak(customer, CUSTOMER_HERTZ)
    await scene.world.speak(phone, hertz)
    return customer, phone


async def _hears(scene: Scene, leg: Leg) -> set[int]:
    """The voices in the last half second of two, so that what has just changed has changed."""
    await scene.world.listen(leg)
    await asyncio.sleep(2.0)
    path = await scene.world.stop_listening(leg)
    sound = _tail(path)
    return {
        hertz for hertz in (CUSTOMER_HERTZ, FIRST_HERTZ, SECOND_HERTZ) if strength(sound, hertz) > PRESENT
    }


def _tail(path: Path) -> Sound:
    return read_sound(path)[-RATE // 2 :]


async def _judge_records(scene: Scene, interaction_id: str, first: Phone, second: Phone) -> None:
    detail = await until(
        lambda: scene.detail(interaction_id),
        lambda found: (
            len(found["recordings"]) == 2 and all(one["state"] == "stored" for one in found["recordings"])
        ),
        60,
    )
    segments = [one for one in detail["segments"] if one["talk_seconds"]]
    assert [one["agent_id"] for one in segments] == [first.agent_id, second.agent_id]
    for segment, hertz, absent in zip(
        segments, (FIRST_HERTZ, SECOND_HERTZ), (SECOND_HERTZ, FIRST_HERTZ), strict=True
    ):
        (path,) = (scene.centre.home / "recordings").rglob(f"{segment['segment_id']}.ogg")
        sound, rate = soundfile.read(path)
        customers, agents = sound[:, 0] * 32767, sound[:, 1] * 32767
        # Not the very end: on a busy machine the next one is bridged a moment before the segment is over.
        late = slice(-rate * 3 // 2, -rate // 2)
        assert strength(customers[late], CUSTOMER_HERTZ, rate=rate) > PRESENT, "the customer's side"
        assert strength(agents[late], hertz, rate=rate) > PRESENT, "the agent's side"
        assert strength(agents[late], absent, rate=rate) < PRESENT, "and nobody else's"
