"""Event -> state, for what moves a talk between people: the part of `apply` that `transfers` leads to.

Total like all of `apply`: it never refuses and never decides.
"""

from datetime import datetime

from otklik.acd.events import (
    ConsultStarted,
    FlowResumed,
    InteractionForwarded,
    InternalCallStarted,
    ParticipantJoined,
    ParticipantLeft,
    ParticipantMoved,
    TransferCompleted,
    TransferFailed,
    TransferStarted,
)
from otklik.acd.model import AssignmentPhase, Channel, Direction, Phase, Role
from otklik.acd.state import (
    NO_AGENT,
    NO_INTERACTION,
    NO_OFFER,
    NO_QUEUE,
    NO_SEGMENT,
    Agent,
    Assignment,
    Interaction,
    State,
)
from otklik.acd.ties import Participant, Ties, Transfer
from otklik.acd.timetable import Kind
from otklik.vocabulary.ids import InteractionId, NumberId, ProjectId


def start_transfer(state: State, event: TransferStarted) -> None:
    state.minter.resume(event.segment_id)
    interaction = state.interactions.get(event.interaction_id)
    if interaction is None:
        return
    interaction.phase = Phase.WAITING
    interaction.since = interaction.segment_at = event.at
    interaction.deadline = None
    interaction.segment_id = event.segment_id
    interaction.queued_at = interaction.queued_at or event.at
    _ties(interaction).transfer = Transfer(
        from_agent_id=event.from_agent_id, target=event.target, talk_limit=event.talk_limit
    )


def fail_transfer(state: State, event: TransferFailed) -> None:
    """Nobody has it for the moment; what compensates follows as an event of its own."""
    interaction = state.interactions.get(event.interaction_id)
    if interaction is None:
        return
    interaction.phase = Phase.WAITING
    interaction.since = event.at
    interaction.deadline = None
    if interaction.ties is not None and interaction.ties.transfer is not None:
        interaction.ties.transfer.is_recall = True


def end_transfer(interaction: Interaction) -> None:
    """Somebody has the customer, or a queue: the transfer is over, however it ended."""
    ties = interaction.ties
    if ties is not None:
        ties.transfer = None
        if ties.is_empty:
            interaction.ties = None


def note_connected(state: State, interaction: Interaction, at: datetime) -> None:
    """The target has the customer, or the one who is asked has answered."""
    ties = interaction.ties
    if ties is not None and ties.consult_of:
        ties.deadline = at + state.site.consult_limit
        state.deadlines.set(ties.deadline, Kind.CONSULT, interaction.interaction_id)
    end_transfer(interaction)


def start_consult(state: State, event: ConsultStarted) -> None:
    if event.segment_id:
        state.minter.resume(event.segment_id)
    asked_about = state.interactions.get(event.consult_of)
    if asked_about is None:
        return
    state.interactions[event.interaction_id] = Interaction(
        interaction_id=event.interaction_id,
        channel=Channel.VOICE,
        direction=Direction.INTERNAL,
        party_id=asked_about.party_id,
        number_id=asked_about.number_id,
        project_id=event.project_id,
        arrived_at=event.at,
        phase=Phase.WAITING,
        since=event.at,
        segment_id=event.segment_id,
        segment_at=event.at,
        priority=event.priority,
        queued_at=event.at,
        ties=Ties(
            caller_id=event.caller_id,
            target=event.target,
            consult_of=event.consult_of,
            deadline=event.deadline,
        ),
    )
    _ties(asked_about).consult_id = event.interaction_id
    state.deadlines.set(event.deadline, Kind.CONSULT, event.interaction_id)


def start_internal(state: State, event: InternalCallStarted) -> None:
    state.minter.resume(event.segment_id)
    agent = state.agents.get(event.agent_id)
    if agent is None:
        return
    interaction = Interaction(
        interaction_id=event.interaction_id,
        channel=Channel.VOICE,
        direction=Direction.INTERNAL,
        party_id=event.target.party_id,
        number_id=NumberId(0),
        project_id=ProjectId(0),
        arrived_at=event.at,
        phase=Phase.WAITING,
        since=event.at,
        segment_id=event.segment_id,
        segment_at=event.at,
        queued_at=event.at,
        ties=Ties(caller_id=event.agent_id, target=event.target),
    )
    caller = Participant(
        participant_id=event.interaction_id,
        role=Role.CALLER,
        agent_id=event.agent_id,
        phase=AssignmentPhase.CONNECTING,
    )
    _ties(interaction).participants[event.interaction_id] = caller
    state.interactions[event.interaction_id] = interaction
    agent.resting_until = None
    agent.reservation = None
    agent.assignment = Assignment(
        interaction_id=event.interaction_id,
        segment_id=NO_SEGMENT,
        queue_id=NO_QUEUE,
        phase=AssignmentPhase.CONNECTING,
        since=event.at,
        role=Role.CALLER,
    )


def resume_flow(state: State, event: FlowResumed) -> None:
    """The flow has the customer again."""
    interaction = state.interactions.get(event.interaction_id)
    if interaction is None:
        return
    end_transfer(interaction)
    interaction.phase = Phase.IN_FLOW
    interaction.since = event.at
    interaction.segment_id = NO_SEGMENT
    interaction.segment_at = interaction.queued_at = None
    interaction.deadline = event.deadline
    state.deadlines.set_phase(event.deadline, event.interaction_id)


def forward(state: State, event: InteractionForwarded) -> None:
    """No agent is there any more. The party may have been asked before, or be a conferee already."""
    interaction = state.interactions.get(event.interaction_id)
    if interaction is None:
        return
    end_transfer(interaction)
    ties = _ties(interaction)
    ties.participants.setdefault(
        event.participant_id,
        Participant(participant_id=event.participant_id, role=Role.CONFEREE, party_id=event.party_id),
    )
    interaction.phase = Phase.OUTSIDE
    interaction.since = event.at
    interaction.deadline = event.deadline
    state.deadlines.set_phase(event.deadline, event.interaction_id)


def complete_transfer(state: State, event: TransferCompleted) -> None:
    """From a consultation, or from a participant, to the owner of the customer's interaction."""
    state.minter.resume(event.segment_id)
    interaction = state.interactions.get(event.interaction_id)
    agent = state.agents.get(event.agent_id)
    if interaction is None or agent is None:
        return
    _leave_consult(state, event.consult_id)
    ties = interaction.ties
    part = ties.of_agent(event.agent_id) if ties is not None else None
    if ties is not None and part is not None:
        del ties.participants[part.participant_id]
        if ties.is_empty:
            interaction.ties = None
    if interaction.queue_id != event.queue_id:
        before, after = state.queues.get(interaction.queue_id), state.queues.get(event.queue_id)
        if before is not None:
            before.population -= 1
        if after is not None:
            after.population += 1
        interaction.queue_id = event.queue_id if after is not None else NO_QUEUE
    interaction.phase = Phase.CONNECTED
    interaction.since = interaction.segment_at = event.at
    interaction.deadline = None
    interaction.agent_id = event.agent_id
    interaction.offer_id = NO_OFFER
    interaction.segment_id = event.segment_id
    agent.resting_until = None  # who takes a talk over may rest, or be kept for a campaign
    agent.reservation = None
    agent.assignment = Assignment(
        interaction_id=event.interaction_id,
        segment_id=event.segment_id,
        queue_id=interaction.queue_id,
        phase=AssignmentPhase.CONNECTED,
        since=event.at,
        connected_at=_worked_since(agent) or event.at,
    )


def join(state: State, event: ParticipantJoined) -> None:
    """Out of a consultation into the talk; a consultation with an agent is without its owner from now on."""
    interaction = state.interactions.get(event.interaction_id)
    if interaction is None:
        return
    _ties(interaction).participants[event.participant_id] = Participant(
        participant_id=event.participant_id,
        role=event.role,
        agent_id=event.agent_id,
        party_id=event.party_id,
    )
    agent = state.agents.get(event.agent_id)
    if agent is None:
        return
    _leave_consult(state, event.participant_id)
    agent.assignment = Assignment(
        interaction_id=event.interaction_id,
        segment_id=NO_SEGMENT,
        queue_id=interaction.queue_id,
        phase=AssignmentPhase.CONNECTED,
        since=event.at,
        role=event.role,
        connected_at=_worked_since(agent) or event.at,
    )


def move(state: State, event: ParticipantMoved) -> None:
    interaction = state.interactions.get(event.interaction_id)
    agent = state.agents.get(event.agent_id)
    if interaction is None or interaction.ties is None or agent is None or agent.assignment is None:
        return
    participant = interaction.ties.participants.get(event.participant_id)
    if participant is not None:
        participant.phase = event.phase
        agent.assignment.phase = event.phase
        agent.assignment.since = event.at
        if event.phase is AssignmentPhase.CONNECTED and agent.assignment.connected_at is None:
            agent.assignment.connected_at = event.at


def leave(state: State, event: ParticipantLeft) -> None:
    interaction = state.interactions.get(event.interaction_id)
    if interaction is not None and interaction.ties is not None:
        interaction.ties.participants.pop(event.participant_id, None)
        if interaction.ties.is_empty:
            interaction.ties = None


def untie(state: State, interaction: Interaction) -> None:
    """An interaction is forgotten: a consultation is no longer the one of its customer."""
    ties = interaction.ties
    asked_about = state.interactions.get(ties.consult_of) if ties is not None else None
    if asked_about is None or asked_about.ties is None:
        return
    if asked_about.ties.consult_id == interaction.interaction_id:
        asked_about.ties.consult_id = NO_INTERACTION
        if asked_about.ties.is_empty:
            asked_about.ties = None


def _leave_consult(state: State, consult_id: InteractionId) -> None:
    """The agent who was asked has gone over to the customer's interaction."""
    consult = state.interactions.get(consult_id)
    if consult is not None:
        state.offers.pop(consult.offer_id, None)
        consult.agent_id = NO_AGENT
        consult.offer_id = NO_OFFER


def _worked_since(agent: Agent) -> datetime | None:
    """What he did before in the same matter is one piece of work with what follows."""
    return agent.assignment.connected_at if agent.assignment is not None else None


def _ties(interaction: Interaction) -> Ties:
    if interaction.ties is None:
        interaction.ties = Ties()
    return interaction.ties
