"""Planning: the queueing formulas, a day's load of the centre's history, agents for it."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

from otklik.access.rights import Right
from otklik.api.parts import Serves
from otklik.api.periods import zone_of
from otklik.api.route import Route
from otklik.api.schemas.base import SmallId
from otklik.api.schemas.planning import (
    DayLoad,
    ErlangAnswer,
    ErlangFigures,
    ErlangPoint,
    LoadInterval,
    Staffing,
    StaffingForm,
    StaffingTotals,
)
from otklik.api.sign_in import Who, requires
from otklik.simulation.erlang import calculator
from otklik.vocabulary.refusals import Invalid
from otklik.wfm.history import days_like, history
from otklik.wfm.model import clock
from otklik.wfm.reading import profile_of, read_rules
from otklik.wfm.staffing import requirements, totals

router = APIRouter(prefix="/api/v1/planning", tags=["planning"], route_class=Route)

Plans = Annotated[Who, requires(Right.PLAN_WORK)]
QueueIds = Annotated[list[SmallId] | None, Query(max_length=200)]
Weekday = Annotated[int, Query(ge=0, le=6, description="0 is Monday")]
Weeks = Annotated[int, Query(ge=1, le=53)]

POINTS_BELOW, POINTS_ABOVE = 8, 12
MOST_LINES = 10_000
MOST_AGENTS = 1_000_000


@router.get("/erlang", response_model=ErlangAnswer)
def ask_erlang(  # noqa: PLR0913, the options of a question
    _: Plans,
    model: Literal["b", "c", "a", "x"],
    calls: float,
    aht: float,
    interval: float = 1800.0,
    threshold: float = 20.0,
    agents: float | None = None,
    patience: float | None = None,
    lines: float | None = None,
    redial: float | None = None,
    service_cv: float | None = None,
    short_abandon: float | None = None,
    target: float | None = None,
    max_occupancy: float | None = None,
    max_abandonment: float | None = None,
) -> Any:
    """Ask a queueing formula: b nobody waits, c all wait, a customers give up, x few lines. Seconds and
    shares; `agents`, or `target` for the fewest."""
    if lines is not None and lines > MOST_LINES:
        raise Invalid("too_large", "lines", most=MOST_LINES)
    if agents is not None and agents > MOST_AGENTS:
        raise Invalid("too_large", "agents", most=MOST_AGENTS)
    given = {
        "model": model,
        "calls": calls,
        "aht": aht,
        "interval": interval,
        "threshold": threshold,
        "agents": agents,
        "patience": patience,
        "lines": lines,
        "redial": redial,
        "service_cv": service_cv,
        "short_abandon": short_abandon,
        "target": target,
        "max_occupancy": max_occupancy,
        "max_abandonment": max_abandonment,
    }
    question = calculator.read_question(given)
    found = calculator.answer(question)
    curve = calculator.around(question, found.agents, below=POINTS_BELOW, above=POINTS_ABOVE)
    return ErlangAnswer(
        agents=found.agents,
        is_overload=found.is_overload,
        figures=ErlangFigures.model_validate(found.figures),
        curve=[ErlangPoint.model_validate({"agents": one.agents, **one.figures}) for one in curve],
    )


@router.get("/history", response_model=DayLoad)
async def load_history(
    _: Plans,
    parts: Serves,
    day: date | None = None,
    weekday: Weekday = 0,
    weeks: Weeks = 6,
    queue: QueueIds = None,
) -> Any:
    """A day's load as it happened, or the mean of a weekday's last weeks: quarters of an hour."""
    async with parts.pool.acquire() as connection:
        zone = await zone_of(connection, parts.site_id)
        today = parts.clock.now().astimezone(zone).date()
        if day is not None and (day.year < 2000 or day > today):
            raise Invalid("date_in_the_future" if day > today else "range_too_long", "day")
        days = [day] if day is not None else days_like(weekday, weeks=weeks, before=today)
        found = await history(connection, site_id=parts.site_id, zone=zone, days=days, queue_ids=queue)
    return DayLoad(
        days=found.days,
        patience_seconds=found.patience,
        intervals=[
            LoadInterval.model_validate(
                {"from": clock(one.start), "to": clock(one.end), "calls": one.calls, "aht_seconds": one.aht}
            )
            for one in found.profile
        ],
    )


@router.post("/staffing", response_model=Staffing)
def staff_day(_: Plans, form: StaffingForm) -> Any:
    """Fewest agents for each interval by Erlang A; nothing is kept."""
    given = form.model_dump(exclude={"intervals"})
    rules = read_rules(given)
    profile = profile_of([one.model_dump(by_alias=True) for one in form.intervals])
    found = requirements(profile, rules)
    return {"intervals": [one.row() for one in found], "totals": StaffingTotals.model_validate(totals(found))}
