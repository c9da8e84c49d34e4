"""A whole floor from one seed: people and phones outside, a shell between them and the engine, and between
all of these a line on which signals are lost, late, doubled and out of order. The engine dies before or after
a batch is in the journal; what it meant to do then never happens outside, and what happened meanwhile nobody
tells it. The same reconciliation as in the product (journal x reality -> action) brings both together.

Unlike the walks of `walker.py`, which ask for anything at any moment, this one has a truth to compare with:
after each survey the engine must believe what is so, and nobody may hear silence.

Repeat a failing one with `python -m tests.properties.floor SEED MOMENTS [FLOORS]`.
"""

import contextlib
import random
import sys
from collections.abc import Callable
from datetime import timedelta
from heapq import heappop, heappush
from itertools import count
from typing import Final

from otklik.acd import commands as ask
from otklik.acd.commands import AcdCommand
from otklik.acd.decide import decide
from otklik.acd.engine import Engine
from otklik.acd.events import AcdEvent
from otklik.acd.model import EndReason, Phase, ReasonRules
from otklik.acd.state import State
from otklik.vocabulary.refusals import Refused
from tests.acd.witness import Witness
from tests.properties import knobs
from tests.properties.buttons import BUTTONS
from tests.properties.outside import AGENT, CUSTOMER, MUSIC, PARTY, PROMPT, RINGING, SILENCE, Leg, Outside
from tests.properties.reactions import REACTIONS
from tests.properties.repairs import difference, is_on_the_line
from tests.properties.walker import REPLAY_AT_DEATH, START

AUDIT_EVERY: Final = timedelta(seconds=15)
ROUNDS: Final = 4
"""So many surveys in a row may find something: an answer that is found leads to a bridge, that to a talk."""
Signal = Callable[[], AcdCommand | None]
"""Makes the command of a signal at the moment when it is taken; None when the world has moved on."""


class Floor:
    """faults: how much goes wrong (0 is a perfect world)."""

    def __init__(self, seed: int, *, faults: float = 1.0, full_every: int = 20) -> None:
        self.seed = seed
        self.random = random.Random(seed)
        chance = self.random
        self.witness = Witness(full_every=full_every)
        self.outside = Outside()
        self.now = START
        self.is_up = True
        self.is_open = True
        self.faults = faults
        self.lost = faults * chance.choice([0, 0, 0.01, 0.05])
        self.late = faults * chance.choice([0, 0, 0.05, 0.2])
        self.doubled = faults * chance.choice([0, 0.02, 0.1])
        self.undone = faults * chance.choice([0, 0, 0.02])
        """The share of instructions that nobody carries out."""
        self.deaths = faults * chance.choice([0, 0.002, 0.02])
        self.pace = chance.choice([0.3, 1.0, 4.0])
        """How much quicker customers come than agents can serve them."""
        self.agents = list(range(1, 2 + chance.randrange(8)))
        self.queues = list(range(101, 102 + chance.randrange(3)))
        self.arrived: set[int] = set()
        """Interactions that the journal knows."""
        self.surveys = self.crashes = self.repairs = 0
        self._ids = count(1_001)
        self._order = count()
        self._agenda: list[tuple[object, int, Callable[[], None]]] = []
        self._inbox: list[Signal] = []
        self._has_turn = False
        self._begin()

    @property
    def engine(self) -> Engine:
        return self.witness.engine

    @property
    def state(self) -> State:
        return self.witness.engine.state

    # --- running

    def run(self, steps: int) -> None:
        while self.witness.steps < steps:
            self.step()
        self.close()

    def step(self) -> None:
        """The next thing that happens: outside, or by a deadline of the engine."""
        due = self.engine.next_deadline() if self.is_up else None
        following = self._agenda[0][0]
        if due is not None and due < following:
            self.now = max(self.now, due)
            self._turn()
            return
        moment, _, act = heappop(self._agenda)
        self.now = max(self.now, moment)
        act()
        if self._inbox and self.is_up and not self._has_turn:
            # Mostly at once; sometimes a few inputs are taken into one batch.
            self._has_turn = True
            self.after(self.random.choice([0, 0, 0, 0.005, 0.2]), self._turn)

    def close(self) -> None:
        """Nobody comes any more, nothing goes wrong any more: soon nothing may be left."""
        self.is_open = False
        self.lost = self.late = self.doubled = self.undone = self.deaths = 0
        for leg in list(self.outside.all()):
            if leg.role in (CUSTOMER, PARTY):
                self.after(self.random.uniform(0, 60), lambda leg=leg: self.leave(leg))
        self._take_promises_back()
        until = self.now + timedelta(hours=2)
        while self.now < until and (self.outside.legs or self.state.interactions or self._is_anyone_busy()):
            self.step()
        self._survey()
        assert not self.outside.legs, f"legs that nobody ended: {self.outside.legs} [I9]"
        assert not self.state.interactions, f"left behind: {list(self.state.interactions.values())}"
        for agent in self.state.agents.values():
            assert agent.assignment is None, f"agent {agent.agent_id} is still busy [I7]"
        self.witness.compare_replay()

    def _take_promises_back(self) -> None:
        """Nobody is called back any more, or some would be tomorrow."""
        self.after(20, self._take_promises_back)
        for one in self.state.interactions.values():
            if one.callback is not None and one.phase in (Phase.SCHEDULED, Phase.WAITING):
                self.ask(
                    ask.EndInteraction(
                        at=self.now, interaction_id=one.interaction_id, reason=EndReason.CANCELLED
                    )
                )

    def _is_anyone_busy(self) -> bool:
        return not self.is_up or any(agent.assignment for agent in self.state.agents.values())

    # --- what everything is made of

    def after(self, seconds: float, act: Callable[[], None]) -> None:
        """Something will happen outside."""
        moment = self.now + timedelta(milliseconds=round(seconds * 1000))
        heappush(self._agenda, (moment, next(self._order), act))

    def signal(self, make: Signal) -> None:
        """Somebody tells the shell, over a bad line."""
        if self.random.random() < self.lost:
            return
        delay = 0.001
        if self.random.random() < self.late:
            delay = self.random.choice([0.05, 2.0, 20.0]) * self.random.random()
        self.after(delay, lambda: self._deliver(make))
        if self.random.random() < self.doubled:
            self.after(delay + self.random.random(), lambda: self._deliver(make))

    def ask(self, command: AcdCommand) -> None:
        """A button: it is taken, or the asker is told that nobody is there."""
        self._deliver(lambda: command)
        if self.random.random() < self.doubled:
            self._deliver(lambda: command)

    def is_done(self) -> bool:
        """Whether an instruction is carried out."""
        return self.random.random() >= self.undone

    def new_interaction(self) -> int:
        return next(self._ids)

    # --- customers and agents

    def arrive(self) -> None:
        """A customer calls, and the next one will."""
        if not self.is_open:
            return
        self.after(self.random.expovariate(self.pace * len(self.agents) / 40), self.arrive)
        if len(self.outside.legs) > 60:
            return
        leg = self.outside.add(Leg(CUSTOMER, self.new_interaction(), is_up=True))
        self.after(self.random.choice([3, 30, 120]) * self.random.random(), lambda: self.leave_unserved(leg))
        self.signal(lambda: self.take_in(leg))

    def take_in(self, leg: Leg) -> AcdCommand | None:
        """The shell meets a customer: he is registered; a flow or a queue follows in the same turn."""
        if leg.interaction_id in self.arrived or not self.outside.is_there(leg):
            return None
        one = leg.interaction_id
        return ask.RegisterInteraction(at=self.now, interaction_id=one, party_id=one)

    def leave_unserved(self, leg: Leg) -> None:
        """Patience ends, unless he talks."""
        if leg.hears in (SILENCE, PROMPT, MUSIC):
            self.leave(leg)

    def leave(self, leg: Leg) -> None:
        one = leg.interaction_id
        if self.outside.hang_up(leg):
            self.signal(lambda: ask.NoteCustomerLeft(at=self.now, interaction_id=one))

    def agent_does_something(self) -> None:
        """An agent presses a button that fits what his screen says, or his phone comes and goes."""
        self.after(self.random.expovariate(0.15 * len(self.agents)), self.agent_does_something)
        agent_id = self.random.choice(self.agents)
        if self.random.random() < 0.06 * self.faults:
            self.flap(agent_id)
            return
        chance = self.random.random()
        for share, button in BUTTONS.get(self.engine.agent_state(agent_id), ()):
            chance -= share
            if chance < 0:
                self.ask(button(self, agent_id))
                return

    def administrator_changes_something(self) -> None:
        """Rules change under load; nobody may be lost by it."""
        self.after(self.random.expovariate(1 / 60), self.administrator_changes_something)
        if not self.is_open:
            return
        match self.random.randrange(3):
            case 0:
                agent = knobs.profile(self.random.choice(self.agents), self.random)
                self.ask(ask.ConfigureAgent(at=self.now, agent=agent))
            case 1:
                queue = knobs.queue_rules(self.random.choice(self.queues), self.random)
                self.ask(ask.ConfigureQueue(at=self.now, queue=queue))
            case 2:
                self.ask(ask.ConfigureSite(at=self.now, site=knobs.site_rules(self.random)))

    def interaction_of(self, agent_id: int) -> int:
        agent = self.engine.agent(agent_id)
        return 0 if agent is None or agent.assignment is None else agent.assignment.interaction_id

    def flap(self, agent_id: int) -> None:
        """A phone goes, with its legs, or comes back."""
        if agent_id in self.outside.reachable:
            self.outside.reachable.discard(agent_id)
            for leg in [one for one in self.outside.all() if one.agent_id == agent_id]:
                self.drop(leg)
            self.after(self.random.choice([1, 5, 40]), lambda: self.register(agent_id))
        else:
            self.register(agent_id)
        reachable = agent_id in self.outside.reachable
        self.signal(lambda: ask.NoteDevice(at=self.now, agent_id=agent_id, is_reachable=reachable))

    def register(self, agent_id: int) -> None:
        if agent_id not in self.outside.reachable:
            self.outside.reachable.add(agent_id)
            self.signal(lambda: ask.NoteDevice(at=self.now, agent_id=agent_id, is_reachable=True))

    def ring(self, interaction_id: int, agent_id: int, *, answers_itself: bool = False) -> None:
        """The shell rings an agent's phone."""
        if not self.is_done():
            return
        if agent_id not in self.outside.reachable:
            self.signal(lambda: self.lost_leg(interaction_id, agent_id))
            return
        leg = self.outside.add(Leg(AGENT, interaction_id, agent_id, hears=RINGING))
        chance = 0.0 if answers_itself else self.random.random()
        if chance < 0.75:
            self.after(self.random.choice([0, 1, 5, 5, 20]), lambda: self.answer(leg))
        elif chance < 0.9:
            self.after(self.random.uniform(0, 20), lambda: self.decline(leg))

    def answer(self, leg: Leg) -> None:
        if self.outside.is_there(leg):
            leg.is_up, leg.hears = True, SILENCE
            self.signal(lambda: self.answered(leg))

    def answered(self, leg: Leg) -> AcdCommand | None:
        """The shell hears that an agent's leg is up: it is an acceptance, a rescue, or too late."""
        one = self.engine.interaction(leg.interaction_id)
        if one is None or one.agent_id != leg.agent_id or not self.outside.is_there(leg):
            self.outside.hang_up(leg)
            return None
        match one.phase:
            case Phase.OFFERED:
                return ask.AcceptOffer(at=self.now, offer_id=one.offer_id)
            case Phase.RECONNECTING | Phase.CONNECTING:
                self.bridge(one.interaction_id)
            case Phase.DIALING if self.outside.customer(one.interaction_id) is None:
                self.call_party(one.interaction_id)
        return None

    def call_party(self, interaction_id: int) -> None:
        """The number that an agent dialled is rung."""
        leg = self.outside.add(Leg(PARTY, interaction_id, hears=RINGING))
        if self.random.random() < 0.6:
            self.after(self.random.uniform(1, 30), lambda: self.answer_party(leg))
        else:
            self.after(self.random.uniform(1, 70), lambda: self.refuse_party(leg))

    def answer_party(self, leg: Leg) -> None:
        if self.outside.is_there(leg):
            leg.is_up, leg.hears = True, SILENCE
            self.bridge(leg.interaction_id)
            self.after(self.random.expovariate(1 / 30), lambda: self.leave(leg))

    def refuse_party(self, leg: Leg) -> None:
        one = leg.interaction_id
        if self.outside.hang_up(leg):
            self.signal(
                lambda: ask.FailManualInteraction(at=self.now, interaction_id=one, reason=EndReason.BUSY)
            )

    def bridge(self, interaction_id: int) -> None:
        """The shell puts both together; that they hear each other is a signal of its own."""
        if self.is_done() and self.outside.bridge(interaction_id):
            self.signal(lambda: self.bridged(interaction_id))

    def bridged(self, interaction_id: int) -> AcdCommand | None:
        one = self.engine.interaction(interaction_id)
        if one is None or not self.outside.is_talk(interaction_id):
            return None
        if one.phase is Phase.RECONNECTING:
            return ask.NoteAgentLegRestored(at=self.now, interaction_id=interaction_id)
        return ask.ConfirmConnection(at=self.now, interaction_id=interaction_id)

    def decline(self, leg: Leg) -> None:
        if not leg.is_up and self.outside.hang_up(leg):
            self.signal(lambda: self._declined(leg))

    def _declined(self, leg: Leg) -> AcdCommand | None:
        one = self.engine.interaction(leg.interaction_id)
        if one is None or one.agent_id != leg.agent_id or one.phase is not Phase.OFFERED:
            return None
        return ask.DeclineOffer(at=self.now, offer_id=one.offer_id)

    def drop(self, leg: Leg) -> None:
        """The leg of an agent is gone with his phone."""
        if self.outside.hang_up(leg):
            self.signal(lambda: self.lost_leg(leg.interaction_id, leg.agent_id))

    def lost_leg(self, interaction_id: int, agent_id: int) -> AcdCommand | None:
        """What the shell asks when an agent's leg is gone, or could not be made."""
        one = self.engine.interaction(interaction_id)
        if one is None or one.agent_id != agent_id or self.outside.of(interaction_id, AGENT) is not None:
            return None
        if one.phase is Phase.OFFERED:
            return ask.FailOffer(at=self.now, offer_id=one.offer_id)
        if one.phase is Phase.RECONNECTING:
            return None
        return ask.NoteAgentLegLost(at=self.now, interaction_id=interaction_id)

    # --- the shell

    def _deliver(self, make: Signal) -> None:
        if self.is_up:
            self._inbox.append(make)

    def _turn(self, *, is_fresh: bool = False) -> None:
        """Takes what waits, decides, writes, and only then lets out."""
        self._has_turn = False
        if not self.is_up:
            return
        taken, self._inbox = self._inbox, []
        made: list[AcdEvent] = []
        for make in taken:
            if not is_fresh:
                made += self.engine.advance(self.now)
            command = make()
            if command is not None:
                made += self._answer(command)
        made += self.engine.advance(self.now)
        if self.random.random() < self.deaths:
            self._die()  # before the append: nothing of it ever happened
            return
        if not (taken or made):
            return  # nothing was asked and nothing was due: no step
        self.witness.watch(made)
        self.arrived.update(event.interaction_id for event in made if type(event).__name__ in BEGINNINGS)
        if self.random.random() < self.deaths:
            self._die()  # after it: it is so, and nobody outside has heard of it
            return
        for event in made:
            reaction = REACTIONS.get(type(event))
            if reaction is not None:
                reaction(self, event)

    def _answer(self, command: AcdCommand) -> list[AcdEvent]:
        try:
            made = self.engine.handle(command)
        except Refused as refused:
            self.witness.seen[f"{type(command).__name__} refused {refused.code}"] += 1
            if isinstance(command, ask.AcceptOffer):
                self._hang_up_late()
            if isinstance(command, ask.EnqueueInteraction):
                return self._turn_away(command.interaction_id)
            return []
        self.witness.seen[type(command).__name__] += 1
        if isinstance(command, ask.RegisterInteraction):
            made += self._place(command.interaction_id)
        return made

    def _place(self, interaction_id: int) -> list[AcdEvent]:
        """What follows an arrival in the same turn: a flow, or a queue."""
        if self.random.random() < 0.4:
            limit = timedelta(seconds=self.random.choice([5, 60]))
            return self._answer(ask.EnterFlow(at=self.now, interaction_id=interaction_id, limit=limit))
        return self._answer(self.queueing(interaction_id))

    def queueing(self, interaction_id: int) -> AcdCommand:
        return ask.EnqueueInteraction(
            at=self.now,
            interaction_id=interaction_id,
            queue_id=self.random.choice(self.queues),
            priority=self.random.choice([0, 0, 0, 5]),
            requirements=knobs.wishes(self.random),
            boosts=knobs.boosts(self.random),
            preferred_agent_id=self.random.choice(self.agents) if self.random.random() < 0.15 else 0,
        )

    def _turn_away(self, interaction_id: int) -> list[AcdEvent]:
        """No queue takes him (full, closed, nobody could ever): his flow says goodbye."""
        one = self.engine.interaction(interaction_id)
        if one is None or one.phase not in (Phase.ARRIVING, Phase.IN_FLOW):
            return []
        return self._answer(
            ask.EndInteraction(at=self.now, interaction_id=interaction_id, reason=EndReason.OVERFLOWED)
        )

    def _hang_up_late(self) -> None:
        """An agent who answered too late is let go."""
        for leg in [one for one in self.outside.all() if one.role == AGENT and one.is_up]:
            one = self.engine.interaction(leg.interaction_id)
            if one is None or one.agent_id != leg.agent_id:
                self.outside.hang_up(leg)

    def _die(self) -> None:
        """Memory is gone; the world goes on; a new process reads the journal and looks around."""
        self.crashes += 1
        self.is_up = False
        self._inbox.clear()
        is_long = len(self.witness.journal) > REPLAY_AT_DEATH
        self.witness.restart(by_snapshot=is_long or self.random.random() < 0.5)
        self.after(self.random.choice([0, 0.5, 3, 25]), self._come_back)

    def _come_back(self) -> None:
        self.is_up = True
        self._survey(is_fresh=True)

    def _audit(self) -> None:
        self.after(AUDIT_EVERY.total_seconds(), self._audit)
        if self.is_up:
            self._survey()

    def _survey(self, *, is_fresh: bool = False) -> None:
        """Looks at what is really up and repairs, until there is nothing to repair: soon, or never."""
        self.surveys += 1
        self.witness.seen["survey"] += 1
        crashes, repairs = self.crashes, difference(self)
        for _ in range(ROUNDS):
            self.repairs += len(repairs)
            self.witness.seen["repair"] += len(repairs)
            self._inbox += repairs
            self._turn(is_fresh=is_fresh)
            if self.crashes > crashes or self.undone:
                return
            repairs = difference(self)
            again = [command for make in repairs if (command := make()) is not None]
            if not any(self._would_do(command) for command in again):
                self._check_truth()
                return
        raise AssertionError(f"surveys of the same reality repair for ever: {again} [I28]")

    def _would_do(self, command: AcdCommand) -> bool:
        try:
            return bool(decide(self.state, command, self.now))
        except Refused:
            return False

    def _check_truth(self) -> None:
        """The engine believes what is so [I6, I9], and nobody hears silence [I10]."""
        for one in self.state.interactions.values():
            name = f"interaction {one.interaction_id} in {one.phase}"
            customer, agent = (
                self.outside.customer(one.interaction_id),
                self.outside.of(one.interaction_id, AGENT),
            )
            if one.phase is not Phase.DIALING and is_on_the_line(one):
                assert customer is not None, f"{name}: the customer is gone [I6]"
                assert customer.hears != SILENCE or one.phase is Phase.CONNECTING, f"{name}: silence [I10]"
            if agent is not None:
                assert agent.agent_id == one.agent_id, f"{name}: a leg of agent {agent.agent_id} [I9]"
            if one.phase in (Phase.OFFERED, Phase.CONNECTING, Phase.CONNECTED, Phase.HELD):
                assert agent is not None, f"{name}: no leg of the agent [I9]"
        for leg in self.outside.all():
            if leg.role == AGENT:
                owner = self.engine.interaction(leg.interaction_id)
                assert owner is not None, f"a leg of agent {leg.agent_id} rings for nobody [I9]"

    def _begin(self) -> None:
        about = {"at": self.now}
        beginning: list[AcdCommand] = [ask.ConfigureReason(**about, reason=ReasonRules(reason_id=1))]
        if self.random.random() < 0.5:
            beginning.append(ask.ConfigureSite(**about, site=knobs.site_rules(self.random)))
        for queue_id in self.queues:
            rules = knobs.queue_rules(queue_id, self.random)
            beginning.append(ask.ConfigureQueue(**about, queue=rules))
        for agent_id in self.agents:
            beginning.append(ask.ConfigureAgent(**about, agent=knobs.profile(agent_id, self.random)))
            beginning.append(ask.SignInAgent(**about, agent_id=agent_id))
            self.after(0, lambda agent_id=agent_id: self.register(agent_id))
        for command in beginning:
            with contextlib.suppress(Refused):  # rules that cannot be
                self.witness.handle(command)
        self.after(0, self.arrive)
        self.after(1, self.agent_does_something)
        self.after(self.random.random(), self._audit)
        if self.random.random() < 0.5 * self.faults:
            self.after(self.random.random() * 60, self.administrator_changes_something)


BEGINNINGS = ("InteractionArrived", "ManualInteractionStarted")


def floor(seed: int, steps: int, **options: object) -> Floor:
    """One floor to its end; a failure names the command that repeats it."""
    taken = Floor(seed, **options)
    try:
        taken.run(steps)
    except Exception as failure:
        failure.add_note(f"at {taken.now}, after {taken.crashes} crashes and {taken.repairs} repairs")
        failure.add_note(f"repeat it with: {repeating(seed, steps)}")
        raise
    return taken


def repeating(seed: int, steps: int) -> str:
    return f"python -m tests.properties.floor {seed} {steps}"


def main(seed: int, steps: int, floors: int = 1) -> None:
    """Run floors from a seed on; one alone is checked from scratch after every step."""
    for number in range(seed, seed + floors):
        floor(number, steps, full_every=1 if floors == 1 else 5)


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
