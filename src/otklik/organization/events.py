"""What this room writes to the journal. Numbers 300-399.

Each Saved event holds the whole value after the change; what was before is the fold's. by: who did it, 0 is
the program itself. Removed things keep their row (with the moment), because facts go on naming them.
"""

from otklik.organization.model import (
    Agent,
    Device,
    DeviceId,
    Hours,
    Number,
    Plan,
    Project,
    Queue,
    Reason,
    Site,
    Skill,
    System,
    Team,
    Trunk,
)
from otklik.vocabulary.ids import (
    AgentId,
    HoursId,
    NumberId,
    PersonId,
    PlanId,
    ProjectId,
    QueueId,
    ReasonId,
    SkillId,
    SystemId,
    TeamId,
    TrunkId,
)
from otklik.vocabulary.messages import Event


class SiteSaved(Event):
    KIND = 300
    site: Site
    by: PersonId = PersonId(0)


class ProjectSaved(Event):
    KIND = 301
    project: Project
    by: PersonId = PersonId(0)


class ProjectRemoved(Event):
    KIND = 302
    project_id: ProjectId
    by: PersonId = PersonId(0)


class TeamSaved(Event):
    KIND = 303
    team: Team
    by: PersonId = PersonId(0)


class TeamRemoved(Event):
    KIND = 304
    team_id: TeamId
    by: PersonId = PersonId(0)


class SkillSaved(Event):
    KIND = 305
    skill: Skill
    by: PersonId = PersonId(0)


class SkillRemoved(Event):
    KIND = 306
    skill_id: SkillId
    by: PersonId = PersonId(0)


class QueueSaved(Event):
    KIND = 307
    queue: Queue
    by: PersonId = PersonId(0)


class QueueRemoved(Event, tag="OrganizationQueueRemoved"):
    """The engine has an event of this name too: the tag tells them apart."""

    KIND = 308
    queue_id: QueueId
    by: PersonId = PersonId(0)
    to_queue_id: QueueId = QueueId(0)


class NumberSaved(Event):
    KIND = 309
    number: Number
    by: PersonId = PersonId(0)


class NumberRemoved(Event):
    KIND = 310
    number_id: NumberId
    by: PersonId = PersonId(0)


class TrunkSaved(Event):
    KIND = 311
    trunk: Trunk
    by: PersonId = PersonId(0)


class TrunkRemoved(Event):
    KIND = 312
    trunk_id: TrunkId
    by: PersonId = PersonId(0)


class HoursSaved(Event):
    KIND = 313
    hours: Hours
    by: PersonId = PersonId(0)


class HoursRemoved(Event):
    KIND = 314
    hours_id: HoursId
    by: PersonId = PersonId(0)


class ReasonSaved(Event):
    KIND = 315
    reason: Reason
    by: PersonId = PersonId(0)


class ReasonRemoved(Event, tag="OrganizationReasonRemoved"):
    """The engine has an event of this name too: the tag tells them apart."""

    KIND = 316
    reason_id: ReasonId
    by: PersonId = PersonId(0)


class AgentSaved(Event):
    KIND = 317
    agent: Agent
    by: PersonId = PersonId(0)


class AgentRemoved(Event, tag="OrganizationAgentRemoved"):
    """The engine has an event of this name too: the tag tells them apart."""

    KIND = 318
    agent_id: AgentId
    by: PersonId = PersonId(0)


class DeviceSaved(Event):
    KIND = 319
    device: Device
    by: PersonId = PersonId(0)


class DeviceRemoved(Event):
    KIND = 320
    device_id: DeviceId
    by: PersonId = PersonId(0)


class PlanSaved(Event):
    KIND = 330
    plan: Plan
    by: PersonId = PersonId(0)


class PlanRemoved(Event, tag="OrganizationPlanRemoved"):
    """The engine has an event of this name too: the tag tells them apart."""

    KIND = 331
    plan_id: PlanId
    by: PersonId = PersonId(0)


class SystemSaved(Event):
    KIND = 332
    system: System
    by: PersonId = PersonId(0)


class SystemRemoved(Event):
    KIND = 333
    system_id: SystemId
    by: PersonId = PersonId(0)


OrganizationEvent = (
    SiteSaved
    | ProjectSaved
    | ProjectRemoved
    | TeamSaved
    | TeamRemoved
    | SkillSaved
    | SkillRemoved
    | QueueSaved
    | QueueRemoved
    | NumberSaved
    | NumberRemoved
    | TrunkSaved
    | TrunkRemoved
    | HoursSaved
    | HoursRemoved
    | ReasonSaved
    | ReasonRemoved
    | AgentSaved
    | AgentRemoved
    | DeviceSaved
    | DeviceRemoved
    | PlanSaved
    | PlanRemoved
    | SystemSaved
    | SystemRemoved
)
