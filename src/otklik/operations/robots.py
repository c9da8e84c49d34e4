"""The demo's people: robot agents with SIP phones and robot customers who call, all through Asterisk.

Arrivals follow a profile of the day (a non-homogeneous Poisson process), talks are log-normal, customers are
impatient and hang up. Robots do what people do, by the same doors: phones ring, agents are signed in, take
breaks, miss a call now and then.
"""

import asyncio
import contextlib
import math
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from otklik.acd.model import AgentState
from otklik.channels.asterisk.ari import AriEvent, AriFailed
from otklik.logs import logger
from otklik.operations.exchange import Exchange, Lanes
from otklik.switchboard.client import EngineAway, EngineClient
from otklik.switchboard.requests import (
    Answer,
    DoorRequest,
    EndWrapUp,
    GetNotReady,
    GetReady,
    Question,
    SignInAgentHere,
)
from otklik.vocabulary.ids import AgentId, InteractionId, ReasonId
from otklik.vocabulary.messages import Value
from otklik.vocabulary.refusals import Refused
from otklik.vocabulary.time import Clock

log = logger()

# Share of the busiest hour's arrivals, by hour of the day. A demo is alive at night, too.
DAY_PROFILE = (
    0.45, 0.40, 0.40, 0.40, 0.42, 0.45, 0.50, 0.60, 0.75, 0.92, 1.00, 0.98,
    0.90, 0.92, 0.96, 0.94, 0.90, 0.84, 0.76, 0.70, 0.64, 0.58, 0.52, 0.48,
)  # fmt: skip
MEAN_TALK_SECONDS = 85.0
TALK_LOG_DEVIATION = 0.75
MEAN_PATIENCE_SECONDS = 150.0
BALKING = 0.04
MISSED_RINGS = 0.015
BREAKS_PER_TALK = 0.04
FIRST_CALLS = 10
OUTCOMES_NOTED = 0.9


NoteOutcome = Callable[[AgentId, InteractionId], Awaitable[None]]


class RobotAgent(Value):
    """One robot: who it is and how its phone registers."""

    agent_id: AgentId
    login: str
    secret: str


class Called(Value):
    """A number of the centre and its share of the arrivals."""

    number: str
    share: float


@dataclass(slots=True)
class _Customer:
    channel_id: str
    number: str
    is_talking: bool = False
    begins_talking: asyncio.Event = field(default_factory=asyncio.Event)


class Robots:
    """All robots of one demo.

    hourly_calls: arrivals in the busiest hour. chance: every draw comes from it, so a seed repeats a day.
    note_outcome: writes what came of an interaction, as an agent does in his form.
    """

    def __init__(  # noqa: PLR0913 - what a demo consists of
        self,
        *,
        client: EngineClient,
        clock: Clock,
        chance: random.Random,
        agents: Sequence[RobotAgent],
        numbers: Sequence[Called],
        break_reasons: Sequence[ReasonId],
        hourly_calls: float,
        note_outcome: NoteOutcome,
        zone_offset: timedelta = timedelta(0),
    ) -> None:
        self._client = client
        self._clock = clock
        self._chance = chance
        self._agents = {agent.login: agent for agent in agents}
        self._numbers = list(numbers)
        self._break_reasons = list(break_reasons)
        self._hourly_calls = hourly_calls
        self._note_outcome = note_outcome
        self._zone_offset = zone_offset
        self._lanes = Lanes()
        self._customers: dict[str, _Customer] = {}
        self._by_number: dict[str, _Customer] = {}
        self._legs: dict[str, str] = {}
        self._exchange: Exchange | None = None
        self._count = 0

    # --- one life

    async def run(self, exchange: Exchange) -> None:
        """Until cancelled, or until the exchange is lost."""
        self._exchange = exchange
        for agent in self._agents.values():
            await exchange.register_phone(agent.login, agent.secret)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._keep_agents_at_work(), name="robots.agents")
                tasks.create_task(self._let_customers_call(), name="robots.customers")
                await exchange.lost.wait()
                raise ConnectionResetError("the robots' Asterisk is gone")
        finally:
            await self._lanes.end_all()

    def on_event(self, event: AriEvent) -> None:
        """ARI events of the robots' Asterisk."""
        channel = event.channel
        if channel is None:
            return
        match event.type:
            case "StasisStart" if event.args[:1] == ("arrived",) and len(event.args) > 1:
                self._phone_rings(channel.id, event.args[1], channel.caller.number)
            case "StasisStart" if event.args[:1] == ("customer",):
                customer = self._customers.get(channel.id)
                if customer is not None:
                    self._lanes.begin(channel.id, lambda: self._customer_waits(customer))
            case "StasisEnd" | "ChannelDestroyed":
                self._leg_is_over(channel.id)
            case _:
                pass

    # --- customers

    async def _let_customers_call(self) -> None:
        """Thinning (Lewis and Shedler 1979): candidates at the highest rate, kept with the hour's share."""
        # A visitor looks at once: the first minute begins with a handful of calls.
        for _ in range(FIRST_CALLS):
            await asyncio.sleep(self._chance.expovariate(1.0))
            await self._call()
        while True:
            await asyncio.sleep(self._chance.expovariate(self._hourly_calls / 3600))
            if self._chance.random() < self._share_now():
                await self._call()

    def _share_now(self) -> float:
        local = self._clock.now() + self._zone_offset
        hour, part = local.hour, local.minute / 60
        return DAY_PROFILE[hour] * (1 - part) + DAY_PROFILE[(hour + 1) % 24] * part

    async def _call(self) -> None:
        assert self._exchange is not None
        self._count += 1
        called = self._chance.choices(self._numbers, weights=[number.share for number in self._numbers])[0]
        # Few enough numbers that customers call again, as they do.
        calling = f"+7916{2_000_000 + self._chance.randrange(2500) * 37}"
        if calling in self._by_number:
            return
        customer = _Customer(channel_id=f"customer-{self._count}", number=calling)
        self._customers[customer.channel_id] = self._by_number[calling] = customer
        try:
            await self._exchange.call(called.number, channel_id=customer.channel_id, calling=calling)
        except AriFailed as failure:
            log.debug("robots.call_failed", detail=str(failure))
            self._leg_is_over(customer.channel_id)

    async def _customer_waits(self, customer: _Customer) -> None:
        """Listens until somebody answers or patience ends; talks; hangs up."""
        assert self._exchange is not None
        patience = (
            self._chance.uniform(2, 8)
            if self._chance.random() < BALKING
            else 12 + self._chance.expovariate(1 / MEAN_PATIENCE_SECONDS)
        )
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await customer.begins_talking.wait()
        if customer.begins_talking.is_set():
            await self._exchange.try_to("POST", f"channels/{customer.channel_id}/moh")
            await asyncio.sleep(self._talk_seconds())
        await self._exchange.try_to("DELETE", f"channels/{customer.channel_id}")

    def _talk_seconds(self) -> float:
        centre = math.log(MEAN_TALK_SECONDS) - TALK_LOG_DEVIATION**2 / 2
        return max(4.0, min(self._chance.lognormvariate(centre, TALK_LOG_DEVIATION), 900.0))

    # --- agents

    def _phone_rings(self, channel_id: str, login: str, calling: str) -> None:
        agent = self._agents.get(login)
        if agent is None:
            return
        self._legs[channel_id] = login
        self._lanes.begin(channel_id, lambda: self._agent_takes(channel_id, calling))

    async def _agent_takes(self, channel_id: str, calling: str) -> None:
        assert self._exchange is not None
        if self._chance.random() < MISSED_RINGS:
            await asyncio.sleep(120)
            return
        await asyncio.sleep(min(0.8 + self._chance.expovariate(1 / 2.0), 12.0))
        await self._exchange.request("POST", f"channels/{channel_id}/answer")
        await self._exchange.request("POST", f"channels/{channel_id}/moh")
        customer = self._by_number.get(calling)
        if customer is not None:
            customer.begins_talking.set()
        else:
            await asyncio.sleep(self._talk_seconds())
            await self._exchange.try_to("DELETE", f"channels/{channel_id}")

    def _leg_is_over(self, channel_id: str) -> None:
        self._lanes.end(channel_id)
        customer = self._customers.pop(channel_id, None)
        if customer is not None:
            self._by_number.pop(customer.number, None)
        login = self._legs.pop(channel_id, None)
        agent = self._agents.get(login) if login is not None else None
        if agent is not None:
            self._lanes.begin(f"wrap-up-{agent.agent_id}", lambda: self._wrap_up(agent))

    async def _wrap_up(self, agent: RobotAgent) -> None:
        if self._break_reasons and self._chance.random() < BREAKS_PER_TALK:
            reason = self._chance.choice(self._break_reasons)
            await self._ask(GetNotReady(agent_id=agent.agent_id, reason_id=reason))
        await asyncio.sleep(min(3 + self._chance.expovariate(1 / 9.0), 60.0))
        interaction_id = await self._wrapped_up(agent.agent_id)
        if interaction_id and self._chance.random() < OUTCOMES_NOTED:
            await self._note_outcome(agent.agent_id, interaction_id)
        await self._ask(EndWrapUp(agent_id=agent.agent_id))

    async def _wrapped_up(self, agent_id: AgentId) -> InteractionId:
        """Which interaction this agent wraps up, 0 for none."""
        try:
            answer = await self._client.ask(Question(name="agent", facts={"agent_id": int(agent_id)}))
        except (EngineAway, Refused):
            return InteractionId(0)
        facts = answer.facts
        return InteractionId(int(facts["interaction_id"] or 0) if facts.get("state") == "wrap_up" else 0)

    async def _keep_agents_at_work(self) -> None:
        """Signs in who is not, sends back who missed a call or had his break."""
        away: dict[AgentId, float] = {}
        loop = asyncio.get_running_loop()
        while True:
            states = await self._states()
            for agent in self._agents.values():
                state = states.get(str(agent.agent_id))
                if state == AgentState.SIGNED_OUT:
                    await self._ask(SignInAgentHere(agent_id=agent.agent_id))
                    away[agent.agent_id] = loop.time() + self._chance.uniform(0, 4)
                elif state == AgentState.NOT_READY:
                    until = away.setdefault(
                        agent.agent_id, loop.time() + 15 + self._chance.expovariate(1 / 60)
                    )
                    if loop.time() >= until and await self._ask(GetReady(agent_id=agent.agent_id)):
                        away.pop(agent.agent_id, None)
                else:
                    away.pop(agent.agent_id, None)
            await asyncio.sleep(1.0)

    async def _states(self) -> dict[str, str]:
        try:
            answer = await self._client.ask(Question(name="agent_states"))
        except (EngineAway, Refused):
            return {}
        found = answer.facts.get("states") if isinstance(answer, Answer) else None
        return dict(found) if isinstance(found, dict) else {}

    async def _ask(self, request: DoorRequest) -> bool:
        try:
            await self._client.ask(request)
        except (EngineAway, Refused):
            return False
        return True
