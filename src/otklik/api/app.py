"""The web application: routes in front, the web UI's files behind them."""

from typing import Any

from fastapi import APIRouter, FastAPI, Request, WebSocket
from fastapi.routing import APIRoute
from starlette.responses import Response

from otklik import __version__
from otklik.api import assets, problems
from otklik.api.headers import Headers
from otklik.api.live_socket import serve_feed
from otklik.api.parts import Parts, parts_of
from otklik.api.phone_relay import relay, relay_guest
from otklik.api.route import Route
from otklik.api.routes import (
    access,
    agents,
    alert_reports,
    alerts,
    attendance,
    blocked,
    breaks,
    business_reports,
    calendars,
    callbacks,
    chat,
    contact_reports,
    costs,
    crm,
    customers,
    dashboards,
    deliveries,
    desk,
    devices,
    directory,
    emergency,
    feedback,
    flow_drafts,
    flows,
    hands,
    health,
    imports,
    invitations,
    levels,
    links,
    logo,
    mailed,
    moves,
    notices,
    organization,
    outside,
    own,
    people,
    planning,
    practice,
    prompts,
    quality,
    rates,
    reports,
    retention,
    scenarios,
    screen_pops,
    shifts,
    sources,
    summary,
    supervision,
    systems,
    teams,
    tokens,
    transfers,
    trunks,
    voicemails,
    webhooks,
)
from otklik.api.schemas.base import Problem
from otklik.api.sign_in import judged_inside, open_to_all
from otklik.api.strict import BodyLimit

PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem} for status in (401, 403, 404, 409, 422, 429, 503)
}
ROUTERS = (
    access.router,
    desk.router,
    transfers.router,
    callbacks.router,
    supervision.router,
    hands.router,
    notices.router,
    directory.router,
    chat.router,
    alerts.router,
    dashboards.router,
    deliveries.router,
    breaks.router,
    shifts.router,
    webhooks.router,
    practice.router,
    screen_pops.router,
    agents.router,
    crm.router,
    customers.router,
    own.router,
    people.router,
    devices.router,
    tokens.router,
    organization.router,
    calendars.router,
    flows.router,
    flow_drafts.router,
    prompts.router,
    retention.router,
    trunks.router,
    systems.router,
    emergency.router,
    outside.router,
    blocked.router,
    reports.router,
    links.router,
    moves.router,
    attendance.router,
    teams.router,
    summary.router,
    imports.router,
    contact_reports.router,
    alert_reports.router,
    business_reports.router,
    costs.router,
    rates.router,
    sources.router,
    levels.router,
    mailed.router,
    logo.router,
    invitations.router,
    quality.router,
    feedback.router,
    voicemails.router,
    planning.router,
    scenarios.router,
)


def create_app(parts: Parts | None) -> FastAPI:
    """The application. parts None: only to write down what it offers."""
    app = FastAPI(
        title="Otklik",
        version=__version__,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=operation_id,
        strict_content_type=True,
    )
    app.state.parts = parts
    problems.install(app)
    for router in ROUTERS:
        app.include_router(router, responses=PROBLEMS)
    app.include_router(health.router)
    app.include_router(files)
    app.add_middleware(BodyLimit)
    app.add_middleware(Headers)
    return app


def operation_id(route: APIRoute) -> str:
    """The name of the function: short, and it stays."""
    return route.name


files = APIRouter(route_class=Route)


@files.get("/api/openapi.json", include_in_schema=False, dependencies=[open_to_all])
async def openapi(request: Request) -> dict[str, object]:
    """What this program offers to others."""
    app: FastAPI = request.app
    return app.openapi()


@files.websocket("/ws/live", dependencies=[judged_inside])
async def live(socket: WebSocket) -> None:
    """The live feed; who may come in is told by the ticket."""
    await serve_feed(socket, parts_of(socket))


@files.websocket("/ws/phone", dependencies=[judged_inside])
async def phone(socket: WebSocket) -> None:
    """SIP for the browser's phone; who may come in is told by the cookie."""
    await relay(socket, parts_of(socket))


@files.websocket("/ws/guest", dependencies=[judged_inside])
async def guest(socket: WebSocket) -> None:
    """SIP for a customer's browser; who may come in is told by the login that his link gave it."""
    await relay_guest(socket, parts_of(socket))


@files.get("/v/{token}", include_in_schema=False, dependencies=[open_to_all])
async def guest_page(request: Request, token: str) -> Response:
    """The customer's own page, which knows nothing of the centre's."""
    return assets.answer(request, parts_of(request).static, assets.GUEST_PAGE)


@files.get("/api/{path:path}", include_in_schema=False, dependencies=[open_to_all])
async def nothing(path: str) -> Response:
    """An address of the API that does not exist is not a page."""
    return problems.answer(404, "not_found")


@files.get("/{path:path}", include_in_schema=False, dependencies=[open_to_all])
async def page(request: Request, path: str) -> Response:
    """The web UI."""
    return assets.answer(request, parts_of(request).static, path or assets.PAGE)
