"""Trunks: as every thing that is set up, but with a secret and a live state."""

from datetime import timedelta
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter

from otklik.access.rights import Right
from otklik.api.engine import change, question
from otklik.api.kept_secret import forget_secret, secret_for
from otklik.api.parts import Parts, Serves
from otklik.api.route import Route
from otklik.api.routes import organization_forms as forms
from otklik.api.schemas.base import Id
from otklik.api.schemas.organization import Removed, TrunkRow, TrunkSave, TrunkTest
from otklik.api.sign_in import Who, requires
from otklik.organization import commands as ask
from otklik.organization import store
from otklik.organization.model import BUILT_IN, Trunk
from otklik.switchboard.client import EngineAway
from otklik.switchboard.ports import TrunkCheck
from otklik.switchboard.requests import TestTrunk
from otklik.vocabulary.ids import SecretId, TrunkId
from otklik.vocabulary.refusals import NotFound

router = APIRouter(prefix="/api/v1", tags=["organization"], route_class=Route)

Manages = Annotated[Who, requires(Right.MANAGE_TRUNKS)]
TEST_PATIENCE = timedelta(seconds=8)
UNKNOWN = {"state": "unknown", "detail": ""}


@router.get("/trunks")
async def list_trunks(
    who: Annotated[Who, requires(Right.MANAGE_TRUNKS, Right.MANAGE_QUEUES, Right.MANAGE_NUMBERS)],
    parts: Serves,
) -> list[TrunkRow]:
    """All of them with their live state."""
    async with parts.reading() as connection:
        trunks = await store.list_things(connection, "trunk", site_id=parts.site_id)
    states = await _states(parts)
    return [_row(trunk, states) for trunk in trunks if trunk.trunk_id not in BUILT_IN]


@router.post("/trunks", status_code=201)
async def create_trunk(who: Manages, parts: Serves, body: TrunkSave) -> TrunkRow:
    """A new one; the channel knows it when this returns."""
    return await _save(who, parts, body, None)


@router.get("/trunks/{trunk_id}")
async def find_trunk(who: Manages, parts: Serves, trunk_id: Id) -> TrunkRow:
    """One."""
    return _row(await _find(parts, trunk_id), await _states(parts))


@router.put("/trunks/{trunk_id}")
async def change_trunk(who: Manages, parts: Serves, trunk_id: Id, body: TrunkSave) -> TrunkRow:
    """Change one; calls on it go on."""
    return await _save(who, parts, body, await _find(parts, trunk_id))


@router.delete("/trunks/{trunk_id}")
async def remove_trunk(who: Manages, parts: Serves, trunk_id: Id) -> Removed:
    """Remove one and its secret."""
    trunk = await _find(parts, trunk_id)
    seq, _ = await change(parts, who.person_id, ask.RemoveTrunk(trunk_id=TrunkId(trunk_id)), thing="trunk")
    await forget_secret(parts, trunk.secret_id)
    return Removed(seq=seq)


@router.post("/trunks/{trunk_id}/test")
async def test_trunk(who: Manages, parts: Serves, trunk_id: Id) -> TrunkTest:
    """Ask its far end now; takes up to six seconds when nobody answers."""
    await _find(parts, trunk_id)
    answer = await parts.engine.ask(TestTrunk(trunk_id=trunk_id), patience=TEST_PATIENCE)
    check = msgspec.convert(answer.facts, TrunkCheck)
    return TrunkTest(
        state=check.state,
        state_detail=check.detail,
        answers=check.answers,
        round_trip_ms=check.round_trip_ms if check.round_trip_ms >= 0 else None,
    )


async def _save(who: Who, parts: Parts, body: TrunkSave, known: Trunk | None) -> TrunkRow:
    before = known.secret_id if known else SecretId(0)
    identity = known.trunk_id if known else 0
    async with secret_for(parts, "trunk", before, body.secret) as secret_id:
        asked = ask.SaveTrunk(trunk=forms.trunk_of(body, identity, secret_id))
        seq, trunk_id = await change(parts, who.person_id, asked, thing="trunk", known_id=identity)
    row = _row(await _find(parts, trunk_id), await _states(parts))
    return row.model_copy(update={"seq": seq})


async def _find(parts: Parts, trunk_id: int) -> Trunk:
    async with parts.reading() as connection:
        found: Trunk | None = await store.find_thing(connection, "trunk", trunk_id, site_id=parts.site_id)
    if found is None or trunk_id in BUILT_IN:
        raise NotFound("unknown_trunk", trunk_id=trunk_id)
    return found


async def _states(parts: Parts) -> dict[str, dict[str, Any]]:
    """Nothing is known of them while the engine is away."""
    try:
        found: dict[str, dict[str, Any]] = (await question(parts, "trunks"))["trunks"]
    except EngineAway:
        return {}
    return found


def _row(trunk: Trunk, states: dict[str, dict[str, Any]]) -> TrunkRow:
    found = states.get(str(trunk.trunk_id), UNKNOWN)
    return forms.trunk_row(trunk, str(found["state"]), str(found["detail"]))
