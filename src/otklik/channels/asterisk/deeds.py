"""Instructions as ARI requests, in lanes.

A lane is a leg, a bridge. A deed waits for the deeds asked before it in any of its lanes; deeds of different
legs run side by side. A request that fails is a signal where somebody waits for the outcome, and nothing
otherwise: a leg that is gone is told by its own end.
"""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta

from otklik.acd.model import EndReason
from otklik.channels.asterisk.address import AsteriskAddress
from otklik.channels.asterisk.ari import AriFailed
from otklik.channels.asterisk.control import ControlFailed, run_command
from otklik.channels.asterisk.ears import Ears
from otklik.channels.asterisk.legs import (
    AGENT,
    CUSTOMER,
    MARK,
    OUTSIDE,
    Hears,
    Leg,
    Memory,
    channel_id_of,
    trunk_endpoint,
)
from otklik.channels.asterisk.lines import Lines
from otklik.channels.asterisk.links import Links
from otklik.channels.asterisk.silence import Listeners
from otklik.channels.asterisk.tunes import (
    Tunes,
    is_present,
    media_of,
    playback_id,
    rounds_of,
    tune_name,
)
from otklik.logs import logger
from otklik.switchboard.instructions import (
    AdoptLeg,
    AnswerLeg,
    BridgeLegs,
    ChannelInstruction,
    DialNumber,
    EndBridge,
    EndMonitoring,
    HangUpLeg,
    HearSilence,
    MonitorLeg,
    PlayPrompts,
    RecordLeg,
    RingDevice,
    SendKeys,
    StartMusic,
    StopMusic,
    StopPrompts,
    StopRecording,
    UnbridgeLeg,
)
from otklik.switchboard.signals import (
    BridgeFailed,
    ChannelSignal,
    LegAnswered,
    LegFailed,
    LegsBridged,
    PromptsFinished,
    RawRecording,
    RecordingBegun,
    RecordingFailed,
)
from otklik.vocabulary.ids import LegId

log = logger()

Deed = Callable[[], Awaitable[object]]

# A bridge of two would be a "simple bridge", where the customer's recording goes silent after a change of
# agent about every second time (the new agent's packets look old to it); `video_sfu` forces the mixing one.
# Mixing costs a hundredth of a core for each talk, so it is kept for talks that are or may yet be recorded.
_RECORDED_BRIDGE = "mixing,video_sfu"
_PLAIN_BRIDGE = "mixing"
_HANG_UP_REASONS = {
    "normal": "normal",
    "busy": "busy",
    "declined": "rejected",
    "congestion": "congestion",
    "unallocated": "unallocated",
}
_LATE_ANSWER = 0.1
_RINGS_FIRST_SECONDS = 0.02
_PROMPT = re.compile(r"^[a-zA-Z0-9_][a-zA-Z0-9_/-]{0,127}$")
_NUMBER = re.compile(r"^\+?[0-9*#]{1,32}$")


class Deeds:
    """The instructions of one link."""

    def __init__(
        self,
        lines: Lines,
        *,
        address: AsteriskAddress,
        tasks: asyncio.TaskGroup,
        memory: Memory,
        tell: Callable[[ChannelSignal], None],
        may_record: Callable[[], bool] = lambda: True,
    ) -> None:
        """may_record: False while the disk has no room."""
        self._lines = lines
        self._application = address.application
        self._spool = address.spool
        self._control_socket = address.control_socket
        self._tasks = tasks
        self._memory = memory
        self._tell = tell
        self._may_record = may_record
        self._tails: dict[str, asyncio.Future[None]] = {}
        self._waiting: Counter[str] = Counter()
        self._entered: dict[str, asyncio.Future[None]] = {}
        self._rings: set[asyncio.Future[None]] = set()
        self._ears = Ears(
            lines,
            application=address.application,
            tasks=tasks,
            memory=memory,
            tell=tell,
            quiet=self._quiet,
            entered=self._entered,
        )
        self._listeners = Listeners(address.spool, tasks, tell)
        self._tunes = Tunes(lines, lambda leg: self._music(leg, Hears.MUSIC))
        self.links = Links(lines, memory, tell)

    def do(self, instruction: ChannelInstruction) -> None:
        """Begin; never blocks."""
        match instruction:
            case RingDevice():
                self._begin_ringing(instruction)
            case DialNumber():
                self._begin_dialing(instruction)
            case BridgeLegs():
                legs = [
                    self._memory.legs[leg_id] for leg_id in instruction.leg_ids if leg_id in self._memory.legs
                ]
                lanes = [f"bridge {instruction.bridge}", *(leg.lane for leg in legs)]
                self._queue(lanes, lambda: self._bridge(instruction), instruction)
            case EndBridge():
                self._queue(
                    [f"bridge {instruction.bridge}"], lambda: self._end_bridge(instruction), instruction
                )
            case MonitorLeg():
                lanes = [
                    f"leg {instruction.leg_id}",
                    f"leg {instruction.of_leg_id}",
                    f"bridge {instruction.bridge}",
                ]
                self._queue(lanes, lambda: self._ears.monitor(instruction), instruction)
            case EndMonitoring():
                self._queue(
                    [f"leg {instruction.leg_id}"], lambda: self._ears.end(instruction.leg_id), instruction
                )
            case UnbridgeLeg():
                self._about(instruction, self._unbridge, f"bridge {instruction.bridge}")
            case _:
                self._about(instruction, self._about_a_leg)

    def note_entered(self, channel_id: str) -> None:
        """A channel that we created stands in our application now."""
        waiting = self._entered.get(channel_id)
        if waiting is not None and not waiting.done():
            waiting.set_result(None)

    def settle(self, leg: Leg) -> None:
        """Silence for a recorded leg that hears nothing and of which nothing else was asked: without packets
        its recording would stop growing and fall out of time."""
        if leg.is_up and leg.hears is Hears.NOTHING and leg.is_recorded and self._waiting[leg.lane] <= 1:
            self._queue([leg.lane], lambda: self._begin_silence(leg), None)

    def mark_soon(self, leg: Leg) -> None:
        """Write the mark again: the request that wrote it may have been lost with a link."""
        self._queue([leg.lane], lambda: self._mark_anew(leg), None)

    def claim_soon(self, leg: Leg) -> None:
        """A leg that an agent's own phone began: marked at once, and its end is to be told with its cause."""
        self._queue([leg.lane], lambda: self._claim(leg), None)

    def stop_recording_soon(self, leg: Leg) -> None:
        """Close the file of a leg; the call goes on."""
        self._queue([leg.lane], lambda: self._stop_recording(leg), None)

    def end_stranger(self, channel_id: str) -> None:
        """Hang up a channel that nobody knows."""
        self._queue([f"stranger {channel_id}"], lambda: self._try("DELETE", f"channels/{channel_id}"), None)

    # --- lanes

    def _about(
        self, instruction: ChannelInstruction, work: Callable[..., Awaitable[None]], *more_lanes: str
    ) -> None:
        leg = self._memory.legs.get(instruction.leg_id)  # type: ignore[union-attr]
        if leg is not None:
            self._queue([leg.lane, *more_lanes], lambda: work(instruction, leg), instruction)
        elif isinstance(instruction, PlayPrompts):
            self._tell(PromptsFinished(leg_id=instruction.leg_id, playback=instruction.playback))

    def _queue(
        self, lanes: list[str], deed: Deed, instruction: ChannelInstruction | None
    ) -> asyncio.Future[None]:
        """The future is done when the deed is, however it went."""
        before = {tail for lane in lanes if (tail := self._tails.get(lane)) is not None}
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        for lane in lanes:
            self._tails[lane] = done
            self._waiting[lane] += 1
        name = type(instruction).__name__ if instruction is not None else "Settle"
        self._tasks.create_task(self._run(lanes, before, done, deed, name), name=f"asterisk.{name}")
        return done

    async def _run(
        self,
        lanes: list[str],
        before: set[asyncio.Future[None]],
        done: asyncio.Future[None],
        deed: Deed,
        name: str,
    ) -> None:
        try:
            for earlier in before:
                await asyncio.shield(earlier)
            await deed()
        except AriFailed as failure:
            log.debug("asterisk.request_failed", deed=name, code=failure.code, detail=failure.detail)
        finally:
            if not done.done():
                done.set_result(None)
            for lane in lanes:
                self._waiting[lane] -= 1
                if self._tails.get(lane) is done:
                    del self._tails[lane], self._waiting[lane]

    # --- one leg

    async def _about_a_leg(self, instruction: ChannelInstruction, leg: Leg) -> None:
        channel = f"channels/{leg.channel_id}"
        match instruction:
            case AdoptLeg():
                leg.role = CUSTOMER if leg.role != AGENT else AGENT
                leg.interaction_id = instruction.interaction_id
                await self._give_way()
                await self._mark(leg)
            case AnswerLeg():
                if not leg.is_up:
                    await self._end_prompt(leg)
                    await self._lines.request("POST", f"{channel}/answer")
                    leg.is_up = True
                    self._tell(LegAnswered(leg_id=leg.leg_id))
                    self._correct_recording(leg)
            case PlayPrompts() | StopPrompts() | StartMusic() | StopMusic():
                await self._change_sound(instruction, leg)
            case SendKeys():
                keys = re.sub(r"[^0-9A-D*#]", "", instruction.keys.upper())
                if keys:
                    await self._end_prompt(leg)
                    await self._lines.request("POST", f"{channel}/dtmf", {"dtmf": keys})
            case RecordLeg():
                await self._record(leg)
            case StopRecording():
                leg.is_paused = leg.is_paused or leg.is_recorded
                await self._stop_recording(leg)
            case HearSilence():
                self._listeners.listen(instruction, leg)
            case HangUpLeg():
                reason = _HANG_UP_REASONS.get(instruction.reason, "normal")
                leg.is_called_off = True
                if leg.bridge:
                    await self.links.look(leg)
                await self._lines.request("DELETE", channel, {"reason": reason})
                return
            case _:
                raise AssertionError(instruction)
        self.settle(leg)

    async def _change_sound(
        self, instruction: PlayPrompts | StopPrompts | StartMusic | StopMusic, leg: Leg
    ) -> None:
        match instruction:
            case PlayPrompts():
                await self._play(instruction, leg)
            case StopPrompts():
                if leg.playback == instruction.playback:
                    await self._lines.request("DELETE", f"playbacks/{playback_id(leg, leg.playback)}")
            case StartMusic():
                await self._start_music(instruction, leg)
            case StopMusic():
                if leg.hears in (Hears.MUSIC, Hears.TUNE, Hears.RINGING, Hears.UNKNOWN):
                    await self._quiet(leg)

    def _correct_recording(self, leg: Leg) -> None:
        """Before the answer no packet flows, so the file of a call that had to wait for it begins only
        now."""
        if leg.raw_path and time.monotonic() - leg.seen_at > _LATE_ANSWER:
            recording = RawRecording(path=leg.raw_path, lead=timedelta(0))
            self._tell(RecordingBegun(leg_id=leg.leg_id, recording=recording))

    async def _give_way(self) -> None:
        """To rings that are asked for in this moment. What takes a customer up (a mark, an answer, music) is
        work for the same processors; a phone that rings later is heard, a customer answered a moment later
        is not."""
        if self._rings:
            await asyncio.wait(set(self._rings), timeout=_RINGS_FIRST_SECONDS)

    async def _mark(self, leg: Leg) -> None:
        """Write on the channel whose it is; before anything is done with it."""
        await self._lines.request(
            "POST", f"channels/{leg.channel_id}/variable", {"variable": MARK, "value": leg.mark}
        )

    async def _play(self, instruction: PlayPrompts, leg: Leg) -> None:
        names = [name for name in instruction.prompts if _PROMPT.match(name)]
        media = media_of(names)
        try:
            if not media:
                raise AriFailed(400, "play", "no prompt")
            await self._quiet(leg)
            leg.playback, leg.hears = instruction.playback, Hears.PROMPT
            leg.playbacks.add(instruction.playback)
            await self._lines.request(
                "POST",
                f"channels/{leg.channel_id}/play",
                {
                    "media": media,
                    "lang": instruction.locale,
                    "playbackId": playback_id(leg, instruction.playback),
                },
            )
        except AriFailed:
            leg.playback, leg.hears = "", Hears.NOTHING
            leg.playbacks.discard(instruction.playback)
            self._tell(PromptsFinished(leg_id=leg.leg_id, playback=instruction.playback))
            raise

    async def _start_music(self, instruction: StartMusic, leg: Leg) -> None:
        tune = tuple(name for name in instruction.prompts if _PROMPT.match(name))
        if instruction.sound == "ringing" or not tune:
            await self._music(leg, Hears.RINGING if instruction.sound == "ringing" else Hears.MUSIC)
            return
        if leg.hears is Hears.TUNE and (leg.tune, leg.tune_locale) == (tune, instruction.locale):
            return
        await self._quiet(leg)
        leg.tune, leg.tune_locale = tune, instruction.locale
        await self._tunes.start(leg)

    def play_on(self, leg: Leg, name: str) -> None:
        """A round of the site's own music is over; the next begins, unless something else is to be heard."""
        if is_present(leg, name):
            over = leg.tune_round
            self._queue([leg.lane], lambda: self._tunes.go_on(leg, over), None)

    async def _music(self, leg: Leg, wanted: Hears) -> None:
        if leg.hears is wanted:
            return
        await self._quiet(leg)
        channel = f"channels/{leg.channel_id}"
        if wanted is Hears.MUSIC:
            await self._lines.request("POST", f"{channel}/moh", {"mohClass": "default"})
        else:
            await self._lines.request("POST", f"{channel}/ring")
        leg.hears = wanted

    async def _quiet(self, leg: Leg) -> None:
        """End whatever the leg is played; music that is not ended plays on over a talk."""
        channel = f"channels/{leg.channel_id}"
        match leg.hears:
            case Hears.MUSIC:
                await self._lines.request("DELETE", f"{channel}/moh")
            case Hears.TUNE:
                await self._try("DELETE", f"playbacks/{playback_id(leg, tune_name(leg.tune_round))}")
            case Hears.RINGING:
                await self._lines.request("DELETE", f"{channel}/ring")
            case Hears.SILENCE:
                await self._lines.request("DELETE", f"{channel}/silence")
            case Hears.PROMPT:
                await self._stop_prompt(leg)
            case Hears.UNKNOWN:
                await self._stop_prompt(leg)
                await self._end_tunes(leg)
                for what in ("moh", "ring", "silence"):
                    await self._try("DELETE", f"{channel}/{what}")
            case Hears.NOTHING | Hears.BRIDGE:
                pass
        leg.hears = Hears.BRIDGE if leg.bridge else Hears.NOTHING

    async def _end_prompt(self, leg: Leg) -> None:
        """Asterisk carries out most commands of a channel one after the other, a prompt to its end; and while
        one waits, every later request on the same line waits behind it. So nothing may be asked of a leg that
        plays."""
        if leg.hears in (Hears.PROMPT, Hears.TUNE):
            await self._quiet(leg)

    async def _end_tunes(self, leg: Leg) -> None:
        """Whoever began them. The next round has not the name of one that is only just ending: Asterisk would
        forget the new one with the old."""
        for number, name in enumerate(rounds_of(leg)):
            if await self._try("DELETE", f"playbacks/{name}"):
                leg.tune_round = number

    async def _stop_prompt(self, leg: Leg) -> None:
        if leg.playback:
            await self._try("DELETE", f"playbacks/{playback_id(leg, leg.playback)}")

    async def _try(self, method: str, path: str) -> bool:
        """A request whose refusal means that it was not needed; tells whether it was."""
        try:
            await self._lines.request(method, path)
        except AriFailed as failure:
            if failure.code == 0:
                raise
            return False
        return True

    async def _begin_silence(self, leg: Leg) -> None:
        if leg.is_up and leg.hears is Hears.NOTHING and not leg.is_ended:
            await self._lines.request("POST", f"channels/{leg.channel_id}/silence")
            leg.hears = Hears.SILENCE

    async def _mark_anew(self, leg: Leg) -> None:
        """Music of the site's own would hold the request up, and every other behind it, to the end of its
        round: it ends first. The flow begins it anew, or has done so a moment ago."""
        has_tune = leg.hears is Hears.TUNE
        if has_tune:
            await self._quiet(leg)
        elif leg.hears is Hears.UNKNOWN:
            await self._end_tunes(leg)
        await self._mark(leg)
        if has_tune:
            await self._tunes.start(leg)

    async def _claim(self, leg: Leg) -> None:
        await self._mark(leg)
        await self._lines.request(
            "POST",
            f"applications/{self._application}/subscription",
            {"eventSource": f"channel:{leg.channel_id}"},
        )
        leg.is_ours = True

    async def _record(self, leg: Leg) -> None:
        if leg.is_recorded:
            return
        if not leg.name or not self._may_record():
            self._tell(RecordingFailed(leg_id=leg.leg_id))
            return
        asked = time.monotonic()
        # A leg may be recorded more than once: no file of it is overwritten.
        path = self._spool / f"{leg.channel_id}_{int(asked * 1000)}.raw"
        try:
            await run_command(self._control_socket, f"mixmonitor start {leg.name} {path},D")
        except ControlFailed as failure:
            log.error("asterisk.recording_failed", leg_id=leg.leg_id, detail=str(failure))
            self._tell(RecordingFailed(leg_id=leg.leg_id))
            return
        leg.is_recorded, leg.is_paused = True, False
        lead = timedelta(seconds=round((time.monotonic() - asked) / 2, 3))
        self._tell(RecordingBegun(leg_id=leg.leg_id, recording=RawRecording(path=str(path), lead=lead)))
        await self._mark_recorded(leg, path.name)

    async def _stop_recording(self, leg: Leg) -> None:
        if not leg.is_recorded:
            return
        leg.is_recorded = False
        try:
            await run_command(self._control_socket, f"mixmonitor stop {leg.name}")
        except ControlFailed as failure:
            log.error("asterisk.recording_goes_on", leg_id=leg.leg_id, detail=str(failure))
            return
        await self._mark_recorded(leg, "")

    async def _mark_recorded(self, leg: Leg, name: str) -> None:
        """The next engine must know whether the leg is recorded: what is not is not ended for card data."""
        await self._lines.request(
            "POST", f"channels/{leg.channel_id}/variable", {"variable": "OTKLIK_RAW", "value": name}
        )

    # --- new legs

    def _begin_ringing(self, instruction: RingDevice) -> None:
        leg = self._add(instruction.leg_id, AGENT)
        leg.interaction_id, leg.agent_id = instruction.interaction_id, instruction.agent_id
        ring = self._queue([leg.lane], lambda: self._ring(instruction, leg), instruction)
        self._rings.add(ring)
        ring.add_done_callback(self._rings.discard)

    def _begin_dialing(self, instruction: DialNumber) -> None:
        leg = self._add(instruction.leg_id, OUTSIDE)
        leg.interaction_id, leg.agent_id = instruction.interaction_id, instruction.agent_id
        self._queue([leg.lane], lambda: self._dial(instruction, leg), instruction)

    def _add(self, leg_id: LegId, role: str) -> Leg:
        leg = Leg(leg_id=leg_id, channel_id=channel_id_of(leg_id), role=role, is_ours=True)
        self._memory.keep(leg)
        return leg

    async def _ring(self, instruction: RingDevice, leg: Leg) -> None:
        """One request; StasisStart comes when the phone is answered."""
        variables = {
            MARK: leg.mark,
            "PJSIP_HEADER(add,X-Interaction)": str(instruction.interaction_id),
        }
        if instruction.answers_itself:
            variables["PJSIP_HEADER(add,X-Auto-Answer)"] = "1"
            # What SIP phones understand: Call-Info by RFC 3261 habit, Alert-Info by most makers.
            variables["PJSIP_HEADER(add,Call-Info)"] = "<sip:otklik>;answer-after=0"
            variables["PJSIP_HEADER(add,Alert-Info)"] = "<sip:otklik>;info=alert-autoanswer"
        beside = self._memory.legs.get(instruction.beside)
        await self._originate(
            leg,
            {
                "endpoint": f"PJSIP/{instruction.login}",
                "app": self._application,
                "appArgs": "leg",
                "channelId": leg.channel_id,
                "callerId": caller_id(instruction.calling_name, instruction.calling),
                "timeout": max(1, round(instruction.timeout.total_seconds())),
                # Lets Asterisk offer the customer's codec first, so nothing is transcoded.
                "originator": beside.channel_id if beside else None,
                "formats": ",".join(instruction.codecs) if instruction.codecs and not beside else None,
            },
            variables,
        )

    async def _originate(
        self, leg: Leg, parameters: dict[str, str | int | bool | None], variables: dict[str, str]
    ) -> None:
        try:
            await self._lines.request("POST", "channels", parameters, body={"variables": variables})
        except AriFailed as failure:
            if failure.code in (400, 404) and parameters.get("originator") is not None:
                # The customer left in this moment; the switchboard will hear of it and decide.
                await self._originate(leg, {**parameters, "originator": None}, variables)
                return
            self._fail(leg, failure, EndReason.AGENT_FAILED)
            raise

    async def _dial(self, instruction: DialNumber, leg: Leg) -> None:
        """Created first and dialled then, so that the agent can be put beside it and hear early media."""
        channel = f"channels/{leg.channel_id}"
        entered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._entered[leg.channel_id] = entered
        try:
            if not _NUMBER.match(instruction.number):
                self._fail(leg, AriFailed(400, "dial", "number"), EndReason.INVALID_NUMBER)
                return
            endpoint = f"PJSIP/{instruction.number}@{trunk_endpoint(instruction.trunk_id)}"
            await self._lines.request(
                "POST",
                "channels/create",
                {
                    "endpoint": endpoint,
                    "app": self._application,
                    "appArgs": "dial",
                    "channelId": leg.channel_id,
                },
                body={
                    "variables": {MARK: leg.mark, "CALLERID(all)": caller_id("", instruction.caller_number)}
                },
            )
            # Before its StasisStart Asterisk refuses to dial it (409).
            async with asyncio.timeout(5):
                await entered
            await self._lines.request(
                "POST", f"{channel}/dial", {"timeout": max(1, round(instruction.timeout.total_seconds()))}
            )
        except TimeoutError:
            self._fail(leg, AriFailed(0, "dial", "not entered"), EndReason.MEDIA_FAILED)
        except AriFailed as failure:
            self._fail(leg, failure, EndReason.CONGESTED)
            raise
        finally:
            self._entered.pop(leg.channel_id, None)

    def _fail(self, leg: Leg, failure: AriFailed, reason: EndReason) -> None:
        """The channel could not be made: an unknown endpoint, or a device without a contact (500)."""
        if leg.is_ended:
            return
        self._memory.drop(leg)
        if failure.code == 0:
            reason = EndReason.MEDIA_FAILED
        self._tell(LegFailed(leg_id=leg.leg_id, reason=reason))

    # --- bridges

    async def _bridge(self, instruction: BridgeLegs) -> None:
        bridge = instruction.bridge
        try:
            legs = [self._memory.legs[leg_id] for leg_id in instruction.leg_ids]
        except KeyError as gone:
            self._tell(BridgeFailed(bridge=bridge, detail=f"leg {gone} is gone"))
            return
        try:
            for leg in legs:
                if leg.bridge != bridge or leg.hears not in (Hears.BRIDGE, Hears.NOTHING):
                    await self._quiet(leg)
            if bridge not in self._memory.bridges:
                await self._lines.request("POST", f"bridges/{bridge}", {"type": _bridge_type(legs)})
                self._memory.bridges.add(bridge)
            entering = [leg for leg in legs if leg.bridge != bridge]
            if entering:
                names = ",".join(leg.channel_id for leg in entering)
                await self._lines.request("POST", f"bridges/{bridge}/addChannel", {"channel": names})
            for leg in entering:
                leg.bridge, leg.hears = bridge, Hears.BRIDGE
        except AriFailed as failure:
            if failure.code == 404:
                self._memory.bridges.discard(bridge)
            self._tell(BridgeFailed(bridge=bridge, detail=str(failure)))
            raise
        self._tell(LegsBridged(bridge=bridge))
        for leg in entering:
            await self.links.begin(leg)

    async def _unbridge(self, instruction: UnbridgeLeg, leg: Leg) -> None:
        if leg.bridge and leg.bridge != instruction.bridge:
            return
        try:
            await self._lines.request(
                "POST", f"bridges/{instruction.bridge}/removeChannel", {"channel": leg.channel_id}
            )
        finally:
            leg.bridge = ""
            if leg.hears is Hears.BRIDGE:
                leg.hears = Hears.NOTHING
        self.settle(leg)

    async def _end_bridge(self, instruction: EndBridge) -> None:
        self._memory.bridges.discard(instruction.bridge)
        for leg in self._memory.legs.values():
            if leg.bridge == instruction.bridge:
                leg.bridge = ""
                if leg.hears is Hears.BRIDGE:
                    leg.hears = Hears.NOTHING
        await self._lines.request("DELETE", f"bridges/{instruction.bridge}")


def _bridge_type(legs: list[Leg]) -> str:
    """A party that we dialled is recorded only after it was bridged; a call from outside is recorded from its
    beginning or not at all."""
    is_recorded = any(leg.is_recorded or leg.is_paused or leg.role == OUTSIDE for leg in legs)
    return _RECORDED_BRIDGE if is_recorded else _PLAIN_BRIDGE


def caller_id(name: str, number: str) -> str:
    """`"name" <number>` from untrusted text: quotes, brackets and control characters have no place in it."""
    clean = re.sub(r"[^\w .+()-]", "", name)[:64].strip()
    digits = re.sub(r"[^0-9+*#a-zA-Z._-]", "", number)[:40]
    return f'"{clean or digits}" <{digits}>' if digits or clean else '"" <anonymous>'
