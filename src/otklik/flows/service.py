"""What others may ask about flows that takes the site as it is now."""

from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from otklik.flows import store
from otklik.flows.decide import FlowProblem, problems
from otklik.flows.inlining import inlined
from otklik.flows.model import Flow, FlowTest
from otklik.flows.prompts import grammars, playable
from otklik.flows.rehearsal import Rehearsal, rehearse
from otklik.flows.trials import failures, form_problems, moment_of
from otklik.organization.dialing import rule_against
from otklik.organization.model import Configuration
from otklik.organization.numbers import hours_of
from otklik.organization.store import find_site, list_things, load
from otklik.vocabulary.ids import FlowId, QueueId, SiteId


async def published(connection: Any, *, site_id: SiteId) -> dict[FlowId, Flow]:
    """The newest version of every flow that is not retired."""
    found = await store.list_flows(connection, site_id=site_id)
    return {version.flow.flow_id: version.flow for version in found}


async def problems_at_site(
    connection: Any, flow: Flow, *, sounds: Path, site_id: SiteId, now: datetime
) -> tuple[FlowProblem, ...]:
    """What must be mended before the flow may be published here: in the flow itself, and else in what its
    tests come to. sounds: the folder of the site's prompts; now: when tests without a time take place."""
    queues = await list_things(connection, "queue", site_id=site_id)
    skills = await list_things(connection, "skill", site_id=site_id)
    systems = await list_things(connection, "system", site_id=site_id)
    teams = await list_things(connection, "team", site_id=site_id)
    flows = await published(connection, site_id=site_id)
    configuration = await load(connection, site_id=site_id)
    found = problems(
        flow,
        prompts=playable(sounds),
        queues={queue.queue_id for queue in queues},
        skills={skill.skill_id for skill in skills},
        systems={system.name: system.kind.value for system in systems},
        teams={team.team_id for team in teams},
        flows=flows,
        agents=configuration.agents,
        judge=partial(rule_against, configuration),
    )
    found += form_problems(flow)
    if found or not flow.tests:
        return found
    site = await find_site(connection, site_id=site_id)
    zone = ZoneInfo(site.zone if site else "UTC")
    whole, words = inlined(flow, flows), grammars()

    def stage(test: FlowTest) -> Rehearsal:
        at = moment_of(test)
        moment = now if at is None else at.replace(tzinfo=zone)
        return stage_of(configuration, test.number, at=moment, zone=zone.key)

    return failures(flow, stage, lambda asked: rehearse(whole, asked, words))


def stage_of(configuration: Configuration, called: str, *, at: datetime, zone: str) -> Rehearsal:
    """What a call to this number finds: hours, language, whether it is recorded, the queue."""
    number = next((one for one in configuration.numbers.values() if one.number == called), None)
    return Rehearsal(
        at=at,
        locale=number.language if number else "ru",
        is_recorded=number.is_recorded if number else True,
        hours=hours_of(configuration, number) if number else None,
        time_zone=zone,
        queue_id=number.queue_id if number else QueueId(0),
    )
