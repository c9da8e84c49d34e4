"""What the driver remembers of one leg, and the mark that makes a channel recognisable to the next engine."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path

from otklik.channels.asterisk.ari import Channel
from otklik.switchboard.instructions import KnowArrival
from otklik.switchboard.signals import RawRecording
from otklik.vocabulary.ids import AgentId, InteractionId, LegId, TrunkId

MARK = "OTKLIK_LEG"
CUSTOMER, AGENT, OUTSIDE = "customer", "agent", "outside"
NO_INTERACTION, NO_AGENT = InteractionId(0), AgentId(0)
_TRUNK = "trunk-"


class Hears(Enum):
    """What the leg is played. A leg of which nothing is known (adopted) may hear anything."""

    NOTHING = "nothing"
    SILENCE = "silence"
    MUSIC = "music"
    TUNE = "tune"
    """Music of the site's own: prompts that we play again and again."""
    RINGING = "ringing"
    PROMPT = "prompt"
    BRIDGE = "bridge"
    UNKNOWN = "unknown"


@dataclass(slots=True)
class Leg:
    """One channel of Asterisk that is ours."""

    leg_id: LegId
    channel_id: str
    role: str
    name: str = ""
    interaction_id: InteractionId = NO_INTERACTION
    agent_id: AgentId = NO_AGENT
    hears: Hears = Hears.NOTHING
    playback: str = ""
    """Our name for the prompts that play."""
    playbacks: set[str] = field(default_factory=set)
    """Those whose end has not been told yet."""
    tune: tuple[str, ...] = ()
    """The site's own music that plays, in `tune_locale`."""
    tune_locale: str = ""
    tune_round: int = 0
    """Rounds of it that were begun."""
    tune_since: float = 0.0
    """Monotonic seconds of the present round's begin."""
    bridge: str = ""
    is_ours: bool = False
    """We made the channel: its end is told by ChannelDestroyed, with a cause."""
    is_up: bool = False
    is_ringing: bool = False
    has_progressed: bool = False
    is_recorded: bool = False
    is_paused: bool = False
    """Its recording was stopped and may go on: the talk stays in a bridge that can be recorded."""
    raw_path: str = ""
    """File of the dialplan's recording, if it began before the answer."""
    seen_at: float = 0.0
    """Monotonic seconds of its arrival in the dialplan."""
    is_called_off: bool = False
    """We asked for its end."""
    is_ended: bool = False

    @property
    def lane(self) -> str:
        return f"leg {self.leg_id}"

    @property
    def mark(self) -> str:
        """`role/leg/interaction/agent`: all that a new engine needs to find the leg in its journal."""
        return f"{self.role}/{self.leg_id}/{self.interaction_id}/{self.agent_id}"


@dataclass(slots=True)
class Memory:
    """Legs that are up and bridges that were made, as far as the driver knows."""

    legs: dict[LegId, Leg] = field(default_factory=dict)
    by_channel: dict[str, Leg] = field(default_factory=dict)
    bridges: set[str] = field(default_factory=set)

    def keep(self, leg: Leg) -> None:
        self.legs[leg.leg_id] = leg
        self.by_channel[leg.channel_id] = leg

    def drop(self, leg: Leg) -> None:
        leg.is_ended = True
        self.legs.pop(leg.leg_id, None)
        self.by_channel.pop(leg.channel_id, None)

    def clear(self) -> None:
        self.legs.clear()
        self.by_channel.clear()
        self.bridges.clear()


def channel_id_of(leg_id: LegId) -> str:
    """Chosen by us, so that a repeated request does not make a second channel."""
    return f"leg-{leg_id}"


def endpoint_of(channel_name: str) -> str:
    """`PJSIP/trunk-7-0000002a` → `trunk-7`."""
    return channel_name.partition("/")[2].rpartition("-")[0]


def trunk_endpoint(trunk_id: TrunkId) -> str:
    return f"{_TRUNK}{trunk_id}"


def trunk_of(endpoint: str) -> TrunkId:
    """0 if the endpoint is none of our trunks."""
    number = endpoint.removeprefix(_TRUNK)
    return TrunkId(int(number)) if endpoint.startswith(_TRUNK) and number.isdigit() else TrunkId(0)


def read_mark(channel: Channel) -> Leg | None:
    """The leg that an earlier engine (or we) marked on this channel; none without a readable mark."""
    parts = channel.channelvars.get(MARK, "").split("/")
    if len(parts) != 4 or not all(part.isdigit() for part in parts[1:]):
        return None
    return Leg(
        leg_id=LegId(int(parts[1])),
        channel_id=channel.id,
        role=parts[0],
        name=channel.name,
        interaction_id=InteractionId(int(parts[2])),
        agent_id=AgentId(int(parts[3])),
        hears=Hears.UNKNOWN,
        is_ours=channel.id.startswith("leg-"),
        is_up=channel.state == "Up",
        is_ringing=channel.state in ("Ringing", "Ring"),
        is_recorded=bool(channel.channelvars.get("OTKLIK_RAW")),
    )


def leg_arrived(channel: Channel, known: KnowArrival) -> Leg:
    """The customer's leg that the journal has for a channel without a mark."""
    return Leg(
        leg_id=known.leg_id,
        channel_id=channel.id,
        role=CUSTOMER,
        name=channel.name,
        interaction_id=known.interaction_id,
        hears=Hears.UNKNOWN,
        is_up=channel.state == "Up",
        is_recorded=bool(channel.channelvars.get("OTKLIK_RAW")),
    )


def read_recording(channel: Channel, spool: Path, seen_at: str, waited: float = 0.0) -> RawRecording | None:
    """The raw file that the dialplan began before the application heard of the call.

    seen_at: Asterisk's own time of the event. The lead is a difference of two of its times, so no clock of
    ours enters. waited: seconds that the event needed to reach us; on a busy machine the file is that much
    longer than the event says.
    """
    name = channel.channelvars.get("OTKLIK_RAW", "")
    begun = channel.channelvars.get("OTKLIK_RAW_AT", "")
    if not name or not begun.isdigit():
        return None
    grown = max(0, milliseconds(seen_at) - int(begun)) + round(waited * 1000)
    lead = timedelta(milliseconds=grown)
    return RawRecording(path=str(spool / name), lead=lead)


def milliseconds(text: str) -> int:
    """Asterisk's `2026-11-21T19:53:24.894+0000` as milliseconds since 1970; 0 for no time."""
    if not text:
        return 0
    try:
        return round(datetime.fromisoformat(text).timestamp() * 1000)
    except ValueError:
        return 0
