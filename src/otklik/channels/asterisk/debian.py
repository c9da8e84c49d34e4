"""Packages of another Debian suite, fetched and verified by apt in a private folder: nothing is installed, no
root.

apt is given a state of its own (an empty list of installed packages), one source, and the archive keyring;
the host's proxies and acquire options are taken over. `apt-get update` checks the signature of the suite,
`apt-get download` the hash of every package.
"""

import os
import re
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_SUITES = {
    "bullseye", "bookworm", "trixie", "forky", "duke", "sid",
    "oldoldstable", "oldstable", "stable", "testing", "unstable",
}  # fmt: skip
_ADDRESS = re.compile(r"^[a-z+-]+:")


class AptFailed(Exception):
    """apt could not do what was asked; `detail` holds its last lines."""

    def __init__(self, step: str, detail: str) -> None:
        super().__init__(f"{step}: {detail}")
        self.step = step
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Mirror:
    """Where packages come from."""

    address: str
    options: Mapping[str, str] = field(default_factory=dict)
    """Source options taken over from the host: only `check-valid-until` and `check-date`."""


@dataclass(frozen=True, slots=True)
class Package:
    """One package as the index of the suite lists it."""

    name: str
    version: str
    dependencies: tuple[str, ...]
    """Names only, each with its alternatives flattened, in the index's order."""
    sha256: str


def find_mirrors(folder: Path = Path("/etc/apt")) -> list[Mirror]:
    """Debian mirrors the host itself uses, likeliest first; no security archive, no third party, no
    duplicates.

    Reads sources.list, sources.list.d/*.list (one line each) and *.sources (deb822). A third party that names
    itself like Debian may still be listed: the signature check of `PrivateApt.update` finds it out.
    """
    found: dict[str, tuple[int, Mirror]] = {}
    files = [folder / "sources.list"]
    files += sorted((folder / "sources.list.d").glob("*.sources")) if folder.is_dir() else []
    files += sorted((folder / "sources.list.d").glob("*.list")) if folder.is_dir() else []
    for file in files:
        try:
            text = file.read_text("utf-8", "replace")
        except OSError:
            continue
        entries = _deb822(text) if file.suffix == ".sources" else _one_line(text)
        for address, suites, components, options in entries:
            if not _is_debian(address, suites, components):
                continue
            rank = 0 if "debian-archive" in options.get("signed-by", "") else 1
            rank += 0 if "debian.org" in address else 2
            kept = {
                key: value for key, value in options.items() if key in ("check-valid-until", "check-date")
            }
            address = address.rstrip("/")
            if address not in found or found[address][0] > rank:
                found[address] = (rank, Mirror(address, kept))
    return [mirror for _, mirror in sorted(found.values(), key=lambda pair: pair[0])]


def _is_debian(address: str, suites: Iterable[str], components: Iterable[str]) -> bool:
    if address.startswith("cdrom:") or "security" in address:
        return False
    names = {suite.split("/")[0] for suite in suites}
    if all(name.endswith("-security") for name in names):
        return False
    bases = {re.sub(r"-(updates|backports|proposed-updates)$", "", name) for name in names}
    return bool(bases & _SUITES) and "main" in components


Entry = tuple[str, list[str], list[str], dict[str, str]]


def _one_line(text: str) -> list[Entry]:
    entries: list[Entry] = []
    for line in text.splitlines():
        match = re.match(r"^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*([^#]*)", line)
        if match is None:
            continue
        options = dict(part.lower().split("=", 1) for part in (match[1] or "").split() if "=" in part)
        entries.append((match[2], [match[3]], match[4].split(), options))
    return entries


def _deb822(text: str) -> list[Entry]:
    entries: list[Entry] = []
    for stanza in re.split(r"\n\s*\n", text):
        fields: dict[str, str] = {}
        name = ""
        for line in stanza.splitlines():
            if line.startswith("#") or not line.strip():
                continue
            if line[0] in " \t":
                fields[name] = fields.get(name, "") + " " + line.strip()
            elif ":" in line:
                name, _, value = line.partition(":")
                name = name.strip().lower()
                fields[name] = value.strip()
        if (
            fields.get("enabled", "yes").lower() in ("no", "false")
            or "deb" not in fields.get("types", "").split()
        ):
            continue
        for address in fields.get("uris", "").split():
            if _ADDRESS.match(address):
                entries.append(
                    (address, fields.get("suites", "").split(), fields.get("components", "").split(), fields)
                )
    return entries


class PrivateApt:
    """apt with a state of its own in `folder`, looking at one suite of one mirror."""

    def __init__(self, folder: Path, *, mirror: Mirror, suite: str, keyring: Path) -> None:
        self._folder = folder
        for part in ("state/lists/partial", "cache/archives/partial", "packages"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        (folder / "state/status").touch()
        options = " ".join(f"{key}={value}" for key, value in mirror.options.items())
        (folder / "source.list").write_text(
            f"deb [arch=amd64 signed-by={keyring} {options}] {mirror.address} {suite} main\n", "utf-8"
        )
        (folder / "apt.conf").write_text(self._configuration(), "utf-8")
        self._environment = {
            **os.environ, "APT_CONFIG": str(folder / "apt.conf"), "LC_ALL": "C.UTF-8",
        }  # fmt: skip
        self._known: dict[str, Package] = {}

    def _configuration(self) -> str:
        # The host's own files are switched off (their hooks expect to be root); what they say about proxies,
        # time-outs and old mirrors is copied, since without it the mirror may not be reached at all.
        host = subprocess.run(
            ["apt-config", "dump"], capture_output=True, text=True, timeout=30, check=False
        ).stdout  # fmt: skip
        taken = [
            line for line in host.splitlines()
            if line.startswith("Acquire::")
            and not line.startswith(("Acquire::IndexTargets", "Acquire::Changelogs", "Acquire::Languages"))
        ]  # fmt: skip
        folder = self._folder
        return "\n".join([
            f'Dir::State "{folder}/state";',
            f'Dir::State::status "{folder}/state/status";',
            f'Dir::Cache "{folder}/cache";',
            f'Dir::Log "{folder}";',
            f'Dir::Etc::sourcelist "{folder}/source.list";',
            'Dir::Etc::sourceparts "/dev/null";',
            'Dir::Etc::main "/dev/null";',
            'Dir::Etc::parts "/dev/null";',
            'Dir::Etc::preferences "/dev/null";',
            'Dir::Etc::preferencesparts "/dev/null";',
            'APT::Architecture "amd64";',
            'APT::Architectures:: "amd64";',
            'APT::Sandbox::User "";',
            'Acquire::Languages "none";',
            'Acquire::Retries "3";',
            'Acquire::http::Timeout "30";',
            'Acquire::https::Timeout "30";',
            *taken,
            "",
        ])  # fmt: skip

    def update(self) -> None:
        """Fetch and verify the suite's index (about 10 MB)."""
        self._run("index", ["apt-get", "-qq", "update"], timeout=300)

    def find_packages(self, names: Iterable[str]) -> dict[str, Package]:
        """Those of the names that are real packages of the suite."""
        names = list(names)
        missing = [name for name in names if name not in self._known]
        if missing:
            answer = subprocess.run(
                ["apt-cache", "show", "--no-all-versions", *missing],
                capture_output=True, text=True, env=self._environment, timeout=60, check=False,
            ).stdout  # fmt: skip
            for stanza in answer.split("\n\n"):
                fields = dict(re.findall(r"^([A-Za-z0-9-]+): (.*)$", stanza, re.MULTILINE))
                if "Package" in fields:
                    self._known[fields["Package"]] = Package(
                        name=fields["Package"],
                        version=fields.get("Version", ""),
                        dependencies=_names(fields.get("Depends", "") + "," + fields.get("Pre-Depends", "")),
                        sha256=fields.get("SHA256", ""),
                    )
        return {name: self._known[name] for name in names if name in self._known}

    def download(self, names: Iterable[str], on_bytes: Callable[[int, int], None]) -> list[Path]:
        """Fetch packages and verify their hashes; `on_bytes(done, total)` is called while it runs."""
        names = list(names)
        listed = self._run("sizes", ["apt-get", "download", "--print-uris", *names], timeout=60)
        files = {
            match[1]: int(match[2]) for match in re.finditer(r"^'[^']+' (\S+) (\d+) ", listed, re.MULTILINE)
        }
        total = sum(files.values())
        into = self._folder / "packages"
        log = self._folder / "download.log"
        with log.open("wb") as output:
            child = subprocess.Popen(
                ["apt-get", "-qq", "download", *names],
                cwd=into, env=self._environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            )  # fmt: skip
            try:
                last_change, done = time.monotonic(), -1
                while child.poll() is None:
                    here = sum(file.stat().st_size for file in self._arriving(files, into))
                    if here != done:
                        done, last_change = here, time.monotonic()
                        on_bytes(min(done, total), total)
                    if time.monotonic() - last_change > 120:
                        raise AptFailed("download", "nothing arrived for two minutes")
                    time.sleep(0.1)
            finally:
                if child.poll() is None:
                    child.kill()
                    child.wait()
        if child.returncode != 0:
            raise AptFailed("download", _last_lines(log.read_text("utf-8", "replace")))
        on_bytes(total, total)
        return [into / name for name in files]

    def _arriving(self, files: Mapping[str, int], into: Path) -> list[Path]:
        folders = (into, into / "partial", self._folder / "cache/archives/partial")
        return [folder / name for name in files for folder in folders if (folder / name).is_file()]

    def _run(self, step: str, arguments: list[str], *, timeout: float) -> str:
        try:
            result = subprocess.run(
                arguments, capture_output=True, text=True, env=self._environment, cwd=self._folder,
                stdin=subprocess.DEVNULL, timeout=timeout, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise AptFailed(step, f"no answer within {timeout:.0f} s") from None
        if result.returncode != 0:
            raise AptFailed(step, _last_lines(result.stderr))
        return result.stdout


def unpack(package: Path, into: Path) -> None:
    """Lay out the files of one .deb in a folder."""
    into.mkdir(parents=True, exist_ok=True)
    result = subprocess.run(
        ["dpkg-deb", "-x", str(package), str(into)], capture_output=True, text=True, timeout=120, check=False
    )
    if result.returncode != 0:
        raise AptFailed("unpack", f"{package.name}: {_last_lines(result.stderr)}")


def _names(field: str) -> tuple[str, ...]:
    parts = re.split(r"[,|]", field)
    names = (re.sub(r"[\s(:].*$", "", part.strip()) for part in parts)
    return tuple(dict.fromkeys(name for name in names if name))


def _last_lines(text: str) -> str:
    return " / ".join(line.strip() for line in text.strip().splitlines()[-3:])
