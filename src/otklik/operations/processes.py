"""What a running child is to its supervisor: found again after the supervisor's death, never confused.

A child is known by its pid together with the moment at which the kernel started it: pids are used again, the
pair is not. The pid file holds both and a fingerprint of how the child was started.
"""

import asyncio
import contextlib
import hashlib
import json
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

POLL_SECONDS = 0.1
LOG_LIMIT_BYTES = 20_000_000
LOGS_KEPT = 3


@dataclass(slots=True, frozen=True)
class Running:
    """A process that runs, or ran.

    started: clock ticks since boot, as the kernel counts them. fingerprint: of command and settings.
    """

    pid: int
    started: int
    fingerprint: str

    def is_alive(self) -> bool:
        """True while it is that very process and no zombie."""
        return start_of(self.pid) == self.started

    def send(self, number: int) -> None:
        """Send a signal, if the process is still the one that was started."""
        if self.is_alive():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def send_group(self, number: int) -> None:
        """Send a signal to its whole process group: the child and whatever it started."""
        if self.is_alive():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, number)

    async def ended(self) -> None:
        """Return when the process has ended; at once, by the kernel's word, where it can give one."""
        try:
            descriptor = os.pidfd_open(self.pid)
        except (OSError, AttributeError):  # an old kernel, or a Python built on one
            while self.is_alive():  # noqa: ASYNC110, no event tells of a stranger's end on such a kernel
                await asyncio.sleep(POLL_SECONDS)
            reap(self.pid)
            return
        loop = asyncio.get_running_loop()
        over = asyncio.Event()
        try:
            loop.add_reader(descriptor, over.set)
            while self.is_alive():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(over.wait(), 5.0)
            reap(self.pid)
        finally:
            loop.remove_reader(descriptor)
            os.close(descriptor)


def start_of(pid: int) -> int | None:
    """When the kernel started a process, in ticks since boot; None if there is none, or only its remains."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name stands in parentheses and may hold anything, so fields are counted from its end.
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in ("Z", "X") else int(fields[19])


def reap(pid: int) -> None:
    """Take the remains of a child of ours; one that was adopted is taken by init."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def fingerprint(*parts: object) -> str:
    """A short hash of what makes one start of a child differ from another."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def start(
    command: Sequence[str],
    *,
    pid_file: Path,
    log_file: Path,
    environment: Mapping[str, str],
    mark: str,
    nice: int = 0,
) -> Running:
    """Start a child in a session of its own, without a word to the kernel about its parent's death.

    environment: the whole of it. mark: its fingerprint. nice: of the child and of its session. Its output is
    appended to the log file, and its pid file is in place before this returns. Whatever it makes is its
    user's alone (umask 077).
    """
    turn_over(log_file)
    ordered = ["nice", "-n", str(nice), *command] if nice else list(command)
    with log_file.open("ab") as log:
        process = subprocess.Popen(
            ordered,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=environment,
            umask=0o077,
            start_new_session=True,
            close_fds=True,
        )
    if nice:
        give_way(process.pid, nice)
    # The Popen object is let go: a child is watched by pid, so that one that was adopted is no other thing.
    process.returncode = 0
    began = start_of(process.pid)
    running = Running(pid=process.pid, started=began or 0, fingerprint=mark)
    write_pid_file(pid_file, running)
    return running


def give_way(pid: int, nice: int) -> None:
    """Lower the weight of a child's whole session.

    To kernels with autogroups each session is a group of its own with the same share of the processors, and
    the nice value of a process only counts within its session. Other kernels have no such file.
    """
    with contextlib.suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text(str(nice))


def write_pid_file(path: Path, running: Running) -> None:
    """Whole or not at all: a reader never sees half a file."""
    words = {"pid": running.pid, "started": running.started, "fingerprint": running.fingerprint}
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps({**words, "boot": boot_id()}))
    fresh.replace(path)


def find_running(pid_file: Path) -> Running | None:
    """The process that a pid file speaks of, if it still runs."""
    try:
        words = json.loads(pid_file.read_text())
        running = Running(pid=words["pid"], started=words["started"], fingerprint=words["fingerprint"])
        is_this_boot = words["boot"] == boot_id()
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
    return running if is_this_boot and running.is_alive() else None


def boot_id() -> str:
    """Changes with every start of the machine: ticks since boot mean nothing across it."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


async def stop(running: Running, *, polite: int = signal.SIGTERM, patience: float = 10.0) -> bool:
    """Ask a child to end; after `patience` seconds kill its group. True if it went by itself."""
    running.send(polite)
    try:
        await asyncio.wait_for(running.ended(), patience)
    except TimeoutError:
        running.send_group(signal.SIGKILL)
        running.send(signal.SIGKILL)
        await running.ended()
        return False
    return True


def turn_over(log_file: Path) -> None:
    """Put a log file that has grown aside as .1, the older ones as .2 and .3."""
    if not log_file.exists() or log_file.stat().st_size < LOG_LIMIT_BYTES:
        return
    for number in range(LOGS_KEPT, 1, -1):
        older = log_file.with_name(f"{log_file.name}.{number - 1}")
        if older.exists():
            older.replace(log_file.with_name(f"{log_file.name}.{number}"))
    log_file.replace(log_file.with_name(f"{log_file.name}.1"))


def shorten(log_file: Path) -> None:
    """Keep the newer half of a log file that its running writer has made too long.

    The writer appends, so it goes on at the new end; lines written between the two steps may be lost.
    """
    if not log_file.exists() or log_file.stat().st_size < 2 * LOG_LIMIT_BYTES:
        return
    with log_file.open("r+b") as log:
        log.seek(-LOG_LIMIT_BYTES, os.SEEK_END)
        log.readline()
        kept = log.read()
        log.seek(0)
        log.write(kept)
        log.truncate()
