"""L1 -> L2 -> another department: the interaction goes on with its history and its wait. Reads state only.

The next tier is a queue like every other; each names the one above it. Escalation is no new interaction: who
had it, where it stood and since when it waits travel with it (`context`), so nobody tells his story twice.
"""

from datetime import datetime

from otklik.acd import refusals, transfers
from otklik.acd.commands import EscalateInteraction
from otklik.acd.endings import queue_again
from otklik.acd.events import AcdEvent, InteractionEscalated
from otklik.acd.lookups import find_interaction, find_queue, wrong_phase
from otklik.acd.model import Direction, InteractionContext, Phase, QueueingCause
from otklik.acd.overflow import is_full
from otklik.acd.state import NO_AGENT, Interaction, Queue, State
from otklik.vocabulary.ids import InteractionId
from otklik.vocabulary.refusals import Refused

_TALKING = frozenset({Phase.CONNECTED, Phase.HELD, Phase.RECONNECTING})
LONGEST_NOTE = 500


def escalate(state: State, command: EscalateInteraction, at: datetime) -> list[AcdEvent]:
    """From a talk: the agent's part ends, wrap-up follows for him. From the line: the stay there ends."""
    interaction = find_interaction(state, command.interaction_id)
    if command.agent_id and interaction.agent_id != command.agent_id:
        raise Refused(
            refusals.NOT_YOUR_INTERACTION,
            interaction_id=command.interaction_id,
            agent_id=command.agent_id,
        )
    if interaction.direction is Direction.INTERNAL:
        raise Refused(refusals.INTERNAL_CALL, interaction_id=command.interaction_id)
    is_talk = interaction.phase in _TALKING
    if not is_talk and interaction.phase is not Phase.WAITING:
        raise wrong_phase(interaction)
    queue = _target(state, interaction, command)
    if queue.rules.channel is not interaction.channel:
        raise Refused(refusals.WRONG_CHANNEL, interaction_id=command.interaction_id)
    if is_full(queue):
        raise Refused(refusals.QUEUE_FULL, queue_id=queue.rules.queue_id, maximum=queue.rules.maximum_waiting)
    escalated = InteractionEscalated(
        at=at,
        interaction_id=interaction.interaction_id,
        segment_id=interaction.segment_id,
        queue_id=interaction.queue_id,
        to_queue_id=queue.rules.queue_id,
        tier=queue.rules.tier,
        agent_id=command.agent_id or (interaction.agent_id if is_talk else NO_AGENT),
        note=command.note[:LONGEST_NOTE],
    )
    events: list[AcdEvent] = []
    if is_talk:
        events = transfers.hand_over(state, interaction, at)
    queued = queue_again(
        state, interaction, at, cause=QueueingCause.ESCALATED, queue=queue, queued_at=interaction.queued_at
    )
    return [*events, escalated, queued]


def _target(state: State, interaction: Interaction, command: EscalateInteraction) -> Queue:
    if command.queue_id:
        queue = find_queue(state, command.queue_id)
        if queue.rules.queue_id != interaction.queue_id:
            return queue
    else:
        present = state.queues.get(interaction.queue_id)
        if present is not None and present.rules.next_tier:
            return find_queue(state, present.rules.next_tier)
    raise Refused(refusals.NO_NEXT_TIER, queue_id=interaction.queue_id)


def context(state: State, interaction_id: InteractionId) -> InteractionContext | None:
    """Where it has been, oldest first; None when it is not there."""
    interaction = state.interactions.get(interaction_id)
    if interaction is None:
        return None
    queue = state.queues.get(interaction.queue_id)
    return InteractionContext(
        interaction_id=interaction_id,
        arrived_at=interaction.arrived_at,
        queued_at=interaction.queued_at,
        queue_id=interaction.queue_id,
        tier=1 if queue is None else queue.rules.tier,
        stays=interaction.stays,
        note=interaction.note,
    )
