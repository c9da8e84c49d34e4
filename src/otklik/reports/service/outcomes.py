"""What talks came to: the outcomes that agents chose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from otklik.journal.store import Behind
from otklik.reports.contact_measures import OUTCOME_MEASURES, OutcomeFacts
from otklik.reports.measures import compute_all
from otklik.reports.service.shared import one_moment, slots_of
from otklik.reports.store import outcomes as store
from otklik.vocabulary.ids import SiteId

OutcomesBy = Literal["none", "queue", "agent"]


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """disposition_id 0: the agent chose none. kind: what it counts as, "" for none. owner: a queue, an agent
    or 0. Its share is of the owner's interactions with a talk."""

    disposition_id: int
    name_ru: str
    name_en: str
    kind: str
    owner: int
    facts: OutcomeFacts
    values: Mapping[str, float | int | None]


@dataclass(frozen=True, slots=True)
class OutcomeReport:
    zone: str
    as_of: datetime
    behind: Sequence[Behind]
    rows: Sequence[OutcomeRow]
    total: OutcomeFacts

    @property
    def total_values(self) -> Mapping[str, float | int | None]:
        return compute_all(OUTCOME_MEASURES, self.total)


_TIMES = ("handled", "talk_ms", "hold_ms", "wrap_ms")


async def chosen_outcomes(  # noqa: PLR0913, the filters of a report
    connection: Any,
    *,
    site_id: SiteId,
    zone: ZoneInfo,
    first: date,
    end: date,
    by: OutcomesBy = "none",
    queue_ids: Sequence[int] | None = None,
    agent_ids: Sequence[int] | None = None,
) -> OutcomeReport:
    """Of interactions with a talk that began on the local days first ... end (end left out) and are over.
    Each belongs to its last queue and its last agent. Outcomes are those of now: they may be given later."""
    slots = slots_of(first, end, zone)
    async with one_moment(connection, site_id) as moment:
        found = await store.outcomes_by(connection, site_id, slots, queue_ids, agent_ids, by)
        names = await store.disposition_names(connection, site_id)
    wholes: dict[int, int] = {}
    for row in found:
        wholes[row["owner"]] = wholes.get(row["owner"], 0) + row["chosen"]
    rows = []
    for row in found:
        facts = OutcomeFacts(
            chosen=row["chosen"], all=wholes[row["owner"]], **{name: row[name] for name in _TIMES}
        )
        known = names.get(row["disposition_id"])
        rows.append(
            OutcomeRow(
                disposition_id=row["disposition_id"],
                name_ru=known["name_ru"] if known else "",
                name_en=known["name_en"] if known else "",
                kind=known["kind"] if known else "",
                owner=row["owner"],
                facts=facts,
                values=compute_all(OUTCOME_MEASURES, facts),
            )
        )
    count = sum(wholes.values())
    times = {name: sum(row[name] for row in found) for name in _TIMES}
    return OutcomeReport(
        zone=zone.key,
        as_of=moment.at,
        behind=moment.behind,
        rows=rows,
        total=OutcomeFacts(chosen=count, all=count, **times),
    )
