"""Drafts of call flows: what is being edited and not published yet, shared by those who may edit it."""

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import Response

from otklik.access.rights import Right
from otklik.api.parts import Serves
from otklik.api.route import Route
from otklik.api.schemas.flows import DraftForm, DraftKept, FlowDraft, FlowDraftRow
from otklik.api.sign_in import Who, requires
from otklik.flows import drafts
from otklik.vocabulary.ids import FlowId, PersonId

router = APIRouter(prefix="/api/v1/flow-drafts", tags=["flows"], route_class=Route)

Manages = Annotated[Who, requires(Right.MANAGE_FLOWS)]
Flow = Annotated[int, Path(ge=0, le=2**31 - 1, description="0: a new flow, of who asks")]


@router.get("/{flow_id}")
async def find_draft(who: Manages, parts: Serves, flow_id: Flow) -> FlowDraftRow | None:
    """What is being edited of this flow; null when nothing is."""
    async with parts.reading() as connection:
        found = await drafts.find(
            connection, FlowId(flow_id), by=PersonId(who.person_id), site_id=parts.site_id
        )
    if found is None:
        return None
    return FlowDraftRow(
        draft=FlowDraft.model_validate(found.body),
        version=found.version,
        revision=found.revision,
        saved_at=found.saved_at,
        saved_by=found.saved_by,
    )


@router.put("/{flow_id}")
async def keep_draft(who: Manages, parts: Serves, flow_id: Flow, body: DraftForm) -> DraftKept:
    """Keep it as it is, fit or not. Refused while somebody else has kept a newer one."""
    at = parts.clock.now()
    async with parts.writing() as connection:
        revision = await drafts.keep(
            connection,
            FlowId(flow_id),
            body=body.draft.model_dump(),
            version=body.version,
            revision=body.revision,
            at=at,
            by=PersonId(who.person_id),
            site_id=parts.site_id,
        )
    return DraftKept(revision=revision, saved_at=at)


@router.delete("/{flow_id}", status_code=204, response_class=Response)
async def forget_draft(who: Manages, parts: Serves, flow_id: Flow) -> None:
    """Give it up: the published version is edited again."""
    async with parts.writing() as connection:
        await drafts.forget(connection, FlowId(flow_id), by=PersonId(who.person_id), site_id=parts.site_id)
