"""Robot customers for those who practise: one calls whenever somebody who practises is ready, says something
when he is answered, and hangs up after a while. Real calls through Asterisk, as everything else.
"""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field

from otklik.acd.model import AgentState
from otklik.channels.asterisk.ari import AriEvent, AriFailed
from otklik.logs import logger
from otklik.operations.exchange import Exchange, Lanes
from otklik.switchboard.client import EngineAway, EngineClient
from otklik.switchboard.requests import Answer, Question
from otklik.teamwork.practice import callers_wanted
from otklik.vocabulary.ids import AgentId
from otklik.vocabulary.refusals import Refused

log = logger()

LOOK_SECONDS = 1.0
IDLE_LOOKS = 20
"""So many looks without anybody who practises, and this process has nothing to do."""
SHORTEST_TALK, LONGEST_TALK = 25.0, 70.0
PATIENCE_SECONDS = 60.0

Practising = Callable[[], Awaitable[Collection[AgentId]]]


@dataclass(slots=True)
class _Customer:
    channel_id: str
    is_answered: bool = False
    over: asyncio.Event = field(default_factory=asyncio.Event)


class PracticeCustomers:
    """All robot customers of one centre. practising: who practises now. chance: every draw comes from it."""

    def __init__(
        self, *, client: EngineClient, number: str, practising: Practising, chance: random.Random
    ) -> None:
        self._client = client
        self._number = number
        self._practising = practising
        self._chance = chance
        self._lanes = Lanes()
        self._customers: dict[str, _Customer] = {}
        self._count = 0
        self._exchange: Exchange | None = None

    async def run(self, exchange: Exchange) -> None:
        """Until nobody practises any more."""
        self._exchange = exchange
        idle = 0
        try:
            while idle < IDLE_LOOKS:
                agents = await self._practising()
                idle = 0 if agents else idle + 1
                states = await self._states()
                ready = [one for one in agents if states.get(str(one)) == AgentState.READY]
                waiting = sum(not one.is_answered for one in self._customers.values())
                for _ in range(callers_wanted(ready, waiting)):
                    await self._call()
                if exchange.lost.is_set():
                    raise ConnectionResetError("the robots' Asterisk is gone")
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            for customer in list(self._customers.values()):
                await exchange.try_to("DELETE", f"channels/{customer.channel_id}")
            await self._lanes.end_all()

    def on_event(self, event: AriEvent) -> None:
        """ARI events of the robots' Asterisk."""
        channel = event.channel
        customer = self._customers.get(channel.id) if channel is not None else None
        if customer is None:
            return
        match event.type:
            case "StasisStart":
                self._lanes.begin(customer.channel_id, lambda: self._talk(customer))
            case "StasisEnd" | "ChannelDestroyed":
                self._customers.pop(customer.channel_id, None)
                self._lanes.end(customer.channel_id)
            case _:
                pass

    async def _call(self) -> None:
        assert self._exchange is not None
        self._count += 1
        customer = _Customer(channel_id=f"practice-{self._count}")
        self._customers[customer.channel_id] = customer
        calling = f"+7999000{self._chance.randrange(10_000):04}"
        try:
            await self._exchange.call(self._number, channel_id=customer.channel_id, calling=calling)
        except AriFailed as failure:
            log.debug("practice.call_failed", detail=str(failure))
            self._customers.pop(customer.channel_id, None)

    async def _talk(self, customer: _Customer) -> None:
        """The centre answers with music; somebody is there when he who practises talks. Then words, and after
        a while a good-bye."""
        assert self._exchange is not None
        channel = f"channels/{customer.channel_id}"
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._answered(customer)
        if customer.is_answered:
            await self._exchange.try_to("POST", f"{channel}/moh")
            await asyncio.sleep(self._chance.uniform(SHORTEST_TALK, LONGEST_TALK))
        await self._exchange.try_to("DELETE", channel)

    async def _answered(self, customer: _Customer) -> None:
        """As many talk as customers are answered: whoever came first is answered first."""
        while True:
            states = await self._states()
            agents = await self._practising()
            talks = sum(states.get(str(one)) in (AgentState.CONNECTED, AgentState.HELD) for one in agents)
            before = [one for one in self._customers.values() if one.is_answered]
            ahead = next((one for one in self._customers.values() if not one.is_answered), None)
            if talks > len(before) and ahead is customer:
                customer.is_answered = True
                return
            await asyncio.sleep(LOOK_SECONDS / 4)

    async def _states(self) -> dict[str, str]:
        try:
            answer = await self._client.ask(Question(name="agent_states"))
        except (EngineAway, Refused):
            return {}
        found = answer.facts.get("states") if isinstance(answer, Answer) else None
        return dict(found) if isinstance(found, dict) else {}
