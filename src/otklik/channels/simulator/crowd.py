"""A living centre on the simulator: robot customers who call, robot agents who answer, wrap up and take
breaks.

Everything goes by the world's own steps, so a crowd lives in real time (a demo without Asterisk) as in
virtual time (days of a centre with faults in a test). Every draw comes from the given chance: a seed
repeats a day.
"""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from otklik.acd.model import AgentState
from otklik.channels.simulator.driver import SimulatorDriver
from otklik.channels.simulator.legs import TALK
from otklik.channels.simulator.media import Customer
from otklik.channels.simulator.parties import Phone
from otklik.switchboard.requests import (
    DoorRequest,
    EndWrapUp,
    GetNotReady,
    GetReady,
    SignInAgentHere,
)
from otklik.vocabulary.ids import AgentId, ReasonId
from otklik.vocabulary.messages import Value

_LOOK = timedelta(seconds=1)


class Manners(Value):
    """How a crowd behaves.

    talk: mean of a log-normal length, `talk_deviation` of its logarithm. patience: mean of an exponential
    one, after `least_patience`. balking: share that leaves within seconds. pick_up: mean time until a phone
    is answered. missed: share of rings that nobody hears. wrap_up: mean. breaks: share of talks after which
    a break is wanted.
    """

    talk: timedelta = timedelta(seconds=85)
    talk_deviation: float = 0.75
    patience: timedelta = timedelta(seconds=150)
    least_patience: timedelta = timedelta(seconds=12)
    balking: float = 0.04
    pick_up: timedelta = timedelta(seconds=3)
    missed: float = 0.015
    wrap_up: timedelta = timedelta(seconds=12)
    breaks: float = 0.04
    break_length: timedelta = timedelta(seconds=60)


class Dialed(Value):
    """A number of the centre and its share of the arrivals."""

    number: str
    share: float = 1.0


@dataclass(slots=True)
class Tally:
    """What the crowd itself saw, to be compared with what the centre says."""

    called: int = 0
    talked: int = 0
    left: int = 0
    customers: list[Customer] = field(default_factory=list)


class Crowd:
    """Robots of one centre.

    ask: does a request, its answer is of no interest. state_of: where an agent stands. hourly: arrivals in
    an hour at share 1; share_at: the share of that at a moment (0-1). keeps_customers: the tally keeps
    every customer.
    """

    def __init__(  # noqa: PLR0913 - what a crowd consists of
        self,
        driver: SimulatorDriver,
        *,
        chance: random.Random,
        ask: Callable[[DoorRequest], None],
        state_of: Callable[[AgentId], AgentState | None],
        agents: dict[str, AgentId],
        numbers: Sequence[Dialed],
        break_reasons: Sequence[ReasonId] = (),
        hourly: float,
        share_at: Callable[[datetime], float] = lambda _: 1.0,
        manners: Manners | None = None,
        keeps_customers: bool = False,
    ) -> None:
        self.tally = Tally()
        self._driver = driver
        self._steps = driver.media.steps
        self._chance = chance
        self._ask = ask
        self._state_of = state_of
        self._agents = agents
        self._numbers = list(numbers)
        self._break_reasons = list(break_reasons)
        self._hourly = hourly
        self._share_at = share_at
        self._manners = manners or Manners()
        self._keeps_customers = keeps_customers
        self._is_calling = True
        self._due: dict[AgentId, tuple[AgentState, datetime]] = {}

    def begin(self) -> None:
        """Phones behave, agents come to work, customers call."""
        self._driver.media.directory.choose = self._phone
        self._keep_at_work()
        self._next_call()

    def stop_calling(self) -> None:
        """No new customers; those who are there stay as long as they like."""
        self._is_calling = False

    # --- customers

    def _next_call(self) -> None:
        """Thinning (Lewis and Shedler 1979): candidates at the highest rate, kept with the moment's share."""
        self._steps.after(_seconds(self._chance.expovariate(self._hourly / 3600)), self._candidate)

    def _candidate(self) -> None:
        if not self._is_calling:
            return
        if self._chance.random() < self._share_at(self._steps.now()):
            self._call()
        self._next_call()

    def _call(self) -> None:
        manners = self._manners
        shares = [number.share for number in self._numbers]
        number = self._chance.choices(self._numbers, weights=shares)[0].number
        # Few enough numbers that customers call again, as they do.
        calling = f"+7916{2_000_000 + self._chance.randrange(2500) * 37}"
        if self._chance.random() < manners.balking:
            patience = _seconds(self._chance.uniform(2, 8))
        else:
            patience = manners.least_patience + self._exponential(manners.patience)
        customer = self._driver.call(number, calling, patience=patience)
        self.tally.called += 1
        if self._keeps_customers:
            self.tally.customers.append(customer)
        self._steps.after(_LOOK, lambda: self._watch(customer))

    def _watch(self, customer: Customer) -> None:
        """Waits until somebody talks with him, and then as long as he has to say."""
        if customer.is_over:
            self.tally.left += 1
        elif customer.hears == TALK:
            self.tally.talked += 1
            self._steps.after(self._talk(), customer.hang_up)
        else:
            self._steps.after(_LOOK, lambda: self._watch(customer))

    def _talk(self) -> timedelta:
        deviation = self._manners.talk_deviation
        centre = math.log(self._manners.talk.total_seconds()) - deviation**2 / 2
        return _seconds(max(2.0, min(self._chance.lognormvariate(centre, deviation), 900.0)))

    # --- agents

    def _phone(self, login: str) -> Phone | None:
        """How a robot's phone behaves this time; None for the phones of real people."""
        if login not in self._agents:
            return None
        if self._chance.random() < self._manners.missed:
            return Phone()
        return Phone(answers_after=_seconds(0.8) + self._exponential(self._manners.pick_up))

    def _keep_at_work(self) -> None:
        """Signs in who is not, ends wrap-ups, sends back who missed a call or had his break."""
        now = self._steps.now()
        for agent_id in self._agents.values():
            state = self._state_of(agent_id)
            if state not in (AgentState.SIGNED_OUT, AgentState.NOT_READY, AgentState.WRAP_UP):
                self._due.pop(agent_id, None)
                continue
            known, due = self._due.get(agent_id, (None, now))
            if known is not state:
                self._due[agent_id] = (state, now + self._pause(agent_id, state))
            elif now >= due:
                del self._due[agent_id]
                self._go_on(agent_id, state)
        self._steps.after(_LOOK, self._keep_at_work)

    def _pause(self, agent_id: AgentId, state: AgentState) -> timedelta:
        """How long he stays so; a wrap-up is the moment to ask for a break."""
        match state:
            case AgentState.WRAP_UP:
                if self._break_reasons and self._chance.random() < self._manners.breaks:
                    reason = self._chance.choice(self._break_reasons)
                    self._ask(GetNotReady(agent_id=agent_id, reason_id=reason))
                return self._exponential(self._manners.wrap_up)
            case AgentState.NOT_READY:
                return _seconds(2) + self._exponential(self._manners.break_length)
            case _:
                return _seconds(self._chance.uniform(0, 4))

    def _go_on(self, agent_id: AgentId, state: AgentState) -> None:
        match state:
            case AgentState.WRAP_UP:
                self._ask(EndWrapUp(agent_id=agent_id))
            case AgentState.NOT_READY:
                self._ask(GetReady(agent_id=agent_id))
            case _:
                self._ask(SignInAgentHere(agent_id=agent_id))

    def _exponential(self, mean: timedelta) -> timedelta:
        return _seconds(self._chance.expovariate(1 / mean.total_seconds()))


def _seconds(seconds: float) -> timedelta:
    """Whole milliseconds, as every moment of ours."""
    return timedelta(milliseconds=round(seconds * 1000))
