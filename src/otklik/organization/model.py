"""What is set up, as values; and `Configuration`, all of it by id, which the engine process holds in memory.

Ids are integers from 1; 0 means "none" in a reference and "a new one" in a command. Ids are never used twice:
facts of years ago name them.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType
from zoneinfo import ZoneInfo

import msgspec

from otklik.acd.model import (
    AgentProfile,
    CallbackRules,
    Channel,
    LoadRule,
    Mode,
    ModePlan,
    ModeSpan,
    OverflowRule,
    QueueKind,
    QueueRules,
    ReasonRules,
    RelaxationStep,
    SiteRules,
    SkillRequirement,
)
from otklik.vocabulary.hours import ALWAYS_OPEN, OpeningHours
from otklik.vocabulary.ids import (
    AgentId,
    DispositionId,
    FlowId,
    HoursId,
    NumberId,
    PersonId,
    PlanId,
    ProjectId,
    QueueId,
    ReasonId,
    SecretId,
    SiteId,
    SkillId,
    SystemId,
    TeamId,
    TrunkId,
)
from otklik.vocabulary.messages import Value
from otklik.vocabulary.phones import NumberFormat
from otklik.vocabulary.time import SLOT

DeviceId = NewType("DeviceId", int)

SELF_TEST = 9999
"""Id of the self-test's own project, skill, queue, number, trunk, device and agent; counters, reports and
boards leave project 9999 out. Never given to anything else."""
PRACTICE = 9998
"""Id of the skill, queue, number and trunk with which newcomers practise; they belong to the self-test's
project, so that nothing of it is counted. Made when somebody practises first."""
BUILT_IN = frozenset({SELF_TEST, PRACTICE})
"""What the program keeps for itself: shown in no list, changed by nobody's hand."""

DEFAULT_COLOR = "#5b6b7b"
LANGUAGES = ("ru", "en")
CODECS = ("alaw", "ulaw", "opus", "g722")


class TrunkKind(StrEnum):
    """How the far end is recognised: by its address, or because we register with it."""

    ADDRESS = "address"
    REGISTRATION = "registration"


class DeviceKind(StrEnum):
    """What rings at an agent: the phone in his browser, or a SIP phone."""

    BROWSER = "browser"
    SIP = "sip"


class Emergency(Value, kw_only=True):
    """What every customer who calls hears first. until: its end comes by itself. ends_call: and then he is
    hung up on; else his call goes on as usual. note: for those who work here."""

    prompt: str
    until: datetime
    ends_call: bool = False
    note: str = ""

    def is_on(self, at: datetime) -> bool:
        """Whether who calls now hears it."""
        return at < self.until


class OutsideRules(Value, kw_only=True):
    """Where customers may be sent outside, by agents and by flows alike, beyond what holds for every call
    that goes out (`Site`: countries, caps); and how much one agent may dial, and when anybody.

    allowed_prefixes, denied_prefixes: beginnings of E.164 numbers, with plus; the longest that fits decides,
    and where some are allowed all others are not. allows_premium, allows_emergency: such numbers, too.
    ring_timeout: how long the number called may ring; talk_limit: how long the talk may last that no agent is
    in. at_once: parties outside in talks at one time; daily_minutes: of a day (UTC); 0 is unlimited.
    agent_minute_calls, agent_daily_calls: what one agent may dial within a minute and in a day (UTC), calls
    and transfers outside together; 0 is unlimited. closed_from, closed_until: wall times (HH:MM) of the site
    between which nothing but emergency numbers is called, "" for never.
    """

    allowed_prefixes: tuple[str, ...] = ()
    denied_prefixes: tuple[str, ...] = ()
    allows_premium: bool = False
    allows_emergency: bool = False
    ring_timeout: timedelta = timedelta(seconds=60)
    talk_limit: timedelta = timedelta(hours=2)
    at_once: int = 20
    daily_minutes: int = 1000
    agent_minute_calls: int = 10
    agent_daily_calls: int = 300
    closed_from: str = ""
    closed_until: str = ""


class Site(Value, kw_only=True):
    """The centre itself. country: ISO 3166 (two letters), used to read national numbers.
    emergency: changed by AnnounceEmergency only, None when nothing was ever announced.

    rescue_timeout: how long a customer waits for the lost phone of his agent. fallback_number: where calls go
    when no engine is there for long, "" to let the music play. allowed_countries: where agents may call;
    empty: the own country only. daily_call_cap, daily_minutes_cap: of all calls that agents dial, 0 is
    unlimited. phone_codec: of the browser phones, alaw or opus. guard_handled, guard_streak, guard_pause: the
    load guard, chat_capacity, email_capacity: as in `acd.model.SiteRules`. has_supervision_tone: an agent
    hears a short tone when a supervisor begins to listen to his talk. outside: changed by SaveOutsideRules
    only. hold_reminder: so long a customer may be held before his agent is reminded, 0 for ever.
    has_silent_holds: recordings keep nothing of holds.
    """

    site_id: SiteId = SiteId(1)
    name: str
    zone: str
    country: str = "RU"
    language: str = "ru"
    currency: str = "RUB"
    rescue_timeout: timedelta = timedelta(seconds=15)
    fallback_number: str = ""
    allowed_countries: tuple[str, ...] = ()
    daily_call_cap: int = 500
    daily_minutes_cap: int = 2000
    phone_codec: str = "alaw"
    guard_handled: int = 100
    guard_streak: timedelta = timedelta(hours=2)
    guard_pause: timedelta = timedelta(minutes=5)
    chat_capacity: int = 3
    email_capacity: int = 1
    has_supervision_tone: bool = False
    hold_reminder: timedelta = timedelta(seconds=60)
    has_silent_holds: bool = False
    emergency: Emergency | None = None
    outside: OutsideRules = OutsideRules()


class Project(Value, kw_only=True):
    """A client company of an outsourcer, or a line of business. color: #rrggbb."""

    project_id: ProjectId = ProjectId(0)
    name: str
    color: str = DEFAULT_COLOR


class Team(Value, kw_only=True):
    """Agents who share a lead. supervisor_ids: people who see this team."""

    team_id: TeamId = TeamId(0)
    name: str
    supervisor_ids: tuple[PersonId, ...] = ()


class Skill(Value, kw_only=True):
    """What an agent can do; levels 1-10 stand with the agent."""

    skill_id: SkillId = SkillId(0)
    name: str


class QueueClosure(Value):
    """A queue that a supervisor closed: who comes newly hears `prompt` and goes on as `then` says: `end`,
    `callback` (he is offered a call back) or `queue` (to queue_id). Who waits already waits on."""

    is_closed: bool = False
    prompt: str = "closed"
    then: str = "end"
    queue_id: QueueId = QueueId(0)


class Loan(Value):
    """An agent serves other queues until a quarter of an hour begins. is_only: these and no others. skills:
    what that needs, as it was when he was lent."""

    queue_ids: tuple[QueueId, ...] = ()
    until: datetime | None = None
    is_only: bool = False
    skills: dict[SkillId, int] = msgspec.field(default_factory=dict)


NO_LOAN = Loan()


class Queue(Value, kw_only=True):
    """Where interactions wait under one policy: the fields of `acd.model.QueueRules`, and what only calls
    need.

    caller_number_id: the number shown when an agent calls for this queue, 0: the trunk's first number.
    trunk_id: by which trunk those calls go, 0: the default one. Its colour is its project's.
    greeting: what an agent says first, shown to him while it rings. channel: of all who wait here, for ever.
    closure: only a supervisor's hand changes it.
    """

    queue_id: QueueId = QueueId(0)
    name: str
    project_id: ProjectId
    skills: tuple[SkillRequirement, ...] = ()
    priority: int = 0
    ageing: float = 0.0
    strategy: str = "longest_idle"
    ring_timeout: timedelta = timedelta(seconds=20)
    wrap_up: timedelta = timedelta(seconds=30)
    wrap_up_limit: timedelta = timedelta(minutes=5)
    service_threshold: timedelta = timedelta(seconds=20)
    service_target: float = 0.8
    short_abandon: timedelta = timedelta(seconds=5)
    maximum_waiting: int = 1000
    caller_number_id: NumberId = NumberId(0)
    trunk_id: TrunkId = TrunkId(0)
    relaxation: tuple[RelaxationStep, ...] = ()
    weight: float = 1.0
    after_missed: str = "not_ready"
    missed_rest: timedelta = timedelta(seconds=15)
    missed_limit: int = 3
    preferred_wait: timedelta = timedelta(seconds=30)
    preferred_waits_for_pause: bool = False
    kind: QueueKind = QueueKind.INBOUND
    overflow: tuple[OverflowRule, ...] = ()
    callbacks: CallbackRules = CallbackRules()
    tier: int = 1
    next_tier: QueueId = QueueId(0)
    greeting: str = ""
    channel: Channel = Channel.VOICE
    closure: QueueClosure = QueueClosure()


class Plan(Value, kw_only=True):
    """Which side of the work a group of agents does, by the clock of the site and by load: see
    `acd.model.ModePlan`. An agent stands in one plan at most."""

    plan_id: PlanId = PlanId(0)
    name: str
    agent_ids: tuple[AgentId, ...] = ()
    spans: tuple[ModeSpan, ...] = ()
    otherwise: Mode = Mode.BLENDED
    load: LoadRule | None = None


class Number(Value, kw_only=True):
    """What customers dial. number: E.164 with plus, or a short one exactly as it is dialled.

    language: of the greeting and prompts. is_recorded: the talk is recorded, and the greeting says so.
    hours_id: when people answer, 0 always. trunk_id: only calls of this trunk reach it, 0 any.
    flow_id: what runs first, 0 the starter flow; parameters: values for the flow by name.
    """

    number_id: NumberId = NumberId(0)
    number: str
    name: str = ""
    language: str = "ru"
    is_recorded: bool = True
    hours_id: HoursId = HoursId(0)
    queue_id: QueueId
    flow_id: FlowId = FlowId(0)
    parameters: dict[str, str] = msgspec.field(default_factory=dict)
    trunk_id: TrunkId = TrunkId(0)


class Trunk(Value, kw_only=True):
    """How calls come and go. host, port: the far end; port 0 accepts calls from any port of the host (and
    calls 5060).

    addresses: further addresses or networks (10.0.0.0/8) from which this trunk's calls come. login,
    secret_id: for digest, "" and 0 without. number_format_in: how it writes the customer's and the called
    number; number_format_out: how it wants the number dialled. maximum_calls at once, daily_calls and
    daily_minutes outward: 0 is unlimited. is_default: used by queues that name none; one trunk at most.
    """

    trunk_id: TrunkId = TrunkId(0)
    name: str
    kind: TrunkKind = TrunkKind.ADDRESS
    host: str
    port: int = 5060
    addresses: tuple[str, ...] = ()
    login: str = ""
    secret_id: SecretId = SecretId(0)
    codecs: tuple[str, ...] = ("alaw", "ulaw")
    number_format_in: NumberFormat = NumberFormat.ANY
    number_format_out: NumberFormat = NumberFormat.PLUS
    maximum_calls: int = 0
    daily_calls: int = 0
    daily_minutes: int = 0
    is_default: bool = False


class SystemKind(StrEnum):
    """How a system outside is asked: over HTTP, or with a SELECT."""

    WEB = "web"
    DATABASE = "database"


class System(Value, kw_only=True):
    """A system outside that flows may ask (a billing, a CRM). name: what flows call it.

    address: of a web service, `https://host/path` without a slash at its end; questions go below it. A
    database's whole address is its secret. secret_header: the header that carries the secret, "" none.
    allowed_hosts: hosts, addresses or networks that may be asked though they are not public; only these and
    public ones ever are. largest_answer: bytes; what is longer is no answer.
    """

    system_id: SystemId = SystemId(0)
    name: str
    kind: SystemKind = SystemKind.WEB
    address: str = ""
    secret_header: str = ""
    secret_id: SecretId = SecretId(0)
    allowed_hosts: tuple[str, ...] = ()
    largest_answer: int = 262_144


class Hours(Value, kw_only=True):
    """When a number is answered by people. notes: what an exception is for, by its date (2026-01-07)."""

    hours_id: HoursId = HoursId(0)
    name: str
    opening: OpeningHours = ALWAYS_OPEN
    notes: dict[str, str] = msgspec.field(default_factory=dict)


class Reason(Value, kw_only=True):
    """Why an agent is not ready. maximum: after it both sides see an overrun; None is unlimited."""

    reason_id: ReasonId = ReasonId(0)
    name_ru: str
    name_en: str
    maximum: timedelta | None = None
    is_paid: bool = True
    needs_permission: bool = False


class Agent(Value):
    """A person who handles interactions: `agent_id = person_id`. skills: level 1-10 by skill. preferences and
    ring_timeout: as in `acd.model.AgentProfile`.

    capacities: how many he has at once of a channel alone, 0 none of it; a channel that is not named is as
    usual (one call, else what the site says).
    loan: other queues for a while; only a supervisor's hand changes it.
    is_active False: known to the past, gets no calls (the right was taken away, or the person is blocked).
    """

    agent_id: AgentId
    team_ids: tuple[TeamId, ...] = ()
    skills: dict[SkillId, int] = msgspec.field(default_factory=dict)
    is_active: bool = True
    preferences: dict[QueueId, int] = msgspec.field(default_factory=dict)
    ring_timeout: timedelta | None = None
    capacities: dict[Channel, int] = msgspec.field(default_factory=dict)
    loan: Loan = NO_LOAN


class Device(Value, kw_only=True):
    """What rings at an agent. login: unique on the whole site; codecs in order of preference, () the site's
    own."""

    device_id: DeviceId = DeviceId(0)
    agent_id: AgentId
    kind: DeviceKind = DeviceKind.SIP
    login: str
    secret_id: SecretId = SecretId(0)
    codecs: tuple[str, ...] = ()


class DispositionKind(StrEnum):
    """What a disposition counts as."""

    MAIN_SALE = "main_sale"
    ADD_ON_SALE = "add_on_sale"
    LEAD = "lead"
    SERVICE = "service"
    WRONG_NUMBER = "wrong_number"
    SPAM = "spam"


class Disposition(Value, kw_only=True):
    """The outcome that an agent chooses. queue_ids: where it is offered, () everywhere. Not read by the
    engine."""

    disposition_id: DispositionId = DispositionId(0)
    name_ru: str
    name_en: str
    kind: DispositionKind
    queue_ids: tuple[QueueId, ...] = ()
    is_active: bool = True


Thing = (
    Site | Project | Team | Skill | Queue | Plan | Number | Trunk | System | Hours | Reason | Agent | Device
)

NOT_SET_UP = Site(name="Otklik", zone="UTC")


@dataclass(slots=True)
class Configuration:
    """All that is set up, by id. `last_ids`: the largest id ever given, by name of the thing ("queue").

    is_set_up: a site was saved at least once; before that `site` is only a place-holder.
    """

    site: Site = NOT_SET_UP
    is_set_up: bool = False
    projects: dict[ProjectId, Project] = field(default_factory=dict)
    teams: dict[TeamId, Team] = field(default_factory=dict)
    skills: dict[SkillId, Skill] = field(default_factory=dict)
    queues: dict[QueueId, Queue] = field(default_factory=dict)
    plans: dict[PlanId, Plan] = field(default_factory=dict)
    numbers: dict[NumberId, Number] = field(default_factory=dict)
    trunks: dict[TrunkId, Trunk] = field(default_factory=dict)
    hours: dict[HoursId, Hours] = field(default_factory=dict)
    reasons: dict[ReasonId, Reason] = field(default_factory=dict)
    agents: dict[AgentId, Agent] = field(default_factory=dict)
    devices: dict[DeviceId, Device] = field(default_factory=dict)
    last_ids: dict[str, int] = field(default_factory=dict)
    systems: dict[SystemId, System] = field(default_factory=dict)

    def color_of(self, queue_id: QueueId) -> str:
        """The colour of a queue: its project's."""
        queue = self.queues.get(queue_id)
        project = self.projects.get(queue.project_id) if queue else None
        return project.color if project else DEFAULT_COLOR

    def system_of_name(self, name: str) -> System | None:
        """The system that flows call so."""
        return next((system for system in self.systems.values() if system.name == name), None)

    def device_of_login(self, login: str) -> Device | None:
        """The device that registers under this login."""
        return next((device for device in self.devices.values() if device.login == login), None)

    def devices_of(self, agent_id: AgentId) -> list[Device]:
        """What may ring at this agent, oldest first."""
        found = [device for device in self.devices.values() if device.agent_id == agent_id]
        return sorted(found, key=lambda device: device.device_id)


def queue_rules(queue: Queue) -> QueueRules:
    """The queue as the engine knows it."""
    return QueueRules(
        queue_id=queue.queue_id,
        project_id=queue.project_id,
        name=queue.name,
        skills=queue.skills,
        priority=queue.priority,
        ageing=queue.ageing,
        strategy=queue.strategy,
        ring_timeout=queue.ring_timeout,
        wrap_up=queue.wrap_up,
        wrap_up_limit=queue.wrap_up_limit,
        service_threshold=queue.service_threshold,
        service_target=queue.service_target,
        short_abandon=queue.short_abandon,
        maximum_waiting=queue.maximum_waiting,
        relaxation=queue.relaxation,
        weight=queue.weight,
        after_missed=queue.after_missed,
        missed_rest=queue.missed_rest,
        missed_limit=queue.missed_limit,
        preferred_wait=queue.preferred_wait,
        preferred_waits_for_pause=queue.preferred_waits_for_pause,
        kind=queue.kind,
        overflow=queue.overflow,
        callbacks=queue.callbacks,
        tier=queue.tier,
        next_tier=queue.next_tier,
        channel=queue.channel,
    )


def plan_rules(plan: Plan, zone: str) -> ModePlan:
    """The plan as the engine knows it, by the clock of the site."""
    return ModePlan(
        plan_id=plan.plan_id,
        name=plan.name,
        agent_ids=plan.agent_ids,
        spans=plan.spans,
        otherwise=plan.otherwise,
        time_zone=zone,
        load=plan.load,
    )


def skills_now(agent: Agent) -> dict[SkillId, int]:
    """What he has while he is lent, else his own."""
    if not agent.loan.queue_ids:
        return agent.skills
    own = {} if agent.loan.is_only else agent.skills
    lent = agent.loan.skills
    return {skill_id: max(own.get(skill_id, 0), lent.get(skill_id, 0)) for skill_id in own | lent}


def agent_profile(agent: Agent) -> AgentProfile:
    """The agent as the engine knows him."""
    return AgentProfile(
        agent_id=agent.agent_id,
        skills=skills_now(agent),
        preferences=agent.preferences,
        ring_timeout=agent.ring_timeout,
        voice_capacity=agent.capacities.get(Channel.VOICE, 1),
        capacities={
            channel: capacity
            for channel, capacity in agent.capacities.items()
            if channel is not Channel.VOICE
        },
    )


def reason_rules(reason: Reason) -> ReasonRules:
    """The reason as the engine knows it."""
    return ReasonRules(
        reason_id=reason.reason_id,
        maximum=reason.maximum,
        is_paid=reason.is_paid,
        needs_permission=reason.needs_permission,
    )


def capacity_rules(site: Site) -> SiteRules:
    """What the capacities of agents stand on, whatever the time is."""
    return SiteRules(chat_capacity=site.chat_capacity, email_capacity=site.email_capacity)


def site_rules(site: Site, at: datetime) -> SiteRules:
    """The site's timeouts as the engine knows them. at: its day begins at midnight of its zone as it is
    then; where clocks are changed, ask again after that."""
    offset = at.astimezone(ZoneInfo(site.zone)).utcoffset() or timedelta()
    day_start = -offset % timedelta(days=1)
    return SiteRules(
        rescue_timeout=site.rescue_timeout,
        day_start=day_start - day_start % SLOT,
        guard_handled=site.guard_handled,
        guard_streak=site.guard_streak,
        guard_pause=site.guard_pause,
        chat_capacity=site.chat_capacity,
        email_capacity=site.email_capacity,
        outside_ring=site.outside.ring_timeout,
        outside_limit=site.outside.talk_limit,
    )
