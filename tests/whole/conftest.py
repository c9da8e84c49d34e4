"""One running centre and one world for the tests of this folder."""

import asyncio
import contextlib
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from otklik.channels.asterisk.install import AsteriskRoot, AsteriskUnavailable, provide_asterisk
from otklik.settings import read_settings
from tests.parts import missing
from tests.whole.centre import Api, Centre, Leg, World

PORT = int(os.environ.get("OTKLIK_TEST_PORT", "24600"))
WORLD_HOST = "127.0.0.4"


@pytest.fixture(scope="session")
def asterisk_root() -> AsteriskRoot:
    """The private Asterisk of the cache, fetched if need be."""
    settings, _ = read_settings({})
    try:
        return provide_asterisk(
            cache=settings.download_cache,
            suites=settings.debian_suites,
            environment=dict(os.environ),
            progress=lambda *_: None,
        )
    except AsteriskUnavailable as unavailable:
        missing("asterisk", str(unavailable))
        raise


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Not pytest's own: its path may be longer than a socket's may be."""
    found = Path(tempfile.mkdtemp(prefix="otklik-whole-"))
    yield found
    shutil.rmtree(found, ignore_errors=True)


@pytest.fixture(scope="module")
def centre(folder: Path, asterisk_root: AsteriskRoot) -> Iterator[Centre]:
    """Started once for a module; each test leaves it idle."""
    found = Centre(
        home=folder / "home",
        port=PORT,
        environment={"OTKLIK_SIP_PORT": str(PORT + 60), "OTKLIK_HTTPS_BIND": "", "LANG": "en_US.UTF-8"},
    )
    found.start()
    yield found
    found.stop()


@dataclass(slots=True)
class Phone:
    """An agent of the centre with a SIP phone in the world."""

    login: str
    agent_id: int
    phone: str
    api: Api


@dataclass(slots=True)
class Scene:
    """A centre, a world, two agents with phones that are registered."""

    centre: Centre
    world: World
    admin: Api
    agents: list[Phone]
    number: str
    placed: list[dict[str, Any]] = field(default_factory=list)

    async def ready(self, *agents: Phone) -> None:
        for agent in agents:
            for _ in range(50):
                status, found = await agent.api.ask("POST", "/api/v1/desk/ready", {})
                if status < 300:
                    break
                assert found["code"] in ("device_unreachable", "engine_away"), found
                await asyncio.sleep(0.1)
            else:
                raise AssertionError(f"{agent.login} does not get ready: {found}")

    async def not_ready(self, *agents: Phone) -> None:
        reasons = await self.admin.get("/api/v1/reasons")
        for agent in agents:
            await agent.api.post("/api/v1/desk/not-ready", {"reason_id": reasons[1]["id"]})

    async def state(self, agent: Phone) -> str:
        found = await self.admin.get(f"/api/v1/agents/{agent.agent_id}/why")
        return str(found["state"])

    async def call(self, calling: str) -> Leg:
        leg = await self.world.call(self.number, calling)
        self.placed.append({"calling": calling, "leg": leg})
        return leg

    async def idle(self) -> None:
        """Everything of a test is over; the next one begins in peace."""
        for placed in self.placed:
            await self.world.hang_up(placed["leg"])
        self.placed.clear()
        for agent in self.agents:
            with contextlib.suppress(AssertionError):
                await agent.api.post("/api/v1/desk/wrap-up/finish")
            with contextlib.suppress(AssertionError):
                await self.not_ready(agent)


@contextlib.asynccontextmanager
async def opened(
    centre: Centre, folder: Path, root: AsteriskRoot, *, phones: tuple[str, ...] = ("agent1", "agent2")
) -> AsyncIterator[Scene]:
    """Signs the administrator in, opens the world, gives some agents SIP phones in it."""
    await centre.until_healthy()
    world = World(
        folder / "world", root, first_port=PORT + 200, centre_sip_port=centre.sip_port, address=WORLD_HOST
    )
    await world.open()
    try:
        async with contextlib.AsyncExitStack() as stack:
            admin = await stack.enter_async_context(centre.signed_in("admin"))
            await _provide_trunk(admin, world)
            agents = [await _agent(stack, centre, admin, world, login) for login in phones]
            scene = Scene(centre=centre, world=world, admin=admin, agents=agents, number="2000")
            yield scene
            await scene.idle()
    finally:
        await world.close()


async def _provide_trunk(admin: Api, world: World) -> None:
    trunks = await admin.get("/api/v1/trunks")
    if any(trunk["name"] == "world" for trunk in trunks):
        return
    await admin.post(
        "/api/v1/trunks",
        {
            "name": "world",
            "kind": "address",
            "host": WORLD_HOST,
            "port": world.sip_port,
            "codecs": ["alaw"],
            "is_default": True,
        },
    )


async def _agent(
    stack: contextlib.AsyncExitStack, centre: Centre, admin: Api, world: World, login: str
) -> Phone:
    people = await admin.get("/api/v1/people")
    person = next(one for one in people if one["login"] == login)
    if person["has_browser_phone"]:
        await admin.put(f"/api/v1/people/{person['id']}", _form(person) | {"has_browser_phone": False})
    device = await admin.post(f"/api/v1/people/{person['id']}/devices", {})
    await world.exchange.register_phone(device["login"], device["secret"])
    api = await stack.enter_async_context(centre.signed_in(login))
    await api.get("/api/v1/phone")
    return Phone(login=login, agent_id=person["id"], phone=device["login"], api=api)


def _form(person: dict[str, Any]) -> dict[str, Any]:
    kept = ("login", "name", "role_ids", "team_ids", "skills", "has_browser_phone", "language")
    return {key: person[key] for key in kept if key in person}
