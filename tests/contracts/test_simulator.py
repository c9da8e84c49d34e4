"""The simulator fulfils the contract of a voice channel, and its faults are what they say."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from otklik.acd.model import EndReason
from otklik.channels.simulator.driver import SimulatorDriver
from otklik.channels.simulator.media import Customer as SimulatedCustomer
from otklik.channels.simulator.media import MediaServer
from otklik.channels.simulator.parties import FarEnd, Pace, Phone
from otklik.clock import SystemClock
from otklik.switchboard import instructions as told
from otklik.switchboard import signals as tell
from otklik.vocabulary.ids import AgentId, InteractionId, LegId, SecretId, TrunkId
from tests.contracts.suite import ChannelContract, Recorder, adopted, bridge, dial, play, ring, until

pytestmark = pytest.mark.fast

QUICK = Pace(
    reaction=timedelta(milliseconds=2),
    registration=timedelta(milliseconds=10),
    self_answer=timedelta(milliseconds=20),
    prompt=timedelta(milliseconds=400),
    retry=timedelta(milliseconds=20),
)
PROMPTS = frozenset({"greeting", "closed"})
WANTED: tuple[told.ChannelInstruction, ...] = (
    told.ProvisionTrunk(trunk_id=TrunkId(1), name="city", kind="address", host="192.0.2.1"),
    told.ProvisionDevice(agent_id=AgentId(1), login="a1", kind="browser", secret_id=SecretId(1)),
    told.ProvisionDevice(agent_id=AgentId(2), login="a2", kind="sip", secret_id=SecretId(2)),
)


class _Customer:
    def __init__(self, customer: SimulatedCustomer) -> None:
        self._customer = customer

    def hang_up(self) -> None:
        self._customer.hang_up()

    def press(self, keys: str) -> None:
        self._customer.press(keys)

    async def hears(self, what: str) -> None:
        await until(
            lambda: self._customer.hears.partition(":")[0] == what,
            lambda: f"hears {self._customer.hears}, not {what}; before: {self._customer.leg.heard}",
        )

    async def is_gone(self) -> None:
        await until(lambda: self._customer.is_over, lambda: "the call is still there")


class _Phone:
    def __init__(self, media: MediaServer, login: str) -> None:
        self._media, self._login = media, login

    def register(self) -> None:
        self._media.register(self._login)

    def unregister(self) -> None:
        self._media.unregister(self._login)

    async def rings(self) -> None:
        await until(lambda: self._leg_state() == "waiting", lambda: f"a phone is {self._leg_state()}")

    async def is_quiet(self) -> None:
        await until(lambda: self._leg_state() == "", lambda: f"a phone is {self._leg_state()}")

    def answer(self) -> None:
        assert self._media.answer(self._login)

    def decline(self) -> None:
        assert self._media.decline(self._login)

    def hang_up(self) -> None:
        assert self._media.hang_up(self._login)

    def dial(self, number: str) -> None:
        self._media.dial(self._login, number)

    def _leg_state(self) -> str:
        leg = self._media.leg_of(self._login)
        return leg.state if leg else ""


class SimulatorBench:
    has_recording = False

    def __init__(self) -> None:
        self.clock = SystemClock()
        self.media = MediaServer(self.clock, pace=QUICK, prompts=PROMPTS)
        self.media.directory.phones["a2"] = Phone(registers=False)
        self.inbox = Recorder()
        self.driver = self._make()

    def _make(self) -> SimulatorDriver:
        driver = SimulatorDriver(self.clock, media=self.media)
        driver.provision(WANTED)
        return driver

    async def call(self, number: str, calling: str = "") -> _Customer:
        return _Customer(self.media.call(number, calling))

    def phone(self, login: str) -> _Phone:
        return _Phone(self.media, login)

    def far_end(self, number: str, outcome: EndReason, *, announces: bool = False) -> None:
        self.driver.script_far_end(
            number,
            FarEnd(
                outcome=outcome,
                announces=announces,
                rings_after=timedelta(milliseconds=20),
                answers_after=timedelta(milliseconds=60),
            ),
        )

    async def stop_driver(self) -> None:
        await self.driver.stop()

    async def start_driver(self) -> None:
        self.driver = self._make()
        self.driver.start(self.inbox)

    async def restart_media(self) -> None:
        self.media.restart()
        self.media.restore_link()


@pytest.fixture
async def bench() -> AsyncIterator[SimulatorBench]:
    bench = SimulatorBench()
    bench.driver.start(bench.inbox)
    await bench.inbox.wait(tell.DeviceRegistered, login="a1")
    yield bench
    await bench.driver.stop()
    bench.media.steps.keep_time(None)


class TestSimulator(ChannelContract):
    """Every line of the contract."""


# --- in virtual time: exact moments and scripted faults


class VirtualClock:
    def __init__(self) -> None:
        self.at = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


class World:
    """A simulator on a virtual clock; `run` lets time pass."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.driver = SimulatorDriver(self.clock, keeps_time=False)
        self.media = self.driver.media
        self.inbox = Recorder()
        self.driver.provision(WANTED)
        self.driver.start(self.inbox)
        self.run(1)
        self.inbox.signals.clear()

    def run(self, seconds: float) -> None:
        until_ = self.clock.at + timedelta(seconds=seconds)
        while (due := self.media.steps.next_deadline()) is not None and due <= until_:
            self.clock.at = max(self.clock.at, due)
            self.media.steps.advance(self.clock.at)
        self.clock.at = until_

    def do(self, *instructions: told.ChannelInstruction) -> None:
        for instruction in instructions:
            self.driver.do(instruction)
        self.run(0.01)

    def arrive(self) -> tuple[SimulatedCustomer, tell.LegArrived]:
        customer = self.driver.call("74951234567", "+79161234567")
        self.run(0.01)
        return customer, self.inbox.of(tell.LegArrived)[-1]


def test_a_leg_remembers_what_it_heard_and_for_how_long() -> None:
    world = World()
    customer, arrived = world.arrive()
    world.do(*adopted(arrived), play(arrived.leg_id, "p", "greeting"))
    world.run(5)
    world.do(told.StartMusic(leg_id=arrived.leg_id))
    world.run(10)
    customer.hang_up()

    assert customer.leg.sounds() == ["ringing", "prompt:greeting", "music"]
    silence = customer.leg.longest_silence(world.clock.now())
    assert timedelta(seconds=1.9) < silence < timedelta(seconds=2.1)


def test_a_scripted_phone_answers_and_hangs_up_by_itself() -> None:
    world = World()
    world.driver.script_phone(
        "a1", Phone(answers_after=timedelta(seconds=3), talks_for=timedelta(seconds=60))
    )
    world.do(ring(LegId(5)))

    world.run(2.9)
    assert not world.inbox.of(tell.LegAnswered)
    world.run(0.2)
    assert world.inbox.of(tell.LegAnswered)
    world.run(60)
    assert world.inbox.of(tell.LegEnded)[0].cause == 16


def test_a_phone_may_die_while_it_rings() -> None:
    world = World()
    world.driver.script_phone("a1", Phone(dies_after=timedelta(seconds=2)))
    world.do(ring(LegId(5)))

    world.run(3)

    assert world.inbox.of(tell.DeviceUnregistered, login="a1")
    assert world.inbox.of(tell.LegFailed)[0].reason is EndReason.AGENT_FAILED


def test_an_impatient_customer_leaves_unless_somebody_talks_with_him() -> None:
    world = World()
    waits = world.driver.call("1", patience=timedelta(seconds=30))
    world.run(0.01)
    world.run(31)
    assert waits.is_over

    talks = world.driver.call("1", patience=timedelta(seconds=30))
    world.run(0.01)
    arrived = world.inbox.of(tell.LegArrived)[-1]
    world.do(*adopted(arrived), ring(LegId(5), answers_itself=True))
    world.run(1)
    world.do(bridge(arrived.leg_id, LegId(5)))
    world.run(31)
    assert not talks.is_over


def test_signals_are_lost_late_and_doubled_as_scripted() -> None:
    world = World()
    faults = world.media.faults
    faults.lose(tell.LegAnswered)
    faults.delay(tell.LegRinging, timedelta(seconds=2))
    faults.double(tell.LegEnded, timedelta(seconds=1))
    world.do(ring(LegId(5)))

    assert not world.inbox.of(tell.LegRinging)
    world.run(2.1)
    assert world.inbox.of(tell.LegRinging)
    world.driver.answer("a1")
    world.run(1)
    assert not world.inbox.of(tell.LegAnswered)
    world.driver.hang_up("a1")
    world.run(2)
    assert len(world.inbox.of(tell.LegEnded)) == 2


def test_instructions_fail_outside_as_scripted() -> None:
    world = World()
    faults = world.media.faults
    for kind in (told.RingDevice, told.DialNumber, told.BridgeLegs):
        faults.fail(kind)
    _, arrived = world.arrive()
    world.do(*adopted(arrived), ring(LegId(5)), dial(LegId(6), "+74950000001"), bridge(arrived.leg_id))

    assert {failed.leg_id for failed in world.inbox.of(tell.LegFailed)} == {5, 6}
    assert world.inbox.of(tell.BridgeFailed)
    world.do(bridge(arrived.leg_id))
    assert world.inbox.of(tell.LegsBridged)


def test_a_lost_link_hides_what_happens_and_a_survey_shows_it() -> None:
    world = World()
    customer, arrived = world.arrive()
    world.do(*adopted(arrived))
    world.media.lose_link()
    customer.hang_up()
    world.run(1)
    assert isinstance(world.inbox.signals[-1], tell.ChannelLost)

    world.media.restore_link()
    world.run(1)

    assert world.inbox.of(tell.ChannelRestored)[-1].survey.legs == ()
    assert not world.inbox.of(tell.LegEnded)


def test_a_call_without_an_engine_goes_to_the_fallback_after_a_minute() -> None:
    world = World()
    world.do(told.SetFallback(logins=("a1",)))
    world.media.lose_link()
    customer = world.driver.call("74951234567", "+79161234567")
    world.run(59)
    assert customer.hears == "music"
    world.run(11)
    assert customer.hears == "talk"

    world.media.restore_link()
    world.run(1)

    diverted = world.inbox.of(tell.CallDiverted)
    assert len(diverted) == 1
    assert timedelta(seconds=9) < diverted[0].ago < timedelta(seconds=11)
    assert diverted[0].calling == "+79161234567"


def test_without_a_fallback_the_music_goes_on() -> None:
    world = World()
    world.media.lose_link()
    customer = world.driver.call("74951234567")
    world.run(600)
    assert customer.hears == "music"

    world.media.restore_link()
    world.run(1)

    assert world.inbox.of(tell.LegArrived)[0].tries == 301


def test_a_phone_in_a_talk_is_busy() -> None:
    world = World()
    world.do(ring(LegId(5), answers_itself=True))
    world.run(1)
    world.do(ring(LegId(6)))

    assert world.inbox.of(tell.LegFailed, leg_id=LegId(6))[0].reason is EndReason.BUSY


def test_provisioning_is_the_whole_list() -> None:
    world = World()

    world.driver.provision(WANTED[:2])

    assert set(world.media.devices) == {"a1"}
    world.driver.provision(WANTED)
    world.run(1)
    assert world.inbox.of(tell.DeviceRegistered, login="a2")


def test_a_trunk_that_is_down_takes_no_call() -> None:
    world = World()
    world.media.set_trunk(TrunkId(1), "down")
    world.do(dial(LegId(6), "+74950000001"))

    assert world.inbox.of(tell.TrunkChanged)[-1].state == "down"
    assert world.inbox.of(tell.LegFailed)[0].reason is EndReason.CONGESTED


def test_adopted_marks_are_seen_in_a_survey() -> None:
    world = World()
    _, arrived = world.arrive()
    assert world.media.survey().legs[0].role == ""

    world.do(told.AdoptLeg(leg_id=arrived.leg_id, interaction_id=InteractionId(7)))

    assert world.media.survey().legs[0].interaction_id == 7
