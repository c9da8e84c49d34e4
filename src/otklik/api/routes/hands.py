"""A supervisor's hands on queues: lend agents, close and open a queue, move who waits. Each ends by itself
or by another word, is journalled as a change of the configuration or of the interaction, and stands in the
audit.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Request

from otklik.access.rights import Right
from otklik.api.engine import change, command
from otklik.api.noting import note
from otklik.api.parts import Parts, Serves
from otklik.api.reach import require_agent, require_interaction, require_queue
from otklik.api.route import Route
from otklik.api.schemas.base import Effect, Id, LongId, SmallId
from otklik.api.schemas.hands import ClosurePrompt, ClosureRequest, LoanRequest, RequeueRequest
from otklik.api.sign_in import Who, requires
from otklik.flows import prompts
from otklik.organization import commands as configure
from otklik.organization.model import NO_LOAN, Loan, QueueClosure
from otklik.switchboard import requests as ask
from otklik.vocabulary.ids import AgentId, InteractionId, QueueId
from otklik.vocabulary.refusals import Invalid

router = APIRouter(prefix="/api/v1", tags=["agents"], route_class=Route)

Directs = Annotated[Who, requires(Right.DIRECT_AGENTS)]
CLOSED = "closed"


@router.put("/agents/{agent_id}/loan")
async def lend_agent(
    who: Directs, request: Request, parts: Serves, agent_id: Id, body: LoanRequest
) -> Effect:
    """Other queues until a quarter of an hour; then his own again, by itself."""
    queue_ids = tuple(QueueId(queue_id) for queue_id in dict.fromkeys(body.queue_ids))
    loan = Loan(queue_ids=queue_ids, until=body.until, is_only=body.is_only)
    return await _lend(who, request, parts, agent_id, loan, "lend")


@router.delete("/agents/{agent_id}/loan")
async def end_loan(who: Directs, request: Request, parts: Serves, agent_id: Id) -> Effect:
    """His own queues again, now."""
    return await _lend(who, request, parts, agent_id, NO_LOAN, "end_loan")


@router.get("/closure-prompts")
async def list_closure_prompts(who: Directs, parts: Serves) -> list[ClosurePrompt]:
    """What a closed queue may say: what is shipped for it, and messages that every language has."""
    can_be_heard = prompts.playable(parts.settings.sounds)
    own = [
        ClosurePrompt(name=one.name, is_shipped=False)
        for one in prompts.of_site(parts.settings.sounds)
        if one.name in can_be_heard
    ]
    return [ClosurePrompt(name=CLOSED, is_shipped=True), *own]


@router.put("/queues/{queue_id}/closure")
async def close_queue(
    who: Directs, request: Request, parts: Serves, queue_id: SmallId, body: ClosureRequest
) -> Effect:
    """Close a queue to new customers with a message, or open it again."""
    if body.is_closed and body.prompt not in {CLOSED, *prompts.playable(parts.settings.sounds)}:
        raise Invalid("unknown_prompt", "prompt")
    await require_queue(who, parts, queue_id)
    closure = QueueClosure(
        is_closed=body.is_closed,
        prompt=body.prompt,
        then=body.then,
        queue_id=QueueId(body.queue_id or 0) if body.then == "queue" else QueueId(0),
    )
    asked = configure.CloseQueue(queue_id=QueueId(queue_id), closure=closure)
    seq, _ = await change(parts, who.person_id, asked, thing="queue", known_id=queue_id)
    await _note(who, request, parts, "queue.close" if body.is_closed else "queue.open", "queue", queue_id)
    return Effect(seq=seq)


@router.post("/interactions/{interaction_id}/requeue")
async def requeue_interaction(
    who: Directs, request: Request, parts: Serves, interaction_id: LongId, body: RequeueRequest
) -> Effect:
    """A waiting customer waits in another queue from now on; what he has waited counts there."""
    await require_interaction(who, parts, interaction_id)
    asked = ask.Requeue(interaction_id=InteractionId(interaction_id), queue_id=QueueId(body.queue_id))
    done = await command(parts, asked)
    facts = {"queue_id": body.queue_id}
    await _note(who, request, parts, "interaction.requeue", "interaction", interaction_id, facts)
    return Effect(seq=done.seq)


async def _lend(who: Who, request: Request, parts: Parts, agent_id: int, loan: Loan, action: str) -> Effect:
    await require_agent(who, parts, agent_id)
    asked = configure.LendAgent(agent_id=AgentId(agent_id), loan=loan)
    seq, _ = await change(parts, who.person_id, asked, thing="agent", known_id=agent_id)
    facts = {"queue_ids": list(loan.queue_ids)}
    await _note(who, request, parts, f"agent.{action}", "agent", agent_id, facts)
    return Effect(seq=seq)


async def _note(
    who: Who,
    request: Request,
    parts: Parts,
    action: str,
    entity: str,
    entity_id: int,
    facts: dict[str, Any] | None = None,
) -> None:
    async with parts.writing() as connection:
        await note(
            connection,
            who,
            request,
            parts,
            action,
            entity=entity,
            entity_id=entity_id,
            facts=facts or {},
        )
