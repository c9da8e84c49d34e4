"""Sums for measures. Live tiles and reports call the same functions: there is no second counter anywhere.

Ranges of slots are half-open. `queue_ids` and `agent_ids`: None is all. What the self-test did is left out.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from otklik.acd.model import Phase
from otklik.reports import codes
from otklik.reports.definitions import UNDEFINED, Defined
from otklik.reports.facts import QSLOT_SUMS
from otklik.reports.measures import EXCLUDED_PROJECT
from otklik.reports.store.definitions import differences, judged
from otklik.vocabulary.ids import SiteId

_SUMS = ", ".join(f"sum(q.{name})::bigint as {name}" for name in QSLOT_SUMS)

_QUEUES_BY_SLOT = f"""
select q.slot as period, q.queue_id, {_SUMS}, max(q.max_wait_ms) as max_wait_ms
from qslot q
where q.site_id = $1 and q.slot >= $2 and q.slot < $3
  and ($4::smallint[] is null or q.queue_id = any($4::smallint[])) and q.project_id <> {EXCLUDED_PROJECT}
group by q.slot, q.queue_id
order by q.slot, q.queue_id
"""

_QUEUES_BY_DAY = f"""
select c.local_date as period, q.queue_id, {_SUMS}, max(q.max_wait_ms) as max_wait_ms
from qslot q
join cal c on c.tz = $5 and c.slot = q.slot
where q.site_id = $1 and q.slot >= $2 and q.slot < $3
  and ($4::smallint[] is null or q.queue_id = any($4::smallint[])) and q.project_id <> {EXCLUDED_PROJECT}
group by c.local_date, q.queue_id
order by c.local_date, q.queue_id
"""

_QUEUES_AT_ONCE = f"""
select q.queue_id, {_SUMS}, max(q.max_wait_ms) as max_wait_ms
from qslot q
where q.site_id = $1 and q.slot >= $2 and q.slot < $3
  and ($4::smallint[] is null or q.queue_id = any($4::smallint[])) and q.project_id <> {EXCLUDED_PROJECT}
group by q.queue_id
order by q.queue_id
"""

_WAITS = f"""
  from segment_all s {{join}}
where s.site_id = $1 and s.slot >= $2 and s.slot < $3 and s.answered = 1 and s.offered = 1
  and ($4::smallint[] is null or s.queue_id = any($4::smallint[])) and s.project_id <> {EXCLUDED_PROJECT}
"""
_P90 = "percentile_disc(0.9) within group (order by s.wait_ms) as p90_wait_ms"

_P90_BY_SLOT = (
    f"select s.slot as period, s.queue_id, {_P90} {_WAITS.format(join='')} group by s.slot, s.queue_id"
)
_P90_BY_DAY = (
    f"select c.local_date as period, s.queue_id, {_P90} "
    f"{_WAITS.format(join='join cal c on c.tz = $5 and c.slot = s.slot')} group by c.local_date, s.queue_id"
)
_P90_BY_QUEUE = f"select s.queue_id, {_P90} {_WAITS.format(join='')} group by s.queue_id"
_P90_OF_ALL = f"select {_P90} {_WAITS.format(join='')}"


async def queue_sums_by_slot(
    connection: Any, site_id: SiteId, slots: tuple[int, int], queue_ids: Sequence[int] | None, of: Defined
) -> list[Any]:
    """Rows period (a slot), queue_id and the columns of QueueFacts but p90_wait_ms. of: the definitions that
    count in these slots."""
    return await _sums(connection, _QUEUES_BY_SLOT, site_id, slots, queue_ids, of, key=_BY_SLOT)


async def queue_sums_by_day(
    connection: Any,
    site_id: SiteId,
    slots: tuple[int, int],
    queue_ids: Sequence[int] | None,
    of: Defined,
    tz: int,
) -> list[Any]:
    """The same with period = local date as a number."""
    return await _sums(connection, _QUEUES_BY_DAY, site_id, slots, queue_ids, of, key=_BY_DAY, tz=tz)


async def queue_sums(
    connection: Any,
    site_id: SiteId,
    slots: tuple[int, int],
    queue_ids: Sequence[int] | None,
    of: Defined = UNDEFINED,
) -> list[Any]:
    """The same over the whole range."""
    return await _sums(connection, _QUEUES_AT_ONCE, site_id, slots, queue_ids, of, key=_AT_ONCE)


_AT_ONCE = {"queue_id": "s.queue_id"}
_BY_SLOT = {"period": "s.slot", **_AT_ONCE}
_BY_DAY = {"period": "c.local_date", **_AT_ONCE}


async def _sums(  # noqa: PLR0913, the question and how it is grouped
    connection: Any,
    query: str,
    site_id: SiteId,
    slots: tuple[int, int],
    queue_ids: Sequence[int] | None,
    of: Defined,
    *,
    key: Mapping[str, str],
    tz: int | None = None,
) -> list[Any]:
    if of and not connection.is_in_transaction():
        # Counters and stays of one moment, or a stay is in one of them only.
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            return await _sums(connection, query, site_id, slots, queue_ids, of, key=key, tz=tz)
    calendar = () if tz is None else (tz,)
    rows = await connection.fetch(query, site_id, *slots, _array(queue_ids), *calendar)
    more = await differences(connection, site_id, slots, queue_ids, of, key, tz=tz)
    return judged(rows, more, tuple(key))


async def waits_p90(
    connection: Any,
    site_id: SiteId,
    slots: tuple[int, int],
    queue_ids: Sequence[int] | None,
    tz: int | None = None,
) -> dict[tuple[int, int], int]:
    """The 90th percentile of the waits of the answered by (period, queue); days if `tz` is given, else
    slots."""
    arguments = (site_id, *slots, _array(queue_ids))
    if tz is None:
        rows = await connection.fetch(_P90_BY_SLOT, *arguments)
    else:
        rows = await connection.fetch(_P90_BY_DAY, *arguments, tz)
    return {(row["period"], row["queue_id"]): row["p90_wait_ms"] for row in rows}


async def waits_p90_by_queue(
    connection: Any, site_id: SiteId, slots: tuple[int, int], queue_ids: Sequence[int] | None
) -> dict[int, int]:
    """The same over the whole range, by queue."""
    rows = await connection.fetch(_P90_BY_QUEUE, site_id, *slots, _array(queue_ids))
    return {row["queue_id"]: row["p90_wait_ms"] for row in rows}


async def waits_p90_of_all(
    connection: Any, site_id: SiteId, slots: tuple[int, int], queue_ids: Sequence[int] | None
) -> int | None:
    """The same over the whole range and all these queues together."""
    found: int | None = await connection.fetchval(_P90_OF_ALL, site_id, *slots, _array(queue_ids))
    return found


# --- agents

_AGENT_TIME_BY_DAY = f"""
select c.local_date as period, a.agent_id, a.state, sum(a.ms)::bigint as ms
from agent_slot a
join cal c on c.tz = $5 and c.slot = a.slot
where a.site_id = $1 and a.slot >= $2 and a.slot < $3
  and ($4::integer[] is null or a.agent_id = any($4::integer[])) and a.project_id <> {EXCLUDED_PROJECT}
group by c.local_date, a.agent_id, a.state
"""

_AGENT_REASONS_BY_DAY = f"""
select c.local_date as period, a.agent_id, a.reason, sum(a.ms)::bigint as ms, sum(a.n)::bigint as n
from agent_slot a
join cal c on c.tz = $5 and c.slot = a.slot
where a.site_id = $1 and a.slot >= $2 and a.slot < $3 and a.state = {codes.NOT_READY}
  and ($4::integer[] is null or a.agent_id = any($4::integer[])) and a.project_id <> {EXCLUDED_PROJECT}
group by c.local_date, a.agent_id, a.reason
"""

_AGENT_STAYS_BY_DAY = f"""
select c.local_date as period, s.agent_id, count(*) as handled, sum(s.ring_ms)::bigint as ring_ms,
       sum(s.talk_ms)::bigint as talk_ms, sum(s.hold_ms)::bigint as hold_ms,
       sum(s.wrap_ms)::bigint as wrap_ms
from segment s
join cal c on c.tz = $5 and c.slot = s.slot
where s.site_id = $1 and s.slot >= $2 and s.slot < $3 and s.handled = 1 and s.agent_id <> 0
  and ($4::integer[] is null or s.agent_id = any($4::integer[])) and s.project_id <> {EXCLUDED_PROJECT}
group by c.local_date, s.agent_id
"""

_MISSED = ", ".join(str(outcome) for outcome in codes.MISSED_OFFERS)
_AGENT_MISSED_BY_DAY = f"""
select c.local_date as period, o.agent_id, count(*) as missed_offers
from offer o
join cal c on c.tz = $5 and c.slot = o.slot
where o.site_id = $1 and o.slot >= $2 and o.slot < $3 and o.outcome in ({_MISSED})
  and ($4::integer[] is null or o.agent_id = any($4::integer[])) and o.project_id <> {EXCLUDED_PROJECT}
group by c.local_date, o.agent_id
"""

_OPEN_STATES = f"""
select agent_id, state, reason_id, cause, queue_id, since_ms, counted_ms
from agent_now
where site_id = $1 and state <> {codes.SIGNED_OUT} and project_id <> {EXCLUDED_PROJECT}
  and ($2::integer[] is null or agent_id = any($2::integer[]))
"""


async def agent_time_by_day(
    connection: Any, site_id: SiteId, slots: tuple[int, int], agent_ids: Sequence[int] | None, tz: int
) -> list[Any]:
    """Rows period, agent_id, state, ms: closed and counted time."""
    return list(await connection.fetch(_AGENT_TIME_BY_DAY, site_id, *slots, _array(agent_ids), tz))


async def agent_reasons_by_day(
    connection: Any, site_id: SiteId, slots: tuple[int, int], agent_ids: Sequence[int] | None, tz: int
) -> list[Any]:
    """Rows period, agent_id, reason (minus a rule's number), ms, n: time not ready."""
    return list(await connection.fetch(_AGENT_REASONS_BY_DAY, site_id, *slots, _array(agent_ids), tz))


async def agent_stays_by_day(
    connection: Any, site_id: SiteId, slots: tuple[int, int], agent_ids: Sequence[int] | None, tz: int
) -> list[Any]:
    """Rows period, agent_id, handled and the sums of their times."""
    return list(await connection.fetch(_AGENT_STAYS_BY_DAY, site_id, *slots, _array(agent_ids), tz))


async def agent_missed_by_day(
    connection: Any, site_id: SiteId, slots: tuple[int, int], agent_ids: Sequence[int] | None, tz: int
) -> list[Any]:
    """Rows period, agent_id, missed_offers."""
    return list(await connection.fetch(_AGENT_MISSED_BY_DAY, site_id, *slots, _array(agent_ids), tz))


async def open_states(connection: Any, site_id: SiteId, agent_ids: Sequence[int] | None) -> list[Any]:
    """States that go on: their time from counted_ms on is in no counter yet."""
    return list(await connection.fetch(_OPEN_STATES, site_id, _array(agent_ids)))


# --- queues now

_RULES = f"""
select distinct on (queue_id) queue_id, name, project_id, service_threshold_ms, service_target_ppm,
       short_abandon_ms, removed
from queue_rule
where site_id = $1 and project_id <> {EXCLUDED_PROJECT}
order by queue_id, seq desc
"""

_NAMES = "select queue_id, name from queue_rule where site_id = $1 and name <> '' order by seq"

_PHASES = ", ".join(str(codes.PHASES[phase]) for phase in (Phase.WAITING, Phase.OFFERED, Phase.CONNECTING))
_WAITING = f"""
select queue_id, count(*) as waiting, min(entered_ms) as longest_since_ms
from interaction_now
where site_id = $1 and phase in ({_PHASES}) and direction = {codes.INBOUND} and ended_ms = 0
  and project_id <> {EXCLUDED_PROJECT}
  and ($2::smallint[] is null or queue_id = any($2::smallint[]))
group by queue_id
"""


async def queue_rules(connection: Any, site_id: SiteId) -> list[Any]:
    """The rules in force of every queue, removed ones too."""
    return list(await connection.fetch(_RULES, site_id))


async def queue_names(connection: Any, site_id: SiteId) -> dict[int, str]:
    """The last name of every queue that ever was."""
    rows = await connection.fetch(_NAMES, site_id)
    return {row["queue_id"]: row["name"] for row in rows}


async def waiting_by_queue(
    connection: Any, site_id: SiteId, queue_ids: Sequence[int] | None
) -> dict[int, tuple[int, int]]:
    """Customers who entered a queue and talk with nobody yet: how many, and since when the first one."""
    rows = await connection.fetch(_WAITING, site_id, _array(queue_ids))
    return {row["queue_id"]: (row["waiting"], row["longest_since_ms"]) for row in rows}


async def state_of_journal(connection: Any, site_id: SiteId) -> tuple[int, int]:
    """Sequence and moment (ms) of the last event."""
    row = await connection.fetchrow("select seq, at_ms from cursor where site_id = $1", site_id)
    return (row["seq"], row["at_ms"]) if row is not None else (0, 0)


def _array(ids: Sequence[int] | None) -> list[int] | None:
    return None if ids is None else [int(one) for one in ids]
