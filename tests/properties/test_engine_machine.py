"""The engine as a Hypothesis state machine: a failure is shrunk to the shortest story that shows it."""

import os
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from otklik.acd import commands
from otklik.acd.commands import AcdCommand
from otklik.acd.model import (
    AgentProfile,
    Channel,
    Direction,
    EndedBy,
    EndReason,
    Mode,
    QueueRules,
    ReasonRules,
    SiteRules,
    SkillRequirement,
    Target,
    TargetKind,
)
from otklik.acd.state import Interaction
from otklik.vocabulary.refusals import Refused
from tests.acd.witness import Witness
from tests.properties.walker import START

pytestmark = pytest.mark.long

AGENTS = (1, 2, 3, 4)
QUEUES = (101, 102, 103)
CHATS = 103
PARTY = 7
PLACES = st.integers(min_value=0, max_value=30)
TALKS = ("connected", "held")
agents = st.sampled_from(AGENTS)
queues = st.sampled_from(QUEUES)
targets = st.one_of(
    st.builds(lambda one: Target(kind=TargetKind.AGENT, agent_id=one), agents),
    st.builds(lambda one: Target(kind=TargetKind.QUEUE, queue_id=one), queues),
    st.just(Target(kind=TargetKind.OUTSIDE, party_id=PARTY)),
)


class EngineMachine(RuleBasedStateMachine):
    """Any command at any moment about anything that exists; a refusal is a good answer, and changes
    nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.witness = Witness()
        self.now: datetime = START
        self.born = 1_000

    # --- what there is

    @initialize(
        levels=st.lists(st.integers(0, 10), min_size=4, max_size=4),
        strategy=st.sampled_from(["longest_idle", "most_skilled"]),
    )
    def begin(self, levels: list[int], strategy: str) -> None:
        self.give(commands.ConfigureReason(at=self.now, reason=ReasonRules(reason_id=1)))
        for queue_id in QUEUES:
            self.give(commands.ConfigureQueue(at=self.now, queue=rules_of(queue_id, strategy=strategy)))
        for agent_id, level in zip(AGENTS, levels, strict=True):
            self.give(commands.ConfigureAgent(at=self.now, agent=profile_of(agent_id, level)))
            self.give(commands.SignInAgent(at=self.now, agent_id=agent_id))
            self.give(commands.NoteDevice(at=self.now, agent_id=agent_id, is_reachable=True))

    def give(self, command: AcdCommand) -> None:
        try:
            self.witness.handle(command)
        except Refused as refused:
            assert refused.code  # noqa: PT017 - a refusal is one of the two good ends

    def one(self, place: int, fits: Callable[[Interaction], bool] = lambda _: True) -> int:
        """An interaction that exists (and fits, if any does), by its place."""
        alive = self.alive()
        chosen = [one for one in alive if fits(one)] or alive
        return chosen[place % len(chosen)].interaction_id if chosen else 999

    def alive(self) -> list[Interaction]:
        return list(self.witness.engine.state.interactions.values())

    def talk(self, place: int) -> int:
        """A customer's talk, if there is one."""
        return self.one(
            place, lambda one: one.phase.value in TALKS and one.direction is not Direction.INTERNAL
        )

    def consulting(self, place: int) -> int:
        """An interaction about which somebody is asked, if there is one."""
        return self.one(place, lambda one: one.ties is not None and bool(one.ties.consult_id))

    def shared(self, place: int) -> tuple[int, int, int]:
        """An interaction, one who takes part in it and his agent (0 outside)."""
        one = self.one(place, lambda found: found.ties is not None and bool(found.ties.participants))
        interaction = self.witness.engine.interaction(one)
        if interaction is None or interaction.ties is None or not interaction.ties.participants:
            return one, 999, AGENTS[0]
        parts = list(interaction.ties.participants.values())
        part = parts[place % len(parts)]
        return one, part.participant_id, part.agent_id

    def owner(self, interaction_id: int) -> int:
        interaction = self.witness.engine.interaction(interaction_id)
        return interaction.agent_id if interaction is not None and interaction.agent_id else AGENTS[0]

    def offer(self, place: int) -> int:
        live = list(self.witness.engine.state.offers)
        return live[place % len(live)] if live else 999

    # --- time

    @rule(milliseconds=st.sampled_from([0, 1, 500, 3_000, 14_999, 15_000, 20_000, 60_000, 900_000]))
    def time_passes(self, milliseconds: int) -> None:
        self.now += timedelta(milliseconds=milliseconds)
        self.witness.advance(self.now)

    @rule()
    def time_passes_to_the_next_deadline(self) -> None:
        self.now = max(self.now, self.witness.engine.next_deadline() or self.now)
        self.witness.advance(self.now)

    @rule(milliseconds=st.sampled_from([1, 20_000]))
    def the_shell_is_late(self, milliseconds: int) -> None:
        self.now += timedelta(milliseconds=milliseconds)

    @rule(by_snapshot=st.booleans())
    def the_engine_dies_and_comes_back(self, by_snapshot: bool) -> None:
        self.witness.restart(by_snapshot=by_snapshot)

    # --- customers

    @rule(is_queued=st.booleans(), queue_id=queues, priority=st.sampled_from([0, 0, 5, -1]))
    def customer_arrives(self, is_queued: bool, queue_id: int, priority: int) -> None:
        self.born += 1
        channel = Channel.CHAT if queue_id == CHATS else Channel.VOICE
        arriving = commands.RegisterInteraction(
            at=self.now, interaction_id=self.born, channel=channel, party_id=PARTY
        )
        self.give(arriving)
        if is_queued:
            command = commands.EnqueueInteraction(
                at=self.now, interaction_id=self.born, queue_id=queue_id, priority=priority
            )
            self.give(command)

    @rule(queue_id=queues, channel=st.sampled_from([Channel.VOICE, Channel.VOICE, Channel.CHAT]))
    def customer_arrives_in_a_queue(self, queue_id: int, channel: Channel) -> None:
        self.born += 1
        self.give(
            commands.RegisterInteraction(
                at=self.now, interaction_id=self.born, channel=channel, party_id=PARTY, queue_id=queue_id
            )
        )

    @rule(place=PLACES)
    def flow_begins(self, place: int) -> None:
        limit = timedelta(seconds=45)
        self.give(commands.EnterFlow(at=self.now, interaction_id=self.one(place), limit=limit))

    @rule(place=PLACES, queue_id=queues)
    def flow_ends_in_a_queue(self, place: int, queue_id: int) -> None:
        one = self.one(place, lambda found: not found.queue_id)
        self.give(commands.EnqueueInteraction(at=self.now, interaction_id=one, queue_id=queue_id))

    @rule(place=PLACES)
    def customer_leaves(self, place: int) -> None:
        self.give(commands.NoteCustomerLeft(at=self.now, interaction_id=self.one(place)))

    @rule(place=PLACES, reason=st.sampled_from(list(EndReason)), by=st.sampled_from(list(EndedBy)))
    def something_ends_it(self, place: int, reason: EndReason, by: EndedBy) -> None:
        self.give(commands.EndInteraction(at=self.now, interaction_id=self.one(place), reason=reason, by=by))

    # --- offers and talks

    @rule(place=PLACES, is_connected=st.booleans())
    def offer_is_accepted(self, place: int, is_connected: bool) -> None:
        offer_id = self.offer(place)
        self.give(commands.AcceptOffer(at=self.now, offer_id=offer_id, is_connected=is_connected))

    @rule(place=PLACES)
    def offer_is_declined(self, place: int) -> None:
        self.give(commands.DeclineOffer(at=self.now, offer_id=self.offer(place)))

    @rule(place=PLACES)
    def device_cannot_be_rung(self, place: int) -> None:
        self.give(commands.FailOffer(at=self.now, offer_id=self.offer(place)))

    @rule(place=PLACES)
    def both_hear_each_other(self, place: int) -> None:
        one = self.one(place, lambda found: found.phase.value in ("connecting", "dialing"))
        self.give(commands.ConfirmConnection(at=self.now, interaction_id=one))

    @rule(place=PLACES)
    def agent_holds(self, place: int) -> None:
        one = self.one(place, lambda found: found.phase.value == "connected")
        self.give(commands.HoldInteraction(at=self.now, agent_id=self.owner(one), interaction_id=one))

    @rule(place=PLACES)
    def agent_resumes(self, place: int) -> None:
        one = self.one(place, lambda found: found.phase.value == "held")
        self.give(commands.ResumeInteraction(at=self.now, agent_id=self.owner(one), interaction_id=one))

    @rule(place=PLACES)
    def agent_hangs_up(self, place: int) -> None:
        one = self.one(place, lambda found: bool(found.agent_id))
        self.give(commands.FinishTalk(at=self.now, agent_id=self.owner(one), interaction_id=one))

    @rule(place=PLACES)
    def agent_loses_his_phone(self, place: int) -> None:
        one = self.one(place, lambda found: bool(found.agent_id))
        self.give(commands.NoteAgentLegLost(at=self.now, interaction_id=one))

    @rule(place=PLACES)
    def agent_has_his_phone_back(self, place: int) -> None:
        one = self.one(place, lambda found: found.phase.value == "reconnecting")
        self.give(commands.NoteAgentLegRestored(at=self.now, interaction_id=one))

    @rule(place=PLACES, queue_id=queues, ahead=st.booleans())
    def talk_goes_back_to_a_queue(self, place: int, queue_id: int, ahead: bool) -> None:
        one = self.one(place, lambda found: found.phase.value in ("connected", "held"))
        self.give(
            commands.RequeueInteraction(at=self.now, interaction_id=one, queue_id=queue_id, ahead=ahead)
        )

    @rule(agent_id=agents, seconds=st.sampled_from([-1, 5, 600]))
    def wrap_up_is_extended(self, agent_id: int, seconds: int) -> None:
        extension = timedelta(seconds=seconds)
        self.give(commands.ExtendWrapUp(at=self.now, agent_id=agent_id, extension=extension))

    @rule(agent_id=agents)
    def wrap_up_is_finished(self, agent_id: int) -> None:
        self.give(commands.FinishWrapUp(at=self.now, agent_id=agent_id))

    # --- manual calls

    @rule(agent_id=agents, queue_id=st.sampled_from([0, *QUEUES]))
    def agent_dials(self, agent_id: int, queue_id: int) -> None:
        self.born += 1
        command = commands.StartManualInteraction(
            at=self.now, agent_id=agent_id, interaction_id=self.born, queue_id=queue_id
        )
        self.give(command)

    @rule(place=PLACES, reason=st.sampled_from([EndReason.BUSY, EndReason.NO_ANSWER, EndReason.ANSWERED]))
    def party_is_not_reached(self, place: int, reason: EndReason) -> None:
        one = self.one(place, lambda found: found.phase.value == "dialing")
        self.give(commands.FailManualInteraction(at=self.now, interaction_id=one, reason=reason))

    # --- talks move between people

    @rule(place=PLACES, wanted=targets)
    def agent_transfers(self, place: int, wanted: Target) -> None:
        one = self.talk(place)
        command = commands.TransferInteraction(
            at=self.now, interaction_id=one, agent_id=self.owner(one), target=wanted
        )
        self.give(command)

    @rule(place=PLACES, wanted=targets)
    def agent_consults(self, place: int, wanted: Target) -> None:
        self.born += 1
        one = self.talk(place)
        command = commands.StartConsult(
            at=self.now, interaction_id=one, agent_id=self.owner(one), consult_id=self.born, target=wanted
        )
        self.give(command)

    @rule(place=PLACES)
    def whoever_is_asked_answers(self, place: int) -> None:
        calls = [one for one in self.alive() if one.direction is Direction.INTERNAL]
        if not calls:
            return
        call = calls[place % len(calls)]
        if call.phase.value == "offered":
            self.give(commands.AcceptOffer(at=self.now, offer_id=call.offer_id))
        self.give(commands.ConfirmConnection(at=self.now, interaction_id=call.interaction_id))

    @rule(place=PLACES)
    def agent_swaps(self, place: int) -> None:
        one = self.consulting(place)
        self.give(commands.SwapConsult(at=self.now, interaction_id=one, agent_id=self.owner(one)))

    @rule(place=PLACES)
    def agent_completes(self, place: int) -> None:
        one = self.consulting(place)
        self.give(commands.CompleteTransfer(at=self.now, interaction_id=one, agent_id=self.owner(one)))

    @rule(place=PLACES)
    def agent_asks_no_longer(self, place: int) -> None:
        one = self.consulting(place)
        self.give(commands.CancelConsult(at=self.now, interaction_id=one, agent_id=self.owner(one)))

    @rule(place=PLACES)
    def agent_makes_a_conference(self, place: int) -> None:
        one = self.consulting(place)
        self.give(commands.StartConference(at=self.now, interaction_id=one, agent_id=self.owner(one)))

    @rule(place=PLACES, is_owner=st.booleans())
    def somebody_leaves_the_conference(self, place: int, is_owner: bool) -> None:
        one, _, agent_id = self.shared(place)
        who = self.owner(one) if is_owner or not agent_id else agent_id
        self.give(commands.LeaveConference(at=self.now, interaction_id=one, agent_id=who))

    @rule(place=PLACES)
    def owner_takes_somebody_out(self, place: int) -> None:
        one, participant_id, _ = self.shared(place)
        command = commands.RemoveParticipant(
            at=self.now, interaction_id=one, agent_id=self.owner(one), participant_id=participant_id
        )
        self.give(command)

    @rule(place=PLACES)
    def participant_loses_his_phone(self, place: int) -> None:
        one, _, agent_id = self.shared(place)
        self.give(commands.NoteAgentLegLost(at=self.now, interaction_id=one, agent_id=agent_id))

    @rule(place=PLACES)
    def party_outside_hangs_up(self, place: int) -> None:
        one = self.one(place, lambda found: found.ties is not None)
        self.give(commands.NotePartyLeft(at=self.now, interaction_id=one))

    @rule(place=PLACES, agent_id=agents)
    def supervisor_assigns(self, place: int, agent_id: int) -> None:
        one = self.one(place, lambda found: found.phase.value in ("waiting", "offered"))
        self.give(commands.AssignInteraction(at=self.now, interaction_id=one, agent_id=agent_id))

    @rule(place=PLACES, agent_id=st.sampled_from([0, *AGENTS]))
    def supervisor_pulls(self, place: int, agent_id: int) -> None:
        one = self.one(place)
        self.give(commands.PullInteraction(at=self.now, interaction_id=one, agent_id=agent_id))

    @rule(place=PLACES, agent_id=agents)
    def supervisor_takes_over(self, place: int, agent_id: int) -> None:
        one = self.one(place)
        self.give(commands.TakeOverInteraction(at=self.now, interaction_id=one, agent_id=agent_id))

    @rule(agent_id=agents, target_id=agents)
    def agent_calls_a_colleague(self, agent_id: int, target_id: int) -> None:
        self.born += 1
        command = commands.StartInternalCall(
            at=self.now, agent_id=agent_id, interaction_id=self.born, target_id=target_id
        )
        self.give(command)

    @rule(place=PLACES, queue_id=st.sampled_from([0, *QUEUES]))
    def talk_is_escalated(self, place: int, queue_id: int) -> None:
        one = self.talk(place)
        self.give(commands.EscalateInteraction(at=self.now, interaction_id=one, queue_id=queue_id))

    # --- promised calls

    @rule(place=PLACES)
    def customer_is_promised_a_call(self, place: int) -> None:
        one = self.one(place, lambda found: found.phase.value in ("waiting", "in_flow"))
        self.give(commands.PromiseCallback(at=self.now, interaction_id=one))

    @rule(queue_id=queues, seconds=st.sampled_from([0, 20, 3_600]), owner=st.sampled_from([0, *AGENTS]))
    def call_is_scheduled(self, queue_id: int, seconds: int, owner: int) -> None:
        self.born += 1
        command = commands.ScheduleCallback(
            at=self.now,
            interaction_id=self.born,
            party_id=PARTY,
            queue_id=queue_id,
            due_at=self.now + timedelta(seconds=seconds),
            agent_id=owner,
        )
        self.give(command)

    @rule(place=PLACES, seconds=st.sampled_from([0, 60]))
    def promise_is_moved(self, place: int, seconds: int) -> None:
        one = self.one(place, lambda found: found.callback is not None)
        due_at = self.now + timedelta(seconds=seconds)
        self.give(commands.RescheduleCallback(at=self.now, interaction_id=one, due_at=due_at))

    # --- agents kept for a dialer

    @rule(queue_id=queues, reservation_id=st.sampled_from([1, 2]), count=st.sampled_from([0, 1, 3]))
    def dialer_reserves(self, queue_id: int, reservation_id: int, count: int) -> None:
        command = commands.ReserveAgents(
            at=self.now,
            reservation_id=reservation_id,
            queue_id=queue_id,
            count=count,
            length=timedelta(seconds=10),
        )
        self.give(command)

    @rule(place=PLACES, queue_id=queues, reservation_id=st.sampled_from([1, 2]))
    def called_customer_answers(self, place: int, queue_id: int, reservation_id: int) -> None:
        one = self.one(place, lambda found: found.phase.value in ("arriving", "in_flow"))
        command = commands.AttachInteraction(
            at=self.now, reservation_id=reservation_id, interaction_id=one, queue_id=queue_id
        )
        self.give(command)

    @rule(reservation_id=st.sampled_from([1, 2]), agent_id=st.sampled_from([0, *AGENTS]))
    def dialer_lets_go(self, reservation_id: int, agent_id: int) -> None:
        command = commands.ReleaseReservation(at=self.now, reservation_id=reservation_id, agent_id=agent_id)
        self.give(command)

    # --- agents

    @rule(agent_id=agents, mode=st.sampled_from([None, *Mode]))
    def agent_works_in_a_mode(self, agent_id: int, mode: Mode | None) -> None:
        self.give(commands.SetAgentMode(at=self.now, agent_id=agent_id, mode=mode))

    @rule(agent_id=agents)
    def agent_signs_in(self, agent_id: int) -> None:
        self.give(commands.SignInAgent(at=self.now, agent_id=agent_id))

    @rule(agent_id=agents, forced=st.booleans())
    def agent_signs_out(self, agent_id: int, forced: bool) -> None:
        self.give(commands.SignOutAgent(at=self.now, agent_id=agent_id, forced=forced))

    @rule(agent_id=agents)
    def agent_presses_ready(self, agent_id: int) -> None:
        self.give(commands.MakeAgentReady(at=self.now, agent_id=agent_id))

    @rule(agent_id=agents)
    def agent_pauses(self, agent_id: int) -> None:
        self.give(commands.MakeAgentNotReady(at=self.now, agent_id=agent_id, reason_id=1))

    @rule(agent_id=agents, is_reachable=st.booleans())
    def device_comes_or_goes(self, agent_id: int, is_reachable: bool) -> None:
        self.give(commands.NoteDevice(at=self.now, agent_id=agent_id, is_reachable=is_reachable))

    # --- configuration

    @rule(agent_id=agents, level=st.integers(0, 10))
    def skills_change(self, agent_id: int, level: int) -> None:
        self.give(commands.ConfigureAgent(at=self.now, agent=profile_of(agent_id, level)))

    @rule(queue_id=queues, minimum=st.sampled_from([1, 5]), ageing=st.sampled_from([0.0, 3.0]))
    def queue_changes(self, queue_id: int, minimum: int, ageing: float) -> None:
        rules = rules_of(queue_id, minimum=minimum, ageing=ageing)
        self.give(commands.ConfigureQueue(at=self.now, queue=rules))

    @rule(place=PLACES, priority=st.sampled_from([-3, 0, 9]))
    def supervisor_prioritizes(self, place: int, priority: int) -> None:
        one = self.one(place, lambda found: found.phase.value == "waiting")
        self.give(commands.PrioritizeInteraction(at=self.now, interaction_id=one, priority=priority))

    @rule(seconds=st.sampled_from([1, 15]))
    def site_changes(self, seconds: int) -> None:
        rules = SiteRules(rescue_timeout=timedelta(seconds=seconds), cool_down=timedelta(seconds=seconds))
        self.give(commands.ConfigureSite(at=self.now, site=rules))

    @rule(is_there=st.booleans())
    def reason_comes_or_goes(self, is_there: bool) -> None:
        if is_there:
            self.give(commands.ConfigureReason(at=self.now, reason=ReasonRules(reason_id=1)))
        else:
            self.give(commands.RemoveReason(at=self.now, reason_id=1))

    @rule(queue_id=queues)
    def queue_is_removed(self, queue_id: int) -> None:
        self.give(commands.RemoveQueue(at=self.now, queue_id=queue_id))

    @rule(agent_id=agents)
    def agent_is_removed(self, agent_id: int) -> None:
        self.give(commands.RemoveAgent(at=self.now, agent_id=agent_id))

    # --- what holds after each rule, besides all that the witness checks

    @invariant()
    def every_phase_has_an_exit(self) -> None:
        """Whatever phase an interaction is in, someone or something can end it."""
        for one in self.alive():
            by_people = one.phase.value in ("waiting", "connected", "held")
            assert by_people or one.deadline is not None

    @precondition(lambda self: self.witness.journal)
    @rule()
    def journal_is_replayed(self) -> None:
        self.witness.compare_replay()

    def teardown(self) -> None:
        """In the end everybody can go home."""
        for one in self.alive():
            self.give(commands.NoteCustomerLeft(at=self.now, interaction_id=one.interaction_id))
        for one in self.alive():
            ending = commands.EndInteraction(
                at=self.now, interaction_id=one.interaction_id, reason=EndReason.CANCELLED
            )
            self.give(ending)
        self.witness.advance(self.now + timedelta(hours=1))
        assert not self.alive()
        for agent in self.witness.engine.state.agents.values():
            assert agent.assignment is None
            assert not agent.others
        self.witness.compare_replay()


def rules_of(
    queue_id: int, *, strategy: str = "longest_idle", minimum: int = 1, ageing: float = 0.0
) -> QueueRules:
    return QueueRules(
        queue_id=queue_id,
        skills=(SkillRequirement(skill_id=queue_id % 100, minimum=minimum),),
        strategy=strategy,
        ageing=ageing,
        wrap_up=timedelta(seconds=0 if queue_id == 102 else 30),
        maximum_waiting=5,
        channel=Channel.CHAT if queue_id == CHATS else Channel.VOICE,
    )


def profile_of(agent_id: int, level: int) -> AgentProfile:
    """Level in the first queue's skill; in the second's what is missing to ten; all can chat."""
    return AgentProfile(agent_id=agent_id, skills={1: level, 2: 10 - level, 3: 5})


_EXAMPLES = 2_000 if os.environ.get("OTKLIK_SOAK") == "1" else 250

TestEngineMachine = EngineMachine.TestCase
TestEngineMachine.settings = settings(
    max_examples=_EXAMPLES,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
