"""Who is expected at work, and who is late; and the numbers of a team today."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from otklik.api.schemas.base import Id, Line, Moment, Schema
from otklik.api.schemas.breaks import UsedRow

ShiftTarget = Literal["agent", "day", "start", "end", "span", "note"]
WallTime = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", examples=["09:00"])]
AttendanceWord = Literal["expected", "present", "came_late", "late", "absent", "left", "done", "outside"]


class ShiftSave(Schema):
    """start, end: by the site's wall clock; an end at or before the start is the next day's."""

    agent_id: Id
    day: date
    start: WallTime
    end: WallTime
    note: Annotated[Line, Field(max_length=200)] = ""


class ShiftRowOut(Schema):
    """A shift. day, start, end: by the site's wall clock; starts_at, ends_at: the moments."""

    id: int
    agent_id: int
    agent_name: str
    day: date
    start: str
    end: str
    starts_at: Moment
    ends_at: Moment
    note: str


class AttendanceRow(Schema):
    """How what is expected of an agent today and what is go together. minutes: by how much he is late, was
    late, is gone too early, or works outside his list."""

    agent_id: int
    word: AttendanceWord
    minutes: int
    starts_at: Moment | None
    ends_at: Moment | None


class Attendances(Schema):
    """has_list: somebody is expected today; without a list nobody is late."""

    has_list: bool
    rows: list[AttendanceRow]


class ShiftRead(Schema):
    """What a file holds. mapping: what its columns probably are, by their place. rows: the first ones."""

    columns: list[str]
    encoding: str
    delimiter: str
    count: int
    rows: list[list[str]]
    ragged: list[int]
    mapping: dict[int, ShiftTarget]


class ShiftLine(Schema):
    """What came of a line of the file; a refused one for a code, at a column (place)."""

    line: int
    outcome: Literal["made", "unchanged", "refused"]
    name: str
    code: str
    place: str


class ShiftReport(Schema):
    """is_trial: nothing of it was kept. counts: by outcome, and `removed`: shifts of the same agents and days
    that stood there before. lines: the refused ones first, at most 500."""

    is_trial: bool
    counts: dict[str, int]
    lines: list[ShiftLine]


class TeamAgentRow(Schema):
    """Numbers of an agent today. guard: why the load guard marks him, "" it does not. seconds of the states
    as reports count them."""

    agent_id: int
    name: str
    team_ids: list[int]
    state: str
    reason_id: int | None
    since_ms: int
    handled: int
    missed: int
    talk_seconds: float
    hold_seconds: float
    wrap_up_seconds: float
    ready_seconds: float
    break_seconds: float
    aht_seconds: float | None
    occupancy: float | None
    guard: str
    guard_handled: int
    guard_streak_seconds: float
    breaks: list[UsedRow]
    attendance: AttendanceRow | None


class TeamToday(Schema):
    """has_list: somebody is expected today."""

    has_list: bool
    rows: list[TeamAgentRow]
