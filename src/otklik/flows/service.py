"""What others may ask about flows that takes the site as it is now."""

from pathlib import Path
from typing import Any

from otklik.flows import store
from otklik.flows.decide import FlowProblem, problems
from otklik.flows.model import Flow
from otklik.flows.prompts import playable
from otklik.organization.store import list_things
from otklik.vocabulary.ids import FlowId, SiteId


async def published(connection: Any, *, site_id: SiteId) -> dict[FlowId, Flow]:
    """The newest version of every flow that is not retired."""
    found = await store.list_flows(connection, site_id=site_id)
    return {version.flow.flow_id: version.flow for version in found}


async def problems_at_site(
    connection: Any, flow: Flow, *, sounds: Path, site_id: SiteId
) -> tuple[FlowProblem, ...]:
    """What must be mended before the flow may be published here. sounds: the folder of the site's prompts."""
    queues = await list_things(connection, "queue", site_id=site_id)
    skills = await list_things(connection, "skill", site_id=site_id)
    systems = await list_things(connection, "system", site_id=site_id)
    teams = await list_things(connection, "team", site_id=site_id)
    return problems(
        flow,
        prompts=playable(sounds),
        queues={queue.queue_id for queue in queues},
        skills={skill.skill_id for skill in skills},
        systems={system.name: system.kind.value for system in systems},
        teams={team.team_id for team in teams},
        flows=await published(connection, site_id=site_id),
    )
