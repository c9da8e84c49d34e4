"""The child that plays customers for those who practise: begun when it is needed, ends by itself."""

import asyncio
import contextlib
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from otklik.logs import logger

log = logger()


@dataclass(slots=True)
class PracticeRobots:
    """home, database_url: what the child reads. At most one of a home works; a second one ends at once."""

    home: Path
    database_url: str
    _process: asyncio.subprocess.Process | None = None

    async def ensure(self) -> None:
        """Somebody practises: there are robots."""
        if self._process is not None and self._process.returncode is None:
            return
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "otklik",
            "practice-customers",
            "--home",
            str(self.home),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
            env={
                **os.environ,
                "OTKLIK_HOME": str(self.home),
                "OTKLIK_DATABASE_URL": self.database_url,
            },
        )
        log.info("practice.robots_begun", pid=self._process.pid)

    async def close(self) -> None:
        """This process ends: so do they."""
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGTERM)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(10):
                    await self._process.wait()
