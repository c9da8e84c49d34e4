"""Finding what a command names, or refusing. Reads state only."""

from otklik.acd import refusals
from otklik.acd.state import Agent, Interaction, Queue, State
from otklik.vocabulary.ids import AgentId, InteractionId, QueueId
from otklik.vocabulary.refusals import NotFound, Refused


def find_queue(state: State, queue_id: QueueId) -> Queue:
    """A queue that takes customers; one that is closing counts as gone."""
    queue = state.queues.get(queue_id)
    if queue is None or queue.is_closing:
        raise NotFound(refusals.UNKNOWN_QUEUE, queue_id=queue_id)
    return queue


def find_agent(state: State, agent_id: AgentId) -> Agent:
    agent = state.agents.get(agent_id)
    if agent is None:
        raise NotFound(refusals.UNKNOWN_AGENT, agent_id=agent_id)
    return agent


def find_interaction(state: State, interaction_id: InteractionId) -> Interaction:
    interaction = state.interactions.get(interaction_id)
    if interaction is None:
        raise NotFound(refusals.UNKNOWN_INTERACTION, interaction_id=interaction_id)
    return interaction


def require_new(state: State, interaction_id: InteractionId) -> None:
    if interaction_id in state.interactions:
        raise Refused(refusals.INTERACTION_EXISTS, interaction_id=interaction_id)


def wrong_phase(interaction: Interaction) -> Refused:
    return Refused(
        refusals.WRONG_PHASE, interaction_id=interaction.interaction_id, phase=interaction.phase.value
    )
