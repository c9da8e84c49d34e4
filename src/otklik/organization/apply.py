"""Event -> configuration; the only writer of it. Total: it never refuses and never decides."""

from typing import assert_never

from otklik.organization.events import (
    AgentRemoved,
    AgentSaved,
    DeviceRemoved,
    DeviceSaved,
    HoursRemoved,
    HoursSaved,
    NumberRemoved,
    NumberSaved,
    OrganizationEvent,
    PlanRemoved,
    PlanSaved,
    ProjectRemoved,
    ProjectSaved,
    QueueRemoved,
    QueueSaved,
    ReasonRemoved,
    ReasonSaved,
    SiteSaved,
    SkillRemoved,
    SkillSaved,
    SystemRemoved,
    SystemSaved,
    TeamRemoved,
    TeamSaved,
    TrunkRemoved,
    TrunkSaved,
)
from otklik.organization.model import BUILT_IN, Configuration


def apply(configuration: Configuration, event: OrganizationEvent) -> None:  # noqa: C901, PLR0915, one arm per event
    """Fold one event into the configuration."""
    match event:
        case SiteSaved():
            configuration.site = event.site
            configuration.is_set_up = True
        case ProjectSaved():
            configuration.projects[event.project.project_id] = event.project
            _given(configuration, "project", event.project.project_id)
        case ProjectRemoved():
            configuration.projects.pop(event.project_id, None)
        case TeamSaved():
            configuration.teams[event.team.team_id] = event.team
            _given(configuration, "team", event.team.team_id)
        case TeamRemoved():
            configuration.teams.pop(event.team_id, None)
        case SkillSaved():
            configuration.skills[event.skill.skill_id] = event.skill
            _given(configuration, "skill", event.skill.skill_id)
        case SkillRemoved():
            configuration.skills.pop(event.skill_id, None)
        case QueueSaved():
            configuration.queues[event.queue.queue_id] = event.queue
            _given(configuration, "queue", event.queue.queue_id)
        case QueueRemoved():
            configuration.queues.pop(event.queue_id, None)
        case PlanSaved():
            configuration.plans[event.plan.plan_id] = event.plan
            _given(configuration, "plan", event.plan.plan_id)
        case PlanRemoved():
            configuration.plans.pop(event.plan_id, None)
        case NumberSaved():
            configuration.numbers[event.number.number_id] = event.number
            _given(configuration, "number", event.number.number_id)
        case NumberRemoved():
            configuration.numbers.pop(event.number_id, None)
        case TrunkSaved():
            configuration.trunks[event.trunk.trunk_id] = event.trunk
            _given(configuration, "trunk", event.trunk.trunk_id)
        case TrunkRemoved():
            configuration.trunks.pop(event.trunk_id, None)
        case SystemSaved():
            configuration.systems[event.system.system_id] = event.system
            _given(configuration, "system", event.system.system_id)
        case SystemRemoved():
            configuration.systems.pop(event.system_id, None)
        case HoursSaved():
            configuration.hours[event.hours.hours_id] = event.hours
            _given(configuration, "hours", event.hours.hours_id)
        case HoursRemoved():
            configuration.hours.pop(event.hours_id, None)
        case ReasonSaved():
            configuration.reasons[event.reason.reason_id] = event.reason
            _given(configuration, "reason", event.reason.reason_id)
        case ReasonRemoved():
            configuration.reasons.pop(event.reason_id, None)
        case AgentSaved():
            configuration.agents[event.agent.agent_id] = event.agent
        case AgentRemoved():
            configuration.agents.pop(event.agent_id, None)
        case DeviceSaved():
            configuration.devices[event.device.device_id] = event.device
            _given(configuration, "device", event.device.device_id)
        case DeviceRemoved():
            configuration.devices.pop(event.device_id, None)
        case _:
            assert_never(event)


def _given(configuration: Configuration, thing: str, identity: int) -> None:
    """Remember the largest id ever given, so that a removed thing's id never means another one."""
    if identity not in BUILT_IN:
        configuration.last_ids[thing] = max(configuration.last_ids.get(thing, 0), identity)
