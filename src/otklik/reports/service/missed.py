"""Customers whom nobody answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from otklik.reports import codes
from otklik.reports.service.shared import lasting, limit_of, moment_or_none, next_place, place_of
from otklik.reports.store import listing
from otklik.vocabulary.ids import SiteId
from otklik.vocabulary.time import from_ms, to_ms


@dataclass(frozen=True, slots=True)
class Missed:
    """A customer whom nobody answered: his last call, and how often he tried since he was last missed first.

    handled_*: the first talk with him after that (`direction` tells who began), None while nobody talked
    with him. attempt_*: the last try to call him back; attempt_outcome None while it goes on.
    """

    interaction_id: int
    customer_id: int
    number: str | None
    number_id: int
    queue_id: int
    project_id: int
    outcome: str
    started_at: datetime
    ended_at: datetime
    first_at: datetime
    wait: timedelta
    calls: int
    handled_by: int | None
    handled_by_agent: int | None
    handled_at: datetime | None
    handled_direction: str | None
    attempt_id: int | None
    attempt_agent: int | None
    attempt_at: datetime | None
    attempt_outcome: str | None


async def list_missed(
    connection: Any,
    *,
    site_id: SiteId,
    since: datetime,
    queue_ids: Sequence[int] | None = None,
    with_handled: bool = False,
    place: str | None = None,
    limit: int = 50,
) -> tuple[list[Missed], str | None]:
    """Customers whom nobody answered since a moment, newest first, with the place to go on.

    One row for each customer, for each call when the number is unknown. Once somebody has talked with him
    he is gone, or marked when `with_handled`.
    """
    limit = limit_of(limit)
    rows = await listing.list_missed(
        connection,
        site_id,
        since_ms=to_ms(since),
        queue_ids=queue_ids,
        with_handled=with_handled,
        before=place_of(place),
        limit=limit,
    )
    return [_missed(row) for row in rows], next_place(rows, limit)


async def count_missed(
    connection: Any, *, site_id: SiteId, since: datetime, queue_ids: Sequence[int] | None = None
) -> int:
    """How many of them nobody has talked with yet."""
    return await listing.count_missed(connection, site_id, since_ms=to_ms(since), queue_ids=queue_ids)


def _missed(row: Any) -> Missed:
    return Missed(
        interaction_id=row["interaction_id"],
        customer_id=row["customer_id"],
        number=row["e164"],
        number_id=row["number_id"],
        queue_id=row["queue_id"],
        project_id=row["project_id"],
        outcome=codes.OUTCOME_NAMES[row["outcome"]],
        started_at=from_ms(row["start_ms"]),
        ended_at=from_ms(row["end_ms"]),
        first_at=from_ms(row["first_ms"]),
        wait=lasting(row["wait_ms"]),
        calls=row["calls"],
        handled_by=row["handled_by"],
        handled_by_agent=row["handled_by_agent"],
        handled_at=moment_or_none(row["handled_ms"]),
        handled_direction=codes.DIRECTION_NAMES.get(row["handled_direction"] or 0),
        attempt_id=row["attempt_id"],
        attempt_agent=row["attempt_agent"],
        attempt_at=moment_or_none(row["attempt_ms"]),
        attempt_outcome=codes.OUTCOME_NAMES.get(row["attempt_outcome"] or 0),
    )
