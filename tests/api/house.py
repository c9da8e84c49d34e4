"""A running web process beside a centre in virtual time: the real application behind a real server, the real
loop, journal and facts behind a real door, people with passwords. Requests go over loopback as a browser
sends them.
"""

import asyncio
import contextlib
import json
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from otklik import database
from otklik.access import service as access
from otklik.access import store as people
from otklik.access.model import Person, RoleId
from otklik.access.passwords import Passwords
from otklik.access.rights import Right, Sight
from otklik.access.service import THE_PROGRAM
from otklik.api.app import create_app
from otklik.api.parts import Parts
from otklik.settings import Settings
from otklik.switchboard.answers import answer
from otklik.switchboard.door import Door
from otklik.switchboard.requests import (
    Answer,
    Done,
    DoorAnswer,
    DoorRequest,
    Question,
    SimulatedPhone,
    TestSystem,
    TestTrunk,
)
from otklik.vocabulary.ids import PersonId
from otklik.wiring.web import Server, joined, server_configuration, sides_of
from tests.walks.centre import ANNA, BORIS, SITE, VERA, Centre, open_centre

PASSWORD = "a quiet harbour town"
ADMIN, AUDITOR = PersonId(20), PersonId(21)
LOGINS = {
    "admin": (ADMIN, "administrator"),
    "vera": (VERA, "supervisor"),
    "anna": (PersonId(ANNA), "agent"),
    "boris": (PersonId(BORIS), "agent"),
}
OWN_HEADERS = {"X-Otklik": "1"}
LARGEST_SAFE = 2**53 - 1


def read_json(text: str | bytes) -> Any:
    """As a browser reads it: an integer that it would round to another one is a mistake of the server's."""
    return json.loads(text, parse_int=_safe_integer)


def _safe_integer(digits: str) -> int:
    found = int(digits)
    assert abs(found) <= LARGEST_SAFE, f"JavaScript makes another number of {digits}"
    return found


@dataclass(slots=True)
class Reply:
    """What was answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return read_json(self.body)

    @property
    def code(self) -> str:
        """Of a problem."""
        return str(self.json["code"])


class Browser:
    """One browser (or program): its cookies, and what it sends with everything."""

    def __init__(self, base: str, headers: Mapping[str, str]) -> None:
        self.base = base
        self.session = aiohttp.ClientSession(
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            headers=dict(headers),
            timeout=aiohttp.ClientTimeout(total=20),
        )

    async def ask(self, method: str, path: str, body: Any = None, **more: Any) -> Reply:
        """One request; `body` becomes JSON."""
        if body is not None:
            more["data"] = json.dumps(body)
            more["headers"] = {"Content-Type": "application/json", **more.get("headers", {})}
        async with self.session.request(method, self.base + path, **more) as found:
            return Reply(found.status, found.headers, await found.read())

    async def get(self, path: str, **more: Any) -> Any:
        """The JSON of a 200."""
        reply = await self.ask("GET", path, **more)
        assert reply.status == 200, f"{path}: {reply.status} {reply.body.decode()}"
        return reply.json

    async def post(self, path: str, body: Any = None, **more: Any) -> Any:
        """The JSON of a success."""
        return await self._change("POST", path, body, **more)

    async def put(self, path: str, body: Any = None, **more: Any) -> Any:
        """The JSON of a success."""
        return await self._change("PUT", path, body, **more)

    async def _change(self, method: str, path: str, body: Any, **more: Any) -> Any:
        reply = await self.ask(method, path, body, **more)
        assert reply.status < 300, f"{method} {path}: {reply.status} {reply.body.decode()}"
        return reply.json if reply.body else None


class Feed:
    """One connection of the live feed."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.facts: dict[str, Any] = {}

    async def take(self, *kinds: str, topic: str = "", seconds: float = 10) -> dict[str, Any]:
        """The next message of these kinds (of this topic); others are passed over."""
        async with asyncio.timeout(seconds):
            while True:
                message = await self.socket.receive()
                assert message.type is aiohttp.WSMsgType.TEXT, f"closed {self.socket.close_code}"
                found: dict[str, Any] = read_json(message.data)
                if (not kinds or found["k"] in kinds) and (not topic or found.get("topic") == topic):
                    return found

    async def until_closed(self, seconds: float = 10) -> int:
        """The code with which the server closes."""
        async with asyncio.timeout(seconds):
            while not self.socket.closed:
                await self.socket.receive()
        return self.socket.close_code or 0


@dataclass(slots=True, repr=False)
class House:
    """The web process and the centre behind it. engine_is_away: the door is shut."""

    centre: Centre
    parts: Parts
    base: str
    door: Door
    url: str
    browsers: list[Browser] = field(default_factory=list)
    health: dict[str, Any] = field(default_factory=dict)
    trunk_check: dict[str, Any] = field(default_factory=dict)
    system_tried: dict[str, Any] = field(default_factory=dict)
    asked: list[DoorRequest] = field(default_factory=list)

    def browser(self, **headers: str) -> Browser:
        """A browser whose pages are ours."""
        found = Browser(self.base, {**OWN_HEADERS, "Origin": self.base, **headers})
        self.browsers.append(found)
        return found

    def stranger(self, **headers: str) -> Browser:
        """Somebody who sends only what he is told to."""
        found = Browser(self.base, headers)
        self.browsers.append(found)
        return found

    async def signed_in(self, login: str) -> Browser:
        """A browser in which somebody is signed in."""
        found = self.browser()
        await found.post("/api/v1/sign-in", {"login": login, "password": PASSWORD})
        return found

    async def program(self, *rights: Right, sees: Sight = Sight.ALL) -> Browser:
        """A program with a token for these rights."""
        async with self.parts.writing() as connection:
            role_id = await people.insert_role(
                connection,
                people.Role(
                    name=f"program_{secrets.token_hex(4)}",
                    name_ru="Программа",
                    name_en="Program",
                    sees=sees,
                    rights=frozenset(rights),
                ),
            )
            token, _ = await access.create_token(
                connection, name="program", role_id=role_id, by=THE_PROGRAM, at=self.parts.clock.now()
            )
        return self.stranger(Authorization=f"Bearer {token}")

    async def close_browsers(self) -> None:
        """Close them all."""
        for browser in self.browsers:
            await browser.session.close()
        self.browsers.clear()

    async def feed(self, browser: Browser, *topics: str) -> Feed:
        """The live feed of a browser."""
        ticket = (await browser.post("/api/v1/live/ticket"))["ticket"]
        feed = Feed(await browser.session.ws_connect(f"{self.base}/ws/live?ticket={ticket}"))
        if topics:
            await feed.socket.send_json({"k": "topic", "topics": list(topics)})
        return feed

    async def answer(self, request: DoorRequest) -> DoorAnswer:
        """What the engine process would answer: by the real loop, in virtual time."""
        self.asked.append(request)
        match request:
            case Question(name="health"):
                return Answer(facts=self.health)
            case Question():
                return Answer(facts=answer(self.centre.switchboard.centre, request, self.centre.clock.now()))
            case SimulatedPhone():
                return Answer(facts={"done": True})
            case TestTrunk():
                return Answer(facts=self.trunk_check)
            case TestSystem():
                return Answer(facts=self.system_tried)
            case _:
                facts = await self.centre.ask(request)
                return Done(seq=int(self.centre.writer.seq), facts=facts)


WELL = {
    "version": "test",
    "epoch": 1,
    "seq": 1,
    "holds_lock": True,
    "loop_lag_ms": 1.0,
    "channel": "simulator",
    "channel_up": True,
    "channel_version": "",
    "channel_answered_ago_seconds": 0.1,
    "legs": 0,
    "trunks": {},
    "behind": [],
    "clock_drift_ms": 0,
    "alarms": {},
}


@asynccontextmanager
async def open_house(url: str, home: Path) -> AsyncIterator[House]:
    """Centre, door, people, web server."""
    settings = Settings(home=home, channel="simulator", https_bind="", port=8700)
    settings.run.mkdir(parents=True, exist_ok=True)
    async with open_centre(url) as centre, joined(settings, url, centre.clock) as parts:
        parts.passwords = Passwords(memory_kib=64)
        await add_people(parts)
        house = House(centre, parts, "", Door(settings.door_socket, _never), url, health=dict(WELL))
        house.door = Door(settings.door_socket, house.answer)
        await house.door.open()
        server = Server(server_configuration(create_app(parts), settings, host="127.0.0.1", port=0))
        async with asyncio.TaskGroup() as tasks:
            serving = tasks.create_task(server.serve(), name="server")
            sides = sides_of(parts, tasks)
            while not server.started:  # noqa: ASYNC110, the server tells in no other way
                await asyncio.sleep(0.01)
            port = server.servers[0].sockets[0].getsockname()[1]
            house.base = f"http://127.0.0.1:{port}"
            try:
                yield house
            finally:
                await house.close_browsers()
                server.should_exit = True
                with contextlib.suppress(asyncio.CancelledError):
                    await serving
                for side in sides:
                    side.cancel()
                await house.door.close()


async def _never(request: DoorRequest) -> DoorAnswer:
    raise AssertionError(request)


async def add_people(parts: Parts) -> None:
    """The people of LOGINS, each with his starter role and the same password."""
    password_hash = await parts.passwords.hash(PASSWORD)
    async with parts.writing() as connection:
        roles = await access.seed_roles(connection)
        for login, (person_id, role) in LOGINS.items():
            await access.create_person(
                connection,
                Person(
                    person_id=person_id,
                    login=login,
                    name=login.title(),
                    language="ru",
                    must_change_password=False,
                    role_ids=(RoleId(roles[role]),),
                ),
                by=THE_PROGRAM,
                at=parts.clock.now(),
                password_hash=password_hash,
            )


async def rows(house: House, query: str, *values: Any) -> list[dict[str, Any]]:
    """Rows of the database, on a connection of its own."""
    connection = await database.connect(house.url, name="test")
    try:
        return [dict(row) for row in await connection.fetch(query, *values)]
    finally:
        await connection.close()


def plain(value: msgspec.Struct) -> Any:
    """As the feed writes it."""
    return json.loads(msgspec.json.encode(value))


__all__ = ["ANNA", "BORIS", "SITE", "VERA", "Browser", "Feed", "House", "open_house", "plain", "rows"]
