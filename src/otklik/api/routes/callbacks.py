"""Calls for later: agents arrange, move and take back their own and their queues'; supervisors those of
everybody in sight.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request

from otklik.access import store as people
from otklik.access.rights import Right
from otklik.acd.callbacks import LATEST
from otklik.api import store
from otklik.api.engine import command, question
from otklik.api.parts import Parts, Serves
from otklik.api.reach import require_agent, require_queue
from otklik.api.route import Route
from otklik.api.routes.interaction_forms import MomentIn
from otklik.api.routes.transfers import Directs, directed
from otklik.api.schemas.base import LARGEST_SMALL, Effect, LongId
from otklik.api.schemas.callbacks import (
    CallbackChoice,
    CallbackDirection,
    CallbackMade,
    CallbackMove,
    CallbackPlan,
    CallbackRequest,
    CallbackRow,
    CallbackUnmade,
)
from otklik.api.sights import agents_in_sight, shown_number
from otklik.api.sign_in import Agent, Who
from otklik.crm import service as crm
from otklik.crm.call_times import choices, customer_zone
from otklik.crm.model import Details
from otklik.organization import store as organization
from otklik.organization.model import SELF_TEST, Site
from otklik.reports import codes
from otklik.switchboard import requests as ask
from otklik.vocabulary.hours import OpeningHours
from otklik.vocabulary.ids import AgentId, InteractionId, PartyId, PersonId, QueueId
from otklik.vocabulary.phones import parse_phone
from otklik.vocabulary.refusals import Forbidden, Invalid, NotFound
from otklik.vocabulary.time import from_ms

router = APIRouter(prefix="/api/v1", tags=["desk"], route_class=Route)

QueueIn = Annotated[int, Query(ge=0, le=LARGEST_SMALL)]
NumberIn = Annotated[str, Query(max_length=64)]

UNMADE_SHOWN: Final = timedelta(days=3)
"""So long an agent is told that a call which he arranged came to nothing."""

REASONS: Final = {code: reason.value for reason, code in codes.OUTCOMES.items()}


# --- at the desk


@router.get("/desk/callbacks")
async def list_own_callbacks(agent: Agent, parts: Serves) -> list[CallbackRow]:
    """The agent's own and those of his queues that are nobody's, the soonest first."""
    found = [one for one in await _asked(parts, agent) if _is_near(one, agent)]
    async with parts.reading() as connection:
        return await _rows(connection, parts, agent, found)


@router.get("/desk/callbacks/plan")
async def plan_callback(
    agent: Agent,
    parts: Serves,
    interaction_id: LongId = 0,
    number: NumberIn = "",
    queue_id: QueueIn = 0,
    due_at: MomentIn | None = None,
) -> CallbackPlan:
    """Whom a call for later would reach, by which clock he lives, and which moments suggest themselves.
    due_at: a moment about which it is asked whether the queue works then."""
    if number.strip():
        _require_dialing(agent)
    at = parts.clock.now()
    asked = await _asked(parts, agent)
    async with parts.reading() as connection:
        site = await _site(connection, parts)
        party_id, own_queue, whole = await _whom(connection, parts, agent, interaction_id, number, site)
        if party_id:
            details = (await crm.details_of(connection, parts.site_id, [party_id])).get(party_id)
            name = (await crm.names_of(connection, parts.site_id, [party_id])).get(party_id, "")
        else:
            known = await crm.seek_customer(connection, parts.site_id, phone=whole) if whole else None
            details, name = (known.card.details, known.card.name) if known else (None, "")
        queue = QueueId(queue_id) or own_queue
        hours = await _hours_of(connection, parts, queue)
        zone = customer_zone(details, whole, site.zone, site.country)
        his = await _of_customer(connection, parts, asked, whole)
        arranged = await _rows(connection, parts, agent, his)
    return CallbackPlan(
        number=shown_number(agent, whole),
        customer_name=name,
        queue_id=int(queue) or None,
        zone=zone.zone,
        zone_source=zone.source,
        choices=[
            CallbackChoice(kind=one.kind, due_at=one.due_at)
            for one in choices(at, zone.zone, hours, site.zone)
        ],
        is_open=due_at is None or hours is None or _is_open(hours, due_at, at, site.zone),
        arranged=arranged,
    )


@router.post("/desk/callbacks", status_code=201)
async def schedule_callback(agent: Agent, parts: Serves, body: CallbackRequest) -> CallbackMade:
    """Arrange a call: with the customer of one's talk, or with a number, which needs the right to dial it."""
    if (body.interaction_id is None) == (body.number is None):
        raise Invalid("one_of_two_expected", "number", first="interaction_id", second="number")
    if body.number is not None:
        _require_dialing(agent)
    number = body.number or ""
    if body.interaction_id is not None:
        async with parts.reading() as connection:
            site = await _site(connection, parts)
            _, _, number = await _whom(connection, parts, agent, body.interaction_id, "", site)
    done = await command(
        parts,
        ask.ScheduleCallback(
            number=number,
            queue_id=QueueId(body.queue_id),
            due_at=body.due_at,
            by=PersonId(agent.person_id),
            agent_id=agent.agent_id if body.is_personal else AgentId(0),
            callback_of=InteractionId(body.interaction_id or 0),
            note=body.note.strip(),
        ),
    )
    made = InteractionId(int(done.facts["interaction_id"]))
    parts.source.note_outcome(made)
    _tell(parts, agent.agent_id if body.is_personal else 0, agent.agent_id)
    return CallbackMade(seq=done.seq, interaction_id=made)


@router.get("/desk/callbacks/unmade")
async def list_unmade_callbacks(agent: Agent, parts: Serves) -> list[CallbackUnmade]:
    """Calls that the agent arranged and that were not made within the last days, the latest first: why."""
    async with parts.reading() as connection:
        found = await store.unmade_callbacks(
            connection, parts.site_id, PersonId(agent.person_id), since=parts.clock.now() - UNMADE_SHOWN
        )
        if not found:
            return []
        parties = [PartyId(row["party_id"]) for row in found]
        numbers = await crm.numbers_of(connection, parts.site_id, parties)
        customers = await crm.names_of(connection, parts.site_id, parties)
        queues = await _queue_names(connection, parts)
        ids = [InteractionId(row["interaction_id"]) for row in found]
        outcomes = await crm.outcomes_of(connection, parts.site_id, ids)
    return [
        CallbackUnmade(
            interaction_id=one,
            number=shown_number(agent, numbers.get(party_id)),
            customer_name=customers.get(party_id, ""),
            queue_name=queues.get(row["queue_id"], ""),
            arranged_at=row["arranged_at"],
            ended_at=from_ms(row["end_ms"]),
            reason=REASONS[row["outcome"]],
            note=outcomes[one].note if one in outcomes else "",
        )
        for row, one, party_id in zip(found, ids, parties, strict=True)
    ]


@router.get("/desk/callbacks/{interaction_id}")
async def find_callback(agent: Agent, parts: Serves, interaction_id: LongId) -> CallbackRow:
    """What was agreed, for whoever makes the call."""
    found = _one(await _asked(parts, agent), interaction_id)
    if not _is_near(found, agent) and found["taken_by"] != agent.agent_id:
        raise NotFound("unknown_interaction", interaction_id=str(interaction_id))
    async with parts.reading() as connection:
        (row,) = await _rows(connection, parts, agent, [found])
    return row


@router.put("/desk/callbacks/{interaction_id}")
async def move_callback(agent: Agent, parts: Serves, interaction_id: LongId, body: CallbackMove) -> Effect:
    """Another moment, or from the queue to oneself and back."""
    found = await _own(parts, agent, interaction_id)
    owner = AgentId(found["owner_id"])
    if body.is_personal is not None:
        owner = agent.agent_id if body.is_personal else AgentId(0)
    asked = ask.RescheduleCallback(
        interaction_id=InteractionId(interaction_id), due_at=body.due_at, agent_id=owner
    )
    done = await command(parts, asked)
    _tell(parts, found["owner_id"], owner, found["arranged_by"])
    return Effect(seq=done.seq)


@router.delete("/desk/callbacks/{interaction_id}")
async def take_callback_back(agent: Agent, parts: Serves, interaction_id: LongId) -> Effect:
    """The customer is not called any more."""
    found = await _own(parts, agent, interaction_id)
    asked = ask.CancelCallback(interaction_id=InteractionId(interaction_id))
    done = await command(parts, asked)
    _tell(parts, found["owner_id"], found["arranged_by"] or agent.agent_id)
    return Effect(seq=done.seq)


# --- a supervisor's


@router.get("/callbacks", tags=["agents"])
async def list_callbacks(who: Directs, parts: Serves) -> list[CallbackRow]:
    """All that are nobody's, and those of everybody in sight, the soonest first."""
    asked = await _asked(parts, who)
    async with parts.reading() as connection:
        sight = await agents_in_sight(connection, parts.site_id, who)
        seen = [one for one in asked if sight is None or not one["owner_id"] or one["owner_id"] in sight]
        return await _rows(connection, parts, who, seen)


@router.put("/interactions/{interaction_id}/callback", tags=["agents"])
async def direct_callback(
    who: Directs, request: Request, parts: Serves, interaction_id: LongId, body: CallbackDirection
) -> Effect:
    """Another moment for a call that nobody makes yet, or somebody else to make it."""
    concerned = await _require_owner_in_sight(who, parts, interaction_id)
    if body.agent_id is not None:
        await require_agent(who, parts, body.agent_id)
    asked = ask.RescheduleCallback(
        interaction_id=InteractionId(interaction_id),
        due_at=body.due_at,
        agent_id=AgentId(body.agent_id or 0),
    )
    done = await directed(who, request, parts, asked, "direct_callback", interaction_id)
    _tell(parts, *concerned, body.agent_id or 0)
    return done


@router.delete("/interactions/{interaction_id}/callback", tags=["agents"])
async def cancel_callback(who: Directs, request: Request, parts: Serves, interaction_id: LongId) -> Effect:
    """Take a promised call back while nobody has it: its customer is not called any more."""
    concerned = await _require_owner_in_sight(who, parts, interaction_id)
    asked = ask.CancelCallback(interaction_id=InteractionId(interaction_id))
    done = await directed(who, request, parts, asked, "cancel_callback", interaction_id)
    _tell(parts, *concerned)
    return done


# --- what is known of them


def _require_dialing(agent: Who) -> None:
    if not agent.may(Right.DIAL_NUMBERS):
        raise Forbidden("right_missing", rights=[Right.DIAL_NUMBERS.value])


async def _asked(parts: Parts, who: Who) -> list[dict[str, Any]]:
    told = await question(parts, "callbacks", agent_id=int(who.agent_id))
    found: list[dict[str, Any]] = told["callbacks"]
    return found


def _is_near(one: dict[str, Any], agent: Who) -> bool:
    """His own, or of his queues and nobody's."""
    own = agent.agent_id in (one["owner_id"], one["arranged_by"])
    return own or (one["is_own_queue"] and not one["owner_id"])


async def _of_customer(
    connection: Any, parts: Parts, asked: Sequence[dict[str, Any]], number: str
) -> list[dict[str, Any]]:
    """Those in which this number is called."""
    parties = [PartyId(int(one["party_id"])) for one in asked]
    numbers = await crm.numbers_of(connection, parts.site_id, parties)
    return [one for one in asked if number and numbers.get(PartyId(int(one["party_id"]))) == number]


def _one(asked: Sequence[dict[str, Any]], interaction_id: int) -> dict[str, Any]:
    for one in asked:
        if one["interaction_id"] == str(interaction_id):
            return one
    raise NotFound("unknown_interaction", interaction_id=str(interaction_id))


async def _own(parts: Parts, agent: Who, interaction_id: int) -> dict[str, Any]:
    found = _one(await _asked(parts, agent), interaction_id)
    if not _is_near(found, agent):
        raise NotFound("unknown_interaction", interaction_id=str(interaction_id))
    return found


async def _require_owner_in_sight(who: Who, parts: Parts, interaction_id: int) -> list[int]:
    """Whom it concerns: owner (0 for the queue) and who arranged it. What is no promised call is told by the
    engine."""
    for one in await _asked(parts, who):
        if one["interaction_id"] == str(interaction_id):
            if one["owner_id"]:
                await require_agent(who, parts, one["owner_id"])
            else:
                await require_queue(who, parts, int(one["queue_id"]))
            return [one["owner_id"], *filter(None, [one["arranged_by"]])]
    return []


def _tell(parts: Parts, *people: int) -> None:
    """Those in whose lists it stands or stood ask for them again; 0: it is anybody's of a queue."""
    if 0 in people:
        parts.hub.tell_news("callbacks", right=Right.TAKE_CALLS)
    else:
        parts.hub.tell_news("callbacks", to=frozenset(PersonId(one) for one in people))


async def _whom(
    connection: Any, parts: Parts, agent: Who, interaction_id: int, number: str, site: Site
) -> tuple[PartyId, QueueId, str]:
    """The address, the queue and the whole number of an interaction's customer; of a number, the number."""
    if not interaction_id:
        whole = parse_phone(number, site.country).e164 if number.strip() else ""
        return PartyId(0), QueueId(0), whole
    found = await store.whose_interaction(connection, parts.site_id, interaction_id)
    if found is None:
        raise NotFound("unknown_interaction", interaction_id=str(interaction_id))
    took_part = await store.agents_of_interaction(connection, parts.site_id, interaction_id) or frozenset()
    if agent.agent_id not in took_part:
        raise Forbidden("not_your_interaction", interaction_id=str(interaction_id))
    party_id, queue_id = found
    numbers = await crm.numbers_of(connection, parts.site_id, [party_id])
    return party_id, queue_id, numbers.get(party_id, "")


async def _site(connection: Any, parts: Parts) -> Site:
    site = await organization.find_site(connection, site_id=parts.site_id)
    assert site is not None, "a centre without a site has no people"
    return site


async def _hours_of(connection: Any, parts: Parts, queue_id: QueueId) -> OpeningHours | None:
    """When people answer for a queue, as its numbers say; None when nothing says it."""
    numbers = await organization.list_things(connection, "number", site_id=parts.site_id)
    hours_ids = [one.hours_id for one in numbers if one.queue_id == queue_id and one.hours_id]
    if not hours_ids:
        return None
    hours = await organization.find_thing(connection, "hours", hours_ids[0], site_id=parts.site_id)
    opening: OpeningHours | None = hours.opening if hours is not None else None
    return opening


def _is_open(hours: OpeningHours, due_at: datetime, at: datetime, zone: str) -> bool:
    """No calendar is asked about what is refused anyway."""
    return abs(due_at - at) > LATEST or hours.is_open(due_at, zone)


async def _rows(
    connection: Any, parts: Parts, who: Who, found: Sequence[dict[str, Any]]
) -> list[CallbackRow]:
    if not found:
        return []
    site = await _site(connection, parts)
    parties = [PartyId(int(one["party_id"])) for one in found]
    numbers = await crm.numbers_of(connection, parts.site_id, parties)
    customers = await crm.names_of(connection, parts.site_id, parties)
    details = await crm.details_of(connection, parts.site_id, parties)
    names = await people.names_of(connection)
    queues = await _queue_names(connection, parts)
    ids = [InteractionId(int(one["interaction_id"])) for one in found]
    outcomes = await crm.outcomes_of(connection, parts.site_id, ids)
    rows = []
    for one, interaction_id, party_id in zip(found, ids, parties, strict=True):
        outcome = outcomes.get(interaction_id)
        rows.append(
            CallbackRow.model_validate(
                {
                    "interaction_id": interaction_id,
                    "number": shown_number(who, numbers.get(party_id)),
                    "customer_name": customers.get(party_id, ""),
                    "party_id": party_id,
                    "queue_id": one["queue_id"],
                    "queue_name": queues.get(one["queue_id"], ""),
                    "owner_id": one["owner_id"] or None,
                    "owner_name": names.get(PersonId(one["owner_id"]), ""),
                    "taken_by_name": names.get(PersonId(one["taken_by"]), ""),
                    "is_promised": not one["arranged_by"],
                    "arranged_by_name": names.get(PersonId(one["arranged_by"]), ""),
                    "note": outcome.note if outcome else "",
                    "is_mine": who.agent_id in (one["owner_id"], one["arranged_by"]),
                    "callback_of": one["callback_of"] or None,
                    **{name: one[name] for name in _AS_IT_IS},
                    **_zone_of(details.get(party_id), numbers.get(party_id, ""), site),
                }
            )
        )
    return rows


async def _queue_names(connection: Any, parts: Parts) -> dict[QueueId, str]:
    return {
        queue.queue_id: queue.name
        for queue in await organization.list_things(connection, "queue", site_id=parts.site_id)
        if queue.project_id != SELF_TEST
    }


_AS_IT_IS = (
    "arranged_at",
    "attempts",
    "due_at",
    "expires_at",
    "is_free",
    "last_reason",
    "next_at",
)


def _zone_of(details: Details | None, number: str, site: Site) -> dict[str, str]:
    found = customer_zone(details, number, site.zone, site.country)
    return {"zone": found.zone, "zone_source": found.source}
