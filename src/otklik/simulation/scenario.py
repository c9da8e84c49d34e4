"""What shall happen: queues with their customers, agents with their skills, a stretch of time."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from otklik.acd.model import QueueRules, SiteRules
from otklik.simulation.draws import Arrivals, Distribution, Fixed
from otklik.vocabulary.ids import SkillId


@dataclass(frozen=True, slots=True)
class QueueLoad:
    """A queue under its own rules, and who calls it.

    handling: how long the talk is. patience: how long a customer waits before he hangs up; None is for ever.
    """

    queue: QueueRules
    arrivals: Arrivals
    handling: Distribution
    patience: Distribution | None = None


@dataclass(frozen=True, slots=True)
class AgentGroup:
    """`count` agents with the same levels by skill, there all the time."""

    count: int
    skills: dict[SkillId, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One run. Arrivals end with `duration`; those who are there then are served. Customers who arrive before
    `warm_up` is over are not counted, nor is the agents' time before it and after `duration`.

    ring: how long an agent lets it ring. missed: share of offers that nobody takes; such an agent is back
    after `away`.
    """

    queues: tuple[QueueLoad, ...]
    agents: tuple[AgentGroup, ...]
    duration: timedelta
    warm_up: timedelta = timedelta()
    start: datetime = datetime(2026, 1, 5, tzinfo=UTC)
    ring: Distribution = field(default_factory=Fixed)
    missed: float = 0.0
    away: timedelta = timedelta(seconds=30)
    site: SiteRules = field(default_factory=SiteRules)
