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
from collections.abc import Callable, Coroutine, Iterable, Mapping

import msgspec

from otklik.acd.model import EndReason
from otklik.channels.asterisk import survey
from otklik.channels.asterisk.address import AsteriskAddress
from otklik.channels.asterisk.ari import (
    Ari,
    AriFailed,
    Bridge,
    Channel,
    Endpoint,
)
from otklik.channels.asterisk.deeds import Deeds
from otklik.channels.asterisk.hearing import Hearing
from otklik.channels.asterisk.legs import (
    CUSTOMER,
    Hears,
    Leg,
    Memory,
    milliseconds,
)
from otklik.channels.asterisk.lines import Lines
from otklik.channels.asterisk.stock import Stock
from otklik.channels.asterisk.trunks import TrunkWatch
from otklik.channels.asterisk.unattended import UnattendedCalls
from otklik.logs import logger
from otklik.switchboard.instructions import (
    BridgeLegs,
    ChannelInstruction,
    DialNumber,
    KnowArrival,
    RingDevice,
)
from otklik.switchboard.ports import ChannelHealth, Inbox, MintLeg, ReadSecret, TrunkCheck
from otklik.switchboard.signals import (
    BridgeFailed,
    ChannelLost,
    ChannelRestored,
    ChannelSignal,
    LegFailed,
    MediaRestarted,
)
from otklik.vocabulary.ids import TrunkId

log = logger()

_PAUSES = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
_PING_EVERY = 1.0
_PING_TIMEOUT = 4.0
_CHECK_TIMEOUT = 5.0
_SAVE_AFTER = 1.0
_WATCH_TRUNKS_EVERY = 5.0
_LOOK_AGAIN_AFTER = 3.0
_LINES = 6
"""Requests that Asterisk may work on at once; each costs it a thread."""
_MOST_SEEN_CHANNELS = 1000
_GONE = frozenset({"Removed", "Unreachable"})
_ANONYMOUS = frozenset({"", "anonymous", "unknown", "restricted", "unavailable", "private", "withheld"})
_REGISTRATION_STATES = {
    "registered": "up", "unregistered": "registering", "rejected": "rejected", "stopped": "down",
}  # fmt: skip


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
        self._on_replaced = on_replaced
        self._inbox: Inbox | None = None
        self._main: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()
        self._ari: Ari | None = None
        self._memory = Memory()
        self._stock = Stock(read_secret, self._note_pushed)
        self._trunks = TrunkWatch(self._stock, address.control_socket, self._tell)
        self._unattended = UnattendedCalls(address.message_log)
        self._hearing = Hearing(
            memory=self._memory,
            stock=self._stock,
            trunks=self._trunks,
            spool=address.spool,
            mint=mint,
            tell=self._tell,
        )
        self._answered_at: float | None = None
        self._started_at = ""
        self._version = ""
        self._survey_wanted = asyncio.Event()
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
        if self._hearing.deeds is None:
            self._refuse(instruction)
        else:
            self._hearing.deeds.do(instruction)

    def request_survey(self) -> None:
        self._survey_wanted.set()

    async def health(self) -> ChannelHealth:
        age = -1.0 if self._answered_at is None else time.monotonic() - self._answered_at
        return ChannelHealth(
            is_up=self._is_ready,
            version=self._version,
            answered_ago_seconds=age,
            legs=len(self._memory.legs),
            trunks=self.trunk_states,
        )

    async def check_trunk(self, trunk_id: TrunkId) -> TrunkCheck:
        """Ask the far end of a trunk now, and wait up to six seconds for what comes of it."""
        return await self._trunks.check(trunk_id)

    def allow_recording(self, is_allowed: bool) -> None:
        """False when the disk is full: no leg is recorded any more and the recordings that grow are closed;
        calls go on. True: new calls are recorded again."""
        self._stock.allow_recording(is_allowed)
        self._close_recordings()

    def _close_recordings(self) -> None:
        """Those that grow although nothing may be recorded."""
        deeds = self._hearing.deeds
        if deeds is None or self._stock.is_recording_allowed:
            return
        for leg in self._memory.legs.values():
            if leg.is_recorded:
                deeds.stop_recording_soon(leg)

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

    @property
    def trunk_states(self) -> dict[str, str]:
        """State by trunk id."""
        return {name.removeprefix("trunk-"): state for name, (state, _) in self._trunks.states.items()}

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
            on_event=self._hearing.hear,
        )
        # Registrations come with every other event of an endpoint, so the calls' own would come twice. A
        # second application, whose filter lets nothing else through, keeps them apart.
        phones = self._side_link(self._phones_application)
        further = [self._side_link(f"{self._address.application}-line-{place}") for place in range(_LINES)]
        self._hearing.hold_back()
        was_ready = False
        try:
            await ari.connect()
            if not ari.answers_over_socket:
                further = []
            for link in (phones, *further):
                await link.connect()
            lines = Lines(further or [ari])
            async with asyncio.TaskGroup() as tasks:
                lasting = [
                    tasks.create_task(self._last(ari, work), name=f"asterisk.{name}")
                    for name, work in (
                        ("serve", self._serve(ari, lines, tasks)),
                        ("ping", self._ping(ari)),
                        ("phones", _until_lost(phones)),
                        ("lines", lines.until_lost()),
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
            self._hearing.deeds = None
            self._is_ready = False
            await asyncio.gather(*(link.close() for link in (ari, phones, *further)))
        return was_ready

    def _side_link(self, application: str) -> Ari:
        """Beside the link of the calls, under a name of its own."""
        return Ari(
            self._address.url,
            application=application,
            user=self._address.application,
            password=self._address.password,
            on_event=self._hearing.hear,
            does_one_thing=True,
        )

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
            answer = await ari.request("GET", "asterisk/ping", timeout=_PING_TIMEOUT)
            self._answered_at = time.monotonic()
            pong = msgspec.json.decode(answer, type=_Pong)
            self._hearing.lateness.note(milliseconds(pong.timestamp), self._answered_at)
            await asyncio.sleep(_PING_EVERY)

    async def _serve(self, ari: Ari, lines: Lines, tasks: asyncio.TaskGroup) -> None:
        await self._become_ready(ari, lines, tasks)
        async with asyncio.TaskGroup() as lasting:
            lasting.create_task(self._last(ari, self._stock.keep_up(ari)), name="asterisk.stock")
            lasting.create_task(self._last(ari, self._trunks.watch(ari)), name="asterisk.trunks")
            lasting.create_task(self._last(ari, self._audit(ari)), name="asterisk.audit")
            if self._hearing.deeds is not None:
                watch = self._hearing.deeds.links.watch()
                lasting.create_task(self._last(ari, watch), name="asterisk.links")

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

    async def _become_ready(self, ari: Ari, lines: Lines, tasks: asyncio.TaskGroup) -> None:
        """Push, look, tell; and only then let through what happened meanwhile."""
        about = await ari.ask(_About, "asterisk/info")
        if self._started_at and about.status.startup_time != self._started_at:
            self._forget_everything()
            self._hearing.lateness.forget()
            self._tell(MediaRestarted())
        self._started_at, self._version = about.status.startup_time, about.system.version
        await self._stock.bring_up(ari)
        if not await self._hear_phones(ari):
            tasks.create_task(self._hear_phones_later(ari), name="asterisk.phones")
        findings = await self._look(ari, self._stock.arrived)
        await self._trunks.look(ari)
        self._memory.clear()
        self._memory.bridges.update(findings.survey.bridges)
        for leg in findings.legs:
            self._memory.keep(leg)
            if not leg.bridge and leg.hears is not Hears.NOTHING:
                leg.hears = Hears.UNKNOWN
        deeds = self._hearing.deeds = Deeds(
            lines,
            address=self._address,
            tasks=tasks,
            memory=self._memory,
            tell=self._tell,
            may_record=lambda: self._stock.is_recording_allowed,
        )
        self._is_ready = True
        log.info(
            "asterisk.ready", version=self._version, legs=len(findings.legs), arrivals=len(findings.unseen)
        )
        self._tell(ChannelRestored(survey=findings.survey))
        now = await self._asterisk_time(ari)
        await self._tell_unattended(ari, now)
        self._hearing.take_up(findings, now)
        for leg in findings.legs:
            if leg.interaction_id:
                deeds.mark_soon(leg)
        self._close_recordings()
        self._hearing.let_through()

    async def _look(
        self, ari: Ari, arrived: Mapping[str, KnowArrival] = survey.NO_ARRIVALS
    ) -> survey.Findings:
        """arrived: calls that the journal knows, by channel."""
        asked_at = time.monotonic()
        channels, bridges, listed = await asyncio.gather(
            ari.ask(list[Channel], "channels"),
            ari.ask(list[Bridge], "bridges"),
            ari.ask(list[Endpoint], "endpoints"),
        )
        endpoints = self._hearing.corrected(listed, asked_at)
        self._hearing.note_endpoints(endpoints)
        return survey.survey_of(
            channels,
            bridges,
            endpoints,
            known=self._memory.by_channel,
            arrived=arrived,
            logins=self._stock.devices,
            application=self._address.application,
        )

    async def _audit(self, ari: Ari) -> None:
        """A fresh survey each time one is wanted. Events go on meanwhile; the switchboard allows for them.

        The first one soon after the link: whoever waited without an engine tries again every two seconds, and
        may have hung up in between.
        """
        patience: float | None = _LOOK_AGAIN_AFTER
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await self._survey_wanted.wait()
            patience = None
            self._survey_wanted.clear()
            findings = await self._look(ari)
            self._tell(ChannelRestored(survey=findings.survey))
            now = await self._asterisk_time(ari)
            self._hearing.take_up(findings, now)
            await self._tell_unattended(ari, now)

    async def _tell_unattended(self, ari: Ari, now: str) -> None:
        """Calls that came and went without an engine, once each.

        The place in the log is saved a second later, when the switchboard has long committed what it was
        told; an engine that dies in between tells them again rather than never.
        """
        self._hearing.tell_unattended(await self._unattended.read(), now)
        asyncio.get_running_loop().call_later(_SAVE_AFTER, self._save_place, ari)

    def _save_place(self, ari: Ari) -> None:
        if not ari.lost.is_set():
            self._unattended.save()

    async def _asterisk_time(self, ari: Ari) -> str:
        return (await ari.ask(_Pong, "asterisk/ping")).timestamp

    def _note_pushed(self, name: str, trouble: str) -> None:
        self._trunks.note_pushed(name, trouble)

    def _forget_everything(self) -> None:
        self._memory.clear()
        self._hearing.forget_phones()
        self._trunks.forget()

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


class _Started(msgspec.Struct):
    startup_time: str = ""


class _System(msgspec.Struct):
    version: str = ""


class _About(msgspec.Struct):
    status: _Started = msgspec.field(default_factory=_Started)
    system: _System = msgspec.field(default_factory=_System)


class _Pong(msgspec.Struct):
    timestamp: str = ""
