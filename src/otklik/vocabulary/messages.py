"""What a command, an event, a signal and an instruction are made of.

One direction: signal (a channel tells us) -> command (we ask the engine) -> event (the engine's fact) ->
instruction (we tell a channel). All are frozen msgspec Structs with keyword fields and a tag (the class name
in `type`), so that unions of them decode without a registry. New fields get defaults: old journals must
always decode.
"""

from datetime import datetime
from typing import Any, ClassVar, dataclass_transform

import msgspec


class _KeywordOnly(msgspec.StructMeta):
    """Makes every subclass frozen and keyword-only: msgspec itself does not inherit `kw_only`."""

    def __new__(
        mcs: type["_KeywordOnly"],
        name: str,
        bases: tuple[type, ...],
        namespace: dict[str, Any],
        **options: Any,
    ) -> Any:
        options.setdefault("kw_only", True)
        options.setdefault("frozen", True)
        return msgspec.StructMeta.__new__(mcs, name, bases, namespace, **options)


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class Value(msgspec.Struct, metaclass=_KeywordOnly, frozen=True, kw_only=True):
    """A value inside a message."""


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class Message(msgspec.Struct, metaclass=_KeywordOnly, tag=True, frozen=True, kw_only=True):
    """Base of every message."""


class Command(Message):
    """Something asked of an engine. `at` is the moment at which it is asked."""

    at: datetime


class Event(Message):
    """Something that happened. `KIND` is its number in the journal, for ever; 0 is no event."""

    KIND: ClassVar[int] = 0
    at: datetime
