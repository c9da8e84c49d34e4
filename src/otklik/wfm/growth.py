"""Whether calls grow, who is at his limit, in which half hours one more agent pays, and which queues hang on
one person.

Peaks are counted as if the chosen queues were one, served by every agent who fits one of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from otklik.journal.store import Behind
from otklik.organization import store as organization
from otklik.organization.model import Agent, Queue
from otklik.reports import service
from otklik.reports.calendar import day_of_moment, day_of_number, slots_of_days
from otklik.reports.growth_measures import LONG_DAY, CoverFacts, GrowthFacts, PeakFacts, Trend, trend_of
from otklik.reports.measures import AgentFacts, QueueFacts
from otklik.reports.store import growth as store
from otklik.simulation.erlang import Steady, impatient_queue, patient_queue
from otklik.vocabulary.ids import SELF_TEST_PROJECT, SiteId
from otklik.vocabulary.time import from_ms

HALF_HOUR: Final = 1800
ENOUGH_ABANDONS: Final = 20
MOST_PEAKS: Final = 8
LEAST_AGENTS: Final = 0.5
"""With fewer present as a mean, nobody is at work then as a rule."""


@dataclass(frozen=True, slots=True)
class Week:
    """start: its Monday."""

    start: date
    calls: int


@dataclass(frozen=True, slots=True)
class AgentLoad:
    """An agent in the period. most_day: the day of the most contacts; None without any."""

    agent_id: int
    facts: GrowthFacts
    most_day: date | None


@dataclass(frozen=True, slots=True)
class Peak:
    """weekday: 1 is Monday. start: minutes after midnight of the wall clock. is_short: below the target."""

    weekday: int
    start: int
    facts: PeakFacts
    is_short: bool


@dataclass(frozen=True, slots=True)
class Cover:
    """A queue, and how many could stand in for each other."""

    queue_id: int
    facts: CoverFacts


@dataclass(frozen=True, slots=True)
class Growth:
    """target, threshold: of the queue with most calls among the chosen; None without one."""

    as_of: datetime
    behind: Sequence[Behind]
    weeks: Sequence[Week]
    total: GrowthFacts
    agents: Sequence[AgentLoad]
    peaks: Sequence[Peak]
    queues: Sequence[Cover]
    target: float | None
    threshold: timedelta | None


def fits(agent: Agent, queue: Queue) -> bool:
    """Whether he may be offered what waits there: active, with every skill at its level."""
    return (
        agent.is_active
        and agent.capacities.get(queue.channel, 1) > 0
        and all(agent.skills.get(one.skill_id, 0) >= one.minimum for one in queue.skills)
    )


def whole_weeks(end: date, *, weeks: int, since: date | None) -> list[date]:
    """Mondays of the last whole weeks before `end`, the oldest first, none that began before `since`."""
    last = end - timedelta(days=end.weekday())
    mondays = [last - timedelta(weeks=back) for back in range(weeks, 0, -1)]
    return [one for one in mondays if since is not None and one >= since]


def brought(calls: float, agents: float, whole: QueueFacts, queue: Queue) -> tuple[Steady, Steady] | None:
    """What the formulas say with these agents and with one more; None when no handling time is known."""
    if not whole.handled:
        return None
    aht = (whole.talk_ms + whole.hold_ms + whole.wrap_ms) / whole.handled / 1000
    waited = (whole.wait_ms + whole.aband_ms) / 1000
    if aht <= 0:
        return None

    def steady(count: float) -> Steady:
        rate, threshold = calls / HALF_HOUR, queue.service_threshold.total_seconds()
        if whole.abandoned < ENOUGH_ABANDONS or waited <= 0:
            return patient_queue(arrivals=rate, handling=aht, agents=count, threshold=threshold)
        return impatient_queue(
            arrivals=rate,
            handling=aht,
            patience=waited / whole.abandoned,
            agents=count,
            threshold=threshold,
            short_abandon=queue.short_abandon.total_seconds(),
        )

    return steady(agents), steady(agents + 1)


async def growth_of(  # noqa: PLR0913, the filters of a report
    connection: Any,
    *,
    site_id: SiteId,
    zone: ZoneInfo,
    first: date,
    end: date,
    as_of: datetime,
    weeks: int,
    queue_ids: Sequence[int] | None = None,
    agent_ids: Sequence[int] | None = None,
) -> Growth:
    """Of the local days first ... end (end left out); the trend of whole weeks before `end`."""
    today = day_of_moment(as_of, zone)
    own = [
        one
        for one in await organization.list_things(connection, "queue", site_id=site_id)
        if one.project_id != SELF_TEST_PROJECT and (queue_ids is None or one.queue_id in queue_ids)
    ]
    agents = await organization.list_things(connection, "agent", site_id=site_id)
    days = await service.queue_days(
        connection, site_id=site_id, zone=zone, first=first, end=end, queue_ids=queue_ids
    )
    people = await service.agent_days(
        connection, site_id=site_id, zone=zone, first=first, end=end, as_of=as_of, agent_ids=agent_ids
    )
    calls = await _weeks(connection, site_id, zone, min(end, today), weeks, queue_ids)
    loads = _loads(people.rows)
    seen = await store.agents_seen(connection, site_id, slots_of_days(first, end, zone))
    main = _main_queue(own, days.rows)
    fitting = {int(one.agent_id) for one in agents if any(fits(one, queue) for queue in own)}
    peaks: list[Peak] = []
    if main is not None:
        wanted = (first, min(end, today + timedelta(days=1)))
        peaks = await _peaks(connection, site_id, zone, wanted, queue_ids, fitting, days.total, main)
    return Growth(
        as_of=as_of,
        behind=days.behind,
        weeks=calls,
        total=_total(trend_of([one.calls for one in calls]), loads, people.total),
        agents=loads,
        peaks=peaks,
        queues=[_cover(queue, agents, seen) for queue in own],
        target=main.service_target if main else None,
        threshold=main.service_threshold if main else None,
    )


async def _weeks(
    connection: Any,
    site_id: SiteId,
    zone: ZoneInfo,
    end: date,
    weeks: int,
    queue_ids: Sequence[int] | None,
) -> list[Week]:
    """A week in which the first customer ever called is left out: it was none of a whole centre."""
    first_ms = await store.first_call_ms(connection, site_id)
    since = day_of_moment(from_ms(first_ms), zone) if first_ms is not None else None
    mondays = whole_weeks(end, weeks=weeks, since=since)
    if not mondays:
        return []
    stop = mondays[-1] + timedelta(weeks=1)
    tz = await service.ensure_calendar(connection, zone, mondays[0], stop)
    slots = slots_of_days(mondays[0], stop, zone)
    found = dict.fromkeys(mondays, 0)
    for row in await store.calls_by_day(connection, site_id, slots, queue_ids, tz):
        day = day_of_number(row["day"])
        found[day - timedelta(days=day.weekday())] += row["calls"]
    return [Week(start, calls) for start, calls in found.items()]


def _loads(rows: Sequence[service.AgentRow]) -> list[AgentLoad]:
    """Agents who were there, those with most long days first."""
    by_agent: dict[int, list[service.AgentRow]] = {}
    for row in rows:
        by_agent.setdefault(row.agent_id, []).append(row)
    found = []
    for agent_id, own in by_agent.items():
        worked = [row for row in own if row.facts.handled]
        most = max(worked, key=lambda row: row.facts.handled, default=None)
        facts = GrowthFacts(
            days=len(worked),
            long_days=sum(row.facts.handled > LONG_DAY for row in worked),
            most=most.facts.handled if most else None,
            agents=AgentFacts(
                **{one.name: sum(getattr(row.facts, one.name) for row in own) for one in fields(AgentFacts)}
            ),
        )
        found.append(AgentLoad(agent_id, facts, most.day if most else None))
    return sorted(found, key=lambda one: (-one.facts.long_days, -(one.facts.most or 0), one.agent_id))


def _total(trend: Trend, loads: Sequence[AgentLoad], agents: AgentFacts) -> GrowthFacts:
    return GrowthFacts(
        trend=trend,
        days=sum(one.facts.days for one in loads),
        long_days=sum(one.facts.long_days for one in loads),
        most=max((one.facts.most for one in loads if one.facts.most), default=None),
        agents=agents,
    )


def _main_queue(queues: Sequence[Queue], rows: Sequence[service.QueueRow]) -> Queue | None:
    """The queue with most calls, whose threshold and target stand for all."""
    offered: dict[int, int] = {}
    for row in rows:
        offered[row.queue_id] = offered.get(row.queue_id, 0) + row.facts.offered
    return max(queues, key=lambda one: offered.get(int(one.queue_id), 0), default=None)


def _cover(queue: Queue, agents: Sequence[Agent], seen: set[int]) -> Cover:
    fitting = {int(one.agent_id) for one in agents if fits(one, queue)}
    return Cover(int(queue.queue_id), CoverFacts(fitting=len(fitting), seen=len(fitting & seen)))


async def _peaks(  # noqa: PLR0913, what a peak is counted of
    connection: Any,
    site_id: SiteId,
    zone: ZoneInfo,
    days: tuple[date, date],
    queue_ids: Sequence[int] | None,
    agent_ids: set[int],
    whole: QueueFacts,
    main: Queue,
) -> list[Peak]:
    """The busiest half hours of the week in which somebody works, those first in which one more brings
    most."""
    if days[1] <= days[0]:
        return []
    tz = await service.ensure_calendar(connection, zone, *days)
    slots = slots_of_days(*days, zone)
    offered = await store.offered_by_half_hour(connection, site_id, slots, queue_ids, tz)
    present = await store.present_by_half_hour(connection, site_id, slots, sorted(agent_ids), tz)
    times = _weekdays(*days)
    agents: Mapping[tuple[int, int], float] = {
        (row["dow"], row["half"]): row["ms"] / 1000 / HALF_HOUR / times[row["dow"]] for row in present
    }
    found: list[Peak] = []
    for row in sorted(offered, key=lambda one: -one["offered"] / times[one["dow"]]):
        place = (row["dow"], row["half"])
        count = agents.get(place, 0.0)
        if count < LEAST_AGENTS or len(found) == MOST_PEAKS:
            continue
        calls = row["offered"] / times[row["dow"]]
        said = brought(calls, count, whole, main)
        now, more = (one.service_level_without_short_abandons for one in said) if said else (None, None)
        facts = PeakFacts(calls=calls, agents=count, level=now, level_with_one=more)
        is_short = now is not None and now < main.service_target
        found.append(Peak(place[0], place[1] * 30, facts, is_short))
    return sorted(found, key=lambda one: -_gain(one.facts))


def _gain(facts: PeakFacts) -> float:
    if facts.level is None or facts.level_with_one is None:
        return 0.0
    return (facts.level_with_one - facts.level) * facts.calls


def _weekdays(first: date, end: date) -> dict[int, int]:
    """How often each weekday is there."""
    found = dict.fromkeys(range(1, 8), 0)
    for back in range((end - first).days):
        found[(first + timedelta(days=back)).isoweekday()] += 1
    return found
