"""The writer's whole memory: engine, flows, configuration, calls. Everything in it is a fold of the journal,
except what the media server tells anew at each survey (`reachable`) and caches of table `party`."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from otklik.acd.engine import Engine
from otklik.acd.events import AcdEvent, InteractionEnded
from otklik.acd.model import EndReason
from otklik.acd.state import FREE
from otklik.flows.events import FlowEvent
from otklik.flows.interpreter import FlowEngine
from otklik.organization.apply import apply as apply_configuration
from otklik.organization.events import OrganizationEvent
from otklik.organization.model import Configuration, Device
from otklik.organization.store import decode_configuration, encode_configuration
from otklik.switchboard.calls import Calls, CallsSnapshot
from otklik.switchboard.configuration import codecs_of
from otklik.switchboard.link_tracks import LinkTrack
from otklik.switchboard.outbound import View
from otklik.vocabulary.ids import AgentId, InteractionId, LegId, Minter, PartyId, QueueId
from otklik.vocabulary.messages import Event

_DEFAULT_RING = timedelta(seconds=20)


@dataclass(slots=True)
class _Devices:
    """The configuration's devices, oldest first."""

    by_agent: dict[AgentId, list[Device]] = field(default_factory=dict)
    by_login: dict[str, Device] = field(default_factory=dict)


@dataclass(slots=True)
class Centre:
    """All state of one site's writer.

    reachable: logins of devices that are registered now. numbers: party -> E.164 of live parties.
    rescues: how often a lost phone was rung again since it was lost. trunk_states: state and detail by trunk.
    private: what flows were told of live interactions that the journal must not hold, by name.
    links: how good the links of legs are, by leg and source, as far as no event tells it yet.
    called: talks whose customers are about to be called with a survey, until the number is looked up.
    spared: promised calls that nobody may make any more and why, looked up for each batch.
    lost: legs that are being hung up because their phone is gone; until they are over they look alive.
    inherited: legs that were written down before this engine or its link was there, until the first survey
    says which were really asked for.
    is_fresh: just restored, or the channel was lost; deadlines and requests wait until a survey says what is
    really up.
    """

    engine: Engine = field(default_factory=Engine)
    configuration: Configuration = field(default_factory=Configuration)
    calls: Calls = field(default_factory=Calls)
    minter: Minter = field(default_factory=Minter)
    reachable: set[str] = field(default_factory=set)
    numbers: dict[PartyId, str] = field(default_factory=dict)
    rescues: dict[InteractionId, int] = field(default_factory=dict)
    lost: set[LegId] = field(default_factory=set)
    inherited: set[LegId] = field(default_factory=set)
    trunk_states: dict[int, tuple[str, str]] = field(default_factory=dict)
    is_fresh: bool = False
    called: set[InteractionId] = field(default_factory=set)
    spared: dict[InteractionId, EndReason] = field(default_factory=dict)
    private: dict[InteractionId, dict[str, str]] = field(default_factory=dict)
    links: dict[tuple[LegId, str], LinkTrack] = field(default_factory=dict)
    flows: FlowEngine = field(init=False)
    _devices: "_Devices | None" = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.flows = FlowEngine(self._position, self._facts, self._wait)

    def _position(self, interaction_id: InteractionId) -> int | None:
        return self.engine.position(interaction_id)

    def _wait(self, interaction_id: InteractionId, at: datetime) -> timedelta | None:
        return self.engine.expected_wait_of(interaction_id, at)

    def _facts(self, interaction_id: InteractionId, queue_id: QueueId, at: datetime) -> dict[str, str]:
        """What a flow may decide by. A wait that cannot be told is left out, so no condition on it holds."""
        interaction = self.engine.interaction(interaction_id)
        number = self.configuration.numbers.get(interaction.number_id) if interaction is not None else None
        known = {"caller": self.number_of(interaction_id), "number": number.number if number else ""}
        known |= self.private.get(interaction_id, {})
        queue = self.engine.state.queues.get(queue_id)
        if queue is None:
            return known
        known |= {"queue.waiting": str(queue.waiting), "queue.ready": str(queue.base.tally[FREE])}
        wait = self.engine.expected_wait(queue_id, at)
        if wait is not None:
            known["queue.expected_wait_seconds"] = str(round(wait.total_seconds()))
        return known

    def next_survey_call(self) -> datetime | None:
        """When the next customer is to be called with a survey."""
        due = (
            one.wanted.due_at
            for one in self.calls.planned.values()
            if not one.interaction_id and one.wanted.talk_id not in self.called
        )
        return min(due, default=None)

    # --- what the rules of outbound.py look at

    def view(self) -> View:
        return View(
            engine=self.engine,
            calls=self.calls,
            number_of=self.number_of,
            has_flow=self.flows.is_running,
            ring_timeout=self.ring_timeout,
            codecs_of=self.codecs_of,
            has_supervision_tone=self.configuration.site.has_supervision_tone,
            is_browser=self.is_browser,
        )

    def number_of(self, interaction_id: InteractionId) -> str:
        """What a phone shows of the customer; "" when unknown."""
        return self.numbers.get(self.calls.parties.get(interaction_id, PartyId(0)), "")

    def ring_timeout(self, interaction_id: InteractionId) -> timedelta:
        """How long a device may ring; a little longer than the offer, so that the engine's deadline
        decides.
        """
        interaction = self.engine.interaction(interaction_id)
        queue = self.configuration.queues.get(interaction.queue_id) if interaction else None
        return (queue.ring_timeout if queue else _DEFAULT_RING) + timedelta(seconds=2)

    def codecs_of(self, login: str) -> tuple[str, ...]:
        """What this device wants to speak; () if it is the trunks' A-law, so nothing need be transcoded."""
        device = self._known_devices().by_login.get(login)
        codecs = codecs_of(self.configuration, device) if device is not None else ()
        return () if codecs[:1] == ("alaw",) else codecs

    # --- devices

    def is_browser(self, login: str) -> bool:
        """Whether this phone can show a picture."""
        device = self._known_devices().by_login.get(login)
        return device is not None and device.kind == "browser"

    def devices_of(self, agent_id: AgentId) -> list[Device]:
        return self._known_devices().by_agent.get(agent_id, [])

    def device_to_ring(self, agent_id: AgentId) -> Device | None:
        """The browser's phone if it is registered, else a registered SIP phone."""
        found = [device for device in self.devices_of(agent_id) if device.login in self.reachable]
        return min(found, key=lambda device: (device.kind != "browser", device.device_id), default=None)

    def owner_of(self, login: str) -> AgentId | None:
        device = self._known_devices().by_login.get(login)
        return device.agent_id if device is not None else None

    def _known_devices(self) -> "_Devices":
        """Found by whom they belong to: each ring asks, and a large centre has thousands."""
        if self._devices is None:
            self._devices = _Devices()
            for device in self.configuration.devices.values():
                self._devices.by_agent.setdefault(device.agent_id, []).append(device)
                self._devices.by_login.setdefault(device.login, device)
        return self._devices

    def reconfigure(self, change: OrganizationEvent) -> None:
        """The configuration after one more event."""
        apply_configuration(self.configuration, change)
        self._devices = None

    # --- replay

    def apply(self, event: Event) -> None:
        """One event of the journal, on the way back to the present."""
        kind = event.KIND
        if kind < 100:
            self.engine.restore((_acd(event),))
        elif kind < 300:
            self.flows.restore((_flow(event),))
        elif kind < 400:
            self.reconfigure(_organization(event))
        self.observe(event)

    def observe(self, event: Event) -> None:
        """What the shell itself remembers of an event; engines have already changed their own state."""
        self.calls.apply(event)
        if isinstance(event, InteractionEnded):
            self.private.pop(event.interaction_id, None)

    def settle(self) -> None:
        """All of the journal is applied, or the link to the channel is lost: deadlines wait for the survey,
        and what was asked for in the last moment may never have been heard."""
        self.is_fresh = True
        self.inherited = set(self.calls.legs)

    def snapshot(self) -> dict[str, bytes]:
        return {
            "acd": self.engine.snapshot(),
            "flows": self.flows.snapshot(),
            "configuration": encode_configuration(self.configuration),
            "calls": msgspec.msgpack.encode(self.calls.snapshot()),
        }

    @classmethod
    def restored(cls, parts: dict[str, bytes]) -> "Centre":
        centre = cls(
            engine=Engine.from_snapshot(parts["acd"]),
            configuration=decode_configuration(parts["configuration"]),
            calls=Calls.restored(msgspec.msgpack.decode(parts["calls"], type=CallsSnapshot)),
        )
        centre.flows.from_snapshot(parts["flows"])
        return centre


def live_parties(calls: Calls) -> Iterable[PartyId]:
    """Parties whose numbers a restarted writer needs in memory."""
    planned = (one.wanted.party_id for one in calls.planned.values())
    return {party_id for party_id in (*calls.parties.values(), *planned) if party_id}


def _acd(event: Event) -> AcdEvent:
    return event  # type: ignore[return-value]  # the journal's kind 1-99 is the engine's union


def _flow(event: Event) -> FlowEvent:
    return event  # type: ignore[return-value]  # kind 200-299


def _organization(event: Event) -> OrganizationEvent:
    return event  # type: ignore[return-value]  # kind 300-399
