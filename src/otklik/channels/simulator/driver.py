"""The simulator as a channel: the switchboard's port on top of a simulated media server."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta

from otklik.channels.simulator import deeds
from otklik.channels.simulator.media import Customer, MediaServer
from otklik.channels.simulator.parties import FarEnd, Pace, Phone
from otklik.switchboard.instructions import (
    ChannelInstruction,
    ProvisionDevice,
    ProvisionTrunk,
    RemoveDevice,
    RemoveTrunk,
    SetFallback,
)
from otklik.switchboard.ports import ChannelHealth, Inbox, MintLeg, TrunkCheck
from otklik.vocabulary.ids import LegId, TrunkId
from otklik.vocabulary.time import Clock


class SimulatorDriver:
    """Fulfils `switchboard.ports.Driver`.

    clock: real in `serve`, virtual in walks. media: a world that already runs (a driver of a restarted
    engine); by default a new one. keeps_time: an event loop takes the world's steps; False: whoever holds
    the clock calls `media.steps.advance`.
    """

    name = "simulator"

    def __init__(
        self,
        clock: Clock,
        *,
        mint: MintLeg | None = None,
        media: MediaServer | None = None,
        pace: Pace | None = None,
        keeps_time: bool = True,
    ) -> None:
        self.media = media or MediaServer(clock, pace=pace)
        self._owns_media = media is None
        self._mint = mint
        self._keeps_time = keeps_time

    # --- the port

    def start(self, inbox: Inbox) -> None:
        """Connects; ChannelRestored follows after the reaction time."""
        if self._keeps_time:
            self.media.steps.keep_time(asyncio.get_running_loop())
        self.media.attach(inbox.put, self._mint)

    def provision(self, wanted: Iterable[ChannelInstruction]) -> None:
        """Makes the world's devices and trunks exactly these; what is new registers soon."""
        wanted = list(wanted)
        devices = {one.login for one in wanted if isinstance(one, ProvisionDevice)}
        trunks = {one.trunk_id for one in wanted if isinstance(one, ProvisionTrunk)}
        for login in [login for login in self.media.devices if login not in devices]:
            self.media.provision(RemoveDevice(login=login))
        for trunk_id in [trunk_id for trunk_id in self.media.trunks if trunk_id not in trunks]:
            self.media.provision(RemoveTrunk(trunk_id=trunk_id))
        for one in wanted:
            if isinstance(one, ProvisionDevice | ProvisionTrunk):
                self.media.provision(one)
            elif isinstance(one, SetFallback):
                self.media.fallback = one

    def do(self, instruction: ChannelInstruction) -> None:
        """Takes an instruction; never raises for reasons of the simulated world."""
        deeds.do(self.media, instruction)

    def request_survey(self) -> None:
        """A ChannelRestored with a fresh survey follows."""
        self.media.survey_soon()

    async def health(self) -> ChannelHealth:
        """Up while it is linked; there is nothing that could be slow."""
        return ChannelHealth(
            is_up=self.media.is_linked,
            version="simulator",
            answered_ago_seconds=0.0 if self.media.is_linked else -1.0,
            legs=len(self.media.legs),
            trunks={str(trunk_id): trunk.state for trunk_id, trunk in self.media.trunks.items()},
        )

    async def check_trunk(self, trunk_id: TrunkId) -> TrunkCheck:
        """As its script says: there is nobody to ask."""
        trunk = self.media.trunks.get(trunk_id)
        state = trunk.state if trunk is not None else "unknown"
        is_up = state == "up"
        return TrunkCheck(state=state, answers=is_up, round_trip_ms=0.0 if is_up else -1.0)

    def allow_recording(self, is_allowed: bool) -> None:
        """Nothing is recorded here: there is no audio."""

    async def stop(self) -> None:
        """Closes the link. A world that was given goes on; one of our own stands still from now on."""
        self.media.detach()
        if self._owns_media:
            self.media.steps.keep_time(None)

    # --- people of the simulated world: robots, walks, and the desk's simulated phone

    def call(
        self,
        number: str,
        calling: str = "",
        *,
        trunk_id: TrunkId | None = None,
        calling_name: str = "",
        patience: timedelta | None = None,
    ) -> Customer:
        """A customer dials one of our numbers."""
        return self.media.call(
            number, calling, trunk_id=trunk_id, calling_name=calling_name, patience=patience
        )

    def script_phone(self, login: str, phone: Phone) -> None:
        """How this phone behaves from its next call on."""
        self.media.directory.phones[login] = phone

    def script_far_end(self, number: str, far_end: FarEnd) -> None:
        """How the party at this number behaves when it is dialled."""
        self.media.directory.far_ends[number] = far_end

    def answer(self, login: str) -> bool:
        """Answers a ringing phone; False when it does not ring."""
        return self.media.answer(login)

    def decline(self, login: str) -> bool:
        """Says no on a ringing phone."""
        return self.media.decline(login)

    def hang_up(self, login: str) -> bool:
        """Hangs up a phone."""
        return self.media.hang_up(login)

    def dial(self, login: str, number: str) -> LegId:
        """Dials on an agent's own phone."""
        return self.media.dial(login, number)

    def lose(self, login: str) -> None:
        """The phone vanishes with its leg; `come_back` brings it back."""
        self.media.lose(login)

    def come_back(self, login: str) -> None:
        """The phone registers again."""
        self.media.register(login)
