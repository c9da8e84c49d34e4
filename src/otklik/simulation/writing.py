"""Writes a scenario as people read it: a tree of tables becomes TOML."""

from collections.abc import Mapping
from typing import Any


def write_text(tree: Mapping[str, Any], *, comment: str = "") -> str:
    """TOML of a scenario's tree: plain values first, then each list of tables. comment: lines at the top."""
    lines = [f"# {line}" for line in comment.splitlines()]
    lines += [f"{name} = {_value(value)}" for name, value in tree.items() if not _is_tables(value)]
    for name, tables in tree.items():
        if _is_tables(tables):
            for table in tables:
                lines += ["", f"[[{name}]]"]
                lines += [f"{_key(field)} = {_value(value)}" for field, value in table.items()]
    return "\n".join(lines) + "\n"


def _is_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, Mapping) for one in value)


def _key(name: str) -> str:
    is_bare = name and all(letter.isascii() and (letter.isalnum() or letter in "-_") for letter in name)
    return name if is_bare else _value(name)


def _value(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case str():
            escaped = value.replace("\\", "\\\\").replace('"', '\\"')
            return '"' + "".join(one if one.isprintable() else f"\\u{ord(one):04x}" for one in escaped) + '"'
        case Mapping():
            return "{ " + ", ".join(f"{_key(name)} = {_value(one)}" for name, one in value.items()) + " }"
        case list() | tuple():
            return "[" + ", ".join(_value(one) for one in value) + "]"
        case _:
            raise TypeError(f"no value of a scenario: {value!r}")
