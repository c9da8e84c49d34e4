"""The SQL of this room."""

from collections.abc import Sequence
from typing import Any

from otklik.crm.model import Acquaintance, Card, Customer, CustomerChange, Outcome
from otklik.vocabulary.ids import AgentId, InteractionId, PartyId, SiteId

_OF_PARTY = """
    select c.customer_id, c.name, c.company, c.note, c.class, c.changed_at
    from customer_party as p
    join customer as c using (customer_id)
    where p.site_id = $1 and p.party_id = $2
"""


async def find_number(connection: Any, site_id: SiteId, party_id: PartyId) -> str | None:
    """The number of an address, "" of one without; None of an address that does not exist."""
    row = await connection.fetchrow(
        "select coalesce(e164, '') as e164 from party where site_id = $1 and party_id = $2", site_id, party_id
    )
    return None if row is None else str(row["e164"])


async def find_customer(
    connection: Any, site_id: SiteId, party_id: PartyId, *, for_change: bool = False
) -> Customer | None:
    """The card that an address belongs to, with all its addresses."""
    row = await connection.fetchrow(_OF_PARTY + (" for update of c" if for_change else ""), site_id, party_id)
    if row is None:
        return None
    parties = await connection.fetch(
        """
        select p.party_id, party.e164
        from customer_party as p
        left join party on party.site_id = p.site_id and party.party_id = p.party_id
        where p.customer_id = $1 and p.site_id = $2
        order by p.party_id
        """,
        row["customer_id"],
        site_id,
    )
    return Customer(
        customer_id=row["customer_id"],
        card=_card(row),
        changed_at=row["changed_at"],
        party_ids=tuple(PartyId(party["party_id"]) for party in parties),
        numbers=tuple(party["e164"] for party in parties if party["e164"]),
    )


async def add_customer(connection: Any, site_id: SiteId, party_id: PartyId, change: CustomerChange) -> int:
    """A new card for an address; two at once end in one card, the later save wins."""
    customer_id = await connection.fetchval(
        """
        insert into customer (site_id, name, company, note, class, changed_at, changed_by)
        values ($1, $2, $3, $4, $5, $6, $7)
        returning customer_id
        """,
        site_id,
        change.card.name,
        change.card.company,
        change.card.note,
        change.card.customer_class,
        change.at,
        change.by,
    )
    kept = await connection.fetchval(
        """
        insert into customer_party (site_id, party_id, customer_id) values ($1, $2, $3)
        on conflict (site_id, party_id) do update set customer_id = customer_party.customer_id
        returning customer_id
        """,
        site_id,
        party_id,
        customer_id,
    )
    if kept != customer_id:
        await connection.execute("delete from customer where customer_id = $1", customer_id)
        await change_customer(connection, kept, change)
    return int(kept)


async def change_customer(connection: Any, customer_id: int, change: CustomerChange) -> None:
    """Write what a card holds."""
    await connection.execute(
        """
        update customer set name = $2, company = $3, note = $4, class = $5, changed_at = $6, changed_by = $7
        where customer_id = $1
        """,
        customer_id,
        change.card.name,
        change.card.company,
        change.card.note,
        change.card.customer_class,
        change.at,
        change.by,
    )


async def add_customer_change(connection: Any, customer_id: int, change: CustomerChange) -> None:
    """One line of a card's history."""
    await connection.execute(
        """
        insert into customer_history (customer_id, changed_at, changed_by, name, company, note, class)
        values ($1, $2, $3, $4, $5, $6, $7)
        """,
        customer_id,
        change.at,
        change.by,
        change.card.name,
        change.card.company,
        change.card.note,
        change.card.customer_class,
    )


async def list_customer_changes(
    connection: Any, site_id: SiteId, party_id: PartyId, *, limit: int
) -> list[CustomerChange]:
    """A card's history, newest first."""
    rows = await connection.fetch(
        """
        select h.changed_at as at, h.changed_by as by, h.name, h.company, h.note, h.class
        from customer_party as p
        join customer_history as h using (customer_id)
        where p.site_id = $1 and p.party_id = $2
        order by h.changed_at desc
        limit $3
        """,
        site_id,
        party_id,
        limit,
    )
    return [
        CustomerChange(
            at=row["at"],
            by=row["by"],
            card=_card(row),
        )
        for row in rows
    ]


async def acquaintance(connection: Any, site_id: SiteId, party_id: PartyId) -> Acquaintance:
    """Both facts in one question. The last talk is looked for among those that are over."""
    row = await connection.fetchrow(
        """
        select
            (select agent_id from segment
             where site_id = $1 and customer_id = $2 and agent_id <> 0 and talk_ms > 0
             order by enter_ms desc limit 1) as agent_id,
            (select c.class from customer_party as p join customer as c using (customer_id)
             where p.site_id = $1 and p.party_id = $2) as class
        """,
        int(site_id),
        int(party_id),
    )
    return Acquaintance(last_agent_id=AgentId(row["agent_id"] or 0), customer_class=row["class"] or "")


async def names_of(connection: Any, site_id: SiteId, party_ids: Sequence[PartyId]) -> dict[PartyId, str]:
    """Names by address, only those that have one."""
    rows = await connection.fetch(
        """
        select p.party_id, c.name
        from customer_party as p
        join customer as c using (customer_id)
        where p.site_id = $1 and p.party_id = any($2::bigint[]) and c.name <> ''
        """,
        site_id,
        party_ids,
    )
    return {PartyId(row["party_id"]): row["name"] for row in rows}


async def numbers_of(connection: Any, site_id: SiteId, party_ids: Sequence[PartyId]) -> dict[PartyId, str]:
    """Numbers by address, only those that have one."""
    rows = await connection.fetch(
        """
        select party_id, e164 from party
        where site_id = $1 and party_id = any($2::bigint[]) and e164 is not null
        """,
        site_id,
        party_ids,
    )
    return {PartyId(row["party_id"]): row["e164"] for row in rows}


async def find_outcome(
    connection: Any, site_id: SiteId, interaction_id: InteractionId, *, for_change: bool = False
) -> Outcome | None:
    """The outcome of an interaction."""
    row = await connection.fetchrow(
        f"""
        select interaction_id, coalesce(disposition_id, 0) as disposition_id, note, saved_at, saved_by
        from outcome where site_id = $1 and interaction_id = $2 {"for update" if for_change else ""}
        """,
        site_id,
        interaction_id,
    )
    return None if row is None else Outcome(**dict(row))


async def write_outcome(connection: Any, site_id: SiteId, outcome: Outcome) -> None:
    """Write it over what stood there."""
    await connection.execute(
        """
        insert into outcome (site_id, interaction_id, disposition_id, note, saved_at, saved_by)
        values ($1, $2, nullif($3, 0), $4, $5, $6)
        on conflict (site_id, interaction_id) do update
        set disposition_id = excluded.disposition_id, note = excluded.note,
            saved_at = excluded.saved_at, saved_by = excluded.saved_by
        """,
        site_id,
        outcome.interaction_id,
        outcome.disposition_id,
        outcome.note,
        outcome.saved_at,
        outcome.saved_by,
    )


async def keep_outcome(connection: Any, site_id: SiteId, outcome: Outcome) -> None:
    """Keep an earlier version."""
    await connection.execute(
        """
        insert into outcome_history (site_id, interaction_id, disposition_id, note, saved_at, saved_by)
        values ($1, $2, nullif($3, 0), $4, $5, $6)
        """,
        site_id,
        outcome.interaction_id,
        outcome.disposition_id,
        outcome.note,
        outcome.saved_at,
        outcome.saved_by,
    )


async def outcomes_of(
    connection: Any, site_id: SiteId, interaction_ids: Sequence[InteractionId]
) -> dict[InteractionId, Outcome]:
    """Outcomes by interaction."""
    rows = await connection.fetch(
        """
        select interaction_id, coalesce(disposition_id, 0) as disposition_id, note, saved_at, saved_by
        from outcome where site_id = $1 and interaction_id = any($2::bigint[])
        """,
        site_id,
        interaction_ids,
    )
    return {InteractionId(row["interaction_id"]): Outcome(**dict(row)) for row in rows}


def _card(row: Any) -> Card:
    return Card(name=row["name"], company=row["company"], note=row["note"], customer_class=row["class"])
