"""Prompts: listed, heard, uploaded (any audio), taken away."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from otklik.access import service as access
from otklik.access.rights import Right
from otklik.api.parts import Parts, Serves
from otklik.api.route import Route
from otklik.api.schemas.prompts import PromptKept, PromptRow
from otklik.api.sign_in import Who, address_of, requires
from otklik.flows import prompts, store
from otklik.vocabulary.refusals import Invalid, Refused

router = APIRouter(prefix="/api/v1/prompts", tags=["flows"], route_class=Route)

Manages = Annotated[Who, requires(Right.MANAGE_FLOWS)]
Language = Annotated[str, Path(max_length=10)]
Name = Annotated[str, Path(max_length=100)]
_BINARY = {"schema": {"type": "string", "format": "binary"}}
AUDIO = {"requestBody": {"required": True, "content": {"audio/*": _BINARY}}}


@router.get("")
async def list_prompts(who: Manages, parts: Serves) -> list[PromptRow]:
    """Those that are shipped, then those of the site."""
    used = await _used(parts)
    return [
        PromptRow(
            name=one.name, seconds=dict(one.seconds), is_shipped=is_shipped, flows=used.get(one.name, [])
        )
        for is_shipped, found in ((True, prompts.shipped()), (False, prompts.of_site(parts.settings.sounds)))
        for one in found
    ]


@router.get("/{language}/audio", response_class=Response)
async def prompt_audio(who: Manages, parts: Serves, language: Language, name: str) -> Response:
    """A prompt to be heard in the browser, as it sounds on the telephone. name: as a flow names it."""
    audio = prompts.as_wav(parts.settings.sounds, language, name)
    return Response(audio, media_type="audio/wav", headers={"Cache-Control": "no-store"})


@router.put("/{language}/site/{name}", openapi_extra=AUDIO)
async def keep_prompt(
    who: Manages, request: Request, parts: Serves, language: Language, name: Name
) -> PromptKept:
    """Upload one of the site: WAV, MP3, Ogg, FLAC and others, up to five minutes. Calls that hear the old one
    hear it out."""
    audio = await request.body()
    if not audio:
        raise Invalid("missing", "body")
    seconds = await asyncio.to_thread(prompts.keep, parts.settings.sounds, language, name, audio)
    await _note(parts, request, who, "prompt.saved", language, name)
    return PromptKept(name=prompts.SITE + name, language=language, seconds=round(seconds, 2))


@router.delete("/{language}/site/{name}", status_code=204, response_class=Response)
async def remove_prompt(
    who: Manages, request: Request, parts: Serves, language: Language, name: Name
) -> None:
    """Take one of the site away; refused while a published flow says it."""
    flows = (await _used(parts)).get(prompts.SITE + name)
    if flows:
        raise Refused("prompt_in_use", name=prompts.SITE + name, flow=flows[0])
    prompts.forget(parts.settings.sounds, language, name)
    await _note(parts, request, who, "prompt.removed", language, name)


async def _used(parts: Parts) -> dict[str, list[str]]:
    """Names of the published flows by prompt."""
    async with parts.reading() as connection:
        published = await store.list_flows(connection, site_id=parts.site_id)
    used: dict[str, list[str]] = {}
    for version in published:
        said = {
            name for node in version.flow.nodes.values() for names in node.spoken().values() for name in names
        }
        for name in said:
            used.setdefault(name, []).append(version.flow.name)
    return used


async def _note(parts: Parts, request: Request, who: Who, action: str, language: str, name: str) -> None:
    async with parts.writing() as connection:
        await access.note(
            connection,
            action,
            by=who,
            at=parts.clock.now(),
            address=address_of(request),
            entity="prompt",
            facts={"name": prompts.SITE + name, "language": language},
        )
