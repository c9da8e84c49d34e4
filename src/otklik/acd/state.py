"""What the engine remembers, and the indices that keep a decision O(log n).

Only `apply.py` writes here. Two kinds of fields: *facts*, which a replay rebuilds and a snapshot holds, and
*indices* (marked), which are derived from facts. An index may clean itself while it is read; that changes
no answer.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from heapq import heapify, heappop, heappush, heapreplace
from math import log
from typing import Any, Final

from otklik.acd.model import (
    AgentProfile,
    AgentState,
    AssignmentPhase,
    Availability,
    Boost,
    Callback,
    Channel,
    Direction,
    GuardCause,
    LoadLevel,
    Mode,
    ModePlan,
    NotReadyCause,
    OfferKind,
    Phase,
    QueueKind,
    QueueRules,
    ReasonRules,
    Role,
    SiteRules,
    SkillRequirement,
    Stay,
    Strategy,
)
from otklik.acd.pace import Pace
from otklik.acd.requirements import effective, meets
from otklik.acd.ties import Ties
from otklik.acd.timetable import Timetable
from otklik.vocabulary.ids import (
    AgentId,
    InteractionId,
    Minter,
    NumberId,
    OfferId,
    PartyId,
    PlanId,
    ProjectId,
    QueueId,
    ReasonId,
    ReservationId,
    SegmentId,
    SkillId,
)

ENGINE_LANE: Final = 1
NO_QUEUE: Final = QueueId(0)
NO_AGENT: Final = AgentId(0)
NO_REASON: Final = ReasonId(0)
NO_OFFER: Final = OfferId(0)
NO_SEGMENT: Final = SegmentId(0)
NO_INTERACTION: Final = InteractionId(0)
NO_PLAN: Final = PlanId(0)

WHOLE_TURN: Final = 1000
"""One offer, in the thousandths that queues count."""

_OWNER: Final = Role.OWNER
_VOICE: Final = Channel.VOICE
_AGEING_ZERO = datetime(2020, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)

# How an agent stands towards a new interaction; a queue counts its fitting agents by standing.
SIGNED_OUT: Final = 0
NOT_READY: Final = 1
UNREACHABLE: Final = 2  # ready, without assignment, but no device is registered
BUSY: Final = 3  # has an assignment, or no capacity
FREE: Final = 4
RESTING: Final = 5  # ready, but let an offer ring out a moment ago
RESERVED: Final = 6  # ready, but kept for a call that a dialer makes
STANDINGS: Final = 7

MOVING: Final = frozenset(
    {Strategy.LEAST_OCCUPIED.value, Strategy.FEWEST_HANDLED_TODAY.value, Strategy.ROUND_ROBIN.value}
)
"""Strategies by which an agent's rank differs from one idle time to the next (never within one)."""

_TIER = 1e9
"""What one step of preference adds to a rank: more than any strategy gives."""
_GUARDED_TIERS = 10
OCCUPANCY_MEMORY: Final = timedelta(hours=1)
_LEAST_OCCUPANCY = 1e-9

Place = tuple[float, bool, datetime, int, InteractionId]
"""Key of a waiting interaction in its line: minus the score, not ahead, queued_at, segment id, interaction
id."""


class Line:
    """Waiting interactions of one queue, or of one lane of it, in the order in which they are taken: a
    sorted list with a moving start.

    The first leaves and the newest joins in O(log n); only one who leaves from the middle moves memory (no
    entry is looked at). `rank` is the place from 1.
    """

    __slots__ = ("_places", "_start")

    def __init__(self) -> None:
        self._places: list[Place] = []
        self._start = 0

    def __len__(self) -> int:
        return len(self._places) - self._start

    def __iter__(self) -> Iterator[Place]:
        return iter(self._places[self._start :])

    def copy(self) -> "Line":
        """Another line of the same places."""
        line = Line()
        line._places = self._places[self._start :]
        return line

    def first(self) -> Place:
        """The next to be taken; the line is not empty."""
        return self._places[self._start]

    def second(self) -> Place | None:
        """The one after the first, if any."""
        second = self._start + 1
        return self._places[second] if second < len(self._places) else None

    def add(self, place: Place) -> None:
        insort(self._places, place, lo=self._start)

    def remove(self, place: Place) -> None:
        index = bisect_left(self._places, place, lo=self._start)
        if index > self._start:
            del self._places[index]
            return
        self._start += 1
        if self._start >= 256 and self._start * 2 >= len(self._places):
            del self._places[: self._start]
            self._start = 0

    def rank(self, place: Place) -> int:
        """Place from 1, also of one who does not stand here yet."""
        return bisect_left(self._places, place, lo=self._start) - self._start + 1


@dataclass(slots=True, init=False)
class Assignment:
    """What the system gave an agent. It ends with AgentMadeReady, AgentMadeNotReady or AgentSignedOut,
    always.

    since: beginning of the phase. wrap_up_at: when wrap-up began (its limit counts from there).
    connected_at: when both first heard each other: from there on it is work.
    """

    interaction_id: InteractionId
    segment_id: SegmentId
    queue_id: QueueId
    phase: AssignmentPhase
    since: datetime
    offer_id: OfferId
    deadline: datetime | None
    wrap_up_at: datetime | None
    connected_at: datetime | None
    role: Role
    channel: Channel

    # By hand, as that of an interaction: one is made for each call, and the compiler makes nothing of what
    # dataclasses write.
    def __init__(  # noqa: PLR0913 - its fields
        self,
        interaction_id: InteractionId,
        segment_id: SegmentId,
        queue_id: QueueId,
        phase: AssignmentPhase,
        since: datetime,
        offer_id: OfferId = NO_OFFER,
        deadline: datetime | None = None,
        wrap_up_at: datetime | None = None,
        connected_at: datetime | None = None,
        role: Role = _OWNER,
        channel: Channel = _VOICE,
    ) -> None:
        self.interaction_id = interaction_id
        self.segment_id = segment_id
        self.queue_id = queue_id
        self.phase = phase
        self.since = since
        self.offer_id = offer_id
        self.deadline = deadline
        self.wrap_up_at = wrap_up_at
        self.connected_at = connected_at
        self.role = role
        self.channel = channel


@dataclass(slots=True)
class Reservation:
    """An agent is kept for a call that a dialer makes."""

    reservation_id: ReservationId
    queue_id: QueueId
    since: datetime
    until: datetime


@dataclass(slots=True, eq=False)
class Agent:
    """Agent = availability x assignment. `availability` is what the person chose (or a named rule), also
    during an assignment; `intent` is what he wants after it.

    handled: calls today. misses: calls that he let ring out, in a row. resting_until: no offer until then.
    rests_since: since when he has not been ready. streak: talk and wrap-up since his last pause; worked_at:
    the end of his last work. guard: why he comes after the others; guard_at: how many handled bring the
    guard again, 0 for the site's rule. turns: his last turn in queues that go round. occupancy: 0 ... 1 at
    `idle_since`, kept while a queue asks for it. mode: which work he is offered, and mode_rule why.
    is_leaving: removed, and only finishes what he has.
    """

    profile: AgentProfile
    availability: Availability = Availability.SIGNED_OUT
    reason_id: ReasonId = NO_REASON
    cause: NotReadyCause = NotReadyCause.SIGNED_IN
    since: datetime = _AGEING_ZERO
    idle_since: datetime = _AGEING_ZERO
    intent: str = ""
    intent_reason_id: ReasonId = NO_REASON
    is_reachable: bool = False
    unreachable_since: datetime | None = None
    assignment: Assignment | None = None
    handled: int = 0
    misses: int = 0
    resting_until: datetime | None = None
    rests_since: datetime | None = None
    streak: timedelta = timedelta()
    worked_at: datetime | None = None
    guard: GuardCause | None = None
    guard_at: int = 0
    turns: dict[QueueId, int] = field(default_factory=dict)
    occupancy: float = 0.0
    mode: Mode = Mode.BLENDED
    mode_rule: str = "default"
    is_leaving: bool = False
    reservation: Reservation | None = None
    others: dict[InteractionId, Assignment] = field(default_factory=dict)
    """What he has beside calls: chats, letters."""
    seats: dict[Channel, "Agent"] = field(default_factory=dict)
    """How he stands in the lanes of other channels: a seat is an agent of its own there, with his profile."""
    main: "Agent | None" = None
    """Of a seat: whose it is."""
    channel: Channel = Channel.VOICE
    # indices
    standing: int = SIGNED_OUT
    lanes: tuple["Lane", ...] = ()
    barred: tuple["Lane", ...] = ()
    """Lanes for which he has the skills, but not the mode."""
    ranks: dict["Lane", float] = field(default_factory=dict)
    unlisted: list["Lane"] = field(default_factory=list)
    moving: tuple["Lane", ...] = ()
    """Of his lanes those whose strategy ranks him anew each time that he becomes free."""
    entries: dict["Lane", "IdleEntry"] = field(default_factory=dict)
    """His entry among the idle of such a lane that counts."""
    own: Line | None = None
    """Those who wait for him alone, if anybody ever did."""
    agent_id: AgentId = field(init=False, default=NO_AGENT)
    """As in his profile, where each call would have to look four times."""

    def __post_init__(self) -> None:
        self.agent_id = self.profile.agent_id

    def voice_state(self) -> AgentState:
        """The exclusive voice state: an assignment wins over the availability."""
        assignment = self.assignment
        return AgentState(self.availability.value if assignment is None else assignment.phase.value)

    def preference(self, queue_id: QueueId) -> int:
        """How willingly he serves a queue: 1 first, then 2 ..."""
        preferences = self.profile.preferences
        return preferences.get(queue_id, 1) if preferences else 1

    def occupancy_key(self) -> float:
        """Orders idle agents by occupancy, the same at every moment: while they are idle all forget at the
        same rate, so ln(occupancy) + time / memory compares what is left of each."""
        forgotten = (self.idle_since - _AGEING_ZERO) / OCCUPANCY_MEMORY
        return log(max(self.occupancy, _LEAST_OCCUPANCY)) + forgotten


@dataclass(slots=True, eq=False, init=False)
class Interaction:
    """One matter of one customer, from arrival to end. Ended ones are forgotten at once.

    since: beginning of the phase. queued_at: from when its wait counts for order; segment_at: when the open
    segment began. missed: who let an offer of it pass, and when (the cool-down). requirements: what it asks
    besides its queue; step: how often that was relaxed in this stay. ties: to more people than its customer
    and its owner.

    callback: set while it is a promised call. stays: where it has been. callback_queue_id: where a call back
    would wait that was offered. waits_until: when a rule next looks at it while it waits.
    """

    interaction_id: InteractionId
    channel: Channel
    direction: Direction
    party_id: PartyId
    number_id: NumberId
    project_id: ProjectId
    arrived_at: datetime
    phase: Phase
    since: datetime
    deadline: datetime | None
    queue_id: QueueId
    segment_id: SegmentId
    segment_at: datetime | None
    priority: int
    queued_at: datetime | None
    is_ahead: bool
    agent_id: AgentId
    offer_id: OfferId
    callback_of: InteractionId
    missed: dict[AgentId, datetime]
    requirements: tuple[SkillRequirement, ...]
    step: int
    boosts: tuple[Boost, ...]
    preferred_agent_id: AgentId
    preferred_until: datetime | None
    preferred_cause: str
    ties: Ties | None
    callback: Callback | None
    is_callback_offered: bool
    callback_queue_id: QueueId
    stays: tuple[Stay, ...]
    note: str
    waits_until: datetime | None
    # indices: both while it waits, else neither
    place: Place | None
    lane: "Lane | None"
    """Where it waits; or will, when it no longer waits for one agent alone: until then it stands in his own
    line."""

    def __init__(  # noqa: PLR0913 - its fields
        self,
        interaction_id: InteractionId,
        channel: Channel,
        direction: Direction,
        party_id: PartyId,
        number_id: NumberId,
        project_id: ProjectId,
        arrived_at: datetime,
        phase: Phase,
        since: datetime,
        deadline: datetime | None = None,
        queue_id: QueueId = NO_QUEUE,
        segment_id: SegmentId = NO_SEGMENT,
        segment_at: datetime | None = None,
        priority: int = 0,
        queued_at: datetime | None = None,
        is_ahead: bool = False,
        agent_id: AgentId = NO_AGENT,
        offer_id: OfferId = NO_OFFER,
        callback_of: InteractionId = NO_INTERACTION,
        missed: dict[AgentId, datetime] | None = None,
        requirements: tuple[SkillRequirement, ...] = (),
        step: int = 0,
        boosts: tuple[Boost, ...] = (),
        preferred_agent_id: AgentId = NO_AGENT,
        preferred_until: datetime | None = None,
        preferred_cause: str = "",
        ties: Ties | None = None,
        callback: Callback | None = None,
        is_callback_offered: bool = False,
        callback_queue_id: QueueId = NO_QUEUE,
        stays: tuple[Stay, ...] = (),
        note: str = "",
        waits_until: datetime | None = None,
    ) -> None:
        self.interaction_id = interaction_id
        self.channel = channel
        self.direction = direction
        self.party_id = party_id
        self.number_id = number_id
        self.project_id = project_id
        self.arrived_at = arrived_at
        self.phase = phase
        self.since = since
        self.deadline = deadline
        self.queue_id = queue_id
        self.segment_id = segment_id
        self.segment_at = segment_at
        self.priority = priority
        self.queued_at = queued_at
        self.is_ahead = is_ahead
        self.agent_id = agent_id
        self.offer_id = offer_id
        self.callback_of = callback_of
        self.missed = {} if missed is None else missed
        self.requirements = requirements
        self.step = step
        self.boosts = boosts
        self.preferred_agent_id = preferred_agent_id
        self.preferred_until = preferred_until
        self.preferred_cause = preferred_cause
        self.ties = ties
        self.callback = callback
        self.is_callback_offered = is_callback_offered
        self.callback_queue_id = callback_queue_id
        self.stays = stays
        self.note = note
        self.waits_until = waits_until
        self.place = None
        self.lane = None


IdleEntry = tuple[Any, ...]
"""Rank, idle since, agent id, agent. It counts by identity: the compiler takes tuples of known types apart,
so their types are not told."""

LaneKey = tuple[int, tuple[SkillRequirement, ...], OfferKind]
"""Steps of relaxation taken, what is asked besides the queue, and who waits: live customers or promised
calls."""

BASE_LANE: Final[LaneKey] = (0, (), OfferKind.LIVE)


def mode_allows(mode: Mode, queue: QueueKind, kind: OfferKind) -> bool:
    """Whether an agent of this mode is offered this: outbound ones get no live customer of an inbound queue,
    inbound ones no promised call."""
    if kind is OfferKind.CALLBACK:
        return mode is not Mode.INBOUND
    return mode is not Mode.OUTBOUND or queue is not QueueKind.INBOUND


def lane_key(interaction: Interaction) -> LaneKey:
    """Where an interaction waits, or would."""
    kind = OfferKind.LIVE if interaction.callback is None else OfferKind.CALLBACK
    return (interaction.step, interaction.requirements, kind)


@dataclass(slots=True, eq=False, repr=False)
class Lane:
    """Those who wait in one queue for the same kind of agent, and the agents of that kind.

    requirements: what an agent must have. line: those who wait here. tally: fitting agents by standing.
    idle: heap of fitting agents by (rank, idle since). Where ranks stay, each agent has at most one entry,
    which may be stale (agent busy, or idle anew since later): keys only ever grow, so a stale one comes up
    early and is mended then. Where they move (`is_moving`), becoming free makes a new entry, and only that
    counts.
    """

    queue: "Queue"
    key: LaneKey
    requirements: tuple[SkillRequirement, ...]
    asked: tuple[SkillId, ...]
    """Skills that were asked before anything was relaxed: by them the most skilled is chosen."""
    line: Line
    is_moving: bool = False
    waiting: int = 0
    parked: int = 0
    """Those who ask for the same, but wait for one agent alone for now."""
    idle: list[IdleEntry] = field(default_factory=list)
    tally: list[int] = field(default_factory=lambda: [0] * STANDINGS)
    fitting: int = 0
    barred: int = 0
    """Signed-in agents who have the skills and are left out by their mode."""

    @property
    def kind(self) -> OfferKind:
        """What waits here."""
        return self.key[2]

    def is_for(self, agent: Agent) -> bool:
        """Whether the agent's mode lets him take what waits here."""
        return mode_allows(agent.mode, self.queue.rules.kind, self.key[2])

    def fits(self, profile: AgentProfile) -> bool:
        """Whether an agent has what is asked here."""
        return meets(profile, self.requirements)

    def rank_of(self, agent: Agent) -> float:
        """The rank of an agent who fits (smaller is sooner): unguarded first, then those who prefer this
        queue, then by the queue's strategy."""
        rules = self.queue.rules
        rank = 0.0
        match rules.strategy:
            case Strategy.MOST_SKILLED:
                skills = agent.profile.skills
                rank = -float(sum(skills.get(skill_id, 0) for skill_id in self.asked))
            case Strategy.FEWEST_HANDLED_TODAY:
                rank = float(agent.handled)
            case Strategy.ROUND_ROBIN:
                rank = float(agent.turns.get(rules.queue_id, 0))
            case Strategy.LEAST_OCCUPIED:
                rank = agent.occupancy_key()
        tier = agent.preference(rules.queue_id) - 1
        if agent.guard is not None:
            tier += _GUARDED_TIERS
        return rank + tier * _TIER if tier else rank

    def list_idle(self, agent: Agent) -> None:
        entry: IdleEntry = (agent.ranks[self], agent.idle_since, agent.agent_id, agent)
        if self.is_moving:
            agent.entries[self] = entry
            if len(self.idle) > 4 * self.fitting + STANDINGS:
                self.idle = [one for one in self.idle if one[3].entries.get(self) is one]
                heapify(self.idle)
        heappush(self.idle, entry)

    def next_idle(self) -> Agent | None:
        """The free agent who is next by the queue's strategy. Amortized O(log n): mends stale entries on
        its way."""
        idle = self.idle
        while idle:
            entry = idle[0]
            idle_since: datetime = entry[1]
            agent: Agent = entry[3]
            if self.is_moving:
                if agent.standing == FREE and agent.entries.get(self) is entry:
                    return agent
                heappop(idle)
            elif agent.standing != FREE:
                heappop(idle)
                agent.unlisted.append(self)
            elif agent.idle_since != idle_since:
                heapreplace(idle, (agent.ranks[self], agent.idle_since, agent.agent_id, agent))
            else:
                return agent
        return None

    def set_aside(self) -> IdleEntry:
        """Takes out the entry of the agent whom `next_idle` named; give it back with `put_back`."""
        return heappop(self.idle)

    def put_back(self, entry: IdleEntry) -> None:
        heappush(self.idle, entry)

    def forget_agent(self, agent: Agent) -> None:
        """Drops the entry of an agent who no longer fits (a change of configuration)."""
        kept = [entry for entry in self.idle if entry[3] is not agent]
        heapify(kept)
        self.idle = kept


@dataclass(slots=True, eq=False, repr=False)
class Queue:
    """A queue: all who wait in it in one line, which gives their position, and its lanes.

    population: interactions that stand in it or talk under its rules. pace: how fast it is served. turn: how
    many offers it has made, where it goes round. lanes: one per kind of agent that
    somebody here waits for; `base` asks for what the queue asks and is always there, the others come and go
    with those who wait in them. While all wait in the base lane, its line *is* the queue's line. Those who
    wait for one agent alone stand in the queue's line and in that agent's, in no lane's.

    is_closing: removed, and only those who talk are left; closing_to: where who comes back goes.
    deserted_since: from when on nobody who fits has been signed in. callback_credit: thousandths of an offer
    that callbacks have not got yet, counted while both live customers and callbacks wait.
    """

    rules: QueueRules
    population: int = 0
    turn: int = 0
    pace: Pace = field(default_factory=Pace)
    is_closing: bool = False
    closing_to: QueueId = NO_QUEUE
    deserted_since: datetime | None = None
    callback_credit: int = 0
    # indices
    callbacks: int = 0
    """How many of those who wait are promised calls."""
    plans: set[PlanId] = field(default_factory=set)
    """The plans that watch this queue's load."""
    line: Line = field(default_factory=Line)
    waiting: int = 0
    base: Lane = field(init=False)
    widest: Lane = field(init=False)
    lanes: dict[LaneKey, Lane] = field(init=False)

    def __post_init__(self) -> None:
        self.begin_anew()

    def begin_anew(self) -> None:
        """No lanes but an empty base one: before all who wait, and all agents, are put in again."""
        self.line = Line()
        self.waiting = 0
        self.callbacks = 0
        self.base = self.new_lane(BASE_LANE, self.line)
        self.lanes = {BASE_LANE: self.base}
        self.widest = self.base
        steps = len(self.rules.relaxation)
        if steps and self.rules.overflow:
            # Who is there at all, when everything is relaxed: overflow "when nobody is there" asks.
            key = (steps, (), OfferKind.LIVE)
            self.widest = self.lanes[key] = self.new_lane(key, Line())

    @property
    def present(self) -> int:
        """Signed-in agents who fit a live customer of this queue, at least when he has waited long."""
        return self.widest.fitting - self.widest.tally[SIGNED_OUT]

    @property
    def is_contested(self) -> bool:
        """Whether live customers and callbacks wait side by side."""
        return 0 < self.callbacks < self.waiting

    @property
    def callbacks_share(self) -> int:
        """Share of the callbacks in thousandths."""
        return max(1, round(self.rules.callbacks.share * WHOLE_TURN))

    @property
    def is_callbacks_turn(self) -> bool:
        """Whether the next offer is the callbacks', where both wait."""
        return self.callback_credit + self.callbacks_share >= WHOLE_TURN

    def new_lane(self, key: LaneKey, line: Line) -> Lane:
        step, extras = key[0], key[1]
        skills = [*self.rules.skills, *extras]
        return Lane(
            queue=self,
            key=key,
            requirements=effective(self.rules, extras, step),
            asked=tuple(sorted({one.skill_id for one in skills})),
            line=line,
            is_moving=self.rules.strategy in MOVING,
        )

    def place_of(
        self,
        priority: int,
        is_ahead: bool,
        queued_at: datetime,
        segment_id: SegmentId,
        interaction_id: InteractionId,
    ) -> Place:
        """Where an interaction stands: highest priority (with ageing), then ahead, then longest waiting.

        Linear ageing keeps the order of two who wait in one queue, so the key does not change with time. Its
        last digits are noise: rounded, or of two with the same priority it would decide who is first.
        """
        rules = self.rules
        score = float(rules.priority + priority)
        if rules.ageing:
            score = round(score - rules.ageing * ((queued_at - _AGEING_ZERO) / _MINUTE), 7)
        return (-score, not is_ahead, queued_at, segment_id, interaction_id)

    def staffed(self) -> int:
        """Agents of the base lane who work or could."""
        tally = self.base.tally
        return tally[BUSY] + tally[FREE] + tally[RESTING]

    def priority_at(self, place: Place, at: datetime) -> float:
        """Priority with ageing at a moment: comparable between queues."""
        ageing = self.rules.ageing
        return round(ageing * ((at - _AGEING_ZERO) / _MINUTE) - place[0], 6) if ageing else -place[0]


@dataclass(slots=True, eq=False)
class Plan:
    """A plan of modes. turns_at: when a span next begins or ends. calm_at: when the group is let go, while
    the load is easing."""

    rules: ModePlan
    turns_at: datetime | None = None
    level: LoadLevel = LoadLevel.CALM
    calm_at: datetime | None = None


@dataclass(slots=True, repr=False)
class State:
    """All that the engine knows. at: moment of the last event."""

    site: SiteRules = field(default_factory=SiteRules)
    queues: dict[QueueId, Queue] = field(default_factory=dict)
    agents: dict[AgentId, Agent] = field(default_factory=dict)
    reasons: dict[ReasonId, ReasonRules] = field(default_factory=dict)
    plans: dict[PlanId, Plan] = field(default_factory=dict)
    interactions: dict[InteractionId, Interaction] = field(default_factory=dict)
    at: datetime | None = None
    next_slot: datetime | None = None
    # indices
    offers: dict[OfferId, InteractionId] = field(default_factory=dict)
    deadlines: Timetable = field(default_factory=Timetable)
    minter: Minter = field(default_factory=lambda: Minter(lane=ENGINE_LANE))
    signed_in: int = 0
    agents_by_skill: dict[SkillId, dict[AgentId, Agent]] = field(default_factory=dict)
    spare_lanes: dict[Lane, None] = field(default_factory=dict)
    """Lanes of special wishes in which nobody waits, longest empty first: some are kept, since the same
    wish comes again."""
    is_brief: bool = False
    """Whether nobody asks for the counts of those who are free and of those who are busy, lane by lane: only
    their sum is kept then (`recount`)."""
    is_stirred: bool = True
    """Whether something may follow from the state alone. False only after all of the fresh ones below have
    been looked at: whoever adds to them sets it, or a step would be taken as the last too early."""
    unreachable: dict[AgentId, Agent] = field(default_factory=dict)
    """Ready, idle agents without a device: for a few seconds only."""
    guarded: dict[AgentId, Agent] = field(default_factory=dict)
    """Agents who come after the others."""
    is_occupancy_kept: bool = False
    """Whether a queue chooses by occupancy."""
    changed_agents: dict[AgentId, Agent] = field(default_factory=dict)
    """Agents about whom something is to be said before the next offer."""
    fresh_own: dict[AgentId, Agent] = field(default_factory=dict)
    """Agents who became free while somebody waits for them alone, or the other way round."""
    fresh_lanes: dict[Lane, None] = field(default_factory=dict)
    """Lanes in which someone began to wait since routing last looked."""
    fresh_plans: dict[PlanId, None] = field(default_factory=dict)
    """Plans whose watched queues have changed since blending last looked."""
    closing: dict[QueueId, Queue] = field(default_factory=dict)
    leaving: dict[AgentId, Agent] = field(default_factory=dict)
    fresh_agents: dict[AgentId, Agent] = field(default_factory=dict)
    """Agents who became free since routing last looked."""
    fresh_seats: dict[Agent, None] = field(default_factory=dict)
    """Seats of other channels that became free since then."""
    torn_agents: dict[AgentId, Agent] = field(default_factory=dict)
    """Agents with more than calls who began or ended one: something may have to wait, or go on."""


def recount(state: State) -> None:
    """Count anew, lane by lane, who is free and who is busy: a brief engine keeps their sum only. O(agents
    times lanes), when somebody asks."""
    for queue in state.queues.values():
        for lane in queue.lanes.values():
            lane.tally[BUSY] += lane.tally[FREE]
            lane.tally[FREE] = 0
    for main in state.agents.values():
        for agent in (main, *main.seats.values()):
            if agent.standing == FREE:
                for lane in agent.lanes:
                    lane.tally[FREE] += 1
                    lane.tally[BUSY] -= 1
