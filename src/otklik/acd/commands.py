"""Everything that may be asked of the engine.

Ids of interactions are given by the asker; ids of segments and offers are minted by the engine.
"""

from datetime import datetime, timedelta

from otklik.acd.model import (
    AgentProfile,
    Boost,
    Channel,
    Direction,
    EndedBy,
    EndReason,
    Mode,
    ModePlan,
    QueueRules,
    ReasonRules,
    SiteRules,
    SkillRequirement,
    Target,
)
from otklik.vocabulary.ids import (
    AgentId,
    InteractionId,
    NumberId,
    OfferId,
    PartyId,
    PersonId,
    PlanId,
    ProjectId,
    QueueId,
    ReasonId,
    ReservationId,
)
from otklik.vocabulary.messages import Command

# --- configuration: an input like every other, so that a replay decides with the rules of that day


class ConfigureSite(Command):
    site: SiteRules


class ConfigureQueue(Command):
    """Adds or changes a queue; those who wait are matched anew at once."""

    queue: QueueRules


class RemoveQueue(Command):
    """Nobody is stranded: who waits goes to `to_queue_id` (0: where its overflow rules lead; else he ends
    `closed`), who talks finishes, and the queue is gone when it is empty. Refuses `unknown_queue`,
    `wrong_queue` (to itself)."""

    queue_id: QueueId
    to_queue_id: QueueId = QueueId(0)


class ConfigureAgent(Command):
    """Adds or changes an agent; a talk in progress is not touched."""

    agent: AgentProfile


class RemoveAgent(Command):
    """Signs out first. An agent with an assignment finishes it, then goes; an offer is taken back."""

    agent_id: AgentId


class ConfigureReason(Command):
    reason: ReasonRules


class RemoveReason(Command):
    """Agents who are not ready for this reason stay so."""

    reason_id: ReasonId


class ConfigurePlan(Command):
    """Adds or changes a plan of modes; agents change at once, what they have goes on. Refuses
    `agent_in_two_plans`."""

    plan: ModePlan


class RemovePlan(Command):
    """Its agents are blended again. Refuses `unknown_plan`."""

    plan_id: PlanId


# --- agents


class SignInAgent(Command):
    """Signed out -> not ready (cause signed_in). Signing in twice changes nothing (no events)."""

    agent_id: AgentId


class SignOutAgent(Command):
    """Refuses `agent_busy` during an assignment, unless `forced` by a supervisor (then it is kept as
    intent).
    """

    agent_id: AgentId
    forced: bool = False


class MakeAgentReady(Command):
    """Idle: ready at once, refused `device_unreachable` without a reachable device. Busy: kept as intent.
    Ends a rest after a missed offer."""

    agent_id: AgentId


class MakeAgentNotReady(Command):
    """Idle or ready: at once. During an assignment (an offer too): kept as intent, revocable. Refuses
    `unknown_reason`, and `permission_needed` unless `permitted`."""

    agent_id: AgentId
    reason_id: ReasonId
    permitted: bool = False


class NoteDevice(Command):
    """The agent's device became reachable or not. A ready, idle agent who loses it gets not ready
    (device_lost) after `grace` 3 s without a new registration; the engine arms that deadline itself."""

    agent_id: AgentId
    is_reachable: bool


class SetAgentMode(Command):
    """A supervisor's choice, which counts until it is taken back. mode: None gives him back to his plan."""

    agent_id: AgentId
    mode: Mode | None = None


# --- interactions


class RegisterInteraction(Command):
    """A customer arrived (phase arriving). queue_id: and waits in this queue at once, as by an
    EnqueueInteraction at the same moment; refused as that would be, and then he has not arrived."""

    interaction_id: InteractionId
    channel: Channel = Channel.VOICE
    direction: Direction = Direction.INBOUND
    party_id: PartyId = PartyId(0)
    number_id: NumberId = NumberId(0)
    project_id: ProjectId = ProjectId(0)
    queue_id: QueueId = QueueId(0)


class EnterFlow(Command):
    """arriving -> in_flow. `limit` is the longest stay in the flow; after it the interaction ends
    `cancelled`.
    """

    interaction_id: InteractionId
    limit: timedelta = timedelta(hours=1)


class EnqueueInteraction(Command):
    """in_flow or arriving -> waiting. Begins a segment. Refuses `unknown_queue`, `queue_full`,
    `invalid_requirement`.

    requirements: what this customer needs besides what the queue asks (a language, a product). boosts: what
    his class or the flow adds to the priority, each with its cause. preferred_agent_id: who alone gets it for
    `preferred_for` (None: as the queue says), unless he is not there; preferred_cause: why he (`last_agent`,
    `personal_agent`).
    """

    interaction_id: InteractionId
    queue_id: QueueId
    priority: int = 0
    requirements: tuple[SkillRequirement, ...] = ()
    boosts: tuple[Boost, ...] = ()
    preferred_agent_id: AgentId = AgentId(0)
    preferred_for: timedelta | None = None
    preferred_cause: str = "last_agent"


class PrioritizeInteraction(Command):
    """Gives an interaction that waits or rings another priority (its own, without the queue's), for a named
    cause. Refuses `wrong_phase`."""

    interaction_id: InteractionId
    priority: int
    cause: str = "supervisor"


class LeaveQueue(Command):
    """The customer chose by a key to wait no longer: waiting -> in_flow. Refuses `wrong_phase` unless he
    waits himself: not while he is offered to an agent, and not a promised call."""

    interaction_id: InteractionId
    key: str


class EndInteraction(Command):
    """Ends it for a technical reason, in any phase: offers are withdrawn, a talking agent goes to wrap-up.

    is_estimated: the true end was not seen (found by recovery).
    """

    interaction_id: InteractionId
    reason: EndReason
    by: EndedBy = EndedBy.SYSTEM
    is_estimated: bool = False


class NoteCustomerLeft(Command):
    """The customer hung up: abandoned while waiting or offered, cancelled in a flow, answered in a talk."""

    interaction_id: InteractionId
    is_estimated: bool = False


class AcceptOffer(Command):
    """offered -> connecting. For voice the agent's leg answering is the acceptance. is_connected: and both
    hear each other at once, as by a ConfirmConnection at the same moment; not where a promised call must be
    dialled first."""

    offer_id: OfferId
    is_connected: bool = False


class DeclineOffer(Command):
    """The agent said no: he becomes not ready (declined_offer), the customer waits on at his old place."""

    offer_id: OfferId


class FailOffer(Command):
    """The device could not be rung: the offer is withdrawn (device_failed), the agent not ready
    (device_lost).
    """

    offer_id: OfferId


class ConfirmConnection(Command):
    """connecting -> connected: both hear each other."""

    interaction_id: InteractionId


class HoldInteraction(Command):
    agent_id: AgentId
    interaction_id: InteractionId


class ResumeInteraction(Command):
    agent_id: AgentId
    interaction_id: InteractionId


class FinishTalk(Command):
    """The agent hangs up: the interaction ends `answered`, wrap-up begins. Also cancels a manual call."""

    agent_id: AgentId
    interaction_id: InteractionId


class NoteAgentLegLost(Command):
    """The agent's leg is gone in a talk: reconnecting for `rescue_timeout`; the customer stays.

    agent_id: whose leg, when more than one agent takes part; 0 is the owner's.
    """

    interaction_id: InteractionId
    agent_id: AgentId = AgentId(0)


class NoteAgentLegRestored(Command):
    """The agent's phone is back: reconnecting -> connected."""

    interaction_id: InteractionId


class RequeueInteraction(Command):
    """The talk ends for the agent (wrap-up), the customer waits in `queue_id` with his old wait credit if
    `ahead`. One who waits is moved there and keeps his wait in any case.
    """

    interaction_id: InteractionId
    queue_id: QueueId
    ahead: bool = False


class EscalateInteraction(Command):
    """To a higher tier, with its history and its wait: from a talk (wrap-up follows for the agent) or from
    the line.

    queue_id: 0 is the next tier of the present queue. agent_id: who asks, 0 for a supervisor or a rule.
    Refuses `no_next_tier`, `not_your_interaction`, `queue_full`, `wrong_phase`.
    """

    interaction_id: InteractionId
    agent_id: AgentId = AgentId(0)
    queue_id: QueueId = QueueId(0)
    note: str = ""


class PromiseCallback(Command):
    """The customer wants to be called back: from a queue's line, or from a flow. He may hang up then.

    queue_id: where it waits, 0 the present queue (or the one that the offer named). due_at: None as soon as
    it is its turn; else not before. agent_id: a personal owner. Refuses `number_unknown`, `invalid_due`,
    `unknown_queue`, `wrong_phase`.
    """

    interaction_id: InteractionId
    queue_id: QueueId = QueueId(0)
    due_at: datetime | None = None
    agent_id: AgentId = AgentId(0)


class ScheduleCallback(Command):
    """Arranges a call for later: a new interaction without a leg. arranged_by: who of ours did it. Refuses
    like PromiseCallback."""

    interaction_id: InteractionId
    party_id: PartyId
    queue_id: QueueId
    due_at: datetime
    project_id: ProjectId = ProjectId(0)
    agent_id: AgentId = AgentId(0)
    priority: int = 0
    callback_of: InteractionId = InteractionId(0)
    arranged_by: PersonId = PersonId(0)


class RescheduleCallback(Command):
    """Another moment or owner for a promised call that is not being dialled. Cancelled by EndInteraction."""

    interaction_id: InteractionId
    due_at: datetime
    agent_id: AgentId = AgentId(0)


class ExtendWrapUp(Command):
    """Moves the wrap-up's deadline by `extension`, never beyond the queue's limit: refuses
    `wrap_up_limit`.
    """

    agent_id: AgentId
    extension: timedelta


class FinishWrapUp(Command):
    agent_id: AgentId


# --- calls that agents make


class StartManualInteraction(Command):
    """The agent dials (phase dialing; the agent's state is connecting). Refuses `agent_busy`,
    `agent_signed_out`.

    queue_id: whose rules and caller number are used, 0 for none.
    callback_of: the missed interaction that this one answers, 0 for none.
    """

    agent_id: AgentId
    interaction_id: InteractionId
    party_id: PartyId = PartyId(0)
    queue_id: QueueId = QueueId(0)
    project_id: ProjectId = ProjectId(0)
    callback_of: InteractionId = InteractionId(0)


class FailManualInteraction(Command):
    """The dialled party was not reached: ends with busy, no_answer, invalid_number, congested or cancelled;
    the agent gets back what he was (ready or not), without wrap-up."""

    interaction_id: InteractionId
    reason: EndReason


# --- how a talk moves between people: see `transfers.py` for what happens when somebody does not answer


class TransferInteraction(Command):
    """Blind: the agent's part ends at once. To an agent who is free now (refuses `target_not_free`), to the
    end of a queue, or to a party outside (`target.party_id`)."""

    agent_id: AgentId
    interaction_id: InteractionId
    target: Target


class ForwardInteraction(Command):
    """A flow sends its customer to one agent who is free now (refuses `target_not_free`), or to a party
    outside; back to the flow (FlowResumed) when the target does not come within `ring_timeout`. talk_limit:
    of a talk outside. Begins a segment."""

    interaction_id: InteractionId
    target: Target
    ring_timeout: timedelta
    talk_limit: timedelta


class StartConsult(Command):
    """The agent asks somebody while his customer is held. consult_id: the new interaction of the two."""

    agent_id: AgentId
    interaction_id: InteractionId
    consult_id: InteractionId
    target: Target


class SwapConsult(Command):
    """The agent changes over between the customer and the one he asked."""

    agent_id: AgentId
    interaction_id: InteractionId


class CompleteTransfer(Command):
    """The customer goes to the one who was asked; before he answered it becomes a blind transfer to him."""

    agent_id: AgentId
    interaction_id: InteractionId


class CancelConsult(Command):
    """Back to the customer; whoever was asked is free again."""

    agent_id: AgentId
    interaction_id: InteractionId


class StartConference(Command):
    """The one who was asked joins the talk with the customer. Refuses `conference_full`."""

    agent_id: AgentId
    interaction_id: InteractionId


class LeaveConference(Command):
    """One agent leaves and the others talk on; the owner's place goes to the agent who is there longest."""

    agent_id: AgentId
    interaction_id: InteractionId


class RemoveParticipant(Command):
    """The owner takes somebody out of the conference."""

    agent_id: AgentId
    interaction_id: InteractionId
    participant_id: InteractionId


class NotePartyLeft(Command):
    """A party outside that was asked, or takes part, hung up. participant_id: 0 when it is the only one."""

    interaction_id: InteractionId
    participant_id: InteractionId = InteractionId(0)


class AssignInteraction(Command):
    """A supervisor gives a waiting (or offered) customer to an agent by name, whatever his skills."""

    interaction_id: InteractionId
    agent_id: AgentId


class PullInteraction(Command):
    """A supervisor takes an offered or talking interaction onto himself, or (agent_id 0) back to the head of
    its queue; so also one that talks with a party outside."""

    interaction_id: InteractionId
    agent_id: AgentId = AgentId(0)


class TakeOverInteraction(Command):
    """A supervisor who hears a talk takes it: the customer is his at once, its agent goes to wrap-up."""

    interaction_id: InteractionId
    agent_id: AgentId


class StartInternalCall(Command):
    """An agent calls a colleague who is signed in and has nothing to do (he may be not ready)."""

    agent_id: AgentId
    interaction_id: InteractionId
    target_id: AgentId


# --- agents for calls that a dialer makes


class ReserveAgents(Command):
    """Keeps up to `count` free agents of a queue for `length`: no events when nobody is free. Asked again
    with the same id, it keeps more."""

    reservation_id: ReservationId
    queue_id: QueueId
    count: int
    length: timedelta


class AttachInteraction(Command):
    """Somebody whom the dialer called has answered: he is offered to the agent who is reserved longest, or,
    when none is left, waits at the head of the queue."""

    reservation_id: ReservationId
    interaction_id: InteractionId
    queue_id: QueueId


class ReleaseReservation(Command):
    """Lets one agent go, or (agent_id 0) all of a reservation."""

    reservation_id: ReservationId
    agent_id: AgentId = AgentId(0)


AcdCommand = (
    ConfigureSite
    | ConfigureQueue
    | RemoveQueue
    | ConfigureAgent
    | RemoveAgent
    | ConfigureReason
    | RemoveReason
    | ConfigurePlan
    | RemovePlan
    | SetAgentMode
    | SignInAgent
    | SignOutAgent
    | MakeAgentReady
    | MakeAgentNotReady
    | NoteDevice
    | RegisterInteraction
    | EnterFlow
    | EnqueueInteraction
    | PrioritizeInteraction
    | LeaveQueue
    | EndInteraction
    | NoteCustomerLeft
    | AcceptOffer
    | DeclineOffer
    | FailOffer
    | ConfirmConnection
    | HoldInteraction
    | ResumeInteraction
    | FinishTalk
    | NoteAgentLegLost
    | NoteAgentLegRestored
    | RequeueInteraction
    | EscalateInteraction
    | PromiseCallback
    | ScheduleCallback
    | RescheduleCallback
    | ExtendWrapUp
    | FinishWrapUp
    | StartManualInteraction
    | FailManualInteraction
    | TransferInteraction
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
    | ReserveAgents
    | AttachInteraction
    | ReleaseReservation
)
