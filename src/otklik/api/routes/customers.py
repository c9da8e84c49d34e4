"""Customers: found, written with several numbers, brought in as a table."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from otklik.access import service as access
from otklik.access import store as people
from otklik.access.rights import Right
from otklik.api.parts import Parts, Serves
from otklik.api.route import Route
from otklik.api.schemas.base import Id
from otklik.api.schemas.customer_list import (
    CardAgent,
    CardChange,
    CardMerge,
    CardMerged,
    CustomerCard,
    CustomerFields,
    CustomerPage,
    ImportLine,
    ImportRead,
    ImportReport,
)
from otklik.api.sights import shown_number
from otklik.api.sign_in import Who, address_of, requires
from otklik.api.tables import FILE, MOST_LINES, Trial, mapping_of, shown_table, table_of
from otklik.crm import customers, store
from otklik.crm.customers import RowResult
from otklik.crm.importing import agents_of, check_mapping, guess, rows_of
from otklik.crm.model import Card, Customer, Details
from otklik.organization.model import SELF_TEST
from otklik.organization.store import find_site, list_things
from otklik.vocabulary.ids import AgentId, PersonId
from otklik.vocabulary.phones import parse_phone
from otklik.vocabulary.refusals import Forbidden, Invalid, NotFound

router = APIRouter(prefix="/api/v1/customers", tags=["customers"], route_class=Route)

MOST_CHANGES = 100

Views = Annotated[Who, requires(Right.VIEW_CUSTOMERS)]
Edits = Annotated[Who, requires(Right.EDIT_CUSTOMERS)]
Imports = Annotated[Who, requires(Right.IMPORT_CUSTOMERS)]


@router.get("")
async def list_customers(
    who: Views,
    parts: Serves,
    find: Annotated[str, Query(max_length=100)] = "",
    before: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> CustomerPage:
    """The newest cards first. find: a part of a name, a company, a code, or three digits of a number."""
    wanted = find.strip()
    digits = "".join(sign for sign in wanted if sign.isdigit())
    if len(digits) > 10 and digits.startswith("8"):
        digits = digits[1:]
    for sign in ("\\", "%", "_"):
        wanted = wanted.replace(sign, f"\\{sign}")
    async with parts.reading() as connection:
        found = await store.list_customers(
            connection,
            parts.site_id,
            find=wanted,
            digits=digits if len(digits) >= 3 and who.may(Right.VIEW_NUMBERS) else "",
            after=before,
            limit=limit + 1,
        )
        names = await people.names_of(connection)
    rows = [_card(who, one, names) for one in found[:limit]]
    return CustomerPage(rows=rows, before=rows[-1].id if len(found) > limit else None)


@router.post("", status_code=201)
async def create_customer(who: Edits, parts: Serves, body: CustomerFields) -> CustomerCard:
    """A card of somebody who need not have called yet."""
    return await _save(who, parts, 0, body)


@router.post("/merge")
async def merge_customers(who: Imports, request: Request, parts: Serves, body: CardMerge) -> CardMerged:
    """Makes one card of two that are of one customer, or only tells what would come of it. It cannot be
    undone: the history of the card that stays holds what both said."""
    if not who.may(Right.EDIT_CUSTOMERS):
        raise Forbidden("right_missing", rights=[Right.EDIT_CUSTOMERS.value])
    seen = (body.kept_changed_at, body.gone_changed_at) if body.kept_changed_at else None
    at = parts.clock.now()
    async with parts.writing() as connection:
        found = await customers.merge(
            connection, parts.site_id, body.kept_id, body.gone_id, by=who.person_id, at=at, seen=seen
        )
        names = await people.names_of(connection)
        addresses = await store.parties_of(connection, parts.site_id, body.kept_id)
        if seen is not None:
            await access.note(
                connection,
                "customers.merged",
                by=who,
                at=at,
                address=address_of(request),
                entity="customer",
                entity_id=body.kept_id,
                facts={"kept_id": body.kept_id, "gone_id": body.gone_id},
            )
    if seen is not None:
        for one in addresses:
            parts.source.note_customer(one)
    return CardMerged(
        is_trial=seen is None,
        kept=_card(who, found.kept, names),
        gone=_card(who, found.gone, names),
        whole=_card(who, found.whole, names),
    )


@router.get("/agents")
async def list_personal_agents(who: Edits, parts: Serves) -> list[CardAgent]:
    """Who may be a customer's personal agent, by name."""
    async with parts.reading() as connection:
        found = await _agents(connection, parts)
    return [CardAgent(id=int(agent_id), name=name) for agent_id, _, name in found]


@router.get("/{customer_id}")
async def find_card(who: Views, parts: Serves, customer_id: Id) -> CustomerCard:
    """One."""
    async with parts.reading() as connection:
        found = await store.customer_by_id(connection, parts.site_id, customer_id)
        names = await people.names_of(connection)
    if found is None:
        raise NotFound("unknown_customer", id=customer_id)
    return _card(who, found, names)


@router.get("/{customer_id}/history")
async def list_card_changes(who: Edits, parts: Serves, customer_id: Id) -> list[CardChange]:
    """Who wrote what on the card, newest first; cards that became this one are among it."""
    async with parts.reading() as connection:
        found = await store.list_card_changes(connection, parts.site_id, customer_id, limit=MOST_CHANGES)
        names = await people.names_of(connection)
    return [
        CardChange(
            at=one.at,
            by_name=names.get(one.by, ""),
            name=one.card.name,
            company=one.card.company,
            note=one.card.note,
            customer_class=one.card.customer_class,
            code=one.card.details.code,
            email=one.card.details.email,
            fields=one.card.details.fields,
            consents=one.card.details.consents,
            personal_agent_name=names.get(PersonId(one.card.details.personal_agent_id), ""),
        )
        for one in found
    ]


@router.put("/{customer_id}")
async def change_customer(who: Edits, parts: Serves, customer_id: Id, body: CustomerFields) -> CustomerCard:
    """Change one; refused when a number stands on another card."""
    return await _save(who, parts, customer_id, body)


@router.post("/import/read", openapi_extra=FILE)
async def read_import(
    who: Imports, request: Request, encoding: Annotated[str, Query(max_length=20)] = ""
) -> ImportRead:
    """What a CSV or XLSX file holds, before anything is taken. encoding: when it was found out wrongly."""
    table = await table_of(request, encoding)
    return ImportRead.model_validate(shown_table(table, guess(table.columns)))


@router.post("/import", openapi_extra=FILE)
async def import_customers(
    who: Imports,
    request: Request,
    parts: Serves,
    mapping: Annotated[str, Query(max_length=4000)],
    encoding: Annotated[str, Query(max_length=20)] = "",
    merges: Annotated[bool, Query()] = False,
    is_trial: Annotated[bool, Query()] = True,
) -> ImportReport:
    """Takes the rows of a file, all in one transaction, or only says what would come of each. mapping: JSON,
    what each column is by its place: `{"0": "name", "2": "phone"}`."""
    chosen = _mapping(mapping)
    table = await table_of(request, encoding)
    check_mapping(table, chosen)
    results: list[RowResult] = []
    try:
        async with parts.writing() as connection:
            site = await find_site(connection, site_id=parts.site_id)
            agents = agents_of(await _agents(connection, parts))
            rows = await asyncio.to_thread(rows_of, table, chosen, site.country if site else "RU", agents)
            at = parts.clock.now()
            results = await customers.import_rows(
                connection, parts.site_id, rows, merges=merges, by=who.person_id, at=at
            )
            if is_trial:
                raise Trial
            await access.note(
                connection,
                "customers.imported",
                by=who,
                at=at,
                address=address_of(request),
                entity="customer",
                facts=dict(Counter(one.outcome for one in results)),
            )
    except Trial:
        pass
    results.sort(key=lambda one: (one.outcome != customers.REFUSED, one.line))
    return ImportReport(
        is_trial=is_trial,
        counts=dict(Counter(one.outcome for one in results)),
        lines=[
            ImportLine(
                line=one.line,
                outcome=one.outcome,  # type: ignore[arg-type]  # pydantic looks at the word
                customer_id=(one.customer_id or None) if not is_trial else None,
                name=one.name,
                code=one.code,
                place=one.place,
            )
            for one in results[:MOST_LINES]
        ],
    )


async def _agents(connection: Any, parts: Parts) -> list[tuple[AgentId, str, str]]:
    """Those who may take somebody's calls: id, login, name."""
    agents = await list_things(connection, "agent", site_id=parts.site_id)
    active = {int(one.agent_id) for one in agents if one.is_active and one.agent_id != SELF_TEST}
    return [
        (AgentId(one.person_id), one.login, one.name)
        for one in await people.list_people(connection, with_robots=False)
        if one.person_id in active
    ]


def _mapping(text: str) -> dict[int, str]:
    found = mapping_of(text)
    if not found:
        raise Invalid("nothing_to_know_by", "mapping")
    return found


async def _save(who: Who, parts: Parts, customer_id: int, body: CustomerFields) -> CustomerCard:
    if (body.phones is not None or not customer_id) and not who.may(Right.VIEW_NUMBERS):
        # He sees numbers with their middle left out: what he sends back would be no numbers.
        raise Forbidden("right_missing", right=Right.VIEW_NUMBERS.value)
    async with parts.writing() as connection:
        site = await find_site(connection, site_id=parts.site_id)
        country = site.country if site else "RU"
        phones = []
        for place, text in enumerate(body.phones or ()):
            try:
                phones.append(parse_phone(text, country).e164)
            except Invalid as error:
                raise Invalid("invalid_number", f"phones.{place}", why=error.facts.get("why", "")) from error
        card = Card(
            name=body.name,
            company=body.company,
            note=body.note,
            customer_class=body.customer_class.strip(),
            details=Details(
                code=body.code,
                email=body.email,
                fields=dict(body.fields),
                personal_agent_id=AgentId(body.personal_agent_id or 0),
                consents={str(name): given for name, given in body.consents.items()},
            ),
        )
        saved = await customers.save(
            connection,
            parts.site_id,
            customer_id,
            card,
            None if body.phones is None else list(dict.fromkeys(phones)),
            by=who.person_id,
            at=parts.clock.now(),
        )
        names = await people.names_of(connection)
        addresses = await store.parties_of(connection, parts.site_id, saved.customer_id)
    for one in addresses:
        parts.source.note_customer(one)
    return _card(who, saved, names)


def _card(who: Who, found: Customer, names: Mapping[PersonId, str]) -> CustomerCard:
    details = found.card.details
    return CustomerCard(
        id=found.customer_id,
        name=found.card.name,
        company=found.card.company,
        note=found.card.note,
        customer_class=found.card.customer_class,
        code=details.code,
        email=details.email,
        phones=[shown_number(who, number) for number in found.numbers],
        fields=details.fields,
        consents=details.consents,  # type: ignore[arg-type]  # pydantic looks at the words
        personal_agent_id=int(details.personal_agent_id) or None,
        personal_agent_name=names.get(PersonId(details.personal_agent_id), ""),
        changed_at=found.changed_at,
    )
