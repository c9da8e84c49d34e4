"""What was asked, from what happened: the command behind the first event of a batch.

Most events are their own question: a customer who arrived was registered, an agent who signed in asked to.
Where people move a talk between them the events do not say it so plainly; see `moving.py`.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from otklik.acd import commands as ask
from otklik.acd import events as facts
from otklik.acd.commands import AcdCommand
from otklik.acd.engine import Engine
from otklik.acd.events import AcdEvent
from otklik.acd.model import (
    Availability,
    Channel,
    EndedBy,
    EndReason,
    NotReadyCause,
    QueueingCause,
    ReleaseCause,
    WithdrawalCause,
)
from otklik.acd.state import NO_AGENT, NO_REASON
from otklik.vocabulary.ids import ReservationId

NO_RESERVATION = ReservationId(0)

Batch = Sequence[AcdEvent]
"""What is still to be told, from the event that nobody but a command explains."""


def _follower(batch: Batch, kind: type[AcdEvent]) -> Any:
    """The first event of a kind in the same millisecond."""
    return next((one for one in batch if one.at == batch[0].at and type(one) is kind), None)


def _ready(engine: Engine, batch: Batch) -> AcdCommand:
    event: Any = batch[0]
    return ask.MakeAgentReady(at=event.at, agent_id=event.agent_id)


def _not_ready(engine: Engine, batch: Batch) -> AcdCommand | None:
    event: Any = batch[0]
    if event.cause is not NotReadyCause.CHOSEN:
        return None
    return ask.MakeAgentNotReady(
        at=event.at, agent_id=event.agent_id, reason_id=event.reason_id, permitted=True
    )


def _intent(engine: Engine, batch: Batch) -> AcdCommand | None:
    """A wish; an empty one takes the last back by wishing what he is already."""
    event: Any = batch[0]
    agent = engine.agent(event.agent_id)
    is_ready = agent is not None and agent.availability is Availability.READY
    if event.intent == "signed_out":
        return ask.SignOutAgent(at=event.at, agent_id=event.agent_id, forced=True)
    if event.intent == "ready" or (not event.intent and is_ready):
        return ask.MakeAgentReady(at=event.at, agent_id=event.agent_id)
    reason_id = event.reason_id if event.intent else (agent.reason_id if agent is not None else NO_REASON)
    return ask.MakeAgentNotReady(at=event.at, agent_id=event.agent_id, reason_id=reason_id, permitted=True)


def signed_out(engine: Engine, batch: Batch) -> AcdCommand:
    """Left, or was removed; who has left by himself may be removed in the same millisecond."""
    event: Any = batch[0]
    removed = _follower(batch, facts.AgentRemoved)
    if event.forced and removed is not None and removed.agent_id == event.agent_id:
        return ask.RemoveAgent(at=event.at, agent_id=event.agent_id)
    return ask.SignOutAgent(at=event.at, agent_id=event.agent_id, forced=event.forced)


def _queued(engine: Engine, batch: Batch) -> AcdCommand:
    event: Any = batch[0]
    if event.cause is QueueingCause.MIGRATED:  # where its queue ends, that comes first in the batch
        return ask.RequeueInteraction(
            at=event.at, interaction_id=event.interaction_id, queue_id=event.queue_id, ahead=event.ahead
        )
    if event.ahead and event.cause is QueueingCause.ARRIVED:  # nobody else arrives at the head
        taken = _follower(batch, facts.AgentReleased)
        return ask.AttachInteraction(
            at=event.at,
            reservation_id=taken.reservation_id if taken is not None else NO_RESERVATION,
            interaction_id=event.interaction_id,
            queue_id=event.queue_id,
        )
    # Only the next word is about this wait: the same customer may wait once more in the same millisecond.
    released = batch[1] if len(batch) > 1 else None
    preferred, wait, cause = event.preferred_agent_id, None, event.preferred_cause
    if preferred:
        wait = event.preferred_until - event.at
    elif (
        isinstance(released, facts.PreferredAgentReleased) and released.interaction_id == event.interaction_id
    ):
        preferred = released.agent_id
        wait = timedelta() if released.cause is ReleaseCause.TIMEOUT else None
    return ask.EnqueueInteraction(
        at=event.at,
        interaction_id=event.interaction_id,
        queue_id=event.queue_id,
        priority=event.priority - sum(boost.amount for boost in event.boosts),
        requirements=event.requirements,
        boosts=event.boosts,
        preferred_agent_id=preferred,
        preferred_for=wait,
        preferred_cause=cause,
    )


def _prioritized(engine: Engine, batch: Batch) -> AcdCommand | None:
    """The cause is the one whose boost has changed."""
    event: Any = batch[0]
    interaction = engine.interaction(event.interaction_id)
    if interaction is None:
        return None
    before = {boost.cause: boost.amount for boost in interaction.boosts}
    now = {boost.cause: boost.amount for boost in event.boosts}
    changed = next(cause for cause in [*now, *before] if before.get(cause, 0) != now.get(cause, 0))
    return ask.PrioritizeInteraction(
        at=event.at, interaction_id=event.interaction_id, priority=event.priority, cause=changed
    )


def _withdrawn(engine: Engine, batch: Batch) -> AcdCommand | None:
    event: Any = batch[0]
    if event.cause is WithdrawalCause.DEVICE_FAILED:
        return ask.FailOffer(at=event.at, offer_id=event.offer_id)
    ended = _follower(batch, facts.InteractionEnded)
    return None if ended is None else _end(engine, ended)


def _ended(engine: Engine, batch: Batch) -> AcdCommand:
    return _end(engine, batch[0])


_LEAVING = frozenset(
    {
        EndReason.ANSWERED,
        EndReason.ABANDONED,
        EndReason.SHORT_ABANDONED,
        EndReason.CANCELLED,
        EndReason.NO_ANSWER,
    }
)
"""Reasons that the engine finds by itself when somebody hangs up; others were given to it."""


def _end(engine: Engine, ended: Any) -> AcdCommand:
    """Who ended it says by which command; the reason is the twin's to find where it is the engine's."""
    interaction = engine.interaction(ended.interaction_id)
    if ended.by is EndedBy.CUSTOMER and ended.reason in _LEAVING:
        return ask.NoteCustomerLeft(
            at=ended.at, interaction_id=ended.interaction_id, is_estimated=ended.is_estimated
        )
    if ended.by is EndedBy.AGENT and ended.reason in _LEAVING and interaction is not None:
        return ask.FinishTalk(at=ended.at, agent_id=interaction.agent_id, interaction_id=ended.interaction_id)
    return end_as_told(ended)


def end_as_told(ended: facts.InteractionEnded) -> AcdCommand:
    return ask.EndInteraction(
        at=ended.at,
        interaction_id=ended.interaction_id,
        reason=ended.reason,
        by=ended.by,
        is_estimated=ended.is_estimated,
    )


def _not_connected(engine: Engine, batch: Batch) -> AcdCommand:
    event: Any = batch[0]
    then = _follower(batch, facts.AgentMadeNotReady)
    interaction = engine.interaction(event.interaction_id)
    has_leg = interaction is None or interaction.channel is Channel.VOICE
    if not has_leg or (then is not None and then.cause is NotReadyCause.DECLINED_OFFER):
        return ask.FinishTalk(at=event.at, agent_id=event.agent_id, interaction_id=event.interaction_id)
    return ask.NoteAgentLegLost(at=event.at, interaction_id=event.interaction_id)


def _handed_over(engine: Engine, batch: Batch) -> AcdCommand | None:
    """Back to a queue; on to somebody else is a move."""
    event: Any = batch[0]
    queued = _follower(batch, facts.InteractionQueued)
    if queued is None:
        return None
    return ask.RequeueInteraction(
        at=event.at, interaction_id=event.interaction_id, queue_id=queued.queue_id, ahead=queued.ahead
    )


def _wrap_up_ended(engine: Engine, batch: Batch) -> AcdCommand:
    event: Any = batch[0]
    own = (facts.AgentMadeReady, facts.AgentMadeNotReady)
    follows = next((one for one in batch[1:] if not isinstance(one, own)), None)
    if isinstance(follows, facts.ManualInteractionStarted) and follows.agent_id == event.agent_id:
        return _dials(engine, [follows])
    return ask.FinishWrapUp(at=event.at, agent_id=event.agent_id)


def _wrap_up_extended(engine: Engine, batch: Batch) -> AcdCommand | None:
    event: Any = batch[0]
    agent = engine.agent(event.agent_id)
    if agent is None or agent.assignment is None or agent.assignment.deadline is None:
        return None
    extension = event.deadline - agent.assignment.deadline
    return ask.ExtendWrapUp(at=event.at, agent_id=event.agent_id, extension=extension)


def _dials(engine: Engine, batch: Batch) -> AcdCommand:
    event: Any = batch[0]
    return ask.StartManualInteraction(
        at=event.at,
        agent_id=event.agent_id,
        interaction_id=event.interaction_id,
        party_id=event.party_id,
        queue_id=event.queue_id,
        project_id=event.project_id,
        callback_of=event.callback_of,
    )


def _same(command: type[Any], *fields: str, **given: Any) -> Callable[[Engine, Batch], AcdCommand]:
    """The command that has the event's own fields of these names."""

    def make(engine: Engine, batch: Batch) -> AcdCommand:
        event = batch[0]
        made: AcdCommand = command(at=event.at, **{name: getattr(event, name) for name in fields}, **given)
        return made

    return make


def _left_queue(engine: Engine, batch: Batch) -> AcdCommand | None:
    """By the customer's own choice; a rule needs nobody who asks."""
    event: Any = batch[0]
    if not event.chosen:
        return None
    return ask.LeaveQueue(at=event.at, interaction_id=event.interaction_id, key=event.chosen)


def _mode(engine: Engine, batch: Batch) -> AcdCommand:
    """A supervisor's choice, or that it was taken back."""
    event: Any = batch[0]
    mode = event.mode if event.rule == "chosen" else None
    return ask.SetAgentMode(at=event.at, agent_id=event.agent_id, mode=mode)


def _closed(engine: Engine, batch: Batch) -> AcdCommand:
    event: Any = batch[0]
    return ask.RemoveQueue(at=event.at, queue_id=event.queue_id, to_queue_id=event.to_queue_id)


def _promised(engine: Engine, batch: Batch) -> AcdCommand:
    event: Any = batch[0]
    return ask.PromiseCallback(
        at=event.at,
        interaction_id=event.interaction_id,
        queue_id=event.queue_id,
        due_at=event.due_at if event.queued_at == event.due_at else None,  # None: he keeps his wait
        agent_id=event.agent_id,
    )


def _scheduled(engine: Engine, batch: Batch) -> AcdCommand | None:
    event: Any = batch[0]
    queue = engine.state.queues.get(event.queue_id)
    if queue is None:
        return None
    return ask.ScheduleCallback(
        at=event.at,
        interaction_id=event.interaction_id,
        party_id=event.party_id,
        queue_id=event.queue_id,
        due_at=event.due_at,
        project_id=event.project_id,
        agent_id=event.agent_id,
        priority=event.priority - queue.rules.callbacks.priority,
        callback_of=event.callback_of,
        arranged_by=event.arranged_by,
    )


def _reserved(engine: Engine, batch: Batch) -> AcdCommand:
    """As many as there were: who asked for more got no more."""
    event: Any = batch[0]
    kept = [
        one
        for one in batch
        if isinstance(one, facts.AgentReserved) and one.reservation_id == event.reservation_id
    ]
    return ask.ReserveAgents(
        at=event.at,
        reservation_id=event.reservation_id,
        queue_id=event.queue_id,
        count=len(kept),
        length=event.until - event.at,
    )


def _released(engine: Engine, batch: Batch) -> AcdCommand:
    """One of several, or all that there are."""
    event: Any = batch[0]
    let_go = [
        one
        for one in batch
        if isinstance(one, facts.AgentReleased) and one.reservation_id == event.reservation_id
    ]
    agent_id = event.agent_id if len(let_go) == 1 else NO_AGENT
    return ask.ReleaseReservation(at=event.at, reservation_id=event.reservation_id, agent_id=agent_id)


def _in_flow(engine: Engine, batch: Batch) -> AcdCommand:
    event: Any = batch[0]
    return ask.EnterFlow(at=event.at, interaction_id=event.interaction_id, limit=event.deadline - event.at)


COMMANDS: dict[type[AcdEvent], Callable[[Engine, Batch], AcdCommand | None]] = {
    facts.SiteConfigured: _same(ask.ConfigureSite, "site"),
    facts.QueueConfigured: _same(ask.ConfigureQueue, "queue"),
    facts.QueueRemoved: _same(ask.RemoveQueue, "queue_id"),
    facts.AgentConfigured: _same(ask.ConfigureAgent, "agent"),
    facts.AgentRemoved: _same(ask.RemoveAgent, "agent_id"),
    facts.ReasonConfigured: _same(ask.ConfigureReason, "reason"),
    facts.ReasonRemoved: _same(ask.RemoveReason, "reason_id"),
    facts.AgentSignedIn: _same(ask.SignInAgent, "agent_id"),
    facts.AgentSignedOut: signed_out,
    facts.AgentMadeReady: _ready,
    facts.AgentMadeNotReady: _not_ready,
    facts.AgentIntentSet: _intent,
    facts.DeviceReached: _same(ask.NoteDevice, "agent_id", is_reachable=True),
    facts.DeviceLost: _same(ask.NoteDevice, "agent_id", is_reachable=False),
    facts.InteractionArrived: _same(
        ask.RegisterInteraction,
        "interaction_id",
        "channel",
        "direction",
        "party_id",
        "number_id",
        "project_id",
    ),
    facts.FlowEntered: _in_flow,
    facts.InteractionQueued: _queued,
    facts.InteractionPrioritized: _prioritized,
    facts.InteractionOverflowed: _left_queue,
    facts.OfferAccepted: _same(ask.AcceptOffer, "offer_id"),
    facts.OfferDeclined: _same(ask.DeclineOffer, "offer_id"),
    facts.OfferWithdrawn: _withdrawn,
    facts.InteractionConnected: _same(ask.ConfirmConnection, "interaction_id"),
    facts.InteractionHeld: _same(ask.HoldInteraction, "agent_id", "interaction_id"),
    facts.InteractionResumed: _same(ask.ResumeInteraction, "agent_id", "interaction_id"),
    facts.ReconnectionStarted: _same(ask.NoteAgentLegLost, "interaction_id"),
    facts.ReconnectionSucceeded: _same(ask.NoteAgentLegRestored, "interaction_id"),
    facts.ConnectionFailed: _not_connected,
    facts.SegmentHandedOver: _handed_over,
    facts.InteractionEnded: _ended,
    facts.WrapUpEnded: _wrap_up_ended,
    facts.WrapUpExtended: _wrap_up_extended,
    facts.ManualInteractionStarted: _dials,
    facts.AgentModeChanged: _mode,
    facts.AgentRetired: _same(ask.RemoveAgent, "agent_id"),
    facts.QueueClosed: _closed,
    facts.PlanConfigured: _same(ask.ConfigurePlan, "plan"),
    facts.PlanRemoved: _same(ask.RemovePlan, "plan_id"),
    facts.CallbackPromised: _promised,
    facts.CallbackScheduled: _scheduled,
    facts.AgentReserved: _reserved,
    facts.AgentReleased: _released,
    facts.CallbackRescheduled: _same(ask.RescheduleCallback, "interaction_id", "due_at", "agent_id"),
}
"""By the first event of a batch: what was asked."""

BY_ITSELF: frozenset[type[AcdEvent]] = frozenset(
    {
        facts.RequirementsRelaxed,
        facts.PreferredAgentReleased,
        facts.OfferMade,
        facts.OfferExpired,
        facts.ReconnectionFailed,
        facts.WrapUpStarted,
        facts.SlotStarted,
        facts.DayStarted,
        facts.AgentGuarded,
        facts.AgentGuardLifted,
        facts.OverflowDeferred,
        facts.CallbackOffered,
        facts.CallbackDialed,
        facts.CallbackExpired,
        facts.PlanLoadChanged,
        facts.PlanTurned,
        facts.AssignmentEnded,
        facts.AssignmentSuspended,
        facts.AssignmentResumed,
    }
)
"""Events that nobody asks for: they follow from another, or come with time."""
