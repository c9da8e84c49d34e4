"""A private Asterisk without root: found in the cache, or fetched from a Debian suite and verified.

Order: `OTKLIK_ASTERISK_ROOT` (a ready root; the empty string means the system's own Asterisk) → cache → the
suites in order. What a root must hold is not a list in this file but computed: the modules named in
templates/asterisk/modules.conf, and every shared library that they, the program and those libraries ask for.
All must resolve inside the root; a miss is named. A finished root is moved into the cache in one rename under
a file lock, so two first starts do not collide and a start that was killed leaves nothing half done.
"""

import fcntl
import hashlib
import os
import platform
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import msgspec

from otklik.channels.asterisk import closure, debian

SUITES = ("forky", "sid")
MINIMUM_OWN = (22, 5)
"""Below this an Asterisk brought by the user lacks REST over the WebSocket."""
_PINNED = (22, 10, 1)

Progress = Callable[[str, Mapping[str, str | int]], None]
"""Called with a step (`waiting`, `index`, `download`, `unpack`, `verify`, `ready`) and its facts (`suite`,
`mirror`, `done_bytes`, `total_bytes`, `version`)."""


class AsteriskUnavailable(Exception):
    """No usable Asterisk. `code` is closed: `wrong_machine`, `no_apt`, `no_mirror`, `no_keyring`, `no_suite`,
    `libraries_missing`, `modules_missing`, `version_refused`, `root_broken`; `facts` name what and where."""

    def __init__(self, code: str, **facts: str) -> None:
        super().__init__(code + "".join(f" {key}={value}" for key, value in facts.items()))
        self.code = code
        self.facts = facts


@dataclass(frozen=True, slots=True, kw_only=True)
class AsteriskRoot:
    """An Asterisk that can be started."""

    folder: Path | None
    """Where the packages were laid out; none = the system's own."""
    version: str
    is_pinned: bool
    """False: newer (or, brought by the user, older) than the tested line; accept it only if the self-test
    passes."""
    source: str
    """`cache`, the suite's name, `given` or `system`."""

    @property
    def library_folder(self) -> Path:
        return (self.folder or Path("/")) / "usr/lib" / closure.TRIPLET

    @property
    def module_folder(self) -> Path:
        return self.library_folder / "asterisk/modules"

    def command(self, arguments: Sequence[str]) -> list[str]:
        """How to run the program: a private root brings its own loader and looks at no library of the host's
        cache."""
        if self.folder is None:
            return [shutil.which("asterisk") or "/usr/sbin/asterisk", *arguments]
        program = str(self.folder / "usr/sbin/asterisk")
        loader = str(self.library_folder / closure.LOADER)
        paths = f"{self.library_folder}:{self.folder}/usr/lib"
        return [
            loader,
            "--inhibit-cache",
            "--library-path",
            paths,
            "--argv0",
            "asterisk",
            program,
            *arguments,
        ]


def provide_asterisk(
    *,
    cache: Path | None = None,
    suites: Sequence[str] = SUITES,
    environment: Mapping[str, str] = os.environ,
    progress: Progress = lambda _step, _facts: None,
) -> AsteriskRoot:
    """A usable Asterisk, from the cheapest place that has one. Takes 0.1 s from the cache, 10-30 s from a
    mirror.

    Refuses AsteriskUnavailable; `facts["tries"]` then tells what happened in each suite.
    """
    given = environment.get("OTKLIK_ASTERISK_ROOT")
    if given is not None:
        return _given(given)
    cache = cache or cache_folder(environment)
    modules = needed_modules()
    found = find_cached(cache, modules)
    if found is None:
        _check_machine()
        with _lock(cache, progress):
            # Another start may have fetched it while this one waited.
            found = find_cached(cache, modules) or _fetch(cache, modules, suites, environment, progress)
    progress("ready", {"version": found.version, "source": found.source})
    return found


def cache_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """`$XDG_CACHE_HOME/otklik`, by default ~/.cache/otklik."""
    base = environment.get("XDG_CACHE_HOME", "")
    return (Path(base) if base.startswith("/") else Path.home() / ".cache") / "otklik"


def needed_modules() -> tuple[str, ...]:
    """Names of the modules that our configuration loads."""
    text = (resources.files("otklik") / "templates/asterisk/modules.conf").read_text("utf-8")
    return tuple(re.findall(r"^\s*(?:pre)?load\s*=>?\s*(\S+\.so)", text, re.MULTILINE))


def parse_version(text: str) -> tuple[int, ...]:
    """`1:22.10.1+dfsg+~cs6…-1` or `Asterisk 22.10.1~dfsg…` → (22, 10, 1); empty if there is none."""
    match = re.search(r"(?:^|[:\s/-])(\d+)\.(\d+)(?:\.(\d+))?", text)
    return tuple(int(part) for part in match.groups() if part is not None) if match else ()


def judge(version: tuple[int, ...]) -> bool | None:
    """True: the tested line (22.10 from .1 on); False: a later 22.x, to be self-tested; none: refused."""
    if version[:2] == _PINNED[:2] and version >= _PINNED:
        return True
    if version[:1] == _PINNED[:1] and version[1:2] > _PINNED[1:2]:
        return False
    return None


def find_cached(cache: Path, modules: Sequence[str]) -> AsteriskRoot | None:
    """The best root of the cache that is whole and has all modules: the tested line first, then the
    newest."""
    candidates = []
    for file in (cache / "asterisk").glob("*/root.json"):
        try:
            manifest = msgspec.json.decode(file.read_bytes(), type=_Manifest)
        except (OSError, msgspec.DecodeError):
            continue
        version = parse_version(manifest.version)
        verdict = judge(version)
        if verdict is not None:
            candidates.append((verdict, version, file.parent / "root", manifest))
    for verdict, _, root, manifest in sorted(candidates, key=lambda entry: entry[:2], reverse=True):
        if _is_whole(root, manifest) and not closure.find_missing(root, modules):
            return AsteriskRoot(folder=root, version=manifest.version, is_pinned=verdict, source="cache")
    return None


class _Manifest(msgspec.Struct, frozen=True, kw_only=True):
    version: str
    suite: str
    mirror: str
    packages: dict[str, str]
    """Package → version."""
    sizes: dict[str, int]
    """File below root → bytes; a shorter file means a damaged cache."""


def _is_whole(root: Path, manifest: _Manifest) -> bool:
    try:
        return all((root / name).stat().st_size == size for name, size in manifest.sizes.items())
    except OSError:
        return False


def _given(path: str) -> AsteriskRoot:
    """The root or the system's Asterisk that the administrator named: from 22.5 on, with every module we
    load."""
    root = AsteriskRoot(
        folder=Path(path).resolve() if path else None, version="", is_pinned=False,
        source="given" if path else "system",
    )  # fmt: skip
    missing = [name for name in needed_modules() if not (root.module_folder / name).is_file()]
    if missing:
        raise AsteriskUnavailable("modules_missing", where=str(root.module_folder), missing=" ".join(missing))
    if root.folder is not None:
        lost = closure.find_missing(root.folder, needed_modules())
        if lost:
            raise AsteriskUnavailable("libraries_missing", where=path, missing=_spell(lost))
    version = _ask_version(root)
    number = parse_version(version)
    if number[:1] != (22,) or number < MINIMUM_OWN:
        raise AsteriskUnavailable("version_refused", where=path or "system", version=version)
    return AsteriskRoot(
        folder=root.folder, version=version, is_pinned=judge(number) is True, source=root.source
    )


def _ask_version(root: AsteriskRoot) -> str:
    """Run `asterisk -V`: also the proof that the loader finds everything."""
    try:
        result = subprocess.run(
            root.command(["-V"]),
            capture_output=True, text=True, timeout=30, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except OSError as trouble:
        raise AsteriskUnavailable(
            "root_broken", where=str(root.folder or "system"), detail=str(trouble)
        ) from None
    version = result.stdout.strip().removeprefix("Asterisk ")
    if result.returncode != 0 or not version:
        raise AsteriskUnavailable(
            "root_broken", where=str(root.folder or "system"), detail=result.stderr.strip()[-300:]
        )
    return version


def _check_machine() -> None:
    if platform.machine() not in ("x86_64", "AMD64") or platform.system() != "Linux":
        raise AsteriskUnavailable("wrong_machine", machine=f"{platform.system()} {platform.machine()}")
    absent = [
        name for name in ("apt-get", "apt-cache", "apt-config", "dpkg-deb") if shutil.which(name) is None
    ]
    if absent:
        raise AsteriskUnavailable("no_apt", missing=" ".join(absent))


@contextmanager
def _lock(cache: Path, progress: Progress) -> Iterator[None]:
    folder = cache / "asterisk"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as file:
        told = False
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not told:
                    progress("waiting", {})
                    told = True
                time.sleep(0.2)
        for leftover in folder.glob(".new-*"):
            shutil.rmtree(leftover, ignore_errors=True)  # of a start that was killed; we hold the lock
        yield


def _fetch(
    cache: Path,
    modules: Sequence[str],
    suites: Sequence[str],
    environment: Mapping[str, str],
    progress: Progress,
) -> AsteriskRoot:
    address = environment.get("OTKLIK_DEBIAN_MIRROR")
    mirrors = [debian.Mirror(address)] if address else debian.find_mirrors()
    if not mirrors:
        raise AsteriskUnavailable("no_mirror", fix="OTKLIK_DEBIAN_MIRROR")
    keyring = Path(environment.get("OTKLIK_DEBIAN_KEYRING") or debian.KEYRING)
    if not keyring.is_file():
        raise AsteriskUnavailable("no_keyring", where=str(keyring), fix="OTKLIK_DEBIAN_KEYRING")
    tries: list[str] = []
    last: AsteriskUnavailable | None = None
    for suite in suites:
        for mirror in mirrors:
            work = Path(tempfile.mkdtemp(prefix=".new-", dir=cache / "asterisk"))
            try:
                return _fetch_from(work, mirror, suite, keyring, modules, progress)
            except debian.AptFailed as failure:
                tries.append(f"{suite} of {mirror.address}: {failure}")
            except AsteriskUnavailable as failure:
                tries.append(f"{suite} of {mirror.address}: {failure}")
                last = failure
            finally:
                shutil.rmtree(work, ignore_errors=True)
    code, facts = (last.code, last.facts) if last else ("no_suite", {})
    raise AsteriskUnavailable(code, **{**facts, "tries": "; ".join(tries)})


def _fetch_from(
    work: Path, mirror: debian.Mirror, suite: str, keyring: Path, modules: Sequence[str], progress: Progress
) -> AsteriskRoot:
    progress("index", {"suite": suite, "mirror": mirror.address})
    apt = debian.PrivateApt(work / "apt", mirror=mirror, suite=suite, keyring=keyring)
    apt.update()
    offered = apt.find_packages(["asterisk"]).get("asterisk")
    verdict = judge(parse_version(offered.version)) if offered else None
    if offered is None or verdict is None:
        raise AsteriskUnavailable(
            "version_refused", where=suite, version=offered.version if offered else "none"
        )

    def on_bytes(done: int, total: int) -> None:
        progress("download", {"suite": suite, "done_bytes": done, "total_bytes": total})

    gathered = closure.gather(apt, work / "unpacked", modules, on_bytes)
    if gathered.missing:
        raise AsteriskUnavailable("libraries_missing", where=suite, missing=_spell(gathered.missing))
    progress("unpack", {"suite": suite})
    root = work / "result/root"
    closure.lay_out(work / "unpacked", gathered.packages, modules, root)
    progress("verify", {"suite": suite})
    lost = closure.find_missing(root, modules)
    if lost:
        raise AsteriskUnavailable("libraries_missing", where=suite, missing=_spell(lost))
    version = _ask_version(AsteriskRoot(folder=root, version="", is_pinned=verdict, source=suite))
    manifest = _Manifest(
        version=version, suite=suite, mirror=mirror.address,
        packages={package.name: package.version for package in gathered.packages},
        sizes={
            str(file.relative_to(root)): file.stat().st_size
            for file in sorted(root.rglob("*")) if file.is_file() and not file.is_symlink()
        },
    )  # fmt: skip
    (work / "result/root.json").write_bytes(msgspec.json.format(msgspec.json.encode(manifest)))
    stamp = hashlib.sha256(
        "\n".join(sorted(package.sha256 for package in gathered.packages) + sorted(modules)).encode()
    ).hexdigest()[:12]
    number = ".".join(str(part) for part in parse_version(version))
    final = work.parent / f"{number}-{stamp}"
    if final.exists():
        shutil.rmtree(final)  # damaged, or it would have been found in the cache
    (work / "result").rename(final)
    return AsteriskRoot(folder=final / "root", version=version, is_pinned=verdict, source=suite)


def _spell(missing: Mapping[str, Sequence[str]]) -> str:
    return ", ".join(f"{name} (for {' '.join(askers[:3])})" for name, askers in missing.items())
