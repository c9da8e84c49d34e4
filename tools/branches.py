"""How many of the engine's branches the quick tests reach, by file; fails below 98 %.

make mutants                      prints this table too
.venv/bin/python tools/branches.py
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TESTS = ["tests/acd", "tests/properties/test_walks.py"]
WALK_SECONDS = 60
WANTED = 98.0
EXCLUDED = ["assert_never", r"if TYPE_CHECKING", r"^\s*\.\.\.$"]
"""Lines that say of themselves that nobody comes there."""


def main() -> int:
    """Run the quick tests of the engine under coverage, print its report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=WALK_SECONDS, help="of random walks")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="otklik-branches-") as folder:
        settings = Path(folder, "coveragerc")
        excluded = "".join(f"\n    {line}" for line in EXCLUDED)
        settings.write_text(
            f"[run]\nbranch = true\ndata_file = {folder}/data\nsource = {ROOT / 'src' / 'otklik' / 'acd'}\n"
            f"[report]\nshow_missing = true\nskip_covered = true\nprecision = 1\nexclude_also ={excluded}\n"
        )
        environment = {
            **os.environ,
            "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
            "OTKLIK_WALK_SECONDS": str(chosen.seconds),
        }
        coverage = [sys.executable, "-m", "coverage"]
        run = [*coverage, "run", f"--rcfile={settings}", "-m", "pytest", "-q", "-m", "fast", *TESTS]
        # Counting branches is slow, and no test here fails for being slow.
        tested = subprocess.run([*run, "--timeout=0"], cwd=ROOT, env=environment, check=False).returncode
        report = [*coverage, "report", f"--rcfile={settings}", f"--fail-under={WANTED}"]
        told = subprocess.run(report, cwd=ROOT, env=environment, check=False).returncode
    return tested or told


if __name__ == "__main__":
    sys.exit(main())
