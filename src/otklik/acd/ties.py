"""What ties an interaction to more people than its customer and its owner: few have any.

A consultation is an interaction of its own, between the agent who asks (`caller_id`) and the one who is
asked (its owner, or a party outside); so it can wait in a queue, be offered and be lost like every other,
and nobody owns two. It is tied to the customer's interaction in both directions. A conference has
participants beside the owner.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from otklik.acd.model import AssignmentPhase, Role, Target, TargetKind
from otklik.vocabulary.ids import AgentId, InteractionId, PartyId

_NOBODY: Final = AgentId(0)
_NOTHING: Final = InteractionId(0)
_NO_PARTY: Final = PartyId(0)


@dataclass(slots=True)
class Transfer:
    """A blind transfer that is under way. is_recall: it has failed, and the first agent is called back.
    talk_limit: a flow sends him (from_agent_id is 0), and how long a talk outside may last then."""

    from_agent_id: AgentId
    target: Target
    is_recall: bool = False
    talk_limit: timedelta | None = None

    @property
    def is_from_flow(self) -> bool:
        """Whether a flow sends its customer, and has him again when it comes to nothing."""
        return self.talk_limit is not None


@dataclass(slots=True)
class Participant:
    """One who takes part without owning. participant_id: the call that brought him in. agent_id is 0 for a
    party outside."""

    participant_id: InteractionId
    role: Role
    agent_id: AgentId = _NOBODY
    party_id: PartyId = _NO_PARTY
    phase: AssignmentPhase = AssignmentPhase.CONNECTED


@dataclass(slots=True)
class Ties:
    """caller_id, target: of a consultation or an internal call. consult_of: the customer's interaction that
    a consultation is about; consult_id: the other way round. deadline: of a consultation, see Kind.CONSULT.
    """

    caller_id: AgentId = _NOBODY
    target: Target | None = None
    consult_of: InteractionId = _NOTHING
    consult_id: InteractionId = _NOTHING
    deadline: datetime | None = None
    transfer: Transfer | None = None
    participants: dict[InteractionId, Participant] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Nothing is left to remember."""
        return not (
            self.caller_id or self.consult_of or self.consult_id or self.transfer or self.participants
        )

    @property
    def is_outside(self) -> bool:
        """Of a consultation: whether the one who is asked is a party outside, so that no agent owns it."""
        return self.target is not None and self.target.kind is TargetKind.OUTSIDE

    def of_agent(self, agent_id: AgentId) -> Participant | None:
        """The agent's own part, unless he owns the interaction. None for 0: parties outside are nobody's."""
        for participant in self.participants.values():
            if participant.agent_id == agent_id and agent_id:
                return participant
        return None

    def agents(self) -> list[Participant]:
        """Colleagues in the order in which they came."""
        return [one for one in self.participants.values() if one.agent_id]

    def outsiders(self) -> list[Participant]:
        """Parties outside in the order in which they came."""
        return [one for one in self.participants.values() if not one.agent_id]
