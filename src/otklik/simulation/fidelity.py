"""A recorded day against its replay: how near the twin comes to what really happened."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean
from typing import Final

from otklik.acd.events import AcdEvent
from otklik.simulation.replay import LEAD, Replayed
from otklik.simulation.results import Row, Sums, place_of, slot_sums, whole_sums
from otklik.simulation.scenario import DEFAULT_FORMULA
from otklik.simulation.statistics import Statistics
from otklik.vocabulary.ids import QueueId
from otklik.vocabulary.time import slot_of

COMPARED: Final = ("service_level", "abandonment_rate", "average_wait_seconds", "occupancy")
SHOWN: Final = ("offered", "answered", "abandoned", *COMPARED, "average_speed_of_answer_seconds")


@dataclass(frozen=True, slots=True)
class Day:
    """The day [start, end), and the formula by which its service level is told."""

    start: datetime
    end: datetime
    formula: str = DEFAULT_FORMULA

    @property
    def duration(self) -> timedelta:
        return self.end - self.start

    @property
    def warm_up(self) -> timedelta:
        return timedelta()


def count_real(events: Iterable[AcdEvent], day: Day) -> Statistics:
    """What really happened, counted in the same way as the twin is."""
    statistics = Statistics(rules={}, counts_from=day.start, counts_to=day.end)
    for event in events:
        statistics.note(event)
    statistics.close()
    return statistics


def judge(day: Day, real: Statistics, replays: Sequence[Replayed]) -> Row:
    """Real and replayed figures in all, by queue and by interval, with the error (replayed - real).

    Figures of several replays are those of all of them together; they differ in what was imputed.
    """
    twins = [one.result.statistics for one in replays]

    def pair(queue_id: QueueId | None = None, slot: int | None = None) -> Row:
        was, now = (
            _shown(_sums(day, statistics, queue_id, slot).row(day.formula)) for statistics in ([real], twins)
        )
        return {"real": was, "replayed": now, "error": _error(was, now)}

    queues = [
        {"name": real.rules[queue_id].name, **pair(queue_id)}
        for queue_id in sorted({queue_id for queue_id, _ in real.figures})
    ]
    intervals = [
        {**place_of(day, slot), **pair(slot=slot)} for slot in range(slot_of(day.start), slot_of(day.end))
    ]
    return {
        "service_level_formula": day.formula,
        "seed": replays[0].result.seed,
        "replications": len(replays),
        "calls": replays[0].customers,
        **pair(),
        "imputed": {
            "patience": fmean(one.imputed.patience for one in replays),
            "handling": fmean(one.imputed.handling for one in replays),
            "rings": fmean(one.imputed.rings for one in replays),
        },
        "lead_seconds": LEAD.total_seconds(),
        "intervals": intervals,
        "queues": queues,
    }


def _sums(day: Day, statistics: Sequence[Statistics], queue_id: QueueId | None, slot: int | None) -> Sums:
    if slot is None:
        return whole_sums(day, statistics, queue_id)
    return slot_sums(day, statistics, queue_id, slot)


def _shown(row: Row) -> Row:
    return {name: row[name] for name in SHOWN if name in row}


def _error(real: Row, replayed: Row) -> Row:
    return {
        name: None if real[name] is None or replayed[name] is None else replayed[name] - real[name]
        for name in COMPARED
        if name in real
    }
