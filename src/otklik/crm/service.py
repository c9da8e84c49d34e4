"""Cards of customers and outcomes of interactions. Each function works in the transaction of its caller."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import structs

from otklik.crm import store
from otklik.crm.blocking import BlockedNumber
from otklik.crm.model import Acquaintance, Card, Customer, CustomerChange, Details, KnownCustomer, Outcome
from otklik.vocabulary.ids import InteractionId, PartyId, PersonId, SiteId
from otklik.vocabulary.refusals import NotFound

PROGRAM = PersonId(0)
"""Who wrote what no person wrote."""
ONE_SITTING = timedelta(minutes=5)
"""A draft that one person goes on typing within this time is one version of the outcome."""
ARRANGED_KEPT = timedelta(days=120)
"""Who arranged a call for later is known so long: no call is arranged for a moment after 90 days."""


async def find_customer(connection: Any, site_id: SiteId, party_id: PartyId) -> Customer:
    """The card of an address; an empty one when nothing was saved. Refuses an address that nobody ever
    used."""
    found = await store.find_customer(connection, site_id, party_id)
    if found is not None:
        return found
    number = await store.find_number(connection, site_id, party_id)
    if number is None:
        raise NotFound("unknown_party")
    return Customer(party_ids=(party_id,), numbers=(number,) if number else ())


async def acquaintance(connection: Any, site_id: SiteId, party_id: PartyId, number: str = "") -> Acquaintance:
    """What is known of an address when it calls; one question, asked before the call's flow begins."""
    return await store.acquaintance(connection, site_id, party_id, number)


async def wants_no_calls(connection: Any, site_id: SiteId, party_id: PartyId) -> bool:
    """Whether his card says so; who never said anything may be called."""
    return (await store.consents_of(connection, site_id, party_id)).get("calls") is False


async def save_customer(
    connection: Any,
    site_id: SiteId,
    party_id: PartyId,
    card: Card,
    *,
    by: PersonId,
    at: datetime,
    keeps_class: bool = False,
) -> Customer:
    """Write a card, made at the first save. The same content again changes nothing. keeps_class: the class
    stays what it is, whatever the card says."""
    if await store.find_number(connection, site_id, party_id) is None:
        raise NotFound("unknown_party")
    before = await store.find_customer(connection, site_id, party_id, for_change=True)
    if keeps_class:
        card = structs.replace(card, customer_class=before.card.customer_class if before else "")
    card = structs.replace(card, details=before.card.details if before else card.details)
    if before is not None and before.card == card:
        return before
    change = CustomerChange(at=at, by=by, card=card)
    if before is None:
        customer_id = await store.add_customer(connection, site_id, party_id, change)
    else:
        customer_id = before.customer_id
        await store.change_customer(connection, customer_id, change)
    await store.add_customer_change(connection, customer_id, change)
    found = await store.find_customer(connection, site_id, party_id)
    assert found is not None, "written in this transaction"
    return found


async def find_identified(connection: Any, site_id: SiteId, interaction_id: InteractionId) -> Customer | None:
    """Who was known in this interaction by what he typed, not by his number; None for most."""
    return await store.find_identified(connection, site_id, interaction_id)


async def save_identified(
    connection: Any,
    site_id: SiteId,
    interaction_id: InteractionId,
    card: Card,
    *,
    by: PersonId,
    at: datetime,
    keeps_class: bool = False,
) -> Customer | None:
    """Write the card of him who was identified; None when nobody was, and nothing is written."""
    before = await store.find_identified(connection, site_id, interaction_id, for_change=True)
    if before is None:
        return None
    card = structs.replace(card, details=before.card.details)
    if keeps_class:
        card = structs.replace(card, customer_class=before.card.customer_class)
    if before.card != card:
        change = CustomerChange(at=at, by=by, card=card)
        await store.change_customer(connection, before.customer_id, change)
        await store.add_customer_change(connection, before.customer_id, change)
    return await store.find_identified(connection, site_id, interaction_id)


async def seek_customer(
    connection: Any, site_id: SiteId, *, phone: str = "", code: str = "", field: str = "", value: str = ""
) -> KnownCustomer | None:
    """The one customer with this number (E.164), this code, or this value of a free field; None for nobody
    and for more than one."""
    details = {"code": code} if code else {"fields": {field: value}}
    sought = msgspec.json.encode(details).decode()
    found = await store.customers_sought(connection, site_id, phone=phone, details=sought)
    return found[0] if len(found) == 1 else None


async def note_identified(
    connection: Any, site_id: SiteId, identified: Sequence[tuple[InteractionId, int]]
) -> None:
    """Whose interactions these are; part of the writer's transaction."""
    await store.write_identified(connection, site_id, identified)


async def list_blocked(connection: Any, site_id: SiteId) -> list[BlockedNumber]:
    """Numbers whose calls are turned away."""
    return await store.list_blocked(connection, site_id)


async def assign_class(
    connection: Any,
    site_id: SiteId,
    party_id: PartyId,
    customer_class: str,
    *,
    at: datetime,
    interaction_id: InteractionId | None = None,
) -> None:
    """A call flow gives the customer of this address a class; the rest of his card stays. An address that was
    forgotten meanwhile has none. Who was identified in the interaction is the customer then."""
    known = await store.find_identified(connection, site_id, interaction_id) if interaction_id else None
    if known is not None and interaction_id is not None:
        card = structs.replace(known.card, customer_class=customer_class)
        await save_identified(connection, site_id, interaction_id, card, by=PROGRAM, at=at)
        return
    before = await store.find_customer(connection, site_id, party_id, for_change=True)
    card = structs.replace(before.card if before else Card(), customer_class=customer_class)
    if before is None and not customer_class:
        return
    with suppress(NotFound):
        await save_customer(connection, site_id, party_id, card, by=PROGRAM, at=at)


async def list_customer_changes(
    connection: Any, site_id: SiteId, party_id: PartyId, *, limit: int = 100
) -> list[CustomerChange]:
    """What was saved on a card, newest first."""
    return await store.list_customer_changes(connection, site_id, party_id, limit=limit)


async def names_of(connection: Any, site_id: SiteId, party_ids: Iterable[PartyId]) -> dict[PartyId, str]:
    """Names of those of the addresses that have one."""
    wanted = sorted({party_id for party_id in party_ids if party_id})
    return await store.names_of(connection, site_id, wanted) if wanted else {}


async def details_of(
    connection: Any, site_id: SiteId, party_ids: Iterable[PartyId]
) -> dict[PartyId, Details]:
    """What is known besides of those of the addresses that have a card."""
    wanted = sorted({party_id for party_id in party_ids if party_id})
    return await store.details_of(connection, site_id, wanted) if wanted else {}


async def write_arranged(connection: Any, site_id: SiteId, outcome: Outcome) -> None:
    """Remember who arranged a call for later (`saved_by`), for as long as he may want to know of it."""
    await store.write_arranged(connection, site_id, outcome, until=outcome.saved_at - ARRANGED_KEPT)


async def numbers_of(connection: Any, site_id: SiteId, party_ids: Iterable[PartyId]) -> dict[PartyId, str]:
    """Numbers of those of the addresses that have one (an anonymous or erased one has none)."""
    wanted = sorted({party_id for party_id in party_ids if party_id})
    return await store.numbers_of(connection, site_id, wanted) if wanted else {}


async def save_outcome(
    connection: Any,
    site_id: SiteId,
    draft: Outcome,
) -> Outcome:
    """Write the outcome; may be called for every pause in typing.

    What stood there is kept when another person overwrites it, or the same one after five minutes.
    """
    before = await store.find_outcome(connection, site_id, draft.interaction_id, for_change=True)
    if before is not None:
        if (before.disposition_id, before.note) == (draft.disposition_id, draft.note):
            return before
        if before.saved_by != draft.saved_by or draft.saved_at - before.saved_at > ONE_SITTING:
            await store.keep_outcome(connection, site_id, before)
    await store.write_outcome(connection, site_id, draft)
    return draft


async def outcomes_of(
    connection: Any, site_id: SiteId, interaction_ids: Iterable[InteractionId]
) -> dict[InteractionId, Outcome]:
    """The outcomes of those of the interactions that have one."""
    wanted = sorted(set(interaction_ids))
    return await store.outcomes_of(connection, site_id, wanted) if wanted else {}
