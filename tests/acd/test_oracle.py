"""Decisions of the lanes against a naive scan over everybody, in states drawn at random.

The scan knows nothing of lanes, heaps or tallies: it reads facts only. Two things must agree: who is offered
next, and that nobody fits when nobody is offered.
"""

import random
from datetime import datetime, timedelta

import pytest

from otklik.acd import commands
from otklik.acd.engine import Engine
from otklik.acd.events import OfferMade
from otklik.acd.model import Phase
from otklik.acd.state import Agent, Interaction, State
from otklik.vocabulary.refusals import Refused
from tests.properties import knobs
from tests.properties.walker import START

pytestmark = pytest.mark.fast

AGENTS = range(1, 9)
QUEUES = range(101, 105)


def drawn_engine(draw: random.Random) -> Engine:
    """Agents of all kinds, nobody ready; people of all kinds wait."""
    engine = Engine()
    at = START
    asked = [commands.ConfigureQueue(at=at, queue=knobs.queue_rules(one, draw)) for one in QUEUES]
    asked += [commands.ConfigureAgent(at=at, agent=knobs.profile(one, draw)) for one in AGENTS]
    for agent_id in AGENTS:
        asked.append(commands.SignInAgent(at=at, agent_id=agent_id))
        asked.append(commands.NoteDevice(at=at, agent_id=agent_id, is_reachable=True))
    for command in asked:
        give(engine, command)
    for number in range(1, draw.randrange(5, 40)):
        at += timedelta(milliseconds=draw.randrange(3_000))
        engine.advance(at)
        give(engine, commands.RegisterInteraction(at=at, interaction_id=number))
        joining = commands.EnqueueInteraction(
            at=at,
            interaction_id=number,
            queue_id=draw.choice(QUEUES),
            priority=draw.choice([0, 0, 2, 7]),
            requirements=knobs.wishes(draw),
            boosts=knobs.boosts(draw),
        )
        give(engine, joining)
    return engine


def give(engine: Engine, command: object) -> list[object]:
    try:
        return engine.handle(command)
    except Refused:
        return []


def fits(state: State, agent: Agent, one: Interaction) -> bool:
    """By the facts alone."""
    rules = state.queues[one.queue_id].rules
    asked = [*rules.skills, *one.requirements]
    firm = {need.skill_id for need in asked if need.is_firm}
    for need in asked:
        minimum = need.minimum
        for step in rules.relaxation[: one.step]:
            if need.skill_id not in firm and (not step.skills or need.skill_id in step.skills):
                minimum = min(minimum, step.minimum)
        if agent.profile.skills.get(need.skill_id, 0) < minimum:
            return False
    return True


def scan(state: State, agent: Agent, at: datetime) -> Interaction | None:
    """Whom this agent should take: preference, priority, ahead, weighed wait, order of coming."""

    def order(one: Interaction) -> tuple[object, ...]:
        rules = state.queues[one.queue_id].rules
        waited = at - one.queued_at
        priority = rules.priority + one.priority + rules.ageing * (waited / timedelta(minutes=1))
        return (
            agent.profile.preferences.get(one.queue_id, 1),
            round(-priority, 6),
            not one.is_ahead,
            # In one queue whoever waits longer is first; between queues the wait is weighed.
            round(-(waited.total_seconds() * rules.weight), 3),
            one.segment_id,
        )

    waiting = [one for one in state.interactions.values() if one.phase is Phase.WAITING]
    return min((one for one in waiting if fits(state, agent, one)), key=order, default=None)


@pytest.mark.parametrize("seed", range(60))
def test_each_agent_who_becomes_ready_gets_whom_a_naive_scan_finds(seed: int) -> None:
    draw = random.Random(seed)
    engine = drawn_engine(draw)
    at = max(START, engine.state.at or START)
    for agent_id in draw.sample(list(AGENTS), len(AGENTS)):
        at += timedelta(milliseconds=draw.randrange(4_000))
        engine.advance(at)
        agent = engine.state.agents.get(agent_id)
        if agent is None:
            continue
        has_capacity = agent.profile.voice_capacity > 0
        expected = scan(engine.state, agent, at) if has_capacity else None

        events = give(engine, commands.MakeAgentReady(at=at, agent_id=agent_id))

        offers = [event for event in events if isinstance(event, OfferMade)]
        found = [(offer.interaction_id, offer.agent_id) for offer in offers]
        assert found == ([] if expected is None else [(expected.interaction_id, agent_id)])


def test_the_scan_finds_many() -> None:
    """The comparison above would be worth nothing if nobody ever fitted."""
    found = 0
    for seed in range(60):
        draw = random.Random(seed)
        engine = drawn_engine(draw)
        at = engine.state.at or START
        found += sum(scan(engine.state, agent, at) is not None for agent in engine.state.agents.values())

    assert found > 120
