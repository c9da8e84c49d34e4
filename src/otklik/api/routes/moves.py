"""The report of matters that were moved more than once."""

from collections import Counter
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from starlette.responses import Response

from otklik.access import store as people
from otklik.api import sheet
from otklik.api.periods import period_of
from otklik.api.route import Route
from otklik.api.routes.asked import Asked, AskedReport
from otklik.api.schemas.moves import MoveCount, MovedRow, MoveReport, MoveWay
from otklik.api.sights import agents_in_sight
from otklik.organization import store as organization
from otklik.reports import service as reports
from otklik.vocabulary.ids import PersonId

router = APIRouter(prefix="/api/v1", tags=["reports"], route_class=Route)

AtLeast = Annotated[int, Query(ge=1, le=50)]
MOST = 500
Limit = Annotated[int, Query(ge=1, le=MOST)]
WAY_COLUMNS = ("way", "agent", "queue", "to_agent", "to_queue", "moves")
MOVED_COLUMNS = (
    "started_at", "moves", "talked", "queues", "wait_seconds", "talk_seconds", "held_seconds",
    "interaction_id",
)  # fmt: skip


@router.get("/reports/moves", response_model=MoveReport)
async def report_moves(
    asked: AskedReport,
    at_least: AtLeast = 2,
    limit: Limit = 100,
    table: Annotated[Literal["list", "ways"], Query(description="which table a file holds")] = "list",
) -> Any:
    """How often matters were given from agent to agent, and those that were so often."""
    who, parts = asked.who, asked.parts
    async with parts.reading() as connection:
        period = await period_of(connection, parts.site_id, asked.first, asked.end)
        sight = await agents_in_sight(connection, parts.site_id, who)
        agents = await people.names_of(connection)
        queues = await organization.names_of(connection, "queue", site_id=parts.site_id)
        found = await reports.moved_matters(
            connection,
            site_id=parts.site_id,
            since=period.since,
            until=period.until,
            agents_sight=sight,
            at_least=at_least,
            limit=MOST if asked.is_file else limit,
        )
    ways = Counter(one._replace(interaction_id=0) for one in found.transfers)
    report = MoveReport(
        ways=[
            MoveWay(
                way=one.way.value,
                from_agent=agents.get(PersonId(one.from_agent_id), ""),
                from_queue=queues.get(one.from_queue_id, ""),
                to_agent=agents.get(PersonId(one.to_agent_id), ""),
                to_queue=queues.get(one.to_queue_id, ""),
                moves=count,
            )
            for one, count in ways.most_common()
        ],
        counts=[MoveCount(moves=moves, matters=count) for moves, count in sorted(found.by_moves.items())],
        rows=[
            MovedRow(
                interaction_id=one.interaction_id,
                started_at=one.started_at,
                moves=one.moves,
                agents=[agents.get(PersonId(agent_id), "") for agent_id in one.agent_ids],
                queues=[queues.get(queue_id, "") for queue_id in one.queue_ids],
                wait_seconds=one.wait.total_seconds(),
                talk_seconds=one.talk.total_seconds(),
                hold_seconds=one.hold.total_seconds(),
                outcome=one.outcome or "",
            )
            for one in found.matters
        ],
    )
    return await _file(asked, report, table, period.zone) if asked.is_file else report


async def _file(asked: Asked, report: MoveReport, table: str, zone: ZoneInfo) -> Response:
    words = sheet.titles(asked.locale) if asked.locale else {}
    lines: list[dict[str, object]]
    if table == "ways":
        lines = [
            {
                **row.model_dump(),
                "way": words.get(f"way_{row.way}", row.way),
                "agent": row.from_agent,
                "queue": row.from_queue,
            }
            for row in report.ways
        ]
    else:
        lines = [
            {
                **row.model_dump(),
                "talked": " \u2192 ".join(row.agents),
                "queues": ", ".join(dict.fromkeys(one for one in row.queues if one)),
                "held_seconds": row.hold_seconds,
                "interaction_id": str(row.interaction_id),
            }
            for row in report.rows
        ]
    return await asked.file(
        "moves_ways" if table == "ways" else "moves",
        WAY_COLUMNS if table == "ways" else MOVED_COLUMNS,
        lines,
        zone=zone,
        as_of=asked.parts.clock.now(),
        measures=None,
    )
