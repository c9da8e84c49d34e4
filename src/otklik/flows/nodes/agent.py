"""`agent`: one certain person is rung."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Final

from otklik.flows.acts import Act, GoTo, NoteOutcome, PlayMusic, RequestAgent, Say, Visit
from otklik.flows.nodes.assign import fill, names_in
from otklik.flows.nodes.node import Flaw, Node
from otklik.flows.nodes.queue import agent_in, names_agent
from otklik.flows.nodes.transfer import RINGING
from otklik.vocabulary.ids import AgentId

LONGEST_RING: Final = timedelta(minutes=2)
_RANG: Final = ("busy", "no_answer")


class Agent(Node, tag="agent", tag_field="node", kw_only=True):
    """Offers the customer to one agent, if he is ready and free now, while the customer hears that it rings.
    Who answers has him, and the flow is over.

    agent: an agent's id, or a text with facts (`{personal}`, `{last_agent}`). ring_for: how long it may ring
    (the agent's own ringing time may be shorter). prompts: said before. not_ready: where the customer goes on
    when this names nobody, or one who is away, not ready, or talks; no_answer: when he lets it ring or
    declines.
    """

    agent: str
    not_ready: str = ""
    no_answer: str = ""
    prompts: tuple[str, ...] = ()
    ring_for: timedelta = timedelta(seconds=20)

    def enter(self, visit: Visit) -> tuple[Act, ...]:
        return (Say(prompts=self.prompts),) if self.prompts else self.heard(visit)

    def heard(self, visit: Visit) -> tuple[Act, ...]:
        """Announced: now it rings at his place."""
        agent_id = agent_in(fill(self.agent, visit.facts))
        if not agent_id:
            return self.unanswered("nobody")
        return (PlayMusic(sound=RINGING), RequestAgent(agent_id=agent_id, ring_for=self.ring_for))

    def unanswered(self, reason: str) -> tuple[Act, ...]:
        """On, by why he has not taken him."""
        return (NoteOutcome(outcome=reason), GoTo(node=self.no_answer if reason in _RANG else self.not_ready))

    def fixed_agent(self) -> AgentId:
        """The agent if it is the same one for everybody, else 0."""
        return AgentId(0) if any(names_in(self.agent)) else agent_in(self.agent)

    def exits(self) -> Mapping[str, str]:
        return {"not_ready": self.not_ready, "no_answer": self.no_answer}

    def spoken(self) -> Mapping[str, tuple[str, ...]]:
        return {"prompts": self.prompts}

    def facts_asked(self) -> Iterator[str]:
        return names_in(self.agent)

    def is_instant(self) -> bool:
        """It is when he cannot be rung."""
        return not self.prompts

    def flaws(self) -> Iterator[Flaw]:
        if not names_agent(self.agent):
            yield "agent_unfit", "agent", self.agent
        if not timedelta(seconds=3) <= self.ring_for <= LONGEST_RING:
            yield "ring_unfit", "ring_for", str(self.ring_for.total_seconds())
