"""What the live feed read: rows of now, figures of the day, names; everything of one moment.

Rows come from tables `agent_now` and `interaction_now`; names from the configuration; figures from the very
counters that the reports read. Pure.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from operator import is_
from typing import Any

import msgspec

from otklik.acd.model import AgentState, Phase
from otklik.organization.model import SELF_TEST, Agent, Project, Queue, Site, Team, skills_now
from otklik.quality.links import LinksNow
from otklik.reports import codes
from otklik.reports.definitions import UNDEFINED, Defined, LevelUsed, usual_rules
from otklik.vocabulary.ids import AgentId, InteractionId, PartyId, PersonId, ProjectId, QueueId, TeamId

AGENT_STATES = {number: state for state, number in codes.AGENT_STATES.items()}
PHASES = {number: phase for phase, number in codes.PHASES.items()}

WAITING = frozenset({Phase.WAITING, Phase.OFFERED, Phase.CONNECTING})
"""Who entered a queue and talks with nobody yet."""
READY, BUSY, SIGNED_IN = range(3)
"""Places of the counts of those who fit a queue."""


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
    mode: str = "blended"
    mode_rule: str = "default"
    reserved_until_ms: int = 0
    guard: str = ""
    guard_handled: int = 0
    guard_streak_ms: int = 0
    project_id: int = 0

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
    ties: str = ""
    is_callback: bool = False

    @property
    def stands(self) -> Phase:
        """The phase by its name."""
        return PHASES[self.phase]


class FailedConsultNow(msgspec.Struct, frozen=True):
    """A consultation that came to nothing: who asked, whom (agent, queue or party), why, when."""

    caller: int
    agent: int
    queue: int
    party: int
    reason: str
    at: int


_NAMES = {"asked_agent": "agent", "asked_queue": "queue", "asked_party": "party", "from_agent": "from"}


class TiesNow(msgspec.Struct, frozen=True, rename=_NAMES):
    """What ties an interaction to colleagues: column `ties`. others: participant, agent, party. watchers:
    supervisor, mode, since."""

    caller: int = 0
    consult_of: int = 0
    consult: int = 0
    asked_agent: int = 0
    asked_queue: int = 0
    asked_party: int = 0
    from_agent: int = 0
    others: tuple[tuple[int, int, int], ...] = ()
    failed: FailedConsultNow | None = None
    watchers: tuple[tuple[int, str, int], ...] = ()

    def parties(self) -> set[int]:
        """Parties outside that are or were asked, or take part."""
        failed = self.failed.party if self.failed else 0
        return {party for party in (self.asked_party, failed, *(one[2] for one in self.others)) if party}


NO_TIES = TiesNow()
_ties = msgspec.json.Decoder(TiesNow)


def ties_now(interaction: InteractionNow) -> TiesNow:
    """What ties it to colleagues; nothing for most."""
    return _ties.decode(interaction.ties) if interaction.ties else NO_TIES


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
    level_part: int = 0
    level_whole: int = 0


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
    """All of one moment: everything was read in one transaction at `seq`.

    recorded: interactions that are recorded, with since when card data is being said and when the desk asks
    whether it is over (0 and 0: it is not). links: how good the links of talks are, as far as measured.
    defined: the definitions of the service level that count today."""

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
    recorded: dict[InteractionId, tuple[int, int]] = field(default_factory=dict)
    links: dict[InteractionId, LinksNow] = field(default_factory=dict)
    defined: Defined = UNDEFINED
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

    def level_of(self, queue_id: QueueId) -> LevelUsed:
        """By what the service level of a queue is counted today."""
        found = self.defined.last(int(queue_id))
        if found is not None:
            return LevelUsed(found.queue_id, found.rules, found.since)
        queue = self.directory.queues[queue_id]
        own = usual_rules(queue.service_threshold, queue.service_target, queue.short_abandon)
        return LevelUsed(int(queue_id), own)

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


def fits(agent: Agent, queue: Queue) -> bool:
    """Whether an agent has all that a queue asks for, by the engine's own rule; lent, what he has by then."""
    skills = skills_now(agent)
    return all(skills.get(need.skill_id, 0) >= max(1, need.minimum) for need in queue.skills)
