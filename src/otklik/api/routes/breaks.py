"""Breaks: an agent asks, the product says whether cover holds and approves by itself by the site's rule, or
gives it to a supervisor. Each decision stands in the audit with its why; the break itself is a state of the
agent, in the journal.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Request

from otklik.access import store as people
from otklik.access.rights import Right
from otklik.api.cover import Needed, cover, needed
from otklik.api.engine import command
from otklik.api.noting import note
from otklik.api.parts import Parts, Serves
from otklik.api.periods import zone_of
from otklik.api.route import Route
from otklik.api.schemas.base import Effect, Id
from otklik.api.schemas.breaks import (
    AllowanceRow,
    BreakAsk,
    BreakJudgement,
    BreakPolicyRow,
    BreakRow,
    BreakWord,
    CoverRow,
    OwnBreaks,
    UsedRow,
)
from otklik.api.sights import agents_in_sight
from otklik.api.sign_in import Agent, Who, requires
from otklik.organization import store as organization
from otklik.reports.calendar import day_of_moment, start_of_day
from otklik.switchboard import requests as ask
from otklik.teamwork import break_store as store
from otklik.teamwork import breaks as rules
from otklik.teamwork.breaks import (
    Allowance,
    BreakPolicy,
    BreakRequest,
    BreakStatus,
    CoverSlot,
    Judgement,
    Used,
)
from otklik.vocabulary.ids import AgentId, PersonId, ReasonId
from otklik.vocabulary.refusals import NotFound, Refused
from otklik.vocabulary.time import to_ms

router = APIRouter(prefix="/api/v1/breaks", tags=["breaks"], route_class=Route)

Directs = Annotated[Who, requires(Right.DIRECT_AGENTS)]
Rules = Annotated[Who, requires(Right.DIRECT_AGENTS, Right.MANAGE_REASONS)]
Manages = Annotated[Who, requires(Right.MANAGE_REASONS)]
NEWS = "breaks"
NO_USE = Used()


@dataclass(slots=True)
class Day:
    """What the local day holds, for rows."""

    now: datetime
    since: datetime
    until: datetime
    names: dict[PersonId, str]
    used: dict[AgentId, dict[ReasonId, Used]]

    def of(self, request: BreakRequest) -> Used:
        """Of the reason that a request names."""
        return self.used.get(request.agent_id, {}).get(request.reason_id, NO_USE)


@router.get("/own")
async def list_own_breaks(agent: Agent, parts: Serves) -> OwnBreaks:
    """What one asked for today and in the night that comes, and what the day holds already."""
    async with parts.reading() as connection:
        day = await _day(connection, parts, [agent.agent_id])
        found = await store.list_requests(
            connection,
            parts.site_id,
            since=day.now - timedelta(hours=4),
            until=day.now + rules.FARTHEST,
            agent_ids=[agent.agent_id],
        )
        policy = await store.find_policy(connection, parts.site_id)
    return OwnBreaks(
        requests=[_row(one, day) for one in found],
        used=used_rows(day.used.get(agent.agent_id, {}), policy),
    )


@router.post("/preview")
async def preview_break(agent: Agent, parts: Serves, body: BreakAsk) -> BreakJudgement:
    """What would come of asking for it; nothing is kept."""
    asked, needs = await _asked(parts, agent, body)
    async with parts.reading() as connection:
        judgement = await _judged(connection, parts, asked, needs)
    return BreakJudgement(
        is_sure=judgement.is_sure,
        rule=judgement.rule,  # type: ignore[arg-type]  # one of the closed list
        worst=_cover(judgement.worst),
        slots=[CoverRow.model_validate(_plain(one)) for one in judgement.slots],
    )


@router.post("", status_code=201)
async def ask_for_break(agent: Agent, request: Request, parts: Serves, body: BreakAsk) -> BreakRow:
    """Approved at once when the rule is sure; else a supervisor decides."""
    asked, needs = await _asked(parts, agent, body)
    async with parts.writing() as connection:
        await store.lock_requests(connection, parts.site_id)
        judgement = await _judged(connection, parts, asked, needs)
        open_ones = await store.list_requests(
            connection,
            parts.site_id,
            since=asked.starts_at,
            until=asked.ends_at,
            agent_ids=[agent.agent_id],
            statuses=(BreakStatus.ASKED, BreakStatus.APPROVED),
        )
        if any(rules.standing(one, asked.asked_at).status is not BreakStatus.LAPSED for one in open_ones):
            raise Refused("break_asked_already")
        asked = msgspec.structs.replace(
            asked,
            status=BreakStatus.APPROVED if judgement.is_sure else BreakStatus.ASKED,
            rule=judgement.rule,
            worst=judgement.worst,
            decided_at=asked.asked_at if judgement.is_sure else None,
        )
        request_id = await store.add_request(connection, parts.site_id, asked)
        asked = msgspec.structs.replace(asked, request_id=request_id)
        await _note(connection, agent, request, parts, "break.asked", asked)
        day = await _day(connection, parts, [agent.agent_id])
    parts.hub.tell_news(NEWS)
    return _row(asked, day)


@router.post("/{request_id}/withdraw")
async def withdraw_break(agent: Agent, request: Request, parts: Serves, request_id: Id) -> BreakRow:
    """One's own, as long as it has not begun."""
    return await _change(agent, request, parts, request_id, BreakStatus.WITHDRAWN, own=True)


@router.post("/{request_id}/begin")
async def begin_break(agent: Agent, request: Request, parts: Serves, request_id: Id) -> Effect:
    """Not ready for its reason now, or after the present call; the approval is the permission."""
    now = parts.clock.now()
    async with parts.reading() as connection:
        found = await _own(connection, parts, agent, request_id)
    if not rules.may_begin(found, now) and found.status is not BreakStatus.BEGUN:
        raise Refused("break_not_now", status=rules.standing(found, now).status.value)
    done = await command(
        parts, ask.GetNotReady(agent_id=agent.agent_id, reason_id=found.reason_id, permitted=True)
    )
    async with parts.writing() as connection:
        await store.set_status(connection, request_id, BreakStatus.BEGUN, at=now)
        await _note(connection, agent, request, parts, "break.begun", found)
    parts.hub.tell_news(NEWS)
    return Effect(seq=done.seq)


@router.get("")
async def list_breaks(who: Directs, parts: Serves) -> list[BreakRow]:
    """Of agents in sight: what waits for a word, what was approved, what goes on; until tomorrow."""
    async with parts.reading() as connection:
        sight = await agents_in_sight(connection, parts.site_id, who)
        day = await _day(connection, parts, sight)
        found = await store.list_requests(
            connection,
            parts.site_id,
            since=day.now - timedelta(hours=4),
            until=day.now + rules.FARTHEST,
            agent_ids=sight,
        )
    return [_row(one, day) for one in found]


@router.post("/{request_id}/approve")
async def approve_break(
    who: Directs, request: Request, parts: Serves, request_id: Id, body: BreakWord
) -> BreakRow:
    """Yes, with a word."""
    return await _change(who, request, parts, request_id, BreakStatus.APPROVED, word=body.word)


@router.post("/{request_id}/decline")
async def decline_break(
    who: Directs, request: Request, parts: Serves, request_id: Id, body: BreakWord
) -> BreakRow:
    """No, with a word; an approval that has not begun is taken back the same way."""
    return await _change(who, request, parts, request_id, BreakStatus.DECLINED, word=body.word)


@router.get("/policy")
async def find_break_policy(who: Rules, parts: Serves) -> BreakPolicyRow:
    """The site's rule."""
    async with parts.reading() as connection:
        return _policy_row(await store.find_policy(connection, parts.site_id))


@router.put("/policy")
async def save_break_policy(
    who: Manages, request: Request, parts: Serves, body: BreakPolicyRow
) -> BreakPolicyRow:
    """This rule from now on; what was approved stays so."""
    policy = BreakPolicy(
        is_automatic=body.is_automatic,
        reserve=body.reserve,
        most_away=body.most_away,
        allowances=tuple(
            Allowance(reason_id=ReasonId(one.reason_id), minutes=one.minutes, times=one.times)
            for one in body.allowances
        ),
    )
    async with parts.writing() as connection:
        reasons = await organization.list_things(connection, "reason", site_id=parts.site_id)
        known = {reason.reason_id for reason in reasons}
        for place, one in enumerate(policy.allowances):
            if one.reason_id not in known:
                raise NotFound("unknown_reason", id=one.reason_id, place=f"allowances.{place}")
        await store.save_policy(connection, parts.site_id, policy)
        await note(
            connection,
            who,
            request,
            parts,
            "break.policy",
            entity="site",
            entity_id=parts.site_id,
            facts=msgspec.to_builtins(policy),
        )
    parts.hub.tell_news(NEWS)
    return _policy_row(policy)


def used_rows(used: dict[ReasonId, Used], policy: BreakPolicy) -> list[UsedRow]:
    """What a day holds of each reason that was used or that has an allowance."""
    reasons = sorted({*used, *(one.reason_id for one in policy.allowances)})
    return [
        UsedRow(
            reason_id=reason_id,
            minutes=round(used.get(reason_id, NO_USE).seconds / 60, 1),
            times=used.get(reason_id, NO_USE).times,
            allowed_minutes=policy.allowance(reason_id).minutes,
            allowed_times=policy.allowance(reason_id).times,
        )
        for reason_id in reasons
    ]


async def _asked(parts: Parts, agent: Who, body: BreakAsk) -> tuple[BreakRequest, Needed]:
    """What is asked for, and how many agents the load needs by then."""
    now = parts.clock.now()
    starts_at = body.starts_at or now
    rules.check_asked(starts_at, body.minutes, now)
    asked = BreakRequest(
        agent_id=agent.agent_id,
        reason_id=ReasonId(body.reason_id),
        minutes=body.minutes,
        starts_at=starts_at,
        note=body.note,
        asked_at=now,
    )
    async with parts.pool.acquire() as connection:
        reasons = await organization.list_things(connection, "reason", site_id=parts.site_id)
        if body.reason_id not in {reason.reason_id for reason in reasons}:
            raise NotFound("unknown_reason", id=body.reason_id)
        zone = await zone_of(connection, parts.site_id)
        return asked, await needed(connection, parts, asked, zone=zone)


async def _judged(connection: Any, parts: Parts, asked: BreakRequest, needs: Needed) -> Judgement:
    now = parts.clock.now()
    policy = await store.find_policy(connection, parts.site_id)
    day = await _day(connection, parts, [asked.agent_id], at=asked.starts_at)
    planned = await store.list_requests(
        connection,
        parts.site_id,
        since=day.since,
        until=day.until,
        agent_ids=[asked.agent_id],
        statuses=(BreakStatus.APPROVED,),
    )
    ahead = [
        one
        for one in planned
        if one.reason_id == asked.reason_id and rules.standing(one, now).status is BreakStatus.APPROVED
    ]
    used = day.of(asked)
    used = Used(times=used.times + len(ahead), seconds=used.seconds + 60 * sum(one.minutes for one in ahead))
    slots = await cover(connection, parts, asked, now, needs=needs)
    return rules.judge(policy, policy.allowance(asked.reason_id), used, asked.minutes, slots)


async def _change(
    who: Who,
    request: Request,
    parts: Parts,
    request_id: int,
    status: BreakStatus,
    *,
    word: str = "",
    own: bool = False,
) -> BreakRow:
    """Decide or withdraw. Refuses `break_decided` (what it is by now) and, for a supervisor, what is out of
    sight."""
    now = parts.clock.now()
    async with parts.writing() as connection:
        found = await store.find_request(connection, parts.site_id, request_id, lock=True)
        sight = [who.agent_id] if own else await agents_in_sight(connection, parts.site_id, who)
        if found is None or (sight is not None and found.agent_id not in sight):
            raise NotFound("unknown_break", id=request_id)
        stands = rules.standing(found, now).status
        may = stands is BreakStatus.ASKED or (
            stands is BreakStatus.APPROVED and status is not BreakStatus.APPROVED
        )
        if not may:
            raise Refused("break_decided", status=stands.value)
        await store.set_status(connection, request_id, status, at=now, by=who.person_id, word=word)
        changed = msgspec.structs.replace(
            found, status=status, decided_at=now, decided_by=who.person_id, word=word
        )
        await _note(connection, who, request, parts, f"break.{status.value}", changed)
        day = await _day(connection, parts, [found.agent_id])
    parts.hub.tell_news(NEWS)
    return _row(changed, day)


async def _own(connection: Any, parts: Parts, agent: Who, request_id: int) -> BreakRequest:
    found = await store.find_request(connection, parts.site_id, request_id)
    if found is None or found.agent_id != agent.agent_id:
        raise NotFound("unknown_break", id=request_id)
    return found


async def _day(
    connection: Any, parts: Parts, agent_ids: list[AgentId] | None, *, at: datetime | None = None
) -> Day:
    now = parts.clock.now()
    zone = await zone_of(connection, parts.site_id)
    today = day_of_moment(at or now, zone)
    since, until = start_of_day(today, zone), start_of_day(today + timedelta(days=1), zone)
    return Day(
        now=now,
        since=since,
        until=until,
        names=await people.names_of(connection),
        used=await store.used_between(
            connection,
            parts.site_id,
            since_ms=to_ms(since),
            until_ms=min(to_ms(now), to_ms(until)),
            agent_ids=agent_ids,
        ),
    )


async def _note(
    connection: Any, who: Who, request: Request, parts: Parts, action: str, found: BreakRequest
) -> None:
    await note(
        connection,
        who,
        request,
        parts,
        action,
        entity="break",
        entity_id=found.request_id,
        facts={
            "agent_id": int(found.agent_id),
            "reason_id": int(found.reason_id),
            "minutes": found.minutes,
            "status": found.status.value,
            "rule": found.rule,
            "word": found.word,
        },
    )


def _row(found: BreakRequest, day: Day) -> BreakRow:
    stands = rules.standing(found, day.now)
    used = day.of(found)
    return BreakRow(
        id=found.request_id,
        agent_id=found.agent_id,
        agent_name=day.names.get(PersonId(found.agent_id), ""),
        reason_id=found.reason_id,
        minutes=found.minutes,
        starts_at=found.starts_at,
        note=found.note,
        asked_at=found.asked_at,
        status=stands.status.value,
        rule=found.rule,  # type: ignore[arg-type]  # one of the closed list
        worst=_cover(found.worst),
        decided_at=found.decided_at,
        by_name=day.names.get(found.decided_by, ""),
        word=found.word,
        begun_at=found.begun_at,
        may_begin=rules.may_begin(found, day.now),
        is_over=found.is_over,
        used_minutes=round(used.seconds / 60),
        used_times=used.times,
    )


def _plain(slot: CoverSlot) -> dict[str, Any]:
    return {
        "starts_at": slot.start,
        "required": slot.required,
        "present": slot.present,
        "away": slot.away,
        "left": slot.left,
    }


def _cover(slot: CoverSlot | None) -> CoverRow | None:
    return None if slot is None else CoverRow.model_validate(_plain(slot))


def _policy_row(policy: BreakPolicy) -> BreakPolicyRow:
    return BreakPolicyRow(
        is_automatic=policy.is_automatic,
        reserve=policy.reserve,
        most_away=policy.most_away,
        allowances=[
            AllowanceRow(reason_id=one.reason_id, minutes=one.minutes, times=one.times)
            for one in policy.allowances
        ],
    )
