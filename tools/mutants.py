"""Two tables: flaws planted by hand, each after a real incident, and small mechanical changes of the engine's
source. Tests must notice them.

    make mutants                      all planted flaws, and a sample of 400 changes with seed 1
    .venv/bin/python tools/mutants.py --all   every change: about an hour
    .venv/bin/python tools/mutants.py --no-flaws --count 100 --seed 7 src/otklik/acd/routing.py

The changes are those of mutmut, and statements left out: comparisons and operators turned, numbers and
strings changed, conditions negated, arguments emptied or left out, values emptied. Asserts, type hints and
documentation are let be. Own code, because a change is tried in a fork that has everything but the engine
loaded: 2 s each. A change that survives is printed with its place: either a test is missing, or the code
says nothing there.
"""

import argparse
import ast
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEFAULT = [f"src/otklik/acd/{name}.py" for name in ("decide", "routing", "deadlines", "apply")]
SLOW = ["tests/acd/test_tables.py"]
PATIENCE_SECONDS = 90
"""Of processor time: on a busy machine all the tests take long, and that is no notice."""
WALKS, WALK_STEPS = 3, 300
COUNT = 400

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
ARITHMETIC = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.Div,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
Change = Callable[[ast.AST], None]


@dataclass(frozen=True)
class Mutant:
    """One change: the file, which of its nodes, which of the node's changes, the line and what it says."""

    file: Path
    node: int
    number: int
    line: int
    change: str

    @property
    def where(self) -> str:
        return f"{self.file.relative_to(ROOT)}:{self.line}: {self.change}"


def mutants_of(file: Path) -> Iterator[Mutant]:
    """Every small change of a file."""
    tree = ast.parse(file.read_text())
    let_be = {id(node) for kept in _let_be(tree) for node in ast.walk(kept)}
    for place, node in enumerate(ast.walk(tree)):
        if id(node) not in let_be:
            for number, (change, _) in enumerate(changes_of(node)):
                yield Mutant(file, place, number, getattr(node, "lineno", 0), change)


def text_of(mutant: Mutant) -> str:
    """The file's whole text with the change."""
    tree = ast.parse(mutant.file.read_text())
    node = next(islice(ast.walk(tree), mutant.node, None))
    _, mutate = next(islice(changes_of(node), mutant.number, None))
    mutate(node)
    return ast.unparse(ast.fix_missing_locations(tree))


def _let_be(tree: ast.AST) -> Iterator[ast.AST]:
    """What is no behaviour: asserts, annotations, documentation, imports."""
    for node in ast.walk(tree):
        match node:
            case ast.Assert() | ast.Import() | ast.ImportFrom() | ast.Expr(value=ast.Constant()):
                yield node
            case ast.AnnAssign(annotation=kind):
                yield kind
            case ast.FunctionDef(args=parameters, returns=returned):
                yield from (
                    one.annotation
                    for one in ast.walk(parameters)
                    if isinstance(one, ast.arg) and one.annotation
                )
                if returned is not None:
                    yield returned


def changes_of(node: ast.AST) -> Iterator[tuple[str, Change]]:  # noqa: C901 - one case for each kind of node
    """What can be changed in a node, and how."""
    match node:
        case ast.Compare(ops=[op, *_]) if type(op) in COMPARISONS:
            other = COMPARISONS[type(op)]
            yield f"{type(op).__name__} -> {other.__name__}", lambda same: same.ops.__setitem__(0, other())
        case ast.BoolOp(op=op):
            swapped = ast.Or if isinstance(op, ast.And) else ast.And
            yield f"{type(op).__name__} -> {swapped.__name__}", lambda same: setattr(same, "op", swapped())
        case ast.BinOp(op=op) | ast.AugAssign(op=op) if type(op) in ARITHMETIC:
            turned = ARITHMETIC[type(op)]
            yield f"{type(op).__name__} -> {turned.__name__}", lambda same: setattr(same, "op", turned())
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            yield (
                "not left out",
                lambda same: _become(same, ast.BoolOp(ast.Or(), [inner, ast.Constant(False)])),
            )
        case ast.UnaryOp(op=ast.USub()):
            yield "minus left out", lambda same: setattr(same, "op", ast.UAdd())
        case ast.IfExp(test=test):
            yield "condition negated", lambda same: setattr(same, "test", ast.UnaryOp(ast.Not(), test))
        case ast.Constant(value=bool() as value):
            yield f"{value} -> {not value}", lambda same: setattr(same, "value", not value)
        case ast.Constant(value=int() | float() as value):
            yield f"{value} -> {value + 1}", lambda same: setattr(same, "value", value + 1)
        case ast.Constant(value=str() as value):
            yield f"{value!r} changed", lambda same: setattr(same, "value", f"XX{value}XX")
        case ast.Break():
            yield "break -> continue", lambda same: _become(same, ast.Continue())
        case ast.Continue():
            yield "continue -> break", lambda same: _become(same, ast.Break())
        case ast.Return(value=value) if value is not None and not _is_none(value):
            yield "returns nothing", lambda same: setattr(same, "value", ast.Constant(None))
        case ast.Assign(value=value) if not _is_none(value):
            yield "assigns nothing", lambda same: setattr(same, "value", ast.Constant(None))
        case ast.Expr(value=ast.Call()):
            yield "call left out", lambda same: _become(same, ast.Pass())
        case ast.Delete():
            yield "deletion left out", lambda same: _become(same, ast.Pass())
        case ast.Call():
            yield from _changes_of_call(node)


def _changes_of_call(node: ast.Call) -> Iterator[tuple[str, Change]]:
    for place, argument in enumerate(node.args):
        if not isinstance(argument, ast.Starred) and not _is_none(argument):
            nothing = f"argument {place + 1} of {_name(node)} -> None"
            yield nothing, lambda same, place=place: same.args.__setitem__(place, ast.Constant(None))
    for place, keyword in enumerate(node.keywords):
        if keyword.arg is None:
            continue
        yield (
            f"{keyword.arg} of {_name(node)} left out",
            lambda same, place=place: same.keywords.pop(place),
        )
        if not _is_none(keyword.value):
            nothing = f"{keyword.arg} of {_name(node)} -> None"
            yield (
                nothing,
                lambda same, place=place: setattr(same.keywords[place], "value", ast.Constant(None)),
            )


def _is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _name(call: ast.Call) -> str:
    return ast.unparse(call.func)


def _become(target: ast.AST, source: ast.AST) -> None:
    """Turn a node into another one in its place."""
    target.__class__ = source.__class__
    target.__dict__.clear()
    target.__dict__.update(source.__dict__)


# --- trying


def is_noticed(mutant: Mutant, folder: Path) -> bool:
    """True if the quick tests fail with the change. Tried in a fork: an import cannot be undone."""
    place = folder / mutant.file.relative_to(ROOT / "src")
    original = place.read_text()
    place.write_text(text_of(mutant) if mutant.change else original)
    try:
        child = os.fork()
        if child == 0:
            _try(folder, is_quiet=bool(mutant.change))
        _, code = os.waitpid(child, 0)
        return code != 0
    finally:
        place.write_text(original)


def _try(folder: Path, *, is_quiet: bool) -> None:
    """In the fork: short walks find most, the engine's own tests the rest. Never returns."""
    if is_quiet:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
    # A change that makes a loop endless is noticed by its end.
    resource.setrlimit(resource.RLIMIT_CPU, (PATIENCE_SECONDS, PATIENCE_SECONDS))
    code = 1
    try:
        sys.path[:0] = [str(folder), str(ROOT)]
        sys.dont_write_bytecode = True
        from tests.properties.walker import walk

        for seed in range(WALKS):
            walk(seed, WALK_STEPS, full_every=5)
        quick = sorted(
            {str(file.relative_to(ROOT)) for file in (ROOT / "tests" / "acd").glob("test_*.py")} - set(SLOW)
        )
        options = ["-x", "-q", "-m", "fast", "-p", "no:cacheprovider", "--noconftest"]
        options += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
        code = int(pytest.main([*options, *quick, *SLOW]))
    except BaseException:  # noqa: BLE001 - whatever it is, it has been noticed
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)


def try_all(sample: list[Mutant]) -> list[Mutant]:
    """Those that survive."""
    survivors = []
    with tempfile.TemporaryDirectory(prefix="otklik-mutants-") as name:
        folder = Path(name)
        shutil.copytree(
            ROOT / "src" / "otklik", folder / "otklik", ignore=shutil.ignore_patterns("static", "__pycache__")
        )
        if is_noticed(Mutant(sample[0].file, 0, 0, 0, ""), folder):
            sys.exit("the tests fail without any change: mend them first")
        for number, mutant in enumerate(sample, 1):
            if is_noticed(mutant, folder):
                continue
            survivors.append(mutant)
            print(f"{number:>5}/{len(sample)} SURVIVED  {mutant.where}", flush=True)
    return survivors


def in_two(sample: list[Mutant]) -> list[Mutant]:
    """The same by a process for each core."""
    cores = os.cpu_count() or 1
    if cores == 1 or len(sample) < 8:
        return try_all(sample)
    readers = []
    for number in range(cores):
        reading, writing = os.pipe()
        if os.fork() == 0:
            share = sample[number::cores]
            places = {id(mutant): place for place, mutant in enumerate(sample)}
            found = " ".join(str(places[id(mutant)]) for mutant in try_all(share))
            os.write(writing, found.encode() or b" ")
            os._exit(0)
        os.close(writing)
        readers.append(os.fdopen(reading))
    places = [int(word) for reader in readers for word in reader.read().split()]
    for _ in readers:
        if os.wait()[1]:
            sys.exit("a share of the changes could not be tried")
    return [sample[place] for place in sorted(places)]


# --- the tables


def show(sample: list[Mutant], survivors: list[Mutant]) -> None:
    """How many of each file's changes were noticed."""
    tried = Counter(mutant.file for mutant in sample)
    lost = Counter(mutant.file for mutant in survivors)
    print("\n| file | changes tried | noticed | share |\n|---|---|---|---|")
    for file, count in sorted(tried.items()):
        print(f"| {file.name} | {count} | {count - lost[file]} | {1 - lost[file] / count:.1%} |")
    noticed = len(sample) - len(survivors)
    print(f"| all | {len(sample)} | {noticed} | {noticed / len(sample):.1%} |")


def main() -> int:
    """Both tables; the exit code tells whether enough was noticed: 85 % of the changes, 29 of 30 flaws."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("paths", nargs="*", default=DEFAULT)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--flaws", action=argparse.BooleanOptionalAction, default=True)
    chosen = parser.parse_args()
    code = 0
    if chosen.flaws:
        environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
        command = [sys.executable, "-m", "tests.properties.planted_bugs"]
        code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    files = [
        file
        for path in chosen.paths
        for file in ([ROOT / path] if path.endswith(".py") else sorted((ROOT / path).rglob("*.py")))
    ]
    everything = [mutant for file in files for mutant in mutants_of(file)]
    sample = everything
    if not chosen.all:
        sample = random.Random(chosen.seed).sample(everything, min(chosen.count, len(everything)))
    print(
        f"\n{len(sample)} of {len(everything)} changes of the engine's source, seed {chosen.seed}", flush=True
    )
    survivors = in_two(sample)
    show(sample, survivors)
    return code or int(len(survivors) > 0.15 * len(sample))


if __name__ == "__main__":
    os.chdir(ROOT)
    import hypothesis  # noqa: F401 - loaded before the forks, as all that is not the engine
    import msgspec  # noqa: F401 - loaded once, before the processes part
    import pytest

    sys.exit(main())
