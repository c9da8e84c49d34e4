"""Plants each flaw of `flaws.py` in a copy of the engine and lets random walks look for it.

`python -m tests.properties.planted_bugs` prints a table (`make mutants` does too); numbers choose some.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.properties.flaws import CAUSES, FLAWS, Flaw

ROOT = Path(__file__).parents[2]
STEPS = 1_500
KINDS = {"walker": 24, "floor": 12}
"""Which walks look for a flaw, and how many of each, until one notices it."""
SECONDS = 900
"""An engine that hangs is noticed by that; long, because the machine may be busy."""


def find(flaw: Flaw, folder: Path) -> tuple[bool, str]:
    """Whether walks over a copy with the flaw notice it, and by what."""
    source = folder / "src" / "otklik"
    for part in ("acd", "vocabulary"):
        shutil.copytree(
            ROOT / "src" / "otklik" / part, source / part, ignore=shutil.ignore_patterns("__pycache__")
        )
    (source / "__init__.py").touch()
    file = source / "acd" / flaw.file
    file.write_text(planted(flaw, file.read_text(encoding="utf-8")), encoding="utf-8")
    for kind, seeds in KINDS.items():
        command = [sys.executable, "-m", f"tests.properties.{kind}", "0", str(STEPS), str(seeds)]
        environment = {
            **os.environ,
            "PYTHONPATH": f"{folder / 'src'}{os.pathsep}{ROOT}",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        try:
            done = subprocess.run(
                command,
                cwd=ROOT,
                env=environment,
                capture_output=True,
                text=True,
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return True, f"{kind}: comes to no end"
        if done.returncode:
            said = [line for line in done.stderr.splitlines() if line and not line.startswith(" ")]
            return True, f"{kind}: " + next((line for line in said if "Error" in line), "")
    return False, ""


def planted(flaw: Flaw, text: str) -> str:
    """The file's text with the flaw. ValueError when the engine has changed where the flaw was."""
    if text.count(flaw.before) != 1:
        raise ValueError(f"{flaw.name}: its text stands {text.count(flaw.before)} times in {flaw.file}")
    return text.replace(flaw.before, flaw.after)


def look_for(flaw: Flaw) -> tuple[bool, str]:
    with tempfile.TemporaryDirectory(prefix="otklik-flaw-") as folder:
        return find(flaw, Path(folder))


def main(words: list[str]) -> int:
    """The table; the exit code tells whether more than one flaw of thirty was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("numbers", type=int, nargs="*")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    chosen = parser.parse_args(words)
    flaws = [flaw for number, flaw in enumerate(FLAWS, 1) if not chosen.numbers or number in chosen.numbers]
    missed = 0
    sys.stdout.write("|   | caught | incident | root cause | what goes wrong |\n|---|---|---|---|---|\n")
    with ThreadPoolExecutor(chosen.processes) as pool:
        for flaw, (is_found, by) in zip(flaws, pool.map(look_for, flaws), strict=True):
            missed += not is_found
            sys.stdout.write(
                f"| {FLAWS.index(flaw) + 1} | {'yes' if is_found else 'NO'} | {flaw.incident} "
                f"| {flaw.cause} {CAUSES[flaw.cause]} | {flaw.name} |\n"
            )
            sys.stdout.write(f"        {by[:150]}\n" if chosen.numbers else "")
            sys.stdout.flush()
    incidents = {flaw.incident.split()[0] for flaw in flaws}
    causes = {flaw.cause for flaw in flaws}
    sys.stdout.write(
        f"\n{len(flaws) - missed} of {len(flaws)} planted flaws caught; "
        f"{len(incidents)} incidents, {len(causes)} of {len(CAUSES)} root causes\n"
    )
    return 1 if missed * 30 > len(flaws) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
