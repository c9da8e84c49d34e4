"""Scenarios that planners keep. The only SQL of this room."""

from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from otklik.vocabulary.ids import PersonId, SiteId
from otklik.vocabulary.messages import Value
from otklik.vocabulary.refusals import NotFound, Refused

_COLUMNS = "scenario_id, name, changed_by, changed_at"


class KeptScenario(Value):
    """A scenario with its name. tree: as people write it, empty in lists."""

    scenario_id: int
    name: str
    changed_by: PersonId
    changed_at: datetime
    tree: dict[str, Any] = msgspec.field(default_factory=dict)


def _kept(row: Any, tree: dict[str, Any] | None = None) -> KeptScenario:
    return KeptScenario(
        scenario_id=row["scenario_id"],
        name=row["name"],
        changed_by=PersonId(row["changed_by"]),
        changed_at=row["changed_at"],
        tree=tree or {},
    )


async def list_scenarios(connection: Any, *, site_id: SiteId) -> list[KeptScenario]:
    """All, the last changed first."""
    rows = await connection.fetch(
        f"select {_COLUMNS} from planning_scenario where site_id = $1 order by changed_at desc, scenario_id",
        site_id,
    )
    return [_kept(row) for row in rows]


async def find_scenario(connection: Any, scenario_id: int, *, site_id: SiteId) -> KeptScenario:
    """One with its tree. Refuses `unknown_scenario`."""
    row = await connection.fetchrow(
        f"select {_COLUMNS}, tree::text as tree from planning_scenario"
        " where site_id = $1 and scenario_id = $2",
        site_id,
        scenario_id,
    )
    if row is None:
        raise NotFound("unknown_scenario", scenario_id=scenario_id)
    return _kept(row, msgspec.json.decode(row["tree"]))


async def save_scenario(
    connection: Any,
    *,
    site_id: SiteId,
    scenario_id: int | None,
    name: str,
    tree: dict[str, Any],
    by: PersonId,
    at: datetime,
) -> KeptScenario:
    """A new one, or another content of an old one. Refuses `unknown_scenario`, `name_taken`."""
    told = msgspec.json.encode(tree).decode()
    try:
        if scenario_id is None:
            row = await connection.fetchrow(
                "insert into planning_scenario (site_id, name, tree, changed_by, changed_at)"
                f" values ($1, $2, $3::text::jsonb, $4, $5) returning {_COLUMNS}",
                site_id,
                name,
                told,
                by,
                at,
            )
        else:
            row = await connection.fetchrow(
                "update planning_scenario set name = $3, tree = $4::text::jsonb, changed_by = $5,"
                f" changed_at = $6 where site_id = $1 and scenario_id = $2 returning {_COLUMNS}",
                site_id,
                scenario_id,
                name,
                told,
                by,
                at,
            )
    except asyncpg.UniqueViolationError:
        raise Refused("name_taken", name=name) from None
    if row is None:
        raise NotFound("unknown_scenario", scenario_id=scenario_id)
    return _kept(row, tree)


async def remove_scenario(connection: Any, scenario_id: int, *, site_id: SiteId) -> None:
    """Refuses `unknown_scenario`."""
    removed = await connection.fetchval(
        "delete from planning_scenario where site_id = $1 and scenario_id = $2 returning 1",
        site_id,
        scenario_id,
    )
    if not removed:
        raise NotFound("unknown_scenario", scenario_id=scenario_id)
