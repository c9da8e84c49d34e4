"""A supervisor at an agent's talk: listen, whisper, barge in, take over.

Each needs a right of its own kind, sight of the agent, and stands in the audit; what was heard and for how
long stands in the journal, and so in the interaction's time line.
"""

from typing import Annotated

from fastapi import APIRouter, Request

from otklik.access.rights import Right
from otklik.api.engine import command, question
from otklik.api.noting import note
from otklik.api.parts import Parts, Serves
from otklik.api.route import Route
from otklik.api.schemas.base import Effect, LongId
from otklik.api.schemas.transfers import SupervisionRequest
from otklik.api.sights import agents_in_sight
from otklik.api.sign_in import Who, requires
from otklik.switchboard import requests as ask
from otklik.switchboard.events import SupervisionMode
from otklik.switchboard.requests import DoorRequest
from otklik.vocabulary.ids import AgentId, InteractionId
from otklik.vocabulary.refusals import Forbidden, NotFound

router = APIRouter(prefix="/api/v1", tags=["agents"], route_class=Route)

Monitors = Annotated[Who, requires(Right.MONITOR_TALKS)]
Barges = Annotated[Who, requires(Right.BARGE_TALKS)]


@router.put("/interactions/{interaction_id}/supervision")
async def supervise_interaction(
    who: Monitors, request: Request, parts: Serves, interaction_id: LongId, body: SupervisionRequest
) -> Effect:
    """Listen to a talk, or change how: the supervisor's own phone rings and answers itself. Asked for another
    talk while he listens to one, he goes over to it."""
    mode = SupervisionMode(body.mode)
    if mode is not SupervisionMode.MONITOR:
        _require(who, Right.BARGE_TALKS)
    agent_id = await _agent_in_sight(who, parts, interaction_id)
    asked = ask.Supervise(
        interaction_id=InteractionId(interaction_id), supervisor_id=AgentId(who.person_id), mode=mode
    )
    return await _noted(who, request, parts, asked, mode.value, interaction_id, agent_id)


@router.delete("/supervision")
async def stop_supervision(who: Monitors, parts: Serves) -> Effect:
    """Hear no more; nothing happens if he does not listen."""
    done = await command(parts, ask.StopSupervising(supervisor_id=AgentId(who.person_id)))
    return Effect(seq=done.seq)


@router.post("/interactions/{interaction_id}/take-over")
async def take_over_interaction(
    who: Barges, request: Request, parts: Serves, interaction_id: LongId
) -> Effect:
    """He who listens takes the customer, who hears no gap; the agent goes to wrap-up."""
    agent_id = await _agent_in_sight(who, parts, interaction_id)
    asked = ask.TakeOver(interaction_id=InteractionId(interaction_id), supervisor_id=AgentId(who.person_id))
    return await _noted(who, request, parts, asked, "take_over", interaction_id, agent_id)


def _require(who: Who, right: Right) -> None:
    if not who.may(right):
        raise Forbidden("right_missing", rights=[right.value])


async def _agent_in_sight(who: Who, parts: Parts, interaction_id: int) -> int:
    """Whose talk it is."""
    agent_id = int((await question(parts, "owner", interaction_id=interaction_id))["agent_id"])
    async with parts.reading() as connection:
        sight = await agents_in_sight(connection, parts.site_id, who)
    if agent_id and sight is not None and agent_id not in sight:
        raise NotFound("unknown_interaction", interaction_id=str(interaction_id))
    return agent_id


async def _noted(
    who: Who,
    request: Request,
    parts: Parts,
    asked: DoorRequest,
    action: str,
    interaction_id: int,
    agent_id: int,
) -> Effect:
    done = await command(parts, asked)
    async with parts.writing() as connection:
        await note(
            connection,
            who,
            request,
            parts,
            f"interaction.{action}",
            entity="interaction",
            entity_id=interaction_id,
            facts={"agent_id": agent_id},
        )
    return Effect(seq=done.seq)
