"""Whether trunks are up: registrations, what answers our OPTIONS, and what could not be set up at all."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from pathlib import Path

from otklik.channels.asterisk.ari import Ari, Endpoint
from otklik.channels.asterisk.control import (
    ControlFailed,
    read_registrations,
    run_command,
)
from otklik.channels.asterisk.legs import trunk_endpoint, trunk_of
from otklik.channels.asterisk.probe import Answered, Probe
from otklik.channels.asterisk.provisioning import trunk_uri
from otklik.channels.asterisk.stock import Stock
from otklik.logs import logger
from otklik.switchboard.instructions import ProvisionTrunk
from otklik.switchboard.ports import TrunkCheck
from otklik.switchboard.signals import ChannelSignal, TrunkChanged
from otklik.vocabulary.ids import TrunkId

log = logger()

_LOOK_EVERY = 5.0
_LOOK_SOON = 1.0
_ANSWER_TIME = 0.3
_CHECK_TIMEOUT = 5.0
_LISTEN_EVERY = 0.25
_REGISTRATION_STATES = {
    "registered": "up", "unregistered": "registering", "rejected": "rejected", "stopped": "down",
}  # fmt: skip


class TrunkWatch:
    """States of all wanted trunks; each change is told once."""

    def __init__(self, stock: Stock, control_socket: Path, tell: Callable[[ChannelSignal], None]) -> None:
        self._stock = stock
        self._control_socket = control_socket
        self._tell = tell
        self._refused: dict[str, str] = {}
        self._new: set[str] = set()
        self._has_new = asyncio.Event()
        self._checking = asyncio.Lock()
        self.states: dict[str, tuple[str, str]] = {}
        """Endpoint of the trunk → state and detail."""

    async def watch(self, ari: Ari) -> None:
        """Look every few seconds, more often while a trunk comes up, until cancelled."""
        while True:
            with contextlib.suppress(TimeoutError):
                is_settled = all(state in ("up", "down", "rejected") for state, _ in self.states.values())
                async with asyncio.timeout(_LOOK_EVERY if is_settled else _LOOK_SOON):
                    await self._has_new.wait()
            await self._ask_new()
            await self.look(ari)

    async def _ask_new(self) -> None:
        """Asterisk would ask a new far end for its state some time within the period of its OPTIONS."""
        self._has_new.clear()
        names, self._new = self._new, set()
        try:
            for name in names & self._stock.trunks.keys():
                await run_command(self._control_socket, f"pjsip qualify {name}")
        except ControlFailed as failure:
            log.warning("asterisk.trunks_not_asked", detail=str(failure))
        if names:
            await asyncio.sleep(_ANSWER_TIME)

    async def look(self, ari: Ari) -> None:
        """Registrations are known to the control socket only; the rest is seen by what answers our
        OPTIONS."""
        trunks = dict(self._stock.trunks)
        registrations: dict[str, str] = {}
        if any(trunk.kind == "registration" for trunk in trunks.values()):
            try:
                registrations = read_registrations(
                    await run_command(self._control_socket, "pjsip show registrations")
                )
            except ControlFailed as failure:
                log.warning("asterisk.registrations_unknown", detail=str(failure))
        endpoints = await ari.ask(list[Endpoint], "endpoints") if trunks else []
        online = {endpoint.resource: endpoint.state for endpoint in endpoints}
        for name, trunk in trunks.items():
            if name in self._refused:
                continue
            if trunk.kind == "registration":
                state = _REGISTRATION_STATES.get(registrations.get(name, ""), "unknown")
            else:
                state = {"online": "up", "offline": "down"}.get(online.get(name, ""), "unknown")
            self._note(name, state)
        for name in self.states.keys() - trunks.keys():
            del self.states[name]

    def note_pushed(self, name: str, trouble: str) -> None:
        """A trunk was set up, or (trouble: which field, or an HTTP status) could not be."""
        if not trunk_of(name):
            return
        if trouble:
            self._refused[name] = trouble
            self._note(name, "rejected", trouble)
        else:
            self._refused.pop(name, None)
            self._new.add(name)
            self._has_new.set()

    def note_contact(self, name: str, contact_status: str) -> None:
        """The far end of a trunk answered our OPTIONS again, or answers no more."""
        trunk = self._stock.trunks.get(name)
        state = {"Reachable": "up", "Unreachable": "down"}.get(contact_status)
        if trunk is not None and trunk.kind != "registration" and state is not None:
            self._note(name, state)

    def forget(self) -> None:
        self.states.clear()

    async def check(self, trunk_id: TrunkId) -> TrunkCheck:
        """Ask the far end now (OPTIONS, and REGISTER where we register) and wait up to five seconds for what
        comes of it, in its own words."""
        name = trunk_endpoint(trunk_id)
        trunk = self._stock.trunks.get(name)
        if trunk is None or name in self._refused:
            state = "rejected" if trunk is not None else "unknown"
            return TrunkCheck(state=state, answers=False, detail=self._refused.get(name, ""))
        async with self._checking:
            try:
                return await self._ask(name, trunk)
            except ControlFailed as failure:
                log.warning("asterisk.trunk_not_asked", trunk_id=trunk_id, detail=str(failure))
                return TrunkCheck(state="unknown", answers=False, detail="not_asked")

    async def _ask(self, name: str, trunk: ProvisionTrunk) -> TrunkCheck:
        target = trunk_uri(trunk)
        registers = trunk.kind == "registration"
        async with Probe.opened(self._control_socket, trunk.host) as probe:
            await run_command(self._control_socket, f"pjsip qualify {name}")
            if registers:
                await run_command(self._control_socket, f"pjsip send register {name}")
            sign, entry = Answered(), Answered()
            deadline = time.monotonic() + _CHECK_TIMEOUT
            settled = 0
            # An entry that is refused for want of a password is tried again at once with it.
            while settled < (2 if registers else 1) and time.monotonic() < deadline:
                await asyncio.sleep(_LISTEN_EVERY)
                await probe.listen()
                before, entry = entry, probe.answer_to("REGISTER", target)
                sign = probe.answer_to("OPTIONS", target)
                is_done = bool(sign.status) and (not registers or (bool(entry.status) and entry == before))
                settled = settled + 1 if is_done else 0
        trip = round(sign.trip_seconds * 1000, 1) if sign.status else -1.0
        answers = bool(sign.status or entry.status)
        if not answers:
            return TrunkCheck(state="down", answers=False, detail="timeout")
        if not registers:
            # Any answer is a sign of life; what it says is told all the same.
            told = "" if sign.status < 300 else sign.words
            return TrunkCheck(state="up", answers=True, round_trip_ms=trip, detail=told)
        if not entry.status:
            return TrunkCheck(state="registering", answers=True, round_trip_ms=trip, detail="timeout")
        is_in = entry.status < 300
        return TrunkCheck(
            state="up" if is_in else "rejected",
            answers=True,
            round_trip_ms=trip,
            detail="" if is_in else entry.words,
        )

    def _note(self, name: str, state: str, detail: str = "") -> None:
        if self.states.get(name) != (state, detail):
            self.states[name] = (state, detail)
            self._tell(TrunkChanged(trunk_id=trunk_of(name), state=state, detail=detail))
