"""Event -> where every agent and every interaction stands. Pure; both folds of this room stand on it.

Moments are milliseconds here: this runs in the writer's transaction, for every event.
An agent's state is one word at each moment: an assignment wins over the availability (codes.AGENT_STATES).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from otklik.acd import events as acd
from otklik.acd.model import AssignmentPhase, Channel, EndedBy, EndReason, NotReadyCause, Phase, Target
from otklik.reports import codes, watching
from otklik.vocabulary.ids import SELF_TEST_PROJECT
from otklik.vocabulary.messages import Event
from otklik.vocabulary.time import SLOT_MS, duration_ms, to_ms


@dataclass(slots=True)
class QueueTrack:
    """What facts need of a queue's rules."""

    queue_id: int
    project_id: int = 0
    service_threshold_ms: int = 20_000
    short_abandon_ms: int = 5_000
    skills: list[int] = field(default_factory=list)


@dataclass(slots=True)
class AgentTrack:
    """One agent. `assigned` is the state that his assignment gives him, 0 without one.

    state ... since_ms: the present state interval. counted_ms: up to where it was handed out as closed (at
    each start of a slot). reserved_until_ms: kept for a dialer's call, 0 if not. reason: a reason's id,
    or minus the number of the rule that made him not ready. guard: why a break is proposed ("" none), with
    what he had handled and worked without a break when it was.
    """

    agent_id: int
    availability: int = codes.SIGNED_OUT
    availability_reason: int = 0
    intent: str = ""
    intent_reason_id: int = 0
    is_reachable: bool = False
    is_self_test: bool = False
    signed_in_ms: int = 0
    skills: list[int] = field(default_factory=list)
    assigned: int = 0
    interaction_id: int = 0
    segment_id: int = 0
    offer_id: int = 0
    queue_id: int = 0
    project_id: int = 0
    deadline_ms: int = 0
    last_interaction_id: int = 0
    last_project_id: int = 0
    state: int = codes.SIGNED_OUT
    reason: int = 0
    state_interaction_id: int = 0
    state_queue_id: int = 0
    state_project_id: int = 0
    since_ms: int = 0
    counted_ms: int = 0
    reserved_until_ms: int = 0
    mode: str = "blended"
    mode_rule: str = "default"
    guard: str = ""
    guard_handled: int = 0
    guard_streak_ms: int = 0


@dataclass(slots=True)
class FailedConsult:
    """A consultation that another one ended: who asked, who did not take it or hung up, when, and the end
    reason."""

    caller_id: int
    agent_id: int
    queue_id: int
    party_id: int
    reason: str
    at_ms: int


@dataclass(slots=True)
class InteractionTrack:
    """One interaction. entered_ms: when it entered its present queue. queued_ms: from when its wait counts in
    the order of routing. answered_ms: its first talk. owner: agent, or queue while waiting, 0 else.
    caller_id: the agent whose internal call or consultation it is; consult_of, consult_id: a consultation and
    the customer's interaction, each of the other; asked_*: who is asked or called; from_agent_id: who
    transferred it last. others: participant, agent and party of each who takes part without owning.
    failed_consult: the last one of the present agent, until he asks again or gives the customer away.
    is_callback: a promised call that has not reached its customer yet. watchers: supervisor, mode and since
    when of each who listens to it.
    """

    interaction_id: int
    channel: int
    direction: int
    party_id: int
    number_id: int
    project_id: int
    started_ms: int
    phase: int
    since_ms: int
    owner: int = 0
    phase_segment_id: int = 0
    queue_id: int = 0
    segment_id: int = 0
    agent_id: int = 0
    offer_id: int = 0
    offer_expires_ms: int = 0
    priority: int = 0
    entered_ms: int = 0
    queued_ms: int = 0
    answered_ms: int = 0
    deadline_ms: int = 0
    callback_of: int = 0
    is_callback: bool = False
    end_reason: str = ""
    ended_ms: int = 0
    caller_id: int = 0
    consult_of: int = 0
    consult_id: int = 0
    asked_agent_id: int = 0
    asked_queue_id: int = 0
    asked_party_id: int = 0
    from_agent_id: int = 0
    others: list[list[int]] = field(default_factory=list)
    failed_consult: FailedConsult | None = None
    watchers: list[tuple[int, str, int]] = field(default_factory=list)


@dataclass(slots=True)
class Places:
    """All that is remembered."""

    agents: dict[int, AgentTrack] = field(default_factory=dict)
    interactions: dict[int, InteractionTrack] = field(default_factory=dict)
    queues: dict[int, QueueTrack] = field(default_factory=dict)


class ClosedState(NamedTuple):
    """A piece of an agent's state that is over. begins: the state began with this piece."""

    agent_id: int
    state: int
    reason: int
    queue_id: int
    project_id: int
    interaction_id: int
    start_ms: int
    stop_ms: int
    begins: bool


class ClosedPhase(NamedTuple):
    """A phase of an interaction that is over."""

    interaction_id: int
    phase: int
    owner: int
    segment_id: int
    start_ms: int
    stop_ms: int


class Tracking:
    """`apply` a record, then read what it touched: the lists are those of the last record only.

    pieces: state time to be counted. states: whole state intervals. phases: closed ones. agents,
    interactions: ids whose track changed. gone_agents: removed ones. ended: the interaction that ended, no
    longer in `places`. cut_ms: up to where all open states were counted, else 0.
    """

    def __init__(self) -> None:
        self.places = Places()
        self.pieces: list[ClosedState] = []
        self.states: list[ClosedState] = []
        self.phases: list[ClosedPhase] = []
        self.agents: set[int] = set()
        self.interactions: set[int] = set()
        self.gone_agents: set[int] = set()
        self.cut_ms = 0
        self.ended: InteractionTrack | None = None
        self._acts: dict[type[Event], Callable[[Any, int], None]] = self._table()

    def apply(self, event: Event, at_ms: int) -> None:
        """Note one event, at the journal's own time; events of other rooms change nothing."""
        # Most events touch two of these; a question is cheaper than a call.
        if self.pieces:
            self.pieces.clear()
        if self.states:
            self.states.clear()
        if self.phases:
            self.phases.clear()
        if self.agents:
            self.agents.clear()
        if self.interactions:
            self.interactions.clear()
        if self.gone_agents:
            self.gone_agents.clear()
        self.cut_ms = 0
        self.ended = None
        act = self._acts.get(type(event))
        if act is not None:
            act(event, at_ms)
        else:
            self._watch(event, at_ms)

    def _table(self) -> dict[type[Event], Callable[[Any, int], None]]:
        return {
            acd.QueueConfigured: self._configure_queue,
            acd.AgentConfigured: self._configure_agent,
            acd.AgentRemoved: self._remove_agent,
            acd.AgentSignedIn: self._sign_in,
            acd.AgentSignedOut: self._sign_out,
            acd.AgentMadeReady: self._make_ready,
            acd.AgentMadeNotReady: self._make_not_ready,
            acd.AgentIntentSet: self._set_intent,
            acd.DeviceReached: self._reach_device,
            acd.DeviceLost: self._lose_device,
            acd.InteractionArrived: self._arrive,
            acd.FlowEntered: self._enter_flow,
            acd.InteractionQueued: self._queue,
            acd.OfferMade: self._make_offer,
            acd.OfferAccepted: self._accept_offer,
            acd.OfferDeclined: self._end_offer,
            acd.OfferExpired: self._end_offer,
            acd.OfferWithdrawn: self._end_offer,
            acd.InteractionConnected: self._connect,
            acd.InteractionHeld: self._hold,
            acd.InteractionResumed: self._talk_again,
            acd.ReconnectionStarted: self._reconnect,
            acd.ReconnectionSucceeded: self._talk_again,
            acd.ReconnectionFailed: self._lose_agent,
            acd.ConnectionFailed: self._lose_agent,
            acd.SegmentHandedOver: self._hand_over,
            acd.InteractionEnded: self._end,
            acd.WrapUpStarted: self._start_wrap_up,
            acd.WrapUpExtended: self._extend_wrap_up,
            acd.WrapUpEnded: self._end_wrap_up,
            acd.ManualInteractionStarted: self._start_manual,
            acd.TransferStarted: self._start_transfer,
            acd.TransferFailed: self._fail_transfer,
            acd.FlowResumed: self._resume_flow,
            acd.ConsultStarted: self._start_consult,
            acd.DialingStarted: self._dial,
            acd.InteractionForwarded: self._forward,
            acd.TransferCompleted: self._complete_transfer,
            acd.InternalCallStarted: self._start_internal,
            acd.ParticipantJoined: self._join,
            acd.ParticipantMoved: self._move_participant,
            acd.ParticipantLeft: self._leave,
            acd.InteractionOverflowed: self._overflow,
            acd.InteractionPrioritized: self._prioritize,
            acd.CallbackPromised: self._promise,
            acd.CallbackScheduled: self._schedule,
            acd.CallbackDialed: self._dial_back,
            acd.CallbackAttemptFailed: self._fail_attempt,
            acd.CallbackRescheduled: self._reschedule,
            acd.AgentModeChanged: self._change_mode,
            acd.AgentGuarded: self._guard,
            acd.AgentGuardLifted: self._lift_guard,
            acd.DayStarted: self._start_day,
            acd.AgentReserved: self._reserve,
            acd.AgentReleased: self._release,
            acd.SlotStarted: self._start_slot,
        }

    # --- snapshot

    def snapshot(self) -> Places:
        return self.places

    def restore(self, places: Places | None) -> None:
        self.places = places if places is not None else Places()

    # --- configuration

    def _configure_queue(self, event: acd.QueueConfigured, at_ms: int) -> None:
        rules = event.queue
        self.places.queues[rules.queue_id] = QueueTrack(
            queue_id=rules.queue_id,
            project_id=rules.project_id,
            service_threshold_ms=duration_ms(rules.service_threshold),
            short_abandon_ms=duration_ms(rules.short_abandon),
            skills=[needed.skill_id for needed in rules.skills],
        )
        for agent in self.places.agents.values():
            self._mark_self_test(agent, at_ms)

    def _configure_agent(self, event: acd.AgentConfigured, at_ms: int) -> None:
        agent = self._agent(event.agent.agent_id)
        agent.skills = list(event.agent.skills)
        self.agents.add(agent.agent_id)
        self._mark_self_test(agent, at_ms)

    def _mark_self_test(self, agent: AgentTrack, at_ms: int) -> None:
        """The agent of the self-test has skills for its queue only; his time is nobody's working time."""
        tested: set[int] = set()
        served: set[int] = set()
        for queue in self.places.queues.values():
            (tested if queue.project_id == SELF_TEST_PROJECT else served).update(queue.skills)
        is_self_test = bool(agent.skills) and tested.difference(served).issuperset(agent.skills)
        if is_self_test != agent.is_self_test:
            agent.is_self_test = is_self_test
            self._settle(agent, at_ms)

    def _remove_agent(self, event: acd.AgentRemoved, at_ms: int) -> None:
        agent = self.places.agents.get(event.agent_id)
        if agent is None:
            return
        self._free(agent, codes.SIGNED_OUT, 0, at_ms)
        del self.places.agents[event.agent_id]
        self.agents.discard(event.agent_id)
        self.gone_agents.add(event.agent_id)

    # --- agents

    def _agent(self, agent_id: int) -> AgentTrack:
        agent = self.places.agents.get(agent_id)
        if agent is None:
            agent = self.places.agents[agent_id] = AgentTrack(agent_id)
        return agent

    def _sign_in(self, event: acd.AgentSignedIn, at_ms: int) -> None:
        agent = self._agent(event.agent_id)
        agent.signed_in_ms = at_ms
        self._free(agent, codes.NOT_READY, -codes.CAUSES[NotReadyCause.SIGNED_IN], at_ms)

    def _sign_out(self, event: acd.AgentSignedOut, at_ms: int) -> None:
        agent = self._agent(event.agent_id)
        agent.signed_in_ms = 0
        self._free(agent, codes.SIGNED_OUT, 0, at_ms)

    def _make_ready(self, event: acd.AgentMadeReady, at_ms: int) -> None:
        self._free(self._agent(event.agent_id), codes.READY, 0, at_ms)

    def _make_not_ready(self, event: acd.AgentMadeNotReady, at_ms: int) -> None:
        reason = event.reason_id or -codes.CAUSES[event.cause]
        self._free(self._agent(event.agent_id), codes.NOT_READY, reason, at_ms)

    def _free(self, agent: AgentTrack, availability: int, reason: int, at_ms: int) -> None:
        """Whatever the agent had is over; he is now what the event says."""
        agent.availability = availability
        agent.availability_reason = reason
        agent.reserved_until_ms = 0
        agent.intent = ""
        agent.intent_reason_id = 0
        self._unassign(agent, at_ms)

    def _set_intent(self, event: acd.AgentIntentSet, at_ms: int) -> None:
        agent = self._agent(event.agent_id)
        agent.intent = event.intent
        agent.intent_reason_id = event.reason_id
        self.agents.add(agent.agent_id)

    def _reach_device(self, event: acd.DeviceReached, at_ms: int) -> None:
        agent = self._agent(event.agent_id)
        agent.is_reachable = True
        self.agents.add(agent.agent_id)

    def _lose_device(self, event: acd.DeviceLost, at_ms: int) -> None:
        agent = self._agent(event.agent_id)
        agent.is_reachable = False
        self.agents.add(agent.agent_id)

    def _change_mode(self, event: acd.AgentModeChanged, at_ms: int) -> None:
        agent = self._agent(event.agent_id)
        agent.mode = event.mode.value
        agent.mode_rule = event.rule
        self.agents.add(agent.agent_id)

    def _guard(self, event: acd.AgentGuarded, at_ms: int) -> None:
        agent = self._agent(event.agent_id)
        agent.guard = event.cause.value
        agent.guard_handled, agent.guard_streak_ms = event.handled, duration_ms(event.streak)
        self.agents.add(agent.agent_id)

    def _lift_guard(self, event: acd.AgentGuardLifted, at_ms: int) -> None:
        self._forget_guard(self._agent(event.agent_id))

    def _start_day(self, event: acd.DayStarted, at_ms: int) -> None:
        """Counters of the day begin anew: the engine lifts every guard without a further word."""
        for agent in self.places.agents.values():
            if agent.guard:
                self._forget_guard(agent)

    def _forget_guard(self, agent: AgentTrack) -> None:
        agent.guard, agent.guard_handled, agent.guard_streak_ms = "", 0, 0
        self.agents.add(agent.agent_id)

    def _reserve(self, event: acd.AgentReserved, at_ms: int) -> None:
        agent = self._agent(event.agent_id)
        agent.reserved_until_ms = to_ms(event.until)
        self.agents.add(agent.agent_id)

    def _release(self, event: acd.AgentReleased, at_ms: int) -> None:
        agent = self._agent(event.agent_id)
        agent.reserved_until_ms = 0
        self.agents.add(agent.agent_id)

    def _assign(self, agent_id: int, state: int, at_ms: int, deadline_ms: int = 0) -> None:
        if not agent_id:
            return  # a party outside
        agent = self._agent(agent_id)
        agent.reserved_until_ms = 0
        agent.assigned = state
        agent.deadline_ms = deadline_ms
        self._settle(agent, at_ms)

    def _unassign(self, agent: AgentTrack, at_ms: int) -> None:
        if agent.assigned:
            agent.last_interaction_id, agent.last_project_id = agent.interaction_id, agent.project_id
        agent.assigned = 0
        agent.interaction_id = agent.segment_id = agent.offer_id = agent.queue_id = agent.project_id = 0
        agent.deadline_ms = 0
        self._settle(agent, at_ms)

    def _settle(self, agent: AgentTrack, at_ms: int) -> None:
        """Close the state interval and open the next one, if the state is another one now."""
        self.agents.add(agent.agent_id)
        state = agent.assigned or agent.availability
        reason = agent.availability_reason if state == codes.NOT_READY else 0
        project_id = SELF_TEST_PROJECT if agent.is_self_test else agent.project_id
        if (
            state == agent.state
            and reason == agent.reason
            and agent.interaction_id == agent.state_interaction_id
            and agent.queue_id == agent.state_queue_id
            and project_id == agent.state_project_id
        ):
            return
        if agent.state != codes.SIGNED_OUT and at_ms > agent.since_ms:
            self._count(agent, at_ms)
            self.states.append(_closed(agent, agent.since_ms, at_ms, begins=True))
            if agent.state == codes.WRAP_UP:
                self.phases.append(
                    ClosedPhase(
                        agent.state_interaction_id,
                        codes.PHASE_WRAP_UP,
                        agent.agent_id,
                        0,
                        agent.since_ms,
                        at_ms,
                    )
                )
        agent.state = state
        agent.reason = reason
        agent.state_interaction_id = agent.interaction_id
        agent.state_queue_id = agent.queue_id
        agent.state_project_id = project_id
        agent.since_ms = agent.counted_ms = at_ms

    def _count(self, agent: AgentTrack, until_ms: int) -> None:
        if until_ms > agent.counted_ms:
            self.pieces.append(
                _closed(agent, agent.counted_ms, until_ms, begins=agent.counted_ms == agent.since_ms)
            )
            agent.counted_ms = until_ms

    def _start_slot(self, event: acd.SlotStarted, at_ms: int) -> None:
        self.cut_ms = min(event.slot * SLOT_MS, at_ms)
        for agent in self.places.agents.values():
            if agent.state != codes.SIGNED_OUT:
                self._count(agent, self.cut_ms)

    # --- interactions

    def _move(self, interaction: InteractionTrack, phase: int, owner: int, at_ms: int) -> None:
        if at_ms > interaction.since_ms:
            self.phases.append(
                ClosedPhase(
                    interaction.interaction_id,
                    interaction.phase,
                    interaction.owner,
                    interaction.phase_segment_id,
                    interaction.since_ms,
                    at_ms,
                )
            )
        interaction.phase = phase
        interaction.owner = owner
        interaction.phase_segment_id = interaction.segment_id
        interaction.since_ms = at_ms
        interaction.deadline_ms = 0
        self.interactions.add(interaction.interaction_id)

    def _arrive(self, event: acd.InteractionArrived, at_ms: int) -> None:
        self.places.interactions[event.interaction_id] = InteractionTrack(
            interaction_id=event.interaction_id,
            channel=codes.CHANNELS[event.channel],
            direction=codes.DIRECTIONS[event.direction],
            party_id=event.party_id,
            number_id=event.number_id,
            project_id=event.project_id,
            started_ms=at_ms,
            phase=codes.PHASES[Phase.ARRIVING],
            since_ms=at_ms,
        )
        self.interactions.add(event.interaction_id)

    def _enter_flow(self, event: acd.FlowEntered, at_ms: int) -> None:
        interaction = self.places.interactions.get(event.interaction_id)
        if interaction is not None:
            self._move(interaction, codes.PHASES[Phase.IN_FLOW], 0, at_ms)
            interaction.deadline_ms = to_ms(event.deadline)

    def _queue(self, event: acd.InteractionQueued, at_ms: int) -> None:
        interaction = self.places.interactions.get(event.interaction_id)
        if interaction is None:
            return
        if interaction.segment_id != event.segment_id:
            interaction.segment_id = event.segment_id
            interaction.entered_ms = at_ms
        interaction.queue_id = event.queue_id
        interaction.priority = event.priority
        interaction.queued_ms = to_ms(event.queued_at)
        interaction.agent_id = interaction.offer_id = interaction.offer_expires_ms = 0
        if not interaction.project_id:
            queue = self.places.queues.get(event.queue_id)
            interaction.project_id = queue.project_id if queue is not None else 0
        self._move(interaction, codes.PHASES[Phase.WAITING], event.queue_id, at_ms)

    def _prioritize(self, event: acd.InteractionPrioritized, at_ms: int) -> None:
        interaction = self.places.interactions.get(event.interaction_id)
        if interaction is not None:
            interaction.priority = event.priority
            self.interactions.add(event.interaction_id)

    def _overflow(self, event: acd.InteractionOverflowed, at_ms: int) -> None:
        """Out of a queue: with the flow again, or in another queue by an event of its own."""
        interaction = self.places.interactions.get(event.interaction_id)
        if interaction is None or event.deadline is None:
            return
        interaction.queue_id = interaction.segment_id = interaction.entered_ms = 0
        self._move(interaction, codes.PHASES[Phase.IN_FLOW], 0, at_ms)
        interaction.deadline_ms = to_ms(event.deadline)

    def _promise(self, event: acd.CallbackPromised, at_ms: int) -> None:
        interaction = self.places.interactions.get(event.interaction_id)
        if interaction is None:
            return
        interaction.segment_id = event.segment_id
        interaction.queue_id = event.queue_id
        interaction.priority = event.priority
        interaction.queued_ms = to_ms(event.queued_at)
        interaction.entered_ms = at_ms
        self._put_off(interaction, to_ms(event.due_at), at_ms)

    def _put_off(self, interaction: InteractionTrack, until_ms: int, at_ms: int) -> None:
        """A promised call waits for its moment, in no line."""
        interaction.agent_id = interaction.offer_id = interaction.offer_expires_ms = 0
        interaction.is_callback = True
        self._move(interaction, codes.PHASES[Phase.SCHEDULED], interaction.queue_id, at_ms)
        interaction.deadline_ms = until_ms

    def _schedule(self, event: acd.CallbackScheduled, at_ms: int) -> None:
        interaction = self.places.interactions[event.interaction_id] = InteractionTrack(
            interaction_id=event.interaction_id,
            channel=codes.CHANNELS[Channel.VOICE],
            direction=codes.OUTBOUND,
            party_id=event.party_id,
            number_id=0,
            project_id=event.project_id,
            started_ms=at_ms,
            phase=codes.PHASES[Phase.SCHEDULED],
            since_ms=at_ms,
            owner=event.queue_id,
            phase_segment_id=event.segment_id,
            queue_id=event.queue_id,
            segment_id=event.segment_id,
            priority=event.priority,
            entered_ms=at_ms,
            queued_ms=to_ms(event.due_at),
            callback_of=event.callback_of,
            is_callback=True,
            deadline_ms=to_ms(event.due_at),
        )
        self.interactions.add(interaction.interaction_id)

    def _dial_back(self, event: acd.CallbackDialed, at_ms: int) -> None:
        deadline_ms = to_ms(event.deadline)
        if self._is_call(event.interaction_id):
            self._assign(event.agent_id, codes.CONNECTING, at_ms, deadline_ms)
        self._move_with(event, Phase.DIALING, at_ms)
        interaction = self.places.interactions.get(event.interaction_id)
        if interaction is not None:
            interaction.deadline_ms = deadline_ms

    def _fail_attempt(self, event: acd.CallbackAttemptFailed, at_ms: int) -> None:
        self._lose_agent(event, at_ms)
        interaction = self.places.interactions.get(event.interaction_id)
        if interaction is not None:
            self._put_off(interaction, to_ms(event.retry_at or event.at), at_ms)

    def _reschedule(self, event: acd.CallbackRescheduled, at_ms: int) -> None:
        interaction = self.places.interactions.get(event.interaction_id)
        if interaction is not None:
            interaction.queue_id = event.queue_id or interaction.queue_id
            self._put_off(interaction, to_ms(event.due_at), at_ms)

    def _make_offer(self, event: acd.OfferMade, at_ms: int) -> None:
        expires_ms = to_ms(event.expires_at)
        interaction = self.places.interactions.get(event.interaction_id)
        if self._is_call(event.interaction_id):
            agent = self._agent(event.agent_id)
            agent.interaction_id = event.interaction_id
            agent.segment_id = event.segment_id
            agent.offer_id = event.offer_id
            agent.queue_id = event.queue_id
            agent.project_id = self.project_of(event.queue_id, interaction)
            self._assign(event.agent_id, codes.OFFERED, at_ms, expires_ms)
        if interaction is not None:
            interaction.agent_id = event.agent_id
            interaction.offer_id = event.offer_id
            self._move(interaction, codes.PHASES[Phase.OFFERED], event.agent_id, at_ms)
            interaction.offer_expires_ms = interaction.deadline_ms = expires_ms

    def _is_call(self, interaction_id: int) -> bool:
        """An agent's state is that of his calls; chats and letters are beside it."""
        interaction = self.places.interactions.get(interaction_id)
        return interaction is None or interaction.channel == codes.CHANNELS[Channel.VOICE]

    def project_of(self, queue_id: int, interaction: InteractionTrack | None) -> int:
        """The queue's project, else the interaction's own."""
        queue = self.places.queues.get(queue_id)
        if queue is not None and queue.project_id:
            return queue.project_id
        return interaction.project_id if interaction is not None else 0

    def _accept_offer(self, event: acd.OfferAccepted, at_ms: int) -> None:
        deadline_ms = to_ms(event.deadline)
        if self._is_call(event.interaction_id):
            self._assign(event.agent_id, codes.CONNECTING, at_ms, deadline_ms)
        self._move_with(event, Phase.CONNECTING, at_ms)
        interaction = self.places.interactions.get(event.interaction_id)
        if interaction is not None:
            interaction.deadline_ms = deadline_ms
            interaction.offer_expires_ms = 0

    def _end_offer(
        self, event: acd.OfferDeclined | acd.OfferExpired | acd.OfferWithdrawn, at_ms: int
    ) -> None:
        self._lose_agent(event, at_ms)

    def _connect(self, event: acd.InteractionConnected, at_ms: int) -> None:
        if self._is_call(event.interaction_id):
            self._assign(event.agent_id, codes.CONNECTED, at_ms)
        self._move_with(event, Phase.CONNECTED, at_ms)
        interaction = self.places.interactions.get(event.interaction_id)
        if interaction is not None:
            interaction.offer_id = interaction.offer_expires_ms = 0
            interaction.is_callback = False
            interaction.agent_id = event.agent_id
            interaction.answered_ms = interaction.answered_ms or at_ms

    def _hold(self, event: acd.InteractionHeld, at_ms: int) -> None:
        if self._is_call(event.interaction_id):
            self._assign(event.agent_id, codes.HELD, at_ms)
        self._move_with(event, Phase.HELD, at_ms)

    def _talk_again(self, event: acd.InteractionResumed | acd.ReconnectionSucceeded, at_ms: int) -> None:
        if self._is_call(event.interaction_id):
            self._assign(event.agent_id, codes.CONNECTED, at_ms)
        self._move_with(event, Phase.CONNECTED, at_ms)

    def _reconnect(self, event: acd.ReconnectionStarted, at_ms: int) -> None:
        deadline_ms = to_ms(event.deadline)
        self._assign(event.agent_id, codes.RECONNECTING, at_ms, deadline_ms)
        self._move_with(event, Phase.RECONNECTING, at_ms)
        interaction = self.places.interactions.get(event.interaction_id)
        if interaction is not None:
            interaction.deadline_ms = deadline_ms

    def _move_with(self, event: Any, phase: Phase, at_ms: int) -> None:
        interaction = self.places.interactions.get(event.interaction_id)
        if interaction is not None:
            self._move(interaction, codes.PHASES[phase], event.agent_id, at_ms)

    def _lose_agent(self, event: Any, at_ms: int) -> None:
        """The agent no longer has the interaction; where it goes follows as an event of its own."""
        agent = self._agent(event.agent_id)
        if agent.interaction_id == event.interaction_id:
            self._unassign(agent, at_ms)
        interaction = self.places.interactions.get(event.interaction_id)
        if interaction is not None and interaction.agent_id == event.agent_id:
            interaction.agent_id = interaction.offer_id = interaction.offer_expires_ms = 0
            self.interactions.add(interaction.interaction_id)

    def _hand_over(self, event: acd.SegmentHandedOver, at_ms: int) -> None:
        interaction = self.places.interactions.get(event.interaction_id)
        if interaction is not None:
            interaction.from_agent_id = event.agent_id
            interaction.failed_consult = None
        self._lose_agent(event, at_ms)

    def _end(self, event: acd.InteractionEnded, at_ms: int) -> None:
        interaction = self.places.interactions.pop(event.interaction_id, None)
        if interaction is None:
            return
        agent = self.places.agents.get(interaction.agent_id)
        self._move(interaction, codes.PHASES[Phase.ENDED], 0, at_ms)
        interaction.end_reason = event.reason.value
        interaction.ended_ms = at_ms
        interaction.offer_id = interaction.offer_expires_ms = 0
        self.ended = interaction
        asked_about = self.places.interactions.get(interaction.consult_of)
        if asked_about is not None and asked_about.consult_id == interaction.interaction_id:
            asked_about.consult_id = 0
            asked_about.failed_consult = _failure_of(interaction, event, at_ms)
            self.interactions.add(asked_about.interaction_id)
        if agent is not None and agent.interaction_id == event.interaction_id:
            self._unassign(agent, at_ms)

    def _start_wrap_up(self, event: acd.WrapUpStarted, at_ms: int) -> None:
        agent = self._agent(event.agent_id)
        agent.interaction_id = event.interaction_id
        agent.segment_id = event.segment_id
        agent.queue_id = event.queue_id
        agent.offer_id = 0
        is_last = agent.last_interaction_id == event.interaction_id
        agent.project_id = agent.last_project_id if is_last else self.project_of(event.queue_id, None)
        self._assign(event.agent_id, codes.WRAP_UP, at_ms, to_ms(event.deadline))

    def _extend_wrap_up(self, event: acd.WrapUpExtended, at_ms: int) -> None:
        agent = self._agent(event.agent_id)
        agent.deadline_ms = to_ms(event.deadline)
        self.agents.add(agent.agent_id)

    def _end_wrap_up(self, event: acd.WrapUpEnded, at_ms: int) -> None:
        agent = self._agent(event.agent_id)
        if agent.assigned == codes.WRAP_UP:
            self._unassign(agent, at_ms)

    def _start_manual(self, event: acd.ManualInteractionStarted, at_ms: int) -> None:
        deadline_ms = to_ms(event.deadline)
        self.places.interactions[event.interaction_id] = InteractionTrack(
            interaction_id=event.interaction_id,
            channel=codes.CHANNELS[Channel.VOICE],
            direction=codes.OUTBOUND,
            party_id=event.party_id,
            number_id=0,
            project_id=event.project_id,
            started_ms=at_ms,
            phase=codes.PHASES[Phase.DIALING],
            since_ms=at_ms,
            owner=event.agent_id,
            phase_segment_id=event.segment_id,
            queue_id=event.queue_id,
            segment_id=event.segment_id,
            agent_id=event.agent_id,
            deadline_ms=deadline_ms,
            callback_of=event.callback_of,
        )
        self.interactions.add(event.interaction_id)
        agent = self._agent(event.agent_id)
        agent.interaction_id = event.interaction_id
        agent.segment_id = event.segment_id
        agent.queue_id = event.queue_id
        agent.offer_id = 0
        agent.project_id = event.project_id
        self._assign(event.agent_id, codes.CONNECTING, at_ms, deadline_ms)

    # --- supervisors

    def _watch(self, event: Event, at_ms: int) -> None:
        """Who listens to a talk; all other events are of no interest here."""
        if not watching.is_about_supervision(event):
            return
        interaction = self.places.interactions.get(event.interaction_id)
        if interaction is None:
            return
        others = [one for one in interaction.watchers if one[0] != event.supervisor_id]
        mode = watching.mode_after(event)
        interaction.watchers = [*others, (event.supervisor_id, mode, at_ms)] if mode else others
        self.interactions.add(event.interaction_id)

    # --- talks that move between people

    def _start_transfer(self, event: acd.TransferStarted, at_ms: int) -> None:
        interaction = self.places.interactions.get(event.interaction_id)
        if interaction is not None:
            interaction.segment_id = event.segment_id
            interaction.entered_ms = at_ms
            interaction.queued_ms = interaction.queued_ms or at_ms
            interaction.from_agent_id = event.from_agent_id
            _ask(interaction, event.target)
            self._move(interaction, codes.PHASES[Phase.WAITING], 0, at_ms)

    def _fail_transfer(self, event: acd.TransferFailed, at_ms: int) -> None:
        interaction = self.places.interactions.get(event.interaction_id)
        if interaction is not None:
            interaction.asked_agent_id = interaction.asked_queue_id = interaction.asked_party_id = 0
            self._move(interaction, codes.PHASES[Phase.WAITING], 0, at_ms)

    def _resume_flow(self, event: acd.FlowResumed, at_ms: int) -> None:
        """The one to whom a flow sent him did not take him."""
        interaction = self.places.interactions.get(event.interaction_id)
        if interaction is not None:
            interaction.asked_agent_id = interaction.asked_party_id = 0
            interaction.segment_id = interaction.entered_ms = 0
            self._move(interaction, codes.PHASES[Phase.IN_FLOW], 0, at_ms)
            interaction.deadline_ms = to_ms(event.deadline)

    def _begin_internal(
        self, interaction_id: int, segment_id: int, caller_id: int, project_id: int, at_ms: int
    ) -> InteractionTrack:
        interaction = self.places.interactions[interaction_id] = InteractionTrack(
            interaction_id=interaction_id,
            channel=codes.CHANNELS[Channel.VOICE],
            direction=codes.INTERNAL,
            party_id=0,
            number_id=0,
            project_id=project_id,
            started_ms=at_ms,
            phase=codes.PHASES[Phase.WAITING],
            since_ms=at_ms,
            phase_segment_id=segment_id,
            segment_id=segment_id,
            entered_ms=at_ms,
            queued_ms=at_ms,
            caller_id=caller_id,
        )
        self.interactions.add(interaction_id)
        return interaction

    def _start_consult(self, event: acd.ConsultStarted, at_ms: int) -> None:
        consult = self._begin_internal(
            event.interaction_id, event.segment_id, event.caller_id, event.project_id, at_ms
        )
        consult.consult_of = event.consult_of
        _ask(consult, event.target)
        asked_about = self.places.interactions.get(event.consult_of)
        if asked_about is not None:
            asked_about.consult_id = event.interaction_id
            asked_about.failed_consult = None
            self.interactions.add(event.consult_of)

    def _dial(self, event: acd.DialingStarted, at_ms: int) -> None:
        interaction = self.places.interactions.get(event.interaction_id)
        if interaction is not None:
            interaction.asked_party_id = event.party_id
            self._move(interaction, codes.PHASES[Phase.DIALING], 0, at_ms)
            interaction.deadline_ms = to_ms(event.deadline)

    def _forward(self, event: acd.InteractionForwarded, at_ms: int) -> None:
        interaction = self.places.interactions.get(event.interaction_id)
        if interaction is not None:
            interaction.asked_party_id = event.party_id
            if all(one[0] != event.participant_id for one in interaction.others):
                interaction.others = [*interaction.others, [event.participant_id, 0, event.party_id]]
            self._move(interaction, codes.PHASES[Phase.OUTSIDE], 0, at_ms)
            interaction.deadline_ms = to_ms(event.deadline)

    def _complete_transfer(self, event: acd.TransferCompleted, at_ms: int) -> None:
        interaction = self.places.interactions.get(event.interaction_id)
        if interaction is not None:
            interaction.segment_id = event.segment_id
            interaction.queue_id = event.queue_id
            interaction.entered_ms = at_ms
            interaction.agent_id = event.agent_id
            interaction.from_agent_id = event.from_agent_id
            interaction.others = [one for one in interaction.others if one[1] != event.agent_id]
        self._take_part(event.agent_id, event.interaction_id, event.segment_id, event.queue_id)
        if self._is_call(event.interaction_id):
            self._assign(event.agent_id, codes.CONNECTED, at_ms)
        self._move_with(event, Phase.CONNECTED, at_ms)

    def _start_internal(self, event: acd.InternalCallStarted, at_ms: int) -> None:
        call = self._begin_internal(event.interaction_id, event.segment_id, event.agent_id, 0, at_ms)
        _ask(call, event.target)
        self._take_part(event.agent_id, event.interaction_id, 0, 0)
        self._assign(event.agent_id, codes.CONNECTING, at_ms)

    def _join(self, event: acd.ParticipantJoined, at_ms: int) -> None:
        interaction = self.places.interactions.get(event.interaction_id)
        if interaction is not None:
            interaction.others = [
                *interaction.others,
                [event.participant_id, event.agent_id, event.party_id],
            ]
            self.interactions.add(event.interaction_id)
        if event.agent_id:
            queue_id = interaction.queue_id if interaction is not None else 0
            self._take_part(event.agent_id, event.interaction_id, 0, queue_id)
            self._assign(event.agent_id, codes.CONNECTED, at_ms)

    def _take_part(self, agent_id: int, interaction_id: int, segment_id: int, queue_id: int) -> None:
        agent = self._agent(agent_id)
        agent.interaction_id = interaction_id
        agent.segment_id = segment_id
        agent.queue_id = queue_id
        agent.offer_id = 0
        agent.project_id = self.project_of(queue_id, self.places.interactions.get(interaction_id))

    def _move_participant(self, event: acd.ParticipantMoved, at_ms: int) -> None:
        self._assign(event.agent_id, _STATES[event.phase], at_ms)

    def _leave(self, event: acd.ParticipantLeft, at_ms: int) -> None:
        agent = self.places.agents.get(event.agent_id)
        if agent is not None and agent.interaction_id == event.interaction_id:
            self._unassign(agent, at_ms)
        interaction = self.places.interactions.get(event.interaction_id)
        if interaction is not None:
            interaction.others = [one for one in interaction.others if one[0] != event.participant_id]
            self.interactions.add(event.interaction_id)


def _ask(interaction: InteractionTrack, target: Target) -> None:
    interaction.asked_agent_id = target.agent_id
    interaction.asked_queue_id = target.queue_id
    interaction.asked_party_id = target.party_id


def _failure_of(consult: InteractionTrack, event: acd.InteractionEnded, at_ms: int) -> FailedConsult | None:
    """None when the agent who asked has ended it; `answered`: the two talked, and the other one left."""
    if not event.asked_left and (event.reason is EndReason.ANSWERED or event.by is EndedBy.AGENT):
        return None
    return FailedConsult(
        caller_id=consult.caller_id,
        agent_id=consult.agent_id or consult.asked_agent_id,
        queue_id=consult.asked_queue_id,
        party_id=consult.asked_party_id,
        reason=event.reason.value,
        at_ms=at_ms,
    )


_STATES = {
    AssignmentPhase.OFFERED: codes.OFFERED,
    AssignmentPhase.CONNECTING: codes.CONNECTING,
    AssignmentPhase.CONNECTED: codes.CONNECTED,
    AssignmentPhase.HELD: codes.HELD,
    AssignmentPhase.RECONNECTING: codes.RECONNECTING,
    AssignmentPhase.WRAP_UP: codes.WRAP_UP,
}


def _closed(agent: AgentTrack, start_ms: int, stop_ms: int, *, begins: bool) -> ClosedState:
    return ClosedState(
        agent.agent_id,
        agent.state,
        agent.reason,
        agent.state_queue_id,
        agent.state_project_id,
        agent.state_interaction_id,
        start_ms,
        stop_ms,
        begins,
    )


def pieces_by_slot(start_ms: int, stop_ms: int) -> list[tuple[int, int]]:
    """(slot, milliseconds) of a half-open interval, cut at the quarters of an hour."""
    found = []
    while start_ms < stop_ms:
        slot = start_ms // SLOT_MS
        end_ms = min(stop_ms, (slot + 1) * SLOT_MS)
        found.append((slot, end_ms - start_ms))
        start_ms = end_ms
    return found
