"""Imports that a page asks for: files that were sent, and the children of `web` that read them.

A child is `otklik import` itself, so what the page shows is what the command line says. It stores whole
batches: one that is ended has stored all before, and goes on there when it is asked again.
"""

import asyncio
import contextlib
import os
import secrets
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import msgspec

from otklik.vocabulary.ids import PersonId
from otklik.vocabulary.refusals import Invalid, NotFound, Refused

MOST_AT_ONCE: Final = 2
MOST_KEPT: Final = 20
MOST_FILES: Final = 50
LARGEST_FILES_BYTES: Final = 8 * 1024**3
"""Of all files that wait together."""
KEPT_SECONDS: Final = 24 * 3600
_REFUSED: Final = 2
_LONGEST_NAME: Final = 100


class ImportState(StrEnum):
    """Where a run stands."""

    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(slots=True)
class ImportRun:
    """kind: `preview`, `import` or `apply`. done, of: bytes read, or batches told. result: what the command
    says as JSON; refusal: its code and facts."""

    run_id: int
    person_id: PersonId
    kind: str
    source: str
    state: ImportState = ImportState.RUNNING
    done: int = 0
    of: int = 0
    result: dict[str, Any] | None = None
    refusal: dict[str, Any] | None = None
    process: asyncio.subprocess.Process | None = None
    task: "asyncio.Task[None] | None" = None


class _Step(msgspec.Struct):
    done: int
    of: int


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file that waits for its import. key: by which it is meant later."""

    key: str
    name: str
    size: int


@dataclass(slots=True)
class ImportRuns:
    """All that this process has begun and still knows; the files stand in HOME/imports. home, database_url:
    what a child reads."""

    home: Path
    database_url: str
    _runs: dict[int, ImportRun] = field(default_factory=dict)
    _last: int = 0

    # --- files

    async def keep(self, name: str, chunks: AsyncIterator[bytes]) -> SentFile:
        """Store what is sent. Refuses `empty_file` and `too_many_files`; half a file is not kept."""
        shown = "".join(sign if sign.isalnum() or sign in "._-" else "_" for sign in name)[-_LONGEST_NAME:]
        room = LARGEST_FILES_BYTES - await asyncio.to_thread(self._tidy)
        key = secrets.token_hex(16)
        folder = self._folder / key
        folder.mkdir(mode=0o700, parents=True)
        path = folder / (shown.lstrip(".") or "file")
        size = 0
        try:
            with path.open("wb") as file:
                async for chunk in chunks:
                    size += len(chunk)
                    if size > room:
                        raise Refused("too_many_files", limit_bytes=LARGEST_FILES_BYTES)
                    await asyncio.to_thread(file.write, chunk)
            if not size:
                raise Invalid("missing", "file")
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return SentFile(key, path.name, size)

    def drop(self, keys: Sequence[str]) -> None:
        """Files that are not wanted any more."""
        for key in keys:
            if _is_key(key):
                shutil.rmtree(self._folder / key, ignore_errors=True)

    def _paths(self, keys: Sequence[str]) -> list[str]:
        found = []
        for key in keys:
            files = list((self._folder / key).glob("*")) if _is_key(key) else []
            if not files:
                raise NotFound("unknown_file", key=key)
            found.append(str(files[0]))
        return found

    def _tidy(self) -> int:
        """Takes old files away; the bytes of those that are left."""
        total = 0
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        newest = max((path.stat().st_mtime for path in self._folder.iterdir()), default=0.0)
        for folder in self._folder.iterdir():
            if newest - folder.stat().st_mtime > KEPT_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)
            else:
                total += sum(path.stat().st_size for path in folder.glob("*"))
        return total

    @property
    def _folder(self) -> Path:
        return self.home / "imports"

    # --- runs

    def begin(
        self, person_id: PersonId, kind: str, source: str, words: Sequence[str], keys: Sequence[str] = ()
    ) -> ImportRun:
        """words: of the command. keys: of its files, which are dropped when an import has stored them.

        Refuses `too_many_runs` and `unknown_file`.
        """
        running = [run for run in self._runs.values() if run.state is ImportState.RUNNING]
        if len(running) >= MOST_AT_ONCE or any(run.source == source for run in running):
            raise Refused("too_many_runs", running=len(running))
        command = ["import", *words, *self._paths(keys), "--source", source, "--json", "--steps"]
        self._last += 1
        run = self._runs[self._last] = ImportRun(self._last, person_id, kind, source)
        over = [each.run_id for each in self._runs.values() if each.state is not ImportState.RUNNING]
        for run_id in over[: max(0, len(self._runs) - MOST_KEPT)]:
            del self._runs[run_id]
        run.task = asyncio.create_task(self._follow(run, command, keys), name=f"import {run.run_id}")
        return run

    def find(self, run_id: int) -> ImportRun:
        """Refuses `unknown_run`."""
        run = self._runs.get(run_id)
        if run is None:
            raise NotFound("unknown_run", run_id=run_id)
        return run

    def list(self) -> "list[ImportRun]":
        """All that are still known, the newest first."""
        return list(reversed(self._runs.values()))

    async def cancel(self, run: ImportRun) -> None:
        """End it, if it still runs; returns when it has ended."""
        if run.state is ImportState.RUNNING and run.task is not None:
            run.task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await run.task

    async def close(self) -> None:
        """End all."""
        for run in self.list():
            await self.cancel(run)

    async def _follow(self, run: ImportRun, command: Sequence[str], keys: Sequence[str]) -> None:
        try:
            run.process = await self._start(command)
            told, _ = await asyncio.gather(_read(run.process), _note_steps(run, run.process))
            code = await run.process.wait()
            answer = msgspec.json.decode(told) if told else {}
            if code == 0:
                run.result, run.state = answer, ImportState.DONE
                if run.kind == "import":
                    self.drop(keys)
            elif code == _REFUSED and "error" in answer:
                error = answer["error"]
                run.refusal = {"code": error["code"], "facts": error["facts"]}
                run.state = ImportState.REFUSED
            else:
                run.state = ImportState.FAILED
        except asyncio.CancelledError:
            run.state = ImportState.CANCELLED
            raise
        except (OSError, msgspec.DecodeError):
            run.state = ImportState.FAILED
        finally:
            if run.process is not None:
                _end(run.process)
                await run.process.wait()

    async def _start(self, words: Sequence[str]) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "otklik",
            *words,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
            env={
                **os.environ,
                "OTKLIK_HOME": str(self.home),
                "OTKLIK_DATABASE_URL": self.database_url,
            },
        )


def _is_key(key: str) -> bool:
    return len(key) == 32 and all(sign in "0123456789abcdef" for sign in key)


async def _read(process: asyncio.subprocess.Process) -> bytes:
    assert process.stdout is not None
    return await process.stdout.read()


async def _note_steps(run: ImportRun, process: asyncio.subprocess.Process) -> None:
    assert process.stderr is not None
    async for line in process.stderr:
        with contextlib.suppress(msgspec.DecodeError):
            step = msgspec.json.decode(line, type=_Step)
            run.done, run.of = step.done, step.of


def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
