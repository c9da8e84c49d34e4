"""Writes docs/reference/events.md: every event of the journal, from its class."""

import ast
import importlib
import inspect
import types
import typing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from otklik.vocabulary.messages import Event

REFERENCE = Path(__file__).resolve().parent.parent / "docs" / "reference"
ROOMS = ("acd", "flows", "organization", "switchboard")


def events_page() -> str:
    """Every room's events in the order of their numbers."""
    lines = [
        "# Events of the journal\n",
        "Made from the program by `make docs`; a test fails when it is out of date.\n",
        "Each event has its moment in `at`. A number is never given twice, a field is never renamed or",
        "removed, and a new one has a default, so that a journal of any age can be read.",
    ]
    for room in ROOMS:
        module = importlib.import_module(f"otklik.{room}.events")
        lines += ["", f"## {room}\n", inspect.cleandoc(module.__doc__ or "")]
        remarks = remarks_of(module)
        for event in events_of(module):
            lines += ["", f"### {event.KIND} {event.__name__}"]
            if event.__doc__ and event.__doc__ != msgspec.Struct.__doc__:
                lines += ["", inspect.cleandoc(event.__doc__)]
            rows = [row(field, remarks.get((event.__name__, field.name), "")) for field in fields_of(event)]
            if rows:
                lines += ["", "| field | kind | |", "|---|---|---|", *rows]
    return "\n".join(lines) + "\n"


def events_of(module: types.ModuleType) -> list[type[Event]]:
    """Events that a module makes, by number."""
    found = [
        thing
        for thing in vars(module).values()
        if isinstance(thing, type) and issubclass(thing, Event) and thing.__module__ == module.__name__
    ]
    return sorted((event for event in found if event.KIND), key=lambda event: event.KIND)


def fields_of(event: type[Event]) -> list[Any]:
    """Fields of an event, but the moment that all have."""
    return [field for field in msgspec.structs.fields(event) if field.name != "at"]


def row(field: Any, remark: str) -> str:
    """One field: name, kind, remark and default."""
    has_default = field.default is not msgspec.NODEFAULT or field.default_factory is not msgspec.NODEFAULT
    words = [remark.replace("\n", " ")] if remark else []
    if has_default:
        words.append("may be left out")
    return f"| `{field.name}` | {kind_of(field.type)} | {'; '.join(words)} |"


def kind_of(kind: Any) -> str:
    """A type in words of the reference."""
    if kind is type(None):
        return "nothing"
    if kind is datetime:
        return "moment"
    if kind is timedelta:
        return "duration"
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(kind_of(each) for each in inner)
    if origin in (tuple, list, frozenset, set):
        return "list of " + " or ".join(kind_of(each) for each in inner if each is not Ellipsis)
    if origin is dict:
        return f"{kind_of(inner[1])} by {kind_of(inner[0])}"
    if origin is typing.Literal:
        return ", ".join(f"`{word}`" for word in inner)
    return getattr(kind, "__name__", str(kind))


def remarks_of(module: types.ModuleType) -> dict[tuple[str, str], str]:
    """The line under each field, by class and field."""
    found = {}
    for node in ast.parse(inspect.getsource(module)).body:
        if not isinstance(node, ast.ClassDef):
            continue
        for field, after in zip(node.body, node.body[1:], strict=False):
            is_remark = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and is_remark:
                found[node.name, field.target.id] = inspect.cleandoc(str(after.value.value))
    return found


PAGES = {"events.md": events_page}

if __name__ == "__main__":
    REFERENCE.mkdir(parents=True, exist_ok=True)
    for file, page in PAGES.items():
        (REFERENCE / file).write_text(page())
        print(f"docs/reference/{file}")
