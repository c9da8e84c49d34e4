"""What people may have asked to move a talk between them: a transfer, a consultation, a conference, a pull.

The events of one batch name those who have to do with it; of everything that may be asked about them little
fits, and only one command says the same words.
"""

from collections.abc import Iterator
from typing import Any

from otklik.acd import commands as ask
from otklik.acd import events as facts
from otklik.acd.commands import AcdCommand
from otklik.acd.engine import Engine
from otklik.acd.events import AcdEvent
from otklik.acd.model import EndReason, Target, TargetKind, WithdrawalCause
from otklik.acd.state import NO_AGENT, NO_INTERACTION
from otklik.simulation.inputs import Batch, end_as_told, signed_out

MOVES: frozenset[type[AcdEvent]] = frozenset(
    {
        facts.SegmentHandedOver,
        facts.TransferStarted,
        facts.TransferFailed,
        facts.TransferCompleted,
        facts.ConsultStarted,
        facts.DialingStarted,
        facts.InteractionForwarded,
        facts.FlowResumed,
        facts.InternalCallStarted,
        facts.ParticipantJoined,
        facts.ParticipantMoved,
        facts.ParticipantLeft,
        facts.InteractionEscalated,
        facts.CallbackAttemptFailed,
        facts.CallbackPromised,
    }
)
"""Where one of these is in a batch, people moved a talk: `moves` says what they may have asked."""


def is_move(engine: Engine, event: AcdEvent) -> bool:
    """Whether more than two people may have to do with it."""
    if isinstance(event, facts.OfferMade):
        return event.is_named
    if isinstance(event, facts.OfferWithdrawn) and event.cause is WithdrawalCause.SUPERSEDED:
        return True
    interaction = engine.interaction(getattr(event, "interaction_id", NO_INTERACTION))
    return type(event) in MOVES or (interaction is not None and interaction.ties is not None)


def moves(engine: Engine, batch: Batch) -> Iterator[AcdCommand]:
    """Everything that may have been asked about whomever the events name."""
    seen = _Seen(engine, batch)
    for one in seen.interactions:
        for agent_id in seen.agents:
            yield from _by_agent(batch, seen, one, agent_id)
        yield from _by_nobody(batch, seen, one)
    yield from (end_as_told(event) for event in batch if isinstance(event, facts.InteractionEnded))
    for offer_id in seen.offers:
        for answer in (ask.AcceptOffer, ask.DeclineOffer, ask.FailOffer):
            yield answer(at=batch[0].at, offer_id=offer_id)


def leavings(engine: Engine, batch: Batch) -> Iterator[AcdCommand]:
    """Who was signed out or removed gave back first what another can take up: his events begin with that."""
    for place, event in enumerate(batch):
        if isinstance(event, facts.AgentSignedOut):
            yield signed_out(engine, batch[place:])
        elif isinstance(event, facts.AgentIntentSet) and event.intent == "signed_out":
            yield ask.SignOutAgent(at=event.at, agent_id=event.agent_id, forced=True)
        elif isinstance(event, facts.AgentRetired):
            yield ask.RemoveAgent(at=event.at, agent_id=event.agent_id)


_OF_AGENT = (
    ask.SwapConsult,
    ask.CompleteTransfer,
    ask.CancelConsult,
    ask.StartConference,
    ask.LeaveConference,
    ask.FinishTalk,
    ask.AssignInteraction,
    ask.PullInteraction,
    ask.TakeOverInteraction,
    ask.NoteAgentLegLost,
    ask.HoldInteraction,
    ask.ResumeInteraction,
)


def _by_agent(batch: Batch, seen: "_Seen", one: Any, agent_id: Any) -> Iterator[AcdCommand]:
    """What one agent may have asked about one interaction."""
    about: dict[str, Any] = {"at": batch[0].at, "agent_id": agent_id, "interaction_id": one}
    for command in _OF_AGENT:
        yield command(**about)
    for target in seen.targets:
        yield ask.TransferInteraction(**about, target=target)
        for consult_id in seen.interactions:
            yield ask.StartConsult(**about, consult_id=consult_id, target=target)
        yield ask.StartInternalCall(**about, target_id=target.agent_id)
    for other in seen.interactions:
        yield ask.RemoveParticipant(**about, participant_id=other)


def _by_nobody(batch: Batch, seen: "_Seen", one: Any) -> Iterator[AcdCommand]:
    """What legs, customers and supervisors may have told of one interaction."""
    about: dict[str, Any] = {"at": batch[0].at, "interaction_id": one}
    for command in (
        ask.NoteAgentLegLost,
        ask.NoteAgentLegRestored,
        ask.ConfirmConnection,
        ask.PullInteraction,
        ask.NoteCustomerLeft,
    ):
        yield command(**about)
    yield ask.NoteCustomerLeft(**about, is_estimated=True)
    for other in (NO_INTERACTION, *seen.interactions):
        yield ask.NotePartyLeft(**about, participant_id=other)
    for reason in EndReason:
        yield ask.FailManualInteraction(**about, reason=reason)
    for target in seen.targets:
        yield ask.RequeueInteraction(**about, queue_id=target.queue_id)
        yield ask.RequeueInteraction(**about, queue_id=target.queue_id, ahead=True)
    yield from _forwardings(batch)
    for event in batch:
        if isinstance(event, facts.InteractionEscalated):
            for agent_id in (NO_AGENT, event.agent_id):
                yield ask.EscalateInteraction(
                    **about, agent_id=agent_id, queue_id=event.to_queue_id, note=event.note
                )


def _forwardings(batch: Batch) -> Iterator[AcdCommand]:
    """A flow sent its customer to somebody: how long he may ring stands in what follows."""
    until = {
        event.interaction_id: event.deadline if isinstance(event, facts.DialingStarted) else event.expires_at
        for event in batch
        if isinstance(event, facts.DialingStarted | facts.OfferMade)
    }
    for event in batch:
        if isinstance(event, facts.TransferStarted) and event.talk_limit is not None:
            yield ask.ForwardInteraction(
                at=event.at,
                interaction_id=event.interaction_id,
                target=event.target,
                ring_timeout=until.get(event.interaction_id, event.at) - event.at,
                talk_limit=event.talk_limit,
            )


class _Seen:
    """Whom the events of a batch name, and who has to do with them."""

    def __init__(self, engine: Engine, batch: Batch) -> None:
        self.agents = _named(batch, "agent_id", "from_agent_id", "caller_id")
        self.interactions = _named(batch, "interaction_id", "consult_of", "consult_id", "participant_id")
        self.offers = _named(batch, "offer_id")
        given = (getattr(event, "target", None) for event in batch)
        self.targets = [target for target in given if isinstance(target, Target)]
        for interaction_id in list(self.interactions):
            interaction = engine.interaction(interaction_id)
            if interaction is not None and interaction.ties is not None and interaction.ties.consult_of:
                self.interactions.setdefault(interaction.ties.consult_of)
        for agent in engine.state.agents.values():
            if agent.assignment is not None and agent.assignment.interaction_id in self.interactions:
                self.agents.setdefault(agent.agent_id)
        for event in batch:
            if isinstance(event, facts.InteractionQueued):
                self.targets.append(Target(kind=TargetKind.QUEUE, queue_id=event.queue_id))


def _named(batch: Batch, *fields: str) -> dict[Any, None]:
    """Ids in these fields, in the order in which they come."""
    return {number: None for event in batch for field in fields if (number := getattr(event, field, 0))}
