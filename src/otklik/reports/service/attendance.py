"""The timesheet of agents by day, and one agent's day as a time line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from otklik.journal.store import Behind
from otklik.reports import codes
from otklik.reports.attendance import (
    Piece,
    SignIn,
    Stretch,
    Sums,
    cut,
    days_of,
    sign_ins_by_day,
    stretches_of,
)
from otklik.reports.calendar import day_of_number, day_of_slot
from otklik.reports.service.shared import ensure_calendar, one_moment, slots_of
from otklik.reports.store import attendance as store
from otklik.reports.tracking import pieces_by_slot
from otklik.vocabulary.ids import SiteId
from otklik.vocabulary.time import from_ms, to_ms


@dataclass(frozen=True, slots=True)
class TimesheetRow:
    """An agent on a local day: when he was there, and where the time went."""

    day: date
    agent_id: int
    sign_ins: Sequence[SignIn]
    sums: Sums


@dataclass(frozen=True, slots=True)
class Timesheet:
    """rows: by agent, then by day."""

    zone: str
    as_of: datetime
    behind: Sequence[Behind]
    rows: Sequence[TimesheetRow]


async def timesheet(
    connection: Any,
    *,
    site_id: SiteId,
    zone: ZoneInfo,
    first: date,
    end: date,
    as_of: datetime,
    agent_ids: Sequence[int] | None = None,
) -> Timesheet:
    """Who was there from when to when on the local days first ... end (end left out) of a zone.

    Times come from the same counters as all reports on agents, the moments from
    the states themselves; a day's sign-ins are together as long as its time.
    """
    slots = slots_of(first, end, zone)
    tz = await ensure_calendar(connection, zone, first, end)
    days = days_of(first, end, zone)
    period = (days[0].start_ms, days[-1].stop_ms)
    async with one_moment(connection, site_id) as moment:
        counted = await store.time_by_day(connection, site_id, slots, agent_ids, tz)
        states = await store.open_states(connection, site_id, agent_ids)
        found = await store.stretches(connection, site_id, period, agent_ids, to_ms(as_of))
    sums: dict[tuple[int, date], Sums] = {}
    workers: set[int] = set()
    for row in counted:
        day = day_of_number(row["period"])
        one = sums.setdefault((row["agent_id"], day), Sums())
        one.add(row["state"], row["reason"], row["ms"], is_practice=row["is_practice"])
        if not row["is_practice"]:
            workers.add(row["agent_id"])
    for row in states:
        for slot, ms in pieces_by_slot(row["counted_ms"], to_ms(as_of)):
            if slots[0] <= slot < slots[1]:
                one = sums.setdefault((row["agent_id"], day_of_slot(slot, zone)), Sums())
                one.add(row["state"], _reason(row), ms, is_practice=row["is_practice"])
                if not row["is_practice"]:
                    workers.add(row["agent_id"])
    stretches: dict[int, list[Stretch]] = {}
    for row in found:
        stretch = Stretch(row["start_ms"], row["stop_ms"], row["goes_on"])
        stretches.setdefault(row["agent_id"], []).append(stretch)
    sign_ins = {agent_id: sign_ins_by_day(parts, days) for agent_id, parts in stretches.items()}
    rows = [
        TimesheetRow(
            day=day,
            agent_id=agent_id,
            sign_ins=sign_ins.get(agent_id, {}).get(day, []),
            sums=one,
        )
        for (agent_id, day), one in sorted(sums.items())
        if agent_id in workers
    ]
    return Timesheet(zone=zone.key, as_of=as_of, behind=moment.behind, rows=rows)


@dataclass(frozen=True, slots=True)
class DayInteraction:
    """What an agent was busy with."""

    interaction_id: int
    channel: str
    direction: str
    queue_id: int
    number: str | None
    outcome: str | None


@dataclass(frozen=True, slots=True)
class AgentDay:
    """One agent on one local day, to the millisecond. pieces: his states in order, cut at midnight.

    present_ms: his time by the counters of reports; the pieces are together as long. first_interaction_at,
    last_interaction_at: when he began his first and ended his last piece of work with a customer.
    """

    zone: str
    as_of: datetime
    start: datetime
    stop: datetime
    behind: Sequence[Behind]
    pieces: Sequence[Piece]
    sign_ins: Sequence[SignIn]
    interactions: Mapping[int, DayInteraction]
    present_ms: int
    first_interaction_at: datetime | None
    last_interaction_at: datetime | None


async def agent_day(
    connection: Any, *, site_id: SiteId, zone: ZoneInfo, day: date, agent_id: int, as_of: datetime
) -> AgentDay:
    """What one agent did on one local day, state by state."""
    end = day + timedelta(days=1)
    slots = slots_of(day, end, zone)
    tz = await ensure_calendar(connection, zone, day, end)
    (the_day,) = days_of(day, end, zone)
    async with one_moment(connection, site_id) as moment:
        period = (the_day.start_ms, the_day.stop_ms)
        closed = await store.pieces(connection, site_id, agent_id, period)
        states = await store.open_states(connection, site_id, [agent_id])
        counted = await store.time_by_day(connection, site_id, slots, [agent_id], tz)
        found = [
            Piece(
                row["state"],
                row["reason"],
                row["queue_id"],
                row["interaction_id"],
                row["start_ms"],
                row["stop_ms"],
            )
            for row in closed
        ]
        found += [
            Piece(
                row["state"],
                _reason(row),
                row["queue_id"],
                row["interaction_id"],
                row["since_ms"],
                max(to_ms(as_of), row["since_ms"]),
                goes_on=True,
            )
            for row in states
        ]
        pieces = cut(found, the_day)
        wanted = sorted({piece.interaction_id for piece in pieces if piece.interaction_id})
        rows = await store.interactions(connection, site_id, wanted)
    present_ms = sum(row["ms"] for row in counted) + sum(
        ms
        for row in states
        for slot, ms in pieces_by_slot(row["counted_ms"], to_ms(as_of))
        if slots[0] <= slot < slots[1]
    )
    busy = [piece for piece in pieces if piece.interaction_id]
    return AgentDay(
        zone=zone.key,
        as_of=as_of,
        start=from_ms(the_day.start_ms),
        stop=from_ms(the_day.stop_ms),
        behind=moment.behind,
        pieces=pieces,
        sign_ins=sign_ins_by_day(stretches_of(found), [the_day]).get(day, []),
        interactions={
            row["interaction_id"]: DayInteraction(
                interaction_id=row["interaction_id"],
                channel=codes.CHANNEL_NAMES[row["channel"]],
                direction=codes.DIRECTION_NAMES[row["direction"]],
                queue_id=row["queue_id"],
                number=row["e164"],
                outcome=codes.OUTCOME_NAMES.get(row["outcome"]),
            )
            for row in rows
        },
        present_ms=present_ms,
        first_interaction_at=from_ms(busy[0].start_ms) if busy else None,
        last_interaction_at=from_ms(max(piece.stop_ms for piece in busy)) if busy else None,
    )


def _reason(row: Any) -> int:
    """Of an open state, as facts write it."""
    if row["state"] != codes.NOT_READY:
        return 0
    if row["reason_id"]:
        return int(row["reason_id"])
    return -next((number for number, name in codes.CAUSE_NAMES.items() if name == row["cause"]), 0)
