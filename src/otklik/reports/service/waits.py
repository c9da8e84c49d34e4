"""How long customers waited: not only the mean, but how many how long."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from otklik.journal.store import Behind
from otklik.reports.contact_measures import WAIT_MEASURES, WaitFacts
from otklik.reports.measures import compute_all
from otklik.reports.service.levels import UNDEFINED_LEVELS, Levels, levels_of
from otklik.reports.service.queues import queue_rules
from otklik.reports.service.shared import one_moment, slots_of
from otklik.reports.store import waits as store
from otklik.reports.store.definitions import defined_in
from otklik.vocabulary.ids import SiteId
from otklik.vocabulary.time import duration_ms

USUAL_EDGES = tuple(
    timedelta(seconds=one) for one in (5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 300, 600, 1200)
)
"""Fine where customers decide to stay or to leave, coarse where only few are left."""
STEPS = 36


@dataclass(frozen=True, slots=True)
class WaitStep:
    """Waits longer than `over` and not longer than `up_to` (None: any). in_sl: of the answered, within the
    threshold of then; short_ab: of the abandoned, within the short threshold of then."""

    over: timedelta
    up_to: timedelta | None
    answered: int
    in_sl: int
    abandoned: int
    short_ab: int


@dataclass(frozen=True, slots=True)
class WaitRow:
    """A queue, or all of them (queue_id 0). target, threshold: of the definition of the
    last day; without one those of the queue now."""

    queue_id: int
    queue: str
    facts: WaitFacts
    values: Mapping[str, float | int | None]
    target: float | None = None
    threshold: timedelta | None = None


@dataclass(frozen=True, slots=True)
class WaitReport:
    zone: str
    as_of: datetime
    behind: Sequence[Behind]
    steps: Sequence[WaitStep]
    rows: Sequence[WaitRow]
    total: WaitRow
    levels: Levels = UNDEFINED_LEVELS


async def queue_waits(
    connection: Any,
    *,
    site_id: SiteId,
    zone: ZoneInfo,
    first: date,
    end: date,
    queue_ids: Sequence[int] | None = None,
    step: timedelta | None = None,
) -> WaitReport:
    """Waits of stays that began on the local days first ... end (end left out), the answered and the
    abandoned. step: STEPS equal steps of this length and one for what is longer; without it USUAL_EDGES."""
    slots = slots_of(first, end, zone)
    edges = [step * number for number in range(1, STEPS + 1)] if step else list(USUAL_EDGES)
    edges_ms = [duration_ms(edge) for edge in edges]
    async with one_moment(connection, site_id) as moment:
        of = await defined_in(connection, site_id, slots, zone)
        counted, figures = await store.waits_of(connection, site_id, slots, queue_ids, edges_ms, of)
        rules = await queue_rules(connection, site_id)
        levels = await levels_of(connection, site_id, of, slots, {row["queue_id"] for row in figures})
    by_step = {(row["step"], row["answered"]): row for row in counted}
    steps = []
    for number, (over, up_to) in enumerate(zip([timedelta(0), *edges], [*edges, None], strict=True)):
        answered, abandoned = by_step.get((number, 1)), by_step.get((number, 0))
        both = [row for row in (answered, abandoned) if row]
        steps.append(
            WaitStep(
                over,
                up_to,
                answered=answered["stays"] if answered else 0,
                in_sl=sum(row["in_sl"] for row in both),
                abandoned=abandoned["stays"] if abandoned else 0,
                short_ab=sum(row["short_ab"] for row in both),
            )
        )
    found: dict[int, dict[int, Any]] = {}
    for row in figures:
        found.setdefault(row["queue_id"] or 0, {})[row["answered"]] = row
    total = _facts(found.pop(0, {}))
    rows = []
    for queue_id, halves in sorted(found.items()):
        facts = _facts(halves)
        rule = rules.get(queue_id)
        is_known = rule is not None and not rule.is_removed
        definition = of.last(queue_id)
        target = rule.target if rule and is_known else None
        threshold = rule.threshold if rule and is_known else None
        rows.append(
            WaitRow(
                queue_id=queue_id,
                queue=(rule.name if rule else "") or str(queue_id),
                facts=facts,
                values=compute_all(WAIT_MEASURES, facts),
                target=target if definition is None else definition.rules.target,
                threshold=threshold if definition is None else definition.rules.threshold,
            )
        )
    return WaitReport(
        zone=zone.key,
        as_of=moment.at,
        behind=moment.behind,
        steps=steps,
        rows=rows,
        total=WaitRow(0, "", total, compute_all(WAIT_MEASURES, total)),
        levels=levels,
    )


def _facts(halves: Mapping[int, Any]) -> WaitFacts:
    """Of a row of the answered (1) and one of the abandoned (0)."""
    answered, abandoned = halves.get(1), halves.get(0)
    return WaitFacts(
        answered=answered["stays"] if answered else 0,
        in_sl=answered["in_sl"] if answered else 0,
        wait_ms=answered["wait_ms"] if answered else 0,
        median_ms=answered["median_ms"] if answered else None,
        p90_ms=answered["p90_ms"] if answered else None,
        max_ms=answered["max_ms"] if answered else None,
        abandoned=abandoned["stays"] if abandoned else 0,
        aband_ms=abandoned["wait_ms"] if abandoned else 0,
        aband_median_ms=abandoned["median_ms"] if abandoned else None,
        aband_p90_ms=abandoned["p90_ms"] if abandoned else None,
        aband_max_ms=abandoned["max_ms"] if abandoned else None,
    )
