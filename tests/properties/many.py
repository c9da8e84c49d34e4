"""Many walks, on several cores, for a time or for a number of steps. A failing seed joins the corpus.

Even seeds are walks in which anything may be asked (`walker.py`), odd ones are floors with a world around the
engine (`floor.py`).

Use `python -m tests.properties.many --seconds 60 [--first SEED] [--processes N]`, or
`python -m tests.properties.many --steps 10000000 --report docs/soak.md [--tally FILE]`.
"""

import argparse
import gc
import multiprocessing
import os
import platform
import subprocess
import sys
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import get_args

import msgspec

from otklik.acd.events import AcdEvent
from otklik.acd.transitions import INTERACTION
from tests.acd.witness import Witness
from tests.properties import floor, walker
from tests.properties.stories import CORPUS

STEPS = 1_500
SWEEP_EVERY = 40
"""What an event touches is looked at after every step, everything from scratch after so many."""
SEEDS = CORPUS / "seeds.txt"
SHOWN = 6_000
SHOWN_CELLS = 12
ROUND_SECONDS = 60.0


@dataclass(slots=True)
class Tally:
    """What many walks came to. seen: events, commands and refusals by name; cells: events by the phase that
    they found. last: the highest seed."""

    walks: int = 0
    last: int = 0
    steps: int = 0
    seconds: float = 0.0
    seen: Counter[str] = field(default_factory=Counter)
    cells: Counter[str] = field(default_factory=Counter)
    failures: dict[int, str] = field(default_factory=dict)

    def add(self, other: "Tally") -> None:
        self.walks += other.walks
        self.last = max(self.last, other.last)
        self.steps += other.steps
        self.seen += other.seen
        self.cells += other.cells
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
        with multiprocessing.get_context("forkserver").Pool(processes, initializer=_collect_less) as pool:
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
        tally.cells += witness.cells
        tally.walks += 1
        tally.last = seed
        seed += stride
    return tally


def _collect_less() -> None:
    """A tenth of the time goes into looking for cycles, among what lives as long as the process too."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def play(seed: int) -> Witness:
    """The walk of a seed, to its end."""
    return (floor.floor if seed % 2 else walker.walk)(seed, STEPS, full_every=SWEEP_EVERY).witness


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
    parser.add_argument("--report", type=Path)
    parser.add_argument(
        "--tally", type=Path, help="kept here after each minute; who was stopped goes on from it"
    )
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    chosen = parser.parse_args(words)
    _collect_less()
    tally = read_tally(chosen.tally)
    while not is_enough(tally, chosen.seconds, chosen.steps):
        # In rounds, so that a long run can be looked at, and is not lost when it is stopped.
        round_of = take_walks(
            # The processes get on at different speeds: no seed twice, though some are left out between.
            first=max(chosen.first, tally.last + 1),
            seconds=min(ROUND_SECONDS, (chosen.seconds or ROUND_SECONDS + tally.seconds) - tally.seconds),
            steps=None if chosen.steps is None else chosen.steps - tally.steps,
            processes=chosen.processes,
        )
        tally.add(round_of)
        tally.seconds += round_of.seconds
        sys.stdout.write(f"{tally.said()}, {tally.steps / tally.seconds:.0f} a second\n")
        sys.stdout.flush()
        if chosen.tally is not None:
            chosen.tally.write_bytes(msgspec.json.encode({"version": version(), "tally": tally}))
        if chosen.report is not None:
            chosen.report.write_text(report(tally, chosen.first), encoding="utf-8")
    for failure in tally.failures.values():
        sys.stdout.write(failure)
    return 1 if tally.failures else 0


def read_tally(file: Path | None) -> Tally:
    """What a run that was stopped had come to; nothing, when it was of another version of the source."""
    if file is None or not file.exists():
        return Tally()
    kept = msgspec.json.decode(file.read_bytes())
    if kept["version"] != version():
        sys.exit(f"{file} counts walks of {kept['version']}, and this is {version()}")
    tally = Tally(**kept["tally"])
    tally.seen, tally.cells = Counter(tally.seen), Counter(tally.cells)
    return tally


def version() -> str:
    """Of the source; the report itself, which is written meanwhile, changes nothing in it."""

    def said(*command: str) -> str:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()

    changed = said("git", "status", "--porcelain", "--untracked-files=no", "--", ".", ":!docs/soak.md")
    return said("git", "describe", "--always") + ("-dirty" if changed else "")


def is_enough(tally: Tally, seconds: float | None, steps: int | None) -> bool:
    if tally.failures or (steps is not None and tally.steps >= steps):
        return True
    return seconds is not None and tally.seconds >= seconds - 1


def report(tally: Tally, first: int) -> str:
    """The page of a soak: what was run, on what, and what came out."""
    events = sum(tally.seen[kind.__name__] for kind in get_args(AcdEvent))
    refusals = sum(count for name, count in tally.seen.items() if " refused " in name)
    lines = [
        "# The engine's soak\n",
        "Made by `python -m tests.properties.many --steps N --report docs/soak.md`; do not edit. Even seeds",
        "are walks in which anything may be asked at any moment, odd ones are floors: people, phones and a",
        "bad line around the engine, which dies before or after its batch is in the journal and then looks",
        "around.\n",
        "| | |",
        "|---|---|",
        f"| date | {time.strftime('%Y-%m-%d', time.gmtime())} |",
        f"| version | {version()}, Python {platform.python_version()}, {os.cpu_count()} cores |",
        f"| steps | {tally.steps:,} (commands, moments and batches) |",
        f"| seeds | {tally.walks:,}, from {first} to {tally.last} |",
        f"| seconds | {tally.seconds:.0f}, on a machine that did other things too |",
        f"| events | {events:,} |",
        f"| refusals | {refusals:,} |",
        f"| deaths of the engine | {tally.seen['restart']:,} |",
        f"| surveys, repairs | {tally.seen['survey']:,}, {tally.seen['repair']:,} |",
        f"| **violations** | **{len(tally.failures)}** |",
        "",
        "## The rarest\n",
        "Events in the phase in which they find an interaction, least often first.\n",
        "| event | phase | times |",
        "|---|---|---|",
    ]
    lawful = {
        f"{kind.__name__} in {phase or 'nothing'}"
        for kind, (found, _) in INTERACTION.items()
        for phase in found
    }
    counted = {cell: tally.cells[cell] for cell in lawful}
    rarest = sorted(counted.items(), key=lambda item: (item[1], item[0]))
    for cell, count in rarest[:SHOWN_CELLS]:
        event, _, phase = cell.partition(" in ")
        lines.append(f"| {event} | {phase} | {count:,} |")
    often = sum(1 for count in counted.values() if count >= 100)
    lines.append(
        f"\n{often} of the {len(counted)} lawful pairs of event and phase were seen 100 times and more."
    )
    for seed, failure in tally.failures.items():
        lines += [f"\n## Seed {seed}\n", "```", failure, "```"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
