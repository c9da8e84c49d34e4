"""What a supervisor does with an agent's state; only with those whose work he sees."""

from typing import Annotated

from fastapi import APIRouter, Request

from otklik.access.rights import Right
from otklik.api.engine import command
from otklik.api.noting import note
from otklik.api.parts import Parts, Serves
from otklik.api.reach import require_agent
from otklik.api.route import Route
from otklik.api.schemas.base import Effect, Id
from otklik.api.schemas.desk import NotReadyRequest
from otklik.api.sign_in import Who, requires
from otklik.switchboard import requests as ask
from otklik.vocabulary.ids import AgentId, ReasonId

router = APIRouter(prefix="/api/v1", tags=["agents"], route_class=Route)

Directed = ask.GetReady | ask.GetNotReady | ask.SignOutAgentHere
Directs = Annotated[Who, requires(Right.DIRECT_AGENTS)]


@router.post("/agents/{agent_id}/ready")
async def make_agent_ready(who: Directs, request: Request, parts: Serves, agent_id: Id) -> Effect:
    """Ready: at once, or after the present call."""
    return await _directed(who, request, parts, ask.GetReady(agent_id=AgentId(agent_id)), "ready")


@router.post("/agents/{agent_id}/not-ready")
async def make_agent_not_ready(
    who: Directs, request: Request, parts: Serves, agent_id: Id, body: NotReadyRequest
) -> Effect:
    """Not ready for a reason, also for one that needs a permission: this is it."""
    asked = ask.GetNotReady(agent_id=AgentId(agent_id), reason_id=ReasonId(body.reason_id), permitted=True)
    return await _directed(who, request, parts, asked, "not_ready")


@router.post("/agents/{agent_id}/sign-out")
async def sign_agent_out(who: Directs, request: Request, parts: Serves, agent_id: Id) -> Effect:
    """Signed out at the engine: at once, or after the present call. His page stays signed in."""
    asked = ask.SignOutAgentHere(agent_id=AgentId(agent_id), forced=True)
    return await _directed(who, request, parts, asked, "sign_out")


async def _directed(who: Who, request: Request, parts: Parts, asked: Directed, action: str) -> Effect:
    agent_id = asked.agent_id
    await require_agent(who, parts, agent_id)
    done = await command(parts, asked)
    async with parts.writing() as connection:
        await note(
            connection,
            who,
            request,
            parts,
            f"agent.{action}",
            entity="agent",
            entity_id=agent_id,
        )
    return Effect(seq=done.seq)
