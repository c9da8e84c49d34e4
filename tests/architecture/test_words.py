"""One thing, one word: what words.md's `never` column rules out is not met in an identifier."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.fast

ROOT = Path(__file__).parents[2]

# Words of the `never` column without another honest use, and the word that is meant.
NEVER = {
    "acw": "wrap_up",
    "att": "aht",
    "blacklist": "do_not_call_list",
    "carrier": "trunk",
    "did": "number",
    "dids": "number",
    "member": "agent",
    "members": "agents",
    "operator": "agent",
    "operators": "agents",
    "rep": "agent",
    "reps": "agents",
    "spy": "monitor",
    "tenant": "site or project",
    "whitelist": "an allow-list",
}
NEVER_NAMES = {"utils", "helpers", "common", "manager", "handler", "processor"}


def test_words_that_mean_something_else_are_not_used():
    found = sorted(set(forbidden(ROOT / "src" / "otklik")))

    assert found == []


def test_a_forbidden_word_would_be_found(tmp_path):
    (tmp_path / "room.py").write_text("def list_members(operator_id):\n    acwTime = 1\n    return acwTime\n")

    words = {line.split(": ")[1].split(" ")[0] for line in forbidden(tmp_path)}

    assert words == {"list_members", "operator_id", "acwTime"}


def test_no_module_or_class_is_called_by_an_empty_name():
    for path in (ROOT / "src" / "otklik").rglob("*.py"):
        assert not set(path.stem.split("_")) & NEVER_NAMES, path
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                assert words_of(node.name)[-1] not in NEVER_NAMES, f"{path.name}: {node.name}"


def forbidden(folder: Path) -> Iterator[str]:
    """Each identifier that is made here and holds a forbidden word."""
    for path in sorted(folder.rglob("*.py")):
        for name, line in identifiers(ast.parse(path.read_text())):
            for word in set(words_of(name)) & set(NEVER):
                if not is_honest(word, path):
                    yield f"{path.relative_to(folder)}:{line}: {name} says {word}; here it is {NEVER[word]}"


def is_honest(word: str, path: Path) -> bool:
    """True in the drivers of telephony, whose peer on the other end of a trunk is a carrier."""
    return word == "carrier" and "channels/asterisk" in path.as_posix()


def identifiers(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Names that a module makes: functions, classes, arguments, variables, fields."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name, node.lineno
            case ast.arg():
                yield node.arg, node.lineno
            case ast.Name(ctx=ast.Store()):
                yield node.id, node.lineno
            case ast.Attribute(ctx=ast.Store()):
                yield node.attr, node.lineno


def words_of(name: str) -> list[str]:
    """The words of a name in either style, in small letters."""
    return [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", name)] or [""]
