"""The report of matters that were moved more than once."""

from collections import Counter
from typing import Annotated

from fastapi import APIRouter, Query

from otklik.access import store as people
from otklik.access.rights import Right
from otklik.api.parts import Serves
from otklik.api.periods import From, To, period_of
from otklik.api.route import Route
from otklik.api.schemas.moves import MoveCount, MovedRow, MoveReport, MoveWay
from otklik.api.sights import agents_in_sight
from otklik.api.sign_in import Who, requires
from otklik.organization import store as organization
from otklik.reports import service as reports
from otklik.vocabulary.ids import PersonId

router = APIRouter(prefix="/api/v1", tags=["reports"], route_class=Route)

AtLeast = Annotated[int, Query(ge=1, le=50)]
Limit = Annotated[int, Query(ge=1, le=500)]


@router.get("/reports/moves")
async def report_moves(
    who: Annotated[Who, requires(Right.VIEW_REPORTS)],
    parts: Serves,
    from_: From,
    to: To,
    at_least: AtLeast = 2,
    limit: Limit = 100,
) -> MoveReport:
    """How often matters were given from agent to agent, and those that were so often."""
    async with parts.reading() as connection:
        period = await period_of(connection, parts.site_id, from_, to)
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
            limit=limit,
        )
    ways = Counter(one._replace(interaction_id=0) for one in found.transfers)
    return MoveReport(
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
