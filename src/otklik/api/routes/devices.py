"""SIP phones of people: a login, a server, and a secret of their own that can be revoked."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Request

from otklik.access import secrets
from otklik.access import service as access
from otklik.access.rights import Right
from otklik.api.engine import change, question
from otklik.api.noting import note
from otklik.api.parts import Parts, Serves
from otklik.api.route import Route
from otklik.api.schemas.base import Id
from otklik.api.schemas.organization import DeviceNew, DeviceRow, Removed
from otklik.api.sign_in import Who, address_of, requires
from otklik.organization import commands as ask
from otklik.organization import store
from otklik.organization.model import Device, DeviceId, DeviceKind
from otklik.switchboard.client import EngineAway
from otklik.vocabulary.ids import AgentId
from otklik.vocabulary.refusals import NotFound

router = APIRouter(prefix="/api/v1", tags=["people"], route_class=Route)

ManagesDevices = Annotated[Who, requires(Right.MANAGE_DEVICES)]


@router.get("/people/{person_id}/devices")
async def list_devices(who: ManagesDevices, parts: Serves, person_id: Id) -> list[DeviceRow]:
    """What may ring at him."""
    async with parts.reading() as connection:
        devices = await store.list_things(connection, "device", site_id=parts.site_id)
    registered = await _registered(parts)
    return [
        device_row(parts, device, device.login in registered)
        for device in devices
        if device.agent_id == person_id
    ]


@router.post("/people/{person_id}/devices", status_code=201)
async def create_device(
    who: ManagesDevices, request: Request, parts: Serves, person_id: Id, body: DeviceNew
) -> DeviceRow:
    """A SIP phone with a long-lived secret of its own; the secret is shown this once."""
    async with parts.reading() as connection:
        agent = await store.find_thing(connection, "agent", person_id, site_id=parts.site_id)
        known = await store.list_things(connection, "device", site_id=parts.site_id)
    if agent is None:
        raise NotFound("unknown_agent", agent_id=person_id)
    logins = {device.login for device in known}
    login = next(
        name for number in range(1, len(logins) + 2) if (name := f"phone-{person_id}-{number}") not in logins
    )
    at = parts.clock.now()
    password = secrets.new_secret()
    async with parts.writing() as connection:
        secret_id = await secrets.write_secret(connection, parts.secret_key, "device", password, at=at)
        await access.note(
            connection,
            "device.created",
            by=who,
            at=at,
            address=address_of(request),
            entity="person",
            entity_id=person_id,
            facts={"login": login},
        )
    device = Device(
        agent_id=AgentId(person_id),
        kind=DeviceKind.SIP,
        login=login,
        secret_id=secret_id,
        codecs=tuple(body.codecs),
    )
    try:
        seq, device_id = await change(parts, who.person_id, ask.SaveDevice(device=device), thing="device")
    except EngineAway:
        # It may have been taken all the same: the secret stays.
        raise
    except Exception:
        # Nobody will ever use this secret.
        async with parts.writing() as connection:
            await secrets.delete_secret(connection, secret_id)
        raise
    row = device_row(parts, msgspec.structs.replace(device, device_id=DeviceId(device_id)), False)
    return row.model_copy(update={"secret": password, "seq": seq})


@router.delete("/people/{person_id}/devices/{device_id}")
async def remove_device(
    who: ManagesDevices, request: Request, parts: Serves, person_id: Id, device_id: Id
) -> Removed:
    """Its secret stops working at once."""
    async with parts.reading() as connection:
        device: Device | None = await store.find_thing(connection, "device", device_id, site_id=parts.site_id)
    if device is None or device.agent_id != person_id:
        raise NotFound("unknown_device", device_id=device_id)
    seq, _ = await change(parts, who.person_id, ask.RemoveDevice(device_id=device.device_id), thing="device")
    async with parts.writing() as connection:
        await secrets.delete_secret(connection, device.secret_id)
        await note(
            connection,
            who,
            request,
            parts,
            "device.removed",
            entity="person",
            entity_id=person_id,
            facts={"login": device.login},
        )
    return Removed(seq=seq)


def device_row(parts: Parts, device: Device, registered: bool) -> DeviceRow:
    """Without its secret."""
    return DeviceRow.model_validate(
        {
            "id": device.device_id,
            "kind": device.kind.value,
            "login": device.login,
            "server": parts.sip_server,
            "secret": None,
            "codecs": list(device.codecs),
            "registered": registered,
        }
    )


async def _registered(parts: Parts) -> set[str]:
    try:
        return set((await question(parts, "devices")).get("reachable", ()))
    except EngineAway:
        return set()
