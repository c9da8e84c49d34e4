"""What processes and the whole machine spent between two looks."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(slots=True, frozen=True)
class Look:
    """Processor seconds by name, of the whole machine, and the load at one moment."""

    by_name: dict[str, float]
    machine: float
    load: float


def look(pids: Mapping[str, int]) -> Look:
    """Each process with its children."""
    return Look(
        by_name={name: _seconds(pid) for name, pid in pids.items()},
        machine=_machine(),
        load=os.getloadavg()[0],
    )


def spent(before: Look, after: Look) -> dict[str, float]:
    """Seconds by name between the looks; `machine` is everything that ran, others' work included."""
    found = {name: after.by_name[name] - before.by_name.get(name, 0.0) for name in after.by_name}
    return found | {"machine": after.machine - before.machine}


def prefer(pids: Iterable[int], nice: int) -> bool:
    """Gives sessions more of a machine that others work on, too; False where the kernel has no such thing.

    Each session is a group of its own to the kernel's scheduler, so the nice value of a process says nothing
    about it against a process of another session. Children are named one by one: each backend of PostgreSQL
    makes itself a session. A session that gives way by itself goes on giving way.
    """
    done = True
    for pid in pids:
        for one in _family(pid):
            path = Path(f"/proc/{one.pid}/autogroup")
            try:
                if int(path.read_text().split()[-1]) <= 0:
                    path.write_text(str(nice))
            except OSError:
                done = done and not one.is_running()
    return done


def _family(pid: int) -> list[psutil.Process]:
    """A process and what it started; nothing once it is gone."""
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _machine() -> float:
    times = psutil.cpu_times()
    return float(times.user + times.nice + times.system + times.irq + times.softirq + times.steal)


def _seconds(pid: int) -> float:
    total = 0.0
    for one in _family(pid):
        try:
            times = one.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total
