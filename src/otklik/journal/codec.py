"""Event <-> line of the journal: a number for the kind, JSON for the body."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, get_args

import msgspec

from otklik.vocabulary.messages import Event
from otklik.vocabulary.refusals import Refused


class UnknownEvent(Event):
    """A line whose kind this program does not know, as it stands in the journal."""

    kind: int
    body: str


class Codec:
    """Knows the events of the rooms that it is given, as types or as unions of types.

    Reading is forgiving in both directions: a field that the body lacks gets the type's default, a field that
    the type lacks is passed over. strict: a kind that nobody gave is refused with `journal_unreadable` (the
    journal was written by a newer version, and a writer must not go on without understanding it); else it is
    read as UnknownEvent.
    """

    def __init__(self, *events: Any, strict: bool = True) -> None:
        self._is_strict = strict
        self._encoder = msgspec.json.Encoder()
        self._decoders: dict[int, msgspec.json.Decoder[Any]] = {}
        self.types: dict[int, type[Event]] = {}
        for event in _types(events):
            if event.KIND <= 0:
                raise ValueError(f"{event.__name__} has no KIND")
            known = self.types.setdefault(event.KIND, event)
            if known is not event:
                raise ValueError(f"{known.__name__} and {event.__name__} both have KIND {event.KIND}")
            self._decoders[event.KIND] = msgspec.json.Decoder(event)

    def encode(self, event: Event) -> str:
        """The body. Refuses kinds that it was not given with ValueError, for it could not read them again."""
        if event.KIND not in self._decoders:
            raise ValueError(f"{type(event).__name__} (KIND {event.KIND}) was not given to the codec")
        return self._encoder.encode(event).decode()

    def decode(self, kind: int, body: str | bytes) -> Event:
        """The event of a line."""
        decoder = self._decoders.get(kind)
        if decoder is not None:
            event: Event = decoder.decode(body)
            return event
        if self._is_strict:
            raise Refused("journal_unreadable", kind=kind)
        text = body if isinstance(body, str) else body.decode()
        return UnknownEvent(at=_AT.decode(text).at, kind=kind, body=text)


class _At(msgspec.Struct):
    at: datetime


_AT = msgspec.json.Decoder(_At)


def _types(given: Iterable[Any]) -> Iterator[type[Event]]:
    for item in given:
        if isinstance(item, type):
            yield item
        else:
            yield from _types(get_args(item))
