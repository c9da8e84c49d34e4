"""Staffing several queues and skills: Erlang A gives each queue its agents, the twin corrects them.

The formula knows one queue and one kind of agent. Here agents of a few kinds share queues, so that one kind
may help another: the real engine tries it. Rounds of adding: where in an interval the median day (P50) misses
the target of a queue, or more give up than permitted, agents are added who can serve it. Rounds of taking
away: where there is slack, an agent goes, and comes back if a promise is broken then. All rounds see the same
customers (common random numbers), so what changes is the staffing and not the luck.

Source: J. Atlason, M. A. Epelman, S. G. Henderson 2004, "Call center staffing with simulation and cutting
plane methods"; M. T. Cezik, P. L'Ecuyer 2008, "Staffing multiskill call centers via linear programming and
simulation" (here a search that adds and takes away stands in for their integer programme).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import groupby
from math import ceil
from statistics import median
from typing import Any, Final

from otklik.acd.model import QueueRules
from otklik.simulation.draws import Distribution, EarlyPeak, Exponential, Fixed, LogNormal, Recorded
from otklik.simulation.reading import Plan
from otklik.simulation.run import Result
from otklik.simulation.scenario import AgentGroup, QueueLoad, Scenario, Shift
from otklik.simulation.statistics import Figures, Staffing
from otklik.vocabulary.ids import QueueId
from otklik.vocabulary.time import SLOT, slot_of
from otklik.wfm.model import Interval, Profile, StaffingRules, clock
from otklik.wfm.running import Progress, run_plan
from otklik.wfm.staffing import gross, requirements

DAY: Final = timedelta(days=1)
SLOTS: Final = DAY // SLOT
MINUTES: Final = SLOT // timedelta(minutes=1)
STAY: Final = 4
"""Slots without calls in which those of before stay, in the twin only: they serve who still waits."""

FAR: Final = 0.1
SLACK: Final = 0.02
LARGE_STEP: Final = 0.03
FOR_EVER: Final = 1e9

Row = dict[str, Any]
Counts = list[list[int]]
"""Agents by group and slot of the day."""

Told = Callable[[int, int, float], None]
"""Hears of each round: its number, how many promises are broken, agent hours."""


@dataclass(frozen=True, slots=True)
class Corrected:
    """agents: by group and slot. rounds: agent hours and broken promises after each. is_kept: all promises
    are kept by those days on which the search was made. broken_on_other_days: how many of `promises` are not
    kept by as many days that it has not seen. intervals, queues, groups: ready for JSON."""

    agents: Counts
    rounds: list[Row]
    is_kept: bool
    broken_on_other_days: int
    promises: int
    intervals: list[Row]
    queues: list[Row]
    groups: list[Row]


def correct(
    plan: Plan,
    rules: StaffingRules,
    *,
    rounds: int = 6,
    processes: int | None = None,
    told: Told | None = None,
    progress: Progress | None = None,
) -> Corrected:
    """Agents by kind and interval for one day of a plan's scenario.

    Its groups say which kinds there are; their counts are the proportions in which kinds share a queue at
    first, their shifts are set aside. threshold and short abandon are each queue's own; the other rules hold
    for all. rounds: at most so many of adding, and as many of taking away. told hears of each round, progress
    of each day within one.
    """
    search = _Search(plan, rules, processes, told=told, progress=progress)
    search.add(rounds)
    search.take_away(rounds)
    search.add(2)
    return search.corrected()


def load_of(load: QueueLoad) -> Profile:
    """A queue's expected calls by quarter of an hour, with its mean handling time."""
    aht = (mean_of(load.handling) + load.queue.wrap_up).total_seconds()
    if load.ring is not None:
        aht += mean_of(load.ring).total_seconds()
    profile = []
    for slot in range(SLOTS):
        calls = load.arrivals.expected(SLOT * (slot + 1)) - load.arrivals.expected(SLOT * slot)
        # Differences of sums: the last digits are dust.
        profile.append(Interval(slot * MINUTES, (slot + 1) * MINUTES, round(max(calls, 0.0), 9), aht))
    return tuple(profile)


def mean_of(lengths: Distribution) -> timedelta:
    """The mean of a distribution."""
    match lengths:
        case Fixed():
            return lengths.length
        case Exponential() | LogNormal():
            return lengths.mean
        case EarlyPeak():
            return lengths.share * lengths.within / 2 + (1 - lengths.share) * mean_of(lengths.later)
        case Recorded():
            return timedelta(milliseconds=sum(lengths.lengths) / len(lengths.lengths))
        case _:
            raise TypeError(f"the mean of {type(lengths).__name__} is not known")


def first_counts(scenario: Scenario, rules: StaffingRules) -> tuple[Counts, dict[QueueId, list[int]]]:
    """Agents by group and slot, and by queue and slot, as Erlang A has them: each queue's agents are shared
    out among the groups that can serve it, in proportion to their counts."""
    shares = [[0.0] * SLOTS for _ in scenario.agents]
    by_queue: dict[QueueId, list[int]] = {}
    for load in scenario.queues:
        patience = FOR_EVER if load.patience is None else mean_of(load.patience).total_seconds()
        own = replace(
            rules,
            threshold=load.queue.service_threshold.total_seconds(),
            short_abandon=load.queue.short_abandon.total_seconds(),
            patience=patience,
        )
        needed = [one.agents for one in requirements(load_of(load), own)]
        by_queue[load.queue.queue_id] = needed
        fitting = [place for place, group in enumerate(scenario.agents) if can_serve(group, load.queue)]
        whole = sum(scenario.agents[place].count for place in fitting)
        for place in fitting:
            for slot, agents in enumerate(needed):
                shares[place][slot] += agents * scenario.agents[place].count / whole
    return [[ceil(one - 1e-9) for one in row] for row in shares], by_queue


def can_serve(group: AgentGroup, queue: QueueRules) -> bool:
    """True if the group's agents have all that the queue asks for."""
    return all(group.skills.get(one.skill_id, 0) >= one.minimum for one in queue.skills)


@dataclass(slots=True)
class _Seen:
    """What a run of the twin showed. missing: how far the median day is below the target, by queue and slot
    (0 where all promises are kept). level: the median itself. busy: occupancy by slot."""

    results: Sequence[Result]
    missing: dict[tuple[QueueId, int], float] = field(default_factory=dict)
    level: dict[tuple[QueueId, int], float] = field(default_factory=dict)
    busy: dict[int, float] = field(default_factory=dict)


class _Search:
    """The state of a search: what is staffed now, and what the twin showed of it."""

    def __init__(
        self,
        plan: Plan,
        rules: StaffingRules,
        processes: int | None,
        *,
        told: Told | None,
        progress: Progress | None,
    ) -> None:
        self._plan = replace(plan, days=1, scenario=replace(plan.scenario, duration=DAY))
        self._rules = rules
        self._processes = processes
        self._told = told
        self._progress = progress
        scenario = self._scenario = self._plan.scenario
        self._formula = rules.formula
        self._profiles = {load.queue.queue_id: load_of(load) for load in scenario.queues}
        self._counts, self._by_formula = first_counts(scenario, rules)
        self._serves = [
            frozenset(load.queue.queue_id for load in scenario.queues if can_serve(group, load.queue))
            for group in scenario.agents
        ]
        self._rounds: list[Row] = []
        self._seen = self._run()

    def add(self, rounds: int) -> None:
        """Agents where promises are broken."""
        for _ in range(rounds):
            broken = {place: by for place, by in self._seen.missing.items() if by > 0}
            if not broken:
                return
            for slot in sorted({slot for _, slot in broken}):
                self._add_in(slot, {queue_id: by for (queue_id, at), by in broken.items() if at == slot})
            self._seen = self._run()

    def take_away(self, rounds: int) -> None:
        """Agents who are not missed. Neighbours are not tried at once: a queue that grows in one slot is
        served in the next."""
        kept: set[tuple[int, int]] = set()
        for number in range(2 * rounds):
            tried: dict[tuple[int, int], int] = {}
            for slot in range(number % 2, SLOTS, 2):
                place = self._spare(slot, kept)
                if place is not None:
                    tried[place, slot] = max(1, int(LARGE_STEP * self._counts[place][slot]))
            if not tried:
                if number:
                    return
                continue
            before = self._seen
            for (place, slot), agents in tried.items():
                self._counts[place][slot] -= agents
            self._seen = self._run()
            is_undone = False
            for (place, slot), agents in tried.items():
                if any(self._breaks(at) and not _broken(before, at) for at in (slot, slot + 1)):
                    self._counts[place][slot] += agents
                    kept.add((place, slot))
                    is_undone = True
            if is_undone:
                self._seen = self._run()

    def _breaks(self, slot: int) -> bool:
        return _broken(self._seen, slot)

    def _add_in(self, slot: int, broken: dict[QueueId, float]) -> None:
        while broken:
            # Who helps most of them; among equals those with the fewest skills.
            place = max(
                range(len(self._serves)),
                key=lambda one: (len(self._serves[one] & broken.keys()), -len(self._serves[one]), -one),
            )
            here = self._serves[place] & broken.keys()
            worst = max(broken[queue_id] for queue_id in here)
            step = max(1, int(LARGE_STEP * self._counts[place][slot]))
            self._counts[place][slot] += 2 * step if worst > FAR else step
            for queue_id in here:
                del broken[queue_id]

    def _spare(self, slot: int, kept: set[tuple[int, int]]) -> int | None:
        """A group that can lose somebody in this slot: all its queues have slack, the largest first."""
        whole = sum(row[slot] for row in self._counts)
        busy = self._seen.busy.get(slot)
        if busy is None or whole < 2 or busy * whole / (whole - 1) > self._rules.max_occupancy:
            return None
        found: tuple[float, int] | None = None
        for place, served in enumerate(self._serves):
            if not self._counts[place][slot] or (place, slot) in kept:
                continue
            levels = [self._seen.level.get((queue_id, slot), 1.0) for queue_id in served]
            slack = min(levels, default=0.0) - self._rules.target
            if slack >= SLACK and not self._breaks(slot) and (found is None or slack > found[0]):
                found = slack, place
        return None if found is None else found[1]

    # --- the twin

    def _run(self, seed: int | None = None) -> _Seen:
        scenario = replace(self._scenario, agents=tuple(groups_of(self._scenario, self._counts)))
        plan = replace(self._plan, scenario=scenario, seed=self._plan.seed if seed is None else seed)
        calls = scenario.expected_calls() * plan.replications
        processes = self._processes or (1 if calls < 20_000 else None)
        seen = _Seen(run_plan(plan, processes=processes, progress=self._progress).results)
        for slot in range(SLOTS):
            self._judge(seen, slot)
        broken = sum(1 for by in seen.missing.values() if by > 0)
        hours = sum(map(sum, self._counts)) * (SLOT / timedelta(hours=1))
        self._rounds.append({"agent_hours": hours, "broken_promises": broken})
        if self._told is not None:
            self._told(len(self._rounds), broken, hours)
        return seen

    def _judge(self, seen: _Seen, slot: int) -> None:
        at = slot_of(self._scenario.start) + slot
        staffing = Staffing()
        for result in seen.results:
            if (one := result.statistics.staffing.get(at)) is not None:
                staffing.merge(one)
        if staffing.occupancy is not None:
            seen.busy[slot] = staffing.occupancy
        for queue_id, profile in self._profiles.items():
            if profile[slot].calls <= 0:
                continue
            days = [result.statistics.figures.get((queue_id, at)) for result in seen.results]
            levels = [
                level
                for one in days
                if one is not None and (level := one.service_level_by(self._formula)) is not None
            ]
            if not levels:
                continue
            whole = _sum(one for one in days if one is not None)
            level = seen.level[queue_id, slot] = median(levels)
            missing = max(self._rules.target - level, 0.0)
            if (whole.abandonment or 0.0) > self._rules.max_abandonment:
                missing = max(missing, (whole.abandonment or 0.0) - self._rules.max_abandonment)
            if seen.busy.get(slot, 0.0) > self._rules.max_occupancy:
                missing = max(missing, seen.busy[slot] - self._rules.max_occupancy)
            seen.missing[queue_id, slot] = missing

    # --- the answer

    def corrected(self) -> Corrected:
        open_slots = [
            slot
            for slot in range(SLOTS)
            if any(profile[slot].calls > 0 for profile in self._profiles.values())
        ]
        rounds = list(self._rounds)
        elsewhere = self._run(seed=self._plan.seed + 1)
        return Corrected(
            agents=self._counts,
            rounds=rounds,
            is_kept=not any(by > 0 for by in self._seen.missing.values()),
            broken_on_other_days=sum(by > 0 for by in elsewhere.missing.values()),
            promises=len(elsewhere.missing),
            intervals=[self._interval(slot) for slot in open_slots],
            queues=[
                {"name": load.name, "intervals": [self._of_queue(load, slot) for slot in open_slots]}
                for load in self._scenario.queues
            ],
            groups=[
                {
                    "name": group.name or str(place + 1),
                    "intervals": [self._of_group(row, slot) for slot in open_slots],
                }
                for place, (group, row) in enumerate(zip(self._scenario.agents, self._counts, strict=True))
            ],
        )

    def _of_group(self, row: Sequence[int], slot: int) -> Row:
        return {
            **_place(slot),
            "agents": row[slot],
            "agents_gross": gross(row[slot], self._rules.shrinkage),
        }

    def _interval(self, slot: int) -> Row:
        here = [profile[slot] for profile in self._profiles.values()]
        calls = sum(one.calls for one in here)
        work = sum(one.calls * one.aht for one in here)
        agents = sum(row[slot] for row in self._counts)
        figures = _sum(
            one
            for result in self._seen.results
            for queue_id in self._profiles
            if (one := result.statistics.figures.get((queue_id, slot_of(self._scenario.start) + slot)))
        )
        return {
            **_place(slot),
            "calls": calls,
            "aht_seconds": work / calls,
            "load_erlangs": work / SLOT.total_seconds(),
            "agents": agents,
            "agents_gross": gross(agents, self._rules.shrinkage),
            "service_level": figures.service_level_by(self._formula),
            "occupancy": self._seen.busy.get(slot),
            "abandonment_rate": figures.abandonment,
        }

    def _of_queue(self, load: QueueLoad, slot: int) -> Row:
        queue_id = load.queue.queue_id
        one = self._profiles[queue_id][slot]
        at = slot_of(self._scenario.start) + slot
        figures = _sum(
            found for result in self._seen.results if (found := result.statistics.figures.get((queue_id, at)))
        )
        return {
            **_place(slot),
            "calls": one.calls,
            "aht_seconds": one.aht,
            "load_erlangs": one.rate * one.aht,
            "agents_by_formula": self._by_formula[queue_id][slot],
            "service_level": figures.service_level_by(self._formula),
            "service_level_p50": self._seen.level.get((queue_id, slot)),
            "abandonment_rate": figures.abandonment,
        }


def groups_of(scenario: Scenario, counts: Counts) -> list[AgentGroup]:
    """Groups with shifts, so that in each slot as many are there as counted. One agent more in a busy hour is
    a shift of that hour; in quiet slots after calls those of before stay."""
    found = []
    for group, row in zip(scenario.agents, counts, strict=True):
        present = _stay(row)
        layers = [tuple(number <= one for one in present) for number in range(1, max(present, default=0) + 1)]
        for pattern, same in groupby(layers):
            shifts = tuple(Shift(start=SLOT * run[0], end=SLOT * (run[-1] + 1)) for run in _runs_of(pattern))
            found.append(replace(group, count=len(list(same)), shifts=shifts, absence=0.0))
    return found


def _stay(row: Sequence[int]) -> list[int]:
    present = list(row)
    quiet = 0
    for slot in range(1, len(present)):
        quiet = 0 if row[slot] else quiet + 1
        if not row[slot] and quiet <= STAY:
            present[slot] = present[slot - 1]
    return present


def _runs_of(pattern: Sequence[bool]) -> list[list[int]]:
    """Places of True, by stretches without a gap."""
    return [
        [place for place, _ in run]
        for is_there, run in groupby(enumerate(pattern), key=lambda one: one[1])
        if is_there
    ]


def _broken(seen: _Seen, slot: int) -> bool:
    return any(by > 0 for (_, at), by in seen.missing.items() if at == slot)


def _sum(figures: Any) -> Figures:
    whole = Figures()
    for one in figures:
        whole.add(one)
    return whole


def _place(slot: int) -> Mapping[str, str]:
    return {"from": clock(slot * MINUTES), "to": clock((slot + 1) * MINUTES)}
