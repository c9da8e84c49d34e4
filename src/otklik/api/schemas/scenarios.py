"""Scenarios of the twin: texts, trees, runs and what came of them."""

from typing import Annotated, Any, Literal

from pydantic import Field

from otklik.api.schemas.base import Facts, Id, Moment, Name, Schema

Tree = Annotated[dict[str, Any], Field(max_length=50)]
"""A scenario as people write it: the tables and fields of the TOML file that `otklik simulate` reads."""

Text = Annotated[str, Field(max_length=500_000)]


class ScenarioText(Schema):
    """A scenario as TOML."""

    text: Text


class ScenarioTree(Schema):
    """A scenario as a tree."""

    tree: Tree


class Scenario(Schema):
    """Both forms of one scenario."""

    tree: Tree
    text: str


class ScenarioForm(Schema):
    """A scenario to be kept."""

    name: Name
    tree: Tree


class KeptScenario(Schema):
    """A kept scenario in a list."""

    scenario_id: Id
    name: str
    changed_by: int
    changed_at: Moment


class KeptScenarioTree(KeptScenario):
    """A kept scenario with its content."""

    tree: Tree


class RunForm(Schema):
    """What to run: one scenario, or several that are compared with the first. All meet the same customers."""

    scenarios: Annotated[list[ScenarioForm], Field(min_length=1, max_length=5)]
    replications: Annotated[int, Field(ge=1, le=500)] = 20
    days: Annotated[int, Field(ge=1, le=31)] = 1
    seed: Annotated[int, Field(ge=0, le=2**53 - 1)] = 1


class StaffingRunForm(Schema):
    """A scenario to be staffed: fewest agents of each kind by quarter of an hour. Its groups say which kinds
    there are; threshold, short abandon and patience are those of its queues. null is the default."""

    name: Name
    tree: Tree
    target: float | None = None
    formula: Annotated[str, Field(max_length=100)] | None = None
    max_occupancy: float | None = None
    max_abandonment: float | None = None
    shrinkage: float | None = None
    replications: Annotated[int, Field(ge=2, le=200)] = 20
    seed: Annotated[int, Field(ge=0, le=2**53 - 1)] = 1


class ListedRun(Schema):
    """A run of the reader, without its result. kind: what began it."""

    run_id: Id
    kind: Literal["what_if", "staffing"]
    state: Literal["running", "done", "failed", "cancelled"]
    done: int
    of: int


class ScenarioRun(Schema):
    """A run. done, of: replications; where a day is staffed, those of a round. round, broken_promises,
    agent_hours: the last round that is done. result: when it is done, what `otklik simulate --json` writes
    for several scenarios, or `otklik staff --json` for one."""

    run_id: Id
    state: Literal["running", "done", "failed", "cancelled"]
    done: int
    of: int
    round: int = 0
    broken_promises: int | None = None
    agent_hours: float | None = None
    result: Facts | None = None
