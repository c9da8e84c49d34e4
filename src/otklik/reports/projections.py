"""The folds of this room as the journal's writer wants them: `facts` and `live`."""

from collections.abc import Sequence
from typing import Any

from otklik.journal.projection import Acts, Projection
from otklik.journal.record import Record
from otklik.reports.facts import FactChanges
from otklik.reports.live import LiveChanges, LiveFold
from otklik.reports.segments import SegmentFold
from otklik.reports.store import writing
from otklik.vocabulary.ids import SiteId


class Facts:
    """Stays, counters, agents' time, time lines."""

    name: str = "facts"
    version: int = 1
    tables: tuple[str, ...] = (
        "segment",
        "segment_open",
        "qslot",
        "agent_slot",
        "agent_state",
        "interaction",
        "offer",
        "phase",
        "queue_rule",
    )

    def __init__(self, site_id: SiteId) -> None:
        self._site_id = site_id
        self._fold = SegmentFold()

    def fold(self, records: Sequence[Record]) -> FactChanges | None:
        return self._fold.fold(records)

    def acts(self, changes: FactChanges) -> Acts | None:
        return writing.fact_acts(self._site_id, changes)

    async def write(self, connection: Any, changes: FactChanges) -> None:
        await writing.write_facts(connection, self._site_id, changes)

    def snapshot(self) -> bytes:
        return self._fold.snapshot()

    def restore(self, snapshot: bytes | None) -> None:
        self._fold.restore(snapshot)


class Live:
    """Where every agent and every interaction stands now."""

    name: str = "live"
    version: int = 1
    tables: tuple[str, ...] = ("agent_now", "interaction_now")

    def __init__(self, site_id: SiteId) -> None:
        self._site_id = site_id
        self._fold = LiveFold()

    def fold(self, records: Sequence[Record]) -> LiveChanges | None:
        return self._fold.fold(records)

    def acts(self, changes: LiveChanges) -> Acts | None:
        return writing.live_acts(self._site_id, changes)

    async def write(self, connection: Any, changes: LiveChanges) -> None:
        await writing.write_live(connection, self._site_id, changes)

    def snapshot(self) -> bytes:
        return self._fold.snapshot()

    def restore(self, snapshot: bytes | None) -> None:
        self._fold.restore(snapshot)


def report_projections(site_id: SiteId) -> list[Projection]:
    """Both, for the writer of a site."""
    return [Facts(site_id), Live(site_id)]
