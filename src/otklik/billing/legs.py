"""How long each call on a trunk was up: the fold of the journal, and its rows.

A trunk's far end counts from the answer to the end of one leg, whatever became of the customer meanwhile; a
leg that was never answered costs nothing and has no row. Legs without a trunk (agents, customers' browsers)
are nobody's to bill.
"""

from collections.abc import Sequence
from typing import Any, Protocol, TypeGuard

import msgspec

from otklik.journal.projection import Acts
from otklik.journal.record import Record
from otklik.vocabulary.ids import InteractionId, LegId, NumberId, SiteId, TrunkId
from otklik.vocabulary.messages import Event, Value
from otklik.vocabulary.time import to_ms

CUSTOMER = "customer"
"""The role of a leg that came to us; all others on a trunk were dialled by us."""


class StartedEvent(Protocol):
    """As the switchboard, which stands above, writes it: number 401."""

    leg_id: LegId
    interaction_id: InteractionId
    role: str
    trunk_id: TrunkId
    number_id: NumberId


class LegEvent(Protocol):
    """Number 402, answered, and 403, over."""

    leg_id: LegId


def is_started(event: Event) -> TypeGuard[StartedEvent]:
    return event.KIND == 401


def is_up(event: Event) -> TypeGuard[LegEvent]:
    return event.KIND == 402


def is_over(event: Event) -> TypeGuard[LegEvent]:
    return event.KIND == 403


class TrunkLeg(Value):
    """A row, by the journal's own time. number_id: the number called, 0 of a call that we made. up_ms 0: not
    answered yet; over_ms 0: it goes on."""

    leg_id: LegId
    interaction_id: InteractionId
    trunk_id: TrunkId
    number_id: NumberId
    is_inbound: bool
    up_ms: int = 0
    over_ms: int = 0


class TrunkLegChanges(Value):
    """Whole rows, each once."""

    site_id: SiteId
    rows: tuple[TrunkLeg, ...]


class TrunkLegProjection:
    """Fulfils `journal.projection.Projection`. State: the legs on trunks that live."""

    name: str = "trunk_legs"
    version: int = 1
    tables: tuple[str, ...] = ("trunk_leg",)

    def __init__(self) -> None:
        self._open: dict[LegId, TrunkLeg] = {}

    def fold(self, records: Sequence[Record]) -> TrunkLegChanges | None:
        """What these records change; None for nothing."""
        changed: dict[LegId, TrunkLeg] = {}
        for record in records:
            event = record.event
            if is_started(event):
                if event.trunk_id:
                    self._open[event.leg_id] = TrunkLeg(
                        leg_id=event.leg_id,
                        interaction_id=event.interaction_id,
                        trunk_id=event.trunk_id,
                        number_id=event.number_id,
                        is_inbound=event.role == CUSTOMER,
                    )
            elif is_up(event):
                leg = self._open.get(event.leg_id)
                if leg is not None and not leg.up_ms:
                    leg = msgspec.structs.replace(leg, up_ms=to_ms(record.at))
                    self._open[event.leg_id] = changed[event.leg_id] = leg
            elif is_over(event):
                leg = self._open.pop(event.leg_id, None)
                if leg is not None and leg.up_ms:
                    changed[event.leg_id] = msgspec.structs.replace(leg, over_ms=to_ms(record.at))
        return TrunkLegChanges(site_id=records[0].site_id, rows=tuple(changed.values())) if changed else None

    def acts(self, changes: TrunkLegChanges) -> Acts | None:
        """All rows by one insert."""
        return Acts((_WRITE,), _values(changes))

    async def write(self, connection: Any, changes: TrunkLegChanges) -> None:
        """In the writer's transaction."""
        await connection.execute(_WRITE, *_values(changes))

    def snapshot(self) -> bytes:
        """The legs that live."""
        return msgspec.msgpack.encode(list(self._open.values()))

    def restore(self, snapshot: bytes | None) -> None:
        """Back to a snapshot's legs, or to none."""
        rows = msgspec.msgpack.decode(snapshot, type=list[TrunkLeg]) if snapshot else []
        self._open = {row.leg_id: row for row in rows}


_WRITE = """
    insert into trunk_leg (
        site_id, leg_id, interaction_id, trunk_id, number_id, is_inbound, up_ms, over_ms
    )
    select $1::smallint, row.* from unnest(
        $2::bigint[], $3::bigint[], $4::int[], $5::int[], $6::bool[], $7::bigint[], $8::bigint[]
    ) as row
    on conflict (site_id, leg_id) do update set over_ms = excluded.over_ms
"""


def _values(changes: TrunkLegChanges) -> tuple[Any, ...]:
    rows = changes.rows
    return (
        changes.site_id,
        [row.leg_id for row in rows],
        [row.interaction_id for row in rows],
        [row.trunk_id for row in rows],
        [row.number_id for row in rows],
        [row.is_inbound for row in rows],
        [row.up_ms for row in rows],
        [row.over_ms for row in rows],
    )
