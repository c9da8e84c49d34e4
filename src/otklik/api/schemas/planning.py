"""Questions to the queueing formulas, and a day's staffing."""

from pydantic import Field

from otklik.api.schemas.base import Schema


class ErlangFigures(Schema):
    """What a formula says. Shares are fractions 0-1; null where a queue grows for ever."""

    load_erlangs: float
    occupancy: float
    probability_of_waiting: float
    service_level: float
    service_level_of_answered: float
    service_level_without_short_abandons: float
    service_level_counting_short_abandons: float
    average_wait_seconds: float | None
    average_speed_of_answer_seconds: float | None
    mean_queue_length: float | None
    abandonment_rate: float
    blocking_probability: float


class ErlangPoint(ErlangFigures):
    """The same queue with another number of agents."""

    agents: float


class ErlangAnswer(Schema):
    """agents: as asked, or the fewest that reach the target. is_overload: more calls than the agents can ever
    handle. curve: the same with fewer and more agents."""

    agents: float
    is_overload: bool
    figures: ErlangFigures
    curve: list[ErlangPoint]


class LoadInterval(Schema):
    """Load of an interval. Times of the day as 09:30; the end of a day is 24:00."""

    from_: str = Field(alias="from", max_length=5)
    to: str = Field(max_length=5)
    calls: float
    aht_seconds: float


class DayLoad(Schema):
    """A day's load of the centre's history. days: how many it is the mean of. patience_seconds: as far as the
    abandons tell, else null."""

    days: int
    patience_seconds: float | None
    intervals: list[LoadInterval]


class StaffingForm(Schema):
    """What is to be staffed, and by which rules; null is the default."""

    intervals: list[LoadInterval] = Field(max_length=288)
    target: float | None = None
    threshold: float | None = None
    formula: str | None = Field(default=None, max_length=100)
    short_abandon: float | None = None
    patience: float | None = None
    max_occupancy: float | None = None
    max_abandonment: float | None = None
    shrinkage: float | None = None
    is_lagged: bool = True


class StaffedInterval(LoadInterval):
    """agents: at work; agents_gross: to be paid for. The figures are null without calls."""

    load_erlangs: float
    agents: int
    agents_gross: int
    service_level: float | None
    occupancy: float | None
    abandonment_rate: float | None


class StaffingTotals(Schema):
    calls: float
    most_agents: int
    agent_hours: float
    agent_hours_gross: float


class Staffing(Schema):
    """Fewest agents by interval, and the day in sum."""

    intervals: list[StaffedInterval]
    totals: StaffingTotals
