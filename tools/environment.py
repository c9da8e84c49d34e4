"""Makes .venv: locked dependencies with their hashes, the web UI, an editable install. Warm: under a second.

Each step leaves a stamp of what it was made from inside .venv and is skipped while that has not changed.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / "bin"
LOCK = ROOT / "requirements" / "development.lock"
NEWS_EVERY_SECONDS = 10.0


def prepare() -> None:
    """Make or refresh the environment; ends the program with a message if it cannot be made."""
    make_interpreter()
    install_locked()
    build_web()
    install_otklik()


def make_interpreter() -> None:
    """.venv with the Python that runs this, unless a working one of a fitting version is there."""
    python = BIN / "python"
    if python.exists() and works([str(python), "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]):
        return
    if VENV.exists():
        shutil.rmtree(VENV)
    with Step("making .venv"):
        done = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{done.stdout}{done.stderr}\nPython has no venv: on Debian, apt-get install python3-venv")


def install_locked() -> None:
    """The lock file into .venv: uv first (quick), pip if uv cannot (a private index known to pip only)."""
    mark = VENV / ".otklik-lock"
    stamp = hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()
    if mark.exists() and mark.read_text() == stamp:
        return
    mark.unlink(missing_ok=True)
    pip = [
        str(BIN / "python"),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--require-hashes",
    ]
    with Step("installing locked dependencies (about 240 MB the first time)"):
        with tempfile.TemporaryDirectory() as folder:
            alone = Path(folder, "uv.lock")
            alone.write_text(lines_of("uv"))
            has_uv = run_quietly([*pip, "-r", str(alone)])
        uv = [str(BIN / "uv"), "pip", "install", "--quiet", "--require-hashes", "--native-tls"]
        quick = [*uv, "--python", str(BIN / "python"), "-r", str(LOCK)]
        environment = {**os.environ, "UV_HTTP_TIMEOUT": "180"}
        if not (has_uv and run_quietly(quick, environment)) and call([*pip, "-r", str(LOCK)]):
            sys.exit("The locked dependencies could not be installed: see above.")
    mark.write_text(stamp)


def lines_of(package: str) -> str:
    """The lines of the lock file that pin one package."""
    found = re.search(rf"(?m)^{re.escape(package)}==.*(?:\n    --hash=.*)+", LOCK.read_text())
    if found is None:
        sys.exit(f"{LOCK.name} does not pin {package}")
    return found[0] + "\n"


def build_web() -> None:
    """The web UI into src/otklik/static, unless it was built from the very sources that lie in web/."""
    if not (ROOT / "web" / "package.json").exists():
        print("WARNING: there is no web/ here: Otklik will have no screens.", file=sys.stderr)
        return
    if os.environ.get("OTKLIK_WEB_SKIP") == "1":
        print("WARNING: OTKLIK_WEB_SKIP=1: the web UI is left as it is.", file=sys.stderr)
        return
    fresh = "import sys, hatch_build as h; from pathlib import Path; sys.exit(h.stale(Path('.')))"
    if works([str(BIN / "python"), "-c", fresh]):
        return
    with Step("building the web UI (modules, then assets)") as step:
        step.has_failed = call([str(BIN / "python"), "hatch_build.py"]) != 0
    if step.has_failed:
        sys.exit("The web UI could not be built: see above.")


def install_otklik() -> None:
    """The package itself, editable, with the build tools of the lock file: nothing is downloaded."""
    mark = VENV / ".otklik-package"
    stamp = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
    if mark.exists() and mark.read_text() == stamp and (BIN / "otklik").exists():
        return
    command = [str(BIN / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--no-build-isolation", "--no-index", "--editable", str(ROOT)]
    with Step("installing otklik") as step:
        environment = {**os.environ, "OTKLIK_WEB_EDITABLE": "0", "PIP_NO_INDEX": "1"}
        step.has_failed = call(command, environment) != 0
    if step.has_failed:
        sys.exit("Otklik itself could not be installed: see above.")
    mark.write_text(stamp)


def call(command: list[str], environment: dict[str, str] | None = None) -> int:
    """Run a command in the checkout's root, its words going to the screen; its exit code."""
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def run_quietly(command: list[str], environment: dict[str, str] | None = None) -> bool:
    """Run a command; on failure show the end of what it said."""
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        print((done.stderr or done.stdout).strip()[-2000:], file=sys.stderr)
    return done.returncode == 0


def works(command: list[str]) -> bool:
    """True if a command exits with 0."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    return done.returncode == 0


class Step:
    """Says what begins, tells every ten seconds that it goes on, and how long it took."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.ended = threading.Event()
        self.has_failed = False

    def __enter__(self) -> "Step":
        self.began = time.monotonic()
        print(f"· {self.name}", flush=True)
        threading.Thread(target=self._tell, daemon=True).start()
        return self

    def __exit__(self, *reason: object) -> None:
        self.ended.set()
        verdict = "failed" if self.has_failed or reason[0] else "done"
        print(f"  {verdict} in {time.monotonic() - self.began:.0f} s", flush=True)

    def _tell(self) -> None:
        while not self.ended.wait(NEWS_EVERY_SECONDS):
            print(f"  ... {time.monotonic() - self.began:.0f} s", flush=True)
