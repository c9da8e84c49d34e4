"""Who is expected at work, from a simple list; who is late; and each agent's numbers of today beside it.

Whoever plans work writes the list; who leads agents sees how those in his sight stand.
"""

import asyncio
from collections import Counter
from datetime import datetime, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response

from otklik.access import service as access
from otklik.access import store as people
from otklik.access.rights import Right
from otklik.acd.model import AgentState
from otklik.api import store as rows_now
from otklik.api.live_seen import AgentNow
from otklik.api.noting import note
from otklik.api.parts import Parts, Serves
from otklik.api.periods import From, To, period_of, zone_of
from otklik.api.route import Route
from otklik.api.routes.breaks import used_rows
from otklik.api.schemas.base import Id
from otklik.api.schemas.shifts import (
    AttendanceRow,
    Attendances,
    ShiftLine,
    ShiftRead,
    ShiftReport,
    ShiftRowOut,
    ShiftSave,
    TeamAgentRow,
    TeamToday,
)
from otklik.api.sights import agents_in_sight
from otklik.api.sign_in import Agent, Who, address_of, requires
from otklik.api.tables import FILE, MOST_LINES, Trial, mapping_of, shown_table, table_of
from otklik.organization import store as organization
from otklik.organization.model import SELF_TEST
from otklik.organization.model import Agent as AgentThing
from otklik.reports import service as reports
from otklik.reports.calendar import day_of_moment, start_of_day
from otklik.reports.measures import AgentFacts
from otklik.teamwork import break_store
from otklik.teamwork import shift_store as store
from otklik.teamwork import shifts as rules
from otklik.teamwork.shifts import Attendance, Shift, ShiftRow
from otklik.vocabulary.ids import AgentId, PersonId
from otklik.vocabulary.refusals import NotFound, Refused
from otklik.vocabulary.time import to_ms

router = APIRouter(prefix="/api/v1", tags=["shifts"], route_class=Route)

Plans = Annotated[Who, requires(Right.PLAN_WORK)]
Sees = Annotated[Who, requires(Right.DIRECT_AGENTS, Right.WATCH_BOARD, Right.PLAN_WORK)]
NEWS = "shifts"
ONE_DAY = timedelta(days=1)
SINCE = timedelta(hours=30)
"""Presence is looked at so far back: a night shift of yesterday goes on."""
NO_FACTS = AgentFacts()


# --- the list


@router.get("/expected-shifts")
async def list_shifts(who: Sees, parts: Serves, first: From, to: To) -> list[ShiftRowOut]:
    """Of agents in sight, on these days."""
    async with parts.reading() as connection:
        period = await period_of(connection, parts.site_id, first, to)
        sight = await agents_in_sight(connection, parts.site_id, who)
        found = await store.list_shifts(
            connection, parts.site_id, first=period.first, end=period.end, agent_ids=sight
        )
        names = await people.names_of(connection)
    return [_row(one, names, period.zone) for one in found]


@router.get("/expected-shifts/own")
async def list_own_shifts(agent: Agent, parts: Serves) -> list[ShiftRowOut]:
    """One's own, of today and the week that comes."""
    async with parts.reading() as connection:
        zone = await zone_of(connection, parts.site_id)
        today = day_of_moment(parts.clock.now(), zone)
        found = await store.list_shifts(
            connection,
            parts.site_id,
            first=today,
            end=today + 8 * ONE_DAY,
            agent_ids=[agent.agent_id],
        )
        names = await people.names_of(connection)
    return [_row(one, names, zone) for one in found]


@router.post("/expected-shifts", status_code=201)
async def create_shift(who: Plans, request: Request, parts: Serves, body: ShiftSave) -> ShiftRowOut:
    """An agent is expected from when to when."""
    return await _save(who, request, parts, body, 0)


@router.put("/expected-shifts/{shift_id}")
async def change_shift(
    who: Plans, request: Request, parts: Serves, shift_id: Id, body: ShiftSave
) -> ShiftRowOut:
    """Change one."""
    return await _save(who, request, parts, body, shift_id)


@router.delete("/expected-shifts/{shift_id}", status_code=204, response_class=Response)
async def remove_shift(who: Plans, request: Request, parts: Serves, shift_id: Id) -> None:
    """He is not expected."""
    async with parts.writing() as connection:
        found = await _in_sight(connection, parts, who, shift_id)
        await store.remove_shifts(connection, parts.site_id, [shift_id])
        await _note(connection, who, request, parts, "shift.removed", found)
    parts.hub.tell_news(NEWS)


@router.post("/expected-shifts/import/read", openapi_extra=FILE)
async def read_shift_import(
    who: Plans, request: Request, encoding: Annotated[str, Query(max_length=20)] = ""
) -> ShiftRead:
    """What a CSV or XLSX file, or a pasted table, holds, before anything is taken."""
    table = await table_of(request, encoding)
    return ShiftRead.model_validate(shown_table(table, rules.guess(table.columns)))


@router.post("/expected-shifts/import", openapi_extra=FILE)
async def import_shifts(
    who: Plans,
    request: Request,
    parts: Serves,
    mapping: Annotated[str, Query(max_length=4000)],
    encoding: Annotated[str, Query(max_length=20)] = "",
    is_trial: Annotated[bool, Query()] = True,
) -> ShiftReport:
    """Takes the rows of a table, all in one transaction, or only says what would come of each. A day of an
    agent who is in the table holds afterwards what the table says of it, and nothing else."""
    chosen = mapping_of(mapping)
    table = await table_of(request, encoding)
    rules.check_mapping(table, chosen)
    lines: list[ShiftLine] = []
    removed = 0
    at = parts.clock.now()
    try:
        async with parts.writing() as connection:
            zone = await zone_of(connection, parts.site_id)
            names = await _agents_by_name(connection, parts, who)
            rows = await asyncio.to_thread(rules.rows_of, table, chosen, names, day_of_moment(at, zone), zone)
            lines, removed = await _take(connection, who, parts, rows, at)
            if is_trial:
                raise Trial
            await access.note(
                connection,
                "shifts.imported",
                by=who,
                at=at,
                address=address_of(request),
                entity="shift",
                facts={**Counter(one.outcome for one in lines), "removed": removed},
            )
    except Trial:
        pass
    if not is_trial:
        parts.hub.tell_news(NEWS)
    counts = dict(Counter(one.outcome for one in lines))
    lines.sort(key=lambda one: (one.outcome != "refused", one.line))
    return ShiftReport(
        is_trial=is_trial,
        counts=counts | ({"removed": removed} if removed else {}),
        lines=lines[:MOST_LINES],
    )


# --- today


@router.get("/attendance")
async def show_attendance(who: Sees, parts: Serves) -> Attendances:
    """How agents in sight stand against the list, now."""
    async with parts.reading() as connection:
        sight = await agents_in_sight(connection, parts.site_id, who)
        has_list, found = await _attendances(connection, parts, sight)
    return Attendances(
        has_list=has_list, rows=[_attendance(agent_id, one) for agent_id, one in sorted(found.items())]
    )


@router.get("/team/today")
async def show_team_today(who: Sees, parts: Serves) -> TeamToday:
    """Each agent in sight with his numbers of today, what the day holds of breaks, and how he stands against
    the list."""
    now = parts.clock.now()
    async with parts.pool.acquire() as connection:
        sight = await agents_in_sight(connection, parts.site_id, who)
        zone = await zone_of(connection, parts.site_id)
        today = await reports.agents_today(
            connection, site_id=parts.site_id, zone=zone, as_of=now, agent_ids=sight
        )
        agents = await _agents(connection, parts, sight)
        names = await people.names_of(connection)
        states = {
            AgentId(row.agent_id): row
            for row in await rows_now.agents_now(connection, parts.site_id, after_seq=-1)
        }
        has_list, stands = await _attendances(connection, parts, sight)
        policy = await break_store.find_policy(connection, parts.site_id)
        used = await break_store.used_between(
            connection,
            parts.site_id,
            since_ms=to_ms(start_of_day(day_of_moment(now, zone), zone)),
            until_ms=to_ms(now),
            agent_ids=sight,
        )
    rows = []
    for agent in agents:
        row = today.get(int(agent.agent_id))
        facts = row.facts if row else NO_FACTS
        values = row.values if row else {}
        state = states.get(agent.agent_id, AgentNow(agent_id=int(agent.agent_id), state=0))
        rows.append(
            TeamAgentRow(
                agent_id=agent.agent_id,
                name=names.get(PersonId(agent.agent_id), ""),
                team_ids=list(agent.team_ids),
                state=state.voice_state.value,
                reason_id=state.reason_id or None,
                since_ms=state.since_ms,
                handled=facts.handled,
                missed=facts.missed_offers,
                talk_seconds=facts.talk_ms / 1000,
                hold_seconds=facts.hold_ms / 1000,
                wrap_up_seconds=facts.wrap_ms / 1000,
                ready_seconds=facts.ready_ms / 1000,
                break_seconds=facts.not_ready_ms / 1000,
                aht_seconds=values.get("aht_seconds"),
                occupancy=values.get("occupancy"),
                guard=state.guard if state.voice_state is not AgentState.SIGNED_OUT else "",
                guard_handled=state.guard_handled,
                guard_streak_seconds=state.guard_streak_ms / 1000,
                breaks=used_rows(used.get(agent.agent_id, {}), policy),
                attendance=_attendance(agent.agent_id, stands[agent.agent_id])
                if agent.agent_id in stands
                else None,
            )
        )
    rows.sort(key=lambda one: one.name.casefold())
    return TeamToday(has_list=has_list, rows=rows)


# --- below


async def _attendances(
    connection: Any, parts: Parts, sight: list[AgentId] | None
) -> tuple[bool, dict[AgentId, Attendance]]:
    """Whether somebody is expected today, and how each stands; nobody is late without a list."""
    now = parts.clock.now()
    zone = await zone_of(connection, parts.site_id)
    today = day_of_moment(now, zone)
    found = await store.list_shifts(
        connection, parts.site_id, first=today - ONE_DAY, end=today + ONE_DAY, agent_ids=sight
    )
    shifts = [one for one in found if one.day == today or one.end > now]
    if not any(one.day == today for one in found):
        shifts = [one for one in shifts if one.start <= now]
    if not shifts:
        return False, {}
    presences = await store.presences_between(
        connection, parts.site_id, since_ms=to_ms(now - SINCE), agent_ids=sight
    )
    agents = await _agents(connection, parts, sight)
    by_agent: dict[AgentId, list[Shift]] = {}
    for shift in shifts:
        by_agent.setdefault(shift.agent_id, []).append(shift)
    stands = {
        agent.agent_id: rules.attendance(
            by_agent.get(agent.agent_id, []), presences.get(agent.agent_id, []), now
        )
        for agent in agents
    }
    return True, {agent_id: one for agent_id, one in stands.items() if one is not None}


async def _agents(connection: Any, parts: Parts, sight: list[AgentId] | None) -> list[AgentThing]:
    return [
        agent
        for agent in await organization.list_things(connection, "agent", site_id=parts.site_id)
        if agent.is_active and agent.agent_id != SELF_TEST and (sight is None or agent.agent_id in sight)
    ]


async def _agents_by_name(connection: Any, parts: Parts, who: Who) -> dict[str, AgentId]:
    """Names that two agents share are left out: a row must not be the wrong one's."""
    sight = await agents_in_sight(connection, parts.site_id, who)
    agents = {agent.agent_id for agent in await _agents(connection, parts, sight)}
    known = [one for one in await people.list_people(connection) if AgentId(one.person_id) in agents]
    counted = Counter(" ".join(one.name.casefold().split()) for one in known)
    found = {one.login.casefold(): AgentId(one.person_id) for one in known}
    for one in known:
        name = " ".join(one.name.casefold().split())
        if counted[name] == 1:
            found[name] = AgentId(one.person_id)
    return found


async def _take(
    connection: Any, who: Who, parts: Parts, rows: list[ShiftRow], at: datetime
) -> tuple[list[ShiftLine], int]:
    taken = [row.shift for row in rows if row.shift is not None]
    days = {(one.agent_id, one.day) for one in taken}
    before: list[Shift] = []
    if taken:
        before = await store.list_shifts(
            connection,
            parts.site_id,
            first=min(one.day for one in taken),
            end=max(one.day for one in taken) + ONE_DAY,
            agent_ids={one.agent_id for one in taken},
        )
    there = {
        (one.agent_id, one.start, one.end, one.note): one for one in before if (one.agent_id, one.day) in days
    }
    kept = {(one.agent_id, one.start, one.end, one.note) for one in taken}
    gone = [one.shift_id for key, one in there.items() if key not in kept]
    await store.remove_shifts(connection, parts.site_id, gone)
    lines = []
    for row in rows:
        outcome, code = "refused", row.code
        shift = row.shift
        if shift is not None:
            code = ""
            if (shift.agent_id, shift.start, shift.end, shift.note) in there:
                outcome = "unchanged"
            elif await store.overlapping(connection, parts.site_id, shift):
                code = "shifts_overlap"
            else:
                outcome = "made"
                await store.save_shift(connection, parts.site_id, shift, by=who.person_id, at=at)
        lines.append(
            ShiftLine(
                line=row.line,
                outcome=outcome,  # type: ignore[arg-type]  # one of the three above
                name=row.name,
                code=code,
                place=row.place,
            )
        )
    return lines, len(gone)


async def _save(who: Who, request: Request, parts: Parts, body: ShiftSave, shift_id: int) -> ShiftRowOut:
    at = parts.clock.now()
    async with parts.writing() as connection:
        if shift_id:
            await _in_sight(connection, parts, who, shift_id)
        sight = await agents_in_sight(connection, parts.site_id, who)
        if body.agent_id not in {agent.agent_id for agent in await _agents(connection, parts, sight)}:
            raise NotFound("unknown_agent", agent_id=body.agent_id)
        zone = await zone_of(connection, parts.site_id)
        made = rules.shift_of(
            AgentId(body.agent_id),
            body.day,
            time.fromisoformat(body.start),
            time.fromisoformat(body.end),
            zone,
        )
        shift = Shift(
            shift_id=shift_id,
            agent_id=made.agent_id,
            day=made.day,
            start=made.start,
            end=made.end,
            note=body.note,
        )
        if await store.overlapping(connection, parts.site_id, shift):
            raise Refused("shifts_overlap", agent_id=body.agent_id)
        saved_id = await store.save_shift(connection, parts.site_id, shift, by=who.person_id, at=at)
        await _note(connection, who, request, parts, "shift.saved", shift)
        names = await people.names_of(connection)
    parts.hub.tell_news(NEWS)
    return _row(shift, names, zone).model_copy(update={"id": saved_id})


async def _in_sight(connection: Any, parts: Parts, who: Who, shift_id: int) -> Shift:
    found = await store.find_shift(connection, parts.site_id, shift_id)
    sight = await agents_in_sight(connection, parts.site_id, who)
    if found is None or (sight is not None and found.agent_id not in sight):
        raise NotFound("unknown_shift", id=shift_id)
    return found


async def _note(connection: Any, who: Who, request: Request, parts: Parts, action: str, shift: Shift) -> None:
    await note(
        connection,
        who,
        request,
        parts,
        action,
        entity="shift",
        entity_id=shift.shift_id,
        facts={"agent_id": int(shift.agent_id), "day": shift.day.isoformat()},
    )


def _row(shift: Shift, names: dict[PersonId, str], zone: ZoneInfo) -> ShiftRowOut:
    return ShiftRowOut(
        id=shift.shift_id,
        agent_id=shift.agent_id,
        agent_name=names.get(PersonId(shift.agent_id), ""),
        day=shift.day,
        start=shift.start.astimezone(zone).strftime("%H:%M"),
        end=shift.end.astimezone(zone).strftime("%H:%M"),
        starts_at=shift.start,
        ends_at=shift.end,
        note=shift.note,
    )


def _attendance(agent_id: AgentId, one: Attendance) -> AttendanceRow:
    return AttendanceRow(
        agent_id=agent_id,
        word=one.verdict.value,
        minutes=one.minutes,
        starts_at=one.shift.start if one.shift else None,
        ends_at=one.shift.end if one.shift else None,
    )
