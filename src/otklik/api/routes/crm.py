"""Customers by the number they call from, and outcomes of interactions."""

from typing import Annotated, Any

from fastapi import APIRouter

from otklik.access import store as people
from otklik.access.rights import Right
from otklik.api import store
from otklik.api.parts import Parts, Serves
from otklik.api.route import Route
from otklik.api.routes.feedback_forms import nps_of
from otklik.api.schemas.base import LongId
from otklik.api.schemas.customers import Customer, CustomerCall, CustomerChange, CustomerSave
from otklik.api.schemas.desk import OutcomeRequest, OutcomeSaved
from otklik.api.sights import agents_in_sight, shown_number
from otklik.api.sign_in import Who, requires
from otklik.crm import model
from otklik.crm import service as crm
from otklik.organization import store as organization
from otklik.reports import service as reports
from otklik.vocabulary.ids import DispositionId, InteractionId, PartyId, PersonId
from otklik.vocabulary.refusals import Forbidden, Invalid, NotFound

router = APIRouter(prefix="/api/v1", tags=["crm"], route_class=Route)

EARLIER = 20
MOST_NUMBERS = 10


@router.put("/interactions/{interaction_id}/outcome")
async def save_outcome(
    who: Annotated[Who, requires(Right.TAKE_CALLS, Right.EDIT_OUTCOMES)],
    parts: Serves,
    interaction_id: LongId,
    body: OutcomeRequest,
) -> OutcomeSaved:
    """The disposition and the note. Its agent may write during the talk, in wrap-up and until he handles
    another one; whoever may edit outcomes, at any time."""
    async with parts.writing() as connection:
        await _may_write(connection, parts, who, InteractionId(interaction_id))
        if body.disposition_id is not None:
            known = await organization.list_dispositions(connection, site_id=parts.site_id)
            if body.disposition_id not in {disposition.disposition_id for disposition in known}:
                raise Invalid("unknown_disposition", "disposition_id")
        saved = await crm.save_outcome(
            connection,
            parts.site_id,
            model.Outcome(
                interaction_id=InteractionId(interaction_id),
                disposition_id=DispositionId(body.disposition_id or 0),
                note=body.note,
                saved_at=parts.clock.now(),
                saved_by=who.person_id,
            ),
        )
    parts.source.note_outcome(InteractionId(interaction_id))
    return OutcomeSaved(saved_at=saved.saved_at)


async def _may_write(connection: Any, parts: Parts, who: Who, interaction_id: InteractionId) -> None:
    """Refuses an interaction that is not there, not in sight, or not his own."""
    took_part = await store.agents_of_interaction(connection, parts.site_id, interaction_id)
    if took_part is None:
        raise NotFound("unknown_interaction", interaction_id=str(interaction_id))
    if who.may(Right.EDIT_OUTCOMES):
        sight = await agents_in_sight(connection, parts.site_id, who)
        if sight is None or not took_part or not took_part.isdisjoint(sight):
            return
    if who.agent_id not in took_part:
        raise Forbidden("not_your_interaction", interaction_id=str(interaction_id))


@router.get("/customers/by-party/{party_id}")
async def find_customer(
    who: Annotated[Who, requires(Right.VIEW_CUSTOMERS)],
    parts: Serves,
    party_id: LongId,
    interaction_id: LongId = 0,
) -> Customer:
    """The card of whoever calls from this number, and what was talked about before. interaction_id: who was
    known in it by what he typed is the customer then, whatever telephone he called from."""
    async with parts.reading() as connection:
        known = None
        if interaction_id:
            known = await crm.find_identified(connection, parts.site_id, InteractionId(interaction_id))
        found = known or await crm.find_customer(connection, parts.site_id, PartyId(party_id))
        shown = await _shown(connection, parts, who, found)
    return shown.model_copy(update={"is_identified": known is not None})


@router.put("/customers/by-party/{party_id}")
async def save_customer(
    who: Annotated[Who, requires(Right.EDIT_CUSTOMERS)],
    parts: Serves,
    party_id: LongId,
    body: CustomerSave,
    interaction_id: LongId = 0,
) -> Customer:
    """Write the card that `find_customer` shows; the first save makes it."""
    card = model.Card(
        name=body.name,
        company=body.company,
        note=body.note,
        customer_class=(body.customer_class or "").strip(),
    )
    at, keeps_class = parts.clock.now(), body.customer_class is None
    async with parts.writing() as connection:
        known = None
        if interaction_id:
            who_typed = InteractionId(interaction_id)
            known = await crm.save_identified(
                connection, parts.site_id, who_typed, card, by=who.person_id, at=at, keeps_class=keeps_class
            )
        saved = known or await crm.save_customer(
            connection,
            parts.site_id,
            PartyId(party_id),
            card,
            by=who.person_id,
            at=at,
            keeps_class=keeps_class,
        )
        shown = await _shown(connection, parts, who, saved)
        shown = shown.model_copy(update={"is_identified": known is not None})
    for one in saved.party_ids:
        parts.source.note_customer(one)
    return shown


@router.get("/customers/by-party/{party_id}/history")
async def list_customer_changes(
    who: Annotated[Who, requires(Right.EDIT_CUSTOMERS)], parts: Serves, party_id: LongId
) -> list[CustomerChange]:
    """Who wrote what on the card, newest first."""
    async with parts.reading() as connection:
        found = await crm.list_customer_changes(connection, parts.site_id, PartyId(party_id))
        names = await people.names_of(connection)
    return [
        CustomerChange(
            at=change.at,
            by_name=names.get(change.by, ""),
            name=change.card.name,
            company=change.card.company,
            note=change.card.note,
            customer_class=change.card.customer_class,
        )
        for change in found
    ]


async def _shown(connection: Any, parts: Parts, who: Who, found: model.Customer) -> Customer:
    """A card with the last interactions of all its numbers."""
    names = await people.names_of(connection)
    rows: list[reports.Interaction] = []
    for party_id in found.party_ids[:MOST_NUMBERS]:
        page = await reports.list_interactions(
            connection,
            site_id=parts.site_id,
            filters=reports.InteractionFilter(customer_id=party_id),
            limit=EARLIER,
        )
        rows += page.rows
    rows = sorted(rows, key=lambda row: row.interaction_id, reverse=True)[:EARLIER]
    outcomes = await crm.outcomes_of(
        connection, parts.site_id, [InteractionId(row.interaction_id) for row in rows]
    )
    dispositions = {
        disposition.disposition_id: disposition
        for disposition in await organization.list_dispositions(connection, site_id=parts.site_id)
    }
    calls = []
    for row in rows:
        outcome = outcomes.get(InteractionId(row.interaction_id))
        chosen = dispositions.get(outcome.disposition_id) if outcome else None
        calls.append(
            CustomerCall.model_validate(
                {
                    "interaction_id": row.interaction_id,
                    "started_at": row.started_at,
                    "direction": row.direction,
                    "queue_id": row.queue_id or None,
                    "agent_name": names.get(PersonId(row.agent_id), ""),
                    "talk_seconds": row.talk.total_seconds(),
                    "disposition_id": chosen.disposition_id if chosen else None,
                    "disposition_ru": chosen.name_ru if chosen else "",
                    "disposition_en": chosen.name_en if chosen else "",
                    "outcome": row.outcome or "",
                    "note": outcome.note if outcome else "",
                }
            )
        )
    return Customer(
        customer_id=found.customer_id or None,
        name=found.card.name,
        note=found.card.note,
        company=found.card.company,
        customer_class=found.card.customer_class,
        code=found.card.details.code,
        email=found.card.details.email,
        fields=found.card.details.fields,
        consents=found.card.details.consents,
        personal_agent_name=names.get(PersonId(found.card.details.personal_agent_id), ""),
        numbers=[shown_number(who, number) for number in found.numbers],
        nps=await nps_of(connection, parts.site_id, found.party_ids),
        interactions=calls,
    )
