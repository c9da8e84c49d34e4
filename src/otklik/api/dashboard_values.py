"""What the tiles of a dashboard show at a moment. Pure.

Nothing is counted here that the board, an alert or a report counts otherwise: rows of now, counters of the
day and measures are theirs. Several queues together: counts are added and measures are made of the sums; an
agent who fits several of them is one agent.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce

import msgspec

from otklik.access.rights import Right
from otklik.acd.model import AgentState
from otklik.alerts.model import FIGURES as OF_ALERTS
from otklik.alerts.model import HEALTH, Alert, Scope
from otklik.api import live_figures
from otklik.api.dashboard_tiles import (
    AlertLine,
    DashboardNow,
    DayPoint,
    QueueLine,
    TileNow,
    WaitingLine,
)
from otklik.api.live_figures import Health
from otklik.api.live_rows import Scope as Sight
from otklik.api.live_rows import masked
from otklik.api.live_seen import READY, WAITING, QueueFigures, Seen
from otklik.api.live_source import QUEUE_FACTS, queue_figures
from otklik.dashboards.figures import FIGURES
from otklik.dashboards.model import Dashboard, Tile, TileKind
from otklik.organization.model import SELF_TEST
from otklik.reports import codes, measures
from otklik.reports.measures import AgentFacts, QueueFacts
from otklik.vocabulary.ids import AgentId, PartyId, QueueId, TeamId
from otklik.vocabulary.time import SLOT_MS, to_ms

DIGITS = 4
"""Of shares and means; a change that nobody sees is not sent."""

SlotFacts = Mapping[int, Mapping[QueueId, QueueFacts]]
"""The counters of queues by quarter of an hour."""


@dataclass(slots=True)
class Beside:
    """What tiles need besides the rows of now. slots: the day's, half-open; alerts: what fires. sums: of sets
    of queues, made once for all looks at this reading."""

    slots: tuple[int, int] = (0, 0)
    by_slot: SlotFacts = field(default_factory=dict)
    alerts: Sequence[Alert] = ()
    health: Health = field(default_factory=Health)
    sums: dict[tuple[range, tuple[QueueId, ...]], QueueFacts] = field(default_factory=dict)

    def sum_of(self, slots: range, queues: tuple[QueueId, ...]) -> QueueFacts:
        """All counters of these queues in these quarters of an hour."""
        found = self.sums.get((slots, queues))
        if found is None:
            wanted = frozenset(queues)
            found = added(
                facts
                for slot in slots
                for queue_id, facts in self.by_slot.get(slot, {}).items()
                if queue_id in wanted
            )
            self.sums[slots, queues] = found
        return found


@dataclass(slots=True)
class Moment:
    """Everything of one moment."""

    seen: Seen
    agent_facts: Mapping[AgentId, AgentFacts]
    beside: Beside

    def day_of(self, queues: Iterable[QueueId]) -> QueueFacts:
        """All counters of these queues of the day."""
        return self.beside.sum_of(range(*self.beside.slots), tuple(queues))

    def recent_of(self, queues: Iterable[QueueId]) -> QueueFigures:
        """Those of the last half hour at most, as alerts have them."""
        last = self.seen.at_ms // SLOT_MS + 1
        slots = range(last - live_figures.RECENT_SLOTS, last)
        return queue_figures(self.beside.sum_of(slots, tuple(queues)))


def added(several: Iterable[QueueFacts]) -> QueueFacts:
    """Sums of counters; the longest wait is the longest of all."""

    def both(one: QueueFacts, other: QueueFacts) -> QueueFacts:
        sums = {name: getattr(one, name) + getattr(other, name) for name in QUEUE_FACTS}
        return QueueFacts(**sums | {"max_wait_ms": max(one.max_wait_ms, other.max_wait_ms)})

    return reduce(both, several, QueueFacts())


def dashboard_now(
    moment: Moment, dashboard: Dashboard, sight: Sight, rights: frozenset[Right]
) -> DashboardNow:
    """The whole of it, as somebody with this sight and these rights sees it."""
    looks = _Looks(moment, sight, rights)
    tiles = (looks.tile(tile) for tile in dashboard.tiles if tile.kind not in (TileKind.TEXT, TileKind.CLOCK))
    return DashboardNow(
        name=dashboard.name, version=dashboard.version, layout=dashboard.tiles, tiles=tuple(tiles)
    )


class _Looks:
    """One look of one kind of watcher."""

    def __init__(self, moment: Moment, sight: Sight, rights: frozenset[Right]) -> None:
        self._moment = moment
        self._seen = moment.seen
        self._sight = sight
        self._rights = rights

    def tile(self, tile: Tile) -> TileNow:
        """What it shows now."""
        kind = FIGURES.get(tile.figure)
        unit = kind.unit.value if kind is not None else ""
        return msgspec.structs.replace(self._shown(tile), unit=unit, places=self._places(tile))

    def _places(self, tile: Tile) -> tuple[str, ...]:
        directory = self._seen.directory
        if tile.scope is Scope.TEAM:
            teams = [TeamId(one) for one in tile.place_ids if self._sees_team(TeamId(one))]
            return tuple(directory.teams[one].name for one in teams if one in directory.teams)
        return tuple(directory.queues[one].name for one in self._queues(tile)) if tile.place_ids else ()

    def _shown(self, tile: Tile) -> TileNow:
        if tile.figure in HEALTH:
            return self._health(tile)
        if tile.scope is Scope.TEAM:
            return self._of_teams(tile)
        queues = self._queues(tile)
        if tile.place_ids and not queues:
            return TileNow(id=tile.tile_id, code="place_gone")
        makers: dict[TileKind, Callable[[Tile, list[QueueId]], TileNow]] = {
            TileKind.FIGURE: self._figure,
            TileKind.GAUGE: self._gauge,
            TileKind.DAY: self._day,
            TileKind.QUEUES: self._table,
            TileKind.STATES: self._states_of_queues,
            TileKind.WAITING: self._waiting,
            TileKind.BARS: self._bars,
        }
        return makers[tile.kind](tile, queues) if tile.kind in makers else self._alerts(tile)

    def _queues(self, tile: Tile) -> list[QueueId]:
        there = self._seen.directory.queues
        if not tile.place_ids:
            return list(there)
        return [QueueId(one) for one in tile.place_ids if QueueId(one) in there]

    # --- one number

    def _figure(self, tile: Tile, queues: list[QueueId]) -> TileNow:
        since_ms, value, basis = self._number(tile, queues)
        return TileNow(id=tile.tile_id, value=_short(value), since_ms=since_ms, basis=basis)

    def _number(self, tile: Tile, queues: list[QueueId]) -> tuple[int | None, float | None, int]:
        """Since when it lasts, its value, and of how many it is a share."""
        if tile.figure == "longest_wait":
            since = [at for queue_id in queues for at in self._seen.waiting.get(queue_id, [])]
            return (min(since), None, len(since)) if since else (None, 0.0, 0)
        if tile.figure.startswith("agents_") or tile.figure == "occupancy":
            is_centre = tile.scope is Scope.CENTRE
            agents = list(self._seen.directory.agents) if is_centre else self._fitting(queues)
            return None, self._of_agents(tile.figure, agents), 0
        return None, *self._counted(tile.figure, queues)

    def _counted(self, figure: str, queues: list[QueueId]) -> tuple[float | None, int]:
        if figure == "waiting":
            return sum(len(self._seen.waiting.get(queue_id, [])) for queue_id in queues), 0
        if figure == "aht":
            return measures.AHT(self._moment.day_of(queues)), 0
        is_recent = figure.endswith("_recent")
        of = self._moment.recent_of(queues) if is_recent else self._day_figures(queues)
        match figure.removesuffix("_recent"):
            case "service_level":
                return of.service_level, of.answered + of.abandoned
            case "service_level_strict":
                return of.service_level_strict, of.answered + of.abandoned
            case "abandonment_rate":
                facts = QueueFacts(offered=of.offered, abandoned=of.abandoned)
                return measures.ABANDONMENT_RATE(facts), of.offered
            case "average_wait":
                return measures.AVERAGE_WAIT(
                    QueueFacts(answered=of.answered, wait_ms=of.wait_ms)
                ), of.answered
            case counter:
                found: int = getattr(of, counter)
                return found, 0

    def _day_figures(self, queues: Iterable[QueueId]) -> QueueFigures:
        return live_figures.summed(self._seen.queue_figures.get(one, QueueFigures()) for one in queues)

    def _of_agents(self, figure: str, agents: Sequence[AgentId]) -> float | None:
        if figure == "occupancy":
            facts = self._moment.agent_facts
            return measures.OCCUPANCY(live_figures.together(facts[one] for one in agents if one in facts))
        states = [self._state(one) for one in agents]
        away = (AgentState.SIGNED_OUT, AgentState.NOT_READY, AgentState.READY)
        match figure:
            case "agents_ready":
                return states.count(AgentState.READY)
            case "agents_not_ready":
                return states.count(AgentState.NOT_READY)
            case "agents_talking":
                return sum(state in live_figures.TALKING for state in states)
            case "agents_busy":
                return sum(state not in away for state in states)
            case _:
                return sum(state is not AgentState.SIGNED_OUT for state in states)

    def _state(self, agent_id: AgentId) -> AgentState:
        now = self._seen.agents.get(agent_id)
        return now.voice_state if now is not None else AgentState.SIGNED_OUT

    def _fitting(self, queues: Iterable[QueueId]) -> list[AgentId]:
        wanted = frozenset(queues)
        of = self._seen.directory.queues_of
        return [agent_id for agent_id in self._seen.directory.agents if wanted.intersection(of[agent_id])]

    def _health(self, tile: Tile) -> TileNow:
        if Right.VIEW_HEALTH not in self._rights:
            return TileNow(id=tile.tile_id, code="right_missing")
        told = live_figures.health_figures(self._moment.beside.health)
        return TileNow(id=tile.tile_id, value=_short(told[tile.figure]))

    # --- teams

    def _of_teams(self, tile: Tile) -> TileNow:
        there = [team_id for team_id in self._seen.directory.teams if self._sees_team(team_id)]
        teams = [one for one in there if not tile.place_ids or one in tile.place_ids]
        if not teams:
            return TileNow(id=tile.tile_id, code="out_of_sight")
        wanted = frozenset(teams)
        agents = [
            agent_id
            for agent_id, agent in self._seen.directory.agents.items()
            if not wanted.isdisjoint(agent.team_ids)
        ]
        if tile.kind is TileKind.STATES:
            return self._states(tile, agents)
        return TileNow(id=tile.tile_id, value=_short(self._of_agents(tile.figure, agents)))

    def _sees_team(self, team_id: TeamId) -> bool:
        return self._sight.teams is None or team_id in self._sight.teams

    def _states_of_queues(self, tile: Tile, queues: list[QueueId]) -> TileNow:
        fitting = self._fitting(queues) if tile.scope is Scope.QUEUE else list(self._seen.directory.agents)
        return self._states(tile, fitting)

    def _states(self, tile: Tile, agents: Iterable[AgentId]) -> TileNow:
        """Those whom the board shows to this watcher."""
        directory = self._seen.directory
        counts: dict[AgentState, int] = {}
        for agent_id in agents:
            state = self._state(agent_id)
            is_there = directory.queues_of.get(agent_id) or state is not AgentState.SIGNED_OUT
            if is_there and self._sight.sees(directory.agents[agent_id]):
                counts[state] = counts.get(state, 0) + 1
        return TileNow(
            id=tile.tile_id,
            count=sum(counts.values()),
            states=tuple((state.value, counts[state]) for state in AgentState if state in counts),
        )

    # --- queues

    def _gauge(self, tile: Tile, queues: list[QueueId]) -> TileNow:
        _, value, basis = self._number(tile, queues)
        own = self._target(queues)
        target = own if tile.target is None else tile.target
        return TileNow(id=tile.tile_id, value=_short(value), basis=basis, target=target)

    def _target(self, queues: Iterable[QueueId]) -> float | None:
        """Of several queues the strictest promise counts."""
        return max((self._seen.level_of(one).rules.target for one in queues), default=None)

    def _day(self, tile: Tile, queues: list[QueueId]) -> TileNow:
        first, end = self._moment.beside.slots
        last = min(end, self._seen.at_ms // SLOT_MS + 1)
        points = []
        for slot in range(first, last):
            of = self._moment.beside.sum_of(range(slot, slot + 1), tuple(queues))
            points.append(
                DayPoint(
                    at_ms=slot * SLOT_MS,
                    offered=of.offered,
                    answered=of.answered,
                    abandoned=of.abandoned,
                    service_level=_short(measures.SERVICE_LEVEL(of)),
                )
            )
        return TileNow(
            id=tile.tile_id,
            value=_short(measures.SERVICE_LEVEL(self._moment.day_of(queues))),
            since_ms=first * SLOT_MS,
            until_ms=end * SLOT_MS,
            target=self._target(queues),
            points=tuple(points),
        )

    def _table(self, tile: Tile, queues: list[QueueId]) -> TileNow:
        return TileNow(
            id=tile.tile_id,
            count=len(queues),
            queues=tuple(self._queue_line(one) for one in queues[: tile.most]),
        )

    def _queue_line(self, queue_id: QueueId) -> QueueLine:
        queue = self._seen.directory.queues[queue_id]
        of = self._seen.queue_figures.get(queue_id, QueueFigures())
        waiting = self._seen.waiting.get(queue_id, [])
        return QueueLine(
            id=queue_id,
            name=queue.name,
            waiting=len(waiting),
            since_ms=min(waiting, default=None),
            offered=of.offered,
            abandoned=of.abandoned,
            service_level=_short(of.service_level),
            target=self._seen.level_of(queue_id).rules.target,
            ready=self._seen.staff.get(queue_id, [0, 0, 0])[READY],
            is_closed=queue.closure.is_closed,
        )

    def _bars(self, tile: Tile, queues: list[QueueId]) -> TileNow:
        lines = []
        for queue_id in queues[: tile.most]:
            since_ms, value, _ = self._number(tile, [queue_id])
            name = self._seen.directory.queues[queue_id].name
            lines.append(QueueLine(id=queue_id, name=name, since_ms=since_ms, value=_short(value)))
        return TileNow(id=tile.tile_id, count=len(queues), queues=tuple(lines))

    # --- lists

    def _waiting(self, tile: Tile, queues: list[QueueId]) -> TileNow:
        wanted = frozenset(queues)
        found = [
            one
            for one in self._seen.interactions.values()
            if one.stands in WAITING
            and one.direction == codes.INBOUND
            and one.project_id != SELF_TEST
            and one.queue_id in wanted
        ]
        found.sort(key=lambda one: (one.entered_ms, one.interaction_id))
        return TileNow(
            id=tile.tile_id,
            count=len(found),
            waiting=tuple(
                WaitingLine(
                    id=str(one.interaction_id),
                    number_masked=masked(self._seen.numbers.get(PartyId(one.party_id), "")),
                    queue_name=self._seen.directory.queues[QueueId(one.queue_id)].name,
                    since_ms=one.entered_ms,
                    is_callback=one.is_callback,
                )
                for one in found[: tile.most]
            ),
        )

    def _alerts(self, tile: Tile) -> TileNow:
        """What fires in sight and does not sleep, the gravest and oldest first."""
        at_ms = self._seen.at_ms
        found = [
            alert
            for alert in self._moment.beside.alerts
            if self._sees_alert(alert)
            and (alert.snoozed_until is None or to_ms(alert.snoozed_until) <= at_ms)
        ]
        grave = {"critical": 0, "warning": 1, "notice": 2}
        found.sort(key=lambda alert: (grave[alert.rule.severity.value], alert.alert_id))
        return TileNow(
            id=tile.tile_id,
            count=len(found),
            alerts=tuple(_alert_line(alert) for alert in found[: tile.most]),
        )

    def _sees_alert(self, alert: Alert) -> bool:
        if alert.rule.figure in HEALTH:
            return Right.VIEW_HEALTH in self._rights
        match alert.scope:
            case Scope.TEAM:
                return self._sees_team(TeamId(alert.place_id))
            case Scope.AGENT:
                agent = self._seen.directory.agents.get(AgentId(alert.place_id))
                return agent is not None and self._sight.sees(agent)
            case _:
                return True


def _alert_line(alert: Alert) -> AlertLine:
    figure = alert.rule.figure
    return AlertLine(
        id=alert.alert_id,
        name=alert.rule.name,
        place="" if alert.scope is Scope.CENTRE else alert.place_name,
        severity=alert.rule.severity.value,
        since_ms=to_ms(alert.fired_at),
        figure=figure,
        unit=OF_ALERTS[figure].unit.value if figure in OF_ALERTS else "count",
        value=alert.worst,
    )


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS)
