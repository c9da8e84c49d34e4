"""Matters that were moved from agent to agent: how many how often, and which."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

from otklik.reports import codes
from otklik.reports.service.shared import lasting, limit_of
from otklik.reports.store import moving
from otklik.reports.transfers import Transfer, transfers_of
from otklik.vocabulary.ids import SiteId
from otklik.vocabulary.time import from_ms, to_ms


@dataclass(frozen=True, slots=True)
class MovedMatter:
    """moves: how often an agent gave it away (a transfer of any kind, or taken back by a supervisor).
    agent_ids, queue_ids: of each talk, in order; queue 0 none."""

    interaction_id: int
    started_at: datetime
    moves: int
    agent_ids: tuple[int, ...]
    queue_ids: tuple[int, ...]
    wait: timedelta
    talk: timedelta
    hold: timedelta
    outcome: str | None


@dataclass(frozen=True, slots=True)
class Moves:
    """by_moves: how many matters that somebody answered were moved so often. transfers: each single one."""

    by_moves: dict[int, int]
    matters: list[MovedMatter]
    transfers: list[Transfer]


async def moved_matters(
    connection: Any,
    *,
    site_id: SiteId,
    since: datetime,
    until: datetime,
    agents_sight: Sequence[int] | None = None,
    at_least: int = 2,
    limit: int = 100,
) -> Moves:
    """Of matters that began in this time; agents_sight: only those in which one of them had a talk."""
    period = (to_ms(since), to_ms(until))
    counts = await moving.count_by_moves(connection, site_id, *period, agents_sight)
    rows = await moving.list_moved(
        connection, site_id, *period, agents_sight, at_least=at_least, limit=limit_of(limit)
    )
    stays = await moving.stays_of_moved(connection, site_id, *period, agents_sight)
    transfers = [
        one
        for _, of in groupby(stays, key=itemgetter("interaction_id"))
        for one in transfers_of(of)
        if agents_sight is None or one.from_agent_id in agents_sight
    ]
    return Moves(
        transfers=transfers,
        by_moves={row["moves"]: row["matters"] for row in counts},
        matters=[
            MovedMatter(
                interaction_id=row["interaction_id"],
                started_at=from_ms(row["start_ms"]),
                moves=row["moves"],
                agent_ids=tuple(row["agent_ids"]),
                queue_ids=tuple(row["queue_ids"]),
                wait=lasting(row["wait_ms"]),
                talk=lasting(row["talk_ms"]),
                hold=lasting(row["hold_ms"]),
                outcome=codes.OUTCOME_NAMES.get(row["outcome"]) if row["outcome"] else None,
            )
            for row in rows
        ],
    )
