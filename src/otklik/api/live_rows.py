"""From rows of the database to what the live feed says: pure, so that Python and TypeScript can be held to
one golden feed.

Rows come from tables `agent_now` and `interaction_now`; names from the configuration; figures of the day
from the very counters that the reports read. Nothing is counted here that a report counts otherwise.

    Seen       everything of one moment, read in one transaction      Directory   names, teams, skills
    board()    what a board shows of it          desk()   what one agent sees
    changes()  what differs between two boards   allowed_actions()   which buttons an agent has
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from operator import is_
from typing import Any

import msgspec

from otklik.access.rights import Right
from otklik.acd.model import AgentState, Phase
from otklik.organization.model import SELF_TEST, Agent, Project, Queue, Site, Team
from otklik.reports import codes
from otklik.vocabulary.ids import AgentId, InteractionId, PartyId, PersonId, ProjectId, QueueId, TeamId
from otklik.vocabulary.messages import Value
from otklik.vocabulary.time import MILLISECOND

AGENT_STATES = {number: state for state, number in codes.AGENT_STATES.items()}
PHASES = {number: phase for phase, number in codes.PHASES.items()}

WAITING = frozenset({Phase.WAITING, Phase.OFFERED, Phase.CONNECTING})
"""Who entered a queue and talks with nobody yet."""
READY, BUSY, SIGNED_IN = range(3)
"""Places of the counts of those who fit a queue."""
KEPT_DIGITS = 4
LONGEST_KNOWN_COUNTRY_CODE = 2


# --- what is read


class AgentNow(msgspec.Struct, frozen=True):
    """A row of `agent_now`. state: a number of `reports.codes`; moments in ms, 0 none."""

    agent_id: int
    state: int
    reason_id: int = 0
    cause: str = ""
    since_ms: int = 0
    counted_ms: int = 0
    signed_in_ms: int = 0
    interaction_id: int = 0
    offer_id: int = 0
    queue_id: int = 0
    deadline_ms: int = 0
    intent: str = ""
    intent_reason_id: int = 0
    device_reachable: bool = False

    @property
    def voice_state(self) -> AgentState:
        """The state by its name."""
        return AGENT_STATES[self.state]


class InteractionNow(msgspec.Struct, frozen=True):
    """A row of `interaction_now`. phase, direction: numbers of `reports.codes`."""

    interaction_id: int
    phase: int
    direction: int = codes.INBOUND
    project_id: int = 0
    party_id: int = 0
    number_id: int = 0
    queue_id: int = 0
    agent_id: int = 0
    offer_id: int = 0
    priority: int = 0
    started_ms: int = 0
    entered_ms: int = 0
    queued_ms: int = 0
    answered_ms: int = 0
    since_ms: int = 0
    deadline_ms: int = 0
    callback_of: int = 0

    @property
    def stands(self) -> Phase:
        """The phase by its name."""
        return PHASES[self.phase]


class QueueFigures(msgspec.Struct, frozen=True):
    """Counters of a queue from the start of the day, and the measures made of them by `reports.measures`."""

    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    short_abandons: int = 0
    overflows: int = 0
    in_sl: int = 0
    wait_ms: int = 0
    service_level: float | None = None
    service_level_strict: float | None = None


class AgentFigures(msgspec.Struct, frozen=True):
    """Figures of an agent from the start of the day, made by `reports.measures`."""

    handled: int = 0
    missed: int = 0
    aht_ms: int | None = None
    occupancy: float | None = None


class Note(msgspec.Struct, frozen=True):
    """What the agent wrote so far."""

    disposition_id: int | None = None
    note: str = ""


@dataclass(slots=True)
class Directory:
    """Names and rules by id. numbers: by id, the number as customers dial it."""

    site: Site
    people: dict[PersonId, str] = field(default_factory=dict)
    agents: dict[AgentId, Agent] = field(default_factory=dict)
    teams: dict[TeamId, Team] = field(default_factory=dict)
    queues: dict[QueueId, Queue] = field(default_factory=dict)
    projects: dict[ProjectId, Project] = field(default_factory=dict)
    numbers: dict[int, str] = field(default_factory=dict)
    queues_of: dict[AgentId, tuple[QueueId, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Who fits which queue, once: it changes only with the configuration."""
        self.queues = {
            queue_id: queue for queue_id, queue in self.queues.items() if queue.project_id != SELF_TEST
        }
        self.agents = {
            agent_id: agent
            for agent_id, agent in self.agents.items()
            if agent.is_active and agent_id != SELF_TEST
        }
        self.queues_of = {
            agent_id: tuple(queue_id for queue_id, queue in self.queues.items() if fits(agent, queue))
            for agent_id, agent in self.agents.items()
        }


@dataclass(slots=True)
class Seen:
    """All of one moment: everything was read in one transaction at `seq`."""

    seq: int
    at_ms: int
    directory: Directory
    agents: dict[AgentId, AgentNow] = field(default_factory=dict)
    interactions: dict[InteractionId, InteractionNow] = field(default_factory=dict)
    queue_figures: dict[QueueId, QueueFigures] = field(default_factory=dict)
    agent_figures: dict[AgentId, AgentFigures] = field(default_factory=dict)
    customer_names: dict[PartyId, str] = field(default_factory=dict)
    numbers: dict[PartyId, str] = field(default_factory=dict)
    notes: dict[InteractionId, Note] = field(default_factory=dict)
    missed: int = 0
    tiles: dict[tuple[str, int], tuple[tuple[Any, ...], Any]] = field(default_factory=dict)
    waiting: dict[int, list[int]] = field(init=False)
    staff: dict[int, list[int]] = field(init=False)

    def __post_init__(self) -> None:
        """Since when each one waits, by queue; how many of those who fit are ready, busy, signed in."""
        self.waiting = {}
        for interaction in self.interactions.values():
            if interaction.stands in WAITING and interaction.direction == codes.INBOUND:
                self.waiting.setdefault(interaction.queue_id, []).append(interaction.entered_ms)
        self.staff = {queue_id: [0, 0, 0] for queue_id in self.directory.queues}
        for agent_id, now in self.agents.items():
            if now.state == codes.SIGNED_OUT:
                continue
            place = READY if now.state == codes.READY else BUSY if now.state != codes.NOT_READY else None
            for queue_id in self.directory.queues_of.get(agent_id, ()):
                counts = self.staff[queue_id]
                counts[SIGNED_IN] += 1
                if place is not None:
                    counts[place] += 1

    def tile(self, kind: str, identity: int, made_of: tuple[Any, ...], make: Callable[[], Any]) -> Any:
        """A tile that was made of the very same things before, or a new one.

        Rows that did not change are carried from look to look as they are, so most tiles are made once.
        """
        known = self.tiles.get((kind, identity))
        if known is not None and all(map(is_, known[0], made_of)):
            return known[1]
        tile = make()
        self.tiles[kind, identity] = (made_of, tile)
        return tile


# --- what is sent


class AgentTile(msgspec.Struct, frozen=True):
    """An agent on a board. Figures are of the day."""

    id: int
    name: str
    team_id: int | None
    state: str
    reason_id: int | None
    cause: str | None
    since_ms: int
    queue_id: int | None
    interaction_id: str | None
    direction: str | None
    intent: str | None
    intent_reason_id: int | None
    deadline_ms: int | None
    reachable: bool
    handled: int
    aht_ms: int | None
    occupancy: float | None
    missed: int


class QueueTile(msgspec.Struct, frozen=True):
    """A queue on a board."""

    id: int
    name: str
    project_id: int
    project_name: str
    color: str
    waiting: int
    longest_since_ms: int | None
    offered: int
    answered: int
    abandoned: int
    short_abandons: int
    overflows: int
    in_sl: int
    service_level: float | None
    service_level_strict: float | None
    target: float
    threshold_seconds: float
    wait_ms_total: int
    agents_ready: int
    agents_busy: int
    agents_signed_in: int


class InteractionTile(msgspec.Struct, frozen=True):
    """A customer on a board; the number is masked."""

    id: str
    phase: str
    queue_id: int | None
    number_masked: str
    customer_name: str
    agent_id: int | None
    since_ms: int
    queued_ms: int | None
    deadline_ms: int | None
    direction: str
    priority: int


class WrapUp(msgspec.Struct, frozen=True):
    """The work after the talk. limit_ms: extensions end here."""

    interaction_id: str
    deadline_ms: int
    limit_ms: int


class DeskWaiting(msgspec.Struct, frozen=True):
    """How many wait in one of the agent's queues."""

    queue_id: int
    waiting: int
    longest_since_ms: int | None


class DeskInteraction(msgspec.Struct, frozen=True):
    """What the agent handles. phase: that of the interaction, or wrap_up."""

    id: str
    phase: str
    direction: str
    queue_id: int | None
    queue_name: str
    project_name: str
    color: str
    number: str
    number_called: str
    party_id: str | None
    customer_name: str
    offer_id: str | None
    deadline_ms: int | None
    since_ms: int
    connected_ms: int | None
    disposition_id: int | None
    note: str
    priority: int
    callback_of: str | None


class Board(msgspec.Struct, frozen=True):
    """The body of a snapshot of topic board."""

    agents: tuple[AgentTile, ...]
    queues: tuple[QueueTile, ...]
    interactions: tuple[InteractionTile, ...]


class Gone(msgspec.Struct, frozen=True):
    """Ids of what is no longer on the board."""

    agents: tuple[int, ...] = ()
    queues: tuple[int, ...] = ()
    interactions: tuple[str, ...] = ()


class BoardChange(msgspec.Struct, frozen=True, omit_defaults=True):
    """The body of a delta of topic board: only what is new or changed, and what is gone."""

    agents: tuple[AgentTile, ...] = ()
    queues: tuple[QueueTile, ...] = ()
    interactions: tuple[InteractionTile, ...] = ()
    gone: Gone | None = None


class Desk(msgspec.Struct, frozen=True):
    """The body of topic desk, in snapshots and deltas alike: it is small, so it is sent whole."""

    agent: AgentTile | None
    interaction: DeskInteraction | None
    wrap_up: WrapUp | None
    actions: tuple[str, ...]
    missed_count: int
    waiting: tuple[DeskWaiting, ...]


# --- from one to the other


class Scope(Value):
    """Whose work a watcher sees. teams None: everybody's; agent_id: at least his own; only_queues: a wall."""

    teams: frozenset[int] | None = None
    agent_id: int = 0
    only_queues: bool = False

    def sees(self, agent: Agent) -> bool:
        """Whether this agent is within it."""
        if self.teams is None or agent.agent_id == self.agent_id:
            return True
        return not self.teams.isdisjoint(agent.team_ids)


def board(seen: Seen, scope: Scope) -> Board:
    """Everything that a watcher with this scope sees, by id.

    All queues and all who wait are shown to everybody; talks only if their agent is in sight.
    """
    queues = tuple(queue_tile(seen, queue_id) for queue_id in sorted(seen.directory.queues))
    if scope.only_queues:
        return Board(agents=(), queues=queues, interactions=())
    in_sight = sorted(agent_id for agent_id, agent in seen.directory.agents.items() if scope.sees(agent))
    sight = set(in_sight)
    return Board(
        agents=tuple(agent_tile(seen, agent_id) for agent_id in in_sight),
        queues=queues,
        interactions=tuple(
            interaction_tile(seen, interaction)
            for _, interaction in sorted(seen.interactions.items())
            if interaction.project_id != SELF_TEST
            and interaction.stands is not Phase.ENDED
            and (not interaction.agent_id or interaction.agent_id in sight)
        ),
    )


def changes(before: Board, after: Board) -> BoardChange | None:
    """What a watcher of `before` needs to see `after`; None when they are the same."""
    agents, agents_gone = _differences(before.agents, after.agents)
    queues, queues_gone = _differences(before.queues, after.queues)
    interactions, interactions_gone = _differences(before.interactions, after.interactions)
    gone = Gone(agents=agents_gone, queues=queues_gone, interactions=interactions_gone)
    if not (agents or queues or interactions) and gone == Gone():
        return None
    return BoardChange(
        agents=agents, queues=queues, interactions=interactions, gone=None if gone == Gone() else gone
    )


def folded(before: Board, change: BoardChange) -> Board:
    """What a watcher has after a delta. The browser folds the same way; the golden feeds hold both to it."""
    gone = change.gone or Gone()
    return Board(
        agents=_merged(before.agents, change.agents, gone.agents),
        queues=_merged(before.queues, change.queues, gone.queues),
        interactions=_merged(before.interactions, change.interactions, gone.interactions),
    )


def agent_tile(seen: Seen, agent_id: AgentId) -> AgentTile:
    """One agent. One who never signed in is signed out since ever."""
    now = seen.agents.get(agent_id)
    agent = seen.directory.agents.get(agent_id)
    figures = seen.agent_figures.get(agent_id)
    interaction = seen.interactions.get(InteractionId(now.interaction_id)) if now else None
    name = seen.directory.people.get(PersonId(agent_id), "")
    tile: AgentTile = seen.tile(
        "agent",
        agent_id,
        (now, agent, figures, interaction, name),
        lambda: _agent_tile(agent_id, now, agent, figures, interaction, name),
    )
    return tile


def _agent_tile(
    agent_id: AgentId,
    now: AgentNow | None,
    agent: Agent | None,
    figures: AgentFigures | None,
    interaction: InteractionNow | None,
    name: str,
) -> AgentTile:
    now = now or AgentNow(agent_id=agent_id, state=codes.SIGNED_OUT)
    figures = figures or AgentFigures()
    return AgentTile(
        id=agent_id,
        name=name,
        team_id=agent.team_ids[0] if agent and agent.team_ids else None,
        state=now.voice_state.value,
        reason_id=now.reason_id or None,
        cause=now.cause or None,
        since_ms=now.since_ms,
        queue_id=now.queue_id or None,
        interaction_id=str(now.interaction_id) if now.interaction_id else None,
        direction=codes.DIRECTION_NAMES[interaction.direction] if interaction else None,
        intent=now.intent or None,
        intent_reason_id=now.intent_reason_id or None,
        deadline_ms=now.deadline_ms or None,
        reachable=now.device_reachable,
        handled=figures.handled,
        aht_ms=figures.aht_ms,
        occupancy=figures.occupancy,
        missed=figures.missed,
    )


def queue_tile(seen: Seen, queue_id: QueueId) -> QueueTile:
    """One queue with its counters, those who wait and those who could answer."""
    queue = seen.directory.queues[queue_id]
    project = seen.directory.projects.get(queue.project_id)
    figures = seen.queue_figures.get(queue_id) or QueueFigures()
    waiting, longest = waiting_in(seen, queue_id)
    staff = seen.staff.get(queue_id) or [0, 0, 0]
    return QueueTile(
        id=queue_id,
        name=queue.name,
        project_id=queue.project_id,
        project_name=project.name if project else "",
        color=project.color if project else "",
        waiting=waiting,
        longest_since_ms=longest,
        offered=figures.offered,
        answered=figures.answered,
        abandoned=figures.abandoned,
        short_abandons=figures.short_abandons,
        overflows=figures.overflows,
        in_sl=figures.in_sl,
        service_level=figures.service_level,
        service_level_strict=figures.service_level_strict,
        target=queue.service_target,
        threshold_seconds=queue.service_threshold.total_seconds(),
        wait_ms_total=figures.wait_ms,
        agents_ready=staff[READY],
        agents_busy=staff[BUSY],
        agents_signed_in=staff[SIGNED_IN],
    )


def interaction_tile(seen: Seen, interaction: InteractionNow) -> InteractionTile:
    """One customer."""
    party_id = PartyId(interaction.party_id)
    number = seen.numbers.get(party_id, "")
    name = seen.customer_names.get(party_id, "")
    tile: InteractionTile = seen.tile(
        "interaction",
        interaction.interaction_id,
        (interaction, number, name),
        lambda: InteractionTile(
            id=str(interaction.interaction_id),
            phase=interaction.stands.value,
            queue_id=interaction.queue_id or None,
            number_masked=masked(number),
            customer_name=name,
            agent_id=interaction.agent_id or None,
            since_ms=interaction.since_ms,
            queued_ms=interaction.queued_ms or None,
            deadline_ms=interaction.deadline_ms or None,
            direction=codes.DIRECTION_NAMES[interaction.direction],
            priority=interaction.priority,
        ),
    )
    return tile


def desk(seen: Seen, agent_id: AgentId, rights: frozenset[Right]) -> Desk:
    """What one agent sees at his desk."""
    now = seen.agents.get(agent_id) or AgentNow(agent_id=agent_id, state=codes.SIGNED_OUT)
    is_agent = agent_id in seen.directory.agents
    interaction = seen.interactions.get(InteractionId(now.interaction_id))
    return Desk(
        agent=agent_tile(seen, agent_id) if is_agent else None,
        interaction=desk_interaction(seen, now, interaction, rights) if interaction else None,
        wrap_up=wrap_up_of(seen, now),
        actions=allowed_actions(now, interaction, rights, wrap_up=wrap_up_of(seen, now)) if is_agent else (),
        missed_count=seen.missed if Right.VIEW_MISSED in rights else 0,
        waiting=tuple(
            DeskWaiting(queue_id, *waiting_in(seen, queue_id))
            for queue_id in seen.directory.queues_of.get(agent_id, ())
        ),
    )


def desk_interaction(
    seen: Seen, now: AgentNow, interaction: InteractionNow, rights: frozenset[Right]
) -> DeskInteraction:
    """The interaction of the agent, as he sees it: the number is whole if he may see numbers."""
    number = seen.numbers.get(PartyId(interaction.party_id), "")
    queue = seen.directory.queues.get(QueueId(interaction.queue_id))
    project = seen.directory.projects.get(ProjectId(interaction.project_id))
    party_id = PartyId(interaction.party_id)
    written = seen.notes.get(InteractionId(interaction.interaction_id)) or Note()
    is_wrap_up = now.voice_state is AgentState.WRAP_UP
    phase = AgentState.WRAP_UP.value if is_wrap_up else interaction.stands.value
    return DeskInteraction(
        id=str(interaction.interaction_id),
        phase=phase,
        direction=codes.DIRECTION_NAMES[interaction.direction],
        queue_id=interaction.queue_id or None,
        queue_name=queue.name if queue else "",
        project_name=project.name if project else "",
        color=project.color if project else "",
        number=number if Right.VIEW_NUMBERS in rights else masked(number),
        number_called=seen.directory.numbers.get(interaction.number_id, ""),
        party_id=str(party_id) if party_id else None,
        customer_name=seen.customer_names.get(party_id, ""),
        offer_id=str(now.offer_id) if now.offer_id else None,
        deadline_ms=now.deadline_ms or None,
        since_ms=now.since_ms if is_wrap_up else interaction.since_ms,
        connected_ms=interaction.answered_ms or None,
        disposition_id=written.disposition_id,
        note=written.note,
        priority=interaction.priority,
        callback_of=str(interaction.callback_of) if interaction.callback_of else None,
    )


def wrap_up_of(seen: Seen, now: AgentNow) -> WrapUp | None:
    """The wrap-up of an agent who is in one."""
    if now.voice_state is not AgentState.WRAP_UP or not now.interaction_id:
        return None
    queue = seen.directory.queues.get(QueueId(now.queue_id))
    limit_ms = now.since_ms + queue.wrap_up_limit // MILLISECOND if queue else now.deadline_ms
    return WrapUp(
        interaction_id=str(now.interaction_id),
        deadline_ms=now.deadline_ms,
        limit_ms=max(limit_ms, now.deadline_ms),
    )


def allowed_actions(
    now: AgentNow,
    interaction: InteractionNow | None,
    rights: frozenset[Right],
    *,
    wrap_up: WrapUp | None = None,
) -> tuple[str, ...]:
    """Which commands the engine would take from this agent now. The desk shows these buttons and no
    others."""
    if Right.TAKE_CALLS not in rights:
        return ()
    state = now.voice_state
    found: list[str] = []
    match state:
        case AgentState.SIGNED_OUT:
            return ()
        case AgentState.NOT_READY:
            found += ["ready"] if now.device_reachable else []
            found += ["not_ready", "sign_out"]
        case AgentState.READY:
            found += ["not_ready", "sign_out"]
        case AgentState.OFFERED:
            found += ["answer", "decline", *_intents(now)]
        case AgentState.CONNECTING:
            found += ["hang_up", *_intents(now)]
            found += ["keys"] if interaction and interaction.stands is Phase.DIALING else []
            found += ["outcome"]
        case AgentState.CONNECTED:
            found += ["hold", "hang_up", "keys", "outcome", *_intents(now)]
        case AgentState.HELD:
            found += ["resume", "hang_up", "outcome", *_intents(now)]
        case AgentState.RECONNECTING:
            found += ["hang_up", "outcome", *_intents(now)]
        case AgentState.WRAP_UP:
            found += ["finish_wrap_up", "outcome", *_intents(now)]
            found += ["extend_wrap_up"] if wrap_up and wrap_up.deadline_ms < wrap_up.limit_ms else []
    is_free = state in (AgentState.NOT_READY, AgentState.READY, AgentState.WRAP_UP)
    if is_free and now.device_reachable and Right.DIAL_NUMBERS in rights:
        found.append("dial")
    return tuple(found)


def _intents(now: AgentNow) -> list[str]:
    """What may be wished for the time after: the other one; what was wished can be taken back."""
    return ["ready", "not_ready"] if now.intent else ["not_ready"]


def waiting_in(seen: Seen, queue_id: QueueId) -> tuple[int, int | None]:
    """How many wait in a queue, and since when the longest does."""
    queued = seen.waiting.get(queue_id, [])
    return len(queued), min(queued, default=None)


def fits(agent: Agent, queue: Queue) -> bool:
    """Whether an agent has all that a queue asks for, by the engine's own rule."""
    return all(agent.skills.get(need.skill_id, 0) >= max(1, need.minimum) for need in queue.skills)


def masked(number: str) -> str:
    """A number of which only the beginning and the last four digits are to be seen."""
    if len(number) <= KEPT_DIGITS + LONGEST_KNOWN_COUNTRY_CODE:
        return number if len(number) <= KEPT_DIGITS else "•" * (len(number) - 2) + number[-2:]
    hidden = len(number) - KEPT_DIGITS - LONGEST_KNOWN_COUNTRY_CODE
    return number[:LONGEST_KNOWN_COUNTRY_CODE] + "•" * hidden + number[-KEPT_DIGITS:]


def _differences(before: Iterable[Any], after: Iterable[Any]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    known = {tile.id: tile for tile in before}
    fresh = []
    for tile in after:
        before_it = known.pop(tile.id, None)
        if before_it is not tile and before_it != tile:
            fresh.append(tile)
    return tuple(fresh), tuple(known)


def _merged(before: Iterable[Any], fresh: Iterable[Any], gone: Iterable[Any]) -> tuple[Any, ...]:
    found: Mapping[Any, Any] = {tile.id: tile for tile in before} | {tile.id: tile for tile in fresh}
    absent = set(gone)
    order = sorted(found, key=lambda identity: int(identity))
    return tuple(found[identity] for identity in order if identity not in absent)
