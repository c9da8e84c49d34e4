"""The emergency announcement: one switch for all numbers, which ends by itself."""

from typing import Annotated

from fastapi import APIRouter

from otklik.access.rights import Right
from otklik.api.engine import change
from otklik.api.parts import Parts, Serves
from otklik.api.route import Route
from otklik.api.schemas.emergency import EmergencyRow, EmergencySave
from otklik.api.sign_in import Who, requires
from otklik.flows.prompts import playable
from otklik.organization import commands as ask
from otklik.organization import store
from otklik.organization.model import Emergency
from otklik.vocabulary.refusals import Invalid

router = APIRouter(prefix="/api/v1/emergency", tags=["emergency"], route_class=Route)

Announces = Annotated[Who, requires(Right.ANNOUNCE_EMERGENCY)]


@router.get("")
async def find_emergency(
    who: Annotated[Who, requires(Right.ANNOUNCE_EMERGENCY, Right.WATCH_BOARD)], parts: Serves
) -> EmergencyRow:
    """Whether something is announced now, and what."""
    return await _row(parts)


@router.put("")
async def announce_emergency(who: Announces, parts: Serves, body: EmergencySave) -> EmergencyRow:
    """Every call that begins from now on hears it, until its end."""
    if body.prompt not in playable(parts.settings.sounds):
        raise Invalid("unknown_prompt", "prompt", prompt=body.prompt)
    emergency = Emergency(prompt=body.prompt, until=body.until, ends_call=body.ends_call, note=body.note)
    seq, _ = await change(parts, who.person_id, ask.AnnounceEmergency(emergency=emergency), thing="site")
    return (await _row(parts)).model_copy(update={"seq": seq})


@router.delete("")
async def end_emergency(who: Announces, parts: Serves) -> EmergencyRow:
    """Calls that begin from now on hear what they always heard."""
    seq, _ = await change(parts, who.person_id, ask.AnnounceEmergency(emergency=None), thing="site")
    return (await _row(parts)).model_copy(update={"seq": seq})


async def _row(parts: Parts) -> EmergencyRow:
    async with parts.reading() as connection:
        site = await store.find_site(connection, site_id=parts.site_id)
    found = site.emergency if site is not None else None
    if found is None:
        return EmergencyRow(is_on=False, prompt="", until=None, ends_call=False, note="")
    return EmergencyRow(
        is_on=found.is_on(parts.clock.now()),
        prompt=found.prompt,
        until=found.until,
        ends_call=found.ends_call,
        note=found.note,
    )
