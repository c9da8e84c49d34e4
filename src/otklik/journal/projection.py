"""A projection folds the journal into rows, in the writer's own transaction."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

from otklik.journal.record import Record


@dataclass(frozen=True, slots=True)
class Acts:
    """Rows to write as parts of one statement, so that a batch costs one round trip with its commit.

    texts: each inserts, updates or deletes and is whole by itself; values: what stands in all of them for $1,
    $2 ... All see the tables as they were before the statement, and of two changes of one row only one would
    be done: no two acts of a batch may change the same row.
    """

    texts: tuple[str, ...]
    values: tuple[Any, ...]


NOTHING_TO_WRITE = Acts((), ())


def join(several: Sequence[Acts]) -> Acts:
    """All of them as one; their values are numbered anew."""
    texts: list[str] = []
    values: list[Any] = []
    for acts in several:
        texts += [_shift(text, len(values)) for text in acts.texts]
        values += acts.values
    return Acts(tuple(texts), tuple(values))


@cache
def _shift(text: str, by: int) -> str:
    return re.sub(r"\$(\d+)", lambda match: f"${int(match[1]) + by}", text) if by else text


class Projection(Protocol):
    """Pure fold plus one write.

    `fold` changes only the projection's own open state (open segments, open states) and returns what to
    write, None for nothing; it must be total: it meets every event of every room and leaves alone what it
    does not know. `write` stands in the room's store.py and runs under a savepoint on the writer's connection
    (asyncpg). If either raises, the batch is committed without it, the projection is marked behind at that
    sequence and is rebuilt from the journal. `acts` gives the same rows as `write` would write, or None where
    they cannot be written in one statement. `tables` are emptied (for the site) before a rebuild. `version`
    changes when the rows' meaning changes.
    """

    name: str
    version: int
    tables: tuple[str, ...]

    def fold(self, records: Sequence[Record]) -> Any: ...

    def acts(self, changes: Any) -> Acts | None: ...

    async def write(self, connection: Any, changes: Any) -> None: ...

    def snapshot(self) -> bytes:
        """The open state, for the site's snapshot."""
        ...

    def restore(self, snapshot: bytes | None) -> None:
        """Back to a snapshot's open state, or to the empty one."""
        ...
