"""Timesheets, and one agent's day."""

from datetime import date

from pydantic import Field

from otklik.api.schemas.base import LongId, Moment, Schema


class PauseReason(Schema):
    """A reason as it is set now, removed ones too."""

    id: int
    name_ru: str
    name_en: str
    is_paid: bool


class SignInPart(Schema):
    """From signing in to signing out, or the part of it on one day. is_before: it began the day before;
    is_after: it went on on the next day; goes_on: still signed in, `stop` is the moment of the report."""

    start: Moment
    stop: Moment
    is_before: bool
    is_after: bool
    goes_on: bool


class PauseSum(Schema):
    reason_id: int
    seconds: float


class RuleSum(Schema):
    """Not ready without a reason of one's own. rule: who did it, as in `cause` of an agent's state."""

    rule: str
    seconds: float


class AttendanceFigures(Schema):
    """present: all time signed in. worked: less all pauses. payable: less those that are not paid."""

    present_seconds: float
    handling_seconds: float
    ready_seconds: float
    rule_seconds: float
    practice_seconds: float
    paid_pause_seconds: float
    unpaid_pause_seconds: float
    worked_seconds: float
    payable_seconds: float
    pauses: list[PauseSum]
    rules: list[RuleSum]


class TimesheetRow(AttendanceFigures):
    day: date
    agent_id: int
    agent: str
    sign_ins: list[SignInPart]


class AgentTotal(AttendanceFigures):
    """days: on which he was there. sign_ins: how often he signed in; one over midnight counts once."""

    agent_id: int
    agent: str
    days: int
    sign_ins: int


class Timesheet(Schema):
    """zone: whose days these are. is_own_zone: that of the centre."""

    zone: str
    is_own_zone: bool
    as_of: Moment
    behind_since: Moment | None = None
    reasons: list[PauseReason]
    rows: list[TimesheetRow]
    agents: list[AgentTotal]
    totals: AttendanceFigures


class DayPiece(Schema):
    """One state. rule: of a time not ready without a reason. goes_on: not ended yet."""

    state: str
    reason_id: int | None = None
    rule: str = ""
    queue: str = ""
    interaction_id: LongId | None = None
    start: Moment
    stop: Moment
    seconds: float
    goes_on: bool


class DayInteraction(Schema):
    """What he was busy with. number: masked for who does not see numbers."""

    interaction_id: LongId
    channel: str
    direction: str
    queue: str
    number: str
    outcome: str


class AgentDay(Schema):
    """One agent's local day [start, stop): 23 or 25 hours where clocks change.

    present_seconds: his time by the counters of all reports; the pieces are together as long
    (pieces_seconds).
    """

    zone: str
    as_of: Moment
    behind_since: Moment | None = None
    day: date
    agent_id: int
    agent: str
    start: Moment
    stop: Moment
    present_seconds: float
    pieces_seconds: float
    first_at: Moment | None
    last_at: Moment | None
    first_interaction_at: Moment | None
    last_interaction_at: Moment | None
    sign_ins: list[SignInPart]
    reasons: list[PauseReason]
    pieces: list[DayPiece]
    interactions: list[DayInteraction] = Field(default_factory=list)
