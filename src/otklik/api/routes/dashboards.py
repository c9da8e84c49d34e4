"""Dashboards: one's own, those that others show, and what the editor of tiles offers."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Request

from otklik.access import service as access
from otklik.access import store as people
from otklik.access.rights import Right, Sight
from otklik.alerts.model import Scope, Side
from otklik.api.dashboard_source import viewer_of
from otklik.api.parts import Parts, Serves
from otklik.api.route import Route
from otklik.api.schemas.base import Id
from otklik.api.schemas.dashboards import (
    DashboardFull,
    DashboardNew,
    DashboardPreview,
    DashboardRow,
    DashboardSave,
    PlaceRow,
    RoleOffered,
    ShareForm,
    TileChoices,
    TileFigureRow,
    TileForm,
)
from otklik.api.sign_in import Who, address_of, requires
from otklik.dashboards import service as dashboards
from otklik.dashboards.figures import FIGURES
from otklik.dashboards.model import Dashboard, DashboardId, Series, Share, Tile, TileKind, Viewer
from otklik.dashboards.starter import template_tiles
from otklik.organization import store as organization
from otklik.organization.model import SELF_TEST
from otklik.vocabulary.ids import PersonId
from otklik.vocabulary.refusals import Invalid, Refused

router = APIRouter(prefix="/api/v1", tags=["dashboards"], route_class=Route)

Looks = Annotated[Who, requires(Right.WATCH_BOARD, Right.WATCH_WALL)]
Keeps = Annotated[Who, requires(Right.WATCH_BOARD)]


@router.get("/dashboards")
async def list_dashboards(who: Looks, parts: Serves) -> list[DashboardRow]:
    """One's own first, then the centre's, then those that others show."""
    async with parts.reading() as connection:
        viewer = await viewer_of(connection, parts.site_id, who)
        found = await dashboards.list_seen(connection, parts.site_id, viewer)
        names = await people.names_of(connection)
    return [DashboardRow(**_row(one, viewer, names)) for one in found]


@router.get("/dashboards/choices")
async def dashboard_choices(who: Keeps, parts: Serves) -> TileChoices:
    """What the editor of tiles offers."""
    async with parts.reading() as connection:
        queues = await organization.list_things(connection, "queue", site_id=parts.site_id)
        teams = await organization.list_things(connection, "team", site_id=parts.site_id)
        roles = await people.list_roles(connection)
    sees_all = who.sees is Sight.ALL
    return TileChoices(
        figures=[
            TileFigureRow.model_validate(
                {
                    "name": kind.name,
                    "unit": kind.unit.value,
                    "scopes": [scope.value for scope in kind.scopes],
                    "side": kind.side.value,
                    "lasts": kind.lasts,
                }
            )
            for kind in FIGURES.values()
        ],
        queues=[
            PlaceRow(id=queue.queue_id, name=queue.name) for queue in queues if queue.project_id != SELF_TEST
        ],
        teams=[PlaceRow(id=team.team_id, name=team.name) for team in teams],
        sight_team_ids=[int(team.team_id) for team in teams if sees_all or int(team.team_id) in who.team_ids],
        roles=[RoleOffered(id=role.role_id, name_ru=role.name_ru, name_en=role.name_en) for role in roles],
    )


@router.get("/dashboards/{dashboard_id}")
async def find_dashboard(who: Looks, parts: Serves, dashboard_id: Id) -> DashboardFull:
    """One with its tiles; what they show comes by the live feed, topic `dashboard.ID`."""
    async with parts.reading() as connection:
        viewer = await viewer_of(connection, parts.site_id, who)
        found = await dashboards.find_seen(connection, parts.site_id, DashboardId(dashboard_id), viewer)
        names = await people.names_of(connection)
    return _full(found, viewer, names)


@router.post("/dashboards", status_code=201)
async def create_dashboard(who: Keeps, request: Request, parts: Serves, body: DashboardNew) -> DashboardFull:
    """A new one of one's own."""
    if not who.person_id:
        raise Refused("sign_in_needed")
    async with parts.writing() as connection:
        person = await people.find_person(connection, who.person_id)
        site = await organization.find_site(connection, site_id=parts.site_id)
        language = (person.language if person else "") or (site.language if site else "ru")
        tiles = tuple(map(_tile_of, body.tiles))
        if body.template is not None and not tiles:
            tiles = template_tiles(body.template, language)
        given = Dashboard(name=body.name, tiles=tiles, share=_share_of(body.share))
        await _check_share(connection, parts, given.share)
        made = await dashboards.create(
            connection,
            parts.site_id,
            given,
            await _known(connection, parts),
            by=who.person_id,
            at=parts.clock.now(),
        )
        await _note(connection, parts, who, request, "created", made)
        return await _answer(connection, parts, who, made)


@router.post("/dashboards/preview")
async def preview_dashboard(who: Keeps, parts: Serves, body: DashboardNew) -> DashboardPreview:
    """What tiles that are not saved yet would show now."""
    given = Dashboard(name=body.name, tiles=tuple(map(_tile_of, body.tiles)))
    async with parts.reading() as connection:
        known = await _known(connection, parts)
    found = await parts.hub.preview(who, dashboards.tidied(given, known))
    return DashboardPreview.model_validate({"tiles": msgspec.to_builtins(found.tiles)})


@router.put("/dashboards/{dashboard_id}")
async def change_dashboard(
    who: Keeps, request: Request, parts: Serves, dashboard_id: Id, body: DashboardSave
) -> DashboardFull:
    """Change one's own; whoever looks at it sees the new one at once."""
    given = Dashboard(
        dashboard_id=DashboardId(dashboard_id),
        name=body.name,
        tiles=tuple(map(_tile_of, body.tiles)),
        share=_share_of(body.share),
        version=body.version,
    )
    async with parts.writing() as connection:
        viewer = await viewer_of(connection, parts.site_id, who)
        await _check_share(connection, parts, given.share)
        known = await _known(connection, parts)
        saved = await dashboards.change(
            connection, parts.site_id, given, known, who=viewer, at=parts.clock.now()
        )
        await _note(connection, parts, who, request, "changed", saved)
        answer = await _answer(connection, parts, who, saved)
    parts.hub.dashboards_changed()
    return answer


@router.delete("/dashboards/{dashboard_id}", status_code=204)
async def remove_dashboard(who: Keeps, request: Request, parts: Serves, dashboard_id: Id) -> None:
    """Remove one's own; it goes from every screen that shows it."""
    async with parts.writing() as connection:
        viewer = await viewer_of(connection, parts.site_id, who)
        removed = await dashboards.remove(
            connection, parts.site_id, DashboardId(dashboard_id), who=viewer, at=parts.clock.now()
        )
        await _note(connection, parts, who, request, "removed", removed)
    parts.hub.dashboards_changed()


async def _note(
    connection: Any, parts: Parts, who: Who, request: Request, verb: str, dashboard: Dashboard
) -> None:
    await access.note(
        connection,
        f"dashboard.{verb}",
        by=who,
        at=parts.clock.now(),
        address=address_of(request),
        entity="dashboard",
        entity_id=dashboard.dashboard_id,
        facts={"name": dashboard.name, "is_shared": dashboard.share != Share()},
    )


async def _known(connection: Any, parts: Parts) -> dict[Scope, set[int]]:
    """The queues and teams that there are."""
    queues = await organization.list_things(connection, "queue", site_id=parts.site_id)
    teams = await organization.list_things(connection, "team", site_id=parts.site_id)
    return {
        Scope.QUEUE: {int(one.queue_id) for one in queues if one.project_id != SELF_TEST},
        Scope.TEAM: {int(one.team_id) for one in teams},
    }


async def _check_share(connection: Any, parts: Parts, share: Share) -> None:
    roles = {int(role.role_id) for role in await people.list_roles(connection)}
    teams = (await _known(connection, parts))[Scope.TEAM]
    for code, ids, known in (
        ("unknown_role", share.role_ids, roles),
        ("unknown_team", share.team_ids, teams),
    ):
        for one in ids:
            if one not in known:
                raise Invalid(code, "share", id=one)


async def _answer(connection: Any, parts: Parts, who: Who, found: Dashboard) -> DashboardFull:
    viewer = await viewer_of(connection, parts.site_id, who)
    return _full(found, viewer, await people.names_of(connection))


# --- at the border


def _tile_of(form: TileForm) -> Tile:
    return Tile(
        tile_id=form.tile_id,
        kind=TileKind(form.kind),
        x=form.x,
        y=form.y,
        width=form.width,
        height=form.height,
        title=form.title,
        figure=form.figure,
        scope=Scope(form.scope),
        place_ids=tuple(form.place_ids),
        side=Side(form.side),
        warn=form.warn,
        bad=form.bad,
        target=form.target,
        series=tuple(map(Series, form.series)),
        most=form.most,
        text=form.text,
        zone=form.zone,
    )


def _share_of(form: ShareForm) -> Share:
    return Share(
        everybody=form.everybody,
        role_ids=tuple(dict.fromkeys(form.role_ids)),
        team_ids=tuple(dict.fromkeys(form.team_ids)),
    )


def _row(found: Dashboard, viewer: Viewer, names: dict[PersonId, str]) -> dict[str, Any]:
    return {
        "id": found.dashboard_id,
        "name": found.name,
        "owner_id": found.owner_id or None,
        "owner_name": names.get(found.owner_id, ""),
        "is_own": bool(viewer.person_id) and found.owner_id == viewer.person_id,
        "may_change": found.may_be_changed_by(viewer),
        "is_shared": found.share != Share(),
        "tiles": len(found.tiles),
        "version": found.version,
        "changed_at": found.changed_at,
    }


def _full(found: Dashboard, viewer: Viewer, names: dict[PersonId, str]) -> DashboardFull:
    share = found.share
    return DashboardFull(
        **_row(found, viewer, names),
        layout=[_form_of(tile) for tile in found.tiles],
        share=ShareForm(
            everybody=share.everybody, role_ids=list(share.role_ids), team_ids=list(share.team_ids)
        ),
    )


def _form_of(tile: Tile) -> TileForm:
    return TileForm.model_validate(
        {name: getattr(tile, name) for name in tile.__struct_fields__}
        | {
            "kind": tile.kind.value,
            "scope": tile.scope.value,
            "side": tile.side.value,
            "place_ids": list(tile.place_ids),
            "series": [one.value for one in tile.series],
        }
    )
