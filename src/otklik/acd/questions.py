"""Answers from state at any moment: where a customer stands, why he waits, why an agent gets nothing. Never
journalled."""

from datetime import datetime

from otklik.acd import routing
from otklik.acd.model import Candidate, WhyIdle, WhyWaiting
from otklik.acd.state import FREE, Agent, Queue, State
from otklik.vocabulary.ids import AgentId, InteractionId


def position(state: State, interaction_id: InteractionId) -> int | None:
    """Place in its queue from 1; None when it does not wait. O(log n)."""
    interaction = state.interactions.get(interaction_id)
    if interaction is None or interaction.place is None:
        return None
    return state.queues[interaction.queue_id].line.rank(interaction.place)


def why_waiting(state: State, interaction_id: InteractionId, at: datetime) -> WhyWaiting | None:
    """Why nobody has taken it yet: counts of agents by the rule that leaves them out. O(log n)."""
    interaction = state.interactions.get(interaction_id)
    if interaction is None or interaction.place is None:
        return None
    queue = state.queues[interaction.queue_id]
    return WhyWaiting(
        interaction_id=interaction_id,
        queue_id=interaction.queue_id,
        position=queue.line.rank(interaction.place),
        waited=at - (interaction.queued_at or interaction.arrived_at),
        counts=routing.rules_left_out(state, queue),
        fitting=queue.fitting,
        free=queue.tally[FREE],
    )


def why_idle(state: State, agent_id: AgentId, at: datetime) -> WhyIdle | None:
    """The first rule that keeps an agent from all interactions, or that nobody waits for him."""
    agent = state.agents.get(agent_id)
    if agent is None:
        return None
    waiting = sum(queue.waiting for queue in agent.queues)
    if agent.standing != FREE:
        rule = routing.RULE_OF_STANDING[agent.standing]
    elif not agent.queues:
        rule = "eligible_by_skill"
    else:
        rule = "nobody_waits"
    return WhyIdle(
        agent_id=agent_id,
        rule=rule,
        queues=tuple(sorted(queue.rules.queue_id for queue in agent.queues)),
        waiting=waiting,
        before=min((_before(queue, agent) for queue in agent.queues), default=0)
        if agent.standing == FREE
        else 0,
    )


def candidates(state: State, interaction_id: InteractionId, at: datetime) -> list[Candidate]:
    """Every agent as seen from one interaction, best first; empty when it stands in no queue."""
    interaction = state.interactions.get(interaction_id)
    queue = None if interaction is None else state.queues.get(interaction.queue_id)
    if interaction is None or queue is None:
        return []
    return routing.candidates(state, queue, interaction, at)


def _before(queue: Queue, agent: Agent) -> int:
    """Free agents whom the queue would take sooner."""
    mine = (agent.ranks[queue.rules.queue_id], agent.idle_since, agent.agent_id)
    return sum(
        1
        for rank, _, agent_id, other in queue.idle
        if other.standing == FREE and (rank, other.idle_since, agent_id) < mine
    )
