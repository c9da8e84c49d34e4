"""Places one real call through trunk, flow, queue and a robot agent, and listens on both ends.

It has a trunk, a number, a queue, an agent and a phone of its own in the project of the self-test, which
counters, reports and boards leave out. The customer speaks 400 Hz, the agent 700 Hz; each must hear the
other, and the recording must hold both, the customer on the left.
"""

import asyncio
import contextlib
import secrets
import shutil
import wave
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import soundfile

from otklik.channels.asterisk.ari import AriEvent, AriFailed
from otklik.channels.asterisk.install import AsteriskRoot
from otklik.channels.asterisk.instance import InstanceDescription
from otklik.operations.exchange import Exchange, ExchangeFailed
from otklik.operations.tones import AUDIBLE, RATE, read_sound, strength, write_tone
from otklik.organization.starter import SELF_TEST_HOST
from otklik.settings import Settings
from otklik.switchboard.client import EngineAway, EngineClient
from otklik.switchboard.requests import (
    Answer,
    EndWrapUp,
    GetReady,
    Question,
    SignInAgentHere,
    SignOutAgentHere,
)
from otklik.vocabulary.ids import AgentId
from otklik.vocabulary.refusals import Refused

CUSTOMER_HERTZ = 400
AGENT_HERTZ = 700
TALK_SECONDS = 4.0
CHECKS = (
    "engine",
    "channel",
    "agent",
    "trunk",
    "offer",
    "answer",
    "audio_to_agent",
    "audio_to_customer",
    "journal",
    "recording",
)


@dataclass(slots=True)
class Check:
    """One line of the result. code: what went wrong, "" when all is well; detail: facts for a person."""

    name: str
    passed: bool
    code: str = ""
    detail: str = ""


class Failed(Exception):
    """A check that did not hold."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


@dataclass(slots=True)
class Subject:
    """What the self-test finds in the configuration: its agent, his phone, the number to dial."""

    agent_id: AgentId
    login: str
    secret: str
    number: str


@dataclass(slots=True)
class Kept:
    """What the centre kept of a call, read from its database."""

    outcome: str = ""
    talk: timedelta = timedelta(0)
    recording: Path | None = None
    recording_state: str = ""
    sha256_matches: bool = False


@dataclass(slots=True)
class Call:
    """The legs of the test call on our side and the events that tell of them."""

    customer: str = ""
    agent: str = ""
    rang: asyncio.Event = field(default_factory=asyncio.Event)
    customer_over: asyncio.Event = field(default_factory=asyncio.Event)
    agent_over: asyncio.Event = field(default_factory=asyncio.Event)
    snoops: dict[str, asyncio.Event] = field(default_factory=dict)


class SelfTest:
    """One run. `look_up` reads what was kept of an interaction; None while there is nothing yet."""

    def __init__(
        self,
        *,
        settings: Settings,
        root: AsteriskRoot,
        subject: Subject,
        client: EngineClient,
        look_up: Callable[[int], Any],
    ) -> None:
        self._settings = settings
        self._root = root
        self._subject = subject
        self._client = client
        self._look_up = look_up
        self._call = Call(customer=f"selftest-{secrets.token_hex(6)}")
        self._folder = settings.home / "selftest"
        self._exchange: Exchange
        self._interaction_id = 0

    async def run(self) -> list[Check]:
        """All checks in order; those after a failed one that they need are failed as `not_reached`."""
        checks: list[Check] = []
        try:
            async with self._at_work():
                for name in CHECKS:
                    check = await self._judge(name)
                    checks.append(check)
                    if not check.passed and name in (
                        "engine",
                        "channel",
                        "agent",
                        "trunk",
                        "offer",
                        "answer",
                    ):
                        break
        except (ExchangeFailed, AriFailed, OSError) as failure:
            # The other side of the call could not be made: nothing more can be said.
            missing = CHECKS[len(checks)]
            checks.append(Check(name=missing, passed=False, code="exchange_failed", detail=str(failure)))
        for name in CHECKS[len(checks) :]:
            checks.append(Check(name=name, passed=False, code="not_reached"))
        return checks

    async def _judge(self, name: str) -> Check:
        try:
            detail = await getattr(self, f"_check_{name}")()
        except Failed as failure:
            return Check(name=name, passed=False, code=failure.code, detail=failure.detail)
        except Refused as refusal:
            return Check(name=name, passed=False, code=refusal.code, detail=str(refusal.facts))
        except EngineAway as failure:
            return Check(name=name, passed=False, code="engine_away", detail=str(failure))
        except (AriFailed, TimeoutError) as failure:
            return Check(name=name, passed=False, code="no_answer_in_time", detail=str(failure))
        return Check(name=name, passed=True, detail=detail)

    # --- the checks, in their order

    async def _check_engine(self) -> str:
        facts = await self._ask("health")
        if not facts["holds_lock"]:
            raise Failed("journal_lost")
        return f"epoch {facts['epoch']}, sequence {facts['seq']}"

    async def _check_channel(self) -> str:
        facts = await self._ask("health")
        if not facts["channel_up"]:
            raise Failed("channel_down", str(facts["channel"]))
        return f"{facts['channel']} {facts['channel_version']}"

    async def _check_agent(self) -> str:
        """A phone registers and its agent gets ready."""
        agent_id = self._subject.agent_id
        await self._client.ask(SignInAgentHere(agent_id=agent_id))
        await self._exchange.register_phone(self._subject.login, self._subject.secret)
        await self._until("phone_not_registered", lambda facts: bool(facts["is_reachable"]))
        with contextlib.suppress(Refused):
            await self._client.ask(EndWrapUp(agent_id=agent_id))
        await self._client.ask(GetReady(agent_id=agent_id))
        return f"phone {self._subject.login} is registered, the agent is ready"

    async def _check_trunk(self) -> str:
        await self._exchange.call(
            self._subject.number, channel_id=self._call.customer, calling="", arguments="customer"
        )
        await asyncio.sleep(0.5)
        if self._call.customer_over.is_set():
            raise Failed("call_refused", f"number {self._subject.number}")
        return f"the trunk took a call for {self._subject.number}"

    async def _check_offer(self) -> str:
        try:
            async with asyncio.timeout(15):
                await self._call.rang.wait()
        except TimeoutError:
            over = self._call.customer_over.is_set()
            raise Failed("call_refused" if over else "not_offered") from None
        facts = await self._ask("agent", agent_id=int(self._subject.agent_id))
        self._interaction_id = int(facts["interaction_id"] or 0)
        return f"interaction {self._interaction_id} rings at the agent"

    async def _check_answer(self) -> str:
        call, exchange = self._call, self._exchange
        await exchange.request("POST", f"channels/{call.agent}/answer")
        await self._until("not_connected", lambda facts: facts["state"] == "connected")
        for leg, hertz in ((call.customer, CUSTOMER_HERTZ), (call.agent, AGENT_HERTZ)):
            await exchange.request("POST", f"channels/{leg}/play", media=f"sound:site/tone-{hertz}")
        await asyncio.sleep(0.7)
        for leg in (call.customer, call.agent):
            await self._listen(leg)
        await asyncio.sleep(TALK_SECONDS)
        for leg in (call.customer, call.agent):
            await exchange.try_to("POST", f"recordings/live/{leg}/stop")
        for leg in (call.customer, call.agent):
            await self._until_written(leg)
        return f"both hear each other for {TALK_SECONDS:g} s"

    async def _check_audio_to_agent(self) -> str:
        return self._heard(self._call.agent, CUSTOMER_HERTZ)

    async def _check_audio_to_customer(self) -> str:
        return self._heard(self._call.customer, AGENT_HERTZ)

    async def _check_journal(self) -> str:
        """The agent hangs up; the interaction must be there, answered, with the talk that there was."""
        await self._exchange.try_to("DELETE", f"channels/{self._call.agent}")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(5):
                await self._call.customer_over.wait()
        if not self._call.customer_over.is_set():
            raise Failed("customer_not_released")
        await asyncio.sleep(0.3)
        with contextlib.suppress(Refused):
            await self._client.ask(EndWrapUp(agent_id=self._subject.agent_id))
        kept = await self._kept(lambda found: bool(found.outcome))
        if kept.outcome != "answered":
            raise Failed("not_in_journal", kept.outcome)
        seconds = kept.talk.total_seconds()
        if not TALK_SECONDS - 0.5 <= seconds <= TALK_SECONDS + 5:
            raise Failed("talk_time_wrong", f"{seconds:.1f} s")
        return f"answered, {seconds:.1f} s of talk"

    async def _check_recording(self) -> str:
        """One file, the customer left and the agent right, as long as the talk."""
        kept = await self._kept(lambda found: bool(found.recording_state), patience=25)
        if kept.recording is None:
            raise Failed("recording_missing", kept.recording_state)
        sound, rate = await asyncio.to_thread(soundfile.read, str(kept.recording), always_2d=True)
        seconds = len(sound) / rate
        difference = abs(seconds - kept.talk.total_seconds())
        if difference > 0.5:
            raise Failed(
                "recording_length_wrong", f"{seconds:.1f} s against {kept.talk.total_seconds():.1f} s"
            )
        left = strength(sound[:, 0] * 32768, CUSTOMER_HERTZ, rate=rate)
        right = strength(sound[:, 1] * 32768, AGENT_HERTZ, rate=rate)
        if left < AUDIBLE or right < AUDIBLE:
            raise Failed("recording_silent", f"left {left:.0f}, right {right:.0f}")
        if not kept.sha256_matches:
            raise Failed("recording_changed")
        return f"{seconds:.1f} s, customer left, agent right, checksum holds"

    # --- means

    @contextlib.asynccontextmanager
    async def _at_work(self) -> AsyncIterator[None]:
        await asyncio.to_thread(self._make_tones)
        self._exchange = Exchange(
            InstanceDescription(
                folder=self._folder,
                role="robots",
                application="selftest",
                ari_port=self._settings.selftest_ari_port,
                ari_password=secrets.token_hex(16),
                sip_port=self._settings.selftest_sip_port,
                sip_address=SELF_TEST_HOST,
                rtp_first=self._settings.robots_rtp_to + 1,
                rtp_last=self._settings.robots_rtp_to + 40,
                site_prompts=self._folder / "tones",
                records=False,
            ),
            self._root,
            centre_sip_port=self._settings.sip_port,
            on_event=self._on_event,
        )
        try:
            await self._exchange.start()
            yield
        finally:
            with contextlib.suppress(Refused, EngineAway):
                await self._client.ask(SignOutAgentHere(agent_id=self._subject.agent_id, forced=True))
            for leg in (self._call.customer, self._call.agent):
                if leg:
                    with contextlib.suppress(AssertionError):
                        await self._exchange.try_to("DELETE", f"channels/{leg}")
            with contextlib.suppress(AssertionError):
                await self._exchange.unregister_phone(self._subject.login)
            await asyncio.sleep(0.2)
            await self._exchange.stop()
            await asyncio.to_thread(shutil.rmtree, self._folder, True)

    def _make_tones(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for locale in ("ru", "en"):
            for hertz in (CUSTOMER_HERTZ, AGENT_HERTZ):
                write_tone(self._folder / "tones" / locale / f"tone-{hertz}.wav", hertz)

    def _on_event(self, event: AriEvent) -> None:
        channel = event.channel
        if channel is None:
            return
        call = self._call
        match event.type:
            case "StasisStart" if event.args[:1] == ("arrived",):
                call.agent = channel.id
                call.rang.set()
            case "StasisStart" if channel.id in call.snoops:
                call.snoops[channel.id].set()
            case "StasisEnd" | "ChannelDestroyed" if channel.id == call.customer:
                call.customer_over.set()
            case "StasisEnd" | "ChannelDestroyed" if channel.id == call.agent:
                call.agent_over.set()
            case _:
                pass

    async def _listen(self, leg: str) -> None:
        """Records what this leg hears from the centre."""
        snoop = f"snoop-{leg}"
        self._call.snoops[snoop] = asyncio.Event()
        await self._exchange.request(
            "POST", f"channels/{leg}/snoop/{snoop}", spy="in", app="selftest", appArgs="snoop"
        )
        async with asyncio.timeout(3):
            await self._call.snoops[snoop].wait()
        await self._exchange.request(
            "POST", f"channels/{snoop}/record", name=leg, format="wav", ifExists="overwrite"
        )

    async def _until_written(self, leg: str) -> None:
        """A recording is told to stop and writes its header a moment later, a long one when much goes on."""
        for attempt in range(200):
            with contextlib.suppress(OSError, wave.Error, EOFError):
                await asyncio.to_thread(read_sound, self._hearing(leg))
                return
            await asyncio.sleep(0.05)
            if attempt % 40 == 39:  # Asterisk drops a request to stop that meets the recording's start
                await self._exchange.try_to("POST", f"recordings/live/{leg}/stop")

    def _hearing(self, leg: str) -> Path:
        return self._folder / "spool" / "recording" / f"{leg}.wav"

    def _heard(self, leg: str, hertz: int) -> str:
        try:
            sound = read_sound(self._hearing(leg))
        except (OSError, wave.Error, EOFError) as error:
            raise Failed("nothing_heard", str(error)) from error
        loudness = strength(sound[RATE // 2 :], hertz)
        if loudness < AUDIBLE:
            raise Failed("tone_not_heard", f"{hertz} Hz: {loudness:.0f} in {len(sound) / RATE:.1f} s")
        return f"{hertz} Hz heard ({loudness:.0f})"

    async def _ask(self, name: str, **facts: Any) -> dict[str, Any]:
        answer = await self._client.ask(Question(name=name, facts=facts))
        if not isinstance(answer, Answer):
            raise Failed("engine_away")
        return answer.facts

    async def _until(self, code: str, holds: Callable[[dict[str, Any]], bool]) -> None:
        for _ in range(100):
            if holds(await self._ask("agent", agent_id=int(self._subject.agent_id))):
                return
            await asyncio.sleep(0.1)
        raise Failed(code)

    async def _kept(self, is_enough: Callable[[Kept], bool], *, patience: float = 5.0) -> Kept:
        found = Kept()
        for _ in range(int(patience / 0.2)):
            found = await self._look_up(self._interaction_id) or Kept()
            if is_enough(found):
                return found
            await asyncio.sleep(0.2)
        return found
