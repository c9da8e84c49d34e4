"""The figures of the board as numbers by place, for whoever compares them with limits.

Nothing is counted here: rows of now, counters of the day and measures are the very ones of the live feed and
of the reports. A figure that is not there now (nobody talks, nobody was offered yet) is left out or None.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from otklik.acd.model import AgentState
from otklik.alerts.model import CENTRE_PLACE, Figures, Reading, Scope, Spot
from otklik.api.live_rows import links_of
from otklik.api.live_seen import READY, SIGNED_IN, AgentNow, QueueFigures, Seen
from otklik.api.live_source import QUEUE_FACTS, DatabaseSource, queue_figures
from otklik.organization.model import BUILT_IN
from otklik.reports import codes, measures
from otklik.reports.measures import AgentFacts, QueueFacts
from otklik.reports.store import counting
from otklik.reports.store.definitions import defined_in
from otklik.vocabulary.ids import AgentId, InteractionId, QueueId, SiteId
from otklik.vocabulary.time import SLOT_MS

TRUNK_IS_WELL = frozenset({"up", "unknown"})
RECENT_SLOTS = 2
"""The quarter of an hour that runs and the one before: the last half hour at most."""
TALKING = frozenset({AgentState.CONNECTED, AgentState.HELD, AgentState.RECONNECTING})
LASTING = {
    AgentState.HELD: "hold",
    AgentState.WRAP_UP: "wrap_up",
    AgentState.NOT_READY: "not_ready",
    AgentState.RECONNECTING: "reconnecting",
}
"""States of which a rule may ask how long they last."""


@dataclass(slots=True)
class Health:
    """What the machine says of itself; None: unknown. trunks_down: trunks that should be up and are not."""

    is_engine_away: bool = False
    trunks_down: int | None = None
    channel_silent_seconds: float | None = None
    loop_lag_ms: float | None = None
    disk_free: float | None = None


def health_of(found: Mapping[str, Any] | None, disk_free_percent: float | None) -> Health:
    """From the engine's own word (None: it did not answer) and the disk."""
    free = None if disk_free_percent is None else disk_free_percent / 100
    if found is None:
        return Health(is_engine_away=True, disk_free=free)
    down = [
        trunk_id
        for trunk_id, state in found.get("trunks", {}).items()
        if state not in TRUNK_IS_WELL and int(trunk_id) not in BUILT_IN
    ]
    ago = found.get("channel_answered_ago_seconds", -1)
    return Health(
        trunks_down=len(down),
        channel_silent_seconds=ago if ago >= 0 else None,
        loop_lag_ms=found.get("loop_lag_ms"),
        disk_free=free,
    )


@dataclass(slots=True)
class Known:
    """What figures are made of, of one moment. recent: counters of the last half hour at most."""

    seen: Seen
    agent_facts: Mapping[AgentId, AgentFacts] = field(default_factory=dict)
    recent: Mapping[QueueId, QueueFigures] = field(default_factory=dict)
    health: Health = field(default_factory=Health)


class FigureSource:
    """Reads everything that figures are made of."""

    def __init__(self, source: DatabaseSource, pool: Any, site_id: SiteId) -> None:
        self._source = source
        self._pool = pool
        self._site_id = site_id
        self._seen: Seen | None = None

    async def read(self, health: Health) -> Known:
        """Everything of now."""
        try:
            seen = await self._source.read(self._seen)
        except BaseException:
            self._seen = None
            raise
        self._seen = seen
        last = seen.at_ms // SLOT_MS + 1
        async with self._pool.acquire() as connection:
            zone = ZoneInfo(seen.directory.site.zone)
            slots = (last - RECENT_SLOTS, last)
            of = await defined_in(connection, self._site_id, slots, zone)
            rows = await counting.queue_sums(connection, self._site_id, slots, None, of)
        recent = {
            QueueId(row["queue_id"]): queue_figures(QueueFacts(**{name: row[name] for name in QUEUE_FACTS}))
            for row in rows
        }
        return Known(
            seen=seen,
            agent_facts=self._source.agent_facts(seen),
            recent=recent,
            health=health,
        )


def figures_of(known: Known) -> Figures:
    """Every figure at every place."""
    found: dict[Spot, Reading] = {}
    _queues(known, found)
    _agents(known, found)
    _teams(known, found)
    _centre_health(known.health, found)
    return found


def names_of_places(seen: Seen) -> dict[tuple[Scope, int], str]:
    """What people call the places."""
    directory = seen.directory
    found = {(Scope.CENTRE, CENTRE_PLACE): directory.site.name}
    found |= {(Scope.QUEUE, int(one.queue_id)): one.name for one in directory.queues.values()}
    found |= {(Scope.TEAM, int(one.team_id)): one.name for one in directory.teams.values()}
    found |= {
        (Scope.AGENT, int(person_id)): name
        for person_id, name in directory.people.items()
        if AgentId(person_id) in directory.agents
    }
    return found


def places_of_scopes(seen: Seen) -> dict[Scope, list[int]]:
    """The ids of what there is."""
    directory = seen.directory
    return {
        Scope.QUEUE: [int(one) for one in directory.queues],
        Scope.TEAM: [int(one) for one in directory.teams],
        Scope.AGENT: [int(one) for one in directory.agents],
    }


# --- queues


def _queues(known: Known, found: dict[Spot, Reading]) -> None:
    seen = known.seen
    all_day, all_recent = [], []
    longest: list[int] = []
    waiting = 0
    for queue_id in seen.directory.queues:
        since = seen.waiting.get(queue_id, [])
        waiting += len(since)
        longest += since
        day = seen.queue_figures.get(queue_id, QueueFigures())
        recent = known.recent.get(queue_id, QueueFigures())
        all_day.append(day)
        all_recent.append(recent)
        place = int(queue_id)
        _waiting(found, Scope.QUEUE, place, len(since), since, seen.at_ms)
        _shares(found, Scope.QUEUE, place, "", day)
        _shares(found, Scope.QUEUE, place, "_recent", recent)
        staff = seen.staff.get(queue_id, [0, 0, 0])
        found[Spot("agents_ready", Scope.QUEUE, place)] = Reading(staff[READY])
        found[Spot("agents_signed_in", Scope.QUEUE, place)] = Reading(staff[SIGNED_IN])
    _waiting(found, Scope.CENTRE, CENTRE_PLACE, waiting, longest, seen.at_ms)
    _shares(found, Scope.CENTRE, CENTRE_PLACE, "", summed(all_day))
    _shares(found, Scope.CENTRE, CENTRE_PLACE, "_recent", summed(all_recent))


def summed(several: Iterable[QueueFigures]) -> QueueFigures:
    """Figures of queues together: counts are added, and the measures made of the sums."""
    several = list(several)
    facts = QueueFacts(
        offered=sum(one.offered for one in several),
        answered=sum(one.answered for one in several),
        abandoned=sum(one.abandoned for one in several),
        short_ab=sum(one.short_abandons for one in several),
        overflow=sum(one.overflows for one in several),
        in_sl=sum(one.in_sl for one in several),
        wait_ms=sum(one.wait_ms for one in several),
        level_part=sum(one.level_part for one in several),
        level_whole=sum(one.level_whole for one in several),
    )
    return queue_figures(facts)


def _waiting(
    found: dict[Spot, Reading], scope: Scope, place: int, count: int, since: list[int], at_ms: int
) -> None:
    found[Spot("waiting", scope, place)] = Reading(count)
    # Nobody waits: that is a wait of nothing, so an alert about waiting ends.
    longest = max(0, at_ms - min(since)) / 1000 if since else 0.0
    found[Spot("longest_wait", scope, place)] = Reading(longest)


def _shares(found: dict[Spot, Reading], scope: Scope, place: int, ending: str, of: QueueFigures) -> None:
    rate = measures.ABANDONMENT_RATE(QueueFacts(offered=of.offered, abandoned=of.abandoned))
    basis = of.answered + of.abandoned
    found[Spot(f"service_level{ending}", scope, place)] = Reading(of.service_level, basis)
    found[Spot(f"abandonment_rate{ending}", scope, place)] = Reading(rate, of.offered)


# --- agents and teams


def _agents(known: Known, found: dict[Spot, Reading]) -> None:
    seen = known.seen
    ready = signed_in = 0
    for agent_id in seen.directory.agents:
        place = int(agent_id)
        now = seen.agents.get(agent_id)
        if now is None or now.state == codes.SIGNED_OUT:
            continue
        facts = known.agent_facts.get(agent_id, AgentFacts())
        found[Spot("occupancy", Scope.AGENT, place)] = Reading(measures.OCCUPANCY(facts))
        signed_in += 1
        ready += now.state == codes.READY
        found[Spot("missed_offers", Scope.AGENT, place)] = Reading(facts.missed_offers)
        for name, score in _links(seen, now):
            found[Spot(name, Scope.AGENT, place)] = Reading(score)
        for name, seconds in _lasting(seen, now):
            found[Spot(name, Scope.AGENT, place)] = Reading(seconds)
    found[Spot("agents_ready", Scope.CENTRE, CENTRE_PLACE)] = Reading(ready)
    found[Spot("agents_signed_in", Scope.CENTRE, CENTRE_PLACE)] = Reading(signed_in)
    found[Spot("occupancy", Scope.CENTRE, CENTRE_PLACE)] = Reading(
        measures.OCCUPANCY(together(known.agent_facts.values()))
    )


def _lasting(seen: Seen, now: AgentNow) -> Iterable[tuple[str, float]]:
    """How long what he does has lasted, in seconds: the talk from the answer on, states from their start."""
    state = now.voice_state
    if state in LASTING:
        yield LASTING[state], max(0, seen.at_ms - now.since_ms) / 1000
    if state in TALKING:
        interaction = seen.interactions.get(InteractionId(now.interaction_id))
        if interaction is not None and interaction.answered_ms:
            yield "talk", max(0, seen.at_ms - interaction.answered_ms) / 1000


def _links(seen: Seen, now: AgentNow) -> Iterable[tuple[str, float]]:
    """How good the links of his talk are, by the scores that the board shows; nothing while nobody measured
    them."""
    interaction = seen.interactions.get(InteractionId(now.interaction_id))
    if interaction is None or now.voice_state not in TALKING:
        return
    links = links_of(seen, interaction)
    own = links.by_agent.get(AgentId(now.agent_id))
    if own is not None:
        yield "link_quality", own.mos
    if links.customer is not None:
        yield "customer_link_quality", links.customer.mos


def _teams(known: Known, found: dict[Spot, Reading]) -> None:
    seen = known.seen
    for team_id in seen.directory.teams:
        place = int(team_id)
        agents = [agent_id for agent_id, agent in seen.directory.agents.items() if team_id in agent.team_ids]
        states = [seen.agents[one].state for one in agents if one in seen.agents]
        found[Spot("agents_ready", Scope.TEAM, place)] = Reading(states.count(codes.READY))
        there = sum(state != codes.SIGNED_OUT for state in states)
        found[Spot("agents_signed_in", Scope.TEAM, place)] = Reading(there)
        facts = together(known.agent_facts[one] for one in agents if one in known.agent_facts)
        found[Spot("occupancy", Scope.TEAM, place)] = Reading(measures.OCCUPANCY(facts))


def together(several: Iterable[AgentFacts]) -> AgentFacts:
    """Counters of agents added up."""
    sums: dict[str, int] = {}
    for one in several:
        for name in AgentFacts.__dataclass_fields__:
            sums[name] = sums.get(name, 0) + getattr(one, name)
    return AgentFacts(**sums)


# --- the machine


def health_figures(health: Health) -> dict[str, float | None]:
    """The figures of the machine by name."""
    return {
        "engine_away": float(health.is_engine_away),
        "trunks_down": health.trunks_down,
        "channel_silent": health.channel_silent_seconds,
        "loop_lag": health.loop_lag_ms,
        "disk_free": health.disk_free,
    }


def _centre_health(health: Health, found: dict[Spot, Reading]) -> None:
    for name, value in health_figures(health).items():
        found[Spot(name, Scope.CENTRE, CENTRE_PLACE)] = Reading(value)
