"""Logs that a page sends: kept as files, previewed, taken into a source; and a source counted anew."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from otklik.access.rights import Right
from otklik.api.import_runs import ImportRun
from otklik.api.noting import note
from otklik.api.parts import Parts, Serves
from otklik.api.route import Route
from otklik.api.schemas.base import Id, SmallId
from otklik.api.schemas.sources import (
    AgentPreviewRow,
    ContextLeftRow,
    ImportAsked,
    ImportResult,
    ImportRunRow,
    InteractionPreviewRow,
    QueuePreviewRow,
    RefusalTold,
    RejectedRow,
    SentFileRow,
)
from otklik.api.sights import shown_number
from otklik.api.sign_in import Who, requires
from otklik.api.tables import FILE
from otklik.reports.foreign import store
from otklik.vocabulary.hours import is_zone
from otklik.vocabulary.ids import SiteId
from otklik.vocabulary.refusals import Invalid, NotFound

router = APIRouter(prefix="/api/v1", tags=["reports"], route_class=Route)

Manages = Annotated[Who, requires(Right.MANAGE_SITE)]
MOST_REJECTED = 200


@router.post("/sources/files", status_code=201, openapi_extra=FILE)
async def send_log(
    who: Manages, request: Request, parts: Serves, name: Annotated[str, Query(min_length=1, max_length=200)]
) -> SentFileRow:
    """A file of a log (queue_log, CDR or CEL, plain or packed, or a table as CSV), kept for a day to be
    imported."""
    kept = await parts.imports.keep(name, request.stream())
    return SentFileRow(key=kept.key, name=kept.name, size=kept.size)


@router.post("/sources/previews", status_code=202)
async def preview_import(who: Manages, parts: Serves, body: ImportAsked) -> ImportRunRow:
    """What would come of these files: nothing is stored."""
    return _row(who, parts.imports.begin(who.person_id, "preview", *_words(body, "--preview", "--dry-run")))


@router.post("/sources/imports", status_code=202)
async def begin_import(who: Manages, request: Request, parts: Serves, body: ImportAsked) -> ImportRunRow:
    """Store these files in the source of that name."""
    run = parts.imports.begin(who.person_id, "import", *_words(body))
    await _note(who, request, parts, "source.imported", source=body.source, files=len(body.files))
    return _row(who, run)


@router.post("/sources/{source_id}/apply", status_code=202)
async def apply_mapping(who: Manages, request: Request, parts: Serves, source_id: SmallId) -> ImportRunRow:
    """Count the source anew from its stored rows, by the newest version of its mapping."""
    async with parts.reading() as connection:
        name = next(
            (line.name for line in await store.list_sources(connection) if line.site_id == source_id), None
        )
        if name is None:
            raise NotFound("unknown_source", source=source_id)
        if not (await store.load_state(connection, SiteId(source_id))).is_whole:
            raise Invalid("rows_not_kept", "source")
    run = parts.imports.begin(who.person_id, "apply", name, ["apply"])
    await _note(who, request, parts, "source.counted_anew", source=name)
    return _row(who, run)


@router.get("/sources/runs")
async def list_import_runs(who: Manages, parts: Serves) -> list[ImportRunRow]:
    """All that the server still knows, the newest first, without their results."""
    return [_row(who, run, with_result=False) for run in parts.imports.list()]


@router.get("/sources/runs/{run_id}")
async def find_import_run(who: Manages, parts: Serves, run_id: Id) -> ImportRunRow:
    """How far it is, and what came of it."""
    return _row(who, parts.imports.find(run_id))


@router.delete("/sources/runs/{run_id}")
async def cancel_import_run(who: Manages, parts: Serves, run_id: Id) -> ImportRunRow:
    """End it. What an import has stored stays; asked again, it goes on there."""
    run = parts.imports.find(run_id)
    await parts.imports.cancel(run)
    return _row(who, run)


def _words(body: ImportAsked, *further: str) -> tuple[str, list[str], list[str]]:
    if body.zone is not None and not is_zone(body.zone):
        raise Invalid("unknown_zone", "zone", zone=body.zone)
    words = [body.kind.replace("_", "-"), *further]
    if body.zone is not None:
        words += ["--zone", body.zone]
    measured = body.measured
    if measured.service_threshold_seconds is not None:
        words += ["--threshold", str(measured.service_threshold_seconds)]
    if measured.short_abandon_seconds is not None:
        words += ["--short-abandon", str(measured.short_abandon_seconds)]
    for written, name in body.same_agents.items():
        words += ["--same", f"{written}={name}"]
    if body.kind != "queue_log":
        words += [f"--inbound={pattern}" for pattern in body.inbound]
        words += [f"--internal={pattern}" for pattern in body.internal]
    if body.replaces:
        words.append("--replace")
    return body.source, words, body.files


async def _note(who: Who, request: Request, parts: Parts, action: str, **facts: Any) -> None:
    async with parts.writing() as connection:
        await note(connection, who, request, parts, action, entity="source", facts=facts)


def _row(who: Who, run: ImportRun, *, with_result: bool = True) -> ImportRunRow:
    result = run.result if with_result else None
    return ImportRunRow.model_validate(
        {
            "run_id": run.run_id,
            "kind": run.kind,
            "source": run.source,
            "state": run.state.value,
            "done": run.done,
            "of": run.of,
            "result": _result(who, result) if result is not None else None,
            "refusal": RefusalTold.model_validate(run.refusal) if run.refusal is not None else None,
        }
    )


def _result(who: Who, told: dict[str, Any]) -> ImportResult:
    counts = {name: value for name, value in told.items() if name not in ("preview", "rejected", "left_out")}
    preview = told.get("preview") or {}
    interactions = [
        InteractionPreviewRow.model_validate({**row, "number": shown_number(who, row["number"])})
        for row in preview.get("interactions", [])
    ]
    return ImportResult(
        **counts,
        rejected=[RejectedRow(**row) for row in told["rejected"][:MOST_REJECTED]],
        left_out=[ContextLeftRow(**row) for row in told.get("left_out", [])],
        first=preview.get("first"),
        last=preview.get("last"),
        queues=[QueuePreviewRow(**row) for row in preview.get("queues", [])],
        agents=[AgentPreviewRow(**row) for row in preview.get("agents", [])],
        interactions_first=interactions,
    )
