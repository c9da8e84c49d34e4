"""What the desk lists: missed calls, one's own last calls, one's own numbers of the day."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from otklik.access import store as people
from otklik.access.rights import Right
from otklik.api.live_source import MISSED_DAYS
from otklik.api.parts import Serves
from otklik.api.periods import zone_of
from otklik.api.route import Route
from otklik.api.routes import interaction_forms as forms
from otklik.api.schemas.base import SmallId
from otklik.api.schemas.desk import MissedCall, OwnCall, OwnDay
from otklik.api.sights import shown_number
from otklik.api.sign_in import Agent, Who, requires
from otklik.crm import service as crm
from otklik.reports import measures
from otklik.reports import service as reports
from otklik.reports.service import InteractionFilter
from otklik.vocabulary.ids import PartyId, PersonId

router = APIRouter(prefix="/api/v1", tags=["desk"], route_class=Route)

OWN_DAYS = timedelta(days=7)
QueueIds = Annotated[list[SmallId] | None, Query(max_length=200)]
Limit = Annotated[int, Query(ge=1, le=500)]


@router.get("/missed")
async def list_missed(
    who: Annotated[Who, requires(Right.VIEW_MISSED)],
    parts: Serves,
    include_handled: bool = False,
    queue: QueueIds = None,
    limit: Limit = 200,
) -> list[MissedCall]:
    """Customers of the last week whom nobody answered, newest first; gone once somebody has talked with
    them."""
    async with parts.reading() as connection:
        rows, _ = await reports.list_missed(
            connection,
            site_id=parts.site_id,
            since=parts.clock.now() - MISSED_DAYS,
            queue_ids=queue,
            with_handled=include_handled,
            limit=limit,
        )
        names = await crm.names_of(connection, parts.site_id, [PartyId(row.customer_id) for row in rows])
        numbers = await forms.numbers_called(connection, parts.site_id)
        agents = await people.names_of(connection)
    return [
        MissedCall.model_validate(
            {
                "interaction_id": row.interaction_id,
                "number": shown_number(who, row.number),
                "customer_name": names.get(PartyId(row.customer_id), ""),
                "party_id": row.customer_id or None,
                "queue_id": row.queue_id or None,
                "number_called": numbers.get(row.number_id, ""),
                "arrived_at": row.started_at,
                "waited_seconds": row.wait.total_seconds(),
                "reason": row.outcome,
                "tries_since": max(0, row.calls - 1),
                "handled_by_interaction_id": row.handled_by or None,
                "handled_by_name": agents.get(PersonId(row.handled_by_agent or 0)),
                "handled_at": row.handled_at,
                "handled_direction": row.handled_direction,
                "attempt_outcome": row.attempt_outcome,
                "attempt_at": row.attempt_at,
                "attempt_by_name": agents.get(PersonId(row.attempt_agent or 0)),
            }
        )
        for row in rows
    ]


@router.get("/desk/calls")
async def desk_calls(agent: Agent, parts: Serves, limit: Limit = 50) -> list[OwnCall]:
    """One's own last calls, newest first."""
    at = parts.clock.now()
    async with parts.reading() as connection:
        page = await reports.list_interactions(
            connection,
            site_id=parts.site_id,
            filters=InteractionFilter(
                since=at - OWN_DAYS, until=at + timedelta(seconds=1), agent_ids=[agent.agent_id]
            ),
            limit=limit,
        )
        names = await forms.names_at(connection, parts.site_id)
        shown = await forms.rows_of(connection, parts.site_id, page.rows, agent, names)
    parties = {row.interaction_id: row.customer_id for row in page.rows}
    return [
        OwnCall(
            interaction_id=row.interaction_id,
            direction=row.direction,
            number=row.number,
            customer_name=row.customer_name,
            party_id=parties[row.interaction_id] or None,
            queue_id=row.queue_id,
            started_at=row.started_at,
            talk_seconds=row.talk_seconds or 0,
            disposition_id=row.disposition_id,
            outcome=row.outcome,
        )
        for row in shown
    ]


@router.get("/desk/day")
async def desk_day(agent: Agent, parts: Serves) -> OwnDay:
    """One's own numbers of the day."""
    async with parts.pool.acquire() as connection:
        found = await reports.agents_today(
            connection,
            site_id=parts.site_id,
            zone=await zone_of(connection, parts.site_id),
            as_of=parts.clock.now(),
            agent_ids=[agent.agent_id],
        )
    row = found.get(int(agent.agent_id))
    empty = measures.AgentFacts()
    values = row.values if row else measures.compute_all(measures.AGENT_MEASURES, empty)
    return OwnDay.model_validate({name: values[name] for name in OwnDay.model_fields})
