"""Ways, receivers and deliveries in PostgreSQL. The only SQL of this room."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from otklik.deliveries.model import Delivery, Enclosure, Letter, Receiver, State, Way
from otklik.vocabulary.ids import PersonId, SiteId

_way = msgspec.json.Decoder(Way)
_receiver = msgspec.json.Decoder(Receiver)
_letter = msgspec.json.Decoder(Letter)

# --- the process that sends


async def note_beat(connection: Any, site_id: SiteId, *, at: datetime) -> None:
    """It works."""
    await connection.execute(
        "insert into courier_beat (site_id, at) values ($1, $2)"
        " on conflict (site_id) do update set at = excluded.at",
        site_id,
        at,
    )


async def last_beat(connection: Any, site_id: SiteId) -> datetime | None:
    """When it said so last; None: never."""
    found: datetime | None = await connection.fetchval(
        "select at from courier_beat where site_id = $1", site_id
    )
    return found


# --- ways and receivers


async def list_ways(connection: Any, site_id: SiteId) -> list[Way]:
    """Those that were not removed, by name."""
    rows = await connection.fetch(
        "select way_id, body::text as body from delivery_way"
        " where site_id = $1 and removed_at is null order by lower(body ->> 'name'), way_id",
        site_id,
    )
    return [msgspec.structs.replace(_way.decode(row["body"]), way_id=row["way_id"]) for row in rows]


async def find_way(connection: Any, site_id: SiteId, way_id: int) -> Way | None:
    """One that was not removed."""
    return next((way for way in await list_ways(connection, site_id) if way.way_id == way_id), None)


async def save_way(connection: Any, site_id: SiteId, way: Way, *, at: datetime, by: PersonId) -> int:
    """A new one (way_id 0) or a changed one; gives its id."""
    return await _save(connection, "delivery_way", "way_id", site_id, way.way_id, way, at, by)


async def remove_way(connection: Any, site_id: SiteId, way_id: int, *, at: datetime, by: PersonId) -> None:
    """Nothing leaves by it any more; what waits for it fails."""
    await _remove(connection, "delivery_way", "way_id", site_id, way_id, at, by)


async def list_receivers(connection: Any, site_id: SiteId) -> list[Receiver]:
    """Those that were not removed, by name."""
    rows = await connection.fetch(
        "select receiver_id, body::text as body from receiver"
        " where site_id = $1 and removed_at is null order by lower(body ->> 'name'), receiver_id",
        site_id,
    )
    return [
        msgspec.structs.replace(_receiver.decode(row["body"]), receiver_id=row["receiver_id"]) for row in rows
    ]


async def find_receiver(connection: Any, site_id: SiteId, receiver_id: int) -> Receiver | None:
    """One that was not removed."""
    found = await list_receivers(connection, site_id)
    return next((one for one in found if one.receiver_id == receiver_id), None)


async def save_receiver(
    connection: Any, site_id: SiteId, receiver: Receiver, *, at: datetime, by: PersonId
) -> int:
    """A new one (receiver_id 0) or a changed one; gives its id."""
    return await _save(connection, "receiver", "receiver_id", site_id, receiver.receiver_id, receiver, at, by)


async def remove_receiver(
    connection: Any, site_id: SiteId, receiver_id: int, *, at: datetime, by: PersonId
) -> None:
    """Nothing is told to him any more."""
    await _remove(connection, "receiver", "receiver_id", site_id, receiver_id, at, by)


async def _save(  # noqa: PLR0913 - two tables of one form
    connection: Any,
    table: str,
    key: str,
    site_id: SiteId,
    identity: int,
    value: msgspec.Struct,
    at: datetime,
    by: PersonId,
) -> int:
    body = msgspec.json.encode(value).decode()
    if not identity:
        return int(
            await connection.fetchval(
                f"insert into {table} (site_id, body, changed_at, changed_by) values ($1, $2, $3, $4)"
                f" returning {key}",
                site_id,
                body,
                at,
                by,
            )
        )
    await connection.execute(
        f"update {table} set body = $3, changed_at = $4, changed_by = $5 where site_id = $1 and {key} = $2",
        site_id,
        identity,
        body,
        at,
        by,
    )
    return identity


async def _remove(
    connection: Any, table: str, key: str, site_id: SiteId, identity: int, at: datetime, by: PersonId
) -> None:
    await connection.execute(
        f"update {table} set removed_at = $3, changed_at = $3, changed_by = $4"
        f" where site_id = $1 and {key} = $2",
        site_id,
        identity,
        at,
        by,
    )


# --- deliveries

_COLUMNS = """
    delivery_id, way_id, receiver_id, address, letter::text as letter, source, source_id, state, made_at,
    due_at, tries, done_at, answer, in_digest
"""


async def add_delivery(  # noqa: PLR0913 - one argument per column
    connection: Any,
    site_id: SiteId,
    *,
    way_id: int,
    receiver_id: int,
    address: str,
    letter: Letter,
    source: str,
    source_id: int,
    at: datetime,
    due: datetime,
    enclosures: Sequence[Enclosure] = (),
) -> int:
    """Something to be told, in the caller's transaction; gives its id."""
    delivery_id = int(
        await connection.fetchval(
            """
            insert into delivery (
                site_id, way_id, receiver_id, address, letter, source, source_id, state, made_at, due_at
            )
            values ($1, $2, $3, $4, $5, $6, $7, 'waiting', $8, $9)
            returning delivery_id
            """,
            site_id,
            way_id,
            receiver_id,
            address,
            msgspec.json.encode(letter).decode(),
            source,
            source_id,
            at,
            due,
        )
    )
    for one in enclosures:
        await connection.execute(
            "insert into delivery_enclosure (delivery_id, name, media_type, content, content_id)"
            " values ($1, $2, $3, $4, $5)",
            delivery_id,
            one.name,
            one.media_type,
            one.content,
            one.content_id,
        )
    return delivery_id


async def take_due(
    connection: Any, site_id: SiteId, *, at: datetime, lease: timedelta, limit: int
) -> list[Delivery]:
    """What is due, taken for so long: whoever takes it and dies leaves it due again after that."""
    rows = await connection.fetch(
        f"""
        update delivery set tries = tries + 1, due_at = $3
        where delivery_id in (
            select delivery_id from delivery
            where site_id = $1 and state = 'waiting' and due_at <= $2
            order by due_at, delivery_id limit $4
            for update skip locked
        )
        returning {_COLUMNS}
        """,
        site_id,
        at,
        at + lease,
        limit,
    )
    return sorted((_of_delivery(row) for row in rows), key=lambda one: one.delivery_id)


async def list_enclosures(connection: Any, delivery_id: int) -> list[Enclosure]:
    """The files that go with it."""
    rows = await connection.fetch(
        "select name, media_type, content, content_id from delivery_enclosure where delivery_id = $1"
        " order by enclosure_id",
        delivery_id,
    )
    return [Enclosure(**dict(row)) for row in rows]


async def settle(
    connection: Any, delivery_id: int, state: State, answer: str, *, at: datetime, in_digest: bool = False
) -> None:
    """It is over. Files are not kept longer than they are needed."""
    await connection.execute(
        "update delivery set state = $2, answer = $3, done_at = $4, in_digest = $5 where delivery_id = $1",
        delivery_id,
        state.value,
        answer,
        at,
        in_digest,
    )
    await connection.execute("delete from delivery_enclosure where delivery_id = $1", delivery_id)


async def put_off(connection: Any, delivery_id: int, answer: str, *, due: datetime) -> None:
    """To be tried again then."""
    await connection.execute(
        "update delivery set answer = $2, due_at = $3 where delivery_id = $1 and state = 'waiting'",
        delivery_id,
        answer,
        due,
    )


async def skip_untried(
    connection: Any, site_id: SiteId, source: str, source_id: int, *, at: datetime
) -> list[int]:
    """What was not told yet about something that is over; gives the receivers who now need not hear of it."""
    rows = await connection.fetch(
        "update delivery set state = 'skipped', done_at = $4"
        " where site_id = $1 and source = $2 and source_id = $3 and state = 'waiting' and tries = 0"
        " returning receiver_id",
        site_id,
        source,
        source_id,
        at,
    )
    return [row["receiver_id"] for row in rows]


async def try_again(connection: Any, site_id: SiteId, delivery_id: int, *, at: datetime) -> bool:
    """A failed one waits again; False if it is none."""
    return bool(
        await connection.fetchval(
            "update delivery set state = 'waiting', tries = 0, made_at = $3, due_at = $3, done_at = null"
            " where site_id = $1 and delivery_id = $2 and state = 'failed' returning 1",
            site_id,
            delivery_id,
            at,
        )
    )


async def list_deliveries(
    connection: Any,
    site_id: SiteId,
    *,
    state: State | None = None,
    way_id: int | None = None,
    receiver_id: int | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[Delivery]:
    """The log, newest first."""
    rows = await connection.fetch(
        f"""
        select {_COLUMNS} from delivery
        where site_id = $1 and ($2::text is null or state = $2) and ($3::integer is null or way_id = $3)
            and ($4::integer is null or receiver_id = $4) and ($5::bigint is null or delivery_id < $5)
        order by delivery_id desc limit $6
        """,
        site_id,
        state and state.value,
        way_id,
        receiver_id,
        before,
        limit,
    )
    return [_of_delivery(row) for row in rows]


async def find_delivery(connection: Any, site_id: SiteId, delivery_id: int) -> Delivery | None:
    """One of them."""
    row = await connection.fetchrow(
        f"select {_COLUMNS} from delivery where site_id = $1 and delivery_id = $2", site_id, delivery_id
    )
    return None if row is None else _of_delivery(row)


async def drop_old(connection: Any, site_id: SiteId, *, before: datetime) -> None:
    """Forget what was over before then."""
    await connection.execute(
        "delete from delivery where site_id = $1 and done_at < $2 and state <> 'waiting'", site_id, before
    )


def _of_delivery(row: Any) -> Delivery:
    found = dict(row)
    return Delivery(**found | {"letter": _letter.decode(found["letter"]), "state": State(found["state"])})
