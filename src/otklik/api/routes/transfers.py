"""Moving a talk from the desk: transfer, consultation, conference, a call to a colleague; and a supervisor's
hands on waiting and talking customers.

An agent commands for his own talk only. A supervisor reaches agents whose work he sees; customers who wait
belong to nobody yet.
"""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request

from otklik.access import store as people
from otklik.access.rights import Right
from otklik.api.engine import command, question
from otklik.api.noting import note
from otklik.api.parts import Parts, Serves
from otklik.api.reach import require_agent, require_interaction
from otklik.api.route import Route
from otklik.api.schemas.base import Effect, LongId
from otklik.api.schemas.desk import Dialed, InteractionRequest
from otklik.api.schemas.transfers import (
    AgentTarget,
    AssignRequest,
    ColleagueRequest,
    MoveRequest,
    MoveTarget,
    OutsideTarget,
    ParticipantRequest,
    PriorityRequest,
    PullRequest,
    QueueTarget,
    Targets,
)
from otklik.api.sights import viewer_of
from otklik.api.sign_in import Agent, Who, requires
from otklik.organization import store as organization
from otklik.organization.model import SELF_TEST, Queue
from otklik.switchboard import requests as ask
from otklik.switchboard.requests import DoorRequest, Moving
from otklik.teamwork import directory_store as directory
from otklik.teamwork.model import FavouriteKind
from otklik.vocabulary.ids import AgentId, InteractionId, QueueId
from otklik.vocabulary.refusals import Forbidden, Invalid

router = APIRouter(prefix="/api/v1", tags=["desk"], route_class=Route)

Directs = Annotated[Who, requires(Right.DIRECT_AGENTS)]
Search = Annotated[str, Query(max_length=80)]
MOST_TARGETS = 50


def _moving(agent: Who, to: MoveTarget) -> Moving:
    """Exactly one of the three; a number needs the right to dial it."""
    if to.number and not agent.may(Right.DIAL_NUMBERS):
        raise Forbidden("right_missing", rights=[Right.DIAL_NUMBERS.value])
    if sum(map(bool, (to.agent_id, to.queue_id, to.number))) != 1:
        raise Invalid("one_target_expected", "to")
    return Moving(
        agent_id=AgentId(to.agent_id or 0), queue_id=QueueId(to.queue_id or 0), number=to.number or ""
    )


async def _effect(parts: Parts, request: DoorRequest) -> Effect:
    return Effect(seq=(await command(parts, request)).seq)


# --- the agent's own talk


@router.post("/desk/transfer")
async def desk_transfer(agent: Agent, parts: Serves, body: MoveRequest) -> Effect:
    """Give the customer away at once. Whom nobody takes comes back, or goes to the head of his queue."""
    return await _effect(
        parts,
        ask.Transfer(
            agent_id=agent.agent_id,
            interaction_id=InteractionId(body.interaction_id),
            to=_moving(agent, body.to),
        ),
    )


@router.post("/desk/escalate")
async def desk_escalate(agent: Agent, parts: Serves, body: InteractionRequest) -> Effect:
    """Give the customer to the next tier of his queue: he keeps his wait, and whoever takes him sees where he
    has been and what was written."""
    one = InteractionId(body.interaction_id)
    return await _effect(parts, ask.Escalate(agent_id=agent.agent_id, interaction_id=one))


@router.post("/desk/consult")
async def desk_consult(agent: Agent, parts: Serves, body: MoveRequest) -> Dialed:
    """Ask somebody; the customer hears music. The answer names the call of the two."""
    done = await command(
        parts,
        ask.Consult(
            agent_id=agent.agent_id,
            interaction_id=InteractionId(body.interaction_id),
            to=_moving(agent, body.to),
        ),
    )
    return Dialed(seq=done.seq, interaction_id=int(done.facts["interaction_id"]))


@router.post("/desk/swap")
async def desk_swap(agent: Agent, parts: Serves, body: InteractionRequest) -> Effect:
    """Change over between the customer and the one who was asked."""
    one = InteractionId(body.interaction_id)
    return await _effect(parts, ask.Swap(agent_id=agent.agent_id, interaction_id=one))


@router.post("/desk/complete")
async def desk_complete(agent: Agent, parts: Serves, body: InteractionRequest) -> Effect:
    """The customer goes to the one who was asked."""
    one = InteractionId(body.interaction_id)
    return await _effect(parts, ask.Complete(agent_id=agent.agent_id, interaction_id=one))


@router.post("/desk/cancel")
async def desk_cancel(agent: Agent, parts: Serves, body: InteractionRequest) -> Effect:
    """Back to the customer; whoever was asked is free again."""
    one = InteractionId(body.interaction_id)
    return await _effect(parts, ask.CancelConsult(agent_id=agent.agent_id, interaction_id=one))


@router.post("/desk/conference")
async def desk_conference(agent: Agent, parts: Serves, body: InteractionRequest) -> Effect:
    """All talk together: the one who was asked joins the talk with the customer."""
    one = InteractionId(body.interaction_id)
    return await _effect(parts, ask.Confer(agent_id=agent.agent_id, interaction_id=one))


@router.post("/desk/leave")
async def desk_leave(agent: Agent, parts: Serves, body: InteractionRequest) -> Effect:
    """Leave a conference; the others talk on."""
    one = InteractionId(body.interaction_id)
    return await _effect(parts, ask.Leave(agent_id=agent.agent_id, interaction_id=one))


@router.post("/desk/remove")
async def desk_remove(agent: Agent, parts: Serves, body: ParticipantRequest) -> Effect:
    """Take somebody out of one's own conference."""
    return await _effect(
        parts,
        ask.Remove(
            agent_id=agent.agent_id,
            interaction_id=InteractionId(body.interaction_id),
            participant_id=InteractionId(body.participant_id),
        ),
    )


@router.post("/desk/call-colleague")
async def desk_call_colleague(agent: Agent, parts: Serves, body: ColleagueRequest) -> Dialed:
    """An internal call; he may be not ready, but must be there and have nothing to do."""
    done = await command(parts, ask.CallColleague(agent_id=agent.agent_id, target_id=AgentId(body.agent_id)))
    return Dialed(seq=done.seq, interaction_id=int(done.facts["interaction_id"]))


@router.get("/desk/targets")
async def desk_targets(agent: Agent, parts: Serves, search: Search = "") -> Targets:
    """Where a talk can go now: colleagues with their presence, free ones first, and queues with the wait that
    is to be expected. search: part of a name."""
    found = await question(parts, "targets")
    async with parts.reading() as connection:
        named = await people.list_people(connection)
        agents = await organization.list_things(connection, "agent", site_id=parts.site_id)
        queues = await organization.list_things(connection, "queue", site_id=parts.site_id)
    names = {person.person_id: person.name for person in named}
    wanted = search.strip().casefold()
    states = found["agents"]
    colleagues = [
        AgentTarget(
            id=one.agent_id,
            name=names[one.agent_id],
            state=states[str(one.agent_id)]["state"],
            reason_id=int(states[str(one.agent_id)]["reason_id"]) or None,
            is_reachable=bool(states[str(one.agent_id)]["is_reachable"]),
            can_take=bool(states[str(one.agent_id)]["is_free"]),
            can_be_called=bool(states[str(one.agent_id)]["is_callable"]),
        )
        for one in agents
        if str(one.agent_id) in states
        and one.agent_id != agent.agent_id
        and one.agent_id in names
        and wanted in names[one.agent_id].casefold()
        and states[str(one.agent_id)]["state"] != "signed_out"
    ]
    colleagues.sort(key=lambda one: (not one.can_take, not one.can_be_called, one.name.casefold()))
    lines = [
        QueueTarget(
            id=queue.queue_id,
            name=queue.name,
            waiting=found["queues"][str(queue.queue_id)]["waiting"],
            free=found["queues"][str(queue.queue_id)]["free"],
            expected_wait_seconds=found["queues"][str(queue.queue_id)]["expected_wait_seconds"],
            why=_why_queue(queue, found["queues"][str(queue.queue_id)]),
        )
        for queue in queues
        if str(queue.queue_id) in found["queues"]
        and queue.project_id != SELF_TEST
        and wanted in queue.name.casefold()
    ]
    lines.sort(key=lambda one: (bool(one.why), one.name.casefold()))
    return Targets(
        agents=colleagues[:MOST_TARGETS],
        queues=lines[:MOST_TARGETS],
        outside=await _outside(parts, agent, search),
        may_dial=agent.may(Right.DIAL_NUMBERS),
        next_tiers={int(queue.queue_id): int(queue.next_tier) for queue in queues if queue.next_tier},
    )


def _why_queue(queue: Queue, now: dict[str, Any]) -> Literal["", "closed", "full", "nobody"]:
    if queue.closure.is_closed:
        return "closed"
    if now["waiting"] >= queue.maximum_waiting:
        return "full"
    return "" if now["signed_in"] else "nobody"


async def _outside(parts: Parts, agent: Who, search: str) -> list[OutsideTarget]:
    """Favourites first; whom the rules against stolen credit forbid says why."""
    async with parts.reading() as connection:
        viewer = await viewer_of(connection, parts.site_id, agent)
        found = await directory.list_entries(
            connection, parts.site_id, viewer, find=search, limit=MOST_TARGETS
        )
        dials = await directory.list_favourites(connection, parts.site_id, agent.person_id)
    favourites = {one.id for one in dials if one.kind is FavouriteKind.ENTRY}
    refusals: dict[str, Any] = {}
    if agent.may(Right.DIAL_NUMBERS) and found:
        asked = await question(parts, "dialable", numbers=[one.number for one in found], is_sent=True)
        refusals = asked["refusals"]
    elif found:
        refusals = {one.number: {"code": "right_missing", "facts": {}} for one in found}
    shown = [
        OutsideTarget(
            id=one.entry_id,
            name=one.name,
            company=one.company,
            number=one.number,
            note=one.note,
            is_favourite=one.entry_id in favourites,
            why=refusals.get(one.number, {}).get("code", ""),
            why_facts=refusals.get(one.number, {}).get("facts", {}),
        )
        for one in found
    ]
    shown.sort(key=lambda one: (bool(one.why), not one.is_favourite))
    return shown


# --- a supervisor's hands


@router.post("/interactions/{interaction_id}/assign", tags=["agents"])
async def assign_interaction(
    who: Directs, request: Request, parts: Serves, interaction_id: LongId, body: AssignRequest
) -> Effect:
    """Give a waiting customer to an agent, whatever his skills."""
    await require_agent(who, parts, body.agent_id)
    await require_interaction(who, parts, interaction_id)
    asked = ask.Assign(interaction_id=InteractionId(interaction_id), agent_id=AgentId(body.agent_id))
    return await directed(who, request, parts, asked, "assign", interaction_id)


@router.post("/interactions/{interaction_id}/pull", tags=["agents"])
async def pull_interaction(
    who: Directs, request: Request, parts: Serves, interaction_id: LongId, body: PullRequest
) -> Effect:
    """Take a customer from his agent: onto oneself, or back to the head of his queue."""
    if body.onto_me and not who.may(Right.TAKE_CALLS):
        raise Forbidden("right_missing", rights=[Right.TAKE_CALLS.value])
    await require_interaction(who, parts, interaction_id)
    onto = AgentId(who.person_id) if body.onto_me else AgentId(0)
    asked = ask.Pull(interaction_id=InteractionId(interaction_id), agent_id=onto)
    return await directed(who, request, parts, asked, "pull", interaction_id)


@router.put("/interactions/{interaction_id}/priority", tags=["agents"])
async def prioritize_interaction(
    who: Directs, request: Request, parts: Serves, interaction_id: LongId, body: PriorityRequest
) -> Effect:
    """Let a waiting customer be sooner (or later); the offer and the history name the supervisor's part."""
    await require_interaction(who, parts, interaction_id)
    asked = ask.Prioritize(interaction_id=InteractionId(interaction_id), priority=body.priority)
    return await directed(who, request, parts, asked, "prioritize", interaction_id)


async def directed(
    who: Who, request: Request, parts: Parts, asked: DoorRequest, action: str, interaction_id: int
) -> Effect:
    """What a supervisor did to a customer, with its line in the audit."""
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
        )
    return Effect(seq=done.seq)
