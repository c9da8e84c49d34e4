"""A small centre in which anything may happen, at random from one seed: lawful and unlawful commands, late
and doubled ones, lost ones, clocks that stand or jump, changes of configuration, deaths of the engine. A
`Witness` looks on.

Repeat a failing walk with `python -m tests.properties.walker SEED STEPS [WALKS]`.
"""

import contextlib
import random
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from otklik.acd import commands
from otklik.acd.commands import AcdCommand
from otklik.acd.engine import Engine
from otklik.acd.model import (
    AgentProfile,
    EndedBy,
    EndReason,
    QueueRules,
    ReasonRules,
    SiteRules,
    SkillRequirement,
)
from otklik.vocabulary.refusals import Refused
from tests.acd.witness import Witness

START = datetime(2026, 3, 2, 9, 0, 0, 123_000, tzinfo=UTC)
ALIVE_AT_MOST = 40
REPLAY_AT_MOST = 4_000
REPEATS_REMEMBERED = 30


class _NothingFits(Exception):
    pass


class Walk:
    """Takes steps. faults: how often something is late, doubled, lost or dies (0 is a perfect world)."""

    def __init__(
        self, seed: int, *, faults: float = 1.0, full_every: int = 20, engine: Engine | None = None
    ) -> None:
        self.seed = seed
        self.random = random.Random(seed)
        self.faults = faults * self.random.choice([0.2, 1.0, 3.0])
        self.witness = Witness(engine, full_every=full_every)
        self.now = START
        self.agents = list(range(1, 2 + self.random.randrange(8)))
        self.queues = list(range(101, 102 + self.random.randrange(4)))
        self.skills = list(range(1, 5))
        self.next_interaction = 1_000
        self.recent: list[AcdCommand] = []
        self.is_careless = True
        self.choices = self._weighed()
        for command in self._beginning():
            self._give(command)

    # --- a step

    def step(self) -> None:
        self._pass_time()
        command = self._next_command()
        chance = self.random.random()
        if chance < 0.02 * self.faults:
            return  # lost
        if chance < 0.05 * self.faults and self.recent:
            command = _at(self.random.choice(self.recent), self.now)  # late: what was right a while ago
        elif chance < 0.06 * self.faults:
            command = _at(command, self.now - timedelta(milliseconds=self.random.randrange(5_000)))
        elif chance < 0.063 * self.faults:
            self._die()
        self._give(command)
        if chance > 1 - 0.03 * self.faults:
            self._give(command)  # doubled

    def _next_command(self) -> AcdCommand:
        """Mostly something that makes sense now; a walk of refusals would see little of the world."""
        self.is_careless = False
        for _ in range(4):
            try:
                return self.random.choices(self.choices[0], cum_weights=self.choices[1])[0]()
            except _NothingFits:
                continue
        self.is_careless = True
        return self.random.choices(self.choices[0], cum_weights=self.choices[1])[0]()

    def run(self, steps: int) -> None:
        for _ in range(steps):
            self.step()
        self.finish()

    def finish(self) -> None:
        """Nothing is left behind: everybody hangs up, and in the end all agents can go home."""
        engine = self.witness.engine
        for interaction_id in list(engine.state.interactions):
            self._give(commands.NoteCustomerLeft(at=self.now, interaction_id=interaction_id))
        self.now += timedelta(hours=1)
        self.witness.advance(self.now)
        assert not engine.state.interactions
        for agent_id in list(engine.state.agents):
            self.witness.handle(commands.SignOutAgent(at=self.now, agent_id=agent_id))
        assert not engine.state.signed_in
        if len(self.witness.journal) < 20 * REPLAY_AT_MOST:
            self.witness.compare_replay()

    # --- inside

    def _give(self, command: AcdCommand) -> None:
        self.recent.append(command)
        if len(self.recent) > REPEATS_REMEMBERED:
            del self.recent[0]
        with contextlib.suppress(Refused):
            self.witness.handle(command)

    def _pass_time(self) -> None:
        chance = self.random.random()
        if chance < 0.5:
            return  # the same millisecond: what comes first is decided by order alone
        if chance < 0.88:
            self.now += timedelta(milliseconds=self.random.randrange(1_500))
        elif chance < 0.93:
            self.now = max(self.now, self.witness.engine.next_deadline() or self.now)
        elif chance < 0.9995:
            self.now += timedelta(milliseconds=self.random.randrange(8_000))
        else:
            self.now += timedelta(milliseconds=self.random.randrange(7_200_000))
        chance = self.random.random()
        if chance > 0.3:
            self.witness.advance(self.now)
        elif chance > 0.05 * self.faults:
            self.witness.catch_up(self.now)

    def _die(self) -> None:
        by_snapshot = len(self.witness.journal) > REPLAY_AT_MOST or self.random.random() < 0.5
        self.witness.restart(by_snapshot=by_snapshot)
        if self.random.random() < 0.5:
            self.now += timedelta(milliseconds=self.random.randrange(20_000))
        self.witness.advance(self.now)

    def _beginning(self) -> list[AcdCommand]:
        found: list[AcdCommand] = [
            commands.ConfigureReason(at=self.now, reason=ReasonRules(reason_id=1)),
            commands.ConfigureReason(at=self.now, reason=ReasonRules(reason_id=2, needs_permission=True)),
        ]
        for queue_id in self.queues:
            found.append(commands.ConfigureQueue(at=self.now, queue=self._queue_rules(queue_id)))
        for agent_id in self.agents:
            found.append(commands.ConfigureAgent(at=self.now, agent=self._profile(agent_id)))
            found.append(commands.SignInAgent(at=self.now, agent_id=agent_id))
            found.append(commands.NoteDevice(at=self.now, agent_id=agent_id, is_reachable=True))
            found.append(commands.MakeAgentReady(at=self.now, agent_id=agent_id))
        return found

    def _queue_rules(self, queue_id: int) -> QueueRules:
        draw = self.random
        skills = draw.sample(self.skills, draw.randrange(3))
        return QueueRules(
            queue_id=queue_id,
            skills=tuple(SkillRequirement(skill_id=one, minimum=draw.randrange(1, 4)) for one in skills),
            priority=draw.choice([0, 0, 0, 5]),
            ageing=draw.choice([0.0, 0.0, 1.0, 7.5]),
            strategy=draw.choice(["longest_idle", "most_skilled"]),
            ring_timeout=timedelta(seconds=draw.choice([5, 15, 20])),
            wrap_up=timedelta(seconds=draw.choice([0, 5, 30])),
            wrap_up_limit=timedelta(seconds=draw.choice([30, 60])),
            maximum_waiting=draw.choice([3, 10, 1000]),
        )

    def _profile(self, agent_id: int) -> AgentProfile:
        draw = self.random
        known = draw.sample(self.skills, draw.randrange(len(self.skills) + 1))
        return AgentProfile(
            agent_id=agent_id,
            skills={one: draw.randrange(1, 11) for one in known},
            voice_capacity=draw.choice([1] * 9 + [0]),
        )

    def _agent(self) -> int:
        return 99 if self.random.random() < 0.01 else self.random.choice(self.agents)

    def _queue(self) -> int:
        return 199 if self.random.random() < 0.01 else self.random.choice(self.queues)

    def _manned_queue(self) -> int:
        """A queue whose agents can take someone, if there is one; sometimes any."""
        live = self.witness.engine.state.queues.values()
        manned = [one.rules.queue_id for one in live if one.fitting]
        return self.random.choice(manned) if manned and self.random.random() < 0.8 else self._queue()

    def _interaction(self) -> int:
        alive = list(self.witness.engine.state.interactions)
        if not alive or self.random.random() < 0.02:
            return self.random.randrange(1_000, self.next_interaction + 1)
        return self.random.choice(alive)

    def _busy_with(self, *phases: str) -> int:
        """Mostly an interaction in one of these phases, sometimes any."""
        if self.is_careless or self.random.random() < 0.05:
            return self._interaction()
        found = [
            one.interaction_id
            for one in self.witness.engine.state.interactions.values()
            if one.phase.value in phases
        ]
        return self._one_of(found)

    def _agent_who(self, *states: str) -> int:
        """Mostly an agent in one of these states, sometimes any."""
        if self.is_careless or self.random.random() < 0.05:
            return self._agent()
        found = [
            one.agent_id
            for one in self.witness.engine.state.agents.values()
            if one.voice_state().value in states
        ]
        return self._one_of(found)

    def _agent_without_device(self) -> int:
        if self.is_careless or self.random.random() < 0.1:
            return self._agent()
        agents = self.witness.engine.state.agents.values()
        return self._one_of([one.agent_id for one in agents if not one.is_reachable])

    def _one_of(self, found: list[int]) -> int:
        if not found:
            raise _NothingFits
        return self.random.choice(found)

    def _offer(self) -> int:
        live = [
            one.offer_id
            for one in self.witness.engine.state.interactions.values()
            if one.offer_id and (one.phase.value == "offered" or self.random.random() < 0.1)
        ]
        if self.is_careless or self.random.random() < 0.02:
            return 12_345
        return self._one_of(live)

    def _owner(self, interaction_id: int) -> int:
        interaction = self.witness.engine.interaction(interaction_id)
        if interaction is None or not interaction.agent_id or self.random.random() < 0.03:
            return self._agent()
        return interaction.agent_id

    def _new_interaction(self) -> int:
        self.next_interaction += 1
        return self.next_interaction

    def _weighed(self) -> tuple[list[Callable[[], AcdCommand]], list[float]]:
        """Makers of commands with how often each is drawn; the mix differs from seed to seed."""
        total, makers, sums = 0.0, [], []
        for maker, weight in self._makers().items():
            total += weight * self.random.choice([0.5, 1.0, 1.0, 2.0])
            makers.append(maker)
            sums.append(total)
        return makers, sums

    def _makers(self) -> dict[Callable[[], AcdCommand], float]:
        return {
            self._arrive: 12,
            lambda: commands.EnterFlow(at=self.now, interaction_id=self._busy_with("arriving")): 4,
            self._enqueue: 14,
            lambda: commands.NoteCustomerLeft(at=self.now, interaction_id=self._interaction()): 4,
            lambda: commands.AcceptOffer(at=self.now, offer_id=self._offer()): 14,
            lambda: commands.DeclineOffer(at=self.now, offer_id=self._offer()): 2,
            lambda: commands.FailOffer(at=self.now, offer_id=self._offer()): 1.5,
            lambda: commands.ConfirmConnection(
                at=self.now, interaction_id=self._busy_with("connecting", "dialing")
            ): 14,
            self._hold: 3,
            self._resume: 3,
            self._finish: 6,
            lambda: commands.NoteAgentLegLost(
                at=self.now, interaction_id=self._busy_with("connected", "held", "connecting", "dialing")
            ): 2.5,
            lambda: commands.NoteAgentLegRestored(
                at=self.now, interaction_id=self._busy_with("reconnecting")
            ): 5,
            self._requeue: 2,
            self._end: 1,
            lambda: commands.ExtendWrapUp(
                at=self.now,
                agent_id=self._agent_who("wrap_up"),
                extension=timedelta(seconds=self.random.choice([-1, 0, 10, 30])),
            ): 3,
            lambda: commands.FinishWrapUp(at=self.now, agent_id=self._agent_who("wrap_up")): 3,
            self._dial: 2,
            lambda: commands.FailManualInteraction(
                at=self.now,
                interaction_id=self._busy_with("dialing"),
                reason=self.random.choice(
                    [EndReason.BUSY, EndReason.NO_ANSWER, EndReason.CANCELLED, EndReason.ABANDONED]
                ),
            ): 1,
            lambda: commands.SignInAgent(at=self.now, agent_id=self._agent_who("signed_out")): 3,
            lambda: commands.SignOutAgent(
                at=self.now, agent_id=self._agent(), forced=self.random.random() < 0.3
            ): 0.8,
            lambda: commands.MakeAgentReady(at=self.now, agent_id=self._agent_who("not_ready")): 12,
            lambda: commands.MakeAgentReady(at=self.now, agent_id=self._agent()): 2,
            lambda: commands.MakeAgentNotReady(
                at=self.now,
                agent_id=self._agent(),
                reason_id=self.random.choice([1, 1, 1, 2, 3]),
                permitted=self.random.random() < 0.5,
            ): 3,
            lambda: commands.NoteDevice(
                at=self.now, agent_id=self._agent_without_device(), is_reachable=True
            ): 5,
            lambda: commands.NoteDevice(at=self.now, agent_id=self._agent(), is_reachable=False): 1.5,
            self._configure: 0.8,
        }

    def _arrive(self) -> AcdCommand:
        if len(self.witness.engine.state.interactions) >= ALIVE_AT_MOST:
            return commands.NoteCustomerLeft(at=self.now, interaction_id=self._interaction())
        new = self._new_interaction()
        return commands.RegisterInteraction(at=self.now, interaction_id=new)

    def _enqueue(self) -> AcdCommand:
        return commands.EnqueueInteraction(
            at=self.now,
            interaction_id=self._busy_with("arriving", "in_flow"),
            queue_id=self._manned_queue(),
            priority=self.random.choice([0, 0, 0, 1, 5, -3]),
        )

    def _hold(self) -> AcdCommand:
        one = self._busy_with("connected")
        return commands.HoldInteraction(at=self.now, interaction_id=one, agent_id=self._owner(one))

    def _resume(self) -> AcdCommand:
        one = self._busy_with("held")
        return commands.ResumeInteraction(at=self.now, interaction_id=one, agent_id=self._owner(one))

    def _finish(self) -> AcdCommand:
        one = self._busy_with("connected", "held", "reconnecting", "connecting", "dialing")
        return commands.FinishTalk(at=self.now, interaction_id=one, agent_id=self._owner(one))

    def _requeue(self) -> AcdCommand:
        return commands.RequeueInteraction(
            at=self.now,
            interaction_id=self._busy_with("connected", "held", "reconnecting"),
            queue_id=self._queue(),
            ahead=self.random.random() < 0.5,
        )

    def _end(self) -> AcdCommand:
        return commands.EndInteraction(
            at=self.now,
            interaction_id=self._interaction(),
            reason=self.random.choice([EndReason.MEDIA_FAILED, EndReason.ADOPTED_LOST, EndReason.CLOSED]),
            by=self.random.choice(list(EndedBy)),
            is_estimated=self.random.random() < 0.5,
        )

    def _dial(self) -> AcdCommand:
        return commands.StartManualInteraction(
            at=self.now,
            agent_id=self._agent_who("ready", "not_ready", "wrap_up"),
            interaction_id=self._new_interaction(),
            queue_id=self.random.choice([0, self._queue()]),
        )

    def _configure(self) -> AcdCommand:
        chance = self.random.random()
        if chance < 0.35:
            return commands.ConfigureAgent(at=self.now, agent=self._profile(self.random.choice(self.agents)))
        if chance < 0.7:
            return commands.ConfigureQueue(
                at=self.now, queue=self._queue_rules(self.random.choice(self.queues))
            )
        if chance < 0.78:
            return commands.RemoveQueue(at=self.now, queue_id=self._queue())
        if chance < 0.84:
            return commands.RemoveAgent(at=self.now, agent_id=self._agent())
        if chance < 0.9:
            return commands.RemoveReason(at=self.now, reason_id=self.random.choice([1, 2]))
        if chance < 0.96:
            return commands.ConfigureReason(at=self.now, reason=ReasonRules(reason_id=1))
        return commands.ConfigureSite(
            at=self.now,
            site=SiteRules(
                rescue_timeout=timedelta(seconds=self.random.choice([1, 15])),
                connect_timeout=timedelta(seconds=self.random.choice([3, 10])),
                cool_down=timedelta(seconds=self.random.choice([0, 30])),
                device_grace=timedelta(seconds=self.random.choice([1, 3, 10])),
                direct_wrap_up=timedelta(seconds=self.random.choice([0, 30])),
            ),
        )


def _at(command: AcdCommand, at: datetime) -> AcdCommand:
    """The same command at another moment."""
    fields = {name: getattr(command, name) for name in command.__struct_fields__}
    return type(command)(**{**fields, "at": at})


def walk(seed: int, steps: int, **options: object) -> Walk:
    """One walk to its end; a failure names the command that repeats it."""
    try:
        taken = Walk(seed, **options)
        taken.run(steps)
    except AssertionError as failure:
        failure.add_note(f"repeat it with: python -m tests.properties.walker {seed} {steps}")
        raise
    return taken


def main(seed: int, steps: int, walks: int = 1) -> None:
    """Take `walks` walks from `seed` on; the first of one walk is checked from scratch after every step."""
    for number in range(seed, seed + walks):
        walk(number, steps, full_every=1 if walks == 1 else 5)


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
