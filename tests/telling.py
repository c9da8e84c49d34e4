"""What the processes of a running centre said during a test, to be read where it fails."""

import re
from pathlib import Path

LINES, WIDTH = 12, 400
BAD = r'"level": "(warning|error|critical)"'
WORTH = {"engine.log": BAD, "web.log": BAD, "asterisk.log": ""}
"""Which lines of which file are worth reading. The supervisor's own words stand beside the home: all are."""

HOMES: set[Path] = set()
"""Of the centres that run, or ran in these tests."""
_lengths: dict[Path, int] = {}


def remember() -> None:
    """What was said until now belongs to another test."""
    _lengths.update({path: path.stat().st_size for home in HOMES for path in _files(home) if path.exists()})


def told_since() -> str:
    """What was said since then, the last lines of each process."""
    found = []
    for path in [path for home in sorted(HOMES) for path in _files(home) if path.exists()]:
        with path.open("rb") as file:
            file.seek(_lengths.get(path, 0))
            text = file.read().decode(errors="replace")
        pattern = WORTH.get(path.name, "")
        lines = [line[:WIDTH] for line in text.splitlines() if re.search(pattern, line)]
        if lines:
            found.append("\n".join([f"-- {path}", *lines[-LINES:]]))
    return "\n".join(found)


def _files(home: Path) -> list[Path]:
    return [home.parent / f"{home.name}.log", *(home / "logs" / name for name in WORTH)]
