"""Customers by themselves: written by hand, brought in as a table, made one where they are the same."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from otklik.crm import store
from otklik.crm.importing import ImportRow, merged
from otklik.crm.model import Card, Customer, CustomerChange
from otklik.vocabulary.ids import PersonId, SiteId
from otklik.vocabulary.messages import Value
from otklik.vocabulary.refusals import NotFound, Refused

MADE, CHANGED, UNCHANGED, MERGED, REFUSED = "made", "changed", "unchanged", "merged", "refused"
MOST_MERGED: Final = 10


class RowResult(Value):
    """What came of a row. outcome: made, changed, unchanged, merged (several cards became one) or refused
    with a code and the column."""

    line: int
    outcome: str
    customer_id: int = 0
    name: str = ""
    code: str = ""
    place: str = ""


async def save(
    connection: Any,
    site_id: SiteId,
    customer_id: int,
    card: Card,
    phones: Sequence[str] | None,
    *,
    by: PersonId,
    at: datetime,
) -> Customer:
    """Writes a card with all its numbers (None: they stay as they are); id 0 makes one. Refuses `phone_taken`
    with whose it is."""
    others = await store.customers_known_by(connection, site_id, phones=phones or (), codes=())
    taken = next((other for other in others if other.customer_id != customer_id), None)
    if taken is not None and phones:
        shared = sorted(set(taken.numbers) & set(phones))
        raise Refused("phone_taken", place="phones", number=shared[0], customer_id=taken.customer_id)
    change = CustomerChange(at=at, by=by, card=card)
    if customer_id:
        before = await store.customer_by_id(connection, site_id, customer_id, for_change=True)
        if before is None:
            raise NotFound("unknown_customer", id=customer_id)
        if before.card != card:
            await store.change_customer(connection, customer_id, change)
            await store.add_customer_change(connection, customer_id, change)
    else:
        customer_id = await store.insert_customer(connection, site_id, change)
        await store.add_customer_change(connection, customer_id, change)
    if phones is not None:
        await store.write_phones(connection, site_id, customer_id, phones)
    found = await store.customer_by_id(connection, site_id, customer_id)
    assert found is not None, "written in this transaction"
    return found


class Merging(Value):
    """Two cards of one customer and the one that they become."""

    kept: Customer
    gone: Customer
    whole: Customer


async def merge(
    connection: Any,
    site_id: SiteId,
    kept_id: int,
    gone_id: int,
    *,
    by: PersonId,
    at: datetime,
    seen: tuple[datetime | None, datetime | None] | None = None,
) -> Merging:
    """Makes one card of two, with numbers, calls and history of both. What `kept` does not say is what `gone`
    said; who refused on either has refused.

    Without `seen` it is only told what would come of it; seen: when both were last changed as they were
    looked at. Refuses same_card, unknown_customer, card_changed (not what was seen)."""
    if kept_id == gone_id:
        raise Refused("same_card", place="gone_id")
    found: dict[int, Customer] = {}
    for customer_id in sorted((kept_id, gone_id)):
        one = await store.customer_by_id(connection, site_id, customer_id, for_change=seen is not None)
        if one is None:
            raise NotFound("unknown_customer", id=customer_id)
        found[customer_id] = one
    kept, gone = found[kept_id], found[gone_id]
    whole = msgspec.structs.replace(
        kept,
        card=merged(gone.card, kept.card),
        numbers=tuple(dict.fromkeys((*kept.numbers, *gone.numbers))),
        changed_at=at,
    )
    if seen is None:
        return Merging(kept=kept, gone=gone, whole=whole)
    for card, changed_at in ((kept, seen[0]), (gone, seen[1])):
        if card.changed_at != changed_at:
            raise Refused("card_changed", id=card.customer_id)
    await store.absorb_customer(connection, site_id, kept_id, gone_id)
    change = CustomerChange(at=at, by=by, card=whole.card)
    await store.change_customer(connection, kept_id, change)
    await store.add_customer_change(connection, kept_id, change)
    return Merging(kept=kept, gone=gone, whole=whole)


async def import_rows(
    connection: Any,
    site_id: SiteId,
    rows: Sequence[ImportRow],
    *,
    merges: bool,
    by: PersonId,
    at: datetime,
) -> list[RowResult]:
    """Takes all rows that can be taken, and says of each what came of it; the caller's transaction makes it
    a trial or not. A row is of whoever has one of its numbers or its code; of several cards: they become the
    oldest one if it `merges`, else it is refused."""
    return await _Import(connection, site_id, merges=merges, by=by, at=at).take(rows)


class _Import:
    """The customers that the rows are about, as they are while the rows are taken."""

    def __init__(self, connection: Any, site_id: SiteId, *, merges: bool, by: PersonId, at: datetime) -> None:
        self._connection = connection
        self._site_id = site_id
        self._merges = merges
        self._by = by
        self._at = at
        self._by_id: dict[int, Customer] = {}
        self._by_phone: dict[str, int] = {}
        self._by_code: dict[str, int] = {}

    async def take(self, rows: Sequence[ImportRow]) -> list[RowResult]:
        known = await store.customers_known_by(
            self._connection,
            self._site_id,
            phones=sorted({phone for row in rows for phone in row.phones}),
            codes=sorted({row.card.details.code for row in rows if row.card.details.code}),
        )
        for customer in known:
            self._remember(customer)
        return [await self._take(row) for row in rows]

    async def _take(self, row: ImportRow) -> RowResult:
        if row.code:
            return RowResult(line=row.line, outcome=REFUSED, code=row.code, place=row.place)
        found = self._of(row)
        if len(found) > 1 and (not self._merges or len(found) > MOST_MERGED):
            return RowResult(line=row.line, outcome=REFUSED, code="several_customers", name=row.card.name)
        if not found:
            return await self._make(row)
        outcome = CHANGED
        kept = self._by_id[found[0]]
        for gone in found[1:]:
            kept = await self._absorb(kept, self._by_id[gone])
            outcome = MERGED
        return await self._change(kept, row, outcome)

    def _of(self, row: ImportRow) -> list[int]:
        ids = {self._by_phone[phone] for phone in row.phones if phone in self._by_phone}
        code = row.card.details.code
        if code in self._by_code:
            ids.add(self._by_code[code])
        return sorted(ids)

    async def _make(self, row: ImportRow) -> RowResult:
        change = CustomerChange(at=self._at, by=self._by, card=row.card)
        customer_id = await store.insert_customer(self._connection, self._site_id, change)
        await store.add_customer_change(self._connection, customer_id, change)
        await store.write_phones(self._connection, self._site_id, customer_id, row.phones)
        self._remember(Customer(customer_id=customer_id, card=row.card, numbers=row.phones))
        return RowResult(line=row.line, outcome=MADE, customer_id=customer_id, name=row.card.name)

    async def _change(self, before: Customer, row: ImportRow, outcome: str) -> RowResult:
        card = merged(before.card, row.card)
        numbers = tuple(dict.fromkeys((*before.numbers, *row.phones)))
        if card == before.card and numbers == before.numbers and outcome == CHANGED:
            outcome = UNCHANGED
        if card != before.card or outcome == MERGED:
            change = CustomerChange(at=self._at, by=self._by, card=card)
            await store.change_customer(self._connection, before.customer_id, change)
            await store.add_customer_change(self._connection, before.customer_id, change)
        if numbers != before.numbers:
            await store.write_phones(self._connection, self._site_id, before.customer_id, numbers)
        self._remember(msgspec.structs.replace(before, card=card, numbers=numbers))
        return RowResult(line=row.line, outcome=outcome, customer_id=before.customer_id, name=card.name)

    async def _absorb(self, kept: Customer, gone: Customer) -> Customer:
        await store.absorb_customer(self._connection, self._site_id, kept.customer_id, gone.customer_id)
        self._by_id.pop(gone.customer_id)
        whole = msgspec.structs.replace(
            kept,
            card=merged(gone.card, kept.card),
            numbers=tuple(dict.fromkeys((*kept.numbers, *gone.numbers))),
        )
        self._remember(whole)
        return whole

    def _remember(self, customer: Customer) -> None:
        self._by_id[customer.customer_id] = customer
        for phone in customer.numbers:
            self._by_phone[phone] = customer.customer_id
        if customer.card.details.code:
            self._by_code[customer.card.details.code] = customer.customer_id
