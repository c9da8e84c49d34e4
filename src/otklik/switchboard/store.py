"""Parties: the one place where a customer's number stands; and what flows were told of live interactions
that the journal must not hold. The only SQL of this room.

Read by the writer before a batch, written in the batch's transaction. Erasure empties `e164`; the row stays.
"""

from collections.abc import Iterable
from typing import Any

from otklik.journal.projection import Acts
from otklik.vocabulary.ids import InteractionId, PartyId, SiteId

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


async def write_private(
    connection: Any,
    site_id: SiteId,
    kept: Iterable[tuple[InteractionId, dict[str, str]]],
    over: Iterable[InteractionId],
) -> None:
    """What became known, until its interaction is over."""
    rows = [
        (int(site_id), int(interaction_id), name, value)
        for interaction_id, values in kept
        for name, value in values.items()
    ]
    if rows:
        await connection.executemany(
            """
            insert into private_value (site_id, interaction_id, name, value) values ($1, $2, $3, $4)
            on conflict (site_id, interaction_id, name) do update set value = excluded.value
            """,
            rows,
        )
    ended = [int(interaction_id) for interaction_id in over]
    if ended:
        await connection.execute(
            "delete from private_value where site_id = $1 and interaction_id = any($2::bigint[])",
            int(site_id),
            ended,
        )


async def private_values(connection: Any, site_id: SiteId) -> dict[InteractionId, dict[str, str]]:
    """All that is kept, after a restart."""
    found: dict[InteractionId, dict[str, str]] = {}
    for row in await connection.fetch(
        "select interaction_id, name, value from private_value where site_id = $1", int(site_id)
    ):
        found.setdefault(InteractionId(row["interaction_id"]), {})[row["name"]] = row["value"]
    return found
