"""The peer of `bench.reports`: what tools over a queue_log do, a query of rows for each question.

The table is Asterisk's own for its realtime driver; times are of the wall clock, as Asterisk writes them. The
queries are the quickest that we could write for the same answers: one pass over rows by their time, the
moment of entering worked out of the waits that rows carry, no join of a call's rows.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from bench.queue_logs import SHORT, THRESHOLD

TABLE = """
create table queue_log (
    id bigserial primary key,
    time timestamp without time zone,
    callid varchar(80),
    queuename varchar(256),
    agent varchar(80),
    event varchar(32),
    data1 varchar(100),
    data2 varchar(100),
    data3 varchar(100),
    data4 varchar(100),
    data5 varchar(100)
)
"""
INDEXES = (
    "create index on queue_log (time)",
    "create index on queue_log (callid)",
    "create index on queue_log (queuename, time)",
    "create index on queue_log (event, time)",
)
COLUMNS = ("time", "callid", "queuename", "agent", "event", "data1", "data2", "data3", "data4", "data5")

LATEST = timedelta(hours=2)
"""So much later than the entering the last row of a stay stands."""

# Of each row: the wait and the talk that it tells of, and when the stay began.
_ROWS = """
    select queuename, event, wait, talk, time - make_interval(secs => wait + talk) as entered
    from (
        select queuename, event, time,
               case event when 'ENTERQUEUE' then 0 when 'ABANDON' then data3::integer
                          when 'EXITWITHTIMEOUT' then data3::integer when 'BLINDTRANSFER' then data3::integer
                          else data1::integer end as wait,
               case event when 'COMPLETECALLER' then data2::integer when 'COMPLETEAGENT' then data2::integer
                          when 'BLINDTRANSFER' then data4::integer else 0 end as talk
        from queue_log
        where time >= $1 and time < $3
          and event in ('ENTERQUEUE', 'CONNECT', 'ABANDON', 'EXITWITHTIMEOUT', 'COMPLETECALLER',
                        'COMPLETEAGENT', 'BLINDTRANSFER')
    ) told
"""
_SUMS = f"""
    count(*) filter (where event = 'ENTERQUEUE') as offered,
    count(*) filter (where event = 'CONNECT') as answered,
    count(*) filter (where event = 'ABANDON') as abandoned,
    count(*) filter (where event = 'ABANDON' and wait <= {SHORT}) as short_ab,
    count(*) filter (where event = 'EXITWITHTIMEOUT') as overflow,
    count(*) filter (where event = 'CONNECT' and wait <= {THRESHOLD}) as in_sl,
    coalesce(sum(wait) filter (where event = 'CONNECT'), 0) as wait,
    coalesce(sum(talk), 0) as talk
"""
_P90 = "percentile_disc(0.9) within group (order by wait) filter (where event = 'CONNECT') as p90"
_INSIDE = "entered >= $1 and entered < $2"

_BY = """
select {period} as period, queuename, {sums}, {p90}
from ({rows}) stays where {inside} group by 1, 2
"""
_PERIODS = {
    "quarter": "date_bin('15 minutes', entered, timestamp '2000-01-01')",
    "day": "entered::date",
}
_QUEUES = {
    by: _BY.format(period=period, sums=_SUMS, p90=_P90, rows=_ROWS, inside=_INSIDE)
    for by, period in _PERIODS.items()
}
_HEAT = f"""
select extract(isodow from entered)::integer as weekday, extract(hour from entered)::integer as hour, {_SUMS}
from ({_ROWS}) stays where {_INSIDE} group by 1, 2
"""
_WAITS = """
    select queuename, event, wait, time - make_interval(secs => wait) as entered
    from (
        select queuename, event, time,
               case event when 'CONNECT' then data1::integer else data3::integer end as wait
        from queue_log where time >= $1 and time < $3 and event in ('CONNECT', 'ABANDON')
    ) told
"""
_STEPS = f"""
select width_bucket(wait * 1000 - 1, $4::integer[]) as step,
       count(*) filter (where event = 'CONNECT') as answered,
       count(*) filter (where event = 'ABANDON') as abandoned
from ({_WAITS}) waits where {_INSIDE} group by 1
"""
_FIGURES = f"""
select queuename, event, count(*) as stays, sum(wait) as wait, max(wait) as longest,
       percentile_disc(0.5) within group (order by wait) as median,
       percentile_disc(0.9) within group (order by wait) as p90
from ({_WAITS}) waits where {_INSIDE} group by grouping sets ((queuename, event), (event))
"""
_CUSTOMERS = """
select count(distinct data2) from queue_log where event = 'ENTERQUEUE' and time >= $1 and time < $2
"""
_WAITING = """
select entered.queuename, count(*), min(entered.time) from queue_log entered
where entered.event = 'ENTERQUEUE' and entered.time >= $1 and entered.time < $2
  and not exists (
      select from queue_log over where over.callid = entered.callid and over.id > entered.id
        and over.event in ('CONNECT', 'ABANDON', 'EXITWITHTIMEOUT', 'EXITWITHKEY', 'EXITEMPTY')
  )
group by 1
"""
_ONE = {
    "offered": "count(*) filter (where event = 'ENTERQUEUE')",
    "answered": "count(*) filter (where event = 'CONNECT')",
    "abandoned": "count(*) filter (where event = 'ABANDON')",
    "in_sl": f"count(*) filter (where event = 'CONNECT' and wait <= {THRESHOLD})",
    "wait": "sum(wait) filter (where event = 'CONNECT')",
    "talk": "sum(talk)",
}
_TILES = {name: f"select {column} from ({_ROWS}) stays where {_INSIDE}" for name, column in _ONE.items()}
"""Tiles of one number; each asks for itself, as pages of panels do."""


class RowWise:
    """Answers of the peer, as rows. Moments are of the wall clock."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def queues(self, first: datetime, end: datetime, by: str) -> list[Any]:
        """Sums and the 90th percentile of the waits, by `quarter` or `day` and queue."""
        return list(await self._connection.fetch(_QUEUES[by], first, end, end + LATEST))

    async def heat(self, first: datetime, end: datetime) -> list[Any]:
        """Sums by weekday and hour."""
        return list(await self._connection.fetch(_HEAT, first, end, end + LATEST))

    async def waits(
        self, first: datetime, end: datetime, edges_ms: Sequence[int]
    ) -> tuple[list[Any], list[Any]]:
        """How many waited how long; figures by queue and of all."""
        steps = await self._connection.fetch(_STEPS, first, end, end + LATEST, list(edges_ms))
        return list(steps), list(await self._connection.fetch(_FIGURES, first, end, end + LATEST))

    async def customers(self, first: datetime, end: datetime) -> int:
        """How many different numbers called."""
        return int(await self._connection.fetchval(_CUSTOMERS, first, end))

    async def tiles(self, first: datetime, end: datetime) -> dict[str, Any]:
        """Twelve tiles of a day: six numbers, those waiting by queue twice (how many, how long), the day by
        quarters, queues in a table, and bars of two figures."""
        found: dict[str, Any] = {}
        for name, text in _TILES.items():
            found[name] = await self._connection.fetchval(text, first, end, end + LATEST)
        for name in ("waiting", "longest"):
            found[name] = list(await self._connection.fetch(_WAITING, first, end))
        for name in ("quarters", "table", "levels", "abandons"):
            by = "quarter" if name == "quarters" else "day"
            found[name] = await self.queues(first, end, by)
        return found
