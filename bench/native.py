"""The peer of `calls.py`: the same Asterisk with its own queue application, nothing of ours in the way.

Everything that is not the subject is the same on both sides: the program, the modules (and `app_queue`), the
templates of the configuration, the rules for a trunk and a phone, answering without waiting for audio, music
while a caller waits, the way of recording. The differences are the subject: `Queue()` decides here, Otklik
there.
"""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from otklik.channels.asterisk import closure, debian
from otklik.channels.asterisk.install import (
    SUITES,
    AsteriskRoot,
    AsteriskUnavailable,
    cache_folder,
    find_cached,
    judge,
    needed_modules,
    parse_version,
)
from otklik.channels.asterisk.instance import InstanceDescription, write_instance

FURTHER_MODULES = ("app_queue.so", "app_senddtmf.so")
RECORDING_MODULES = ("cdr_csv.so", "res_cdrel_custom.so", "cel_custom.so")
"""They write call records and channel events, where they are asked to."""

_CEL_FIELDS = (
    "eventtype", "eventtime", "CALLERID(name)", "CALLERID(num)", "CALLERID(ANI)", "CALLERID(RDNIS)",
    "CALLERID(DNID)", "CHANNEL(exten)", "CHANNEL(context)", "CHANNEL(channame)", "CHANNEL(appname)",
    "CHANNEL(appdata)", "CHANNEL(amaflags)", "CHANNEL(accountcode)", "CHANNEL(uniqueid)", "CHANNEL(linkedid)",
    "BRIDGEPEER", "CHANNEL(userfield)", "userdeftype", "eventextra",
)  # fmt: skip
RECORDS = {
    "cdr.conf": "[general]\nenable = yes\nunanswered = yes\n"
    "[csv]\nusegmtime = yes\nloguniqueid = yes\nloguserfield = yes\nnewcdrcolumns = yes\n",
    "cel.conf": "[general]\nenable = yes\napps = queue,dial\nevents = ALL\n",
    "cel_custom.conf": "[mappings]\nMaster.csv => "
    + ",".join(f"${{CSV_QUOTE(${{{name}}})}}" for name in _CEL_FIELDS)
    + "\n",
}
"""Configuration of call records and of channel events by the usual template."""

Phones = Sequence[tuple[str, str]]
"""Login and secret of each agent's phone."""

_EXTENSIONS = """
[general]
static = yes
writeprotect = yes
autofallthrough = yes

[from-trunk]
; 5000 is not recorded, 5001 is: as Otklik's dialplan does it.
exten => 5000,1,Answer(,i)
 same => n,Queue(bench,t,,,60)
 same => n,Hangup()
exten => 5001,1,MixMonitor({spool}/${{UNIQUEID}}.raw,D)
 same => n,Answer(,i)
 same => n,Queue(bench,t,,,60)
 same => n,Hangup()
"""

_QUEUES = """
[general]
persistentmembers = no
autofill = yes
monitor-type = MixMonitor
shared_lastcall = no
log_membername_as_agent = no

[bench]
; Longest idle first, no wrap-up, one call at a time: what Otklik's queue does.
strategy = leastrecent
ringinuse = no
timeout = 20
retry = 1
wrapuptime = 0
musicclass = default
announce-position = no
joinempty = yes
"""

_PJSIP = """
[trunk]
type = endpoint
context = from-trunk
identify_by = ip
aors = trunk
disallow = all
allow = alaw,ulaw
direct_media = no
allow_transfer = no
allow_subscribe = no
send_pai = yes
trust_id_inbound = no
rtp_symmetric = yes
force_rport = yes
rewrite_contact = yes
timers = yes
timers_sess_expires = 600
rtp_timeout = 600
rtp_timeout_hold = 3600

[trunk]
type = aor
contact = sip:{trunk}
qualify_frequency = 20
qualify_timeout = 4.0

[trunk]
type = identify
endpoint = trunk
match = {trunk}
"""

_PHONE = """
[{login}]
type = endpoint
context = agents
identify_by = username
auth = {login}
aors = {login}
disallow = all
allow = alaw
direct_media = no
allow_transfer = no
allow_subscribe = no
rewrite_contact = yes
rtp_symmetric = yes
force_rport = yes
rtp_timeout = 15
rtp_timeout_hold = 300
timers = yes

[{login}]
type = auth
auth_type = digest
username = {login}
password = {secret}

[{login}]
type = aor
max_contacts = 1
remove_existing = yes
minimum_expiration = 30
default_expiration = 300
qualify_frequency = 15
qualify_timeout = 4.0
"""


def provide_root(environment: Mapping[str, str] = os.environ) -> AsteriskRoot:
    """An Asterisk as Otklik fetches it, with `app_queue` beside; fetched once, then from the cache."""
    modules = (*needed_modules(), *FURTHER_MODULES, *RECORDING_MODULES)
    cache = cache_folder(environment) / "bench"
    kept = cache / "asterisk"
    if not (kept / "complete").exists() or closure.find_missing(kept, modules):
        _fetch(cache, kept, modules, environment)
    version = _ask_version(kept)
    return AsteriskRoot(folder=kept, version=version, is_pinned=True, source="cache")


def _fetch(cache: Path, kept: Path, modules: Sequence[str], environment: Mapping[str, str]) -> None:
    """The same suites and mirrors as the product's own copy."""
    cache.mkdir(parents=True, exist_ok=True)
    given = environment.get("OTKLIK_DEBIAN_MIRROR")
    mirrors = [debian.Mirror(given)] if given else debian.find_mirrors()
    keyring = Path(environment.get("OTKLIK_DEBIAN_KEYRING") or debian.KEYRING)
    print("fetching Asterisk with its queue application", flush=True)
    for suite in SUITES:
        for mirror in mirrors:
            with tempfile.TemporaryDirectory(dir=cache) as folder:
                work = Path(folder)
                apt = debian.PrivateApt(work / "apt", mirror=mirror, suite=suite, keyring=keyring)
                try:
                    apt.update()
                except debian.AptFailed:
                    continue
                offered = apt.find_packages(["asterisk"]).get("asterisk")
                if offered is None or judge(parse_version(offered.version)) is None:
                    continue
                gathered = closure.gather(apt, work / "unpacked", modules, lambda *_: None)
                if gathered.missing:
                    continue
                closure.lay_out(work / "unpacked", gathered.packages, modules, work / "root")
                (work / "root/complete").touch()
                shutil.rmtree(kept, ignore_errors=True)
                (work / "root").rename(kept)
                return
    raise AsteriskUnavailable("no_suite", fix="OTKLIK_DEBIAN_MIRROR")


def _ask_version(folder: Path) -> str:
    root = AsteriskRoot(folder=folder, version="", is_pinned=True, source="cache")
    found = subprocess.run(root.command(["-V"]), capture_output=True, text=True, check=True, timeout=30)
    return found.stdout.strip().removeprefix("Asterisk ")


def is_same_program(root: AsteriskRoot) -> bool:
    """True if Otklik's own copy in the cache is the same program byte for byte."""
    own = find_cached(cache_folder(), needed_modules())
    if own is None or own.folder is None or root.folder is None:
        return False
    return (own.folder / "usr/sbin/asterisk").read_bytes() == (root.folder / "usr/sbin/asterisk").read_bytes()


class NativeQueue:
    """An Asterisk whose dialplan answers and calls `Queue()`.

    files: of its configuration, in place of those that the benchmark writes; with `RECORDS` among them it
    writes call records and channel events beside the log of its queues.
    """

    def __init__(
        self,
        folder: Path,
        root: AsteriskRoot,
        *,
        host: str,
        port: int,
        ari_port: int,
        rtp: tuple[int, int],
        files: Mapping[str, str] | None = None,
    ) -> None:
        self._root = root
        self._files = files or {}
        self.host, self.port = host, port
        self._description = InstanceDescription(
            folder=folder,
            ari_port=ari_port,
            ari_password="bench",
            sip_port=port,
            sip_address=host,
            rtp_first=rtp[0],
            rtp_last=rtp[1],
        )
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def spool(self) -> Path:
        return self._description.spool_folder

    @property
    def log(self) -> Path:
        """What its queues write."""
        return self._description.folder / "log/queue_log"

    @property
    def call_records(self) -> Path:
        """What `cdr_csv` writes; times in UTC."""
        return self._description.folder / "log/cdr-csv/Master.csv"

    @property
    def channel_events(self) -> Path:
        """What `cel_custom` writes by its usual template; times as seconds."""
        return self._description.folder / "log/cel-custom/Master.csv"

    def start(self, phones: Phones = (), trunk: str = "127.0.0.1") -> None:
        """Writes the configuration and waits until the queues can be asked."""
        description = self._description
        launch = write_instance(description, self._root)
        etc = description.folder / "etc"
        modules = etc / "modules.conf"
        further = "".join(f"load = {name}\n" for name in FURTHER_MODULES)
        if RECORDS.keys() <= self._files.keys():
            further += "".join(f"load = {name}\n" for name in RECORDING_MODULES)
            for file in (self.call_records, self.channel_events):
                file.parent.mkdir(parents=True, exist_ok=True)
        modules.write_text(modules.read_text() + further)
        # The same transports; objects from this file instead of from memory.
        (etc / "sorcery.conf").write_text("")
        pjsip = (etc / "pjsip.conf").read_text() + _PJSIP.format(trunk=trunk)
        pjsip += "".join(_PHONE.format(login=login, secret=secret) for login, secret in phones)
        (etc / "pjsip.conf").write_text(pjsip)
        (etc / "extensions.conf").write_text(_EXTENSIONS.format(spool=description.spool_folder))
        members = "".join(f"member => PJSIP/{login}\n" for login, _ in phones)
        (etc / "queues.conf").write_text(_QUEUES + members)
        (etc / "queuerules.conf").write_text("")
        for name, text in self._files.items():
            (etc / name).write_text(text)
        with (description.folder / "console.log").open("wb") as log:
            self.process = subprocess.Popen(
                launch.arguments,
                env=launch.environment,
                umask=launch.umask,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        for _ in range(200):
            if " strategy (" in self.command("queue show"):
                return
            time.sleep(0.1)
        raise RuntimeError(f"Asterisk did not start: {description.folder / 'console.log'}")

    def command(self, words: str) -> str:
        """What `asterisk -rx` says."""
        etc = (self._description.folder / "etc/asterisk.conf").absolute()
        asked = subprocess.run(
            self._root.command(["-C", str(etc), "-rx", words]),
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        return asked.stdout

    def reachable(self) -> int:
        """How many phones can be rung."""
        return self.command("pjsip show contacts").count(" Avail ")

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(8)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
