"""Looks for what would keep the centre from working, and names the fix of each.

Each check gives one finding: what was looked at, a verdict, a code and facts; the words are in the texts. The
doctor changes nothing and may be called while the centre runs, or before it ever ran.
"""

import asyncio
import base64
import contextlib
import ctypes
import ipaddress
import json
import os
import resource
import shutil
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from cryptography import x509

import otklik
from otklik import database
from otklik.channels.asterisk.install import (
    AsteriskUnavailable,
    find_cached,
    judge,
    needed_modules,
    parse_version,
)
from otklik.clock import wall_now
from otklik.operations import certificates, credentials, launcher, migrating, postgres, processes, texts
from otklik.operations.postgres import PostgresRefused
from otklik.organization import store as organization
from otklik.organization.problems import SettingsProblem, problems
from otklik.settings import Settings

MADE = datetime(2026, 11, 1, tzinfo=UTC)
ENDS_SOON = timedelta(days=14)
LEAST_FREE_GB = 1.0
LEAST_FILES = 4096
ANSWER_SECONDS = 3.0
UNSYNCHRONIZED = 0x0040

Verdict = Literal["well", "strange", "broken"]


@dataclass(slots=True, frozen=True)
class Finding:
    """What one check found. `code` has words and, unless all is well, a fix in the texts."""

    check: str
    verdict: Verdict
    code: str
    facts: dict[str, Any] = field(default_factory=dict)


def examine(settings: Settings) -> Iterator[Finding]:
    """All checks, each as soon as it is done."""
    checks: tuple[Callable[[Settings], Finding], ...] = (
        look_at_home,
        look_at_ports,
        look_at_disk,
        look_at_clock,
        look_at_limits,
        look_at_web,
        look_at_certificate,
        look_at_microphone,
        look_at_asterisk,
        look_at_modules,
        look_at_postgres,
        look_at_database,
        look_at_configuration,
        look_at_nat,
        look_at_health,
    )
    for check in checks:
        yield check(settings)


def look_at_home(settings: Settings) -> Finding:
    """The folder belongs to this user alone and can be written."""
    home = settings.home
    facts = {"home": str(home)}
    nearest = home
    while not nearest.exists():
        nearest = nearest.parent
    if not os.access(nearest, os.W_OK | os.X_OK):
        return Finding("home", "broken", "home_unwritable", facts)
    if home.exists() and home.stat().st_mode & 0o066:
        return Finding("home", "strange", "home_open", facts)
    return Finding("home", "well", "home_fine", facts)


def look_at_ports(settings: Settings) -> Finding:
    """Each port is free, or held by this very centre."""
    wanted = [("web", settings.port, "tcp", "127.0.0.1")]
    if settings.https_bind:
        wanted.append(("web", settings.https_port, "tcp", ""))
    if settings.channel == "asterisk":
        sip_port = settings.sip_port or launcher.choose_sip_port(settings)
        wanted += [("asterisk", settings.ari_port, "tcp", "127.0.0.1"), ("asterisk", sip_port, "udp", "")]
    taken, ours, free = [], [], []
    for child, port, kind, address in wanted:
        if launcher.is_free(port, datagram=kind == "udp", address=address):
            free.append(f"{port}/{kind}")
        elif is_running(settings, child):
            ours.append(f"{port}/{kind}")
        else:
            taken.append(f"{port}/{kind} ({launcher.holder_of(port)})")
    if taken:
        return Finding("ports", "broken", "ports_taken", {"ports": ", ".join(taken)})
    if ours:
        return Finding("ports", "well", "ports_ours", {"ports": ", ".join(ours)})
    return Finding("ports", "well", "ports_free", {"ports": ", ".join(free)})


def look_at_disk(settings: Settings) -> Finding:
    """There is room for journal and recordings."""
    nearest = settings.home
    while not nearest.exists():
        nearest = nearest.parent
    total, _, free = shutil.disk_usage(nearest)
    facts = {
        "free_gb": round(free / 1e9, 1),
        "free_percent": round(100 * free / total, 1),
        "least": settings.disk_free_percent,
    }
    is_low = free / 1e9 < LEAST_FREE_GB or 100 * free / total < settings.disk_free_percent
    return Finding("disk", "broken" if is_low else "well", "disk_low" if is_low else "disk_fine", facts)


def look_at_clock(settings: Settings) -> Finding:
    """The clock is right, and something keeps it right."""
    now = wall_now()
    if now < MADE:
        return Finding("clock", "broken", "clock_wrong", {"shown": now.isoformat(timespec="seconds")})
    if is_clock_kept():
        return Finding("clock", "well", "clock_kept")
    return Finding("clock", "strange", "clock_alone")


def is_clock_kept() -> bool:
    """True if the kernel says that a time service disciplines its clock."""
    buffer = ctypes.create_string_buffer(512)  # struct timex, larger than any
    with contextlib.suppress(OSError, AttributeError):
        if ctypes.CDLL(None, use_errno=True).adjtimex(buffer) >= 0:
            bits = int.from_bytes(
                buffer.raw[40:44], "little"
            )  # after modes, offset, freq, maxerror, esterror
            return not bits & UNSYNCHRONIZED
    return Path("/run/systemd/timesync/synchronized").exists()


def look_at_limits(settings: Settings) -> Finding:
    """Every call needs a handful of open files."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if limit != resource.RLIM_INFINITY and limit < LEAST_FILES:
        return Finding("limits", "broken", "limits_low", {"limit": limit})
    return Finding("limits", "well", "limits_fine", {"limit": "∞" if limit < 0 else limit})


def look_at_web(settings: Settings) -> Finding:
    """The web UI was built."""
    index = Path(otklik.__file__).parent / "static" / "index.html"
    if index.exists():
        return Finding("web", "well", "web_built")
    return Finding("web", "broken", "web_missing")


def look_at_certificate(settings: Settings) -> Finding:
    """The certificate can be read, goes on for a while and names this host."""
    file, _ = certificates.certificate_files(settings)
    if not file.exists():
        return Finding("certificate", "well", "certificate_later")
    try:
        found = x509.load_pem_x509_certificate(file.read_bytes())
    except (ValueError, OSError) as error:
        return Finding("certificate", "broken", "certificate_broken", {"reason": str(error)})
    names = certificates.names_in(found)
    until = found.not_valid_after_utc
    facts = {"names": ", ".join(names), "until": until.date().isoformat()}
    if until <= wall_now():
        return Finding("certificate", "broken", "certificate_over", facts)
    if until - wall_now() < ENDS_SOON:
        return Finding("certificate", "strange", "certificate_ends", facts)
    if settings.public_host and settings.public_host not in names:
        return Finding("certificate", "broken", "certificate_names", {"missing": settings.public_host})
    return Finding("certificate", "well", "certificate_fine", facts)


def look_at_microphone(settings: Settings) -> Finding:
    """Browsers give the microphone only to a page that came by HTTPS with a certificate they trust."""
    facts = {"port": settings.https_port, "authority": str(certificates.authority_file(settings))}
    if not settings.https_bind:
        return Finding("microphone", "strange", "microphone_loopback", facts)
    if (settings.keys / "https.own").exists():
        return Finding("microphone", "well", "microphone_fine", facts)
    return Finding("microphone", "strange", "microphone_trust", facts)


def look_at_asterisk(settings: Settings) -> Finding:
    """There is an Asterisk of a version that may serve."""
    if settings.channel == "simulator":
        return Finding("asterisk", "well", "asterisk_unused")
    try:
        if settings.asterisk_root is not None:
            root = launcher.find_asterisk(settings, {"asterisk_root": "setting"}, lambda step, facts: None)
        else:
            cached = find_cached(settings.download_cache, needed_modules())
            if cached is None:
                return Finding("asterisk", "well", "asterisk_absent")
            root = cached
    except AsteriskUnavailable as error:
        return Finding("asterisk", "broken", "asterisk_missing", {"reason": str(error)})
    facts = {"version": root.version, "source": root.source}
    verdict = judge(parse_version(root.version))
    if verdict is None:
        return Finding("asterisk", "broken", "asterisk_missing", {"reason": f"version {root.version}"})
    if not verdict:
        return Finding("asterisk", "strange", "asterisk_unpinned", facts)
    return Finding("asterisk", "well", "asterisk_fine", facts)


def look_at_modules(settings: Settings) -> Finding:
    """Every module that the centre needs runs in its Asterisk."""
    if settings.channel == "simulator":
        return Finding("modules", "well", "asterisk_unused")
    if not is_running(settings, "asterisk"):
        return Finding("modules", "well", "modules_later")
    facts = {"port": settings.ari_port, "log": str(launcher.log_of(settings, "asterisk"))}
    found = ask_ari(settings, "asterisk/modules")
    if not isinstance(found, list):
        return Finding("modules", "broken", "modules_silent", facts)
    running = {module["name"] for module in found if module.get("status") == "Running"}
    lacking = sorted(set(needed_modules()) - running)
    if lacking:
        return Finding("modules", "broken", "modules_missing", {**facts, "names": ", ".join(lacking)})
    return Finding("modules", "well", "modules_fine", {"count": len(running)})


def look_at_postgres(settings: Settings) -> Finding:
    """There is a PostgreSQL that this user may start, or one of the owner's own."""
    if settings.database_url is not None:
        return Finding("postgres", "well", "postgres_fine", {"version": "", "how": "OTKLIK_DATABASE_URL"})
    try:
        server = postgres.server_of(settings)
    except PostgresRefused as refused:
        return Finding("postgres", "broken", "postgres_missing", {"reason": str(refused)})
    how = " ".join(server.runner.words) or str(server.installation.folder)
    return Finding("postgres", "well", "postgres_fine", {"version": server.installation.major, "how": how})


def look_at_database(settings: Settings) -> Finding:
    """The database answers, and its tables are those of this program."""
    facts = {"log": str(launcher.log_of(settings, "postgres"))}
    if settings.database_url is None and not is_running(settings, "postgres"):
        return Finding("database", "well", "database_later")
    try:
        address = database.address_of(settings)
        revision = asyncio.run(database.schema_revision(address))
    except Exception:  # noqa: BLE001, whatever is wrong with the way to it is what we came to find
        return Finding("database", "broken", "database_silent", facts)
    if revision == migrating.newest_revision():
        return Finding("database", "well", "database_fine")
    if revision is not None and not migrating.is_known(revision):
        return Finding("database", "broken", "database_new")
    return Finding("database", "strange", "database_old")


def look_at_configuration(settings: Settings) -> Finding:
    """What administrators set up can work: every queue has agents who can serve it."""
    if settings.database_url is None and not is_running(settings, "postgres"):
        return Finding("configuration", "well", "configuration_later")
    try:
        found = asyncio.run(_problems(database.address_of(settings)))
    except Exception:  # noqa: BLE001, what is wrong with the database is told by the check before
        return Finding("configuration", "well", "configuration_later")
    if not found:
        return Finding("configuration", "well", "configuration_fine")
    language = texts.language_of_person()
    told = [
        texts.say(
            language,
            f"settings_problems.{problem.code}",
            **{"name": problem.id, "target": "", **problem.facts},
        )
        for problem in found
    ]
    return Finding("configuration", "strange", "configuration_unfit", {"problems": "; ".join(told)})


async def _problems(address: str) -> list[SettingsProblem]:
    """What is impossible about the settings as the tables hold them."""
    connection = await database.connect(address, name="doctor")
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            return list(problems(await organization.load(connection)))
    finally:
        await connection.close()


def look_at_nat(settings: Settings) -> Finding:
    """Whoever calls from outside must be told an address that he can reach."""
    address = launcher.sip_address(settings)
    facts = {
        "address": address,
        "external": settings.external_address,
        "rtp": f"{settings.rtp_from}-{settings.rtp_to}",
    }
    if settings.external_address:
        with contextlib.suppress(ValueError):
            if ipaddress.ip_address(settings.external_address).is_private:
                return Finding("nat", "broken", "nat_wrong", facts)
        return Finding("nat", "well", "nat_set", facts)
    if settings.channel == "asterisk" and ipaddress.ip_address(address).is_private:
        return Finding("nat", "strange", "nat_private", facts)
    return Finding("nat", "well", "nat_none", facts)


def look_at_health(settings: Settings) -> Finding:
    """What the running centre says of itself."""
    if not is_running(settings, "web"):
        return Finding("health", "well", "health_absent")
    code, found = ask_web(settings, "/api/health")
    if code == 200:
        return Finding("health", "well", "health_fine", {"version": found.get("version", "?")})
    reasons = ", ".join(found.get("reasons", [])) or f"HTTP {code}"
    return Finding("health", "broken", "health_failing", {"reasons": reasons, "logs": str(settings.logs)})


def is_running(settings: Settings, child: str) -> bool:
    """True if a child of this home runs."""
    return processes.find_running(launcher.pid_file_of(settings, child)) is not None


def ask_web(settings: Settings, path: str) -> tuple[int, dict[str, Any]]:
    """Answer of the running `web`: its code and JSON; 0 if it gives none."""
    return ask(urllib.request.Request(f"http://127.0.0.1:{settings.port}{path}"))


def ask_ari(settings: Settings, path: str) -> Any:
    """Answer of the running Asterisk, or None."""
    request = urllib.request.Request(f"http://127.0.0.1:{settings.ari_port}/ari/{path}")
    word = base64.b64encode(f"otklik:{credentials.ari_password(settings)}".encode()).decode()
    request.add_header("Authorization", f"Basic {word}")
    code, found = ask(request)
    return found if code == 200 else None


def ask(request: urllib.request.Request) -> tuple[int, Any]:
    """Send a request to this machine, past any proxy."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=ANSWER_SECONDS) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with contextlib.suppress(ValueError):
            return error.code, json.load(error)
        return error.code, {}
    except (TimeoutError, OSError, ValueError, ssl.SSLError):
        return 0, {}
