"""Many walks, on several cores, for a time or for a number of steps. A failing seed joins the corpus.

Even seeds are walks in which anything may be asked (`walker.py`), odd ones are floors with a world around the
engine (`floor.py`).

python -m tests.properties.many --seconds 60 [--first SEED] [--processes N]
"""

import argparse
import multiprocessing
import os
import sys
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from functools import partial

from tests.acd.witness import Witness
from tests.properties import floor, walker
from tests.properties.stories import CORPUS

STEPS = 1_500
SEEDS = CORPUS / "seeds.txt"
SHOWN = 6_000


@dataclass(slots=True)
class Tally:
    """What many walks came to. seen: events, commands and refusals by name."""

    walks: int = 0
    steps: int = 0
    seconds: float = 0.0
    seen: Counter[str] = field(default_factory=Counter)
    failures: dict[int, str] = field(default_factory=dict)

    def add(self, other: "Tally") -> None:
        self.walks += other.walks
        self.steps += other.steps
        self.seen += other.seen
        self.failures |= other.failures

    def said(self) -> str:
        violations = f"{len(self.failures)} violations" if self.failures else "no violation"
        return f"{self.steps} engine steps in {self.walks} random walks, {violations}"


def take_walks(
    *, first: int, seconds: float | None = None, steps: int | None = None, processes: int = 1
) -> Tally:
    """Walks from seed `first` on, until the time is over or so many steps are taken; each process takes every
    n-th seed. A violation ends its process, and is told with the command that repeats it."""
    began = time.monotonic()
    share = None if steps is None else -(-steps // processes)
    until = None if seconds is None else began + seconds
    work = partial(_take, first=first, stride=processes, until=until, steps=share)
    total = Tally()
    if processes == 1:
        total.add(work(0))
    else:
        with multiprocessing.get_context("forkserver").Pool(processes) as pool:
            for tally in pool.imap_unordered(work, range(processes)):
                total.add(tally)
    total.seconds = time.monotonic() - began
    return total


def _take(number: int, *, first: int, stride: int, until: float | None, steps: int | None) -> Tally:
    tally = Tally()
    seed = first + number
    while (until is None or time.monotonic() < until) and (steps is None or tally.steps < steps):
        try:
            witness = play(seed)
        except Exception:  # noqa: BLE001 - whatever it is, it is told with its seed
            said = traceback.format_exc()[-SHOWN:]
            tally.failures[seed] = f"{said}\n"
            remember(seed)
            return tally
        tally.steps += witness.steps
        tally.seen += witness.seen
        tally.walks += 1
        seed += stride
    return tally


def play(seed: int) -> Witness:
    """The walk of a seed, to its end."""
    return (floor.floor if seed % 2 else walker.walk)(seed, STEPS).witness


def remember(seed: int) -> None:
    """A seed that failed runs first from now on; `walker SEED STEPS --keep` makes a short story of it. Not
    where the engine is flawed on purpose."""
    if os.environ.get("OTKLIK_REMEMBER") == "0":
        return
    seeds = SEEDS.read_text().split()
    if str(seed) not in seeds:
        SEEDS.write_text("".join(f"{known}\n" for known in [*seeds, seed]))


def first_of_today() -> int:
    """New seeds each day, so that the gate sees new ground; OTKLIK_SEED repeats those of another."""
    return int(os.environ.get("OTKLIK_SEED", time.strftime("%Y%m%d"))) * 1_000_000


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--first", type=int, default=first_of_today())
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    chosen = parser.parse_args(words)
    tally = take_walks(
        first=chosen.first, seconds=chosen.seconds, steps=chosen.steps, processes=chosen.processes
    )
    sys.stdout.write(f"{tally.said()}, {tally.steps / tally.seconds:.0f} a second\n")
    for failure in tally.failures.values():
        sys.stdout.write(failure)
    return 1 if tally.failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
