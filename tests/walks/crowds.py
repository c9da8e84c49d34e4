"""Hours of a centre with robots in virtual time, while things go wrong by a seeded script."""

import asyncio
import contextlib
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from otklik.acd import events as acd
from otklik.acd.invariants import check
from otklik.acd.model import AgentState
from otklik.channels.simulator.crowd import Crowd, Dialed, Manners
from otklik.switchboard import instructions as told
from otklik.switchboard import requests, signals
from otklik.vocabulary.ids import AgentId, ReasonId, TrunkId
from otklik.vocabulary.refusals import Refused
from tests.rooms.switchboard.world import NUMBER, World, open_world

AUDIT_EVERY = 15
BRISK = Manners(
    talk=timedelta(seconds=40),
    patience=timedelta(seconds=60),
    wrap_up=timedelta(seconds=6),
    missed=0.05,
    breaks=0.1,
    break_length=timedelta(seconds=20),
)

FAULTY_SIGNALS = (
    signals.LegRinging,
    signals.LegAnswered,
    signals.LegFailed,
    signals.LegEnded,
    signals.PromptsFinished,
    signals.LegsBridged,
    signals.DeviceRegistered,
    signals.DeviceUnregistered,
)
FAULTY_INSTRUCTIONS = (
    told.RingDevice,
    told.BridgeLegs,
    told.PlayPrompts,
    told.StartMusic,
    told.AnswerLeg,
    told.HangUpLeg,
    told.UnbridgeLeg,
    told.AdoptLeg,
)


@dataclass(slots=True)
class Day:
    """A world with a crowd, a chance for what goes wrong, and a log of it (to be read when a seed fails)."""

    world: World
    crowd: Crowd
    chance: random.Random
    log: list[str] = field(default_factory=list)
    seconds: int = 0

    async def pass_seconds(self, seconds: int, go_wrong: Callable[["Day"], None] | None = None) -> None:
        """Second by second; the audit runs as in the process; the engine's invariants hold at each."""
        for _ in range(seconds):
            await self.world.pass_time(1)
            await asyncio.sleep(0)  # requests of robots reach the inbox
            self.seconds += 1
            if self.seconds % AUDIT_EVERY == 0 and self.world.switchboard.is_channel_up:
                self.world.driver.request_survey()
            check(self.world.centre.engine.state)
            if go_wrong is not None:
                go_wrong(self)

    def note(self, what: str) -> None:
        self.log.append(f"{self.seconds} {what}")

    async def close(self) -> None:
        """Nobody calls any more, everything is whole again: soon nothing may be left."""
        self.crowd.stop_calling()
        self.world.media.restore_link()
        self.world.media.set_trunk(TrunkId(1), "up")
        for login in self.world.media.devices:
            self.world.media.register(login)
        await self.pass_seconds(1300)


async def open_day(seed: int, *, agents: int = 6, hourly: float = 400) -> Day:
    world = await open_world(agents=agents, greeting=True)
    chance = random.Random(seed)

    async def ask(request: requests.DoorRequest) -> None:
        with contextlib.suppress(Refused):
            await world.switchboard.request(request)

    asked: set[asyncio.Task[None]] = set()

    def ask_soon(request: requests.DoorRequest) -> None:
        task = asyncio.ensure_future(ask(request))
        asked.add(task)
        task.add_done_callback(asked.discard)

    def state_of(agent_id: AgentId) -> AgentState:
        return world.state(agent_id)

    crowd = Crowd(
        world.driver,
        chance=random.Random(chance.random()),
        ask=ask_soon,
        state_of=state_of,
        agents={f"phone{number}": AgentId(number) for number in range(1, agents + 1)},
        numbers=[Dialed(number=NUMBER)],
        break_reasons=[ReasonId(1)],
        hourly=hourly,
        manners=BRISK,
        keeps_customers=True,
    )
    crowd.begin()
    return Day(world=world, crowd=crowd, chance=chance)


def nothing_is_left(day: Day) -> None:
    """Every customer is gone, every interaction and every offer has ended once, nobody is busy, no leg is
    up."""
    world = day.world
    why = day.log[-15:]
    assert all(customer.is_over for customer in day.crowd.tally.customers), why
    assert world.media.legs == {}, why
    assert world.media.bridges == {}, why
    assert world.centre.calls.legs == {}, why
    assert world.centre.engine.state.interactions == {}, why
    assert world.centre.flows.running() == (), why
    states = {world.state(AgentId(number)) for number in range(1, 7)}
    assert states <= {AgentState.READY, AgentState.NOT_READY, AgentState.SIGNED_OUT}, (states, why)
    begun = [event.interaction_id for event in world.events(acd.InteractionArrived)]
    ended = [event.interaction_id for event in world.events(acd.InteractionEnded)]
    assert sorted(begun) == sorted(ended), why
    offers = [event.offer_id for event in world.events(acd.OfferMade)]
    over = [
        event.offer_id
        for event in world.events(acd.OfferAccepted, acd.OfferDeclined, acd.OfferExpired, acd.OfferWithdrawn)
    ]
    assert len(over) == len(set(over)), why
    assert set(over) == set(offers), why


# --- what goes wrong


def broken_messages(day: Day) -> None:
    """Signals get lost, come late or twice; instructions fail outside."""
    chance, faults = day.chance, day.world.media.faults
    if chance.random() < 0.15:
        kind = chance.choice(FAULTY_SIGNALS)
        way = chance.randrange(3)
        day.note(f"{('lose', 'delay', 'double')[way]} {kind.__name__}")
        if way == 0:
            faults.lose(kind)
        elif way == 1:
            faults.delay(kind, timedelta(milliseconds=chance.randrange(1, 20_000)))
        else:
            faults.double(kind, timedelta(milliseconds=chance.randrange(3000)))
    if chance.random() < 0.05:
        instruction = chance.choice(FAULTY_INSTRUCTIONS)
        day.note(f"fail {instruction.__name__}")
        faults.fail(instruction)


def broken_world(day: Day) -> None:
    """Phones vanish and come back, the link breaks, the media server dies, trunks go down."""
    chance, media = day.chance, day.world.media
    logins = list(media.devices)
    if chance.random() < 0.02 and logins:
        login = chance.choice(logins)
        day.note(f"lose {login}")
        media.lose(login)
        media.steps.after(timedelta(seconds=chance.randrange(1, 40)), lambda: media.register(login))
    if chance.random() < 0.005 and media.is_linked:
        day.note("link lost")
        media.lose_link()
        media.steps.after(timedelta(seconds=chance.randrange(1, 90)), media.restore_link)
    if chance.random() < 0.001:
        day.note("media restarted")
        media.restart()
        media.steps.after(timedelta(seconds=2), media.restore_link)
