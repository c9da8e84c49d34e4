"""The simulated media server: legs, bridges, phones and trunks, on a given clock. It outlives its driver.

Everything that takes time is a step at a moment; `next_deadline` and `advance` drive it in virtual time, and
`keep_time` lets an event loop drive it in real time. Nothing here decides who talks with whom.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from otklik.acd.model import EndReason
from otklik.channels.simulator.faults import Faults
from otklik.channels.simulator.legs import SILENCE, TALK, SimulatedLeg
from otklik.channels.simulator.parties import CLEARING, FAILURE_CODES, FarEnd, Pace, Phone
from otklik.channels.simulator.steps import Steps
from otklik.switchboard import instructions as told
from otklik.switchboard import signals as tell
from otklik.vocabulary.ids import AgentId, LegId, Minter, TrunkId
from otklik.vocabulary.time import Clock

_LANE = 3
_LOST_CAUSE = 41  # Q.850 temporary failure: a leg that broke, unlike one that was hung up

Put = Callable[[tell.ChannelSignal], None]


@dataclass(slots=True)
class _Device:
    agent_id: AgentId
    kind: str
    is_registered: bool = False


@dataclass(slots=True)
class _Trunk:
    name: str
    state: str = "up"


@dataclass(slots=True)
class _Diverted:
    calling: str
    number: str
    at: datetime


@dataclass(slots=True)
class Directory:
    """How parties behave: phones by login, far ends by number; `phone` and `far_end` for all others.

    choose: asked first, at each ring; None for a login that it does not know.
    """

    choose: Callable[[str], Phone | None] | None = None
    phones: dict[str, Phone] = field(default_factory=dict)
    far_ends: dict[str, FarEnd] = field(default_factory=dict)
    phone: Phone = field(default_factory=Phone)
    far_end: FarEnd = field(default_factory=FarEnd)

    def phone_of(self, login: str) -> Phone:
        chosen = self.choose(login) if self.choose is not None else None
        return chosen or self.phones.get(login, self.phone)

    def far_end_of(self, number: str) -> FarEnd:
        return self.far_ends.get(number, self.far_end)


class MediaServer:
    """The world that a driver talks to.

    prompts: names that can be played; any other ends at once. None: every name can be played.
    """

    def __init__(
        self, clock: Clock, *, pace: Pace | None = None, prompts: Collection[str] | None = None
    ) -> None:
        self.pace = pace or Pace()
        self.prompts = prompts
        self.faults = Faults()
        self.directory = Directory()
        self.legs: dict[LegId, SimulatedLeg] = {}
        self.bridges: dict[str, list[SimulatedLeg]] = {}
        self.devices: dict[str, _Device] = {}
        self.trunks: dict[TrunkId, _Trunk] = {}
        self.fallback = told.SetFallback()
        self.steps = Steps(clock)
        self._minter = Minter(_LANE)
        self._mint: Callable[[], LegId] = self._mint_alone
        self._put: Put | None = None
        self._lost_put: Put | None = None
        self._was_restarted = False
        self._arrivals: list[SimulatedLeg] = []
        self._diverted: list[_Diverted] = []

    # --- the link to a driver

    def attach(self, put: Put, mint: Callable[[], LegId] | None = None) -> None:
        """A driver connects. It gets a survey, and then the calls that nobody has seen."""
        self._put, self._lost_put = put, None
        self._mint = mint or self._mint_alone
        self.steps.after(self.pace.reaction, self._greet)

    def detach(self) -> None:
        """The driver is gone: legs live on, signals are lost."""
        self._put = self._lost_put = None

    def lose_link(self) -> None:
        """The link breaks while the driver lives: it is told so, and then of nothing."""
        if self._put is not None:
            self._put(tell.ChannelLost())
            self._lost_put, self._put = self._put, None

    def restore_link(self) -> None:
        """The link comes back."""
        if self._lost_put is not None:
            self.attach(self._lost_put, self._mint)

    def refuse(self, instruction: told.ChannelInstruction) -> None:
        """Without a link nothing is begun: a driver that lives says so of calls."""
        if self._lost_put is not None and isinstance(instruction, told.RingDevice | told.DialNumber):
            self._lost_put(tell.LegFailed(leg_id=instruction.leg_id, reason=EndReason.MEDIA_FAILED))

    @property
    def is_linked(self) -> bool:
        return self._put is not None

    def survey(self) -> tell.Survey:
        """Everything that is up now and that a driver was told of."""
        return tell.Survey(
            legs=tuple(
                tell.SurveyedLeg(
                    leg_id=leg.leg_id,
                    is_up=leg.is_up,
                    role=leg.role,
                    interaction_id=leg.interaction_id,
                    agent_id=leg.agent_id,
                    bridge=leg.bridge,
                    is_ringing=leg.state == "waiting" and leg.side != "customer",
                )
                for leg in self.legs.values()
            ),
            bridges=tuple(self.bridges),
            reachable=frozenset(login for login, device in self.devices.items() if device.is_registered),
        )

    def survey_soon(self) -> None:
        """The periodic audit: a survey follows after the reaction time."""
        self.steps.after(self.pace.reaction, self._greet)

    def _greet(self) -> None:
        if self._put is None:
            return
        if self._was_restarted:
            self._was_restarted = False
            self.emit(tell.MediaRestarted())
            for login in self.devices:
                self.register_soon(login)
        self.emit(tell.ChannelRestored(survey=self.survey()))
        for lost in self._diverted:
            self.emit(
                tell.CallDiverted(
                    calling=lost.calling, number_called=lost.number, ago=self.steps.now() - lost.at
                )
            )
        self._diverted.clear()
        for trunk_id, trunk in self.trunks.items():
            self.emit(tell.TrunkChanged(trunk_id=trunk_id, state=trunk.state))
        waiting, self._arrivals = self._arrivals, []
        for leg in waiting:
            self.announce(leg)

    def emit(self, signal: tell.ChannelSignal) -> None:
        for delay in self.faults.deliveries(signal):
            if delay:
                self.steps.after(delay, lambda: self._deliver(signal))
            else:
                self._deliver(signal)

    def _deliver(self, signal: tell.ChannelSignal) -> None:
        if self._put is not None:
            self._put(signal)

    def _mint_alone(self) -> LegId:
        return LegId(self._minter.mint(self.steps.now()))

    # --- customers

    def call(
        self,
        number: str,
        calling: str = "",
        *,
        trunk_id: TrunkId | None = None,
        calling_name: str = "",
        patience: timedelta | None = None,
    ) -> "Customer":
        """A customer dials one of our numbers.

        trunk_id: None is the first trunk. patience: hangs up when so long after his call nobody talks with
        him.
        """
        if trunk_id is None:
            trunk_id = next(iter(self.trunks), TrunkId(0))
        leg = SimulatedLeg(
            side="customer",
            state="waiting",
            began_at=self.steps.now(),
            trunk_id=trunk_id,
            number=number,
            calling=calling,
            calling_name=calling_name,
        )
        leg.hear("ringing", self.steps.now())
        self.steps.after(self.pace.reaction, lambda: self._arrive(leg))
        if patience is not None:
            self.steps.after(patience, lambda: self._lose_patience(leg))
        return Customer(self, leg)

    def _arrive(self, leg: SimulatedLeg) -> None:
        if leg.is_over:
            return
        if self._put is None:
            # The dialplan answers and plays music until an engine comes, then sends the call elsewhere.
            leg.state, leg.is_answered_by_dialplan = "up", True
            leg.hear("music", self.steps.now())
            self._arrivals.append(leg)
            self.steps.after(self.pace.patience, lambda: self._divert(leg))
            return
        self.announce(leg)

    def announce(self, leg: SimulatedLeg) -> None:
        if leg.is_over:
            return
        leg.leg_id, leg.is_announced = self._mint(), True
        self.legs[leg.leg_id] = leg
        waited = self.steps.now() - leg.began_at
        self.emit(
            tell.LegArrived(
                leg_id=leg.leg_id,
                trunk_id=leg.trunk_id,
                number_called=leg.number,
                calling=leg.calling,
                calling_name=leg.calling_name,
                tries=waited // self.pace.retry + 1 if leg.is_answered_by_dialplan else 0,
            )
        )

    def _divert(self, leg: SimulatedLeg) -> None:
        if leg in self._arrivals and not leg.is_over and (self.fallback.logins or self.fallback.number):
            self._arrivals.remove(leg)
            self._diverted.append(_Diverted(leg.calling, leg.number, self.steps.now()))
            leg.hear(TALK, self.steps.now())
            leg.state, leg.ended_at = "over", self.steps.now()

    def _lose_patience(self, leg: SimulatedLeg) -> None:
        if leg.hears != TALK:
            self.end_by_party(leg)

    # --- what parties do

    def end_by_party(self, leg: SimulatedLeg, cause: int = CLEARING) -> None:
        """The party hangs up (cause 16) or its leg breaks (any other)."""
        if leg in self._arrivals:
            self._arrivals.remove(leg)
        if leg.is_over:
            return
        was_up = leg.is_up or leg.side == "customer"
        self.close(leg, cause)
        if not leg.is_announced:
            return
        if was_up:
            self.emit(tell.LegEnded(leg_id=leg.leg_id, cause=cause))
        else:
            self.emit(
                tell.LegFailed(leg_id=leg.leg_id, reason=EndReason.AGENT_FAILED, cause=cause, tech_cause=0)
            )

    def press(self, leg: SimulatedLeg, keys: str) -> None:
        """The party presses keys, one signal each."""
        if leg.is_up:
            for key in keys:
                self.emit(tell.KeyPressed(leg_id=leg.leg_id, key=key))

    def speak(self, leg: SimulatedLeg, seconds: float) -> None:
        """The party says something for so long."""
        if leg.is_up:
            leg.speaks_until = self.steps.now() + timedelta(seconds=seconds)
            if leg.heard_out is not None:
                self.emit(tell.SpeechHeard(leg_id=leg.leg_id))
                self.listen(leg, leg.heard_out)

    def listen(self, leg: SimulatedLeg, asked: told.HearSilence) -> None:
        """Tells when the party has been silent for as long as was asked, unless it speaks again."""
        if not asked.after:
            return
        falls_silent = leg.speaks_until

        def tell_silence() -> None:
            if leg.heard_out is asked and leg.speaks_until == falls_silent and not leg.is_over:
                leg.heard_out = None
                self.emit(tell.SilenceHeard(leg_id=leg.leg_id))

        wait = max(timedelta(0), (falls_silent or self.steps.now()) - self.steps.now())
        self.steps.after(wait + asked.after, tell_silence)

    def leg_of(self, login: str) -> SimulatedLeg | None:
        """The leg of a phone now: ringing or up."""
        found = [leg for leg in self.legs.values() if leg.login == login and not leg.is_over]
        return found[-1] if found else None

    def answer(self, login: str) -> bool:
        """The agent answers his ringing phone; False when it does not ring."""
        leg = self.leg_of(login)
        if leg is None or leg.state != "waiting":
            return False
        self.answered(leg)
        return True

    def decline(self, login: str) -> bool:
        """The agent says no to his ringing phone."""
        leg = self.leg_of(login)
        if leg is None or leg.state != "waiting":
            return False
        self.fail(leg, EndReason.BUSY, cause=21, tech_cause=603)
        return True

    def hang_up(self, login: str) -> bool:
        """The agent hangs up his phone (declines, if it rings)."""
        leg = self.leg_of(login)
        if leg is None:
            return False
        if leg.state == "waiting":
            return self.decline(login)
        self.end_by_party(leg)
        return True

    def dial(self, login: str, number: str) -> LegId:
        """The agent dials on his own phone."""
        device = self.devices[login]
        leg = SimulatedLeg(
            side="phone",
            state="waiting",
            began_at=self.steps.now(),
            leg_id=self._mint(),
            role="agent",
            agent_id=device.agent_id,
            login=login,
            number=number,
            is_announced=True,
        )
        self.legs[leg.leg_id] = leg
        self.emit(tell.DeviceDialed(leg_id=leg.leg_id, agent_id=device.agent_id, dialed=number))
        return leg.leg_id

    def register(self, login: str) -> None:
        """The phone registers (anew)."""
        device = self.devices.get(login)
        if device is not None:
            device.is_registered = True
            self.emit(tell.DeviceRegistered(login=login))

    def unregister(self, login: str) -> None:
        """The phone's registration ends; a talk goes on."""
        device = self.devices.get(login)
        if device is not None and device.is_registered:
            device.is_registered = False
            self.emit(tell.DeviceUnregistered(login=login))

    def lose(self, login: str, *, leg_ends: bool = True) -> None:
        """The phone vanishes (a closed tab, a dead machine): registration and, unless told otherwise, its
        leg."""
        self.unregister(login)
        leg = self.leg_of(login)
        if leg is not None and leg_ends:
            self.end_by_party(leg, _LOST_CAUSE)

    def set_trunk(self, trunk_id: TrunkId, state: str) -> None:
        """A trunk goes up or down."""
        self.trunks[trunk_id].state = state
        self.emit(tell.TrunkChanged(trunk_id=trunk_id, state=state))

    def restart(self) -> None:
        """The media server dies and starts anew: legs and registrations are gone. Then `restore_link`."""
        self.lose_link()
        for leg in [*self.legs.values(), *self._arrivals]:
            self.close(leg, _LOST_CAUSE)
        self.legs.clear()
        self.bridges.clear()
        self._arrivals.clear()
        for device in self.devices.values():
            device.is_registered = False
        self._was_restarted = True

    # --- what is made known to this world

    def provision(self, instruction: told.ChannelInstruction) -> None:
        """A device or a trunk is made, changed or removed."""
        match instruction:
            case told.ProvisionDevice():
                known = self.devices.get(instruction.login)
                if known is not None:
                    known.agent_id, known.kind = instruction.agent_id, instruction.kind
                else:
                    self.devices[instruction.login] = _Device(instruction.agent_id, instruction.kind)
                self.register_soon(instruction.login)
            case told.ProvisionTrunk():
                is_new = instruction.trunk_id not in self.trunks
                self.trunks.setdefault(instruction.trunk_id, _Trunk(instruction.name)).name = instruction.name
                if is_new:
                    self.emit(tell.TrunkChanged(trunk_id=instruction.trunk_id, state="up"))
            case told.RemoveDevice():
                self.devices.pop(instruction.login, None)
            case told.RemoveTrunk():
                self.trunks.pop(instruction.trunk_id, None)
            case _:
                raise AssertionError(f"{type(instruction).__name__} provisions nothing")

    def register_soon(self, login: str) -> None:
        def register() -> None:
            device = self.devices.get(login)
            phone = self.directory.phones.get(login, self.directory.phone)
            if device is not None and not device.is_registered and phone.registers:
                self.register(login)

        self.steps.after(self.pace.registration, register)

    # --- the life of a leg

    def answered(self, leg: SimulatedLeg, talks_for: timedelta | None = None) -> None:
        if leg.state != "waiting":
            return
        leg.state = "up"
        leg.hear(TALK if leg.bridge else SILENCE, self.steps.now())
        self.emit(tell.LegAnswered(leg_id=leg.leg_id))
        if leg.phone is not None:
            talks_for = leg.phone.talks_for
        if talks_for is not None:
            self.steps.after(talks_for, lambda: self.end_by_party(leg))

    def declined(self, leg: SimulatedLeg) -> None:
        if leg.state == "waiting":
            self.fail(leg, EndReason.BUSY, cause=21, tech_cause=603)

    def dies(self, leg: SimulatedLeg) -> None:
        if not leg.is_over:
            self.lose(leg.login)

    def timed_out(self, leg: SimulatedLeg) -> None:
        if leg.state == "waiting":
            self.fail(leg, EndReason.NO_ANSWER)

    def fail(
        self, leg: SimulatedLeg, reason: EndReason, *, cause: int | None = None, tech_cause: int | None = None
    ) -> None:
        if leg.is_over:
            return
        usual = FAILURE_CODES.get(reason, (0, 0))
        self.close(leg, usual[0] if cause is None else cause)
        self.emit(
            tell.LegFailed(
                leg_id=leg.leg_id,
                reason=reason,
                cause=usual[0] if cause is None else cause,
                tech_cause=usual[1] if tech_cause is None else tech_cause,
            )
        )

    def close(self, leg: SimulatedLeg, cause: int) -> None:
        leg.state, leg.ended_at, leg.end_cause, leg.playback = "over", self.steps.now(), cause, ""
        if leg.bridge:
            self.leave_bridge(leg)
        self.legs.pop(leg.leg_id, None)

    def leave_bridge(self, leg: SimulatedLeg) -> None:
        inside = self.bridges.get(leg.bridge, [])
        leg.bridge = ""
        if leg in inside:
            inside.remove(leg)
        leg.hear(SILENCE, self.steps.now())
        self.sound(inside)

    def sound(self, inside: Iterable[SimulatedLeg]) -> None:
        inside = list(inside)
        for leg in inside:
            leg.hear(TALK if len(inside) > 1 else SILENCE, self.steps.now())


class Customer:
    """A customer who calls, in the hands of a test, a robot or a walk."""

    __slots__ = ("_media", "leg")

    def __init__(self, media: MediaServer, leg: SimulatedLeg) -> None:
        self._media = media
        self.leg = leg

    @property
    def hears(self) -> str:
        return self.leg.hears

    @property
    def is_over(self) -> bool:
        return self.leg.is_over

    def hang_up(self) -> None:
        """Leaves. A call that is over stays over."""
        self._media.end_by_party(self.leg)

    def press(self, keys: str) -> None:
        """Presses keys on the keypad."""
        self._media.press(self.leg, keys)

    def speak(self, seconds: float) -> None:
        """Says something for so long."""
        self._media.speak(self.leg, seconds)

    def break_off(self) -> None:
        """His leg breaks without a hang-up (a dead mobile)."""
        self._media.end_by_party(self.leg, _LOST_CAUSE)
