"""What happens to people when configuration goes away: nobody is stranded. Reads state only.

a queue       takes nobody any more; who waits (or is just being offered) goes to the queue that was
              named, else where its overflow rules lead, else ends `closed`; who talks finishes; then the
              queue is gone. An unlucky one who comes back to it later goes the same way.
an agent      finishes what he has, is signed out then and removed; an offer is taken back
a reason      who is not ready for it stays so
a plan        its agents are blended again
"""

from datetime import datetime

from otklik.acd import refusals
from otklik.acd.commands import RemoveAgent, RemoveQueue
from otklik.acd.endings import after_part, give_back, leave_closing_queue, without_agent
from otklik.acd.events import (
    AcdEvent,
    AgentRemoved,
    AgentRetired,
    AgentSignedOut,
    OfferWithdrawn,
    PreferredAgentReleased,
    QueueClosed,
    QueueRemoved,
)
from otklik.acd.lookups import find_agent, find_queue
from otklik.acd.model import (
    AssignmentPhase,
    Availability,
    Phase,
    ReleaseCause,
    TransferFailure,
    WithdrawalCause,
)
from otklik.acd.state import Agent, Interaction, Line, Queue, State
from otklik.vocabulary.ids import QueueId
from otklik.vocabulary.refusals import NotFound, Refused


def remove_queue(state: State, command: RemoveQueue, at: datetime) -> list[AcdEvent]:
    """Closes it and moves who waits; removes it at once if nobody is left."""
    queue = state.queues.get(command.queue_id)
    if queue is None:
        raise NotFound(refusals.UNKNOWN_QUEUE, queue_id=command.queue_id)
    if queue.is_closing:
        return []
    if command.to_queue_id == command.queue_id:
        raise Refused(refusals.WRONG_QUEUE, queue_id=command.queue_id)
    if command.to_queue_id:
        find_queue(state, command.to_queue_id)
    removed = QueueRemoved(at=at, queue_id=command.queue_id)
    if not queue.population:
        return [removed]
    events: list[AcdEvent] = [QueueClosed(at=at, queue_id=command.queue_id, to_queue_id=command.to_queue_id)]
    moving = _who_moves(state, queue)
    lines: dict[QueueId, Line] = {}
    for interaction in moving:
        events += _move(state, queue, interaction, at, command.to_queue_id, lines)
    if len(moving) == queue.population:
        events.append(removed)
    return events


def _who_moves(state: State, queue: Queue) -> list[Interaction]:
    """Those whom nobody talks with yet: first the line in its order, then the others."""
    line = [state.interactions[place[4]] for place in queue.line]
    others = [
        one
        for one in state.interactions.values()
        if one.queue_id == queue.rules.queue_id
        and (one.phase is Phase.SCHEDULED or (one.phase is Phase.OFFERED and one.ties is None))
    ]
    return line + sorted(others, key=lambda one: one.interaction_id)


def _move(
    state: State,
    queue: Queue,
    interaction: Interaction,
    at: datetime,
    to: QueueId,
    lines: dict[QueueId, Line],
) -> list[AcdEvent]:
    events: list[AcdEvent] = []
    if interaction.phase is Phase.OFFERED:
        agent = state.agents[interaction.agent_id]
        withdrawn = OfferWithdrawn(
            at=at,
            offer_id=interaction.offer_id,
            interaction_id=interaction.interaction_id,
            agent_id=agent.agent_id,
            cause=WithdrawalCause.SUPERSEDED,
        )
        events = [withdrawn, *after_part(state, agent, interaction, at, rule="offer_withdrawn")]
    return [
        *events,
        *leave_closing_queue(state, interaction, queue, at, to=to, lines=lines),
    ]


def remove_agent(state: State, command: RemoveAgent, at: datetime) -> list[AcdEvent]:
    """Signs him out and removes him, now or when he has finished what he has."""
    agent = find_agent(state, command.agent_id)
    if agent.is_leaving:
        return []
    assignment = agent.assignment
    others = give_back(state, agent, at)
    if assignment is None:
        return [*others, *_gone(state, agent, at)]
    retired = AgentRetired(at=at, agent_id=command.agent_id)
    if assignment.phase is not AssignmentPhase.OFFERED:
        return [*others, retired]
    interaction = state.interactions[assignment.interaction_id]
    withdrawn = OfferWithdrawn(
        at=at,
        offer_id=interaction.offer_id,
        interaction_id=interaction.interaction_id,
        agent_id=agent.agent_id,
        cause=WithdrawalCause.SUPERSEDED,
    )
    waits = without_agent(state, interaction, at, cause=TransferFailure.DEVICE_FAILED)
    signed_out, *rest = _gone(state, agent, at)
    return [*others, retired, withdrawn, signed_out, *waits, *rest]


def _gone(state: State, agent: Agent, at: datetime) -> list[AcdEvent]:
    events: list[AcdEvent] = []
    if agent.availability is not Availability.SIGNED_OUT:
        events.append(AgentSignedOut(at=at, agent_id=agent.agent_id, forced=True))
    for place in agent.own or ():
        lost = PreferredAgentReleased(
            at=at,
            interaction_id=place[4],
            queue_id=state.interactions[place[4]].queue_id,
            agent_id=agent.agent_id,
            cause=ReleaseCause.UNKNOWN_AGENT,
        )
        events.append(lost)
    return [*events, AgentRemoved(at=at, agent_id=agent.agent_id)]


def follow(state: State, at: datetime) -> list[AcdEvent]:
    """What was put off and can happen now: the next queue that is empty, the next agent who has finished."""
    for queue in state.closing.values():
        if not queue.population:
            return [QueueRemoved(at=at, queue_id=queue.rules.queue_id)]
    for agent in state.leaving.values():
        if agent.assignment is None:
            return _gone(state, agent, at)
    return []
