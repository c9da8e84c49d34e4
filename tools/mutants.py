"""Changes the engine's source in one small way at a time; the quick tests must notice each change.

    make mutants                      a sample of 60 with seed 1
    .venv/bin/python tools/mutants.py --count 300 --seed 7 src/otklik/acd/routing.py

A mutant that survives is printed with its place: either a test is missing, or the code says nothing there.
"""

import argparse
import ast
import copy
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEFAULT = ["src/otklik/acd", "src/otklik/flows/interpreter.py"]
TESTS = ["tests/acd", "tests/properties", "tests/rooms/flows", "tests/rooms/acd"]
PATIENCE_SECONDS = 300

COMPARISONS = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
ARITHMETIC = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv}


@dataclass(frozen=True)
class Mutant:
    """One change: the file, the place, what it says, and the whole text with it."""

    file: Path
    line: int
    change: str
    text: str


def mutants_of(file: Path) -> Iterator[Mutant]:
    """Every small change of a file."""
    tree = ast.parse(file.read_text())
    for number, node in enumerate(ast.walk(tree)):
        for change, mutate in changes_of(node):
            fresh = copy.deepcopy(tree)
            same = next(found for place, found in enumerate(ast.walk(fresh)) if place == number)
            mutate(same)
            text = ast.unparse(ast.fix_missing_locations(fresh))
            yield Mutant(file, getattr(node, "lineno", 0), change, text)


def changes_of(node: ast.AST) -> Iterator[tuple[str, object]]:
    """What can be changed in a node, and how."""
    match node:
        case ast.Compare(ops=[op]) if type(op) in COMPARISONS:
            other = COMPARISONS[type(op)]
            yield f"{type(op).__name__} -> {other.__name__}", lambda same: same.ops.__setitem__(0, other())
        case ast.BoolOp(op=op):
            swapped = ast.Or if isinstance(op, ast.And) else ast.And
            yield f"{type(op).__name__} -> {swapped.__name__}", lambda same: setattr(same, "op", swapped())
        case ast.BinOp(op=op) if type(op) in ARITHMETIC:
            turned = ARITHMETIC[type(op)]
            yield f"{type(op).__name__} -> {turned.__name__}", lambda same: setattr(same, "op", turned())
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            yield "not left out", lambda same: copy_over(same, inner)
        case ast.Constant(value=bool() as value):
            yield f"{value} -> {not value}", lambda same: setattr(same, "value", not value)
        case ast.Constant(value=int() as value):
            yield f"{value} -> {value + 1}", lambda same: setattr(same, "value", value + 1)


def copy_over(target: ast.AST, source: ast.AST) -> None:
    """Make a `not x` node into `x or False`, which says the same as x."""
    truth = ast.BoolOp(op=ast.Or(), values=[source, ast.Constant(False)])
    target.__class__ = truth.__class__
    target.__dict__.clear()
    target.__dict__.update(truth.__dict__)


def is_noticed(mutant: Mutant, folder: Path) -> bool:
    """True if a test fails with the change."""
    place = folder / mutant.file.relative_to(ROOT / "src")
    original = place.read_text()
    place.write_text(mutant.text)
    tests = [path for path in TESTS if (ROOT / path).exists()]
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-m", "fast", "-p", "no:cacheprovider", *tests]
    environment = {
        **os.environ,
        "PYTHONPATH": str(folder),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OTKLIK_REMEMBER": "0",
    }
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, timeout=PATIENCE_SECONDS, check=False
        )
        return done.returncode != 0
    except subprocess.TimeoutExpired:
        return True
    finally:
        place.write_text(original)


def main() -> int:
    """Try a sample; the exit code tells whether one survived."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("paths", nargs="*", default=DEFAULT)
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    files = [
        file
        for path in chosen.paths
        for file in ([ROOT / path] if path.endswith(".py") else sorted((ROOT / path).rglob("*.py")))
    ]
    everything = [mutant for file in files for mutant in mutants_of(file)]
    sample = random.Random(chosen.seed).sample(everything, min(chosen.count, len(everything)))
    survivors = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(ROOT / "src" / "otklik", folder / "otklik", ignore=shutil.ignore_patterns("static"))
        unchanged = Mutant(files[0], 0, "nothing", files[0].read_text())
        if is_noticed(unchanged, folder):
            print("the tests fail without any change: mend them first", file=sys.stderr)
            return 2
        for number, mutant in enumerate(sample, 1):
            where = f"{mutant.file.relative_to(ROOT)}:{mutant.line}: {mutant.change}"
            if is_noticed(mutant, folder):
                print(f"{number:>4}/{len(sample)} noticed   {where}", flush=True)
            else:
                survivors.append(where)
                print(f"{number:>4}/{len(sample)} SURVIVED  {where}", flush=True)
    print(f"\n{len(sample) - len(survivors)} of {len(sample)} mutants noticed (of {len(everything)} in all)")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
