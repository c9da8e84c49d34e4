"""What if: scenarios of the twin read, kept and run. Nothing here touches a live call."""

import asyncio
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import Response

from otklik.access.rights import Right
from otklik.api import problems
from otklik.api.parts import Serves
from otklik.api.periods import zone_of
from otklik.api.route import Route
from otklik.api.schemas.base import Id
from otklik.api.schemas.scenarios import (
    KeptScenario,
    KeptScenarioTree,
    ListedRun,
    RunForm,
    Scenario,
    ScenarioForm,
    ScenarioRun,
    ScenarioText,
    ScenarioTree,
    StaffingRunForm,
)
from otklik.api.sign_in import Who, requires
from otklik.simulation.reading import Problem, ScenarioRefused, read, tree_of
from otklik.simulation.writing import write_text
from otklik.vocabulary.refusals import Invalid
from otklik.wfm import store
from otklik.wfm.children import Run
from otklik.wfm.correction import first_counts
from otklik.wfm.history import days_like
from otklik.wfm.reading import read_rules

router = APIRouter(prefix="/api/v1/planning", tags=["planning"], route_class=Route)

Plans = Annotated[Who, requires(Right.PLAN_WORK)]
Weekday = Annotated[int | None, Query(ge=0, le=6, description="0 is Monday")]
Weeks = Annotated[int, Query(ge=1, le=53)]

MOST_CALLS = 20_000_000
"""Of all scenarios and replications of a run."""
ROUNDS_AT_WORST = 20
KINDS: dict[str, Literal["what_if", "staffing"]] = {"simulate": "what_if", "staff": "staffing"}
STAFFING_RULES = ("target", "formula", "max_occupancy", "max_abandonment", "shrinkage")


@router.get("/scenarios/centre", response_model=Scenario)
async def learn_centre(
    _: Plans, parts: Serves, day: date | None = None, weekday: Weekday = None, weeks: Weeks = 6
) -> Any:
    """The real centre as a scenario: its configuration, and customers, talks and presence as a day, or a
    weekday's last weeks, show them."""
    async with parts.pool.acquire() as connection:
        zone = await zone_of(connection, parts.site_id)
    today = parts.clock.now().astimezone(zone).date()
    if day is not None and (day.year < 2000 or day > today):
        raise Invalid("date_in_the_future" if day > today else "range_too_long", "day")
    if day is None and weekday is None:
        raise Invalid("missing", "day")
    days = [day] if day is not None else days_like(weekday or 0, weeks=weeks, before=today)
    words = [word for one in days for word in ("--day", one.isoformat())]
    text = await parts.runs.learn(words)
    return Scenario(tree=tree_of(text), text=text)


@router.post("/scenarios/read", response_model=Scenario)
async def read_scenario(_: Plans, form: ScenarioText) -> Any:
    """A text as a tree; refused with every field that is wrong."""
    try:
        tree = tree_of(form.text)
        read(tree)
    except ScenarioRefused as refused:
        return _refusal(refused)
    return Scenario(tree=tree, text=form.text)


@router.post("/scenarios/write", response_model=Scenario)
async def write_scenario(_: Plans, form: ScenarioTree) -> Any:
    """A tree as the text that `otklik simulate` reads."""
    try:
        read(form.tree)
    except ScenarioRefused as refused:
        return _refusal(refused)
    return Scenario(tree=form.tree, text=write_text(form.tree))


# --- kept


@router.get("/scenarios", response_model=list[KeptScenario])
async def list_scenarios(_: Plans, parts: Serves) -> Any:
    """What is kept, the last changed first."""
    async with parts.pool.acquire() as connection:
        found = await store.list_scenarios(connection, site_id=parts.site_id)
    return [_listed(one) for one in found]


@router.get("/scenarios/{scenario_id}", response_model=KeptScenarioTree)
async def find_scenario(_: Plans, parts: Serves, scenario_id: Id) -> Any:
    """One with its content."""
    async with parts.pool.acquire() as connection:
        found = await store.find_scenario(connection, scenario_id, site_id=parts.site_id)
    return {**_listed(found), "tree": found.tree}


@router.post("/scenarios", response_model=KeptScenarioTree, status_code=201)
async def create_scenario(who: Plans, parts: Serves, form: ScenarioForm) -> Any:
    """Keep a new one; it must be able to run."""
    return await _save(who, parts, None, form)


@router.put("/scenarios/{scenario_id}", response_model=KeptScenarioTree)
async def change_scenario(who: Plans, parts: Serves, scenario_id: Id, form: ScenarioForm) -> Any:
    """Keep another content under the same id."""
    return await _save(who, parts, scenario_id, form)


@router.delete("/scenarios/{scenario_id}", status_code=204, response_class=Response)
async def remove_scenario(_: Plans, parts: Serves, scenario_id: Id) -> None:
    """Forget one."""
    async with parts.writing() as connection:
        await store.remove_scenario(connection, scenario_id, site_id=parts.site_id)


async def _save(who: Who, parts: Any, scenario_id: int | None, form: ScenarioForm) -> Any:
    try:
        read(form.tree)
    except ScenarioRefused as refused:
        return _refusal(refused)
    async with parts.writing() as connection:
        kept = await store.save_scenario(
            connection,
            site_id=parts.site_id,
            scenario_id=scenario_id,
            name=form.name,
            tree=form.tree,
            by=who.person_id,
            at=parts.clock.now(),
        )
    return {**_listed(kept), "tree": kept.tree}


def _listed(kept: store.KeptScenario) -> dict[str, Any]:
    return {
        "scenario_id": kept.scenario_id,
        "name": kept.name,
        "changed_by": kept.changed_by,
        "changed_at": kept.changed_at,
    }


# --- runs


@router.post("/runs", response_model=ScenarioRun, status_code=202)
async def begin_run(who: Plans, parts: Serves, form: RunForm) -> Any:
    """Begin to run; nothing begins when a scenario cannot run, or when all together would be too much."""
    trees = []
    found: list[Problem] = []
    calls = 0.0
    for number, one in enumerate(form.scenarios):
        tree = {
            **one.tree,
            "name": one.name,
            "seed": form.seed,
            "days": form.days,
            "replications": form.replications,
        }
        try:
            plan = read(tree)
            calls += plan.scenario.expected_calls() * plan.replications
            trees.append(tree)
        except ScenarioRefused as refused:
            found += [
                Problem(problem.code, f"scenarios[{number}].tree.{problem.place}", problem.facts)
                for problem in refused.problems
            ]
    if calls > MOST_CALLS:
        found.append(Problem("too_many_calls", "scenarios", {"value": round(calls), "high": MOST_CALLS}))
    if found:
        return _refusal(ScenarioRefused(found))
    run = parts.runs.begin(who.person_id, trees, of=form.replications * len(trees))
    return _told(run)


@router.post("/staffing/runs", response_model=ScenarioRun, status_code=202)
async def begin_staffing(who: Plans, parts: Serves, form: StaffingRunForm) -> Any:
    """Begin to look for the fewest agents of each kind: Erlang A first, then the twin corrects it, round by
    round. Looked at and ended as other runs are."""
    tree = {**form.tree, "name": form.name, "seed": form.seed, "replications": form.replications, "days": 1}
    try:
        plan = read(tree)
    except ScenarioRefused as refused:
        return _refusal(
            ScenarioRefused([Problem(one.code, f"tree.{one.place}", one.facts) for one in refused.problems])
        )
    calls = plan.scenario.expected_calls() * plan.replications * ROUNDS_AT_WORST
    if calls > MOST_CALLS:
        too_many = Problem("too_many_calls", "tree", {"value": round(calls), "high": MOST_CALLS})
        return _refusal(ScenarioRefused([too_many]))
    given = {name: getattr(form, name) for name in STAFFING_RULES}
    rules = read_rules({**given, "formula": form.formula or plan.scenario.formula})
    await asyncio.to_thread(first_counts, plan.scenario, rules)  # refuses a target that nobody can reach
    words = [f"--{name.replace('_', '-')}={getattr(rules, name)}" for name in STAFFING_RULES]
    words.append(f"--replications={form.replications}")
    run = parts.runs.begin(who.person_id, [tree], of=form.replications, command=["staff", *words])
    return _told(run)


@router.get("/runs", response_model=list[ListedRun])
async def list_runs(who: Plans, parts: Serves) -> Any:
    """One's own runs that the server still knows, the newest first: for a page that was reloaded."""
    return [
        ListedRun(run_id=run.run_id, kind=KINDS[run.kind], state=run.state.value, done=run.done, of=run.of)
        for run in parts.runs.list_of(who.person_id)
    ]


@router.get("/runs/{run_id}", response_model=ScenarioRun)
async def find_run(who: Plans, parts: Serves, run_id: Id) -> Any:
    """How far it is, and what came of it."""
    return _told(parts.runs.find(run_id, who.person_id))


@router.delete("/runs/{run_id}", response_model=ScenarioRun)
async def cancel_run(who: Plans, parts: Serves, run_id: Id) -> Any:
    """End it."""
    run = parts.runs.find(run_id, who.person_id)
    await parts.runs.cancel(run)
    return _told(run)


def _told(run: Run) -> ScenarioRun:
    return ScenarioRun(
        run_id=run.run_id,
        state=run.state.value,
        done=run.done,
        of=run.of,
        round=run.round,
        broken_promises=run.broken_promises,
        agent_hours=run.agent_hours,
        result=run.result,
    )


def _refusal(refused: ScenarioRefused) -> Response:
    """Everything that is wrong with it, field by field."""
    told = [
        {"place": problem.place, "code": problem.code, "facts": dict(problem.facts)}
        for problem in refused.problems
    ]
    return problems.answer(422, "scenario_refused", problems=told)
