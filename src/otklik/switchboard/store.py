"""Parties: the one place where a customer's number stands. The only SQL of this room.

Read by the writer before a batch, written in the batch's transaction. Erasure empties `e164`; the row stays.
"""

from collections.abc import Iterable
from typing import Any

from otklik.journal.projection import Acts
from otklik.vocabulary.ids import PartyId, SiteId

_NEW_PARTIES = """
    insert into party (site_id, party_id, e164)
    select $1, new.* from unnest($2::bigint[], $3::text[]) as new
"""


async def find_parties(connection: Any, site_id: SiteId, numbers: Iterable[str]) -> dict[str, PartyId]:
    """The parties of those numbers that were ever seen, in one round trip."""
    rows = await connection.fetch(
        "select e164, party_id from party where site_id = $1 and e164 = any($2::text[])",
        int(site_id),
        list(numbers),
    )
    return {row["e164"]: PartyId(row["party_id"]) for row in rows}


def new_parties(site_id: SiteId, parties: Iterable[tuple[PartyId, str]]) -> Acts:
    """New parties, for the statement that writes the event that first names them."""
    ids, numbers = zip(*parties, strict=True)
    return Acts((_NEW_PARTIES,), (int(site_id), list(ids), list(numbers)))


async def numbers_of(connection: Any, site_id: SiteId, parties: Iterable[PartyId]) -> dict[PartyId, str]:
    """Numbers of live parties, after a restart."""
    rows = await connection.fetch(
        "select party_id, e164 from party"
        " where site_id = $1 and party_id = any($2::bigint[]) and e164 is not null",
        int(site_id),
        [int(party_id) for party_id in parties],
    )
    return {PartyId(row["party_id"]): row["e164"] for row in rows}
