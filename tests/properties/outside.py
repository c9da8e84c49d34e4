"""The world outside the engine, in a random walk: customers, agents with their phones, and legs that are up
or not, whatever the engine believes. It is the truth that a survey finds."""

from collections.abc import Iterator
from dataclasses import dataclass, field

CUSTOMER, AGENT, PARTY = "customer", "agent", "party"
SILENCE, PROMPT, MUSIC, RINGING, TALK = "silence", "prompt", "music", "ringing", "talk"


@dataclass(slots=True, eq=False)
class Leg:
    """hears: what is in its ear. is_up: answered; an agent's leg rings before."""

    role: str
    interaction_id: int
    agent_id: int = 0
    is_up: bool = False
    hears: str = SILENCE


@dataclass(slots=True)
class Outside:
    """legs: all that exist, by interaction. reachable: agents whose phone is registered."""

    legs: dict[int, list[Leg]] = field(default_factory=dict)
    reachable: set[int] = field(default_factory=set)

    def all(self) -> Iterator[Leg]:
        for legs in self.legs.values():
            yield from legs

    def add(self, leg: Leg) -> Leg:
        self.legs.setdefault(leg.interaction_id, []).append(leg)
        return leg

    def of(self, interaction_id: int, *roles: str) -> Leg | None:
        """The newest leg of an interaction in one of these roles."""
        for leg in reversed(self.legs.get(interaction_id, ())):
            if leg.role in roles:
                return leg
        return None

    def customer(self, interaction_id: int) -> Leg | None:
        """Whoever is at the other end, calling or called."""
        return self.of(interaction_id, CUSTOMER, PARTY)

    def is_there(self, leg: Leg) -> bool:
        return leg in self.legs.get(leg.interaction_id, ())

    def hang_up(self, leg: Leg | None) -> bool:
        """Whether there was one to hang up."""
        if leg is None or not self.is_there(leg):
            return False
        self.legs[leg.interaction_id].remove(leg)
        if not self.legs[leg.interaction_id]:
            del self.legs[leg.interaction_id]
        for other in self.legs.get(leg.interaction_id, ()):
            if other.hears == TALK:
                other.hears = SILENCE
        return True

    def bridge(self, interaction_id: int) -> bool:
        """Both hear each other, if both are up."""
        customer, agent = self.customer(interaction_id), self.of(interaction_id, AGENT)
        if customer is None or agent is None or not (customer.is_up and agent.is_up):
            return False
        customer.hears = agent.hears = TALK
        return True

    def is_talk(self, interaction_id: int) -> bool:
        """Whether customer and agent hear each other."""
        customer, agent = self.customer(interaction_id), self.of(interaction_id, AGENT)
        return customer is not None and agent is not None and customer.hears == agent.hears == TALK
