"""Call flows: read, checked, rehearsed, published. A call that has begun keeps the version it began with."""

from datetime import timedelta
from secrets import token_hex
from typing import Annotated, Any

import msgspec
import yaml
from fastapi import APIRouter, Path

from otklik.access.rights import Right
from otklik.access.secrets import new_secret, write_secret
from otklik.acd.events import InteractionEnded
from otklik.api.engine import command
from otklik.api.parts import Parts, Serves
from otklik.api.periods import zone_of
from otklik.api.route import Route
from otklik.api.routes.desk import SIP_DOMAIN
from otklik.api.schemas.base import Id, SeqAsked
from otklik.api.schemas.flows import (
    FlowDraft,
    FlowForms,
    FlowProblemRow,
    FlowPublication,
    FlowRead,
    FlowRow,
    FlowText,
    FlowTrafficRow,
    FlowVersionRow,
    RehearsalForm,
    RehearsalStep,
    TrialAccess,
    TrialForm,
    TrialTrace,
)
from otklik.api.schemas.organization import Removed
from otklik.api.sign_in import Who, requires
from otklik.flows import drafts, store
from otklik.flows.decide import problems
from otklik.flows.files import text_of
from otklik.flows.forms import forms
from otklik.flows.inlining import inlined
from otklik.flows.model import Flow, flow_of_file, plain_of
from otklik.flows.prompts import grammars
from otklik.flows.rehearsal import rehearse, said_by_system
from otklik.flows.service import problems_at_site, published, stage_of
from otklik.flows.store import FlowVersion
from otklik.flows.trace import steps_of
from otklik.flows.traffic import catch_up
from otklik.organization import store as organization
from otklik.reports.calendar import start_of_day
from otklik.switchboard.events import GuestArrived
from otklik.switchboard.requests import ExpectTrial, PublishFlow, RetireFlow
from otklik.vocabulary.ids import FlowId, NumberId, PersonId
from otklik.vocabulary.refusals import Invalid, NotFound, Refused
from otklik.vocabulary.time import to_ms

router = APIRouter(prefix="/api/v1/flows", tags=["flows"], route_class=Route)

TRIAL = "trial"
TRIAL_WAITS = timedelta(minutes=3)
"""So long the browser may wait before it calls."""

Manages = Annotated[Who, requires(Right.MANAGE_FLOWS)]
Chooses = Annotated[Who, requires(Right.MANAGE_FLOWS, Right.MANAGE_NUMBERS)]


@router.get("")
async def list_flows(who: Chooses, parts: Serves) -> list[FlowRow]:
    """The newest version of each, by name."""
    async with parts.reading() as connection:
        found = await store.list_flows(connection, site_id=parts.site_id)
        numbers = await organization.list_things(connection, "number", site_id=parts.site_id)
    used: dict[int, list[str]] = {}
    for number in numbers:
        used.setdefault(number.flow_id, []).append(number.number)
    return [FlowRow(**_facts(one), numbers=sorted(used.get(one.flow.flow_id, []))) for one in found]


@router.get("/forms")
async def flow_forms(who: Manages) -> FlowForms:
    """The kinds of nodes: their fields, what these hold, and where they lead."""
    return FlowForms(**msgspec.to_builtins(forms()))


@router.post("/read")
async def read_flow(who: Manages, parts: Serves, body: FlowText) -> FlowRead:
    """A text as a draft, with what must be mended before it may be published."""
    try:
        flow = flow_of_file(yaml.safe_load(body.text))
    except yaml.YAMLError as error:
        raise Invalid("flow_unreadable", "text", detail=str(error)) from error
    return FlowRead(draft=_draft(flow), text=body.text, problems=await _problems(parts, flow))


@router.post("/write")
async def write_flow(who: Manages, parts: Serves, body: FlowDraft) -> FlowRead:
    """A draft as text, with what must be mended."""
    flow = _flow(body)
    return FlowRead(draft=_draft(flow), text=text_of(flow), problems=await _problems(parts, flow))


@router.post("/rehearse")
async def rehearse_flow(who: Manages, parts: Serves, body: RehearsalForm) -> list[RehearsalStep]:
    """What a customer would hear and where he would come out; nothing rings. Refused while it is unfit."""
    flow = _flow(body.draft)
    found = problems(flow)
    if found:
        raise Invalid("flow_unfit", f"draft.{found[0].place}", problem=found[0].code, detail=found[0].detail)
    async with parts.reading() as connection:
        zone = await zone_of(connection, parts.site_id)
        configuration = await organization.load(connection, site_id=parts.site_id)
        flow = inlined(flow, await published(connection, site_id=parts.site_id))
    stage = stage_of(configuration, body.number, at=body.at or parts.clock.now(), zone=zone.key)
    asked = msgspec.structs.replace(
        stage,
        typed=tuple(body.typed),
        answers={node: said_by_system(text) for node, text in body.answers.items()},
        facts={"caller": body.caller, "number": body.number, **body.facts},
    )
    return [RehearsalStep(**msgspec.to_builtins(step)) for step in rehearse(flow, asked, grammars())]


@router.post("/trial")
async def try_flow(who: Manages, parts: Serves, body: TrialForm) -> TrialAccess:
    """The draft as it stands, for one's own ears: the browser of whoever asks may call it once. Refused while
    it is unfit."""
    flow = _flow(body.draft)
    found = await _problems(parts, flow)
    if found:
        raise Invalid("flow_unfit", f"draft.{found[0].place}", problem=found[0].code, detail=found[0].detail)
    if parts.settings.channel == "simulator":
        raise Refused("no_trial_here")
    login, password = f"{TRIAL}-{token_hex(8)}", new_secret()
    async with parts.writing() as connection:
        secret_id = await write_secret(connection, parts.secret_key, TRIAL, password, at=parts.clock.now())
    done = await command(
        parts,
        ExpectTrial(
            login=login,
            secret_id=secret_id,
            flow=flow,
            number_id=NumberId(body.number_id or 0),
            caller=body.caller,
            language=body.language,
            by=who.person_id,
            lasts=TRIAL_WAITS,
        ),
    )
    return TrialAccess(
        uri=f"sip:{login}@{SIP_DOMAIN}",
        login=login,
        password=password,
        target=f"sip:centre@{SIP_DOMAIN}",
        seq=done.seq,
    )


@router.get("/trial/{login}")
async def trial_trace(
    who: Manages, parts: Serves, login: Annotated[str, Path(pattern=r"^trial-[0-9a-f]{16}$")], after: SeqAsked
) -> TrialTrace:
    """Where the call has come; after: the sequence that the trial began with."""
    async with parts.reading() as connection:
        lines, is_over = await store.trial_lines(
            connection,
            login,
            after=after,
            arrived=GuestArrived.KIND,
            ended=InteractionEnded.KIND,
            site_id=parts.site_id,
        )
    steps = [RehearsalStep(**msgspec.to_builtins(step)) for step in steps_of(lines)]
    return TrialTrace(steps=steps, is_over=is_over)


@router.post("", status_code=201)
async def publish_flow(who: Manages, parts: Serves, body: FlowDraft) -> FlowPublication:
    """A new flow in its first version."""
    return await _publish(who, parts, body, 0)


@router.put("/{flow_id}")
async def publish_version(who: Manages, parts: Serves, flow_id: Id, body: FlowDraft) -> FlowPublication:
    """The next version of a flow: calls that begin from now on run it."""
    return await _publish(who, parts, body, flow_id)


@router.get("/{flow_id}/versions")
async def list_versions(who: Manages, parts: Serves, flow_id: Id) -> list[FlowVersionRow]:
    """All versions with their content, the newest first: to compare, or to publish one again."""
    async with parts.reading() as connection:
        found = await store.list_versions(connection, FlowId(flow_id), site_id=parts.site_id)
    if not found:
        raise NotFound("unknown_flow", flow_id=flow_id)
    return [FlowVersionRow(**_facts(one), draft=_draft(one.flow), text=text_of(one.flow)) for one in found]


@router.get("/{flow_id}/traffic")
async def flow_traffic(who: Manages, parts: Serves, flow_id: Id) -> FlowTrafficRow:
    """Where calls are in this flow now, and how many have gone each way since midnight."""
    async with parts.traffic_lock, parts.reading() as connection:
        zone = await zone_of(connection, parts.site_id)
        day = start_of_day(parts.clock.now().astimezone(zone).date(), zone)
        await catch_up(connection, parts.traffic, since_ms=to_ms(day), site_id=parts.site_id)
        found = parts.traffic.of(FlowId(flow_id))
    return FlowTrafficRow(**msgspec.to_builtins(found))


@router.delete("/{flow_id}")
async def retire_flow(who: Manages, parts: Serves, flow_id: Id) -> Removed:
    """Take a flow away; refused while a number has it. Its versions stay for old calls."""
    done = await command(parts, RetireFlow(flow_id=FlowId(flow_id), by=who.person_id))
    return Removed(seq=done.seq)


async def _publish(who: Who, parts: Parts, body: FlowDraft, flow_id: int) -> FlowPublication:
    draft = msgspec.structs.replace(_flow(body), flow_id=FlowId(flow_id))
    found = await _problems(parts, draft)
    if found:
        raise Invalid("flow_unfit", found[0].place, problem=found[0].code, detail=found[0].detail)
    done = await command(parts, PublishFlow(draft=draft, by=who.person_id))
    async with parts.writing() as connection:
        await drafts.forget(connection, FlowId(flow_id), by=PersonId(who.person_id), site_id=parts.site_id)
    return FlowPublication(id=done.facts["flow_id"], version=done.facts["version"], seq=done.seq)


async def _problems(parts: Parts, flow: Flow) -> list[FlowProblemRow]:
    async with parts.reading() as connection:
        found = await problems_at_site(
            connection,
            flow,
            sounds=parts.settings.sounds,
            site_id=parts.site_id,
            now=parts.clock.now(),
        )
    return [FlowProblemRow(**msgspec.to_builtins(one)) for one in found]


def _flow(draft: FlowDraft) -> Flow:
    tests = [one.model_dump() for one in draft.tests]
    return flow_of_file({"name": draft.name, "start": draft.start, "nodes": draft.nodes, "tests": tests})


def _draft(flow: Flow) -> FlowDraft:
    plain: dict[str, Any] = plain_of(flow)
    return FlowDraft(name=flow.name or "-", start=flow.start, nodes=plain["nodes"], tests=plain["tests"])


def _facts(one: FlowVersion) -> dict[str, Any]:
    flow = one.flow
    return {
        "id": flow.flow_id,
        "version": flow.version,
        "name": flow.name,
        "published_at": one.published_at,
        "published_by": one.by,
    }
