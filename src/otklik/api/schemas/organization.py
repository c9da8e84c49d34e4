"""What an administrator sets up: people, roles, teams, queues, numbers, trunks, hours, words of outcomes."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from otklik.api.schemas.base import (
    Facts,
    Id,
    Line,
    Login,
    Moment,
    Name,
    Password,
    PhoneText,
    Schema,
    Seq,
    Share,
    SmallId,
)
from otklik.api.schemas.sign_in import Language

Color = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$", examples=["#4f46e5"])]
Level = Annotated[int, Field(ge=1, le=10)]
Codec = Literal["alaw", "ulaw", "opus", "g722"]
DispositionKind = Literal["main_sale", "add_on_sale", "lead", "service", "wrong_number", "spam"]
Strategy = Literal["longest_idle", "most_skilled", "least_occupied", "fewest_handled_today", "round_robin"]
AfterMissed = Literal["not_ready", "cool_down"]
TrunkKind = Literal["address", "registration"]
QueueKind = Literal["inbound", "callbacks", "outbound"]
WorkMode = Literal["inbound", "outbound", "blended"]
Skills = Annotated[dict[Id, Level], Field(max_length=200)]
Preferences = Annotated[dict[Id, Level], Field(max_length=200)]
Ids = Annotated[list[Id], Field(max_length=200)]


class Removed(Schema):
    """seq: only of what the engine reads."""

    seq: Seq | None = None


# --- people

ChannelName = Literal["voice", "chat", "email"]
Capacity = Annotated[int, Field(ge=0, le=12)]
Capacities = Annotated[dict[ChannelName, Capacity], Field(max_length=3)]
"""How many of a channel alone fill an agent, 0 none; what is not named is as usual."""


class PersonNew(Schema):
    """password: a first one, to be changed at the first sign-in; without it a reset link is needed."""

    login: Login
    name: Name
    password: Password | None = None
    role_ids: Ids = Field(default_factory=list)
    team_ids: Ids = Field(default_factory=list)
    skills: Skills = Field(default_factory=dict)
    preferences: Preferences = Field(default_factory=dict)
    ring_timeout_seconds: Annotated[float, Field(ge=3, le=300)] | None = None
    capacities: Capacities | None = None
    has_browser_phone: bool = True
    language: Language = "ru"


class PersonChange(Schema):
    """preferences: by queue, 1 is served first, 2 when nobody waits there ...; a queue that is not named is
    1. ring_timeout_seconds: his own patience with a ringing phone. capacities: null leaves what stands."""

    login: Login
    name: Name
    role_ids: Ids
    team_ids: Ids
    skills: Skills
    preferences: Preferences = Field(default_factory=dict)
    ring_timeout_seconds: Annotated[float, Field(ge=3, le=300)] | None = None
    capacities: Capacities | None = None
    has_browser_phone: bool
    language: Language


class PersonRow(Schema):
    id: int
    login: str
    name: str
    is_blocked: bool
    is_robot: bool
    role_ids: list[int]
    team_ids: list[int]
    skills: dict[int, int]
    preferences: dict[int, int]
    ring_timeout_seconds: float | None
    capacities: dict[ChannelName, int]
    has_browser_phone: bool
    language: Language
    last_seen_at: Moment | None
    signed_in: bool
    seq: Seq | None = None


class ResetLink(Schema):
    url: str
    expires_at: Moment


class DeviceNew(Schema):
    """codecs: in order of preference; empty is the site's own."""

    kind: Literal["sip"] = "sip"
    codecs: Annotated[list[Codec], Field(max_length=4)] = Field(default_factory=list)


class DeviceRow(Schema):
    """secret is shown once, at its making."""

    id: int
    kind: Literal["sip", "browser"]
    login: str
    server: str
    secret: str | None
    codecs: list[str]
    registered: bool
    seq: Seq | None = None


# --- roles, tokens and teams


Sees = Literal["all", "teams", "self"]


class RoleSave(Schema):
    """sees: whose work the role sees: all, the teams that the person supervises, his own."""

    name_ru: Name
    name_en: Name
    sees: Sees = "self"
    rights: Annotated[list[Line], Field(max_length=200)]


class RoleRow(Schema):
    id: int
    name_ru: str
    name_en: str
    sees: Sees
    rights: list[str]
    people: int


class TokenNew(Schema):
    """A key for a program."""

    name: Name
    role_id: Id
    expires_at: Moment | None = None


class TokenRow(Schema):
    """token is shown once, at its making."""

    id: int
    name: str
    role_id: int | None
    made_at: Moment
    last_used_at: Moment | None
    expires_at: Moment | None
    token: str | None


class WallNew(Schema):
    """dashboard_ids: what it shows, in turn; without any the queues of the board. turn_seconds: how long each
    is shown, 0 for ever. language: "" is the centre's."""

    name: Name
    dashboard_ids: Annotated[list[Id], Field(max_length=12)] = Field(default_factory=list)
    turn_seconds: Annotated[int, Field(ge=0, le=3600)] = 0
    theme: Literal["dark", "light"] = "dark"
    language: Language | Literal[""] = ""
    expires_at: Moment | None = None


class WallRow(Schema):
    """A television that shows dashboards, or the queues of the board, and nothing else. token is shown
    once."""

    id: int
    name: str
    made_at: Moment
    made_by: str
    last_used_at: Moment | None
    dashboard_ids: list[int]
    turn_seconds: int
    theme: Literal["dark", "light"]
    language: str
    expires_at: Moment | None
    token: str | None


class TeamSave(Schema):
    name: Name
    supervisor_ids: Ids = Field(default_factory=list)


class TeamRow(Schema):
    id: int
    name: str
    supervisor_ids: list[int]
    people: int
    seq: Seq | None = None


class ProjectSave(Schema):
    name: Name
    color: Color = "#4f46e5"


class ProjectRow(Schema):
    id: int
    name: str
    color: str
    seq: Seq | None = None


class SkillSave(Schema):
    name: Name


class SkillRow(Schema):
    id: int
    name: str
    seq: Seq | None = None


# --- queues


class SkillNeed(Schema):
    """is_firm: never relaxed."""

    skill_id: Id
    minimum: Level
    is_firm: bool = False


class RelaxationStepFields(Schema):
    """After this wait a lower level suffices. minimum 0: anyone. skill_ids: for which, empty: for all."""

    after_seconds: Annotated[float, Field(ge=1, le=86400)]
    minimum: Annotated[int, Field(ge=0, le=10)] = 0
    skill_ids: Annotated[list[Id], Field(max_length=20)] = Field(default_factory=list)


class OverflowRuleFields(Schema):
    """One way out of a queue, by name. when `waited`: after_seconds in this queue; `length`: so many wait
    already; `nobody`: nobody who fits has been signed in for after_seconds. to `queue`: queue_id; `callback`:
    a call back is offered, which waits in queue_id (null: here); `message`: the prompt `target`; `node`: the
    number's flow goes on at its node `target`."""

    name: Name
    when: Literal["waited", "length", "nobody"] = "waited"
    to: Literal["queue", "callback", "message", "node"] = "queue"
    after_seconds: Annotated[float, Field(ge=0, le=86400)] = 0
    length: Annotated[int, Field(ge=0, le=10000)] = 0
    queue_id: SmallId | None = None
    target: Line = ""
    keeps_wait: bool = True


class CallbackFields(Schema):
    """How promised calls are treated. share: of the offers made while both live customers and promised calls
    wait."""

    priority: Annotated[int, Field(ge=-100, le=100)] = 0
    share: Annotated[float, Field(ge=0.01, le=0.9)] = 0.25
    attempts: Annotated[int, Field(ge=1, le=20)] = 3
    retry_after_seconds: Annotated[float, Field(ge=30, le=604800)] = 900
    expires_after_seconds: Annotated[float, Field(ge=300, le=2592000)] = 86400
    delay_seconds: Annotated[float, Field(ge=0, le=3600)] = 15
    personal_for_seconds: Annotated[float, Field(ge=0, le=604800)] = 600


class QueueSave(Schema):
    """priority: larger is sooner. ageing: priority gained per minute of waiting. An empty list of skills on
    creation makes a skill of the queue's name. weight: how many times faster a wait counts here than in
    other queues of the same priority. after_missed: what an agent is after a missed offer."""

    name: Name
    project_id: SmallId
    channel: ChannelName = "voice"
    skills: Annotated[list[SkillNeed], Field(max_length=20)] = Field(default_factory=list)
    priority: Annotated[int, Field(ge=0, le=100)] = 0
    ageing: Annotated[float, Field(ge=0, le=100)] = 0
    strategy: Strategy = "longest_idle"
    ring_timeout_seconds: Annotated[float, Field(ge=5, le=300)] = 20
    wrap_up_seconds: Annotated[float, Field(ge=0, le=3600)] = 30
    wrap_up_limit_seconds: Annotated[float, Field(ge=0, le=7200)] = 300
    service_threshold_seconds: Annotated[float, Field(ge=1, le=3600)] = 20
    service_target: Share = 0.8
    short_abandon_seconds: Annotated[float, Field(ge=0, le=600)] = 5
    maximum_waiting: Annotated[int, Field(ge=1, le=10000)] = 1000
    caller_number_id: Id | None = None
    trunk_id: Id | None = None
    relaxation: Annotated[list[RelaxationStepFields], Field(max_length=10)] = Field(default_factory=list)
    weight: Annotated[float, Field(ge=0.01, le=100)] = 1
    after_missed: AfterMissed = "not_ready"
    missed_rest_seconds: Annotated[float, Field(ge=0, le=3600)] = 15
    missed_limit: Annotated[int, Field(ge=1, le=100)] = 3
    preferred_wait_seconds: Annotated[float, Field(ge=0, le=3600)] = 30
    preferred_waits_for_pause: bool = False
    kind: QueueKind = "inbound"
    overflow: Annotated[list[OverflowRuleFields], Field(max_length=20)] = Field(default_factory=list)
    callbacks: CallbackFields = Field(default_factory=CallbackFields)
    tier: Annotated[int, Field(ge=1, le=9)] = 1
    next_tier_id: SmallId | None = None
    greeting: Line = ""


class QueueRow(Schema):
    id: int
    name: str
    project_id: int
    channel: ChannelName
    skills: list[SkillNeed]
    priority: int
    ageing: float
    strategy: Strategy
    ring_timeout_seconds: float
    wrap_up_seconds: float
    wrap_up_limit_seconds: float
    service_threshold_seconds: float
    service_target: float
    short_abandon_seconds: float
    maximum_waiting: int
    caller_number_id: int | None
    trunk_id: int | None
    relaxation: list[RelaxationStepFields]
    weight: float
    after_missed: AfterMissed
    missed_rest_seconds: float
    missed_limit: int
    preferred_wait_seconds: float
    preferred_waits_for_pause: bool
    kind: QueueKind
    overflow: list[OverflowRuleFields]
    callbacks: CallbackFields
    tier: int
    next_tier_id: int | None
    greeting: str
    seq: Seq | None = None


# --- numbers and trunks


class NumberSave(Schema):
    """hours_id: null is always open. flow_id: null is the starter flow made of the other fields."""

    number: PhoneText
    name: Line = ""
    language: Language = "ru"
    is_recorded: bool = True
    hours_id: Id | None = None
    queue_id: SmallId
    flow_id: Id | None = None
    parameters: Annotated[dict[Line, Line], Field(max_length=50)] = Field(default_factory=dict)
    trunk_id: Id | None = None


class NumberRow(Schema):
    id: int
    number: str
    name: str
    language: Language
    is_recorded: bool
    hours_id: int | None
    queue_id: int
    flow_id: int | None
    parameters: dict[str, str]
    trunk_id: int | None
    seq: Seq | None = None


NumberFormat = Literal["plus", "bare", "prefixed", "national", "any"]


class TrunkSave(Schema):
    """secret: only to be written; null keeps what is there, "" takes it away. port 0: calls may come from
    any port of the host. addresses: further ones, or networks, from which its calls come. Caps: 0 is
    unlimited."""

    name: Name
    kind: TrunkKind
    host: Annotated[Line, Field(min_length=1)]
    port: Annotated[int, Field(ge=0, le=65535)] = 5060
    addresses: Annotated[list[Line], Field(max_length=50)] = Field(default_factory=list)
    login: Line = ""
    secret: Annotated[Line, Field(max_length=128)] | None = None
    codecs: Annotated[list[Codec], Field(min_length=1, max_length=4)]
    number_format_in: NumberFormat = "any"
    number_format_out: NumberFormat = "plus"
    maximum_calls: Annotated[int, Field(ge=0, le=10000)] = 30
    daily_calls: Annotated[int, Field(ge=0, le=1000000)] = 1000
    daily_minutes: Annotated[int, Field(ge=0, le=10000000)] = 3000
    is_default: bool = False


class TrunkRow(Schema):
    """state: up, down, unknown, as the channel says now; has_secret: whether one is kept."""

    id: int
    name: str
    kind: TrunkKind
    host: str
    port: int
    addresses: list[str]
    login: str
    has_secret: bool
    codecs: list[str]
    number_format_in: NumberFormat
    number_format_out: NumberFormat
    maximum_calls: int
    daily_calls: int
    daily_minutes: int
    is_default: bool
    state: str
    state_detail: str
    seq: Seq | None = None


class TrunkTest(Schema):
    """What came of a test. answers: the far end answered; round_trip_ms: how soon, null if it did not.

    state_detail: the far end's own words (`403 Account is blocked`), or a code: timeout, not_asked, or the
    field with which the trunk could not be set up.
    """

    state: str
    state_detail: str
    answers: bool
    round_trip_ms: float | None


# --- reasons, dispositions, hours


class ReasonSave(Schema):
    name_ru: Name
    name_en: Name
    max_seconds: Annotated[int, Field(ge=1, le=86400)] | None = None
    is_paid: bool = True
    needs_permission: bool = False


class ReasonRow(Schema):
    id: int
    name_ru: str
    name_en: str
    max_seconds: int | None
    is_paid: bool
    needs_permission: bool
    seq: Seq | None = None


class DispositionSave(Schema):
    """queue_ids: empty is every queue."""

    name_ru: Name
    name_en: Name
    kind: DispositionKind
    queue_ids: Annotated[list[SmallId], Field(max_length=200)] = Field(default_factory=list)
    is_active: bool = True


class DispositionRow(Schema):
    id: int
    name_ru: str
    name_en: str
    kind: DispositionKind
    queue_ids: list[int]
    is_active: bool
    seq: Seq | None = None


WallTime = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", examples=["09:00"])]
Spans = Annotated[list[tuple[WallTime, WallTime]], Field(max_length=12)]


class Weekly(Schema):
    """Spans of each weekday; an end not after its beginning is on the next day."""

    mon: Spans
    tue: Spans
    wed: Spans
    thu: Spans
    fri: Spans
    sat: Spans
    sun: Spans


class DayException(Schema):
    date: date
    spans: Spans
    note: Line


class HoursSave(Schema):
    """zone: empty is the site's."""

    name: Name
    zone: Line = ""
    weekly: Weekly
    exceptions: Annotated[list[DayException], Field(max_length=1000)] = Field(default_factory=list)


class HoursRow(HoursSave):
    id: int
    is_open: bool
    changes_at: Moment | None
    seq: Seq | None = None


class SiteSave(Schema):
    """phone_codec: what browsers talk; the caps guard against a stolen sign-in. guard: after so many handled
    calls a day, or so long a stretch of work, an agent comes after the others (0: never). capacity: how many
    chats or letters alone fill an agent whose own settings do not say. has_supervision_tone: an agent hears
    that somebody begins to listen. hold_reminder: after so long a hold he is reminded (0: never).
    has_silent_holds: recordings keep nothing of holds."""

    name: Name
    zone: Name
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    language: Language
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    rescue_timeout_seconds: Annotated[float, Field(ge=3, le=300)]
    fallback_number: Line = ""
    allowed_countries: Annotated[list[Annotated[str, Field(pattern=r"^[A-Z]{2}$")]], Field(max_length=250)]
    daily_call_cap: Annotated[int, Field(ge=0, le=1000000)]
    daily_minutes_cap: Annotated[int, Field(ge=0, le=10000000)]
    phone_codec: Literal["alaw", "opus"]
    guard_handled: Annotated[int, Field(ge=0, le=10000)] = 100
    guard_streak_seconds: Annotated[float, Field(ge=0, le=86400)] = 7200
    guard_pause_seconds: Annotated[float, Field(ge=1, le=14400)] = 300
    chat_capacity: Capacity = 3
    email_capacity: Capacity = 1
    has_supervision_tone: bool = False
    hold_reminder_seconds: Annotated[float, Field(ge=0, le=3600)] = 60
    has_silent_holds: bool = False


class SiteRow(SiteSave):
    seq: Seq | None = None


class ModeSpanFields(Schema):
    """When the group works in this mode, by the clock of the site."""

    mode: WorkMode
    weekly: Weekly


class LoadFields(Schema):
    """busy: so many live customers waiting in these queues call the group in; calm: no more than so many for
    calm_for_seconds let it go. keeps: so many, the first of the plan, are never called in."""

    queue_ids: Annotated[list[SmallId], Field(min_length=1, max_length=100)]
    busy: Annotated[int, Field(ge=1, le=10000)] = 5
    calm: Annotated[int, Field(ge=0, le=9999)] = 0
    calm_for_seconds: Annotated[float, Field(ge=0, le=14400)] = 120
    keeps: Annotated[int, Field(ge=0, le=1000)] = 0


class PlanSave(Schema):
    """Which side of the work a group does, by time of day and by load. The first span that is open says the
    mode, else `otherwise`."""

    name: Name
    agent_ids: Annotated[list[Id], Field(max_length=1000)] = Field(default_factory=list)
    spans: Annotated[list[ModeSpanFields], Field(max_length=20)] = Field(default_factory=list)
    otherwise: WorkMode = "blended"
    load: LoadFields | None = None


class PlanRow(Schema):
    """mode: what the plan says now."""

    id: int
    name: str
    agent_ids: list[int]
    spans: list[ModeSpanFields]
    otherwise: WorkMode
    load: LoadFields | None
    mode: WorkMode
    seq: Seq | None = None


class Restored(Schema):
    """What stands again as it was."""

    entity: str
    entity_id: int
    seq: Seq


class ChangeRow(Schema):
    """One change of the configuration, with what was there before."""

    seq: Seq
    at: Moment
    by_name: str
    entity: str
    entity_id: int
    before: Facts | None
    after: Facts | None


class AuditRow(Schema):
    """Who did what. person_id null: a program with a token, or this program itself. entity_id: text, since it
    may be a recording's."""

    id: int
    at: Moment
    person_id: int | None
    by_name: str
    address: str
    action: str
    entity: str
    entity_id: Seq
    facts: Facts


class SettingsProblemRow(Schema):
    """What is impossible about the settings as a whole. kind: `queue` or `agent`; place: within it."""

    kind: str
    id: int
    name: str
    code: str
    place: str
    facts: Facts
