"""What every voice channel must do, whatever it is made of. A channel joins with a `bench` fixture of its
own.

A bench joins a driver with people outside: customers who call through its trunk, agents' phones, parties
that are dialled. Prompts used: `greeting` and `closed` of locale `en`. Trunk 1 leads in and out; devices
`a1` (agent 1) and `a2` (agent 2) exist; only `a1` is registered at the start.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Protocol, TypeVar

from otklik.acd.model import EndReason
from otklik.switchboard import instructions as told
from otklik.switchboard import signals as tell
from otklik.switchboard.ports import Driver
from otklik.vocabulary.ids import AgentId, InteractionId, LegId, TrunkId

PATIENCE = 10.0
"""Seconds after which a signal that was awaited counts as lost."""

S = TypeVar("S", bound=tell.Signal)
IDS = count(9_000_000)


class Recorder:
    """An inbox that keeps everything in order."""

    def __init__(self) -> None:
        self.signals: list[tell.ChannelSignal] = []
        self.errors: list[str] = []

    def put(self, signal: tell.ChannelSignal) -> None:
        self.signals.append(signal)

    def of(self, kind: type[S], **fields: object) -> list[S]:
        """All signals of a kind whose fields have these values."""
        return [
            signal
            for signal in self.signals
            if isinstance(signal, kind)
            and all(getattr(signal, name) == value for name, value in fields.items())
        ]

    async def wait(self, kind: type[S], *, nth: int = 1, seconds: float = PATIENCE, **fields: object) -> S:
        """The nth signal of a kind, as soon as it is there; fails with what came instead."""
        await until(
            lambda: len(self.of(kind, **fields)) >= nth,
            lambda: f"no {kind.__name__} {fields} (number {nth}) among {self.signals}",
            seconds,
        )
        return self.of(kind, **fields)[nth - 1]


async def until(condition: Callable[[], bool], why: Callable[[], str], seconds: float = PATIENCE) -> None:
    """Waits for a condition; fails with `why` when it does not come true in time."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while not condition():
        assert loop.time() < deadline, why()
        await asyncio.sleep(0.01)


class Customer(Protocol):
    """Somebody who called in."""

    def hang_up(self) -> object: ...

    def press(self, keys: str) -> object: ...

    async def hears(self, what: str) -> None:
        """Returns when he hears it: `talk`, `music` or `prompt`; fails when he does not."""
        ...

    async def is_gone(self) -> None:
        """Returns when his side of the call is over."""
        ...


class Phone(Protocol):
    """An agent's phone."""

    def register(self) -> object: ...

    def unregister(self) -> object: ...

    async def rings(self) -> None: ...

    async def is_quiet(self) -> None: ...

    def answer(self) -> object: ...

    def decline(self) -> object: ...

    def hang_up(self) -> object: ...

    def dial(self, number: str) -> object: ...


class Bench(Protocol):
    """A channel under test and the people around it. `driver` changes with `restart_driver`."""

    driver: Driver
    inbox: Recorder
    has_recording: bool

    async def call(self, number: str, calling: str = "") -> Customer: ...

    def phone(self, login: str) -> Phone: ...

    def far_end(self, number: str, outcome: EndReason, *, announces: bool = False) -> object:
        """From now on the party at this number behaves so when it is dialled (answers within a second)."""
        ...

    async def stop_driver(self) -> None: ...

    async def start_driver(self) -> None: ...

    async def restart_media(self) -> None: ...


def new_leg() -> LegId:
    return LegId(next(IDS))


def adopted(arrived: tell.LegArrived, interaction_id: int = 1) -> list[told.ChannelInstruction]:
    return [
        told.AdoptLeg(leg_id=arrived.leg_id, interaction_id=InteractionId(interaction_id)),
        told.AnswerLeg(leg_id=arrived.leg_id),
    ]


def ring(leg_id: LegId, login: str = "a1", **changes: object) -> told.RingDevice:
    fields: dict[str, object] = {
        "interaction_id": InteractionId(1),
        "agent_id": AgentId(int(login[1:])),
        "timeout": timedelta(seconds=20),
        "calling": "+74951234567",
        **changes,
    }
    return told.RingDevice(leg_id=leg_id, login=login, **fields)  # type: ignore[arg-type]


def dial(leg_id: LegId, number: str, timeout: float = 20) -> told.DialNumber:
    return told.DialNumber(
        leg_id=leg_id,
        interaction_id=InteractionId(1),
        agent_id=AgentId(1),
        trunk_id=TrunkId(1),
        number=number,
        caller_number="+74950000001",
        timeout=timedelta(seconds=timeout),
    )


async def settle(seconds: float = 0.3) -> None:
    """Time for something that must not come."""
    await asyncio.sleep(seconds)


class ChannelContract:
    """The tests. Each leaves its bench alone; every test has one of its own (or a cleaned one)."""

    async def arrive(self, bench: Bench, calling: str = "+79161234567") -> tuple[Customer, tell.LegArrived]:
        before = len(bench.inbox.of(tell.LegArrived))
        customer = await bench.call("74951234567", calling)
        return customer, await bench.inbox.wait(tell.LegArrived, nth=before + 1)

    async def talk(self, bench: Bench) -> tuple[Customer, LegId, LegId]:
        """A customer and agent 1 in one bridge `i1`."""
        customer, arrived = await self.arrive(bench)
        self.do(bench, *adopted(arrived))
        agent = new_leg()
        self.do(bench, ring(agent, beside=arrived.leg_id))
        await bench.inbox.wait(tell.LegRinging, leg_id=agent)
        bench.phone("a1").answer()
        await bench.inbox.wait(tell.LegAnswered, leg_id=agent)
        self.do(bench, bridge(arrived.leg_id, agent))
        await bench.inbox.wait(tell.LegsBridged, bridge="i1")
        return customer, arrived.leg_id, agent

    @staticmethod
    def do(bench: Bench, *instructions: told.ChannelInstruction) -> None:
        for instruction in instructions:
            bench.driver.do(instruction)

    # --- the link

    async def test_a_new_link_tells_what_is_up(self, bench: Bench) -> None:
        restored = await bench.inbox.wait(tell.ChannelRestored)

        assert restored.survey.legs == ()
        health = await bench.driver.health()
        assert health.is_up
        assert health.version
        assert 0 <= health.answered_ago_seconds < 30

    async def test_registered_phones_are_told_and_surveyed(self, bench: Bench) -> None:
        await bench.inbox.wait(tell.ChannelRestored)
        bench.phone("a2").register()
        await bench.inbox.wait(tell.DeviceRegistered, login="a2")

        before = len(bench.inbox.of(tell.ChannelRestored))
        bench.driver.request_survey()

        def later() -> list[frozenset[str]]:
            return [one.survey.reachable for one in bench.inbox.of(tell.ChannelRestored)[before:]]

        # A survey that was under way may come first.
        await until(lambda: any({"a1", "a2"} <= found for found in later()), lambda: str(later()))

    async def test_a_phone_that_goes_away_is_told(self, bench: Bench) -> None:
        bench.phone("a1").unregister()

        await bench.inbox.wait(tell.DeviceUnregistered, login="a1")

    # --- calls that arrive

    async def test_a_call_arrives_with_its_numbers(self, bench: Bench) -> None:
        _, arrived = await self.arrive(bench)

        assert arrived.trunk_id == 1
        assert arrived.number_called.endswith("4951234567")
        assert arrived.calling.endswith("9161234567")
        assert arrived.tries == 0

    async def test_an_anonymous_call_has_no_number(self, bench: Bench) -> None:
        _, arrived = await self.arrive(bench, "")

        assert arrived.calling == ""

    async def test_an_answered_call_is_up(self, bench: Bench) -> None:
        _, arrived = await self.arrive(bench)

        self.do(bench, *adopted(arrived))

        await bench.inbox.wait(tell.LegAnswered, leg_id=arrived.leg_id)

    async def test_prompts_are_played_and_their_end_is_told(self, bench: Bench) -> None:
        customer, arrived = await self.arrive(bench)
        self.do(bench, *adopted(arrived), play(arrived.leg_id, "p1", "closed"))

        await customer.hears("prompt")
        await bench.inbox.wait(tell.PromptsFinished, leg_id=arrived.leg_id, playback="p1", seconds=20)

    async def test_stopped_prompts_end_once(self, bench: Bench) -> None:
        customer, arrived = await self.arrive(bench)
        self.do(bench, *adopted(arrived), play(arrived.leg_id, "p1", "greeting", "greeting", "greeting"))
        await customer.hears("prompt")

        self.do(bench, told.StopPrompts(leg_id=arrived.leg_id, playback="p1"))

        await bench.inbox.wait(tell.PromptsFinished, leg_id=arrived.leg_id, playback="p1", seconds=1.5)
        await settle()
        assert len(bench.inbox.of(tell.PromptsFinished, playback="p1")) == 1

    async def test_new_prompts_replace_those_that_play(self, bench: Bench) -> None:
        customer, arrived = await self.arrive(bench)
        self.do(bench, *adopted(arrived), play(arrived.leg_id, "p1", "greeting", "greeting", "greeting"))
        await customer.hears("prompt")

        self.do(bench, play(arrived.leg_id, "p2", "closed"))

        await bench.inbox.wait(tell.PromptsFinished, leg_id=arrived.leg_id, playback="p1", seconds=1.5)
        await bench.inbox.wait(tell.PromptsFinished, leg_id=arrived.leg_id, playback="p2", seconds=20)

    async def test_a_prompt_that_does_not_exist_ends_at_once(self, bench: Bench) -> None:
        _, arrived = await self.arrive(bench)

        self.do(bench, *adopted(arrived), play(arrived.leg_id, "p1", "no_such_prompt"))

        await bench.inbox.wait(tell.PromptsFinished, leg_id=arrived.leg_id, playback="p1")

    async def test_music_plays_until_something_else_is_heard(self, bench: Bench) -> None:
        customer, arrived = await self.arrive(bench)
        self.do(bench, *adopted(arrived), told.StartMusic(leg_id=arrived.leg_id))
        await customer.hears("music")

        self.do(bench, play(arrived.leg_id, "p1", "greeting"))

        await customer.hears("prompt")

    async def test_a_customer_who_hangs_up_is_told_once(self, bench: Bench) -> None:
        customer, arrived = await self.arrive(bench)
        self.do(bench, *adopted(arrived))
        await bench.inbox.wait(tell.LegAnswered, leg_id=arrived.leg_id)

        customer.hang_up()

        await bench.inbox.wait(tell.LegEnded, leg_id=arrived.leg_id)
        await settle()
        assert len(bench.inbox.of(tell.LegEnded, leg_id=arrived.leg_id)) == 1

    async def test_a_customer_may_hang_up_before_the_answer(self, bench: Bench) -> None:
        customer, arrived = await self.arrive(bench)

        customer.hang_up()

        await bench.inbox.wait(tell.LegEnded, leg_id=arrived.leg_id)

    async def test_we_may_hang_up_on_a_customer(self, bench: Bench) -> None:
        customer, arrived = await self.arrive(bench)
        self.do(bench, *adopted(arrived), told.HangUpLeg(leg_id=arrived.leg_id))

        await bench.inbox.wait(tell.LegEnded, leg_id=arrived.leg_id)
        await customer.is_gone()

    async def test_keys_are_told_in_order(self, bench: Bench) -> None:
        customer, arrived = await self.arrive(bench)
        self.do(bench, *adopted(arrived))
        await bench.inbox.wait(tell.LegAnswered, leg_id=arrived.leg_id)

        customer.press("15#")

        await bench.inbox.wait(tell.KeyPressed, leg_id=arrived.leg_id, nth=3)
        assert "".join(signal.key for signal in bench.inbox.of(tell.KeyPressed)) == "15#"

    # --- agents' phones

    async def test_a_phone_rings_and_is_answered(self, bench: Bench) -> None:
        leg = new_leg()
        self.do(bench, ring(leg))

        await bench.inbox.wait(tell.LegRinging, leg_id=leg)
        await bench.phone("a1").rings()
        assert not bench.inbox.of(tell.LegAnswered, leg_id=leg)
        bench.phone("a1").answer()
        await bench.inbox.wait(tell.LegAnswered, leg_id=leg)

    async def test_a_declined_call_tells_how(self, bench: Bench) -> None:
        leg = new_leg()
        self.do(bench, ring(leg))
        await bench.inbox.wait(tell.LegRinging, leg_id=leg)

        bench.phone("a1").decline()

        failed = await bench.inbox.wait(tell.LegFailed, leg_id=leg)
        assert failed.tech_cause in (486, 600, 603) or failed.reason is EndReason.BUSY
        assert not bench.inbox.of(tell.LegEnded, leg_id=leg)

    async def test_a_phone_rings_no_longer_than_told(self, bench: Bench) -> None:
        leg = new_leg()
        self.do(bench, ring(leg, timeout=timedelta(seconds=1)))
        await bench.inbox.wait(tell.LegRinging, leg_id=leg)

        failed = await bench.inbox.wait(tell.LegFailed, leg_id=leg)

        assert failed.reason is EndReason.NO_ANSWER
        await bench.phone("a1").is_quiet()

    async def test_a_phone_that_is_not_registered_fails_at_once(self, bench: Bench) -> None:
        leg = new_leg()
        self.do(bench, ring(leg, "a2"))

        await bench.inbox.wait(tell.LegFailed, leg_id=leg)
        assert not bench.inbox.of(tell.LegRinging, leg_id=leg)

    async def test_a_ringing_phone_can_be_called_off(self, bench: Bench) -> None:
        leg = new_leg()
        self.do(bench, ring(leg))
        await bench.inbox.wait(tell.LegRinging, leg_id=leg)

        self.do(bench, told.HangUpLeg(leg_id=leg))

        failed = await bench.inbox.wait(tell.LegFailed, leg_id=leg)
        assert failed.reason is EndReason.CANCELLED
        await bench.phone("a1").is_quiet()

    async def test_a_phone_can_be_called_off_before_it_rings(self, bench: Bench) -> None:
        leg = new_leg()
        self.do(bench, ring(leg), told.HangUpLeg(leg_id=leg))

        await bench.inbox.wait(tell.LegFailed, leg_id=leg)
        await settle()
        await bench.phone("a1").is_quiet()
        assert len(bench.inbox.of(tell.LegFailed, leg_id=leg)) == 1

    async def test_a_phone_may_answer_itself(self, bench: Bench) -> None:
        leg = new_leg()
        self.do(bench, ring(leg, answers_itself=True))

        await bench.inbox.wait(tell.LegAnswered, leg_id=leg)

    async def test_an_agent_may_dial_on_his_phone(self, bench: Bench) -> None:
        bench.phone("a1").dial("84957654321")

        dialed = await bench.inbox.wait(tell.DeviceDialed)
        assert dialed.agent_id == 1
        assert dialed.dialed == "84957654321"
        self.do(bench, told.AnswerLeg(leg_id=dialed.leg_id))
        await bench.inbox.wait(tell.LegAnswered, leg_id=dialed.leg_id)

    # --- talks

    async def test_bridged_legs_hear_each_other(self, bench: Bench) -> None:
        customer, _, _ = await self.talk(bench)

        await customer.hears("talk")

    async def test_hold_gives_music_and_resume_the_talk(self, bench: Bench) -> None:
        customer, leg, agent = await self.talk(bench)

        self.do(bench, told.UnbridgeLeg(bridge="i1", leg_id=leg), told.StartMusic(leg_id=leg))
        await customer.hears("music")
        self.do(bench, bridge(leg, agent))
        await bench.inbox.wait(tell.LegsBridged, bridge="i1", nth=2)
        await customer.hears("talk")

    async def test_bridging_ends_music_and_prompts(self, bench: Bench) -> None:
        customer, arrived = await self.arrive(bench)
        self.do(bench, *adopted(arrived), play(arrived.leg_id, "p1", "greeting", "greeting", "greeting"))
        await customer.hears("prompt")
        agent = new_leg()
        self.do(bench, ring(agent, answers_itself=True))
        await bench.inbox.wait(tell.LegAnswered, leg_id=agent)

        self.do(bench, bridge(arrived.leg_id, agent))

        await bench.inbox.wait(tell.LegsBridged, bridge="i1")
        await customer.hears("talk")
        await bench.inbox.wait(tell.PromptsFinished, playback="p1")

    async def test_an_agent_who_hangs_up_leaves_the_customer(self, bench: Bench) -> None:
        customer, leg, agent = await self.talk(bench)

        bench.phone("a1").hang_up()

        ended = await bench.inbox.wait(tell.LegEnded, leg_id=agent)
        assert ended.cause == 16
        await settle()
        assert not bench.inbox.of(tell.LegEnded, leg_id=leg)
        self.do(bench, told.StartMusic(leg_id=leg))
        await customer.hears("music")

    async def test_the_end_of_a_talk_ends_legs_and_bridge(self, bench: Bench) -> None:
        customer, leg, agent = await self.talk(bench)

        self.do(bench, told.HangUpLeg(leg_id=leg), told.HangUpLeg(leg_id=agent), told.EndBridge(bridge="i1"))

        await bench.inbox.wait(tell.LegEnded, leg_id=leg)
        await bench.inbox.wait(tell.LegEnded, leg_id=agent)
        await customer.is_gone()
        survey = await self.survey(bench)
        assert survey.legs == ()
        assert "i1" not in survey.bridges

    async def test_a_bridge_with_a_leg_that_is_gone_fails(self, bench: Bench) -> None:
        _, arrived = await self.arrive(bench)
        self.do(bench, *adopted(arrived), bridge(arrived.leg_id, new_leg()))

        await bench.inbox.wait(tell.BridgeFailed, bridge="i1")

    async def test_an_instruction_about_a_leg_that_is_gone_is_nothing(self, bench: Bench) -> None:
        leg = new_leg()
        self.do(
            bench,
            told.AnswerLeg(leg_id=leg),
            told.StartMusic(leg_id=leg),
            told.StopMusic(leg_id=leg),
            told.StopPrompts(leg_id=leg, playback="p"),
            told.UnbridgeLeg(bridge="i9", leg_id=leg),
            told.SendKeys(leg_id=leg, keys="1"),
            told.HangUpLeg(leg_id=leg),
            told.EndBridge(bridge="i9"),
            told.RemoveDevice(login="nobody"),
            told.RemoveTrunk(trunk_id=TrunkId(99)),
        )
        await settle()

        customer, arrived = await self.arrive(bench)
        self.do(bench, *adopted(arrived), told.StartMusic(leg_id=arrived.leg_id))
        await customer.hears("music")
        assert not bench.inbox.of(tell.ChannelLost)

    # --- parties that are dialled

    async def test_a_dialled_party_rings_and_answers(self, bench: Bench) -> None:
        bench.far_end("+74957654321", EndReason.ANSWERED)
        leg = new_leg()
        self.do(bench, dial(leg, "+74957654321"))

        await bench.inbox.wait(tell.LegRinging, leg_id=leg)
        await bench.inbox.wait(tell.LegAnswered, leg_id=leg)

    async def test_announcements_before_the_answer_are_told(self, bench: Bench) -> None:
        bench.far_end("+74957654321", EndReason.ANSWERED, announces=True)
        leg = new_leg()
        self.do(bench, dial(leg, "+74957654321"))

        await bench.inbox.wait(tell.LegProgressed, leg_id=leg)

    async def test_why_a_dialled_party_was_not_reached(self, bench: Bench) -> None:
        outcomes = {
            "+74950000017": EndReason.BUSY,
            "+74950000001": EndReason.INVALID_NUMBER,
            "+74950000034": EndReason.CONGESTED,
        }
        for number, outcome in outcomes.items():
            bench.far_end(number, outcome)
            leg = new_leg()
            self.do(bench, dial(leg, number))
            failed = await bench.inbox.wait(tell.LegFailed, leg_id=leg)
            assert failed.reason is outcome, number

    async def test_a_dialled_party_rings_no_longer_than_told(self, bench: Bench) -> None:
        bench.far_end("+74950000019", EndReason.NO_ANSWER)
        leg = new_leg()
        self.do(bench, dial(leg, "+74950000019", timeout=1.5))

        failed = await bench.inbox.wait(tell.LegFailed, leg_id=leg)
        assert failed.reason is EndReason.NO_ANSWER

    async def test_dialling_can_be_called_off(self, bench: Bench) -> None:
        bench.far_end("+74950000019", EndReason.NO_ANSWER)
        leg = new_leg()
        self.do(bench, dial(leg, "+74950000019"))
        await bench.inbox.wait(tell.LegRinging, leg_id=leg)

        self.do(bench, told.HangUpLeg(leg_id=leg))

        failed = await bench.inbox.wait(tell.LegFailed, leg_id=leg)
        assert failed.reason is EndReason.CANCELLED

    # --- restarts

    async def survey(self, bench: Bench) -> tell.Survey:
        before = len(bench.inbox.of(tell.ChannelRestored))
        bench.driver.request_survey()
        return (await bench.inbox.wait(tell.ChannelRestored, nth=before + 1)).survey

    async def test_a_survey_shows_legs_with_their_marks(self, bench: Bench) -> None:
        _, leg, agent = await self.talk(bench)

        survey = await self.survey(bench)

        legs = {seen.leg_id: seen for seen in survey.legs}
        assert legs[leg].role == "customer"
        assert legs[leg].interaction_id == 1
        assert legs[leg].is_up
        assert legs[agent].role == "agent"
        assert legs[agent].agent_id == 1
        assert legs[leg].bridge == legs[agent].bridge == "i1"
        assert "i1" in survey.bridges

    async def test_a_talk_outlives_the_driver_and_the_next_one_takes_it_over(self, bench: Bench) -> None:
        customer, leg, agent = await self.talk(bench)

        await bench.stop_driver()
        bench.inbox.signals.clear()
        await bench.start_driver()

        restored = await bench.inbox.wait(tell.ChannelRestored)
        assert {leg, agent} <= {seen.leg_id for seen in restored.survey.legs}
        assert not bench.inbox.of(tell.LegArrived)
        await customer.hears("talk")
        self.do(bench, told.HangUpLeg(leg_id=leg))
        await bench.inbox.wait(tell.LegEnded, leg_id=leg)
        bench.phone("a1").hang_up()
        await bench.inbox.wait(tell.LegEnded, leg_id=agent)

    async def test_a_call_that_finds_no_driver_waits_with_music(self, bench: Bench) -> None:
        await bench.inbox.wait(tell.ChannelRestored)
        await bench.stop_driver()
        bench.inbox.signals.clear()
        customer = await bench.call("74951234567", "+79161234567")
        await customer.hears("music")

        await bench.start_driver()

        arrived = await bench.inbox.wait(tell.LegArrived)
        assert arrived.tries > 0
        first = next(
            place
            for place, signal in enumerate(bench.inbox.signals)
            if isinstance(signal, tell.ChannelRestored)
        )
        assert bench.inbox.signals.index(arrived) > first

    async def test_a_restarted_media_server_says_so_and_gets_its_devices_again(self, bench: Bench) -> None:
        await self.talk(bench)
        bench.inbox.signals.clear()

        await bench.restart_media()

        await bench.inbox.wait(tell.MediaRestarted, seconds=20)
        restored = await bench.inbox.wait(tell.ChannelRestored)
        assert restored.survey.legs == ()
        kinds = [type(signal) for signal in bench.inbox.signals]
        assert kinds.index(tell.ChannelLost) < kinds.index(tell.MediaRestarted)
        assert kinds.index(tell.MediaRestarted) < kinds.index(tell.ChannelRestored)
        bench.phone("a1").register()
        await bench.inbox.wait(tell.DeviceRegistered, login="a1", seconds=20)
        leg = new_leg()
        self.do(bench, ring(leg))
        await bench.inbox.wait(tell.LegRinging, leg_id=leg)

    # --- trunks

    async def test_a_trunk_can_be_asked_for_a_sign_of_life(self, bench: Bench) -> None:
        known = await bench.driver.check_trunk(TrunkId(1))
        unknown = await bench.driver.check_trunk(TrunkId(77))

        assert (known.state, known.answers) == ("up", True)
        assert known.round_trip_ms >= 0
        assert (unknown.state, unknown.answers, unknown.round_trip_ms) == ("unknown", False, -1.0)

    # --- recording

    async def test_without_room_a_leg_is_not_recorded_and_goes_on(self, bench: Bench) -> None:
        bench.driver.allow_recording(False)
        try:
            bench.far_end("+74957654321", EndReason.ANSWERED)
            leg = new_leg()
            self.do(bench, dial(leg, "+74957654321"))
            await bench.inbox.wait(tell.LegAnswered, leg_id=leg)

            self.do(bench, told.RecordLeg(leg_id=leg, interaction_id=InteractionId(1)))

            await settle()
            assert not bench.inbox.of(tell.RecordingBegun)
            assert not bench.inbox.of(tell.LegEnded)
        finally:
            bench.driver.allow_recording(True)

    async def test_a_leg_that_we_made_can_be_recorded(self, bench: Bench) -> None:
        bench.far_end("+74957654321", EndReason.ANSWERED)
        leg = new_leg()
        self.do(bench, dial(leg, "+74957654321"))
        await bench.inbox.wait(tell.LegAnswered, leg_id=leg)

        self.do(bench, told.RecordLeg(leg_id=leg, interaction_id=InteractionId(1)))

        if bench.has_recording:
            begun = await bench.inbox.wait(tell.RecordingBegun, leg_id=leg)
            assert begun.recording.path
            assert begun.recording.lead >= timedelta(0)
        else:
            await settle()
            assert not bench.inbox.of(tell.RecordingBegun)

    async def test_a_recording_that_was_stopped_goes_on_in_another_file(self, bench: Bench) -> None:
        bench.far_end("+74957654321", EndReason.ANSWERED)
        leg = new_leg()
        self.do(bench, dial(leg, "+74957654321"))
        await bench.inbox.wait(tell.LegAnswered, leg_id=leg)
        record = told.RecordLeg(leg_id=leg, interaction_id=InteractionId(1))

        self.do(bench, record, told.StopRecording(leg_id=leg), told.StopRecording(leg_id=leg), record)

        if bench.has_recording:
            first = await bench.inbox.wait(tell.RecordingBegun, leg_id=leg)
            second = await bench.inbox.wait(tell.RecordingBegun, leg_id=leg, nth=2)
            assert first.recording.path != second.recording.path
        await settle()
        assert not bench.inbox.of(tell.LegEnded)


def play(leg_id: LegId, playback: str, *prompts: str) -> told.PlayPrompts:
    return told.PlayPrompts(leg_id=leg_id, playback=playback, prompts=prompts, locale="en")


def bridge(*legs: LegId) -> told.BridgeLegs:
    return told.BridgeLegs(bridge="i1", interaction_id=InteractionId(1), leg_ids=legs)
