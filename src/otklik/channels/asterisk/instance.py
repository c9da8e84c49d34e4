"""One private Asterisk: its folder filled from templates/asterisk, and how to run it.

Two roles share the templates. `centre` is the one that customers call and agents' phones register with;
`robots` plays carrier, customers and phones for the self-test, the demo and the tests. Both are commanded
over ARI and know no static endpoint, so what they may do is decided by the engine that pushes the endpoints.
"""

import hashlib
import os
import re
import resource
import tempfile
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Literal

from otklik.channels.asterisk.address import AsteriskAddress
from otklik.channels.asterisk.install import AsteriskRoot

CHANNEL_VARIABLES = (
    "OTKLIK_LEG", "OTKLIK_ROLE", "OTKLIK_INTERACTION", "OTKLIK_AGENT", "OTKLIK_TRUNK",
    "OTKLIK_RAW", "OTKLIK_RAW_AT", "OTKLIK_TRIES",
)  # fmt: skip
_LONGEST_SOCKET_PATH = 100  # the kernel's limit is 107 bytes, with room for the name of a temporary file


class BadInstance(ValueError):
    """A description that would give a broken configuration: a port, a path or a password that cannot stand in
    it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceDescription:
    """What one Asterisk is to be."""

    folder: Path
    """Private to this instance; made with mode 0700."""
    role: Literal["centre", "robots"] = "centre"
    application: str = "otklik"
    """Name of the ARI application and of its user."""
    ari_port: int
    ari_password: str
    sip_port: int
    sip_address: str = "0.0.0.0"
    rtp_first: int
    rtp_last: int
    external_address: str = ""
    """The address the world sees when this host is behind NAT; empty = none."""
    local_networks: tuple[str, ...] = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8")
    """Peers in these are told our own address, not the external one."""
    stun: str = ""
    """host:port of a STUN server for browsers behind NAT; empty = host candidates only."""
    spool: Path | None = None
    """Where the dialplan puts raw recordings; by default `folder`/spool."""
    prompts: Path | None = None
    """Folder with <locale>/*.alaw (A-law, 8 kHz, no header) or *.wav (16 bit); by default the package's."""
    site_prompts: Path | None = None
    """Folder of the site's own prompts, same shape, played as `site/<name>`."""
    music: Path | None = None
    """Folder of the music on hold; by default the package's."""
    language: str = "ru"
    records: bool = True
    """Whether trunk legs are recorded before the engine has said so (a start without an engine)."""
    maximum_calls: int = 1000
    maximum_phones: int = 1000
    patience_seconds: int = 60
    """How long a call waits for an absent engine before the fallback."""

    @property
    def control_folder(self) -> Path:
        """Where the control socket stands: in `folder`, or, when that path is too long for a socket, in
        /tmp."""
        inside = self.folder.absolute() / "run"
        if len(os.fsencode(inside / "asterisk.ctl")) <= _LONGEST_SOCKET_PATH:
            return inside
        stamp = hashlib.sha256(os.fsencode(self.folder.absolute())).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"otklik-{os.getuid()}-{stamp}"

    @property
    def control_socket(self) -> Path:
        return self.control_folder / "asterisk.ctl"

    @property
    def spool_folder(self) -> Path:
        return (self.spool or self.folder / "spool").absolute()

    @property
    def message_log(self) -> Path:
        return self.folder.absolute() / "log/messages.log"

    @property
    def security_log(self) -> Path:
        """For fail2ban: one line for each refused request."""
        return self.folder.absolute() / "log/security.log"

    @property
    def ari_url(self) -> str:
        return f"http://127.0.0.1:{self.ari_port}/ari"

    @property
    def address(self) -> AsteriskAddress:
        """What a driver or a robot needs to command this instance."""
        return AsteriskAddress(
            url=self.ari_url,
            password=self.ari_password,
            application=self.application,
            spool=self.spool_folder,
            control_socket=self.control_socket,
            message_log=self.message_log,
        )


@dataclass(frozen=True, slots=True)
class Launch:
    """How to run it in the foreground. The caller sets `umask` and a process session of its own."""

    arguments: tuple[str, ...]
    environment: dict[str, str]
    umask: int = 0o077


def write_instance(description: InstanceDescription, root: AsteriskRoot) -> Launch:
    """Fill the folder (again) and say how to start it. Keeps db, log and spool of an earlier run.

    Raises BadInstance before anything is written.
    """
    fields = _fields(description, root)
    folder = description.folder.absolute()
    for name in (
        "etc",
        "run",
        "log",
        "db",
        "agi",
        "keys/keys",
        "data/sounds",
        "spool/recording",
        "spool/monitor",
    ):
        (folder / name).mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    for private in (description.control_folder, description.spool_folder):
        private.mkdir(parents=True, exist_ok=True)
        if private.stat().st_uid != os.getuid():
            raise BadInstance(f"{private} belongs to another person")
        private.chmod(0o700)
    templates = resources.files("otklik") / "templates/asterisk"
    for template in templates.iterdir():
        name = template.name
        if not name.endswith(".conf") or name == "extensions_robots.conf":
            continue
        source = template
        if name == "extensions.conf" and description.role == "robots":
            source = templates / "extensions_robots.conf"
        text = re.sub(r"@([A-Z_]+)@", lambda match: fields[match[1]], source.read_text("utf-8"))
        target = folder / "etc" / name
        target.touch(mode=0o600)
        target.chmod(0o600)
        target.write_text(text, "utf-8")
    _lay_out_sounds(description, root)
    (folder / "etc/openssl.cnf").touch()
    environment = {
        key: os.environ[key] for key in ("PATH", "HOME", "TZ", "USER", "LOGNAME") if key in os.environ
    }
    environment |= {
        "LC_ALL": "C.UTF-8",
        # The host's file may ask for modules and rules that the private libraries do not have.
        "OPENSSL_CONF": str(folder / "etc/openssl.cnf"),
        # Fewer heaps for forty threads: the resident size stays near what is used.
        "MALLOC_ARENA_MAX": "4",
    }
    command = root.command(["-C", str(folder / "etc/asterisk.conf"), "-f", "-n"])
    return Launch(tuple(command), environment)


def _fields(description: InstanceDescription, root: AsteriskRoot) -> dict[str, str]:
    ports = (description.ari_port, description.sip_port, description.rtp_first, description.rtp_last)
    if not all(0 < port < 65536 for port in ports) or description.rtp_first >= description.rtp_last:
        raise BadInstance("a port is out of range")
    for word in (description.ari_password, description.application):
        if not re.fullmatch(r"[A-Za-z0-9_-]+", word):
            raise BadInstance("password and application may hold letters, digits, - and _ only")
    for address in (description.sip_address, description.external_address, description.stun):
        if not re.fullmatch(r"[A-Za-z0-9.:-]*", address):
            raise BadInstance("an address is malformed")
    for network in description.local_networks:
        if not re.fullmatch(r"[0-9a-fA-F.:]+/\d+", network):
            raise BadInstance("a network is malformed")
    folder = description.folder.absolute()
    for path in (folder, description.spool_folder, description.control_folder, root.module_folder):
        if re.search(r"[;,(){}$\[\]\"'\\\n]", str(path)):
            raise BadInstance(f"the path {path} holds a sign that Asterisk's files cannot")
    nat = candidates = ""
    if description.external_address:
        nat = "\n".join([
            f"external_media_address = {description.external_address}",
            f"external_signaling_address = {description.external_address}",
            *(f"local_net = {network}" for network in description.local_networks),
        ])  # fmt: skip
        if description.sip_address not in ("0.0.0.0", "::"):
            candidates = f"{description.sip_address} => {description.external_address},include_local_address"
    most_files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return {
        "RUN": str(folder),
        "CONTROL": str(description.control_folder),
        "MODULES": str(root.module_folder),
        "PROGRAMS": str((root.folder or Path("/")) / "usr/sbin"),
        "SPOOL": str(description.spool_folder),
        "LANGUAGE": description.language,
        "MAXCALLS": str(description.maximum_calls * 3),
        "MAXFILES": str(65536 if most_files == resource.RLIM_INFINITY else min(most_files, 65536)),
        "MAX_PHONES": str(description.maximum_phones + 50),
        "ARI_PORT": str(description.ari_port),
        "ARI_PASSWORD": description.ari_password,
        "APPLICATION": description.application,
        "CHANNEL_VARIABLES": ",".join(CHANNEL_VARIABLES),
        "SIP_ADDRESS": description.sip_address,
        "SIP_PORT": str(description.sip_port),
        "NAT": nat,
        "RTP_FIRST": str(description.rtp_first),
        "RTP_LAST": str(description.rtp_last),
        "STUN": f"stunaddr = {description.stun}" if description.stun else "",
        "ICE_HOST_CANDIDATES": candidates,
        "RECORD": "yes" if description.records else "no",
        "PATIENCE_MS": str(description.patience_seconds * 1000),
    }


def _lay_out_sounds(description: InstanceDescription, root: AsteriskRoot) -> None:
    data = description.folder.absolute() / "data"
    shared = (root.folder or Path("/")) / "usr/share/asterisk"
    for name in ("documentation", "rest-api"):
        _link(data / name, shared / name)
    with resources.as_file(resources.files("otklik") / "prompts") as ours:
        prompts = (description.prompts or ours).absolute()
        _link(data / "music", (description.music or ours / "music").absolute())
    for locale in ("ru", "en"):
        (data / "sounds" / locale).mkdir(exist_ok=True)
        _link(data / "sounds" / locale / "otklik", prompts / locale)
        if description.site_prompts is not None:
            _link(data / "sounds" / locale / "site", description.site_prompts.absolute() / locale)


def _link(place: Path, target: Path) -> None:
    if place.is_symlink() or place.exists():
        place.unlink()
    place.symlink_to(target)
