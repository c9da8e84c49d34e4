"""Queues: reports by interval and by day, and today for the live board."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from otklik.journal.store import Behind
from otklik.reports import measures
from otklik.reports.calendar import day_of_moment, day_of_number, start_of_day
from otklik.reports.definitions import Defined
from otklik.reports.measures import QueueFacts
from otklik.reports.service.levels import UNDEFINED_LEVELS, Levels, levels_of
from otklik.reports.service.shared import Moment, ensure_calendar, one_moment, slots_of, slots_of_today
from otklik.reports.store import counting, meant
from otklik.reports.store.definitions import defined_in
from otklik.vocabulary.ids import SiteId
from otklik.vocabulary.time import from_ms, slot_of, slot_start


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A queue in an interval [start, stop). values: every measure of QUEUE_MEASURES by name, computed of
    facts.

    target, threshold: of the definition of that day; where there is none those of the queue now, for showing
    beside; the facts used the ones in force then.
    """

    start: datetime
    stop: datetime
    day: date
    queue_id: int
    queue: str
    facts: QueueFacts
    values: Mapping[str, float | int | None]
    target: float | None = None
    threshold: timedelta | None = None


@dataclass(frozen=True, slots=True)
class QueueReport:
    """behind: projections whose rows are not up to date. total: of all rows together."""

    zone: str
    seq: int
    as_of: datetime
    behind: Sequence[Behind]
    rows: Sequence[QueueRow]
    total: QueueFacts
    levels: Levels = UNDEFINED_LEVELS

    @property
    def total_values(self) -> Mapping[str, float | int | None]:
        return measures.compute_all(measures.QUEUE_MEASURES, self.total)


async def queue_intervals(
    connection: Any,
    *,
    site_id: SiteId,
    zone: ZoneInfo,
    first: date,
    end: date,
    queue_ids: Sequence[int] | None = None,
    only_meant: bool = False,
) -> QueueReport:
    """Queues by quarter of an hour, on the local days first ... end (end left out). Quiet quarters have no
    row. only_meant: without calls whose agent said wrong number or spam, and those of blocked numbers."""
    slots = slots_of(first, end, zone)
    async with one_moment(connection, site_id) as moment:
        of = await defined_in(connection, site_id, slots, zone)
        if only_meant:
            rows, p90, p90_of_all = await meant.meant_sums(connection, site_id, slots, queue_ids, of)
        else:
            rows = await counting.queue_sums_by_slot(connection, site_id, slots, queue_ids, of)
            p90 = await counting.waits_p90(connection, site_id, slots, queue_ids)
            p90_of_all = await counting.waits_p90_of_all(connection, site_id, slots, queue_ids)
        rules = await queue_rules(connection, site_id)
        levels = await levels_of(connection, site_id, of, slots, {row["queue_id"] for row in rows})
    found = [
        _queue_row(row, p90, rules, of, (slot_start(row["period"]), slot_start(row["period"] + 1)), zone)
        for row in rows
    ]
    return _queue_report(zone, moment, found, p90_of_all, levels)


async def queue_days(
    connection: Any,
    *,
    site_id: SiteId,
    zone: ZoneInfo,
    first: date,
    end: date,
    queue_ids: Sequence[int] | None = None,
    only_meant: bool = False,
) -> QueueReport:
    """Queues by local day. Quiet days have no row. only_meant: as in `queue_intervals`."""
    slots = slots_of(first, end, zone)
    tz = await ensure_calendar(connection, zone, first, end)
    async with one_moment(connection, site_id) as moment:
        of = await defined_in(connection, site_id, slots, zone)
        if only_meant:
            rows, p90, p90_of_all = await meant.meant_sums(connection, site_id, slots, queue_ids, of, tz)
        else:
            rows = await counting.queue_sums_by_day(connection, site_id, slots, queue_ids, of, tz)
            p90 = await counting.waits_p90(connection, site_id, slots, queue_ids, tz)
            p90_of_all = await counting.waits_p90_of_all(connection, site_id, slots, queue_ids)
        rules = await queue_rules(connection, site_id)
        levels = await levels_of(connection, site_id, of, slots, {row["queue_id"] for row in rows})
    found = []
    for row in rows:
        day = day_of_number(row["period"])
        start, stop = start_of_day(day, zone), start_of_day(day + timedelta(days=1), zone)
        found.append(_queue_row(row, p90, rules, of, (start, stop), zone))
    return _queue_report(zone, moment, found, p90_of_all, levels)


@dataclass(frozen=True, slots=True)
class QueueToday:
    """A queue on the live board: the counters of today, who waits now, and the target in force.

    is_on_target: None without data. longest_since: when the one who waits longest entered the queue.
    """

    queue_id: int
    queue: str
    project_id: int
    facts: QueueFacts
    values: Mapping[str, float | int | None]
    target: float
    threshold: timedelta
    is_on_target: bool | None
    waiting: int
    longest_since: datetime | None


async def queues_today(
    connection: Any,
    *,
    site_id: SiteId,
    zone: ZoneInfo,
    as_of: datetime,
    queue_ids: Sequence[int] | None = None,
    with_percentile: bool = True,
) -> list[QueueToday]:
    """Every queue that is there, with the counters of the local day of `as_of`: the rows that reports read.

    with_percentile: the 90th percentile of the wait comes from the stays and costs more than all the rest.
    """
    slots = slots_of_today(as_of, zone)
    async with one_moment(connection, site_id):
        of = await defined_in(connection, site_id, slots, zone)
        rows = {
            row["queue_id"]: row
            for row in await counting.queue_sums(connection, site_id, slots, queue_ids, of)
        }
        p90 = (
            await counting.waits_p90_by_queue(connection, site_id, slots, queue_ids)
            if with_percentile
            else {}
        )
        waiting = await counting.waiting_by_queue(connection, site_id, queue_ids)
        rules = await queue_rules(connection, site_id)
    found = []
    for queue_id, rule in rules.items():
        if rule.is_removed or (queue_ids is not None and queue_id not in queue_ids):
            continue
        facts = _queue_facts(rows.get(queue_id), p90.get(queue_id))
        values = measures.compute_all(measures.QUEUE_MEASURES, facts)
        level = values["service_level"]
        definition = of.last(queue_id)
        target = rule.target if definition is None else definition.rules.target
        count, since_ms = waiting.get(queue_id, (0, 0))
        found.append(
            QueueToday(
                queue_id=queue_id,
                queue=rule.name,
                project_id=rule.project_id,
                facts=facts,
                values=values,
                target=target,
                threshold=rule.threshold if definition is None else definition.rules.threshold,
                is_on_target=None if level is None else level >= target,
                waiting=count,
                longest_since=from_ms(since_ms) if count else None,
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class QueueRule:
    """What a queue is called and promises now."""

    name: str
    project_id: int
    target: float
    threshold: timedelta
    is_removed: bool


async def queue_rules(connection: Any, site_id: SiteId) -> dict[int, QueueRule]:
    """Of every queue that ever was."""
    names = await counting.queue_names(connection, site_id)
    return {
        row["queue_id"]: QueueRule(
            name=row["name"] or names.get(row["queue_id"], ""),
            project_id=row["project_id"],
            target=row["service_target_ppm"] / 1_000_000,
            threshold=timedelta(milliseconds=row["service_threshold_ms"]),
            is_removed=bool(row["removed"]),
        )
        for row in await counting.queue_rules(connection, site_id)
    }


def _queue_row(
    row: Any,
    p90: Mapping[tuple[int, int], int],
    rules: Mapping[int, QueueRule],
    of: Defined,
    span: tuple[datetime, datetime],
    zone: ZoneInfo,
) -> QueueRow:
    queue_id = row["queue_id"]
    facts = _queue_facts(row, p90.get((row["period"], queue_id)))
    rule = rules.get(queue_id)
    is_known = rule is not None and not rule.is_removed
    definition = of.at(queue_id, slot_of(span[0]))
    target = rule.target if rule is not None and is_known else None
    threshold = rule.threshold if rule is not None and is_known else None
    return QueueRow(
        start=span[0],
        stop=span[1],
        day=day_of_moment(span[0], zone),
        queue_id=queue_id,
        queue=(rule.name if rule is not None else "") or str(queue_id),
        facts=facts,
        values=measures.compute_all(measures.QUEUE_MEASURES, facts),
        target=target if definition is None else definition.rules.target,
        threshold=threshold if definition is None else definition.rules.threshold,
    )


_SUMS = [one.name for one in fields(QueueFacts) if one.name != "p90_wait_ms"]


def _queue_facts(row: Any | None, p90_wait_ms: int | None) -> QueueFacts:
    if row is None:
        return QueueFacts()
    return QueueFacts(**{name: row[name] for name in _SUMS}, p90_wait_ms=p90_wait_ms)


def _queue_report(
    zone: ZoneInfo, moment: Moment, rows: Sequence[QueueRow], p90_of_all: int | None, levels: Levels
) -> QueueReport:
    sums = {name: sum(getattr(row.facts, name) for row in rows) for name in _SUMS}
    sums["max_wait_ms"] = max((row.facts.max_wait_ms for row in rows), default=0)
    return QueueReport(
        zone=zone.key,
        seq=moment.seq,
        as_of=moment.at,
        behind=moment.behind,
        rows=rows,
        total=QueueFacts(**sums, p90_wait_ms=p90_of_all),
        levels=levels,
    )
