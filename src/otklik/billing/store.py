"""Rates and tariffs as rows, and what costs are counted from: handling by queue, contacts, calls."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from otklik.billing.model import PayRate, Route, Tariff, Terms
from otklik.reports import codes
from otklik.reports.measures import EXCLUDED_PROJECT
from otklik.vocabulary.ids import SiteId
from otklik.vocabulary.time import SLOT_MS

_RATE = "rate_id, agent_id, role_id, since, per_hour, currency, by_person, at, withdrawn_by, withdrawn_at"
_TARIFF = (
    "tariff_id, is_inbound, trunk_id, number_id, since, is_ours, per_minute, connection_fee, free_seconds,"
    " first_seconds, step_seconds, currency, by_person, at, withdrawn_by, withdrawn_at"
)


# --- rates


async def list_rates(connection: Any, site_id: SiteId, *, with_withdrawn: bool = False) -> list[PayRate]:
    """In the order in which they were set."""
    rows = await connection.fetch(
        f"select {_RATE} from pay_rate where site_id = $1 and ($2 or withdrawn_at is null) order by rate_id",
        site_id,
        with_withdrawn,
    )
    return [
        PayRate(
            rate_id=row["rate_id"],
            agent_id=row["agent_id"],
            role_id=row["role_id"],
            since=row["since"],
            per_hour=row["per_hour"],
            currency=row["currency"],
            by=row["by_person"],
            at=row["at"],
            withdrawn_by=row["withdrawn_by"],
            withdrawn_at=row["withdrawn_at"],
        )
        for row in rows
    ]


async def add_rate(connection: Any, site_id: SiteId, rate: PayRate) -> int:
    """A new one; gives its id."""
    found: int = await connection.fetchval(
        """
        insert into pay_rate (site_id, agent_id, role_id, since, per_hour, currency, by_person, at)
        values ($1, $2, $3, $4, $5, $6, $7, $8) returning rate_id
        """,
        site_id,
        rate.agent_id,
        rate.role_id,
        rate.since,
        rate.per_hour,
        rate.currency,
        rate.by,
        rate.at,
    )
    return found


# --- tariffs


async def list_tariffs(connection: Any, site_id: SiteId, *, with_withdrawn: bool = False) -> list[Tariff]:
    """In the order in which they were set."""
    rows = await connection.fetch(
        f"select {_TARIFF} from tariff where site_id = $1 and ($2 or withdrawn_at is null)"
        " order by tariff_id",
        site_id,
        with_withdrawn,
    )
    return [
        Tariff(
            tariff_id=row["tariff_id"],
            route=Route(row["is_inbound"], row["trunk_id"], row["number_id"]),
            since=row["since"],
            terms=Terms(
                is_ours=row["is_ours"],
                per_minute=row["per_minute"],
                connection_fee=row["connection_fee"],
                free=timedelta(seconds=row["free_seconds"]),
                first=timedelta(seconds=row["first_seconds"]),
                step=timedelta(seconds=row["step_seconds"]),
            ),
            currency=row["currency"],
            by=row["by_person"],
            at=row["at"],
            withdrawn_by=row["withdrawn_by"],
            withdrawn_at=row["withdrawn_at"],
        )
        for row in rows
    ]


async def add_tariff(connection: Any, site_id: SiteId, tariff: Tariff) -> int:
    """A new one; gives its id."""
    terms = tariff.terms
    second = timedelta(seconds=1)
    found: int = await connection.fetchval(
        """
        insert into tariff (
            site_id, is_inbound, trunk_id, number_id, since, is_ours, per_minute, connection_fee,
            free_seconds, first_seconds, step_seconds, currency, by_person, at
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) returning tariff_id
        """,
        site_id,
        tariff.route.is_inbound,
        tariff.route.trunk_id,
        tariff.route.number_id,
        tariff.since,
        terms.is_ours,
        terms.per_minute,
        terms.connection_fee,
        terms.free // second,
        terms.first // second,
        terms.step // second,
        tariff.currency,
        tariff.by,
        tariff.at,
    )
    return found


async def withdraw(
    connection: Any, site_id: SiteId, thing: str, identity: int, *, by: int, at: datetime
) -> bool:
    """It counts nothing any more, and stays written down. thing: `rate` or `tariff`. False: there is no such
    one, or not any more."""
    table = {"rate": "pay_rate", "tariff": "tariff"}[thing]
    found = await connection.fetchval(
        f"update {table} set withdrawn_by = $3, withdrawn_at = $4"
        f" where site_id = $1 and {thing}_id = $2 and withdrawn_at is null returning {thing}_id",
        site_id,
        identity,
        by,
        at,
    )
    return found is not None


# --- what costs are counted from

_BUSY = (codes.OFFERED, codes.CONNECTING, codes.CONNECTED, codes.HELD, codes.WRAP_UP, codes.RECONNECTING)
BUSY = frozenset(_BUSY)
"""States in which an agent works for a queue."""

_BUSY_BY_QUEUE = f"""
select c.local_date as period, a.agent_id, a.queue_id, sum(a.ms)::bigint as ms
from agent_slot a
join cal c on c.tz = $5 and c.slot = a.slot
where a.site_id = $1 and a.slot >= $2 and a.slot < $3 and a.project_id <> {EXCLUDED_PROJECT}
  and a.state in ({", ".join(str(state) for state in _BUSY)})
  and ($4::integer[] is null or a.agent_id = any($4::integer[]))
group by 1, 2, 3
"""

_HANDLED = f"""
select c.local_date as period, s.agent_id, s.queue_id, count(*) as handled
from segment_all s
join cal c on c.tz = $6 and c.slot = s.slot
where s.site_id = $1 and s.slot >= $2 and s.slot < $3 and s.handled = 1 and s.agent_id <> 0
  and s.project_id <> {EXCLUDED_PROJECT}
  and ($4::smallint[] is null or s.queue_id = any($4::smallint[]))
  and ($5::integer[] is null or s.agent_id = any($5::integer[]))
group by 1, 2, 3
"""

_OWNERS = {
    "queue": ("0", "coalesce(i.queue_id, 0)"),
    "team": ("coalesce(i.agent_id, 0)", "0"),
    "day": ("0", "0"),
}
"""Agent and queue by which calls are told apart; a year of them is added up in the database, not here."""

_CALLS = {
    by: f"""
select c.local_date as period, {agent} as agent_id, {queue} as queue_id,
       l.trunk_id, l.number_id, l.is_inbound,
       (l.over_ms - l.up_ms + 999) / 1000 as seconds, count(*) as calls
from trunk_leg l
join cal c on c.tz = $6 and c.slot = l.up_ms / {SLOT_MS}
left join interaction i on i.site_id = l.site_id and i.interaction_id = l.interaction_id
where l.site_id = $1 and l.up_ms >= $2::bigint * {SLOT_MS} and l.up_ms < $3::bigint * {SLOT_MS}
  and l.over_ms <> 0 and coalesce(i.project_id, 0) <> {EXCLUDED_PROJECT}
  and ($4::smallint[] is null or coalesce(i.queue_id, 0) = any($4::smallint[]))
  and ($5::integer[] is null or coalesce(i.agent_id, 0) = any($5::integer[]))
group by 1, 2, 3, 4, 5, 6, 7
"""
    for by, (agent, queue) in _OWNERS.items()
}


async def busy_by_queue(
    connection: Any, site_id: SiteId, slots: tuple[int, int], agent_ids: Sequence[int] | None, tz: int
) -> list[Any]:
    """Rows period, agent_id, queue_id, ms: closed and counted handling time, without practice."""
    return list(await connection.fetch(_BUSY_BY_QUEUE, site_id, *slots, _array(agent_ids), tz))


async def handled_by_place(
    connection: Any,
    site_id: SiteId,
    slots: tuple[int, int],
    queue_ids: Sequence[int] | None,
    agent_ids: Sequence[int] | None,
    tz: int,
) -> list[Any]:
    """Rows period, agent_id, queue_id, handled."""
    return list(await connection.fetch(_HANDLED, site_id, *slots, _array(queue_ids), _array(agent_ids), tz))


async def calls_by_place(
    connection: Any,
    site_id: SiteId,
    slots: tuple[int, int],
    queue_ids: Sequence[int] | None,
    agent_ids: Sequence[int] | None,
    tz: int,
    by: str,
) -> list[Any]:
    """Rows period, agent_id, queue_id, trunk_id, number_id, is_inbound, seconds (begun ones are whole) and
    calls: those that are over, alike ones together. by: `queue`, `team` or `day`; the queue is told only for
    the first, the agent only for the second: the last of their interaction, 0 none."""
    return list(await connection.fetch(_CALLS[by], site_id, *slots, _array(queue_ids), _array(agent_ids), tz))


def _array(ids: Sequence[int] | None) -> list[int] | None:
    return None if ids is None else [int(one) for one in ids]
