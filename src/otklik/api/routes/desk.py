"""The agent's desk: his phone, his state, his call. An agent commands for himself only."""

from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request

from otklik.access import secrets
from otklik.access import store as people
from otklik.access.rights import Right
from otklik.api import store
from otklik.api.engine import command, question
from otklik.api.parts import Parts, Serves
from otklik.api.problems import NotSignedIn
from otklik.api.route import Route
from otklik.api.schemas.base import Effect
from otklik.api.schemas.desk import (
    DeskDisposition,
    DeskQueue,
    DeskReason,
    DeskSettings,
    Dialed,
    DialRequest,
    ExtensionRequest,
    InteractionRequest,
    KeysRequest,
    NotReadyRequest,
    OfferRequest,
    Phone,
    SimulatedAction,
)
from otklik.api.sign_in import (
    Agent,
    AnyOne,
    Who,
    find_who,
    guard_reading_with_effect,
    is_own_origin,
    open_to_all,
    requires,
)
from otklik.organization import store as organization
from otklik.organization.model import SELF_TEST
from otklik.switchboard import requests as ask
from otklik.switchboard.requests import DoorRequest
from otklik.vocabulary.ids import InteractionId, OfferId, QueueId, ReasonId, SecretId
from otklik.vocabulary.refusals import Forbidden, Refused

router = APIRouter(prefix="/api/v1", tags=["desk"], route_class=Route)

BROWSER = "browser"
SIP_DOMAIN = "otklik.local"
"""What stands after the @ in a browser's own address; nothing is ever looked up by it."""


async def effect(parts: Parts, request: DoorRequest) -> Effect:
    """The answer to a command."""
    return Effect(seq=(await command(parts, request)).seq)


# --- the phone


def browser_login(who: Who) -> str:
    """The phone in an agent's browser, the same at every sign-in: a new one takes over from the old."""
    return f"agent-{who.person_id}"


@router.get("/phone")
async def phone(agent: Agent, request: Request, parts: Serves) -> Phone:
    """How this agent's phone registers; the agent is signed in at the engine.

    Asked for by the page that will hold the phone, and by no other: the engine takes it as a new phone, so a
    talk on the one before is rescued to this one. The password lives as long as the sign-in.
    """
    guard_reading_with_effect(request)
    if not agent.sign_in_id:
        raise Forbidden("browser_needed")
    async with parts.reading() as connection:
        site = await organization.find_site(connection, site_id=parts.site_id)
        person = await people.find_person(connection, agent.person_id)
    assert site is not None, "a centre without a site has no people"
    assert person is not None, "whoever is signed in exists"
    rescue = site.rescue_timeout.total_seconds()
    simulated = parts.settings.channel == "simulator"
    has_browser_phone = bool(person.preferences.get("has_browser_phone", True))
    kind: Literal["browser", "sip", "simulated"] = (
        "simulated" if simulated else "browser" if has_browser_phone else "sip"
    )
    if kind == "sip":
        await command(parts, ask.SignInAgentHere(agent_id=agent.agent_id))
        return Phone(
            kind=kind,
            uri="",
            login="",
            password="",
            domain=SIP_DOMAIN,
            codecs=[],
            ice_servers=[],
            rescue_timeout_seconds=rescue,
        )
    login = browser_login(agent)
    if simulated and login in (await question(parts, "devices"))["reachable"]:
        # No page holds a simulated phone, so a page that comes back has lost nothing.
        await command(parts, ask.SignInAgentHere(agent_id=agent.agent_id))
        return simulated_phone(login, rescue)
    async with parts.writing() as connection:
        secret_id, password = await browser_secret(connection, parts, agent)
    await command(parts, ask.SignInAgentHere(agent_id=agent.agent_id, login=login, secret_id=secret_id))
    if simulated:
        return simulated_phone(login, rescue)
    return Phone(
        kind=kind,
        uri=f"sip:{login}@{SIP_DOMAIN}",
        login=login,
        password=password,
        domain=SIP_DOMAIN,
        codecs=[site.phone_codec, *(codec for codec in ("alaw", "opus") if codec != site.phone_codec)],
        ice_servers=[],
        rescue_timeout_seconds=rescue,
    )


def simulated_phone(login: str, rescue_timeout_seconds: float) -> Phone:
    """A phone that is nowhere: its buttons are `POST /phone/simulated`."""
    return Phone(
        kind="simulated",
        uri="",
        login=login,
        password="",
        domain=SIP_DOMAIN,
        codecs=[],
        ice_servers=[],
        rescue_timeout_seconds=rescue_timeout_seconds,
    )


async def browser_secret(connection: Any, parts: Parts, agent: Who) -> tuple[SecretId, str]:
    """The SIP password of this sign-in's browser: made once, so that a page that comes back is the same
    phone."""
    await store.lock_sign_in(connection, agent.sign_in_id)
    known = await store.find_secret_of_sign_in(connection, agent.sign_in_id, BROWSER)
    if known is not None:
        return known, await secrets.read_secret(connection, parts.secret_key, known)
    password = secrets.new_secret()
    secret_id = await secrets.write_secret(
        connection,
        parts.secret_key,
        BROWSER,
        password,
        at=parts.clock.now(),
        sign_in_id=agent.sign_in_id,
    )
    return secret_id, password


@router.post("/phone/lost", status_code=204, dependencies=[open_to_all])
async def phone_lost(request: Request, parts: Serves) -> None:
    """The page with the phone is being closed. Sent by a beacon, which carries no header of ours: instead the
    Origin must be there and ours."""
    who = await find_who(request)
    if who is None:
        raise NotSignedIn
    if not is_own_origin(request, may_be_absent=False):
        raise Forbidden("foreign_origin")
    if not who.may(Right.TAKE_CALLS):
        raise Forbidden("right_missing", rights=[Right.TAKE_CALLS.value])
    await command(parts, ask.NotePhoneLost(agent_id=who.agent_id))


@router.post("/phone/simulated")
async def phone_simulated(agent: Agent, parts: Serves, body: SimulatedAction) -> dict[str, bool]:
    """What would be done on a phone, where there is only a simulated one."""
    if parts.settings.channel != "simulator":
        raise Refused("not_simulated")
    found = await parts.engine.ask(ask.SimulatedPhone(agent_id=agent.agent_id, action=body.action))
    return {"done": bool(found.facts.get("done", True))}


# --- state


@router.post("/desk/ready")
async def desk_ready(agent: Agent, parts: Serves) -> Effect:
    """Ready: at once, or after the present call."""
    return await effect(parts, ask.GetReady(agent_id=agent.agent_id))


@router.post("/desk/not-ready")
async def desk_not_ready(agent: Agent, parts: Serves, body: NotReadyRequest) -> Effect:
    """Not ready for a reason: at once, or after the present call. Whoever directs agents needs no
    permission."""
    return await effect(
        parts,
        ask.GetNotReady(
            agent_id=agent.agent_id,
            reason_id=ReasonId(body.reason_id),
            permitted=agent.may(Right.DIRECT_AGENTS),
        ),
    )


@router.post("/desk/sign-out")
async def desk_sign_out(agent: Agent, parts: Serves) -> Effect:
    """End the work at the desk; the person stays signed in at the page."""
    return await effect(parts, ask.SignOutAgentHere(agent_id=agent.agent_id))


# --- the call


@router.post("/desk/decline")
async def desk_decline(agent: Agent, parts: Serves, body: OfferRequest) -> Effect:
    """Say no to an offer: the customer goes to the next one."""
    return await effect(parts, ask.Decline(agent_id=agent.agent_id, offer_id=OfferId(body.offer_id)))


@router.post("/desk/hold")
async def desk_hold(agent: Agent, parts: Serves, body: InteractionRequest) -> Effect:
    """The customer hears music."""
    return await effect(
        parts, ask.Hold(agent_id=agent.agent_id, interaction_id=InteractionId(body.interaction_id))
    )


@router.post("/desk/resume")
async def desk_resume(agent: Agent, parts: Serves, body: InteractionRequest) -> Effect:
    """Both hear each other again."""
    return await effect(
        parts, ask.Resume(agent_id=agent.agent_id, interaction_id=InteractionId(body.interaction_id))
    )


@router.post("/desk/card-pause")
async def desk_pause_for_card(agent: Agent, parts: Serves, body: InteractionRequest) -> Effect:
    """The customer is about to say card data: nothing is recorded until the agent says that it is over."""
    return await effect(
        parts,
        ask.PauseForCard(agent_id=agent.agent_id, interaction_id=InteractionId(body.interaction_id)),
    )


@router.post("/desk/card-pause/keep")
async def desk_keep_card_pause(agent: Agent, parts: Serves, body: InteractionRequest) -> Effect:
    """It goes on; the desk asks again after a while."""
    return await effect(
        parts,
        ask.KeepCardPause(agent_id=agent.agent_id, interaction_id=InteractionId(body.interaction_id)),
    )


@router.post("/desk/card-pause/end")
async def desk_end_card_pause(agent: Agent, parts: Serves, body: InteractionRequest) -> Effect:
    """Card data is said: recording goes on."""
    return await effect(
        parts,
        ask.EndCardPause(agent_id=agent.agent_id, interaction_id=InteractionId(body.interaction_id)),
    )


@router.post("/desk/hang-up")
async def desk_hang_up(agent: Agent, parts: Serves, body: InteractionRequest) -> Effect:
    """End the talk, or stop dialling."""
    return await effect(
        parts, ask.HangUp(agent_id=agent.agent_id, interaction_id=InteractionId(body.interaction_id))
    )


@router.post("/desk/keys")
async def desk_keys(agent: Agent, parts: Serves, body: KeysRequest) -> Effect:
    """Press keys of the phone for the far end's menu."""
    return await effect(
        parts,
        ask.SendKeypad(
            agent_id=agent.agent_id, interaction_id=InteractionId(body.interaction_id), keys=body.keys
        ),
    )


@router.post("/desk/dial")
async def desk_dial(
    agent: Annotated[Who, requires(Right.DIAL_NUMBERS)], parts: Serves, body: DialRequest
) -> Dialed:
    """Call a number: the agent's own phone is taken first."""
    done = await command(
        parts,
        ask.Dial(
            agent_id=agent.agent_id,
            number=body.number,
            queue_id=QueueId(body.queue_id or 0),
            callback_of=InteractionId(body.callback_of or 0),
        ),
    )
    return Dialed(seq=done.seq, interaction_id=int(done.facts["interaction_id"]))


@router.post("/desk/wrap-up/extend")
async def desk_wrap_up_extend(agent: Agent, parts: Serves, body: ExtensionRequest) -> Effect:
    """More time for the work after the talk."""
    return await effect(
        parts, ask.ExtendWrapUpBy(agent_id=agent.agent_id, extension=timedelta(seconds=body.seconds))
    )


@router.post("/desk/wrap-up/finish")
async def desk_wrap_up_finish(agent: Agent, parts: Serves) -> Effect:
    """The work after the talk is done."""
    return await effect(parts, ask.EndWrapUp(agent_id=agent.agent_id))


# --- what he sees


@router.get("/desk/settings")
async def desk_settings(who: AnyOne, parts: Serves) -> DeskSettings:
    """What agents choose from: reasons, dispositions, queues. Everybody's screens show them by name."""
    async with parts.reading() as connection:
        reasons = await organization.list_things(connection, "reason", site_id=parts.site_id)
        dispositions = await organization.list_dispositions(connection, site_id=parts.site_id)
        queues = await organization.list_things(connection, "queue", site_id=parts.site_id)
        projects = {
            project.project_id: project
            for project in await organization.list_things(connection, "project", site_id=parts.site_id)
        }
    return DeskSettings(
        reasons=[
            DeskReason(
                id=reason.reason_id,
                name_ru=reason.name_ru,
                name_en=reason.name_en,
                max_seconds=None if reason.maximum is None else int(reason.maximum.total_seconds()),
                is_paid=reason.is_paid,
                needs_permission=reason.needs_permission,
            )
            for reason in reasons
        ],
        dispositions=[
            DeskDisposition(
                id=disposition.disposition_id,
                name_ru=disposition.name_ru,
                name_en=disposition.name_en,
                kind=disposition.kind.value,
                queue_ids=list(disposition.queue_ids),
            )
            for disposition in dispositions
            if disposition.is_active
        ],
        queues=[
            DeskQueue(
                id=queue.queue_id,
                name=queue.name,
                project_name=projects[queue.project_id].name,
                color=projects[queue.project_id].color,
            )
            for queue in queues
            if queue.project_id != SELF_TEST
        ],
    )
