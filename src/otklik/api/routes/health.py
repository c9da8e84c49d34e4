"""Whether the centre is well, for monitoring and for the command line."""

from fastapi import APIRouter, Response

from otklik.api import health as looking
from otklik.api.parts import Serves
from otklik.api.route import Route
from otklik.api.schemas.health import Health
from otklik.api.sign_in import open_to_all

router = APIRouter(tags=["health"], route_class=Route)


@router.get("/api/health", responses={503: {"model": Health}}, dependencies=[open_to_all])
async def health(parts: Serves, response: Response) -> Health:
    """200 while calls are taken and every fact is kept, else 503 with the reasons."""
    found, _ = await looking.look(parts)
    if found.status != "ok":
        response.status_code = 503
    return found
