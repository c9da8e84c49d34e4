"""The real centre as a scenario: its rules and agents as configured, its customers as recorded days show
them.

What comes out is a tree as people write it, so it can be shown, edited and run again.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt
from statistics import fmean, median, variance
from typing import Any, Final

from otklik.acd.commands import ConfigureAgent, RemoveAgent, RemoveQueue
from otklik.acd.model import (
    AgentProfile,
    Availability,
    Mode,
    ModePlan,
    OverflowRule,
    OverflowTo,
    QueueKind,
    QueueRules,
)
from otklik.simulation.draws import LogNormal
from otklik.simulation.history import EARLY, estimate_patience, fit_lengths
from otklik.simulation.recorded import Heard, Recording, Stay
from otklik.simulation.replay import FEWEST_ABANDONS
from otklik.vocabulary.ids import AgentId, PlanId, QueueId, SkillId

Tree = dict[str, Any]

QUARTER: Final = timedelta(minutes=15)
QUARTERS: Final = 96
_MISSED: Final = frozenset({Heard.EXPIRED, Heard.DECLINED, Heard.FAILED})
_DAYS_FOR_SPREAD: Final = 3


@dataclass(frozen=True, slots=True)
class RecordedDay:
    """A day [start, end) of a recording. start: its midnight."""

    recording: Recording
    start: datetime
    end: datetime

    def first_stays(self) -> list[Stay]:
        """The first stay of each customer of the day."""
        return [stay for stay in self.recording.stays if self.start <= stay.entered_at < self.end]

    def stays(self) -> Iterator[Stay]:
        """Also those to which they went on."""
        for first in self.first_stays():
            stay: Stay | None = first
            while stay is not None:
                yield stay
                stay = stay.onward

    def quarter_of(self, at: datetime) -> int:
        return min((at - self.start) // QUARTER, QUARTERS - 1)


def learn(days: Sequence[RecordedDay], *, skill_names: Mapping[SkillId, str], formula: str) -> Tree | None:
    """The scenario of the configuration of the last day and the customers of all; None when nobody talked on
    any of them."""
    last = days[-1].recording
    removed = {one.queue_id for one in last.changes if isinstance(one, RemoveQueue)}
    rules = {queue_id: one for queue_id, one in last.rules.items() if queue_id not in removed}
    stays = [stay for day in days for stay in day.stays()]
    if not any(stay.handling is not None for stay in stays):
        return None
    names = {queue_id: _unique(one.name or str(queue_id), queue_id, rules) for queue_id, one in rules.items()}
    skills = {
        requirement.skill_id: skill_names.get(requirement.skill_id, f"skill {requirement.skill_id}")
        for one in rules.values()
        for requirement in one.skills
    }
    groups = _groups(days, skills)
    served = {
        queue_id: one
        for queue_id, one in rules.items()
        if any(_fits(one, group_skills) for (group_skills, _), _ in groups)
    }
    plans = {
        plan_id: plan for plan_id, plan in last.plans.items() if plan_id in {key[1] for key, _ in groups}
    }
    known = [ring for stay in stays for ring in stay.rings if ring.heard is not Heard.UNKNOWN]
    missed = sum(ring.heard in _MISSED for ring in known) / len(known) if known else 0.0
    aways = [ring.away for ring in known if ring.away is not None]
    tree: Tree = {"service_level_formula": formula, "days": 1, "replications": 1, "seed": 1}
    if aways:
        tree["away_seconds"] = round(median(aways) / 1000, 1)
    if last.site is not None:
        tree["guard"] = {
            "handled": last.site.guard_handled,
            "streak_seconds": last.site.guard_streak.total_seconds(),
            "pause_seconds": last.site.guard_pause.total_seconds(),
        }
    here = {queue_id: names[queue_id] for queue_id in served}
    tree["queue"] = [
        _queue(one, here, skills, days, [stay for stay in stays if stay.queue_id == queue_id] or [], stays)
        for queue_id, one in sorted(served.items())
    ]
    asked = {requirement.skill_id for one in served.values() for requirement in one.skills}
    if plans:
        tree["plan"] = [_plan(plan, here, days[-1]) for _, plan in sorted(plans.items())]
    tree["agents"] = [
        {
            "name": f"group {number}",
            "skills": {skills[skill]: level for skill, level in sorted(levels) if skill in asked},
            **_stretch("present", presence),
            "missed": round(missed, 4),
            **({"plan": _plan_name(plans[plan_id])} if plan_id in plans else {}),
        }
        for number, ((levels, plan_id), presence) in enumerate(groups, start=1)
        if any(skill in asked for skill, _ in levels)
    ]
    return tree


def _unique(name: str, queue_id: QueueId, rules: Mapping[QueueId, QueueRules]) -> str:
    twins = sum(one.name == name for one in rules.values())
    return name if twins < 2 else f"{name} {queue_id}"


def _queue(
    rules: QueueRules,
    names: Mapping[QueueId, str],
    skills: Mapping[SkillId, str],
    days: Sequence[RecordedDay],
    stays: Sequence[Stay],
    all_stays: Sequence[Stay],
) -> Tree:
    talks = _talks(stays) or _talks(all_stays)
    rings = [stay.rings[-1].connected for stay in stays if stay.handling is not None and stay.rings]
    wrap_ups = [stay.wrap_up for stay in stays if stay.handling is not None]
    tree: Tree = {
        "name": names[rules.queue_id],
        "skills": {skills[one.skill_id]: one.minimum for one in rules.skills},
        "threshold_seconds": rules.service_threshold.total_seconds(),
        "short_abandon_seconds": rules.short_abandon.total_seconds(),
        "ring_timeout_seconds": rules.ring_timeout.total_seconds(),
        "wrap_up_seconds": rules.wrap_up.total_seconds(),
        "priority": rules.priority,
        "ageing_per_minute": rules.ageing,
        "weight": rules.weight,
        "strategy": rules.strategy,
        "maximum_waiting": rules.maximum_waiting,
        "arrivals": _arrivals(rules.queue_id, days),
        "handle": _lengths(talks),
    }
    if rings:
        tree["ring_seconds"] = min(round(fmean(rings) / 1000, 2), tree["ring_timeout_seconds"] * 0.9)
    if any(wrap_ups) and rules.wrap_up:
        tree["wrap_up"] = _lengths(wrap_ups)
    if rules.relaxation:
        tree["relaxation"] = [
            {
                "after_seconds": step.after.total_seconds(),
                "minimum": step.minimum,
                "skills": [skills[one] for one in step.skills if one in skills],
            }
            for step in rules.relaxation
        ]
    tree |= _rules_of_going(rules, names, days)
    patience = estimate_patience(stays)
    if patience.abandons < FEWEST_ABANDONS:
        patience = estimate_patience(all_stays)
    if patience.mean_ms is not None:
        tree["patience"] = {"distribution": "exponential", "mean_seconds": round(patience.mean_ms / 1000, 1)}
        if patience.early_share:
            tree["patience"]["early_share"] = round(patience.early_share, 4)
            tree["patience"]["early_seconds"] = EARLY.total_seconds()
    transfers = _transfers(stays, names)
    if transfers:
        tree["transfers"] = transfers
    return tree


def _rules_of_going(rules: QueueRules, names: Mapping[QueueId, str], days: Sequence[RecordedDay]) -> Tree:
    """What becomes of those who wait long, and of offers that nobody takes."""
    tree: Tree = {
        "kind": rules.kind.value,
        "after_missed": rules.after_missed,
        "missed_rest_seconds": rules.missed_rest.total_seconds(),
        "missed_limit": rules.missed_limit,
    }
    ways = [way for way in rules.overflow if way.to is not OverflowTo.QUEUE or way.queue_id in names]
    if ways:
        tree["overflow"] = [_way(way, names) for way in ways]
    counts = [
        found
        for day in days
        for way in ways
        if (found := day.recording.called_back.get(way.queue_id or rules.queue_id)) is not None
    ]
    back = rules.callbacks
    if any(way.to is OverflowTo.CALLBACK for way in ways) or rules.kind is QueueKind.CALLBACKS:
        offered, dialed = sum(one.offered for one in counts), sum(one.dialed for one in counts)
        dialing = [length for one in counts for length in one.dialing]
        tree["callbacks"] = {
            "priority": back.priority,
            "share": back.share,
            "attempts": back.attempts,
            "retry_after_seconds": back.retry_after.total_seconds(),
            "expires_after_seconds": back.expires_after.total_seconds(),
            "delay_seconds": back.delay.total_seconds(),
        }
        if offered:
            tree["callbacks"]["accept"] = round(min(1.0, sum(one.promised for one in counts) / offered), 4)
        if dialed:
            tree["callbacks"]["reached"] = round(min(1.0, sum(one.reached for one in counts) / dialed), 4)
        if dialing:
            tree["callbacks"]["dial_seconds"] = round(fmean(dialing) / 1000, 1)
    entered = sum(stay.queue_id == rules.queue_id for day in days for stay in day.recording.stays)
    preferring = sum(day.recording.preferring[rules.queue_id] for day in days)
    tree["preferred"] = {
        "share": round(min(1.0, preferring / entered), 4) if entered else 0.0,
        "wait_seconds": rules.preferred_wait.total_seconds(),
        "waits_for_pause": rules.preferred_waits_for_pause,
    }
    return tree


def _way(way: OverflowRule, names: Mapping[QueueId, str]) -> Tree:
    """One way out. A message and the number's flow end the stay: what follows there is not the queue's."""
    tree: Tree = {"when": way.when.value}
    if way.to is OverflowTo.QUEUE:
        tree |= {"to": names[way.queue_id], "keeps_wait": way.keeps_wait}
    elif way.to is OverflowTo.CALLBACK:
        tree["callback"] = True
        if way.queue_id in names:
            tree["callback_queue"] = names[way.queue_id]
    else:
        tree["leaves"] = True
    if way.after:
        tree["after_seconds"] = way.after.total_seconds()
    if way.length:
        tree["length"] = way.length
    return tree


def _plan_name(plan: ModePlan) -> str:
    return f"{plan.name or 'plan'} {plan.plan_id}"


def _plan(plan: ModePlan, names: Mapping[QueueId, str], day: RecordedDay) -> Tree:
    """The plan as it was on this day, to a quarter of an hour."""
    tree: Tree = {"name": _plan_name(plan), "otherwise": plan.otherwise.value}
    modes = [_mode_at(plan, day.start + place * QUARTER) for place in range(QUARTERS)]
    spans: list[Tree] = []
    for place, mode in enumerate(modes):
        if mode is plan.otherwise:
            continue
        if spans and place and modes[place - 1] is mode:
            spans[-1]["to"] = _clock(place + 1)
        else:
            spans.append({"mode": mode.value, "from": _clock(place), "to": _clock(place + 1)})
    if spans:
        tree["spans"] = spans
    load = plan.load
    watched = [names[queue_id] for queue_id in load.queue_ids if queue_id in names] if load else []
    if load is not None and watched:
        tree["load"] = {
            "queues": watched,
            "busy": load.busy,
            "calm": load.calm,
            "calm_for_seconds": load.calm_for.total_seconds(),
            "keeps": load.keeps,
        }
    return tree


def _mode_at(plan: ModePlan, at: datetime) -> Mode:
    open_now = (span.mode for span in plan.spans if span.hours.is_open(at, plan.time_zone))
    return next(open_now, plan.otherwise)


def _clock(quarter: int) -> str:
    minutes = quarter * 15
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _talks(stays: Iterable[Stay]) -> list[int]:
    return [stay.handling for stay in stays if stay.handling]


def _lengths(lengths: Sequence[int]) -> Tree:
    fitted = fit_lengths(lengths)
    mean = round(max(fmean(lengths) / 1000, 0.001), 3)
    if isinstance(fitted, LogNormal):
        return {"distribution": "lognormal", "mean_seconds": mean, "cv": round(min(fitted.cv, 20.0), 4)}
    return {"distribution": "fixed", "mean_seconds": mean}


def _arrivals(queue_id: QueueId, days: Sequence[RecordedDay]) -> Tree:
    """Mean calls by quarter of an hour; the spread of whole days beyond that of a Poisson process."""
    sums = [0.0] * QUARTERS
    totals = []
    for day in days:
        mine = [stay for stay in day.first_stays() if stay.queue_id == queue_id]
        totals.append(len(mine))
        for stay in mine:
            sums[day.quarter_of(stay.entered_at)] += 1 / len(days)
    tree = _stretch("profile", [round(one, 3) for one in sums])
    if len(days) >= _DAYS_FOR_SPREAD and fmean(totals) > 0:
        beyond = variance(totals) - fmean(totals)
        if beyond > 0:
            tree["day_cv"] = round(min(sqrt(beyond) / fmean(totals), 5.0), 4)
    return tree


def _stretch(name: str, values: Sequence[float]) -> Tree:
    """A profile without the empty hours around it."""
    busy = [place for place, value in enumerate(values) if value]
    first, last = (busy[0], busy[-1]) if busy else (0, 0)
    minutes = first * 15
    return {"starts_at": f"{minutes // 60:02}:{minutes % 60:02}", name: list(values[first : last + 1])}


def _transfers(stays: Sequence[Stay], names: Mapping[QueueId, str]) -> list[Tree]:
    talked = [stay for stay in stays if stay.handling is not None]
    onward = Counter(stay.onward.queue_id for stay in talked if stay.onward is not None)
    return [
        {"to": names[queue_id], "share": round(count / len(talked), 4)}
        for queue_id, count in sorted(onward.items())
        if queue_id in names
    ]


Levels = tuple[tuple[SkillId, int], ...]


Alike = tuple[Levels, PlanId]


def _groups(days: Sequence[RecordedDay], skills: Mapping[SkillId, str]) -> list[tuple[Alike, list[int]]]:
    """Agents with the same levels and the same plan of modes, and how many of them were at work by quarter of
    an hour."""
    plan_of = {
        agent_id: plan.plan_id for plan in days[-1].recording.plans.values() for agent_id in plan.agent_ids
    }
    levels_of = {
        agent_id: tuple(sorted((skill, level) for skill, level in profile.skills.items() if skill in skills))
        for agent_id, profile in _profiles(days[-1].recording).items()
    }
    time: dict[Alike, list[timedelta]] = {}
    for day in days:
        for agent_id, start, stop in _at_work(day):
            levels = levels_of.get(agent_id)
            if levels:
                alike = (levels, plan_of.get(agent_id, PlanId(0)))
                quarters = time.setdefault(alike, [timedelta()] * QUARTERS)
                for quarter in range(day.quarter_of(start), day.quarter_of(stop) + 1):
                    begun = day.start + quarter * QUARTER
                    quarters[quarter] += max(min(stop, begun + QUARTER) - max(start, begun), timedelta())
    groups = []
    for alike, quarters in sorted(time.items()):
        presence = [round(one / QUARTER / len(days)) for one in quarters]
        if any(presence):
            groups.append((alike, presence))
    return groups


def _profiles(recording: Recording) -> dict[AgentId, AgentProfile]:
    found: dict[AgentId, AgentProfile] = {}
    for change in recording.changes:
        if isinstance(change, ConfigureAgent):
            found[change.agent.agent_id] = change.agent
        elif isinstance(change, RemoveAgent):
            found.pop(change.agent_id, None)
    return found


def _at_work(day: RecordedDay) -> Iterator[tuple[AgentId, datetime, datetime]]:
    """Stretches within the day in which an agent was ready or handled what the system gave him."""
    since: dict[AgentId, datetime] = {}
    for presence in day.recording.presence:
        begun = since.pop(presence.agent_id, None)
        if begun is not None:
            yield from _within(day, presence.agent_id, begun, presence.at)
        if presence.availability is Availability.READY:
            since[presence.agent_id] = presence.at
    for agent_id, begun in since.items():
        yield from _within(day, agent_id, begun, day.end)


def _within(
    day: RecordedDay, agent_id: AgentId, start: datetime, stop: datetime
) -> Iterator[tuple[AgentId, datetime, datetime]]:
    start, stop = max(start, day.start), min(stop, day.end)
    if start < stop:
        yield agent_id, start, stop


def _fits(rules: QueueRules, levels: Levels) -> bool:
    has = dict(levels)
    return all(has.get(one.skill_id, 0) >= one.minimum for one in rules.skills)
