"""Promised calls: they wait in the queue like customers, with their own time, and are dialled when an agent
has taken them. Reads state only.

    promised / scheduled -> (due) waiting -> offered -> accepted: dialing -> connected
                                 ^                          |
                                 +------ retry_at ----------+ not reached, until attempts or time run out

Never more are dialled than agents are reserved for them: only an accepted offer is dialled, by the agent who
accepted it. Neither side starves: while live customers and callbacks wait in one queue, the share of the
queue's rules decides whose turn it is (`state.Queue.is_callbacks_turn`).
"""

from datetime import datetime, timedelta
from typing import Final

from msgspec import structs

from otklik.acd import refusals
from otklik.acd.commands import PromiseCallback, RescheduleCallback, ScheduleCallback
from otklik.acd.endings import afterwards, destination, queue_again, to_other_queue
from otklik.acd.events import (
    AcdEvent,
    CallbackAttemptFailed,
    CallbackDialed,
    CallbackExpired,
    CallbackPromised,
    CallbackRescheduled,
    CallbackScheduled,
    InteractionEnded,
    PreferredAgentReleased,
)
from otklik.acd.lookups import find_agent, find_interaction, find_queue, require_new, wrong_phase
from otklik.acd.model import (
    Channel,
    EndedBy,
    EndReason,
    NotReadyCause,
    OfferKind,
    Phase,
    QueueingCause,
    ReleaseCause,
)
from otklik.acd.requirements import effective
from otklik.acd.routing import cause_of_release
from otklik.acd.state import Interaction, Queue, State
from otklik.vocabulary.ids import AgentId, PartyId, SegmentId
from otklik.vocabulary.refusals import Refused

LATEST: Final = timedelta(days=90)
"""No call is promised for a later moment."""

FINAL: Final = frozenset({EndReason.INVALID_NUMBER, EndReason.BLOCKED, EndReason.OPTED_OUT})
"""Ends of an attempt after which another one is of no use, or not wanted."""

PROMISABLE: Final = frozenset({Phase.ARRIVING, Phase.IN_FLOW, Phase.WAITING})


def promise(state: State, command: PromiseCallback, at: datetime) -> list[AcdEvent]:
    """The customer will be called; his place in the order of waiting is kept. Nothing if it is so already."""
    interaction = find_interaction(state, command.interaction_id)
    if interaction.callback is not None:
        return []
    if interaction.phase not in PROMISABLE:
        raise wrong_phase(interaction)
    if interaction.channel is not Channel.VOICE:
        raise Refused(refusals.VOICE_ONLY, interaction_id=command.interaction_id)
    queue_id = command.queue_id or interaction.callback_queue_id or interaction.queue_id
    queue = find_queue(state, queue_id)
    _require_calls(queue)
    _check(state, queue, interaction.party_id, command.agent_id, command.due_at, at)
    if interaction.phase is not Phase.WAITING and not interaction.party_id:
        raise Refused(refusals.NUMBER_UNKNOWN, interaction_id=interaction.interaction_id)
    rules = queue.rules.callbacks
    due_at = max(command.due_at or at, at + rules.delay)
    # Who asks for a certain moment waits from then; who only leaves the line keeps his wait.
    queued_at = due_at if command.due_at is not None else interaction.queued_at or at
    return [
        CallbackPromised(
            at=at,
            interaction_id=interaction.interaction_id,
            segment_id=SegmentId(state.minter.mint(at)),
            queue_id=queue.rules.queue_id,
            due_at=due_at,
            expires_at=due_at + rules.expires_after,
            queued_at=queued_at,
            priority=interaction.priority + rules.priority,
            agent_id=command.agent_id,
        )
    ]


def schedule(state: State, command: ScheduleCallback, at: datetime) -> list[AcdEvent]:
    """A call for later, arranged by somebody of ours."""
    require_new(state, command.interaction_id)
    queue = find_queue(state, command.queue_id)
    _require_calls(queue)
    _check(state, queue, command.party_id, command.agent_id, command.due_at, at)
    return [
        CallbackScheduled(
            at=at,
            interaction_id=command.interaction_id,
            segment_id=SegmentId(state.minter.mint(at)),
            party_id=command.party_id,
            queue_id=command.queue_id,
            project_id=command.project_id or queue.rules.project_id,
            due_at=max(command.due_at, at),
            expires_at=max(command.due_at, at) + queue.rules.callbacks.expires_after,
            priority=command.priority + queue.rules.callbacks.priority,
            agent_id=command.agent_id,
            callback_of=command.callback_of,
            arranged_by=command.arranged_by,
        )
    ]


def reschedule(state: State, command: RescheduleCallback, at: datetime) -> list[AcdEvent]:
    """Another moment or owner, while nobody has it."""
    interaction = find_interaction(state, command.interaction_id)
    if interaction.callback is None or interaction.phase not in (Phase.SCHEDULED, Phase.WAITING):
        raise Refused(refusals.NO_CALLBACK, interaction_id=command.interaction_id)
    queue = state.queues[interaction.queue_id]
    _check(state, queue, interaction.party_id, command.agent_id, command.due_at, at)
    due_at = max(command.due_at, at)
    return [
        CallbackRescheduled(
            at=at,
            interaction_id=command.interaction_id,
            due_at=due_at,
            expires_at=due_at + queue.rules.callbacks.expires_after,
            agent_id=command.agent_id,
        )
    ]


def _check(
    state: State, queue: Queue, party_id: PartyId, agent_id: AgentId, due_at: datetime | None, at: datetime
) -> None:
    if not party_id:
        raise Refused(refusals.NUMBER_UNKNOWN, queue_id=queue.rules.queue_id)
    if agent_id:
        find_agent(state, agent_id)
    if due_at is not None and due_at > at + LATEST:
        raise Refused(refusals.INVALID_DUE, due_at=due_at.isoformat())


# --- what time brings


def fall_due(state: State, interaction: Interaction, at: datetime) -> list[AcdEvent]:
    """Its moment has come: it joins the line of its queue; a personal one waits for its owner alone for a
    while, if he is there."""
    callback = interaction.callback
    assert callback is not None
    rules = state.queues[interaction.queue_id].rules
    queued = queue_again(state, interaction, at, cause=QueueingCause.CALLBACK_DUE, priority=callback.priority)
    if not callback.agent_id:
        return [queued]
    owner = state.agents.get(callback.agent_id)
    asked = effective(rules, interaction.requirements, queued.step)
    cause = cause_of_release(rules, owner, asked, OfferKind.CALLBACK)
    until = callback.released_at(rules.callbacks)
    if cause is None and until > at:
        personal = structs.replace(
            queued,
            preferred_agent_id=callback.agent_id,
            preferred_until=until,
            preferred_cause="personal_callback",
        )
        return [personal]
    released = PreferredAgentReleased(
        at=at,
        interaction_id=interaction.interaction_id,
        queue_id=interaction.queue_id,
        agent_id=callback.agent_id,
        cause=cause or ReleaseCause.TIMEOUT,
    )
    return [queued, released]


def expire(interaction: Interaction, at: datetime) -> list[AcdEvent]:
    """Nobody called in time: the interaction ends, and its customer stands in the missed list unless he was
    tried in vain."""
    callback = interaction.callback
    assert callback is not None
    expired = CallbackExpired(
        at=at,
        interaction_id=interaction.interaction_id,
        queue_id=interaction.queue_id,
        attempts=callback.attempts,
    )
    return [expired, _ended(interaction, at, callback.last_reason or EndReason.CALLBACK_PROMISED)]


# --- the attempt


def dial(state: State, interaction: Interaction, agent_id: AgentId, at: datetime) -> CallbackDialed:
    """The offer was accepted: the agent is reserved, now the customer is dialled."""
    assert interaction.callback is not None
    return CallbackDialed(
        at=at,
        interaction_id=interaction.interaction_id,
        segment_id=interaction.segment_id,
        queue_id=interaction.queue_id,
        agent_id=agent_id,
        attempt=interaction.callback.attempts + 1,
        deadline=at + state.site.dial_timeout,
    )


def fail_attempt(
    state: State, interaction: Interaction, at: datetime, reason: EndReason, *, by: EndedBy = EndedBy.SYSTEM
) -> list[AcdEvent]:
    """The customer was not reached: another attempt later, or the end.

    agent_failed: our own phone broke; that is no attempt, and the next agent takes it at once. Where its
    queue is closing, the promise goes where its customers go.
    """
    callback = interaction.callback
    assert callback is not None
    queue = state.queues[interaction.queue_id]
    rules = queue.rules.callbacks
    is_ours = reason is EndReason.AGENT_FAILED
    attempts = callback.attempts - 1 if is_ours else callback.attempts
    retry_at = at if is_ours else at + rules.retry_after
    is_over = reason in FINAL or attempts >= rules.attempts or retry_at >= callback.expires_at
    target = destination(state, queue, queue.closing_to) if queue.is_closing else queue
    failed = CallbackAttemptFailed(
        at=at,
        interaction_id=interaction.interaction_id,
        segment_id=interaction.segment_id,
        queue_id=interaction.queue_id,
        agent_id=interaction.agent_id,
        reason=reason,
        attempts=attempts,
        retry_at=None if is_over or target is None else retry_at,
    )
    cause = NotReadyCause.DEVICE_LOST if is_ours else None
    agent = state.agents[interaction.agent_id]
    events: list[AcdEvent] = [failed, afterwards(state, agent, at, rule="call_ended", cause=cause)]
    if is_over:
        events.append(_ended(interaction, at, reason, by=by))
    elif target is None:
        events.append(_ended(interaction, at, EndReason.CLOSED))
    elif target is not queue:
        events.append(to_other_queue(interaction, callback, target, at))
    return events


def _ended(
    interaction: Interaction, at: datetime, reason: EndReason, *, by: EndedBy = EndedBy.SYSTEM
) -> InteractionEnded:
    """Nobody has it any more."""
    return InteractionEnded(
        at=at,
        interaction_id=interaction.interaction_id,
        reason=reason,
        by=by,
        segment_id=interaction.segment_id,
        queue_id=interaction.queue_id,
    )


def _require_calls(queue: Queue) -> None:
    """A promised call is a call."""
    if queue.rules.channel is not Channel.VOICE:
        raise Refused(refusals.WRONG_CHANNEL, queue_id=queue.rules.queue_id)
