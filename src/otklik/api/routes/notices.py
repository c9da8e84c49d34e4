"""Notices: a supervisor's words at the desks of his teams. They expire by themselves; desks are told at once
that something is new, and ask for it."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Request

from otklik.access import service as access
from otklik.access import store as people
from otklik.access.rights import Right, Sight
from otklik.api.parts import Parts, Serves
from otklik.api.route import Route
from otklik.api.schemas.base import Id
from otklik.api.schemas.notices import NoticeNew, NoticeRow, SentNoticeRow
from otklik.api.sign_in import Agent, Who, address_of, requires
from otklik.organization import notice_store as notices
from otklik.organization import store as organization
from otklik.organization.model import Agent as AgentRow
from otklik.vocabulary.ids import PersonId, TeamId
from otklik.vocabulary.refusals import Invalid, NotFound

router = APIRouter(prefix="/api/v1", tags=["desk"], route_class=Route)

Directs = Annotated[Who, requires(Right.DIRECT_AGENTS)]
SENT_DAYS = timedelta(days=1)


@router.get("/notices")
async def list_notices(agent: Agent, parts: Serves) -> list[NoticeRow]:
    """What stands at one's own desk."""
    async with parts.reading() as connection:
        row = await organization.find_thing(connection, "agent", agent.person_id, site_id=parts.site_id)
        team_ids = row.team_ids if row is not None else ()
        found = await notices.list_for_agent(
            connection, parts.site_id, agent.person_id, team_ids, at=parts.clock.now()
        )
        names = await people.names_of(connection)
    return [
        NoticeRow(
            id=one.notice_id,
            text=one.text,
            by_name=names.get(one.by, ""),
            created_at=one.created_at,
            expires_at=one.expires_at,
            is_read=one.is_read,
        )
        for one in found
    ]


@router.post("/notices/{notice_id}/read", status_code=204)
async def read_notice(agent: Agent, parts: Serves, notice_id: Id) -> None:
    """I have read it."""
    async with parts.writing() as connection:
        if await notices.find_notice(connection, parts.site_id, notice_id) is None:
            raise NotFound("unknown_notice", notice_id=notice_id)
        await notices.note_read(connection, notice_id, agent.person_id, at=parts.clock.now())
    parts.hub.tell_news("notices")


@router.post("/notices", status_code=201)
async def send_notice(who: Directs, request: Request, parts: Serves, body: NoticeNew) -> SentNoticeRow:
    """To the desks of teams whose work one sees."""
    team_ids = tuple(TeamId(team_id) for team_id in dict.fromkeys(body.team_ids))
    at = parts.clock.now()
    async with parts.writing() as connection:
        known = {
            team.team_id for team in await organization.list_things(connection, "team", site_id=parts.site_id)
        }
        seen = known if who.sees is Sight.ALL else known & set(who.team_ids)
        for team_id in team_ids:
            if team_id not in seen:
                raise NotFound("unknown_team", id=team_id)
        if not team_ids and who.sees is not Sight.ALL:
            team_ids = tuple(TeamId(team_id) for team_id in sorted(seen))
            if not team_ids:
                raise Invalid("required", "team_ids")
        notice_id = await notices.add_notice(
            connection,
            parts.site_id,
            body.text,
            team_ids,
            by=who.person_id,
            at=at,
            expires_at=at + timedelta(minutes=body.minutes),
        )
        await access.note(
            connection,
            "notice.sent",
            by=who,
            at=at,
            address=address_of(request),
            entity="notice",
            entity_id=notice_id,
            facts={"team_ids": list(team_ids)},
        )
    parts.hub.tell_news("notices")
    return next(row for row in await _sent(parts, who) if row.id == notice_id)


@router.get("/notices/sent")
async def list_sent_notices(who: Directs, parts: Serves) -> list[SentNoticeRow]:
    """Of the last day, with how many have read each."""
    return await _sent(parts, who)


@router.delete("/notices/{notice_id}", status_code=204)
async def withdraw_notice(who: Directs, request: Request, parts: Serves, notice_id: Id) -> None:
    """Take one's own notice back; who sees all may take back anybody's."""
    at = parts.clock.now()
    async with parts.writing() as connection:
        found = await notices.find_notice(connection, parts.site_id, notice_id)
        if found is None or (found.by != who.person_id and who.sees is not Sight.ALL):
            raise NotFound("unknown_notice", notice_id=notice_id)
        await notices.withdraw_notice(connection, parts.site_id, notice_id, at=at)
        await access.note(
            connection,
            "notice.withdrawn",
            by=who,
            at=at,
            address=address_of(request),
            entity="notice",
            entity_id=notice_id,
        )
    parts.hub.tell_news("notices")


async def _sent(parts: Parts, who: Who) -> list[SentNoticeRow]:
    async with parts.reading() as connection:
        found = await notices.list_sent(connection, parts.site_id, since=parts.clock.now() - SENT_DAYS)
        names = await people.names_of(connection)
        agents = await organization.list_things(connection, "agent", site_id=parts.site_id)
    sees_all = who.sees is Sight.ALL
    return [
        SentNoticeRow(
            id=one.notice_id,
            text=one.text,
            team_ids=list(one.team_ids),
            by_name=names.get(one.by, ""),
            created_at=one.created_at,
            expires_at=one.expires_at,
            reads=one.reads,
            readers=len(_readers(one, agents, names)),
            may_withdraw=sees_all or one.by == who.person_id,
        )
        for one in found
        if sees_all or one.by == who.person_id or not set(who.team_ids).isdisjoint(one.team_ids)
    ]


def _readers(notice: notices.Notice, agents: list[AgentRow], names: dict[PersonId, str]) -> list[AgentRow]:
    """Agents whom it is for."""
    return [
        agent
        for agent in agents
        if agent.is_active
        and PersonId(agent.agent_id) in names
        and (not notice.team_ids or not set(notice.team_ids).isdisjoint(agent.team_ids))
    ]
