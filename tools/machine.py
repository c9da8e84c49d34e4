"""What the tests need of the machine beyond Python: a browser and a SIP load tool, by its own packages."""

import os
import shutil
import subprocess
import sys

from environment import Step

# part of OTKLIK_REQUIRE: the command that shows it is there, and the Debian packages that bring it
PARTS = {
    "chromium": ("chromium", ["chromium", "fonts-dejavu-core"]),
    "sipp": ("sipp", ["sip-tester"]),
}


def required_parts() -> set[str]:
    """The parts that OTKLIK_REQUIRE names: a missing one fails instead of being skipped."""
    return {part.strip() for part in os.environ.get("OTKLIK_REQUIRE", "").split(",") if part.strip()}


def install_missing() -> list[str]:
    """Install what is missing if this is root on a machine with apt; the parts that are still missing."""
    missing = [part for part, (command, _) in PARTS.items() if shutil.which(command) is None]
    packages = [package for part in missing for package in PARTS[part][1]]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        with Step(f"installing {', '.join(packages)} by apt-get"):
            apt("update")
            apt("install", "--yes", "--no-install-recommends", *packages)
        missing = [part for part in missing if shutil.which(PARTS[part][0]) is None]
    for part in missing:
        print(f"MISSING: {part} (as root: apt-get install {' '.join(PARTS[part][1])})", file=sys.stderr)
    return missing


def apt(*words: str) -> None:
    """apt-get without questions; its words are shown only if it fails."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "-o", "DPkg::Lock::Timeout=300", "-q", *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        print((done.stdout + done.stderr)[-3000:], file=sys.stderr)
