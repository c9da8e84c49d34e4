"""What is committed: links lead somewhere, languages are complete, nothing names a workplace or a secret."""

import json
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

pytestmark = pytest.mark.fast

ROOT = Path(__file__).parents[2]
TEXTS = ROOT / "src" / "otklik" / "templates" / "texts"
PLURALS = re.compile(r"_(zero|one|two|few|many|other)$")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")

# Put together here, so that this file does not hold what it looks for.
UNWANTED = {
    "a package registry's host": re.compile(
        "|".join(
            [r"pypi\.(org|python)", r"pythonhosted", r"registry\.npmjs", r"deb\.debian\.org", r"yarnpkg\.com"]
        )
    ),
    "a path of one machine": re.compile(r"(?<![\w.])/(work|root|opt/wheels|opt/pypi)/[\w.]"),
    "a private key": re.compile("-----BEGIN (RSA |EC |OPENSSH )?" + "PRIVATE KEY-----"),
    "a cloud's key": re.compile(r"\bAKIA[0-9A-Z]{16}\b"),
    "a token of a code forge": re.compile(r"\bgh[pousr]_[A-Za-z0-9]{30,}\b"),
}


def committed() -> list[Path]:
    """Files that git keeps or would keep, less what is binary."""
    said = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    return [path for name in said.stdout.decode().split("\0") if name and is_text(path := ROOT / name)]


def is_text(path: Path) -> bool:
    """True for a file without a zero byte at its start."""
    return path.is_file() and b"\0" not in path.read_bytes()[:4096]


def test_nothing_names_a_registry_a_machine_or_a_secret():
    found = [
        f"{path.relative_to(ROOT)}: {what}: {match[0]}"
        for path in committed()
        if path != Path(__file__)
        for what, pattern in UNWANTED.items()
        for match in [pattern.search(path.read_text("utf-8", "replace"))]
        if match
    ]

    assert found == []


def test_locks_hold_hashes_for_every_package():
    for lock in (ROOT / "requirements").glob("*.lock"):
        text = lock.read_text().replace("\\\n", " ")
        for line in text.splitlines():
            if line and not line.startswith("#"):
                assert re.match(r"^[a-z0-9.-]+==\S+ .*--hash=sha256:", line), f"{lock.name}: {line[:60]}"


def test_locks_fit_what_the_package_asks_for():
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pinned = {
        lock.stem: set(re.findall(r"(?m)^([a-z0-9.-]+)==", lock.read_text()))
        for lock in (ROOT / "requirements").glob("*.lock")
    }
    runtime = {re.split(r"[\[=<>~! ]", line)[0].lower() for line in asked["dependencies"]}
    development = {re.split(r"[\[=<>~! ]", line)[0].lower() for line in asked["optional-dependencies"]["dev"]}

    assert runtime <= pinned["runtime"]
    assert runtime | development <= pinned["development"]
    assert pinned["runtime"] <= pinned["development"]


def test_lock_of_the_web_ui_is_whole_and_names_no_address():
    packages = json.loads((ROOT / "web" / "package-lock.json").read_text())["packages"]

    for place, package in packages.items():
        assert not package.get("resolved", "").startswith("http"), place
        # npm leaves out what its registry lacks for other systems, and `npm ci` then refuses the file.
        for name in package.get("optionalDependencies", {}):
            nested = f"{place}/node_modules/{name}"
            assert f"node_modules/{name}" in packages or nested in packages, f"{place} misses {name}"


def test_links_in_documents_lead_somewhere():
    broken = []
    for path in committed():
        if path.suffix != ".md":
            continue
        for target in LINK.findall(re.sub(r"```.*?```", "", path.read_text(), flags=re.S)):
            if re.match(r"[a-z]+:", target):
                continue
            file, _, anchor = target.partition("#")
            place = (path.parent / file).resolve() if file else path
            if not place.exists():
                broken.append(f"{path.relative_to(ROOT)}: {target}")
            elif anchor and place.suffix == ".md" and anchor not in anchors(place.read_text()):
                broken.append(f"{path.relative_to(ROOT)}: {target}: no such heading")

    assert broken == []


def anchors(text: str) -> set[str]:
    """Headings as they are linked to."""
    found = re.findall(r"(?m)^#+\s+(.+?)\s*$", text)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


def test_command_line_says_the_same_in_both_languages():
    russian, english = (
        dict(leaves(tomllib.loads((TEXTS / f"{name}.toml").read_text()))) for name in ("ru", "en")
    )

    assert russian.keys() == english.keys()
    for key, words in english.items():
        assert fields(words) == fields(russian[key]), key


def test_web_ui_says_the_same_in_both_languages():
    folder = ROOT / "web" / "src" / "i18n"
    if not folder.exists():
        pytest.skip("there is no web/ here")
    russian, english = web_texts(folder / "ru"), web_texts(folder / "en")

    assert {PLURALS.sub("", key) for key in russian} == {PLURALS.sub("", key) for key in english}
    for key, words in english.items():
        if not PLURALS.search(key):
            assert placeholders(words) == placeholders(russian[key]), key
    plural = {PLURALS.sub("", key) for key in russian if PLURALS.search(key)}
    for stem in plural:
        assert {f"{stem}_{form}" for form in ("one", "few", "many", "other")} <= russian.keys(), stem
        assert {f"{stem}_{form}" for form in ("one", "other")} <= english.keys(), stem


def web_texts(folder: Path) -> dict[str, str]:
    """All texts of a language of the web UI, by file and key."""
    files = sorted(folder.glob("*.json"))
    assert files, f"no texts in {folder}"
    return {
        f"{file.stem}.{key}": words for file in files for key, words in leaves(json.loads(file.read_text()))
    }


def leaves(tree: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a tree with its full key."""
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def fields(words: str) -> set[str]:
    """Names of the facts that a text is filled with."""
    return {name for _, name, _, _ in Formatter().parse(words) if name}


def placeholders(words: str) -> set[str]:
    """The same for a text of the web UI."""
    return set(re.findall(r"\{\{\s*([\w.]+)", words))
