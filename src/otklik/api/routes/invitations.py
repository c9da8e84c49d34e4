"""Video calls by a link: the agent makes it, the customer opens it. His rights reach this talk only."""

from datetime import datetime, timedelta
from secrets import token_hex
from typing import Annotated

from fastapi import APIRouter, Path, Request

from otklik.access import secrets
from otklik.access import service as access
from otklik.api.engine import command
from otklik.api.parts import Serves
from otklik.api.route import Route
from otklik.api.routes.desk import SIP_DOMAIN
from otklik.api.schemas.invitations import (
    GuestAccess,
    GuestKey,
    GuestLink,
    InvitationMade,
    InvitationRequest,
    InvitationRow,
)
from otklik.api.sign_in import Agent, address_of, guard_foreign_page, open_to_all
from otklik.crm import invitations
from otklik.organization import store as organization
from otklik.switchboard import requests as ask
from otklik.vocabulary.ids import AgentId, PersonId, QueueId
from otklik.vocabulary.refusals import NotFound, Refused

router = APIRouter(prefix="/api/v1", tags=["desk"], route_class=Route)

LinkToken = Annotated[str, Path(min_length=20, max_length=128)]
GUEST = "guest"
TALK_LASTS = timedelta(hours=4)


@router.post("/desk/invitations", status_code=201)
async def invite_customer(
    agent: Agent, request: Request, parts: Serves, body: InvitationRequest
) -> InvitationMade:
    """A link for one customer and one talk."""
    at = parts.clock.now()
    async with parts.writing() as connection:
        queue = await organization.find_thing(connection, "queue", body.queue_id, site_id=parts.site_id)
        if queue is None:
            raise NotFound("unknown_queue", queue_id=body.queue_id)
        token, made = await invitations.invite(
            connection,
            parts.site_id,
            queue_id=QueueId(body.queue_id),
            agent_id=agent.agent_id if body.for_me else AgentId(0),
            by=PersonId(agent.person_id),
            at=at,
            lasts=timedelta(minutes=body.minutes),
        )
        await access.note(
            connection,
            "customer.invited",
            by=agent,
            at=at,
            address=address_of(request),
            entity="invitation",
            entity_id=made.invitation_id,
        )
    return InvitationMade(path=f"/v/{token}", invitation=_row(made, at))


@router.get("/desk/invitations")
async def list_invitations(agent: Agent, parts: Serves) -> list[InvitationRow]:
    """The newest links of one's own, and what became of them."""
    at = parts.clock.now()
    async with parts.reading() as connection:
        found = await invitations.list_of(connection, parts.site_id, PersonId(agent.person_id))
    return [_row(one, at) for one in found]


@router.get("/guest/{token}", dependencies=[open_to_all])
async def guest_link(parts: Serves, token: LinkToken) -> GuestLink:
    """Whether this link is still good, and whose it is."""
    async with parts.reading() as connection:
        found = await invitations.find_by_token(connection, parts.site_id, token)
        site = await organization.find_site(connection, site_id=parts.site_id)
    return GuestLink(state=found.state(parts.clock.now()), centre=site.name if site else "")


@router.post("/guest/{token}", dependencies=[open_to_all])
async def open_guest_link(request: Request, parts: Serves, token: LinkToken, body: GuestKey) -> GuestAccess:
    """The customer begins; by the same key he may come back to it."""
    guard_foreign_page(request)
    if parts.settings.channel == "simulator":
        raise Refused("no_video_here")
    at = parts.clock.now()
    login = f"guest-{token_hex(8)}"
    async with parts.writing() as connection:
        found = await invitations.open_link(
            connection, parts.site_id, token, key=body.key, login=login, at=at
        )
        password = secrets.new_secret()
        secret_id = await secrets.write_secret(connection, parts.secret_key, GUEST, password, at=at)
    await command(
        parts,
        ask.ExpectGuest(
            login=login,
            secret_id=secret_id,
            invitation_id=found.invitation_id,
            queue_id=found.queue_id,
            agent_id=found.agent_id,
            language=body.language,
            lasts=TALK_LASTS,
        ),
    )
    return GuestAccess(
        uri=f"sip:{login}@{SIP_DOMAIN}", login=login, password=password, target=f"sip:centre@{SIP_DOMAIN}"
    )


def _row(made: invitations.Invitation, at: datetime) -> InvitationRow:
    return InvitationRow(
        invitation_id=made.invitation_id,
        queue_id=made.queue_id,
        for_me=bool(made.agent_id),
        state=made.state(at),
        created_at=made.created_at,
        expires_at=made.expires_at,
        interaction_id=made.interaction_id or None,
    )
