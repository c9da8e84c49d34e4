"""What came of a scenario's replications: totals, intervals, percentiles, ready to be written as JSON.

Counts are means of one replication. Shares and waits are computed from the sums of all replications, so a
whole day is weighted by calls and never the mean of its intervals. Percentiles (P10, P50, P90) and the
confidence of the mean are taken over replications.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt
from statistics import stdev
from typing import Any, Final, Protocol

import numpy as np

from otklik.simulation.run import Result
from otklik.simulation.scenario import Scenario
from otklik.simulation.statistics import FORMULAS, Figures, Line, Staffing, Statistics
from otklik.vocabulary.ids import QueueId
from otklik.vocabulary.time import SLOT, slot_of, slot_start

Row = dict[str, Any]

PERCENTILES: Final = (10, 50, 90)
SPREAD: Final = (
    "service_level",
    "abandonment_rate",
    "average_wait_seconds",
    "occupancy",
    "average_queue_length",
    "offered",
)
"""Measures whose percentiles are told."""

WAIT_SHARES: Final = (50, 80, 90, 95, 99)

# Student's t, two-sided 95 %, by degrees of freedom from 1. Source: any table of it; beyond, its expansion.
_T95: Final = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
    2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)  # fmt: skip


class Window(Protocol):
    """What is counted: [start + warm_up, start + duration), the service level by this formula."""

    @property
    def start(self) -> datetime: ...

    @property
    def duration(self) -> timedelta: ...

    @property
    def warm_up(self) -> timedelta: ...

    @property
    def formula(self) -> str: ...


def half_width(values: Sequence[float]) -> float | None:
    """Half of the 95 % confidence interval of the mean; None for fewer than two values."""
    count = len(values)
    if count < 2:
        return None
    degrees = count - 1
    t95 = _T95[degrees - 1] if degrees <= len(_T95) else 1.96 + 2.4 / degrees
    return t95 * stdev(values) / sqrt(count)


def percentiles(values: Iterable[float | None]) -> Row | None:
    """P10, P50 and P90 of those that are known, interpolated; None without any."""
    known = [value for value in values if value is not None]
    if not known:
        return None
    found = np.percentile(np.asarray(known, dtype=np.float64), PERCENTILES)
    return {f"p{share}": float(value) for share, value in zip(PERCENTILES, found, strict=True)}


@dataclass(slots=True)
class Sums:
    """Figures, agents' time and line of one stretch of one or more replications. length: of one of them."""

    length: timedelta
    figures: Figures
    staffing: Staffing | None
    line: timedelta = timedelta()
    most: int = 0
    replications: int = 1

    def row(self, formula: str) -> Row:
        """The measures of it; counts are means of one replication."""
        one, each = self.figures, self.replications
        row: Row = {
            "calls": _mean(one.offered + one.blocked, each),
            "offered": _mean(one.offered, each),
            "answered": _mean(one.answered, each),
            "abandoned": _mean(one.abandoned, each),
            "short_abandons": _mean(one.short_abandons, each),
            "overflowed": _mean(one.overflowed, each),
            "callbacks_promised": _mean(one.callbacks, each),
            "blocked": _mean(one.blocked, each),
            "still_waiting": _mean(one.waiting, each),
            "service_level": one.service_level_by(formula),
            "abandonment_rate": one.abandonment,
            "average_wait_seconds": _seconds(one.average_wait),
            "average_speed_of_answer_seconds": _seconds(one.average_speed_of_answer),
            "longest_wait_seconds": one.longest.total_seconds(),
            "average_queue_length": self.line / (self.length * each) if self.length else None,
            "longest_queue": self.most,
        }
        if self.staffing is not None:
            row["occupancy"] = self.staffing.occupancy
            row["agents_at_work"] = self.staffing.at_work / (self.length * each) if self.length else None
        return row


def summarize(scenario: Scenario, results: Sequence[Result], *, cpu_seconds: float = 0.0) -> Row:
    """All of it. cpu_seconds: processor time of the runs themselves."""
    statistics = [one.statistics for one in results]
    queues = []
    for load in scenario.queues:
        queue_id = load.queue.queue_id
        totals, intervals = _parts(scenario, statistics, queue_id)
        queues.append({"name": load.name, "totals": totals, "intervals": intervals})
    totals, intervals = _parts(scenario, statistics, None)
    return {
        "name": scenario.name,
        "seed": results[0].seed,
        "days": scenario.duration / timedelta(days=1),
        "replications": len(results),
        "warm_up_seconds": scenario.warm_up.total_seconds(),
        "service_level_formula": scenario.formula,
        "calls": sum(one.calls for one in results),
        "events": sum(one.events for one in results),
        "cpu_seconds": cpu_seconds,
        "totals": totals,
        "intervals": intervals,
        "queues": queues,
    }


def totals_of(window: Window, statistics: Statistics, queue_id: QueueId | None = None) -> Row:
    """The totals of one replication."""
    return whole_sums(window, [statistics], queue_id).row(window.formula)


def _parts(
    window: Window, statistics: Sequence[Statistics], queue_id: QueueId | None
) -> tuple[Row, list[Row]]:
    """Totals and intervals of a queue, or of the centre."""
    formula = window.formula
    whole = whole_sums(window, statistics, queue_id)
    totals = whole.row(formula)
    totals["service_levels"] = {name: whole.figures.service_level_by(name) for name in FORMULAS}
    totals["wait_percentiles_seconds"] = _wait_percentiles(statistics, queue_id)
    each = [[whole_sums(window, [one], queue_id).row(formula) for one in statistics]]
    intervals = []
    first, end = slot_of(window.start), slot_of(window.start + window.duration)
    for slot in range(first, end):
        row = {
            **place_of(window, slot),
            **slot_sums(window, statistics, queue_id, slot).row(formula),
        }
        intervals.append(row)
        if len(statistics) > 1:
            each.append([slot_sums(window, [one], queue_id, slot).row(formula) for one in statistics])
    if len(statistics) > 1:
        for row, rows in zip([totals, *intervals], each, strict=True):
            row["percentiles"] = _spread(rows)
        totals["half_width_95"] = {
            name: half_width(known)
            for name in SPREAD
            if name in totals and (known := [row[name] for row in each[0] if row[name] is not None])
        }
    return totals, intervals


def place_of(window: Window, slot: int) -> Row:
    since = slot_start(slot) - window.start
    midnight = since % timedelta(days=1)
    return {"day": since // timedelta(days=1) + 1, "from": _clock(midnight), "to": _clock(midnight + SLOT)}


def _spread(rows: Sequence[Row]) -> Row:
    return {name: percentiles(row[name] for row in rows) for name in SPREAD if name in rows[0]}


def whole_sums(window: Window, statistics: Sequence[Statistics], queue_id: QueueId | None) -> Sums:
    figures, staffing = Figures(), Staffing()
    line, most = timedelta(), 0
    for one in statistics:
        figures.add(one.total(queue_id))
        if queue_id is None:
            staffing.merge(one.whole_staffing())
        for each in _lines(one, queue_id):
            line += sum(each.sums.values(), timedelta())
            most = max(most, max(each.most.values(), default=0))
    return Sums(
        length=window.duration - window.warm_up,
        figures=figures,
        staffing=staffing if queue_id is None else None,
        line=line,
        most=most,
        replications=len(statistics),
    )


def slot_sums(window: Window, statistics: Sequence[Statistics], queue_id: QueueId | None, slot: int) -> Sums:
    figures, staffing = Figures(), Staffing()
    line, most = timedelta(), 0
    for one in statistics:
        for each_id in one.rules if queue_id is None else (queue_id,):
            found = one.figures.get((each_id, slot))
            if found is not None:
                figures.add(found)
        at_work = one.staffing.get(slot)
        if at_work is not None:
            staffing.merge(at_work)
        for each in _lines(one, queue_id):
            line += each.sums.get(slot, timedelta())
            most = max(most, each.most.get(slot, 0))
    counted = slot_start(slot) + SLOT - max(slot_start(slot), window.start + window.warm_up)
    return Sums(
        length=max(counted, timedelta()),
        figures=figures,
        staffing=staffing if queue_id is None else None,
        line=line,
        most=most,
        replications=len(statistics),
    )


def _lines(statistics: Statistics, queue_id: QueueId | None) -> list[Line]:
    lines = statistics.lines
    if queue_id is None:
        return list(lines.values())
    return [lines[queue_id]] if queue_id in lines else []


def _wait_percentiles(statistics: Sequence[Statistics], queue_id: QueueId | None) -> Row:
    """How long the answered waited at most, by share of them, in whole seconds rounded up."""
    counts: dict[int, int] = {}
    for one in statistics:
        for each_id, waits in one.waits.items():
            if queue_id is None or each_id == queue_id:
                for seconds, count in waits.items():
                    counts[seconds] = counts.get(seconds, 0) + count
    return {f"p{share}": _percentile(counts, share) for share in WAIT_SHARES}


def _percentile(counts: dict[int, int], share: int) -> int | None:
    rank = -(-sum(counts.values()) * share // 100)
    for seconds in sorted(counts):
        rank -= counts[seconds]
        if rank <= 0:
            return seconds
    return None


def _mean(count: int, replications: int) -> float | int:
    return count if replications == 1 else count / replications


def _seconds(length: timedelta | None) -> float | None:
    return None if length is None else length.total_seconds()


def _clock(since_midnight: timedelta) -> str:
    minutes = since_midnight // timedelta(minutes=1)
    return f"{minutes // 60:02}:{minutes % 60:02}"


Progress = Callable[[int, int], None]
"""Told of how many replications are done, and of how many there are."""
