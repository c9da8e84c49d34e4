"""The rows of the database against a fresh fold of the journal: they must be the same, always.

Used by tests and by `otklik verify`. Reads one moment of the journal; the writer goes on beside it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from otklik.journal.codec import Codec
from otklik.journal.store import last_seq, read
from otklik.reports.calendar import slots_of_days
from otklik.reports.facts import QSLOT_SUMS, FactChanges, Segment
from otklik.reports.live import LiveFold
from otklik.reports.segments import SegmentFold
from otklik.reports.store import checking
from otklik.reports.store.checking import Row
from otklik.reports.store.writing import (
    AGENT_NOW_COLUMNS,
    INTERACTION_COLUMNS,
    INTERACTION_NOW_COLUMNS,
    SEGMENT_COLUMNS,
    agent_now_row,
    interaction_now_row,
)
from otklik.vocabulary.ids import SiteId
from otklik.vocabulary.time import SLOT_MS


@dataclass(frozen=True, slots=True)
class Difference:
    """One row that is not as it should be; None where it is missing. columns: those that differ."""

    table: str
    key: tuple[Any, ...]
    columns: tuple[str, ...]
    is_there: Row | None
    should_be: Row | None


async def refold(
    connection: Any, codec: Codec, *, site_id: SiteId, day: date | None = None, zone: ZoneInfo | None = None
) -> list[Difference]:
    """Compare every fact of a local day (of all days if None) and every row of now. Empty is good.

    Folds the whole journal from its first event: what is open today may have begun long ago.
    """
    slots = (0, 1 << 31)
    if day is not None:
        assert zone is not None, "a day needs its zone"
        slots = slots_of_days(day, day + timedelta(days=1), zone)
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        until = await last_seq(connection, site_id)
        folded = _Folded(slots)
        async for records in read(connection, codec, site_id=site_id, until_seq=until):
            folded.add(records)
        differences: list[Difference] = []
        for table, wanted in folded.tables().items():
            found = await checking.rows_of(connection, table, site_id, slots)
            differences += _compare(table, found, wanted)
    return differences


class _Folded:
    """What the tables should hold, of the stays and slots in the range."""

    def __init__(self, slots: tuple[int, int]) -> None:
        self._slots = slots
        self._facts = SegmentFold()
        self._live = LiveFold()
        self._qslot: dict[tuple[Any, ...], Row] = {}
        self._agent_slot: dict[tuple[Any, ...], Row] = {}
        self._agent_state: dict[tuple[Any, ...], Row] = {}
        self._final: dict[tuple[Any, ...], Row] = {}
        self._open: dict[tuple[Any, ...], Row] = {}
        self._interactions: dict[tuple[Any, ...], Row] = {}
        self._offers: dict[tuple[Any, ...], Row] = {}
        self._phases: dict[tuple[Any, ...], Row] = {}
        self._agents: dict[tuple[Any, ...], Row] = {}
        self._now: dict[tuple[Any, ...], Row] = {}
        self._cut_ms = 0

    def add(self, records: Sequence[Any]) -> None:
        """Fold one record after the other, as the smallest batches would."""
        for record in records:
            changes = self._facts.fold([record])
            if changes is not None:
                self._add_counters(changes)
                self._add_stays(changes)
                self._add_lines(changes)
            self._add_live(record)

    def _is_wanted(self, slot: int) -> bool:
        return self._slots[0] <= slot < self._slots[1]

    def _is_wanted_at(self, at_ms: int) -> bool:
        return self._is_wanted(at_ms // SLOT_MS)

    def _add_counters(self, changes: FactChanges) -> None:
        for key, change in changes.qslot.items():
            if self._is_wanted(key[0]):
                row = self._qslot.setdefault(key, {name: 0 for name in (*QSLOT_SUMS, "max_wait_ms")})
                for name, value in zip(QSLOT_SUMS, change.sums, strict=True):
                    row[name] += value
                row["max_wait_ms"] = max(row["max_wait_ms"], change.max_wait_ms)
                row["project_id"] = row.get("project_id", change.project_id)
        for agent_key, time in changes.agent_slot.items():
            if self._is_wanted(agent_key[0]):
                row = self._agent_slot.setdefault(agent_key, {"ms": 0, "n": 0})
                row["ms"] += time.ms
                row["n"] += time.n

    def _add_stays(self, changes: FactChanges) -> None:
        for segment in changes.final:
            self._open.pop((segment.segment_id,), None)
            if self._is_wanted(segment.slot):
                self._final[(segment.segment_id,)] = _segment(segment)
        for segment in changes.open.values():
            if self._is_wanted(segment.slot):
                self._open[(segment.segment_id,)] = _segment(segment)
        for interaction_id, fact in changes.interactions.items():
            if self._is_wanted_at(fact.start_ms):
                row = asdict(fact)
                self._interactions[(interaction_id,)] = {
                    name: row[name] for name in INTERACTION_COLUMNS if name != "interaction_id"
                }

    def _add_lines(self, changes: FactChanges) -> None:
        for state, seq in changes.agent_state:
            if self._is_wanted_at(state.start_ms):
                row = state._asdict()
                del row["begins"], row["agent_id"]
                self._agent_state[state.agent_id, seq] = row
        for offer_id, offer in changes.offers.items():
            if self._is_wanted(offer.slot):
                row = offer._asdict()
                del row["offer_id"], row["why"]
                self._offers[(offer_id,)] = row
        for interaction_id, seq, phase, owner, segment_id, start_ms, stop_ms in changes.phases:
            if self._is_wanted_at(start_ms):
                self._phases[interaction_id, seq] = {
                    "phase": phase,
                    "owner": owner,
                    "segment_id": segment_id,
                    "start_ms": start_ms,
                    "stop_ms": stop_ms,
                }

    def _add_live(self, record: Any) -> None:
        changes = self._live.fold([record])
        if changes is None:
            return
        for agent_id in changes.gone_agents:
            self._agents.pop((agent_id,), None)
        for interaction_id in changes.gone_interactions:
            self._now.pop((interaction_id,), None)
        if changes.cut_ms:
            for row in self._agents.values():
                if row["state"]:
                    row["counted_ms"] = max(row["counted_ms"], changes.cut_ms)
        for agent_id, (agent, seq) in changes.agents.items():
            self._agents[(agent_id,)] = _named(AGENT_NOW_COLUMNS, agent_now_row(agent, seq))
        for interaction_id, (interaction, seq) in changes.interactions.items():
            self._now[(interaction_id,)] = _named(
                INTERACTION_NOW_COLUMNS, interaction_now_row(interaction, seq)
            )

    def tables(self) -> dict[str, dict[tuple[Any, ...], Row]]:
        """Rows by table and key."""
        return {
            "qslot": self._qslot,
            "agent_slot": self._agent_slot,
            "agent_state": self._agent_state,
            "segment": self._final,
            "segment_open": self._open,
            "interaction": self._interactions,
            "offer": self._offers,
            "phase": self._phases,
            "agent_now": self._agents,
            "interaction_now": self._now,
        }


def _segment(segment: Segment) -> Row:
    return {name: getattr(segment, name) for name in SEGMENT_COLUMNS if name != "segment_id"}


def _named(columns: Iterable[str], row: Sequence[Any]) -> Row:
    named = dict(zip(columns, row, strict=True))
    del named[next(iter(named))]
    return named


def _compare(
    table: str, found: dict[tuple[Any, ...], Row], wanted: dict[tuple[Any, ...], Row]
) -> list[Difference]:
    differences = []
    for key in sorted(found.keys() | wanted.keys()):
        is_there, should_be = found.get(key), wanted.get(key)
        if is_there is None or should_be is None:
            differences.append(Difference(table, key, (), is_there, should_be))
            continue
        columns = tuple(name for name in should_be if is_there.get(name) != should_be[name])
        if columns:
            differences.append(Difference(table, key, columns, is_there, should_be))
    return differences
