"""The gate: what must hold before a change lands, and its quick part.

Every check counts as one in the closing line, as does every test of pytest and of vitest; skips are listed.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from xml.etree import ElementTree

import machine
from environment import BIN, ROOT, call

SHOWN_CHARACTERS = 12_000
COMPUTING_NICE = 19
"""So that what listens to real calls gets its moment of the processor, and the twin that a page waits for: it
stands back itself."""
TRIES = 3


@dataclass(slots=True)
class Count:
    """What came out of one step or of all."""

    passed: int = 0
    failed: int = 0
    skipped: list[str] = field(default_factory=list)

    def add(self, other: "Count") -> None:
        """Add what came out of a step."""
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped


NICE = ("nice", "-n", str(COMPUTING_NICE))
PRINTING = threading.Lock()
INSTALLING = threading.Lock()
WEB_SCRIPTS = ("typecheck", "lint", "i18n", "budget")


def check() -> int:
    """Format, lint, types, floors, fast tests, and the web UI's own checks."""
    total = run_together([*python_checks(), *web_checks(), fast_tests])
    return close(total)


def test(words: list[str]) -> int:
    """Everything. Words are handed to pytest, to run a part by hand."""
    missing = machine.install_missing()
    total = Count()
    for part in sorted(machine.required_parts() & set(missing)):
        print(f"FAILED: OTKLIK_REQUIRE names {part}, and it is not here")
        total.failed += 1
    total.add(pytest("tests", words) if words else everything())
    return close(total)


@dataclass(slots=True, frozen=True)
class Part:
    """Some of the tests: by marker and place. key: where pytest remembers which of them failed."""

    name: str
    key: str
    words: tuple[str, ...]


CENTRE = Part("calls to a whole centre", "centre", ("-m", "asterisk", "tests/whole"))
BROWSER = Part("tests in the browser", "browser", ("-m", "browser"))
ASTERISK = Part("calls to Asterisk alone", "asterisk", ("-m", "asterisk", "--ignore=tests/whole"))
COMPUTING = "not (asterisk or browser or fast)"
WAITING = ("tests/rooms/operations", "tests/asterisk")
"""Where long tests start and stop whole centres, or wait for what takes minutes: they compute little."""
AT_LAST = "--timeout=600"
"""They compute for long, and behind all others: only one that stands still is to be stopped."""
STARTING = Part("long tests that wait", "starting", ("-m", COMPUTING, AT_LAST, *WAITING))
LONG = Part("long tests", "long", ("-m", COMPUTING, AT_LAST, *(f"--ignore={place}" for place in WAITING)))
FAST = Part("fast tests", "fast", ("-m", "fast"))


def everything() -> Count:
    """What computes beside what listens, which waits for real time most of the time.

    Tests that hear real calls, and those that start processes, may fail because the machine was busy with
    something else: they get two more tries, alone, and it is said aloud. The fast ones never fail by chance:
    they get none.
    """
    total = Count()
    with ThreadPoolExecutor(max_workers=3) as pool:
        calling = pool.submit(lambda: (part_of_tests(CENTRE), part_of_tests(STARTING)))
        computing = pool.submit(lambda: (computed(LONG), computed(FAST)))
        # The browser's tests begin when the checks are done: they install what it needs.
        checking = pool.submit(one_by_one, [*python_checks(), *web_checks()])
        total.add(checking.result())
        counts = {BROWSER: part_of_tests(BROWSER), ASTERISK: part_of_tests(ASTERISK)}
        counts[CENTRE], counts[STARTING] = calling.result()
        counts[LONG], fast = computing.result()
        total.add(fast)
    for part, count in counts.items():
        for attempt in range(2, TRIES + 1):
            if count.failed:
                again = part_of_tests(part, "--last-failed", "--last-failed-no-failures=none", is_quiet=False)
                steady = min(again.passed, count.failed)
                if steady:
                    print(f"UNSTEADY: {steady} passed only at try {attempt}; see the first one", flush=True)
                count.failed -= steady
                count.passed += steady
        total.add(count)
    return total


def part_of_tests(part: Part, *words: str, is_nice: bool = False, is_quiet: bool = True) -> Count:
    """One part; what failed is remembered for it alone, and its slowest are named."""
    own = ("-o", f"cache_dir=.pytest_cache/{part.key}", "--durations=8", "--durations-min=10")
    return pytest(part.name, [*own, *part.words, *words], is_nice=is_nice, is_quiet=is_quiet)


def computed(part: Part) -> Count:
    """A part that stands back behind what listens."""
    return part_of_tests(part, is_nice=True)


def soak(words: list[str]) -> int:
    """The tests marked long, at full length; what they did goes to docs/soak/report.md."""
    machine.install_missing()
    environment = {**os.environ, "OTKLIK_SOAK": "1"}
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "soak.xml")
        # No limit for one test here: each has its own end.
        total = pytest("soak", ["-m", "long", "--timeout=0", *words], environment, report=report)
        if report.exists():
            write_soak_report(report, time.monotonic() - began)
    total.add(one("branches of the engine", [str(BIN / "python"), "tools/branches.py"]))
    return close(total)


def write_soak_report(report: Path, seconds: float) -> None:
    """A table of the long tests, with what each says of itself (`record_property`)."""
    version = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    lines = [
        "# The last soak",
        "",
        "Made by `make soak`; do not edit.",
        "",
        f"Version {version.stdout.strip()}, {time.strftime('%Y-%m-%d', time.gmtime())}, "
        f"{os.cpu_count()} cores, {seconds / 60:.0f} minutes.",
        "",
        "| test | result | seconds | what it counted |",
        "|---|---|---|---|",
    ]
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        bad = case.find("failure") is not None or case.find("error") is not None
        result = "FAILED" if bad else "skipped" if case.find("skipped") is not None else "passed"
        counted = ", ".join(f"{found.get('name')} {found.get('value')}" for found in case.iter("property"))
        name = (case.get("name") or "").replace("_", " ").removeprefix("test ")
        lines.append(f"| {name} | {result} | {float(case.get('time') or 0):.0f} | {counted} |")
    folder = ROOT / "docs" / "soak"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.md").write_text("\n".join(lines) + "\n")


def fix() -> int:
    """Format, and repair what the linters can repair."""
    codes = [call([str(BIN / "ruff"), "check", "--fix", "."]), call([str(BIN / "ruff"), "format", "."])]
    if has_web():
        done = npm("run", "--silent", "fix")
        print(done.stdout + done.stderr)
        codes.append(done.returncode)
    return max(codes)


def python_checks() -> list[Callable[[], Count]]:
    """One check each: format, lint, types, floors, the description of the API."""
    ruff, mypy, floors = str(BIN / "ruff"), str(BIN / "mypy"), str(BIN / "lint-imports")
    return [
        lambda: one("ruff format", [ruff, "format", "--check", "."]),
        lambda: one("ruff check", [ruff, "check", "."]),
        lambda: one("mypy", [mypy]),
        lambda: one("lint-imports", [floors]),
        lambda: one("openapi.json", [str(BIN / "python"), "tools/dump_openapi.py", "--check"]),
    ]


def web_checks() -> list[Callable[[], Count]]:
    """One check each: types, format and lint; and vitest, whose tests are counted singly."""
    if not has_web():
        return [lambda: Count(skipped=["the web UI's checks: there is no web/ here"])]
    return [*(partial(web_one, script) for script in WEB_SCRIPTS if script in web_scripts()), vitest]


def fast_tests() -> Count:
    """The tests marked fast."""
    return pytest("fast tests", ["-m", "fast"])


def one_by_one(steps: list[Callable[[], Count]]) -> Count:
    """Run steps one after the other."""
    total = Count()
    for step in steps:
        total.add(step())
    return total


def run_together(steps: list[Callable[[], Count]]) -> Count:
    """Run steps two at a time: a small machine has two cores."""
    total = Count()
    with ThreadPoolExecutor(max_workers=2) as pool:
        for count in pool.map(lambda step: step(), steps):
            total.add(count)
    return total


def one(name: str, command: list[str]) -> Count:
    """Run one check; show what it said only if it failed."""
    began = time.monotonic()
    done = subprocess.run([*NICE, *command], cwd=ROOT, capture_output=True, text=True, check=False)
    tell(name, done, began)
    return Count(passed=int(done.returncode == 0), failed=int(done.returncode != 0))


def web_one(script: str) -> Count:
    """Run one script of web/package.json that checks something."""
    began = time.monotonic()
    done = npm("run", "--silent", script)
    tell(f"web {script}", done, began)
    return Count(passed=int(done.returncode == 0), failed=int(done.returncode != 0))


def vitest() -> Count:
    """The web UI's unit tests."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "vitest.json")
        done = npm(
            "exec",
            "--",
            "vitest",
            "run",
            "--reporter=default",
            "--reporter=json",
            f"--outputFile.json={report}",
        )
        tell("vitest", done, began)
        if not report.exists():
            return Count(failed=1)
        found = json.loads(report.read_text())
    skipped = [
        f"web: {case['fullName']}"
        for file in found["testResults"]
        for case in file["assertionResults"]
        if case["status"] in ("skipped", "pending", "todo")
    ]
    failed = found["numFailedTests"]
    if done.returncode and not failed:
        failed = 1
    return Count(passed=found["numPassedTests"], failed=failed, skipped=skipped)


def npm(*words: str) -> subprocess.CompletedProcess[str]:
    """Run npm in web/ with the Node of the wheel; the modules are those of the lock file."""
    find = "import json, hatch_build as h; n, e = h.node_environment(); print(json.dumps([n, e['PATH']]))"
    said = subprocess.run(
        [str(BIN / "python"), "-c", find], cwd=ROOT, capture_output=True, text=True, check=True
    )
    command, path = json.loads(said.stdout)
    install = "import hatch_build as h; from pathlib import Path; h.install_modules(Path('web'))"
    with INSTALLING:  # two checks must not install the modules at the same time
        subprocess.run([str(BIN / "python"), "-c", install], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    environment = {**os.environ, "PATH": path}
    return subprocess.run(
        [*NICE, *command, *words],
        cwd=ROOT / "web",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def docs() -> int:
    """Make what is generated: the API's description, the browser's client of it, the references."""
    code = max(run_scripts(ROOT / "tools", prefix="dump_"), run_scripts(ROOT / "tools", prefix="write_"))
    if has_web() and "generate" in web_scripts():
        done = npm("run", "--silent", "generate")
        print(done.stdout + done.stderr)
        code = max(code, done.returncode)
    return code


def web_scripts() -> dict[str, str]:
    """Scripts of the web UI by name."""
    found: dict[str, str] = json.loads((ROOT / "web" / "package.json").read_text())["scripts"]
    return found


def pytest(
    name: str,
    words: list[str],
    environment: dict[str, str] | None = None,
    *,
    report: Path | None = None,
    is_nice: bool = False,
    is_quiet: bool = False,
) -> Count:
    """Run pytest; count from its report, which may be kept. Its words go to the screen: at once, or at its
    end if another's go there meanwhile."""
    with tempfile.TemporaryDirectory() as folder:
        report = report or Path(folder, "pytest.xml")
        command = [str(BIN / "python"), "-m", "pytest", "-q", "--no-header", f"--junitxml={report}", *words]
        if is_nice:
            command = [*NICE, *command]
        with PRINTING:
            print(f"· {name}: pytest {' '.join(words)}", flush=True)
        if is_quiet:
            began = time.monotonic()
            done = subprocess.run(
                command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
            )
            tell(name, done, began)
            show_slowest(done.stdout)
            code = done.returncode
        else:
            code = call(command, environment)
        if not report.exists():
            return Count(failed=1)
        count = read_report(report)
    if code == 5:
        count.skipped.append(f"{name}: pytest found no test")
    elif code and not count.failed:
        count.failed = 1
    return count


def read_report(report: Path) -> Count:
    """Counts and skips of a JUnit report."""
    count = Count()
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        where = f"{case.get('classname')}::{case.get('name')}"
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            count.failed += 1
        elif skipped is not None:
            count.skipped.append(f"{where}: {skipped.get('message')}")
        else:
            count.passed += 1
    return count


def show_slowest(said: str) -> None:
    """What pytest says of its slowest tests, so that who waits for the gate knows for what."""
    slow = [
        line.strip() for line in said.splitlines() if re.match(r"\s*\d+\.\d+s (call|setup|teardown)", line)
    ]
    with PRINTING:
        for line in slow:
            print(f"    {line}", flush=True)


def tell(name: str, done: subprocess.CompletedProcess[str], began: float) -> None:
    """One line for a step, and its words if it failed."""
    with PRINTING:
        verdict = "passed" if done.returncode == 0 else "FAILED"
        print(f"· {name}: {verdict} in {time.monotonic() - began:.1f} s", flush=True)
        if done.returncode:
            print(((done.stdout or "") + (done.stderr or ""))[-SHOWN_CHARACTERS:], flush=True)


def close(total: Count) -> int:
    """List the skips, print the closing line; the exit code."""
    if total.skipped:
        print(f"\nSKIPPED, {len(total.skipped)}:")
        for line in total.skipped:
            print(f"  SKIPPED {line}")
    sys.stdout.flush()
    print(f"\n{total.passed} passed, {total.failed} failed, {len(total.skipped)} skipped", flush=True)
    return 1 if total.failed or not total.passed else 0


def has_web() -> bool:
    """True if the web UI's sources are here."""
    return (ROOT / "web" / "package.json").exists()


def run_scripts(folder: Path, *, prefix: str) -> int:
    """Run every script of a folder whose name begins with the prefix; at least one does."""
    scripts = sorted(folder.glob(f"{prefix}*.py"))
    return max(call([str(BIN / "python"), str(script)]) for script in scripts)
