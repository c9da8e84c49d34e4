"""The digital twin against general simulation libraries: CPU seconds of a day in virtual time.

    python -m bench.twin [--calls 100000] [--repeat 3] [--no-peers] [--memory-days 10]

It is the engine itself (`otklik.acd`), driven by `otklik.simulation`; invariants and stored whys are off, as
the twin has them. Two scenarios:

    day     500 agents with 1-4 of 10 skills at levels 1-10, 10 queues of 3 priorities, a day's profile,
            log-normal talks; an agent lets it ring 3 s, 1 % of the offers are missed (15 s); wrap-up 15 s;
            customers give up after 180 s on average; after 30 s a lower level suffices; 15-minute figures
    single  500 agents of one queue at 98 % load, exponential talks and patience, nothing else: what every
            library can do. Peers in the same run: simpy (a process for each customer), ciw (a node with
            reneging)

The peers come from `requirements/bench.lock` into a folder of their own (bench/out/peers).
"""

import argparse
import gc
import importlib
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import TypeVar

import numpy as np
import psutil

from otklik.acd import engine as engine_module
from otklik.acd.engine import Engine
from otklik.acd.events import AcdEvent, SlotStarted
from otklik.acd.model import QueueRules, RelaxationStep, SkillRequirement
from otklik.simulation.draws import Arrivals, Exponential, Fixed, LogNormal, Streams
from otklik.simulation.run import Result, run
from otklik.simulation.scenario import AgentGroup, QueueLoad, Scenario

Given = TypeVar("Given")
ROOT = Path(__file__).parent.parent
PEERS = ROOT / "bench" / "out" / "peers"
LOCK = ROOT / "requirements" / "bench.lock"

AGENTS, QUEUES, SINGLE_AGENTS = 500, 10, 500
HANDLING, PATIENCE = timedelta(seconds=240), timedelta(seconds=180)
UTILIZATION = 0.98
THRESHOLD = 20.0
YOUNG_OBJECTS = 100_000
CANNOT_RUN = 2


def day(calls: int, days: int = 1) -> Scenario:
    """The shape of a large centre."""
    chance = random.Random(1)
    profile = [
        0.15 if hour < 7 or hour >= 22 else 1.0 if hour < 9 or hour >= 19 else 1.6 for hour in range(24)
    ]
    per_hour = tuple(calls / QUEUES * share / sum(profile) for share in profile)
    queues = []
    for number in range(1, QUEUES + 1):
        rules = QueueRules(
            queue_id=number,
            skills=(SkillRequirement(skill_id=number, minimum=3),),
            priority=number % 3,
            ring_timeout=timedelta(seconds=15),
            wrap_up=timedelta(seconds=15),
            relaxation=(RelaxationStep(after=timedelta(seconds=30), minimum=1),),
            maximum_waiting=1_000_000,
        )
        arrivals = Arrivals(per_hour=per_hour, step=timedelta(hours=1))
        queues.append(QueueLoad(rules, arrivals, LogNormal(HANDLING, 1.0), Exponential(PATIENCE)))
    groups = []
    for _ in range(AGENTS):
        known = chance.sample(range(1, QUEUES + 1), chance.randint(1, 4))
        groups.append(AgentGroup(1, {skill: chance.randint(1, 10) for skill in known}))
    return Scenario(
        queues=tuple(queues),
        agents=tuple(groups),
        duration=timedelta(days=days),
        ring=Fixed(timedelta(seconds=3)),
        missed=0.01,
    )


def single(calls: int) -> Scenario:
    """One queue, as in every textbook (M/M/c+M)."""
    per_hour = SINGLE_AGENTS * UTILIZATION / HANDLING.total_seconds() * 3600
    rules = QueueRules(
        queue_id=1,
        skills=(SkillRequirement(skill_id=1),),
        wrap_up=timedelta(),
        maximum_waiting=1_000_000,
    )
    load = QueueLoad(rules, Arrivals.steady(per_hour), Exponential(HANDLING), Exponential(PATIENCE))
    return Scenario(
        queues=(load,),
        agents=(AgentGroup(SINGLE_AGENTS, {1: 5}),),
        duration=timedelta(hours=calls / per_hour),
    )


def by_engine(scenario: Scenario, seed: int) -> Result:
    """As `otklik simulate` runs it: the collector looks rarely, since calls go by counting references."""
    before = gc.get_threshold()
    gc.set_threshold(YOUNG_OBJECTS, *before[1:])
    try:
        return run(scenario, Streams(seed), engine=Engine(is_checked=False, is_explained=False))
    finally:
        gc.set_threshold(*before)


def by_simpy(simpy: ModuleType, calls: int, seed: int) -> tuple[int, int, int]:
    """Calls, abandoned, answered in time: a process for each customer."""
    draw = np.random.default_rng(seed)
    rate = SINGLE_AGENTS * UTILIZATION / HANDLING.total_seconds()
    gaps = draw.exponential(1 / rate, calls).tolist()
    handling = draw.exponential(HANDLING.total_seconds(), calls).tolist()
    patience = draw.exponential(PATIENCE.total_seconds(), calls).tolist()
    environment = simpy.Environment()
    agents = simpy.Resource(environment, SINGLE_AGENTS)
    counts = [0, 0]

    def customer(number: int):
        began = environment.now
        with agents.request() as request:
            found = yield request | environment.timeout(patience[number])
            if request not in found:
                counts[0] += 1
                return
            counts[1] += environment.now - began <= THRESHOLD
            yield environment.timeout(handling[number])

    def source():
        for number in range(calls):
            yield environment.timeout(gaps[number])
            environment.process(customer(number))

    environment.process(source())
    environment.run()
    return calls, counts[0], counts[1]


def by_ciw(ciw: ModuleType, calls: int, seed: int) -> tuple[int, int, int]:
    """The same as a node whose customers renege."""
    ciw.seed(seed)
    rate = SINGLE_AGENTS * UTILIZATION / HANDLING.total_seconds()
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(rate=rate)],
        service_distributions=[ciw.dists.Exponential(rate=1 / HANDLING.total_seconds())],
        reneging_time_distributions=[ciw.dists.Exponential(rate=1 / PATIENCE.total_seconds())],
        number_of_servers=[SINGLE_AGENTS],
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(calls / rate)
    records = simulation.get_all_records()
    gone = sum(record.record_type == "renege" for record in records)
    served = [record for record in records if record.record_type == "service"]
    return len(records), gone, sum(record.waiting_time <= THRESHOLD for record in served)


def fetch_peers() -> list[ModuleType]:
    """simpy and ciw, installed by the lock file when they are not there."""
    sys.path.append(str(PEERS))
    mark = PEERS / ".lock"
    if not mark.exists() or mark.read_text() != LOCK.read_text():
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        target = ["--require-hashes", "--no-deps", "--upgrade", "--target", str(PEERS), "-r", str(LOCK)]
        if subprocess.run([*pip, *target], check=False).returncode:
            return []
        mark.write_text(LOCK.read_text())
    return [importlib.import_module(name) for name in ("simpy", "ciw")]


def fastest(work: Callable[[], Given], repeat: int) -> tuple[float, Given]:
    """CPU seconds of the quickest of several runs (others work on this machine), and what it gave."""
    best = float("inf")
    for _ in range(repeat):
        gc.collect()
        began = time.process_time()
        given = work()
        best = min(best, time.process_time() - began)
    return best, given


def measure_memory(calls: int, days: int) -> list[float]:
    """Resident megabytes at the end of each day of one run."""
    process, found = psutil.Process(), []

    def listen(event: AcdEvent) -> None:
        if isinstance(event, SlotStarted) and event.slot % 96 == 0:
            found.append(round(process.memory_info().rss / 2**20, 1))

    run(day(calls, days), Streams(1), engine=Engine(is_checked=False, is_explained=False), listen=listen)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--memory-days", type=int, default=0)
    words = parser.parse_args()

    found: dict[str, object] = {
        "compiled": not str(engine_module.__file__).endswith(".py"),
        "whys_and_invariants": "off",
        "load": round(os.getloadavg()[0], 1),
        "cores": os.cpu_count(),
    }
    if words.memory_days:
        found["resident_megabytes_by_day"] = measure_memory(words.calls, words.memory_days)
        print(json.dumps(found, indent=1))
        return 0

    shape = day(words.calls)
    seconds, result = fastest(lambda: by_engine(shape, words.seed), words.repeat)
    found["day"] = {
        "cpu_seconds": round(seconds, 2),
        "calls": result.calls,
        "events": result.events,
        "microseconds_per_call": round(seconds / result.calls * 1e6, 1),
        "service_level": result.total.service_level,
        "abandonment": result.total.abandonment,
        "occupancy": result.statistics.occupancy,
    }
    plain = single(words.calls)
    seconds, result = fastest(lambda: by_engine(plain, words.seed), words.repeat)
    rates = {"engine": result.calls / seconds}
    rows = found["single"] = {
        "engine": {
            "calls_per_second": round(rates["engine"]),
            "abandonment": result.total.abandonment,
            "answered_in_time": result.total.answered_in_time / result.total.offered,
        }
    }
    if not words.no_peers:
        peers = fetch_peers()
        if not peers:
            print("the peers of requirements/bench.lock could not be installed", file=sys.stderr)
            return CANNOT_RUN
        for peer, work in zip(peers, (by_simpy, by_ciw), strict=True):
            name = peer.__name__
            seconds, given = fastest(partial(work, peer, words.calls, words.seed), words.repeat)
            calls, gone, in_time = given
            rates[name] = calls / seconds
            rows[name] = {
                "calls_per_second": round(rates[name]),
                "abandonment": gone / calls,
                "answered_in_time": in_time / calls,
                "engine_is_quicker_by": round(rates["engine"] / rates[name], 2),
            }
    print(json.dumps(found, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
