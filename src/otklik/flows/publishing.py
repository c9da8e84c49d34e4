"""Drafts become versions: what may be published or retired. Pure; the writer journals the event."""

from collections.abc import Collection, Mapping
from datetime import datetime

import msgspec

from otklik.flows.decide import Judge, check
from otklik.flows.events import FlowPublished, FlowRetired
from otklik.flows.inlining import called, surveys_of
from otklik.flows.model import Flow
from otklik.flows.starter import STARTER_FLOW
from otklik.vocabulary.ids import AgentId, FlowId, PersonId, QueueId, SkillId, TeamId
from otklik.vocabulary.refusals import Invalid, NotFound, Refused

LONGEST_NAME = 100


def publish(  # noqa: PLR0913 - what exists at the site, by kind
    published: Mapping[FlowId, Flow],
    draft: Flow,
    *,
    queues: Collection[QueueId],
    skills: Collection[SkillId],
    systems: Mapping[str, str] | None = None,
    teams: Collection[TeamId] | None = None,
    agents: Collection[AgentId] | None = None,
    judge: Judge | None = None,
    last: int,
    at: datetime,
    by: PersonId,
) -> FlowPublished:
    """The next version of `draft.flow_id`, or the first one of a new flow (0).

    last: the highest id ever given.
    Refuses `flow_unfit` with its first problem, `unknown_flow`, `flow_unchanged`; Invalid `missing`,
    `too_long`.
    """
    name = draft.name.strip()
    if not name:
        raise Invalid("missing", "name")
    if len(name) > LONGEST_NAME:
        raise Invalid("too_long", "name")
    known = published.get(draft.flow_id)
    if draft.flow_id and known is None:
        raise NotFound("unknown_flow", flow_id=draft.flow_id)
    check(
        draft,
        queues=queues,
        skills=skills,
        teams=teams,
        flows=published,
        systems=systems,
        agents=agents,
        judge=judge,
    )
    flow_id = draft.flow_id or FlowId(max(last, STARTER_FLOW) + 1)
    version = known.version + 1 if known else 1
    flow = msgspec.structs.replace(draft, flow_id=flow_id, version=version, name=name)
    if known is not None and msgspec.structs.replace(known, version=version) == flow:
        raise Refused("flow_unchanged", flow_id=flow_id)
    return FlowPublished(at=at, flow=flow, by=by)


def retire(
    published: Mapping[FlowId, Flow], flow_id: FlowId, *, used_by: Collection[str], at: datetime, by: PersonId
) -> FlowRetired:
    """Takes a flow away. Refuses `unknown_flow`, `flow_called` with the first flow that calls it,
    `flow_in_use` with the first number that has it."""
    if flow_id not in published:
        raise NotFound("unknown_flow", flow_id=flow_id)
    callers = [
        flow.name
        for flow in published.values()
        if flow_id in {to for _, to in called(flow)}
        or (flow.flow_id != flow_id and flow_id in surveys_of(flow))
    ]
    if callers:
        raise Refused("flow_called", flow_id=flow_id, flow=min(callers), count=len(callers))
    if used_by:
        raise Refused("flow_in_use", flow_id=flow_id, number=min(used_by), count=len(used_by))
    return FlowRetired(at=at, flow_id=flow_id, by=by)
