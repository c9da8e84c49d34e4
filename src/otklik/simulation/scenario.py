"""What shall happen: queues with their customers, agents with their skills and shifts, a stretch of time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from otklik.acd.model import ModePlan, QueueRules, SiteRules
from otklik.simulation.draws import Arrivals, Distribution, Fixed
from otklik.vocabulary.ids import PlanId, QueueId, SkillId

NO_PLAN = PlanId(0)
DEFAULT_FORMULA = "answered_in_time/offered_without_short_abandons"


@dataclass(frozen=True, slots=True)
class Onward:
    """After a talk in a queue this share of its customers goes on to another one (a blind transfer)."""

    to: QueueId
    share: float


@dataclass(frozen=True, slots=True)
class Redialing:
    """Customers who found no line or gave up: this share calls again, after `pause`."""

    share: float
    pause: Distribution


@dataclass(frozen=True, slots=True)
class CalledBack:
    """How customers take an offer to be called back: the share who accept it, and of each attempt the share
    that reaches them after `dialing`. The queue's rules say when it is offered."""

    accept: float
    reached: float
    dialing: Distribution


@dataclass(frozen=True, slots=True)
class SentOutside:
    """This share of those who call is sent outside by the call flow before the queue: after `dialing` the
    share `reached` of them is reached and talks there for `talk`, keeping a line; the others go to the
    queue."""

    share: float
    talk: Distribution
    dialing: Distribution
    reached: float = 1.0


@dataclass(frozen=True, slots=True)
class QueueLoad:
    """A queue under its own rules, and who calls it.

    handling: how long the talk is. patience: how long a customer waits before he hangs up; None is for ever.
    ring: how long an agent lets it ring; None is the scenario's. wrap_up: how long an agent takes for it;
    None is as long as the queue's rules give. preferring: share of customers who wait for one certain agent
    first. outside: who is sent to a number outside instead of the queue.
    """

    queue: QueueRules
    arrivals: Arrivals
    handling: Distribution
    patience: Distribution | None = None
    ring: Distribution | None = None
    wrap_up: Distribution | None = None
    onward: tuple[Onward, ...] = ()
    redialing: Redialing | None = None
    called_back: CalledBack | None = None
    preferring: float = 0.0
    outside: SentOutside | None = None

    @property
    def name(self) -> str:
        """What its streams are named by: another queue shifts none of its draws."""
        return self.queue.name or str(self.queue.queue_id)


@dataclass(frozen=True, slots=True)
class Break:
    """A break: begins when the agent is free at or after `at` (since midnight), and then has its whole
    `length`. spread: the breaks of a group begin evenly within so long after `at`."""

    at: timedelta
    length: timedelta
    spread: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Shift:
    """Presence on each day from `start` to `end`, since midnight; an `end` beyond 24 h is the next day. A
    talk at the end is finished."""

    start: timedelta
    end: timedelta
    breaks: tuple[Break, ...] = ()


@dataclass(frozen=True, slots=True)
class AgentGroup:
    """`count` agents with the same levels by skill. Without shifts they are there all the time.

    absence: share who do not come, drawn for each agent and day. handle_factor: their talks are so many times
    as long; handle_factors: in one queue. missed: share of offers that they let pass, None is the scenario's.
    plan: which plan of modes they follow, 0 none.
    """

    count: int
    skills: dict[SkillId, int] = field(default_factory=dict)
    name: str = ""
    shifts: tuple[Shift, ...] = ()
    absence: float = 0.0
    handle_factor: float = 1.0
    handle_factors: Mapping[QueueId, float] = field(default_factory=dict)
    missed: float | None = None
    plan: PlanId = NO_PLAN


@dataclass(frozen=True, slots=True)
class Scenario:
    """One run. Arrivals end with `duration`; those who are there then are served. Customers who arrive before
    `warm_up` is over are not counted, nor is the agents' time before it and after `duration`.

    start: midnight of the first day. ring: how long an agent lets it ring. missed: share of offers that
    nobody takes; such an agent is back after `away`. lines: how many customers can be there at once; one more
    hears the busy tone (0 is without limit). formula: name of the service level, of measures. plans: of
    modes; their agents are those of the groups.
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
    lines: int = 0
    formula: str = DEFAULT_FORMULA
    name: str = ""
    plans: tuple[ModePlan, ...] = ()

    def expected_calls(self) -> float:
        """Calls to expect in one run, those who call again not counted."""
        return sum(load.arrivals.expected(self.duration) for load in self.queues)
