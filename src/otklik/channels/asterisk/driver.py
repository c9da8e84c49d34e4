"""The telephone as a channel: Asterisk's events become signals, instructions become its requests.

One task keeps the link: connect, push what is provisioned, survey what is really up, then listen until the
link is lost, and again. Instructions run as tasks of that link, in lanes: what concerns one leg or one bridge
is done in the order in which it was asked, everything else side by side. What the driver knows of legs is
only a memory of what it did; the truth stands in Asterisk, marked by channel variables, and is read back by
`survey.py`.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import msgspec

from otklik.acd.model import EndReason
from otklik.channels.asterisk import survey, unattended
from otklik.channels.asterisk.address import AsteriskAddress
from otklik.channels.asterisk.ari import (
    Ari,
    AriEvent,
    AriFailed,
    Bridge,
    Channel,
    ContactStatus,
    Endpoint,
)
from otklik.channels.asterisk.causes import end_reason
from otklik.channels.asterisk.control import (
    ControlFailed,
    read_contacts,
    read_registrations,
    run_command,
)
from otklik.channels.asterisk.deeds import Deeds
from otklik.channels.asterisk.legs import (
    AGENT,
    CUSTOMER,
    OUTSIDE,
    Hears,
    Leg,
    Memory,
    endpoint_of,
    milliseconds,
    read_mark,
    read_recording,
    trunk_endpoint,
    trunk_of,
)
from otklik.channels.asterisk.stock import Stock
from otklik.logs import logger
from otklik.switchboard.instructions import BridgeLegs, ChannelInstruction, DialNumber, RingDevice
from otklik.switchboard.ports import ChannelHealth, Inbox, MintLeg, ReadSecret
from otklik.switchboard.signals import (
    BridgeFailed,
    CallDiverted,
    ChannelLost,
    ChannelRestored,
    ChannelSignal,
    DeviceDialed,
    DeviceRegistered,
    DeviceUnregistered,
    KeyPressed,
    LegAnswered,
    LegArrived,
    LegEnded,
    LegFailed,
    LegProgressed,
    LegRinging,
    MediaRestarted,
    PromptsFinished,
    TrunkChanged,
)
from otklik.vocabulary.ids import LegId, TrunkId

log = logger()

_PAUSES = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
_PING_EVERY = 1.0
_PING_TIMEOUT = 4.0
_CHECK_TIMEOUT = 5.0
_SAVE_AFTER = 1.0
_WATCH_TRUNKS_EVERY = 5.0
_MOST_SEEN_CHANNELS = 1000
_GONE = frozenset({"Removed", "Unreachable"})
_ANONYMOUS = frozenset({"", "anonymous", "unknown", "restricted", "unavailable", "private", "withheld"})
_REGISTRATION_STATES = {
    "registered": "up", "unregistered": "registering", "rejected": "rejected", "stopped": "down",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class TrunkCheck:
    """state: up, down, registering, rejected or unknown. answers: the far end answered our OPTIONS.
    round_trip_ms: -1 if it did not."""

    state: str
    answers: bool
    round_trip_ms: float


class AsteriskDriver:
    """Fulfils `switchboard.ports.Driver`."""

    name = "asterisk"

    def __init__(
        self,
        address: AsteriskAddress,
        *,
        mint: MintLeg,
        read_secret: ReadSecret,
        on_replaced: Callable[[], None] = lambda: None,
    ) -> None:
        """on_replaced: called once when another client took our application's name: this engine must stop."""
        self._address = address
        self._mint = mint
        self._on_replaced = on_replaced
        self._inbox: Inbox | None = None
        self._main: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()
        self._ari: Ari | None = None
        self._stock = Stock(read_secret, self._note_trouble)
        self._deeds: Deeds | None = None
        self._memory = Memory()
        self._held_back: list[AriEvent] | None = None
        self._contacts: dict[str, set[str]] = {}
        self.trunk_states: dict[str, tuple[str, str]] = {}
        self._seen_channels: dict[str, None] = {}
        self._answered_at: float | None = None
        self._started_at = ""
        self._version = ""
        self._survey_wanted = asyncio.Event()
        self._read_to: unattended.Place | None = None
        self._saving: asyncio.TimerHandle | None = None
        self._is_ready = False

    # --- the port

    def start(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._main = asyncio.create_task(self._keep_link(), name="asterisk.link")

    def provision(self, wanted: Iterable[ChannelInstruction]) -> None:
        self._stock.replace(wanted)

    def do(self, instruction: ChannelInstruction) -> None:
        if self._stock.take(instruction):
            return
        if self._deeds is None:
            self._refuse(instruction)
        else:
            self._deeds.do(instruction)

    def request_survey(self) -> None:
        self._survey_wanted.set()

    async def health(self) -> ChannelHealth:
        age = -1.0 if self._answered_at is None else time.monotonic() - self._answered_at
        return ChannelHealth(
            is_up=self._is_ready,
            version=self._version,
            answered_ago_seconds=age,
            legs=len(self._memory.legs),
            trunks={name.removeprefix("trunk-"): state for name, (state, _) in self.trunk_states.items()},
        )

    async def check_trunk(self, trunk_id: TrunkId) -> TrunkCheck:
        """Ask the far end now (SIP OPTIONS) and wait up to five seconds for what comes of it."""
        name = trunk_endpoint(trunk_id)
        socket = self._address.control_socket
        try:
            await run_command(socket, f"pjsip qualify {name}")
            deadline = time.monotonic() + _CHECK_TIMEOUT
            answer = ("nonqual", -1.0)
            while answer[0] == "nonqual" and time.monotonic() < deadline:
                await asyncio.sleep(0.2)
                answer = read_contacts(await run_command(socket, "pjsip show contacts")).get(name, answer)
            registrations = read_registrations(await run_command(socket, "pjsip show registrations"))
        except ControlFailed:
            return TrunkCheck(state="unknown", answers=False, round_trip_ms=-1.0)
        state = {"avail": "up", "unavail": "down"}.get(answer[0], "unknown")
        if name in registrations:
            state = _REGISTRATION_STATES[registrations[name]]
        return TrunkCheck(state=state, answers=answer[0] == "avail", round_trip_ms=answer[1])

    def allow_recording(self, is_allowed: bool) -> None:
        """False when the disk is full: no leg is recorded any more and the recordings that grow are closed;
        calls go on. True: new calls are recorded again."""
        self._stock.allow_recording(is_allowed)
        if not is_allowed and self._deeds is not None:
            for leg in self._memory.legs.values():
                if leg.is_recorded:
                    self._deeds.stop_recording_soon(leg)

    async def stop(self) -> None:
        self._stopping.set()
        await self._give_back()
        if self._main is not None:
            self._main.cancel()
            await asyncio.wait([self._main])
            self._main = None

    async def _give_back(self) -> None:
        """Arrivals that were told and not adopted go back to the dialplan, which plays them music and tries
        again: for the journal they have not come yet, and nobody else would answer them."""
        ari = self._ari
        if ari is None or not self._is_ready:
            return
        place = {"context": "arrival", "extension": "s", "label": "unattended"}

        async def give_back(leg: Leg) -> None:
            with contextlib.suppress(AriFailed):
                await ari.request("POST", f"channels/{leg.channel_id}/continue", place, timeout=1.0)

        legs = [leg for leg in self._memory.legs.values() if leg.role == CUSTOMER and not leg.interaction_id]
        await asyncio.gather(*(give_back(leg) for leg in legs))

    # --- the link

    async def _keep_link(self) -> None:
        pause = 0
        while not self._stopping.is_set():
            try:
                was_ready = await self._one_link()
                pause = 0 if was_ready else pause + 1
            except ExceptionGroup as group:
                # A mistake of ours, not of the outside: the link is taken down and everything is surveyed
                # anew.
                log.error("asterisk.link_broken", exc_info=group)
                pause = len(_PAUSES)
            if self._ari is not None and self._ari.replaced:
                log.error("asterisk.replaced")
                self._on_replaced()
                return
            await asyncio.sleep(_PAUSES[min(pause, len(_PAUSES) - 1)])

    async def _one_link(self) -> bool:
        """One connection from its making to its loss; False if it never became ready."""
        ari = self._ari = Ari(
            self._address.url,
            application=self._address.application,
            password=self._address.password,
            on_event=self._on_event,
        )
        # Registrations come with every other event of an endpoint, so the calls' own would come twice. A
        # second application, whose filter lets nothing else through, keeps them apart.
        phones = Ari(
            self._address.url,
            application=self._phones_application,
            user=self._address.application,
            password=self._address.password,
            on_event=self._on_event,
            only_listens=True,
        )
        self._held_back = []
        was_ready = False
        try:
            await ari.connect()
            await phones.connect()
            async with asyncio.TaskGroup() as tasks:
                lasting = [
                    tasks.create_task(self._last(ari, work), name=f"asterisk.{name}")
                    for name, work in (
                        ("serve", self._serve(ari, tasks)),
                        ("ping", self._ping(ari)),
                        ("phones", _until_lost(phones)),
                    )
                ]
                await ari.lost.wait()
                was_ready = self._is_ready
                self._is_ready = False
                for task in lasting:
                    task.cancel()
                if was_ready and not ari.replaced:
                    self._tell(ChannelLost())
                # What was asked and not answered fails by itself, and with it the deeds that wait for it.
        except AriFailed as failure:
            log.debug("asterisk.unreachable", detail=str(failure))
        finally:
            self._deeds = None
            self._is_ready = False
            await phones.close()
            await ari.close()
        return was_ready

    @property
    def _phones_application(self) -> str:
        return f"{self._address.application}-phones"

    async def _last(self, ari: Ari, work: Coroutine[None, None, None]) -> None:
        """Work that lasts as long as the link; a link on which it fails is none."""
        try:
            await work
        except AriFailed as failure:
            log.warning("asterisk.link_failed", detail=str(failure))
        finally:
            ari.lost.set()

    async def _ping(self, ari: Ari) -> None:
        """A listener that is connected and deaf looks healthy; only an answer proves that it is not."""
        while True:
            await ari.request("GET", "asterisk/ping", timeout=_PING_TIMEOUT)
            self._answered_at = time.monotonic()
            await asyncio.sleep(_PING_EVERY)

    async def _serve(self, ari: Ari, tasks: asyncio.TaskGroup) -> None:
        await self._become_ready(ari, tasks)
        async with asyncio.TaskGroup() as lasting:
            lasting.create_task(self._last(ari, self._stock.keep_up(ari)), name="asterisk.stock")
            lasting.create_task(self._last(ari, self._watch_trunks(ari)), name="asterisk.trunks")
            lasting.create_task(self._last(ari, self._audit(ari)), name="asterisk.audit")

    async def _hear_phones(self, ari: Ari) -> bool:
        """Subscribe to what becomes of phones and trunks.

        False: an Asterisk that has none yet knows no such source.
        """
        phones = f"applications/{self._phones_application}"
        only = {"allowed": [{"type": "ContactStatusChange"}]}
        try:
            # Asked over the link of the calls: an allow-list would swallow the answers on the phones' own.
            await ari.request("PUT", f"{phones}/eventFilter", body=only)
            await ari.request("POST", f"{phones}/subscription", {"eventSource": "endpoint:PJSIP"})
        except AriFailed as failure:
            if failure.code != 422:
                raise
            return False
        return True

    async def _hear_phones_later(self, ari: Ari) -> None:
        """In a centre where nothing is set up yet; the survey tells what happened before."""
        try:
            while not ari.lost.is_set() and not await self._hear_phones(ari):  # noqa: ASYNC110 - no event tells
                await asyncio.sleep(_PING_EVERY)
        except AriFailed:
            ari.lost.set()
        self._survey_wanted.set()

    async def _become_ready(self, ari: Ari, tasks: asyncio.TaskGroup) -> None:
        """Push, look, tell; and only then let through what happened meanwhile."""
        about = await ari.ask(_About, "asterisk/info")
        if self._started_at and about.status.startup_time != self._started_at:
            self._forget_everything()
            self._tell(MediaRestarted())
        self._started_at, self._version = about.status.startup_time, about.system.version
        await self._stock.bring_up(ari)
        if not await self._hear_phones(ari):
            tasks.create_task(self._hear_phones_later(ari), name="asterisk.phones")
        findings = await self._look(ari)
        await self._read_trunks(ari)
        self._memory.clear()
        self._memory.bridges.update(findings.survey.bridges)
        for leg in findings.legs:
            self._memory.keep(leg)
            if not leg.bridge and leg.hears is not Hears.NOTHING:
                leg.hears = Hears.UNKNOWN
        deeds = self._deeds = Deeds(
            ari,
            address=self._address,
            tasks=tasks,
            memory=self._memory,
            tell=self._tell,
        )
        self._is_ready = True
        log.info(
            "asterisk.ready", version=self._version, legs=len(findings.legs), arrivals=len(findings.unseen)
        )
        self._tell(ChannelRestored(survey=findings.survey))
        now = await self._asterisk_time(ari)
        await self._tell_unattended(ari, now)
        self._take_up(findings, now)
        for leg in findings.legs:
            if leg.interaction_id:
                deeds.mark_soon(leg)
        held_back, self._held_back = self._held_back or [], None
        for event in held_back:
            self._on_event(event)

    async def _look(self, ari: Ari) -> survey.Findings:
        channels, bridges, endpoints = await asyncio.gather(
            ari.ask(list[Channel], "channels"),
            ari.ask(list[Bridge], "bridges"),
            ari.ask(list[Endpoint], "endpoints"),
        )
        self._contacts = {
            endpoint.resource: self._contacts.get(endpoint.resource, set()) or {""}
            for endpoint in endpoints
            if endpoint.state == "online"
        }
        return survey.survey_of(
            channels,
            bridges,
            endpoints,
            known=self._memory.by_channel,
            logins=self._stock.devices,
            application=self._address.application,
        )

    def _take_up(self, findings: survey.Findings, now: str) -> None:
        """Arrivals that nobody has told of, and channels of ours that nobody knows any more."""
        for channel in findings.unseen:
            if channel.id not in self._memory.by_channel:
                self._arrive(channel, survey.arguments_of(channel), now)
        for channel in findings.strangers:
            if channel.id not in self._memory.by_channel and self._deeds is not None:
                log.warning("asterisk.stranger_ended", channel=channel.id)
                self._deeds.end_stranger(channel.id)

    async def _audit(self, ari: Ari) -> None:
        """A fresh survey each time one is wanted. Events go on meanwhile; the switchboard allows for them."""
        while True:
            await self._survey_wanted.wait()
            self._survey_wanted.clear()
            findings = await self._look(ari)
            self._tell(ChannelRestored(survey=findings.survey))
            now = await self._asterisk_time(ari)
            self._take_up(findings, now)
            await self._tell_unattended(ari, now)

    async def _asterisk_time(self, ari: Ari) -> str:
        return (await ari.ask(_Pong, "asterisk/ping")).timestamp

    async def _tell_unattended(self, ari: Ari, now: str) -> None:
        """Calls that came and went without an engine, once each.

        The place in the log is saved a second later, when the switchboard has long committed what it was
        told; an engine that dies in between tells them again rather than never.
        """
        if self._read_to is None:
            self._read_to = await asyncio.to_thread(unattended.load_place, self._place_file)
        calls, place = await asyncio.to_thread(unattended.read_new, self._address.message_log, self._read_to)
        if place is not None and place != self._read_to:
            self._read_to = place
            self._saving = asyncio.get_running_loop().call_later(_SAVE_AFTER, self._save_place, ari)
        for call in calls:
            if call.channel_id in self._seen_channels:
                continue
            self._seen_channels[call.channel_id] = None
            ago = timedelta(milliseconds=max(0, milliseconds(now) - call.at_ms))
            if call.is_diverted:
                self._tell(CallDiverted(calling=call.calling, number_called=call.number_called, ago=ago))
            else:
                # It arrived and left; both are told now, and the interaction stands in the missed list.
                leg_id = self._mint()
                self._tell(
                    LegArrived(
                        leg_id=leg_id,
                        trunk_id=TrunkId(0),
                        number_called=call.number_called,
                        calling=known_number(call.calling),
                        tries=1,
                    )
                )
                self._tell(LegEnded(leg_id=leg_id))

    @property
    def _place_file(self) -> Path:
        return self._address.message_log.with_name("unattended.place")

    def _save_place(self, ari: Ari) -> None:
        if self._read_to is not None and not ari.lost.is_set():
            unattended.save_place(self._place_file, self._read_to)

    # --- trunks

    async def _watch_trunks(self, ari: Ari) -> None:
        while True:
            await asyncio.sleep(_WATCH_TRUNKS_EVERY)
            await self._read_trunks(ari)

    async def _read_trunks(self, ari: Ari) -> None:
        """Registrations are known to the control socket only; the rest is seen by what answers our
        OPTIONS."""
        trunks = dict(self._stock.trunks)
        registrations: dict[str, str] = {}
        if any(trunk.kind == "registration" for trunk in trunks.values()):
            try:
                registrations = read_registrations(
                    await run_command(self._address.control_socket, "pjsip show registrations")
                )
            except ControlFailed as failure:
                log.warning("asterisk.registrations_unknown", detail=str(failure))
        endpoints = await ari.ask(list[Endpoint], "endpoints") if trunks else []
        online = {endpoint.resource: endpoint.state for endpoint in endpoints}
        for name, trunk in trunks.items():
            if trunk.kind == "registration":
                state = _REGISTRATION_STATES.get(registrations.get(name, ""), "unknown")
            else:
                state = {"online": "up", "offline": "down"}.get(online.get(name, ""), "unknown")
            self._note_trunk(name, state)
        for name in self.trunk_states.keys() - trunks.keys():
            del self.trunk_states[name]

    def _note_trunk(self, name: str, state: str, detail: str = "") -> None:
        if self.trunk_states.get(name) != (state, detail):
            self.trunk_states[name] = (state, detail)
            self._tell(TrunkChanged(trunk_id=trunk_of(name), state=state, detail=detail))

    def _note_trouble(self, name: str, detail: str) -> None:
        if trunk_of(name):
            self._note_trunk(name, "rejected", detail)

    # --- events

    def _on_event(self, event: AriEvent) -> None:
        if self._held_back is not None:
            self._held_back.append(event)
            return
        channel = event.channel or event.peer
        leg = self._memory.by_channel.get(channel.id) if channel is not None else None
        match event.type:
            case "StasisStart" if event.channel is not None:
                self._entered(event, event.channel, leg)
            case "ChannelStateChange" if leg is not None and event.channel is not None:
                self._changed_state(leg, event.channel.state)
            case "Dial" if leg is not None:
                self._dialed(leg, event.dialstatus)
            case "ChannelDtmfReceived" if leg is not None:
                self._tell(KeyPressed(leg_id=leg.leg_id, key=event.digit))
            case "PlaybackFinished" if event.playback is not None:
                self._played(event.playback.id)
            case "StasisEnd" if leg is not None and not leg.is_ours:
                self._end(leg, 0, 0)
            case "ChannelDestroyed" if leg is not None:
                self._end(leg, event.cause, event.tech_cause)
            case "ContactStatusChange" if event.contact_info is not None and event.endpoint is not None:
                self._contact_changed(event.endpoint.resource, event.contact_info)
            case _:
                pass

    def _entered(self, event: AriEvent, channel: Channel, leg: Leg | None) -> None:
        if leg is None:
            marked = read_mark(channel)
            if marked is not None:
                leg = marked
                self._memory.keep(marked)
            elif event.args[:1] in (("inbound",), ("device",)):
                self._arrive(channel, event.args, event.timestamp)
                return
            else:
                return
        leg.name = channel.name
        if event.args[:1] == ("leg",) and not leg.is_up:
            leg.is_up = True
            self._tell(LegAnswered(leg_id=leg.leg_id))
        elif event.args[:1] == ("dial",) and self._deeds is not None:
            self._deeds.note_entered(channel.id)

    def _arrive(self, channel: Channel, arguments: tuple[str, ...], seen_at: str) -> None:
        """A call from a trunk or from an agent's own phone, put into our hands by the dialplan."""
        kind, dialed, *rest = (*arguments, "", "")
        leg = Leg(
            leg_id=self._mint(), channel_id=channel.id, role=CUSTOMER, name=channel.name,
            is_up=channel.state == "Up",
        )  # fmt: skip
        self._seen_channels[channel.id] = None
        while len(self._seen_channels) > _MOST_SEEN_CHANNELS:
            del self._seen_channels[next(iter(self._seen_channels))]
        endpoint = endpoint_of(channel.name)
        if kind == "device":
            self._arrive_from_device(leg, endpoint, dialed)
            return
        self._memory.keep(leg)
        recording = read_recording(channel, self._address.spool, seen_at)
        tries = int(rest[0]) if rest[0].isdigit() else 0
        leg.is_recorded = recording is not None
        leg.seen_at = time.monotonic()
        if recording is not None and not leg.is_up:
            leg.raw_path = recording.path
        if tries:
            # The dialplan has answered it and plays the music.
            leg.is_up, leg.hears = True, Hears.MUSIC
        self._tell(
            LegArrived(
                leg_id=leg.leg_id,
                trunk_id=trunk_of(endpoint),
                number_called=dialed,
                calling=known_number(channel.caller.number),
                calling_name=channel.caller.name,
                tries=tries,
                recording=recording,
            )
        )

    def _arrive_from_device(self, leg: Leg, login: str, dialed: str) -> None:
        agent_id = self._stock.agent_of(login)
        if self._deeds is None or not agent_id:
            if self._deeds is not None:
                self._deeds.end_stranger(leg.channel_id)
            return
        leg.role, leg.agent_id = AGENT, agent_id
        self._memory.keep(leg)
        self._deeds.claim_soon(leg)
        self._tell(DeviceDialed(leg_id=leg.leg_id, agent_id=agent_id, dialed=dialed))

    def _changed_state(self, leg: Leg, state: str) -> None:
        if state == "Ringing" and not leg.is_ringing:
            leg.is_ringing = True
            self._tell(LegRinging(leg_id=leg.leg_id))
        elif state == "Up" and leg.role == OUTSIDE and not leg.is_up:
            leg.is_up = True
            self._tell(LegAnswered(leg_id=leg.leg_id))
            if self._deeds is not None:
                self._deeds.settle(leg)

    def _dialed(self, leg: Leg, outcome: str) -> None:
        if outcome == "RINGING":
            self._changed_state(leg, "Ringing")
        elif outcome == "PROGRESS" and not leg.is_up and not leg.has_progressed:
            leg.has_progressed = True
            self._tell(LegProgressed(leg_id=leg.leg_id))

    def _played(self, name: str) -> None:
        prefix, _, rest = name.partition("-")
        number, _, playback = rest.partition("-")
        if prefix != "pb" or not number.isdigit():
            return
        leg = self._memory.legs.get(LegId(int(number)))
        if leg is None or playback not in leg.playbacks:
            return
        leg.playbacks.discard(playback)
        if leg.playback == playback:
            leg.playback = ""
            if leg.hears is Hears.PROMPT:
                leg.hears = Hears.BRIDGE if leg.bridge else Hears.NOTHING
                if self._deeds is not None:
                    self._deeds.settle(leg)
        self._tell(PromptsFinished(leg_id=leg.leg_id, playback=playback))

    def _end(self, leg: Leg, cause: int, tech_cause: int) -> None:
        if leg.is_ended:
            return
        self._memory.drop(leg)
        if leg.is_up or not leg.channel_id.startswith("leg-"):
            self._tell(LegEnded(leg_id=leg.leg_id, cause=cause))
        else:
            self._tell(
                LegFailed(
                    leg_id=leg.leg_id,
                    reason=EndReason.CANCELLED if leg.is_called_off else end_reason(cause, tech_cause),
                    cause=cause,
                    tech_cause=tech_cause,
                )
            )

    def _contact_changed(self, name: str, contact: ContactStatus) -> None:
        """A phone registered, went away, or answers no more."""
        if trunk_of(name):
            trunk = self._stock.trunks.get(name)
            if trunk is not None and trunk.kind != "registration":
                state = {"Reachable": "up", "Unreachable": "down"}.get(contact.contact_status)
                if state is not None:
                    self._note_trunk(name, state)
            return
        contacts = self._contacts.setdefault(name, set())
        if contact.contact_status in _GONE:
            was_there = bool(contacts)
            contacts -= {contact.uri, ""}
            if was_there and not contacts:
                self._tell(DeviceUnregistered(login=name))
        elif contact.uri not in contacts:
            # "" stands for the contact that was there when we came and whose address no list shows.
            contacts.add(contact.uri)
            self._tell(DeviceRegistered(login=name))

    # --- memory

    def _forget_everything(self) -> None:
        self._memory.clear()
        self._contacts.clear()
        self.trunk_states.clear()

    def _tell(self, signal: ChannelSignal) -> None:
        if self._inbox is not None:
            self._inbox.put(signal)

    def _refuse(self, instruction: ChannelInstruction) -> None:
        """Without a link nothing can be begun; who waits for an outcome hears of it."""
        match instruction:
            case RingDevice() | DialNumber():
                self._tell(LegFailed(leg_id=instruction.leg_id, reason=EndReason.MEDIA_FAILED))
            case BridgeLegs():
                self._tell(BridgeFailed(bridge=instruction.bridge, detail="no link"))
            case _:
                pass


async def _until_lost(ari: Ari) -> None:
    await ari.lost.wait()


def known_number(text: str) -> str:
    """The caller's number as the trunk wrote it; "" for an anonymous one, however the far end spells that."""
    return "" if text.strip().lower() in _ANONYMOUS else text.strip()


class _Started(msgspec.Struct):
    startup_time: str = ""


class _System(msgspec.Struct):
    version: str = ""


class _About(msgspec.Struct):
    status: _Started = msgspec.field(default_factory=_Started)
    system: _System = msgspec.field(default_factory=_System)


class _Pong(msgspec.Struct):
    timestamp: str = ""
