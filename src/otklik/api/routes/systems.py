"""Systems outside that flows ask: set up with a secret, tried out with a question."""

from datetime import timedelta
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from fastapi import APIRouter

from otklik.access.rights import Right
from otklik.api.engine import change
from otklik.api.kept_secret import forget_secret, secret_for
from otklik.api.parts import Parts, Serves
from otklik.api.route import Route
from otklik.api.schemas.base import Id
from otklik.api.schemas.organization import Removed
from otklik.api.schemas.systems import SystemRow, SystemSave, SystemTried, SystemTry
from otklik.api.sign_in import Who, requires
from otklik.flows.look_ups import Extract, Question
from otklik.flows.model import systems_asked
from otklik.flows.nodes.lookup import Lookup
from otklik.flows.service import published
from otklik.organization import commands as ask
from otklik.organization import store
from otklik.organization.model import System, SystemKind
from otklik.switchboard.ports import TriedSystem
from otklik.switchboard.requests import TestSystem
from otklik.vocabulary.ids import SecretId, SystemId
from otklik.vocabulary.refusals import Invalid, NotFound

router = APIRouter(prefix="/api/v1", tags=["organization"], route_class=Route)

Manages = Annotated[Who, requires(Right.MANAGE_SYSTEMS)]
_SPARE = timedelta(seconds=2)


@router.get("/systems")
async def list_systems(
    who: Annotated[Who, requires(Right.MANAGE_SYSTEMS, Right.MANAGE_FLOWS)], parts: Serves
) -> list[SystemRow]:
    """All of them, with the flows that ask them; never a secret."""
    async with parts.reading() as connection:
        systems = await store.list_things(connection, "system", site_id=parts.site_id)
    asked = await _asked(parts)
    return [_row(system, asked) for system in systems]


@router.post("/systems", status_code=201)
async def create_system(who: Manages, parts: Serves, body: SystemSave) -> SystemRow:
    """A new one; flows may ask it when this returns."""
    return await _save(who, parts, body, None)


@router.put("/systems/{system_id}")
async def change_system(who: Manages, parts: Serves, system_id: Id, body: SystemSave) -> SystemRow:
    """Change one. Refused: another name or kind while a published flow asks it."""
    return await _save(who, parts, body, await _find(parts, system_id))


@router.delete("/systems/{system_id}")
async def remove_system(who: Manages, parts: Serves, system_id: Id) -> Removed:
    """Remove one and its secret; refused while a published flow asks it."""
    system = await _find(parts, system_id)
    asked = ask.RemoveSystem(system_id=SystemId(system_id))
    seq, _ = await change(parts, who.person_id, asked, thing="system")
    await forget_secret(parts, system.secret_id)
    return Removed(seq=seq)


@router.post("/systems/{system_id}/test")
async def test_system(who: Manages, parts: Serves, system_id: Id, body: SystemTry) -> SystemTried:
    """Ask it now, from where calls ask it; what it says is shown and not kept."""
    system = await _find(parts, system_id)
    values = tuple(
        Extract(name=one.name, path=one.path, kind=one.kind, is_required=one.is_required)
        for one in body.values
    )
    limit = timedelta(seconds=body.timeout_seconds)
    trial = Lookup(
        system=system.name,
        method=body.method,
        path=body.path,
        fields=body.fields,
        statement=body.statement,
        values=values,
        timeout=limit,
    )
    for code, field, detail in trial.flaws():
        raise Invalid(code, field, detail=detail)
    if (system.kind is SystemKind.DATABASE) != bool(body.statement):
        raise Invalid("system_unfit", "path", detail=system.name)
    question = Question(
        method=body.method, path=body.path, fields=body.fields, statement=body.statement, values=values
    )
    request = TestSystem(system=system, question=question, limit=limit)
    answer = await parts.engine.ask(request, patience=limit + _SPARE)
    tried = msgspec.convert(answer.facts, TriedSystem)
    return SystemTried(**msgspec.to_builtins(tried))


async def _save(who: Who, parts: Parts, body: SystemSave, known: System | None) -> SystemRow:
    before = known.secret_id if known else SecretId(0)
    if known is not None and before and body.secret is None and _leads_elsewhere(known, body):
        raise Invalid("secret_needed", "secret")
    identity = known.system_id if known else SystemId(0)
    async with secret_for(parts, "system", before, body.secret) as secret_id:
        system = System(
            system_id=identity,
            name=body.name,
            kind=SystemKind(body.kind),
            address=body.address,
            secret_header=body.secret_header,
            secret_id=secret_id,
            allowed_hosts=tuple(body.allowed_hosts),
            largest_answer=body.largest_answer,
        )
        asked = ask.SaveSystem(system=system)
        seq, system_id = await change(parts, who.person_id, asked, thing="system", known_id=identity)
    row = _row(await _find(parts, system_id), await _asked(parts))
    return row.model_copy(update={"seq": seq})


def _leads_elsewhere(known: System, body: SystemSave) -> bool:
    """Whoever may change an address must not learn the secret by letting it be sent to himself."""
    before, after = urlsplit(known.address), urlsplit(body.address.strip())
    return (before.scheme, before.netloc.lower()) != (after.scheme, after.netloc.lower())


async def _find(parts: Parts, system_id: int) -> System:
    async with parts.reading() as connection:
        found: System | None = await store.find_thing(connection, "system", system_id, site_id=parts.site_id)
    if found is None:
        raise NotFound("unknown_system", system_id=system_id)
    return found


async def _asked(parts: Parts) -> dict[str, list[str]]:
    """Names of flows by the system that they ask."""
    found: dict[str, list[str]] = {}
    async with parts.reading() as connection:
        flows = await published(connection, site_id=parts.site_id)
    for flow in flows.values():
        for name in systems_asked(flow):
            found.setdefault(name, []).append(flow.name)
    return found


def _row(system: System, asked: dict[str, list[str]]) -> SystemRow:
    return SystemRow(
        id=system.system_id,
        name=system.name,
        kind=system.kind.value,
        address=system.address,
        secret_header=system.secret_header,
        has_secret=bool(system.secret_id),
        allowed_hosts=list(system.allowed_hosts),
        largest_answer=system.largest_answer,
        flows=sorted(asked.get(system.name, [])),
    )
