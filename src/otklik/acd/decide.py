"""Command + state -> events, or Refused. Reads state only, so a refusal leaves nothing behind.

Every function stands for one command and returns the events of its whole batch, but for the offers that
follow from
them: those are state-triggered (`routing.py`). `[]` means: it is so already (a doubled command changes
nothing).
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, Final, assert_never

from otklik.acd import blending, callbacks, overflow, refusals, removals, reservations, tiers, transfers
from otklik.acd.apply import arriving
from otklik.acd.checks import Problem, problems_of_agent, problems_of_queue, problems_of_site
from otklik.acd.commands import (
    AcceptOffer,
    AcdCommand,
    AssignInteraction,
    AttachInteraction,
    CancelConsult,
    CompleteTransfer,
    ConfigureAgent,
    ConfigurePlan,
    ConfigureQueue,
    ConfigureReason,
    ConfigureSite,
    ConfirmConnection,
    DeclineOffer,
    EndInteraction,
    EnqueueInteraction,
    EnterFlow,
    EscalateInteraction,
    ExtendWrapUp,
    FailManualInteraction,
    FailOffer,
    FinishTalk,
    FinishWrapUp,
    ForwardInteraction,
    HoldInteraction,
    LeaveConference,
    LeaveQueue,
    MakeAgentNotReady,
    MakeAgentReady,
    NoteAgentLegLost,
    NoteAgentLegRestored,
    NoteCustomerLeft,
    NoteDevice,
    NotePartyLeft,
    PrioritizeInteraction,
    PromiseCallback,
    PullInteraction,
    RegisterInteraction,
    ReleaseReservation,
    RemoveAgent,
    RemoveParticipant,
    RemovePlan,
    RemoveQueue,
    RemoveReason,
    RequeueInteraction,
    RescheduleCallback,
    ReserveAgents,
    ResumeInteraction,
    ScheduleCallback,
    SetAgentMode,
    SignInAgent,
    SignOutAgent,
    StartConference,
    StartConsult,
    StartInternalCall,
    StartManualInteraction,
    SwapConsult,
    TakeOverInteraction,
    TransferInteraction,
)
from otklik.acd.endings import (
    after_part,
    afterwards,
    cause_of_named,
    end_interaction,
    fail_connection,
    give_back,
    queue_again,
    without_agent,
)
from otklik.acd.events import (
    AcdEvent,
    AgentConfigured,
    AgentGuardLifted,
    AgentIntentSet,
    AgentMadeNotReady,
    AgentMadeReady,
    AgentSignedIn,
    AgentSignedOut,
    DeviceLost,
    DeviceReached,
    FlowEntered,
    InteractionArrived,
    InteractionConnected,
    InteractionHeld,
    InteractionPrioritized,
    InteractionQueued,
    InteractionResumed,
    ManualInteractionStarted,
    OfferAccepted,
    OfferDeclined,
    OfferWithdrawn,
    PreferredAgentReleased,
    QueueConfigured,
    ReasonConfigured,
    ReasonRemoved,
    ReconnectionStarted,
    ReconnectionSucceeded,
    SiteConfigured,
    WrapUpEnded,
    WrapUpExtended,
)
from otklik.acd.model import (
    AssignmentPhase,
    Availability,
    Boost,
    Channel,
    Direction,
    EndedBy,
    EndReason,
    NotReadyCause,
    Phase,
    QueueingCause,
    ReleaseCause,
    SkillRequirement,
    TransferFailure,
    WithdrawalCause,
)
from otklik.acd.requirements import HIGHEST_LEVEL, effective, merged
from otklik.acd.routing import cause_of_release
from otklik.acd.state import NO_AGENT, Agent, Assignment, Interaction, Queue, State
from otklik.vocabulary.ids import AgentId, InteractionId, OfferId, QueueId, SegmentId
from otklik.vocabulary.refusals import Forbidden, Invalid, NotFound, Refused

# Members that are asked for most often: looking one up on its class costs a tenth of a microsecond.
_ARRIVING: Final = Phase.ARRIVING
_IN_FLOW: Final = Phase.IN_FLOW
_OFFERED: Final = Phase.OFFERED
_CONNECTING: Final = Phase.CONNECTING
_CONNECTED: Final = Phase.CONNECTED
_DIALING: Final = Phase.DIALING
_INBOUND: Final = Direction.INBOUND
_ARRIVED: Final = QueueingCause.ARRIVED
_VOICE: Final = Channel.VOICE
_CUSTOMER: Final = EndedBy.CUSTOMER
_AGENT: Final = EndedBy.AGENT
_ANSWERED: Final = EndReason.ANSWERED
TALKING = frozenset({Phase.CONNECTED, Phase.HELD, Phase.RECONNECTING})
_NO_TIME = timedelta()
UNREACHED = frozenset(
    {
        EndReason.BUSY,
        EndReason.NO_ANSWER,
        EndReason.INVALID_NUMBER,
        EndReason.CONGESTED,
        EndReason.CANCELLED,
        EndReason.AGENT_FAILED,
        EndReason.BLOCKED,
        EndReason.OPTED_OUT,
    }
)
"""How a manual call may end before anyone answered it."""


def decide(state: State, command: AcdCommand, at: datetime) -> list[AcdEvent]:  # noqa: C901, PLR0915 - one line per command
    """The events of `command` at `at` (never before the last event). The frequent ones are looked up: to ask
    whether a message is of another class takes 0.3 microseconds, and a match asks so case by case."""
    decision = FREQUENT_DECISIONS.get(type(command))
    if decision is not None:
        return decision(state, command, at)
    match command:
        case AcceptOffer() | ConfirmConnection() | FinishTalk() | NoteCustomerLeft() | RegisterInteraction():
            raise AssertionError("these are frequent")
        case EnqueueInteraction() | EnterFlow() | FinishWrapUp() | MakeAgentReady():
            raise AssertionError("these too")
        case PrioritizeInteraction():
            return _prioritize(state, command, at)
        case HoldInteraction():
            return _hold(state, command, at)
        case ResumeInteraction():
            return _resume(state, command, at)
        case DeclineOffer():
            return _decline_offer(state, command, at)
        case FailOffer():
            return _fail_offer(state, command, at)
        case MakeAgentNotReady():
            return _make_not_ready(state, command, at)
        case NoteDevice():
            return _note_device(state, command, at)
        case NoteAgentLegLost():
            return _note_leg_lost(state, command, at)
        case NoteAgentLegRestored():
            return _note_leg_restored(state, command, at)
        case EndInteraction():
            interaction = _interaction(state, command.interaction_id)
            return end_interaction(
                state,
                interaction,
                at,
                reason=command.reason,
                by=command.by,
                is_estimated=command.is_estimated,
            )
        case RequeueInteraction():
            return _requeue(state, command, at)
        case ExtendWrapUp():
            return _extend_wrap_up(state, command, at)
        case StartManualInteraction():
            return _start_manual(state, command, at)
        case FailManualInteraction():
            return _fail_manual(state, command, at)
        case (
            TransferInteraction()
            | StartConsult()
            | SwapConsult()
            | CompleteTransfer()
            | CancelConsult()
            | StartConference()
            | LeaveConference()
            | RemoveParticipant()
            | NotePartyLeft()
            | AssignInteraction()
            | PullInteraction()
            | TakeOverInteraction()
            | StartInternalCall()
            | ForwardInteraction()
        ):
            return transfers.decide(state, command, at)
        case ReserveAgents():
            return reservations.reserve(state, command, at)
        case AttachInteraction():
            return reservations.attach(state, command, at)
        case ReleaseReservation():
            return reservations.release_all(state, command, at)
        case SignInAgent():
            return _sign_in(state, command, at)
        case SignOutAgent():
            return _sign_out(state, command, at)
        case ConfigureSite():
            _require_possible(problems_of_site(command.site))
            return [] if command.site == state.site else [SiteConfigured(at=at, site=command.site)]
        case ConfigureQueue():
            return _configure_queue(state, command, at)
        case RemoveQueue():
            return removals.remove_queue(state, command, at)
        case ConfigureAgent():
            _require_possible(problems_of_agent(command.agent))
            mode = blending.for_new_agent(state, command.agent.agent_id, at)
            return [AgentConfigured(at=at, agent=command.agent), *mode]
        case RemoveAgent():
            return removals.remove_agent(state, command, at)
        case ConfigurePlan():
            return blending.configure(state, command, at)
        case RemovePlan():
            return blending.remove(state, command, at)
        case SetAgentMode():
            return blending.choose(state, command, at)
        case EscalateInteraction():
            return tiers.escalate(state, command, at)
        case LeaveQueue():
            return overflow.leave_by_choice(_interaction(state, command.interaction_id), command.key, at)
        case PromiseCallback():
            return callbacks.promise(state, command, at)
        case ScheduleCallback():
            return callbacks.schedule(state, command, at)
        case RescheduleCallback():
            return callbacks.reschedule(state, command, at)
        case ConfigureReason():
            return [ReasonConfigured(at=at, reason=command.reason)]
        case RemoveReason():
            if command.reason_id not in state.reasons:
                raise NotFound(refusals.UNKNOWN_REASON, reason_id=command.reason_id)
            return [ReasonRemoved(at=at, reason_id=command.reason_id)]
        case _:
            assert_never(command)


# --- configuration


def _require_possible(problems: Iterable[Problem]) -> None:
    """Refuse rules that nobody could live by; the first thing that is wrong is told."""
    for problem in problems:
        raise Invalid(refusals.INVALID_RULES, problem.field, reason=problem.reason, **problem.facts)


def _configure_queue(state: State, command: ConfigureQueue, at: datetime) -> list[AcdEvent]:
    rules = command.queue
    _require_possible(problems_of_queue(rules))
    known = state.queues.get(rules.queue_id)
    if known is not None and known.rules.channel is not rules.channel:
        raise Refused(refusals.CHANNEL_FIXED, queue_id=rules.queue_id)
    all_rules = {queue_id: queue.rules for queue_id, queue in state.queues.items()}
    all_rules[rules.queue_id] = rules
    for find, code in (
        (overflow.find_circle, refusals.CIRCULAR_OVERFLOW),
        (overflow.find_tier_circle, refusals.CIRCULAR_TIERS),
    ):
        circle = find(all_rules, rules.queue_id)
        if rules.queue_id in circle:
            raise Refused(code, queue_id=rules.queue_id, path=list(circle))
    return [QueueConfigured(at=at, queue=rules)]


# --- agents


def _sign_in(state: State, command: SignInAgent, at: datetime) -> list[AcdEvent]:
    agent = _agent(state, command.agent_id)
    if agent.availability is not Availability.SIGNED_OUT:
        return []
    return [AgentSignedIn(at=at, agent_id=command.agent_id)]


def _sign_out(state: State, command: SignOutAgent, at: datetime) -> list[AcdEvent]:
    agent = _agent(state, command.agent_id)
    if agent.availability is Availability.SIGNED_OUT:
        return []
    if agent.others:
        if not command.forced:
            raise _busy(agent)
        others = give_back(state, agent, at)
    else:
        others = []
    if agent.assignment is None:
        return [*others, AgentSignedOut(at=at, agent_id=command.agent_id, forced=command.forced)]
    if not command.forced:
        raise _busy(agent)
    return [*others, *_intend(agent, at, "signed_out")]


def _make_ready(state: State, command: MakeAgentReady, at: datetime) -> list[AcdEvent]:
    agent = _staying(state, command.agent_id)
    is_ready = agent.availability is Availability.READY
    if agent.assignment is not None:
        return _intend(agent, at, "" if is_ready else "ready")
    if is_ready:
        is_resting = agent.resting_until is not None
        return [AgentMadeReady(at=at, agent_id=command.agent_id)] if is_resting else []
    if not agent.is_reachable:
        raise Refused(refusals.DEVICE_UNREACHABLE, agent_id=command.agent_id)
    ready = AgentMadeReady(at=at, agent_id=command.agent_id)
    since = agent.rests_since
    if agent.guard is not None and since is not None and at - since >= state.site.guard_pause:
        return [AgentGuardLifted(at=at, agent_id=command.agent_id), ready]
    return [ready]


def _make_not_ready(state: State, command: MakeAgentNotReady, at: datetime) -> list[AcdEvent]:
    agent = _staying(state, command.agent_id)
    reason = state.reasons.get(command.reason_id)
    if reason is None:
        raise NotFound(refusals.UNKNOWN_REASON, reason_id=command.reason_id)
    if reason.needs_permission and not command.permitted:
        raise Forbidden(refusals.PERMISSION_NEEDED, reason_id=command.reason_id)
    is_so = (
        agent.availability is Availability.NOT_READY
        and agent.reason_id == command.reason_id
        and agent.cause in (NotReadyCause.CHOSEN, NotReadyCause.AFTER_CALL)
    )
    if agent.assignment is not None:
        return _intend(agent, at, "") if is_so else _intend(agent, at, "not_ready", command)
    if is_so:
        return []
    return [AgentMadeNotReady(at=at, agent_id=command.agent_id, reason_id=command.reason_id)]


def _intend(
    agent: Agent, at: datetime, intent: str, command: MakeAgentNotReady | None = None
) -> list[AcdEvent]:
    """The later wish replaces the earlier; wishing the same again changes nothing."""
    wish = AgentIntentSet(at=at, agent_id=agent.agent_id, intent=intent)
    if command is not None:
        wish = AgentIntentSet(at=at, agent_id=agent.agent_id, intent=intent, reason_id=command.reason_id)
    if (wish.intent, wish.reason_id) == (agent.intent, agent.intent_reason_id):
        return []
    return [wish]


def _note_device(state: State, command: NoteDevice, at: datetime) -> list[AcdEvent]:
    agent = _agent(state, command.agent_id)
    if agent.is_reachable == command.is_reachable:
        return []
    if command.is_reachable:
        return [DeviceReached(at=at, agent_id=command.agent_id)]
    return [DeviceLost(at=at, agent_id=command.agent_id)]


# --- interactions before an agent


def _register_interaction(state: State, command: RegisterInteraction, at: datetime) -> list[AcdEvent]:
    _require_new(state, command.interaction_id)
    arrived = InteractionArrived(
        at=at,
        interaction_id=command.interaction_id,
        channel=command.channel,
        direction=command.direction,
        party_id=command.party_id,
        number_id=command.number_id,
        project_id=command.project_id,
    )
    if not command.queue_id:
        return [arrived]
    queue = _queue(state, command.queue_id)
    if command.channel is not queue.rules.channel:
        raise Refused(refusals.WRONG_CHANNEL, interaction_id=command.interaction_id)
    interaction = arriving(state, arrived) if queue.rules.overflow else None
    _require_way(state, queue, interaction, at)
    queued = _begin_wait(state, queue, command.interaction_id, at)
    if interaction is None:
        return [arrived, queued]
    return [arrived, queued, *overflow.after_entry(state, interaction, queued, at)]


def _enter_flow(state: State, command: EnterFlow, at: datetime) -> list[AcdEvent]:
    interaction = _interaction(state, command.interaction_id)
    if interaction.phase is not Phase.ARRIVING:
        raise _wrong_phase(interaction)
    return [FlowEntered(at=at, interaction_id=command.interaction_id, deadline=at + command.limit)]


def _enqueue_interaction(state: State, command: EnqueueInteraction, at: datetime) -> list[AcdEvent]:
    interaction = _interaction(state, command.interaction_id)
    queue = _queue(state, command.queue_id)
    if interaction.phase is not _ARRIVING and interaction.phase is not _IN_FLOW:
        raise _wrong_phase(interaction)
    if interaction.channel is not queue.rules.channel:
        raise Refused(refusals.WRONG_CHANNEL, interaction_id=command.interaction_id)
    _require_way(state, queue, interaction, at)
    priority, boosts = command.priority, command.boosts
    if boosts:
        priority += sum(boost.amount for boost in boosts)
    requirements = _requirements(command.requirements) if command.requirements else ()
    if command.preferred_agent_id:
        preferred, until, released = _preferred(state, queue, command, requirements, at)
        cause = command.preferred_cause if preferred else ""
    else:
        preferred, until, released, cause = NO_AGENT, None, [], ""
    queued = _begin_wait(
        state,
        queue,
        command.interaction_id,
        at,
        priority=priority,
        requirements=requirements,
        boosts=boosts,
        preferred_agent_id=preferred,
        preferred_until=until,
        preferred_cause=cause,
    )
    if not queue.rules.overflow:
        return [queued, *released]
    return [queued, *released, *overflow.after_entry(state, interaction, queued, at)]


def _require_way(state: State, queue: Queue, interaction: Interaction | None, at: datetime) -> None:
    """A place in the queue, or a rule that leads out of it. interaction: not asked for without such rules."""
    if overflow.is_full(queue) and (
        interaction is None or overflow.rule_on_entry(state, interaction, queue, at) is None
    ):
        rules = queue.rules
        raise Refused(refusals.QUEUE_FULL, queue_id=rules.queue_id, maximum=rules.maximum_waiting)


def _begin_wait(  # noqa: PLR0913 - what can be said of one who waits
    state: State,
    queue: Queue,
    interaction_id: InteractionId,
    at: datetime,
    *,
    priority: int = 0,
    requirements: tuple[SkillRequirement, ...] = (),
    boosts: tuple[Boost, ...] = (),
    preferred_agent_id: AgentId = NO_AGENT,
    preferred_until: datetime | None = None,
    preferred_cause: str = "",
) -> InteractionQueued:
    """A new stay in a queue begins."""
    segment_id = SegmentId(state.minter.mint(at))
    return InteractionQueued(
        at=at,
        interaction_id=interaction_id,
        segment_id=segment_id,
        queue_id=queue.rules.queue_id,
        priority=priority,
        queued_at=at,
        cause=_ARRIVED,
        position=queue.line.rank(queue.place_of(priority, False, at, segment_id, interaction_id))
        if queue.waiting
        else 1,
        requirements=requirements,
        boosts=boosts,
        preferred_agent_id=preferred_agent_id,
        preferred_until=preferred_until,
        preferred_cause=preferred_cause,
    )


def _preferred(
    state: State,
    queue: Queue,
    command: EnqueueInteraction,
    requirements: tuple[SkillRequirement, ...],
    at: datetime,
) -> tuple[AgentId, datetime | None, list[AcdEvent]]:
    """Who alone gets it and until when; nobody, and why not, when he cannot take it anyway."""
    agent_id = command.preferred_agent_id
    if queue.rules.channel is not _VOICE:
        return NO_AGENT, None, []
    wait = queue.rules.preferred_wait if command.preferred_for is None else command.preferred_for
    asked = effective(queue.rules, requirements, 0)
    cause = cause_of_release(queue.rules, state.agents.get(agent_id), asked)
    if cause is None and wait > _NO_TIME:
        return agent_id, at + wait, []
    released = PreferredAgentReleased(
        at=at,
        interaction_id=command.interaction_id,
        queue_id=command.queue_id,
        agent_id=agent_id,
        cause=cause or ReleaseCause.TIMEOUT,
    )
    return NO_AGENT, None, [released]


def _prioritize(state: State, command: PrioritizeInteraction, at: datetime) -> list[AcdEvent]:
    interaction = _interaction(state, command.interaction_id)
    if interaction.phase is not Phase.WAITING and interaction.phase is not Phase.OFFERED:
        raise _wrong_phase(interaction)
    if interaction.queue_id not in state.queues:
        raise _wrong_phase(interaction)  # a colleague called by name: there is no line to move up in
    added = command.priority - interaction.priority
    if not added:
        return []
    given = {boost.cause: boost.amount for boost in interaction.boosts}
    given[command.cause] = given.get(command.cause, 0) + added
    queue = state.queues[interaction.queue_id]
    position = 0
    if interaction.place is not None:
        place = queue.place_of(
            command.priority,
            interaction.is_ahead,
            interaction.queued_at or at,
            interaction.segment_id,
            interaction.interaction_id,
        )
        # Counted without itself, who still stands at the old place.
        position = queue.line.rank(place) - (interaction.place < place)
    return [
        InteractionPrioritized(
            at=at,
            interaction_id=command.interaction_id,
            queue_id=interaction.queue_id,
            priority=command.priority,
            boosts=tuple(Boost(cause=cause, amount=amount) for cause, amount in given.items() if amount),
            position=position,
        )
    ]


def _note_customer_left(state: State, command: NoteCustomerLeft, at: datetime) -> list[AcdEvent]:
    interaction = _interaction(state, command.interaction_id)
    if interaction.callback is not None:
        # He was promised a call: his leg may go, the matter goes on. Who is dialled just now was not reached.
        if interaction.phase is not Phase.DIALING:
            return []
        return callbacks.fail_attempt(state, interaction, at, EndReason.NO_ANSWER, by=EndedBy.CUSTOMER)
    return end_interaction(
        state,
        interaction,
        at,
        reason=_reason_of_leaving(state, interaction, at),
        by=_CUSTOMER,
        is_estimated=command.is_estimated,
    )


def _reason_of_leaving(state: State, interaction: Interaction, at: datetime) -> EndReason:
    if interaction.phase is _CONNECTED:  # by far most often
        return _ANSWERED
    match interaction.phase:
        case Phase.ARRIVING | Phase.IN_FLOW:
            return EndReason.CANCELLED
        case _ if interaction.direction is Direction.INTERNAL:
            return EndReason.ANSWERED if interaction.phase in TALKING else EndReason.CANCELLED
        case Phase.WAITING | Phase.OFFERED:
            queue = state.queues.get(interaction.queue_id)
            entered = interaction.segment_at or interaction.arrived_at
            is_short = queue is not None and at - entered <= queue.rules.short_abandon
            return EndReason.SHORT_ABANDONED if is_short else EndReason.ABANDONED
        case Phase.CONNECTING:
            return EndReason.ABANDONED
        case Phase.DIALING if interaction.ties is not None:
            transfer = interaction.ties.transfer
            is_from_flow = transfer is not None and transfer.is_from_flow
            return EndReason.CANCELLED if is_from_flow else EndReason.ABANDONED
        case Phase.DIALING:
            return EndReason.NO_ANSWER
        case _:
            return _ANSWERED


# --- offers


def _accept_offer(state: State, command: AcceptOffer, at: datetime) -> list[AcdEvent]:
    interaction = _offered(state, command.offer_id, or_accepted=True)
    if command.is_connected and interaction.phase is _CONNECTING:
        return _connect(state, interaction, at)
    if interaction.phase is not _OFFERED:
        return []
    accepted = OfferAccepted(
        at=at,
        offer_id=command.offer_id,
        interaction_id=interaction.interaction_id,
        agent_id=interaction.agent_id,
        deadline=at + state.site.connect_timeout,
    )
    if interaction.callback is not None:
        return [accepted, callbacks.dial(state, interaction, interaction.agent_id, at)]
    return [accepted, *_connect(state, interaction, at)] if command.is_connected else [accepted]


def _decline_offer(state: State, command: DeclineOffer, at: datetime) -> list[AcdEvent]:
    interaction = _offered(state, command.offer_id)
    agent = state.agents[interaction.agent_id]
    cause = cause_of_named(interaction, agent, NotReadyCause.DECLINED_OFFER)
    declined = OfferDeclined(
        at=at, offer_id=command.offer_id, interaction_id=interaction.interaction_id, agent_id=agent.agent_id
    )
    return [
        declined,
        *after_part(state, agent, interaction, at, rule="call_declined", cause=cause),
        *without_agent(state, interaction, at, cause=TransferFailure.DECLINED),
    ]


def _fail_offer(state: State, command: FailOffer, at: datetime) -> list[AcdEvent]:
    interaction = _offered(state, command.offer_id)
    agent = state.agents[interaction.agent_id]
    withdrawn = OfferWithdrawn(
        at=at,
        offer_id=command.offer_id,
        interaction_id=interaction.interaction_id,
        agent_id=agent.agent_id,
        cause=WithdrawalCause.DEVICE_FAILED,
    )
    return [
        withdrawn,
        *after_part(
            state,
            agent,
            interaction,
            at,
            cause=cause_of_named(interaction, agent, NotReadyCause.DEVICE_LOST),
        ),
        *without_agent(state, interaction, at, cause=TransferFailure.DEVICE_FAILED),
    ]


# --- the talk


def _confirm_connection(state: State, command: ConfirmConnection, at: datetime) -> list[AcdEvent]:
    interaction = _interaction(state, command.interaction_id)
    if interaction.phase is _CONNECTED:
        return []
    if interaction.phase is not _CONNECTING and interaction.phase is not _DIALING:
        raise _wrong_phase(interaction)
    return _connect(state, interaction, at)


def _connect(state: State, interaction: Interaction, at: datetime) -> list[AcdEvent]:
    """Both hear each other."""
    if interaction.ties is not None:
        return transfers.confirm(state, interaction, at)
    return [
        InteractionConnected(
            at=at,
            interaction_id=interaction.interaction_id,
            segment_id=interaction.segment_id,
            queue_id=interaction.queue_id,
            agent_id=interaction.agent_id,
        )
    ]


def _hold(state: State, command: HoldInteraction, at: datetime) -> list[AcdEvent]:
    interaction = _own(state, command.interaction_id, command.agent_id)
    _require_call(interaction)
    if interaction.phase is Phase.HELD:
        return []
    if interaction.phase is not Phase.CONNECTED:
        raise _wrong_phase(interaction)
    if interaction.ties is not None:
        return transfers.hold(interaction, at)
    return [InteractionHeld(at=at, interaction_id=command.interaction_id, agent_id=command.agent_id)]


def _resume(state: State, command: ResumeInteraction, at: datetime) -> list[AcdEvent]:
    interaction = _own(state, command.interaction_id, command.agent_id)
    if interaction.phase is Phase.CONNECTED:
        return []
    if interaction.phase is not Phase.HELD:
        raise _wrong_phase(interaction)
    if interaction.ties is not None:
        return transfers.resume(state, interaction, at)
    return [InteractionResumed(at=at, interaction_id=command.interaction_id, agent_id=command.agent_id)]


def _finish_talk(state: State, command: FinishTalk, at: datetime) -> list[AcdEvent]:
    interaction = _own(state, command.interaction_id, command.agent_id, or_party=True)
    if interaction.ties is not None:
        found = transfers.finish(state, interaction, command.agent_id, at)
        if found is not None:
            return found
    if interaction.phase in TALKING:
        return end_interaction(state, interaction, at, reason=_ANSWERED, by=_AGENT)
    if interaction.phase is _DIALING and interaction.callback is not None:
        return callbacks.fail_attempt(state, interaction, at, EndReason.CANCELLED, by=_AGENT)
    if interaction.phase is _DIALING:
        return end_interaction(state, interaction, at, reason=EndReason.CANCELLED, by=_AGENT)
    if interaction.phase is _CONNECTING:
        # The agent took the call and hung up before both heard each other: for the customer the same as a
        # decline.
        return fail_connection(state, interaction, at, cause=NotReadyCause.DECLINED_OFFER)
    raise _wrong_phase(interaction)


def _note_leg_lost(state: State, command: NoteAgentLegLost, at: datetime) -> list[AcdEvent]:
    interaction = _interaction(state, command.interaction_id)
    _require_call(interaction)
    if interaction.ties is not None:
        found = transfers.lose_leg(state, interaction, command.agent_id, at)
        if found is not None:
            return found
    match interaction.phase:
        case Phase.RECONNECTING:
            return []
        case Phase.CONNECTED | Phase.HELD:
            return [
                ReconnectionStarted(
                    at=at,
                    interaction_id=command.interaction_id,
                    agent_id=interaction.agent_id,
                    deadline=at + state.site.rescue_timeout,
                )
            ]
        case Phase.CONNECTING:
            return fail_connection(state, interaction, at, cause=NotReadyCause.DEVICE_LOST)
        case Phase.DIALING if interaction.callback is not None:
            return callbacks.fail_attempt(state, interaction, at, EndReason.AGENT_FAILED)
        case Phase.DIALING:
            return end_interaction(state, interaction, at, reason=EndReason.AGENT_FAILED, by=EndedBy.SYSTEM)
        case _:
            raise _wrong_phase(interaction)


def _note_leg_restored(state: State, command: NoteAgentLegRestored, at: datetime) -> list[AcdEvent]:
    interaction = _interaction(state, command.interaction_id)
    if interaction.phase is Phase.CONNECTED:
        return []
    if interaction.phase is not Phase.RECONNECTING:
        raise _wrong_phase(interaction)
    return [
        ReconnectionSucceeded(at=at, interaction_id=command.interaction_id, agent_id=interaction.agent_id)
    ]


def _requeue(state: State, command: RequeueInteraction, at: datetime) -> list[AcdEvent]:
    interaction = _interaction(state, command.interaction_id)
    queue = _queue(state, command.queue_id)
    waits = interaction.phase is Phase.WAITING and interaction.lane is not None
    if interaction.phase not in TALKING and not waits:
        raise _wrong_phase(interaction)
    if interaction.direction is Direction.INTERNAL:
        raise Refused(refusals.INTERNAL_CALL, interaction_id=command.interaction_id)
    if interaction.channel is not queue.rules.channel:
        raise Refused(refusals.WRONG_CHANNEL, interaction_id=command.interaction_id)
    if waits:
        return _move_waiting(state, interaction, queue, command, at)
    _require_room(queue)
    handed_over = transfers.hand_over(state, interaction, at)
    queued = queue_again(
        state,
        interaction,
        at,
        cause=QueueingCause.TRANSFERRED,
        queue=queue,
        is_ahead=command.ahead,
        queued_at=interaction.queued_at if command.ahead else at,
    )
    return [*handed_over, queued]


def _move_waiting(
    state: State, interaction: Interaction, queue: Queue, command: RequeueInteraction, at: datetime
) -> list[AcdEvent]:
    """Into another line, where what he has waited already counts."""
    if interaction.queue_id == command.queue_id:
        return []
    if interaction.callback is not None:
        raise _wrong_phase(interaction)  # a promised call has no ear: its own commands move it
    _require_room(queue)
    queued = queue_again(state, interaction, at, cause=QueueingCause.MIGRATED, queue=queue)
    return [queued]


# --- wrap-up


def _extend_wrap_up(state: State, command: ExtendWrapUp, at: datetime) -> list[AcdEvent]:
    agent, assignment = _in_wrap_up(state, command.agent_id)
    if command.extension.total_seconds() <= 0:
        raise Refused(refusals.INVALID_EXTENSION, agent_id=command.agent_id)
    queue = state.queues.get(assignment.queue_id)
    limit = state.site.direct_wrap_up_limit if queue is None else queue.rules.wrap_up_limit
    assert assignment.deadline is not None
    assert assignment.wrap_up_at is not None
    deadline = min(assignment.deadline + command.extension, assignment.wrap_up_at + limit)
    if deadline <= assignment.deadline:
        raise Refused(refusals.WRAP_UP_LIMIT, agent_id=command.agent_id, limit_seconds=limit.total_seconds())
    return [
        WrapUpExtended(
            at=at, agent_id=agent.agent_id, interaction_id=assignment.interaction_id, deadline=deadline
        )
    ]


def _finish_wrap_up(state: State, command: FinishWrapUp, at: datetime) -> list[AcdEvent]:
    agent, assignment = _in_wrap_up(state, command.agent_id)
    return _end_wrap_up(state, agent, assignment, at)


def _end_wrap_up(state: State, agent: Agent, assignment: Assignment, at: datetime) -> list[AcdEvent]:
    ended = WrapUpEnded(
        at=at,
        agent_id=agent.agent_id,
        interaction_id=assignment.interaction_id,
        segment_id=assignment.segment_id,
        by=EndedBy.AGENT,
    )
    return [
        ended,
        afterwards(state, agent, at, rule="wrap_up_ended", interaction_id=assignment.interaction_id),
    ]


# --- calls that agents make


def _start_manual(state: State, command: StartManualInteraction, at: datetime) -> list[AcdEvent]:
    agent = _signed_in(state, command.agent_id)
    _require_new(state, command.interaction_id)
    if command.queue_id and _queue(state, command.queue_id).rules.channel is not _VOICE:
        raise Refused(refusals.WRONG_CHANNEL, interaction_id=command.interaction_id)
    events: list[AcdEvent] = []
    if agent.assignment is not None:
        if agent.assignment.phase is not AssignmentPhase.WRAP_UP or agent.intent == "signed_out":
            raise _busy(agent)
        events = _end_wrap_up(state, agent, agent.assignment, at)
    if not agent.is_reachable:
        raise Refused(refusals.DEVICE_UNREACHABLE, agent_id=command.agent_id)
    events.append(
        ManualInteractionStarted(
            at=at,
            interaction_id=command.interaction_id,
            segment_id=SegmentId(state.minter.mint(at)),
            agent_id=command.agent_id,
            party_id=command.party_id,
            queue_id=command.queue_id,
            project_id=command.project_id,
            deadline=at + state.site.dial_timeout,
            callback_of=command.callback_of,
        )
    )
    return events


def _fail_manual(state: State, command: FailManualInteraction, at: datetime) -> list[AcdEvent]:
    interaction = _interaction(state, command.interaction_id)
    if command.reason not in UNREACHED:
        raise Refused(refusals.INVALID_REASON, reason=command.reason.value)
    if interaction.phase is not Phase.DIALING:
        raise _wrong_phase(interaction)
    if interaction.ties is not None:
        return transfers.not_reached(state, interaction, command.reason, at)
    if interaction.callback is not None:
        return callbacks.fail_attempt(state, interaction, at, command.reason)
    return end_interaction(state, interaction, at, reason=command.reason, by=EndedBy.SYSTEM)


# --- looking things up, or refusing


def _queue(state: State, queue_id: QueueId) -> Queue:
    queue = state.queues.get(queue_id)
    if queue is None or queue.is_closing:
        raise NotFound(refusals.UNKNOWN_QUEUE, queue_id=queue_id)
    return queue


def _agent(state: State, agent_id: AgentId) -> Agent:
    agent = state.agents.get(agent_id)
    if agent is None:
        raise NotFound(refusals.UNKNOWN_AGENT, agent_id=agent_id)
    return agent


def _signed_in(state: State, agent_id: AgentId) -> Agent:
    agent = _agent(state, agent_id)
    if agent.availability is Availability.SIGNED_OUT:
        raise Refused(refusals.AGENT_SIGNED_OUT, agent_id=agent_id)
    return agent


def _staying(state: State, agent_id: AgentId) -> Agent:
    """An agent who is signed in, and not only until he has finished."""
    agent = _signed_in(state, agent_id)
    if agent.is_leaving:
        raise Refused(refusals.AGENT_LEAVING, agent_id=agent_id)
    return agent


def _interaction(state: State, interaction_id: InteractionId) -> Interaction:
    interaction = state.interactions.get(interaction_id)
    if interaction is None:
        raise NotFound(refusals.UNKNOWN_INTERACTION, interaction_id=interaction_id)
    return interaction


def _own(
    state: State, interaction_id: InteractionId, agent_id: AgentId, *, or_party: bool = False
) -> Interaction:
    """The agent's own; or_party: or one in which he takes part. Both sides own a call between colleagues."""
    interaction = _interaction(state, interaction_id)
    if interaction.agent_id != agent_id or not agent_id:
        shares = or_party or interaction.direction is Direction.INTERNAL
        if shares and transfers.is_party(interaction, agent_id):
            return interaction
        raise Refused(refusals.NOT_YOUR_INTERACTION, interaction_id=interaction_id, agent_id=agent_id)
    return interaction


def _offered(state: State, offer_id: OfferId, *, or_accepted: bool = False) -> Interaction:
    interaction_id = state.offers.get(offer_id)
    interaction = None if interaction_id is None else state.interactions.get(interaction_id)
    if interaction is None or not (or_accepted or interaction.phase is _OFFERED):
        raise NotFound(refusals.OFFER_ENDED, offer_id=offer_id)
    return interaction


def _in_wrap_up(state: State, agent_id: AgentId) -> tuple[Agent, Assignment]:
    agent = _agent(state, agent_id)
    if agent.assignment is None or agent.assignment.phase is not AssignmentPhase.WRAP_UP:
        raise Refused(refusals.NOT_IN_WRAP_UP, agent_id=agent_id)
    return agent, agent.assignment


def _require_call(interaction: Interaction) -> None:
    if interaction.channel is not _VOICE:
        raise Refused(refusals.VOICE_ONLY, interaction_id=interaction.interaction_id)


def _require_new(state: State, interaction_id: InteractionId) -> None:
    if interaction_id in state.interactions:
        raise Refused(refusals.INTERACTION_EXISTS, interaction_id=interaction_id)


def _require_room(queue: Queue) -> None:
    if overflow.is_full(queue):
        raise Refused(refusals.QUEUE_FULL, queue_id=queue.rules.queue_id, maximum=queue.rules.maximum_waiting)


def _requirements(asked: tuple[SkillRequirement, ...]) -> tuple[SkillRequirement, ...]:
    """What an interaction asks besides its queue, one per skill."""
    for one in asked:
        if not 1 <= one.minimum <= HIGHEST_LEVEL:
            raise Refused(refusals.INVALID_REQUIREMENT, skill_id=one.skill_id, minimum=one.minimum)
    return merged(asked)


def _wrong_phase(interaction: Interaction) -> Refused:
    return Refused(
        refusals.WRONG_PHASE, interaction_id=interaction.interaction_id, phase=interaction.phase.value
    )


def _busy(agent: Agent) -> Refused:
    return Refused(refusals.AGENT_BUSY, agent_id=agent.agent_id, state=agent.voice_state().value)


FREQUENT_DECISIONS: Final[dict[type[AcdCommand], Callable[[State, Any, datetime], list[AcdEvent]]]] = {
    RegisterInteraction: _register_interaction,
    EnterFlow: _enter_flow,
    EnqueueInteraction: _enqueue_interaction,
    AcceptOffer: _accept_offer,
    ConfirmConnection: _confirm_connection,
    FinishTalk: _finish_talk,
    NoteCustomerLeft: _note_customer_left,
    FinishWrapUp: _finish_wrap_up,
    MakeAgentReady: _make_ready,
}
"""What decides the commands of a usual call."""
