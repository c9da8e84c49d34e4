"""A small centre in which anything may happen, at random from one seed: lawful and unlawful commands, late
and doubled ones, lost ones, clocks that stand or jump, changes of configuration, deaths of the engine. A
`Witness` looks on.

What may happen stands in `deeds/`, what a queue or an agent may be in `knobs.py`, what is unusual about a
walk in `moods.py`. Repeat a failing walk with `python -m tests.properties.walker SEED STEPS [WALKS]`; with
`--keep` its shortest story joins the corpus, which runs first, for ever.
"""

import argparse
import contextlib
import random
import sys
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from otklik.acd import commands
from otklik.acd.commands import AcdCommand
from otklik.acd.engine import Engine
from otklik.acd.model import (
    AgentProfile,
    EndedBy,
    EndReason,
    ModePlan,
    QueueRules,
    ReasonRules,
    SiteRules,
)
from otklik.acd.state import State
from otklik.vocabulary.refusals import Refused
from tests.acd.witness import Witness
from tests.properties import knobs, moods, stories
from tests.properties.deeds import DEEDS, NothingFits
from tests.properties.stories import Story

START = datetime(2026, 3, 2, 9, 0, 0, 123_000, tzinfo=UTC)
REPLAY_AT_MOST = 4_000
REPLAY_AT_DEATH = 500
REPEATS_REMEMBERED = 30
NOBODY, NO_QUEUE, NO_OFFER = 99, 199, 12_345
"""Ids that do not exist: a command about them must be refused."""


class Walk:
    """Takes steps. faults: how often something is late, doubled, lost or dies (0 is a perfect world)."""

    def __init__(
        self, seed: int, *, faults: float = 1.0, full_every: int = 20, engine: Engine | None = None
    ) -> None:
        self.seed = seed
        self.random = random.Random(seed)
        self.faults = faults * self.random.choice([0.2, 1.0, 3.0])
        self.witness = Witness(engine, full_every=full_every)
        self.story = Story(self.witness)
        self.moods = moods.drawn(self.random) if faults else ()
        self.names = {mood.name for mood in self.moods}
        self.now = START
        is_small = "a small house" in self.names
        self.agents = list(range(1, 2 + self.random.randrange(2 if is_small else 8)))
        self.queues = list(range(101, 102 + (0 if is_small else self.random.randrange(4))))
        self.recent: list[AcdCommand] = []
        self.is_careless = True
        self._next_interaction = 1_000
        self._deeds = [deed.make for deed in DEEDS]
        self._sums = list(accumulate(self._weights()))
        for command in self._beginning():
            self._give(command)

    @property
    def state(self) -> State:
        return self.witness.engine.state

    # --- a step

    def step(self) -> None:
        self._pass_time()
        if "calls come in bursts" in self.names and self.random.random() < 0.004:
            self._burst()
        command = self._next_command()
        chance = self.random.random()
        if chance < 0.02 * self.faults:
            return  # lost
        if chance < 0.05 * self.faults and self.recent:
            command = at_moment(self.random.choice(self.recent), self.now)  # late: right a while ago
        elif chance < 0.06 * self.faults:
            command = at_moment(command, self.now - timedelta(milliseconds=self.random.randrange(5_000)))
        elif chance < self._death:
            self._die()
        self._give(command)
        if chance > 1 - 0.03 * self.faults:
            self._give(command)  # doubled

    def run(self, steps: int) -> None:
        for _ in range(steps):
            self.step()
        self.finish()

    def finish(self) -> None:
        """Nothing is left behind: everybody hangs up, and in the end all agents can go home."""
        for interaction_id in list(self.state.interactions):
            self._give(commands.NoteCustomerLeft(at=self.now, interaction_id=interaction_id))
        for interaction_id in list(self.state.interactions):
            reason, by = EndReason.CANCELLED, EndedBy.AGENT
            ending = commands.EndInteraction(at=self.now, interaction_id=interaction_id, reason=reason, by=by)
            self._give(ending)
        self.now += timedelta(hours=1)
        self.story.advance(self.now)
        assert not self.state.interactions
        for agent_id in list(self.state.agents):
            self.story.handle(commands.SignOutAgent(at=self.now, agent_id=agent_id))
        assert not self.state.signed_in
        if len(self.witness.journal) < 20 * REPLAY_AT_MOST:
            self.witness.compare_replay()

    # --- what deeds are made from

    def busy_with(self, *phases: str) -> int:
        """Mostly an interaction in one of these phases, sometimes any."""
        if self.is_careless or self.random.random() < 0.05:
            return self.interaction()
        found = [one.interaction_id for one in self.state.interactions.values() if one.phase in phases]
        return self.one_of(found)

    def agent_who(self, *states: str) -> int:
        """Mostly an agent in one of these states, sometimes any."""
        if self.is_careless or self.random.random() < 0.05:
            return self.agent()
        return self.one_of(
            [one.agent_id for one in self.state.agents.values() if one.voice_state() in states]
        )

    def agent_without_device(self) -> int:
        if self.is_careless or self.random.random() < 0.1:
            return self.agent()
        return self.one_of([one.agent_id for one in self.state.agents.values() if not one.is_reachable])

    def one_of(self, found: list[int]) -> int:
        if not found:
            raise NothingFits
        return self.random.choice(found)

    def agent(self) -> int:
        return NOBODY if self.random.random() < 0.01 else self.random.choice(self.agents)

    def queue(self) -> int:
        return NO_QUEUE if self.random.random() < 0.01 else self.random.choice(self.queues)

    def manned_queue(self) -> int:
        """A queue whose agents can take someone, if there is one; sometimes any."""
        manned = [one.rules.queue_id for one in self.state.queues.values() if one.base.fitting]
        return self.random.choice(manned) if manned and self.random.random() < 0.8 else self.queue()

    def queue_for(self, interaction_id: int) -> int:
        """Mostly a queue of its channel."""
        interaction = self.witness.engine.interaction(interaction_id)
        for _ in range(6):
            queue_id = self.manned_queue()
            known = self.state.queues.get(queue_id)
            if interaction is None or known is None or known.rules.channel is interaction.channel:
                return queue_id
        return self.queue()

    def interaction(self) -> int:
        alive = list(self.state.interactions)
        if not alive or self.random.random() < 0.02:
            return self.random.randrange(1_000, self._next_interaction + 1)
        return self.random.choice(alive)

    def new_interaction(self) -> int:
        self._next_interaction += 1
        return self._next_interaction

    def offer(self) -> int:
        live = [
            one.offer_id
            for one in self.state.interactions.values()
            if one.offer_id and (one.phase.value == "offered" or self.random.random() < 0.1)
        ]
        if self.is_careless or self.random.random() < 0.02:
            return NO_OFFER
        return self.one_of(live)

    def owner(self, interaction_id: int) -> int:
        """The agent who has it, or anyone."""
        interaction = self.witness.engine.interaction(interaction_id)
        if interaction is None or not interaction.agent_id or self.random.random() < 0.03:
            return self.agent()
        return interaction.agent_id

    def queue_rules(self, queue_id: int) -> QueueRules:
        return knobs.queue_rules(queue_id, self.random)

    def profile(self, agent_id: int) -> AgentProfile:
        return knobs.profile(agent_id, self.random)

    def plan(self, plan_id: int) -> ModePlan:
        return knobs.plan(plan_id, self.agents, self.queues, self.random)

    def site_rules(self) -> SiteRules:
        return knobs.site_rules(self.random)

    # --- inside

    @property
    def _death(self) -> float:
        """Below this chance the engine dies."""
        often = 0.03 if "the engine dies often" in self.names else 0.003
        return (0.06 + often) * self.faults

    def _weights(self) -> list[float]:
        """How often each deed is drawn; the mix differs from seed to seed."""
        found = []
        for deed in DEEDS:
            weight = deed.weight * self.random.choice([0.5, 1.0, 1.0, 2.0])
            for mood in self.moods:
                weight *= mood.weights.get(deed.make.__name__, 1.0)
            found.append(weight)
        return found

    def _next_command(self) -> AcdCommand:
        """Mostly something that makes sense now; a walk of refusals would see little of the world."""
        self.is_careless = False
        for _ in range(4):
            try:
                return self._draw()
            except NothingFits:
                continue
        self.is_careless = True
        while True:
            with contextlib.suppress(NothingFits):
                return self._draw()

    def _draw(self) -> AcdCommand:
        return self.random.choices(self._deeds, cum_weights=self._sums)[0](self)

    def _give(self, command: AcdCommand) -> None:
        self.recent.append(command)
        if len(self.recent) > REPEATS_REMEMBERED:
            del self.recent[0]
        with contextlib.suppress(Refused):
            self.story.handle(command)

    def _pass_time(self) -> None:
        chance = self.random.random()
        if chance < 0.5:
            return  # the same millisecond: what comes first is decided by order alone
        if chance < 0.88:
            self.now += timedelta(milliseconds=self.random.randrange(1_500))
        elif chance < 0.93:
            self.now = max(self.now, self.witness.engine.next_deadline() or self.now)
        elif chance < (0.99 if "the clock steps" in self.names else 0.9995):
            self.now += timedelta(milliseconds=self.random.randrange(8_000))
        else:
            # Never back: a command of the past is a fault of its own.
            self.now += timedelta(milliseconds=self.random.randrange(7_200_000))
        chance = self.random.random()
        looks = 0.9 if "the shell is slow" in self.names else 0.3
        if chance > looks:
            self.story.advance(self.now)
        elif chance > 0.05 * self.faults + looks - 0.3:
            self.story.catch_up(self.now)

    def _burst(self) -> None:
        """Many customers in one millisecond."""
        for _ in range(self.random.randrange(10, 60)):
            new = self.new_interaction()
            self._give(commands.RegisterInteraction(at=self.now, interaction_id=new))
            queue_id = self.queue()
            self._give(commands.EnqueueInteraction(at=self.now, interaction_id=new, queue_id=queue_id))

    def _die(self) -> None:
        by_snapshot = len(self.witness.journal) > REPLAY_AT_DEATH or self.random.random() < 0.5
        self.story.restart(by_snapshot=by_snapshot)
        if self.random.random() < 0.5:
            self.now += timedelta(milliseconds=self.random.randrange(20_000))
        self.story.advance(self.now)

    def _beginning(self) -> list[AcdCommand]:
        found: list[AcdCommand] = [
            commands.ConfigureReason(at=self.now, reason=ReasonRules(reason_id=1)),
            commands.ConfigureReason(at=self.now, reason=ReasonRules(reason_id=2, needs_permission=True)),
        ]
        for queue_id in self.queues:
            found.append(commands.ConfigureQueue(at=self.now, queue=self.queue_rules(queue_id)))
        for agent_id in self.agents:
            found.append(commands.ConfigureAgent(at=self.now, agent=self.profile(agent_id)))
            found.append(commands.SignInAgent(at=self.now, agent_id=agent_id))
            found.append(commands.NoteDevice(at=self.now, agent_id=agent_id, is_reachable=True))
            found.append(commands.MakeAgentReady(at=self.now, agent_id=agent_id))
        return found


def at_moment(command: AcdCommand, at: datetime) -> AcdCommand:
    """The same command at another moment."""
    fields = {name: getattr(command, name) for name in command.__struct_fields__}
    return type(command)(**{**fields, "at": at})


def walk(seed: int, steps: int, **options: object) -> Walk:
    """One walk to its end; a failure names the command that repeats it."""
    taken = Walk(seed, **options)
    try:
        taken.run(steps)
    except Exception as failure:
        moods_said = ", ".join(sorted(taken.names)) or "nothing unusual"
        failure.add_note(f"after {len(taken.story.lines)} lines; {moods_said}")
        failure.add_note(f"repeat it with: {repeating(seed, steps)}")
        raise
    return taken


def repeating(seed: int, steps: int) -> str:
    return f"python -m tests.properties.walker {seed} {steps}"


def keep(seed: int, steps: int) -> str:
    """The shortest story of a failing walk joins the corpus; what came of it, in a line."""
    taken = Walk(seed, full_every=1)
    with contextlib.suppress(Exception):
        taken.run(steps)
        return "it does not fail here"
    if stories.failure_of(taken.story.lines) is None:
        return "its story does not fail when told again"
    shortest = stories.shortened(taken.story.lines)
    file = stories.CORPUS / f"{seed}.jsonl"
    stories.write(file, shortest)
    return f"{len(shortest)} lines in {file}: {stories.failure_of(shortest)}"


def main(words: list[str]) -> None:
    """Take walks from a seed on; the first of one walk is checked from scratch after every step."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("seed", type=int)
    parser.add_argument("steps", type=int)
    parser.add_argument("walks", type=int, nargs="?", default=1)
    parser.add_argument("--keep", action="store_true", help="write the shortest story into the corpus")
    chosen = parser.parse_args(words)
    if chosen.keep:
        sys.stdout.write(keep(chosen.seed, chosen.steps) + "\n")
        return
    for number in range(chosen.seed, chosen.seed + chosen.walks):
        walk(number, chosen.steps, full_every=1 if chosen.walks == 1 else 5)


if __name__ == "__main__":
    main(sys.argv[1:])
