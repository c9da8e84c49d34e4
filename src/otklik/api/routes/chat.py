"""Chat between colleagues: one-to-one and in teams. What is new is told over the live feed with its text, to
those alone who read it; a page that missed something asks for it. No customer is here.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from otklik.access import store as people
from otklik.access.rights import Right
from otklik.api.noting import note
from otklik.api.parts import Parts, Serves
from otklik.api.route import Route
from otklik.api.schemas.base import Id
from otklik.api.schemas.chat import ChatKept, MessageNew, MessageRow, ReadTo, ThreadRow, Threads
from otklik.api.sign_in import Who, requires
from otklik.organization import store as organization
from otklik.teamwork import chat as rules
from otklik.teamwork import chat_store as store
from otklik.teamwork.model import ChatMessage, Thread
from otklik.vocabulary.ids import PersonId, TeamId
from otklik.vocabulary.refusals import Forbidden, Invalid, NotFound

router = APIRouter(prefix="/api/v1/chat", tags=["chat"], route_class=Route)

Chats = Annotated[Who, requires(Right.CHAT_COLLEAGUES)]
Keeps = Annotated[Who, requires(Right.MANAGE_RECORDINGS)]
NEWS = "chat"
MOST_FOUND = 50


@router.get("/threads")
async def list_threads(who: Chats, parts: Serves) -> Threads:
    """One's own threads, the newest first, then teams in which nobody has written yet."""
    async with parts.reading() as connection:
        teams = await organization.list_things(connection, "team", site_id=parts.site_id)
        own = await _own_teams(connection, parts, who)
        found = await store.list_threads(connection, parts.site_id, who.person_id, own)
        names = await people.names_of(connection)
    named = {team.team_id: team.name for team in teams}
    rows = [
        ThreadRow(
            id=one.thread.thread_id,
            person_id=_other(one.thread, who),
            team_id=one.thread.team_id or None,
            name=named[one.thread.team_id]
            if one.thread.team_id in named
            else names.get(PersonId(_other(one.thread, who) or 0), ""),
            unread=one.unread,
            last=_row(one.last, who, names) if one.last else None,
        )
        for one in found
    ]
    begun = {one.thread.team_id for one in found}
    rows += [
        ThreadRow(id=None, person_id=None, team_id=team.team_id, name=team.name, unread=0, last=None)
        for team in teams
        if team.team_id in own and team.team_id not in begun
    ]
    return Threads(threads=rows, unread=sum(row.unread for row in rows))


@router.get("/threads/{thread_id}/messages")
async def list_messages(
    who: Chats,
    parts: Serves,
    thread_id: Id,
    before: Annotated[int, Query(ge=0, le=2**53 - 1)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[MessageRow]:
    """The newest first. before: only those older than this one."""
    async with parts.reading() as connection:
        await _readable(connection, parts, who, thread_id)
        found = await store.list_messages(connection, thread_id, before=before, limit=limit)
        names = await people.names_of(connection)
    return [_row(one, who, names) for one in found]


@router.get("/search")
async def search_messages(
    who: Chats, parts: Serves, find: Annotated[str, Query(min_length=2, max_length=80)]
) -> list[MessageRow]:
    """In one's own threads, the newest first."""
    async with parts.reading() as connection:
        own = await _own_teams(connection, parts, who)
        found = await store.search_messages(
            connection, parts.site_id, who.person_id, own, find=find.strip(), limit=MOST_FOUND
        )
        names = await people.names_of(connection)
    return [_row(one, who, names) for one in found]


@router.post("/messages", status_code=201)
async def send_message(who: Chats, parts: Serves, body: MessageNew) -> MessageRow:
    """To a colleague or to a team of one's own. Sent twice with one key it is there once."""
    if not who.person_id:
        raise Forbidden("browser_needed")
    async with parts.writing() as connection:
        wanted = await _wanted(connection, parts, who, body)
        thread = await store.open_thread(connection, parts.site_id, wanted)
        message, is_new = await store.add_message(
            connection,
            thread.thread_id,
            by=who.person_id,
            text=body.text,
            is_lead=who.may(Right.DIRECT_AGENTS),
            key=str(body.key),
            at=parts.clock.now(),
        )
        names = await people.names_of(connection)
        readers = await _readers(connection, parts, thread)
    row = _row(message, who, names)
    if is_new:
        told = row.model_copy(update={"is_own": False, "key": ""}).model_dump(mode="json")
        parts.hub.tell_news(NEWS, to=readers | {who.person_id}, facts={"message": told})
    return row


@router.post("/threads/{thread_id}/read", status_code=204, response_class=Response)
async def read_thread(who: Chats, parts: Serves, thread_id: Id, body: ReadTo) -> None:
    """I have read up to this message; one's other pages are told."""
    async with parts.writing() as connection:
        await _readable(connection, parts, who, thread_id)
        await store.note_read(connection, thread_id, who.person_id, body.message_id)
    parts.hub.tell_news(NEWS, to=frozenset({who.person_id}))


@router.get("/retention")
async def find_chat_retention(who: Keeps, parts: Serves) -> ChatKept:
    """How long messages are kept."""
    async with parts.reading() as connection:
        return ChatKept(days=await store.days_kept(connection, parts.site_id))


@router.put("/retention")
async def save_chat_retention(who: Keeps, request: Request, parts: Serves, body: ChatKept) -> ChatKept:
    """What is older is deleted within the hour, and from then on."""
    async with parts.writing() as connection:
        await store.keep_for(connection, parts.site_id, body.days)
        await note(
            connection,
            who,
            request,
            parts,
            "chat.retention",
            entity="site",
            entity_id=parts.site_id,
            facts={"days": body.days},
        )
    return body


async def _wanted(connection: Any, parts: Parts, who: Who, body: MessageNew) -> Thread:
    if (body.person_id is None) == (body.team_id is None):
        raise Invalid("one_target_expected", "person_id")
    if body.team_id is not None:
        if body.team_id not in await _own_teams(connection, parts, who):
            raise NotFound("unknown_team", id=body.team_id)
        return Thread(team_id=TeamId(body.team_id))
    other = await people.find_person(connection, PersonId(body.person_id or 0))
    if other is None or other.is_blocked:
        raise NotFound("unknown_person", id=body.person_id)
    return rules.pair(who.person_id, other.person_id)


async def _own_teams(connection: Any, parts: Parts, who: Who) -> frozenset[TeamId]:
    agents = await organization.list_things(connection, "agent", site_id=parts.site_id)
    teams = await organization.list_things(connection, "team", site_id=parts.site_id)
    return rules.teams_of(who.person_id, agents, teams)


async def _readers(connection: Any, parts: Parts, thread: Thread) -> frozenset[PersonId]:
    agents = await organization.list_things(connection, "agent", site_id=parts.site_id)
    teams = await organization.list_things(connection, "team", site_id=parts.site_id)
    return rules.readers_of(thread, agents, teams)


async def _readable(connection: Any, parts: Parts, who: Who, thread_id: int) -> Thread:
    thread = await store.find_thread(connection, parts.site_id, thread_id)
    if thread is None:
        raise NotFound("unknown_thread", thread_id=thread_id)
    rules.require_reader(thread, who.person_id, await _own_teams(connection, parts, who))
    return thread


def _other(thread: Thread, who: Who) -> int | None:
    return next((int(one) for one in thread.people if one != who.person_id), None)


def _row(message: ChatMessage, who: Who, names: dict[PersonId, str]) -> MessageRow:
    is_own = message.by == who.person_id
    return MessageRow(
        id=message.message_id,
        thread_id=message.thread_id,
        by_id=message.by,
        by_name=names.get(message.by, ""),
        text=message.text,
        is_own=is_own,
        is_lead=message.is_lead,
        at=message.at,
        key=message.key if is_own else "",
    )
