"""Who is expected at work from when to when: what a row of a table says, and who is late. Pure.

A simple list, from which planning can grow: a shift is a stretch of work of one agent, however it came here.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from otklik.crm.sheets import Table
from otklik.vocabulary.ids import AgentId
from otklik.vocabulary.messages import Value
from otklik.vocabulary.refusals import Invalid

AGENT, DAY, START, END, SPAN, NOTE = "agent", "day", "start", "end", "span", "note"
TARGETS: Final = (AGENT, DAY, START, END, SPAN, NOTE)
"""What a column may be. span: both times in one cell, 09:00-18:00."""
LONGEST_SHIFT: Final = timedelta(hours=24)
GRACE: Final = timedelta(minutes=5)
ABSENT_AFTER: Final = timedelta(hours=1)
EARLY: Final = timedelta(minutes=30)
"""Who is at work so long before his shift is simply early, not outside the list."""

_HEADS: Final = {
    AGENT: ("оператор", "фио", "имя", "сотрудник", "кто", "agent", "name", "who", "login", "логин"),
    DAY: ("день", "дата", "day", "date"),
    START: ("начало", "с", "от", "start", "from", "begin"),
    END: ("конец", "до", "по", "окончание", "end", "to", "till"),
    SPAN: ("смена", "время", "часы", "shift", "hours", "time"),
    NOTE: ("примечание", "комментарий", "note", "comment"),
}
_TIME = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?(?::\d{2})?")
_SPAN = re.compile(r"\s*([\d:.]+)\s*[-–—]\s*([\d:.]+)\s*")


class Shift(Value, kw_only=True):
    """A stretch of work. day: the local day on which it begins."""

    shift_id: int = 0
    agent_id: AgentId
    day: date
    start: datetime
    end: datetime
    note: str = ""


class ShiftRow(Value):
    """What a row says. code, place: why it cannot be taken, "" it can."""

    line: int
    shift: Shift | None = None
    name: str = ""
    code: str = ""
    place: str = ""


class Presence(Value):
    """A stretch in which somebody was signed in; until None: he still is."""

    start: datetime
    until: datetime | None = None


class Verdict(StrEnum):
    """How what is expected and what is go together."""

    EXPECTED = "expected"
    PRESENT = "present"
    CAME_LATE = "came_late"
    LATE = "late"
    ABSENT = "absent"
    LEFT = "left"
    DONE = "done"
    OUTSIDE = "outside"


class Attendance(Value):
    """Of one agent now. minutes: by how much (late, gone too early, outside his list)."""

    verdict: Verdict
    minutes: int = 0
    shift: Shift | None = None


def shift_of(agent_id: AgentId, day: date, start: time, end: time, zone: ZoneInfo) -> Shift:
    """A shift by the wall clock; an end at or before the start is the next day's."""
    began = datetime.combine(day, start, zone).astimezone(UTC)
    ended = datetime.combine(day if end > start else day + timedelta(days=1), end, zone).astimezone(UTC)
    if ended <= began or ended - began > LONGEST_SHIFT:
        raise Invalid("shift_too_long", "end", hours=24)
    return Shift(agent_id=agent_id, day=day, start=began, end=ended)


# --- who is late


def attendance(shifts: Sequence[Shift], presences: Sequence[Presence], now: datetime) -> Attendance | None:
    """How one agent stands now, by the shift that matters: the one that goes on, else the last begun, else
    the next. None: nothing is expected of him and he is not here."""
    is_here = any(one.until is None for one in presences)
    ordered = sorted(shifts, key=lambda one: one.start)
    current = next((one for one in ordered if one.start <= now < one.end), None)
    coming = next((one for one in ordered if one.start > now), None)
    if current is None and is_here and not (coming and coming.start - now <= EARLY):
        since = max(one.start for one in presences if one.until is None)
        before = max((one.end for one in ordered if one.end <= now), default=since)
        outside = now - max(since, before)
        if outside >= GRACE:
            return Attendance(verdict=Verdict.OUTSIDE, minutes=_minutes(outside))
    if current is None and coming is not None:
        return Attendance(verdict=Verdict.EXPECTED, shift=coming)
    shift = current or (ordered[-1] if ordered else None)
    if shift is None:
        return None
    came = min(
        (
            max(one.start, shift.start)
            for one in presences
            if one.start < shift.end and (one.until is None or one.until > shift.start)
        ),
        default=None,
    )
    if came is None:
        late = min(now, shift.end) - shift.start
        if late < GRACE:
            return Attendance(verdict=Verdict.EXPECTED, shift=shift)
        is_absent = late >= ABSENT_AFTER or now >= shift.end
        verdict = Verdict.ABSENT if is_absent else Verdict.LATE
        return Attendance(verdict=verdict, minutes=_minutes(late), shift=shift)
    if current is None:
        return Attendance(verdict=Verdict.DONE, shift=shift)
    if not is_here:
        gone = now - max(one.until for one in presences if one.until is not None)
        if gone >= GRACE:
            return Attendance(verdict=Verdict.LEFT, minutes=_minutes(gone), shift=shift)
    if came - shift.start >= GRACE:
        return Attendance(verdict=Verdict.CAME_LATE, minutes=_minutes(came - shift.start), shift=shift)
    return Attendance(verdict=Verdict.PRESENT, shift=shift)


def _minutes(span: timedelta) -> int:
    return int(span / timedelta(minutes=1))


# --- tables


def guess(columns: tuple[str, ...]) -> dict[int, str]:
    """What each column probably is."""
    found: dict[int, str] = {}
    for place, head in enumerate(columns):
        words = set(re.split(r"[\s_.,-]+", head.casefold().strip()))
        for target, heads in _HEADS.items():
            if target not in found.values() and words & set(heads):
                found[place] = target
                break
    if SPAN in found.values() and {START, END} <= set(found.values()):
        found = {place: target for place, target in found.items() if target != SPAN}
    return found


def check_mapping(table: Table, mapping: Mapping[int, str]) -> None:
    """Raises Invalid unknown_column, unknown_target, target_twice, column_missing."""
    chosen = list(mapping.values())
    for place, target in mapping.items():
        if not 0 <= place < len(table.columns):
            raise Invalid("unknown_column", f"mapping.{place}")
        if target not in TARGETS:
            raise Invalid("unknown_target", f"mapping.{place}", target=target)
        if chosen.count(target) > 1:
            raise Invalid("target_twice", f"mapping.{place}", target=target)
    if AGENT not in chosen:
        raise Invalid("column_missing", "mapping", target=AGENT)
    if SPAN not in chosen and not {START, END} <= set(chosen):
        raise Invalid("column_missing", "mapping", target=START)


def rows_of(
    table: Table, mapping: Mapping[int, str], agents: Mapping[str, AgentId], today: date, zone: ZoneInfo
) -> list[ShiftRow]:
    """Each row of the table. agents: by name and by login, in small letters. today: the day of rows without
    one."""
    rows = []
    taken: list[Shift] = []
    for line, cells in zip(table.lines, table.rows, strict=True):
        said = {target: cells[place].strip() for place, target in mapping.items()}
        heads = {target: table.columns[place] for place, target in mapping.items()}
        name = said[AGENT]
        if line in table.ragged:
            rows.append(ShiftRow(line=line, name=name, code="ragged"))
            continue
        try:
            shift = _shift(said, agents, today, zone)
        except Invalid as error:
            rows.append(ShiftRow(line=line, name=name, code=error.code, place=heads.get(error.place, "")))
            continue
        if any(_overlap(shift, other) for other in taken):
            rows.append(ShiftRow(line=line, name=name, code="shifts_overlap"))
            continue
        taken.append(shift)
        rows.append(ShiftRow(line=line, shift=shift, name=name))
    return rows


def _overlap(one: Shift, other: Shift) -> bool:
    return one.agent_id == other.agent_id and one.start < other.end and other.start < one.end


def _shift(said: Mapping[str, str], agents: Mapping[str, AgentId], today: date, zone: ZoneInfo) -> Shift:
    agent_id = agents.get(" ".join(said[AGENT].casefold().split()))
    if agent_id is None:
        raise Invalid("unknown_agent", AGENT)
    day = read_day(said.get(DAY, ""), today)
    if said.get(SPAN):
        found = _SPAN.fullmatch(said[SPAN])
        if found is None:
            raise Invalid("time_unreadable", SPAN)
        start, end = read_time(found[1], SPAN), read_time(found[2], SPAN)
    else:
        start, end = read_time(said.get(START, ""), START), read_time(said.get(END, ""), END)
    shift = shift_of(agent_id, day, start, end, zone)
    return Shift(
        agent_id=shift.agent_id,
        day=shift.day,
        start=shift.start,
        end=shift.end,
        note=said.get(NOTE, "")[:250],
    )


def read_time(text: str, place: str) -> time:
    """9, 9:00, 09.00, 09:00:00; 24:00 is midnight. Raises Invalid `time_unreadable`."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise Invalid("time_unreadable", place)
    hour, minute = int(found[1]), int(found[2] or 0)
    if (hour, minute) == (24, 0):
        return time(0)
    if hour > 23 or minute > 59:
        raise Invalid("time_unreadable", place)
    return time(hour, minute)


def read_day(text: str, today: date) -> date:
    """2026-11-22, 22.11.2026, 22.11.26, 22.11 or empty (today). Raises Invalid `day_unreadable`."""
    text = text.strip()
    if not text:
        return today
    found = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T].*)?", text)
    try:
        if found:
            return date(int(found[1]), int(found[2]), int(found[3]))
        found = re.fullmatch(r"(\d{1,2})[./](\d{1,2})(?:[./](\d{2}|\d{4}))?", text)
        if found:
            year = int(found[3] or today.year)
            return date(year + 2000 if year < 100 else year, int(found[2]), int(found[1]))
    except ValueError:
        pass
    raise Invalid("day_unreadable", DAY)
