"""A centre of Otklik for a bench: started as a person starts it, filled through its own doors."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp

from otklik import database
from otklik.access import service as access
from otklik.access.model import Person
from otklik.access.secrets import SecretKey, new_secret, write_secret
from otklik.organization.commands import ChangeTogether, OrganizationCommand, SaveAgent, SaveDevice
from otklik.organization.model import Agent, Device, DeviceKind
from otklik.settings import Settings, read_settings
from otklik.switchboard.client import EngineClient
from otklik.switchboard.requests import ChangeConfiguration, DoorRequest
from otklik.vocabulary.ids import AgentId, PersonId, SkillId, TeamId
from otklik.vocabulary.refusals import Refused

AT_ONCE = 16


class BenchCentre:
    """`otklik serve` in a home of its own."""

    def __init__(self, home: Path, port: int, *, channel: str, environment: dict[str, str]) -> None:
        self.home, self.port = home, port
        self._channel = channel
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self._client: EngineClient | None = None

    @property
    def base(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def _sign_ins(self) -> Path:
        return self.home.parent / "sign-ins.json"

    @property
    def settings(self) -> Settings:
        return read_settings({"home": self.home}, {})[0]

    def start(self) -> None:
        self.home.parent.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "otklik", "serve", "--home", str(self.home)]
        command += ["--port", str(self.port), "--channel", self._channel]
        command += ["--sign-ins", str(self._sign_ins)]
        with (self.home.parent / "serve.log").open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**os.environ, "OTKLIK_HTTPS_BIND": "", **self._environment},
            )

    async def until_healthy(self, seconds: float = 120) -> None:
        deadline = time.monotonic() + seconds
        last: Any = None
        async with aiohttp.ClientSession() as session:
            while time.monotonic() < deadline:
                with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError):
                    async with session.get(
                        f"{self.base}/api/health", timeout=aiohttp.ClientTimeout(total=3)
                    ) as answer:
                        last = await answer.text()
                        # The starter centre comes a moment after the first sign of health.
                        if answer.status == 200 and self._sign_ins.exists():
                            return
                if self._process is not None and self._process.poll() is not None:
                    break
                await asyncio.sleep(0.05)
        log = (self.home.parent / "serve.log").read_text(errors="replace")
        raise RuntimeError(f"the centre is not healthy: {last} {log[-1500:]}")

    def stop(self) -> None:
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def pids(self) -> dict[str, int]:
        """Of the children that run, by name."""
        return {
            path.stem: int(json.loads(path.read_text())["pid"])
            for path in sorted((self.home / "run").glob("*.pid"))
        }

    def password_of(self, login: str) -> str:
        known = json.loads(self._sign_ins.read_text())
        return str(next(one["password"] for one in known if one["login"] == login))

    # --- the door

    async def ask(self, request: DoorRequest) -> Any:
        if self._client is None:
            self._client = EngineClient(self.settings.door_socket, patience=timedelta(seconds=20))
        return await self._client.ask(request)

    async def try_to(self, request: DoorRequest) -> bool:
        """A refusal is an answer, too."""
        try:
            await self.ask(request)
        except Refused:
            return False
        return True

    async def ask_all(self, requests: Sequence[DoorRequest]) -> int:
        """Some at a time; gives how many were done."""
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(request: DoorRequest) -> bool:
            async with gate:
                return await self.try_to(request)

        return sum(await asyncio.gather(*(one(request) for request in requests)))

    async def change(self, *changes: OrganizationCommand) -> list[int]:
        """Ids of what was made or changed, in order."""
        done = await self.ask(ChangeConfiguration(change=ChangeTogether(changes=changes), by=PersonId(0)))  # type: ignore[arg-type]
        return [one["id"] for one in done.facts["ids"]]

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()
            self._client = None

    # --- people

    @contextlib.asynccontextmanager
    async def connected(self) -> AsyncIterator[Any]:
        connection = await database.connect(database.address_of(self.settings), name="otklik bench")
        try:
            yield connection
        finally:
            await connection.close()

    async def add_agents(
        self, count: int, skill_id: SkillId, *, prefix: str = "bench"
    ) -> list[tuple[AgentId, str, str]]:
        """People of the starter's team with a SIP phone each: agent, login, secret."""
        at = datetime.now(UTC)
        key = SecretKey(self.settings.keys)
        made: list[tuple[AgentId, str, str]] = []
        changes: list[OrganizationCommand] = []
        async with self.connected() as connection, connection.transaction():
            role_id = await connection.fetchval("select role_id from role where name = 'agent'")
            for number in range(1, count + 1):
                login, secret = f"{prefix}-{number:03d}", new_secret()
                person = await access.create_person(
                    connection,
                    Person(login=login, name=f"Agent {number:03d}", role_ids=(role_id,), is_robot=True),
                    by=access.THE_PROGRAM,
                    at=at,
                )
                secret_id = await write_secret(connection, key, "device", secret, at=at)
                agent_id = AgentId(int(person.person_id))
                made.append((agent_id, login, secret))
                changes += [
                    SaveAgent(agent=Agent(agent_id=agent_id, team_ids=(TeamId(1),), skills={skill_id: 5})),
                    SaveDevice(
                        device=Device(
                            agent_id=agent_id,
                            kind=DeviceKind.SIP,
                            login=login,
                            secret_id=secret_id,
                            codecs=("alaw",),
                        )
                    ),
                ]
        for place in range(0, len(changes), 100):
            await self.change(*changes[place : place + 100])
        return made
