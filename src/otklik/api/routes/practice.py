"""Practice for newcomers: a supervisor lets an agent practise with robot customers; nothing of it is counted.
It ends by itself, by the supervisor's word or by the agent's own.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Request

from otklik.access.rights import Right
from otklik.api.engine import change
from otklik.api.noting import note
from otklik.api.parts import Parts, Serves
from otklik.api.route import Route
from otklik.api.schemas.base import Id
from otklik.api.schemas.practice import PracticeCallRow, PracticeRow, PracticeStart
from otklik.api.sights import agents_in_sight
from otklik.api.sign_in import Agent, Who, requires
from otklik.organization import commands as configure
from otklik.organization import store as organization
from otklik.organization.model import NO_LOAN
from otklik.organization.model import Agent as AgentThing
from otklik.teamwork import practice as rules
from otklik.teamwork import practice_store as store
from otklik.teamwork.practice import Practice
from otklik.vocabulary.ids import AgentId
from otklik.vocabulary.refusals import NotFound, Refused

router = APIRouter(prefix="/api/v1", tags=["practice"], route_class=Route)

Directs = Annotated[Who, requires(Right.DIRECT_AGENTS)]
NEWS = "practice"


@router.get("/practice/own")
async def find_own_practice(agent: Agent, parts: Serves) -> PracticeRow:
    """The one that goes on, or the last one, with what was done in it."""
    return await _shown(parts, agent.agent_id)


@router.post("/practice/own/end")
async def end_own_practice(agent: Agent, request: Request, parts: Serves) -> PracticeRow:
    """Enough; his own queues again."""
    return await _end(agent, request, parts, agent.agent_id)


@router.get("/agents/{agent_id}/practice")
async def find_practice(who: Directs, parts: Serves, agent_id: Id) -> PracticeRow:
    """Of an agent in sight."""
    await _agent(parts, who, agent_id)
    return await _shown(parts, AgentId(agent_id))


@router.post("/agents/{agent_id}/practice", status_code=201)
async def start_practice(
    who: Directs, request: Request, parts: Serves, agent_id: Id, body: PracticeStart
) -> PracticeRow:
    """He gets robot customers, and nobody else's calls, until his time is over; as soon as he is ready."""
    if parts.settings.channel != "asterisk":
        raise Refused("practice_needs_phones")
    agent = await _agent(parts, who, agent_id)
    now = parts.clock.now()
    if agent.loan.queue_ids and agent.loan.until is not None and now < agent.loan.until:
        raise Refused("agent_lent", agent_id=agent_id)
    async with parts.reading() as connection:
        site = await organization.find_site(connection, site_id=parts.site_id)
    language = site.language if site else "ru"
    settings = parts.settings
    set_up = rules.set_up(settings.practice_number, settings.practice_sip_port, language)
    await change(parts, who.person_id, set_up, thing="queue", known_id=rules.QUEUE)
    lent = rules.lent(AgentId(agent_id), now, body.minutes)
    await change(parts, who.person_id, lent, thing="agent", known_id=agent_id)
    assert lent.loan.until is not None, "a loan ends"
    async with parts.writing() as connection:
        practice = Practice(agent_id=AgentId(agent_id), started_at=now, until=lent.loan.until)
        await store.add_practice(connection, parts.site_id, practice, by=who.person_id)
        await _note(connection, who, request, parts, "practice.started", agent_id)
    await parts.practice.ensure()
    parts.hub.tell_news(NEWS)
    return await _shown(parts, AgentId(agent_id))


@router.post("/agents/{agent_id}/practice/end")
async def end_practice(who: Directs, request: Request, parts: Serves, agent_id: Id) -> PracticeRow:
    """His own queues again, now; a talk that goes on is finished first."""
    await _agent(parts, who, agent_id)
    return await _end(who, request, parts, AgentId(agent_id))


async def _end(who: Who, request: Request, parts: Parts, agent_id: AgentId) -> PracticeRow:
    now = parts.clock.now()
    async with parts.reading() as connection:
        practice = await store.last_practice(connection, parts.site_id, agent_id)
        agent = await organization.find_thing(connection, "agent", agent_id, site_id=parts.site_id)
    if practice is None or practice.ended_at is not None or now >= practice.until:
        raise Refused("no_practice", agent_id=int(agent_id))
    if agent is not None and rules.practises(agent, now):
        asked = configure.LendAgent(agent_id=agent_id, loan=NO_LOAN)
        await change(parts, who.person_id, asked, thing="agent", known_id=agent_id)
    async with parts.writing() as connection:
        await store.end_practice(connection, practice.practice_id, at=now)
        await _note(connection, who, request, parts, "practice.ended", agent_id)
    parts.hub.tell_news(NEWS)
    return await _shown(parts, agent_id)


async def _shown(parts: Parts, agent_id: AgentId) -> PracticeRow:
    now = parts.clock.now()
    async with parts.reading() as connection:
        practice = await store.last_practice(connection, parts.site_id, agent_id)
        agent = await organization.find_thing(connection, "agent", agent_id, site_id=parts.site_id)
        calls = [] if practice is None else await store.calls_of(connection, parts.site_id, practice)
        missed = 0 if practice is None else await store.missed_of(connection, parts.site_id, practice)
    if practice is None:
        return PracticeRow(
            id=None,
            agent_id=agent_id,
            is_on=False,
            started_at=None,
            until=None,
            ended_at=None,
            calls=[],
            missed=0,
        )
    is_on = practice.ended_at is None and agent is not None and rules.practises(agent, now)
    if is_on:
        # Whoever looks keeps them alive: this process may be a new one.
        await parts.practice.ensure()
    return PracticeRow(
        id=practice.practice_id,
        agent_id=agent_id,
        is_on=is_on,
        started_at=practice.started_at,
        until=practice.until,
        ended_at=practice.ended_at or (None if is_on else practice.until),
        calls=[
            PracticeCallRow(
                interaction_id=one.interaction_id,
                at=one.at,
                answer_seconds=one.answer.total_seconds(),
                talk_seconds=one.talk.total_seconds(),
                hold_seconds=one.hold.total_seconds(),
                wrap_up_seconds=one.wrap_up.total_seconds(),
                is_transferred=one.is_transferred,
                disposition_id=one.disposition_id or None,
                note=one.note,
            )
            for one in calls
        ],
        missed=missed,
    )


async def _agent(parts: Parts, who: Who, agent_id: int) -> AgentThing:
    async with parts.reading() as connection:
        sight = await agents_in_sight(connection, parts.site_id, who)
        found = await organization.find_thing(connection, "agent", agent_id, site_id=parts.site_id)
    if found is None or (sight is not None and agent_id not in sight):
        raise NotFound("unknown_agent", agent_id=agent_id)
    agent: AgentThing = found
    return agent


async def _note(
    connection: Any, who: Who, request: Request, parts: Parts, action: str, agent_id: int
) -> None:
    await note(
        connection,
        who,
        request,
        parts,
        action,
        entity="agent",
        entity_id=int(agent_id),
    )
