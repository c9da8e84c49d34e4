"""Which children a home has and how each is started.

Also the choices of a first start that must not change later by themselves: the SIP port, the folders.
"""

import contextlib
import dataclasses
import json
import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from otklik import __version__
from otklik.channels.asterisk.install import AsteriskRoot, provide_asterisk
from otklik.channels.asterisk.instance import InstanceDescription, write_instance
from otklik.operations import credentials, postgres, processes
from otklik.settings import REMEMBERED, Settings, as_environment

SIP_PORT = 5060
SIP_PORT_OFFSET = 60

Progress = Callable[[str, Mapping[str, str | int]], None]


@dataclass(slots=True, frozen=True, kw_only=True)
class Start:
    """How a child is started, decided anew each time: files are written, versions looked up."""

    command: tuple[str, ...]
    environment: Mapping[str, str]
    mark: str


@dataclass(slots=True, frozen=True, kw_only=True)
class Child:
    """One child of a home.

    prepare: says how to start it; may take long (a download) and is called in a thread.
    mark: what a running one must have been started with to be adopted.
    """

    name: str
    prepare: Callable[[], Start]
    mark: str
    polite: signal.Signals = signal.SIGTERM
    patience_seconds: float = 10.0
    nice: int = 0


class StartRefused(Exception):
    """The centre cannot be started; `code` and `facts` are put into words by the texts."""

    def __init__(self, code: str, **facts: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


def make_folders(settings: Settings) -> None:
    """Everything in a home is its user's alone."""
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    for folder in (
        settings.run,
        settings.keys,
        settings.logs,
        settings.spool,
        settings.recordings,
        settings.sounds,
    ):
        folder.mkdir(exist_ok=True, mode=0o700)
        folder.chmod(0o700)


def choose_sip_port(settings: Settings) -> int:
    """The port that was set or remembered; at the first start 5060 if it is free, else 60 above HTTP."""
    if settings.channel == "simulator" or settings.sip_port:
        return settings.sip_port
    return SIP_PORT if is_free(SIP_PORT, datagram=True, address="") else settings.port + SIP_PORT_OFFSET


def remember(settings: Settings, *, sip_port: int) -> None:
    """Write what this serve uses, for other commands and for the next start."""
    words = {
        "port": settings.port,
        "channel": settings.channel,
        "demo": settings.demo,
        "version": __version__,
    }
    if sip_port:
        words["sip_port"] = sip_port
    path = settings.home / REMEMBERED
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(words, indent=1) + "\n")
    fresh.replace(path)


def refuse_taken_ports(settings: Settings, *, is_adopting: Callable[[str], bool]) -> None:
    """Refuse `port_taken` if another program listens where a child that is to be started would."""
    wanted = [("web", settings.port, False)]
    if settings.https_bind:
        wanted.append(("web", settings.https_port, False))
    if settings.channel == "asterisk":
        wanted += [("asterisk", settings.ari_port, False), ("asterisk", settings.sip_port, True)]
    for child, port, datagram in wanted:
        address = "127.0.0.1" if port in (settings.port, settings.ari_port) else ""
        if not is_adopting(child) and not is_free(port, datagram=datagram, address=address):
            raise StartRefused("port_taken", port=port, child=child, holder=holder_of(port))


def is_free(port: int, *, datagram: bool, address: str) -> bool:
    """True if a port can be bound now; the empty address stands for all."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM if datagram else socket.SOCK_STREAM) as probe:
        if not datagram:
            # As servers do: a port of which only closed connections remember is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


def holder_of(port: int) -> str:
    """Name and pid of the program on a port, as far as this user may know."""
    with contextlib.suppress(psutil.Error, OSError):
        for found in psutil.net_connections("inet"):
            is_held = found.laddr and found.laddr.port == port and found.status in ("LISTEN", "NONE")
            if is_held and found.pid:
                return f"{psutil.Process(found.pid).name()}, pid {found.pid}"
    return "?"


def own_address() -> str:
    """The address of the interface towards the world; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address that belongs to nobody
        except OSError:
            return "127.0.0.1"
        found: str = probe.getsockname()[0]
        return found


def sip_address(settings: Settings) -> str:
    """Where phones and trunks reach this centre."""
    return settings.sip_bind if settings.sip_bind not in ("0.0.0.0", "::") else own_address()


def children_of(settings: Settings, sources: Mapping[str, str], *, progress: Progress) -> list[Child]:
    """All children in the order of their start; they are stopped in reverse.

    settings: with the SIP port chosen. progress: told of a download of Asterisk.
    """
    found = []
    if settings.database_url is None:
        found.append(_postgres(settings))
    if settings.channel == "asterisk":
        found.append(_asterisk(settings, sources, progress))
    found.append(_ours(settings, sources, "engine", patience_seconds=15.0))
    found.append(_ours(settings, sources, "web"))
    found.append(_ours(settings, sources, "recordings", patience_seconds=15.0, nice=10))
    found.append(_ours(settings, sources, "courier", nice=5))
    if settings.demo:
        found.append(_ours(settings, sources, "robots", patience_seconds=15.0, nice=5))
    return found


def _postgres(settings: Settings) -> Child:
    server = postgres.server_of(settings)
    mark = processes.fingerprint(server.installation.major, str(server.data))

    def prepare() -> Start:
        server.initialize()
        server.forget_dead_server()
        return Start(command=tuple(server.command()), environment=postgres.clean_environment(), mark=mark)

    return Child(
        name="postgres", prepare=prepare, mark=mark, polite=postgres.STOP_SIGNAL, patience_seconds=30.0
    )


def _asterisk(settings: Settings, sources: Mapping[str, str], progress: Progress) -> Child:
    description = asterisk_description(settings)
    # An Asterisk that runs with these addresses is kept, whatever else has changed: calls are in it.
    mark = processes.fingerprint(
        description.ari_port, description.sip_port, description.rtp_first, description.rtp_last
    )

    def prepare() -> Start:
        launch = write_instance(description, find_asterisk(settings, sources, progress))
        return Start(command=launch.arguments, environment=launch.environment, mark=mark)

    return Child(name="asterisk", prepare=prepare, mark=mark, patience_seconds=8.0)


def asterisk_description(settings: Settings) -> InstanceDescription:
    """What the centre's Asterisk is to be."""
    described = InstanceDescription(
        folder=settings.home / "asterisk",
        role="centre",
        ari_port=settings.ari_port,
        ari_password=credentials.ari_password(settings),
        sip_port=settings.sip_port,
        sip_address=settings.sip_bind,
        rtp_first=settings.rtp_from,
        rtp_last=settings.rtp_to,
        external_address=settings.external_address,
        stun=settings.stun,
        spool=settings.spool,
        site_prompts=settings.sounds,
        patience_seconds=settings.fallback_after_seconds,
    )
    if settings.local_networks:
        return dataclasses.replace(described, local_networks=settings.local_networks)
    return described


def find_asterisk(settings: Settings, sources: Mapping[str, str], progress: Progress) -> AsteriskRoot:
    """An Asterisk that can be started: of the owner, from the cache, or fetched."""
    return provide_asterisk(
        cache=settings.download_cache,
        suites=settings.debian_suites,
        environment={**os.environ, **as_environment(settings, sources)},
        progress=progress,
    )


def _ours(
    settings: Settings,
    sources: Mapping[str, str],
    name: str,
    *,
    patience_seconds: float = 10.0,
    nice: int = 0,
) -> Child:
    command = (sys.executable, "-m", "otklik", name, "--home", str(settings.home))
    own = as_environment(settings, sources)
    foreign = {key: value for key, value in os.environ.items() if not key.startswith("OTKLIK_")}
    mark = processes.fingerprint(command, sorted(own.items()), __version__)
    start = Start(command=command, environment={**foreign, **own, "PYTHONUNBUFFERED": "1"}, mark=mark)
    return Child(name=name, prepare=lambda: start, mark=mark, patience_seconds=patience_seconds, nice=nice)


def log_of(settings: Settings, name: str) -> Path:
    """Where a child's words go."""
    return settings.logs / f"{name}.log"


def pid_file_of(settings: Settings, name: str) -> Path:
    """Where a child is found again."""
    return settings.run / f"{name}.pid"
