"""Ids, moments and texts at the border: how they are written in JSON, and what is refused.

Ids of interactions, segments, offers and legs are text (JavaScript loses integers above 2^53); ids of
configuration are numbers. Moments are RFC 3339 with Z and milliseconds; durations are numbers ending in
`_seconds`.
"""

import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from otklik.vocabulary.refusals import Invalid
from otklik.vocabulary.text import one_line

LARGEST_LONG = 2**63 - 1
LARGEST_SAFE = 2**53 - 1
"""Above it JavaScript rounds a number to another one."""
LARGEST_INT = 2**31 - 1
LARGEST_SMALL = 2**15 - 1


class Schema(BaseModel):
    """Base of all: an unknown field is refused, and so is a number that is not one."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


def _long_from_text(given: object) -> object:
    if isinstance(given, str):
        if not (0 < len(given) <= 19 and given.isascii() and given.isdigit()):
            raise PydanticCustomError("not_an_id", "an id is up to 19 digits")
        given = int(given)
    if not isinstance(given, int) or isinstance(given, bool) or not 0 < given <= LARGEST_LONG:
        raise PydanticCustomError("not_an_id", "an id is up to 19 digits")
    return given


LongId = Annotated[
    int,
    BeforeValidator(_long_from_text),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{1,19}$", "examples": ["1794837265014784000"]}),
]
"""An id minted by the writer: an integer here, text in JSON."""

Seq = Annotated[
    int,
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{1,19}$", "examples": ["4711"]}),
]
"""A place in the journal, as text in JSON."""

SeqAsked = Annotated[
    int, Field(ge=0, le=2**62), WithJsonSchema({"type": "string", "pattern": "^[0-9]{1,19}$"})
]
"""A place in a journal or a history, in a query."""

LONG_NAMES = frozenset(
    {
        "callback_of",
        "consult_id",
        "consult_of",
        "customer_id",
        "interaction_id",
        "leg_id",
        "offer_id",
        "participant_id",
        "party_id",
        "segment_id",
        "seq",
        "talk_id",
        "text_id",
        "voicemail_id",
    }
)
"""What ids that the writer mints are called in events and facts; text in JSON whatever their size, so that a
field has one type."""


def with_ids_as_text(found: Any, name: str = "") -> Any:
    """Plain JSON values with all ids of the writer as text, at any depth; and so is any other integer that
    JavaScript would change."""
    match found:
        case bool():
            return found
        case int() if name in LONG_NAMES or abs(found) > LARGEST_SAFE:
            return str(found)
        case Mapping():
            return {key: with_ids_as_text(value, key) for key, value in found.items()}
        case list() | tuple():
            return [with_ids_as_text(value, name) for value in found]
        case _:
            return found


Facts = Annotated[
    dict[str, Any],
    BeforeValidator(with_ids_as_text),
    WithJsonSchema(
        {"type": "object", "additionalProperties": True, "description": "Ids minted by the writer are text."}
    ),
]
"""Whatever an event, a refusal or a question tells of, by name."""

Id = Annotated[int, Field(ge=1, le=LARGEST_INT)]
"""An id of configuration or customers."""

SmallId = Annotated[int, Field(ge=1, le=LARGEST_SMALL)]
"""An id of a queue, a project or a reason: facts keep them in two bytes."""


def moment_text(at: datetime) -> str:
    """RFC 3339 in UTC with milliseconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def _aware(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise PydanticCustomError("moment_without_zone", "a moment needs a time zone")
    return at.astimezone(UTC)


Moment = Annotated[
    datetime,
    AfterValidator(_aware),
    PlainSerializer(moment_text, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]


def _no_controls(text: str) -> str:
    if any(unicodedata.category(sign) in ("Cc", "Cs") for sign in text):
        raise PydanticCustomError("control_character", "control characters are not text")
    return text


def _no_controls_but_lines(text: str) -> str:
    _no_controls(text.replace("\n", "").replace("\t", "").replace("\r", ""))
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _stripped(given: Any) -> Any:
    return given.strip() if isinstance(given, str) else given


def _seen(text: str) -> str:
    try:
        return one_line(text, "", longest=len(text) * 3)
    except Invalid as invalid:
        if invalid.code == "text_empty":
            raise PydanticCustomError("text_empty", "nothing that can be seen") from None
        raise PydanticCustomError("control_character", "control characters are not text") from None


Name = Annotated[str, BeforeValidator(_stripped), Field(min_length=1, max_length=120), AfterValidator(_seen)]
"""One line, not empty, and something of it can be seen."""

Line = Annotated[str, BeforeValidator(_stripped), Field(max_length=250), AfterValidator(_no_controls)]
"""One line, may be empty."""

Note = Annotated[str, Field(max_length=4000), AfterValidator(_no_controls_but_lines)]
"""Lines of text."""

Login = Annotated[
    str, BeforeValidator(_stripped), Field(min_length=1, max_length=64), AfterValidator(_no_controls)
]
Password = Annotated[str, Field(min_length=1, max_length=256)]
"""Taken as it is typed: pasted, with spaces, in any script. Its strength is judged by `access`."""

PhoneText = Annotated[
    str, BeforeValidator(_stripped), Field(min_length=1, max_length=64), AfterValidator(_no_controls)
]
"""A number in any pasted form; what number it is, the engine decides with the site's country."""

Share = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(ge=0)]


class FieldProblem(Schema):
    """What is wrong at one place of what was sent. place: names and positions with dots, `hours.0.opens`."""

    place: str
    code: str
    facts: Facts = Field(default_factory=dict)


class Problem(Schema):
    """Every answer that is not what was asked for. The code has a text in both languages in the browser."""

    code: str
    facts: Facts = Field(default_factory=dict)
    place: str | None = None
    problems: list[FieldProblem] | None = None


class Effect(Schema):
    """The answer to a command: its effect is in the journal at or before `seq`."""

    seq: Seq
