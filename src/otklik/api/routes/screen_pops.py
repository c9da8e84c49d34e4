"""Pages of other systems: set up by an administrator, asked for by the desk; and programs that dial for an
agent."""

import json
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Request

from otklik.access.rights import Right
from otklik.api.engine import command
from otklik.api.noting import note
from otklik.api.parts import Parts, Serves
from otklik.api.route import Route
from otklik.api.schemas.base import Id
from otklik.api.schemas.desk import Dialed
from otklik.api.schemas.screen_pops import (
    DialForAgent,
    ScreenPopHosts,
    ScreenPopNow,
    ScreenPopRow,
    ScreenPopSave,
    ScreenPopsNow,
)
from otklik.api.sights import agents_in_sight, shown_number
from otklik.api.sign_in import Agent, Who, requires
from otklik.organization import screen_pop_store as store
from otklik.organization import store as organization
from otklik.organization.screen_pops import (
    FIELD,
    PopMoment,
    ScreenPop,
    check_host,
    check_template,
    chosen,
    filled,
)
from otklik.reports import codes
from otklik.switchboard import requests as ask
from otklik.vocabulary.ids import AgentId, QueueId
from otklik.vocabulary.refusals import Invalid, NotFound

router = APIRouter(prefix="/api/v1", tags=["desk"], route_class=Route)

Manages = Annotated[Who, requires(Right.MANAGE_SYSTEMS)]


@router.get("/screen-pops")
async def list_screen_pops(who: Manages, parts: Serves) -> list[ScreenPopRow]:
    """All of them."""
    async with parts.reading() as connection:
        return [_row(one) for one in await store.list_pops(connection, parts.site_id)]


@router.post("/screen-pops", status_code=201)
async def create_screen_pop(
    who: Manages, request: Request, parts: Serves, body: ScreenPopSave
) -> ScreenPopRow:
    """A new one; its host must be on the list."""
    return await _save(who, request, parts, body, 0)


@router.put("/screen-pops/{pop_id}")
async def change_screen_pop(
    who: Manages, request: Request, parts: Serves, pop_id: Id, body: ScreenPopSave
) -> ScreenPopRow:
    """Change one."""
    return await _save(who, request, parts, body, pop_id)


@router.delete("/screen-pops/{pop_id}", status_code=204)
async def remove_screen_pop(who: Manages, request: Request, parts: Serves, pop_id: Id) -> None:
    """It opens no more."""
    async with parts.writing() as connection:
        if not await store.remove_pop(
            connection, parts.site_id, pop_id, at=parts.clock.now(), by=who.person_id
        ):
            raise NotFound("unknown_screen_pop", pop_id=pop_id)
        await _note(connection, who, request, parts, "screen_pop.removed", pop_id, {})


@router.get("/screen-pop-hosts")
async def find_screen_pop_hosts(who: Manages, parts: Serves) -> ScreenPopHosts:
    """Hosts that pages may be opened of."""
    async with parts.reading() as connection:
        return ScreenPopHosts(hosts=await store.list_hosts(connection, parts.site_id))


@router.put("/screen-pop-hosts")
async def change_screen_pop_hosts(
    who: Manages, request: Request, parts: Serves, body: ScreenPopHosts
) -> ScreenPopHosts:
    """These and no others: what leads elsewhere opens no more."""
    hosts = [check_host(one) for one in body.hosts]
    async with parts.writing() as connection:
        await store.save_hosts(connection, parts.site_id, hosts)
        await _note(connection, who, request, parts, "screen_pop.hosts_changed", 0, {"hosts": hosts})
        return ScreenPopHosts(hosts=await store.list_hosts(connection, parts.site_id))


@router.get("/desk/screen-pops")
async def desk_screen_pops(agent: Agent, parts: Serves) -> ScreenPopsNow:
    """What opens with the customer whom one is offered or talks with: at most one page at the ring and one at
    the answer."""
    async with parts.reading() as connection:
        found = await store.values_now(connection, parts.site_id, agent.person_id)
        pops = await store.list_pops(connection, parts.site_id) if found is not None else []
        hosts = await store.list_hosts(connection, parts.site_id) if pops else []
    if found is None:
        return ScreenPopsNow(interaction_id=None, pops=[])
    values = _values(agent, found)
    shown = []
    for moment in PopMoment:
        pop = chosen(pops, moment, found["queue_id"], found["project_id"])
        url = filled(pop.template, values, hosts) if pop is not None else None
        if pop is not None and url is not None:
            shown.append(
                ScreenPopNow(name=pop.name, url=url, moment=pop.moment.value, reuses_tab=pop.reuses_tab)
            )
    return ScreenPopsNow(interaction_id=found["interaction_id"], pops=shown)


@router.post("/agents/{agent_id}/dial")
async def dial_for_agent(
    who: Annotated[Who, requires(Right.DIAL_FOR_AGENTS)],
    request: Request,
    parts: Serves,
    agent_id: Id,
    body: DialForAgent,
) -> Dialed:
    """A program (a click in a CRM) calls a number for an agent: his own phone is taken first, so nobody is
    called behind his back. Refused as his own dialling is (in a talk, a country not allowed)."""
    async with parts.reading() as connection:
        sight = await agents_in_sight(connection, parts.site_id, who)
        known = await organization.find_thing(connection, "agent", agent_id, site_id=parts.site_id)
    if known is None or (sight is not None and agent_id not in sight):
        raise NotFound("unknown_agent", agent_id=agent_id)
    done = await command(
        parts,
        ask.Dial(agent_id=AgentId(agent_id), number=body.number, queue_id=QueueId(body.queue_id or 0)),
    )
    async with parts.writing() as connection:
        await note(
            connection,
            who,
            request,
            parts,
            "agent.dialed_for",
            entity="agent",
            entity_id=agent_id,
            facts={"interaction_id": str(done.facts["interaction_id"])},
        )
    return Dialed(seq=done.seq, interaction_id=int(done.facts["interaction_id"]))


def _values(agent: Who, found: dict[str, Any]) -> dict[str, str]:
    """What variables stand for: the number as this agent may see it."""
    number = shown_number(agent, found["number"])
    values = {
        "caller": number,
        "caller_digits": number.removeprefix("+"),
        "customer_id": str(found["customer_id"] or ""),
        "customer_code": found["code"],
        "customer": found["customer"],
        "interaction_id": str(found["interaction_id"]),
        "queue": found["queue"],
        "queue_id": str(found["queue_id"] or ""),
        "project": found["project"],
        "number_called": found["number_called"],
        "agent": found["agent"],
        "agent_id": str(agent.person_id),
        "direction": codes.DIRECTION_NAMES.get(found["direction"], ""),
    }
    fields = json.loads(found["fields"])
    return values | {FIELD + str(name): str(value) for name, value in fields.items()}


async def _save(who: Who, request: Request, parts: Parts, body: ScreenPopSave, pop_id: int) -> ScreenPopRow:
    async with parts.writing() as connection:
        check_template(body.template, await store.list_hosts(connection, parts.site_id))
        for thing, ids in (("queue", body.queue_ids), ("project", body.project_ids)):
            known = {
                int(getattr(one, f"{thing}_id"))
                for one in await organization.list_things(connection, thing, site_id=parts.site_id)
            }
            for one in ids:
                if one not in known:
                    raise Invalid(f"unknown_{thing}", f"{thing}_ids", id=one)
        pop = ScreenPop(
            pop_id=pop_id,
            name=body.name,
            template=body.template,
            moment=PopMoment(body.moment),
            queue_ids=tuple(body.queue_ids),
            project_ids=tuple(body.project_ids),
            reuses_tab=body.reuses_tab,
            is_on=body.is_on,
        )
        saved = await store.save_pop(connection, parts.site_id, pop, at=parts.clock.now(), by=who.person_id)
        if not saved:
            raise NotFound("unknown_screen_pop", pop_id=pop_id)
        action = "screen_pop.changed" if pop_id else "screen_pop.created"
        await _note(connection, who, request, parts, action, saved, {"name": body.name})
        return _row(msgspec.structs.replace(pop, pop_id=saved))


def _row(one: ScreenPop) -> ScreenPopRow:
    return ScreenPopRow(
        id=one.pop_id,
        name=one.name,
        template=one.template,
        moment=one.moment.value,
        queue_ids=list(one.queue_ids),
        project_ids=list(one.project_ids),
        reuses_tab=one.reuses_tab,
        is_on=one.is_on,
    )


async def _note(
    connection: Any,
    who: Who,
    request: Request,
    parts: Parts,
    action: str,
    entity_id: int,
    facts: dict[str, Any],
) -> None:
    await note(
        connection,
        who,
        request,
        parts,
        action,
        entity="screen_pop",
        entity_id=entity_id,
        facts=facts,
    )
