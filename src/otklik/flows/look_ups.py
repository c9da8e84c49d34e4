"""What a flow asks another system, and what it takes out of the answer. Pure: the asking is a driver's.

An answer is plain JSON: of a web service as it came, of a database the one row as an object by column.
"""

import datetime
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, Literal

import msgspec

from otklik.flows.grammar import number_in
from otklik.vocabulary.messages import Value

FOUND: Final = "found"
NOT_FOUND: Final = "not_found"
FAILED: Final = "failed"
LONGEST_VALUE: Final = 500
"""Characters of one variable: what is longer was not meant to be spoken or compared."""

_CENT = Decimal("0.01")


class Extract(Value, forbid_unknown_fields=True):
    """One variable taken out of an answer.

    path: names and places with points between: `account.balance`, `items.0.name`; a column of a row. kind:
    text, number (`1234.5`), money (two digits behind the point), date (`2026-11-23`). is_required: without it
    nothing was found. is_personal: kept out of the journal, and gone when the interaction ends.
    """

    name: str
    path: str
    kind: Literal["text", "number", "money", "date"] = "text"
    is_required: bool = False
    is_personal: bool = False


class Question(Value):
    """What is asked of a system. path: escaped, with its leading slash. fields: what goes along, as a query
    (GET), as a JSON object (POST), or as the named parameters of a statement."""

    method: str = "GET"
    path: str = ""
    fields: dict[str, str] = msgspec.field(default_factory=dict)
    statement: str = ""
    values: tuple[Extract, ...] = ()


class Answer(Value):
    """outcome: found, not_found or failed; reason: why it failed, a code. values: by variable."""

    outcome: str
    reason: str = ""
    values: dict[str, str] = msgspec.field(default_factory=dict)


class ValueUnfit(Exception):
    """Something of an answer is not of the kind that was asked for."""


def read_answer(plain: Any, values: tuple[Extract, ...]) -> Answer:
    """The variables in an answer. Nothing at all (null, an empty list or object), or without something that
    is required: not found. A value of another kind: failed `value_unfit`."""
    if plain is None or plain == [] or plain == {}:
        return Answer(outcome=NOT_FOUND)
    taken: dict[str, str] = {}
    for one in values:
        try:
            text = _text(_at(plain, one.path), one.kind)
        except ValueUnfit:
            return Answer(outcome=FAILED, reason="value_unfit")
        if not text and one.is_required:
            return Answer(outcome=NOT_FOUND)
        taken[one.name] = text
    return Answer(outcome=FOUND, values=taken)


def personal(values: tuple[Extract, ...]) -> frozenset[str]:
    """Names of the variables that must not be kept."""
    return frozenset(one.name for one in values if one.is_personal)


def _at(plain: Any, path: str) -> Any:
    """The value at a path, None when there is none."""
    for step in path.removeprefix("$").strip(".").split("."):
        if isinstance(plain, Mapping):
            plain = plain.get(step)
        elif isinstance(plain, list) and step.isascii() and step.isdigit() and int(step) < len(plain):
            plain = plain[int(step)]
        else:
            return None
    return plain


def _text(value: Any, kind: str) -> str:
    """A value as variables hold it, "" for none. Raises ValueUnfit."""
    if value is None or value == "":
        return ""
    if isinstance(value, Mapping | list):
        raise ValueUnfit
    if isinstance(value, bool):
        if kind != "text":
            raise ValueUnfit
        return "true" if value else "false"
    written = str(value).strip()
    match kind:
        case "number" | "money":
            number = number_in(written)
            if number is None:
                raise ValueUnfit
            return f"{number.quantize(_CENT):f}" if kind == "money" else f"{number:f}"
        case "date":
            try:
                return datetime.date.fromisoformat(written[:10]).isoformat()
            except ValueError:
                raise ValueUnfit from None
        case _:
            return written[:LONGEST_VALUE]
