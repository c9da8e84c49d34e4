"""Runs the replications of a plan on all cores. Each replication has streams of its own, so the result does
not depend on how many cores there are, nor on which of them is done first."""

import gc
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Final

from otklik.simulation.draws import Streams
from otklik.simulation.reading import Plan
from otklik.simulation.run import Result, run
from otklik.simulation.scenario import Scenario

Progress = Callable[[int, int], None]
"""Told of how many replications are done, and of how many there are."""

_YOUNG_OBJECTS: Final = 100_000


@dataclass(frozen=True, slots=True)
class Runs:
    """Results in the order of their replications. cpu_seconds: processor time of the runs, in all
    processes."""

    results: tuple[Result, ...]
    cpu_seconds: float


def run_plan(plan: Plan, *, processes: int | None = None, progress: Progress | None = None) -> Runs:
    """All replications. processes: how many at once; None is one for each core."""
    (runs,) = run_plans([plan], processes=processes, progress=progress)
    return runs


def run_plans(
    plans: Sequence[Plan], *, processes: int | None = None, progress: Progress | None = None
) -> list[Runs]:
    """All replications of all plans, each plan's together."""
    tasks = [(plan, number) for plan in plans for number in range(plan.replications)]
    found: dict[int, tuple[Result, float]] = {}
    for place, result, seconds in _run_all(tasks, processes or _cores()):
        found[place] = (result, seconds)
        if progress is not None:
            progress(len(found), len(tasks))
    ordered = iter([found[place] for place in range(len(tasks))])
    runs = []
    for plan in plans:
        mine = [next(ordered) for _ in range(plan.replications)]
        runs.append(
            Runs(tuple(result for result, _ in mine), cpu_seconds=sum(seconds for _, seconds in mine))
        )
    return runs


def _run_all(tasks: Sequence[tuple[Plan, int]], processes: int) -> Iterator[tuple[int, Result, float]]:
    count = min(processes, len(tasks))
    if count <= 1:
        for place, (plan, number) in enumerate(tasks):
            yield place, *_run_one(plan.scenario, plan.seed, number)
        return
    context = multiprocessing.get_context("forkserver")
    with ProcessPoolExecutor(count, mp_context=context) as pool:
        try:
            waiting = {
                pool.submit(_run_one, plan.scenario, plan.seed, number): place
                for place, (plan, number) in enumerate(tasks)
            }
            for done in as_completed(waiting):
                yield waiting[done], *done.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _run_one(scenario: Scenario, seed: int, replication: int) -> tuple[Result, float]:
    """One replication, and its processor time."""
    # Calls come and go by counting references; what the collector looks for is rare and may wait.
    before = gc.get_threshold()
    gc.set_threshold(_YOUNG_OBJECTS, *before[1:])
    try:
        begun = time.process_time()
        result = run(scenario, Streams(seed, replication))
        return result, time.process_time() - begun
    finally:
        gc.set_threshold(*before)


def _cores() -> int:
    return len(os.sched_getaffinity(0))
