"""Agents by day, and today for board and desk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from otklik.journal.store import Behind
from otklik.reports import codes, measures
from otklik.reports.calendar import day_of_moment, day_of_number, day_of_slot, number_of_day
from otklik.reports.measures import AgentFacts
from otklik.reports.service.shared import ensure_calendar, one_moment, slots_of
from otklik.reports.store import counting
from otklik.reports.tracking import pieces_by_slot
from otklik.vocabulary.ids import SiteId
from otklik.vocabulary.time import to_ms


@dataclass(frozen=True, slots=True)
class AgentRow:
    """An agent on a local day. values: every measure of AGENT_MEASURES by name.

    not_ready: milliseconds by reason: a reason's id as text, or the name of the rule that did it.
    """

    day: date
    agent_id: int
    facts: AgentFacts
    values: Mapping[str, float | int | None]
    not_ready: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AgentReport:
    """total: of all rows together."""

    zone: str
    seq: int
    as_of: datetime
    behind: Sequence[Behind]
    rows: Sequence[AgentRow]
    total: AgentFacts

    @property
    def total_values(self) -> Mapping[str, float | int | None]:
        return measures.compute_all(measures.AGENT_MEASURES, self.total)


async def agent_days(
    connection: Any,
    *,
    site_id: SiteId,
    zone: ZoneInfo,
    first: date,
    end: date,
    as_of: datetime,
    agent_ids: Sequence[int] | None = None,
) -> AgentReport:
    """Agents by local day: time in each state, what they handled and missed.

    as_of: states that go on are counted up to this moment; the same function cuts them as the fold does.
    """
    slots = slots_of(first, end, zone)
    tz = await ensure_calendar(connection, zone, first, end)
    async with one_moment(connection, site_id) as moment:
        time = await counting.agent_time_by_day(connection, site_id, slots, agent_ids, tz)
        reasons = await counting.agent_reasons_by_day(connection, site_id, slots, agent_ids, tz)
        stays = await counting.agent_stays_by_day(connection, site_id, slots, agent_ids, tz)
        missed = await counting.agent_missed_by_day(connection, site_id, slots, agent_ids, tz)
        states = await counting.open_states(connection, site_id, agent_ids)
    sums: dict[tuple[int, int], dict[str, int]] = {}
    not_ready: dict[tuple[int, int], dict[str, int]] = {}
    for row in time:
        _add(sums, row["period"], row["agent_id"], measures.STATE_FIELDS[row["state"]], row["ms"])
    for row in reasons:
        _add(not_ready, row["period"], row["agent_id"], _reason_name(row["reason"]), row["ms"])
    for row in stays:
        for name in ("handled", "ring_ms", "talk_ms", "hold_ms", "wrap_ms"):
            _add(sums, row["period"], row["agent_id"], name, row[name])
    for row in missed:
        _add(sums, row["period"], row["agent_id"], "missed_offers", row["missed_offers"])
    for row in states:
        for slot, ms in pieces_by_slot(row["counted_ms"], to_ms(as_of)):
            if slots[0] <= slot < slots[1]:
                day = number_of_day(day_of_slot(slot, zone))
                _add(sums, day, row["agent_id"], measures.STATE_FIELDS[row["state"]], ms)
                if row["state"] == codes.NOT_READY:
                    name = str(row["reason_id"]) if row["reason_id"] else row["cause"]
                    _add(not_ready, day, row["agent_id"], name, ms)
    found = []
    for (day, agent_id), values in sorted(sums.items()):
        facts = AgentFacts(**values)
        found.append(
            AgentRow(
                day=day_of_number(day),
                agent_id=agent_id,
                facts=facts,
                values=measures.compute_all(measures.AGENT_MEASURES, facts),
                not_ready=not_ready.get((day, agent_id), {}),
            )
        )
    total = AgentFacts(
        **{one.name: sum(getattr(row.facts, one.name) for row in found) for one in fields(AgentFacts)}
    )
    return AgentReport(
        zone=zone.key, seq=moment.seq, as_of=as_of, behind=moment.behind, rows=found, total=total
    )


async def agents_today(
    connection: Any,
    *,
    site_id: SiteId,
    zone: ZoneInfo,
    as_of: datetime,
    agent_ids: Sequence[int] | None = None,
) -> dict[int, AgentRow]:
    """The same for the local day of `as_of`, by agent: numbers of the day on board and desk."""
    today = day_of_moment(as_of, zone)
    report = await agent_days(
        connection,
        site_id=site_id,
        zone=zone,
        first=today,
        end=today + timedelta(days=1),
        as_of=as_of,
        agent_ids=agent_ids,
    )
    return {row.agent_id: row for row in report.rows}


def _add(sums: dict[tuple[int, int], dict[str, int]], day: int, agent_id: int, name: str, value: int) -> None:
    row = sums.setdefault((day, agent_id), {})
    row[name] = row.get(name, 0) + value


def _reason_name(reason: int) -> str:
    return str(reason) if reason > 0 else codes.CAUSE_NAMES[-reason]
