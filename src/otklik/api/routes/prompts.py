"""Prompts: listed, heard, made of any audio or of a text, renamed, taken away, brought back."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from otklik.access import store as people
from otklik.access.model import AuditLine
from otklik.access.rights import Right
from otklik.acd.model import OverflowTo
from otklik.api.noting import note
from otklik.api.parts import Parts, Serves
from otklik.api.route import Route
from otklik.api.schemas.prompts import (
    PromptChange,
    PromptKept,
    PromptNewName,
    PromptRestore,
    PromptRow,
    SpeechEngine,
    SpeechVoice,
    SpeechWish,
)
from otklik.api.sign_in import Who, requires
from otklik.flows import prompts, speech, store
from otklik.organization.store import find_site, list_things
from otklik.vocabulary.refusals import Invalid, Refused

router = APIRouter(prefix="/api/v1/prompts", tags=["flows"], route_class=Route)

Manages = Annotated[Who, requires(Right.MANAGE_FLOWS)]
Language = Annotated[str, Path(max_length=10)]
Name = Annotated[str, Path(max_length=100)]
EARLIER_NAMES = 5
_BINARY = {"schema": {"type": "string", "format": "binary"}}
AUDIO = {"requestBody": {"required": True, "content": {"audio/*": _BINARY}}}


@router.get("")
async def list_prompts(who: Manages, parts: Serves) -> list[PromptRow]:
    """Those that are shipped, then those of the site."""
    flows, queues = await _used(parts)
    sounds = parts.settings.sounds
    return [
        PromptRow(
            name=one.name,
            seconds=dict(one.seconds),
            is_shipped=is_shipped,
            flows=flows.get(one.name, []),
            queues=queues.get(one.name, []),
            changed_at=None if is_shipped else _changed_at(sounds, one.name),
        )
        for is_shipped, found in ((True, prompts.shipped()), (False, prompts.of_site(sounds)))
        for one in found
    ]


@router.get("/engines")
async def list_speech_engines(who: Manages, parts: Serves) -> list[SpeechEngine]:
    """Programs that can speak a text, the best first; those that are not installed too."""
    found = await asyncio.to_thread(speech.engines, parts.settings.sounds)
    return [
        SpeechEngine(
            name=one.name,
            is_there=one.is_there,
            has_pace=one.has_pace,
            voices=[SpeechVoice(name=voice.name, language=voice.language) for voice in one.voices],
        )
        for one in found
    ]


@router.get("/{language}/audio", response_class=Response)
async def prompt_audio(who: Manages, parts: Serves, language: Language, name: str) -> Response:
    """A prompt to be heard in the browser, as it sounds on the telephone. name: as a flow names it."""
    audio = prompts.as_wav(parts.settings.sounds, language, name)
    return _wav(audio)


@router.get("/past/{sha256}/audio", response_class=Response)
async def past_prompt_audio(
    who: Manages, parts: Serves, sha256: Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
) -> Response:
    """A version that was replaced or removed, as it sounded."""
    return _wav(prompts.past_as_wav(parts.settings.sounds, sha256))


@router.post("/{language}/speech", response_class=Response)
async def hear_speech(who: Manages, parts: Serves, language: Language, body: SpeechWish) -> Response:
    """A text as it would sound on the telephone; nothing is kept as a prompt."""
    audio = await speech.speak(parts.settings.sounds, _wish(language, body))
    return _wav(prompts.line_as_wav(await asyncio.to_thread(prompts.line_audio, audio)))


@router.put("/{language}/site/{name}", openapi_extra=AUDIO)
async def keep_prompt(
    who: Manages,
    request: Request,
    parts: Serves,
    language: Language,
    name: Name,
    source: Annotated[Literal["upload", "microphone"], Query()] = "upload",
) -> PromptKept:
    """Upload one of the site: WAV, MP3, Ogg, FLAC and others, up to five minutes. Calls that hear the old one
    hear it out. source: what the history says of it."""
    audio = await request.body()
    if not audio:
        raise Invalid("missing", "body")
    kept = await asyncio.to_thread(prompts.keep, parts.settings.sounds, language, name, audio)
    return await _kept(parts, request, who, language, name, kept, source=source)


@router.put("/{language}/site/{name}/speech")
async def keep_spoken_prompt(
    who: Manages, request: Request, parts: Serves, language: Language, name: Name, body: SpeechWish
) -> PromptKept:
    """Let an engine speak a text and keep it as a prompt of the site."""
    sounds = parts.settings.sounds
    audio = await speech.speak(sounds, _wish(language, body))
    kept = await asyncio.to_thread(prompts.keep, sounds, language, name, audio)
    said = {"text": body.text, "engine": body.engine, "voice": body.voice, "pace": body.pace}
    return await _kept(parts, request, who, language, name, kept, source="speech", **said)


@router.post("/{language}/site/{name}/restore")
async def restore_prompt(
    who: Manages, request: Request, parts: Serves, language: Language, name: Name, body: PromptRestore
) -> PromptKept:
    """A version of the history again."""
    kept = prompts.restore(parts.settings.sounds, language, name, body.sha256)
    return await _kept(parts, request, who, language, name, kept, source="restore")


@router.post("/site/{name}/name", status_code=204, response_class=Response)
async def rename_prompt(
    who: Manages, request: Request, parts: Serves, name: Name, body: PromptNewName
) -> None:
    """Another name in every language; refused while anything says it."""
    await _check_unused(parts, name)
    for language in prompts.rename(parts.settings.sounds, name, body.name):
        await _note(parts, request, who, "prompt.renamed", language, body.name, before=prompts.SITE + name)


@router.delete("/{language}/site/{name}", status_code=204, response_class=Response)
async def remove_prompt(
    who: Manages, request: Request, parts: Serves, language: Language, name: Name
) -> None:
    """Take one of the site away; refused while a published flow or a queue's way out says it."""
    await _check_unused(parts, name)
    kept = prompts.forget(parts.settings.sounds, language, name)
    await _note(
        parts, request, who, "prompt.removed", language, name, sha256=kept.sha256, seconds=kept.seconds
    )


@router.get("/site/{name}/history")
async def prompt_history(who: Manages, parts: Serves, name: Name) -> list[PromptChange]:
    """Who made, changed, renamed and removed it, the newest first, under its earlier names too."""
    lines: list[AuditLine] = []
    wanted = prompts.SITE + name
    async with parts.reading() as connection:
        for _ in range(EARLIER_NAMES):
            found = await people.list_audit_of(connection, "prompt", {"name": wanted}, limit=200)
            lines += [line for line in found if not lines or line.audit_id < lines[-1].audit_id]
            wanted = next((str(one.facts["before"]) for one in reversed(found) if "before" in one.facts), "")
            if not wanted:
                break
        names = await people.names_of(connection)
    kept = await asyncio.to_thread(prompts.past_versions, parts.settings.sounds)
    return [_change(line, names.get(line.person_id, ""), kept) for line in lines]


def _change(line: AuditLine, by_name: str, kept: frozenset[str]) -> PromptChange:
    facts = line.facts
    sha256 = str(facts.get("sha256", ""))
    return PromptChange(
        at=line.at,
        by_name=by_name,
        action=line.action.removeprefix("prompt."),
        language=str(facts.get("language", "")),
        source=str(facts.get("source", "")),
        text=str(facts.get("text", "")),
        engine=str(facts.get("engine", "")),
        voice=str(facts.get("voice", "")),
        pace=str(facts.get("pace", "")),
        seconds=facts.get("seconds"),
        sha256=sha256,
        is_kept=sha256 in kept,
        before=str(facts.get("before", "")),
    )


def _wish(language: str, body: SpeechWish) -> speech.Wish:
    return speech.Wish(
        language=language, text=body.text, engine=body.engine, voice=body.voice, pace=body.pace
    )


def _wav(audio: bytes) -> Response:
    return Response(audio, media_type="audio/wav", headers={"Cache-Control": "no-store"})


def _changed_at(sounds: Any, name: str) -> datetime | None:
    newest = prompts.changed_seconds(sounds, name)
    return datetime.fromtimestamp(newest, UTC) if newest else None


async def _check_unused(parts: Parts, name: str) -> None:
    flows, queues = await _used(parts)
    places = [*flows.get(prompts.SITE + name, []), *queues.get(prompts.SITE + name, [])]
    async with parts.reading() as connection:
        site = await find_site(connection, site_id=parts.site_id)
    emergency = site.emergency if site is not None else None
    if emergency is not None and emergency.is_on(parts.clock.now()):
        places += [site.name] if site is not None and emergency.prompt == prompts.SITE + name else []
    if places:
        raise Refused("prompt_in_use", name=prompts.SITE + name, flow=places[0], places=", ".join(places))


async def _used(parts: Parts) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Names of the published flows by prompt, and of the queues with a way out that says it."""
    async with parts.reading() as connection:
        published = await store.list_flows(connection, site_id=parts.site_id)
        queues = await list_things(connection, "queue", site_id=parts.site_id)
    by_flow: dict[str, list[str]] = {}
    for version in published:
        said = {
            name for node in version.flow.nodes.values() for names in node.spoken().values() for name in names
        }
        for name in said:
            by_flow.setdefault(name, []).append(version.flow.name)
    by_queue: dict[str, list[str]] = {}
    for queue in queues:
        for name in {rule.target for rule in queue.overflow if rule.to is OverflowTo.MESSAGE}:
            by_queue.setdefault(name, []).append(queue.name)
    return by_flow, by_queue


async def _kept(
    parts: Parts, request: Request, who: Who, language: str, name: str, kept: prompts.Kept, **facts: str
) -> PromptKept:
    await _note(
        parts, request, who, "prompt.saved", language, name,
        seconds=kept.seconds, sha256=kept.sha256, **facts,
    )  # fmt: skip
    return PromptKept(name=prompts.SITE + name, language=language, seconds=kept.seconds, sha256=kept.sha256)


async def _note(
    parts: Parts, request: Request, who: Who, action: str, language: str, name: str, **facts: Any
) -> None:
    async with parts.writing() as connection:
        await note(
            connection,
            who,
            request,
            parts,
            action,
            entity="prompt",
            facts={"name": prompts.SITE + name, "language": language, **facts},
        )
