"""A centre that lives at random: the real engine, driven by lawful and unlawful commands from one seed.

What it says is the input of the folds' tests; interactions, agents and queues are those of a small site, with
the self-test's queue (project 9999) and agent among them.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from random import Random

from otklik.acd import commands
from otklik.acd.commands import AcdCommand
from otklik.acd.engine import Engine
from otklik.acd.events import AcdEvent, InteractionArrived, InteractionEnded, ManualInteractionStarted
from otklik.acd.model import AgentProfile, EndReason, Phase, QueueRules, ReasonRules, SkillRequirement
from otklik.journal.record import Record
from otklik.vocabulary.ids import (
    SELF_TEST_PROJECT,
    AgentId,
    InteractionId,
    NumberId,
    PartyId,
    ProjectId,
    QueueId,
    ReasonId,
    Sequence,
    SiteId,
    SkillId,
)
from otklik.vocabulary.refusals import Refused

START = datetime(2026, 3, 2, 8, 58, tzinfo=UTC)
SITE = SiteId(1)
AGENTS = [AgentId(number) for number in range(11, 17)]
TESTER = AgentId(99)
QUEUES = [QueueId(1), QueueId(2)]
TEST_QUEUE = QueueId(9)


class RandomCentre:
    """`steps(n)` gives the events of n random steps; `now` is the last moment."""

    def __init__(self, seed: int, *, start: datetime = START) -> None:
        self.random = Random(seed)
        self.engine = Engine()
        self.now = start
        self.alive: list[InteractionId] = []
        self._next = 1000
        self._begun = False

    def steps(self, count: int) -> list[AcdEvent]:
        events: list[AcdEvent] = []
        if not self._begun:
            self._begun = True
            for command in self._configuration():
                events += self._do(command)
        for _ in range(count):
            events += self.step()
        return events

    def step(self) -> list[AcdEvent]:
        """One command, after a while; what time brings comes first."""
        self.now += timedelta(milliseconds=self._pause_ms())
        events = list(self.engine.advance(self.now))
        self._count(events)
        try:
            answer = self.engine.handle(self._command())
        except Refused:
            return events
        self._count(answer)
        return events + answer

    def _count(self, events: list[AcdEvent]) -> None:
        for event in events:
            if isinstance(event, InteractionArrived | ManualInteractionStarted):
                self.alive.append(event.interaction_id)
            elif isinstance(event, InteractionEnded):
                self.alive.remove(event.interaction_id)

    def _do(self, command: AcdCommand) -> list[AcdEvent]:
        return [*self.engine.advance(command.at), *self.engine.handle(command)]

    def _pause_ms(self) -> int:
        kind = self.random.random()
        if kind < 0.35:
            return 0
        if kind < 0.85:
            return self.random.randrange(1, 9000)
        if kind < 0.996:
            return self.random.randrange(9000, 100_000)
        return self.random.randrange(600_000, 5_000_000)

    def _configuration(self) -> Iterable[AcdCommand]:
        at = self.now
        yield commands.ConfigureReason(at=at, reason=ReasonRules(reason_id=ReasonId(1)))
        yield commands.ConfigureReason(at=at, reason=ReasonRules(reason_id=ReasonId(2)))
        for queue_id, project in (
            *((queue, ProjectId(0)) for queue in QUEUES),
            (TEST_QUEUE, SELF_TEST_PROJECT),
        ):
            yield commands.ConfigureQueue(at=at, queue=self._rules(queue_id, project))
        for agent_id in AGENTS:
            skills = {SkillId(queue_id): self.random.randrange(1, 11) for queue_id in QUEUES}
            yield commands.ConfigureAgent(at=at, agent=AgentProfile(agent_id=agent_id, skills=skills))
        yield commands.ConfigureAgent(
            at=at, agent=AgentProfile(agent_id=TESTER, skills={SkillId(TEST_QUEUE): 1})
        )
        for agent_id in (*AGENTS, TESTER):
            yield commands.SignInAgent(at=at, agent_id=agent_id)
            yield commands.NoteDevice(at=at, agent_id=agent_id, is_reachable=True)
            yield commands.MakeAgentReady(at=at, agent_id=agent_id)

    def _rules(self, queue_id: QueueId, project_id: ProjectId) -> QueueRules:
        return QueueRules(
            queue_id=queue_id,
            project_id=project_id,
            name=f"queue {queue_id}",
            skills=(SkillRequirement(skill_id=SkillId(queue_id)),),
            service_threshold=timedelta(seconds=self.random.choice((10, 20, 30))),
            short_abandon=timedelta(seconds=self.random.choice((3, 5))),
            wrap_up=timedelta(seconds=self.random.choice((0, 15, 60))),
        )

    def _command(self) -> AcdCommand:
        random, at = self.random, self.now
        agent_id = random.choice([*AGENTS, TESTER])
        kind = random.random()
        if not self.alive or (kind < 0.22 and len(self.alive) < 9):
            return self._arrival()
        if kind < 0.34:
            return self._agent_command(agent_id)
        if kind < 0.37:
            self._next += 1
            missed = random.choice([InteractionId(0), InteractionId(random.randrange(1000, self._next))])
            return commands.StartManualInteraction(
                at=at,
                agent_id=agent_id,
                interaction_id=InteractionId(self._next),
                party_id=PartyId(random.randrange(1, 20)),
                queue_id=random.choice([QueueId(0), *QUEUES]),
                callback_of=missed,
            )
        if kind < 0.375:
            return commands.ConfigureQueue(at=at, queue=self._rules(random.choice(QUEUES), ProjectId(0)))
        if kind < 0.40:
            return commands.ExtendWrapUp(at=at, agent_id=agent_id, extension=timedelta(seconds=20))
        if kind < 0.46:
            return commands.FinishWrapUp(at=at, agent_id=agent_id)
        ringing = [one for one in self.alive if self._phase(one) in (Phase.OFFERED, Phase.CONNECTING)]
        return self._interaction_command(
            random.choice(ringing if ringing and random.random() < 0.7 else self.alive)
        )

    def _phase(self, interaction_id: InteractionId) -> Phase | None:
        interaction = self.engine.interaction(interaction_id)
        return interaction.phase if interaction is not None else None

    def _arrival(self) -> AcdCommand:
        self._next += 1
        is_test = self.random.random() < 0.05
        return commands.RegisterInteraction(
            at=self.now,
            interaction_id=InteractionId(self._next),
            party_id=PartyId(self.random.randrange(0, 20)),
            number_id=NumberId(self.random.randrange(1, 4)),
            project_id=SELF_TEST_PROJECT if is_test else ProjectId(0),
        )

    def _agent_command(self, agent_id: AgentId) -> AcdCommand:
        at = self.now
        return self.random.choice(
            [
                commands.SignInAgent(at=at, agent_id=agent_id),
                commands.SignInAgent(at=at, agent_id=agent_id),
                commands.SignInAgent(at=at, agent_id=agent_id),
                commands.NoteDevice(at=at, agent_id=agent_id, is_reachable=True),
                commands.NoteDevice(at=at, agent_id=agent_id, is_reachable=True),
                commands.NoteDevice(at=at, agent_id=agent_id, is_reachable=self.random.random() < 0.8),
                commands.MakeAgentReady(at=at, agent_id=agent_id),
                commands.MakeAgentReady(at=at, agent_id=agent_id),
                *(commands.MakeAgentReady(at=at, agent_id=agent_id) for _ in range(8)),
                commands.MakeAgentNotReady(
                    at=at, agent_id=agent_id, reason_id=ReasonId(self.random.randrange(1, 3))
                ),
                commands.SignOutAgent(at=at, agent_id=agent_id, forced=self.random.random() < 0.3),
            ]
        )

    def _interaction_command(self, interaction_id: InteractionId) -> AcdCommand:
        """Something that fits the phase most of the time."""
        random, at = self.random, self.now
        interaction = self.engine.interaction(interaction_id)
        assert interaction is not None
        agent_id = interaction.agent_id
        is_test = interaction.project_id == SELF_TEST_PROJECT
        queue_id = TEST_QUEUE if is_test else random.choice(QUEUES)
        leave = commands.NoteCustomerLeft(at=at, interaction_id=interaction_id)
        fail = commands.EndInteraction(
            at=at,
            interaction_id=interaction_id,
            reason=random.choice([EndReason.MEDIA_FAILED, EndReason.CLOSED, EndReason.OVERFLOWED]),
            is_estimated=random.random() < 0.2,
        )
        match interaction.phase:
            case Phase.ARRIVING | Phase.IN_FLOW:
                queue = commands.EnqueueInteraction(
                    at=at, interaction_id=interaction_id, queue_id=queue_id, priority=random.randrange(3)
                )
                enter = commands.EnterFlow(at=at, interaction_id=interaction_id)
                return random.choice([*[queue] * 9, enter, leave, fail])
            case Phase.WAITING:
                other = commands.RequeueInteraction(at=at, interaction_id=interaction_id, queue_id=queue_id)
                return random.choice([leave, self._agent_command(random.choice(AGENTS)), fail, other])
            case Phase.OFFERED:
                accept = commands.AcceptOffer(at=at, offer_id=interaction.offer_id)
                decline = commands.DeclineOffer(at=at, offer_id=interaction.offer_id)
                broken = commands.FailOffer(at=at, offer_id=interaction.offer_id)
                return random.choice([*[accept] * 8, decline, broken, leave])
            case Phase.CONNECTING | Phase.DIALING:
                up = commands.ConfirmConnection(at=at, interaction_id=interaction_id)
                busy = commands.FailManualInteraction(
                    at=at, interaction_id=interaction_id, reason=EndReason.BUSY
                )
                return random.choice([*[up] * 8, leave, busy])
            case _:
                return random.choice(
                    [
                        commands.HoldInteraction(at=at, agent_id=agent_id, interaction_id=interaction_id),
                        commands.ResumeInteraction(at=at, agent_id=agent_id, interaction_id=interaction_id),
                        commands.FinishTalk(at=at, agent_id=agent_id, interaction_id=interaction_id),
                        commands.NoteAgentLegLost(at=at, interaction_id=interaction_id),
                        commands.NoteAgentLegRestored(at=at, interaction_id=interaction_id),
                        commands.RequeueInteraction(
                            at=at, interaction_id=interaction_id, queue_id=queue_id, ahead=True
                        ),
                        leave,
                        fail,
                    ]
                )


def records_of(events: Iterable[AcdEvent], *, first: int = 1) -> list[Record]:
    """The lines that a writer would make of them."""
    return [
        Record(
            site_id=SITE,
            seq=Sequence(number),
            at=event.at,
            event=event,
            interaction_id=getattr(event, "interaction_id", InteractionId(0)),
            queue_id=getattr(event, "queue_id", QueueId(0)),
            agent_id=getattr(event, "agent_id", AgentId(0)),
        )
        for number, event in enumerate(events, start=first)
    ]
