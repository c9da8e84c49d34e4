"""A whole running centre, started as a person starts it, and the world around it.

`Centre` runs `otklik serve` in a home of its own; `World` is a second Asterisk whose customers and phones
each speak a sine of their own and keep what they hear. Nothing here imports rooms that a test is to judge:
what the centre did is asked of its API.
"""

import asyncio
import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from otklik.channels.asterisk.ari import AriEvent
from otklik.channels.asterisk.install import AsteriskRoot
from otklik.channels.asterisk.instance import InstanceDescription
from otklik.operations.exchange import Exchange
from otklik.operations.processes import start_of
from otklik.operations.tones import write_tone
from tests import telling
from tests.slowness import patience

CUSTOMER_HERTZ = 400
AGENT_HERTZ = 700
TONES = (400, 700, 1000, 1300, 1600)
WORLD_VOICE = 10_000
"""Above its first port: where the voice of a world is."""


async def until(
    ask: Callable[[], Awaitable[Any]], holds: Callable[[Any], object], seconds: float = 25
) -> Any:
    """Asks until the answer holds; gives the answer."""
    found: Any = None
    deadline = time.monotonic() + patience(seconds)
    while time.monotonic() < deadline:
        with contextlib.suppress(AssertionError, aiohttp.ClientError, TimeoutError):
            found = await ask()
            if holds(found):
                return found
        await asyncio.sleep(0.1)
    raise AssertionError(f"it does not come true: {str(found)[:800]}")


class Api:
    """One signed-in person, or a program with a token."""

    def __init__(self, session: aiohttp.ClientSession, base: str) -> None:
        self._session = session
        self._base = base

    async def ask(self, method: str, path: str, body: Any = None, **query: Any) -> tuple[int, Any]:
        """Status and JSON of one request."""
        async with self._session.request(
            method,
            self._base + path,
            json=body,
            params={key: str(value) for key, value in query.items()},
            headers={"X-Otklik": "1"},
            timeout=aiohttp.ClientTimeout(total=10),
        ) as answer:
            text = await answer.text()
            try:
                return answer.status, json.loads(text) if text else None
            except ValueError:
                return answer.status, text

    async def get(self, path: str, **query: Any) -> Any:
        status, found = await self.ask("GET", path, **query)
        assert status == 200, f"GET {path}: {status} {found}"
        return found

    async def post(self, path: str, body: Any = None) -> Any:
        status, found = await self.ask("POST", path, body if body is not None else {})
        assert status < 300, f"POST {path}: {status} {found}"
        return found

    async def put(self, path: str, body: Any) -> Any:
        status, found = await self.ask("PUT", path, body)
        assert status < 300, f"PUT {path}: {status} {found}"
        return found

    async def download(self, path: str) -> bytes:
        """The content of a 200."""
        async with self._session.get(self._base + path) as found:
            assert found.status == 200, f"{path}: {found.status} {await found.text()}"
            return await found.read()

    async def upload(self, path: str, content: bytes) -> None:
        """A file as it is."""
        headers = {"X-Otklik": "1", "Content-Type": "audio/wav"}
        async with self._session.put(self._base + path, data=content, headers=headers) as answer:
            assert answer.status < 300, f"PUT {path}: {answer.status} {await answer.text()}"


@dataclass(slots=True)
class Centre:
    """`otklik serve` in a home of its own. passwords: of the seeded people, as they are now."""

    home: Path
    port: int
    channel: str = "asterisk"
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    passwords: dict[str, str] = field(default_factory=dict)

    @property
    def base(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def sip_port(self) -> int:
        return int(json.loads((self.home / "serving.json").read_text())["sip_port"])

    def start(self) -> None:
        """Runs the supervisor; children that live are adopted."""
        telling.HOMES.add(self.home)
        self.home.parent.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "otklik", "serve", "--home", str(self.home)]
        command += ["--port", str(self.port), "--channel", self.channel]
        command += ["--sign-ins", str(self._sign_ins)]
        with (self.home.parent / f"{self.home.name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**os.environ, **self.environment},
            )

    async def health(self) -> tuple[int, dict[str, Any]]:
        """Status and body of `/api/health`; 0 when nobody answers."""
        async with aiohttp.ClientSession() as session:
            with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError):
                async with session.get(
                    f"{self.base}/api/health", timeout=aiohttp.ClientTimeout(total=5)
                ) as answer:
                    return answer.status, dict(await answer.json())
        return 0, {}

    async def until_healthy(
        self, seconds: float = 90, *, but_for: Collection[str] = ("loop_slow",)
    ) -> dict[str, Any]:
        """Waits until `/api/health` has no reason to complain. but_for: reasons that are nothing to wait for;
        how late the loop is says more about the machine than about the centre."""
        found: tuple[int, dict[str, Any]] = (0, {})
        deadline = time.monotonic() + patience(seconds)
        while time.monotonic() < deadline:
            found = await self.health()
            if found[0] and not set(found[1]["reasons"]) - set(but_for):
                return found[1]
            if self.process is not None and self.process.poll() is not None:
                raise AssertionError(f"serve ended with {self.process.returncode}: {self.log()}")
            await asyncio.sleep(0.05)
        raise AssertionError(f"not healthy after {seconds} s: {found} {self.log()}")

    def log(self, lines: int = 15) -> str:
        """The last words of the supervisor."""
        path = self.home.parent / f"{self.home.name}.log"
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:]) if path.exists() else ""

    def pid(self, child: str) -> int:
        """Of a child that runs."""
        return int(json.loads((self.home / "run" / f"{child}.pid").read_text())["pid"])

    def kill(self, child: str) -> int:
        """kill -9 of a child, or of the `supervisor` itself; gives its pid."""
        if child == "supervisor":
            assert self.process is not None
            pid = self.process.pid
            self.process.kill()
            self.process.wait()
            return pid
        pid = self.pid(child)
        os.kill(pid, signal.SIGKILL)
        return pid

    @contextlib.contextmanager
    def without(self, child: str) -> Iterator[None]:
        """A child is dead and stays dead: the supervisor, which would start it again, is frozen meanwhile."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)
        try:
            self.kill(child)
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def otklik(self, *words: str, seconds: float = 90) -> subprocess.CompletedProcess[str]:
        """A command of the command line, for this home."""
        return subprocess.run(
            [sys.executable, "-m", "otklik", *words, "--home", str(self.home)],
            capture_output=True,
            text=True,
            timeout=patience(seconds),
            env={**os.environ, **self.environment, "LANG": "en_US.UTF-8"},
            check=False,
        )

    async def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """The same, while the world goes on."""
        return await asyncio.to_thread(self.otklik, *words)

    def stop(self) -> None:
        """TERM, as Ctrl-C does; no child may be left."""
        pids = [self.pid(path.stem) for path in (self.home / "run").glob("*.pid")]
        if self.process is None or self.process.poll() is not None:
            self.start()
            time.sleep(1.0)
        assert self.process is not None
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                if start_of(pid) is not None:
                    os.kill(pid, signal.SIGKILL)

    @contextlib.asynccontextmanager
    async def signed_in(self, login: str) -> AsyncIterator[Api]:
        """A person's own sign-in; the password of the first one is changed on the way."""
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
            api = Api(session, self.base)
            # Well is not seeded yet: the sign-ins are told when everything is there.
            known = await until(lambda: asyncio.to_thread(self._known_passwords), bool)
            found = await api.post("/api/v1/sign-in", {"login": login, "password": known[login]})
            if found["must_change_password"]:
                fresh = secrets.token_urlsafe(15)
                await api.post("/api/v1/me/password", {"current": known[login], "new": fresh})
                self.passwords[login] = fresh
            yield api

    def password_of(self, login: str) -> str:
        """As it is now."""
        return self._known_passwords()[login]

    def logins(self) -> list[str]:
        """Of the seeded people."""
        return list(self._known_passwords())

    @property
    def _sign_ins(self) -> Path:
        return self.home.parent / f"{self.home.name}.sign-ins.json"

    def _known_passwords(self) -> dict[str, str]:
        try:
            seeded = json.loads(self._sign_ins.read_text())
        except (FileNotFoundError, ValueError):  # not there, or half of it
            return {}
        return {one["login"]: one["password"] for one in seeded} | self.passwords


@dataclass(slots=True)
class Leg:
    """A customer or a phone of the world. heard: the file in which its own hearing is kept."""

    channel_id: str
    name: str
    heard: Path
    up: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    heard_since: float = 0.0


class World:
    """The outside: customers who call through a trunk, phones that register, each with a sine."""

    def __init__(
        self,
        folder: Path,
        root: AsteriskRoot,
        *,
        first_port: int,
        centre_sip_port: int,
        address: str = "127.0.0.4",
    ) -> None:
        self._folder = folder
        self._tones = folder / "tones"
        self._legs: dict[str, Leg] = {}
        self._snoops: dict[str, asyncio.Event] = {}
        self._rings: asyncio.Queue[tuple[str, Leg]] = asyncio.Queue()
        self._count = 0
        self.calling_name = ""
        """What the telephones of the next customers show beside their numbers."""
        self.sip_port = first_port + 1
        self.exchange = Exchange(
            InstanceDescription(
                folder=folder,
                role="robots",
                application="world",
                ari_port=first_port,
                ari_password="only-a-test",
                sip_port=self.sip_port,
                sip_address=address,
                rtp_first=first_port + WORLD_VOICE,
                rtp_last=first_port + WORLD_VOICE + 90,
                site_prompts=self._tones,
                records=False,
            ),
            root,
            centre_sip_port=centre_sip_port,
            on_event=self._on_event,
        )

    async def open(self) -> None:
        for locale in ("ru", "en"):
            for hertz in TONES:
                write_tone(self._tones / locale / f"tone-{hertz}.wav", hertz, seconds=120)
        await self.exchange.start()

    async def close(self) -> None:
        await self.exchange.stop()

    async def call(self, number: str, calling: str = "+79161234567") -> Leg:
        """A customer calls; his leg is up when the centre has answered."""
        self._count += 1
        leg = self._new_leg(f"customer-{self._count}", calling)
        await self.exchange.call(
            number, channel_id=leg.channel_id, calling=calling, calling_name=self.calling_name
        )
        return leg

    async def ringing(self, seconds: float = 20) -> tuple[str, Leg]:
        """The next phone (or dialled party) that rings: its login or number, and its leg."""
        async with asyncio.timeout(patience(seconds)):
            return await self._rings.get()

    async def no_ring(self, seconds: float) -> None:
        """Nothing rings for this time."""
        try:
            async with asyncio.timeout(seconds):
                name, _ = await self._rings.get()
        except TimeoutError:
            return
        raise AssertionError(f"{name} rings")

    async def answer(self, leg: Leg) -> None:
        await self.exchange.request("POST", f"channels/{leg.channel_id}/answer")
        leg.up.set()

    async def press(self, leg: Leg, keys: str) -> None:
        """The customer presses keys."""
        path = f"channels/{leg.channel_id}/dtmf"
        await self.exchange.request("POST", path, dtmf=keys, duration=120, between=120)

    def take_rings(self) -> list[tuple[str, Leg]]:
        """Whoever began to ring since the last look."""
        found = []
        while not self._rings.empty():
            found.append(self._rings.get_nowait())
        return found

    async def hang_up(self, leg: Leg, *, reason: str = "normal") -> None:
        await self.exchange.try_to("DELETE", f"channels/{leg.channel_id}", reason=reason)

    def open_legs(self) -> list[Leg]:
        """Whoever is on a line."""
        return [leg for leg in self._legs.values() if not leg.over.is_set()]

    async def hang_up_all(self) -> None:
        """Whoever is still there; rings that nobody took are forgotten."""
        for leg in self.open_legs():
            await self.hang_up(leg)
        self.take_rings()

    async def speak(self, leg: Leg, hertz: int) -> None:
        """Two minutes of a sine."""
        await self.exchange.request(
            "POST", f"channels/{leg.channel_id}/play", media=f"sound:site/tone-{hertz}"
        )

    async def listen(self, leg: Leg) -> None:
        """Begins to keep what this leg hears; ends with `stop_listening` or with the leg."""
        self._count += 1
        snoop = f"snoop-{self._count}"
        self._snoops[snoop] = asyncio.Event()
        await self.exchange.request(
            "POST", f"channels/{leg.channel_id}/snoop/{snoop}", spy="in", app="world", appArgs="snoop"
        )
        async with asyncio.timeout(5):
            await self._snoops[snoop].wait()
        name = leg.heard.stem
        await self.exchange.request(
            "POST", f"channels/{snoop}/record", name=name, format="wav", ifExists="overwrite"
        )
        leg.heard_since = time.monotonic()

    async def stop_listening(self, leg: Leg) -> Path:
        await self.exchange.try_to("POST", f"recordings/live/{leg.heard.stem}/stop")
        await until(lambda: asyncio.to_thread(_is_whole, leg.heard), bool, 10)
        return leg.heard

    def _new_leg(self, channel_id: str, name: str) -> Leg:
        self._count += 1
        heard = self._folder / "spool" / "recording" / f"heard-{self._count}.wav"
        leg = self._legs[channel_id] = Leg(channel_id=channel_id, name=name, heard=heard)
        return leg

    def _on_event(self, event: AriEvent) -> None:
        channel = event.channel
        if channel is None:
            return
        match event.type:
            case "StasisStart" if event.args[:1] == ("arrived",):
                leg = self._new_leg(channel.id, event.args[1])
                self._rings.put_nowait((event.args[1], leg))
            case "StasisStart" if event.args[:1] == ("customer",) and channel.id in self._legs:
                self._legs[channel.id].up.set()
            case "StasisStart" if channel.id in self._snoops:
                self._snoops[channel.id].set()
            case "StasisEnd" | "ChannelDestroyed" if channel.id in self._legs:
                self._legs[channel.id].over.set()
            case _:
                pass


def _is_whole(sound: Path) -> bool:
    """Asterisk writes the length into a WAV file's head when it closes it, a moment after it was asked to."""
    try:
        with sound.open("rb") as file:
            return int.from_bytes(file.read(8)[4:], "little") > 0
    except FileNotFoundError:
        return False
