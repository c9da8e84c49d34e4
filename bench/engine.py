"""Decisions each second and their latency: the pure engine, live settings (whys and cheap invariants on).

    python -m bench.engine [--seconds 20] [--agents 5000 --skills 200 --waiting 20000] [--curve]

A decision is a command that an offer follows from. Latencies are processor time of the one thread, so that
others who work on the machine are not counted. `--curve` measures it at sizes that double: agents, skills
and waiting customers together, and how much dearer each doubling makes it.

The peer in the same run is the least that such an engine could do: append the same commands to a list and
look one agent up in a dictionary. The ratio tells what the rules cost; the absolute figures belong to this
machine.
"""

import argparse
import gc
import json
import random
import statistics
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import log2

from otklik.acd import commands as ask
from otklik.acd.engine import Engine
from otklik.acd.events import OfferMade
from otklik.acd.model import AgentProfile, QueueRules, SkillRequirement
from otklik.vocabulary.ids import AgentId, InteractionId, QueueId, SkillId
from otklik.vocabulary.refusals import Refused


@dataclass(frozen=True, slots=True)
class Size:
    """A centre: one queue for each skill; each agent has ten of them."""

    agents: int
    queues: int
    waiting: int


CURVE = tuple(Size(156 * 2**step, max(10, 6 * 2**step), 625 * 2**step) for step in range(6))
BEGIN = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def filled(chance: random.Random, size: Size) -> tuple[Engine, datetime]:
    """Nobody ready, all of the others waiting."""
    engine, at = Engine(is_checked=False), BEGIN
    for number in range(1, size.queues + 1):
        skill = SkillRequirement(skill_id=SkillId(number), minimum=chance.randint(1, 3))
        rules = QueueRules(
            queue_id=QueueId(number),
            skills=(skill,),
            wrap_up=timedelta(seconds=10),
            maximum_waiting=size.waiting,
            priority=chance.randint(0, 3),
        )
        engine.handle(ask.ConfigureQueue(at=at, queue=rules))
    for number in range(1, size.agents + 1):
        known = chance.sample(range(1, size.queues + 1), 10)
        skills = {SkillId(one): chance.randint(1, 10) for one in known}
        agent_id = AgentId(number)
        engine.handle(ask.ConfigureAgent(at=at, agent=AgentProfile(agent_id=agent_id, skills=skills)))
        engine.handle(ask.SignInAgent(at=at, agent_id=agent_id))
        engine.handle(ask.NoteDevice(at=at, agent_id=agent_id, is_reachable=True))
    for number in range(1, size.waiting + 1):
        at += timedelta(milliseconds=1)
        arrive(engine, InteractionId(number), QueueId(chance.randint(1, size.queues)), at)
    return engine, at


def arrive(engine: Engine, interaction_id: InteractionId, queue_id: QueueId, at: datetime) -> list[object]:
    engine.handle(ask.RegisterInteraction(at=at, interaction_id=interaction_id))
    return list(
        engine.handle(ask.EnqueueInteraction(at=at, interaction_id=interaction_id, queue_id=queue_id))
    )


def run(seconds: float, seed: int, size: Size) -> dict[str, float]:
    """Agents get ready, answer, finish; customers arrive as fast as they are served, so as many keep
    waiting.
    """
    chance = random.Random(seed)
    engine, at = filled(chance, size)
    took: list[float] = []
    decided: list[float] = []
    decisions = commands = 0
    arrived = size.waiting

    def handle(command: ask.AcdCommand) -> list[object]:
        nonlocal commands, decisions
        began = time.thread_time_ns()
        try:
            events = list(engine.handle(command))
        except Refused:
            events = []
        took.append((time.thread_time_ns() - began) / 1e6)
        commands += 1
        offers = sum(type(event) is OfferMade for event in events)
        if offers:
            decided.append(took[-1])
            decisions += offers
        return events

    gc.freeze()
    began = time.perf_counter()
    while time.perf_counter() - began < seconds:
        at += timedelta(milliseconds=5)
        agent_id = AgentId(chance.randint(1, size.agents))
        agent = engine.agent(agent_id)
        assert agent is not None
        if agent.assignment is None:
            events = handle(ask.MakeAgentReady(at=at, agent_id=agent_id))
        elif agent.assignment.offer_id and agent.assignment.phase == "offered":
            handle(ask.AcceptOffer(at=at, offer_id=agent.assignment.offer_id))
            events = handle(ask.ConfirmConnection(at=at, interaction_id=agent.assignment.interaction_id))
        elif agent.assignment.phase == "connected":
            events = handle(
                ask.FinishTalk(at=at, agent_id=agent_id, interaction_id=agent.assignment.interaction_id)
            )
        else:
            events = handle(ask.FinishWrapUp(at=at, agent_id=agent_id))
        for event in events:
            if isinstance(event, OfferMade):
                arrived += 1
                handle(ask.RegisterInteraction(at=at, interaction_id=InteractionId(arrived)))
                queue_id = QueueId(chance.randint(1, size.queues))
                handle(
                    ask.EnqueueInteraction(at=at, interaction_id=InteractionId(arrived), queue_id=queue_id)
                )
        due = engine.next_deadline()
        while due is not None and due <= at:
            engine.advance(due)
            due = engine.next_deadline()
    elapsed = time.perf_counter() - began
    gc.unfreeze()
    took.sort()
    decided.sort()
    return {
        "commands_per_second": commands / elapsed,
        "decisions_per_second": decisions / elapsed,
        "p50_ms": statistics.median(took),
        "p99_ms": took[int(len(took) * 0.99)],
        "max_ms": took[-1],
        "decision_p50_ms": statistics.median(decided),
        "decision_p99_ms": decided[int(len(decided) * 0.99)],
        "waiting": sum(len(engine.waiting(QueueId(number))) for number in range(1, size.queues + 1)),
    }


def peer(seconds: float) -> float:
    """Commands each second of a loop that only keeps them."""
    kept: list[object] = []
    agents = {AgentId(number): number for number in range(1_000)}
    chance, count, at = random.Random(1), 0, BEGIN
    began = time.perf_counter()
    while time.perf_counter() - began < seconds:
        command = ask.MakeAgentReady(at=at, agent_id=AgentId(chance.randint(1, 999)))
        kept.append((command, agents[command.agent_id]))
        count += 1
        if count % 10_000 == 0:
            kept.clear()
    return count / (time.perf_counter() - began)


def draw_curve(seconds: float, seed: int) -> None:
    """One line for each size: the median decision, and its ratio to the size before. Linear cost would double
    it; cost that grows with the logarithm adds the same each time.
    """
    before = 0.0
    for size in CURVE:
        found = run(seconds, seed, size)
        p50 = found["decision_p50_ms"]
        grown = f"{p50 / before:.2f}" if before else "-"
        shape = f"{size.agents:6} agents {size.queues:4} skills {size.waiting:6} waiting"
        cost = f"decision p50 {p50:.4f} ms (x {grown}), p99 {found['decision_p99_ms']:.4f} ms"
        print(f"{shape}: {cost}, log2 {log2(size.waiting):.1f}", flush=True)
        before = p50


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--agents", type=int, default=5_000)
    parser.add_argument("--skills", type=int, default=200)
    parser.add_argument("--waiting", type=int, default=20_000)
    parser.add_argument("--curve", action="store_true")
    words = parser.parse_args()
    if words.curve:
        draw_curve(words.seconds, words.seed)
        return
    found = run(words.seconds, words.seed, Size(words.agents, words.skills, words.waiting))
    found["peer_commands_per_second"] = peer(min(words.seconds, 3.0))
    found["ratio_to_peer"] = found["commands_per_second"] / found["peer_commands_per_second"]
    print(json.dumps({key: round(value, 4) for key, value in found.items()}, indent=1))


if __name__ == "__main__":
    main()
