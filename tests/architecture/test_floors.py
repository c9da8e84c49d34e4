"""The rules of the house hold: floors, formats, names, and nothing of a workplace in the tree."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

pytestmark = pytest.mark.fast

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "otklik"


def test_import_contracts_are_kept():
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"], cwd=ROOT, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def test_every_room_tells_what_it_is_for_and_where_to_start_reading():
    rooms = [path for path in SOURCE.iterdir() if (path / "__init__.py").exists()]

    for room in rooms:
        page = ast.get_docstring(ast.parse((room / "__init__.py").read_text()))
        assert page, f"{room.name} has no page"
        assert "Start reading at" in page, f"{room.name} does not say where to start reading"


def test_folders_of_data_are_no_rooms():
    for name in ("migrations", "prompts", "templates", "static"):
        assert not (SOURCE / name / "__init__.py").exists()


def test_only_named_files_may_read_the_clock_or_make_random_ids():
    allowed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]["lint"]["per-file-ignores"]

    inside = [name for name, rules in allowed.items() if name.startswith("src/") and "TID251" in rules]

    assert sorted(inside) == ["src/otklik/clock.py", "src/otklik/vocabulary/ids.py"]


def test_ignored_rules_carry_a_reason():
    lines = (ROOT / "pyproject.toml").read_text().splitlines()
    begin = lines.index("ignore = [") + 1
    end = next(place for place in range(begin, len(lines)) if lines[place] == "]")

    for line in lines[begin:end]:
        assert re.search(r"#\s+\w", line), f"no reason: {line}"


def test_silenced_lines_carry_a_reason():
    silenced = re.compile(r"#\s*noqa(?P<rules>:\s*[A-Z0-9, ]+)?(?P<rest>.*)$")

    for path in [*SOURCE.rglob("*.py"), *(ROOT / "tools").rglob("*.py")]:
        for number, line in enumerate(path.read_text().splitlines(), 1):
            found = silenced.search(line)
            if found:
                assert re.search(r"\w{3}", found["rest"]), (
                    f"{path.relative_to(ROOT)}:{number} gives no reason"
                )


def test_mocks_are_not_used():
    for path in (ROOT / "tests").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = (
                [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            )
            module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
            assert not any("mock" in name.lower() for name in [module, *names]), f"{path.name} imports a mock"
