"""What stands open between two rows of a log, and what a log can tell. Pure."""

from collections.abc import Mapping
from datetime import timedelta

import msgspec

from otklik.acd import events as acd

NOBODY = ("", "NONE")
"""Written where a row has no caller, queue or agent."""


class Call(msgspec.Struct, gc=False):
    """One caller. phase: `waiting` in a queue, `talking`, or `between` (out of a queue; its end is held
    back). turn: which end of `between` counts. left: whose talk ended only because the caller entered
    another queue: the row about its end is still to come."""

    key: str
    interaction_id: int
    party_id: int
    segment_id: int
    queue_id: int
    entered_ms: int
    told_ms: int
    phase: str = "waiting"
    agent: str = ""
    turn: int = 0
    left: str = ""


class Gone(msgspec.Struct, gc=False):
    """A call that is over, for what is told after it: rings, and the talk of `left` (as in `Call`)."""

    interaction_id: int
    segment_id: int
    queue_id: int
    entered_ms: int
    ended_ms: int
    left: str = ""


class Known(msgspec.Struct, gc=False):
    """One agent. queues: where he serves; paused: in which; is_implied: he never logged in, his calls
    say that he is there. calls: how many he talks in. free_ms: since when he has none."""

    agent_id: int
    queues: set[str] = msgspec.field(default_factory=set)
    paused: set[str] = msgspec.field(default_factory=set)
    is_paused: bool = False
    reason_id: int = 0
    is_signed_in: bool = False
    is_implied: bool = False
    calls: int = 0
    free_ms: int = 0
    turn: int = 0


class Tally(msgspec.Struct):
    """What the rows came to; stays in queues are counted, but `interactions` are callers."""

    interactions: int = 0
    answered: int = 0
    abandoned: int = 0
    timed_out: int = 0
    left_otherwise: int = 0
    transferred: int = 0
    lost: int = 0
    ignored_lines: int = 0


Told = (
    acd.AgentIntentSet
    | acd.AgentMadeNotReady
    | acd.AgentMadeReady
    | acd.AgentSignedIn
    | acd.AgentSignedOut
    | acd.InteractionArrived
    | acd.InteractionConnected
    | acd.InteractionEnded
    | acd.InteractionOverflowed
    | acd.InteractionQueued
    | acd.OfferAccepted
    | acd.OfferDeclined
    | acd.OfferExpired
    | acd.OfferMade
    | acd.OfferWithdrawn
    | acd.QueueConfigured
    | acd.SegmentHandedOver
)
"""What a log can tell."""


class Held(msgspec.Struct, gc=False):
    """Something to be given out at its moment: an event, the end of a call that left a queue (`call`), or the
    sign-out of one who is only implied (`agent`)."""

    event: Told | None = None
    call: str = ""
    agent: str = ""
    turn: int = 0
    reason: str = ""


class Memory(msgspec.Struct):
    """All that stands open between two rows; what a later import goes on with. same: under which name an
    agent is known whom the log writes in several ways (his phone here, his name there). configured: queues
    that the journal has."""

    calls: dict[str, Call] = msgspec.field(default_factory=dict)
    gone: dict[str, Gone] = msgspec.field(default_factory=dict)
    agents: dict[str, Known] = msgspec.field(default_factory=dict)
    numbers: dict[str, int] = msgspec.field(default_factory=dict)
    names: dict[str, dict[str, int]] = msgspec.field(default_factory=dict)
    same: dict[str, str] = msgspec.field(default_factory=dict)
    configured: set[str] = msgspec.field(default_factory=set)
    last_id: int = 0
    last_offer_id: int = 0
    last_ms: int = 0
    given_ms: int = 0
    place: int = 0

    def agent_of(self, written: str) -> str:
        """The name of an agent, however the log writes him."""
        name = name_of(written)
        return self.same.get(name, name)


class Limits(msgspec.Struct, frozen=True):
    """What stays in a queue are measured against, in the facts of this source."""

    service_threshold: timedelta = timedelta(seconds=20)
    service_target: float = 0.8
    short_abandon: timedelta = timedelta(seconds=5)


class Rules(msgspec.Struct, frozen=True):
    """How the rows are understood. queues: limits of those that have their own. same_queues: as which other
    one a queue counts. outcomes: what an event counts as, where it is not the usual."""

    limits: Limits = Limits()
    queues: Mapping[str, Limits] = msgspec.field(default_factory=dict)
    same_queues: Mapping[str, str] = msgspec.field(default_factory=dict)
    outcomes: Mapping[str, str] = msgspec.field(default_factory=dict)

    def limits_of(self, queue: str) -> Limits:
        """Of a queue by its name."""
        return self.queues.get(queue, self.limits)

    def counts_as(self, event: str, outcome: str) -> bool:
        """Whether it was decided so."""
        return self.outcomes.get(event) == outcome


def name_of(agent: str) -> str:
    """One name for all ways of writing one agent: `SIP/101`, `PJSIP/101`, `Local/101@from-queue/n`,
    `Agent/101` are 101; a name stays what it is."""
    text = agent.strip()
    technology, slash, rest = text.partition("/")
    if slash and technology.upper() in _TECHNOLOGIES:
        text = rest.split("/", 1)[0].split("@", 1)[0]
    return text or agent


_TECHNOLOGIES = frozenset({"SIP", "PJSIP", "LOCAL", "IAX2", "AGENT", "DAHDI", "ZAP", "SCCP", "MOTIF", "USER"})


def number_of(facts: tuple[str, ...], place: int) -> int:
    """The whole number at a place, 0 where there is none."""
    text = facts[place].strip() if place < len(facts) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER else 0


_LONGEST_NUMBER = 12
