"""Which rows of a source are stored already. Pure.

A log only grows, so what is stored is known second by second: how many rows a second has and a sum of their
hashes. The last second may still grow and is kept row by row. A file given twice, a copy of it or an overlap
of two files adds nothing; rows of a second that was never seen, before the last one, come too late for a
journal that cannot be rewritten, and are said to be late.
"""

from collections import Counter
from collections.abc import Sequence
from hashlib import blake2b

import msgspec

from otklik.reports.foreign.rows import Row, Unread

HOUR = 3600
_MASK = (1 << 63) - 1


class Hours(msgspec.Struct):
    """By second: how many rows, and the sum of their hashes (63 bits). rows: hashes of all, where rows come
    in any order."""

    seconds: dict[int, tuple[int, int]] = msgspec.field(default_factory=dict)
    rows: set[int] = msgspec.field(default_factory=set)


class Edge(msgspec.Struct):
    """The last second stored, with its rows' hashes and how often each was seen."""

    second: int = 0
    rows: dict[int, int] = msgspec.field(default_factory=dict)


class Coverage:
    """Sifts rows; `hours` are those that the caller has loaded, `changed` those to be stored."""

    def __init__(self, edge: Edge | None = None) -> None:
        self.edge = edge or Edge()
        self.hours: dict[int, Hours] = {}
        self.changed: set[int] = set()

    def needed(self, rows: Sequence[Row]) -> set[int]:
        """Hours that must be loaded before these rows are sifted."""
        last = self.edge.second // HOUR
        return {
            hour for row in rows if (hour := row.at_ms // 1000 // HOUR) <= last and hour not in self.hours
        }

    def sift(self, rows: Sequence[Row]) -> tuple[list[Row], int, list[Unread]]:
        """New rows, how many are known, and those that come too late.

        rows: by time; whole seconds, so that a second's rows are not cut in two.
        """
        new: list[Row] = []
        known = 0
        late: list[Unread] = []
        start = 0
        while start < len(rows):
            second = rows[start].at_ms // 1000
            stop = start + 1
            while stop < len(rows) and rows[stop].at_ms // 1000 == second:
                stop += 1
            group = rows[start:stop]
            start = stop
            if second < self.edge.second:
                reason = self._reason(second, group)
                if reason:
                    late += [Unread(row.line, reason, row.text) for row in group]
                else:
                    known += len(group)
            else:
                fresh = self._fresh(second, group)
                known += len(group) - len(fresh)
                new += fresh
        return new, known, late

    def _reason(self, second: int, group: Sequence[Row]) -> str:
        """Why rows before the edge cannot be taken; "" when they are known."""
        hour = self.hours.get(second // HOUR)
        stored = hour.seconds.get(second) if hour is not None else None
        if stored is None:
            return "too_late"
        if stored == (len(group), sum(map(hash_of, group)) & _MASK):
            return ""
        return "differs_from_stored"

    def _fresh(self, second: int, group: Sequence[Row]) -> list[Row]:
        if second > self.edge.second:
            self._close()
            self.edge.second = second
            rows = self.edge.rows = {}
            for row in group:
                hashed = hash_of(row)
                rows[hashed] = rows.get(hashed, 0) + 1
            return list(group)
        seen = Counter(self.edge.rows)
        fresh = []
        for row in group:
            hashed = hash_of(row)
            if seen[hashed] > 0:
                seen[hashed] -= 1
                continue
            fresh.append(row)
            self.edge.rows[hashed] = self.edge.rows.get(hashed, 0) + 1
        return fresh

    def _close(self) -> None:
        """The edge moves on: its second is complete."""
        edge = self.edge
        if not edge.rows:
            return
        number = edge.second // HOUR
        hour = self.hours.setdefault(number, Hours())
        total = sum(hashed * count for hashed, count in edge.rows.items())
        hour.seconds[edge.second] = (sum(edge.rows.values()), total & _MASK)
        self.changed.add(number)


class Seen(Coverage):
    """Of records that are written long after their beginning, in any order: each row is known by itself, so
    one that stands twice counts once and none comes too late."""

    def needed(self, rows: Sequence[Row]) -> set[int]:
        return {hour for row in rows if (hour := row.at_ms // 1000 // HOUR) not in self.hours}

    def sift(self, rows: Sequence[Row]) -> tuple[list[Row], int, list[Unread]]:
        new = []
        for row in rows:
            hour = row.at_ms // 1000 // HOUR
            known = self.hours.setdefault(hour, Hours()).rows
            hashed = hash_of(row)
            if hashed not in known:
                known.add(hashed)
                self.changed.add(hour)
                new.append(row)
        return new, len(rows) - len(new), []


def hash_of(row: Row) -> int:
    """The same for a line of the file and for its row in the table: whole seconds, no empty fields at the
    end."""
    facts = row.facts
    while facts and not facts[-1]:
        facts = facts[:-1]
    text = "|".join((str(row.at_ms // 1000), row.call, row.queue, row.agent, row.event, *facts))
    return int.from_bytes(blake2b(text.encode(errors="replace"), digest_size=8).digest()) >> 1
