"""One running centre and one world for all tests of this folder; each test leaves them idle.

Another folder that needs a centre takes `centre` (one of its own for a module, on other ports) and `opened`.
"""

import asyncio
import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from otklik.channels.asterisk.install import AsteriskRoot, AsteriskUnavailable, provide_asterisk
from otklik.settings import read_settings
from tests.parts import missing
from tests.slowness import patience
from tests.whole.centre import Api, Centre, Leg, World
from tests.whole.feed import Feed

PORT = int(os.environ.get("OTKLIK_TEST_PORT", "24600"))
OTHERS_PORT = PORT + 300
WORLD_OFFSET = 200
WORLD_HOST = "127.0.0.4"
GREETED, DIRECT = "2000", "2001"
"""Numbers: one with a greeting and the position, one that goes straight to the queue with its music."""
FALLBACK_AFTER_SECONDS = 8
SUPPORT = 2
"""The queue of both numbers."""
WHOLE = [
    pytest.mark.asterisk,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(300 if os.environ.get("OTKLIK_SOAK") != "1" else 3000),
]
"""Marks of the modules of this folder: all their tests live in the one loop that drives the world."""


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


def centre_on(folder: Path, port: int, name: str = "home", **environment: str) -> Centre:
    """A centre that is not started yet. environment: settings beside those that every test needs."""
    return Centre(
        home=folder / name,
        port=port,
        environment={
            "OTKLIK_SIP_PORT": str(port + 60),
            "OTKLIK_HTTPS_BIND": "",
            "OTKLIK_FALLBACK_AFTER_SECONDS": str(FALLBACK_AFTER_SECONDS),
            "LANG": "en_US.UTF-8",
            **environment,
        },
    )


@contextlib.contextmanager
def folder_for_tests() -> Iterator[Path]:
    """Not pytest's own: its path may be longer than a socket's may be."""
    found = Path(tempfile.mkdtemp(prefix="otklik-whole-"))
    yield found
    if os.environ.get("OTKLIK_TEST_KEEP") != "1":
        shutil.rmtree(found, ignore_errors=True)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """For the centre of a module."""
    with folder_for_tests() as found:
        yield found


@pytest.fixture(scope="module")
def centre(folder: Path, asterisk_root: AsteriskRoot) -> Iterator[Centre]:
    """Started once for a module; each test leaves it idle."""
    found = centre_on(folder, OTHERS_PORT)
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
    """A centre, a world, agents with phones that are registered."""

    centre: Centre
    folder: Path
    root: AsteriskRoot
    world: World
    admin: Api
    agents: list[Phone]
    feed: Feed
    number: str = GREETED
    placed: list[dict[str, Any]] = field(default_factory=list)
    stack: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)
    supervisor: Phone | None = None

    async def ready(self, *agents: Phone) -> None:
        for agent in agents:
            deadline = time.monotonic() + patience(10)
            while True:
                status, found = await agent.api.ask("POST", "/api/v1/desk/ready", {})
                if status < 300:
                    break
                assert found["code"] in ("device_unreachable", "engine_away", "journal_unavailable"), found
                assert time.monotonic() < deadline, f"{agent.login} does not get ready: {found}"
                await asyncio.sleep(0.05)

    async def not_ready(self, *agents: Phone) -> None:
        reasons = await self.admin.get("/api/v1/reasons")
        for agent in agents:
            await agent.api.post("/api/v1/desk/not-ready", {"reason_id": reasons[1]["id"]})

    async def until_state(self, agent: Phone, *states: str, seconds: float = 20) -> None:
        await self.feed.until(lambda board: board.agents[agent.agent_id]["state"] in states, seconds)

    async def call(self, calling: str, number: str = "") -> Leg:
        leg = await self.world.call(number or self.number, calling)
        self.placed.append({"calling": calling, "leg": leg})
        return leg

    async def answered_by(self, agent: Phone, seconds: float = 20) -> Leg:
        """The agent's phone rings and is answered, and the engine knows; gives its leg."""
        login, leg = await self.world.ringing(seconds)
        assert login == agent.phone, f"{login} rings instead of {agent.phone}"
        await self.world.answer(leg)
        await self.until_state(agent, "connected")
        return leg

    async def until_waiting(self, count: int, seconds: float = 20) -> None:
        """So many customers wait in the queue of our numbers."""
        await self.feed.until(lambda board: board.queues[SUPPORT]["waiting"] == count, seconds)

    async def interactions(self, calling: str = "", *, only_ended: bool = True) -> list[dict[str, Any]]:
        """Those of a number, newest first."""
        query = {"number": calling[-7:]} if calling else {}
        found = await self.admin.get("/api/v1/interactions", **await self.days(), **query, limit=500)
        return [row for row in found["rows"] if row["outcome"] or not only_ended]

    async def detail(self, interaction_id: str) -> dict[str, Any]:
        return dict(await self.admin.get(f"/api/v1/interactions/{interaction_id}"))

    async def days(self) -> dict[str, str]:
        """Yesterday to tomorrow by the centre's own clock: a range that holds today in every zone."""
        _, health = await self.admin.ask("GET", "/api/health")
        today = date.fromisoformat(health["at"][:10])
        return {"from": str(today - timedelta(days=1)), "to": str(today + timedelta(days=2))}

    async def idle(self) -> None:
        """Everything of a test is over; the next one begins in peace."""
        await self.world.hang_up_all()
        self.placed.clear()
        for agent in self.agents:
            with contextlib.suppress(AssertionError):
                await agent.api.post("/api/v1/desk/wrap-up/finish")
            with contextlib.suppress(AssertionError):
                await self.not_ready(agent)

    async def forget_deaths(self) -> None:
        """A supervisor waits longer before each further start of a child that keeps dying; a new one knows of
        no deaths."""
        self.centre.kill("supervisor")
        self.centre.start()
        await self.centre.until_healthy()

    async def peace(self) -> None:
        """The centre is well and nothing is left of an earlier test."""
        await self.centre.until_healthy()
        await self.idle()
        for agent in self.agents:
            await self.until_state(agent, "not_ready")
        await self.until_waiting(0)
        await self.world.hang_up_all()


@contextlib.asynccontextmanager
async def opened(
    centre: Centre,
    folder: Path,
    root: AsteriskRoot,
    *,
    phones: tuple[str, ...] = ("agent1", "agent2"),
    host: str = WORLD_HOST,
) -> AsyncIterator[Scene]:
    """Signs the administrator in, opens the world, gives some agents SIP phones in it."""
    await centre.until_healthy(but_for=("loop_slow", "disk_low"))
    world = World(
        folder / "world",
        root,
        first_port=centre.port + WORLD_OFFSET,
        centre_sip_port=centre.sip_port,
        address=host,
    )
    await world.open()
    try:
        async with contextlib.AsyncExitStack() as stack:
            admin = await stack.enter_async_context(centre.signed_in("admin"))
            await _provide_trunk(admin, world, host)
            await _provide_number(admin)
            agents = [await _agent(stack, centre, admin, world, login) for login in phones]
            feed = Feed(centre, admin)
            watching = asyncio.create_task(feed.run(), name="feed")
            try:
                await feed.until(lambda board: SUPPORT in board.queues)
                scene = Scene(
                    centre=centre,
                    folder=folder,
                    root=root,
                    world=world,
                    admin=admin,
                    agents=agents,
                    feed=feed,
                    stack=stack,
                )
                yield scene
                await scene.idle()
            finally:
                watching.cancel()
                await asyncio.gather(watching, return_exceptions=True)
    finally:
        await world.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stage(asterisk_root: AsteriskRoot) -> AsyncIterator[Scene]:
    """The one centre and the one world of this folder."""
    with folder_for_tests() as found:
        centre = centre_on(found, PORT)
        centre.start()
        try:
            async with opened(centre, found, asterisk_root) as scene:
                yield scene
        finally:
            await asyncio.to_thread(centre.stop)


@pytest_asyncio.fixture(loop_scope="session")
async def scene(stage: Scene) -> AsyncIterator[Scene]:
    """The stage, idle before and after."""
    await stage.peace()
    yield stage
    await stage.idle()


async def _provide_trunk(admin: Api, world: World, host: str) -> None:
    trunks = await admin.get("/api/v1/trunks")
    if any(trunk["name"] == "world" for trunk in trunks):
        return
    await admin.post(
        "/api/v1/trunks",
        {
            "name": "world",
            "kind": "address",
            "host": host,
            "port": world.sip_port,
            "codecs": ["alaw"],
            "is_default": True,
        },
    )


async def _provide_number(admin: Api) -> None:
    numbers = await admin.get("/api/v1/numbers")
    if any(number["number"] == DIRECT for number in numbers):
        return
    form = {"number": DIRECT, "language": "en", "queue_id": SUPPORT, "parameters": {"greeting": "none"}}
    await admin.post("/api/v1/numbers", form)


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


@contextlib.asynccontextmanager
async def supervisor_in(scene: Scene, login: str = "supervisor") -> AsyncIterator[Phone]:
    """A supervisor with a SIP phone in the world, not ready for calls of his own; signed out afterwards."""
    if scene.supervisor is None:
        scene.supervisor = await _agent(scene.stack, scene.centre, scene.admin, scene.world, login)
    phone = scene.supervisor
    await phone.api.get("/api/v1/phone")
    await scene.feed.until(
        lambda board: (
            board.agents[phone.agent_id]["state"] == "not_ready" and board.agents[phone.agent_id]["reachable"]
        ),
        20,
    )
    yield phone
    with contextlib.suppress(AssertionError):
        await phone.api.post("/api/v1/desk/wrap-up/finish")
    await phone.api.post("/api/v1/desk/sign-out")


def _form(person: dict[str, Any]) -> dict[str, Any]:
    kept = ("login", "name", "role_ids", "team_ids", "skills", "has_browser_phone", "language")
    return {key: person[key] for key in kept if key in person}
