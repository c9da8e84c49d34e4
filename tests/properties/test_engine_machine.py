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
    EndedBy,
    EndReason,
    QueueRules,
    ReasonRules,
    SiteRules,
    SkillRequirement,
)
from otklik.acd.state import Interaction
from otklik.vocabulary.refusals import Refused
from tests.acd.witness import Witness
from tests.properties.walker import START

pytestmark = pytest.mark.long

AGENTS = (1, 2, 3, 4)
QUEUES = (101, 102)
PLACES = st.integers(min_value=0, max_value=30)
agents = st.sampled_from(AGENTS)
queues = st.sampled_from(QUEUES)


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
        alive = list(self.witness.engine.state.interactions.values())
        chosen = [one for one in alive if fits(one)] or alive
        return chosen[place % len(chosen)].interaction_id if chosen else 999

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
        self.give(commands.RegisterInteraction(at=self.now, interaction_id=self.born))
        if is_queued:
            command = commands.EnqueueInteraction(
                at=self.now, interaction_id=self.born, queue_id=queue_id, priority=priority
            )
            self.give(command)

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

    @rule(place=PLACES)
    def offer_is_accepted(self, place: int) -> None:
        self.give(commands.AcceptOffer(at=self.now, offer_id=self.offer(place)))

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

    # --- agents

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
        for one in self.witness.engine.state.interactions.values():
            by_people = one.phase.value in ("waiting", "connected", "held")
            assert by_people or one.deadline is not None

    @precondition(lambda self: self.witness.journal)
    @rule()
    def journal_is_replayed(self) -> None:
        self.witness.compare_replay()

    def teardown(self) -> None:
        """In the end everybody can go home."""
        for interaction_id in list(self.witness.engine.state.interactions):
            self.give(commands.NoteCustomerLeft(at=self.now, interaction_id=interaction_id))
        self.witness.advance(self.now + timedelta(hours=1))
        assert all(one.assignment is None for one in self.witness.engine.state.agents.values())
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
    )


def profile_of(agent_id: int, level: int) -> AgentProfile:
    """Level in the first queue's skill; in the second's what is missing to ten."""
    return AgentProfile(agent_id=agent_id, skills={1: level, 2: 10 - level})


_EXAMPLES = 400 if os.environ.get("OTKLIK_SOAK") == "1" else 250

TestEngineMachine = EngineMachine.TestCase
TestEngineMachine.settings = settings(
    max_examples=_EXAMPLES,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
