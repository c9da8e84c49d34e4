"""What the switchboard needs of a channel. Drivers in `channels/` fulfil it; the contract suite checks each
one.
"""

from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from typing import Protocol

import msgspec

from otklik.flows.look_ups import Question
from otklik.organization.model import System
from otklik.switchboard.instructions import AskSystem, ChannelInstruction
from otklik.switchboard.signals import ChannelSignal
from otklik.vocabulary.ids import LegId, SecretId, TrunkId
from otklik.vocabulary.messages import Value

MintLeg = Callable[[], LegId]
"""Gives the id of a leg that arrived from outside."""

ReadSecret = Callable[[SecretId], Awaitable[str]]
"""Gives the plain text of a stored secret; it is never kept in a message."""


class Inbox(Protocol):
    """Where signals go. Never blocks; the moment of this call is the signal's moment."""

    def put(self, signal: ChannelSignal) -> None: ...


class ChannelHealth(Value):
    """How the channel is. answered_ago_seconds: age of the last answered ping, -1 never."""

    is_up: bool
    version: str
    answered_ago_seconds: float
    legs: int
    trunks: dict[str, str] = msgspec.field(default_factory=dict)


class TrunkCheck(Value):
    """What came of a test. state: up, down, registering, rejected or unknown. answers: the far end answered.

    round_trip_ms: of that answer, -1 if there was none. detail: the far end's own words, or why it could not
    be asked; "" for none.
    """

    state: str
    answers: bool
    round_trip_ms: float = -1.0
    detail: str = ""


class TriedSystem(Value):
    """What came of a trial question. answers: the system itself said something, if only that there is
    nothing; outcome, reason, values: as a flow would get them."""

    outcome: str
    reason: str = ""
    values: dict[str, str] = msgspec.field(default_factory=dict)
    took_ms: int = 0
    answers: bool = False


class Systems(Protocol):
    """Systems outside that flows ask. `ask` never blocks and is answered by SystemAnswered, whatever comes of
    it, within the question's limit."""

    def start(self, inbox: Inbox) -> None: ...

    def ask(self, asked: AskSystem) -> None: ...

    async def try_out(self, system: System, question: Question, limit: timedelta) -> TriedSystem: ...

    async def stop(self) -> None: ...


class Driver(Protocol):
    """One channel.

    `start` returns soon; the link comes up by itself and is announced by ChannelRestored. Before that the
    driver
    wants the provisioning it must push first: `provision` holds the whole wanted list and is called before
    `start` and again with every change; it is pushed again after every reconnect, before calls are taken.
    `do` never blocks and never raises for outside reasons.
    """

    name: str

    def start(self, inbox: Inbox) -> None: ...

    def provision(self, wanted: Iterable[ChannelInstruction]) -> None:
        """The whole wanted list of devices, trunks, number rules and fallback, and the arrivals that the
        journal knows, as instructions."""
        ...

    def do(self, instruction: ChannelInstruction) -> None: ...

    def request_survey(self) -> None:
        """Ask for a ChannelRestored with a fresh survey soon (the periodic audit)."""
        ...

    async def health(self) -> ChannelHealth: ...

    async def check_trunk(self, trunk_id: TrunkId) -> TrunkCheck:
        """Asks the far end of a trunk now; answers within six seconds, whatever comes of it."""
        ...

    def allow_recording(self, is_allowed: bool) -> None:
        """False: no leg is recorded any more, and the recordings that grow are closed; calls go on. True: new
        calls are recorded again. May be called before `start`."""
        ...

    async def stop(self) -> None:
        """Closes the link. Calls in the media server go on."""
        ...
