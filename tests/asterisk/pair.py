"""Two private Asterisks: one under test, one that plays carrier, customers and phones.

Everybody speaks a sine of his own, prompts and music are sines too, and everybody's hearing is recorded, so a
test can say who hears whom. Processes are started and ended here without an event loop, so one pair serves
many tests.
"""

import asyncio
import itertools
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from otklik.channels.asterisk.ari import Ari, AriEvent, AriFailed
from otklik.channels.asterisk.install import AsteriskRoot
from otklik.channels.asterisk.instance import InstanceDescription, write_instance

RATE = 8000
CUSTOMER, AGENT, SECOND_AGENT, PROMPT, MUSIC = 400, 700, 1000, 1300, 1600
TONES = (CUSTOMER, AGENT, SECOND_AGENT, PROMPT, MUSIC)
NAMES = {CUSTOMER: "customer", AGENT: "agent", SECOND_AGENT: "second agent", PROMPT: "prompt", MUSIC: "music"}
_PORTS = itertools.cycle(itertools.chain(range(21000 + os.getpid() % 1000, 22000), range(21000, 22000)))
OBJECTS = "asterisk/config/dynamic/res_pjsip"


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """A port of loopback that nobody holds, below those the kernel hands out: it must still be free when an
    Asterisk is started again on it."""
    for port in itertools.islice(_PORTS, 1000):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no port is free")


def free_range(count: int) -> int:
    """First of `count` UDP ports in a row, for RTP."""
    start = 40000 + os.getpid() % 40 * 100
    while True:
        probes = []
        try:
            for port in range(start, start + count, 8):
                probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                probes.append(probe)
                probe.bind(("0.0.0.0", port))
        except OSError:
            start = 40000 + (start - 40000 + count) % 4800
            continue
        else:
            return start
        finally:
            for probe in probes:
                probe.close()


def write_sine(path: Path, hertz: int, seconds: float) -> None:
    """A mono 16-bit sine at a quarter of full scale."""
    path.parent.mkdir(parents=True, exist_ok=True)
    at = np.arange(int(seconds * RATE)) / RATE
    samples = (8000 * np.sin(2 * np.pi * hertz * at)).astype("<i2")
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(samples.tobytes())


def strengths(samples: np.ndarray) -> dict[int, float]:
    """How strong each of our tones is: amplitude of the sine, by Goertzel's method. Full scale is 32768."""
    at = np.arange(len(samples))
    return {
        hertz: float(
            2 * abs(np.sum(samples * np.exp(-2j * np.pi * hertz * at / RATE))) / max(1, len(samples))
        )
        for hertz in TONES
    }


def heard(samples: np.ndarray) -> set[int]:
    """The tones that are there: at least a twentieth of what one party speaks."""
    return {hertz for hertz, strength in strengths(samples).items() if strength > 400}


class Process:
    """One Asterisk process and its description."""

    def __init__(self, root: AsteriskRoot, description: InstanceDescription) -> None:
        self.root, self.description = root, description
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._child is not None
        return self._child.pid

    def start(self) -> None:
        launch = write_instance(self.description, self.root)
        log = (self.description.folder / "console.log").open("ab")
        self._child = subprocess.Popen(
            launch.arguments, env=launch.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True, umask=launch.umask,
        )  # fmt: skip
        log.close()
        deadline = time.monotonic() + 30
        while not self._answers():
            assert self._child.poll() is None, self.console()
            assert time.monotonic() < deadline, self.console()
            time.sleep(0.03)

    def _answers(self) -> bool:
        """Is the HTTP port served? `Asterisk Ready.` on the console comes when every module is loaded."""
        return "Asterisk Ready." in self.console()[self._already :]

    _already = 0

    def console(self) -> str:
        return (self.description.folder / "console.log").read_text("utf-8", "replace")

    def revive(self) -> None:
        """Start it if a test left it dead."""
        if self._child is not None and self._child.poll() is not None:
            self._already = len(self.console())
            self.start()

    def kill(self) -> None:
        """As if the machine's memory had run out: no word to anybody."""
        assert self._child is not None
        self._child.send_signal(signal.SIGKILL)
        self._child.wait(10)
        self._already = len(self.console())

    def stop(self) -> None:
        if self._child is not None and self._child.poll() is None:
            self._child.terminate()
            try:
                self._child.wait(10)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()


@dataclass
class Pair:
    """centre: under test. outside: everybody else."""

    folder: Path
    centre: Process
    outside: Process

    @classmethod
    def start(cls, root: AsteriskRoot) -> "Pair":
        folder = Path(tempfile.mkdtemp(prefix="otklik-pair-"))
        for locale in ("ru", "en"):
            for name in ("greeting", "closed", "please_wait"):
                write_sine(folder / "prompts" / locale / f"{name}.wav", PROMPT, 4)
        write_sine(folder / "music/music.wav", MUSIC, 30)
        for hertz in TONES:
            write_sine(folder / f"voices/en/voice_{hertz}.wav", hertz, 60)
        rtp = free_range(800)
        centre = InstanceDescription(
            folder=folder / "centre", ari_port=free_port(), ari_password="centre-password",
            sip_port=free_port(socket.SOCK_DGRAM), sip_address="127.0.0.1", rtp_first=rtp, rtp_last=rtp + 399,
            prompts=folder / "prompts", music=folder / "music", language="en", patience_seconds=6,
        )  # fmt: skip
        outside = InstanceDescription(
            folder=folder / "outside", role="robots", application="outside", ari_port=free_port(),
            ari_password="outside-password", sip_port=free_port(socket.SOCK_DGRAM), sip_address="127.0.0.1",
            rtp_first=rtp + 400, rtp_last=rtp + 799, prompts=folder / "voices", language="en",
        )  # fmt: skip
        pair = cls(folder, Process(root, centre), Process(root, outside))
        pair.centre.start()
        pair.outside.start()
        return pair

    def stop(self) -> None:
        self.centre.stop()
        self.outside.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclass
class Party:
    """One leg outside: a customer, a phone in a call, or a party that was dialled."""

    world: "World"
    channel_id: str
    tone: int
    is_over: bool = False
    ear: str = ""
    keys: str = ""
    is_up: bool = False
    speaks: bool = True
    spoken: asyncio.Event = field(default_factory=asyncio.Event)
    causes: list[int] = field(default_factory=list)

    def hang_up(self) -> None:
        self.world.later("DELETE", f"channels/{self.channel_id}")

    def press(self, keys: str) -> None:
        self.world.spawn(self._press(keys))

    async def _press(self, keys: str) -> None:
        # The centre may know of its answer before the far end has heard it: keys would be refused then, or
        # wait behind a voice that begins after them.
        begun = self.spoken.wait() if self.speaks else self.world.entering(self.channel_id)
        await asyncio.wait_for(begun, 10)
        # Commands of one channel wait for each other, so it falls silent before it presses.
        await self.world.try_to("DELETE", f"playbacks/voice-{self.channel_id}")
        await self.world.try_to(
            "POST", f"channels/{self.channel_id}/dtmf", {"dtmf": keys, "duration": 120, "between": 120}
        )

    async def speak(self) -> None:
        """Its own sine, until it is hung up or silenced."""
        await self.world.ari.request(
            "POST",
            f"channels/{self.channel_id}/play",
            {
                "media": ",".join([f"sound:otklik/voice_{self.tone}"] * 3),
                "playbackId": f"voice-{self.channel_id}",
            },
        )
        self.spoken.set()

    async def silence(self) -> None:
        """It says nothing and sends no packet."""
        await self.world.ari.request("DELETE", f"playbacks/voice-{self.channel_id}")

    async def listen(self) -> None:
        """Begin to keep what it hears. At 48 kHz, since Asterisk writes files 32 kB at a time: a third of a
        second."""
        if self.ear:
            return
        self.ear = f"ear-{self.channel_id}"
        entered = self.world.entering(self.ear)
        await self.world.ari.request(
            "POST",
            f"channels/{self.channel_id}/snoop/{self.ear}",
            {"spy": "in", "app": "outside", "appArgs": "ear"},
        )
        await asyncio.wait_for(entered, 5)
        await self.world.ari.request(
            "POST",
            f"channels/{self.ear}/record",
            {"name": self.ear, "format": "sln48", "ifExists": "overwrite"},
        )

    def samples(self, last_seconds: float | None = None) -> np.ndarray:
        path = self.world.pair.outside.description.folder / f"spool/recording/{self.ear}.sln48"
        content = path.read_bytes() if path.exists() else b""
        samples = np.frombuffer(content[: len(content) // 2 * 2], "<i2")[::6].astype(float)
        return samples if last_seconds is None else samples[-int(last_seconds * RATE) :]

    def hears_now(self) -> set[int]:
        """Tones of the last third of a second."""
        recent = self.samples(0.32)
        return heard(recent) if len(recent) >= 2400 else set()

    async def hears_only(self, *tones: int, seconds: float = 6.0) -> None:
        """Returns when it hears exactly these tones; fails with what it hears instead."""
        await self.listen()
        deadline = time.monotonic() + seconds
        while self.hears_now() != set(tones):
            assert time.monotonic() < deadline, (
                f"hears {self._spell(self.hears_now())}, not {self._spell(set(tones))}"
            )
            await asyncio.sleep(0.04)

    def _spell(self, tones: set[int]) -> str:
        return "/".join(NAMES[tone] for tone in sorted(tones)) or "nothing"

    async def hears(self, what: str) -> None:
        """`talk` (some agent or customer), `music` or `prompt`."""
        wanted = {"music": (MUSIC,), "prompt": (PROMPT,)}.get(what)
        if wanted is None:
            wanted = (AGENT,) if self.tone == CUSTOMER else (CUSTOMER,)
        await self.hears_only(*wanted)

    async def is_gone(self) -> None:
        await self.world.until(lambda: self.is_over, lambda: f"{self.channel_id} is still there")


class World:
    """The people outside, for one test."""

    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        self.parties: dict[str, Party] = {}
        self.calls_by_login: dict[str, Party] = {}
        self.logins: dict[str, int] = {}
        self.far_ends: dict[str, Callable[[Party], object]] = {}
        self.events: list[AriEvent] = []
        self._waiting: dict[str, asyncio.Future[None]] = {}
        self._tasks: set[asyncio.Task[object]] = set()
        self._count = 0
        self.ari: Ari

    @asynccontextmanager
    async def running(self) -> AsyncIterator["World"]:
        address = self.pair.outside.description.address
        self.ari = Ari(
            address.url, application=address.application, password=address.password, on_event=self._on_event
        )
        await self.ari.connect()
        await self._introduce_centre()
        try:
            yield self
        finally:
            await self._clean()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await self.ari.close()

    async def _clean(self) -> None:
        for login in list(self.logins):
            await self.unregister(login)
        for channel in re.findall(
            rb'"id":"([^"]+)","name":"PJSIP', await self.ari.request("GET", "channels")
        ):
            await self.try_to("DELETE", f"channels/{channel.decode()}")

    def later(self, method: str, path: str, parameters: dict[str, str | int] | None = None) -> None:
        self.spawn(self.try_to(method, path, parameters))

    async def try_to(self, method: str, path: str, parameters: dict[str, str | int] | None = None) -> None:
        try:
            await self.ari.request(method, path, parameters)
        except AriFailed as failure:
            if failure.code == 0:
                raise

    def spawn(self, work: object) -> None:
        task: asyncio.Task[object] = asyncio.ensure_future(work)  # type: ignore[arg-type]
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def until(
        self, condition: Callable[[], bool], why: Callable[[], str], seconds: float = 8.0
    ) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, why()
            await asyncio.sleep(0.02)

    def entering(self, channel_id: str) -> asyncio.Future[None]:
        """Done when the channel stands in the application."""
        return self._waiting.setdefault(channel_id, asyncio.get_running_loop().create_future())

    async def put(self, kind: str, name: str, **fields: str | int) -> None:
        body = {"fields": [{"attribute": key, "value": str(value)} for key, value in fields.items()]}
        await self.ari.request("PUT", f"{OBJECTS}/{kind}/{name}", body=body)

    async def _introduce_centre(self) -> None:
        centre = f"127.0.0.1:{self.pair.centre.description.sip_port}"
        await self.put("aor", "centre", contact=f"sip:{centre}")
        await self.put(
            "endpoint",
            "centre",
            context="from-trunk",
            aors="centre",
            disallow="all",
            allow="alaw",
            direct_media="no",
            rtp_symmetric="yes",
        )
        await self.put("identify", "centre", endpoint="centre", match="127.0.0.1")

    # --- customers

    async def call(self, number: str, calling: str = "", *, speaks: bool = True) -> Party:
        self._count += 1
        channel_id = f"customer-{time.monotonic_ns()}-{self._count}"
        party = self.parties[channel_id] = Party(self, channel_id, CUSTOMER)
        party.speaks = speaks
        await self.ari.request(
            "POST",
            "channels",
            {
                "endpoint": f"PJSIP/{number}@centre",
                "app": "outside",
                "appArgs": "customer",
                "channelId": channel_id,
                "callerId": f'"" <{calling}>' if calling else '"Anonymous" <anonymous>',
                "timeout": 90,
            },
        )
        return party

    # --- phones

    async def register(self, login: str, secret: str, tone: int = AGENT) -> None:
        """A SIP phone. It shares address and port with the trunk and is told apart by name and digest."""
        if login in self.logins:
            await self.unregister(login)  # the same object again would change nothing
        self.logins[login] = tone
        centre = f"127.0.0.1:{self.pair.centre.description.sip_port}"
        await self.put("auth", login, auth_type="digest", username=login, password=secret)
        await self.put(
            "registration",
            login,
            transport="udp",
            outbound_auth=login,
            server_uri=f"sip:{centre}",
            client_uri=f"sip:{login}@{centre}",
            contact_user=login,
            retry_interval=1,
            forbidden_retry_interval=1,
            fatal_retry_interval=1,
            max_retries=1000,
            expiration=120,
            max_random_initial_delay=0,
        )
        await self.put("aor", f"{login}-out", contact=f"sip:{centre}")
        await self.put(
            "endpoint",
            f"{login}-out",
            context="from-trunk",
            aors=f"{login}-out",
            transport="udp",
            disallow="all",
            allow="alaw",
            outbound_auth=login,
            from_user=login,
            direct_media="no",
        )

    async def unregister(self, login: str) -> None:
        self.logins.pop(login, None)
        await self.try_to("DELETE", f"{OBJECTS}/registration/{login}")

    async def dial(self, login: str, number: str) -> Party:
        """The agent dials on his own phone."""
        self._count += 1
        channel_id = f"phone-{time.monotonic_ns()}-{self._count}"
        party = self.parties[channel_id] = Party(self, channel_id, self.logins.get(login, AGENT))
        self.calls_by_login[login] = party
        await self.ari.request(
            "POST",
            "channels",
            {
                "endpoint": f"PJSIP/{number}@{login}-out", "app": "outside", "appArgs": "phone",
                "channelId": channel_id, "timeout": 60,
            },
        )  # fmt: skip
        return party

    # --- events

    def _on_event(self, event: AriEvent) -> None:
        self.events.append(event)
        if event.type == "StasisStart" and event.channel is not None:
            waiting = self._waiting.setdefault(event.channel.id, asyncio.get_running_loop().create_future())
            if not waiting.done():
                waiting.set_result(None)
            kind = event.args[0] if event.args else ""
            if kind in ("customer", "phone"):
                party = self.parties[event.channel.id]
                party.is_up = True
                if party.speaks:
                    self.spawn(party.speak())
            elif kind == "arrived":
                self._arrived(event.channel.id, event.args[1])
        elif event.type in ("StasisEnd", "ChannelDestroyed") and event.channel is not None:
            party = self.parties.get(event.channel.id)
            if party is not None:
                party.is_over = True
                party.causes.append(event.cause)
        elif event.type == "ChannelDtmfReceived" and event.channel is not None:
            party = self.parties.get(event.channel.id)
            if party is not None:
                party.keys += event.digit

    def _arrived(self, channel_id: str, called: str) -> None:
        """A call of the centre: to a phone, or to a number outside."""
        if called in self.far_ends:
            party = self.parties[channel_id] = Party(self, channel_id, CUSTOMER)
            self.far_ends[called](party)
            return
        party = self.parties[channel_id] = Party(self, channel_id, self.logins.get(called, AGENT))
        self.calls_by_login[called] = party
        self.spawn(self._ring(party))

    async def _ring(self, party: Party) -> None:
        if await self.answers_itself(party.channel_id):
            await self.answer(party)
        else:
            await self.try_to("POST", f"channels/{party.channel_id}/ring")

    async def answers_itself(self, channel_id: str) -> bool:
        """Does the INVITE ask the phone to answer without its agent?"""
        variable = {"variable": "PJSIP_HEADER(read,X-Auto-Answer)"}
        try:
            return b'"1"' in await self.ari.request("GET", f"channels/{channel_id}/variable", variable)
        except AriFailed:
            return False  # Asterisk's way to say that there is no such header

    async def answer(self, party: Party) -> None:
        # Commands of one channel wait for each other, and the requests behind them wait, too.
        await self.try_to("DELETE", f"playbacks/voice-{party.channel_id}")
        await self.ari.request("POST", f"channels/{party.channel_id}/answer")
        party.is_up = True
        await party.speak()
