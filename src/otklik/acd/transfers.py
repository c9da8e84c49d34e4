"""How a talk moves between people: transfers, consultations, conferences, internal calls. Reads state only.

Each is a saga: it has steps, every step has someone who must act and a deadline, and `COMPENSATION` says what
follows when somebody is lost in it. Nobody is ever left alone: at the end of a step every party is in a talk,
in a queue, or has hung up.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, assert_never

from msgspec import structs

from otklik.acd import refusals
from otklik.acd.commands import (
    AssignInteraction,
    CancelConsult,
    CompleteTransfer,
    ForwardInteraction,
    LeaveConference,
    NotePartyLeft,
    PullInteraction,
    RemoveParticipant,
    StartConference,
    StartConsult,
    StartInternalCall,
    SwapConsult,
    TakeOverInteraction,
    TransferInteraction,
)
from otklik.acd.endings import (
    after_part,
    close_part,
    end_interaction,
    fail_transfer,
    free_by_name,
    leave,
    let_go,
    let_go_consult,
    offer_by_name,
    queue_again,
    resume_flow,
    wait_again,
)
from otklik.acd.events import (
    AcdEvent,
    ConsultStarted,
    DialingStarted,
    InteractionConnected,
    InteractionEnded,
    InteractionForwarded,
    InteractionHeld,
    InteractionQueued,
    InteractionResumed,
    InternalCallStarted,
    OfferWithdrawn,
    ParticipantJoined,
    ParticipantMoved,
    ReconnectionStarted,
    SegmentHandedOver,
    TransferCompleted,
    TransferStarted,
)
from otklik.acd.model import (
    AssignmentPhase,
    Availability,
    Channel,
    Direction,
    EndedBy,
    EndReason,
    Phase,
    QueueingCause,
    Role,
    Target,
    TargetKind,
    TransferFailure,
    WithdrawalCause,
)
from otklik.acd.overflow import is_full
from otklik.acd.state import FREE, NO_SEGMENT, Agent, Interaction, Queue, State
from otklik.vocabulary.ids import AgentId, InteractionId, PartyId, SegmentId
from otklik.vocabulary.refusals import NotFound, Refused

# --- the sagas as a table


class Step(StrEnum):
    """Where a saga stands. It is seen from the phases; nothing else remembers it."""

    TARGET_OFFERED = "target_offered"
    OUTSIDE_DIALED = "outside_dialed"
    RECALLED = "recalled"
    CONSULT_SEEKING = "consult_seeking"
    CONSULT_TALKING = "consult_talking"
    CONFERENCE = "conference"
    OUTSIDE = "outside"
    FLOW_SENT = "flow_sent"


class Loss(StrEnum):
    """Who is lost: does not answer or says no, hangs up, or loses the phone for good."""

    TARGET = "target"
    FIRST_AGENT = "first_agent"
    CUSTOMER = "customer"


class Remedy(StrEnum):
    """What compensates."""

    RECALL = "recall"
    """The first agent is offered his customer back; if he cannot be, or does not answer: to the queue."""
    TO_QUEUE = "to_queue"
    """The customer goes to the head of the queue; one without a queue has none to go to and is told so."""
    TO_TARGET = "to_target"
    """The customer goes to the one who was asked, or who is in the conference."""
    TO_CUSTOMER = "to_customer"
    """The first agent talks with his customer again."""
    GO_ON = "go_on"
    """Nothing is lost for those who are left."""
    TO_FLOW = "to_flow"
    """The flow that asked for it has the customer again, and is told why."""
    END = "end"
    """All legs end."""


COMPENSATION: Final[dict[tuple[Step, Loss], Remedy]] = {
    (Step.TARGET_OFFERED, Loss.TARGET): Remedy.RECALL,
    (Step.TARGET_OFFERED, Loss.FIRST_AGENT): Remedy.GO_ON,
    (Step.TARGET_OFFERED, Loss.CUSTOMER): Remedy.END,
    (Step.OUTSIDE_DIALED, Loss.TARGET): Remedy.RECALL,
    (Step.OUTSIDE_DIALED, Loss.FIRST_AGENT): Remedy.GO_ON,
    (Step.OUTSIDE_DIALED, Loss.CUSTOMER): Remedy.END,
    (Step.RECALLED, Loss.TARGET): Remedy.TO_QUEUE,
    (Step.RECALLED, Loss.FIRST_AGENT): Remedy.TO_QUEUE,
    (Step.RECALLED, Loss.CUSTOMER): Remedy.END,
    (Step.CONSULT_SEEKING, Loss.TARGET): Remedy.TO_CUSTOMER,
    (Step.CONSULT_SEEKING, Loss.FIRST_AGENT): Remedy.TO_QUEUE,
    (Step.CONSULT_SEEKING, Loss.CUSTOMER): Remedy.END,
    (Step.CONSULT_TALKING, Loss.TARGET): Remedy.TO_CUSTOMER,
    (Step.CONSULT_TALKING, Loss.FIRST_AGENT): Remedy.TO_TARGET,
    (Step.CONSULT_TALKING, Loss.CUSTOMER): Remedy.END,
    (Step.CONFERENCE, Loss.TARGET): Remedy.GO_ON,
    (Step.CONFERENCE, Loss.FIRST_AGENT): Remedy.TO_TARGET,
    (Step.CONFERENCE, Loss.CUSTOMER): Remedy.END,
    (Step.FLOW_SENT, Loss.TARGET): Remedy.TO_FLOW,
    (Step.FLOW_SENT, Loss.FIRST_AGENT): Remedy.GO_ON,
    (Step.FLOW_SENT, Loss.CUSTOMER): Remedy.END,
    (Step.OUTSIDE, Loss.TARGET): Remedy.END,
    (Step.OUTSIDE, Loss.FIRST_AGENT): Remedy.GO_ON,
    (Step.OUTSIDE, Loss.CUSTOMER): Remedy.END,
}
"""A lost phone of the first agent is waited for (`rescue_timeout`) before he counts as lost. A conference
that loses its owner is the next agent's."""

OWNER_OF_STEP: Final[dict[Step, tuple[str, str]]] = {
    Step.TARGET_OFFERED: ("target", "transfer_timeout"),
    Step.OUTSIDE_DIALED: ("target", "outside_ring"),
    Step.FLOW_SENT: ("target", ""),
    Step.RECALLED: ("first_agent", "transfer_timeout"),
    Step.CONSULT_SEEKING: ("target", "consult_wait"),
    Step.CONSULT_TALKING: ("first_agent", "consult_limit"),
    Step.CONFERENCE: ("first_agent", ""),
    Step.OUTSIDE: ("customer", "outside_limit"),
}
"""Who must act in a step, and the site's timeout that ends it when nobody does. A conference ends like every
talk: by the people who are in it. How long a party may ring for a flow stands in its command."""


def steps_of(state: State, interaction: Interaction) -> list[Step]:
    """The sagas in which a customer's interaction stands, in no order; none for most."""
    ties = interaction.ties
    if ties is None:
        return []
    found: list[Step] = []
    if interaction.phase is Phase.OUTSIDE:
        found.append(Step.OUTSIDE)
    elif ties.participants and interaction.direction is not Direction.INTERNAL:
        found.append(Step.CONFERENCE)
    if ties.transfer is not None:
        if ties.transfer.is_recall:
            found.append(Step.RECALLED)
        elif ties.transfer.is_from_flow:
            found.append(Step.FLOW_SENT)
        elif interaction.phase is Phase.DIALING:
            found.append(Step.OUTSIDE_DIALED)
        else:
            found.append(Step.TARGET_OFFERED)
    consult = state.interactions.get(ties.consult_id)
    if consult is not None:
        found.append(Step.CONSULT_TALKING if _is_answered(consult) else Step.CONSULT_SEEKING)
    return found


def _is_answered(consult: Interaction) -> bool:
    return consult.phase is Phase.CONNECTED or consult.phase is Phase.HELD


TALK = frozenset({Phase.CONNECTED, Phase.HELD})

MoveCommand = (
    TransferInteraction
    | StartConsult
    | SwapConsult
    | CompleteTransfer
    | CancelConsult
    | StartConference
    | LeaveConference
    | RemoveParticipant
    | NotePartyLeft
    | AssignInteraction
    | PullInteraction
    | TakeOverInteraction
    | StartInternalCall
    | ForwardInteraction
)


def decide(state: State, command: MoveCommand, at: datetime) -> list[AcdEvent]:  # noqa: C901 - one line per command
    """The events of a command of this family, or Refused."""
    match command:
        case TransferInteraction():
            return transfer(state, command, at)
        case StartConsult():
            return start_consult(state, command, at)
        case SwapConsult():
            return swap(state, command, at)
        case CompleteTransfer():
            return complete(state, command, at)
        case CancelConsult():
            return cancel(state, command, at)
        case StartConference():
            return start_conference(state, command, at)
        case LeaveConference():
            return leave_conference(state, command, at)
        case RemoveParticipant():
            return remove_participant(state, command, at)
        case NotePartyLeft():
            return party_left(state, command, at)
        case AssignInteraction():
            return assign(state, command, at)
        case PullInteraction():
            return pull(state, command, at)
        case TakeOverInteraction():
            return take_over(state, command, at)
        case StartInternalCall():
            return start_internal(state, command, at)
        case ForwardInteraction():
            return forward(state, command, at)
        case _:
            assert_never(command)


# --- blind transfer


def transfer(state: State, command: TransferInteraction, at: datetime) -> list[AcdEvent]:
    interaction, agent = _own_talk(state, command.interaction_id, command.agent_id)
    return _transfer(state, interaction, agent, command.target, at)


def _transfer(
    state: State, interaction: Interaction, agent: Agent, target: Target, at: datetime
) -> list[AcdEvent]:
    """The agent's part ends, the target is called; everybody else who took part is let go."""
    if target.kind is TargetKind.QUEUE:
        queue = _queue(state, target)
        _require_channel(interaction, queue)
        _require_room(queue)
        handed_over = hand_over(state, interaction, at)
        return [
            *handed_over,
            queue_again(
                state,
                interaction,
                at,
                cause=QueueingCause.TRANSFERRED,
                queue=queue,
                is_ahead=False,
                queued_at=at,
            ),
        ]
    if target.kind is TargetKind.AGENT:
        to = _agent(state, target.agent_id)
        if not _is_free_for(interaction, to) or to is agent:
            raise Refused(refusals.TARGET_NOT_FREE, agent_id=target.agent_id)
        handed_over = hand_over(state, interaction, at)
        return [*handed_over, *_call_by_name(state, interaction, to, agent.agent_id, at, rule="transferred")]
    _require_call(interaction)
    handed_over = hand_over(state, interaction, at)
    started = _transfer_started(state, interaction, agent.agent_id, target, at)
    dialing = DialingStarted(
        at=at,
        interaction_id=interaction.interaction_id,
        party_id=target.party_id,
        deadline=at + state.site.outside_ring,
    )
    return [*handed_over, started, dialing]


def hand_over(state: State, interaction: Interaction, at: datetime) -> list[AcdEvent]:
    """The part of the owner, and of all others but the customer, ends here."""
    agent = state.agents[interaction.agent_id]
    return [*let_go(state, interaction, at), *_hand_over_alone(state, interaction, agent, at)]


def _hand_over_alone(state: State, interaction: Interaction, agent: Agent, at: datetime) -> list[AcdEvent]:
    handed_over = SegmentHandedOver(
        at=at,
        interaction_id=interaction.interaction_id,
        segment_id=interaction.segment_id,
        agent_id=agent.agent_id,
    )
    return [handed_over, *close_part(state, agent, interaction, at)]


def _transfer_started(
    state: State, interaction: Interaction, from_agent_id: AgentId, target: Target, at: datetime
) -> TransferStarted:
    return TransferStarted(
        at=at,
        interaction_id=interaction.interaction_id,
        segment_id=SegmentId(state.minter.mint(at)),
        from_agent_id=from_agent_id,
        target=target,
    )


def _call_by_name(
    state: State, interaction: Interaction, to: Agent, from_agent_id: AgentId, at: datetime, *, rule: str
) -> list[AcdEvent]:
    started = _transfer_started(
        state, interaction, from_agent_id, Target(kind=TargetKind.AGENT, agent_id=to.agent_id), at
    )
    return [started, offer_by_name(state, interaction, to, at, rule=rule, segment_id=started.segment_id)]


# --- a flow sends its customer outside


def forward(state: State, command: ForwardInteraction, at: datetime) -> list[AcdEvent]:
    interaction = _interaction(state, command.interaction_id)
    target = command.target
    _require_call(interaction)
    if interaction.phase is not Phase.IN_FLOW or interaction.ties is not None:
        raise _wrong_phase(interaction)
    if target.kind is TargetKind.AGENT:
        agent = _agent(state, target.agent_id)
        if not _is_free_for(interaction, agent):
            raise Refused(refusals.TARGET_NOT_FREE, agent_id=target.agent_id)
    elif target.kind is TargetKind.QUEUE or not target.party_id:
        raise Refused(refusals.TARGET_INVALID, interaction_id=command.interaction_id)
    started = TransferStarted(
        at=at,
        interaction_id=command.interaction_id,
        segment_id=SegmentId(state.minter.mint(at)),
        from_agent_id=AgentId(0),
        target=target,
        talk_limit=command.talk_limit,
    )
    if target.kind is TargetKind.AGENT:
        limit, segment_id = command.ring_timeout, started.segment_id
        offer = offer_by_name(state, interaction, agent, at, rule="flow", segment_id=segment_id, limit=limit)
        return [started, offer]
    deadline = at + command.ring_timeout
    dialing = DialingStarted(
        at=at, interaction_id=command.interaction_id, party_id=target.party_id, deadline=deadline
    )
    return [started, dialing]


# --- consultation


def start_consult(state: State, command: StartConsult, at: datetime) -> list[AcdEvent]:
    interaction, agent = _own_talk(state, command.interaction_id, command.agent_id)
    target = command.target
    _require_call(interaction)
    if interaction.ties is not None and interaction.ties.consult_id:
        raise Refused(refusals.CONSULT_RUNNING, interaction_id=command.interaction_id)
    _require_new(state, command.consult_id)
    if interaction.ties is not None and command.consult_id in interaction.ties.participants:
        # Whoever came in by a consultation carries its id, which is over.
        raise Refused(refusals.INTERACTION_EXISTS, interaction_id=command.consult_id)
    queue = _queue(state, target) if target.kind is TargetKind.QUEUE else None
    if queue is not None:
        _require_channel(interaction, queue)
        _require_room(queue)
    freed: list[AcdEvent] = []
    if target.kind is TargetKind.AGENT:
        freed = _free(state, target.agent_id, at)
    events: list[AcdEvent] = []
    if interaction.phase is Phase.CONNECTED:
        events.append(_held(interaction, agent.agent_id, at))
    segment_id = NO_SEGMENT if queue is not None else SegmentId(state.minter.mint(at))
    events.append(
        ConsultStarted(
            at=at,
            interaction_id=command.consult_id,
            consult_of=command.interaction_id,
            caller_id=agent.agent_id,
            target=target,
            segment_id=segment_id,
            project_id=interaction.project_id,
            priority=interaction.priority,
            deadline=at + state.site.consult_wait,
        )
    )
    if target.kind is TargetKind.OUTSIDE:
        deadline = at + state.site.outside_ring
        events.append(
            DialingStarted(
                at=at, interaction_id=command.consult_id, party_id=target.party_id, deadline=deadline
            )
        )
    elif queue is not None:
        events.append(_queued_consult(state, queue, command.consult_id, interaction.priority, at))
    else:
        asked = state.agents[target.agent_id]
        offer = offer_by_name(
            state,
            None,
            asked,
            at,
            rule="consulted",
            interaction_id=command.consult_id,
            segment_id=segment_id,
        )
        events += [*freed, offer]
    return events


def _queued_consult(
    state: State, queue: Queue, consult_id: InteractionId, priority: int, at: datetime
) -> InteractionQueued:
    segment_id = SegmentId(state.minter.mint(at))
    place = queue.place_of(priority, False, at, segment_id, consult_id)
    return InteractionQueued(
        at=at,
        interaction_id=consult_id,
        segment_id=segment_id,
        queue_id=queue.rules.queue_id,
        priority=priority,
        queued_at=at,
        cause=QueueingCause.ARRIVED,
        position=queue.line.rank(place),
    )


def swap(state: State, command: SwapConsult, at: datetime) -> list[AcdEvent]:
    interaction, consult = _consulting(state, command.interaction_id, command.agent_id)
    if not _is_answered(consult):
        raise Refused(refusals.CONSULT_UNANSWERED, interaction_id=command.interaction_id)
    if interaction.phase not in TALK:
        raise _wrong_phase(interaction)
    events: list[AcdEvent] = []
    if interaction.phase is Phase.CONNECTED:
        events.append(_held(interaction, interaction.agent_id, at))
        if consult.phase is Phase.HELD:
            events.append(_resumed(consult, consult.agent_id, at))
        return events
    if consult.phase is Phase.CONNECTED:
        events.append(_held(consult, consult.agent_id, at))
    events.append(_resumed(interaction, interaction.agent_id, at))
    return events


def cancel(state: State, command: CancelConsult, at: datetime) -> list[AcdEvent]:
    _, consult = _consulting(state, command.interaction_id, command.agent_id)
    return end_consult(state, consult, at, by=EndedBy.AGENT)


def end_consult(
    state: State,
    consult: Interaction,
    at: datetime,
    *,
    by: EndedBy = EndedBy.SYSTEM,
    asked_left: bool = False,
) -> list[AcdEvent]:
    is_answered = _is_answered(consult)
    reason = EndReason.ANSWERED if is_answered else EndReason.CANCELLED
    events = end_interaction(state, consult, at, reason=reason, by=by)
    if not (asked_left and is_answered):
        return events
    return [
        structs.replace(event, asked_left=True) if isinstance(event, InteractionEnded) else event
        for event in events
    ]


def complete(state: State, command: CompleteTransfer, at: datetime) -> list[AcdEvent]:
    interaction, consult = _consulting(state, command.interaction_id, command.agent_id)
    return _complete(state, interaction, consult, at)


def _complete(state: State, interaction: Interaction, consult: Interaction, at: datetime) -> list[AcdEvent]:
    """The customer goes to the one who was asked; not answered yet: he is called for the customer himself."""
    agent = state.agents[interaction.agent_id]
    if not _is_answered(consult):
        return _complete_blind(state, interaction, consult, agent, at)
    return [
        *_hand_over_alone(state, interaction, agent, at),
        *_to_target(state, interaction, consult, agent.agent_id, at),
    ]


def _complete_blind(
    state: State, interaction: Interaction, consult: Interaction, agent: Agent, at: datetime
) -> list[AcdEvent]:
    assert consult.ties is not None
    assert consult.ties.target is not None
    target = consult.ties.target
    if target.kind is not TargetKind.AGENT:
        return _transfer(state, interaction, agent, target, at)
    # Whose phone rings already is called anew, for the customer himself.
    to = state.agents.get(consult.agent_id)
    if to is None or not to.is_reachable or to.intent == "signed_out":
        raise Refused(refusals.TARGET_NOT_FREE, agent_id=target.agent_id)
    handed_over = hand_over(state, interaction, at)
    return [*handed_over, *_call_by_name(state, interaction, to, agent.agent_id, at, rule="transferred")]


def _to_target(
    state: State, interaction: Interaction, consult: Interaction, from_agent_id: AgentId, at: datetime
) -> list[AcdEvent]:
    """The customer and the one who was asked talk; the consultation ends. Nobody else owns the customer. A
    party outside owns nothing: where a colleague is in the talk already, it is his and the party joins."""
    assert consult.ties is not None
    assert consult.ties.target is not None
    if consult.agent_id:
        moved = TransferCompleted(
            at=at,
            interaction_id=interaction.interaction_id,
            segment_id=SegmentId(state.minter.mint(at)),
            queue_id=consult.queue_id or interaction.queue_id,
            agent_id=consult.agent_id,
            from_agent_id=from_agent_id,
            consult_id=consult.interaction_id,
        )
        return [moved, _end_of(consult, at)]
    if interaction.ties is not None and interaction.ties.agents():
        others = _without_owner(state, interaction, from_agent_id, at)
        return [*others, _joined(interaction, consult, at), _end_of(consult, at)]
    party_id = consult.ties.target.party_id
    forwarded = _forwarded(state, interaction, consult.interaction_id, party_id, at)
    return [forwarded, _end_of(consult, at)]


def _end_of(consult: Interaction, at: datetime) -> AcdEvent:
    """The consultation itself is over; whoever was asked has gone over to the customer."""
    return InteractionEnded(
        at=at,
        interaction_id=consult.interaction_id,
        reason=EndReason.ANSWERED,
        by=EndedBy.AGENT,
        segment_id=consult.segment_id,
        queue_id=consult.queue_id,
    )


def _forwarded(
    state: State,
    interaction: Interaction,
    participant_id: InteractionId,
    party_id: PartyId,
    at: datetime,
    *,
    limit: timedelta | None = None,
) -> InteractionForwarded:
    return InteractionForwarded(
        at=at,
        interaction_id=interaction.interaction_id,
        participant_id=participant_id,
        party_id=party_id,
        deadline=at + (limit or state.site.outside_limit),
    )


# --- conference


def start_conference(state: State, command: StartConference, at: datetime) -> list[AcdEvent]:
    interaction, consult = _consulting(state, command.interaction_id, command.agent_id)
    if not _is_answered(consult):
        raise Refused(refusals.CONSULT_UNANSWERED, interaction_id=command.interaction_id)
    if interaction.phase not in TALK:
        raise _wrong_phase(interaction)
    assert interaction.ties is not None
    maximum = state.site.conference_limit
    if len(interaction.ties.participants) + 3 > maximum:
        raise Refused(refusals.CONFERENCE_FULL, interaction_id=command.interaction_id, maximum=maximum)
    joined = _joined(interaction, consult, at)
    events: list[AcdEvent] = [joined, _end_of(consult, at)]
    if interaction.phase is Phase.HELD:
        events.append(_resumed(interaction, interaction.agent_id, at))
    return events


def _joined(interaction: Interaction, consult: Interaction, at: datetime) -> ParticipantJoined:
    """The one who was asked comes into the talk with the customer."""
    assert consult.ties is not None
    assert consult.ties.target is not None
    return ParticipantJoined(
        at=at,
        interaction_id=interaction.interaction_id,
        participant_id=consult.interaction_id,
        role=Role.CONFEREE,
        agent_id=consult.agent_id,
        party_id=PartyId(0) if consult.agent_id else consult.ties.target.party_id,
    )


def leave_conference(state: State, command: LeaveConference, at: datetime) -> list[AcdEvent]:
    interaction = _interaction(state, command.interaction_id)
    ties = interaction.ties
    part = ties.of_agent(command.agent_id) if ties is not None else None
    if part is not None and part.role is not Role.CALLER:
        return leave(state, interaction, part, at)
    interaction, agent = _own_talk(state, command.interaction_id, command.agent_id)
    if ties is not None and ties.consult_id:
        raise Refused(refusals.CONSULT_RUNNING, interaction_id=command.interaction_id)
    others = _without_owner(state, interaction, agent.agent_id, at)
    if not others:
        raise Refused(refusals.NO_CONFERENCE, interaction_id=command.interaction_id)
    return [*_hand_over_alone(state, interaction, agent, at), *others]


def _without_owner(
    state: State, interaction: Interaction, from_agent_id: AgentId, at: datetime
) -> list[AcdEvent]:
    """Those who are left talk on: the agent who is there longest owns it, else outsiders; nobody: []."""
    ties = interaction.ties
    conferees = [one for one in ties.agents() if one.role is Role.CONFEREE] if ties is not None else []
    if conferees:
        return [
            TransferCompleted(
                at=at,
                interaction_id=interaction.interaction_id,
                segment_id=SegmentId(state.minter.mint(at)),
                queue_id=interaction.queue_id,
                agent_id=conferees[0].agent_id,
                from_agent_id=from_agent_id,
            )
        ]
    outsiders = ties.outsiders() if ties is not None else []
    if outsiders:
        first = outsiders[0]
        return [_forwarded(state, interaction, first.participant_id, first.party_id, at)]
    return []


def remove_participant(state: State, command: RemoveParticipant, at: datetime) -> list[AcdEvent]:
    interaction, _ = _own_talk(state, command.interaction_id, command.agent_id)
    ties = interaction.ties
    part = ties.participants.get(command.participant_id) if ties is not None else None
    if part is None:
        raise Refused(refusals.NO_CONFERENCE, interaction_id=command.interaction_id)
    return leave(state, interaction, part, at)


# --- a supervisor's hands


def assign(state: State, command: AssignInteraction, at: datetime) -> list[AcdEvent]:
    interaction = _interaction(state, command.interaction_id)
    if interaction.phase is Phase.OFFERED and interaction.agent_id == command.agent_id:
        return []
    is_named = interaction.ties is not None and interaction.ties.transfer is not None
    if interaction.phase not in (Phase.WAITING, Phase.OFFERED) or is_named or not interaction.queue_id:
        raise _wrong_phase(interaction)
    freed = _free_for(state, interaction, command.agent_id, at)
    events: list[AcdEvent] = []
    if interaction.phase is Phase.OFFERED:
        events = _take_back(state, interaction, at)
    to = state.agents[command.agent_id]
    return [*events, *freed, offer_by_name(state, interaction, to, at, rule="assigned")]


def pull(state: State, command: PullInteraction, at: datetime) -> list[AcdEvent]:
    interaction = _interaction(state, command.interaction_id)
    if interaction.direction is Direction.INTERNAL:
        raise Refused(refusals.INTERNAL_CALL, interaction_id=command.interaction_id)
    if interaction.phase in (Phase.WAITING, Phase.OFFERED):
        if command.agent_id:
            onto = AssignInteraction(at=at, interaction_id=command.interaction_id, agent_id=command.agent_id)
            return assign(state, onto, at)
        is_named = interaction.ties is not None and interaction.ties.transfer is not None
        if interaction.phase is Phase.WAITING or is_named or not interaction.queue_id:
            raise _wrong_phase(interaction)
        return _take_back(state, interaction, at)
    is_outside = interaction.phase is Phase.OUTSIDE and not command.agent_id
    if interaction.phase not in TALK and interaction.phase is not Phase.RECONNECTING and not is_outside:
        raise _wrong_phase(interaction)
    if command.agent_id:
        if command.agent_id == interaction.agent_id:
            raise Refused(refusals.TARGET_INVALID, interaction_id=command.interaction_id)
        from_agent_id = interaction.agent_id
        freed = _free_for(state, interaction, command.agent_id, at)
        to = state.agents[command.agent_id]
        return [
            *hand_over(state, interaction, at),
            *freed,
            *_call_by_name(state, interaction, to, from_agent_id, at, rule="pulled"),
        ]
    if interaction.queue_id not in state.queues:
        raise Refused(refusals.TARGET_INVALID, interaction_id=command.interaction_id)
    ended = let_go(state, interaction, at) if is_outside else hand_over(state, interaction, at)
    queued = wait_again(state, interaction, at, cause=QueueingCause.TRANSFERRED, is_ahead=True, is_alone=True)
    return [*ended, *queued]


def take_over(state: State, command: TakeOverInteraction, at: datetime) -> list[AcdEvent]:
    """The customer does not wait for a ring: the supervisor's phone is in the talk's ear already. Those who
    are in a conference stay in it."""
    interaction = _interaction(state, command.interaction_id)
    if interaction.direction is Direction.INTERNAL:
        raise Refused(refusals.INTERNAL_CALL, interaction_id=command.interaction_id)
    _require_call(interaction)
    if interaction.phase not in TALK and interaction.phase is not Phase.RECONNECTING:
        raise _wrong_phase(interaction)
    ties = interaction.ties
    if ties is not None and ties.consult_id:
        raise Refused(refusals.CONSULT_RUNNING, interaction_id=command.interaction_id)
    if command.agent_id == interaction.agent_id or is_party(interaction, command.agent_id):
        raise Refused(refusals.TARGET_INVALID, interaction_id=command.interaction_id)
    freed = _free(state, command.agent_id, at)
    agent = state.agents[interaction.agent_id]
    taken = TransferCompleted(
        at=at,
        interaction_id=interaction.interaction_id,
        segment_id=SegmentId(state.minter.mint(at)),
        queue_id=interaction.queue_id,
        agent_id=command.agent_id,
        from_agent_id=agent.agent_id,
    )
    return [*_hand_over_alone(state, interaction, agent, at), *freed, taken]


def _take_back(state: State, interaction: Interaction, at: datetime) -> list[AcdEvent]:
    """An offer ends because a supervisor wants it otherwise; the agent is what he was."""
    agent = state.agents[interaction.agent_id]
    withdrawn = OfferWithdrawn(
        at=at,
        offer_id=interaction.offer_id,
        interaction_id=interaction.interaction_id,
        agent_id=agent.agent_id,
        cause=WithdrawalCause.SUPERSEDED,
    )
    return [
        withdrawn,
        *after_part(state, agent, interaction, at, rule="offer_withdrawn"),
        *wait_again(state, interaction, at, cause=QueueingCause.OFFER_ENDED),
    ]


# --- calls between colleagues


def start_internal(state: State, command: StartInternalCall, at: datetime) -> list[AcdEvent]:
    agent = _agent(state, command.agent_id)
    _require_new(state, command.interaction_id)
    if command.target_id == command.agent_id:
        raise Refused(refusals.TARGET_INVALID, interaction_id=command.interaction_id)
    own = _free(state, command.agent_id, at, by=EndedBy.AGENT)
    freed = _free(state, command.target_id, at)
    segment_id = SegmentId(state.minter.mint(at))
    started = InternalCallStarted(
        at=at,
        interaction_id=command.interaction_id,
        segment_id=segment_id,
        agent_id=agent.agent_id,
        target=Target(kind=TargetKind.AGENT, agent_id=command.target_id),
    )
    offer = offer_by_name(
        state,
        None,
        state.agents[command.target_id],
        at,
        rule="internal_call",
        interaction_id=command.interaction_id,
        segment_id=segment_id,
    )
    return [*own, started, *freed, offer]


# --- what the other commands mean for those who are tied


def is_party(interaction: Interaction, agent_id: AgentId) -> bool:
    """Whether the agent takes part without owning."""
    ties = interaction.ties
    if ties is None or not agent_id:
        return False
    return ties.caller_id == agent_id or ties.of_agent(agent_id) is not None


def confirm(state: State, interaction: Interaction, at: datetime) -> list[AcdEvent]:
    """Both sides hear each other: a target outside, a consultation, an internal call, or a usual talk."""
    ties = interaction.ties
    assert ties is not None
    if ties.transfer is not None and interaction.phase is Phase.DIALING:
        party_id, limit = ties.transfer.target.party_id, ties.transfer.talk_limit
        return [_forwarded(state, interaction, interaction.interaction_id, party_id, at, limit=limit)]
    events: list[AcdEvent] = [
        InteractionConnected(
            at=at,
            interaction_id=interaction.interaction_id,
            segment_id=interaction.segment_id,
            queue_id=interaction.queue_id,
            agent_id=interaction.agent_id,
        ),
        *_caller_moved(interaction, AssignmentPhase.CONNECTED, at),
    ]
    asked_about = state.interactions.get(ties.consult_of)
    if asked_about is not None and asked_about.phase is Phase.CONNECTED:
        # The agent has gone back to his customer meanwhile: the one who was asked waits for the swap.
        events.append(_held(interaction, interaction.agent_id, at))
    return events


def _caller_moved(interaction: Interaction, phase: AssignmentPhase, at: datetime) -> list[AcdEvent]:
    ties = interaction.ties
    if ties is None or interaction.direction is not Direction.INTERNAL:
        return []
    return [
        ParticipantMoved(
            at=at,
            interaction_id=interaction.interaction_id,
            participant_id=participant.participant_id,
            agent_id=participant.agent_id,
            phase=phase,
        )
        for participant in ties.participants.values()
        if participant.role is Role.CALLER
    ]


def hold(interaction: Interaction, at: datetime) -> list[AcdEvent]:
    """`interaction` is connected."""
    held = _held(interaction, interaction.agent_id, at)
    return [held, *_caller_moved(interaction, AssignmentPhase.HELD, at)]


def resume(state: State, interaction: Interaction, at: datetime) -> list[AcdEvent]:
    """`interaction` is held. An agent hears one at a time: the other one of a consultation is held."""
    ties = interaction.ties
    assert ties is not None
    other = state.interactions.get(ties.consult_id or ties.consult_of)
    if other is not None and other.phase is Phase.RECONNECTING:
        raise _wrong_phase(other)  # who asked has lost his phone: nobody would hear
    events: list[AcdEvent] = []
    if other is not None and other.phase is Phase.CONNECTED:
        events.append(_held(other, other.agent_id, at))
    events.append(_resumed(interaction, interaction.agent_id, at))
    return [*events, *_caller_moved(interaction, AssignmentPhase.CONNECTED, at)]


def finish(state: State, interaction: Interaction, agent_id: AgentId, at: datetime) -> list[AcdEvent] | None:
    """An agent hangs up where more people are tied together; None: nothing special follows."""
    ties = interaction.ties
    assert ties is not None
    if interaction.direction is Direction.INTERNAL:
        if _is_answered(interaction):
            asked_left = bool(ties.consult_of) and agent_id != ties.caller_id
            return end_consult(state, interaction, at, by=EndedBy.AGENT, asked_left=asked_left)
        if ties.caller_id == agent_id:
            return end_interaction(state, interaction, at, reason=EndReason.CANCELLED, by=EndedBy.AGENT)
        return None
    part = ties.of_agent(agent_id)
    if part is not None:
        return leave(state, interaction, part, at)
    if interaction.phase not in TALK and interaction.phase is not Phase.RECONNECTING:
        return None
    return _owner_is_gone(state, interaction, at)


def _owner_is_gone(state: State, interaction: Interaction, at: datetime) -> list[AcdEvent] | None:
    """The first agent hangs up in a saga: the customer stays with the one who was asked, with those who are
    in the conference, or waits for the one whose phone rings. None: the customer is alone, the talk ends."""
    ties = interaction.ties
    assert ties is not None
    agent = state.agents[interaction.agent_id]
    consult = state.interactions.get(ties.consult_id)
    if consult is not None:
        try:
            return _complete(state, interaction, consult, at)
        except Refused:
            if interaction.queue_id not in state.queues:
                return None
            queued = wait_again(
                state, interaction, at, cause=QueueingCause.RECOVERED, is_ahead=True, is_alone=True
            )
            return [*hand_over(state, interaction, at), *queued]
    others = _without_owner(state, interaction, agent.agent_id, at)
    return [*_hand_over_alone(state, interaction, agent, at), *others] if others else None


def lose_leg(
    state: State, interaction: Interaction, agent_id: AgentId, at: datetime
) -> list[AcdEvent] | None:
    """The phone of an agent is gone; None: nothing special follows. agent_id: 0 is the owner."""
    ties = interaction.ties
    assert ties is not None
    who = agent_id or interaction.agent_id
    if interaction.direction is Direction.INTERNAL:
        if who == interaction.agent_id and interaction.phase is Phase.CONNECTING:
            return None
        if who == interaction.agent_id and interaction.phase is Phase.OFFERED:
            raise _wrong_phase(interaction)
        return end_interaction(
            state, interaction, at, reason=EndReason.AGENT_FAILED, by=EndedBy.SYSTEM, lost=who
        )
    part = ties.of_agent(who)
    if part is not None:
        return leave(state, interaction, part, at, is_lost=True)
    consult = state.interactions.get(ties.consult_id)
    if consult is None or interaction.phase not in TALK:
        return None
    started = ReconnectionStarted(
        at=at,
        interaction_id=interaction.interaction_id,
        agent_id=interaction.agent_id,
        deadline=at + state.site.rescue_timeout,
    )
    if not _is_answered(consult):
        return [*let_go_consult(state, interaction, at), started]
    if consult.phase is Phase.CONNECTED:
        return [_held(consult, consult.agent_id, at), started]
    return [started]


def rescue_failed(
    state: State, interaction: Interaction, from_agent_id: AgentId, at: datetime
) -> list[AcdEvent]:
    """The first agent's phone did not come back: to the one who was asked, or to those who are there; nobody
    is: []."""
    ties = interaction.ties
    assert ties is not None
    consult = state.interactions.get(ties.consult_id)
    if consult is not None:
        return _to_target(state, interaction, consult, from_agent_id, at)
    return _without_owner(state, interaction, from_agent_id, at)


def party_left(state: State, command: NotePartyLeft, at: datetime) -> list[AcdEvent]:
    interaction = _interaction(state, command.interaction_id)
    ties = interaction.ties
    if ties is None:
        raise Refused(refusals.NO_CONFERENCE, interaction_id=command.interaction_id)
    if interaction.direction is Direction.INTERNAL:
        if not ties.is_outside:
            raise Refused(refusals.NO_CONFERENCE, interaction_id=command.interaction_id)
        return end_consult(state, interaction, at, asked_left=True)
    if ties.transfer is not None and interaction.phase is Phase.DIALING:
        if ties.transfer.is_from_flow:
            return [resume_flow(interaction, EndReason.NO_ANSWER, at)]
        return fail_transfer(state, interaction, ties.transfer, at, cause=TransferFailure.UNREACHED)
    outsiders = ties.outsiders()
    gone = ties.participants.get(command.participant_id)
    if gone is None and len(outsiders) == 1 and not command.participant_id:
        gone = outsiders[0]
    if gone is None or gone.agent_id:
        raise Refused(refusals.NO_CONFERENCE, interaction_id=command.interaction_id)
    if interaction.phase is Phase.OUTSIDE and len(outsiders) == 1:
        return end_interaction(state, interaction, at, reason=EndReason.ANSWERED, by=EndedBy.SYSTEM)
    return leave(state, interaction, gone, at)


def not_reached(
    state: State, interaction: Interaction, reason: EndReason, at: datetime, *, is_past: bool = False
) -> list[AcdEvent]:
    """A party outside that was called for a transfer or a consultation did not come."""
    ties = interaction.ties
    assert ties is not None
    if ties.transfer is not None:
        if ties.transfer.is_from_flow:
            return [resume_flow(interaction, reason, at)]
        return fail_transfer(
            state, interaction, ties.transfer, at, cause=TransferFailure.UNREACHED, is_past=is_past
        )
    return end_interaction(state, interaction, at, reason=reason, by=EndedBy.SYSTEM)


# --- looking things up, or refusing


def _interaction(state: State, interaction_id: InteractionId) -> Interaction:
    interaction = state.interactions.get(interaction_id)
    if interaction is None:
        raise NotFound(refusals.UNKNOWN_INTERACTION, interaction_id=interaction_id)
    return interaction


def _own_talk(state: State, interaction_id: InteractionId, agent_id: AgentId) -> tuple[Interaction, Agent]:
    """The customer's interaction that this agent owns, in a talk."""
    interaction = _interaction(state, interaction_id)
    if interaction.direction is Direction.INTERNAL:
        raise Refused(refusals.INTERNAL_CALL, interaction_id=interaction_id)
    if interaction.agent_id != agent_id or not agent_id:
        raise Refused(refusals.NOT_YOUR_INTERACTION, interaction_id=interaction_id, agent_id=agent_id)
    if interaction.phase not in TALK:
        raise _wrong_phase(interaction)
    return interaction, state.agents[agent_id]


def _consulting(
    state: State, interaction_id: InteractionId, agent_id: AgentId
) -> tuple[Interaction, Interaction]:
    """The customer's interaction that this agent owns, and the consultation about it."""
    interaction = _interaction(state, interaction_id)
    if interaction.agent_id != agent_id or not agent_id:
        raise Refused(refusals.NOT_YOUR_INTERACTION, interaction_id=interaction_id, agent_id=agent_id)
    consult = state.interactions.get(interaction.ties.consult_id) if interaction.ties is not None else None
    if consult is None:
        raise Refused(refusals.NO_CONSULT, interaction_id=interaction_id)
    return interaction, consult


def _agent(state: State, agent_id: AgentId) -> Agent:
    agent = state.agents.get(agent_id)
    if agent is None:
        raise NotFound(refusals.UNKNOWN_AGENT, agent_id=agent_id)
    return agent


def _free(state: State, agent_id: AgentId, at: datetime, *, by: EndedBy = EndedBy.SYSTEM) -> list[AcdEvent]:
    """What sets the agent free to be called by name, or why he cannot be."""
    agent = _agent(state, agent_id)
    freed = free_by_name(state, agent, at, by=by)
    if freed is not None:
        return freed
    if agent.availability is Availability.SIGNED_OUT:
        raise Refused(refusals.AGENT_SIGNED_OUT, agent_id=agent_id)
    if not agent.is_reachable:
        raise Refused(refusals.DEVICE_UNREACHABLE, agent_id=agent_id)
    raise Refused(refusals.AGENT_BUSY, agent_id=agent_id, state=agent.voice_state().value)


def _is_free_for(interaction: Interaction, agent: Agent) -> bool:
    """Whether routing could offer him this now, as far as his time goes."""
    if interaction.channel is Channel.VOICE:
        return agent.standing == FREE
    seat = agent.seats.get(interaction.channel)
    return seat is not None and seat.standing == FREE


def _free_for(state: State, interaction: Interaction, agent_id: AgentId, at: datetime) -> list[AcdEvent]:
    """What sets him free to be given this by name; of a channel that is not voice he must have room."""
    if interaction.channel is Channel.VOICE:
        return _free(state, agent_id, at)
    agent = _agent(state, agent_id)
    if not _is_free_for(interaction, agent):
        raise Refused(refusals.AGENT_BUSY, agent_id=agent_id, state=agent.voice_state().value)
    return []


def _require_call(interaction: Interaction) -> None:
    if interaction.channel is not Channel.VOICE:
        raise Refused(refusals.VOICE_ONLY, interaction_id=interaction.interaction_id)


def _queue(state: State, target: Target) -> Queue:
    queue = state.queues.get(target.queue_id)
    if queue is None or queue.is_closing:
        raise NotFound(refusals.UNKNOWN_QUEUE, queue_id=target.queue_id)
    return queue


def _require_channel(interaction: Interaction, queue: Queue) -> None:
    if queue.rules.channel is not interaction.channel:
        raise Refused(refusals.WRONG_CHANNEL, interaction_id=interaction.interaction_id)


def _require_room(queue: Queue) -> None:
    if is_full(queue):
        raise Refused(refusals.QUEUE_FULL, queue_id=queue.rules.queue_id, maximum=queue.rules.maximum_waiting)


def _require_new(state: State, interaction_id: InteractionId) -> None:
    if interaction_id in state.interactions:
        raise Refused(refusals.INTERACTION_EXISTS, interaction_id=interaction_id)


def _wrong_phase(interaction: Interaction) -> Refused:
    return Refused(
        refusals.WRONG_PHASE, interaction_id=interaction.interaction_id, phase=interaction.phase.value
    )


def _held(interaction: Interaction, agent_id: AgentId, at: datetime) -> InteractionHeld:
    return InteractionHeld(at=at, interaction_id=interaction.interaction_id, agent_id=agent_id)


def _resumed(interaction: Interaction, agent_id: AgentId, at: datetime) -> InteractionResumed:
    return InteractionResumed(at=at, interaction_id=interaction.interaction_id, agent_id=agent_id)
