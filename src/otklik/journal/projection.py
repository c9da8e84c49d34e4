"""A projection folds the journal into rows, in the writer's own transaction."""

from collections.abc import Sequence
from typing import Any, Protocol

from otklik.journal.record import Record


class Projection(Protocol):
    """Pure fold plus one write.

    `fold` changes only the projection's own open state (open segments, open states) and returns what to
    write, None for nothing; it must be total: it meets every event of every room and leaves alone what it
    does not know. `write` stands in the room's store.py and runs under a savepoint on the writer's connection
    (asyncpg). If either raises, the batch is committed without it, the projection is marked behind at that
    sequence and is rebuilt from the journal. `tables` are emptied (for the site) before a rebuild. `version`
    changes when the rows' meaning changes.
    """

    name: str
    version: int
    tables: tuple[str, ...]

    def fold(self, records: Sequence[Record]) -> Any: ...

    async def write(self, connection: Any, changes: Any) -> None: ...

    def snapshot(self) -> bytes:
        """The open state, for the site's snapshot."""
        ...

    def restore(self, snapshot: bytes | None) -> None:
        """Back to a snapshot's open state, or to the empty one."""
        ...
