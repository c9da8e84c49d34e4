"""The short ways of usual calls give the events of the long way, and leave what it leaves: in the twin with
all that a scenario can say, and in walks where anything may happen."""

from dataclasses import asdict
from datetime import datetime, timedelta

import msgspec
import pytest

from otklik.acd.commands import AcceptOffer, AcdCommand, RegisterInteraction
from otklik.acd.engine import Engine
from otklik.acd.events import AcdEvent
from otklik.acd.invariants import check
from otklik.acd.model import (
    OverflowRule,
    OverflowTo,
    OverflowWhen,
    QueueRules,
    RelaxationStep,
    SiteRules,
    SkillRequirement,
)
from otklik.simulation.draws import Arrivals, Exponential, Fixed, LogNormal, Streams
from otklik.simulation.run import Result, run
from otklik.simulation.scenario import (
    AgentGroup,
    Break,
    CalledBack,
    Onward,
    QueueLoad,
    Redialing,
    Scenario,
    Shift,
)
from otklik.vocabulary.ids import QueueId
from otklik.vocabulary.refusals import Refused
from tests.properties.walker import Walk

pytestmark = pytest.mark.fast

STRATEGIES = ("longest_idle", "most_skilled", "round_robin", "least_occupied", "fewest_handled_today")


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def queue(number: int, per_hour: float, *, is_plain: bool = False) -> QueueLoad:
    """A queue whose customers are talked with for two minutes; of the odd ones much is asked besides."""
    to_others: tuple[OverflowRule, ...] = ()
    if number == 1 and not is_plain:
        to_others = (
            OverflowRule(
                name="call back", when=OverflowWhen.WAITED, to=OverflowTo.CALLBACK, after=seconds(40)
            ),
        )
    rules = QueueRules(
        queue_id=number,
        skills=(SkillRequirement(skill_id=number, minimum=3),),
        priority=number % 3,
        ageing=0.1 * (number % 2),
        weight=1.0 + number % 2,
        strategy=STRATEGIES[0] if is_plain else STRATEGIES[number % len(STRATEGIES)],
        wrap_up=seconds(15 * (number % 2)),
        relaxation=(RelaxationStep(after=seconds(30), minimum=1),) if number % 3 else (),
        overflow=to_others,
        after_missed="cool_down" if number % 2 else "not_ready",
        maximum_waiting=8,
    )
    return QueueLoad(
        rules,
        Arrivals.steady(per_hour),
        LogNormal(seconds(120), 1.1),
        Exponential(seconds(90)) if number != 4 else None,
        wrap_up=Exponential(seconds(20)) if number == 3 and not is_plain else None,
        onward=(Onward(to=number % 5 + 1, share=0.1),) if not is_plain else (),
        redialing=Redialing(share=0.5, pause=Exponential(seconds(60))) if number % 2 else None,
        called_back=CalledBack(accept=0.5, reached=0.7, dialing=Fixed(seconds(9))),
        preferring=0.2 if number == 2 and not is_plain else 0.0,
    )


def everything(ring: float) -> Scenario:
    shift = Shift(seconds(0), seconds(1500), (Break(seconds(600), seconds(120), seconds(600)),))
    agents = tuple(
        AgentGroup(
            2,
            {skill: level, skill % 5 + 1: 11 - level},
            missed=0.1,
            shifts=(shift,) if level == 5 else (),
            absence=0.1,
        )
        for skill in range(1, 6)
        for level in (2, 5, 9)
    )
    return Scenario(
        tuple(queue(number, 160) for number in range(1, 6)),
        agents,
        duration=seconds(1800),
        ring=Exponential(seconds(ring)) if ring else Fixed(),
        missed=0.05,
        warm_up=seconds(300),
        lines=60,
        site=SiteRules(guard_handled=12, guard_streak=seconds(600), guard_pause=seconds(120)),
    )


def usual(per_hour: float, ring: float) -> Scenario:
    """Several queues and people who know some of them; nothing else."""
    agents = tuple(AgentGroup(2, {skill: 5, skill % 5 + 1: 2}) for skill in range(1, 6))
    return Scenario(
        tuple(queue(number, per_hour, is_plain=True) for number in range(1, 6)),
        agents,
        duration=seconds(1800),
        ring=Fixed(seconds(ring)),
        missed=0.02,
    )


def told(scenario: Scenario, seed: int, *, is_brief: bool) -> tuple[list[AcdEvent], bytes, object]:
    """All events, what the engine remembers in the end, and the figures."""
    engine = Engine(is_explained=False, is_brief=is_brief)
    events: list[AcdEvent] = []
    result = run(scenario, Streams(seed), engine=engine, listen=events.append)
    check(engine.state)
    return events, engine.snapshot(), figures(result)


def figures(result: Result) -> object:
    counted = result.statistics
    return (
        result.calls,
        result.events,
        {key: asdict(one) for key, one in counted.figures.items()},
        {
            slot: {state: time for state, time in one.time.items() if time}
            for slot, one in counted.staffing.items()
        },
        {key: (one.sums, one.most) for key, one in counted.lines.items()},
        counted.waits,
    )


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("ring", [0, 4])
def test_everything_a_scenario_can_say_is_told_the_same(seed: int, ring: float) -> None:
    scenario = everything(ring)

    assert told(scenario, seed, is_brief=True) == told(scenario, seed, is_brief=False)


@pytest.mark.parametrize("per_hour", [40, 90, 240])
@pytest.mark.parametrize("ring", [0, 3])
def test_usual_calls_are_told_the_same_with_few_and_with_too_many(per_hour: float, ring: float) -> None:
    scenario = usual(per_hour, ring)

    assert told(scenario, 7, is_brief=True) == told(scenario, 7, is_brief=False)


class Listening(Engine):
    """Keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.inputs: list[AcdCommand | datetime] = []

    def handle(self, command: AcdCommand) -> list[AcdEvent]:
        self.inputs.append(command)
        return super().handle(command)

    def advance(self, at: datetime, *, now: datetime | None = None) -> list[AcdEvent]:
        self.inputs.append(at)
        return super().advance(at, now=now)


def answer(engine: Engine, given: AcdCommand | datetime) -> object:
    """What it says, as a shell asks that jumps from one deadline to the next."""
    if not isinstance(given, datetime):
        try:
            return engine.handle(given)
        except Refused as refused:
            return refused.code
    said: list[AcdEvent] = []
    while (events := engine.advance_next(given)) is not None:
        said += events
    return said + engine.advance(given)


def as_the_twin_asks(given: AcdCommand | datetime) -> AcdCommand | datetime:
    """Customers go to a queue at once, and who takes a call hears the customer."""
    if isinstance(given, AcceptOffer):
        return msgspec.structs.replace(given, is_connected=True)
    if isinstance(given, RegisterInteraction) and not given.queue_id and given.interaction_id % 4:
        return msgspec.structs.replace(given, queue_id=QueueId(101 + given.interaction_id % 2))
    return given


@pytest.mark.parametrize("seed", range(10))
def test_walk_where_anything_may_happen_is_told_the_same(seed: int) -> None:
    listening = Listening()
    walk = Walk(seed, faults=0, full_every=100, engine=listening)
    for _ in range(400):
        walk.step()
    brief, long = Engine(is_explained=False), Engine(is_explained=False, is_brief=False)

    said: list[object] = []
    for given in map(as_the_twin_asks, listening.inputs):
        said.append(answer(brief, given))
        assert said[-1] == answer(long, given), given

    check(brief.state)
    assert brief.snapshot() == long.snapshot()
    assert sum(map(len, said)) > 300
    for queue_id in brief.state.queues:
        at = walk.now
        assert brief.expected_wait(queue_id, at) == long.expected_wait(queue_id, at)
