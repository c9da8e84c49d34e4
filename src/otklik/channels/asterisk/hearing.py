"""Asterisk's events as signals. The only listener: what happens at an event stands here and nowhere else."""

import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path

import msgspec

from otklik.acd.model import EndReason
from otklik.channels.asterisk import survey
from otklik.channels.asterisk.ari import AriEvent, Channel, ContactStatus, Endpoint
from otklik.channels.asterisk.causes import end_reason
from otklik.channels.asterisk.deeds import Deeds
from otklik.channels.asterisk.lateness import Lateness
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
    trunk_of,
)
from otklik.channels.asterisk.stock import Stock
from otklik.channels.asterisk.trunks import TrunkWatch
from otklik.channels.asterisk.tunes import TUNE
from otklik.channels.asterisk.unattended import UnattendedCall
from otklik.logs import logger
from otklik.switchboard.ports import MintLeg
from otklik.switchboard.signals import (
    CallDiverted,
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
    PromptsFinished,
)
from otklik.vocabulary.ids import LegId, TrunkId

log = logger()

_MOST_SEEN_CHANNELS = 1000
_LIST_LAGS_SECONDS = 5.0
"""The list of endpoints comes from a cache of Asterisk's that its own messages outrun when it is busy."""
_GONE = frozenset({"Removed", "Unreachable"})
_ANONYMOUS = frozenset({"", "anonymous", "unknown", "restricted", "unavailable", "private", "withheld"})


class Hearing:
    """Turns what Asterisk tells into what the switchboard understands, and keeps the memory of legs up to
    date."""

    def __init__(
        self,
        *,
        memory: Memory,
        stock: Stock,
        trunks: TrunkWatch,
        spool: Path,
        mint: MintLeg,
        tell: Callable[[ChannelSignal], None],
    ) -> None:
        self._memory = memory
        self._stock = stock
        self._trunks = trunks
        self._spool = spool
        self._mint = mint
        self._tell = tell
        self._held_back: list[AriEvent] | None = None
        self._contacts: dict[str, set[str]] = {}
        self._told_of_phones: dict[str, tuple[float, bool]] = {}
        """Login to (monotonic seconds, whether it is there) of the last message about it."""
        self._seen_channels: dict[str, None] = {}
        self._told_gone: dict[str, None] = {}
        """Channels whose coming and going the log told: what else comes of them was held back."""
        self.lateness = Lateness()
        self.deeds: Deeds | None = None
        """What carries out instructions on the present link; none without one."""

    # --- order: first the survey, then what happened while it was made

    def hold_back(self) -> None:
        """Keep events until `let_through`."""
        self._held_back = []

    def let_through(self) -> None:
        held_back, self._held_back = self._held_back or [], None
        for event in held_back:
            self.hear(event)

    def corrected(self, endpoints: Iterable[Endpoint], asked_at: float) -> list[Endpoint]:
        """The list that was asked for at this moment (monotonic seconds), with what messages have told of
        phones shortly before and since: they are newer than the list."""
        return [
            endpoint
            if (told := self._told_of_phones.get(endpoint.resource)) is None
            or told[0] < asked_at - _LIST_LAGS_SECONDS
            else msgspec.structs.replace(endpoint, state="online" if told[1] else "offline")
            for endpoint in endpoints
        ]

    def note_endpoints(self, endpoints: Iterable[Endpoint]) -> None:
        """Which phones are registered, as a list shows it: without their places."""
        self._contacts = {
            endpoint.resource: self._contacts.get(endpoint.resource, set()) or {""}
            for endpoint in endpoints
            if endpoint.state == "online"
        }

    def forget_phones(self) -> None:
        self._contacts.clear()
        self._told_of_phones.clear()

    def take_up(self, findings: survey.Findings, now: str) -> None:
        """Arrivals that nobody has told of, and channels of ours that nobody knows any more. now:
        Asterisk's."""
        for channel in findings.unseen:
            if channel.id not in self._memory.by_channel and channel.id not in self._told_gone:
                self._arrive(channel, survey.arguments_of(channel), now)
        for channel in findings.strangers:
            if channel.id not in self._memory.by_channel and self.deeds is not None:
                log.warning("asterisk.stranger_ended", channel=channel.id)
                self.deeds.end_stranger(channel.id)

    def tell_unattended(self, calls: Iterable[UnattendedCall], now: str) -> None:
        """Calls that came and went while no engine was there. now: Asterisk's own time."""
        for call in calls:
            if call.channel_id in self._seen_channels:
                continue
            _keep_last(self._seen_channels, call.channel_id)
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
                        media_id=call.channel_id,
                        is_over=True,
                    )
                )
                self._tell(LegEnded(leg_id=leg_id))
                _keep_last(self._told_gone, call.channel_id)

    # --- events

    def hear(self, event: AriEvent) -> None:
        """One event, in order; never blocks, never raises for outside reasons."""
        self.lateness.note(milliseconds(event.timestamp), time.monotonic())
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
        if channel.id in self._told_gone:
            return
        if event.args[:1] == ("ear",):
            if self.deeds is not None:
                self.deeds.note_entered(channel.id)
            return
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
        elif event.args[:1] == ("dial",) and self.deeds is not None:
            self.deeds.note_entered(channel.id)

    def _arrive(self, channel: Channel, arguments: tuple[str, ...], seen_at: str) -> None:
        """A call from a trunk or from an agent's own phone, put into our hands by the dialplan."""
        kind, dialed, *rest = (*arguments, "", "")
        leg = Leg(
            leg_id=self._mint(), channel_id=channel.id, role=CUSTOMER, name=channel.name,
            is_up=channel.state == "Up",
        )  # fmt: skip
        _keep_last(self._seen_channels, channel.id)
        endpoint = endpoint_of(channel.name)
        if kind == "device":
            self._arrive_from_device(leg, endpoint, dialed)
            return
        self._memory.keep(leg)
        recording = read_recording(channel, self._spool, seen_at, self._waited(seen_at))
        tries = int(rest[0]) if rest[0].isdigit() else 0
        leg.is_recorded = recording is not None
        leg.seen_at = time.monotonic() - (recording.lead.total_seconds() if recording is not None else 0.0)
        if recording is not None and not leg.is_up:
            leg.raw_path = recording.path
        if leg.is_recorded and not self._stock.is_recording_allowed and self.deeds is not None:
            # It came before the dialplan knew that the disk is full.
            self.deeds.stop_recording_soon(leg)
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
                media_id=channel.id,
            )
        )

    def _waited(self, seen_at: str) -> float:
        """Seconds between this time of Asterisk's and now: the file has grown on meanwhile."""
        return self.lateness.of(milliseconds(seen_at), time.monotonic())

    def _arrive_from_device(self, leg: Leg, login: str, dialed: str) -> None:
        agent_id = self._stock.agent_of(login)
        if self.deeds is None or not agent_id:
            if self.deeds is not None:
                self.deeds.end_stranger(leg.channel_id)
            return
        leg.role, leg.agent_id = AGENT, agent_id
        self._memory.keep(leg)
        self.deeds.claim_soon(leg)
        self._tell(DeviceDialed(leg_id=leg.leg_id, agent_id=agent_id, dialed=dialed))

    def _changed_state(self, leg: Leg, state: str) -> None:
        if state == "Ringing" and not leg.is_ringing:
            leg.is_ringing = True
            self._tell(LegRinging(leg_id=leg.leg_id))
        elif state == "Up" and leg.role == OUTSIDE and not leg.is_up:
            leg.is_up = True
            self._tell(LegAnswered(leg_id=leg.leg_id))
            if self.deeds is not None:
                self.deeds.settle(leg)

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
        if leg is not None and playback.startswith(TUNE) and self.deeds is not None:
            self.deeds.play_on(leg, playback)
        if leg is None or playback not in leg.playbacks:
            return
        leg.playbacks.discard(playback)
        if leg.playback == playback:
            leg.playback = ""
            if leg.hears is Hears.PROMPT:
                leg.hears = Hears.BRIDGE if leg.bridge else Hears.NOTHING
                if self.deeds is not None:
                    self.deeds.settle(leg)
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
            self._trunks.note_contact(name, contact.contact_status)
            return
        contacts = self._contacts.setdefault(name, set())
        if contact.contact_status in _GONE:
            was_there = bool(contacts)
            contacts -= {contact.uri, ""}
            self._told_of_phones[name] = (time.monotonic(), bool(contacts))
            if was_there and not contacts:
                self._tell(DeviceUnregistered(login=name))
        elif contact.uri not in contacts:
            # "" stands for the contact that was there when we came and whose address no list shows.
            contacts.add(contact.uri)
            self._told_of_phones[name] = (time.monotonic(), True)
            self._tell(DeviceRegistered(login=name))


def _keep_last(channels: dict[str, None], channel_id: str) -> None:
    """Remember a channel, and no more than the last of them."""
    channels[channel_id] = None
    while len(channels) > _MOST_SEEN_CHANNELS:
        del channels[next(iter(channels))]


def known_number(text: str) -> str:
    """The caller's number as the trunk wrote it; "" for an anonymous one, however the far end spells that."""
    return "" if text.strip().lower() in _ANONYMOUS else text.strip()
