"""The SQL of this room."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from otklik.crm.blocking import BlockedNumber, Suspect
from otklik.crm.model import Acquaintance, Card, Customer, CustomerChange, Details, KnownCustomer, Outcome
from otklik.vocabulary.ids import AgentId, InteractionId, PartyId, SiteId

_CUSTOMER_OF_PARTY = """coalesce(
        (select p.customer_id from customer_party as p where p.site_id = $1 and p.party_id = $2),
        (select ph.customer_id from party
         join customer_phone as ph on ph.site_id = party.site_id and ph.e164 = party.e164
         where party.site_id = $1 and party.party_id = $2)
    )"""
"""By the address itself, else by its number: a number may be known before it ever calls."""

_CUSTOMERS_OF_PARTIES = f"""
    unnest($2::bigint[]) as q (party_id)
    join customer as c on c.customer_id = {_CUSTOMER_OF_PARTY.replace("$2", "q.party_id")}
"""
"""The same for many addresses."""

_OF_PARTY = f"""
    select c.customer_id, c.name, c.company, c.note, c.class, c.details::text, c.changed_at
    from customer as c where c.customer_id = {_CUSTOMER_OF_PARTY}
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
    return None if row is None else await _whole(connection, site_id, row, party_id)


async def _whole(connection: Any, site_id: SiteId, row: Any, *more: PartyId) -> Customer:
    """A card with all its addresses; more: one that may not be written yet."""
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
    phones = await phones_of(connection, site_id, row["customer_id"])
    called = [party["e164"] for party in parties if party["e164"]]
    ids = [PartyId(party["party_id"]) for party in parties]
    return Customer(
        customer_id=row["customer_id"],
        card=_card(row),
        changed_at=row["changed_at"],
        party_ids=tuple(dict.fromkeys((*ids, *more))),
        numbers=tuple(dict.fromkeys((*called, *phones))),
    )


async def add_customer(connection: Any, site_id: SiteId, party_id: PartyId, change: CustomerChange) -> int:
    """A new card for an address; two at once end in one card, the later save wins."""
    customer_id = await connection.fetchval(
        """
        insert into customer (site_id, name, company, note, class, changed_at, changed_by, details)
        values ($1, $2, $3, $4, $5, $6, $7, $8::text::jsonb)
        returning customer_id
        """,
        site_id,
        change.card.name,
        change.card.company,
        change.card.note,
        change.card.customer_class,
        change.at,
        change.by,
        _details(change.card),
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
        update customer set name = $2, company = $3, note = $4, class = $5, changed_at = $6, changed_by = $7,
            details = $8::text::jsonb
        where customer_id = $1
        """,
        customer_id,
        change.card.name,
        change.card.company,
        change.card.note,
        change.card.customer_class,
        change.at,
        change.by,
        _details(change.card),
    )


async def add_customer_change(connection: Any, customer_id: int, change: CustomerChange) -> None:
    """One line of a card's history."""
    await connection.execute(
        """
        insert into customer_history
            (customer_id, changed_at, changed_by, name, company, note, class, details)
        values ($1, $2, $3, $4, $5, $6, $7, $8::text::jsonb)
        """,
        customer_id,
        change.at,
        change.by,
        change.card.name,
        change.card.company,
        change.card.note,
        change.card.customer_class,
        _details(change.card),
    )


async def list_customer_changes(
    connection: Any, site_id: SiteId, party_id: PartyId, *, limit: int
) -> list[CustomerChange]:
    """The history of the card of this party, newest first; none without a card."""
    customer_id = await connection.fetchval(
        "select customer_id from customer_party where site_id = $1 and party_id = $2", site_id, party_id
    )
    if customer_id is None:
        return []
    return await list_card_changes(connection, site_id, customer_id, limit=limit)


async def list_card_changes(
    connection: Any, site_id: SiteId, customer_id: int, *, limit: int
) -> list[CustomerChange]:
    """A card's history by its id, newest first."""
    rows = await connection.fetch(
        """
        select h.changed_at as at, h.changed_by as by, h.name, h.company, h.note, h.class, h.details::text
        from customer as c
        join customer_history as h using (customer_id)
        where c.site_id = $1 and c.customer_id = $2
        order by h.changed_at desc
        limit $3
        """,
        site_id,
        customer_id,
        limit,
    )
    return [CustomerChange(at=row["at"], by=row["by"], card=_card(row)) for row in rows]


async def parties_of(connection: Any, site_id: SiteId, customer_id: int) -> list[PartyId]:
    """The addresses from which a customer has called."""
    rows = await connection.fetch(
        "select party_id from customer_party where site_id = $1 and customer_id = $2", site_id, customer_id
    )
    return [PartyId(row["party_id"]) for row in rows]


async def acquaintance(connection: Any, site_id: SiteId, party_id: PartyId, number: str = "") -> Acquaintance:
    """All of it in one question. The last talk is looked for among those that are over.

    number: of the address, which is not written yet when it calls for the first time: his card may be there.
    """
    row = await connection.fetchrow(
        f"""
        select
            (select agent_id from segment
             where site_id = $1 and customer_id = $2 and agent_id <> 0 and talk_ms > 0
             order by enter_ms desc limit 1) as agent_id,
            c.class, c.details::text,
            (select answer from survey_answer
             where site_id = $1 and kind = 1 and (party_id = $2 or party_id in
                (select p.party_id from customer_party as p where p.customer_id = c.customer_id))
             order by at_ms desc limit 1) as nps
        from (select 1) as one left join customer as c on c.customer_id = coalesce(
            {_CUSTOMER_OF_PARTY},
            (select ph.customer_id from customer_phone as ph where ph.site_id = $1 and ph.e164 = $3)
        )
        """,
        int(site_id),
        int(party_id),
        number,
    )
    details = _read_details(row["details"]) if row.get("details") else Details()
    return Acquaintance(
        last_agent_id=AgentId(row["agent_id"] or 0),
        customer_class=row["class"] or "",
        personal_agent_id=details.personal_agent_id,
        nps=row.get("nps"),
        consents=details.consents,
    )


async def consents_of(connection: Any, site_id: SiteId, party_id: PartyId) -> dict[str, bool]:
    """What the customer of an address agreed to, and what he did not."""
    row = await connection.fetchrow(
        f"""
        select c.details::text from (select 1) as one
        left join customer as c on c.customer_id = {_CUSTOMER_OF_PARTY}
        """,
        int(site_id),
        int(party_id),
    )
    details = row.get("details")
    return _read_details(details).consents if details else {}


async def names_of(connection: Any, site_id: SiteId, party_ids: Sequence[PartyId]) -> dict[PartyId, str]:
    """Names by address, only those that have one."""
    rows = await connection.fetch(
        f"""
        select q.party_id, c.name from {_CUSTOMERS_OF_PARTIES} where c.name <> ''
        """,
        site_id,
        party_ids,
    )
    return {PartyId(row["party_id"]): row["name"] for row in rows}


async def details_of(
    connection: Any, site_id: SiteId, party_ids: Sequence[PartyId]
) -> dict[PartyId, Details]:
    """What is known besides of the customers of these addresses, only those that have a card."""
    rows = await connection.fetch(
        f"""
        select q.party_id, c.details::text from {_CUSTOMERS_OF_PARTIES}
        """,
        site_id,
        party_ids,
    )
    return {PartyId(row["party_id"]): _read_details(row["details"]) for row in rows}


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


async def write_arranged(connection: Any, site_id: SiteId, outcome: Outcome, *, until: datetime) -> None:
    """Who arranged a call; what he arranged before `until` is over long ago and goes."""
    await connection.execute(
        "delete from arranged_call where site_id = $1 and person_id = $2 and arranged_at < $3",
        site_id,
        outcome.saved_by,
        until,
    )
    await connection.execute(
        """
        insert into arranged_call (site_id, interaction_id, person_id, arranged_at) values ($1, $2, $3, $4)
        on conflict do nothing
        """,
        site_id,
        outcome.interaction_id,
        outcome.saved_by,
        outcome.saved_at,
    )


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
    return Card(
        name=row["name"],
        company=row["company"],
        note=row["note"],
        customer_class=row["class"],
        details=_read_details(row["details"]),
    )


def _details(card: Card) -> str:
    return msgspec.json.encode(card.details).decode()


def _read_details(text: str) -> Details:
    return msgspec.json.decode(text, type=Details)


# --- customers by themselves, whether they ever called or not


async def phones_of(connection: Any, site_id: SiteId, customer_id: int) -> list[str]:
    """Numbers that somebody wrote on the card."""
    rows = await connection.fetch(
        "select e164 from customer_phone where site_id = $1 and customer_id = $2 order by place, e164",
        int(site_id),
        customer_id,
    )
    return [row["e164"] for row in rows]


_LISTED = """
    select c.customer_id, c.name, c.company, c.note, c.class, c.details::text, c.changed_at,
        array(
            select e164 from customer_phone as ph
            where ph.site_id = c.site_id and ph.customer_id = c.customer_id order by ph.place, e164
        ) || array(
            select party.e164 from customer_party as p
            join party on party.site_id = p.site_id and party.party_id = p.party_id
            where p.site_id = c.site_id and p.customer_id = c.customer_id and party.e164 is not null
        ) as numbers
    from customer as c
"""


async def list_customers(
    connection: Any, site_id: SiteId, *, find: str, digits: str, after: int, limit: int
) -> list[Customer]:
    """Those of whom a name, company or code holds `find`, or a number holds `digits`; newest cards first."""
    rows = await connection.fetch(
        f"""
        {_LISTED}
        where c.site_id = $1 and ($4 = 0 or c.customer_id < $4) and (
            $2 = '' or c.name ilike $2 or c.company ilike $2 or c.details ->> 'code' ilike $2
            or ($3 <> '' and (
                exists (select from customer_phone as ph
                    where ph.site_id = $1 and ph.customer_id = c.customer_id and ph.e164 like $3)
                or exists (select from customer_party as p
                    join party on party.site_id = p.site_id and party.party_id = p.party_id
                    where p.site_id = $1 and p.customer_id = c.customer_id and party.e164 like $3)
            ))
        )
        order by c.customer_id desc limit $5
        """,
        int(site_id),
        f"%{find}%" if find else "",
        f"%{digits}%" if digits else "",
        after,
        limit,
    )
    return [_customer(row) for row in rows]


async def customer_by_id(
    connection: Any, site_id: SiteId, customer_id: int, *, for_change: bool = False
) -> Customer | None:
    """One, with all its numbers."""
    row = await connection.fetchrow(
        f"{_LISTED} where c.site_id = $1 and c.customer_id = $2{' for update' if for_change else ''}",
        int(site_id),
        customer_id,
    )
    return None if row is None else _customer(row)


async def customers_known_by(
    connection: Any, site_id: SiteId, *, phones: Sequence[str], codes: Sequence[str]
) -> list[Customer]:
    """Those who have one of these numbers or codes, the oldest first."""
    rows = await connection.fetch(
        f"""
        {_LISTED}
        where c.site_id = $1 and (
            c.details ->> 'code' = any($3::text[])
            or c.customer_id in (
                select customer_id from customer_phone where site_id = $1 and e164 = any($2::text[])
                union
                select p.customer_id from customer_party as p
                join party on party.site_id = p.site_id and party.party_id = p.party_id
                where p.site_id = $1 and party.e164 = any($2::text[])
            )
        )
        order by c.customer_id for update of c
        """,
        int(site_id),
        list(phones),
        list(codes),
    )
    return [_customer(row) for row in rows]


_WITH_PHONE = """c.customer_id in (
            select customer_id from customer_phone where site_id = $1 and e164 = $2
            union
            select p.customer_id from customer_party as p
            join party on party.site_id = p.site_id and party.party_id = p.party_id
            where p.site_id = $1 and party.e164 = $2
        )"""


async def customers_sought(
    connection: Any, site_id: SiteId, *, phone: str = "", details: str = ""
) -> list[KnownCustomer]:
    """Those who have this number (E.164), or these details (JSON of what the card must hold), two at most,
    as a call flow may know them. Nothing is locked: a call waits for it."""
    rows = await connection.fetch(
        f"""
        select c.customer_id, c.name, c.company, c.note, c.class, c.details::text, (
            select s.agent_id from customer_party as p
            join segment as s on s.site_id = p.site_id and s.customer_id = p.party_id
            where p.site_id = $1 and p.customer_id = c.customer_id and s.agent_id <> 0 and s.talk_ms > 0
            order by s.enter_ms desc limit 1
        ) as agent_id, (
            select a.answer from customer_party as p
            join survey_answer as a on a.site_id = p.site_id and a.party_id = p.party_id and a.kind = 1
            where p.site_id = $1 and p.customer_id = c.customer_id
            order by a.at_ms desc limit 1
        ) as nps
        from customer as c
        where c.site_id = $1 and {_WITH_PHONE if phone else "c.details @> $2::text::jsonb"}
        order by c.customer_id limit 2
        """,
        int(site_id),
        phone or details,
    )
    return [
        KnownCustomer(
            customer_id=row["customer_id"],
            card=_card(row),
            last_agent_id=AgentId(row["agent_id"] or 0),
            nps=row.get("nps"),
        )
        for row in rows
    ]


async def write_identified(
    connection: Any, site_id: SiteId, identified: Sequence[tuple[InteractionId, int]]
) -> None:
    """Whose interactions these are, who were known by what they typed. A card that was removed meanwhile is
    nobody's."""
    await connection.execute(
        """
        insert into identified_customer (site_id, interaction_id, customer_id)
        select $1, given.interaction_id, given.customer_id
        from unnest($2::bigint[], $3::int[]) as given (interaction_id, customer_id)
        join customer using (customer_id)
        on conflict (site_id, interaction_id) do update set customer_id = excluded.customer_id
        """,
        int(site_id),
        [int(interaction_id) for interaction_id, _ in identified],
        [customer_id for _, customer_id in identified],
    )


async def find_identified(
    connection: Any, site_id: SiteId, interaction_id: InteractionId, *, for_change: bool = False
) -> Customer | None:
    """The card of him who was known by what he typed in this interaction."""
    row = await connection.fetchrow(
        f"""
        select c.customer_id, c.name, c.company, c.note, c.class, c.details::text, c.changed_at
        from identified_customer as i join customer as c using (customer_id)
        where i.site_id = $1 and i.interaction_id = $2{" for update of c" if for_change else ""}
        """,
        int(site_id),
        int(interaction_id),
    )
    return None if row is None else await _whole(connection, site_id, row)


async def insert_customer(connection: Any, site_id: SiteId, change: CustomerChange) -> int:
    """A card of nobody who ever called."""
    made: int = await connection.fetchval(
        """
        insert into customer (site_id, name, company, note, class, changed_at, changed_by, details)
        values ($1, $2, $3, $4, $5, $6, $7, $8::text::jsonb) returning customer_id
        """,
        int(site_id),
        change.card.name,
        change.card.company,
        change.card.note,
        change.card.customer_class,
        change.at,
        change.by,
        _details(change.card),
    )
    return made


async def write_phones(connection: Any, site_id: SiteId, customer_id: int, phones: Sequence[str]) -> None:
    """All numbers of a card, in this order; one that stands on another card goes over to this one."""
    await connection.execute(
        "delete from customer_phone where site_id = $1 and customer_id = $2 and not e164 = any($3::text[])",
        int(site_id),
        customer_id,
        list(phones),
    )
    await connection.executemany(
        """
        insert into customer_phone (site_id, e164, customer_id, place) values ($1, $2, $3, $4)
        on conflict (site_id, e164) do update
        set customer_id = excluded.customer_id, place = excluded.place
        """,
        [(int(site_id), phone, customer_id, place) for place, phone in enumerate(phones)],
    )


async def absorb_customer(connection: Any, site_id: SiteId, kept: int, gone: int) -> None:
    """Addresses, numbers and history of one card go over to another; then it is no more."""
    for table in ("customer_party", "customer_phone", "identified_customer"):
        await connection.execute(
            f"update {table} set customer_id = $2 where site_id = $1 and customer_id = $3",
            int(site_id),
            kept,
            gone,
        )
    await connection.execute(
        "update customer_history set customer_id = $1 where customer_id = $2", kept, gone
    )
    await connection.execute(
        "delete from customer where site_id = $1 and customer_id = $2", int(site_id), gone
    )


def _customer(row: Any) -> Customer:
    return Customer(
        customer_id=row["customer_id"],
        card=_card(row),
        numbers=tuple(dict.fromkeys(row["numbers"])),
        changed_at=row["changed_at"],
    )


# --- numbers whose calls are turned away

_BLOCKED = """
    blocked_id, number, is_prefix, treatment, prompt, reason, until_at as until, changed_at, changed_by
"""


async def list_blocked(connection: Any, site_id: SiteId) -> list[BlockedNumber]:
    """All of them, those that are over too, the newest first."""
    rows = await connection.fetch(
        f"select {_BLOCKED} from blocked_number where site_id = $1 order by changed_at desc, blocked_id",
        int(site_id),
    )
    return [BlockedNumber(**dict(row)) for row in rows]


async def find_blocked(connection: Any, site_id: SiteId, blocked_id: int) -> BlockedNumber | None:
    """One of them."""
    row = await connection.fetchrow(
        f"select {_BLOCKED} from blocked_number where site_id = $1 and blocked_id = $2",
        int(site_id),
        blocked_id,
    )
    return None if row is None else BlockedNumber(**dict(row))


async def save_blocked(connection: Any, site_id: SiteId, given: BlockedNumber) -> BlockedNumber:
    """Writes it; the same number or beginning once more takes the place of what stood there."""
    row = await connection.fetchrow(
        f"""
        insert into blocked_number
            (site_id, number, is_prefix, treatment, prompt, reason, until_at, changed_at, changed_by)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        on conflict (site_id, number, is_prefix) do update
        set treatment = excluded.treatment, prompt = excluded.prompt, reason = excluded.reason,
            until_at = excluded.until_at, changed_at = excluded.changed_at, changed_by = excluded.changed_by
        returning {_BLOCKED}
        """,
        int(site_id),
        given.number,
        given.is_prefix,
        given.treatment,
        given.prompt,
        given.reason,
        given.until,
        given.changed_at,
        given.changed_by,
    )
    return BlockedNumber(**dict(row))


async def remove_blocked(connection: Any, site_id: SiteId, blocked_id: int) -> str | None:
    """The number that is free again; None when there was none."""
    found: str | None = await connection.fetchval(
        "delete from blocked_number where site_id = $1 and blocked_id = $2 returning number",
        int(site_id),
        blocked_id,
    )
    return found


async def list_suspects(
    connection: Any, site_id: SiteId, *, since_ms: int, short_ms: int, wrong: int, short: int, limit: int
) -> list[Suspect]:
    """Numbers that called since then and were said to be wrong so often, or were over so soon so often; those
    that are blocked already are left out."""
    rows = await connection.fetch(
        """
        with called as (
            select i.customer_id as party_id, i.start_ms,
                coalesce(d.kind in ('wrong_number', 'spam'), false) as is_wrong,
                i.end_ms <> 0 and i.end_ms - i.start_ms < $3 as is_short
            from interaction as i
            left join outcome as o on o.site_id = i.site_id and o.interaction_id = i.interaction_id
            left join disposition as d on d.site_id = i.site_id and d.disposition_id = o.disposition_id
            where i.site_id = $1 and i.direction = 1 and i.customer_id <> 0 and i.start_ms >= $2
        ), counted as (
            select party_id, count(*) filter (where is_wrong) as wrong,
                count(*) filter (where is_short) as short, max(start_ms) as last_ms
            from called group by party_id
            having count(*) filter (where is_wrong) >= $4 or count(*) filter (where is_short) >= $5
        )
        select party.e164 as number, wrong, short, to_timestamp(last_ms / 1000.0) as last_at
        from counted
        join party on party.site_id = $1 and party.party_id = counted.party_id
        where party.e164 is not null and party.e164 <> '' and not exists (
            select from blocked_number as b
            where b.site_id = $1 and (
                b.number = party.e164 or (b.is_prefix and starts_with(party.e164, b.number))
            )
        )
        order by wrong desc, short desc, last_ms desc limit $6
        """,
        int(site_id),
        since_ms,
        short_ms,
        wrong,
        short,
        limit,
    )
    return [Suspect(**dict(row)) for row in rows]
