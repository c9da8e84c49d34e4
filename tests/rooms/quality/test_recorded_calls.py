"""Real calls through Asterisk, recorded by it and cut by us: who speaks on which side, and when, by tones.

The customer speaks 400 Hz, the first agent 700, the second 1000; music is 1600.
"""

# Fixtures come by import and are then parameters of the same name.
# ruff: noqa: F401, F811

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from otklik.acd.model import EndReason
from otklik.clock import SystemClock
from otklik.quality import audio
from otklik.quality.model import RATE, RawFile
from otklik.switchboard import instructions as told
from otklik.switchboard import signals as tell
from otklik.vocabulary.ids import InteractionId, LegId
from tests.asterisk.bench import AsteriskBench
from tests.asterisk.conftest import asterisk_root, bench, pair, world
from tests.asterisk.pair import AGENT, CUSTOMER, MUSIC, SECOND_AGENT, heard
from tests.contracts.suite import adopted, bridge, dial, new_leg, ring, until

pytestmark = pytest.mark.asterisk

Tones = tuple[set[int], set[int]]


@dataclass(slots=True)
class Stamps:
    """Moments at which signals reached us, as the inbox stamps them."""

    clock: SystemClock = field(default_factory=SystemClock)
    moments: list[tuple[datetime, tell.ChannelSignal]] = field(default_factory=list)

    def of(self, signal: tell.ChannelSignal) -> datetime:
        return next(at for at, seen in self.moments if seen is signal)


@pytest.fixture
async def stamps(bench: AsteriskBench) -> AsyncIterator[Stamps]:
    stamps = Stamps()
    really = bench.inbox.put

    def put(signal: tell.ChannelSignal) -> None:
        stamps.moments.append((stamps.clock.now(), signal))
        really(signal)

    bench.inbox.put = put  # type: ignore[method-assign]
    yield stamps
    del bench.inbox.put  # type: ignore[method-assign]


def raw_of(recording: tell.RawRecording, at: datetime, role: str = "customer") -> RawFile:
    """What the journal would hold of it."""
    return RawFile(leg_id=LegId(1), role=role, path=recording.path, since=at - recording.lead)


async def stored(raw: RawFile, home: Path, since: datetime, until_: datetime) -> np.ndarray:
    """The recording of [since, until), as a player gets it."""
    path = home / raw.path
    await until(
        lambda: audio.is_complete([raw], home, until_ - timedelta(milliseconds=100)),
        lambda: f"{path} has {audio.frames_in(path, 2)} frames",
        5,
    )
    cut = audio.plan([raw], home, since, until_)
    assert cut is not None
    audio.store(cut, home / "recordings/x.ogg")
    sound, _ = soundfile.read(home / "recordings/x.ogg", dtype="int16")
    return np.asarray(sound)


def sides(sound: np.ndarray, since: float, until_: float) -> Tones:
    """Tones of the customer's and the agent's side between two moments in seconds."""
    part = sound[round(since * RATE) : round(until_ * RATE)].astype(float)
    return heard(part[:, 0]), heard(part[:, 1])


def onset(sound: np.ndarray, side: int, hertz: int) -> float:
    """When a tone begins on a side, in seconds, within 20 ms."""
    for begins in range(0, len(sound) - 400, 80):
        if hertz in heard(sound[begins : begins + 400, side].astype(float)):
            return begins / RATE + 0.025
    raise AssertionError(f"{hertz} Hz is never heard on side {side}")


async def take(bench: AsteriskBench, *, speaks: bool = True) -> tuple[Any, tell.LegArrived]:
    customer = await bench.world.call("74951234567", "+79161234567", speaks=speaks)
    arrived = await bench.inbox.wait(tell.LegArrived)
    for instruction in (*adopted(arrived), told.StartMusic(leg_id=arrived.leg_id)):
        bench.driver.do(instruction)
    await bench.inbox.wait(tell.LegAnswered, leg_id=arrived.leg_id)
    return customer, arrived


async def connect(bench: AsteriskBench, arrived: tell.LegArrived, login: str = "a1") -> LegId:
    agent = new_leg()
    bench.driver.do(ring(agent, login, beside=arrived.leg_id))
    await bench.inbox.wait(tell.LegRinging, leg_id=agent)
    await bench.phone(login).rings()
    bench.phone(login).answer()
    await bench.inbox.wait(tell.LegAnswered, leg_id=agent)
    before = len(bench.inbox.of(tell.LegsBridged))
    bench.driver.do(bridge(arrived.leg_id, agent))
    await bench.inbox.wait(tell.LegsBridged, nth=before + 1)
    return agent


async def test_the_customer_is_left_and_the_agent_right_through_hold_and_resume(
    bench: AsteriskBench,
    stamps: Stamps,
    tmp_path: Path,
) -> None:
    _, arrived = await take(bench)
    assert arrived.recording is not None
    await asyncio.sleep(1)
    agent = await connect(bench, arrived)
    connected_at = stamps.of(bench.inbox.of(tell.LegsBridged)[0])
    await asyncio.sleep(3)
    held_at = stamps.clock.now()
    bench.driver.do(told.UnbridgeLeg(bridge="i1", leg_id=arrived.leg_id))
    bench.driver.do(told.StartMusic(leg_id=arrived.leg_id))
    await asyncio.sleep(2)
    bench.driver.do(bridge(arrived.leg_id, agent))
    resumed_at = stamps.of(await bench.inbox.wait(tell.LegsBridged, nth=2))
    await asyncio.sleep(2)
    ended_at = stamps.clock.now()

    sound = await stored(raw_of(arrived.recording, stamps.of(arrived)), tmp_path, connected_at, ended_at)

    hold = (held_at - connected_at).total_seconds()
    resume = (resumed_at - connected_at).total_seconds()
    assert len(sound) / RATE == pytest.approx((ended_at - connected_at).total_seconds(), abs=0.15)
    assert sides(sound, 0.5, hold - 0.2) == ({CUSTOMER}, {AGENT})
    assert sides(sound, hold + 0.4, resume - 0.2) == ({CUSTOMER}, {MUSIC})
    assert sides(sound, resume + 0.4, resume + 1.6) == ({CUSTOMER}, {AGENT})


async def test_a_change_of_agent_gives_each_segment_its_own_voice(
    bench: AsteriskBench,
    stamps: Stamps,
    tmp_path: Path,
) -> None:
    bench.phone("a2").register()
    await bench.inbox.wait(tell.DeviceRegistered, login="a2")
    _, arrived = await take(bench)
    assert arrived.recording is not None
    raw = raw_of(arrived.recording, stamps.of(arrived))
    first = await connect(bench, arrived)
    first_at = stamps.of(bench.inbox.of(tell.LegsBridged)[0])
    await asyncio.sleep(2.5)
    first_ends = stamps.clock.now()
    for instruction in (
        told.HangUpLeg(leg_id=first),
        told.UnbridgeLeg(bridge="i1", leg_id=arrived.leg_id),
        told.StartMusic(leg_id=arrived.leg_id),
    ):
        bench.driver.do(instruction)
    await bench.inbox.wait(tell.LegEnded, leg_id=first)
    await connect(bench, arrived, "a2")
    second_at = stamps.of(bench.inbox.of(tell.LegsBridged)[1])
    await asyncio.sleep(2.5)
    second_ends = stamps.clock.now()

    one = await stored(raw, tmp_path, first_at, first_ends)
    two = await stored(raw, tmp_path, second_at, second_ends)

    assert sides(one, 0.5, 2.2) == ({CUSTOMER}, {AGENT})
    assert sides(two, 0.5, 2.2) == ({CUSTOMER}, {SECOND_AGENT})


async def test_the_cut_is_right_though_the_customer_sends_no_packet(
    bench: AsteriskBench,
    stamps: Stamps,
    tmp_path: Path,
) -> None:
    """Without silence of our own the file would grow only while sound is sent, and all cuts would slip."""
    _, arrived = await take(bench, speaks=False)
    assert arrived.recording is not None
    await asyncio.sleep(3)
    bench.driver.do(told.StopMusic(leg_id=arrived.leg_id))
    await asyncio.sleep(3)
    await connect(bench, arrived)
    bridged_at = stamps.of(bench.inbox.of(tell.LegsBridged)[0])
    await asyncio.sleep(2)

    raw = raw_of(arrived.recording, stamps.of(arrived))
    sound = await stored(raw, tmp_path, bridged_at - timedelta(seconds=2), bridged_at + timedelta(seconds=2))

    assert sides(sound, 2.5, 3.8) == (set(), {AGENT})
    assert onset(sound, 1, AGENT) == pytest.approx(2.0, abs=0.3)


async def test_a_party_that_we_dialled_is_left(
    bench: AsteriskBench,
    stamps: Stamps,
    tmp_path: Path,
) -> None:
    bench.far_end("+74957654321", EndReason.ANSWERED)
    agent, party = new_leg(), new_leg()
    bench.driver.do(ring(agent, answers_itself=True))
    await bench.inbox.wait(tell.LegAnswered, leg_id=agent)
    bench.driver.do(dial(party, "+74957654321"))
    await bench.inbox.wait(tell.LegAnswered, leg_id=party)
    bench.driver.do(told.RecordLeg(leg_id=party, interaction_id=InteractionId(1)))
    begun = await bench.inbox.wait(tell.RecordingBegun, leg_id=party)
    bench.driver.do(bridge(party, agent))
    bridged_at = stamps.of(await bench.inbox.wait(tell.LegsBridged))
    await asyncio.sleep(3)

    raw = raw_of(begun.recording, stamps.of(begun), role="outside")
    sound = await stored(raw, tmp_path, bridged_at, bridged_at + timedelta(seconds=3))

    assert sides(sound, 0.6, 2.6) == ({CUSTOMER}, {AGENT})
