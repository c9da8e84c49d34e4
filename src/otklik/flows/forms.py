"""What an editor has to know of each kind of node: its form, its ways out, what its fields name.

Nothing of this is written down a second time: fields and their types are those of the Struct, ways out and
prompts are what a node of this kind answers when it is asked with a word of its own in every field.
"""

import types
from collections.abc import Mapping
from datetime import timedelta
from enum import Enum
from functools import cache
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from otklik.flows.model import KINDS, FlowFile
from otklik.flows.nodes.node import Node
from otklik.vocabulary.ids import AgentId, FlowId, QueueId, SkillId
from otklik.vocabulary.messages import Value

_THINGS: Final[dict[object, str]] = {
    QueueId: "queue",
    SkillId: "skill",
    FlowId: "flow",
    AgentId: "agent",
}
_ANY = "*"


class Role(Value):
    """What a field holds besides its type. field: its path, `*` for any place or key: `cases.*.next`.

    role: exit (the key of a node), prompt, fact, queue, skill, flow, agent.
    """

    field: str
    role: str


class KindForm(Value):
    """One kind of node. type: its name in the schema. is_instant: may go on without anything being heard."""

    kind: str
    type: str
    roles: tuple[Role, ...]


class FlowForms(Value):
    """All kinds of nodes. types: JSON schemas by name."""

    kinds: tuple[KindForm, ...]
    types: dict[str, Any]


@cache
def forms() -> FlowForms:
    """The forms of all kinds, in the order of `FlowNode`."""
    kinds = tuple(
        KindForm(kind=word, type=kind.__name__, roles=tuple(roles_of(kind))) for word, kind in KINDS.items()
    )
    return FlowForms(kinds=kinds, types=msgspec.json.schema(FlowFile)["$defs"])


def roles_of(kind: type[Node]) -> list[Role]:
    """What the fields of a kind hold, ways out first, in the order in which its nodes tell them."""
    words: dict[str, str] = {}
    node = _made(kind, "", words)
    found = [Role(field=field, role="exit") for field in _fields(node.exits(), words)]
    said = {word for names in node.spoken().values() for word in names}
    found += [Role(field=words[word], role="prompt") for word in words if word in said]
    asked = set(node.facts_asked())
    found += [Role(field=words[word], role="fact") for word in words if word in asked]
    return found + [Role(field=field, role=role) for field, role in _things(kind, "")]


def _fields(exits: Mapping[str, str], words: Mapping[str, str]) -> list[str]:
    """The path of each way out: by the word that it leads to, else by its own name."""
    return list(dict.fromkeys(words.get(target, name) for name, target in exits.items()))


def _made(kind: type[Any], place: str, words: dict[str, str]) -> Any:
    """A Struct with a word of its own in every text. words: the path of the field by that word."""
    hints = get_type_hints(kind)
    given = {
        name: _sample(hints[name], f"{place}.{name}".lstrip("."), words) for name in kind.__struct_fields__
    }
    return kind(**given)


def _sample(of: Any, place: str, words: dict[str, str]) -> Any:
    while hasattr(of, "__supertype__"):
        of = of.__supertype__
    origin, inside = get_origin(of), get_args(of)
    if origin in (Union, types.UnionType):
        return _sample(next(one for one in inside if one is not type(None)), place, words)
    if origin is Literal:
        return inside[0]
    if origin in (tuple, list):
        return (_sample(inside[0], f"{place}.{_ANY}", words),)
    if origin in (dict, Mapping):
        # A key of a telephone, so that tables by key are asked as they would be in earnest.
        return {"1": _sample(inside[1], f"{place}.{_ANY}", words)}
    if of is str:
        word = f"word{len(words)}"
        words[word] = place
        return word
    if of is timedelta:
        return timedelta(seconds=5)
    if isinstance(of, type) and issubclass(of, Enum):
        return next(iter(of))
    if isinstance(of, type) and issubclass(of, msgspec.Struct):
        return _made(of, place, words)
    return of(1) if of in (int, float, bool) else None


def _things(kind: type[Any], place: str) -> list[tuple[str, str]]:
    """Fields that name a thing of the site by its id."""
    found: list[tuple[str, str]] = []
    for name, of in get_type_hints(kind).items():
        found += _named(of, f"{place}.{name}".lstrip("."))
    return found


def _named(of: Any, place: str) -> list[tuple[str, str]]:
    if of in _THINGS:
        return [(place, _THINGS[of])]
    if get_origin(of) in (tuple, list, Union, types.UnionType):
        first = next((one for one in get_args(of) if one is not type(None)), None)
        is_many = get_origin(of) in (tuple, list)
        return _named(first, f"{place}.{_ANY}" if is_many else place)
    if isinstance(of, type) and issubclass(of, msgspec.Struct):
        return _things(of, place)
    return []
