"""How things end: an interaction, a connection, an assignment. Shared by what people ask (`decide.py`) and
by what time brings (`deadlines.py`). Reads state only.

Every end of an assignment is followed, in the same batch, by exactly one event that says what the agent is
then (`afterwards`): ready, not ready or signed out. So a fold needs no memory of what he was before.
"""

from datetime import datetime, timedelta
from typing import Final

from otklik.acd.events import (
    AcdEvent,
    AgentMadeNotReady,
    AgentMadeReady,
    AgentSignedOut,
    ConnectionFailed,
    InteractionEnded,
    InteractionQueued,
    OfferWithdrawn,
    WrapUpStarted,
)
from otklik.acd.model import (
    AfterMissed,
    Availability,
    EndedBy,
    EndReason,
    NotReadyCause,
    Phase,
    QueueingCause,
    QueueRules,
    WithdrawalCause,
)
from otklik.acd.requirements import steps_after
from otklik.acd.state import NO_INTERACTION, Agent, Interaction, Queue, State
from otklik.vocabulary.ids import InteractionId, SegmentId

# Members that are asked for most often: looking one up on its class costs a tenth of a microsecond.
_OFFERED: Final = Phase.OFFERED
_CONNECTING: Final = Phase.CONNECTING
_DIALING: Final = Phase.DIALING
_IS_READY: Final = Availability.READY
_NO_TIME = timedelta()


def afterwards(
    state: State,
    agent: Agent,
    at: datetime,
    *,
    rule: str = "",
    cause: NotReadyCause | None = None,
    interaction_id: InteractionId = NO_INTERACTION,
    rest: timedelta | None = None,
) -> AcdEvent:
    """What the agent is when his assignment has ended.

    First what he or a supervisor wished during it; then `cause`, when the end itself makes him not ready (a
    wish for ready cannot undo that: he did not take the call); then what he was before. rest: how long he
    gets no offer if that is ready.
    """
    agent_id = agent.agent_id
    if agent.assignment is not None and not interaction_id:
        interaction_id = agent.assignment.interaction_id
    if agent.intent == "signed_out":
        return AgentSignedOut(at=at, agent_id=agent_id, forced=True)
    if agent.intent == "not_ready":
        return AgentMadeNotReady(
            at=at, agent_id=agent_id, reason_id=agent.intent_reason_id, interaction_id=interaction_id
        )
    if cause is not None:
        return AgentMadeNotReady(at=at, agent_id=agent_id, cause=cause, interaction_id=interaction_id)
    if agent.intent == "ready" or agent.availability is _IS_READY:
        if _has_lost_device(state, agent, at):
            return AgentMadeNotReady(
                at=at, agent_id=agent_id, cause=NotReadyCause.DEVICE_LOST, interaction_id=interaction_id
            )
        return AgentMadeReady(
            at=at,
            agent_id=agent_id,
            rule="intent" if agent.intent == "ready" else rule,
            resting_until=None if rest is None else at + rest,
        )
    return AgentMadeNotReady(
        at=at,
        agent_id=agent_id,
        reason_id=agent.reason_id,
        cause=NotReadyCause.AFTER_CALL,
        interaction_id=interaction_id,
    )


def after_missed(state: State, agent: Agent, rules: QueueRules, at: datetime) -> AcdEvent:
    """What the agent is when he let an offer ring out: not ready, or, where the queue says so, ready after a
    rest, unless it happens again and again."""
    if rules.after_missed == AfterMissed.COOL_DOWN and agent.misses + 1 < rules.missed_limit:
        return afterwards(state, agent, at, rule="missed_offer", rest=rules.missed_rest)
    return afterwards(state, agent, at, cause=NotReadyCause.MISSED_OFFER)


def _has_lost_device(state: State, agent: Agent, at: datetime) -> bool:
    """A page that is being reloaded is forgiven for a moment; the engine's own deadline watches it from
    then on."""
    if agent.is_reachable:
        return False
    since = agent.unreachable_since
    return since is None or at - since >= state.site.device_grace


def end_interaction(
    state: State,
    interaction: Interaction,
    at: datetime,
    *,
    reason: EndReason,
    by: EndedBy,
    is_estimated: bool = False,
) -> list[AcdEvent]:
    """The interaction is over, in whatever phase: an offer is withdrawn, an agent who talked goes to
    wrap-up, an agent who did not yet gets back what he was."""
    ended = InteractionEnded(
        at=at,
        interaction_id=interaction.interaction_id,
        reason=reason,
        by=by,
        segment_id=interaction.segment_id,
        queue_id=interaction.queue_id,
        agent_id=interaction.agent_id,
        is_estimated=is_estimated,
    )
    agent = state.agents.get(interaction.agent_id)
    if agent is None:
        return [ended]
    phase = interaction.phase
    if phase is _OFFERED:
        withdrawn = OfferWithdrawn(
            at=at,
            offer_id=interaction.offer_id,
            interaction_id=interaction.interaction_id,
            agent_id=agent.agent_id,
            cause=(WithdrawalCause.CUSTOMER_LEFT if by is EndedBy.CUSTOMER else WithdrawalCause.SUPERSEDED),
        )
        # The offer has ended before the interaction does: nobody has it any more.
        free = InteractionEnded(
            at=at,
            interaction_id=interaction.interaction_id,
            reason=reason,
            by=by,
            segment_id=interaction.segment_id,
            queue_id=interaction.queue_id,
            is_estimated=is_estimated,
        )
        return [withdrawn, afterwards(state, agent, at, rule="offer_withdrawn"), free]
    if phase is _CONNECTING or phase is _DIALING:
        cause = NotReadyCause.DEVICE_LOST if reason is EndReason.AGENT_FAILED else None
        return [ended, afterwards(state, agent, at, rule="call_ended", cause=cause)]
    return [ended, start_wrap_up(state, agent, interaction, at)]


def fail_connection(
    state: State, interaction: Interaction, at: datetime, *, cause: NotReadyCause
) -> list[AcdEvent]:
    """Accepted, but the two never heard each other: the customer waits on at his old place."""
    agent = state.agents[interaction.agent_id]
    failed = ConnectionFailed(at=at, interaction_id=interaction.interaction_id, agent_id=agent.agent_id)
    return [
        failed,
        afterwards(state, agent, at, cause=cause),
        queue_again(state, interaction, at, cause=QueueingCause.OFFER_ENDED),
    ]


def queue_again(
    state: State,
    interaction: Interaction,
    at: datetime,
    *,
    cause: QueueingCause,
    queue: Queue | None = None,
    is_ahead: bool | None = None,
    queued_at: datetime | None = None,
) -> InteractionQueued:
    """Back into a queue: the same segment when only an offer ended, a new one otherwise. Never refused as
    full."""
    queue = queue or state.queues[interaction.queue_id]
    queued_at = queued_at or interaction.queued_at or at
    is_ahead = interaction.is_ahead if is_ahead is None else is_ahead
    is_new = cause is not QueueingCause.OFFER_ENDED
    segment_id = SegmentId(state.minter.mint(at)) if is_new else interaction.segment_id
    place = queue.place_of(interaction.priority, is_ahead, queued_at, segment_id, interaction.interaction_id)
    step = steps_after(queue.rules, at - queued_at) if queue.rules.relaxation else 0
    if not is_new and step < interaction.step:
        step = min(interaction.step, len(queue.rules.relaxation))  # what was promised stays so
    return InteractionQueued(
        at=at,
        interaction_id=interaction.interaction_id,
        segment_id=segment_id,
        queue_id=queue.rules.queue_id,
        priority=interaction.priority,
        queued_at=queued_at,
        cause=cause,
        ahead=is_ahead,
        position=queue.line.rank(place),
        requirements=interaction.requirements,
        step=step,
        boosts=interaction.boosts,
    )


def start_wrap_up(state: State, agent: Agent, interaction: Interaction, at: datetime) -> AcdEvent:
    """Wrap-up of the agent's own part; a queue without wrap-up sets him free at once."""
    queue = state.queues.get(interaction.queue_id)
    length = state.site.direct_wrap_up if queue is None else queue.rules.wrap_up
    if length <= _NO_TIME:
        return afterwards(state, agent, at, rule="call_ended")
    return WrapUpStarted(
        at=at,
        agent_id=agent.agent_id,
        interaction_id=interaction.interaction_id,
        segment_id=interaction.segment_id,
        queue_id=interaction.queue_id,
        deadline=at + length,
    )
