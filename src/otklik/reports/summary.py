"""A period on one page: what came, how it was answered, against the period before and the target, and what
stood out. Pure.

What stood out is told by code and facts; who shows it puts it into words. Facts are named by their unit: a
`_share` is a fraction, `_seconds` are seconds, `at` is the moment in which an hour or a day begins.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum

from otklik.reports import measures
from otklik.reports.measures import AgentFacts, QueueFacts

Fact = str | int | float | datetime
FEWEST = 10
"""So many, or such a difference, before a change is worth a word: two calls of three are 67 %."""
CHANGED = 0.10
LONGER_SECONDS = 5.0
TOO_BUSY = 0.85
"""Planning guides name 80-85 % as usual, and 85-90 % as what wears people out."""
POINTS = 0.005
MOST_MISSED = 0.05


class Tone(StrEnum):
    OK = "ok"
    WARN = "warn"
    BAD = "bad"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that stood out."""

    code: str
    tone: Tone
    facts: Mapping[str, Fact]


@dataclass(frozen=True, slots=True)
class Number:
    """value, before: of the measure `name`; target: of a service level that all queues share."""

    name: str
    value: float | int | None
    before: float | int | None
    tone: Tone = Tone.PLAIN
    target: float | None = None


@dataclass(frozen=True, slots=True)
class OfQueue:
    """A queue over the whole period."""

    queue_id: int
    queue: str
    facts: QueueFacts
    target: float | None


@dataclass(frozen=True, slots=True)
class Part:
    """An hour of a day, or a day of a week or month."""

    start: datetime
    facts: QueueFacts


@dataclass(frozen=True, slots=True)
class Seen:
    """What the page is made of. agents: None where the one who asks does not see everybody's work.
    levels_joined: service levels of different definitions are joined."""

    now: QueueFacts
    before: QueueFacts
    queues: Sequence[OfQueue]
    parts: Sequence[Part]
    agents: AgentFacts | None = None
    agents_before: AgentFacts | None = None
    is_over: bool = True
    levels_joined: bool = False


def add(facts: Sequence[QueueFacts]) -> QueueFacts:
    """Sums; the longest wait is the longest of all, and a percentile is none's sum."""
    summed = {
        one.name: sum(getattr(each, one.name) for each in facts)
        for one in fields(QueueFacts)
        if one.name not in ("max_wait_ms", "p90_wait_ms")
    }
    return QueueFacts(**summed, max_wait_ms=max((each.max_wait_ms for each in facts), default=0))


def common_target(queues: Sequence[OfQueue]) -> float | None:
    """The target that all queues with traffic share."""
    targets = {one.target for one in queues if one.facts.offered}
    return targets.pop() if len(targets) == 1 else None


def numbers_of(seen: Seen) -> list[Number]:
    """The numbers of the page, in their order."""
    target = common_target(seen.queues)
    level = measures.SERVICE_LEVEL(seen.now)
    found = [
        Number("offered", seen.now.offered, seen.before.offered),
        Number("answered", seen.now.answered, seen.before.answered),
        Number("abandoned", seen.now.abandoned, seen.before.abandoned),
        Number(
            "service_level",
            level,
            measures.SERVICE_LEVEL(seen.before),
            tone=_against(level, target),
            target=target,
        ),
        *(
            Number(one.name, one(seen.now), one(seen.before))
            for one in (measures.ABANDONMENT_RATE, measures.AVERAGE_WAIT, measures.AHT)
        ),
    ]
    if seen.agents is not None and seen.agents_before is not None:
        found.append(
            Number("occupancy", measures.OCCUPANCY(seen.agents), measures.OCCUPANCY(seen.agents_before))
        )
    return found


def _against(level: float | int | None, target: float | None) -> Tone:
    if level is None or target is None:
        return Tone.PLAIN
    return Tone.OK if level >= target else Tone.WARN if level >= target - 0.1 else Tone.BAD


def told_of(seen: Seen) -> list[Told]:
    """What stood out, the most important first. Nothing came: one sentence and no other."""
    if not seen.now.offered:
        return [Told("nothing_came", Tone.PLAIN, {}), *_unfinished(seen)]
    return [
        *_level(seen),
        *_joined(seen),
        *_came(seen),
        *_worst_queue(seen),
        *_lost(seen),
        *_waits(seen),
        *_peak(seen),
        *_handling(seen),
        *_agents(seen),
        *_unfinished(seen),
    ]


def _unfinished(seen: Seen) -> list[Told]:
    return [] if seen.is_over else [Told("unfinished", Tone.PLAIN, {})]


def _level(seen: Seen) -> list[Told]:
    with_target = [one for one in seen.queues if one.facts.offered and one.target is not None]
    target = common_target(seen.queues)
    level = measures.SERVICE_LEVEL(seen.now)
    if target is not None and level is not None:
        code = "target_met" if level >= target else "target_missed"
        return [Told(code, _against(level, target), {"level_share": level, "target_share": target})]
    met = [one for one in with_target if _is_met(one)]
    if not with_target:
        return []
    tone = Tone.OK if len(met) == len(with_target) else Tone.WARN
    return [Told("targets_met", tone, {"met": len(met), "queues": len(with_target)})]


def _joined(seen: Seen) -> list[Told]:
    """Different definitions of the service level are in the sums."""
    return [Told("levels_joined", Tone.PLAIN, {})] if seen.levels_joined else []


def _is_met(one: OfQueue) -> bool:
    level = measures.SERVICE_LEVEL(one.facts)
    return level is None or one.target is None or level >= one.target


def _came(seen: Seen) -> list[Told]:
    now, before = seen.now.offered, seen.before.offered
    if not before:
        return [Told("nothing_before", Tone.PLAIN, {})]
    change = now / before - 1
    if abs(now - before) < FEWEST or abs(change) < CHANGED:
        return [Told("as_many_came", Tone.PLAIN, {"now": now, "before": before})]
    code = "more_came" if change > 0 else "fewer_came"
    return [Told(code, Tone.PLAIN, {"now": now, "before": before, "change_share": abs(change)})]


def _worst_queue(seen: Seen) -> list[Told]:
    """The queue that lacks most answers in time for its target: a large one a little below weighs more than
    a tiny one at zero."""
    if len([one for one in seen.queues if one.facts.offered]) < 2:
        return []
    lacking = [
        ((one.target - level) * one.facts.offered, one, level)
        for one in seen.queues
        if one.target is not None
        and (level := measures.SERVICE_LEVEL(one.facts)) is not None
        and level < one.target - POINTS
    ]
    if not lacking:
        return []
    _, worst, level = max(lacking, key=lambda one: (one[0], one[1].queue_id))
    facts: dict[str, Fact] = {
        "queue": worst.queue,
        "level_share": level,
        "target_share": worst.target or 0.0,
        "offered": worst.facts.offered,
    }
    return [Told("worst_queue", _against(level, worst.target), facts)]


def _lost(seen: Seen) -> list[Told]:
    lost = seen.now.abandoned
    if not lost:
        return [Told("nobody_lost", Tone.OK, {})]
    worst = max(seen.parts, key=lambda part: (part.facts.abandoned, part.start), default=None)
    facts: dict[str, Fact] = {"lost": lost, "lost_share": lost / seen.now.offered}
    tone = Tone.WARN if lost / seen.now.offered >= MOST_MISSED else Tone.PLAIN
    if worst is None or len(seen.parts) < 2 or worst.facts.abandoned < 2:
        return [Told("lost", tone, facts)]
    return [Told("lost_most_at", tone, {**facts, "at": worst.start, "most": worst.facts.abandoned})]


def _waits(seen: Seen) -> list[Told]:
    now, before = measures.AVERAGE_WAIT(seen.now), measures.AVERAGE_WAIT(seen.before)
    if now is None or before is None or seen.now.answered < FEWEST or seen.before.answered < FEWEST:
        return []
    if abs(now - before) < LONGER_SECONDS or abs(now - before) < CHANGED * before:
        return []
    facts: dict[str, Fact] = {"now_seconds": now, "before_seconds": before}
    longer = now > before
    return [Told("waits_longer" if longer else "waits_shorter", Tone.WARN if longer else Tone.OK, facts)]


def _peak(seen: Seen) -> list[Told]:
    with_traffic = [part for part in seen.parts if part.facts.offered]
    if len(with_traffic) < 2:
        return []
    peak = max(with_traffic, key=lambda part: (part.facts.offered, -part.start.timestamp()))
    facts: dict[str, Fact] = {"at": peak.start, "offered": peak.facts.offered}
    level = measures.SERVICE_LEVEL(peak.facts)
    if level is None:
        return [Told("peak", Tone.PLAIN, facts)]
    return [Told("peak_level", Tone.PLAIN, {**facts, "level_share": level})]


def _handling(seen: Seen) -> list[Told]:
    now, before = measures.AHT(seen.now), measures.AHT(seen.before)
    if now is None or before is None or min(seen.now.handled, seen.before.handled) < FEWEST:
        return []
    if abs(now - before) < CHANGED * before:
        return []
    code = "handling_longer" if now > before else "handling_shorter"
    return [Told(code, Tone.PLAIN, {"now_seconds": now, "before_seconds": before})]


def _agents(seen: Seen) -> list[Told]:
    if seen.agents is None:
        return []
    found = []
    occupancy = measures.OCCUPANCY(seen.agents)
    if occupancy is not None and occupancy > TOO_BUSY and seen.agents.handled >= FEWEST:
        found.append(Told("too_busy", Tone.WARN, {"occupancy_share": occupancy, "limit_share": TOO_BUSY}))
    missed = seen.agents.missed_offers
    if missed >= 2 and missed > MOST_MISSED * (missed + seen.agents.handled):
        found.append(Told("offers_missed", Tone.WARN, {"missed": missed}))
    return found
