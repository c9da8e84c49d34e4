"""Runs of the twin in children of the process `web`: at low priority, with progress, to be cancelled.

A child is `otklik simulate` or `otklik staff` itself, so what a page shows is what the command line says. It
has its own process group: ending it ends the processes on the other cores too. What is kept of runs is lost
with `web`: they can be run again with the same seed.
"""

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import msgspec

from otklik.simulation.writing import write_text
from otklik.vocabulary.ids import PersonId
from otklik.vocabulary.refusals import NotFound, Refused

MOST_AT_ONCE: Final = 2
"""Runs of all people together; each uses all cores."""
MOST_KEPT: Final = 20
LEARNING_SECONDS: Final = 120.0
_REFUSED: Final = 2


class RunState(StrEnum):
    """Where a run stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(slots=True)
class Run:
    """A run of one person. kind: the command. of: replications in all, or of a round of staffing; round,
    broken_promises and agent_hours: the last one that is done. result: what the command says as JSON."""

    run_id: int
    person_id: PersonId
    of: int
    kind: str = "simulate"
    state: RunState = RunState.RUNNING
    done: int = 0
    round: int = 0
    broken_promises: int | None = None
    agent_hours: float | None = None
    result: dict[str, Any] | None = None
    process: asyncio.subprocess.Process | None = None
    task: "asyncio.Task[None] | None" = None


class Step(msgspec.Struct):
    """A line of the child's error stream: a replication or a round is done."""

    done: int | None = None
    of: int | None = None
    round: int | None = None
    broken_promises: int | None = None
    agent_hours: float | None = None


@dataclass(slots=True)
class Runs:
    """All runs that this process has begun and still knows. home, database_url: what a child reads."""

    home: Path
    database_url: str
    _runs: dict[int, Run] = field(default_factory=dict)
    _last: int = 0

    def begin(
        self,
        person_id: PersonId,
        trees: Sequence[Mapping[str, Any]],
        *,
        of: int,
        command: Sequence[str] = ("simulate",),
    ) -> Run:
        """Run scenarios that were found good; with several the others are compared with the first. command:
        what reads their files, with its options.

        Refuses `too_many_runs`.
        """
        running = [run for run in self._runs.values() if run.state is RunState.RUNNING]
        if len(running) >= MOST_AT_ONCE or any(run.person_id == person_id for run in running):
            raise Refused("too_many_runs", running=len(running))
        self._last += 1
        run = self._runs[self._last] = Run(run_id=self._last, person_id=person_id, of=of, kind=command[0])
        for run_id in [one for one, each in self._runs.items() if each.state is not RunState.RUNNING][
            : max(0, len(self._runs) - MOST_KEPT)
        ]:
            del self._runs[run_id]
        run.task = asyncio.create_task(
            self._follow(run, list(trees), command), name=f"planning run {run.run_id}"
        )
        return run

    def find(self, run_id: int, person_id: PersonId) -> Run:
        """A run of this person. Refuses `unknown_run`."""
        run = self._runs.get(run_id)
        if run is None or run.person_id != person_id:
            raise NotFound("unknown_run", run_id=run_id)
        return run

    def list_of(self, person_id: PersonId) -> list[Run]:
        """All of this person that are still known, the newest first."""
        return [run for run in reversed(self._runs.values()) if run.person_id == person_id]

    async def cancel(self, run: Run) -> None:
        """End it, if it still runs; returns when it has ended."""
        if run.state is RunState.RUNNING and run.task is not None:
            run.task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await run.task

    async def close(self) -> None:
        """End all."""
        for run in list(self._runs.values()):
            await self.cancel(run)

    async def learn(self, words: Sequence[str]) -> str:
        """The real centre as a scenario's text; `words` say of which days. Refuses as the command does."""
        command = ["simulate", "--from-centre", "--write", "-", "--json", *words]
        process = await self._start(command)
        try:
            async with asyncio.timeout(LEARNING_SECONDS):
                told, _ = await process.communicate()
        except TimeoutError:
            raise Refused("planning_failed") from None
        finally:
            _end(process)
        if process.returncode == 0:
            return told.decode()
        if process.returncode == _REFUSED:
            error = msgspec.json.decode(told)["error"]
            raise Refused(error["code"], **error["facts"])
        raise Refused("planning_failed")

    async def _follow(self, run: Run, trees: Sequence[Mapping[str, Any]], command: Sequence[str]) -> None:
        try:
            with tempfile.TemporaryDirectory(prefix="otklik-plan-") as folder:
                files = _write(Path(folder), trees)
                run.process = await self._start([*command, *files, "--json", "--steps"])
                told, _ = await asyncio.gather(_read(run.process), _note_steps(run, run.process))
                await run.process.wait()
            if run.process.returncode == 0:
                result = msgspec.json.decode(told)
                run.result = _as_comparison(result) if run.kind == "simulate" else result
            run.state = RunState.DONE if run.result is not None else RunState.FAILED
        except asyncio.CancelledError:
            run.state = RunState.CANCELLED
            raise
        except (OSError, msgspec.DecodeError):
            run.state = RunState.FAILED
        finally:
            if run.process is not None:
                _end(run.process)
                await run.process.wait()

    async def _start(self, words: Sequence[str]) -> asyncio.subprocess.Process:
        environment = {
            **os.environ,
            "OTKLIK_HOME": str(self.home),
            "OTKLIK_DATABASE_URL": self.database_url,
        }
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "otklik",
            *words,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
            env=environment,
        )


def _write(folder: Path, trees: Sequence[Mapping[str, Any]]) -> list[str]:
    files = []
    for number, tree in enumerate(trees, start=1):
        file = folder / f"{number}.toml"
        file.write_text(write_text(tree), "utf-8")
        files.append(str(file))
    return files


async def _read(process: asyncio.subprocess.Process) -> bytes:
    assert process.stdout is not None
    return await process.stdout.read()


async def _note_steps(run: Run, process: asyncio.subprocess.Process) -> None:
    assert process.stderr is not None
    async for line in process.stderr:
        with contextlib.suppress(msgspec.DecodeError):
            step = msgspec.json.decode(line, type=Step)
            if step.done is not None and step.of is not None:
                run.done, run.of = step.done, step.of
            if step.round is not None:
                run.round = step.round
                run.broken_promises, run.agent_hours = step.broken_promises, step.agent_hours


def _end(process: asyncio.subprocess.Process) -> None:
    """The child and whatever it started."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _as_comparison(told: dict[str, Any]) -> dict[str, Any]:
    return told if "scenarios" in told else {"scenarios": [told], "comparisons": []}
