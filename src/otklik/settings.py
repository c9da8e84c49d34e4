"""What a person may set, in one typed object: read once at the start of a process and passed down.

A value comes, in this order, from an option of the command line, the environment (`OTKLIK_<NAME>`), the file
HOME/settings.toml, the default. An unknown name fails the start: a misspelt setting must not be silently
ignored. Choices of the business (queues, hours, numbers) are not here: they are data of `organization`.
"""

import hashlib
import json
import os
import tempfile
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

PREFIX = "OTKLIK_"
# Names of the environment that steer the tests and the build, and are no settings.
NOT_SETTINGS = {"REQUIRE", "SOAK", "WEB_SKIP", "WEB_EDITABLE"}
TEST_PREFIX = "TEST_"
EMPTY_SAYS = {"asterisk_root", "https_bind"}
"""Settings whose empty value says something; else an empty variable is as good as none."""
REMEMBERED = "serving.json"
"""In HOME: what the last `serve` used, so that other commands find the same centre by its home alone."""
SOCKET_PATH_LIMIT_BYTES = 100

Port = Annotated[int, Field(ge=0, le=65535)]


class SettingsRefused(Exception):
    """The settings cannot be used; the message names each wrong one and where it came from."""


class Settings(BaseModel):
    """Every setting. Numbers carry their unit in the name; the properties below give moments and paths."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    home: Path = Field(Path(".otklik"), description="folder with everything that this centre keeps")
    port: Annotated[int, Field(ge=1024, le=65000)] = Field(
        8700, description="HTTP on loopback; +1 HTTPS on all addresses, +2 ARI on loopback"
    )
    channel: Literal["asterisk", "simulator"] = Field("asterisk", description="what carries the voice")
    demo: bool = Field(False, description="robot agents and customers")

    database_url: SecretStr | None = Field(
        None, description="a PostgreSQL of your own instead of the private one"
    )
    pg_bin: Path | None = Field(
        None, description="folder with initdb and postgres to use for the private one"
    )
    site_id: Annotated[int, Field(ge=1, le=32767)] = Field(
        1, description="the site whose writer this centre is"
    )

    https_bind: str = Field("0.0.0.0", description="address on which HTTPS listens; empty: no HTTPS")
    public_host: str = Field("", description="name by which browsers reach this centre, for the certificate")

    sip_bind: str = Field("0.0.0.0", description="address on which SIP listens")
    sip_port: Port = Field(0, description="0: 5060 if it is free at the first start, else port + 60")
    rtp_from: Port = Field(10000, description="first UDP port of voice")
    rtp_to: Port = Field(19999, description="last UDP port of voice")
    robots_rtp_from: Port = Field(20000, description="first UDP port of the robots' voice")
    robots_rtp_to: Port = Field(24999, description="last UDP port of the robots' voice")
    external_address: str = Field("", description="address seen from outside when the host is behind NAT")
    local_networks: tuple[str, ...] = Field((), description="networks reached without NAT, as 10.0.0.0/8")

    stun: str = Field("", description="host:port of a STUN server for browsers behind NAT")

    asterisk_root: str | None = Field(
        None, description="folder with an Asterisk of your own; set but empty: the system's"
    )
    debian_mirror: str = Field(
        "", description="Debian mirror for Asterisk; empty: this machine's own apt source"
    )
    debian_keyring: Path | None = Field(
        None, description="keyring that signs that mirror; empty: the system's"
    )
    debian_suites: tuple[str, ...] = Field(
        ("forky", "sid"), description="suites looked through for Asterisk 22"
    )
    cache: Path | None = Field(None, description="download cache; empty: otklik in the XDG cache folder")

    rescue_timeout_seconds: Annotated[float, Field(gt=0, le=300)] = Field(
        15, description="how long a lost phone is waited for in mid-talk, in a new centre"
    )
    fallback_after_seconds: Annotated[int, Field(ge=2, le=3600)] = Field(
        60,
        description="how long a call waits with music for an engine that is away, before it goes to the"
        " fallback number of the site",
    )
    inbox_limit: Annotated[int, Field(ge=100)] = Field(
        20000, description="inputs that may wait for the writer"
    )
    interactions_limit: Annotated[int, Field(ge=10)] = Field(5000, description="interactions live at once")
    batch_limit: Annotated[int, Field(ge=1)] = Field(500, description="inputs taken into one transaction")
    feeds_limit: Annotated[int, Field(ge=1)] = Field(2000, description="live feeds open in one web process")
    snapshot_every_seconds: Annotated[float, Field(ge=1)] = Field(
        60, description="age of the writer's snapshot"
    )
    snapshot_every_events: Annotated[int, Field(ge=100)] = Field(
        50000, description="events between snapshots"
    )
    disk_free_percent: Annotated[float, Field(ge=0, le=90)] = Field(
        5, description="below this free share recording stops and health says so"
    )

    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="least level written")
    log_format: Literal["auto", "json", "console"] = Field("auto", description="auto: console on a terminal")

    @field_validator("local_networks", "debian_suites", mode="before")
    @classmethod
    def _split(cls, given: object) -> object:
        """The environment has no lists: commas stand between."""
        return (
            tuple(word.strip() for word in given.split(",") if word.strip())
            if isinstance(given, str)
            else given
        )

    @field_validator("home", "cache", "pg_bin", "debian_keyring", mode="after")
    @classmethod
    def _absolute(cls, given: Path | None) -> Path | None:
        """Children have another working folder than the person who named the path."""
        return None if given is None else Path(os.path.abspath(given.expanduser()))  # noqa: PTH100, links stay

    @model_validator(mode="after")
    def _ranges(self) -> "Settings":
        for first, last in ((self.rtp_from, self.rtp_to), (self.robots_rtp_from, self.robots_rtp_to)):
            if last - first < 8:
                raise ValueError(f"rtp range {first}-{last} holds no call")
        return self

    @property
    def https_port(self) -> int:
        """HTTPS for everybody but this machine."""
        return self.port + 1

    @property
    def ari_port(self) -> int:
        """Asterisk's HTTP on loopback: ARI and the browsers' SIP web socket, relayed by `web`."""
        return self.port + 2

    @property
    def robots_ari_port(self) -> int:
        """The same of the robots' Asterisk."""
        return self.port + 3

    @property
    def robots_sip_port(self) -> int:
        """SIP of the robots' Asterisk, on loopback."""
        return self.port + 61

    @property
    def selftest_ari_port(self) -> int:
        """ARI of the Asterisk with which the self-test calls and answers."""
        return self.port + 4

    @property
    def selftest_sip_port(self) -> int:
        """SIP of the same, on loopback: the self-test's own trunk is recognised by it."""
        return self.port + 62

    @property
    def practice_ari_port(self) -> int:
        """ARI of the Asterisk whose robot customers call those who practise."""
        return self.port + 5

    @property
    def practice_sip_port(self) -> int:
        """SIP of the same, on loopback: the practice trunk is recognised by it."""
        return self.port + 63

    @property
    def practice_number(self) -> str:
        """What its robot customers dial; only calls of their trunk reach it."""
        return "9998"

    @property
    def rescue_timeout(self) -> timedelta:
        """How long a lost agent's phone is waited for."""
        return timedelta(seconds=self.rescue_timeout_seconds)

    @property
    def run(self) -> Path:
        """Pid files, locks, sockets: of no worth once nothing runs."""
        return self.home / "run"

    @property
    def keys(self) -> Path:
        """Key of the secrets, certificates' private keys: 0700."""
        return self.home / "keys"

    @property
    def logs(self) -> Path:
        """One file for each child."""
        return self.home / "logs"

    @property
    def spool(self) -> Path:
        """Raw audio until it is cut and stored."""
        return self.home / "spool"

    @property
    def recordings(self) -> Path:
        """Stored audio: YYYY/MM/DD."""
        return self.home / "recordings"

    @property
    def sounds(self) -> Path:
        """Prompts and music made or uploaded here."""
        return self.home / "sounds"

    @property
    def download_cache(self) -> Path:
        """Shared by all centres of one person on this machine."""
        if self.cache is not None:
            return self.cache
        base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
        return Path(base).expanduser() / "otklik"

    @property
    def postgres_sockets(self) -> Path:
        """Folder of the private PostgreSQL's socket: it may belong to another account than the home."""
        return socket_folder(self.run) / "pg"

    @property
    def door_socket(self) -> Path:
        """Where `engine` hears `web`."""
        return socket_folder(self.run) / "door.sock"


def socket_folder(run: Path) -> Path:
    """HOME/run, or a 0700 folder under the temp directory when the path is too long for a socket.

    The kernel's limit is 107 bytes for the whole path, so a folder has to leave room for the name.
    """
    if len(os.fsencode(run)) + 32 <= SOCKET_PATH_LIMIT_BYTES + 7:
        return run
    name = hashlib.sha256(os.fsencode(run)).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"otklik-{os.getuid()}-{name}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.stat()
    if found.st_uid != os.getuid() or found.st_mode & 0o066:
        raise SettingsRefused(f"{folder} is not ours alone: remove it, or choose a shorter home")
    return folder


def read_settings(
    options: Mapping[str, Any] | None = None, environment: Mapping[str, str] | None = None
) -> tuple[Settings, dict[str, str]]:
    """The settings, and where each came from: `option`, `environment`, `file`, `last serve` or `default`.

    options: values of the command line; None means that the option was not given.
    """
    environment = os.environ if environment is None else environment
    given = {name: value for name, value in (options or {}).items() if value is not None}
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    problems: list[str] = []
    from_environment = _from_environment(environment, problems)
    home = Path(given.get("home") or from_environment.get("home") or Settings.model_fields["home"].default)
    for source, found in (
        ("last serve", _from_last_serve(home.expanduser() / REMEMBERED)),
        ("file", _from_file(home.expanduser() / "settings.toml", problems)),
        ("environment", from_environment),
        ("option", given),
    ):
        values |= found
        sources |= dict.fromkeys(found, source)
    try:
        settings = Settings(**values)
    except ValidationError as refused:
        problems += [
            _told(problem, sources) for problem in refused.errors(include_input=False, include_url=False)
        ]
    if problems:
        raise SettingsRefused("\n".join(problems))
    return settings, {name: sources.get(name, "default") for name in Settings.model_fields}


def _from_environment(environment: Mapping[str, str], problems: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in environment.items():
        if not name.startswith(PREFIX):
            continue
        bare = name.removeprefix(PREFIX)
        key = bare.lower()
        if bare in NOT_SETTINGS or bare.startswith(TEST_PREFIX) or (value == "" and key not in EMPTY_SAYS):
            continue
        if key in Settings.model_fields:
            found[key] = value
        else:
            problems.append(f"{name} is no setting; `otklik settings` lists them all")
    if "pg_bin" not in found and environment.get("PG_BIN"):
        found["pg_bin"] = environment["PG_BIN"]
    return found


def _from_file(path: Path, problems: list[str]) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        found = tomllib.loads(path.read_text())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems.append(f"{path}: {error}")
        return {}
    unknown = sorted(set(found) - set(Settings.model_fields))
    problems += [f"{path}: {name} is no setting; `otklik settings` lists them all" for name in unknown]
    if "home" in found:
        problems.append(f"{path}: home is the folder of this file and cannot be set in it")
    return {name: value for name, value in found.items() if name in Settings.model_fields and name != "home"}


def _from_last_serve(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    kept = ("port", "sip_port", "channel", "demo")
    return {name: found[name] for name in kept if isinstance(found, dict) and name in found}


def _told(problem: Any, sources: dict[str, str]) -> str:
    name = str(problem["loc"][0]) if problem["loc"] else "settings"
    return f"{name} (from {sources.get(name, 'default')}): {problem['msg']}"


def forget_last_serve(
    settings: Settings, sources: Mapping[str, str], names: tuple[str, ...]
) -> tuple[Settings, dict[str, str]]:
    """Defaults instead of what the last serve used: a centre is no demo because it once was one."""
    forgotten = [name for name in names if sources[name] == "last serve"]
    fresh = {name: Settings.model_fields[name].default for name in forgotten}
    return settings.model_copy(update=fresh), {**sources, **dict.fromkeys(forgotten, "default")}


def shown(settings: Settings, sources: Mapping[str, str]) -> list[tuple[str, str, str, str]]:
    """Rows of name, value, source, meaning; secrets hidden."""
    rows = []
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        text = ",".join(value) if isinstance(value, tuple) else "" if value is None else str(value)
        rows.append((name, text, sources[name], field.description or ""))
    return rows


def choices(name: str) -> tuple[str, ...]:
    """The words that a setting with a closed list takes."""
    return get_args(Settings.model_fields[name].annotation)


def as_environment(settings: Settings, sources: Mapping[str, str]) -> dict[str, str]:
    """What a child process needs in its environment to read the very same settings."""
    found = {}
    for name, source in sources.items():
        value = getattr(settings, name)
        if source == "default" or value is None:
            continue
        if isinstance(value, SecretStr):
            value = value.get_secret_value()
        found[PREFIX + name.upper()] = ",".join(value) if isinstance(value, tuple) else str(value)
    return found
