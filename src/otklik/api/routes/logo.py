"""The company's logo: everybody sees it, also before he signs in; who manages the site changes it."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from otklik.access.rights import Right
from otklik.api.noting import note
from otklik.api.paper.typesetting import is_printable
from otklik.api.parts import Serves
from otklik.api.route import Route
from otklik.api.sign_in import Who, open_to_all, requires
from otklik.api.tables import FILE
from otklik.organization import logo_store as store
from otklik.organization.logo import logo_of
from otklik.vocabulary.refusals import Invalid, NotFound

router = APIRouter(prefix="/api/v1/logo", tags=["administration"], route_class=Route)

Keeps = Annotated[Who, requires(Right.MANAGE_SITE)]
A_DAY = "public, max-age=86400"


@router.get("", dependencies=[open_to_all], response_class=Response)
async def find_logo(parts: Serves) -> Response:
    """The picture; `public` says whether there is one, and which."""
    async with parts.reading() as connection:
        found = await store.find_logo(connection, parts.site_id)
    if found is None:
        raise NotFound("no_logo")
    return Response(found.content, media_type=found.media_type, headers={"Cache-Control": A_DAY})


@router.put("", status_code=204, openapi_extra=FILE)
async def save_logo(who: Keeps, request: Request, parts: Serves) -> Response:
    """A PNG or JPEG of at most 512 KB as the body. Refuses `picture_unknown`, `picture_too_large`,
    `picture_too_wide`, `picture_unreadable`."""
    logo = logo_of(await request.body())
    if not await is_printable(logo):
        raise Invalid("picture_unreadable", "file")
    async with parts.writing() as connection:
        await store.save_logo(connection, parts.site_id, logo, parts.clock.now())
        facts = {"type": logo.media_type, "bytes": len(logo.content)}
        await note(connection, who, request, parts, "logo.saved", entity="site", facts=facts)
    return Response(status_code=204)


@router.delete("", status_code=204)
async def remove_logo(who: Keeps, request: Request, parts: Serves) -> Response:
    """Pages and papers show the name alone. Refuses `no_logo`."""
    async with parts.writing() as connection:
        if not await store.remove_logo(connection, parts.site_id):
            raise NotFound("no_logo")
        await note(connection, who, request, parts, "logo.removed", entity="site")
    return Response(status_code=204)
