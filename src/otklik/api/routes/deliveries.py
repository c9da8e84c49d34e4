"""What is told outside: mail servers, bots and webhooks with their secrets, receivers, and the log."""

from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec
from fastapi import APIRouter, Query, Request

from otklik.access import secrets
from otklik.access import store as people
from otklik.access.rights import Right
from otklik.api.noting import note
from otklik.api.parts import Parts, Serves
from otklik.api.route import Route
from otklik.api.schemas.base import Id
from otklik.api.schemas.deliveries import (
    DeliveryPage,
    DeliveryRow,
    DeliveryWayRow,
    DeliveryWaySave,
    ReceiverRow,
    ReceiverSave,
    StateWord,
    TrialAsked,
)
from otklik.api.sign_in import Who, requires
from otklik.deliveries import service as deliveries
from otklik.deliveries import store
from otklik.deliveries.model import (
    NEEDS_ADDRESS,
    SECRET_IS_ADDRESS,
    USUAL_ADDRESS,
    Delivery,
    Letter,
    Receiver,
    Security,
    State,
    Way,
    WayKind,
)
from otklik.organization import store as organization
from otklik.vocabulary.ids import PersonId, SecretId, TeamId
from otklik.vocabulary.refusals import Invalid, NotFound, Refused

router = APIRouter(prefix="/api/v1", tags=["deliveries"], route_class=Route)

Manages = Annotated[Who, requires(Right.MANAGE_DELIVERIES)]
Names = Annotated[Who, requires(Right.MANAGE_DELIVERIES, Right.MANAGE_ALERTS)]
SECRET_KIND = "delivery"
TRIAL = {
    "ru": Letter(
        subject="Проверка связи: Отклик", text="Это пробное сообщение. Отвечать не нужно.", topic="test"
    ),
    "en": Letter(subject="Otklik: a test", text="This is a trial. There is nothing to do.", topic="test"),
}


# --- ways


@router.get("/delivery-ways")
async def list_delivery_ways(who: Names, parts: Serves) -> list[DeliveryWayRow]:
    """All of them; never a secret."""
    async with parts.reading() as connection:
        return [_way_row(way) for way in await store.list_ways(connection, parts.site_id)]


@router.post("/delivery-ways", status_code=201)
async def create_delivery_way(
    who: Manages, request: Request, parts: Serves, body: DeliveryWaySave
) -> DeliveryWayRow:
    """A new one."""
    return await _save_way(who, request, parts, body, None)


@router.put("/delivery-ways/{way_id}")
async def change_delivery_way(
    who: Manages, request: Request, parts: Serves, way_id: Id, body: DeliveryWaySave
) -> DeliveryWayRow:
    """Change one; its kind stays."""
    async with parts.reading() as connection:
        known = await deliveries.find_way(connection, parts.site_id, way_id)
    if known.kind.value != body.kind:
        raise Refused("kind_fixed")
    return await _save_way(who, request, parts, body, known)


@router.delete("/delivery-ways/{way_id}", status_code=204)
async def remove_delivery_way(who: Manages, request: Request, parts: Serves, way_id: Id) -> None:
    """Remove one and its secret; refused while receivers use it."""
    at = parts.clock.now()
    async with parts.writing() as connection:
        way = await deliveries.find_way(connection, parts.site_id, way_id)
        used = [
            one.name for one in await store.list_receivers(connection, parts.site_id) if one.way_id == way_id
        ]
        if used:
            raise Refused("way_used", names=", ".join(used[:5]))
        await store.remove_way(connection, parts.site_id, way_id, at=at, by=who.person_id)
        if way.secret_id:
            await secrets.delete_secret(connection, way.secret_id)
        await _note(connection, who, request, parts, "delivery_way.removed", way_id, way.name)


@router.post("/delivery-ways/{way_id}/test", status_code=202)
async def test_delivery_way(who: Manages, parts: Serves, way_id: Id, body: TrialAsked) -> DeliveryRow:
    """Send a trial; what came of it is asked by its id."""
    at = parts.clock.now()
    async with parts.writing() as connection:
        way = await deliveries.find_way(connection, parts.site_id, way_id)
        if way.kind in NEEDS_ADDRESS and not body.address:
            raise Invalid("required", "address")
        if way.kind is WayKind.EMAIL:
            deliveries.check_mailboxes(body.address, "address")
        site = await organization.find_site(connection, site_id=parts.site_id)
        delivery_id = await store.add_delivery(
            connection,
            parts.site_id,
            way_id=way_id,
            receiver_id=0,
            address=body.address,
            letter=TRIAL["en" if site is not None and site.language == "en" else "ru"],
            source="test",
            source_id=0,
            at=at,
            due=at,
        )
        found = await store.find_delivery(connection, parts.site_id, delivery_id)
    assert found is not None, "it was just written"
    return _row(found)


async def _save_way(
    who: Who, request: Request, parts: Parts, body: DeliveryWaySave, known: Way | None
) -> DeliveryWayRow:
    """The secret, the way and the end of the secret before, in one transaction."""
    kind = WayKind(body.kind)
    address = body.address.strip()
    given = body.secret.strip() if body.secret is not None else None
    if kind in SECRET_IS_ADDRESS:
        address = known.address if known is not None and not given else _beginning(given)
    elif not address:
        address = USUAL_ADDRESS.get(kind, "")
    way = Way(
        way_id=known.way_id if known else 0,
        name=body.name,
        kind=kind,
        address=address,
        port=body.port,
        security=Security(body.security),
        login=body.login,
        sender=body.sender,
        sender_name=body.sender_name,
        secret_id=known.secret_id if known else SecretId(0),
        allowed_hosts=tuple(one.lower() for one in body.allowed_hosts if one),
        ca=body.ca,
        is_on=body.is_on,
    )
    deliveries.check_way(way)
    if given is None and known is not None and known.secret_id and _leads_elsewhere(known, way):
        # Whoever may change an address must not learn the secret by letting it be sent to himself.
        raise Invalid("secret_needed", "secret")
    if kind in (WayKind.TELEGRAM, WayKind.MAX) and not given and (known is None or not known.secret_id):
        raise Invalid("required", "secret")
    at = parts.clock.now()
    async with parts.writing() as connection:
        if given is not None:
            if way.secret_id:
                await secrets.delete_secret(connection, way.secret_id)
            secret_id = SecretId(0)
            if given:
                secret_id = await secrets.write_secret(
                    connection, parts.secret_key, SECRET_KIND, given, at=at
                )
            way = msgspec.structs.replace(way, secret_id=secret_id)
        way_id = await store.save_way(connection, parts.site_id, way, at=at, by=who.person_id)
        action = "delivery_way.changed" if known else "delivery_way.created"
        await _note(connection, who, request, parts, action, way_id, way.name)
        return _way_row(await deliveries.find_way(connection, parts.site_id, way_id))


def _beginning(secret: str | None) -> str:
    """Where a secret address leads, without what makes it secret."""
    found = urlsplit(secret or "")
    if found.scheme not in ("https", "http") or not found.hostname or len(found.path) < 2:
        raise Invalid("address_unfit", "secret")
    return f"{found.scheme}://{found.netloc.lower()}"


def _leads_elsewhere(known: Way, way: Way) -> bool:
    if known.kind is WayKind.EMAIL:
        return (known.address, known.port, known.security) != (way.address, way.port, way.security)
    before, after = urlsplit(known.address), urlsplit(way.address)
    return (before.scheme, before.netloc.lower()) != (after.scheme, after.netloc.lower())


def _way_row(way: Way) -> DeliveryWayRow:
    return DeliveryWayRow(
        id=way.way_id,
        name=way.name,
        kind=way.kind.value,
        address=way.address,
        port=way.port,
        security=way.security.value,
        login=way.login,
        sender=way.sender,
        sender_name=way.sender_name,
        has_secret=bool(way.secret_id),
        allowed_hosts=list(way.allowed_hosts),
        ca=way.ca,
        is_on=way.is_on,
    )


# --- receivers


@router.get("/receivers")
async def list_receivers(who: Names, parts: Serves) -> list[ReceiverRow]:
    """Where something may go."""
    async with parts.reading() as connection:
        return [_receiver_row(one) for one in await store.list_receivers(connection, parts.site_id)]


@router.post("/receivers", status_code=201)
async def create_receiver(who: Manages, request: Request, parts: Serves, body: ReceiverSave) -> ReceiverRow:
    """A new one."""
    return await _save_receiver(who, request, parts, body, 0)


@router.put("/receivers/{receiver_id}")
async def change_receiver(
    who: Manages, request: Request, parts: Serves, receiver_id: Id, body: ReceiverSave
) -> ReceiverRow:
    """Change one."""
    return await _save_receiver(who, request, parts, body, receiver_id)


@router.delete("/receivers/{receiver_id}", status_code=204)
async def remove_receiver(who: Manages, request: Request, parts: Serves, receiver_id: Id) -> None:
    """Nothing is told to him any more."""
    at = parts.clock.now()
    async with parts.writing() as connection:
        found = await store.find_receiver(connection, parts.site_id, receiver_id)
        if found is None:
            raise NotFound("unknown_receiver", receiver_id=receiver_id)
        await store.remove_receiver(connection, parts.site_id, receiver_id, at=at, by=who.person_id)
        await _note(connection, who, request, parts, "receiver.removed", receiver_id, found.name)


async def _save_receiver(
    who: Who, request: Request, parts: Parts, body: ReceiverSave, receiver_id: int
) -> ReceiverRow:
    at = parts.clock.now()
    receiver = Receiver(
        receiver_id=receiver_id,
        name=body.name,
        way_id=body.way_id,
        address=body.address,
        person_id=PersonId(body.person_id or 0),
        team_id=TeamId(body.team_id or 0),
        quiet_since=body.quiet_since,
        quiet_until=body.quiet_until,
        critical_wakes=body.critical_wakes,
        tells_end=body.tells_end,
        language=body.language,
        is_on=body.is_on,
    )
    async with parts.writing() as connection:
        way = await store.find_way(connection, parts.site_id, body.way_id)
        if way is None:
            raise Invalid("unknown_way", "way_id", way_id=body.way_id)
        deliveries.check_receiver(receiver, way)
        if body.person_id and body.person_id not in await people.names_of(connection):
            raise Invalid("unknown_person", "person_id", id=body.person_id)
        teams = await organization.list_things(connection, "team", site_id=parts.site_id)
        if body.team_id and body.team_id not in {int(team.team_id) for team in teams}:
            raise Invalid("unknown_team", "team_id", id=body.team_id)
        if receiver_id and await store.find_receiver(connection, parts.site_id, receiver_id) is None:
            raise NotFound("unknown_receiver", receiver_id=receiver_id)
        saved = await store.save_receiver(connection, parts.site_id, receiver, at=at, by=who.person_id)
        action = "receiver.changed" if receiver_id else "receiver.created"
        await _note(connection, who, request, parts, action, saved, receiver.name)
        return _receiver_row(msgspec.structs.replace(receiver, receiver_id=saved))


def _receiver_row(one: Receiver) -> ReceiverRow:
    return ReceiverRow(
        id=one.receiver_id,
        name=one.name,
        way_id=one.way_id,
        address=one.address,
        person_id=one.person_id or None,
        team_id=one.team_id or None,
        quiet_since=one.quiet_since,
        quiet_until=one.quiet_until,
        critical_wakes=one.critical_wakes,
        tells_end=one.tells_end,
        language=one.language,  # type: ignore[arg-type]  # it was checked when it was saved
        is_on=one.is_on,
    )


# --- the log


@router.get("/deliveries")
async def list_deliveries(
    who: Manages,
    parts: Serves,
    state: StateWord | None = None,
    way: Id | None = None,
    receiver: Id | None = None,
    before: Annotated[int | None, Query(ge=1, le=2**53 - 1)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> DeliveryPage:
    """What was told or is to be told, newest first."""
    async with parts.reading() as connection:
        found = await store.list_deliveries(
            connection,
            parts.site_id,
            state=None if state is None else State(state),
            way_id=way,
            receiver_id=receiver,
            before=before,
            limit=limit,
        )
    return DeliveryPage(
        rows=[_row(one) for one in found], next=found[-1].delivery_id if len(found) == limit else None
    )


@router.get("/deliveries/{delivery_id}")
async def find_delivery(who: Manages, parts: Serves, delivery_id: Id) -> DeliveryRow:
    """One of them."""
    return await _found(parts, delivery_id)


@router.post("/deliveries/{delivery_id}/again")
async def deliver_again(who: Manages, parts: Serves, delivery_id: Id) -> DeliveryRow:
    """Try one that failed again."""
    await _found(parts, delivery_id)
    async with parts.writing() as connection:
        if not await store.try_again(connection, parts.site_id, delivery_id, at=parts.clock.now()):
            raise Refused("delivery_not_failed", delivery_id=delivery_id)
    return await _found(parts, delivery_id)


async def _found(parts: Parts, delivery_id: int) -> DeliveryRow:
    async with parts.reading() as connection:
        found = await store.find_delivery(connection, parts.site_id, delivery_id)
    if found is None:
        raise NotFound("unknown_delivery", delivery_id=delivery_id)
    return _row(found)


def _row(one: Delivery) -> DeliveryRow:
    return DeliveryRow(
        id=one.delivery_id,
        way_id=one.way_id,
        receiver_id=one.receiver_id or None,
        address=one.address,
        subject=one.letter.subject,
        source=one.source,
        source_id=one.source_id,
        state=one.state.value,
        made_at=one.made_at,
        due_at=one.due_at,
        tries=one.tries,
        done_at=one.done_at,
        answer=one.answer,
        in_digest=one.in_digest,
    )


async def _note(
    connection: Any, who: Who, request: Request, parts: Parts, action: str, entity_id: int, name: str
) -> None:
    await note(
        connection,
        who,
        request,
        parts,
        action,
        entity=action.partition(".")[0],
        entity_id=entity_id,
        facts={"name": name},
    )
