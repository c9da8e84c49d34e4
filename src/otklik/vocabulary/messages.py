"""What a command, an event, a signal and an instruction are made of.

One direction: signal (a channel tells us) -> command (we ask the engine) -> event (the engine's fact) ->
instruction (we tell a channel). All are frozen msgspec Structs with keyword fields and a tag (the class name
in `type`), so that unions of them decode without a registry. New fields get defaults: old journals must
always decode.

Made by keyword, which the type checker sees to: a metaclass that makes it so at run time costs four times
as much as the message itself. A class whose required field follows an optional one says `kw_only=True`.
None can stand in a circle, so the collector passes them by (`gc=False`).
"""

from datetime import datetime
from typing import ClassVar, dataclass_transform

import msgspec


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class Value(msgspec.Struct, frozen=True, gc=False):
    """A value inside a message."""


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class Message(msgspec.Struct, frozen=True, tag=True, gc=False):
    """Base of every message."""


class Command(Message):
    """Something asked of an engine. `at` is the moment at which it is asked."""

    at: datetime


class Event(Message):
    """Something that happened. `KIND` is its number in the journal, for ever; 0 is no event."""

    KIND: ClassVar[int] = 0
    at: datetime
