"""A leg of the simulated world: where it stands, what it hears, and all that it heard."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from otklik.channels.simulator.parties import Phone
from otklik.switchboard.instructions import HearSilence
from otklik.vocabulary.ids import AgentId, InteractionId, LegId, TrunkId

_NO_LEG, _NO_INTERACTION, _NO_AGENT, _NO_TRUNK = LegId(0), InteractionId(0), AgentId(0), TrunkId(0)

SILENCE = "silence"
TALK = "talk"


@dataclass(slots=True, eq=False)
class SimulatedLeg:
    """One party's connection.

    side: `customer` (called in), `phone` (an agent's device) or `far_end` (dialled through a trunk).
    state: waiting (arrived or ringing, not answered), up, over. is_announced: a driver was told of it.
    phone: how the agent's phone behaves this time. hears: ringing, silence, music, talk, or the prompt as
    `prompt:greeting`. heard: each change with its moment. tune: the site's own sounds that are the music.
    speaks_until: when the party falls silent. heard_out: who listens for that.
    """

    side: str
    state: str
    began_at: datetime
    leg_id: LegId = _NO_LEG
    role: str = ""
    interaction_id: InteractionId = _NO_INTERACTION
    agent_id: AgentId = _NO_AGENT
    login: str = ""
    trunk_id: TrunkId = _NO_TRUNK
    number: str = ""
    calling: str = ""
    calling_name: str = ""
    is_announced: bool = False
    is_answered_by_dialplan: bool = False
    phone: Phone | None = None
    bridge: str = ""
    playback: str = ""
    hears: str = ""
    heard: list[tuple[datetime, str]] = field(default_factory=list)
    tune: tuple[str, ...] = ()
    keys_sent: str = ""
    speaks_until: datetime | None = None
    heard_out: HearSilence | None = None
    ended_at: datetime | None = None
    end_cause: int = 0

    @property
    def is_up(self) -> bool:
        return self.state == "up"

    @property
    def is_over(self) -> bool:
        return self.state == "over"

    def hear(self, sound: str, at: datetime) -> None:
        """From now on this party hears `sound`."""
        if sound != self.hears:
            self.hears = sound
            self.heard.append((at, sound))

    def longest_silence(self, until: datetime) -> timedelta:
        """The longest time without any sound between the answer and the end (or `until`)."""
        end = self.ended_at or until
        longest = timedelta(0)
        for (since, sound), (stop, _) in zip(self.heard, [*self.heard[1:], (end, "")], strict=True):
            if sound == SILENCE:
                longest = max(longest, stop - since)
        return longest

    def sounds(self) -> list[str]:
        """What it heard, in order, without the gaps between."""
        return [sound for _, sound in self.heard if sound != SILENCE]
