"""Whether cover holds while somebody is on a break: who is at work by then, who is away, what the load needs.

The load is that of the last four same weekdays in the queues that the agent serves, staffed by Erlang A with
the strictest promise among them. Who is at work: by the list of shifts where there is one, else who is signed
in now.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from otklik.access import store as people
from otklik.acd.model import AgentState
from otklik.api import store
from otklik.api.live_seen import Directory
from otklik.api.parts import Parts
from otklik.organization import store as organization
from otklik.organization.model import Queue
from otklik.teamwork import break_store, shift_store
from otklik.teamwork.breaks import BreakRequest, BreakStatus, CoverSlot, slots_of
from otklik.vocabulary.ids import AgentId, QueueId
from otklik.vocabulary.refusals import NotFound
from otklik.vocabulary.time import SLOT
from otklik.wfm.history import days_like, history
from otklik.wfm.model import Interval, StaffingRules
from otklik.wfm.staffing import requirement

WEEKS = 4


Needed = dict[datetime, int | None]
"""Agents that the load needs, by slot; a slot that is not there: nothing is known of such days."""


async def needed(connection: Any, parts: Parts, request: BreakRequest, *, zone: ZoneInfo) -> Needed:
    """What the load needs while the break lasts. The connection is in no transaction: reports open their
    own."""
    directory = await _directory(connection, parts)
    own = directory.queues_of.get(request.agent_id, ())
    slots = slots_of(request.starts_at, request.minutes)
    return await _needed(connection, parts, directory, own, slots, zone)


async def cover(
    connection: Any, parts: Parts, request: BreakRequest, now: datetime, *, needs: Needed
) -> list[CoverSlot]:
    """Each quarter of an hour that the break touches, as it will be by what is known now."""
    directory = await _directory(connection, parts)
    own = directory.queues_of.get(request.agent_id, ())
    peers = {
        agent_id
        for agent_id, queues in directory.queues_of.items()
        if agent_id == request.agent_id or not set(own).isdisjoint(queues)
    }
    rows = await store.agents_now(connection, parts.site_id, after_seq=-1)
    states = {AgentId(row.agent_id): row.voice_state for row in rows if row.agent_id in peers}
    here = {agent_id for agent_id, state in states.items() if state is not AgentState.SIGNED_OUT} | {
        request.agent_id
    }
    slots = slots_of(request.starts_at, request.minutes)
    shifts = await shift_store.shifts_between(connection, parts.site_id, slots[0], slots[-1] + SLOT)
    listed = {shift.agent_id for shift in shifts}
    breaks = [
        one
        for one in await break_store.list_requests(
            connection,
            parts.site_id,
            since=slots[0],
            until=slots[-1] + SLOT,
            agent_ids=peers - {request.agent_id},
            statuses=(BreakStatus.APPROVED, BreakStatus.BEGUN),
        )
        if one.request_id != request.request_id and not one.is_over
    ]
    found = []
    for start in slots:
        end = start + SLOT
        if listed & peers:
            present = {
                shift.agent_id
                for shift in shifts
                if shift.agent_id in peers and shift.start < end and shift.end > start
            } | {request.agent_id}
            if start <= now:
                present &= here
        else:
            present = here
        away = {one.agent_id for one in breaks if one.starts_at < end and one.ends_at > start} & present
        if start <= now:
            paused = {agent_id for agent_id, state in states.items() if state is AgentState.NOT_READY}
            away |= (paused & present) - {request.agent_id}
        found.append(CoverSlot(start=start, required=needs.get(start), present=len(present), away=len(away)))
    return found


async def _directory(connection: Any, parts: Parts) -> Directory:
    found = await organization.load(connection, site_id=parts.site_id)
    return Directory(
        site=found.site,
        people=await people.names_of(connection),
        agents=found.agents,
        teams=found.teams,
        queues=found.queues,
        projects=found.projects,
    )


async def _needed(
    connection: Any,
    parts: Parts,
    directory: Directory,
    queue_ids: Sequence[QueueId],
    slots: Sequence[datetime],
    zone: ZoneInfo,
) -> Needed:
    if not queue_ids:
        return dict.fromkeys(slots, 0)
    rules = _rules([directory.queues[queue_id] for queue_id in queue_ids])
    local_now = parts.clock.now().astimezone(zone)
    found: Needed = {}
    profiles: dict[int, tuple[tuple[Interval, ...], float | None]] = {}
    for start in slots:
        local = start.astimezone(zone)
        if local.weekday() not in profiles:
            days = days_like(local.weekday(), weeks=WEEKS, before=local_now.date())
            try:
                known = await history(
                    connection, site_id=parts.site_id, zone=zone, days=days, queue_ids=list(queue_ids)
                )
                profiles[local.weekday()] = (known.profile, known.patience)
            except NotFound:
                profiles[local.weekday()] = ((), None)
        profile, patience = profiles[local.weekday()]
        if not profile:
            continue
        minute = local.hour * 60 + local.minute
        interval = next((one for one in profile if one.start <= minute < one.end), None)
        if interval is None or interval.calls <= 0 or interval.aht <= 0:
            found[start] = 0
            continue
        with_patience = rules if patience is None else _with_patience(rules, patience)
        found[start] = requirement(interval, interval.rate, with_patience).agents
    return found


def _rules(queues: Sequence[Queue]) -> StaffingRules:
    """The strictest promise of these queues."""
    return StaffingRules(
        target=max(queue.service_target for queue in queues),
        threshold=min(queue.service_threshold / timedelta(seconds=1) for queue in queues),
        shrinkage=0,
        is_lagged=False,
    )


def _with_patience(rules: StaffingRules, patience: float) -> StaffingRules:
    return StaffingRules(
        target=rules.target,
        threshold=rules.threshold,
        patience=max(patience, 1.0),
        shrinkage=0,
        is_lagged=False,
    )
