"""Time + state -> events: what happens when nobody acts. Reads state only.

The engine names its next moment (`next_moment`); at it, the shell lets it act (`fall_due`). Events carry the
deadline's own moment, so a timer that comes late lengthens nothing.
"""

from datetime import datetime
from typing import Final, assert_never

from otklik.acd import blending, callbacks, overflow, reservations, transfers
from otklik.acd.endings import (
    after_missed,
    afterwards,
    end_interaction,
    fail_connection,
    wait_again,
    without_agent,
)
from otklik.acd.events import (
    AcdEvent,
    AgentMadeNotReady,
    AgentMadeReady,
    InteractionEnded,
    OfferExpired,
    PreferredAgentReleased,
    ReconnectionFailed,
    RequirementsRelaxed,
    WrapUpEnded,
)
from otklik.acd.model import (
    AssignmentPhase,
    EndedBy,
    EndReason,
    NotReadyCause,
    Phase,
    QueueingCause,
    ReleaseCause,
    TransferFailure,
)
from otklik.acd.requirements import effective
from otklik.acd.state import UNREACHABLE, Interaction, State
from otklik.acd.timetable import Deadline, Kind
from otklik.vocabulary.ids import AgentId, InteractionId, PlanId

# Asked most often: looking a member up on its class costs as much as all the rest (Python 3.11).
_INTERACTION: Final = Kind.INTERACTION
_RELAXATION: Final = Kind.RELAXATION
_WRAP_UP: Final = Kind.WRAP_UP
_IN_WRAP_UP: Final = AssignmentPhase.WRAP_UP


def is_due_still(state: State, deadline: Deadline) -> bool:
    """Whether the owner still waits for this very moment."""
    at, kind, owner = deadline
    if kind is _WRAP_UP:
        busy = state.agents.get(owner)
        assignment = None if busy is None else busy.assignment
        return assignment is not None and assignment.phase is _IN_WRAP_UP and assignment.deadline == at
    if kind is _INTERACTION:
        interaction = state.interactions.get(owner)
        return interaction is not None and interaction.deadline == at
    if kind is _RELAXATION:
        interaction = state.interactions.get(owner)
        return interaction is not None and relaxes_at(interaction) == at
    if kind is Kind.PREFERENCE:
        interaction = state.interactions.get(InteractionId(owner))
        return interaction is not None and is_parked(interaction) and interaction.preferred_until == at
    if kind is Kind.WAIT:
        interaction = state.interactions.get(InteractionId(owner))
        return interaction is not None and interaction.waits_until == at
    if kind is Kind.PLAN:
        plan = state.plans.get(PlanId(owner))
        return plan is not None and (plan.turns_at == at or plan.calm_at == at)
    if kind is Kind.CONSULT:
        consult = state.interactions.get(InteractionId(owner))
        return consult is not None and consult.ties is not None and consult.ties.deadline == at
    agent = state.agents.get(AgentId(owner))
    if agent is None:
        return False
    if kind is Kind.REST:
        return agent.resting_until == at
    if kind is Kind.RESERVATION:
        return agent.reservation is not None and agent.reservation.until == at
    return (
        agent.standing == UNREACHABLE
        and agent.unreachable_since is not None
        and agent.unreachable_since + state.site.device_grace <= at
    )


def fall_due(state: State, deadline: Deadline, at: datetime, *, is_past: bool = False) -> list[AcdEvent]:
    """What follows from a deadline that still counts. at: its own moment, or the last event's if that is
    later. is_past: nobody can be rung there any more."""
    _, kind, owner = deadline
    match kind:
        case Kind.WRAP_UP:
            agent = state.agents[AgentId(owner)]
            assignment = agent.assignment
            assert assignment is not None
            ended = WrapUpEnded(
                at=at,
                agent_id=agent.agent_id,
                interaction_id=assignment.interaction_id,
                segment_id=assignment.segment_id,
                by=EndedBy.SYSTEM,
            )
            return [ended, afterwards(state, agent, at, rule="wrap_up_ended")]
        case Kind.CONSULT:
            return transfers.end_consult(state, state.interactions[InteractionId(owner)], at)
        case Kind.DEVICE:
            return [AgentMadeNotReady(at=at, agent_id=AgentId(owner), cause=NotReadyCause.DEVICE_LOST)]
        case Kind.INTERACTION:
            return _end_phase(state, state.interactions[InteractionId(owner)], at, is_past=is_past)
        case Kind.PREFERENCE:
            interaction = state.interactions[InteractionId(owner)]
            return [
                PreferredAgentReleased(
                    at=at,
                    interaction_id=interaction.interaction_id,
                    queue_id=interaction.queue_id,
                    agent_id=interaction.preferred_agent_id,
                    cause=ReleaseCause.TIMEOUT,
                )
            ]
        case Kind.RESERVATION:
            return [reservations.release(state.agents[AgentId(owner)], at, cause="expired")]
        case Kind.REST:
            return [AgentMadeReady(at=at, agent_id=AgentId(owner), rule="rested")]
        case Kind.WAIT:
            waiting = state.interactions[InteractionId(owner)]
            if waiting.callback is not None:
                return callbacks.expire(waiting, at)
            return overflow.fall_due(state, waiting, at)
        case Kind.PLAN:
            return blending.fall_due(state, state.plans[PlanId(owner)], at)
        case Kind.RELAXATION:
            return [_relax(state.interactions[InteractionId(owner)], at)]
        case _:
            assert_never(kind)


def is_parked(interaction: Interaction) -> bool:
    """Whether it waits for one agent alone."""
    return interaction.place is not None and bool(interaction.preferred_agent_id)


def relaxes_at(interaction: Interaction) -> datetime | None:
    """When less will suffice for one who waits; None when nothing more is to be relaxed."""
    lane, queued_at = interaction.lane, interaction.queued_at
    if lane is None or queued_at is None:
        return None
    steps = lane.queue.rules.relaxation
    return queued_at + steps[interaction.step].after if interaction.step < len(steps) else None


def _relax(interaction: Interaction, at: datetime) -> AcdEvent:
    assert interaction.lane is not None
    rules, step = interaction.lane.queue.rules, interaction.step + 1
    return RequirementsRelaxed(
        at=at,
        interaction_id=interaction.interaction_id,
        queue_id=rules.queue_id,
        step=step,
        requirements=effective(rules, interaction.requirements, step),
    )


def _end_phase(state: State, interaction: Interaction, at: datetime, *, is_past: bool) -> list[AcdEvent]:
    match interaction.phase:
        case Phase.ARRIVING | Phase.IN_FLOW:
            return end_interaction(state, interaction, at, reason=EndReason.CANCELLED, by=EndedBy.SYSTEM)
        case Phase.OFFERED:
            agent = state.agents[interaction.agent_id]
            expired = OfferExpired(
                at=at,
                offer_id=interaction.offer_id,
                interaction_id=interaction.interaction_id,
                agent_id=agent.agent_id,
            )
            return [
                expired,
                *after_missed(state, agent, interaction, at),
                *without_agent(state, interaction, at, cause=TransferFailure.NO_ANSWER, is_past=is_past),
            ]
        case Phase.CONNECTING:
            return fail_connection(state, interaction, at, cause=NotReadyCause.DEVICE_LOST, is_past=is_past)
        case Phase.SCHEDULED:
            return callbacks.fall_due(state, interaction, at)
        case Phase.DIALING if interaction.callback is not None:
            return callbacks.fail_attempt(state, interaction, at, EndReason.NO_ANSWER)
        case Phase.DIALING if interaction.ties is not None:
            return transfers.not_reached(state, interaction, EndReason.NO_ANSWER, at, is_past=is_past)
        case Phase.OUTSIDE:
            return end_interaction(state, interaction, at, reason=EndReason.ANSWERED, by=EndedBy.SYSTEM)
        case Phase.DIALING:
            return end_interaction(state, interaction, at, reason=EndReason.NO_ANSWER, by=EndedBy.SYSTEM)
        case Phase.RECONNECTING:
            return _give_up_reconnection(state, interaction, at)
        case Phase.WAITING | Phase.CONNECTED | Phase.HELD | Phase.ENDED:
            raise AssertionError(f"a deadline in phase {interaction.phase}")
        case _:
            assert_never(interaction.phase)


def _give_up_reconnection(state: State, interaction: Interaction, at: datetime) -> list[AcdEvent]:
    """The customer goes to the head of the queue; one whom an agent dialled without a queue has none to go
    to."""
    agent = state.agents[interaction.agent_id]
    failed = ReconnectionFailed(at=at, interaction_id=interaction.interaction_id, agent_id=agent.agent_id)
    not_ready = afterwards(state, agent, at, cause=NotReadyCause.DEVICE_LOST)
    if interaction.ties is not None:
        found = transfers.rescue_failed(state, interaction, agent.agent_id, at)
        if found:
            return [failed, not_ready, *found]
    if interaction.queue_id in state.queues:
        queued = wait_again(state, interaction, at, cause=QueueingCause.RECOVERED, is_ahead=True)
        return [failed, not_ready, *queued]
    # Its segment has ended with the reconnection: no open one, and nobody has it.
    ended = InteractionEnded(
        at=at,
        interaction_id=interaction.interaction_id,
        reason=EndReason.AGENT_FAILED,
        by=EndedBy.SYSTEM,
    )
    return [failed, not_ready, ended]
