"""What a private root must hold: modules, the libraries they ask for, and which package has each library.

Debian names a library's package after its SONAME (policy 8.1), so a guess among the dependencies of the
package that asks is right nearly always; where it is not, all dependencies of that package are looked
through. The answer is checked against the files, never trusted.
"""

import re
import shutil
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from otklik.channels.asterisk import debian
from otklik.channels.asterisk.elf import read_needs

TRIPLET = "x86_64-linux-gnu"
LOADER = "ld-linux-x86-64.so.2"
_DOCUMENTATION = "usr/share/asterisk"
# Libraries whose package is not named after them.
_STEMS = {
    "libc": "libc6", "libm": "libc6", "libdl": "libc6", "librt": "libc6", "libpthread": "libc6",
    "libutil": "libc6", "libresolv": "libc6", "libanl": "libc6", "ld-linux-x86-64": "libc6",
    "libz": "zlib1g", "libcrypto": "libssl", "libplc4": "libnspr4", "libplds4": "libnspr4",
    "libnssutil3": "libnss3", "libsmime3": "libnss3", "libexslt": "libxslt", "libtic": "libtinfo",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Gathered:
    """Packages that were fetched and are needed, and libraries that no package has (library → who asks)."""

    packages: tuple[debian.Package, ...]
    missing: Mapping[str, Sequence[str]]


def gather(
    apt: debian.PrivateApt, unpacked: Path, modules: Sequence[str], on_bytes: Callable[[int, int], None]
) -> Gathered:
    """Fetch asterisk, its modules and, round by round, the packages of the libraries still missing.

    Each package is laid out in a folder of its own below `unpacked`. Rounds are bounded by the depth of the
    libraries (three in practice, ten at most).
    """
    chosen: dict[str, debian.Package] = {}
    wanted = ["asterisk", "asterisk-modules"]
    searched: set[str] = set()
    missing: dict[str, list[str]] = {}
    for _ in range(10):
        new = apt.find_packages(name for name in wanted if name not in chosen)
        if not new:
            break
        for file in apt.download(new, on_bytes):
            debian.unpack(file, unpacked / file.name.partition("_")[0])
            file.unlink()
        chosen.update(new)
        _, missing = _resolve([unpacked / name for name in chosen], modules)
        if not missing:
            break
        wanted = _guess(missing, chosen, apt, searched)
    used, _ = _resolve([unpacked / name for name in chosen], modules)
    owners = {"asterisk", "asterisk-modules"} | {
        file.relative_to(unpacked).parts[0] for file in used.values()
    }
    return Gathered(tuple(package for name, package in chosen.items() if name in owners), missing)


def _guess(
    missing: Mapping[str, Sequence[str]],
    chosen: Mapping[str, debian.Package],
    apt: debian.PrivateApt,
    searched: set[str],
) -> list[str]:
    wanted: dict[str, None] = {}
    for library, askers in missing.items():
        owners = {asker.partition("/")[0] for asker in askers}
        dependencies = [name for owner in sorted(owners) for name in chosen[owner].dependencies]
        fitting = [name for name in dependencies if _is_named_after(name, library) and name not in chosen]
        if fitting:
            wanted.update(dict.fromkeys(fitting))
        else:
            for owner in owners - searched:
                searched.add(owner)
                wanted.update(dict.fromkeys(n for n in chosen[owner].dependencies if n.startswith("lib")))
    return list(apt.find_packages(wanted))


def _is_named_after(package: str, library: str) -> bool:
    stem, _, number = library.partition(".so")
    number = number.lstrip(".").partition(".")[0]
    known = _STEMS.get(stem)
    if (known is not None and known[-1].isdigit()) or known == "zlib1g":
        return package == known
    stem = (known or stem).lower().replace("_", "-")
    if not number:
        return package == stem
    joined = f"{stem}-{number}" if stem[-1].isdigit() else f"{stem}{number}"
    return re.fullmatch(rf"{re.escape(joined)}(t64|[.-][0-9.]+(t64)?)?", package) is not None or (
        stem[-1].isalpha() and re.fullmatch(rf"{re.escape(stem)}-{number}(t64)?", package) is not None
    )


def find_missing(root: Path, modules: Sequence[str]) -> dict[str, list[str]]:
    """Libraries and modules that a laid-out root lacks → who asks for them; empty = everything resolves
    inside."""
    _, missing = _resolve([root], modules)
    return missing


def _resolve(folders: Sequence[Path], modules: Sequence[str]) -> tuple[dict[str, Path], dict[str, list[str]]]:
    """Follow NEEDED from the program and the modules; (library → file, missing library → askers)."""
    places: dict[str, Path] = {}
    for folder in folders:
        for library_folder in (folder / "usr/lib" / TRIPLET, folder / "usr/lib"):
            if library_folder.is_dir():
                for file in library_folder.iterdir():
                    if ".so" in file.name:
                        places.setdefault(file.name, file)
    found: dict[str, Path] = {}
    missing: dict[str, list[str]] = {}
    queue: deque[Path] = deque()
    for start in ["usr/sbin/asterisk", *(f"usr/lib/{TRIPLET}/asterisk/modules/{name}" for name in modules)]:
        files = [folder / start for folder in folders if (folder / start).is_file()]
        if not files:
            missing.setdefault(start, []).append("asterisk/configuration")
        queue.extend(files[:1])
    while queue:
        asking = queue.popleft()
        needs = read_needs(asking)
        for library in needs.needed if needs else ():
            if library in found:
                continue
            place = places.get(library)
            if place is not None and place.exists():
                found[library] = place
                queue.append(place)
            else:
                owner = next(folder for folder in folders if asking.is_relative_to(folder))
                missing.setdefault(library, []).append(f"{owner.name}/{asking.name}")
    return found, missing


def lay_out(unpacked: Path, packages: Iterable[debian.Package], modules: Sequence[str], root: Path) -> None:
    """Copy what is needed, and nothing else, from the unpacked packages into a root.

    Of a library's package all libraries go along (NSS opens its soft token by name at run time), but no
    sub-folder (character sets, engines), no documentation and no program.
    """
    libraries = root / "usr/lib" / TRIPLET
    (libraries / "asterisk/modules").mkdir(parents=True)
    (root / "usr/sbin").mkdir(parents=True)
    for package in packages:
        source = unpacked / package.name
        for folder in (source / "usr/lib" / TRIPLET, source / "usr/lib"):
            if folder.is_dir():
                for file in folder.iterdir():
                    if re.search(r"\.(so|chk)(\.|$)", file.name) and (file.is_file() or file.is_symlink()):
                        shutil.copy2(file, libraries / file.name, follow_symlinks=False)
    shutil.copy2(unpacked / "asterisk/usr/sbin/asterisk", root / "usr/sbin/asterisk")
    for name in modules:
        shutil.copy2(
            unpacked / "asterisk-modules/usr/lib" / TRIPLET / "asterisk/modules" / name,
            libraries / "asterisk/modules" / name,
        )
    # Asterisk refuses to start without its documentation (Stasis reads its own types from it).
    for part in ("documentation", "rest-api"):
        for package in packages:
            folder = unpacked / package.name / _DOCUMENTATION / part
            if folder.is_dir():
                shutil.copytree(folder, root / _DOCUMENTATION / part, dirs_exist_ok=True)
